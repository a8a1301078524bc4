//! Keys, trails, recorders and networks: both spellings, the defaults, what is unknown.

use super::*;

#[test]
fn kms_in_both_spellings() {
    let terraform = inventory(vec![
        tf(
            "aws_kms_key.k",
            json!({"enable_key_rotation": true, "is_enabled": true, "multi_region": false}),
        ),
        tf("aws_kms_alias.a", json!({"name": "alias/app"})).refer("target_key_id", "aws_kms_key.k", "key_id"),
    ]);
    let template = inventory(vec![
        cfn(
            "K",
            "AWS::KMS::Key",
            json!({"EnableKeyRotation": true, "Enabled": true}),
        ),
        cfn("A", "AWS::KMS::Alias", json!({"AliasName": "alias/app"})).refer("TargetKeyId", "K", "Ref"),
    ]);
    let key = find(&terraform, "aws_kms_key.k");
    // Terraform cannot say the origin, and statements name the resource that they come from.
    same_table(key, find(&template, "K"), &["origin", "facet policy_statements"]);
    assert_eq!(facet(key, "key_rotation").cell, known(json!(true)));
    assert_eq!(attribute(key, "key_state").cell, known(json!("Enabled")));
    assert_eq!(attribute(key, "key_usage").cell, known(json!("ENCRYPT_DECRYPT")));
    assert_eq!(attribute(key, "key_spec").cell, known(json!("SYMMETRIC_DEFAULT")));
    assert_eq!(attribute(key, "aliases").cell, known(json!(["alias/app"])));
    let statements = facet(key, "policy_statements")
        .cell
        .known()
        .and_then(Value::as_list)
        .map(<[Value]>::len);
    assert_eq!(statements, Some(1));
}

#[test]
fn the_default_key_policy_names_the_account_when_it_is_known() {
    let options = ContextOptions {
        account: Some("111122223333".to_owned()),
        ..ContextOptions::default()
    };
    let native = tf("aws_kms_key.k", json!({}))
        .unknown("policy", UnknownReason::ComputedDefault)
        .0;
    let (inventory, _) = build(vec![native], TypeMap::builtin(), &options);
    let policy = attribute(find(&inventory, "aws_kms_key.k"), "policy")
        .cell
        .known()
        .map(Value::to_json);
    let policy = policy.expect("a policy").to_string();
    assert!(policy.contains("arn:aws:iam::111122223333:root"), "{policy}");
}

#[test]
fn a_replica_key_takes_its_usage_from_the_primary() {
    let inventory = inventory(vec![tf(
        "aws_kms_replica_key.r",
        json!({"primary_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/k"}),
    )]);
    let key = find(&inventory, "aws_kms_replica_key.r");
    assert_eq!(
        reason(&attribute(key, "enable_key_rotation").cell),
        Some(UnknownReason::ComputedDefault)
    );
}

