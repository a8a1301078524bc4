//! Which kind of KMS key encrypts a resource: one that AWS owns, one that AWS manages in the account, or the customer's.
//!
//! A key that is named by its id may be of either of the last two, and the wrong answer would be a wrong pass of every
//! control that asks for a customer managed key. So only what says it decides: a key or an alias of this input, a data
//! source that tells the manager, the reserved names `alias/aws/…`, and any other alias, because an alias can be made
//! for customer managed keys only. Everything else stays open.

use std::collections::HashMap;
use std::sync::Arc;

use super::coerce::distinct;
use super::defaults::is_left_to_service;
use super::facet::{FacetFeed, judge};
use super::inventory::Draft;
use super::kind::{Kind, TypeMap};
use super::model::{Attribute, Cell, Evidence, Lifecycle, NativeResource, Provenance, SourceKind};
use super::path::{Folding, member};
use super::reference::{Directory, Group, Target};
use super::relation::targets_of;
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

const AWS_MANAGED: &str = "aws_managed";
const CUSTOMER_MANAGED: &str = "customer_managed";

/// Every kind there is.
pub(super) const KINDS: [&str; 3] = ["aws_owned", AWS_MANAGED, CUSTOMER_MANAGED];

/// What a resource without a chosen key has, and how far that can be trusted.
#[derive(Clone, Debug)]
pub(super) struct Fallback {
    pub(super) value: Value,
    pub(super) evidence: Evidence,
}

/// How a kind of resource chooses its key.
#[derive(Clone, Debug)]
pub(super) struct KeyRule {
    /// The attribute that names the key.
    pub(super) key: Arc<str>,
    /// Whether there is a KMS key at all; always when nothing says it.
    pub(super) when: Option<FacetFeed>,
    /// The key of a resource that names none.
    pub(super) default: Option<Fallback>,
    /// The key of a resource for which `when` does not hold.
    pub(super) otherwise: Option<Fallback>,
}

/// What all questions share.
pub(super) struct Keys<'a> {
    pub(super) directory: &'a Directory<'a>,
    pub(super) typemap: &'a TypeMap,
    pub(super) drafts: &'a [Option<Draft>],
    group: Option<Group>,
}

/// An answer: the kind of key, none at all, or what is open.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Kind(&'static str),
    Unnamed,
    Open(Arc<Unknown>),
}

impl<'a> Keys<'a> {
    pub(super) fn new(
        directory: &'a Directory<'a>,
        typemap: &'a TypeMap,
        drafts: &'a [Option<Draft>],
    ) -> Self {
        let group = typemap.by_name.get("kms_key").copied().map(Group::kind);
        Self {
            directory,
            typemap,
            drafts,
            group,
        }
    }

    /// The fact for the resource at `index`.
    pub(super) fn kind_of(&self, index: usize, kind: &Kind, draft: &Draft, rule: &KeyRule) -> Attribute {
        let Some(key) = draft.attributes.get(&rule.key) else {
            return absent();
        };
        // A member of a cluster has the cluster's key, under the cluster's conditions.
        let holder = key
            .provenance
            .from
            .as_ref()
            .and_then(|id| self.directory.find(id.as_str()))
            .unwrap_or(index);
        let enabled = rule.when.as_ref().map(|feed| {
            let fact = draft
                .attributes
                .get(&feed.name)
                .map(|cell| judge(&feed.predicate, cell));
            fact.unwrap_or_else(absent)
        });
        let chosen = match self.answer(index, key) {
            Answer::Kind(kind) => Attribute {
                cell: Cell::Known(kind.into()),
                provenance: key.provenance.clone(),
            },
            Answer::Open(unknown) => Attribute {
                cell: Cell::Unknown(unknown),
                provenance: key.provenance.clone(),
            },
            Answer::Unnamed if self.is_left_open(holder, index, kind, rule) => Attribute {
                cell: Cell::Unknown(Arc::new(
                    Unknown::new(UnknownReason::ComputedDefault).with_domain(any()),
                )),
                provenance: Provenance::default(),
            },
            Answer::Unnamed => fallback(rule.default.as_ref()),
        };
        match enabled {
            None => chosen,
            Some(fact) => under(fact, chosen, fallback(rule.otherwise.as_ref())),
        }
    }

