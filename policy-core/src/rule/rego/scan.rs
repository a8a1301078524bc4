//! Looks at a Rego text before the parser does.
//!
//! The parser takes exponential time on nested literals, and everything that walks a long operator chain recurses. Both
//! are cut off here, where the text is only read once.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::rule::codes;
use crate::source::{Source, Span};

const MAX_BYTES: usize = 256 * 1024;
const MAX_LINES: usize = 10_000;
const MAX_COLUMNS: usize = 1_024;
const MAX_NESTING: usize = 12;
const MAX_OPERATORS: usize = 2_000;

/// Refuses a text that the parser could not handle in bounded time and stack.
pub(super) fn scan(source: &Arc<Source>) -> Result<(), Diagnostic> {
    let text = source.text();
    let refuse = |at: usize, message: String| {
        Err(Diagnostic::new(&codes::RGO001, message)
            .at(&Span::new(source.clone(), at, at))
            .help("split the rule into smaller rules or files"))
    };
    if text.len() > MAX_BYTES {
        return refuse(
            0,
            format!("the file has {} bytes; the limit is {MAX_BYTES}", text.len()),
        );
    }
    let mut start = 0;
    for (index, line) in text.split('\n').enumerate() {
        if index >= MAX_LINES {
            return refuse(start, format!("the file has more than {MAX_LINES} lines"));
        }
        if line.chars().count() > MAX_COLUMNS {
            return refuse(start, format!("the line has more than {MAX_COLUMNS} columns"));
        }
        start += line.len() + 1;
    }

    let mut depth = 0_usize;
    let mut operators = 0_usize;
    for (at, symbol) in Symbols::new(text) {
        match symbol {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '|' | '&' => operators += 1,
            _ => {}
        }
        if depth > MAX_NESTING {
            return refuse(
                at,
                format!("brackets are nested more than {MAX_NESTING} levels deep"),
            );
        }
        if operators > MAX_OPERATORS {
            return refuse(at, format!("the file has more than {MAX_OPERATORS} operators"));
        }
    }
    Ok(())
}

/// The characters of a Rego text outside strings, raw strings and comments, with their byte offsets.
struct Symbols<'a> {
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
}

impl<'a> Symbols<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.char_indices().peekable(),
        }
    }

    fn skip_past(&mut self, end: char, escapes: bool) {
        while let Some((_, c)) = self.rest.next() {
            match c {
                '\\' if escapes => {
                    self.rest.next();
                }
                // A string cannot span lines; stopping here keeps one forgotten quote from hiding the rest of the file.
                '\n' if escapes => return,
                c if c == end => return,
                _ => {}
            }
        }
    }
}

impl Iterator for Symbols<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (at, c) = self.rest.next()?;
            match c {
                '"' => self.skip_past('"', true),
                '`' => self.skip_past('`', false),
                '#' => self.skip_past('\n', false),
                c => return Some((at, c)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        scan(&Source::new("x.rego", text)).map_err(|diagnostic| diagnostic.message)
    }

    #[test]
    fn nesting_counts_outside_strings_and_comments_only() {
        let open = "[".repeat(13);
        assert!(check(&format!("x := \"{open}\"\ny := `{open}` # {open}\n")).is_ok());
        assert!(check(&format!("x := {open}")).unwrap_err().contains("nested"));
        assert!(check(&format!("x := {}{}", "[".repeat(12), "]".repeat(12))).is_ok());
        assert!(
            check(&format!("x := \"a\\\"\" {open}")).is_err(),
            "an escaped quote does not end the string"
        );
        assert!(check(&format!("x := \"forgotten\n{open}")).is_err());
    }

    #[test]
    fn size_lines_columns_and_operators_are_limited() {
        assert!(check(&"#".repeat(MAX_COLUMNS + 1)).is_err());
        assert!(check(&"\n".repeat(MAX_LINES)).is_err());
        assert!(check(&"# comment\n".repeat(30_000)).is_err());
        assert!(
            check(&format!("x := 1{}", "\n+1".repeat(MAX_OPERATORS + 1)))
                .unwrap_err()
                .contains("operators")
        );
    }
}
