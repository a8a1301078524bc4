use proptest::prelude::*;

use super::*;
use crate::document::Node;
use crate::value::{AttributePath, Value};

fn source(text: &str) -> Arc<Source> {
    Source::new("a.json", text)
}

fn parsed(text: &str) -> Node {
    parse(&source(text)).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn error(text: &str) -> Diagnostic {
    parse(&source(text)).unwrap_err().remove(0)
}

#[test]
fn every_value_has_the_span_of_its_text() {
    let text = "{ \"a\" : [ 1.5 , \"x\\n\" ], \"b\":{\"c\":null}}";
    let root = parsed(text);
    let at = |path: &str| {
        let span = &root.deepest(&AttributePath::parse(path).unwrap()).span;
        text.get(span.start()..span.end()).unwrap()
    };
    assert_eq!(at("a"), "[ 1.5 , \"x\\n\" ]");
    assert_eq!(at("a[0]"), "1.5");
    assert_eq!(at("a[1]"), "\"x\\n\"");
    assert_eq!(at("b.c"), "null");
    assert_eq!(at("b.missing"), "{\"c\":null}");
    let key = &root.entries()[1].key_span;
    assert_eq!(text.get(key.start()..key.end()), Some("\"b\""));
}

#[test]
fn errors_say_place_and_expectation() {
    let table = [
        ("", "1:1", "`a.json` is empty"),
        (" \n", "1:1", "`a.json` is empty"),
        (
            "{\"a\": 1",
            "1:8",
            "not valid JSON: expected `,` or `}`, but the file ends here",
        ),
        (
            "{\n  \"a\" 1}",
            "2:7",
            "not valid JSON: expected `:` after the key, found `1`",
        ),
        ("[1, ]", "1:3", "not valid JSON: nothing follows this comma"),
        ("{\"a\": 1,}", "1:8", "not valid JSON: nothing follows this comma"),
        ("[1 2]", "1:4", "not valid JSON: expected `,` or `]`, found `2`"),
        (
            "{'a': 1}",
            "1:2",
            "not valid JSON: expected a quoted key or `}`, found `'`",
        ),
        ("// x\n1", "1:1", "not valid JSON: expected a value, found `/`"),
        ("nul", "1:1", "not valid JSON: expected a value, found `n`"),
        ("truely", "1:1", "not valid JSON: expected a value, found `t`"),
        (
            "1 x",
            "1:3",
            "not valid JSON: expected the end of the file after the JSON value, found `x`",
        ),
        (
            "\"abc",
            "1:1",
            "not valid JSON: the string that starts here is not closed",
        ),
        (
            "-",
            "1:2",
            "not valid JSON: expected a digit, but the file ends here",
        ),
        (
            "1.",
            "1:3",
            "not valid JSON: expected a digit, but the file ends here",
        ),
        (
            "012",
            "1:1",
            "not valid JSON: a number must not start with 0; quote it if it is an identifier",
        ),
        (
            "\"\\ud800x\"",
            "1:2",
            "not valid JSON: half of a surrogate pair stands alone in a string",
        ),
        (
            "\"\\x\"",
            "1:2",
            "not valid JSON: unknown escape in a string; a backslash itself is written `\\\\`",
        ),
        ("[1e400]", "1:2", "number `1e400` is out of range"),
        ("NaN", "1:1", "not valid JSON: expected a value, found `N`"),
    ];
    for (text, place, message) in table {
        let error = error(text);
        let location = error.location().unwrap();
        assert_eq!(
            (
                format!("{}:{}", location.line, location.column).as_str(),
                error.message.as_str()
            ),
            (place, message),
            "{text}"
        );
    }
}

#[test]
fn duplicate_keys_are_reported_with_both_places_and_all_of_them() {
    let errors = parse(&source(
        "{\"a\": 1,\n \"a\": 2, \"b\": {\"c\": 0, \"\\u0063\": 0}}",
    ))
    .unwrap_err();
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0].code.id, "DOC007");
    let places: Vec<_> = errors[0]
        .labels
        .iter()
        .map(|label| format!("{:?}", label.place))
        .collect();
    assert!(
        places[0].contains("a.json:10..13") && places[1].contains("a.json:1..4"),
        "{places:?}"
    );
    assert!(errors[1].message.contains("`c`"));
}

