//! Terraform inputs. OpenTofu writes the same formats.

pub mod codes;
pub mod detect;
pub mod plan;
pub mod state;
