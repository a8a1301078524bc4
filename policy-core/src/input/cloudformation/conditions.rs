//! The section `Conditions`, decided as far as parameters and context tell.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::codes;
use super::evaluate::{Evaluator, Place, Template};
use super::expression::{Expression, Form, Function};
use super::order::after_dependencies;
use super::text::{Part, literal, scalar_text};
use super::truth::Truth;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node};
use crate::source::Span;
use crate::value::{Domain, UnknownReason, Value};

/// Every condition of the template with its outcome.
#[derive(Debug, Default)]
pub(super) struct Conditions(HashMap<Arc<str>, Truth>);

impl Conditions {
    pub(super) fn read(
        section: Option<&Node>,
        template: &Template<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let entries = section.map(Node::entries).unwrap_or_default();
        // All are there from the start, so that one in a circle is found undecided instead of missing.
        let mut conditions = Self(
            entries
                .iter()
                .map(|entry| (entry.key.clone(), Truth::Unknown))
                .collect(),
        );
        for index in evaluation_order(entries, diagnostics) {
            let Some(entry) = entries.get(index).filter(|entry| &*entry.key != "Fn::Transform") else {
                continue;
            };
            let mut evaluator = Evaluator::new(template, &conditions, Place::Condition, diagnostics);
            let truth = truth(&mut evaluator, Expression::new(&entry.value));
            conditions.0.insert(entry.key.clone(), truth);
        }
        conditions
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// True or false when the condition can be decided; `None` too when there is no such condition.
    pub(super) fn decided(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Truth::decided)
    }

    /// All decisions, for those who look at the template later.
    pub(super) fn decisions(&self) -> HashMap<Arc<str>, bool> {
        let decided = self
            .0
            .iter()
            .filter_map(|(name, truth)| truth.decided().map(|value| (name.clone(), value)));
        decided.collect()
    }

    /// The diagnostic for a name that is no condition.
    pub(super) fn missing(&self, name: &str, at: &Span) -> Diagnostic {
        let nearest = self
            .0
            .keys()
            .map(|known| (strsim::damerau_levenshtein(known, name), known))
            .filter(|(distance, known)| distance * 3 <= known.len().max(name.len()))
            .min();
        let diagnostic =
            Diagnostic::new(&codes::CFN008, format!("the template has no condition `{name}`")).at(at);
        match nearest {
            Some((_, known)) => diagnostic.help(format!("did you mean `{known}`?")),
            None => diagnostic.help("define it in the section `Conditions`"),
        }
    }
}

/// Positions of the conditions such that each comes after those it refers to, without those in a circle.
fn evaluation_order(entries: &[Entry], diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let positions: HashMap<&str, usize> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| (&*entry.key, index))
        .collect();
    let pending = entries
        .iter()
        .map(|entry| {
            used_names(&entry.value)
                .iter()
                .filter_map(|name| positions.get(&**name).copied())
                .collect()
        })
        .collect();
    after_dependencies(pending, &mut |members| {
        diagnostics.extend(circle(entries, members))
    })
}

fn circle(entries: &[Entry], members: &[usize]) -> Option<Diagnostic> {
    let first = entries.get(*members.first()?)?;
    let mut names: Vec<&str> = members
        .iter()
        .filter_map(|&index| entries.get(index))
        .map(|entry| &*entry.key)
        .collect();
    names.push(&first.key);
    let message = format!(
        "conditions depend on each other in a circle: `{}`",
        names.join("` → `")
    );
    Some(
        Diagnostic::new(&codes::CFN009, message)
            .at(&first.key_span)
            .help("define one of them without the others"),
    )
}

/// The conditions a definition names. Iterative, and only as long as the definition.
fn used_names(definition: &Node) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    let mut open = vec![definition];
    while let Some(node) = open.pop() {
        let expression = Expression::new(node);
        if let Some(name) = expression.condition_argument().and_then(Expression::literal) {
            names.push(name);
        }
        if let Form::Call(Function::If, argument) = expression.form()
            && let Some([name, _, _]) = argument.arguments()
        {
            names.extend(name.literal());
        }
        open.extend(node.items());
        open.extend(node.entries().iter().map(|entry| &entry.value));
    }
    names
}

