//! Transforms over several values: list elements, key-value items, documents with foreign keys.

use std::sync::Arc;

use super::coerce::{coerce, without_domain};
use super::kind::{AttributeSpec, ValueType};
use super::path::{Folding, Reading, Slot, is_computed, member, read};
use super::transform::{Given, Place, block_of, convert, one};
use crate::value::{AttributePath, Domain, Map, Step, Unknown, UnknownReason, Value};

fn in_list(path: &AttributePath) -> bool {
    path.steps().iter().any(|step| matches!(step, Step::Index(_)))
}

fn unknown(reason: UnknownReason) -> Value {
    Value::from(Unknown::new(reason))
}

/// The one value that all places agree on. Places that disagree leave it unknown: no rule can be right about one value.
pub(super) fn agree(spec: &AttributeSpec, place: &Place<'_>, reading: Reading) -> Option<Given> {
    let silent = reading.slots.iter().any(|slot| slot.value.is_none());
    let mut given = reading
        .slots
        .into_iter()
        .filter_map(|slot| one(spec, place, slot));
    let first = given.next()?;
    if given.all(|other| other.value == first.value) && !(silent && reading.fanned) {
        return Some(first);
    }
    let path = block_of(&first.path);
    Some(Given::scalar(unknown(UnknownReason::Expression), path))
}

/// All values in one list.
pub(super) fn collect(spec: &AttributeSpec, place: &Place<'_>, reading: Reading) -> Option<Given> {
    let mut slots: Vec<Slot> = reading
        .slots
        .into_iter()
        .filter(|slot| slot.value.is_some())
        .collect();
    if slots.len() == 1 && slots.first().is_some_and(|slot| !in_list(&slot.path)) {
        let slot = slots.pop()?;
        let scalar = slot.value.as_ref().is_some_and(|value| value.as_list().is_none());
        let given = one(spec, place, slot)?;
        let count = given.value.as_list().map_or(0, <[Value]>::len);
        let elements = match count {
            1 if scalar => vec![given.path.clone()],
            _ => (0..count).map(|index| given.path.index(index)).collect(),
        };
        return Some(Given {
            value: element_types(spec, given.value),
            elements,
            ..given
        });
    }
    let path = block_of(&slots.first()?.path);
    let (mut values, mut elements) = (Vec::new(), Vec::new());
    for slot in slots {
        match slot.value.map(|value| convert(spec, value, place.satellite)) {
            Some(Value::List(items)) => {
                elements.extend((0..items.len()).map(|index| slot.path.index(index)));
                values.extend(items);
            }
            Some(value) => {
                values.push(value);
                elements.push(slot.path);
            }
            None => {}
        }
    }
    Some(Given {
        value: element_types(spec, Value::List(values)),
        path,
        elements,
        silent: false,
    })
}

/// References are texts also as list elements.
fn element_types(spec: &AttributeSpec, value: Value) -> Value {
    match value {
        Value::List(items) if spec.value_type == ValueType::Refs => Value::List(
            items
                .into_iter()
                .map(|item| coerce(item, ValueType::Ref))
                .collect(),
        ),
        other => other,
    }
}

/// One element per list element on the way, in order. An element that says nothing holds the default of the attribute;
/// where there is none, `null`, or an unknown boolean: leaving it out would let `all` overlook it.
pub(super) fn each(spec: &AttributeSpec, place: &Place<'_>, reading: &Reading) -> Option<Given> {
    if let [slot] = reading.slots.as_slice()
        && !in_list(&slot.path)
    {
        let value = slot.value.clone()?;
        if value.as_unknown().is_some() {
            return Some(Given::scalar(value, slot.path.clone()));
        }
    }
    let first = reading.slots.first()?;
    let mut silent = false;
    let (mut values, mut elements) = (Vec::new(), Vec::new());
    for slot in &reading.slots {
        match slot
            .value
            .clone()
            .map(|value| convert(spec, value, place.satellite))
        {
            Some(Value::List(items)) => {
                elements.extend((0..items.len()).map(|index| slot.path.index(index)));
                values.extend(items);
            }
            Some(value) => {
                values.push(value);
                elements.push(slot.path.clone());
            }
            None if in_list(&slot.path) => {
                silent = true;
                values.push(silent_element(spec, place));
                elements.push(slot.path.clone());
            }
            None => {}
        }
    }
    if values.is_empty() {
        return None;
    }
    Some(Given {
        value: Value::List(values),
        path: block_of(&first.path),
        elements,
        silent,
    })
}

