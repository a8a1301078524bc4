//! From a located mapping to a validated [`Control`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::control::codes;
use crate::control::{
    Automation, Control, ControlId, DecidedOn, Environment, Evaluate, ExceptionTerms, Guardrail, Remediation,
    RuleReference, Scope, Severity,
};
use crate::diagnostic::Diagnostic;
use crate::document::{FieldCodes, Fields, Node, Shape, Text};
use crate::value::Value;

static CODES: FieldCodes = FieldCodes {
    unknown: &codes::CTL009,
    missing: &codes::CTL009,
    invalid: &codes::CTL009,
};

const SCOPE_FIELDS: &[&str] = &[
    "environments",
    "resourceTypes",
    "accounts",
    "regions",
    "tags",
    "dataClassification",
    "evaluate",
];
const EXCEPTION_FIELDS: &[&str] = &[
    "allowed",
    "maxDurationDays",
    "maxRenewals",
    "approvalRole",
    "requireCompensatingControl",
];
const REMEDIATION_FIELDS: &[&str] = &[
    "mode",
    "hint",
    "hints",
    "byResourceType",
    "automation",
    "requiresApprovalFrom",
];

pub(super) static CONTROL: Shape = Shape {
    what: "a control",
    fields: &[
        "schemaVersion",
        "id",
        "title",
        "intent",
        "severity",
        "scope",
        "evaluableOn",
        "evidenceSources",
        "exception",
        "remediation",
        "owner",
        "reviewCadence",
        "status",
        "replacedBy",
        "guardrail",
        "stages",
        "rules",
        "parameters",
        "tests",
        "evidence",
        "implementation",
        "mappings",
        "responsibility",
    ],
    elsewhere: &[
        ("scope", SCOPE_FIELDS),
        ("exception", EXCEPTION_FIELDS),
        ("remediation", REMEDIATION_FIELDS),
    ],
    codes: &CODES,
};
pub(super) static SCOPE: Shape = Shape {
    what: "the `scope` of a control",
    fields: SCOPE_FIELDS,
    elsewhere: &[],
    codes: &CODES,
};
pub(super) static EXCEPTION: Shape = Shape {
    what: "the `exception` of a control",
    fields: EXCEPTION_FIELDS,
    elsewhere: &[],
    codes: &CODES,
};
pub(super) static REMEDIATION: Shape = Shape {
    what: "the `remediation` of a control",
    fields: REMEDIATION_FIELDS,
    elsewhere: &[],
    codes: &CODES,
};
static AUTOMATION: Shape = Shape {
    what: "the `automation` of a remediation",
    fields: &[
        "runbook",
        "dryRun",
        "rollback",
        "blastRadius",
        "notify",
        "soakEnvironments",
    ],
    elsewhere: &[],
    codes: &CODES,
};
static RULE: Shape = Shape {
    what: "a rule of a control",
    fields: &["engine", "package", "name"],
    elsewhere: &[],
    codes: &CODES,
};
static TESTS: Shape = Shape {
    what: "the `tests` of a control",
    fields: &["compliant", "noncompliant"],
    elsewhere: &[],
    codes: &CODES,
};
static EVIDENCE: Shape = Shape {
    what: "the `evidence` of a control",
    fields: &["retentionDays", "reviewCadence"],
    elsewhere: &[],
    codes: &CODES,
};
pub(super) static RESPONSIBILITY: Shape = Shape {
    what: "the `responsibility` of a control",
    fields: &[
        "awsOperates",
        "weConfigure",
        "evidenceFromAws",
        "evidenceFromUs",
        "evidenceFromVendors",
    ],
    elsewhere: &[],
    codes: &CODES,
};

