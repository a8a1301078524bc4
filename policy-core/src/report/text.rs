//! The report for people: one block per finding with the line it is about, then what is unknown, then one summary.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Element, Group, Level as Style, Message, Origin, Renderer, Snippet};

use crate::control::Severity;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::evaluation::{ChangeKind, Finding, FindingResource, Suppression};
use crate::gate::{self, OnUnknown, Verdict};
use crate::report::{Mode, Run};
use crate::rule::Outcome;
use crate::source::Span;

/// Lines longer than this are not shown: they are generated (a plan is one line of megabytes), not read.
const LONGEST_SHOWN_LINE: usize = 240;

/// So many instances of one block are named; the JSON report names all.
const SHOWN_INSTANCES: usize = 10;

/// How the text report looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions {
    /// ANSI colours.
    pub color: bool,
    /// Only findings that count and the summary.
    pub quiet: bool,
}

/// Renders the report.
pub fn render(run: &Run, options: TextOptions) -> String {
    let renderer = renderer(options.color);
    let mut out = String::new();
    let shown = |diagnostic: &&Diagnostic| !options.quiet || diagnostic.level == Level::Error;
    for diagnostic in run.diagnostics.iter().filter(shown) {
        block(&mut out, &renderer, diagnostic_group(diagnostic));
    }
    let assessment = &run.assessment;
    let shown = |finding: &&Finding| !(options.quiet && finding.is_suppressed());
    let findings: Vec<&Finding> = assessment.findings.iter().filter(shown).collect();
    let counted = |unknown: &&Finding| gate::counts_unknown(unknown, &run.gate);
    let unknowns: Vec<&Finding> = assessment.unknowns.iter().filter(counted).collect();
    let warnings: Vec<&Finding> = assessment.warnings.iter().filter(|_| !options.quiet).collect();
    for list in [findings, unknowns, warnings] {
        let by_resource: Vec<&[&Finding]> = list
            .chunk_by(|left, right| is_of_one_place(left, right))
            .collect();
        for instances in by_resource.chunk_by(|left, right| are_instances(left, right)) {
            if let Some(group) = finding_group(instances) {
                block(&mut out, &renderer, group);
            }
        }
    }
    if !options.quiet {
        uncounted_unknowns(&mut out, run);
        source_hint(&mut out, run);
    }
    if !options.quiet {
        fixed(&mut out, run);
    }
    summary(&mut out, run);
    out
}

/// Renders diagnostics alone, for commands that have no findings.
pub fn render_diagnostics(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = renderer(color);
    let mut out = String::new();
    for diagnostic in diagnostics {
        block(&mut out, &renderer, diagnostic_group(diagnostic));
    }
    out
}

fn renderer(color: bool) -> Renderer {
    if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
}

fn block(out: &mut String, renderer: &Renderer, group: Group<'_>) {
    out.push_str(&renderer.render(&[group]));
    out.push_str("\n\n");
}

/// Findings that differ in what they say and in nothing else, such as four missing tags of one resource, are one block.
fn is_of_one_place(left: &Finding, right: &Finding) -> bool {
    left.resource == right.resource && differ_in_words_or_resource(left, right)
}

/// So are the instances of a block with `count` or `for_each` of which the same is said.
fn are_instances(left: &[&Finding], right: &[&Finding]) -> bool {
    let alike = |(left, right): (&&Finding, &&Finding)| {
        !left.locations.is_empty()
            && left.message == right.message
            && differ_in_words_or_resource(left, right)
    };
    left.len() == right.len() && left.iter().zip(right).all(alike)
}

fn differ_in_words_or_resource(left: &Finding, right: &Finding) -> bool {
    let same_place = left.locations == right.locations && left.show_source == right.show_source;
    let same_standing = left.exceptions == right.exceptions && left.not_applied == right.not_applied;
    left.control == right.control
        && left.outcome == right.outcome
        && same_place
        && same_standing
        && left.change == right.change
        && left.reasons == right.reasons
        && left.remediation == right.remediation
}

