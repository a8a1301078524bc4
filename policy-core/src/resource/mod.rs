//! The resource model: one vocabulary for every input.
//!
//! Readers hand over [`NativeResource`]s; [`build`] folds them into an [`Inventory`] along the [`TypeMap`]. Rules see
//! canonical attributes only and never learn which format they came from.

mod acl;
mod address;
mod arn_pattern;
mod backup;
mod block_device;
mod cidr;
mod classic_listener;
mod classify;
pub mod codes;
mod coerce;
mod context;
mod defaults;
mod extract;
mod facet;
mod fragment;
mod iam;
mod iam_document;
mod iam_text;
mod identity;
mod inventory;
mod key_kind;
mod kind;
mod lambda_permission;
mod model;
mod network_acl;
mod path;
mod plaintext;
mod prefix_list;
mod previous;
mod public_policy;
mod reference;
mod relation;
mod rules;
mod satellite;
mod security_group;
mod settle;
mod tags;
mod transform;
mod transform_list;
mod typemap_file;
mod typemap_load;
mod typemap_overlay;
mod world;
mod world_rules;

pub use address::{AddressError, InstanceKey, ModuleStep, ResourceAddress, ResourceMode};
pub(crate) use address::{TraversalStep, module_text, traversal};
pub use backup::{BackupSelection, backup_selections, close_backups};
pub use context::ContextOptions;
pub use inventory::build;
pub use kind::{AttributeSpec, Kind, TypeMap, TypeMapError, UnknownSelector, ValueType};
pub use model::{
    Attribute, Cell, Change, Context, Derived, Edge, EdgeOrigin, Evidence, Inventory, Lifecycle, ModuleCalls,
    NativeResource, Origin, Provenance, ProviderContext, Reference, Relation, Resource, ResourceId,
    SourceKind,
};

pub use previous::take_previous;

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