    /// The service takes the key from a snapshot or a source, where one is named.
    fn is_left_open(&self, holder: usize, index: usize, kind: &Kind, rule: &KeyRule) -> bool {
        let Some(native) = self.directory.natives.get(holder) else {
            return false;
        };
        let of_holder = (holder != index)
            .then(|| self.directory.classes.get(holder)?.kind)
            .flatten();
        let kind = of_holder
            .and_then(|kind| self.typemap.kinds.get(kind))
            .unwrap_or(kind);
        let names = [Some(&rule.key), rule.when.as_ref().map(|feed| &feed.name)];
        names
            .into_iter()
            .flatten()
            .filter_map(|name| kind.attribute(name))
            .any(|spec| is_left_to_service(spec, kind, native))
    }

    fn answer(&self, index: usize, key: &Attribute) -> Answer {
        match &key.cell {
            Cell::Absent => Answer::Unnamed,
            Cell::Known(value) => match value.as_str() {
                Some(text) => self.named(index, key, text),
                None => open(UnknownReason::Expression, &[]),
            },
            Cell::Unknown(unknown) => self.unnamed(index, key, unknown),
        }
    }

    /// A key by its known name.
    fn named(&self, index: usize, key: &Attribute, text: &str) -> Answer {
        match alias_kind(text) {
            Some(kind) => return Answer::Kind(kind),
            None if is_alias(text) => return open(UnknownReason::NotRecorded, &[text]),
            None => {}
        }
        if let Some(group) = self.group
            && let [Target::One(found, _)] = targets_of(self.directory, index, key, group).as_slice()
        {
            return self.manager(*found);
        }
        let (writer, path) = self.writer(index, key);
        let sources = self.directory.references_at(writer, &path);
        let mut told = sources.map(|reference| match reference.targets.as_slice() {
            [one] => self
                .directory
                .find(one.as_str())
                .and_then(|source| self.directory.natives.get(source))
                .filter(|native| native.lifecycle == Lifecycle::Data && says(native, text))
                .and_then(data_kind),
            _ => None,
        });
        match told.next() {
            Some(Some(kind)) if told.all(|other| other == Some(kind)) => Answer::Kind(kind),
            // The key exists somewhere; who manages it is not in this input.
            _ => open(UnknownReason::NotRecorded, &[]),
        }
    }

    /// A key whose name is not known: by what it is taken from.
    fn unnamed(&self, index: usize, key: &Attribute, unknown: &Arc<Unknown>) -> Answer {
        if let Some(Domain::AnyOf(values)) = &unknown.domain
            && !values.is_empty()
        {
            let null = (!unknown.non_null).then_some(Value::Null);
            let kinds = values.iter().chain(&null).map(|value| match value {
                Value::Null => Answer::Unnamed,
                value => value.as_str().map_or_else(
                    || open(UnknownReason::Expression, &[]),
                    |text| self.named(index, key, text),
                ),
            });
            let kinds: Vec<Answer> = kinds.collect();
            return match kinds.first() {
                Some(first @ Answer::Kind(_)) if kinds.iter().all(|other| other == first) => first.clone(),
                _ => self.any_key(unknown),
            };
        }
        let (writer, path) = self.writer(index, key);
        let Some(holder) = self.directory.natives.get(writer) else {
            return self.any_key(unknown);
        };
        let mut written = self.directory.references_at(writer, &path).peekable();
        // Every end of the expression has to be a key: one that is not may be the condition on which another is chosen.
        // What may be null although it comes from one key alone is more than the name of that key.
        let plain = unknown.non_null || unknown.refs.len() > 1;
        let by_reference = written.peek().is_some()
            && plain
            && unknown.reason == UnknownReason::Reference
            && unknown.refs.iter().any(|name| self.is_own(name, holder))
            && unknown
                .refs
                .iter()
                .all(|name| self.is_own(name, holder) || self.is_unmade(name))
            && written
                .flat_map(|reference| &reference.targets)
                .all(|target| self.is_own(target.as_str(), holder));
        if by_reference {
            return Answer::Kind(CUSTOMER_MANAGED);
        }
        if unknown.reason == UnknownReason::DataSource
            && let [name] = unknown.refs.as_slice()
            && let Some(kind) = self
                .directory
                .find(name)
                .and_then(|source| self.directory.natives.get(source))
                .filter(|native| native.lifecycle == Lifecycle::Data)
                .and_then(data_kind)
        {
            return Answer::Kind(kind);
        }
        self.any_key(unknown)
    }

