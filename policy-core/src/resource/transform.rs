//! How native values become canonical ones: a closed list, named by the typemap.

use std::sync::Arc;

use super::coerce::{LARGEST_DOMAIN, coerce, distinct, read_bool, typed_unknown};
use super::iam_document::{self, DocumentProblem};
use super::kind::{AttributeSpec, ValueType};
use super::path::{Folding, Reading, Slot, closed, is_computed, is_maybe_dynamic, read};
use super::plaintext;
use super::transform_list as lists;
use crate::value::{AttributePath, Domain, Step, Unknown, UnknownReason, Value};

/// A transform of the typemap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Transform {
    Same,
    /// True when equal to the text; booleans stay.
    Eq(Arc<str>),
    /// True when something is there; booleans stay.
    Present,
    NonEmpty,
    First,
    /// A list with one element per list element on the way.
    Each,
    EachLower,
    /// The least of several; elements that say nothing do not count.
    EachMin,
    Any,
    All,
    Flatten,
    /// All alternatives together instead of the first that is present.
    Union,
    /// The value of the item with this key in a list of `{key, value}`; other values stay.
    KeyValue(Arc<str>),
    /// The same for a list of blocks with `name` and `value`.
    KeyedList(Arc<str>),
    /// A boolean parameter of a parameter group.
    Parameter(Arc<str>),
    /// The log group that receives this type of log.
    Log(Arc<str>),
    Policy,
    Policies,
    DefaultVersion,
    Json,
    /// A JSON text with camelCase keys and objects with PascalCase keys are brought to camelCase.
    JsonPascal,
    AclCase,
    /// The grants of an access control list, one entry per grantee and permission.
    AclGrants,
    /// Policy documents, also from permissions that are resources of their own.
    Permissions,
    YearsToDays,
    Base64,
    ListOrCsv,
    Lower,
    BoolToState,
    ZeroIsNever,
    RootDevice,
    /// Whether each volume that a launch makes is encrypted.
    Volumes,
    Redact,
    /// What is written down in an environment or a script, by name and form.
    Plaintext,
    SecurityGroupRules,
    NetworkAclRules,
    /// The listeners of a Classic Load Balancer with their security policies.
    ClassicListeners,
    /// Which methods the settings of an API stage are for, as `path/method`; `*/*` is every method.
    MethodPaths,
    /// Whether a relation has members.
    Relation(Arc<str>),
}

impl Transform {
    /// The transform that the typemap names; `None` for every other text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) if !argument.is_empty() => (name, Some(Arc::from(argument))),
            Some(_) => return None,
            None => (text, None),
        };
        Some(match (name, argument) {
            // Coercion to the attribute's type does the work of the last three.
            ("same" | "coalesce" | "int" | "string-bool" | "list", None) => Self::Same,
            ("eq", Some(value)) => Self::Eq(value),
            ("present", None) => Self::Present,
            ("nonempty", None) => Self::NonEmpty,
            ("first", None) => Self::First,
            ("each", None) => Self::Each,
            ("each-lower", None) => Self::EachLower,
            ("each-min", None) => Self::EachMin,
            ("any", None) => Self::Any,
            ("all", None) => Self::All,
            ("flatten", None) => Self::Flatten,
            ("union", None) => Self::Union,
            ("kvattr", Some(key)) => Self::KeyValue(key),
            ("kvlist", Some(key)) => Self::KeyedList(key),
            ("param", Some(key)) => Self::Parameter(key),
            ("log", Some(key)) => Self::Log(key),
            ("policy" | "policy-urlencoded", None) => Self::Policy,
            ("policies", None) => Self::Policies,
            ("policy-default-version", None) => Self::DefaultVersion,
            ("json", None) => Self::Json,
            ("json-pascal", None) => Self::JsonPascal,
            ("acl-case", None) => Self::AclCase,
            ("acl-grants", None) => Self::AclGrants,
            ("permissions", None) => Self::Permissions,
            ("years-to-days", None) => Self::YearsToDays,
            ("base64", None) => Self::Base64,
            ("list-or-csv", None) => Self::ListOrCsv,
            ("lower", None) => Self::Lower,
            ("bool-to-state", None) => Self::BoolToState,
            ("zero-is-never", None) => Self::ZeroIsNever,
            ("root-device", None) => Self::RootDevice,
            ("volumes", None) => Self::Volumes,
            ("redact", None) => Self::Redact,
            ("plaintext", None) => Self::Plaintext,
            ("sg-rules", None) => Self::SecurityGroupRules,
            ("nacl-rules", None) => Self::NetworkAclRules,
            ("method-paths", None) => Self::MethodPaths,
            ("classic-listeners", None) => Self::ClassicListeners,
            ("relation", Some(name)) => Self::Relation(name),
            _ => return None,
        })
    }

    /// The relation it asks about.
    pub(super) fn relation(&self) -> Option<&Arc<str>> {
        match self {
            Self::Relation(name) => Some(name),
            _ => None,
        }
    }

    /// All alternatives count, and all satellites of one type.
    pub(super) fn merges(&self) -> bool {
        matches!(self, Self::Union | Self::Policies | Self::Permissions)
    }
}

