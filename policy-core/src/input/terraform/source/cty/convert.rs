//! Conversions between types.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::number::Num;
use super::types::{Attribute, Type};
use super::unify::unify_all;
use super::value::{Data, Val, merge_unknowns};
use crate::value::{AttributePath, Unknown};

/// Why a value does not convert to a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConversionError {
    /// Where in the value.
    path: AttributePath,
    message: Cow<'static, str>,
}

impl ConversionError {
    fn new(path: &AttributePath, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: path.clone(),
            message: message.into(),
        }
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "at `{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConversionError {}

/// Converts a value to a type. Unknown and null values become unknown and null values of that type; marks stay.
///
/// # Errors
/// [`ConversionError`] when the types have no conversion, or this value does not fit (`"x"` to number).
pub(crate) fn convert(value: Val, want: &Type) -> Result<Val, ConversionError> {
    if *want == Type::Dynamic {
        return Ok(value);
    }
    let have = value.ty();
    if have == *want {
        return Ok(value);
    }
    let root = AttributePath::root();
    if !convertible(&have, want) {
        return Err(ConversionError::new(&root, mismatch(&have, want)));
    }
    apply(value, want, &root)
}

/// True when a conversion exists, also one that depends on the value (string to number).
pub(crate) fn convertible(from: &Type, to: &Type) -> bool {
    if from == to {
        return true;
    }
    match (from, to) {
        (_, Type::Dynamic) | (Type::Dynamic, _) => true,
        (Type::Bool | Type::Number, Type::String) | (Type::String, Type::Bool | Type::Number) => true,
        (Type::Object(from), Type::Object(to)) => to.iter().all(|(name, attribute)| match from.get(name) {
            Some(have) => convertible(&have.ty, &attribute.ty),
            None => attribute.optional,
        }),
        (Type::Map(element), Type::Object(to)) => to
            .values()
            .all(|attribute| attribute.optional || convertible(element, &attribute.ty)),
        (Type::Tuple(from), Type::Tuple(to)) => {
            from.len() == to.len() && from.iter().zip(&**to).all(|(from, to)| convertible(from, to))
        }
        (Type::List(from) | Type::Set(from), Type::List(to))
        | (Type::Set(from), Type::Set(to))
        | (Type::Map(from), Type::Map(to)) => convertible(from, to),
        // Turning a list into a set loses the order and repeated elements.
        (Type::List(from), Type::Set(to)) => convertible(from, to),
        (Type::Tuple(elements), Type::List(to) | Type::Set(to)) => {
            elements_convertible(&elements.iter().collect::<Vec<_>>(), to, true)
        }
        (Type::Object(attributes), Type::Map(to)) => {
            let elements: Vec<&Type> = attributes.values().map(|attribute| &attribute.ty).collect();
            elements_convertible(&elements, to, false)
        }
        _ => false,
    }
}

fn elements_convertible(elements: &[&Type], to: &Type, sequence: bool) -> bool {
    if elements.is_empty() {
        return true;
    }
    let Some(element) = common_element(elements, to) else {
        return false;
    };
    if sequence && *to == Type::Dynamic && element == Type::Dynamic {
        // Nothing in common but "not known yet": fine only when that is true of all.
        return elements.iter().all(|ty| **ty == Type::Dynamic);
    }
    elements.iter().all(|ty| convertible(ty, &element))
}

/// The element type of a collection made from a structure: `to`, or what its elements have in common for `any`.
fn common_element(elements: &[&Type], to: &Type) -> Option<Type> {
    if *to == Type::Dynamic {
        unify_all(elements)
    } else {
        Some(to.clone())
    }
}

/// Converts a value whose type [`convertible`] accepted. The recursion is bounded by the depth of `want`.
fn apply(value: Val, want: &Type, path: &AttributePath) -> Result<Val, ConversionError> {
    if *want == Type::Dynamic {
        return Ok(value);
    }
    if let (Data::Set(have, _), Type::List(element)) = (&value.data, want)
        && !value.has_certain_length()
    {
        let list = Type::list(filled(have, &element.without_optional()));
        return Ok(Val::unknown(list, merge_unknowns([&value])).marked(value.sensitive));
    }
    let Val { data, sensitive } = value;
    let converted = match (data, want) {
        (Data::Unknown(Type::Tuple(parts), unknown), Type::List(_) | Type::Set(_)) => {
            of_unknown_tuple(&parts, &unknown, want)
        }
        (Data::Unknown(ty, unknown), _) => Val::unknown(filled(&ty, &want.without_optional()), unknown),
        (Data::Null(ty), _) => Val::null(filled(&ty, &want.without_optional())),
        (data @ Data::Bool(_), Type::Bool)
        | (data @ Data::Number(_), Type::Number)
        | (data @ Data::String(_), Type::String) => data.into(),
        (Data::Bool(value), Type::String) => Val::string(if value { "true" } else { "false" }),
        (Data::Number(number), Type::String) => Val::string(&number.to_string()),
        (Data::String(text), Type::Number) => match Num::parse(&text) {
            Some(number) => Val::number(number),
            None => return Err(ConversionError::new(path, "a number is required")),
        },
        (Data::String(text), Type::Bool) => Val::bool(to_bool(&text, path)?),
        (Data::List(have, elements) | Data::Set(have, elements), Type::List(want)) => {
            let elements = sequence(elements, want, path)?;
            let element = element_type(&elements, want, &have);
            check_same(&elements, want, &element, path)?;
            Val::list(element, elements)
        }
        (Data::List(have, elements) | Data::Set(have, elements), Type::Set(want)) => {
            let elements = sequence(elements, want, path)?;
            let element = element_type(&elements, want, &have);
            check_same(&elements, want, &element, path)?;
            Val::set(element, elements)
        }
        (Data::Tuple(elements), Type::List(want)) => {
            let (element, elements) = from_tuple(elements.into_inner(), want, true, path)?;
            Val::list(element, elements)
        }
        (Data::Tuple(elements), Type::Set(want)) => {
            let (element, elements) = from_tuple(elements.into_inner(), want, false, path)?;
            Val::set(element, elements)
        }
        (Data::Tuple(elements), Type::Tuple(want)) => {
            let mut converted = Vec::with_capacity(elements.len());
            for (index, (element, want)) in elements.into_iter().zip(&**want).enumerate() {
                converted.push(apply(element, want, &path.index(index))?);
            }
            Val::tuple(converted)
        }
        (Data::Map(have, elements), Type::Map(want)) => {
            let elements = keyed(elements.into_inner(), want, path)?;
            to_map(elements, want, &have, path)?
        }
        (Data::Object(elements), Type::Map(want)) => {
            let types: Vec<Type> = elements.values().map(Val::ty).collect();
            let element = common_element(&types.iter().collect::<Vec<_>>(), want)
                .unwrap_or_else(|| want.as_ref().clone());
            let elements = keyed(elements.into_inner(), &element, path)?;
            to_map(elements, &element, want, path)?
        }
        (Data::Object(elements), Type::Object(want)) => object(elements.into_inner(), want, path)?,
        (Data::Map(have, elements), Type::Object(want)) => {
            for (name, attribute) in &**want {
                let present = elements.contains_key(name);
                if present && !convertible(&have, &attribute.ty) {
                    let reason = mismatch(&have, &attribute.ty);
                    return Err(ConversionError::new(&path.key(name), reason));
                }
                if !present && !attribute.optional {
                    return Err(ConversionError::new(
                        path,
                        format!("the map has no element `{name}`, which is required"),
                    ));
                }
            }
            object(elements.into_inner(), want, path)?
        }
        (data, want) => return Err(ConversionError::new(path, mismatch(&Val::from(data).ty(), want))),
    };
    Ok(converted.marked(sensitive))
}

/// What an unknown tuple is as a list or set. Its type says how many elements it has, and a list has as many; of a set
/// with more than one nobody knows how many are equal.
fn of_unknown_tuple(parts: &[Type], unknown: &Arc<Unknown>, want: &Type) -> Val {
    let ty = filled(&Type::tuple(parts.to_vec()), &want.without_optional());
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let mut one = Unknown::new(unknown.reason);
    one.refs.clone_from(&unknown.refs);
    let elements = vec![Val::unknown(element.clone(), one.into()); parts.len()];
    match ty {
        _ if !unknown.non_null => Val::unknown(ty, unknown.clone()),
        Type::List(_) => Val::list(element, elements),
        Type::Set(_) if elements.len() < 2 => Val::set(element, elements),
        ty => Val::unknown(ty, unknown.clone()),
    }
}

fn to_bool(text: &str, path: &AttributePath) -> Result<bool, ConversionError> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => {
            let lower = text.to_lowercase();
            let message = match lower.as_str() {
                "true" | "false" => format!("a bool is required; write `{lower}` in lowercase"),
                _ => "a bool is required".to_owned(),
            };
            Err(ConversionError::new(path, message))
        }
    }
}