#[test]
fn cloudtrail_in_both_spellings() {
    let terraform = inventory(vec![
        tf(
            "aws_cloudtrail.t",
            json!({"s3_bucket_name": "logs", "is_multi_region_trail": true,
            "enable_log_file_validation": true, "enable_logging": true, "include_global_service_events": true,
            "event_selector": [{"read_write_type": "All", "include_management_events": true}]}),
        )
        .refer("kms_key_id", "aws_kms_key.k", "arn"),
    ]);
    let template = inventory(vec![
        cfn(
            "T",
            "AWS::CloudTrail::Trail",
            json!({"S3BucketName": "logs", "IsMultiRegionTrail": true,
            "EnableLogFileValidation": true, "IsLogging": true, "IncludeGlobalServiceEvents": true,
            "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]}),
        )
        .refer("KMSKeyId", "K", "Arn"),
    ]);
    let trail = find(&terraform, "aws_cloudtrail.t");
    // The raw selectors keep the spelling of their source.
    same_table(trail, find(&template, "T"), &["event_selectors"]);
    assert_eq!(facet(trail, "multi_region").cell, known(json!(true)));
    // The key's ARN is unknown, that there is one is not.
    assert_eq!(facet(trail, "encrypted_at_rest").cell, known(json!(true)));
    assert_eq!(
        attribute(trail, "management_read_write_type").cell,
        known(json!(["All"]))
    );
}

#[test]
fn trail_defaults() {
    let terraform = inventory(vec![tf("aws_cloudtrail.t", json!({"s3_bucket_name": "logs"}))]);
    let trail = find(&terraform, "aws_cloudtrail.t");
    for (name, value) in [
        ("is_logging", true),
        ("is_multi_region_trail", false),
        ("include_global_service_events", true),
    ] {
        let attribute = attribute(trail, name);
        assert_eq!(attribute.cell, known(json!(value)), "{name}");
        assert_eq!(
            attribute.provenance.evidence,
            Some(Evidence::Documented),
            "{name}"
        );
    }
    let template = inventory(vec![cfn("T", "AWS::CloudTrail::Trail", json!({}))]);
    let trail = find(&template, "T");
    assert_eq!(attribute(trail, "is_logging").cell, Cell::Absent);
    assert_eq!(
        attribute(trail, "include_global_service_events").cell,
        known(json!(true))
    );
}

#[test]
fn a_recorder_needs_its_status_in_terraform_and_its_channel_in_both() {
    let terraform = inventory(vec![
        tf(
            "aws_config_configuration_recorder.r",
            json!({"name": "r", "role_arn": "arn:aws:iam::111122223333:role/c"}),
        ),
        tf(
            "aws_config_configuration_recorder_status.s",
            json!({"is_enabled": true}),
        )
        .refer("name", "aws_config_configuration_recorder.r", "name"),
        tf(
            "aws_config_delivery_channel.c",
            json!({"s3_bucket_name": "config"}),
        ),
    ]);
    let template = inventory(vec![
        cfn(
            "R",
            "AWS::Config::ConfigurationRecorder",
            json!({"Name": "r", "RoleARN": "arn:aws:iam::111122223333:role/c"}),
        ),
        cfn(
            "C",
            "AWS::Config::DeliveryChannel",
            json!({"S3BucketName": "config"}),
        ),
    ]);
    let recorder = find(&terraform, "aws_config_configuration_recorder.r");
    same_table(recorder, find(&template, "R"), &[]);
    for (name, value) in [
        ("is_enabled", true),
        ("delivery_channel_present", true),
        ("all_supported", true),
    ] {
        assert_eq!(attribute(recorder, name).cell, known(json!(value)), "{name}");
    }
    // A channel is a resource of its own as well.
    assert!(
        terraform
            .resources
            .iter()
            .any(|resource| resource.kind.as_deref() == Some("config_delivery_channel"))
    );
    let alone = inventory(vec![tf(
        "aws_config_configuration_recorder.r",
        json!({"name": "r"}),
    )]);
    let recorder = find(&alone, "aws_config_configuration_recorder.r");
    assert_eq!(attribute(recorder, "is_enabled").cell, known(json!(false)));
    assert_eq!(
        attribute(recorder, "delivery_channel_present").cell,
        known(json!(false))
    );
}

#[test]
fn a_recording_group_without_all_supported_is_a_selection_in_a_template() {
    let recorder = |group: serde_json::Value| {
        let inventory = inventory(vec![cfn(
            "R",
            "AWS::Config::ConfigurationRecorder",
            json!({"RecordingGroup": group}),
        )]);
        attribute(find(&inventory, "R"), "all_supported").cell.clone()
    };
    assert_eq!(recorder(json!(null)), known(json!(true)));
    assert_eq!(
        recorder(json!({"ResourceTypes": ["AWS::EC2::Volume"]})),
        known(json!(false))
    );
    assert_eq!(recorder(json!({"AllSupported": "true"})), known(json!(true)));
}

#[test]
fn flow_logs_of_the_vpc_count_and_those_of_a_subnet_do_not() {
    let terraform = inventory(vec![
        tf("aws_vpc.v", json!({"cidr_block": "10.0.0.0/16"})),
        tf("aws_flow_log.f", json!({"traffic_type": "ALL"})).refer("vpc_id", "aws_vpc.v", "id"),
    ]);
    let template = inventory(vec![
        cfn("V", "AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16"})),
        cfn(
            "F",
            "AWS::EC2::FlowLog",
            json!({"TrafficType": "ALL", "ResourceType": "VPC"}),
        )
        .refer("ResourceId", "V", "Ref"),
    ]);
    let vpc = find(&terraform, "aws_vpc.v");
    same_table(vpc, find(&template, "V"), &[]);
    let enabled = attribute(vpc, "flow_log_enabled");
    assert_eq!(enabled.cell, known(json!(true)));
    assert_eq!(enabled.provenance.from, Some(ResourceId::new("aws_flow_log.f")));
    let logs = vpc.related.get("flow_logs").expect("the relation");
    assert_eq!(logs.edges.iter().map(|edge| edge.to).collect::<Vec<_>>(), [1]);

    let subnet = inventory(vec![
        tf("aws_vpc.v", json!({})),
        tf("aws_subnet.s", json!({})).refer("vpc_id", "aws_vpc.v", "id"),
        tf("aws_flow_log.f", json!({})).refer("subnet_id", "aws_subnet.s", "id"),
    ]);
    let enabled = attribute(find(&subnet, "aws_vpc.v"), "flow_log_enabled");
    assert_eq!(
        (&enabled.cell, enabled.provenance.evidence),
        (&known(json!(false)), Some(Evidence::Documented))
    );
}

