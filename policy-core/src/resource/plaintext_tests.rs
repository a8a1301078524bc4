use std::sync::Arc;

use proptest::prelude::*;

use super::super::path::{Folding, read};
use super::{entries, form_of};
use crate::value::{Map, TextPart, Unknown, UnknownReason, Value};

fn forms(value: Value) -> Vec<(String, String)> {
    let root = Value::Map(Map::from([(Arc::from("v"), value)]));
    let reading = read(&root, &[Arc::from("v")], Folding::Exact);
    let Some(given) = entries(&reading) else {
        return Vec::new();
    };
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("?").to_owned();
    given.value.as_list().map_or_else(
        || vec![("unknown".to_owned(), String::new())],
        |items| {
            items
                .iter()
                .map(|entry| (text(entry, "name"), text(entry, "form")))
                .collect()
        },
    )
}

fn environment(pairs: &[(&str, Value)]) -> Value {
    Value::Map(
        pairs
            .iter()
            .map(|(key, value)| (Arc::from(*key), value.clone()))
            .collect(),
    )
}

fn partly(parts: &[TextPart]) -> Value {
    Unknown::new(UnknownReason::Reference)
        .with_text(parts.to_vec())
        .into()
}

#[test]
fn tokens_are_told_by_their_documented_prefixes() {
    let long = |prefix: &str, count: usize| format!("{prefix}{}", "a1".repeat(count));
    for (text, form) in [
        (format!("AKIA{}", "Z2".repeat(8)), "aws-access-key-id"),
        (format!("ASIA{}", "Z2".repeat(8)), "aws-access-key-id"),
        (long("ghp_", 18), "github-token"),
        (long("github_pat_", 30), "github-token"),
        (long("glpat-", 10), "gitlab-token"),
        (long("xoxb-", 20), "slack-token"),
        (long("sk_live_", 12), "stripe-key"),
        (
            format!("-----BEGIN {}PRIVATE KEY-----\nMII", "RSA "),
            "private-key",
        ),
        ("-----BEGIN PRIVATE KEY-----".to_owned(), "private-key"),
        (format!("eyJh.eyJz.{}", "s".repeat(20)), "web-token"),
        (
            "postgres://app:pa55word@db.example.com/orders".to_owned(),
            "password-in-address",
        ),
    ] {
        assert_eq!(form_of(&text).0, form, "{form}");
    }
}

#[test]
fn what_only_resembles_a_token_is_text() {
    for text in [
        format!("XAKIA{}", "Z2".repeat(8)),
        format!("AKIA{}", "Z2".repeat(9)),
        "AKIASHORT".to_owned(),
        "ghp_short".to_owned(),
        "-----BEGIN CERTIFICATE-----".to_owned(),
        "eyJh.eyJz".to_owned(),
    ] {
        assert_eq!(form_of(&text).0, "text", "{text}");
    }
}

#[test]
fn names_of_other_things_are_references() {
    for text in [
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
        "/orders/db/password",
        "https://example.com/token",
        "postgres://app:${DB_PASSWORD}@db.example.com/orders",
        "$DB_PASSWORD",
        "{{resolve:secretsmanager:db}}",
    ] {
        assert_eq!(form_of(text).0, "reference", "{text}");
    }
    assert_eq!(form_of("true").0, "switch");
    assert_eq!(form_of("3600").0, "number");
    assert_eq!(form_of(" ").0, "empty");
    assert_eq!(form_of("12345678").0, "text");
}

#[test]
fn variables_that_exist_after_apply_only_are_left_out() {
    let unknown = Value::from(Unknown::new(UnknownReason::Reference));
    let found = forms(environment(&[
        ("A", unknown.clone()),
        ("B", "plain text".into()),
        ("C", partly(&[TextPart::Known("https://".into()), TextPart::Open])),
    ]));
    assert_eq!(found, [("B".to_owned(), "text".to_owned())]);
    assert_eq!(forms(unknown), [("unknown".to_owned(), String::new())]);
}

#[test]
fn a_token_in_the_known_part_of_a_text_is_found() {
    let token = format!("ghp_{}", "a1".repeat(18));
    let found = forms(environment(&[(
        "URL",
        partly(&[TextPart::Known(format!("{token}@").into()), TextPart::Open]),
    )]));
    assert_eq!(found, [("URL".to_owned(), "github-token".to_owned())]);
}

#[test]
fn code_build_variables_count_when_they_are_the_value() {
    let variable =
        |kind: &str| Value::from(serde_json::json!({"name": kind, "type": kind, "value": "plain text"}));
    let list = Value::List(vec![
        variable("PLAINTEXT"),
        variable("PARAMETER_STORE"),
        variable("SECRETS_MANAGER"),
    ]);
    assert_eq!(forms(list), [("PLAINTEXT".to_owned(), "text".to_owned())]);
    let ecs = Value::from(serde_json::json!([{"Name": "A", "Value": "plain text"}]));
    assert_eq!(forms(ecs), [("A".to_owned(), "text".to_owned())]);
}

#[test]
fn assignments_of_scripts_are_read() {
    let script = "#!/bin/bash\nexport DB_PASSWORD='correct horse'\npassword: hunter22\n\"token\": \"abcdefgh\"\ncurl https://example.com:443/ -H x\nDB_HOST=$HOST\n";
    let found: Vec<_> = forms(script.into())
        .into_iter()
        .filter(|(_, form)| form == "text")
        .collect();
    let names: Vec<&str> = found.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["DB_PASSWORD", "password", "token"]);
    // The same behind base64: `password=hunter22`.
    assert_eq!(forms("cGFzc3dvcmQ9aHVudGVyMjI=  ".trim().into()).len(), 1);
}

#[test]
fn scripts_with_unknown_parts_are_read_as_far_as_they_are_known() {
    let script = partly(&[
        TextPart::Known("export DB_HOST=".into()),
        TextPart::Open,
        TextPart::Known("\nexport DB_PASSWORD=hunter22\nexport KEY=".into()),
        TextPart::Identity,
    ]);
    let found: Vec<_> = forms(script)
        .into_iter()
        .filter(|(_, form)| form == "text")
        .collect();
    assert_eq!(found, [("DB_PASSWORD".to_owned(), "text".to_owned())]);
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,200}", hole in any::<bool>()) {
        let value = if hole {
            partly(&[TextPart::Known(text.as_str().into()), TextPart::Open])
        } else {
            Value::from(text.as_str())
        };
        let _ = forms(value.clone());
        let _ = forms(environment(&[("NAME", value)]));
    }

    #[test]
    fn entries_show_no_value(text in "[a-zA-Z0-9=:/@. '-]{6,60}") {
        let root = Value::Map(Map::from([(Arc::from("v"), environment(&[("NAME", text.as_str().into())]))]));
        let given = entries(&read(&root, &[Arc::from("v")], Folding::Exact));
        let shown = format!("{:?}{}", given, given.as_ref().map_or_else(String::new, |given| given.value.to_json().to_string()));
        prop_assert!(!shown.contains(text.trim()) || text.trim().len() < 6);
    }
}
