//! Decisions already made.
//!
//! A decision depends on the control and the document alone, and a document holds only what the rule reads: thousands of
//! encrypted volumes are one document. Remembering them is most of the speed on large plans, and cannot change a result.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use crate::control::ControlId;
use crate::evaluation::input_document::InputDocument;
use crate::evaluation::unknown::{Decision, decide};
use crate::rule::rego::Worker;
use crate::value::{Number, Value};

/// Documents remembered per worker; beyond that, plans are too varied for remembering to pay.
const MOST_REMEMBERED: usize = 20_000;

/// A worker that remembers.
pub(super) struct Judge {
    worker: Worker,
    known: HashMap<u64, Vec<(ControlId, InputDocument, Decision)>>,
    remembered: usize,
}

impl Judge {
    pub(super) fn new(worker: Worker) -> Self {
        Self {
            worker,
            known: HashMap::new(),
            remembered: 0,
        }
    }

    /// Decides, or repeats what was decided for an equal document.
    pub(super) fn decide(&mut self, control: &ControlId, document: InputDocument) -> Decision {
        let mut hasher = DefaultHasher::new();
        control.hash(&mut hasher);
        document.unverified.hash(&mut hasher);
        hash(&document.value, &mut hasher);
        let key = hasher.finish();
        let seen = self.known.get(&key).and_then(|entries| {
            entries.iter().find(|(other, known, _)| {
                other == control
                    && known.unverified == document.unverified
                    && identical(&known.value, &document.value)
            })
        });
        if let Some((_, _, decision)) = seen {
            return decision.clone();
        }
        let decision = decide(&mut self.worker, control, &document);
        // An error may be a matter of time (a deadline), so it is met anew.
        if decision.error.is_none() && self.remembered < MOST_REMEMBERED {
            self.remembered += 1;
            let entry = (control.clone(), document, decision.clone());
            self.known.entry(key).or_default().push(entry);
        }
        decision
    }
}

fn hash(value: &Value, hasher: &mut DefaultHasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(hasher),
        Value::Number(Number::Integer(number)) => number.hash(hasher),
        Value::Number(Number::Float(number)) => number.to_bits().hash(hasher),
        Value::String(text) => text.hash(hasher),
        Value::List(items) => items.iter().for_each(|item| hash(item, hasher)),
        Value::Map(map) => {
            for (key, item) in map {
                key.hash(hasher);
                hash(item, hasher);
            }
        }
        Value::Unknown(unknown) => unknown.reason.hash(hasher),
        Value::Sensitive(inner) => hash(inner, hasher),
    }
}

/// Equality that also tells `1` from `1.0`: they are the same number and print differently, and which of two documents
/// was met first must not show.
fn identical(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(Number::Integer(left)), Value::Number(Number::Integer(right))) => left == right,
        (Value::Number(Number::Float(left)), Value::Number(Number::Float(right))) => {
            left.to_bits() == right.to_bits()
        }
        (Value::Number(_), Value::Number(_)) => false,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| identical(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((key, left), (other, right))| key == other && identical(left, right))
        }
        (Value::Sensitive(left), Value::Sensitive(right)) => identical(left, right),
        (left, right) => left == right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Outcome;
    use crate::rule::rego::testing;

    fn document(json: &str) -> InputDocument {
        InputDocument {
            value: testing::document(json),
            unverified: Vec::new(),
        }
    }

    #[test]
    fn numbers_that_print_differently_are_not_identical() {
        let integer = Value::Number(Number::Integer(1));
        let float = Value::Number(Number::Float(1.0));
        assert_eq!(integer, float);
        assert!(!identical(&integer, &float));
        assert!(identical(
            &Value::List(vec![float.clone()]),
            &Value::List(vec![float])
        ));
    }

    #[test]
    fn repeated_documents_are_decided_as_the_first_time() {
        let body = "deny contains {\"path\": \"on\"} if not input.resource.on";
        let (rules, id) = testing::loaded(body, "{}", &[]);
        let outcomes = crate::rule::rego::run_on_big_stack(|| {
            let mut judge = Judge::new(rules.worker());
            ["true", "false", "true", "false"].map(|on| {
                judge
                    .decide(&id, document(&format!("{{\"resource\": {{\"on\": {on}}}}}")))
                    .outcome
            })
        });
        let (pass, fail) = (Outcome::Pass, Outcome::Fail);
        assert_eq!(outcomes, [pass, fail, pass, fail]);
    }
}
