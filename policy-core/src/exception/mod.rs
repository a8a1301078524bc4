//! Exceptions: accepted deviations with an approver and an end.

mod glob;
mod lifecycle;
mod pattern;
mod record;

pub use lifecycle::{State, StateAt};
pub use pattern::{Names, Pattern, PatternError};
pub use record::{
    ApprovalLog, Cadence, Category, Closure, CompensatingControl, Decision, Detection, EvidenceLink, Expectation,
    Fault, Folder, Located, Record, RecordScope, Renewal, Review, Revocation, Risk,
};
