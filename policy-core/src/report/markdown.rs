//! GitHub Flavored Markdown for a comment on a pull request (GitLab renders it, too): verdict, a table by severity, and
//! one collapsible block per finding.
//!
//! Values come from the change under review, so nothing of them may act: no markup, no HTML, no mention that notifies
//! somebody, no reference that links an issue, no line that a code host reads as a command.

use std::fmt::Write as _;

use crate::control::Severity;
use crate::diagnostic::{Diagnostic, Level};
use crate::evaluation::Evaluation;
use crate::gate::Verdict;
use crate::report::entry::{self, Entry, Standing};
use crate::report::place::Region;
use crate::report::text::{counted, printable};
use crate::report::{Mode, Run};
use crate::rule::Outcome;

/// Starts every report, so that a bot can find its own comment and update it.
pub const MARKER: &str = "<!-- policy-report -->";

/// How long and how complete the comment is.
#[derive(Clone, Copy, Debug, Default)]
pub struct MarkdownOptions {
    /// Only findings that count, error diagnostics and the summary.
    pub quiet: bool,
    /// The most characters; GitHub refuses comments over 65,536. What does not fit is left out from the end of each
    /// report order and counted in a last line. `None` leaves nothing out.
    pub max_characters: Option<usize>,
}

/// Renders the comment with a final line break.
pub fn render(run: &Run, options: MarkdownOptions) -> String {
    let mut page = Page {
        text: header(run),
        limit: options.max_characters,
        length: 0,
        omitted: 0,
    };
    page.length = page.text.chars().count();
    let entries = entry::entries(run);
    for (standing, title) in [
        (Standing::Open, "Open findings"),
        (Standing::Undecided, "Not decided"),
        (Standing::Excepted, "Accepted by an exception"),
        (Standing::Advisory, "Advisory"),
    ] {
        let blocks = entries
            .iter()
            .filter(|entry| entry.standing == standing && (!options.quiet || entry.counts))
            .map(of_entry);
        page.section(title, blocks.collect());
    }
    page.section(
        "Rules that ended in an error",
        entry::evaluations(run, Outcome::Error).map(of_error).collect(),
    );
    let shown = |diagnostic: &&Diagnostic| !options.quiet || diagnostic.level == Level::Error;
    page.section(
        "Diagnostics",
        run.diagnostics.iter().filter(shown).map(of_diagnostic).collect(),
    );
    page.finish()
}

struct Page {
    text: String,
    limit: Option<usize>,
    length: usize,
    omitted: usize,
}

/// Room for the line that says what was left out.
const RESERVE: usize = 120;

impl Page {
    fn section(&mut self, title: &str, blocks: Vec<String>) {
        if blocks.is_empty() {
            return;
        }
        let heading = format!("\n### {title} ({})\n", blocks.len());
        if !self.push(&heading) {
            self.omitted += blocks.len();
            return;
        }
        for block in blocks {
            if !self.push(&block) {
                self.omitted += 1;
            }
        }
    }

    fn push(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        let fits = self
            .limit
            .is_none_or(|limit| self.length + length + RESERVE <= limit);
        if fits {
            self.text.push_str(text);
            self.length += length;
        }
        fits
    }

    fn finish(mut self) -> String {
        if self.omitted > 0 {
            let _ = write!(
                self.text,
                "\n**{} not shown: the comment would be too long. See the full report.**\n",
                counted(self.omitted, "more block")
            );
        }
        self.text
    }
}

fn header(run: &Run) -> String {
    let decision = &run.decision;
    let assessment = &run.assessment;
    let sign = match decision.verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Undecided => "⚠️",
    };
    let mut out = format!("{MARKER}\n## {sign} policy: {}\n\n", decision.verdict.as_str());
    let threshold = run.gate.fail_on.as_str();
    let blocking = format!(
        "{} at {threshold} or above",
        counted(decision.blocking, "open finding")
    );
    let _ = match decision.verdict {
        Verdict::Pass => writeln!(out, "Nothing open at {threshold} or above."),
        Verdict::Fail => writeln!(out, "**{blocking}.**"),
        Verdict::Undecided => {
            let reasons: Vec<String> = decision.undecided.iter().map(|reason| prose(reason)).collect();
            writeln!(out, "**Undecided: {}.** Besides, {blocking}.", reasons.join("; "))
        }
    };
    let mode = if run.mode == Mode::Current {
        String::new()
    } else {
        format!(" ({})", run.mode.as_str())
    };
    let registry = run
        .registry_revision
        .as_ref()
        .map(|revision| format!(", exceptions as {}", prose(&revision.to_string())))
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "As of {}{mode}{registry}, exit code {}.\n",
        code(&run.as_of),
        decision.exit_code
    );
    out.push_str("| severity | open | not decided | excepted |\n|:--|--:|--:|--:|\n");
    let entries = entry::entries(run);
    for severity in Severity::ALL {
        let count = |standing| {
            entries
                .iter()
                .filter(|entry| entry.standing == standing && entry.finding.severity == severity)
                .count()
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            severity.as_str(),
            count(Standing::Open),
            count(Standing::Undecided),
            count(Standing::Excepted)
        );
    }
    let _ = writeln!(
        out,
        "\n{}, {}, {}: {} passed, {} failed, {} unknown, {} not applicable, {} ended in an error",
        counted(run.inputs.len(), "input"),
        counted(assessment.resources, "resource"),
        counted(assessment.controls, "control"),
        assessment.count(Outcome::Pass),
        assessment.count(Outcome::Fail),
        assessment.count(Outcome::Unknown),
        assessment.count(Outcome::NotApplicable),
        assessment.count(Outcome::Error),
    );
    out
}

