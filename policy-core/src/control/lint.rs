//! What is not wrong about a control and still not good.

use crate::control::{Catalog, Control, codes};
use crate::diagnostic::{Code, Diagnostic};
use crate::resource::TypeMap;

/// Lints every control of the catalog, in id order.
pub fn lint(catalog: &Catalog) -> Vec<Diagnostic> {
    catalog.controls.values().flat_map(lint_control).collect()
}

fn lint_control(control: &Control) -> Vec<Diagnostic> {
    let scope = &control.scope;
    let remediation = &control.remediation;
    let id = &control.id;
    let by_type = &*remediation.mode == "manual-or-automated-by-resource-type";
    let table: [(bool, &'static Code, String); 7] = [
        (
            control.evidence_sources.is_empty(),
            &codes::CTL010,
            format!("control `{id}` names no evidence source"),
        ),
        (
            control.owner.is_none(),
            &codes::CTL011,
            format!("control `{id}` has no owner"),
        ),
        (
            control.review_cadence.is_none(),
            &codes::CTL012,
            format!("control `{id}` has no review cadence"),
        ),
        (
            by_type && remediation.by_resource_type.is_empty(),
            &codes::CTL015,
            format!("control `{id}` does not say which types are remediated how"),
        ),
        (
            remediation.hint.is_none(),
            &codes::CTL016,
            format!("control `{id}` has no remediation hint"),
        ),
        (
            scope.resource_types.is_empty() && control.is_decided_on_configuration(),
            &codes::CTL020,
            format!("control `{id}` names no resource types"),
        ),
        (
            scope.environments.is_none() && !scope.explicit_all_environments,
            &codes::CTL021,
            format!("control `{id}` names no environments"),
        ),
    ];
    let mut found: Vec<Diagnostic> = table
        .into_iter()
        .filter(|(raised, _, _)| *raised)
        .map(|(_, code, message)| Diagnostic::new(code, message).at(&control.span))
        .collect();
    found.extend(evidence_sources(control));
    found.extend(responsibility(control));
    found.extend(stages(control));
    found
}

/// Systems and records that can prove a control operates. Others are named with `x-` in front.
const EVIDENCE_SOURCES: &[&str] = &[
    "access-review",
    "athena",
    "audit-manager",
    "aws-artifact",
    "aws-backup",
    "aws-config",
    "aws-organizations",
    "change-approval",
    "ci",
    "cloudformation",
    "cloudtrail",
    "cloudtrail-lake",
    "cloudwatch",
    "cloudwatch-logs",
    "digest-verification",
    "git",
    "guardduty",
    "iam",
    "iam-access-analyzer",
    "iam-credential-report",
    "inspector",
    "kms",
    "macie",
    "manual-review",
    "restore-test",
    "route53",
    "s3-access-logs",
    "s3-inventory",
    "security-hub",
    "ssm",
    "tag-schema",
    "terraform-plan",
    "terraform-state",
    "ticketing",
    "trusted-advisor",
    "vpc-flow-logs",
    "waf",
];

fn evidence_sources(control: &Control) -> Vec<Diagnostic> {
    let known = |name: &str| EVIDENCE_SOURCES.contains(&name) || name.starts_with("x-");
    let unknown = control.evidence_sources.iter().filter(|name| !known(name));
    unknown
        .map(|name| {
            let near = EVIDENCE_SOURCES
                .iter()
                .map(|source| (strsim::jaro_winkler(source, name), *source))
                .filter(|(likeness, _)| *likeness > 0.85)
                .max_by(|left, right| left.0.total_cmp(&right.0));
            let help = match near {
                Some((_, near)) => format!("did you mean `{near}`?"),
                None => format!("write `x-{name}` for a source of your own"),
            };
            let message = format!("`{name}`, an evidence source of `{}`, is not known", control.id);
            Diagnostic::new(&codes::CTL013, message)
                .at(&control.span)
                .help(help)
        })
        .collect()
}

/// Regulated controls are those about regulated, confidential or restricted data, and those mapped to a regulation.
fn responsibility(control: &Control) -> Option<Diagnostic> {
    let data = control.scope.data_classification.iter();
    let regulated = data
        .into_iter()
        .any(|class| ["regulated", "confidential", "restricted"].contains(&&**class))
        || control
            .mappings
            .keys()
            .any(|framework| framework.contains("regulat"));
    (regulated && !control.has_responsibility).then(|| {
        let message = format!(
            "regulated control `{}` does not say who is responsible for what",
            control.id
        );
        Diagnostic::new(&codes::CTL014, message)
            .at(&control.span)
            .help("add `responsibility: {awsOperates: …, weConfigure: …}`")
    })
}

/// A control that is only checked before the change misses what is changed by hand; one that is only checked afterwards
/// lets every mistake go live first.
fn stages(control: &Control) -> Option<Diagnostic> {
    const RUNTIME: [&str; 3] = ["aws-preventive", "aws-runtime", "remediation"];
    if control.stages.is_empty() {
        return None;
    }
    let runtime = control
        .stages
        .iter()
        .filter(|stage| RUNTIME.contains(&&***stage))
        .count();
    let (code, message) = match runtime {
        0 => (
            &codes::CTL040,
            format!("control `{}` is checked before the change only", control.id),
        ),
        count if count == control.stages.len() => (
            &codes::CTL041,
            format!("control `{}` is checked in the account only", control.id),
        ),
        _ => return None,
    };
    Some(Diagnostic::new(code, message).at(&control.span))
}

/// Controls without cases. `cases` counts the compliant and the noncompliant cases of a control: where cases lie is for
/// the caller to know.
pub fn lint_cases(catalog: &Catalog, cases: &dyn Fn(&Control) -> (usize, usize)) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // Cases are resources: what events or account reports decide has none.
    for control in catalog
        .controls
        .values()
        .filter(|control| control.is_decided_on_configuration())
    {
        let (compliant, noncompliant) = cases(control);
        let missing = match (compliant, noncompliant) {
            (0, 0) => "neither a compliant nor a noncompliant case",
            (0, _) => "no compliant case",
            (_, 0) => "no noncompliant case",
            _ => continue,
        };
        found.push(
            Diagnostic::new(&codes::CTL030, format!("control `{}` has {missing}", control.id))
                .at(&control.span)
                .help("add it below `tests/compliant/` and `tests/noncompliant/`; `policy test` runs them"),
        );
    }
    found
}

/// Selectors that no input can yield: such a control would never be evaluated and look like a pass. Terraform and CloudFormation types outside of the typemap are fine: their
/// resources keep their native type.
pub(super) fn unknown_types(control: &Control, typemap: &TypeMap) -> Vec<Diagnostic> {
    let selectors = &control.scope.resource_types;
    selectors
        .iter()
        .filter_map(|selector| typemap.kinds_of(selector).err())
        .map(|unknown| {
            let message = format!(
                "control `{}` applies to `{}`, which no input yields",
                control.id, unknown.selector
            );
            let help = match unknown.suggestion {
                Some(close) => format!("did you mean `{close}`?"),
                None => "write a family such as `rds`, a kind, or a Terraform or CloudFormation type".into(),
            };
            Diagnostic::new(&codes::CTL023, message)
                .at(&control.span)
                .help(help)
        })
        .collect()
}
