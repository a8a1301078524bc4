//! Grants of access control lists of buckets in one shape.
//!
//! Rests on "Access control list (ACL) overview" (Amazon S3 User Guide): a grant is a grantee and a permission, and the
//! predefined groups are named by URIs of which the last part is the group. AWS Config records the group's bare name.

use std::sync::Arc;

use super::path::{Folding, Reading, Slot, is_computed, member};
use super::transform::{Given, block_of};
use crate::value::{AttributePath, Map, Value};

/// A recorded list is JSON text, and in answers of the API text in text.
const TEXT_IN_TEXT: usize = 3;

/// A grantee that is an account, nobody knows which.
const ACCOUNT: &str = "CanonicalUser";

/// One `{grantee, permission}` per grant and permission: the name of a predefined group, or what else names the grantee,
/// and the permission as the API spells it (`READ_ACP`).
pub(super) fn grants(reading: Reading) -> Option<Given> {
    let mut collected = Collected::default();
    for Slot { path, value } in reading.slots {
        if let Some(value) = value {
            collected.add(&value, &path, TEXT_IN_TEXT);
        }
    }
    let first = collected.paths.first().or(collected.seen.as_ref())?;
    Some(Given {
        path: block_of(first),
        value: Value::List(collected.grants),
        elements: collected.paths,
        silent: false,
    })
}

#[derive(Default)]
struct Collected {
    grants: Vec<Value>,
    paths: Vec<AttributePath>,
    /// A list that grants nothing was written, too.
    seen: Option<AttributePath>,
}

impl Collected {
    fn add(&mut self, value: &Value, path: &AttributePath, depth: usize) {
        match value.revealed() {
            Value::Null => {}
            Value::Unknown(unknown) if is_computed(unknown) => {}
            Value::String(text) if depth > 0 => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(json) => self.add(&Value::from(json), path, depth - 1),
                Err(_) => self.push(unreadable(), path),
            },
            Value::List(items) => {
                self.seen.get_or_insert_with(|| path.clone());
                for (index, item) in items.iter().enumerate() {
                    self.add(item, &path.index(index), depth);
                }
            }
            Value::Map(map) => match member(map, "grant_list", Folding::Loose) {
                Some((_, list)) => {
                    self.seen.get_or_insert_with(|| path.clone());
                    self.add(list, path, depth);
                }
                None => self.grant(map, path),
            },
            unknown @ Value::Unknown(_) => self.push(unknown.clone(), path),
            _ => self.push(unreadable(), path),
        }
    }

    fn grant(&mut self, map: &Map, path: &AttributePath) {
        let named = member(map, "grantee", Folding::Loose).map(|(_, value)| value.revealed());
        let grantee = match named {
            Some(Value::List(blocks)) => blocks.first().map_or_else(unreadable, grantee),
            Some(named) => grantee(named),
            // The deprecated inline block has the fields of the grantee among its own.
            None => grantee(&Value::Map(map.clone())),
        };
        let listed = ["permission", "permissions"]
            .into_iter()
            .find_map(|name| member(map, name, Folding::Loose));
        let permissions = match listed.map(|(_, value)| value.revealed()) {
            Some(Value::List(items)) => items.clone(),
            Some(one) => vec![one.clone()],
            None => vec![unreadable()],
        };
        for permission in permissions {
            let permission = permission.as_str().map_or(permission.clone(), upper_snake);
            let entry = Map::from([
                (Arc::from("grantee"), grantee.clone()),
                (Arc::from("permission"), permission),
            ]);
            self.push(Value::Map(entry), path);
        }
    }

    fn push(&mut self, grant: Value, path: &AttributePath) {
        self.grants.push(grant);
        self.paths.push(path.clone());
    }
}