fn sequence(
    elements: impl IntoIterator<Item = Val>,
    want: &Type,
    path: &AttributePath,
) -> Result<Vec<Val>, ConversionError> {
    let convert = |(index, element): (usize, Val)| apply(element, want, &path.index(index));
    elements.into_iter().enumerate().map(convert).collect()
}

type Keyed = BTreeMap<Arc<str>, Val>;

fn keyed(elements: Keyed, want: &Type, path: &AttributePath) -> Result<Keyed, ConversionError> {
    let mut converted = Keyed::new();
    for (key, element) in elements {
        let element = apply(element, want, &path.key(&key))?;
        converted.insert(key, element);
    }
    Ok(converted)
}

/// The type of converted elements. A constraint with `any` inside leaves it to the elements; without elements it stays
/// what it was.
fn element_type<'v>(elements: impl IntoIterator<Item = &'v Val>, want: &Type, have: &Type) -> Type {
    let exact = want.without_optional();
    if !exact.has_dynamic() {
        return exact;
    }
    match elements.into_iter().next() {
        Some(element) => element.ty(),
        None if exact == Type::Dynamic => have.clone(),
        None => exact,
    }
}

/// With `any` in the wanted type, elements may have kept types of their own.
fn check_same<'v>(
    elements: impl IntoIterator<Item = &'v Val>,
    want: &Type,
    element: &Type,
    path: &AttributePath,
) -> Result<(), ConversionError> {
    if !want.has_dynamic() || elements.into_iter().all(|value| value.ty() == *element) {
        return Ok(());
    }
    Err(ConversionError::new(path, "all elements must have the same type"))
}