/// A canonical value and where it was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) path: AttributePath,
    /// For lists: where each element was read.
    pub(super) elements: Vec<AttributePath>,
    /// An element said nothing, and the default of the attribute stands for it.
    pub(super) silent: bool,
}

impl Given {
    pub(super) fn scalar(value: Value, path: AttributePath) -> Self {
        Self {
            value,
            path,
            elements: Vec::new(),
            silent: false,
        }
    }
}

/// One place to read an attribute from.
pub(super) struct Place<'a> {
    pub(super) root: &'a Value,
    pub(super) steps: &'a [Arc<str>],
    pub(super) folding: Folding,
    /// It is a satellite: that it exists is known whatever its values are.
    pub(super) satellite: bool,
    /// What an element holds that says nothing.
    pub(super) element_default: Option<&'a Value>,
}

/// What is known about the block around an attribute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    /// It exists.
    pub(super) container: bool,
    /// Nobody wrote it, unless a `dynamic` block did: a plan does not show those.
    pub(super) maybe_dynamic: bool,
}

impl Around {
    pub(super) fn add(&mut self, other: Self) {
        self.container |= other.container;
        self.maybe_dynamic |= other.maybe_dynamic;
    }
}

/// What reading one place came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// `None`: the author wrote nothing here.
    pub(super) given: Option<Given>,
    pub(super) around: Around,
    /// Documents that cannot be read.
    pub(super) problems: Vec<(AttributePath, DocumentProblem)>,
}

/// Reads an attribute at one place.
pub(super) fn apply(spec: &AttributeSpec, place: &Place<'_>) -> Outcome {
    let mut reading = read(place.root, place.steps, place.folding);
    let around = drop_computed(spec, place, &mut reading);
    let mut outcome = Outcome {
        around,
        ..Outcome::default()
    };
    let given = match &spec.transform {
        Transform::Each | Transform::EachLower => lists::each(spec, place, &reading),
        Transform::EachMin => lists::least(&reading),
        Transform::Plaintext => plaintext::entries(&reading),
        Transform::Any => lists::any(&reading),
        Transform::All => lists::all(&reading, place.element_default),
        Transform::First => reading
            .slots
            .into_iter()
            .find(|slot| slot.value.is_some())
            .and_then(|slot| one(spec, place, slot)),
        Transform::Policy | Transform::DefaultVersion => {
            let slot = reading.slots.into_iter().find(|slot| slot.value.is_some());
            slot.and_then(|slot| policy(spec, slot, &mut outcome.problems))
        }
        Transform::Policies | Transform::Permissions => policies(reading, &mut outcome.problems),
        Transform::AclGrants => super::acl::grants(reading),
        Transform::YearsToDays => years_to_days(spec, place, reading),
        Transform::KeyedList(key) => lists::keyed_list(place, key).and_then(|slot| one(spec, place, slot)),
        Transform::RootDevice => lists::root_device(place),
        Transform::Volumes => super::block_device::volumes(place),
        Transform::SecurityGroupRules
        | Transform::NetworkAclRules
        | Transform::ClassicListeners
        | Transform::Relation(_) => None,
        _ if spec.value_type.is_list() => lists::collect(spec, place, reading),
        _ => lists::agree(spec, place, reading),
    };
    outcome.given = given
        .filter(|given| given.value != Value::Null)
        .map(|given| finish(spec, given));
    outcome
}

