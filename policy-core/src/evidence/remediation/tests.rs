//! The decision tables of the founding document as fixtures, and what must never be decided.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::control::{self, ControlId};
use crate::evaluation::{FindingResource, Fingerprint, Suppression};
use crate::source::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    section: String,
    row: String,
    says: String,
    control: serde_yaml::Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Case {
    stage: String,
    resource: String,
    environment: Option<String>,
    owner: Option<String>,
    operation: Option<String>,
    #[serde(default)]
    soaked: Vec<String>,
    #[serde(default)]
    approved: bool,
    #[serde(default)]
    excepted: bool,
    #[serde(default)]
    unknown: bool,
    action: String,
    dry_run: Option<bool>,
    #[serde(default)]
    requires: Vec<String>,
}

fn control(value: &serde_yaml::Value) -> Control {
    let text = serde_yaml::to_string(value).unwrap();
    let (catalog, diagnostics) = control::load(&[Source::new("control.yaml", text)]);
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|found| found.code.id != "CTL010")
        .map(|found| &found.message)
        .collect();
    let control = catalog.controls.into_values().next();
    control.unwrap_or_else(|| panic!("the control of a row does not load: {errors:?}"))
}

fn finding(control: &Control, resource: &str, environment: Option<&str>, owner: Option<&str>) -> Finding {
    Finding {
        fingerprint: Fingerprint::new(&control.id, "example", "", 0),
        control: control.id.clone(),
        title: control.title.to_string(),
        severity: control.severity,
        advisory: control.is_advisory(),
        outcome: Outcome::Fail,
        resource: Some(FindingResource {
            id: format!("{resource}.example"),
            resource_type: resource.into(),
            kind: resource.strip_prefix("aws_").map(Into::into),
            account: Some("111122223333".into()),
            region: None,
            environment: environment.map(Into::into),
            owner: owner.map(Into::into),
        }),
        path: String::new(),
        paths: Vec::new(),
        message: String::new(),
        expected: None,
        actual: None,
        change: None,
        reasons: Vec::new(),
        locations: Vec::new(),
        show_source: false,
        remediation: None,
        exceptions: Vec::new(),
        not_applied: Vec::new(),
    }
}

fn environments(names: &[String]) -> BTreeSet<Environment> {
    names.iter().map(|name| Environment::resolve(name)).collect()
}

#[test]
fn the_fourteen_rows_of_the_founding_document_are_decided_as_it_says() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/governance/remediation");
    let mut sections = Vec::new();
    let mut actions = BTreeSet::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let row: Row = serde_yaml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let control = control(&row.control);
        assert!(!row.cases.is_empty(), "{} has no case", row.row);
        for (at, case) in row.cases.iter().enumerate() {
            let mut finding = finding(
                &control,
                &case.resource,
                case.environment.as_deref(),
                case.owner.as_deref(),
            );
            if case.excepted {
                finding.exceptions.push(Suppression {
                    suppresses: true,
                    ..Suppression::default()
                });
            }
            if case.unknown {
                finding.outcome = Outcome::Unknown;
            }
            let stage = if case.stage == "plan" {
                Stage::Plan
            } else {
                Stage::Runtime
            };
            let mut context = Context {
                soaked: environments(&case.soaked),
                approved: case.approved,
                ..Context::new(stage, &finding)
            };
            if case.operation.as_deref() == Some("delete") {
                context.operation = Operation::DeleteResource;
            }
            let decision = decide(&control, &finding, &context);
            let place = format!("{} (§{}, “{}”), case {}", row.row, row.section, row.says, at + 1);
            assert_eq!(decision.action.as_str(), case.action, "{place}: {decision:#?}");
            if let Some(dry_run) = case.dry_run {
                assert_eq!(decision.dry_run, dry_run, "{place}");
            }
            let requires: Vec<String> = decision
                .requires
                .iter()
                .map(|missing| format!("{missing:?}"))
                .collect();
            assert_eq!(requires, case.requires, "{place}");
            assert!(!decision.reasons.is_empty(), "{place} has no reason");
            actions.insert(decision.action);
        }
        sections.push(row.section);
    }
    let rows = |section: &str| sections.iter().filter(|found| *found == section).count();
    assert_eq!((rows("5.5"), rows("16.2"), sections.len()), (6, 8, 14));
    assert_eq!(
        actions.len(),
        Action::ALL.len(),
        "every action is shown by some row: {actions:?}"
    );
}

