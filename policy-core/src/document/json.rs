//! Strict JSON (RFC 8259) to located nodes.
//!
//! A parser of our own because it has to keep the place of every key and value, report duplicate keys with both places
//! and keep integers exact; none of the value-building parsers does all three.

mod cursor;
mod locate;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use self::cursor::{Cursor, Fault};
use super::{Entry, MAX_DEPTH, Node, NodeKind, codes};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::value::Number;

pub use self::locate::locate;

/// Parses a text that is one JSON value.
///
/// Integers are exact up to 128 bits; other numbers are 64-bit floats, and one beyond their range is an error.
///
/// # Errors
/// The first syntax error, after all duplicate keys found before it. Never empty.
///
/// ```
/// use policy_core::{document::json, source::Source};
/// let source = Source::new("a.json", "{\"a\": [1, true]}");
/// let root = json::parse(&source).map_err(|errors| format!("{errors:?}"))?;
/// assert_eq!(root.get("a").map(|list| list.items().len()), Some(2));
/// # Ok::<(), String>(())
/// ```
pub fn parse(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let mut parser = Parser {
        source,
        cursor: Cursor::new(source.text(), 0),
        diagnostics: Vec::new(),
    };
    let parsed = parser.document();
    let Parser { mut diagnostics, .. } = parser;
    match parsed {
        Ok(root) if diagnostics.is_empty() => Ok(root),
        Ok(_) => Err(diagnostics),
        Err(fault) => {
            diagnostics.push(describe(source, fault));
            Err(diagnostics)
        }
    }
}

struct Parser<'s> {
    source: &'s Arc<Source>,
    cursor: Cursor<'s>,
    diagnostics: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Node, Fault> {
        self.cursor.skip_blanks();
        if self.cursor.peek().is_none() {
            return Err(Fault::Empty);
        }
        let root = self.value(0)?;
        self.cursor.skip_blanks();
        match self.cursor.peek() {
            None => Ok(root),
            Some(_) => Err(self.cursor.expected("the end of the file after the JSON value")),
        }
    }

    /// Recurses at most [`MAX_DEPTH`] times.
    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        let start = self.cursor.offset();
        let kind = match self.cursor.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => NodeKind::String(self.cursor.string()?.as_ref().into()),
            Some(b'-' | b'0'..=b'9') => NodeKind::Number(self.number()?),
            Some(b't') => self.cursor.word("true").map(|()| NodeKind::Bool(true))?,
            Some(b'f') => self.cursor.word("false").map(|()| NodeKind::Bool(false))?,
            Some(b'n') => self.cursor.word("null").map(|()| NodeKind::Null)?,
            _ => return Err(self.cursor.expected("a value")),
        };
        Ok(Node {
            kind,
            span: self.span(start),
            tag: None,
        })
    }

    fn object(&mut self, depth: usize) -> Result<NodeKind, Fault> {
        self.open(depth)?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
        if self.cursor.eat(b'}') {
            return Ok(NodeKind::Mapping(entries));
        }
        loop {
            let start = self.cursor.offset();
            if self.cursor.peek() != Some(b'"') {
                let wanted = if entries.is_empty() {
                    "a quoted key or `}`"
                } else {
                    "a quoted key"
                };
                return Err(self.cursor.expected(wanted));
            }
            let key: Arc<str> = self.cursor.string()?.as_ref().into();
            let key_span = self.span(start);
            self.cursor.skip_blanks();
            if !self.cursor.eat(b':') {
                return Err(self.cursor.expected("`:` after the key"));
            }
            self.cursor.skip_blanks();
            let value = self.value(depth + 1)?;
            match seen.get(&key) {
                Some(first) => self
                    .diagnostics
                    .push(super::duplicate_key(&key, &key_span, first)),
                None => {
                    seen.insert(key.clone(), key_span.clone());
                    entries.push(Entry { key, key_span, value });
                }
            }
            if !self.next_or_close(b'}', "`,` or `}`")? {
                return Ok(NodeKind::Mapping(entries));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<NodeKind, Fault> {
        self.open(depth)?;
        let mut items = Vec::new();
        if self.cursor.eat(b']') {
            return Ok(NodeKind::Sequence(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.next_or_close(b']', "`,` or `]`")? {
                return Ok(NodeKind::Sequence(items));
            }
        }
    }

    fn open(&mut self, depth: usize) -> Result<(), Fault> {
        if depth >= MAX_DEPTH {
            return Err(Fault::TooDeep {
                at: self.cursor.offset(),
            });
        }
        self.cursor.bump();
        self.cursor.skip_blanks();
        Ok(())
    }

    /// After a member: true when another one follows, false when the container is closed.
    fn next_or_close(&mut self, close: u8, wanted: &'static str) -> Result<bool, Fault> {
        self.cursor.skip_blanks();
        if self.cursor.eat(close) {
            return Ok(false);
        }
        let comma = self.cursor.offset();
        if !self.cursor.eat(b',') {
            return Err(self.cursor.expected(wanted));
        }
        self.cursor.skip_blanks();
        if self.cursor.peek() == Some(close) {
            return Err(Fault::TrailingComma { at: comma });
        }
        Ok(true)
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let start = self.cursor.offset();
        let (text, whole) = self.cursor.number()?;
        if whole && let Ok(integer) = text.parse() {
            return Ok(Number::Integer(integer));
        }
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Number::Float(float)),
            _ => Err(Fault::OutOfRange {
                at: start,
                end: self.cursor.offset(),
            }),
        }
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.source.clone(), start, self.cursor.offset())
    }
}

fn describe(source: &Arc<Source>, fault: Fault) -> Diagnostic {
    let text = source.text();
    let span = |start: usize, end: usize| Span::new(source.clone(), start, end);
    match fault {
        Fault::Empty => super::empty(source),
        Fault::TooDeep { at } => super::too_deep(&span(at, at + 1)),
        Fault::OutOfRange { at, end } => super::out_of_range(&span(at, end)),
        Fault::TrailingComma { at } => {
            Diagnostic::new(&codes::DOC005, "not valid JSON: nothing follows this comma")
                .at(&span(at, at + 1))
                .help("remove the comma")
        }
        Fault::Expected { at, wanted } => {
            let found = text.get(at..).and_then(|rest| rest.chars().next());
            let message = match found {
                Some(found) if found.is_control() => {
                    format!(
                        "not valid JSON: expected {wanted}, found `{}`",
                        found.escape_default()
                    )
                }
                Some(found) => format!("not valid JSON: expected {wanted}, found `{found}`"),
                None => format!("not valid JSON: expected {wanted}, but the file ends here"),
            };
            let diagnostic =
                Diagnostic::new(&codes::DOC005, message).at(&span(at, at + found.map_or(0, char::len_utf8)));
            match found {
                Some('/' | '#') => diagnostic.help("JSON has no comments; remove this one"),
                Some('\'') => diagnostic.help("JSON strings stand in double quotes"),
                None => diagnostic.help("the file is cut off; write it again"),
                Some(_) => diagnostic,
            }
        }
        Fault::BadString { at, end, what } => {
            Diagnostic::new(&codes::DOC005, format!("not valid JSON: {what}")).at(&span(at, end))
        }
    }
}
