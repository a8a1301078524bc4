//! `count` and `for_each`.

use std::rc::Rc;
use std::sync::Arc;

use super::codes;
use super::cty::{Data, Num, Type, Val, convert, merge_unknowns};
use super::evaluation::{Each, Evaluation, Instance, Open, Scope};
use crate::diagnostic::Diagnostic;
use crate::document::hcl::{Attribute, Body};
use crate::value::{Domain, Unknown, UnknownReason, Value};

/// How often a block is repeated.
pub(super) enum Repetition {
    Single,
    Count(usize),
    Each(Vec<(Arc<str>, Val)>),
    /// Not known: one instance stands for all.
    Unknown {
        /// The instance key in addresses.
        key: &'static str,
        each: Box<Each>,
        /// In words.
        condition: Arc<str>,
        /// The condition in words that every block with the same repetition shares, when it can be told.
        shared: Option<Arc<str>>,
        /// There may be more than one.
        many: bool,
    },
}

impl Evaluation<'_> {
    /// Reads `count` or `for_each` of a block that is called `what`.
    pub(super) fn repetition(&self, body: &Body, instance: &Rc<Instance>, what: &str) -> Repetition {
        match (body.attribute("count"), body.attribute("for_each")) {
            (None, None) => Repetition::Single,
            (Some(count), None) => self.count(count, instance, what),
            (None, Some(for_each)) => self.for_each(for_each, instance, what),
            (Some(_), Some(for_each)) => {
                self.report(
                    Diagnostic::new(&codes::TFS010, "a block has `count` or `for_each`, not both")
                        .at(&for_each.name_span),
                );
                self.for_each(for_each, instance, what)
            }
        }
    }

    fn count(&self, attribute: &Attribute, instance: &Rc<Instance>, what: &str) -> Repetition {
        let value = self.settle(self.eval(&attribute.expr, &Scope::of(instance)));
        let wrong = |message: &str| {
            self.report(Diagnostic::new(&codes::TFS010, message).at(&attribute.expr.span));
            Repetition::Count(0)
        };
        if value.is_null() {
            return wrong("`count` is null");
        }
        let value = match convert(value, &Type::Number) {
            Ok(value) => value,
            Err(error) => return wrong(&format!("`count` is a number: {error}")),
        };
        match &value.data {
            Data::Number(number) => match number.as_integer::<usize>() {
                Some(count) => match self.affordable_instances(count) {
                    Ok(()) => Repetition::Count(count),
                    Err(message) => {
                        self.report(Diagnostic::new(&codes::TFS011, message).at(&attribute.expr.span));
                        too_many("[0]", true, "count", what)
                    }
                },
                None => wrong("`count` is a whole number and not negative"),
            },
            _ => {
                let unknown = merge_unknowns([&value]);
                Repetition::Unknown {
                    // Where there is one instance, this is its key.
                    key: "[0]",
                    each: Box::new(Each::unknown(&unknown, true)),
                    condition: condition("count", what, &unknown),
                    shared: shared("count", attribute, instance, &unknown),
                    many: !at_most_one(&value),
                }
            }
        }
    }

    fn for_each(&self, attribute: &Attribute, instance: &Rc<Instance>, what: &str) -> Repetition {
        let value = self.settle(self.eval(&attribute.expr, &Scope::of(instance)));
        let wrong = |message: &str| {
            self.report(
                Diagnostic::new(&codes::TFS010, message)
                    .at(&attribute.expr.span)
                    .help("use a map, or `toset` of a list of strings"),
            );
            Repetition::Each(Vec::new())
        };
        if value.sensitive {
            self.report(
                Diagnostic::new(
                    &codes::TFS010,
                    "`for_each` is sensitive, and its keys would be shown in addresses",
                )
                .at(&attribute.expr.span),
            );
        }
        let pairs: Option<Vec<(Arc<str>, Val)>> = match &value.data {
            Data::Null(_) => return wrong("`for_each` is null"),
            Data::Unknown(..) => None,
            Data::Map(_, elements) | Data::Object(elements) => Some(
                elements
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ),
            Data::Set(_, elements) => {
                let mut pairs = Some(Vec::with_capacity(elements.len()));
                for element in elements {
                    match &element.data {
                        Data::String(text) => {
                            if let Some(pairs) = &mut pairs {
                                pairs.push((text.clone(), element.clone()));
                            }
                        }
                        Data::Unknown(..) => pairs = None,
                        _ => return wrong("`for_each` is a set of something else than strings"),
                    }
                }
                pairs
            }
            _ => {
                return wrong(&format!(
                    "`for_each` is a map or a set of strings, not {}",
                    value.ty().friendly()
                ));
            }
        };
        match pairs {
            Some(pairs) => match self.affordable_instances(pairs.len()) {
                Ok(()) => Repetition::Each(pairs),
                Err(message) => {
                    self.report(Diagnostic::new(&codes::TFS011, message).at(&attribute.expr.span));
                    too_many("", false, "for_each", what)
                }
            },
            None => {
                let unknown = merge_unknowns([&value]);
                // Over all of another block: there is one of these for each of those.
                let chained = match value.as_unknown().and_then(|unknown| self.open(unknown)) {
                    Some(Open::Instances(resource)) => resource.shared.clone(),
                    _ => None,
                };
                Repetition::Unknown {
                    key: "",
                    each: Box::new(Each::unknown(&unknown, false)),
                    condition: condition("for_each", what, &unknown),
                    shared: chained.or_else(|| shared("for_each", attribute, instance, &unknown)),
                    many: true,
                }
            }
        }
    }
}