const MODES: &[&str] = &[
    "manual",
    "automated",
    "manual-or-automated-by-resource-type",
    "none",
];
const STAGES: &[&str] = &[
    "pre-commit",
    "ci-static",
    "iac-plan",
    "ci-plan",
    "deploy-gate",
    "aws-preventive",
    "aws-runtime",
    "remediation",
];
const GUARDRAILS: [(&str, Guardrail); 6] = [
    ("prevent", Guardrail::Prevent),
    ("detect", Guardrail::Detect),
    ("correct", Guardrail::Correct),
    ("advisory", Guardrail::Advisory),
    ("alert", Guardrail::Alert),
    ("owner-workflow", Guardrail::OwnerWorkflow),
];

/// Reads one control. `None` when anything about it is wrong: half a control must not be evaluated as a whole one.
pub(super) fn read(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Control> {
    let mut fields = Fields::read(node, &CONTROL, diagnostics)?;
    version(&mut fields);
    let id = id(&mut fields);
    let title = fields.required("title").code(&codes::CTL004).non_blank();
    let intent = fields.required("intent").code(&codes::CTL004).non_blank();
    let severity = severity(&mut fields);
    let scope = scope(&mut fields);
    let claims_sources = fields.has("evaluableOn");
    let evaluable_on = evaluable_on(&mut fields);
    let evidence_sources = evidence_sources(&mut fields);
    let exception = exception(&mut fields);
    let remediation = remediation(&mut fields);
    let owner = fields.optional("owner").non_blank();
    let review_cadence = fields.optional("reviewCadence").non_blank();
    let status = fields.optional("status").word(&["active", "draft", "deprecated"]);
    let _ = fields.optional("replacedBy").non_blank();
    let guardrails = guardrails(&mut fields);
    let stages = stages(&mut fields);
    let rules = rules(&mut fields, &evaluable_on);
    let parameters = parameters(&mut fields);
    tests(&mut fields);
    let retention_days = retention_days(&mut fields);
    let implementation = texts(fields.optional("implementation").strings());
    let mappings = mappings(&mut fields);
    let has_responsibility = fields.has("responsibility");
    responsibility(&mut fields);
    if fields.has_errors() {
        return None;
    }
    let id = id?;
    let package = rules
        .iter()
        .find(|rule| &*rule.engine == "rego")
        .map_or_else(|| id.package().into(), |rule| rule.name.clone());
    Some(Control {
        package,
        id,
        title: title?.into(),
        intent: intent?.into(),
        severity: severity?,
        scope,
        evaluable_on,
        claims_sources,
        evidence_sources,
        exception,
        remediation,
        owner: owner.map(Into::into),
        review_cadence: review_cadence.map(Into::into),
        retention_days,
        status: status.map_or_else(|| "active".into(), Into::into),
        stages,
        has_responsibility,
        guardrails,
        rules,
        parameters,
        parameters_in: BTreeMap::new(),
        implementation,
        mappings,
        rego: Vec::new(),
        span: node
            .get("id")
            .map_or_else(|| node.span.clone(), |id| id.span.clone()),
    })
}

/// A newer file may say things this version would misread; it is refused, never read as far as possible.
fn version(fields: &mut Fields<'_, '_>) {
    let _ = fields.optional("schemaVersion").integer(1..=1);
}

fn id(fields: &mut Fields<'_, '_>) -> Option<ControlId> {
    let text = fields.required("id").code(&codes::CTL001).non_blank()?;
    let id = ControlId::new(&text);
    if id.is_none() {
        let message = format!("`{text}` is not a control id");
        let help = "write upper-case words and a number of three digits or more, such as `DP-ENC-001`";
        fields.report(Diagnostic::new(&codes::CTL001, message).at(&text.span).help(help));
    }
    id
}

fn severity(fields: &mut Fields<'_, '_>) -> Option<Severity> {
    let text = fields.required("severity").code(&codes::CTL005).word(&[
        "critical",
        "high",
        "medium",
        "low",
        "info",
        "informational",
    ])?;
    text.parse().ok()
}

fn scope(fields: &mut Fields<'_, '_>) -> Scope {
    let Some(mut fields) = fields.optional("scope").mapping(&SCOPE) else {
        return Scope::default();
    };
    let environments = fields.optional("environments").strings();
    if environments.as_ref().is_some_and(Vec::is_empty) {
        let span = fields.span("environments");
        fields.report(
            Diagnostic::new(
                &codes::CTL022,
                "`scope.environments` is empty, so the control would apply to nothing",
            )
            .at(&span)
            .help("name the environments, or write `environments: [all]`"),
        );
    }
    let explicit_all = environments
        .as_ref()
        .is_some_and(|names| names.iter().any(|name| &**name == "all"));
    let environments = environments
        .filter(|_| !explicit_all)
        .map(|names| names.iter().map(|name| Environment::resolve(name)).collect());
    Scope {
        environments,
        explicit_all_environments: explicit_all,
        resource_types: texts(fields.optional("resourceTypes").strings()),
        accounts: texts(fields.optional("accounts").strings()),
        regions: texts(fields.optional("regions").strings()),
        tags: pairs(fields.optional("tags").string_map()),
        data_classification: texts(fields.optional("dataClassification").strings()),
        evaluate: match fields
            .optional("evaluate")
            .word(&["resource", "inventory", "account"])
            .as_deref()
        {
            Some("inventory") => Evaluate::Inventory,
            Some("account") => Evaluate::Account,
            _ => Evaluate::Resource,
        },
    }
}

/// Absent means every source of resources: a rule is written once for all of them.
fn evaluable_on(fields: &mut Fields<'_, '_>) -> Vec<DecidedOn> {
    let Some(names) = fields.optional("evaluableOn").strings() else {
        return DecidedOn::CONFIGURATION.to_vec();
    };
    if names.is_empty() {
        let span = fields.span("evaluableOn");
        let message = "`evaluableOn` is empty, so nothing would ever decide the control";
        fields.report(
            Diagnostic::new(&codes::CTL026, message)
                .at(&span)
                .help("name what decides it, or leave the field out for every source of resources"),
        );
    }
    let words = DecidedOn::ALL.map(DecidedOn::as_str);
    let mut found = Vec::new();
    for name in &names {
        match DecidedOn::ALL.into_iter().find(|on| on.as_str() == &**name) {
            Some(on) => found.push(on),
            None => {
                let near = words
                    .into_iter()
                    .map(|word| (strsim::jaro_winkler(word, &name.to_ascii_lowercase()), word))
                    .filter(|(likeness, _)| *likeness > 0.7)
                    .max_by(|left, right| left.0.total_cmp(&right.0));
                let all = format!("write one or more of {}", words.join(", "));
                let help = match near {
                    Some((_, near)) => format!("did you mean `{near}`? {all}"),
                    None => all,
                };
                let message = format!("no control can be decided on `{name}`");
                fields.report(Diagnostic::new(&codes::CTL026, message).at(&name.span).help(help));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A list of names, or of `{id, class, query}`.
fn evidence_sources(fields: &mut Fields<'_, '_>) -> Vec<Arc<str>> {
    let Some(items) = fields.optional("evidenceSources").list() else {
        return Vec::new();
    };
    let named = items.iter().map(|item| item.get("id").unwrap_or(item));
    let (known, wrong): (Vec<_>, Vec<_>) = named.partition(|node| node.scalar_text().is_some());
    for node in wrong {
        let message = format!(
            "an evidence source is a name or has an `id`, and this is {}",
            node.describe()
        );
        fields.report(Diagnostic::new(&codes::CTL009, message).at(&node.span));
    }
    known.into_iter().filter_map(Node::scalar_text).collect()
}

/// Absent means closed: a control that says nothing about exceptions allows none.
fn exception(fields: &mut Fields<'_, '_>) -> ExceptionTerms {
    let Some(mut fields) = fields.optional("exception").mapping(&EXCEPTION) else {
        return ExceptionTerms::default();
    };
    let allowed = fields.optional("allowed").boolean().unwrap_or(true);
    let (duration, roles) = if allowed {
        (
            fields
                .required("maxDurationDays")
                .code(&codes::CTL006)
                .integer(1..=365),
            fields
                .required("approvalRole")
                .code(&codes::CTL007)
                .string_or_strings(),
        )
    } else {
        (
            fields
                .optional("maxDurationDays")
                .code(&codes::CTL006)
                .integer(1..=365),
            fields
                .optional("approvalRole")
                .code(&codes::CTL007)
                .string_or_strings(),
        )
    };
    if allowed && roles.as_ref().is_some_and(Vec::is_empty) {
        let span = fields.span("approvalRole");
        fields.report(Diagnostic::new(&codes::CTL007, "`exception.approvalRole` names nobody").at(&span));
    }
    let defaults = ExceptionTerms::default();
    ExceptionTerms {
        allowed,
        max_duration_days: duration.and_then(|days| u32::try_from(days).ok()),
        max_renewals: fields
            .optional("maxRenewals")
            .integer(0..=100)
            .and_then(|renewals| u32::try_from(renewals).ok())
            .unwrap_or(defaults.max_renewals),
        approval_roles: texts(roles),
        require_compensating_control: fields
            .optional("requireCompensatingControl")
            .boolean()
            .unwrap_or(defaults.require_compensating_control),
    }
}

fn remediation(fields: &mut Fields<'_, '_>) -> Remediation {
    let Some(mut fields) = fields.optional("remediation").mapping(&REMEDIATION) else {
        return Remediation {
            mode: "manual".into(),
            ..Remediation::default()
        };
    };
    let mode = fields.optional("mode").code(&codes::CTL008).word(MODES);
    let automation = fields
        .optional("automation")
        .mapping(&AUTOMATION)
        .map(|mut automation| Automation {
            runbook: automation.optional("runbook").non_blank().map(Into::into),
            dry_run: automation.optional("dryRun").boolean().unwrap_or(true),
            rollback: automation.optional("rollback").non_blank().map(Into::into),
            blast_radius: automation
                .optional("blastRadius")
                .word(&["resource", "account", "org"])
                .map(Into::into),
            notify: texts(automation.optional("notify").strings()),
            soak_environments: automation
                .optional("soakEnvironments")
                .strings()
                .unwrap_or_default()
                .iter()
                .map(|name| Environment::resolve(name))
                .collect(),
        });
    let requires_approval_from = fields
        .optional("requiresApprovalFrom")
        .non_blank()
        .map(Into::into);
    Remediation {
        mode: mode.map_or_else(|| "manual".into(), Into::into),
        hint: fields.optional("hint").non_blank().map(Into::into),
        hints: pairs(fields.optional("hints").string_map()),
        by_resource_type: pairs(fields.optional("byResourceType").string_map()),
        automation,
        requires_approval_from,
    }
}

fn guardrails(fields: &mut Fields<'_, '_>) -> Vec<Guardrail> {
    let names = fields
        .optional("guardrail")
        .string_or_strings()
        .unwrap_or_default();
    let mut guardrails = Vec::new();
    for name in names {
        match GUARDRAILS.iter().find(|(word, _)| *word == &*name) {
            Some((_, guardrail)) => guardrails.push(*guardrail),
            None => fields.report(unknown_word(
                "guardrail",
                &name,
                &GUARDRAILS.map(|(word, _)| word),
            )),
        }
    }
    guardrails
}

fn stages(fields: &mut Fields<'_, '_>) -> Vec<Arc<str>> {
    let stages = fields.optional("stages").strings().unwrap_or_default();
    for stage in &stages {
        if !STAGES.contains(&&**stage) {
            fields.report(unknown_word("stage", stage, STAGES));
        }
    }
    texts(Some(stages))
}

fn unknown_word(what: &str, found: &Text, words: &[&str]) -> Diagnostic {
    let message = format!("there is no {what} `{found}`");
    Diagnostic::new(&codes::CTL009, message)
        .at(&found.span)
        .help(format!("write one of {}", words.join(", ")))
}

fn rules(fields: &mut Fields<'_, '_>, evaluable_on: &[DecidedOn]) -> Vec<RuleReference> {
    let written = fields.optional("rules").list();
    let none = written.as_ref().is_some_and(|items| items.is_empty());
    let items = written.unwrap_or_default();
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for item in items {
        let Some(mut rule) = Fields::read(item, &RULE, &mut problems) else {
            continue;
        };
        let engine = rule.required("engine").non_blank();
        let name = match engine.as_deref() {
            Some("rego") => rule.required("package").non_blank(),
            _ => rule.optional("name").non_blank(),
        };
        if let Some(engine) = engine {
            found.push(RuleReference {
                engine: engine.into(),
                name: name.map_or_else(|| "".into(), Into::into),
            });
        }
    }
    for problem in problems {
        fields.report(problem);
    }
    let configuration = evaluable_on.iter().any(|on| on.is_configuration());
    let contradiction = match configuration {
        true if none => Some((
            "the control has no rules and is said to be decided on configuration",
            "write `evaluableOn: [events]` or `[account]`, or take `rules: []` out and write the rule",
        )),
        false if found.iter().any(|rule| &*rule.engine == "rego") && !evaluable_on.is_empty() => Some((
            "the control has a rule, and no source that it names has resources for the rule to run on",
            "name terraform, cloudformation or aws-config under `evaluableOn`, or write `rules: []`",
        )),
        _ => None,
    };
    if let Some((message, help)) = contradiction {
        let span = fields.span("rules");
        fields.report(Diagnostic::new(&codes::CTL027, message).at(&span).help(help));
    }
    found
}

fn parameters(fields: &mut Fields<'_, '_>) -> BTreeMap<Arc<str>, Value> {
    let entries = fields.optional("parameters").map().unwrap_or_default();
    entries
        .iter()
        .map(|entry| (entry.key.clone(), entry.value.to_value()))
        .collect()
}

fn tests(fields: &mut Fields<'_, '_>) {
    if let Some(mut tests) = fields.optional("tests").mapping(&TESTS) {
        let _ = tests.optional("compliant").strings();
        let _ = tests.optional("noncompliant").strings();
    }
}

fn retention_days(fields: &mut Fields<'_, '_>) -> Option<u32> {
    let mut evidence = fields.optional("evidence").mapping(&EVIDENCE)?;
    let _ = evidence.optional("reviewCadence").non_blank();
    let days = evidence.optional("retentionDays").integer(1..=36_500)?;
    u32::try_from(days).ok()
}

fn mappings(fields: &mut Fields<'_, '_>) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    let entries = fields.optional("mappings").map().unwrap_or_default();
    let mut mappings = BTreeMap::new();
    for entry in entries {
        let ids: Vec<Arc<str>> = entry.value.items().iter().filter_map(Node::scalar_text).collect();
        if ids.is_empty() || ids.len() != entry.value.items().len() {
            let message = format!("`mappings.{}` must be a list of requirement ids", entry.key);
            fields.report(Diagnostic::new(&codes::CTL009, message).at(&entry.value.span));
        }
        mappings.insert(entry.key.clone(), ids);
    }
    mappings
}

fn responsibility(fields: &mut Fields<'_, '_>) {
    if let Some(mut responsibility) = fields.optional("responsibility").mapping(&RESPONSIBILITY) {
        for name in ["awsOperates", "weConfigure"] {
            let _ = responsibility.optional(name).non_blank();
        }
        for name in ["evidenceFromAws", "evidenceFromUs", "evidenceFromVendors"] {
            let _ = responsibility.optional(name).strings();
        }
    }
}

fn texts(texts: Option<Vec<Text>>) -> Vec<Arc<str>> {
    texts.unwrap_or_default().into_iter().map(Into::into).collect()
}

fn pairs(pairs: Option<Vec<(Text, Text)>>) -> BTreeMap<Arc<str>, Arc<str>> {
    pairs
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}
