//! [OSCAL 1.2.1] assessment results and plan of action and milestones (POA&M), in JSON, for auditors.
//!
//! One observation per finding, unknown and remark; one finding per control; one risk per failure or unknown. NIST's
//! metaschema calls an approved deviation an *open* risk, so an accepted failure is `not-satisfied` with a risk of
//! status `deviation-approved` and the end of the exception as its deadline. An objective is `satisfied` only when the
//! control passed somewhere, failed nowhere, left nothing undecided, and the run could use all that it was given.
//!
//! All ids are UUIDs of version 5 that follow from content; all timestamps follow from the as-of date. Dates of
//! exceptions are read as UTC, because a run does not say the offset of the registry.
//!
//! [OSCAL 1.2.1]: https://pages.nist.gov/OSCAL/

mod item;
mod model;
mod objective;

use std::collections::{BTreeMap, BTreeSet};

use crate::control::{Catalog, ControlId};
use crate::diagnostic::Level;
use crate::report::entry::{self, Entry, Standing};
use crate::report::identity::uuid;
use crate::report::instant::Instant;
use crate::report::place;
use crate::report::text::printable;
use crate::report::{ReportedInput, Run};
use crate::rule::Outcome;

use self::model::{
    AssessmentResults, BackMatter, Hash, Import, InventoryItem, LocalDefinitions, Metadata, Observation,
    OscalResult, Poam, PoamDocument, PoamItem, Prop, Resource, ResultsDocument, Rlink, SystemId,
};

const VERSION: &str = "1.2.1";
/// Qualifies the names of our properties.
const NAMESPACE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/ns/oscal");

/// What to put into the document.
#[derive(Clone, Copy, Debug, Default)]
pub struct OscalOptions<'a> {
    /// Titles and intents of the controls.
    pub controls: Option<&'a Catalog>,
    /// Observations of what passed as well.
    pub all_outcomes: bool,
}

/// Renders assessment results with a final line break.
pub fn render_results(run: &Run, options: OscalOptions<'_>) -> String {
    let maker = Maker::of(run, options.controls);
    let mut document = ResultsDocument {
        assessment_results: AssessmentResults {
            uuid: String::new(),
            metadata: maker.metadata("Assessment results of policy"),
            import_ap: Import {
                href: format!("#{}", plan_uuid()),
            },
            results: [maker.result(options.all_outcomes)],
            back_matter: BackMatter {
                resources: std::iter::once(plan()).chain(maker.inputs()).collect(),
            },
        },
    };
    // The id of a document changes with its content, and only with it.
    document.assessment_results.uuid = uuid("assessment-results", &[&json(&document)]);
    json(&document)
}

/// Renders the plan of action and milestones with a final line break. It holds what needs action: failures, accepted
/// or not, and unknowns. Remarks of rules are in the assessment results only.
pub fn render_poam(run: &Run, options: OscalOptions<'_>) -> String {
    let maker = Maker::of(run, options.controls);
    let entries: Vec<&Entry<'_>> = maker
        .entries
        .iter()
        .filter(|entry| entry.standing != Standing::Advisory)
        .collect();
    let mut items: Vec<PoamItem> = entries.iter().map(|entry| maker.poam_item(entry)).collect();
    items.extend(maker.item_without_entries(entries.is_empty()));
    let resources: Vec<Resource> = maker.inputs().collect();
    let paths: Vec<&str> = run.inputs.iter().map(|input| input.path.as_str()).collect();
    let mut document = PoamDocument {
        plan_of_action_and_milestones: Poam {
            uuid: String::new(),
            metadata: maker.metadata("Plan of action and milestones of policy"),
            system_id: SystemId {
                identifier_type: "https://ietf.org/rfc/rfc4122",
                id: uuid("system", &paths),
            },
            local_definitions: local_definitions(entries.iter().copied()),
            observations: entries.iter().map(|entry| maker.observation(entry)).collect(),
            risks: entries.iter().map(|entry| maker.risk(entry)).collect(),
            poam_items: items,
            back_matter: (!resources.is_empty()).then_some(BackMatter { resources }),
        },
    };
    document.plan_of_action_and_milestones.uuid = uuid("poam", &[&json(&document)]);
    json(&document)
}

fn json<T: serde::Serialize>(document: &T) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

struct Maker<'a> {
    run: &'a Run,
    controls: Option<&'a Catalog>,
    entries: Vec<Entry<'a>>,
    as_of: String,
    /// Path of an input → the id of its resource in the back matter.
    inputs: BTreeMap<String, String>,
}

impl<'a> Maker<'a> {
    fn of(run: &'a Run, controls: Option<&'a Catalog>) -> Self {
        let inputs = run
            .inputs
            .iter()
            .map(|input| (place::path(&input.path), input_uuid(input)))
            .collect();
        let as_of = Instant::of_run(&run.as_of).rfc3339();
        Self {
            run,
            controls,
            entries: entry::entries(run),
            as_of,
            inputs,
        }
    }

    fn metadata(&self, title: &str) -> Metadata {
        let tool = format!("policy {}", self.run.tool_version);
        Metadata {
            title: title.to_owned(),
            last_modified: self.as_of.clone(),
            version: line(&self.run.as_of),
            oscal_version: VERSION,
            props: prop("tool", &tool).into_iter().collect(),
        }
    }

