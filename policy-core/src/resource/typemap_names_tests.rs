//! The typemap reads no native name that was not verified against the schemas of the providers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::NativePath;
use super::TypeMap;

/// Written by `scripts/verify-typemap.py`.
const STORED: &str = include_str!("typemap_names.txt");

type Name = (String, String, String);

fn stored() -> BTreeMap<Name, bool> {
    let lines = STORED.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let [source, native, path, verified] = fields[..] else {
                panic!("{line}")
            };
            (
                (source.to_owned(), native.to_owned(), path.to_owned()),
                verified == "yes",
            )
        })
        .collect()
}

/// Custom resources have no schema: whoever writes the template says what their properties are.
const CUSTOM: &str = "Custom::";

fn add(names: &mut BTreeSet<Name>, source: &str, types: &[Arc<str>], paths: &[NativePath]) {
    let custom = |path: &&NativePath| {
        let satellite = path.satellite.as_deref();
        satellite.is_some_and(|native| native.starts_with(CUSTOM))
    };
    for path in paths.iter().filter(|path| !custom(path)) {
        let native = match &path.satellite {
            Some(satellite) => satellite.to_string(),
            None => types.join("|"),
        };
        names.insert((source.to_owned(), native, path.steps.join(".")));
    }
}

fn names() -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let typemap = TypeMap::builtin();
    for kind in &typemap.kinds {
        let sources = [
            ("terraform", &kind.terraform),
            ("cloudformation", &kind.cloudformation),
        ];
        for (source, types) in sources {
            names.extend(
                types
                    .iter()
                    .map(|native| (source.to_owned(), native.to_string(), String::new())),
            );
        }
        for satellite in &kind.satellites {
            // What an account has one of may be a type that only AWS Config knows.
            let recorded = satellite.join == super::Join::Account && satellite.native_type.contains("::");
            if recorded || satellite.native_type.starts_with(CUSTOM) {
                continue;
            }
            let source = if satellite.native_type.contains("::") {
                "cloudformation"
            } else {
                "terraform"
            };
            names.insert((
                source.to_owned(),
                satellite.native_type.to_string(),
                String::new(),
            ));
        }
        for attribute in &kind.attributes {
            add(&mut names, "terraform", &kind.terraform, &attribute.terraform);
            add(
                &mut names,
                "cloudformation",
                &kind.cloudformation,
                &attribute.cloudformation,
            );
        }
    }
    names
}

#[test]
fn every_native_name_was_verified() {
    let stored = stored();
    assert!(stored.len() > 1_000, "{}", stored.len());
    let unknown: Vec<Name> = names()
        .into_iter()
        .filter(|name| !stored.contains_key(name))
        .collect();
    assert!(
        unknown.is_empty(),
        "run scripts/verify-typemap.py --write: {unknown:#?}"
    );
    // The extract of the provider schema lacks this very large type; its four names are in the provider's documentation.
    let unverified = stored
        .iter()
        .filter(|(_, verified)| !**verified)
        .map(|((_, native, _), _)| native.as_str());
    let unverified: BTreeSet<&str> = unverified.collect();
    assert_eq!(unverified, BTreeSet::from(["aws_wafv2_web_acl"]));
}

#[test]
fn the_stored_list_holds_nothing_else() {
    let names = names();
    let stale: Vec<Name> = stored()
        .into_keys()
        .filter(|name| !names.contains(name))
        .collect();
    assert!(
        stale.is_empty(),
        "run scripts/verify-typemap.py --write: {stale:#?}"
    );
}
