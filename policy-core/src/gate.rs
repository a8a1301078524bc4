//! The gate: may the change go ahead?

use crate::control::Severity;
use crate::diagnostic::{Diagnostic, Level};
use crate::evaluation::{Assessment, ChangeKind, Finding};
use crate::rule::Outcome;

/// Exit code of a run whose verdict is pass.
pub const EXIT_PASS: u8 = 0;
/// Exit code of a run with findings at or over the threshold.
pub const EXIT_FAIL: u8 = 1;
/// Exit code of a run that could not decide. It wins over [`EXIT_FAIL`].
pub const EXIT_UNDECIDED: u8 = 2;
/// Exit code of a wrong command line.
pub const EXIT_USAGE: u8 = 3;

/// What to do about unknown outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// Critical controls fail, the rest is reported.
    #[default]
    CriticalFails,
    /// Every unknown at or over the threshold fails.
    Fail,
    /// Reported, never counted.
    Warn,
    /// Only counted in the summary.
    Ignore,
}

/// How strict the gate is.
#[derive(Clone, Debug)]
pub struct GateOptions {
    /// The least severity that fails.
    pub fail_on: Severity,
    /// What to do about unknown outcomes.
    pub on_unknown: OnUnknown,
    /// Accept a run that evaluated nothing.
    pub allow_empty: bool,
    /// The as-of date lies in the past, or the exceptions are those of an earlier registry: such a run explains, it does not gate.
    pub historical: bool,
    /// Count only what the change introduces. What an input without changes shows counts all the same.
    pub changed_only: bool,
}

impl Default for GateOptions {
    fn default() -> Self {
        Self {
            fail_on: Severity::Medium,
            on_unknown: OnUnknown::default(),
            allow_empty: false,
            historical: false,
            changed_only: false,
        }
    }
}

/// The answer of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was evaluated and nothing at or over the threshold is open.
    Pass,
    /// Open findings at or over the threshold.
    Fail,
    /// Something could not be read, understood or evaluated.
    Undecided,
}

impl Verdict {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Undecided => "undecided",
        }
    }
}

/// The verdict with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// The exit code that goes with it.
    pub exit_code: u8,
    /// Why the run is undecided, one sentence each.
    pub undecided: Vec<String>,
    /// How many open findings count.
    pub blocking: usize,
}

/// True when the gate counts this unknown outcome.
///
/// What only a view of the whole account could tell (`partial_input`) is never counted: one stack's plan cannot mend
/// it, and a run that is declared complete does not have it.
pub fn counts_unknown(unknown: &Finding, options: &GateOptions) -> bool {
    let partial = !unknown.reasons.is_empty()
        && unknown
            .reasons
            .iter()
            .all(|reason| reason.kind == "partial_input");
    if partial || is_spared(unknown, options) || unknown.advisory || unknown.severity < options.fail_on {
        return false;
    }
    match options.on_unknown {
        OnUnknown::CriticalFails => unknown.severity == Severity::Critical,
        OnUnknown::Fail => true,
        OnUnknown::Warn | OnUnknown::Ignore => false,
    }
}

/// True when the gate counts this failure.
pub fn counts_failure(finding: &Finding, options: &GateOptions) -> bool {
    !finding.advisory
        && !finding.is_suppressed()
        && !is_spared(finding, options)
        && finding.severity >= options.fail_on
}

/// Left to others, because the change did not bring it.
fn is_spared(finding: &Finding, options: &GateOptions) -> bool {
    options.changed_only && finding.change == Some(ChangeKind::Existing)
}

/// Decides over an assessment and every diagnostic of the run.
///
/// ```
/// use policy_core::evaluation::Assessment;
/// use policy_core::gate::{GateOptions, Verdict, decide};
/// // Nothing was evaluated: that is not a pass.
/// let decision = decide(&Assessment::default(), &[], &GateOptions::default());
/// assert_eq!(decision.verdict, Verdict::Undecided);
/// assert_eq!(decision.exit_code, 2);
/// ```
pub fn decide(assessment: &Assessment, diagnostics: &[Diagnostic], options: &GateOptions) -> Decision {
    let blocking = assessment
        .findings
        .iter()
        .filter(|finding| counts_failure(finding, options))
        .count()
        + assessment
            .unknowns
            .iter()
            .filter(|unknown| counts_unknown(unknown, options))
            .count();
    let undecided = undecided_reasons(assessment, diagnostics, options);
    let (verdict, exit_code) = match (undecided.is_empty(), blocking) {
        (false, _) => (Verdict::Undecided, EXIT_UNDECIDED),
        (true, 0) => (Verdict::Pass, EXIT_PASS),
        (true, _) => (Verdict::Fail, EXIT_FAIL),
    };
    Decision {
        verdict,
        exit_code,
        undecided,
        blocking,
    }
}

fn undecided_reasons(
    assessment: &Assessment,
    diagnostics: &[Diagnostic],
    options: &GateOptions,
) -> Vec<String> {
    let mut reasons = Vec::new();
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .count();
    if errors > 0 {
        reasons.push(format!(
            "{} could not be used",
            plural(
                errors,
                "input, control, rule or exception",
                "inputs, controls, rules or exceptions"
            )
        ));
    }
    let failed = assessment.count(Outcome::Error);
    if failed > 0 {
        reasons.push(format!(
            "{} ended in an error",
            plural(failed, "evaluation", "evaluations")
        ));
    }
    if !options.allow_empty && !evaluated_anything(assessment) {
        let what = match (assessment.controls, assessment.resources) {
            (0, _) => "no control was selected",
            (_, 0) => "the inputs hold no resource",
            (controls, _) if assessment.not_evaluated.len() >= controls => {
                "no input here is what the selected controls are decided on"
            }
            _ => "no selected control applies to any resource",
        };
        reasons.push(format!(
            "nothing was evaluated: {what} (--allow-empty accepts that)"
        ));
    }
    if options.historical {
        reasons.push(
            "a run as of a past date or with an earlier registry explains, it does not gate (--allow-historical accepts it)".into(),
        );
    }
    reasons
}

/// An unknown that only says "this input shows a part of the account" evaluated nothing.
fn evaluated_anything(assessment: &Assessment) -> bool {
    assessment
        .evaluations
        .iter()
        .any(|evaluation| match evaluation.outcome {
            Outcome::Pass | Outcome::Fail | Outcome::Error => true,
            Outcome::Unknown => evaluation
                .reasons
                .iter()
                .any(|reason| reason.kind != "partial_input"),
            Outcome::NotApplicable => false,
        })
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
