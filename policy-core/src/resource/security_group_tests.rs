use proptest::prelude::*;
use serde_json::json;

use super::super::cidr::cover_everything;
use super::*;

fn list(rules: Vec<Value>) -> Vec<Value> {
    let written: Vec<Written<'_>> = rules
        .iter()
        .enumerate()
        .map(|(index, value)| Written {
            value,
            origin: ResourceId::new(format!("r{index}")),
            path: AttributePath::root(),
        })
        .collect();
    entries(Direction::Ingress, &written).values
}

fn one(rule: serde_json::Value) -> Value {
    let mut list = list(vec![Value::from(rule)]);
    assert_eq!(list.len(), 1);
    list.remove(0)
}

fn ports(entry: &Value) -> (Option<i128>, Option<i128>) {
    (
        entry.get("from_port").and_then(Value::as_integer),
        entry.get("to_port").and_then(Value::as_integer),
    )
}

#[test]
fn protocols_and_ports_have_one_spelling() {
    for (protocol, from, to, expected, range) in [
        (json!("tcp"), json!(22), json!(22), "tcp", (22, 22)),
        (json!("TCP"), json!("22"), json!("22"), "tcp", (22, 22)),
        (json!(6), json!(-1), json!(-1), "tcp", (0, 65_535)),
        (json!("17"), json!(null), json!(null), "udp", (0, 65_535)),
        (json!("-1"), json!(0), json!(0), "-1", (0, 65_535)),
        (json!(-1), json!(22), json!(22), "-1", (0, 65_535)),
        (json!("all"), json!(null), json!(null), "-1", (0, 65_535)),
        (json!("icmp"), json!(8), json!(-1), "icmp", (8, -1)),
        (json!("58"), json!(null), json!(null), "icmpv6", (-1, -1)),
        (json!("50"), json!(5), json!(5), "50", (0, 65_535)),
    ] {
        let entry =
            one(json!({"protocol": protocol, "from_port": from, "to_port": to, "cidr_ipv4": "10.0.0.0/8"}));
        assert_eq!(
            entry.get("protocol").and_then(Value::as_str),
            Some(expected),
            "{protocol}"
        );
        assert_eq!(ports(&entry), (Some(range.0), Some(range.1)), "{protocol}");
    }
}

#[test]
fn an_unknown_protocol_may_be_every_port() {
    let unknown: Value = Unknown::new(UnknownReason::Variable).into();
    let mut rule = Value::from(json!({"from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"}));
    if let Value::Map(map) = &mut rule {
        map.insert("protocol".into(), unknown);
    }
    let entry = list(vec![rule]).remove(0);
    assert!(
        entry
            .get("from_port")
            .is_some_and(|port| port.as_unknown().is_some())
    );
    assert_eq!(entry.get("open_to_world"), Some(&Value::Bool(true)));
}

