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
            let mut written = Written { tags: None, ..self.clone() }.key("tags");
            written.name = Some(key);
            written.provider.extend(tags.expression);
            written.hidden |= tags.ambiguous;
            return written;
        }
        let mut written = Written {
            name: Some(key),
            nodes: Vec::with_capacity(self.nodes.len()),
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
        let mut written = Written { nodes: Vec::new(), ..self.clone() };
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
            written.nodes.extend(blocks.iter().filter(|block| is_consistent(block, element)));
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
    let (Expressions::Block(members), Some(element)) = (block, element.as_map()) else { return true };
    members.iter().all(|(name, member)| {
        let constant = member.leaf().and_then(|leaf| leaf.constant.as_ref()).and_then(scalar_text);
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
pub(super) fn overlay(value: Value, unknown: &Mask, sensitive: &Mask, written: &Written<'_>, reason: Reason<'_>) -> Value {
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
            let merged = items.into_iter().enumerate().map(|(index, item)| match masks.get(index) {
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
            items.into_iter().enumerate().map(|(index, item)| mark(item, sensitive.index(index))).collect(),
        ),
        // `true`, or a mask that does not fit the value: rather hide too much.
        (_, value) => value.into_sensitive(),
    }
}