#[test]
fn a_flow_log_of_an_unknown_vpc_leaves_it_open() {
    let inventory = inventory(vec![
        tf("aws_vpc.v", json!({})),
        tf("aws_flow_log.f", json!({})).unknown("vpc_id", UnknownReason::Variable),
    ]);
    let vpc = find(&inventory, "aws_vpc.v");
    let Cell::Unknown(unknown) = &attribute(vpc, "flow_log_enabled").cell else {
        panic!("known")
    };
    assert_eq!(
        (unknown.reason, unknown.domain.clone()),
        (UnknownReason::MaybeSatellite, Some(Domain::Bool))
    );
    assert_eq!(unknown.refs, [Arc::from("aws_flow_log.f")]);
    assert!(
        vpc.related
            .get("flow_logs")
            .is_some_and(|logs| logs.open.is_some())
    );
}

#[test]
fn config_items_have_no_defaults_and_what_is_never_recorded_is_unknown() {
    let item = N::new(
        SourceKind::AwsConfig,
        "AWS::CloudTrail::Trail",
        "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t",
        json!({"accountId": "111122223333", "awsRegion": "eu-west-1", "tags": {"Env": "Production"},
               "configuration": {"isMultiRegionTrail": true, "logfilevalidationenabled": true}}),
    );
    let inventory = inventory(vec![item]);
    let trail = &inventory.resources[0];
    assert_eq!(&*trail.resource_type, "aws_cloudtrail");
    assert_eq!(attribute(trail, "is_multi_region_trail").cell, known(json!(true)));
    assert_eq!(
        attribute(trail, "enable_log_file_validation").cell,
        known(json!(true))
    );
    assert_eq!(attribute(trail, "kms_key_id").cell, Cell::Absent);
    assert_eq!(
        reason(&attribute(trail, "is_logging").cell),
        Some(UnknownReason::NotRecorded)
    );
    assert_eq!(trail.context.account.as_str(), Some("111122223333"));
    assert_eq!(trail.context.environment.as_str(), Some("prod"));
}

#[test]
fn config_tells_clusters_apart_by_engine() {
    for (engine, kind) in [
        ("docdb", "docdb_cluster"),
        ("neptune", "neptune_cluster"),
        ("aurora-mysql", "rds_cluster"),
    ] {
        let item = N::new(
            SourceKind::AwsConfig,
            "AWS::RDS::DBCluster",
            "c",
            json!({"configuration": {"engine": engine}}),
        );
        assert_eq!(inventory(vec![item]).resources[0].kind.as_deref(), Some(kind));
    }
}

#[test]
fn a_block_that_may_be_dynamic_has_a_default_that_can_only_fail() {
    let inventory = inventory(vec![
        tf("aws_dynamodb_table.t", json!({})).unknown("point_in_time_recovery", UnknownReason::MaybeDynamic),
        tf("aws_s3_bucket.b", json!({})).unknown(
            "server_side_encryption_configuration",
            UnknownReason::MaybeDynamic,
        ),
    ]);
    let table = find(&inventory, "aws_dynamodb_table.t");
    let recovery = attribute(table, "point_in_time_recovery_enabled");
    assert_eq!(
        (&recovery.cell, recovery.provenance.evidence),
        (&known(json!(false)), Some(Evidence::Unverified))
    );
    assert!(!recovery.provenance.declared);
    assert_eq!(attribute(table, "point_in_time_recovery_days").cell, Cell::Absent);
    // The inline block has given way to a resource of its own.
    let sse = attribute(find(&inventory, "aws_s3_bucket.b"), "sse_algorithm");
    assert_eq!(
        (&sse.cell, sse.provenance.evidence),
        (&known(json!("AES256")), Some(Evidence::Documented))
    );
}

