//! What `AWS::LanguageExtensions` adds to the functions.

use super::intrinsic_tables::table;
use super::*;

#[test]
fn to_json_string() {
    table(&[
        (
            "{'Fn::ToJsonString': {b: 1, a: [x, true, {c: 'q\"'}]}}",
            "\"{\"b\":1,\"a\":[\"x\",true,{\"c\":\"q\\\"\"}]}\"",
        ),
        (
            "!ToJsonString [!Ref Given, !Sub '<${Given}>']",
            "\"[\"given\",\"<given>\"]\"",
        ),
        (
            "!ToJsonString {a: !Ref AWS::NoValue, b: !If [Yes, x, y]}",
            "\"{\"b\":\"x\"}\"",
        ),
        ("!ToJsonString {a: [!Ref AWS::NoValue, b]}", "\"{\"a\":[\"b\"]}\""),
        ("!ToJsonString {n: !Ref Names}", "\"{\"n\":[\"a\",\"b\",\"c\"]}\""),
        ("!ToJsonString {p: !Ref Secret}", "secret \"{\"p\":\"hunter2\"}\""),
        // What holds an unknown is unknown for its reason.
        ("!ToJsonString {a: !Ref Open}", "?parameter(Open)!"),
        (
            "!ToJsonString {a: [!Ref Open, !GetAtt Other.Arn]}",
            "?expression(Open, Other)!",
        ),
        // How CloudFormation spells these is not documented.
        ("!ToJsonString {a: 1.50}", "?expression()!"),
        ("!ToJsonString {a: !Ref Size}", "?expression()!"),
        ("!ToJsonString {a: !If [Yes, {y: 1, x: 2}, z]}", "?expression()!"),
        ("!ToJsonString {a: [!Ref AWS::NoValue, 1]}", "?expression()!"),
    ]);
}

#[test]
fn find_in_map_may_leave_a_property_out() {
    let without = "{DefaultValue: !Ref AWS::NoValue}";
    let rows = [
        (format!("!FindInMap [Sizes, stage, Type, {without}]"), "absent"),
        (format!("!FindInMap [Nothing, a, b, {without}]"), "absent"),
        (
            format!("!FindInMap [Sizes, dev, Type, {without}]"),
            "\"t3.micro\"",
        ),
        (
            format!("!FindInMap [Regions, !Ref AWS::Region, Ami, {without}]"),
            "?parameter(AWS::Region) {null | \"ami-1\" | \"ami-2\"}",
        ),
        (
            format!("[x, !FindInMap [Sizes, stage, Type, {without}]]"),
            "[\"x\"]",
        ),
    ];
    for (expression, expected) in rows {
        let (value, diagnostics, _) = property(&expression);
        assert_eq!((value.as_str(), diagnostics.len()), (expected, 0), "{expression}");
    }
}

/// With the language extensions names may be computed; without them they are written.
#[test]
fn computed_names() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("!Ref {'Fn::Sub': 'Giv${Part}'}", "\"given\"", &[]),
        ("{Ref: !Sub 'Oth${Er}'}", "?reference(Other)!", &["P -> Other"]),
        (
            "!GetAtt [!Sub 'Oth${Er}', Arn]",
            "?reference(Other)!",
            &["P -> Other.Arn"],
        ),
        (
            "!GetAtt [!Sub 'Oth${Er}', !Sub 'A${RestOfArn}']",
            "?reference(Other)!",
            &["P -> Other.Arn"],
        ),
        (
            "!Ref {'Fn::FindInMap': [Names, !Ref Env, Name]}",
            "?parameter(Env)!",
            &["P -> Other", "P -> Nested"],
        ),
        ("!Ref {Ref: Open}", "?parameter(Open)!", &[]),
        ("!GetAtt [!Ref Open, Arn]", "?parameter(Open)!", &[]),
    ];
    let mappings = "Mappings:\n  Names: {dev: {Name: Other}, prod: {Name: Nested}}\n";
    let preamble = PREAMBLE
        .replace("Mappings:\n", mappings)
        .replace("Parameters:\n", "Parameters:\n  Part: {Type: String, Default: en}\n  Er: {Type: String, Default: er}\n  RestOfArn: {Type: String, Default: rn}\n");
    for (expression, expected, references) in rows {
        let template = format!(
            "Transform: AWS::LanguageExtensions\n{preamble}\nResources:{TARGETS}\n  R: {{Type: X, Properties: {{P: {expression}}}}}\n"
        );
        let (value, diagnostics, found) = property_in(&template, &context());
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(
            (value.as_str(), found.as_slice()),
            (*expected, *references),
            "{expression}"
        );
        assert!(diagnostics.is_empty(), "{expression}: {diagnostics:?}");
    }
}
