//! Deciding a rule on a document with unknown values by trying the values that make a difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::candidates::{Fill, Position, candidates, is_removable, subsets};
use crate::rule::{ReadSet, RuleError, Violation};
use crate::value::{AttributePath, Map, Step, Unknown, Value};

/// Combinations of candidate values that are tried for one question.
///
/// Three unknown booleans and an unknown key make 24 combinations, so 16 would leave common resources undecided; 64 runs
/// of a rule cost less than a millisecond.
pub(super) const MAX_COMPLETIONS: usize = 64;
/// A candidate value may hold unknowns, whose candidates may hold unknowns.
const MAX_DEPTH: usize = 4;
/// What stands for "some text that no rule asks about". It is what people see when a violation shows the value.
const FRESH: &str = "(known after apply)";

/// What the completions of a document agree on.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// No completion has a violation.
    Pass,
    /// Every completion has one; these are what they have in common.
    Fail(Vec<Violation>),
    /// Some have one and some have none.
    Mixed,
    /// The rule cannot be run on one of them.
    Error(RuleError),
    /// There are infinitely many, or too many.
    Open,
}

/// An unknown that can change the outcome.
#[derive(Clone, Debug)]
pub(super) struct Relevant {
    pub(super) path: AttributePath,
    pub(super) unknown: Arc<Unknown>,
}

/// Unknowns that are decided together.
struct Choice {
    /// Each is one way to fill all of them; `None` when they are not finitely many.
    options: Option<Vec<Vec<(AttributePath, Fill)>>>,
}

/// Runs a rule, or a part of it, on documents without unknowns.
pub(super) struct Question<'a> {
    pub(super) reads: &'a ReadSet,
    pub(super) run: &'a mut dyn FnMut(&Value) -> Result<Vec<Violation>, RuleError>,
    /// Runs that are left for the whole decision.
    pub(super) budget: &'a mut usize,
}

impl Question<'_> {
    /// Decides the question on every completion of `document`.
    pub(super) fn decide(&mut self, document: &Value) -> Verdict {
        let mut left = MAX_COMPLETIONS;
        let mut agreement = Agreement::default();
        if !holds_unknown(document) {
            return match (self.run)(document).map(|violations| agreement.add(violations)) {
                Ok(_) => agreement.verdict(),
                Err(error) => Verdict::Error(error),
            };
        }
        match self.explore(document, MAX_DEPTH, &mut left, &mut agreement) {
            Ok(()) => agreement.verdict(),
            Err(verdict) => verdict,
        }
    }

    fn explore(
        &mut self,
        document: &Value,
        depth: usize,
        left: &mut usize,
        agreement: &mut Agreement,
    ) -> Result<(), Verdict> {
        let fresh = fresh(self.reads);
        let choices = choices(document, self.reads, &fresh);
        if choices.is_empty() {
            if *left == 0 || *self.budget == 0 {
                return Err(Verdict::Open);
            }
            *left -= 1;
            *self.budget -= 1;
            let completed = settle(document, &fresh);
            return agreement.add((self.run)(&completed).map_err(Verdict::Error)?);
        }
        let depth = depth.checked_sub(1).ok_or(Verdict::Open)?;
        let options: Option<Vec<_>> = choices.into_iter().map(|choice| choice.options).collect();
        let options = options.ok_or(Verdict::Open)?;
        let combinations = options
            .iter()
            .try_fold(1_usize, |product, options| product.checked_mul(options.len()));
        if combinations.is_none_or(|combinations| combinations > *left) {
            return Err(Verdict::Open);
        }
        let mut picks = vec![0_usize; options.len()];
        loop {
            let picked = options
                .iter()
                .zip(&picks)
                .filter_map(|(options, pick)| options.get(*pick));
            let fills: BTreeMap<AttributePath, Fill> = picked.flatten().cloned().collect();
            let filled = fill(document, &AttributePath::root(), &fills).unwrap_or(Value::Null);
            self.explore(&filled, depth, left, agreement)?;
            if !advance(&mut picks, &options) {
                return Ok(());
            }
        }
    }
}

/// True when there is anything to complete: most documents hold no unknown.
fn holds_unknown(value: &Value) -> bool {
    match value {
        Value::Unknown(_) => true,
        Value::List(items) => items.iter().any(holds_unknown),
        Value::Map(map) => map.values().any(holds_unknown),
        Value::Sensitive(inner) => holds_unknown(inner),
        _ => false,
    }
}

