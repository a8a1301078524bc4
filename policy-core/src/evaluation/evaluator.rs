//! Runs every control on every resource in its scope.
//!
//! The evaluator is pure: no clock, no file, no environment. Work is cut by resource over worker threads and merged in
//! input order, so that any number of threads gives the same result.

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::control::{Catalog, Control, Evaluate};
use crate::date::AsOf;
use crate::diagnostic::Diagnostic;
use crate::evaluation::assessment::{Assessment, Evaluation, Finding};
use crate::evaluation::findings::Findings;
use crate::evaluation::input_document::{inventory_document, resource_document};
use crate::evaluation::memo::Judge;
use crate::evaluation::scope::{self, Standing};
use crate::evaluation::suppress;
use crate::evaluation::thresholds::{self, Bench, Variant};
use crate::evaluation::unknown::Decision;
use crate::evaluation::{Reason, alone, asleep, codes};
use crate::exception::{self, Registry};
use crate::resource::{Inventory, Lifecycle, Resource, TypeMap};
use crate::rule::Outcome;
use crate::rule::rego::{FileCoverage, RuleSet, compile, parallel};

/// One input's resources under the name reports use.
#[derive(Clone, Debug)]
pub struct InputInventory {
    /// The name of the input.
    pub name: String,
    /// Its resources.
    pub inventory: Inventory,
    /// Its resources before the change, when it describes one: what [`take_previous`](crate::resource::take_previous) gives.
    pub previous: Option<Inventory>,
}

impl InputInventory {
    /// An input that describes no change.
    pub fn new(name: impl Into<String>, inventory: Inventory) -> Self {
        Self {
            name: name.into(),
            inventory,
            previous: None,
        }
    }
}

/// Configures an [`Evaluator`].
#[derive(Debug)]
pub struct EvaluatorBuilder {
    catalog: Catalog,
    registry: Registry,
    as_of: AsOf,
    jobs: usize,
    complete: bool,
    coverage: bool,
    typemap: Option<Arc<TypeMap>>,
}

impl EvaluatorBuilder {
    /// The exceptions to honour; none by default.
    #[must_use]
    pub fn exceptions(mut self, registry: Registry) -> Self {
        self.registry = registry;
        self
    }

    /// Worker threads; 1 by default. The result does not depend on it.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// Declares that the inputs show everything their accounts and Regions hold, so that what is missing there is
    /// missing. Without it, "no trail exists" is unknown: another stack may own the trail.
    #[must_use]
    pub fn complete(mut self, complete: bool) -> Self {
        self.complete = complete;
        self
    }

    /// Collects which lines of the rules are evaluated; see [`Evaluator::coverage`].
    #[must_use]
    pub fn coverage(mut self, coverage: bool) -> Self {
        self.coverage = coverage;
        self
    }

    /// The table of kinds that the inventories were built with; the builtin one by default.
    #[must_use]
    pub fn typemap(mut self, typemap: Arc<TypeMap>) -> Self {
        self.typemap = Some(typemap);
        self
    }

    /// Compiles the rules. A rule that does not load is a diagnostic here and an `error` outcome on every resource in
    /// its control's scope.
    pub fn build(self) -> (Evaluator, Vec<Diagnostic>) {
        let Self {
            catalog,
            registry,
            as_of,
            jobs,
            complete,
            coverage,
            typemap,
        } = self;
        let (rules, diagnostics) = compile(&catalog, jobs);
        let rules = rules.with_coverage(coverage);
        (
            Evaluator {
                variants: thresholds::variants(&catalog, jobs),
                catalog,
                rules,
                registry,
                now: as_of.to_rfc3339().into(),
                as_of,
                jobs,
                complete,
                typemap,
            },
            diagnostics,
        )
    }
}

/// Evaluates inventories against a catalog, as of a date. Reusable and shareable between threads.
#[derive(Debug)]
pub struct Evaluator {
    catalog: Catalog,
    rules: RuleSet,
    variants: Vec<Variant>,
    registry: Registry,
    as_of: AsOf,
    /// The same as rules see it.
    now: Arc<str>,
    jobs: usize,
    complete: bool,
    typemap: Option<Arc<TypeMap>>,
}

