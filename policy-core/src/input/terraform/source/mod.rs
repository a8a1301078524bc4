//! Terraform source: evaluation of a root module without a plan.

#[expect(
    dead_code,
    unused_imports,
    reason = "the module evaluator that calls it is built on top of this"
)]
pub(crate) mod cty;
