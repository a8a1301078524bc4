//! Suppressions in source: `# policy:ignore DP-ENC-001 EXC-2026-0007`.
//!
//! A comment suppresses nothing by itself: it has no approver, no scope and no end. It points to the record that does, so
//! that the reader of the source learns why a finding is covered; the record decides what it covers. A comment that points
//! to nothing in force is a suppression that somebody believes in and that is not there (`EXC030`).

use std::sync::Arc;

use super::codes;
use super::registry::Registry;
use crate::date::AsOf;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// What a comment begins with.
const MARKER: &str = "policy:ignore";

/// A suppression in source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineSuppression {
    /// The control it names.
    pub control: Option<String>,
    /// The record it names.
    pub exception: Option<String>,
    /// The comment from the marker to the end of the line.
    pub span: Span,
}

/// Finds the suppressions in the comments of a Terraform or YAML text. A marker counts after `#`, `//` or `/*` on its line.
pub fn inline_suppressions(source: &Arc<Source>) -> Vec<InlineSuppression> {
    let text = source.text();
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let written = line.trim_end();
        if let Some((before, after)) = written.split_once(MARKER)
            && is_comment(before)
        {
            let mut words = after.split_whitespace().filter(|word| *word != "*/");
            found.push(InlineSuppression {
                control: words.next().map(str::to_owned),
                exception: words.next().map(str::to_owned),
                span: Span::new(Arc::clone(source), start + before.len(), start + written.len()),
            });
        }
        start += line.len();
    }
    found
}

/// True when nothing but blanks stands between the marker and the sign of a comment.
fn is_comment(before: &str) -> bool {
    let before = before.trim_end();
    ["#", "//", "/*"].iter().any(|sign| before.ends_with(sign))
}

impl Registry {
    /// The suppressions in source that are not honoured, with the reason. The others need nothing: the record they name
    /// is in force and covers what its scope says.
    pub fn lint_inline(&self, source: &Arc<Source>, as_of: AsOf) -> Vec<Diagnostic> {
        inline_suppressions(source)
            .into_iter()
            .filter_map(|inline| {
                let why = self.refuse(&inline, as_of)?;
                Some(
                    Diagnostic::new(&codes::EXC030, format!("this suppression is not honoured: {why}"))
                        .at(&inline.span)
                        .help("write `policy:ignore <control> <exception>` with a registered exception in force, or remove it"),
                )
            })
            .collect()
    }

    fn refuse(&self, inline: &InlineSuppression, as_of: AsOf) -> Option<String> {
        let Some(control) = &inline.control else {
            return Some("it names neither a control nor an exception".into());
        };
        let Some(id) = &inline.exception else {
            return Some("it names no exception".into());
        };
        let Some(record) = self.get(id) else {
            return Some(format!("`{id}` is not registered"));
        };
        let about = record
            .control
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        if about != *control {
            return Some(format!("`{id}` is about `{about}`, not `{control}`"));
        }
        let at = self.state(record, as_of);
        (!at.suppresses).then(|| format!("`{id}` is {}", at.state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_count() {
        let text = "# policy:ignore A-001 EXC-2026-0001\n  x = 1 // policy:ignore A-002\n/* policy:ignore A-003 EXC-2026-0003 */\n\
                    name = \"policy:ignore A-004\"\n#policy:ignore\r\n";
        let source = Source::new("main.tf", text);
        let found: Vec<_> = inline_suppressions(&source)
            .into_iter()
            .map(|inline| (inline.control, inline.exception, inline.span.location().line))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                (text("A-001"), text("EXC-2026-0001"), 1),
                (text("A-002"), None, 2),
                (text("A-003"), text("EXC-2026-0003"), 3),
                (None, None, 5),
            ]
        );
        assert_eq!(
            Registry::default()
                .lint_inline(
                    &source,
                    AsOf::parse("2026-03-01", Default::default()).expect("date")
                )
                .len(),
            4
        );
    }
}
