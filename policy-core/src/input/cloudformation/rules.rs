//! The section `Rules`: what its assertions say about the values of parameters.
//!
//! A deployment whose parameters break an assertion is refused, so a parameter without a value is one that every
//! assertion allows, exactly as with `AllowedValues`. Only assertions that always hold and speak about one parameter
//! and constants are used: `Fn::Contains` of a written list and a `Ref`, and `Fn::Equals` of a `Ref` and a text.
//! Rules under a `RuleCondition`, and everything else, say nothing here; ignoring them only leaves more open.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::expression::{Expression, Form, Function};
use crate::document::Node;

/// The texts that all assertions leave, for the parameters they speak about.
pub(super) type Restrictions = HashMap<Arc<str>, BTreeSet<Arc<str>>>;

pub(super) fn restrictions(section: Option<&Node>) -> Restrictions {
    let mut restrictions = Restrictions::new();
    let rules = section.map(Node::entries).unwrap_or_default();
    for rule in rules.iter().map(|entry| &entry.value) {
        if rule.get("RuleCondition").is_some() {
            continue;
        }
        let assertions = rule.get("Assertions").map(Node::items).unwrap_or_default();
        for assertion in assertions.iter().filter_map(|assertion| assertion.get("Assert")) {
            let Some((parameter, texts)) = restriction(assertion) else {
                continue;
            };
            match restrictions.get_mut(&parameter) {
                Some(left) => left.retain(|text| texts.contains(text)),
                None => {
                    restrictions.insert(parameter, texts);
                }
            }
        }
    }
    // Assertions that no value satisfies are a mistake of the rules and would say anything at all.
    restrictions.retain(|_, texts| !texts.is_empty());
    restrictions
}

fn restriction(assertion: &Node) -> Option<(Arc<str>, BTreeSet<Arc<str>>)> {
    if let Form::Call(Function::Equals, argument) = Expression::new(assertion).form() {
        let [left, right] = argument.arguments()?;
        return match (parameter(left), parameter(right)) {
            (Some(parameter), None) => Some((parameter, [right.literal()?].into())),
            (None, Some(parameter)) => Some((parameter, [left.literal()?].into())),
            _ => None,
        };
    }
    let list = contains(assertion)?;
    let [allowed, value] = Expression::new(list).arguments()?;
    let texts: Option<BTreeSet<Arc<str>>> = allowed
        .items()?
        .iter()
        .map(|item| Expression::new(item).literal())
        .collect();
    Some((parameter(value)?, texts?))
}

/// The argument of a call of `Fn::Contains`, which exists in rules only.
fn contains(assertion: &Node) -> Option<&Node> {
    match assertion.entries() {
        [only] if &*only.key == "Fn::Contains" && assertion.tag.is_none() => Some(&only.value),
        _ => None,
    }
}

fn parameter(expression: Expression<'_>) -> Option<Arc<str>> {
    match expression.form() {
        Form::Call(Function::Ref, argument) => argument.literal(),
        _ => None,
    }
}
