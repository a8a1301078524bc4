//! Change sets with and without values, with and without their template.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::document::yaml;

const WITH_VALUES: &str = include_str!("../../../../../fixtures/inputs/change-set/update/change-set.json");
const WITHOUT: &str =
    include_str!("../../../../../fixtures/inputs/change-set/update/change-set-without-values.json");
const TEMPLATE: &str = include_str!("../../../../../fixtures/inputs/change-set/update/template.yaml");

fn load(text: &str, template: Option<&str>) -> LoadedInput {
    let source = Source::new("changes.json", text);
    let root = json_root(&source);
    assert!(recognise_change_set(&root));
    let template = template.map(|text| {
        let source = Source::new("template.yaml", text);
        let root = yaml::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
        (source, root)
    });
    let template = template.as_ref().map(|(source, root)| ChangedTemplate {
        source: source.clone(),
        root,
    });
    read(source, &root, template, &InputContext::default())
}

fn json_root(source: &Arc<Source>) -> Node {
    crate::document::json::parse(source).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn changes(changes: &[Json]) -> Json {
    let wrap = |change: &Json| json!({"Type": "Resource", "ResourceChange": change});
    json!({"ChangeSetName": "c", "Status": "CREATE_COMPLETE", "Changes": changes.iter().map(wrap).collect::<Vec<_>>()})
}

fn change(extra: Json) -> Json {
    let mut change = json!({"Action": "Add", "LogicalResourceId": "Logs", "ResourceType": "AWS::S3::Bucket", "AfterContext": "{}"});
    change
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    change
}

fn find<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    input
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == id)
        .unwrap_or_else(|| panic!("no {id}"))
}

fn codes(input: &LoadedInput) -> Vec<String> {
    let shown = input.diagnostics.iter().map(|diagnostic| {
        assert!(diagnostic.location().is_some(), "without a place: {diagnostic:?}");
        format!("{} {}", diagnostic.code.id, diagnostic.message)
    });
    shown.collect()
}

/// Id, life, actions.
fn overview(input: &LoadedInput) -> Vec<String> {
    let line = |resource: &NativeResource| {
        let actions = resource
            .change
            .as_ref()
            .map(|change| change.actions.join("+"))
            .unwrap_or_default();
        format!("{} {:?} {actions}", resource.id, resource.lifecycle)
    };
    input.resources.iter().map(line).collect()
}

fn at(resource: &NativeResource, path: &str) -> String {
    match resource.values.at(&AttributePath::parse(path).unwrap()) {
        None => "absent".to_owned(),
        Some(Value::Unknown(unknown)) => format!("?{}({})", unknown.reason.as_str(), unknown.refs.join(",")),
        Some(value) => value.to_json().to_string(),
    }
}

#[test]
fn values_of_a_change_set_stand_alone() {
    let input = load(WITH_VALUES, None);
    assert_eq!(input.format, Some(InputFormat::CloudFormationChangeSet));
    assert_eq!(codes(&input), Vec::<String>::new());
    assert_eq!(
        overview(&input),
        [
            "Database Managed create+delete",
            "Logs Managed create",
            "LogsPolicy Managed create",
            "OldQueue Removed forget"
        ]
    );
    let database = find(&input, "Database");
    assert_eq!(at(database, "StorageEncrypted"), "\"true\"");
    assert_eq!(
        database
            .before
            .as_ref()
            .and_then(|before| before.get("StorageEncrypted")),
        Some(&"false".into())
    );
    assert_eq!(at(database, "MasterUserPassword"), "?not_recorded()");
    assert_eq!(database.provider.account, Some("111122223333".into()));
    assert_eq!(database.provider.region, Some("eu-west-1".into()));
    let tags = database
        .provider
        .default_tags
        .as_ref()
        .and_then(|tags| tags.get("Owner"));
    assert_eq!(tags, Some(&"team-payments".into()));
    let policy = find(&input, "LogsPolicy");
    assert_eq!(at(policy, "Bucket"), "?reference()");
    assert_eq!(
        at(policy, "PolicyDocument.Statement[0].Resource"),
        "?reference()",
        "also as a part of a text"
    );
    assert_eq!(at(policy, "PolicyDocument.Statement[0].Principal"), "\"*\"");
    assert_eq!(at(find(&input, "OldQueue"), "QueueName"), "\"old\"");
}

