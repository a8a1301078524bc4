//! Terraform inputs. OpenTofu writes the same formats.

pub mod codes;
pub mod detect;
pub mod plan;
pub mod state;

/// Placeholder until the source reader is merged.
pub fn locate_in_source(
    _input: &mut super::LoadedInput,
    _files: &std::collections::BTreeMap<String, std::sync::Arc<crate::source::Source>>,
) {
}
