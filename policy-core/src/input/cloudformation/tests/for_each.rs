//! `Fn::ForEach`: what a loop makes, where that is, and what is refused.

use super::*;
use crate::value::AttributePath;

const HEAD: &str = "Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'a, b'}
  Open: {Type: CommaDelimitedList}
  Empty: {Type: CommaDelimitedList, Default: ''}
  Env: {Type: String, AllowedValues: [dev, prod]}
  Given: {Type: String, Default: given}
  Hidden: {Type: CommaDelimitedList, NoEcho: true, Default: 'x,y'}
Mappings:
  Sizes: {a: {Size: 1, Azs: [z1, z2]}, b: {Size: 2, Azs: [z3]}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
";

fn read(resources: &str) -> LoadedInput {
    load(
        &format!("{HEAD}Resources:\n{resources}"),
        &InputContext::default(),
    )
}

/// Loops and the resources they make, without complaint.
fn table(rows: &[(&str, &[&str])]) {
    for (resources, expected) in rows {
        let input = read(resources);
        assert_eq!(listing(&input), *expected, "{resources}");
        assert_eq!(diagnostics(&input), [""; 0], "{resources}");
    }
}

#[test]
fn lists() {
    let body = "'T${N}': {Type: X, Properties: {P: !Ref N}}";
    for (list, expected) in [
        ("[a, b]", vec!["Ta X {P: \"a\"}", "Tb X {P: \"b\"}"]),
        ("[1, true]", vec!["T1 X {P: \"1\"}", "Ttrue X {P: \"true\"}"]),
        ("!Ref Names", vec!["Ta X {P: \"a\"}", "Tb X {P: \"b\"}"]),
        ("{Ref: Names}", vec!["Ta X {P: \"a\"}", "Tb X {P: \"b\"}"]),
        (
            "[!Ref Given, b]",
            vec!["Tgiven X {P: \"given\"}", "Tb X {P: \"b\"}"],
        ),
        (
            "!FindInMap [Sizes, a, Azs]",
            vec!["Tz1 X {P: \"z1\"}", "Tz2 X {P: \"z2\"}"],
        ),
        ("!Split ['/', x/y]", vec!["Tx X {P: \"x\"}", "Ty X {P: \"y\"}"]),
        ("[]", vec![]),
        ("!Ref Empty", vec![]),
    ] {
        let input = read(&format!(
            "  Fn::ForEach::Loop: [N, {list}, {{{body}}}]\n  Z: {{Type: Z}}\n"
        ));
        let expected: Vec<&str> = expected.into_iter().chain(["Z Z {}"]).collect();
        assert_eq!(listing(&input), expected, "{list}");
        assert_eq!(diagnostics(&input), [""; 0], "{list}");
    }
}

#[test]
fn placeholders_in_keys_texts_and_functions() {
    table(&[
        (
            "  Fn::ForEach::L: [N, [a-1], {'T&{N}': {Type: X, Properties: {A: 'x-${N}', B: 'x-&{N}', C: !Sub '${N}-${Given}', D: !Ref N}}}]\n",
            &["Ta1 X {A: \"x-a-1\", B: \"x-a1\", C: \"a-1-given\", D: \"a-1\"}"],
        ),
        (
            "  Fn::ForEach::L: [N, [a], {'T${N}': {Type: X, Properties: {'K${N}': {'In${N}': [!Join ['-', [!Ref N, '${N}']]]}}}}]\n",
            &["Ta X {Ka: {Ina: [\"a-a\"]}}"],
        ),
        // The fragment may refer to what it makes, and mappings take the identifier as a key.
        (
            "  Fn::ForEach::L: [N, [a, b], {'T${N}': {Type: X, Properties: {S: !FindInMap [Sizes, !Ref N, Size], R: !Ref 'U${N}', G: !GetAtt 'U${N}.Arn', H: !Sub '${U${N}.Arn}'}}, 'U${N}': {Type: Y}}]\n",
            &[
                "Ta X {G: ?reference(Ua)!, H: ?reference(Ua)!, R: ?reference(Ua)!, S: 1}",
                "Ua Y {}",
                "Tb X {G: ?reference(Ub)!, H: ?reference(Ub)!, R: ?reference(Ub)!, S: 2}",
                "Ub Y {}",
            ],
        ),
        (
            "  Ta: {Type: X}\n  Fn::ForEach::L: [N, [a], {'U${N}': {Type: Y, Properties: {R: !Ref {'Fn::Sub': 'T${N}'}, G: !GetAtt [!Sub 'T${N}', Arn]}}}]\n",
            &["Ta X {}", "Ua Y {G: ?reference(Ta)!, R: ?reference(Ta)!}"],
        ),
        // What `Fn::Sub` names itself comes before the identifier; other variables stay what they are.
        (
            "  Fn::ForEach::L: [N, [a], {'T${N}': {Type: X, Properties: {A: !Sub ['${N}${V}', {N: own, V: !Ref N}], B: '${aws:username}', C: !Sub '${!N}'}}}]\n",
            &["Ta X {A: \"owna\", B: \"${aws:username}\", C: \"${N}\"}"],
        ),
        // Calls in short form around calls in long form.
        (
            "  Fn::ForEach::L: [N, [a], {'T${N}': {Type: X, Properties: {A: !Base64 {'Fn::Sub': '${N}'}, B: !ImportValue {'Fn::Sub': 'x-${N}'}, C: !Join ['', ['${N}', !Sub '-${N}']]}}}]\n",
            &["Ta X {A: \"YQ==\", B: ?import(x-a)!, C: \"a-a\"}"],
        ),
        // Values with a dollar sign are not substituted again.
        (
            "  Fn::ForEach::L: [N, ['${Given}'], {'T&{N}': {Type: X, Properties: {A: !Sub '<${N}>'}}}]\n",
            &["TGiven X {A: \"<${Given}>\"}"],
        ),
    ]);
}

#[test]
fn nested_loops_and_loops_in_properties() {
    table(&[
        (
            "  Fn::ForEach::Outer:\n    - O\n    - [a, b]\n    - 'N${O}': {Type: Net}\n      Fn::ForEach::Inner:\n        - I\n        - !FindInMap [Sizes, !Ref O, Azs]\n        - 'S${O}${I}': {Type: Sub, Properties: {P: '${O}/${I}', R: !Ref 'N${O}'}}\n",
            &[
                "Na Net {}",
                "Saz1 Sub {P: \"a/z1\", R: ?reference(Na)!}",
                "Saz2 Sub {P: \"a/z2\", R: ?reference(Na)!}",
                "Nb Net {}",
                "Sbz3 Sub {P: \"b/z3\", R: ?reference(Nb)!}",
            ],
        ),
        // The inner loop may hide the identifier of the outer one.
        (
            "  Fn::ForEach::O: [N, [a], {'Fn::ForEach::I': [N, [b], {'T${N}': {Type: X}}]}]\n",
            &["Tb X {}"],
        ),
        (
            "  R: {Type: X, Properties: {Before: 1, Fn::ForEach::P: [N, [a, b], {'Key${N}': !Ref N}], List: [{Fn::ForEach::Q: [N, [c], {'In${N}': {Deep: '${N}'}}]}]}}\n",
            &["R X {Before: 1, Keya: \"a\", Keyb: \"b\", List: [{Inc: {Deep: \"c\"}}]}"],
        ),
        (
            "  Fn::ForEach::L: [N, [a], {'T${N}': {Type: X, Properties: {Fn::ForEach::P: [K, [x, y], {'${N}${K}': '${K}${N}'}]}}}]\n",
            &["Ta X {ax: \"xa\", ay: \"ya\"}"],
        ),
    ]);
}

#[test]
fn conditions_of_loops() {
    let text = format!(
        "{}  Fn::ForEach::Conditions: [N, [dev, prod], {{'Is${{N}}': !Equals [!Ref Env, !Ref N], 'Not${{N}}': !Not [{{Condition: 'Is${{N}}'}}]}}]\n\
         Resources:\n  Fn::ForEach::L: [N, [dev, prod], {{'T${{N}}': {{Type: X, Condition: 'Is${{N}}', Properties: {{P: !If ['Not${{N}}', a, b]}}}}}}]\n",
        HEAD
    );
    let open = load(&text, &InputContext::default());
    assert_eq!(diagnostics(&open), [""; 0]);
    assert_eq!(
        listing(&open),
        [
            "Tdev X if Isdev {P: ?condition(Notdev)! {\"a\" | \"b\"}}",
            "Tprod X if Isprod {P: ?condition(Notprod)! {\"a\" | \"b\"}}",
        ]
    );
    let mut context = InputContext::default();
    context.parameters.insert("Env".to_owned(), "prod".into());
    assert_eq!(listing(&load(&text, &context)), ["Tprod X {P: \"b\"}"]);

    // The name of a condition may be looked up, and there may be none.
    let computed = "  Fn::ForEach::L: [N, [a, b], {'T${N}': {Type: X, Condition: !FindInMap [Under, !Ref N, Condition, {DefaultValue: !Ref AWS::NoValue}]}}]\n";
    let text = format!("{HEAD}Resources:\n{computed}")
        .replace("Mappings:\n", "Mappings:\n  Under: {b: {Condition: IsProd}}\n");
    let input = load(&text, &InputContext::default());
    assert_eq!(listing(&input), ["Ta X {}", "Tb X if IsProd {}"]);
    assert_eq!(diagnostics(&input), [""; 0]);
}

/// Nobody knows how many there are: one stands for all, under a condition, and says what is the same for all.
#[test]
fn a_list_that_is_not_known() {
    let input = read(
        "  Fn::ForEach::Buckets:
    - Name
    - !Ref Open
    - 'Bucket${Name}':
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !Sub 'logs-${Name}'
          Plain: 'plain-${Name}-${aws:x}'
          Bare: 'x&{Name}'
          Encrypted: true
          Tags: {'${Name}': x}
          Map: {Fn::ForEach::Inner: [I, [1], {'${I}${Name}': y}]}
          Imported: !ImportValue 'x-${Name}'
          Also: !ImportValue {'Fn::Sub': 'x-${Name}'}
          Nested: !Sub '${Bucket${Name}.Arn}/*'
          Odd: '${Bucket${Name}.Arn}'
      'Policy${Name}': {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref 'Bucket${Name}', Same: !Ref {'Fn::Sub': 'Bucket${Name}'}}}
  Other: {Type: X, Properties: {P: !Ref BucketMain, Q: {Fn::ForEach::InMap: [K, !Ref Open, {'${K}': 1}]}}}
",
    );
    let unknown = "if Fn::ForEach::Buckets over a list that is not known";
    let bucket = format!(
        "Bucket${{Name}} S3::Bucket {unknown} {{Also: ?import(Open)!, Bare: ?parameter(Open)!, BucketName: ?parameter(Open)!, Encrypted: true, \
         Imported: ?import(Open)!, Map: ?expression(Fn::ForEach::Buckets), Nested: ?reference(Bucket${{Name}})!, Odd: ?parameter(Open)!, \
         Plain: ?parameter(Open)!, Tags: ?expression(Fn::ForEach::Buckets)}}"
    );
    let policy = format!(
        "Policy${{Name}} S3::BucketPolicy {unknown} {{Bucket: ?reference(Bucket${{Name}})!, Same: ?reference(Bucket${{Name}})!}}"
    );
    assert_eq!(
        listing(&input),
        [
            bucket.as_str(),
            policy.as_str(),
            "Other X {P: ?reference(BucketMain)!, Q: ?expression(Fn::ForEach::InMap)}"
        ]
    );
    assert_eq!(
        diagnostics(&input),
        [
            "CFN017 `Fn::ForEach::Buckets` runs over a list that is not known",
            "CFN017 `Fn::ForEach::InMap` runs over a list that is not known",
        ]
    );
    let targets: Vec<&str> = input.resources[1]
        .references
        .iter()
        .map(|reference| reference.targets[0].as_str())
        .collect();
    assert_eq!(targets, ["Bucket${Name}", "Bucket${Name}"]);
}

