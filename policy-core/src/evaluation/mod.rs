//! From rules and resources to outcomes and findings.

mod candidates;
mod completion;
mod input_document;
#[cfg(test)]
mod input_document_tests;
mod unknown;
#[cfg(test)]
mod unknown_proptests;
#[cfg(test)]
mod unknown_tests;

pub use input_document::{InputDocument, inventory_document, resource_document};
pub use unknown::{Decision, UnknownRead, decide};
