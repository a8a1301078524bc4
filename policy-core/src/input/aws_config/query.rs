//! Rows of advanced queries.
//!
//! A row has the columns that somebody selected and says nothing of the others: a column that is not there is unknown,
//! whether it was not selected, is not indexed, or does not exist. The API gives a row as nested objects; tools that
//! flatten rows name columns as the query does, `configuration.encrypted`.

use std::sync::Arc;

use super::item::not_recorded;
use crate::value::{Map, UNLISTED, Value};

/// Makes nested objects of dotted columns.
pub(super) fn spread(values: Map) -> Map {
    let mut nested = Map::new();
    let mut dotted = Vec::new();
    for (name, value) in values {
        match name.split_once('.') {
            // Some tags, of which nobody can tell whether they are all: as good as none.
            Some(("tags", _)) => {}
            Some((first, _)) if is_column(first) => dotted.push((name, value)),
            _ => {
                nested.insert(name, value);
            }
        }
    }
    for (name, value) in dotted {
        let mut steps = name.split('.');
        let Some(last) = steps.next_back() else { continue };
        if let Some(parent) = steps.try_fold(&mut nested, enter) {
            // What a whole column says of the same member is as good.
            parent.entry(last.into()).or_insert(value);
        }
    }
    nested
}

/// Objects of an item whose members a query can name.
fn is_column(name: &str) -> bool {
    matches!(name, "configuration" | "supplementaryConfiguration")
}

fn enter<'m>(parent: &'m mut Map, step: &str) -> Option<&'m mut Map> {
    match parent
        .entry(Arc::from(step))
        .or_insert_with(|| Value::Map(Map::new()))
    {
        Value::Map(members) => Some(members),
        // A column that is also a scalar: the scalar stays.
        _ => None,
    }
}

/// Says of every object of a row that its other members are not known, and of every absent column.
pub(super) fn leave_open(values: &mut Map) {
    for (name, value) in values.iter_mut() {
        match value {
            // The tags are all of them, but not all of each: a query can ask for `tags.key`.
            Value::List(_) | Value::Map(_) if &**name == "tags" => complete_tags(value),
            // A null column says as little as one that is not there.
            Value::Null => *value = not_recorded(),
            value => open(value),
        }
    }
    for name in [
        "configuration",
        "supplementaryConfiguration",
        "tags",
        "relationships",
    ] {
        values.entry(name.into()).or_insert_with(not_recorded);
    }
    values.insert(UNLISTED.into(), not_recorded());
}

/// Gives every tag of a list a key and a value, from `tag: "key=value"` where it must be. Where a key cannot be told, the
/// tags are unknown as a whole.
fn complete_tags(tags: &mut Value) {
    let Value::List(items) = tags else { return };
    for item in items {
        let Value::Map(tag) = item else {
            *tags = not_recorded();
            return;
        };
        if !tag.contains_key("key") {
            let both = tag
                .get("tag")
                .and_then(Value::as_str)
                .and_then(|text| text.split_once('='));
            let Some((key, value)) = both.map(|(key, value)| (Value::from(key), Value::from(value))) else {
                *tags = not_recorded();
                return;
            };
            tag.insert("key".into(), key);
            tag.entry("value".into()).or_insert(value);
        }
        tag.entry("value".into()).or_insert_with(not_recorded);
    }
}

/// Recursion is as deep as the document.
fn open(value: &mut Value) {
    match value {
        Value::Map(members) => {
            for member in members.values_mut() {
                match member {
                    Value::Null => *member = not_recorded(),
                    member => open(member),
                }
            }
            members.insert(UNLISTED.into(), not_recorded());
        }
        Value::List(items) => items.iter_mut().for_each(open),
        _ => {}
    }
}