#[test]
fn elements_that_are_not_known() {
    let input =
        read("  Fn::ForEach::L: [N, [a, !Ref Env], {'T${N}': {Type: X, Properties: {P: 'x-${N}'}}}]\n");
    assert_eq!(
        listing(&input),
        [
            "Ta X {P: \"x-a\"}",
            "T${N} X if Fn::ForEach::L over a list that is not known {P: ?parameter(Env)! {\"x-dev\" | \"x-prod\"}}",
        ]
    );
    // A secret is in no name.
    let input = read("  Fn::ForEach::L: [N, !Ref Hidden, {'T${N}': {Type: X, Properties: {P: !Ref N}}}]\n");
    assert_eq!(
        listing(&input),
        ["T${N} X if Fn::ForEach::L over a list that is not known {P: ?parameter()!}"]
    );
    // Two loops over two unknowns run over two things.
    let input = read(
        "  Fn::ForEach::O: [O, [a, b], {'Fn::ForEach::I': [I, [!If [IsProd, '${O}1', '${O}2']], {'T${O}${I}': {Type: X, Properties: {P: !Ref I}}}]}]\n",
    );
    let found: Vec<&str> = input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(found, ["Ta${I}", "Tb${I}"]);
}

/// What is made of the representative is there as often as it is.
#[test]
fn an_unknown_list_of_what_becomes_several_resources() {
    let main = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Open: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::L:
    - N
    - !Ref Open
    - 'F${N}': {Type: AWS::Serverless::Function, Properties: {Timeout: 1}}
      'S${N}': {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml, Parameters: {P: !Ref N}}}
