//! Putting texts together from known and unknown parts.

use std::sync::Arc;

use crate::value::{Domain, TextPart, Unknown, UnknownReason, Value};

/// How many texts a finite domain may have. More says nothing that an evaluator could use.
pub(super) const MAX_DOMAIN: usize = 16;

/// What a dynamic reference starts with. The service replaces it at deployment.
const DYNAMIC_REFERENCE: &str = "{{resolve:";

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Known(Arc<str>),
    Secret(Arc<str>),
    Unknown(Arc<Unknown>),
}

impl Part {
    /// The part a value stands for; `None` for lists, mappings and null.
    pub(super) fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Unknown(unknown) => Some(Self::Unknown(unknown.clone())),
            Value::Sensitive(inner) => match Self::from_value(inner)? {
                Self::Known(text) => Some(Self::Secret(text)),
                other => Some(other),
            },
            other => scalar_text(other).map(Self::Known),
        }
    }

    /// The text, when it is known.
    pub(super) fn known(&self) -> Option<&Arc<str>> {
        match self {
            Self::Known(text) | Self::Secret(text) => Some(text),
            Self::Unknown(_) => None,
        }
    }

    /// The texts it can be; `None` when nothing restricts it.
    pub(super) fn choices(&self) -> Option<Vec<Arc<str>>> {
        match self {
            Self::Known(text) | Self::Secret(text) => Some(vec![text.clone()]),
            Self::Unknown(unknown) => match unknown.domain.as_ref()? {
                Domain::AnyOf(values) if unknown.non_null => {
                    values.iter().map(|value| scalar_text(value.revealed())).collect()
                }
                _ => None,
            },
        }
    }
}

/// The text CloudFormation makes of a known scalar.
pub(super) fn scalar_text(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
        Value::Number(number) => Some(number.to_string().into()),
        _ => None,
    }
}

/// A literal text of the template: a string, unless the service replaces some of it.
pub(super) fn literal(text: &Arc<str>) -> Value {
    match dynamic_reference(text) {
        Some(unknown) => unknown.into(),
        None => Value::String(text.clone()),
    }
}

fn dynamic_reference(text: &str) -> Option<Unknown> {
    let (_, rest) = text.split_once(DYNAMIC_REFERENCE)?;
    let name = rest.split_once("}}").map_or(rest, |(name, _)| name);
    Some(
        Unknown::new(UnknownReason::DynamicReference)
            .with_refs([format!("resolve:{name}").into()])
            .non_null(),
    )
}

/// Joins parts to a text. One unknown part makes the whole unknown: for the same reason when there is only one, with
/// the texts it can become when every part can only become a few.
pub(super) fn assemble(parts: &[Part]) -> Value {
    let known: String = parts
        .iter()
        .map(|part| {
            if let Part::Known(text) | Part::Secret(text) = part {
                text
            } else {
                ""
            }
        })
        .collect();
    let unknowns: Vec<&Arc<Unknown>> = parts
        .iter()
        .filter_map(|part| {
            if let Part::Unknown(unknown) = part {
                Some(unknown)
            } else {
                None
            }
        })
        .collect();
    if unknowns.is_empty() {
        let secret = parts.iter().any(|part| matches!(part, Part::Secret(_)));
        return match dynamic_reference(&known) {
            Some(unknown) => unknown.into(),
            None => marked(known, secret),
        };
    }
    let refs = union_of_refs(unknowns.iter().map(|unknown| &***unknown));
    if known.contains(DYNAMIC_REFERENCE) {
        return Unknown::new(UnknownReason::DynamicReference)
            .with_refs(refs)
            .non_null()
            .into();
    }
    let unknown = Unknown::new(common_reason(unknowns.iter().map(|unknown| unknown.reason)))
        .with_refs(refs)
        .with_text(parts.iter().flat_map(text_parts))
        .non_null();
    match texts(parts) {
        Some(texts) if texts.iter().any(|(text, _)| text.contains(DYNAMIC_REFERENCE)) => unknown.into(),
        Some(texts) => {
            let mut values: Vec<Value> = texts
                .into_iter()
                .map(|(text, secret)| marked(text, secret))
                .collect();
            match values.pop() {
                Some(only) if values.is_empty() => only,
                Some(last) => {
                    values.push(last);
                    unknown.with_domain(Domain::AnyOf(values)).into()
                }
                None => unknown.into(),
            }
        }
        None => unknown.into(),
    }
}

/// What is known of the text. What is a secret in it is not told.
fn text_parts(part: &Part) -> Vec<TextPart> {
    match part {
        Part::Known(text) if text.is_empty() => Vec::new(),
        Part::Known(text) => vec![TextPart::Known(text.clone())],
        Part::Secret(_) => vec![TextPart::Open],
        Part::Unknown(unknown) => unknown.as_text_parts(),
    }
}

fn marked(text: String, secret: bool) -> Value {
    let value = Value::from(text);
    if secret { value.into_sensitive() } else { value }
}

