//! The section `Parameters`: what `Ref` of a parameter gives.

use std::collections::HashMap;
use std::sync::Arc;

use super::codes;
use super::expression::Expression;
use super::text::{MAX_DOMAIN, literal, scalar_text};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::input::InputContext;
use crate::value::{Domain, Number, Unknown, UnknownReason, Value};

/// The values of the parameters by name. Every parameter of the template is in it.
#[derive(Debug, Default)]
pub(super) struct Parameters(HashMap<Arc<str>, Value>);

impl Parameters {
    pub(super) fn read(
        section: Option<&Node>,
        context: &InputContext,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let entries = section.map(Node::entries).unwrap_or_default();
        let defined = entries.iter().filter(|entry| &*entry.key != "Fn::Transform");
        Self(
            defined
                .map(|entry| (entry.key.clone(), parameter(entry, context, diagnostics)))
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }
}

/// How a parameter type turns a text into a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    List,
    /// The value names an entry of Parameter Store; what it holds is only known at deployment.
    Stored,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "Number" => Self::Number,
            "CommaDelimitedList" => Self::List,
            _ if name.starts_with("AWS::SSM::Parameter::Value<") => Self::Stored,
            _ if name.starts_with("List<") => Self::List,
            _ => Self::Text,
        }
    }

    fn value(self, text: &str) -> Value {
        match self {
            Self::List if text.trim().is_empty() => Value::List(Vec::new()),
            Self::List => Value::List(text.split(',').map(|item| literal(&item.trim().into())).collect()),
            // Only integers in their usual spelling: everything else would lose digits, and CloudFormation hands the
            // text on as it is.
            Self::Number => match text.parse::<i128>() {
                Ok(integer) if integer.to_string() == text => Value::Number(Number::Integer(integer)),
                _ => literal(&text.into()),
            },
            Self::Text | Self::Stored => literal(&text.into()),
        }
    }
}

fn parameter(entry: &Entry, context: &InputContext, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let name = &entry.key;
    let definition = &entry.value;
    let bad = |message: String| Diagnostic::new(&codes::CFN011, message).at(&entry.key_span);
    if !matches!(definition.kind, NodeKind::Mapping(_)) {
        diagnostics.push(bad(format!(
            "parameter `{name}` is {}, not a mapping",
            definition.describe()
        )));
        return unknown(name).into();
    }
    let Some(type_name) = definition.get("Type").and_then(Node::as_str) else {
        diagnostics.push(bad(format!("parameter `{name}` has no `Type`")).help("add `Type: String`"));
        return unknown(name).into();
    };
    let kind = Kind::of(type_name);
    let secret = definition
        .get("NoEcho")
        .and_then(|flag| Expression::new(flag).literal())
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    let allowed = allowed_values(definition);
    if kind == Kind::Stored {
        return unknown(name).into();
    }
    let value = match context.parameters.get(&**name) {
        Some(given) => match given_value(kind, given) {
            Some(value) => Some(value),
            None => {
                diagnostics.push(bad(format!(
                    "the value given for parameter `{name}` is no {type_name}"
                )));
                None
            }
        },
        None => match definition.get("Default") {
            None => None,
            Some(default) => match Expression::new(default).literal() {
                Some(text) => Some(kind.value(&text)),
                None => {
                    diagnostics.push(
                        Diagnostic::new(
                            &codes::CFN011,
                            format!(
                                "the default of parameter `{name}` is {}, not a text or number",
                                default.describe()
                            ),
                        )
                        .at(&default.span),
                    );
                    None
                }
            },
        },
    };
    match value {
        Some(value) => match not_allowed(&value, &allowed) {
            Some(text) => {
                let shown = if secret {
                    "it".to_owned()
                } else {
                    format!("`{text}`")
                };
                diagnostics.push(
                    bad(format!("parameter `{name}` cannot have the value given for it: {shown} is not among its `AllowedValues`"))
                        .help("give one of the allowed values"),
                );
                unknown(name).into()
            }
            None if secret && value.as_unknown().is_none() => value.into_sensitive(),
            None => value,
        },
        None => open(name, kind, secret, &allowed).into(),
    }
}

fn unknown(name: &Arc<str>) -> Unknown {
    Unknown::new(UnknownReason::Parameter)
        .with_refs([name.clone()])
        .non_null()
}

/// A parameter without a value: one of its `AllowedValues`, if it has some.
fn open(name: &Arc<str>, kind: Kind, secret: bool, allowed: &[Arc<str>]) -> Unknown {
    let unknown = unknown(name);
    // For lists `AllowedValues` restricts the elements, and the values of a secret are not to be shown.
    if kind == Kind::List || secret || allowed.is_empty() || allowed.len() > MAX_DOMAIN {
        return unknown;
    }
    unknown.with_domain(Domain::AnyOf(
        allowed.iter().map(|text| kind.value(text)).collect(),
    ))
}

fn allowed_values(definition: &Node) -> Vec<Arc<str>> {
    let items = definition
        .get("AllowedValues")
        .map(Node::items)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(|item| Expression::new(item).literal())
        .collect()
}

/// A value from outside in the type of the parameter. `None` when it does not fit.
fn given_value(kind: Kind, given: &Value) -> Option<Value> {
    match given {
        Value::Sensitive(inner) => given_value(kind, inner).map(Value::into_sensitive),
        Value::List(items) if kind == Kind::List => {
            let texts: Option<Vec<Value>> = items
                .iter()
                .map(|item| scalar_text(item).map(Value::String))
                .collect();
            texts.map(Value::List)
        }
        scalar => scalar_text(scalar).map(|text| kind.value(&text)),
    }
}

fn not_allowed(value: &Value, allowed: &[Arc<str>]) -> Option<Arc<str>> {
    if allowed.is_empty() {
        return None;
    }
    let texts: Vec<Arc<str>> = match value.revealed() {
        Value::List(items) => items.iter().filter_map(scalar_text).collect(),
        scalar => scalar_text(scalar).into_iter().collect(),
    };
    texts.into_iter().find(|text| !allowed.contains(text))
}
