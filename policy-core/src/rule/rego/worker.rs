//! Running rules.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value as Rego};

use super::contract;
use super::convert::{Secrets, members_to_rego, to_rego};
use super::coverage::{FileCoverage, Gathered};
use super::failure::rule_error;
use crate::control::ControlId;
use crate::rule::reads::ReadSet;
use crate::rule::{RuleError, RuleResult, Violation};
use crate::source::Source;
use crate::value::Value;

/// How long one rule may take on one input document.
const DEADLINE: Duration = Duration::from_millis(250);
/// A deadline is wall time, and a busy machine may let a thread stand still for longer. So a rule that ran past it is run
/// once more with this many times as much; only then is it too slow.
const SECOND_CHANCE: u32 = 8;
/// Work units between two looks at the clock: small enough that a rule which doubles a list again and again is stopped
/// before it has eaten the memory.
const CHECK_INTERVAL: NonZeroU32 = NonZeroU32::new(16).unwrap();

/// One definition of `deny`, callable by itself.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    /// Where the engine finds it.
    pub(super) entry: String,
    /// What it reads.
    pub(crate) reads: ReadSet,
}

/// The rule of one control, ready to run.
#[derive(Clone)]
pub(crate) struct CompiledRule {
    pub(super) id: ControlId,
    pub(super) engine: Engine,
    /// Where the engine finds all violations, and all warnings.
    pub(super) deny: String,
    pub(super) warn: Option<String>,
    /// The definitions of `deny`, whose union it is.
    pub(crate) clauses: Vec<Clause>,
    /// What decides the outcome.
    pub(crate) deciding: ReadSet,
    /// What the warnings read.
    pub(crate) warning: ReadSet,
    /// All of it: what the input document has to hold.
    pub(super) reads: ReadSet,
    /// The parameters as rules see them.
    pub(super) parameters: Rego,
    pub(super) sources: Vec<Arc<Source>>,
}

/// The rules of all controls that could be loaded. Made by [`compile`](super::compile).
#[derive(Clone, Default)]
pub struct RuleSet {
    pub(super) rules: Arc<BTreeMap<ControlId, Arc<CompiledRule>>>,
    /// All files of the library, used or not.
    pub(super) library: Arc<[Arc<Source>]>,
    pub(super) coverage: Option<Arc<Gathered>>,
    pub(super) deadline: Option<Duration>,
}

impl CompiledRule {
    /// True when there is a `warn` set.
    pub(crate) fn warns(&self) -> bool {
        self.warn.is_some()
    }
}

impl RuleSet {
    /// True when the control has a rule that can run. The outcome of a control without one is `error`.
    pub fn contains(&self, control: &ControlId) -> bool {
        self.rules.contains_key(control)
    }

    /// What the rule of a control reads of its input document.
    pub fn reads(&self, control: &ControlId) -> Option<&ReadSet> {
        self.rules.get(control).map(|rule| &rule.reads)
    }

    /// A worker, for one thread. It has to be used on a thread with a large stack; see [`parallel`](super::parallel).
    pub fn worker(&self) -> Worker {
        Worker {
            set: self.clone(),
            engines: BTreeMap::new(),
            slow: BTreeSet::new(),
        }
    }

    /// Collects which lines of the rules are evaluated; see [`RuleSet::coverage`].
    #[must_use]
    pub fn with_coverage(mut self, coverage: bool) -> Self {
        self.coverage = coverage.then(Arc::default);
        self
    }

    /// Which lines were evaluated by the workers that have ended, for every file in the set; empty unless
    /// [`RuleSet::with_coverage`] asked for it.
    pub fn coverage(&self) -> Vec<FileCoverage> {
        let Some(gathered) = &self.coverage else {
            return Vec::new();
        };
        let files: BTreeMap<&str, &Arc<Source>> = self
            .rules
            .values()
            .flat_map(|rule| &rule.sources)
            .chain(&*self.library)
            .map(|source| (source.name(), source))
            .collect();
        let sources: Vec<Arc<Source>> = files.into_values().cloned().collect();
        gathered.coverage(&sources)
    }

    /// Sets how long one rule may take on one input document, 250 ms unless said. A rule that takes longer is given one
    /// second chance with eight times as much before it counts as too slow.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

impl std::fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.rules.keys()).finish()
    }
}

/// Runs rules, one at a time. Every thread has its own.
pub struct Worker {
    set: RuleSet,
    engines: BTreeMap<ControlId, Engine>,
    /// Controls whose rule ran past its deadline twice.
    slow: BTreeSet<ControlId>,
}

impl Worker {
    /// Runs the rule of `control` on an input document without unknown values. `input.params` is always what the control
    /// was compiled with.
    ///
    /// # Errors
    /// Whatever keeps the rule from giving a result; never a pass.
    pub fn evaluate(&mut self, control: &ControlId, input: &Value) -> Result<RuleResult, RuleError> {
        let rule = self.rule(control)?;
        let violations = self.run(&rule, Some(&rule.deny), "deny", input)?;
        let warnings = self.run(&rule, rule.warn.as_ref(), "warn", input)?;
        Ok(RuleResult { violations, warnings })
    }

