//! What a rule may return: a set of texts, or of objects with the members of a violation.

use std::collections::BTreeSet;
use std::sync::Arc;

use regorus::Value as Rego;

use super::convert::{Secrets, from_rego};
use crate::rule::Violation;
use crate::value::{AttributePath, Step};

/// Reads a set of sets of violations, as the copies of `deny` and `warn` return them (see `clauses`), in the engine's order
/// of values.
///
/// # Errors
/// What was found instead, in words.
pub(super) fn violations(found: &Rego, secrets: &Secrets) -> Result<Vec<Violation>, String> {
    let elements = match found {
        Rego::Undefined => return Ok(Vec::new()),
        Rego::Set(elements) => elements,
        other => return Err(format!("{} instead of a set", describe(other))),
    };
    let mut distinct = BTreeSet::new();
    for element in elements.iter() {
        match element {
            Rego::Set(violations) => distinct.extend(violations.iter()),
            other => return Err(describe(other)),
        }
    }
    distinct
        .into_iter()
        .map(|element| violation(element, secrets))
        .collect()
}

fn violation(element: &Rego, secrets: &Secrets) -> Result<Violation, String> {
    let members = match element {
        Rego::String(text) => {
            return Ok(Violation {
                message: Some(secrets.scrub(text)),
                ..Violation::default()
            });
        }
        Rego::Object(members) => members,
        other => return Err(describe(other)),
    };
    let mut violation = Violation::default();
    for (key, value) in members.iter() {
        let Rego::String(key) = key else {
            return Err("an object with a key that is no text".to_owned());
        };
        let wrong = |expected: &str| {
            Err(format!(
                "an object whose `{key}` is {} instead of {expected}",
                describe(value)
            ))
        };
        match &**key {
            // `msg` is what rules written for other tools call it.
            "message" | "msg" => match value {
                Rego::String(text) => violation.message = Some(secrets.scrub(text)),
                _ => return wrong("a text"),
            },
            "path" => match value {
                Rego::String(text) => violation.paths.insert(0, path(text)),
                _ => return wrong("a text"),
            },
            "paths" => match texts(value) {
                Some(texts) => violation.paths.extend(texts.iter().map(|text| path(text))),
                None => return wrong("a list of texts"),
            },
            "expected" => match value {
                Rego::String(text) => violation.expected = Some(secrets.scrub(text)),
                Rego::Bool(_) | Rego::Number(_) => {
                    violation.expected = Some(secrets.scrub(&value.to_string()))
                }
                _ => return wrong("a text"),
            },
            "actual" => violation.actual = Some(secrets.mark(from_rego(value))),
            "resource" => match value {
                Rego::String(text) => violation.resource = Some(text.clone()),
                _ => return wrong("the id of a resource"),
            },
            "related" => match texts(value) {
                Some(texts) => violation.related = texts,
                None => return wrong("a list of ids"),
            },
            other => return Err(format!("an object with the unknown member `{other}`")),
        }
    }
    Ok(violation)
}

fn texts(value: &Rego) -> Option<Vec<Arc<str>>> {
    let text = |item: &Rego| match item {
        Rego::String(text) => Some(text.clone()),
        _ => None,
    };
    match value {
        Rego::Array(items) => items.iter().map(text).collect(),
        Rego::Set(items) => items.iter().map(text).collect(),
        _ => None,
    }
}

/// A path as rules compose it. `tags.cost center` is no path in our notation and still meant: its parts are keys.
fn path(text: &str) -> AttributePath {
    AttributePath::parse(text)
        .unwrap_or_else(|_| AttributePath::new(text.split('.').map(|key| Step::Key(key.into())).collect()))
}

fn describe(value: &Rego) -> String {
    match value {
        Rego::Null => "null",
        Rego::Bool(_) => "a boolean",
        Rego::Number(_) => "a number",
        Rego::String(_) => "a text",
        Rego::Array(_) => "a list",
        Rego::Set(_) => "a set",
        Rego::Object(_) => "an object",
        Rego::Undefined => "nothing",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn read(json: &str) -> Result<Vec<Violation>, String> {
        let set = |element: Rego| Rego::from(BTreeSet::from([element]));
        violations(&set(set(Rego::from_json_str(json).unwrap())), &Secrets::default())
    }

    #[test]
    fn texts_and_objects_are_violations() {
        assert_eq!(read(r#""no""#).unwrap()[0].message.as_deref(), Some("no"));
        let found = read(
            r#"{"message": "m", "path": "a.b", "paths": ["c[0]", "tags.cost center"], "expected": true, "actual": [1],
                "resource": "r", "related": ["x"]}"#,
        );
        let found = &found.unwrap()[0];
        let paths: Vec<String> = found.paths.iter().map(ToString::to_string).collect();
        assert_eq!(paths, ["a.b", "c[0]", r#"tags["cost center"]"#]);
        assert_eq!(found.expected.as_deref(), Some("true"));
        assert_eq!(found.actual, Some(Value::List(vec![Value::from(1)])));
        assert_eq!((found.resource.as_deref(), found.related.len()), (Some("r"), 1));
        assert_eq!(read(r#"{"msg": "m"}"#).unwrap()[0].message.as_deref(), Some("m"));
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        for (json, said) in [
            ("1", "a number"),
            ("null", "null"),
            ("[]", "a list"),
            (r#"{"severity": "high"}"#, "unknown member `severity`"),
            (r#"{"path": ["a"]}"#, "`path` is a list"),
            (r#"{"message": 1}"#, "`message` is a number"),
            (
                r#"{"related": [1]}"#,
                "`related` is a list instead of a list of ids",
            ),
        ] {
            assert!(read(json).unwrap_err().contains(said), "{json}: {:?}", read(json));
        }
        assert!(
            violations(&Rego::from(true), &Secrets::default()).is_err(),
            "a complete rule is no set"
        );
        assert!(
            violations(&Rego::Undefined, &Secrets::default())
                .unwrap()
                .is_empty()
        );
    }
}
