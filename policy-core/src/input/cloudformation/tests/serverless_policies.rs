//! `AWS::Serverless`: what the roles of functions grant.

use super::serverless::{BASIC, HEAD, complaints, property_of, read};
use super::*;

#[test]
fn policies_of_roles() {
    let policies = |property: &str| {
        let input = read(&format!(
            "  F: {{Type: AWS::Serverless::Function, Properties: {{Policies: {property}}}}}\n  T: {{Type: AWS::DynamoDB::Table}}\n"
        ));
        let managed = property_of(&input, "FRole", "ManagedPolicyArns").replace(&format!("{BASIC}, "), "");
        (
            managed,
            property_of(&input, "FRole", "Policies"),
            complaints(&input),
        )
    };
    let inline = |index: usize, document: &str| {
        format!("{{PolicyDocument: {document}, PolicyName: \"FRolePolicy{index}\"}}")
    };
    let none = Vec::<String>::new;
    let basic = format!("[{BASIC}]");
    let admin = "\"arn:aws:iam::aws:policy/AdministratorAccess\"";
    let own = "\"arn:aws:iam::111122223333:policy/own\"";
    let statement = "{Statement: [{Action: \"*\", Effect: \"Allow\", Resource: \"*\"}]}";
    let rows = [
        ("AdministratorAccess", format!("[{admin}]"), "absent".to_owned()),
        (
            "[AdministratorAccess, arn:aws:iam::111122223333:policy/own]",
            format!("[{admin}, {own}]"),
            "absent".to_owned(),
        ),
        (
            "[AWSLambdaBasicExecutionRole]",
            basic.clone(),
            "absent".to_owned(),
        ),
        (
            "SystemAdministrator",
            "[\"arn:aws:iam::aws:policy/job-function/SystemAdministrator\"]".to_owned(),
            "absent".to_owned(),
        ),
        (
            "AWSLambdaRole",
            "[\"arn:aws:iam::aws:policy/service-role/AWSLambdaRole\"]".to_owned(),
            "absent".to_owned(),
        ),
        ("[!Ref Mode]", "[\"NONE\"]".to_owned(), "absent".to_owned()),
        ("!Ref T", "[?reference(T)!]".to_owned(), "absent".to_owned()),
        (
            "{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}",
            basic.clone(),
            format!("[{}]", inline(0, statement)),
        ),
        (
            "[{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}, ReadOnlyAccess, {EKSDescribePolicy: {}}]",
            "[\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]".to_owned(),
            format!(
                "[{}, {}]",
                inline(0, statement),
                inline(
                    2,
                    "{Statement: [{Action: [\"eks:DescribeCluster\", \"eks:ListClusters\"], Effect: \"Allow\", Resource: [\"*\"]}], Version: \"2012-10-17\"}"
                )
            ),
        ),
        (
            "[{DynamoDBReconfigurePolicy: {TableName: !Ref T}}, {AWSSecretsManagerGetSecretValuePolicy: {SecretArn: arn:x}}]",
            basic.clone(),
            format!(
                "[{}, {}]",
                inline(
                    0,
                    "{Statement: [{Action: [\"dynamodb:UpdateTable\"], Effect: \"Allow\", Resource: [?expression(AWS::Partition, AWS::Region, AWS::AccountId, T)!]}], Version: \"2012-10-17\"}"
                ),
                inline(
                    1,
                    "{Statement: [{Action: [\"secretsmanager:GetSecretValue\"], Effect: \"Allow\", Resource: [\"arn:x\"]}], Version: \"2012-10-17\"}"
                )
            ),
        ),
        // Undecided: each branch where it belongs.
        (
            "[!If [IsProd, AdministratorAccess, !Ref AWS::NoValue]]",
            format!("[?condition(IsProd) {{{admin} | null}}]"),
            "absent".to_owned(),
        ),
        (
            "[!If [IsProd, {Statement: []}, ReadOnlyAccess]]",
            "[?condition(IsProd) {null | \"arn:aws:iam::aws:policy/ReadOnlyAccess\"}]".to_owned(),
            "[?condition(IsProd)]".to_owned(),
        ),
    ];
    for (property, managed, documents) in rows {
        assert_eq!(policies(property), (managed, documents, vec![]), "{property}");
    }
    let unknown = inline(0, "?expression(AWS::Serverless)");
    let refused = [
        (
            "{NoSuchPolicy: {}}",
            "CFN021 policy template `NoSuchPolicy` is not known: what the role of `F` grants is unknown",
        ),
        (
            "{SQSPollerPolicy: {}}",
            "CFN021 policy template `SQSPollerPolicy` is not known: what the role of `F` grants is unknown",
        ),
        (
            "{Effect: Allow, Action: '*', Resource: '*'}",
            "CFN021 this policy is neither a document nor a policy template: what the role of `F` grants is unknown",
        ),
        (
            "[[AdministratorAccess]]",
            "CFN021 a policy of `F` is not understood: what its role grants is unknown",
        ),
    ];
    for (property, complaint) in refused {
        let mut expected = none();
        expected.push(complaint.to_owned());
        assert_eq!(
            policies(property),
            (basic.clone(), format!("[{unknown}]"), expected),
            "{property}"
        );
    }
}