";
    let nested = "Parameters: {P: {Type: String}}\nResources: {R: {Type: X, Properties: {P: !Ref P}}}\n";
    let input = load_files(
        &[("main.yaml", main), ("a.yaml", nested)],
        &InputContext::default(),
    );
    let found: Vec<(&str, Option<&str>)> = input
        .resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource.condition.as_deref()))
        .collect();
    let words = Some("Fn::ForEach::L over a list that is not known");
    assert_eq!(
        found,
        [
            ("F${N}Role", words),
            ("F${N}", words),
            ("S${N}", words),
            ("S${N}/R", words)
        ]
    );
    assert_eq!(show(&input.resources[3].values), "{P: ?parameter(Open)!}");
}

#[test]
fn loops_that_are_refused() {
    let shape = "takes an identifier, a list and a mapping";
    let rows = [
        (
            "  Fn::ForEach::L: text\n",
            format!("CFN016 `Fn::ForEach::L` {shape}"),
        ),
        (
            "  Fn::ForEach::L: [N, [a]]\n",
            format!("CFN016 `Fn::ForEach::L` {shape}"),
        ),
        (
            "  Fn::ForEach::L: [[N], [a], {'T${N}': {Type: X}}]\n",
            format!("CFN016 `Fn::ForEach::L` {shape}"),
        ),
        (
            "  Fn::ForEach::L: [N, [a], text]\n",
            format!("CFN016 `Fn::ForEach::L` {shape}"),
        ),
        (
            "  Fn::ForEach::L: [N, text, {'T${N}': {Type: X}}]\n",
            "CFN016 the collection of `Fn::ForEach::L` is no list of texts".to_owned(),
        ),
        (
            "  Fn::ForEach::L: [N, [[a]], {'T${N}': {Type: X}}]\n",
            "CFN016 the collection of `Fn::ForEach::L` is no list of texts".to_owned(),
        ),
        (
            "  Fn::ForEach::L: [N, [a, b], {T: {Type: X}}]\n",
            "CFN016 `T` is defined twice".to_owned(),
        ),
        (
            "  Ta: {Type: X}\n  Fn::ForEach::L: [N, [a], {'T${N}': {Type: X}}]\n",
            "CFN016 `Ta` is defined twice".to_owned(),
        ),
        (
            "  Fn::ForEach::L: [N, !Ref Nowhere, {'T${N}': {Type: X}}]\n",
            "CFN006 `Ref` names `Nowhere`, which is neither a parameter nor a resource of the template"
                .to_owned(),
        ),
    ];
    for (resources, expected) in rows {
        let input = read(&format!("{resources}  Z: {{Type: Z}}\n"));
        let found = diagnostics(&input);
        assert!(found[0].starts_with(&expected), "{resources}: {found:?}");
        assert!(listing(&input).contains(&"Z Z {}".to_owned()), "{resources}");
    }
    let deep = (0..8).fold("'T${N0}': {Type: X}".to_owned(), |inner, level| {
        format!("'Fn::ForEach::L{level}': [N{level}, [a], {{{inner}}}]")
    });
    let input = read(&format!("  {deep}\n  Z: {{Type: Z}}\n"));
    assert_eq!(
        diagnostics(&input),
        ["CFN016 `Fn::ForEach::L1` is a loop in more than 5 others"]
    );
    let undeclared = load(
        "Resources: {Fn::ForEach::L: [N, [a], {'T${N}': {Type: X}}]}\n",
        &InputContext::default(),
    );
    assert_eq!(
        diagnostics(&undeclared),
        ["CFN016 `Fn::ForEach` needs the transform `AWS::LanguageExtensions`"]
    );
    assert_eq!(listing(&undeclared), ["Ta X {}"]);
}

