//! Reads native values along the paths of the typemap.
//!
//! A path names keys only. Lists on the way are entered element by element, because Terraform writes a single block as a
//! list of one and CloudFormation as an object.

use std::borrow::Cow;
use std::sync::Arc;

use crate::value::{AttributePath, Domain, Map, Step, UNLISTED, Unknown, UnknownReason, Value};

/// How keys are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folding {
    /// Exactly.
    Exact,
    /// Exactly if possible, else ignoring case and underscores: the describe dialect of AWS Config.
    Loose,
}

/// What stands at one place that a path leads to.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The place, with list positions; the deepest existing part of it when nothing stands there.
    pub(super) path: AttributePath,
    /// `None` when nothing stands there.
    pub(super) value: Option<Value>,
}

/// Everything a path leads to.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// In list order. Empty when the path ends before it enters a list.
    pub(super) slots: Vec<Slot>,
    /// The block around the last key exists.
    pub(super) container: bool,
    /// A list with several elements was entered.
    pub(super) fanned: bool,
}

/// A list of lists is entered this deep for one step.
const NESTED_LISTS: usize = 4;

/// Reads `root` along `steps`; a value that is unknown on the way stands for everything below it.
pub(super) fn read(root: &Value, steps: &[Arc<str>], folding: Folding) -> Reading {
    let mut reading = Reading::default();
    let walk = Walk {
        folding,
        sensitive: false,
        lists: 0,
    };
    walk.enter(root, steps, AttributePath::root(), &mut reading);
    reading
}

/// True when something, known or not, stands at the path. No blocks are nothing.
pub(super) fn is_present(root: &Value, steps: &[Arc<str>], folding: Folding) -> bool {
    read(root, steps, folding)
        .slots
        .iter()
        .any(|slot| match slot.value.as_ref().map(Value::revealed) {
            None => false,
            Some(Value::List(items)) => !items.is_empty(),
            // Computed means that nobody wrote it.
            Some(Value::Unknown(unknown)) => !is_computed(unknown),
            // An empty text names nothing.
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        })
}

/// True when something is at the path whatever the unknown values are.
pub(super) fn is_certainly_present(root: &Value, steps: &[Arc<str>], folding: Folding) -> bool {
    is_present(root, steps, folding)
        && read(root, steps, folding).slots.iter().any(|slot| {
            let Some(unknown) = slot.value.as_ref().and_then(Value::as_unknown) else {
                return slot.value.is_some();
            };
            let nothing = |value: &Value| *value == Value::Null || value.as_str() == Some("");
            match &unknown.domain {
                Some(Domain::AnyOf(values)) => unknown.non_null && !values.iter().any(nothing),
                _ => unknown.non_null,
            }
        })
}

/// True for a block that nobody wrote, unless a `dynamic` block did of which the plan shows nothing.
pub(super) fn is_maybe_dynamic(unknown: &Unknown) -> bool {
    unknown.reason == crate::value::UnknownReason::MaybeDynamic
}

/// True for a value that nobody wrote and the provider fills in.
pub(super) fn is_computed(unknown: &Unknown) -> bool {
    unknown.reason == crate::value::UnknownReason::ComputedDefault
}

/// The member `key`, under the rules of `folding`, with the key as written. Where the object does not list all of its
/// members, the unknown that stands for the rest, under [`UNLISTED`].
pub(super) fn member<'a>(map: &'a Map, key: &str, folding: Folding) -> Option<(&'a Arc<str>, &'a Value)> {
    let listed = map.get_key_value(key).or_else(|| match folding {
        Folding::Exact => None,
        Folding::Loose => {
            let wanted = fold(key);
            map.iter().find(|(name, _)| fold(name) == wanted)
        }
    });
    listed.or_else(|| unlisted(map))
}

/// What stands for the members that an object does not list, with its key.
pub(super) fn unlisted(map: &Map) -> Option<(&Arc<str>, &Value)> {
    map.get_key_value(UNLISTED)
        .filter(|(_, rest)| rest.as_unknown().is_some())
}

