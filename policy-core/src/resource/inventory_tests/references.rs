//! Who belongs to whom: references, literals, unknowns, several candidates, conditions.

use super::*;

fn versioning(id: &str, status: &str) -> N {
    tf(id, json!({"versioning_configuration": [{"status": status}]}))
}

fn versioned(inventory: &Inventory, id: &str) -> Cell {
    attribute(find(inventory, id), "versioning_enabled").cell.clone()
}

#[test]
fn a_reference_joins_before_a_literal_does() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.a", json!({"bucket": "one"})),
        tf("aws_s3_bucket.b", json!({})),
        versioning("aws_s3_bucket_versioning.v", "Enabled").refer("bucket", "aws_s3_bucket.b", "id"),
    ]);
    assert_eq!(versioned(&inventory, "aws_s3_bucket.a"), known(json!(false)));
    assert_eq!(versioned(&inventory, "aws_s3_bucket.b"), known(json!(true)));
}

#[test]
fn literals_join_by_name_id_and_arn() {
    for name in ["one", "arn:aws:s3:::one"] {
        let inventory = inventory(vec![
            tf("aws_s3_bucket.a", json!({"bucket": "one"})),
            versioning("aws_s3_bucket_versioning.v", "Enabled").set("bucket", name.into()),
        ]);
        assert_eq!(
            versioned(&inventory, "aws_s3_bucket.a"),
            known(json!(true)),
            "{name}"
        );
    }
}

#[test]
fn a_known_name_of_something_else_concerns_nothing_here() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.a", json!({"bucket": "one"})),
        versioning("aws_s3_bucket_versioning.v", "Enabled").set("bucket", "elsewhere".into()),
    ]);
    assert_eq!(versioned(&inventory, "aws_s3_bucket.a"), known(json!(false)));
    let satellite = find(&inventory, "aws_s3_bucket_versioning.v");
    // It stands for the bucket that nobody sees here.
    assert_eq!(
        (satellite.kind.as_deref(), satellite.fragment, satellite.lifecycle),
        (Some("s3_bucket"), true, Lifecycle::Managed)
    );
    assert_eq!(&*satellite.resource_type, "aws_s3_bucket_versioning");
}

#[test]
fn a_name_that_is_made_from_a_reference_names_another_bucket() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.a", json!({"bucket": "one"})),
        tf("aws_s3_bucket.b", json!({"bucket": "one-logs"})),
        versioning("aws_s3_bucket_versioning.v", "Enabled")
            .refer("bucket", "aws_s3_bucket.a", "bucket")
            .set("bucket", "one-logs".into()),
        versioning("aws_s3_bucket_versioning.w", "Enabled")
            .refer("bucket", "aws_s3_bucket.a", "bucket")
            .set("bucket", "one-elsewhere".into()),
    ]);
    assert_eq!(versioned(&inventory, "aws_s3_bucket.a"), known(json!(false)));
    assert_eq!(versioned(&inventory, "aws_s3_bucket.b"), known(json!(true)));
}

#[test]
fn a_satellite_of_nobody_known_may_belong_to_every_bucket_without_one() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.a", json!({})),
        tf("aws_s3_bucket.b", json!({})),
        versioning("aws_s3_bucket_versioning.b", "Suspended").refer("bucket", "aws_s3_bucket.b", "id"),
        versioning("aws_s3_bucket_versioning.v", "Enabled").unknown("bucket", UnknownReason::Variable),
    ]);
    let Cell::Unknown(unknown) = versioned(&inventory, "aws_s3_bucket.a") else {
        panic!("known")
    };
    assert_eq!(unknown.reason, UnknownReason::MaybeSatellite);
    assert_eq!(unknown.refs, [Arc::from("aws_s3_bucket_versioning.v")]);
    assert_eq!(unknown.domain, Some(Domain::Bool));
    assert_eq!(versioned(&inventory, "aws_s3_bucket.b"), known(json!(false)));
    assert!(
        inventory
            .resources
            .iter()
            .any(|resource| resource.id.as_str() == "aws_s3_bucket_versioning.v")
    );
    // What a versioning resource cannot say is not touched.
    assert_eq!(
        attribute(find(&inventory, "aws_s3_bucket.a"), "sse_algorithm").cell,
        known(json!("AES256"))
    );
}

