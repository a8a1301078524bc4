//! From the canonical path that a rule names to the line that somebody wrote.

use crate::resource::{Attribute, Inventory, Origin, Resource, ResourceId};
use crate::source::Span;
use crate::value::{AttributePath, Step, Value};

/// The canonical attribute a rule's path speaks of, with the rest of the path below it.
///
/// `declared.x`, `attributes.x` and `facets.x` are other views of the same attributes; `tags` has a cell of its own.
pub(crate) fn attribute<'a>(
    resource: &'a Resource,
    path: &AttributePath,
) -> Option<(&'a Attribute, AttributePath)> {
    let mut steps = path.steps().iter();
    let Some(Step::Key(first)) = steps.next() else {
        return None;
    };
    let (found, used) = match &**first {
        "tags" => (Some(&resource.tags), 1),
        view @ ("declared" | "attributes" | "facets") => {
            let Some(Step::Key(name)) = steps.next() else {
                return None;
            };
            let table = if view == "facets" {
                &resource.facets
            } else {
                &resource.attributes
            };
            (table.get(name.as_ref()), 2)
        }
        name => (
            resource
                .attributes
                .get(name)
                .or_else(|| resource.facets.get(name)),
            1,
        ),
    };
    let rest = path.steps().get(used..).unwrap_or_default().to_vec();
    found.map(|attribute| (attribute, AttributePath::new(rest)))
}

/// What the resource holds at `path`; `None` when nothing is there.
pub(crate) fn value(resource: &Resource, path: &AttributePath) -> Option<Value> {
    let (attribute, rest) = attribute(resource, path)?;
    let value = attribute.cell.to_value()?;
    value.at(&rest).filter(|value| **value != Value::Null).cloned()
}

/// The places of `path`, most specific first: the attribute (in the satellite that wrote it), then the resource when
/// the attribute was not written at all; then the module calls that lead there.
pub(crate) fn locations(resource: &Resource, inventory: &Inventory, path: &AttributePath) -> Vec<Span> {
    let written = attribute(resource, path).and_then(|(attribute, rest)| {
        let provenance = &attribute.provenance;
        // An element of a merged list was written somewhere of its own.
        let element = match rest.steps().first() {
            Some(Step::Index(index)) => provenance
                .elements
                .get(*index)
                .map(|(from, native)| (Some(from), native.clone())),
            _ => None,
        };
        let (from, native) = element.or_else(|| {
            let native = provenance.native_path.clone()?;
            let native = rest
                .steps()
                .iter()
                .cloned()
                .fold(native, |path, step| path.step(step));
            Some((provenance.from.as_ref(), native))
        })?;
        let origin = match from.filter(|from| **from != resource.id) {
            Some(other) => origin_of(inventory, other)?,
            None => &resource.origin,
        };
        let span = origin.locate(&native)?;
        Some(
            std::iter::once(span)
                .chain(origin.calls.iter().cloned())
                .collect::<Vec<_>>(),
        )
    });
    written.unwrap_or_else(|| whole(resource))
}

/// Where a satellite, or a resource that contributes (a policy attached to a role), was written.
fn origin_of<'a>(inventory: &'a Inventory, id: &ResourceId) -> Option<&'a Origin> {
    let resource = || {
        inventory
            .resources
            .iter()
            .find(|resource| resource.id == *id)
            .map(|resource| &resource.origin)
    };
    inventory.satellite_origins.get(id).or_else(resource)
}

/// The place of a resource as a whole, then the module calls that lead to it.
pub(crate) fn whole(resource: &Resource) -> Vec<Span> {
    let origin = &resource.origin;
    origin.block.iter().chain(&origin.calls).cloned().collect()
}

/// The texts of all sensitive values of a resource, for keeping them out of messages and source lines.
pub(crate) fn sensitive_texts(resource: &Resource) -> Vec<String> {
    let mut texts = Vec::new();
    collect(&resource.native, false, &mut texts);
    for attribute in resource
        .attributes
        .values()
        .chain(std::iter::once(&resource.tags))
    {
        if let Some(value) = attribute.cell.known() {
            collect(value, false, &mut texts);
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

fn collect(value: &Value, marked: bool, texts: &mut Vec<String>) {
    match value {
        Value::Sensitive(inner) => collect(inner, true, texts),
        Value::List(items) => items.iter().for_each(|item| collect(item, marked, texts)),
        Value::Map(map) => map.values().for_each(|item| collect(item, marked, texts)),
        Value::String(text) if marked && !text.trim().is_empty() => texts.push(text.to_string()),
        Value::Number(number) if marked => texts.push(number.to_string()),
        _ => {}
    }
}

/// True when the source lines of `span` hold one of these texts.
pub(crate) fn line_reveals(span: &Span, sensitive: &[String]) -> bool {
    let first = span.source().line_column(span.start()).0;
    let last = span.source().line_column(span.end()).0;
    // The snippet shows the first line only, but the label may stretch over a block scalar: look at all of them.
    (first..=last.min(first.saturating_add(50)))
        .filter_map(|line| span.source().line(line))
        .any(|line| sensitive.iter().any(|text| line.contains(text.as_str())))
}
