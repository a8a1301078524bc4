//! Policy-as-code evaluator: Terraform, CloudFormation and their like in, governed verdicts out.
//!
//! The path of the data, one module a step: [`input`] reads named bytes into native resources, [`resource`] folds them
//! into one vocabulary, [`control`] holds what must be true, [`evaluation`] runs every control on every resource in its
//! scope and attaches the exceptions of [`exception`], [`gate`] decides, [`report`] prints.
//!
//! ```
//! use policy_core::control;
//! use policy_core::date::{AsOf, Instant};
//! use policy_core::evaluation::{Evaluator, InputInventory};
//! use policy_core::gate::{GateOptions, Verdict, decide};
//! use policy_core::input::{InputContext, load};
//! use policy_core::resource::{ContextOptions, TypeMap, build};
//! use policy_core::source::Source;
//!
//! let (catalog, _) = control::load(&[
//!     Source::new("DP-ENC-003.yaml", "\
//! id: DP-ENC-003
//! title: Databases are encrypted
//! intent: Protect data at rest
//! severity: high
//! scope: {resourceTypes: [rds]}
//! "),
//!     Source::new("rule.rego", "\
//! package controls.dp_enc_003
//! deny contains {\"path\": \"storage_encrypted\", \"expected\": \"true\"} if not input.resource.storage_encrypted
//! "),
//! ]);
//! let as_of = AsOf::at(Instant::parse("2026-11-20T12:00:00Z")?);
//! let (evaluator, _) = Evaluator::builder(catalog, as_of).build();
//!
//! let template = "Resources: {Ledger: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false}}}";
//! let input = load("stack.yaml", template.into(), &InputContext::default());
//! let (inventory, _) = build(input.resources, TypeMap::builtin(), &ContextOptions::default());
//! let assessment = evaluator.evaluate(&[InputInventory::new("stack.yaml", inventory)]);
//! assert_eq!(assessment.findings[0].message, "storage_encrypted is false, expected true");
//! assert_eq!(decide(&assessment, &[], &GateOptions::default()).verdict, Verdict::Fail);
//! # Ok::<(), policy_core::date::DateError>(())
//! ```
//!
//! The library is pure: it reads no clock, no file, no environment and no network, and the same inputs give the same
//! bytes on any number of threads.

pub mod control;
pub mod date;
pub mod diagnostic;
pub mod document;
pub mod evaluation;
pub mod evidence;
pub mod exception;
pub mod gate;
pub mod input;
pub mod report;
pub mod resource;
pub mod rule;
pub mod source;
pub mod value;

pub use value::{AttributePath, PathError, Value};

/// Every diagnostic code of the library, area by area. What `policy explain` looks up.
pub fn codes() -> impl Iterator<Item = &'static diagnostic::Code> {
    [
        document::codes::CODES,
        input::codes::CODES,
        input::terraform::codes::CODES,
        input::terraform::state::codes::CODES,
        input::terraform::source::codes::CODES,
        input::cloudformation::codes::CODES,
        input::cloudformation::change_set::codes::CODES,
        input::cloudformation::cdk::codes::CODES,
        input::aws_config::codes::CODES,
        resource::codes::CODES,
        control::codes::CODES,
        rule::codes::CODES,
        exception::codes::CODES,
        evaluation::codes::CODES,
        report::read::CODES,
        evidence::codes::CODES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
