//! Expressions to values.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::cty::{Data, Num, Type, Val, convert, merge_unknowns};
use super::evaluation::{Binding, Evaluation, Fault, Scope, fault};
use super::functions;
use super::limits::is_final;
use crate::document::hcl::{Call, Expr, ExprKind, ForExpr, Literal, ObjectItem, TraversalStep};
use crate::source::Span;
use crate::value::{Unknown, UnknownReason};

impl Evaluation<'_> {
    /// The value of an expression.
    pub(super) fn eval(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Val, Fault> {
        let _level = self.enter(&expr.span)?;
        self.bounded(self.eval_kind(expr, scope)?, &expr.span)
    }

    fn eval_kind(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Val, Fault> {
        match &expr.kind {
            ExprKind::Literal(literal) => literal_value(literal, &expr.span),
            ExprKind::Template(template) => {
                let value = self.template(template, scope, &expr.span)?;
                Ok(super::templates::there(value, template))
            }
            ExprKind::Unwrapped(inner) | ExprKind::Parenthesis(inner) => self.eval(inner, scope),
            ExprKind::Tuple(items) => {
                let values = items
                    .iter()
                    .map(|item| self.eval(item, scope))
                    .collect::<Result<_, _>>()?;
                Ok(Val::tuple(values))
            }
            ExprKind::Object(items) => self.object(items, scope),
            ExprKind::Variable(_) => self.traversal(expr, &[], scope),
            ExprKind::Traversal(base, steps) => self.traversal(base, steps, scope),
            ExprKind::Call(call) => self.call(call, scope),
            ExprKind::Conditional(condition, then, otherwise) => {
                self.conditional(condition, then, otherwise, scope, &expr.span)
            }
            ExprKind::Unary(operator, operand) => {
                let value = self.eval(operand, scope)?;
                super::operators::unary(*operator, value, &operand.span)
            }
            ExprKind::Binary(operator, left, right) => {
                let left_value = self.eval(left, scope);
                let right_value = self.eval(right, scope);
                let (left_value, right_value) = (left_value?, right_value?);
                // Comparing looks at everything that is the same.
                let weight = left_value.summary().weight.min(right_value.summary().weight);
                self.spend(weight / 8, &expr.span)?;
                super::operators::binary(*operator, left_value, right_value, (&left.span, &right.span))
            }
            ExprKind::For(each) => self.for_expression(each, scope),
        }
    }

    fn object(&self, items: &[ObjectItem], scope: &Scope<'_>) -> Result<Val, Fault> {
        let mut members = BTreeMap::new();
        let mut hidden = Vec::new();
        let mut sensitive = false;
        for item in items {
            let key = self.eval(&item.key, scope)?;
            let value = self.eval(&item.value, scope)?;
            match self.key_text(&key, &item.key.span)? {
                Some(text) => {
                    sensitive |= key.sensitive;
                    members.insert(text, value);
                }
                None => {
                    hidden.push(key);
                    hidden.push(value);
                }
            }
        }
        if hidden.is_empty() {
            return Ok(Val::object(members).marked(sensitive));
        }
        hidden.extend(members.into_values());
        Ok(unknown_of(Type::Dynamic, &hidden))
    }

    /// The text of a key; `None` when it is unknown.
    fn key_text(&self, key: &Val, at: &Span) -> Result<Option<Arc<str>>, Fault> {
        if key.is_null() {
            return Err(fault(&codes::TFS006, "a key is null", at));
        }
        let text = convert(key.clone(), &Type::String).map_err(|_| {
            fault(
                &codes::TFS006,
                format!("a key is a string, not {}", key.ty().friendly()),
                at,
            )
        })?;
        match text.data {
            Data::String(text) => Ok(Some(text)),
            _ => Ok(None),
        }
    }

    fn for_expression(&self, each: &ForExpr, scope: &Scope<'_>) -> Result<Val, Fault> {
        let collection = self.eval(&each.collection, scope)?;
        let sensitive = collection.sensitive;
        let pairs = iterate(&collection, &each.collection.span)?;
        if let (Some(condition), false) = (&each.condition, collection.ty() == Type::Dynamic) {
            self.check_for_condition(each, condition, scope)?;
        }
        let Some(pairs) = pairs else {
            return Ok(unknown_of(Type::Dynamic, [&collection]));
        };
        let mut list = Vec::new();
        let mut members: BTreeMap<Arc<str>, Val> = BTreeMap::new();
        let mut groups: BTreeMap<Arc<str>, Vec<Val>> = BTreeMap::new();
        let mut hidden: Vec<Val> = Vec::new();
        let mut sensitive = sensitive;
        for (key, value) in pairs {
            let outer = each.key_name.as_ref().map(|name| Binding {
                name: name.clone(),
                value: key,
                outer: scope.bindings,
            });
            let binding = Binding {
                name: each.value_name.clone(),
                value,
                outer: outer.as_ref().or(scope.bindings),
            };
            let inner = scope.bind(&binding);
            if let Some(condition) = &each.condition {
                let included = self.eval(condition, &inner)?;
                if included.is_null() {
                    return Err(fault(&codes::TFS006, "the condition is null", &condition.span));
                }
                sensitive |= included.sensitive;
                let included = convert(included, &Type::Bool).map_err(|error| {
                    fault(
                        &codes::TFS006,
                        format!("the condition is not a bool: {error}"),
                        &condition.span,
                    )
                })?;
                match included.data {
                    Data::Bool(true) => {}
                    Data::Bool(false) => continue,
                    _ => {
                        hidden.push(included);
                        continue;
                    }
                }
            }
            let Some(key_expr) = &each.key else {
                list.push(self.eval(&each.value, &inner)?);
                continue;
            };
            let key = self.eval(key_expr, &inner)?;
            let value = self.eval(&each.value, &inner)?;
            match self.key_text(&key, &key_expr.span)? {
                None => {
                    hidden.push(key);
                    hidden.push(value);
                }
                Some(text) if each.grouping => {
                    sensitive |= key.sensitive;
                    groups.entry(text).or_default().push(value);
                }
                Some(text) => {
                    sensitive |= key.sensitive;
                    if members.contains_key(&text) {
                        let message = format!("the key `{text}` is produced twice");
                        let mut twice = fault(&codes::TFS006, message, &key_expr.span);
                        twice.help =
                            Some("add `...` after the value to collect all of them in a list".to_owned());
                        return Err(twice);
                    }
                    members.insert(text, value);
                }
            }
        }
        if !hidden.is_empty() {
            hidden.extend(
                list.into_iter()
                    .chain(members.into_values())
                    .chain(groups.into_values().flatten()),
            );
            return Ok(unknown_of(Type::Dynamic, &hidden).marked(sensitive));
        }
        let value = match (&each.key, each.grouping) {
            (None, _) => Val::tuple(list),
            (Some(_), true) => Val::object(
                groups
                    .into_iter()
                    .map(|(key, values)| (key, Val::tuple(values)))
                    .collect(),
            ),
            (Some(_), false) => Val::object(members),
        };
        Ok(value.marked(sensitive))
    }

    /// A condition that is no bool is an error even where there is nothing to iterate over.
    fn check_for_condition(&self, each: &ForExpr, condition: &Expr, scope: &Scope<'_>) -> Result<(), Fault> {
        let anything = || Val::unknown(Type::Dynamic, Arc::new(Unknown::new(UnknownReason::Expression)));
        let outer = each.key_name.as_ref().map(|name| Binding {
            name: name.clone(),
            value: anything(),
            outer: scope.bindings,
        });
        let binding = Binding {
            name: each.value_name.clone(),
            value: anything(),
            outer: outer.as_ref().or(scope.bindings),
        };
        let value = self.eval(condition, &scope.bind(&binding))?;
        if value.is_null() {
            return Err(fault(&codes::TFS006, "the condition is null", &condition.span));
        }
        convert(value, &Type::Bool).map(drop).map_err(|error| {
            fault(
                &codes::TFS006,
                format!("the condition is not a bool: {error}"),
                &condition.span,
            )
        })
    }

    fn call(&self, call: &Call, scope: &Scope<'_>) -> Result<Val, Fault> {
        let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
        match name {
            "try" => return self.call_try(call, scope),
            "can" => return self.call_can(call, scope),
            "templatestring" => named_template(call)?,
            _ => {}
        }
        let mut args = Vec::with_capacity(call.args.len());
        let mut spans = Vec::with_capacity(call.args.len());
        for (position, arg) in call.args.iter().enumerate() {
            let value = self.eval(arg, scope)?;
            if !(call.expand_final && position + 1 == call.args.len()) {
                args.push(value);
                spans.push(&arg.span);
                continue;
            }
            if value.is_null() {
                return Err(fault(&codes::TFS007, "the list before `...` is null", &arg.span));
            }
            let sensitive = value.sensitive;
            match value.as_sequence() {
                Some(items) => {
                    spans.extend(std::iter::repeat_n(&arg.span, items.len()));
                    args.extend(items.iter().map(|item| item.clone().marked(sensitive)));
                }
                None if !value.is_known() => {
                    args.push(value);
                    return Ok(unknown_of(Type::Dynamic, &args));
                }
                None => {
                    let message = format!(
                        "`...` takes a list, a set or a tuple, not {}",
                        value.ty().friendly()
                    );
                    return Err(fault(&codes::TFS007, message, &arg.span));
                }
            }
        }
        self.call_function(name, args, &spans, call)
    }

    fn call_try(&self, call: &Call, scope: &Scope<'_>) -> Result<Val, Fault> {
        let mut last = fault(
            &codes::TFS007,
            "`try` takes at least one argument",
            &call.name_span,
        );
        for arg in &call.args {
            match self.eval(arg, scope) {
                // A resource as a whole is unknown only because nobody needs it as a whole.
                Ok(value)
                    if value
                        .as_unknown()
                        .is_some_and(|unknown| self.open(unknown).is_some()) =>
                {
                    return Ok(value);
                }
                Ok(value) => {
                    if let Some(value) = functions::try_each([Ok::<Val, Fault>(value)]) {
                        return Ok(value);
                    }
                }
                Err(fault) if is_final(&fault) => return Err(fault),
                Err(fault) => last = fault,
            }
        }
        let mut none = fault(
            &codes::TFS007,
            format!("no argument of `try` has a value: {}", last.message),
            &call.name_span,
        );
        none.labels.extend(last.labels);
        Err(none)
    }

    fn call_can(&self, call: &Call, scope: &Scope<'_>) -> Result<Val, Fault> {
        let [arg] = call.args.as_slice() else {
            return Err(fault(&codes::TFS007, "`can` takes one argument", &call.name_span));
        };
        match self.eval(arg, scope) {
            Err(fault) if is_final(&fault) => Err(fault),
            result => Ok(functions::can(result)),
        }
    }
}

/// Terraform takes the template of `templatestring` from somewhere else only, so that nobody confuses it with a template
/// that is written in place.
fn named_template(call: &Call) -> Result<(), Fault> {
    let Some(template) = call.args.first() else {
        return Ok(());
    };
    let plain = |step: &TraversalStep| {
        !matches!(
            step,
            TraversalStep::FullSplat(_) | TraversalStep::AttributeSplat(_)
        )
    };
    let named = match &template.kind {
        ExprKind::Variable(_) => true,
        ExprKind::Traversal(base, steps) => {
            matches!(base.kind, ExprKind::Variable(_)) && steps.iter().all(plain)
        }
        _ => false,
    };
    if named {
        return Ok(());
    }
    let mut wrong = fault(
        &codes::TFS007,
        "the template of `templatestring` is a plain reference, such as `local.greeting`",
        &template.span,
    );
    wrong.help = Some(
        "to use a template in place, write it as a string; for a file there is `templatefile`".to_owned(),
    );
    Err(wrong)
}

pub(super) fn literal_value(literal: &Literal, at: &Span) -> Result<Val, Fault> {
    Ok(match literal {
        Literal::Null => Val::null(Type::Dynamic),
        Literal::Bool(value) => Val::bool(*value),
        Literal::String(text) => Val::text(text),
        Literal::Number(text) => Num::parse(text)
            .map(Val::number)
            .ok_or_else(|| fault(&codes::TFS006, format!("`{text}` is not a number"), at))?,
    })
}

/// An unknown that depends on these values. It is sensitive when one of them is.
pub(super) fn unknown_of<'v>(ty: Type, values: impl IntoIterator<Item = &'v Val, IntoIter: Clone>) -> Val {
    let values = values.into_iter();
    let sensitive = values.clone().any(Val::has_sensitive);
    Val::unknown(ty, merge_unknowns(values)).marked(sensitive)
}

