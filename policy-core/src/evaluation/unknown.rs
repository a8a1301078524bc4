//! The outcome of a control on a document that may hold unknown values.
//!
//! A rule is two-valued: an attribute is there or it is not, and both are wrong for a value that nobody knows yet. So no
//! rule sees an unknown. What a rule reads is known from its syntax tree; when no unknown is read, the document is
//! completed anyhow and the outcome is final. Otherwise it is completed in every way that can make a difference. When all
//! completions agree, so does the outcome; when they do not, or when there are too many, it is `unknown`.
//!
//! The question is put in three ways, each weaker and cheaper than the one before: to all of `deny`; to each definition of
//! `deny` by itself; and, for definitions that look at the elements of a list one at a time, to each element by itself.

use std::sync::Arc;

use super::completion::{Question, Relevant, Verdict, relevant, restrict};
use super::input_document::InputDocument;
use crate::control::ControlId;
use crate::rule::rego::{Clause, CompiledRule, Worker};
use crate::rule::{Outcome, ReadSet, RuleError, Violation};
use crate::value::{AttributePath, Domain, Step, Unknown, UnknownReason, Value};

/// Runs of a rule for one decision, whatever it takes.
const MAX_RUNS: usize = 1_000;

/// An unknown value that keeps an outcome from being decided.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownRead {
    /// Where it stands in the input document: `resource.kms_key_id`.
    pub path: AttributePath,
    /// Why it is unknown.
    pub unknown: Arc<Unknown>,
}

impl UnknownRead {
    /// The canonical path at the resource itself: `kms_key_id` for `resource.kms_key_id` and `resource.attributes.kms_key_id`.
    /// For inventory rules, the path below the resource at its position.
    pub fn attribute(&self) -> AttributePath {
        let is = |step: &Step, name: &str| matches!(step, Step::Key(key) if &**key == name);
        let steps = match self.path.steps() {
            [root, rest @ ..] if is(root, "resource") => rest,
            [root, Step::Index(_), rest @ ..] if is(root, "resources") => rest,
            other => other,
        };
        let steps = match steps {
            [group, rest @ ..] if !rest.is_empty() && is(group, "attributes") => rest,
            other => other,
        };
        AttributePath::new(steps.to_vec())
    }
}

/// What a control says about one input document.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The outcome; never [`Outcome::NotApplicable`], which is a matter of scope.
    pub outcome: Outcome,
    /// Why it is a fail. What depends on an unknown value is left out of them.
    pub violations: Vec<Violation>,
    /// Advisory; only what holds whatever the unknown values are.
    pub warnings: Vec<Violation>,
    /// Why it is unknown.
    pub unknowns: Vec<UnknownRead>,
    /// Why it is an error.
    pub error: Option<RuleError>,
}

impl Decision {
    fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            violations: Vec::new(),
            warnings: Vec::new(),
            unknowns: Vec::new(),
            error: None,
        }
    }

    fn error(error: RuleError) -> Self {
        Self {
            error: Some(error),
            ..Self::of(Outcome::Error)
        }
    }

    fn unknown(unknowns: Vec<Relevant>) -> Self {
        let unknowns = unknowns.into_iter().map(|read| UnknownRead {
            path: read.path,
            unknown: read.unknown,
        });
        Self {
            unknowns: unknowns.collect(),
            ..Self::of(Outcome::Unknown)
        }
    }
}

/// Decides `control` on a document. The worker has to run on a thread with a large stack; see
/// [`parallel`](crate::rule::rego::parallel).
///
/// Sound: a `pass` or `fail` holds for every value that the unknowns may have, and a `pass` does not rest on a default
/// that nobody verified.
pub fn decide(worker: &mut Worker, control: &ControlId, document: &InputDocument) -> Decision {
    let rule = match worker.rule(control) {
        Ok(rule) => rule,
        Err(error) => return Decision::error(error),
    };
    let mut decision = decide_value(worker, &rule, &document.value);
    if decision.outcome == Outcome::Pass {
        let doubtful = doubtful(&rule.deciding, document);
        if !doubtful.is_empty() {
            let undefaulted = without_defaults(&document.value, &doubtful);
            if decide_value(worker, &rule, &undefaulted).outcome != Outcome::Pass {
                decision = Decision {
                    warnings: decision.warnings,
                    ..Decision::unknown(doubtful)
                };
            }
        }
    }
    if decision.outcome != Outcome::Error {
        match warnings(worker, &rule, &document.value) {
            Ok(warnings) => decision.warnings = warnings,
            Err(error) => return Decision::error(error),
        }
    }
    decision
}

