//! Values of resource attributes: JSON plus *unknown* and a mark for what must not be printed.

pub(crate) mod canonical;
mod printed;
mod unknown;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use self::printed::Printed;
pub use self::unknown::{Domain, TextPart, Unknown, UnknownReason};

/// What is printed in place of a sensitive value.
pub const REDACTED: &str = "(sensitive)";

/// The members of an object, in key order so that everything made from it is deterministic.
pub type Map = BTreeMap<Arc<str>, Value>;

/// The key under which an object of which only some members were recorded holds what every other member is, always a
/// [`Value::Unknown`]. Without it a member that nobody asked AWS Config for would count as absent.
pub const UNLISTED: &str = "(members not listed)";

/// The member `key` of an object, or the unknown that stands for all members that the object does not list.
pub fn member<'m>(map: &'m Map, key: &str) -> Option<&'m Value> {
    map.get(key)
        .or_else(|| map.get(UNLISTED).filter(|rest| rest.as_unknown().is_some()))
}

/// An attribute value.
///
/// `Debug` and [`Value::to_json`] never show what is inside [`Value::Sensitive`].
#[derive(Clone, PartialEq)]
pub enum Value {
    /// JSON `null`; in the resource model an explicit null means *absent*.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Arc<str>),
    /// An ordered list.
    List(Vec<Value>),
    /// An object.
    Map(Map),
    /// A value that the input does not tell.
    Unknown(Arc<Unknown>),
    /// A value that rules may compare and nobody may print.
    Sensitive(Box<Value>),
}

