//! What nobody wrote and no documentation confirms never makes a control pass.

#[cfg(test)]
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use policy_core::control;
use policy_core::evaluation::{Assessment, InputInventory};
use policy_core::input::{self, InputContext};
use policy_core::resource::{Cell, ContextOptions, Evidence, Kind, TypeMap, build};
use policy_core::rule::Outcome;
use policy_core::source::Source;

/// A resource of every kind of which nothing is written, as a template and as a plan.
#[cfg(test)]
fn bare(typemap: &TypeMap) -> Vec<InputInventory> {
    let types = |of: fn(&Kind) -> &[Arc<str>]| {
        let kinds = typemap.kinds().iter();
        kinds.filter_map(move |kind| of(kind).first().cloned())
    };
    let mut template = String::from("Resources:\n");
    for (number, native) in types(Kind::cloudformation_types).enumerate() {
        writeln!(template, "  R{number}: {{Type: \"{native}\"}}").unwrap();
    }
    let changes: Vec<_> = types(Kind::terraform_types)
        .map(|native| {
            serde_json::json!({"address": format!("{native}.r"), "mode": "managed", "type": &*native, "name": "r",
                "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {}}})
        })
        .collect();
    let plan = serde_json::json!({"format_version": "1.2", "resource_changes": changes}).to_string();
    [("template.yaml", template), ("plan.json", plan)]
        .into_iter()
        .map(|(name, text)| {
            let loaded = input::load(name, text.into_bytes(), &InputContext::default());
            let (inventory, _) = build(loaded.resources, typemap, &ContextOptions::default());
            InputInventory::new(name, inventory)
        })
        .collect()
}

/// A default as the model gives it.
#[cfg(test)]
struct Given {
    control: String,
    input: usize,
    subject: String,
    kind: String,
    name: String,
    value: serde_json::Value,
    evidence: Evidence,
}

/// Every known default of the bare resources.
#[cfg(test)]
fn defaults(inputs: &[InputInventory]) -> Vec<Given> {
    let mut found = Vec::new();
    for (input, inventory) in inputs.iter().enumerate() {
        for resource in &inventory.inventory.resources {
            for (name, attribute) in &resource.attributes {
                let (Cell::Known(value), Some(evidence)) = (&attribute.cell, attribute.provenance.evidence)
                else {
                    continue;
                };
                let mut open = false;
                value.for_each_unknown(&Default::default(), &mut |_, _| open = true);
                if open {
                    continue;
                }
                found.push(Given {
                    control: format!("DEF-ALL-{:03}", found.len()),
                    input,
                    subject: resource.id.to_string(),
                    kind: resource.kind.as_deref().unwrap_or_default().to_owned(),
                    name: name.to_string(),
                    value: value.to_json(),
                    evidence,
                });
            }
        }
    }
    found
}

/// A control for each default that passes on exactly that value.
#[cfg(test)]
fn controls(defaults: &[Given]) -> Vec<Arc<Source>> {
    let one = |given: &Given| {
        let package = given.control.to_ascii_lowercase().replace('-', "_");
        let dir = format!("controls/{}-default", given.control);
        let control = format!(
            "id: {}\ntitle: The default is what it is\nintent: test\nseverity: low\nscope: {{environments: [all], resourceTypes: [{}]}}\nexception: {{allowed: false}}\n",
            given.control, given.kind
        );
        let rule = format!(
            "package controls.{package}\n\ndeny contains \"differs\" if not same\n\nsame if input.resource.attributes.{} == {}\n",
            given.name, given.value
        );
        [
            Source::new(format!("{dir}/control.yaml"), control),
            Source::new(format!("{dir}/rule.rego"), rule),
        ]
    };
    defaults.iter().flat_map(one).collect()
}

#[cfg(test)]
fn outcomes(assessment: &Assessment) -> BTreeMap<(String, String), Outcome> {
    let evaluations = assessment.evaluations.iter();
    evaluations
        .map(|evaluation| {
            let key = (evaluation.control.to_string(), evaluation.subject.to_string());
            (key, evaluation.outcome)
        })
        .collect()
}

#[test]
fn no_unverified_default_of_the_typemap_can_make_a_control_pass() {
    let inputs = bare(TypeMap::builtin());
    let defaults = defaults(&inputs);
    let (catalog, diagnostics) = control::load(&controls(&defaults));
    assert!(
        diagnostics
            .iter()
            .all(|found| found.level != policy_core::diagnostic::Level::Error),
        "{diagnostics:#?}"
    );
    let mut counts = [0_usize; 2];
    for (position, input) in inputs.iter().enumerate() {
        let outcomes = outcomes(&support::evaluate(catalog.clone(), std::slice::from_ref(input)));
        for given in defaults.iter().filter(|given| given.input == position) {
            let outcome = outcomes.get(&(given.control.clone(), given.subject.clone()));
            let expected = match given.evidence {
                Evidence::Documented => Outcome::Pass,
                Evidence::Unverified => Outcome::Unknown,
            };
            counts[usize::from(given.evidence == Evidence::Unverified)] += 1;
            assert_eq!(
                outcome,
                Some(&expected),
                "{} of {} is {} by default",
                given.name,
                given.subject,
                given.value
            );
        }
    }
    assert!(
        counts.iter().all(|count| *count > 100),
        "{counts:?} defaults were tried"
    );
}

/// The same value once with a page, once with nothing but the claim, once as knowledge.
#[test]
fn documentation_without_a_page_is_no_evidence() {
    let text = "version: 1
kinds:
- kind: widget
  family: widgets
  terraform: [acme_widget]
  attrs:
  - {name: named, type: bool, terraform: named, default: {terraform: {value: true, evidence: doc, source: \"Handbook, page 3\"}}}
  - {name: claimed, type: bool, terraform: claimed, default: {terraform: {value: true, evidence: doc}}}
  - {name: blank, type: bool, terraform: blank, default: {terraform: {value: true, evidence: doc, source: \" \"}}}
  - {name: known, type: bool, terraform: known, default: {terraform: {value: true, evidence: author}}}
";
    let typemap = TypeMap::with_files(&[Source::new("own.yaml", text)]).unwrap();
    let inputs = bare(&typemap);
    let widget = |name: &str| {
        let resources = &inputs[1].inventory.resources;
        let widget = resources
            .iter()
            .find(|resource| resource.kind.as_deref() == Some("widget"))
            .unwrap();
        widget.attributes[name].provenance.evidence
    };
    assert_eq!(widget("named"), Some(Evidence::Documented));
    for name in ["claimed", "blank", "known"] {
        assert_eq!(widget(name), Some(Evidence::Unverified), "{name}");
    }
}
