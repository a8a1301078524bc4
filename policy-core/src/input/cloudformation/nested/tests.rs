//! Nested stacks as files beside their parent.

use proptest::prelude::*;

use super::*;

fn files(list: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
    list.iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

fn load(list: &[(&str, &str)]) -> LoadedInput {
    super::read(&files(list), list[0].0, &InputContext::default())
}

fn ids(input: &LoadedInput) -> Vec<&str> {
    input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect()
}

fn codes(input: &LoadedInput) -> Vec<String> {
    input
        .diagnostics
        .iter()
        .map(|diagnostic| format!("{} {}", diagnostic.code.id, diagnostic.message))
        .collect()
}

fn stack(id: &str, url: &str, more: &str) -> String {
    format!(
        "  {id}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n{more}"
    )
}

fn find<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    input
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == id)
        .unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn resources_of_nested_stacks_stand_under_their_stack() {
    let main = format!(
        "Resources:\n{}  Own:\n    Type: AWS::S3::Bucket\n",
        stack("A", "./sub/a.yaml", "")
    );
    let a = format!("Resources:\n{}", stack("B", "../b.json", ""));
    let b = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}]}}}}"#;
    let input = load(&[("main.yaml", &main), ("sub/a.yaml", &a), ("b.json", b)]);
    assert_eq!(codes(&input), Vec::<String>::new());
    assert_eq!(ids(&input), ["A", "A/B", "A/B/Q", "A/B/P", "Own"]);
    let policy = find(&input, "A/B/P");
    assert_eq!((&*policy.scope, &*policy.name), ("A/B", "P"));
    assert_eq!(policy.references[0].targets, [ResourceId::new("A/B/Q")]);
    assert_eq!(&*policy.origin.file, "b.json");
    assert_eq!(
        policy.origin.block.as_ref().map(|span| span.source().name()),
        Some("b.json")
    );
}

#[test]
fn parameters_of_the_parent_count_and_its_unknowns_are_no_defaults() {
    let passed = "      Parameters:\n        Known: given\n        Later: !GetAtt Key.Arn\n        Maybe: !If [C, x, !Ref AWS::NoValue]\n  Key:\n    Type: AWS::KMS::Key\n";
    let main = format!(
        "Parameters: {{P: {{Type: String}}}}\nConditions: {{C: !Equals [!Ref P, x]}}\nResources:\n{}",
        stack("A", "a.yaml", passed)
    );
    let parameter = |name: &str| format!("  {name}: {{Type: String, Default: default}}\n");
    let names = ["Known", "Later", "Maybe", "Unsaid"];
    let parameters: String = names.iter().map(|name| parameter(name)).collect();
    let properties: String = names
        .iter()
        .map(|name| format!("      {name}: !Ref {name}\n"))
        .collect();
    let a = format!("Parameters:\n{parameters}Resources:\n  R:\n    Type: X\n    Properties:\n{properties}");
    let input = load(&[("main.yaml", &main), ("a.yaml", &a)]);
    assert_eq!(codes(&input), Vec::<String>::new());
    let resource = find(&input, "A/R");
    let value = |name: &str| resource.values.get(name).unwrap();
    assert_eq!(value("Known"), &"given".into());
    assert_eq!(value("Unsaid"), &"default".into());
    for name in ["Later", "Maybe"] {
        let unknown = value(name).as_unknown().expect(name);
        assert_eq!(
            (unknown.reason, unknown.refs.as_slice()),
            (UnknownReason::Parameter, &[name.into()][..])
        );
    }
    // The parameter stands for the key of the parent.
    let reference = resource
        .references
        .iter()
        .find(|reference| reference.path.to_string() == "Later")
        .unwrap();
    assert_eq!(reference.targets, [ResourceId::new("Key")]);
    assert_eq!(reference.attribute.as_deref(), Some("Arn"));
}

