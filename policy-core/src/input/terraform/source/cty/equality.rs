//! Equality.

use super::alternatives::{agreed, text_equality};
use super::types::Type;
use super::value::{Data, Val, merge_unknowns};
use crate::value::Unknown;

/// `left == right` as a Terraform value: a bool, unknown when it depends on something unknown, marked when an operand
/// is marked.
pub(crate) fn equals(left: &Val, right: &Val) -> Val {
    let sensitive = left.has_sensitive() || right.has_sensitive();
    let decided = equality(left, right).or_else(|| agreed(left, right, equality));
    let result = match decided {
        Some(equal) => Val::bool(equal),
        None => Val::unknown(Type::Bool, merge_unknowns([left, right])),
    };
    result.marked(sensitive)
}

/// Whether two values are equal; `None` when it depends on something unknown. Marks do not matter.
///
/// Values of different types are different, except that all nulls are equal.
pub(crate) fn equality(left: &Val, right: &Val) -> Option<bool> {
    match (&left.data, &right.data) {
        // Both may still be null, and then they are equal whatever their types say.
        (Data::Unknown(..), Data::Unknown(..)) => None,
        (Data::Unknown(ty, unknown), _) => with_unknown(ty, unknown, right),
        (_, Data::Unknown(ty, unknown)) => with_unknown(ty, unknown, left),
        (Data::Null(_), Data::Null(_)) => Some(true),
        (Data::Null(_), _) | (_, Data::Null(_)) => Some(false),
        _ => {
            let (left_type, right_type) = (left.ty(), right.ty());
            if left_type != right_type {
                let undecided = left_type.could_become(&right_type) || right_type.could_become(&left_type);
                let open = undecided && (has_dynamic_unknown(left) || has_dynamic_unknown(right));
                return if open { None } else { Some(false) };
            }
            same_type(left, right)
        }
    }
}

/// Compares a known value with an unknown one of the type `ty`.
fn with_unknown(ty: &Type, unknown: &Unknown, known: &Val) -> Option<bool> {
    if known.is_null() {
        return unknown.non_null.then_some(false);
    }
    if let Some(text) = known.as_str()
        && let Some(different) = text_equality(unknown, text)
    {
        return Some(different);
    }
    let known_type = known.ty();
    let open = has_dynamic_unknown(known) && known_type.could_become(ty);
    (!ty.could_become(&known_type) && !open).then_some(false)
}

fn has_dynamic_unknown(value: &Val) -> bool {
    match &value.data {
        Data::Unknown(ty, _) => ty.has_dynamic(),
        _ => value.children().any(has_dynamic_unknown),
    }
}

/// Compares the insides of two values of one type.
fn same_type(left: &Val, right: &Val) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Unknown(..), _) | (_, Data::Unknown(..)) | (Data::Null(_), _) | (_, Data::Null(_)) => {
            equality(left, right)
        }
        (Data::Bool(left), Data::Bool(right)) => Some(left == right),
        (Data::Number(left), Data::Number(right)) => Some(left == right),
        (Data::String(left), Data::String(right)) => Some(left == right),
        (Data::Set(_, left_elements), Data::Set(_, right_elements)) => {
            if !left.is_wholly_known() || !right.is_wholly_known() {
                // Unknown elements may coincide with others, so not even the sizes can tell.
                return None;
            }
            // Both are sorted by the same order and hold no element twice.
            all(
                left_elements.len() == right_elements.len(),
                left_elements.iter().zip(right_elements),
            )
        }
        (Data::List(_, left) | Data::Tuple(left), Data::List(_, right) | Data::Tuple(right)) => {
            all(left.len() == right.len(), left.iter().zip(right))
        }
        (Data::Map(_, left) | Data::Object(left), Data::Map(_, right) | Data::Object(right)) => {
            all(left.keys().eq(right.keys()), left.values().zip(right.values()))
        }
        _ => Some(false),
    }
}

fn all<'v>(same_shape: bool, pairs: impl Iterator<Item = (&'v Val, &'v Val)>) -> Option<bool> {
    if !same_shape {
        return Some(false);
    }
    let mut result = Some(true);
    for (left, right) in pairs {
        match same_type(left, right) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => result = None,
        }
    }
    result
}
