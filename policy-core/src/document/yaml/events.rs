//! The events of libyaml with byte spans of our text, and its errors as diagnostics.

use std::borrow::Cow;
use std::io::{BufReader, Chain, Cursor, Read};
use std::sync::Arc;

use libyaml_safer::{Error, EventData, MappingStyle, Mark, Parser, ScalarStyle, SequenceStyle};

use super::scalar;
use crate::diagnostic::Diagnostic;
use crate::document::codes;
use crate::source::{Source, Span};

/// What the builder is told. Offsets are bytes of the source.
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

pub(crate) enum EventKind {
    DocumentEnd,
    Alias {
        anchor: String,
    },
    Scalar {
        anchor: Option<String>,
        tag: Option<String>,
        text: String,
        plain: bool,
    },
    Open {
        anchor: Option<String>,
        tag: Option<String>,
        collection: Collection,
        flow: bool,
    },
    Close,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    Sequence,
    Mapping,
}

/// The text with a line break at its end.
///
/// Without one the scanner of libyaml-safer 0.3 panics on a block scalar or a `\` that the end of the text cuts off.
type Input<'s> = BufReader<Chain<Cursor<Cow<'s, [u8]>>, &'static [u8]>>;

pub(crate) struct Events<'s> {
    source: &'s Arc<Source>,
    parser: Parser<Input<'s>>,
    /// Offsets, in the text that the parser sees, of the bytes that were put in by [`separate_tags`].
    inserted: Vec<usize>,
    /// Length of the text that the parser sees, without a line break that was added.
    length: usize,
}

impl<'s> Events<'s> {
    pub(crate) fn new(source: &'s Arc<Source>) -> Result<Self, Diagnostic> {
        if let Some(diagnostic) = control_character(source) {
            return Err(diagnostic);
        }
        let (text, inserted) = separate_tags(source.text());
        let length = text.len();
        let end: &'static [u8] = if ends_line(source.text()) { b"" } else { b"\n" };
        let mut parser = Parser::new();
        // Said explicitly because detection takes any first character whose first byte is 0xEF for a byte order mark.
        parser.set_encoding(libyaml_safer::Encoding::Utf8);
        parser.set_input(BufReader::new(Cursor::new(text).chain(end)));
        Ok(Self {
            source,
            parser,
            inserted,
            length,
        })
    }

    /// The next event, `None` at the end of the text.
    pub(crate) fn next(&mut self) -> Result<Option<Event>, Diagnostic> {
        loop {
            let event = self.parser.parse().map_err(|error| self.describe(&error))?;
            let (start_mark, end_mark) = (event.start_mark, event.end_mark);
            let kind = match event.data {
                EventData::StreamStart { .. } | EventData::DocumentStart { .. } => continue,
                EventData::StreamEnd => return Ok(None),
                EventData::DocumentEnd { .. } => EventKind::DocumentEnd,
                EventData::Alias { anchor } => EventKind::Alias { anchor },
                EventData::Scalar {
                    anchor,
                    tag,
                    value,
                    style,
                    ..
                } => EventKind::Scalar {
                    anchor,
                    tag,
                    text: self.original(value, style, start_mark, end_mark),
                    plain: style == ScalarStyle::Plain,
                },
                EventData::SequenceStart {
                    anchor, tag, style, ..
                } => EventKind::Open {
                    anchor,
                    tag,
                    collection: Collection::Sequence,
                    flow: style == SequenceStyle::Flow,
                },
                EventData::MappingStart {
                    anchor, tag, style, ..
                } => EventKind::Open {
                    anchor,
                    tag,
                    collection: Collection::Mapping,
                    flow: style == MappingStyle::Flow,
                },
                EventData::SequenceEnd | EventData::MappingEnd => EventKind::Close,
            };
            let start = self.offset(start_mark);
            let end = self.offset(end_mark).max(start);
            // Block scalars and block collections are said to end where the next token begins.
            let end = self
                .source
                .text()
                .get(start..end)
                .map_or(end, |text| start + text.trim_end().len());
            return Ok(Some(Event { kind, start, end }));
        }
    }

    /// The scalar as it would be without the bytes that were added for the parser.
    fn original(&self, mut value: String, style: ScalarStyle, start: Mark, end: Mark) -> String {
        let (start, end) = (to_usize(start.index), to_usize(end.index));
        let first = self.inserted.partition_point(|&at| at < start);
        if self.inserted.get(first).is_some_and(|&at| at < end) {
            value = join_tags(&value);
        }
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if block && end > self.length && value.ends_with('\n') {
            value.pop();
        }
        value
    }

