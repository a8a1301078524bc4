//! Security groups in all their spellings.

use super::*;

fn entries(inventory: &Inventory, id: &str) -> Vec<serde_json::Value> {
    let cell = &attribute(find(inventory, id), "ingress").cell;
    let list = cell.known().and_then(Value::as_list).unwrap_or_default();
    let mut entries: Vec<serde_json::Value> = list
        .iter()
        .map(|entry| {
            let mut json = entry.to_json();
            if let Some(members) = json.as_object_mut() {
                members.remove("origin");
                members.remove("description");
            }
            json
        })
        .collect();
    entries.sort_by_key(serde_json::Value::to_string);
    entries
}

fn expected() -> Vec<serde_json::Value> {
    let mut entries = vec![
        json!({"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0", "open_to_world": true}),
        json!({"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "10.0.0.0/8", "open_to_world": false}),
        json!({"direction": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "::/0", "open_to_world": true}),
        json!({"direction": "ingress", "protocol": "-1", "from_port": 0, "to_port": 65535, "source_group": "sg-1", "open_to_world": false}),
    ];
    entries.sort_by_key(serde_json::Value::to_string);
    entries
}

#[test]
fn every_spelling_gives_the_same_entries() {
    let inline = inventory(vec![tf(
        "aws_security_group.g",
        json!({"name": "g", "ingress": [
        {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0", "10.0.0.0/8"], "ipv6_cidr_blocks": ["::/0"],
         "prefix_list_ids": [], "security_groups": [], "self": false, "description": ""},
        {"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": [], "security_groups": ["sg-1"], "self": false}]}),
    )]);
    let rules = inventory(vec![
        tf("aws_security_group.g", json!({"name": "g"})).unknown("ingress", UnknownReason::ComputedDefault),
        tf("aws_security_group_rule.a", json!({"type": "ingress", "protocol": "6", "from_port": 22, "to_port": 22,
            "cidr_blocks": ["0.0.0.0/0", "10.0.0.0/8"], "ipv6_cidr_blocks": ["::/0"]}))
            .refer("security_group_id", "aws_security_group.g", "id"),
        tf("aws_security_group_rule.b", json!({"type": "ingress", "protocol": "all", "from_port": 0, "to_port": 0, "source_security_group_id": "sg-1"}))
            .refer("security_group_id", "aws_security_group.g", "id"),
        tf("aws_security_group_rule.c", json!({"type": "egress", "protocol": "tcp", "from_port": 1, "to_port": 1, "cidr_blocks": ["0.0.0.0/0"]}))
            .refer("security_group_id", "aws_security_group.g", "id"),
    ]);
    let single = |id: &str, values: serde_json::Value| {
        tf(&format!("aws_vpc_security_group_ingress_rule.{id}"), values).refer(
            "security_group_id",
            "aws_security_group.g",
            "id",
        )
    };
    let new_rules = inventory(vec![
        tf("aws_security_group.g", json!({"name": "g"})),
        single(
            "a",
            json!({"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0"}),
        ),
        single(
            "b",
            json!({"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "10.0.0.0/8"}),
        ),
        single(
            "c",
            json!({"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv6": "::/0"}),
        ),
        single(
            "d",
            json!({"ip_protocol": "-1", "referenced_security_group_id": "sg-1"}),
        ),
    ]);
    let template = inventory(vec![
        cfn(
            "aws_security_group.g",
            "AWS::EC2::SecurityGroup",
            json!({"GroupDescription": "g", "SecurityGroupIngress": [
            {"IpProtocol": "tcp", "FromPort": "22", "ToPort": 22, "CidrIp": "0.0.0.0/0"},
            {"IpProtocol": 6, "FromPort": 22, "ToPort": 22, "CidrIpv6": "::/0"}]}),
        ),
        cfn(
            "I",
            "AWS::EC2::SecurityGroupIngress",
            json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}),
        )
        .refer("GroupId", "aws_security_group.g", "GroupId"),
        cfn(
            "J",
            "AWS::EC2::SecurityGroupIngress",
            json!({"IpProtocol": "-1", "SourceSecurityGroupId": "sg-1"}),
        )
        .refer("GroupId", "aws_security_group.g", "GroupId"),
    ]);
    let item = inventory(vec![N::new(
        SourceKind::AwsConfig,
        "AWS::EC2::SecurityGroup",
        "aws_security_group.g",
        json!({
        "configuration": {"groupName": "g", "ipPermissions": [
            {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": ["0.0.0.0/0", "10.0.0.0/8"],
             "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}, {"cidrIp": "10.0.0.0/8"}], "ipv6Ranges": [{"cidrIpv6": "::/0"}],
             "userIdGroupPairs": [], "prefixListIds": []},
            {"ipProtocol": "-1", "userIdGroupPairs": [{"groupId": "sg-1", "userId": "111122223333"}]}]}}),
    )]);
    for (name, inventory) in [
        ("inline", inline),
        ("rules", rules),
        ("new rules", new_rules),
        ("template", template),
        ("item", item),
    ] {
        assert_eq!(entries(&inventory, "aws_security_group.g"), expected(), "{name}");
        let group = find(&inventory, "aws_security_group.g");
        assert_eq!(
            facet(group, "ingress_rules").cell,
            attribute(group, "ingress").cell,
            "{name}"
        );
        assert_eq!(attribute(group, "ingress").provenance.elements.len(), 4, "{name}");
    }
}

#[test]
fn the_default_egress_is_everything_in_a_template_and_nothing_in_terraform() {
    let egress = |inventory: &Inventory, id: &str| {
        attribute(find(inventory, id), "egress")
            .cell
            .known()
            .and_then(Value::as_list)
            .map(<[Value]>::len)
    };
    let terraform = inventory(vec![
        tf("aws_security_group.g", json!({})).unknown("egress", UnknownReason::ComputedDefault),
    ]);
    assert_eq!(egress(&terraform, "aws_security_group.g"), Some(0));
    let template = inventory(vec![
        cfn("G", "AWS::EC2::SecurityGroup", json!({})),
        cfn("H", "AWS::EC2::SecurityGroup", json!({})),
        cfn(
            "E",
            "AWS::EC2::SecurityGroupEgress",
            json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}),
        )
        .refer("GroupId", "H", "GroupId"),
    ]);
    assert_eq!(egress(&template, "G"), Some(1));
    assert_eq!(egress(&template, "H"), Some(2));
}

