//! Operators. Unknown operands make unknown results, unless the other operand decides alone.

use std::cmp::Ordering;

use super::codes;
use super::cty::{Data, Num, Type, Val, agreed, convert, equals};
use super::evaluation::{Fault, fault};
use super::expression::unknown_of;
use crate::document::hcl::{BinaryOperator, UnaryOperator};
use crate::source::Span;

pub(super) fn unary(operator: UnaryOperator, value: Val, at: &Span) -> Result<Val, Fault> {
    let ty = match operator {
        UnaryOperator::Not => Type::Bool,
        UnaryOperator::Negate => Type::Number,
    };
    let value = operand(value, &ty, at)?;
    let sensitive = value.sensitive;
    Ok(match (operator, &value.data) {
        (UnaryOperator::Not, Data::Bool(value)) => Val::bool(!value),
        (UnaryOperator::Negate, Data::Number(number)) => Val::number(number.negated()),
        _ => unknown_of(ty, [&value]),
    }
    .marked(sensitive))
}

pub(super) fn binary(
    operator: BinaryOperator,
    left: Val,
    right: Val,
    at: (&Span, &Span),
) -> Result<Val, Fault> {
    match operator {
        BinaryOperator::Equal => Ok(equals(&left, &right)),
        BinaryOperator::NotEqual => {
            let equal = equals(&left, &right);
            let sensitive = equal.sensitive;
            Ok(match equal.as_bool() {
                Some(equal) => Val::bool(!equal).marked(sensitive),
                None => equal,
            })
        }
        BinaryOperator::And | BinaryOperator::Or => {
            let left = operand(left, &Type::Bool, at.0)?;
            let right = operand(right, &Type::Bool, at.1)?;
            Ok(logical(operator, &left, &right))
        }
        _ => {
            let left = operand(left, &Type::Number, at.0)?;
            let right = operand(right, &Type::Number, at.1)?;
            arithmetic(operator, &left, &right, at)
        }
    }
}

fn operand(value: Val, ty: &Type, at: &Span) -> Result<Val, Fault> {
    if value.is_null() {
        return Err(fault(&codes::TFS006, "an operand is null", at));
    }
    convert(value, ty).map_err(|error| fault(&codes::TFS006, format!("an operand does not fit: {error}"), at))
}

/// `false && x` is false and `true || x` is true, whatever `x` turns out to be.
fn logical(operator: BinaryOperator, left: &Val, right: &Val) -> Val {
    let decisive = operator == BinaryOperator::Or;
    let sensitive = left.sensitive || right.sensitive;
    let known = match (left.as_bool(), right.as_bool()) {
        (Some(value), _) | (_, Some(value)) if value == decisive => Some(decisive),
        (Some(_), Some(_)) => Some(!decisive),
        _ => None,
    };
    match known {
        Some(value) => Val::bool(value).marked(sensitive),
        None => unknown_of(Type::Bool, [left, right]),
    }
}

fn arithmetic(operator: BinaryOperator, left: &Val, right: &Val, at: (&Span, &Span)) -> Result<Val, Fault> {
    let sensitive = left.sensitive || right.sensitive;
    let compares = matches!(
        operator,
        BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
    );
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
        let compared =
            |left: &Val, right: &Val| Some(holds(operator, left.as_number()?.cmp(right.as_number()?)));
        return Ok(match compares.then(|| agreed(left, right, compared)).flatten() {
            Some(always) => Val::bool(always).marked(sensitive),
            None if compares => unknown_of(Type::Bool, [left, right]),
            None => unknown_of(Type::Number, [left, right]),
        });
    };
    if compares {
        return Ok(Val::bool(holds(operator, a.cmp(b))).marked(sensitive));
    }
    let computed = match operator {
        BinaryOperator::Add => Num::add(a, b),
        BinaryOperator::Subtract => Num::subtract(a, b),
        BinaryOperator::Multiply => Num::multiply(a, b),
        BinaryOperator::Divide => Num::divide(a, b),
        _ => Num::remainder(a, b),
    };
    computed
        .map(|number| Val::number(number).marked(sensitive))
        .map_err(|error| fault(&codes::TFS006, error.to_string(), at.1))
}

fn holds(comparison: BinaryOperator, ordering: Ordering) -> bool {
    match comparison {
        BinaryOperator::Less => ordering == Ordering::Less,
        BinaryOperator::LessOrEqual => ordering != Ordering::Greater,
        BinaryOperator::Greater => ordering == Ordering::Greater,
        _ => ordering != Ordering::Less,
    }
}
