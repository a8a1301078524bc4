//! Whether a statement of a resource policy opens the resource to everybody.
//!
//! Rests on "Blocking public access to your Amazon S3 storage", section "The meaning of public" (Amazon S3 User Guide): an
//! Allow for every principal is public, unless a condition admits fixed accounts, organizations, networks or resources
//! only.

use crate::value::{Map, Unknown, UnknownReason, Value};

/// Condition keys that say who or where from; a fixed value of one of them keeps the public out.
const NARROWING: [&str; 18] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:userid",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Operators that hold for the values they list only. `…IfExists` and `ForAllValues:` also hold where the key is missing.
const NARROWING_OPERATORS: [&str; 6] = [
    "arnequals",
    "arnlike",
    "ipaddress",
    "stringequals",
    "stringequalsignorecase",
    "stringlike",
];

/// True when the statement, in IAM normal form, lets everybody in; `None` when that depends on an unknown value.
pub(super) fn is_public(statement: &Value) -> Option<bool> {
    let statement = match statement.revealed() {
        Value::Map(statement) => statement,
        Value::Unknown(_) => return None,
        _ => return Some(false),
    };
    let allows = match statement.get("Effect").map(Value::revealed) {
        Some(Value::String(effect)) => Some(&**effect == "Allow"),
        Some(Value::Unknown(_)) => None,
        _ => Some(false),
    };
    and([
        allows,
        admits_everybody(statement),
        negate(is_narrowed(statement)),
    ])
}

/// One false is enough, else one that is open leaves it open.
fn and(facts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut open = false;
    for fact in facts {
        match fact {
            Some(false) => return Some(false),
            Some(true) => {}
            None => open = true,
        }
    }
    (!open).then_some(true)
}

fn or(facts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    negate(and(facts.into_iter().map(negate)))
}

fn negate(fact: Option<bool>) -> Option<bool> {
    fact.map(|fact| !fact)
}

fn admits_everybody(statement: &Map) -> Option<bool> {
    // All but the named ones.
    if statement.contains_key("NotPrincipal") {
        return Some(true);
    }
    match statement.get("Principal").map(Value::revealed) {
        Some(Value::Map(kinds)) => or(kinds
            .values()
            .map(|names| or(items(names).iter().map(is_everybody)))),
        Some(Value::Unknown(_)) => None,
        Some(name) => is_everybody(name),
        None => Some(false),
    }
}

fn is_everybody(name: &Value) -> Option<bool> {
    match name.revealed() {
        Value::Unknown(unknown) => is_identity(unknown).then_some(false),
        // A wildcard inside a name is not accepted by IAM, and never means fewer than it says.
        name => Some(name.as_str().is_none_or(|name| name.contains('*'))),
    }
}

/// What a resource is called by once it exists: a fixed name, whichever it will be.
fn is_identity(unknown: &Unknown) -> bool {
    unknown.non_null && unknown.reason == UnknownReason::Reference
}

fn is_narrowed(statement: &Map) -> Option<bool> {
    let operators = match statement.get("Condition").map(Value::revealed) {
        Some(Value::Map(operators)) => operators,
        Some(Value::Unknown(_)) => return None,
        _ => return Some(false),
    };
    or(operators
        .iter()
        .filter(|(operator, _)| {
            let operator = operator.to_ascii_lowercase();
            let plain = operator.strip_prefix("foranyvalue:").unwrap_or(&operator);
            NARROWING_OPERATORS.contains(&plain)
        })
        .map(|(_, keys)| match keys.revealed() {
            Value::Map(keys) => or(keys
                .iter()
                .filter(|(key, _)| NARROWING.iter().any(|name| name.eq_ignore_ascii_case(key)))
                .map(|(key, values)| {
                    let paths = key.to_ascii_lowercase().ends_with("orgpaths");
                    and(items(values).iter().map(|value| is_fixed(value, paths)))
                })),
            Value::Unknown(_) => None,
            _ => Some(false),
        }))
}

fn items(value: &Value) -> &[Value] {
    match value.revealed() {
        Value::List(items) => items,
        _ => std::slice::from_ref(value),
    }
}

