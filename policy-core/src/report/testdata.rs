//! Runs for the tests of the formats: a realistic one, one full of hostile values, two that found nothing, and
//! arbitrary ones.

mod arbitrary;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::control::{
    Catalog, Control, ControlId, DecidedOn, ExceptionTerms, Guardrail, Remediation, Scope, Severity,
};
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::evaluation::{
    Assessment, Evaluation, Finding, FindingResource, Fingerprint, NotEvaluated, Reason, Suppression,
};
use crate::gate::{self, GateOptions};
use crate::report::{Mode, ReportedInput, Run};
use crate::rule::Outcome;
use crate::source::{Source, Span};

pub(crate) use self::arbitrary::any_run;

static TST001: Code = code(
    "TST001",
    Level::Error,
    "an input could not be read",
    "write it again",
);
static TST002: Code = code("TST002", Level::Warning, "a record matches nothing", "remove it");
static TST003: Code = code("TST003", Level::Info, "something is worth knowing", "know it");
pub(crate) static CODES: [&Code; 3] = [&TST001, &TST002, &TST003];

const fn code(id: &'static str, level: Level, summary: &'static str, explanation: &'static str) -> Code {
    Code {
        id,
        level,
        summary,
        explanation,
    }
}

pub(crate) fn control(id: &str) -> ControlId {
    ControlId::new(id).unwrap()
}

/// The controls of [`realistic`], with mappings.
pub(crate) fn catalog() -> Catalog {
    let controls = [
        (
            "DP-ENC-001",
            "Production storage must use approved encryption",
            Severity::High,
            false,
        ),
        ("DP-KMS-001", "Keys must rotate", Severity::Critical, false),
        (
            "IAM-PRIV-001",
            "No wildcard administrator",
            Severity::Medium,
            false,
        ),
        ("LOG-001", "CloudTrail must be enabled", Severity::High, false),
        ("NET-001", "No SSH from the world", Severity::Critical, false),
        ("TAG-001", "Required tags", Severity::Low, true),
        ("VER-001", "Buckets must keep versions", Severity::Medium, false),
    ];
    let controls = controls.map(|(id, title, severity, advisory)| {
        let id = control(id);
        let definition = Source::new(format!("controls/{id}/control.yaml"), format!("id: {id}\n"));
        let mappings: BTreeMap<Arc<str>, Vec<Arc<str>>> = match id.as_str() {
            "DP-ENC-001" => [("iso27001", vec!["A.8.24"]), ("soc2", vec!["CC6.1", "CC6.7"])].into(),
            "NET-001" => [("iso27001", vec!["A.8.20", "A.8.22"])].into(),
            "TAG-001" => [("security", vec!["T1", "T1"])].into(),
            _ => BTreeMap::new(),
        }
        .into_iter()
        .map(|(framework, ids)| (framework.into(), ids.into_iter().map(Into::into).collect()))
        .collect();
        let control = Control {
            id: id.clone(),
            title: title.into(),
            intent: format!("Because of {id}").into(),
            severity,
            scope: Scope::default(),
            evaluable_on: DecidedOn::CONFIGURATION.to_vec(),
            claims_sources: false,
            evidence_sources: vec!["aws-config".into()],
            exception: ExceptionTerms::default(),
            remediation: Remediation {
                mode: "manual".into(),
                hint: Some("Declare it".into()),
                hints: [("terraform".into(), "Set `x = true`".into())].into(),
                ..Remediation::default()
            },
            owner: Some("platform-security".into()),
            review_cadence: None,
            retention_days: None,
            status: "active".into(),
            stages: Vec::new(),
            has_responsibility: false,
            guardrails: if advisory {
                vec![Guardrail::Advisory]
            } else {
                Vec::new()
            },
            rules: Vec::new(),
            parameters: BTreeMap::new(),
            parameters_in: Default::default(),
            implementation: Vec::new(),
            mappings,
            rego: Vec::new(),
            package: id.package().into(),
            span: Span::new(definition, 0, 2),
        };
        (id, control)
    });
    Catalog {
        controls: controls.into(),
        library: Vec::new(),
    }
}

fn resource(id: &str, resource_type: &str) -> FindingResource {
    FindingResource {
        id: id.into(),
        resource_type: resource_type.into(),
        kind: None,
        account: Some("111122223333".into()),
        region: Some("ap-southeast-1".into()),
        environment: Some("prod".into()),
        owner: Some("team-payments".into()),
    }
}

