//! The document a rule sees as `input`.
//!
//! Only what the rule reads is built; [`ReadSet::everything`] gives the complete document. Values that are not known
//! stand in it as [`Value::Unknown`](crate::value::Value::Unknown): rules never see those, see [`decide`](super::decide).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::control::Control;
use crate::resource::{Attribute, Cell, Change, Evidence, Inventory, Relation, Resource};
use crate::rule::{ReadCursor, ReadSet};
use crate::value::{AttributePath, Domain, Map, UNLISTED, Unknown, UnknownReason, Value};

/// The names that are never attributes at the top level of a resource; an attribute of such a name is found under
/// `attributes`.
const ENVELOPE: [&str; 19] = [
    "type",
    "kind",
    "family",
    "id",
    "name",
    "account",
    "region",
    "environment",
    "owner",
    "workload",
    "data_classification",
    "change_id",
    "tags",
    "attributes",
    "facets",
    "declared",
    "native",
    "change",
    "related",
];

/// An input document with what has to be known about it to judge a pass.
#[derive(Clone, Debug, PartialEq)]
pub struct InputDocument {
    /// The document: a map with `resource` or `resources`, `params` and `context`.
    pub value: Value,
    /// Where a value (or an absence) in it is a default that nobody verified. Such a value may not produce a pass.
    pub unverified: Vec<AttributePath>,
}

/// The document for a control that looks at one resource. `now` is the time of the run in RFC 3339.
pub fn resource_document(
    resource: &Resource,
    inventory: &Inventory,
    control: &Control,
    now: &str,
    reads: &ReadSet,
) -> InputDocument {
    let mut builder = Builder {
        inventory,
        parameters: &control.parameters,
        unverified: Vec::new(),
        shown: false,
    };
    let mut document = common(control, now);
    let root = AttributePath::root().key("resource");
    let empty = ReadSet::default();
    let cursor = reads.cursor().enter("resource").unwrap_or_else(|| empty.cursor());
    document.insert(
        "resource".into(),
        builder.resource(resource, &cursor, &root, true),
    );
    InputDocument {
        value: Value::Map(document),
        unverified: builder.unverified,
    }
}

/// The document for a control that looks at all resources of one account and Region, each with its inventory.
pub fn inventory_document(
    members: &[(&Inventory, &Resource)],
    control: &Control,
    now: &str,
    reads: &ReadSet,
) -> InputDocument {
    let mut unverified = Vec::new();
    let mut document = common(control, now);
    let root = AttributePath::root().key("resources");
    let empty = ReadSet::default();
    let cursor = reads
        .cursor()
        .enter("resources")
        .and_then(|list| list.elements())
        .unwrap_or_else(|| empty.cursor());
    let list = members
        .iter()
        .enumerate()
        .map(|(index, (inventory, resource))| {
            let mut builder = Builder {
                inventory,
                parameters: &control.parameters,
                unverified: Vec::new(),
                shown: false,
            };
            let value = builder.resource(resource, &cursor, &root.index(index), true);
            unverified.append(&mut builder.unverified);
            value
        })
        .collect();
    document.insert("resources".into(), Value::List(list));
    InputDocument {
        value: Value::Map(document),
        unverified,
    }
}

/// Everything a rule could read about a resource, as `{"resource": …}`: for looking at it, or for another Rego tool.
pub fn everything_as_input(resource: &Resource, inventory: &Inventory) -> Value {
    let nothing = Map::new();
    let mut builder = Builder {
        inventory,
        parameters: &nothing,
        unverified: Vec::new(),
        shown: true,
    };
    let reads = ReadSet::everything();
    let root = AttributePath::root().key("resource");
    let empty = ReadSet::default();
    let cursor = reads.cursor().enter("resource").unwrap_or_else(|| empty.cursor());
    let value = builder.resource(resource, &cursor, &root, true);
    Value::Map(Map::from([("resource".into(), value)]))
}

fn common(control: &Control, now: &str) -> Map {
    let context = Map::from([("now".into(), now.into())]);
    Map::from([
        ("params".into(), Value::Map(control.parameters.clone())),
        ("context".into(), Value::Map(context)),
    ])
}

/// Every text inside a parameter.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::List(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Map(map) => map.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

struct Builder<'a> {
    inventory: &'a Inventory,
    parameters: &'a Map,
    unverified: Vec<AttributePath>,
    /// The document is for people and other tools: what nobody recorded is left out.
    shown: bool,
}

