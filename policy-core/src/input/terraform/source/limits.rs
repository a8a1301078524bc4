//! How much an evaluation may take.
//!
//! The code of a change request comes from anybody. A few lines can ask for a billion values (`a = [b, b]`, thirty
//! times) or for a million instances; the evaluation says so at the place and goes on with an unknown, in bounded time
//! and memory. The bounds are far above what configurations that Terraform can work with ask for.

use std::cell::Cell;

use super::codes;
use super::cty::{Val, text_made, values_alive};
use super::evaluation::{Evaluation, Fault, fault};
use crate::diagnostic::Code;
use crate::source::Span;

/// How deep expressions and the values behind them may nest. The evaluation runs on a stack made for it.
const MAX_DEPTH: usize = 3_000;

/// How many expression nodes may be visited in one evaluation, and parts of arguments passed to functions.
const MAX_STEPS: u64 = 5_000_000;

/// How many values one value may consist of.
const MAX_WEIGHT: u64 = 1_000_000;

/// How many levels a value may have: as many as a JSON document may have that is made of it.
const MAX_LEVELS: u32 = 128;

/// How many values may be kept at one time.
const MAX_ALIVE: u64 = 8_000_000;

/// How many bytes of text may be made in one evaluation.
const MAX_TEXT: u64 = 512 << 20;

/// How many values all resources together may have.
const MAX_OUTPUT: u64 = 1_000_000;

/// How many values one resource may have.
const MAX_RESOURCE: u64 = 200_000;

/// How many instances of resources and modules there may be altogether.
const MAX_INSTANCES: usize = 20_000;

/// What was used so far.
#[derive(Default)]
pub(super) struct Budget {
    depth: Cell<usize>,
    steps: Cell<u64>,
    output: Cell<u64>,
    instances: Cell<usize>,
    /// One message is enough: from then on everything meets the same limit.
    said: Cell<bool>,
}

impl Evaluation<'_> {
    /// Enters one level of recursion.
    pub(super) fn enter(&self, at: &Span) -> Result<Level<'_>, Fault> {
        self.spend(1, at)?;
        let depth = self.budget.depth.get();
        if depth >= MAX_DEPTH {
            return Err(fault(
                &codes::TFS011,
                "the evaluation is nested too deeply here",
                at,
            ));
        }
        self.budget.depth.set(depth + 1);
        Ok(Level {
            depth: &self.budget.depth,
        })
    }

    /// Counts work.
    pub(super) fn spend(&self, steps: u64, at: &Span) -> Result<(), Fault> {
        let total = self.budget.steps.get().saturating_add(steps);
        self.budget.steps.set(total);
        let message = if total > MAX_STEPS {
            "the evaluation takes too many steps"
        } else if values_alive() > MAX_ALIVE || text_made() > MAX_TEXT {
            "the evaluation takes too much memory"
        } else {
            return Ok(());
        };
        let mut exhausted = fault(&codes::TFS011, format!("{message}; it stops here"), at);
        exhausted.help = Some("what is evaluated after this is unknown; evaluate a plan instead".to_owned());
        Err(exhausted)
    }

    /// True from the second time on: a budget that is used up is used up for everything after it.
    pub(super) fn said_before(&self, code: &Code, message: &str) -> bool {
        code.id == codes::TFS011.id && message.ends_with("; it stops here") && self.budget.said.replace(true)
    }

    /// The value, unless it is too large.
    pub(super) fn bounded(&self, value: Val, at: &Span) -> Result<Val, Fault> {
        let summary = value.summary();
        if summary.weight > MAX_WEIGHT {
            let message = format!("the value consists of more than {MAX_WEIGHT} values");
            return Err(fault(&codes::TFS011, message, at));
        }
        if summary.depth > MAX_LEVELS {
            let message = format!("the value is nested more than {MAX_LEVELS} levels deep");
            return Err(fault(&codes::TFS011, message, at));
        }
        Ok(value)
    }

    /// Counts the values that become attributes of a resource.
    pub(super) fn affords_output(&self, values: u64) -> Result<(), String> {
        if values > MAX_RESOURCE {
            return Err(format!(
                "the resource has more than {MAX_RESOURCE} values; they are left unknown"
            ));
        }
        let total = self.budget.output.get().saturating_add(values);
        self.budget.output.set(total);
        if total > MAX_OUTPUT {
            return Err(format!(
                "the resources have more than {MAX_OUTPUT} values altogether; it stops here"
            ));
        }
        Ok(())
    }

    /// How many of these instances may still be made.
    pub(super) fn affordable_instances(&self, wanted: usize) -> Result<(), String> {
        let total = self.budget.instances.get().saturating_add(wanted);
        if total > MAX_INSTANCES {
            return Err(format!("there would be more than {MAX_INSTANCES} instances"));
        }
        self.budget.instances.set(total);
        Ok(())
    }
}

/// Leaves the level when dropped.
pub(super) struct Level<'e> {
    depth: &'e Cell<usize>,
}

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

/// True for what `try` and `can` do not catch, and what counts in the branch of a conditional that is not taken:
/// Terraform finds names that nobody declares and values that need themselves before it evaluates anything, and our own
/// limits say nothing about what Terraform would find.
pub(super) fn is_final(fault: &Fault) -> bool {
    [&codes::TFS004, &codes::TFS005, &codes::TFS011]
        .iter()
        .any(|code| code.id == fault.code.id)
}