pub(crate) fn finding(
    id: &str,
    severity: Severity,
    outcome: Outcome,
    resource: Option<FindingResource>,
    path: &str,
) -> Finding {
    let control = control(id);
    let subject = resource
        .as_ref()
        .map_or("111122223333/ap-southeast-1", |resource| &resource.id)
        .to_owned();
    let known = catalog()
        .controls
        .get(&control)
        .map(|control| control.title.to_string());
    Finding {
        fingerprint: Fingerprint::new(&control, &subject, path, 0),
        title: known.unwrap_or_else(|| "A control that no catalog has".into()),
        control,
        severity,
        advisory: false,
        outcome,
        resource,
        path: path.into(),
        paths: Vec::new(),
        message: format!("{path} is wrong"),
        expected: None,
        actual: None,
        change: None,
        reasons: Vec::new(),
        locations: Vec::new(),
        show_source: true,
        remediation: None,
        exceptions: Vec::new(),
        not_applied: Vec::new(),
    }
}

fn not_evaluated(id: &str, reason: String) -> NotEvaluated {
    NotEvaluated {
        control: control(id),
        reason,
    }
}

fn evaluation(id: &str, subject: &str, outcome: Outcome, reasons: Vec<Reason>) -> Evaluation {
    let control = control(id);
    let severity = catalog()
        .controls
        .get(&control)
        .map_or(Severity::Medium, |control| control.severity);
    Evaluation {
        control,
        severity,
        subject: subject.into(),
        outcome,
        reasons,
    }
}

fn reason(path: &str, kind: &'static str, text: &str) -> Reason {
    Reason {
        path: path.into(),
        kind,
        text: text.into(),
    }
}

/// The span of the first `needle` in `source`.
fn span(source: &Arc<Source>, needle: &str) -> Span {
    let start = source.text().find(needle).unwrap();
    Span::new(source.clone(), start, start + needle.len())
}

fn run(assessment: Assessment, diagnostics: Vec<Diagnostic>, gate: GateOptions, inputs: &[&str]) -> Run {
    let decision = gate::decide(&assessment, &diagnostics, &gate);
    Run {
        tool_version: "0.1.0".into(),
        as_of: "2026-03-01".into(),
        mode: Mode::Current,
        registry_revision: None,
        inputs: inputs
            .iter()
            .map(|path| ReportedInput {
                path: (*path).into(),
                format: Some("terraform-plan".into()),
                resources: 6,
                sha256: Some("5f".repeat(32)),
                files: Vec::new(),
                module_calls: crate::resource::ModuleCalls::default(),
            })
            .collect(),
        assessment,
        resources: Vec::new(),
        diagnostics,
        gate,
        decision,
    }
}

const TERRAFORM: &str = r#"module "db" {
  source = "./modules/db"
}

