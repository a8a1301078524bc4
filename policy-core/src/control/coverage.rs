//! Framework → requirement → control → evaluated.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Catalog, Control, ControlId, Mapping, Requirement};

/// What a run found out about one control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// Resources that comply.
    pub pass: usize,
    /// Resources that do not, excepted ones included.
    pub fail: usize,
    /// Of those that do not: how many an exception covers.
    pub excepted: usize,
    /// Resources about which the input does not say enough.
    pub unknown: usize,
    /// Evaluations that ended in an error.
    pub error: usize,
    /// Resources from a source that the control is not decided on.
    pub other_source: usize,
}

impl Evaluated {
    /// True when the control said something about at least one resource.
    pub fn anything(&self) -> bool {
        self.pass + self.fail > 0
    }
}

/// How a requirement is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// By controls that have rules; when the run looked at inputs, at least one of them was evaluated.
    Covered,
    /// By controls, none of which was evaluated on anything, or which only events or account reports decide: not
    /// compliant, unknown.
    NotEvaluated,
    /// By no control that exists and has a rule.
    Gap,
    /// It does not apply, with a reason.
    NotApplicable,
}

impl Answer {
    /// The words for a table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::NotEvaluated => "not evaluated",
            Self::Gap => "GAP",
            Self::NotApplicable => "n/a",
        }
    }
}

/// A requirement with what answers it. Serialises to an element of `policy controls coverage -o json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CoveredRequirement {
    /// Its id in the framework.
    pub id: String,
    /// A short title.
    pub title: Option<String>,
    /// How it is answered.
    pub answer: Answer,
    /// Why no control is needed.
    pub not_applicable: Option<String>,
    /// The controls that answer it.
    pub controls: Vec<CoveringControl>,
}

/// A control that answers a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CoveringControl {
    /// Its id.
    pub id: String,
    /// False when the catalog does not have it.
    pub known: bool,
    /// True when it is active and has a rule.
    pub enforced: bool,
    /// True when somebody else maps it to the requirement, too.
    pub confirmed: bool,
    /// What decides it, when no rule on resources does: `decided on account reports`.
    pub decided_elsewhere: Option<String>,
    /// What the run found; null when the run looked at no input.
    pub evaluated: Option<Evaluated>,
}

fn is_active(control: &Control) -> bool {
    &*control.status == "active"
}

/// The coverage of one framework. `evaluated` is what a run found by control, `None` without a run.
pub fn coverage(
    mapping: &Mapping,
    catalog: &Catalog,
    evaluated: Option<&BTreeMap<ControlId, Evaluated>>,
) -> Vec<CoveredRequirement> {
    let covering = |requirement: &Requirement, named: &str| {
        let id = ControlId::new(named);
        let control = id.as_ref().and_then(|id| catalog.controls.get(id));
        CoveringControl {
            id: named.to_owned(),
            known: control.is_some(),
            enforced: control.is_some_and(|control| is_active(control) && !control.rego.is_empty()),
            confirmed: requirement.confirmed.iter().any(|id| **id == *named),
            decided_elsewhere: control
                .filter(|control| is_active(control) && !control.is_decided_on_configuration())
                .map(|control| format!("decided on {}", control.decided_on())),
            evaluated: evaluated
                .map(|by_control| id.and_then(|id| by_control.get(&id).copied()).unwrap_or_default()),
        }
    };
    mapping
        .requirements
        .iter()
        .map(|requirement| {
            let controls: Vec<CoveringControl> = requirement
                .controls
                .iter()
                .map(|id| covering(requirement, id))
                .collect();
            let enforced = || controls.iter().filter(|control| control.enforced);
            let elsewhere = || controls.iter().any(|control| control.decided_elsewhere.is_some());
            let answer = if controls.is_empty() && requirement.not_applicable.is_some() {
                Answer::NotApplicable
            } else if enforced().next().is_none() {
                if elsewhere() {
                    Answer::NotEvaluated
                } else {
                    Answer::Gap
                }
            } else if enforced()
                .all(|control| control.evaluated.is_some_and(|evaluated| !evaluated.anything()))
            {
                Answer::NotEvaluated
            } else {
                Answer::Covered
            };
            CoveredRequirement {
                id: requirement.id.to_string(),
                title: requirement.title.as_ref().map(ToString::to_string),
                answer,
                not_applicable: requirement.not_applicable.as_ref().map(ToString::to_string),
                controls,
            }
        })
        .collect()
}
