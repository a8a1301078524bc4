//! Values.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::number::Num;
use super::order::sorted_unique;
use super::shared::{Elements, Members, Summary, count_text};
use super::types::Type;
use crate::value::{Number, REDACTED, Unknown, UnknownReason, Value};

/// A Terraform value.
#[derive(Clone, PartialEq)]
pub(crate) struct Val {
    pub(crate) data: Data,
    /// Marked sensitive as a whole; parts of it may be marked on their own.
    pub(crate) sensitive: bool,
}

/// What a value is. Make lists, sets and maps with the functions of [`Val`], which keep their rules.
#[derive(Clone, PartialEq)]
pub(crate) enum Data {
    Null(Type),
    Unknown(Type, Arc<Unknown>),
    Bool(bool),
    Number(Num),
    /// In Unicode normal form C, as Terraform keeps every string.
    String(Arc<str>),
    /// The element type and the elements, which have that type.
    List(Type, Elements),
    /// The element type and the elements: unique, in the order in which Terraform iterates, unmarked.
    Set(Type, Elements),
    Map(Type, Members),
    Tuple(Elements),
    Object(Members),
}

impl From<Data> for Val {
    fn from(data: Data) -> Self {
        Self {
            data,
            sensitive: false,
        }
    }
}

impl Val {
    pub(crate) fn null(ty: Type) -> Self {
        Data::Null(ty).into()
    }

    pub(crate) fn unknown(ty: Type, unknown: Arc<Unknown>) -> Self {
        Data::Unknown(ty, unknown).into()
    }

    pub(crate) fn bool(value: bool) -> Self {
        Data::Bool(value).into()
    }

    pub(crate) fn number(number: Num) -> Self {
        Data::Number(number).into()
    }

    pub(crate) fn integer(integer: impl Into<i128>) -> Self {
        Self::number(Num::from_integer(integer))
    }

    pub(crate) fn length(length: usize) -> Self {
        Self::number(Num::from_length(length))
    }

    /// A string, brought to Unicode normal form C.
    pub(crate) fn string(text: &str) -> Self {
        count_text(text.len());
        Data::String(normalized(text)).into()
    }

    /// A string that is at hand already.
    pub(crate) fn text(text: &Arc<str>) -> Self {
        if text.is_ascii() {
            return Data::String(text.clone()).into();
        }
        Self::string(text)
    }

    /// A list of elements that have the type `element`.
    pub(crate) fn list(element: Type, elements: Vec<Val>) -> Self {
        Data::List(element, elements.into()).into()
    }

    /// A set of elements that have the type `element`. Marks of the elements move to the set.
    pub(crate) fn set(element: Type, elements: Vec<Val>) -> Self {
        let mut sensitive = false;
        let elements = elements
            .into_iter()
            .map(|element| {
                let (element, marked) = element.unmarked_deep();
                sensitive |= marked;
                element
            })
            .collect();
        let data = Data::Set(element.clone(), sorted_unique(&element, elements).into());
        Self { data, sensitive }
    }

    /// A map of elements that have the type `element`.
    pub(crate) fn map(element: Type, elements: BTreeMap<Arc<str>, Val>) -> Self {
        Data::Map(element, elements.into()).into()
    }

    pub(crate) fn tuple(elements: Vec<Val>) -> Self {
        Data::Tuple(elements.into()).into()
    }

    pub(crate) fn object(attributes: BTreeMap<Arc<str>, Val>) -> Self {
        Data::Object(attributes.into()).into()
    }

    /// The type. It is computed: for a structure it costs as much as visiting it.
    pub(crate) fn ty(&self) -> Type {
        match &self.data {
            Data::Null(ty) | Data::Unknown(ty, _) => ty.clone(),
            Data::Bool(_) => Type::Bool,
            Data::Number(_) => Type::Number,
            Data::String(_) => Type::String,
            Data::List(element, _) => Type::list(element.clone()),
            Data::Set(element, _) => Type::set(element.clone()),
            Data::Map(element, _) => Type::map(element.clone()),
            Data::Tuple(elements) => Type::tuple(elements.iter().map(Self::ty)),
            Data::Object(attributes) => {
                Type::object(attributes.iter().map(|(name, value)| (name.clone(), value.ty())))
            }
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.data, Data::Null(_))
    }

