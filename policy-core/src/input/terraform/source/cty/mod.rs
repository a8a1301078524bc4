//! Terraform's types and values.
//!
//! Terraform's language computes on its own type system (dynamic typing with exact conversions, unknown values with
//! types, marks for sensitive values). What it decides — the type of `[1, "a"]`, the order of a set, whether an unknown
//! makes a result unknown — decides what a plan contains, so it is modelled here type by type and held against
//! `terraform console` by the tests of [`super::functions`].

mod alternatives;
mod convert;
mod decimal;
mod equality;
mod number;
mod order;
mod shared;
#[cfg(test)]
mod tests;
mod types;
mod unify;
mod value;

pub(crate) use alternatives::{agreed, is_filled_text, known_prefix, or_default, without_null};
pub(crate) use convert::{ConversionError, convert, convertible};
pub(crate) use decimal::Decimal;
pub(crate) use equality::{equality, equals};
pub(crate) use number::{Num, NumberError};
pub(crate) use order::set_order;
pub(crate) use shared::{Elements, text_made, values_alive};
pub(crate) use types::{Attribute, Type};
pub(crate) use unify::unify;
pub(crate) use value::{Data, Val, merge_unknowns, normalized};
