//! `policy check`: the main job.

use std::path::Path;
use std::process::ExitCode;

use policy_core::control::{Catalog, Severity};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::evaluation::{Assessment, Evaluator, FindingResource};
use policy_core::evidence::attestation;
use policy_core::exception;
use policy_core::gate::{self, OnUnknown, Verdict};
use policy_core::report::{self, Mode, RenderOptions, ReportFormat, Run, UnknownFormat};

use crate::cli::{self, Check, Global};
use crate::governance::{self, AsOfChoice, Inputs};
use crate::settings::Settings;
use crate::{UsageError, discover, packs, registry, terminal};

pub(crate) fn run(global: &Global, args: &Check) -> Result<ExitCode, UsageError> {
    let mut settings = Settings::load(global)?;
    settings.complete |= args.complete;
    let outputs = outputs(&args.outputs)?;
    let as_of = governance::as_of(args.registry.as_of.as_deref(), &settings)?;
    let mut diagnostics = Vec::new();

    let mut catalog = governance::catalog(global, &settings, &mut diagnostics);
    // Exceptions are validated against every control; the filters only choose what is evaluated.
    let mut about_exceptions = Vec::new();
    let registry::Opened { registry, revision } = registry::open(
        &args.registry.exception_dirs,
        args.registry.registry_rev.as_deref(),
        &settings,
        &catalog,
        &mut about_exceptions,
    );
    about_exceptions.extend(
        registry
            .lint(as_of.at)
            .into_iter()
            .filter(|found| exception::undecides(found.code)),
    );
    about_exceptions.iter_mut().for_each(demote);
    diagnostics.extend(about_exceptions);
    let foreign = args.foreign_skips || settings.foreign_skips;
    for source in discover::source_texts(&args.input.paths, foreign) {
        diagnostics.extend(registry.lint_inline(&source, as_of.at));
        if foreign {
            diagnostics.extend(exception::lint_foreign(&source, as_of.at));
        }
    }
    packs::narrow(&args.packs, global, &settings, &mut catalog, &mut diagnostics)?;
    select(&mut catalog, args, &settings)?;
    let Inputs {
        reported,
        inventories,
        diagnostics: input_diagnostics,
    } = governance::inputs(&args.input, &settings)?;
    diagnostics.extend(input_diagnostics);

    let attested = args.attest.is_some().then(|| registry.clone());
    let complete_scope = args.complete_scope.then(|| registry.clone());
    let mut builder = Evaluator::builder(catalog, as_of.at);
    if let Some(typemap) = governance::typemap(&settings, &mut Vec::new()) {
        builder = builder.typemap(typemap);
    }
    let (evaluator, rule_diagnostics) = builder
        .exceptions(registry)
        .jobs(args.jobs.or(settings.jobs).unwrap_or_else(governance::cores))
        .complete(governance::shows_everything(settings.complete, &diagnostics))
        .build();
    diagnostics.extend(rule_diagnostics);
    let assessment = evaluator.evaluate(&inventories);
    if let Some(registry) = complete_scope {
        let used = assessment.used_exceptions.iter().cloned().collect();
        diagnostics.extend(registry.unused(&used, as_of.at));
    }
    let resources: Vec<FindingResource> = if args.all_outcomes {
        let all = inventories.iter().flat_map(|input| &input.inventory.resources);
        all.map(FindingResource::of).collect()
    } else {
        Vec::new()
    };
    let mut run = finish(
        args,
        &settings,
        assessment,
        &as_of,
        revision,
        reported,
        diagnostics,
    )?;
    run.resources = resources;

    for output in &outputs {
        output.write(global, args.all_outcomes, &run, evaluator.catalog())?;
    }
    if let (Some(path), Some(registry)) = (&args.attest, &attested) {
        let text = attestation::statement(&run, evaluator.catalog(), registry)
            .map_err(|error| UsageError::Attest(error.to_string()))?;
        std::fs::write(path, text).map_err(|source| UsageError::Write {
            path: discover::name_of(path),
            source,
        })?;
    }
    // Freeing millions of small values takes as long as reading them; the process is about to end.
    std::mem::forget((evaluator, inventories));
    Ok(ExitCode::from(run.decision.exit_code))
}

/// Only a record that is invalid, or a file that cannot be read, leaves the verdict open. Everything else that `policy
/// lint` calls an error leaves the record at work or waiting, and says so here without stopping the change.
fn demote(diagnostic: &mut Diagnostic) {
    if diagnostic.level == Level::Error
        && exception::codes::CODES.contains(&diagnostic.code)
        && !exception::undecides(diagnostic.code)
    {
        diagnostic.level = Level::Warning;
    }
}

