//! Evidence records: one line of canonical JSON per control, subject and run, each linked to the line before.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Evidence;
use crate::control::ControlId;
use crate::evaluation::Finding;
use crate::evidence::canonical;
use crate::evidence::merkle::{Sha256Digest, leaf_hash};
use crate::rule::Outcome;

/// One record, governance format §2.7.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    schema_version: u32,
    id: String,
    r#type: &'static str,
    pub(super) control_id: String,
    workload: Option<String>,
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) resource: Option<String>,
    owner: Option<String>,
    pub(super) status: &'static str,
    pub(super) exception_id: Option<String>,
    observed_from: String,
    observed_to: String,
    collected_at: String,
    source: Source,
    subject: Subject,
    reviewed_by: Option<String>,
    seq: usize,
    prev: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    system: &'static str,
    class: &'static str,
    query: String,
    tool_version: String,
}

#[derive(Clone, Debug, Serialize)]
struct Subject {
    sha256: String,
}

/// What a report says about these controls, subject by subject.
pub(super) fn records(evidence: &Evidence, controls: &BTreeSet<ControlId>) -> Vec<Record> {
    let assessment = &evidence.saved.run.assessment;
    let mut found: BTreeMap<(&ControlId, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in assessment.findings.iter().chain(&assessment.unknowns) {
        let subject = finding.resource.as_ref().map_or("", |resource| resource.id.as_str());
        found.entry((&finding.control, subject)).or_default().push(finding);
    }
    let none = Vec::new();
    let mut records = Vec::new();
    if evidence.saved.lists_outcomes {
        for outcome in assessment.evaluations.iter().filter(|outcome| controls.contains(&outcome.control)) {
            let findings = found
                .get(&(&outcome.control, outcome.subject.as_str()))
                .or_else(|| found.get(&(&outcome.control, "")))
                .unwrap_or(&none);
            records.push(record(evidence, &outcome.control, &outcome.subject, outcome.outcome, findings));
        }
    } else {
        for ((control, subject), findings) in found.iter().filter(|((control, _), _)| controls.contains(*control)) {
            let failed = findings.iter().any(|finding| finding.outcome == Outcome::Fail);
            let outcome = if failed { Outcome::Fail } else { Outcome::Unknown };
            records.push(record(evidence, control, subject, outcome, findings));
        }
    }
    records
}

fn record(evidence: &Evidence, control: &ControlId, subject: &str, outcome: Outcome, findings: &[&Finding]) -> Record {
    let run = &evidence.saved.run;
    let failures: Vec<_> = findings.iter().filter(|finding| finding.outcome == outcome).collect();
    // One open violation is enough: an exception for one attribute does not cover the resource.
    let accepted = !failures.is_empty() && failures.iter().all(|finding| finding.is_suppressed());
    let status = match outcome {
        Outcome::Fail if accepted => "excepted",
        Outcome::NotApplicable => "not-applicable",
        other => other.as_str(),
    };
    let exception = failures.iter().flat_map(|finding| &finding.exceptions).find(|exception| exception.suppresses);
    let resource = findings.iter().find_map(|finding| finding.resource.as_ref());
    let inputs: Vec<&str> = run.inputs.iter().map(|input| input.path.as_str()).collect();
    let identity = [control.as_str(), subject, status, &run.as_of, &evidence.sha256].join("\n");
    Record {
        schema_version: 1,
        id: format!("ev_{:.16}", Sha256Digest::of(identity.as_bytes()).to_string()),
        r#type: "evaluation",
        control_id: control.to_string(),
        workload: None,
        account: resource.and_then(|resource| resource.account.clone()),
        region: resource.and_then(|resource| resource.region.clone()),
        resource: (!subject.is_empty()).then(|| subject.to_owned()),
        owner: resource.and_then(|resource| resource.owner.clone()),
        status,
        exception_id: exception.filter(|_| accepted).map(|exception| exception.id.clone()),
        observed_from: run.as_of.clone(),
        observed_to: run.as_of.clone(),
        collected_at: run.as_of.clone(),
        source: Source {
            system: "policy",
            class: "automated",
            query: format!("policy check {}", inputs.join(" ")),
            tool_version: run.tool_version.to_string(),
        },
        subject: Subject { sha256: evidence.sha256.clone() },
        reviewed_by: None,
        seq: 0,
        prev: None,
    }
}

/// The log: numbered, linked, one line each.
pub(super) fn log(records: &mut [Record]) -> Result<String, serde_json::Error> {
    let mut log = String::new();
    let mut prev = None;
    for (seq, record) in records.iter_mut().enumerate() {
        record.seq = seq;
        record.prev = prev.take();
        let line = canonical::to_line(record)?;
        prev = Some(leaf_hash(line.as_bytes()).to_string());
        log.push_str(&line);
        log.push('\n');
    }
    Ok(log)
}

/// The first line, counted from 1, that does not carry the hash of the line before it or its own number.
pub(super) fn broken_link(log: &str) -> Option<usize> {
    #[derive(serde::Deserialize)]
    struct Linked {
        seq: usize,
        prev: Option<String>,
    }
    let mut prev = None;
    for (at, line) in log.lines().enumerate() {
        match serde_json::from_str::<Linked>(line) {
            Ok(linked) if linked.seq == at && linked.prev == prev => {}
            _ => return Some(at + 1),
        }
        prev = Some(leaf_hash(line.as_bytes()).to_string());
    }
    None
}
