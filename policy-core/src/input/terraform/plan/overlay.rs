//! The planned values: `after` with `after_unknown` and `after_sensitive` laid over it.
//!
//! `after` alone is a trap: unknown members are left out and unknown list elements are null, as if nobody had written
//! them. Each `true` of the mask therefore becomes a [`Value::Unknown`] before anything else sees the values.

use std::sync::Arc;

use super::configuration::{Expression, Expressions};
use super::values::Mask;
use crate::value::{Map, Unknown, Value};

/// Gives the reason of an unknown value from where it was written and the shape that the sensitivity mask shows of it.
pub(super) type Reason<'r> = &'r mut dyn FnMut(&Written<'_>, &Mask) -> Arc<Unknown>;

/// What the configuration shows of the place where a value was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written<'c> {
    /// Name of the attribute.
    pub(super) name: Option<&'c str>,
    /// Expressions that can have written it, in the resource.
    pub(super) nodes: Vec<&'c Expressions>,
    /// The same in the provider block, for `tags_all`.
    pub(super) provider: Vec<&'c Expressions>,
    /// Set when the configuration may have more than it shows: `dynamic` blocks, or a block that is not in it.
    pub(super) hidden: bool,
    /// Set when some of the blocks that can have written it leave it out.
    pub(super) optional: bool,
    /// At the root of a resource: what the provider adds to its tags.
    pub(super) tags: Option<DefaultTags<'c>>,
}

/// The provider's part in `tags_all`, which it computes from the `tags` of the resource and its own `default_tags`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DefaultTags<'c> {
    /// The expression of `default_tags`.
    pub(super) expression: Option<&'c Expressions>,
    /// Set when the plan does not tell which provider block it is.
    pub(super) ambiguous: bool,
}

impl<'c> Written<'c> {
    /// What can have written the member `key`.
    pub(super) fn key<'k>(&self, key: &'k str) -> Written<'k>
    where
        'c: 'k,
    {
        if let (Some(tags), "tags_all") = (self.tags, key) {
            let mut written = Written {
                tags: None,
                ..self.clone()
            }
            .key("tags");
            written.name = Some(key);
            written.provider.extend(tags.expression);
            written.hidden |= tags.ambiguous;
            return written;
        }
        let mut written = Written {
            name: Some(key),
            nodes: Vec::new(),
            provider: self.provider.clone(),
            hidden: self.hidden,
            optional: self.optional,
            tags: None,
        };
        for &node in &self.nodes {
            match node {
                // The expression of the whole covers its members.
                Expressions::Leaf(_) => written.nodes.push(node),
                Expressions::Block(members) => match members.get(key) {
                    Some(member) => written.nodes.push(member),
                    None => written.optional = true,
                },
                Expressions::Blocks(_) => written.hidden = true,
            }
        }
        written.optional &= !written.nodes.is_empty();
        written
    }

    /// What can have written element `index` of a list of `length`.
    fn index(&self, element: &Value, length: usize) -> Written<'c> {
        let mut written = Written {
            nodes: Vec::new(),
            ..self.clone()
        };
        // Elements that no expression shows come from a `dynamic` block or from the provider.
        written.hidden |= self.nodes.is_empty() && self.provider.is_empty();
        for &node in &self.nodes {
            let Expressions::Blocks(blocks) = node else {
                written.nodes.push(node);
                continue;
            };
            written.hidden |= length > blocks.len();
            // The order of a set is not the order of its blocks, so a block is known by its constants.
            let before = written.nodes.len();
            written
                .nodes
                .extend(blocks.iter().filter(|block| is_consistent(block, element)));
            if written.nodes.len() == before {
                written.hidden = true;
                written.nodes.extend(blocks);
            }
        }
        written
    }

    /// Every expression that can have written the value or something in it.
    pub(super) fn expressions(nodes: &[&'c Expressions]) -> Vec<&'c Arc<Expression>> {
        let mut found = Vec::new();
        let mut open: Vec<&Expressions> = nodes.iter().rev().copied().collect();
        while let Some(node) = open.pop() {
            match node {
                Expressions::Leaf(expression) => found.push(expression),
                Expressions::Blocks(blocks) => open.extend(blocks.iter().rev()),
                Expressions::Block(members) => {
                    let mut members: Vec<_> = members.iter().collect();
                    members.sort_by_key(|(key, _)| *key);
                    open.extend(members.into_iter().rev().map(|(_, member)| member));
                }
            }
        }
        found
    }
}

/// Whether no constant argument of a block contradicts the known values of an element.
fn is_consistent(block: &Expressions, element: &Value) -> bool {
    let (Expressions::Block(members), Some(element)) = (block, element.as_map()) else {
        return true;
    };
    members.iter().all(|(name, member)| {
        let constant = member
            .leaf()
            .and_then(|leaf| leaf.constant.as_ref())
            .and_then(scalar_text);
        let known = element.get(name).and_then(scalar_text);
        match (constant, known) {
            (Some(constant), Some(known)) => constant == known,
            _ => true,
        }
    })
}

/// A scalar in words: Terraform converts `"22"` to `22` between expression and value.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.to_string()),
        _ => None,
    }
}