    /// How large and deep it is, and what is in it.
    pub(crate) fn summary(&self) -> Summary {
        Summary::of(self)
    }

    /// True when the value itself is known; parts of it may not be.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.data, Data::Unknown(..))
    }

    /// True when nothing in the value is unknown.
    pub(crate) fn is_wholly_known(&self) -> bool {
        self.summary().known
    }

    /// The elements or attribute values, in the order of iteration; nothing for other values.
    pub(crate) fn children(&self) -> Children<'_> {
        match &self.data {
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
                Children::Sequence(elements.iter())
            }
            Data::Map(_, elements) | Data::Object(elements) => Children::Keyed(elements.values()),
            _ => Children::Sequence([].iter()),
        }
    }

    /// The elements of a known list, set or tuple.
    pub(crate) fn as_sequence(&self) -> Option<&[Val]> {
        match &self.data {
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// True when it is known how many elements the list, set or tuple has. Unknown elements of a set may turn out to be
    /// equal to others.
    pub(crate) fn has_certain_length(&self) -> bool {
        match &self.data {
            Data::Set(_, elements) => elements.len() < 2 || elements.iter().all(Self::is_wholly_known),
            Data::List(..) | Data::Tuple(_) => true,
            _ => false,
        }
    }

    /// The elements of a known map or object.
    pub(crate) fn as_mapping(&self) -> Option<&BTreeMap<Arc<str>, Val>> {
        match &self.data {
            Data::Map(_, elements) | Data::Object(elements) => Some(elements),
            _ => None,
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match &self.data {
            Data::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<&Num> {
        match &self.data {
            Data::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Why the value itself is unknown.
    pub(crate) fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        match &self.data {
            Data::Unknown(_, unknown) => Some(unknown),
            _ => None,
        }
    }

    /// The value, marked when `sensitive` (a mark it has stays).
    #[must_use]
    pub(crate) fn marked(self, sensitive: bool) -> Self {
        Self {
            sensitive: self.sensitive || sensitive,
            ..self
        }
    }

    /// The value without its own mark; marks inside stay.
    #[must_use]
    pub(crate) fn unmarked(self) -> (Self, bool) {
        let sensitive = self.sensitive;
        (
            Self {
                sensitive: false,
                ..self
            },
            sensitive,
        )
    }

    /// The value without any marks, and whether there were some.
    #[must_use]
    pub(crate) fn unmarked_deep(self) -> (Self, bool) {
        let mut sensitive = self.sensitive;
        if !self.has_sensitive() {
            return (self, false);
        }
        let mut strip = |value: Val| {
            let (value, marked) = value.unmarked_deep();
            sensitive |= marked;
            value
        };
        let data = match self.data {
            Data::List(ty, elements) => {
                Data::List(ty, elements.into_iter().map(strip).collect::<Vec<_>>().into())
            }
            Data::Tuple(elements) => Data::Tuple(elements.into_iter().map(strip).collect::<Vec<_>>().into()),
            Data::Map(ty, elements) => Data::Map(
                ty,
                elements
                    .into_iter()
                    .map(|(key, value)| (key, strip(value)))
                    .collect::<BTreeMap<_, _>>()
                    .into(),
            ),
            Data::Object(elements) => Data::Object(
                elements
                    .into_iter()
                    .map(|(key, value)| (key, strip(value)))
                    .collect::<BTreeMap<_, _>>()
                    .into(),
            ),
            other => other,
        };
        (data.into(), sensitive)
    }

    /// True when the value or anything in it is marked.
    pub(crate) fn has_sensitive(&self) -> bool {
        self.summary().sensitive
    }

    /// The value as rules see it: sets and tuples become lists, numbers that no machine type holds become floats.
    pub(crate) fn to_value(&self) -> Value {
        let value = match &self.data {
            Data::Null(_) => Value::Null,
            Data::Unknown(_, unknown) => Value::Unknown(unknown.clone()),
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(number) => Value::Number(
                number
                    .as_integer()
                    .map_or_else(|| Number::Float(number.as_float()), Number::Integer),
            ),
            Data::String(text) => Value::String(text.clone()),
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
                Value::List(elements.iter().map(Self::to_value).collect())
            }
            Data::Map(_, elements) | Data::Object(elements) => Value::Map(
                elements
                    .iter()
                    .map(|(key, value)| (key.clone(), value.to_value()))
                    .collect(),
            ),
        };
        if self.sensitive {
            value.into_sensitive()
        } else {
            value
        }
    }

    /// A value of JSON-like data, typed as Terraform types JSON: arrays are tuples, objects are objects.
    pub(crate) fn from_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::null(Type::Dynamic),
            Value::Bool(value) => Self::bool(*value),
            Value::Number(Number::Integer(integer)) => Self::integer(*integer),
            // The digits of a float are what was written; a literal has more precision than a machine float.
            Value::Number(Number::Float(float)) => {
                Num::parse(&format!("{float:e}")).map_or_else(|| Self::null(Type::Number), Self::number)
            }
            Value::String(text) => Self::string(text),
            Value::List(items) => Self::tuple(items.iter().map(Self::from_value).collect()),
            Value::Map(members) => Self::object(
                members
                    .iter()
                    .map(|(key, value)| (normalized(key), Self::from_value(value)))
                    .collect(),
            ),
            Value::Unknown(unknown) => Self::unknown(Type::Dynamic, unknown.clone()),
            Value::Sensitive(inner) => Self::from_value(inner).marked(true),
        }
    }
}

/// A string in Unicode normal form C.
pub(crate) fn normalized(text: &str) -> Arc<str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.into();
    }
    text.nfc().collect::<String>().into()
}

