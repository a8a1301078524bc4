//! Templates as a whole: sections, resources, places, transforms, and what is wrong with them.

use super::*;
use crate::document::json;
use crate::input::InputFormat;
use crate::resource::{Lifecycle, NativeResource, SourceKind};
use crate::source::Span;
use crate::value::AttributePath;

fn with(parameters: &[(&str, Value)]) -> InputContext {
    let parameters = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    InputContext {
        parameters,
        ..InputContext::default()
    }
}

fn ids(input: &LoadedInput) -> Vec<&str> {
    input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect()
}

fn resource<'i>(input: &'i LoadedInput, name: &str) -> &'i NativeResource {
    input
        .resources
        .iter()
        .find(|resource| &*resource.name == name)
        .expect(name)
}

fn written(span: &Span) -> &str {
    span.source().text().get(span.start()..span.end()).unwrap()
}

#[test]
fn a_resource_is_read_as_a_whole() {
    let text = "AWSTemplateFormatVersion: 2010-09-09
Description: >
  Two lines
Metadata: {anything: [!Foo x]}
Rules: {R: {Assertions: [{Assert: {'Fn::Contains': [[a], a]}}]}}
Resources:
  First:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    DependsOn: Second
    Metadata: {x: !Nonsense y}
    Properties:
      BucketName: one
  Second:
    Type: AWS::SNS::Topic
Outputs: {O: {Value: !Ref Missing}}
";
    let input = load(text, &InputContext::default());
    assert_eq!(diagnostics(&input), [""; 0]);
    assert_eq!(input.format, Some(InputFormat::CloudFormationTemplate));
    assert_eq!(input.source.as_ref().unwrap().text(), text);
    assert_eq!(ids(&input), ["First", "Second"]);
    let first = &input.resources[0];
    assert_eq!(
        (&*first.native_type, first.source, first.lifecycle),
        ("AWS::S3::Bucket", SourceKind::CloudFormation, Lifecycle::Managed)
    );
    assert_eq!(show(&first.values), "{BucketName: \"one\"}");
    assert!(first.references.is_empty() && first.condition.is_none() && first.scope.is_empty());
    assert_eq!(show(&input.resources[1].values), "{}");
    let block = first.origin.block.as_ref().unwrap();
    assert!(written(block).starts_with("First:\n    Type") && written(block).ends_with("BucketName: one"));
    assert_eq!(block.location().to_string(), "template.yaml:7:3");
}

#[test]
fn places_are_found_through_functions_and_branches() {
    let text = "Parameters: {Env: {Type: String}}
Conditions: {Yes: !Equals [a, a], IsProd: !Equals [!Ref Env, prod]}
Resources:
  R:
    Type: X
    Properties:
      Plain: {Inner: [1, {Deep: here}]}
      Text: |
        line one
        line two
      Decided: !If
        - Yes
        - Deep: yes branch
        - Deep: no branch
      Open:
        Fn::If:
          - IsProd
          - {A: {B: first}}
          - {A: {C: second}}
      List:
        - !Ref AWS::NoValue
        - !If [Yes, !Ref AWS::NoValue, gone]
        - !If [Yes, kept, gone]
        - !Sub '${Env}'
";
    let input = load(text, &InputContext::default());
    let origin = &input.resources[0].origin;
    let at = |path: &str| written(&origin.locate(&AttributePath::parse(path).unwrap()).unwrap()).to_owned();
    assert_eq!(at("Plain"), "{Inner: [1, {Deep: here}]}");
    assert_eq!(at("Plain.Inner[1].Deep"), "here");
    assert_eq!(at("Plain.Inner[1].Deep.deeper"), "here");
    assert_eq!(at("Plain.Inner[9]"), "[1, {Deep: here}]");
    assert_eq!(at("Text"), "|\n        line one\n        line two");
    assert_eq!(at("Decided.Deep"), "yes branch");
    assert_eq!(at("Decided"), "Deep: yes branch");
    assert_eq!(at("Open.A.B"), "first");
    assert_eq!(at("Open.A.C"), "second");
    assert_eq!(
        at("Open"),
        "Fn::If:\n          - IsProd\n          - {A: {B: first}}\n          - {A: {C: second}}"
    );
    assert_eq!(at("List[0]"), "kept");
    assert_eq!(at("List[1]"), "!Sub '${Env}'");
    assert_eq!(
        show(input.resources[0].values.get("List").unwrap()),
        "[\"kept\", ?parameter(Env)!]"
    );
    assert!(at("Missing").starts_with("R:\n"));
    assert!(at("").starts_with("R:\n"));
    assert!(
        origin
            .locator
            .as_ref()
            .unwrap()
            .locate(&AttributePath::root())
            .is_none()
    );
}

