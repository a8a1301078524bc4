//! One family after the other: both spellings, the defaults, what is unknown.

use super::*;

fn bucket_with_everything() -> Vec<N> {
    vec![
        tf("aws_s3_bucket.b", json!({"bucket": "logs", "tags": {"Owner": "team-data"}})),
        tf("aws_s3_bucket_versioning.b", json!({"versioning_configuration": [{"status": "Enabled"}]})).refer(
            "bucket",
            "aws_s3_bucket.b",
            "id",
        ),
        tf(
            "aws_s3_bucket_server_side_encryption_configuration.b",
            json!({"bucket": "logs", "rule": [{"apply_server_side_encryption_by_default": [
                {"sse_algorithm": "aws:kms", "kms_master_key_id": "alias/logs"}], "bucket_key_enabled": true}]}),
        ),
        tf(
            "aws_s3_bucket_public_access_block.b",
            json!({"block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true,
                   "restrict_public_buckets": true}),
        )
        .refer("bucket", "aws_s3_bucket.b", "id"),
        tf("aws_s3_bucket_logging.b", json!({"bucket": "logs", "target_bucket": "audit"})),
    ]
}

#[test]
fn s3_satellites_and_a_template_give_one_table() {
    let terraform = inventory(bucket_with_everything());
    let template = inventory(vec![cfn(
        "B",
        "AWS::S3::Bucket",
        json!({"BucketName": "logs", "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"BucketKeyEnabled": true,
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/logs"}}]},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": "true",
                "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
            "LoggingConfiguration": {"DestinationBucketName": "audit"},
            "Tags": [{"Key": "Owner", "Value": "team-data"}]}),
    )]);
    let bucket = find(&terraform, "aws_s3_bucket.b");
    // MFA delete and force_destroy cannot be said in a template.
    same_table(bucket, find(&template, "B"), &["mfa_delete_enabled", "force_destroy"]);
    assert_eq!(terraform.resources.len(), 1);
    assert_eq!(facet(bucket, "versioned").cell, known(json!(true)));
    assert_eq!(facet(bucket, "public_access_blocked").cell, known(json!(true)));
    let versioning = &attribute(bucket, "versioning_enabled").provenance;
    assert_eq!(versioning.from, Some(ResourceId::new("aws_s3_bucket_versioning.b")));
    let path = versioning.native_path.as_ref().map(ToString::to_string);
    assert_eq!(path.as_deref(), Some("versioning_configuration[0].status"));
    assert!(versioning.declared);
}

#[test]
fn a_bare_bucket_has_its_documented_defaults() {
    for inventory in [
        inventory(vec![tf("aws_s3_bucket.b", json!({"bucket": "b"}))]),
        inventory(vec![cfn("aws_s3_bucket.b", "AWS::S3::Bucket", json!({"BucketName": "b"}))]),
    ] {
        let bucket = find(&inventory, "aws_s3_bucket.b");
        let sse = attribute(bucket, "sse_algorithm");
        assert_eq!(sse.cell, known(json!("AES256")));
        assert_eq!((sse.provenance.declared, sse.provenance.evidence), (false, Some(Evidence::Documented)));
        assert!(!bucket.declared().contains_key("sse_algorithm"));
        let versioning = attribute(bucket, "versioning_enabled");
        assert_eq!(versioning.cell, known(json!(false)));
        assert_eq!(versioning.provenance.evidence, Some(Evidence::Unverified));
        assert_eq!(facet(bucket, "public_access_blocked").cell, known(json!(false)));
        assert_eq!(facet(bucket, "logging_enabled").cell, known(json!(false)));
    }
}

#[test]
fn a_block_that_the_provider_fills_in_is_not_unknown() {
    let natives = vec![
        tf("aws_s3_bucket.b", json!({"bucket": "b"}))
            .unknown("versioning", UnknownReason::ComputedDefault)
            .unknown("server_side_encryption_configuration", UnknownReason::ComputedDefault),
    ];
    let inventory = inventory(natives);
    let bucket = find(&inventory, "aws_s3_bucket.b");
    assert_eq!(attribute(bucket, "versioning_enabled").cell, known(json!(false)));
    assert_eq!(attribute(bucket, "sse_algorithm").cell, known(json!("AES256")));
}

