//! GitLab [code quality] report: a list of issues that merge requests show beside the changed lines.
//!
//! The format has neither suppressions nor outcomes, so both are said in the description and an accepted finding is
//! `info`. What makes a run undecided is listed, too: an empty report would look clean.
//!
//! [code quality]: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format

use serde::Serialize;

use crate::control::Severity;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::evaluation::Evaluation;
use crate::gate::Verdict;
use crate::report::Run;
use crate::report::entry::{self, Entry, Standing, Unique};
use crate::report::identity;
use crate::report::place::{self, Region};
use crate::rule::Outcome;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<u32>,
}

/// Renders the report with a final line break.
pub fn render(run: &Run) -> String {
    let entries = entry::entries(run);
    let mut issues: Vec<Issue> = entries.iter().map(|entry| of_entry(run, entry)).collect();
    issues.extend(
        entry::keyed_evaluations(run, Outcome::Error).map(|(key, evaluation)| of_error(run, key, evaluation)),
    );
    issues.extend(
        run.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level != Level::Info)
            .map(|it| of_diagnostic(run, it)),
    );
    if run.decision.verdict == Verdict::Undecided {
        issues.push(Issue {
            description: format!("the run is undecided: {}", run.decision.undecided.join("; ")),
            check_name: "policy".into(),
            fingerprint: identity::uuid("undecided", &[]),
            severity: "blocker",
            location: without_place(run),
        });
    }
    // GitLab drops all but one of the issues with the same fingerprint.
    let mut unique = Unique::default();
    for issue in &mut issues {
        issue.fingerprint = unique.key(&issue.fingerprint);
    }
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}

fn of_entry(run: &Run, entry: &Entry<'_>) -> Issue {
    let finding = entry.finding;
    let severity = match entry.standing {
        Standing::Excepted | Standing::Advisory => "info",
        Standing::Undecided if !entry.counts => "info",
        // A control that never blocks does not look as if it did.
        Standing::Open | Standing::Undecided if finding.advisory => "minor",
        Standing::Open | Standing::Undecided => severity(finding.severity),
    };
    let prefix = match entry.standing {
        Standing::Open => "",
        Standing::Excepted => "excepted: ",
        Standing::Undecided => "not decided: ",
        Standing::Advisory => "advisory: ",
    };
    let mut description = format!("{prefix}{}: {}", entry.subject(), entry.sentence());
    for line in entry.exception_lines() {
        description.push_str("; ");
        description.push_str(&line);
    }
    Issue {
        description,
        check_name: finding.control.to_string(),
        fingerprint: entry.key.clone(),
        severity,
        location: finding
            .locations
            .first()
            .map_or_else(|| without_place(run), |span| location(&Region::of(span))),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

fn of_error(run: &Run, key: String, evaluation: &Evaluation) -> Issue {
    Issue {
        description: format!(
            "{}: the rule ended in an error: {}",
            evaluation.subject,
            entry::reasons_text(evaluation)
        ),
        check_name: evaluation.control.to_string(),
        fingerprint: key,
        severity: "blocker",
        location: without_place(run),
    }
}

fn of_diagnostic(run: &Run, diagnostic: &Diagnostic) -> Issue {
    let location = match diagnostic.labels.first().map(|label| &label.place) {
        Some(Place::Span(span)) => location(&Region::of(span)),
        Some(Place::File(file)) => Location {
            path: place::path(file),
            lines: Lines { begin: 1, end: None },
        },
        None => without_place(run),
    };
    let help = diagnostic
        .help
        .as_ref()
        .map(|help| format!("; {help}"))
        .unwrap_or_default();
    // The line is not part of the identity: text above must not make an old message new.
    let identity = [
        diagnostic.code.id,
        diagnostic.file().unwrap_or_default(),
        &diagnostic.message,
    ];
    Issue {
        description: format!("{}{help}", diagnostic.message),
        check_name: diagnostic.code.id.to_owned(),
        fingerprint: identity::uuid("diagnostic", &identity),
        severity: if diagnostic.level == Level::Error {
            "blocker"
        } else {
            "minor"
        },
        location,
    }
}

fn location(region: &Region) -> Location {
    let end = (region.end_line > region.line).then_some(region.end_line);
    Location {
        path: region.file.clone(),
        lines: Lines {
            begin: region.line,
            end,
        },
    }
}

/// The format demands a place: the first input stands for what has none.
fn without_place(run: &Run) -> Location {
    let path = place::input_files(run).next().unwrap_or_else(|| ".".into());
    Location {
        path,
        lines: Lines { begin: 1, end: None },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::testdata;

    #[test]
    fn an_undecided_run_is_never_an_empty_report() {
        let text = render(&testdata::empty());
        let issues: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(issues.len(), 1, "{text}");
        assert_eq!(issues[0]["severity"], "blocker");
    }

    #[test]
    fn fingerprints_are_unique() {
        let mut run = testdata::realistic();
        run.assessment.findings.extend(run.assessment.findings.clone());
        run.diagnostics.extend(run.diagnostics.clone());
        let issues: Vec<serde_json::Value> = serde_json::from_str(&render(&run)).unwrap();
        let unique: BTreeSet<&str> = issues
            .iter()
            .map(|issue| issue["fingerprint"].as_str().unwrap())
            .collect();
        assert_eq!(unique.len(), issues.len());
    }
}
