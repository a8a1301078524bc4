//! What a change introduces, leaves as it was, and mends: the same controls asked about the resources before it.

use std::collections::{HashMap, HashSet};

use super::{Evaluator, Group, InputInventory, Partial, managed};
use crate::control::Control;
use crate::evaluation::assessment::Finding;
use crate::evaluation::change;
use crate::evaluation::memo::Judge;
use crate::resource::{Inventory, Resource};
use crate::rule::rego::parallel;

/// How a resource stands to what it was before the change.
enum Compared {
    /// The input describes no change.
    Not,
    Same,
    New,
    /// The position of what it was.
    Changed(usize),
}

impl Evaluator {
    /// Labels the findings of every input that describes a change by what the same controls say of its resources before
    /// it; gives what is fixed.
    pub(super) fn compare(
        &self,
        inputs: &[InputInventory],
        owners: &[usize],
        subjects: &[(&Inventory, &Resource)],
        controls: &[&Control],
        partials: &mut [Partial],
    ) -> Vec<Finding> {
        let tables: Vec<Option<HashMap<&str, &Resource>>> = inputs
            .iter()
            .map(|input| input.previous.as_ref().map(change::by_id))
            .collect();
        let mut asked: Vec<(&Inventory, &Resource)> = Vec::new();
        // For every subject: nothing to compare with, the same as before, or the position of what it was.
        let mut standing = Vec::with_capacity(subjects.len());
        let mut seen: HashSet<(usize, &str)> = HashSet::new();
        for (owner, (_, resource)) in owners.iter().zip(subjects) {
            let (Some(Some(table)), Some(input)) = (tables.get(*owner), inputs.get(*owner)) else {
                standing.push(Compared::Not);
                continue;
            };
            seen.insert((*owner, resource.id.as_str()));
            standing.push(match (table.get(resource.id.as_str()), &input.previous) {
                (Some(before), _) if change::is_same(before, resource) => Compared::Same,
                (Some(before), Some(inventory)) => {
                    asked.push((inventory, before));
                    Compared::Changed(asked.len() - 1)
                }
                _ => Compared::New,
            });
        }
        let changed = asked.len();
        for (owner, input) in inputs.iter().enumerate() {
            let Some(inventory) = &input.previous else {
                continue;
            };
            // What Terraform forgets goes on to exist.
            let forgotten = |resource: &Resource| {
                let actions = resource.change.iter().flat_map(|change| &change.actions);
                actions.into_iter().any(|action| &**action == "forget")
            };
            asked.extend(managed(inventory).filter(|(_, resource)| {
                !seen.contains(&(owner, resource.id.as_str())) && !forgotten(resource)
            }));
        }
        let before = self.evaluate_resources(controls, &asked);
        let mut fixed: Vec<Finding> = before
            .iter()
            .skip(changed)
            .flat_map(|partial| partial.findings.iter().map(change::fixed))
            .collect();
        for ((partial, standing), (_, resource)) in partials.iter_mut().zip(standing).zip(subjects) {
            match standing {
                Compared::Not => {}
                Compared::Same => change::existing(partial),
                Compared::New => fixed.extend(change::label(partial, Some(resource), None)),
                Compared::Changed(index) => {
                    let was = before
                        .get(index)
                        .map(|partial| (partial, asked.get(index).map(|(_, was)| *was)));
                    fixed.extend(change::label(partial, Some(resource), was));
                }
            }
        }
        fixed
    }

    /// The same for what is said of all resources together.
    pub(super) fn compare_groups(
        &self,
        inputs: &[InputInventory],
        groups: &[(&Control, Group<'_>)],
        partials: &mut [Partial],
    ) -> Vec<Finding> {
        if inputs.iter().all(|input| input.previous.is_none()) || groups.is_empty() {
            return Vec::new();
        }
        let subjects: Vec<(&Inventory, &Resource)> = inputs
            .iter()
            .flat_map(|input| managed(input.previous.as_ref().unwrap_or(&input.inventory)))
            .collect();
        let mut controls: Vec<&Control> = groups.iter().map(|(control, _)| *control).collect();
        controls.dedup_by_key(|control| &control.id);
        let asked = self.groups(&controls, &subjects);
        let before = parallel(
            self.jobs,
            &asked,
            || Judge::new(self.rules.worker()),
            |judge, (control, group)| self.evaluate_group(judge, control, group),
        );
        let known: HashMap<(&str, &str), &Partial> = asked
            .iter()
            .zip(&before)
            .map(|((control, group), partial)| ((control.id.as_str(), group.name.as_str()), partial))
            .collect();
        let mut fixed = Vec::new();
        for ((control, group), partial) in groups.iter().zip(partials) {
            let was = known.get(&(control.id.as_str(), group.name.as_str()));
            fixed.extend(change::label(partial, None, was.map(|partial| (*partial, None))));
        }
        fixed
    }
}