/// Makes the elements of a list (`unifies`) or set. Only a list looks for a common type of elements that kept types of
/// their own where the wanted type says `any`.
fn from_tuple(
    elements: Vec<Val>,
    want: &Type,
    unifies: bool,
    path: &AttributePath,
) -> Result<(Type, Vec<Val>), ConversionError> {
    if elements.is_empty() {
        return Ok((want.without_optional(), elements));
    }
    let types: Vec<Type> = elements.iter().map(Val::ty).collect();
    let Some(element) = common_element(&types.iter().collect::<Vec<_>>(), want) else {
        return Err(ConversionError::new(path, "all elements must have the same type"));
    };
    let elements = sequence(elements, &element, path)?;
    let exact = element.without_optional();
    if !exact.has_dynamic() {
        return Ok((exact, elements));
    }
    let types: Vec<Type> = elements.iter().map(Val::ty).collect();
    if !unifies {
        let element = types.into_iter().next().unwrap_or(exact);
        check_same(&elements, &element, &element, path)?;
        return Ok((element, elements));
    }
    let Some(element) = unify_all(&types.iter().collect::<Vec<_>>()) else {
        return Err(ConversionError::new(path, "all elements must have the same type"));
    };
    let elements = sequence(elements, &element, path)?;
    check_same(&elements, want, &element, path)?;
    Ok((element, elements))
}

fn to_map(elements: Keyed, want: &Type, have: &Type, path: &AttributePath) -> Result<Val, ConversionError> {
    let mut element = element_type(elements.values(), want, have);
    let mut elements = elements;
    if want.has_dynamic() && (want.is_collection() || matches!(want, Type::Object(_))) && !elements.is_empty()
    {
        let types: Vec<Type> = elements.values().map(Val::ty).collect();
        let Some(common) = unify_all(&types.iter().collect::<Vec<_>>()) else {
            return Err(ConversionError::new(path, "all elements must have the same type"));
        };
        elements = keyed(elements, &common, path)?;
        element = common;
    }
    if *want == Type::Dynamic {
        // Untyped null and unknown elements take the type of the others.
        let typed = elements.values().map(Val::ty).find(|ty| *ty != Type::Dynamic);
        if let Some(typed) = typed {
            for value in elements.values_mut().filter(|value| value.ty() == Type::Dynamic) {
                let untyped = std::mem::replace(value, Val::null(Type::Dynamic));
                *value = apply(untyped, &typed, path)?;
            }
            element = typed;
        }
    }
    check_same(elements.values(), want, &element, path)?;
    Ok(Val::map(element, elements))
}

/// Keeps the attributes that are wanted; missing optional ones become null.
fn object(
    mut elements: Keyed,
    want: &BTreeMap<Arc<str>, Attribute>,
    path: &AttributePath,
) -> Result<Val, ConversionError> {
    let mut attributes = Keyed::new();
    for (name, attribute) in want {
        let value = match elements.remove(name) {
            Some(value) => apply(value, &attribute.ty, &path.key(name))?,
            None => Val::null(attribute.ty.without_optional()),
        };
        attributes.insert(name.clone(), value);
    }
    Ok(Val::object(attributes))
}

