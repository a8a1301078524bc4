//! The resource before and after a change.

use std::sync::Arc;

use super::HIDDEN;
use crate::document::{Node, NodeKind, json};
use crate::input::cloudformation::text::literal;
use crate::source::{Source, Span};
use crate::value::{Map, Unknown, UnknownReason, Value};

/// What CloudFormation writes for a value, or a part of one, that it will know later.
const KNOWN_LATER: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// One side of a change.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) values: Value,
    pub(super) span: Span,
}

/// Reads `BeforeContext` or `AfterContext`; `None` when the change set does not have it.
///
/// # Errors
/// What is wrong with it, to be said after its name.
pub(super) fn side(change: &Node, name: &str) -> Result<Option<Side>, String> {
    let Some(node) = change.get(name).filter(|node| node.kind != NodeKind::Null) else {
        return Ok(None);
    };
    let parsed;
    let context = match node.as_str() {
        Some(text) => {
            parsed = json::parse(&Source::new(name, text)).map_err(|_| "is not valid JSON".to_owned())?;
            &parsed
        }
        // Some tools open the text.
        None => node,
    };
    if !matches!(context.kind, NodeKind::Mapping(_)) {
        return Err(format!("is {}, not an object", context.describe()));
    }
    let values = match context.get("Properties") {
        None => Value::Map(Map::new()),
        Some(properties) => match &properties.kind {
            NodeKind::Mapping(_) => value(properties),
            NodeKind::Null => Value::Map(Map::new()),
            _ => {
                return Err(format!(
                    "has properties that are {}, not an object",
                    properties.describe()
                ));
            }
        },
    };
    let span = node.span.clone();
    Ok(Some(Side { values, span }))
}

/// The depth is that of the document.
fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(value) => Value::Bool(*value),
        NodeKind::Number(number) => Value::Number(*number),
        NodeKind::String(text) => scalar(text),
        NodeKind::Sequence(items) => Value::List(items.iter().map(value).collect()),
        NodeKind::Mapping(entries) => Value::Map(
            entries
                .iter()
                .map(|entry| (entry.key.clone(), value(&entry.value)))
                .collect(),
        ),
    }
}

fn scalar(text: &Arc<str>) -> Value {
    if text.contains(KNOWN_LATER) {
        // `Ref`, `Fn::GetAtt` or `Fn::ImportValue` of something that is not there yet.
        return Unknown::new(UnknownReason::Reference).non_null().into();
    }
    if text.contains(HIDDEN) {
        return Unknown::new(UnknownReason::NotRecorded).non_null().into();
    }
    literal(text)
}

/// The values of the change set, with the reasons that the template has for what is not known and its marks for what must
/// not be shown. Recursion is as deep as the values.
pub(super) fn joined(after: Value, template: &Value) -> Value {
    match (after, template) {
        (Value::Unknown(own), template) => match template.as_unknown() {
            Some(written) => Value::Unknown(written.clone()),
            None => Value::Unknown(own),
        },
        (after @ Value::Null, _) => after,
        (after, Value::Sensitive(_)) => after.into_sensitive(),
        (Value::Map(members), Value::Map(written)) => {
            let join = |(key, member): (Arc<str>, Value)| match written.get(&key) {
                Some(template) => (key, joined(member, template)),
                None => (key, member),
            };
            Value::Map(members.into_iter().map(join).collect())
        }
        (Value::List(items), Value::List(written)) if items.len() == written.len() => Value::List(
            items
                .into_iter()
                .zip(written)
                .map(|(item, template)| joined(item, template))
                .collect(),
        ),
        (after, _) => after,
    }
}
