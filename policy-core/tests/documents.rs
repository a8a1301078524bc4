//! A rule is given what it reads, no more; that must not show in what it says.

#[cfg(test)]
mod support;

use std::sync::Arc;

use policy_core::control::Evaluate;
use policy_core::evaluation::{Decision, decide, inventory_document, resource_document};
use policy_core::resource::{Inventory, Resource};
use policy_core::rule::ReadSet;
use policy_core::rule::rego::{compile, run_on_big_stack};

/// What can be seen of a decision. The unknowns and the actual values are left out: a document that holds everything has
/// more unknowns below the same attribute, and more secrets that no value may contain.
#[cfg(test)]
fn seen(decision: &Decision) -> String {
    let mut said = format!("{:?}", decision.outcome);
    for violation in decision.violations.iter().chain(&decision.warnings) {
        said += &format!(
            "\n{:?} {:?} {:?}",
            violation.paths, violation.expected, violation.resource
        );
    }
    said
}

#[test]
fn a_rule_says_the_same_of_what_it_reads_as_of_everything() {
    let catalog = support::catalog();
    let (rules, _) = compile(&catalog, 1);
    let now: Arc<str> = "2026-11-20T12:00:00Z".into();
    let everything = ReadSet::everything();
    let is_input = |path: &std::path::Path| {
        ["plan.json", "template.yaml", "item.json"]
            .iter()
            .any(|name| path.ends_with(name))
    };
    let mut compared = 0_usize;
    for control in catalog.controls.values() {
        let Some(reads) = rules.reads(&control.id) else {
            continue;
        };
        let home = support::root().join(control.span.source().name());
        for file in support::files(&home.parent().unwrap().join("tests"), &is_input) {
            let (input, _) = support::inventory(&file);
            let inventory = &input.inventory;
            let listed = |resource: &&Resource| resource.unlisted.is_none();
            let resources: Vec<&Resource> = inventory.resources.iter().filter(listed).collect();
            let documents: Vec<_> = match control.scope.evaluate {
                Evaluate::Resource => resources
                    .iter()
                    .map(|resource| {
                        [reads, &everything]
                            .map(|reads| resource_document(resource, inventory, control, &now, reads))
                    })
                    .collect(),
                Evaluate::Inventory | Evaluate::Account => {
                    let members: Vec<(&Inventory, &Resource)> =
                        resources.iter().map(|resource| (inventory, *resource)).collect();
                    vec![[reads, &everything].map(|reads| inventory_document(&members, control, &now, reads))]
                }
            };
            let said = run_on_big_stack(|| {
                let mut worker = rules.worker();
                let mut both = |documents: &[_; 2]| {
                    documents
                        .each_ref()
                        .map(|document| seen(&decide(&mut worker, &control.id, document)))
                };
                documents.iter().map(&mut both).collect::<Vec<_>>()
            });
            for [of_part, of_all] in said {
                assert_eq!(of_part, of_all, "{} on {}", control.id, support::relative(&file));
                compared += 1;
            }
        }
    }
    assert!(compared > 300, "only {compared} documents were compared");
}
