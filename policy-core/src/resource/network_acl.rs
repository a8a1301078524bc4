//! Network ACL entries as one list.
//!
//! The order of evaluation is the rule number, so the entries are sorted by it; one whose number is unknown comes last.
//! Entries that allow are open to the world alone or together, as rules of security groups are. An entry that denies
//! counts as denying the world only where it does so alone: two halves may stand around an entry that allows.

use std::sync::Arc;

use super::cidr::Block;
use super::coerce::{coerce, without_domain};
use super::kind::ValueType;
use super::model::ResourceId;
use super::path::{fold, is_computed};
use super::security_group::{Entries, Written, protocol};
use super::world::{Opening, Rule, openings};
use crate::value::{AttributePath, Domain, Map, Unknown, UnknownReason, Value};

/// The entries of the inbound or outbound direction.
pub(super) fn entries(inbound: bool, rules: &[Written<'_>]) -> Entries {
    let mut rows: Vec<(i128, Value, (ResourceId, AttributePath))> = Vec::new();
    for rule in rules {
        let place = (rule.origin.clone(), rule.path.clone());
        match rule.value.revealed() {
            Value::Map(map) => {
                let (egress, entry) = entry(map, rule);
                if egress != Some(inbound) {
                    let number = entry
                        .get("rule_number")
                        .and_then(Value::as_integer)
                        .unwrap_or(i128::MAX);
                    rows.push((number, entry, place));
                }
            }
            Value::Unknown(unknown) => rows.push((i128::MAX, Value::Unknown(without_domain(unknown)), place)),
            _ => rows.push((
                i128::MAX,
                Value::from(Unknown::new(UnknownReason::Expression)),
                place,
            )),
        }
    }
    rows.sort_by_key(|(number, ..)| *number);
    let (values, places): (Vec<Value>, Vec<_>) =
        rows.into_iter().map(|(_, value, place)| (value, place)).unzip();
    let allowing: Vec<Rule> = values.iter().map(|entry| view(entry, "allow")).collect();
    let together = openings(&allowing);
    let mut entries = Entries::default();
    for ((value, place), opening) in values.into_iter().zip(places).zip(together) {
        let opening = match value.get("action").and_then(Value::as_str) {
            Some("allow") => opening,
            Some(_) => match openings(&[view(&value, "deny")]).pop() {
                Some(alone) => alone,
                None => Opening::Closed,
            },
            None => Opening::Unknown,
        };
        for value in divided(value, opening) {
            entries.values.push(value);
            entries.places.push(place.clone());
        }
    }
    entries
}

/// The addresses of an entry with this action; other entries have no part in the union.
fn view(entry: &Value, action: &str) -> Rule {
    match entry.get("action").map(Value::as_str) {
        Some(Some(found)) if found != action => return Rule::Nothing,
        Some(Some(_)) => {}
        _ => return Rule::Undecided,
    }
    let block = match entry.get("cidr") {
        None => return Rule::Nothing,
        Some(cidr) => match cidr.as_str().and_then(Block::parse) {
            Some(block) => block,
            None => return Rule::Undecided,
        },
    };
    let port = |name| i64::try_from(entry.get(name)?.as_integer()?).ok();
    Rule::Cidr {
        block,
        protocol: entry.get("protocol").and_then(Value::as_str).map(Arc::from),
        ports: port("from_port").zip(port("to_port")),
    }
}

/// The entry with what is known about its opening: several where parts of its port range differ.
fn divided(entry: Value, opening: Opening) -> Vec<Value> {
    let Value::Map(map) = entry else {
        return vec![entry];
    };
    let with = |ports: Option<(i64, i64)>, open: Value| {
        let mut map = map.clone();
        map.insert("open_to_world".into(), open);
        if let Some((from, to)) = ports {
            map.insert("from_port".into(), from.into());
            map.insert("to_port".into(), to.into());
        }
        Value::Map(map)
    };
    match opening {
        Opening::Open => vec![with(None, true.into())],
        Opening::Closed => vec![with(None, false.into())],
        Opening::Unknown => {
            let reason = ["cidr", "action"].iter().find_map(|name| match map.get(*name)? {
                Value::Unknown(unknown) => Some(Unknown::clone(unknown)),
                _ => None,
            });
            let unknown = Unknown {
                non_null: true,
                ..reason.unwrap_or_else(|| Unknown::new(UnknownReason::Expression))
            };
            vec![with(None, unknown.with_domain(Domain::Bool).into())]
        }
        Opening::Partly(parts) => parts
            .into_iter()
            .map(|(from, to, open)| with(Some((from, to)), open.into()))
            .collect(),
    }
}

/// Whether the entry says that it is outbound, and the entry. An entry of unknown direction counts for both.
fn entry(map: &Map, rule: &Written<'_>) -> (Option<bool>, Value) {
    let mut out = Map::from([("origin".into(), rule.origin.as_str().into())]);
    let (mut egress, mut ports) = (Some(false), [None, None]);
    let mut protocol_value = None;
    for (key, value) in map {
        let computed = value.as_unknown().is_some_and(|unknown| is_computed(unknown));
        if *value == Value::Null || computed {
            continue;
        }
        match fold(key).as_str() {
            "egress" => egress = coerce(value.clone(), ValueType::Bool).as_bool(),
            "ruleno" | "rulenumber" => {
                out.insert("rule_number".into(), coerce(value.clone(), ValueType::Int));
            }
            "action" | "ruleaction" => {
                let action = value
                    .as_str()
                    .map_or_else(|| value.clone(), |text| text.to_ascii_lowercase().into());
                out.insert("action".into(), action);
            }
            "protocol" => protocol_value = Some(value),
            "fromport" => ports[0] = Some(value),
            "toport" => ports[1] = Some(value),
            "portrange" => {
                ports = ["from", "to"].map(|name| {
                    value
                        .as_map()
                        .and_then(|range| range.iter().find(|(key, _)| fold(key) == name))
                        .map(|(_, port)| port)
                });
            }
            "cidrblock" | "ipv6cidrblock" => {
                out.insert("cidr".into(), value.clone());
            }
            _ => {}
        }
    }
    let protocol = protocol(protocol_value);
    let all = protocol.as_str() == Some("-1");
    for (name, port, whole) in [("from_port", ports[0], 0), ("to_port", ports[1], 65_535)] {
        let port = match port {
            Some(port) if !all => coerce(port.clone(), ValueType::Int),
            _ => Value::from(whole),
        };
        out.insert(name.into(), port);
    }
    out.insert("protocol".into(), protocol);
    (egress, Value::Map(out))
}