/// The parts of a value. See [`Val::children`].
pub(crate) enum Children<'v> {
    Sequence(std::slice::Iter<'v, Val>),
    Keyed(std::collections::btree_map::Values<'v, Arc<str>, Val>),
}

impl<'v> Iterator for Children<'v> {
    type Item = &'v Val;

    fn next(&mut self) -> Option<&'v Val> {
        match self {
            Self::Sequence(elements) => elements.next(),
            Self::Keyed(elements) => elements.next(),
        }
    }
}

/// What is known about a result that depends on all unknowns inside `values`: the first reason, and every reference.
/// Without any unknown the reason is [`UnknownReason::Expression`].
pub(crate) fn merge_unknowns<'v>(values: impl IntoIterator<Item = &'v Val>) -> Arc<Unknown> {
    let mut found = Vec::new();
    for value in values {
        collect_unknowns(value, &mut found);
    }
    let Some(first) = found.first() else {
        return Arc::new(Unknown::new(UnknownReason::Expression));
    };
    let mut merged = Unknown::new(first.reason);
    let mut seen = std::collections::BTreeSet::new();
    for reference in found.iter().flat_map(|unknown| &unknown.refs) {
        if seen.insert(reference) {
            merged.refs.push(reference.clone());
        }
    }
    Arc::new(merged)
}

fn collect_unknowns<'v>(value: &'v Val, found: &mut Vec<&'v Arc<Unknown>>) {
    if value.is_wholly_known() {
        return;
    }
    found.extend(value.as_unknown());
    for child in value.children() {
        collect_unknowns(child, found);
    }
}

impl fmt::Debug for Val {
    /// Never shows what is marked sensitive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return f.write_str(REDACTED);
        }
        self.data.fmt(f)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null(ty) => write!(f, "null({ty})"),
            Self::Unknown(ty, unknown) => write!(f, "unknown({ty}, {})", unknown.reason.as_str()),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => fmt::Display::fmt(number, f),
            Self::String(text) => fmt::Debug::fmt(text, f),
            Self::List(_, elements) | Self::Tuple(elements) => f.debug_list().entries(elements).finish(),
            Self::Set(_, elements) => f.debug_set().entries(elements).finish(),
            Self::Map(_, elements) | Self::Object(elements) => f.debug_map().entries(elements).finish(),
        }
    }
}