impl Builder<'_> {
    /// The tags; where there may be more than the known ones, a key that the rule asks for and nobody saw is unknown.
    fn tags(&self, tags: &Attribute, reads: &ReadCursor<'_>) -> Value {
        let known = tags.cell.to_value().unwrap_or(Value::Map(Map::new()));
        let (Some(open), Value::Map(mut map)) = (&tags.provenance.open, known.clone()) else {
            return known;
        };
        let mut parameters = Vec::new();
        for value in self.parameters.values() {
            texts(value, &mut parameters);
        }
        let asked = match reads.members() {
            Some((named, false)) => named,
            // Keys that a rule computes come from its parameters, if it has any that could be keys.
            Some((named, true)) if !parameters.is_empty() => named.into_iter().chain(parameters).collect(),
            _ => return Value::Unknown(open.clone()),
        };
        // Nobody writes the same tag in two spellings: a key that is there as `Owner` is not also to come as `owner`.
        let spelling = |key: &str| key.to_ascii_lowercase().replace(['-', '_', ':'], "");
        let present: BTreeSet<String> = map.keys().map(|key| spelling(key)).collect();
        for key in asked.into_iter().filter(|key| !present.contains(&spelling(key))) {
            map.insert(key.into(), Value::Unknown(open.clone()));
        }
        Value::Map(map)
    }

    fn resource(
        &mut self,
        resource: &Resource,
        reads: &ReadCursor<'_>,
        path: &AttributePath,
        relations: bool,
    ) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value.filter(|_| reads.mentions(name)) {
                map.insert(name.into(), value);
            }
        };
        let text = |text: &Arc<str>| Some(Value::String(text.clone()));
        let context = &resource.context;
        put(
            "type",
            match resource.possible_types.as_slice() {
                [] => text(&resource.resource_type),
                possible => {
                    let possible = possible.iter().cloned().map(Value::String).collect();
                    let unknown = Unknown::new(UnknownReason::NotRecorded).non_null();
                    Some(unknown.with_domain(Domain::AnyOf(possible)).into())
                }
            },
        );
        put("kind", resource.kind.as_ref().and_then(text));
        put("family", resource.family.as_ref().and_then(text));
        put("id", Some(resource.id.as_str().into()));
        put("name", text(&resource.name));
        for (name, derived) in [
            ("account", &context.account),
            ("region", &context.region),
            ("environment", &context.environment),
            ("owner", &context.owner),
            ("workload", &context.workload),
            ("data_classification", &context.data_classification),
            ("change_id", &context.change_id),
        ] {
            put(name, derived.cell.to_value());
        }
        let tags = reads.enter("tags").map(|reads| self.tags(&resource.tags, &reads));
        put("tags", tags);
        put("change", resource.change.as_ref().map(change));

        for (name, attribute) in &resource.attributes {
            if !ENVELOPE.contains(&&**name)
                && let Some(reads) = reads.enter(name)
            {
                self.attribute(&mut map, name, attribute, &reads, path);
            }
        }
        if let Some(rest) = resource.unlisted.as_ref().filter(|_| !self.shown) {
            match reads.members() {
                Some((named, false)) => {
                    for name in named.into_iter().filter(|name| !ENVELOPE.contains(name)) {
                        map.entry(name.into())
                            .or_insert_with(|| Value::Unknown(rest.clone()));
                    }
                }
                // A rule that reads any attribute reads those that nobody recorded.
                _ => return Value::Unknown(rest.clone()),
            }
        }
        for (group, attributes) in [("attributes", &resource.attributes), ("facets", &resource.facets)] {
            let Some(reads) = reads.enter(group) else { continue };
            let mut members = Map::new();
            for (name, attribute) in attributes {
                if let Some(reads) = reads.enter(name) {
                    self.attribute(&mut members, name, attribute, &reads, &path.key(group));
                }
            }
            if let Some(rest) = &resource.unlisted {
                members.insert(UNLISTED.into(), Value::Unknown(rest.clone()));
            }
            map.insert(group.into(), self.listed(Value::Map(members), &reads));
        }
        if let Some(reads) = reads.enter("declared") {
            let mut declared = resource.declared();
            declared.retain(|name, _| reads.mentions(name));
            if let Some(rest) = &resource.unlisted {
                declared.insert(UNLISTED.into(), Value::Unknown(rest.clone()));
            }
            map.insert("declared".into(), self.listed(Value::Map(declared), &reads));
        }
        if let Some(reads) = reads.enter("native") {
            map.insert("native".into(), self.native(resource, &reads));
        }
        if let Some(reads) = reads.enter("related").filter(|_| relations) {
            map.insert(
                "related".into(),
                self.related(resource, &reads, &path.key("related")),
            );
        }
        Value::Map(map)
    }

    fn attribute(
        &mut self,
        into: &mut Map,
        name: &Arc<str>,
        attribute: &Attribute,
        reads: &ReadCursor<'_>,
        path: &AttributePath,
    ) {
        if attribute.provenance.evidence == Some(Evidence::Unverified)
            && !matches!(attribute.cell, Cell::Unknown(_))
        {
            self.unverified.push(path.key(name));
        }
        if let Some(value) = attribute.cell.to_value() {
            let value = self.listed(value, reads);
            into.insert(name.clone(), value);
        }
    }

    fn related(&mut self, resource: &Resource, reads: &ReadCursor<'_>, path: &AttributePath) -> Value {
        let mut relations = Map::new();
        for (name, relation) in &resource.related {
            if let Some(reads) = reads.enter(name) {
                relations.insert(name.clone(), self.relation(relation, &reads, &path.key(name)));
            }
        }
        Value::Map(relations)
    }

    fn relation(&mut self, relation: &Relation, reads: &ReadCursor<'_>, path: &AttributePath) -> Value {
        if let Some(open) = &relation.open {
            // A list with an unknown number of elements: whatever is counted or quantified over it is unknown.
            return Value::Unknown(open.clone());
        }
        let inventory = self.inventory;
        let empty = ReadSet::default();
        let reads = reads.elements().unwrap_or_else(|| empty.cursor());
        let joined = relation
            .edges
            .iter()
            .filter_map(|edge| inventory.resources.get(edge.to))
            .enumerate();
        Value::List(
            joined
                .map(|(index, other)| self.resource(other, &reads, &path.index(index), false))
                .collect(),
        )
    }

    fn native(&self, resource: &Resource, reads: &ReadCursor<'_>) -> Value {
        let mut map = Map::new();
        if reads.enter("type").is_some() {
            map.insert("type".into(), Value::String(resource.native_type.clone()));
        }
        if let Some(reads) = reads.enter("values") {
            let values = match &*resource.native {
                Value::Map(values) => {
                    let read = values
                        .iter()
                        .filter(|(name, _)| &***name == UNLISTED || reads.mentions(name));
                    self.listed(
                        Value::Map(read.map(|(name, value)| (name.clone(), value.clone())).collect()),
                        &reads,
                    )
                }
                other => other.clone(),
            };
            map.insert("values".into(), values);
        }
        Value::Map(map)
    }

    fn listed(&self, value: Value, reads: &ReadCursor<'_>) -> Value {
        if self.shown || !has_unlisted(&value) {
            value
        } else {
            with_unlisted(&value, reads)
        }
    }
}

