//! `policy test --coverage`: which lines of the rules the cases come by.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_core::rule::rego::FileCoverage;

/// The lines of every rule file, over the cases of all controls.
#[derive(Default)]
pub(super) struct Lines(BTreeMap<String, FileCoverage>);

impl Lines {
    /// Adds what the cases of one control covered.
    pub(super) fn add(&mut self, files: Vec<FileCoverage>) {
        for file in files {
            match self.0.get_mut(&file.file) {
                Some(known) => known.merge(&file),
                None => {
                    self.0.insert(file.file.clone(), file);
                }
            }
        }
    }

    /// Leaves a file out: a library that other controls use, too, cannot be covered by the cases of one.
    pub(super) fn forget(&mut self, file: &str) {
        self.0.remove(file);
    }

    /// True when every line was evaluated.
    pub(super) fn complete(&self) -> bool {
        self.0.values().all(|file| file.not_covered.is_empty())
    }

    pub(super) fn render(&self) -> String {
        let mut out = String::new();
        for file in self.0.values() {
            for line in &file.not_covered {
                let _ = writeln!(out, "NOT COVERED {}:{line}", file.file);
            }
        }
        let count = |lines: fn(&FileCoverage) -> usize| -> usize { self.0.values().map(lines).sum() };
        let covered = count(|file| file.covered.len());
        let all = covered + count(|file| file.not_covered.len());
        // Rounded down: 100 % means all of it.
        let _ = match (covered * 100).checked_div(all) {
            Some(percent) => writeln!(
                out,
                "rule lines covered by the cases: {covered} of {all} ({percent} %), {} files",
                self.0.len()
            ),
            None => writeln!(out, "rule lines covered by the cases: there are none"),
        };
        out
    }
}