#[test]
fn parameters_from_outside_win_and_are_checked() {
    let text = "Parameters:
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Days: {Type: Number, Default: 1}
  Nets: {Type: List<String>, Default: a}
  Key: {Type: String, NoEcho: true}
Resources:
  R: {Type: X, Properties: {P: [!Ref Env, !Ref Days, !Ref Nets, !Ref Key]}}
";
    let shown = |parameters: &[(&str, Value)]| {
        let (value, diagnostics, _) = property_in(text, &with(parameters));
        (value, diagnostics)
    };
    assert_eq!(shown(&[]).0, "[\"dev\", 1, [\"a\"], ?parameter(Key)!]");
    let given = [
        ("Env", Value::from("prod")),
        ("Days", Value::from(30)),
        ("Nets", Value::from("x, y")),
        ("Key", Value::from("k")),
        ("Unrelated", Value::from("z")),
    ];
    assert_eq!(
        shown(&given),
        (
            "[\"prod\", 30, [\"x\", \"y\"], secret \"k\"]".to_owned(),
            vec!["CFN011 the template has no parameter `Unrelated`".to_owned()]
        )
    );
    let list = [
        ("Nets", Value::List(vec!["x".into(), 2.into()])),
        ("Days", Value::from("0.50")),
    ];
    assert_eq!(
        shown(&list).0,
        "[\"dev\", \"0.50\", [\"x\", \"2\"], ?parameter(Key)!]"
    );
    let (value, found) = shown(&[("Env", Value::from("stage")), ("Days", Value::List(vec![]))]);
    assert_eq!(
        value,
        "[?parameter(Env)!, ?parameter(Days)! {1}, [\"a\"], ?parameter(Key)!]".replace(" {1}", "")
    );
    assert_eq!(
        found,
        [
            "CFN011 parameter `Env` cannot have the value given for it: `stage` is not among its `AllowedValues`",
            "CFN011 the value given for parameter `Days` is no Number",
        ]
    );
}

#[test]
fn broken_parameters_do_not_hide_resources() {
    let text = "Parameters:
  A: text
  B: {Default: x}
  C: {Type: String, Default: [x]}
Mappings: {M: text, N: {k: text}}
Resources:
  R: {Type: X, Properties: {P: [!Ref A, !Ref B, !Ref C]}}
";
    let (value, found, _) = property_in(text, &InputContext::default());
    assert_eq!(value, "[?parameter(A)!, ?parameter(B)!, ?parameter(C)!]");
    assert_eq!(
        found,
        [
            "CFN011 parameter `A` is a string, not a mapping",
            "CFN011 parameter `B` has no `Type`",
            "CFN011 the default of parameter `C` is a list, not a text or number",
            "CFN002 map `M` is a string, not a mapping",
            "CFN002 `k` of map `N` is a string, not a mapping",
        ]
    );
}

