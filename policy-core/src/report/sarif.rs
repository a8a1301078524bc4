//! [SARIF 2.1.0], for code scanning (GitHub, Azure DevOps, DefectDojo, editors).
//!
//! A failure is a result of kind `fail`, also when an exception accepts it: then it carries a suppression of kind
//! `external`. An unknown outcome is kind `open` ("insufficient information to decide"), a remark of a rule is `review`;
//! both have level `none`, as the standard demands of everything but `fail`. A run that is undecided says
//! `executionSuccessful: false`, and what went wrong are notifications, not results.
//!
//! Consumers disagree about a result with an accepted and a rejected suppression, so a result has suppressions of one
//! kind only: the ones in force when it is accepted, the ones that failed to be when it is not. Where the input
//! describes a change, `baselineState` says what the change introduces (`new`) and what was there before (`unchanged`).
//! Snippets are not written, because a line may hold a secret.
//!
//! [SARIF 2.1.0]: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

mod model;
mod rules;

use std::collections::BTreeSet;

use crate::control::{Catalog, Severity};
use crate::diagnostic::{Diagnostic, Place};
use crate::evaluation::{ChangeKind, Evaluation, Finding, Suppression};
use crate::gate::Verdict;
use crate::report::entry::{self, Entry, Standing};
use crate::report::place::{self, Region};
use crate::report::{Run, identity};
use crate::rule::Outcome;

use self::model::{
    Artifact, ArtifactLocation, ArtifactProperties, BaseId, BaseIds, Configuration, Descriptor, Driver,
    EvaluationCounts, ExceptionProperties, Fingerprints, Hashes, Invocation, Level, Location, Log,
    LogicalLocation, Notification, NotificationRule, PhysicalLocation, ReasonProperties, ResourceProperties,
    ResultProperties, RunProperties, SarifRegion, SarifResult, SarifRun, SarifSuppression, Text, Tool,
};
use self::rules::Rules;

/// Where the format is defined; validators look here.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// GitHub takes at most this many locations per result; more inputs than that say nothing either.
const MOST_FALLBACK_LOCATIONS: usize = 10;

/// What to put into the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct SarifOptions<'a> {
    /// Titles, intents and mappings of the controls, also of those that pass.
    pub controls: Option<&'a Catalog>,
    /// Results of kind `pass` and `notApplicable` as well.
    pub all_outcomes: bool,
    /// Leave accepted findings out. GitHub's code scanning ignores suppressions and would show them as open.
    pub omit_suppressed: bool,
    /// The most results; GitHub refuses runs with more than 25,000. The least severe are left out, with a notice.
    pub max_results: Option<usize>,
}

/// Renders the log with a final line break.
pub fn render(run: &Run, options: SarifOptions<'_>) -> String {
    let entries = entry::entries(run);
    let rules = Rules::of(run, &entries, options.controls);
    let (results, omitted) = results(run, &entries, &rules, options);
    let (notifications, notification_rules) = notifications(run, &rules, omitted);
    let decided = run.decision.verdict != Verdict::Undecided;
    let count = |outcome| run.assessment.count(outcome);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [SarifRun {
            tool: Tool {
                driver: Driver {
                    name: "policy",
                    version: &run.tool_version,
                    semantic_version: &run.tool_version,
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.written(),
                    notifications: notification_rules,
                    supported_taxonomies: rules.components(),
                },
            },
            invocations: [Invocation {
                execution_successful: decided,
                exit_code: run.decision.exit_code,
                exit_code_description: run.decision.verdict.as_str(),
                tool_execution_notifications: notifications,
            }],
            original_uri_base_ids: BaseIds {
                source_root: BaseId {
                    description: text("the working directory of the run".into()),
                },
            },
            artifacts: artifacts(run),
            taxonomies: rules.taxonomies(),
            column_kind: "unicodeCodePoints",
            results,
            properties: RunProperties {
                verdict: run.decision.verdict.as_str(),
                as_of: &run.as_of,
                mode: run.mode.as_str(),
                fail_on: run.gate.fail_on.as_str(),
                blocking: run.decision.blocking,
                evaluations: EvaluationCounts {
                    pass: count(Outcome::Pass),
                    fail: count(Outcome::Fail),
                    unknown: count(Outcome::Unknown),
                    not_applicable: count(Outcome::NotApplicable),
                    error: count(Outcome::Error),
                },
                omitted: omitted.suppressed + omitted.beyond_limit,
            },
        }],
    };
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Clone, Copy)]
struct Omitted {
    suppressed: usize,
    beyond_limit: usize,
}

