//! The resource model for people: per resource its context, canonical attributes with their source, what is not known and
//! why, and what it is joined to.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::evaluation::InputInventory;
use crate::report::ReportedInput;
use crate::report::inventory::place_of;
use crate::report::text::{counted, printable, render_diagnostics};
use crate::resource::{Attribute, Cell, Derived, Evidence, Inventory, Lifecycle, Resource};
use crate::value::{AttributePath, Unknown, Value};

/// Longer values are cut: the JSON form has them whole.
const LONGEST_VALUE: usize = 160;

/// Renders inventories with a final line break. The same input gives the same bytes; sensitive values are replaced.
pub fn render(
    inputs: &[ReportedInput],
    inventories: &[InputInventory],
    diagnostics: &[Diagnostic],
    color: bool,
) -> String {
    let mut out = render_diagnostics(diagnostics, color);
    for input in inventories {
        for resource in &input.inventory.resources {
            if resource.lifecycle == Lifecycle::Managed {
                write_resource(&mut out, resource, &input.inventory);
                out.push('\n');
            }
        }
    }
    for input in inputs {
        let format = input.format.as_deref().unwrap_or("not recognised");
        let line = format!(
            "{}: {format}, {}",
            input.path,
            counted(input.resources, "resource")
        );
        out.push_str(&printable(&line));
        out.push('\n');
    }
    out
}

fn line(out: &mut String, indent: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{}", "", printable(text));
}

fn write_resource(out: &mut String, resource: &Resource, inventory: &Inventory) {
    let kind = resource.kind.as_deref().unwrap_or("no kind");
    line(
        out,
        0,
        &format!("{}  ({kind}, {})", resource.id, resource.native_type),
    );
    if let Some(span) = &resource.origin.block {
        let location = span.location();
        line(out, 2, &format!("written at {}:{}", location.file, location.line));
    }
    if let Some(change) = &resource.change {
        let moved = change
            .previous_id
            .as_ref()
            .map(|id| format!(", was {id}"))
            .unwrap_or_default();
        line(
            out,
            2,
            &format!("change: {}{moved}", change.actions.join(", then ")),
        );
    }
    if let Some(condition) = &resource.condition {
        line(out, 2, &format!("exists only under: {condition}"));
    }
    let context = &resource.context;
    for (name, derived) in [
        ("account", &context.account),
        ("region", &context.region),
        ("environment", &context.environment),
        ("owner", &context.owner),
        ("workload", &context.workload),
        ("data classification", &context.data_classification),
        ("change id", &context.change_id),
    ] {
        write_context(out, name, derived);
    }
    if resource.tags.cell != Cell::Known(Value::Map(Default::default())) {
        write_known(out, "tags", &resource.tags, resource, inventory);
    }
    if resource
        .attributes
        .values()
        .any(|attribute| matches!(attribute.cell, Cell::Known(_)))
    {
        line(out, 2, "attributes");
    }
    for (name, attribute) in &resource.attributes {
        write_known(out, name, attribute, resource, inventory);
    }
    let facets: Vec<_> = resource
        .facets
        .iter()
        .filter_map(|(name, facet)| Some((name, facet.cell.known()?)))
        .collect();
    if !facets.is_empty() {
        line(out, 2, "facets");
        for (name, value) in facets {
            line(out, 4, &format!("{name} = {}", shown(value)));
        }
    }
    write_unknowns(out, resource);
    write_relations(out, resource, inventory);
}

fn write_context(out: &mut String, name: &str, derived: &Derived) {
    let from = if derived.from.is_empty() {
        String::new()
    } else {
        format!(" (from {})", derived.from)
    };
    match (&derived.cell, derived.shown()) {
        (Cell::Unknown(unknown), _) => line(out, 2, &format!("{name}: not known, {}", why(unknown))),
        (_, Some(text)) => line(out, 2, &format!("{name}: {text}{from}")),
        _ => {}
    }
}

fn write_known(
    out: &mut String,
    name: &str,
    attribute: &Attribute,
    resource: &Resource,
    inventory: &Inventory,
) {
    let Some(value) = attribute.cell.known() else {
        return;
    };
    let provenance = &attribute.provenance;
    let source = match (provenance.declared, provenance.evidence) {
        (false, Some(Evidence::Documented)) => "default of the service".to_owned(),
        (false, Some(Evidence::Unverified)) => "default that no documentation confirms".to_owned(),
        (false, None) => "nobody wrote it".to_owned(),
        (true, _) => {
            let place = place_of(resource, inventory, attribute)
                .map(|location| format!("{}:{}", location.file, location.line));
            let from = provenance
                .from
                .as_ref()
                .filter(|from| **from != resource.id)
                .map(|from| format!("from {from}"));
            let path = provenance
                .native_path
                .as_ref()
                .filter(|path| !path.is_root())
                .map(ToString::to_string);
            [path, from, place]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", ")
        }
    };
    let open = provenance
        .open
        .as_ref()
        .map(|open| format!("; perhaps more: {}", why(open)))
        .unwrap_or_default();
    line(out, 4, &format!("{name} = {}  # {source}{open}", shown(value)));
}

