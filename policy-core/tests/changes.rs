//! What a change introduces, leaves and fixes.

#[cfg(test)]
mod support;

use std::collections::BTreeMap;

use policy_core::control::{ControlId, Severity};
use policy_core::evaluation::{Assessment, ChangeKind, InputInventory};
use policy_core::gate::{GateOptions, Verdict, decide};
use policy_core::input::{InputContext, load};
use policy_core::resource::{ContextOptions, TypeMap, build, take_previous};
use serde_json::{Value as Json, json};

#[cfg(test)]
fn volume(name: &str, actions: &[&str], before: Option<Json>, after: Option<Json>) -> Json {
    let with = |extra: Json| {
        let mut values = json!({"availability_zone": "eu-west-1a", "size": 10, "type": "gp3"});
        values
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        values
    };
    json!({
        "address": format!("aws_ebs_volume.{name}"), "mode": "managed", "type": "aws_ebs_volume", "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": actions, "before": before.map(with), "after": after.map(with), "after_unknown": {},
                   "before_sensitive": {}, "after_sensitive": {}}
    })
}

#[cfg(test)]
fn assess(changes: &[Json]) -> Assessment {
    let plan = json!({"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
                      "resource_changes": changes, "configuration": {"root_module": {}}});
    let mut loaded = load(
        "plan.json",
        serde_json::to_vec(&plan).unwrap(),
        &InputContext::default(),
    );
    let options = ContextOptions {
        environment: Some("prod".into()),
        ..ContextOptions::default()
    };
    let previous =
        take_previous(&mut loaded.resources).map(|before| build(before, TypeMap::builtin(), &options).0);
    let (inventory, _) = build(loaded.resources, TypeMap::builtin(), &options);
    let catalog = support::only(&support::catalog(), &ControlId::new("DP-ENC-004").unwrap());
    support::evaluate(
        catalog,
        &[InputInventory {
            name: "plan.json".into(),
            inventory,
            previous,
        }],
    )
}

#[cfg(test)]
fn kinds(assessment: &Assessment) -> BTreeMap<String, &'static str> {
    let all = assessment.findings.iter().chain(&assessment.fixed);
    all.map(|finding| {
        let id = finding
            .resource
            .as_ref()
            .map(|resource| resource.id.clone())
            .unwrap_or_default();
        (id, finding.change.map_or("none", ChangeKind::as_str))
    })
    .collect()
}

#[cfg(test)]
fn plain() -> Option<Json> {
    Some(json!({"encrypted": false}))
}

#[cfg(test)]
fn encrypted() -> Option<Json> {
    Some(json!({"encrypted": true}))
}

#[test]
fn findings_are_introduced_existing_or_fixed() {
    let mut moved = volume("moved", &["no-op"], plain(), plain());
    moved["previous_address"] = json!("aws_ebs_volume.old_name");
    let assessment = assess(&[
        volume("created", &["create"], None, plain()),
        volume("kept", &["no-op"], plain(), plain()),
        volume(
            "resized",
            &["update"],
            Some(json!({"encrypted": false, "size": 5})),
            plain(),
        ),
        volume("opened", &["delete", "create"], encrypted(), plain()),
        volume("mended", &["delete", "create"], plain(), encrypted()),
        volume("removed", &["delete"], plain(), None),
        volume("forgotten", &["forget"], plain(), None),
        volume("good", &["no-op"], encrypted(), encrypted()),
        moved,
    ]);
    let expected = [
        ("created", "introduced"),
        ("kept", "existing"),
        ("mended", "fixed"),
        ("moved", "existing"),
        ("opened", "introduced"),
        ("removed", "fixed"),
        ("resized", "existing"),
    ];
    let expected: BTreeMap<String, &str> = expected
        .into_iter()
        .map(|(name, kind)| (format!("aws_ebs_volume.{name}"), kind))
        .collect();
    assert_eq!(kinds(&assessment), expected);
}

#[test]
fn the_gate_can_look_at_introduced_findings_only() {
    let options = GateOptions {
        changed_only: true,
        fail_on: Severity::Low,
        ..GateOptions::default()
    };
    let verdict = |changes: &[Json]| decide(&assess(changes), &[], &options).verdict;
    assert_eq!(
        verdict(&[volume("kept", &["no-op"], plain(), plain())]),
        Verdict::Pass
    );
    assert_eq!(
        verdict(&[volume("made", &["create"], None, plain())]),
        Verdict::Fail
    );
    // Nobody tells what it was before, so it counts.
    let mut odd = volume("odd", &["update"], None, plain());
    odd["change"]["before"] = json!(null);
    assert_eq!(verdict(&[odd]), Verdict::Fail);
    let all = GateOptions {
        changed_only: false,
        ..options.clone()
    };
    assert_eq!(
        decide(
            &assess(&[volume("kept", &["no-op"], plain(), plain())]),
            &[],
            &all
        )
        .verdict,
        Verdict::Fail
    );
}
