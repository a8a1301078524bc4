//! The same resources in every wrapping.

use serde_json::json;

use super::*;
use crate::document::yaml;
use crate::resource::{Lifecycle, SourceKind};

#[test]
fn a_snapshot_gives_every_resource_with_account_region_and_values() {
    let input = load(SNAPSHOT);
    assert_eq!(input.format, Some(InputFormat::AwsConfig));
    assert_eq!(
        ids(&input),
        [
            BUCKET,
            DATABASE,
            GROUP,
            "arn:aws:iam::111122223333:role/deploy",
            "arn:aws:ec2:eu-west-1:111122223333:volume/vol-0aaaaaaaaaaaaaaaa",
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ]
    );
    let database = find(&input, DATABASE);
    assert_eq!(
        (&*database.native_type, &*database.name),
        ("AWS::RDS::DBInstance", "ledger")
    );
    assert_eq!(
        (database.source, database.lifecycle),
        (SourceKind::AwsConfig, Lifecycle::Managed)
    );
    assert_eq!(database.provider.account, Some("111122223333".into()));
    assert_eq!(database.provider.region, Some("eu-west-1".into()));
    assert_eq!(at(database, "configuration.storageEncrypted"), "false");
    assert_eq!(at(database, "configuration.kmsKeyId"), "null");
    // A whole item is closed: what it does not list is not there.
    assert_eq!(at(database, "configuration.certificateDetails"), "absent");
    assert_eq!(at(database, "tags.Environment"), "\"prod\"");
    let role = find(&input, "arn:aws:iam::111122223333:role/deploy");
    assert_eq!(role.provider.region, Some("aws-global".into()));
    assert_eq!(at(role, "awsRegion"), "\"global\"");
}

#[test]
fn both_spellings_of_the_envelope_become_one() {
    let bucket = |text| find(&load(text), BUCKET).clone();
    let (file, api) = (bucket(SNAPSHOT), bucket(API));
    for name in [
        "accountId",
        "arn",
        "awsRegion",
        "resourceId",
        "resourceName",
        "configuration",
        "tags",
    ] {
        assert_eq!(file.values.get(name), api.values.get(name), "{name}");
    }
    assert_eq!(at(&file, "accountId"), "\"111122223333\"");
    for name in ["awsAccountId", "ARN"] {
        assert_eq!(at(&file, name), "absent");
    }
    assert_eq!((file.provider, &file.name), (api.provider, &api.name));
}

#[test]
fn texts_that_hold_json_are_opened_in_files_and_answers_alike() {
    for text in [SNAPSHOT, API, BATCH] {
        let input = load(text);
        let bucket = find(&input, BUCKET);
        let supplementary = |path: &str| at(bucket, &format!("supplementaryConfiguration.{path}"));
        assert_eq!(
            supplementary("PublicAccessBlockConfiguration.restrictPublicBuckets"),
            "false"
        );
        assert_eq!(
            supplementary("BucketVersioningConfiguration.status"),
            "\"Enabled\""
        );
        assert_eq!(
            supplementary("BucketLoggingConfiguration.destinationBucketName"),
            "null"
        );
        assert_eq!(
            supplementary("AccessControlList.grantList[0].permission"),
            "\"FullControl\""
        );
        // One level: the document inside is the business of whoever reads policies.
        assert!(supplementary("BucketPolicy.policyText").contains("aws:SecureTransport"));
    }
}

#[test]
fn scalars_in_texts_are_opened_in_answers_only() {
    let answer = item(
        json!({"configuration": "{}", "supplementaryConfiguration": {"KeyRotationStatus": "true", "Name": "\"5\"", "Odd": "{x"}}),
    );
    let file = item(
        json!({"configuration": {}, "supplementaryConfiguration": {"KeyRotationStatus": true, "Name": "5", "Odd": "{x"}}),
    );
    let values = |item: &Json| {
        load_json(&snapshot(std::slice::from_ref(item))).resources[0]
            .values
            .clone()
    };
    assert_eq!(values(&answer), values(&file));
}

#[test]
fn relationships_become_references_to_resources_of_the_input() {
    let input = load(SNAPSHOT);
    let references = &find(&input, DATABASE).references;
    // The VPC is not in the snapshot.
    assert_eq!(references.len(), 1);
    assert!(references[0].path.is_root());
    assert_eq!(references[0].targets, [ResourceId::new(GROUP)]);
    assert!(find(&input, GROUP).references.is_empty());
}

