//! HCL (Terraform's native syntax) to a located tree of our own.
//!
//! The parser is `hcl-edit`, which keeps byte spans. What it and Terraform disagree on is mended here: a byte order
//! mark, line breaks inside an object `for`, keys that occur twice in an object, heredocs without a line, whitespace markers
//! and indentation of templates. No type of the parser leaves this module.

mod lower;
mod prepass;
mod template;
#[cfg(test)]
mod tests;
mod tree;

use std::sync::Arc;

use hcl::edit::parser::parse_body;

pub use self::tree::{
    Attribute, BinaryOperator, Block, Body, Call, Expr, ExprKind, ForExpr, Label, Literal, ObjectItem,
    Structure, Template, TemplatePart, TraversalStep, UnaryOperator,
};
use super::codes;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// How many broken blocks of one file are reported before the rest of the file is given up.
const MAX_ERRORS: usize = 20;

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Everything that could be parsed. Blocks with syntax errors are missing, and reported.
    pub body: Body,
    /// One per broken block; empty when the whole text was parsed.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a native-syntax file. A block that does not parse is reported and left out; the others are kept.
///
/// ```
/// use policy_core::{document::hcl, source::Source};
/// let source = Source::new("main.tf", "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"logs\"\n}\n");
/// let document = hcl::parse(&source);
/// assert!(document.diagnostics.is_empty());
/// assert_eq!(document.body.blocks().count(), 1);
/// ```
pub fn parse(source: &Arc<Source>) -> Document {
    let mut diagnostics = Vec::new();
    let original = source.text();
    let mut text = std::borrow::Cow::Borrowed(original);
    if original.starts_with('\u{FEFF}') {
        // Three spaces are as long as the mark, so every offset stays true.
        text = std::borrow::Cow::Owned(original.replacen('\u{FEFF}', "   ", 1));
    }
    if let Some(mended) = prepass::mend_heredocs(&text) {
        text = std::borrow::Cow::Owned(mended);
    }
    let mut first = parse_body(&text);
    if first.is_err() {
        text = std::borrow::Cow::Owned(prepass::mend(&text));
        first = parse_body(&text);
    }
    loop {
        let error = match first {
            Ok(body) => {
                let lower = lower::Lower::new(source, original);
                let body = lower.body(&body);
                diagnostics.extend(lower.problems());
                return Document { body, diagnostics };
            }
            Err(error) => error,
        };
        let at = error.location().offset();
        let markers = prepass::conflict_markers(&text);
        if let Some(first_marker) = markers.first() {
            let span = Span::new(source.clone(), first_marker.start, first_marker.end);
            diagnostics.push(
                Diagnostic::new(
                    &codes::DOC016,
                    "not valid Terraform syntax: a merge conflict is not resolved",
                )
                .at(&span)
                .help("keep one side and delete the markers; here both sides are read"),
            );
            let mut without = text.into_owned();
            for marker in markers {
                without = prepass::blank(&without, marker);
            }
            text = std::borrow::Cow::Owned(without);
            first = parse_body(&text);
            continue;
        }
        let broken = prepass::structure_around(&text, at);
        diagnostics.push(match &broken {
            Some(prepass::Broken { quote: Some(at), .. }) => {
                let end = prepass::line_around(original, *at).end;
                Diagnostic::new(
                    &codes::DOC016,
                    "not valid Terraform syntax: a quoted text is not closed in its line",
                )
                .at(&Span::new(source.clone(), *at, end))
                .help("close it, or use a heredoc for several lines; the rest of the file is still read")
            }
            Some(broken) if broken.open => unclosed(source, broken.range.start),
            _ => syntax_error(source, at, error.message()),
        });
        // What stands outside of all blocks is one line.
        let range = broken.map_or_else(|| prepass::line_around(&text, at), |broken| broken.range);
        let shows_something = text
            .get(range.clone())
            .is_some_and(|text| !text.trim().is_empty());
        match diagnostics.len() < MAX_ERRORS && shows_something {
            true => {
                text = std::borrow::Cow::Owned(prepass::blank(&text, range));
                first = parse_body(&text);
            }
            false => {
                let span = Span::new(source.clone(), 0, original.len());
                return Document {
                    body: Body::empty(span),
                    diagnostics,
                };
            }
        }
    }
}

