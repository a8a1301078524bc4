//! Golden inventories: adding a fixture directory adds a test.

#[cfg(test)]
mod support;

use std::fmt::Write as _;
use std::path::Path;

use policy_core::diagnostic::Diagnostic;
use policy_core::evaluation::InputInventory;
use policy_core::resource::{Attribute, Cell, Inventory, Resource};
use policy_core::value::AttributePath;

/// The canonical table of an input as lines that a person can review: what a rule sees, and where unknowns come from.
#[cfg(test)]
fn table(input: &InputInventory, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = diagnostic.location().map(|at| at.to_string()).unwrap_or_default();
        let _ = writeln!(
            out,
            "{} {}: {} {place}",
            diagnostic.level.as_str(),
            diagnostic.code.id,
            diagnostic.message
        );
    }
    for resource in &input.inventory.resources {
        describe(&mut out, resource, &input.inventory);
    }
    out
}

#[cfg(test)]
fn describe(out: &mut String, resource: &Resource, inventory: &Inventory) {
    let kind = resource.kind.as_deref().unwrap_or("-");
    let _ = writeln!(
        out,
        "\n{} [{kind}] {:?} {:?}",
        resource.id, resource.resource_type, resource.lifecycle
    );
    if let Some(change) = &resource.change {
        let moved = change
            .previous_id
            .as_ref()
            .map(|id| format!(" (was {id})"))
            .unwrap_or_default();
        let _ = writeln!(out, "  change: {}{moved}", change.actions.join(", "));
    }
    if let Some(condition) = &resource.condition {
        let _ = writeln!(out, "  condition: {condition}");
    }
    let context = &resource.context;
    for (name, derived) in [
        ("account", &context.account),
        ("region", &context.region),
        ("environment", &context.environment),
        ("owner", &context.owner),
    ] {
        if derived.cell != Cell::Absent {
            let _ = writeln!(out, "  {name}: {:?} (from {})", derived.cell, derived.from);
        }
    }
    attribute(out, "tags", &resource.tags);
    for (name, found) in &resource.attributes {
        attribute(out, name, found);
    }
    for (name, found) in &resource.facets {
        attribute(out, &format!("facets.{name}"), found);
    }
    for (name, relation) in &resource.related {
        for edge in &relation.edges {
            let other = inventory
                .resources
                .get(edge.to)
                .map_or("?", |other| other.id.as_str());
            let _ = writeln!(out, "  -> {name}: {other} (by {})", edge.by.as_str());
        }
        if let Some(open) = &relation.open {
            let _ = writeln!(out, "  -> {name}: perhaps more ({})", open.reason.as_str());
        }
    }
    for satellite in &resource.satellites {
        let _ = writeln!(out, "  satellite: {satellite}");
    }
}

#[cfg(test)]
fn attribute(out: &mut String, name: &str, attribute: &Attribute) {
    let provenance = &attribute.provenance;
    let from = provenance
        .from
        .as_ref()
        .map(|from| format!(" from {from}"))
        .unwrap_or_default();
    let how = match (provenance.declared, provenance.evidence) {
        (true, _) => String::new(),
        (false, Some(evidence)) => format!(" (default, {evidence:?})"),
        (false, None) => " (not written)".to_owned(),
    };
    match &attribute.cell {
        Cell::Absent => {}
        Cell::Known(value) => {
            let mut unknown = String::new();
            value.for_each_unknown(&AttributePath::root(), &mut |path, why| {
                let _ = write!(unknown, " {path}: {} {:?}", why.reason.as_str(), why.refs);
            });
            let _ = writeln!(out, "  {name} = {value:?}{from}{how}{unknown}");
        }
        Cell::Unknown(unknown) => {
            let _ = writeln!(
                out,
                "  {name} = ? {} {:?}{from}",
                unknown.reason.as_str(),
                unknown.refs
            );
        }
    }
}

#[test]
fn golden_inventories() {
    let is_input = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let named = ["plan.json", "template.yaml", "template.json"].contains(&name.as_str());
        named && !path.components().any(|part| part.as_os_str() == "before")
    };
    let mut seen = 0;
    for format in ["terraform-plan", "cloudformation"] {
        for file in support::files(&support::root().join("fixtures/inputs").join(format), &is_input) {
            let (input, diagnostics) = support::inventory(&file);
            let case = file
                .parent()
                .unwrap()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            insta::with_settings!({snapshot_path => "goldens", prepend_module_to_snapshot => false, omit_expression => true}, {
                insta::assert_snapshot!(format!("{format}-{case}"), table(&input, &diagnostics));
            });
            seen += 1;
        }
    }
    assert!(seen >= 18, "only {seen} inputs were found");
}
