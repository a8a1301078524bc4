//! `policy explain`.

mod finding;

use std::process::ExitCode;

use crate::cli::{Explain, Global};
use crate::command::controls;
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, terminal};

pub(crate) fn run(global: &Global, args: &Explain) -> Result<ExitCode, UsageError> {
    if let Some(code) = policy_core::codes()
        .chain(crate::settings::codes())
        .chain(crate::command::test::codes())
        .find(|code| code.id.eq_ignore_ascii_case(&args.what))
    {
        terminal::out(&format!(
            "{} ({}): {}\n\n{}\n",
            code.id,
            code.level.as_str(),
            code.summary,
            code.explanation
        ));
        return Ok(exit_code::pass());
    }
    if let Some(path) = &args.report {
        return finding::explain(global, path, &args.what);
    }
    let settings = Settings::load(global)?;
    let catalog = governance::catalog(global, &settings, &mut Vec::new());
    match controls::find(&catalog, &args.what) {
        Some(control) => {
            terminal::out(&controls::show(control));
            for source in &control.rego {
                terminal::out(&format!("\n--- {}\n{}", source.name(), source.text()));
            }
            Ok(exit_code::pass())
        }
        None => Err(UsageError::Value(format!(
            "`{}` is neither a diagnostic code nor a control; codes look like EXC001, controls like DP-ENC-001, and the fingerprint of a finding is explained with --report FILE",
            args.what
        ))),
    }
}
