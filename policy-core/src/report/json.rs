//! Report JSON, version 1: a frozen format with its own structs.
//!
//! The schema is `schemas/report-v1.schema.json` ([`SCHEMA`]). Fields are added, never renamed or removed, within a
//! version; `null` means "nothing says it", never "forgotten".

use serde::Serialize;

use crate::control::Severity;
use crate::evaluation::{ChangeKind, Evaluation, Finding, FindingResource, Reason, Suppression};
use crate::gate;
use crate::report::Run;
use crate::rule::Outcome;
use crate::source::Span;

/// The JSON Schema of the format.
pub const SCHEMA: &str = include_str!("../../schemas/report-v1.schema.json");

/// What to put into the report besides the always present parts.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonOptions {
    /// List every outcome, not only counts.
    pub all_outcomes: bool,
}

/// Renders the report with a final line break. The same run gives the same bytes.
pub fn render(run: &Run, options: JsonOptions) -> String {
    let mut text = serde_json::to_string_pretty(&Report::of(run, options)).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    tool: Tool<'a>,
    as_of: &'a str,
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    registry_revision: Option<RevisionV1<'a>>,
    verdict: &'static str,
    exit_code: u8,
    undecided_reasons: &'a [String],
    inputs: Vec<Input<'a>>,
    findings: Vec<FindingV1<'a>>,
    unknowns: Vec<FindingV1<'a>>,
    warnings: Vec<FindingV1<'a>>,
    fixed: Vec<FindingV1<'a>>,
    not_evaluated: Vec<NotEvaluatedV1<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcomes: Option<Vec<OutcomeV1<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<ResourceV1<'a>>,
    diagnostics: Vec<DiagnosticV1<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct RevisionV1<'a> {
    name: &'a str,
    commit: &'a str,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Input<'a> {
    path: &'a str,
    format: Option<&'a str>,
    resources: usize,
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module_calls: Option<ModuleCallsV1>,
}

#[derive(Serialize)]
struct ModuleCallsV1 {
    evaluated: usize,
    total: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingV1<'a> {
    fingerprint: &'a str,
    control_id: &'a str,
    title: &'a str,
    severity: &'static str,
    advisory: bool,
    outcome: &'static str,
    resource: Option<ResourceV1<'a>>,
    path: &'a str,
    message: &'a str,
    expected: Option<&'a str>,
    actual: Option<&'a str>,
    change: Option<&'static str>,
    reasons: Vec<ReasonV1<'a>>,
    locations: Vec<LocationV1>,
    remediation: Option<&'a str>,
    suppressed: bool,
    exceptions: Vec<ExceptionV1<'a>>,
    exceptions_not_applied: &'a [String],
}

#[derive(Serialize)]
struct ResourceV1<'a> {
    id: &'a str,
    r#type: &'a str,
    kind: Option<&'a str>,
    account: Option<&'a str>,
    region: Option<&'a str>,
    environment: Option<&'a str>,
    owner: Option<&'a str>,
}

#[derive(Serialize)]
struct ReasonV1<'a> {
    path: &'a str,
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct LocationV1 {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionV1<'a> {
    id: &'a str,
    state: &'a str,
    expires_on: Option<&'a str>,
    days_left: Option<i64>,
    expired_days_ago: Option<i64>,
    suppresses: bool,
    primary: bool,
    approved_by: &'a [String],
    note: Option<&'a str>,
}

/// A control that nothing among the inputs can decide.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotEvaluatedV1<'a> {
    control_id: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutcomeV1<'a> {
    control_id: &'a str,
    resource: &'a str,
    outcome: &'static str,
    reasons: Vec<ReasonV1<'a>>,
}

#[derive(Serialize)]
pub(crate) struct DiagnosticV1<'a> {
    code: &'static str,
    level: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
}

#[derive(Serialize)]
struct Summary {
    resources: usize,
    controls: usize,
    evaluations: Evaluations,
    suppressed: usize,
    blocking: usize,
    findings: BySeverity,
    changes: Changes,
}