/// `want` with its dynamic parts filled in from the type of the value that is converted.
fn filled(have: &Type, want: &Type) -> Type {
    if *have == Type::Dynamic || !want.has_dynamic() {
        return want.clone();
    }
    let common = |elements: Vec<Type>, otherwise: &Type| {
        unify_all(&elements.iter().collect::<Vec<_>>()).unwrap_or_else(|| otherwise.clone())
    };
    let element = |want: &Type| match have {
        Type::List(have) | Type::Set(have) | Type::Map(have) => filled(have, want),
        Type::Tuple(elements) => common(elements.iter().map(|have| filled(have, want)).collect(), want),
        Type::Object(attributes) => common(
            attributes
                .values()
                .map(|attribute| filled(&attribute.ty, want))
                .collect(),
            want,
        ),
        _ => want.clone(),
    };
    match want {
        Type::Dynamic => have.clone(),
        Type::List(want) => Type::list(element(want)),
        Type::Set(want) => Type::set(element(want)),
        Type::Map(want) => Type::map(element(want)),
        Type::Tuple(wanted) => match have {
            Type::Tuple(had) => Type::tuple(had.iter().zip(&**wanted).map(|(have, want)| filled(have, want))),
            _ => want.clone(),
        },
        Type::Object(wanted) => match have {
            Type::Object(had) => Type::object(wanted.iter().map(|(name, want)| {
                let ty = had
                    .get(name)
                    .map_or_else(|| want.ty.clone(), |have| filled(&have.ty, &want.ty));
                (name.clone(), ty)
            })),
            Type::Map(had) => Type::object(
                wanted
                    .iter()
                    .map(|(name, want)| (name.clone(), filled(had, &want.ty))),
            ),
            _ => want.clone(),
        },
        Type::Bool | Type::Number | Type::String => want.clone(),
    }
}

/// Why `have` has no conversion to `want`.
fn mismatch(have: &Type, want: &Type) -> Cow<'static, str> {
    match (have, want) {
        (Type::Object(have), Type::Object(want)) => mismatch_of_objects(have, want),
        (Type::Tuple(_), Type::List(element)) if **element == Type::Dynamic => {
            "all list elements must have the same type".into()
        }
        (Type::Tuple(_), Type::Set(element)) if **element == Type::Dynamic => {
            "all set elements must have the same type".into()
        }
        (Type::Object(_), Type::Map(element)) if **element == Type::Dynamic => {
            "all map elements must have the same type".into()
        }
        (Type::Tuple(elements), Type::List(want) | Type::Set(want)) => {
            match elements
                .iter()
                .enumerate()
                .find(|(_, have)| !convertible(have, want))
            {
                Some((index, have)) => format!("element {index}: {}", mismatch(have, want)).into(),
                None => format!("all elements must be {}", want.friendly()).into(),
            }
        }
        (Type::Object(attributes), Type::Map(want)) => {
            match attributes.iter().find(|(_, have)| !convertible(&have.ty, want)) {
                Some((name, have)) => format!("element `{name}`: {}", mismatch(&have.ty, want)).into(),
                None => format!("all elements must be {}", want.friendly()).into(),
            }
        }
        (Type::List(have) | Type::Set(have), Type::List(want) | Type::Set(want))
        | (Type::Map(have), Type::Map(want)) => {
            format!("wrong element type: {}", mismatch(have, want)).into()
        }
        _ => format!("{} required, not {}", want.friendly(), have.friendly()).into(),
    }
}

fn mismatch_of_objects(
    have: &BTreeMap<Arc<str>, Attribute>,
    want: &BTreeMap<Arc<str>, Attribute>,
) -> Cow<'static, str> {
    let missing: Vec<String> = want
        .iter()
        .filter(|(name, attribute)| !attribute.optional && !have.contains_key(*name))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if let [only] = missing.as_slice() {
        return format!("attribute {only} is required").into();
    }
    if !missing.is_empty() {
        return format!("attributes {} are required", missing.join(", ")).into();
    }
    for (name, attribute) in want {
        if let Some(have) = have.get(name)
            && !convertible(&have.ty, &attribute.ty)
        {
            return format!("attribute `{name}`: {}", mismatch(&have.ty, &attribute.ty)).into();
        }
    }
    "the attributes do not fit".into()
}
