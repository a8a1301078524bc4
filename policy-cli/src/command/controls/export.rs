//! `policy controls export`: a pack as AWS Config runs it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use policy_core::control::{Catalog, Control, Mapping, Pack};
use policy_core::document::Text;

/// A conformance pack with the managed rules that check the controls of a pack. Controls without one are named in front:
/// the file that comes out must not look like all of the pack when it is not.
pub(super) fn conformance_pack(pack: &Pack, catalog: &Catalog, rules: Option<&Mapping>) -> String {
    let mut resources = String::new();
    let mut exported: BTreeSet<&str> = BTreeSet::new();
    for requirement in rules.iter().flat_map(|mapping| &mapping.requirements) {
        let controls: Vec<&Control> = requirement
            .controls
            .iter()
            .filter_map(|id| find(catalog, id))
            .collect();
        let Some(first) = controls.first() else { continue };
        exported.extend(controls.iter().map(|control| control.id.as_str()));
        let ids: Vec<&str> = controls.iter().map(|control| control.id.as_str()).collect();
        let _ = write!(
            resources,
            "  {}:\n    Type: AWS::Config::ConfigRule\n    Properties:\n      ConfigRuleName: {}\n      Description: {}\n{}      \
             Source:\n        Owner: AWS\n        SourceIdentifier: {}\n",
            logical_id(&requirement.id),
            requirement.id.to_ascii_lowercase().replace('_', "-"),
            quoted(&format!("{}: {}", ids.join(", "), first.title)),
            inputs(&requirement.parameters, &controls),
            requirement.id
        );
    }
    let mut out = format!("# Conformance pack of `{}`: {}\n", pack.id, pack.title);
    let missing: Vec<&Control> = catalog
        .controls
        .values()
        .filter(|control| !exported.contains(control.id.as_str()))
        .collect();
    if !missing.is_empty() {
        out.push_str("#\n# No managed rule of AWS Config checks these controls of the pack; `policy check` does where it can:\n");
        for control in missing {
            let _ = writeln!(out, "#   {}  {}", control.id, control.title);
        }
    }
    out.push_str(
        "#\n# Inputs that a managed rule requires and no control has a parameter for are yours to add.\n",
    );
    out.push_str("Resources:\n");
    out.push_str(&resources);
    out
}

fn find<'c>(catalog: &'c Catalog, id: &str) -> Option<&'c Control> {
    catalog
        .controls
        .values()
        .find(|control| control.id.as_str() == id)
}

/// The inputs of a rule that controls have a parameter for. All inputs of AWS Config are texts.
fn inputs(names: &[(Text, Text)], controls: &[&Control]) -> String {
    let mut out = String::new();
    for (theirs, ours) in names {
        let value = controls
            .iter()
            .find_map(|control| control.parameters.get(&ours.text));
        let text = match value.map(policy_core::Value::to_json) {
            Some(serde_json::Value::String(text)) => text,
            Some(serde_json::Value::Array(items)) => {
                let items = items.iter().map(|item| match item {
                    serde_json::Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                items.collect::<Vec<_>>().join(",")
            }
            Some(serde_json::Value::Object(_)) | None => continue,
            Some(other) => other.to_string(),
        };
        if out.is_empty() {
            out.push_str("      InputParameters:\n");
        }
        let _ = writeln!(out, "        {theirs}: {}", quoted(&text));
    }
    out
}

/// `CLOUD_TRAIL_ENABLED` as `CloudTrailEnabled`.
fn logical_id(identifier: &str) -> String {
    let words = identifier.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .flat_map(|word| {
            let rest = word.chars().skip(1).map(|c| c.to_ascii_lowercase());
            word.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(rest)
        })
        .collect()
}

/// A text that YAML reads as nothing but a text.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