#[test]
fn an_expression_is_bound_to_its_module() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.a", json!({})).scope("module.x"),
        tf("aws_s3_bucket.b", json!({})),
        versioning("aws_s3_bucket_versioning.v", "Enabled")
            .refer("bucket", "random_pet.name", "id")
            .scope("module.x"),
    ]);
    assert_eq!(
        reason(&versioned(&inventory, "aws_s3_bucket.a")),
        Some(UnknownReason::MaybeSatellite)
    );
    assert_eq!(versioned(&inventory, "aws_s3_bucket.b"), known(json!(false)));
}

#[test]
fn an_ambiguous_reference_may_mean_each_of_its_targets_and_nobody_else() {
    let mut ambiguous =
        versioning("aws_s3_bucket_versioning.v", "Enabled").refer("bucket", "aws_s3_bucket.a[0]", "id");
    ambiguous.0.references[0].targets = ["aws_s3_bucket.a[0]", "aws_s3_bucket.a[1]"]
        .map(ResourceId::new)
        .to_vec();
    let mut buckets: Vec<N> = ["a", "a", "c"]
        .map(|_| tf("aws_s3_bucket.c", json!({})))
        .into_iter()
        .collect();
    buckets[0].0.id = ResourceId::new("aws_s3_bucket.a[0]");
    buckets[1].0.id = ResourceId::new("aws_s3_bucket.a[1]");
    buckets.push(ambiguous);
    let inventory = inventory(buckets);
    for id in ["aws_s3_bucket.a[0]", "aws_s3_bucket.a[1]"] {
        assert_eq!(
            reason(&versioned(&inventory, id)),
            Some(UnknownReason::MaybeSatellite),
            "{id}"
        );
    }
    assert_eq!(versioned(&inventory, "aws_s3_bucket.c"), known(json!(false)));
}

#[test]
fn what_is_removed_joins_nothing() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.a", json!({"bucket": "one"})),
        versioning("aws_s3_bucket_versioning.v", "Enabled")
            .set("bucket", "one".into())
            .lifecycle(Lifecycle::Removed),
        tf("aws_s3_bucket.gone", json!({"bucket": "two"})).lifecycle(Lifecycle::Removed),
        versioning("aws_s3_bucket_versioning.w", "Enabled").refer("bucket", "aws_s3_bucket.gone", "id"),
    ]);
    // The second one refers to a bucket that goes away; which one it will configure is not known.
    assert_eq!(
        reason(&versioned(&inventory, "aws_s3_bucket.a")),
        Some(UnknownReason::MaybeSatellite)
    );
    assert_eq!(versioned(&inventory, "aws_s3_bucket.gone"), known(json!(false)));
}

#[test]
fn satellites_that_agree_are_one_and_satellites_that_do_not_are_a_conflict() {
    let two = |status: &str| {
        inventory_and_diagnostics(vec![
            tf("aws_s3_bucket.a", json!({"bucket": "one"})),
            versioning("aws_s3_bucket_versioning.v", "Enabled").set("bucket", "one".into()),
            versioning("aws_s3_bucket_versioning.w", status).set("bucket", "one".into()),
        ])
    };
    let (agreeing, diagnostics) = two("Enabled");
    assert_eq!(versioned(&agreeing, "aws_s3_bucket.a"), known(json!(true)));
    assert_eq!(diagnostics, []);
    let (conflicting, diagnostics) = two("Suspended");
    let Cell::Unknown(unknown) = versioned(&conflicting, "aws_s3_bucket.a") else {
        panic!("known")
    };
    let both = ["aws_s3_bucket_versioning.v", "aws_s3_bucket_versioning.w"].map(Arc::from);
    assert_eq!(
        (unknown.reason, unknown.refs.as_slice()),
        (UnknownReason::Expression, &both[..])
    );
    assert_eq!(
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.id)
            .collect::<Vec<_>>(),
        ["RES002"]
    );
    assert_eq!(diagnostics[0].file(), Some("main.tf"));
}

#[test]
fn a_satellite_wins_over_the_inline_block() {
    let inventory = inventory(vec![
        tf(
            "aws_s3_bucket.a",
            json!({"bucket": "one", "versioning": [{"enabled": true}]}),
        ),
        versioning("aws_s3_bucket_versioning.v", "Suspended").set("bucket", "one".into()),
        tf(
            "aws_s3_bucket.b",
            json!({"bucket": "two", "versioning": [{"enabled": true}]}),
        ),
    ]);
    assert_eq!(versioned(&inventory, "aws_s3_bucket.a"), known(json!(false)));
    assert_eq!(versioned(&inventory, "aws_s3_bucket.b"), known(json!(true)));
}

