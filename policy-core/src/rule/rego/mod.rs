//! Rego rules on regorus' interpreter.
