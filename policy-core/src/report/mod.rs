//! Serialised results. Formats read a [`Run`] and re-derive nothing.

pub mod json;
pub mod text;

mod run;

pub use run::{Mode, ReportedInput, Run};
