//! `policy metrics` and `policy maturity`: governance in numbers, from saved reports, the exception registry and the evidence log.

use std::process::ExitCode;

use policy_core::control::Catalog;
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::evidence::log::Log;
use policy_core::evidence::maturity::{Observed, Signal, assess};
use policy_core::evidence::metrics::{Measured, measure};
use policy_core::evidence::record::Record;
use policy_core::exception::{self, Registry};
use policy_core::report::Mode;
use policy_core::report::read::SavedReport;
use serde_json::json;

use crate::cli::{Global, ListFormat, Metrics};
use crate::governance::AsOfChoice;
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, registry, saved, terminal};

/// Everything that is measured.
struct Opened {
    settings: Settings,
    as_of: AsOfChoice,
    catalog: Catalog,
    registry: Registry,
    reports: Vec<SavedReport>,
    log: Option<Vec<Record>>,
    /// Whether the log is unbroken.
    log_is_sound: Option<bool>,
    /// What could not be read.
    errors: Vec<Diagnostic>,
}

impl Opened {
    fn new(global: &Global, args: &Metrics) -> Result<Self, UsageError> {
        let settings = Settings::load(global)?;
        let as_of = governance::as_of(args.registry.as_of.as_deref(), &settings)?;
        let mut errors = Vec::new();
        let catalog = governance::catalog(global, &settings, &mut errors);
        let registry = registry::open(
            &args.registry.exception_dirs,
            args.registry.registry_rev.as_deref(),
            &settings,
            &catalog,
            &mut errors,
        )
        .registry;
        let mut reports = Vec::new();
        for path in &args.reports {
            let (_, report) = saved::report(path)?;
            if report.run.mode != Mode::Current {
                let name = crate::discover::name_of(path);
                terminal::err(&format!(
                    "warning: `{name}` is a {} run and says nothing about the state of that day",
                    report.run.mode.as_str()
                ));
            }
            reports.push(report);
        }
        let mut log: Option<Vec<Record>> = None;
        let mut log_is_sound = None;
        for path in &args.logs {
            let (read, found) = Log::read(&super::evidence::source(path)?);
            log_is_sound = Some(log_is_sound.unwrap_or(true) && found.is_empty());
            errors.extend(found);
            let records = read.entries.into_iter().map(|(record, _)| record);
            log.get_or_insert_default().extend(records);
        }
        // A number from half a registry would look like a number from all of it.
        errors.retain(|found| found.level == Level::Error);
        if !errors.is_empty() {
            terminal::err(&policy_core::report::text::render_diagnostics(&errors, false));
        }
        Ok(Self {
            settings,
            as_of,
            catalog,
            registry,
            reports,
            log,
            log_is_sound,
            errors,
        })
    }

    fn measured(&self) -> Measured<'_> {
        Measured {
            reports: &self.reports,
            registry: &self.registry,
            catalog: &self.catalog,
            log: self.log.as_deref(),
            as_of: self.as_of.at,
        }
    }

    fn finish(&self) -> ExitCode {
        if self.errors.is_empty() {
            exit_code::pass()
        } else {
            exit_code::undecided()
        }
    }
}

pub(crate) fn maturity(global: &Global, args: &Metrics) -> Result<ExitCode, UsageError> {
    let opened = Opened::new(global, args)?;
    let measured = opened.measured();
    let dirs = if global.control_dirs.is_empty() {
        &opened.settings.control_dirs
    } else {
        &global.control_dirs
    };
    let mut active = opened
        .catalog
        .controls
        .values()
        // What only events and account reports decide has no cases.
        .filter(|control| &*control.status == "active" && control.is_decided_on_configuration());
    // The cases of the pack in the binary are not in the binary.
    let cases = (!dirs.is_empty()).then(|| {
        active.all(|control| {
            let (compliant, noncompliant) = super::test::cases::count(control, dirs);
            compliant > 0 && noncompliant > 0
        })
    });
    let about_exceptions = |found: &&Diagnostic| exception::codes::CODES.contains(&found.code);
    let observed = Observed {
        cases,
        registry: !args.registry.exception_dirs.is_empty() || !opened.settings.exception_dirs.is_empty(),
        exception_errors: opened.errors.iter().filter(about_exceptions).count(),
        log_is_sound: opened.log_is_sound,
    };
    let found = assess(&measured, &measure(&measured), &observed);
    if args.listing.format() == ListFormat::Json {
        let mut document = found.to_json();
        if let Some(members) = document.as_object_mut() {
            members.insert("schemaVersion".into(), json!(1));
            members.insert("asOf".into(), json!(opened.as_of.text));
        }
        terminal::out(&format!("{document:#}\n"));
        return Ok(opened.finish());
    }
    for area in &found.areas {
        terminal::out(&format!("{:<16}{}\n", area.name, area.stage.as_str()));
        // Without `--explain` only what stands between the area and its next stage is shown.
        let next =
            |signal: &&Signal| args.explain || (signal.stage > area.stage && signal.holds != Some(true));
        for signal in area.signals.iter().filter(next) {
            let holds = match signal.holds {
                Some(true) => "yes",
                Some(false) => "no",
                None => "not known",
            };
            terminal::out(&format!(
                "    {:<9}  {holds}: {} ({})\n",
                signal.stage.as_str(),
                signal.what,
                signal.seen
            ));
        }
    }
    let cap = found
        .cap
        .map(|why| format!(", because {why}"))
        .unwrap_or_default();
    terminal::out(&format!("overall: {}{cap}\n", found.overall.as_str()));
    Ok(opened.finish())
}

pub(crate) fn run(global: &Global, args: &Metrics) -> Result<ExitCode, UsageError> {
    let opened = Opened::new(global, args)?;
    let metrics = measure(&opened.measured());
    if args.listing.format() == ListFormat::Json {
        let list: Vec<_> = metrics
            .iter()
            .map(|metric| metric.to_json(args.explain))
            .collect();
        let document = json!({"schemaVersion": 1, "asOf": opened.as_of.text, "reports": opened.reports.len(), "metrics": list});
        terminal::out(&format!("{document:#}\n"));
    } else {
        for metric in &metrics {
            terminal::out(&format!("{:<28}{}\n", metric.name, metric.value_text()));
            if args.explain {
                terminal::out(&format!("    {}\n", metric.meaning));
                for line in &metric.list {
                    terminal::out(&format!("    - {}\n", line.replace(char::is_control, " ")));
                }
            }
        }
    }
    Ok(opened.finish())
}