    fn any_key(&self, unknown: &Arc<Unknown>) -> Answer {
        Answer::Open(Arc::new(Unknown {
            domain: Some(any()),
            ..Unknown::clone(unknown)
        }))
    }

    /// The native that wrote the attribute and where.
    fn writer(&self, index: usize, key: &Attribute) -> (usize, AttributePath) {
        let from = key.provenance.from.as_ref();
        let writer = from
            .and_then(|id| self.directory.find(id.as_str()))
            .unwrap_or(index);
        (writer, key.provenance.native_path.clone().unwrap_or_default())
    }

    /// A key or an alias that the input makes, at least whenever it makes the holder.
    fn is_own(&self, name: &str, holder: &NativeResource) -> bool {
        let Some(native) = self
            .directory
            .find(name)
            .and_then(|index| self.directory.natives.get(index))
        else {
            return false;
        };
        let certain = native.condition.is_none() || native.condition == holder.condition;
        certain && native.lifecycle == Lifecycle::Managed && is_customer_type(&native.native_type)
    }

    /// The block of a key that has no instances: `try(aws_kms_key.this[0].arn, aws_kms_external_key.this[0].arn)`.
    fn is_unmade(&self, name: &str) -> bool {
        let mut steps = name.rsplit('.');
        let block = steps.next().zip(steps.next());
        self.directory.find(name).is_none()
            && block.is_some_and(|(_, native_type)| is_customer_type(native_type))
            && steps.next().is_none_or(|step| step != "data")
    }

    /// Who manages a key of this input.
    fn manager(&self, index: usize) -> Answer {
        let Some(native) = self.directory.natives.get(index) else {
            return open(UnknownReason::NotRecorded, &[]);
        };
        if native.source != SourceKind::AwsConfig {
            return Answer::Kind(CUSTOMER_MANAGED);
        }
        let recorded = self
            .drafts
            .get(index)
            .and_then(Option::as_ref)
            .and_then(|draft| draft.attributes.get("key_manager"))
            .and_then(|attribute| attribute.cell.known()?.as_str().map(str::to_owned));
        match recorded.as_deref().and_then(manager_kind) {
            Some(kind) => Answer::Kind(kind),
            None => open(UnknownReason::NotRecorded, &[]),
        }
    }
}

fn absent() -> Attribute {
    Attribute {
        cell: Cell::Absent,
        provenance: Provenance::default(),
    }
}

fn any() -> Domain {
    Domain::AnyOf(KINDS.map(Value::from).to_vec())
}

/// A key that exists and of which nobody says whose it is. A key that AWS owns has no name to write.
fn open(reason: UnknownReason, refs: &[&str]) -> Answer {
    let either = Domain::AnyOf(vec![AWS_MANAGED.into(), CUSTOMER_MANAGED.into()]);
    let refs = refs.iter().map(|name| Arc::from(*name));
    Answer::Open(Arc::new(
        Unknown::new(reason)
            .with_refs(refs)
            .non_null()
            .with_domain(either),
    ))
}

fn fallback(rule: Option<&Fallback>) -> Attribute {
    match rule {
        None => absent(),
        Some(rule) => Attribute {
            cell: Cell::from_value(rule.value.clone()),
            provenance: Provenance {
                evidence: Some(rule.evidence),
                ..Provenance::default()
            },
        },
    }
}

/// One of two facts, by a third.
fn under(condition: Attribute, holds: Attribute, fails: Attribute) -> Attribute {
    let decided = match &condition.cell {
        Cell::Known(value) => value.as_bool(),
        Cell::Absent => Some(false),
        Cell::Unknown(_) => None,
    };
    let Some(holding) = decided else {
        let both = [&holds, &fails].map(|fact| fact.cell.to_value().unwrap_or(Value::Null));
        let trusted = [&holds, &fails]
            .iter()
            .all(|fact| fact.provenance.evidence != Some(Evidence::Unverified));
        let [yes, no] = &both;
        if yes == no && trusted {
            return holds;
        }
        let reason = match &condition.cell {
            Cell::Unknown(unknown) => unknown.clone(),
            _ => Arc::new(Unknown::new(UnknownReason::Expression)),
        };
        let mut values: Vec<Value> = both
            .iter()
            .flat_map(|value| match value {
                Value::Unknown(unknown) => match &unknown.domain {
                    Some(Domain::AnyOf(values)) if unknown.non_null => values.clone(),
                    _ => KINDS.map(Value::from).into_iter().chain([Value::Null]).collect(),
                },
                value => vec![value.clone()],
            })
            .collect();
        if !trusted {
            values = KINDS.map(Value::from).into_iter().chain([Value::Null]).collect();
        }
        let values = distinct(values);
        return Attribute {
            cell: Cell::Unknown(Arc::new(Unknown {
                non_null: !values.contains(&Value::Null),
                domain: Some(Domain::AnyOf(values)),
                ..Unknown::clone(&reason)
            })),
            provenance: condition.provenance,
        };
    };
    let mut fact = if holding { holds } else { fails };
    if condition.provenance.evidence == Some(Evidence::Unverified) {
        fact.provenance.evidence = Some(Evidence::Unverified);
        fact.provenance.declared = false;
    }
    fact
}

