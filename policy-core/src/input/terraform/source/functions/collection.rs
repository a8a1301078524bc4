//! Functions that look into lists, sets and tuples.

use std::collections::BTreeMap;

use unicode_segmentation::UnicodeSegmentation;

use super::error::Failure;
use super::signature::{Call, Function, Kind, Parameter, any, number, returns};
use crate::input::terraform::source::cty::{
    Data, Num, Type, Val, convert, equality, is_filled_text, merge_unknowns, unify,
};
use crate::value::{Domain, TextPart, Unknown, Value};

const BOOLS: Parameter = Parameter::new("list", Kind::BoolList);
const LIST: Parameter = Parameter::new("list", Kind::List);
const STRINGS: Parameter = Parameter::new("list", Kind::StringList);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("alltrue", &[BOOLS], returns::bool, |call| {
        Ok(quantified(&call, false))
    }),
    Function::new("anytrue", &[BOOLS], returns::bool, |call| {
        Ok(quantified(&call, true))
    }),
    Function::new("coalesce", &[], unified, coalesce).variadic(any("vals").null().unknown().untyped()),
    Function::new("coalescelist", &[], coalesced_list, coalesce_list)
        .variadic(any("vals").null().unknown().untyped()),
    Function::new("compact", &[STRINGS], returns::string_list, compact),
    Function::new("contains", &[any("list"), any("value")], returns::bool, contains),
    Function::new("distinct", &[LIST], returns::first, distinct),
    Function::new(
        "element",
        &[any("list").marks(), number("index")],
        element_type,
        element,
    )
    .may_be_null(),
    Function::new("index", &[any("list"), any("value")], returns::number, index_of),
    Function::new(
        "length",
        &[any("value").untyped().unknown().marks()],
        length_type,
        length,
    ),
    Function::new("one", &[any("list")], one_type, one).may_be_null(),
    Function::new(
        "matchkeys",
        &[
            Parameter::new("values", Kind::List),
            Parameter::new("keys", Kind::List),
            Parameter::new("searchset", Kind::List),
        ],
        matched_type,
        match_keys,
    ),
];

fn first(args: &[Val]) -> &Data {
    static NOTHING: Data = Data::Null(Type::Dynamic);
    args.first().map_or(&NOTHING, |argument| &argument.data)
}

/// `alltrue` stops at the first false or null, or unknown; `anytrue` looks for a true one.
fn quantified(call: &Call<'_>, wanted: bool) -> Val {
    let mut undetermined = false;
    for element in call.elements(0) {
        match &element.data {
            Data::Bool(value) if *value == wanted => {
                if wanted {
                    return Val::bool(true);
                }
                return Val::bool(false);
            }
            Data::Null(_) if !wanted => return Val::bool(false),
            Data::Unknown(..) if !wanted => return call.unknown(),
            Data::Unknown(..) => undetermined = true,
            _ => {}
        }
    }
    if undetermined {
        call.unknown()
    } else {
        Val::bool(!wanted)
    }
}

fn unified(args: &[Val]) -> Result<Type, Failure> {
    let types: Vec<Type> = args.iter().map(Val::ty).collect();
    unify(&types).ok_or_else(|| Failure::other("all arguments must have the same type"))
}

fn coalesce(mut call: Call<'_>) -> Result<Val, Failure> {
    let undecided = !call.args.iter().all(Val::is_wholly_known);
    let reason = merge_unknowns(&call.args);
    for index in 0..call.args.len() {
        let argument = call.take(index);
        let may_fail = conversion_may_fail(&argument, &call.returns);
        let Ok(argument) = convert(argument, &call.returns) else {
            // The common type depends on what untyped parts turn out to be, and then so does this conversion.
            if undecided {
                return Ok(Val::unknown(Type::Dynamic, reason));
            }
            // Terraform passes over an argument that does not convert after all.
            continue;
        };
        match &argument.data {
            Data::Unknown(_, unknown) => {
                // Unless it is certainly there and not empty, the result may be one of the values after it, and what is
                // known of this one does not hold for it.
                let unknown = match is_chosen(unknown) {
                    true => (**unknown).clone().non_null(),
                    false => (*reason).clone().non_null(),
                };
                return Ok(Val::unknown(call.returns.clone(), unknown.into()));
            }
            Data::Null(_) => {}
            Data::String(text) if text.is_empty() => {}
            // It is passed over when it turns out not to convert.
            _ if may_fail => return Ok(Val::unknown(call.returns.clone(), reason)),
            _ => return Ok(argument),
        }
    }
    Err(Failure::other("every argument is null or an empty string"))
}

