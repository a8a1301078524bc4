//! One selection: what it names, what it leaves out, and on which tags.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::condition::{Operator, holds, undecided};
use super::{Candidate, Truth, field};
use crate::resource::arn_pattern::{Part, matches};
use crate::resource::model::{Attribute, Cell, Lifecycle, Reference};
use crate::resource::reference::Directory;
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

/// A selection in canonical attributes.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    resources: Value,
    not_resources: Value,
    tags: Value,
    conditions: Value,
}

impl Selection {
    pub(super) fn read(attributes: &BTreeMap<Arc<str>, Attribute>) -> Self {
        let value = |name: &str| {
            let cell = attributes.get(name).map(|attribute| &attribute.cell);
            cell.and_then(Cell::to_value).unwrap_or(Value::Null)
        };
        Self {
            resources: value("resources"),
            not_resources: value("not_resources"),
            tags: value("selection_tags"),
            conditions: value("conditions"),
        }
    }

    /// Whether the selection covers a resource. `named` and `unnamed` say what its references come to.
    pub(super) fn covers(&self, candidate: &Candidate<'_>, named: &Named, unnamed: Option<&Named>) -> Truth {
        let by_arn = listed(&self.resources, candidate, named);
        let by_tag = self.by_tag(candidate);
        let conditions = self.conditions(candidate);
        let nothing_named = is_empty(&self.resources) && is_empty(&self.tags);
        let chosen = if nothing_named {
            // Everything that the account has opted in to.
            undecided().and(conditions)
        } else if is_empty(&self.tags) {
            by_arn.and(conditions)
        } else {
            // Whether conditions also restrict what `ListOfTags` adds is not documented: both readings have to agree.
            let narrow = by_arn.clone().or(by_tag.clone()).and(conditions.clone());
            let wide = by_arn.and(conditions).or(by_tag);
            if narrow == wide { narrow } else { undecided() }
        };
        let nobody = Named::default();
        chosen.and(listed(&self.not_resources, candidate, unnamed.unwrap_or(&nobody)).not())
    }

    /// Whether the selection leaves the resource out by its ARN.
    pub(super) fn excludes(&self, candidate: &Candidate<'_>, unnamed: &Named) -> Truth {
        listed(&self.not_resources, candidate, unnamed)
    }

    fn by_tag(&self, candidate: &Candidate<'_>) -> Truth {
        let mut truth = Truth::No;
        for tag in items(&self.tags) {
            let operator = match field(tag, &["type", "conditiontype"]).map(Value::revealed) {
                Some(Value::String(text)) => Operator::parse(text),
                Some(Value::Unknown(unknown)) => {
                    truth = truth.or(Truth::Maybe(unknown.clone()));
                    continue;
                }
                // The only one that there is.
                _ => Operator::Equals,
            };
            let operator = match operator {
                Operator::Equals => Operator::Equals,
                _ => Operator::Other,
            };
            truth = truth.or(holds(operator, tag, candidate.tags));
        }
        truth
    }

    /// All conditions of all operators.
    fn conditions(&self, candidate: &Candidate<'_>) -> Truth {
        let mut truth = Truth::Yes;
        for block in items(&self.conditions) {
            if let Some(unknown) = block.as_unknown() {
                truth = truth.and(Truth::Maybe(unknown.clone()));
                continue;
            }
            let Some(map) = block.as_map() else {
                truth = truth.and(undecided());
                continue;
            };
            for (name, conditions) in map {
                let operator = Operator::parse(name);
                for condition in items(conditions) {
                    truth = truth.and(holds(operator, condition, candidate.tags));
                }
            }
        }
        truth
    }
}

/// The elements of a list; a single value is a list of it.
fn items(value: &Value) -> &[Value] {
    match value.revealed() {
        Value::Null => &[],
        Value::List(items) => items,
        other => std::slice::from_ref(other),
    }
}

fn is_empty(value: &Value) -> bool {
    items(value).is_empty()
}

/// Whether a list of ARNs has the resource. What is unknown in it is known by its references only.
fn listed(list: &Value, candidate: &Candidate<'_>, named: &Named) -> Truth {
    let mut truth = if named.certain { Truth::Yes } else { Truth::No };
    if let Some(unknown) = &named.maybe {
        truth = truth.or(Truth::Maybe(unknown.clone()));
    }
    for item in items(list) {
        let item = match item.revealed() {
            Value::String(pattern) => by_pattern(pattern, candidate),
            Value::Unknown(unknown) if let Some(values) = possible(unknown) => {
                by_any(values, unknown, candidate)
            }
            Value::Unknown(_) if named.traced => continue,
            Value::Unknown(unknown) => Truth::Maybe(unknown.clone()),
            _ => undecided(),
        };
        truth = truth.or(item);
    }
    truth
}

fn by_pattern(pattern: &str, candidate: &Candidate<'_>) -> Truth {
    // A selection cannot name ARNs of another partition than its own.
    let partition = pattern.strip_prefix("arn:").and_then(|rest| rest.split_once(':'));
    let decided = match (candidate.arn.as_slice(), partition) {
        ([head, Part::Hole, rest @ ..], Some((partition, _))) if !partition.contains('*') => {
            let known = [head.clone(), Part::Text(partition.into())];
            let arn: Vec<Part> = known.iter().chain(rest).cloned().collect();
            matches(pattern, &arn)
        }
        (arn, _) => matches(pattern, arn),
    };
    Truth::of(decided, || Arc::new(Unknown::new(UnknownReason::Reference)))
}

