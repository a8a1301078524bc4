//! `AWS::Include` with a local file: the snippet takes the place of the call.
//!
//! After "AWS::Include transform" and "Fn::Transform" in the CloudFormation template reference. The call is a member of
//! a mapping (`Fn::Transform` or its short form `Transform`), and the members of the snippet stand there instead. The
//! nodes of a snippet keep their places, so that everything said about them points into the snippet's file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::codes;
use super::expression::{Expression, Form, Function};
use super::files::{self, Library};
use super::parameters::Parameters;
use super::synthetic::{Budget, any_node, with_entries};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, MAX_DEPTH, Node, NodeKind};

/// How deep snippets may include snippets.
const MAX_CHAIN: usize = 8;

const NAME: &str = "AWS::Include";

/// The template with the snippets in their places; `None` when it includes nothing.
pub(super) fn expand(
    root: &Node,
    library: &Library<'_>,
    parameters: &Parameters,
    budget: &mut Budget,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Node> {
    if !library.has_files() || !any_node(root, includes) {
        return None;
    }
    let base = root.span.source().name().to_owned();
    let mut includer = Includer {
        library,
        parameters,
        budget,
        diagnostics,
        chain: vec![base],
        depth: 0,
        too_deep: false,
    };
    let entries = includer.template(root.entries());
    if includer.too_deep {
        let message =
            format!("with its included files the template is nested more than {MAX_DEPTH} levels deep");
        diagnostics.push(Diagnostic::new(&codes::CFN018, message).at(&root.span));
        return None;
    }
    Some(with_entries(root, entries))
}

/// True for a mapping with a call among its members, and for a call in its tagged form.
fn includes(node: &Node) -> bool {
    match node.tag.as_deref() {
        Some("Transform") => is_include(node),
        _ => {
            node.entries().iter().any(is_call)
                || node
                    .get("Transform")
                    .is_some_and(|transform| transform.items().iter().any(is_include))
        }
    }
}

fn is_call(entry: &Entry) -> bool {
    matches!(&*entry.key, "Fn::Transform" | "Transform") && is_include(&entry.value)
}

fn is_include(argument: &Node) -> bool {
    argument.get("Name").and_then(Node::as_str) == Some(NAME)
}

struct Includer<'i, 'f> {
    library: &'i Library<'f>,
    parameters: &'i Parameters,
    budget: &'i mut Budget,
    diagnostics: &'i mut Vec<Diagnostic>,
    /// The template and the snippets that led here.
    chain: Vec<String>,
    depth: usize,
    too_deep: bool,
}

impl Includer<'_, '_> {
    /// The sections, in which a snippet of the top level may add members.
    fn template(&mut self, sections: &[Entry]) -> Vec<Entry> {
        let mut merged: Vec<Entry> = Vec::new();
        let mut positions: HashMap<Arc<str>, usize> = HashMap::new();
        for entry in self.members(sections) {
            let position = *positions.entry(entry.key.clone()).or_insert(merged.len());
            let Some(earlier) = merged.get_mut(position) else {
                merged.push(entry);
                continue;
            };
            match (&mut earlier.value.kind, entry.value.kind) {
                (NodeKind::Mapping(members), NodeKind::Mapping(more)) => {
                    let known: HashSet<Arc<str>> = members.iter().map(|member| member.key.clone()).collect();
                    for member in more {
                        if known.contains(&member.key) {
                            self.twice(&member);
                        } else {
                            members.push(member);
                        }
                    }
                }
                (_, kind) => {
                    let value = Node { kind, ..entry.value };
                    self.twice(&Entry { value, ..entry });
                }
            }
        }
        merged
    }

    fn twice(&mut self, entry: &Entry) {
        let message = format!(
            "`{}` is defined by the template and by what it includes",
            entry.key
        );
        self.diagnostics.push(
            Diagnostic::new(&codes::CFN018, message)
                .at(&entry.key_span)
                .help("delete or rename one of them"),
        );
    }

    /// Recursion is bounded by [`MAX_DEPTH`], over all the files together.
    fn node(&mut self, node: &Node) -> Node {
        let text = node.as_str().map_or(0, str::len);
        self.too_deep |= self.depth >= MAX_DEPTH;
        if self.too_deep || !self.budget.spend(text) {
            return node.clone();
        }
        self.depth += 1;
        let expanded = self.expanded(node);
        self.depth -= 1;
        expanded
    }

    fn expanded(&mut self, node: &Node) -> Node {
        if node.tag.as_deref() == Some("Transform") && is_include(node) {
            return match self.snippet(node) {
                Some(entries) => with_entries(
                    &Node {
                        tag: None,
                        ..node.clone()
                    },
                    entries,
                ),
                None => node.clone(),
            };
        }
        match &node.kind {
            NodeKind::Sequence(items) => Node {
                kind: NodeKind::Sequence(items.iter().map(|item| self.node(item)).collect()),
                span: node.span.clone(),
                tag: node.tag.clone(),
            },
            NodeKind::Mapping(entries) => {
                let members = self.members(entries);
                let mut seen = HashSet::new();
                let mut distinct = Vec::with_capacity(members.len());
                for member in members {
                    if seen.insert(member.key.clone()) {
                        distinct.push(member);
                    } else {
                        self.twice(&member);
                    }
                }
                with_entries(node, distinct)
            }
            _ => node.clone(),
        }
    }

    /// The members of a mapping with those of its snippets, which may repeat a key.
    fn members(&mut self, entries: &[Entry]) -> Vec<Entry> {
        let mut members = Vec::with_capacity(entries.len());
        let mut added = Vec::new();
        for entry in entries {
            if is_call(entry) {
                match self.snippet(&entry.value) {
                    Some(snippet) => added.extend(snippet),
                    None => members.push(entry.clone()),
                }
                continue;
            }
            let value = match (&*entry.key, &entry.value.kind) {
                // The section `Transform` may list calls among macros.
                ("Transform", NodeKind::Sequence(items)) if items.iter().any(is_include) => {
                    let mut left = Vec::new();
                    for item in items {
                        match is_include(item).then(|| self.snippet(item)).flatten() {
                            Some(snippet) => added.extend(snippet),
                            None => left.push(item.clone()),
                        }
                    }
                    Node {
                        kind: NodeKind::Sequence(left),
                        ..entry.value.clone()
                    }
                }
                _ => self.node(&entry.value),
            };
            members.push(Entry {
                key: entry.key.clone(),
                key_span: entry.key_span.clone(),
                value,
            });
        }
        // What the template writes itself stands first, so that it is the one that is kept.
        members.extend(added);
        members
    }

    /// The members of the snippet that a call names. `None` when it cannot be had; the call is left as it is then.
    fn snippet(&mut self, argument: &Node) -> Option<Vec<Entry>> {
        let location = argument.get("Parameters")?.get("Location")?;
        let text = self.location(location)?;
        let base = self.chain.last().cloned().unwrap_or_default();
        let path = files::resolve(&base, &text)?;
        if self.chain.contains(&path) || self.chain.len() > MAX_CHAIN {
            let message = if self.chain.contains(&path) {
                format!("`{path}` includes itself")
            } else {
                format!("files include each other more than {MAX_CHAIN} levels deep")
            };
            self.diagnostics
                .push(Diagnostic::new(&codes::CFN018, message).at(&location.span));
            return None;
        }
        let root = self.library.open(&path, &location.span, self.diagnostics)?;
        if !matches!(root.kind, NodeKind::Mapping(_)) {
            let message = format!(
                "an included file holds a mapping, and `{path}` holds {}",
                root.describe()
            );
            self.diagnostics
                .push(Diagnostic::new(&codes::CFN018, message).at(&location.span));
            return None;
        }
        self.chain.push(path);
        let members = self.members(root.entries());
        self.chain.pop();
        if self.budget.is_spent() {
            let message = "the template is too large with the files it includes";
            self.diagnostics
                .push(Diagnostic::new(&codes::CFN018, message).at(&location.span));
        }
        Some(members)
    }

    /// The location, written out or in a parameter.
    fn location(&self, node: &Node) -> Option<Arc<str>> {
        let expression = Expression::new(node);
        if let Form::Call(Function::Ref, argument) = expression.form() {
            let argument = self.parameters.get(&argument.literal()?)?;
            return argument.value.as_str().map(Arc::from);
        }
        // `!Sub s3://…` and the like name no local file.
        expression.literal()
    }
}
