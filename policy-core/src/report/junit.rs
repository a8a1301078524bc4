//! JUnit XML: one suite per control, one case per resource, for the test tabs of CI systems.
//!
//! There is no standard; this is the dialect that Jenkins, GitLab and Azure DevOps read (`testsuites`, `testsuite`,
//! `testcase` with `failure`, `error` or `skipped`). An accepted failure is `skipped` with the exception and its end,
//! never a plain pass. What the gate counts although it is unknown, a rule that ended in an error and whatever else
//! makes the run undecided is an `error`; other unknowns, advisory remarks and failures of advisory controls are
//! `skipped`: visible, and not red, because a red case blocks where CI gates on tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Level};
use crate::evaluation::Evaluation;
use crate::gate::Verdict;
use crate::report::Run;
use crate::report::entry::{self, Entry, Standing};
use crate::report::instant::Instant;
use crate::report::place::Region;
use crate::report::text::printable;
use crate::rule::Outcome;

/// What to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct JunitOptions {
    /// Also list where a control does not apply (`skipped`).
    pub all_outcomes: bool,
    /// Do not list what passed.
    pub quiet: bool,
}

/// Renders the document with a final line break.
pub fn render(run: &Run, options: JunitOptions) -> String {
    let suites = suites(run, options);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let total = suites
        .values()
        .fold(Counts::default(), |total, cases| total.plus(Counts::of(cases)));
    let _ = writeln!(out, "<testsuites name=\"policy\" {total} time=\"0\">");
    let timestamp = Instant::of_run(&run.as_of).without_zone();
    for (name, cases) in &suites {
        let counts = Counts::of(cases);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" {counts} time=\"0\" timestamp=\"{timestamp}\">",
            escape_attribute(name)
        );
        for case in cases {
            case.write(&mut out, name);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Suites by name: the controls, and `policy` for what concerns the run itself.
fn suites(run: &Run, options: JunitOptions) -> BTreeMap<String, Vec<Case>> {
    let mut suites: BTreeMap<String, Vec<Case>> = BTreeMap::new();
    let mut add = |suite: &str, case: Case| suites.entry(suite.to_owned()).or_default().push(case);
    for entry in entry::entries(run) {
        add(entry.finding.control.as_str(), of_entry(&entry));
    }
    for evaluation in entry::evaluations(run, Outcome::Error) {
        let message = "the rule ended in an error".to_owned();
        add(
            evaluation.control.as_str(),
            of_evaluation(evaluation, Some(("rule_error", message))),
        );
    }
    if !options.quiet {
        for evaluation in entry::evaluations(run, Outcome::Pass) {
            add(evaluation.control.as_str(), of_evaluation(evaluation, None));
        }
    }
    if options.all_outcomes {
        for evaluation in entry::evaluations(run, Outcome::NotApplicable) {
            let case = of_evaluation(evaluation, None);
            let body = case.output.clone();
            add(
                evaluation.control.as_str(),
                Case {
                    verdict: CaseVerdict::Skipped {
                        message: "not applicable".into(),
                        body,
                    },
                    ..case
                },
            );
        }
    }
    for diagnostic in &run.diagnostics {
        add("policy", of_diagnostic(diagnostic));
    }
    if run.decision.verdict == Verdict::Undecided {
        let message = format!("undecided: {}", run.decision.undecided.join("; "));
        let verdict = CaseVerdict::Error {
            kind: "undecided".into(),
            message,
            body: String::new(),
        };
        add(
            "policy",
            Case {
                name: "verdict".into(),
                place: None,
                output: String::new(),
                verdict,
            },
        );
    }
    suites
}

struct Case {
    name: String,
    place: Option<Region>,
    /// For a case without a verdict element.
    output: String,
    verdict: CaseVerdict,
}

enum CaseVerdict {
    Pass,
    Failure {
        kind: String,
        message: String,
        body: String,
    },
    Error {
        kind: String,
        message: String,
        body: String,
    },
    Skipped {
        message: String,
        body: String,
    },
}

fn of_entry(entry: &Entry<'_>) -> Case {
    let finding = entry.finding;
    let path = if finding.path.is_empty() {
        String::new()
    } else {
        format!(" {}", finding.path)
    };
    let place = finding.locations.first().map(Region::of);
    let kind = finding.severity.as_str().to_owned();
    let sentence = entry.sentence();
    let exceptions = entry.exception_lines();
    let body = body(entry, &exceptions);
    let verdict = match entry.standing {
        Standing::Open if finding.advisory => CaseVerdict::Skipped {
            message: format!("advisory: failed: {sentence}"),
            body,
        },
        Standing::Open => CaseVerdict::Failure {
            kind,
            message: sentence,
            body,
        },
        Standing::Excepted => CaseVerdict::Skipped {
            message: exceptions.join("; "),
            body,
        },
        Standing::Undecided if entry.counts => CaseVerdict::Error {
            kind: "unknown".into(),
            message: format!("not decided: {sentence}"),
            body,
        },
        Standing::Undecided => CaseVerdict::Skipped {
            message: format!("not decided: {sentence}"),
            body,
        },
        Standing::Advisory => CaseVerdict::Skipped {
            message: format!("advisory: {sentence}"),
            body,
        },
    };
    Case {
        name: format!("{}{path}", entry.subject()),
        place,
        output: String::new(),
        verdict,
    }
}

/// Each value stands behind a word of ours: a log may show the document, and CI systems read lines that begin in
/// certain ways as commands.
fn body(entry: &Entry<'_>, exceptions: &[String]) -> String {
    let finding = entry.finding;
    let mut lines = vec![format!(
        "{} ({}): {}",
        finding.control,
        finding.severity.as_str(),
        finding.title
    )];
    lines.push(format!("message: {}", entry.sentence()));
    lines.extend(
        finding
            .expected
            .iter()
            .map(|expected| format!("expected: {expected}")),
    );
    lines.extend(finding.actual.iter().map(|actual| format!("actual: {actual}")));
    lines.extend(
        finding
            .locations
            .iter()
            .map(|span| format!("at {}", Region::of(span).text())),
    );
    lines.extend(exceptions.iter().cloned());
    lines.extend(finding.remediation.iter().map(|hint| format!("fix: {hint}")));
    lines.push(format!("fingerprint: {}", finding.fingerprint));
    let lines: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    lines.join("\n")
}

fn of_evaluation(evaluation: &Evaluation, error: Option<(&str, String)>) -> Case {
    let output = entry::reasons_text(evaluation);
    let verdict = match error {
        Some((kind, message)) => CaseVerdict::Error {
            kind: kind.into(),
            message,
            body: printable(&output),
        },
        None => CaseVerdict::Pass,
    };
    Case {
        name: evaluation.subject.clone(),
        place: None,
        output: printable(&output),
        verdict,
    }
}

fn of_diagnostic(diagnostic: &Diagnostic) -> Case {
    let place = diagnostic.labels.first().and_then(|label| match &label.place {
        crate::diagnostic::Place::Span(span) => Some(Region::of(span)),
        crate::diagnostic::Place::File(_) => None,
    });
    let file = diagnostic
        .file()
        .map(|file| format!(" {file}"))
        .unwrap_or_default();
    let body = diagnostic.help.as_deref().map(printable).unwrap_or_default();
    let message = diagnostic.message.clone();
    let verdict = match diagnostic.level {
        Level::Error => CaseVerdict::Error {
            kind: diagnostic.code.id.into(),
            message,
            body,
        },
        Level::Warning | Level::Info => CaseVerdict::Skipped {
            message: format!("{}: {message}", diagnostic.level.as_str()),
            body,
        },
    };
    Case {
        name: format!("{}{file}", diagnostic.code.id),
        place,
        output: String::new(),
        verdict,
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(cases: &[Case]) -> Self {
        let mut counts = Self {
            tests: cases.len(),
            ..Self::default()
        };
        for case in cases {
            match case.verdict {
                CaseVerdict::Pass => {}
                CaseVerdict::Failure { .. } => counts.failures += 1,
                CaseVerdict::Error { .. } => counts.errors += 1,
                CaseVerdict::Skipped { .. } => counts.skipped += 1,
            }
        }
        counts
    }

    fn plus(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            tests,
            failures,
            errors,
            skipped,
        } = self;
        write!(
            f,
            "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\""
        )
    }
}

impl Case {
    fn write(&self, out: &mut String, suite: &str) {
        let place = self.place.as_ref().map(|place| {
            format!(
                " file=\"{}\" line=\"{}\"",
                escape_attribute(&place.file),
                place.line
            )
        });
        let _ = write!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\"{} time=\"0\"",
            escape_attribute(suite),
            escape_attribute(&self.name),
            place.unwrap_or_default()
        );
        let inner = match &self.verdict {
            CaseVerdict::Pass if self.output.is_empty() => None,
            CaseVerdict::Pass => Some(format!("<system-out>{}</system-out>", escape(&self.output))),
            CaseVerdict::Failure { kind, message, body } => {
                Some(element("failure", Some(kind), message, body))
            }
            CaseVerdict::Error { kind, message, body } => Some(element("error", Some(kind), message, body)),
            CaseVerdict::Skipped { message, body } => Some(element("skipped", None, message, body)),
        };
        match inner {
            None => out.push_str("/>\n"),
            Some(inner) => {
                let _ = write!(out, ">\n      {inner}\n    </testcase>\n");
            }
        }
    }
}

fn element(name: &str, kind: Option<&String>, message: &str, body: &str) -> String {
    let kind = kind
        .map(|kind| format!(" type=\"{}\"", escape_attribute(kind)))
        .unwrap_or_default();
    format!(
        "<{name} message=\"{}\"{kind}>{}</{name}>",
        escape_attribute(message),
        escape(body)
    )
}

/// Escapes text. Characters that XML 1.0 cannot hold at all are shown as escapes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Escapes the value of an attribute, which is one line.
fn escape_attribute(text: &str) -> String {
    escape(&printable(text)).replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escape("a<b>&\"'\u{1b}[31m\u{0}\u{ffff}"),
            "a&lt;b&gt;&amp;&quot;&apos;\\u{1b}[31m\\u{0}\\u{ffff}"
        );
        assert_eq!(escape_attribute("a\nb\tc"), "a\\nb&#9;c");
        // The end of a CDATA section cannot be written either.
        assert_eq!(escape("]]>"), "]]&gt;");
    }

    #[test]
    fn an_undecided_run_is_never_green() {
        let text = render(&testdata::empty(), JunitOptions::default());
        assert!(text.contains("errors=\"1\""), "{text}");
        assert!(
            text.contains("<error message=\"undecided: nothing was evaluated"),
            "{text}"
        );
    }

    #[test]
    fn excepted_is_skipped_with_its_end() {
        let run = testdata::realistic();
        let excepted = entry::entries(&run)
            .into_iter()
            .find(|entry| entry.standing == Standing::Excepted)
            .unwrap();
        let case = of_entry(&excepted);
        let CaseVerdict::Skipped { message, .. } = case.verdict else {
            panic!("excepted must be skipped")
        };
        assert!(
            message.contains("EXC-2026-0007") && message.contains("2026-03-30"),
            "{message}"
        );
    }

    #[test]
    fn counts_agree_with_the_cases() {
        let run = testdata::realistic();
        let text = render(
            &run,
            JunitOptions {
                all_outcomes: true,
                quiet: false,
            },
        );
        let header = text.lines().nth(1).unwrap();
        let count = |what: &str| text.matches(what).count();
        assert!(
            header.contains(&format!("tests=\"{}\"", count("<testcase "))),
            "{header}"
        );
        assert!(
            header.contains(&format!("failures=\"{}\"", count("<failure "))),
            "{header}"
        );
        assert!(
            header.contains(&format!("errors=\"{}\"", count("<error "))),
            "{header}"
        );
        assert!(
            header.contains(&format!("skipped=\"{}\"", count("<skipped "))),
            "{header}"
        );
    }
}
