//! Prefix lists in security-group rules: whether their addresses are open to the world, where the input has the list.
//!
//! A rule that names a prefix list allows what the list holds ("Managed prefix lists", Amazon VPC User Guide). A list of
//! the input is looked into, together with the other rules of the group; any other stays open.

use std::sync::Arc;

use super::cidr::Block;
use super::inventory::Draft;
use super::kind::TypeMap;
use super::model::{Attribute, Cell, ResourceId};
use super::reference::{Directory, Group, Target};
use super::world::{Opening, Rule, openings};
use crate::value::{AttributePath, Map, Value};

const KIND: &str = "prefix_list";
const ADDRESSES: &str = "cidrs";
const OPEN: &str = "open_to_world";

/// Decides the entries of all security groups that name a prefix list of the input.
pub(super) fn look_into(directory: &Directory<'_>, typemap: &TypeMap, drafts: &mut [Option<Draft>]) {
    let Some(&kind) = typemap.by_name.get(KIND) else {
        return;
    };
    let some = |draft: &Option<Draft>| draft.as_ref().is_some_and(|draft| draft.kind == Some(kind));
    if !drafts.iter().any(some) {
        return;
    }
    for index in 0..drafts.len() {
        for name in ["ingress", "egress"] {
            let Some(Some(draft)) = drafts.get(index) else {
                continue;
            };
            let Some(attribute) = draft.attributes.get(name).filter(|_| is_group(draft, typemap)) else {
                continue;
            };
            let looked = Lookup {
                directory,
                drafts,
                group: Group::kind(kind),
            }
            .decided(attribute);
            if let (Some(looked), Some(Some(draft))) = (looked, drafts.get_mut(index)) {
                draft.attributes.insert(name.into(), looked);
            }
        }
    }
}

fn is_group(draft: &Draft, typemap: &TypeMap) -> bool {
    draft
        .kind
        .and_then(|kind| typemap.kinds.get(kind))
        .is_some_and(|kind| &*kind.name == "security_group")
}

struct Lookup<'a> {
    directory: &'a Directory<'a>,
    drafts: &'a [Option<Draft>],
    group: Group,
}

impl Lookup<'_> {
    /// The entries with their prefix lists looked into; `None` where there is none to look into.
    fn decided(&self, attribute: &Attribute) -> Option<Attribute> {
        let Cell::Known(Value::List(entries)) = &attribute.cell else {
            return None;
        };
        let places = &attribute.provenance.elements;
        let mut known = false;
        let mut rules: Vec<(usize, Rule)> = Vec::new();
        for (position, entry) in entries.iter().enumerate() {
            let listed = entry
                .get("prefix_list")
                .and_then(|list| self.addresses(list, places.get(position)?));
            known |= listed.is_some();
            match listed {
                Some(blocks) => rules.extend(blocks.into_iter().map(|block| (position, rule(entry, block)))),
                None => rules.push((position, plain(entry))),
            }
        }
        if !known {
            return None;
        }
        let (positions, rules): (Vec<usize>, Vec<Rule>) = rules.into_iter().unzip();
        let mut found: Vec<Vec<Opening>> = vec![Vec::new(); entries.len()];
        for (position, opening) in positions.into_iter().zip(openings(&rules)) {
            if let Some(openings) = found.get_mut(position) {
                openings.push(opening);
            }
        }
        let mut decided = attribute.clone();
        let mut values = Vec::new();
        let mut elements = Vec::new();
        for (position, (entry, openings)) in entries.iter().zip(&found).enumerate() {
            for entry in opened(entry, &together(openings)) {
                values.push(entry);
                elements.extend(places.get(position).cloned());
            }
        }
        decided.cell = Cell::Known(Value::List(values));
        decided.provenance.elements = elements;
        Some(decided)
    }

    /// The addresses of the list that an entry names, where the input has it; `None` among them is not known.
    fn addresses(&self, list: &Value, place: &(ResourceId, AttributePath)) -> Option<Vec<Option<Block>>> {
        let writer = self.directory.find(place.0.as_str())?;
        let Target::One(found, _) = self.directory.resolve(writer, &place.1, Some(list), self.group) else {
            return None;
        };
        let addresses = self.drafts.get(found)?.as_ref()?.attributes.get(ADDRESSES)?;
        // A list that may have more entries than the input shows is none to rely on.
        if addresses.provenance.open.is_some() || addresses.provenance.maybe_declared {
            return None;
        }
        let items = match &addresses.cell {
            Cell::Absent => return Some(Vec::new()),
            Cell::Unknown(_) => return Some(vec![None]),
            Cell::Known(value) => value.as_list()?,
        };
        Some(
            items
                .iter()
                .map(|item| item.as_str().and_then(Block::parse))
                .collect(),
        )
    }
}

fn rule(entry: &Value, block: Option<Block>) -> Rule {
    let Some(block) = block else {
        return Rule::Undecided;
    };
    let port = |name: &str| i64::try_from(entry.get(name)?.as_integer()?).ok();
    Rule::Cidr {
        block,
        protocol: entry.get("protocol").and_then(Value::as_str).map(Arc::from),
        ports: port("from_port").zip(port("to_port")),
    }
}

/// An entry whose peer is no list of the input.
fn plain(entry: &Value) -> Rule {
    match (entry.get("cidr"), entry.get("prefix_list")) {
        (Some(cidr), _) => rule(entry, cidr.as_str().and_then(Block::parse)),
        (None, Some(_)) => Rule::Undecided,
        (None, None) => Rule::Nothing,
    }
}

/// All addresses of a list have the entry's ports, so what differs between them is only whether they take part.
fn together(openings: &[Opening]) -> Opening {
    let mut parts: Option<&Opening> = None;
    let mut unknown = false;
    for opening in openings {
        match opening {
            Opening::Open => return Opening::Open,
            Opening::Closed => {}
            Opening::Unknown => unknown = true,
            Opening::Partly(_) => {
                unknown |= parts.is_some_and(|other| other != opening);
                parts = Some(opening);
            }
        }
    }
    match parts {
        _ if unknown => Opening::Unknown,
        Some(parts) => parts.clone(),
        None => Opening::Closed,
    }
}

/// The entry as it was decided; one for each part of its ports.
fn opened(entry: &Value, opening: &Opening) -> Vec<Value> {
    let Some(map) = entry.as_map() else {
        return vec![entry.clone()];
    };
    let with = |changes: &[(&str, Value)]| {
        let mut map: Map = map.clone();
        for (name, value) in changes {
            map.insert((*name).into(), value.clone());
        }
        Value::Map(map)
    };
    match opening {
        Opening::Open => vec![with(&[(OPEN, true.into())])],
        Opening::Closed if map.get(OPEN).is_some() => vec![with(&[(OPEN, false.into())])],
        Opening::Closed | Opening::Unknown => vec![entry.clone()],
        Opening::Partly(parts) => parts
            .iter()
            .map(|(from, to, open)| {
                with(&[
                    ("from_port", (*from).into()),
                    ("to_port", (*to).into()),
                    (OPEN, (*open).into()),
                ])
            })
            .collect(),
    }
}
