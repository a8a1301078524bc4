//! Brings a native value to the type that the typemap promises.
//!
//! CloudFormation accepts `"true"` for a boolean and `"7"` for a number, some Terraform attributes are texts that hold
//! booleans. A value that is not of its type and cannot be read as it is unknown: a rule that compares it would pass or
//! fail by accident.

use std::sync::Arc;

use super::kind::ValueType;
use super::path::parse_json_text;
use crate::value::{Domain, Number, Unknown, UnknownReason, Value};

/// The value in the type, or an unknown.
pub(super) fn coerce(value: Value, to: ValueType) -> Value {
    match value {
        Value::Null | Value::Unknown(_) => value,
        Value::Sensitive(inner) => match coerce(*inner, to) {
            Value::Null => Value::Null,
            Value::Unknown(unknown) => Value::Unknown(unknown),
            other => other.into_sensitive(),
        },
        value => plain(value, to),
    }
}

fn plain(value: Value, to: ValueType) -> Value {
    match to {
        ValueType::Bool => match value.as_bool().or_else(|| value.as_str().and_then(read_bool)) {
            Some(read) => Value::Bool(read),
            None => unreadable(),
        },
        ValueType::Int => match value
            .as_integer()
            .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
        {
            Some(read) => Value::Number(Number::Integer(read)),
            None => unreadable(),
        },
        ValueType::Number => match (&value, value.as_str().and_then(read_number)) {
            (Value::Number(_), _) => value,
            (_, Some(number)) => Value::Number(number),
            _ => unreadable(),
        },
        // An empty name, key or id names nothing: providers and APIs treat it as not set, and a rule that asks whether
        // there is a key must not be told that there is one.
        ValueType::String | ValueType::Ref if value.as_str() == Some("") => Value::Null,
        ValueType::String | ValueType::Ref | ValueType::Time | ValueType::Secret => match value {
            Value::String(_) => value,
            Value::Bool(read) => Value::from(if read { "true" } else { "false" }),
            Value::Number(number) => Value::from(number.to_string()),
            _ => unreadable(),
        },
        ValueType::List | ValueType::Refs | ValueType::Policies => match value {
            Value::List(_) => value,
            other => Value::List(vec![other]),
        },
        ValueType::Map | ValueType::Policy => match value {
            Value::Map(_) => value,
            _ => unreadable(),
        },
        ValueType::Json => match &value {
            Value::String(text) => parse_json_text(text).unwrap_or_else(unreadable),
            _ => value,
        },
    }
}

/// `true` and `false` in any case, nothing else.
pub(super) fn read_bool(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn read_number(text: &str) -> Option<Number> {
    let text = text.trim();
    text.parse().map(Number::Integer).ok().or_else(|| {
        text.parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Number::Float)
    })
}

fn unreadable() -> Value {
    Value::from(Unknown::new(UnknownReason::Expression))
}

/// Nobody completes an unknown over more values than this.
pub(super) const LARGEST_DOMAIN: usize = 64;

/// An unknown of this type, with what the type says about its values.
pub(super) fn typed_unknown(unknown: &Arc<Unknown>, to: ValueType, values: &[Value]) -> Arc<Unknown> {
    let domain = match (&unknown.domain, to) {
        (Some(Domain::Bool), ValueType::Bool) => return unknown.clone(),
        (Some(Domain::AnyOf(known)), _) if known.len() <= LARGEST_DOMAIN => {
            let read: Vec<Value> = known.iter().map(|value| coerce(value.clone(), to)).collect();
            let readable = read.iter().all(|value| value.as_unknown().is_none());
            readable.then(|| Domain::AnyOf(distinct(read)))
        }
        // Two booleans of another type are no values of this one.
        _ => None,
    };
    let domain = domain.or_else(|| match to {
        ValueType::Bool => Some(Domain::Bool),
        ValueType::String if !values.is_empty() => Some(Domain::AnyOf(values.to_vec())),
        _ => None,
    });
    if domain == unknown.domain {
        return unknown.clone();
    }
    Arc::new(Unknown {
        domain,
        ..Unknown::clone(unknown)
    })
}