#[test]
fn depth_is_bounded_on_both_sides_of_the_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(&source(&nested(MAX_DEPTH))).is_ok());
    assert_eq!(error(&nested(MAX_DEPTH + 1)).code.id, "DOC008");
    assert_eq!(error(&"[".repeat(1_000_000)).code.id, "DOC008");
    assert_eq!(error(&"{\"a\":".repeat(1_000_000)).code.id, "DOC008");
}

#[test]
fn integers_are_exact_and_surrogate_pairs_are_joined() {
    let limit = i128::MIN.to_string();
    assert_eq!(parsed(&limit).kind, NodeKind::Number(Number::Integer(i128::MIN)));
    assert_eq!(
        parsed("123456789012").kind,
        NodeKind::Number(Number::Integer(123_456_789_012))
    );
    assert!(matches!(
        parsed(&format!("{limit}0")).kind,
        NodeKind::Number(Number::Float(_))
    ));
    assert_eq!(parsed(r#""\ud83d\ude00""#).as_str(), Some("😀"));
}

#[test]
fn locating_works_in_the_middle_of_a_text() {
    let text = r#"{"x": {"a}": ["]", {"b\"": 5}]}, "y": 1}"#;
    let source = source(text);
    let at = |start: usize, path: AttributePath| {
        locate(&source, start, &path).and_then(|span| text.get(span.start()..span.end()))
    };
    let inner = text.find("{\"a}").unwrap();
    let path = AttributePath::root().key("a}").index(1).key("b\"");
    assert_eq!(at(inner, path.clone()), Some("5"));
    assert_eq!(at(inner, path.key("deeper")), Some("5"));
    assert_eq!(at(0, AttributePath::root().key("y")), Some("1"));
    assert_eq!(
        at(0, AttributePath::root().key("x").key("a}").index(7)),
        Some(r#"["]", {"b\"": 5}]"#)
    );
    assert_eq!(at(text.len(), AttributePath::root()), None);
}

/// JSON texts with the blanks and escapes that `serde_json` writes, and some that only people write.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        proptest::num::f64::NORMAL.prop_map(|float| serde_json::json!(float)),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn all_paths(node: &Node, path: &AttributePath, out: &mut Vec<(AttributePath, Span)>) {
    out.push((path.clone(), node.span.clone()));
    for entry in node.entries() {
        all_paths(&entry.value, &path.key(&entry.key), out);
    }
    for (index, item) in node.items().iter().enumerate() {
        all_paths(item, &path.index(index), out);
    }
}

proptest! {
    #[test]
    fn the_tree_is_what_serde_json_reads(value in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(parsed(&text).to_value(), Value::from(value));
    }

    #[test]
    fn locating_finds_the_span_of_the_tree(value in json(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let source = source(&text);
        let mut paths = Vec::new();
        all_paths(&parse(&source).unwrap(), &AttributePath::root(), &mut paths);
        for (path, span) in paths {
            prop_assert_eq!(locate(&source, 0, &path), Some(span.clone()));
            prop_assert_eq!(locate(&source, 0, &path.key("\u{1}none").index(3)), Some(span));
        }
    }

    #[test]
    fn what_serde_json_refuses_is_refused(text in r#"[\[\]{}",:0-9a-z\\ .eE+-]{0,30}"#) {
        let ours = parse(&source(&text));
        match serde_json::from_str::<serde_json::Value>(&text) {
            Err(_) => prop_assert!(ours.is_err(), "{}", text),
            Ok(value) => match ours {
                Ok(node) => prop_assert_eq!(node.to_value(), Value::from(value)),
                Err(errors) => prop_assert!(errors.iter().all(|error| error.code.id == "DOC007"), "{} {:?}", text, errors),
            },
        }
    }

    #[test]
    fn nothing_panics(text in ".*", start in 0_usize..50, path in "[a-c]") {
        let source = source(&text);
        let _ = parse(&source);
        let _ = locate(&source, start, &AttributePath::root().key(&path).index(1));
    }
}
