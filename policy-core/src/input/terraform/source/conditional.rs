//! Conditional expressions, `condition ? then : otherwise`: what is known when the condition is not, and which type they have.

use std::sync::Arc;

use super::codes;
use super::cty::{Data, Type, Val, convert, equality, merge_unknowns, unify};
use super::evaluation::{Evaluation, Fault, Scope, fault};
use super::expression::unknown_of;
use super::limits::is_final;
use crate::document::hcl::{BinaryOperator, Expr, ExprKind, TraversalStep, UnaryOperator};
use crate::source::Span;
use crate::value::{Domain, Unknown, Value};

impl Evaluation<'_> {
    /// The branch that the condition chooses, or what both have in common.
    pub(super) fn conditional(
        &self,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
        scope: &Scope<'_>,
        at: &Span,
    ) -> Result<Val, Fault> {
        let decision = self.eval(condition, scope)?;
        if decision.is_null() {
            return Err(fault(&codes::TFS006, "the condition is null", &condition.span));
        }
        let mut sensitive = decision.sensitive;
        // What is not known is not asked whether it is a bool.
        let decision = match decision.is_known() {
            false => decision,
            true => convert(decision, &Type::Bool).map_err(|error| {
                fault(
                    &codes::TFS006,
                    format!("the condition is not a bool: {error}"),
                    &condition.span,
                )
            })?,
        };
        // Both sides decide about the type of the result, but only the chosen one may fail.
        let branches = (self.eval(then, scope), self.eval(otherwise, scope));
        let branches = match branches {
            (Err(fault), _) | (_, Err(fault)) if is_final(&fault) => return Err(fault),
            branches => branches,
        };
        for value in [&branches.0, &branches.1].into_iter().flatten() {
            self.spend(value.summary().weight / 8, at)?;
            // A mark of the result that is not chosen counts, too.
            sensitive |= value.sensitive;
        }
        let type_of = |branch: &Result<Val, Fault>, expr: &Expr| match branch {
            Ok(value) => value.ty(),
            Err(_) => self.type_despite_fault(expr, scope),
        };
        let (then_type, else_type) = (type_of(&branches.0, then), type_of(&branches.1, otherwise));
        let untyped_null = |branch: &Result<Val, Fault>| {
            branch
                .as_ref()
                .is_ok_and(|value| matches!(value.data, Data::Null(Type::Dynamic)))
        };
        let ty = if untyped_null(&branches.0) {
            else_type
        } else if untyped_null(&branches.1) {
            then_type
        } else if then_type == Type::Dynamic || else_type == Type::Dynamic {
            // What is not known may have any type, and then nothing is converted.
            Type::Dynamic
        } else {
            unify(&[then_type.clone(), else_type.clone()]).ok_or_else(|| {
                let message = format!(
                    "the two results of the condition have no common type: {} and {}",
                    then_type.friendly(),
                    else_type.friendly()
                );
                fault(&codes::TFS006, message, at)
            })?
        };
        let converted = |value: Val, at: &Span| {
            convert(value, &ty).map_err(|error| fault(&codes::TFS006, error.to_string(), at))
        };
        match decision.data {
            Data::Bool(true) => Ok(converted(branches.0?, &then.span)?.marked(sensitive)),
            Data::Bool(false) => Ok(converted(branches.1?, &otherwise.span)?.marked(sensitive)),
            _ => {
                let (Ok(left), Ok(right)) = branches else {
                    return Ok(unknown_of(ty, [&decision]).marked(sensitive));
                };
                let (left, right) = (converted(left, &then.span)?, converted(right, &otherwise.span)?);
                Ok(either(&decision, left, right, ty).marked(sensitive))
            }
        }
    }

    /// The type of an expression that cannot be evaluated, as far as it shows. It takes part in choosing the type of a
    /// conditional even when the branch is not the chosen one.
    fn type_despite_fault(&self, expr: &Expr, scope: &Scope<'_>) -> Type {
        let Ok(_level) = self.enter(&expr.span) else {
            return Type::Dynamic;
        };
        let type_of = |expr: &Expr| match self.eval(expr, scope) {
            Ok(value) => value.ty(),
            Err(_) => self.type_despite_fault(expr, scope),
        };
        match &expr.kind {
            ExprKind::Parenthesis(inner) => type_of(inner),
            ExprKind::Tuple(items) => Type::tuple(items.iter().map(type_of)),
            ExprKind::Template(_) => Type::String,
            ExprKind::Conditional(_, then, otherwise) => {
                unify(&[type_of(then), type_of(otherwise)]).unwrap_or(Type::Dynamic)
            }
            ExprKind::Unary(UnaryOperator::Negate, _) => Type::Number,
            ExprKind::Unary(UnaryOperator::Not, _) => Type::Bool,
            ExprKind::Binary(operator, ..) => match operator {
                BinaryOperator::Add
                | BinaryOperator::Subtract
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo => Type::Number,
                _ => Type::Bool,
            },
            ExprKind::Object(items) => {
                let mut attributes = Vec::new();
                for item in items {
                    let key = self
                        .eval(&item.key, scope)
                        .ok()
                        .and_then(|key| convert(key, &Type::String).ok());
                    let Some(Data::String(name)) = key.map(|key| key.data) else {
                        return Type::Dynamic;
                    };
                    attributes.push((name, type_of(&item.value)));
                }
                Type::object(attributes)
            }
            ExprKind::Traversal(base, steps) => {
                let Some((TraversalStep::FullSplat(_) | TraversalStep::AttributeSplat(_), rest)) =
                    steps.split_first()
                else {
                    return Type::Dynamic;
                };
                let Ok(base) = self.eval(base, scope) else {
                    return Type::Dynamic;
                };
                let elements = match &base.data {
                    Data::Tuple(elements) => elements,
                    Data::List(..) | Data::Set(..) => return Type::list(Type::Dynamic),
                    _ => return Type::Dynamic,
                };
                let of = |element: &Val| {
                    self.apply(element.clone(), rest, scope)
                        .map_or(Type::Dynamic, |value| value.ty())
                };
                Type::tuple(elements.iter().map(of))
            }
            _ => Type::Dynamic,
        }
    }
}

