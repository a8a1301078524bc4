//! Golden triples: the same resource as a Terraform plan, a CloudFormation template and an AWS Config item has the same
//! canonical attributes.
//!
//! `fixtures/triples/<kind>/NOTES.md` lists what differs and why, one line each: `` - `item.username`: reason ``, where the
//! first word is the source (`plan`, `template` or `item`) that does not say it. What is listed has to differ.

#[cfg(test)]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use policy_core::Value;
use policy_core::evaluation::InputInventory;
use policy_core::resource::{Cell, Resource};

const SOURCES: [(&str, &str); 3] = [
    ("plan", "plan.json"),
    ("template", "template.yaml"),
    ("item", "item.json"),
];

#[cfg(test)]
fn of_kind<'i>(input: &'i InputInventory, kind: &str) -> &'i Resource {
    let mut found = input
        .inventory
        .resources
        .iter()
        .filter(|resource| resource.kind.as_deref() == Some(kind));
    let resource = found
        .next()
        .unwrap_or_else(|| panic!("{} holds no {kind}", input.name));
    assert!(found.next().is_none(), "{} holds several of {kind}", input.name);
    resource
}

/// Origins are ids of the source; everything else is the same everywhere.
#[cfg(test)]
fn without_origins(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(
            map.iter()
                .filter(|(key, _)| &***key != "origin")
                .map(|(key, value)| (key.clone(), without_origins(value)))
                .collect(),
        ),
        Value::List(items) => Value::List(items.iter().map(without_origins).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
fn declared(resource: &Resource) -> BTreeSet<String> {
    let written = resource
        .attributes
        .iter()
        .filter(|(_, attribute)| attribute.provenance.declared);
    written
        .filter(|(_, attribute)| matches!(attribute.cell, Cell::Known(_)))
        .map(|(name, _)| name.to_string())
        .collect()
}

#[cfg(test)]
fn listed(dir: &Path) -> BTreeSet<String> {
    let notes = std::fs::read_to_string(dir.join("NOTES.md")).unwrap_or_default();
    notes
        .lines()
        .filter_map(|line| {
            line.strip_prefix("- `")?
                .split_once("`: ")
                .map(|(name, _)| name.to_owned())
        })
        .collect()
}

#[test]
fn the_same_resource_has_the_same_canonical_table_on_every_source() {
    let mut problems = Vec::new();
    let mut kinds = 0;
    let dirs = std::fs::read_dir(support::root().join("fixtures/triples")).unwrap();
    let mut dirs: Vec<_> = dirs
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    dirs.sort();
    for dir in dirs {
        let kind = dir.file_name().unwrap().to_string_lossy().into_owned();
        let inputs: Vec<(&str, InputInventory)> = SOURCES
            .iter()
            .map(|(source, file)| (*source, support::inventory(&dir.join(file)).0))
            .collect();
        let resources: Vec<(&str, &Resource)> = inputs
            .iter()
            .map(|(source, input)| (*source, of_kind(input, &kind)))
            .collect();
        let types: BTreeSet<&str> = resources
            .iter()
            .map(|(_, resource)| &*resource.resource_type)
            .collect();
        assert_eq!(types.len(), 1, "{kind}: {types:?}");
        let names: BTreeSet<String> = resources
            .iter()
            .flat_map(|(_, resource)| declared(resource))
            .collect();
        assert!(!names.is_empty(), "{kind} says nothing");
        let mut different = BTreeSet::new();
        for name in &names {
            let said: BTreeMap<&str, Option<Value>> = resources
                .iter()
                .map(|(source, resource)| {
                    let cell = resource
                        .attributes
                        .get(name.as_str())
                        .map(|attribute| &attribute.cell);
                    (*source, cell.and_then(Cell::known).map(without_origins))
                })
                .collect();
            // What most sources say is what holds; with two opinions, the plan's.
            let agreed = said.values().flatten().max_by_key(|value| {
                said.values()
                    .filter(|other| other.as_ref() == Some(*value))
                    .count()
            });
            for (source, value) in &said {
                if value.as_ref() != agreed {
                    different.insert(format!("{source}.{name}"));
                    if !listed(&dir).contains(&format!("{source}.{name}")) {
                        problems.push(format!(
                            "{kind}: {source}.{name} is {value:?}, others say {agreed:?}"
                        ));
                    }
                }
            }
        }
        for stale in listed(&dir).difference(&different) {
            problems.push(format!("{kind}: {stale} is listed as different and is not"));
        }
        kinds += 1;
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(kinds >= 30, "only {kinds} kinds");
}
