//! Canonical JSON (RFC 8785) of a located document, and the digest that an approval can bind itself to.
//!
//! Keys are sorted by UTF-16 code units, nothing is spaced, strings escape only what they must, and numbers print as
//! ECMAScript prints them. Integers beyond 2^53, which RFC 8785 has no exact form for, keep all of their digits.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::document::{Node, NodeKind};
use crate::value::Number;

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
    entries.sort_by(|left, right| left.key.encode_utf16().cmp(right.key.encode_utf16()));
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

fn write_string(text: &str, out: &mut String) {
    // serde_json escapes exactly what RFC 8785 asks for: quote, backslash and control characters, the short forms first.
    out.push_str(&serde_json::Value::from(text).to_string());
}

fn write_number(number: Number, out: &mut String) {
    match number {
        Number::Integer(integer) => {
            let _ = write!(out, "{integer}");
        }
        Number::Float(float) => out.push_str(&ecmascript(float)),
    }
}

/// ECMA-262 `Number::toString`: the shortest digits that read back, with an exponent only outside 1e-7 … 1e21.
fn ecmascript(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    let scientific = format!("{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        // Infinities and NaN do not come out of the parsers; their words keep this function total.
        return scientific;
    };
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let body = if (0..21).contains(&exponent) && count <= exponent + 1 {
        format!("{digits}{}", zeros(exponent + 1 - count))
    } else if (0..21).contains(&exponent) {
        let (whole, fraction) = digits.split_at(usize::try_from(exponent + 1).unwrap_or(0));
        format!("{whole}.{fraction}")
    } else if (-6..0).contains(&exponent) {
        format!("0.{}{digits}", zeros(-exponent - 1))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{first}{point}{rest}e{sign}{}", exponent.abs())
    };
    format!("{sign}{body}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn keys_sort_by_utf16_and_numbers_print_as_in_ecmascript() {
        assert_eq!(
            canonical("{\"\\uFB33\": 1, \"\\U0001F600\": 2, \"\\r\": 3}"),
            "{\"\\r\":3,\"😀\":2,\"\u{fb33}\":1}"
        );
        let numbers = [
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (333_333_333.333_333_3, "333333333.3333333"),
            (4.5, "4.5"),
            (2e-3, "0.002"),
            (0.000_001, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-27, "1.5e-27"),
            (-0.0, "0"),
            (-1.25e30, "-1.25e+30"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
        ];
        for (number, expected) in numbers {
            assert_eq!(ecmascript(number), expected);
        }
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

    proptest! {
        #[test]
        fn numbers_read_back(number in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            prop_assert_eq!(ecmascript(number).parse::<f64>().expect("number"), number);
        }
    }
}
