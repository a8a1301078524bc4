//! Steps into values: attributes, indices, splats.

use std::sync::Arc;

use super::codes;
use super::cty::{Data, Type, Val, convert};
use super::evaluation::{Evaluation, Fault, Open, Scope, fault};
use super::expression::unknown_of;
use crate::document::hcl::{Expr, ExprKind, TraversalStep};
use crate::source::Span;
use crate::value::Unknown;

impl Evaluation<'_> {
    /// `base.steps`, where the base may be a name whose meaning takes some of the steps.
    pub(super) fn traversal(
        &self,
        base: &Expr,
        steps: &[TraversalStep],
        scope: &Scope<'_>,
    ) -> Result<Val, Fault> {
        let (value, rest) = match &base.kind {
            ExprKind::Variable(name) => match scope.bound(name) {
                Some(value) => (value.clone(), steps),
                None => self.reference(name, steps, scope, &base.span)?,
            },
            _ => (self.eval(base, scope)?, steps),
        };
        self.apply(value, rest, scope)
    }

    pub(super) fn apply(&self, value: Val, steps: &[TraversalStep], scope: &Scope<'_>) -> Result<Val, Fault> {
        let mut value = value;
        let mut steps = steps;
        while let Some((step, rest)) = steps.split_first() {
            match step {
                TraversalStep::Attribute(name, span) => value = self.attribute(&value, name, span)?,
                TraversalStep::LegacyIndex(index, span) => {
                    value = self.index(&value, &Val::integer(*index), span)?;
                }
                TraversalStep::Index(key) => {
                    let index = self.eval(key, scope)?;
                    value = self.index(&value, &index, &key.span)?;
                }
                TraversalStep::FullSplat(span) => return self.splat(&value, rest, scope, span),
                TraversalStep::AttributeSplat(span) => {
                    // Only the attributes right after `.*` apply to each element.
                    let end = rest
                        .iter()
                        .position(|step| {
                            !matches!(
                                step,
                                TraversalStep::Attribute(..) | TraversalStep::LegacyIndex(..)
                            )
                        })
                        .unwrap_or(rest.len());
                    let (each, after) = rest.split_at(end);
                    value = self.splat(&value, each, scope, span)?;
                    steps = after;
                    continue;
                }
            }
            steps = rest;
        }
        Ok(value)
    }

    pub(super) fn attribute(&self, value: &Val, name: &Arc<str>, at: &Span) -> Result<Val, Fault> {
        let sensitive = value.sensitive;
        let found = match &value.data {
            Data::Object(attributes) => attributes.get(name).cloned().ok_or_else(|| {
                fault(
                    &codes::TFS006,
                    format!("the object has no attribute `{name}`"),
                    at,
                )
            })?,
            Data::Map(_, elements) => elements
                .get(name)
                .cloned()
                .ok_or_else(|| fault(&codes::TFS006, format!("the map has no element `{name}`"), at))?,
            Data::Unknown(ty, unknown) => {
                let declared = attribute_type(ty, name, at)?;
                match self.open(unknown) {
                    Some(open) => {
                        let value = self.open_attribute(&open, name, at)?;
                        convert(value, &declared)
                            .map_err(|error| fault(&codes::TFS006, error.to_string(), at))?
                    }
                    None => Val::unknown(declared, Arc::new(Unknown::clone(unknown))),
                }
            }
            Data::Null(_) => {
                return Err(fault(
                    &codes::TFS006,
                    format!("`{name}` is asked of a value that is null"),
                    at,
                ));
            }
            _ => {
                let message = format!("{} has no attribute `{name}`", value.ty().friendly());
                return Err(fault(&codes::TFS006, message, at));
            }
        };
        Ok(found.marked(sensitive))
    }

    pub(super) fn index(&self, value: &Val, key: &Val, at: &Span) -> Result<Val, Fault> {
        let sensitive = value.sensitive || key.sensitive;
        if key.is_null() {
            return Err(fault(&codes::TFS006, "an index is null", at));
        }
        let found = match &value.data {
            Data::Null(_) => return Err(fault(&codes::TFS006, "a value that is null has no elements", at)),
            Data::Unknown(ty, unknown) => {
                if let Some(Open::Instances(resource)) = self.open(unknown) {
                    return Ok(self.resource_value(&resource).marked(sensitive));
                }
                let element = match (ty, key.as_str()) {
                    (Type::Object(_), Some(name)) => attribute_type(ty, &name.into(), at)?,
                    (Type::Bool | Type::Number | Type::String, _) => {
                        let message = format!("{} has no elements", ty.friendly());
                        return Err(fault(&codes::TFS006, message, at));
                    }
                    (Type::Set(_), _) => return Err(no_index(at)),
                    (Type::List(_) | Type::Tuple(_), _) => {
                        number_index(key, at)?;
                        ty.element().cloned().unwrap_or(Type::Dynamic)
                    }
                    _ => ty.element().cloned().unwrap_or(Type::Dynamic),
                };
                Val::unknown(element, Arc::new(Unknown::clone(unknown)))
            }
            Data::List(element, elements) => self.position(elements, key, Type::clone(element), value, at)?,
            Data::Tuple(elements) => self.position(elements, key, Type::Dynamic, value, at)?,
            Data::Map(_, elements) | Data::Object(elements) => {
                let text = convert(key.clone(), &Type::String).map_err(|_| {
                    fault(
                        &codes::TFS006,
                        format!("the index is a string, not {}", key.ty().friendly()),
                        at,
                    )
                })?;
                match &text.data {
                    Data::String(text) => elements
                        .get(text)
                        .cloned()
                        .ok_or_else(|| fault(&codes::TFS006, format!("there is no element `{text}`"), at))?,
                    _ => {
                        let element = value.ty().element().cloned().unwrap_or(Type::Dynamic);
                        unknown_of(element, [key])
                    }
                }
            }
            Data::Set(..) => return Err(no_index(at)),
            Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                return Err(fault(
                    &codes::TFS006,
                    format!("{} has no elements", value.ty().friendly()),
                    at,
                ));
            }
        };
        Ok(found.marked(sensitive))
    }

    fn position(
        &self,
        elements: &[Val],
        key: &Val,
        element: Type,
        value: &Val,
        at: &Span,
    ) -> Result<Val, Fault> {
        let number = number_index(key, at)?;
        let Some(number) = number.as_number() else {
            return Ok(unknown_of(element, [key]));
        };
        let index: Option<usize> = number.as_integer();
        index
            .and_then(|index| elements.get(index))
            .cloned()
            .ok_or_else(|| {
                let count = elements.len();
                let message = format!(
                    "there is no element {key:?} in a {} of {count}",
                    value.ty().friendly()
                );
                fault(&codes::TFS006, message, at)
            })
    }

    fn splat(&self, value: &Val, each: &[TraversalStep], scope: &Scope<'_>, at: &Span) -> Result<Val, Fault> {
        let sensitive = value.sensitive;
        let result = match &value.data {
            // What is not there is no element; what is no list is one element.
            Data::Null(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                return Err(fault(
                    &codes::TFS006,
                    "a list that is null cannot be splatted",
                    at,
                ));
            }
            Data::Null(_) => Val::tuple(Vec::new()),
            Data::Unknown(ty, unknown) => match (ty, self.open(unknown)) {
                (_, Some(Open::Object { .. })) => Val::tuple(vec![self.apply(value.clone(), each, scope)?]),
                (Type::List(element) | Type::Set(element), None) => {
                    let element = Val::unknown(Type::clone(element), unknown.clone());
                    let element = self.apply(element, each, scope)?;
                    unknown_of(Type::list(element.ty()), [value])
                }
                // What is certainly there is one element.
                (Type::Bool | Type::Number | Type::String | Type::Map(_) | Type::Object(_), None) => {
                    let element = self.apply(value.clone(), each, scope)?;
                    match unknown.non_null {
                        true => Val::tuple(vec![element]),
                        false => unknown_of(Type::Dynamic, [value]),
                    }
                }
                _ => unknown_of(Type::Dynamic, [value]),
            },
            Data::List(element, elements) | Data::Set(element, elements) => {
                let items = self.each(elements, each, scope)?;
                let element = items.first().map_or_else(|| Type::clone(element), Val::ty);
                match items.iter().all(|item| item.ty() == element) {
                    true => Val::list(element, items),
                    false => Val::tuple(items),
                }
            }
            Data::Tuple(elements) => Val::tuple(self.each(elements, each, scope)?),
            _ => Val::tuple(vec![self.apply(value.clone(), each, scope)?]),
        };
        Ok(result.marked(sensitive))
    }

    fn each(&self, elements: &[Val], steps: &[TraversalStep], scope: &Scope<'_>) -> Result<Vec<Val>, Fault> {
        elements
            .iter()
            .map(|element| self.apply(element.clone(), steps, scope))
            .collect()
    }
}

fn number_index(key: &Val, at: &Span) -> Result<Val, Fault> {
    convert(key.clone(), &Type::Number).map_err(|_| {
        fault(
            &codes::TFS006,
            format!("the index is a number, not {}", key.ty().friendly()),
            at,
        )
    })
}

fn no_index(at: &Span) -> Fault {
    let mut wrong = fault(&codes::TFS006, "the elements of a set have no index", at);
    wrong.help = Some("`tolist` or `one` make them available".to_owned());
    wrong
}

/// The type of an attribute of an unknown value.
fn attribute_type(ty: &Type, name: &Arc<str>, at: &Span) -> Result<Type, Fault> {
    match ty {
        Type::Object(attributes) => attributes
            .get(name)
            .map(|attribute| attribute.ty.clone())
            .ok_or_else(|| {
                fault(
                    &codes::TFS006,
                    format!("the object has no attribute `{name}`"),
                    at,
                )
            }),
        Type::Map(element) => Ok(Type::clone(element)),
        Type::Dynamic => Ok(Type::Dynamic),
        other => {
            let message = format!("{} has no attribute `{name}`", other.friendly());
            Err(fault(&codes::TFS006, message, at))
        }
    }
}
