//! `policy test`: compliant cases must pass, noncompliant ones must fail on the control they belong to. The evaluator
//! is the one that `check` uses.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use policy_core::control::{Catalog, Control};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::evaluation::{Assessment, Evaluator};
use policy_core::report;
use policy_core::rule::Outcome;

use crate::cli::{ContextArgs, Global, InputArgs, Test};
use crate::governance::{self, AsOfChoice};
use crate::settings::Settings;
use crate::{UsageError, discover, exit_code, terminal};

/// A case with this file shows everything there is, as `--complete` declares: what is missing in it is missing. The file
/// says why.
const COMPLETE: &str = "complete.md";

/// What a case must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Expectation {
    Compliant,
    Noncompliant,
}

impl Expectation {
    const ALL: [Self; 2] = [Self::Compliant, Self::Noncompliant];

    fn directory(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Noncompliant => "noncompliant",
        }
    }
}

/// Cases of one control on one source format.
#[derive(Default)]
struct Tally {
    compliant: usize,
    noncompliant: usize,
    failed: usize,
}

pub(crate) fn run(global: &Global, args: &Test) -> Result<ExitCode, UsageError> {
    let mut settings = Settings::load(global)?;
    if global.control_dirs.is_empty() && settings.control_dirs.is_empty() {
        let here = PathBuf::from("controls");
        if !here.is_dir() {
            let message =
                "there are no cases here: the pack in the binary has none; name a directory with --controls";
            return Err(UsageError::Value(message.into()));
        }
        settings.control_dirs.push(here);
    }
    let mut diagnostics = Vec::new();
    let catalog = governance::catalog(global, &settings, &mut diagnostics);
    let as_of = governance::as_of(None, &settings)?;
    for wanted in &args.controls {
        if !catalog.controls.keys().any(|id| id.as_str() == wanted) {
            return Err(UsageError::Value(format!("there is no control `{wanted}`")));
        }
    }
    let dirs = if global.control_dirs.is_empty() {
        &settings.control_dirs
    } else {
        &global.control_dirs
    };
    let mut report = Report::default();
    for control in catalog.controls.values() {
        if args.controls.is_empty() || args.controls.iter().any(|wanted| wanted == control.id.as_str()) {
            test_control(control, &catalog, dirs, &as_of, &mut report)?;
        }
    }
    let broken = diagnostics
        .iter()
        .any(|diagnostic: &Diagnostic| diagnostic.level == Level::Error);
    terminal::out(&report::text::render_diagnostics(
        &diagnostics,
        terminal::color(global.no_color),
    ));
    terminal::out(&report.render(global.quiet));
    Ok(
        match (
            broken || report.cases == 0,
            report.failures.is_empty() && report.untested.is_empty(),
        ) {
            (true, _) => exit_code::undecided(),
            (false, true) => exit_code::pass(),
            (false, false) => exit_code::fail(),
        },
    )
}

fn test_control(
    control: &Control,
    catalog: &Catalog,
    dirs: &[PathBuf],
    as_of: &AsOfChoice,
    report: &mut Report,
) -> Result<(), UsageError> {
    let mut alone = Catalog {
        library: catalog.library.clone(),
        ..Catalog::default()
    };
    alone.controls.insert(control.id.clone(), control.clone());
    let (complete, _) = Evaluator::builder(alone.clone(), as_of.at).complete(true).build();
    let (evaluator, _) = Evaluator::builder(alone, as_of.at).build();
    for expectation in Expectation::ALL {
        let cases = cases(control, dirs, expectation);
        if cases.is_empty() {
            report
                .untested
                .push(format!("{} has no {} case", control.id, expectation.directory()));
        }
        for case in cases {
            let evaluator = if case.join(COMPLETE).is_file() {
                &complete
            } else {
                &evaluator
            };
            for name in inputs(&case) {
                let (format, problem) = run_case(evaluator, &name, expectation)?;
                report.record(
                    control,
                    format,
                    expectation,
                    problem.map(|problem| format!("{name}: {problem}")),
                );
            }
        }
    }
    Ok(())
}

/// The case directories of a control: below its own directory, or, in the flat layout, below `tests/` of the root
/// under the control's id.
fn cases(control: &Control, dirs: &[PathBuf], expectation: Expectation) -> Vec<PathBuf> {
    let file = Path::new(control.span.source().name());
    let own = file
        .parent()
        .map(|dir| dir.join("tests").join(expectation.directory()))
        .filter(|dir| dir.is_dir());
    if let Some(own) = own {
        return subdirectories(&own);
    }
    let id = control.id.as_str().to_ascii_lowercase();
    dirs.iter()
        .map(|dir| dir.join("tests").join(expectation.directory()))
        .filter(|dir| dir.is_dir())
        .flat_map(|dir| subdirectories(&dir))
        .filter(|case| {
            case.file_name()
                .is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().starts_with(&id))
        })
        .collect()
}

