//! Which resource refers to which, and through which attributes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::evaluation::{ResourceInstance, Traced};
use crate::resource::{Reference, ResourceId};
use crate::value::{AttributePath, Step, Value};

/// Which addresses exist, for references.
#[derive(Default)]
pub(super) struct Addresses {
    /// The instances of each block, by block address.
    blocks: HashMap<Arc<str>, Vec<ResourceId>>,
    instances: HashMap<Arc<str>, ResourceId>,
}

impl Addresses {
    pub(super) fn add(&mut self, resource: &ResourceInstance) {
        let id = ResourceId::new(resource.address.clone());
        self.blocks
            .entry(resource.block_address.clone())
            .or_default()
            .push(id.clone());
        self.instances.insert(resource.address.clone(), id);
    }

    fn targets(&self, reference: &str) -> Option<Vec<ResourceId>> {
        match self.instances.get(reference) {
            Some(id) => Some(vec![id.clone()]),
            None => self.blocks.get(reference).cloned(),
        }
    }
}

/// The references of a resource: those of the unknown values, which know where they come from, and those that the
/// expressions spell out.
///
/// One attribute may refer to thousands of instances, so everything is looked up by path and target.
pub(super) fn references(
    values: &Value,
    traces: &[(Vec<Step>, Traced)],
    addresses: &Addresses,
    missing: &HashSet<Arc<str>>,
) -> Vec<Reference> {
    let mut targets = Targets {
        addresses,
        missing,
        known: HashMap::new(),
        lists: Vec::new(),
        numbers: HashMap::new(),
    };
    let mut spelled: HashMap<(&str, &[Step]), &Arc<str>> = HashMap::new();
    for (steps, traced) in traces {
        spelled
            .entry((&traced.target, steps))
            .or_insert(&traced.attribute);
    }
    let mut found: Vec<Reference> = Vec::new();
    let mut places: HashMap<(usize, Vec<Step>), usize> = HashMap::new();
    let mut covered: HashSet<(usize, Vec<Step>)> = HashSet::new();
    values.for_each_unknown(&AttributePath::root(), &mut |path, unknown| {
        // What is in `tags_all` was written in `tags` or by the provider.
        if matches!(path.steps().first(), Some(Step::Key(name)) if &**name == "tags_all") {
            return;
        }
        for reference in &unknown.refs {
            let Some(target) = targets.number(reference) else {
                continue;
            };
            let attribute = prefixes(path.steps())
                .find_map(|steps| spelled.get(&(&**reference, steps)))
                .map(|attribute| Arc::clone(attribute));
            let same = prefixes(path.steps()).find_map(|steps| places.get(&(target, steps.to_vec())));
            match same.and_then(|&at| found.get_mut(at)) {
                // A reference that is spelled out says more than what an unknown remembers.
                Some(known) => known.attribute = known.attribute.take().or(attribute),
                None => {
                    places.insert((target, path.steps().to_vec()), found.len());
                    covered.extend(prefixes(path.steps()).map(|steps| (target, steps.to_vec())));
                    found.push(Reference {
                        path: path.clone(),
                        targets: targets.list(target),
                        attribute,
                    });
                }
            }
        }
    });
    let mut seen: HashSet<(usize, &[Step], &Arc<str>)> = HashSet::new();
    for (steps, traced) in traces {
        let Some(target) = targets.number(&traced.target) else {
            continue;
        };
        // Nothing to add when an unknown below this attribute tells the same, and more precisely.
        if covered.contains(&(target, steps.clone())) || !seen.insert((target, steps, &traced.attribute)) {
            continue;
        }
        found.push(Reference {
            path: AttributePath::new(steps.clone()),
            targets: targets.list(target),
            attribute: Some(traced.attribute.clone()),
        });
    }
    found
}

/// The beginnings of a path, the shortest first.
fn prefixes(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    (0..=steps.len()).filter_map(|length| steps.get(..length))
}

/// The targets of references, numbered: the same number means the same resources.
struct Targets<'a> {
    addresses: &'a Addresses,
    /// What is named and not declared: a reference to it means none of the resources that are.
    missing: &'a HashSet<Arc<str>>,
    known: HashMap<Arc<str>, Option<usize>>,
    lists: Vec<Vec<ResourceId>>,
    numbers: HashMap<Vec<ResourceId>, usize>,
}

impl Targets<'_> {
    fn number(&mut self, reference: &Arc<str>) -> Option<usize> {
        if let Some(known) = self.known.get(reference) {
            return *known;
        }
        let nobody = || {
            let missing = self.missing.contains(reference);
            missing.then(|| vec![ResourceId::new(reference.clone())])
        };
        let number = self.addresses.targets(reference).or_else(nobody).map(|targets| {
            *self.numbers.entry(targets).or_insert_with_key(|targets| {
                self.lists.push(targets.clone());
                self.lists.len() - 1
            })
        });
        self.known.insert(reference.clone(), number);
        number
    }

    fn list(&self, number: usize) -> Vec<ResourceId> {
        self.lists.get(number).cloned().unwrap_or_default()
    }
}
