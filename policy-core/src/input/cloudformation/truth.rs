//! Three-valued conditions that remember which values of one parameter they hold for.
//!
//! Kleene logic alone says "unknown" for `Or(Equals(Env, dev), Equals(Env, prod))` when `Env` may only be `dev` or
//! `prod`. A condition over a single parameter is therefore kept as the set of values that make it true; conjunction
//! and negation are set operations, and conditions over several parameters fall back to Kleene.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Texts = BTreeSet<Arc<str>>;

/// The outcome of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// Decided.
    Known(bool),
    /// True exactly when a parameter without a value has one of these values (or, if `excluded`, none of them).
    When {
        parameter: Arc<str>,
        domain: Option<Arc<Texts>>,
        excluded: bool,
        values: Texts,
    },
    /// Depends on more than that.
    Unknown,
}

impl Truth {
    /// `parameter == value`, for a parameter without a value. `domain` is what it may be, when that is finite.
    pub(super) fn equals(parameter: Arc<str>, domain: Option<Arc<Texts>>, value: Arc<str>) -> Self {
        Self::set(parameter, domain, false, Texts::from([value]))
    }

    /// The decision, if there is one.
    pub(super) fn decided(&self) -> Option<bool> {
        match self {
            Self::Known(value) => Some(*value),
            _ => None,
        }
    }

