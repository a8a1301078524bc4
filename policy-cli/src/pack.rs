//! The control pack in the binary.

use std::sync::Arc;

use policy_core::source::Source;

/// Path below `controls/` and text.
static PACK: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pack.rs"));

/// The texts of the shipped controls, under names that say where they come from.
pub(crate) fn sources() -> Vec<Arc<Source>> {
    texts(|name| !name.starts_with(MAPPINGS) && !name.starts_with(PACKS))
}

/// The texts of the packs of the shipped controls.
pub(crate) fn packs() -> Vec<Arc<Source>> {
    texts(|name| name.starts_with(PACKS))
}

/// The texts of the mapping files of the shipped controls.
pub(crate) fn mappings() -> Vec<Arc<Source>> {
    texts(|name| name.starts_with(MAPPINGS))
}

const MAPPINGS: &str = "mappings/";
const PACKS: &str = "packs/";

fn texts(wanted: impl Fn(&str) -> bool) -> Vec<Arc<Source>> {
    let found = PACK.iter().filter(|(name, _)| wanted(name));
    found
        .map(|(name, text)| Source::new(format!("controls/{name}"), *text))
        .collect()
}
