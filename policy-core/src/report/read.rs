//! Report JSON read back: our own format, version 1.
//!
//! The reader denies nothing it does not know, so that a report of a later program of the same version is still read; what
//! an older program did not write is absent. A report is less than a run: [`SavedReport::lost`] says what could not be
//! rebuilt.

mod shapes;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use self::shapes::{DiagnosticV1, ExceptionV1, FindingV1, Input, OutcomeV1, ReasonV1, Report, ResourceV1};

use crate::control::{Catalog, ControlId, Severity};
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::evaluation::{
    Assessment, ChangeKind, Evaluation, Finding, FindingResource, Fingerprint, NotEvaluated, Reason,
    Suppression,
};
use crate::gate::{self, Decision, GateOptions, OnUnknown, Verdict};
use crate::report::{Mode, RegistryRevision, Run};
use crate::rule::Outcome;
use crate::source::Span;
use crate::value::{AttributePath, UnknownReason};

/// The version this reader understands.
const VERSION: u64 = 1;

/// Stands for a code that this program does not have.
static FOREIGN: Code = Code {
    id: "RPT001",
    level: Level::Info,
    summary: "a saved report has a diagnostic code that this version does not know",
    explanation: "The report was written by another version. The message begins with the code as it was written; explain it with \
                  the program that wrote the report.",
};

/// The codes of this area.
pub static CODES: &[&Code] = &[&FOREIGN];

/// A report that was written down.
#[derive(Clone, Debug)]
pub struct SavedReport {
    /// The run, as far as the report tells it.
    pub run: Run,
    /// True when the report lists every outcome (`--all-outcomes`), not only what failed or is unknown.
    pub lists_outcomes: bool,
    /// What could not be rebuilt, one sentence each.
    pub lost: Vec<String>,
}

impl SavedReport {
    /// Takes the severity of outcomes, which a report does not have, from the controls as they are now.
    #[must_use]
    pub fn with_severities_of(mut self, catalog: &Catalog) -> Self {
        let mut known = true;
        for evaluation in &mut self.run.assessment.evaluations {
            match catalog.controls.get(&evaluation.control) {
                Some(control) => evaluation.severity = control.severity,
                None => known = false,
            }
        }
        self.lost.retain(|lost| !known || lost != NO_SEVERITY);
        self
    }
}

const NO_SEVERITY: &str =
    "the severity of controls without a finding is not in a report; it is taken as medium";

/// Why a text is not a report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON, or a member has the wrong type.
    #[error("not a report of `policy check -o json`: {0}")]
    Shape(String),
    /// A later version of the format.
    #[error("the report has schema version {0}, and this program reads version {VERSION}")]
    Version(u64),
    /// A word that has no meaning in this version.
    #[error("`{member}` is `{word}`, which means nothing in version {VERSION}")]
    Word {
        /// The member.
        member: &'static str,
        /// What it says.
        word: String,
    },
}

