//! Controls: governed requirements, their scope, their exception terms, and the catalog that holds them.

pub mod codes;
mod coverage;
mod lint;
mod load;
mod mapping;
mod model;
mod record;
mod workload;

pub use coverage::{Answer, CoveredRequirement, CoveringControl, Evaluated, coverage};
pub use lint::{lint, lint_cases};
pub use load::{closest, load, load_with};
pub use mapping::{Mapping, Requirement, lint_mappings, load_mappings};
pub use model::{
    Catalog, Control, ControlId, Environment, Evaluate, ExceptionTerms, Guardrail, Remediation,
    RuleReference, Scope, Severity, UnknownSeverity,
};
pub use workload::{Workload, WorkloadControl, lint_workloads, load_workloads};
