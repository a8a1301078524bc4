//! Evidence: what an auditor can keep, check and compute from.
//!
//! Everything here is made from what was written down before (controls, exceptions, saved reports) and reads no clock, no
//! file and no network.

pub mod attestation;
pub(crate) mod canonical;
pub mod codes;
pub mod log;
pub mod merkle;
pub mod metrics;
pub mod package;
pub mod record;
pub mod remediation;