/// Reads a report. `code` finds a diagnostic code by its id.
///
/// # Errors
/// See [`ReadError`]. A member that is unknown or missing is no error.
pub fn read(text: &str, code: impl Fn(&str) -> Option<&'static Code>) -> Result<SavedReport, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Envelope {
        schema_version: u64,
    }
    let envelope: Envelope = parse(text)?;
    if envelope.schema_version != VERSION {
        return Err(ReadError::Version(envelope.schema_version));
    }
    let report: Report = parse(text)?;
    let mut lost = BTreeSet::new();
    let lists_outcomes = report.outcomes.is_some();
    let mut assessment = Assessment {
        controls: report.summary.controls,
        resources: report.summary.resources,
        ..Assessment::default()
    };
    for found in &report.findings {
        let finding = finding(found, &mut lost)?;
        match finding.outcome {
            // The gate counted it; in a run it stands with the unknowns.
            Outcome::Unknown => assessment.unknowns.push(finding),
            _ => assessment.findings.push(finding),
        }
    }
    let counted = assessment.unknowns.len();
    for found in &report.unknowns {
        assessment.unknowns.push(finding(found, &mut lost)?);
    }
    let gate = rebuilt_gate(&report, &assessment, counted, &mut lost);
    assessment
        .unknowns
        .sort_by(|left, right| left.report_order().cmp(&right.report_order()));
    for found in &report.fixed {
        assessment.fixed.push(finding(found, &mut lost)?);
    }
    for found in &report.warnings {
        assessment.warnings.push(finding(found, &mut lost)?);
    }
    for found in &report.not_evaluated {
        assessment.not_evaluated.push(NotEvaluated {
            control: control(&found.control_id)?,
            reason: found.reason.clone(),
        });
    }
    match &report.outcomes {
        Some(outcomes) => {
            let severities = severities(&assessment);
            assessment.evaluations = outcomes
                .iter()
                .map(|found| evaluation(found, &severities, &mut lost))
                .collect::<Result<_, _>>()?;
        }
        None => {
            lost.insert(
                "the report lists no outcomes, only their counts: it was written without `--all-outcomes`"
                    .to_owned(),
            );
            assessment.recorded = Some(report.summary.evaluations.counts());
        }
    }
    let used: BTreeSet<&str> = [&assessment.findings, &assessment.unknowns]
        .into_iter()
        .flatten()
        .flat_map(|finding| finding.exceptions.iter().map(|exception| exception.id.as_str()))
        .collect();
    assessment.used_exceptions = used.into_iter().map(Into::into).collect();
    let diagnostics = report
        .diagnostics
        .iter()
        .map(|found| diagnostic(found, &code, &mut lost))
        .collect::<Result<_, _>>()?;
    let run = Run {
        tool_version: report.tool.version.into(),
        as_of: report.as_of,
        mode: mode(&report.mode)?,
        registry_revision: report.registry_revision.map(|revision| RegistryRevision {
            name: revision.name,
            commit: revision.commit,
        }),
        inputs: report.inputs.into_iter().map(Input::reported).collect(),
        assessment,
        resources: report.resources.iter().map(resource).collect(),
        diagnostics,
        gate,
        decision: Decision {
            verdict: verdict(&report.verdict)?,
            exit_code: report.exit_code,
            undecided: report.undecided_reasons,
            blocking: report.summary.blocking,
        },
    };
    Ok(SavedReport {
        run,
        lists_outcomes,
        lost: lost.into_iter().collect(),
    })
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| ReadError::Shape(error.to_string()))
}

fn finding(found: &FindingV1, lost: &mut BTreeSet<String>) -> Result<Finding, ReadError> {
    let paths: Vec<AttributePath> = if found.path.is_empty() {
        Vec::new()
    } else {
        AttributePath::parse(&found.path).into_iter().collect()
    };
    if !found.locations.is_empty() {
        lost.insert("source lines are not in a report: places are shown without them".to_owned());
    }
    if !found.exceptions.is_empty() {
        lost.insert("the reason and the compensating controls of exceptions are not in a report".to_owned());
    }
    Ok(Finding {
        fingerprint: Fingerprint::recorded(&*found.fingerprint),
        control: control(&found.control_id)?,
        title: found.title.clone(),
        severity: word("severity", &found.severity, |text| text.parse::<Severity>().ok())?,
        advisory: found.advisory,
        outcome: outcome(&found.outcome)?,
        resource: found.resource.as_ref().map(resource),
        path: found.path.clone(),
        paths,
        message: found.message.clone(),
        expected: found.expected.clone(),
        actual: found.actual.clone(),
        change: found.change.as_deref().map(change).transpose()?,
        reasons: reasons(&found.reasons, lost),
        locations: found
            .locations
            .iter()
            .map(|at| Span::remembered(&*at.file, at.line, at.column))
            .collect(),
        show_source: false,
        remediation: found.remediation.clone(),
        exceptions: found.exceptions.iter().map(suppression).collect(),
        not_applied: found.exceptions_not_applied.clone(),
    })
}

fn resource(found: &ResourceV1) -> FindingResource {
    FindingResource {
        id: found.id.clone(),
        resource_type: found.r#type.clone(),
        kind: found.kind.clone(),
        account: found.account.clone(),
        region: found.region.clone(),
        environment: found.environment.clone(),
        owner: found.owner.clone(),
    }
}

fn suppression(found: &ExceptionV1) -> Suppression {
    Suppression {
        id: found.id.clone(),
        state: found.state.clone(),
        expires_on: found.expires_on.clone(),
        days_left: found.days_left,
        expired_days_ago: found.expired_days_ago,
        suppresses: found.suppresses,
        primary: found.primary,
        approved_by: found.approved_by.clone(),
        note: found.note.clone(),
        ..Suppression::default()
    }
}

/// The severity of an outcome is not in a report; a finding of the same control has it.
fn severities(assessment: &Assessment) -> BTreeMap<ControlId, Severity> {
    let lists = [&assessment.findings, &assessment.unknowns, &assessment.warnings];
    lists
        .into_iter()
        .flatten()
        .map(|finding| (finding.control.clone(), finding.severity))
        .collect()
}

