//! The resource model: one vocabulary for every input.

mod address;
mod model;

pub use address::{AddressError, InstanceKey, ModuleStep, ResourceAddress, ResourceMode};
pub use model::{
    Attribute, Cell, Change, Context, Derived, Edge, EdgeOrigin, Evidence, Inventory, Lifecycle,
    NativeResource, Origin, Provenance, ProviderContext, Reference, Relation, Resource, ResourceId, SourceKind,
};

/// Resolves an environment name: the well-known aliases, ignoring case; other names in lower case.
pub(crate) fn environment_alias(name: &str) -> std::sync::Arc<str> {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "production" | "prd" | "live" => "prod".into(),
        "development" => "dev".into(),
        "stage" | "stg" | "uat" => "staging".into(),
        "testing" => "test".into(),
        _ => name.into(),
    }
}
