//! `policy inventory`.

use std::process::ExitCode;

use policy_core::diagnostic::Level;
use policy_core::report;

use crate::cli::{Global, Inventory};
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, terminal};

pub(crate) fn run(global: &Global, args: &Inventory) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    if !matches!(args.output.as_str(), "json" | "text") {
        return Err(UsageError::Value(format!(
            "there is no inventory format `{}`; write json or text",
            args.output
        )));
    }
    let inputs = governance::inputs(&args.input, &settings)?;
    let text = if args.as_input {
        report::inventory::render_as_input(&inputs.inventories)
    } else if args.output == "text" {
        let color = terminal::color(global.no_color);
        report::inventory_text::render(&inputs.reported, &inputs.inventories, &inputs.diagnostics, color)
    } else {
        report::inventory::render(&inputs.reported, &inputs.inventories, &inputs.diagnostics)
    };
    terminal::out(&text);
    if inputs
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error)
    {
        terminal::err(report::text::render_diagnostics(&inputs.diagnostics, false).trim_end());
        return Ok(exit_code::undecided());
    }
    Ok(exit_code::pass())
}
