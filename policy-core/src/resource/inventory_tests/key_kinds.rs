//! Which kind of key encrypts a resource: each way of naming one, in three spellings of the world.

use super::*;

fn kind(inventory: &Inventory, id: &str) -> Cell {
    facet(find(inventory, id), "kms_key_kind").cell.clone()
}

fn volume(name: &str) -> N {
    tf(&format!("aws_ebs_volume.{name}"), json!({"encrypted": true}))
}

fn key_id(native: N, text: &str) -> N {
    native.set("kms_key_id", text.into())
}

const KEY_ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn a_reference_to_a_key_or_alias_of_the_input_is_the_customers() {
    let inventory = inventory(vec![
        tf("aws_kms_key.k", json!({})),
        tf("aws_kms_alias.a", json!({"name": "alias/a"})).refer("target_key_id", "aws_kms_key.k", "key_id"),
        volume("key").refer("kms_key_id", "aws_kms_key.k", "arn"),
        volume("alias").refer("kms_key_id", "aws_kms_alias.a", "arn"),
        key_id(volume("named"), "alias/a"),
    ]);
    for name in ["key", "alias", "named"] {
        let id = format!("aws_ebs_volume.{name}");
        assert_eq!(kind(&inventory, &id), known(json!("customer_managed")), "{name}");
        let volume = find(&inventory, &id);
        let keys = &volume.related.get("kms_key").expect("the relation").edges;
        assert_eq!(keys.len(), 1, "{name}: an alias stands for its key");
    }
}

#[test]
fn an_arn_of_a_key_that_nobody_shows_is_open() {
    for text in [KEY_ARN, "1234abcd-12ab-34cd-56ef-1234567890ab", "alias/AWS/ebs"] {
        let inventory = inventory(vec![
            key_id(volume("v"), text),
            tf("aws_kms_key.other", json!({})),
        ]);
        let Cell::Unknown(unknown) = kind(&inventory, "aws_ebs_volume.v") else {
            panic!("{text} is open");
        };
        let either = Domain::AnyOf(vec!["aws_managed".into(), "customer_managed".into()]);
        assert_eq!(unknown.domain, Some(either));
        assert!(unknown.non_null);
    }
    let shown = inventory(vec![
        key_id(volume("v"), KEY_ARN),
        tf("aws_kms_key.k", json!({"arn": KEY_ARN})),
    ]);
    assert_eq!(kind(&shown, "aws_ebs_volume.v"), known(json!("customer_managed")));
}

#[test]
fn a_condition_on_something_else_leaves_it_open() {
    // `random_pet.p.id == "x" ? aws_kms_key.k.arn : "alias/aws/ebs"`
    let mut conditional = volume("v").refer("kms_key_id", "aws_kms_key.k", "arn");
    let unknown = Unknown::new(UnknownReason::Reference)
        .with_refs([Arc::from("aws_kms_key.k"), Arc::from("random_pet.p")])
        .non_null();
    conditional = conditional.set("kms_key_id", unknown.into());
    let of_itself = volume("w").refer("kms_key_id", "aws_kms_key.k", "arn");
    let maybe = Unknown::new(UnknownReason::Reference).with_refs([Arc::from("aws_kms_key.k")]);
    let of_itself = of_itself.set("kms_key_id", maybe.into());
    let inventory = inventory(vec![
        tf("aws_kms_key.k", json!({})),
        tf("random_pet.p", json!({})),
        conditional,
        of_itself,
    ]);
    for id in ["aws_ebs_volume.v", "aws_ebs_volume.w"] {
        assert_eq!(
            reason(&kind(&inventory, id)),
            Some(UnknownReason::Reference),
            "{id}"
        );
    }
}

#[test]
fn a_key_that_goes_away_or_may_not_be_made_decides_nothing() {
    for key in [
        tf("aws_kms_key.k", json!({})).lifecycle(Lifecycle::Removed),
        tf("aws_kms_key.k", json!({})).condition("Create"),
    ] {
        let inventory = inventory(vec![key, volume("v").refer("kms_key_id", "aws_kms_key.k", "arn")]);
        assert!(reason(&kind(&inventory, "aws_ebs_volume.v")).is_some());
    }
}

