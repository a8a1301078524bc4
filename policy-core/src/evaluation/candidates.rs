//! The values an unknown has to be tried with, given how a rule uses it.
//!
//! A rule that only tests whether a value is there, or compares it with constants, cannot tell values apart that answer
//! all of these tests alike. One representative of each group is as good as all values.

use std::cmp::Ordering;

use crate::rule::{Touch, Use};
use crate::value::{AttributePath, Domain, Number, Step, Unknown, UnknownReason, Value};

/// With more constants than this the value counts as not finitely many.
const MAX_CONSTANTS: usize = 32;
/// Subsets of so many constants are tried as the content of an unknown list.
const MAX_MEMBERS: usize = 4;
/// A domain may hold unknowns that have domains themselves.
const MAX_DOMAIN_DEPTH: usize = 4;

/// What takes the place of an unknown.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fill {
    /// This value, which may hold unknowns.
    Value(Value),
    /// Nothing: the member or element is not there.
    Remove,
}

/// Where an unknown stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position<'a> {
    pub(super) path: &'a AttributePath,
    /// An element of a list, rather than a member of a map.
    pub(super) in_list: bool,
}

/// True when the member or element may turn out not to be there.
pub(super) fn is_removable(unknown: &Unknown, in_list: bool) -> bool {
    let undecided = matches!(
        unknown.reason,
        UnknownReason::Condition | UnknownReason::MaybeSatellite
    );
    match &unknown.domain {
        Some(Domain::AnyOf(values)) if values.contains(&Value::Null) => true,
        // What is written as an element stays one, unless a condition takes it out; it may at most become null.
        _ if in_list => undecided && !unknown.non_null,
        _ => !unknown.non_null,
    }
}

/// The values to try, or `None` when they are not finitely many.
pub(super) fn candidates(
    position: Position<'_>,
    unknown: &Unknown,
    touch: &Touch,
    fresh: &str,
) -> Option<Vec<Fill>> {
    let mut fills = Vec::new();
    collect(position, unknown, touch, fresh, MAX_DOMAIN_DEPTH, &mut fills)?;
    Some(fills)
}

fn collect(
    position: Position<'_>,
    unknown: &Unknown,
    touch: &Touch,
    fresh: &str,
    depth: usize,
    fills: &mut Vec<Fill>,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    if is_removable(unknown, position.in_list) {
        push(fills, Fill::Remove);
    }
    if position.in_list && !unknown.non_null {
        push(fills, Fill::Value(Value::Null));
    }
    match &unknown.domain {
        Some(Domain::Bool) => {
            push(fills, Fill::Value(Value::Bool(true)));
            push(fills, Fill::Value(Value::Bool(false)));
        }
        Some(Domain::AnyOf(values)) => {
            for value in values {
                match value.revealed() {
                    Value::Null => push(fills, Fill::Remove),
                    Value::Unknown(inner) => collect(position, inner, touch, fresh, depth, fills)?,
                    _ => push(fills, Fill::Value(value.clone())),
                }
            }
        }
        None => {
            if touch.below || touch.within || touch.at.value || touch.at.shape {
                return None;
            }
            let mut used = touch.at.clone();
            used.equal.extend(touch.element.equal.iter().cloned());
            for value in representatives(&used, fresh)? {
                push(fills, Fill::Value(value));
            }
            if used.presence && may_be_false(position, unknown) {
                push(fills, Fill::Value(Value::Bool(false)));
            }
        }
    }
    Some(())
}

fn push(fills: &mut Vec<Fill>, fill: Fill) {
    if !fills.contains(&fill) {
        fills.push(fill);
    }
}

/// The subsets of `constants` that `slots` unknown elements of a list may add to it.
pub(super) fn subsets(constants: &[Value], slots: usize) -> Option<Vec<Vec<Value>>> {
    if constants.len() > MAX_MEMBERS {
        return None;
    }
    let mut subsets = vec![Vec::new()];
    for constant in constants {
        for position in 0..subsets.len() {
            let Some(subset) = subsets.get(position).filter(|subset| subset.len() < slots) else {
                continue;
            };
            let mut larger = subset.clone();
            larger.push(constant.clone());
            subsets.push(larger);
        }
    }
    Some(subsets)
}

/// One value for each group that the tests in `used` tell apart, absence and false aside.
fn representatives(used: &Use, fresh: &str) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    if !used.member.is_empty() {
        if used.is_compared() {
            return None;
        }
        values.extend(
            subsets(&used.member, used.member.len())?
                .into_iter()
                .map(Value::List),
        );
    }
    let mut constants: Vec<Value> = used.equal.iter().chain(&used.ordered).cloned().collect();
    constants.retain(|constant| *constant != Value::Null);
    if constants.len() > MAX_CONSTANTS {
        return None;
    }
    if used.ordered.is_empty() {
        values.extend(constants);
        values.push(fresh.into());
        return Some(values);
    }
    constants.sort_by(order);
    constants.dedup_by(|left, right| order(left, right) == Ordering::Equal);
    values.extend(constants.first().and_then(below));
    for (position, constant) in constants.iter().enumerate() {
        values.push(constant.clone());
        match constants.get(position + 1) {
            Some(next) => values.extend(between(constant, next)),
            None => values.push(above(constant)),
        }
    }
    Some(values)
}

