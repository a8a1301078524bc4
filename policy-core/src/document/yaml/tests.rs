use proptest::prelude::*;

use super::*;
use crate::document::{MAX_DEPTH, NodeKind, json};
use crate::source::Span;
use crate::value::AttributePath;

fn source(text: &str) -> Arc<Source> {
    Source::new("a.yaml", text)
}

fn parsed(text: &str) -> Node {
    parse(&source(text)).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn json_of(text: &str) -> String {
    parsed(text).to_value().to_json().to_string()
}

fn errors(text: &str) -> Vec<Diagnostic> {
    parse(&source(text)).unwrap_err()
}

fn written<'t>(text: &'t str, span: &Span) -> &'t str {
    text.get(span.start()..span.end()).unwrap()
}

#[test]
fn plain_scalars_are_json_scalars_or_texts() {
    let table = [
        ("12", "12"),
        ("-7", "-7"),
        ("1.50", "1.5"),
        ("2.5e3", "2500.0"),
        ("123456789012", "123456789012"),
        ("true", "true"),
        ("False", "false"),
        ("~", "null"),
        ("", "null"),
        ("NULL", "null"),
        ("'12'", "\"12\""),
        ("\"true\"", "\"true\""),
        ("yes", "\"yes\""),
        ("No", "\"No\""),
        ("on", "\"on\""),
        ("off", "\"off\""),
        ("0123", "\"0123\""),
        ("012345678901", "\"012345678901\""),
        ("0x1F", "\"0x1F\""),
        ("0o17", "\"0o17\""),
        ("+4912345", "\"+4912345\""),
        ("22:22", "\"22:22\""),
        ("1_000", "\"1_000\""),
        ("1e5", "\"1e5\""),
        ("12e4567", "\"12e4567\""),
        ("2010-09-09", "\"2010-09-09\""),
        ("2026-03-01T00:00:00Z", "\"2026-03-01T00:00:00Z\""),
        (".5", "\".5\""),
        ("1.", "\"1.\""),
        (".inf", "\".inf\""),
        ("1.2.3", "\"1.2.3\""),
        (
            "99999999999999999999999999999999999999999",
            "\"99999999999999999999999999999999999999999\"",
        ),
        ("!!str 12", "\"12\""),
        ("! 12", "\"12\""),
        ("!!int '12'", "12"),
        ("!!bool yes", "true"),
        ("!!float 3", "3.0"),
        ("!!null ''", "null"),
        ("!!timestamp 2026-03-01", "\"2026-03-01\""),
    ];
    for (text, expected) in table {
        assert_eq!(
            json_of(&format!("a: {text}\n")),
            format!("{{\"a\":{expected}}}"),
            "{text}"
        );
    }
}

#[test]
fn scalars_keep_their_spelling() {
    for (text, spelling) in [
        ("5.10", "5.10"),
        ("&x 123456789012 ", "123456789012"),
        ("True", "True"),
        ("'07'", "07"),
        ("~ # none", "~"),
    ] {
        let root = parsed(&format!("a: {text}\n"));
        assert_eq!(
            root.get("a").unwrap().scalar_text().as_deref(),
            Some(spelling),
            "{text}"
        );
    }
}

#[test]
fn application_tags_are_kept_and_standard_ones_applied() {
    let root =
        parsed("a: !Sub '${x}'\nb: !GetAtt [A, Arn]\nc: !If {x: y}\nd: !!str 5\ne: !!map {}\nf: !GetAZs\n");
    let tag = |key: &str| root.get(key).unwrap().tag.as_deref();
    assert_eq!(
        ["a", "b", "c", "d", "e", "f"].map(tag),
        [
            Some("Sub"),
            Some("GetAtt"),
            Some("If"),
            None,
            None,
            Some("GetAZs")
        ]
    );
    assert_eq!(root.get("f").unwrap().kind, NodeKind::Null);
}

#[test]
fn a_tag_before_a_comma_is_no_trouble() {
    let text = "a: [!GetAZs, 'Hi !you, there', !Ref x]\nb: !Foo, bar\n";
    let errors_found = errors(text);
    assert_eq!(
        errors_found[0].location().unwrap().line,
        2,
        "a comma after a tag is an error in block context"
    );
    let text = "a: [!GetAZs, 'Hi !you, there', !Ref x]\nb: |\n  one !two, three\n  four\nc: ü !d, e\n";
    let root = parsed(text);
    let list = root.get("a").unwrap();
    assert_eq!(list.items()[0].tag.as_deref(), Some("GetAZs"));
    assert_eq!(list.items()[1].as_str(), Some("Hi !you, there"));
    assert_eq!(written(text, &list.items()[2].span), "!Ref x");
    assert_eq!(root.get("b").unwrap().as_str(), Some("one !two, three\nfour\n"));
    assert_eq!(written(text, &root.get("c").unwrap().span), "ü !d, e");
    assert_eq!(root.get("c").unwrap().as_str(), Some("ü !d, e"));
}