fn grantee(value: &Value) -> Value {
    match value.revealed() {
        Value::String(text) => text.rsplit('/').next().map_or_else(unreadable, Value::from),
        Value::Map(map) => {
            let written = |name: &&str| {
                let (_, value) = member(map, name, Folding::Loose)?;
                (*value != Value::Null && value.as_str() != Some("")).then_some(value)
            };
            // Only groups have a URI, and only a URI can name a group: whose id it is need not be known.
            match (
                written(&"uri"),
                written(&"id").or_else(|| written(&"email_address")),
            ) {
                (Some(group), _) => grantee(group),
                (None, Some(account)) if account.as_unknown().is_some() => Value::from(ACCOUNT),
                (None, Some(account)) => grantee(account),
                (None, None) => unreadable(),
            }
        }
        unknown @ Value::Unknown(_) => unknown.clone(),
        _ => unreadable(),
    }
}

fn unreadable() -> Value {
    Value::from(crate::value::Unknown::new(
        crate::value::UnknownReason::Expression,
    ))
}

/// `FullControl` and `FULL_CONTROL` are the same permission.
fn upper_snake(text: &str) -> Value {
    let mut snake = String::with_capacity(text.len() + 2);
    let mut after_lower = false;
    for c in text.chars() {
        if c.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = c.is_ascii_lowercase();
        snake.push(c.to_ascii_uppercase());
    }
    Value::from(snake)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::path::read;

    fn read_grants(value: serde_json::Value) -> Vec<(String, String)> {
        let root = Value::from(json!({ "acl": value }));
        let given = grants(read(&root, &[Arc::from("acl")], Folding::Exact)).unwrap();
        let items = given.value.as_list().unwrap().to_vec();
        assert_eq!(items.len(), given.elements.len());
        let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).unwrap_or("?").to_owned();
        items
            .iter()
            .map(|item| (text(item, "grantee"), text(item, "permission")))
            .collect()
    }

    #[test]
    fn every_spelling_of_a_public_grant_is_the_same() {
        let everyone = "http://acs.amazonaws.com/groups/global/AllUsers";
        let recorded =
            json!({"grantSet": null, "grantList": [{"grantee": "AllUsers", "permission": "FullControl"}]});
        let expected = vec![("AllUsers".to_owned(), "FULL_CONTROL".to_owned())];
        for spelling in [
            json!([{"grantee": [{"type": "Group", "uri": everyone, "id": ""}], "permission": "FULL_CONTROL"}]),
            json!([{"type": "Group", "uri": everyone, "permissions": ["FULL_CONTROL"]}]),
            recorded.clone(),
            json!(recorded.to_string()),
            json!(json!(recorded.to_string()).to_string()),
        ] {
            assert_eq!(read_grants(spelling.clone()), expected, "{spelling}");
        }
    }

    #[test]
    fn each_permission_of_a_block_is_an_entry() {
        let grants = read_grants(json!([{"id": "abc", "permissions": ["READ", "READ_ACP"]}]));
        assert_eq!(
            grants,
            [("abc".into(), "READ".into()), ("abc".into(), "READ_ACP".into())]
        );
    }

    #[test]
    fn an_account_that_is_not_known_is_no_group_and_a_group_that_is_not_known_may_be_any() {
        let unknown = || {
            Value::from(crate::value::Unknown::new(
                crate::value::UnknownReason::DataSource,
            ))
        };
        let grantee_of = |name: &str| {
            let grantee = Value::Map(Map::from([
                (Arc::from("type"), Value::from("CanonicalUser")),
                (Arc::from(name), unknown()),
            ]));
            let grant = Map::from([
                (Arc::from("grantee"), grantee),
                (Arc::from("permission"), "READ".into()),
            ]);
            let root = Value::Map(Map::from([(
                Arc::from("acl"),
                Value::List(vec![Value::Map(grant)]),
            )]));
            let given = super::grants(read(&root, &[Arc::from("acl")], Folding::Exact)).unwrap();
            given.value.as_list().unwrap()[0].get("grantee").cloned().unwrap()
        };
        assert_eq!(grantee_of("id").as_str(), Some("CanonicalUser"));
        assert_eq!(grantee_of("email_address").as_str(), Some("CanonicalUser"));
        assert!(grantee_of("uri").as_unknown().is_some());
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        assert_eq!(read_grants(json!("private")), [("?".into(), "?".into())]);
        assert_eq!(
            read_grants(json!([{"permission": "READ"}])),
            [("?".into(), "READ".into())]
        );
    }
}
