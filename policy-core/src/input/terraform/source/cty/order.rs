//! The order of sets.
//!
//! Sets of strings, numbers and booleans iterate in their natural order. For everything else Terraform orders by an
//! internal text of each element; that order shows in plans (list elements made from sets, addresses of instances), so
//! the same text is made here.

use super::equality::equality;
use super::number::Num;
use super::types::Type;
use super::value::{Data, Val};

/// Known values first, then unknown ones, then null.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Bool(bool),
    Number(Num),
    Text(String),
    Unknown,
    Null,
}

/// Sorts the elements of a set and drops repeated ones. Unknown elements are kept: each may be anything.
pub(super) fn sorted_unique(element: &Type, elements: Vec<Val>) -> Vec<Val> {
    let order = set_order(element, &elements);
    let mut slots: Vec<Option<Val>> = elements.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|at| slots.get_mut(at).and_then(Option::take))
        .collect()
}

/// The positions of the elements of a set in the order in which it iterates, without those of repeated elements.
pub(crate) fn set_order(element: &Type, elements: &[Val]) -> Vec<usize> {
    let mut keyed: Vec<_> = elements
        .iter()
        .enumerate()
        .map(|(at, value)| (key(element, value), at, value))
        .collect();
    keyed.sort_by(|(left, ..), (right, ..)| left.cmp(right));
    let mut unique: Vec<(Key, usize, &Val)> = Vec::with_capacity(keyed.len());
    for (key, at, value) in keyed {
        // Equal elements have equal keys. Different ones may share a key (numbers that agree in ten digits), so the
        // whole run with this key is compared; it is short.
        let repeated = unique
            .iter()
            .rev()
            .take_while(|(other, ..)| *other == key)
            .take(RUN)
            .any(|(_, _, other)| equality(other, value) == Some(true));
        if !repeated {
            unique.push((key, at, value));
        }
    }
    unique.into_iter().map(|(_, at, _)| at).collect()
}

/// How many elements with one key are compared. Only unknown elements can make longer runs, and they are never equal.
const RUN: usize = 64;

fn key(element: &Type, value: &Val) -> Key {
    match &value.data {
        Data::Null(_) => Key::Null,
        Data::Unknown(..) => Key::Unknown,
        Data::Bool(value) if *element == Type::Bool => Key::Bool(*value),
        Data::Number(number) if *element == Type::Number => Key::Number(number.clone()),
        Data::String(text) if *element == Type::String => Key::Text(text.as_ref().to_owned()),
        _ => {
            let mut text = String::new();
            write_key(value, &mut text);
            Key::Text(text)
        }
    }
}

fn write_key(value: &Val, text: &mut String) {
    match &value.data {
        Data::Unknown(..) => text.push('?'),
        Data::Null(_) => text.push('~'),
        Data::Number(number) => text.push_str(&number.ten_digits()),
        Data::Bool(value) => text.push(if *value { 'T' } else { 'F' }),
        Data::String(string) => quote(string, text),
        Data::Map(_, elements) => {
            text.push('{');
            for (key, element) in elements {
                quote(key, text);
                text.push(':');
                write_key(element, text);
                text.push(';');
            }
            text.push('}');
        }
        Data::List(..) | Data::Set(..) => bracketed(value, '[', ']', text),
        Data::Tuple(_) | Data::Object(_) => bracketed(value, '<', '>', text),
    }
}

fn bracketed(value: &Val, open: char, close: char, text: &mut String) {
    text.push(open);
    for child in value.children() {
        write_key(child, text);
        text.push(';');
    }
    text.push(close);
}

/// Quotes as the `%q` of Terraform's implementation language does.
fn quote(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\u{7}' => text.push_str("\\a"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{b}' => text.push_str("\\v"),
            c if c.is_ascii_control() => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
}