/// One block for what is said, in the same words, of one resource or of several instances.
fn finding_group(instances: &[&[&Finding]]) -> Option<Group<'static>> {
    let (finding, others) = instances.first()?.split_first()?;
    let style = match finding.outcome {
        _ if finding.is_suppressed() => Style::NOTE.with_name("excepted"),
        Outcome::Unknown => Style::WARNING.with_name("unknown"),
        _ if finding.advisory || finding.severity < Severity::Medium => Style::WARNING.with_name("fail"),
        _ => Style::ERROR.with_name("fail"),
    };
    let advisory = if finding.advisory { ", advisory" } else { "" };
    let title = format!(
        "{}{advisory}: {}",
        finding.severity.as_str(),
        printable(&finding.title)
    );
    let mut group = style
        .primary_title(title)
        .id(finding.control.as_str().to_owned())
        .elements([] as [Message<'_>; 0]);
    for (position, span) in finding.locations.iter().enumerate() {
        let label = if position == 0 {
            finding.message.as_str()
        } else {
            ""
        };
        group = group.element(place(span, label, finding.show_source));
    }
    if finding.locations.is_empty()
        || !finding
            .locations
            .first()
            .is_some_and(|span| shows_source(span, finding.show_source))
    {
        group = group.element(note(printable(&finding.message)));
    }
    for other in others {
        group = group.element(note(printable(&other.message)));
    }
    let resources = instances
        .iter()
        .filter_map(|said| said.first()?.resource.as_ref());
    for resource in resources.clone().take(SHOWN_INSTANCES) {
        group = group.element(note(printable(&resource_line(resource))));
    }
    let hidden = resources.count().saturating_sub(SHOWN_INSTANCES);
    if hidden > 0 {
        group = group.element(note(format!("and {hidden} more instances")));
    }
    if finding.change == Some(ChangeKind::Existing) {
        group = group.element(note("it was there before this change".into()));
    }
    for reason in &finding.reasons {
        group = group.element(note(printable(&reason.text)));
    }
    for exception in &finding.exceptions {
        group = group.element(note(printable(&exception_line(
            exception,
            finding.is_suppressed(),
        ))));
    }
    for reason in &finding.not_applied {
        group = group.element(note(printable(reason)));
    }
    if let Some(remediation) = &finding.remediation
        && !finding.is_suppressed()
    {
        group = group.element(Style::HELP.message(printable(remediation)));
    }
    Some(group)
}

fn resource_line(resource: &FindingResource) -> String {
    let context: Vec<&str> = [&resource.environment, &resource.region, &resource.account]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let context = if context.is_empty() {
        String::new()
    } else {
        format!(" ({})", context.join(", "))
    };
    let owner = resource
        .owner
        .as_ref()
        .map(|owner| format!(", owner {owner}"))
        .unwrap_or_default();
    format!("resource {}{context}{owner}", resource.id)
}

/// One sentence that answers who accepted it, until when, and whether that still holds. `accepted` says that some
/// exception is in force: then an expired one did not open the finding again.
pub(crate) fn exception_line(exception: &Suppression, accepted: bool) -> String {
    let note = exception.note.as_deref().unwrap_or_default();
    if !exception.suppresses {
        let in_force = matches!(exception.state.as_str(), "active" | "expiring");
        // Notes about a state complete the sentence; notes about a record in force are sentences of their own.
        let separator = if in_force { ": " } else { " " };
        let open = if accepted { "" } else { "; the finding is open" };
        return format!("exception {}{separator}{note}{open}", exception.id);
    }
    let until = exception.expires_on.as_deref().unwrap_or("its end");
    let left = exception
        .days_left
        .map(|days| format!(" ({} left)", days_text(days)))
        .unwrap_or_default();
    let by = if exception.approved_by.is_empty() {
        String::new()
    } else {
        format!(", approved by {}", exception.approved_by.join(", "))
    };
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("; {note}")
    };
    format!(
        "exception {} accepts it until {until}{left}{by}{note}",
        exception.id
    )
}

fn days_text(days: i64) -> String {
    if days == 1 {
        "1 day".into()
    } else {
        format!("{days} days")
    }
}

fn diagnostic_group(diagnostic: &Diagnostic) -> Group<'static> {
    let style = match diagnostic.level {
        Level::Error => Style::ERROR,
        Level::Warning => Style::WARNING,
        Level::Info => Style::INFO,
    };
    let mut group = style
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code.id)
        .elements([] as [Message<'_>; 0]);
    for label in &diagnostic.labels {
        group = match &label.place {
            Place::Span(span) => group.element(place(span, &label.text, true)),
            Place::File(file) => group.element(Element::from(Origin::path(printable(file)))),
        };
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Style::HELP.message(printable(help)));
    }
    group
}

fn note(text: String) -> Message<'static> {
    Style::NOTE.no_name().message(text)
}

