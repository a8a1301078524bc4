//! The `policy` command: parse, resolve, call the library, render, exit.

mod cli;
mod codeowners;
mod command;
mod discover;
mod exit_code;
mod git;
mod governance;
mod pack;
mod packs;
mod registry;
mod saved;
mod settings;
mod source_files;
mod terminal;
mod terraform;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A reason to stop before anything is evaluated: the command line or the settings are wrong.
#[derive(Debug, thiserror::Error)]
enum UsageError {
    /// A flag's value is not one of the accepted ones.
    #[error("{0}")]
    Value(String),
    /// The settings file is wrong; the diagnostics were printed.
    #[error("the settings file cannot be used")]
    Settings,
    /// Something that was written down before cannot be used.
    #[error("cannot read `{path}`: {why}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// A statement about the run cannot be made.
    #[error("no statement was written: {0}")]
    Attest(String),
    /// A report could not be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // `--help` and `--version` arrive here, too, and are not mistakes.
            return if error.use_stderr() {
                exit_code::usage()
            } else {
                exit_code::pass()
            };
        }
    };
    match run(&cli) {
        Ok(code) => code,
        Err(error) => {
            terminal::err(&format!("error: {error}"));
            // What cannot be read leaves the question open; a wrong command line does not even ask one.
            if matches!(error, UsageError::Read { .. } | UsageError::Attest(_)) {
                exit_code::undecided()
            } else {
                exit_code::usage()
            }
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode, UsageError> {
    match &cli.command {
        Command::Check(args) => command::check::run(&cli.global, args),
        Command::Test(args) => command::test::run(&cli.global, args),
        Command::Lint(args) => command::lint::run(&cli.global, args),
        Command::Inventory(args) => command::inventory::run(&cli.global, args),
        Command::Controls(args) => command::controls::run(&cli.global, args),
        Command::Exceptions(command) => command::exceptions::run(&cli.global, command),
        Command::Explain(args) => command::explain::run(&cli.global, args),
        Command::Report(args) => command::report::run(&cli.global, args),
        Command::Remediation(args) => command::remediation::run(&cli.global, args),
        Command::Metrics(args) => command::metrics::run(&cli.global, args),
        Command::Maturity(args) => command::metrics::maturity(&cli.global, args),
        Command::Audit(args) => command::audit::run(&cli.global, args),
        Command::Evidence(args) => command::evidence::run(&cli.global, args),
        Command::Schema(args) => command::schema::run(args),
        Command::Completions { shell } => Ok(command::completions::run(*shell)),
    }
}
