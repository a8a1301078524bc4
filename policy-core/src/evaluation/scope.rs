//! Which resources a control looks at.

use crate::control::{Control, DecidedOn, Environment};
use crate::evaluation::Reason;
use crate::resource::{Cell, Derived, Resource, TypeMap};
use crate::value::Value;

/// A dimension of a scope: its name, what the resource says, and what the scope accepts.
type Dimension<'a> = (&'static str, &'a Derived, Box<dyn Fn(&str) -> bool + 'a>);

/// How a resource stands to the scope of a control.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    /// Another kind of resource: not even counted.
    OtherType,
    /// The right kind, excluded by environment, account, Region, tags or classification, or by the source it comes from.
    Excluded(Reason),
    /// In scope; the reasons name what had to be assumed.
    Included(Vec<Reason>),
}

/// Places a resource in the scope of a control.
///
/// A dimension the resource does not tell is *assumed* to match, and said: leaving a resource out in silence because
/// nobody tagged it would be the cheapest way around a control.
pub(crate) fn place(control: &Control, resource: &Resource, typemap: &TypeMap) -> Standing {
    let scope = &control.scope;
    if !scope.resource_types.is_empty()
        && !scope
            .resource_types
            .iter()
            .any(|selector| typemap.selects(selector, resource))
    {
        return Standing::OtherType;
    }
    let mut assumed = Vec::new();
    let mut dimensions: Vec<Dimension<'_>> = Vec::new();
    if let Some(environments) = &scope.environments {
        let matches = move |found: &str| environments.contains(&Environment::resolve(found));
        dimensions.push(("environment", &resource.context.environment, Box::new(matches)));
    }
    for (name, wanted, derived) in [
        ("account", &scope.accounts, &resource.context.account),
        ("region", &scope.regions, &resource.context.region),
        (
            "data classification",
            &scope.data_classification,
            &resource.context.data_classification,
        ),
    ] {
        if !wanted.is_empty() {
            let matches = move |found: &str| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(found));
            dimensions.push((name, derived, Box::new(matches)));
        }
    }
    for (name, derived, matches) in &dimensions {
        match derived.as_str() {
            Some(found) if matches(found) => {}
            Some(found) => {
                return Standing::Excluded(excluded(name, derived.shown().unwrap_or(found), &derived.from));
            }
            None => assumed.push(assumption(name)),
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