#[test]
fn an_argument_that_the_provider_asks_for_is_not_null() {
    let key = |path: &str| {
        let provider = json!([{"key_arn": "k"}]);
        let values =
            json!({"encryption_config": [{"resources": ["secrets"], "provider": provider}], "role_arn": "r"});
        let inventory = inventory(vec![
            tf("aws_eks_cluster.c", values).unknown(path, UnknownReason::Variable),
        ]);
        match &attribute(find(&inventory, "aws_eks_cluster.c"), "secrets_kms_key_arn").cell {
            Cell::Unknown(unknown) => Some(unknown.non_null),
            _ => None,
        }
    };
    // The whole block may be missing.
    assert_eq!(key("encryption_config"), Some(false));
    assert_eq!(key("name"), None);
    let block = json!({"resources": ["secrets"]});
    let mut config = Value::from(block);
    if let Value::Map(members) = &mut config {
        let unknown = Value::from(Unknown::new(UnknownReason::Variable));
        let provider = Value::Map(crate::value::Map::from([(Arc::from("key_arn"), unknown)]));
        members.insert("provider".into(), Value::List(vec![provider]));
    }
    let cluster = tf("aws_eks_cluster.c", json!({})).set("encryption_config", Value::List(vec![config]));
    let inventory = inventory(vec![cluster]);
    let cell = &attribute(find(&inventory, "aws_eks_cluster.c"), "secrets_kms_key_arn").cell;
    assert!(matches!(cell, Cell::Unknown(unknown) if unknown.non_null));
}

/// What the listeners of a Classic Load Balancer accept, with these satellites.
fn accepted(satellites: Vec<N>) -> Vec<Option<Value>> {
    let balancer = json!({"name": "web", "listener": [{"lb_port": 443, "lb_protocol": "HTTPS"}, {"lb_port": "8443", "lb_protocol": "ssl"}]});
    let mut natives = vec![tf("aws_elb.web", balancer)];
    natives.extend(satellites);
    let inventory = inventory(natives);
    let listeners = attribute(find(&inventory, "aws_elb.web"), "listeners")
        .cell
        .clone();
    let listeners = listeners.known().and_then(Value::as_list).unwrap().to_vec();
    assert_eq!(listeners[0].get("protocol"), Some(&"https".into()));
    listeners
        .iter()
        .map(|listener| listener.get("ssl_policy").cloned())
        .collect()
}

#[test]
fn classic_listeners_accept_the_policy_of_their_port() {
    let policy = |attributes| {
        tf(
            "aws_load_balancer_policy.p",
            json!({"load_balancer_name": "web", "policy_name": "p", "policy_type_name": "SSLNegotiationPolicyType", "policy_attribute": attributes}),
        )
    };
    let modern = json!([{"name": "Reference-Security-Policy", "value": "ELBSecurityPolicy-TLS-1-2-2017-01"}]);
    let attached = || {
        tf(
            "aws_load_balancer_listener_policy.l",
            json!({"load_balancer_name": "web", "load_balancer_port": 443, "policy_names": ["p"]}),
        )
    };
    assert_eq!(accepted(vec![policy(modern.clone())]), [None, None]);
    assert_eq!(
        accepted(vec![policy(modern.clone()), attached()]),
        [Some("ELBSecurityPolicy-TLS-1-2-2017-01".into()), None]
    );
    assert_eq!(
        accepted(vec![policy(json!([])), attached()]),
        [Some("custom".into()), None]
    );
    // The policy itself is somewhere else.
    assert!(
        accepted(vec![attached()])[0]
            .as_ref()
            .is_some_and(|value| value.as_unknown().is_some())
    );
    // Nobody knows for which port, or for which load balancer, so nobody knows which listener.
    let unknown = |found: Vec<Option<Value>>| {
        found
            .iter()
            .all(|value| value.as_ref().is_some_and(|value| value.as_unknown().is_some()))
    };
    let somewhere = attached().unknown("load_balancer_port", UnknownReason::Variable);
    assert!(unknown(accepted(vec![policy(modern.clone()), somewhere])));
    let of_any = attached().unknown("load_balancer_name", UnknownReason::Variable);
    assert!(unknown(accepted(vec![policy(modern), of_any])));
}
