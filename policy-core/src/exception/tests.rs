//! Tests over whole records and registries; what one module decides alone is tested beside it.

mod choosing;
mod lifecycle;
mod linting;
mod matching;
mod properties;

use std::sync::Arc;

use super::*;
use crate::control::{
    Catalog, Control, ControlId, DecidedOn, Environment, Evaluate, ExceptionTerms, Remediation, Scope,
    Severity,
};
use crate::date::{AsOf, UtcOffset};
use crate::diagnostic::{Diagnostic, Level};
use crate::source::{Source, Span};

/// A complete record: every field in use, nothing wrong.
const EXAMPLE: &str = r#"id: EXC-2026-0007
controlId: DP-ENC-001
title: Legacy reporting replica without storage encryption
category: waiver
scope:
  resources: ["tf:module.reporting.aws_db_instance.replica[0]"]
  accounts: [prod-data]
  regions: [ap-southeast-1]
  environments: [prod]
  fields: [storage_encrypted]
  expect:
    - {path: storage_encrypted, equals: false}
owner: team-payments
reason: >-
  Vendor snapshot cannot be re-encrypted in place; migration planned 2026-03-25.
risk: {severity: high, statement: Snapshot exposure if account is compromised}
compensatingControls:
  - description: Replica is in an isolated subnet, no public route
    controlId: NET-PRIV-002
    evidence: https://tickets.example.com/CHG-991
approval:
  requestedBy: budi@example.com
  requestedOn: 2026-02-25
  approvals:
    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved, reference: https://tickets.example.com/RISK-118}
effectiveFrom: 2026-03-01
expiresOn: 2026-03-30
review: {cadence: weekly, lastReviewedOn: 2026-03-08, lastReviewedBy: rina@example.com}
evidence:
  - {link: https://tickets.example.com/RISK-118, sha256: null}
detection: keep-alerting
closure: {criteria: Replica replaced by encrypted instance}
supersedes: null
"#;

const EXAMPLE_FILE: &str = "exceptions/approved/EXC-2026-0007.yaml";

/// `EXAMPLE` with one piece replaced; the piece must be there.
fn example(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "{from}");
    EXAMPLE.replace(from, to)
}

fn control(id: &str, severity: Severity, terms: ExceptionTerms) -> (ControlId, Control) {
    let id = ControlId::new(id).expect(id);
    let source = Source::new("control.yaml", format!("id: {id}\n"));
    let control = Control {
        id: id.clone(),
        title: "".into(),
        intent: "".into(),
        severity,
        scope: Scope {
            environments: (severity >= Severity::High).then(|| vec![Environment::resolve("prod")]),
            evaluate: Evaluate::Resource,
            ..Scope::default()
        },
        evaluable_on: DecidedOn::CONFIGURATION.to_vec(),
        claims_sources: false,
        evidence_sources: Vec::new(),
        exception: terms,
        remediation: Remediation::default(),
        owner: None,
        review_cadence: None,
        retention_days: None,
        status: "active".into(),
        stages: Vec::new(),
        has_responsibility: false,
        guardrails: Vec::new(),
        rules: Vec::new(),
        parameters: std::collections::BTreeMap::new(),
        parameters_in: Default::default(),
        implementation: Vec::new(),
        mappings: std::collections::BTreeMap::new(),
        rego: Vec::new(),
        package: "".into(),
        span: Span::new(source, 0, 2),
    };
    (id, control)
}

fn terms(days: u32, roles: &[&str]) -> ExceptionTerms {
    ExceptionTerms {
        allowed: true,
        max_duration_days: Some(days),
        approval_roles: roles.iter().map(|role| Arc::from(*role)).collect(),
        ..ExceptionTerms::default()
    }
}

/// `DP-ENC-001` of the founding document, and controls that differ in one respect.
fn catalog() -> Catalog {
    let role = ["security-risk-owner"];
    Catalog {
        controls: [
            control("DP-ENC-001", Severity::High, terms(30, &role)),
            control("DP-YEAR-001", Severity::High, terms(365, &role)),
            control(
                "DP-TWO-001",
                Severity::High,
                terms(30, &["security-risk-owner", "data-owner"]),
            ),
            control("DP-LOW-001", Severity::Low, terms(30, &role)),
            control("NET-PRIV-002", Severity::High, terms(30, &role)),
            control("LOG-001", Severity::Critical, ExceptionTerms::default()),
        ]
        .into(),
        library: Vec::new(),
    }
}

const PEOPLE: &str = "roles:
  security-risk-owner: {members: [rina@example.com, sari@example.com]}
  data-owner: {members: [adi@example.com, budi@example.com]}
  developer: {members: [rina@example.com]}
teams:
  team-payments: {members: [budi@example.com, sari@example.com]}
";

const ACCOUNTS: &str = "accounts:
  - {name: prod-data, id: \"111122223333\", environment: prod}
environments:
  prod: {aliases: [blue], production: true}
";

fn options() -> RegistryOptions {
    let (people, faults) = People::load(&Source::new("registry/people.yaml", PEOPLE));
    assert_eq!(faults, []);
    let (accounts, faults) = Accounts::load(&Source::new("registry/accounts.yaml", ACCOUNTS));
    assert_eq!(faults, []);
    RegistryOptions {
        people: Some(people),
        accounts: Some(accounts),
        ..RegistryOptions::default()
    }
}

fn load_with(files: &[(&str, &str)], options: RegistryOptions) -> (Registry, Vec<Diagnostic>) {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| Source::new(*name, *text))
        .collect();
    Registry::load(&files, &catalog(), options)
}

fn load(text: &str) -> (Registry, Vec<Diagnostic>) {
    load_with(&[(EXAMPLE_FILE, text)], options())
}

fn as_of(text: &str) -> AsOf {
    AsOf::parse(text, UtcOffset::UTC).expect(text)
}

fn state(registry: &Registry, id: &str, at: &str) -> State {
    registry.state(registry.get(id).expect(id), as_of(at)).state
}

fn ids(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect()
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .map(|diagnostic| diagnostic.code.id)
        .collect()
}

#[test]
fn the_full_record_loads_and_is_clean() {
    let (registry, diagnostics) = load(EXAMPLE);
    assert_eq!(diagnostics, []);
    let record = registry.get("EXC-2026-0007").expect("record");
    assert!(record.is_valid());
    assert_eq!(record.scope.resources.len(), 1);
    assert_eq!(record.approval.decisions.len(), 1);
    assert_eq!(
        record.expires_on.as_ref().map(|on| on.to_string()).as_deref(),
        Some("2026-03-30")
    );
    assert_eq!(record.review.cadence, Some(Cadence::Days(7)));
    assert_eq!(
        record.risk.as_ref().and_then(|risk| risk.severity),
        Some(Severity::High)
    );
    assert_eq!(record.folder, Folder::Approved);
    assert_eq!(registry.lint(as_of("2026-03-10")), []);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Active);
}