/// The alias in a name or an ARN.
fn alias_of(text: &str) -> Option<&str> {
    if text.starts_with("alias/") {
        return Some(text);
    }
    // arn : partition : kms : region : account : alias/name
    let mut parts = text.splitn(6, ':');
    let head = (parts.next(), parts.nth(1), parts.nth(2));
    match head {
        (Some("arn"), Some("kms"), Some(alias)) if alias.starts_with("alias/") => Some(alias),
        _ => None,
    }
}

fn is_alias(text: &str) -> bool {
    alias_of(text).is_some()
}

/// Whose key an alias names. The prefix is reserved for AWS; whether other cases of it are is not documented, so they
/// decide nothing.
fn alias_kind(text: &str) -> Option<&'static str> {
    let name = alias_of(text)?.strip_prefix("alias/")?;
    if name.is_empty() {
        return None;
    }
    match name.split_once('/') {
        Some(("aws", _)) => Some(AWS_MANAGED),
        Some((prefix, _)) if prefix.eq_ignore_ascii_case("aws") => None,
        _ => Some(CUSTOMER_MANAGED),
    }
}

fn manager_kind(manager: &str) -> Option<&'static str> {
    match manager {
        "CUSTOMER" => Some(CUSTOMER_MANAGED),
        "AWS" => Some(AWS_MANAGED),
        _ => None,
    }
}

/// What a data source tells of its key.
fn data_kind(native: &NativeResource) -> Option<&'static str> {
    let values = native.values.revealed().as_map()?;
    let text = |name: &str| member(values, name, Folding::Exact).and_then(|(_, value)| value.as_str());
    match &*native.native_type {
        "aws_kms_key" => text("key_manager")
            .and_then(manager_kind)
            .or_else(|| text("key_id").and_then(alias_kind)),
        "aws_kms_alias" => text("name").and_then(alias_kind),
        _ => None,
    }
}

/// True when one of the names of the data source's key is this text.
fn says(native: &NativeResource, text: &str) -> bool {
    let names = ["arn", "id", "key_id", "target_key_arn", "target_key_id", "name"];
    names
        .iter()
        .filter_map(|name| native.values.get(name))
        .any(|value| value.as_str() == Some(text))
}

/// Types that make a customer managed key, or a name of one.
fn is_customer_type(native_type: &str) -> bool {
    matches!(
        native_type,
        "aws_kms_key"
            | "aws_kms_replica_key"
            | "aws_kms_external_key"
            | "aws_kms_replica_external_key"
            | "aws_kms_alias"
            | "AWS::KMS::Key"
            | "AWS::KMS::ReplicaKey"
            | "AWS::KMS::Alias"
    )
}

/// The facts of all resources that have such a rule.
pub(super) fn kinds_of_keys(
    directory: &Directory<'_>,
    typemap: &TypeMap,
    drafts: &[Option<Draft>],
) -> HashMap<usize, Vec<(Arc<str>, Attribute)>> {
    let keys = Keys::new(directory, typemap, drafts);
    let mut facts = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let Some(draft) = draft else { continue };
        let Some(kind) = draft.kind.and_then(|kind| typemap.kinds.get(kind)) else {
            continue;
        };
        let own: Vec<_> = kind
            .key_rules()
            .map(|(name, rule)| (name.clone(), keys.kind_of(index, kind, draft, rule)))
            .collect();
        if !own.is_empty() {
            facts.insert(index, own);
        }
    }
    facts
}

#[cfg(test)]
#[path = "key_kind_tests.rs"]
mod tests;
