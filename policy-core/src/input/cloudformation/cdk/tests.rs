//! A whole assembly, and broken ones.

use std::collections::{BTreeMap, HashMap};

use super::*;
use crate::resource::ResourceId;
use crate::source::Source;

macro_rules! app {
    ($($path:literal),+ $(,)?) => {
        BTreeMap::from([$((
            concat!("cdk.out/", $path).to_owned(),
            include_bytes!(concat!("../../../../../fixtures/inputs/cdk/app/", $path)).to_vec(),
        )),+])
    };
}

fn app() -> BTreeMap<String, Vec<u8>> {
    app!(
        "manifest.json",
        "Data.template.json",
        "DataQueues.nested.template.json",
        "assembly-Test/manifest.json",
        "assembly-Test/TestDataE3A1.template.json",
    )
}

fn load(files: &BTreeMap<String, Vec<u8>>, context: &InputContext) -> Assembly {
    let sources = files.iter().filter_map(|(path, bytes)| {
        let text = String::from_utf8(bytes.clone()).ok()?;
        Some((path.clone(), Source::new(path.as_str(), text)))
    });
    read(
        &sources.collect::<HashMap<_, _>>(),
        "cdk.out/manifest.json",
        context,
    )
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics
        .iter()
        .map(|diagnostic| format!("{} {}", diagnostic.code.id, diagnostic.message))
        .collect()
}

