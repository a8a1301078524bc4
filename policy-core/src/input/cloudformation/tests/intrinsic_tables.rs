//! One table per function: an expression, what it gives.

use super::*;

/// Checks values that are read without complaint.
pub(super) fn table(rows: &[(&str, &str)]) {
    for (expression, expected) in rows {
        let (value, diagnostics, _) = property(expression);
        assert_eq!(value, *expected, "{expression}");
        assert!(diagnostics.is_empty(), "{expression}: {diagnostics:?}");
    }
}

/// Checks calls that are refused: the value is unknown, and the one diagnostic starts like this.
fn refused(rows: &[(&str, &str)]) {
    for (expression, expected) in rows {
        let (value, diagnostics, _) = property(expression);
        assert!(value.contains("?expression("), "{expression}: {value}");
        assert_eq!(diagnostics.len(), 1, "{expression}: {diagnostics:?}");
        assert!(
            diagnostics[0].starts_with(expected),
            "{expression}: {diagnostics:?}"
        );
    }
}

#[test]
fn literals_stay_as_written() {
    table(&[
        ("text", "\"text\""),
        ("'012345678901'", "\"012345678901\""),
        ("true", "true"),
        ("'true'", "\"true\""),
        ("7", "7"),
        ("{a: [1, {b: yes}]}", "{a: [1, {b: \"yes\"}]}"),
        (
            "{Condition: {StringEquals: {a: b}}}",
            "{Condition: {StringEquals: {a: \"b\"}}}",
        ),
        ("{Condition: Named}", "{Condition: \"Named\"}"),
        ("{Ref: Env, Other: 1}", "{Other: 1, Ref: \"Env\"}"),
    ]);
}

#[test]
fn ref_of_parameters() {
    table(&[
        ("!Ref Given", "\"given\""),
        ("!Ref Size", "7"),
        ("!Ref Version", "\"5.10\""),
        ("!Ref Account", "\"012345678901\""),
        ("!Ref Flag", "\"true\""),
        ("!Ref Names", "[\"a\", \"b\", \"c\"]"),
        ("!Ref Env", "?parameter(Env)! {\"dev\" | \"prod\"}"),
        ("!Ref Open", "?parameter(Open)!"),
        ("!Ref OpenList", "?parameter(OpenList)!"),
        ("!Ref Secret", "secret \"hunter2\""),
        ("!Ref OpenSecret", "?parameter(OpenSecret)!"),
        ("!Ref Stored", "?parameter(Stored)!"),
        ("!Ref Resolved", "?dynamic_reference(resolve:ssm:/p)!"),
        ("{Ref: Given}", "\"given\""),
    ]);
    refused(&[
        ("!Ref Envv", "CFN006 `Ref` names `Envv`"),
        ("!Ref [Env]", "CFN005 `Ref` takes the name"),
        ("{Ref: {Ref: Env}}", "CFN005 `Ref` takes the name"),
    ]);
}

#[test]
fn ref_of_pseudo_parameters() {
    table(&[
        ("!Ref AWS::AccountId", "\"111122223333\""),
        ("!Ref AWS::Region", "?parameter(AWS::Region)!"),
        ("!Ref AWS::StackName", "?parameter(AWS::StackName)!"),
        ("!Ref AWS::NotificationARNs", "?parameter(AWS::NotificationARNs)!"),
        ("!Ref AWS::NoValue", "absent"),
        ("[1, !Ref AWS::NoValue, 2]", "[1, 2]"),
        ("{a: !Ref AWS::NoValue, b: 1}", "{b: 1}"),
        (
            "!Ref AWS::Partition",
            "?parameter(AWS::Partition)! {\"aws\" | \"aws-cn\" | \"aws-us-gov\" | \"aws-iso\" | \"aws-iso-b\" | \"aws-iso-e\" | \"aws-iso-f\" | \"aws-eusc\"}",
        ),
    ]);
    refused(&[("!Ref AWS::Regoin", "CFN006")]);
    for (region, expected) in [
        ("eu-west-1", "\"aws amazonaws.com eu-west-1\""),
        ("cn-north-1", "\"aws-cn amazonaws.com.cn cn-north-1\""),
        ("us-gov-west-1", "\"aws-us-gov amazonaws.com us-gov-west-1\""),
        ("us-iso-east-1", "\"aws-iso c2s.ic.gov us-iso-east-1\""),
        ("us-isob-east-1", "\"aws-iso-b sc2s.sgov.gov us-isob-east-1\""),
    ] {
        let context = InputContext {
            region: Some(region.to_owned()),
            ..InputContext::default()
        };
        let template = "Resources: {R: {Type: X, Properties: {P: !Sub '${AWS::Partition} ${AWS::URLSuffix} ${AWS::Region}'}}}";
        assert_eq!(property_in(template, &context).0, expected);
    }
}