fn decide_value(worker: &mut Worker, rule: &CompiledRule, document: &Value) -> Decision {
    let mut budget = MAX_RUNS;
    let mut run = |input: &Value| worker.violations(rule, input);
    let verdict = Question {
        reads: &rule.deciding,
        run: &mut run,
        budget: &mut budget,
    }
    .decide(document);
    match verdict {
        Verdict::Pass => Decision::of(Outcome::Pass),
        Verdict::Fail(violations) => Decision {
            violations,
            ..Decision::of(Outcome::Fail)
        },
        Verdict::Error(error) => Decision::error(error),
        Verdict::Mixed => Decision::unknown(relevant(document, &rule.deciding)),
        Verdict::Open => by_clauses(worker, rule, document, &mut budget),
    }
}

/// Decides every clause by the elements of its lists only, as [`decide`] does when nothing else is left.
#[cfg(test)]
pub(super) fn decide_in_parts(worker: &mut Worker, control: &ControlId, document: &Value) -> Vec<Verdict> {
    let rule = worker.rule(control).unwrap();
    let by_elements = |clause| by_elements(worker, &rule, clause, document, &mut MAX_RUNS.clone());
    rule.clauses.iter().map(by_elements).collect()
}

/// What `deny` says of a document without unknowns, definition by definition.
#[cfg(test)]
pub(super) fn clause_outcomes(
    worker: &mut Worker,
    control: &ControlId,
    document: &Value,
) -> Vec<Option<bool>> {
    let rule = worker.rule(control).unwrap();
    rule.clauses
        .iter()
        .map(|clause| {
            worker
                .clause(&rule, clause, document)
                .ok()
                .map(|found| found.is_empty())
        })
        .collect()
}

/// `deny` is the union of its definitions: broken when one of them is, fulfilled when none is. A definition that is broken
/// for certain decides, also beside one that could not be run for some value of an unknown.
fn by_clauses(worker: &mut Worker, rule: &CompiledRule, document: &Value, budget: &mut usize) -> Decision {
    let mut violations = Vec::new();
    let mut undecided: Vec<Relevant> = Vec::new();
    for clause in &rule.clauses {
        let mut run = |input: &Value| worker.clause(rule, clause, input);
        let verdict = Question {
            reads: &clause.reads,
            run: &mut run,
            budget: &mut *budget,
        }
        .decide(document);
        let verdict = match verdict {
            Verdict::Open => by_elements(worker, rule, clause, document, budget),
            decided => decided,
        };
        match verdict {
            Verdict::Pass => {}
            Verdict::Fail(found) => violations.extend(found),
            Verdict::Error(error) => return Decision::error(error),
            Verdict::Mixed | Verdict::Open => {
                let read = relevant(document, &clause.reads);
                undecided.extend(
                    read.into_iter()
                        .filter(|read| undecided.iter().all(|known| known.path != read.path))
                        .collect::<Vec<_>>(),
                );
            }
        }
    }
    if !violations.is_empty() {
        Decision {
            violations,
            ..Decision::of(Outcome::Fail)
        }
    } else if rule.clauses.is_empty() {
        Decision::unknown(relevant(document, &rule.deciding))
    } else if undecided.is_empty() {
        Decision::of(Outcome::Pass)
    } else {
        Decision::unknown(undecided)
    }
}

/// A definition that looks at the elements of a list one at a time is broken when it is broken for one of them by itself,
/// and fulfilled when it is fulfilled for all.
fn by_elements(
    worker: &mut Worker,
    rule: &CompiledRule,
    clause: &Clause,
    document: &Value,
    budget: &mut usize,
) -> Verdict {
    let unknowns = relevant(document, &clause.reads);
    let slices = clause.reads.slices().iter().filter_map(|pattern| pattern.exact());
    let Some((list, mut positions)) = slices
        .map(|list| (positions_below(&list, &unknowns), list))
        .map(|(positions, list)| (list, positions))
        .max_by_key(|(_, positions)| positions.len())
        .filter(|(_, positions)| !positions.is_empty())
    else {
        return Verdict::Open;
    };
    positions.dedup();
    let length = document
        .at(&list)
        .and_then(Value::as_list)
        .map_or(0, <[Value]>::len);
    let known: Vec<usize> = (0..length)
        .filter(|index| positions.binary_search(index).is_err())
        .collect();
    let parts = std::iter::once(known).filter(|known| !known.is_empty());
    let parts = parts.chain(positions.into_iter().map(|index| vec![index]));

    let mut violations = Vec::new();
    let mut open = false;
    for kept in parts {
        let part = restrict(document, list.steps(), &kept);
        let mut run = |input: &Value| worker.clause(rule, clause, input);
        match (Question {
            reads: &clause.reads,
            run: &mut run,
            budget: &mut *budget,
        })
        .decide(&part)
        {
            Verdict::Pass => {}
            Verdict::Fail(found) => {
                violations.extend(found.into_iter().map(|found| reposition(found, &list, &kept)))
            }
            Verdict::Mixed | Verdict::Open => open = true,
            Verdict::Error(error) => return Verdict::Error(error),
        }
    }
    match (violations.is_empty(), open) {
        (false, _) => Verdict::Fail(violations),
        (true, true) => Verdict::Open,
        (true, false) => Verdict::Pass,
    }
}

