//! `policy check`: the main job.

use std::path::Path;
use std::process::ExitCode;

use policy_core::control::{Catalog, Severity};
use policy_core::diagnostic::Diagnostic;
use policy_core::evaluation::{Evaluator, InputInventory};
use policy_core::gate::{self, OnUnknown, Verdict};
use policy_core::report::{self, Mode, RenderOptions, ReportFormat, Run, UnknownFormat};

use crate::cli::{self, Check, Global};
use crate::governance::{self, AsOfChoice, Inputs};
use crate::settings::Settings;
use crate::{UsageError, terminal};

pub(crate) fn run(global: &Global, args: &Check) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    let outputs = outputs(&args.outputs)?;
    let as_of = governance::as_of(args.as_of.as_deref(), &settings)?;
    let mut diagnostics = Vec::new();

    let mut catalog = governance::catalog(global, &settings, &mut diagnostics);
    // Exceptions are validated against every control; the filters only choose what is evaluated.
    let registry = governance::exceptions(&args.exception_dirs, &settings, &catalog, &mut diagnostics);
    select(&mut catalog, args, &settings)?;
    let Inputs { reported, inventories, diagnostics: input_diagnostics } =
        governance::inputs(&args.input, &settings)?;
    diagnostics.extend(input_diagnostics);

    let mut builder = Evaluator::builder(catalog, as_of.at);
    if let Some(typemap) = governance::typemap(&settings, &mut Vec::new()) {
        builder = builder.typemap(typemap);
    }
    let (evaluator, rule_diagnostics) = builder
        .exceptions(registry)
        .jobs(args.jobs.or(settings.jobs).unwrap_or_else(governance::cores))
        .complete(args.complete || settings.complete)
        .build();
    diagnostics.extend(rule_diagnostics);
    let run = finish(args, &settings, &evaluator, &as_of, reported, &inventories, diagnostics)?;

    for output in &outputs {
        output.write(global, args, &run, evaluator.catalog())?;
    }
    // Freeing millions of small values takes as long as reading them; the process is about to end.
    std::mem::forget((evaluator, inventories));
    Ok(ExitCode::from(run.decision.exit_code))
}

fn finish(
    args: &Check,
    settings: &Settings,
    evaluator: &Evaluator,
    as_of: &AsOfChoice,
    inputs: Vec<report::ReportedInput>,
    inventories: &[InputInventory],
    mut diagnostics: Vec<Diagnostic>,
) -> Result<Run, UsageError> {
    let assessment = evaluator.evaluate(inventories);
    diagnostics.extend(assessment.diagnostics.iter().cloned());
    let gate = gate::GateOptions {
        fail_on: severity(args.fail_on.as_deref())?.or(settings.fail_on).unwrap_or(Severity::Medium),
        on_unknown: match args.on_unknown {
            Some(cli::OnUnknown::Fail) => OnUnknown::Fail,
            Some(cli::OnUnknown::Warn) => OnUnknown::Warn,
            Some(cli::OnUnknown::Ignore) => OnUnknown::Ignore,
            None => settings.on_unknown.unwrap_or_default(),
        },
        allow_empty: args.allow_empty,
        changed_only: args.changed_only,
        historical: as_of.mode == Mode::Historical && !args.allow_historical,
    };
    let mut decision = gate::decide(&assessment, &diagnostics, &gate);
    if args.exit_zero && decision.verdict == Verdict::Fail {
        decision.exit_code = gate::EXIT_PASS;
    }
    Ok(Run {
        tool_version: env!("CARGO_PKG_VERSION"),
        as_of: as_of.text.clone(),
        mode: as_of.mode,
        inputs,
        assessment,
        diagnostics,
        gate,
        decision,
    })
}

/// Narrows the catalog to the controls that the flags and the settings choose. A name that means no control is a
/// mistake on the command line, not an empty run.
fn select(catalog: &mut Catalog, args: &Check, settings: &Settings) -> Result<(), UsageError> {
    for id in args.only.iter().chain(&args.skip).chain(&settings.skip_controls) {
        if !catalog.controls.keys().any(|known| known.as_str() == id) {
            let close = policy_core::control::closest(catalog, id);
            let hint = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
            return Err(UsageError::Value(format!("there is no control `{id}`{hint}")));
        }
    }
    let least = severity(args.severity.as_deref())?;
    catalog.controls.retain(|id, control| {
        let named = args.only.is_empty() || args.only.iter().any(|only| only == id.as_str());
        let skipped = args.skip.iter().chain(&settings.skip_controls).any(|skip| skip == id.as_str());
        named && !skipped && least.is_none_or(|least| control.severity >= least)
    });
    Ok(())
}

fn severity(text: Option<&str>) -> Result<Option<Severity>, UsageError> {
    text.map(str::parse).transpose().map_err(|error: policy_core::control::UnknownSeverity| UsageError::Value(error.to_string()))
}

/// A format and where it goes.
struct Output {
    format: ReportFormat,
    path: Option<String>,
}

fn outputs(given: &[String]) -> Result<Vec<Output>, UsageError> {
    if given.is_empty() {
        return Ok(vec![Output { format: ReportFormat::Text, path: None }]);
    }
    let outputs: Vec<Output> = given.iter().map(|text| output(text)).collect::<Result<_, _>>()?;
    if outputs.iter().filter(|output| output.path.is_none()).count() > 1 {
        let message = "only one output can go to standard output; write the others to files: `-o json=report.json`";
        return Err(UsageError::Value(message.into()));
    }
    Ok(outputs)
}

fn output(text: &str) -> Result<Output, UsageError> {
    let (name, path) = match text.split_once('=') {
        Some((name, path)) => (name, Some(path.to_owned())),
        None => (text, None),
    };
    let format = name.parse().map_err(|error: UnknownFormat| UsageError::Value(error.to_string()))?;
    Ok(Output { format, path })
}

impl Output {
    fn write(&self, global: &Global, args: &Check, run: &Run, catalog: &Catalog) -> Result<(), UsageError> {
        let options = RenderOptions {
            color: self.path.is_none() && terminal::color(global.no_color),
            quiet: global.quiet,
            all_outcomes: args.all_outcomes,
            controls: Some(catalog),
            ..RenderOptions::default()
        };
        let text = self.format.render(run, &options);
        match &self.path {
            None => terminal::out(&text),
            Some(path) => std::fs::write(Path::new(path), text)
                .map_err(|source| UsageError::Write { path: path.clone(), source })?,
        }
        Ok(())
    }
}
