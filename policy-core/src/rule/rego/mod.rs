//! Rego rules on regorus' interpreter.
//!
//! [`compile`] turns the texts of a catalog into a [`RuleSet`]: every file is checked before the engine sees it, every
//! control gets an engine of its own, and the syntax tree tells what each rule reads. [`Worker`]s run them. No type of the
//! engine leaves this module.

mod analysis;
mod ast;
mod builtins;
mod clauses;
mod contract;
mod convert;
mod coverage;
mod entries;
mod failure;
mod lints;
mod load;
mod mutation;
mod pool;
mod program;
mod scan;
mod walk;
mod worker;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use coverage::FileCoverage;
pub use load::compile;
pub use mutation::{Change, Mutant, mutants};
pub use pool::{parallel, run_on_big_stack};
pub use worker::{RuleSet, Worker};

pub(crate) use worker::{Clause, CompiledRule};
