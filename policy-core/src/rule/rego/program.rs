//! The modules a control is evaluated with and the names in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{Head, Import, Module, Rule};
use crate::source::Span;

/// A path below `data`.
pub(super) type DataPath = Vec<Arc<str>>;

/// What a name at the front of a reference stands for.
pub(super) enum Name {
    /// Something below `data`.
    Data(DataPath),
    /// Something below `input`.
    Input(DataPath),
    /// A variable.
    Variable,
}

/// The library and the files of one control.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) modules: Vec<Arc<Module>>,
    /// Positions of the definitions of a rule: module, rule.
    rules: BTreeMap<DataPath, Vec<(usize, usize)>>,
}

impl Program {
    /// Adds a module.
    pub(super) fn add(&mut self, module: Arc<Module>) {
        let position = self.modules.len();
        for (index, rule) in module.rules.iter().enumerate() {
            let path: DataPath = module.package.iter().chain(&rule.name).cloned().collect();
            self.rules.entry(path).or_default().push((position, index));
        }
        self.modules.push(module);
    }

    /// Every rule and function path with the positions of its definitions.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&DataPath, &[(usize, usize)])> {
        self.rules
            .iter()
            .map(|(path, definitions)| (path, &**definitions))
    }

    /// The definitions at exactly `path`.
    pub(super) fn definitions(&self, path: &[Arc<str>]) -> &[(usize, usize)] {
        self.rules.get(path).map_or(&[], |definitions| definitions)
    }

    /// The paths strictly below `path`.
    pub(super) fn below<'a>(&'a self, path: &'a [Arc<str>]) -> impl Iterator<Item = &'a DataPath> {
        let from = self.rules.range(path.to_vec()..).map(|(candidate, _)| candidate);
        from.take_while(move |candidate| candidate.starts_with(path))
            .filter(move |candidate| candidate.len() > path.len())
    }

    /// The definitions that a reference to `path` may read: those of the rule that holds it, at it and below it.
    pub(super) fn holders<'a>(&'a self, path: &'a [Arc<str>]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let above = (0..=path.len()).filter_map(|length| path.get(..length));
        above
            .flat_map(|prefix| self.definitions(prefix))
            .chain(self.below(path).flat_map(|path| self.definitions(path)))
            .copied()
    }

    /// True when a rule is at or below `path`.
    pub(super) fn has(&self, path: &[Arc<str>]) -> bool {
        !self.definitions(path).is_empty() || self.below(path).next().is_some()
    }

    /// The rule at a position.
    pub(super) fn rule(&self, (module, rule): (usize, usize)) -> Option<(&Module, &Rule)> {
        let module = self.modules.get(module)?;
        module.rules.get(rule).map(|rule| (&**module, rule))
    }

    /// What `name` stands for in `module`, local variables aside.
    pub(super) fn resolve(&self, module: &Module, name: &str) -> Name {
        let own: DataPath = module.package.iter().cloned().chain([name.into()]).collect();
        if self.has(&own) {
            return Name::Data(own);
        }
        match module
            .imports
            .iter()
            .find(|import| is_used(import) && *import.alias == *name)
        {
            Some(import) => absolute(&import.path),
            None => absolute(&[name.into()]),
        }
    }

    /// Where a rule stands.
    pub(super) fn span(&self, position: (usize, usize)) -> Option<Span> {
        self.rule(position)
            .map(|(module, rule)| rule.range.span(&module.source))
    }

    /// The arity of a function, when `path` is one.
    pub(super) fn arity(&self, path: &[Arc<str>]) -> Option<usize> {
        self.definitions(path)
            .iter()
            .find_map(|position| match &self.rule(*position)?.1.head {
                Head::Function(parameters, _) => Some(parameters.len()),
                _ => None,
            })
    }
}

/// `rego.v1` and `future.keywords` switch syntax and name nothing.
fn is_used(import: &Import) -> bool {
    matches!(import.path.first().map(|root| &**root), Some("data" | "input"))
}

fn absolute(path: &[Arc<str>]) -> Name {
    match path.split_first() {
        Some((root, rest)) if &**root == "data" => Name::Data(rest.to_vec()),
        Some((root, rest)) if &**root == "input" => Name::Input(rest.to_vec()),
        _ => Name::Variable,
    }
}
