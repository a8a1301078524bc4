//! Nodes that nobody wrote: what a loop or a transform makes of what somebody wrote.
//!
//! They stand at the place of the text they come from, so that every diagnostic and finding leads back to it.

use std::sync::Arc;

use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;

/// Makes nodes at one place.
#[derive(Clone, Copy)]
pub(super) struct At<'s>(pub(super) &'s Span);

impl At<'_> {
    fn node(self, kind: NodeKind) -> Node {
        Node {
            kind,
            span: self.0.clone(),
            tag: None,
        }
    }

    pub(super) fn text(self, text: impl Into<Arc<str>>) -> Node {
        self.node(NodeKind::String(text.into()))
    }

    pub(super) fn boolean(self, value: bool) -> Node {
        self.node(NodeKind::Bool(value))
    }

    pub(super) fn list(self, items: impl IntoIterator<Item = Node>) -> Node {
        self.node(NodeKind::Sequence(items.into_iter().collect()))
    }

    pub(super) fn texts(self, texts: &[&str]) -> Node {
        self.list(texts.iter().map(|text| self.text(*text)))
    }

    pub(super) fn map<K: Into<Arc<str>>>(self, members: impl IntoIterator<Item = (K, Node)>) -> Node {
        self.entries(members.into_iter().map(|(key, value)| self.entry(key, value)))
    }

    pub(super) fn entries(self, entries: impl IntoIterator<Item = Entry>) -> Node {
        self.node(NodeKind::Mapping(entries.into_iter().collect()))
    }

    pub(super) fn entry(self, key: impl Into<Arc<str>>, value: Node) -> Entry {
        Entry {
            key: key.into(),
            key_span: self.0.clone(),
            value,
        }
    }

    /// A call in its long form.
    pub(super) fn call(self, function: &str, argument: Node) -> Node {
        self.map([(function, argument)])
    }

    pub(super) fn reference(self, name: &str) -> Node {
        self.call("Ref", self.text(name))
    }

    pub(super) fn get_att(self, name: &str, attribute: &str) -> Node {
        self.call("Fn::GetAtt", self.texts(&[name, attribute]))
    }

    pub(super) fn no_value(self) -> Node {
        self.reference("AWS::NoValue")
    }

    /// What only the macro `name` knows: it evaluates to an unknown that says so.
    pub(super) fn unknown(self, name: &str) -> Node {
        self.call("Fn::Transform", self.map([("Name", self.text(name))]))
    }
}

/// The node with this text in place of its own.
pub(super) fn retext(node: &Node, text: impl Into<Arc<str>>) -> Node {
    Node {
        kind: NodeKind::String(text.into()),
        span: node.span.clone(),
        tag: node.tag.clone(),
    }
}

/// The mapping with these entries in place of its own.
pub(super) fn with_entries(node: &Node, entries: Vec<Entry>) -> Node {
    Node {
        kind: NodeKind::Mapping(entries),
        span: node.span.clone(),
        tag: node.tag.clone(),
    }
}

/// How much a template may grow by loops and included files. CloudFormation takes at most 1 MB of processed template
/// and 500 resources; this is far above, and below what hurts.
const LIMIT: usize = 16 << 20;

/// What one node is charged beside its text: about what it takes in memory.
const NODE_COST: usize = 128;

/// What is left to grow by, in bytes of memory.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: LIMIT }
    }
}

impl Budget {
    /// Takes the cost of a node with `text` bytes of text. False when there is none left.
    pub(super) fn spend(&mut self, text: usize) -> bool {
        match self.left.checked_sub(NODE_COST.saturating_add(text)) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left = 0;
                false
            }
        }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

/// True when a node of the tree satisfies `wanted`. Iterative.
pub(super) fn any_node(root: &Node, mut wanted: impl FnMut(&Node) -> bool) -> bool {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if wanted(node) {
            return true;
        }
        open.extend(node.items());
        open.extend(node.entries().iter().map(|entry| &entry.value));
    }
    false
}