#[test]
fn without_values_and_template_nothing_is_known_and_it_is_an_error() {
    let input = load(WITHOUT, None);
    assert_eq!(
        codes(&input),
        ["CCS004 the change set does not tell the properties of `Database`, `Logs`, `LogsPolicy`"]
    );
    let error = &input.diagnostics[0];
    assert_eq!(
        (error.level, error.labels.len()),
        (crate::diagnostic::Level::Error, 3)
    );
    let help = error.help.as_deref().unwrap();
    assert!(
        help.contains("--include-property-values") && help.contains("template"),
        "{help}"
    );
    for resource in &input.resources {
        let unknown = resource.values.as_unknown().expect("nothing is known");
        assert_eq!(unknown.reason, UnknownReason::NotRecorded);
    }
    assert_eq!(
        overview(&input),
        overview(&load(WITH_VALUES, None)),
        "the actions are known all the same"
    );
}

#[test]
fn the_template_gives_what_does_not_change_and_why_values_are_unknown() {
    let input = load(WITH_VALUES, Some(TEMPLATE));
    assert_eq!(codes(&input), Vec::<String>::new());
    assert_eq!(
        overview(&input),
        [
            "Logs Managed create",
            "LogsPolicy Managed create",
            "Database Managed create+delete",
            "Alerts Managed no-op",
            "OldQueue Removed forget",
        ]
    );
    let policy = find(&input, "LogsPolicy");
    assert_eq!(at(policy, "Bucket"), "?reference(Logs)");
    assert_eq!(policy.references[0].targets, [ResourceId::new("Logs")]);
    assert_eq!(
        at(policy, "PolicyDocument.Statement[0].Resource"),
        "?reference(Logs)"
    );
    assert_eq!(at(find(&input, "Database"), "StorageEncrypted"), "\"true\"");
    assert_eq!(find(&input, "Alerts").provider, policy.provider);
}

#[test]
fn without_values_the_template_is_evaluated_with_the_parameters_of_the_change_set() {
    let input = load(WITHOUT, Some(TEMPLATE));
    assert_eq!(codes(&input), Vec::<String>::new());
    assert_eq!(overview(&input), overview(&load(WITH_VALUES, Some(TEMPLATE))));
    let database = find(&input, "Database");
    assert_eq!(
        at(database, "StorageEncrypted"),
        "true",
        "`Environment` is prod here and dev by default"
    );
    assert_eq!(
        at(find(&input, "Logs"), "BucketName"),
        "\"ledger-logs-111122223333\""
    );
    // The default is the one value that a hidden parameter need not have.
    assert_eq!(at(database, "MasterUserPassword"), "?parameter(Password)");
    let encrypted = database
        .origin
        .locate(&AttributePath::parse("StorageEncrypted").unwrap())
        .unwrap();
    assert_eq!(encrypted.source().name(), "template.yaml");
}

