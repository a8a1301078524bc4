//! Storage and databases: both spellings, the defaults, what is unknown.

use super::*;

fn bucket_with_everything() -> Vec<N> {
    vec![
        tf(
            "aws_s3_bucket.b",
            json!({"bucket": "logs", "tags": {"Owner": "team-data"}}),
        ),
        tf(
            "aws_s3_bucket_versioning.b",
            json!({"versioning_configuration": [{"status": "Enabled"}]}),
        )
        .refer("bucket", "aws_s3_bucket.b", "id"),
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
        tf(
            "aws_s3_bucket_logging.b",
            json!({"bucket": "logs", "target_bucket": "audit"}),
        ),
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
    same_table(
        bucket,
        find(&template, "B"),
        &["mfa_delete_enabled", "force_destroy"],
    );
    assert_eq!(terraform.resources.len(), 1);
    assert_eq!(facet(bucket, "versioned").cell, known(json!(true)));
    assert_eq!(facet(bucket, "public_access_blocked").cell, known(json!(true)));
    let versioning = &attribute(bucket, "versioning_enabled").provenance;
    assert_eq!(
        versioning.from,
        Some(ResourceId::new("aws_s3_bucket_versioning.b"))
    );
    let path = versioning.native_path.as_ref().map(ToString::to_string);
    assert_eq!(path.as_deref(), Some("versioning_configuration[0].status"));
    assert!(versioning.declared);
}

#[test]
fn a_bare_bucket_has_its_documented_defaults() {
    for inventory in [
        inventory(vec![tf("aws_s3_bucket.b", json!({"bucket": "b"}))]),
        inventory(vec![cfn(
            "aws_s3_bucket.b",
            "AWS::S3::Bucket",
            json!({"BucketName": "b"}),
        )]),
    ] {
        let bucket = find(&inventory, "aws_s3_bucket.b");
        let sse = attribute(bucket, "sse_algorithm");
        assert_eq!(sse.cell, known(json!("AES256")));
        assert_eq!(
            (sse.provenance.declared, sse.provenance.evidence),
            (false, Some(Evidence::Documented))
        );
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
            .unknown(
                "server_side_encryption_configuration",
                UnknownReason::ComputedDefault,
            ),
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
        facet(
            find(&inventory(natives), "aws_s3_bucket.b"),
            "public_access_blocked",
        )
        .cell
        .clone()
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
    same_table(
        find(&terraform, "aws_db_instance.d"),
        find(&template, "D"),
        &["skip_final_snapshot"],
    );
}

#[test]
fn rds_backup_defaults_differ_by_source_and_may_fail_only() {
    let terraform = inventory(vec![
        tf("aws_db_instance.d", json!({})).unknown("backup_retention_period", UnknownReason::ComputedDefault),
    ]);
    let backup = attribute(find(&terraform, "aws_db_instance.d"), "backup_retention_period");
    assert_eq!(backup.cell, known(json!(0)));
    let template = inventory(vec![cfn("D", "AWS::RDS::DBInstance", json!({}))]);
    assert_eq!(
        attribute(find(&template, "D"), "backup_retention_period").cell,
        known(json!(1))
    );
    // In the default VPC it is public; with a subnet group the documents disagree.
    let public = |written| {
        let template = inventory(vec![cfn("D", "AWS::RDS::DBInstance", written)]);
        attribute(find(&template, "D"), "publicly_accessible")
            .cell
            .clone()
    };
    assert_eq!(public(json!({})), known(json!(true)));
    for left_open in [
        "DBSubnetGroupName",
        "DBClusterIdentifier",
        "SourceDBInstanceIdentifier",
    ] {
        let Cell::Unknown(unknown) = public(json!({ left_open: "x" })) else {
            panic!("known with {left_open}")
        };
        assert_eq!(
            (unknown.reason, &unknown.domain),
            (UnknownReason::ComputedDefault, &Some(Domain::Bool))
        );
    }
}

#[test]
fn an_argument_that_cannot_be_computed_stays_unknown_whatever_the_reader_says() {
    let inventory = inventory(vec![
        tf("aws_db_instance.d", json!({})).unknown("storage_encrypted", UnknownReason::ComputedDefault),
    ]);
    let encrypted = attribute(find(&inventory, "aws_db_instance.d"), "storage_encrypted")
        .cell
        .clone();
    assert_eq!(reason(&encrypted), Some(UnknownReason::ComputedDefault));
}

#[test]
fn a_restored_database_is_as_encrypted_as_its_snapshot() {
    for (id, native) in [
        (
            "aws_db_instance.d",
            tf("aws_db_instance.d", json!({"snapshot_identifier": "s"})),
        ),
        (
            "D",
            cfn("D", "AWS::RDS::DBInstance", json!({"DBSnapshotIdentifier": "s"})),
        ),
    ] {
        let inventory = inventory(vec![native]);
        let encrypted = attribute(find(&inventory, id), "storage_encrypted");
        assert_eq!(reason(&encrypted.cell), Some(UnknownReason::ComputedDefault));
    }
}

#[test]
fn no_restore_block_is_no_restore() {
    let values = json!({"restore_to_point_in_time": [], "s3_import": [], "snapshot_identifier": null});
    let inventory = inventory(vec![tf("aws_db_instance.d", values)]);
    let encrypted = attribute(find(&inventory, "aws_db_instance.d"), "storage_encrypted");
    assert_eq!(encrypted.cell, known(json!(false)));
}

#[test]
fn members_take_encryption_and_backups_from_their_cluster() {
    let terraform = inventory(vec![
        tf(
            "aws_rds_cluster.c",
            json!({"engine": "aurora-mysql", "storage_encrypted": true, "backup_retention_period": 30}),
        ),
        tf("aws_rds_cluster_instance.i", json!({}))
            .refer("cluster_identifier", "aws_rds_cluster.c", "id")
            .unknown("storage_encrypted", UnknownReason::ComputedDefault),
    ]);
    let template = inventory(vec![
        cfn(
            "C",
            "AWS::RDS::DBCluster",
            json!({"StorageEncrypted": true, "BackupRetentionPeriod": 30}),
        ),
        cfn("I", "AWS::RDS::DBInstance", json!({})).refer("DBClusterIdentifier", "C", "Ref"),
    ]);
    for (inventory, id, cluster) in [
        (&terraform, "aws_rds_cluster_instance.i", "aws_rds_cluster.c"),
        (&template, "I", "C"),
    ] {
        let member = find(inventory, id);
        assert_eq!(&*member.resource_type, "aws_rds_cluster_instance");
        let encrypted = attribute(member, "storage_encrypted");
        assert_eq!(encrypted.cell, known(json!(true)));
        assert_eq!(encrypted.provenance.from, Some(ResourceId::new(cluster)));
        assert_eq!(
            attribute(member, "backup_retention_period").cell,
            known(json!(30))
        );
        assert_eq!(facet(member, "encrypted_at_rest").cell, known(json!(true)));
    }
    let lonely = inventory_and_diagnostics(vec![cfn(
        "I",
        "AWS::RDS::DBInstance",
        json!({"DBClusterIdentifier": "elsewhere"}),
    )])
    .0;
    assert_eq!(
        reason(&attribute(find(&lonely, "I"), "storage_encrypted").cell),
        Some(UnknownReason::PartialInput)
    );
}

#[test]
fn ebs_in_both_spellings() {
    let terraform = inventory(vec![
        tf(
            "aws_ebs_volume.v",
            json!({"encrypted": true, "size": 10, "type": "gp3"}),
        )
        .refer("kms_key_id", "aws_kms_key.k", "arn"),
        tf("aws_kms_key.k", json!({})),
        tf("aws_volume_attachment.a", json!({})).refer("volume_id", "aws_ebs_volume.v", "id"),
    ]);
    let template = inventory(vec![
        cfn(
            "V",
            "AWS::EC2::Volume",
            json!({"Encrypted": "true", "Size": "10", "VolumeType": "gp3"}),
        )
        .refer("KmsKeyId", "K", "Arn"),
        cfn("K", "AWS::KMS::Key", json!({})),
        cfn("A", "AWS::EC2::VolumeAttachment", json!({})).refer("VolumeId", "V", "Ref"),
    ]);
    let volume = find(&terraform, "aws_ebs_volume.v");
    same_table(volume, find(&template, "V"), &[]);
    assert_eq!(attribute(volume, "attached").cell, known(json!(true)));
    assert_eq!(attribute(volume, "type").cell, known(json!("gp3")));
    assert_eq!(
        volume.related.get("kms_key").map(|keys| keys.edges.len()),
        Some(1)
    );
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
    same_table(
        find(&terraform, "aws_dynamodb_table.t"),
        find(&template, "T"),
        &[],
    );
    let bare = inventory(vec![tf("aws_dynamodb_table.t", json!({}))]);
    let table = find(&bare, "aws_dynamodb_table.t");
    let encrypted = facet(table, "encrypted_at_rest");
    assert_eq!(
        (&encrypted.cell, encrypted.provenance.evidence),
        (&known(json!(true)), Some(Evidence::Documented))
    );
    assert_eq!(facet(table, "pitr_enabled").cell, known(json!(false)));
    // Without the block there is no retention, though the block has a default one.
    assert_eq!(facet(table, "backup_retention_days").cell, Cell::Absent);
}

#[test]
fn a_global_table_whose_replicas_disagree_is_unknown() {
    let table = |replicas: serde_json::Value| {
        let inventory = inventory(vec![cfn(
            "T",
            "AWS::DynamoDB::GlobalTable",
            json!({"Replicas": replicas}),
        )]);
        attribute(find(&inventory, "T"), "point_in_time_recovery_enabled")
            .cell
            .clone()
    };
    let on = json!({"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}});
    assert_eq!(table(json!([on, on])), known(json!(true)));
    assert_eq!(
        reason(&table(json!([on, {"Region": "eu-west-1"}]))),
        Some(UnknownReason::Expression)
    );
}