/// Recursion is as deep as the template, which is bounded.
fn truth(evaluator: &mut Evaluator<'_, '_>, expression: Expression<'_>) -> Truth {
    if let Some(argument) = expression.condition_argument() {
        return match argument.literal() {
            Some(name) => named(evaluator, &name, argument.span()),
            None => refuse(
                evaluator,
                argument,
                "`Condition` takes the name of a condition".to_owned(),
            ),
        };
    }
    match expression.form() {
        Form::Call(Function::Equals, argument) => equals(evaluator, argument),
        Form::Call(Function::Not, argument) => match argument.arguments() {
            Some([inner]) => truth(evaluator, inner).not(),
            None => refuse(
                evaluator,
                argument,
                "`Fn::Not` takes a list of one condition".to_owned(),
            ),
        },
        Form::Call(function @ (Function::And | Function::Or), argument) => match argument.items() {
            Some(items) if !items.is_empty() => {
                // Every operand is evaluated, so that everything wrong with them is reported.
                let operands: Vec<Truth> = items
                    .iter()
                    .map(|item| truth(evaluator, Expression::new(item)))
                    .collect();
                if function == Function::And {
                    Truth::all(operands)
                } else {
                    Truth::any(operands)
                }
            }
            _ => refuse(
                evaluator,
                argument,
                format!("`{}` takes a list of conditions", function.name()),
            ),
        },
        Form::Call(function, argument) => refuse(
            evaluator,
            argument,
            format!("`{}` is no condition", function.name()),
        ),
        Form::UnknownFunction(name) => refuse(
            evaluator,
            expression,
            format!("`{name}` is no condition function"),
        ),
        _ => {
            let message = format!(
                "a condition is a call of `Fn::Equals`, `Fn::And`, `Fn::Or` or `Fn::Not`, not {}",
                expression.describe()
            );
            refuse(evaluator, expression, message)
        }
    }
}

fn named(evaluator: &mut Evaluator<'_, '_>, name: &str, at: &Span) -> Truth {
    if let Some(truth) = evaluator.conditions.0.get(name) {
        return truth.clone();
    }
    evaluator.missing_condition(name, at);
    Truth::Unknown
}

fn refuse(evaluator: &mut Evaluator<'_, '_>, at: Expression<'_>, message: String) -> Truth {
    evaluator.report(Diagnostic::new(&codes::CFN010, message).at(at.span()));
    Truth::Unknown
}

/// A side of `Fn::Equals`.
struct Side {
    value: Option<Value>,
    /// The parameter whose unknown value this is, when the side is nothing but a `Ref` to it.
    parameter: Option<Arc<str>>,
}

fn side(evaluator: &mut Evaluator<'_, '_>, expression: Expression<'_>) -> Side {
    if let Some(text) = expression.literal() {
        return Side {
            value: Some(literal(&text)),
            parameter: None,
        };
    }
    let name = match expression.form() {
        Form::Call(Function::Ref, argument) => argument.literal(),
        _ => None,
    };
    let value = evaluator.argument(expression);
    let is_parameter = |value: &Value| {
        value
            .as_unknown()
            .is_some_and(|unknown| unknown.reason == UnknownReason::Parameter)
    };
    Side {
        parameter: name.filter(|_| value.as_ref().is_some_and(is_parameter)),
        value,
    }
}

fn equals(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Truth {
    let Some([left, right]) = argument.arguments() else {
        return refuse(
            evaluator,
            argument,
            "`Fn::Equals` takes a list of two values".to_owned(),
        );
    };
    let (left, right) = (side(evaluator, left), side(evaluator, right));
    if left.parameter.is_some() && left.parameter == right.parameter {
        return Truth::Known(true);
    }
    let (Some(left_value), Some(right_value)) = (&left.value, &right.value) else {
        return Truth::Known(left.value.is_none() && right.value.is_none());
    };
    match (Part::from_value(left_value), Part::from_value(right_value)) {
        (Some(Part::Unknown(_)), Some(Part::Known(text) | Part::Secret(text))) => {
            against(&left, left_value, &text)
        }
        (Some(Part::Known(text) | Part::Secret(text)), Some(Part::Unknown(_))) => {
            against(&right, right_value, &text)
        }
        (Some(Part::Unknown(_)), Some(Part::Unknown(_))) => match (domain(left_value), domain(right_value)) {
            (Some(left), Some(right)) if left.is_disjoint(&right) => Truth::Known(false),
            _ => Truth::Unknown,
        },
        (Some(Part::Known(left) | Part::Secret(left)), Some(Part::Known(right) | Part::Secret(right))) => {
            Truth::Known(left == right)
        }
        // Lists and mappings: equal if written equal, and not worth more.
        _ if left_value == right_value && !has_unknown(left_value) => Truth::Known(true),
        _ if has_unknown(left_value) || has_unknown(right_value) => Truth::Unknown,
        _ => Truth::Known(false),
    }
}

/// An unknown side compared with a text.
fn against(side: &Side, value: &Value, text: &Arc<str>) -> Truth {
    let domain = domain(value);
    match &side.parameter {
        Some(parameter) => Truth::equals(parameter.clone(), domain.map(Arc::new), text.clone()),
        None => match domain {
            Some(domain) if !domain.contains(text) => Truth::Known(false),
            _ => Truth::Unknown,
        },
    }
}

/// What an unknown can be, as texts.
fn domain(value: &Value) -> Option<BTreeSet<Arc<str>>> {
    let unknown = value.as_unknown()?;
    match unknown.domain.as_ref()? {
        Domain::AnyOf(values) if unknown.non_null => {
            values.iter().map(|value| scalar_text(value.revealed())).collect()
        }
        _ => None,
    }
}

fn has_unknown(value: &Value) -> bool {
    let mut found = false;
    value.for_each_unknown(&crate::value::AttributePath::root(), &mut |_, _| found = true);
    found
}
