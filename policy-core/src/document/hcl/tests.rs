use std::sync::Arc;

use super::*;

fn parsed(text: &str) -> Document {
    parse(&Source::new("main.tf", text))
}

fn whole(text: &str) -> Body {
    let document = parsed(text);
    assert_eq!(document.diagnostics, [], "{text}");
    document.body
}

fn written(span: &Span) -> String {
    span.source()
        .text()
        .get(span.start()..span.end())
        .unwrap()
        .to_owned()
}

/// Shows a template with its parts, so that a test sees what text is left between the sequences.
fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => text.to_string(),
        ExprKind::Template(template) => show_template(template),
        ExprKind::Unwrapped(_) => "<value>".into(),
        other => format!("{other:?}"),
    }
}

fn show_template(template: &Template) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            TemplatePart::Literal(text) => text.to_string(),
            TemplatePart::Interpolation(_) => "<x>".into(),
            TemplatePart::If { then, otherwise, .. } => {
                format!("<if {}|{}>", show_template(then), show_template(otherwise))
            }
            TemplatePart::For { body, .. } => format!("<for {}>", show_template(body)),
        })
        .collect()
}

fn value_of(text: &str) -> String {
    let body = whole(text);
    show(&body.attributes().next().expect("an attribute").expr)
}

#[test]
fn blocks_have_the_spans_of_their_header_and_attributes() {
    let body = whole("# c\nresource \"aws_s3_bucket\" \"a\" {\n  bucket = \"logs\"\n  tags = { a = 1 }\n}\n");
    let block = body.blocks().next().unwrap();
    assert_eq!(written(&block.header), "resource \"aws_s3_bucket\" \"a\"");
    assert!(written(&block.span).ends_with('}'));
    let bucket = block.body.attribute("bucket").unwrap();
    assert_eq!(
        (written(&bucket.span), bucket.span.location().to_string()),
        ("bucket = \"logs\"".to_owned(), "main.tf:3:3".to_owned())
    );
}

#[test]
fn a_byte_order_mark_keeps_offsets() {
    let body = whole("\u{FEFF}a = 1\n");
    assert_eq!(written(&body.attributes().next().unwrap().span), "a = 1");
}

#[test]
fn a_line_break_in_an_object_for_is_accepted_and_offsets_stay() {
    let body = whole(
        "a = { for k in x : k => # why\n k == \"é\" ? 1 :\n  /* or */ { p = 1\n q = \"#\" } if k\n != \"\" }\nb = 2\n",
    );
    assert_eq!(written(&body.attribute("b").unwrap().span), "b = 2");
    let ExprKind::For(each) = &body.attribute("a").unwrap().expr.kind else {
        panic!("not a for")
    };
    assert!(each.condition.is_some());
    let ExprKind::Conditional(_, _, object) = &each.value.kind else {
        panic!("not a conditional")
    };
    let ExprKind::Object(items) = &object.kind else {
        panic!("not an object")
    };
    assert_eq!(items.len(), 2);
    assert_eq!(show(&items[1].value), "#");
}

#[test]
fn the_last_of_two_equal_keys_is_kept() {
    for text in [
        "a = { k = 1, j = 2, k = 3 }\n",
        "a = {\n  k = 1\n  \"j\" = { k = 5 }\n  k = 3\n}\n",
        "a = f([{ \"k\" : [\n1, {k=1}], \"k\" : 3, j = 2, }])\n",
    ] {
        let body = whole(text);
        let mut expr = body.attribute("a").unwrap().expr.as_ref().clone();
        if let ExprKind::Call(call) = &expr.kind {
            let ExprKind::Tuple(items) = &call.args[0].kind else {
                panic!("not a tuple")
            };
            expr = items[0].clone();
        }
        let ExprKind::Object(items) = &expr.kind else {
            panic!("not an object")
        };
        let k: Vec<String> = items
            .iter()
            .filter(|item| show(&item.key) == "k")
            .map(|item| format!("{:?}", item.value.kind))
            .collect();
        assert_eq!(k, ["Literal(Number(\"3\"))"], "{text}");
        assert_eq!(items.len(), 2);
    }
}

#[test]
fn two_equal_attributes_of_a_block_stay_an_error() {
    let document = parsed("resource \"a\" \"b\" {\n  x = 1\n  x = 2\n}\nresource \"a\" \"c\" {}\n");
    assert_eq!(document.diagnostics.len(), 1);
    assert_eq!(document.diagnostics[0].location().unwrap().line, 3);
    assert_eq!(
        document
            .body
            .blocks()
            .filter_map(|block| block.label(1))
            .collect::<Vec<_>>(),
        ["c"]
    );
}

#[test]
fn a_broken_block_is_reported_and_the_others_are_kept() {
    let document = parsed(
        "resource \"a\" \"one\" {\n  x = \n}\n\nresource \"a\" \"two\" {\n  x = 1\n}\nresource \"a\" \"three\" {\n  y = [1,\n\nresource \"a\" \"four\" {}\n",
    );
    let names: Vec<_> = document
        .body
        .blocks()
        .filter_map(|block| block.label(1))
        .collect();
    assert_eq!(names, ["two", "four"]);
    let lines: Vec<_> = document
        .diagnostics
        .iter()
        .map(|d| d.location().unwrap().line)
        .collect();
    assert_eq!(document.diagnostics.len(), 2, "{lines:?}");
    assert_eq!(lines[0], 2);
}

