//! Finds a value in a JSON text without building a tree.

use std::sync::Arc;

use super::cursor::Cursor;
use crate::source::{Source, Span};
use crate::value::{AttributePath, Step};

/// The span of the deepest value that exists along `path` in the JSON value that begins at byte `start`.
///
/// It only scans, so it can be asked late and rarely for places in a plan of 100 MB. The text is taken to be valid
/// JSON. `None` when no value begins at `start`.
///
/// ```
/// use policy_core::{AttributePath, document::json, source::Source};
/// let source = Source::new("a.json", r#"{"a": {"b": [10, 20]}}"#);
/// let path = AttributePath::parse("a.b[1]")?;
/// let span = json::locate(&source, 0, &path);
/// assert_eq!(span.map(|span| span.start()), Some(17));
/// # Ok::<(), policy_core::PathError>(())
/// ```
pub fn locate(source: &Arc<Source>, start: usize, path: &AttributePath) -> Option<Span> {
    let mut cursor = Cursor::new(source.text(), start);
    cursor.skip_blanks();
    for step in path.steps() {
        let found = match step {
            Step::Key(key) => member(cursor.clone(), key),
            Step::Index(index) => element(cursor.clone(), *index),
        };
        match found {
            Some(inner) => cursor = inner,
            None => break,
        }
    }
    let start = cursor.offset();
    cursor.skip_value()?;
    Some(Span::new(source.clone(), start, cursor.offset()))
}

fn member<'s>(mut cursor: Cursor<'s>, key: &str) -> Option<Cursor<'s>> {
    if !cursor.eat(b'{') {
        return None;
    }
    loop {
        cursor.skip_blanks();
        if cursor.peek() != Some(b'"') {
            return None;
        }
        let name = cursor.string().ok()?;
        cursor.skip_blanks();
        if !cursor.eat(b':') {
            return None;
        }
        cursor.skip_blanks();
        if name == key {
            return Some(cursor);
        }
        cursor.skip_value()?;
        cursor.skip_blanks();
        if !cursor.eat(b',') {
            return None;
        }
    }
}

fn element(mut cursor: Cursor<'_>, index: usize) -> Option<Cursor<'_>> {
    if !cursor.eat(b'[') {
        return None;
    }
    cursor.skip_blanks();
    if cursor.peek() == Some(b']') {
        return None;
    }
    for _ in 0..index {
        cursor.skip_value()?;
        cursor.skip_blanks();
        if !cursor.eat(b',') {
            return None;
        }
        cursor.skip_blanks();
    }
    Some(cursor)
}