/// Takes out what the provider will fill in. Only where it can: an unknown in a plain argument was written by somebody.
fn drop_computed(spec: &AttributeSpec, place: &Place<'_>, reading: &mut Reading) -> Around {
    let in_block = place.steps.len() > 1;
    let mut around = Around {
        container: reading.container,
        maybe_dynamic: false,
    };
    for slot in &mut reading.slots {
        let Some(unknown) = slot.value.as_ref().and_then(Value::as_unknown) else {
            continue;
        };
        let dynamic = in_block && is_maybe_dynamic(unknown);
        if dynamic || (is_computed(unknown) && (in_block || spec.optional_computed)) {
            slot.value = None;
            around.maybe_dynamic |= dynamic;
            // It was the block that is unknown, and a block that nobody wrote is none.
            let keys = slot
                .path
                .steps()
                .iter()
                .filter(|step| matches!(step, Step::Key(_)))
                .count();
            around.container &= keys >= place.steps.len();
        }
    }
    around
}

fn finish(spec: &AttributeSpec, given: Given) -> Given {
    let redact = spec.sensitive || spec.transform == Transform::Redact;
    let value = match given.value {
        Value::Unknown(unknown) => Value::Unknown(typed_unknown(&unknown, spec.result_type(), &spec.values)),
        // Nothing has nothing to hide, and whether there is something is no secret.
        Value::List(items) if items.is_empty() => Value::List(items),
        Value::Map(members) if members.is_empty() => Value::Map(members),
        value if redact => value.into_sensitive(),
        value => value,
    };
    Given { value, ..given }
}

/// The canonical value of one slot.
pub(super) fn one(spec: &AttributeSpec, place: &Place<'_>, slot: Slot) -> Option<Given> {
    let value = convert(spec, slot.value?, place.satellite);
    // An empty text is how a name or key is said not to be there: both providers send nothing for it.
    let blank = value.as_str().is_some_and(str::is_empty);
    (!blank).then(|| Given::scalar(value, slot.path))
}

/// Converts one value; what is unknown keeps its reason and converts its domain.
pub(super) fn convert(spec: &AttributeSpec, value: Value, satellite: bool) -> Value {
    match value {
        Value::Sensitive(inner) => match convert(spec, *inner, satellite) {
            value @ (Value::Null | Value::Unknown(_)) => value,
            value => value.into_sensitive(),
        },
        Value::Unknown(unknown) => match (&spec.transform, &unknown.domain) {
            (Transform::Present, _) if satellite => Value::Bool(true),
            (Transform::Present, _) if unknown.non_null && spec.value_type != ValueType::Bool => {
                Value::Bool(true)
            }
            (_, Some(Domain::AnyOf(values))) if values.len() <= LARGEST_DOMAIN => {
                let values: Vec<Value> = values
                    .iter()
                    .map(|value| convert_known(spec, value.clone()))
                    .collect();
                let known = values.iter().all(|value| value.as_unknown().is_none());
                let domain = known.then(|| Domain::AnyOf(distinct(values)));
                Value::Unknown(Arc::new(Unknown {
                    domain,
                    ..Unknown::clone(&unknown)
                }))
            }
            (Transform::Same | Transform::First | Transform::Redact, _) => Value::Unknown(unknown),
            // A domain of another type says nothing about what the transform makes of it.
            _ => Value::Unknown(Arc::new(Unknown {
                domain: None,
                ..Unknown::clone(&unknown)
            })),
        },
        known => convert_known(spec, known),
    }
}

