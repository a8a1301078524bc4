//! The section `Rules`: assertions that restrict what a parameter can be.

use super::*;

#[test]
fn assertions_restrict_parameters_without_a_value() {
    let rows = [
        (
            "{Assertions: [{Assert: {'Fn::Contains': [[dev, prod], !Ref P]}}]}",
            "! {\"dev\" | \"prod\"}",
        ),
        ("{Assertions: [{Assert: !Equals [!Ref P, dev]}]}", "! {\"dev\"}"),
        ("{Assertions: [{Assert: !Equals [dev, {Ref: P}]}]}", "! {\"dev\"}"),
        (
            "{Assertions: [{Assert: {'Fn::Contains': [[dev, prod], !Ref P]}}, {Assert: {'Fn::Contains': [[prod, test], !Ref P]}}]}",
            "! {\"prod\"}",
        ),
        // These say nothing about the parameter for certain.
        (
            "{RuleCondition: !Equals [a, b], Assertions: [{Assert: !Equals [!Ref P, dev]}]}",
            "!",
        ),
        ("{Assertions: [{Assert: !Not [!Equals [!Ref P, dev]]}]}", "!"),
        (
            "{Assertions: [{Assert: {'Fn::Contains': [!Ref L, !Ref P]}}]}",
            "!",
        ),
        (
            "{Assertions: [{Assert: {'Fn::Contains': [[dev, !Ref L], !Ref P]}}]}",
            "!",
        ),
        (
            "{Assertions: [{Assert: {'Fn::EachMemberIn': [!Ref L, [dev]]}}]}",
            "!",
        ),
        (
            "{Assertions: [{Assert: !Equals [!Ref P, dev]}, {Assert: !Equals [!Ref P, prod]}]}",
            "!",
        ),
        ("{Assertions: text}", "!"),
        ("text", "!"),
    ];
    for (rule, expected) in rows {
        let text = format!(
            "Parameters: {{P: {{Type: String}}, L: {{Type: CommaDelimitedList}}}}\nRules: {{R: {rule}}}\nResources: {{R: {{Type: X, Properties: {{P: !Ref P}}}}}}\n"
        );
        let (value, diagnostics, _) = property_in(&text, &InputContext::default());
        assert_eq!(
            (value.as_str(), diagnostics.len()),
            (format!("?parameter(P){expected}").as_str(), 0),
            "{rule}"
        );
    }
}

#[test]
fn assertions_and_allowed_values_hold_together() {
    let text = "Parameters: {P: {Type: Number, AllowedValues: [1, 2, 3]}}
Rules: {R: {Assertions: [{Assert: {'Fn::Contains': [['2', '3', '4'], !Ref P]}}]}}
Conditions: {Low: !Equals [!Ref P, 1]}
Resources: {R: {Type: X, Properties: {P: [!Ref P, !If [Low, a, b]]}}}
";
    assert_eq!(
        property_in(text, &InputContext::default()).0,
        "[?parameter(P)! {2 | 3}, \"b\"]"
    );
    let mut context = InputContext::default();
    context.parameters.insert("P".to_owned(), 1.into());
    assert_eq!(property_in(text, &context).0, "[1, \"a\"]");
}