/// Where the settings of an API stage apply. Terraform writes `path/method` in one text, CloudFormation a path that begins
/// with a slash and a method; both write a slash inside a path as `~1` (Amazon API Gateway API Reference, `MethodSetting`).
pub(super) fn method_paths(value: Value) -> Value {
    let canonical = |path: &str, method: &str| {
        let path = path.trim_start_matches('/').replace("~1", "/");
        Value::from(format!("{}/{method}", path.trim_start_matches('/')))
    };
    match value {
        Value::List(items) => Value::List(items.into_iter().map(method_paths).collect()),
        Value::String(text) => match text.rsplit_once('/') {
            Some((path, method)) => canonical(path, method),
            None => Value::String(text),
        },
        Value::Map(map) => {
            let text = |name: &str| map.get(name).map(Value::revealed);
            match (text("ResourcePath"), text("HttpMethod")) {
                (Some(Value::String(path)), Some(Value::String(method))) => canonical(path, method),
                // Settings without a path or a method apply to none.
                (None | Some(Value::Null), _) | (_, None | Some(Value::Null)) => Value::from(""),
                _ => Value::from(Unknown::new(UnknownReason::Expression)),
            }
        }
        other => other,
    }
}

fn silent_element(spec: &AttributeSpec, place: &Place<'_>) -> Value {
    match place.element_default {
        Some(value) if !matches!(value, Value::List(_)) => value.clone(),
        _ if spec.value_type == ValueType::Bool => {
            Value::from(Unknown::new(UnknownReason::ComputedDefault).with_domain(Domain::Bool))
        }
        _ => Value::Null,
    }
}

/// The least integer; elements that say nothing have none.
pub(super) fn least(reading: &Reading) -> Option<Given> {
    let mut least: Option<(i128, &AttributePath)> = None;
    for slot in &reading.slots {
        let Some(value) = &slot.value else { continue };
        let Some(number) = coerce(value.clone(), ValueType::Int).as_integer() else {
            return Some(Given::scalar(unknown_like(value), slot.path.clone()));
        };
        if least.is_none_or(|(known, _)| number < known) {
            least = Some((number, &slot.path));
        }
    }
    least.map(|(number, path)| {
        Given::scalar(Value::Number(crate::value::Number::Integer(number)), path.clone())
    })
}

/// An unknown for the reason of another value, about which its domain says nothing.
fn unknown_like(value: &Value) -> Value {
    match value.as_unknown() {
        Some(unknown) => Value::Unknown(without_domain(unknown)),
        None => unknown(UnknownReason::Expression),
    }
}

/// True when one element says true.
pub(super) fn any(reading: &Reading) -> Option<Given> {
    let values = reading
        .slots
        .iter()
        .filter_map(|slot| slot.value.clone().map(|value| (value, &slot.path)));
    decide(
        values
            .map(|(value, path)| (coerce(value, ValueType::Bool), path))
            .collect(),
        true,
    )
}

/// True when no element says or means false.
pub(super) fn all(reading: &Reading, element_default: Option<&Value>) -> Option<Given> {
    let silent = element_default.cloned().unwrap_or(Value::Bool(false));
    let values = reading
        .slots
        .iter()
        .filter(|slot| slot.value.is_some() || in_list(&slot.path));
    let values = values.map(|slot| {
        let value = slot.value.clone().unwrap_or_else(|| silent.clone());
        (coerce(value, ValueType::Bool), &slot.path)
    });
    let said_nothing = reading.slots.iter().any(|slot| slot.value.is_none());
    decide(values.collect(), false).map(|given| Given {
        silent: said_nothing,
        ..given
    })
}