/// True when an unknown text inside a known value has to become a bool or a number.
fn conversion_may_fail(value: &Val, ty: &Type) -> bool {
    match (&value.data, ty) {
        (Data::Unknown(Type::String, _), Type::Bool | Type::Number) => true,
        (_, Type::List(element) | Type::Set(element) | Type::Map(element)) => {
            value.children().any(|child| conversion_may_fail(child, element))
        }
        (Data::Tuple(_), Type::Tuple(elements)) => value
            .children()
            .zip(elements.iter())
            .any(|(child, element)| conversion_may_fail(child, element)),
        (Data::Object(members), Type::Object(attributes)) => members.iter().any(|(name, child)| {
            attributes
                .get(name)
                .is_some_and(|attribute| conversion_may_fail(child, &attribute.ty))
        }),
        _ => false,
    }
}

/// True when an unknown value is neither null nor an empty string.
fn is_chosen(unknown: &Unknown) -> bool {
    let empty = |value: &Value| *value == Value::Null || value.as_str() == Some("");
    match &unknown.domain {
        Some(Domain::AnyOf(values)) => !values.iter().any(empty),
        Some(Domain::Bool) => unknown.non_null,
        None => unknown.non_null && (is_filled_text(unknown) || unknown.text.contains(&TextPart::Identity)),
    }
}

fn coalesced_list(args: &[Val]) -> Result<Type, Failure> {
    let Some(head) = args.first() else {
        return Err(Failure::other("at least one argument is required"));
    };
    for argument in args {
        if !argument.is_known() {
            return Ok(Type::Dynamic);
        }
        if !matches!(argument.ty(), Type::List(_) | Type::Tuple(_)) {
            return Err(Failure::other("all arguments must be lists or tuples"));
        }
    }
    let ty = head.ty();
    Ok(if args.iter().all(|argument| argument.ty() == ty) {
        ty
    } else {
        Type::Dynamic
    })
}

fn coalesce_list(mut call: Call<'_>) -> Result<Val, Failure> {
    for index in 0..call.args.len() {
        let argument = call.take(index);
        if let Data::Unknown(_, unknown) = &argument.data {
            let unknown = (**unknown).clone().non_null();
            return Ok(Val::unknown(call.returns.clone(), unknown.into()));
        }
        if argument
            .as_sequence()
            .is_some_and(|elements| !elements.is_empty())
        {
            return Ok(argument);
        }
    }
    Err(Failure::other("every argument is null or empty"))
}

fn compact(call: Call<'_>) -> Result<Val, Failure> {
    if !call.args.iter().all(Val::is_wholly_known) {
        return Ok(call.unknown());
    }
    let kept = call
        .elements(0)
        .iter()
        .filter(|element| element.as_str().is_some_and(|text| !text.is_empty()));
    Ok(Val::list(Type::String, kept.cloned().collect()))
}

fn contains(call: Call<'_>) -> Result<Val, Failure> {
    let [list, wanted] = call.args.as_slice() else {
        return Ok(call.unknown());
    };
    let Some(elements) = list.as_sequence() else {
        return Err(Failure::other("argument must be list, tuple, or set"));
    };
    let mut undetermined = false;
    for element in elements {
        match equality(wanted, element) {
            Some(true) => return Ok(Val::bool(true)),
            Some(false) => {}
            None => undetermined = true,
        }
    }
    Ok(if undetermined {
        call.unknown()
    } else {
        Val::bool(false)
    })
}

fn distinct(mut call: Call<'_>) -> Result<Val, Failure> {
    if !call.args.iter().all(Val::is_wholly_known) {
        return Ok(call.unknown());
    }
    let Data::List(element, values) = call.take(0).data else {
        return Ok(call.unknown());
    };
    // Equal values have the same text; only those are compared, so that long lists stay fast.
    let mut seen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut kept: Vec<Val> = Vec::new();
    for value in values {
        let same = seen.entry(format!("{value:?}")).or_default();
        let repeated = same.iter().any(|index| {
            kept.get(*index)
                .is_some_and(|other| equality(other, &value) == Some(true))
        });
        if !repeated {
            same.push(kept.len());
            kept.push(value);
        }
    }
    Ok(Val::list(element, kept))
}

/// Positions wrap around. Negative ones count from the end of a list; of a tuple, Terraform 1.11 accepts only those
/// that are a multiple of its length.
fn element_position(args: &[Val], length: usize, tuple: bool) -> Result<usize, Failure> {
    let index = args
        .get(1)
        .and_then(Val::as_number)
        .cloned()
        .unwrap_or_else(|| Num::from_length(0));
    let index = super::signature::whole(&index).map_err(|message| Failure::argument(1, message))?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    if length == 0 {
        return Err(Failure::other("an empty list has no elements"));
    }
    if tuple && index % length < 0 {
        return Err(Failure::argument(
            1,
            "must not be negative for a tuple; convert it with `tolist`",
        ));
    }
    Ok(usize::try_from(index.rem_euclid(length)).unwrap_or_default())
}

fn element_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(Type::List(element)) => Ok(Type::clone(&element)),
        Some(Type::Tuple(elements)) => {
            if !args.get(1).is_some_and(Val::is_known) {
                return Ok(Type::Dynamic);
            }
            let position = element_position(args, elements.len(), true)?;
            Ok(elements.get(position).cloned().unwrap_or(Type::Dynamic))
        }
        Some(other) => Err(Failure::other(format!(
            "{} has no elements by position",
            other.friendly()
        ))),
        None => Ok(Type::Dynamic),
    }
}

