//! Evidence: what an auditor can keep, check and compute from.
//!
//! Everything here is made from what was written down before (controls, exceptions, saved reports) and reads no clock, no
//! file and no network.

pub mod attestation;
pub(crate) mod canonical;
pub mod codes;
pub mod log;
pub mod maturity;
pub mod merkle;
pub mod metrics;
pub mod package;
pub mod record;
pub mod remediation;

/// JSON Schema of a record of an evidence log.
pub const EVIDENCE_SCHEMA: &str = include_str!("../../schemas/evidence-v1.schema.json");

/// JSON Schema of the manifest of an audit package.
pub const MANIFEST_SCHEMA: &str = include_str!("../../schemas/manifest-v1.schema.json");

/// JSON Schema of what `policy metrics -o json` prints.
pub const METRICS_SCHEMA: &str = include_str!("../../schemas/metrics-v1.schema.json");

/// JSON Schema of what `policy maturity -o json` prints.
pub const MATURITY_SCHEMA: &str = include_str!("../../schemas/maturity-v1.schema.json");