/// Every text the parts can make, when these are few, and whether a secret is in it.
fn texts(parts: &[Part]) -> Option<Vec<(String, bool)>> {
    let mut texts = vec![(String::new(), false)];
    for part in parts {
        let choices: Vec<(Arc<str>, bool)> = match part {
            Part::Known(text) => vec![(text.clone(), false)],
            Part::Secret(text) => vec![(text.clone(), true)],
            Part::Unknown(unknown) if !unknown.non_null => return None,
            Part::Unknown(unknown) => match unknown.domain.as_ref()? {
                Domain::Bool => vec![("true".into(), false), ("false".into(), false)],
                Domain::AnyOf(values) => values
                    .iter()
                    .map(|value| Some((scalar_text(value.revealed())?, value.has_sensitive())))
                    .collect::<Option<_>>()?,
            },
        };
        if texts.len().saturating_mul(choices.len()) > MAX_DOMAIN {
            return None;
        }
        texts = texts
            .iter()
            .flat_map(|(text, secret)| {
                choices
                    .iter()
                    .map(move |(choice, hidden)| (format!("{text}{choice}"), *secret || *hidden))
            })
            .collect();
    }
    texts.sort();
    texts.dedup();
    Some(texts)
}

/// What all the unknowns depend on, each once, in order.
pub(super) fn union_of_refs<'u>(unknowns: impl IntoIterator<Item = &'u Unknown>) -> Vec<Arc<str>> {
    let mut seen = std::collections::BTreeSet::new();
    let mut refs = Vec::new();
    for name in unknowns.into_iter().flat_map(|unknown| &unknown.refs) {
        if seen.insert(name.clone()) {
            refs.push(name.clone());
        }
    }
    refs
}

/// The one reason, or "an expression" for several.
fn common_reason(reasons: impl IntoIterator<Item = UnknownReason>) -> UnknownReason {
    let mut reasons = reasons.into_iter();
    match reasons.next() {
        Some(first) if reasons.all(|reason| reason == first) => first,
        _ => UnknownReason::Expression,
    }
}

/// Something made of unknowns: certainly there, and unknown for their reason.
pub(super) fn same_reason<'u>(unknowns: impl IntoIterator<Item = &'u Unknown>) -> Unknown {
    let unknowns: Vec<&Unknown> = unknowns.into_iter().collect();
    Unknown::new(common_reason(unknowns.iter().map(|unknown| unknown.reason)))
        .with_refs(union_of_refs(unknowns))
        .non_null()
}

/// Something made of these parts, of which at least one is unknown.
pub(super) fn depends_on(parts: &[&Part]) -> Unknown {
    same_reason(parts.iter().filter_map(|part| match part {
        Part::Unknown(unknown) => Some(&**unknown),
        Part::Known(_) | Part::Secret(_) => None,
    }))
}

/// One of these values, `unknown` saying which; known when they are all the same.
pub(super) fn one_of(unknown: Unknown, values: Vec<Value>) -> Value {
    let mut distinct: Vec<Value> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
        if distinct.len() > MAX_DOMAIN {
            return unknown.into();
        }
    }
    match distinct.pop() {
        Some(only) if distinct.is_empty() => return only,
        last => distinct.extend(last),
    }
    // An empty domain would let every question be answered with yes.
    let scalars = !distinct.is_empty()
        && distinct
            .iter()
            .all(|value| scalar_text(value.revealed()).is_some());
    if scalars {
        unknown.with_domain(Domain::AnyOf(distinct)).into()
    } else {
        unknown.into()
    }
}

/// Standard base64 with padding, as `Fn::Base64` gives it.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * position) & 63).unwrap_or(0);
            let letter = ALPHABET.get(index).copied().filter(|_| position <= chunk.len());
            out.push(letter.map_or('=', char::from));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        let table = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("ü?>", "w7w/Pg=="),
        ];
        for (plain, encoded) in table {
            assert_eq!(base64(plain.as_bytes()), encoded, "{plain}");
        }
    }

    #[test]
    fn the_known_parts_of_a_text_are_kept_and_secrets_are_not() {
        let key = Unknown::new(UnknownReason::Reference).with_text([TextPart::Identity]);
        let opaque = Unknown::new(UnknownReason::Parameter);
        let value = assemble(&[
            Part::Known("a".into()),
            Part::Unknown(Arc::new(key)),
            Part::Known("".into()),
            Part::Secret("hunter2".into()),
            Part::Unknown(Arc::new(opaque)),
        ]);
        let parts = value.as_unknown().map(|unknown| unknown.text.clone());
        let expected = vec![
            TextPart::Known("a".into()),
            TextPart::Identity,
            TextPart::Open,
            TextPart::Open,
        ];
        assert_eq!(parts, Some(expected));
    }

    #[test]
    fn a_secret_part_makes_the_text_a_secret() {
        let value = assemble(&[Part::Known("pw=".into()), Part::Secret("hunter2".into())]);
        assert!(value.has_sensitive());
        assert_eq!(value.as_str(), Some("pw=hunter2"));
        assert!(!format!("{value:?}").contains("hunter2"));
    }

    #[test]
    fn domains_multiply_up_to_the_limit() {
        let few = |count: usize| {
            let values = (0..count).map(|number| Value::from(number.to_string())).collect();
            Part::Unknown(Arc::new(
                Unknown::new(UnknownReason::Parameter)
                    .non_null()
                    .with_domain(Domain::AnyOf(values)),
            ))
        };
        let size = |parts: &[Part]| match assemble(parts).as_unknown().unwrap().domain.clone() {
            Some(Domain::AnyOf(values)) => values.len(),
            _ => 0,
        };
        assert_eq!(size(&[few(4), Part::Known("-".into()), few(4)]), 16);
        assert_eq!(size(&[few(17)]), 0);
        assert_eq!(size(&[few(4), few(5)]), 0);
        let maybe = Unknown {
            non_null: false,
            ..(*assemble(&[few(2)]).as_unknown().unwrap().clone()).clone()
        };
        assert_eq!(
            size(&[Part::Unknown(Arc::new(maybe))]),
            0,
            "a part that may be absent has no finite texts"
        );
    }
}
