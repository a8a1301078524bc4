//! Skips that other tools honour: comments for checkov, tfsec and trivy, metadata for checkov, cfn-guard, cfn_nag and
//! cdk-nag.
//!
//! They suppress nothing here: nobody approved them, most have no end, and their rules are not our controls. They are read
//! so that who comes from another tool sees every one of them with its place, and can register those that are still needed
//! (`EXC032`).

use std::sync::Arc;

use super::codes;
use crate::date::{AsOf, Date, UtcOffset};
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind, json, yaml};
use crate::source::{Source, Span};

/// A skip that is meant for another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignSkip {
    /// The tool.
    pub tool: &'static str,
    /// The rule it skips, in the words of that tool.
    pub rule: String,
    /// The CloudFormation resource it belongs to, where the metadata of one says it.
    pub resource: Option<String>,
    /// Why, when it says so.
    pub reason: Option<String>,
    /// Until when that tool honours it, as written. Only tfsec and trivy know an end.
    pub until: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// What comments begin with, and the tool they are for.
const COMMENTS: [(&str, &str); 4] = [
    ("checkov:skip=", "checkov"),
    ("bridgecrew:skip=", "checkov"),
    ("tfsec:ignore:", "tfsec"),
    ("trivy:ignore:", "trivy"),
];

/// Where metadata of a CloudFormation resource (or of the template) says it: tool, block, list.
const METADATA: [(&str, &str, &str); 4] = [
    ("checkov", "checkov", "skip"),
    ("cfn-guard", "guard", "SuppressedRules"),
    ("cfn_nag", "cfn_nag", "rules_to_suppress"),
    ("cdk-nag", "cdk_nag", "rules_to_suppress"),
];

/// Finds the skips for other tools in Terraform source and in CloudFormation templates, in the order of the text.
pub fn foreign_skips(source: &Arc<Source>) -> Vec<ForeignSkip> {
    let mut found = comments(source);
    let text = source.text();
    if METADATA
        .iter()
        .any(|(_, block, list)| text.contains(block) && text.contains(list))
    {
        let tree = if text.trim_start().starts_with('{') {
            json::parse(source)
        } else {
            yaml::parse(source)
        };
        // A template that cannot be read is reported where it is an input.
        if let Ok(template) = tree {
            metadata(&template, None, &mut found);
            let resources = template.get("Resources").map(Node::entries).unwrap_or_default();
            for entry in resources {
                metadata(&entry.value, Some(&entry.key), &mut found);
            }
        }
    }
    found.sort_by_key(|skip| (skip.span.start(), skip.rule.clone()));
    found
}

/// The skips for other tools, each as a diagnostic at its place.
pub fn lint_foreign(source: &Arc<Source>, as_of: AsOf) -> Vec<Diagnostic> {
    foreign_skips(source)
        .into_iter()
        .map(|skip| {
            let about = match &skip.resource {
                Some(resource) => format!("`{}` on `{resource}`", skip.rule),
                None => format!("`{}`", skip.rule),
            };
            let message = format!(
                "the skip of {about} for {} {}, and suppresses nothing here",
                skip.tool,
                end(&skip, as_of)
            );
            Diagnostic::new(&codes::EXC032, message)
                .at(&skip.span)
                .help("register what is still needed with `policy exceptions new`, and remove what is not")
        })
        .collect()
}

fn end(skip: &ForeignSkip, as_of: AsOf) -> String {
    match skip.until.as_deref().map(|until| (until, Date::parse(until))) {
        None => "has no approver and no end".into(),
        Some((until, Err(_))) => format!("has no approver and ends on `{until}`, which is no date"),
        Some((_, Ok(day))) if day < as_of.date(UtcOffset::UTC) => {
            format!("has no approver and ended on {day}")
        }
        Some((_, Ok(day))) => format!("has no approver (it says that it ends on {day})"),
    }
}

