//! Functions on maps, objects and sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::Failure;
use super::signature::{Call, Function, Kind, Parameter, any, string};
use crate::input::terraform::source::cty::{
    Attribute, Data, Type, Val, convert, equality, merge_unknowns, normalized, unify,
};

const FIRST_SET: Parameter = Parameter::new("first_set", Kind::Set).untyped();
const OTHER_SETS: Parameter = Parameter::new("other_sets", Kind::Set).untyped();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("keys", &[any("inputMap").unknown().marks()], keys_type, keys),
    Function::new(
        "lookup",
        &[any("inputMap").marks().unknown(), string("key").marks().unknown()],
        lookup_type,
        lookup,
    )
    .variadic(any("default").null().unknown().untyped().marks())
    .may_be_null(),
    Function::new("merge", &[], merged_type, merge).variadic(any("maps").null().untyped().marks()),
    Function::new("setintersection", &[FIRST_SET], set_type, |call| {
        set_operation(call, false, kept_if_common)
    })
    .variadic(OTHER_SETS),
    Function::new("setproduct", &[], product_type, product).variadic(any("sets").marks().unknown()),
    Function::new(
        "setsubtract",
        &[
            Parameter::new("a", Kind::Set).untyped(),
            Parameter::new("b", Kind::Set).untyped(),
        ],
        set_type,
        |call| set_operation(call, false, kept_unless_common),
    ),
    Function::new("setunion", &[FIRST_SET], set_type, |call| {
        set_operation(call, true, |mut left, right| {
            left.extend(right);
            left
        })
    })
    .variadic(OTHER_SETS),
    Function::new(
        "transpose",
        &[Parameter::new("values", Kind::StringListMap)],
        |_| Ok(Type::map(Type::list(Type::String))),
        transpose,
    ),
    Function::new("values", &[any("mapping").marks()], values_type, values),
    Function::new(
        "zipmap",
        &[
            Parameter::new("keys", Kind::StringList).marks(),
            any("values").marks(),
        ],
        zipped_type,
        zip,
    ),
];

type Entries = BTreeMap<Arc<str>, Val>;

fn not_a_map(ty: &Type) -> Failure {
    Failure::argument(0, format!("must be a map or object, not {}", ty.friendly()))
}

fn keys_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(Type::Map(_)) => Ok(Type::list(Type::String)),
        Some(Type::Object(attributes)) => Ok(Type::tuple(vec![Type::String; attributes.len()])),
        Some(other) => Err(not_a_map(&other)),
        None => Ok(Type::Dynamic),
    }
}

fn keys(mut call: Call<'_>) -> Result<Val, Failure> {
    let argument = call.take(0);
    let sensitive = argument.sensitive;
    let strings = |names: Vec<&Arc<str>>| {
        names
            .into_iter()
            .map(|name| Data::String(name.clone()).into())
            .collect()
    };
    let keys = match &argument.data {
        Data::Map(_, elements) => Val::list(Type::String, strings(elements.keys().collect())),
        Data::Object(attributes) => Val::tuple(strings(attributes.keys().collect())),
        // The names are part of the type.
        Data::Unknown(Type::Object(attributes), _) => Val::tuple(strings(attributes.keys().collect())),
        _ => Val::unknown(
            call.returns.clone(),
            (*merge_unknowns([&argument])).clone().non_null().into(),
        ),
    };
    Ok(keys.marked(sensitive))
}

