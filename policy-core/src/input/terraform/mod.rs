//! Terraform inputs.
