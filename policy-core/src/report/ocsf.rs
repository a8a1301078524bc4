//! [OCSF] compliance findings (class 2003), for security lakes: a JSON array of events.
//!
//! An accepted failure has the finding status *suppressed* and the compliance status *fail*, never *pass*. An unknown
//! outcome and a rule that ended in an error have the compliance status *unknown*, a remark of a rule *warning*.
//! Diagnostics of the run have no place in this class.
//!
//! [OCSF]: https://schema.ocsf.io/1.5.0/classes/compliance_finding

use serde::Serialize;

use crate::control::{Catalog, ControlId, Severity};
use crate::evaluation::{Evaluation, FindingResource, Reason, Suppression};
use crate::report::Run;
use crate::report::asff::partition;
use crate::report::entry::{self, Entry, Standing, keyed_evaluations};
use crate::report::instant::Instant;
use crate::report::place::Region;
use crate::rule::Outcome;

/// What to put into the list.
#[derive(Clone, Copy, Debug, Default)]
pub struct OcsfOptions<'a> {
    /// Titles, intents and mappings of the controls.
    pub controls: Option<&'a Catalog>,
    /// Events with the compliance status *pass* as well.
    pub all_outcomes: bool,
}

/// Renders the array with a final line break.
pub fn render(run: &Run, options: OcsfOptions<'_>) -> String {
    let maker = Maker {
        run,
        time: Instant::of_run(&run.as_of).milliseconds(),
        controls: options.controls,
    };
    let entries = entry::entries(run);
    let mut events: Vec<Event<'_>> = entries.iter().map(|entry| maker.of_entry(entry)).collect();
    events.extend(
        keyed_evaluations(run, Outcome::Error)
            .map(|(key, it)| maker.of_evaluation(key, it, ComplianceStatus::Unknown)),
    );
    if options.all_outcomes {
        events.extend(
            keyed_evaluations(run, Outcome::Pass)
                .map(|(key, it)| maker.of_evaluation(key, it, ComplianceStatus::Pass)),
        );
    }
    let mut text = serde_json::to_string_pretty(&events).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Event<'a> {
    activity_id: u32,
    activity_name: &'static str,
    category_uid: u32,
    category_name: &'static str,
    class_uid: u32,
    class_name: &'static str,
    type_uid: u32,
    type_name: &'static str,
    time: i64,
    severity_id: u32,
    severity: &'static str,
    status_id: u32,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_detail: Option<String>,
    message: String,
    metadata: Metadata<'a>,
    finding_info: FindingInfo<'a>,
    compliance: Compliance<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<Cloud<'a>>,
    resources: [OcsfResource<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation<'a>>,
    unmapped: Unmapped<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    version: &'static str,
    event_code: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    profiles: Vec<&'static str>,
    product: Product<'a>,
    uid: String,
}

#[derive(Serialize)]
struct Product<'a> {
    name: &'static str,
    uid: &'static str,
    vendor_name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct FindingInfo<'a> {
    uid: String,
    title: &'a str,
    desc: String,
    created_time: i64,
    types: [&'static str; 1],
}

#[derive(Serialize)]
struct Compliance<'a> {
    control: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    desc: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    standards: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    requirements: Vec<String>,
    status_id: u32,
    status: &'static str,
}

#[derive(Serialize)]
struct Cloud<'a> {
    provider: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
}

#[derive(Serialize)]
struct Account<'a> {
    uid: &'a str,
    name: &'a str,
    type_id: u32,
    r#type: &'static str,
}

#[derive(Serialize)]
struct OcsfResource<'a> {
    uid: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_partition: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
}

#[derive(Serialize)]
struct Remediation<'a> {
    desc: &'a str,
}

/// What the class has no attribute for.
#[derive(Serialize)]
struct Unmapped<'a> {
    fingerprint: Option<&'a str>,
    outcome: &'static str,
    standing: Option<&'static str>,
    counted: bool,
    advisory: bool,
    path: Option<&'a str>,
    expected: Option<&'a str>,
    actual: Option<&'a str>,
    locations: Vec<String>,
    reasons: Vec<OcsfReason<'a>>,
    exceptions: Vec<OcsfException<'a>>,
}

#[derive(Serialize)]
struct OcsfReason<'a> {
    path: &'a str,
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct OcsfException<'a> {
    id: &'a str,
    state: &'a str,
    expires_on: Option<&'a str>,
    suppresses: bool,
    approved_by: &'a [String],
    reason: Option<&'a str>,
    note: Option<&'a str>,
}