    /// The violations only.
    pub(crate) fn violations(
        &mut self,
        rule: &CompiledRule,
        input: &Value,
    ) -> Result<Vec<Violation>, RuleError> {
        self.run(rule, Some(&rule.deny), "deny", input)
    }

    /// The warnings only.
    pub(crate) fn warnings(
        &mut self,
        rule: &CompiledRule,
        input: &Value,
    ) -> Result<Vec<Violation>, RuleError> {
        self.run(rule, rule.warn.as_ref(), "warn", input)
    }

    /// The violations of one definition of `deny`.
    pub(crate) fn clause(
        &mut self,
        rule: &CompiledRule,
        clause: &Clause,
        input: &Value,
    ) -> Result<Vec<Violation>, RuleError> {
        self.run(rule, Some(&clause.entry), "deny", input)
    }

    /// The rule of `control`.
    pub(crate) fn rule(&self, control: &ControlId) -> Result<Arc<CompiledRule>, RuleError> {
        let rule = self.set.rules.get(control).cloned();
        rule.ok_or_else(|| RuleError::NotLoaded {
            control: control.to_string(),
        })
    }

    fn run(
        &mut self,
        rule: &CompiledRule,
        entry: Option<&String>,
        set: &'static str,
        input: &Value,
    ) -> Result<Vec<Violation>, RuleError> {
        let Some(entry) = entry else { return Ok(Vec::new()) };
        let mut secrets = Secrets::default();
        let document = document_of(input, &rule.parameters, &mut secrets);
        let value = self.value(rule, entry, document);
        let value = value.map_err(|error| scrub(error, &secrets))?;
        contract::violations(&value, &secrets).map_err(|found| RuleError::Shape {
            control: rule.id.to_string(),
            set,
            found,
        })
    }

    fn value(&mut self, rule: &CompiledRule, entry: &str, document: Rego) -> Result<Rego, RuleError> {
        let limit = self.set.deadline.unwrap_or(DEADLINE);
        match self.attempt(rule, entry, document.clone(), limit) {
            // One rule that is really too slow shall not be given a second chance on every resource.
            Err(RuleError::Timeout { .. }) if !self.slow.contains(&rule.id) => {
                let result = self.attempt(rule, entry, document, limit.saturating_mul(SECOND_CHANCE));
                if matches!(result, Err(RuleError::Timeout { .. })) {
                    self.slow.insert(rule.id.clone());
                }
                result
            }
            result => result,
        }
    }

    fn attempt(
        &mut self,
        rule: &CompiledRule,
        entry: &str,
        document: Rego,
        limit: Duration,
    ) -> Result<Rego, RuleError> {
        let coverage = self.set.coverage.is_some();
        let engine = self.engines.entry(rule.id.clone()).or_insert_with(|| {
            let mut engine = rule.engine.clone();
            engine.set_enable_coverage(coverage);
            engine
        });
        let run = AssertUnwindSafe(|| {
            engine.set_execution_timer_config(ExecutionTimerConfig {
                limit,
                check_interval: CHECK_INTERVAL,
            });
            engine.set_input(document);
            let value = engine.eval_rule(entry.to_owned());
            // What rules print goes nowhere: it may hold what must not be shown.
            drop(engine.take_prints());
            value
        });
        match catch_unwind(run) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let milliseconds = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
                Err(rule_error(
                    rule.id.as_str(),
                    &error.to_string(),
                    &rule.sources,
                    milliseconds,
                ))
            }
            Err(_) => {
                // Nobody knows in which state the engine is; the next run starts from a fresh one.
                self.engines.remove(&rule.id);
                Err(RuleError::Crash {
                    control: rule.id.to_string(),
                })
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(gathered) = &self.set.coverage {
            self.engines.values().for_each(|engine| gathered.add(engine));
        }
    }
}

/// The document with the parameters of the control, whatever it says under `params` itself.
fn document_of(input: &Value, parameters: &Rego, secrets: &mut Secrets) -> Rego {
    let members = match input.revealed() {
        Value::Map(members) => members_to_rego(members, secrets),
        _ => return to_rego(input, secrets),
    };
    let own = std::iter::once((Rego::from("params"), parameters.clone()));
    Rego::from(members.chain(own).collect::<BTreeMap<_, _>>())
}

fn scrub(error: RuleError, secrets: &Secrets) -> RuleError {
    match error {
        RuleError::Evaluation {
            control,
            message,
            span,
        } => RuleError::Evaluation {
            control,
            message: secrets.scrub(&message).to_string(),
            span,
        },
        other => other,
    }
}
