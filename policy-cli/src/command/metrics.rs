//! `policy metrics`: governance in numbers, from saved reports and the exception registry.

use std::process::ExitCode;

use policy_core::evidence::metrics::{Measured, measure};
use policy_core::report::Mode;
use serde_json::json;

use crate::cli::{Global, ListFormat, Metrics};
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, registry, saved, terminal};

pub(crate) fn run(global: &Global, args: &Metrics) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    let as_of = governance::as_of(args.registry.as_of.as_deref(), &settings)?;
    let mut diagnostics = Vec::new();
    let catalog = governance::catalog(global, &settings, &mut diagnostics);
    let registry = registry::open(
        &args.registry.exception_dirs,
        args.registry.registry_rev.as_deref(),
        &settings,
        &catalog,
        &mut diagnostics,
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
    // A number from half a registry would look like a number from all of it.
    diagnostics.retain(|found| found.level == policy_core::diagnostic::Level::Error);
    if !diagnostics.is_empty() {
        terminal::err(&policy_core::report::text::render_diagnostics(
            &diagnostics,
            false,
        ));
    }
    let metrics = measure(&Measured {
        reports: &reports,
        registry: &registry,
        catalog: &catalog,
        as_of: as_of.at,
    });
    if args.listing.format() == ListFormat::Json {
        let list: Vec<_> = metrics
            .iter()
            .map(|metric| metric.to_json(args.explain))
            .collect();
        let document =
            json!({"schemaVersion": 1, "asOf": as_of.text, "reports": reports.len(), "metrics": list});
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
    Ok(if diagnostics.is_empty() {
        exit_code::pass()
    } else {
        exit_code::undecided()
    })
}