fn evaluation(
    found: &OutcomeV1,
    severities: &BTreeMap<ControlId, Severity>,
    lost: &mut BTreeSet<String>,
) -> Result<Evaluation, ReadError> {
    let control = control(&found.control_id)?;
    let severity = severities.get(&control).copied();
    if severity.is_none() {
        lost.insert(NO_SEVERITY.to_owned());
    }
    Ok(Evaluation {
        control,
        severity: severity.unwrap_or(Severity::Medium),
        subject: found.resource.clone(),
        outcome: outcome(&found.outcome)?,
        reasons: reasons(&found.reasons, lost),
    })
}

fn diagnostic(
    found: &DiagnosticV1,
    code: impl Fn(&str) -> Option<&'static Code>,
    lost: &mut BTreeSet<String>,
) -> Result<Diagnostic, ReadError> {
    let known = code(&found.code).or_else(|| CODES.iter().copied().find(|known| known.id == found.code));
    let mut diagnostic = match known {
        Some(code) => Diagnostic::new(code, &*found.message),
        None => {
            lost.insert(format!(
                "the diagnostic code `{}` is of another version; it is shown as {}",
                found.code, FOREIGN.id
            ));
            Diagnostic::new(&FOREIGN, format!("{}: {}", found.code, found.message))
        }
    }
    .level(word("level", &found.level, level)?);
    match (&found.file, found.line, found.column) {
        (Some(file), Some(line), Some(column)) => {
            diagnostic = diagnostic.at(&Span::remembered(&**file, line, column));
        }
        (Some(file), ..) => diagnostic = diagnostic.in_file(file),
        (None, ..) => {}
    }
    Ok(match &found.help {
        Some(help) => diagnostic.help(&**help),
        None => diagnostic,
    })
}

fn level(text: &str) -> Option<Level> {
    [Level::Error, Level::Warning, Level::Info]
        .into_iter()
        .find(|level| level.as_str() == text)
}

fn reasons(found: &[ReasonV1], lost: &mut BTreeSet<String>) -> Vec<Reason> {
    found
        .iter()
        .map(|reason| Reason {
            path: reason.path.clone(),
            kind: kind(&reason.kind, lost),
            text: reason.text.clone(),
        })
        .collect()
}

/// The words of [`Reason::kind`] that are not reasons of unknown values.
const KINDS: [&str; 5] = ["scope", "scope_assumed", "source", "rule_error", "other"];

fn kind(text: &str, lost: &mut BTreeSet<String>) -> &'static str {
    let known = UnknownReason::ALL
        .into_iter()
        .map(UnknownReason::as_str)
        .chain(KINDS)
        .find(|word| *word == text);
    known.unwrap_or_else(|| {
        lost.insert(format!(
            "the reason `{text}` is of another version; it is shown as other"
        ));
        "other"
    })
}

/// The gate that counts what the report says was counted. Its options are not in a report.
fn rebuilt_gate(
    report: &Report,
    assessment: &Assessment,
    counted: usize,
    lost: &mut BTreeSet<String>,
) -> GateOptions {
    let mut thresholds = vec![Severity::Medium];
    thresholds.extend(
        Severity::ALL
            .into_iter()
            .rev()
            .filter(|severity| *severity != Severity::Medium),
    );
    let modes = [OnUnknown::CriticalFails, OnUnknown::Fail, OnUnknown::Warn];
    let scopes = thresholds
        .iter()
        .flat_map(|&fail_on| [(fail_on, false), (fail_on, true)]);
    for (fail_on, changed_only) in scopes {
        for on_unknown in modes {
            let options = GateOptions {
                fail_on,
                on_unknown,
                changed_only,
                ..GateOptions::default()
            };
            let open = assessment
                .findings
                .iter()
                .filter(|finding| gate::counts_failure(finding, &options))
                .count();
            let same = assessment
                .unknowns
                .iter()
                .enumerate()
                .all(|(at, unknown)| gate::counts_unknown(unknown, &options) == (at < counted));
            if same && open + counted == report.summary.blocking {
                return options;
            }
        }
    }
    lost.insert(
        "the threshold of the gate is not in a report and cannot be told from it; it is taken as medium"
            .to_owned(),
    );
    GateOptions::default()
}

fn control(text: &str) -> Result<ControlId, ReadError> {
    word("controlId", text, ControlId::new)
}

