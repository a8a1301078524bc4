//! What must never look like nothing being there, and what is refused.

use serde_json::json;

use super::*;
use crate::resource::Lifecycle;
use crate::value::{UNLISTED, UnknownReason};

#[test]
fn what_is_deleted_is_removed_and_what_is_not_recorded_is_unknown() {
    let input = load(SNAPSHOT);
    let gone = find(
        &input,
        "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0aaaaaaaaaaaaaaaa",
    );
    assert_eq!(gone.lifecycle, Lifecycle::Removed);
    let key = find(
        &input,
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    );
    assert_eq!(key.lifecycle, Lifecycle::Managed);
    for path in [
        "configuration.keyState",
        "supplementaryConfiguration.KeyRotationStatus",
        "tags.Owner",
        "anything",
    ] {
        assert_eq!(at(key, path), "?not_recorded", "{path}");
    }
    assert_eq!(
        codes(&input),
        [
            "AWC008 nothing is known of the values of `arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab`: AWS Config does not record it"
        ]
    );
}

#[test]
fn every_status_counts_and_an_unheard_of_one_decides_nothing() {
    for (status, lifecycle, encrypted) in [
        ("OK", Lifecycle::Managed, "true"),
        ("ResourceDiscovered", Lifecycle::Managed, "true"),
        ("resourcediscovered", Lifecycle::Managed, "true"),
        ("ResourceDeleted", Lifecycle::Removed, "true"),
        ("ResourceDeletedNotRecorded", Lifecycle::Removed, "true"),
        ("ResourceNotRecorded", Lifecycle::Managed, "?not_recorded"),
        ("ResourceSuspended", Lifecycle::Managed, "?not_recorded"),
    ] {
        let input = load_json(&snapshot(&[item(json!({"configurationItemStatus": status}))]));
        assert_eq!(input.resources[0].lifecycle, lifecycle, "{status}");
        assert_eq!(
            at(&input.resources[0], "configuration.encrypted"),
            encrypted,
            "{status}"
        );
        assert_eq!(
            codes(&input).iter().any(|code| code.starts_with("AWC005")),
            status == "ResourceSuspended"
        );
    }
}

#[test]
fn the_summary_of_a_large_item_says_nothing_of_values() {
    let input = load(OVERSIZED);
    let database = find(&input, DATABASE);
    assert_eq!(at(database, "configuration.storageEncrypted"), "?not_recorded");
    assert_eq!(at(database, "tags.Environment"), "?not_recorded");
    assert_eq!(database.provider.account, Some("111122223333".into()));
    assert_eq!(
        codes(&input),
        [format!(
            "AWC008 nothing is known of the values of `{DATABASE}`: only the summary of a large item is here"
        )]
    );
}

#[test]
fn the_newest_item_of_a_history_counts() {
    let input = load(HISTORY);
    assert_eq!(input.resources.len(), 1);
    assert_eq!(at(&input.resources[0], "configuration.encrypted"), "true");
    assert_eq!(codes(&input), ["AWC006 2 older items are not evaluated"]);
}

#[test]
fn items_that_nothing_orders_are_an_error() {
    let open = json!({"encrypted": false});
    let time = "configurationItemCaptureTime";
    for (first, second, winner) in [
        (
            json!({time: "2026-11-01T00:00:00Z"}),
            json!({time: "2026-11-01T02:00:00+01:00"}),
            Some("false"),
        ),
        (
            json!({time: 1_790_000_000.5}),
            json!({time: 1_790_000_000}),
            Some("true"),
        ),
        (
            json!({"configurationStateId": "1790000000002"}),
            json!({"configurationStateId": "1790000000010"}),
            Some("false"),
        ),
        (
            json!({time: "2026-11-01T00:00:00Z", "configurationStateId": 5}),
            json!({time: "2026-11-01T00:00:00Z", "configurationStateId": 4}),
            Some("true"),
        ),
        (json!({}), json!({}), None),
        (
            json!({time: "2026-11-01T00:00:00Z"}),
            json!({time: 1_790_000_000}),
            None,
        ),
        (json!({time: "yesterday"}), json!({time: "today"}), None),
    ] {
        let mut second = item(second);
        second["configuration"] = open.clone();
        let input = load_json(&snapshot(&[item(first), second]));
        assert_eq!(input.resources.len(), 1);
        let found: Vec<&str> = input
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.id)
            .collect();
        match winner {
            Some(winner) => {
                assert_eq!(at(&input.resources[0], "configuration.encrypted"), winner);
                assert_eq!(found, ["AWC006"]);
            }
            None => assert_eq!(found, ["AWC004"]),
        }
    }
}

