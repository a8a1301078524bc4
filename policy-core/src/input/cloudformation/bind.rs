//! A template with the parameter values that its stack gives it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Entry, Node, NodeKind};
use crate::input::InputContext;
use crate::value::Value;

/// What is said of the parameters of a stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Values by name.
    pub(super) known: BTreeMap<String, Value>,
    /// Parameters that are given some value that is not known here.
    pub(super) open: BTreeSet<String>,
    /// Set when any other parameter may be given a value as well.
    pub(super) rest_open: bool,
}

impl Given {
    /// The template and the context to read it with.
    ///
    /// A parameter with a value that is not known loses its default: the default is the one value that it need not have.
    pub(super) fn bind<'n>(&self, root: &'n Node, context: &InputContext) -> (Cow<'n, Node>, InputContext) {
        let mut context = context.clone();
        context.parameters.extend(self.known.clone());
        let is_open = |name: &str| {
            (self.rest_open || self.open.contains(name)) && !context.parameters.contains_key(name)
        };
        if !self.rest_open && self.open.is_empty() {
            return (Cow::Borrowed(root), context);
        }
        let mut root = root.clone();
        let sections = entries_mut(&mut root).filter(|section| &*section.key == "Parameters");
        for parameter in sections.flat_map(|section| entries_mut(&mut section.value)) {
            if let NodeKind::Mapping(definition) = &mut parameter.value.kind
                && is_open(&parameter.key)
            {
                definition.retain(|entry| &*entry.key != "Default");
            }
        }
        (Cow::Owned(root), context)
    }
}

fn entries_mut(node: &mut Node) -> impl Iterator<Item = &mut Entry> {
    let entries = match &mut node.kind {
        NodeKind::Mapping(entries) => entries.as_mut_slice(),
        _ => &mut [],
    };
    entries.iter_mut()
}