#[test]
fn references_to_resources() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("!Ref Other", "?reference(Other)!", &["P -> Other"]),
        ("!GetAtt Other.Arn", "?reference(Other)!", &["P -> Other.Arn"]),
        ("!GetAtt [Other, Arn]", "?reference(Other)!", &["P -> Other.Arn"]),
        (
            "!GetAtt Nested.Outputs.X",
            "?reference(Nested)!",
            &["P -> Nested.Outputs.X"],
        ),
        (
            "!GetAtt [Nested, Outputs.X]",
            "?reference(Nested)!",
            &["P -> Nested.Outputs.X"],
        ),
        (
            "!GetAtt [Other, !Ref Given]",
            "?reference(Other)!",
            &["P -> Other.given"],
        ),
        (
            "!GetAtt [Other, !Ref Open]",
            "?reference(Other)!",
            &["P -> Other"],
        ),
        (
            "!Sub '${Other}/${Other.Arn}/${Other}'",
            "?reference(Other)!",
            &["P -> Other", "P -> Other.Arn"],
        ),
        (
            "{a: [x, !Ref Other]}",
            "{a: [\"x\", ?reference(Other)!]}",
            &["P.a[1] -> Other"],
        ),
        (
            "[!Ref AWS::NoValue, !Ref Other]",
            "[?reference(Other)!]",
            &["P[0] -> Other"],
        ),
        (
            "!Join ['', [{Ref: Other}]]",
            "?reference(Other)!",
            &["P -> Other"],
        ),
        (
            "!Select [1, [!Ref Nested, !Ref Other, !Ref R]]",
            "?reference(Other)!",
            &["P -> Other"],
        ),
        (
            "!If [Yes, !Ref Other, !Ref Nested]",
            "?reference(Other)!",
            &["P -> Other"],
        ),
        (
            "!If [IsProd, !Ref Other, !Ref Nested]",
            "?condition(IsProd, Other, Nested)!",
            &["P -> Other", "P -> Nested"],
        ),
        ("!Ref Gone", "?reference(Gone)!", &[]),
    ];
    for (expression, expected, references) in rows {
        let (value, diagnostics, found) = property(expression);
        assert_eq!(
            (
                value.as_str(),
                found.iter().map(String::as_str).collect::<Vec<_>>()
            ),
            (*expected, references.to_vec()),
            "{expression}"
        );
        assert!(diagnostics.is_empty(), "{expression}: {diagnostics:?}");
    }
    refused(&[
        ("!GetAtt Othr.Arn", "CFN006 `Fn::GetAtt` names `Othr`"),
        ("!GetAtt Other", "CFN005 `Fn::GetAtt` takes"),
        ("!GetAtt [Other]", "CFN005"),
        ("!GetAtt [Other, Arn, x]", "CFN005"),
        ("!GetAtt Given.Arn", "CFN006"),
    ]);
}