#[test]
fn every_action_has_its_meaning() {
    for (extra, expected) in [
        (json!({}), "Managed create"),
        (json!({"Action": "Import"}), "Managed create"),
        (json!({"Action": "Modify"}), "Managed update"),
        (
            json!({"Action": "Modify", "Replacement": "False"}),
            "Managed update",
        ),
        (
            json!({"Action": "Modify", "Replacement": "True"}),
            "Managed create+delete",
        ),
        (
            json!({"Action": "Modify", "Replacement": "Conditional"}),
            "Managed create+delete",
        ),
        (
            json!({"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndRetain"}),
            "Managed create+forget",
        ),
        (
            json!({"Action": "Modify", "Replacement": "True", "PolicyAction": "ReplaceAndSnapshot"}),
            "Managed create+delete",
        ),
        (json!({"Action": "Remove"}), "Removed delete"),
        (
            json!({"Action": "Remove", "PolicyAction": "Snapshot"}),
            "Removed delete",
        ),
        (
            json!({"Action": "Remove", "PolicyAction": "Retain"}),
            "Removed forget",
        ),
        (json!({"Action": "SyncWithActual"}), "Managed no-op"),
        (json!({"Action": "Dynamic"}), "Managed create+delete"),
    ] {
        let dynamic = extra["Action"] == "Dynamic";
        let input = load(&changes(&[change(extra.clone())]).to_string(), None);
        assert_eq!(overview(&input), [format!("Logs {expected}")], "{extra}");
        let found: Vec<&str> = input
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.id)
            .collect();
        assert_eq!(
            found,
            if dynamic { vec!["CCS007"] } else { Vec::new() },
            "{extra}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_change_does_not_hide_the_others() {
    let input = load(
        &changes(&[
            change(json!({"Action": "Explode"})),
            change(json!({"LogicalResourceId": ""})),
            change(json!({"LogicalResourceId": "A", "ResourceType": null})),
            change(json!({"LogicalResourceId": "B", "AfterContext": "{"})),
            change(json!({"LogicalResourceId": "C", "AfterContext": "[]"})),
            change(json!({"LogicalResourceId": "D", "AfterContext": "{\"Properties\":[]}"})),
            change(json!({"LogicalResourceId": "E", "AfterContext": {"Properties": {"P": 1}}})),
            change(json!({"LogicalResourceId": "E"})),
        ])
        .to_string(),
        None,
    );
    assert_eq!(
        overview(&input),
        [
            "Logs Managed update",
            "B Managed create",
            "C Managed create",
            "D Managed create",
            "E Managed create"
        ]
    );
    assert_eq!(
        codes(&input),
        [
            "CCS005 the change of `Logs` has the unknown action `Explode`",
            "CCS005 a change names no `LogicalResourceId`",
            "CCS005 the change of `A` names no `ResourceType`",
            "CCS005 the `AfterContext` of `B` is not valid JSON",
            "CCS005 the `AfterContext` of `C` is a list, not an object",
            "CCS005 the `AfterContext` of `D` has properties that are a list, not an object",
            "CCS005 `E` has more than one change; only the first is evaluated",
            "CCS004 the change set does not tell the properties of `B`, `C`, `D`",
        ]
    );
    assert_eq!(at(find(&input, "E"), "P"), "1");
}

#[test]
fn a_template_of_another_stack_is_an_error() {
    let other = TEMPLATE
        .replace("  Logs:", "  Store:")
        .replace("!Ref Logs", "!Ref Store")
        .replace("${Logs.Arn}", "x");
    let input = load(WITH_VALUES, Some(&other));
    assert_eq!(codes(&input), ["CCS006 `Logs` is not in the template"]);
    assert_eq!(
        at(find(&input, "Logs"), "BucketName"),
        "\"ledger-logs-111122223333\""
    );
    let retyped = TEMPLATE.replace("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy");
    assert_eq!(
        codes(&load(WITH_VALUES, Some(&retyped))),
        [
            "CCS006 `LogsPolicy` is of type `AWS::SNS::TopicPolicy` in the template and `AWS::S3::BucketPolicy` in the change set"
        ]
    );
    let kept = format!("{TEMPLATE}\n  OldQueue:\n    Type: AWS::SQS::Queue\n");
    let input = load(WITH_VALUES, Some(&kept));
    assert_eq!(
        codes(&input),
        ["CCS006 `OldQueue` is in the template, and the change set removes it"]
    );
    assert_eq!(find(&input, "OldQueue").lifecycle, Lifecycle::Removed);
}

#[test]
fn a_change_decides_the_condition_of_its_resource() {
    let template = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\nResources: {Logs: {Type: AWS::S3::Bucket, Condition: C}, Other: {Type: AWS::S3::Bucket, Condition: C}}";
    let added = load(&changes(&[change(json!({}))]).to_string(), Some(template));
    assert_eq!(find(&added, "Logs").condition, None);
    assert_eq!(find(&added, "Other").condition.as_deref(), Some("C"));
    let removed = load(
        &changes(&[change(json!({"Action": "Remove"}))]).to_string(),
        Some(template),
    );
    assert_eq!(codes(&removed), Vec::<String>::new());
    assert_eq!(overview(&removed), ["Logs Removed delete", "Other Managed no-op"]);
}

#[test]
fn unfinished_and_cut_off_change_sets_say_so() {
    for (extra, code) in [
        (json!({"Status": "CREATE_IN_PROGRESS"}), "CCS002"),
        (
            json!({"Status": "FAILED", "StatusReason": "Template error"}),
            "CCS002",
        ),
        (
            json!({"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes. Submit different information."}),
            "CCS009",
        ),
        (json!({"ExecutionStatus": "OBSOLETE"}), "CCS002"),
        (json!({"NextToken": "x"}), "CCS003"),
        (json!({"Changes": {}}), "CCS001"),
        (json!({"Changes": null}), "CCS001"),
    ] {
        let mut set = changes(&[]);
        set.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        let input = load(&set.to_string(), None);
        assert_eq!(
            input
                .diagnostics
                .iter()
                .map(|one| one.code.id)
                .collect::<Vec<_>>(),
            [code],
            "{extra}"
        );
    }
    let mut set = changes(&[]);
    set["NextToken"] = Json::Null;
    assert_eq!(codes(&load(&set.to_string(), None)), Vec::<String>::new());
}

#[test]
fn a_nested_change_set_is_said_to_be_unread() {
    let nested = change(
        json!({"ResourceType": "AWS::CloudFormation::Stack", "ChangeSetId": "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/n/1"}),
    );
    assert_eq!(
        codes(&load(&changes(&[nested]).to_string(), None)),
        ["CCS008 the nested change set of `Logs` is not read"]
    );
}

#[test]
fn secrets_of_the_template_stay_hidden() {
    let template = "Parameters: {P: {Type: String, NoEcho: true, Default: hunter2}}\nResources: {Logs: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref P}}}";
    let shown = change(json!({"AfterContext": "{\"Properties\":{\"BucketName\":\"hunter2\"}}"}));
    let input = load(&changes(&[shown]).to_string(), Some(template));
    assert_eq!(
        format!("{:?}", find(&input, "Logs").values),
        r#"{"BucketName": (sensitive)}"#
    );
}

proptest! {
    /// Wherever the marker stands, no reader sees it as a text.
    #[test]
    fn known_after_apply_is_never_a_text(before in "[a-z{}:]{0,5}", after in "[a-z{}:]{0,5}", listed in any::<bool>()) {
        let text = format!("{before}{{{{changeSet:KNOWN_AFTER_APPLY}}}}{after}");
        let value = if listed { json!([text]) } else { json!({"inner": text}) };
        let context = json!({"Properties": {"P": value}}).to_string();
        let input = load(&changes(&[change(json!({"AfterContext": context}))]).to_string(), None);
        let path = if listed { "P[0]" } else { "P.inner" };
        prop_assert_eq!(at(find(&input, "Logs"), path), "?reference()");
    }

    #[test]
    fn cut_off_contexts_are_diagnosed(end in 0_usize..40) {
        let context = r#"{"Properties":{"BucketName":"a","Tags":[]}}"#;
        let input = load(&changes(&[change(json!({"AfterContext": context.get(..end).unwrap_or_default()}))]).to_string(), None);
        prop_assert!(find(&input, "Logs").values.as_unknown().is_some());
        prop_assert!(!input.diagnostics.is_empty());
    }
}