/// The line of `span` with the span underlined, or only its position when the line is not for people.
fn place(span: &Span, label: &str, show: bool) -> Element<'static> {
    let location = span.location();
    let path = printable(&location.file);
    if !shows_source(span, show) {
        let (line, column) = (to_usize(location.line), to_usize(location.column));
        return Origin::path(path).line(line).char_column(column).into();
    }
    let source = span.source();
    let text = source.line(location.line).unwrap_or_default();
    let start = span.start() - line_start(span);
    let end = (start + span.end().saturating_sub(span.start()))
        .min(text.len())
        .max(start);
    // Replacing control characters may change lengths: the underline is then placed on the replaced text.
    let (before, rest) = (
        text.get(..start).unwrap_or_default(),
        text.get(start..end).unwrap_or_default(),
    );
    let shown = printable(text);
    let from = printable(before).len();
    let to = from + printable(rest).len();
    let annotation = AnnotationKind::Primary.span(from..to);
    let annotation = if label.is_empty() {
        annotation
    } else {
        annotation.label(printable(label))
    };
    Snippet::source(shown)
        .path(path)
        .line_start(to_usize(location.line))
        .annotation(annotation)
        .into()
}

fn shows_source(span: &Span, show: bool) -> bool {
    let line = span.source().line(span.location().line);
    show && line.is_some_and(|line| line.len() <= LONGEST_SHOWN_LINE)
}