#[test]
fn three_of_four_blocks_are_not_public_access_blocked_and_an_unknown_fourth_is_open() {
    let block = |value: Value| {
        let natives = vec![
            tf("aws_s3_bucket.b", json!({"bucket": "b"})),
            tf(
                "aws_s3_bucket_public_access_block.b",
                json!({"bucket": "b", "block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true}),
            )
            .set("restrict_public_buckets", value),
        ];
        facet(find(&inventory(natives), "aws_s3_bucket.b"), "public_access_blocked").cell.clone()
    };
    assert_eq!(block(false.into()), known(json!(false)));
    assert_eq!(block(Value::Null), known(json!(false)));
    let open = block(Unknown::new(UnknownReason::Variable).into());
    assert_eq!(reason(&open), Some(UnknownReason::Variable));
}

#[test]
fn rds_in_both_spellings() {
    let terraform = inventory(vec![
        tf(
            "aws_db_instance.d",
            json!({"storage_encrypted": true, "backup_retention_period": 14, "publicly_accessible": false,
                   "multi_az": true, "engine": "postgres", "engine_version": "16", "username": "app", "port": 5432,
                   "ca_cert_identifier": "rds-ca-rsa2048-g1", "db_subnet_group_name": "db", "deletion_protection": true,
                   "vpc_security_group_ids": ["sg-1"], "enabled_cloudwatch_logs_exports": ["postgresql"]}),
        )
        .unknown("kms_key_id", UnknownReason::ComputedDefault),
    ]);
    let template = inventory(vec![cfn(
        "D",
        "AWS::RDS::DBInstance",
        json!({"StorageEncrypted": "true", "BackupRetentionPeriod": "14", "PubliclyAccessible": false, "MultiAZ": true,
            "Engine": "postgres", "EngineVersion": 16, "MasterUsername": "app", "Port": "5432",
            "CACertificateIdentifier": "rds-ca-rsa2048-g1", "DBSubnetGroupName": "db", "DeletionProtection": true,
            "VPCSecurityGroups": ["sg-1"], "EnableCloudwatchLogsExports": ["postgresql"]}),
    )]);
    same_table(find(&terraform, "aws_db_instance.d"), find(&template, "D"), &["skip_final_snapshot"]);
}

#[test]
fn rds_backup_defaults_differ_by_source_and_may_fail_only() {
    let terraform =
        inventory(vec![tf("aws_db_instance.d", json!({})).unknown("backup_retention_period", UnknownReason::ComputedDefault)]);
    let backup = attribute(find(&terraform, "aws_db_instance.d"), "backup_retention_period");
    assert_eq!(backup.cell, known(json!(0)));
    let template = inventory(vec![cfn("D", "AWS::RDS::DBInstance", json!({}))]);
    assert_eq!(attribute(find(&template, "D"), "backup_retention_period").cell, known(json!(1)));
    // Whether it is public depends on its subnets.
    let public = attribute(find(&template, "D"), "publicly_accessible").cell.clone();
    let Cell::Unknown(unknown) = public else { panic!("known") };
    assert_eq!((unknown.reason, &unknown.domain), (UnknownReason::ComputedDefault, &Some(Domain::Bool)));
}

#[test]
fn an_argument_that_cannot_be_computed_stays_unknown_whatever_the_reader_says() {
    let inventory =
        inventory(vec![tf("aws_db_instance.d", json!({})).unknown("storage_encrypted", UnknownReason::ComputedDefault)]);
    let encrypted = attribute(find(&inventory, "aws_db_instance.d"), "storage_encrypted").cell.clone();
    assert_eq!(reason(&encrypted), Some(UnknownReason::ComputedDefault));
}

#[test]
fn a_restored_database_is_as_encrypted_as_its_snapshot() {
    for (id, native) in [
        ("aws_db_instance.d", tf("aws_db_instance.d", json!({"snapshot_identifier": "s"}))),
        ("D", cfn("D", "AWS::RDS::DBInstance", json!({"DBSnapshotIdentifier": "s"}))),
    ] {
        let inventory = inventory(vec![native]);
        let encrypted = attribute(find(&inventory, id), "storage_encrypted");
        assert_eq!(reason(&encrypted.cell), Some(UnknownReason::ComputedDefault));
    }
}

#[test]
fn members_take_encryption_and_backups_from_their_cluster() {
    let terraform = inventory(vec![
        tf("aws_rds_cluster.c", json!({"engine": "aurora-mysql", "storage_encrypted": true, "backup_retention_period": 30})),
        tf("aws_rds_cluster_instance.i", json!({}))
            .refer("cluster_identifier", "aws_rds_cluster.c", "id")
            .unknown("storage_encrypted", UnknownReason::ComputedDefault),
    ]);
    let template = inventory(vec![
        cfn("C", "AWS::RDS::DBCluster", json!({"StorageEncrypted": true, "BackupRetentionPeriod": 30})),
        cfn("I", "AWS::RDS::DBInstance", json!({})).refer("DBClusterIdentifier", "C", "Ref"),
    ]);
    for (inventory, id, cluster) in
        [(&terraform, "aws_rds_cluster_instance.i", "aws_rds_cluster.c"), (&template, "I", "C")]
    {
        let member = find(inventory, id);
        assert_eq!(&*member.resource_type, "aws_rds_cluster_instance");
        let encrypted = attribute(member, "storage_encrypted");
        assert_eq!(encrypted.cell, known(json!(true)));
        assert_eq!(encrypted.provenance.from, Some(ResourceId::new(cluster)));
        assert_eq!(attribute(member, "backup_retention_period").cell, known(json!(30)));
        assert_eq!(facet(member, "encrypted_at_rest").cell, known(json!(true)));
    }
    let lonely = inventory_and_diagnostics(vec![cfn("I", "AWS::RDS::DBInstance", json!({"DBClusterIdentifier": "elsewhere"}))]).0;
    assert_eq!(reason(&attribute(find(&lonely, "I"), "storage_encrypted").cell), Some(UnknownReason::PartialInput));
}

#[test]
fn ebs_in_both_spellings() {
    let terraform = inventory(vec![
        tf("aws_ebs_volume.v", json!({"encrypted": true, "size": 10, "type": "gp3"}))
            .refer("kms_key_id", "aws_kms_key.k", "arn"),
        tf("aws_kms_key.k", json!({})),
        tf("aws_volume_attachment.a", json!({})).refer("volume_id", "aws_ebs_volume.v", "id"),
    ]);
    let template = inventory(vec![
        cfn("V", "AWS::EC2::Volume", json!({"Encrypted": "true", "Size": "10", "VolumeType": "gp3"}))
            .refer("KmsKeyId", "K", "Arn"),
        cfn("K", "AWS::KMS::Key", json!({})),
        cfn("A", "AWS::EC2::VolumeAttachment", json!({})).refer("VolumeId", "V", "Ref"),
    ]);
    let volume = find(&terraform, "aws_ebs_volume.v");
    same_table(volume, find(&template, "V"), &[]);
    assert_eq!(attribute(volume, "attached").cell, known(json!(true)));
    assert_eq!(attribute(volume, "type").cell, known(json!("gp3")));
    assert_eq!(volume.related.get("kms_key").map(|keys| keys.edges.len()), Some(1));
}

#[test]
fn dynamodb_is_always_encrypted_and_says_so_from_documentation() {
    let terraform = inventory(vec![tf(
        "aws_dynamodb_table.t",
        json!({"server_side_encryption": [{"enabled": true, "kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/k"}],
               "point_in_time_recovery": [{"enabled": true}], "billing_mode": "PAY_PER_REQUEST"}),
    )]);
    let template = inventory(vec![cfn(
        "T",
        "AWS::DynamoDB::Table",
        json!({"SSESpecification": {"SSEEnabled": true, "KMSMasterKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k"},
               "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true"}, "BillingMode": "PAY_PER_REQUEST"}),
    )]);
    same_table(find(&terraform, "aws_dynamodb_table.t"), find(&template, "T"), &[]);
    let bare = inventory(vec![tf("aws_dynamodb_table.t", json!({}))]);
    let table = find(&bare, "aws_dynamodb_table.t");
    let encrypted = facet(table, "encrypted_at_rest");
    assert_eq!((&encrypted.cell, encrypted.provenance.evidence), (&known(json!(true)), Some(Evidence::Documented)));
    assert_eq!(facet(table, "pitr_enabled").cell, known(json!(false)));
    // Without the block there is no retention, though the block has a default one.
    assert_eq!(facet(table, "backup_retention_days").cell, Cell::Absent);
}

#[test]
fn a_global_table_whose_replicas_disagree_is_unknown() {
    let table = |replicas: serde_json::Value| {
        let inventory = inventory(vec![cfn("T", "AWS::DynamoDB::GlobalTable", json!({"Replicas": replicas}))]);
        attribute(find(&inventory, "T"), "point_in_time_recovery_enabled").cell.clone()
    };
    let on = json!({"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}});
    assert_eq!(table(json!([on, on])), known(json!(true)));
    assert_eq!(reason(&table(json!([on, {"Region": "eu-west-1"}]))), Some(UnknownReason::Expression));
}

#[test]
fn kms_in_both_spellings() {
    let terraform = inventory(vec![
        tf("aws_kms_key.k", json!({"enable_key_rotation": true, "is_enabled": true, "multi_region": false})),
        tf("aws_kms_alias.a", json!({"name": "alias/app"})).refer("target_key_id", "aws_kms_key.k", "key_id"),
    ]);
    let template = inventory(vec![
        cfn("K", "AWS::KMS::Key", json!({"EnableKeyRotation": true, "Enabled": true})),
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
    let statements = facet(key, "policy_statements").cell.known().and_then(Value::as_list).map(<[Value]>::len);
    assert_eq!(statements, Some(1));
}

#[test]
fn the_default_key_policy_names_the_account_when_it_is_known() {
    let options = ContextOptions { account: Some("111122223333".to_owned()), ..ContextOptions::default() };
    let native = tf("aws_kms_key.k", json!({})).unknown("policy", UnknownReason::ComputedDefault).0;
    let (inventory, _) = build(vec![native], TypeMap::builtin(), &options);
    let policy = attribute(find(&inventory, "aws_kms_key.k"), "policy").cell.known().map(Value::to_json);
    let policy = policy.expect("a policy").to_string();
    assert!(policy.contains("arn:aws:iam::111122223333:root"), "{policy}");
}

#[test]
fn a_replica_key_takes_its_usage_from_the_primary() {
    let inventory = inventory(vec![tf("aws_kms_replica_key.r", json!({"primary_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/k"}))]);
    let key = find(&inventory, "aws_kms_replica_key.r");
    assert_eq!(reason(&attribute(key, "enable_key_rotation").cell), Some(UnknownReason::ComputedDefault));
}

#[test]
fn cloudtrail_in_both_spellings() {
    let terraform = inventory(vec![
        tf("aws_cloudtrail.t", json!({"s3_bucket_name": "logs", "is_multi_region_trail": true,
            "enable_log_file_validation": true, "enable_logging": true, "include_global_service_events": true,
            "event_selector": [{"read_write_type": "All", "include_management_events": true}]}))
            .refer("kms_key_id", "aws_kms_key.k", "arn"),
    ]);
    let template = inventory(vec![
        cfn("T", "AWS::CloudTrail::Trail", json!({"S3BucketName": "logs", "IsMultiRegionTrail": true,
            "EnableLogFileValidation": true, "IsLogging": true, "IncludeGlobalServiceEvents": true,
            "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true}]}))
            .refer("KMSKeyId", "K", "Arn"),
    ]);
    let trail = find(&terraform, "aws_cloudtrail.t");
    // The raw selectors keep the spelling of their source.
    same_table(trail, find(&template, "T"), &["event_selectors"]);
    assert_eq!(facet(trail, "multi_region").cell, known(json!(true)));
    // The key's ARN is unknown, that there is one is not.
    assert_eq!(facet(trail, "encrypted_at_rest").cell, known(json!(true)));
    assert_eq!(attribute(trail, "management_read_write_type").cell, known(json!(["All"])));
}

#[test]
fn trail_defaults() {
    let terraform = inventory(vec![tf("aws_cloudtrail.t", json!({"s3_bucket_name": "logs"}))]);
    let trail = find(&terraform, "aws_cloudtrail.t");
    for (name, value) in [("is_logging", true), ("is_multi_region_trail", false), ("include_global_service_events", true)] {
        let attribute = attribute(trail, name);
        assert_eq!(attribute.cell, known(json!(value)), "{name}");
        assert_eq!(attribute.provenance.evidence, Some(Evidence::Documented), "{name}");
    }
    let template = inventory(vec![cfn("T", "AWS::CloudTrail::Trail", json!({}))]);
    let trail = find(&template, "T");
    assert_eq!(attribute(trail, "is_logging").cell, Cell::Absent);
    assert_eq!(reason(&attribute(trail, "include_global_service_events").cell), Some(UnknownReason::ComputedDefault));
}

#[test]
fn a_recorder_needs_its_status_in_terraform_and_its_channel_in_both() {
    let terraform = inventory(vec![
        tf("aws_config_configuration_recorder.r", json!({"name": "r", "role_arn": "arn:aws:iam::111122223333:role/c"})),
        tf("aws_config_configuration_recorder_status.s", json!({"is_enabled": true}))
            .refer("name", "aws_config_configuration_recorder.r", "name"),
        tf("aws_config_delivery_channel.c", json!({"s3_bucket_name": "config"})),
    ]);
    let template = inventory(vec![
        cfn("R", "AWS::Config::ConfigurationRecorder", json!({"Name": "r", "RoleARN": "arn:aws:iam::111122223333:role/c"})),
        cfn("C", "AWS::Config::DeliveryChannel", json!({"S3BucketName": "config"})),
    ]);
    let recorder = find(&terraform, "aws_config_configuration_recorder.r");
    same_table(recorder, find(&template, "R"), &[]);
    for (name, value) in [("is_enabled", true), ("delivery_channel_present", true), ("all_supported", true)] {
        assert_eq!(attribute(recorder, name).cell, known(json!(value)), "{name}");
    }
    // A channel is a resource of its own as well.
    assert!(terraform.resources.iter().any(|resource| resource.kind.as_deref() == Some("config_delivery_channel")));
    let alone = inventory(vec![tf("aws_config_configuration_recorder.r", json!({"name": "r"}))]);
    let recorder = find(&alone, "aws_config_configuration_recorder.r");
    assert_eq!(attribute(recorder, "is_enabled").cell, known(json!(false)));
    assert_eq!(attribute(recorder, "delivery_channel_present").cell, known(json!(false)));
}

#[test]
fn a_recording_group_without_all_supported_is_a_selection_in_a_template() {
    let recorder = |group: serde_json::Value| {
        let inventory = inventory(vec![cfn("R", "AWS::Config::ConfigurationRecorder", json!({"RecordingGroup": group}))]);
        attribute(find(&inventory, "R"), "all_supported").cell.clone()
    };
    assert_eq!(recorder(json!(null)), known(json!(true)));
    assert_eq!(recorder(json!({"ResourceTypes": ["AWS::EC2::Volume"]})), known(json!(false)));
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
        cfn("F", "AWS::EC2::FlowLog", json!({"TrafficType": "ALL", "ResourceType": "VPC"})).refer("ResourceId", "V", "Ref"),
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
    assert_eq!((&enabled.cell, enabled.provenance.evidence), (&known(json!(false)), Some(Evidence::Documented)));
}

#[test]
fn a_flow_log_of_an_unknown_vpc_leaves_it_open() {
    let inventory = inventory(vec![
        tf("aws_vpc.v", json!({})),
        tf("aws_flow_log.f", json!({})).unknown("vpc_id", UnknownReason::Variable),
    ]);
    let vpc = find(&inventory, "aws_vpc.v");
    let Cell::Unknown(unknown) = &attribute(vpc, "flow_log_enabled").cell else { panic!("known") };
    assert_eq!((unknown.reason, unknown.domain.clone()), (UnknownReason::MaybeSatellite, Some(Domain::Bool)));
    assert_eq!(unknown.refs, [Arc::from("aws_flow_log.f")]);
    assert!(vpc.related.get("flow_logs").is_some_and(|logs| logs.open.is_some()));
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
    assert_eq!(attribute(trail, "enable_log_file_validation").cell, known(json!(true)));
    assert_eq!(attribute(trail, "kms_key_id").cell, Cell::Absent);
    assert_eq!(reason(&attribute(trail, "is_logging").cell), Some(UnknownReason::NotRecorded));
    assert_eq!(trail.context.account.as_str(), Some("111122223333"));
    assert_eq!(trail.context.environment.as_str(), Some("prod"));
}

#[test]
fn config_tells_clusters_apart_by_engine() {
    for (engine, kind) in [("docdb", "docdb_cluster"), ("neptune", "neptune_cluster"), ("aurora-mysql", "rds_cluster")] {
        let item = N::new(SourceKind::AwsConfig, "AWS::RDS::DBCluster", "c", json!({"configuration": {"engine": engine}}));
        assert_eq!(inventory(vec![item]).resources[0].kind.as_deref(), Some(kind));
    }
}
