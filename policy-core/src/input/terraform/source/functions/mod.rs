//! The built-in functions of Terraform 1.11.
//!
//! One file per family; each has a table `FUNCTIONS` with the signatures that `terraform metadata functions -json`
//! prints. [`call`] applies the rules that hold for every function (see [`signature`]) and then the function itself.
//! `docs/terraform-functions.md` says what each is tested with.

mod collection;
mod csv;
mod date_time;
#[cfg(test)]
mod documentation_tests;
mod encoding;
mod error;
mod filesystem;
mod format;
mod hash_crypto;
mod ip_network;
mod json;
mod mapping;
mod numeric;
mod regular;
mod sequence;
mod signature;
mod string;
#[cfg(test)]
pub(super) mod terraform_tests;
#[cfg(test)]
mod tests;
mod type_conversion;
mod yaml;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

pub(crate) use error::FunctionError;

use self::error::Failure;
use self::signature::{Function, any, returns};
use super::cty::{Type, Val, merge_unknowns};
use super::files::SourceFiles;
use crate::value::{Unknown, UnknownReason};

/// What functions may look at besides their arguments.
pub(crate) struct FunctionContext<'c> {
    /// The tree of sources.
    pub(crate) files: &'c dyn SourceFiles,
    /// Where in the tree the root module is: the directory that Terraform runs in. Empty for the root of the tree.
    pub(crate) directory: &'c str,
    /// The absolute path of that directory, when the run should know it.
    pub(crate) working_directory: Option<&'c str>,
    /// Renders templates.
    pub(crate) templates: &'c dyn Templates,
}

/// Renders templates for `templatefile` and `templatestring`, which need the evaluator.
pub(crate) trait Templates {
    /// The value of the template `text` in a scope that has only these variables. `name` names the template in
    /// messages. A template that is a single interpolation has the value of that.
    ///
    /// # Errors
    /// A message when the template has a syntax error or its evaluation fails. Templates that render each other
    /// without end must fail as well.
    fn render(&self, name: &str, text: &str, variables: BTreeMap<Arc<str>, Val>) -> Result<Val, NotRendered>;
}

/// Why a template has no value.
#[derive(Debug)]
pub(crate) struct NotRendered {
    pub(crate) message: String,
    /// A limit of ours was met; Terraform may well render it.
    pub(crate) limit: bool,
}

static TABLE: LazyLock<BTreeMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let families = [
        collection::FUNCTIONS,
        date_time::FUNCTIONS,
        encoding::FUNCTIONS,
        filesystem::FUNCTIONS,
        format::FUNCTIONS,
        hash_crypto::FUNCTIONS,
        ip_network::FUNCTIONS,
        json::FUNCTIONS,
        mapping::FUNCTIONS,
        numeric::FUNCTIONS,
        regular::FUNCTIONS,
        sequence::FUNCTIONS,
        string::FUNCTIONS,
        type_conversion::FUNCTIONS,
        yaml::FUNCTIONS,
        FALLIBLE,
    ];
    families
        .into_iter()
        .flatten()
        .map(|function| (function.name, function))
        .collect()
});

/// `can` and `try` look at expressions that may fail: an evaluator handles them with [`can`] and [`try_each`] before
/// it evaluates arguments. Called with values, which did not fail, they answer accordingly.
static FALLIBLE: &[Function] = &[
    Function::new(
        "can",
        &[any("expression").null().unknown().untyped().marks()],
        returns::bool,
        |mut call| Ok(can(Ok::<_, Failure>(call.take(0)))),
    ),
    Function::new("try", &[], returns::any, |mut call| {
        if call.args.is_empty() {
            return Err(Failure::other("at least one argument is required"));
        }
        Ok(tried(call.take(0)))
    })
    .variadic(any("expressions").null().unknown().untyped().marks())
    .may_be_null(),
];

/// Calls the function `name` (with or without `core::`).
///
/// Functions of providers are not known here; their results are unknown.
///
/// # Errors
/// As Terraform: unknown functions, wrong arguments, and whatever the function itself refuses.
pub(crate) fn call(name: &str, args: Vec<Val>, context: &FunctionContext<'_>) -> Result<Val, FunctionError> {
    if name.starts_with("provider::") {
        let sensitive = args.iter().any(Val::has_sensitive);
        let mut unknown = Unknown::new(UnknownReason::Expression);
        unknown.refs = merge_unknowns(&args).refs.clone();
        unknown.refs.push(name.into());
        return Ok(Val::unknown(Type::Dynamic, unknown.into()).marked(sensitive));
    }
    let plain = name.strip_prefix("core::").unwrap_or(name);
    match TABLE.get(plain) {
        Some(function) => function.call(args, context),
        None => Err(FunctionError::NoSuchFunction {
            name: name.to_owned(),
            similar: similar_to(plain),
        }),
    }
}

fn similar_to(name: &str) -> Option<&'static str> {
    let near = TABLE
        .keys()
        .map(|known| (strsim::damerau_levenshtein(known, name), *known));
    near.filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, known)| known)
}

/// The names of all functions, sorted, without `core::`.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

/// `try`: the value of the first expression that does not fail. `None` when all fail (or none is given).
///
/// Expressions are evaluated by `evaluate` one after another and no further than needed.
pub(crate) fn try_each<E>(expressions: impl IntoIterator<Item = Result<Val, E>>) -> Option<Val> {
    expressions.into_iter().find_map(Result::ok).map(tried)
}

/// A value with unknown parts may still fail, or change its type, once they are known; then another expression counts.
fn tried(value: Val) -> Val {
    if value.is_wholly_known() {
        return value;
    }
    let sensitive = value.has_sensitive();
    Val::unknown(Type::Dynamic, merge_unknowns([&value])).marked(sensitive)
}

/// `can`: whether the expression evaluates. Unknown when the result has unknown parts, which may fail later.
pub(crate) fn can<E>(result: Result<Val, E>) -> Val {
    match result {
        Err(_) => Val::bool(false),
        Ok(value) if value.is_wholly_known() => Val::bool(true),
        Ok(value) => Val::unknown(Type::Bool, merge_unknowns([&value])),
    }
}
