//! Annotations for GitHub Actions: [workflow commands] on standard output that show findings in the diff of a pull
//! request.
//!
//! What fails the gate is an `error`, what is open and does not is a `warning`, what is accepted is a `notice`. GitHub
//! shows ten annotations of each level per step; the log keeps all of them.
//!
//! [workflow commands]: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::gate::Verdict;
use crate::report::Run;
use crate::report::entry::{self, Entry, Standing};
use crate::report::place::{self, Region};
use crate::report::text::{counted, printable};
use crate::rule::Outcome;

/// How the annotations look.
#[derive(Clone, Copy, Debug, Default)]
pub struct GithubOptions {
    /// Only findings that count, error diagnostics and the verdict.
    pub quiet: bool,
}

/// Renders one command per line and the verdict as the last line.
pub fn render(run: &Run, options: GithubOptions) -> String {
    let mut out = String::new();
    for diagnostic in &run.diagnostics {
        if !options.quiet || diagnostic.level == Level::Error {
            command(&mut out, &of_diagnostic(diagnostic));
        }
    }
    for evaluation in entry::evaluations(run, Outcome::Error) {
        let message = format!(
            "{} on {}: {}",
            evaluation.control,
            evaluation.subject,
            entry::reasons_text(evaluation)
        );
        let title = format!("{}: the rule ended in an error", evaluation.control);
        command(
            &mut out,
            &Annotation {
                level: "error",
                title,
                message,
                place: None,
            },
        );
    }
    for entry in entry::entries(run) {
        if !options.quiet || entry.counts {
            command(&mut out, &of_entry(run, &entry));
        }
    }
    verdict(&mut out, run);
    out
}

struct Annotation {
    level: &'static str,
    title: String,
    message: String,
    place: Option<Region>,
}

fn of_entry(run: &Run, entry: &Entry<'_>) -> Annotation {
    let finding = entry.finding;
    let level = match entry.standing {
        _ if entry.counts => "error",
        Standing::Open | Standing::Undecided => "warning",
        Standing::Excepted | Standing::Advisory => "notice",
    };
    let standing = match entry.standing {
        Standing::Open => "",
        Standing::Excepted => ", excepted",
        Standing::Undecided => ", not decided",
        Standing::Advisory => ", advisory",
    };
    let mut lines = vec![format!("{}: {}", entry.subject(), entry.sentence())];
    lines.extend(entry.exception_lines());
    if entry.standing != Standing::Excepted {
        lines.extend(finding.remediation.iter().map(|hint| format!("fix: {hint}")));
    }
    lines.push(format!("fingerprint {}", finding.fingerprint));
    Annotation {
        level,
        title: format!(
            "{} ({}{standing}): {}",
            finding.control,
            finding.severity.as_str(),
            finding.title
        ),
        message: joined(&lines),
        place: finding
            .locations
            .first()
            .map(Region::of)
            .or_else(|| only_input(run)),
    }
}

/// A finding without a place belongs to the input when there is one; among several it is better shown nowhere.
fn only_input(run: &Run) -> Option<Region> {
    let mut files = place::input_files(run);
    let file = files.next()?;
    files.next().is_none().then_some(Region {
        file,
        line: 0,
        column: 0,
        end_line: 0,
        end_column: 0,
    })
}

fn of_diagnostic(diagnostic: &Diagnostic) -> Annotation {
    let level = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let mut lines = vec![diagnostic.message.clone()];
    lines.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
    let place = diagnostic.labels.first().map(|label| match &label.place {
        Place::Span(span) => Region::of(span),
        Place::File(file) => Region {
            file: place::path(file),
            line: 0,
            column: 0,
            end_line: 0,
            end_column: 0,
        },
    });
    Annotation {
        level,
        title: diagnostic.code.id.to_owned(),
        message: joined(&lines),
        place,
    }
}

/// Control characters of the values are shown, not sent: the only line breaks are ours.
fn joined(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    lines.join("\n")
}

fn command(out: &mut String, annotation: &Annotation) {
    let mut properties = Vec::new();
    if let Some(place) = annotation.place.as_ref().filter(|place| !place.file.is_empty()) {
        properties.push(("file", place.file.clone()));
        if place.line > 0 {
            // A region that ends before the first column of a line ends with the line before it.
            let open_end = place.end_column == 1 && place.end_line > place.line;
            let end_line = if open_end {
                place.end_line - 1
            } else {
                place.end_line
            };
            properties.push(("line", place.line.to_string()));
            properties.push(("endLine", end_line.to_string()));
            // GitHub ignores columns of regions that span lines.
            if end_line == place.line && !open_end {
                properties.push(("col", place.column.to_string()));
                // Here, unlike elsewhere, the last column belongs to the region.
                properties.push((
                    "endColumn",
                    place.end_column.saturating_sub(1).max(place.column).to_string(),
                ));
            }
        }
    }
    properties.push(("title", annotation.title.clone()));
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", property(&printable(value))))
        .collect();
    out.push_str(&format!(
        "::{} {}::{}\n",
        annotation.level,
        properties.join(","),
        data(&annotation.message)
    ));
}

/// Escapes the text of a command: `%` first, so that the escapes themselves survive.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which ends at `,` and `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn verdict(out: &mut String, run: &Run) {
    let decision = &run.decision;
    if decision.verdict == Verdict::Undecided {
        let message = joined(&decision.undecided);
        command(
            out,
            &Annotation {
                level: "error",
                title: "policy: undecided".into(),
                message,
                place: None,
            },
        );
    }
    // A plain line: an annotation would take one of the ten places of a finding.
    out.push_str(&format!(
        "policy: {} (exit code {}), {} at {} or above\n",
        decision.verdict.as_str(),
        decision.exit_code,
        counted(decision.blocking, "open finding"),
        run.gate.fail_on.as_str()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    #[test]
    fn data_and_properties_are_escaped() {
        assert_eq!(data("100%, a:b\r\nc"), "100%25, a:b%0D%0Ac");
        assert_eq!(property("C:\\a,b%"), "C%3A\\a%2Cb%25");
    }

    #[test]
    fn no_value_starts_a_line_or_a_command() {
        let run = testdata::hostile();
        let text = render(&run, GithubOptions::default());
        let (last, commands) = text
            .trim_end_matches('\n')
            .rsplit_once('\n')
            .map(|(a, b)| (b, a))
            .unwrap();
        assert!(last.starts_with("policy: "), "{last}");
        for line in commands.split('\n') {
            let level = line
                .strip_prefix("::")
                .and_then(|rest| rest.split(' ').next())
                .unwrap();
            assert!(["error", "warning", "notice"].contains(&level), "{line}");
            // Exactly one separator between properties and message is not escaped.
            let (properties, _) = line.trim_start_matches("::").split_once("::").unwrap();
            assert!(!properties.contains(':'), "{line}");
            assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "{line}");
        }
    }

    #[test]
    fn quiet_keeps_what_counts() {
        let run = testdata::realistic();
        let text = render(&run, GithubOptions { quiet: true });
        let commands = text.lines().filter(|line| line.starts_with("::")).count();
        let counting = entry::entries(&run).iter().filter(|entry| entry.counts).count();
        let errors = run
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == Level::Error)
            .count();
        let failed = entry::evaluations(&run, Outcome::Error).count();
        assert_eq!(commands, counting + errors + failed + 1, "{text}");
        assert!(!text.contains("::notice"));
    }
}
