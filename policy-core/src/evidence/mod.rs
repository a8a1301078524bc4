//! Evidence: what an auditor can keep, check and compute from.

pub(crate) mod canonical;
pub mod merkle;