#[test]
fn an_unknown_address_may_be_the_world_and_a_prefix_list_too() {
    let unknown: Value = Unknown::new(UnknownReason::Variable).into();
    for peer in ["cidr_ipv4", "cidr_blocks"] {
        let mut rule = Value::from(json!({"protocol": "tcp", "from_port": 22, "to_port": 22}));
        if let Value::Map(map) = &mut rule {
            map.insert(peer.into(), unknown.clone());
        }
        let entry = list(vec![rule]).remove(0);
        let open = entry
            .get("open_to_world")
            .and_then(Value::as_unknown)
            .expect("unknown")
            .clone();
        assert_eq!(
            (open.reason, open.domain.clone()),
            (UnknownReason::Variable, Some(Domain::Bool))
        );
    }
    let entry = one(json!({"protocol": "tcp", "from_port": 22, "to_port": 22, "prefix_list_ids": ["pl-1"]}));
    assert_eq!(entry.get("prefix_list"), Some(&"pl-1".into()));
    assert!(
        entry
            .get("open_to_world")
            .is_some_and(|open| open.as_unknown().is_some())
    );
    let entry = one(json!({"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "not a cidr"}));
    assert!(
        entry
            .get("open_to_world")
            .is_some_and(|open| open.as_unknown().is_some())
    );
}

#[test]
fn an_address_that_is_one_of_a_few_is_open_or_closed_when_all_of_them_are() {
    let rule = |values: &[&str]| {
        let values = values.iter().map(|value| Value::from(*value)).collect();
        let unknown = Unknown::new(UnknownReason::Parameter).non_null();
        let mut rule = Map::from([("IpProtocol".into(), "tcp".into())]);
        rule.insert("FromPort".into(), 22.into());
        rule.insert("ToPort".into(), 22.into());
        rule.insert("CidrIp".into(), unknown.with_domain(Domain::AnyOf(values)).into());
        Value::Map(rule)
    };
    let opening = |rules: Vec<Value>| {
        let last = list(rules).pop().expect("a rule");
        last.get("open_to_world").and_then(Value::as_bool)
    };
    assert_eq!(
        opening(vec![rule(&["10.0.0.0/8", "192.168.0.0/16"])]),
        Some(false)
    );
    assert_eq!(opening(vec![rule(&["0.0.0.0/0", "10.0.0.0/0"])]), Some(true));
    assert_eq!(opening(vec![rule(&["0.0.0.0/0", "10.0.0.0/8"])]), None);
    // The second half of the world may be among them.
    let half = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/1"});
    assert_eq!(
        opening(vec![half.into(), rule(&["10.0.0.0/8", "128.0.0.0/1"])]),
        None
    );
    assert_eq!(opening(vec![rule(&["10.0.0.0/8", "not an address"])]), None);
}

#[test]
fn groups_and_the_group_itself_are_not_the_world() {
    for peer in [
        json!({"self": true}),
        json!({"security_groups": ["sg-1"]}),
        json!({"UserIdGroupPairs": [{"GroupId": "sg-1"}]}),
    ] {
        let mut rule = json!({"protocol": "-1", "from_port": 0, "to_port": 0});
        rule.as_object_mut()
            .expect("an object")
            .extend(peer.as_object().expect("an object").clone());
        assert_eq!(
            one(rule).get("open_to_world"),
            Some(&Value::Bool(false)),
            "{peer}"
        );
    }
    assert!(
        list(vec![Value::from(
            json!({"protocol": "-1", "cidr_blocks": [], "self": false})
        )])
        .is_empty()
    );
    let unfinished = one(json!({"IpProtocol": "-1"}));
    assert_eq!(unfinished.get("open_to_world"), Some(&Value::Bool(false)));
    assert_eq!(unfinished.get("description"), None);
}

#[test]
fn two_halves_on_overlapping_ports_are_open_where_they_overlap() {
    let entries = list(vec![
        Value::from(json!({"protocol": "tcp", "from_port": 20, "to_port": 25, "cidr_ipv4": "0.0.0.0/1"})),
        Value::from(json!({"protocol": "tcp", "from_port": 22, "to_port": 30, "cidr_ipv4": "128.0.0.0/1"})),
    ]);
    let parts: Vec<_> = entries
        .iter()
        .map(|entry| (ports(entry), entry.get("open_to_world").and_then(Value::as_bool)))
        .collect();
    assert_eq!(
        parts,
        [
            ((Some(20), Some(21)), Some(false)),
            ((Some(22), Some(25)), Some(true)),
            ((Some(22), Some(25)), Some(true)),
            ((Some(26), Some(30)), Some(false)),
        ]
    );
}

#[test]
fn a_narrow_range_beside_the_world_is_not_blamed() {
    let entries = list(vec![Value::from(
        json!({"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0", "10.0.0.0/8"]}),
    )]);
    let open: Vec<Option<bool>> = entries
        .iter()
        .map(|entry| entry.get("open_to_world").and_then(Value::as_bool))
        .collect();
    assert_eq!(open, [Some(true), Some(false)]);
}

const NETS: [&str; 8] = [
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "128.0.0.0/2",
    "192.0.0.0/2",
    "10.0.0.0/8",
    "::/1",
    "8000::/1",
];
const PROTOCOLS: [&str; 4] = ["tcp", "udp", "-1", "6"];

#[derive(Clone, Debug)]
struct Spec {
    /// `None` is not known.
    net: Option<usize>,
    protocol: usize,
    from: i64,
    length: i64,
}

fn spec() -> impl Strategy<Value = Spec> {
    (
        prop::option::weighted(0.85, 0..NETS.len()),
        0..PROTOCOLS.len(),
        0i64..6,
        0i64..4,
    )
        .prop_map(|(net, protocol, from, length)| Spec {
            net,
            protocol,
            from,
            length,
        })
}

fn rule(spec: &Spec, completion: Option<usize>) -> Value {
    let mut map = Map::from([
        ("ip_protocol".into(), PROTOCOLS[spec.protocol].into()),
        ("from_port".into(), spec.from.into()),
        ("to_port".into(), (spec.from + spec.length).into()),
    ]);
    let cidr = match spec.net.or(completion) {
        Some(net) => NETS[net].into(),
        None => Unknown::new(UnknownReason::Variable).into(),
    };
    map.insert("cidr_ipv4".into(), cidr);
    Value::Map(map)
}

/// What the entries say about a port: surely open, surely not, or neither.
fn says(entries: &[Value], protocol: &str, port: i128) -> Option<bool> {
    let here = entries.iter().filter(|entry| {
        let named = entry.get("protocol").and_then(Value::as_str);
        (named == Some(protocol) || named == Some("-1"))
            && ports(entry).0.is_some_and(|from| from <= port)
            && ports(entry).1.is_some_and(|to| port <= to)
    });
    let open: Vec<Option<bool>> = here
        .map(|entry| entry.get("open_to_world").and_then(Value::as_bool))
        .collect();
    if open.contains(&Some(true)) {
        Some(true)
    } else if open.contains(&None) {
        None
    } else {
        Some(false)
    }
}

/// The truth by going through all rules for one port.
fn brute_force(specs: &[Spec], completion: usize, protocol: &str, port: i64) -> bool {
    let blocks: Vec<Block> = specs
        .iter()
        .filter(|spec| {
            let named = PROTOCOLS[spec.protocol];
            let carries = named == "-1" || named == protocol || (named == "6" && protocol == "tcp");
            carries && (named == "-1" || (spec.from..=spec.from + spec.length).contains(&port))
        })
        .filter_map(|spec| Block::parse(NETS[spec.net.unwrap_or(completion)]))
        .collect();
    [false, true]
        .into_iter()
        .any(|ipv6| cover_everything(blocks.iter().copied(), ipv6))
}

proptest! {
    #[test]
    fn open_to_world_agrees_with_brute_force_for_every_port(specs in prop::collection::vec(spec(), 0..8)) {
        let entries = list(specs.iter().map(|spec| rule(spec, Some(0))).collect());
        for protocol in ["tcp", "udp"] {
            for port in 0..10 {
                prop_assert_eq!(
                    says(&entries, protocol, port.into()),
                    Some(brute_force(&specs, 0, protocol, port)),
                    "{} {}", protocol, port
                );
            }
        }
    }

    /// What is said while addresses are unknown stays true whatever they turn out to be.
    #[test]
    fn completing_an_address_never_contradicts(specs in prop::collection::vec(spec(), 0..8), net in 0..NETS.len()) {
        let entries = list(specs.iter().map(|spec| rule(spec, None)).collect());
        for protocol in ["tcp", "udp"] {
            for port in 0..10 {
                if let Some(said) = says(&entries, protocol, port.into()) {
                    prop_assert_eq!(said, brute_force(&specs, net, protocol, port), "{} {}", protocol, port);
                }
            }
        }
    }
}

/// A rule is run on what an unknown can be: a block in the spelling of its source would have no `open_to_world`.
#[test]
fn an_unknown_rule_is_not_one_of_its_native_spellings() {
    let native =
        Value::from(json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}));
    let unknown =
        Unknown::new(UnknownReason::Condition).with_domain(Domain::AnyOf(vec![native, Value::Null]));
    let entry = list(vec![unknown.into()]).remove(0);
    let unknown = entry.as_unknown().expect("unknown").clone();
    assert_eq!(
        (unknown.reason, unknown.domain.clone()),
        (UnknownReason::Condition, None)
    );
}