fn element(call: Call<'_>) -> Result<Val, Failure> {
    let sensitive = call.args.first().is_some_and(|list| list.sensitive);
    let elements = call.elements(0);
    let tuple = matches!(first(&call.args), Data::Tuple(_));
    let position = element_position(&call.args, elements.len(), tuple)?;
    match elements.get(position) {
        Some(element) => Ok(element.clone().marked(sensitive)),
        None => Ok(call.unknown()),
    }
}

fn index_of(call: Call<'_>) -> Result<Val, Failure> {
    let [list, wanted] = call.args.as_slice() else {
        return Ok(call.unknown());
    };
    let elements = match &list.data {
        Data::List(_, elements) | Data::Tuple(elements) => elements,
        _ => return Err(Failure::other("argument must be a list or tuple")),
    };
    for (position, element) in elements.iter().enumerate() {
        match equality(element, wanted) {
            Some(true) => return Ok(Val::length(position)),
            Some(false) => {}
            None => return Ok(call.unknown()),
        }
    }
    Err(Failure::other(if elements.is_empty() {
        "the list is empty"
    } else {
        "the list has no such element"
    }))
}

fn length_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(ty @ (Type::Bool | Type::Number)) => Err(Failure::argument(
            0,
            format!(
                "a string, collection or structure is required, not {}",
                ty.friendly()
            ),
        )),
        _ => Ok(Type::Number),
    }
}

fn length(call: Call<'_>) -> Result<Val, Failure> {
    let Some(argument) = call.args.first() else {
        return Ok(call.unknown());
    };
    let sensitive = argument.sensitive;
    let length = match &argument.data {
        Data::Unknown(Type::Tuple(elements), _) => Val::length(elements.len()),
        Data::Unknown(Type::Object(attributes), _) => Val::length(attributes.len()),
        // Unknown elements may turn out to be equal to others.
        Data::Set(..) if !argument.has_certain_length() => call.unknown(),
        Data::String(text) => Val::length(text.graphemes(true).count()),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
            Val::length(elements.len())
        }
        Data::Map(_, elements) | Data::Object(elements) => Val::length(elements.len()),
        _ => call.unknown(),
    };
    Ok(length.marked(sensitive))
}

fn one_type(args: &[Val]) -> Result<Type, Failure> {
    let wrong = || Failure::argument(0, "must be a list, set or tuple of no or one element");
    match args.first().map(Val::ty) {
        Some(Type::List(element) | Type::Set(element)) => Ok(Type::clone(&element)),
        Some(Type::Tuple(elements)) if elements.len() < 2 => {
            Ok(elements.first().cloned().unwrap_or(Type::Dynamic))
        }
        _ => Err(wrong()),
    }
}

fn one(call: Call<'_>) -> Result<Val, Failure> {
    match call.elements(0) {
        [] => Ok(Val::null(call.returns.clone())),
        [only] => Ok(only.clone()),
        _ if !call.args.iter().all(Val::has_certain_length) => Ok(call.unknown()),
        _ => Err(Failure::argument(
            0,
            "must be a list, set or tuple of no or one element",
        )),
    }
}

fn matched_type(args: &[Val]) -> Result<Type, Failure> {
    let types: Vec<Type> = args.iter().skip(1).map(Val::ty).collect();
    if unify(&types).is_none() {
        return Err(Failure::other(
            "the keys and the searched set must have the same type",
        ));
    }
    returns::first(args)
}

fn match_keys(mut call: Call<'_>) -> Result<Val, Failure> {
    let types: Vec<Type> = call.args.iter().skip(1).map(Val::ty).collect();
    let common = unify(&types).unwrap_or(Type::Dynamic);
    if call.elements(0).len() != call.elements(1).len() {
        return Err(Failure::other("there must be as many keys as values"));
    }
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    if call.elements(2).is_empty() {
        return Ok(Val::list(element, Vec::new()));
    }
    let decided = call.args.iter().take(2).all(Val::is_wholly_known);
    if !decided {
        return Ok(call.unknown());
    }
    let searched = convert(call.take(2), &common)?;
    let keys = convert(call.take(1), &common)?;
    let values = call.elements(0);
    let mut matched = Vec::new();
    for (key, value) in keys.as_sequence().unwrap_or_default().iter().zip(values) {
        for wanted in searched.as_sequence().unwrap_or_default() {
            match equality(key, wanted) {
                Some(true) => {
                    matched.push(value.clone());
                    break;
                }
                Some(false) => {}
                // Terraform answers with an empty list here and a plan then shows that; later it may be another.
                None => return Ok(Val::unknown(call.returns.clone(), merge_unknowns([&searched]))),
            }
        }
    }
    Ok(Val::list(element, matched))
}
