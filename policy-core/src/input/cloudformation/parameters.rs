//! The section `Parameters`: what `Ref` of a parameter gives.

use std::collections::HashMap;
use std::sync::Arc;

use super::codes;
use super::expression::Expression;
use super::rules::Restrictions;
use super::scope::Scope;
use super::text::{MAX_DOMAIN, literal, scalar_text};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::resource::ResourceId;
use crate::value::{Domain, Number, Unknown, UnknownReason, Value};

/// A resource that a value was made from, by the name the whole inventory knows it by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) id: ResourceId,
    pub(super) attribute: Option<Arc<str>>,
}

/// A value that crosses the border of a template: given for a parameter, or the value of an output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    pub(super) value: Value,
    /// The resources of other stacks that it refers to.
    pub(super) targets: Vec<Target>,
}

impl From<Value> for Argument {
    fn from(value: Value) -> Self {
        Self {
            value,
            targets: Vec::new(),
        }
    }
}

/// Arguments by the name of the parameter or output.
pub(super) type Arguments = HashMap<Arc<str>, Argument>;

/// The values of the parameters by name. Every parameter of the template is in it.
#[derive(Debug, Default)]
pub(super) struct Parameters(Arguments);

impl Parameters {
    /// What the parameters of a section are with these arguments. `given_by` is the place of a nested stack that
    /// gives them: then every parameter needs a value, as CloudFormation asks for.
    pub(super) fn read(
        section: Option<&Node>,
        outside: &Outside<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let entries = section.map(Node::entries).unwrap_or_default();
        let defined = entries.iter().filter(|entry| &*entry.key != "Fn::Transform");
        // For a nested stack, the stack that gives the values says it.
        if let Some(section) = section.filter(|_| outside.scope.path().is_empty()) {
            diagnostics.extend(stray(section, outside));
        }
        Self(
            defined
                .map(|entry| {
                    let targets = outside
                        .arguments
                        .get(&entry.key)
                        .map(|given| given.targets.clone());
                    let argument = Argument {
                        value: parameter(entry, outside, diagnostics),
                        targets: targets.unwrap_or_default(),
                    };
                    (entry.key.clone(), argument)
                })
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&Argument> {
        self.0.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }

    /// Adds what a loop over an unknown list runs over, which is referred to like a parameter.
    pub(super) fn add(&mut self, variables: impl IntoIterator<Item = (Arc<str>, Value)>) {
        let variables = variables.into_iter().map(|(name, value)| (name, value.into()));
        self.0.extend(variables);
    }
}

/// What decides about parameters beside their definitions.
pub(super) struct Outside<'o> {
    pub(super) arguments: &'o Arguments,
    pub(super) restrictions: &'o Restrictions,
    pub(super) scope: &'o Scope,
}

/// Values given for parameters that the template does not have. Other templates of the same run may have them, so this
/// is no error; but a misspelled name would silently leave the default in force.
fn stray(section: &Node, outside: &Outside<'_>) -> Vec<Diagnostic> {
    let known: Vec<&str> = section.entries().iter().map(|entry| &*entry.key).collect();
    let mut given: Vec<&Arc<str>> = outside
        .arguments
        .keys()
        .filter(|name| !known.contains(&&***name))
        .collect();
    given.sort();
    given
        .into_iter()
        .map(|name| {
            let close = known.iter().max_by(|left, right| {
                strsim::jaro_winkler(left, name).total_cmp(&strsim::jaro_winkler(right, name))
            });
            let help = match close.filter(|close| strsim::jaro_winkler(close, name) > 0.85) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("it has {}", known.join(", ")),
            };
            Diagnostic::new(&codes::CFN011, format!("the template has no parameter `{name}`"))
                .level(crate::diagnostic::Level::Warning)
                .at(&section.span)
                .help(help)
        })
        .collect()
}

/// So many values of a number are tried one by one: the days of a retention that RDS accepts are 35.
const MOST_INTEGERS: usize = 64;

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

