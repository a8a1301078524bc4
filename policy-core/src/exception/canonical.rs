//! Canonical JSON (RFC 8785) of a located document, and the digest that an approval can bind itself to.
//!
//! How strings and numbers are written is in [`crate::value::canonical`].

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::document::{Node, NodeKind};
use crate::value::canonical::{by_key, write_number, write_string};

/// The SHA-256, in lower-case hex, of the canonical form of a mapping without the top-level keys in `without`.
pub(super) fn digest(node: &Node, without: &[&str]) -> String {
    let mut text = String::new();
    match &node.kind {
        NodeKind::Mapping(_) => write_mapping(node, without, &mut text),
        _ => write_node(node, &mut text),
    }
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Recursion is bounded by the depth limit of the parsers.
fn write_node(node: &Node, out: &mut String) {
    match &node.kind {
        NodeKind::Null => out.push_str("null"),
        NodeKind::Bool(true) => out.push_str("true"),
        NodeKind::Bool(false) => out.push_str("false"),
        NodeKind::Number(number) => write_number(*number, out),
        NodeKind::String(text) => write_string(text, out),
        NodeKind::Sequence(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_node(item, out);
            }
            out.push(']');
        }
        NodeKind::Mapping(_) => write_mapping(node, &[], out),
    }
}

fn write_mapping(node: &Node, without: &[&str], out: &mut String) {
    let mut entries: Vec<_> = node
        .entries()
        .iter()
        .filter(|entry| !without.contains(&&*entry.key))
        .collect();
    entries.sort_by(|left, right| by_key(&left.key, &right.key));
    out.push('{');
    for (at, entry) in entries.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_string(&entry.key, out);
        out.push(':');
        write_node(&entry.value, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::yaml;
    use crate::source::Source;

    fn canonical(text: &str) -> String {
        let node = yaml::parse(&Source::new("a.yaml", text)).expect("yaml");
        let mut out = String::new();
        write_node(&node, &mut out);
        out
    }

    #[test]
    fn spelling_does_not_matter() {
        let expected = r#"{"a":[1,true,null,"x"],"b":{"c":"two lines\nof text\n","é":""}}"#;
        assert_eq!(
            canonical("b:\n  é: ''\n  c: |\n    two lines\n    of text\na: [1, true, ~, x]\n"),
            expected
        );
        assert_eq!(canonical(expected), expected);
    }

    #[test]
    fn keys_sort_by_utf16() {
        assert_eq!(
            canonical("{\"\\uFB33\": 1, \"\\U0001F600\": 2, \"\\r\": 3}"),
            "{\"\\r\":3,\"😀\":2,\"\u{fb33}\":1}"
        );
    }

    #[test]
    fn the_digest_leaves_out_what_it_is_told_to() {
        let node = |text| yaml::parse(&Source::new("a.yaml", text)).expect("yaml");
        // printf '{"a":1}' | sha256sum
        let expected = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
        assert_eq!(digest(&node("a: 1"), &[]), expected);
        assert_eq!(digest(&node("approval: {by: x}\na: 1"), &["approval"]), expected);
        assert_ne!(digest(&node("b: {approval: 1}\na: 1"), &["approval"]), expected);
        assert_ne!(
            digest(&node("a: {approval: 1}"), &["approval"]),
            digest(&node("a: {}"), &["approval"])
        );
    }
}
