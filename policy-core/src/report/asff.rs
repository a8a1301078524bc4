//! [AWS Security Finding Format]: the argument of `securityhub BatchImportFindings`, which takes 100 findings a call.
//!
//! An accepted failure stays `FAILED`; the exception stands in `ProductFields`. `Workflow` and `Note` are never
//! written: an import cannot change them later, so a finding imported as suppressed would stay so after its exception
//! has ended. An unknown outcome is `WARNING` ("some information is missing"), a rule that ended in an error
//! `NOT_AVAILABLE`. Diagnostics of the run have no place in this format.
//!
//! Findings name an account and a Region. Where the input does not tell them, they become `000000000000` and
//! `us-east-1`, which an import refuses: give `--account` and `--region` to the run instead.
//!
//! [AWS Security Finding Format]: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format.html

use std::collections::BTreeMap;

use serde::Serialize;

use crate::control::{Catalog, ControlId, Severity};
use crate::evaluation::{Evaluation, FindingResource};
use crate::report::Run;
use crate::report::entry::{self, Entry, Standing, keyed_evaluations};
use crate::report::instant::Instant;
use crate::report::place::Region;
use crate::rule::Outcome;

/// What to put into the list.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsffOptions<'a> {
    /// Titles and mappings of the controls, also of those that pass.
    pub controls: Option<&'a Catalog>,
    /// `PASSED` findings as well.
    pub all_outcomes: bool,
}

const NO_ACCOUNT: &str = "000000000000";
const NO_REGION: &str = "us-east-1";
const TYPE: &str = "Software and Configuration Checks/Industry and Regulatory Standards";

// Limits of the format, in characters.
const TITLE: usize = 256;
const DESCRIPTION: usize = 1024;
const TEXT: usize = 512;
const FIELD: usize = 2048;
/// Most related requirements.
const REQUIREMENTS: usize = 32;

