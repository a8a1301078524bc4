//! Conversions that are asked for by name, and functions about marks.

use super::error::Failure;
use super::signature::{Call, Function, Parameter, any, returns};
use crate::input::terraform::source::cty::{Type, Val, convert, convertible};

const VALUE: Parameter = any("v").null().marks().untyped().unknown();
const ANYTHING: Parameter = any("value").null().marks().untyped().unknown();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("ephemeralasnull", &[ANYTHING], returns::first, |mut call| {
        Ok(call.take(0))
    })
    .may_be_null(),
    Function::new("issensitive", &[ANYTHING], returns::bool, is_sensitive),
    Function::new("nonsensitive", &[ANYTHING], returns::first, |mut call| {
        Ok(call.take(0).unmarked().0)
    })
    .may_be_null(),
    Function::new("sensitive", &[ANYTHING], returns::first, |mut call| {
        Ok(call.take(0).marked(true))
    })
    .may_be_null(),
    Function::new("tobool", &[VALUE], |args| converted(args, Type::Bool), to_type).may_be_null(),
    Function::new(
        "tolist",
        &[VALUE],
        |args| converted(args, Type::list(Type::Dynamic)),
        to_type,
    )
    .may_be_null(),
    Function::new(
        "tomap",
        &[VALUE],
        |args| converted(args, Type::map(Type::Dynamic)),
        to_type,
    )
    .may_be_null(),
    Function::new(
        "tonumber",
        &[VALUE],
        |args| converted(args, Type::Number),
        to_type,
    )
    .may_be_null(),
    Function::new(
        "toset",
        &[VALUE],
        |args| converted(args, Type::set(Type::Dynamic)),
        to_type,
    )
    .may_be_null(),
    Function::new(
        "tostring",
        &[VALUE],
        |args| converted(args, Type::String),
        to_type,
    )
    .may_be_null(),
];

fn is_sensitive(call: Call<'_>) -> Result<Val, Failure> {
    let Some(argument) = call.args.first() else {
        return Ok(call.unknown());
    };
    if argument.sensitive {
        return Ok(Val::bool(true));
    }
    // An unknown value may turn out to be sensitive.
    if argument.is_known() {
        Ok(Val::bool(false))
    } else {
        Ok(call.unknown())
    }
}

fn converted(args: &[Val], want: Type) -> Result<Type, Failure> {
    let have = args.first().map_or(Type::Dynamic, Val::ty);
    if convertible(&have, &want) {
        return Ok(want);
    }
    Err(Failure::argument(
        0,
        format!("cannot convert {} to {}", have.friendly(), want.friendly()),
    ))
}

fn to_type(mut call: Call<'_>) -> Result<Val, Failure> {
    let argument = call.take(0);
    let (sensitive, shown) = (argument.has_sensitive(), argument.as_str().map(str::to_owned));
    convert(argument, &call.returns).map_err(|error| {
        let wanted = call.returns.friendly();
        // The message of a sensitive value says nothing about it.
        Failure::argument(
            0,
            match shown {
                _ if sensitive => format!("cannot convert this sensitive value to {wanted}"),
                Some(text) => format!("cannot convert `{text}` to {wanted}"),
                None => format!("cannot convert to {wanted}: {error}"),
            },
        )
    })
}
