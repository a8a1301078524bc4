//! A part of a resource that is not there: a bucket policy whose bucket is in another stack.
//!
//! What such a fragment writes can break a control by itself. Whether it does often hangs on what another stack may say:
//! the public access block of the bucket, say. A fragment that is undecided for nothing else is asked again as if nothing
//! else had been said, which is what its author shows, and fails when what it writes is to blame. What it does not write
//! is never blamed: that is judged with its parent.

use super::input_document::InputDocument;
use super::memo::Judge;
use super::unknown::{Decision, UnknownRead};
use crate::control::ControlId;
use crate::rule::{Outcome, Violation};
use crate::value::{AttributePath, Step, UnknownReason, Value};

/// Decides `control` on the document of a fragment.
pub(super) fn decide(judge: &mut Judge, control: &ControlId, document: InputDocument) -> Decision {
    let decision = judge.decide(control, document.clone());
    if decision.outcome != Outcome::Unknown || !decision.unknowns.iter().any(is_outside) {
        return decision;
    }
    let written = InputDocument {
        value: without_the_rest(&document.value),
        unverified: document.unverified,
    };
    let again = judge.decide(control, written.clone());
    if again.outcome == Outcome::Pass {
        // Nothing that it writes can break the control: what is left is a matter of the rest.
        let unknowns = decision.unknowns.into_iter().filter(is_outside).collect();
        return Decision { unknowns, ..decision };
    }
    let blamed: Vec<Violation> = again
        .violations
        .into_iter()
        .filter(|violation| blames_what_is_written(violation, &written.value))
        .collect();
    if blamed.is_empty() {
        return decision;
    }
    Decision {
        outcome: Outcome::Fail,
        violations: blamed,
        ..decision
    }
}

fn is_outside(read: &UnknownRead) -> bool {
    read.unknown.reason == UnknownReason::PartialInput
}

/// True when a fragment is undecided for nothing but attributes that it does not write: they are judged with its parent.
pub(super) fn asks_for_the_rest(decision: &Decision) -> bool {
    decision.outcome == Outcome::Unknown
        && !decision.unknowns.is_empty()
        && decision.unknowns.iter().all(is_outside)
}

/// The document as if what the input does not show were not there.
fn without_the_rest(value: &Value) -> Value {
    let outside = |item: &Value| {
        item.as_unknown()
            .is_some_and(|unknown| unknown.reason == UnknownReason::PartialInput)
    };
    match value {
        Value::Map(map) => {
            let shown = map.iter().filter(|(_, item)| !outside(item));
            Value::Map(
                shown
                    .map(|(key, item)| (key.clone(), without_the_rest(item)))
                    .collect(),
            )
        }
        Value::List(items) => Value::List(
            items
                .iter()
                .filter(|item| !outside(item))
                .map(without_the_rest)
                .collect(),
        ),
        Value::Sensitive(inner) => without_the_rest(inner).into_sensitive(),
        other => other.clone(),
    }
}

/// True when everything a violation points at is there: a violation that misses something misses it in vain here.
fn blames_what_is_written(violation: &Violation, document: &Value) -> bool {
    let is_there = |path: &AttributePath| {
        [&["resource"][..], &["resource", "attributes"]]
            .iter()
            .any(|prefix| {
                let keys = prefix.iter().map(|key| Step::Key((*key).into()));
                let steps = keys.chain(path.steps().iter().cloned()).collect();
                document
                    .at(&AttributePath::new(steps))
                    .is_some_and(|value| *value != Value::Null)
            })
    };
    !violation.paths.is_empty() && violation.paths.iter().all(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::rego::testing;
    use crate::value::{Map, Unknown};

    /// A policy, and what a rule says when it is public and nothing else takes it back.
    const RULE: &str = "deny contains {\"path\": \"policy\"} if {\n\tinput.resource.policy == \"public\"\n\tnot input.resource.blocked\n}\n
        deny contains {\"path\": \"logging\"} if not input.resource.logging";

    fn decided(policy: &str, reason: UnknownReason) -> Decision {
        let (rules, id) = testing::loaded(RULE, "{}", &[]);
        let unknown = |reason| Value::from(Unknown::new(reason));
        let resource = Map::from([
            ("policy".into(), policy.into()),
            ("blocked".into(), unknown(reason)),
            ("logging".into(), unknown(UnknownReason::PartialInput)),
        ]);
        let value = Value::Map(Map::from([("resource".into(), Value::Map(resource))]));
        let document = InputDocument {
            value,
            unverified: Vec::new(),
        };
        crate::rule::rego::run_on_big_stack(|| decide(&mut Judge::new(rules.worker()), &id, document.clone()))
    }

    #[test]
    fn what_is_written_is_blamed_and_nothing_else() {
        let decision = decided("public", UnknownReason::PartialInput);
        assert_eq!(decision.outcome, Outcome::Fail);
        let paths: Vec<String> = decision.violations[0]
            .paths
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!((decision.violations.len(), paths), (1, vec!["policy".to_owned()]));
        // Why it could be otherwise is said with the finding.
        assert!(
            decision
                .unknowns
                .iter()
                .any(|read| read.path.to_string() == "resource.blocked")
        );
    }

    #[test]
    fn what_another_part_may_lack_is_not_decided() {
        let decision = decided("private", UnknownReason::PartialInput);
        assert_eq!(decision.outcome, Outcome::Unknown);
        assert!(asks_for_the_rest(&decision));
    }

    #[test]
    fn what_is_not_known_here_stays_unknown() {
        let decision = decided("public", UnknownReason::Variable);
        assert_eq!(decision.outcome, Outcome::Unknown);
        assert!(!asks_for_the_rest(&decision));
    }
}
