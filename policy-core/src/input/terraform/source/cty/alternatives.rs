//! What is known of values that are not known: what stands for null, which values are left, how a text begins.

use std::sync::Arc;

use super::types::Type;
use super::value::{Data, Val, merge_unknowns};
use crate::value::{Domain, TextPart, Unknown, Value};

/// How many combinations of values are tried before a comparison is given up as unknown.
const MAX_COMBINATIONS: usize = 64;

/// The value, or `default` where it is null. Of an unknown value null is one of the possibilities, and then the default
/// is: what may be left unset must not keep a list of values that leaves out the one it gets.
pub(crate) fn or_default(value: Val, default: &Val) -> Val {
    let unknown = match &value.data {
        Data::Null(_) => return default.clone().marked(value.sensitive),
        Data::Unknown(_, unknown) if !unknown.non_null || may_be_null(unknown) => unknown,
        _ => return value,
    };
    let simple = matches!(default.data, Data::Bool(_) | Data::Number(_) | Data::String(_));
    let mut open = Unknown::clone(unknown);
    open.non_null = !default.is_null() && (default.is_known() || non_null(default));
    open.domain = match open.domain.take() {
        Some(Domain::AnyOf(values)) if simple && !default.has_sensitive() => {
            let replaced = values.into_iter().map(|value| match value {
                Value::Null => default.to_value(),
                value => value,
            });
            Some(Domain::AnyOf(replaced.collect()))
        }
        _ => None,
    };
    for reference in &merge_unknowns([default]).refs {
        if !open.refs.contains(reference) {
            open.refs.push(reference.clone());
        }
    }
    let sensitive = value.sensitive || default.has_sensitive();
    Val::unknown(value.ty(), Arc::new(open)).marked(sensitive)
}

/// The unknown value as it is where null does not stand for itself: the provider or a function puts something else
/// there, of which nothing is known.
pub(crate) fn without_null(value: Val) -> Val {
    match &value.data {
        Data::Unknown(ty, unknown) if may_be_null(unknown) => {
            let mut open = Unknown::clone(unknown);
            open.domain = None;
            Val::unknown(ty.clone(), Arc::new(open)).marked(value.sensitive)
        }
        _ => value,
    }
}

fn may_be_null(unknown: &Unknown) -> bool {
    matches!(&unknown.domain, Some(Domain::AnyOf(values)) if values.contains(&Value::Null))
}

fn non_null(value: &Val) -> bool {
    value.as_unknown().is_some_and(|unknown| unknown.non_null)
}

/// True when an unknown text certainly holds at least one character.
pub(crate) fn is_filled_text(unknown: &Unknown) -> bool {
    unknown
        .text
        .iter()
        .any(|part| matches!(part, TextPart::Known(text) if !text.is_empty()))
}

/// What an unknown text certainly begins with. The last character is left out unless nothing that follows could combine
/// with it, since texts are kept in a normal form.
pub(crate) fn known_prefix(unknown: &Unknown) -> &str {
    let Some(TextPart::Known(text)) = unknown.text.first() else {
        return "";
    };
    let last = text.chars().next_back().unwrap_or_default();
    if last.is_ascii_digit() || "-_./:, ".contains(last) {
        return text;
    }
    // A combination may reach back over several characters that are no ASCII; after an ASCII one it starts anew.
    let end = text
        .char_indices()
        .rev()
        .find(|(_, c)| c.is_ascii())
        .map_or(0, |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// Whether an unknown text and a known one are equal, as far as its known parts tell.
pub(super) fn text_equality(unknown: &Unknown, known: &str) -> Option<bool> {
    let apart = !known.starts_with(known_prefix(unknown)) || (known.is_empty() && is_filled_text(unknown));
    apart.then_some(false)
}

/// The values that a value can take, when they are known and few. A secret tells nothing.
fn alternatives(value: &Val) -> Option<Vec<Val>> {
    if value.has_sensitive() {
        return None;
    }
    if value.is_wholly_known() {
        return Some(vec![value.clone()]);
    }
    let (Data::Unknown(ty, unknown), false) = (&value.data, value.sensitive) else {
        return None;
    };
    let Some(Domain::AnyOf(values)) = &unknown.domain else {
        return None;
    };
    let typed = |value: &Value| super::convert::convert(Val::from_value(value), ty).ok();
    let exact = |ty: &Type| matches!(ty, Type::Bool | Type::Number | Type::String);
    exact(ty).then(|| values.iter().map(typed).collect())?
}

/// What an operation on two values makes of all the values that they can take, when that is always the same.
pub(crate) fn agreed(left: &Val, right: &Val, result: impl Fn(&Val, &Val) -> Option<bool>) -> Option<bool> {
    let (lefts, rights) = (alternatives(left)?, alternatives(right)?);
    if lefts.len().saturating_mul(rights.len()) > MAX_COMBINATIONS {
        return None;
    }
    let mut agreed = None;
    for left in &lefts {
        for right in &rights {
            let one = result(left, right)?;
            if *agreed.get_or_insert(one) != one {
                return None;
            }
        }
    }
    agreed
}
