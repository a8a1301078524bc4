//! JSON straight into [`Value`] and [`Mask`], without a tree in between.
//!
//! A plan repeats the same few hundred attribute names thousands of times, so keys are interned: one allocation per
//! name and plan.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::value::{AttributePath, Map, Number, Step, Value};

/// The object key under which serde_json hands out numbers when a crate in the build turns on its
/// `arbitrary_precision` feature. Without this every number would become an object in such a build.
const ARBITRARY_NUMBER: &str = "$serde_json::private::Number";

/// Attribute names, each allocated once.
#[derive(Debug, Default)]
pub(super) struct Interner(HashSet<Arc<str>>);

impl Interner {
    /// The shared copy of `key`.
    pub(super) fn intern(&mut self, key: &str) -> Arc<str> {
        if let Some(known) = self.0.get(key) {
            return known.clone();
        }
        let key: Arc<str> = key.into();
        self.0.insert(key.clone());
        key
    }
}

/// Parses a JSON text into a value. The depth is bounded by serde_json (128).
pub(super) fn parse_value(text: &str, names: &mut Interner) -> Result<Value, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = ValueSeed(names).deserialize(&mut json)?;
    json.end().map(|()| value)
}

/// Reads one JSON value. Duplicate keys are errors: the last one would silently hide the others.
pub(super) struct ValueSeed<'i>(pub(super) &'i mut Interner);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::Integer(number.into())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(Number::Integer(number.into())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(Number::Float(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(ValueSeed(&mut *self.0))? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key_seed(KeySeed(&mut *self.0))? {
            if &*key == ARBITRARY_NUMBER {
                return members.next_value::<String>().and_then(|digits| number(&digits));
            }
            let value = members.next_value_seed(ValueSeed(&mut *self.0))?;
            if map.insert(key.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!(
                    "the key `{key}` stands twice in one object"
                )));
            }
        }
        Ok(Value::Map(map))
    }
}

fn number<E: Error>(digits: &str) -> Result<Value, E> {
    if let Ok(integer) = digits.parse::<i128>() {
        return Ok(Value::Number(Number::Integer(integer)));
    }
    digits
        .parse()
        .map(|float| Value::Number(Number::Float(float)))
        .map_err(E::custom)
}

/// Reads an object key.
pub(super) struct KeySeed<'i>(pub(super) &'i mut Interner);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Arc<str>, E> {
        Ok(self.0.intern(key))
    }
}

/// The shape of `after_unknown` and `after_sensitive`: a tree beside the values with `true` where it applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Mask {
    /// Applies to nothing here: `false`, `null` or not there.
    #[default]
    Nothing,
    /// Applies to the value and all that is in it.
    All,
    /// Beside a list (also a set).
    List {
        /// Beside the elements; may be shorter or longer than the list.
        items: Vec<Mask>,
        /// Whether any `true` is inside.
        any: bool,
    },
    /// Beside an object.
    Map {
        /// Beside the members, sorted by key.
        entries: Vec<(Arc<str>, Mask)>,
        /// Whether any `true` is inside.
        any: bool,
    },
}

impl Mask {
    /// Whether any `true` is here or inside.
    pub(super) fn any(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::List { any, .. } | Self::Map { any, .. } => *any,
        }
    }

    /// What stands beside the member `key`.
    pub(super) fn key(&self, key: &str) -> &Mask {
        match self {
            Self::All => &Self::All,
            Self::Map { entries, .. } => {
                let found = entries.binary_search_by(|(name, _)| (**name).cmp(key)).ok();
                found
                    .and_then(|at| entries.get(at))
                    .map_or(&Self::Nothing, |(_, mask)| mask)
            }
            _ => &Self::Nothing,
        }
    }

    /// What stands beside the element `index`.
    pub(super) fn index(&self, index: usize) -> &Mask {
        match self {
            Self::All => &Self::All,
            Self::List { items, .. } => items.get(index).unwrap_or(&Self::Nothing),
            _ => &Self::Nothing,
        }
    }

    /// What stands beside the value at `path`.
    pub(super) fn at(&self, path: &AttributePath) -> &Mask {
        path.steps().iter().fold(self, |mask, step| match step {
            Step::Key(key) => mask.key(key),
            Step::Index(index) => mask.index(*index),
        })
    }
}

