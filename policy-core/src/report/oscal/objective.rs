//! What the run says about each control as a whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::control::ControlId;
use crate::diagnostic::Level;
use crate::report::entry::{Entry, Standing};
use crate::report::identity::uuid;
use crate::rule::Outcome;

use super::item::{observation_uuid, risk_uuid};
use super::model::{
    ControlReference, ControlSelection, IncludeAll, OscalFinding, RelatedObservation, RelatedRisk,
    ReviewedControls, Status, Target,
};
use super::{Maker, line, token};

impl<'a> Maker<'a> {
    fn reviewed(&self) -> BTreeSet<&'a ControlId> {
        let evaluated = self
            .run
            .assessment
            .evaluations
            .iter()
            .map(|evaluation| &evaluation.control);
        evaluated
            .chain(self.entries.iter().map(|entry| &entry.finding.control))
            .collect()
    }

    pub(super) fn reviewed_controls(&self, not_applicable: &[&ControlId]) -> ReviewedControls {
        let controls = self.reviewed().into_iter().map(|id| ControlReference {
            control_id: token(id),
        });
        let include_controls: Vec<ControlReference> = controls.collect();
        let nothing = include_controls.is_empty();
        let names: Vec<&str> = not_applicable.iter().map(|id| id.as_str()).collect();
        ReviewedControls {
            control_selections: [ControlSelection {
                description: nothing.then_some("no control was evaluated"),
                // A selection names controls or all of them; the plan of such a run has none.
                include_all: nothing.then_some(IncludeAll {}),
                include_controls,
            }],
            remarks: (!names.is_empty())
                .then(|| format!("not applicable to any resource: {}", names.join(", "))),
        }
    }

    /// One finding per control with a result, and the controls that apply to nothing.
    pub(super) fn findings(
        &self,
        others: &BTreeMap<&ControlId, Vec<String>>,
    ) -> (Vec<OscalFinding>, Vec<&'a ControlId>) {
        let mut tallies: BTreeMap<&ControlId, Tally<'_>> = self
            .reviewed()
            .into_iter()
            .map(|id| (id, Tally::default()))
            .collect();
        for evaluation in &self.run.assessment.evaluations {
            let tally = tallies.entry(&evaluation.control).or_default();
            match evaluation.outcome {
                Outcome::Pass => tally.passed += 1,
                Outcome::Fail => tally.failed += 1,
                Outcome::Unknown => tally.unknown += 1,
                Outcome::Error => tally.errors += 1,
                Outcome::NotApplicable => {}
            }
        }
        for entry in &self.entries {
            tallies
                .entry(&entry.finding.control)
                .or_default()
                .entries
                .push(entry);
        }
        let complete = !self
            .run
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.level == Level::Error);
        let (decided, not_applicable): (Vec<_>, Vec<_>) =
            tallies.into_iter().partition(|(_, tally)| tally.says_anything());
        let findings = decided.into_iter().map(|(id, tally)| {
            let own = tally.entries.iter().map(|entry| observation_uuid(&entry.key));
            let all = own.chain(others.get(id).into_iter().flatten().cloned());
            let weak = tally
                .entries
                .iter()
                .filter(|entry| entry.standing != Standing::Advisory);
            OscalFinding {
                uuid: uuid("finding", &[id.as_str()]),
                title: self.title(id, &tally),
                description: tally.description(),
                target: Target {
                    r#type: "objective-id",
                    target_id: format!("{}_obj", token(id)),
                    status: tally.status(complete),
                },
                related_observations: all
                    .map(|observation_uuid| RelatedObservation { observation_uuid })
                    .collect(),
                related_risks: weak
                    .map(|entry| RelatedRisk {
                        risk_uuid: risk_uuid(&entry.key),
                    })
                    .collect(),
            }
        });
        (
            findings.collect(),
            not_applicable.into_iter().map(|(id, _)| id).collect(),
        )
    }

    fn title(&self, id: &ControlId, tally: &Tally<'_>) -> String {
        let known = self
            .controls
            .and_then(|catalog| catalog.controls.get(id))
            .map(|control| &*control.title);
        let title = known.or(tally.entries.first().map(|entry| entry.finding.title.as_str()));
        line(&title.map_or_else(|| id.to_string(), |title| format!("{id} {title}")))
    }
}

/// What happened to one control.
#[derive(Default)]
struct Tally<'a> {
    passed: usize,
    failed: usize,
    unknown: usize,
    errors: usize,
    entries: Vec<&'a Entry<'a>>,
}

impl Tally<'_> {
    fn says_anything(&self) -> bool {
        self.passed + self.failed + self.unknown + self.errors + self.entries.len() > 0
    }

    fn has(&self, standing: Standing) -> bool {
        self.entries.iter().any(|entry| entry.standing == standing)
    }

    fn status(&self, complete: bool) -> Status {
        let failed = self.failed > 0 || self.has(Standing::Open) || self.has(Standing::Excepted);
        let undecided = self.unknown + self.errors > 0 || self.has(Standing::Undecided);
        let accepted = failed && !self.has(Standing::Open) && self.has(Standing::Excepted);
        let (state, reason, remarks) = if failed {
            (
                "not-satisfied",
                "fail",
                accepted.then_some("every failure is accepted by an exception in force"),
            )
        } else if undecided {
            ("not-satisfied", "other", Some("not decided"))
        } else if !complete {
            (
                "not-satisfied",
                "other",
                Some("the run could not use all that it was given"),
            )
        } else if self.passed > 0 {
            ("satisfied", "pass", None)
        } else {
            ("not-satisfied", "other", Some("nothing was evaluated"))
        };
        Status {
            state,
            reason,
            remarks: remarks.map(str::to_owned),
        }
    }

    fn description(&self) -> String {
        let Self {
            passed,
            failed,
            unknown,
            errors,
            ..
        } = self;
        format!("{passed} passed, {failed} failed, {unknown} unknown, {errors} ended in an error")
    }
}
