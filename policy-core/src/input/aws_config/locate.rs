//! From a path of an item's values to its place.

use std::borrow::Cow;
use std::sync::Arc;

use super::envelope::{Found, field};
use crate::document::{Node, json};
use crate::source::{Locate, Span};
use crate::value::{AttributePath, Step};

/// Finds values of one item.
#[derive(Debug)]
pub(super) enum ItemLocator {
    /// The item stands in a text of the document, which is as near as we get.
    Held(Span),
    /// In a JSON text: searched late and only for what is reported.
    Text {
        /// The whole item.
        item: Span,
        /// How the item spells the names of its members: ours first.
        names: Vec<(Arc<str>, Arc<str>)>,
    },
    /// In a YAML text.
    Tree(Arc<Node>),
}

impl ItemLocator {
    pub(super) fn of(found: &Found<'_>) -> Arc<Self> {
        Arc::new(match (&found.holder, &found.node) {
            (Some(holder), _) => Self::Held(holder.clone()),
            (None, Cow::Borrowed(node)) if is_json(&node.span) => Self::Text {
                names: spellings(node),
                item: node.span.clone(),
            },
            (None, node) => Self::Tree(Arc::new(Node::clone(node))),
        })
    }
}

fn is_json(item: &Span) -> bool {
    item.source().text().trim_start().starts_with(['{', '['])
}

/// Members that the item does not spell as the resource model does.
fn spellings(node: &Node) -> Vec<(Arc<str>, Arc<str>)> {
    let names = [
        ("accountId", "accountId"),
        ("accountId", "awsAccountId"),
        ("arn", "arn"),
        ("configuration", "configuration"),
        ("supplementaryConfiguration", "supplementaryConfiguration"),
        ("tags", "tags"),
    ];
    let differing = names.into_iter().filter_map(|(ours, theirs)| {
        let written = &field(node, theirs)?.key;
        (**written != *ours).then(|| (ours.into(), written.clone()))
    });
    differing.collect()
}

impl Locate for ItemLocator {
    fn locate(&self, path: &AttributePath) -> Option<Span> {
        match self {
            Self::Held(span) => Some(span.clone()),
            Self::Tree(node) => {
                let near = spelled(&spellings(node), path);
                Some(node.deepest(&near).span.clone())
            }
            Self::Text { item, names } => {
                let find = |path: &AttributePath| json::locate(item.source(), item.start(), path);
                let nested = find(&spelled(names, path)).filter(|span| span != item);
                nested.or_else(|| {
                    flattened(path)
                        .iter()
                        .find_map(|path| find(path).filter(|span| span != item))
                })
            }
        }
    }
}

/// The path in the item's own spelling.
fn spelled(names: &[(Arc<str>, Arc<str>)], path: &AttributePath) -> AttributePath {
    let mut steps = path.steps().to_vec();
    if let Some(Step::Key(first)) = steps.first_mut()
        && let Some((_, theirs)) = names.iter().find(|(ours, _)| ours == first)
    {
        *first = theirs.clone();
    }
    AttributePath::new(steps)
}

/// The path as the columns of a flattened row spell it, the longest name first.
fn flattened(path: &AttributePath) -> Vec<AttributePath> {
    let mut names: Vec<String> = Vec::new();
    for step in path.steps() {
        let Step::Key(key) = step else { break };
        let name = names
            .last()
            .map_or_else(|| key.to_string(), |name| format!("{name}.{key}"));
        names.push(name);
    }
    let spelled = names.iter().enumerate().skip(1).rev();
    let path = |(last, name): (usize, &String)| {
        let first = std::iter::once(Step::Key(name.as_str().into()));
        AttributePath::new(first.chain(path.steps().iter().skip(last + 1).cloned()).collect())
    };
    spelled.map(path).collect()
}
