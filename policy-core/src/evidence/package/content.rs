//! The files of a package.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Draft, EVIDENCE_LOG, Link, Subject};
use crate::control::Control;
use crate::evidence::remediation::{self, Context, Stage};
use crate::exception::Record;
use crate::report::read::SavedReport;
use crate::report::{RenderOptions, ReportFormat};

type Files = BTreeMap<String, Vec<u8>>;

/// Every file but the manifest, and the chain.
pub(super) fn files(draft: &Draft<'_>) -> Result<(Files, Vec<Link>), serde_json::Error> {
    let mut files = Files::new();
    let mut put = |path: &str, bytes: Vec<u8>| {
        files.insert(path.to_owned(), bytes);
    };
    put("00-scope.json", pretty(&scope(draft))?);
    put("01-control.yaml", definitions(draft).into_bytes());
    put("02-mapping.json", pretty(&mapping(draft))?);
    let workloads = workloads(draft);
    if !workloads.is_empty() {
        let document = json!({"schemaVersion": 1, "workloads": workloads});
        put("02-workloads.json", pretty(&document)?);
    }
    put("03-implementation.md", implementation(draft).into_bytes());
    put(EVIDENCE_LOG, draft.log.clone().into_bytes());
    for (number, evidence) in draft.evidence.iter().enumerate() {
        let path = format!(
            "04-evidence/reports/{:03}-{:.12}.json",
            number + 1,
            evidence.sha256
        );
        put(&path, evidence.bytes.clone());
    }
    put("05-exceptions.json", pretty(&exceptions(draft))?);
    put("06-remediation.json", pretty(&remediation(draft))?);
    if let Some(sign_off) = draft.request.sign_off {
        put("07-signoff.yaml", sign_off.bytes.clone());
    }
    let chain = chain(draft);
    put("narrative.md", narrative(draft, &chain).into_bytes());
    if let Some(latest) = draft.evidence.last() {
        let run = narrowed(draft, &latest.saved);
        let options = RenderOptions {
            all_outcomes: latest.saved.lists_outcomes,
            controls: Some(draft.request.catalog),
            ..RenderOptions::default()
        };
        put(
            "oscal/assessment-results.json",
            ReportFormat::OscalResults.render(&run, &options).into_bytes(),
        );
        put(
            "sarif.json",
            ReportFormat::Sarif.render(&run, &options).into_bytes(),
        );
    }
    Ok((files, chain))
}

