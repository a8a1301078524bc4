//! Controls: governed requirements, their scope, their exception terms, and the catalog that holds them.

mod model;

pub use model::{
    Catalog, Control, ControlId, Environment, Evaluate, ExceptionTerms, Guardrail, Remediation,
    RuleReference, Scope, Severity,
};
