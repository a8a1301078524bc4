//! Canonical JSON (RFC 8785) of what evidence is made of: the same content is the same line, and has the same digest.

use serde::Serialize;
use serde_json::Value;

use crate::value::Number;
use crate::value::canonical::{by_key, write_number, write_string};

/// The canonical form, without a line break.
///
/// # Errors
/// Content that JSON cannot hold (a map whose keys are not texts, a number that is not finite).
pub(crate) fn to_line<T: Serialize>(content: &T) -> Result<String, serde_json::Error> {
    let mut out = String::new();
    write(&serde_json::to_value(content)?, &mut out);
    Ok(out)
}

/// Recursion is bounded: what is serialised here are our own records, and what was read has passed serde_json's limit.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::String(text) => write_string(text, out),
        Value::Number(number) => write_number(exact(number), out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(left, _), (right, _)| by_key(left, right));
            out.push('{');
            for (at, (key, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
    }
}

fn exact(number: &serde_json::Number) -> Number {
    let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    // serde_json holds a number as one of three types; the last is a finite float.
    integer.map_or_else(|| Number::Float(number.as_f64().unwrap_or_default()), Number::Integer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        to_line(&serde_json::from_str::<Value>(text).unwrap()).unwrap()
    }

    /// The example of RFC 8785, §3.2.2, with the output of §3.2.3.
    #[test]
    fn the_example_of_the_standard_holds() {
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(input), expected);
    }

    /// The keys of RFC 8785, §3.2.3.
    #[test]
    fn keys_are_in_the_order_of_the_standard() {
        let input = "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}";
        assert_eq!(canonical(input), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}");
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_the_same_json_on_one_line_and_its_own_canonical_form(value in json()) {
            let line = to_line(&value).unwrap();
            prop_assert!(!line.contains(['\n', '\r']));
            prop_assert_eq!(&canonical(&line), &line);
            prop_assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
        }
    }
}
