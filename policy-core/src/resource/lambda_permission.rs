//! A permission of a Lambda function or layer as the policy document that it becomes.
//!
//! Rests on `AddPermission` and `AddLayerVersionPermission` (AWS Lambda API Reference): each permission is one statement of the function's resource-based
//! policy; the source ARN, the source account and the organization are its conditions.

use std::sync::Arc;

use super::path::{Folding, is_computed, member};
use crate::value::{Map, Unknown, UnknownReason, Value};

/// Property, condition operator and condition key.
const CONDITIONS: [(&str, &str, &str); 6] = [
    ("source_arn", "ArnLike", "aws:SourceArn"),
    ("source_account", "StringEquals", "aws:SourceAccount"),
    ("principal_org_id", "StringEquals", "aws:PrincipalOrgID"),
    // The permission of a layer spells it so.
    ("organization_id", "StringEquals", "aws:PrincipalOrgID"),
    (
        "function_url_auth_type",
        "StringEquals",
        "lambda:FunctionUrlAuthType",
    ),
    ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
];

/// The document with one statement, in normal form.
pub(super) fn document(permission: &Value) -> Value {
    let field = |name: &str| {
        let (_, value) = member(permission.as_map()?, name, Folding::Loose)?;
        written(value)
    };
    let unknown = || Value::from(Unknown::new(UnknownReason::Expression).non_null());
    let mut conditions: Map = Map::new();
    for (property, operator, key) in CONDITIONS {
        let Some(value) = field(property) else { continue };
        let mut under = match conditions.remove(operator) {
            Some(Value::Map(map)) => map,
            _ => Map::new(),
        };
        under.insert(key.into(), value);
        conditions.insert(operator.into(), Value::Map(under));
    }
    let list = |value: Option<Value>| Value::List(vec![value.unwrap_or_else(unknown)]);
    let mut statement = Map::from([
        (Arc::from("Effect"), Value::from("Allow")),
        (
            Arc::from("Principal"),
            field("principal").map_or_else(unknown, principal),
        ),
        (Arc::from("Action"), list(field("action"))),
    ]);
    // It is the function's own policy: a name that nobody knows yet says nothing that matters.
    if let Some(name) = field("function_name").filter(|name| name.as_str().is_some()) {
        statement.insert("Resource".into(), list(Some(name)));
    }
    if !conditions.is_empty() {
        statement.insert("Condition".into(), Value::Map(conditions));
    }
    Value::Map(Map::from([(
        Arc::from("Statement"),
        Value::List(vec![Value::Map(statement)]),
    )]))
}

/// What somebody wrote: an empty text is how modules say that there is none.
fn written(value: &Value) -> Option<Value> {
    match value.revealed() {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Unknown(unknown) if is_computed(unknown) => None,
        // An account number that lost its quotes.
        Value::Number(number) => Some(Value::from(number.to_string())),
        _ => Some(value.clone()),
    }
}

/// A service, an account or identity, or everyone: Lambda tells them apart by their form.
fn principal(value: Value) -> Value {
    let kind = match value.as_str() {
        Some(text) if text.contains(".amazonaws.") || text.ends_with(".amazon.com") => "Service",
        // Whoever it will be: what is unknown is an account or a role far more often than a service.
        _ => "AWS",
    };
    Value::Map(Map::from([(Arc::from(kind), Value::List(vec![value]))]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn statement(permission: serde_json::Value) -> Value {
        let document = document(&Value::from(permission));
        document.get("Statement").unwrap().as_list().unwrap()[0].clone()
    }

    #[test]
    fn conditions_are_what_the_properties_say() {
        let spellings = [
            json!({"principal": "*", "action": "lambda:InvokeFunction", "function_name": "f", "source_account": "111122223333",
                   "source_arn": "arn:aws:s3:::uploads", "principal_org_id": ""}),
            json!({"Principal": "*", "Action": "lambda:InvokeFunction", "FunctionName": "f", "SourceAccount": "111122223333",
                   "SourceArn": "arn:aws:s3:::uploads"}),
        ];
        let expected = json!({
            "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["lambda:InvokeFunction"], "Resource": ["f"],
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"},
                          "StringEquals": {"aws:SourceAccount": "111122223333"}},
        });
        for spelling in spellings {
            assert_eq!(statement(spelling), Value::from(expected.clone()));
        }
    }

    #[test]
    fn numbers_are_texts() {
        let found = statement(json!({"Principal": 111122223333_u64, "SourceAccount": 111122223333_u64}));
        assert_eq!(
            found.get("Principal"),
            Some(&Value::from(json!({"AWS": ["111122223333"]})))
        );
        let expected = json!({"StringEquals": {"aws:SourceAccount": "111122223333"}});
        assert_eq!(found.get("Condition"), Some(&Value::from(expected)));
    }

    #[test]
    fn two_conditions_can_share_an_operator() {
        let found = statement(
            json!({"principal": "*", "source_account": "111122223333", "principal_org_id": "o-abcdefghij"}),
        );
        let under = found
            .get("Condition")
            .and_then(|all| all.get("StringEquals"))
            .unwrap();
        assert_eq!(under.as_map().unwrap().len(), 2);
    }

    #[test]
    fn services_and_identities_are_told_apart() {
        for (text, kind) in [
            ("events.amazonaws.com", "Service"),
            ("111122223333", "AWS"),
            ("*", "AWS"),
        ] {
            let found = statement(json!({"principal": text}));
            assert_eq!(
                found.get("Principal"),
                Some(&Value::from(json!({kind: [text]}))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_principal_that_is_not_known_stays_so() {
        let unknown = Value::from(Unknown::new(UnknownReason::Variable));
        let permission = Value::Map(Map::from([(Arc::from("principal"), unknown.clone())]));
        let found = document(&permission);
        let statement = &found.get("Statement").unwrap().as_list().unwrap()[0];
        let principal = statement
            .get("Principal")
            .and_then(|kinds| kinds.get("AWS"))
            .and_then(Value::as_list);
        assert_eq!(principal, Some(&[unknown][..]));
        assert_eq!(statement.get("Condition"), None);
    }
}
