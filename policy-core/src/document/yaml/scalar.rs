//! What a YAML scalar means.

use std::sync::Arc;

use crate::document::NodeKind;
use crate::value::Number;

const STANDARD: &str = "tag:yaml.org,2002:";

/// What a tag does to its node.
pub(super) enum Tag {
    /// Nothing: there is none, or it says what the node is anyway.
    None,
    /// Read the scalar as this standard type.
    Standard(Standard),
    /// Kept for the reader of the format.
    Application(Arc<str>),
}

#[derive(Clone, Copy)]
pub(super) enum Standard {
    Text,
    Integer,
    Float,
    Bool,
    Null,
}

/// Sorts a tag as libyaml resolved it: `!Sub`, `tag:yaml.org,2002:str`, or `!` for "a text".
pub(super) fn classify(tag: Option<&str>) -> Tag {
    let Some(tag) = tag else { return Tag::None };
    match tag.strip_prefix(STANDARD) {
        Some("str" | "timestamp" | "binary") => Tag::Standard(Standard::Text),
        Some("int") => Tag::Standard(Standard::Integer),
        Some("float") => Tag::Standard(Standard::Float),
        Some("bool") => Tag::Standard(Standard::Bool),
        Some("null") => Tag::Standard(Standard::Null),
        Some("map" | "seq" | "omap" | "set" | "pairs") => Tag::None,
        Some(_) => Tag::Application(tag.into()),
        None if tag == "!" => Tag::Standard(Standard::Text),
        None => Tag::Application(tag.strip_prefix('!').unwrap_or(tag).into()),
    }
}

/// Reads an untagged plain scalar.
///
/// Numbers are what JSON calls numbers and nothing else: octal (`0123`), hexadecimal, sexagesimal (`22:22`), signed
/// (`+4912345`) and grouped (`1_000`) forms stay texts, as do `1e5` without a point (half of all commit ids that look
/// like it are no numbers), dates, `yes`, `no`, `on`, `off`, and integers that do not fit 128 bits.
pub(super) fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" => NodeKind::Bool(false),
        _ => number(text).map_or_else(|| NodeKind::String(text.into()), NodeKind::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = unsigned.split_at(leading_digits(unsigned));
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    if rest.is_empty() {
        return text.parse().ok().map(Number::Integer);
    }
    let fraction = rest.strip_prefix('.')?;
    let digits = leading_digits(fraction);
    let exponent = fraction.get(digits..)?;
    let exponent_fits = match exponent.strip_prefix(['e', 'E']) {
        Some(power) => {
            let power = power.strip_prefix(['+', '-']).unwrap_or(power);
            !power.is_empty() && leading_digits(power) == power.len()
        }
        None => exponent.is_empty(),
    };
    if digits == 0 || !exponent_fits {
        return None;
    }
    text.parse()
        .ok()
        .filter(|float: &f64| float.is_finite())
        .map(Number::Float)
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Reads a scalar with a standard tag; `None` when it does not fit the tag.
pub(super) fn standard(tag: Standard, text: &str) -> Option<NodeKind> {
    match tag {
        Standard::Text => Some(NodeKind::String(text.into())),
        Standard::Null => (plain(text) == NodeKind::Null).then_some(NodeKind::Null),
        Standard::Integer => text
            .parse()
            .ok()
            .map(|integer| NodeKind::Number(Number::Integer(integer))),
        Standard::Float => {
            let float: f64 = text.parse().ok()?;
            float
                .is_finite()
                .then_some(NodeKind::Number(Number::Float(float)))
        }
        Standard::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(NodeKind::Bool(true)),
            "false" | "no" | "off" => Some(NodeKind::Bool(false)),
            _ => None,
        },
    }
}

/// The length in bytes of the tag that `text` starts with (`!Sub`, `!!str`, `!<tag:x,y>`), as libyaml scans it.
pub(super) fn tag_length(text: &str) -> usize {
    let verbatim = text.starts_with("!<");
    let in_tag = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || b"_-;/?:@&=+$.%!~*'()<".contains(byte)
            || verbatim && b",[]".contains(byte)
    };
    let length = text.bytes().take_while(in_tag).count();
    let closed = verbatim && text.as_bytes().get(length) == Some(&b'>');
    length + usize::from(closed)
}
