//! The resource model as JSON, version 1: what a rule sees, with unknowns, relations and provenance.
//!
//! The schema is `schemas/inventory-v1.schema.json` ([`SCHEMA`]). Sensitive values are replaced by `(sensitive)`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::evaluation::{InputInventory, everything_as_input};
use crate::report::ReportedInput;
use crate::report::json::DiagnosticV1;
use crate::resource::{
    Attribute, Cell, Change, Context, Derived, Inventory, Lifecycle, NativeResource, Resource, ResourceId,
};
use crate::source::Location;
use crate::value::{AttributePath, Printed, Unknown, Value};

/// The JSON Schema of the format.
pub const SCHEMA: &str = include_str!("../../schemas/inventory-v1.schema.json");

/// Renders inventories with a final line break. The same input gives the same bytes.
pub fn render(
    inputs: &[ReportedInput],
    inventories: &[InputInventory],
    diagnostics: &[Diagnostic],
) -> String {
    let document = InventoryV1 {
        schema_version: 1,
        inputs: inputs
            .iter()
            .map(|input| json!({"path": input.path, "format": input.format, "resources": input.resources}))
            .collect(),
        resources: inventories
            .iter()
            .flat_map(|input| resources(&input.inventory))
            .collect(),
        diagnostics: diagnostics.iter().map(DiagnosticV1::of).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The documents that rules get as `input`, one per resource, as a JSON list: for running the same rule in another Rego
/// tool. Unknown values cannot be written as JSON and are left out; sensitive ones are replaced.
pub fn render_as_input(inventories: &[InputInventory]) -> String {
    let documents: Vec<Json> = inventories
        .iter()
        .flat_map(|input| {
            managed(&input.inventory).map(|resource| everything_as_input(resource, &input.inventory))
        })
        .map(|document| document.to_json())
        .collect();
    let mut text = serde_json::to_string_pretty(&documents).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InventoryV1<'a> {
    schema_version: u32,
    inputs: Vec<Json>,
    resources: Vec<ResourceV1<'a>>,
    diagnostics: Vec<DiagnosticV1<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceV1<'a> {
    id: &'a str,
    r#type: &'a str,
    kind: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    environment: Option<&'a str>,
    owner: Option<&'a str>,
    /// Everything of the context that is known, with what it was derived from, or why it is not.
    context: BTreeMap<&'static str, Json>,
    tags: Json,
    change: Json,
    condition: Option<&'a str>,
    attributes: BTreeMap<&'a str, Printed<'a>>,
    unknown: BTreeMap<String, UnknownV1>,
    facets: BTreeMap<&'a str, Printed<'a>>,
    native: NativeV1<'a>,
    provenance: BTreeMap<&'a str, Json>,
    related: BTreeMap<&'a str, Json>,
    satellites: Vec<&'a str>,
    folded_into: Vec<&'a str>,
}

/// What the author wrote, and the paths of which `values` does not tell the value: `unknown` has them all, `redacted`
/// those that are known and only not shown.
#[derive(Serialize)]
struct NativeV1<'a> {
    r#type: &'a str,
    values: Printed<'a>,
    unknown: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
}

#[derive(Serialize)]
struct UnknownV1 {
    reason: &'static str,
    refs: Vec<String>,
}

fn managed(inventory: &Inventory) -> impl Iterator<Item = &Resource> {
    inventory
        .resources
        .iter()
        .filter(|resource| resource.lifecycle == Lifecycle::Managed)
}

fn resources(inventory: &Inventory) -> Vec<ResourceV1<'_>> {
    let mut parents: BTreeMap<&ResourceId, Vec<&str>> = BTreeMap::new();
    for resource in managed(inventory) {
        for satellite in &resource.satellites {
            parents.entry(satellite).or_default().push(resource.id.as_str());
        }
    }
    let folded = inventory
        .folded
        .iter()
        .filter(|native| native.lifecycle == Lifecycle::Managed);
    managed(inventory)
        .map(|resource| resource_v1(resource, inventory))
        .chain(folded.map(|native| folded_v1(native, parents.get(&native.id).cloned().unwrap_or_default())))
        .collect()
}

/// A satellite that is only an attribute of its parent: its native values, and where they went.
fn folded_v1<'a>(native: &'a NativeResource, folded_into: Vec<&'a str>) -> ResourceV1<'a> {
    ResourceV1 {
        id: native.id.as_str(),
        r#type: &native.native_type,
        kind: None,
        account: None,
        region: None,
        environment: None,
        owner: None,
        context: BTreeMap::new(),
        tags: json!({}),
        change: change(native.change.as_ref()),
        condition: native.condition.as_deref(),
        attributes: BTreeMap::new(),
        unknown: BTreeMap::new(),
        facets: BTreeMap::new(),
        native: self::native(&native.native_type, &native.values),
        provenance: BTreeMap::new(),
        related: BTreeMap::new(),
        satellites: Vec::new(),
        folded_into,
    }
}

