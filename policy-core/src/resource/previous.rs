//! The resources as they were before a change.

use std::sync::Arc;

use super::model::{Lifecycle, NativeResource};
use crate::value::{Unknown, UnknownReason, Value};

/// The resources before the change that an input describes, under their present ids, so that what is the same resource
/// has the same id on both sides, also after a `moved` block. `None` for an input that describes no change.
///
/// A resource that is created is not among them; one that is removed is. References are those of the present source,
/// which decide only where a value before does not name something itself. A resource of which the input does not tell the
/// values before is unknown as a whole. The values before are moved out of `natives`.
pub fn take_previous(natives: &mut [NativeResource]) -> Option<Vec<NativeResource>> {
    if natives.iter().all(|native| native.change.is_none()) {
        return None;
    }
    Some(natives.iter_mut().filter_map(previous).collect())
}

fn previous(native: &mut NativeResource) -> Option<NativeResource> {
    let before = native.before.take();
    if native.lifecycle == Lifecycle::Data {
        return Some(native.clone());
    }
    let actions = native
        .change
        .as_ref()
        .map_or(&[][..], |change| change.actions.as_slice());
    let does = |name: &str| actions.iter().any(|action| **action == *name);
    if does("create") && !does("delete") {
        return None;
    }
    let values = match before.filter(|before| *before != Value::Null) {
        Some(before) => before,
        None if does("no-op") || actions.is_empty() || native.lifecycle == Lifecycle::Removed => {
            native.values.clone()
        }
        None => Value::Unknown(Arc::new(Unknown::new(UnknownReason::NotRecorded))),
    };
    Some(NativeResource {
        values,
        lifecycle: Lifecycle::Managed,
        ..native.clone()
    })
}
