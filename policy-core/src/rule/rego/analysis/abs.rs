//! Abstract values: what is known about an expression without running the rule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::rule::reads::{PathPattern, PatternStep};
use crate::value::{Step, Value};

/// Beyond this the abstraction gives up on detail; what it loses is read as a whole instead.
const MAX_CONSTANTS: usize = 256;
pub(super) const MAX_NESTING: usize = 8;

/// An iteration over a list: each run of the analysis numbers them. `None` is an iteration that is not followed.
pub(super) type Site = Option<usize>;

/// Everything an expression may be. The parts are alternatives that add up; with none of them it is never defined.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Abs {
    /// It may be the input's value at these places, reached through these iterations.
    pub(super) places: BTreeMap<PathPattern, BTreeSet<Site>>,
    /// It may be an index or key of these places.
    pub(super) keys: BTreeSet<(PathPattern, Site)>,
    /// It may be text made of these; making it cannot fail.
    pub(super) text: Option<Box<Abs>>,
    /// It may be one of these constants.
    pub(super) constants: Vec<Value>,
    /// It may be an object with these members.
    pub(super) fields: BTreeMap<Arc<str>, Abs>,
    /// It may be a container of such elements.
    pub(super) items: Option<Box<Abs>>,
    /// Those containers are sets: their keys are their elements.
    pub(super) set: bool,
    /// It may be something that was computed; what it was computed from is recorded as read already.
    pub(super) computed: bool,
}

impl Abs {
    pub(super) fn place(pattern: PathPattern, site: Site) -> Self {
        Self {
            places: BTreeMap::from([(pattern, BTreeSet::from([site]))]),
            ..Self::default()
        }
    }

    pub(super) fn constant(value: Value) -> Self {
        Self {
            constants: vec![value],
            ..Self::default()
        }
    }

    pub(super) fn computed() -> Self {
        Self {
            computed: true,
            ..Self::default()
        }
    }

    pub(super) fn container(items: Self) -> Self {
        Self {
            items: Some(Box::new(items)),
            ..Self::default()
        }
    }

    pub(super) fn set_of(items: Self) -> Self {
        Self {
            set: true,
            ..Self::container(items)
        }
    }

    pub(super) fn object(fields: BTreeMap<Arc<str>, Self>) -> Self {
        // The empty object has to be distinguishable from "never defined".
        if fields.is_empty() {
            Self::constant(Value::Map(BTreeMap::new()))
        } else {
            Self {
                fields,
                ..Self::default()
            }
        }
    }

    /// Adds the alternatives of `other`.
    pub(super) fn join(&mut self, other: Self) {
        for (pattern, sites) in other.places {
            self.places.entry(pattern).or_default().extend(sites);
        }
        self.keys.extend(other.keys);
        join_boxed(&mut self.text, other.text);
        for constant in other.constants {
            if !self.constants.contains(&constant) {
                self.constants.push(constant);
            }
        }
        if self.constants.len() > MAX_CONSTANTS {
            self.constants.clear();
            self.computed = true;
        }
        for (name, field) in other.fields {
            self.fields.entry(name).or_default().join(field);
        }
        self.set = match (&self.items, &other.items) {
            (Some(_), Some(_)) => self.set && other.set,
            (Some(_), None) => self.set,
            (None, _) => other.set,
        };
        join_boxed(&mut self.items, other.items);
        self.computed |= other.computed;
    }

    pub(super) fn joined(mut self, other: Self) -> Self {
        self.join(other);
        self
    }

    /// The constants, when it is nothing else.
    pub(super) fn only_constants(&self) -> Option<&[Value]> {
        let pure = self.places.is_empty()
            && self.keys.is_empty()
            && self.text.is_none()
            && self.fields.is_empty()
            && self.items.is_none()
            && !self.computed;
        pure.then_some(&*self.constants)
    }

