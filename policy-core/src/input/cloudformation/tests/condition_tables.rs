//! Conditions: what is decided, what is not, and what is refused.

use super::*;

#[test]
fn conditions() {
    let rows = [
        ("!Equals [!Ref Given, given]", "a"),
        ("!Equals [given, !Ref Given]", "a"),
        ("!Equals [!Ref Given, Given]", "b"),
        ("!Equals [!Ref Size, '7']", "a"),
        ("!Equals [!Ref Flag, true]", "a"),
        ("!Equals [!Ref Version, 5.10]", "a"),
        ("!Equals [!Ref Version, 5.1]", "b"),
        ("!Equals [!Ref Account, 012345678901]", "a"),
        ("!Equals [!Ref Env, stage]", "b"),
        ("!Equals [!Ref Env, !Ref Env]", "a"),
        ("!Equals [!Ref Open, !Ref Env]", "?"),
        ("!Equals [!Sub 'x-${Env}', dev]", "b"),
        ("!Equals [!Sub 'x-${Env}', x-dev]", "?"),
        ("!Equals [!Join ['', !Ref Names], abc]", "a"),
        ("!Equals [!Ref Names, [a, b, c]]", "a"),
        ("!Equals [!Ref OpenList, [a]]", "?"),
        ("!Equals [!FindInMap [Sizes, !Ref Env, Type], m5.large]", "?"),
        ("!Equals [!FindInMap [Sizes, !Ref Env, Type], c5.large]", "b"),
        ("!Equals ['{{resolve:ssm:/x}}', x]", "?"),
        ("!Equals [!Ref Resolved, x]", "?"),
        ("!Equals [!Ref Secret, hunter2]", "a"),
        ("!Not [!Equals [!Ref Given, given]]", "b"),
        ("!Not [!Condition Yes]", "b"),
        ("!Not [{Condition: No}]", "a"),
        ("{Condition: Yes}", "a"),
        ("!Condition IsProd", "?"),
        ("!And [!Condition Yes, !Condition IsProd]", "?"),
        ("!And [!Condition No, !Condition IsProd]", "b"),
        ("!Or [!Condition Yes, !Condition IsProd]", "a"),
        ("!Or [!Condition No, !Condition IsProd]", "?"),
        ("!Or [!Equals [!Ref Env, dev], !Equals [!Ref Env, prod]]", "a"),
        ("!Or [!Condition IsProd, !Not [!Condition IsProd]]", "a"),
        ("!And [!Condition IsProd, !Equals [!Ref Env, dev]]", "b"),
        ("!And [!Equals [!Ref Open, x], !Equals [!Ref Open, y]]", "b"),
        ("!Or [!Equals [!Ref Open, x], !Not [!Equals [!Ref Open, x]]]", "a"),
        (
            "!And [!Equals [!Ref AWS::Region, a], !Equals [!Ref AWS::Region, b]]",
            "b",
        ),
        ("!And [!Equals [!Ref Open, x], !Equals [!Ref Env, dev]]", "?"),
        ("{'Fn::And': [{'Fn::Equals': [a, a]}, {Condition: Yes}]}", "a"),
    ];
    for (condition, expected) in rows {
        let template = format!(
            "{PREAMBLE}  Tested: {condition}\nResources:\n  R: {{Type: X, Properties: {{P: !If [Tested, a, b]}}}}\n"
        );
        let (value, diagnostics, _) = property_in(&template, &context());
        let expected = if expected == "?" {
            "?condition(Tested)! {\"a\" | \"b\"}".to_owned()
        } else {
            format!("\"{expected}\"")
        };
        assert_eq!(value, expected, "{condition}");
        assert!(diagnostics.is_empty(), "{condition}: {diagnostics:?}");
    }
}

#[test]
fn conditions_that_cannot_be_read() {
    let rows = [
        ("!Equals [a]", "CFN010"),
        ("!Equals a", "CFN010"),
        ("!Not [!Condition Yes, !Condition No]", "CFN010"),
        ("!And []", "CFN010"),
        ("!Or text", "CFN010"),
        ("text", "CFN010"),
        ("true", "CFN010"),
        ("!Ref Env", "CFN010 `Ref` is no condition"),
        ("{'Fn::Contains': [[a], a]}", "CFN010"),
        (
            "!Condition Nowhere",
            "CFN008 the template has no condition `Nowhere`",
        ),
        ("!Equals [!Ref R, x]", "CFN010 `Ref` names resource `R`"),
        ("!Equals [!GetAtt R.Arn, x]", "CFN010"),
        ("!Equals [!Ref Nowhere, x]", "CFN006"),
        (
            "!Not [!Condition Tested]",
            "CFN009 conditions depend on each other in a circle: `Tested` → `Tested`",
        ),
    ];
    for (condition, expected) in rows {
        let template = format!(
            "{PREAMBLE}  Tested: {condition}\nResources:\n  R: {{Type: X, Properties: {{P: !If [Tested, a, b]}}}}\n"
        );
        let (value, diagnostics, _) = property_in(&template, &context());
        assert_eq!(value, "?condition(Tested)! {\"a\" | \"b\"}", "{condition}");
        assert_eq!(diagnostics.len(), 1, "{condition}: {diagnostics:?}");
        assert!(
            diagnostics[0].starts_with(expected),
            "{condition}: {diagnostics:?}"
        );
    }
}