fn any_control() -> impl Strategy<Value = Control> {
    let guardrails = [
        Guardrail::Prevent,
        Guardrail::Detect,
        Guardrail::Correct,
        Guardrail::Advisory,
        Guardrail::Alert,
        Guardrail::OwnerWorkflow,
    ];
    let automation = (any::<[bool; 4]>(), 0_usize..3, any::<bool>());
    (
        prop::sample::subsequence(guardrails.to_vec(), 0..6),
        prop::sample::select(&Severity::ALL[..]),
        prop::sample::select(vec![
            "manual",
            "automated",
            "none",
            "manual-or-automated-by-resource-type",
        ]),
        prop::option::of(automation),
        any::<bool>(),
    )
        .prop_map(|(guardrails, severity, mode, automation, approval)| {
            let id = ControlId::new("DP-ENC-001").unwrap();
            let text = "id: DP-ENC-001\ntitle: t\nintent: i\nseverity: low\nscope: {resourceTypes: [s3]}\n";
            let (catalog, _) = control::load(&[Source::new("control.yaml", text)]);
            let mut control = catalog.controls[&id].clone();
            control.guardrails = guardrails;
            control.severity = severity;
            control.remediation.mode = mode.into();
            control.remediation.requires_approval_from = approval.then(|| "security-risk-owner".into());
            control
                .remediation
                .by_resource_type
                .insert("s3".into(), "automated".into());
            control.remediation.automation = automation.map(
                |([runbook, rollback, notify, dry_run], radius, soak)| Automation {
                    runbook: runbook.then(|| "runbooks/mend.yaml".into()),
                    rollback: rollback.then(|| "runbooks/undo.yaml".into()),
                    notify: notify.then(|| "team:platform".into()).into_iter().collect(),
                    dry_run,
                    blast_radius: [None, Some("resource"), Some("account")][radius].map(Into::into),
                    soak_environments: soak.then(|| Environment::resolve("dev")).into_iter().collect(),
                },
            );
            control
        })
}

proptest! {
    #[test]
    fn the_careful_answers_always_win(
        control in any_control(),
        (plan, excepted, unknown, approved, soaked) in any::<(bool, bool, bool, bool, bool)>(),
        operation in prop::sample::select(vec![Operation::Modify, Operation::DeleteResource, Operation::ChangePermissions]),
        environment in prop::option::of(prop::sample::select(vec!["prod", "dev"])),
        owner in prop::option::of(Just("team-payments")),
        kind in prop::sample::select(vec!["aws_s3_bucket", "aws_iam_role", "aws_db_instance"]),
    ) {
        let mut finding = finding(&control, kind, environment, owner);
        if excepted {
            finding.exceptions.push(Suppression { suppresses: true, ..Suppression::default() });
        }
        if unknown {
            finding.outcome = Outcome::Unknown;
        }
        let stage = if plan { Stage::Plan } else { Stage::Runtime };
        let soaked = if soaked { environments(&["dev".into()]) } else { BTreeSet::new() };
        let context = Context { operation, approved, soaked: soaked.clone(), ..Context::new(stage, &finding) };
        let decision = decide(&control, &finding, &context);

        prop_assert_eq!(decision.action == Action::NoneExcepted, excepted);
        if !excepted && (unknown || control.is_advisory()) {
            prop_assert_eq!(decision.action, Action::Report);
        }
        if decision.action == Action::Block {
            prop_assert!(plan);
        }
        prop_assert!(decision.dry_run || decision.action == Action::AutoRemediate);
        if decision.action == Action::AutoRemediate {
            // Everything of the specification, asked again of the control itself.
            let automation = control.remediation.automation.as_ref().unwrap();
            prop_assert!(!plan && !unknown && operation == Operation::Modify);
            prop_assert!(control.guardrails.contains(&Guardrail::Correct));
            prop_assert!(automation.runbook.is_some() && automation.rollback.is_some() && !automation.notify.is_empty());
            prop_assert_eq!(automation.blast_radius.as_deref(), Some("resource"));
            prop_assert!(owner.is_some() && decision.requires.is_empty());
            prop_assert!(!automation.soak_environments.is_empty());
            prop_assert!(environment == Some("dev") || !soaked.is_empty());
            prop_assert!(approved || control.remediation.requires_approval_from.is_none());
            prop_assert!(matches!(&*control.remediation.mode, "automated") || kind == "aws_s3_bucket");
            prop_assert_eq!(decision.dry_run, automation.dry_run);
        }
        prop_assert_eq!(decide(&control, &finding, &context), decision);
    }
}
