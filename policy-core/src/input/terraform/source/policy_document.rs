//! `aws_iam_policy_document`: statements to JSON, as the AWS provider writes it.
//!
//! The provider writes the members of a statement in a fixed order, a list of one element as that element, and longer
//! lists of actions, resources and principals in descending order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cty::{Data, Val, merge_unknowns, or_default};
use crate::value::{Map, Unknown, Value};

/// A document.
pub(super) enum Rendered {
    /// Everything in it is known.
    Known(Document),
    /// The document with unknown values in it, and why it is unknown as a text.
    Holes(Value, Unknown),
    /// A source document is not JSON.
    Invalid(String),
}

/// JSON whose members keep their order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Document {
    Value(Value),
    List(Vec<Document>),
    Object(Vec<(Arc<str>, Document)>),
}

/// The members of a statement in the order in which the provider writes them.
const ORDER: &[&str] = &[
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

/// Renders the arguments of the data source. `documents` gives an unknown text its content, where that is known.
pub(super) fn render(
    members: &BTreeMap<Arc<str>, Val>,
    documents: &dyn Fn(&Val) -> Option<Value>,
) -> Rendered {
    let mut hidden: Vec<Val> = Vec::new();
    let mut version = text(members.get("version")).unwrap_or_else(|| "2012-10-17".to_owned());
    let mut id = text(members.get("policy_id"));
    let mut statements: Vec<Vec<(Arc<str>, Document)>> = Vec::new();
    let mut merge = |value: Option<&Val>,
                     statements: &mut Vec<Vec<(Arc<str>, Document)>>,
                     hidden: &mut Vec<Val>|
     -> Result<(), String> {
        let Some(value) = value else { return Ok(()) };
        let sources: Vec<&Val> = match value.as_sequence() {
            Some(items) => items.iter().collect(),
            None => vec![value],
        };
        for source in sources {
            let parsed = match &source.data {
                Data::Null(_) => continue,
                Data::String(text) if text.is_empty() => continue,
                Data::String(text) => serde_json::from_str::<serde_json::Value>(text)
                    .map(Value::from)
                    .map_err(|error| format!("a source document is not JSON: {error}"))?,
                _ => match documents(source) {
                    Some(document) => {
                        hidden.push(source.clone());
                        document
                    }
                    None => return Err(String::new()),
                },
            };
            if let Some(other) = parsed.get("Version").and_then(Value::as_str)
                && *other > *version
            {
                version = other.to_owned();
            }
            if let Some(other) = parsed.get("Id").and_then(Value::as_str) {
                id = Some(other.to_owned());
            }
            let list = match parsed.get("Statement").map(Value::revealed) {
                Some(Value::List(items)) => items.clone(),
                Some(other) => vec![other.clone()],
                None => Vec::new(),
            };
            for statement in &list {
                add(statements, existing(statement));
            }
        }
        Ok(())
    };
    let own = match members.get("statement") {
        Some(list) => match list.as_sequence() {
            Some(items) => items.to_vec(),
            None => return opaque(members),
        },
        None => Vec::new(),
    };
    let mut merged = Ok(());
    for name in ["source_json", "source_policy_documents"] {
        merged = merged.and_then(|()| merge(members.get(name), &mut statements, &mut hidden));
    }
    for statement in &own {
        let Some(arguments) = statement.as_mapping() else {
            return opaque(members);
        };
        add(&mut statements, written(arguments, &mut hidden));
    }
    for name in ["override_json", "override_policy_documents"] {
        merged = merged.and_then(|()| merge(members.get(name), &mut statements, &mut hidden));
    }
    match merged {
        Err(message) if message.is_empty() => return opaque(members),
        Err(message) => return Rendered::Invalid(message),
        Ok(()) => {}
    }
    let mut object = vec![("Version".into(), string(&version))];
    object.extend(
        id.filter(|id| !id.is_empty())
            .map(|id| ("Id".into(), string(&id))),
    );
    if !statements.is_empty() {
        let list = statements.into_iter().map(Document::Object).collect();
        object.push(("Statement".into(), Document::List(list)));
    }
    let document = Document::Object(object);
    if hidden.is_empty() {
        return Rendered::Known(document);
    }
    let unknown = Unknown::clone(&merge_unknowns(&hidden)).non_null();
    Rendered::Holes(document.into_value(), unknown)
}

/// A document of which nothing can be said.
fn opaque(members: &BTreeMap<Arc<str>, Val>) -> Rendered {
    let unknown = Arc::new(Unknown::clone(&merge_unknowns(members.values())).non_null());
    Rendered::Holes(Value::Unknown(unknown.clone()), Unknown::clone(&unknown))
}

/// A statement with a `Sid` replaces the one that has it.
fn add(statements: &mut Vec<Vec<(Arc<str>, Document)>>, statement: Vec<(Arc<str>, Document)>) {
    fn sid(statement: &[(Arc<str>, Document)]) -> Option<&Document> {
        statement
            .iter()
            .find(|(name, _)| &**name == "Sid")
            .map(|(_, sid)| sid)
    }
    let same = sid(&statement).and_then(|wanted| {
        statements
            .iter()
            .position(|known| sid(known).is_some_and(|known| known == wanted))
    });
    match same.and_then(|at| statements.get_mut(at)) {
        Some(known) => *known = statement,
        None => statements.push(statement),
    }
}

/// A statement of another document, in the provider's order.
fn existing(statement: &Value) -> Vec<(Arc<str>, Document)> {
    ORDER
        .iter()
        .filter_map(|name| {
            statement
                .get(name)
                .map(|value| (Arc::from(*name), Document::Value(value.clone())))
        })
        .collect()
}

/// A `statement` block.
fn written(arguments: &BTreeMap<Arc<str>, Val>, hidden: &mut Vec<Val>) -> Vec<(Arc<str>, Document)> {
    let mut statement: Vec<(Arc<str>, Document)> = Vec::new();
    let argument = |name: &str| arguments.get(name).filter(|value| !value.is_null());
    if let Some(sid) = argument("sid") {
        match leaf(sid, hidden) {
            Value::String(text) if text.is_empty() => {}
            sid => statement.push(("Sid".into(), Document::Value(sid))),
        }
    }
    let effect = argument("effect").map_or_else(
        || Value::from("Allow"),
        |effect| leaf(&or_default(effect.clone(), &Val::string("Allow")), hidden),
    );
    statement.push(("Effect".into(), Document::Value(effect)));
    for (name, member) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(list) = argument(name).and_then(|list| one_or_list(list, hidden)) {
            statement.push((member.into(), list));
        }
    }
    for (name, member) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(blocks) = argument(name).and_then(|blocks| principals(blocks, hidden)) {
            statement.push((member.into(), blocks));
        }
    }
    if let Some(conditions) = argument("condition").and_then(|blocks| conditions(blocks, hidden)) {
        statement.push(("Condition".into(), conditions));
    }
    statement
}