/// The value with an unknown in place of every object that does not list all of its members: as a canonical value such
/// an object would lack members in silence.
pub(super) fn closed(value: Value) -> Value {
    match value {
        Value::Map(map) => match unlisted(&map) {
            Some((_, rest)) => rest.clone(),
            None => Value::Map(map.into_iter().map(|(key, value)| (key, closed(value))).collect()),
        },
        Value::List(items) => Value::List(items.into_iter().map(closed).collect()),
        Value::Sensitive(inner) => match closed(*inner) {
            open @ Value::Unknown(_) => open,
            inner => inner.into_sensitive(),
        },
        other => other,
    }
}

/// True for what nobody recorded.
pub(super) fn is_unrecorded(value: &Value) -> bool {
    value
        .as_unknown()
        .is_some_and(|unknown| unknown.reason == UnknownReason::NotRecorded)
}

/// Lower case without separators.
pub(super) fn fold(key: &str) -> String {
    key.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' ' | ':' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A JSON object or list written as text; `None` for every other text.
pub(super) fn parse_json_text(text: &str) -> Option<Value> {
    let trimmed = text.trim_start();
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .map(Value::from)
}

#[derive(Clone, Copy)]
struct Walk {
    folding: Folding,
    sensitive: bool,
    lists: usize,
}

impl Walk {
    fn enter(mut self, value: &Value, steps: &[Arc<str>], path: AttributePath, out: &mut Reading) {
        self.sensitive |= matches!(value, Value::Sensitive(_));
        let value = value.revealed();
        if matches!(value, Value::Unknown(_)) {
            out.container = true;
            return self.slot(Some(value), path, out);
        }
        let Some((step, rest)) = steps.split_first() else {
            return self.slot(Some(value).filter(|value| **value != Value::Null), path, out);
        };
        let parsed: Cow<'_, Value> = match value {
            Value::String(text) => match parse_json_text(text) {
                Some(parsed) => Cow::Owned(parsed),
                None => Cow::Borrowed(value),
            },
            _ => Cow::Borrowed(value),
        };
        match parsed.as_ref() {
            // A plan shows a block that nobody wrote as an empty list. Inside an element of another list it is a place
            // that says nothing, as where the block is missing; at the top it is no element at all.
            Value::List(items) if items.is_empty() && in_element(&path) => self.slot(None, path, out),
            Value::List(items) if self.lists < NESTED_LISTS => {
                out.fanned |= items.len() > 1;
                self.lists += 1;
                for (index, item) in items.iter().enumerate() {
                    self.enter(item, steps, path.index(index), out);
                }
            }
            Value::Map(map) => {
                out.container |= rest.is_empty();
                self.lists = 0;
                match member(map, step, self.folding) {
                    // The place of what is not listed is the object.
                    Some((key, rest)) if &**key == UNLISTED => {
                        out.container = true;
                        self.slot(Some(rest.revealed()), path, out);
                    }
                    Some((key, child)) => self.enter(child, rest, path.key(key), out),
                    None => self.slot(None, path, out),
                }
            }
            Value::Null => self.slot(None, path, out),
            // The advanced-query and supplementary forms of AWS Config wrap scalars as `{value}` or leave them bare.
            _ if self.folding == Folding::Loose && rest.is_empty() && &**step == "value" => {
                self.slot(Some(value), path, out);
            }
            _ => self.slot(None, path, out),
        }
    }

    fn slot(self, value: Option<&Value>, path: AttributePath, out: &mut Reading) {
        let value = value.map(|value| {
            if self.sensitive {
                value.clone().into_sensitive()
            } else {
                value.clone()
            }
        });
        out.slots.push(Slot { path, value });
    }
}