    /// A parser offset as a byte offset of the source, on a character border.
    fn offset(&self, mark: Mark) -> usize {
        let seen = to_usize(mark.index);
        let before = self.inserted.partition_point(|&at| at < seen);
        let text = self.source.text();
        text.floor_char_boundary((seen - before.min(seen)).min(text.len()))
    }

    fn describe(&self, error: &Error) -> Diagnostic {
        let problem = error.problem();
        let place = |mark: Mark| {
            let at = self.offset(mark);
            let width = self.char_at(at).map_or(0, char::len_utf8);
            Span::new(self.source.clone(), at, at + width)
        };
        let mark = error.problem_mark().unwrap_or_default();
        let context = error
            .context()
            .map_or_else(String::new, |context| format!(" {context}"));
        let message =
            if self.char_at(self.offset(mark)) == Some('\t') && problem.contains("cannot start any token") {
                "not valid YAML: a tab is used for indentation".to_owned()
            } else {
                format!("not valid YAML: {problem}{context}")
            };
        let mut diagnostic = Diagnostic::new(&codes::DOC006, message).at(&place(mark));
        if let Some(start) = error.context_mark().filter(|start| start.index != mark.index) {
            diagnostic = diagnostic.label(&place(start), "it starts here");
        }
        match self.advice(problem, self.offset(mark)) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    fn advice(&self, problem: &str, at: usize) -> Option<String> {
        let before = self.source.text().get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let found = self.char_at(at);
        if found == Some('\t')
            || (line.trim().is_empty() && line.contains('\t'))
            || problem.contains("tab character")
        {
            return Some("indent with spaces; YAML does not allow tabs there".to_owned());
        }
        if problem.contains("cannot start any token") {
            return found.map(|found| format!("quote a text that starts with `{found}`"));
        }
        if problem.contains("mapping values are not allowed") {
            return Some("check the indentation, or quote the text if it holds `: `".to_owned());
        }
        if problem.contains("expected key") || problem.contains("'-' indicator") {
            return Some(
                "check the indentation of this line and the lines above, and their quotes".to_owned(),
            );
        }
        if problem.contains("end of stream") || problem.contains("',' or") {
            return Some("close the quote or bracket".to_owned());
        }
        problem
            .contains("unknown escape")
            .then(|| "write a backslash in double quotes as `\\\\`, or use single quotes".to_owned())
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.source.text().get(at..).and_then(|rest| rest.chars().next())
    }
}

fn ends_line(text: &str) -> bool {
    text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

fn to_usize(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// libyaml stops at characters that YAML calls unprintable without telling the place, so they are looked for first.
fn control_character(source: &Arc<Source>) -> Option<Diagnostic> {
    let bad = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    let (at, found) = source.text().char_indices().find(|&(_, c)| bad(c))?;
    let span = Span::new(source.clone(), at, at + found.len_utf8());
    let message = format!("not valid YAML: control character U+{:04X}", u32::from(found));
    Some(
        Diagnostic::new(&codes::DOC006, message)
            .at(&span)
            .help("remove it, or write it as an escape in double quotes"),
    )
}

/// Puts a tab between a tag and a comma (`[!GetAZs, x]`), where the scanner of libyaml-safer 0.3 panics.
///
/// A blank in front of a comma changes no structure; where the place is inside a scalar, [`join_tags`] takes it out
/// again. Returns the text and the offsets of the tabs in it.
fn separate_tags(text: &str) -> (Cow<'_, [u8]>, Vec<usize>) {
    let mut out = String::new();
    let mut inserted = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('!')) {
        let start = at + found;
        let end = start + scalar::tag_length(text.get(start..).unwrap_or_default());
        if text.get(end..).is_some_and(|rest| rest.starts_with(',')) {
            out.push_str(text.get(copied..end).unwrap_or_default());
            inserted.push(out.len());
            out.push('\t');
            copied = end;
        }
        at = end;
    }
    if inserted.is_empty() {
        return (Cow::Borrowed(text.as_bytes()), inserted);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    (Cow::Owned(out.into_bytes()), inserted)
}

/// Undoes [`separate_tags`] inside a scalar.
fn join_tags(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find('!') {
        let tail = rest.get(start..).unwrap_or_default();
        let length = scalar::tag_length(tail);
        let (tag, after) = tail.split_at_checked(length).unwrap_or((tail, ""));
        out.push_str(rest.get(..start).unwrap_or_default());
        out.push_str(tag);
        rest = match after.strip_prefix('\t') {
            Some(comma) if comma.starts_with(',') => comma,
            _ => after,
        };
    }
    out.push_str(rest);
    out
}