fn lookup_type(args: &[Val]) -> Result<Type, Failure> {
    if args.len() > 3 {
        return Err(Failure::other("takes two or three arguments"));
    }
    let Some(map) = args.first() else {
        return Ok(Type::Dynamic);
    };
    match map.ty() {
        Type::Object(attributes) => {
            let Some(key) = args.get(1).and_then(Val::as_str) else {
                return Ok(Type::Dynamic);
            };
            match (attributes.get(key), args.get(2)) {
                (Some(attribute), _) => Ok(attribute.ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => Err(Failure::argument(
                    0,
                    format!("has no attribute {}", shown_key(args)),
                )),
            }
        }
        Type::Map(element) => {
            if let Some(default) = args.get(2) {
                convert(default.clone(), &element).map_err(|_| {
                    Failure::argument(2, "must have the same type as the elements of the map")
                })?;
            }
            Ok(Type::clone(&element))
        }
        other => Err(not_a_map(&other)),
    }
}

/// The key for a message, unless it is a secret.
fn shown_key(args: &[Val]) -> String {
    match args.get(1) {
        Some(key) if !key.sensitive => format!("`{}`", key.as_str().unwrap_or_default()),
        _ => "with this sensitive name".to_owned(),
    }
}

fn lookup(mut call: Call<'_>) -> Result<Val, Failure> {
    let sensitive = call.args.iter().take(2).any(|argument| argument.sensitive);
    if call.args.iter().take(2).any(|argument| !argument.is_known()) {
        let unknown = merge_unknowns(call.args.iter().take(2));
        return Ok(Val::unknown(call.returns.clone(), unknown).marked(sensitive));
    }
    let found = call
        .args
        .first()
        .and_then(Val::as_mapping)
        .and_then(|elements| elements.get(call.text(1)));
    if let Some(found) = found {
        return Ok(found.clone().marked(sensitive));
    }
    if call.args.len() == 3 {
        let default = call.take(2);
        return Ok(convert(default, &call.returns)?.marked(sensitive));
    }
    Err(Failure::other(format!(
        "the map has no element {}",
        shown_key(&call.args)
    )))
}

fn merged_type(args: &[Val]) -> Result<Type, Failure> {
    let Some(first) = args.first() else {
        return Ok(Type::object::<Arc<str>>([]));
    };
    let first = first.ty();
    let mut attributes: BTreeMap<Arc<str>, Attribute> = BTreeMap::new();
    let (mut same, mut complete) = (true, true);
    for (index, argument) in args.iter().enumerate() {
        let ty = argument.ty();
        match (&ty, &argument.data) {
            (Type::Dynamic, _) => return Ok(Type::Dynamic),
            (Type::Object(_) | Type::Map(_), Data::Null(_)) => {}
            (Type::Object(own), _) => attributes.extend((**own).clone()),
            (Type::Map(element), Data::Map(_, elements)) => {
                let own = elements
                    .keys()
                    .map(|key| (key.clone(), Attribute::required((**element).clone())));
                attributes.extend(own);
            }
            // An unknown map has keys that nobody knows yet.
            (Type::Map(_), _) => complete = false,
            _ => {
                let message = format!("must be a map or object, not {}", ty.friendly());
                return Err(Failure::argument(index, message));
            }
        }
        same &= ty == first;
    }
    Ok(match (same, complete) {
        (true, _) => first,
        (false, true) => Type::constraint(attributes),
        (false, false) => Type::Dynamic,
    })
}

fn merge(mut call: Call<'_>) -> Result<Val, Failure> {
    let mut merged = Entries::new();
    let mut sensitive = false;
    for index in 0..call.args.len() {
        let argument = call.take(index);
        sensitive |= argument.sensitive;
        if argument.is_null() {
            continue;
        }
        match argument.data {
            Data::Map(_, elements) | Data::Object(elements) => merged.extend(elements),
            // Behind an untyped null the types are not checked; Terraform stumbles over the first element only.
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements)
                if elements.is_empty() => {}
            _ => return Err(Failure::argument(index, "must be a map or object")),
        }
    }
    let merged = match &call.returns {
        Type::Map(element) => Val::map((**element).clone(), merged),
        _ => Val::object(merged),
    };
    Ok(merged.marked(sensitive))
}

fn set_type(args: &[Val]) -> Result<Type, Failure> {
    let elements: Vec<Type> = args
        .iter()
        // An empty set of any type fits every other.
        .filter(|set| !matches!(&set.data, Data::Set(Type::Dynamic, elements) if elements.is_empty()))
        .map(|set| set.ty().element().cloned().unwrap_or(Type::Dynamic))
        .collect();
    if elements.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    unify(&elements)
        .map(Type::set)
        .ok_or_else(|| Failure::other("the elements of all sets must have compatible types"))
}

fn is_in(value: &Val, sorted: &BTreeMap<String, Vec<Val>>) -> bool {
    sorted.get(&format!("{value:?}")).is_some_and(|candidates| {
        candidates
            .iter()
            .any(|other| equality(other, value) == Some(true))
    })
}

fn by_text(values: Vec<Val>) -> BTreeMap<String, Vec<Val>> {
    let mut sorted: BTreeMap<String, Vec<Val>> = BTreeMap::new();
    for value in values {
        sorted.entry(format!("{value:?}")).or_default().push(value);
    }
    sorted
}

