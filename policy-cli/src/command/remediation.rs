//! `policy remediation`: what to do about each finding of a saved report. Printed, never executed.

use std::process::ExitCode;

use policy_core::control::{Control, Environment};
use policy_core::evaluation::Finding;
use policy_core::evidence::remediation::{self as decisions, Context, Decision};
use serde_json::{Value, json};

use crate::cli::{Global, ListFormat, Remediation, Stage};
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, saved, terminal};

pub(crate) fn run(global: &Global, args: &Remediation) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    let (_, report) = saved::report(&args.report)?;
    let catalog = governance::catalog(global, &settings, &mut Vec::new());
    let assessment = &report.run.assessment;
    let mut found: Vec<&Finding> = assessment.findings.iter().chain(&assessment.unknowns).collect();
    if let Some(wanted) = &args.finding {
        found.retain(|finding| finding.fingerprint.as_str().starts_with(wanted.as_str()));
        if found.is_empty() {
            return Err(UsageError::Value(format!("the report has no finding `{wanted}`")));
        }
    }
    let mut decided = Vec::new();
    for finding in found {
        let Some(control) = catalog.controls.get(&finding.control) else {
            terminal::err(&format!(
                "warning: control `{}` is not in the catalog; give its directory with --controls",
                finding.control
            ));
            continue;
        };
        let decision = decisions::decide(control, finding, &context(args, finding));
        decided.push((control, finding, decision));
    }
    if args.listing.format() == ListFormat::Json {
        let list: Vec<Value> = decided
            .iter()
            .map(|(control, finding, decision)| to_json(control, finding, decision))
            .collect();
        let document =
            json!({"schemaVersion": 1, "asOf": report.run.as_of, "executed": false, "decisions": list});
        terminal::out(&format!("{document:#}\n"));
    } else {
        for (control, finding, decision) in &decided {
            terminal::out(&to_text(control, finding, decision));
        }
        terminal::out(&format!("{} decided; nothing was executed\n", decided.len()));
    }
    Ok(exit_code::pass())
}

fn context(args: &Remediation, finding: &Finding) -> Context {
    let stage = match args.stage {
        Stage::Plan => decisions::Stage::Plan,
        Stage::Runtime => decisions::Stage::Runtime,
    };
    Context {
        soaked: args
            .soaked
            .iter()
            .map(|name| Environment::resolve(name))
            .collect(),
        approved: args.approved,
        ..Context::new(stage, finding)
    }
}

fn subject(finding: &Finding) -> &str {
    finding
        .resource
        .as_ref()
        .map_or("the account", |resource| &resource.id)
}

fn to_text(control: &Control, finding: &Finding, decision: &Decision) -> String {
    let dry = if decision.action == decisions::Action::AutoRemediate && decision.dry_run {
        " (dry run)"
    } else {
        ""
    };
    let mut text = format!(
        "{}{dry}: {} on {} [{}]\n",
        decision.action,
        control.id,
        subject(finding),
        finding.fingerprint
    );
    for reason in &decision.reasons {
        text.push_str(&format!("  because {reason}\n"));
    }
    if decision.still_alerts {
        text.push_str("  monitoring still alerts\n");
    }
    if let Some(hint) = finding
        .remediation
        .as_deref()
        .or(control.remediation.hint.as_deref())
    {
        text.push_str(&format!("  fix: {hint}\n"));
    }
    text
}

fn to_json(control: &Control, finding: &Finding, decision: &Decision) -> Value {
    json!({
        "fingerprint": finding.fingerprint.as_str(),
        "controlId": control.id.as_str(),
        "resource": finding.resource.as_ref().map(|resource| &resource.id),
        "action": decision.action.as_str(),
        "dryRun": decision.dry_run,
        "stillAlerts": decision.still_alerts,
        "reasons": decision.reasons,
        "requires": decision.requires.iter().map(|missing| missing.as_str()).collect::<Vec<_>>(),
        "remediation": finding.remediation,
    })
}
