//! From rules and resources to outcomes and findings.

mod assessment;
mod fingerprint;

pub use assessment::{Assessment, Evaluation, Finding, FindingResource, Reason, Suppression};
pub use fingerprint::Fingerprint;