fn manifest(artifacts: &str) -> BTreeMap<String, Vec<u8>> {
    let text = format!(r#"{{"version": "36.0.0", "artifacts": {{{artifacts}}}}}"#);
    BTreeMap::from([("cdk.out/manifest.json".to_owned(), text.into_bytes())])
}

#[test]
fn every_stack_is_an_input_of_its_name() {
    let assembly = load(&app(), &InputContext::default());
    assert_eq!(codes(&assembly.diagnostics), Vec::<String>::new());
    let stacks: Vec<(&str, &str, Vec<&str>)> = assembly
        .stacks
        .iter()
        .map(|stack| {
            assert_eq!(codes(&stack.input.diagnostics), Vec::<String>::new());
            let ids = stack
                .input
                .resources
                .iter()
                .map(|resource| resource.id.as_str())
                .collect();
            (stack.name.as_str(), stack.template.as_str(), ids)
        })
        .collect();
    assert_eq!(
        stacks,
        [
            (
                "Data",
                "cdk.out/Data.template.json",
                vec!["Key", "Ledger", "Queues", "Queues/Events", "Queues/EventsPolicy"]
            ),
            (
                "Test/Data",
                "cdk.out/assembly-Test/TestDataE3A1.template.json",
                vec!["Logs"]
            ),
        ]
    );
}

#[test]
fn the_manifest_gives_environment_tags_and_parameters() {
    let assembly = load(&app(), &InputContext::default());
    let [data, test] = assembly.stacks.as_slice() else {
        panic!("two stacks")
    };
    for resource in &data.input.resources {
        assert_eq!(resource.provider.account, Some("111122223333".into()));
        assert_eq!(resource.provider.region, Some("eu-west-1".into()));
        let tags = resource
            .provider
            .default_tags
            .as_ref()
            .and_then(|tags| tags.get("Environment"));
        assert_eq!(tags, Some(&"prod".into()), "{}", resource.id);
    }
    let ledger = &data.input.resources[1];
    assert_eq!(
        ledger
            .values
            .get("BackupRetentionPeriod")
            .and_then(Value::as_integer),
        Some(7)
    );
    let logs = &test.input.resources[0];
    assert_eq!(logs.provider, ProviderContext::default());
    assert!(logs.values.get("BucketName").unwrap().as_unknown().is_some());
}

#[test]
fn the_caller_outranks_parameters_and_fills_an_open_environment() {
    let context = InputContext {
        parameters: [("Retention".to_owned(), Value::from("3"))].into(),
        account: Some("444455556666".to_owned()),
        region: None,
    };
    let assembly = load(&app(), &context);
    let ledger = &assembly.stacks[0].input.resources[1];
    assert_eq!(
        ledger
            .values
            .get("BackupRetentionPeriod")
            .and_then(Value::as_integer),
        Some(3)
    );
    let logs = &assembly.stacks[1].input.resources[0];
    assert_eq!(logs.values.get("BucketName"), Some(&"logs-444455556666".into()));
    assert_eq!(
        assembly.stacks[0].input.resources[0].provider.account,
        Some("111122223333".into())
    );
}

#[test]
fn a_key_of_the_parent_is_the_key_of_the_nested_queue() {
    let assembly = load(&app(), &InputContext::default());
    let queue = &assembly.stacks[0].input.resources[3];
    assert_eq!(queue.values.get("QueueName"), Some(&"ledger-events".into()));
    // The default is the empty text, which would mean: not encrypted.
    assert!(queue.values.get("KmsMasterKeyId").unwrap().as_unknown().is_some());
    let [reference] = queue.references.as_slice() else {
        panic!("{:?}", queue.references)
    };
    assert_eq!(
        (reference.path.to_string().as_str(), &reference.targets[..]),
        ("KmsMasterKeyId", &[ResourceId::new("Key")][..])
    );
}

#[test]
fn missing_files_are_errors_and_the_rest_is_read() {
    let mut files = app();
    files.remove("cdk.out/DataQueues.nested.template.json");
    files.remove("cdk.out/assembly-Test/manifest.json");
    let assembly = load(&files, &InputContext::default());
    assert_eq!(
        codes(&assembly.diagnostics),
        ["CDK001 the manifest `cdk.out/assembly-Test/manifest.json` is missing"]
    );
    assert!(assembly.diagnostics[0].location().is_some());
    assert_eq!(
        codes(&assembly.stacks[0].input.diagnostics),
        ["CFN018 the file `cdk.out/DataQueues.nested.template.json` cannot be read"]
    );
    assert_eq!(assembly.stacks[0].input.resources.len(), 3);
    let none = load(&BTreeMap::new(), &InputContext::default());
    assert_eq!(
        codes(&none.diagnostics),
        ["CDK001 the manifest `cdk.out/manifest.json` is missing"]
    );
}

#[test]
fn broken_manifests_are_said() {
    let stack = |id: &str, rest: &str| format!(r#""{id}": {{"type": "aws:cloudformation:stack", {rest}}}"#);
    let file = r#""properties": {"templateFile": "T.json"}"#;
    for (artifacts, expected) in [
        (
            String::new(),
            vec!["CDK002 `cdk.out/manifest.json` lists no stacks"],
        ),
        (
            stack("A", r#""properties": {}"#),
            vec!["CDK004 the stack `A` names no template"],
        ),
        (
            stack("A", r#""properties": {"templateFile": "../../x"}"#),
            vec!["CDK004 the stack `A` names no template"],
        ),
        (
            [
                stack("A", &format!("\"displayName\": \"S\", {file}")),
                stack("B", &format!("\"displayName\": \"S\", {file}")),
            ]
            .join(","),
            vec!["CDK004 two stacks are named `S`"],
        ),
        (
            stack(
                "A",
                &format!(
                    r#"{file}, "metadata": {{"/A/Role": [{{"type": "aws:cdk:error", "data": "too open"}}]}}"#
                ),
            ),
            vec!["CDK003 the CDK reports an error for `/A/Role` of stack `A`: too open"],
        ),
        (
            r#""X": {"type": "cdk:cloud-assembly"}"#.to_owned(),
            vec!["CDK001 the assembly `X` names no directory of its own"],
        ),
        (
            r#""X": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}"#.to_owned(),
            vec!["CDK001 the assembly `X` names no directory of its own"],
        ),
    ] {
        let mut files = manifest(&artifacts);
        files.insert(
            "cdk.out/T.json".to_owned(),
            br#"{"Resources": {"R": {"Type": "X"}}}"#.to_vec(),
        );
        assert_eq!(
            codes(&load(&files, &InputContext::default()).diagnostics),
            expected,
            "{artifacts}"
        );
    }
    for (text, code) in [
        ("{", "DOC005"),
        ("[]", "CDK001"),
        (r#"{"artifacts": {}}"#, "CDK001"),
        ("", "DOC004"),
    ] {
        let files = BTreeMap::from([("cdk.out/manifest.json".to_owned(), text.as_bytes().to_vec())]);
        assert_eq!(
            load(&files, &InputContext::default()).diagnostics[0].code.id,
            code,
            "{text}"
        );
    }
}