#[test]
fn spans_are_the_text_that_was_written() {
    let text = "# ünï\nkey: value # c\nlist:\n  - one\n  - {a: 'b', c: [1, 2]}\nblock: |\n  line 1\n  line 2\n\nnext: !Sub\n  - x\n  - {}\n";
    let root = parsed(text);
    let at = |path: &str| written(text, &root.deepest(&AttributePath::parse(path).unwrap()).span);
    assert_eq!(at("key"), "value");
    assert_eq!(at("list"), "- one\n  - {a: 'b', c: [1, 2]}");
    assert_eq!(at("list[0]"), "one");
    assert_eq!(at("list[1]"), "{a: 'b', c: [1, 2]}");
    assert_eq!(at("list[1].a"), "'b'");
    assert_eq!(at("list[1].c[1]"), "2");
    assert_eq!(at("block"), "|\n  line 1\n  line 2");
    assert_eq!(at("next"), "!Sub\n  - x\n  - {}");
    let location = root.get("list").unwrap().items()[1]
        .get("c")
        .unwrap()
        .span
        .location();
    assert_eq!(location.to_string(), "a.yaml:5:17");
    assert_eq!(written(text, &root.entries()[3].key_span), "next");
}

#[test]
fn a_text_without_a_final_line_break_is_read_as_it_is() {
    assert_eq!(json_of("a: |\n  x"), "{\"a\":\"x\"}");
    assert_eq!(json_of("a: |\n  x\n"), "{\"a\":\"x\\n\"}");
    assert_eq!(json_of("a: |+\n  x\n\n"), "{\"a\":\"x\\n\\n\"}");
    assert_eq!(json_of("a: >-\n  x\n  y"), "{\"a\":\"x y\"}");
    assert_eq!(json_of("a: b"), "{\"a\":\"b\"}");
    assert_eq!(errors("a: \"b\\")[0].code.id, "DOC006");
}

#[test]
fn closing_brackets_may_stand_at_the_parents_indentation() {
    assert_eq!(
        json_of("a:\n  b: [\n  1,\n  2\n  ]\n  c: {\n    d: e\n  }\n"),
        "{\"a\":{\"b\":[1,2],\"c\":{\"d\":\"e\"}}}"
    );
}

#[test]
fn anchors_aliases_and_merge_keys() {
    let text = "base: &base {a: 1, b: 2}\nuse: *base\nown:\n  <<: *base\n  b: 3\nboth:\n  <<: [{a: 9}, *base]\n'<<': text\n";
    let root = parsed(text);
    assert_eq!(root.get("use"), root.get("base"));
    assert_eq!(
        root.get("own").unwrap().to_value().to_json().to_string(),
        "{\"a\":1,\"b\":3}"
    );
    assert_eq!(
        root.get("both").unwrap().to_value().to_json().to_string(),
        "{\"a\":9,\"b\":2}"
    );
    assert_eq!(root.get("<<").unwrap().as_str(), Some("text"));
    assert_eq!(root.get("own").unwrap().get("a").unwrap().span.location().line, 1);
}

#[test]
fn alias_bombs_and_loops_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![alias; 10].join(", "));
    }
    assert_eq!(errors(&bomb)[0].code.id, "DOC010");
    let mut deep = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        deep += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert_eq!(errors(&deep)[0].code.id, "DOC008");
    let own = errors("a: &a [*a]\n");
    assert_eq!(
        (own[0].code.id, own[0].message.as_str()),
        ("DOC011", "alias `*a` stands inside its own anchor")
    );
    assert_eq!(errors("a: *nowhere\n")[0].code.id, "DOC011");
    assert_eq!(
        parse_all(&source("a: &x 1\n---\nb: *x\n")).unwrap_err()[0]
            .code
            .id,
        "DOC011"
    );
}

#[test]
fn duplicate_keys_are_all_reported_with_both_places() {
    let found = errors("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n1: x\n'1': y\n");
    let lines: Vec<Vec<u32>> = found
        .iter()
        .map(|diagnostic| {
            assert_eq!(diagnostic.code.id, "DOC007");
            let line = |label: &crate::diagnostic::Label| match &label.place {
                crate::diagnostic::Place::Span(span) => span.location().line,
                crate::diagnostic::Place::File(_) => 0,
            };
            diagnostic.labels.iter().map(line).collect()
        })
        .collect();
    assert_eq!(lines, [[4, 3], [5, 1], [7, 6]]);
}