impl Value {
    /// The boolean, looking through a sensitivity mark.
    pub fn as_bool(&self) -> Option<bool> {
        match self.revealed() {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, looking through a sensitivity mark.
    pub fn as_str(&self) -> Option<&str> {
        match self.revealed() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, looking through a sensitivity mark; `None` for fractions.
    pub fn as_integer(&self) -> Option<i128> {
        match self.revealed() {
            Self::Number(number) => number.as_integer(),
            _ => None,
        }
    }

    /// The list, looking through a sensitivity mark.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self.revealed() {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The object, looking through a sensitivity mark.
    pub fn as_map(&self) -> Option<&Map> {
        match self.revealed() {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The unknown, when the value itself (not something inside it) is one.
    pub fn as_unknown(&self) -> Option<&Arc<Unknown>> {
        match self.revealed() {
            Self::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// The value without its sensitivity mark. For comparisons, never for output.
    pub fn revealed(&self) -> &Value {
        match self {
            Self::Sensitive(inner) => inner.revealed(),
            other => other,
        }
    }

    /// Calls `visit` with the path of every part that is marked sensitive, and not for what is inside it.
    pub fn for_each_sensitive(&self, path: &AttributePath, visit: &mut dyn FnMut(&AttributePath)) {
        match self {
            Self::Sensitive(_) => visit(path),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.for_each_sensitive(&path.index(index), visit);
                }
            }
            Self::Map(map) => {
                for (key, item) in map {
                    item.for_each_sensitive(&path.key(key), visit);
                }
            }
            _ => {}
        }
    }

    /// True when this value or anything inside it is marked sensitive.
    pub fn has_sensitive(&self) -> bool {
        match self {
            Self::Sensitive(_) => true,
            Self::List(items) => items.iter().any(Self::has_sensitive),
            Self::Map(map) => map.values().any(Self::has_sensitive),
            _ => false,
        }
    }

    /// Marks the value as sensitive (once).
    #[must_use]
    pub fn into_sensitive(self) -> Value {
        match self {
            Self::Sensitive(_) => self,
            other => Self::Sensitive(Box::new(other)),
        }
    }

    /// The member `key` of an object; an unknown when the object says so of the members it does not list.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| member(map, key))
    }

    /// The value at `path`. An unknown on the way is returned as it is: what lies below is unknown for the same reason.
    pub fn at(&self, path: &AttributePath) -> Option<&Value> {
        let mut value = self;
        for step in path.steps() {
            if value.as_unknown().is_some() {
                return Some(value);
            }
            value = match (step, value.revealed()) {
                (Step::Key(key), Self::Map(map)) => member(map, key)?,
                (Step::Index(index), Self::List(items)) => items.get(*index)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// Calls `visit` for every unknown in the tree with its path.
    pub fn for_each_unknown(
        &self,
        path: &AttributePath,
        visit: &mut dyn FnMut(&AttributePath, &Arc<Unknown>),
    ) {
        match self.revealed() {
            Self::Unknown(unknown) => visit(path, unknown),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.for_each_unknown(&path.index(index), visit);
                }
            }
            Self::Map(map) => {
                for (key, item) in map {
                    item.for_each_unknown(&path.key(key), visit);
                }
            }
            _ => {}
        }
    }

    /// JSON for people and other tools: sensitive values are replaced by [`REDACTED`], unknown members are left out
    /// and unknown list elements are `null`, as Terraform prints a plan.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Unknown(_) => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => number.to_json(),
            Self::String(text) => text.as_ref().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(map) => serde_json::Value::Object(
                map.iter()
                    .filter(|(_, value)| value.as_unknown().is_none())
                    .map(|(key, value)| (key.to_string(), value.to_json()))
                    .collect(),
            ),
            Self::Sensitive(_) => REDACTED.into(),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::String(text) => fmt::Debug::fmt(text, f),
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Map(map) => f.debug_map().entries(map).finish(),
            Self::Unknown(unknown) => write!(f, "unknown({})", unknown.reason.as_str()),
            Self::Sensitive(_) => f.write_str(REDACTED),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::Integer(number.into()))
    }
}

impl From<Unknown> for Value {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(Arc::new(unknown))
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => Self::Number(Number::from(&number)),
            serde_json::Value::String(text) => Self::String(text.into()),
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            serde_json::Value::Object(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(key, value)| (key.into(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// A number: integers are exact, everything else is a 64-bit float.
#[derive(Clone, Copy)]
pub enum Number {
    /// An integer.
    Integer(i128),
    /// A fraction, or an integer beyond 128 bits.
    Float(f64),
}

impl Number {
    /// The integer value; whole floats count (`1.0` is `1`).
    pub fn as_integer(&self) -> Option<i128> {
        match *self {
            Self::Integer(number) => Some(number),
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 => {
                format!("{number:.0}").parse().ok()
            }
            Self::Float(_) => None,
        }
    }

    fn as_float(&self) -> f64 {
        match *self {
            Self::Integer(number) => format!("{number}").parse().unwrap_or(f64::MAX),
            Self::Float(number) => number,
        }
    }

    fn to_json(self) -> serde_json::Value {
        match self {
            Self::Integer(number) => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => number.into(),
                (_, Ok(number)) => number.into(),
                _ => serde_json::json!(self.as_float()),
            },
            Self::Float(number) => serde_json::json!(number),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_integer(), other.as_integer()) {
            (Some(left), Some(right)) => left == right,
            (None, None) => self.as_float() == other.as_float(),
            _ => false,
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
        }
    }
}

impl From<&serde_json::Number> for Number {
    fn from(number: &serde_json::Number) -> Self {
        if let Some(integer) = number.as_i64() {
            Self::Integer(integer.into())
        } else if let Some(integer) = number.as_u64() {
            Self::Integer(integer.into())
        } else {
            Self::Float(number.as_f64().unwrap_or(f64::NAN))
        }
    }
}

/// A step of an [`AttributePath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Member of an object.
    Key(Arc<str>),
    /// Element of a list, from 0.
    Index(usize),
}

/// A path into an attribute tree such as `ingress[0].cidr_blocks` or `tags["cost.center"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath(Vec<Step>);

impl AttributePath {
    /// The path of the whole tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of these steps.
    pub fn new(steps: Vec<Step>) -> Self {
        Self(steps)
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// True for the path of the whole tree.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// This path followed by a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.into()))
    }

    /// This path followed by an index.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// This path followed by a step.
    #[must_use]
    pub fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// True when `other` is this path or lies below it, on step borders.
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Parses what [`AttributePath`] displays.
    ///
    /// # Errors
    /// [`PathError`] with the byte offset at which the text stops being a path.
    ///
    /// ```
    /// use policy_core::AttributePath;
    /// let path = AttributePath::parse(r#"ingress[0].tags["cost.center"]"#)?;
    /// assert_eq!(path.to_string(), r#"ingress[0].tags["cost.center"]"#);
    /// # Ok::<(), policy_core::PathError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let offset = text.len() - rest.len();
            if let Some(inner) = rest.strip_prefix('[') {
                let (step, after) = bracket(inner).ok_or(PathError { offset })?;
                steps.push(step);
                rest = after;
                continue;
            }
            let name = match rest.strip_prefix('.') {
                Some(name) if !steps.is_empty() => name,
                None if steps.is_empty() => rest,
                _ => return Err(PathError { offset }),
            };
            let end = name.find(|c| !is_plain(c)).unwrap_or(name.len());
            let (key, after) = name.split_at(end);
            if key.is_empty() {
                return Err(PathError { offset });
            }
            steps.push(Step::Key(key.into()));
            rest = after;
        }
        Ok(Self(steps))
    }
}

/// A text that is not an attribute path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an attribute path: unexpected text at byte {offset}; write keys as `a.b`, list elements as `[0]` and other keys as `[\"x.y\"]`"
)]
pub struct PathError {
    /// Byte offset of the first character that does not belong to a path.
    pub offset: usize,
}

/// Reads `0]…` or `"key"]…`; the key is a JSON string.
fn bracket(text: &str) -> Option<(Step, &str)> {
    if text.starts_with('"') {
        let mut keys = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = keys.next()?.ok()?;
        let rest = text.get(keys.byte_offset()..)?.strip_prefix(']')?;
        return Some((Step::Key(key.into()), rest));
    }
    let (digits, rest) = text.split_once(']')?;
    let canonical = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    canonical
        .then(|| digits.parse().ok())
        .flatten()
        .map(|index| (Step::Index(index), rest))
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '/')
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if !key.is_empty() && key.chars().all(is_plain) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Step::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_ref()))?,
            }
        }
        Ok(())
    }
}
