//! Elements that copies of a value share.
//!
//! Names stand for values, so a value is copied whenever it is named; sharing makes a copy free. It also makes it cheap
//! to build values that are far larger than their source: `a = [b, b]`, repeated thirty times, is a billion elements.
//! What is asked of a value all the time is therefore computed once, where its elements are put together: how large it
//! is, how deep, whether anything in it is unknown or sensitive. [`Usage`] counts what is alive.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use super::types::Type;
use super::value::{Data, Val};

/// The elements of a list, set or tuple.
pub(crate) type Elements = Shared<Vec<Val>>;
/// The members of a map or object.
pub(crate) type Members = Shared<BTreeMap<Arc<str>, Val>>;

/// How many bytes of text weigh as much as a value without parts.
const TEXT_PER_VALUE: u64 = 32;

/// What is known about a value as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    /// How many values it consists of when nothing is shared; long texts count as several.
    pub(crate) weight: u64,
    /// How many levels of values there are.
    pub(crate) depth: u32,
    /// True when it or anything in it is marked.
    pub(crate) sensitive: bool,
    /// True when nothing in it is unknown.
    pub(crate) known: bool,
}

impl Summary {
    pub(super) fn of(value: &Val) -> Self {
        let plain = |weight: u64| Self {
            weight,
            depth: 1,
            sensitive: false,
            known: true,
        };
        let summary = match &value.data {
            Data::Null(ty) => plain(1 + heft(ty)),
            Data::Unknown(ty, _) => Self {
                known: false,
                ..plain(1 + heft(ty))
            },
            Data::Bool(_) | Data::Number(_) => plain(1),
            Data::String(text) => plain(1 + text_weight(text)),
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => elements.0.summary,
            Data::Map(_, members) | Data::Object(members) => members.0.summary,
        };
        Self {
            sensitive: summary.sensitive || value.sensitive,
            ..summary
        }
    }

    fn of_all<'v>(values: impl Iterator<Item = &'v Val>) -> Self {
        let mut all = Self {
            weight: 1,
            depth: 0,
            sensitive: false,
            known: true,
        };
        for value in values {
            let one = Self::of(value);
            all.weight = all.weight.saturating_add(one.weight);
            all.depth = all.depth.max(one.depth);
            all.sensitive |= one.sensitive;
            all.known &= one.known;
        }
        all.depth = all.depth.saturating_add(1);
        all
    }
}

fn text_weight(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX) / TEXT_PER_VALUE
}

/// A null or an unknown carries its type, which may be large while the value has no parts.
fn heft(ty: &Type) -> u64 {
    match ty {
        Type::Tuple(elements) => u64::try_from(elements.len()).unwrap_or(u64::MAX),
        Type::Object(attributes) => u64::try_from(attributes.len()).unwrap_or(u64::MAX),
        _ => 0,
    }
}

/// A list or a map of values.
pub(crate) trait Container: Clone {
    /// The values in it.
    fn values(&self) -> impl Iterator<Item = &Val>;
}

impl Container for Vec<Val> {
    fn values(&self) -> impl Iterator<Item = &Val> {
        self.iter()
    }
}

impl Container for BTreeMap<Arc<str>, Val> {
    fn values(&self) -> impl Iterator<Item = &Val> {
        BTreeMap::values(self)
    }
}

/// A container that copies share.
#[derive(Clone)]
pub(crate) struct Shared<C>(Arc<Inner<C>>);

struct Inner<C> {
    elements: C,
    summary: Summary,
    _usage: Usage,
}

impl<C: Container> Clone for Inner<C> {
    fn clone(&self) -> Self {
        Self::new(self.elements.clone(), self.summary)
    }
}

impl<C: Container> Inner<C> {
    fn new(elements: C, summary: Summary) -> Self {
        let own = elements.values().count();
        Self {
            elements,
            summary,
            _usage: Usage::of(own),
        }
    }
}

impl<C: Container> From<C> for Shared<C> {
    fn from(elements: C) -> Self {
        let summary = Summary::of_all(elements.values());
        Self(Arc::new(Inner::new(elements, summary)))
    }
}

impl<C: Container> Shared<C> {
    /// The container itself; a copy when others share it.
    pub(crate) fn into_inner(self) -> C {
        Arc::unwrap_or_clone(self.0).elements
    }
}

impl<C> Deref for Shared<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0.elements
    }
}

impl<C: PartialEq> PartialEq for Shared<C> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.elements == other.0.elements
    }
}

impl IntoIterator for Elements {
    type Item = Val;
    type IntoIter = std::vec::IntoIter<Val>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_inner().into_iter()
    }
}

impl<'s> IntoIterator for &'s Elements {
    type Item = &'s Val;
    type IntoIter = std::slice::Iter<'s, Val>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Members {
    type Item = (Arc<str>, Val);
    type IntoIter = std::collections::btree_map::IntoIter<Arc<str>, Val>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_inner().into_iter()
    }
}

impl<'s> IntoIterator for &'s Members {
    type Item = (&'s Arc<str>, &'s Val);
    type IntoIter = std::collections::btree_map::Iter<'s, Arc<str>, Val>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

thread_local! {
    static VALUES: Cell<u64> = const { Cell::new(0) };
    static TEXT: Cell<u64> = const { Cell::new(0) };
}

/// What the values made on this thread take. An evaluation runs on a thread of its own.
struct Usage(u64);

impl Usage {
    fn of(values: usize) -> Self {
        let own = u64::try_from(values).unwrap_or(u64::MAX).saturating_add(1);
        // A value that is dropped while its thread ends is not counted any more.
        let _ended = VALUES.try_with(|count| count.set(count.get().saturating_add(own)));
        Self(own)
    }
}

impl Drop for Usage {
    fn drop(&mut self) {
        let _ended = VALUES.try_with(|count| count.set(count.get().saturating_sub(self.0)));
    }
}

/// How many values are alive on this thread; parts that are shared count once.
pub(crate) fn values_alive() -> u64 {
    VALUES.with(Cell::get)
}

/// How many bytes of text were made on this thread.
pub(crate) fn text_made() -> u64 {
    TEXT.with(Cell::get)
}

/// Counts a new text.
pub(super) fn count_text(bytes: usize) {
    TEXT.with(|count| {
        count.set(
            count
                .get()
                .saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX)),
        );
    });
}
