//! From rules and resources to outcomes and findings.

mod across;
mod alone;
mod asleep;
mod assessment;
mod candidates;
mod change;
pub mod codes;
mod completion;
mod evaluator;
mod findings;
mod fingerprint;
mod input_document;
#[cfg(test)]
mod input_document_tests;
mod locate;
mod memo;
mod message;
mod scope;
mod suppress;
mod thresholds;
mod unknown;
#[cfg(test)]
mod unknown_proptests;
#[cfg(test)]
mod unknown_tests;

pub use across::relate_inputs;
pub use assessment::{
    Assessment, ChangeKind, Evaluation, Finding, FindingResource, NotEvaluated, OutcomeCounts, Reason,
    Suppression,
};
pub use evaluator::{Evaluator, EvaluatorBuilder, InputInventory};
pub use fingerprint::Fingerprint;
pub use input_document::{InputDocument, everything_as_input, inventory_document, resource_document};
pub use unknown::{Decision, UnknownRead, decide};