/// How many compliant and noncompliant cases a control has.
pub(crate) fn count_cases(control: &Control, dirs: &[PathBuf]) -> (usize, usize) {
    let count = |expectation| cases(control, dirs, expectation).len();
    (count(Expectation::Compliant), count(Expectation::Noncompliant))
}

fn subdirectories(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The inputs of a case: its documents, and its Terraform source.
fn inputs(case: &Path) -> Vec<String> {
    let documents = discover::files(case, &["json", "yaml", "yml", "template"]);
    let documents = documents
        .iter()
        .filter(|file| discover::is_document(file))
        .map(|file| discover::name_of(file));
    let source = discover::holds_source(case).then(|| discover::name_of(case));
    documents.chain(source).collect()
}

/// Evaluates one input of a case; says what is wrong with the result, if anything.
fn run_case(
    evaluator: &Evaluator,
    name: &str,
    expectation: Expectation,
) -> Result<(Cow<'static, str>, Option<String>), UsageError> {
    let input = InputArgs::of(vec![PathBuf::from(name)], ContextArgs::default());
    let inputs = governance::inputs(&input, &Settings::default())?;
    let format = inputs
        .reported
        .first()
        .and_then(|input| input.format.clone())
        .unwrap_or("unreadable".into());
    if let Some(error) = inputs
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.level == Level::Error)
    {
        return Ok((format, Some(error.message.clone())));
    }
    Ok((
        format,
        problem(&evaluator.evaluate(&inputs.inventories), expectation),
    ))
}

/// A compliant case has a pass and nothing else; a noncompliant one has a failure.
fn problem(assessment: &Assessment, expectation: Expectation) -> Option<String> {
    let count = |outcome| assessment.count(outcome);
    let broken = assessment.evaluations.iter().find(|evaluation| {
        matches!(
            evaluation.outcome,
            Outcome::Fail | Outcome::Unknown | Outcome::Error
        )
    });
    match expectation {
        Expectation::Noncompliant if count(Outcome::Fail) > 0 => None,
        Expectation::Noncompliant => Some(format!("no failure: {}", summary(assessment))),
        Expectation::Compliant if broken.is_none() && count(Outcome::Pass) > 0 => None,
        Expectation::Compliant => Some(match broken {
            Some(evaluation) => {
                let reasons: Vec<&str> = evaluation
                    .reasons
                    .iter()
                    .map(|reason| reason.text.as_str())
                    .collect();
                let reasons = if reasons.is_empty() {
                    String::new()
                } else {
                    format!(": {}", reasons.join("; "))
                };
                format!(
                    "{} is {}{reasons}",
                    evaluation.subject,
                    evaluation.outcome.as_str()
                )
            }
            None => format!("no pass: {}", summary(assessment)),
        }),
    }
}

fn summary(assessment: &Assessment) -> String {
    let parts: Vec<String> = assessment
        .evaluations
        .iter()
        .map(|evaluation| format!("{} {}", evaluation.subject, evaluation.outcome.as_str()))
        .collect();
    if parts.is_empty() {
        "the control applied to nothing".into()
    } else {
        parts.join(", ")
    }
}

#[derive(Default)]
struct Report {
    tallies: BTreeMap<(String, Cow<'static, str>), Tally>,
    failures: Vec<String>,
    untested: Vec<String>,
    cases: usize,
}

impl Report {
    fn record(
        &mut self,
        control: &Control,
        format: Cow<'static, str>,
        expectation: Expectation,
        problem: Option<String>,
    ) {
        self.cases += 1;
        let tally = self.tallies.entry((control.id.to_string(), format)).or_default();
        match expectation {
            Expectation::Compliant => tally.compliant += 1,
            Expectation::Noncompliant => tally.noncompliant += 1,
        }
        if let Some(problem) = problem {
            tally.failed += 1;
            self.failures.push(format!(
                "{} must be {} in {problem}",
                control.id,
                expectation.directory()
            ));
        }
    }

    fn render(&self, quiet: bool) -> String {
        let mut out = String::new();
        if !quiet {
            let width = self.tallies.keys().map(|(id, _)| id.len()).max().unwrap_or(0);
            for ((id, format), tally) in &self.tallies {
                let result = if tally.failed == 0 {
                    "ok".to_owned()
                } else {
                    format!("{} FAILED", tally.failed)
                };
                let _ = writeln!(
                    out,
                    "{id:width$}  {format:24}  {:2} compliant  {:2} noncompliant  {result}",
                    tally.compliant, tally.noncompliant
                );
            }
        }
        for problem in self.failures.iter().chain(&self.untested) {
            let _ = writeln!(out, "FAILED {problem}");
        }
        let _ = writeln!(
            out,
            "{} passed, {} failed",
            self.cases - self.failures.len().min(self.cases),
            self.failures.len() + self.untested.len()
        );
        out
    }
}