#[test]
fn an_unclosed_block_is_named() {
    let document = parsed("locals {\n  a = 1\n\nresource \"a\" \"b\" {\n}\n\nresource \"a\" \"c\" {\n}\n");
    assert_eq!(document.diagnostics.len(), 1);
    assert_eq!(document.diagnostics[0].location().unwrap().line, 1);
    assert_eq!(document.body.blocks().count(), 2);
}

#[test]
fn markers_trim_the_piece_beside_them_as_terraform_does() {
    // The right-hand sides are what `terraform console` prints.
    let text = "a = <<-EOT\n    x\n      %{~ if true }\n      y\n    %{~ endif ~}\n    z\n  EOT\n";
    assert_eq!(value_of(text), "    x\n<if \n      y\n|>    z\n");
    assert_eq!(
        value_of("a = <<EOT\na\n   ${~ \"b\" ~}\n\n   c\nEOT\n"),
        "a\n<x>\n   c\n"
    );
    assert_eq!(value_of("a = \"a\\n  ${~ \"b\" ~}\\n\\n c\"\n"), "a<x>c");
    assert_eq!(
        value_of("a = <<-EOT\n      ${\"q\"} foo\n    bar\n\n  \ttab\n    EOT\n"),
        "   <x> foo\n bar\n\ntab\n"
    );
    assert_eq!(
        value_of(
            "a = <<-EOT\n    %{ for x in [\"a\",\"b\"] ~}\n    ${x}\n    %{ endfor ~}\n    end\n  EOT\n"
        ),
        "<for     <x>\n>    end\n"
    );
}

#[test]
fn escapes_and_single_interpolations() {
    assert_eq!(value_of("a = \"${true}\"\n"), "<value>");
    assert_eq!(value_of("a = <<E\n${true}\nE\n"), "<x>\n");
    assert_eq!(value_of("a = <<E\nE\n"), "");
    assert_eq!(
        value_of("a = \"a$${b}%%{c}$x%y$\\u00e9\\\"${1}\\t\"\n"),
        "a${b}%{c}$x%y$é\"<x>\t"
    );
    assert_eq!(value_of("a = <<E\na$${b}\\n%%{c}\"$x\nE\n"), "a${b}\\n%{c}\"$x\n");
    assert_eq!(
        value_of("a = \"%{ if true }x\\ny%{ else }${\"z\"}%{ endif }\"\n"),
        "<if x\ny|<x>>"
    );
}

#[test]
fn a_heredoc_without_a_line_ends_where_it_should() {
    let body = whole("a = <<EOT\nEOT\nb = [<<-EOT\n  EOT\n, 1]\nc = <<EOT\ntext\nEOT\n# <<EOT\n");
    let shown: Vec<String> = body.attributes().map(|attribute| show(&attribute.expr)).collect();
    assert_eq!((shown[0].as_str(), shown[2].as_str()), ("", "text\n"));
    let ExprKind::Tuple(items) = &body.attribute("b").unwrap().expr.kind else {
        panic!("not a tuple")
    };
    assert_eq!((items.len(), show(&items[0])), (2, String::new()));
}

#[test]
fn numbers_keep_their_text() {
    let body = whole("a = 123456789012345678901234567890\nb = 1.10\nc = 1e400\nd = [2.5E-999, 1e3]\n");
    let numbers: Vec<_> = body.attributes().map(|a| format!("{:?}", a.expr.kind)).collect();
    assert_eq!(
        numbers[..3],
        [
            "Literal(Number(\"123456789012345678901234567890\"))",
            "Literal(Number(\"1.10\"))",
            "Literal(Number(\"1e400\"))",
        ]
    );
    assert!(numbers[3].contains("2.5E-999") && numbers[3].contains("1e3"));
}

#[test]
fn deep_nesting_is_a_diagnostic() {
    let text = format!("a = {}1{}\n", "[".repeat(5000), "]".repeat(5000));
    let document = parsed(&text);
    assert!(!document.diagnostics.is_empty());
}

#[test]
fn expressions_alone() {
    let source = Source::new("--var", "{a = 1, a = 2}");
    assert!(matches!(parse_expression(&source).unwrap().kind, ExprKind::Object(items) if items.len() == 1));
    let error = parse_expression(&Source::new("--var", "[1,")).unwrap_err();
    assert_eq!(error.code.id, "DOC016");
}

proptest::proptest! {
    #[test]
    fn any_text_parses_or_is_reported(text in "[a-z{}\\[\\]()\"$%<>=:,#/* \n~E-]{0,80}") {
        let source: Arc<Source> = Source::new("x.tf", text.as_str());
        let document = parse(&source);
        for diagnostic in &document.diagnostics {
            proptest::prop_assert!(diagnostic.location().is_some());
        }
        proptest::prop_assert_eq!(prepass::mend(&text).len(), text.len());
    }
}
