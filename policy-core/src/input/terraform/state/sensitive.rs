//! What a state marks as sensitive, in both of its spellings.
//!
//! Nulls have nothing to hide and stay visible as such, so that no reader takes a hidden null for a value. Where a mark
//! does not fit the value, rather too much is hidden.

use std::sync::Arc;

use crate::document::{Node, NodeKind};
use crate::value::{Step, Value};

/// Lays `sensitive_values` over the values: a tree beside them with `true` where it applies. The depth is that of the
/// document.
pub(super) fn mark_by_mask(value: Value, mask: &Node) -> Value {
    match (&mask.kind, value) {
        (_, Value::Null) => Value::Null,
        (NodeKind::Null | NodeKind::Bool(false), value) => value,
        (NodeKind::Mapping(entries), Value::Map(mut members)) => {
            for entry in entries {
                if let Some(member) = members.remove(&entry.key) {
                    members.insert(entry.key.clone(), mark_by_mask(member, &entry.value));
                }
            }
            Value::Map(members)
        }
        (NodeKind::Sequence(masks), Value::List(items)) => {
            let mut masks = masks.iter();
            let mark = |item| match masks.next() {
                Some(mask) => mark_by_mask(item, mask),
                None => item,
            };
            Value::List(items.into_iter().map(mark).collect())
        }
        (NodeKind::Mapping(entries), value) if entries.is_empty() => value,
        (NodeKind::Sequence(masks), value) if masks.is_empty() => value,
        (_, value) => value.into_sensitive(),
    }
}

/// Marks what `sensitive_attributes` of a state file names: a list of paths, each a list of steps
/// `{"type": "get_attr", "value": "password"}` or `{"type": "index", "value": {"type": "number", "value": 0}}`.
pub(super) fn mark_paths(mut values: Value, paths: &Node) -> Value {
    for path in paths.items() {
        // A step outside of a list is a path of one step.
        let steps = if path.get("type").is_some() {
            std::slice::from_ref(path)
        } else {
            path.items()
        };
        let steps: Vec<Option<Step>> = steps.iter().map(step).collect();
        values = mark_path(values, &steps);
    }
    values
}

fn step(node: &Node) -> Option<Step> {
    let value = node.get("value")?;
    let value = value.get("value").unwrap_or(value);
    match &value.kind {
        NodeKind::String(key) => Some(Step::Key(key.clone())),
        NodeKind::Number(number) => number
            .as_integer()
            .and_then(|index| usize::try_from(index).ok())
            .map(Step::Index),
        _ => None,
    }
}

/// Recursion is as deep as the value, at most: a path that leads out of it ends there.
fn mark_path(value: Value, steps: &[Option<Step>]) -> Value {
    let Some((step, rest)) = steps.split_first() else {
        return hide(value);
    };
    match (step, value) {
        (_, Value::Null) => Value::Null,
        (Some(Step::Key(key)), Value::Map(mut members)) => {
            if let Some(member) = members.remove(key) {
                members.insert(Arc::clone(key), mark_path(member, rest));
            }
            Value::Map(members)
        }
        (Some(Step::Index(index)), Value::List(mut items)) => {
            if let Some(item) = items.get_mut(*index) {
                *item = mark_path(std::mem::replace(item, Value::Null), rest);
            }
            Value::List(items)
        }
        // A step that cannot be read, or one into an element of a set, which has no position.
        (_, value) => hide(value),
    }
}

fn hide(value: Value) -> Value {
    match value {
        Value::Null => Value::Null,
        value => value.into_sensitive(),
    }
}

/// Terraform marks sensitive `tags` and forgets that the provider copies them into `tags_all`.
pub(super) fn mark_tags_all(mut values: Value) -> Value {
    let Value::Map(members) = &mut values else {
        return values;
    };
    let Some(tags) = members.get("tags").filter(|tags| tags.has_sensitive()).cloned() else {
        return values;
    };
    if let Some(all) = members.remove("tags_all") {
        let all = match (tags, all) {
            (Value::Map(tags), Value::Map(mut all)) => {
                for (key, _) in tags.iter().filter(|(_, tag)| tag.has_sensitive()) {
                    if let Some(tag) = all.remove(key) {
                        all.insert(key.clone(), hide(tag));
                    }
                }
                Value::Map(all)
            }
            (_, all) => hide(all),
        };
        members.insert("tags_all".into(), all);
    }
    values
}