#[test]
fn an_unknown_in_a_satellite_keeps_its_reason_and_place() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket.a", json!({"bucket": "one"})),
        tf("aws_s3_bucket_versioning.v", json!({"bucket": "one"}))
            .unknown("versioning_configuration", UnknownReason::Variable),
    ]);
    let versioning = attribute(find(&inventory, "aws_s3_bucket.a"), "versioning_enabled");
    assert_eq!(reason(&versioning.cell), Some(UnknownReason::Variable));
    assert_eq!(
        versioning.provenance.from,
        Some(ResourceId::new("aws_s3_bucket_versioning.v"))
    );
}

#[test]
fn a_satellite_under_an_undecidable_condition_gives_either_value() {
    let bucket = || cfn("B", "AWS::S3::Bucket", json!({"BucketName": "b"}));
    let policy = || {
        cfn(
            "P",
            "AWS::S3::BucketPolicy",
            json!({"PolicyDocument": {"Statement": []}}),
        )
        .refer("Bucket", "B", "Ref")
    };
    let conditional = inventory(vec![bucket(), policy().condition("IsProd")]);
    let Cell::Unknown(unknown) = &attribute(find(&conditional, "B"), "policy").cell else {
        panic!("known")
    };
    assert_eq!(
        (unknown.reason, &unknown.refs),
        (UnknownReason::Condition, &vec![Arc::from("IsProd")])
    );
    assert!(
        matches!(&unknown.domain, Some(Domain::AnyOf(values)) if values.len() == 2 && values.contains(&Value::Null))
    );
    let shared = inventory(vec![bucket().condition("IsProd"), policy().condition("IsProd")]);
    assert!(attribute(find(&shared, "B"), "policy").cell.known().is_some());
}

#[test]
fn a_composite_join_needs_both_names() {
    let stage = |id: &str, name: &str| {
        tf(id, json!({"stage_name": name})).refer("rest_api_id", "aws_api_gateway_rest_api.a", "id")
    };
    let inventory = inventory(vec![
        tf("aws_api_gateway_rest_api.a", json!({})),
        stage("aws_api_gateway_stage.prod", "prod"),
        stage("aws_api_gateway_stage.dev", "dev"),
        tf(
            "aws_api_gateway_method_settings.m",
            json!({"stage_name": "prod", "settings": [{"logging_level": "INFO"}]}),
        )
        .refer("rest_api_id", "aws_api_gateway_rest_api.a", "id"),
    ]);
    let level = |id: &str| {
        attribute(find(&inventory, id), "method_logging_level")
            .cell
            .clone()
    };
    assert_eq!(level("aws_api_gateway_stage.prod"), known(json!(["INFO"])));
    assert_eq!(level("aws_api_gateway_stage.dev"), known(json!([])));
}

#[test]
fn a_parent_can_name_its_satellite() {
    let inventory = inventory(vec![
        tf(
            "aws_redshift_cluster.c",
            json!({"cluster_parameter_group_name": "strict"}),
        ),
        tf(
            "aws_redshift_parameter_group.p",
            json!({"name": "strict", "parameter": [{"name": "require_ssl", "value": "true"}]}),
        ),
    ]);
    assert_eq!(
        attribute(find(&inventory, "aws_redshift_cluster.c"), "require_ssl").cell,
        known(json!(true))
    );
}

#[test]
fn one_association_belongs_to_a_load_balancer_or_a_stage() {
    let inventory = inventory(vec![
        tf("aws_lb.l", json!({"name": "l"})),
        tf("aws_api_gateway_stage.s", json!({"stage_name": "s"})),
        tf(
            "aws_wafv2_web_acl_association.a",
            json!({"web_acl_arn": "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/w/1"}),
        )
        .refer("resource_arn", "aws_lb.l", "arn"),
    ]);
    assert!(
        attribute(find(&inventory, "aws_lb.l"), "web_acl_arn")
            .cell
            .known()
            .is_some()
    );
    assert_eq!(find(&inventory, "aws_api_gateway_stage.s").satellites, []);
}