fn principals(blocks: &Val, hidden: &mut Vec<Val>) -> Option<Document> {
    let Some(blocks) = blocks.as_sequence() else {
        return Some(Document::Value(leaf(blocks, hidden)));
    };
    let mut by_type: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for block in blocks {
        let members = block.as_mapping()?;
        let kind = members.get("type").map(|kind| leaf(kind, hidden))?;
        let identifiers = members
            .get("identifiers")
            .map(|list| elements(list, hidden))
            .unwrap_or_default();
        // A principal of unknown type may be anybody.
        let Some(kind) = kind.as_str() else {
            return Some(Document::Value(kind));
        };
        let everybody = identifiers.len() == 1 && identifiers.first().and_then(Value::as_str) == Some("*");
        if kind == "*" && everybody && blocks.len() == 1 {
            return Some(string("*"));
        }
        by_type.entry(kind.to_owned()).or_default().extend(identifiers);
    }
    if by_type.is_empty() {
        return None;
    }
    let members = by_type.into_iter().map(|(kind, mut identifiers)| {
        descending(&mut identifiers);
        (kind.into(), single(identifiers))
    });
    Some(Document::Object(members.collect()))
}

fn conditions(blocks: &Val, hidden: &mut Vec<Val>) -> Option<Document> {
    let Some(blocks) = blocks.as_sequence() else {
        return Some(Document::Value(leaf(blocks, hidden)));
    };
    let mut tests: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Vec<Value>>> = BTreeMap::new();
    for block in blocks {
        let members = block.as_mapping()?;
        let test = leaf(members.get("test")?, hidden);
        let variable = leaf(members.get("variable")?, hidden);
        let values = members
            .get("values")
            .map(|list| elements(list, hidden))
            .unwrap_or_default();
        match (test.as_str(), variable.as_str()) {
            (Some(test), Some(variable)) => {
                tests
                    .entry(test.into())
                    .or_default()
                    .entry(variable.into())
                    .or_default()
                    .extend(values);
            }
            _ => {
                return Some(Document::Value(if test.as_str().is_none() {
                    test
                } else {
                    variable
                }));
            }
        }
    }
    if tests.is_empty() {
        return None;
    }
    let members = tests.into_iter().map(|(test, variables)| {
        let variables = variables.into_iter().map(|(variable, mut values)| {
            descending(&mut values);
            (variable, single(values))
        });
        (test, Document::Object(variables.collect()))
    });
    Some(Document::Object(members.collect()))
}

