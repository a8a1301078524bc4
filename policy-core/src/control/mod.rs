//! Controls: governed requirements, their scope, their exception terms, and the catalog that holds them.

pub mod codes;
mod lint;
mod load;
mod model;
mod record;

pub use lint::lint;
pub use load::{closest, load, load_with};
pub use model::{
    Catalog, Control, ControlId, Environment, Evaluate, ExceptionTerms, Guardrail, Remediation,
    RuleReference, Scope, Severity, UnknownSeverity,
};
