//! Exceptions: accepted deviations with an approver and an end.

mod glob;
mod pattern;

pub use pattern::{Names, Pattern, PatternError};