/// False and absent are told apart by few rules, but they are. A canonical attribute that may be false has
/// [`Domain::Bool`]; elsewhere only values that are certainly ids or names cannot be false.
fn may_be_false(position: Position<'_>, unknown: &Unknown) -> bool {
    let is_name = matches!(
        unknown.reason,
        UnknownReason::Reference
            | UnknownReason::ComputedDefault
            | UnknownReason::DynamicReference
            | UnknownReason::Import
    );
    let canonical = match position.path.steps() {
        [_, Step::Key(_)] => true,
        [_, Step::Key(group), Step::Key(_)] => {
            matches!(&**group, "attributes" | "facets" | "declared" | "tags")
        }
        _ => false,
    };
    !(unknown.non_null && (is_name || canonical))
}

/// The order of values in Rego, for scalars.
fn order(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        _ => 3,
    };
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => order_numbers(*left, *right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn order_numbers(left: Number, right: Number) -> Ordering {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => left.cmp(&right),
        _ => float(left).total_cmp(&float(right)),
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "representatives need not be exact, only in order"
)]
fn float(number: Number) -> f64 {
    match number {
        Number::Integer(integer) => integer as f64,
        Number::Float(float) => float,
    }
}

/// A value below `first`, unless only null is.
fn below(first: &Value) -> Option<Value> {
    match first {
        Value::Bool(true) => Some(Value::Bool(false)),
        Value::Number(Number::Integer(number)) => {
            Some(Value::Number(Number::Integer(number.saturating_sub(1))))
        }
        Value::Number(Number::Float(number)) => Some(Value::Number(Number::Float(number - 1.0))),
        Value::String(_) => Some(Value::from(0)),
        _ => None,
    }
}

/// A value between two neighbours, when there is one.
fn between(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left, right) {
            (Number::Integer(left), Number::Integer(right)) if right - left > 1 => {
                Some(Value::Number(Number::Integer(left + 1)))
            }
            _ => Some(Value::Number(Number::Float(f64::midpoint(
                float(*left),
                float(*right),
            )))),
        },
        (Value::Bool(_), Value::Bool(_)) => None,
        (Value::Bool(_), Value::Number(_)) => below(right),
        (Value::Bool(_), _) => Some(Value::from(0)),
        (Value::Number(_), _) => Some(above(left)),
        (Value::String(text), _) => {
            let next = format!("{text}\0");
            (right.as_str() != Some(next.as_str())).then(|| next.into())
        }
        _ => None,
    }
}

/// A value above `last`.
fn above(last: &Value) -> Value {
    match last {
        Value::Number(Number::Integer(number)) => Value::Number(Number::Integer(number.saturating_add(1))),
        Value::Number(Number::Float(number)) => Value::Number(Number::Float(number + 1.0)),
        Value::String(text) => format!("{text}\u{10ffff}").into(),
        _ => Value::from(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(used: Use) -> Vec<Value> {
        representatives(&used, "fresh").unwrap()
    }

    #[test]
    fn an_ordered_constant_gives_both_sides_and_itself() {
        let used = Use {
            ordered: vec![7.into()],
            ..Use::default()
        };
        assert_eq!(values(used), [Value::from(6), Value::from(7), Value::from(8)]);
    }

    #[test]
    fn neighbouring_integers_have_a_fraction_between_them() {
        let used = Use {
            ordered: vec![2.into(), 1.into()],
            ..Use::default()
        };
        let found = values(used);
        assert_eq!(found.len(), 5);
        assert_eq!(found[2], Value::Number(Number::Float(1.5)));
    }

    #[test]
    fn equal_constants_give_themselves_and_something_else() {
        let used = Use {
            equal: vec!["a".into(), "b".into()],
            ..Use::default()
        };
        assert_eq!(
            values(used),
            [Value::from("a"), Value::from("b"), Value::from("fresh")]
        );
    }

    #[test]
    fn mixed_types_keep_the_order_of_rego() {
        let used = Use {
            ordered: vec!["m".into(), 3.into(), true.into()],
            equal: vec!["x".into()],
            ..Use::default()
        };
        let found = values(used);
        assert!(
            found.is_sorted_by(|left, right| order(left, right) == Ordering::Less),
            "{found:?}"
        );
        for constant in [Value::from(true), 3.into(), "m".into(), "x".into()] {
            assert!(found.contains(&constant));
        }
    }

    #[test]
    fn subsets_are_bounded_by_the_free_elements() {
        let constants = [Value::from("a"), Value::from("b")];
        assert_eq!(subsets(&constants, 1).unwrap().len(), 3);
        assert_eq!(subsets(&constants, 2).unwrap().len(), 4);
        assert_eq!(
            subsets(&[1.into(), 2.into(), 3.into(), 4.into(), 5.into()], 9),
            None
        );
    }
}