/// Byte offset of the first character of the span's line.
fn line_start(span: &Span) -> usize {
    let before = span.source().text().get(..span.start()).unwrap_or_default();
    before.rfind('\n').map_or(0, |at| at + 1)
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Replaces control characters, so that a value can neither colour the terminal nor start a line of its own (which
/// CI systems would read as a command).
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let hidden = c.is_control() && c != '\t';
            // Direction overrides can make a line read as something else.
            let deceptive = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let escaped = (hidden || deceptive).then(|| c.escape_default());
            let plain = (!hidden && !deceptive).then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

fn uncounted_unknowns(out: &mut String, run: &Run) {
    if run.gate.on_unknown == OnUnknown::Ignore {
        return;
    }
    let uncounted: Vec<&Finding> = run
        .assessment
        .unknowns
        .iter()
        .filter(|unknown| !gate::counts_unknown(unknown, &run.gate))
        .collect();
    if uncounted.is_empty() {
        return;
    }
    out.push_str("not decided (reported, not counted by the gate):\n");
    // Most of them are undecided for one reason: twenty controls about the account, or one control about every resource.
    let mut of_subject: BTreeMap<(usize, &str, String), Vec<String>> = BTreeMap::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    for unknown in uncounted {
        let subject = unknown
            .resource
            .as_ref()
            .map_or("account", |resource| resource.id.as_str());
        let next = positions.len();
        let position = *positions.entry(subject).or_insert(next);
        let why: Vec<&str> = unknown
            .reasons
            .iter()
            .map(|reason| reason.text.as_str())
            .collect();
        let why = if why.is_empty() {
            unknown.message.clone()
        } else {
            why.join("; ")
        };
        let control = format!("{} {}", unknown.control, unknown.severity.as_str());
        of_subject
            .entry((position, subject, why))
            .or_default()
            .push(control);
    }
    let mut lines: Vec<(Vec<&str>, String, Vec<String>)> = Vec::new();
    for ((_, subject, why), controls) in of_subject {
        match lines
            .iter_mut()
            .find(|(_, other, same)| *other == why && *same == controls)
        {
            Some((subjects, ..)) => subjects.push(subject),
            None => lines.push((vec![subject], why, controls)),
        }
    }
    for (subjects, why, controls) in lines {
        let line = format!("  {}: {why} ({})", subjects.join(", "), controls.join(", "));
        out.push_str(&printable(&line));
        out.push('\n');
    }
    out.push('\n');
}

/// A plan cannot know what it names before that is made; its source often tells all that a control asks for.
fn source_hint(out: &mut String, run: &Run) {
    let is = |format: &str| {
        let mut inputs = run.inputs.iter();
        inputs.any(|input| input.format.as_deref() == Some(format))
    };
    let open = |unknown: &Finding| unknown.reasons.iter().any(|reason| reason.kind == "reference");
    if is("terraform-plan") && !is("terraform-source") && run.assessment.unknowns.iter().any(open) {
        out.push_str(
            "help: `--source <directory>` tells from the code of a plan what the plan cannot know before it is applied\n\n",
        );
    }
}

fn fixed(out: &mut String, run: &Run) {
    if run.assessment.fixed.is_empty() {
        return;
    }
    out.push_str("fixed by this change:\n");
    for finding in &run.assessment.fixed {
        let subject = finding
            .resource
            .as_ref()
            .map_or("account", |resource| resource.id.as_str());
        let line = format!(
            "  {} {} {subject}: {}",
            finding.control,
            finding.severity.as_str(),
            finding.message
        );
        out.push_str(&printable(&line));
        out.push('\n');
    }
    out.push('\n');
}

fn summary(out: &mut String, run: &Run) {
    let assessment = &run.assessment;
    let suppressed = assessment
        .findings
        .iter()
        .filter(|finding| finding.is_suppressed())
        .count();
    let open = |severity: Severity| {
        assessment
            .findings
            .iter()
            .filter(|finding| finding.severity == severity && !finding.is_suppressed())
            .count()
    };
    let _ = writeln!(
        out,
        "{}, {}, {}: {} passed, {} failed, {} unknown, {} not applicable, {} ended in an error",
        counted(run.inputs.len(), "input"),
        counted(assessment.resources, "resource"),
        counted(assessment.controls, "control"),
        assessment.count(Outcome::Pass),
        assessment.count(Outcome::Fail),
        assessment.count(Outcome::Unknown),
        assessment.count(Outcome::NotApplicable),
        assessment.count(Outcome::Error),
    );
    module_calls(out, run);
    not_evaluated(out, run);
    let by_severity: Vec<String> = Severity::ALL
        .iter()
        .map(|&severity| format!("{} {}", open(severity), severity.as_str()))
        .collect();
    let _ = writeln!(
        out,
        "open findings: {}; {suppressed} excepted",
        by_severity.join(", ")
    );
    let of_change = |kind| {
        assessment
            .findings
            .iter()
            .filter(|finding| finding.change == Some(kind))
            .count()
    };
    let (introduced, existing) = (of_change(ChangeKind::Introduced), of_change(ChangeKind::Existing));
    if introduced + existing + assessment.fixed.len() > 0 {
        let only = if run.gate.changed_only {
            "; only introduced ones count"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "by this change: {introduced} introduced, {existing} existing, {} fixed{only}",
            assessment.fixed.len()
        );
    }
    let as_of = match run.mode {
        Mode::Current => format!("as of {}", run.as_of),
        mode => format!("as of {} ({})", run.as_of, mode.as_str()),
    };
    let as_of = match &run.registry_revision {
        None => as_of,
        Some(revision) => printable(&format!("{as_of}, exceptions as {revision}")),
    };
    let threshold = run.gate.fail_on.as_str();
    let why = match run.decision.verdict {
        Verdict::Pass => format!("nothing open at {threshold} or above"),
        Verdict::Fail => format!(
            "{} at {threshold} or above",
            counted(run.decision.blocking, "open finding")
        ),
        Verdict::Undecided => run.decision.undecided.join("; "),
    };
    let also = if run.decision.verdict == Verdict::Undecided && run.decision.blocking > 0 {
        format!(
            "; besides, {} at {threshold} or above",
            counted(run.decision.blocking, "open finding")
        )
    } else {
        String::new()
    };
    let _ = writeln!(
        out,
        "verdict: {} (exit code {}), {as_of}: {}",
        run.decision.verdict.as_str(),
        run.decision.exit_code,
        printable(&format!("{why}{also}"))
    );
}

/// How much of Terraform source was seen, when it is not all of it.
fn module_calls(out: &mut String, run: &Run) {
    let calls = run.inputs.iter().map(|input| input.module_calls);
    let (evaluated, total) = calls.fold((0, 0), |(evaluated, total), calls| {
        (evaluated + calls.evaluated, total + calls.total)
    });
    if evaluated < total {
        let _ = writeln!(
            out,
            "coverage: {evaluated} of {} evaluated; what the modules make that are not initialised is not seen",
            counted(total, "module call")
        );
    }
}

/// Controls that no input decides, one line per reason: they are neither passed nor forgotten.
fn not_evaluated(out: &mut String, run: &Run) {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for control in &run.assessment.not_evaluated {
        let ids = by_reason.entry(&control.reason).or_default();
        ids.push(control.control.as_str());
    }
    for (reason, ids) in by_reason {
        let line = format!(
            "not evaluated: {} {reason}: {}",
            counted(ids.len(), "control"),
            ids.join(", ")
        );
        out.push_str(&printable(&line));
        out.push('\n');
    }
}

pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
