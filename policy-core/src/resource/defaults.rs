//! What holds when nobody wrote an attribute.

use std::sync::Arc;

use super::coerce::typed_unknown;
use super::identity::name_identities;
use super::kind::{AttributeSpec, DefaultValue, Kind, ValueType};
use super::model::{Attribute, Cell, Evidence, NativeResource, Provenance, SourceKind};
use super::path::{Folding, is_present};
use crate::value::{TextPart, Unknown, UnknownReason, Value};

/// The effective value of an attribute that the author left out. `container`: the block around it was written.
pub(super) fn default_attribute(
    spec: &AttributeSpec,
    kind: &Kind,
    native: &NativeResource,
    container: bool,
    account: Option<&str>,
) -> Attribute {
    let provenance = |evidence| Provenance {
        evidence,
        ..Provenance::default()
    };
    let unknown = |reason| {
        Cell::Unknown(typed_unknown(
            &Arc::new(Unknown::new(reason)),
            spec.result_type(),
            &spec.values,
        ))
    };
    let Some(rule) = spec.default(native.source) else {
        // AWS Config does not record it at all, which says nothing about it.
        let unrecorded = native.source == SourceKind::AwsConfig && spec.config.is_empty();
        let cell = if unrecorded {
            unknown(UnknownReason::NotRecorded)
        } else {
            Cell::Absent
        };
        return Attribute {
            cell,
            provenance: provenance(None),
        };
    };
    if is_left_to_service(spec, kind, native) {
        return Attribute {
            cell: unknown(UnknownReason::ComputedDefault),
            provenance: provenance(None),
        };
    }
    let value = match &rule.without_block {
        Some(value) if !container => value,
        _ => &rule.value,
    };
    match value {
        DefaultValue::Value(value, evidence) => {
            let mut value = fill_in(value, account);
            if spec.value_type == ValueType::Policy {
                name_identities(&mut value, None);
            }
            let value = match value {
                // The default of every element, and there is one that nobody wrote.
                value
                    if spec.result_type() != spec.value_type
                        && !matches!(value, Value::Null | Value::List(_)) =>
                {
                    Value::List(vec![value])
                }
                value => value,
            };
            let cell = Cell::from_value(value);
            Attribute {
                cell,
                provenance: provenance(Some(*evidence)),
            }
        }
        DefaultValue::Computed => Attribute {
            cell: unknown(UnknownReason::ComputedDefault),
            provenance: provenance(None),
        },
        // Its absence is an error that the provider reports; for us it is simply not there.
        DefaultValue::Required => Attribute {
            cell: Cell::Absent,
            provenance: provenance(None),
        },
    }
}

/// True when something is written whose presence leaves the decision to the service.
pub(super) fn is_left_to_service(spec: &AttributeSpec, kind: &Kind, native: &NativeResource) -> bool {
    let folding = super::classify::folding(native.source, kind);
    let unless = spec
        .default(native.source)
        .map_or(&[][..], |rule| rule.unless.as_slice());
    unless
        .iter()
        .any(|path| is_present(&native.values, path, folding))
}

/// The default of single list elements and how far it can be trusted.
pub(super) fn element_default(spec: &AttributeSpec, source: SourceKind) -> Option<(&Value, Evidence)> {
    match spec.default(source).map(|rule| &rule.value) {
        Some(DefaultValue::Value(value, evidence)) if *value != Value::Null => Some((value, *evidence)),
        _ => None,
    }
}

/// Puts the account id into the default. Where nobody knows it, the text around it is unknown.
fn fill_in(value: &Value, account: Option<&str>) -> Value {
    match value {
        Value::String(text) if text.contains("{account}") => match account {
            Some(account) => Value::from(text.replace("{account}", account)),
            None => Value::from(
                Unknown::new(UnknownReason::PartialInput)
                    .with_refs(["account".into()])
                    .with_text(around_account(text))
                    .non_null(),
            ),
        },
        Value::List(items) => Value::List(items.iter().map(|item| fill_in(item, account)).collect()),
        Value::Map(map) => Value::Map(
            map.iter()
                .map(|(key, value)| (key.clone(), fill_in(value, account)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The text with the account left open.
fn around_account(text: &str) -> Vec<TextPart> {
    let mut parts = Vec::new();
    for (position, known) in text.split("{account}").enumerate() {
        if position > 0 {
            parts.push(TextPart::Identity);
        }
        if !known.is_empty() {
            parts.push(TextPart::Known(known.into()));
        }
    }
    parts
}

/// The way native keys of satellites are compared: they exist in Terraform and CloudFormation only.
pub(super) const SATELLITE_FOLDING: Folding = Folding::Exact;
