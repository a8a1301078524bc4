//! Which violations of a finding a record covers.
//!
//! `fields` limits a record to some paths and what lies below them. `expect` pins values: a violation that a pin is about
//! is covered only while the value is the approved one, and where values are pinned, what is not pinned is not covered.

use super::record::{Expectation, RecordScope};
use crate::value::{AttributePath, Value};

/// What a record covers of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// One for every violation.
    covered: Vec<bool>,
    /// For findings without violations: the record is not limited to paths.
    unlimited: bool,
    drift: Option<String>,
}

impl Cover {
    /// True when anything is covered.
    pub(super) fn is_some(&self) -> bool {
        if self.covered.is_empty() {
            self.unlimited
        } else {
            self.covered.contains(&true)
        }
    }

    /// True when nothing is left uncovered.
    pub(super) fn is_complete(&self) -> bool {
        if self.covered.is_empty() {
            self.unlimited
        } else {
            !self.covered.contains(&false)
        }
    }

    /// How many violations are covered.
    pub(super) fn count(&self) -> usize {
        self.covered.iter().filter(|&&covered| covered).count()
    }

    /// That a value is not the approved one, in words.
    pub(super) fn drift(&self) -> Option<&str> {
        self.drift.as_deref()
    }

    /// The paths that are covered.
    pub(super) fn paths(&self, violations: &[(AttributePath, Option<Value>)]) -> Vec<AttributePath> {
        let covered = violations
            .iter()
            .zip(&self.covered)
            .filter(|&(_, &covered)| covered);
        covered.map(|((path, _), _)| path.clone()).collect()
    }
}

/// True when several covers leave nothing uncovered together.
pub(super) fn union<'c>(covers: impl Iterator<Item = &'c Cover>) -> bool {
    let mut together: Option<Vec<bool>> = None;
    for cover in covers {
        let all = together.get_or_insert_with(|| vec![false; cover.covered.len()]);
        for (all, covered) in all.iter_mut().zip(&cover.covered) {
            *all |= covered;
        }
    }
    together.is_some_and(|all| !all.is_empty() && !all.contains(&false))
}

pub(super) fn of(scope: &RecordScope, violations: &[(AttributePath, Option<Value>)]) -> Cover {
    let mut drift = None;
    let covered = violations
        .iter()
        .map(|(path, actual)| match covers(scope, path, actual.as_ref()) {
            Ok(covered) => covered,
            Err(message) => {
                drift.get_or_insert(message);
                false
            }
        })
        .collect();
    Cover {
        covered,
        unlimited: scope.fields.is_none() && scope.expect.is_empty(),
        drift,
    }
}

/// `Err` when a pinned value is another one now.
fn covers(scope: &RecordScope, path: &AttributePath, actual: Option<&Value>) -> Result<bool, String> {
    let mut fields = scope
        .fields
        .iter()
        .flatten()
        .filter(|field| field.is_prefix_of(path))
        .peekable();
    if scope.fields.is_some() && fields.peek().is_none() {
        return Ok(false);
    }
    let mut pinned = false;
    for pin in scope.expect.iter().filter(|pin| related(&pin.path, path)) {
        pinned = true;
        check(pin, path, actual)?;
    }
    if pinned || scope.expect.is_empty() {
        return Ok(true);
    }
    // Something is pinned, and not this. It is covered when a field names it that no pin is about; otherwise a new list
    // element beside the pinned one would slip in under the same field.
    let free = |field: &AttributePath| !scope.expect.iter().any(|pin| related(&pin.path, field));
    if scope.fields.is_some() && fields.any(free) {
        return Ok(true);
    }
    if scope.fields.is_some() {
        let found = shown(actual);
        return Err(format!(
            "drifted: nothing was approved for `{path}`, found {found}"
        ));
    }
    Ok(false)
}

fn related(left: &AttributePath, right: &AttributePath) -> bool {
    left.is_prefix_of(right) || right.is_prefix_of(left)
}

/// Compares the part of the pin and the part of the value that are about the same path.
fn check(pin: &Expectation, path: &AttributePath, actual: Option<&Value>) -> Result<(), String> {
    let below = |longer: &AttributePath, shorter: &AttributePath| {
        AttributePath::new(
            longer
                .steps()
                .get(shorter.steps().len()..)
                .unwrap_or_default()
                .to_vec(),
        )
    };
    let (approved, found) = if path.is_prefix_of(&pin.path) {
        (
            Some(&pin.equals),
            actual.and_then(|actual| actual.at(&below(&pin.path, path))),
        )
    } else {
        (pin.equals.at(&below(path, &pin.path)), actual)
    };
    if same(approved.unwrap_or(&Value::Null), found.unwrap_or(&Value::Null)) {
        return Ok(());
    }
    Err(format!(
        "drifted: approved {} at `{}`, found {}",
        shown(approved),
        pin.path,
        shown(found)
    ))
}

/// Equality that looks through sensitivity marks; an unknown equals nothing. Depth is bounded by the parsers.
fn same(left: &Value, right: &Value) -> bool {
    match (left.revealed(), right.revealed()) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => false,
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((left_key, left), (right_key, right))| left_key == right_key && same(left, right))
        }
        (left, right) => left == right,
    }
}

