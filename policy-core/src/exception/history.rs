//! What the history of a registry tells that its present state cannot: when a record was first written down, and whether
//! it was changed after it was approved.
//!
//! Dates in a file are whatever somebody wrote; dates of commits are at least written down by a second system. Neither is
//! proof (who can push can also date a commit), but a record that is younger than its own approval, or wider than what was
//! approved, has to be explained.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::load;
use super::record::Record;
use super::registry::Registry;
use crate::date::Instant;
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// A file of the registry as a commit has it.
#[derive(Clone, Debug)]
pub struct Version {
    /// The id of the commit.
    pub commit: String,
    /// When it was committed.
    pub committed: Instant,
    /// The file.
    pub source: Arc<Source>,
}

/// A record as a commit has it.
struct Earlier<'a> {
    version: &'a Version,
    record: Record,
}

impl Registry {
    /// Holds the records against their history, oldest version first: `EXC031` for a record that was first committed after
    /// a day on which it is said to have been approved, `EXC028` for one whose content is not the one that was committed
    /// with the approval. Approvals that name the digest of what they approve need no history for the latter.
    pub fn lint_history(&self, versions: &[Version]) -> Vec<Diagnostic> {
        let mut history: BTreeMap<Arc<str>, Vec<Earlier<'_>>> = BTreeMap::new();
        for version in versions {
            let (records, _) = load::file(&version.source, &self.options.id_prefix);
            for loaded in records {
                let id = Arc::clone(&loaded.record.id.value);
                history.entry(id).or_default().push(Earlier {
                    version,
                    record: loaded.record,
                });
            }
        }
        let mut found = Vec::new();
        for record in &self.records {
            if let Some(earlier) = history.get(&record.id.value) {
                self.back_dated(record, earlier, &mut found);
                changed(record, earlier, &mut found);
            }
        }
        found
    }

    fn back_dated(&self, record: &Record, earlier: &[Earlier<'_>], found: &mut Vec<Diagnostic>) {
        let zone = self.options.zone;
        let first = earlier.iter().min_by_key(|earlier| earlier.version.committed);
        let Some(version) = first.map(|first| first.version) else {
            return;
        };
        let day = version.committed.date(zone);
        let older = record
            .approval
            .decisions
            .iter()
            .filter(|decision| decision.approved)
            .filter_map(|decision| Some((decision, decision.on.as_ref()?)))
            .find(|(_, on)| on.day(zone) < day);
        if let Some((decision, on)) = older {
            let message = format!(
                "`{}` was first committed on {day} ({:.12}), and the approval by `{}` is of {on}",
                record.id,
                version.commit,
                decision.by.as_deref().unwrap_or("nobody"),
            );
            found.push(
                Diagnostic::new(&codes::EXC031, message)
                    .at(&decision.span)
                    .help("ask for the approval again, now that there is something to approve"),
            );
        }
    }
}

/// Compares the record with what it was in the commit that brought each approval.
fn changed(record: &Record, earlier: &[Earlier<'_>], found: &mut Vec<Diagnostic>) {
    for decision in record
        .approval
        .decisions
        .iter()
        .filter(|decision| decision.approved && decision.approves.is_none())
    {
        let same = |other: &super::record::Decision| {
            other.approved
                && (&other.by, &other.role) == (&decision.by, &decision.role)
                && other.on.as_ref().map(ToString::to_string) == decision.on.as_ref().map(ToString::to_string)
        };
        let brought = earlier
            .iter()
            .find(|earlier| earlier.record.approval.decisions.iter().any(same));
        if let Some(brought) = brought.filter(|brought| brought.record.digest != record.digest) {
            let message = format!(
                "`{}` is not what `{}` approved: it was changed after {:.12} ({})",
                record.id,
                decision.by.as_deref().unwrap_or("nobody"),
                brought.version.commit,
                brought.version.committed.date(crate::date::UtcOffset::UTC),
            );
            found.push(
                Diagnostic::new(&codes::EXC028, message)
                    .at(&decision.span)
                    .help("have the new content approved, or undo the change"),
            );
        }
    }
}
