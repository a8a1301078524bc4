//! Evidence records: one line of canonical JSON per control, subject and observation, each linked to the line before.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::canonical;
use super::merkle::{Sha256Digest, leaf_hash};
use super::package::Evidence;
use crate::control::{ControlId, Workload};
use crate::date::Date;
use crate::evaluation::{Finding, FindingResource};
use crate::exception::Accounts;
use crate::rule::Outcome;

/// The version of the format.
pub const VERSION: u32 = 1;

/// One record, governance format §2.7. `null` means that nothing says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Version of the format, 1.
    pub schema_version: u32,
    /// Names the record; the same observation has the same id.
    pub id: String,
    /// `evaluation`, `config-item`, `cloudtrail-event`, `query-result`, `manual`, `exception-decision`, `remediation`,
    /// `sign-off` or `drill`.
    pub r#type: String,
    /// The control it is about.
    pub control_id: String,
    /// The workload, when exactly one workload evidence map says so.
    pub workload: Option<String>,
    /// The account id.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// The resource, by address, logical id or ARN.
    pub resource: Option<String>,
    /// Who answers for the resource.
    pub owner: Option<String>,
    /// `pass`, `fail`, `excepted`, `unknown`, `not-applicable` or `error`.
    pub status: String,
    /// The exception that accepts the failure.
    pub exception_id: Option<String>,
    /// Since when what it says held, as a day or an instant.
    pub observed_from: Option<String>,
    /// Until when.
    pub observed_to: Option<String>,
    /// When it was written down.
    pub collected_at: Option<String>,
    /// Where it comes from.
    pub source: Origin,
    /// The digest of what it was made from.
    pub subject: Option<SubjectDigest>,
    /// Who looked at it.
    pub reviewed_by: Option<String>,
    /// How long the making of an audit package took, for a `drill`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Its number in the log, from 0.
    #[serde(default)]
    pub seq: usize,
    /// The hash of the line before it.
    #[serde(default)]
    pub prev: Option<String>,
}

/// Where a record comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The system of record.
    pub system: String,
    /// `automated`, `semi-automated`, `manual` or `external`.
    pub class: String,
    /// The query, command or document that shows it again.
    pub query: Option<String>,
    /// The version of the program that collected it.
    pub tool_version: Option<String>,
}

/// The digest of what a record was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubjectDigest {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Record {
    /// True when somebody collected it by hand.
    pub fn is_manual(&self) -> bool {
        self.source.class == "manual"
    }

    /// The first and the last day it speaks of; `None` when it does not say, or not as a date.
    pub fn days(&self) -> Option<(Date, Date)> {
        let day = |text: &Option<String>| Date::parse(text.as_deref()?.get(..10)?).ok();
        let from = day(&self.observed_from)?;
        let to = day(&self.observed_to).unwrap_or(from);
        (from <= to).then_some((from, to))
    }
}

/// The resources of a report by id; `None` where the id is not unique.
type Listed<'a> = BTreeMap<&'a str, Option<&'a FindingResource>>;

