//! `policy schema`.

use std::process::ExitCode;

use policy_core::report;

use crate::cli::Schema;
use crate::{UsageError, exit_code, terminal};

pub(crate) fn run(args: &Schema) -> Result<ExitCode, UsageError> {
    let schema = match args.name.as_str() {
        "report" => report::json::SCHEMA,
        "inventory" => report::inventory::SCHEMA,
        other => return Err(UsageError::Value(format!("there is no schema `{other}`; write report or inventory"))),
    };
    terminal::out(schema);
    Ok(exit_code::pass())
}
