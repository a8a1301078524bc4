//! The common type of several types: what `[1, "a"]` is when it becomes a list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::convert::convertible;
use super::types::{Attribute, Type};

/// The type that values of all these types convert to, with conversions that may fail (string to number).
/// `None` when there is none, or no types are given.
pub(crate) fn unify(types: &[Type]) -> Option<Type> {
    unify_all(&types.iter().collect::<Vec<_>>())
}

#[derive(Default)]
struct Kinds {
    maps: usize,
    lists: usize,
    sets: usize,
    objects: usize,
    tuples: usize,
    dynamics: usize,
}

pub(super) fn unify_all(types: &[&Type]) -> Option<Type> {
    let mut seen = BTreeSet::new();
    let types: Vec<&Type> = types.iter().copied().filter(|ty| seen.insert(*ty)).collect();
    if let [only] = types.as_slice() {
        return Some((*only).clone());
    }
    let mut kinds = Kinds::default();
    for ty in &types {
        match ty {
            Type::Map(_) => kinds.maps += 1,
            Type::List(_) => kinds.lists += 1,
            Type::Set(_) => kinds.sets += 1,
            Type::Object(_) => kinds.objects += 1,
            Type::Tuple(_) => kinds.tuples += 1,
            Type::Dynamic => kinds.dynamics += 1,
            Type::Bool | Type::Number | Type::String => {}
        }
    }
    let Kinds {
        maps,
        lists,
        sets,
        objects,
        tuples,
        dynamics,
    } = kinds;
    let all = types.len();
    if [maps, lists, sets, objects, tuples]
        .into_iter()
        .any(|count| count > 0 && count + dynamics == all)
    {
        // A structure whose type is not known yet may turn the result into something else altogether.
        if dynamics > 0 {
            return Some(Type::Dynamic);
        }
        return match types.first()? {
            Type::Map(_) => elements(&types).map(Type::map),
            Type::List(_) => elements(&types).map(Type::list),
            Type::Set(_) => elements(&types).map(Type::set),
            Type::Object(_) => unify_objects(&types),
            _ => unify_tuples(&types),
        };
    }
    if maps > 0 && maps + objects + dynamics == all {
        let unified = as_collections(&types, objects_to_map);
        if matches!(unified, Some(Type::Map(_))) {
            return unified;
        }
    }
    if lists > 0 && lists + tuples + dynamics == all {
        let unified = as_collections(&types, tuples_to_list);
        if matches!(unified, Some(Type::List(_))) {
            return unified;
        }
    }
    if objects > 0 && tuples > 0 {
        return None;
    }
    preferred(&types)
}

fn elements(types: &[&Type]) -> Option<Type> {
    let elements: Vec<&Type> = types.iter().filter_map(|ty| ty.element()).collect();
    unify_all(&elements)
}

/// Unifies structures to a collection first and then everything with that collection.
fn as_collections(types: &[&Type], to_collection: fn(&[&Type]) -> Option<Type>) -> Option<Type> {
    let is_structure = |ty: &&&Type| matches!(ty, Type::Object(_) | Type::Tuple(_));
    let structures: Vec<&Type> = types.iter().filter(is_structure).copied().collect();
    let collection = to_collection(&structures)?;
    let mut listed: Vec<&Type> = types.iter().filter(|ty| !is_structure(ty)).copied().collect();
    listed.push(&collection);
    unify_all(&listed)
}

fn attributes_of(ty: &Type) -> Option<&BTreeMap<Arc<str>, Attribute>> {
    match ty {
        Type::Object(attributes) => Some(attributes),
        _ => None,
    }
}

fn elements_of(ty: &Type) -> &[Type] {
    match ty {
        Type::Tuple(elements) => elements,
        _ => &[],
    }
}

/// The same attributes with common types; a map when the attributes differ.
fn unify_objects(types: &[&Type]) -> Option<Type> {
    let objects: Vec<_> = types.iter().filter_map(|ty| attributes_of(ty)).collect();
    let (first, others) = objects.split_first()?;
    if others.iter().any(|other| !other.keys().eq(first.keys())) {
        return objects_to_map(types);
    }
    let mut attributes = Vec::with_capacity(first.len());
    for name in first.keys() {
        let across: Vec<&Type> = objects
            .iter()
            .filter_map(|object| object.get(name))
            .map(|attribute| &attribute.ty)
            .collect();
        attributes.push((name.clone(), unify_all(&across)?));
    }
    let unified = Type::object(attributes);
    if all_convertible(types, &unified) {
        Some(unified)
    } else {
        objects_to_map(types)
    }
}

fn objects_to_map(types: &[&Type]) -> Option<Type> {
    let attributes: Vec<&Type> = types
        .iter()
        .filter_map(|ty| attributes_of(ty))
        .flat_map(BTreeMap::values)
        .map(|attribute| &attribute.ty)
        .collect();
    let map = Type::map(unify_all(&attributes)?);
    all_convertible(types, &map).then_some(map)
}

/// Element by element; a list when the lengths differ.
fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let length = types.first().map_or(0, |ty| elements_of(ty).len());
    if types.iter().any(|ty| elements_of(ty).len() != length) {
        return tuples_to_list(types);
    }
    let mut elements = Vec::with_capacity(length);
    for index in 0..length {
        let across: Vec<&Type> = types.iter().filter_map(|ty| elements_of(ty).get(index)).collect();
        elements.push(unify_all(&across)?);
    }
    let unified = Type::tuple(elements);
    if all_convertible(types, &unified) {
        Some(unified)
    } else {
        tuples_to_list(types)
    }
}

fn tuples_to_list(types: &[&Type]) -> Option<Type> {
    let elements: Vec<&Type> = types.iter().flat_map(|ty| elements_of(ty)).collect();
    let list = Type::list(unify_all(&elements)?);
    all_convertible(types, &list).then_some(list)
}

fn all_convertible(types: &[&Type], to: &Type) -> bool {
    types.iter().all(|ty| *ty == to || convertible(ty, to))
}

/// One of the given types that all others convert to, the most general first.
fn preferred(types: &[&Type]) -> Option<Type> {
    let mut candidates = types.to_vec();
    candidates.sort_by_key(|ty| generality(ty));
    candidates
        .into_iter()
        .find(|candidate| all_convertible(types, candidate))
        .cloned()
}

/// Smaller is tried first: everything primitive can become a string, lists are kept rather than tuples and sets, maps
/// rather than objects, and a type that is not known yet is the last resort.
fn generality(ty: &Type) -> u8 {
    match ty {
        Type::String | Type::List(_) | Type::Map(_) => 0,
        Type::Bool | Type::Number | Type::Tuple(_) | Type::Object(_) => 1,
        Type::Set(_) => 2,
        Type::Dynamic => 3,
    }
}
