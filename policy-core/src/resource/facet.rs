//! Facets: facts that several families share, made of canonical attributes.

use std::collections::HashMap;
use std::sync::Arc;

use super::iam_document::statements_of;
use super::key_kind::{Fallback, KINDS, KeyRule};
use super::model::{Attribute, Cell, Evidence, Provenance};
use super::public_policy;
use super::typemap_file::{FacetRaw, FallbackRaw};
use super::typemap_load::evidence_of;
use crate::value::{Domain, Unknown, UnknownReason, Value};

/// How an attribute becomes a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Predicate {
    /// As it is.
    Same,
    Present,
    NonEmpty,
    /// Every element is true, or present where elements are no booleans.
    All,
    Any,
    Not,
    Eq(Arc<str>),
    NotEq(Arc<str>),
    In(Vec<Arc<str>>),
    Contains(Arc<str>),
    NotContains(Arc<str>),
    AllEq(Arc<str>),
    /// A policy document with a statement that lets everybody in.
    Public,
}

/// `name` or `name(predicate)` of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FacetFeed {
    /// The facet, or the attribute in a [`FacetRule`].
    pub(super) name: Arc<str>,
    pub(super) predicate: Predicate,
}

impl FacetFeed {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let Some((name, rest)) = text.split_once('(') else {
            return Ok(Self {
                name: text.into(),
                predicate: Predicate::Same,
            });
        };
        let written = rest.strip_suffix(')').ok_or("the predicate is not closed")?;
        let predicate = match written.split_once(':') {
            None => match written {
                "present" => Predicate::Present,
                "nonempty" => Predicate::NonEmpty,
                "all" => Predicate::All,
                "any" => Predicate::Any,
                "not" => Predicate::Not,
                "public" => Predicate::Public,
                _ => return Err("there is no such predicate"),
            },
            Some((_, "")) => return Err("the predicate needs a value"),
            Some((name, value)) => match name {
                "eq" => Predicate::Eq(value.into()),
                "not" => Predicate::NotEq(value.into()),
                "in" => Predicate::In(value.split(',').map(Arc::from).collect()),
                "contains" => Predicate::Contains(value.into()),
                "not-contains" => Predicate::NotContains(value.into()),
                "all-eq" => Predicate::AllEq(value.into()),
                _ => return Err("there is no such predicate"),
            },
        };
        Ok(Self {
            name: name.into(),
            predicate,
        })
    }
}

/// A facet made of several attributes of a kind, or fixed for it.
#[derive(Clone, Debug)]
pub(super) enum FacetRule {
    Any(Vec<FacetFeed>),
    All(Vec<FacetFeed>),
    Value(Value, Evidence),
    /// Which kind of KMS key encrypts the resource.
    Key(KeyRule),
    /// Whether AWS Backup covers the resource; the ARN of its type after `arn:partition:`.
    Backup(Arc<str>),
}

impl FacetRule {
    pub(super) fn from_raw(
        raw: &FacetRaw,
        attributes: &HashMap<Arc<str>, usize>,
    ) -> Result<Self, &'static str> {
        let feeds = |texts: &[String]| {
            let feeds: Vec<FacetFeed> = texts
                .iter()
                .map(|text| FacetFeed::parse(text))
                .collect::<Result<_, _>>()?;
            let known = !feeds.is_empty() && feeds.iter().all(|feed| attributes.contains_key(&feed.name));
            if known {
                Ok(feeds)
            } else {
                Err("it is made of an attribute that the kind does not have")
            }
        };
        if raw.key.is_none() && (raw.when.is_some() || raw.default.is_some() || raw.otherwise.is_some()) {
            return Err("`when`, `default` and `otherwise` belong to `key`");
        }
        if let Some(arn) = &raw.backup {
            let alone = raw.any.is_none() && raw.all.is_none() && raw.value.is_none() && raw.key.is_none();
            return match alone && raw.evidence.is_none() {
                true => Ok(Self::Backup(arn.clone())),
                false => Err("`backup` stands alone"),
            };
        }
        match (&raw.any, &raw.all, &raw.value, &raw.key, raw.evidence) {
            (Some(any), None, None, None, None) => feeds(any).map(Self::Any),
            (None, Some(all), None, None, None) => feeds(all).map(Self::All),
            (None, None, Some(value), None, Some(evidence)) => Ok(Self::Value(
                Value::from(value.clone()),
                evidence_of(evidence, raw.source.as_deref()),
            )),
            (None, None, None, Some(key), None) => key_rule(raw, key, attributes).map(Self::Key),
            _ => Err("say exactly one of `any`, `all`, `key`, or `value` with its `evidence`"),
        }
    }
}