fn write_unknowns(out: &mut String, resource: &Resource) {
    let mut lines = Vec::new();
    let tags = std::iter::once(("tags", &resource.tags));
    for (name, attribute) in tags.chain(
        resource
            .attributes
            .iter()
            .map(|(name, attribute)| (&**name, attribute)),
    ) {
        let path = AttributePath::root().key(name);
        let mut say =
            |path: &AttributePath, unknown: &Unknown| lines.push(format!("{path}: {}", why(unknown)));
        match &attribute.cell {
            Cell::Unknown(unknown) => say(&path, unknown),
            Cell::Known(value) => value.for_each_unknown(&path, &mut |path, unknown| say(path, unknown)),
            Cell::Absent => {}
        }
    }
    for (name, facet) in &resource.facets {
        let said = resource
            .attributes
            .get(name)
            .is_some_and(|attribute| matches!(attribute.cell, Cell::Unknown(_)));
        if let (Cell::Unknown(unknown), false) = (&facet.cell, said) {
            lines.push(format!("facets.{name}: {}", why(unknown)));
        }
    }
    if let Some(unknown) = &resource.unlisted {
        lines.push(format!("every attribute that is not listed: {}", why(unknown)));
    }
    if !lines.is_empty() {
        line(out, 2, "not known");
        lines.iter().for_each(|text| line(out, 4, text));
    }
}

fn write_relations(out: &mut String, resource: &Resource, inventory: &Inventory) {
    let relations: Vec<_> = resource
        .related
        .iter()
        .filter(|(_, relation)| !relation.edges.is_empty() || relation.open.is_some())
        .collect();
    if !relations.is_empty() || !resource.satellites.is_empty() {
        line(out, 2, "related");
    }
    for (name, relation) in relations {
        for edge in &relation.edges {
            let other = inventory
                .resources
                .get(edge.to)
                .map_or("?", |other| other.id.as_str());
            line(out, 4, &format!("{name}: {other} (by {})", edge.by.as_str()));
        }
        if let Some(open) = &relation.open {
            line(out, 4, &format!("{name}: perhaps more: {}", why(open)));
        }
    }
    for satellite in &resource.satellites {
        line(out, 4, &format!("contains {satellite}"));
    }
}

fn why(unknown: &Unknown) -> String {
    let refs = if unknown.refs.is_empty() {
        String::new()
    } else {
        format!(" ({})", unknown.refs.join(", "))
    };
    format!("{}{refs}", unknown.reason.as_str())
}

fn shown(value: &Value) -> String {
    let text = value.to_json().to_string();
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{InputContext, load};
    use crate::resource::{ContextOptions, TypeMap, build};

    #[test]
    fn a_person_reads_values_sources_unknowns_and_relations() {
        let template = b"Parameters: {Key: {Type: String}}\nResources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: audit-logs\n  Trail:\n    Type: AWS::CloudTrail::Trail\n    Properties:\n      S3BucketName: !Ref Logs\n      IsLogging: true\n      KMSKeyId: !Ref Key\n";
        let loaded = load("stack.yaml", template.to_vec(), &InputContext::default());
        let (inventory, _) = build(loaded.resources, TypeMap::builtin(), &ContextOptions::default());
        let input = InputInventory {
            name: "stack.yaml".into(),
            inventory,
            previous: None,
        };
        let reported = ReportedInput {
            path: "stack.yaml".into(),
            format: Some("cloudformation-template".into()),
            resources: 2,
            sha256: None,
            files: Vec::new(),
            module_calls: crate::resource::ModuleCalls::default(),
        };
        let text = render(&[reported], &[input], &loaded.diagnostics, false);
        for line in [
            "Trail  (cloudtrail, AWS::CloudTrail::Trail)",
            "  written at stack.yaml:7",
            "# IsLogging, stack.yaml:11",
            "  not known",
            "    kms_key_id: parameter (Key)",
            "bucket: Logs (by reference)",
            "# default of the service",
            "stack.yaml: cloudformation-template, 2 resources",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