#[test]
fn a_relationship_stays_in_its_own_account_and_region() {
    let vpc = |account: &str| {
        item(
            json!({"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "awsAccountId": account, "arn": format!("arn:{account}")}),
        )
    };
    let volume = |account: &str, id: &str| {
        let related = json!([{"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "name": "x"}]);
        item(json!({"resourceId": id, "awsAccountId": account, "relationships": related}))
    };
    let input = load_json(&snapshot(&[
        vpc("111122223333"),
        vpc("444455556666"),
        volume("444455556666", "a"),
        volume("777788889999", "b"),
    ]));
    let targets = |id: &str| {
        find(&input, id)
            .references
            .iter()
            .map(|one| one.targets[0].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(targets("a"), ["arn:444455556666"]);
    assert_eq!(
        targets("b"),
        Vec::<String>::new(),
        "two accounts have it, and neither is its own"
    );
}

#[test]
fn a_rule_event_is_read_through_its_text() {
    let input = load(EVENT);
    assert_eq!(codes(&input), Vec::<String>::new());
    let (database, other) = (find(&input, DATABASE), find(&load(SNAPSHOT), DATABASE).clone());
    assert_eq!(database.values, other.values);
    let span = database
        .origin
        .locate(&AttributePath::parse("configuration.storageEncrypted").unwrap())
        .unwrap();
    assert_eq!(span.location().line, 3, "the line of `invokingEvent`");
}

#[test]
fn wrappers_of_other_services_are_opened() {
    let change =
        json!({"configurationItem": item(json!({})), "messageType": "ConfigurationItemChangeNotification"});
    for wrapped in [
        change.clone(),
        json!({"detail-type": "Config Configuration Item Change", "detail": change}),
        json!({"Type": "Notification", "Message": change.to_string()}),
        json!([{"invokingEvent": change.to_string()}]),
        item(json!({})),
        json!([item(json!({}))]),
    ] {
        let input = load_json(&wrapped);
        assert_eq!(
            (ids(&input), codes(&input)),
            (vec!["vol-1"], Vec::new()),
            "{wrapped}"
        );
        assert_eq!(at(&input.resources[0], "configuration.kmsKeyId"), "absent");
    }
}

#[test]
fn an_event_without_an_item_is_an_error() {
    let input = load(SCHEDULED);
    assert_eq!(
        codes(&input),
        ["AWC001 the event holds no configuration item: it is a `ScheduledNotification`"]
    );
    assert_eq!(input.diagnostics[0].level, crate::diagnostic::Level::Error);
    assert_eq!(
        codes(&load_json(&snapshot(&[]))),
        ["AWC001 no configuration item in the input"]
    );
}

#[test]
fn every_form_of_a_row_is_a_row() {
    let row = json!({"resourceId": "vol-1", "resourceType": "AWS::EC2::Volume", "configuration": {"encrypted": null}});
    for rows in [
        json!({"Results": [row.to_string()], "QueryInfo": {"SelectFields": []}}),
        json!({"Results": [row], "QueryInfo": {"SelectFields": []}}),
        json!([row.to_string()]),
        json!([row]),
        row.clone(),
    ] {
        let input = load_json(&rows);
        assert_eq!(
            (ids(&input), codes(&input)),
            (vec!["vol-1"], Vec::new()),
            "{rows}"
        );
        assert_eq!(
            at(&input.resources[0], "configuration.encrypted"),
            "?not_recorded",
            "{rows}"
        );
        assert_eq!(
            at(&input.resources[0], "configuration.size"),
            "?not_recorded",
            "{rows}"
        );
    }
}

#[test]
fn ids_are_unique_and_do_not_depend_on_the_order() {
    let one = item(json!({"resourceId": "default", "awsRegion": "eu-west-1"}));
    let two = item(json!({"resourceId": "default", "awsRegion": "us-east-1"}));
    let three = item(json!({"resourceId": "other"}));
    let mut found = Vec::new();
    for items in [[one.clone(), two.clone(), three.clone()], [three, two, one]] {
        let input = load_json(&snapshot(&items));
        let mut ids: Vec<String> = ids(&input).into_iter().map(str::to_owned).collect();
        ids.sort();
        found.push(ids);
    }
    assert_eq!(found[0], found[1]);
    assert_eq!(
        found[0],
        [
            "111122223333/eu-west-1/AWS::EC2::Volume/default",
            "111122223333/us-east-1/AWS::EC2::Volume/default",
            "other"
        ]
    );
}

#[test]
fn values_are_found_in_the_text() {
    for (text, path, wanted) in [
        (SNAPSHOT, "configuration.storageEncrypted", "false"),
        (SNAPSHOT, "accountId", "\"111122223333\""),
        (FLATTENED, "configuration.storageEncrypted", "false"),
        (
            FLATTENED,
            "configuration.dBSubnetGroup.vpcId",
            "\"vpc-0123456789abcdef0\"",
        ),
    ] {
        let input = load(text);
        let source = input.source.clone().unwrap();
        let database = find(&input, DATABASE);
        let span = database
            .origin
            .locate(&AttributePath::parse(path).unwrap())
            .unwrap();
        assert_eq!(
            source.text().get(span.start()..span.end()),
            Some(wanted),
            "{path}"
        );
        let nowhere = database.origin.locate(&AttributePath::parse("nowhere").unwrap());
        assert_eq!(nowhere, database.origin.block);
    }
}

#[test]
fn yaml_answers_are_read_and_located_too() {
    let text = "configurationItems:\n- configurationItemStatus: OK\n  resourceType: AWS::EC2::Volume\n  resourceId: vol-1\n  awsAccountId: 111122223333\n  configuration:\n    encrypted: false\n";
    let source = Source::new("items.yaml", text);
    let root = yaml::parse(&source).unwrap();
    assert!(recognise_config(&root));
    let input = read(source, &root, &InputContext::default());
    let volume = &input.resources[0];
    assert_eq!(volume.provider.account, Some("111122223333".into()));
    assert_eq!(at(volume, "accountId"), "\"111122223333\"");
    let span = volume
        .origin
        .locate(&AttributePath::parse("configuration.encrypted").unwrap())
        .unwrap();
    assert_eq!((span.location().line, span.location().column), (7, 16));
}

#[test]
fn a_compressed_snapshot_is_the_same_snapshot() {
    let bytes = include_bytes!("../../../../../fixtures/inputs/aws-config/snapshot/snapshot.json.gz");
    assert!(is_gzip(bytes) && !is_gzip(SNAPSHOT.as_bytes()));
    assert_eq!(inflate("snapshot.json.gz", bytes).unwrap(), SNAPSHOT.as_bytes());
}

#[test]
fn cloud_control_speaks_cloudformation() {
    let input = load(CLOUD_CONTROL);
    assert_eq!(
        (input.format, codes(&input)),
        (Some(InputFormat::CloudControl), Vec::new())
    );
    let bucket = find(&input, BUCKET);
    assert_eq!(
        (&*bucket.native_type, &*bucket.name),
        ("AWS::S3::Bucket", "ledger-raw")
    );
    assert_eq!(bucket.source, SourceKind::CloudFormation);
    assert_eq!(
        at(bucket, "PublicAccessBlockConfiguration.RestrictPublicBuckets"),
        "false"
    );
    assert_eq!(at(bucket, "BucketEncryption"), "absent");
    assert_eq!(
        bucket
            .origin
            .locate(&AttributePath::root())
            .unwrap()
            .location()
            .line,
        5
    );
}

#[test]
fn a_list_of_cloud_control_may_leave_out_anything() {
    let one = json!({"Identifier": "a", "Properties": "{\"BucketName\":\"a\"}"});
    let input = load_json(
        &json!({"TypeName": "AWS::S3::Bucket", "ResourceDescriptions": [one, {"Properties": "{}"}, {"Identifier": "b", "Properties": "["}], "NextToken": "x"}),
    );
    assert_eq!(ids(&input), ["a", "b"]);
    assert_eq!(at(&input.resources[0], "BucketName"), "\"a\"");
    for resource in &input.resources {
        assert_eq!(at(resource, "VersioningConfiguration.Status"), "?not_recorded");
    }
    let found: Vec<&str> = input
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.id)
        .collect();
    assert_eq!(found, ["AWC007", "AWC002", "AWC002"]);
}

#[test]
fn other_documents_are_left_alone() {
    for text in [
        "[]",
        "{}",
        "[\"a\"]",
        r#"{"Resources": {}}"#,
        r#"{"Message": "hello"}"#,
        r#"{"detail": {"configurationItems": 1}}"#,
        r#"{"resourceType": "Patient", "resourceId": "1"}"#,
        r#"{"Results": []}"#,
        r#"{"version": 4, "resources": []}"#,
        r#"{"TypeName": "AWS::S3::Bucket"}"#,
    ] {
        let root = json_text::parse(&Source::new("x", text)).unwrap();
        assert!(!recognise_config(&root), "{text}");
    }
}
