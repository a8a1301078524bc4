//! CloudFormation inputs.
//!
//! A template is evaluated as far as its text and the caller's [`InputContext`](super::InputContext) tell: parameters,
//! conditions and intrinsic functions become values, and whatever cannot be decided becomes an unknown with its reason,
//! never a text that happens to look like one.

mod bind;
mod branches;
pub mod cdk;
pub mod change_set;
mod cidr;
pub mod codes;
mod conditions;
mod evaluate;
mod expression;
mod find_in_map;
mod intrinsics;
mod locate;
mod mappings;
mod parameter_file;
pub mod nested;
mod parameters;
mod pseudo;
mod template;
mod text;
mod truth;

#[cfg(test)]
mod tests;

pub use parameter_file::read_parameters;
pub use template::read;
