//! Copies of the rules that make up `deny` and `warn`, in a form that can be evaluated safely and one by one.
//!
//! There are two reasons not to ask the engine for `deny` itself. The first is precision: `deny` is the union of its
//! definitions, and deciding them one by one keeps an unknown value that one of them reads from clouding the others. The
//! second is a defect of the engine: when the value in a rule's head is undefined for one element of an iteration, the
//! violations found for the elements before it are lost, in silence (see `conformance`). In a copy, the value is wrapped
//! in a set comprehension, which is never undefined: `deny contains x if …` becomes `n contains {v | v := x} if …`, whose
//! elements are sets of one violation or none.

use std::ops::Range;
use std::sync::Arc;

use super::ast::{Expr, ExprKind, Head, Literal, Module, Rule};

/// The variable of the comprehension.
const VARIABLE: &str = "policy__violation";

/// The text of a module that holds only `rules`, the n-th of them under `names[n]`; `None` for heads that this cannot
/// read.
///
/// Everything else becomes blanks, so that lines (and, but for the line of the head, columns) stay what they are in the
/// original and an error in the copy points at the right place.
pub(super) fn text(module: &Module, rules: &[(&Rule, String)]) -> Option<String> {
    let original = module.source.text();
    let fixed =
        std::iter::once(&module.package_range).chain(module.imports.iter().map(|import| &import.range));
    let mut kept: Vec<(Range<usize>, String)> = Vec::new();
    for range in fixed {
        kept.push((
            range.start..range.end,
            original.get(range.start..range.end)?.to_owned(),
        ));
    }
    for (rule, name) in rules {
        let end = past_quote(original, rule.range.end);
        kept.push((rule.range.start..end, copy(original, rule, end, name)?));
    }
    kept.sort_by_key(|(range, _)| range.start);

    let mut copy = String::with_capacity(original.len());
    let mut at = 0;
    for (range, text) in kept {
        blank(original.get(at..range.start)?, &mut copy);
        copy.push_str(&text);
        at = range.end;
    }
    Some(copy)
}

/// One rule that ends at `end`, renamed, its violation wrapped.
fn copy(original: &str, rule: &Rule, end: usize, name: &str) -> Option<String> {
    let head_end = past_quote(original, rule.head_range.end);
    let before = original.get(rule.range.start..rule.name_range.start)?;
    let head = original.get(rule.name_range.end..head_end)?;
    let rest = original.get(head_end..end)?;
    let (open, violation, close) = match head.trim_start().strip_prefix("contains") {
        Some(violation) => (" contains", violation, ""),
        // The form of v0: `deny[violation]`.
        None => ("[", head.strip_prefix('[')?.strip_suffix(']')?, "]"),
    };
    Some(format!(
        "{before}{name}{open} {{{VARIABLE} | {VARIABLE} := {violation}}}{close}{rest}"
    ))
}

/// The parser leaves the closing quote out of the range of what ends with a text.
pub(super) fn past_quote(original: &str, end: usize) -> usize {
    let quoted = original
        .get(end..)
        .is_some_and(|rest| rest.starts_with(['"', '`']));
    end + usize::from(quoted)
}

/// True when `copy`, parsed from [`text`], says the same as the rules it was made from.
pub(super) fn is_faithful(copy: &Module, rules: &[(&Rule, String)]) -> bool {
    let same = |(copied, (rule, name)): (&Rule, &(&Rule, String))| {
        let violations = (unwrapped(&copied.head), violation(&rule.head));
        let (Some(copied_violation), Some(original)) = violations else {
            return false;
        };
        let says = |rule: &Rule, violation: &Expr| format!("{violation:?} {:?} {:?}", rule.bodies, rule.keys);
        says(copied, copied_violation) == says(rule, original)
            && copied.name.iter().eq([&Arc::from(name.as_str())])
    };
    let mut by_place: Vec<_> = rules.to_vec();
    by_place.sort_by_key(|(rule, _)| rule.range.start);
    copy.rules.len() == rules.len() && copy.rules.iter().zip(&by_place).all(same)
}

fn violation(head: &Head) -> Option<&Expr> {
    match head {
        Head::Set(violation) => violation.as_ref(),
        _ => None,
    }
}

/// The violation inside the comprehension of a copy.
fn unwrapped(head: &Head) -> Option<&Expr> {
    let ExprKind::SetComprehension(_, query) = &violation(head)?.kind else {
        return None;
    };
    let [statement] = &*query.statements else {
        return None;
    };
    let Literal::Expr(expr) = &statement.literal else {
        return None;
    };
    let ExprKind::Declare(_, violation) = &expr.kind else {
        return None;
    };
    Some(violation)
}

fn blank(text: &str, into: &mut String) {
    into.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
}