/// The unknown without its domain: where it stands for something else than the value it was found as.
pub(super) fn without_domain(unknown: &Unknown) -> Arc<Unknown> {
    Arc::new(Unknown {
        domain: None,
        ..unknown.clone()
    })
}

/// An unknown whose every possible value is mapped; one that cannot be mapped leaves it without a domain.
pub(super) fn map_domain(unknown: &Unknown, map: impl Fn(Value) -> Option<Value>) -> Arc<Unknown> {
    let domain = match &unknown.domain {
        Some(Domain::AnyOf(values)) if values.len() <= LARGEST_DOMAIN => {
            let mapped = values.iter().map(|value| match value {
                Value::Null => Some(Value::Null),
                value => map(value.clone()).filter(|value| value.as_unknown().is_none()),
            });
            mapped
                .collect::<Option<Vec<Value>>>()
                .map(|values| Domain::AnyOf(distinct(values)))
        }
        _ => None,
    };
    Arc::new(Unknown {
        domain,
        ..unknown.clone()
    })
}

/// The values without repetitions, in order.
pub(super) fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(value: &Value) -> Option<UnknownReason> {
        value.as_unknown().map(|unknown| unknown.reason)
    }

    #[test]
    fn texts_become_what_the_attribute_is() {
        assert_eq!(coerce("true".into(), ValueType::Bool), Value::Bool(true));
        assert_eq!(coerce("False".into(), ValueType::Bool), Value::Bool(false));
        assert_eq!(coerce("7".into(), ValueType::Int), Value::from(7));
        assert_eq!(
            coerce("0.5".into(), ValueType::Number),
            Value::Number(Number::Float(0.5))
        );
        assert_eq!(coerce(Value::from(5432), ValueType::String), "5432".into());
        assert_eq!(coerce(Value::from(1), ValueType::Number), Value::from(1));
    }

    #[test]
    fn what_cannot_be_read_is_unknown_and_never_kept() {
        for (value, to) in [
            (Value::from("yes"), ValueType::Bool),
            (Value::from(1), ValueType::Bool),
            (Value::from("1"), ValueType::Bool),
            (Value::from("seven"), ValueType::Int),
            (Value::Number(Number::Float(1.5)), ValueType::Int),
            (Value::from("NaN"), ValueType::Number),
            (Value::List(Vec::new()), ValueType::String),
            (Value::from("{"), ValueType::Json),
        ] {
            assert_eq!(
                reason(&coerce(value.clone(), to)),
                Some(UnknownReason::Expression),
                "{value:?} as {to:?}"
            );
        }
    }

    #[test]
    fn a_scalar_is_a_list_of_one() {
        assert_eq!(coerce("a".into(), ValueType::List), Value::List(vec!["a".into()]));
    }

    #[test]
    fn marks_survive() {
        assert!(coerce(Value::from("true").into_sensitive(), ValueType::Bool).has_sensitive());
    }

    #[test]
    fn unknowns_learn_their_domain_from_the_type() {
        let unknown = Arc::new(Unknown::new(UnknownReason::Variable));
        assert_eq!(
            typed_unknown(&unknown, ValueType::Bool, &[]).domain,
            Some(Domain::Bool)
        );
        let values = [Value::from("a"), Value::from("b")];
        let domain = typed_unknown(&unknown, ValueType::String, &values).domain.clone();
        assert_eq!(domain, Some(Domain::AnyOf(values.to_vec())));
        let texts = Unknown::new(UnknownReason::Parameter).with_domain(Domain::AnyOf(vec![
            "true".into(),
            "TRUE".into(),
            "false".into(),
        ]));
        let read = typed_unknown(&Arc::new(texts), ValueType::Bool, &[]);
        assert_eq!(read.domain, Some(Domain::AnyOf(vec![true.into(), false.into()])));
        let odd = Unknown::new(UnknownReason::Parameter).with_domain(Domain::AnyOf(vec!["maybe".into()]));
        assert_eq!(
            typed_unknown(&Arc::new(odd), ValueType::Bool, &[]).domain,
            Some(Domain::Bool)
        );
    }
}
