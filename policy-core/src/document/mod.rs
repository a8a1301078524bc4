//! Text formats read into located trees: every node knows file, line and column.
//!
//! [`decode`] turns bytes into text, [`json`] and [`yaml`] turn text into a [`Node`], [`hcl`] reads Terraform files, and [`Fields`] reads the mappings
//! of our own file formats strictly, field by field.

pub mod codes;
mod decode;
mod fields;
pub mod hcl;
pub mod json;
mod node;
pub mod yaml;

pub use decode::decode;
pub use fields::{Field, FieldCodes, Fields, Shape, Text};
pub use node::{Entry, Node, NodeKind};

/// How deep a document may be nested. Bounds every recursion over a [`Node`].
pub const MAX_DEPTH: usize = 128;

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

fn duplicate_key(key: &str, second: &Span, first: &Span) -> Diagnostic {
    Diagnostic::new(
        &codes::DOC007,
        format!("key `{key}` occurs twice in the same mapping"),
    )
    .label(second, "second time here")
    .label(first, "first time here")
    .help("delete or rename one of them")
}

fn too_deep(span: &Span) -> Diagnostic {
    Diagnostic::new(
        &codes::DOC008,
        format!("the document is nested more than {MAX_DEPTH} levels deep"),
    )
    .at(span)
    .help("flatten the document; real inputs stay far below this")
}

fn out_of_range(span: &Span) -> Diagnostic {
    let text = span
        .source()
        .text()
        .get(span.start()..span.end())
        .unwrap_or_default();
    let shown: String = text.chars().take(40).collect();
    Diagnostic::new(&codes::DOC009, format!("number `{shown}` is out of range"))
        .at(span)
        .help("write it as a string if it is an identifier")
}

fn empty(source: &Arc<Source>) -> Diagnostic {
    let span = Span::new(source.clone(), 0, 0);
    Diagnostic::new(&codes::DOC004, format!("`{}` is empty", source.name())).at(&span)
}
