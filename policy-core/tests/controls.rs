//! The shipped controls mean the same on every source, and decide on a first apply.

#[cfg(test)]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_core::control::ControlId;
use policy_core::diagnostic::Level;
use policy_core::evaluation::{Assessment, Evaluation};
use policy_core::rule::Outcome;

/// The worst outcome of a control on an input.
#[cfg(test)]
fn worst(assessment: &Assessment) -> Option<Outcome> {
    let order = [
        Outcome::Error,
        Outcome::Fail,
        Outcome::Unknown,
        Outcome::Pass,
        Outcome::NotApplicable,
    ];
    order.into_iter().find(|outcome| assessment.count(*outcome) > 0)
}

/// Case directories by control that hold more than one source.
#[cfg(test)]
fn pairs() -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let is_input = |path: &Path| {
        ["plan.json", "template.yaml", "template.json", "item.json"]
            .iter()
            .any(|name| path.ends_with(name))
    };
    let mut cases: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in support::files(&support::root().join("controls"), &is_input) {
        cases
            .entry(file.parent().unwrap().to_owned())
            .or_default()
            .push(file);
    }
    cases.retain(|_, files| files.len() > 1);
    cases
}

#[test]
fn the_same_control_gives_the_same_outcome_on_every_source_of_a_case() {
    let catalog = support::catalog();
    let pairs = pairs();
    let mut wrong = Vec::new();
    for (case, files) in &pairs {
        let name = support::relative(case);
        let directory = name.split('/').nth(1).unwrap();
        let id = catalog
            .controls
            .keys()
            .find(|id| {
                directory
                    .strip_prefix(id.as_str())
                    .is_some_and(|rest| rest.starts_with('-'))
            })
            .unwrap_or_else(|| panic!("{name} belongs to no control"));
        let outcomes: Vec<_> = files
            .iter()
            .map(|file| {
                let (input, diagnostics) = support::inventory(file);
                let errors: Vec<_> = diagnostics
                    .iter()
                    .filter(|diagnostic| diagnostic.level == Level::Error)
                    .collect();
                assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
                let alone = support::with_parameters_of(support::only(&catalog, id), case);
                worst(&support::evaluate(alone, &[input]))
            })
            .collect();
        if outcomes.windows(2).any(|pair| pair[0] != pair[1]) {
            wrong.push(format!("{name}: {outcomes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pairs.len() > 100, "only {} cases have two sources", pairs.len());
}

/// What another stack of the account may hold is no matter of the plan.
#[test]
fn nine_tenths_of_a_first_apply_are_decided() {
    let file = support::root().join("fixtures/inputs/terraform-plan/first-apply/plan.json");
    let (input, _) = support::inventory(&file);
    let assessment = support::evaluate(support::catalog(), &[input]);
    let decided = assessment.count(Outcome::Pass) + assessment.count(Outcome::Fail);
    let elsewhere = |evaluation: &&Evaluation| {
        let reasons = &evaluation.reasons;
        evaluation.outcome == Outcome::Unknown && reasons.iter().any(|reason| reason.kind == "partial_input")
    };
    let elsewhere = assessment.evaluations.iter().filter(elsewhere).count();
    let undecided = assessment.count(Outcome::Unknown) + assessment.count(Outcome::Error);
    let applicable = decided + undecided - elsewhere;
    assert!(
        decided * 10 >= applicable * 9,
        "{decided} of {applicable} are decided"
    );
    assert!(
        applicable > 80,
        "only {applicable} outcomes: the fixture lost its resources"
    );
}

#[test]
fn every_shipped_control_has_a_rule_with_a_precise_read_set() {
    let catalog = support::catalog();
    let (rules, diagnostics) = policy_core::rule::rego::compile(&catalog, 1);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    for (id, control) in &catalog.controls {
        if !control.is_decided_on_configuration() {
            assert!(rules.reads(id).is_none(), "{id} has a rule that never runs");
            continue;
        }
        let reads = rules.reads(id).unwrap_or_else(|| panic!("{id} has no rule"));
        assert!(!reads.is_everything(), "{id} reads everything");
    }
}

/// The founding document's two examples, on a plan and on a template.
#[test]
fn the_founding_examples_hold() {
    let plan = r#"{"format_version": "1.2", "resource_changes": [
        {"address": "aws_db_instance.prod", "mode": "managed", "type": "aws_db_instance", "name": "prod", "change": {"actions": ["create"],
         "before": null, "after": {"storage_encrypted": false, "backup_retention_period": 3, "tags": {"Environment": "prod"}}, "after_unknown": {}}},
        {"address": "aws_db_instance.dev", "mode": "managed", "type": "aws_db_instance", "name": "dev", "change": {"actions": ["create"],
         "before": null, "after": {"storage_encrypted": false, "backup_retention_period": 3, "tags": {"Environment": "dev"}}, "after_unknown": {}}}]}"#;
    let template = r"
Resources:
  prod: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false, BackupRetentionPeriod: 3, Tags: [{Key: Environment, Value: prod}]}}
  dev: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false, BackupRetentionPeriod: 3, Tags: [{Key: Environment, Value: dev}]}}
";
    let catalog = support::catalog();
    for (name, text) in [("plan.json", plan), ("template.yaml", template)] {
        for control in ["DP-ENC-001", "BCK-001"] {
            let (input, diagnostics) = support::load(name, text.into());
            assert!(
                diagnostics
                    .iter()
                    .all(|diagnostic| diagnostic.level != Level::Error),
                "{diagnostics:#?}"
            );
            let id = ControlId::new(control).unwrap();
            let assessment = support::evaluate(support::only(&catalog, &id), &[input]);
            let failed: Vec<&str> = assessment
                .evaluations
                .iter()
                .filter(|evaluation| evaluation.outcome == Outcome::Fail)
                .map(|evaluation| evaluation.subject.as_str())
                .collect();
            assert_eq!(failed.len(), 1, "{name} {control}: {failed:?}");
            assert!(failed[0].ends_with("prod"), "{name} {control}: {failed:?}");
        }
    }
}
