//! What a plan cannot tell yet, filled in from its source.
//!
//! A text that names a resource which is still to be made is one unknown in a plan: of a policy made by `jsonencode`
//! nothing is left, although all but an ARN in it is written down. The source tells the rest. A plan decides and the source
//! explains: known values of a plan are never replaced, and where the two contradict each other the source is not believed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Level};
use crate::input::LoadedInput;
use crate::input::terraform::codes;
use crate::resource::{Lifecycle, NativeResource};
use crate::value::{AttributePath, Map, Value};

/// Gives unknown values of a plan the structure that its source shows of them.
///
/// `source` is the evaluation of the root module that the plan was made of, with the values of its variables
/// ([`plan::root_variables`](super::plan::root_variables)). What was unknown as a whole becomes what the source says, as long
/// as that has an unknown in it, too: the two then agree on what cannot be known before the change is applied.
///
/// Where the two differ on a value that both know, or the source has errors, everything stays as the plan has it, with the
/// warning TFP023 or TFP024: a policy may be attached to one resource and written at another, so one difference is enough.
pub fn open_with_source(plan: &mut LoadedInput, source: &LoadedInput) {
    let broken: Vec<&Diagnostic> = source
        .diagnostics
        .iter()
        .filter(|found| found.level == Level::Error)
        .collect();
    if let Some(first) = broken.first() {
        let mut warning = Diagnostic::new(
            &codes::TFP024,
            format!("the source of the plan does not evaluate: {}", first.message),
        );
        warning.labels = first.labels.clone();
        plan.diagnostics.push(warning);
        return;
    }
    let written: BTreeMap<&str, &NativeResource> = source
        .resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource))
        .collect();
    let mut pairs = Vec::new();
    for planned in &mut plan.resources {
        if let Some(written) = written.get(planned.id.as_str())
            && planned.lifecycle == Lifecycle::Managed
            && planned.native_type == written.native_type
        {
            if let Some(path) = contradiction(&planned.values, &written.values, &AttributePath::default()) {
                plan.diagnostics.push(differs(planned, written, &path));
                return;
            }
            pairs.push((planned, written));
        }
    }
    for (planned, written) in pairs {
        open(&mut planned.values, &written.values);
    }
}

fn differs(planned: &NativeResource, written: &NativeResource, path: &AttributePath) -> Diagnostic {
    let message = format!(
        "`{path}` of `{}` is not what the plan says; the plan was made of other source",
        planned.id
    );
    let warning = Diagnostic::new(&codes::TFP023, message)
        .help("plan again, or name the directory, variables and workspace that the plan was made with");
    match &written.origin.block {
        Some(block) => warning.at(block),
        None => warning,
    }
}

/// The first place at which the two know different values.
fn contradiction(planned: &Value, written: &Value, path: &AttributePath) -> Option<AttributePath> {
    match (planned.revealed(), written.revealed()) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        // What is not written is for the provider to say.
        (_, Value::Null) => None,
        (Value::Null, written) => (!is_empty(written)).then(|| path.clone()),
        // A document that the plan knows as a text, and the source with holes.
        (Value::String(_), Value::Map(_) | Value::List(_)) if holds_unknown(written) => None,
        (Value::Map(planned), Value::Map(written)) => planned.iter().find_map(|(key, planned)| {
            let written = written.get(key)?;
            contradiction(planned, written, &path.key(key))
        }),
        // A set has no order of its own, so an element may stand anywhere.
        (Value::List(planned), Value::List(written)) if planned.len() == written.len() => {
            let stands_nowhere = |(index, planned): (usize, &Value)| {
                let here = written.get(index).is_some_and(|written| agrees(planned, written));
                !here && !written.iter().any(|written| agrees(planned, written))
            };
            let index = planned.iter().enumerate().position(stands_nowhere)?;
            let pair = planned.get(index).zip(written.get(index));
            pair.and_then(|(planned, written)| contradiction(planned, written, &path.index(index)))
        }
        (planned, written) => {
            (scalar(planned).is_none() || scalar(planned) != scalar(written)).then(|| path.clone())
        }
    }
}

fn agrees(planned: &Value, written: &Value) -> bool {
    contradiction(planned, written, &AttributePath::default()).is_none()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(members) => members.is_empty(),
        _ => false,
    }
}

/// A scalar as text: the provider's schema turns `"8"` into `8` and `true` into `"true"`.
fn scalar(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::Bool(value) => Some(value.to_string().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn open(planned: &mut Value, written: &Value) {
    match (planned, written.revealed()) {
        (Value::Sensitive(inner), written) => open(inner, written),
        (planned @ Value::Unknown(_), Value::Map(_) | Value::List(_)) if holds_unknown(written) => {
            *planned = written.clone();
        }
        (Value::Map(planned), Value::Map(written)) => open_members(planned, written),
        (Value::List(planned), Value::List(written)) if planned.len() == written.len() => {
            planned
                .iter_mut()
                .zip(written)
                .filter(|(planned, written)| agrees(planned, written))
                .for_each(|(planned, written)| open(planned, written));
        }
        _ => {}
    }
}

fn open_members(planned: &mut Map, written: &Map) {
    for (key, written) in written {
        if let Some(planned) = planned.get_mut(key) {
            open(planned, written);
        }
    }
}

fn holds_unknown(value: &Value) -> bool {
    let mut found = false;
    value.for_each_unknown(&AttributePath::default(), &mut |_, _| found = true);
    found
}
