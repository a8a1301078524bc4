//! `policy report`: a saved report in another format.

use std::process::ExitCode;

use crate::cli::{Global, Report};
use crate::command::check;
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, saved, terminal};

/// The exit code says whether the report could be written. Its verdict was given when it was made.
pub(crate) fn run(global: &Global, args: &Report) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    let outputs = check::outputs(&args.outputs)?;
    let (_, report) = saved::report(&args.file)?;
    let catalog = governance::catalog(global, &settings, &mut Vec::new());
    let report = report.with_severities_of(&catalog);
    for output in &outputs {
        output.write(global, report.lists_outcomes, &report.run, &catalog)?;
    }
    if !global.quiet {
        for lost in &report.lost {
            terminal::err(&format!("note: {lost}"));
        }
    }
    Ok(exit_code::pass())
}