#[test]
fn a_wholly_unknown_list_is_unknown_and_known_rules_beside_it_stay_known() {
    let natives = |with_rule: bool| {
        let mut natives = vec![
            tf("aws_security_group.g", json!({"name": "g"})).unknown("ingress", UnknownReason::Variable),
        ];
        if with_rule {
            natives.push(
                tf("aws_security_group_rule.a", json!({"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}))
                    .refer("security_group_id", "aws_security_group.g", "id"),
            );
        }
        inventory(natives)
    };
    let ingress = |inventory: &Inventory| {
        attribute(find(inventory, "aws_security_group.g"), "ingress")
            .cell
            .clone()
    };
    assert_eq!(reason(&ingress(&natives(false))), Some(UnknownReason::Variable));
    let Cell::Known(Value::List(items)) = ingress(&natives(true)) else {
        panic!("unknown")
    };
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].get("open_to_world"), Some(&Value::Bool(true)));
    assert!(items[1].as_unknown().is_some());
}

#[test]
fn a_rule_of_an_unknown_group_gives_the_list_with_and_without_it() {
    let inventory = inventory(vec![
        tf("aws_security_group.g", json!({"name": "g", "ingress": []})),
        tf("aws_security_group_rule.a", json!({"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}))
            .unknown("security_group_id", UnknownReason::Variable),
        tf("aws_security_group_rule.e", json!({"type": "egress", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}))
            .unknown("security_group_id", UnknownReason::Variable),
    ]);
    let Cell::Unknown(unknown) = &attribute(find(&inventory, "aws_security_group.g"), "ingress").cell else {
        panic!("known")
    };
    assert_eq!(
        (unknown.reason, &unknown.refs),
        (
            UnknownReason::MaybeSatellite,
            &vec![Arc::from("aws_security_group_rule.a")]
        )
    );
    let Some(Domain::AnyOf(lists)) = &unknown.domain else {
        panic!("no domain")
    };
    assert_eq!(
        lists
            .iter()
            .filter_map(Value::as_list)
            .map(<[Value]>::len)
            .collect::<Vec<_>>(),
        [0, 1]
    );
}

#[test]
fn what_may_be_open_to_the_world_is_told_apart_with_its_position() {
    let closed =
        json!({"protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidr_blocks": ["10.0.0.0/8"]});
    let open = json!({"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]});
    let of = |rules: serde_json::Value| {
        let inventory = inventory(vec![tf("aws_security_group.g", json!({"ingress": rules}))]);
        let fact = facet(find(&inventory, "aws_security_group.g"), "world_ingress").clone();
        let entries = fact.cell.known().and_then(Value::as_list).unwrap().to_vec();
        assert_eq!(entries.len(), fact.provenance.elements.len());
        let position = |entry: &Value| entry.get("position").and_then(Value::as_integer);
        entries.iter().map(position).collect::<Vec<_>>()
    };
    assert_eq!(of(json!([closed, open, closed])), [Some(1)]);
    assert_eq!(of(json!([closed])), []);
    // Addresses that are not known may be those of everybody.
    let unknown = tf("aws_security_group_rule.r", json!({"type": "ingress", "security_group_id": "sg-1", "protocol": "tcp", "from_port": 22, "to_port": 22}))
        .unknown("cidr_blocks", UnknownReason::Variable);
    let inventory = inventory(vec![unknown]);
    let fact = facet(find(&inventory, "aws_security_group_rule.r"), "world_ingress").clone();
    assert!(
        fact.cell
            .known()
            .and_then(Value::as_list)
            .is_some_and(|entries| entries.len() == 1)
    );
}
