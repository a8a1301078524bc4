//! The members of report JSON version 1, as they are read: what an older program did not write has a default.

use serde::Deserialize;

use crate::evaluation::OutcomeCounts;
use crate::report::ReportedInput;
use crate::resource::ModuleCalls;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    #[serde(default)]
    pub(super) tool: Tool,
    pub(super) as_of: String,
    pub(super) mode: String,
    pub(super) registry_revision: Option<RevisionV1>,
    pub(super) verdict: String,
    pub(super) exit_code: u8,
    #[serde(default)]
    pub(super) undecided_reasons: Vec<String>,
    #[serde(default)]
    pub(super) inputs: Vec<Input>,
    pub(super) findings: Vec<FindingV1>,
    #[serde(default)]
    pub(super) unknowns: Vec<FindingV1>,
    #[serde(default)]
    pub(super) warnings: Vec<FindingV1>,
    #[serde(default)]
    pub(super) fixed: Vec<FindingV1>,
    #[serde(default)]
    pub(super) not_evaluated: Vec<NotEvaluatedV1>,
    pub(super) outcomes: Option<Vec<OutcomeV1>>,
    #[serde(default)]
    pub(super) resources: Vec<ResourceV1>,
    #[serde(default)]
    pub(super) diagnostics: Vec<DiagnosticV1>,
    pub(super) summary: Summary,
}

#[derive(Deserialize)]
pub(super) struct RevisionV1 {
    pub(super) name: String,
    pub(super) commit: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotEvaluatedV1 {
    pub(super) control_id: String,
    #[serde(default)]
    pub(super) reason: String,
}

#[derive(Default, Deserialize)]
pub(super) struct Tool {
    #[serde(default)]
    pub(super) version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    pub(super) path: String,
    pub(super) format: Option<String>,
    #[serde(default)]
    pub(super) resources: usize,
    pub(super) sha256: Option<String>,
    /// Absent in reports without Terraform source, and in older ones.
    #[serde(default)]
    pub(super) module_calls: ModuleCallsV1,
}

#[derive(Default, Deserialize)]
pub(super) struct ModuleCallsV1 {
    pub(super) evaluated: usize,
    pub(super) total: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FindingV1 {
    pub(super) fingerprint: String,
    pub(super) control_id: String,
    #[serde(default)]
    pub(super) title: String,
    pub(super) severity: String,
    #[serde(default)]
    pub(super) advisory: bool,
    pub(super) outcome: String,
    pub(super) resource: Option<ResourceV1>,
    #[serde(default)]
    pub(super) path: String,
    #[serde(default)]
    pub(super) message: String,
    pub(super) expected: Option<String>,
    pub(super) actual: Option<String>,
    pub(super) change: Option<String>,
    #[serde(default)]
    pub(super) reasons: Vec<ReasonV1>,
    #[serde(default)]
    pub(super) locations: Vec<LocationV1>,
    pub(super) remediation: Option<String>,
    #[serde(default)]
    pub(super) exceptions: Vec<ExceptionV1>,
    #[serde(default)]
    pub(super) exceptions_not_applied: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct ResourceV1 {
    pub(super) id: String,
    #[serde(default)]
    pub(super) r#type: String,
    pub(super) kind: Option<String>,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) owner: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ReasonV1 {
    #[serde(default)]
    pub(super) path: String,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Deserialize)]
pub(super) struct LocationV1 {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExceptionV1 {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) expires_on: Option<String>,
    pub(super) days_left: Option<i64>,
    pub(super) expired_days_ago: Option<i64>,
    pub(super) suppresses: bool,
    #[serde(default)]
    pub(super) primary: bool,
    #[serde(default)]
    pub(super) approved_by: Vec<String>,
    pub(super) note: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutcomeV1 {
    pub(super) control_id: String,
    pub(super) resource: String,
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) reasons: Vec<ReasonV1>,
}

#[derive(Deserialize)]
pub(super) struct DiagnosticV1 {
    pub(super) code: String,
    pub(super) level: String,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
    pub(super) column: Option<u32>,
}

#[derive(Deserialize)]
pub(super) struct Summary {
    pub(super) resources: usize,
    pub(super) controls: usize,
    pub(super) evaluations: Evaluations,
    pub(super) blocking: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Evaluations {
    pub(super) pass: usize,
    pub(super) fail: usize,
    pub(super) unknown: usize,
    pub(super) not_applicable: usize,
    pub(super) error: usize,
}

impl Evaluations {
    pub(super) fn counts(&self) -> OutcomeCounts {
        let Self {
            pass,
            fail,
            unknown,
            not_applicable,
            error,
        } = *self;
        OutcomeCounts {
            pass,
            fail,
            unknown,
            not_applicable,
            error,
        }
    }
}

impl Input {
    pub(super) fn reported(self) -> ReportedInput {
        ReportedInput {
            path: self.path,
            format: self.format.map(Into::into),
            resources: self.resources,
            sha256: self.sha256,
            files: Vec::new(),
            module_calls: ModuleCalls {
                evaluated: self.module_calls.evaluated,
                total: self.module_calls.total,
            },
        }
    }
}
