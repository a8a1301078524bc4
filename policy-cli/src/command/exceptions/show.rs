//! `policy exceptions show`.

use std::fmt::Write as _;
use std::process::ExitCode;

use policy_core::diagnostic::{Diagnostic, Level, Place};
use policy_core::exception::{Overview, Record};
use policy_core::report;

use super::Opened;
use crate::cli::{ExceptionsShow, Global, ListFormat};
use crate::{UsageError, exit_code, terminal};

pub(super) fn run(global: &Global, args: &ExceptionsShow) -> Result<ExitCode, UsageError> {
    let opened = Opened::new(global, &args.registry)?;
    let record = opened.find(&args.id)?;
    let overview = opened.registry.overview_of(record, opened.as_of.at);
    let mut diagnostics = opened.diagnostics.clone();
    diagnostics.extend(opened.registry.lint(opened.as_of.at));
    diagnostics.retain(|diagnostic| is_about(diagnostic, record, &opened));
    let chain = chain(record, &opened);
    match args.listing.format() {
        ListFormat::Text => {
            terminal::out(&text(record, &overview, &chain, &opened));
            if !diagnostics.is_empty() {
                terminal::out("\n");
                terminal::out(&report::text::render_diagnostics(
                    &diagnostics,
                    terminal::color(global.no_color),
                ));
            }
        }
        ListFormat::Json => terminal::out(&super::json(&serde_json::json!({
            "schemaVersion": 1,
            "asOf": opened.as_of.text,
            "record": overview,
            "reason": record.reason.as_ref().map(|reason| reason.value.trim()),
            "compensatingControls": record.compensating_controls.iter().map(|control| serde_json::json!({
                "description": control.description.as_deref(),
                "controlId": control.control.as_ref().map(|id| id.value.as_ref()),
                "evidence": control.evidence.as_deref(),
            })).collect::<Vec<_>>(),
            "approvals": record.approval.decisions.iter().map(|decision| serde_json::json!({
                "by": decision.by.as_deref(), "role": decision.role.as_deref(),
                "on": decision.on.as_ref().map(ToString::to_string), "approved": decision.approved,
                "reference": decision.reference.as_deref(),
            })).collect::<Vec<_>>(),
            "evidence": record.evidence.iter().map(|evidence| evidence.link.as_ref()).collect::<Vec<&str>>(),
            "chain": chain,
            "diagnostics": diagnostics.iter().map(|diagnostic| {
                let place = diagnostic.location();
                serde_json::json!({
                    "code": diagnostic.code.id, "level": diagnostic.level.as_str(), "message": diagnostic.message,
                    "help": diagnostic.help, "file": diagnostic.file(),
                    "line": place.as_ref().map(|place| place.line), "column": place.as_ref().map(|place| place.column),
                })
            }).collect::<Vec<_>>(),
        }))),
    }
    let invalid = diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error && super::leaves_open(diagnostic));
    Ok(if invalid {
        exit_code::undecided()
    } else {
        exit_code::pass()
    })
}

/// True when a diagnostic points into the YAML document of this record.
fn is_about(diagnostic: &Diagnostic, record: &Record, opened: &Opened) -> bool {
    let Some(Place::Span(span)) = diagnostic.labels.first().map(|label| &label.place) else {
        return false;
    };
    let source = record.span.source();
    if span.source().name() != source.name() {
        return false;
    }
    let next = opened
        .registry
        .records()
        .iter()
        .filter(|other| {
            other.span.source().name() == source.name() && other.span.start() > record.span.start()
        })
        .map(|other| other.span.start())
        .min()
        .unwrap_or(usize::MAX);
    (record.span.start()..next).contains(&span.start())
}

/// The ids of the chain of renewals this record belongs to, oldest first, as far as it is unbroken.
fn chain(record: &Record, opened: &Opened) -> Vec<String> {
    let mut chain = vec![record.id.to_string()];
    let mut oldest = record;
    while let Some(before) = oldest.supersedes.as_ref().and_then(|id| opened.registry.get(id)) {
        let id = before.id.to_string();
        if chain.contains(&id) {
            break;
        }
        chain.insert(0, id);
        oldest = before;
    }
    let mut newest = record.id.to_string();
    let renewed_by = |id: &str| {
        opened
            .registry
            .records()
            .iter()
            .find(|other| other.supersedes.as_ref().is_some_and(|old| *old.value == *id))
    };
    while let Some(after) = renewed_by(&newest).map(|after| after.id.to_string()) {
        if chain.contains(&after) {
            break;
        }
        chain.push(after.clone());
        newest = after;
    }
    chain
}

