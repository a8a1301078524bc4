//! All exception records of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::accounts::Accounts;
use super::approval::weigh;
use super::codes;
use super::lifecycle::{ReviewPlan, State, StateAt, Timeline};
use super::lint;
use super::load;
use super::matcher::Application;
use super::pattern::{Names, PatternMatch};
use super::people::People;
use super::record::{Fault, Folder, Record};
use super::{approval, chain};
use crate::control::{Catalog, ControlId};
use crate::date::{AsOf, UtcOffset};
use crate::diagnostic::{Diagnostic, Level};
use crate::source::Source;

/// What holds for all records of a registry.
#[derive(Clone, Debug)]
pub struct RegistryOptions {
    /// Where days begin and end.
    pub zone: UtcOffset,
    /// How many days before its end a record counts as expiring, at most half of its duration.
    pub warn_days: u32,
    /// True: a record whose review is overdue does not suppress.
    pub overdue_reopens: bool,
    /// What ids start with.
    pub id_prefix: String,
    /// Who holds which role.
    pub people: Option<People>,
    /// Which accounts there are.
    pub accounts: Option<Accounts>,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            zone: UtcOffset::UTC,
            warn_days: 14,
            overdue_reopens: false,
            id_prefix: "EXC".into(),
            people: None,
            accounts: None,
        }
    }
}

/// The exception records of a run, in the order of their ids.
///
/// ```
/// use policy_core::control::Catalog;
/// use policy_core::exception::{Registry, RegistryOptions};
/// use policy_core::source::Source;
///
/// let file = Source::new("exceptions/approved/EXC-2026-0007.yaml", "id: EXC-2026-0007\ncontrolId: DP-ENC-001\n");
/// let (registry, diagnostics) = Registry::load(&[file], &Catalog::default(), RegistryOptions::default());
/// assert_eq!(registry.records().len(), 1);
/// assert!(diagnostics.iter().any(|diagnostic| diagnostic.code.id == "EXC001"), "it has no expiry");
/// assert!(!registry.records()[0].is_valid());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    pub(super) records: Vec<Record>,
    pub(super) by_control: BTreeMap<ControlId, Vec<usize>>,
    pub(super) options: RegistryOptions,
}

impl Registry {
    /// Reads the files of a registry. The order of the files changes nothing.
    ///
    /// Every problem is a diagnostic; records with an error that makes them invalid stay in the registry and suppress
    /// nothing. What depends on the day is reported by [`Registry::lint`].
    pub fn load(
        files: &[Arc<Source>],
        catalog: &Catalog,
        options: RegistryOptions,
    ) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut loaded = Vec::new();
        for source in files {
            let (records, faults) = load::file(source, &options.id_prefix);
            loaded.extend(records);
            diagnostics.extend(faults);
        }
        loaded.sort_by(|left, right| order(&left.record).cmp(&order(&right.record)));
        let (mut records, mut found): (Vec<_>, Vec<_>) = loaded
            .into_iter()
            .map(|loaded| (loaded.record, loaded.diagnostics))
            .unzip();

        for (record, found) in records.iter_mut().zip(&mut found) {
            let terms = record.control.as_ref().and_then(|id| catalog.controls.get(&**id));
            let standing = weigh(
                record,
                terms.map(|control| &control.exception),
                options.people.as_ref(),
                options.zone,
            );
            record.timeline = timeline(record, &standing, &options);
            found.extend(lint::record(record, &standing, catalog, &options));
            record.missing_roles = standing.missing_roles;
        }
        for (found, chain) in found.iter_mut().zip(chain::number(&mut records, catalog)) {
            found.extend(chain);
        }
        for (found, duplicate) in found.iter_mut().zip(duplicates(&records)) {
            found.extend(duplicate);
        }
        for (record, found) in records.iter_mut().zip(found) {
            record.faults = found
                .iter()
                .filter(|diagnostic| diagnostic.level == Level::Error && codes::voids_record(diagnostic.code))
                .map(|diagnostic| Fault {
                    code: diagnostic.code,
                    message: diagnostic.message.clone(),
                })
                .collect();
            record.timeline.valid = record.faults.is_empty();
            diagnostics.extend(found);
        }
        supersede(&mut records);
        diagnostics.extend(unverifiable(&records, &options));
        sort(&mut diagnostics);