/// Kleene: the decisive value if any element has it, else unknown if any is unknown, else the other value.
fn decide(values: Vec<(Value, &AttributePath)>, decisive: bool) -> Option<Given> {
    let found = values.iter().find(|(value, _)| value.as_bool() == Some(decisive));
    let open = || values.iter().find(|(value, _)| value.as_bool().is_none());
    let (value, path) = found.or_else(open).or_else(|| values.first())?;
    let value = match value {
        // There may be more than one unknown: the domain of the first is not that of the whole.
        Value::Unknown(unknown) => Value::Unknown(without_domain(unknown)),
        known => known.clone(),
    };
    Some(Given::scalar(value, (*path).clone()))
}

/// Finds the item with `key` in a list of `{key, value}`. Other shapes are already the value.
pub(super) fn key_value(value: Value, key: &str) -> Value {
    match value {
        Value::List(items) => find_item(&items, "key", "value", key),
        other => other,
    }
}

/// Finds a boolean parameter: Terraform writes `name` and `value`, CloudFormation `ParameterName` and `ParameterValue`, or
/// for RDS an object.
pub(super) fn parameter(value: Value, key: &str) -> Value {
    let found = match value {
        Value::List(items) => match find_item(&items, "name", "value", key) {
            Value::Null => find_item(&items, "parameter_name", "parameter_value", key),
            found => found,
        },
        Value::Map(map) => match member(&map, key, Folding::Exact) {
            Some((_, value)) => value.clone(),
            None => Value::Null,
        },
        other => return other,
    };
    // Parameter groups spell booleans as 1 and 0, too.
    match found.as_str() {
        Some("1" | "on" | "ON") => Value::Bool(true),
        Some("0" | "off" | "OFF") => Value::Bool(false),
        _ => found,
    }
}

fn find_item(items: &[Value], key_name: &str, value_name: &str, key: &str) -> Value {
    let mut open = None;
    for item in items {
        if item.as_unknown().is_some() {
            open = Some(item);
            continue;
        }
        let Some(map) = item.as_map() else { continue };
        let named = member(map, key_name, Folding::Loose).map(|(_, value)| value);
        match named {
            Some(name) if name.as_str() == Some(key) => {
                return member(map, value_name, Folding::Loose)
                    .map_or(Value::Null, |(_, value)| value.clone());
            }
            Some(name) if name.as_unknown().is_some() => open = Some(name),
            _ => {}
        }
    }
    // The item may be the one that is not known.
    open.map_or(Value::Null, unknown_like)
}

/// `setting { name, value }`: the path names the value, the item is found by its name.
pub(super) fn keyed_list(place: &Place<'_>, key: &str) -> Option<Slot> {
    let (value_name, block) = place.steps.split_last()?;
    for slot in read(place.root, block, place.folding).slots {
        let value = match slot.value? {
            Value::List(items) => find_item(&items, "name", value_name, key),
            Value::Unknown(unknown) => Value::Unknown(without_domain(&unknown)),
            item => find_item(&[item], "name", value_name, key),
        };
        if value != Value::Null {
            return Some(Slot {
                path: slot.path,
                value: Some(value),
            });
        }
    }
    None
}

/// The log group for a type of log: Terraform repeats a block with `log_type`, CloudFormation has a map keyed by it.
pub(super) fn log_group(value: Value, log_type: &str) -> Value {
    let publishing = |options: &Map, group: &str| {
        let on = member(options, "enabled", Folding::Loose)
            .map(|(_, value)| coerce(value.clone(), ValueType::Bool));
        match on {
            Some(Value::Bool(false)) => Value::Null,
            Some(Value::Unknown(unknown)) => Value::Unknown(without_domain(&unknown)),
            _ => member(options, group, Folding::Loose).map_or(Value::Null, |(_, value)| value.clone()),
        }
    };
    match value {
        Value::List(items) => {
            let mut open = Value::Null;
            for item in &items {
                let Some(options) = item.as_map() else {
                    open = unknown_like(item);
                    continue;
                };
                match options.get("log_type") {
                    Some(named) if named.as_str() == Some(log_type) => {
                        return publishing(options, "cloudwatch_log_group_arn");
                    }
                    Some(named) if named.as_unknown().is_some() => open = unknown_like(named),
                    _ => {}
                }
            }
            open
        }
        Value::Map(types) => {
            match member(&types, log_type, Folding::Loose).map(|(_, options)| options.revealed()) {
                Some(Value::Map(options)) => publishing(options, "cloud_watch_logs_log_group_arn"),
                Some(other) => other.clone(),
                None => Value::Null,
            }
        }
        other => other,
    }
}

