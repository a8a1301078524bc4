//! Nested stacks: parameters in, outputs out, one inventory.

use super::*;
use crate::resource::NativeResource;

const NETWORK: &str = "
Parameters:
  Name: {Type: String}
  Cidr: {Type: String, Default: 10.0.0.0/16}
  KeyArn: {Type: String, Default: none}
  Env: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Conditions: {IsProd: !Equals [!Ref Env, prod]}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Cidr, Name: !Ref Name, Key: !Ref KeyArn, Stack: !Ref AWS::StackName}}
  Log: {Type: AWS::EC2::FlowLog, Condition: IsProd, Properties: {Vpc: !Ref Vpc, Which: !If [IsProd, a, b]}}
Outputs:
  VpcId: {Value: !Ref Vpc}
  Constant: {Value: fixed}
  Key: {Value: !Ref KeyArn}
  Prod: {Value: x, Condition: IsProd}
";

fn main(resources: &str) -> String {
    format!(
        "Parameters:\n  Env: {{Type: String, AllowedValues: [dev, prod]}}\n  Open: {{Type: String}}\nConditions: {{Perhaps: !Equals [!Ref Open, x], Never: !Equals [a, b]}}\nResources:\n{resources}"
    )
}

fn read(resources: &str) -> LoadedInput {
    load_files(
        &[("main.yaml", &main(resources)), ("stacks/network.yaml", NETWORK)],
        &InputContext::default(),
    )
}

fn find<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    let found = input.resources.iter().find(|resource| resource.id.as_str() == id);
    found.unwrap_or_else(|| panic!("{id} in {:?}", listing(input)))
}

fn references(resource: &NativeResource) -> Vec<String> {
    let shown = resource.references.iter().map(|reference| {
        let attribute = reference.attribute.as_deref();
        let attribute = attribute.map_or_else(String::new, |name| format!(".{name}"));
        format!("{} -> {}{attribute}", reference.path, reference.targets[0])
    });
    shown.collect()
}

#[test]
fn resources_parameters_and_outputs_join() {
    let input = read(
        "  Key: {Type: AWS::KMS::Key}
  Net:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./stacks/network.yaml
      Parameters: {Name: main, KeyArn: !GetAtt Key.Arn, Env: prod}
  User: {Type: X, Properties: {Vpc: !GetAtt Net.Outputs.VpcId, Text: !Sub '${Net.Outputs.Constant}!', Key: !GetAtt [Net, Outputs.Key], Prod: !GetAtt Net.Outputs.Prod, Whole: !Ref Net}}
",
    );
    assert_eq!(diagnostics(&input), [""; 0]);
    assert_eq!(
        listing(&input),
        [
            "Key KMS::Key {}",
            "Net CloudFormation::Stack {Parameters: {Env: \"prod\", KeyArn: ?reference(Key)!, Name: \"main\"}, TemplateURL: \"./stacks/network.yaml\"}",
            "Net/Vpc EC2::VPC {CidrBlock: \"10.0.0.0/16\", Key: ?reference(Key)!, Name: \"main\", Stack: ?parameter(Net/AWS::StackName)!}",
            "Net/Log EC2::FlowLog {Vpc: ?reference(Net/Vpc)!, Which: \"a\"}",
            "User X {Key: ?reference(Key)!, Prod: \"x\", Text: \"fixed!\", Vpc: ?reference(Net/Vpc)!, Whole: ?reference(Net)!}",
        ]
    );
    let vpc = find(&input, "Net/Vpc");
    assert_eq!(
        (&*vpc.name, &*vpc.scope, &*vpc.origin.file),
        ("Vpc", "Net", "stacks/network.yaml")
    );
    assert_eq!(
        vpc.origin.block.as_ref().unwrap().location().to_string(),
        "stacks/network.yaml:9:3"
    );
    assert_eq!(references(vpc), ["Key -> Key.Arn"]);
    assert_eq!(references(find(&input, "Net/Log")), ["Vpc -> Net/Vpc"]);
    assert_eq!(
        references(find(&input, "User")),
        ["Vpc -> Net/Vpc", "Key -> Key.Arn", "Whole -> Net"]
    );
    assert!(find(&input, "User").scope.is_empty());
}

