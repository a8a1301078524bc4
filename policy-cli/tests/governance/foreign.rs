//! Skips that other tools honour are shown when they are asked for, and suppress nothing.

use crate::support::{Scratch, policy};

const TEMPLATE: &str = "\
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Metadata:
      guard: {SuppressedRules: [S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED]}
      cfn_nag: {rules_to_suppress: [{id: W35, reason: no logs}]}
";
const SOURCE: &str = "\
#trivy:ignore:AVD-AWS-0086
resource \"aws_s3_bucket\" \"demo\" {
  bucket = \"demo\" #tfsec:ignore:aws-s3-enable-bucket-logging:exp:2026-01-02
}
";

#[test]
fn they_are_shown_on_demand_and_change_no_verdict() {
    let scratch = Scratch::new("foreign-skips");
    let template = scratch.write("template.yaml", TEMPLATE);
    scratch.write("infra/main.tf", SOURCE);
    let source = scratch.path("infra");
    let settings = scratch.write("policy.yaml", "foreignSkips: true\n");
    let line = ["check", &template, &source, "--control", "DP-PUB-002"];
    let off = policy(&line);
    assert!(!off.all().contains("EXC032"), "{}", off.all());
    for on in [&["--foreign-skips"][..], &["--settings", &settings]] {
        let on = policy(&[&line, on].concat());
        assert_eq!((on.code, off.code), (1, 1), "{}", on.all());
        for expected in [
            "`S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED` on `Bucket` for cfn-guard has no approver and no end",
            "`W35` on `Bucket` for cfn_nag",
            "`AVD-AWS-0086` for trivy has no approver and no end",
            "`aws-s3-enable-bucket-logging` for tfsec has no approver and ended on 2026-01-02",
            "template.yaml:5:",
            "infra/main.tf:1:2",
            "infra/main.tf:3:",
        ] {
            assert!(on.all().contains(expected), "{expected}: {}", on.all());
        }
        assert_eq!(on.all().matches("warning[EXC032]").count(), 4);
        // The findings and the last line are those of the run without.
        assert_eq!(on.stdout.lines().last(), off.stdout.lines().last());
    }
}
