//! Policy documents that are written as text.
//!
//! A text with `${aws_sqs_queue.q.arn}` in it is not known as a whole, and still says who may do what. It is read with
//! its holes where every hole is the identity of one thing (an ARN, an id, an account) inside of a quoted string: such a
//! name holds no quotation mark, so it cannot end the string. Anything else may: `"${join("\",\"", var.actions)}"` makes
//! several strings of one.

use std::sync::Arc;

use crate::value::{Map, TextPart, Unknown, Value};

/// Private use characters of plane 15, one for each hole. Nobody writes them in a policy.
const HOLES: u32 = 0xF_0000;
const MOST_HOLES: u32 = 0x1_0000;

/// The JSON of a text.
///
/// A comma before a closing bracket is overlooked: IAM refuses it, but what is meant is certain, and a statement that
/// admits everybody is worth a finding before somebody removes the comma.
pub(super) fn json(text: &str) -> Result<Value, serde_json::Error> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => Ok(Value::from(json)),
        Err(error) => serde_json::from_str::<serde_json::Value>(&without_trailing_commas(text))
            .map(Value::from)
            .map_err(|_| error),
    }
}

/// The document of a text of which only identities are not known, with unknown texts in their places. `None` where
/// that cannot be told.
pub(super) fn with_holes(unknown: &Unknown) -> Option<Value> {
    if unknown.text.is_empty() || unknown.domain.is_some() {
        return None;
    }
    let identities = || unknown.text.iter().filter(|part| **part == TextPart::Identity);
    let named = identities().count() == unknown.refs.len();
    let mut text = String::new();
    let mut holes = Vec::new();
    for part in &unknown.text {
        match part {
            TextPart::Known(known) if known.chars().any(|letter| hole(letter).is_some()) => return None,
            TextPart::Known(known) => text.push_str(known),
            TextPart::Identity => {
                let number = u32::try_from(holes.len())
                    .ok()
                    .filter(|number| *number < MOST_HOLES)?;
                text.push(char::from_u32(HOLES + number)?);
                let refs = match unknown.refs.get(holes.len()) {
                    Some(name) if named => vec![name.clone()],
                    _ => unknown.refs.clone(),
                };
                holes.push(refs);
            }
            TextPart::Open => return None,
        }
    }
    let filler = Filler { unknown, holes };
    // Outside of a string the letter of a hole is no JSON.
    filler.value(json(text.trim()).ok()?)
}

/// The number of the hole that a letter stands for.
fn hole(letter: char) -> Option<usize> {
    let number = u32::from(letter).checked_sub(HOLES)?;
    (number < MOST_HOLES)
        .then(|| usize::try_from(number).ok())
        .flatten()
}

struct Filler<'a> {
    unknown: &'a Unknown,
    /// What each hole refers to.
    holes: Vec<Vec<Arc<str>>>,
}

impl Filler<'_> {
    fn value(&self, value: Value) -> Option<Value> {
        Some(match value {
            Value::String(text) => self.text(text)?,
            Value::List(items) => {
                let items = items.into_iter().map(|item| self.value(item));
                Value::List(items.collect::<Option<_>>()?)
            }
            Value::Map(members) => {
                let mut filled = Map::new();
                for (key, member) in members {
                    // Which member it is decides what it means.
                    if key.chars().any(|letter| hole(letter).is_some()) {
                        return None;
                    }
                    filled.insert(key, self.value(member)?);
                }
                Value::Map(filled)
            }
            other => other,
        })
    }

    fn text(&self, text: Arc<str>) -> Option<Value> {
        if !text.chars().any(|letter| hole(letter).is_some()) {
            return Some(Value::String(text));
        }
        let mut parts = Vec::new();
        let mut refs = Vec::new();
        let mut known = String::new();
        for letter in text.chars() {
            match hole(letter) {
                Some(number) => {
                    if !known.is_empty() {
                        parts.push(TextPart::Known(std::mem::take(&mut known).into()));
                    }
                    parts.push(TextPart::Identity);
                    refs.extend(self.holes.get(number)?.iter().cloned());
                }
                None => known.push(letter),
            }
        }
        if !known.is_empty() {
            parts.push(TextPart::Known(known.into()));
        }
        let unknown = Unknown::new(self.unknown.reason)
            .with_refs(refs)
            .with_text(parts)
            .non_null();
        Some(Value::Unknown(Arc::new(unknown)))
    }
}