#[test]
fn what_the_outer_stack_does_not_know() {
    let parameters = |given: &str| {
        let input = read(&format!(
            "  Net: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: stacks/network.yaml, Parameters: {given}}}}}\n"
        ));
        let vpc = show(find(&input, "Net/Vpc").values.get("Name").unwrap());
        let log = input.resources.iter().find(|resource| &*resource.name == "Log");
        let log = log.map(|log| log.condition.as_deref().unwrap_or("always").to_owned());
        (
            vpc,
            log.unwrap_or_else(|| "never".to_owned()),
            diagnostics(&input),
        )
    };
    let fine: Vec<String> = Vec::new();
    let row = |name: &str, log: &str| (name.to_owned(), log.to_owned(), fine.clone());
    assert_eq!(parameters("{Name: !Ref Open}"), row("?parameter(Open)!", "never"));
    assert_eq!(
        parameters("{Name: !Ref Env, Env: !Ref Env}"),
        row("?parameter(Env)! {\"dev\" | \"prod\"}", "IsProd")
    );
    assert_eq!(
        parameters("{Name: !Sub '${Env}-x', Env: dev}"),
        row("?parameter(Env)! {\"dev-x\" | \"prod-x\"}", "never")
    );
    // Where nothing may be given, the default may count.
    assert_eq!(
        parameters("{Name: x, Env: !If [Perhaps, prod, !Ref AWS::NoValue]}"),
        row("\"x\"", "IsProd")
    );
    assert_eq!(
        parameters("{Name: x, Env: !If [Perhaps, dev, !Ref AWS::NoValue]}"),
        row("\"x\"", "never")
    );
    assert_eq!(
        parameters("{Name: x, Env: !Ref AWS::NoValue}"),
        row("\"x\"", "never")
    );
    // The mapping as a whole.
    assert_eq!(
        parameters("!If [Perhaps, {Name: x, Env: prod}, {Name: y}]"),
        row("?condition(Perhaps)! {\"x\" | \"y\"}", "IsProd")
    );
    // What may give a value for anything leaves nothing missing.
    assert_eq!(
        parameters("!FindInMap [!Ref Open, a, b]"),
        row("?parameter(Open)!", "IsProd")
    );
}

#[test]
fn conditions_of_the_outer_stack_hold_for_the_inner_one() {
    let input = read(
        "  Maybe: {Type: AWS::CloudFormation::Stack, Condition: Perhaps, Properties: {TemplateURL: stacks/network.yaml, Parameters: {Name: x, Env: !Ref Env}}}
  Not: {Type: AWS::CloudFormation::Stack, Condition: Never, Properties: {TemplateURL: stacks/nowhere.yaml}}
",
    );
    let found: Vec<(&str, Option<&str>)> = input
        .resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource.condition.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            ("Maybe", Some("Perhaps")),
            ("Maybe/Vpc", Some("Perhaps")),
            ("Maybe/Log", Some("Perhaps and IsProd")),
        ]
    );
    assert_eq!(
        show(find(&input, "Maybe/Log").values.get("Which").unwrap()),
        "?condition(Maybe/IsProd)! {\"a\" | \"b\"}"
    );
}

#[test]
fn stacks_may_be_given_the_outputs_of_others() {
    let input = read(
        "  Second: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/network.yaml, Parameters: {Name: !Sub '${First.Outputs.Constant}', KeyArn: !GetAtt First.Outputs.VpcId}}}
  First: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/network.yaml, Parameters: {Name: x}}}
",
    );
    let vpc = find(&input, "Second/Vpc");
    assert_eq!(show(vpc.values.get("Name").unwrap()), "\"fixed\"");
    assert_eq!(show(vpc.values.get("Key").unwrap()), "?reference(First/Vpc)!");
    assert_eq!(references(vpc), ["Key -> First/Vpc"]);
    assert_eq!(diagnostics(&input), [""; 0]);

    let circle = read(
        "  One: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/network.yaml, Parameters: {Name: !GetAtt Two.Outputs.VpcId}}}
  Two: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/network.yaml, Parameters: {Name: !GetAtt One.Outputs.VpcId}}}
",
    );
    assert_eq!(
        diagnostics(&circle),
        ["CFN020 nested stacks depend on each other in a circle: `One`, `Two`"]
    );
    assert_eq!(
        show(find(&circle, "One/Vpc").values.get("Name").unwrap()),
        "?reference(Two)!"
    );
    assert_eq!(
        show(find(&circle, "Two/Vpc").values.get("Name").unwrap()),
        "?reference(One/Vpc)!"
    );
}

#[test]
fn stacks_in_stacks() {
    let middle = "Parameters: {Name: {Type: String}}
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: network.yaml, Parameters: {Name: !Ref Name}}}
Outputs: {Id: {Value: !GetAtt Inner.Outputs.VpcId}}
";
    let outer = main(
        "  Mid: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stacks/middle.yaml, Parameters: {Name: !Ref Open}}}
  User: {Type: X, Properties: {P: !GetAtt Mid.Outputs.Id}}
",
    );
    let input = load_files(
        &[
            ("main.yaml", &outer),
            ("stacks/middle.yaml", middle),
            ("stacks/network.yaml", NETWORK),
        ],
        &InputContext::default(),
    );
    assert_eq!(diagnostics(&input), [""; 0]);
    let ids: Vec<&str> = input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(ids, ["Mid", "Mid/Inner", "Mid/Inner/Vpc", "User"]);
    let vpc = find(&input, "Mid/Inner/Vpc");
    assert_eq!(&*vpc.scope, "Mid/Inner");
    let calls: Vec<String> = vpc
        .origin
        .calls
        .iter()
        .map(|call| call.location().to_string())
        .collect();
    assert_eq!(calls, ["stacks/middle.yaml:3:3", "main.yaml:6:3"]);
    assert_eq!(
        show(find(&input, "Mid/Inner/Vpc").values.get("Name").unwrap()),
        "?parameter(Open)!"
    );
    assert_eq!(references(find(&input, "User")), ["P -> Mid/Inner/Vpc"]);
}

