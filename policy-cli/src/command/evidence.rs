//! `policy evidence`: the evidence log.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use policy_core::date::Date;
use policy_core::diagnostic::Diagnostic;
use policy_core::evidence::log::{self, Checkpoint, Log, Query};
use policy_core::evidence::package::{self, EVIDENCE_LOG};
use policy_core::evidence::record::{self, Record};
use policy_core::report::{Mode, text};
use policy_core::source::Source;
use serde_json::json;

use crate::cli::{
    Evidence, EvidenceAppend, EvidenceCheckpoint, EvidenceSearch, EvidenceVerify, Global, ListFormat,
};
use crate::discover::name_of;
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, registry, saved, terminal};

pub(crate) fn run(global: &Global, command: &Evidence) -> Result<ExitCode, UsageError> {
    match command {
        Evidence::Search(args) => search(args),
        Evidence::Append(args) => append(global, args),
        Evidence::Verify(args) => verify(args),
        Evidence::Checkpoint(args) => {
            let log = source(&args.log)?;
            terminal::out(&checkpoint(args, &log));
            Ok(exit_code::pass())
        }
    }
}

fn checkpoint(args: &EvidenceCheckpoint, log: &Source) -> String {
    // The form is made of lines; a name must not bring more of them.
    let origin = args.origin.replace(char::is_control, " ");
    Checkpoint::of(origin, log.text()).to_string()
}

fn search(args: &EvidenceSearch) -> Result<ExitCode, UsageError> {
    let day = |flag: &str, text: &Option<String>| {
        let parsed = text.as_deref().map(Date::parse).transpose();
        parsed.map_err(|error| UsageError::Value(format!("{flag}: {error}")))
    };
    let query = Query {
        account: args.account.clone(),
        region: args.region.clone(),
        workload: args.workload.clone(),
        control: args.control.clone(),
        resource: args.resource.clone(),
        owner: args.owner.clone(),
        status: args.status.clone(),
        exception: args.exception.clone(),
        from: day("--from", &args.from)?,
        to: day("--to", &args.to)?,
    };
    let mut diagnostics = Vec::new();
    let mut all = Vec::new();
    for path in &args.paths {
        all.extend(records(path, &mut diagnostics)?);
    }
    let found: Vec<&Record> = all.iter().filter(|record| query.matches(record)).collect();
    match args.listing.format() {
        ListFormat::Json => {
            let document =
                json!({"schemaVersion": 1, "searched": all.len(), "found": found.len(), "records": found});
            terminal::out(&format!("{document:#}\n"));
        }
        ListFormat::Text => terminal::out(&table(&found, all.len())),
    }
    Ok(match (broken(&diagnostics), found.is_empty()) {
        (true, _) => exit_code::undecided(),
        (false, true) => exit_code::fail(),
        (false, false) => exit_code::pass(),
    })
}