fn pretty(value: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What a report says about these controls only. Its verdict stays that of the whole run.
fn narrowed(draft: &Draft<'_>, saved: &SavedReport) -> crate::report::Run {
    let mut run = saved.run.clone();
    let assessment = &mut run.assessment;
    for findings in [
        &mut assessment.findings,
        &mut assessment.unknowns,
        &mut assessment.warnings,
    ] {
        findings.retain(|finding| draft.ids.contains(&finding.control));
    }
    assessment
        .evaluations
        .retain(|evaluation| draft.ids.contains(&evaluation.control));
    // Counts of a whole run say nothing about a few of its controls.
    assessment.recorded = None;
    assessment.controls = draft.controls.len();
    run
}

fn texts<T: AsRef<str>>(texts: &[T]) -> Vec<&str> {
    texts.iter().map(AsRef::as_ref).collect()
}

fn scope(draft: &Draft<'_>) -> Value {
    let seen = |of: fn(&crate::evidence::record::Record) -> Option<&String>| -> BTreeSet<&String> {
        draft.records.iter().filter_map(of).collect()
    };
    let reports: Vec<Value> = draft
        .evidence
        .iter()
        .map(|evidence| {
            json!({
                "name": evidence.name,
                "sha256": evidence.sha256,
                "asOf": evidence.saved.run.as_of,
                "listsOutcomes": evidence.saved.lists_outcomes,
                "inputs": evidence.saved.run.inputs.iter().map(|input| json!({
                    "path": input.path, "format": input.format, "resources": input.resources, "sha256": input.sha256,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let unused: Vec<Value> = draft
        .unused
        .iter()
        .map(|(name, why)| json!({"name": name, "why": why}))
        .collect();
    let controls: Vec<Value> = draft
        .controls
        .iter()
        .map(|control| {
            let environments = control.scope.environments.as_ref();
            let has_evidence = draft.records.iter().any(|record| record.control_id == control.id.as_str());
            json!({
                "id": control.id.as_str(),
                "resourceTypes": texts(&control.scope.resource_types),
                "environments": environments.map(|names| names.iter().map(|name| name.as_str()).collect::<Vec<_>>()),
                "accounts": texts(&control.scope.accounts),
                "regions": texts(&control.scope.regions),
                "evidenceSources": texts(&control.evidence_sources),
                "evidenceInWindow": has_evidence,
            })
        })
        .collect();
    json!({
        "schemaVersion": 1,
        "subject": draft.name(),
        "subjectKind": match draft.request.subject { Subject::Control(_) => "control", Subject::Framework(_) => "framework" },
        "window": {"from": draft.request.from.to_string(), "to": draft.request.to.to_string()},
        "asOf": draft.request.as_of.to_rfc3339(),
        "controls": controls,
        "observed": {
            "accounts": seen(|record| record.account.as_ref()),
            "regions": seen(|record| record.region.as_ref()),
            "resources": seen(|record| record.resource.as_ref()),
        },
        "reports": reports,
        "reportsNotUsed": unused,
    })
}

/// The control files as they are. Several make one YAML stream.
fn definitions(draft: &Draft<'_>) -> String {
    let mut text = String::new();
    for control in &draft.controls {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        let source = control.span.source();
        text.push_str(source.text());
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

fn mapping(draft: &Draft<'_>) -> Value {
    let mut frameworks: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for control in &draft.controls {
        for (framework, requirements) in &control.mappings {
            if matches!(&draft.request.subject, Subject::Framework(only) if **framework != **only) {
                continue;
            }
            for requirement in requirements {
                frameworks
                    .entry(framework)
                    .or_default()
                    .entry(requirement)
                    .or_default()
                    .push(control.id.as_str());
            }
        }
    }
    json!({"schemaVersion": 1, "frameworks": frameworks})
}

/// What the workload evidence maps say about these controls. A workload that lists none of them is not in the package.
fn workloads(draft: &Draft<'_>) -> Vec<Value> {
    let mut found = Vec::new();
    for workload in draft.request.workloads {
        let rows: Vec<Value> = workload
            .controls
            .iter()
            .filter(|row| draft.ids.iter().any(|id| id.as_str() == &*row.id.text))
            .map(|row| {
                let records = draft.records.iter().filter(|record| {
                    record.control_id == *row.id.text
                        && record.workload.as_deref() == Some(&*workload.name.text)
                });
                json!({
                    "id": row.id.to_string(),
                    "implementation": texts(&row.implementation),
                    "evidence": row.evidence.iter().map(|source| source.to_string()).collect::<Vec<_>>(),
                    "reviewCadence": row.review_cadence.as_ref().map(|cadence| cadence.to_string()),
                    "lastReviewedOn": row.last_reviewed_on.map(|day| day.to_string()),
                    "records": records.count(),
                })
            })
            .collect();
        if !rows.is_empty() {
            found.push(json!({
                "workload": workload.name.to_string(),
                "owner": workload.owner,
                "environment": workload.environment.as_ref().map(|environment| environment.as_str()),
                "accounts": workload.accounts.iter().map(|account| account.to_string()).collect::<Vec<_>>(),
                "regions": texts(&workload.regions),
                "controls": rows,
            }));
        }
    }
    found
}

fn implementation(draft: &Draft<'_>) -> String {
    let mut text = String::new();
    for control in &draft.controls {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "# {}: {}\n", control.id, control.title);
        for service in &control.implementation {
            let _ = writeln!(text, "- implemented by {service}");
        }
        for rule in &control.rules {
            let _ = writeln!(text, "- checked by {} ({})", rule.name, rule.engine);
        }
        for (source, hint) in &control.remediation.hints {
            let _ = writeln!(text, "- {source}: {hint}");
        }
        for rule in &control.rego {
            let _ = writeln!(
                text,
                "\n## Rule {}\n\n~~~~rego\n{}\n~~~~",
                rule.name(),
                rule.text().trim_end()
            );
        }
        text.push('\n');
    }
    text
}

fn exceptions(draft: &Draft<'_>) -> Value {
    let records: Vec<Value> = draft
        .exceptions()
        .map(|record| exception(draft, record))
        .collect();
    let mut by_state: BTreeMap<&str, usize> = BTreeMap::new();
    for record in draft.exceptions() {
        *by_state.entry(state(draft, record)).or_default() += 1;
    }
    json!({"schemaVersion": 1, "asOf": draft.request.as_of.to_rfc3339(), "byState": by_state, "records": records})
}

fn state(draft: &Draft<'_>, record: &Record) -> &'static str {
    draft.request.registry.map_or("invalid", |registry| {
        registry.state(record, draft.request.as_of).state.as_str()
    })
}

fn exception(draft: &Draft<'_>, record: &Record) -> Value {
    let approvals: Vec<Value> = record
        .approval
        .decisions
        .iter()
        .map(|decision| {
            json!({
                "by": decision.by, "role": decision.role, "approved": decision.approved,
                "on": decision.on.as_ref().map(ToString::to_string), "reference": decision.reference,
            })
        })
        .collect();
    let compensating: Vec<_> = record
        .compensating_controls
        .iter()
        .filter_map(|control| control.description.as_deref())
        .collect();
    json!({
        "id": &*record.id.value,
        "controlId": record.control.as_ref().map(|control| control.value.as_str()),
        "title": record.title,
        "category": record.category.as_str(),
        "state": state(draft, record),
        "owner": record.owner.as_ref().map(|owner| &*owner.value),
        "reason": record.reason.as_ref().map(|reason| &*reason.value),
        "resources": record.scope.resources.iter().map(|pattern| pattern.value.to_string()).collect::<Vec<_>>(),
        "compensatingControls": compensating,
        "approvals": approvals,
        "effectiveFrom": record.effective_from.as_ref().map(ToString::to_string),
        "expiresOn": record.expires_on.as_ref().map(ToString::to_string),
        "supersedes": record.supersedes.as_ref().map(|id| &*id.value),
        "renewals": record.renewal().number,
        "faults": record.faults().iter().map(|fault| json!({"code": fault.code.id, "message": fault.message})).collect::<Vec<_>>(),
        "digest": &*record.digest,
        "file": record.span.source().name(),
    })
}

fn remediation(draft: &Draft<'_>) -> Value {
    let controls: Vec<Value> = draft
        .controls
        .iter()
        .map(|control| json!({"id": control.id.as_str(), "mode": &*control.remediation.mode, "hint": control.remediation.hint}))
        .collect();
    let mut decisions = Vec::new();
    if let Some(latest) = draft.evidence.last() {
        let assessment = &latest.saved.run.assessment;
        for finding in assessment.findings.iter().chain(&assessment.unknowns) {
            let Some(control) = draft
                .controls
                .iter()
                .find(|control| control.id == finding.control)
            else {
                continue;
            };
            let decision = remediation::decide(control, finding, &Context::new(Stage::Plan, finding));
            decisions.push(json!({
                "fingerprint": finding.fingerprint.as_str(),
                "controlId": control.id.as_str(),
                "resource": finding.resource.as_ref().map(|resource| &resource.id),
                "action": decision.action.as_str(),
                "reasons": decision.reasons,
                "remediation": finding.remediation,
            }));
        }
    }
    json!({"schemaVersion": 1, "executed": [], "controls": controls, "decisions": decisions})
}

/// From the requirement to the sign-off. A link that is not there makes the story weak, and the narrative says so.
fn chain(draft: &Draft<'_>) -> Vec<Link> {
    let has_rule = draft
        .controls
        .iter()
        .all(|control| !control.rego.is_empty() || !control.rules.is_empty());
    let mapped = draft.controls.iter().all(|control| !control.mappings.is_empty());
    let located = draft.records.iter().any(|record| record.resource.is_some());
    let failed = draft
        .records
        .iter()
        .any(|record| matches!(record.status.as_str(), "fail" | "excepted"));
    let link = |name: &str, present: bool, place: &str| Link {
        link: name.into(),
        present,
        r#ref: present.then(|| place.to_owned()),
    };
    vec![
        link("requirement", mapped, "02-mapping.json"),
        link("control", true, "01-control.yaml"),
        link("rule", has_rule, "03-implementation.md"),
        link("resource-and-time", located, EVIDENCE_LOG),
        link("result", !draft.records.is_empty(), EVIDENCE_LOG),
        link(
            "exception-or-remediation",
            true,
            if failed {
                "06-remediation.json"
            } else {
                "05-exceptions.json"
            },
        ),
        link("sign-off", draft.request.sign_off.is_some(), "07-signoff.yaml"),
    ]
}

fn narrative(draft: &Draft<'_>, chain: &[Link]) -> String {
    let request = draft.request;
    let mut text = format!("# Audit package: {}\n\n", draft.name());
    let _ = writeln!(
        text,
        "Time window: {} to {}, both included. Exceptions judged as of {}.\n",
        request.from,
        request.to,
        request.as_of.to_rfc3339()
    );
    for control in &draft.controls {
        describe(draft, control, &mut text);
    }
    let _ = writeln!(text, "## Known exceptions\n");
    let mut any = false;
    for record in draft.exceptions() {
        any = true;
        let until = record
            .expires_on
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_else(|| "no end".into());
        let title = record.title.as_deref().unwrap_or("without a title");
        let _ = writeln!(
            text,
            "- {} ({}, until {until}): {title}",
            record.id,
            state(draft, record)
        );
    }
    if !any {
        let _ = writeln!(text, "The registry holds none.");
    }
    if let Some(sign_off) = request.sign_off {
        let role = sign_off
            .role
            .as_ref()
            .map(|role| format!(", {role}"))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "\n## Sign-off\n\nReviewed by {}{role} on {}.",
            sign_off.reviewed_by, sign_off.reviewed_on
        );
    }
    let _ = writeln!(text, "\n## Evidence chain\n");
    for link in chain {
        let place = link.r#ref.as_deref().unwrap_or("missing: the chain is weak here");
        let _ = writeln!(text, "- {}: {place}", link.link);
    }
    let _ = writeln!(
        text,
        "\nThe package is tamper-evident, not tamper-proof: keep the Merkle root of `manifest.json` where nobody can rewrite it."
    );
    text
}

fn describe(draft: &Draft<'_>, control: &Control, text: &mut String) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for record in draft
        .records
        .iter()
        .filter(|record| record.control_id == control.id.as_str())
    {
        *counts.entry(&record.status).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(status, count)| format!("{count} {status}"))
        .collect();
    let counts = if counts.is_empty() {
        "none".to_owned()
    } else {
        counts.join(", ")
    };
    let sources = texts(&control.evidence_sources).join(", ");
    let _ = writeln!(
        text,
        "## {}: {}\n\n{}\n",
        control.id,
        control.title,
        control.intent.trim_end()
    );
    let _ = writeln!(
        text,
        "Severity {}. Evidence sources: {sources}. Records in the window: {counts}.",
        control.severity.as_str()
    );
    for (framework, requirements) in &control.mappings {
        let _ = writeln!(text, "It answers {framework} {}.", texts(requirements).join(", "));
    }
    text.push('\n');
}