/// Counts through the combinations; false after the last one.
fn advance<T>(picks: &mut [usize], options: &[Vec<T>]) -> bool {
    for (pick, options) in picks.iter_mut().zip(options) {
        *pick += 1;
        if *pick < options.len() {
            return true;
        }
        *pick = 0;
    }
    false
}

/// What the completions so far agree on.
#[derive(Default)]
struct Agreement {
    passed: bool,
    common: Option<Vec<Violation>>,
    first: Vec<Violation>,
}

impl Agreement {
    fn add(&mut self, violations: Vec<Violation>) -> Result<(), Verdict> {
        if violations.is_empty() {
            self.passed = true;
        } else if let Some(common) = &mut self.common {
            common.retain_mut(|violation| meet(violation, &violations));
        } else {
            self.first.clone_from(&violations);
            self.common = Some(violations);
        }
        if self.passed && self.common.is_some() {
            Err(Verdict::Mixed)
        } else {
            Ok(())
        }
    }

    fn verdict(self) -> Verdict {
        match self.common {
            None => Verdict::Pass,
            Some(common) if !common.is_empty() => Verdict::Fail(common),
            // Broken either way, but differently: what the first one says, without the values that were made up.
            Some(_) => Verdict::Fail(self.first.into_iter().map(without_values).collect()),
        }
    }
}

fn without_values(violation: Violation) -> Violation {
    let message = violation.message.filter(|_| violation.paths.is_empty());
    Violation {
        message,
        actual: None,
        ..violation
    }
}

/// Keeps of `violation` what one of `others` says too; false when none is about the same thing.
fn meet(violation: &mut Violation, others: &[Violation]) -> bool {
    let same = |other: &&Violation| other.paths == violation.paths && other.resource == violation.resource;
    let exact = others
        .iter()
        .find(|other| same(other) && other.message == violation.message);
    let about = if violation.paths.is_empty() && violation.resource.is_none() {
        exact
    } else {
        exact.or_else(|| others.iter().find(same))
    };
    let Some(other) = about else { return false };
    if violation.message != other.message {
        violation.message = None;
    }
    if violation.expected != other.expected {
        violation.expected = None;
    }
    if violation.actual != other.actual {
        violation.actual = None;
    }
    violation.related.retain(|id| other.related.contains(id));
    true
}

/// A text that the rule compares with nothing.
fn fresh(reads: &ReadSet) -> String {
    let mut text = FRESH.to_owned();
    let constants = || {
        reads
            .iter()
            .flat_map(|(_, used)| used.equal.iter().chain(&used.ordered).chain(&used.member))
    };
    while constants().any(|constant| constant.as_str() == Some(&text)) {
        text.push('*');
    }
    text
}

/// The unknowns of `document` that can change what is read.
pub(super) fn relevant(document: &Value, reads: &ReadSet) -> Vec<Relevant> {
    let mut found = Vec::new();
    visit(
        document,
        &AttributePath::root(),
        false,
        &mut |path, unknown, in_list, _| {
            if reads.touch(path, is_removable(unknown, in_list)).is_relevant() {
                found.push(Relevant {
                    path: path.clone(),
                    unknown: unknown.clone(),
                });
            }
        },
    );
    found
}

fn choices(document: &Value, reads: &ReadSet, fresh: &str) -> Vec<Choice> {
    let mut choices = Vec::new();
    // Unknown elements of a list in which constants are only looked for: which of them holds one does not matter.
    let mut groups: BTreeMap<AttributePath, (Vec<AttributePath>, Vec<Value>)> = BTreeMap::new();
    visit(
        document,
        &AttributePath::root(),
        false,
        &mut |path, unknown, in_list, siblings| {
            let touch = reads.touch(path, is_removable(unknown, in_list));
            if !touch.is_relevant() {
                return;
            }
            let only_member = touch.element.decides() && !touch.at.decides() && !touch.below && !touch.within;
            let short = !touch.element.equal.contains(&Value::Null) && unknown.domain.is_none();
            if only_member && short && in_list {
                let parent = AttributePath::new(
                    path.steps()
                        .split_last()
                        .map_or(&[][..], |(_, parent)| parent)
                        .to_vec(),
                );
                let missing = touch
                    .element
                    .equal
                    .iter()
                    .filter(|constant| !siblings.contains(constant));
                let (members, constants) = groups.entry(parent).or_default();
                members.push(path.clone());
                *constants = missing.cloned().collect();
                return;
            }
            let fills = candidates(Position { path, in_list }, unknown, &touch, fresh);
            let options =
                fills.map(|fills| fills.into_iter().map(|fill| vec![(path.clone(), fill)]).collect());
            choices.push(Choice { options });
        },
    );
    choices.extend(groups.into_values().map(|(members, constants)| Choice {
        options: subsets(&constants, members.len()).map(|subsets| {
            let fill = |subset: Vec<Value>| {
                let rest = std::iter::repeat(Value::from(fresh));
                let values = subset.into_iter().chain(rest);
                members.iter().cloned().zip(values.map(Fill::Value)).collect()
            };
            subsets.into_iter().map(fill).collect()
        }),
    }));
    choices
}

