//! Satellites whose parent the input does not show.

use super::*;

const OUTSIDE: Option<UnknownReason> = Some(UnknownReason::PartialInput);

#[test]
fn a_rule_for_a_group_of_another_stack_stands_for_that_group() {
    let rule = json!({"security_group_id": "sg-1", "type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]});
    let inventory = inventory(vec![
        tf("aws_security_group.g", json!({"name": "g"})),
        tf("aws_security_group_rule.r", rule),
    ]);
    let rule = find(&inventory, "aws_security_group_rule.r");
    assert_eq!(
        (rule.kind.as_deref(), rule.fragment),
        (Some("security_group"), true)
    );
    assert_eq!(&*rule.resource_type, "aws_security_group_rule");
    let entry = attribute(rule, "ingress")
        .cell
        .known()
        .and_then(Value::as_list)
        .unwrap()
        .first()
        .unwrap();
    assert_eq!(entry.get("open_to_world"), Some(&true.into()));
    // The default of the group says nothing about a rule, and the group here is another one.
    assert_eq!(reason(&attribute(rule, "egress").cell), OUTSIDE);
    assert_eq!(reason(&rule.tags.cell), OUTSIDE);
    // A control for the type of the satellite finds what it always did.
    assert_eq!(attribute(rule, "cidr_blocks").cell, known(json!(["0.0.0.0/0"])));
    let group = find(&inventory, "aws_security_group.g");
    assert!(!group.fragment && group.satellites.is_empty());
}

#[test]
fn a_rule_of_one_direction_says_nothing_about_the_other() {
    let egress = json!({"GroupId": "sg-1", "IpProtocol": "-1", "CidrIp": "10.0.0.0/8"});
    let inventory = inventory(vec![cfn("Out", "AWS::EC2::SecurityGroupEgress", egress)]);
    let rule = find(&inventory, "Out");
    assert_eq!(reason(&attribute(rule, "ingress").cell), OUTSIDE);
    let entries = attribute(rule, "egress")
        .cell
        .known()
        .and_then(Value::as_list)
        .unwrap();
    assert_eq!(
        entries.len(),
        1,
        "the default rule of a group stays with the group"
    );
}

#[test]
fn a_policy_for_a_named_role_is_a_fragment_of_a_role() {
    let policy = json!({"PolicyName": "p", "Users": ["someone"], "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "**", "Resource": "arn:aws:*"}}});
    let inventory = inventory(vec![cfn("P", "AWS::IAM::Policy", policy)]);
    let policy = find(&inventory, "P");
    assert_eq!(
        (policy.kind.as_deref(), policy.fragment),
        (Some("iam_user"), true)
    );
    let list = facet(policy, "policy_statements")
        .cell
        .known()
        .and_then(Value::as_list)
        .unwrap();
    let statement = list.first().unwrap().to_json();
    assert_eq!(
        (&statement["Action"], &statement["Resource"]),
        (&json!(["*"]), &json!(["*"]))
    );
    assert_eq!(reason(&attribute(policy, "managed_policy_arns").cell), OUTSIDE);
}

#[test]
fn what_a_fragment_omits_of_its_own_has_its_default() {
    let block = json!({"bucket": "elsewhere", "block_public_acls": true});
    let inventory = inventory(vec![tf("aws_s3_bucket_public_access_block.b", block)]);
    let block = find(&inventory, "aws_s3_bucket_public_access_block.b");
    assert_eq!(attribute(block, "block_public_acls").cell, known(json!(true)));
    assert_eq!(attribute(block, "block_public_policy").cell, known(json!(false)));
    assert_eq!(reason(&attribute(block, "versioning_enabled").cell), OUTSIDE);
    // A rule that asks whether something was declared must not be told that it was not.
    let declared = block.declared();
    assert!(
        declared
            .get("sse_algorithm")
            .is_some_and(|value| value.as_unknown().is_some())
    );
}

#[test]
fn an_attached_satellite_is_no_fragment() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.b", json!({})),
        tf("aws_s3_bucket_versioning.v", json!({})).refer("bucket", "aws_s3_bucket.b", "id"),
    ]);
    assert_eq!(inventory.resources.len(), 1);
}

#[test]
fn what_may_be_declared_elsewhere_is_not_undeclared() {
    let sse = json!({"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]});
    let inventory = inventory(vec![
        tf("aws_s3_bucket.b", json!({})),
        tf("aws_s3_bucket_server_side_encryption_configuration.s", sse)
            .unknown("bucket", UnknownReason::Variable),
    ]);
    let declared = find(&inventory, "aws_s3_bucket.b").declared();
    let unknown = declared.get("sse_algorithm").and_then(Value::as_unknown).unwrap();
    assert!(!unknown.non_null && unknown.domain.is_none(), "{unknown:?}");
}

#[test]
fn a_member_of_a_cluster_is_one_only_where_it_certainly_names_one() {
    let maybe =
        Unknown::new(UnknownReason::Condition).with_domain(Domain::AnyOf(vec!["c".into(), Value::Null]));
    let of = |value: Value| {
        let instance = cfn("Db", "AWS::RDS::DBInstance", json!({})).set("DBClusterIdentifier", value);
        find(&inventory(vec![instance]), "Db").resource_type.to_string()
    };
    assert_eq!(of("c".into()), "aws_rds_cluster_instance");
    assert_eq!(
        of(Unknown::new(UnknownReason::Reference).non_null().into()),
        "aws_rds_cluster_instance"
    );
    assert_eq!(of(maybe.into()), "aws_db_instance");
    assert_eq!(of("".into()), "aws_db_instance");
}

#[test]
fn a_rule_that_names_no_group_says_what_it_says() {
    let inventory = inventory(vec![
        tf(
            "aws_security_group_rule.r",
            json!({"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}),
        ),
        tf(
            "aws_network_acl_rule.n",
            json!({"egress": false, "protocol": "tcp", "from_port": 22, "to_port": 22, "rule_action": "allow", "rule_number": 1, "cidr_block": "0.0.0.0/0"}),
        ),
        tf("aws_eip.e", json!({"domain": "vpc"})),
    ]);
    for (id, kind) in [
        ("aws_security_group_rule.r", "security_group"),
        ("aws_network_acl_rule.n", "network_acl"),
    ] {
        let rule = find(&inventory, id);
        assert_eq!((rule.kind.as_deref(), rule.fragment), (Some(kind), true), "{id}");
    }
    // An address can stand by itself.
    assert!(!find(&inventory, "aws_eip.e").fragment);
}