fn of_entry(entry: &Entry<'_>) -> String {
    let finding = entry.finding;
    let summary = format!(
        "<b>{}</b> {} {}: {}",
        finding.severity.as_str(),
        html_code(finding.control.as_str()),
        html_code(entry.subject()),
        html_code(&entry.sentence())
    );
    let mut lines = vec![prose(&finding.title), String::new()];
    lines.extend(
        finding
            .locations
            .iter()
            .map(|span| format!("- place: {}", code(&Region::of(span).text()))),
    );
    if !finding.path.is_empty() {
        lines.push(format!("- attribute: {}", code(&finding.path)));
    }
    lines.extend(
        finding
            .expected
            .iter()
            .map(|expected| format!("- expected: {}", code(expected))),
    );
    lines.extend(
        finding
            .actual
            .iter()
            .map(|actual| format!("- found: {}", code(actual))),
    );
    if let Some(resource) = &finding.resource {
        let context = [
            ("environment", &resource.environment),
            ("region", &resource.region),
            ("account", &resource.account),
            ("owner", &resource.owner),
        ];
        let context: Vec<String> =
            std::iter::once(format!("type {}", code(&resource.resource_type)))
                .chain(context.iter().filter_map(|(name, value)| {
                    value.as_ref().map(|value| format!("{name} {}", code(value)))
                }))
                .collect();
        lines.push(format!("- resource: {}", context.join(", ")));
    }
    lines.extend(
        finding
            .reasons
            .iter()
            .map(|reason| format!("- because {}", prose(&reason.text))),
    );
    lines.extend(
        entry
            .exception_lines()
            .iter()
            .map(|line| format!("- {}", prose(line))),
    );
    if entry.standing != Standing::Excepted {
        lines.extend(
            finding
                .remediation
                .iter()
                .map(|hint| format!("- fix: {}", prose(hint))),
        );
    }
    if finding.advisory {
        lines.push("- the control is advisory: it never blocks".into());
    }
    lines.push(format!("- fingerprint {}", code(finding.fingerprint.as_str())));
    block(&summary, &lines)
}

fn of_error(evaluation: &Evaluation) -> String {
    format!(
        "\n- {} on {}: {}\n",
        code(evaluation.control.as_str()),
        code(&evaluation.subject),
        prose(&entry::reasons_text(evaluation))
    )
}

fn of_diagnostic(diagnostic: &Diagnostic) -> String {
    let place = match (diagnostic.location(), diagnostic.file()) {
        (Some(location), _) => format!(" {}", code(&location.to_string())),
        (None, Some(file)) => format!(" {}", code(file)),
        (None, None) => String::new(),
    };
    let help = diagnostic
        .help
        .as_ref()
        .map(|help| format!(" Help: {}", prose(help)))
        .unwrap_or_default();
    format!(
        "\n- **{}** {}{place}: {}.{help}\n",
        diagnostic.level.as_str(),
        code(diagnostic.code.id),
        prose(&diagnostic.message)
    )
}

/// A collapsed block. The blank lines are what makes the inside Markdown again.
fn block(summary: &str, lines: &[String]) -> String {
    format!(
        "\n<details>\n<summary>{summary}</summary>\n\n{}\n\n</details>\n",
        lines.join("\n")
    )
}

/// A code span: nothing inside is markup, and mentions and references are not looked for.
fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Spaces are stripped again when both sides have one; an empty span would be two literal backticks.
    if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// The same inside of HTML, where Markdown does not apply.
fn html_code(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out.push_str("</code>");
    out
}

/// A sentence. What stands between backticks becomes code, as messages mean it; everything else is plain text.
pub(crate) fn prose(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::new();
    let mut parts = text.trim().split('`').peekable();
    let mut inside = false;
    while let Some(part) = parts.next() {
        let closed = parts.peek().is_some();
        match (inside, closed) {
            // No part holds a backtick, so no value can leave its span.
            (true, true) if !part.trim().is_empty() => out.push_str(&code(part)),
            (true, true) => {
                out.push_str("\\`");
                plain(&mut out, part);
                out.push_str("\\`");
            }
            (true, false) => {
                out.push_str("\\`");
                plain(&mut out, part);
            }
            (false, _) => plain(&mut out, part),
        }
        inside = !inside;
    }
    out
}

