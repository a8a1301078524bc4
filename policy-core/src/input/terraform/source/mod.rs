//! Terraform source: evaluation of a root module without a plan.
//!
//! [`read`] evaluates the files of a directory as Terraform does, offline: variables, locals, modules, `count`,
//! `for_each` and dynamic blocks. What depends on a variable without a value, on a resource attribute that nobody wrote
//! or on a data source is unknown, and says why. A resource whose `count` or `for_each` is unknown occurs once, with a
//! condition.

mod calls;
pub mod codes;
mod conditional;
mod conditions;
mod configuration;
pub(crate) mod cty;
mod data_sources;
mod dependencies;
#[cfg(test)]
mod differential;
mod evaluation;
mod expression;
mod files;
pub(crate) mod functions;
mod json_syntax;
mod limits;
mod manifest;
mod modules;
mod names;
mod operators;
mod policy_document;
mod providers;
mod references;
mod repetition;
mod resources;
mod shape;
mod templates;
#[cfg(test)]
mod tests;
mod traversal;
mod undeclared;
mod variables;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

pub use files::{MemoryFiles, SourceFiles};

use self::dependencies::Addresses;
use self::evaluation::{Evaluation, Instance, ResourceInstance};
use crate::diagnostic::Diagnostic;
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::resource::{ModuleCalls, NativeResource};
use crate::source::{Source, Span};
use crate::value::Value;

/// Evaluating needs more stack than a thread usually has: locals may depend on each other through many steps. The
/// memory is reserved, not used.
const STACK_SIZE: usize = 512 << 20;

/// A value for a variable of the root module, in the order of the command line.
#[derive(Clone, Debug)]
pub enum Assignment {
    /// `--var NAME=TEXT`: taken literally for a string, number or bool, and as an expression for everything else.
    Text(String, String),
    /// A value that is not a text.
    Value(String, Value),
    /// `--var-file PATH`, relative to the root of the files.
    File(String),
}

/// What an evaluation is told from outside.
#[derive(Clone, Debug)]
pub struct SourceOptions<'c> {
    /// Values on the command line; later ones win.
    pub assignments: Vec<Assignment>,
    /// `TF_VAR_…` variables by the name after the prefix, when the caller wants them to count.
    pub environment: BTreeMap<String, String>,
    /// `terraform.workspace`; unknown when `None`.
    pub workspace: Option<String>,
    /// Account and Region for data sources.
    pub context: &'c InputContext,
}

impl<'c> SourceOptions<'c> {
    /// Nothing but the context.
    pub fn new(context: &'c InputContext) -> Self {
        Self {
            assignments: Vec::new(),
            environment: BTreeMap::new(),
            workspace: None,
            context,
        }
    }
}

/// Evaluates the root module in the directory `root` of `files` (`""` for the root of the files).
///
/// Every problem is a located diagnostic, and everything that does not depend on it is still evaluated.
///
/// ```
/// use policy_core::input::{InputContext, terraform::source::{MemoryFiles, SourceOptions, read}};
/// let files = MemoryFiles::new([(
///     "main.tf",
///     r#"
///     variable "name" { default = "logs" }
///     resource "aws_s3_bucket" "this" {
///       count  = 2
///       bucket = "${var.name}-${count.index}"
///     }
///     "#,
/// )]);
/// let context = InputContext::default();
/// let input = read(&files, "", &SourceOptions::new(&context));
/// let ids: Vec<&str> = input.resources.iter().map(|resource| resource.id.as_str()).collect();
/// assert_eq!(ids, ["aws_s3_bucket.this[0]", "aws_s3_bucket.this[1]"]);
/// ```
pub fn read(files: &dyn SourceFiles, root: &str, options: &SourceOptions<'_>) -> LoadedInput {
    let evaluated = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("terraform-source".to_owned())
            .stack_size(STACK_SIZE)
            .spawn_scoped(scope, || evaluate(files, root, options))
            .ok()
            .and_then(|thread| thread.join().ok())
    });
    let (resources, diagnostics, module_calls) = evaluated.unwrap_or_else(|| {
        let diagnostic = Diagnostic::new(
            &codes::TFS011,
            "the evaluation did not come to an end: its thread could not be started or failed",
        )
        .in_file(&files.name(root));
        (Vec::new(), vec![diagnostic], ModuleCalls::default())
    });
    LoadedInput {
        format: Some(InputFormat::TerraformSource),
        resources,
        diagnostics,
        source: None,
        module_calls,
    }
}

fn evaluate(
    files: &dyn SourceFiles,
    root: &str,
    options: &SourceOptions<'_>,
) -> (Vec<NativeResource>, Vec<Diagnostic>, ModuleCalls) {
    let mut evaluation = Evaluation::new(files, root.trim_matches('/').to_owned(), options);
    let Some(module) = evaluation.module(&evaluation.root.clone()) else {
        let diagnostic = Diagnostic::new(
            &codes::TFS001,
            format!("no Terraform files in `{}`", files.name(root)),
        )
        .in_file(&files.name(root));
        evaluation.report(diagnostic);
        return (Vec::new(), evaluation.into_diagnostics(), ModuleCalls::default());
    };
    let given = evaluation.given(&module);
    evaluation.root_values = given.into();
    let instance = Rc::new(Instance::new(module));
    let mut found = Vec::new();
    collect(&evaluation, &instance, &mut found);
    let mut addresses = Addresses::default();
    found.iter().for_each(|resource| addresses.add(resource));
    let resources = found
        .iter()
        .filter_map(|resource| {
            let built = evaluation.build(resource);
            evaluation.check_resource(resource);
            evaluation.native(resource, built, &addresses)
        })
        .collect();
    evaluation.report_missing();
    let module_calls = evaluation.module_calls();
    let mut diagnostics = evaluation.into_diagnostics();
    diagnostics.sort_by_key(|diagnostic| {
        diagnostic
            .location()
            .map(|location| (location.file, location.line, location.column))
    });
    (resources, diagnostics, module_calls)
}

/// Finds the resources of a module instance and of the modules it calls, and evaluates the rest of it for its errors.
fn collect(evaluation: &Evaluation<'_>, instance: &Rc<Instance>, found: &mut Vec<Rc<ResourceInstance>>) {
    let module = &instance.module;
    let nowhere = Span::new(Source::new("", ""), 0, 0);
    for (position, resource) in module.resources.iter().enumerate() {
        match evaluation.resource_instances(instance, position, &resource.block.header) {
            Ok(expansion) => found.extend(expansion.instances()),
            Err(fault) => evaluation.report(*fault),
        }
    }
    for (name, block) in &module.variables {
        match evaluation.variable(instance, name, &block.header) {
            Ok(_) => {
                evaluation.validate(instance, name, block);
                evaluation.check_default(instance, name, block);
            }
            Err(fault) => evaluation.report(*fault),
        }
    }
    for (name, expr) in &module.locals {
        if let Err(fault) = evaluation.local(instance, name, &expr.span) {
            evaluation.report(*fault);
        }
    }
    for name in module.calls.keys() {
        let name: &Arc<str> = name;
        match evaluation.call_instances(instance, name, &nowhere) {
            Ok(expansion) => {
                for child in expansion.instances() {
                    collect(evaluation, &child, found);
                }
            }
            Err(fault) => evaluation.report(*fault),
        }
    }
    for (name, block) in &module.outputs {
        if let Err(fault) = evaluation.output(instance, name, &block.header) {
            evaluation.report(*fault);
        }
        evaluation.check_output(instance, name, block);
    }
}