#[test]
fn sub() {
    table(&[
        ("!Sub plain", "\"plain\""),
        ("!Sub ['list of one ${Given}']", "\"list of one given\""),
        ("!Sub '${Given}-${Size}-${Version}'", "\"given-7-5.10\""),
        ("!Sub '${ Given }'", "\"given\""),
        ("!Sub 'a ${!Given} b'", "\"a ${Given} b\""),
        ("!Sub '$${Given}$'", "\"$given$\""),
        ("!Sub 'open ${Given'", "\"open ${Given\""),
        ("!Sub '{\"a\": \"$x\"}'", "\"{\"a\": \"$x\"}\""),
        (
            "!Sub ['${A}-${B.c}-${Given}', {A: 5.10, B.c: !Ref Account}]",
            "\"5.10-012345678901-given\"",
        ),
        ("!Sub ['${Given}', {Given: own}]", "\"own\""),
        ("!Sub ['${A}', {A: !Sub '${Given}!'}]", "\"given!\""),
        ("!Sub 'x-${Env}'", "?parameter(Env)! {\"x-dev\" | \"x-prod\"}"),
        (
            "!Sub '${Env}${Env}'",
            "?parameter(Env)! {\"devdev\" | \"devprod\" | \"proddev\" | \"prodprod\"}",
        ),
        ("!Sub '${Open}-${Env}'", "?parameter(Open, Env)!"),
        ("!Sub '${Open}-${Other}'", "?expression(Open, Other)!"),
        ("!Sub '${Secret}!'", "secret \"hunter2!\""),
        (
            "!Sub ['<${A}>', {A: !If [IsProd, !Ref Secret, x]}]",
            "?condition(IsProd)! {secret \"<hunter2>\" | \"<x>\"}",
        ),
        ("!Sub 'arn:aws:s3:::${Other}/*'", "?reference(Other)!"),
        (
            "!Sub '{{resolve:ssm:/${Given}}}'",
            "?dynamic_reference(resolve:ssm:/given)!",
        ),
        (
            "!Sub '{{resolve:secretsmanager:${Other}:SecretString:password}}'",
            "?dynamic_reference(Other)!",
        ),
        ("!Sub\n  - '${A}'\n  - A: x", "\"x\""),
        (
            "!Sub |\n  #!/bin/sh\n  echo ${Given}\n",
            "\"#!/bin/sh\necho given\n\"",
        ),
    ]);
    refused(&[
        ("!Sub []", "CFN005"),
        ("!Sub [a, b]", "CFN005"),
        ("!Sub [a, {}, c]", "CFN005"),
        ("!Sub {a: b}", "CFN005"),
        ("!Sub '${Nowhere}'", "CFN006 `Fn::Sub` names `Nowhere`"),
        ("!Sub '${Nowhere.Arn}'", "CFN006"),
        ("!Sub '${Names}'", "CFN005"),
        ("!Sub '${AWS::NoValue}'", "CFN005"),
        ("!Sub ['${A}', {A: [x]}]", "CFN005"),
    ]);
}

#[test]
fn dynamic_references() {
    table(&[
        (
            "'{{resolve:secretsmanager:db:SecretString:password}}'",
            "?dynamic_reference(resolve:secretsmanager:db:SecretString:password)!",
        ),
        (
            "prefix-{{resolve:ssm:/a:1}}-suffix",
            "?dynamic_reference(resolve:ssm:/a:1)!",
        ),
        ("'{{resolved}}'", "\"{{resolved}}\""),
        (
            "!Join ['', ['{{resolve:secretsmanager:', !Ref Other, ':SecretString:pw}}']]",
            "?dynamic_reference(Other)!",
        ),
        (
            "!Join ['', ['{{resolve:', 'ssm:/x}}']]",
            "?dynamic_reference(resolve:ssm:/x)!",
        ),
        (
            "!Base64 '{{resolve:ssm:/x}}'",
            "?dynamic_reference(resolve:ssm:/x)!",
        ),
        (
            "!Split [':', '{{resolve:ssm:/x}}']",
            "?dynamic_reference(resolve:ssm:/x)!",
        ),
    ]);
}

