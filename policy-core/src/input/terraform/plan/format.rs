//! The JSON shapes of a plan (`format_version` 0.1 to 1.x). Unknown members are ignored, as the format asks for.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::values::{Interner, Mask, MaskSeed, ValueSeed};
use crate::value::Value;

/// The top level. Large parts stay slices of the text, so that each change keeps its place and is parsed once.
#[derive(Deserialize)]
pub(super) struct PlanFile<'t> {
    #[serde(borrow)]
    pub(super) format_version: Option<&'t RawValue>,
    #[serde(borrow)]
    pub(super) resource_changes: Option<Vec<&'t RawValue>>,
    #[serde(borrow)]
    pub(super) resource_drift: Option<Vec<&'t RawValue>>,
    #[serde(borrow)]
    pub(super) deferred_changes: Option<Vec<&'t RawValue>>,
    #[serde(borrow)]
    pub(super) configuration: Option<&'t RawValue>,
    #[serde(borrow)]
    pub(super) prior_state: Option<&'t RawValue>,
    #[serde(borrow)]
    pub(super) variables: Option<HashMap<String, RawVariable<'t>>>,
    pub(super) errored: Option<bool>,
    pub(super) complete: Option<bool>,
}

/// The value of a root variable.
#[derive(Deserialize)]
pub(super) struct RawVariable<'t> {
    #[serde(borrow)]
    pub(super) value: Option<&'t RawValue>,
}

/// An element of `resource_changes`.
#[derive(Debug, Default)]
pub(super) struct ChangeRecord {
    pub(super) address: Option<String>,
    pub(super) previous_address: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) deposed: Option<String>,
    pub(super) change: Option<ChangeBody>,
}

/// The `change` of an element.
#[derive(Debug, Default)]
pub(super) struct ChangeBody {
    pub(super) actions: Vec<Arc<str>>,
    /// `None` for null and missing.
    pub(super) before: Option<Value>,
    /// `None` for null and missing.
    pub(super) after: Option<Value>,
    pub(super) after_unknown: Mask,
    pub(super) before_sensitive: Mask,
    pub(super) after_sensitive: Mask,
}

/// Only what names an element, for messages about one that cannot be read.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) address: Option<String>,
}

/// An element of `deferred_changes`.
#[derive(Deserialize)]
pub(super) struct Deferred {
    pub(super) reason: Option<String>,
    pub(super) resource_change: Option<Named>,
}

/// `prior_state`, or any state in JSON.
#[derive(Deserialize)]
pub(super) struct State<'t> {
    #[serde(borrow)]
    pub(super) values: Option<StateValues<'t>>,
}

/// The values of a state.
#[derive(Deserialize)]
pub(super) struct StateValues<'t> {
    #[serde(borrow)]
    pub(super) root_module: Option<StateModule<'t>>,
}

/// A module of a state.
#[derive(Deserialize)]
pub(super) struct StateModule<'t> {
    #[serde(borrow)]
    pub(super) resources: Option<Vec<&'t RawValue>>,
    #[serde(borrow)]
    pub(super) child_modules: Option<Vec<StateModule<'t>>>,
}

/// A resource of a state; its values stay text until they are wanted.
#[derive(Deserialize)]
pub(super) struct StateResource<'t> {
    pub(super) address: Option<String>,
    pub(super) mode: Option<String>,
    #[serde(borrow)]
    pub(super) values: Option<&'t RawValue>,
    #[serde(borrow)]
    pub(super) sensitive_values: Option<&'t RawValue>,
}

/// Reads a [`ChangeRecord`].
pub(super) struct ChangeSeed<'i>(pub(super) &'i mut Interner);

impl<'de> DeserializeSeed<'de> for ChangeSeed<'_> {
    type Value = ChangeRecord;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ChangeRecord, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ChangeSeed<'_> {
    type Value = ChangeRecord;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a change of a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<ChangeRecord, A::Error> {
        let mut record = ChangeRecord::default();
        let mut seen = Vec::new();
        while let Some(key) = members.next_key::<String>()? {
            once(&mut seen, &key)?;
            match key.as_str() {
                "address" => record.address = members.next_value()?,
                "previous_address" => record.previous_address = members.next_value()?,
                "mode" => record.mode = members.next_value()?,
                "deposed" => record.deposed = members.next_value()?,
                "change" => record.change = Some(members.next_value_seed(BodySeed(&mut *self.0))?),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(record)
    }
}

struct BodySeed<'i>(&'i mut Interner);

impl<'de> DeserializeSeed<'de> for BodySeed<'_> {
    type Value = ChangeBody;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ChangeBody, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for BodySeed<'_> {
    type Value = ChangeBody;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `actions`, `before` and `after`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<ChangeBody, A::Error> {
        let mut body = ChangeBody::default();
        let present = |value: Value| (value != Value::Null).then_some(value);
        let mut seen = Vec::new();
        while let Some(key) = members.next_key::<String>()? {
            once(&mut seen, &key)?;
            let names = &mut *self.0;
            match key.as_str() {
                "actions" => body.actions = members.next_value()?,
                "before" => body.before = present(members.next_value_seed(ValueSeed(names))?),
                "after" => body.after = present(members.next_value_seed(ValueSeed(names))?),
                "after_unknown" => body.after_unknown = members.next_value_seed(MaskSeed(names))?,
                "before_sensitive" => body.before_sensitive = members.next_value_seed(MaskSeed(names))?,
                "after_sensitive" => body.after_sensitive = members.next_value_seed(MaskSeed(names))?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(body)
    }
}

/// The members that are read. One that stands twice is an error: the last would silently hide the first.
const MEMBERS: &[&str] = &[
    "address",
    "previous_address",
    "mode",
    "deposed",
    "change",
    "actions",
    "before",
    "after",
    "after_unknown",
    "before_sensitive",
    "after_sensitive",
];

fn once<E: Error>(seen: &mut Vec<&'static str>, key: &str) -> Result<(), E> {
    let Some(&member) = MEMBERS.iter().find(|member| **member == key) else {
        return Ok(());
    };
    if seen.contains(&member) {
        return Err(E::duplicate_field(member));
    }
    seen.push(member);
    Ok(())
}

/// Parses one element of `resource_changes`.
pub(super) fn parse_change(text: &str, names: &mut Interner) -> Result<ChangeRecord, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let record = ChangeSeed(names).deserialize(&mut json)?;
    json.end().map(|()| record)
}
