//! Policy documents name resources that do not exist yet. Their names, ids and ARNs are not known, but what they are is:
//! one resource, never a wildcard. So the address takes their place, as in `<aws_kms_key.data>`, and a rule that asks for
//! wildcards gets its answer. Characters that mean something in an ARN or a pattern are taken out of the address.
//!
//! In the policy of a bucket the bucket itself gets its ARN, because such a policy is about the bucket, or the objects in it:
//! an ARN of S3 is made of the name of the bucket ("Actions, resources, and condition keys for Amazon S3", Service
//! Authorization Reference).

use crate::value::{TextPart, Unknown, Value};

const BUCKET: &str = "arn:aws:s3:::";
/// Arguments that hold the name of a bucket.
const NAMES: [&str; 2] = ["bucket", "BucketName"];
/// Elements of a statement that hold such texts. Deeper than a condition's values nothing is nested.
const ELEMENTS: [&str; 5] = [
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];
const DEPTH: usize = 4;

/// A bucket whose own policy is read.
pub(super) struct Bucket<'a> {
    pub(super) id: &'a str,
    /// Its native values.
    pub(super) values: &'a Value,
}

/// Puts a text in place of everything in a document (or a list of documents) of which nothing but an identity is open.
pub(super) fn name_identities(document: &mut Value, bucket: Option<&Bucket<'_>>) {
    match document {
        Value::List(documents) => documents
            .iter_mut()
            .for_each(|document| name_identities(document, bucket)),
        Value::Map(map) => {
            let Some(Value::List(statements)) = map.get_mut("Statement") else {
                return;
            };
            for statement in statements {
                let Value::Map(statement) = statement else {
                    continue;
                };
                for element in ELEMENTS {
                    if let Some(value) = statement.get_mut(element) {
                        texts(value, bucket, DEPTH);
                    }
                }
            }
        }
        _ => {}
    }
}

fn texts(value: &mut Value, bucket: Option<&Bucket<'_>>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::List(items) => items.iter_mut().for_each(|item| texts(item, bucket, depth)),
        Value::Map(map) => map.values_mut().for_each(|item| texts(item, bucket, depth)),
        Value::Unknown(unknown) => {
            if let Some(text) = text(unknown, bucket) {
                *value = Value::from(text);
            }
        }
        _ => {}
    }
}

/// The text, when nothing in it is open but identities.
fn text(unknown: &Unknown, bucket: Option<&Bucket<'_>>) -> Option<String> {
    // Something that may turn out not to be there, or to be one of several texts, is not clear.
    if !unknown.non_null && unknown.text.len() < 2 || unknown.domain.is_some() {
        return None;
    }
    let open = unknown
        .text
        .iter()
        .filter(|part| **part == TextPart::Identity)
        .count();
    if open == 0 || (unknown.refs.len() != open && unknown.refs.len() != 1) {
        return None;
    }
    let mut refs = unknown.refs.iter().cycle();
    let mut text = String::new();
    for part in &unknown.text {
        match (part, bucket) {
            (TextPart::Known(known), _) => text.push_str(known),
            (TextPart::Identity, bucket) => {
                let name = refs.next()?;
                match bucket.filter(|bucket| *bucket.id == **name) {
                    Some(bucket) => {
                        if text.is_empty() {
                            text.push_str(BUCKET);
                        }
                        text.push_str(&bucket.name());
                    }
                    None => text.push_str(&placeholder(name)),
                }
            }
            (TextPart::Open, _) => return None,
        }
    }
    Some(text)
}

impl Bucket<'_> {
    /// Its name, or its address where the name is not known.
    fn name(&self) -> String {
        NAMES
            .iter()
            .find_map(|name| self.values.get(name).and_then(Value::as_str))
            .filter(|name| !name.is_empty())
            .map_or_else(|| placeholder(self.id), str::to_owned)
    }
}

