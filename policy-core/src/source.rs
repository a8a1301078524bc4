//! Texts and places in them.
//!
//! A [`Span`] owns a cheap handle on its [`Source`], so every diagnostic and finding can say its line and show it
//! without a table passed around beside it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use crate::value::AttributePath;

/// A named text: a file, standard input, or an embedded control.
pub struct Source {
    name: String,
    text: String,
    line_starts: OnceLock<Vec<usize>>,
    /// In such a text a byte is a character: no line of megabytes has to be counted for a column.
    ascii: OnceLock<bool>,
    /// Set when the text is not at hand and only this line and column of it are known.
    remembered: Option<(u32, u32)>,
}

impl Source {
    /// Names `text`. The name is shown to people and is never opened.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
            line_starts: OnceLock::new(),
            ascii: OnceLock::new(),
            remembered: None,
        })
    }

    /// The name given at construction, usually a path relative to the working directory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The 1-based line and column (in characters) of a byte offset; offsets past the end give the end.
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        if let Some(place) = self.remembered {
            return place;
        }
        let starts = self.line_starts();
        let offset = offset.min(self.text.len());
        let line = starts.partition_point(|&start| start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let column = match self.text.get(start..offset) {
            Some(text) if !*self.ascii.get_or_init(|| self.text.is_ascii()) => text.chars().count(),
            _ => offset - start,
        };
        (to_u32(line), to_u32(column + 1))
    }

    /// The text of a 1-based line without its line break, or `None` past the last line.
    pub fn line(&self, line: u32) -> Option<&str> {
        if self.remembered.is_some() {
            return None;
        }
        let starts = self.line_starts();
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let start = *starts.get(index)?;
        let end = starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text
            .get(start..end)
            .map(|text| text.trim_end_matches(['\n', '\r']))
    }

    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            std::iter::once(0)
                .chain(self.text.match_indices('\n').map(|(at, _)| at + 1))
                .collect()
        })
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl fmt::Debug for Source {
    /// Shows the name only: the text may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

/// A byte range of a [`Source`].
///
/// Equality compares name and range, so that two loads of the same file agree.
#[derive(Clone)]
pub struct Span {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Span {
    /// The half-open byte range `start..end` of `source`.
    pub fn new(source: Arc<Source>, start: usize, end: usize) -> Self {
        Self {
            source,
            start,
            end: end.max(start),
        }
    }

    /// A place that was written down, in a text that is not at hand: it has a file, a line and a column, and nothing to show.
    pub fn remembered(file: impl Into<String>, line: u32, column: u32) -> Self {
        let source = Arc::new(Source {
            name: file.into(),
            text: String::new(),
            line_starts: OnceLock::new(),
            ascii: OnceLock::new(),
            remembered: Some((line, column)),
        });
        // No offsets are known; these only keep different places apart when spans are compared.
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let offset = number(line).wrapping_mul(1_000_003).wrapping_add(number(column));
        Self::new(source, offset, offset)
    }

    /// The text this range belongs to.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// First byte of the range.
    pub fn start(&self) -> usize {
        self.start
    }

    /// One past the last byte of the range.
    pub fn end(&self) -> usize {
        self.end
    }

    /// File, line and column of the first byte.
    pub fn location(&self) -> Location {
        let (line, column) = self.source.line_column(self.start);
        Location {
            file: self.source.name.clone(),
            line,
            column,
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.source.name, self.start, self.end)
    }
}

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end) == (other.start, other.end) && self.source.name == other.source.name
    }
}

impl Eq for Span {}

/// A place as people read it: 1-based line and column (in characters).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Name of the source.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column in characters.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Turns the path of a native attribute into a place, late and only for what is reported.
///
/// Every input format implements it over whatever it kept of its text.
pub trait Locate: Send + Sync + fmt::Debug {
    /// The span of the value at `path`, or of its deepest ancestor that was written down. `None` when nothing is.
    fn locate(&self, path: &AttributePath) -> Option<Span>;
}

/// The SHA-256 of the bytes of a source, in hexadecimal: reports bind to it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
