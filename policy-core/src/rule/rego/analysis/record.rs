//! Collects what is read, and decides which lists can be looked at one element at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::abs::{Abs, Site};
use crate::rule::reads::{PathPattern, ReadSet, Use};
use crate::rule::rego::ast::Comparison;
use crate::value::Value;

/// What is recorded about one path.
#[derive(Clone, Debug, Default)]
struct Record {
    used: Use,
    /// The iterations through which it is read.
    sites: BTreeSet<Site>,
    /// The iterations over it.
    iterated: BTreeSet<Site>,
    /// Its elements are counted or picked by position.
    counted: bool,
}

/// What is known about an iteration directly in the body of a `deny` rule.
#[derive(Clone, Debug, Default)]
struct SiteInfo {
    bases: BTreeSet<PathPattern>,
    /// The index or key takes part in a decision.
    key_used: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    records: BTreeMap<PathPattern, Record>,
    sites: BTreeMap<usize, SiteInfo>,
}

impl Recorder {
    fn record(&mut self, pattern: &PathPattern, sites: &BTreeSet<Site>, used: &Use) {
        let record = self.records.entry(pattern.clone()).or_default();
        record.used.add(used);
        record.sites.extend(sites);
    }

    fn record_places(&mut self, abs: &Abs, used: &Use) {
        for (pattern, sites) in &abs.places {
            self.record(pattern, sites, used);
        }
    }

    /// An iteration over `pattern`, which is itself reached through `outer`.
    pub(super) fn iterate(&mut self, pattern: &PathPattern, outer: &BTreeSet<Site>, site: Site) {
        let record = self.records.entry(pattern.clone()).or_default();
        record.used.shape = true;
        record.sites.extend(outer);
        record.iterated.insert(site);
        if let Some(site) = site {
            self.sites.entry(site).or_default().bases.insert(pattern.clone());
        }
    }

    /// Its truth or presence is tested.
    pub(super) fn presence(&mut self, abs: &Abs) {
        self.record_places(
            abs,
            &Use {
                presence: true,
                ..Use::default()
            },
        );
    }

    /// Its elements are counted or picked by position.
    pub(super) fn count(&mut self, abs: &Abs) {
        self.record_places(
            abs,
            &Use {
                shape: true,
                ..Use::default()
            },
        );
        for pattern in abs.places.keys() {
            if let Some(record) = self.records.get_mut(pattern) {
                record.counted = true;
            }
        }
        if let Some(text) = &abs.text {
            self.value(text);
        }
        self.keys(abs);
    }

    /// Everything in it may matter.
    pub(super) fn value(&mut self, abs: &Abs) {
        self.record_places(
            abs,
            &Use {
                value: true,
                ..Use::default()
            },
        );
        self.keys(abs);
        for part in abs
            .fields
            .values()
            .chain(abs.items.as_deref())
            .chain(abs.text.as_deref())
        {
            self.value(part);
        }
    }

    /// It is shown and decides nothing.
    pub(super) fn report(&mut self, abs: &Abs) {
        self.record_places(
            abs,
            &Use {
                reported: true,
                ..Use::default()
            },
        );
        for part in abs
            .fields
            .values()
            .chain(abs.items.as_deref())
            .chain(abs.text.as_deref())
        {
            self.report(part);
        }
    }

    /// Indexes and keys take part in a decision.
    pub(super) fn keys(&mut self, abs: &Abs) {
        for (pattern, site) in &abs.keys {
            self.key(pattern, *site);
        }
    }

    pub(super) fn key(&mut self, pattern: &PathPattern, site: Site) {
        let record = self.records.entry(pattern.clone()).or_default();
        record.used.shape = true;
        match site {
            Some(site) => self.sites.entry(site).or_default().key_used = true,
            None => record.counted = true,
        }
    }

