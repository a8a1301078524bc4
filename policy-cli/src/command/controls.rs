//! `policy controls`.

mod coverage;
mod docs;
mod export;

use std::fmt::Write as _;
use std::process::ExitCode;

use policy_core::control::{Catalog, Control, Pack, lint_packs, narrow};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::report;

use crate::cli::{Controls, ExportFormat, Global, ListFormat};
use crate::settings::Settings;
use crate::{UsageError, exit_code, governance, packs, terminal};

pub(crate) fn run(global: &Global, command: &Controls) -> Result<ExitCode, UsageError> {
    let settings = Settings::load(global)?;
    let mut diagnostics = Vec::new();
    let mut catalog = governance::catalog(global, &settings, &mut diagnostics);
    match command {
        Controls::Coverage(args) => return coverage::run(global, args, &settings, &catalog, diagnostics),
        Controls::List { packs, listing } => {
            if !packs.is_empty() {
                packs::narrow(packs, global, &settings, &mut catalog, &mut diagnostics)?;
            }
            terminal::out(&match listing.format() {
                ListFormat::Text => table(&catalog),
                ListFormat::Json => json(&catalog),
            });
        }
        Controls::Packs { listing } => {
            let packs = governance::packs(global, &settings, &mut diagnostics);
            diagnostics.extend(lint_packs(&packs, &catalog));
            terminal::out(&list_packs(&packs, &catalog, listing.format()));
        }
        Controls::Export {
            pack,
            format: ExportFormat::ConformancePack,
        } => {
            let names = std::slice::from_ref(pack);
            let chosen = packs::chosen(names, global, &settings, &mut diagnostics)?;
            diagnostics.extend(narrow(&mut catalog, &chosen));
            let _ = settings.apply_parameters(&mut catalog);
            let mappings = governance::mappings(global, &settings, &mut diagnostics);
            let rules = mappings
                .iter()
                .find(|mapping| *mapping.framework == *packs::MANAGED_RULES);
            for pack in &chosen {
                terminal::out(&export::conformance_pack(pack, &catalog, rules));
            }
        }
        Controls::Docs => terminal::out(&docs::page(&catalog)),
        Controls::Show { id } => match find(&catalog, id) {
            Some(control) => terminal::out(&show(control)),
            None => return Err(UsageError::Value(format!("there is no control `{id}`"))),
        },
    }
    Ok(finish(&diagnostics))
}

/// One line per pack with the number of its controls.
fn list_packs(packs: &[Pack], catalog: &Catalog, format: ListFormat) -> String {
    let selected = |pack: &Pack| -> Vec<String> {
        let (ids, _) = pack.selected(catalog);
        ids.iter().map(ToString::to_string).collect()
    };
    if format == ListFormat::Json {
        let list: Vec<serde_json::Value> = packs
            .iter()
            .map(|pack| {
                serde_json::json!({
                    "id": &*pack.id, "title": &*pack.title, "description": pack.description.as_deref(),
                    "controls": selected(pack),
                })
            })
            .collect();
        return format!("{}\n", serde_json::to_string_pretty(&list).unwrap_or_default());
    }
    let width = packs.iter().map(|pack| pack.id.len()).max().unwrap_or(0);
    packs
        .iter()
        .map(|pack| {
            format!(
                "{:width$}  {:3} controls  {}\n",
                &*pack.id,
                selected(pack).len(),
                pack.title
            )
        })
        .collect()
}

fn finish(diagnostics: &[Diagnostic]) -> ExitCode {
    if diagnostics
        .iter()
        .all(|diagnostic| diagnostic.level != Level::Error)
    {
        return exit_code::pass();
    }
    terminal::err(report::text::render_diagnostics(diagnostics, false).trim_end());
    exit_code::undecided()
}

pub(crate) fn find<'a>(catalog: &'a Catalog, id: &str) -> Option<&'a Control> {
    catalog
        .controls
        .values()
        .find(|control| control.id.as_str() == id)
}

fn table(catalog: &Catalog) -> String {
    let width = catalog
        .controls
        .keys()
        .map(|id| id.as_str().len())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for control in catalog.controls.values() {
        let types = control.scope.resource_types.join(",");
        let _ = writeln!(
            out,
            "{:width$}  {:8}  {}  [{types}]",
            control.id,
            control.severity.as_str(),
            control.title
        );
    }
    let _ = writeln!(out, "{} controls", catalog.controls.len());
    out
}

fn json(catalog: &Catalog) -> String {
    let list: Vec<serde_json::Value> = catalog
        .controls
        .values()
        .map(|control| {
            serde_json::json!({
                "id": control.id.as_str(), "title": &*control.title, "severity": control.severity.as_str(),
                "resourceTypes": control.scope.resource_types.iter().map(|name| name.as_ref()).collect::<Vec<&str>>(),
                "owner": control.owner.as_deref(), "status": &*control.status,
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&list).unwrap_or_default();
    text.push('\n');
    text
}

/// Everything about one control, for a person who meets it in a report.
pub(crate) fn show(control: &Control) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} ({}): {}\n",
        control.id,
        control.severity.as_str(),
        control.title
    );
    let _ = writeln!(out, "{}\n", control.intent);
    let list = |items: &[std::sync::Arc<str>]| {
        if items.is_empty() {
            "all".to_owned()
        } else {
            items.join(", ")
        }
    };
    let environments = control.scope.environments.as_ref().map(|environments| {
        environments
            .iter()
            .map(|environment| environment.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    });
    let _ = writeln!(
        out,
        "applies to    {} in {}",
        list(&control.scope.resource_types),
        environments.as_deref().unwrap_or("all environments")
    );
    let _ = writeln!(out, "decided on    {}", control.decided_on());
    if let Some(owner) = &control.owner {
        let _ = writeln!(out, "owner         {owner}");
    }
    let terms = &control.exception;
    let exceptions = match (terms.allowed, terms.max_duration_days) {
        (false, _) => "not allowed".to_owned(),
        (true, Some(days)) => format!("up to {days} days, approved by {}", list(&terms.approval_roles)),
        (true, None) => format!("approved by {}", list(&terms.approval_roles)),
    };
    let _ = writeln!(out, "exceptions    {exceptions}");
    for (name, value) in &control.parameters {
        let _ = writeln!(out, "parameter     {name} = {}", value.to_json());
    }
    for (framework, requirements) in &control.mappings {
        let _ = writeln!(out, "{framework:13} {}", requirements.join(", "));
    }
    if let Some(hint) = &control.remediation.hint {
        let _ = writeln!(out, "\nto mend it: {hint}");
    }
    for (source, hint) in &control.remediation.hints {
        let _ = writeln!(out, "  {source}: {hint}");
    }
    out
}