/// A thousand million resources are not made; what is made is bounded, and it is said.
#[test]
fn loops_that_grow_too_large() {
    let list = (0..1000)
        .map(|number| number.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    let input = read(&format!(
        "  Fn::ForEach::A: [A, [{list}], {{Fn::ForEach::B: [B, [{list}], {{Fn::ForEach::C: [C, [{list}], {{'T${{A}}x${{B}}x${{C}}': {{Type: X, Properties: {{P: '${{A}}'}}}}}}]}}]}}]\n"
    ));
    assert!(
        diagnostics(&input)
            .contains(&"CFN016 the template is too large with its loops written out".to_owned())
    );
    assert!(input.resources.len() < 500_000);
}

#[test]
fn places_are_in_the_body_of_the_loop() {
    let text = format!(
        "{HEAD}Resources:
  Fn::ForEach::Topics:
    - Name
    - [a, b]
    - 'Topic${{Name}}':
        Type: AWS::SNS::Topic
        Properties:
          TopicName: !Ref Name
          Tags: [{{Key: Name, Value: 'x-${{Name}}'}}]
"
    );
    let input = load(&text, &InputContext::default());
    for resource in &input.resources {
        let block = resource.origin.block.as_ref().unwrap();
        let line = |span: &crate::source::Span| {
            span.source()
                .line(span.location().line)
                .unwrap()
                .trim()
                .to_owned()
        };
        assert_eq!(line(block), "- 'Topic${Name}':");
        let at = |path: &str| {
            line(
                &resource
                    .origin
                    .locate(&AttributePath::parse(path).unwrap())
                    .unwrap(),
            )
        };
        assert_eq!(at("TopicName"), "TopicName: !Ref Name");
        assert_eq!(at("Tags[0].Value"), "Tags: [{Key: Name, Value: 'x-${Name}'}]");
    }
}