#[test]
fn managed_policies_are_those_of_the_partition() {
    let text = format!(
        "{HEAD}Resources:\n  F: {{Type: AWS::Serverless::Function, Properties: {{Tracing: Active}}}}\n"
    );
    let context = InputContext {
        region: Some("cn-north-1".to_owned()),
        ..InputContext::default()
    };
    assert_eq!(
        property_of(&load(&text, &context), "FRole", "ManagedPolicyArns"),
        "[\"arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\", \"arn:aws-cn:iam::aws:policy/AWSXRayDaemonWriteAccess\"]"
    );
}

/// `Role: !If [C, role, !Ref AWS::NoValue]` makes a role where none is given.
#[test]
fn a_role_that_is_given_under_a_condition() {
    let read_with = |role: &str, own: &str| {
        let input = read(&format!(
            "  F: {{Type: AWS::Serverless::Function{own}, Properties: {{Role: {role}}}}}\n"
        ));
        assert_eq!(complaints(&input), [""; 0]);
        let made = input
            .resources
            .iter()
            .find(|resource| resource.id.as_str() == "FRole");
        let made = made.map(|resource| resource.condition.as_deref().unwrap_or("always").to_owned());
        (property_of(&input, "F", "Role"), made)
    };
    let maybe = Some("no role for F".to_owned());
    let value = "?condition(IsProd, FRole)!".to_owned();
    assert_eq!(
        read_with(
            "!If [IsProd, arn:aws:iam::111122223333:role/r, !Ref AWS::NoValue]",
            ""
        ),
        (value.clone(), maybe.clone())
    );
    assert_eq!(
        read_with(
            "!If [IsProd, !Ref AWS::NoValue, arn:aws:iam::111122223333:role/r]",
            ""
        ),
        (value, maybe)
    );
    assert_eq!(read_with("!If [IsProd, a, b]", "").1, None);
    assert_eq!(
        read_with("!Ref AWS::NoValue", ""),
        ("?reference(FRole)!".to_owned(), Some("always".to_owned()))
    );
    // The role is there exactly when the function is and nobody gives one.
    let text = format!(
        "{HEAD}Resources:\n  F: {{Type: AWS::Serverless::Function, Condition: IsProd, Properties: {{Role: !If [IsProd, arn:x, !Ref AWS::NoValue]}}}}\n  Z: {{Type: Z}}\n"
    );
    for (env, expected) in [("prod", vec!["F", "Z"]), ("dev", vec!["Z"])] {
        let mut context = InputContext::default();
        context.parameters.insert("Env".to_owned(), env.into());
        let input = load(&text, &context);
        let ids: Vec<&str> = input
            .resources
            .iter()
            .map(|resource| resource.id.as_str())
            .collect();
        assert_eq!(ids, expected, "{env}");
    }
}
