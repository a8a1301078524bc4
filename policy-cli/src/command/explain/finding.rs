//! The five questions an auditor asks about a finding, answered from a saved report: who, what, allowed, remediated,
//! provable. What a report cannot tell is said, too.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use policy_core::evaluation::Finding;
use policy_core::evidence::remediation::{self, Context, Stage};
use policy_core::report::read::SavedReport;
use policy_core::source::sha256;

use crate::cli::Global;
use crate::discover::name_of;
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, saved, terminal};

pub(super) fn explain(global: &Global, path: &Path, fingerprint: &str) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    let (bytes, report) = saved::report(path)?;
    let assessment = &report.run.assessment;
    let found: Vec<&Finding> = assessment
        .findings
        .iter()
        .chain(&assessment.unknowns)
        .chain(&assessment.warnings)
        .filter(|finding| !fingerprint.is_empty() && finding.fingerprint.as_str().starts_with(fingerprint))
        .collect();
    let finding = match found.as_slice() {
        [finding] => *finding,
        [] => {
            let message = format!(
                "`{}` has no finding with the fingerprint `{fingerprint}`",
                name_of(path)
            );
            return Err(UsageError::Value(message));
        }
        several => {
            let ids: Vec<&str> = several
                .iter()
                .map(|finding| finding.fingerprint.as_str())
                .collect();
            let message = format!("`{fingerprint}` is the beginning of several: {}", ids.join(", "));
            return Err(UsageError::Value(message));
        }
    };
    let catalog = governance::catalog(global, &settings, &mut Vec::new());
    let action = catalog.controls.get(&finding.control).map(|control| {
        let decision = remediation::decide(control, finding, &Context::new(Stage::Plan, finding));
        decision.action.as_str()
    });
    let answers = [
        ("who", who(finding)),
        ("what", what(finding)),
        ("allowed", allowed(finding)),
        ("remediated", remediated(finding, action)),
        ("provable", provable(&report, &name_of(path), &bytes)),
    ];
    let mut out = format!(
        "{} {} {}: {}\n",
        finding.control,
        finding.severity.as_str(),
        finding.outcome.as_str(),
        finding.title
    );
    for (question, answer) in answers {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{question:<11} {}", answer.replace(char::is_control, " "));
    }
    terminal::out(&out);
    Ok(exit_code::pass())
}

fn who(finding: &Finding) -> String {
    let owner = finding
        .resource
        .as_ref()
        .and_then(|resource| resource.owner.as_deref());
    let owner = owner.map_or_else(
        || "nobody is named as the owner".to_owned(),
        |owner| format!("owner {owner}"),
    );
    format!("{owner}; who made the change is in CloudTrail and in the pipeline, not in a report")
}

fn what(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let Some(resource) = &finding.resource {
        let place: Vec<&str> = [&resource.environment, &resource.region, &resource.account]
            .into_iter()
            .filter_map(|part| part.as_deref())
            .collect();
        let _ = write!(text, ", on {} ({})", resource.id, place.join(", "));
    }
    if let Some(at) = finding.locations.first().map(policy_core::source::Span::location) {
        let _ = write!(text, ", at {}:{}:{}", at.file, at.line, at.column);
    }
    if let Some(change) = finding.change {
        let _ = write!(text, ", {} by this change", change.as_str());
    }
    text
}

fn allowed(finding: &Finding) -> String {
    let mut parts: Vec<String> = finding
        .exceptions
        .iter()
        .map(|exception| {
            let until = exception.expires_on.as_deref().unwrap_or("no day");
            let by = if exception.approved_by.is_empty() {
                String::new()
            } else {
                format!(", approved by {}", exception.approved_by.join(", "))
            };
            let effect = if exception.suppresses {
                "accepted"
            } else {
                "not accepted"
            };
            format!(
                "{effect}: {} is {} until {until}{by}",
                exception.id, exception.state
            )
        })
        .collect();
    parts.extend(finding.not_applied.iter().cloned());
    if parts.is_empty() {
        parts.push("no: no exception is about it".into());
    }
    parts.join("; ")
}

fn remediated(finding: &Finding, action: Option<&str>) -> String {
    let decision = action.map_or_else(
        || "the control is not in the catalog".to_owned(),
        |action| format!("decision: {action}"),
    );
    match &finding.remediation {
        Some(hint) => format!("not yet; {decision}; {hint}"),
        None => format!("not yet; {decision}"),
    }
}

fn provable(report: &SavedReport, name: &str, bytes: &[u8]) -> String {
    let inputs: Vec<String> = report
        .run
        .inputs
        .iter()
        .map(|input| match &input.sha256 {
            Some(sha256) => format!("{} sha256:{sha256:.12}", input.path),
            None => format!("{} without a digest", input.path),
        })
        .collect();
    format!(
        "as of {} by policy {}, from {}; report {name} sha256:{:.12}",
        report.run.as_of,
        report.run.tool_version,
        inputs.join(", "),
        sha256(bytes)
    )
}