fn comments(source: &Arc<Source>) -> Vec<ForeignSkip> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in source.text().split_inclusive('\n') {
        let written = line.trim_end();
        // Several may share a comment: `#tfsec:ignore:a tfsec:ignore:b`.
        if let Some(comment) = comment(written) {
            for (marker, tool) in COMMENTS {
                for (at, _) in written.match_indices(marker).filter(|(at, _)| *at >= comment) {
                    let rest = written.get(at + marker.len()..).unwrap_or_default();
                    let Some(mut skip) = read(tool, rest, source) else {
                        continue;
                    };
                    let length = marker.len() + skip.1;
                    skip.0.span = Span::new(Arc::clone(source), start + at, start + at + length);
                    found.push(skip.0);
                }
            }
        }
        start += line.len();
    }
    found
}

/// Where the text of the comment of a line begins, when it has one that a skip could stand in.
fn comment(line: &str) -> Option<usize> {
    let first = COMMENTS
        .iter()
        .filter_map(|(marker, _)| line.find(marker))
        .min()?;
    let before = line.get(..first)?.trim_end();
    ["#", "//", "/*"]
        .iter()
        .any(|sign| before.ends_with(sign))
        .then_some(first)
}

/// What follows the marker, and how many bytes of it belong to the skip.
fn read(tool: &'static str, rest: &str, source: &Arc<Source>) -> Option<(ForeignSkip, usize)> {
    let (rule, reason, until, length) = if tool == "checkov" {
        let text = rest.trim_end_matches("*/").trim_end();
        let (rule, reason) = match text.split_once(':') {
            Some((rule, reason)) => (rule, Some(reason.trim())),
            None => (text.split_whitespace().next()?, None),
        };
        (rule, reason, None, text.len())
    } else {
        let word = rest.split_whitespace().next()?.trim_end_matches("*/");
        let (rule, until) = match word.split_once(":exp:") {
            Some((rule, until)) => (rule, Some(until)),
            None => (word, None),
        };
        // Workspaces and parameters narrow a skip down; the rule is what stands in front of them.
        let rule = rule.split([':', '[']).next().unwrap_or(rule);
        let until = until.and_then(|until| until.split(':').next());
        (rule, None, until, word.len())
    };
    let rule = rule.trim();
    let skip = ForeignSkip {
        tool,
        rule: rule.to_owned(),
        resource: None,
        reason: reason.filter(|reason| !reason.is_empty()).map(str::to_owned),
        until: until.map(str::to_owned),
        span: Span::new(Arc::clone(source), 0, 0),
    };
    (!rule.is_empty()).then_some((skip, length))
}