fn kept_if_common(left: Vec<Val>, right: Vec<Val>) -> Vec<Val> {
    let right = by_text(right);
    left.into_iter().filter(|value| is_in(value, &right)).collect()
}

fn kept_unless_common(left: Vec<Val>, right: Vec<Val>) -> Vec<Val> {
    let right = by_text(right);
    left.into_iter().filter(|value| !is_in(value, &right)).collect()
}

fn set_operation(
    mut call: Call<'_>,
    takes_unknown: bool,
    combine: fn(Vec<Val>, Vec<Val>) -> Vec<Val>,
) -> Result<Val, Failure> {
    // An unknown element may be equal to any other; only a union does not mind.
    if !takes_unknown && !call.args.iter().all(Val::is_wholly_known) {
        return Ok(call.unknown());
    }
    let mut result: Option<Vec<Val>> = None;
    for index in 0..call.args.len() {
        let set = convert(call.take(index), &call.returns)
            .map_err(|error| Failure::argument(index, error.to_string()))?;
        let Data::Set(_, elements) = set.data else {
            return Ok(call.unknown());
        };
        result = Some(match result {
            None => elements.into_inner(),
            Some(left) => combine(left, elements.into_inner()),
        });
    }
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    Ok(Val::set(element, result.unwrap_or_default()))
}

fn product_type(args: &[Val]) -> Result<Type, Failure> {
    if args.len() < 2 {
        return Err(Failure::other("at least two arguments are required"));
    }
    let mut elements = Vec::with_capacity(args.len());
    let mut ordered = true;
    for (index, argument) in args.iter().enumerate() {
        elements.push(match argument.ty() {
            Type::Set(element) => {
                ordered = false;
                Type::clone(&element)
            }
            Type::List(element) => Type::clone(&element),
            Type::Tuple(parts) if parts.is_empty() => Type::Dynamic,
            Type::Tuple(parts) => unify(&parts)
                .ok_or_else(|| Failure::argument(index, "all elements must have the same type"))?,
            other => {
                let message = format!("must be a list, set or tuple, not {}", other.friendly());
                return Err(Failure::argument(index, message));
            }
        });
    }
    let tuple = Type::tuple(elements);
    Ok(if ordered {
        Type::list(tuple)
    } else {
        Type::set(tuple)
    })
}

/// More combinations than any configuration has; computing them would take memory without bound.
const LARGEST_PRODUCT: usize = 100_000;

fn product(mut call: Call<'_>) -> Result<Val, Failure> {
    let sensitive = call.args.iter().any(|argument| argument.sensitive);
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    if !call.args.iter().all(Val::has_certain_length) {
        return Ok(call.unknown().marked(sensitive));
    }
    let mut total = 1_usize;
    for argument in &call.args {
        total = total.saturating_mul(argument.as_sequence().map_or(0, <[Val]>::len));
    }
    if total > LARGEST_PRODUCT {
        return Err(Failure::TooLarge(format!(
            "makes more than {LARGEST_PRODUCT} combinations"
        )));
    }
    let wanted = match &element {
        Type::Tuple(elements) => (**elements).clone(),
        _ => Vec::new(),
    };
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for (index, ty) in wanted.iter().enumerate() {
        let mut elements = Vec::new();
        for value in call.elements(index) {
            elements.push(
                convert(value.clone(), ty).map_err(|error| Failure::argument(index, error.to_string()))?,
            );
        }
        rows = rows
            .into_iter()
            .flat_map(|row| {
                elements.iter().map(move |value| {
                    let mut row = row.clone();
                    row.push(value.clone());
                    row
                })
            })
            .collect();
    }
    let rows: Vec<Val> = rows.into_iter().map(Val::tuple).collect();
    let _taken = call.take(0);
    // With element types that are not known, each tuple shows its own.
    let element = match rows.first() {
        Some(row) if element.has_dynamic() => row.ty(),
        _ => element,
    };
    if wanted.iter().any(Type::has_dynamic) && rows.iter().any(|row| row.ty() != element) {
        return Err(Failure::other(
            "the elements of each argument must have the same type",
        ));
    }
    let result = match &call.returns {
        Type::List(_) => Val::list(element, rows),
        _ => Val::set(element, rows),
    };
    Ok(result.marked(sensitive))
}