fn results<'a>(
    run: &'a Run,
    entries: &[Entry<'a>],
    rules: &Rules<'a>,
    options: SarifOptions<'_>,
) -> (Vec<SarifResult<'a>>, Omitted) {
    let kept: Vec<&Entry<'a>> = entries
        .iter()
        .filter(|entry| !(options.omit_suppressed && entry.standing == Standing::Excepted))
        .collect();
    let suppressed = entries.len() - kept.len();
    let mut results: Vec<SarifResult<'a>> = kept
        .into_iter()
        .map(|entry| of_entry(run, entry, rules))
        .collect();
    if options.all_outcomes {
        for (outcome, kind) in [(Outcome::Pass, "pass"), (Outcome::NotApplicable, "notApplicable")] {
            let all = entry::evaluations(run, outcome);
            results.extend(all.map(|evaluation| of_evaluation(run, evaluation, kind, rules)));
        }
    }
    let found = results.len();
    // Results stand in report order: the most severe stay.
    results.truncate(options.max_results.unwrap_or(usize::MAX));
    let beyond_limit = found - results.len();
    (
        results,
        Omitted {
            suppressed,
            beyond_limit,
        },
    )
}

fn of_entry<'a>(run: &'a Run, entry: &Entry<'a>, rules: &Rules<'a>) -> SarifResult<'a> {
    let finding = entry.finding;
    let kind = match entry.standing {
        Standing::Open | Standing::Excepted => "fail",
        Standing::Undecided => "open",
        Standing::Advisory => "review",
    };
    let logical = || logical_locations(finding.resource.as_ref().map(|resource| resource.id.as_str()));
    let (locations, related_locations) = match finding.locations.split_first() {
        Some((first, rest)) => {
            let first = Location {
                logical_locations: logical(),
                ..at(Region::of(first))
            };
            let related = rest.iter().zip(1..).map(|(span, id)| Location {
                id: Some(id),
                message: Some(text("also written here".into())),
                ..at(Region::of(span))
            });
            (vec![first], related.collect())
        }
        None => (fallback_locations(run, logical), Vec::new()),
    };
    let accepted = entry.standing == Standing::Excepted;
    let (suppressing, others): (Vec<&Suppression>, Vec<&Suppression>) = distinct(&finding.exceptions)
        .into_iter()
        .partition(|exception| exception.suppresses || !accepted);
    SarifResult {
        rule_id: finding.control.as_str(),
        rule_index: rules.index(&finding.control),
        kind,
        level: if kind == "fail" {
            level(finding.severity, finding.advisory)
        } else {
            "none"
        },
        baseline_state: finding.change.map(|change| match change {
            ChangeKind::Introduced => "new",
            ChangeKind::Existing => "unchanged",
            ChangeKind::Fixed => "absent",
        }),
        message: text(without_links(&entry.sentence())),
        locations,
        related_locations,
        partial_fingerprints: Some(Fingerprints {
            finding: finding.fingerprint.as_str(),
        }),
        taxa: rules.taxa(&finding.control),
        suppressions: suppressing
            .into_iter()
            .map(|exception| suppression(exception, accepted))
            .collect(),
        properties: properties(entry, others),
    }
}

fn of_evaluation<'a>(
    run: &'a Run,
    evaluation: &'a Evaluation,
    kind: &'static str,
    rules: &Rules<'a>,
) -> SarifResult<'a> {
    let subject = evaluation.subject.as_str();
    let message = match kind {
        "pass" => format!("{} holds for {subject}", evaluation.control),
        _ => format!("{} does not apply to {subject}", evaluation.control),
    };
    let reasons = evaluation.reasons.iter();
    SarifResult {
        rule_id: evaluation.control.as_str(),
        rule_index: rules.index(&evaluation.control),
        kind,
        level: "none",
        baseline_state: None,
        message: text(without_links(&message)),
        locations: fallback_locations(run, || logical_locations(Some(subject))),
        related_locations: Vec::new(),
        partial_fingerprints: None,
        taxa: rules.taxa(&evaluation.control),
        suppressions: Vec::new(),
        properties: ResultProperties {
            outcome: evaluation.outcome.as_str(),
            reasons: reasons
                .map(|it| ReasonProperties {
                    path: &it.path,
                    kind: it.kind,
                    text: &it.text,
                })
                .collect(),
            ..ResultProperties::default()
        },
    }
}

