//! Network ACL entries as one list.
//!
//! The order of evaluation is the rule number, so the entries are sorted by it; one whose number is unknown comes last.

use super::coerce::{coerce, without_domain};
use super::kind::ValueType;
use super::model::ResourceId;
use super::path::{fold, is_computed};
use super::security_group::{Entries, Written, protocol};
use crate::value::{AttributePath, Map, Unknown, UnknownReason, Value};

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
    let (values, places) = rows.into_iter().map(|(_, value, place)| (value, place)).unzip();
    Entries { values, places }
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