#[test]
fn a_data_source_tells_whose_key_it_reads() {
    let data = |native_type: &str, values| {
        let mut native = tf(&format!("data.{native_type}.d"), values).lifecycle(Lifecycle::Data);
        native.0.native_type = native_type.into();
        native
    };
    let told = |source: N| {
        let id = source.0.id.clone();
        let mut volume = key_id(volume("v"), KEY_ARN);
        volume.0.references.push(Reference {
            path: AttributePath::parse("kms_key_id").expect("a path"),
            targets: vec![id],
            attribute: Some("arn".into()),
        });
        kind(&inventory(vec![source, volume]), "aws_ebs_volume.v")
    };
    let alias = |name: &str| data("aws_kms_alias", json!({"name": name, "target_key_arn": KEY_ARN}));
    assert_eq!(told(alias("alias/aws/ebs")), known(json!("aws_managed")));
    assert_eq!(told(alias("alias/mine")), known(json!("customer_managed")));
    let key = |manager: &str| data("aws_kms_key", json!({"key_manager": manager, "arn": KEY_ARN}));
    assert_eq!(told(key("AWS")), known(json!("aws_managed")));
    assert_eq!(told(key("CUSTOMER")), known(json!("customer_managed")));
    // The data source reads another key than the one that is written.
    let other = data(
        "aws_kms_key",
        json!({"key_manager": "CUSTOMER", "arn": "arn:aws:kms:::key/other"}),
    );
    assert_eq!(reason(&told(other)), Some(UnknownReason::NotRecorded));
}

#[test]
fn who_names_no_key_gets_the_key_of_the_service() {
    let inventory = inventory(vec![
        volume("default"),
        tf(
            "aws_ebs_volume.plain",
            json!({"encrypted": false, "kms_key_id": KEY_ARN}),
        ),
        tf("aws_dynamodb_table.owned", json!({})),
        tf(
            "aws_dynamodb_table.managed",
            json!({"server_side_encryption": [{"enabled": true}]}),
        ),
        tf("aws_secretsmanager_secret.s", json!({})),
        tf("aws_sns_topic.t", json!({})),
        tf(
            "aws_db_instance.restored",
            json!({"storage_encrypted": true, "snapshot_identifier": "s"}),
        ),
    ]);
    let of = |id: &str| facet(find(&inventory, id), "kms_key_kind").clone();
    // The account may have chosen another default key: good enough to fail on, not to pass on.
    assert_eq!(
        of("aws_ebs_volume.default").provenance.evidence,
        Some(Evidence::Unverified)
    );
    assert_eq!(of("aws_ebs_volume.plain").cell, Cell::Absent);
    assert_eq!(of("aws_dynamodb_table.owned").cell, known(json!("aws_owned")));
    assert_eq!(of("aws_dynamodb_table.managed").cell, known(json!("aws_managed")));
    assert_eq!(
        of("aws_secretsmanager_secret.s").cell,
        known(json!("aws_managed"))
    );
    assert_eq!(of("aws_sns_topic.t").cell, Cell::Absent);
    let restored = of("aws_db_instance.restored").cell;
    assert_eq!(
        reason(&restored),
        Some(UnknownReason::ComputedDefault),
        "it has the key of the snapshot"
    );
}

#[test]
fn a_recorded_key_says_who_manages_it() {
    let item = |id: &str, native_type: &str, arn: &str, configuration: serde_json::Value| {
        let values = json!({"resourceId": id, "arn": arn, "configuration": configuration});
        N::new(SourceKind::AwsConfig, native_type, id, values)
    };
    for (manager, expected) in [
        (json!("CUSTOMER"), known(json!("customer_managed"))),
        (json!("AWS"), known(json!("aws_managed"))),
    ] {
        let inventory = inventory(vec![
            item(
                "key",
                "AWS::KMS::Key",
                KEY_ARN,
                json!({"keyManager": manager, "arn": KEY_ARN}),
            ),
            item(
                "vol-1",
                "AWS::EC2::Volume",
                "",
                json!({"encrypted": true, "kmsKeyId": KEY_ARN}),
            ),
        ]);
        assert_eq!(kind(&inventory, "vol-1"), expected);
    }
    let silent = inventory(vec![
        item("key", "AWS::KMS::Key", KEY_ARN, json!({"arn": KEY_ARN})),
        item(
            "vol-1",
            "AWS::EC2::Volume",
            "",
            json!({"encrypted": true, "kmsKeyId": KEY_ARN}),
        ),
    ]);
    assert_eq!(reason(&kind(&silent, "vol-1")), Some(UnknownReason::NotRecorded));
}

#[test]
fn a_member_has_the_key_of_its_cluster() {
    let inventory = inventory(vec![
        tf("aws_kms_key.k", json!({})),
        tf(
            "aws_rds_cluster.c",
            json!({"cluster_identifier": "c", "storage_encrypted": true}),
        )
        .refer("kms_key_id", "aws_kms_key.k", "arn"),
        tf(
            "aws_rds_cluster.d",
            json!({"cluster_identifier": "d", "storage_encrypted": true, "snapshot_identifier": "s"}),
        ),
        tf("aws_rds_cluster_instance.i", json!({"cluster_identifier": "c"})),
        tf("aws_rds_cluster_instance.j", json!({"cluster_identifier": "d"})),
    ]);
    assert_eq!(
        kind(&inventory, "aws_rds_cluster_instance.i"),
        known(json!("customer_managed"))
    );
    assert!(reason(&kind(&inventory, "aws_rds_cluster_instance.j")).is_some());
}
