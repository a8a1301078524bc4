//! The engine's error texts, read for their place and message. It has no error types.

use std::sync::Arc;

use crate::rule::RuleError;
use crate::source::{Source, Span};

/// A place and a message.
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) span: Option<Span>,
}

/// Added to the name of a file that holds copies of its rules; see `clauses`.
pub(super) const COPY_SUFFIX: &str = "#copy";

/// Reads `\n--> file:line:column\n…\nerror: message`.
pub(super) fn read(text: &str, sources: &[Arc<Source>]) -> Failure {
    let place = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "));
    let message = text.split_once("error: ").map_or(text, |(_, message)| message);
    let message = message.lines().next().unwrap_or_default().trim();
    let message = if message.is_empty() {
        "the engine gave no reason"
    } else {
        message
    };
    let span = place.and_then(|place| {
        let mut parts = place.trim_end().rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let file = parts.next()?;
        let file = file.strip_suffix(COPY_SUFFIX).unwrap_or(file);
        let source = sources.iter().find(|source| source.name() == file)?;
        let offset = offset(source, line, column)?;
        Some(Span::new(source.clone(), offset, offset))
    });
    Failure {
        message: message.to_owned(),
        span,
    }
}

/// The byte offset of a 1-based line and column in characters.
fn offset(source: &Source, line: usize, column: usize) -> Option<usize> {
    let before = source
        .text()
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum::<usize>();
    let text = source.text().get(before..)?;
    let within = text
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(text.len(), |(at, _)| at);
    Some(before + within)
}

/// True when the engine stopped at its deadline. Errors inside functions lose their type, not their text.
pub(super) fn is_timeout(text: &str) -> bool {
    text.contains("execution exceeded time limit")
}

/// The error of evaluating a rule of `control`.
pub(super) fn rule_error(control: &str, text: &str, sources: &[Arc<Source>], milliseconds: u64) -> RuleError {
    if is_timeout(text) {
        return RuleError::Timeout {
            control: control.to_owned(),
            milliseconds,
        };
    }
    let Failure { message, span } = read(text, sources);
    RuleError::Evaluation {
        control: control.to_owned(),
        message,
        span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_message_are_read() {
        let source = Source::new("a b:c.rego", "package x\ny := ä + 1\n");
        let text = "\n--> a b:c.rego:2:8\n  |\n2 | y := ä + 1\n  |        ^\nerror: no such thing";
        let failure = read(text, std::slice::from_ref(&source));
        assert_eq!(failure.message, "no such thing");
        assert_eq!(failure.span.unwrap().location().to_string(), "a b:c.rego:2:8");
        assert!(read("not a valid rule path", &[source]).span.is_none());
    }
}
