//! The rules of a security group that may be open to the world, apart from those that certainly are not.
//!
//! A control about public ports asks nothing of a rule for private addresses. Where its ports are not known (a variable
//! without a value), asking all the same would leave the control undecided.

use std::sync::Arc;

use super::coerce::map_domain;
use super::inventory::Draft;
use super::kind::TypeMap;
use super::model::{Attribute, Cell};
use crate::value::Value;

/// The fact: the entries of `ingress` that may be open to the world, each with its position there.
const WORLD: &str = "world_ingress";
const KIND: &str = "security_group";

/// Adds the fact to every security group, once prefix lists have been looked into.
pub(super) fn tell(typemap: &TypeMap, drafts: &mut [Option<Draft>]) {
    let Some(&kind) = typemap.by_name.get(KIND) else {
        return;
    };
    let groups = drafts
        .iter_mut()
        .flatten()
        .filter(|draft| draft.kind == Some(kind));
    for draft in groups {
        if let Some(ingress) = draft.attributes.get("ingress") {
            let fact = open_only(ingress);
            draft.facets.insert(WORLD.into(), fact);
        }
    }
}

fn open_only(ingress: &Attribute) -> Attribute {
    let mut fact = ingress.clone();
    match &ingress.cell {
        Cell::Known(value) => {
            let kept = positions(value);
            let elements = &ingress.provenance.elements;
            fact.provenance.elements = kept.iter().filter_map(|at| elements.get(*at).cloned()).collect();
            fact.cell = Cell::Known(chosen(value, &kept));
        }
        Cell::Unknown(unknown) => {
            let unknown = map_domain(unknown, |value| {
                let kept = positions(&value);
                Some(chosen(&value, &kept))
            });
            fact.cell = Cell::Unknown(unknown);
        }
        Cell::Absent => {}
    }
    fact
}

fn positions(value: &Value) -> Vec<usize> {
    let closed = |entry: &Value| entry.get("open_to_world").and_then(Value::as_bool) == Some(false);
    let entries = value.as_list().unwrap_or_default().iter().enumerate();
    entries
        .filter(|(_, entry)| !closed(entry))
        .map(|(position, _)| position)
        .collect()
}

fn chosen(value: &Value, kept: &[usize]) -> Value {
    let Value::List(entries) = value.revealed() else {
        return value.clone();
    };
    let entry = |position: &usize| {
        let mut entry = entries.get(*position)?.clone();
        if let (Value::Map(members), Ok(position)) = (&mut entry, i128::try_from(*position)) {
            members.insert(
                Arc::from("position"),
                Value::Number(crate::value::Number::Integer(position)),
            );
        }
        Some(entry)
    };
    let list = Value::List(kept.iter().filter_map(entry).collect());
    match value {
        Value::Sensitive(_) => list.into_sensitive(),
        _ => list,
    }
}
