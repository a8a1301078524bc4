//! Terraform inputs.

mod source;
