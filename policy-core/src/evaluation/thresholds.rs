//! Thresholds by environment: a control judges a resource with the parameters of the environment it belongs to.

use crate::control::{Catalog, Control, ControlId, Environment};
use crate::evaluation::memo::Judge;
use crate::evaluation::unknown::Decision;
use crate::resource::Resource;
use crate::rule::Outcome;
use crate::rule::rego::{RuleSet, compile};

/// The controls that have parameters of their own in one environment, with these parameters.
#[derive(Debug)]
pub(super) struct Variant {
    environment: Environment,
    controls: Catalog,
    rules: RuleSet,
}

/// One variant for every environment that a control has parameters for. What is wrong with a rule is said of the control
/// itself.
pub(super) fn variants(catalog: &Catalog, jobs: usize) -> Vec<Variant> {
    let mut environments: Vec<&Environment> = catalog
        .controls
        .values()
        .flat_map(|control| control.parameters_in.keys())
        .collect();
    environments.sort();
    environments.dedup();
    let variant = |environment: &Environment| {
        let with_own = catalog.controls.iter().filter_map(|(id, control)| {
            let own = control.parameters_in.get(environment)?;
            let mut control = control.clone();
            control.parameters.extend(own.clone());
            Some((id.clone(), control))
        });
        let controls = Catalog {
            controls: with_own.collect(),
            library: catalog.library.clone(),
        };
        Variant {
            environment: environment.clone(),
            rules: compile(&controls, jobs).0,
            controls,
        }
    };
    environments.into_iter().map(variant).collect()
}

/// The judges of one thread: of the controls as they are, and of every variant.
pub(super) struct Bench {
    own: Judge,
    variants: Vec<Judge>,
}

impl Bench {
    pub(super) fn new(rules: &RuleSet, variants: &[Variant]) -> Self {
        Self {
            own: Judge::new(rules.worker()),
            variants: variants
                .iter()
                .map(|variant| Judge::new(variant.rules.worker()))
                .collect(),
        }
    }

    /// Decides with the thresholds of the environment of a resource. One that does not tell its environment is judged by
    /// all of them, and the worst outcome counts: to leave out a tag must not be the way around a threshold.
    pub(super) fn decide(
        &mut self,
        control: &Control,
        resource: &Resource,
        rules: &RuleSet,
        variants: &[Variant],
        mut decide: impl FnMut(&mut Judge, &Control, &RuleSet) -> Decision,
    ) -> Decision {
        if control.parameters_in.is_empty() {
            return decide(&mut self.own, control, rules);
        }
        let told = resource.context.environment.as_str().map(Environment::resolve);
        let mut decisions = Vec::new();
        for (variant, judge) in variants.iter().zip(&mut self.variants) {
            let meant = told.as_ref().is_none_or(|told| *told == variant.environment);
            if let (true, Some(control)) = (meant, variant.control(&control.id)) {
                decisions.push(decide(judge, control, &variant.rules));
            }
        }
        if told.is_none() || decisions.is_empty() {
            decisions.push(decide(&mut self.own, control, rules));
        }
        let worst = decisions
            .into_iter()
            .max_by_key(|decision| badness(decision.outcome));
        worst.unwrap_or_else(|| decide(&mut self.own, control, rules))
    }
}

impl Variant {
    fn control(&self, id: &ControlId) -> Option<&Control> {
        self.controls.controls.get(id)
    }
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NotApplicable => 0,
        Outcome::Pass => 1,
        Outcome::Unknown => 2,
        Outcome::Fail => 3,
        Outcome::Error => 4,
    }
}
