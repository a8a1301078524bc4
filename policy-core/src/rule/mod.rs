//! Rules: what is executed for a control. The language behind it (Rego) is an inner matter of [`rego`].

pub mod codes;
mod cursor;
mod reads;
pub mod rego;

pub use cursor::ReadCursor;
pub use reads::{PathPattern, PatternStep, ReadSet, Touch, Use};

use std::sync::Arc;

use crate::source::Span;
use crate::value::{AttributePath, Value};

/// The outcome of one control on one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The requirement holds (AWS Config: COMPLIANT).
    Pass,
    /// The requirement is broken (NON_COMPLIANT).
    Fail,
    /// The input does not tell (INSUFFICIENT_DATA).
    Unknown,
    /// The control does not apply (NOT_APPLICABLE).
    NotApplicable,
    /// The rule could not be run to its end. Never a pass.
    Error,
}

impl Outcome {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
            Self::Error => "error",
        }
    }
}

/// One element of a rule's `deny` set, checked against the contract.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Violation {
    /// The rule's own message, when it gives one.
    pub message: Option<Arc<str>>,
    /// Canonical attribute paths, in the order given.
    pub paths: Vec<AttributePath>,
    /// What the rule expects, as text.
    pub expected: Option<Arc<str>>,
    /// What the rule found, when it says so itself; the engine looks it up otherwise.
    pub actual: Option<Value>,
    /// For inventory rules: the resource to blame.
    pub resource: Option<Arc<str>>,
    /// Ids of other resources involved.
    pub related: Vec<Arc<str>>,
}

/// What a rule said about one input document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleResult {
    /// `deny`, in a stable order.
    pub violations: Vec<Violation>,
    /// `warn`: advisory only.
    pub warnings: Vec<Violation>,
}

/// Why a rule gave no result. Always the outcome `error`, never a pass.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RuleError {
    /// The rule failed while running (type error, builtin error, conflicting values).
    #[error("rule of {control} failed: {message}")]
    Evaluation {
        /// The control.
        control: String,
        /// What the engine said, without its location prefix.
        message: String,
        /// Where in the rule.
        span: Option<Span>,
    },
    /// The rule ran past its deadline.
    #[error("rule of {control} did not finish within {milliseconds} ms")]
    Timeout {
        /// The control.
        control: String,
        /// The deadline.
        milliseconds: u64,
    },
    /// The rule could not be loaded; its diagnostic says why.
    #[error("the rule of {control} could not be loaded")]
    NotLoaded {
        /// The control.
        control: String,
    },
    /// The engine itself failed; the worker was replaced.
    #[error("rule of {control} crashed the rule engine")]
    Crash {
        /// The control.
        control: String,
    },
    /// The rule returned something that is not a violation.
    #[error(
        "rule of {control} returned {found} in `{set}`; a violation is a string or an object with message, path, paths, expected, actual, resource or related"
    )]
    Shape {
        /// The control.
        control: String,
        /// `deny` or `warn`.
        set: &'static str,
        /// What was returned, in words.
        found: String,
    },
}
