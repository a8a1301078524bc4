//! Exceptions: accepted deviations with an approver and an end.
//!
//! A [`Record`] holds facts and decisions; its [`State`] is a pure function of them and of the point in time a run looks
//! at. [`Registry::load`] reads and checks all records, [`Registry::apply`] finds those that are about a finding. Whatever is
//! wrong, late, unknown or not approved does not suppress: a deviation is hidden only while everything about it is right.

mod accounts;
mod approval;
mod canonical;
mod chain;
pub mod codes;
mod cover;
mod draft;
mod filing;
mod forecast;
mod foreign;
mod glob;
mod history;
mod inline;
mod lifecycle;
mod lint;
mod load;
mod matcher;
mod overview;
mod ownership;
mod pattern;
mod people;
mod record;
mod registry;
mod serial;

#[cfg(test)]
mod tests;

pub use accounts::Accounts;
pub use codes::undecides;
pub use draft::Draft;
pub use filing::{MixedFile, Move, Tidying};
pub use forecast::{Change, MAX_FORECAST_DAYS};
pub use foreign::{ForeignSkip, foreign_skips, lint_foreign};
pub use history::Version;
pub use inline::{InlineSuppression, inline_suppressions};
pub use lifecycle::{State, StateAt};
pub use matcher::{Application, Fact, FindingFacts, MatchedException};
pub use overview::{ExpectationOverview, FaultOverview, Overview, ScopeOverview};
pub use ownership::Ownership;
pub use pattern::{Names, Pattern, PatternError};
pub use people::People;
pub use record::{
    ApprovalLog, Cadence, Category, Closure, CompensatingControl, Decision, Detection, EvidenceLink,
    Expectation, Fault, Folder, Located, Record, RecordScope, Renewal, Review, Revocation, Risk,
};
pub use registry::{Registry, RegistryOptions};

/// JSON Schema of an exception record, for editors. The loader checks more than a schema can say.
pub const SCHEMA: &str = include_str!("../../schemas/exception-v1.schema.json");
