//! The rules of a security group that may be open to the world, apart from those that certainly are not.
//!
//! A control about public ports asks nothing of a rule for private addresses. Where its ports are not known (a variable
//! without a value), asking all the same would leave the control undecided. And all rules of both directions in one list:
//! a rule of its own has one direction, and that nothing is known of the other must not hide it.

use std::sync::Arc;

use super::coerce::map_domain;
use super::inventory::Draft;
use super::kind::TypeMap;
use super::model::{Attribute, Cell};
use crate::value::Value;

/// The fact: the entries of `ingress` that may be open to the world, each with its position there.
const WORLD: &str = "world_ingress";
/// The fact: the entries of `ingress` and `egress`, each with its position there; of a fragment, those it writes.
const RULES: &str = "rules";
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
        if let Some(fact) = both(draft) {
            draft.facets.insert(RULES.into(), fact);
        }
    }
}

fn both(draft: &Draft) -> Option<Attribute> {
    let written = |name: &str| {
        let attribute = draft.attributes.get(name)?;
        let outside = draft
            .fragment
            .as_ref()
            .is_some_and(|written| !written.iter().any(|known| &**known == name));
        (!outside).then_some(attribute)
    };
    let (ingress, egress) = match (written("ingress"), written("egress")) {
        (Some(ingress), Some(egress)) => (ingress, egress),
        (Some(one), None) | (None, Some(one)) => {
            let mut fact = one.clone();
            fact.cell = positioned(&one.cell);
            return Some(fact);
        }
        (None, None) => return None,
    };
    let mut fact = ingress.clone();
    fact.provenance
        .elements
        .extend(egress.provenance.elements.iter().cloned());
    fact.cell = match (positioned(&ingress.cell), positioned(&egress.cell)) {
        (Cell::Absent, one) | (one, Cell::Absent) => one,
        (Cell::Known(first), Cell::Known(second)) => Cell::Known(joined(&first, &second)),
        (Cell::Known(first), Cell::Unknown(second)) => {
            Cell::Unknown(map_domain(&second, |second| Some(joined(&first, &second))))
        }
        (Cell::Unknown(first), Cell::Known(second)) => {
            Cell::Unknown(map_domain(&first, |first| Some(joined(&first, &second))))
        }
        (Cell::Unknown(first), Cell::Unknown(_)) => Cell::Unknown(map_domain(&first, |_| None)),
    };
    Some(fact)
}

fn positioned(cell: &Cell) -> Cell {
    let all = |value: &Value| {
        let every: Vec<usize> = (0..value.as_list().map_or(0, <[Value]>::len)).collect();
        chosen(value, &every)
    };
    match cell {
        Cell::Known(value) => Cell::Known(all(value)),
        Cell::Unknown(unknown) => Cell::Unknown(map_domain(unknown, |value| Some(all(&value)))),
        Cell::Absent => Cell::Absent,
    }
}

fn joined(first: &Value, second: &Value) -> Value {
    let entries = |value: &Value| value.as_list().unwrap_or_default().to_vec();
    let mut all = entries(first);
    all.extend(entries(second));
    Value::List(all)
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
