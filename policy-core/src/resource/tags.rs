//! Effective tags: what the service will show, made of the resource's own tags and those of its provider or stack.

use std::sync::Arc;

use super::coerce::without_domain;
use super::kind::TagSpec;
use super::model::{Attribute, Cell, NativeResource, Provenance, SourceKind};
use super::path::{Folding, fold, is_computed, member, unlisted};
use super::reference::{native_value, top};
use crate::value::{AttributePath, Map, Unknown, UnknownReason, Value};

/// One layer of tags: nothing written, known keys, or unknown as a whole.
enum Layer {
    Nothing,
    Map(Map),
    /// Known keys, and elements that may be keys or nothing.
    Partial(Map, Arc<Unknown>),
    Unknown(Arc<Unknown>),
}

/// The effective tags of a resource. `spec` is `None` for types that the typemap does not know.
///
/// Tags are unknown as a whole when their keys are: a rule that asks for a tag may then neither pass nor fail.
pub(super) fn effective_tags(native: &NativeResource, spec: Option<&TagSpec>) -> Attribute {
    let mut open = None;
    let (own, path, inherits) = match native.source {
        SourceKind::Terraform => terraform(native, spec, &mut open),
        SourceKind::CloudFormation => {
            let key = spec
                .and_then(|spec| spec.cloudformation.as_deref())
                .unwrap_or("Tags");
            let taggable = spec.is_none_or(|spec| spec.cloudformation.is_some());
            (layer(native_value(native, key)), Some(top(key)), taggable)
        }
        SourceKind::AwsConfig => (config(native), Some(top("tags")), false),
    };
    let inherited = if inherits {
        // Unlike a resource's own argument, default tags that are not known were certainly written.
        match native.provider.default_tags.as_ref().and_then(Value::as_unknown) {
            Some(unknown) => Layer::Unknown(without_domain(unknown)),
            None => layer(native.provider.default_tags.as_ref()),
        }
    } else {
        Layer::Nothing
    };
    let declared = !matches!(&own, Layer::Nothing);
    let cell = match (own, inherited) {
        (Layer::Unknown(unknown), _) | (_, Layer::Unknown(unknown)) => Cell::Unknown(unknown),
        (own, inherited) => {
            for layer in [&own, &inherited] {
                if let Layer::Partial(_, unknown) = layer {
                    open.get_or_insert(unknown.clone());
                }
            }
            let mut map = into_map(inherited);
            map.extend(into_map(own));
            Cell::Known(Value::Map(map))
        }
    };
    let native_path = path.filter(|_| declared);
    Attribute {
        cell,
        provenance: Provenance {
            native_path,
            declared,
            open,
            ..Provenance::default()
        },
    }
}

fn into_map(layer: Layer) -> Map {
    match layer {
        Layer::Map(map) | Layer::Partial(map, _) => map,
        Layer::Nothing | Layer::Unknown(_) => Map::new(),
    }
}

/// Own tags, where they stand, and whether the provider adds its default tags. Sets `open` when there may be more.
fn terraform(
    native: &NativeResource,
    spec: Option<&TagSpec>,
    open: &mut Option<Arc<Unknown>>,
) -> (Layer, Option<AttributePath>, bool) {
    let key = spec.map_or(Some("tags"), |spec| spec.terraform.as_deref());
    let all = spec.map_or(Some("tags_all"), |spec| spec.terraform_all.as_deref());
    let Some(key) = key else {
        return (Layer::Nothing, None, false);
    };
    let written = native_value(native, key);
    if spec.is_some_and(|spec| spec.terraform_blocks) {
        return (layer(written), Some(top(key)), false);
    }
    let effective = all.and_then(|key| native_value(native, key).map(|value| (key, value)));
    let default_tags = native.provider.default_tags.as_ref();
    if let Some((all_key, value)) = effective
        && let Layer::Map(map) = layer(Some(value))
        && map.values().all(|value| value.as_unknown().is_none())
    {
        let place = match written {
            Some(tags) if *tags != Value::Null => key,
            _ => all_key,
        };
        match default_tags.and_then(Value::as_unknown) {
            // Terraform knew them when it planned: they are in `tags_all`.
            Some(unknown) if is_computed(unknown) => return (Layer::Map(map), Some(top(place)), false),
            // With default tags that depend on something unknown, `tags_all` may lack keys without a mark
            // (hashicorp/terraform-provider-aws issues 19583, 40065, 43448).
            Some(unknown) => {
                *open = Some(without_domain(unknown));
                return (Layer::Map(map), Some(top(place)), false);
            }
            // Complete only if it holds at least what is known to be in it: `tags_all` has been seen without default tags.
            None => {
                let defaults = into_map(layer(default_tags));
                if defaults.keys().all(|key| map.contains_key(key)) {
                    return (Layer::Map(map), Some(top(place)), false);
                }
            }
        }
    }
    // Unmapped types are taggable when they have the argument at all.
    let taggable = spec.is_some() || written.is_some() || effective.is_some();
    (layer(written), Some(top(key)), taggable)
}

