//! Policy-as-code evaluator: infrastructure in, governed verdicts out.

pub mod control;
pub mod date;
pub mod diagnostic;
pub mod document;
pub mod evaluation;
pub mod exception;
pub mod gate;
pub mod input;
pub mod report;
pub mod resource;
pub mod rule;
pub mod source;
pub mod value;

pub use value::{AttributePath, PathError, Value};
