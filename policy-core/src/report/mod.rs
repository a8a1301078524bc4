//! Serialised results. Formats read a [`Run`] and re-derive nothing.
//!
//! A format is one module with one arm in [`ReportFormat`]. All of them are deterministic, list every finding, unknown
//! and accepted finding that the format can carry, and never call an accepted finding a pass.

pub mod asff;
pub mod github;
pub mod gitlab;
pub mod inventory;
pub mod inventory_text;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod ocsf;
pub mod oscal;
pub mod read;
pub mod sarif;
pub mod text;

mod entry;
mod format;
mod identity;
mod instant;
mod place;
mod run;

pub use format::{RenderOptions, ReportFormat, UnknownFormat};
pub use run::{Mode, RegistryRevision, ReportedInput, Run};

#[cfg(test)]
mod format_tests;
#[cfg(test)]
pub(crate) mod testdata;
