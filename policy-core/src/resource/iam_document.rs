//! IAM documents in one form, however they were spelled.
//!
//! Rests on "Grammar of the IAM JSON policy language" (IAM User Guide): a document holds one statement or a list, the
//! lists of a statement may be single texts, and a principal `*` means the same as `{"AWS": "*"}`.

use std::collections::HashSet;
use std::sync::Arc;

use super::coerce::{map_domain, without_domain};
use super::iam_text;
use super::path::{Folding, closed, is_computed, member};
use crate::value::{Map, Unknown, UnknownReason, Value};

/// Why a text is no policy document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DocumentProblem {
    /// The text is not JSON.
    #[error("the policy document is not valid JSON: {0}")]
    Json(String),
    /// It is something else than an object.
    #[error("a policy document is a JSON object, this is {0}")]
    Shape(&'static str),
    /// An element of it has no meaning.
    #[error("`{element}` of a policy statement is {found}")]
    Element {
        /// The element.
        element: &'static str,
        /// What it is.
        found: &'static str,
    },
}

const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];
const PRINCIPALS: [&str; 2] = ["Principal", "NotPrincipal"];
const ELEMENTS: [&str; 5] = ["Sid", "Effect", "Condition", "Version", "Id"];

/// Brings a document (an object, or JSON text, also URL-encoded) into normal form. Unknown parts stay where they are.
/// An empty text is no document: `Null`.
///
/// # Errors
/// [`DocumentProblem`] when it is not a policy document.
pub(super) fn normalize(value: Value) -> Result<Value, DocumentProblem> {
    match value {
        Value::Null => Ok(value),
        // What it can be is brought into normal form as well: a rule is run on it.
        Value::Unknown(unknown) => match iam_text::with_holes(&unknown) {
            Some(document) => normalize(document),
            None => Ok(Value::Unknown(map_domain(&unknown, |value| {
                normalize(value).ok()
            }))),
        },
        Value::Sensitive(inner) => Ok(match normalize(*inner)? {
            value @ (Value::Null | Value::Unknown(_)) => value,
            value => value.into_sensitive(),
        }),
        Value::String(text) => parse(&text),
        Value::Map(map) => match closed(Value::Map(map)) {
            Value::Map(map) => document(map).map(Value::Map),
            open => Ok(open),
        },
        other => Err(DocumentProblem::Shape(describe(&other))),
    }
}

fn parse(text: &str) -> Result<Value, DocumentProblem> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Value::Null);
    }
    // IAM returns documents URL-encoded (RFC 3986), so they begin with `%7B`; AWS Config records them so.
    let decoded = if trimmed.starts_with('%') {
        percent_decode(trimmed)
    } else {
        None
    };
    let json = iam_text::json(decoded.as_deref().unwrap_or(trimmed))
        .map_err(|error| DocumentProblem::Json(error.to_string()))?;
    match json {
        Value::Map(map) => document(map).map(Value::Map),
        other => Err(DocumentProblem::Shape(describe(&other))),
    }
}

fn document(map: Map) -> Result<Map, DocumentProblem> {
    let mut normal = Map::new();
    for (key, value) in map {
        if key.eq_ignore_ascii_case("Statement") {
            normal.insert("Statement".into(), statements(value)?);
        } else {
            normal.insert(canonical(&key), value);
        }
    }
    normal
        .entry("Statement".into())
        .or_insert_with(|| Value::List(Vec::new()));
    Ok(normal)
}

