//! Prefix lists that the input holds, and what AWS Config records beside the configuration of a resource.

use super::*;
use crate::resource::EdgeOrigin;

fn ingress(inventory: &Inventory, id: &str) -> Vec<Value> {
    let cell = &attribute(find(inventory, id), "ingress").cell;
    let list = cell.known().and_then(Value::as_list);
    list.expect("a list of entries").to_vec()
}

fn rule(name: &str, port: u16) -> N {
    let values =
        json!({"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": port, "to_port": port});
    tf(&format!("aws_vpc_security_group_ingress_rule.{name}"), values)
}

fn list(name: &str, cidrs: &[&str]) -> N {
    let entries: Vec<_> = cidrs.iter().map(|cidr| json!({"cidr": cidr})).collect();
    let id = format!("aws_ec2_managed_prefix_list.{name}");
    tf(&id, json!({"id": format!("pl-{name}"), "entry": entries}))
}

fn group() -> N {
    tf("aws_security_group.g", json!({"id": "sg-1"}))
}

#[test]
fn a_prefix_list_of_the_input_is_looked_into() {
    let open = |lists: Vec<N>, rules: Vec<N>| {
        let natives = [vec![group()], lists, rules].concat();
        let entries = ingress(&inventory(natives), "aws_security_group.g");
        let open = entries.iter().map(|entry| entry.get("open_to_world").cloned());
        open.map(|open| open.expect("it is always said"))
            .collect::<Vec<_>>()
    };
    let named = |port| rule("r", port).set("prefix_list_id", "pl-a".into());
    assert_eq!(
        open(vec![list("a", &["10.0.0.0/8"])], vec![named(22)]),
        [false.into()]
    );
    assert_eq!(
        open(vec![list("a", &["10.0.0.0/8", "0.0.0.0/0"])], vec![named(22)]),
        [true.into()]
    );
    assert_eq!(
        open(vec![list("a", &["0.0.0.0/1", "128.0.0.0/1"])], vec![named(22)]),
        [true.into()]
    );
    assert_eq!(open(vec![list("a", &[])], vec![named(22)]), [false.into()]);
    // One half in the list, the other in a rule beside it.
    let other = rule("s", 22).set("cidr_ipv4", "128.0.0.0/1".into());
    assert_eq!(
        open(vec![list("a", &["0.0.0.0/1"])], vec![named(22), other]),
        [true.into(), true.into()]
    );
    // A list of somebody else, and one whose entries are not known.
    let unknown = |open: Vec<Value>| open.iter().all(|open| open.as_unknown().is_some());
    assert!(unknown(open(vec![list("b", &["10.0.0.0/8"])], vec![named(22)])));
    let dynamic = list("a", &[]).unknown("entry", UnknownReason::Variable);
    assert!(unknown(open(vec![dynamic], vec![named(22)])));
    let partly = list("a", &[]).set(
        "entry",
        Value::List(vec![Value::Map(
            [("cidr".into(), Unknown::new(UnknownReason::Variable).into())].into(),
        )]),
    );
    assert!(unknown(open(vec![partly], vec![named(22)])));
}

#[test]
fn entries_of_their_own_belong_to_the_list_and_may_open_it() {
    let entry = |cidr: &str| {
        tf("aws_ec2_managed_prefix_list_entry.e", json!({"cidr": cidr})).refer(
            "prefix_list_id",
            "aws_ec2_managed_prefix_list.a",
            "id",
        )
    };
    let of = |entry: N| {
        let natives = vec![
            group(),
            list("a", &["10.0.0.0/8"]),
            entry,
            rule("r", 22).refer("prefix_list_id", "aws_ec2_managed_prefix_list.a", "id"),
        ];
        ingress(&inventory(natives), "aws_security_group.g")[0]
            .get("open_to_world")
            .cloned()
    };
    assert_eq!(of(entry("192.0.2.0/24")), Some(false.into()));
    assert_eq!(of(entry("0.0.0.0/0")), Some(true.into()));
    let conditional = of(entry("0.0.0.0/0").condition("Open"));
    assert!(conditional.is_some_and(|open| open.as_unknown().is_some()));
}

fn item(native_type: &str, id: &str, configuration: serde_json::Value) -> N {
    let values = json!({"resourceId": id, "configuration": configuration, "supplementaryConfiguration": {}, "tags": {}});
    N::new(SourceKind::AwsConfig, native_type, id, values)
}

fn related(mut native: N, target: &str) -> N {
    native.0.references.push(Reference {
        path: AttributePath::root(),
        targets: vec![ResourceId::new(target)],
        attribute: None,
    });
    native
}

#[test]
fn plain_ranges_are_not_lost_beside_others() {
    let permission = |ranges: serde_json::Value| {
        let group = item(
            "AWS::EC2::SecurityGroup",
            "sg-1",
            json!({"ipPermissions": [ranges]}),
        );
        ingress(&inventory(vec![group]), "sg-1")
    };
    let both = permission(json!({"ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
        "ipv4Ranges": [{"cidrIp": "10.0.0.0/8", "description": "office"}], "ipRanges": ["10.0.0.0/8"]}));
    assert_eq!(both.len(), 1);
    assert_eq!(both[0].get("description"), Some(&"office".into()));
    let only = permission(json!({"ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
        "ipv6Ranges": [{"cidrIpv6": "2001:db8::/32"}], "ipRanges": ["0.0.0.0/0"]}));
    let open = only
        .iter()
        .filter(|entry| entry.get("open_to_world") == Some(&true.into()));
    assert_eq!(open.count(), 1, "the plain range stands for itself");
}

#[test]
fn relationships_become_edges_in_both_directions() {
    let edges = |natives: Vec<N>| {
        let inventory = inventory(natives);
        let volume = &find(&inventory, "vol-1").related["instances"].edges;
        let instance = &find(&inventory, "i-1").related["volumes"].edges;
        assert_eq!(volume.len(), instance.len());
        volume.iter().map(|edge| edge.by).collect::<Vec<_>>()
    };
    let volume = |attachments| item("AWS::EC2::Volume", "vol-1", json!({"attachments": attachments}));
    let instance = || item("AWS::EC2::Instance", "i-1", json!({}));
    assert_eq!(edges(vec![volume(json!([])), instance()]), []);
    assert_eq!(
        edges(vec![related(volume(json!([])), "i-1"), instance()]),
        [EdgeOrigin::Recorded]
    );
    assert_eq!(
        edges(vec![volume(json!([])), related(instance(), "vol-1")]),
        [EdgeOrigin::Recorded]
    );
    // Said twice, and the configuration says it best.
    let attached = volume(json!([{"instanceId": "i-1"}]));
    assert_eq!(
        edges(vec![related(attached, "i-1"), related(instance(), "vol-1")]),
        [EdgeOrigin::Literal]
    );
}
