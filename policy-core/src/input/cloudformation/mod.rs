//! CloudFormation inputs.
//!
//! A template is evaluated as far as its text and the caller's [`InputContext`](super::InputContext) tell: parameters,
//! conditions and intrinsic functions become values, and whatever cannot be decided becomes an unknown with its reason,
//! never a text that happens to look like one.
//!
//! Before that it is written out, each step on the tree of the one before: included files take the place of the calls
//! that name them, loops become their turns, and serverless resources become what the SAM transform makes of them. The
//! nodes keep their places through all of it, so that every value leads back to the text somebody wrote. Nested stacks
//! are read with what their outer template passes, into the same inventory.

mod branches;
mod cidr;
pub mod codes;
mod conditions;
mod evaluate;
mod expression;
mod files;
mod find_in_map;
mod include;
mod intrinsics;
mod locate;
mod loops;
mod mappings;
mod order;
mod parameter_file;
mod parameters;
mod placeholders;
mod pseudo;
mod resource;
mod rules;
mod scope;
mod serverless;
mod stacks;
mod synthetic;
mod template;
mod text;
mod to_json_string;
mod transforms;
mod truth;

#[cfg(test)]
mod tests;

pub use files::TemplateFiles;
pub use parameter_file::read_parameters;
pub use template::{read, read_with_files};