/// The level of a failure. An advisory control never blocks, so it never says `error`.
pub(super) fn level(severity: Severity, advisory: bool) -> Level {
    match severity {
        Severity::Critical | Severity::High if !advisory => "error",
        Severity::Critical | Severity::High | Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

fn suppression(exception: &Suppression, accepted: bool) -> SarifSuppression<'_> {
    let status = match exception.state.as_str() {
        _ if accepted => "accepted",
        "draft" | "requested" | "scheduled" => "underReview",
        _ => "rejected",
    };
    let reason = exception
        .reason
        .as_ref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let note = exception
        .note
        .as_ref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    SarifSuppression {
        kind: "external",
        status,
        guid: identity::uuid("exception", &[&exception.id]),
        justification: format!("{}{reason}{note}", exception.id),
        location: exception.definition.as_ref().map(|span| at(Region::of(span))),
        properties: exception_properties(exception),
    }
}

fn exception_properties(exception: &Suppression) -> ExceptionProperties<'_> {
    ExceptionProperties {
        exception_id: &exception.id,
        state: &exception.state,
        expires_on: exception.expires_on.as_deref(),
        days_left: exception.days_left,
        expired_days_ago: exception.expired_days_ago,
        approved_by: &exception.approved_by,
        compensating_controls: &exception.compensating_controls,
        note: exception.note.as_deref(),
    }
}

fn properties<'a>(entry: &Entry<'a>, others: Vec<&'a Suppression>) -> ResultProperties<'a> {
    let finding: &'a Finding = entry.finding;
    let reasons = finding.reasons.iter();
    ResultProperties {
        outcome: finding.outcome.as_str(),
        standing: Some(entry.standing.as_str()),
        counted: entry.counts,
        severity: Some(finding.severity.as_str()),
        advisory: finding.advisory,
        resource: finding.resource.as_ref().map(|resource| ResourceProperties {
            id: &resource.id,
            r#type: &resource.resource_type,
            kind: resource.kind.as_deref(),
            account: resource.account.as_deref(),
            region: resource.region.as_deref(),
            environment: resource.environment.as_deref(),
            owner: resource.owner.as_deref(),
        }),
        path: (!finding.path.is_empty()).then_some(&finding.path),
        expected: finding.expected.as_deref(),
        actual: finding.actual.as_deref(),
        reasons: reasons
            .map(|it| ReasonProperties {
                path: &it.path,
                kind: it.kind,
                text: &it.text,
            })
            .collect(),
        remediation: finding.remediation.as_deref(),
        other_exceptions: others.into_iter().map(exception_properties).collect(),
    }
}

fn at<'a>(region: Region) -> Location<'a> {
    let region_of_file = SarifRegion {
        start_line: region.line,
        start_column: region.column,
        end_line: region.end_line,
        end_column: region.end_column,
    };
    Location {
        id: None,
        physical_location: Some(PhysicalLocation {
            artifact_location: artifact_location(&region.file),
            region: Some(region_of_file),
        }),
        logical_locations: Vec::new(),
        message: None,
    }
}

fn in_file<'a>(file: &str) -> Location<'a> {
    Location {
        id: None,
        physical_location: Some(PhysicalLocation {
            artifact_location: artifact_location(file),
            region: None,
        }),
        logical_locations: Vec::new(),
        message: None,
    }
}

/// What has no place of its own lies somewhere in the inputs. GitHub refuses the whole file when one result has no
/// physical location.
fn fallback_locations<'a>(run: &'a Run, logical: impl Fn() -> Vec<LogicalLocation<'a>>) -> Vec<Location<'a>> {
    let files = place::input_files(run).take(MOST_FALLBACK_LOCATIONS);
    let located: Vec<Location<'a>> = files
        .map(|file| Location {
            logical_locations: logical(),
            ..in_file(&file)
        })
        .collect();
    if !located.is_empty() || logical().is_empty() {
        return located;
    }
    vec![Location {
        id: None,
        physical_location: None,
        logical_locations: logical(),
        message: None,
    }]
}

fn logical_locations(resource: Option<&str>) -> Vec<LogicalLocation<'_>> {
    resource
        .map(|id| LogicalLocation {
            fully_qualified_name: id,
            kind: "resource",
        })
        .into_iter()
        .collect()
}

fn artifact_location(file: &str) -> ArtifactLocation {
    let (uri, relative) = place::uri(file);
    ArtifactLocation {
        uri,
        uri_base_id: relative.then_some("%SRCROOT%"),
    }
}

