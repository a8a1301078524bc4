//! The policy templates of SAM: named statements with parameters, after the page "AWS SAM policy template list"
//! (`serverless-policy-template-list`).
//!
//! Templates that are not in the table are said to be unknown; so are calls without a parameter they need.

use super::super::synthetic::At;
use crate::document::{Node, NodeKind};
use crate::source::Span;

/// A statement: what is allowed, and on what. A resource is `*`, or an ARN without its `arn:${AWS::Partition}:` in
/// which `~` stands for Region and account and `${Name}` for a parameter of the template, or a parameter alone.
type Statement = (&'static [&'static str], &'static [&'static str]);

/// The document of a policy template with these parameters. `None` when there is no such template, or when it is not
/// given what it needs.
pub(super) fn document(name: &str, parameters: &Node, place: &Span) -> Option<Node> {
    let (_, statements) = TEMPLATES.iter().find(|(known, _)| *known == name)?;
    let at = At(place);
    if !matches!(parameters.kind, NodeKind::Mapping(_) | NodeKind::Null) || parameters.tag.is_some() {
        return None;
    }
    let statements: Option<Vec<Node>> = statements
        .iter()
        .map(|(actions, resources)| {
            let resources: Option<Vec<Node>> = resources
                .iter()
                .map(|resource| arn(resource, parameters, at))
                .collect();
            Some(at.map([
                ("Effect", at.text("Allow")),
                ("Action", at.texts(actions)),
                ("Resource", at.list(resources?)),
            ]))
        })
        .collect();
    Some(at.map([
        ("Version", at.text("2012-10-17")),
        ("Statement", at.list(statements?)),
    ]))
}

fn arn(pattern: &str, parameters: &Node, at: At<'_>) -> Option<Node> {
    if pattern == "*" {
        return Some(at.text("*"));
    }
    let mut variables = Vec::new();
    let mut rest = pattern;
    while let Some((_, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}')?;
        variables.push((name, parameters.get(name)?.clone()));
        rest = tail;
    }
    let text = if pattern.starts_with("${") {
        pattern.to_owned()
    } else {
        let of_account = pattern.replace('~', "${AWS::Region}:${AWS::AccountId}");
        format!("arn:${{AWS::Partition}}:{of_account}")
    };
    let text = at.text(text);
    Some(if variables.is_empty() {
        at.call("Fn::Sub", text)
    } else {
        at.call("Fn::Sub", at.list([text, at.map(variables)]))
    })
}

const TABLE_AND_INDEXES: &[&str] = &[
    "dynamodb:~:table/${TableName}",
    "dynamodb:~:table/${TableName}/index/*",
];

const BUCKET_AND_OBJECTS: &[&str] = &["s3:::${BucketName}", "s3:::${BucketName}/*"];

