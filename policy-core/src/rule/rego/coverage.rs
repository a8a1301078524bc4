//! Which lines of the rules were evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use regorus::Engine;

use super::ast::Range;
use super::failure::COPY_SUFFIX;
use super::{load, walk};
use crate::source::Source;

/// The lines of one rule file that were evaluated and those that were not. Counted are the lines on which a statement or
/// the value of a rule begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// Name of the file.
    pub file: String,
    /// 1-based lines that were evaluated.
    pub covered: BTreeSet<u32>,
    /// 1-based lines that could have been.
    pub not_covered: BTreeSet<u32>,
}

impl FileCoverage {
    /// Adds what another run of the same file covered.
    pub fn merge(&mut self, other: &Self) {
        self.covered.extend(&other.covered);
        self.not_covered.extend(&other.not_covered);
        self.not_covered.retain(|line| !self.covered.contains(line));
    }
}

/// The lines that workers came by, file by file. Workers add theirs when they end.
#[derive(Debug, Default)]
pub(super) struct Gathered(Mutex<BTreeMap<String, BTreeSet<u32>>>);

impl Gathered {
    /// Adds the lines that an engine has evaluated. The copies of rules stand on the lines of their originals.
    pub(super) fn add(&self, engine: &Engine) {
        let files = engine
            .get_coverage_report()
            .map(|report| report.files)
            .unwrap_or_default();
        // A panic of another worker leaves whole lines behind, never half of one.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for file in files {
            let name = file.path.strip_suffix(COPY_SUFFIX).unwrap_or(&file.path);
            known.entry(name.to_owned()).or_default().extend(file.covered);
        }
    }

    /// Holds what was evaluated against what there is. A file that nothing of was evaluated has every line uncovered.
    pub(super) fn coverage(&self, sources: &[Arc<Source>]) -> Vec<FileCoverage> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let none = BTreeSet::new();
        sources
            .iter()
            .map(|source| {
                let seen = known.get(source.name()).unwrap_or(&none);
                let (covered, not_covered): (Vec<_>, Vec<_>) = places(source)
                    .into_iter()
                    .partition(|(first, last)| seen.range(first..=last).next().is_some());
                let lines = |places: Vec<(u32, u32)>| places.into_iter().map(|(first, _)| first).collect();
                let covered: BTreeSet<u32> = lines(covered);
                let not_covered: BTreeSet<u32> = lines(not_covered);
                FileCoverage {
                    file: source.name().to_owned(),
                    // Two statements on one line are covered when both are.
                    covered: covered.difference(&not_covered).copied().collect(),
                    not_covered,
                }
            })
            .collect()
    }
}

/// First and last line of every statement and value of a file. A file that does not parse has none; its diagnostic says
/// why.
fn places(source: &Arc<Source>) -> BTreeSet<(u32, u32)> {
    let mut found = BTreeSet::new();
    let Ok(module) = load::parse(source) else {
        return found;
    };
    let mut add = |range: Range| {
        let line = |at| range_line(source, at);
        found.insert((line(range.start), line(range.end)));
    };
    for rule in &module.rules {
        // The engine does not say whether it came by the value of an `else`.
        if let Some(value) = walk::head_value(rule) {
            add(value.range);
        }
        walk::statements(rule, &mut |statement| add(statement.range));
    }
    found
}

fn range_line(source: &Arc<Source>, at: usize) -> u32 {
    Range { start: at, end: at }.span(source).location().line
}