/// One of two values, depending on something unknown.
fn either(decision: &Val, left: Val, right: Val, ty: Type) -> Val {
    if left.is_wholly_known() && right.is_wholly_known() && equality(&left, &right) == Some(true) {
        return left.marked(right.has_sensitive());
    }
    open_choice(decision, left, right, ty)
}

/// [`either`] of two values that differ, or stand in a list: there Terraform knows none of the elements, and a plan
/// shows a list with nulls in it.
fn open_choice(decision: &Val, left: Val, right: Val, ty: Type) -> Val {
    if let Some(joined) = part_by_part(decision, &left, &right) {
        return joined;
    }
    let sensitive = left.has_sensitive() || right.has_sensitive();
    let mut merged = Unknown::clone(&merge_unknowns([decision]));
    let simple = |value: &Val| {
        matches!(
            value.data,
            Data::Null(_) | Data::Bool(_) | Data::Number(_) | Data::String(_)
        )
    };
    if simple(&left) && simple(&right) && !sensitive {
        let values: Vec<Value> = vec![left.to_value(), right.to_value()];
        merged.non_null = !values.contains(&Value::Null);
        merged.domain = Some(Domain::AnyOf(values));
    } else {
        let also = merge_unknowns([&left, &right]);
        for reference in &also.refs {
            if !merged.refs.contains(reference) {
                merged.refs.push(reference.clone());
            }
        }
    }
    Val::unknown(ty, Arc::new(merged)).marked(sensitive)
}

/// One of two values that have the same parts: as many elements, or the same keys. The parts may be open while it is
/// certain which there are, and how many rules a security group gets hangs on that.
fn part_by_part(decision: &Val, left: &Val, right: &Val) -> Option<Val> {
    let sensitive = left.sensitive || right.sensitive;
    // Both sides were converted to one type, so most often their parts have one type as well.
    let alike = |(left, right): (&Val, &Val)| left.ty() == right.ty();
    let elements = |left: &[Val], right: &[Val]| -> Option<Vec<Val>> {
        let pairs = || left.iter().zip(right);
        let joined =
            pairs().map(|(left, right)| open_choice(decision, left.clone(), right.clone(), left.ty()));
        (left.len() == right.len() && pairs().all(alike)).then(|| joined.collect())
    };
    let joined = match (&left.data, &right.data) {
        (Data::List(element, left), Data::List(_, right)) => {
            Val::list(element.clone(), elements(left, right)?)
        }
        (Data::Tuple(left), Data::Tuple(right)) => Val::tuple(elements(left, right)?),
        (Data::Object(left), Data::Object(right)) => {
            if !left.keys().eq(right.keys()) || !left.values().zip(right.values()).all(alike) {
                return None;
            }
            let members = left.iter().zip(right.values()).map(|((name, left), right)| {
                let member = either(decision, left.clone(), right.clone(), left.ty());
                (name.clone(), member)
            });
            Val::object(members.collect())
        }
        _ => return None,
    };
    Some(joined.marked(sensitive))
}
