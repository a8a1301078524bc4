//! The controls of a run as rules, and the frameworks they map to as taxonomies.

use std::collections::{BTreeMap, BTreeSet};

use crate::control::{Catalog, Control, ControlId, Severity};
use crate::report::Run;
use crate::report::entry::Entry;

use super::level;
use super::model::{
    Component, Configuration, Help, Relationship, Rule, RuleProperties, Taxon, TaxonDefinition, Taxonomy,
    Text,
};

/// GitHub keeps ten tags of a rule; the taxonomies hold all mappings.
const MOST_TAGS: usize = 10;

/// The tag that makes GitHub read `security-severity`.
const SECURITY: &str = "security";

/// What is known about a control: all of it with a catalog, else what evaluations and findings say.
struct Facts<'a> {
    severity: Severity,
    advisory: bool,
    title: Option<&'a str>,
    remediation: Option<&'a str>,
    control: Option<&'a Control>,
    /// The requirements it maps to.
    taxa: Vec<Taxon<'a>>,
    /// Its position among the rules.
    index: usize,
}

/// The controls that took part, in id order.
pub(super) struct Rules<'a> {
    facts: BTreeMap<&'a ControlId, Facts<'a>>,
    /// Framework → requirement id → position, of the controls that took part.
    frameworks: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
}

impl<'a> Rules<'a> {
    pub(super) fn of(run: &'a Run, entries: &[Entry<'a>], catalog: Option<&'a Catalog>) -> Self {
        let mut facts: BTreeMap<&ControlId, Facts<'_>> = BTreeMap::new();
        let control = |id: &ControlId| catalog.and_then(|catalog| catalog.controls.get(id));
        for evaluation in &run.assessment.evaluations {
            facts.entry(&evaluation.control).or_insert_with(|| {
                let control = control(&evaluation.control);
                Facts {
                    severity: evaluation.severity,
                    advisory: control.is_some_and(Control::is_advisory),
                    title: control.map(|control| &*control.title),
                    remediation: None,
                    control,
                    taxa: Vec::new(),
                    index: 0,
                }
            });
        }
        for finding in entries.iter().map(|entry| entry.finding) {
            let known = facts.entry(&finding.control).or_insert_with(|| Facts {
                severity: finding.severity,
                advisory: finding.advisory,
                title: None,
                remediation: None,
                control: control(&finding.control),
                taxa: Vec::new(),
                index: 0,
            });
            known.advisory |= finding.advisory;
            known.title = known.title.or(Some(&finding.title));
            known.remediation = known.remediation.or(finding.remediation.as_deref());
        }
        let frameworks = frameworks(facts.values().filter_map(|facts| facts.control));
        for (index, facts) in facts.values_mut().enumerate() {
            facts.index = index;
            facts.taxa = facts
                .control
                .map(|control| taxa(control, &frameworks))
                .unwrap_or_default();
        }
        Self { facts, frameworks }
    }

    /// The position of a control among the rules.
    pub(super) fn index(&self, id: &ControlId) -> usize {
        self.facts.get(id).map_or(0, |facts| facts.index)
    }

    /// The requirements a control maps to.
    pub(super) fn taxa(&self, id: &ControlId) -> Vec<Taxon<'a>> {
        self.facts
            .get(id)
            .map(|facts| facts.taxa.clone())
            .unwrap_or_default()
    }

    pub(super) fn written(&self) -> Vec<Rule<'a>> {
        self.facts.iter().map(|(id, facts)| rule(id, facts)).collect()
    }

    pub(super) fn components(&self) -> Vec<Component<'a>> {
        self.frameworks
            .keys()
            .zip(0..)
            .map(|(name, index)| Component { name, index })
            .collect()
    }

    pub(super) fn taxonomies(&self) -> Vec<Taxonomy<'a>> {
        self.frameworks
            .iter()
            .map(|(name, requirements)| Taxonomy {
                name,
                is_comprehensive: false,
                taxa: requirements.keys().map(|id| TaxonDefinition { id }).collect(),
            })
            .collect()
    }
}

fn rule<'a>(id: &'a ControlId, facts: &Facts<'a>) -> Rule<'a> {
    let frameworks = facts
        .control
        .into_iter()
        .flat_map(|control| control.mappings.keys().map(|key| &**key));
    let relationships = facts.taxa.iter().copied();
    Rule {
        id: id.as_str(),
        short_description: facts.title.map(|title| Text {
            text: title.to_owned(),
        }),
        full_description: facts.control.map(|control| Text {
            text: control.intent.to_string(),
        }),
        help: help(facts),
        default_configuration: Configuration {
            level: level(facts.severity, facts.advisory),
        },
        relationships: relationships
            .map(|target| Relationship {
                target,
                kinds: ["relevant"],
            })
            .collect(),
        properties: RuleProperties {
            security_severity: security_severity(facts.severity),
            severity: facts.severity.as_str(),
            owner: facts.control.and_then(|control| control.owner.as_deref()),
            tags: std::iter::once(SECURITY)
                .chain(frameworks.filter(|name| *name != SECURITY))
                .take(MOST_TAGS)
                .collect(),
        },
    }
}

/// Every framework and requirement these controls map to, numbered in order.
fn frameworks<'a>(
    controls: impl Iterator<Item = &'a Control>,
) -> BTreeMap<&'a str, BTreeMap<&'a str, usize>> {
    let mut frameworks: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (framework, requirements) in controls.flat_map(|control| &control.mappings) {
        frameworks
            .entry(framework)
            .or_default()
            .extend(requirements.iter().map(|id| (&**id, 0)));
    }
    for requirements in frameworks.values_mut() {
        for (position, index) in requirements.values_mut().enumerate() {
            *index = position;
        }
    }
    frameworks
}

fn taxa<'a>(
    control: &'a Control,
    frameworks: &BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
) -> Vec<Taxon<'a>> {
    let components: BTreeMap<&str, Component<'a>> = frameworks
        .keys()
        .zip(0..)
        .map(|(name, index)| (*name, Component { name, index }))
        .collect();
    let mut taxa = Vec::new();
    for (framework, requirements) in &control.mappings {
        let known = components
            .get(&**framework)
            .copied()
            .zip(frameworks.get(&**framework));
        let Some((tool_component, known)) = known else {
            continue;
        };
        let unique: BTreeSet<&str> = requirements.iter().map(|id| &**id).collect();
        let indexed = unique
            .into_iter()
            .filter_map(|id| known.get(id).map(|index| (id, *index)));
        taxa.extend(indexed.map(|(id, index)| Taxon {
            id,
            index,
            tool_component,
        }));
    }
    taxa
}

/// The middle of the band that GitHub shows under the same word; `info` has none.
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

/// How to mend it: the hints of the control for every source, or the hint of a finding.
fn help(facts: &Facts<'_>) -> Option<Help> {
    let hints: Vec<String> = match facts.control {
        Some(control) => {
            let general = control.remediation.hint.iter().map(ToString::to_string);
            general
                .chain(
                    control
                        .remediation
                        .hints
                        .iter()
                        .map(|(source, hint)| format!("{source}: {hint}")),
                )
                .collect()
        }
        None => facts.remediation.map(str::to_owned).into_iter().collect(),
    };
    if hints.is_empty() {
        return None;
    }
    let items: Vec<String> = hints
        .iter()
        .map(|hint| format!("- {}", crate::report::markdown::prose(hint)))
        .collect();
    Some(Help {
        text: hints.join("\n"),
        markdown: items.join("\n"),
    })
}
