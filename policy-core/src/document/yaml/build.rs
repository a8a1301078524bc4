//! Events to nodes, on a stack of our own: depth, aliases and duplicate keys are checked here.

use std::collections::HashMap;
use std::sync::Arc;

use super::events::{Collection, Event, EventKind};
use super::scalar::{self, Standard, Tag};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entry, MAX_DEPTH, Node, NodeKind, codes};
use crate::source::{Source, Span};

/// How many nodes anchors and aliases may copy in one file.
const MAX_COPIED: usize = 1_000_000;

/// A finished node with what is needed to bound its copies.
#[derive(Clone)]
struct Built {
    node: Node,
    /// Nodes in it, itself included.
    size: usize,
    /// Levels of collections in it.
    height: usize,
    /// An untagged plain scalar `<<`: as a key it merges.
    merges: bool,
}

struct Frame {
    anchor: Option<String>,
    tag: Tag,
    start: usize,
    flow: bool,
    size: usize,
    height: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping {
        entries: Vec<Entry>,
        seen: HashMap<Arc<str>, Span>,
        key: Option<(Arc<str>, Span, bool)>,
        merged: Vec<Node>,
    },
}

pub(super) struct Builder<'s> {
    source: &'s Arc<Source>,
    stack: Vec<Frame>,
    anchors: HashMap<String, Built>,
    copied: usize,
    documents: Vec<Node>,
    diagnostics: Vec<Diagnostic>,
}

