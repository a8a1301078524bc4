//! Versions, other documents, and what a plan says about itself.

use serde_json::json;

use super::*;

#[test]
fn versions_and_other_documents() {
    let read_text = |text: &str| read(Source::new("plan.json", text), &InputContext::default());
    for version in ["0.1", "0.2", "1.0", "1.2", "1.99"] {
        let text =
            json!({ "format_version": version, "planned_values": {}, "configuration": {} }).to_string();
        let input = read_text(&text);
        assert_eq!(
            (input.format, codes_of(&input)),
            (Some(InputFormat::TerraformPlan), vec![]),
            "{version}"
        );
    }
    for (text, code, place) in [
        (
            r#"{"format_version": "2.0", "planned_values": {}}"#,
            "TFP002",
            (1, 20),
        ),
        (
            r#"{"format_version": "0.0", "planned_values": {}}"#,
            "TFP002",
            (1, 20),
        ),
        (
            r#"{"format_version": "new", "planned_values": {}}"#,
            "TFP002",
            (1, 20),
        ),
        (r#"{"resource_changes": []}"#, "TFP001", (1, 1)),
        (
            "{\"format_version\": \"1.2\",\n \"resource_changes\": [",
            "TFP003",
            (2, 22),
        ),
        (
            "{\"format_version\": \"1.2\",\n \"resource_changes\": [}",
            "TFP003",
            (2, 23),
        ),
        (
            r#"{"format_version": "1.2", "resource_changes": {}}"#,
            "TFP003",
            (1, 46),
        ),
    ] {
        let input = read_text(text);
        assert_eq!((input.format, codes_of(&input)), (None, vec![code]), "{text}");
        let at = input.diagnostics[0].location().unwrap();
        assert_eq!((at.line, at.column), place, "{text}");
    }
    for (text, code) in [
        (
            r#"{"format_version":"1.0","values":{"root_module":{}}}"#,
            "TFP017",
        ),
        (
            r#"{"version":4,"serial":1,"lineage":"l","resources":[]}"#,
            "TFP017",
        ),
        (
            "{\"@level\":\"info\",\"type\":\"version\"}\n{\"@level\":\"info\"}",
            "TFP018",
        ),
        ("Terraform will perform the following actions:", "TFP020"),
    ] {
        assert_eq!(codes_of(&read_text(text)), [code], "{text}");
    }
}

#[test]
fn unfinished_plans_are_undecided_and_still_read() {
    let input =
        read_plan(json!({ "errored": true, "complete": false, "planned_values": {}, "configuration": {} }));
    assert_eq!(
        (input.format, codes_of(&input)),
        (Some(InputFormat::TerraformPlan), vec!["TFP008"])
    );
    let input = read_plan(json!({
        "complete": false,
        "configuration": {},
        "resource_changes": [create("aws_x.a", json!({}), json!({}))],
        "resource_drift": [change("aws_x.d", &["update"], json!({}), json!({}))],
        "deferred_changes": [{ "reason": "instance_count_unknown", "resource_change": { "address": "aws_x.later" } }],
    }));
    let levels: Vec<_> = input
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.code.id, diagnostic.level))
        .collect();
    assert_eq!(
        levels,
        [
            ("TFP009", Level::Error),
            ("TFP010", Level::Error),
            ("TFP011", Level::Info)
        ]
    );
    assert!(
        input.diagnostics[1]
            .message
            .contains("`aws_x.later (instance_count_unknown)`")
    );
    assert_eq!(input.resources.len(), 1);
}
