//! `.tf.json`: Terraform's JSON syntax to the tree of the native syntax.
//!
//! JSON does not say whether `"x": {…}` is a nested block or a map, so the shape of the resource type decides, and where
//! none is known an object is taken for a map.

use std::sync::Arc;

use super::shape::{BlockShape, shape_of};
use crate::diagnostic::Diagnostic;
use crate::document::hcl::{
    self, Attribute, Block, Body, Expr, ExprKind, Label, Literal, ObjectItem, Structure,
};
use crate::document::{Entry, Node, NodeKind};
use crate::source::{Source, Span};

/// How many labels each top-level block has.
fn labels_of(kind: &str) -> usize {
    match kind {
        "resource" | "data" | "ephemeral" => 2,
        "module" | "variable" | "output" | "provider" | "check" => 1,
        _ => 0,
    }
}

/// Reads a whole file.
pub(super) fn body(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Body {
    let mut reader = Reader { diagnostics };
    let mut structures = Vec::new();
    for node in listed(root) {
        for entry in node.entries() {
            if &*entry.key == "//" {
                continue;
            }
            reader.labelled(
                entry,
                &entry.key,
                labels_of(&entry.key),
                &mut Vec::new(),
                &entry.value,
                &mut structures,
            );
        }
    }
    Body {
        structures,
        span: root.span.clone(),
    }
}

/// A `.tfvars.json` file: the attributes and their expressions.
pub(super) fn values(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Body {
    let mut reader = Reader { diagnostics };
    let structures = root
        .entries()
        .iter()
        .map(|entry| Structure::Attribute(reader.attribute(entry, "values")))
        .collect();
    Body {
        structures,
        span: root.span.clone(),
    }
}

/// The elements of an array of objects, or the object itself.
fn listed(node: &Node) -> Vec<&Node> {
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().collect(),
        _ => vec![node],
    }
}

struct Reader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn labelled(
        &mut self,
        top: &Entry,
        kind: &Arc<str>,
        missing: usize,
        labels: &mut Vec<Label>,
        node: &Node,
        structures: &mut Vec<Structure>,
    ) {
        for node in listed(node) {
            if missing > 0 {
                for entry in node.entries().iter().filter(|entry| &*entry.key != "//") {
                    labels.push(Label {
                        text: entry.key.clone(),
                        span: entry.key_span.clone(),
                    });
                    self.labelled(top, kind, missing - 1, labels, &entry.value, structures);
                    labels.pop();
                }
                continue;
            }
            if !matches!(node.kind, NodeKind::Mapping(_)) {
                let message = format!("the body of a `{kind}` block is an object");
                self.diagnostics
                    .push(Diagnostic::new(&super::codes::TFS003, message).at(&node.span));
                continue;
            }
            let shape = match (&**kind, labels.first()) {
                ("resource" | "data", Some(label)) => Some(shape_of(kind, &label.text)),
                _ => None,
            };
            let body = self.block_body(kind, node, shape.flatten().as_deref());
            let header = labels.last().map_or(&top.key_span, |label| &label.span).clone();
            structures.push(Structure::Block(Block {
                kind: kind.clone(),
                labels: labels.clone(),
                body: Arc::new(body),
                header,
                span: node.span.clone(),
            }));
        }
    }

    fn block_body(&mut self, kind: &str, node: &Node, shape: Option<&BlockShape>) -> Body {
        let mut structures = Vec::new();
        for entry in node.entries().iter().filter(|entry| &*entry.key != "//") {
            let nested = shape.and_then(|shape| shape.blocks.get(&*entry.key));
            let is_block = nested.is_some()
                || matches!(
                    (kind, &*entry.key),
                    (
                        "resource" | "data" | "ephemeral",
                        "lifecycle" | "provisioner" | "connection" | "timeouts"
                    ) | (
                        "provider",
                        "default_tags" | "assume_role" | "ignore_tags" | "endpoints"
                    ) | ("terraform", _)
                        | ("check", "assert" | "data")
                        | ("variable", "validation")
                        | ("nested", "precondition" | "postcondition")
                        | ("output", "precondition")
                );
            if &*entry.key == "dynamic" && matches!(kind, "resource" | "data" | "nested" | "content") {
                self.dynamic(entry, shape, &mut structures);
            } else if is_block {
                for item in listed(&entry.value) {
                    let body = self.block_body("nested", item, nested.map(|nested| &*nested.body));
                    structures.push(Structure::Block(Block {
                        kind: entry.key.clone(),
                        labels: Vec::new(),
                        body: Arc::new(body),
                        header: entry.key_span.clone(),
                        span: item.span.clone(),
                    }));
                }
            } else {
                structures.push(Structure::Attribute(self.attribute(entry, kind)));
            }
        }
        Body {
            structures,
            span: node.span.clone(),
        }
    }

    fn dynamic(&mut self, entry: &Entry, shape: Option<&BlockShape>, structures: &mut Vec<Structure>) {
        for group in listed(&entry.value) {
            for named in group.entries() {
                let nested = shape
                    .and_then(|shape| shape.blocks.get(&*named.key))
                    .map(|nested| &*nested.body);
                for item in listed(&named.value) {
                    let mut inner = Vec::new();
                    for part in item.entries() {
                        if &*part.key == "content" {
                            for content in listed(&part.value) {
                                inner.push(Structure::Block(Block {
                                    kind: part.key.clone(),
                                    labels: Vec::new(),
                                    body: Arc::new(self.block_body("content", content, nested)),
                                    header: part.key_span.clone(),
                                    span: content.span.clone(),
                                }));
                            }
                        } else {
                            inner.push(Structure::Attribute(self.attribute(part, "dynamic")));
                        }
                    }
                    structures.push(Structure::Block(Block {
                        kind: "dynamic".into(),
                        labels: vec![Label {
                            text: named.key.clone(),
                            span: named.key_span.clone(),
                        }],
                        body: Arc::new(Body {
                            structures: inner,
                            span: item.span.clone(),
                        }),
                        header: named.key_span.clone(),
                        span: item.span.clone(),
                    }));
                }
            }
        }
    }

    fn attribute(&mut self, entry: &Entry, block: &str) -> Attribute {
        // Some arguments of the language hold expressions as texts, without `${…}`.
        let expr = match (block, &*entry.key, entry.value.as_str()) {
            ("variable", "type", Some(text)) | ("resource" | "data", "provider", Some(text)) => {
                self.bare(text, &entry.value.span)
            }
            ("module", "providers", None) => self.expr_bare_members(&entry.value),
            // Values of variables are never templates.
            _ => self.expr(&entry.value, matches!(block, "variable" | "values")),
        };
        Attribute {
            name: entry.key.clone(),
            name_span: entry.key_span.clone(),
            span: Span::new(
                entry.key_span.source().clone(),
                entry.key_span.start(),
                entry.value.span.end(),
            ),
            expr: Arc::new(expr),
        }
    }

    fn expr_bare_members(&mut self, node: &Node) -> Expr {
        let items = node
            .entries()
            .iter()
            .map(|entry| ObjectItem {
                key: text_expr(&entry.key, &entry.key_span),
                value: match entry.value.as_str() {
                    Some(text) => self.bare(text, &entry.value.span),
                    None => self.expr(&entry.value, false),
                },
            })
            .collect();
        Expr {
            kind: ExprKind::Object(items),
            span: node.span.clone(),
        }
    }

    /// A text that is an expression by itself, such as `"aws.west"` or `"list(string)"`.
    fn bare(&mut self, text: &str, span: &Span) -> Expr {
        let inner = text
            .strip_prefix("${")
            .and_then(|text| text.strip_suffix('}'))
            .unwrap_or(text);
        let source = Source::new(span.source().name(), inner);
        match hcl::parse_expression(&source) {
            Ok(expr) => expr,
            Err(_) => text_expr(text, span),
        }
    }

    /// Recursion is bounded by the depth of the document.
    fn expr(&mut self, node: &Node, literal: bool) -> Expr {
        let span = node.span.clone();
        let kind = match &node.kind {
            NodeKind::Null => ExprKind::Literal(Literal::Null),
            NodeKind::Bool(value) => ExprKind::Literal(Literal::Bool(*value)),
            NodeKind::Number(number) => {
                let text = node.scalar_text().unwrap_or_else(|| number.to_string().into());
                ExprKind::Literal(Literal::Number(text))
            }
            NodeKind::String(text) if literal => ExprKind::Literal(Literal::String(text.clone())),
            NodeKind::String(text) => match hcl::parse_template(text, &span) {
                Ok(expr) => return expr,
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic);
                    ExprKind::Literal(Literal::Null)
                }
            },
            NodeKind::Sequence(items) => {
                ExprKind::Tuple(items.iter().map(|item| self.expr(item, literal)).collect())
            }
            NodeKind::Mapping(entries) => ExprKind::Object(
                entries
                    .iter()
                    .map(|entry| ObjectItem {
                        key: match literal {
                            true => text_expr(&entry.key, &entry.key_span),
                            false => hcl::parse_template(&entry.key, &entry.key_span)
                                .unwrap_or_else(|_| text_expr(&entry.key, &entry.key_span)),
                        },
                        value: self.expr(&entry.value, literal),
                    })
                    .collect(),
            ),
        };
        Expr { kind, span }
    }
}

fn text_expr(text: &str, span: &Span) -> Expr {
    Expr {
        kind: ExprKind::Literal(Literal::String(text.into())),
        span: span.clone(),
    }
}
