//! `policy exceptions list`.

use std::fmt::Write as _;
use std::process::ExitCode;

use policy_core::exception::{Overview, State};

use super::Opened;
use crate::cli::{ExceptionsList, Global, ListFormat};
use crate::{UsageError, exit_code, terminal};

pub(super) fn run(global: &Global, args: &ExceptionsList) -> Result<ExitCode, UsageError> {
    for state in &args.states {
        if !State::ALL.iter().any(|known| known.as_str() == state) {
            let known = State::ALL.map(State::as_str).join(", ");
            return Err(UsageError::Value(format!(
                "there is no state `{state}`; write one of {known}"
            )));
        }
    }
    let opened = Opened::new(global, &args.registry)?;
    let mut records = opened.registry.overview(opened.as_of.at);
    records.retain(|record| {
        let state = args.states.is_empty() || args.states.iter().any(|state| state == record.state);
        let control =
            args.only.is_empty() || args.only.iter().any(|id| Some(id) == record.control_id.as_ref());
        state && control
    });
    match args.listing.format() {
        ListFormat::Text => terminal::out(&table(&records, &opened.as_of.text)),
        ListFormat::Json => terminal::out(&super::json(&serde_json::json!({
            "schemaVersion": 1, "asOf": opened.as_of.text, "records": records,
        }))),
    }
    Ok(opened.finish(exit_code::pass()))
}

fn table(records: &[Overview], as_of: &str) -> String {
    const HEAD: [&str; 8] = [
        "ID",
        "CONTROL",
        "STATE",
        "DAYS",
        "EXPIRES",
        "OWNER",
        "APPROVED BY",
        "SCOPE",
    ];
    let rows: Vec<[String; 8]> = records.iter().map(row).collect();
    let mut widths = HEAD.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    let head = HEAD.map(str::to_owned);
    for row in std::iter::once(&head).chain(&rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        let _ = writeln!(out, "{}", cells.join("  ").trim_end());
    }
    let suppressing = records.iter().filter(|record| record.suppresses).count();
    let _ = writeln!(
        out,
        "{} exceptions as of {as_of}, {suppressing} in force",
        records.len()
    );
    out
}

fn row(record: &Overview) -> [String; 8] {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let mut state = record.state.to_owned();
    if record.review_overdue {
        state.push_str(", review overdue");
    }
    let approved = if record.approved_by.is_empty() {
        "-".to_owned()
    } else {
        record.approved_by.join(", ")
    };
    [
        record.id.clone(),
        or_dash(&record.control_id),
        state,
        days(record),
        or_dash(&record.expires_on),
        or_dash(&record.owner),
        approved,
        record.scope.line(),
    ]
}

fn days(record: &Overview) -> String {
    match (record.days_left, record.expired_days_ago) {
        (Some(0), _) => "last day".into(),
        (Some(days), _) => format!("{days} left"),
        (None, Some(0)) => "today".into(),
        (None, Some(days)) => format!("{days} ago"),
        (None, None) => "-".into(),
    }
}