    fn result(&self, all_outcomes: bool) -> OscalResult {
        let run = self.run;
        let inputs: Vec<&str> = run
            .inputs
            .iter()
            .map(|input| input.sha256.as_deref().unwrap_or(&input.path))
            .collect();
        let identity: Vec<&str> = std::iter::once(run.as_of.as_str()).chain(inputs).collect();
        let mut observations: Vec<Observation> =
            self.entries.iter().map(|entry| self.observation(entry)).collect();
        let mut others: BTreeMap<&ControlId, Vec<String>> = BTreeMap::new();
        let outcomes: &[Outcome] = if all_outcomes {
            &[Outcome::Error, Outcome::Pass]
        } else {
            &[Outcome::Error]
        };
        for outcome in outcomes {
            for (key, evaluation) in entry::keyed_evaluations(run, *outcome) {
                let observation = self.observation_of(&key, evaluation);
                others
                    .entry(&evaluation.control)
                    .or_default()
                    .push(observation.uuid.clone());
                observations.push(observation);
            }
        }
        let weak = self
            .entries
            .iter()
            .filter(|entry| entry.standing != Standing::Advisory);
        let (findings, not_applicable) = self.findings(&others);
        let verdict = format!(
            "verdict {}, exit code {}",
            run.decision.verdict.as_str(),
            run.decision.exit_code
        );
        OscalResult {
            uuid: uuid("result", &identity),
            title: line(&format!("policy check as of {}", run.as_of)),
            description: verdict,
            start: self.as_of.clone(),
            end: self.as_of.clone(),
            props: [
                prop("verdict", run.decision.verdict.as_str()),
                prop("mode", run.mode.as_str()),
                prop("fail-on", run.gate.fail_on.as_str()),
                prop("blocking", &run.decision.blocking.to_string()),
            ]
            .into_iter()
            .flatten()
            .collect(),
            local_definitions: local_definitions(self.entries.iter()),
            reviewed_controls: self.reviewed_controls(&not_applicable),
            observations,
            risks: weak.map(|entry| self.risk(entry)).collect(),
            findings,
            remarks: self.remarks(),
        }
    }

    /// What makes the run undecided and the errors among the diagnostics.
    fn remarks(&self) -> Option<String> {
        let reasons = self
            .run
            .decision
            .undecided
            .iter()
            .map(|reason| format!("undecided: {reason}"));
        let errors = self
            .run
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == Level::Error);
        let lines: Vec<String> = reasons
            .chain(errors.map(|it| format!("{} {}", it.code.id, it.message)))
            .map(|text| line(&text))
            .collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn inputs(&self) -> impl Iterator<Item = Resource> + '_ {
        let mut seen = BTreeSet::new();
        let unique = self
            .run
            .inputs
            .iter()
            .filter(move |input| seen.insert(input_uuid(input)));
        unique.map(|input| Resource {
            uuid: input_uuid(input),
            title: line(&input.path),
            description: format!(
                "input, {}",
                input.format.as_deref().unwrap_or("format not recognised")
            ),
            rlinks: vec![Rlink {
                href: place::uri(&place::path(&input.path)).0,
                hashes: input
                    .sha256
                    .iter()
                    .map(|value| Hash {
                        algorithm: "SHA-256",
                        value: value.clone(),
                    })
                    .collect(),
            }],
        })
    }
}

fn plan_uuid() -> String {
    uuid("assessment-plan", &[])
}

fn input_uuid(input: &ReportedInput) -> String {
    uuid(
        "input",
        &[&input.path, input.sha256.as_deref().unwrap_or_default()],
    )
}

/// Assessment results must import a plan; the plan of a check is the controls it was given.
fn plan() -> Resource {
    Resource {
        uuid: plan_uuid(),
        title: "Assessment plan".into(),
        description: "evaluate every selected control on every resource of the inputs".into(),
        rlinks: Vec::new(),
    }
}

fn local_definitions<'a>(entries: impl Iterator<Item = &'a Entry<'a>>) -> Option<LocalDefinitions> {
    let resources: BTreeMap<&str, _> = entries
        .filter_map(|entry| entry.finding.resource.as_ref())
        .map(|resource| (resource.id.as_str(), resource))
        .collect();
    let items = resources.into_iter().map(|(id, resource)| {
        let context = [
            ("account", &resource.account),
            ("region", &resource.region),
            ("environment", &resource.environment),
            ("owner", &resource.owner),
        ];
        let context = context
            .into_iter()
            .filter_map(|(name, value)| prop(name, value.as_deref()?));
        InventoryItem {
            uuid: uuid("resource", &[id]),
            description: format!("{} {id}", resource.resource_type),
            props: prop("resource-id", id)
                .into_iter()
                .chain(prop("resource-type", &resource.resource_type))
                .chain(context)
                .collect(),
        }
    });
    let inventory_items: Vec<InventoryItem> = items.collect();
    (!inventory_items.is_empty()).then_some(LocalDefinitions { inventory_items })
}

fn prop(name: &'static str, value: &str) -> Option<Prop> {
    let value = printable(value).trim().to_owned();
    (!value.is_empty()).then_some(Prop {
        name,
        ns: NAMESPACE,
        value,
    })
}

/// Titles are one line and not empty.
fn line(text: &str) -> String {
    let text = printable(text).trim().to_owned();
    if text.is_empty() { "unnamed".into() } else { text }
}

/// Control ids as OSCAL writes them.
fn token(id: &ControlId) -> String {
    id.as_str().to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
