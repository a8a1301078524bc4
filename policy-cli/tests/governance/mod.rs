//! The half of the product that governs: exceptions, mappings, lints and their documentation.

mod diagnostics;
mod documented;
mod exceptions;
mod foreign;
mod history;
