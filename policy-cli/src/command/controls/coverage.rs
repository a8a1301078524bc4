//! `policy controls coverage`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use policy_core::control::{Answer, Catalog, ControlId, CoveredRequirement, Evaluated, Mapping};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::evaluation::{Assessment, Evaluator};
use policy_core::report;
use policy_core::rule::Outcome;

use crate::cli::{Coverage, Global, InputArgs, ListFormat};
use crate::governance;
use crate::settings::Settings;
use crate::{UsageError, exit_code, registry, terminal};

pub(super) fn run(
    global: &Global,
    args: &Coverage,
    settings: &Settings,
    catalog: &Catalog,
    mut diagnostics: Vec<Diagnostic>,
) -> Result<ExitCode, UsageError> {
    let mut mappings = governance::mappings(global, settings, &mut diagnostics);
    let known: Vec<String> = mappings
        .iter()
        .map(|mapping| mapping.framework.to_string())
        .collect();
    if let Some(unknown) = args.frameworks.iter().find(|wanted| !known.contains(wanted)) {
        return Err(UsageError::Value(format!(
            "there is no mapping of `{unknown}`; there are {}",
            known.join(", ")
        )));
    }
    mappings.retain(|mapping| {
        args.frameworks.is_empty() || args.frameworks.contains(&mapping.framework.to_string())
    });
    let evaluated = if args.paths.is_empty() {
        None
    } else {
        Some(evaluate(args, settings, catalog, &mut diagnostics)?)
    };
    let covered: Vec<(&Mapping, Vec<CoveredRequirement>)> = mappings
        .iter()
        .map(|mapping| {
            (
                mapping,
                policy_core::control::coverage(mapping, catalog, evaluated.as_ref()),
            )
        })
        .collect();
    match args.listing.format() {
        ListFormat::Text => terminal::out(&text(&covered)),
        ListFormat::Json => {
            let frameworks: Vec<_> = covered
                .iter()
                .map(|(mapping, requirements)| {
                    serde_json::json!({
                        "framework": &*mapping.framework, "title": mapping.title.as_deref(),
                        "version": mapping.version.as_deref(), "requirements": requirements,
                    })
                })
                .collect();
            let document = serde_json::json!({"schemaVersion": 1, "frameworks": frameworks});
            terminal::out(&format!(
                "{}\n",
                serde_json::to_string_pretty(&document).unwrap_or_default()
            ));
        }
    }
    diagnostics.retain(|diagnostic| diagnostic.level == Level::Error);
    if !diagnostics.is_empty() {
        terminal::err(report::text::render_diagnostics(&diagnostics, false).trim_end());
        return Ok(exit_code::undecided());
    }
    let gap = covered
        .iter()
        .flat_map(|(_, requirements)| requirements)
        .any(|requirement| requirement.answer == Answer::Gap);
    Ok(if gap { exit_code::fail() } else { exit_code::pass() })
}

fn evaluate(
    args: &Coverage,
    settings: &Settings,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<ControlId, Evaluated>, UsageError> {
    let as_of = governance::as_of(None, settings)?;
    let registry = registry::open(&[], None, settings, catalog, &mut Vec::new()).registry;
    let input = InputArgs::of(args.paths.clone(), args.context.clone());
    let inputs = governance::inputs(&input, settings)?;
    diagnostics.extend(inputs.diagnostics);
    let (evaluator, _) = Evaluator::builder(catalog.clone(), as_of.at)
        .exceptions(registry)
        .jobs(settings.jobs.unwrap_or_else(governance::cores))
        .complete(governance::shows_everything(settings.complete, diagnostics))
        .build();
    Ok(tally(&evaluator.evaluate(&inputs.inventories)))
}

fn tally(assessment: &Assessment) -> BTreeMap<ControlId, Evaluated> {
    let mut by_control: BTreeMap<ControlId, Evaluated> = BTreeMap::new();
    for evaluation in &assessment.evaluations {
        let evaluated = by_control.entry(evaluation.control.clone()).or_default();
        match evaluation.outcome {
            Outcome::Pass => evaluated.pass += 1,
            Outcome::Fail => evaluated.fail += 1,
            Outcome::Unknown => evaluated.unknown += 1,
            Outcome::Error => evaluated.error += 1,
            Outcome::NotApplicable => {
                let elsewhere = evaluation.reasons.iter().any(|reason| reason.kind == "source");
                evaluated.other_source += usize::from(elsewhere);
            }
        }
    }
    for finding in assessment
        .findings
        .iter()
        .filter(|finding| finding.is_suppressed())
    {
        by_control.entry(finding.control.clone()).or_default().excepted += 1;
    }
    by_control
}

fn text(covered: &[(&Mapping, Vec<CoveredRequirement>)]) -> String {
    let mut out = String::new();
    for (mapping, requirements) in covered {
        let title = mapping.title.as_deref().unwrap_or_default();
        let _ = writeln!(out, "{}  {title}\n", mapping.framework);
        let width = requirements
            .iter()
            .map(|requirement| requirement.id.chars().count())
            .max()
            .unwrap_or(0);
        for requirement in requirements {
            let title = requirement.title.as_deref().unwrap_or("-");
            let _ = writeln!(
                out,
                "{:width$}  {:13}  {title}",
                requirement.id,
                requirement.answer.as_str()
            );
            if let Some(why) = &requirement.not_applicable {
                let _ = writeln!(out, "{:width$}    {why}", "");
            }
            for control in &requirement.controls {
                let state = match (control.known, &control.decided_elsewhere, control.enforced) {
                    (false, _, _) => "not in the catalog".to_owned(),
                    (true, Some(reason), _) => format!("not evaluated: {reason}"),
                    (true, None, false) => "has no rule or is not active".to_owned(),
                    (true, None, true) => control
                        .evaluated
                        .as_ref()
                        .map_or_else(|| "has a rule".to_owned(), counts),
                };
                let confirmed = if control.confirmed { " (confirmed)" } else { "" };
                let _ = writeln!(out, "{:width$}    {}{confirmed}: {state}", "", control.id);
            }
        }
        let count = |answer| {
            requirements
                .iter()
                .filter(|requirement| requirement.answer == answer)
                .count()
        };
        let _ = writeln!(
            out,
            "\n{} requirements: {} covered, {} not evaluated, {} gaps, {} not applicable\n",
            requirements.len(),
            count(Answer::Covered),
            count(Answer::NotEvaluated),
            count(Answer::Gap),
            count(Answer::NotApplicable)
        );
    }
    out
}

/// A control that said nothing about anything is not compliant, it is unknown.
fn counts(evaluated: &Evaluated) -> String {
    if !evaluated.anything() && evaluated.unknown + evaluated.error == 0 {
        return match evaluated.other_source {
            0 => "evaluated on nothing".into(),
            count => format!("not evaluated: {count} resources come from sources that do not decide it"),
        };
    }
    let mut parts = vec![
        format!("{} pass", evaluated.pass),
        format!("{} fail", evaluated.fail),
    ];
    let more = [
        ("excepted", evaluated.excepted),
        ("unknown", evaluated.unknown),
        ("error", evaluated.error),
    ];
    parts.extend(
        more.into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| format!("{count} {word}")),
    );
    parts.join(", ")
}
