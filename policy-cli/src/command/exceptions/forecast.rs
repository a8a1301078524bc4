//! `policy exceptions forecast`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::ExitCode;

use policy_core::control::Severity;
use policy_core::date::{AsOf, Date};
use policy_core::diagnostic::Level;
use policy_core::evaluation::{Assessment, Evaluator, InputInventory};
use policy_core::exception::Change;
use policy_core::gate::{self, GateOptions, Verdict};
use policy_core::report;

use super::Opened;
use crate::cli::{ExceptionsForecast, Global, InputArgs, ListFormat};
use crate::governance;
use crate::{UsageError, exit_code, packs, terminal};

/// A date on which the verdict of an input or its open findings change.
struct Turn {
    on: Date,
    verdict: Verdict,
    /// Findings that were covered the day before: control and resource.
    reopened: Vec<String>,
}

/// One input and what becomes of it.
struct Gate {
    name: String,
    today: Verdict,
    turns: Vec<Turn>,
}

impl Gate {
    /// The first date on which a gate that passes today does not.
    fn red_on(&self) -> Option<Date> {
        let open = self.today == Verdict::Pass;
        open.then(|| {
            self.turns
                .iter()
                .find(|turn| turn.verdict != Verdict::Pass)
                .map(|turn| turn.on)
        })
        .flatten()
    }
}

pub(super) fn run(global: &Global, args: &ExceptionsForecast) -> Result<ExitCode, UsageError> {
    let opened = Opened::new(global, &args.registry)?;
    let changes = opened.registry.forecast(opened.as_of.at, args.days);
    let (gates, readable) = if args.paths.is_empty() {
        (Vec::new(), true)
    } else {
        gates(global, args, &opened, &changes)?
    };
    match args.listing.format() {
        ListFormat::Text => terminal::out(&text(&opened, args, &changes, &gates)),
        ListFormat::Json => terminal::out(&super::json(&json(&opened, args, &changes, &gates))),
    }
    let code = match (readable, gates.iter().any(|gate| gate.red_on().is_some())) {
        (false, _) => exit_code::undecided(),
        (true, true) => exit_code::fail(),
        (true, false) => exit_code::pass(),
    };
    Ok(opened.finish(code))
}

/// Evaluates every input today and on each date on which a record begins or ceases to suppress. False when an input
/// could not be read.
fn gates(
    global: &Global,
    args: &ExceptionsForecast,
    opened: &Opened,
    changes: &[Change],
) -> Result<(Vec<Gate>, bool), UsageError> {
    let fail_on = args.fail_on.as_deref().map(str::parse::<Severity>).transpose();
    let fail_on = fail_on
        .map_err(|error| UsageError::Value(error.to_string()))?
        .or(opened.settings.fail_on);
    let options = GateOptions {
        fail_on: fail_on.unwrap_or(Severity::Medium),
        on_unknown: opened.settings.on_unknown.unwrap_or_default(),
        ..GateOptions::default()
    };
    let input = InputArgs::of(args.paths.clone(), args.context.clone());
    let inputs = governance::inputs(&input, &opened.settings)?;
    let complete = governance::shows_everything(opened.settings.complete, &inputs.diagnostics);
    let mut errors: Vec<_> = inputs
        .diagnostics
        .into_iter()
        .filter(|found| found.level == Level::Error)
        .collect();
    let mut catalog = opened.catalog.clone();
    // The gates of the repository run its packs.
    let mut about_packs = Vec::new();
    packs::narrow(&[], global, &opened.settings, &mut catalog, &mut about_packs)?;
    errors.extend(
        about_packs
            .into_iter()
            .filter(|found| found.level == Level::Error),
    );
    if !errors.is_empty() {
        terminal::err(report::text::render_diagnostics(&errors, false).trim_end());
    }
    if let Some(unknown) = args
        .only
        .iter()
        .find(|only| !catalog.controls.keys().any(|id| id.as_str() == *only))
    {
        return Err(UsageError::Value(format!("there is no control `{unknown}`")));
    }
    catalog.controls.retain(|id, _| {
        let named = args.only.is_empty() || args.only.iter().any(|only| only == id.as_str());
        named
            && !opened
                .settings
                .skip_controls
                .iter()
                .any(|skip| skip == id.as_str())
    });
    let (mut evaluator, _) = Evaluator::builder(catalog, opened.as_of.at)
        .exceptions(opened.registry.clone())
        .jobs(opened.settings.jobs.unwrap_or_else(governance::cores))
        .complete(complete)
        .build();
    let today: Vec<Assessment> = inputs
        .inventories
        .iter()
        .map(|input| evaluate(&evaluator, input))
        .collect();
    let mut gates: Vec<Gate> = inputs
        .inventories
        .iter()
        .zip(&today)
        .map(|(input, assessment)| Gate {
            name: input.name.clone(),
            today: verdict(assessment, &options),
            turns: Vec::new(),
        })
        .collect();
    let mut before: Vec<BTreeSet<String>> = today.iter().map(open).collect();
    let dates: BTreeSet<Date> = changes
        .iter()
        .filter(|change| change.ends || change.begins)
        .map(|change| change.on)
        .collect();
    for date in dates {
        evaluator = evaluator.with_as_of(AsOf::close_of(date, opened.registry.options().zone));
        for ((input, gate), before) in inputs.inventories.iter().zip(&mut gates).zip(&mut before) {
            let assessment = evaluate(&evaluator, input);
            let (verdict, now) = (verdict(&assessment, &options), open(&assessment));
            let last = gate.turns.last().map_or(gate.today, |turn| turn.verdict);
            let reopened: Vec<String> = now.difference(before).cloned().collect();
            if verdict != last || !reopened.is_empty() {
                gate.turns.push(Turn {
                    on: date,
                    verdict,
                    reopened,
                });
            }
            *before = now;
        }
    }
    Ok((gates, errors.is_empty()))
}