#[test]
fn the_same_item_twice_is_one() {
    assert_eq!(
        codes(&load_json(&snapshot(&[item(json!({})), item(json!({}))]))),
        Vec::<String>::new()
    );
}

#[test]
fn base_items_know_nothing_of_tags() {
    let input = load(BATCH);
    assert_eq!(codes(&input), Vec::<String>::new());
    assert_eq!(at(find(&input, BUCKET), "tags.Environment"), "?not_recorded");
    // The configuration of this type has its tags, so they are known.
    let group = find(&input, GROUP);
    assert_eq!(
        (at(group, "tags"), at(group, "configuration.tags")),
        ("absent".to_owned(), "[]".to_owned())
    );
}

#[test]
fn an_item_without_its_parts_has_them_unknown() {
    let bare = json!({"configurationItemStatus": "ResourceDiscovered", "resourceType": "AWS::S3::Bucket", "resourceId": "b"});
    let input = load_json(&bare);
    for path in [
        "configuration.name",
        "supplementaryConfiguration.BucketPolicy",
        "tags.Owner",
    ] {
        assert_eq!(at(&input.resources[0], path), "?not_recorded", "{path}");
    }
    let null = item(json!({"configuration": null, "supplementaryConfiguration": null}));
    let input = load_json(&snapshot(&[null]));
    assert_eq!(
        at(&input.resources[0], "configuration.encrypted"),
        "?not_recorded"
    );
    assert_eq!(
        at(&input.resources[0], "supplementaryConfiguration.x"),
        "?not_recorded"
    );
}

#[test]
fn a_row_knows_its_columns_and_nothing_else() {
    let row = |text| load(text).resources.into_iter().next().expect("a row");
    for (row, inner) in [
        (row(QUERY), "vpcSecurityGroups[0]"),
        (row(FLATTENED), "dBSubnetGroup"),
    ] {
        assert_eq!(row.id.as_str(), DATABASE);
        assert_eq!(at(&row, "configuration.storageEncrypted"), "false");
        for path in [
            "configuration.publiclyAccessible",
            "supplementaryConfiguration.Tags",
            "relationships",
            "version",
        ] {
            assert_eq!(at(&row, path), "?not_recorded", "{path}");
        }
        assert_eq!(
            at(&row, &format!("configuration.{inner}.status")),
            "?not_recorded"
        );
    }
    assert_eq!(at(&row(QUERY), "tags[0].value"), "\"prod\"");
    assert_eq!(at(&row(FLATTENED), "tags.Environment"), "?not_recorded");
    assert_eq!(
        at(&row(FLATTENED), "configuration.dBSubnetGroup.vpcId"),
        "\"vpc-0123456789abcdef0\""
    );
}

#[test]
fn a_row_that_does_not_say_what_it_is_about_is_an_error() {
    let input = load_json(
        &json!({"Results": ["{\"resourceId\": \"x\"}", "{", "{\"resourceType\": \"AWS::S3::Bucket\"}"], "QueryInfo": {}}),
    );
    assert_eq!(input.resources.len(), 0);
    assert_eq!(
        codes(&input),
        [
            "AWC002 a configuration item is a string, not an object",
            "AWC002 an item has no `resourceType`",
            "AWC002 an item has neither a `resourceId` nor an ARN",
        ]
    );
}