#[test]
fn depth_is_bounded_on_both_sides_of_the_limit() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(&source(&nested(MAX_DEPTH))).is_ok());
    assert_eq!(errors(&nested(MAX_DEPTH + 1))[0].code.id, "DOC008");
    assert_eq!(errors(&"[".repeat(300_000))[0].code.id, "DOC008");
    assert_eq!(errors(&"- ".repeat(100_000))[0].code.id, "DOC008");
    assert_eq!(errors(&"[\n".repeat(100_000))[0].code.id, "DOC008");
}

#[test]
fn documents_are_counted() {
    assert_eq!(parse_all(&source("# nothing\n")).unwrap().len(), 0);
    assert_eq!(
        parse_all(&source("a: 1\n---\nb: 2\n...\n---\n- c\n"))
            .unwrap()
            .len(),
        3
    );
    assert_eq!(errors("# nothing\n")[0].code.id, "DOC004");
    let two = errors("a: 1\n---\nb: 2\n");
    assert_eq!((two[0].code.id, two[0].location().unwrap().line), ("DOC012", 3));
}

#[test]
fn mistakes_are_located_and_explained() {
    let table = [
        ("a:\n\tb: 1\n", "DOC006", "2:1", "spaces"),
        ("a: b: c\n", "DOC006", "1:5", "quote"),
        ("a: @x\n", "DOC006", "1:4", "quote a text that starts with `@`"),
        ("a: [1, 2\nb: 3\n", "DOC006", "2:2", "close the quote or bracket"),
        ("a: 'x\n", "DOC006", "2:1", "close the quote or bracket"),
        ("a:\n  b: 1\n c: 2\n", "DOC006", "3:2", "indentation"),
        ("a: \"\\q\"\n", "DOC006", "1:5", "backslash"),
        ("a: x\u{7}\n", "DOC006", "1:5", "remove it"),
        ("{{ name }}: x\n", "DOC013", "1:1", "quote it"),
        ("? [a]\n: b\n", "DOC013", "1:3", "quote it"),
        ("a: {<<: 1}\n", "DOC014", "1:9", "quote the key"),
        ("a: !!int x\n", "DOC015", "1:4", "remove the tag"),
    ];
    for (text, code, place, help) in table {
        let error = &errors(text)[0];
        let location = error.location().unwrap();
        let found = (error.code.id, format!("{}:{}", location.line, location.column));
        assert_eq!((found.0, found.1.as_str()), (code, place), "{text}: {error:?}");
        assert!(
            error.help.as_deref().unwrap_or_default().contains(help),
            "{text}: {error:?}"
        );
    }
}

/// JSON values whose serialisation means the same in YAML: no exponents, which YAML 1.1 reads differently, and no key
/// `<<`, which the block spelling does not quote.
fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (any::<i32>(), 1_u32..1000)
            .prop_map(|(whole, part)| serde_json::json!(f64::from(whole) + f64::from(part) / 1024.0)),
        "[ -~\u{A1}-\u{FF}\n\t]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 48, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::btree_map("[ -;=-~\u{A1}-\u{FF}]{0,6}", inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn yaml_and_json_spellings_are_the_same_document(value in json_value()) {
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let block = serde_yaml::to_string(&value).unwrap();
        let tree = json::parse(&source(&pretty)).unwrap();
        prop_assert_eq!(&parsed(&pretty), &tree);
        prop_assert_eq!(parsed(&block).to_value(), tree.to_value(), "{}", block);
    }

    #[test]
    fn json_in_yaml_has_the_same_spans(value in json_value()) {
        let text = serde_json::to_string(&value).unwrap();
        let source = source(&text);
        prop_assert_eq!(spans(&parse(&source).unwrap()), spans(&json::parse(&source).unwrap()));
    }

    #[test]
    fn nothing_panics(text in r#"([\[\]{},:!&*#'"|>%@`?<\\ \n\ta-c0-9.~+-]|!!|<<|: |\n  |- |---|\.\.\.|ü|\r\n|\\u00){0,40}"#) {
        let source = source(&text);
        if let Ok(documents) = parse_all(&source) {
            for document in documents {
                for span in spans(&document) {
                    prop_assert!(text.get(span.0..span.1).is_some());
                }
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = parse_all(&source(&text));
    }

    #[test]
    fn any_text_survives_as_a_quoted_scalar(text in "[ -~ü\n]*") {
        let quoted = format!("[\"{}\", x]", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
        let root = parsed(&quoted);
        prop_assert_eq!(root.items()[0].as_str(), Some(text.as_str()));
        prop_assert_eq!(root.items()[1].as_str(), Some("x"));
    }
}

fn spans(node: &Node) -> Vec<(usize, usize)> {
    let mut out = vec![(node.span.start(), node.span.end())];
    for entry in node.entries() {
        out.push((entry.key_span.start(), entry.key_span.end()));
        out.extend(spans(&entry.value));
    }
    out.extend(node.items().iter().flat_map(spans));
    out
}
