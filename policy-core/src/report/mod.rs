//! Serialised results.