const TEMPLATES: &[(&str, &[Statement])] = &[
    ("AMIDescribePolicy", &[(&["ec2:DescribeImages"], &["ec2:~:image/*"])]),
    (
        "AWSSecretsManagerGetSecretValuePolicy",
        &[(&["secretsmanager:GetSecretValue"], &["${SecretArn}"])],
    ),
    (
        "AcmGetCertificatePolicy",
        &[(&["acm:GetCertificate"], &["${CertificateArn}"])],
    ),
    (
        "CloudFormationDescribeStacksPolicy",
        &[(&["cloudformation:DescribeStacks"], &["cloudformation:~:stack/*"])],
    ),
    (
        "CloudWatchDashboardPolicy",
        &[(
            &[
                "cloudwatch:GetDashboard",
                "cloudwatch:ListDashboards",
                "cloudwatch:PutDashboard",
                "cloudwatch:ListMetrics",
            ],
            &["*"],
        )],
    ),
    (
        "CloudWatchDescribeAlarmHistoryPolicy",
        &[(&["cloudwatch:DescribeAlarmHistory"], &["*"])],
    ),
    (
        "CloudWatchPutMetricPolicy",
        &[(&["cloudwatch:PutMetricData"], &["*"])],
    ),
    (
        "CodePipelineLambdaExecutionPolicy",
        &[(
            &[
                "codepipeline:PutJobSuccessResult",
                "codepipeline:PutJobFailureResult",
            ],
            &["*"],
        )],
    ),
    (
        "CodePipelineReadOnlyPolicy",
        &[(
            &["codepipeline:ListPipelineExecutions"],
            &["codepipeline:~:${PipelineName}"],
        )],
    ),
    (
        "ComprehendBasicAccessPolicy",
        &[(
            &[
                "comprehend:BatchDetectKeyPhrases",
                "comprehend:DetectDominantLanguage",
                "comprehend:DetectEntities",
                "comprehend:BatchDetectEntities",
                "comprehend:DetectKeyPhrases",
                "comprehend:DetectSentiment",
                "comprehend:BatchDetectDominantLanguage",
                "comprehend:BatchDetectSentiment",
            ],
            &["*"],
        )],
    ),
    (
        "CostExplorerReadOnlyPolicy",
        &[(
            &[
                "ce:GetCostAndUsage",
                "ce:GetDimensionValues",
                "ce:GetReservationCoverage",
                "ce:GetReservationPurchaseRecommendation",
                "ce:GetReservationUtilization",
                "ce:GetTags",
            ],
            &["*"],
        )],
    ),
    (
        "DynamoDBBackupFullAccessPolicy",
        &[
            (
                &["dynamodb:CreateBackup", "dynamodb:DescribeContinuousBackups"],
                &["dynamodb:~:table/${TableName}"],
            ),
            (
                &[
                    "dynamodb:DeleteBackup",
                    "dynamodb:DescribeBackup",
                    "dynamodb:ListBackups",
                ],
                &["dynamodb:~:table/${TableName}/backup/*"],
            ),
        ],
    ),
    (
        "DynamoDBCrudPolicy",
        &[(
            &[
                "dynamodb:GetItem",
                "dynamodb:DeleteItem",
                "dynamodb:PutItem",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
                "dynamodb:ConditionCheckItem",
            ],
            TABLE_AND_INDEXES,
        )],
    ),
    (
        "DynamoDBReadPolicy",
        &[(
            &[
                "dynamodb:GetItem",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
            ],
            TABLE_AND_INDEXES,
        )],
    ),
    (
        "DynamoDBReconfigurePolicy",
        &[(&["dynamodb:UpdateTable"], &["dynamodb:~:table/${TableName}"])],
    ),
    (
        "DynamoDBRestoreFromBackupPolicy",
        &[
            (
                &["dynamodb:RestoreTableFromBackup"],
                &["dynamodb:~:table/${TableName}/backup/*"],
            ),
            (
                &[
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:GetItem",
                    "dynamodb:Query",
                    "dynamodb:Scan",
                    "dynamodb:BatchWriteItem",
                ],
                &["dynamodb:~:table/${TableName}"],
            ),
        ],
    ),
    (
        "DynamoDBStreamReadPolicy",
        &[
            (
                &[
                    "dynamodb:DescribeStream",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                ],
                &["dynamodb:~:table/${TableName}/stream/${StreamName}"],
            ),
            (
                &["dynamodb:ListStreams"],
                &["dynamodb:~:table/${TableName}/stream/*"],
            ),
        ],
    ),
    (
        "DynamoDBWritePolicy",
        &[(
            &[
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
            ],
            TABLE_AND_INDEXES,
        )],
    ),
    (
        "EC2CopyImagePolicy",
        &[(&["ec2:CopyImage"], &["ec2:~:image/${ImageId}"])],
    ),
    (
        "EC2DescribePolicy",
        &[(&["ec2:DescribeRegions", "ec2:DescribeInstances"], &["*"])],
    ),
    (
        "EKSDescribePolicy",
        &[(&["eks:DescribeCluster", "eks:ListClusters"], &["*"])],
    ),
    (
        "ElasticsearchHttpPostPolicy",
        &[(
            &["es:ESHttpPost", "es:ESHttpPut"],
            &["es:~:domain/${DomainName}/*"],
        )],
    ),
    (
        "EventBridgePutEventsPolicy",
        &[(&["events:PutEvents"], &["events:~:event-bus/${EventBusName}"])],
    ),
    (
        "FilterLogEventsPolicy",
        &[(
            &["logs:FilterLogEvents"],
            &["logs:~:log-group:${LogGroupName}:log-stream:*"],
        )],
    ),
    (
        "FirehoseCrudPolicy",
        &[(
            &[
                "firehose:CreateDeliveryStream",
                "firehose:DeleteDeliveryStream",
                "firehose:DescribeDeliveryStream",
                "firehose:PutRecord",
                "firehose:PutRecordBatch",
                "firehose:UpdateDestination",
            ],
            &["firehose:~:deliverystream/${DeliveryStreamName}"],
        )],
    ),
    (
        "FirehoseWritePolicy",
        &[(
            &["firehose:PutRecord", "firehose:PutRecordBatch"],
            &["firehose:~:deliverystream/${DeliveryStreamName}"],
        )],
    ),
    (
        "KMSDecryptPolicy",
        &[(&["kms:Decrypt"], &["kms:~:key/${KeyId}"])],
    ),
    (
        "KMSEncryptPolicy",
        &[(&["kms:Encrypt"], &["kms:~:key/${KeyId}"])],
    ),
    (
        "KinesisCrudPolicy",
        &[(
            &[
                "kinesis:AddTagsToStream",
                "kinesis:CreateStream",
                "kinesis:DecreaseStreamRetentionPeriod",
                "kinesis:DeleteStream",
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetShardIterator",
                "kinesis:IncreaseStreamRetentionPeriod",
                "kinesis:ListTagsForStream",
                "kinesis:MergeShards",
                "kinesis:PutRecord",
                "kinesis:PutRecords",
                "kinesis:SplitShard",
                "kinesis:RemoveTagsFromStream",
            ],
            &["kinesis:~:stream/${StreamName}"],
        )],
    ),
    (
        "KinesisStreamReadPolicy",
        &[
            (
                &["kinesis:ListStreams", "kinesis:DescribeLimits"],
                &["kinesis:~:stream/*"],
            ),
            (
                &[
                    "kinesis:DescribeStream",
                    "kinesis:DescribeStreamSummary",
                    "kinesis:GetRecords",
                    "kinesis:GetShardIterator",
                ],
                &["kinesis:~:stream/${StreamName}"],
            ),
        ],
    ),
    (
        "LambdaInvokePolicy",
        &[(&["lambda:InvokeFunction"], &["lambda:~:function:${FunctionName}*"])],
    ),
    (
        "MobileAnalyticsWriteOnlyAccessPolicy",
        &[(&["mobileanalytics:PutEvents"], &["*"])],
    ),
    (
        "OrganizationsListAccountsPolicy",
        &[(&["organizations:ListAccounts"], &["*"])],
    ),
    (
        "PinpointEndpointAccessPolicy",
        &[(
            &[
                "mobiletargeting:GetEndpoint",
                "mobiletargeting:UpdateEndpoint",
                "mobiletargeting:UpdateEndpointsBatch",
            ],
            &["mobiletargeting:~:apps/${PinpointApplicationId}/endpoints/*"],
        )],
    ),
    (
        "PollyFullAccessPolicy",
        &[
            (
                &["polly:GetLexicon", "polly:DeleteLexicon"],
                &["polly:~:lexicon/${LexiconName}"],
            ),
            (
                &[
                    "polly:DescribeVoices",
                    "polly:ListLexicons",
                    "polly:PutLexicon",
                    "polly:SynthesizeSpeech",
                ],
                &["polly:~:lexicon/*"],
            ),
        ],
    ),
    (
        "RekognitionDetectOnlyPolicy",
        &[(
            &[
                "rekognition:DetectFaces",
                "rekognition:DetectLabels",
                "rekognition:DetectModerationLabels",
                "rekognition:DetectText",
            ],
            &["*"],
        )],
    ),
    (
        "RekognitionFacesPolicy",
        &[(&["rekognition:CompareFaces", "rekognition:DetectFaces"], &["*"])],
    ),
    (
        "RekognitionLabelsPolicy",
        &[(
            &["rekognition:DetectLabels", "rekognition:DetectModerationLabels"],
            &["*"],
        )],
    ),
    (
        "Route53ChangeResourceRecordSetsPolicy",
        &[(
            &["route53:ChangeResourceRecordSets"],
            &["route53:::hostedzone/${HostedZoneId}"],
        )],
    ),
    (
        "S3CrudPolicy",
        &[(
            &[
                "s3:GetObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:GetObjectVersion",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:GetLifecycleConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:DeleteObject",
            ],
            BUCKET_AND_OBJECTS,
        )],
    ),
    (
        "S3FullAccessPolicy",
        &[
            (
                &[
                    "s3:GetObject",
                    "s3:GetObjectAcl",
                    "s3:GetObjectVersion",
                    "s3:PutObject",
                    "s3:PutObjectAcl",
                    "s3:DeleteObject",
                    "s3:DeleteObjectTagging",
                    "s3:DeleteObjectVersionTagging",
                    "s3:GetObjectTagging",
                    "s3:GetObjectVersionTagging",
                    "s3:PutObjectTagging",
                    "s3:PutObjectVersionTagging",
                ],
                &["s3:::${BucketName}/*"],
            ),
            (
                &[
                    "s3:ListBucket",
                    "s3:GetBucketLocation",
                    "s3:GetLifecycleConfiguration",
                    "s3:PutLifecycleConfiguration",
                ],
                &["s3:::${BucketName}"],
            ),
        ],
    ),
    (
        "S3ReadPolicy",
        &[(
            &[
                "s3:GetObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:GetObjectVersion",
                "s3:GetLifecycleConfiguration",
            ],
            BUCKET_AND_OBJECTS,
        )],
    ),
    (
        "S3WritePolicy",
        &[(
            &["s3:PutObject", "s3:PutObjectAcl", "s3:PutLifecycleConfiguration"],
            BUCKET_AND_OBJECTS,
        )],
    ),
    (
        "SESCrudPolicy",
        &[(
            &[
                "ses:GetIdentityVerificationAttributes",
                "ses:SendEmail",
                "ses:SendRawEmail",
                "ses:VerifyEmailIdentity",
            ],
            &["ses:~:identity/${IdentityName}"],
        )],
    ),
    (
        "SESEmailTemplateCrudPolicy",
        &[(
            &[
                "ses:CreateTemplate",
                "ses:GetTemplate",
                "ses:ListTemplates",
                "ses:UpdateTemplate",
                "ses:DeleteTemplate",
                "ses:TestRenderTemplate",
            ],
            &["*"],
        )],
    ),
    (
        "SESSendBouncePolicy",
        &[(&["ses:SendBounce"], &["ses:~:identity/${IdentityName}"])],
    ),
    (
        "SNSCrudPolicy",
        &[(
            &[
                "sns:ListSubscriptionsByTopic",
                "sns:CreateTopic",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:Publish",
            ],
            &["sns:~:${TopicName}*"],
        )],
    ),
    (
        "SNSPublishMessagePolicy",
        &[(&["sns:Publish"], &["sns:~:${TopicName}"])],
    ),
    (
        "SQSPollerPolicy",
        &[(
            &[
                "sqs:ChangeMessageVisibility",
                "sqs:ChangeMessageVisibilityBatch",
                "sqs:DeleteMessage",
                "sqs:DeleteMessageBatch",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            &["sqs:~:${QueueName}"],
        )],
    ),
    (
        "SQSSendMessagePolicy",
        &[(&["sqs:SendMessage*"], &["sqs:~:${QueueName}"])],
    ),
    (
        "SSMParameterReadPolicy",
        &[
            (&["ssm:DescribeParameters"], &["*"]),
            (
                &["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"],
                &["ssm:~:parameter/${ParameterName}"],
            ),
        ],
    ),
    (
        "SSMParameterWithSlashPrefixReadPolicy",
        &[
            (&["ssm:DescribeParameters"], &["*"]),
            (
                &["ssm:GetParameters", "ssm:GetParameter", "ssm:GetParametersByPath"],
                &["ssm:~:parameter${ParameterName}"],
            ),
        ],
    ),
    (
        "StepFunctionsExecutionPolicy",
        &[(
            &["states:StartExecution"],
            &["states:~:stateMachine:${StateMachineName}"],
        )],
    ),
    (
        "TextractDetectAnalyzePolicy",
        &[(
            &[
                "textract:DetectDocumentText",
                "textract:StartDocumentTextDetection",
                "textract:StartDocumentAnalysis",
                "textract:AnalyzeDocument",
            ],
            &["*"],
        )],
    ),
    (
        "TextractGetResultPolicy",
        &[(
            &["textract:GetDocumentTextDetection", "textract:GetDocumentAnalysis"],
            &["*"],
        )],
    ),
    ("TextractPolicy", &[(&["textract:*"], &["*"])]),
    (
        "VPCAccessPolicy",
        &[(
            &[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DetachNetworkInterface",
            ],
            &["*"],
        )],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_well_formed() {
        let mut names: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TEMPLATES.len());
        for (name, statements) in TEMPLATES {
            assert!(name.ends_with("Policy"), "{name}");
            for (actions, resources) in *statements {
                assert!(actions.iter().all(|action| action.contains(':')), "{name}");
                assert!(!actions.is_empty() && !resources.is_empty(), "{name}");
                for resource in *resources {
                    let parts = resource.replace('~', "region:account").matches(':').count();
                    assert!(*resource == "*" || resource.starts_with("${") || parts >= 3, "{name} {resource}");
                }
            }
        }
    }
}
