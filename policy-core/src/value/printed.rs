//! Values as JSON text, every integer with all of its digits.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::{Number, REDACTED, Value};

/// Writes a value as [`Value::to_json`] shows it, and integers beyond 64 bits exactly, which a [`serde_json::Value`]
/// cannot hold.
///
/// ```
/// use policy_core::value::{Number, Printed, Value};
/// let large = Value::Number(Number::Integer(100_000_000_000_000_000_001));
/// assert_eq!(serde_json::to_string(&Printed(&large))?, "100000000000000000001");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Printed<'v>(pub &'v Value);

impl Serialize for Printed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null | Value::Unknown(_) => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(Number::Integer(integer)) => {
                match (i64::try_from(*integer), u64::try_from(*integer)) {
                    (Ok(integer), _) => serializer.serialize_i64(integer),
                    (_, Ok(integer)) => serializer.serialize_u64(integer),
                    _ => serializer.serialize_i128(*integer),
                }
            }
            Value::Number(number) => number.to_json().serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Printed(item))?;
                }
                list.end()
            }
            Value::Map(map) => {
                let mut object = serializer.serialize_map(None)?;
                for (key, value) in map.iter().filter(|(_, value)| value.as_unknown().is_none()) {
                    object.serialize_entry(&**key, &Printed(value))?;
                }
                object.end()
            }
            Value::Sensitive(_) => serializer.serialize_str(REDACTED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_its_json_is() {
        let json = serde_json::json!({"a": [1, -2.5, "x", null, true, u64::MAX, {}], "b": {"c": 1e40}});
        let value = Value::from(json.clone());
        assert_eq!(serde_json::to_string(&Printed(&value)).unwrap(), json.to_string());
    }

    #[test]
    fn integers_keep_their_digits_and_secrets_stay_inside() {
        let integer = |integer| Value::Number(Number::Integer(integer));
        let value = Value::List(vec![
            integer(i128::MAX),
            integer(i128::MIN),
            Value::from("CANARY-0815").into_sensitive(),
        ]);
        assert_eq!(
            serde_json::to_string(&Printed(&value)).unwrap(),
            format!("[{},{},\"{REDACTED}\"]", i128::MAX, i128::MIN)
        );
    }
}
