//! Messages about the tool's inputs: files, controls, rules, exceptions.
//!
//! A diagnostic is never a finding. It is data; wording lives in the module that raises it, rendering in `report`.

use std::sync::Arc;

use crate::source::{Location, Span};

/// How serious a diagnostic is. An `Error` makes the run undecided (exit code 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing; changes nothing.
    Info,
    /// Something looks wrong and is still used.
    Warning,
    /// Something could not be used; the verdict is incomplete without it.
    Error,
}

impl Level {
    /// The lower-case word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A stable diagnostic code with its documentation. Codes are never reused.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// For example `EXC001`.
    pub id: &'static str,
    /// The level it is raised at by default.
    pub level: Level,
    /// One line: what is wrong.
    pub summary: &'static str,
    /// What `policy explain <CODE>` prints below the summary: why it matters and how to mend it.
    pub explanation: &'static str,
}

/// Declares the codes of one area and the table `CODES` that lists them all.
macro_rules! codes {
    ($($id:ident: $level:ident, $summary:literal, $explanation:literal;)+) => {
        $(
            #[doc = $summary]
            pub static $id: $crate::diagnostic::Code = $crate::diagnostic::Code {
                id: stringify!($id),
                level: $crate::diagnostic::Level::$level,
                summary: $summary,
                explanation: $explanation,
            };
        )+
        /// Every code of this area, in declaration order.
        pub static CODES: &[&$crate::diagnostic::Code] = &[$(&$id),+];
    };
}
pub(crate) use codes;

/// Where a diagnostic points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A range of a text that was read.
    Span(Span),
    /// A file that could not be read as text, or a directory.
    File(Arc<str>),
}

/// A place with a short remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there; may be empty for the primary label.
    pub text: String,
}

/// A message about an input of the tool. The first label is the primary place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: &'static Code,
    /// The effective level.
    pub level: Level,
    /// One line, lower case, no final period.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Places, primary first.
    pub labels: Vec<Label>,
}

impl Diagnostic {
    /// A diagnostic at the code's own level.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            level: code.level,
            message: message.into(),
            help: None,
            labels: Vec::new(),
        }
    }

    /// Adds a place without a remark; the first one added is primary.
    #[must_use]
    pub fn at(self, span: &Span) -> Self {
        self.label(span, "")
    }

    /// Adds a place with a remark.
    #[must_use]
    pub fn label(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            place: Place::Span(span.clone()),
            text: text.into(),
        });
        self
    }

    /// Points at a whole file that has no readable text.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.labels.push(Label {
            place: Place::File(file.into()),
            text: String::new(),
        });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Overrides the level.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The file of the primary label.
    pub fn file(&self) -> Option<&str> {
        self.labels.first().map(|label| match &label.place {
            Place::Span(span) => span.source().name(),
            Place::File(file) => file,
        })
    }

    /// File, line and column of the primary label, when it points into a text.
    pub fn location(&self) -> Option<Location> {
        self.labels.first().and_then(|label| match &label.place {
            Place::Span(span) => Some(span.location()),
            Place::File(_) => None,
        })
    }
}