#[test]
fn join() {
    table(&[
        ("!Join [':', [a, b, 5.10, true]]", "\"a:b:5.10:true\""),
        ("!Join ['', []]", "\"\""),
        ("!Join ['-', [a, !Ref AWS::NoValue, b]]", "\"a-b\""),
        ("!Join ['-', [a, !If [No, x, !Ref AWS::NoValue], b]]", "\"a-b\""),
        (
            "!Join ['-', [a, !If [IsProd, x, !Ref AWS::NoValue]]]",
            "?condition(IsProd)!",
        ),
        (
            "!Join ['-', [a, !If [IsProd, x, y]]]",
            "?condition(IsProd)! {\"a-x\" | \"a-y\"}",
        ),
        ("!Join ['/', !Ref Names]", "\"a/b/c\""),
        ("!Join ['/', !Ref OpenList]", "?parameter(OpenList)!"),
        ("!Join ['/', !Split [',', 'x,y']]", "\"x/y\""),
        ("!Join ['/', !GetAZs '']", "?expression()!"),
        (
            "!Join ['.', [!Ref Env, x]]",
            "?parameter(Env)! {\"dev.x\" | \"prod.x\"}",
        ),
        ("!Join ['', [!Ref Secret, x]]", "secret \"hunter2x\""),
        ("{'Fn::Join': ['', ['a', {Ref: Given}]]}", "\"agiven\""),
    ]);
    refused(&[
        ("!Join [a]", "CFN005"),
        ("!Join [a, b]", "CFN005"),
        ("!Join [[a], [b]]", "CFN005"),
        ("!Join ['', [[a]]]", "CFN005"),
        ("!Join ['', [!Ref Names]]", "CFN005"),
    ]);
}

#[test]
fn select_and_split() {
    table(&[
        ("!Select [0, [a, b]]", "\"a\""),
        ("!Select ['1', [a, b]]", "\"b\""),
        ("!Select [0, [!Ref AWS::NoValue, b]]", "\"b\""),
        ("!Select [1, !Ref Names]", "\"b\""),
        (
            "!Select [0, [!If [IsProd, x, !Ref AWS::NoValue], y]]",
            "?condition(IsProd)!",
        ),
        ("!Select [0, [a, !If [IsProd, x, !Ref AWS::NoValue], y]]", "\"a\""),
        ("!Select [!Ref Open, []]", "?parameter(Open)!"),
        ("!Select [2, !Split ['/', 'x/y/z']]", "\"z\""),
        ("!Select [0, !Ref OpenList]", "?parameter(OpenList)!"),
        ("!Select [0, !GetAZs '']", "?expression()!"),
        ("!Select [0, [!Ref Open, b]]", "?parameter(Open)!"),
        (
            "!Select [!Ref Open, [a, b, a]]",
            "?parameter(Open)! {\"a\" | \"b\"}",
        ),
        ("!Select [!Ref Open, [a, a]]", "\"a\""),
        ("!Split [',', 'a,,b']", "[\"a\", \"\", \"b\"]"),
        ("!Split [',', !Ref Given]", "[\"given\"]"),
        ("!Split [',', !Ref Open]", "?parameter(Open)!"),
        ("!Split [':', !GetAtt Other.Arn]", "?reference(Other)!"),
        ("!Split ['t', !Ref Secret]", "[secret \"hun\", secret \"er2\"]"),
    ]);
    refused(&[
        (
            "!Select [2, [a, b]]",
            "CFN005 `Fn::Select` asks for element 2 of a list with 2 elements",
        ),
        ("!Select [-1, [a, b]]", "CFN005"),
        ("!Select [x, [a, b]]", "CFN005"),
        ("!Select [0]", "CFN005"),
        ("!Select [0, text]", "CFN005"),
        ("!Split ['', a]", "CFN005"),
        ("!Split [a]", "CFN005"),
        ("!Split [',', [a]]", "CFN005"),
    ]);
}

