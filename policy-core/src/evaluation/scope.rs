//! Which resources a control looks at.

use std::collections::HashMap;
use std::sync::Arc;

use crate::control::{Control, DecidedOn, Environment};
use crate::evaluation::Reason;
use crate::resource::{Cell, Derived, Resource, TypeMap};
use crate::value::Value;

/// How a resource stands to the scope of a control that looks at its type. Other types are not even counted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    /// Excluded by environment, account, Region, tags or classification, or by the source it comes from.
    Excluded(Reason),
    /// In scope; the reasons name what had to be assumed.
    Included(Vec<Reason>),
}

/// True when the control looks at resources of this type.
fn is_of_type(control: &Control, resource: &Resource, typemap: &TypeMap) -> bool {
    let selectors = &control.scope.resource_types;
    selectors.is_empty()
        || selectors
            .iter()
            .any(|selector| typemap.selects(selector, resource))
}

/// Places a resource of the right type in the scope of a control.
///
/// A dimension the resource does not tell is *assumed* to match, and said: leaving a resource out in silence because
/// nobody tagged it would be the cheapest way around a control.
pub(crate) fn place(control: &Control, resource: &Resource) -> Standing {
    let scope = &control.scope;
    let context = &resource.context;
    let mut assumed = Vec::new();
    let mut judge = |name: &str, derived: &Derived, matches: &dyn Fn(&str) -> bool| match derived.as_str() {
        Some(found) if matches(found) => None,
        Some(found) => Some(excluded(name, derived.shown().unwrap_or(found), &derived.from)),
        None => {
            assumed.push(assumption(name));
            None
        }
    };
    if let Some(environments) = &scope.environments {
        let matches = |found: &str| environments.contains(&Environment::resolve(found));
        if let Some(reason) = judge("environment", &context.environment, &matches) {
            return Standing::Excluded(reason);
        }
    }
    for (name, wanted, derived) in [
        ("account", &scope.accounts, &context.account),
        ("region", &scope.regions, &context.region),
        (
            "data classification",
            &scope.data_classification,
            &context.data_classification,
        ),
    ] {
        let matches = |found: &str| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(found));
        if !wanted.is_empty()
            && let Some(reason) = judge(name, derived, &matches)
        {
            return Standing::Excluded(reason);
        }
    }
    for (key, wanted) in &scope.tags {
        match tag(resource, key) {
            Cell::Known(value) if value.as_str() == Some(wanted.as_ref()) => {}
            Cell::Unknown(_) => assumed.push(assumption(&format!("tag {key}"))),
            _ => return Standing::Excluded(excluded("tag", key, "tags")),
        }
    }
    if !control.evaluable_on.contains(&resource.source.into()) {
        return Standing::Excluded(Reason {
            path: String::new(),
            kind: OTHER_SOURCE,
            text: format!(
                "decided on {}, and this resource comes from {}",
                control.decided_on(),
                DecidedOn::from(resource.source).described()
            ),
        });
    }
    Standing::Included(assumed)
}

/// For every resource the controls that look at its type. A plan has thousands of resources of a few types, so the controls
/// are asked once for each type.
pub(crate) fn by_type<'a>(
    controls: &[&'a Control],
    resources: impl Iterator<Item = &'a Resource>,
    typemap: &TypeMap,
) -> Vec<Arc<[&'a Control]>> {
    let mut known: HashMap<TypeKey<'a>, Arc<[&'a Control]>> = HashMap::new();
    resources
        .map(|resource| {
            let of_type = || {
                let controls = controls.iter().copied();
                controls
                    .filter(|control| is_of_type(control, resource, typemap))
                    .collect()
            };
            known.entry(type_key(resource)).or_insert_with(of_type).clone()
        })
        .collect()
}

/// All that [`TypeMap::selects`] looks at.
type TypeKey<'a> = (&'a str, &'a str, Option<&'a str>, Option<&'a str>);

fn type_key(resource: &Resource) -> TypeKey<'_> {
    (
        &resource.resource_type,
        &resource.native_type,
        resource.kind.as_deref(),
        resource.family.as_deref(),
    )
}

/// Why a control is evaluated on none of the inputs, whatever they hold.
pub(crate) fn no_input_decides(control: &Control) -> Reason {
    Reason {
        path: String::new(),
        kind: OTHER_SOURCE,
        text: format!("decided on {}, which no input here is", control.decided_on()),
    }
}

/// The kind of a [`Reason`] that says: another source decides.
pub(crate) const OTHER_SOURCE: &str = "source";

fn tag(resource: &Resource, key: &str) -> Cell {
    match &resource.tags.cell {
        Cell::Known(Value::Map(tags)) => tags.get(key).cloned().map_or(Cell::Absent, Cell::from_value),
        Cell::Known(_) | Cell::Absent => Cell::Absent,
        Cell::Unknown(unknown) => Cell::Unknown(unknown.clone()),
    }
}

fn excluded(dimension: &str, found: &str, from: &str) -> Reason {
    let from = if from.is_empty() {
        String::new()
    } else {
        format!(" (from {from})")
    };
    Reason {
        path: String::new(),
        kind: "scope",
        text: format!("{dimension} `{found}`{from} is out of the control's scope"),
    }
}

fn assumption(dimension: &str) -> Reason {
    Reason {
        path: String::new(),
        kind: "scope_assumed",
        text: format!("{dimension} is not known; the control is assumed to apply"),
    }
}
