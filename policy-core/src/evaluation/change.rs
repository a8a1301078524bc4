//! Which findings a change introduces, which were there before, and which it fixes.
//!
//! The inventory before the change is judged by the same rules. A finding is *existing* when the same control found the
//! same fault at the same place of the same resource before; everything else is *introduced*, also what was unknown then:
//! a gate that looks at introduced findings only must not let one through by mistake.

use std::collections::{BTreeMap, HashMap};

use crate::control::ControlId;
use crate::evaluation::assessment::{ChangeKind, Evaluation, Finding};
use crate::evaluation::evaluator::Partial;
use crate::evaluation::findings::stable;
use crate::resource::{Cell, Inventory, Resource};
use crate::rule::Outcome;
use crate::value::{AttributePath, Step, Value};

/// The resources of an inventory by id.
pub(crate) fn by_id(inventory: &Inventory) -> HashMap<&str, &Resource> {
    inventory
        .resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource))
        .collect()
}

/// Whether rules can tell the two apart. What is joined to them is not compared.
pub(crate) fn is_same(before: &Resource, now: &Resource) -> bool {
    before.related.is_empty()
        && now.related.is_empty()
        && before.tags.cell == now.tags.cell
        && before.context == now.context
        && before.native == now.native
        && before.condition == now.condition
        && before.attributes == now.attributes
        && before.facets == now.facets
}

/// The place of a fault: the control, the path, and the list element that it is about. Positions shift when elements are
/// added; the element itself says which one is meant.
type Place = (ControlId, Option<String>, String, Option<String>);

fn place(finding: &Finding, resource: Option<&Resource>) -> Place {
    let path = finding.paths.first();
    let element = path
        .zip(resource)
        .and_then(|(path, resource)| element(path, resource));
    let subject = finding.resource.as_ref().map(|resource| resource.id.clone());
    (finding.control.clone(), subject, stable(&finding.paths), element)
}

fn element(path: &AttributePath, resource: &Resource) -> Option<String> {
    let steps = path.steps();
    let end = steps.iter().position(|step| matches!(step, Step::Index(_)))?;
    let (first, rest) = steps.split_first()?;
    let Step::Key(name) = first else { return None };
    let (table, name, rest, end) = match (&**name, rest.split_first()) {
        ("attributes" | "facets", Some((Step::Key(inner), rest))) => {
            let table = if &**name == "facets" {
                &resource.facets
            } else {
                &resource.attributes
            };
            (table, inner, rest, end.checked_sub(2)?)
        }
        _ => (&resource.attributes, name, rest, end.checked_sub(1)?),
    };
    let Cell::Known(value) = &table.get(name)?.cell else {
        return None;
    };
    let below = AttributePath::new(rest.get(..=end)?.to_vec());
    let element = value.at(&below)?;
    Some(text(element))
}

/// For comparing only: sensitive values never leave it but as a comparison.
fn text(value: &Value) -> String {
    format!("{:?}", value.revealed())
}

/// Labels what was found for one resource by what was found for it before; gives what is not there any more.
///
/// `before` is `None` for a resource that the change creates; `unchanged` says that there is nothing to compare.
pub(crate) fn label(
    now: &mut Partial,
    resource: Option<&Resource>,
    before: Option<(&Partial, Option<&Resource>)>,
) -> Vec<Finding> {
    let Some((before, previous)) = before else {
        for finding in now.findings.iter_mut().chain(&mut now.unknowns) {
            finding.change = Some(ChangeKind::Introduced);
        }
        return Vec::new();
    };
    let mut left: BTreeMap<Place, Vec<&Finding>> = BTreeMap::new();
    for finding in &before.findings {
        left.entry(place(finding, previous)).or_default().push(finding);
    }
    for finding in &mut now.findings {
        let matched = left.get_mut(&place(finding, resource)).and_then(Vec::pop);
        finding.change = Some(if matched.is_some() {
            ChangeKind::Existing
        } else {
            ChangeKind::Introduced
        });
    }
    let undecided = |control: &ControlId| {
        before
            .unknowns
            .iter()
            .chain(&before.findings)
            .any(|finding| finding.control == *control)
    };
    for unknown in &mut now.unknowns {
        let existing = undecided(&unknown.control);
        unknown.change = Some(if existing {
            ChangeKind::Existing
        } else {
            ChangeKind::Introduced
        });
    }
    // Fixed is what is certainly not broken any more: decided, and not merely out of scope.
    let decided = |control: &ControlId| {
        let of = |evaluation: &&Evaluation| evaluation.control == *control;
        now.evaluations
            .iter()
            .filter(of)
            .all(|evaluation| matches!(evaluation.outcome, Outcome::Pass | Outcome::Fail))
            && now
                .evaluations
                .iter()
                .any(|evaluation| evaluation.control == *control)
    };
    left.into_values()
        .flatten()
        .filter(|finding| decided(&finding.control))
        .map(fixed)
        .collect()
}

/// A finding of before as one that the change fixes.
pub(crate) fn fixed(finding: &Finding) -> Finding {
    Finding {
        change: Some(ChangeKind::Fixed),
        ..finding.clone()
    }
}

/// Everything that was found stays as it was.
pub(crate) fn existing(now: &mut Partial) {
    for finding in now.findings.iter_mut().chain(&mut now.unknowns) {
        finding.change = Some(ChangeKind::Existing);
    }
}