#[test]
fn resources_under_conditions() {
    let text = "Parameters: {Env: {Type: String}}
Conditions: {Yes: !Equals [a, a], No: !Equals [a, b], IsProd: !Equals [!Ref Env, prod]}
Resources:
  Always: {Type: X, Condition: Yes}
  Never: {Type: X, Condition: No}
  Perhaps: {Type: X, Condition: IsProd}
  Lost: {Type: X, Condition: Nowhere}
  Odd: {Type: X, Condition: [a]}
";
    let input = load(text, &InputContext::default());
    let found: Vec<(&str, Option<&str>)> = input
        .resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource.condition.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            ("Always", None),
            ("Perhaps", Some("IsProd")),
            ("Lost", Some("Nowhere")),
            ("Odd", Some("an unreadable condition"))
        ]
    );
    assert_eq!(
        diagnostics(&input),
        [
            "CFN008 the template has no condition `Nowhere`",
            "CFN008 the `Condition` of resource `Odd` is a list, not the name of a condition"
        ]
    );
    let prod = load(text, &with(&[("Env", Value::from("prod"))]));
    assert_eq!(resource(&prod, "Perhaps").condition, None);
    let dev = load(text, &with(&[("Env", Value::from("dev"))]));
    assert!(!ids(&dev).contains(&"Perhaps"));
}

#[test]
fn a_broken_resource_is_reported_and_the_others_are_read() {
    let text = "Resources:
  A: text
  B: {Properties: {}}
  C: {Type: [x]}
  D: {Type: X, Properties: [a]}
  E: {Type: X, Properties: , BucketName: lost}
  F: {Type: X, Properties: {a: , b: 1}}
  G: {Type: !Ref T}
  H: {Type: X, Properties: !Ref AWS::NoValue}
";
    let input = load(text, &InputContext::default());
    assert_eq!(ids(&input), ["D", "E", "F", "H"]);
    assert_eq!(
        diagnostics(&input),
        [
            "CFN003 resource `A` is a string, not a mapping",
            "CFN003 resource `B` has no `Type`",
            "CFN003 the `Type` of resource `C` is a list, not a text",
            "CFN003 the `Properties` of resource `D` are a list, not a mapping",
            "CFN015 `BucketName` is no attribute of a resource",
            "CFN014 CloudFormation refuses null values",
            "CFN003 the `Type` of resource `G` is a string, not a text",
        ]
    );
    let shown: Vec<String> = input
        .resources
        .iter()
        .map(|resource| show(&resource.values))
        .collect();
    assert_eq!(shown, ["?expression()", "{}", "{a: null, b: 1}", "{}"]);
    let lines: Vec<u32> = input
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.location().unwrap().line)
        .collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_template_without_resources_is_an_error() {
    let table = [
        (
            "[a]",
            "CFN001 a CloudFormation template is a mapping, and this is a list",
        ),
        ("Description: x", "CFN001 the template has no section `Resources`"),
        (
            "Resource: {A: {Type: X}}",
            "CFN001 the template has no section `Resources`",
        ),
        ("Resources: {}", "CFN001 the section `Resources` is empty"),
        ("Resources:", "CFN001 the section `Resources` is empty"),
        (
            "Resources: [a]",
            "CFN001 the section `Resources` is a list, not a mapping",
        ),
    ];
    for (text, expected) in table {
        let input = load(text, &InputContext::default());
        assert_eq!(
            (diagnostics(&input), input.resources.len()),
            (vec![expected.to_owned()], 0),
            "{text}"
        );
    }
    let input = load("Resource: {A: {Type: X}}", &InputContext::default());
    assert_eq!(
        input.diagnostics[0].help.as_deref(),
        Some("`Resource` is probably meant to be `Resources`")
    );
    let input = load(
        "Conditions: [a]\nResources: {R: {Type: X}}",
        &InputContext::default(),
    );
    assert_eq!(
        diagnostics(&input),
        ["CFN002 the section `Conditions` is a list, not a mapping"]
    );
}