/// The value stands for one account, organization, network or resource. Everything in an organization is one organization.
fn is_fixed(value: &Value, organization_paths: bool) -> Option<bool> {
    let text = match value.revealed() {
        Value::Unknown(unknown) => return is_identity(unknown).then_some(true),
        Value::String(text) => text,
        // Account numbers that lost their quotes.
        Value::Number(_) => return Some(true),
        _ => return Some(false),
    };
    if organization_paths {
        return Some(
            text.split_once('/')
                .is_some_and(|(id, _)| !id.contains(['*', '?', '$'])),
        );
    }
    // A policy variable such as `${aws:username}` is whatever the caller is.
    let wild = text.contains(['*', '?']) || text.contains("${");
    Some(match text.split_once('/') {
        _ if text.starts_with("arn:") => {
            let account = text.split(':').nth(4).unwrap_or_default();
            !wild || account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
        }
        Some((address, length)) if !wild => {
            let narrowest = if address.contains(':') { 32 } else { 8 };
            length.parse::<u8>().map_or(true, |length| length >= narrowest)
        }
        _ => !wild,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::iam_document::{normalize, statements_of};

    fn judge(statement: &str) -> Option<bool> {
        let document = normalize(format!("{{\"Statement\":[{statement}]}}").as_str().into()).unwrap();
        let statements = statements_of(&document);
        or(statements.as_list().unwrap().iter().map(is_public))
    }

    fn with_condition(condition: &str) -> Option<bool> {
        judge(&format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{condition}}}"#
        ))
    }

    #[test]
    fn every_spelling_of_everybody_is_public() {
        for principal in [
            r#""*""#,
            r#"{"AWS":"*"}"#,
            r#"{"AWS":["arn:aws:iam::111122223333:root","*"]}"#,
        ] {
            let statement = |effect: &str| {
                format!(r#"{{"Effect":"{effect}","Principal":{principal},"Action":"s3:*","Resource":"*"}}"#)
            };
            assert_eq!(judge(&statement("Allow")), Some(true), "{principal}");
            assert_eq!(judge(&statement("Deny")), Some(false), "{principal}");
        }
        assert_eq!(
            judge(
                r#"{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:*","Resource":"*"}"#
            ),
            Some(true)
        );
    }

    #[test]
    fn named_principals_are_not() {
        for principal in [
            r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
            r#"{"Service":"cloudtrail.amazonaws.com"}"#,
        ] {
            let statement =
                format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:*","Resource":"*"}}"#);
            assert_eq!(judge(&statement), Some(false), "{principal}");
        }
    }

    #[test]
    fn fixed_values_keep_the_public_out() {
        for condition in [
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1a2b3c4d5e"}}"#,
            r#"{"StringEquals":{"aws:SourceAccount":["111122223333"]}}"#,
            r#"{"StringLike":{"AWS:SourceVpce":"vpce-0a1b2c3d"}}"#,
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}}"#,
            r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1a2b3c4d5e/r-ab12/*"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]}}"#,
        ] {
            assert_eq!(with_condition(condition), Some(false), "{condition}");
        }
    }

    #[test]
    fn other_conditions_leave_it_public() {
        for condition in [
            r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
            r#"{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}"#,
            r#"{"StringNotEquals":{"aws:SourceVpc":"vpc-0a1b2c3d"}}"#,
            r#"{"StringEqualsIfExists":{"aws:SourceAccount":"111122223333"}}"#,
            r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgPaths":"o-1a2b3c4d5e/*"}}"#,
            r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
            r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"*"}}"#,
            r#"{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}}"#,
            r#"{"StringLike":{"aws:SourceArn":"arn:aws:s3:::*"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/1"]}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"2000::/3"}}"#,
        ] {
            assert_eq!(with_condition(condition), Some(true), "{condition}");
        }
    }

    #[test]
    fn unknown_parts_leave_it_open_where_they_matter() {
        let unknown = |reason| Value::from(Unknown::new(reason).non_null());
        let statement = |principal: Value, effect: &str| {
            let principal = Value::Map(Map::from([("AWS".into(), Value::List(vec![principal]))]));
            Value::Map(Map::from([
                ("Effect".into(), effect.into()),
                ("Principal".into(), principal),
            ]))
        };
        let variable = unknown(UnknownReason::Variable);
        assert_eq!(is_public(&statement(variable.clone(), "Allow")), None);
        assert_eq!(is_public(&statement(variable, "Deny")), Some(false));
        // The ARN of a role that is yet to be made is no asterisk.
        assert_eq!(
            is_public(&statement(unknown(UnknownReason::Reference), "Allow")),
            Some(false)
        );
    }
}