#[test]
fn if_with_a_decided_condition() {
    table(&[
        ("!If [Yes, a, b]", "\"a\""),
        ("!If [No, a, b]", "\"b\""),
        ("!If [No, a, !Ref AWS::NoValue]", "absent"),
        ("!If [Yes, !If [No, a, [b]], c]", "[\"b\"]"),
        (
            "[a, !If [Yes, b, !Ref AWS::NoValue], !If [No, c, !Ref AWS::NoValue]]",
            "[\"a\", \"b\"]",
        ),
        ("!If [Yes, fine, !Ref Missing]", "\"fine\""),
    ]);
    refused(&[("!If [Yes, a]", "CFN005"), ("!If [[Yes], a, b]", "CFN005")]);
    let (value, diagnostics, _) = property("!If [IsPord, a, b]");
    assert_eq!(value, "?condition(IsPord)! {\"a\" | \"b\"}");
    assert_eq!(diagnostics, ["CFN008 the template has no condition `IsPord`"]);
}

#[test]
fn if_with_an_undecided_condition() {
    table(&[
        ("!If [IsProd, a, b]", "?condition(IsProd)! {\"a\" | \"b\"}"),
        ("!If [IsProd, same, same]", "\"same\""),
        (
            "!If [IsProd, true, !Ref AWS::NoValue]",
            "?condition(IsProd) {true | null}",
        ),
        (
            "!If [IsProd, !If [IsOpen, a, b], c]",
            "?condition(IsProd, IsOpen)! {\"a\" | \"b\" | \"c\"}",
        ),
        (
            "!If [IsProd, !Ref Env, c]",
            "?condition(IsProd, Env)! {\"dev\" | \"prod\" | \"c\"}",
        ),
        ("!If [IsProd, !Ref Open, c]", "?condition(IsProd, Open)!"),
        (
            "!If [IsProd, [a, b], [a, c]]",
            "[\"a\", ?condition(IsProd)! {\"b\" | \"c\"}]",
        ),
        ("!If [IsProd, [a], [b, c]]", "?condition(IsProd)!"),
        ("!If [IsProd, [a], !Ref AWS::NoValue]", "?condition(IsProd)"),
        (
            "[x, !If [IsProd, a, !Ref AWS::NoValue]]",
            "[\"x\", ?condition(IsProd) {\"a\" | null}]",
        ),
        (
            "!If [IsProd, {A: 1, B: x}, {A: 1, B: y, C: z}]",
            "{A: 1, B: ?condition(IsProd)! {\"x\" | \"y\"}, C: ?condition(IsProd) {null | \"z\"}}",
        ),
        ("!If [IsProd, {A: 1}, text]", "?condition(IsProd)!"),
        ("!If [IsProd, {A: 1}, !Ref AWS::NoValue]", "?condition(IsProd)"),
        ("!If [IsProd, !Ref AWS::NoValue, !Ref AWS::NoValue]", "absent"),
        (
            "!If [IsProd, !Ref Secret, b]",
            "?condition(IsProd)! {secret \"hunter2\" | \"b\"}",
        ),
    ]);
}

#[test]
fn find_in_map() {
    table(&[
        ("!FindInMap [Sizes, prod, Type]", "\"m5.large\""),
        ("!FindInMap [Sizes, prod, Count]", "3"),
        ("!FindInMap [Sizes, prod, Zones]", "[\"c\"]"),
        (
            "!FindInMap [Sizes, !Ref Env, Type]",
            "?parameter(Env)! {\"t3.micro\" | \"m5.large\"}",
        ),
        ("!FindInMap [Sizes, !Ref Env, Same]", "\"x\""),
        ("!FindInMap [Sizes, !Ref Env, Zones]", "?parameter(Env)!"),
        ("!FindInMap [Sizes, dev, !Ref Open]", "?parameter(Open)!"),
        (
            "!FindInMap [Regions, !Ref AWS::Region, Ami]",
            "?parameter(AWS::Region)! {\"ami-1\" | \"ami-2\"}",
        ),
        (
            "!FindInMap [Regions, !Ref AWS::Region, Ami, {DefaultValue: none}]",
            "?parameter(AWS::Region)! {\"ami-1\" | \"ami-2\" | \"none\"}",
        ),
        (
            "!FindInMap [Sizes, stage, Type, {DefaultValue: !Ref Given}]",
            "\"given\"",
        ),
        ("!FindInMap [Nothing, a, b, {DefaultValue: x}]", "\"x\""),
        ("!FindInMap [Sizes, dev, Type, {DefaultValue: x}]", "\"t3.micro\""),
        ("!FindInMap [!Ref Open, a, b]", "?parameter(Open)!"),
        (
            "!FindInMap [Sizes, !FindInMap [Sizes, prod, Same], Type, {DefaultValue: d}]",
            "\"d\"",
        ),
    ]);
    refused(&[
        (
            "!FindInMap [Sizez, dev, Type]",
            "CFN007 the template has no map `Sizez`",
        ),
        (
            "!FindInMap [Sizes, stage, Type]",
            "CFN007 map `Sizes` has no `stage`, `Type`",
        ),
        ("!FindInMap [Sizes, dev, Typ]", "CFN007"),
        (
            "!FindInMap [Sizes, !Ref Env, Typ]",
            "CFN007 map `Sizes` has no …, `Typ`",
        ),
        ("!FindInMap [Sizes, dev]", "CFN005"),
        ("!FindInMap [Sizes, dev, Type, {Default: x}]", "CFN005"),
        ("!FindInMap [Sizes, [dev], Type]", "CFN005"),
    ]);
}