fn finish(
    args: &Check,
    settings: &Settings,
    assessment: Assessment,
    as_of: &AsOfChoice,
    revision: Option<report::RegistryRevision>,
    inputs: Vec<report::ReportedInput>,
    mut diagnostics: Vec<Diagnostic>,
) -> Result<Run, UsageError> {
    diagnostics.extend(assessment.diagnostics.iter().cloned());
    let gate = gate::GateOptions {
        fail_on: severity(args.fail_on.as_deref())?
            .or(settings.fail_on)
            .unwrap_or(Severity::Medium),
        on_unknown: match args.on_unknown {
            Some(cli::OnUnknown::Fail) => OnUnknown::Fail,
            Some(cli::OnUnknown::Warn) => OnUnknown::Warn,
            Some(cli::OnUnknown::Ignore) => OnUnknown::Ignore,
            None => settings.on_unknown.unwrap_or_default(),
        },
        allow_empty: args.allow_empty,
        changed_only: args.changed_only,
        historical: (as_of.mode == Mode::Historical || revision.is_some()) && !args.allow_historical,
    };
    let mut decision = gate::decide(&assessment, &diagnostics, &gate);
    if args.exit_zero && decision.verdict == Verdict::Fail {
        decision.exit_code = gate::EXIT_PASS;
    }
    Ok(Run {
        tool_version: env!("CARGO_PKG_VERSION").into(),
        as_of: as_of.text.clone(),
        mode: match as_of.mode {
            // What earlier exceptions covered is no statement about today.
            Mode::Current if revision.is_some() => Mode::Historical,
            mode => mode,
        },
        registry_revision: revision,
        inputs,
        assessment,
        resources: Vec::new(),
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
            let hint = close
                .map(|close| format!("; did you mean `{close}`?"))
                .unwrap_or_default();
            return Err(UsageError::Value(format!("there is no control `{id}`{hint}")));
        }
    }
    let least = severity(args.severity.as_deref())?;
    catalog.controls.retain(|id, control| {
        let named = args.only.is_empty() || args.only.iter().any(|only| only == id.as_str());
        let skipped = args
            .skip
            .iter()
            .chain(&settings.skip_controls)
            .any(|skip| skip == id.as_str());
        named && !skipped && least.is_none_or(|least| control.severity >= least)
    });
    Ok(())
}

fn severity(text: Option<&str>) -> Result<Option<Severity>, UsageError> {
    text.map(str::parse)
        .transpose()
        .map_err(|error: policy_core::control::UnknownSeverity| UsageError::Value(error.to_string()))
}

/// A format and where it goes.
pub(crate) struct Output {
    format: ReportFormat,
    path: Option<String>,
}

pub(crate) fn outputs(given: &[String]) -> Result<Vec<Output>, UsageError> {
    if given.is_empty() {
        return Ok(vec![Output {
            format: ReportFormat::Text,
            path: None,
        }]);
    }
    let outputs: Vec<Output> = given.iter().map(|text| output(text)).collect::<Result<_, _>>()?;
    if outputs.iter().filter(|output| output.path.is_none()).count() > 1 {
        let message =
            "only one output can go to standard output; write the others to files: `-o json=report.json`";
        return Err(UsageError::Value(message.into()));
    }
    Ok(outputs)
}

fn output(text: &str) -> Result<Output, UsageError> {
    let (name, path) = match text.split_once('=') {
        Some((name, path)) => (name, Some(path.to_owned())),
        None => (text, None),
    };
    let format = name
        .parse()
        .map_err(|error: UnknownFormat| UsageError::Value(error.to_string()))?;
    Ok(Output { format, path })
}

impl Output {
    pub(crate) fn write(
        &self,
        global: &Global,
        all_outcomes: bool,
        run: &Run,
        catalog: &Catalog,
    ) -> Result<(), UsageError> {
        let options = RenderOptions {
            color: self.path.is_none() && terminal::color(global.no_color),
            quiet: global.quiet,
            all_outcomes,
            controls: Some(catalog),
            ..RenderOptions::default()
        };
        let text = self.format.render(run, &options);
        match &self.path {
            None => terminal::out(&text),
            Some(path) => std::fs::write(Path::new(path), text).map_err(|source| UsageError::Write {
                path: path.clone(),
                source,
            })?,
        }
        Ok(())
    }
}