/// Lays both masks over `value`.
pub(super) fn overlay(
    value: Value,
    unknown: &Mask,
    sensitive: &Mask,
    written: &Written<'_>,
    reason: Reason<'_>,
) -> Value {
    mark(merge(value, unknown, sensitive, written, reason), sensitive)
}

/// Replaces what `unknown` names. The depth is that of the mask, which serde_json bounds.
fn merge(value: Value, unknown: &Mask, sensitive: &Mask, written: &Written<'_>, reason: Reason<'_>) -> Value {
    if !unknown.any() {
        return value;
    }
    match (unknown, value) {
        (Mask::Map { entries, .. }, value @ (Value::Map(_) | Value::Null)) => {
            let mut members = match value {
                Value::Map(members) => members,
                _ => Map::new(),
            };
            for (key, mask) in entries.iter().filter(|(_, mask)| mask.any()) {
                let member = members.remove(key).unwrap_or(Value::Null);
                let member = merge(member, mask, sensitive.key(key), &written.key(key), &mut *reason);
                members.insert(key.clone(), member);
            }
            Value::Map(members)
        }
        (Mask::List { items: masks, .. }, value @ (Value::List(_) | Value::Null)) => {
            let mut items = match value {
                Value::List(items) => items,
                _ => Vec::new(),
            };
            // Elements after the last unknown one that `after` does not have are not there.
            let last = masks.iter().rposition(Mask::any).map_or(0, |last| last + 1);
            if items.len() < last {
                items.resize(last, Value::Null);
            }
            let length = items.len();
            let merged = items
                .into_iter()
                .enumerate()
                .map(|(index, item)| match masks.get(index) {
                    Some(mask) if mask.any() => {
                        let written = written.index(&item, length);
                        merge(item, mask, sensitive.index(index), &written, &mut *reason)
                    }
                    _ => item,
                });
            Value::List(merged.collect())
        }
        // `true`, or a mask that does not fit the value: nothing of it can be relied on.
        _ => Value::Unknown(reason(written, sensitive)),
    }
}

