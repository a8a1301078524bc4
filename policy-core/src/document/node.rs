//! The located tree every text format is read into.

use std::sync::Arc;

use crate::source::Span;
use crate::value::{AttributePath, Number, Step, Value};

/// A value as written, with its place. Equality ignores the place, so that two spellings of the same document agree.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub kind: NodeKind,
    /// Where it stands.
    pub span: Span,
    /// The YAML tag without its `!`, for example `Sub` for `!Sub`. `None` for JSON and untagged YAML.
    pub tag: Option<Arc<str>>,
}

/// The kinds of [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or an empty YAML value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Arc<str>),
    /// A list.
    Sequence(Vec<Node>),
    /// An object in the order written, without duplicate keys.
    Mapping(Vec<Entry>),
}

/// A member of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key; scalar keys of other types are kept as written (`1` is `"1"`).
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.tag == other.tag
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}

impl Node {
    /// The member `key` of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of `key` in a mapping, with the place of the key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// The entries of a mapping, empty for everything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a sequence, empty for everything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The text of a string node.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar as it was written: the content of a string, or the characters of a number, boolean or
    /// null. `012345678901`, `5.10` and `True` keep their spelling. `None` for lists and mappings.
    pub fn scalar_text(&self) -> Option<Arc<str>> {
        match &self.kind {
            NodeKind::String(text) => Some(text.clone()),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {
                let written = self
                    .span
                    .source()
                    .text()
                    .get(self.span.start()..self.span.end())?;
                // A plain scalar holds no blanks; what stands before it are its YAML anchor and tag.
                let text = written.split_whitespace().next_back().unwrap_or_default();
                Some(text.trim_matches(['"', '\'']).into())
            }
        }
    }

    /// The value without places and tags. Recursion is bounded by the depth limit of the parsers.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(number) => Value::Number(*number),
            NodeKind::String(text) => Value::String(text.clone()),
            NodeKind::Sequence(items) => Value::List(items.iter().map(Self::to_value).collect()),
            NodeKind::Mapping(entries) => Value::Map(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_value()))
                    .collect(),
            ),
        }
    }

    /// The deepest node that exists along `path`.
    pub fn deepest(&self, path: &AttributePath) -> &Node {
        let mut node = self;
        for step in path.steps() {
            let next = match step {
                Step::Key(key) => node.get(key),
                Step::Index(index) => node.items().get(*index),
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// The word for this kind of value in messages.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Number(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
        }
    }
}