/// Reads a mask.
pub(super) struct MaskSeed<'i>(pub(super) &'i mut Interner);

impl<'de> DeserializeSeed<'de> for MaskSeed<'_> {
    type Value = Mask;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Mask, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MaskSeed<'_> {
    type Value = Mask;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false`, or an object or list of them")
    }

    fn visit_unit<E>(self) -> Result<Mask, E> {
        Ok(Mask::Nothing)
    }

    fn visit_bool<E>(self, applies: bool) -> Result<Mask, E> {
        Ok(if applies { Mask::All } else { Mask::Nothing })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut masks: A) -> Result<Mask, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = masks.next_element_seed(MaskSeed(&mut *self.0))? {
            items.push(item);
        }
        let any = items.iter().any(Mask::any);
        Ok(Mask::List { items, any })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut masks: A) -> Result<Mask, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = masks.next_key_seed(KeySeed(&mut *self.0))? {
            entries.push((key, masks.next_value_seed(MaskSeed(&mut *self.0))?));
        }
        entries.sort_by(|(left, _): &(Arc<str>, Mask), (right, _)| left.cmp(right));
        let any = entries.iter().any(|(_, mask)| mask.any());
        Ok(Mask::Map { entries, any })
    }
}

/// Parses a mask that stands alone.
pub(super) fn parse_mask(text: &str, names: &mut Interner) -> Result<Mask, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let mask = MaskSeed(names).deserialize(&mut json)?;
    json.end().map(|()| mask)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Value, serde_json::Error> {
        parse_value(text, &mut Interner::default())
    }

    fn mask(text: &str) -> Result<Mask, serde_json::Error> {
        parse_mask(text, &mut Interner::default())
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_equals_reading_through_a_tree(json in json()) {
            prop_assert_eq!(parse(&json.to_string()).unwrap(), Value::from(json));
        }
    }

    #[test]
    fn keys_are_shared() {
        let value = parse(r#"[{"encrypted":true},{"encrypted":false}]"#).unwrap();
        let keys: Vec<_> = value
            .as_list()
            .unwrap()
            .iter()
            .map(|item| item.as_map().unwrap().keys().next().unwrap())
            .collect();
        assert!(Arc::ptr_eq(keys[0], keys[1]));
    }

    #[test]
    fn integers_beyond_64_bits_of_a_float_stay_exact() {
        assert_eq!(
            parse("18446744073709551615").unwrap().as_integer(),
            Some(18_446_744_073_709_551_615)
        );
        assert_eq!(
            parse("-9223372036854775808").unwrap().as_integer(),
            Some(-9_223_372_036_854_775_808)
        );
        assert_eq!(
            parse(r#"{"$serde_json::private::Number":"7"}"#)
                .unwrap()
                .as_integer(),
            Some(7)
        );
    }

    #[test]
    fn deep_texts_and_double_keys_are_errors() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        assert!(parse(&deep).is_err());
        assert!(mask(&deep).is_err());
        assert!(
            parse(r#"{"a":1,"a":2}"#)
                .unwrap_err()
                .to_string()
                .contains("`a` stands twice")
        );
    }

    #[test]
    fn masks_know_where_they_apply() {
        let mask = mask(r#"{"a":[false,{"b":true}],"c":[],"d":null}"#).unwrap();
        assert!(mask.any());
        assert_eq!(mask.key("a").index(1).key("b"), &Mask::All);
        assert_eq!(mask.key("a").index(7), &Mask::Nothing);
        assert!(!mask.key("c").any());
        assert_eq!(mask.key("d"), &Mask::Nothing);
        assert_eq!(Mask::All.key("x").index(3), &Mask::All);
        assert!(parse_mask(r#"{"a":"true"}"#, &mut Interner::default()).is_err());
    }
}
