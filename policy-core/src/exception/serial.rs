//! Renewals that do not say so.

use std::collections::{BTreeMap, BTreeSet};

use super::codes;
use super::record::Record;
use super::registry::Registry;
use crate::control::ControlId;
use crate::diagnostic::Diagnostic;

/// Days between an end and a beginning within which one goes on from the other.
const GAP_DAYS: i64 = 30;

impl Registry {
    /// The records that begin where another one for the same control and pattern ended, and do not supersede it: a chain
    /// of renewals that no limit of the control sees.
    pub fn serial(&self) -> Vec<Diagnostic> {
        let mut by_pattern: BTreeMap<(&ControlId, &str), Vec<&Record>> = BTreeMap::new();
        for record in self.records.iter().filter(|record| record.is_valid()) {
            let Some(control) = &record.control else { continue };
            for pattern in &record.scope.resources {
                by_pattern
                    .entry((control, pattern.as_str()))
                    .or_default()
                    .push(record);
            }
        }
        let mut said = BTreeSet::new();
        let mut found = Vec::new();
        for records in by_pattern.values_mut() {
            // Only the neighbour in time is compared: who goes on from the last goes on from all of them.
            records.sort_by_key(|record| record.timeline.in_force_from());
            for (earlier, later) in records.iter().zip(records.iter().skip(1)) {
                if self.goes_on(earlier, later) && said.insert(&later.id.value) {
                    let message = format!(
                        "`{}` goes on where `{}` ended, and does not supersede it",
                        later.id, earlier.id
                    );
                    found.push(
                        Diagnostic::new(&codes::EXC033, message)
                            .at(&later.id.span)
                            .label(&earlier.id.span, "the record before")
                            .help(format!("write `supersedes: {}`", earlier.id)),
                    );
                }
            }
        }
        found
    }

    fn goes_on(&self, earlier: &Record, later: &Record) -> bool {
        let zone = self.options.zone;
        let Some((end, start)) = earlier.timeline.last_day.zip(later.timeline.in_force_from()) else {
            return false;
        };
        let gap = start.date(zone).days_since(end);
        // What overlaps is reported as that.
        (1..=GAP_DAYS).contains(&gap) && earlier.scope.meets(&later.scope) && !self.descends(later, earlier)
    }

    /// True when a record supersedes another one, directly or through others.
    fn descends(&self, record: &Record, from: &Record) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = record.supersedes.as_ref();
        while let Some(id) = next.filter(|id| seen.insert(id.value.clone())) {
            if id.value == from.id.value {
                return true;
            }
            next = self.get(&id.value).and_then(|record| record.supersedes.as_ref());
        }
        false
    }
}
