//! What an `Fn::If` gives when its condition cannot be decided.

use std::sync::Arc;

use super::text::{MAX_DOMAIN, union_of_refs};
use crate::value::{Domain, Map, Unknown, UnknownReason, Value};

/// One of two values, `None` being "the property is left out".
///
/// Mappings, and lists of the same length, are combined member by member, so that what both branches agree on stays
/// known. The combination can be more than either branch, never less, so nothing is decided that is not so.
/// Recursion is as deep as the template, which is bounded.
pub(super) fn either(condition: &Arc<str>, left: Option<Value>, right: Option<Value>) -> Option<Value> {
    match (left, right) {
        (None, None) => None,
        (Some(left), Some(right)) if left == right => Some(left),
        (Some(Value::Map(left)), Some(Value::Map(right))) => {
            Some(Value::Map(members(condition, left, right)))
        }
        (Some(Value::List(left)), Some(Value::List(right))) if left.len() == right.len() => {
            Some(Value::List(
                left.into_iter()
                    .zip(right)
                    .filter_map(|(left, right)| either(condition, Some(left), Some(right)))
                    .collect(),
            ))
        }
        (left, right) => Some(undecided(condition, &left, &right).into()),
    }
}

fn members(condition: &Arc<str>, mut left: Map, right: Map) -> Map {
    let mut merged = Map::new();
    for (key, right) in right {
        let value = either(condition, left.remove(&key), Some(right));
        merged.extend(value.map(|value| (key, value)));
    }
    for (key, left) in left {
        let value = either(condition, Some(left), None);
        merged.extend(value.map(|value| (key, value)));
    }
    merged
}

fn undecided(condition: &Arc<str>, left: &Option<Value>, right: &Option<Value>) -> Unknown {
    let mut unknown = Unknown::new(UnknownReason::Condition);
    let inner = [left, right]
        .into_iter()
        .flatten()
        .filter_map(|value| value.as_unknown().map(|unknown| &**unknown));
    let mut refs = vec![condition.clone()];
    refs.extend(union_of_refs(inner).into_iter().filter(|name| name != condition));
    unknown.refs = refs;
    unknown.non_null = [left, right].into_iter().all(|value| match value {
        None | Some(Value::Null) => false,
        Some(value) => value.as_unknown().is_none_or(|unknown| unknown.non_null),
    });
    if let (Some(mut values), Some(more)) = (alternatives(left), alternatives(right)) {
        for value in more {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.len() <= MAX_DOMAIN {
            unknown.domain = Some(Domain::AnyOf(values));
        }
    }
    unknown
}

/// The scalars a branch can be, when they are finitely many; null stands for absent.
fn alternatives(value: &Option<Value>) -> Option<Vec<Value>> {
    let Some(value) = value else {
        return Some(vec![Value::Null]);
    };
    match value.revealed() {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(vec![value.clone()]),
        Value::List(_) | Value::Map(_) | Value::Sensitive(_) => None,
        Value::Unknown(unknown) => {
            let mut values = match unknown.domain.as_ref()? {
                Domain::Bool => vec![Value::Bool(true), Value::Bool(false)],
                Domain::AnyOf(values) => values.clone(),
            };
            if !unknown.non_null && !values.contains(&Value::Null) {
                values.push(Value::Null);
            }
            Some(values)
        }
    }
}