fn statements(value: Value) -> Result<Value, DocumentProblem> {
    match value {
        Value::Null => Ok(Value::List(Vec::new())),
        Value::Unknown(unknown) => Ok(Value::Unknown(map_domain(&unknown, |value| {
            statements(value).ok()
        }))),
        Value::Map(map) => Ok(Value::List(vec![Value::Map(statement(map)?)])),
        Value::Sensitive(inner) => Ok(statements(*inner)?.into_sensitive()),
        Value::List(items) => {
            let items = items
                .into_iter()
                .filter(|item| *item != Value::Null)
                .map(|item| match item {
                    Value::Map(map) => statement(map).map(Value::Map),
                    Value::Unknown(unknown) => Ok(unknown_statement(&unknown)),
                    Value::Sensitive(inner) => match *inner {
                        Value::Map(map) => Ok(Value::Map(statement(map)?).into_sensitive()),
                        other => Err(DocumentProblem::Element {
                            element: "Statement",
                            found: describe(&other),
                        }),
                    },
                    other => Err(DocumentProblem::Element {
                        element: "Statement",
                        found: describe(&other),
                    }),
                });
            items.collect::<Result<Vec<_>, _>>().map(Value::List)
        }
        other => Err(DocumentProblem::Element {
            element: "Statement",
            found: describe(&other),
        }),
    }
}

fn unknown_statement(unknown: &Unknown) -> Value {
    Value::Unknown(map_domain(unknown, |value| match value {
        Value::Map(map) => statement(map).ok().map(Value::Map),
        _ => None,
    }))
}

/// A statement in normal form.
fn statement(map: Map) -> Result<Map, DocumentProblem> {
    let mut normal = Map::new();
    for (key, value) in map {
        let key = canonical(&key);
        let value = match &*key {
            name if LISTS.contains(&name) => texts(value),
            name if PRINCIPALS.contains(&name) => principals(value)?,
            "Effect" => effect(value),
            _ => value,
        };
        if value == Value::Null {
            continue;
        }
        let merged = match (normal.remove(&key), value) {
            // `Action` and `action` in one statement: both were meant.
            (Some(Value::List(mut first)), Value::List(second)) => {
                first.extend(second);
                Value::List(first)
            }
            (_, value) => value,
        };
        normal.insert(key, merged);
    }
    Ok(normal)
}

fn canonical(key: &str) -> Arc<str> {
    let known = LISTS
        .iter()
        .chain(&PRINCIPALS)
        .chain(&ELEMENTS)
        .find(|name| name.eq_ignore_ascii_case(key));
    known.map_or_else(|| key.into(), |name| (*name).into())
}

fn effect(value: Value) -> Value {
    match value.as_str() {
        Some(text) if text.eq_ignore_ascii_case("allow") => "Allow".into(),
        Some(text) if text.eq_ignore_ascii_case("deny") => "Deny".into(),
        _ => match value {
            Value::Unknown(unknown) => Value::Unknown(map_domain(&unknown, |value| Some(effect(value)))),
            value => value,
        },
    }
}

/// A list of texts. YAML reads an unquoted account id as a number.
fn texts(value: Value) -> Value {
    let text = |item: Value| match item {
        Value::Number(number) => Value::from(number.to_string()),
        other => other,
    };
    match value {
        Value::Null => Value::Null,
        Value::List(items) => Value::List(
            items
                .into_iter()
                .filter(|item| *item != Value::Null)
                .map(text)
                .collect(),
        ),
        Value::Sensitive(inner) => texts(*inner).into_sensitive(),
        // One of several texts or lists is one of several lists; an unknown of any shape is an element of one.
        Value::Unknown(unknown) if unknown.domain.is_some() => {
            Value::Unknown(map_domain(&unknown, |value| Some(texts(value))))
        }
        other => Value::List(vec![text(other)]),
    }
}

