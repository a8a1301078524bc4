//! From rules and resources to outcomes and findings.