fn metadata(holder: &Node, resource: Option<&str>, found: &mut Vec<ForeignSkip>) {
    let Some(metadata) = holder.get("Metadata") else {
        return;
    };
    for (tool, block, list) in METADATA {
        let items = metadata
            .get(block)
            .and_then(|block| block.get(list))
            .map(Node::items)
            .unwrap_or_default();
        for item in items {
            let text = |names: &[&str]| names.iter().find_map(|name| item.get(name)?.scalar_text());
            let rule = match &item.kind {
                NodeKind::Mapping(_) => text(&["id"]),
                _ => item.scalar_text(),
            };
            if let Some(rule) = rule {
                found.push(ForeignSkip {
                    tool,
                    rule: rule.to_string(),
                    resource: resource.map(str::to_owned),
                    reason: text(&["reason", "comment"]).map(|reason| reason.to_string()),
                    until: None,
                    span: item.span.clone(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skips(name: &str, text: &str) -> Vec<(&'static str, String, Option<String>, u32)> {
        foreign_skips(&Source::new(name, text))
            .into_iter()
            .map(|skip| (skip.tool, skip.rule, skip.until, skip.span.location().line))
            .collect()
    }

    #[test]
    fn comments_of_terraform_source_are_found() {
        let text = "\
#checkov:skip=CKV_AWS_20:The bucket is a public static content host
resource \"aws_s3_bucket\" \"a\" {
  # checkov:skip=CKV2_AWS_6
  acl = \"public-read\" //tfsec:ignore:aws-s3-no-public-access
  #tfsec:ignore:aws-s3-a:exp:2026-01-02 tfsec:ignore:aws-s3-b:ws:prod
  #trivy:ignore:AVD-AWS-0086:exp:2027-01-01
  /* trivy:ignore:* */
  name = \"see tfsec:ignore:x\"
  note = \"# is not followed by trivy:ignore:y\"
}
";
        let at = |tool, rule: &str, until: Option<&str>, line| {
            (tool, rule.to_owned(), until.map(str::to_owned), line)
        };
        assert_eq!(
            skips("main.tf", text),
            [
                at("checkov", "CKV_AWS_20", None, 1),
                at("checkov", "CKV2_AWS_6", None, 3),
                at("tfsec", "aws-s3-no-public-access", None, 4),
                at("tfsec", "aws-s3-a", Some("2026-01-02"), 5),
                at("tfsec", "aws-s3-b", None, 5),
                at("trivy", "AVD-AWS-0086", Some("2027-01-01"), 6),
                at("trivy", "*", None, 7),
            ]
        );
        let source = Source::new("main.tf", text);
        let first = &foreign_skips(&source)[0];
        assert_eq!(
            first.reason.as_deref(),
            Some("The bucket is a public static content host")
        );
        let written = source.text().get(first.span.start()..first.span.end());
        assert_eq!(
            written,
            Some("checkov:skip=CKV_AWS_20:The bucket is a public static content host")
        );
    }

    #[test]
    fn metadata_of_templates_is_found() {
        let yaml = "\
Metadata: {checkov: {skip: [{id: CKV_AWS_1, comment: whole template}]}}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Metadata:
      guard: {SuppressedRules: [S3_BUCKET_LOGGING, {id: S3_BUCKET_X, reason: why}]}
      cfn_nag:
        rules_to_suppress:
          - {id: W35, reason: no logs}
      cdk_nag: {rules_to_suppress: [{id: AwsSolutions-S1, reason: no logs}]}
";
        let json = r#"{"Resources": {"Bucket": {"Metadata": {"guard": {"SuppressedRules": ["S3_BUCKET_LOGGING"]}}}}}"#;
        let at = |tool, rule: &str, line| (tool, rule.to_owned(), None, line);
        assert_eq!(
            skips("template.yaml", yaml),
            [
                at("checkov", "CKV_AWS_1", 1),
                at("cfn-guard", "S3_BUCKET_LOGGING", 6),
                at("cfn-guard", "S3_BUCKET_X", 6),
                at("cfn_nag", "W35", 9),
                at("cdk-nag", "AwsSolutions-S1", 10),
            ]
        );
        assert_eq!(
            skips("template.json", json),
            [at("cfn-guard", "S3_BUCKET_LOGGING", 1)]
        );
        assert_eq!(skips("broken.yaml", "guard: {SuppressedRules: ["), []);
    }

    #[test]
    fn each_is_said_with_its_end() {
        let text = "#tfsec:ignore:a:exp:2026-01-02\n#tfsec:ignore:b:exp:2027-01-02\n#tfsec:ignore:c:exp:soon\n#checkov:skip=D\n";
        let as_of = AsOf::parse("2026-11-20", UtcOffset::UTC).expect("date");
        let messages: Vec<String> = lint_foreign(&Source::new("main.tf", text), as_of)
            .into_iter()
            .map(|found| found.message)
            .collect();
        assert_eq!(
            messages,
            [
                "the skip of `a` for tfsec has no approver and ended on 2026-01-02, and suppresses nothing here",
                "the skip of `b` for tfsec has no approver (it says that it ends on 2027-01-02), and suppresses nothing here",
                "the skip of `c` for tfsec has no approver and ends on `soon`, which is no date, and suppresses nothing here",
                "the skip of `D` for checkov has no approver and no end, and suppresses nothing here",
            ]
        );
    }
}
