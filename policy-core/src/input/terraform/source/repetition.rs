//! `count` and `for_each`.

use std::rc::Rc;
use std::sync::Arc;

use super::codes;
use super::cty::{Data, Type, Val, convert, merge_unknowns};
use super::evaluation::{Each, Evaluation, Instance, Scope};
use crate::diagnostic::Diagnostic;
use crate::document::hcl::{Attribute, Body};
use crate::value::{Unknown, UnknownReason};

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
                Repetition::Unknown {
                    key: "",
                    each: Box::new(Each::unknown(&unknown, false)),
                    condition: condition("for_each", what, &unknown),
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
