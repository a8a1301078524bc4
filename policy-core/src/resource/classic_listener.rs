//! The listeners of a Classic Load Balancer, each with the predefined security policy that it accepts.
//!
//! Rests on "SSL/TLS security policies for Classic Load Balancers" (Elastic Load Balancing, User Guide for Classic Load
//! Balancers): a listener names policies of its load balancer; one of type `SSLNegotiationPolicyType` decides about
//! versions and ciphers, and either refers to a predefined policy or lists its own.

use std::sync::Arc;

use super::coerce::coerce;
use super::extract::{Fold, Parent};
use super::kind::{AttributeSpec, ValueType};
use super::model::{Attribute, Cell, Provenance};
use super::path::{Folding, is_computed, member};
use super::rules::{Inline, inline};
use super::transform::{Around, block_of};
use crate::value::{Map, Unknown, UnknownReason, Value};

const POLICY: &str = "aws_load_balancer_policy";
const ATTACHMENT: &str = "aws_load_balancer_listener_policy";
const NEGOTIATION: &str = "aws_lb_ssl_negotiation_policy";
/// The type of the policies that decide about TLS.
const TLS_POLICY: &str = "SSLNegotiationPolicyType";
/// The attribute of such a policy that names the predefined one.
const REFERENCE: &str = "Reference-Security-Policy";
/// Predefined policies have this in their names.
const PREDEFINED: &str = "ELBSecurityPolicy-";
/// The canonical name of a policy that lists versions and ciphers itself.
const CUSTOM: &str = "custom";

/// A policy of the load balancer: its name, and the predefined policy when it decides about TLS.
struct Policy {
    name: Option<Arc<str>>,
    /// `None`: it is about something else, cookies for instance.
    accepts: Option<Value>,
}

/// What a listener accepts, as far as one source says.
enum Found {
    Nothing,
    Accepts(Value),
    Open,
}

impl<'a> Fold<'a> {
    /// One entry per listener: `{protocol, port, ssl_policy}`. A listener without a policy has no `ssl_policy`.
    pub(super) fn classic_listeners(&self, parent: &Parent<'a>, spec: &AttributeSpec) -> Attribute {
        let (listeners, native_path) = match inline(parent, spec) {
            Inline::Nothing => return self.default(parent, spec, Around::default()),
            Inline::Unknown(unknown, path) => {
                let provenance = Provenance {
                    native_path: Some(path),
                    declared: true,
                    ..Provenance::default()
                };
                return Attribute {
                    cell: Cell::Unknown(unknown),
                    provenance,
                };
            }
            Inline::Rules(listeners) => {
                let path = listeners.first().map(|(_, path)| block_of(path));
                (listeners, path)
            }
        };
        let satellites = |native_type: &str| -> Vec<(&Value, bool)> {
            let certain = self.certain(parent, native_type).into_iter();
            certain
                .filter_map(|holder| {
                    Some((&self.native(holder)?.values, self.is_conditional(parent, holder)))
                })
                .collect()
        };
        let mut policies = own_policies(&parent.native.values);
        let declared = satellites(POLICY);
        policies.extend(declared.iter().map(|(values, _)| policy(values)));
        let attachments = satellites(ATTACHMENT);
        let negotiations = satellites(NEGOTIATION);
        let doubtful = !self.maybe(parent, spec).is_empty()
            || [&declared, &attachments, &negotiations]
                .iter()
                .any(|all| all.iter().any(|(_, conditional)| *conditional));
        let entry = |written: &Value| {
            let port = number(written, &["lb_port", "LoadBalancerPort"]);
            let mut found = vec![named(field(written, "PolicyNames"), &policies)];
            for (values, _) in &attachments {
                if let Some(same) = same_port(port.as_ref(), values, "load_balancer_port") {
                    found.push(match same {
                        true => named(field(values, "policy_names"), &policies),
                        false => Found::Open,
                    });
                }
            }
            for (values, _) in &negotiations {
                if let Some(same) = same_port(port.as_ref(), values, "lb_port") {
                    found.push(match same {
                        true => Found::Accepts(reference(field(values, "attribute"))),
                        false => Found::Open,
                    });
                }
            }
            listener(written, port, found, doubtful)
        };
        let entries: Vec<Value> = listeners.iter().map(|(written, _)| entry(written)).collect();
        Attribute {
            cell: Cell::Known(Value::List(entries)),
            provenance: Provenance {
                native_path,
                declared: true,
                elements: listeners
                    .iter()
                    .map(|(_, path)| (parent.native.id.clone(), path.clone()))
                    .collect(),
                ..Provenance::default()
            },
        }
    }
}