fn principals(value: Value) -> Result<Value, DocumentProblem> {
    match value {
        Value::Null => Ok(value),
        // A text, whatever it will say, is one principal.
        Value::Unknown(unknown) if !unknown.text.is_empty() && unknown.domain.is_none() => {
            let texts = texts(Value::Unknown(unknown));
            Ok(Value::Map(Map::from([("AWS".into(), texts)])))
        }
        Value::Unknown(unknown) => Ok(Value::Unknown(map_domain(&unknown, |value| {
            principals(value).ok()
        }))),
        Value::String(_) => Ok(Value::Map(Map::from([("AWS".into(), texts(value))]))),
        Value::Map(map) => Ok(Value::Map(
            map.into_iter()
                .map(|(kind, value)| (kind, texts(value)))
                .collect(),
        )),
        Value::Sensitive(inner) => Ok(principals(*inner)?.into_sensitive()),
        other => Err(DocumentProblem::Element {
            element: "Principal",
            found: describe(&other),
        }),
    }
}

fn describe(value: &Value) -> &'static str {
    match value.revealed() {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
        Value::Unknown(_) | Value::Sensitive(_) => "not known",
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The statements of a document in normal form: a list, or unknown.
pub(super) fn statements_of(document: &Value) -> Value {
    match document.revealed() {
        Value::Unknown(_) => document.clone(),
        Value::Map(map) => {
            let statements = map
                .get("Statement")
                .cloned()
                .unwrap_or_else(|| Value::List(Vec::new()));
            if matches!(document, Value::Sensitive(_)) {
                statements.into_sensitive()
            } else {
                statements
            }
        }
        _ => Value::List(Vec::new()),
    }
}

/// Rebuilds the document of an `aws_iam_policy_document` data source from its own blocks, when Terraform reads it during
/// apply only. What is unknown stays unknown at its place. `None` when its blocks are not known at all.
pub(super) fn from_data_source(values: &Value) -> Option<Value> {
    let map = values.as_map()?;
    if let Some(json) = map.get("json").filter(|json| json.as_str().is_some()) {
        return normalize(json.clone()).ok();
    }
    let mut all = Vec::new();
    base_documents(map.get("source_policy_documents"), &mut all);
    base_documents(map.get("source_json"), &mut all);
    match map.get("statement").map(Value::revealed) {
        Some(Value::List(blocks)) => all.extend(blocks.iter().map(block)),
        Some(Value::Unknown(unknown)) => all.push(Value::Unknown(without_domain(unknown))),
        _ => {}
    }
    let mut overriding = Vec::new();
    for name in ["override_policy_documents", "override_json"] {
        base_documents(map.get(name), &mut overriding);
    }
    let all = override_by_sid(all, overriding);
    if all.is_empty() {
        return None;
    }
    let version = map
        .get("version")
        .filter(|version| version.as_str().is_some())
        .cloned();
    Some(Value::Map(Map::from([
        ("Version".into(), version.unwrap_or_else(|| "2012-10-17".into())),
        ("Statement".into(), Value::List(all)),
    ])))
}

/// A statement that overrides takes the place of every earlier one with its `Sid`.
fn override_by_sid(base: Vec<Value>, overriding: Vec<Value>) -> Vec<Value> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut kept: Vec<Value> = Vec::with_capacity(base.len() + overriding.len());
    let tagged = base
        .into_iter()
        .map(|item| (item, false))
        .chain(overriding.into_iter().map(|item| (item, true)));
    for (statement, overrides) in tagged.rev() {
        let sid = statement
            .get("Sid")
            .and_then(Value::as_str)
            .filter(|sid| !sid.is_empty());
        if sid.is_some_and(|sid| taken.contains(sid)) {
            continue;
        }
        if let (true, Some(sid)) = (overrides, sid) {
            taken.insert(sid.to_owned());
        }
        kept.push(statement);
    }
    kept.reverse();
    kept
}

/// Statements of the documents that a data source starts from or overrides with.
fn base_documents(value: Option<&Value>, out: &mut Vec<Value>) {
    let open = || Value::from(Unknown::new(UnknownReason::DataSource));
    match value.map(Value::revealed) {
        None | Some(Value::Null) => {}
        // Nobody wrote it.
        Some(Value::Unknown(unknown)) if is_computed(unknown) => {}
        Some(Value::List(items)) => items.iter().for_each(|item| base_documents(Some(item), out)),
        Some(Value::String(text)) => match parse(text).map(|document| statements_of(&document)) {
            Ok(Value::List(items)) => out.extend(items),
            Ok(_) | Err(_) => out.push(open()),
        },
        Some(_) => out.push(open()),
    }
}