fn one_or_list(list: &Val, hidden: &mut Vec<Val>) -> Option<Document> {
    if list.as_sequence().is_none() {
        return Some(Document::Value(leaf(list, hidden)));
    }
    let mut values = elements(list, hidden);
    if values.is_empty() {
        return None;
    }
    descending(&mut values);
    Some(single(values))
}

fn elements(list: &Val, hidden: &mut Vec<Val>) -> Vec<Value> {
    match list.as_sequence() {
        Some(items) => items
            .iter()
            .filter(|item| !item.is_null())
            .map(|item| leaf(item, hidden))
            .collect(),
        None => vec![leaf(list, hidden)],
    }
}

/// A text of a statement. `&{…}` is how HCL spells the policy variable `${…}`.
fn leaf(value: &Val, hidden: &mut Vec<Val>) -> Value {
    match &value.data {
        Data::String(text) => Value::from(text.replace("&{", "${")),
        Data::Unknown(_, unknown) => {
            hidden.push(value.clone());
            Value::Unknown(unknown.clone())
        }
        _ => value.clone().unmarked_deep().0.to_value(),
    }
}

fn descending(values: &mut [Value]) {
    values.sort_by(|a, b| b.as_str().cmp(&a.as_str()));
}

fn single(mut values: Vec<Value>) -> Document {
    match (values.len(), values.pop()) {
        (1, Some(only)) => Document::Value(only),
        (_, last) => Document::List(values.into_iter().chain(last).map(Document::Value).collect()),
    }
}

fn string(text: &str) -> Document {
    Document::Value(Value::from(text))
}

fn text(value: Option<&Val>) -> Option<String> {
    value.and_then(Val::as_str).map(str::to_owned)
}

impl Document {
    fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::List(items) => Value::List(items.into_iter().map(Self::into_value).collect()),
            Self::Object(members) => Value::Map(
                members
                    .into_iter()
                    .map(|(name, value)| (name, value.into_value()))
                    .collect::<Map>(),
            ),
        }
    }

    /// Indented by two spaces.
    pub(super) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// Without blanks.
    pub(super) fn minified(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// Recursion follows the nesting of the document.
    fn write(&self, out: &mut String, indent: Option<usize>) {
        match self {
            Self::Value(Value::List(items)) => {
                Self::List(items.iter().cloned().map(Self::Value).collect()).write(out, indent);
            }
            Self::Value(Value::Map(members)) => {
                let members = members
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::Value(value.clone())));
                Self::Object(members.collect()).write(out, indent);
            }
            Self::Value(value) => out.push_str(&escaped(&value.to_json().to_string())),
            Self::List(items) if items.is_empty() => out.push_str("[]"),
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::List(items) => {
                out.push('[');
                for (position, item) in items.iter().enumerate() {
                    separate(out, position, indent);
                    item.write(out, indent.map(|indent| indent + 1));
                }
                close(out, indent, ']');
            }
            Self::Object(members) => {
                out.push('{');
                for (position, (name, value)) in members.iter().enumerate() {
                    separate(out, position, indent);
                    out.push_str(&escaped(&serde_json::Value::from(&**name).to_string()));
                    out.push_str(if indent.is_some() { ": " } else { ":" });
                    value.write(out, indent.map(|indent| indent + 1));
                }
                close(out, indent, '}');
            }
        }
    }
}

fn separate(out: &mut String, position: usize, indent: Option<usize>) {
    if position > 0 {
        out.push(',');
    }
    if let Some(indent) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", indent + 1));
    }
}

fn close(out: &mut String, indent: Option<usize>, bracket: char) {
    if let Some(indent) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", indent));
    }
    out.push(bracket);
}

/// Go's encoder writes these characters as escapes, because of HTML.
fn escaped(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