fn transpose(call: Call<'_>) -> Result<Val, Failure> {
    let Some(argument) = call.args.first().filter(|argument| argument.is_wholly_known()) else {
        return Ok(call.unknown());
    };
    let mut transposed: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    let mut repeated: BTreeMap<(Arc<str>, Arc<str>), usize> = BTreeMap::new();
    for (key, list) in argument.as_mapping().into_iter().flatten() {
        let Some(texts) = list.as_sequence() else {
            return Err(Failure::argument(0, format!("element `{key}` is null")));
        };
        for text in texts {
            let Some(text) = text.as_str() else {
                return Err(Failure::argument(
                    0,
                    format!("element `{key}` has a null element"),
                ));
            };
            let text = normalized(text);
            *repeated.entry((text.clone(), key.clone())).or_default() += 1;
            transposed.entry(text).or_default().insert(key.clone());
        }
    }
    let lists = transposed.into_iter().map(|(text, keys)| {
        let times = |key: &Arc<str>| repeated.get(&(text.clone(), key.clone())).copied().unwrap_or(1);
        let keys = keys
            .iter()
            .flat_map(|key| std::iter::repeat_n(Val::string(key), times(key)))
            .collect();
        (text.clone(), Val::list(Type::String, keys))
    });
    Ok(Val::map(Type::list(Type::String), lists.collect()))
}

fn values_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(Type::Map(element)) => Ok(Type::List(element)),
        Some(Type::Object(attributes)) => Ok(Type::tuple(
            attributes.values().map(|attribute| attribute.ty.clone()),
        )),
        Some(other) => Err(not_a_map(&other)),
        None => Ok(Type::Dynamic),
    }
}

fn values(mut call: Call<'_>) -> Result<Val, Failure> {
    let Val { data, sensitive } = call.take(0);
    let values = match data {
        Data::Map(element, elements) => Val::list(element, elements.into_inner().into_values().collect()),
        Data::Object(attributes) => Val::tuple(attributes.into_inner().into_values().collect()),
        _ => call.unknown(),
    };
    Ok(values.marked(sensitive))
}

fn zipped_type(args: &[Val]) -> Result<Type, Failure> {
    let [keys, values] = args else {
        return Ok(Type::Dynamic);
    };
    match values.ty() {
        Type::List(element) => Ok(Type::Map(element)),
        Type::Tuple(elements) => {
            if !keys.is_wholly_known() {
                return Ok(Type::Dynamic);
            }
            let keys = keys.as_sequence().unwrap_or_default();
            check_lengths(keys.len(), elements.len())?;
            let mut attributes = Vec::with_capacity(keys.len());
            for (position, (key, ty)) in keys.iter().zip(elements.iter()).enumerate() {
                let Data::String(key) = &key.data else {
                    return Err(Failure::argument(0, format!("key {position} is null")));
                };
                attributes.push((key.clone(), ty.clone()));
            }
            Ok(Type::object(attributes))
        }
        other => Err(Failure::argument(
            1,
            format!("must be a list or tuple, not {}", other.friendly()),
        )),
    }
}

fn check_lengths(keys: usize, values: usize) -> Result<(), Failure> {
    if keys == values {
        return Ok(());
    }
    Err(Failure::other(format!(
        "there are {keys} keys and {values} values; there must be as many of each"
    )))
}

fn zip(mut call: Call<'_>) -> Result<Val, Failure> {
    let sensitive = call.args.iter().any(|argument| argument.sensitive);
    let keys = call.take(0);
    if !keys.is_wholly_known() {
        let unknown = (*merge_unknowns([&keys])).clone().non_null();
        return Ok(Val::unknown(call.returns.clone(), unknown.into()).marked(sensitive));
    }
    let (Data::List(_, values) | Data::Tuple(values)) = call.take(1).data else {
        return Ok(call.unknown());
    };
    let keys = keys.as_sequence().unwrap_or_default();
    check_lengths(keys.len(), values.len())?;
    let mut zipped = Entries::new();
    let mut sensitive = sensitive;
    for (position, (key, value)) in keys.iter().zip(values).enumerate() {
        let Data::String(text) = &key.data else {
            return Err(Failure::argument(0, format!("key {position} is null")));
        };
        sensitive |= key.sensitive;
        zipped.insert(text.clone(), value);
    }
    let zipped = match &call.returns {
        Type::Map(element) => Val::map((**element).clone(), zipped),
        _ => Val::object(zipped),
    };
    Ok(zipped.marked(sensitive))
}