/// The inputs. One that was given twice is listed once: the format wants different artifacts.
fn artifacts(run: &Run) -> Vec<Artifact<'_>> {
    let mut seen = BTreeSet::new();
    run.inputs
        .iter()
        .filter(|input| {
            seen.insert((
                place::path(&input.path),
                &input.sha256,
                &input.format,
                input.resources,
            ))
        })
        .map(|input| Artifact {
            location: artifact_location(&place::path(&input.path)),
            roles: ["analysisTarget"],
            hashes: input.sha256.as_deref().map(|sha_256| Hashes { sha_256 }),
            properties: ArtifactProperties {
                format: input.format.as_deref(),
                resources: input.resources,
            },
        })
        .collect()
}

/// Diagnostics, rule errors, what makes the run undecided and what was left out; and the codes they refer to.
fn notifications<'a>(
    run: &'a Run,
    rules: &Rules<'a>,
    omitted: Omitted,
) -> (Vec<Notification<'a>>, Vec<NotificationRule>) {
    let mut codes: Vec<&'static crate::diagnostic::Code> = run.diagnostics.iter().map(|it| it.code).collect();
    codes.sort_by_key(|code| code.id);
    codes.dedup_by_key(|code| code.id);
    let mut notifications: Vec<Notification<'a>> = run
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let index = codes.partition_point(|code| code.id < diagnostic.code.id);
            of_diagnostic(
                diagnostic,
                Descriptor {
                    id: diagnostic.code.id,
                    index,
                },
            )
        })
        .collect();
    notifications.extend(entry::evaluations(run, Outcome::Error).map(|evaluation| {
        let message = format!("{}: {}", evaluation.subject, entry::reasons_text(evaluation));
        let rule = Descriptor {
            id: evaluation.control.as_str(),
            index: rules.index(&evaluation.control),
        };
        Notification {
            associated_rule: Some(rule),
            ..plain("error", message)
        }
    }));
    let undecided = run.decision.undecided.iter();
    notifications.extend(undecided.map(|reason| plain("error", format!("undecided: {reason}"))));
    if omitted.suppressed > 0 {
        let message = format!("accepted findings left out on request: {}", omitted.suppressed);
        notifications.push(plain("note", message));
    }
    if omitted.beyond_limit > 0 {
        let message = format!(
            "the least severe results left out to keep the limit: {}",
            omitted.beyond_limit
        );
        notifications.push(plain("warning", message));
    }
    let described = codes.into_iter().map(|code| NotificationRule {
        id: code.id,
        short_description: text(code.summary.into()),
        full_description: text(code.explanation.into()),
        default_configuration: Configuration {
            level: notification_level(code.level),
        },
    });
    (notifications, described.collect())
}

fn of_diagnostic<'a>(diagnostic: &'a Diagnostic, descriptor: Descriptor<'a>) -> Notification<'a> {
    let help = diagnostic
        .help
        .as_ref()
        .map(|help| format!("\nhelp: {help}"))
        .unwrap_or_default();
    let locations = distinct(&diagnostic.labels).into_iter().map(|label| Location {
        message: (!label.text.is_empty()).then(|| text(label.text.clone())),
        ..match &label.place {
            Place::Span(span) => at(Region::of(span)),
            Place::File(file) => in_file(&place::path(file)),
        }
    });
    Notification {
        descriptor: Some(descriptor),
        locations: locations.collect(),
        ..plain(
            notification_level(diagnostic.level),
            format!("{}{help}", diagnostic.message),
        )
    }
}

fn plain<'a>(level: Level, message: String) -> Notification<'a> {
    Notification {
        descriptor: None,
        associated_rule: None,
        level,
        message: text(without_links(&message)),
        locations: Vec::new(),
    }
}

fn notification_level(level: crate::diagnostic::Level) -> Level {
    match level {
        crate::diagnostic::Level::Error => "error",
        crate::diagnostic::Level::Warning => "warning",
        crate::diagnostic::Level::Info => "note",
    }
}

/// The different ones of a handful of things, in order: the format wants no two alike.
fn distinct<T: PartialEq>(things: &[T]) -> Vec<&T> {
    let mut distinct: Vec<&T> = Vec::new();
    for thing in things {
        if !distinct.contains(&thing) {
            distinct.push(thing);
        }
    }
    distinct
}

fn text(text: String) -> Text {
    Text { text }
}

/// `[text](target)` in a message is a link to viewers; a value must not be one.
fn without_links(message: &str) -> String {
    if message.contains("](") {
        message.replace('[', "\\[").replace(']', "\\]")
    } else {
        message.to_owned()
    }
}

#[cfg(test)]
mod tests;