#[test]
fn transforms_are_never_silent() {
    let custom = load(
        "Transform: [Own::Macro]\nConditions: {No: !Equals [a, b]}\nResources: {R: {Type: X, Condition: No, Properties: {P: 1}}}\n",
        &InputContext::default(),
    );
    assert_eq!(show(&custom.resources[0].values), "?expression(Own::Macro)");
    assert_eq!(custom.resources[0].condition.as_deref(), Some("No"));

    let include = load(
        "Transform: {Name: AWS::Include}\nParameters: {Fn::Transform: {Name: AWS::Include}}\nResources:\n  R: {Type: X, Properties: {P: 1, Q: !Ref Elsewhere}}\n",
        &InputContext::default(),
    );
    assert_eq!(
        show(&include.resources[0].values),
        "{P: 1, Q: ?reference(Elsewhere)!}"
    );
    assert_eq!(diagnostics(&include).len(), 2);

    let module = load(
        "Resources: {M: {Type: Own::Network::Vpc::MODULE}, R: {Type: X, Properties: {P: !Ref M.Vpc}}}\n",
        &InputContext::default(),
    );
    assert_eq!(
        diagnostics(&module),
        ["CFN012 module `M` is not expanded: the resources it makes are not seen"]
    );
    assert_eq!(show(&resource(&module, "R").values), "{P: ?reference(M.Vpc)!}");
    let fragment = load(
        "Resources: {Fn::Transform: {Name: AWS::Include}}\n",
        &InputContext::default(),
    );
    assert_eq!(fragment.diagnostics[0].code.id, "CFN013");
}

#[test]
fn circles_of_conditions_are_named_and_undecided() {
    let text = "Conditions:
  A: !Not [!Condition B]
  B: !Or [!Condition C, !Condition Fine]
  C: !And [!Condition A, !Condition A]
  Fine: !Equals [a, a]
  Outside: !Not [!Condition A]
Resources:
  R: {Type: X, Properties: {P: !If [Outside, a, b]}}
";
    let (value, found, _) = property_in(text, &InputContext::default());
    assert_eq!(value, "?condition(Outside)! {\"a\" | \"b\"}");
    assert!(
        found.iter().any(|line| line.contains("`A` → `B` → `C` → `A`")),
        "{found:?}"
    );
    assert!(found.iter().all(|line| line.starts_with("CFN009")), "{found:?}");
}

#[test]
fn long_chains_and_large_templates_are_no_trouble() {
    let mut text = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
    for index in 1..5_000 {
        text += &format!("  C{index}: !Not [!Condition C{}]\n", index - 1);
    }
    text += "Resources:\n";
    for index in 0..5_000 {
        text += &format!(
            "  R{index}: {{Type: X, Properties: {{P: !Ref R{}, Q: !Ref Nowhere{index}}}}}\n",
            index / 2
        );
    }
    let input = load(&text, &InputContext::default());
    assert_eq!((input.resources.len(), input.diagnostics.len()), (5_000, 5_000));
    assert_eq!(input.resources[4_999].references[0].targets[0].as_str(), "R2499");
    let mut deep = "x".to_owned();
    for _ in 0..100 {
        deep = format!("{{\"Fn::If\": [\"C\", {deep}, \"y\"]}}");
        if deep.matches("Fn::If").count() == 60 {
            break;
        }
    }
    let deep = deep.replacen('x', "\"x\"", 1);
    let text = format!(
        "{{\"Conditions\": {{\"C\": {{\"Fn::Equals\": [\"a\", \"a\"]}}}}, \"Resources\": {{\"R\": {{\"Type\": \"X\", \"Properties\": {{\"P\": {deep}}}}}}}}}"
    );
    let source = Source::new("template.json", text);
    let root = json::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    let input = super::super::read(source, &root, &InputContext::default());
    assert_eq!(show(input.resources[0].values.get("P").unwrap()), "\"x\"");
}

#[test]
fn codes_are_unique_and_explained() {
    let mut seen = std::collections::BTreeSet::new();
    for code in super::super::codes::CODES
        .iter()
        .chain(crate::document::codes::CODES)
    {
        assert!(seen.insert(code.id), "{}", code.id);
        assert!(
            !code.summary.ends_with('.') && code.explanation.ends_with('.'),
            "{}",
            code.id
        );
    }
}