/// Renders the list with a final line break.
pub fn render(run: &Run, options: AsffOptions<'_>) -> String {
    let as_of = Instant::of_run(&run.as_of).rfc3339();
    let maker = Maker {
        as_of: &as_of,
        controls: options.controls,
    };
    let entries = entry::entries(run);
    let mut findings: Vec<AwsFinding<'_>> = entries.iter().map(|entry| maker.of_entry(entry)).collect();
    findings.extend(
        keyed_evaluations(run, Outcome::Error).map(|(key, it)| maker.of_evaluation(key, it, "NOT_AVAILABLE")),
    );
    if options.all_outcomes {
        findings.extend(
            keyed_evaluations(run, Outcome::Pass).map(|(key, it)| maker.of_evaluation(key, it, "PASSED")),
        );
    }
    let mut text = serde_json::to_string_pretty(&List { findings }).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct List<'a> {
    findings: Vec<AwsFinding<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AwsFinding<'a> {
    schema_version: &'static str,
    id: String,
    product_arn: String,
    product_name: &'static str,
    company_name: &'static str,
    generator_id: String,
    aws_account_id: &'a str,
    region: &'a str,
    types: [&'static str; 1],
    created_at: &'a str,
    updated_at: &'a str,
    severity: AwsSeverity,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<Remediation>,
    product_fields: BTreeMap<&'static str, String>,
    resources: [AwsResource<'a>; 1],
    compliance: Compliance<'a>,
    record_state: &'static str,
    finding_provider_fields: ProviderFields,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AwsSeverity {
    label: &'static str,
    original: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProviderFields {
    severity: AwsSeverity,
    types: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Remediation {
    recommendation: Recommendation,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Recommendation {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AwsResource<'a> {
    r#type: &'static str,
    id: String,
    partition: &'static str,
    region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Compliance<'a> {
    status: &'static str,
    security_control_id: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_requirements: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status_reasons: Vec<StatusReason>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusReason {
    reason_code: String,
    description: String,
}

struct Maker<'a> {
    as_of: &'a str,
    controls: Option<&'a Catalog>,
}

/// What differs between a finding and an evaluation.
struct Draft<'a> {
    key: String,
    control: &'a ControlId,
    severity: Severity,
    status: &'static str,
    title: String,
    description: String,
    remediation: Option<&'a str>,
    fields: Vec<(&'static str, Option<String>)>,
    resource: Option<&'a FindingResource>,
    resource_id: String,
    reasons: Vec<StatusReason>,
}

impl<'a> Maker<'a> {
    fn of_entry(&self, entry: &Entry<'a>) -> AwsFinding<'a> {
        let finding = entry.finding;
        let status = match entry.standing {
            Standing::Open | Standing::Excepted => "FAILED",
            Standing::Undecided | Standing::Advisory => "WARNING",
        };
        // A remark of a rule is not a failure of its control, so it has not its severity either.
        let severity = if entry.standing == Standing::Advisory {
            Severity::Info
        } else {
            finding.severity
        };
        // The first exception is the one that decided.
        let exception = finding.exceptions.first();
        let lines = entry.exception_lines();
        let resource = finding.resource.as_ref();
        let account = resource
            .and_then(|resource| resource.account.as_deref())
            .unwrap_or(NO_ACCOUNT);
        let places: Vec<String> = finding
            .locations
            .iter()
            .map(|span| Region::of(span).text())
            .collect();
        let mut description = entry.sentence();
        for line in &lines {
            description.push_str("; ");
            description.push_str(line);
        }
        self.finding(Draft {
            key: entry.key.clone(),
            control: &finding.control,
            severity,
            status,
            title: format!("{} {}", finding.control, finding.title),
            description,
            remediation: finding.remediation.as_deref(),
            fields: vec![
                ("policy/fingerprint", Some(finding.fingerprint.to_string())),
                ("policy/outcome", Some(finding.outcome.as_str().into())),
                ("policy/standing", Some(entry.standing.as_str().into())),
                ("policy/severity", Some(finding.severity.as_str().into())),
                ("policy/counted", Some(entry.counts.to_string())),
                ("policy/advisory", Some(finding.advisory.to_string())),
                ("policy/resource", Some(entry.subject().into())),
                (
                    "policy/resourceType",
                    resource.map(|resource| resource.resource_type.clone()),
                ),
                (
                    "policy/environment",
                    resource.and_then(|resource| resource.environment.clone()),
                ),
                (
                    "policy/owner",
                    resource.and_then(|resource| resource.owner.clone()),
                ),
                ("policy/path", Some(finding.path.clone())),
                ("policy/expected", finding.expected.clone()),
                ("policy/actual", finding.actual.clone()),
                ("policy/locations", Some(places.join(", "))),
                (
                    "policy/exceptionId",
                    exception.map(|exception| exception.id.clone()),
                ),
                (
                    "policy/exceptionState",
                    exception.map(|exception| exception.state.clone()),
                ),
                (
                    "policy/expiresOn",
                    exception.and_then(|exception| exception.expires_on.clone()),
                ),
                (
                    "policy/suppressed",
                    exception.map(|exception| exception.suppresses.to_string()),
                ),
                ("policy/exceptions", Some(lines.join("; "))),
            ],
            resource,
            resource_id: resource.map_or_else(
                || format!("AWS::::Account:{account}"),
                |resource| resource.id.clone(),
            ),
            reasons: finding
                .reasons
                .iter()
                .map(|reason| status_reason(reason.kind, &reason.text))
                .collect(),
        })
    }

    fn of_evaluation(&self, key: String, evaluation: &'a Evaluation, status: &'static str) -> AwsFinding<'a> {
        let control = self
            .controls
            .and_then(|catalog| catalog.controls.get(&evaluation.control));
        let title = control
            .map(|control| format!(" {}", control.title))
            .unwrap_or_default();
        let reasons = entry::reasons_text(evaluation);
        let description = match (status, reasons.is_empty()) {
            ("PASSED", _) => format!("{} holds for {}", evaluation.control, evaluation.subject),
            (_, true) => format!(
                "the rule of {} ended in an error on {}",
                evaluation.control, evaluation.subject
            ),
            (_, false) => reasons,
        };
        self.finding(Draft {
            key,
            control: &evaluation.control,
            severity: evaluation.severity,
            status,
            title: format!("{}{title}", evaluation.control),
            description,
            remediation: None,
            fields: vec![
                ("policy/outcome", Some(evaluation.outcome.as_str().into())),
                ("policy/resource", Some(evaluation.subject.clone())),
            ],
            resource: None,
            resource_id: evaluation.subject.clone(),
            reasons: evaluation
                .reasons
                .iter()
                .map(|reason| status_reason(reason.kind, &reason.text))
                .collect(),
        })
    }

    fn finding(&self, draft: Draft<'a>) -> AwsFinding<'a> {
        let context = draft.resource;
        let account = context
            .and_then(|resource| resource.account.as_deref())
            .unwrap_or(NO_ACCOUNT);
        let region = context
            .and_then(|resource| resource.region.as_deref())
            .unwrap_or(NO_REGION);
        let partition = partition(region);
        let severity = AwsSeverity {
            label: label(draft.severity),
            original: draft.severity.as_str(),
        };
        let fields = draft
            .fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, shown(&value?, FIELD)?)));
        let resource_type = match context {
            Some(resource) => asff_type(&resource.resource_type),
            None if draft.resource_id.starts_with("AWS::::Account:") => "AwsAccount",
            None => "Other",
        };
        let recommendation = draft.remediation.and_then(|hint| shown(hint, TEXT));
        AwsFinding {
            schema_version: "2018-10-08",
            id: format!("policy/{}/{}", draft.control, draft.key),
            product_arn: format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
            product_name: "policy",
            company_name: "policy",
            generator_id: format!("policy/{}", draft.control),
            aws_account_id: account,
            region,
            types: [TYPE],
            created_at: self.as_of,
            updated_at: self.as_of,
            severity,
            title: shown(&draft.title, TITLE).unwrap_or_else(|| draft.control.to_string()),
            description: shown(&draft.description, DESCRIPTION).unwrap_or_else(|| draft.control.to_string()),
            remediation: recommendation.map(|text| Remediation {
                recommendation: Recommendation { text },
            }),
            product_fields: fields.collect(),
            resources: [AwsResource {
                r#type: resource_type,
                id: shown(&draft.resource_id, TEXT).unwrap_or_else(|| "unnamed".into()),
                partition,
                region,
            }],
            compliance: Compliance {
                status: draft.status,
                security_control_id: draft.control.as_str(),
                related_requirements: self.requirements(draft.control),
                status_reasons: draft.reasons,
            },
            record_state: "ACTIVE",
            finding_provider_fields: ProviderFields {
                severity,
                types: [TYPE],
            },
        }
    }

    fn requirements(&self, id: &ControlId) -> Vec<String> {
        let control = self.controls.and_then(|catalog| catalog.controls.get(id));
        let mappings = control.into_iter().flat_map(|control| &control.mappings);
        let all = mappings.flat_map(|(framework, ids)| ids.iter().map(move |id| format!("{framework}/{id}")));
        all.take(REQUIREMENTS).collect()
    }
}

fn status_reason(kind: &str, text: &str) -> StatusReason {
    let description = shown(text, FIELD).unwrap_or_else(|| kind.to_owned());
    StatusReason {
        reason_code: kind.to_ascii_uppercase(),
        description,
    }
}

/// The text within the limit; `None` when nothing of it is visible, which the format refuses.
fn shown(text: &str, limit: usize) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    if text.chars().count() <= limit {
        return Some(text.to_owned());
    }
    Some(text.chars().take(limit - 1).chain(['…']).collect())
}

fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Info => "INFORMATIONAL",
    }
}

/// The partition a Region lies in.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// The resource types that the format knows under a name of their own; all others are `Other`.
fn asff_type(resource_type: &str) -> &'static str {
    match resource_type {
        "aws_api_gateway_rest_api" => "AwsApiGatewayRestApi",
        "aws_autoscaling_group" => "AwsAutoScalingAutoScalingGroup",
        "aws_cloudfront_distribution" => "AwsCloudFrontDistribution",
        "aws_cloudtrail" => "AwsCloudTrailTrail",
        "aws_db_instance" => "AwsRdsDbInstance",
        "aws_dynamodb_table" => "AwsDynamoDbTable",
        "aws_ebs_volume" => "AwsEc2Volume",
        "aws_ecr_repository" => "AwsEcrRepository",
        "aws_ecs_cluster" => "AwsEcsCluster",
        "aws_ecs_service" => "AwsEcsService",
        "aws_ecs_task_definition" => "AwsEcsTaskDefinition",
        "aws_eks_cluster" => "AwsEksCluster",
        "aws_iam_group" => "AwsIamGroup",
        "aws_iam_policy" => "AwsIamPolicy",
        "aws_iam_role" => "AwsIamRole",
        "aws_iam_user" => "AwsIamUser",
        "aws_instance" => "AwsEc2Instance",
        "aws_kms_key" => "AwsKmsKey",
        "aws_lambda_function" => "AwsLambdaFunction",
        "aws_lb" => "AwsElbv2LoadBalancer",
        "aws_network_acl" => "AwsEc2NetworkAcl",
        "aws_opensearch_domain" => "AwsOpenSearchServiceDomain",
        "aws_rds_cluster" => "AwsRdsDbCluster",
        "aws_redshift_cluster" => "AwsRedshiftCluster",
        "aws_s3_bucket" => "AwsS3Bucket",
        "aws_secretsmanager_secret" => "AwsSecretsManagerSecret",
        "aws_security_group" => "AwsEc2SecurityGroup",
        "aws_sns_topic" => "AwsSnsTopic",
        "aws_sqs_queue" => "AwsSqsQueue",
        "aws_subnet" => "AwsEc2Subnet",
        "aws_vpc" => "AwsEc2Vpc",
        _ => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testdata;

    #[test]
    fn excepted_stays_failed_and_nothing_outlives_the_exception() {
        let run = testdata::realistic();
        let text = render(&run, AsffOptions::default());
        for key in [
            "\"Workflow\"",
            "\"Note\"",
            "\"UserDefinedFields\"",
            "\"VerificationState\"",
        ] {
            assert!(!text.contains(key), "{key}");
        }
        let list: serde_json::Value = serde_json::from_str(&text).unwrap();
        let findings = list["Findings"].as_array().unwrap();
        let excepted: Vec<_> = findings
            .iter()
            .filter(|finding| finding["ProductFields"]["policy/standing"] == "excepted")
            .collect();
        assert!(!excepted.is_empty());
        for finding in excepted {
            assert_eq!(finding["Compliance"]["Status"], "FAILED");
            assert_eq!(finding["RecordState"], "ACTIVE");
            assert_eq!(finding["ProductFields"]["policy/expiresOn"], "2026-03-30");
        }
    }

    #[test]
    fn texts_keep_the_limits_of_the_format() {
        assert_eq!(shown("abc", 3).as_deref(), Some("abc"));
        assert_eq!(shown("äbcd", 3).as_deref(), Some("äb…"));
        assert_eq!(shown(" \n", 3), None);
    }

    #[test]
    fn regions_know_their_partition() {
        assert_eq!(partition("cn-north-1"), "aws-cn");
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
        assert_eq!(partition("ap-southeast-1"), "aws");
    }
}