/// Parses an expression that stands alone, such as the value of `--var`.
///
/// # Errors
/// The syntax error.
pub fn parse_expression(source: &Arc<Source>) -> Result<Expr, Diagnostic> {
    let text = source.text();
    hcl::edit::parser::parse_expr(text)
        .or_else(|_| hcl::edit::parser::parse_expr(&prepass::mend_expression(text)))
        .map_err(|error| syntax_error(source, error.location().offset(), error.message()))
        .and_then(|expr| {
            let lower = lower::Lower::new(source, text);
            let expr = lower.expr(&expr);
            lower.problems().next().map_or(Ok(expr), Err)
        })
}

/// Parses a text with `${…}` and `%{…}` sequences, as in `.tf.json` strings and template files. `start` is the place
/// of the text in `source` when it stands there unescaped; otherwise every span covers `whole`.
///
/// # Errors
/// The syntax error.
pub fn parse_template(text: &str, whole: &Span) -> Result<Expr, Diagnostic> {
    template::parse_alone(text, whole)
}

fn unclosed(source: &Arc<Source>, start: usize) -> Diagnostic {
    let rest = source.text().get(start..).unwrap_or_default();
    let header = rest.find(['{', '\n']).unwrap_or(rest.len());
    let span = Span::new(
        source.clone(),
        start,
        start + rest.get(..header).map_or(0, |text| text.trim_end().len()),
    );
    Diagnostic::new(
        &codes::DOC016,
        "not valid Terraform syntax: a bracket or quote of this block is never closed",
    )
    .at(&span)
    .help("close it; the rest of the file is still read")
}

fn syntax_error(source: &Arc<Source>, at: usize, message: &str) -> Diagnostic {
    let text = source.text();
    let at = at.min(text.len());
    let found = text.get(at..).and_then(|rest| rest.chars().next());
    let span = Span::new(source.clone(), at, at + found.map_or(0, char::len_utf8));
    if message.contains("nesting depth") || message.contains("operator depth") {
        return Diagnostic::new(&codes::DOC017, "the expression is nested too deeply").at(&span);
    }
    let (message, help) = in_words(message, text.get(at..).unwrap_or_default());
    Diagnostic::new(&codes::DOC016, format!("not valid Terraform syntax: {message}"))
        .at(&span)
        .help(help)
}

/// What the parser means, and what to do about it.
fn in_words(message: &str, rest: &str) -> (String, &'static str) {
    const READ_ON: &str = "`terraform fmt` shows the same place; the rest of the file is still read";
    let line = rest.lines().next().unwrap_or_default();
    let word: String = line
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        .collect();
    let found = match line.trim().chars().next() {
        None => "the end of the line".to_owned(),
        Some(_) if !word.is_empty() => format!("`{word}`"),
        Some(c) => format!("`{c}`"),
    };
    if message.contains("redefined attribute") {
        return (
            format!("{found} is set twice in one block"),
            "keep one of them; the rest of the file is still read",
        );
    }
    if message.contains("heredoc end delimiter") {
        return (
            "the heredoc that begins above is never closed".to_owned(),
            "its end word stands alone in a line; the rest of the file is still read",
        );
    }
    if message.starts_with("invalid expression") {
        let help = match rest.chars().next() {
            Some('\'') => "texts stand in double quotes; the rest of the file is still read",
            Some('\n' | '\r') | None => {
                "an expression goes on in the next line only inside brackets; the rest of the file is still read"
            }
            _ => READ_ON,
        };
        return (format!("a value is expected here, not {found}"), help);
    }
    if message.contains("expected newline or eof") {
        return (format!("a new line is expected here, not {found}"), READ_ON);
    }
    (message.replace('`', ""), READ_ON)
}