/// A `statement` block as a statement in normal form.
fn block(block: &Value) -> Value {
    let Some(map) = block.as_map() else {
        return block.clone();
    };
    let mut normal = Map::new();
    for (native, name) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        match map.get(native) {
            None | Some(Value::Null) => {}
            Some(Value::Unknown(unknown)) if is_computed(unknown) => {}
            Some(Value::List(items)) if items.is_empty() => {}
            Some(value) => {
                normal.insert(name.into(), texts(value.clone()));
            }
        }
    }
    for (native, name) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(value) = map.get(native).and_then(principal_blocks) {
            normal.insert(name.into(), value);
        }
    }
    match map.get("condition").map(Value::revealed) {
        Some(Value::List(items)) if !items.is_empty() => {
            normal.insert("Condition".into(), conditions(items));
        }
        Some(Value::Unknown(unknown)) if !is_computed(unknown) => {
            normal.insert("Condition".into(), Value::Unknown(without_domain(unknown)));
        }
        _ => {}
    }
    if let Some(sid) = map
        .get("sid")
        .filter(|sid| sid.as_str().is_some_and(|sid| !sid.is_empty()))
    {
        normal.insert("Sid".into(), sid.clone());
    }
    let effect_value = match map.get("effect") {
        None | Some(Value::Null) => "Allow".into(),
        // The provider fills in Allow.
        Some(Value::Unknown(unknown)) if is_computed(unknown) => "Allow".into(),
        Some(value) => effect(value.clone()),
    };
    normal.insert("Effect".into(), effect_value);
    Value::Map(normal)
}

/// `principals { type, identifiers }` blocks; `type = "*"` means everybody.
fn principal_blocks(value: &Value) -> Option<Value> {
    let items = match value.revealed() {
        Value::List(items) if items.is_empty() => return None,
        Value::List(items) => items,
        Value::Unknown(unknown) if !is_computed(unknown) => {
            return Some(Value::Unknown(without_domain(unknown)));
        }
        _ => return None,
    };
    let mut principals = Map::new();
    for item in items {
        let kind = item
            .as_map()
            .and_then(|map| member(map, "type", Folding::Exact))
            .map(|(_, kind)| kind);
        let identifiers = item.get("identifiers").cloned().unwrap_or(Value::Null);
        let name: Arc<str> = match kind.and_then(Value::as_str) {
            Some("*") => "AWS".into(),
            Some(kind) => kind.into(),
            // A principal of unknown type could be anybody.
            None => return Some(Value::from(Unknown::new(UnknownReason::Expression))),
        };
        let texts = texts(identifiers);
        match (principals.get_mut(&name), texts) {
            (Some(Value::List(known)), Value::List(more)) => known.extend(more),
            (_, texts) => {
                principals.insert(name, texts);
            }
        }
    }
    Some(Value::Map(principals))
}

fn conditions(items: &[Value]) -> Value {
    let mut conditions = Map::new();
    for item in items {
        let test = item.get("test").and_then(Value::as_str);
        let variable = item.get("variable").and_then(Value::as_str);
        let (Some(test), Some(variable)) = (test, variable) else {
            return Value::from(Unknown::new(UnknownReason::Expression));
        };
        let values = item.get("values").cloned().map_or(Value::Null, texts);
        let entry = conditions
            .entry(test.into())
            .or_insert_with(|| Value::Map(Map::new()));
        if let Value::Map(variables) = entry {
            variables.insert(variable.into(), values);
        }
    }
    Value::Map(conditions)
}

#[cfg(test)]
#[path = "iam_document_tests.rs"]
mod tests;
