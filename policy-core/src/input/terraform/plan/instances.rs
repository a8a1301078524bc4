//! The resource instances that exist in a plan, by module instance, so that references find them without searching.

use std::collections::HashMap;

use super::configuration::{Configuration, ROOT};
use crate::resource::{InstanceKey, ModuleStep, ResourceAddress, ResourceId, module_text};

/// Position of the root module instance.
pub(super) const ROOT_INSTANCE: usize = 0;

/// More candidates than this are treated as none: a list of thousands of "maybe this one" decides nothing, and one per
/// source would make the whole quadratic.
const MOST_CANDIDATES: usize = 1_000;

/// All instances of a plan.
#[derive(Debug)]
pub(super) struct Instances {
    modules: Vec<ModuleInstance>,
}

/// An instance of a module.
#[derive(Debug, Default)]
pub(super) struct ModuleInstance {
    /// The instance that called it.
    pub(super) parent: Option<usize>,
    /// Its configuration; `None` when the configuration no longer has the module.
    pub(super) configuration: Option<usize>,
    /// Its instance key.
    pub(super) key: Option<InstanceKey>,
    /// Its address, empty for the root.
    pub(super) text: String,
    calls: HashMap<String, Keyed<usize>>,
    blocks: HashMap<String, Keyed<ResourceId>>,
}

/// The instances of one block by key.
#[derive(Debug)]
struct Keyed<T> {
    all: Vec<T>,
    by_key: HashMap<Option<InstanceKey>, usize>,
}

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            by_key: HashMap::new(),
        }
    }
}

impl<T: Clone> Keyed<T> {
    fn add(&mut self, key: Option<InstanceKey>, item: T) {
        self.by_key.insert(key, self.all.len());
        self.all.push(item);
    }

    fn get(&self, key: &Option<InstanceKey>) -> Option<&T> {
        self.by_key.get(key).and_then(|&at| self.all.get(at))
    }

    /// The instances that a reference can mean.
    fn select(&self, wanted: &Wanted<'_>) -> Vec<T> {
        let one = |found: Option<&T>| found.map(|item| vec![item.clone()]);
        match wanted {
            Wanted::Key(key) => one(self.get(&Some((*key).clone()))).unwrap_or_default(),
            Wanted::Any { prefer } => one(self.get(&None))
                .or_else(|| prefer.and_then(|key| one(self.get(&Some(key.clone())))))
                .unwrap_or_else(|| match self.all.len() <= MOST_CANDIDATES {
                    true => self.all.clone(),
                    false => Vec::new(),
                }),
        }
    }
}

/// Which instances of a block a reference asks for.
pub(super) enum Wanted<'k> {
    /// The one with this literal key.
    Key(&'k InstanceKey),
    /// The only one, else the preferred one when it exists, else all of them.
    Any {
        /// The key that the reference probably means.
        prefer: Option<&'k InstanceKey>,
    },
}

impl Instances {
    /// The root alone.
    pub(super) fn new(configuration: &Configuration) -> Self {
        let root = configuration.module(ROOT).map(|_| ROOT);
        Self {
            modules: vec![ModuleInstance {
                configuration: root,
                ..ModuleInstance::default()
            }],
        }
    }

    /// The instance of a module, created when it is new.
    pub(super) fn enter(&mut self, configuration: &Configuration, path: &[ModuleStep]) -> usize {
        let mut at = ROOT_INSTANCE;
        for (depth, step) in path.iter().enumerate() {
            let here = self.modules.get(at);
            let known = here
                .and_then(|module| module.calls.get(&step.name))
                .and_then(|calls| calls.get(&step.key));
            if let Some(&known) = known {
                at = known;
                continue;
            }
            let block = here
                .and_then(|module| module.configuration)
                .and_then(|id| configuration.module(id));
            let child = ModuleInstance {
                parent: Some(at),
                configuration: block.and_then(|block| block.children.get(step.name.as_str()).copied()),
                key: step.key.clone(),
                text: module_text(path.get(..=depth).unwrap_or_default()),
                ..ModuleInstance::default()
            };
            let id = self.modules.len();
            self.modules.push(child);
            if let Some(module) = self.modules.get_mut(at) {
                module
                    .calls
                    .entry(step.name.clone())
                    .or_default()
                    .add(step.key.clone(), id);
            }
            at = id;
        }
        at
    }

    /// Makes a resource a possible target of references.
    pub(super) fn add(&mut self, module: usize, address: &ResourceAddress, id: ResourceId) {
        if let Some(module) = self.modules.get_mut(module) {
            module
                .blocks
                .entry(address.block_text())
                .or_default()
                .add(address.key.clone(), id);
        }
    }

    /// A module instance.
    pub(super) fn module(&self, id: usize) -> Option<&ModuleInstance> {
        self.modules.get(id)
    }

    /// The instances of a resource block that a reference can mean.
    pub(super) fn resources(&self, module: usize, block: &str, wanted: &Wanted<'_>) -> Vec<ResourceId> {
        let blocks = self
            .modules
            .get(module)
            .and_then(|module| module.blocks.get(block));
        blocks
            .map(|instances| instances.select(wanted))
            .unwrap_or_default()
    }

    /// The instances of a called module that a reference can mean.
    pub(super) fn calls(&self, module: usize, call: &str, wanted: &Wanted<'_>) -> Vec<usize> {
        let calls = self.modules.get(module).and_then(|module| module.calls.get(call));
        calls
            .map(|instances| instances.select(wanted))
            .unwrap_or_default()
    }
}