        let mut by_control: BTreeMap<ControlId, Vec<usize>> = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            if let Some(control) = &record.control {
                by_control.entry(control.value.clone()).or_default().push(at);
            }
        }
        (
            Self {
                records,
                by_control,
                options,
            },
            diagnostics,
        )
    }

    /// The records, in the order of their ids.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The record of this id; the first one when the id is not unique.
    pub fn get(&self, id: &str) -> Option<&Record> {
        let at = self.records.partition_point(|record| *record.id.value < *id);
        self.records.get(at).filter(|record| *record.id.value == *id)
    }

    /// What holds for all records.
    pub fn options(&self) -> &RegistryOptions {
        &self.options
    }

    /// The state of a record at a point in time.
    ///
    /// A record that would be in force is *invalid* when it lies under `exceptions/expired/`, or when the file asserts
    /// another state.
    pub fn state(&self, record: &Record, as_of: AsOf) -> StateAt {
        let at = record.timeline.at(as_of);
        if at.state.suppresses() && veto(record, at.state).is_some() {
            return StateAt {
                state: State::Invalid,
                days_left: None,
                days_expired: None,
                review_overdue: false,
                suppresses: false,
            };
        }
        at
    }

    /// What is wrong on this day: records that are over and filed as approved, or the other way round, overdue reviews,
    /// and states that are asserted wrongly.
    pub fn lint(&self, as_of: AsOf) -> Vec<Diagnostic> {
        let mut found: Vec<_> = self
            .records
            .iter()
            .flat_map(|record| lint::day(record, as_of))
            .collect();
        sort(&mut found);
        found
    }

    /// The pairs of records in force that name the same pattern for the same control without excluding each other by
    /// account, Region, environment or field. What [`Registry::overlaps`] finds in a run, as far as it shows without one.
    pub fn twins(&self, as_of: AsOf) -> Vec<Diagnostic> {
        let mut by_pattern: BTreeMap<(&ControlId, &str), Vec<&Record>> = BTreeMap::new();
        for record in self
            .records
            .iter()
            .filter(|record| self.state(record, as_of).suppresses)
        {
            let Some(control) = &record.control else { continue };
            for pattern in &record.scope.resources {
                by_pattern
                    .entry((control, pattern.as_str()))
                    .or_default()
                    .push(record);
            }
        }
        let mut pairs = BTreeSet::new();
        let mut found = Vec::new();
        for records in by_pattern.values() {
            let neighbours = records.iter().zip(records.iter().skip(1));
            for (first, second) in neighbours.filter(|(first, second)| first.scope.meets(&second.scope)) {
                if first.id.span != second.id.span && pairs.insert((&first.id.value, &second.id.value)) {
                    let message = format!("`{}` and `{}` cover the same resource", first.id, second.id);
                    found.push(
                        Diagnostic::new(&codes::EXC024, message)
                            .at(&second.id.span)
                            .label(&first.id.span, "the other one")
                            .help("keep one of them; to prolong a record write a new one that supersedes it"),
                    );
                }
            }
        }
        sort(&mut found);
        found
    }

    /// The records in force that no finding needed. Meaningful when the run saw everything the registry is about.
    pub fn unused(&self, used: &BTreeSet<Arc<str>>, as_of: AsOf) -> Vec<Diagnostic> {
        let unused = self
            .records
            .iter()
            .filter(|record| self.state(record, as_of).suppresses && !used.contains(&record.id.value));
        unused
            .map(|record| {
                Diagnostic::new(&codes::EXC023, format!("`{}` matched no finding", record.id))
                    .at(&record.id.span)
                    .help("close it if the deviation is gone")
            })
            .collect()
    }

    /// The records in force none of whose patterns names a resource of the run. Meaningful like [`Registry::unused`].
    pub fn dead_scopes(&self, resources: &[Names<'_>], as_of: AsOf) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for record in self
            .records
            .iter()
            .filter(|record| self.state(record, as_of).suppresses)
        {
            for pattern in &record.scope.resources {
                if resources
                    .iter()
                    .all(|names| matches!(pattern.matches(names), PatternMatch::No))
                {
                    found.push(
                        Diagnostic::new(
                            &codes::EXC026,
                            format!("pattern `{}` names no resource of this run", pattern.value),
                        )
                        .at(&pattern.span)
                        .help("correct it, or close the exception if the resource is gone"),
                    );
                }
            }
        }
        sort(&mut found);
        found
    }

    /// The pairs of records that cover the same finding completely, each pair reported once.
    pub fn overlaps<'a>(&self, applications: impl IntoIterator<Item = &'a Application>) -> Vec<Diagnostic> {
        let mut pairs = BTreeSet::new();
        for application in applications {
            let mut full = application
                .matches
                .iter()
                .filter(|matched| matched.suppresses && matched.covers_all);
            if let Some(primary) = full.next() {
                pairs.extend(full.map(|other| (other.id.clone(), primary.id.clone())));
            }
        }
        let records = pairs
            .into_iter()
            .filter_map(|(other, primary)| self.get(&other).zip(self.get(&primary)));
        let mut found: Vec<_> = records
            .map(|(other, primary)| {
                Diagnostic::new(
                    &codes::EXC024,
                    format!("`{}` and `{}` cover the same finding", primary.id, other.id),
                )
                .at(&other.id.span)
                .label(&primary.id.span, "the one that is used")
                .help("keep one of them; to prolong a record write a new one that supersedes it")
            })
            .collect();
        sort(&mut found);
        found
    }
}