fn evaluate(evaluator: &Evaluator, input: &InputInventory) -> Assessment {
    evaluator.evaluate(std::slice::from_ref(input))
}

fn verdict(assessment: &Assessment, options: &GateOptions) -> Verdict {
    gate::decide(assessment, &assessment.diagnostics, options).verdict
}

/// The open findings of an assessment, as control and resource.
fn open(assessment: &Assessment) -> BTreeSet<String> {
    assessment
        .findings
        .iter()
        .filter(|finding| !finding.is_suppressed())
        .map(|finding| {
            let resource = finding
                .resource
                .as_ref()
                .map_or("the inventory", |resource| resource.id.as_str());
            format!("{} {resource}", finding.control)
        })
        .collect()
}

fn text(opened: &Opened, args: &ExceptionsForecast, changes: &[Change], gates: &[Gate]) -> String {
    let mut out = String::new();
    for change in changes {
        let record = opened.registry.get(&change.id);
        let control = record
            .and_then(|record| record.control.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default();
        let owner = record
            .and_then(|record| record.owner.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default();
        let effect = match (change.ends, change.begins) {
            (true, _) => "  findings come back",
            (_, true) => "  begins to cover",
            _ => "",
        };
        let _ = writeln!(
            out,
            "{}  {}  {control}  {owner}  {} → {}{effect}",
            change.on, change.id, change.from, change.to
        );
    }
    let ends = changes.iter().filter(|change| change.ends).count();
    let _ = writeln!(
        out,
        "{ends} of {} exceptions end in the {} days after {}",
        opened.registry.records().len(),
        args.days,
        opened.as_of.text
    );
    for gate in gates {
        let _ = writeln!(out, "\n{}: {} today", gate.name, gate.today.as_str());
        for turn in &gate.turns {
            let _ = writeln!(out, "  {}  {}", turn.on, turn.verdict.as_str());
            for finding in &turn.reopened {
                let _ = writeln!(out, "              {finding}");
            }
        }
        match gate.red_on() {
            Some(date) => {
                let _ = writeln!(out, "  turns red on {date}");
            }
            None if gate.today == Verdict::Pass => {
                let _ = writeln!(out, "  stays green");
            }
            None => {
                let _ = writeln!(out, "  is not green today");
            }
        }
    }
    out
}

fn json(opened: &Opened, args: &ExceptionsForecast, changes: &[Change], gates: &[Gate]) -> serde_json::Value {
    let mut by_day: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for change in changes {
        by_day
            .entry(change.on.to_string())
            .or_default()
            .push(serde_json::json!({
                "id": &*change.id, "from": change.from.as_str(), "to": change.to.as_str(),
                "ends": change.ends, "begins": change.begins,
            }));
    }
    let changes: Vec<_> = by_day
        .into_iter()
        .map(|(on, records)| serde_json::json!({"on": on, "records": records}))
        .collect();
    let gates: Vec<_> = gates
        .iter()
        .map(|gate| {
            let turns: Vec<_> = gate
                .turns
                .iter()
                .map(|turn| {
                    serde_json::json!({"on": turn.on.to_string(), "verdict": turn.verdict.as_str(), "reopened": turn.reopened})
                })
                .collect();
            serde_json::json!({
                "input": gate.name, "today": gate.today.as_str(),
                "turnsRedOn": gate.red_on().map(|date| date.to_string()), "turns": turns,
            })
        })
        .collect();
    serde_json::json!({
        "schemaVersion": 1, "asOf": opened.as_of.text, "days": args.days, "changes": changes, "gates": gates,
    })
}
