//! The section `Globals`, after the page "Globals section of the AWS SAM template"
//! (`sam-specification-template-anatomy-globals`): values of the resource replace global ones, mappings are merged,
//! lists are the global elements before the resource's own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::codes;
use super::super::expression::{Expression, Form};
use super::properties::{Properties, is_written_mapping};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};

/// The global properties by the last part of the resource type.
pub(super) struct Globals<'g>(BTreeMap<&'g str, &'g Node>);

impl<'g> Globals<'g> {
    pub(super) fn read(section: Option<&'g Node>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let Some(section) = section else {
            return Self(BTreeMap::new());
        };
        if !matches!(section.kind, NodeKind::Mapping(_) | NodeKind::Null) {
            let message = format!("the section `Globals` is {}, not a mapping", section.describe());
            diagnostics.push(Diagnostic::new(&codes::CFN002, message).at(&section.span));
        }
        let mut globals = BTreeMap::new();
        for entry in section.entries() {
            if is_written_mapping(&entry.value) {
                globals.insert(&*entry.key, &entry.value);
            } else {
                let message = format!("`{}` of `Globals` is no mapping of properties", entry.key);
                diagnostics.push(Diagnostic::new(&codes::CFN002, message).at(&entry.key_span));
            }
        }
        Self(globals)
    }

    /// The properties of a resource with the global ones. `None` when they are no written mapping.
    pub(super) fn properties(&self, name: &str, body: &Node) -> Option<Properties> {
        let own = body.get("Properties");
        if own.is_some_and(|node| !is_written_mapping(node) && !matches!(node.kind, NodeKind::Null)) {
            return None;
        }
        let own = own.filter(|node| is_written_mapping(node));
        let global = self
            .0
            .get(name)
            .and_then(|global| respected(global, body.get("IgnoreGlobals")));
        match (global, own) {
            (Some(global), Some(own)) => Properties::new(&merge(&global, own)),
            (Some(only), None) => Properties::new(&only),
            (None, Some(only)) => Properties::new(only),
            (None, None) => Some(Properties::default()),
        }
    }
}

/// The global properties that a resource does not ignore: `IgnoreGlobals` is `*` or a list of names.
fn respected(global: &Node, ignored: Option<&Node>) -> Option<Node> {
    let Some(ignored) = ignored else {
        return Some(global.clone());
    };
    if ignored.as_str() == Some("*") {
        return None;
    }
    let names: Vec<&str> = ignored.items().iter().filter_map(Node::as_str).collect();
    let kept = global
        .entries()
        .iter()
        .filter(|entry| !names.contains(&&*entry.key));
    Some(Node {
        kind: NodeKind::Mapping(kept.cloned().collect()),
        ..global.clone()
    })
}

/// Recursion is as deep as the template.
fn merge(global: &Node, own: &Node) -> Node {
    match (&global.kind, &own.kind) {
        (NodeKind::Mapping(global_entries), NodeKind::Mapping(own_entries))
            if is_written_mapping(global) && is_written_mapping(own) =>
        {
            let mut merged: Vec<Entry> = global_entries.clone();
            let positions: HashMap<Arc<str>, usize> = global_entries
                .iter()
                .enumerate()
                .map(|(position, entry)| (entry.key.clone(), position))
                .collect();
            for entry in own_entries {
                let same = positions
                    .get(&entry.key)
                    .and_then(|position| merged.get_mut(*position));
                match same {
                    Some(earlier) => {
                        earlier.value = merge(&earlier.value, &entry.value);
                        earlier.key_span = entry.key_span.clone();
                    }
                    None => merged.push(entry.clone()),
                }
            }
            Node {
                kind: NodeKind::Mapping(merged),
                ..own.clone()
            }
        }
        (NodeKind::Sequence(first), NodeKind::Sequence(second)) if is_data(global) && is_data(own) => Node {
            kind: NodeKind::Sequence(first.iter().chain(second).cloned().collect()),
            ..own.clone()
        },
        _ => own.clone(),
    }
}

fn is_data(node: &Node) -> bool {
    matches!(Expression::new(node).form(), Form::Data)
}