#[test]
fn answers_that_are_cut_off_say_so() {
    let mut pages = snapshot(&[
        item(json!({"configurationStateId": 2})),
        item(json!({"configurationStateId": 1})),
    ]);
    pages["nextToken"] = "token".into();
    assert_eq!(
        codes(&load_json(&pages)),
        ["AWC006 1 older item is not evaluated"],
        "what follows is older"
    );
    pages["configurationItems"].as_array_mut().unwrap().reverse();
    let input = load_json(&pages);
    assert_eq!(
        codes(&input)[1],
        "AWC007 the answer has a next token, so the newest items are missing"
    );
    pages["configurationItems"].as_array_mut().unwrap().truncate(1);
    assert_eq!(
        load_json(&pages).diagnostics[0].level,
        crate::diagnostic::Level::Warning
    );
    let rows = json!({"Results": [], "QueryInfo": {}, "NextToken": "token"});
    assert_eq!(
        codes(&load_json(&rows)),
        ["AWC007 the answer has a next token, so rows are missing"]
    );
    let batch = json!({"baseConfigurationItems": [item(json!({}))], "unprocessedResourceKeys": [{"resourceType": "x", "resourceId": "y"}]});
    assert_eq!(
        codes(&load_json(&batch)),
        ["AWC007 1 of the resources asked for are not in `baseConfigurationItems`"]
    );
}

#[test]
fn a_configuration_of_the_wrong_shape_is_unknown_and_said() {
    for (configuration, message) in [
        (json!("{"), "the `configuration` of `vol-1` is not valid JSON"),
        (
            json!("{\"a\":1,\"a\":2}"),
            "the `configuration` of `vol-1` is not valid JSON",
        ),
        (json!("[]"), "the `configuration` of `vol-1` holds no object"),
        (
            json!([]),
            "the `configuration` of `vol-1` is a list, not an object",
        ),
        (
            json!(true),
            "the `configuration` of `vol-1` is a scalar, not an object",
        ),
    ] {
        let input = load_json(&snapshot(&[item(json!({"configuration": configuration}))]));
        assert_eq!(codes(&input), [format!("AWC003 {message}")]);
        assert_eq!(
            at(&input.resources[0], "configuration.encrypted"),
            "?not_recorded"
        );
    }
}

#[test]
fn an_input_cannot_forge_the_mark_of_open_objects() {
    let forged = item(json!({"configuration": {UNLISTED: true}}));
    let input = load_json(&snapshot(&[forged]));
    assert_eq!(at(&input.resources[0], "configuration.encrypted"), "absent");
}

#[test]
fn reasons_are_those_of_partial_records() {
    let input = load(OVERSIZED);
    let mut reasons = Vec::new();
    input.resources[0]
        .values
        .for_each_unknown(&AttributePath::root(), &mut |_, unknown| {
            reasons.push(unknown.reason)
        });
    assert_eq!(reasons, [UnknownReason::NotRecorded; 5]);
}

#[test]
fn tags_of_a_row_are_whole_or_unknown() {
    for (column, tags, path, expected) in [
        (
            "tags",
            json!([{"tag": "Env=prod", "key": "Env", "value": "prod"}]),
            "tags[0].value",
            "\"prod\"",
        ),
        ("tags", json!([{"tag": "Env=a=b"}]), "tags[0].value", "\"a=b\""),
        ("tags", json!([{"tag": "Env=prod"}]), "tags[0].key", "\"Env\""),
        ("tags", json!([{"key": "Env"}]), "tags[0].value", "?not_recorded"),
        (
            "tags",
            json!([{"value": "prod"}]),
            "tags[0].value",
            "?not_recorded",
        ),
        ("tags", json!(["Env"]), "tags", "?not_recorded"),
        ("tags", json!({"Env": "prod"}), "tags.Owner", "absent"),
        ("tags.Env", json!("prod"), "tags.Owner", "?not_recorded"),
    ] {
        let mut row = json!({"resourceId": "vol-1", "resourceType": "AWS::EC2::Volume"});
        row[column] = tags.clone();
        let input = load_json(&json!([row]));
        assert_eq!(at(&input.resources[0], path), expected, "{column} {tags}");
    }
}

#[test]
fn an_item_with_the_arn_of_another_resource_is_known_by_its_id() {
    let id = |arn: &str, id: &str| {
        let group = item(json!({"resourceType": "AWS::EC2::SecurityGroup", "resourceId": id, "arn": arn}));
        ids(&load_json(&snapshot(&[group]))).join(" ")
    };
    assert_eq!(id(GROUP, "sg-0a1b2c3d4e5f60718"), GROUP);
    assert_eq!(id(GROUP, "sg-01"), "sg-01");
    // Elsewhere an id may be anything.
    assert_eq!(id(DATABASE, "db-ORDERS"), DATABASE);
}