/// What one worker found for one resource, or for one inventory group.
#[derive(Default)]
pub(crate) struct Partial {
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknowns: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Evaluator {
    /// Starts a configuration. Exceptions are judged at `as_of`; rules see it as `input.context.now`.
    pub fn builder(catalog: Catalog, as_of: AsOf) -> EvaluatorBuilder {
        EvaluatorBuilder {
            catalog,
            registry: Registry::default(),
            as_of,
            jobs: 1,
            complete: false,
            coverage: false,
            typemap: None,
        }
    }

    fn typemap(&self) -> &TypeMap {
        self.typemap.as_deref().unwrap_or_else(|| TypeMap::builtin())
    }

    /// The same evaluator at another point in time, without compiling the rules again.
    #[must_use]
    pub fn with_as_of(self, as_of: AsOf) -> Self {
        let now = as_of.to_rfc3339().into();
        Self { as_of, now, ..self }
    }

    /// The controls that are evaluated.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Which lines of the rules have been evaluated so far; empty unless [`EvaluatorBuilder::coverage`] asked for it.
    pub fn coverage(&self) -> Vec<FileCoverage> {
        self.rules.coverage()
    }

    /// Evaluates every active control on every resource in its scope.
    pub fn evaluate(&self, inputs: &[InputInventory]) -> Assessment {
        let active = || {
            self.catalog
                .controls
                .values()
                .filter(|control| &*control.status == "active")
        };
        let (configured, elsewhere): (Vec<&Control>, Vec<&Control>) =
            active().partition(|control| control.is_decided_on_configuration());
        let (each, whole): (Vec<&Control>, Vec<&Control>) = configured
            .into_iter()
            .partition(|control| control.scope.evaluate == Evaluate::Resource);
        let (owners, subjects): (Vec<usize>, Vec<(&Inventory, &Resource)>) = inputs
            .iter()
            .enumerate()
            .flat_map(|(owner, input)| managed(&input.inventory).map(move |subject| (owner, subject)))
            .unzip();
        let mut partials = self.evaluate_resources(&each, &subjects);
        let mut fixed = self.compare(inputs, &owners, &subjects, &each, &mut partials);
        let groups = self.groups(&whole, &subjects);
        let mut grouped = parallel(
            self.jobs,
            &groups,
            || Judge::new(self.rules.worker()),
            |judge, (control, group)| self.evaluate_group(judge, control, group),
        );
        fixed.extend(self.compare_groups(inputs, &groups, &mut grouped));
        partials.extend(grouped);
        partials.extend(elsewhere.iter().map(|control| asleep::said(control)));
        partials.push(asleep::left_out(&whole, &subjects, self.typemap()));
        let controls = each.len() + whole.len() + elsewhere.len();
        let mut assessment = self.merge(partials, controls, subjects.len());
        fixed.sort_by(|left, right| left.report_order().cmp(&right.report_order()));
        assessment.fixed = fixed;
        assessment
    }

    fn merge(&self, partials: Vec<Partial>, controls: usize, resources: usize) -> Assessment {
        let mut assessment = Assessment {
            controls,
            resources,
            ..Assessment::default()
        };
        for control in self
            .catalog
            .controls
            .values()
            .filter(|control| control.rego.is_empty() && control.is_decided_on_configuration())
        {
            let message = format!("control `{}` has no rule", control.id);
            assessment
                .diagnostics
                .push(Diagnostic::new(&codes::EVL003, message).at(&control.span));
        }
        // Two records that overlap do so on every finding they share, and are one thing to mend.
        let mut overlaps = BTreeSet::new();
        for mut partial in partials {
            partial.diagnostics.retain(|found| {
                found.code != &exception::codes::EXC024 || overlaps.insert(found.message.clone())
            });
            assessment.evaluations.extend(partial.evaluations);
            assessment.findings.extend(partial.findings);
            assessment.unknowns.extend(partial.unknowns);
            assessment.warnings.extend(partial.warnings);
            assessment.diagnostics.extend(partial.diagnostics);
        }
        for list in [
            &mut assessment.findings,
            &mut assessment.unknowns,
            &mut assessment.warnings,
        ] {
            list.sort_by(|left, right| left.report_order().cmp(&right.report_order()));
        }
        assessment.evaluations.sort_by(|left, right| {
            (&left.control, &left.subject, left.outcome).cmp(&(&right.control, &right.subject, right.outcome))
        });
        assessment.not_evaluated = asleep::named(&self.catalog, &assessment.evaluations);
        let mut used: Vec<_> = assessment
            .findings
            .iter()
            .flat_map(|finding| {
                finding
                    .exceptions
                    .iter()
                    .map(|exception| exception.id.as_str().into())
            })
            .collect();
        used.sort();
        used.dedup();
        assessment.used_exceptions = used;
        assessment
    }

    /// What `controls` say of each of the resources.
    fn evaluate_resources(
        &self,
        controls: &[&Control],
        subjects: &[(&Inventory, &Resource)],
    ) -> Vec<Partial> {
        let resources = subjects.iter().map(|(_, resource)| *resource);
        let applicable = scope::by_type(controls, resources, self.typemap());
        let work: Vec<_> = subjects.iter().zip(&applicable).collect();
        parallel(
            self.jobs,
            &work,
            || Bench::new(&self.rules, &self.variants),
            |bench, ((inventory, resource), controls)| {
                self.evaluate_resource(bench, controls, inventory, resource)
            },
        )
    }

    /// What controls that look at its type say of one resource.
    fn evaluate_resource(
        &self,
        bench: &mut Bench,
        controls: &[&Control],
        inventory: &Inventory,
        resource: &Resource,
    ) -> Partial {
        let mut partial = Partial::default();
        let findings = Findings::new(inventory, resource);
        for control in controls {
            match scope::place(control, resource) {
                Standing::Excluded(reason) => {
                    partial.evaluations.push(evaluation(
                        control,
                        resource.id.as_str(),
                        Outcome::NotApplicable,
                        vec![reason],
                    ));
                }
                Standing::Included(assumed) => {
                    let decision = self.decide_resource(bench, control, inventory, resource);
                    findings.record(&mut partial, control, decision, assumed);
                }
            }
        }
        for finding in &mut partial.findings {
            let overlaps = suppress::apply(&self.registry, self.as_of, &self.catalog, resource, finding);
            partial.diagnostics.extend(overlaps);
        }
        partial
    }

    fn decide_resource(
        &self,
        bench: &mut Bench,
        control: &Control,
        inventory: &Inventory,
        resource: &Resource,
    ) -> Decision {
        bench.decide(
            control,
            resource,
            &self.rules,
            &self.variants,
            |judge, control, rules| {
                let Some(reads) = rules.reads(&control.id) else {
                    return not_loaded();
                };
                let document = resource_document(resource, inventory, control, &self.now, reads);
                if resource.fragment {
                    alone::decide(judge, &control.id, document)
                } else {
                    judge.decide(&control.id, document)
                }
            },
        )
    }

    /// The in-scope resources of every control by account, and by Region unless the control is about the account as a whole;
    /// one empty group when there are none.
    fn groups<'a>(
        &self,
        controls: &[&'a Control],
        subjects: &[(&'a Inventory, &'a Resource)],
    ) -> Vec<(&'a Control, Group<'a>)> {
        let resources = subjects.iter().map(|(_, resource)| *resource);
        let applicable = scope::by_type(controls, resources, self.typemap());
        let mut inventories: Vec<&Inventory> = subjects.iter().map(|(inventory, _)| *inventory).collect();
        inventories.dedup_by(|left, right| std::ptr::eq(*left, *right));
        let unseen: Vec<Arc<str>> = inventories
            .iter()
            .flat_map(|inventory| inventory.unseen.clone())
            .collect();
        let mut all = Vec::new();
        for control in controls {
            let mut groups: BTreeMap<String, Group<'a>> = BTreeMap::new();
            for (&(inventory, resource), of_type) in subjects.iter().zip(&applicable) {
                // A fragment says nothing about what there is in an account.
                if resource.fragment || !of_type.iter().any(|other| std::ptr::eq(*other, *control)) {
                    continue;
                }
                if let Standing::Included(assumed) = scope::place(control, resource) {
                    let name = group_name(control, resource);
                    let group = groups.entry(name.clone()).or_insert_with(|| Group {
                        name,
                        unseen: unseen.clone(),
                        ..Group::default()
                    });
                    group.members.push((inventory, resource));
                    group.assumed.extend(assumed);
                }
            }
            if groups.is_empty() && asleep::decides_any(control, subjects) {
                let group = Group {
                    name: "the inputs".into(),
                    unseen: unseen.clone(),
                    ..Group::default()
                };
                all.push((*control, group));
            }
            all.extend(groups.into_values().map(|group| (*control, group)));
        }
        all
    }

    fn evaluate_group(&self, judge: &mut Judge, control: &Control, group: &Group<'_>) -> Partial {
        let decision = match self.rules.reads(&control.id) {
            None => not_loaded(),
            Some(reads) => {
                let document = inventory_document(&group.members, control, &self.now, reads);
                judge.decide(&control.id, document)
            }
        };
        let doubt = self.without_conditional(judge, control, group, &decision);
        let mut partial = group.record(control, decision, self.complete);
        if let Some(lacking) = doubt {
            group.record_doubt(&mut partial, control, &lacking, self.complete);
        }
        for finding in &mut partial.findings {
            let id = finding.resource.as_ref().map(|resource| resource.id.as_str());
            let member = group
                .members
                .iter()
                .find(|(_, resource)| Some(resource.id.as_str()) == id);
            if let Some((_, resource)) = member {
                let overlaps = suppress::apply(&self.registry, self.as_of, &self.catalog, resource, finding);
                partial.diagnostics.extend(overlaps);
            }
        }
        partial
    }
}

impl Evaluator {
    /// What the rule says without the resources that may not exist, when it is satisfied only with them.
    fn without_conditional(
        &self,
        judge: &mut Judge,
        control: &Control,
        group: &Group<'_>,
        decision: &Decision,
    ) -> Option<Decision> {
        let satisfied = |decision: &Decision| {
            matches!(decision.outcome, Outcome::Pass | Outcome::Fail)
                && decision
                    .violations
                    .iter()
                    .all(|violation| violation.resource.is_some())
        };
        let certain: Vec<_> = group
            .members
            .iter()
            .filter(|(_, resource)| resource.condition.is_none())
            .copied()
            .collect();
        if certain.len() == group.members.len() || !satisfied(decision) {
            return None;
        }
        let reads = self.rules.reads(&control.id)?;
        let document = inventory_document(&certain, control, &self.now, reads);
        let without = judge.decide(&control.id, document);
        (!satisfied(&without) && without.outcome != Outcome::Error).then_some(without)
    }
}

fn managed(inventory: &Inventory) -> impl Iterator<Item = (&Inventory, &Resource)> {
    let managed = inventory
        .resources
        .iter()
        .filter(|resource| resource.lifecycle == Lifecycle::Managed);
    managed.map(move |resource| (inventory, resource))
}

/// The resources an inventory rule looks at together.
#[derive(Default)]
pub(crate) struct Group<'a> {
    pub(crate) name: String,
    pub(crate) members: Vec<(&'a Inventory, &'a Resource)>,
    pub(crate) assumed: Vec<Reason>,
    /// Parts of the inputs whose resources are not seen, in words.
    pub(crate) unseen: Vec<Arc<str>>,
}

fn group_name(control: &Control, resource: &Resource) -> String {
    let part = |text: Option<&str>| text.unwrap_or("unknown").to_owned();
    let context = &resource.context;
    let account = part(context.account.as_str());
    match control.scope.evaluate {
        Evaluate::Account => format!("account {account}"),
        _ => format!("account {account}, Region {}", part(context.region.as_str())),
    }
}

/// A control without a loadable rule protects nothing, and says so on every resource in its scope.
fn not_loaded() -> Decision {
    Decision {
        outcome: Outcome::Error,
        violations: Vec::new(),
        warnings: Vec::new(),
        unknowns: Vec::new(),
        error: None,
    }
}

pub(crate) fn evaluation(
    control: &Control,
    subject: &str,
    outcome: Outcome,
    reasons: Vec<Reason>,
) -> Evaluation {
    Evaluation {
        control: control.id.clone(),
        severity: control.severity,
        subject: subject.to_owned(),
        outcome,
        reasons,
    }
}