fn key_rule(
    raw: &FacetRaw,
    key: &Arc<str>,
    attributes: &HashMap<Arc<str>, usize>,
) -> Result<KeyRule, &'static str> {
    let fallback = |raw: &Option<FallbackRaw>| match raw {
        None => Ok(None),
        Some(raw) if KINDS.contains(&&*raw.value) => Ok(Some(Fallback {
            value: Value::String(raw.value.clone()),
            evidence: evidence_of(raw.evidence, raw.source.as_deref()),
        })),
        Some(_) => Err("there is no such kind of key"),
    };
    let when = raw.when.as_deref().map(FacetFeed::parse).transpose()?;
    let named = when.iter().map(|feed| &feed.name).chain([key]);
    if !named.into_iter().all(|name| attributes.contains_key(name)) {
        return Err("it is made of an attribute that the kind does not have");
    }
    Ok(KeyRule {
        key: key.clone(),
        when,
        default: fallback(&raw.default)?,
        otherwise: fallback(&raw.otherwise)?,
    })
}

/// The fact that a predicate makes of an attribute. `None`: the kind has no such attribute here.
pub(super) fn judge(predicate: &Predicate, attribute: &Attribute) -> Attribute {
    let cell = match predicate {
        Predicate::Same => attribute.cell.clone(),
        _ => match &attribute.cell {
            Cell::Known(value) => known(predicate, Some(value)),
            Cell::Absent => known(predicate, None),
            Cell::Unknown(unknown) => open(predicate, unknown),
        },
    };
    Attribute {
        cell,
        provenance: attribute.provenance.clone(),
    }
}

/// Combines facts: `decisive` is the value that one of them is enough for.
pub(super) fn combine(facts: Vec<Attribute>, decisive: bool) -> Attribute {
    let says = |fact: &Attribute| match &fact.cell {
        Cell::Known(value) => value.as_bool(),
        Cell::Absent => Some(false),
        Cell::Unknown(_) => None,
    };
    if let Some(fact) = facts.iter().find(|fact| says(fact) == Some(decisive)) {
        return Attribute {
            cell: Cell::Known(decisive.into()),
            provenance: fact.provenance.clone(),
        };
    }
    if let Some(fact) = facts.iter().find(|fact| says(fact).is_none()) {
        return Attribute {
            // More than one may be unknown: the domain of the first is not that of the whole.
            cell: match &fact.cell {
                Cell::Unknown(unknown) => unknown_bool(unknown),
                other => other.clone(),
            },
            provenance: fact.provenance.clone(),
        };
    }
    let mut provenance = facts
        .first()
        .map(|fact| fact.provenance.clone())
        .unwrap_or_default();
    // Every one of them was needed, so the whole is as trustworthy as the least.
    if facts
        .iter()
        .any(|fact| fact.provenance.evidence == Some(Evidence::Unverified))
    {
        provenance = Provenance {
            evidence: Some(Evidence::Unverified),
            declared: false,
            ..provenance
        };
    }
    Attribute {
        cell: Cell::Known((!decisive).into()),
        provenance,
    }
}

fn unknown_bool(unknown: &Arc<Unknown>) -> Cell {
    Cell::Unknown(Arc::new(Unknown {
        domain: Some(Domain::Bool),
        non_null: true,
        ..Unknown::clone(unknown)
    }))
}