/// Why a record that is in force by its dates suppresses nothing all the same.
pub(super) fn veto(record: &Record, computed: State) -> Option<String> {
    if record.folder == Folder::Expired {
        return Some(format!(
            "{}: it is filed under `exceptions/expired/`",
            codes::EXC021.id
        ));
    }
    let asserted = record
        .asserted_state
        .as_ref()
        .filter(|asserted| !lint::agrees(asserted.value, computed))?;
    Some(format!(
        "{}: the file says that it is {asserted}, and it is {computed}",
        codes::EXC029.id
    ))
}

fn timeline(record: &Record, standing: &approval::Standing, options: &RegistryOptions) -> Timeline {
    let zone = options.zone;
    let closure = record
        .closure
        .as_ref()
        .and_then(|closure| closure.closed_on.as_ref());
    let revocation = record
        .revocation
        .as_ref()
        .and_then(|revocation| revocation.on.as_ref());
    let last = record
        .review
        .last_reviewed_on
        .as_ref()
        .map(|last| last.start(zone));
    Timeline {
        valid: false,
        zone,
        requested_from: record.approval.requested_on.as_ref().map(|on| on.start(zone)),
        approved_from: standing.approved_from,
        rejected_from: standing.rejected_from,
        revoked_from: revocation.map(|on| on.start(zone)),
        closed_from: closure.map(|on| on.start(zone)),
        superseded_from: None,
        start: record
            .effective_from
            .as_ref()
            .map(|from| from.start(zone))
            .or(standing.approved_from),
        end: record.expires_on.as_ref().map(|on| on.end(zone)),
        last_day: record.expires_on.as_ref().map(|on| on.day(zone)),
        warn_days: options.warn_days.into(),
        review: record.review.cadence.map(|cadence| ReviewPlan { cadence, last }),
        overdue_reopens: options.overdue_reopens,
    }
}

/// Ends every record on the day on which its renewal first was in force. It stays ended when the renewal is over.
fn supersede(records: &mut [Record]) {
    let mut ends: BTreeMap<Arc<str>, crate::date::Instant> = BTreeMap::new();
    for record in records.iter() {
        if let Some((superseded, from)) = record.supersedes.as_ref().zip(record.timeline.in_force_from()) {
            let end = ends.entry(superseded.value.clone()).or_insert(from);
            *end = from.min(*end);
        }
    }
    for record in records {
        record.timeline.superseded_from = ends.get(&record.id.value).copied();
    }
}

/// One list per record: that its id occurs more than once. Records without a proper id have been reported already.
fn duplicates(records: &[Record]) -> Vec<Option<Diagnostic>> {
    let mut by_id: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records {
        by_id.entry(&record.id.value).or_default().push(record);
    }
    records
        .iter()
        .map(|record| {
            let same = by_id.get(&*record.id.value)?;
            // Records without an id stand under the name of their file.
            let named = *record.id.value != *record.span.source().name();
            let other = same
                .iter()
                .find(|other| other.id.span != record.id.span)
                .filter(|_| named)?;
            Some(
                Diagnostic::new(
                    &codes::EXC002,
                    format!("exception `{}` occurs {} times", record.id, same.len()),
                )
                .at(&record.id.span)
                .label(&other.id.span, "also here")
                .help("give each record its own id; until then none of them is used"),
            )
        })
        .collect()
}

/// Says once per registry what nobody checked about its approvals, and for each record what it does not tell.
fn unverifiable(records: &[Record], options: &RegistryOptions) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let approved = || {
        records
            .iter()
            .filter(|record| record.approval.decisions.iter().any(|decision| decision.approved))
    };
    if options.people.is_none()
        && let Some(record) = approved().next()
    {
        let place = record.approval.span.as_ref().unwrap_or(&record.span);
        found.push(
            Diagnostic::new(
                &codes::EXC040,
                format!(
                    "separation of duties is unverifiable ({} approved): there is no people registry",
                    approved().count()
                ),
            )
            .at(place)
            .help("write `registry/people.yaml` with roles and teams"),
        );
    }
    for record in approved() {
        let log = &record.approval;
        if log.requested_by.is_none() || log.requested_on.is_none() {
            let place = log.span.as_ref().unwrap_or(&record.span);
            found.push(
                Diagnostic::new(
                    &codes::EXC040,
                    format!("`{}` does not say who requested it and when", record.id),
                )
                .level(Level::Warning)
                .at(place)
                .help("add `requestedBy` and `requestedOn` under `approval`"),
            );
        }
    }
    found
}

fn order(record: &Record) -> (&str, &str, usize) {
    (&record.id.value, record.span.source().name(), record.span.start())
}

fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by_cached_key(|diagnostic| {
        (
            diagnostic.file().map(str::to_owned),
            diagnostic.location(),
            diagnostic.code.id,
            diagnostic.message.clone(),
        )
    });
}
