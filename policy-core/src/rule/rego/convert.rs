//! Values of ours and of the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use regorus::Value as Rego;

use super::ast::number;
use crate::value::{Map, Number, Value};

/// Deeper values of a rule are cut off. Inputs are bounded by their readers.
const MAX_DEPTH: usize = 128;

/// What a rule must not print.
#[derive(Default)]
pub(super) struct Secrets {
    values: Vec<Value>,
}

/// The value as rules see it: null members are absent, sensitive values are revealed (and noted in `secrets`), and so are
/// unknown ones, which the caller has removed before.
pub(super) fn to_rego(value: &Value, secrets: &mut Secrets) -> Rego {
    match value {
        Value::Null | Value::Unknown(_) => Rego::Null,
        Value::Bool(value) => Rego::from(*value),
        Value::Number(Number::Integer(number)) => Rego::from(*number),
        Value::Number(Number::Float(number)) => Rego::from(*number),
        Value::String(text) => Rego::String(text.clone()),
        Value::List(items) => Rego::from(
            items
                .iter()
                .map(|item| to_rego(item, secrets))
                .collect::<Vec<_>>(),
        ),
        Value::Map(map) => Rego::from(members_to_rego(map, secrets).collect::<BTreeMap<_, _>>()),
        Value::Sensitive(inner) => {
            secrets.note(inner);
            to_rego(inner, secrets)
        }
    }
}

/// [`to_rego`] of the members of a map.
pub(super) fn members_to_rego(map: &Map, secrets: &mut Secrets) -> impl Iterator<Item = (Rego, Rego)> {
    map.iter()
        .filter(|(_, value)| !matches!(value.revealed(), Value::Null | Value::Unknown(_)))
        .map(|(key, value)| (Rego::String(key.clone()), to_rego(value, secrets)))
}

/// A value that a rule returned; sets become lists.
pub(super) fn from_rego(value: &Rego) -> Value {
    from_rego_at(value, MAX_DEPTH)
}

fn from_rego_at(value: &Rego, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else {
        return Value::Null;
    };
    match value {
        Rego::Null | Rego::Undefined => Value::Null,
        Rego::Bool(value) => Value::Bool(*value),
        Rego::Number(_) => number(value).map_or(Value::Null, Value::Number),
        Rego::String(text) => Value::String(text.clone()),
        Rego::Array(items) => Value::List(items.iter().map(|item| from_rego_at(item, depth)).collect()),
        Rego::Set(items) => Value::List(items.iter().map(|item| from_rego_at(item, depth)).collect()),
        Rego::Object(members) => {
            let key = |key: &Rego| match key {
                Rego::String(text) => text.clone(),
                other => other.to_string().into(),
            };
            Value::Map(
                members
                    .iter()
                    .map(|(name, value)| (key(name), from_rego_at(value, depth)))
                    .collect(),
            )
        }
    }
}

impl Secrets {
    fn note(&mut self, value: &Value) {
        match value.revealed() {
            Value::List(items) => items.iter().for_each(|item| self.note(item)),
            Value::Map(map) => map.values().for_each(|item| self.note(item)),
            // True and false are too common to look for; whoever prints a member by path sees the mark instead.
            Value::Null | Value::Bool(_) | Value::Unknown(_) | Value::Sensitive(_) => {}
            scalar => self.values.push(scalar.clone()),
        }
    }

    /// Marks everything in `value` that is a secret or contains one.
    pub(super) fn mark(&self, value: Value) -> Value {
        if self.values.is_empty() {
            return value;
        }
        match value {
            Value::List(items) => Value::List(items.into_iter().map(|item| self.mark(item)).collect()),
            Value::Map(map) => Value::Map(
                map.into_iter()
                    .map(|(key, value)| (key, self.mark(value)))
                    .collect(),
            ),
            Value::String(text) => {
                let scrubbed = self.scrub(&text);
                if *scrubbed == *text {
                    Value::String(text)
                } else {
                    Value::String(scrubbed).into_sensitive()
                }
            }
            scalar if self.values.contains(&scalar) => scalar.into_sensitive(),
            other => other,
        }
    }

    /// Replaces every secret in a text.
    pub(super) fn scrub(&self, text: &str) -> Arc<str> {
        let spelled = self.values.iter().filter_map(|secret| match secret {
            Value::String(secret) => Some(secret.to_string()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let mut spelled: Vec<String> = spelled.filter(|secret| !secret.is_empty()).collect();
        // A secret may be the beginning of another one.
        spelled.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        spelled
            .iter()
            .fold(text.to_owned(), |text, secret| {
                text.replace(secret, crate::value::REDACTED)
            })
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                proptest::collection::btree_map("[a-c]".prop_map(Arc::from), inner, 0..3)
                    .prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn conversion_keeps_what_has_no_null(value in json()) {
            prop_assert_eq!(from_rego(&to_rego(&value, &mut Secrets::default())), value);
        }
    }

    #[test]
    fn null_members_are_absent_and_null_elements_stay() {
        let value = Value::from(serde_json::json!({"a": null, "l": [null, 1], "m": {"x": null}}));
        let rego = to_rego(&value, &mut Secrets::default());
        assert_eq!(
            rego.to_json_str().unwrap().replace([' ', '\n'], ""),
            r#"{"l":[null,1],"m":{}}"#
        );
    }

    #[test]
    fn secrets_are_seen_by_rules_and_scrubbed_from_results() {
        let mut secrets = Secrets::default();
        let value = Value::List(vec![
            Value::from("hunter2").into_sensitive(),
            Value::from(4711).into_sensitive(),
        ]);
        assert_eq!(
            to_rego(&value, &mut secrets)
                .to_json_str()
                .unwrap()
                .replace([' ', '\n'], ""),
            r#"["hunter2",4711]"#
        );
        assert_eq!(
            &*secrets.scrub("it is hunter2 (4711)"),
            "it is (sensitive) ((sensitive))"
        );
        assert_eq!(
            format!("{:?}", secrets.mark(Value::from("x-hunter2"))),
            "(sensitive)"
        );
        assert_eq!(secrets.mark(Value::from("plain")), Value::from("plain"));
    }
}