resource "aws_security_group" "web" {
  ingress {
    from_port   = 22
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"#;

const MODULE: &str = r#"resource "aws_db_instance" "main" {
  count             = 1
  storage_encrypted = false
}
"#;

fn active() -> Suppression {
    let record = Source::new("exceptions/approved/EXC-2026-0007.yaml", "id: EXC-2026-0007\n");
    Suppression {
        id: "EXC-2026-0007".into(),
        state: "active".into(),
        expires_on: Some("2026-03-30".into()),
        days_left: Some(29),
        suppresses: true,
        primary: true,
        approved_by: vec!["rina@example.com".into()],
        reason: Some("vendor snapshot cannot be re-encrypted in place".into()),
        compensating_controls: vec!["isolated subnet, no public route".into()],
        definition: Some(span(&record, "EXC-2026-0007")),
        ..Suppression::default()
    }
}

fn expired() -> Suppression {
    Suppression {
        id: "EXC-2026-0003".into(),
        state: "expired".into(),
        expires_on: Some("2026-02-17".into()),
        expired_days_ago: Some(12),
        approved_by: vec!["rina@example.com".into()],
        ..Suppression::default()
    }
}

fn requested() -> Suppression {
    Suppression {
        id: "EXC-2026-0011".into(),
        state: "requested".into(),
        expires_on: Some("2026-04-30".into()),
        note: Some("approval by security-risk-owner is missing".into()),
        ..Suppression::default()
    }
}

/// One of everything: open, accepted, expired, requested, advisory, unknown (counted and not), errors, diagnostics.
pub(crate) fn realistic() -> Run {
    let main = Source::new("main.tf", TERRAFORM);
    let module = Source::new("./modules/db/main.tf", MODULE);
    let encrypted = Finding {
        message: "storage_encrypted is false, expected true".into(),
        expected: Some("true".into()),
        actual: Some("false".into()),
        locations: vec![
            span(&module, "storage_encrypted = false"),
            span(&main, "module \"db\""),
        ],
        remediation: Some("Set storage_encrypted = true".into()),
        ..finding(
            "DP-ENC-001",
            Severity::High,
            Outcome::Fail,
            Some(resource("module.db.aws_db_instance.main[0]", "aws_db_instance")),
            "storage_encrypted",
        )
    };
    let replica = resource(
        "module.reporting.aws_db_instance.replica[\"a b\"]",
        "aws_db_instance",
    );
    let replica = Finding {
        exceptions: vec![active(), expired()],
        locations: vec![span(&module, "storage_encrypted = false")],
        message: encrypted.message.clone(),
        ..finding(
            "DP-ENC-001",
            Severity::High,
            Outcome::Fail,
            Some(replica),
            "storage_encrypted",
        )
    };
    let ssh = Finding {
        message: "ingress[0] is open to the world on port 22".into(),
        locations: vec![span(&main, "cidr_blocks = [\"0.0.0.0/0\"]\n  }")],
        exceptions: vec![expired()],
        remediation: Some("Name the networks that may connect".into()),
        ..finding(
            "NET-001",
            Severity::Critical,
            Outcome::Fail,
            Some(resource("aws_security_group.web", "aws_security_group")),
            "ingress[0].cidr",
        )
    };
    let admin = Finding {
        exceptions: vec![requested()],
        message: "Statement[0].Action is `*`".into(),
        ..finding(
            "IAM-PRIV-001",
            Severity::Medium,
            Outcome::Fail,
            Some(FindingResource {
                account: None,
                region: None,
                ..resource("aws_iam_policy.admin", "aws_iam_policy")
            }),
            "policy_statements[0].Action",
        )
    };
    let tags = Finding {
        advisory: true,
        message: "tags.owner is missing".into(),
        ..finding(
            "TAG-001",
            Severity::Low,
            Outcome::Fail,
            Some(resource("aws_s3_bucket.logs", "aws_s3_bucket")),
            "tags.owner",
        )
    };
    let key = Finding {
        message: "cannot be decided: rotation is not known".into(),
        reasons: vec![reason(
            "enable_key_rotation",
            "variable",
            "enable_key_rotation depends on a variable without a value",
        )],
        ..finding(
            "DP-KMS-001",
            Severity::Critical,
            Outcome::Unknown,
            Some(resource("aws_kms_key.main", "aws_kms_key")),
            "enable_key_rotation",
        )
    };
    let trail = Finding {
        message: "no trail here".into(),
        reasons: vec![reason(
            "",
            "partial_input",
            "nothing here satisfies it, and another stack may",
        )],
        ..finding("LOG-001", Severity::High, Outcome::Unknown, None, "")
    };
    let remark = Finding {
        message: "versions are kept for ever; a lifecycle rule would remove old ones".into(),
        ..finding(
            "VER-001",
            Severity::Medium,
            Outcome::Fail,
            Some(resource("aws_s3_bucket.logs", "aws_s3_bucket")),
            "versioned",
        )
    };
    let assessment = Assessment {
        not_evaluated: ["IAM-001", "IAM-002"]
            .map(|id| not_evaluated(id, "decided on account reports, which no input here is".into()))
            .into(),
        evaluations: vec![
            evaluation(
                "DP-ENC-001",
                "module.db.aws_db_instance.main[0]",
                Outcome::Fail,
                Vec::new(),
            ),
            evaluation(
                "DP-ENC-001",
                "module.reporting.aws_db_instance.replica[\"a b\"]",
                Outcome::Fail,
                Vec::new(),
            ),
            evaluation("DP-ENC-001", "aws_s3_bucket.logs", Outcome::Pass, Vec::new()),
            evaluation(
                "DP-ENC-001",
                "aws_s3_bucket.dev",
                Outcome::NotApplicable,
                vec![reason("", "scope", "not in prod")],
            ),
            evaluation("NET-001", "aws_security_group.web", Outcome::Fail, Vec::new()),
            evaluation("IAM-PRIV-001", "aws_iam_policy.admin", Outcome::Fail, Vec::new()),
            evaluation("TAG-001", "aws_s3_bucket.logs", Outcome::Fail, Vec::new()),
            evaluation(
                "DP-KMS-001",
                "aws_kms_key.main",
                Outcome::Unknown,
                key.reasons.clone(),
            ),
            evaluation(
                "LOG-001",
                "111122223333/ap-southeast-1",
                Outcome::Unknown,
                trail.reasons.clone(),
            ),
            evaluation("VER-001", "aws_s3_bucket.logs", Outcome::Pass, Vec::new()),
            evaluation(
                "VER-001",
                "aws_s3_bucket.odd",
                Outcome::Error,
                vec![reason(
                    "",
                    "rule_error",
                    "rule of VER-001 did not finish within 1000 ms",
                )],
            ),
        ],
        findings: vec![ssh, encrypted, replica, admin, tags],
        unknowns: vec![key, trail],
        warnings: vec![remark],
        controls: 7,
        resources: 6,
        ..Assessment::default()
    };
    let diagnostics = vec![
        Diagnostic::new(&TST001, "`broken.json` ends inside of a string")
            .at(&span(&main, "module \"db\""))
            .help("write the plan again"),
        Diagnostic::new(&TST002, "EXC-2026-0009 matches nothing")
            .in_file("exceptions/approved/EXC-2026-0009.yaml"),
        Diagnostic::new(&TST003, "one resource type is not known"),
    ];
    run(
        assessment,
        diagnostics,
        GateOptions::default(),
        &["plan.json", "stack b/template.yaml"],
    )
}

/// Nothing failed, nothing is unknown.
pub(crate) fn clean() -> Run {
    let evaluations = vec![
        evaluation("DP-ENC-001", "aws_s3_bucket.logs", Outcome::Pass, Vec::new()),
        evaluation(
            "NET-001",
            "aws_s3_bucket.logs",
            Outcome::NotApplicable,
            Vec::new(),
        ),
    ];
    let assessment = Assessment {
        evaluations,
        controls: 2,
        resources: 1,
        ..Assessment::default()
    };
    run(assessment, Vec::new(), GateOptions::default(), &["plan.json"])
}

/// Nothing was evaluated, which is not a pass.
pub(crate) fn empty() -> Run {
    run(Assessment::default(), Vec::new(), GateOptions::default(), &[])
}

/// Values that would act if a format let them.
pub(crate) const HOSTILE: [&str; 14] = [
    "\n::error file=x::injected",
    "%0A::error::%25",
    "a,b:c=d",
    "</details></summary>\n\n<script>alert(1)</script>",
    "| a | b |\n|--|--|",
    "``` ` `",
    "@everyone fixes #1 and GH-2",
    "\n/close",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "]]></failure><testcase name=\"ok\"/>&amp;'\"",
    "\u{1b}[31mred\u{7}\u{0}",
    "\u{202e}desrever\u{feff}\u{fffe}",
    "  \t\r\n",
    "",
];

/// Every text of every finding is hostile.
pub(crate) fn hostile() -> Run {
    let mut assessment = Assessment {
        controls: 1,
        resources: HOSTILE.len(),
        ..Assessment::default()
    };
    for (number, text) in HOSTILE.iter().enumerate() {
        let source = Source::new(format!("dir/{text}.tf"), format!("x{text}y\n{text}"));
        let whole = Span::new(source.clone(), 0, source.text().len());
        let subject = resource(&format!("r{number}{text}"), text);
        let subject = FindingResource {
            owner: Some((*text).into()),
            environment: Some((*text).into()),
            ..subject
        };
        let made = Finding {
            title: (*text).into(),
            message: (*text).into(),
            expected: Some((*text).into()),
            actual: Some((*text).into()),
            reasons: vec![reason(text, "reference", text)],
            remediation: Some((*text).into()),
            locations: vec![whole.clone(), whole],
            exceptions: vec![Suppression {
                id: format!("EXC-{text}"),
                expires_on: Some((*text).into()),
                approved_by: vec![(*text).into()],
                note: Some((*text).into()),
                reason: Some((*text).into()),
                compensating_controls: vec![(*text).into()],
                suppresses: number % 2 == 0,
                ..requested()
            }],
            ..finding("HOS-001", Severity::High, Outcome::Fail, Some(subject), text)
        };
        assessment.unknowns.push(Finding {
            outcome: Outcome::Unknown,
            ..made.clone()
        });
        assessment.evaluations.push(evaluation(
            "HOS-001",
            &made.resource.as_ref().unwrap().id,
            Outcome::Fail,
            Vec::new(),
        ));
        assessment.evaluations.push(evaluation(
            "HOS-002",
            text,
            Outcome::Pass,
            vec![reason(text, "scope_assumed", text)],
        ));
        assessment.findings.push(made);
    }
    let diagnostics = HOSTILE
        .iter()
        .map(|text| Diagnostic::new(&TST002, *text).in_file(text).help(*text))
        .collect();
    run(
        assessment,
        diagnostics,
        GateOptions::default(),
        &[HOSTILE[0], HOSTILE[3]],
    )
}