    /// Brings a set into its simplest form.
    fn set(parameter: Arc<str>, domain: Option<Arc<Texts>>, excluded: bool, values: Texts) -> Self {
        let (excluded, values) = match &domain {
            Some(domain) if excluded => (false, domain.difference(&values).cloned().collect()),
            Some(domain) => (false, domain.intersection(&values).cloned().collect()),
            None => (excluded, values),
        };
        if values.is_empty() {
            return Self::Known(excluded);
        }
        if domain.as_deref() == Some(&values) {
            return Self::Known(true);
        }
        Self::When {
            parameter,
            domain,
            excluded,
            values,
        }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Known(value) => Self::Known(!value),
            Self::When {
                parameter,
                domain,
                excluded,
                values,
            } => Self::set(parameter, domain, !excluded, values),
            Self::Unknown => Self::Unknown,
        }
    }

    /// True when all are.
    pub(super) fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        let mut sets: BTreeMap<Arc<str>, Self> = BTreeMap::new();
        let mut unknown = false;
        for condition in conditions {
            match condition {
                Self::Known(false) => return Self::Known(false),
                Self::Known(true) => {}
                Self::Unknown => unknown = true,
                Self::When { ref parameter, .. } => {
                    let name = parameter.clone();
                    let both = match sets.remove(&name) {
                        Some(earlier) => earlier.and_same(condition),
                        None => condition,
                    };
                    sets.insert(name, both);
                }
            }
        }
        if sets.values().any(|set| *set == Self::Known(false)) {
            return Self::Known(false);
        }
        let mut open = sets.into_values().filter(|set| *set != Self::Known(true));
        match (open.next(), open.next(), unknown) {
            (None, _, false) => Self::Known(true),
            (Some(only), None, false) => only,
            _ => Self::Unknown,
        }
    }

    /// True when any is.
    pub(super) fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::all(conditions.into_iter().map(Self::not)).not()
    }

    /// Both of two conditions over the same parameter.
    fn and_same(self, other: Self) -> Self {
        match (self, other) {
            (
                Self::When {
                    parameter,
                    domain,
                    excluded: left_excluded,
                    values: left,
                },
                Self::When {
                    excluded: right_excluded,
                    values: right,
                    ..
                },
            ) => {
                let (excluded, values) = match (left_excluded, right_excluded) {
                    (false, false) => (false, left.intersection(&right).cloned().collect()),
                    (false, true) => (false, left.difference(&right).cloned().collect()),
                    (true, false) => (false, right.difference(&left).cloned().collect()),
                    (true, true) => (true, left.union(&right).cloned().collect()),
                };
                Self::set(parameter, domain, excluded, values)
            }
            (Self::Known(false), _) | (_, Self::Known(false)) => Self::Known(false),
            (Self::Known(true), other) | (other, Self::Known(true)) => other,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is(value: &str) -> Truth {
        Truth::equals("Env".into(), None, value.into())
    }

    #[test]
    fn one_parameter_against_several_constants() {
        assert_eq!(Truth::all([is("a"), is("b")]), Truth::Known(false));
        assert_eq!(Truth::any([is("a"), is("a").not()]), Truth::Known(true));
        assert_eq!(
            Truth::all([Truth::any([is("a"), is("b")]), is("b").not()]),
            is("a")
        );
        assert_eq!(Truth::any([is("a"), is("b")]).decided(), None);
        let domain: Arc<Texts> = Arc::new(["a".into(), "b".into()].into());
        let of = |value: &str| Truth::equals("Env".into(), Some(domain.clone()), value.into());
        assert_eq!(Truth::any([of("a"), of("b")]), Truth::Known(true));
        assert_eq!(of("c"), Truth::Known(false));
        assert_eq!(of("a").not(), of("b"));
    }

    #[test]
    fn several_parameters_fall_back_to_kleene() {
        let other = Truth::equals("Tier".into(), None, "web".into());
        assert_eq!(Truth::all([is("a"), other.clone()]), Truth::Unknown);
        assert_eq!(Truth::all([is("a"), other.clone(), is("b")]), Truth::Known(false));
        assert_eq!(
            Truth::all([Truth::Unknown, Truth::Known(false)]),
            Truth::Known(false)
        );
        assert_eq!(
            Truth::any([Truth::Unknown, Truth::Known(true)]),
            Truth::Known(true)
        );
        assert_eq!(Truth::any([Truth::Unknown, other]), Truth::Unknown);
        assert_eq!(Truth::all([]), Truth::Known(true));
        assert_eq!(Truth::any([]), Truth::Known(false));
    }

    /// A formula over parameters P and Q with values a, b, c.
    #[derive(Clone, Debug)]
    enum Formula {
        Is(&'static str, &'static str),
        Not(Box<Formula>),
        All(Vec<Formula>),
        Any(Vec<Formula>),
    }

    impl Formula {
        fn truth(&self, domain: Option<&Arc<Texts>>) -> Truth {
            match self {
                Self::Is(parameter, value) => {
                    Truth::equals((*parameter).into(), domain.cloned(), (*value).into())
                }
                Self::Not(inner) => inner.truth(domain).not(),
                Self::All(inner) => Truth::all(inner.iter().map(|formula| formula.truth(domain))),
                Self::Any(inner) => Truth::any(inner.iter().map(|formula| formula.truth(domain))),
            }
        }

        fn holds(&self, p: &str, q: &str) -> bool {
            match self {
                Self::Is(parameter, value) => *value == if *parameter == "P" { p } else { q },
                Self::Not(inner) => !inner.holds(p, q),
                Self::All(inner) => inner.iter().all(|formula| formula.holds(p, q)),
                Self::Any(inner) => inner.iter().any(|formula| formula.holds(p, q)),
            }
        }
    }

    fn formula(parameters: &'static [&'static str]) -> impl Strategy<Value = Formula> {
        let leaf = (
            proptest::sample::select(parameters),
            proptest::sample::select(&["a", "b", "c"][..]),
        )
            .prop_map(|(parameter, value)| Formula::Is(parameter, value));
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|formula| Formula::Not(Box::new(formula))),
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Formula::All),
                proptest::collection::vec(inner, 0..4).prop_map(Formula::Any),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_decision_holds_for_every_value(formula in formula(&["P", "Q"]), closed: bool) {
            let domain: Arc<Texts> = Arc::new(["a".into(), "b".into()].into());
            let truth = formula.truth(closed.then_some(&domain));
            let values = if closed { vec!["a", "b"] } else { vec!["a", "b", "c", "something else"] };
            for p in &values {
                for q in &values {
                    let expected = formula.holds(p, q);
                    match &truth {
                        Truth::Known(decision) => prop_assert_eq!(*decision, expected),
                        Truth::When { parameter, excluded, values, .. } => {
                            let value: &str = if &**parameter == "P" { p } else { q };
                            prop_assert_eq!(values.contains(value) != *excluded, expected);
                        }
                        Truth::Unknown => {}
                    }
                }
            }
        }

        #[test]
        fn a_formula_over_one_parameter_is_never_given_up(formula in formula(&["P"])) {
            prop_assert_ne!(formula.truth(None), Truth::Unknown);
        }
    }
}