#[derive(Clone, Copy)]
enum FindingStatus {
    New,
    Suppressed,
}

#[derive(Clone, Copy)]
enum ComplianceStatus {
    Unknown,
    Pass,
    Warning,
    Fail,
}

impl ComplianceStatus {
    fn numbered(self) -> (u32, &'static str) {
        match self {
            Self::Unknown => (0, "Unknown"),
            Self::Pass => (1, "Pass"),
            Self::Warning => (2, "Warning"),
            Self::Fail => (3, "Fail"),
        }
    }
}

struct Maker<'a> {
    run: &'a Run,
    time: i64,
    controls: Option<&'a Catalog>,
}

/// What differs between a finding and an evaluation.
struct Draft<'a> {
    key: String,
    control: &'a ControlId,
    title: &'a str,
    severity: Severity,
    finding: FindingStatus,
    compliance: ComplianceStatus,
    detail: Vec<String>,
    message: String,
    subject: &'a str,
    resource: Option<&'a FindingResource>,
    remediation: Option<&'a str>,
    unmapped: Unmapped<'a>,
}

impl<'a> Maker<'a> {
    fn of_entry(&self, entry: &Entry<'a>) -> Event<'a> {
        let finding = entry.finding;
        let (status, compliance) = match entry.standing {
            Standing::Open => (FindingStatus::New, ComplianceStatus::Fail),
            Standing::Excepted => (FindingStatus::Suppressed, ComplianceStatus::Fail),
            Standing::Undecided => (FindingStatus::New, ComplianceStatus::Unknown),
            Standing::Advisory => (FindingStatus::New, ComplianceStatus::Warning),
        };
        let subject = finding
            .resource
            .as_ref()
            .map_or("account", |resource| &resource.id);
        self.event(Draft {
            key: entry.key.clone(),
            control: &finding.control,
            title: &finding.title,
            severity: finding.severity,
            finding: status,
            compliance,
            detail: entry.exception_lines(),
            message: entry.sentence(),
            subject,
            resource: finding.resource.as_ref(),
            remediation: finding.remediation.as_deref(),
            unmapped: Unmapped {
                fingerprint: Some(finding.fingerprint.as_str()),
                outcome: finding.outcome.as_str(),
                standing: Some(entry.standing.as_str()),
                counted: entry.counts,
                advisory: finding.advisory,
                path: (!finding.path.is_empty()).then_some(&finding.path),
                expected: finding.expected.as_deref(),
                actual: finding.actual.as_deref(),
                locations: finding
                    .locations
                    .iter()
                    .map(|span| Region::of(span).text())
                    .collect(),
                reasons: reasons(&finding.reasons),
                exceptions: finding.exceptions.iter().map(exception).collect(),
            },
        })
    }

    fn of_evaluation(
        &self,
        key: String,
        evaluation: &'a Evaluation,
        compliance: ComplianceStatus,
    ) -> Event<'a> {
        let control = self
            .controls
            .and_then(|catalog| catalog.controls.get(&evaluation.control));
        let title = control.map_or(evaluation.control.as_str(), |control| &control.title);
        let message = match compliance {
            ComplianceStatus::Pass => format!("{} holds for {}", evaluation.control, evaluation.subject),
            _ => format!(
                "the rule of {} ended in an error on {}",
                evaluation.control, evaluation.subject
            ),
        };
        self.event(Draft {
            key,
            control: &evaluation.control,
            title,
            severity: evaluation.severity,
            finding: FindingStatus::New,
            compliance,
            detail: evaluation
                .reasons
                .iter()
                .map(|reason| reason.text.clone())
                .collect(),
            message,
            subject: &evaluation.subject,
            resource: None,
            remediation: None,
            unmapped: Unmapped {
                fingerprint: None,
                outcome: evaluation.outcome.as_str(),
                standing: None,
                counted: false,
                advisory: false,
                path: None,
                expected: None,
                actual: None,
                locations: Vec::new(),
                reasons: reasons(&evaluation.reasons),
                exceptions: Vec::new(),
            },
        })
    }