/// The records of a log, of a package or of a report.
fn records(path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Result<Vec<Record>, UsageError> {
    if path.extension().is_some_and(|ending| ending == "json") {
        let (bytes, report) = saved::report(path)?;
        let evidence = package::Evidence::new(name_of(path), bytes, report);
        return Ok(record::records(&evidence, None));
    }
    let path = if path.is_dir() {
        path.join(EVIDENCE_LOG)
    } else {
        path.to_owned()
    };
    let (log, found) = Log::read(&source(&path)?);
    diagnostics.extend(found);
    Ok(log.entries.into_iter().map(|(record, _)| record).collect())
}

pub(super) fn source(path: &Path) -> Result<Arc<Source>, UsageError> {
    let bytes = saved::bytes(path)?;
    let text = String::from_utf8(bytes).map_err(|error| saved::unreadable(path, error))?;
    Ok(Source::new(name_of(path), text))
}

/// Says what is wrong with a log, and whether anything is.
fn broken(diagnostics: &[Diagnostic]) -> bool {
    if !diagnostics.is_empty() {
        terminal::err(text::render_diagnostics(diagnostics, false).trim_end());
    }
    !diagnostics.is_empty()
}

fn table(found: &[&Record], searched: usize) -> String {
    let mut out = String::new();
    for record in found {
        let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let line = format!(
            "{}  {}  {:<14}  {} {}  {}{}",
            dash(&record.observed_from),
            record.control_id,
            record.status,
            dash(&record.account),
            dash(&record.region),
            dash(&record.resource),
            record
                .exception_id
                .as_ref()
                .map(|id| format!("  {id}"))
                .unwrap_or_default(),
        );
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", line.replace(char::is_control, " "));
    }
    let _ = writeln!(out, "{} of {searched} records", found.len());
    out
}

fn append(global: &Global, args: &EvidenceAppend) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    let mut added = Vec::new();
    for path in &args.reports {
        let (bytes, report) = saved::report(path)?;
        if report.run.mode != Mode::Current {
            let why = format!(
                "a {} run says nothing about the state of that day",
                report.run.mode.as_str()
            );
            return Err(saved::unreadable(path, why));
        }
        let evidence = package::Evidence::new(name_of(path), bytes, report);
        added.extend(record::records(&evidence, None));
    }
    let mut found = Vec::new();
    let catalog = governance::catalog(global, &settings, &mut found);
    let workloads = governance::workloads(global, &settings, &mut found);
    let opened = registry::open(&[], None, &settings, &catalog, &mut found);
    let accounts = opened.registry.options().accounts.as_ref();
    record::assign_workloads(&mut added, &workloads, accounts);
    let (count, all) = extend(&args.log, added)?;
    terminal::out(&format!(
        "{count} records appended to {}, {all} in all\n",
        name_of(&args.log)
    ));
    Ok(exit_code::pass())
}

/// Appends records to a log that is sound, and makes it when it is not there. What it already has is not written again.
/// Returns how many were written and how many there are.
pub(super) fn extend(path: &Path, mut added: Vec<Record>) -> Result<(usize, usize), UsageError> {
    let present = if path.exists() {
        source(path)?
    } else {
        Source::new(name_of(path), "")
    };
    let (log, diagnostics) = Log::read(&present);
    if broken(&diagnostics) {
        return Err(saved::unreadable(
            path,
            "nothing is appended to a log that is not sound",
        ));
    }
    let mut known: BTreeSet<String> = log.entries.iter().map(|(record, _)| record.id.clone()).collect();
    added.retain(|record| known.insert(record.id.clone()));
    let count = added.len();
    let lines = record::lines(&mut added, log::last(present.text()))
        .map_err(|error| UsageError::Value(error.to_string()))?;
    // A last line without an end would swallow the first new one.
    let lines = if present.text().is_empty() || present.text().ends_with('\n') {
        lines
    } else {
        format!("\n{lines}")
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let written = parent
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::OpenOptions::new().append(true).create(true).open(path))
        .and_then(|mut file| file.write_all(lines.as_bytes()));
    written.map_err(|source| UsageError::Write {
        path: name_of(path),
        source,
    })?;
    Ok((count, log.entries.len() + count))
}

fn verify(args: &EvidenceVerify) -> Result<ExitCode, UsageError> {
    let log = source(&args.log)?;
    let (read, diagnostics) = Log::read(&log);
    let mut sound = !broken(&diagnostics);
    if let Some(path) = &args.checkpoint {
        let text = source(path)?;
        let kept = Checkpoint::parse(text.text()).map_err(|error| saved::unreadable(path, error))?;
        if let Some(why) = kept.contradicts(log.text()) {
            terminal::err(&format!("error: {}: {why}", name_of(&args.log)));
            sound = false;
        }
    }
    if !sound {
        return Ok(exit_code::fail());
    }
    if read.entries.is_empty() && args.checkpoint.is_none() {
        terminal::err(&format!(
            "error: {}: the log is empty, and nothing shows that it always was; give the last `--checkpoint`",
            name_of(&args.log)
        ));
        return Ok(exit_code::undecided());
    }
    let kept = if args.checkpoint.is_some() {
        ", and it continues the checkpoint"
    } else {
        "; only a checkpoint that was kept shows whether it was cut off or written anew"
    };
    terminal::out(&format!(
        "{}: {} records, unbroken{kept}\n",
        name_of(&args.log),
        read.entries.len()
    ));
    Ok(exit_code::pass())
}
