//! What a single finding becomes: an observation, a risk and an item of the plan.

use crate::evaluation::{Evaluation, Suppression};
use crate::gate::Verdict;
use crate::report::entry::{self, Entry, Standing};
use crate::report::identity::uuid;
use crate::report::instant::Instant;
use crate::report::place::Region;
use crate::report::text;
use crate::rule::Outcome;

use super::model::{
    Evidence, MitigatingFactor, Observation, PoamItem, RelatedObservation, RelatedRisk, Remediation, Risk,
    RiskLog, RiskLogEntry, Subject,
};
use super::{Maker, line, prop};

impl Maker<'_> {
    pub(super) fn observation(&self, entry: &Entry<'_>) -> Observation {
        let finding = entry.finding;
        let failed = matches!(entry.standing, Standing::Open | Standing::Excepted);
        let props = [
            prop("fingerprint", finding.fingerprint.as_str()),
            prop("outcome", finding.outcome.as_str()),
            prop("standing", entry.standing.as_str()),
            prop("severity", finding.severity.as_str()),
            prop("advisory", if finding.advisory { "true" } else { "false" }),
            prop("path", &finding.path),
            finding
                .expected
                .as_deref()
                .and_then(|expected| prop("expected", expected)),
            finding
                .actual
                .as_deref()
                .and_then(|actual| prop("actual", actual)),
        ];
        let remarks = finding.reasons.iter().map(|reason| line(&reason.text));
        let remarks: Vec<String> = remarks
            .chain(entry.exception_lines().iter().map(|text| line(text)))
            .collect();
        Observation {
            uuid: observation_uuid(&entry.key),
            title: line(&format!("{} {}", finding.control, entry.subject())),
            description: entry.sentence(),
            props: props.into_iter().flatten().collect(),
            methods: ["TEST"],
            types: [if failed { "finding" } else { "control-objective" }],
            subjects: finding
                .resource
                .iter()
                .map(|resource| subject(&resource.id))
                .collect(),
            relevant_evidence: finding
                .locations
                .iter()
                .map(|span| self.evidence(&Region::of(span)))
                .collect(),
            collected: self.as_of.clone(),
            remarks: (!remarks.is_empty()).then(|| remarks.join("\n")),
        }
    }

    pub(super) fn observation_of(&self, key: &str, evaluation: &Evaluation) -> Observation {
        let (control, subject) = (&evaluation.control, &evaluation.subject);
        let description = match evaluation.outcome {
            Outcome::Pass => format!("{control} holds for {subject}"),
            _ => format!("the rule of {control} ended in an error on {subject}"),
        };
        let remarks = entry::reasons_text(evaluation);
        Observation {
            uuid: observation_uuid(key),
            title: line(&format!("{control} {subject}")),
            description,
            props: prop("outcome", evaluation.outcome.as_str()).into_iter().collect(),
            methods: ["TEST"],
            types: ["control-objective"],
            subjects: Vec::new(),
            relevant_evidence: Vec::new(),
            collected: self.as_of.clone(),
            remarks: (!remarks.is_empty()).then_some(remarks),
        }
    }

    fn evidence(&self, region: &Region) -> Evidence {
        let href = self.inputs.get(&region.file).map(|uuid| format!("#{uuid}"));
        Evidence {
            href,
            description: line(&region.text()),
        }
    }

    pub(super) fn risk(&self, entry: &Entry<'_>) -> Risk {
        let finding = entry.finding;
        let in_force = finding.exceptions.iter().filter(|exception| exception.suppresses);
        let deciding = in_force
            .clone()
            .find(|exception| exception.primary)
            .or(in_force.clone().next());
        let control = self
            .controls
            .and_then(|catalog| catalog.controls.get(&finding.control));
        let intent = control
            .map(|control| format!(" ({})", control.intent))
            .unwrap_or_default();
        let sentences = in_force.flat_map(|exception| &exception.compensating_controls);
        let factors = sentences
            .enumerate()
            .map(|(position, description)| MitigatingFactor {
                uuid: uuid("mitigating-factor", &[&entry.key, &position.to_string()]),
                description: description.clone(),
            });
        let props = [
            prop("fingerprint", finding.fingerprint.as_str()),
            prop("severity", finding.severity.as_str()),
        ];
        let exceptions = finding
            .exceptions
            .iter()
            .filter_map(|exception| prop("exception-id", &exception.id));
        let log: Vec<RiskLogEntry> = finding
            .exceptions
            .iter()
            .enumerate()
            .map(|(position, it)| self.log_entry(entry, position, it))
            .collect();
        let accepted = entry.standing == Standing::Excepted;
        Risk {
            uuid: risk_uuid(&entry.key),
            title: line(&format!("{} {}", finding.control, entry.subject())),
            description: entry.sentence(),
            statement: format!("{}{intent}", finding.title),
            props: props.into_iter().flatten().chain(exceptions).collect(),
            status: status(entry),
            mitigating_factors: if accepted { factors.collect() } else { Vec::new() },
            deadline: deciding
                .filter(|_| accepted)
                .and_then(|exception| Instant::last_second_of(exception.expires_on.as_deref()?))
                .map(Instant::rfc3339),
            remediations: finding
                .remediation
                .iter()
                .map(|hint| Remediation {
                    uuid: uuid("remediation", &[&entry.key]),
                    lifecycle: "recommendation",
                    title: "How to comply",
                    description: hint.clone(),
                })
                .collect(),
            risk_log: (!log.is_empty()).then_some(RiskLog { entries: log }),
            related_observations: [RelatedObservation {
                observation_uuid: observation_uuid(&entry.key),
            }],
        }
    }

    fn log_entry(&self, entry: &Entry<'_>, position: usize, exception: &Suppression) -> RiskLogEntry {
        let reason = exception
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        let accepted = entry.standing == Standing::Excepted;
        let words = text::exception_line(exception, accepted);
        RiskLogEntry {
            uuid: uuid("risk-log", &[&entry.key, &exception.id, &position.to_string()]),
            title: line(&format!("{} is {}", exception.id, exception.state)),
            description: format!("{words}{reason}"),
            start: self.as_of.clone(),
            status_change: status_by(exception, accepted),
        }
    }

    pub(super) fn poam_item(&self, entry: &Entry<'_>) -> PoamItem {
        let finding = entry.finding;
        let mut description = entry.sentence();
        for text in entry.exception_lines() {
            description.push_str("; ");
            description.push_str(&text);
        }
        let props = [
            prop("fingerprint", finding.fingerprint.as_str()),
            prop("standing", entry.standing.as_str()),
            prop("severity", finding.severity.as_str()),
        ];
        PoamItem {
            uuid: uuid("poam-item", &[&entry.key]),
            title: line(&format!("{} {}", finding.control, entry.subject())),
            description,
            props: props.into_iter().flatten().collect(),
            related_observations: vec![RelatedObservation {
                observation_uuid: observation_uuid(&entry.key),
            }],
            related_risks: vec![RelatedRisk {
                risk_uuid: risk_uuid(&entry.key),
            }],
        }
    }

    /// A plan needs an item. An undecided run has one: find out. Otherwise, with nothing to do, it says so.
    pub(super) fn item_without_entries(&self, nothing_else: bool) -> Option<PoamItem> {
        let (title, description) = match self.run.decision.verdict {
            Verdict::Undecided => (
                "The run is undecided",
                self.remarks().unwrap_or_else(|| "undecided".into()),
            ),
            _ if nothing_else => (
                "No open item",
                format!("nothing failed and nothing is undecided as of {}", self.run.as_of),
            ),
            _ => return None,
        };
        Some(PoamItem {
            uuid: uuid("poam-item", &[title]),
            title: title.to_owned(),
            description,
            props: Vec::new(),
            related_observations: Vec::new(),
            related_risks: Vec::new(),
        })
    }
}

fn status(entry: &Entry<'_>) -> &'static str {
    let asked = |exception: &Suppression| status_by(exception, false) == "deviation-requested";
    match entry.standing {
        Standing::Excepted => "deviation-approved",
        Standing::Undecided => "investigating",
        _ if entry.finding.exceptions.iter().any(asked) => "deviation-requested",
        _ => "open",
    }
}

/// What an exception makes of the status of a risk. One that ended leaves the risk open.
fn status_by(exception: &Suppression, accepted: bool) -> &'static str {
    match exception.state.as_str() {
        _ if accepted && exception.suppresses => "deviation-approved",
        "requested" | "scheduled" => "deviation-requested",
        _ => "open",
    }
}

pub(super) fn observation_uuid(key: &str) -> String {
    uuid("observation", &[key])
}

pub(super) fn risk_uuid(key: &str) -> String {
    uuid("risk", &[key])
}

fn subject(id: &str) -> Subject {
    Subject {
        subject_uuid: uuid("resource", &[id]),
        r#type: "inventory-item",
        title: line(id),
    }
}
