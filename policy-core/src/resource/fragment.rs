//! Satellites whose parent the input does not show: a rule for a security group of another stack, a policy for a role
//! that is named by its name.
//!
//! What such a satellite writes holds for its parent, wherever that is, so it can break a control by itself. It stands in
//! the inventory as a fragment of its parent: of the parent's kind, with the attributes it writes. Of the others nothing
//! is known, which is no reason to ask about them here.

use std::sync::Arc;

use super::classify::Class;
use super::extract::Parent;
use super::inventory::{Draft, is_managed};
use super::kind::{AttributeSpec, Join, SatelliteSpec, TypeMap, ValueType};
use super::model::{Attribute, Cell, NativeResource, Provenance};
use super::path::is_computed;
use super::reference::native_value;
use super::rules::applies;
use super::satellite::Attached;
use super::security_group::Direction;
use super::transform::Transform;
use crate::value::{Unknown, UnknownReason, Value};

/// The kind of which an unattached satellite is a fragment, and itself as the only satellite of that parent.
///
/// A type that can belong to several kinds is a fragment of the one it names. What a parent names
/// (a parameter group) does nothing until one does.
pub(super) fn kind_of(
    index: usize,
    native: &NativeResource,
    class: &Class,
    typemap: &TypeMap,
) -> Option<(usize, Attached)> {
    if class.kind.is_some() || !is_managed(native) {
        return None;
    }
    let mut first = None;
    for &(kind, position) in &class.satellite_of {
        let Some(spec) = typemap
            .kinds
            .get(kind)
            .and_then(|kind| kind.satellites.get(position))
        else {
            continue;
        };
        if spec.provides.is_empty() {
            continue;
        }
        match &spec.join {
            Join::Attribute(name) if native_value(native, name).is_some_and(is_written) => {
                first = Some((kind, position));
                break;
            }
            // A policy or a rule that names nobody yet says what it says.
            Join::Attribute(_) if speaks_for_itself(typemap, kind, spec) => {
                first = first.or(Some((kind, position)));
            }
            // What names no parent is part of nothing: an Elastic IP address can stand by itself.
            Join::Attribute(_) | Join::Parent { .. } | Join::Account => {}
            Join::Composite(_) | Join::Singleton => first = first.or(Some((kind, position))),
        }
    }
    let (kind, position) = first?;
    let attached = Attached {
        certain: vec![(position, index)],
        ..Attached::default()
    };
    Some((kind, attached))
}

/// It provides statements or rules of its parent.
fn speaks_for_itself(typemap: &TypeMap, kind: usize, satellite: &SatelliteSpec) -> bool {
    typemap.kinds.get(kind).is_some_and(|kind| {
        let mut provided = kind
            .attributes
            .iter()
            .filter(|attribute| satellite.provides.contains(&attribute.name));
        provided.any(|attribute| {
            attribute.value_type == ValueType::Policies
                || matches!(
                    attribute.transform,
                    Transform::SecurityGroupRules | Transform::NetworkAclRules
                )
        })
    })
}

/// Somebody wrote it: it is there, and not because the provider will fill it in.
fn is_written(value: &Value) -> bool {
    *value != Value::Null && !value.as_unknown().is_some_and(|unknown| is_computed(unknown))
}

/// True for an attribute that this fragment writes.
pub(super) fn writes(parent: &Parent<'_>, spec: &AttributeSpec) -> bool {
    let provides = parent.attached.certain.iter().any(|(position, _)| {
        let satellite = parent.kind.satellites.get(*position);
        satellite.is_some_and(|satellite| satellite.provides.contains(&spec.name))
    });
    provides
        && match (&spec.transform, &*spec.name) {
            (Transform::SecurityGroupRules, "egress") => applies(parent.native, Direction::Egress),
            (Transform::SecurityGroupRules, _) => applies(parent.native, Direction::Ingress),
            _ => true,
        }
}

/// Closes a fragment once relations are known: what it does not write is outside of the input, whatever was derived.
pub(super) fn close(draft: &mut Draft, written: &[Arc<str>], typemap: &TypeMap) {
    let Some(kind) = draft.kind.and_then(|kind| typemap.kinds.get(kind)) else {
        return;
    };
    let outside = Arc::new(Unknown::new(UnknownReason::PartialInput));
    for spec in &kind.attributes {
        let known = written
            .contains(&spec.name)
            .then(|| draft.attributes.remove(&spec.name))
            .flatten();
        let attribute = known.unwrap_or_else(|| Attribute {
            cell: Cell::Unknown(outside.clone()),
            provenance: Provenance {
                maybe_declared: true,
                ..Provenance::default()
            },
        });
        draft.attributes.insert(spec.name.clone(), attribute);
    }
    for relation in draft.related.values_mut() {
        if relation.edges.is_empty() {
            relation.open = Some(outside.clone());
        }
    }
}

/// The tags of the parent.
pub(super) fn tags() -> Attribute {
    Attribute {
        cell: Cell::unknown(UnknownReason::PartialInput),
        provenance: Provenance::default(),
    }
}
