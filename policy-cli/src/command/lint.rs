//! `policy lint`: the governance repository itself.

use std::path::Path;
use std::process::ExitCode;

use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::evaluation::Evaluator;
use policy_core::evidence::log::Log;
use policy_core::report;

use crate::cli::{Global, Lint};
use crate::command::test::cases;
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, registry, terminal};

pub(crate) fn run(global: &Global, args: &Lint) -> Result<ExitCode, UsageError> {
    let mut settings = Settings::load(global)?;
    let as_of = governance::as_of(args.as_of.as_deref(), &settings)?;
    if settings.control_dirs.is_empty() {
        settings.control_dirs = control_dirs(&args.root);
    }
    let exceptions = args.root.join("exceptions");
    if settings.exception_dirs.is_empty() && exceptions.is_dir() {
        settings.exception_dirs.push(exceptions);
    }
    if settings.control_dirs.is_empty()
        && settings.exception_dirs.is_empty()
        && global.control_dirs.is_empty()
    {
        let root = crate::discover::name_of(&args.root);
        terminal::err(&format!(
            "error: `{root}` holds neither controls nor exceptions\nhelp: name the root of a governance repository, with controls/ and exceptions/"
        ));
        return Ok(exit_code::undecided());
    }
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    governance::typemap(&settings, &mut diagnostics);
    let catalog = governance::catalog(global, &settings, &mut diagnostics);
    let registry = registry::open(&[], None, &settings, &catalog, &mut diagnostics).registry;
    diagnostics.extend(policy_core::control::lint(&catalog));
    if let Some(ownership) = crate::codeowners::read(&args.root) {
        diagnostics.extend(registry.lint_ownership(&ownership, &catalog));
    }
    let dirs = if global.control_dirs.is_empty() {
        &settings.control_dirs
    } else {
        &global.control_dirs
    };
    if !dirs.is_empty() {
        diagnostics.extend(policy_core::control::lint_cases(&catalog, &|control| {
            cases::count(control, dirs)
        }));
    }
    let mappings = governance::mappings(global, &settings, &mut diagnostics);
    diagnostics.extend(policy_core::control::lint_mappings(&mappings, &catalog));
    let packs = governance::packs(global, &settings, &mut diagnostics);
    diagnostics.extend(policy_core::control::lint_packs(&packs, &catalog));
    let workloads = governance::workloads(global, &settings, &mut diagnostics);
    let accounts = registry.options().accounts.as_ref();
    let knows = accounts.map(|accounts| move |name: &str| accounts.knows(name));
    diagnostics.extend(policy_core::control::lint_workloads(
        &workloads,
        &catalog,
        as_of.at.date(settings.timezone),
        knows.as_ref().map(|knows| knows as &dyn Fn(&str) -> bool),
    ));
    let logs = crate::discover::files(&args.root.join("evidence"), &["jsonl"]);
    for path in logs {
        let (log, problems) = Log::read(&super::evidence::source(&path)?);
        diagnostics.extend(problems);
        diagnostics.extend(log.lint(&catalog, as_of.at));
    }
    diagnostics.extend(registry.lint(as_of.at));
    diagnostics.extend(registry.twins(as_of.at));
    diagnostics.extend(registry.serial());
    if args.git {
        diagnostics.extend(registry::history(&settings.exception_dirs, &registry));
    }
    let (_, rules) = Evaluator::builder(catalog.clone(), as_of.at).build();
    diagnostics.extend(rules);

    let shown: Vec<Diagnostic> = diagnostics
        .into_iter()
        .filter(|diagnostic| !global.quiet || diagnostic.level == Level::Error)
        .collect();
    terminal::out(&report::text::render_diagnostics(
        &shown,
        terminal::color(global.no_color),
    ));
    let count = |level| {
        shown
            .iter()
            .filter(|diagnostic| diagnostic.level == level)
            .count()
    };
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    terminal::out(&format!(
        "{} controls, {} exceptions: {errors} errors, {warnings} warnings, {} notes\n",
        catalog.controls.len(),
        registry.records().len(),
        count(Level::Info)
    ));
    Ok(match (errors, warnings) {
        (0, 0) => exit_code::pass(),
        (0, _) if !args.strict => exit_code::pass(),
        (0, _) => exit_code::fail(),
        _ => exit_code::undecided(),
    })
}

/// A governance repository is its root; a directory that is itself full of controls is taken as that. Where there are
/// exceptions and no controls, the exceptions are held against the pack in the binary.
fn control_dirs(root: &Path) -> Vec<std::path::PathBuf> {
    let only_exceptions = root.join("exceptions").is_dir() && !root.join("controls").is_dir();
    let holds_controls = !only_exceptions && governance::control_texts(root).is_ok();
    if holds_controls {
        vec![root.to_owned()]
    } else {
        Vec::new()
    }
}