#[test]
fn the_other_functions() {
    table(&[
        ("!Base64 hello", "\"aGVsbG8=\""),
        ("!Base64\n  Fn::Sub: '${Given}'", "\"Z2l2ZW4=\""),
        ("!Base64 {Ref: Other}", "?reference(Other)!"),
        ("{'Fn::Base64': !Ref Secret}", "secret \"aHVudGVyMg==\""),
        (
            "!Cidr ['10.0.0.0/16', 2, 8]",
            "[\"10.0.0.0/24\", \"10.0.1.0/24\"]",
        ),
        (
            "!Cidr ['10.0.0.0/16', '2', '8']",
            "[\"10.0.0.0/24\", \"10.0.1.0/24\"]",
        ),
        ("!Select [1, !Cidr ['10.0.0.0/16', 2, 8]]", "\"10.0.1.0/24\""),
        ("!Cidr [!GetAtt Other.CidrBlock, 2, 8]", "?reference(Other)!"),
        ("!Cidr ['10.0.0.0/16', 2]", "?expression()!"),
        ("!GetAZs ''", "?expression()!"),
        ("!GetAZs", "?expression()!"),
        ("!GetAZs {Ref: AWS::Region}", "?expression()!"),
        ("!ImportValue shared-vpc", "?import(shared-vpc)!"),
        ("{'Fn::ImportValue': !Sub '${Open}-vpc'}", "?import(Open)!"),
        (
            "{'Fn::Transform': {Name: AWS::Include}}",
            "?expression(AWS::Include)",
        ),
        ("{a: 1, 'Fn::Transform': {Name: AWS::Include}}", "?expression()"),
        ("{'Fn::Length': !Ref Names}", "3"),
        (
            "{'Fn::Length': [a, !If [IsProd, b, !Ref AWS::NoValue]]}",
            "?condition(IsProd)!",
        ),
        ("{'Fn::Length': !Ref OpenList}", "?parameter(OpenList)!"),
    ]);
    refused(&[
        ("!Base64 [a]", "CFN005"),
        ("!Cidr ['10.0.0.0/16', 300, 8]", "CFN005 `Fn::Cidr`: the count"),
        ("!Cidr ['10.0.0.0/16', x, 8]", "CFN005"),
        ("!Cidr text", "CFN005"),
        ("!GetAZs [a]", "CFN005"),
        ("!ImportValue [a]", "CFN005"),
        ("{'Fn::Length': text}", "CFN005"),
        ("{'Fn::ToJsonString': text}", "CFN005"),
        (
            "!Equals [a, b]",
            "CFN004 `Fn::Equals` belongs in the section `Conditions`",
        ),
        ("!Condition Yes", "CFN004"),
        ("!sub text", "CFN004 `Fn::sub` is no intrinsic function"),
        ("{'Fn::Jion': [a, [b]]}", "CFN004"),
        ("{'Fn::Sub': a, b: c}", "CFN005 `Fn::Sub` must be the only key"),
    ]);
}