fn in_element(path: &AttributePath) -> bool {
    path.steps().iter().any(|step| matches!(step, Step::Index(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::UnknownReason;

    fn value(json: serde_json::Value) -> Value {
        Value::from(json)
    }

    fn steps(path: &str) -> Vec<Arc<str>> {
        path.split('.').map(Arc::from).collect()
    }

    fn found(reading: &Reading) -> Vec<(String, Option<Value>)> {
        reading
            .slots
            .iter()
            .map(|slot| (slot.path.to_string(), slot.value.clone()))
            .collect()
    }

    #[test]
    fn a_single_block_is_read_through_its_list() {
        let root = value(serde_json::json!({"sse": [{"enabled": true}]}));
        let reading = read(&root, &steps("sse.enabled"), Folding::Exact);
        assert_eq!(
            found(&reading),
            [("sse[0].enabled".to_owned(), Some(Value::Bool(true)))]
        );
        assert!(reading.container && !reading.fanned);
    }

    #[test]
    fn an_object_is_read_like_a_block() {
        let root = value(serde_json::json!({"sse": {"enabled": true}}));
        let reading = read(&root, &steps("sse.enabled"), Folding::Exact);
        assert_eq!(
            found(&reading),
            [("sse.enabled".to_owned(), Some(Value::Bool(true)))]
        );
    }

    #[test]
    fn every_element_has_a_slot_also_the_one_without_the_key() {
        let root = value(serde_json::json!({"disk": [{"encrypted": true}, {}]}));
        let reading = read(&root, &steps("disk.encrypted"), Folding::Exact);
        assert_eq!(
            found(&reading),
            [
                ("disk[0].encrypted".to_owned(), Some(Value::Bool(true))),
                ("disk[1]".to_owned(), None)
            ]
        );
        assert!(reading.fanned);
    }

    #[test]
    fn a_block_that_an_element_lacks_is_a_place_that_says_nothing() {
        let root = value(serde_json::json!({"rule": [{"life": [{"days": 1}]}, {"life": []}], "disk": []}));
        let reading = read(&root, &steps("rule.life.days"), Folding::Exact);
        assert_eq!(
            found(&reading),
            [
                (
                    "rule[0].life[0].days".to_owned(),
                    Some(value(serde_json::json!(1)))
                ),
                ("rule[1].life".to_owned(), None)
            ]
        );
        assert_eq!(found(&read(&root, &steps("disk.encrypted"), Folding::Exact)), []);
    }

    #[test]
    fn null_and_missing_are_nothing_and_only_a_block_is_a_container() {
        let root = value(serde_json::json!({"a": null, "b": {}}));
        for (path, container) in [("a.x", false), ("b.x", true), ("c.x", false)] {
            let reading = read(&root, &steps(path), Folding::Exact);
            assert!(reading.slots.iter().all(|slot| slot.value.is_none()), "{path}");
            assert_eq!(reading.container, container, "{path}");
        }
    }

    #[test]
    fn an_unknown_on_the_way_stands_for_what_is_below() {
        let unknown = Value::from(Unknown::new(UnknownReason::Variable));
        let root = Value::Map(Map::from([("a".into(), unknown.clone())]));
        assert_eq!(
            found(&read(&root, &steps("a.b.c"), Folding::Exact)),
            [("a".to_owned(), Some(unknown))]
        );
    }

    #[test]
    fn a_sensitivity_mark_above_covers_what_is_read() {
        let root = Value::Map(Map::from([(
            "a".into(),
            value(serde_json::json!({"b": 1})).into_sensitive(),
        )]));
        let reading = read(&root, &steps("a.b"), Folding::Exact);
        assert!(
            reading
                .slots
                .iter()
                .all(|slot| slot.value.as_ref().is_some_and(Value::has_sensitive))
        );
    }

    #[test]
    fn the_describe_dialect_is_matched_loosely_and_exactly_first() {
        let root = value(serde_json::json!({"dBClusterIdentifier": "c", "dbclusteridentifier": "d"}));
        let reading = read(&root, &steps("dBClusterIdentifier"), Folding::Loose);
        assert_eq!(
            found(&reading),
            [("dBClusterIdentifier".to_owned(), Some(Value::from("c")))]
        );
        let loose = read(&root, &steps("DB_Cluster_Identifier"), Folding::Loose);
        assert_eq!(loose.slots.len(), 1);
        assert!(
            read(&root, &steps("DBClusterIdentifier"), Folding::Exact)
                .slots
                .iter()
                .all(|slot| slot.value.is_none())
        );
    }

    #[test]
    fn json_text_is_entered() {
        let root = value(serde_json::json!({"containers": "[{\"privileged\": true}]"}));
        let reading = read(&root, &steps("containers.privileged"), Folding::Exact);
        assert_eq!(
            found(&reading),
            [("containers[0].privileged".to_owned(), Some(Value::Bool(true)))]
        );
    }
}