fn outcome(text: &str) -> Result<Outcome, ReadError> {
    let all = [
        Outcome::Pass,
        Outcome::Fail,
        Outcome::Unknown,
        Outcome::NotApplicable,
        Outcome::Error,
    ];
    word("outcome", text, |text| {
        all.into_iter().find(|outcome| outcome.as_str() == text)
    })
}

fn change(text: &str) -> Result<ChangeKind, ReadError> {
    word("change", text, ChangeKind::of)
}

fn mode(text: &str) -> Result<Mode, ReadError> {
    let all = [Mode::Current, Mode::Historical, Mode::Forecast];
    word("mode", text, |text| {
        all.into_iter().find(|mode| mode.as_str() == text)
    })
}

fn verdict(text: &str) -> Result<Verdict, ReadError> {
    let all = [Verdict::Pass, Verdict::Fail, Verdict::Undecided];
    word("verdict", text, |text| {
        all.into_iter().find(|verdict| verdict.as_str() == text)
    })
}

fn word<T>(member: &'static str, text: &str, meaning: impl Fn(&str) -> Option<T>) -> Result<T, ReadError> {
    meaning(text).ok_or_else(|| ReadError::Word {
        member,
        word: text.into(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::json::{self, JsonOptions};
    use crate::report::testdata;

    fn written(run: &Run, all_outcomes: bool) -> String {
        json::render(run, JsonOptions { all_outcomes })
    }

    fn code(id: &str) -> Option<&'static Code> {
        testdata::CODES.into_iter().find(|code| code.id == id)
    }

    #[test]
    fn members_of_later_programs_are_no_error() {
        let mut report: serde_json::Value =
            serde_json::from_str(&written(&testdata::realistic(), true)).unwrap();
        report["new"] = serde_json::json!({"a": 1});
        report["findings"][0]["new"] = serde_json::json!([]);
        report["summary"]["new"] = serde_json::json!(null);
        let saved = read(&report.to_string(), code).unwrap();
        assert_eq!(written(&saved.run, true), written(&testdata::realistic(), true));
    }

    #[test]
    fn what_is_no_report_is_refused() {
        assert!(matches!(read("[", code), Err(ReadError::Shape(_))));
        assert!(matches!(read("{}", code), Err(ReadError::Shape(_))));
        assert!(matches!(
            read(r#"{"schemaVersion": 2}"#, code),
            Err(ReadError::Version(2))
        ));
        let text = written(&testdata::realistic(), false)
            .replace("\"severity\": \"high\"", "\"severity\": \"huge\"");
        assert!(matches!(
            read(&text, code),
            Err(ReadError::Word {
                member: "severity",
                ..
            })
        ));
    }

    #[test]
    fn a_foreign_code_keeps_its_name_in_the_message() {
        let text = written(&testdata::realistic(), false);
        let saved = read(&text, |_| None).unwrap();
        assert!(!saved.run.diagnostics.is_empty(), "the example has diagnostics");
        for (now, then) in saved
            .run
            .diagnostics
            .iter()
            .zip(&testdata::realistic().diagnostics)
        {
            assert_eq!(now.code.id, "RPT001");
            assert_eq!(now.message, format!("{}: {}", then.code.id, then.message));
            assert_eq!(now.level, then.level);
        }
        assert!(saved.lost.iter().any(|lost| lost.contains("another version")));
    }

    #[test]
    fn counts_survive_a_report_that_lists_no_outcomes() {
        let run = testdata::realistic();
        let saved = read(&written(&run, false), code).unwrap();
        assert!(!saved.lists_outcomes);
        assert_eq!(
            saved.run.assessment.count(Outcome::Pass),
            run.assessment.count(Outcome::Pass)
        );
        assert!(
            saved.lost.iter().any(|lost| lost.contains("--all-outcomes")),
            "{:?}",
            saved.lost
        );
    }

    proptest! {
        /// Whatever a run is, its report read back writes the same report.
        #[test]
        fn writing_what_was_read_gives_the_same_bytes(mut run in testdata::any_run(), all_outcomes in any::<bool>()) {
            run.resources = run.assessment.findings.iter().filter_map(|finding| finding.resource.clone()).collect();
            // Runs are in report order.
            run.assessment.unknowns.sort_by(|left, right| left.report_order().cmp(&right.report_order()));
            let text = written(&run, all_outcomes);
            let saved = read(&text, code).unwrap();
            prop_assert_eq!(written(&saved.run, all_outcomes), text);
        }
    }
}
