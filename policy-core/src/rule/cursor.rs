//! Walking a document along what a rule reads of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reads::{PathPattern, PatternStep, Use};

/// Reads by the steps of their paths. Made once for a rule, because every attribute of every resource is looked up in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ReadTree {
    /// What lies below may be used too.
    content: bool,
    /// Which members or elements there are is used.
    shape: bool,
    keys: BTreeMap<Arc<str>, ReadTree>,
    any: Option<Box<ReadTree>>,
}

impl ReadTree {
    pub(super) fn new<'a>(reads: impl Iterator<Item = (&'a PathPattern, &'a Use)>) -> Self {
        let mut tree = Self::default();
        for (pattern, used) in reads {
            let mut node = &mut tree;
            for step in pattern.steps() {
                node = match step {
                    PatternStep::Key(key) => node.keys.entry(key.clone()).or_default(),
                    PatternStep::Any => &mut **node.any.get_or_insert_default(),
                };
            }
            node.content |= used.needs_content();
            node.shape |= used.shape;
        }
        tree
    }

    pub(super) fn cursor(&self) -> ReadCursor<'_> {
        ReadCursor {
            whole: self.content,
            shape: self.shape,
            at: Places::One(self),
        }
    }
}

/// Several patterns may lead to the same place: `a.b` and `a[*]` both read below `a.b`. One is by far the most common.
#[derive(Clone, Debug)]
enum Places<'a> {
    None,
    One(&'a ReadTree),
    Many(Vec<&'a ReadTree>),
}

impl<'a> Places<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a ReadTree> {
        let places: &[&'a ReadTree] = match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        };
        places.iter().copied()
    }

    fn push(&mut self, place: &'a ReadTree) {
        match self {
            Self::None => *self = Self::One(place),
            Self::One(one) => *self = Self::Many(vec![*one, place]),
            Self::Many(many) => many.push(place),
        }
    }
}

/// The reads below one place of the document, for building only what is read.
#[derive(Clone, Debug)]
pub struct ReadCursor<'a> {
    /// Everything below is used.
    whole: bool,
    /// Which members or elements there are is used.
    shape: bool,
    at: Places<'a>,
}

impl<'a> ReadCursor<'a> {
    /// A cursor over nothing: the place is there, and nothing in it is read.
    pub(crate) fn nothing() -> Self {
        Self {
            whole: false,
            shape: false,
            at: Places::None,
        }
    }

    /// The reads below the member `key`; `None` when nothing there is read.
    pub fn enter(&self, key: &str) -> Option<Self> {
        self.below(|tree| {
            let any = tree.any.as_deref();
            tree.keys.get(key).into_iter().chain(any)
        })
    }

    /// True when [`ReadCursor::enter`] gives something.
    pub fn mentions(&self, key: &str) -> bool {
        self.whole
            || self.shape
            || self
                .at
                .iter()
                .any(|tree| tree.any.is_some() || tree.keys.contains_key(key))
    }

    /// The reads below the elements of a list; `None` when no element is read.
    pub fn elements(&self) -> Option<Self> {
        self.below(|tree| tree.any.as_deref().into_iter())
    }

    /// For a map that is only asked for members: the members that are named, and whether others are asked for by a key
    /// that the rule computes. `None` when the map as a whole matters.
    pub(crate) fn members(&self) -> Option<(Vec<&'a str>, bool)> {
        if self.whole || self.shape {
            return None;
        }
        let named = self.at.iter().flat_map(|tree| tree.keys.keys()).map(|key| &**key);
        Some((named.collect(), self.at.iter().any(|tree| tree.any.is_some())))
    }

    fn below<I: Iterator<Item = &'a ReadTree>>(&self, next: impl Fn(&'a ReadTree) -> I) -> Option<Self> {
        let (mut whole, mut shape) = (self.whole, self.whole);
        let mut at = Places::None;
        for tree in self.at.iter().flat_map(next) {
            whole |= tree.content;
            shape |= tree.shape;
            at.push(tree);
        }
        (self.shape || whole || !matches!(at, Places::None)).then_some(Self { whole, shape, at })
    }
}