#[test]
fn parameters_that_nobody_can_tell_leave_no_default() {
    let passed = "      Parameters: !If [C, {P: x}, !Ref AWS::NoValue]\n";
    let main = format!(
        "Parameters: {{P: {{Type: String}}}}\nConditions: {{C: !Equals [!Ref P, x]}}\nResources:\n{}",
        stack("A", "a.yaml", passed)
    );
    let a =
        "Parameters: {P: {Type: String, Default: safe}}\nResources: {R: {Type: X, Properties: {V: !Ref P}}}";
    let input = load(&[("main.yaml", &main), ("a.yaml", a)]);
    assert!(
        find(&input, "A/R")
            .values
            .get("V")
            .unwrap()
            .as_unknown()
            .is_some()
    );
}

#[test]
fn a_condition_of_the_stack_is_one_of_its_resources() {
    let conditions = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n";
    let main = format!(
        "{conditions}Resources:\n{}    Condition: C\n",
        stack("A", "a.yaml", "")
    );
    let a = format!("{conditions}Resources: {{R: {{Type: X}}, S: {{Type: X, Condition: C}}}}");
    let input = load(&[("main.yaml", &main), ("a.yaml", &a)]);
    assert_eq!(find(&input, "A/R").condition.as_deref(), Some("C"));
    assert_eq!(find(&input, "A/S").condition.as_deref(), Some("C and C"));
}

#[test]
fn what_is_not_read_is_said_where_it_is_named() {
    let url = |url: &str| {
        let main = format!("Resources:\n{}", stack("A", url, ""));
        let input = load(&[("sub/main.yaml", &main)]);
        assert_eq!(input.diagnostics[0].location().unwrap().line, 2);
        codes(&input).join("; ")
    };
    let remote = "NST002 the nested stack `A` is not read: its template is no local file";
    assert_eq!(url("https://s3.amazonaws.com/bucket/a.yaml"), remote);
    assert_eq!(url("!Sub 'https://${AWS::Region}/a.yaml'"), remote);
    assert_eq!(url("/etc/passwd"), remote);
    assert_eq!(url("../../a.yaml"), remote);
    assert_eq!(
        url("a.yaml"),
        "NST001 the template `sub/a.yaml` of the nested stack `A` is missing"
    );
    assert_eq!(
        codes(&super::read(&files(&[]), "x.yaml", &InputContext::default())),
        ["NST001 the template `x.yaml` is missing"]
    );
}

#[test]
fn a_broken_nested_template_does_not_hide_the_others() {
    let main = format!(
        "Resources:\n{}{}",
        stack("A", "a.yaml", ""),
        stack("B", "b.yaml", "")
    );
    let input = load(&[
        ("main.yaml", &main),
        ("a.yaml", "Resources: ["),
        ("b.yaml", "Resources: {R: {Type: X}}"),
    ]);
    assert_eq!(ids(&input), ["A", "B", "B/R"]);
    let [error] = input.diagnostics.as_slice() else {
        panic!("{:?}", input.diagnostics)
    };
    assert_eq!((error.code.id, error.file()), ("DOC006", Some("a.yaml")));
}

#[test]
fn circles_and_explosions_end() {
    let circle = format!("Resources:\n{}", stack("A", "main.yaml", ""));
    assert_eq!(
        codes(&load(&[("main.yaml", &circle)])),
        ["NST003 `main.yaml` names itself as a nested stack"]
    );
    // Each of ten templates has ten stacks of the next: ten thousand million stacks.
    let templates: Vec<(String, String)> = (0..10)
        .map(|level| {
            let stacks: String = (0..10)
                .map(|n| stack(&format!("S{n}"), &format!("t{}.yaml", level + 1), ""))
                .collect();
            (format!("t{level}.yaml"), format!("Resources:\n{stacks}"))
        })
        .chain([("t10.yaml".to_owned(), "Resources: {R: {Type: X}}".to_owned())])
        .collect();
    let list: Vec<(&str, &str)> = templates
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let input = load(&list);
    assert!(
        input
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code.id == "NST003")
    );
    assert!(input.resources.len() < 20_000, "{}", input.resources.len());
}

proptest! {
    #[test]
    fn paths_never_leave_the_files(base in "([a-c]/){0,2}m", relative in "(\\.\\./|\\./|[a-c]/){0,5}[a-c]") {
        if let Some(path) = beside(&base, &relative) {
            prop_assert!(path.split('/').all(|name| !matches!(name, "" | "." | "..")));
        }
    }
}
