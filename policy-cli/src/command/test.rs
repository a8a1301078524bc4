//! `policy test`: compliant cases must pass, noncompliant ones must fail on the control they belong to. The evaluator
//! is the one that `check` uses.

pub(crate) mod cases;
mod coverage;
mod mutation;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use policy_core::control::{Catalog, Control};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::report;
use policy_core::rule::rego::{FileCoverage, parallel};

use self::cases::{Case, Judge};
use self::coverage::Lines;
use self::table::{Row, Table};
use crate::cli::{Global, Test};
use crate::governance::{self, AsOfChoice};
use crate::settings::Settings;
use crate::{UsageError, exit_code, terminal};

pub(crate) use self::mutation::codes;

/// A control with its cases.
struct Suite<'c> {
    control: &'c Control,
    cases: Vec<Case>,
}

pub(crate) fn run(global: &Global, args: &Test) -> Result<ExitCode, UsageError> {
    let mut settings = Settings::load(global)?;
    if global.control_dirs.is_empty() && settings.control_dirs.is_empty() {
        let here = PathBuf::from("controls");
        if !here.is_dir() {
            let message =
                "there are no cases here: the pack in the binary has none; name a directory with --controls";
            return Err(UsageError::Value(message.into()));
        }
        settings.control_dirs.push(here);
    }
    let mut diagnostics = Vec::new();
    let catalog = governance::catalog(global, &settings, &mut diagnostics);
    let as_of = governance::as_of(None, &settings)?;
    let dirs = if global.control_dirs.is_empty() {
        &settings.control_dirs
    } else {
        &global.control_dirs
    };
    let jobs = args.jobs.or(settings.jobs).unwrap_or_else(governance::cores);
    let controls = chosen(&catalog, &args.controls)?;

    let mut table = Table::default();
    let mut lines = Lines::default();
    let mut suites = Vec::new();
    let tested = parallel(
        jobs,
        &controls,
        || (),
        |(), control| test_control(control, &catalog, dirs, &as_of, args),
    );
    for tested in tested {
        let Tested {
            suite,
            row,
            covered,
            broken,
        } = tested?;
        // What is wrong in a library is wrong for every control that uses it.
        for diagnostic in broken {
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
        table.rows.push(row);
        lines.add(covered);
        suites.extend(suite);
    }
    if !args.controls.is_empty() {
        catalog.library.iter().for_each(|file| lines.forget(file.name()));
    }
    let broken = is_broken(&diagnostics);
    let color = terminal::color(global.no_color);
    terminal::out(&report::text::render_diagnostics(&diagnostics, color));
    terminal::out(&table.render(global.quiet));
    let mut failed = table.failed();
    if args.coverage {
        terminal::out(&lines.render());
        failed |= !lines.complete();
    }
    if broken || table.cases() == 0 {
        return Ok(exit_code::undecided());
    }
    if args.mutants {
        let whole = args.controls.is_empty() && suites.len() == controls.len();
        let check = mutation::check(&catalog, &suites, as_of.at, jobs, whole, dirs);
        terminal::out(&report::text::render_diagnostics(&check.diagnostics, color));
        terminal::out(&check.render(global.quiet));
        if is_broken(&check.diagnostics) {
            return Ok(exit_code::undecided());
        }
        failed |= check.failed();
    }
    Ok(if failed {
        exit_code::fail()
    } else {
        exit_code::pass()
    })
}

fn is_broken(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error)
}

/// The controls to test; a name that means none is a mistake on the command line.
fn chosen<'c>(catalog: &'c Catalog, wanted: &[String]) -> Result<Vec<&'c Control>, UsageError> {
    for id in wanted {
        if !catalog.controls.keys().any(|known| known.as_str() == id) {
            let close = policy_core::control::closest(catalog, id);
            let hint = close
                .map(|close| format!("; did you mean `{close}`?"))
                .unwrap_or_default();
            return Err(UsageError::Value(format!("there is no control `{id}`{hint}")));
        }
    }
    let named = |control: &&Control| wanted.is_empty() || wanted.iter().any(|id| id == control.id.as_str());
    Ok(catalog.controls.values().filter(named).collect())
}

/// What the cases of one control came to.
struct Tested<'c> {
    /// Kept for the mutants, when the cases hold: those that fail anyway would notice everything.
    suite: Option<Suite<'c>>,
    row: Row,
    covered: Vec<FileCoverage>,
    broken: Vec<Diagnostic>,
}

fn test_control<'c>(
    control: &'c Control,
    catalog: &Catalog,
    dirs: &[PathBuf],
    as_of: &AsOfChoice,
    args: &Test,
) -> Result<Tested<'c>, UsageError> {
    let cases = cases::load(control, dirs)?;
    let mut judge = Judge::new(control, &catalog.library, &cases, as_of.at, args.coverage);
    let mut broken = std::mem::take(&mut judge.diagnostics);
    broken.retain(|diagnostic| diagnostic.level == Level::Error);
    let problems: Vec<Option<String>> = cases.iter().map(|case| judge.problem(case)).collect();
    let failed = problems.iter().any(Option::is_some);
    Ok(Tested {
        row: Row::new(control, &cases, problems),
        covered: judge.coverage(),
        suite: (args.mutants && !failed).then_some(Suite { control, cases }),
        broken,
    })
}