#[test]
fn unknown_ports_and_addresses_keep_what_they_can_be() {
    let one_of = |values: serde_json::Value| -> Value {
        let values = values
            .as_array()
            .expect("a list")
            .iter()
            .cloned()
            .map(Value::from)
            .collect();
        Unknown::new(UnknownReason::Parameter)
            .with_domain(Domain::AnyOf(values))
            .into()
    };
    let rule = Value::Map(Map::from([
        ("IpProtocol".into(), "tcp".into()),
        ("FromPort".into(), one_of(json!(["22", "443"]))),
        ("ToPort".into(), 443.into()),
        ("CidrIp".into(), one_of(json!(["0.0.0.0/0", "10.0.0.0/8"]))),
    ]));
    let entry = list(vec![rule]).remove(0);
    let domain = |name: &str| {
        entry
            .get(name)
            .and_then(Value::as_unknown)
            .and_then(|unknown| unknown.domain.clone())
    };
    assert_eq!(
        domain("from_port"),
        Some(Domain::AnyOf(vec![22.into(), 443.into()]))
    );
    assert_eq!(
        domain("cidr"),
        Some(Domain::AnyOf(vec!["0.0.0.0/0".into(), "10.0.0.0/8".into()]))
    );
    assert_eq!(domain("open_to_world"), Some(Domain::Bool));
}