/// A value for a message: short, and without secrets.
fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 80;
    let text = match value {
        None | Some(Value::Null) => return "nothing".into(),
        Some(value) if value.as_unknown().is_some() => return "a value that is not known yet".into(),
        Some(Value::String(text)) => text.to_string(),
        Some(value) => value.to_json().to_string(),
    };
    let mut short: String = text.chars().take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Unknown, UnknownReason};

    fn path(text: &str) -> AttributePath {
        AttributePath::parse(text).expect(text)
    }

    fn scope(fields: Option<&[&str]>, expect: &[(&str, Value)]) -> RecordScope {
        RecordScope {
            fields: fields.map(|fields| fields.iter().map(|field| path(field)).collect()),
            expect: expect
                .iter()
                .map(|(text, equals)| Expectation {
                    path: path(text),
                    equals: equals.clone(),
                })
                .collect(),
            ..RecordScope::default()
        }
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|item| Value::from(*item)).collect())
    }

    #[test]
    fn fields_cover_what_lies_below_them() {
        let violations = [
            (path("ingress[0].cidr_blocks"), Some(Value::from("0.0.0.0/0"))),
            (path("ingress_rules[0]"), None),
            (path("egress"), None),
        ];
        let cover = of(&scope(Some(&["ingress"]), &[]), &violations);
        assert_eq!(cover.covered, [true, false, false]);
        assert_eq!(cover.paths(&violations), [path("ingress[0].cidr_blocks")]);
        assert!(cover.is_some() && !cover.is_complete());
        assert!(of(&scope(None, &[]), &violations).is_complete());
        assert!(!of(&scope(Some(&["ingress[0].cidr_blocks.x"]), &[]), &violations).is_some());
    }

    #[test]
    fn a_finding_without_paths_needs_a_record_without_limits() {
        assert!(of(&scope(None, &[]), &[]).is_complete());
        assert!(!of(&scope(Some(&["a"]), &[]), &[]).is_some());
        assert!(!of(&scope(None, &[("a", Value::Null)]), &[]).is_some());
        let root = [(AttributePath::root(), None)];
        assert!(of(&scope(None, &[]), &root).is_complete());
        assert!(!of(&scope(Some(&["a"]), &[]), &root).is_some());
    }

    #[test]
    fn a_pinned_value_covers_itself_and_no_other() {
        let pinned = scope(
            Some(&["ingress"]),
            &[("ingress[0].cidr", Value::from("203.0.113.0/24"))],
        );
        let found = |value: Option<Value>| of(&pinned, &[(path("ingress[0].cidr"), value)]);
        assert!(found(Some(Value::from("203.0.113.0/24"))).is_complete());
        let drifted = found(Some(Value::from("0.0.0.0/0")));
        assert!(!drifted.is_some());
        assert_eq!(
            drifted.drift(),
            Some("drifted: approved 203.0.113.0/24 at `ingress[0].cidr`, found 0.0.0.0/0")
        );
        assert!(!found(None).is_some(), "absent is another value");
        assert!(!found(Some(Value::from(Unknown::new(UnknownReason::Reference)))).is_some());
        let secret = found(Some(Value::from("hunter2").into_sensitive()));
        assert!(
            !secret.drift().unwrap_or_default().contains("hunter2"),
            "{secret:?}"
        );
        assert!(found(Some(Value::from("203.0.113.0/24").into_sensitive())).is_complete());
    }

    #[test]
    fn a_pin_reaches_up_and_down() {
        let whole = scope(
            None,
            &[(
                "ingress[0]",
                Value::Map([("cidr".into(), list(&["10.0.0.0/8"]))].into()),
            )],
        );
        assert!(
            of(
                &whole,
                &[(path("ingress[0].cidr[0]"), Some(Value::from("10.0.0.0/8")))]
            )
            .is_complete()
        );
        assert!(
            !of(
                &whole,
                &[(path("ingress[0].cidr[1]"), Some(Value::from("0.0.0.0/0")))]
            )
            .is_some()
        );
        let part = scope(None, &[("ingress[0].cidr", list(&["10.0.0.0/8"]))]);
        let actual = Value::List(vec![Value::Map([("cidr".into(), list(&["10.0.0.0/8"]))].into())]);
        assert!(of(&part, &[(path("ingress"), Some(actual))]).is_complete());
    }

    #[test]
    fn what_is_not_pinned_does_not_slip_in_beside_it() {
        let pinned = scope(
            Some(&["ingress"]),
            &[("ingress[0].cidr", Value::from("203.0.113.0/24"))],
        );
        let cover = of(
            &pinned,
            &[(path("ingress[1].cidr"), Some(Value::from("0.0.0.0/0")))],
        );
        assert!(!cover.is_some());
        assert!(cover.drift().is_some_and(|drift| drift.contains("0.0.0.0/0")));
        let other = scope(
            Some(&["ingress", "tags"]),
            &[("ingress[0].cidr", Value::from("203.0.113.0/24"))],
        );
        assert!(
            of(&other, &[(path("tags.Owner"), None)]).is_complete(),
            "a field of its own"
        );
        let bare = scope(None, &[("ingress[0].cidr", Value::from("203.0.113.0/24"))]);
        assert!(!of(&bare, &[(path("egress[0].cidr"), None)]).is_some());
    }

    #[test]
    fn null_pins_absence() {
        let pinned = scope(None, &[("kms_key_id", Value::Null)]);
        assert!(of(&pinned, &[(path("kms_key_id"), None)]).is_complete());
        assert!(of(&pinned, &[(path("kms_key_id"), Some(Value::Null))]).is_complete());
        assert!(!of(&pinned, &[(path("kms_key_id"), Some(Value::from("alias/a")))]).is_some());
    }

    #[test]
    fn covers_add_up() {
        let violations = [(path("a"), None), (path("b"), None)];
        let a = of(&scope(Some(&["a"]), &[]), &violations);
        let b = of(&scope(Some(&["b"]), &[]), &violations);
        assert!(!union([&a].into_iter()));
        assert!(union([&a, &b].into_iter()));
        assert!(!union(std::iter::empty()));
    }
}
