//! `policy completions`.

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::{exit_code, terminal};

pub(crate) fn run(shell: clap_complete::Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "policy", &mut script);
    terminal::out(&String::from_utf8_lossy(&script));
    exit_code::pass()
}