fn parameter(entry: &Entry, outside: &Outside<'_>, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let name = &entry.key;
    let definition = &entry.value;
    let unknown = || {
        Unknown::new(UnknownReason::Parameter)
            .with_refs([outside.scope.name(name)])
            .non_null()
    };
    let bad = |message: String| Diagnostic::new(&codes::CFN011, message).at(&entry.key_span);
    if !matches!(definition.kind, NodeKind::Mapping(_)) {
        diagnostics.push(bad(format!(
            "parameter `{name}` is {}, not a mapping",
            definition.describe()
        )));
        return unknown().into();
    }
    let Some(type_name) = definition.get("Type").and_then(Node::as_str) else {
        diagnostics.push(bad(format!("parameter `{name}` has no `Type`")).help("add `Type: String`"));
        return unknown().into();
    };
    let kind = Kind::of(type_name);
    let secret = definition
        .get("NoEcho")
        .and_then(|flag| Expression::new(flag).literal())
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    let allowed = allowed_values(definition);
    if kind == Kind::Stored {
        return unknown().into();
    }
    // What the parameter may be while nobody says what it is.
    let possible = match outside.restrictions.get(name) {
        Some(asserted) if allowed.is_empty() => asserted.iter().cloned().collect(),
        Some(asserted) => allowed
            .iter()
            .filter(|text| asserted.contains(*text))
            .cloned()
            .collect(),
        None => allowed.clone(),
    };
    let narrow = |unknown: Unknown| -> Value { narrowed(unknown, kind, secret, &possible).into() };
    let given = outside.arguments.get(name).map(|argument| &argument.value);
    let default = definition.get("Default").and_then(|node| {
        let text = Expression::new(node).literal();
        if text.is_none() && given.is_none() {
            let message = format!(
                "the default of parameter `{name}` is {}, not a text or number",
                node.describe()
            );
            diagnostics.push(Diagnostic::new(&codes::CFN011, message).at(&node.span));
        }
        text.map(|text| kind.value(&text))
    });
    let value = match given {
        Some(given) => match given.as_unknown() {
            Some(unknown) => return narrow(passed_on(unknown, kind, default)),
            None => {
                let value = given_value(kind, given);
                if value.is_none() {
                    diagnostics.push(bad(format!(
                        "the value given for parameter `{name}` is no {type_name}"
                    )));
                }
                value
            }
        },
        None => default,
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
                unknown().into()
            }
            None if secret && value.as_unknown().is_none() => value.into_sensitive(),
            None => value,
        },
        None if possible.is_empty() && kind == Kind::Number && !secret => match range(definition) {
            Some(numbers) => unknown().with_domain(Domain::AnyOf(numbers)).into(),
            None => unknown().into(),
        },
        None => narrow(unknown()),
    }
}

/// Every integer from `MinValue` to `MaxValue`, if these are few. A number between two integers is on the same side of every
/// integer that a rule may ask about as one of the two, and no property that takes a number of days or of copies takes it.
fn range(definition: &Node) -> Option<Vec<Value>> {
    let bound = |name: &str| -> Option<i128> {
        let text = definition
            .get(name)
            .and_then(|node| Expression::new(node).literal())?;
        text.parse().ok()
    };
    let (least, most) = (bound("MinValue")?, bound("MaxValue")?);
    let count = most.checked_sub(least)?.checked_add(1)?;
    let few = usize::try_from(count).is_ok_and(|count| (1..=MOST_INTEGERS).contains(&count));
    few.then(|| {
        (least..=most)
            .map(|number| Value::Number(Number::Integer(number)))
            .collect()
    })
}

/// What a nested stack gets for a parameter when the outer one does not know the value. Where the outer one may leave
/// the parameter out, it may be its default.
fn passed_on(given: &Unknown, kind: Kind, default: Option<Value>) -> Unknown {
    let mut unknown = Unknown {
        domain: None,
        ..given.clone()
    };
    unknown.non_null = true;
    if kind == Kind::List {
        return unknown;
    }
    let Some(Domain::AnyOf(values)) = &given.domain else {
        return unknown;
    };
    let mut possible: Vec<Value> = Vec::new();
    let absent = !given.non_null || values.contains(&Value::Null);
    let present = values.iter().filter(|value| **value != Value::Null);
    let present: Option<Vec<Value>> = present.map(|value| given_value(kind, value)).collect();
    for value in present.into_iter().flatten().chain(default.filter(|_| absent)) {
        if !possible.contains(&value) {
            possible.push(value);
        }
    }
    let plain = possible.iter().all(|value| scalar_text(value).is_some());
    if plain && !possible.is_empty() {
        unknown.domain = Some(Domain::AnyOf(possible));
    }
    unknown
}

/// A parameter without a value is one of the values it may have, if these are few.
fn narrowed(mut unknown: Unknown, kind: Kind, secret: bool, possible: &[Arc<str>]) -> Unknown {
    // For lists `AllowedValues` restricts the elements, and the values of a secret are not to be shown.
    if kind == Kind::List || secret {
        unknown.domain = None;
        return unknown;
    }
    if possible.is_empty() {
        return unknown;
    }
    let values: Vec<Value> = match &unknown.domain {
        Some(Domain::AnyOf(values)) => {
            let allowed = |value: &&Value| scalar_text(value).is_some_and(|text| possible.contains(&text));
            values.iter().filter(allowed).cloned().collect()
        }
        _ => possible.iter().map(|text| kind.value(text)).collect(),
    };
    // No value at all would let every question be answered with yes.
    if !values.is_empty() && values.len() <= MAX_DOMAIN {
        unknown.domain = Some(Domain::AnyOf(values));
    }
    unknown
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