fn resource_v1<'a>(resource: &'a Resource, inventory: &'a Inventory) -> ResourceV1<'a> {
    let context = &resource.context;
    let mut unknown = BTreeMap::new();
    for (name, attribute) in &resource.attributes {
        unknowns(&mut unknown, &AttributePath::root().key(name), &attribute.cell);
    }
    for (name, facet) in &resource.facets {
        // What a facet has from an attribute of its name is said there.
        if let (Cell::Unknown(_), false) = (&facet.cell, unknown.contains_key(&**name)) {
            let path = AttributePath::root().key("facets").key(name);
            unknowns(&mut unknown, &path, &facet.cell);
        }
    }
    unknowns(
        &mut unknown,
        &AttributePath::root().key("tags"),
        &resource.tags.cell,
    );
    for (name, relation) in &resource.related {
        if let Some(open) = &relation.open {
            let path = AttributePath::root().key("related").key(name);
            unknowns(&mut unknown, &path, &Cell::Unknown(open.clone()));
        }
    }
    ResourceV1 {
        id: resource.id.as_str(),
        r#type: &resource.resource_type,
        kind: resource.kind.as_deref(),
        account: context.account.shown(),
        region: context.region.shown(),
        environment: context.environment.shown(),
        owner: context.owner.shown(),
        context: derived(context),
        tags: resource
            .tags
            .cell
            .known()
            .map_or_else(|| json!({}), Value::to_json),
        change: change(resource.change.as_ref()),
        condition: resource.condition.as_deref(),
        attributes: known(&resource.attributes),
        unknown,
        facets: known(&resource.facets),
        native: native(&resource.native_type, &resource.native),
        provenance: resource
            .attributes
            .iter()
            .filter(|(_, attribute)| attribute.cell != Cell::Absent)
            .map(|(name, attribute)| (name.as_ref(), provenance(resource, inventory, attribute)))
            .collect(),
        related: resource
            .related
            .iter()
            .map(|(name, relation)| (name.as_ref(), related(relation, inventory)))
            .collect(),
        satellites: resource.satellites.iter().map(|id| id.as_str()).collect(),
        folded_into: Vec::new(),
    }
}

fn derived(context: &Context) -> BTreeMap<&'static str, Json> {
    let facts = [
        ("account", &context.account),
        ("region", &context.region),
        ("environment", &context.environment),
        ("owner", &context.owner),
        ("workload", &context.workload),
        ("dataClassification", &context.data_classification),
        ("changeId", &context.change_id),
    ];
    let show = |fact: &Derived| match (&fact.cell, fact.shown()) {
        (Cell::Unknown(unknown), _) => Some(json!({"unknown": unknown.reason.as_str()})),
        (_, Some(text)) => Some(json!({"value": text, "from": &*fact.from})),
        _ => None,
    };
    facts
        .into_iter()
        .filter_map(|(name, fact)| Some((name, show(fact)?)))
        .collect()
}

fn known(attributes: &BTreeMap<std::sync::Arc<str>, Attribute>) -> BTreeMap<&str, Printed<'_>> {
    attributes
        .iter()
        .filter_map(|(name, attribute)| {
            attribute
                .cell
                .known()
                .map(|value| (name.as_ref(), Printed(value)))
        })
        .collect()
}

fn unknowns(found: &mut BTreeMap<String, UnknownV1>, path: &AttributePath, cell: &Cell) {
    let show = |unknown: &Unknown| UnknownV1 {
        reason: unknown.reason.as_str(),
        refs: unknown.refs.iter().map(ToString::to_string).collect(),
    };
    match cell {
        Cell::Absent => {}
        Cell::Unknown(unknown) => {
            found.insert(path.to_string(), show(unknown));
        }
        Cell::Known(value) => value.for_each_unknown(path, &mut |path, unknown| {
            found.insert(path.to_string(), show(unknown));
        }),
    }
}

fn change(change: Option<&Change>) -> Json {
    match change {
        None => Json::Null,
        Some(change) => json!({
            "actions": change.actions.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "previousId": change.previous_id.as_ref().map(|id| id.as_str()),
        }),
    }
}

fn native<'a>(native_type: &'a str, values: &'a Value) -> NativeV1<'a> {
    let root = AttributePath::root();
    let (mut unknown, mut redacted) = (Vec::new(), Vec::new());
    values.for_each_unknown(&root, &mut |path, _| unknown.push(path.to_string()));
    values.for_each_sensitive(&root, &mut |path| redacted.push(path.to_string()));
    unknown.extend(redacted.iter().cloned());
    NativeV1 {
        r#type: native_type,
        values: Printed(values),
        unknown,
        redacted,
    }
}

fn provenance(resource: &Resource, inventory: &Inventory, attribute: &Attribute) -> Json {
    let provenance = &attribute.provenance;
    let location = place_of(resource, inventory, attribute);
    json!({
        "file": location.as_ref().map(|location| location.file.as_str()),
        "line": location.as_ref().map(|location| location.line),
        "column": location.as_ref().map(|location| location.column),
        "path": provenance.native_path.as_ref().map(ToString::to_string),
        "from": provenance.from.as_ref().map(|from| from.as_str()),
        "declared": provenance.declared,
    })
}

/// Where an attribute was written: in the resource, or in a satellite of it.
pub(crate) fn place_of(
    resource: &Resource,
    inventory: &Inventory,
    attribute: &Attribute,
) -> Option<Location> {
    let provenance = &attribute.provenance;
    let origin = match provenance.from.as_ref().filter(|from| **from != resource.id) {
        Some(satellite) => inventory.satellite_origins.get(satellite),
        None => Some(&resource.origin),
    };
    let span = origin
        .zip(provenance.native_path.as_ref())
        .and_then(|(origin, path)| origin.locate(path));
    span.map(|span| span.location())
}

fn related(relation: &crate::resource::Relation, inventory: &Inventory) -> Json {
    let edges: Vec<Json> = relation
        .edges
        .iter()
        .filter_map(|edge| {
            let other = inventory.resources.get(edge.to)?;
            Some(json!({"id": other.id.as_str(), "by": edge.by.as_str()}))
        })
        .collect();
    Json::Array(edges)
}