/// The elements with their keys; `None` when the collection is unknown.
pub(super) fn iterate(collection: &Val, at: &Span) -> Result<Option<Vec<(Val, Val)>>, Fault> {
    let sensitive = collection.sensitive;
    let pairs = match &collection.data {
        Data::Unknown(Type::Bool | Type::Number | Type::String, _)
        | Data::Bool(_)
        | Data::Number(_)
        | Data::String(_) => {
            let message = format!("{} cannot be iterated over", collection.ty().friendly());
            return Err(fault(&codes::TFS006, message, at));
        }
        Data::Unknown(..) => return Ok(None),
        Data::Null(_) => return Err(fault(&codes::TFS006, "null cannot be iterated over", at)),
        Data::Set(_, elements) => elements
            .iter()
            .map(|element| (element.clone(), element.clone()))
            .collect(),
        Data::List(_, elements) | Data::Tuple(elements) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| (Val::length(index), element.clone()))
            .collect(),
        Data::Map(_, elements) | Data::Object(elements) => elements
            .iter()
            .map(|(key, element)| (Val::string(key), element.clone()))
            .collect(),
    };
    let pairs: Vec<(Val, Val)> = pairs;
    if !sensitive {
        return Ok(Some(pairs));
    }
    Ok(Some(
        pairs
            .into_iter()
            .map(|(key, value)| (key.marked(true), value.marked(true)))
            .collect(),
    ))
}