/// The text without the commas that stand before a closing bracket, outside of strings.
fn without_trailing_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut waiting: Option<String> = None;
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        if quoted {
            kept.push(letter);
            (quoted, escaped) = match letter {
                _ if escaped => (true, false),
                '\\' => (true, true),
                '"' => (false, false),
                _ => (true, false),
            };
            continue;
        }
        match (letter, waiting.as_mut()) {
            (space, Some(comma)) if space.is_whitespace() => comma.push(space),
            (']' | '}', Some(comma)) => {
                kept.extend(comma.chars().skip(1));
                waiting = None;
                kept.push(letter);
            }
            _ => {
                kept.extend(
                    waiting
                        .take()
                        .into_iter()
                        .flat_map(|comma| comma.chars().collect::<Vec<_>>()),
                );
                match letter {
                    ',' => waiting = Some(",".to_owned()),
                    _ => {
                        quoted = letter == '"';
                        kept.push(letter);
                    }
                }
            }
        }
    }
    kept.extend(waiting);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::UnknownReason;

    fn partly(parts: &[&str], refs: &[&str]) -> Unknown {
        // `@` is an identity and `?` anything.
        let parts = parts.iter().map(|part| match *part {
            "@" => TextPart::Identity,
            "?" => TextPart::Open,
            known => TextPart::Known(known.into()),
        });
        Unknown::new(UnknownReason::Reference)
            .with_refs(refs.iter().map(|name| Arc::from(*name)))
            .with_text(parts)
    }

    #[test]
    fn an_identity_in_a_string_leaves_the_rest_of_the_document_known() {
        let text = partly(
            &["{\"Effect\": \"Allow\", \"Resource\": [\"", "@", "/*\", \"b\"]}"],
            &["aws_x.y"],
        );
        let read = with_holes(&text).expect("a document");
        assert_eq!(read.get("Effect").and_then(Value::as_str), Some("Allow"));
        let resources = read.get("Resource").and_then(Value::as_list).expect("a list");
        let unknown = resources.first().and_then(Value::as_unknown).expect("a hole");
        assert_eq!(unknown.text, [TextPart::Identity, TextPart::Known("/*".into())]);
        assert_eq!(unknown.refs, [Arc::from("aws_x.y")]);
        assert_eq!(resources.get(1).and_then(Value::as_str), Some("b"));
    }

    #[test]
    fn what_may_end_the_string_or_stands_outside_of_one_leaves_the_document_unknown() {
        for parts in [
            &["{\"Action\": [\"", "?", "\"]}"][..],
            &["{\"Statement\": [", "@", "]}"],
            &["{\"", "@", "\": 1}"],
            &["{\"Action\": \"\u{F0001}", "@", "\"}"],
            &["{\"Action\": \"", "@", "\""],
        ] {
            assert_eq!(with_holes(&partly(parts, &["aws_x.y"])), None, "{parts:?}");
        }
    }

    #[test]
    fn each_hole_keeps_what_it_refers_to() {
        let text = partly(&["[\"", "@", "\", \"", "@", "\"]"], &["aws_x.a", "aws_x.b"]);
        let read = with_holes(&text).expect("a list");
        let refs = |index: usize| {
            let items = read.as_list().unwrap_or_default();
            items
                .get(index)
                .and_then(Value::as_unknown)
                .map(|unknown| unknown.refs.clone())
        };
        assert_eq!(refs(0), Some(vec!["aws_x.a".into()]));
        assert_eq!(refs(1), Some(vec!["aws_x.b".into()]));
    }

    #[test]
    fn a_comma_too_many_is_overlooked_outside_of_strings_only() {
        let read = json("{\"a\": [1, 2,\n ], \"b\": \",]\\\",}\", }").expect("JSON");
        assert_eq!(
            read.get("a").and_then(Value::as_list).map(<[Value]>::len),
            Some(2)
        );
        assert_eq!(read.get("b").and_then(Value::as_str), Some(",]\",}"));
        for wrong in ["[1 2,]", "{,,}", "[1,,]", "[1],"] {
            assert!(json(wrong).is_err(), "{wrong}");
        }
    }
}
