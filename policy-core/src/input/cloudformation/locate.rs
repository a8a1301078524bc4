//! From the path of a property to its place in the template.

use std::collections::HashMap;
use std::sync::Arc;

use super::expression::{Expression, Form, Function};
use crate::document::{Node, NodeKind};
use crate::source::{Locate, Span};
use crate::value::{AttributePath, Step};

/// Finds the properties of one resource.
#[derive(Debug)]
pub(super) struct Locator {
    /// The value of `Properties`.
    pub(super) properties: Arc<Node>,
    /// The conditions of the template that are decided.
    pub(super) decisions: Arc<HashMap<Arc<str>, bool>>,
}

impl Locate for Locator {
    /// Looks through `Fn::If`: into the branch that counts, or into the one that leads further when both may.
    fn locate(&self, path: &AttributePath) -> Option<Span> {
        let (span, reached) = self.walk(Expression::new(&self.properties), path.steps(), 0);
        (reached > 0).then_some(span)
    }
}

impl Locator {
    /// The deepest place along `steps` and how many steps lead to it. Recursion is as deep as the template, and every
    /// node is visited once at most.
    fn walk(&self, expression: Expression<'_>, steps: &[Step], taken: usize) -> (Span, usize) {
        match expression.form() {
            Form::Call(Function::If, argument) => match argument.arguments() {
                Some([condition, positive, negative]) => match self.decision(condition) {
                    Some(true) => self.walk(positive, steps, taken),
                    Some(false) => self.walk(negative, steps, taken),
                    None if steps.is_empty() => (expression.span().clone(), taken),
                    None => {
                        let positive = self.walk(positive, steps, taken);
                        let negative = self.walk(negative, steps, taken);
                        let deepest = if negative.1 > positive.1 {
                            negative
                        } else {
                            positive
                        };
                        if deepest.1 == taken {
                            (expression.span().clone(), taken)
                        } else {
                            deepest
                        }
                    }
                },
                None => (expression.span().clone(), taken),
            },
            Form::Call(..) => (expression.span().clone(), taken),
            _ => match steps
                .split_first()
                .and_then(|(step, rest)| Some((self.child(expression, step)?, rest)))
            {
                Some((child, rest)) => self.walk(child, rest, taken + 1),
                None => (expression.span().clone(), taken),
            },
        }
    }

    fn child<'n>(&self, expression: Expression<'n>, step: &Step) -> Option<Expression<'n>> {
        match (step, expression.kind()) {
            (Step::Key(key), NodeKind::Mapping(entries)) => entries
                .iter()
                .find(|entry| entry.key == *key)
                .map(|entry| Expression::new(&entry.value)),
            (Step::Index(index), NodeKind::Sequence(items)) => items
                .iter()
                .map(Expression::new)
                .filter(|item| !self.is_left_out(*item))
                .nth(*index),
            _ => None,
        }
    }

    /// True for a list element that the evaluated list does not have.
    fn is_left_out(&self, expression: Expression<'_>) -> bool {
        if expression.is_no_value() {
            return true;
        }
        let Form::Call(Function::If, argument) = expression.form() else {
            return false;
        };
        let Some([condition, positive, negative]) = argument.arguments() else {
            return false;
        };
        match self.decision(condition) {
            Some(true) => self.is_left_out(positive),
            Some(false) => self.is_left_out(negative),
            None => self.is_left_out(positive) && self.is_left_out(negative),
        }
    }

    fn decision(&self, condition: Expression<'_>) -> Option<bool> {
        condition
            .literal()
            .and_then(|name| self.decisions.get(&name).copied())
    }
}