/// Marks what `sensitive` names. Nulls and unknowns have nothing to hide and stay visible as such, so that no reader
/// takes a hidden null for a value.
pub(super) fn mark(value: Value, sensitive: &Mask) -> Value {
    if !sensitive.any() {
        return value;
    }
    match (sensitive, value) {
        (_, value @ (Value::Null | Value::Unknown(_))) => value,
        (Mask::Map { entries, .. }, Value::Map(mut members)) => {
            for (key, mask) in entries {
                if let Some(member) = members.remove(key) {
                    members.insert(key.clone(), mark(member, mask));
                }
            }
            Value::Map(members)
        }
        (Mask::List { .. }, Value::List(items)) => Value::List(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| mark(item, sensitive.index(index)))
                .collect(),
        ),
        // `true`, or a mask that does not fit the value: rather hide too much.
        (_, value) => value.into_sensitive(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::values::{Interner, parse_mask, parse_value};
    use super::*;
    use crate::value::{AttributePath, Number, Step, UnknownReason};

    fn lay(after: &str, unknown: &str, sensitive: &str) -> Value {
        let after = parse_value(after, &mut Interner::default()).unwrap();
        let mask = |text| parse_mask(text, &mut Interner::default()).unwrap();
        let (unknown, sensitive) = (mask(unknown), mask(sensitive));
        overlay(after, &unknown, &sensitive, &Written::default(), &mut |_, _| {
            unknown_value()
        })
    }

    fn unknown_value() -> Arc<Unknown> {
        Arc::new(Unknown::new(UnknownReason::Reference))
    }

    fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
        value.at(&AttributePath::parse(path).unwrap())
    }

    #[test]
    fn unknown_members_come_back_and_null_elements_become_unknown() {
        let value = lay(
            r#"{"a":1,"list":["x",null,"z"],"blocks":[{"k":null}],"set":[null]}"#,
            r#"{"id":true,"list":[false,true,false],"blocks":[{"arn":true}],"set":[true],"tags":{}}"#,
            "{}",
        );
        let unknown = |path: &str| at(&value, path).is_some_and(|value| value.as_unknown().is_some());
        assert!(unknown("id") && unknown("list[1]") && unknown("blocks[0].arn") && unknown("set[0]"));
        assert_eq!(at(&value, "list[2]").and_then(Value::as_str), Some("z"));
        assert_eq!(at(&value, "blocks[0].k"), Some(&Value::Null));
        assert_eq!(at(&value, "tags"), None);
    }

    #[test]
    fn lists_of_different_length_and_missing_containers() {
        let longer = lay(r#"{"l":["a"]}"#, r#"{"l":[false,false,true,false]}"#, "{}");
        let list = at(&longer, "l").unwrap().as_list().unwrap();
        assert_eq!(list.len(), 3);
        assert!(list[2].as_unknown().is_some());
        let shorter = lay(r#"{"l":["a","b"]}"#, r#"{"l":[true]}"#, "{}");
        assert_eq!(at(&shorter, "l").unwrap().as_list().unwrap().len(), 2);
        let missing = lay("{}", r#"{"m":{"n":[{"o":true}]}}"#, "{}");
        assert!(at(&missing, "m.n[0].o").unwrap().as_unknown().is_some());
    }

    #[test]
    fn a_mask_that_does_not_fit_makes_the_whole_unknown() {
        assert!(
            at(&lay(r#"{"a":"x"}"#, r#"{"a":{"b":true}}"#, "{}"), "a")
                .unwrap()
                .as_unknown()
                .is_some()
        );
        assert!(
            at(&lay(r#"{"a":{"b":1}}"#, r#"{"a":[true]}"#, "{}"), "a")
                .unwrap()
                .as_unknown()
                .is_some()
        );
        assert!(lay("{}", "true", "{}").as_unknown().is_some());
    }

    #[test]
    fn sensitive_values_are_marked_and_nothing_else_is() {
        let value = lay(
            r#"{"password":"s3cret","env":[{"v":{"A":"s3cret","B":"open"}}],"none":null,"set":["s3cret"],"odd":"s3cret"}"#,
            r#"{"token":true}"#,
            r#"{"password":true,"env":[{"v":{"A":true}}],"none":true,"token":true,"set":true,"odd":{"x":true}}"#,
        );
        assert!(!format!("{value:?}").contains("s3cret"));
        assert!(!value.to_json().to_string().contains("s3cret"));
        assert_eq!(at(&value, "password").and_then(Value::as_str), Some("s3cret"));
        assert!(!at(&value, "env[0].v.B").unwrap().has_sensitive());
        // A null and an unknown have nothing to hide.
        assert_eq!(at(&value, "none"), Some(&Value::Null));
        assert!(matches!(at(&value, "token"), Some(Value::Unknown(_))));
        assert!(!format!("{:?}", lay(r#"{"a":"s3cret"}"#, "{}", "true")).contains("s3cret"));
    }

    /// A planned value as Terraform knows it, from which it writes `after` and `after_unknown`.
    #[derive(Clone, Debug)]
    enum Planned {
        Unknown,
        Scalar(i64),
        Null,
        List(Vec<Planned>),
        Map(Vec<(String, Planned)>),
    }

    impl Planned {
        fn after(&self) -> Option<String> {
            match self {
                Self::Unknown => None,
                Self::Scalar(number) => Some(number.to_string()),
                Self::Null => Some("null".into()),
                Self::List(items) => {
                    let items = items
                        .iter()
                        .map(|item| item.after().unwrap_or_else(|| "null".into()));
                    Some(format!("[{}]", items.collect::<Vec<_>>().join(",")))
                }
                Self::Map(members) => {
                    let members = members
                        .iter()
                        .filter_map(|(key, member)| Some(format!("{key:?}:{}", member.after()?)));
                    Some(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
                }
            }
        }

        fn mask(&self) -> String {
            match self {
                Self::Unknown => "true".into(),
                Self::Scalar(_) | Self::Null => "false".into(),
                Self::List(items) => {
                    format!("[{}]", items.iter().map(Self::mask).collect::<Vec<_>>().join(","))
                }
                Self::Map(members) => {
                    // Terraform leaves known scalars out.
                    let members = members
                        .iter()
                        .filter(|(_, member)| !matches!(member, Self::Scalar(_)));
                    let members = members.map(|(key, member)| format!("{key:?}:{}", member.mask()));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
                }
            }
        }

        fn expected(&self) -> Value {
            match self {
                Self::Unknown => Value::Unknown(unknown_value()),
                Self::Scalar(number) => Value::Number(Number::Integer((*number).into())),
                Self::Null => Value::Null,
                Self::List(items) => Value::List(items.iter().map(Self::expected).collect()),
                Self::Map(members) => Value::Map(
                    members
                        .iter()
                        .map(|(key, member)| (key.as_str().into(), member.expected()))
                        .collect(),
                ),
            }
        }

        fn reversed(&self) -> Self {
            match self {
                Self::Map(members) => Self::Map(
                    members
                        .iter()
                        .rev()
                        .map(|(key, member)| (key.clone(), member.reversed()))
                        .collect(),
                ),
                Self::List(items) => Self::List(items.iter().map(Self::reversed).collect()),
                other => other.clone(),
            }
        }
    }

    fn planned() -> impl Strategy<Value = Planned> {
        let leaf = prop_oneof![
            Just(Planned::Unknown),
            any::<i64>().prop_map(Planned::Scalar),
            Just(Planned::Null)
        ];
        let node = leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Planned::List),
                prop::collection::btree_map("[a-c]{1,2}", inner, 0..4)
                    .prop_map(|members| Planned::Map(members.into_iter().collect())),
            ]
        });
        prop::collection::btree_map("[a-c]{1,2}", node, 0..5)
            .prop_map(|members| Planned::Map(members.into_iter().collect()))
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![Just(serde_json::Value::Null), any::<bool>().prop_map(Into::into)];
        leaf.prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
                prop::collection::btree_map("[ab]", inner, 0..3)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Every path of `true` in a mask.
    fn trues(mask: &serde_json::Value, path: &AttributePath, found: &mut Vec<AttributePath>) {
        match mask {
            serde_json::Value::Bool(true) => found.push(path.clone()),
            serde_json::Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| trues(item, &path.index(index), found));
            }
            serde_json::Value::Object(members) => {
                members
                    .iter()
                    .for_each(|(key, member)| trues(member, &path.key(key), found));
            }
            _ => {}
        }
    }

    fn scalars(value: &Value, path: &AttributePath, found: &mut Vec<(AttributePath, Value)>) {
        match value {
            Value::List(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(index, item)| scalars(item, &path.index(index), found));
            }
            Value::Map(members) => members
                .iter()
                .for_each(|(key, member)| scalars(member, &path.key(key), found)),
            scalar => found.push((path.clone(), scalar.clone())),
        }
    }

    proptest! {
        #[test]
        fn the_planned_value_is_restored(planned in planned()) {
            let after = planned.after().unwrap();
            prop_assert_eq!(lay(&after, &planned.mask(), "{}"), planned.expected());
            let turned = planned.reversed();
            prop_assert_eq!(lay(&turned.after().unwrap(), &turned.mask(), "false"), planned.expected());
        }

        /// Whatever the two texts are: each `true` ends as an unknown, and values beside them stay.
        #[test]
        fn no_true_is_lost_and_no_value_beside_it(after in json(), mask in json()) {
            let mut unknown = Vec::new();
            trues(&mask, &AttributePath::root(), &mut unknown);
            let laid = lay(&after.to_string(), &mask.to_string(), "null");
            for path in &unknown {
                prop_assert!(laid.at(path).is_some_and(|value| value.as_unknown().is_some()), "{path} in {laid:?}");
            }
            let mut known = Vec::new();
            scalars(&Value::from(after), &AttributePath::root(), &mut known);
            for (path, value) in known {
                let touched = unknown.iter().any(|unknown| unknown.is_prefix_of(&path) || path.is_prefix_of(unknown));
                let found = laid.at(&path);
                let swallowed = found.is_some_and(|found| found.as_unknown().is_some());
                prop_assert!(touched || swallowed || found == Some(&value), "{path} in {laid:?}");
            }
        }

        #[test]
        fn masked_texts_are_never_printed(mask in json()) {
            let mut hidden = Vec::new();
            trues(&mask, &AttributePath::root(), &mut hidden);
            // A value of the shape of the mask with a secret at every `true`.
            fn shaped(mask: &serde_json::Value) -> serde_json::Value {
                match mask {
                    serde_json::Value::Bool(true) => "s3cret".into(),
                    serde_json::Value::Array(items) => items.iter().map(shaped).collect(),
                    serde_json::Value::Object(members) => {
                        serde_json::Value::Object(members.iter().map(|(key, member)| (key.clone(), shaped(member))).collect())
                    }
                    _ => "open".into(),
                }
            }
            let value = lay(&shaped(&mask).to_string(), "false", &mask.to_string());
            let printed = format!("{value:?} {}", value.to_json());
            prop_assert!(!printed.contains("s3cret"));
            for path in hidden {
                prop_assert_eq!(value.at(&path).and_then(Value::as_str), Some("s3cret"));
            }
        }
    }

    fn expression(json: &str) -> Expressions {
        serde_json::from_str(json).unwrap()
    }

    fn written(body: &Expressions, path: &[Step], value: &Value) -> (usize, bool) {
        let mut written = Written {
            nodes: vec![body],
            ..Written::default()
        };
        let mut value = value.clone();
        for step in path {
            (written, value) = match step {
                Step::Key(key) => (
                    Written {
                        name: None,
                        ..written.key(key)
                    },
                    value.get(key).cloned().unwrap_or(Value::Null),
                ),
                Step::Index(index) => {
                    let items = value.as_list().unwrap().to_vec();
                    (written.index(&items[*index], items.len()), items[*index].clone())
                }
            };
        }
        (Written::expressions(&written.nodes).len(), written.hidden)
    }

    #[test]
    fn blocks_of_a_set_are_known_by_their_constants() {
        let body = expression(
            r#"{"rule":[{"port":{"constant_value":"22"},"cidr":{"references":["aws_eip.a.ip"]}},
                        {"port":{"constant_value":443},"cidr":{"references":["aws_eip.b.ip"]}}]}"#,
        );
        let value = parse_value(r#"{"rule":[{"port":443},{"port":22}]}"#, &mut Interner::default()).unwrap();
        let path = |index| {
            [
                Step::Key("rule".into()),
                Step::Index(index),
                Step::Key("cidr".into()),
            ]
        };
        assert_eq!(written(&body, &path(0), &value), (1, false));
        assert_eq!(written(&body, &path(1), &value), (1, false));
        // Nothing tells the blocks apart: either can have written it.
        let bare = parse_value(r#"{"rule":[{},{}]}"#, &mut Interner::default()).unwrap();
        assert_eq!(written(&body, &path(0), &bare), (2, false));
    }

    #[test]
    fn dynamic_blocks_are_suspected_where_they_can_be() {
        let body = expression(r#"{"rule":[{"port":{"constant_value":22}}],"name":{"constant_value":"x"}}"#);
        let path = [Step::Key("rule".into()), Step::Index(1), Step::Key("cidr".into())];
        let more = parse_value(r#"{"rule":[{"port":22},{"port":80}]}"#, &mut Interner::default()).unwrap();
        assert_eq!(written(&body, &path, &more), (0, true));
        let unseen = parse_value(r#"{"other":[{"port":22}]}"#, &mut Interner::default()).unwrap();
        let path = [
            Step::Key("other".into()),
            Step::Index(0),
            Step::Key("cidr".into()),
        ];
        assert_eq!(written(&body, &path, &unseen), (0, true));
        let path = [Step::Key("rule".into()), Step::Index(0), Step::Key("cidr".into())];
        let one = parse_value(r#"{"rule":[{"port":22}]}"#, &mut Interner::default()).unwrap();
        assert_eq!(written(&body, &path, &one), (0, false));
    }
}