    /// The constants, when it is nothing but scalar constants.
    pub(super) fn only_scalars(&self) -> Option<&[Value]> {
        self.only_constants()
            .filter(|constants| constants.iter().all(is_scalar))
    }

    /// The elements, when it is nothing but a container of scalar constants.
    pub(super) fn only_scalar_elements(&self) -> Option<Vec<Value>> {
        let open = !self.places.is_empty() || !self.keys.is_empty() || self.text.is_some() || self.computed;
        if open {
            return None;
        }
        let mut elements = Vec::new();
        for part in self.fields.values().chain(self.items.as_deref()) {
            elements.extend(part.only_scalars()?.iter().cloned());
        }
        for constant in &self.constants {
            elements.extend(children(constant).map(|(_, child)| child.clone()));
        }
        elements.iter().all(is_scalar).then_some(elements)
    }

    /// True when some alternative depends on the input by itself, not through recorded reads.
    pub(super) fn refers_to_input(&self) -> bool {
        !self.places.is_empty()
            || !self.keys.is_empty()
            || self.text.as_ref().is_some_and(|text| text.refers_to_input())
            || self
                .fields
                .values()
                .chain(self.items.as_deref())
                .any(Self::refers_to_input)
    }

    /// How deep constructed containers nest.
    pub(super) fn nesting(&self) -> usize {
        let parts = self
            .fields
            .values()
            .chain(self.items.as_deref())
            .chain(self.text.as_deref());
        parts.map(Self::nesting).max().map_or(0, |depth| depth + 1)
    }

    /// The member `key`: everything that `value[key]` may be, except for what iterations add.
    pub(super) fn member(&self, key: &str) -> Self {
        let mut member = Self {
            computed: self.computed,
            ..Self::default()
        };
        for (pattern, sites) in &self.places {
            member
                .places
                .insert(pattern.then(PatternStep::Key(key.into())), sites.clone());
        }
        for constant in &self.constants {
            if let Some(child) = constant.get(key) {
                member.join(Self::constant(child.clone()));
            }
        }
        if let Some(field) = self.fields.get(key) {
            member.join(field.clone());
        }
        if let Some(items) = &self.items {
            member.join((**items).clone());
        }
        member
    }

    /// Keys and elements of the parts that are not places.
    pub(super) fn own_elements(&self) -> (Self, Self) {
        let unknown_keys = self.items.is_some() && !self.set;
        let mut keys = Self {
            computed: self.computed || unknown_keys,
            ..Self::default()
        };
        let mut elements = Self {
            computed: self.computed,
            ..Self::default()
        };
        for constant in &self.constants {
            for (step, child) in children(constant) {
                keys.join(Self::constant(match step {
                    Step::Key(key) => Value::String(key),
                    Step::Index(index) => Value::from(i64::try_from(index).unwrap_or(i64::MAX)),
                }));
                elements.join(Self::constant(child.clone()));
            }
        }
        for (name, field) in &self.fields {
            keys.join(Self::constant(Value::String(name.clone())));
            elements.join(field.clone());
        }
        if let Some(items) = &self.items {
            keys.join((**items).clone());
            elements.join((**items).clone());
        }
        (keys, elements)
    }
}

fn join_boxed(mine: &mut Option<Box<Abs>>, theirs: Option<Box<Abs>>) {
    match (mine.as_mut(), theirs) {
        (Some(mine), Some(theirs)) => mine.join(*theirs),
        (None, theirs) => *mine = theirs,
        (Some(_), None) => {}
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(
        value,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)
    )
}

fn children(value: &Value) -> impl Iterator<Item = (Step, &Value)> {
    let list = value
        .as_list()
        .unwrap_or_default()
        .iter()
        .enumerate()
        .map(|(index, item)| (Step::Index(index), item));
    let map = value
        .as_map()
        .into_iter()
        .flatten()
        .map(|(key, item)| (Step::Key(key.clone()), item));
    list.chain(map)
}