/// The positions in `list` of the elements with an unknown, in order, possibly repeated.
fn positions_below(list: &AttributePath, unknowns: &[Relevant]) -> Vec<usize> {
    let position = |read: &Relevant| match read.path.steps().strip_prefix(list.steps()) {
        Some([Step::Index(index), ..]) => Some(*index),
        _ => None,
    };
    let mut positions: Vec<usize> = unknowns.iter().filter_map(position).collect();
    positions.sort_unstable();
    positions
}

/// Gives the elements in the paths of a violation the positions they have in the whole list.
fn reposition(mut violation: Violation, list: &AttributePath, kept: &[usize]) -> Violation {
    // Violations name attributes of the resource; the document has them below `resource`.
    let Some((_, below)) = list.steps().split_first() else {
        return violation;
    };
    let plain = match below.split_first() {
        Some((Step::Key(group), rest)) if &**group == "attributes" => rest,
        _ => below,
    };
    for path in &mut violation.paths {
        let prefix = [below, plain]
            .into_iter()
            .find(|prefix| path.steps().starts_with(prefix) && !prefix.is_empty());
        let Some(prefix) = prefix else { continue };
        let mut steps = path.steps().to_vec();
        if let Some(Step::Index(index)) = steps.get_mut(prefix.len())
            && let Some(original) = kept.get(*index)
        {
            *index = *original;
            *path = AttributePath::new(steps);
        }
    }
    violation
}

/// The defaults nobody verified that the outcome may rest on, as unknowns.
fn doubtful(reads: &ReadSet, document: &InputDocument) -> Vec<Relevant> {
    let read = |path: &&AttributePath| reads.touch(path, true).is_relevant();
    let unknown = |path: &AttributePath| {
        let mut unknown = Unknown::new(UnknownReason::UnverifiedDefault);
        if matches!(document.value.at(path).map(Value::revealed), Some(Value::Bool(_))) {
            unknown = unknown.with_domain(Domain::Bool);
        }
        Relevant {
            path: path.clone(),
            unknown: Arc::new(unknown),
        }
    };
    document.unverified.iter().filter(read).map(unknown).collect()
}

fn without_defaults(document: &Value, doubtful: &[Relevant]) -> Value {
    let mut document = document.clone();
    for read in doubtful {
        put(
            &mut document,
            read.path.steps(),
            Value::Unknown(read.unknown.clone()),
        );
    }
    document
}

/// Puts `value` at a path whose parents exist.
fn put(target: &mut Value, path: &[Step], value: Value) {
    match (path.split_first(), target) {
        (None, target) => *target = value,
        (Some((Step::Key(key), [])), Value::Map(map)) => {
            map.insert(key.clone(), value);
        }
        (Some((Step::Key(key), rest)), Value::Map(map)) => {
            if let Some(member) = map.get_mut(key) {
                put(member, rest, value);
            }
        }
        (Some((Step::Index(index), rest)), Value::List(items)) => {
            if let Some(item) = items.get_mut(*index) {
                put(item, rest, value);
            }
        }
        _ => {}
    }
}

/// The warnings that hold whatever the unknown values are.
fn warnings(worker: &mut Worker, rule: &CompiledRule, document: &Value) -> Result<Vec<Violation>, RuleError> {
    let mut budget = MAX_RUNS;
    let mut run = |input: &Value| worker.warnings(rule, input);
    if !rule.warns() {
        return Ok(Vec::new());
    }
    match (Question {
        reads: &rule.warning,
        run: &mut run,
        budget: &mut budget,
    })
    .decide(document)
    {
        Verdict::Fail(warnings) => Ok(warnings),
        Verdict::Error(error) => Err(error),
        Verdict::Pass | Verdict::Mixed | Verdict::Open => Ok(Vec::new()),
    }
}