fn text(record: &Record, overview: &Overview, chain: &[String], opened: &Opened) -> String {
    let mut out = String::new();
    let title = overview.title.as_deref().unwrap_or("without a title");
    let _ = writeln!(out, "{}: {title}\n", overview.id);
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:14}{value}");
    };
    row("state", &state(overview, &opened.as_of.text));
    row("control", &control(overview, opened));
    row("owner", overview.owner.as_deref().unwrap_or("-"));
    row("category", overview.category);
    if let Some(reason) = &record.reason {
        row("reason", reason.value.trim());
    }
    if let Some(risk) = record.risk.as_ref().and_then(|risk| risk.statement.as_deref()) {
        row("risk", risk);
    }
    for resource in &overview.scope.resources {
        row("covers", resource);
    }
    let dimensions = [
        ("accounts", &overview.scope.accounts),
        ("regions", &overview.scope.regions),
        ("environments", &overview.scope.environments),
        ("workloads", &overview.scope.workloads),
        ("fields", &overview.scope.fields),
    ];
    for (name, values) in dimensions {
        if let Some(values) = values {
            row(name, &values.join(", "));
        }
    }
    for expected in &overview.scope.expect {
        row("approved", &format!("{} = {}", expected.path, expected.equals));
    }
    for compensating in &record.compensating_controls {
        let control = compensating.control.as_ref().map(|id| id.value.as_ref());
        row(
            "protected by",
            compensating.description.as_deref().or(control).unwrap_or("-"),
        );
    }
    let log = &record.approval;
    let on = |on: Option<String>| on.map(|on| format!(" on {on}")).unwrap_or_default();
    if let Some(by) = &log.requested_by {
        row(
            "requested",
            &format!("{by}{}", on(log.requested_on.as_ref().map(ToString::to_string))),
        );
    }
    for decision in &log.decisions {
        let what = if decision.approved { "approved" } else { "rejected" };
        let by = decision.by.as_deref().unwrap_or("somebody");
        let role = decision
            .role
            .as_deref()
            .map(|role| format!(" as {role}"))
            .unwrap_or_default();
        row(
            what,
            &format!("{by}{role}{}", on(decision.on.as_ref().map(ToString::to_string))),
        );
    }
    if !overview.missing_roles.is_empty() {
        row(
            "missing",
            &format!("an approval by {}", overview.missing_roles.join(" and ")),
        );
    }
    let from = overview.effective_from.as_deref().unwrap_or("its approval");
    row(
        "in force",
        &format!(
            "from {from} to {}",
            overview.expires_on.as_deref().unwrap_or("no end")
        ),
    );
    if let Some(last) = &record.review.last_reviewed_on {
        row("reviewed", &last.to_string());
    }
    for evidence in &record.evidence {
        row("evidence", &evidence.link);
    }
    if let Some(criteria) = record
        .closure
        .as_ref()
        .and_then(|closure| closure.criteria.as_deref())
    {
        row("closed when", criteria);
    }
    if chain.len() > 1 || overview.renewal > 0 {
        row(
            "renewals",
            &format!(
                "{} (this is renewal {} of {})",
                chain.join(" → "),
                overview.renewal,
                overview.max_renewals
            ),
        );
    }
    row("digest", &overview.digest);
    row("file", &format!("{}:{}", overview.file, overview.line));
    out
}

fn state(overview: &Overview, as_of: &str) -> String {
    let days = |days: i64| {
        if days == 1 {
            "1 day".to_owned()
        } else {
            format!("{days} days")
        }
    };
    let mut text = format!("{} as of {as_of}", overview.state);
    if let Some(left) = overview.days_left {
        text.push_str(&format!(", {} left", days(left)));
    }
    if let Some(ago) = overview.expired_days_ago {
        text.push_str(&format!(", {} ago", days(ago)));
    }
    if overview.review_overdue {
        text.push_str(", review overdue");
    }
    text
}

fn control(overview: &Overview, opened: &Opened) -> String {
    let Some(id) = overview.control_id.as_deref() else {
        return "-".into();
    };
    let Some(control) = opened
        .catalog
        .controls
        .values()
        .find(|control| control.id.as_str() == id)
    else {
        return format!("{id} (not in the catalog)");
    };
    format!("{id} ({}): {}", control.severity.as_str(), control.title)
}