    fn event(&self, draft: Draft<'a>) -> Event<'a> {
        let (severity_id, severity) = severity(draft.severity);
        let (status_id, status) = match draft.finding {
            FindingStatus::New => (1, "New"),
            FindingStatus::Suppressed => (3, "Suppressed"),
        };
        let (compliance_id, compliance_status) = draft.compliance.numbered();
        let control = self
            .controls
            .and_then(|catalog| catalog.controls.get(draft.control));
        let mappings = control.map(|control| &control.mappings);
        let cloud = draft.resource.and_then(cloud);
        Event {
            activity_id: 1,
            activity_name: "Create",
            category_uid: 2,
            category_name: "Findings",
            class_uid: 2003,
            class_name: "Compliance Finding",
            type_uid: 200_301,
            type_name: "Compliance Finding: Create",
            time: self.time,
            severity_id,
            severity,
            status_id,
            status,
            status_detail: (!draft.detail.is_empty()).then(|| draft.detail.join("; ")),
            message: draft.message.clone(),
            metadata: Metadata {
                version: "1.5.0",
                event_code: draft.control.as_str(),
                profiles: cloud.iter().map(|_| "cloud").collect(),
                product: Product {
                    name: "policy",
                    uid: "policy",
                    vendor_name: "policy",
                    version: &self.run.tool_version,
                },
                uid: draft.key.clone(),
            },
            finding_info: FindingInfo {
                uid: draft.key,
                title: draft.title,
                desc: draft.message,
                created_time: self.time,
                types: ["Compliance"],
            },
            compliance: Compliance {
                control: draft.control.as_str(),
                desc: control.map(|control| &*control.intent),
                standards: mappings
                    .into_iter()
                    .flat_map(|it| it.keys())
                    .map(|key| &**key)
                    .collect(),
                requirements: mappings
                    .into_iter()
                    .flatten()
                    .flat_map(|(framework, ids)| ids.iter().map(move |id| format!("{framework}/{id}")))
                    .collect(),
                status_id: compliance_id,
                status: compliance_status,
            },
            cloud,
            resources: [resource(draft.subject, draft.resource)],
            remediation: draft.remediation.map(|desc| Remediation { desc }),
            unmapped: draft.unmapped,
        }
    }
}

fn severity(severity: Severity) -> (u32, &'static str) {
    match severity {
        Severity::Info => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

/// The cloud profile, when the input tells anything it is about.
fn cloud(resource: &FindingResource) -> Option<Cloud<'_>> {
    let account = resource.account.as_deref();
    let region = resource.region.as_deref();
    (account.is_some() || region.is_some()).then(|| Cloud {
        provider: "AWS",
        account: account.map(|uid| Account {
            uid,
            name: uid,
            type_id: 10,
            r#type: "AWS Account",
        }),
        region,
    })
}

fn resource<'a>(subject: &'a str, resource: Option<&'a FindingResource>) -> OcsfResource<'a> {
    let region = resource.and_then(|resource| resource.region.as_deref());
    // An owner is a team more often than a user, and the user object wants more than a name.
    let labels = resource.into_iter().flat_map(|resource| {
        let environment = resource
            .environment
            .iter()
            .map(|name| format!("environment:{name}"));
        environment.chain(resource.owner.iter().map(|name| format!("owner:{name}")))
    });
    OcsfResource {
        uid: subject,
        name: subject,
        r#type: resource.map(|resource| resource.resource_type.as_str()),
        region,
        cloud_partition: region.map(partition),
        labels: labels.collect(),
    }
}

fn reasons(reasons: &[Reason]) -> Vec<OcsfReason<'_>> {
    reasons
        .iter()
        .map(|it| OcsfReason {
            path: &it.path,
            kind: it.kind,
            text: &it.text,
        })
        .collect()
}

fn exception(exception: &Suppression) -> OcsfException<'_> {
    OcsfException {
        id: &exception.id,
        state: &exception.state,
        expires_on: exception.expires_on.as_deref(),
        suppresses: exception.suppresses,
        approved_by: &exception.approved_by,
        reason: exception.reason.as_deref(),
        note: exception.note.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    #[test]
    fn excepted_is_suppressed_and_failed() {
        let events: Vec<serde_json::Value> =
            serde_json::from_str(&render(&testdata::realistic(), OcsfOptions::default())).unwrap();
        let excepted: Vec<_> = events
            .iter()
            .filter(|event| event["unmapped"]["standing"] == "excepted")
            .collect();
        assert!(!excepted.is_empty());
        for event in excepted {
            assert_eq!(
                (&event["status_id"], &event["compliance"]["status_id"]),
                (&3.into(), &3.into())
            );
        }
        // Without every outcome asked for, nothing at all passes.
        assert!(events.iter().all(|event| event["compliance"]["status_id"] != 1));
        assert!(events.iter().all(|event| event["time"] == 1_772_323_200_000_i64));
    }
}