/// What a report says about these controls, or about every control, subject by subject.
pub fn records(evidence: &Evidence, controls: Option<&BTreeSet<ControlId>>) -> Vec<Record> {
    let wanted = |control: &ControlId| controls.is_none_or(|controls| controls.contains(control));
    let assessment = &evidence.saved.run.assessment;
    let mut found: BTreeMap<(&ControlId, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in assessment.findings.iter().chain(&assessment.unknowns) {
        let subject = finding
            .resource
            .as_ref()
            .map_or("", |resource| resource.id.as_str());
        found
            .entry((&finding.control, subject))
            .or_default()
            .push(finding);
    }
    // A pass has no finding that would name its account. A name that two inputs use for different resources names none.
    let mut listed = Listed::new();
    for resource in &evidence.saved.run.resources {
        listed
            .entry(&resource.id)
            .and_modify(|known| *known = known.filter(|known| *known == resource))
            .or_insert(Some(resource));
    }
    let none = Vec::new();
    let mut records = Vec::new();
    if evidence.saved.lists_outcomes {
        for outcome in assessment
            .evaluations
            .iter()
            .filter(|outcome| wanted(&outcome.control))
        {
            let findings = found
                .get(&(&outcome.control, outcome.subject.as_str()))
                .or_else(|| found.get(&(&outcome.control, "")))
                .unwrap_or(&none);
            records.push(record(
                evidence,
                &outcome.control,
                &outcome.subject,
                outcome.outcome,
                findings,
                &listed,
            ));
        }
    } else {
        for ((control, subject), findings) in found.iter().filter(|((control, _), _)| wanted(control)) {
            let failed = findings.iter().any(|finding| finding.outcome == Outcome::Fail);
            let outcome = if failed { Outcome::Fail } else { Outcome::Unknown };
            records.push(record(evidence, control, subject, outcome, findings, &listed));
        }
    }
    records
}

fn record(
    evidence: &Evidence,
    control: &ControlId,
    subject: &str,
    outcome: Outcome,
    findings: &[&Finding],
    listed: &Listed<'_>,
) -> Record {
    let run = &evidence.saved.run;
    let failures: Vec<_> = findings
        .iter()
        .filter(|finding| finding.outcome == outcome)
        .collect();
    // One open violation is enough: an exception for one attribute does not cover the resource.
    let accepted = !failures.is_empty() && failures.iter().all(|finding| finding.is_suppressed());
    let status = match outcome {
        Outcome::Fail if accepted => "excepted",
        Outcome::NotApplicable => "not-applicable",
        other => other.as_str(),
    };
    let exception = failures
        .iter()
        .flat_map(|finding| &finding.exceptions)
        .find(|exception| exception.suppresses);
    let resource = findings
        .iter()
        .find_map(|finding| finding.resource.as_ref())
        .or_else(|| listed.get(subject).copied().flatten());
    let inputs: Vec<&str> = run.inputs.iter().map(|input| input.path.as_str()).collect();
    let identity = [control.as_str(), subject, status, &run.as_of, evidence.sha256()].join("\n");
    Record {
        schema_version: VERSION,
        id: format!("ev_{:.16}", Sha256Digest::of(identity.as_bytes()).to_string()),
        r#type: "evaluation".into(),
        control_id: control.to_string(),
        workload: None,
        account: resource.and_then(|resource| resource.account.clone()),
        region: resource.and_then(|resource| resource.region.clone()),
        resource: (!subject.is_empty()).then(|| subject.to_owned()),
        owner: resource.and_then(|resource| resource.owner.clone()),
        status: status.into(),
        exception_id: exception
            .filter(|_| accepted)
            .map(|exception| exception.id.clone()),
        observed_from: Some(run.as_of.clone()),
        observed_to: Some(run.as_of.clone()),
        collected_at: Some(run.as_of.clone()),
        source: Origin {
            system: "policy".into(),
            class: "automated".into(),
            query: Some(format!("policy check {}", inputs.join(" "))),
            tool_version: Some(run.tool_version.to_string()),
        },
        subject: Some(SubjectDigest {
            sha256: evidence.sha256().to_owned(),
        }),
        reviewed_by: None,
        seconds: None,
        seq: 0,
        prev: None,
    }
}

/// Names the workload of each record whose account, Region and control exactly one evidence map lists.
pub fn assign_workloads(records: &mut [Record], workloads: &[Workload], accounts: Option<&Accounts>) {
    for record in records.iter_mut().filter(|record| record.workload.is_none()) {
        let Some(account) = record.account.as_deref() else {
            continue;
        };
        let id = |name: &str| {
            accounts
                .and_then(|accounts| accounts.id(name).map(str::to_owned))
                .unwrap_or_else(|| name.to_owned())
        };
        let mut matching = workloads.iter().filter(|workload| {
            let here = workload.regions.is_empty()
                || record
                    .region
                    .as_deref()
                    .is_some_and(|region| workload.regions.iter().any(|known| **known == *region));
            here && workload.accounts.iter().any(|known| id(known) == account)
                && workload.controls.iter().any(|row| *row.id == *record.control_id)
        });
        if let (Some(workload), None) = (matching.next(), matching.next()) {
            record.workload = Some(workload.name.to_string());
        }
    }
}

/// The lines of a log that begins after `last`, the number and hash of its last line: numbered, linked, one line each.
///
/// # Errors
/// None in practice: every member is a text or a number.
pub fn lines(records: &mut [Record], last: Option<(usize, String)>) -> Result<String, serde_json::Error> {
    let mut log = String::new();
    let (mut seq, mut prev) = match last {
        Some((seq, hash)) => (seq + 1, Some(hash)),
        None => (0, None),
    };
    for record in records {
        record.seq = seq;
        record.prev = prev.take();
        let line = canonical::to_line(record)?;
        prev = Some(leaf_hash(line.as_bytes()).to_string());
        seq += 1;
        log.push_str(&line);
        log.push('\n');
    }
    Ok(log)
}

/// The first line, counted from 1, that does not carry the hash of the line before it or its own number.
pub(super) fn broken_link(log: &str) -> Option<usize> {
    #[derive(Deserialize)]
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