    /// `left` and `right` are compared.
    pub(super) fn compare(&mut self, comparison: Comparison, left: &Abs, right: &Abs) {
        match (constants(left), constants(right)) {
            (Some(_), Some(_)) => {}
            (Some(constants), None) => self.constrain(comparison, right, &constants),
            (None, Some(constants)) => self.constrain(comparison, left, &constants),
            (None, None) => {
                self.value(left);
                self.value(right);
            }
        }
    }

    /// `abs` is compared with each of `constants`, scalars or empty containers.
    pub(super) fn constrain(&mut self, comparison: Comparison, abs: &Abs, constants: &[Value]) {
        let (empty, scalars): (Vec<Value>, Vec<Value>) = constants
            .iter()
            .cloned()
            .partition(|constant| matches!(constant, Value::List(_) | Value::Map(_)));
        if !empty.is_empty() && comparison == Comparison::Order {
            // The order of containers depends on what is in them.
            return self.value(abs);
        }
        if !empty.is_empty() {
            self.presence(abs);
            self.count(abs);
        }
        let used = match comparison {
            Comparison::Order => Use {
                ordered: scalars,
                ..Use::default()
            },
            Comparison::Equality | Comparison::Inequality => Use {
                equal: scalars,
                ..Use::default()
            },
        };
        self.record_places(abs, &used);
        self.keys(abs);
        for part in abs
            .fields
            .values()
            .chain(abs.items.as_deref())
            .chain(abs.text.as_deref())
        {
            self.value(part);
        }
    }

    /// `value in collection`
    pub(super) fn membership(&mut self, value: &Abs, collection: &Abs) {
        if let Some(elements) = collection.only_scalar_elements() {
            return self.constrain(Comparison::Equality, value, &elements);
        }
        let Some(scalars) = value.only_scalars() else {
            self.value(value);
            return self.value(collection);
        };
        let scalars = scalars.to_vec();
        self.record_places(
            collection,
            &Use {
                member: scalars.clone(),
                ..Use::default()
            },
        );
        self.keys(collection);
        for part in collection.fields.values().chain(collection.items.as_deref()) {
            self.constrain(Comparison::Equality, part, &scalars);
        }
        if let Some(text) = &collection.text {
            self.value(text);
        }
    }

    /// The reads, with the lists that can be looked at element by element.
    pub(super) fn finish(self) -> ReadSet {
        let mut set = ReadSet::default();
        for (pattern, record) in &self.records {
            set.insert(pattern.clone(), &record.used);
        }
        let slices = self.sites.keys().filter_map(|site| self.slice(*site)).collect();
        set.set_slices(slices);
        set
    }

    /// The list that is iterated at `site`, when nothing but that iteration looks at it: every derivation then uses one
    /// element, and the rule is broken exactly when it is broken for some element by itself.
    fn slice(&self, site: usize) -> Option<PathPattern> {
        let info = self.sites.get(&site)?;
        let mut bases = info.bases.iter();
        let (Some(list), None) = (bases.next(), bases.next()) else {
            return None;
        };
        list.exact()?;
        let alone = self.records.iter().all(|(pattern, record)| {
            if !pattern.overlaps(list) || !record.used.decides() {
                return true;
            }
            let used = &record.used;
            let shallow = !used.value && !used.is_compared() && used.member.is_empty();
            if pattern.steps().len() < list.steps().len() {
                shallow
            } else if pattern == list {
                shallow && !record.counted && record.iterated.iter().eq([&Some(site)])
            } else {
                pattern.steps().starts_with(list.steps()) && record.sites.iter().eq([&Some(site)])
                    // What lies below an element may be iterated at will.
                    && record.iterated.iter().all(|inner| *inner != Some(site))
            }
        });
        (alone && !info.key_used).then(|| list.clone())
    }
}

/// The scalars and empty containers `abs` may be, when it is nothing else.
fn constants(abs: &Abs) -> Option<Vec<Value>> {
    // An empty set is never equal to a value of the input, and neither is it true or false by itself.
    let constants = abs.only_constants()?;
    let simple = |constant: &Value| match constant {
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Unknown(_) | Value::Sensitive(_) => false,
    };
    constants.iter().all(simple).then(|| constants.to_vec())
}