/// Called with the path, the unknown, whether it is a list element, and the elements beside it.
type Visit<'a> = dyn FnMut(&AttributePath, &Arc<Unknown>, bool, &[Value]) + 'a;

fn visit(value: &Value, path: &AttributePath, in_list: bool, found: &mut Visit<'_>) {
    match value.revealed() {
        Value::Unknown(unknown) => found(path, unknown, in_list, &[]),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                match item.as_unknown() {
                    Some(unknown) => found(&path.index(index), unknown, true, items),
                    None => visit(item, &path.index(index), true, found),
                }
            }
        }
        Value::Map(map) => map
            .iter()
            .for_each(|(key, item)| visit(item, &path.key(key), false, found)),
        _ => {}
    }
}

/// Puts `fills` in the place of unknowns. Paths are those of `value`, also after an element before them is removed.
fn fill(value: &Value, path: &AttributePath, fills: &BTreeMap<AttributePath, Fill>) -> Option<Value> {
    match value {
        Value::Unknown(_) => match fills.get(path) {
            Some(Fill::Value(filled)) => Some(filled.clone()),
            Some(Fill::Remove) => None,
            None => Some(value.clone()),
        },
        Value::List(items) => {
            let items = items.iter().enumerate();
            Some(Value::List(
                items
                    .filter_map(|(index, item)| fill(item, &path.index(index), fills))
                    .collect(),
            ))
        }
        Value::Map(map) => {
            let members = map.iter();
            let members =
                members.filter_map(|(key, item)| Some((key.clone(), fill(item, &path.key(key), fills)?)));
            Some(Value::Map(members.collect::<Map>()))
        }
        Value::Sensitive(inner) => fill(inner, path, fills).map(Value::into_sensitive),
        other => Some(other.clone()),
    }
}

/// The document without the unknowns that do not matter: something stands where something certainly is, so that what is
/// counted stays right.
fn settle(value: &Value, fresh: &str) -> Value {
    match value {
        Value::Unknown(_) => fresh.into(),
        Value::List(items) => Value::List(items.iter().map(|item| settle(item, fresh)).collect()),
        Value::Map(map) => {
            let there = map
                .iter()
                .filter(|(_, item)| item.as_unknown().is_none_or(|unknown| unknown.non_null));
            Value::Map(
                there
                    .map(|(key, item)| (key.clone(), settle(item, fresh)))
                    .collect(),
            )
        }
        Value::Sensitive(inner) => settle(inner, fresh).into_sensitive(),
        other => other.clone(),
    }
}

/// The document with only the elements at `keep` of the list at `list`.
pub(super) fn restrict(value: &Value, list: &[Step], keep: &[usize]) -> Value {
    match (list.split_first(), value) {
        (None, Value::List(items)) => Value::List(
            keep.iter()
                .filter_map(|index| items.get(*index))
                .cloned()
                .collect(),
        ),
        (Some((Step::Key(key), rest)), Value::Map(map)) => {
            let member = |(name, item): (&Arc<str>, &Value)| {
                (
                    name.clone(),
                    if name == key {
                        restrict(item, rest, keep)
                    } else {
                        item.clone()
                    },
                )
            };
            Value::Map(map.iter().map(member).collect())
        }
        (_, Value::Sensitive(inner)) => restrict(inner, list, keep).into_sensitive(),
        (_, other) => other.clone(),
    }
}
