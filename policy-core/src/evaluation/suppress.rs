//! Attaches the exceptions that are about a finding. The outcome stays what it is.

use crate::control::Catalog;
use crate::date::AsOf;
use crate::diagnostic::Diagnostic;
use crate::evaluation::assessment::{Finding, Suppression};
use crate::evaluation::locate;
use crate::exception::{FindingFacts, MatchedException, Names, Registry};
use crate::resource::Resource;
use crate::value::{AttributePath, Value};

/// Asks the registry about one finding on one resource and writes down the answer, primary record first. Gives back what
/// is wrong about the records together: two that cover the same finding.
pub(super) fn apply(
    registry: &Registry,
    as_of: AsOf,
    catalog: &Catalog,
    resource: &Resource,
    finding: &mut Finding,
) -> Vec<Diagnostic> {
    let Some(control) = catalog.controls.get(&finding.control) else {
        return Vec::new();
    };
    let text = |name: &str| resource.native.get(name).and_then(Value::as_str);
    let violations: Vec<(AttributePath, Option<Value>)> = finding
        .paths
        .iter()
        .map(|path| (path.clone(), locate::value(resource, path)))
        .collect();
    let context = &resource.context;
    let facts = FindingFacts {
        control: &control.id,
        terms: &control.exception,
        names: Names {
            source: resource.source,
            id: resource.id.as_str(),
            previous_id: resource
                .change
                .as_ref()
                .and_then(|change| change.previous_id.as_ref())
                .map(|id| id.as_str()),
            arn: text("arn").or_else(|| text("Arn")),
            physical_id: text("id"),
            stack: None,
        },
        account: (&context.account).into(),
        region: (&context.region).into(),
        environment: (&context.environment).into(),
        workload: (&context.workload).into(),
        tags: &resource.tags.cell,
        violations: &violations,
    };
    let application = registry.apply(&facts, as_of);
    finding.exceptions = application
        .matches
        .iter()
        .map(|matched| suppression(registry, matched))
        .collect();
    finding.exceptions.sort_by_key(|exception| !exception.primary);
    finding.not_applied = application
        .not_applied
        .iter()
        .map(|(id, reason)| format!("exception {id} was not applied: {reason}"))
        .collect();
    registry.overlaps([&application])
}

fn suppression(registry: &Registry, matched: &MatchedException) -> Suppression {
    let over = !matched.state.suppresses();
    let record = registry.get(&matched.id);
    let decisions = record
        .map(|record| record.approval.decisions.as_slice())
        .unwrap_or_default();
    let approved = decisions.iter().filter(|decision| decision.approved);
    Suppression {
        id: matched.id.to_string(),
        state: matched.state.as_str().to_owned(),
        expires_on: matched.expires_on.clone(),
        days_left: matched.days.filter(|_| !over),
        expired_days_ago: matched.days.filter(|_| over),
        suppresses: matched.suppresses,
        primary: matched.primary,
        approved_by: approved
            .filter_map(|decision| decision.by.as_deref().map(str::to_owned))
            .collect(),
        note: matched.note.clone(),
        reason: record
            .and_then(|record| record.reason.as_ref())
            .map(|reason| reason.value.to_string()),
        compensating_controls: record
            .map(|record| {
                record
                    .compensating_controls
                    .iter()
                    .filter_map(|control| control.description.as_deref().map(str::to_owned))
                    .collect()
            })
            .unwrap_or_default(),
        definition: record.map(|record| record.id.span.clone()),
    }
}
