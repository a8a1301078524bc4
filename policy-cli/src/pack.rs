//! The control pack in the binary.

use std::sync::Arc;

use policy_core::source::Source;

/// Path below `controls/` and text.
static PACK: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// The texts of the shipped controls, under names that say where they come from.
pub(crate) fn sources() -> Vec<Arc<Source>> {
    PACK.iter().map(|(name, text)| Source::new(format!("controls/{name}"), *text)).collect()
}