fn config(native: &NativeResource) -> Layer {
    let of = |value: &Value| layer(Some(value));
    let own = native_value(native, "tags").map_or(Layer::Nothing, of);
    if matches!(&own, Layer::Map(map) if map.is_empty()) || matches!(own, Layer::Nothing) {
        // Some items record the tags inside their configuration only.
        let inner = native_value(native, "configuration").and_then(Value::as_map);
        let inner = inner
            .and_then(|map| member(map, "tags", Folding::Loose))
            .map(|(_, value)| of(value));
        return match inner {
            Some(Layer::Nothing) | None => own,
            Some(inner) => inner,
        };
    }
    own
}

/// Reads tags as a map, or as a list of `{Key, Value}` in any case.
fn layer(value: Option<&Value>) -> Layer {
    let Some(value) = value else { return Layer::Nothing };
    let sensitive = matches!(value, Value::Sensitive(_));
    let mark = |value: &Value| {
        if sensitive {
            value.clone().into_sensitive()
        } else {
            value.clone()
        }
    };
    match value.revealed() {
        Value::Null => Layer::Nothing,
        Value::Unknown(unknown) if is_computed(unknown) => Layer::Nothing,
        Value::Unknown(unknown) => Layer::Unknown(without_domain(unknown)),
        Value::Map(map) => {
            // Some of the tags only: whether any other is there, nobody knows.
            if let Some(rest) = unlisted(map).and_then(|(_, rest)| rest.as_unknown()) {
                return Layer::Unknown(without_domain(rest));
            }
            let known = map.iter().filter(|(_, value)| **value != Value::Null);
            Layer::Map(known.map(|(key, value)| (key.clone(), mark(value))).collect())
        }
        Value::List(items) => {
            let mut tags = Map::new();
            let mut open = None;
            for item in items {
                match pair(item) {
                    Ok(Some((key, value))) => {
                        tags.insert(key, mark(&value));
                    }
                    Ok(None) => {}
                    Err(unknown) => open = open.or(Some(unknown)),
                }
            }
            match open {
                Some(unknown) => Layer::Partial(tags, unknown),
                None => Layer::Map(tags),
            }
        }
        _ => Layer::Unknown(Arc::new(Unknown::new(UnknownReason::Expression))),
    }
}

/// One tag of a list; an unknown when its key is.
fn pair(item: &Value) -> Result<Option<(Arc<str>, Value)>, Arc<Unknown>> {
    if let Some(unknown) = item.as_unknown() {
        return Err(without_domain(unknown));
    }
    let Some(map) = item.as_map() else { return Ok(None) };
    let field = |name: &str| {
        map.iter()
            .find(|(key, _)| fold(key) == name)
            .map(|(_, value)| value)
    };
    let rest = unlisted(map).map(|(_, rest)| rest);
    let Some(key) = field("key").or(rest) else {
        return Ok(None);
    };
    if let Some(unknown) = key.as_unknown() {
        return Err(without_domain(unknown));
    }
    let Some(key) = key.as_str() else { return Ok(None) };
    let value = match field("value").or(rest) {
        None | Some(Value::Null) => "".into(),
        Some(Value::Number(number)) => Value::from(number.to_string()),
        Some(Value::Bool(value)) => Value::from(if *value { "true" } else { "false" }),
        Some(value) => value.clone(),
    };
    Ok(Some((key.into(), value)))
}

#[cfg(test)]
#[path = "tags_tests.rs"]
mod tests;