/// Findings by how they stand to the change; those of inputs without changes are in none.
#[derive(Serialize)]
struct Changes {
    introduced: usize,
    existing: usize,
    fixed: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluations {
    pass: usize,
    fail: usize,
    unknown: usize,
    not_applicable: usize,
    error: usize,
}

/// Open findings by severity; suppressed ones are counted apart.
#[derive(Serialize)]
struct BySeverity {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

impl<'a> Report<'a> {
    fn of(run: &'a Run, options: JsonOptions) -> Self {
        let assessment = &run.assessment;
        let (counted, uncounted): (Vec<_>, Vec<_>) = assessment
            .unknowns
            .iter()
            .partition(|unknown| gate::counts_unknown(unknown, &run.gate));
        // DESIGN §5.6: a finding is a failure, or an unknown that the gate counts.
        let mut findings: Vec<&Finding> = assessment.findings.iter().chain(counted).collect();
        findings.sort_by(|left, right| left.report_order().cmp(&right.report_order()));
        let open = |severity| {
            findings
                .iter()
                .filter(|finding| finding.severity == severity && !finding.is_suppressed())
                .count()
        };
        let summary = Summary {
            resources: assessment.resources,
            controls: assessment.controls,
            evaluations: Evaluations {
                pass: assessment.count(Outcome::Pass),
                fail: assessment.count(Outcome::Fail),
                unknown: assessment.count(Outcome::Unknown),
                not_applicable: assessment.count(Outcome::NotApplicable),
                error: assessment.count(Outcome::Error),
            },
            suppressed: findings.iter().filter(|finding| finding.is_suppressed()).count(),
            blocking: run.decision.blocking,
            findings: BySeverity {
                critical: open(Severity::Critical),
                high: open(Severity::High),
                medium: open(Severity::Medium),
                low: open(Severity::Low),
                info: open(Severity::Info),
            },
            changes: Changes {
                introduced: of_change(&findings, ChangeKind::Introduced),
                existing: of_change(&findings, ChangeKind::Existing),
                fixed: assessment.fixed.len(),
            },
        };
        Self {
            schema_version: 1,
            tool: Tool {
                name: "policy",
                version: &run.tool_version,
            },
            as_of: &run.as_of,
            mode: run.mode.as_str(),
            registry_revision: run.registry_revision.as_ref().map(|revision| RevisionV1 {
                name: &revision.name,
                commit: &revision.commit,
            }),
            verdict: run.decision.verdict.as_str(),
            exit_code: run.decision.exit_code,
            undecided_reasons: &run.decision.undecided,
            inputs: run
                .inputs
                .iter()
                .map(|input| Input {
                    path: &input.path,
                    format: input.format.as_deref(),
                    resources: input.resources,
                    sha256: input.sha256.as_deref(),
                    module_calls: (input.module_calls.total > 0).then_some(ModuleCallsV1 {
                        evaluated: input.module_calls.evaluated,
                        total: input.module_calls.total,
                    }),
                })
                .collect(),
            findings: findings.into_iter().map(FindingV1::of).collect(),
            unknowns: uncounted.into_iter().map(FindingV1::of).collect(),
            warnings: assessment.warnings.iter().map(FindingV1::of).collect(),
            fixed: assessment.fixed.iter().map(FindingV1::of).collect(),
            not_evaluated: assessment
                .not_evaluated
                .iter()
                .map(|control| NotEvaluatedV1 {
                    control_id: control.control.as_str(),
                    reason: &control.reason,
                })
                .collect(),
            outcomes: options
                .all_outcomes
                .then(|| assessment.evaluations.iter().map(OutcomeV1::of).collect()),
            resources: if options.all_outcomes {
                run.resources.iter().map(ResourceV1::of).collect()
            } else {
                Vec::new()
            },
            diagnostics: run.diagnostics.iter().map(DiagnosticV1::of).collect(),
            summary,
        }
    }
}

impl<'a> ResourceV1<'a> {
    fn of(resource: &'a FindingResource) -> Self {
        Self {
            id: &resource.id,
            r#type: &resource.resource_type,
            kind: resource.kind.as_deref(),
            account: resource.account.as_deref(),
            region: resource.region.as_deref(),
            environment: resource.environment.as_deref(),
            owner: resource.owner.as_deref(),
        }
    }
}

impl<'a> FindingV1<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            fingerprint: finding.fingerprint.as_str(),
            control_id: finding.control.as_str(),
            title: &finding.title,
            severity: finding.severity.as_str(),
            advisory: finding.advisory,
            outcome: finding.outcome.as_str(),
            resource: finding.resource.as_ref().map(ResourceV1::of),
            path: &finding.path,
            message: &finding.message,
            expected: finding.expected.as_deref(),
            actual: finding.actual.as_deref(),
            change: finding.change.map(ChangeKind::as_str),
            reasons: reasons(&finding.reasons),
            locations: finding.locations.iter().map(LocationV1::of).collect(),
            remediation: finding.remediation.as_deref(),
            suppressed: finding.is_suppressed(),
            exceptions: finding.exceptions.iter().map(ExceptionV1::of).collect(),
            exceptions_not_applied: &finding.not_applied,
        }
    }
}

fn of_change(findings: &[&Finding], kind: ChangeKind) -> usize {
    findings
        .iter()
        .filter(|finding| finding.change == Some(kind))
        .count()
}

fn reasons(reasons: &[Reason]) -> Vec<ReasonV1<'_>> {
    reasons
        .iter()
        .map(|reason| ReasonV1 {
            path: &reason.path,
            kind: reason.kind,
            text: &reason.text,
        })
        .collect()
}

impl LocationV1 {
    fn of(span: &Span) -> Self {
        let location = span.location();
        Self {
            file: location.file,
            line: location.line,
            column: location.column,
        }
    }
}

impl<'a> ExceptionV1<'a> {
    fn of(exception: &'a Suppression) -> Self {
        Self {
            id: &exception.id,
            state: &exception.state,
            expires_on: exception.expires_on.as_deref(),
            days_left: exception.days_left,
            expired_days_ago: exception.expired_days_ago,
            suppresses: exception.suppresses,
            primary: exception.primary,
            approved_by: &exception.approved_by,
            note: exception.note.as_deref(),
        }
    }
}

impl<'a> OutcomeV1<'a> {
    fn of(evaluation: &'a Evaluation) -> Self {
        Self {
            control_id: evaluation.control.as_str(),
            resource: &evaluation.subject,
            outcome: evaluation.outcome.as_str(),
            reasons: reasons(&evaluation.reasons),
        }
    }
}

impl<'a> DiagnosticV1<'a> {
    pub(crate) fn of(diagnostic: &'a crate::diagnostic::Diagnostic) -> Self {
        let location = diagnostic.location();
        Self {
            code: diagnostic.code.id,
            level: diagnostic.level.as_str(),
            message: &diagnostic.message,
            help: diagnostic.help.as_deref(),
            file: diagnostic.file(),
            line: location.as_ref().map(|location| location.line),
            column: location.as_ref().map(|location| location.column),
        }
    }
}
