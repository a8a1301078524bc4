//! `policy schema`.

use std::process::ExitCode;

use policy_core::{control, evidence, exception, report};

use crate::cli::Schema;
use crate::{UsageError, exit_code, terminal};

pub(crate) fn run(args: &Schema) -> Result<ExitCode, UsageError> {
    let schema = match args.name.as_str() {
        "report" => report::json::SCHEMA,
        "inventory" => report::inventory::SCHEMA,
        "control" => control::SCHEMA,
        "mapping" => control::MAPPING_SCHEMA,
        "pack" => control::PACK_SCHEMA,
        "workload" => control::WORKLOAD_SCHEMA,
        "exception" => exception::SCHEMA,
        "evidence" => evidence::EVIDENCE_SCHEMA,
        "manifest" => evidence::MANIFEST_SCHEMA,
        "metrics" => evidence::METRICS_SCHEMA,
        "maturity" => evidence::MATURITY_SCHEMA,
        other => {
            return Err(UsageError::Value(format!(
                "there is no schema `{other}`; write report, inventory, control, exception, mapping, pack, workload, evidence, manifest, metrics or maturity"
            )));
        }
    };
    terminal::out(schema);
    Ok(exit_code::pass())
}