/// What stands for something that has no name yet.
fn placeholder(address: &str) -> String {
    let plain = address.trim_start_matches("AWS::");
    let plain = plain.replace([':', '/', '*', '?', '$', '{', '}'], "_");
    format!("<{plain}>")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::value::{AttributePath, Domain, UnknownReason};

    fn known(text: &str) -> TextPart {
        TextPart::Known(text.into())
    }

    fn part(parts: &[TextPart], refs: &[&str]) -> Unknown {
        Unknown::new(UnknownReason::Reference)
            .with_refs(refs.iter().map(|name| Arc::from(*name)))
            .with_text(parts.to_vec())
            .non_null()
    }

    fn at(element: &str, value: Value, bucket: Option<&Bucket<'_>>) -> Value {
        let statement = Value::Map([(Arc::from(element), Value::List(vec![value]))].into());
        let mut document = Value::Map([(Arc::from("Statement"), Value::List(vec![statement]))].into());
        name_identities(&mut document, bucket);
        let statement = AttributePath::root().key("Statement").index(0);
        document
            .at(&statement.key(element).index(0))
            .cloned()
            .unwrap_or(Value::Null)
    }

    fn in_bucket(parts: &[TextPart], values: serde_json::Value) -> Value {
        let values = Value::from(values);
        let bucket = Bucket {
            id: "aws_s3_bucket.b",
            values: &values,
        };
        at(
            "Resource",
            part(parts, &["aws_s3_bucket.b"]).into(),
            Some(&bucket),
        )
    }

    #[test]
    fn the_bucket_and_its_objects_are_told_apart() {
        for (parts, expected) in [
            (vec![TextPart::Identity], "arn:aws:s3:::<aws_s3_bucket.b>"),
            (
                vec![TextPart::Identity, known("/*")],
                "arn:aws:s3:::<aws_s3_bucket.b>/*",
            ),
            (
                vec![known("arn:aws-cn:s3:::"), TextPart::Identity, known("/in/*")],
                "arn:aws-cn:s3:::<aws_s3_bucket.b>/in/*",
            ),
        ] {
            assert_eq!(in_bucket(&parts, serde_json::json!({})), Value::from(expected));
        }
        assert_eq!(
            in_bucket(
                &[TextPart::Identity, known("/*")],
                serde_json::json!({"bucket": "orders"})
            ),
            Value::from("arn:aws:s3:::orders/*")
        );
    }

    #[test]
    fn other_resources_are_named_by_their_address() {
        let key = part(&[TextPart::Identity], &["aws_kms_key.k"]);
        for element in ["Resource", "NotResource", "Principal", "Condition"] {
            assert_eq!(
                at(element, key.clone().into(), None),
                Value::from("<aws_kms_key.k>")
            );
        }
        assert!(at("Action", key.into(), None).as_unknown().is_some());
        let two = part(
            &[
                known("arn:"),
                TextPart::Identity,
                known(":iam::"),
                TextPart::Identity,
                known(":root"),
            ],
            &["AWS::Partition", "AWS::AccountId"],
        );
        assert_eq!(
            at("Principal", two.into(), None),
            Value::from("arn:<Partition>:iam::<AccountId>:root")
        );
    }

    #[test]
    fn an_address_brings_no_wildcard_and_no_separator() {
        let bucket = part(
            &[TextPart::Identity],
            &["module.a[\"x/*\"].aws_s3_bucket.b[\"a:b?\"]"],
        );
        assert_eq!(
            at("Resource", bucket.into(), None),
            Value::from("<module.a[\"x__\"].aws_s3_bucket.b[\"a_b_\"]>")
        );
    }

    #[test]
    fn what_is_open_stays_unknown() {
        let identity = part(&[TextPart::Identity], &["aws_kms_key.k"]);
        let maybe = Unknown {
            non_null: false,
            ..identity.clone()
        };
        let several = identity
            .clone()
            .with_domain(Domain::AnyOf(vec!["*".into(), "a".into()]));
        for unknown in [
            part(&[], &["aws_kms_key.k"]),
            part(&[TextPart::Open], &["var.a"]),
            part(&[TextPart::Identity, TextPart::Open], &["aws_kms_key.k"]),
            maybe,
            several,
        ] {
            assert!(at("Resource", unknown.into(), None).as_unknown().is_some());
        }
    }
}