fn listener(written: &Value, port: Option<Value>, found: Vec<Found>, doubtful: bool) -> Value {
    if let Value::Unknown(unknown) = written.revealed() {
        return Value::Unknown(unknown.clone());
    }
    let mut entry = Map::new();
    let protocol = ["lb_protocol", "Protocol"]
        .iter()
        .find_map(|name| field(written, name));
    if let Some(protocol) = protocol {
        entry.insert(
            "protocol".into(),
            match protocol.as_str() {
                Some(text) => text.to_lowercase().into(),
                None => protocol,
            },
        );
    }
    if let Some(port) = port {
        entry.insert("port".into(), port);
    }
    let open = doubtful || found.iter().any(|found| matches!(found, Found::Open));
    let accepts = found.into_iter().find_map(|found| match found {
        Found::Accepts(value) => Some(value),
        Found::Nothing | Found::Open => None,
    });
    match accepts {
        _ if open => entry.insert("ssl_policy".into(), undecided()),
        Some(value) => entry.insert("ssl_policy".into(), value),
        None => None,
    };
    Value::Map(entry)
}

/// A member by its name in the API, in whatever case a source has it; the listener of an item of AWS Config is one deeper.
fn field(value: &Value, name: &str) -> Option<Value> {
    let map = value.revealed().as_map()?;
    let direct = member(map, name, Folding::Loose).map(|(_, value)| value);
    let nested = || {
        let (_, listener) = member(map, "listener", Folding::Loose)?;
        member(listener.revealed().as_map()?, name, Folding::Loose).map(|(_, value)| value)
    };
    let found = direct.or_else(nested)?.revealed();
    match found {
        Value::Null => None,
        Value::Unknown(unknown) if is_computed(unknown) => None,
        found => Some(found.clone()),
    }
}

fn number(value: &Value, names: &[&str]) -> Option<Value> {
    let found = names.iter().find_map(|name| field(value, name))?;
    Some(coerce(found, ValueType::Int))
}

/// Whether a satellite is about this port: `None` when it is not, false when nobody knows.
fn same_port(port: Option<&Value>, satellite: &Value, name: &str) -> Option<bool> {
    let other = number(satellite, &[name]);
    match (
        port.and_then(Value::as_integer),
        other.and_then(|other| other.as_integer()),
    ) {
        (Some(port), Some(other)) => (port == other).then_some(true),
        _ => Some(false),
    }
}

/// The policies that the load balancer lists itself, as CloudFormation writes them.
fn own_policies(values: &Value) -> Vec<Policy> {
    match field(values, "Policies") {
        Some(Value::List(items)) => items.iter().map(policy).collect(),
        Some(Value::Unknown(_)) => vec![Policy {
            name: None,
            accepts: None,
        }],
        _ => Vec::new(),
    }
}

fn policy(values: &Value) -> Policy {
    let text = |names: [&str; 2]| names.iter().find_map(|name| field(values, name));
    let name = text(["policy_name", "PolicyName"]).and_then(|name| name.as_str().map(Arc::from));
    let accepts = match text(["policy_type_name", "PolicyType"]) {
        Some(Value::String(kind)) if &*kind != TLS_POLICY => None,
        Some(Value::String(_)) => Some(reference(
            ["policy_attribute", "Attributes"]
                .iter()
                .find_map(|name| field(values, name)),
        )),
        // Of a type that nobody knows yet: it may be about TLS.
        _ => Some(undecided()),
    };
    Policy { name, accepts }
}

/// The predefined policy that the attributes of a policy refer to.
fn reference(attributes: Option<Value>) -> Value {
    let items = match attributes {
        None => return CUSTOM.into(),
        Some(Value::List(items)) => items,
        Some(Value::Map(map)) => vec![Value::Map(map)],
        Some(_) => return undecided(),
    };
    let mut open = false;
    for item in &items {
        match field(item, "name") {
            Some(Value::String(name)) if name.eq_ignore_ascii_case(REFERENCE) => {
                return field(item, "value").unwrap_or_else(undecided);
            }
            Some(Value::String(_)) => {}
            _ => open = true,
        }
    }
    if open { undecided() } else { CUSTOM.into() }
}

/// What a listener accepts that names these policies.
fn named(names: Option<Value>, policies: &[Policy]) -> Found {
    let names = match names {
        None => return Found::Nothing,
        Some(Value::List(names)) => names,
        Some(name @ Value::String(_)) => vec![name],
        Some(_) => return Found::Open,
    };
    let mut open = false;
    for name in &names {
        let Some(name) = name.as_str() else {
            open = true;
            continue;
        };
        match policies
            .iter()
            .find(|policy| policy.name.as_deref() == Some(name))
        {
            Some(Policy {
                accepts: Some(accepts),
                ..
            }) => return Found::Accepts(accepts.clone()),
            Some(_) => {}
            // Every load balancer has the predefined policies under their own names.
            None if name.starts_with(PREDEFINED) => return Found::Accepts(name.into()),
            None => open = true,
        }
    }
    if open { Found::Open } else { Found::Nothing }
}

fn undecided() -> Value {
    Value::from(Unknown::new(UnknownReason::Expression))
}
