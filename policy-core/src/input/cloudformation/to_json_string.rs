//! `Fn::ToJsonString`: a block of the template as a text of JSON.

use serde_json::Value as Json;

use super::codes;
use super::evaluate::Evaluator;
use super::expression::{Expression, Form};
use super::text::same_reason;
use crate::document::NodeKind;
use crate::value::{AttributePath, Number, Unknown, UnknownReason, Value};

/// The text of a list or mapping, members in the order written and without blanks, as the documentation of
/// `Fn::ToJsonString` shows it. The text is not known when something in it is not, or when CloudFormation's spelling
/// of it cannot be told from here: fractions, numbers that come out of functions, and mappings that come out of them.
pub(super) fn to_json_string(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    // Evaluated as a whole first, for everything that is wrong in it and every reference, each once.
    let value = match evaluator.argument(argument) {
        Some(value @ (Value::List(_) | Value::Map(_))) => value,
        Some(Value::Unknown(unknown)) => return same_reason([&*unknown]).into(),
        _ => {
            return evaluator.wrong(
                &codes::CFN005,
                argument,
                "`Fn::ToJsonString` takes a list or mapping",
            );
        }
    };
    let mut unknowns = Vec::new();
    value.for_each_unknown(&AttributePath::root(), &mut |_, unknown| {
        unknowns.push(unknown.clone())
    });
    if !unknowns.is_empty() {
        return same_reason(unknowns.iter().map(|unknown| &**unknown)).into();
    }
    match json(argument, &value) {
        Some(json) => {
            let text = Value::from(json);
            if value.has_sensitive() {
                text.into_sensitive()
            } else {
                text
            }
        }
        None => Unknown::new(UnknownReason::Expression).non_null().into(),
    }
}

/// The JSON of an expression with its value, which holds no unknown. Recursion is as deep as the template.
fn json(expression: Expression<'_>, value: &Value) -> Option<String> {
    let written = matches!(expression.form(), Form::Data);
    match (expression.kind(), value.revealed()) {
        (NodeKind::Mapping(entries), Value::Map(map)) if written => {
            let members: Option<Vec<String>> = entries
                .iter()
                // What became `AWS::NoValue` is not there.
                .filter_map(|entry| map.get(&entry.key).map(|value| (entry, value)))
                .map(|(entry, value)| {
                    let member = json(Expression::new(&entry.value), value)?;
                    Some(format!("{}:{member}", Json::from(&*entry.key)))
                })
                .collect();
            Some(format!("{{{}}}", members?.join(",")))
        }
        (NodeKind::Sequence(items), Value::List(values)) if written && items.len() == values.len() => {
            let elements: Option<Vec<String>> = items
                .iter()
                .zip(values)
                .map(|(item, value)| json(Expression::new(item), value))
                .collect();
            Some(format!("[{}]", elements?.join(",")))
        }
        (_, Value::Number(number)) if written => number.as_integer().and_then(|integer| match number {
            Number::Integer(_) => Some(integer.to_string()),
            Number::Float(_) => None,
        }),
        (_, other) => scalars(other),
    }
}

/// Texts and booleans, and lists of texts: what a function gives reads the same in every order.
fn scalars(value: &Value) -> Option<String> {
    match value.revealed() {
        Value::Bool(value) => Some(value.to_string()),
        Value::String(text) => Some(Json::from(&**text).to_string()),
        Value::List(items) => {
            let elements: Option<Vec<String>> = items.iter().map(scalars).collect();
            Some(format!("[{}]", elements?.join(",")))
        }
        _ => None,
    }
}
