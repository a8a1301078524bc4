//! Controls for tests, without the loader of control files.

use super::{RuleSet, compile};
use crate::control::{Catalog, Control, ControlId, Scope, Severity};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::value::Value;

/// A control with this rule and these parameters (a JSON object).
pub(crate) fn control(id: &str, rego: &str, parameters: &str) -> Control {
    let id = ControlId::new(id).unwrap();
    let source = Source::new(format!("{id}/rule.rego"), rego);
    let parameters = Value::from(serde_json::from_str::<serde_json::Value>(parameters).unwrap());
    Control {
        title: "a title".into(),
        intent: "an intent".into(),
        severity: Severity::High,
        scope: Scope::default(),
        evidence_sources: Vec::new(),
        exception: Default::default(),
        remediation: Default::default(),
        owner: None,
        review_cadence: None,
        retention_days: None,
        status: "active".into(),
        evaluable_on: crate::control::DecidedOn::CONFIGURATION.to_vec(),
        claims_sources: false,
        stages: Vec::new(),
        has_responsibility: false,
        guardrails: Vec::new(),
        rules: Vec::new(),
        parameters: parameters.as_map().cloned().unwrap_or_default(),
        parameters_in: Default::default(),
        implementation: Vec::new(),
        mappings: Default::default(),
        package: id.package().into(),
        span: Span::new(source.clone(), 0, 0),
        rego: vec![source],
        id,
    }
}

/// A catalog of these controls and library texts.
pub(crate) fn catalog(controls: impl IntoIterator<Item = Control>, library: &[&str]) -> Catalog {
    let library = library.iter().enumerate();
    Catalog {
        controls: controls
            .into_iter()
            .map(|control| (control.id.clone(), control))
            .collect(),
        library: library
            .map(|(index, text)| Source::new(format!("lib/{index}.rego"), *text))
            .collect(),
    }
}

/// Compiles one rule `body` in the package of `T-001`.
pub(crate) fn rules(body: &str, parameters: &str, library: &[&str]) -> (RuleSet, ControlId, Vec<Diagnostic>) {
    let text = format!("package controls.t_001\n\n{body}\n");
    let control = control("T-001", &text, parameters);
    let id = control.id.clone();
    let (set, diagnostics) = compile(&catalog([control], library), 1);
    (set, id, diagnostics)
}

/// [`rules`] that have to load.
pub(crate) fn loaded(body: &str, parameters: &str, library: &[&str]) -> (RuleSet, ControlId) {
    let (set, id, diagnostics) = rules(body, parameters, library);
    assert!(set.contains(&id), "{body}\n{diagnostics:#?}");
    // Tests run beside other work; no verdict of theirs may depend on the clock.
    (set.with_deadline(std::time::Duration::from_secs(60)), id)
}

/// A JSON text as a value; `"?"`, `"?bool"` and `"?id"` are unknowns.
pub(crate) fn document(json: &str) -> Value {
    with_unknowns(Value::from(
        serde_json::from_str::<serde_json::Value>(json).unwrap(),
    ))
}

fn with_unknowns(value: Value) -> Value {
    use crate::value::{Domain, Unknown, UnknownReason};
    match value {
        Value::String(text) => match &*text {
            "?" => Unknown::new(UnknownReason::Variable).into(),
            "?bool" => Unknown::new(UnknownReason::Variable)
                .non_null()
                .with_domain(Domain::Bool)
                .into(),
            "?id" => Unknown::new(UnknownReason::Reference).non_null().into(),
            _ => Value::String(text),
        },
        Value::List(items) => Value::List(items.into_iter().map(with_unknowns).collect()),
        Value::Map(map) => Value::Map(
            map.into_iter()
                .map(|(key, item)| (key, with_unknowns(item)))
                .collect(),
        ),
        other => other,
    }
}
