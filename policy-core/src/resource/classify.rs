//! What each native resource is in the words of the typemap.

use std::sync::Arc;

use super::kind::{Join, Kind, TypeMap};
use super::model::{Lifecycle, NativeResource, SourceKind};
use super::path::{Folding, Slot, is_certainly_present, is_unrecorded, read};
use crate::value::Value;

/// The place of a native resource in the typemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// Position of its kind.
    pub(super) kind: Option<usize>,
    /// Its Terraform type, or the native one when no kind knows it.
    pub(super) resource_type: Arc<str>,
    /// Kinds it can be folded into, with the position among their satellites.
    pub(super) satellite_of: Vec<(usize, usize)>,
    /// The types it can be, when what tells them apart was not recorded; empty when that is clear.
    pub(super) possible_types: Vec<Arc<str>>,
}

pub(super) fn classify(native: &NativeResource, typemap: &TypeMap) -> Class {
    let unmapped = |satellite_of| Class {
        kind: None,
        resource_type: native.native_type.clone(),
        satellite_of,
        possible_types: Vec::new(),
    };
    // A data source has the attributes of something else than a resource of the same name.
    if native.lifecycle == Lifecycle::Data {
        return unmapped(Vec::new());
    }
    let kind = match native.source {
        SourceKind::Terraform => typemap.by_terraform.get(&native.native_type).copied(),
        SourceKind::CloudFormation => typemap.by_cloudformation.get(&native.native_type).copied(),
        SourceKind::AwsConfig => config_kind(native, typemap),
    };
    let satellite_of = match native.source {
        // A configuration item holds everything itself but what is set for its account, and its type names can mean
        // other things than in a template.
        SourceKind::AwsConfig => satellite_of(native, typemap, |join| *join == Join::Account),
        _ => satellite_of(native, typemap, |_| true),
    };
    match kind.and_then(|index| typemap.kinds.get(index).map(|kind| (index, kind))) {
        Some((index, kind)) => {
            let (resource_type, possible_types) = resource_type(native, kind);
            Class {
                kind: Some(index),
                resource_type,
                satellite_of,
                possible_types,
            }
        }
        None => unmapped(satellite_of),
    }
}

fn satellite_of(
    native: &NativeResource,
    typemap: &TypeMap,
    wanted: impl Fn(&Join) -> bool,
) -> Vec<(usize, usize)> {
    let slots = typemap.by_satellite.get(&native.native_type);
    let join = |&(kind, position): &(usize, usize)| {
        let spec = typemap.kinds.get(kind)?.satellites.get(position)?;
        Some(&spec.join)
    };
    slots
        .into_iter()
        .flatten()
        .filter(|slot| join(slot).is_some_and(&wanted))
        .copied()
        .collect()
}

/// Several kinds share a type in AWS Config; one of them says by which value it is told from the rest.
fn config_kind(native: &NativeResource, typemap: &TypeMap) -> Option<usize> {
    let candidates = typemap.by_config.get(&native.native_type)?;
    let mut general = None;
    for &index in candidates {
        let Some(when) = typemap
            .kinds
            .get(index)
            .and_then(|kind| kind.config_when.as_ref())
        else {
            general = general.or(Some(index));
            continue;
        };
        let slots = read(&native.values, &when.path, Folding::Loose).slots;
        let found = slots
            .iter()
            .filter_map(|slot| slot.value.as_ref().and_then(Value::as_str));
        if found
            .into_iter()
            .any(|text| when.values.iter().any(|value| value.eq_ignore_ascii_case(text)))
        {
            return Some(index);
        }
    }
    general
}

/// The Terraform type, and all that it can be when the value that tells them apart was not recorded.
fn resource_type(native: &NativeResource, kind: &Kind) -> (Arc<str>, Vec<Arc<str>>) {
    if native.source == SourceKind::Terraform {
        return (native.native_type.clone(), Vec::new());
    }
    let folding = folding(native.source, kind);
    let mut doubtful = Vec::new();
    let mut certain = None;
    let of_type = |variant: &&super::kind::Variant| {
        variant.source == native.source && variant.native_type == native.native_type
    };
    for variant in kind.variants.iter().filter(of_type) {
        let Some(path) = &variant.when else {
            certain = Some(variant.terraform.clone());
            break;
        };
        let named = |slot: &Slot| {
            let found = slot.value.as_ref().and_then(Value::as_str);
            found.is_some_and(|found| variant.values.iter().any(|value| &**value == found))
        };
        let matches = if variant.values.is_empty() {
            is_certainly_present(&native.values, path, folding)
        } else {
            read(&native.values, path, folding).slots.iter().any(named)
        };
        if matches {
            certain = Some(variant.terraform.clone());
            break;
        }
        // Where it is open whether the path is there, the general type stays, and the controls for it decide. Where it
        // was not recorded, nobody else says it either.
        let slots = read(&native.values, path, folding).slots;
        if !slots
            .iter()
            .any(|slot| slot.value.as_ref().is_some_and(is_unrecorded))
        {
            continue;
        }
        doubtful.push(variant.terraform.clone());
    }
    let general = certain
        .or_else(|| kind.terraform.first().cloned())
        .unwrap_or_else(|| native.native_type.clone());
    doubtful.retain(|other| *other != general);
    if !doubtful.is_empty() {
        doubtful.insert(0, general.clone());
    }
    (general, doubtful)
}

/// How the native keys of a source are compared.
pub(super) fn folding(source: SourceKind, kind: &Kind) -> Folding {
    if source == SourceKind::AwsConfig && kind.config_folded {
        Folding::Loose
    } else {
        Folding::Exact
    }
}
