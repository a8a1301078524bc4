//! Terraform source of the command line: root modules as inputs, and the code that a plan was made of.

use std::collections::BTreeMap;
use std::path::Path;

use policy_core::input::terraform::source::{self, Assignment, SourceOptions};
use policy_core::input::{InputContext, LoadedInput, terraform};
use policy_core::report::ReportedInput;

use crate::cli::{InputArgs, Variable};
use crate::discover::{self, DiscoverError};
use crate::source_files::DiskFiles;

/// What was read for a directory: path → SHA-256.
type Digests = BTreeMap<String, String>;

/// Evaluates a root module with the variables of the command line.
pub(crate) fn read_module(
    directory: &Path,
    args: &InputArgs,
    context: &InputContext,
) -> Result<(LoadedInput, Digests), DiscoverError> {
    evaluate(directory, context, |files, options| {
        options.assignments = assignments(args, files);
        options.environment = variable_environment(args);
    })
}

/// Fills in what a plan cannot tell with the source that it was made of, which thereby is an input, too.
pub(crate) fn open_plan(
    plan: &mut LoadedInput,
    directory: &Path,
    context: &InputContext,
) -> Result<ReportedInput, DiscoverError> {
    let variables = plan.source.as_ref().map(terraform::plan::root_variables);
    let (source, files) = evaluate(directory, context, |_, options| {
        let values = variables.into_iter().flatten();
        options.assignments = values
            .map(|(name, value)| Assignment::Value(name, value))
            .collect();
    })?;
    terraform::open_with_source(plan, &source);
    let format = source.format.map(|format| format.as_str().into());
    Ok(ReportedInput::directory(
        discover::name_of(directory),
        format,
        0,
        files,
    ))
}

fn evaluate(
    directory: &Path,
    context: &InputContext,
    tell: impl FnOnce(&mut DiskFiles, &mut SourceOptions<'_>),
) -> Result<(LoadedInput, Digests), DiscoverError> {
    let (mut files, root) = DiskFiles::around(directory).map_err(|source| DiscoverError::Read {
        path: discover::name_of(directory),
        source,
    })?;
    let mut options = SourceOptions::new(context);
    tell(&mut files, &mut options);
    let loaded = source::read(&files, &root, &options);
    Ok((loaded, files.into_digests()))
}

/// The values of the command line, in its order.
fn assignments(args: &InputArgs, files: &mut DiskFiles) -> Vec<Assignment> {
    let given = args.variables.given.iter();
    given
        .filter_map(|variable| match variable {
            Variable::File(path) => Some(Assignment::File(files.named(path))),
            Variable::Value(text) => text
                .split_once('=')
                .map(|(name, value)| Assignment::Text(name.to_owned(), value.to_owned())),
        })
        .collect()
}

/// The `TF_VAR_…` variables, when they are to count. What is not Unicode cannot be the value of a variable.
fn variable_environment(args: &InputArgs) -> BTreeMap<String, String> {
    if !args.variables.environment {
        return BTreeMap::new();
    }
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?.strip_prefix("TF_VAR_")?.to_owned();
            Some((name, value.into_string().ok()?))
        })
        .collect()
}