/// A pattern that is one of few, such as one for each partition: decided where they agree.
fn by_any(values: &[Value], unknown: &Arc<Unknown>, candidate: &Candidate<'_>) -> Truth {
    let mut truths = values
        .iter()
        .map(|value| value.as_str().map(|text| by_pattern(text, candidate)));
    match truths.next() {
        Some(Some(first)) if truths.all(|other| other.as_ref() == Some(&first)) => first,
        _ => Truth::Maybe(unknown.clone()),
    }
}

/// The texts that an unknown element can be, when they are few.
fn possible(unknown: &Unknown) -> Option<&[Value]> {
    match unknown.domain.as_ref().filter(|_| unknown.non_null) {
        Some(Domain::AnyOf(values)) => Some(values),
        _ => None,
    }
}

/// What the references of a list come to for one resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// One of them is this resource.
    pub(super) certain: bool,
    /// One of them may be.
    maybe: Option<Arc<Unknown>>,
    /// Somebody has looked what the unknown elements refer to.
    traced: bool,
}

impl Named {
    /// The resource stands for several, and nobody knows whether all are named.
    pub(super) fn doubt(&mut self, why: Arc<str>) {
        if std::mem::take(&mut self.certain) {
            let unknown = Unknown::new(UnknownReason::Condition).with_refs([why]);
            self.maybe.get_or_insert(Arc::new(unknown));
        }
    }
}

/// What the unknown elements of a list refer to.
#[derive(Clone, Debug, Default)]
pub(super) struct References {
    certain: HashSet<usize>,
    maybe: HashMap<usize, Arc<Unknown>>,
    /// An element that may be the ARN of anything.
    anything: Option<Arc<Unknown>>,
}

impl References {
    /// Traces the unknown elements of the attribute at the selection `index`.
    pub(super) fn new(directory: &Directory<'_>, index: usize, attribute: Option<&Attribute>) -> Self {
        let Some(attribute) = attribute.filter(|attribute| attribute.provenance.declared) else {
            return Self::default();
        };
        let base = attribute.provenance.native_path.clone().unwrap_or_default();
        let whole = attribute.cell.to_value().unwrap_or(Value::Null);
        let items = items(&whole);
        let unknown: Vec<(usize, &Arc<Unknown>)> = items
            .iter()
            .enumerate()
            .filter_map(|(position, item)| Some((position, item.as_unknown()?)))
            .filter(|(_, unknown)| possible(unknown).is_none())
            .collect();
        let mut found = Self::default();
        let at = |path: &AttributePath| directory.references_at(index, path).collect::<Vec<_>>();
        let shared = at(&base);
        for (position, element) in &unknown {
            let own = match attribute.cell {
                Cell::Unknown(_) => shared.clone(),
                _ => at(&base.index(*position)),
            };
            // A plan tells the references of the whole list, a template those of each element.
            let of_list = own.iter().all(|reference| reference.path.is_prefix_of(&base));
            let elements = if of_list { unknown.len() } else { 1 };
            found.element(directory, &own, element, elements);
        }
        found
    }

    fn element(
        &mut self,
        directory: &Directory<'_>,
        references: &[&Reference],
        unknown: &Arc<Unknown>,
        elements: usize,
    ) {
        let managed = |id: &str| {
            directory.find(id).filter(|&index| {
                directory
                    .natives
                    .get(index)
                    .is_some_and(|native| native.lifecycle == Lifecycle::Managed)
            })
        };
        let targets: Vec<Vec<Option<usize>>> = references
            .iter()
            .map(|reference| reference.targets.iter().map(|id| managed(id.as_str())).collect())
            .collect();
        // A pseudo parameter stands for a part of an ARN, not for another resource.
        let traced = matches!(
            unknown.reason,
            UnknownReason::Reference | UnknownReason::Expression
        ) && unknown
            .refs
            .iter()
            .all(|name| name.starts_with("AWS::") || managed(name).is_some());
        let all: HashSet<Option<usize>> = targets.iter().flatten().copied().collect();
        if all.is_empty() || all.contains(&None) || !traced {
            self.anything.get_or_insert_with(|| unknown.clone());
        }
        // As many resources as unknown elements: each of them is one of the elements.
        let single = targets.iter().all(|targets| targets.len() == 1) || targets.len() == 1;
        let certain = traced && single && all.len() == elements && !all.contains(&None);
        for target in all.into_iter().flatten() {
            if certain {
                self.certain.insert(target);
            } else {
                self.maybe.entry(target).or_insert_with(|| unknown.clone());
            }
        }
    }

    pub(super) fn of(&self, index: usize) -> Named {
        Named {
            certain: self.certain.contains(&index),
            maybe: self.maybe.get(&index).or(self.anything.as_ref()).cloned(),
            traced: true,
        }
    }
}
