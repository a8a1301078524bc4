//! What a change introduces and what was there before it, and inputs of which a part is not seen, as the binary tells it.

use serde_json::{Value, json};

use crate::support::{Scratch, policy};

/// A plan that changes a database from `before` to `after`.
#[cfg(test)]
fn change(before: Value, after: Value) -> String {
    let actions = if before.is_null() {
        json!(["create"])
    } else {
        json!(["update"])
    };
    let resource = json!({"address": "aws_db_instance.main", "mode": "managed", "type": "aws_db_instance", "name": "main",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}}});
    json!({"format_version": "1.2", "resource_changes": [resource]}).to_string()
}

#[cfg(test)]
fn database(encrypted: bool, days: u8) -> Value {
    json!({"storage_encrypted": encrypted, "backup_retention_period": days, "publicly_accessible": false, "tags": {
        "Environment": "prod", "owner": "team-payments", "data-classification": "internal", "change-id": "CHG-1"}})
}

#[test]
fn only_what_the_change_introduces_fails_a_run_that_asks_for_that() {
    let scratch = Scratch::new("changed-only");
    let run = |name: &str, before: Value, after: Value, flags: &[&str]| {
        let file = scratch.write(name, &change(before, after));
        let mut arguments = vec!["check", &file];
        arguments.extend(flags);
        policy(&arguments)
    };
    let only = ["--changed-only"];
    // The same failure before and after: it fails a plain run, and is nothing that this change did.
    let old = (database(false, 30), database(false, 14));
    assert_eq!(run("old.json", old.0.clone(), old.1.clone(), &[]).code, 1);
    let quiet = run("old.json", old.0, old.1, &only);
    assert_eq!(quiet.code, 0, "{}", quiet.all());
    assert!(quiet.stdout.contains("0 introduced"), "{}", quiet.stdout);
    assert!(
        quiet.stdout.contains("DP-ENC-003"),
        "an existing failure is still shown: {}",
        quiet.stdout
    );
    // One more failure beside the old one.
    let worse = run("worse.json", database(false, 30), database(false, 3), &only);
    assert_eq!(worse.code, 1, "{}", worse.all());
    assert!(worse.stdout.contains("1 introduced"), "{}", worse.stdout);
    // A new resource has nothing that was there before.
    let new = run("new.json", Value::Null, database(false, 30), &only);
    assert_eq!(new.code, 1, "{}", new.all());
    // What the change mends is said.
    let mended = run("mended.json", database(false, 3), database(true, 30), &only);
    assert_eq!(mended.code, 0, "{}", mended.all());
    assert!(!mended.stdout.contains("0 fixed"), "{}", mended.stdout);
}

#[test]
fn a_nested_stack_that_is_not_seen_keeps_complete_inputs_open() {
    let scratch = Scratch::new("unseen");
    let nested = "  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: \"https://s3.amazonaws.com/b/child.yaml\"}}\n";
    let template = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n";
    let alone = scratch.write("alone.yaml", template);
    let with = scratch.write("with.yaml", &format!("{template}{nested}"));
    let missing = policy(&["check", &alone, "--complete", "--control", "LOG-001"]);
    assert!(missing.stdout.contains("fail[LOG-001]"), "{}", missing.all());
    let open = policy(&["check", &with, "--complete", "--control", "LOG-001"]);
    assert!(open.stdout.contains("unknown[LOG-001]"), "{}", open.all());
    assert!(open.stdout.contains("nested stack `Child`"), "{}", open.stdout);
    assert_ne!(open.code, 0, "nobody has seen a trail");
}