/// One instance that stands for more of them than can be evaluated.
fn too_many(key: &'static str, counted: bool, argument: &str, what: &str) -> Repetition {
    let unknown = Arc::new(Unknown::new(UnknownReason::Expression));
    Repetition::Unknown {
        key,
        each: Box::new(Each::unknown(&unknown, counted)),
        condition: format!("`{argument}` of `{what}` asks for too many instances").into(),
        shared: None,
        many: true,
    }
}

/// What the existence of a block depends on, in words.
fn condition(argument: &str, what: &str, unknown: &Unknown) -> Arc<str> {
    let refs: Vec<String> = unknown
        .refs
        .iter()
        .map(|reference| format!("`{reference}`"))
        .collect();
    match refs.is_empty() {
        true => format!("`{argument}` of `{what}` is not known").into(),
        false => format!("`{argument}` of `{what}` depends on {}", refs.join(", ")).into(),
    }
}

/// The longest expression that is repeated in words.
const LONGEST: usize = 120;

/// The condition in words without the name of the block: what has the same `for_each` in the same module has the same.
fn shared(argument: &str, attribute: &Attribute, instance: &Instance, unknown: &Unknown) -> Option<Arc<str>> {
    let span = &attribute.expr.span;
    let text = span.source().text().get(span.start()..span.end())?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.len() > LONGEST || text.contains('`') {
        return None;
    }
    let place = match &*instance.address {
        "" => String::new(),
        module => format!(" in `{module}`"),
    };
    let refs: Vec<String> = unknown
        .refs
        .iter()
        .map(|reference| format!("`{reference}`"))
        .collect();
    let depends = match refs.is_empty() {
        true => "is not known".to_owned(),
        false => format!("depends on {}", refs.join(", ")),
    };
    Some(format!("`{argument} = {text}`{place} {depends}").into())
}

/// True for `condition ? 1 : 0`.
fn at_most_one(count: &Val) -> bool {
    let Some(Domain::AnyOf(values)) = count.as_unknown().and_then(|unknown| unknown.domain.as_ref()) else {
        return false;
    };
    let none_or_one = |value: &Value| {
        convert(Val::from_value(value), &Type::Number)
            .ok()
            .and_then(|number| number.as_number().and_then(Num::as_integer::<usize>))
            .is_some_and(|count| count <= 1)
    };
    values.iter().all(none_or_one)
}