fn open(predicate: &Predicate, unknown: &Arc<Unknown>) -> Cell {
    if unknown.non_null && *predicate == Predicate::Present {
        return Cell::Known(true.into());
    }
    let values: Vec<Value> = match &unknown.domain {
        Some(Domain::Bool) => vec![true.into(), false.into()],
        Some(Domain::AnyOf(values)) => values.clone(),
        None => return unknown_bool(unknown),
    };
    let absent = (!unknown.non_null).then_some(Value::Null);
    let mut facts = values.iter().chain(&absent).map(|value| match value {
        Value::Null => known(predicate, None),
        value => known(predicate, Some(value)),
    });
    match facts.next() {
        Some(Cell::Known(first)) if facts.all(|fact| fact.known() == Some(&first)) => Cell::Known(first),
        _ => unknown_bool(unknown),
    }
}

fn known(predicate: &Predicate, value: Option<&Value>) -> Cell {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let is = |wanted: &str| value.and_then(text).as_deref() == Some(wanted);
    let fact = match predicate {
        Predicate::Same => return value.map_or(Cell::Absent, |value| Cell::Known(value.clone())),
        Predicate::Present => value.is_some_and(|value| value.as_str() != Some("")),
        Predicate::NonEmpty => match value.map(Value::revealed) {
            Some(Value::List(items)) => !items.is_empty(),
            Some(Value::Map(map)) => !map.is_empty(),
            Some(Value::String(text)) => !text.is_empty(),
            other => other.is_some(),
        },
        Predicate::Not => match value.map(Value::as_bool) {
            Some(Some(value)) => !value,
            // Absent is neither.
            _ => return Cell::Absent,
        },
        Predicate::Eq(wanted) => is(wanted),
        Predicate::NotEq(wanted) => match value.map(Value::revealed) {
            Some(Value::List(items)) => return elements(items, false, |item| negate(equals(item, wanted))),
            other => other.is_some() && !is(wanted),
        },
        Predicate::In(wanted) => wanted.iter().any(|wanted| is(wanted)),
        Predicate::Contains(wanted) => return elements(items(value), true, |item| equals(item, wanted)),
        Predicate::NotContains(wanted) => {
            return elements(items(value), false, |item| negate(equals(item, wanted)));
        }
        Predicate::AllEq(wanted) => return elements(items(value), false, |item| equals(item, wanted)),
        Predicate::All => match value {
            None => false,
            Some(_) => return elements(items(value), false, holds),
        },
        Predicate::Any => return elements(items(value), true, holds),
        Predicate::Public => {
            let statements = value.map(statements_of);
            return elements(items(statements.as_ref()), true, public_policy::is_public);
        }
    };
    Cell::Known(fact.into())
}

fn items(value: Option<&Value>) -> &[Value] {
    match value.map(Value::revealed) {
        Some(Value::List(items)) => items,
        Some(_) => value.map(std::slice::from_ref).unwrap_or_default(),
        None => &[],
    }
}

/// A boolean as it is, everything else by being there.
fn holds(value: &Value) -> Option<bool> {
    match value.revealed() {
        Value::Unknown(_) => None,
        Value::Null => Some(false),
        Value::Bool(value) => Some(*value),
        _ => Some(true),
    }
}

fn equals(value: &Value, wanted: &str) -> Option<bool> {
    match value.revealed() {
        Value::Unknown(_) => None,
        other => Some(other.as_str() == Some(wanted)),
    }
}

fn negate(fact: Option<bool>) -> Option<bool> {
    fact.map(|fact| !fact)
}

/// Kleene over elements: one decisive element is enough, else one that is unknown leaves it open.
fn elements(items: &[Value], decisive: bool, judge: impl Fn(&Value) -> Option<bool>) -> Cell {
    let mut open_item = None;
    for item in items {
        match judge(item) {
            Some(fact) if fact == decisive => return Cell::Known(decisive.into()),
            Some(_) => {}
            None => open_item = Some(item),
        }
    }
    match open_item {
        None => Cell::Known((!decisive).into()),
        Some(item) => match item.as_unknown() {
            Some(unknown) => unknown_bool(unknown),
            None => unknown_bool(&Arc::new(Unknown::new(UnknownReason::Expression))),
        },
    }
}

#[cfg(test)]
#[path = "facet_tests.rs"]
mod tests;
