//! Conditions on tags.

use std::sync::Arc;

use super::{Truth, field};
use crate::resource::arn_pattern::{Part, matches};
use crate::resource::model::{Attribute, Cell};
use crate::value::{Unknown, UnknownReason, Value};

/// Tags are named with this prefix in conditions.
const PREFIX: &str = "aws:ResourceTag/";

/// How a tag is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    NotEquals,
    Like,
    NotLike,
    /// One that the documentation does not have.
    Other,
}

impl Operator {
    /// Every operator by its name without case and separators.
    pub(super) const ALL: [(&'static str, Self); 4] = [
        ("stringequals", Self::Equals),
        ("stringnotequals", Self::NotEquals),
        ("stringlike", Self::Like),
        ("stringnotlike", Self::NotLike),
    ];

    pub(super) fn parse(text: &str) -> Self {
        let folded = crate::resource::path::fold(text);
        let found = Self::ALL.iter().find(|(name, _)| **name == *folded);
        found.map_or(Self::Other, |(_, operator)| *operator)
    }
}

/// A condition as it is written: `{key, value}` or `{ConditionKey, ConditionValue}`.
pub(super) fn holds(operator: Operator, condition: &Value, tags: &Attribute) -> Truth {
    if let Some(unknown) = condition.as_unknown() {
        return Truth::Maybe(unknown.clone());
    }
    let key = field(condition, &["key", "conditionkey"]);
    let wanted = field(condition, &["value", "conditionvalue"]);
    let (Some(key), Some(wanted)) = (key, wanted) else {
        return undecided();
    };
    let key = match text(key) {
        Ok(key) => key,
        Err(unknown) => return Truth::Maybe(unknown),
    };
    let name = key.strip_prefix(PREFIX).unwrap_or(&key);
    let negated = matches!(operator, Operator::NotEquals | Operator::NotLike);
    let positive = match tag(tags, name) {
        // What a negated condition says of a resource without the tag is not documented.
        Tag::Absent if negated || operator == Operator::Other => return undecided(),
        Tag::Absent => Truth::No,
        Tag::Open(unknown) => Truth::Maybe(unknown),
        Tag::Is(value) => match (operator, text(wanted)) {
            (Operator::Other, _) => return undecided(),
            (_, Err(unknown)) => return Truth::Maybe(unknown),
            (Operator::Equals | Operator::NotEquals, Ok(wanted)) => {
                Truth::of(Some(*value == *wanted), undecided_unknown)
            }
            (Operator::Like | Operator::NotLike, Ok(wanted)) => {
                Truth::of(matches(&wanted, &[Part::Text(value)]), undecided_unknown)
            }
        },
    };
    if negated { positive.not() } else { positive }
}

enum Tag {
    Is(Arc<str>),
    Absent,
    Open(Arc<Unknown>),
}

fn tag(tags: &Attribute, name: &str) -> Tag {
    let map = match &tags.cell {
        Cell::Unknown(unknown) => return Tag::Open(unknown.clone()),
        Cell::Absent => None,
        Cell::Known(value) => value.as_map(),
    };
    match map.and_then(|map| map.get(name)) {
        Some(value) => match text(value) {
            Ok(value) => Tag::Is(value),
            Err(unknown) => Tag::Open(unknown),
        },
        None => match &tags.provenance.open {
            Some(unknown) => Tag::Open(unknown.clone()),
            None => Tag::Absent,
        },
    }
}

fn text(value: &Value) -> Result<Arc<str>, Arc<Unknown>> {
    match value.revealed() {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(if *value { "true".into() } else { "false".into() }),
        Value::Number(number) => Ok(number.to_string().into()),
        Value::Unknown(unknown) => Err(unknown.clone()),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Sensitive(_) => Err(undecided_unknown()),
    }
}

pub(super) fn undecided() -> Truth {
    Truth::Maybe(undecided_unknown())
}

fn undecided_unknown() -> Arc<Unknown> {
    Arc::new(Unknown::new(UnknownReason::Expression))
}
