//! Serialised results. Formats read an [`Assessment`](crate::evaluation::Assessment) and a
//! [`Decision`](crate::gate::Decision) and re-derive nothing.

pub mod inventory;
pub mod json;
pub mod text;

mod run;

pub use run::{Mode, ReportedInput, Run};
