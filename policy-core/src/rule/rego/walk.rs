//! Every statement of a rule, wherever it stands: in a body, in an `every`, in a comprehension.

use super::ast::{Expr, ExprKind, Head, Literal, Query, Rule, Statement};

/// Calls `visit` for every statement of `rule`, outer ones first.
pub(super) fn statements<'r>(rule: &'r Rule, visit: &mut dyn FnMut(&'r Statement)) {
    if let Some(value) = head_value(rule) {
        expr(value, visit);
    }
    for body in &rule.bodies {
        if let Some(value) = &body.value {
            expr(value, visit);
        }
        query(&body.query, visit);
    }
}

/// The value in the head of a rule.
pub(super) fn head_value(rule: &Rule) -> Option<&Expr> {
    match &rule.head {
        Head::Value(value) | Head::Set(value) | Head::Function(_, value) => value.as_ref(),
        Head::Default(value) => Some(value),
    }
}

fn query<'r>(found: &'r Query, visit: &mut dyn FnMut(&'r Statement)) {
    for statement in &found.statements {
        visit(statement);
        match &statement.literal {
            Literal::Some(_) => {}
            Literal::SomeIn {
                key,
                value,
                collection,
            } => key
                .iter()
                .chain([value, collection])
                .for_each(|part| expr(part, visit)),
            Literal::Expr(inner) | Literal::Not(inner) => expr(inner, visit),
            Literal::Every {
                domain, query: inner, ..
            } => {
                expr(domain, visit);
                query(inner, visit);
            }
        }
    }
}

fn expr<'r>(found: &'r Expr, visit: &mut dyn FnMut(&'r Statement)) {
    match &found.kind {
        ExprKind::Literal(_) | ExprKind::Var(_) => {}
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| expr(item, visit)),
        ExprKind::Object(fields) => fields.iter().for_each(|(key, value)| {
            expr(key, visit);
            expr(value, visit);
        }),
        ExprKind::ArrayComprehension(term, inner) | ExprKind::SetComprehension(term, inner) => {
            expr(term, visit);
            query(inner, visit);
        }
        ExprKind::ObjectComprehension(key, value, inner) => {
            expr(key, visit);
            expr(value, visit);
            query(inner, visit);
        }
        ExprKind::Call(function, arguments) => {
            expr(function, visit);
            arguments.iter().for_each(|argument| expr(argument, visit));
        }
        ExprKind::Negative(inner) => expr(inner, visit),
        ExprKind::Index(left, right)
        | ExprKind::Operator(left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::Declare(left, right)
        | ExprKind::Unify(left, right) => {
            expr(left, visit);
            expr(right, visit);
        }
        ExprKind::Membership {
            key,
            value,
            collection,
        } => key
            .iter()
            .chain([value, collection])
            .for_each(|part| expr(part, visit)),
    }
}