fn convert_known(spec: &AttributeSpec, value: Value) -> Value {
    let value = match &spec.transform {
        Transform::Eq(wanted) => match value.as_str() {
            Some(text) => match read_bool(text) {
                Some(read) => Value::Bool(read),
                None => Value::Bool(text.eq_ignore_ascii_case(wanted)),
            },
            None => value,
        },
        Transform::Present => match value {
            Value::Null | Value::Bool(_) => value,
            Value::String(text) => Value::Bool(!text.is_empty()),
            Value::List(items) => Value::Bool(!items.is_empty()),
            _ => Value::Bool(true),
        },
        Transform::NonEmpty => match value {
            Value::Null => value,
            Value::List(items) => Value::Bool(!items.is_empty()),
            Value::String(text) => Value::Bool(!text.is_empty()),
            Value::Map(map) => Value::Bool(!map.is_empty()),
            _ => Value::Bool(true),
        },
        Transform::Lower | Transform::EachLower => match value.as_str() {
            Some(text) => Value::from(text.to_lowercase()),
            None => value,
        },
        Transform::BoolToState => match value.as_bool().or_else(|| value.as_str().and_then(read_bool)) {
            Some(enabled) => Value::from(if enabled { "Enabled" } else { "Disabled" }),
            None => value,
        },
        Transform::ZeroIsNever => match coerce(value, ValueType::Int) {
            zero if zero.as_integer() == Some(0) => Value::Null,
            other => other,
        },
        Transform::AclCase => match value.as_str() {
            Some(text) => lists::kebab(text),
            // A recorded list of grants is no canned one.
            None if value.as_map().is_some() => Value::Null,
            None => value,
        },
        Transform::Base64 => match value.as_str().and_then(lists::decode_base64) {
            Some(text) => Value::from(text),
            None => value,
        },
        Transform::MethodPaths => lists::method_paths(value),
        Transform::KeyValue(key) => lists::key_value(value, key),
        Transform::Parameter(key) => lists::parameter(value, key),
        Transform::Log(key) => lists::log_group(value, key),
        Transform::JsonPascal => lists::camel_keys(coerce(value, ValueType::Json)),
        Transform::ListOrCsv => match value.as_str() {
            Some(text) => Value::List(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(Value::from)
                    .collect(),
            ),
            None => value,
        },
        _ => value,
    };
    closed(coerce(value, spec.value_type))
}

fn policy(
    spec: &AttributeSpec,
    slot: Slot,
    problems: &mut Vec<(AttributePath, DocumentProblem)>,
) -> Option<Given> {
    let value = match (&spec.transform, slot.value?) {
        (Transform::DefaultVersion, value) => lists::default_version(value),
        (_, value) => value,
    };
    let value = document(value, &slot.path, problems)?;
    Some(Given::scalar(value, slot.path))
}

fn policies(reading: Reading, problems: &mut Vec<(AttributePath, DocumentProblem)>) -> Option<Given> {
    let mut given = Given::scalar(Value::Null, AttributePath::root());
    let mut documents = Vec::new();
    for slot in reading.slots {
        let Some(value) = slot.value else { continue };
        if let Some(document) = document(value, &slot.path, problems) {
            documents.push(document);
            given.elements.push(slot.path);
        }
    }
    given.path = block_of(given.elements.first()?);
    given.value = Value::List(documents);
    Some(given)
}

/// The document in normal form; unknown, with a problem noted, when it cannot be read; `None` when it is empty.
fn document(
    value: Value,
    path: &AttributePath,
    problems: &mut Vec<(AttributePath, DocumentProblem)>,
) -> Option<Value> {
    match iam_document::normalize(value) {
        Ok(value) => Some(value).filter(|value| *value != Value::Null),
        Err(problem) => {
            problems.push((path.clone(), problem));
            Some(Value::from(Unknown::new(UnknownReason::Expression)))
        }
    }
}

/// Retention is written in days or in years.
fn years_to_days(spec: &AttributeSpec, place: &Place<'_>, reading: Reading) -> Option<Given> {
    if let Some(days) = lists::agree(spec, place, reading) {
        return Some(days);
    }
    let (last, block) = place.steps.split_last()?;
    let years = if last.starts_with(char::is_uppercase) {
        "Years"
    } else {
        "years"
    };
    let steps: Vec<Arc<str>> = block.iter().cloned().chain([Arc::from(years)]).collect();
    let years = lists::agree(spec, place, read(place.root, &steps, place.folding))?;
    let days = match years
        .value
        .as_integer()
        .and_then(|years| years.checked_mul(365))
        .map(i64::try_from)
    {
        Some(Ok(days)) => Value::from(days),
        _ => Value::from(Unknown::new(UnknownReason::Expression)),
    };
    Some(Given { value: days, ..years })
}

/// The path up to the first list position: the block or attribute as a whole.
pub(super) fn block_of(path: &AttributePath) -> AttributePath {
    let keys = path
        .steps()
        .iter()
        .take_while(|step| matches!(step, Step::Key(_)));
    AttributePath::new(keys.cloned().collect())
}

#[cfg(test)]
#[path = "transform_tests.rs"]
mod tests;
