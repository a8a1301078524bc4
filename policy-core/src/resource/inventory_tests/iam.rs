//! Identities: documents from everywhere in one list of statements.

use super::*;

const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn document(action: &str) -> serde_json::Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}})
}

fn statements(resource: &Resource) -> Vec<(String, String)> {
    let list = facet(resource, "policy_statements")
        .cell
        .known()
        .and_then(Value::as_list)
        .unwrap_or_default();
    let text = |value: Option<&Value>| value.map(|value| value.to_json().to_string()).unwrap_or_default();
    let mut found: Vec<(String, String)> = list
        .iter()
        .map(|statement| {
            (
                text(statement.get("Action")),
                text(statement.get("origin")).replace('"', ""),
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn inline_attached_and_own_documents_are_one_list() {
    let terraform = inventory(vec![
        tf(
            "aws_iam_role.r",
            json!({"name": "r", "assume_role_policy": document("sts:AssumeRole").to_string(),
            "inline_policy": [{"name": "i", "policy": document("s3:Get*").to_string()}]}),
        ),
        tf(
            "aws_iam_role_policy.p",
            json!({"policy": document("s3:Put*").to_string()}),
        )
        .refer("role", "aws_iam_role.r", "id"),
        tf(
            "aws_iam_policy.m",
            json!({"name": "m", "policy": document("ec2:*").to_string()}),
        ),
        tf("aws_iam_role_policy_attachment.a", json!({}))
            .refer("role", "aws_iam_role.r", "name")
            .refer("policy_arn", "aws_iam_policy.m", "arn"),
        tf(
            "aws_iam_role_policy_attachment.b",
            json!({"role": "r", "policy_arn": ADMIN}),
        ),
    ]);
    let role = find(&terraform, "aws_iam_role.r");
    assert_eq!(
        statements(role),
        [
            (r#"["ec2:*"]"#.to_owned(), "aws_iam_policy.m".to_owned()),
            (r#"["s3:Get*"]"#.to_owned(), "aws_iam_role.r".to_owned()),
            (r#"["s3:Put*"]"#.to_owned(), "aws_iam_role_policy.p".to_owned()),
        ]
    );
    let places = &facet(role, "policy_statements").provenance.elements;
    assert_eq!(places.len(), 3);
    assert!(places.contains(&(
        ResourceId::new("aws_iam_role_policy.p"),
        AttributePath::parse("policy.Statement[0]").expect("a path")
    )));
    assert_eq!(
        facet(role, "trust_statements")
            .cell
            .known()
            .and_then(Value::as_list)
            .map(<[Value]>::len),
        Some(1)
    );

    let template = inventory(vec![
        cfn(
            "R",
            "AWS::IAM::Role",
            json!({"RoleName": "r", "AssumeRolePolicyDocument": document("sts:AssumeRole"),
            "ManagedPolicyArns": [ADMIN], "Policies": [{"PolicyName": "i", "PolicyDocument": document("s3:Get*")}]}),
        ),
        cfn(
            "P",
            "AWS::IAM::Policy",
            json!({"PolicyName": "p", "PolicyDocument": document("s3:Put*")}),
        )
        .refer("Roles", "R", "Ref")
        .set(
            "Roles",
            Value::List(vec![Unknown::new(UnknownReason::Reference).into()]),
        ),
        cfn(
            "M",
            "AWS::IAM::ManagedPolicy",
            json!({"ManagedPolicyName": "m", "PolicyDocument": document("ec2:*")}),
        )
        .refer("Roles[0]", "R", "Ref")
        .set(
            "Roles",
            Value::List(vec![Unknown::new(UnknownReason::Reference).into()]),
        ),
    ]);
    let other = find(&template, "R");
    assert_eq!(
        statements(other)
            .iter()
            .map(|(action, origin)| (action.as_str(), origin.as_str()))
            .collect::<Vec<_>>(),
        [
            (r#"["ec2:*"]"#, "M"),
            (r#"["s3:Get*"]"#, "R"),
            (r#"["s3:Put*"]"#, "P")
        ]
    );
    assert_eq!(
        other.related.get("policies").map(|policies| policies.edges.len()),
        Some(1)
    );
    // The managed policy stays a resource; the inline policy is a part of the role.
    assert!(
        template
            .resources
            .iter()
            .any(|resource| resource.id.as_str() == "M")
    );
    assert!(
        !template
            .resources
            .iter()
            .any(|resource| resource.id.as_str() == "P")
    );
    same_table(
        role,
        other,
        &["facet policy_statements", "facet trust_statements"],
    );
}

#[test]
fn arns_of_policies_in_the_input_are_as_known_as_their_parts() {
    let natives = || {
        vec![
            tf("aws_iam_role.r", json!({"name": "r"})),
            tf(
                "aws_iam_policy.m",
                json!({"name": "m", "policy": document("ec2:*").to_string()}),
            ),
            tf("aws_iam_role_policy_attachment.a", json!({"role": "r"})).refer(
                "policy_arn",
                "aws_iam_policy.m",
                "arn",
            ),
        ]
    };
    let arns = |options: &ContextOptions| {
        let natives = natives().into_iter().map(|native| native.0).collect();
        let (inventory, _) = build(natives, TypeMap::builtin(), options);
        attribute(find(&inventory, "aws_iam_role.r"), "managed_policy_arns")
            .cell
            .clone()
    };
    let account = ContextOptions {
        account: Some("111122223333".into()),
        ..ContextOptions::default()
    };
    assert_eq!(
        arns(&account),
        known(json!(["arn:aws:iam::111122223333:policy/m"]))
    );
    let Cell::Known(Value::List(items)) = arns(&ContextOptions::default()) else {
        panic!("unknown as a whole")
    };
    let unknown = items[0].as_unknown().expect("an unknown ARN");
    assert_eq!(
        unknown.domain,
        Some(Domain::AnyOf(vec!["arn:aws:iam::*:policy/m".into()]))
    );
}

#[test]
fn attachments_to_several_identities_reach_each_of_them() {
    let inventory = inventory(vec![
        tf("aws_iam_role.r", json!({"name": "r"})),
        tf("aws_iam_user.u", json!({"name": "u"})),
        tf("aws_iam_group.g", json!({"name": "g"})),
        tf(
            "aws_iam_policy_attachment.a",
            json!({"name": "a", "roles": ["r"], "users": ["u"], "groups": ["g"], "policy_arn": ADMIN}),
        ),
        tf(
            "aws_iam_group_policy.p",
            json!({"group": "g", "policy": document("iam:*").to_string()}),
        ),
        tf(
            "aws_iam_group_policy_attachment.b",
            json!({"group": "g", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ),
    ]);
    for id in ["aws_iam_role.r", "aws_iam_user.u"] {
        assert_eq!(
            attribute(find(&inventory, id), "managed_policy_arns").cell,
            known(json!([ADMIN])),
            "{id}"
        );
    }
    let group = find(&inventory, "aws_iam_group.g");
    let arns = attribute(group, "managed_policy_arns")
        .cell
        .known()
        .and_then(Value::as_list)
        .map(<[Value]>::len);
    assert_eq!(arns, Some(2));
    assert_eq!(
        statements(group),
        [(r#"["iam:*"]"#.to_owned(), "aws_iam_group_policy.p".to_owned())]
    );
}

#[test]
fn a_policy_of_aws_is_no_policy_of_ours_with_the_same_name() {
    let inventory = inventory(vec![
        tf("aws_iam_role.r", json!({"name": "r"})),
        tf(
            "aws_iam_policy.m",
            json!({"name": "AdministratorAccess", "policy": document("s3:Get*").to_string()}),
        ),
        tf(
            "aws_iam_role_policy_attachment.a",
            json!({"role": "r", "policy_arn": ADMIN}),
        ),
    ]);
    assert_eq!(statements(find(&inventory, "aws_iam_role.r")), []);
}

#[test]
fn a_document_that_is_read_during_apply_is_rebuilt_from_its_blocks() {
    let data = tf(
        "aws_iam_policy_document.d",
        json!({"statement": [
            {"actions": ["*"], "resources": null, "effect": null, "principals": [{"type": "AWS", "identifiers": ["*"]}]},
            {"sid": "Two", "effect": "Deny", "actions": ["s3:*"], "resources": ["*"],
             "condition": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]}]}),
    )
    .lifecycle(Lifecycle::Data);
    let mut data = data;
    let hole = Value::List(vec![Unknown::new(UnknownReason::Reference).into()]);
    if let Value::Map(map) = &mut data.0.values
        && let Some(Value::List(blocks)) = map.get_mut("statement")
        && let Some(Value::Map(block)) = blocks.first_mut()
    {
        block.insert("resources".into(), hole.clone());
    }
    let inventory = inventory(vec![
        data,
        tf("aws_iam_role.r", json!({"name": "r"})),
        tf("aws_iam_role_policy.p", json!({"role": "r"})).refer(
            "policy",
            "aws_iam_policy_document.d",
            "json",
        ),
    ]);
    let role = find(&inventory, "aws_iam_role.r");
    let list = facet(role, "policy_statements")
        .cell
        .known()
        .and_then(Value::as_list)
        .expect("statements")
        .to_vec();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].get("Effect"), Some(&"Allow".into()));
    assert_eq!(list[0].get("Action"), Some(&Value::List(vec!["*".into()])));
    assert_eq!(list[0].get("Resource"), Some(&hole));
    assert_eq!(list[1].get("Sid"), Some(&"Two".into()));
    let condition = list[1]
        .get("Condition")
        .map(|condition| condition.to_json().to_string());
    assert_eq!(
        condition.as_deref(),
        Some(r#"{"Bool":{"aws:SecureTransport":["false"]}}"#)
    );
}

#[test]
fn an_unknown_document_is_an_unknown_statement_beside_known_ones() {
    let inventory = inventory(vec![
        tf("aws_iam_role.r", json!({"name": "r"})),
        tf(
            "aws_iam_role_policy.p",
            json!({"role": "r", "policy": document("*").to_string()}),
        ),
        tf("aws_iam_role_policy.q", json!({"role": "r"})).unknown("policy", UnknownReason::Expression),
        tf("aws_iam_role.s", json!({"name": "s"})),
        tf("aws_iam_role_policy.t", json!({"role": "s"})).unknown("policy", UnknownReason::Expression),
    ]);
    let list = facet(find(&inventory, "aws_iam_role.r"), "policy_statements")
        .cell
        .known()
        .cloned();
    let Some(Value::List(items)) = list else {
        panic!("unknown as a whole")
    };
    assert_eq!(items.iter().filter(|item| item.as_unknown().is_some()).count(), 1);
    assert_eq!(items.len(), 2);
    let alone = &facet(find(&inventory, "aws_iam_role.s"), "policy_statements").cell;
    assert_eq!(reason(alone), Some(UnknownReason::Expression));
}

#[test]
fn invalid_json_is_an_error_and_never_an_empty_policy() {
    let (inventory, diagnostics) = inventory_and_diagnostics(vec![
        tf(
            "aws_iam_policy.m",
            json!({"name": "m", "policy": "{\"Statement\": ["}),
        ),
        tf("aws_s3_bucket.b", json!({"bucket": "b", "policy": "[]"})),
    ]);
    let policy = &attribute(find(&inventory, "aws_iam_policy.m"), "policy").cell;
    assert_eq!(reason(policy), Some(UnknownReason::Expression));
    assert_eq!(
        reason(&facet(find(&inventory, "aws_s3_bucket.b"), "policy_statements").cell),
        Some(UnknownReason::Expression)
    );
    assert_eq!(
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.id)
            .collect::<Vec<_>>(),
        ["RES001", "RES001"]
    );
    assert!(
        diagnostics[0].message.contains("`policy` of `aws_iam_policy.m`"),
        "{}",
        diagnostics[0].message
    );
}

#[test]
fn a_sensitive_document_is_read_and_not_shown() {
    let policy = Value::from(document("secret:Action").to_string()).into_sensitive();
    let inventory = inventory(vec![
        tf("aws_iam_policy.m", json!({"name": "m"})).set("policy", policy),
    ]);
    let facet = facet(find(&inventory, "aws_iam_policy.m"), "policy_statements");
    assert!(facet.cell.known().is_some_and(Value::has_sensitive));
    assert!(!format!("{:?}", inventory.resources).contains("secret:Action"));
}

#[test]
fn config_records_documents_url_encoded() {
    let encoded = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    let role = N::new(
        SourceKind::AwsConfig,
        "AWS::IAM::Role",
        "arn:aws:iam::111122223333:role/r",
        json!({
        "configuration": {"roleName": "r", "rolePolicyList": [{"policyName": "p", "policyDocument": encoded}],
            "attachedManagedPolicies": [{"policyName": "AdministratorAccess", "policyArn": ADMIN}]}}),
    );
    let policy = N::new(
        SourceKind::AwsConfig,
        "AWS::IAM::Policy",
        "arn:aws:iam::111122223333:policy/p",
        json!({
        "configuration": {"policyName": "p", "policyVersionList": [
            {"versionId": "v1", "isDefaultVersion": false, "document": "%7B%7D"},
            {"versionId": "v2", "isDefaultVersion": true, "document": encoded}]}}),
    );
    let inventory = inventory(vec![role, policy]);
    for resource in &inventory.resources {
        assert_eq!(
            statements(resource)
                .iter()
                .map(|(action, _)| action.as_str())
                .collect::<Vec<_>>(),
            [r#"["*"]"#]
        );
    }
    assert_eq!(
        attribute(&inventory.resources[0], "managed_policy_arns").cell,
        known(json!([ADMIN]))
    );
    assert_eq!(inventory.resources[1].kind.as_deref(), Some("iam_policy"));
}
