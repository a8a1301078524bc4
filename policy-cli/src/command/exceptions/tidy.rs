//! `policy exceptions tidy`.

use std::path::Path;
use std::process::ExitCode;

use policy_core::exception::Move;

use super::Opened;
use crate::cli::{ExceptionsTidy, Global};
use crate::{UsageError, exit_code, registry, terminal};

pub(super) fn run(global: &Global, args: &ExceptionsTidy) -> Result<ExitCode, UsageError> {
    registry::only_now(args.registry.registry_rev.as_deref())?;
    let opened = Opened::new(global, &args.registry)?;
    let tidying = opened.registry.tidying(opened.as_of.at);
    for planned in &tidying.moves {
        let records: Vec<String> = planned
            .records
            .iter()
            .map(|(id, state)| format!("{id} is {state}"))
            .collect();
        terminal::out(&format!(
            "{} → {}  ({})\n",
            planned.from,
            planned.to,
            records.join(", ")
        ));
        if args.write {
            apply(planned)?;
        }
    }
    for mixed in &tidying.mixed {
        terminal::out(&format!(
            "{} has to be split: {} {} over, {} {} not\n",
            mixed.file,
            mixed.over.join(", "),
            verb(mixed.over.len()),
            mixed.in_use.join(", "),
            verb(mixed.in_use.len())
        ));
    }
    let (count, tidy) = (
        tidying.moves.len(),
        tidying.moves.is_empty() && tidying.mixed.is_empty(),
    );
    let done = args.write && tidying.mixed.is_empty();
    terminal::out(&match (args.write, tidy) {
        (_, true) => format!("every file is where it belongs as of {}\n", opened.as_of.text),
        (true, false) => format!("{count} moved\n"),
        (false, false) => format!(
            "{count} to move as of {}; --write moves them\n",
            opened.as_of.text
        ),
    });
    Ok(opened.finish(if tidy || done {
        exit_code::pass()
    } else {
        exit_code::fail()
    }))
}

fn verb(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// Moves one file, never over another one: a record of the past is not replaced.
fn apply(planned: &Move) -> Result<(), UsageError> {
    let to = Path::new(&planned.to);
    let failed = |source| UsageError::Write {
        path: planned.to.clone(),
        source,
    };
    if to.exists() {
        return Err(failed(std::io::Error::new(
            std::io::ErrorKind::AlreadyExists,
            "the file is there already",
        )));
    }
    if let Some(dir) = to.parent() {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    std::fs::rename(&planned.from, to).map_err(failed)
}
