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
    /// The document: a map with `resource` or `resources`, and `context`. The worker adds `params`.
    pub value: Value,
    /// Where a value (or an absence) in it is a default that nobody verified. Such a value may not produce a pass.
    pub unverified: Vec<AttributePath>,
}

/// The document for a control that looks at one resource. `now` is the time of the run in RFC 3339.
pub fn resource_document(
    resource: &Resource,
    inventory: &Inventory,
    control: &Control,
    now: &Arc<str>,
    reads: &ReadSet,
) -> InputDocument {
    let mut builder = Builder {
        inventory,
        parameters: &control.parameters,
        unverified: Vec::new(),
        shown: false,
    };
    let mut document = common(reads, now);
    let root = AttributePath::root().key("resource");
    let cursor = reads
        .cursor()
        .enter("resource")
        .unwrap_or_else(ReadCursor::nothing);
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
    now: &Arc<str>,
    reads: &ReadSet,
) -> InputDocument {
    let mut unverified = Vec::new();
    let mut document = common(reads, now);
    let root = AttributePath::root().key("resources");
    let cursor = reads
        .cursor()
        .enter("resources")
        .and_then(|list| list.elements())
        .unwrap_or_else(ReadCursor::nothing);
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
    let cursor = reads
        .cursor()
        .enter("resource")
        .unwrap_or_else(ReadCursor::nothing);
    let value = builder.resource(resource, &cursor, &root, true);
    Value::Map(Map::from([("resource".into(), value)]))
}

fn common(reads: &ReadSet, now: &Arc<str>) -> Map {
    if !reads.cursor().mentions("context") {
        return Map::new();
    }
    let context = Map::from([("now".into(), Value::String(now.clone()))]);
    Map::from([("context".into(), Value::Map(context))])
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
        let none = Map::new();
        let all = match &tags.cell {
            Cell::Absent => &none,
            Cell::Known(Value::Map(all)) => all,
            Cell::Known(other) => return other.clone(),
            Cell::Unknown(unknown) => return Value::Unknown(unknown.clone()),
        };
        let mut read = all.clone();
        if !self.shown {
            read.retain(|key, _| reads.mentions(key));
        }
        let Some(open) = &tags.provenance.open else {
            return Value::Map(read);
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
        let present: BTreeSet<String> = all.keys().map(|key| spelling(key)).collect();
        for key in asked.into_iter().filter(|key| !present.contains(&spelling(key))) {
            read.insert(key.into(), Value::Unknown(open.clone()));
        }
        Value::Map(read)
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
            map.insert(group.into(), with_rest(members, &reads));
        }
        if let Some(reads) = reads.enter("declared") {
            let mut declared = resource.declared();
            declared.retain(|name, _| reads.mentions(name));
            if let Some(rest) = &resource.unlisted {
                declared.insert(UNLISTED.into(), Value::Unknown(rest.clone()));
            }
            map.insert("declared".into(), self.part(&Value::Map(declared), &reads));
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
        match &attribute.cell {
            Cell::Known(value) => {
                into.insert(name.clone(), self.part(value, reads));
            }
            Cell::Unknown(unknown) => {
                into.insert(name.clone(), Value::Unknown(unknown.clone()));
            }
            Cell::Absent => {}
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
        let reads = reads.elements().unwrap_or_else(ReadCursor::nothing);
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
            map.insert("values".into(), self.part(&resource.native, &reads));
        }
        Value::Map(map)
    }

    fn part(&self, value: &Value, reads: &ReadCursor<'_>) -> Value {
        if self.shown {
            value.clone()
        } else {
            read_part(value, reads)
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

/// What the rule reads of a value. A resource differs from its neighbours in much that no rule asks for, and equal documents
/// are decided once.
pub(super) fn read_part(value: &Value, reads: &ReadCursor<'_>) -> Value {
    match value {
        Value::Map(map) => {
            let read = map.iter().filter_map(|(key, value)| {
                let reads = reads.enter(key).filter(|_| &**key != UNLISTED)?;
                Some((key.clone(), read_part(value, &reads)))
            });
            let mut part: Map = read.collect();
            if let Some(rest) = map.get(UNLISTED) {
                part.insert(UNLISTED.into(), rest.clone());
            }
            with_rest(part, reads)
        }
        Value::List(items) => match reads.elements() {
            Some(reads) => Value::List(items.iter().map(|item| read_part(item, &reads)).collect()),
            // Only whether the list is there is asked for.
            None => Value::List(Vec::new()),
        },
        Value::Sensitive(inner) => read_part(inner, reads).into_sensitive(),
        other => other.clone(),
    }
}

/// The object with an unknown for every member that the rule asks for and that the object does not list, because nobody
/// recorded all of its members ([`UNLISTED`]). An object that the rule reads as a whole is unknown as a whole.
fn with_rest(mut map: Map, reads: &ReadCursor<'_>) -> Value {
    let Some(rest) = map.remove(UNLISTED).filter(|rest| rest.as_unknown().is_some()) else {
        return Value::Map(map);
    };
    match reads.members() {
        Some((named, false)) => {
            for name in named {
                map.entry(name.into()).or_insert_with(|| rest.clone());
            }
            Value::Map(map)
        }
        _ => rest,
    }
}