/// Whether the root volume is encrypted. CloudFormation lists all devices; which one is the root is a matter of the AMI,
/// so only devices under one of the two usual names are recognised and everything else stays unknown.
pub(super) fn root_device(place: &Place<'_>) -> Option<Given> {
    let first = place.steps.first()?;
    if &**first != "BlockDeviceMappings" {
        let written = |value: &Value| !value.as_unknown().is_some_and(|unknown| is_computed(unknown));
        let slots = read(place.root, place.steps, place.folding).slots;
        let slot = slots
            .into_iter()
            .find(|slot| slot.value.as_ref().is_some_and(written))?;
        return Some(Given::scalar(coerce(slot.value?, ValueType::Bool), slot.path));
    }
    let devices = read(place.root, std::slice::from_ref(first), place.folding)
        .slots
        .pop()?;
    let Value::List(items) = devices.value? else {
        return None;
    };
    for (index, item) in items.iter().enumerate() {
        let name = item.get("DeviceName").and_then(Value::as_str);
        if matches!(name, Some("/dev/xvda" | "/dev/sda1")) {
            let encrypted = item.get("Ebs").and_then(|ebs| ebs.get("Encrypted"))?;
            let path = devices.path.index(index).key("Ebs").key("Encrypted");
            return Some(Given::scalar(coerce(encrypted.clone(), ValueType::Bool), path));
        }
    }
    None
}

/// The default version of a managed policy in AWS Config; every other shape is the document itself.
pub(super) fn default_version(value: Value) -> Value {
    let Value::List(versions) = value else {
        return value;
    };
    let is_default = |version: &&Value| {
        let flag = version
            .as_map()
            .and_then(|map| member(map, "is_default_version", Folding::Loose));
        flag.is_some_and(|(_, flag)| flag.as_bool() == Some(true))
    };
    let version = versions.iter().find(is_default);
    let document = version
        .and_then(Value::as_map)
        .and_then(|map| member(map, "document", Folding::Loose));
    document.map_or_else(
        || unknown(UnknownReason::NotRecorded),
        |(_, document)| document.clone(),
    )
}

/// `PublicReadWrite` and `public-read-write` are the same canned ACL; a recorded list of grants is none.
pub(super) fn kebab(text: &str) -> Value {
    if text.trim_start().starts_with('{') {
        return Value::Null;
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return unknown(UnknownReason::Expression);
    }
    let mut kebab = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        if c.is_ascii_uppercase() && !kebab.is_empty() && !kebab.ends_with('-') {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    Value::from(kebab)
}

/// Keys in camelCase at every level.
pub(super) fn camel_keys(value: Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.into_iter().map(camel_keys).collect()),
        Value::Map(map) => Value::Map(
            map.into_iter()
                .map(|(key, value)| (camel(&key), camel_keys(value)))
                .collect(),
        ),
        Value::Sensitive(inner) => camel_keys(*inner).into_sensitive(),
        other => other,
    }
}

fn camel(key: &str) -> Arc<str> {
    let mut letters = key.chars();
    match letters.next() {
        Some(first) if first.is_ascii_uppercase() => std::iter::once(first.to_ascii_lowercase())
            .chain(letters)
            .collect::<String>()
            .into(),
        _ => key.into(),
    }
}

/// The text behind standard base64; `None` when it is something else.
pub(super) fn decode_base64(text: &str) -> Option<String> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if text.is_empty() || !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for (position, group) in text.chunks(4).enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        let last = (position + 1) * 4 == text.len();
        if padding > 2 || (padding > 0 && !last) {
            return None;
        }
        let digits = group
            .iter()
            .take(4 - padding)
            .map(|byte| digit(*byte))
            .collect::<Option<Vec<u32>>>()?;
        let word = digits.iter().fold(0, |word, digit| word << 6 | digit) << (6 * padding);
        bytes.extend(word.to_be_bytes().iter().skip(1).take(3 - padding));
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(digit.into())
}
