//! From rules and resources to outcomes and findings.

mod assessment;
mod fingerprint;

pub use assessment::{Assessment, Evaluation, Finding, FindingResource, Reason, Suppression};
pub use fingerprint::Fingerprint;
mod candidates;
mod completion;
mod input_document;
mod unknown;
#[cfg(test)]
mod unknown_proptests;
#[cfg(test)]
mod unknown_tests;

pub use input_document::{InputDocument, inventory_document, resource_document};
pub use unknown::{Decision, UnknownRead, decide};
