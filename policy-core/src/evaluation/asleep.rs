//! Controls that are decided on other sources than those at hand: what is said of them.

use std::collections::BTreeMap;

use crate::control::{Catalog, Control, ControlId};
use crate::evaluation::assessment::{Evaluation, NotEvaluated};
use crate::evaluation::evaluator::{Partial, evaluation};
use crate::evaluation::scope::{self, OTHER_SOURCE, Standing};
use crate::resource::{Inventory, Resource, TypeMap};
use crate::rule::Outcome;

/// True when a resource comes from a source that the control is decided on.
pub(super) fn decides_any(control: &Control, subjects: &[(&Inventory, &Resource)]) -> bool {
    subjects
        .iter()
        .any(|(_, resource)| control.evaluable_on.contains(&resource.source.into()))
}

/// What is said of a control that no input decides: once, and never as a pass.
pub(super) fn said(control: &Control) -> Partial {
    let reason = scope::no_input_decides(control);
    Partial {
        evaluations: vec![evaluation(
            control,
            "the inputs",
            Outcome::NotApplicable,
            vec![reason],
        )],
        ..Partial::default()
    }
}

/// What inventory rules do not look at, because another source decides their controls there.
pub(super) fn left_out(
    controls: &[&Control],
    subjects: &[(&Inventory, &Resource)],
    typemap: &TypeMap,
) -> Partial {
    let mut partial = Partial::default();
    if subjects.is_empty() {
        return partial;
    }
    let (deciding, others): (Vec<&Control>, Vec<&Control>) = controls
        .iter()
        .partition(|control| decides_any(control, subjects));
    partial
        .evaluations
        .extend(others.into_iter().flat_map(|control| said(control).evaluations));
    let resources = subjects.iter().map(|(_, resource)| *resource);
    let applicable = scope::by_type(&deciding, resources, typemap);
    for ((_, resource), controls) in subjects.iter().zip(&applicable) {
        for control in controls.iter().filter(|_| !resource.fragment) {
            if let Standing::Excluded(reason) = scope::place(control, resource)
                && reason.kind == OTHER_SOURCE
            {
                let id = resource.id.as_str();
                partial
                    .evaluations
                    .push(evaluation(control, id, Outcome::NotApplicable, vec![reason]));
            }
        }
    }
    partial
}

/// The controls of which every outcome says that another source decides.
pub(super) fn named(catalog: &Catalog, evaluations: &[Evaluation]) -> Vec<NotEvaluated> {
    let mut found: BTreeMap<&ControlId, bool> = BTreeMap::new();
    for evaluation in evaluations {
        let elsewhere = evaluation.outcome == Outcome::NotApplicable
            && evaluation
                .reasons
                .iter()
                .any(|reason| reason.kind == OTHER_SOURCE);
        *found.entry(&evaluation.control).or_insert(true) &= elsewhere;
    }
    let asleep = found.into_iter().filter(|(_, elsewhere)| *elsewhere);
    asleep
        .filter_map(|(id, _)| catalog.controls.get(id))
        .map(|control| NotEvaluated {
            control: control.id.clone(),
            reason: scope::no_input_decides(control).text,
        })
        .collect()
}