/// Takes every meaning from a text that is not code. What can only begin a block is escaped at its start, so that
/// ordinary sentences stay readable in the source, too.
fn plain(out: &mut String, text: &str) {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let mut before = ['\0'; 3];
    let mut chars = text.chars().enumerate().peekable();
    while let Some((position, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let escaped = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '@' | '#' => true,
            '-' | '+' | '=' => position == 0,
            ')' => position == digits,
            // The ways to write a link without brackets.
            '.' => position == digits || before.map(|c| c.to_ascii_lowercase()) == ['w'; 3],
            // At the start of a line, CI systems would read a command where the comment is shown in a log.
            ':' => position == 0 || next == Some('/'),
            _ => false,
        };
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if escaped => out.extend(['\\', c]),
            c => out.push(c),
        }
        if matches!(c, '@' | '#') {
            // A backslash keeps markup away; mentions and references are looked for in the finished text.
            out.push('\u{200b}');
        }
        before.rotate_left(1);
        before[2] = c;
    }
}

/// No value may end its line: a blank line would end the block, `/close` at the start of a line is a command.
fn one_line(text: &str) -> String {
    printable(text).replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    #[test]
    fn values_do_not_act() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "`  `");
        assert_eq!(
            html_code("</code><img src=x>&"),
            "<code>&lt;/code&gt;&lt;img src=x&gt;&amp;</code>"
        );
        assert_eq!(
            prose("@team fixes #12 *now* | ![x](y)"),
            "\\@\u{200b}team fixes \\#\u{200b}12 \\*now\\* \\| !\\[x\\](y)"
        );
        assert_eq!(prose("`a` is `b`"), "`a` is `b`");
        assert_eq!(prose("a ` b"), "a \\` b");
        assert_eq!(prose("`` <b>"), "\\`\\` &lt;b&gt;");
        assert_eq!(prose("a\n/close"), "a\\\\n/close");
        assert_eq!(
            prose("https://x.example WWW.x.example"),
            "https\\://x.example WWW\\.x.example"
        );
        // What would begin a list, a heading or indented code.
        assert_eq!(prose("1. x (2.5) a-b"), "1\\. x (2.5) a-b");
        assert_eq!(prose("12) x"), "12\\) x");
        assert_eq!(prose("- x"), "\\- x");
        assert_eq!(prose("     x"), "x");
        assert_eq!(prose("~~~"), "\\~\\~\\~");
    }

    /// The line without its code spans, found as CommonMark finds them: a run of backticks to the next run as long.
    fn outside_of_code(line: &str) -> String {
        let mut runs: Vec<(String, bool)> = Vec::new();
        for c in line.chars() {
            let escaped = runs
                .last()
                .is_some_and(|(text, ticks)| !ticks && text.ends_with('\\'));
            let tick = c == '`' && !escaped;
            match runs.last_mut() {
                Some((text, ticks)) if *ticks == tick => text.push(c),
                _ => runs.push((c.into(), tick)),
            }
        }
        let mut out = String::new();
        let mut runs = runs.into_iter();
        while let Some((text, ticks)) = runs.next() {
            if !ticks {
                out.push_str(&text);
                continue;
            }
            assert!(
                runs.any(|(closing, ticks)| ticks && closing == text),
                "a span does not end: {line}"
            );
        }
        out
    }

    #[test]
    fn hostile_values_stay_inside_their_block() {
        let text = render(&testdata::hostile(), MarkdownOptions::default());
        let lines = |what: &str| text.lines().filter(|line| *line == what).count();
        assert_eq!(lines("<details>"), 2 * testdata::HOSTILE.len());
        assert_eq!(lines("</details>"), lines("<details>"));
        for line in text
            .lines()
            .filter(|line| !["<details>", "</details>", MARKER].contains(line))
        {
            assert!(!line.starts_with(['/', '@']), "{line}");
            let plain = match line
                .strip_prefix("<summary><b>")
                .and_then(|rest| rest.strip_suffix("</summary>"))
            {
                // Mentions and references are not looked for in the element either.
                Some(summary) => {
                    let parts: Vec<&str> = summary
                        .split("<code>")
                        .map(|part| part.rsplit("</code>").next().unwrap())
                        .collect();
                    assert_eq!((parts.len(), summary.matches('<').count()), (4, 7), "{line}");
                    parts.concat().replace("</b>", "")
                }
                None => outside_of_code(line),
            };
            let acts =
                plain.contains(['<', '>']) || plain.replace("\\]", "").contains("](") || plain.contains("@e");
            assert!(!acts, "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let run = testdata::realistic();
        let full = render(&run, MarkdownOptions::default());
        let limit = full.chars().count() - 1;
        let short = render(
            &run,
            MarkdownOptions {
                max_characters: Some(limit),
                quiet: false,
            },
        );
        assert!(short.chars().count() <= limit);
        assert!(short.contains("not shown"), "{short}");
        let all = render(
            &run,
            MarkdownOptions {
                max_characters: Some(limit + 1 + RESERVE),
                quiet: false,
            },
        );
        assert_eq!(all, full);
    }
}