fn change(change: &Change) -> Value {
    let actions = change
        .actions
        .iter()
        .map(|action| Value::String(action.clone()))
        .collect();
    let mut map = Map::from([("actions".into(), Value::List(actions))]);
    if let Some(previous) = &change.previous_id {
        map.insert("previous_id".into(), previous.as_str().into());
    }
    Value::Map(map)
}

fn has_unlisted(value: &Value) -> bool {
    match value {
        Value::Map(map) => map.contains_key(UNLISTED) || map.values().any(has_unlisted),
        Value::List(items) => items.iter().any(has_unlisted),
        Value::Sensitive(inner) => has_unlisted(inner),
        _ => false,
    }
}

/// The value with an unknown for every member that the rule asks for and that an object of it does not list, because
/// nobody recorded all of its members ([`UNLISTED`]). An object that the rule reads as a whole is unknown as a whole.
fn with_unlisted(value: &Value, reads: &ReadCursor<'_>) -> Value {
    match value {
        Value::Map(map) => {
            let mut out = Map::new();
            for (key, value) in map.iter().filter(|(key, _)| &***key != UNLISTED) {
                let value = reads
                    .enter(key)
                    .map_or_else(|| value.clone(), |reads| with_unlisted(value, &reads));
                out.insert(key.clone(), value);
            }
            let Some(rest) = map.get(UNLISTED).filter(|rest| rest.as_unknown().is_some()) else {
                return Value::Map(out);
            };
            match reads.members() {
                Some((named, false)) => {
                    for name in named {
                        out.entry(name.into()).or_insert_with(|| rest.clone());
                    }
                    Value::Map(out)
                }
                _ => rest.clone(),
            }
        }
        Value::List(items) => match reads.elements() {
            Some(reads) => Value::List(items.iter().map(|item| with_unlisted(item, &reads)).collect()),
            None => value.clone(),
        },
        other => other.clone(),
    }
}
