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

/// Every diagnostic code of the library, area by area. What `policy explain` looks up.
pub fn codes() -> impl Iterator<Item = &'static diagnostic::Code> {
    [
        document::codes::CODES,
        input::codes::CODES,
        input::terraform::codes::CODES,
        input::terraform::state::codes::CODES,
        input::cloudformation::codes::CODES,
        input::cloudformation::change_set::codes::CODES,
        input::cloudformation::cdk::codes::CODES,
        input::aws_config::codes::CODES,
        resource::codes::CODES,
        control::codes::CODES,
        rule::codes::CODES,
        exception::codes::CODES,
        evaluation::codes::CODES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