#[test]
fn assets_of_cdk() {
    let input = read(
        "  Net:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: !Sub 'https://s3.${AWS::Region}.amazonaws.com/x', Parameters: {Name: x}}
    Metadata: {'aws:asset:path': stacks/network.yaml, 'aws:asset:property': TemplateURL}
",
    );
    assert_eq!(find(&input, "Net/Vpc").id.as_str(), "Net/Vpc");
    assert_eq!(diagnostics(&input), [""; 0]);
}

#[test]
fn what_is_wrong_with_nested_stacks() {
    let stack = |properties: &str| {
        format!("  Net: {{Type: AWS::CloudFormation::Stack, Properties: {{{properties}}}}}\n")
    };
    let rows = [
        (
            stack("TemplateURL: https://example.com/t.yaml"),
            "CFN019 the resources of nested stack `Net` are not seen",
        ),
        (
            stack("TemplateURL: !Sub 's3://${Open}/t.yaml'"),
            "CFN019 the resources of nested stack `Net` are not seen",
        ),
        (
            stack("TemplateURL: nowhere.yaml"),
            "CFN018 the file `nowhere.yaml` cannot be read",
        ),
        (
            stack("TemplateURL: main.yaml"),
            "CFN018 `main.yaml` contains itself as a nested stack",
        ),
        (
            stack("TemplateURL: stacks/network.yaml"),
            "CFN020 nested stack `Net` gets no value for its parameter `Name`, which has no default",
        ),
        (
            stack("TemplateURL: stacks/network.yaml, Parameters: {Name: x, Nam: y}"),
            "CFN020 the template of nested stack `Net` has no parameter `Nam`",
        ),
        (
            stack("TemplateURL: stacks/network.yaml, Parameters: {Name: x, Env: stage}"),
            "CFN011 parameter `Env` cannot have the value given for it: `stage` is not among its `AllowedValues`",
        ),
        (
            format!(
                "{}  User: {{Type: X, Properties: {{P: !GetAtt Net.Outputs.VpcIdd}}}}\n",
                stack("TemplateURL: stacks/network.yaml, Parameters: {Name: x}")
            ),
            "CFN020 the template of nested stack `Net` has no output `VpcIdd`",
        ),
    ];
    for (resources, expected) in rows {
        let input = read(&resources);
        assert_eq!(diagnostics(&input), [expected], "{resources}");
        assert_eq!(input.resources[0].id.as_str(), "Net");
    }
    // What a macro may change is not read.
    let text = format!(
        "Transform: Own::Macro\n{}",
        main(&stack("TemplateURL: stacks/network.yaml, Parameters: {Name: x}"))
    );
    let input = load_files(
        &[("main.yaml", &text), ("stacks/network.yaml", NETWORK)],
        &InputContext::default(),
    );
    assert_eq!(input.resources.len(), 1);
    assert_eq!(
        diagnostics(&input)[1],
        "CFN019 the resources of nested stack `Net` are not seen"
    );
    // Without files nothing is missing, and nothing is silent.
    let input = load(
        &main(&stack("TemplateURL: stacks/network.yaml")),
        &InputContext::default(),
    );
    assert_eq!(
        diagnostics(&input),
        ["CFN019 the resources of nested stack `Net` are not seen"]
    );
}

#[test]
fn broken_files_and_endless_chains_are_reported() {
    let outer =
        main("  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}\n  Z: {Type: Z}\n");
    let broken = load_files(
        &[("main.yaml", &outer), ("a.yaml", "Resources: [")],
        &InputContext::default(),
    );
    assert_eq!(diagnostics(&broken)[0], "CFN018 the file `a.yaml` cannot be read");
    assert_eq!(broken.diagnostics[1].file(), Some("a.yaml"));
    assert_eq!(listing(&broken).last().map(String::as_str), Some("Z Z {}"));
    let empty = load_files(
        &[("main.yaml", &outer), ("a.yaml", "Outputs: {}")],
        &InputContext::default(),
    );
    assert_eq!(
        diagnostics(&empty),
        ["CFN001 the template has no section `Resources`"]
    );

    // Each file nests the next one twice: bounded in depth and in number.
    let names: Vec<String> = (0..12).map(|level| format!("f{level}.yaml")).collect();
    let texts: Vec<String> = (1..13)
        .map(|level| {
            let stack =
                format!("{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: f{level}.yaml}}}}");
            format!("Resources: {{L: {stack}, R: {stack}, M: {stack}}}")
        })
        .collect();
    let outer = main("  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: f0.yaml}}\n");
    let mut files = vec![("main.yaml", outer.as_str())];
    files.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(texts.iter().map(String::as_str)),
    );
    let input = load_files(&files, &InputContext::default());
    let found = diagnostics(&input);
    assert!(
        found.contains(&"CFN018 stacks are nested more than 8 levels deep".to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&"CFN018 there are more than 500 nested stacks".to_owned()));
    assert!(input.resources.len() < 2_000);
}