impl<'s> Builder<'s> {
    pub(super) fn new(source: &'s Arc<Source>) -> Self {
        Self {
            source,
            stack: Vec::new(),
            anchors: HashMap::new(),
            copied: 0,
            documents: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Vec<Node>, Vec<Diagnostic>) {
        (self.documents, self.diagnostics)
    }

    /// Takes one event. An error means that the rest of the text cannot be read.
    pub(super) fn accept(&mut self, event: Event) -> Result<(), Diagnostic> {
        let span = Span::new(self.source.clone(), event.start, event.end);
        match event.kind {
            EventKind::DocumentEnd => self.anchors.clear(),
            EventKind::Alias { anchor } => {
                let built = self.alias(&anchor, &span)?;
                self.add(built, None, &span)?;
            }
            EventKind::Scalar {
                anchor,
                tag,
                text,
                plain,
            } => {
                let merges = plain && tag.is_none() && text == "<<";
                let as_key = self.expects_key();
                let (kind, tag) = self.scalar(tag.as_deref(), text, plain && !as_key, &span);
                let node = Node {
                    kind,
                    span: span.clone(),
                    tag,
                };
                self.add(
                    Built {
                        node,
                        size: 1,
                        height: 0,
                        merges,
                    },
                    anchor,
                    &span,
                )?;
            }
            EventKind::Open {
                anchor,
                tag,
                collection,
                flow,
            } => {
                if self.stack.len() >= MAX_DEPTH {
                    return Err(document::too_deep(&span));
                }
                if self.expects_key() {
                    return Err(not_a_key(&span));
                }
                let content = match collection {
                    Collection::Sequence => Content::Sequence(Vec::new()),
                    Collection::Mapping => Content::Mapping {
                        entries: Vec::new(),
                        seen: HashMap::new(),
                        key: None,
                        merged: Vec::new(),
                    },
                };
                let tag = scalar::classify(tag.as_deref());
                if let Tag::Standard(_) = tag {
                    self.misfit("a scalar type", &span);
                }
                self.stack.push(Frame {
                    anchor,
                    tag,
                    start: event.start,
                    flow,
                    size: 1,
                    height: 0,
                    content,
                });
            }
            EventKind::Close => self.close(event.end)?,
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.stack.last(),
            Some(Frame {
                content: Content::Mapping { key: None, .. },
                ..
            })
        )
    }

    /// `plain` is false for keys too, which are kept as written.
    fn scalar(
        &mut self,
        tag: Option<&str>,
        text: String,
        plain: bool,
        span: &Span,
    ) -> (NodeKind, Option<Arc<str>>) {
        match scalar::classify(tag) {
            Tag::None if plain => (scalar::plain(&text), None),
            Tag::None => (NodeKind::String(text.into()), None),
            Tag::Application(tag) if plain => (scalar::plain(&text), Some(tag)),
            Tag::Application(tag) => (NodeKind::String(text.into()), Some(tag)),
            Tag::Standard(standard) => {
                let kind = scalar::standard(standard, &text).unwrap_or_else(|| {
                    self.misfit(type_name(standard), span);
                    NodeKind::String(text.into())
                });
                (kind, None)
            }
        }
    }

    fn misfit(&mut self, expected: &str, span: &Span) {
        self.diagnostics.push(
            Diagnostic::new(
                &codes::DOC015,
                format!("the tag says {expected}, and this is something else"),
            )
            .at(span)
            .help("remove the tag or mend the value"),
        );
    }

    fn alias(&mut self, anchor: &str, span: &Span) -> Result<Built, Diagnostic> {
        let Some(size) = self.anchors.get(anchor).map(|built| built.size) else {
            let inside = self
                .stack
                .iter()
                .any(|frame| frame.anchor.as_deref() == Some(anchor));
            let message = if inside {
                format!("alias `*{anchor}` stands inside its own anchor")
            } else {
                format!("alias `*{anchor}` has no anchor before it in this document")
            };
            return Err(Diagnostic::new(&codes::DOC011, message).at(span).help(format!(
                "mark the value to repeat with `&{anchor}`, or quote the text if it is no alias"
            )));
        };
        self.count_copies(size, span)?;
        self.anchors.get(anchor).cloned().ok_or_else(|| not_a_key(span))
    }

    fn count_copies(&mut self, size: usize, span: &Span) -> Result<(), Diagnostic> {
        self.copied = self.copied.saturating_add(size);
        if self.copied <= MAX_COPIED {
            return Ok(());
        }
        Err(Diagnostic::new(
            &codes::DOC010,
            format!("aliases expand to more than {MAX_COPIED} values"),
        )
        .at(span)
        .help("write the repeated parts out, or nest fewer aliases"))
    }

    /// Puts a finished node where it belongs.
    fn add(&mut self, built: Built, anchor: Option<String>, span: &Span) -> Result<(), Diagnostic> {
        if self.stack.len() + built.height > MAX_DEPTH {
            return Err(document::too_deep(span));
        }
        if let Some(anchor) = anchor {
            self.count_copies(built.size, span)?;
            self.anchors.insert(anchor, built.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(built.node);
            return Ok(());
        };
        frame.size = frame.size.saturating_add(built.size);
        frame.height = frame.height.max(built.height + 1);
        match &mut frame.content {
            Content::Sequence(items) => items.push(built.node),
            Content::Mapping { key: key @ None, .. } => {
                let text = built.node.scalar_text().ok_or_else(|| not_a_key(span))?;
                *key = Some((text, span.clone(), built.merges));
            }
            Content::Mapping {
                entries,
                seen,
                key,
                merged,
            } => {
                let Some((key, key_span, merges)) = key.take() else {
                    return Ok(());
                };
                if let Some(first) = seen.get(&key) {
                    self.diagnostics
                        .push(document::duplicate_key(&key, &key_span, first));
                    return Ok(());
                }
                seen.insert(key.clone(), key_span.clone());
                if merges {
                    merged.push(built.node);
                } else {
                    entries.push(Entry {
                        key,
                        key_span,
                        value: built.node,
                    });
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Diagnostic> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let height = frame.height.max(1);
        let last = |node: Option<&Node>| node.map_or(frame.start, |node| node.span.end());
        let (kind, inner_end) = match frame.content {
            Content::Sequence(items) => {
                let end = last(items.last());
                (NodeKind::Sequence(items), end)
            }
            Content::Mapping {
                mut entries,
                mut seen,
                merged,
                ..
            } => {
                let end = last(entries.last().map(|entry| &entry.value));
                for value in merged {
                    merge(value, &mut entries, &mut seen, &mut self.diagnostics);
                }
                (NodeKind::Mapping(entries), end)
            }
        };
        // A block collection ends with its last value; the parser only notices at the next token. An alias as the last
        // value ends somewhere else entirely.
        let end = if frame.flow || inner_end < frame.start || inner_end > end {
            end
        } else {
            inner_end
        };
        let span = Span::new(self.source.clone(), frame.start, end);
        let tag = match frame.tag {
            Tag::Application(tag) => Some(tag),
            Tag::None | Tag::Standard(_) => None,
        };
        let node = Node {
            kind,
            span: span.clone(),
            tag,
        };
        self.add(
            Built {
                node,
                size: frame.size,
                height,
                merges: false,
            },
            frame.anchor,
            &span,
        )
    }
}

fn type_name(standard: Standard) -> &'static str {
    match standard {
        Standard::Text => "text",
        Standard::Integer => "integer",
        Standard::Float => "number",
        Standard::Bool => "boolean",
        Standard::Null => "null",
    }
}

fn not_a_key(span: &Span) -> Diagnostic {
    Diagnostic::new(&codes::DOC013, "a list or mapping cannot be a key")
        .at(span)
        .help("quote it if it is a text, for example a placeholder such as `\"{{ name }}\"`")
}

/// Adds what `<<` brings: own keys win over merged ones, and earlier mappings over later ones.
fn merge(
    value: Node,
    entries: &mut Vec<Entry>,
    seen: &mut HashMap<Arc<str>, Span>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mappings = match value.kind {
        NodeKind::Sequence(items) => items,
        _ => vec![value],
    };
    for mapping in mappings {
        let found = mapping.describe();
        let NodeKind::Mapping(inherited) = mapping.kind else {
            diagnostics.push(
                Diagnostic::new(
                    &codes::DOC014,
                    format!("`<<` merges mappings, and this is {found}"),
                )
                .at(&mapping.span)
                .help("write `<<: *anchor` for a mapping, or quote the key as `\"<<\"`"),
            );
            continue;
        };
        for entry in inherited {
            if !seen.contains_key(&entry.key) {
                seen.insert(entry.key.clone(), entry.key_span.clone());
                entries.push(entry);
            }
        }
    }
}