#[test]
fn singletons_join_within_their_region() {
    let region = |mut native: N, region: &str| {
        native.0.provider.region = Some(region.into());
        native
    };
    let inventory = inventory(vec![
        region(
            tf("aws_config_configuration_recorder.a", json!({"name": "a"})),
            "eu-west-1",
        ),
        region(
            tf("aws_config_configuration_recorder.b", json!({"name": "b"})),
            "eu-west-2",
        ),
        region(
            tf("aws_config_delivery_channel.c", json!({"s3_bucket_name": "c"})),
            "eu-west-1",
        ),
    ]);
    for (id, present) in [
        ("aws_config_configuration_recorder.a", true),
        ("aws_config_configuration_recorder.b", false),
    ] {
        assert_eq!(
            attribute(find(&inventory, id), "delivery_channel_present").cell,
            known(json!(present)),
            "{id}"
        );
    }
}

#[test]
fn relations_say_how_they_were_found_and_what_is_open() {
    let inventory = inventory(vec![
        tf(
            "aws_kms_key.k",
            json!({"arn": "arn:aws:kms:eu-west-1:111122223333:key/k", "key_id": "k"}),
        ),
        tf("aws_sns_topic.a", json!({})).refer("kms_master_key_id", "aws_kms_key.k", "arn"),
        tf("aws_sns_topic.b", json!({"kms_master_key_id": "k"})),
        tf("aws_sns_topic.c", json!({"kms_master_key_id": "alias/aws/sns"})),
        tf("aws_sns_topic.d", json!({})).unknown("kms_master_key_id", UnknownReason::Variable),
    ]);
    let key = |id: &str| {
        find(&inventory, id)
            .related
            .get("kms_key")
            .cloned()
            .expect("the relation")
    };
    assert_eq!(
        key("aws_sns_topic.a")
            .edges
            .iter()
            .map(|edge| edge.by.as_str())
            .collect::<Vec<_>>(),
        ["reference"]
    );
    assert_eq!(
        key("aws_sns_topic.b")
            .edges
            .iter()
            .map(|edge| edge.by.as_str())
            .collect::<Vec<_>>(),
        ["literal"]
    );
    assert_eq!(key("aws_sns_topic.c"), Relation::default());
    assert_eq!(
        key("aws_sns_topic.d").open.map(|open| open.reason),
        Some(UnknownReason::Variable)
    );
    let encrypts = find(&inventory, "aws_kms_key.k")
        .related
        .get("encrypts")
        .cloned()
        .expect("the inverse");
    assert_eq!(
        encrypts.edges.iter().map(|edge| edge.to).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(
        encrypts.open.map(|open| open.reason),
        Some(UnknownReason::MaybeSatellite)
    );
}

#[test]
fn a_resource_that_nothing_declares_is_none_of_those_that_are_there() {
    let missing = |target: &str| {
        let inventory = inventory(vec![
            tf("aws_s3_bucket.a", json!({})),
            versioning("aws_s3_bucket_versioning.v", "Enabled").refer("bucket", target, "id"),
        ]);
        versioned(&inventory, "aws_s3_bucket.a")
    };
    assert_eq!(missing("aws_s3_bucket.nowhere"), known(json!(false)));
    // Of another type, it may be made of the same name.
    assert_eq!(
        reason(&missing("aws_kms_key.nowhere")),
        Some(UnknownReason::MaybeSatellite)
    );
}

#[test]
fn a_function_is_named_with_its_version_or_alias() {
    let permission = |name: &str| {
        let inventory = inventory(vec![
            tf("aws_lambda_function.job", json!({"function_name": "job"})),
            tf("aws_lambda_function.live", json!({"function_name": "live"})),
            tf(
                "aws_lambda_permission.p",
                json!({"principal": "*", "function_name": name}),
            ),
        ]);
        ["aws_lambda_function.job", "aws_lambda_function.live"]
            .map(|id| find(&inventory, id).satellites.len())
    };
    for name in [
        "job",
        "job:live",
        "job:7",
        "111122223333:function:job",
        "function:job:live",
        "arn:aws:lambda:eu-west-1:111122223333:function:job",
        "arn:aws:lambda:eu-west-1:111122223333:function:job:live",
    ] {
        assert_eq!(permission(name), [1, 0], "{name}");
    }
    for name in [
        "other:job",
        "arn:aws:lambda:eu-west-1:111122223333:layer:job",
        ":job",
        "",
    ] {
        assert_eq!(permission(name), [0, 0], "{name}");
    }
}
