//! Which exceptions apply to a finding, and whether they cover all of it.
//!
//! A record applies when its control, one of its resource patterns and every dimension it names match. What is not known
//! about a finding never matches: a record for one account says nothing about a resource whose account nobody knows.

use std::sync::Arc;

use super::cover::{self, Cover};
use super::glob::Breadth;
use super::lifecycle::{State, StateAt};
use super::pattern::{Names, Pattern, PatternMatch};
use super::record::{Record, Renewal};
use super::registry::{Registry, veto};
use crate::control::{ControlId, ExceptionTerms};
use crate::date::{AsOf, Instant, UtcOffset};
use crate::resource::{Cell, Derived};
use crate::value::{AttributePath, Value};

/// A fact about the place of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// It is this.
    Known(&'a str),
    /// The input says nothing about it.
    Absent,
    /// The input says it in a way that is not known yet.
    Unknown,
}

impl<'a> From<&'a Derived> for Fact<'a> {
    fn from(derived: &'a Derived) -> Self {
        match &derived.cell {
            Cell::Known(_) => derived.as_str().map_or(Self::Unknown, Self::Known),
            Cell::Absent => Self::Absent,
            Cell::Unknown(_) => Self::Unknown,
        }
    }
}

/// What has to be known about a finding to find its exceptions. Its outcome is always `fail`: results that are unknown or
/// failed to evaluate cannot be excepted.
#[derive(Clone, Copy, Debug)]
pub struct FindingFacts<'a> {
    /// The control that is broken.
    pub control: &'a ControlId,
    /// What the control says about exceptions.
    pub terms: &'a ExceptionTerms,
    /// The names of the resource.
    pub names: Names<'a>,
    /// Account.
    pub account: Fact<'a>,
    /// Region.
    pub region: Fact<'a>,
    /// Environment.
    pub environment: Fact<'a>,
    /// Workload.
    pub workload: Fact<'a>,
    /// Effective tags: a map, absent, or unknown.
    pub tags: &'a Cell,
    /// Every violated path with the value found there; `None` when there is none.
    pub violations: &'a [(AttributePath, Option<Value>)],
}

/// An exception that is about a finding, whether it helps or not.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedException {
    /// The record.
    pub id: Arc<str>,
    /// Its state.
    pub state: State,
    /// Its last day or instant, when it has one.
    pub expires_on: Option<String>,
    /// Days left while it is in force, days since its end when it has expired.
    pub days: Option<i64>,
    /// True when the finding is suppressed and this record is part of why.
    pub suppresses: bool,
    /// True for the one that reports show first.
    pub primary: bool,
    /// True when it covers every violation.
    pub covers_all: bool,
    /// The violations it covers.
    pub covered_paths: Vec<AttributePath>,
    /// Why it does not suppress, or what to know about it.
    pub note: Option<String>,
    /// Its place in the chain of renewals.
    pub renewal: Renewal,
}

/// What the registry says about a finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Application {
    /// The exceptions that are about the finding, the primary one first.
    pub matches: Vec<MatchedException>,
    /// True when records in force cover the finding completely.
    pub suppressed: bool,
    /// Records in force that would have applied but for a reason, by id.
    pub not_applied: Vec<(Arc<str>, String)>,
}

impl Application {
    /// The exception that reports show first.
    pub fn primary(&self) -> Option<&MatchedException> {
        self.matches.first()
    }
}

/// A record that matched, before it is weighed against the others.
struct Candidate<'r> {
    record: &'r Record,
    at: StateAt,
    breadth: Breadth,
    moved: bool,
    cover: Cover,
}

impl Candidate<'_> {
    fn contributes(&self) -> bool {
        self.at.suppresses && self.cover.is_some()
    }

    fn covers_all(&self) -> bool {
        self.at.suppresses && self.cover.is_complete()
    }
}

impl Registry {
    /// Finds the exceptions of a finding and says whether they suppress it.
    ///
    /// Several records may cover a finding together when each of them is in force. The primary one is chosen by: being
    /// in force, covering everything, an exact pattern before a wide one, more dimensions, the earlier end, the id.
    pub fn apply(&self, finding: &FindingFacts<'_>, as_of: AsOf) -> Application {
        let mut application = Application::default();
        let mut candidates = Vec::new();
        let about = self.by_control.get(finding.control).into_iter().flatten();
        for record in about.filter_map(|&at| self.records.get(at)) {
            let found = match names(record, &finding.names) {
                Naming::Nothing => continue,
                found => found,
            };
            let at = self.state(record, as_of);
            match self.candidate(record, at, found, finding) {
                Ok(candidate) => candidates.push(candidate),
                // Only a record that could have helped owes an explanation.
                Err(reason) if at.suppresses => {
                    application.not_applied.push((record.id.value.clone(), reason));
                }
                Err(_) => {}
            }
        }
        candidates.sort_by(|left, right| self.rank(left).cmp(&self.rank(right)));
        let alone = candidates.iter().any(Candidate::covers_all);
        let together = cover::union(
            candidates
                .iter()
                .filter(|one| one.contributes())
                .map(|one| &one.cover),
        );
        application.suppressed = finding.terms.allowed && (alone || together);
        let total = finding.violations.len();
        for (at, candidate) in candidates.iter().enumerate() {
            let helps = if alone {
                candidate.covers_all()
            } else {
                candidate.contributes()
            };
            let suppresses = application.suppressed && helps;
            application.matches.push(MatchedException {
                id: candidate.record.id.value.clone(),
                state: candidate.at.state,
                expires_on: candidate.record.expires_on.as_ref().map(|on| on.to_string()),
                days: candidate.at.days_left.or(candidate.at.days_expired),
                suppresses,
                primary: at == 0,
                covers_all: candidate.cover.is_complete(),
                covered_paths: candidate.cover.paths(finding.violations),
                note: self.note(candidate, finding, suppresses, total, as_of),
                renewal: candidate.record.renewal,
            });
        }
        application
    }

    /// `Err`: the record is about this resource, and cannot be applied to the finding.
    fn candidate<'r>(
        &self,
        record: &'r Record,
        at: StateAt,
        found: Naming<'r>,
        finding: &FindingFacts<'_>,
    ) -> Result<Candidate<'r>, String> {
        let (breadth, moved) = match found {
            Naming::Named { breadth, moved } => (breadth, moved),
            Naming::KeyMissing(pattern) => {
                let id = finding.names.id;
                return Err(format!(
                    "`{pattern}` has no instance key and does not cover `{id}`; write `[*]` for every instance"
                ));
            }
            Naming::StackUnknown(pattern) => {
                return Err(format!(
                    "`{pattern}` names a stack, and the stack of this template is not known"
                ));
            }
            Naming::Nothing => return Err("it names other resources".into()),
        };
        self.dimensions(record, finding)?;
        let cover = cover::of(&record.scope, finding.violations);
        if !cover.is_some() && cover.drift().is_none() {
            let fields: Vec<_> = record
                .scope
                .fields
                .iter()
                .flatten()
                .map(|path| format!("`{path}`"))
                .collect();
            let named = if fields.is_empty() {
                "the values it expects".to_owned()
            } else {
                fields.join(", ")
            };
            return Err(format!("it covers {named} only"));
        }
        Ok(Candidate {
            record,
            at,
            breadth,
            moved,
            cover,
        })
    }

    /// Holds every dimension that the record names against the finding.
    fn dimensions(&self, record: &Record, finding: &FindingFacts<'_>) -> Result<(), String> {
        let scope = &record.scope;
        let accounts = self.options.accounts.as_ref();
        if let Some(covered) = &scope.accounts {
            let id = |account: &str| {
                accounts
                    .and_then(|accounts| accounts.id(account))
                    .map(str::to_owned)
            };
            holds(finding.account, "account", "pass --account", |account| {
                covered.iter().any(|name| {
                    *name.value == *account || id(name).is_some_and(|name| id(account) == Some(name))
                })
            })?;
        }
        if let Some(covered) = &scope.regions {
            holds(finding.region, "region", "pass --region", |region| {
                covered.iter().any(|name| *name.value == *region)
            })?;
        }
        if let Some(covered) = &scope.environments {
            holds(finding.environment, "environment", "pass --environment", |name| {
                covered
                    .iter()
                    .any(|covered| self.environment(covered.as_str()) == self.environment(name))
            })?;
        }
        if let Some(covered) = &scope.workloads {
            holds(
                finding.workload,
                "workload",
                "tag the resource with its workload",
                |workload| covered.iter().any(|name| **name == *workload),
            )?;
        }
        for (key, values) in scope.tags.iter().flatten() {
            let known = match finding.tags {
                Cell::Known(tags) => tags.get(key),
                Cell::Absent => None,
                Cell::Unknown(_) => return Err("the tags of the resource are not known".into()),
            };
            match known {
                Some(value) if value.as_unknown().is_some() => {
                    return Err(format!("tag `{key}` is not known"));
                }
                Some(value)
                    if value
                        .as_str()
                        .is_some_and(|value| values.iter().any(|covered| **covered == *value)) => {}
                _ => return Err(format!("it covers other values of the tag `{key}`")),
            }
        }
        Ok(())
    }

    fn environment(&self, name: &str) -> crate::control::Environment {
        match &self.options.accounts {
            Some(accounts) => accounts.environment_of(name),
            None => crate::control::Environment::resolve(name),
        }
    }

    /// Smaller is better.
    fn rank<'r>(
        &self,
        candidate: &Candidate<'r>,
    ) -> (
        bool,
        bool,
        Breadth,
        std::cmp::Reverse<usize>,
        bool,
        Option<Instant>,
        &'r str,
    ) {
        let end = candidate
            .record
            .expires_on
            .as_ref()
            .map(|on| on.end(self.options.zone));
        (
            !candidate.contributes(),
            !candidate.cover.is_complete(),
            candidate.breadth,
            std::cmp::Reverse(candidate.record.scope.dimensions()),
            end.is_none(),
            end,
            &candidate.record.id.value,
        )
    }

    fn note(
        &self,
        candidate: &Candidate<'_>,
        finding: &FindingFacts<'_>,
        suppresses: bool,
        total: usize,
        as_of: AsOf,
    ) -> Option<String> {
        if !candidate.at.suppresses {
            return Some(self.state_note(candidate.record, candidate.at, as_of));
        }
        if !finding.terms.allowed {
            return Some(format!("{} allows no exceptions", finding.control));
        }
        if let Some(drift) = candidate.cover.drift() {
            return Some(drift.to_owned());
        }
        if !suppresses && !candidate.cover.is_complete() {
            return Some(format!(
                "{} of {total} violations excepted",
                candidate.cover.count()
            ));
        }
        candidate
            .moved
            .then(|| "it names the address the resource had before it moved".to_owned())
    }

    /// Why a record that matches does not suppress, in words that complete "exception EXC-2026-0007 …".
    fn state_note(&self, record: &Record, at: StateAt, as_of: AsOf) -> String {
        let zone = self.options.zone;
        let shown = |point: Option<String>| point.unwrap_or_default();
        let expires = shown(record.expires_on.as_ref().map(|on| on.to_string()));
        match at.state {
            State::Draft => "is a draft: nobody requested it yet".into(),
            State::Requested if record.missing_roles.is_empty() => "is requested and not approved yet".into(),
            State::Requested => format!(
                "is requested; an approval by {} is missing",
                quoted(&record.missing_roles)
            ),
            State::Scheduled => {
                let start = record.effective_from.as_ref().map(|from| from.to_string());
                let start = start.or(record.timeline.start.map(|start| start.to_string()));
                format!("starts on {}", shown(start))
            }
            State::Expired => match at.days_expired.unwrap_or_default() {
                0 => format!("expired today at {expires}"),
                1 => format!("expired 1 day ago ({expires}, {})", zone_name(zone)),
                days => format!("expired {days} days ago ({expires}, {})", zone_name(zone)),
            },
            State::Rejected => "was rejected".into(),
            State::Revoked => {
                let on = record
                    .revocation
                    .as_ref()
                    .and_then(|revocation| revocation.on.as_ref());
                format!("was revoked on {}", shown(on.map(|on| on.to_string())))
            }
            State::Closed => {
                let on = record
                    .closure
                    .as_ref()
                    .and_then(|closure| closure.closed_on.as_ref());
                format!("was closed on {}", shown(on.map(|on| on.to_string())))
            }
            State::Superseded => "was superseded by its renewal".into(),
            State::Active | State::Expiring => "is in force, and its review is overdue".into(),
            State::Invalid => {
                let fault = record
                    .faults
                    .first()
                    .map(|fault| format!("{}: {}", fault.code.id, fault.message));
                let fault = fault.or_else(|| veto(record, record.timeline.at(as_of).state));
                format!("is invalid and suppresses nothing ({})", shown(fault))
            }
        }
    }
}

/// What the patterns of a record say about a resource.
#[derive(Clone, Copy)]
enum Naming<'r> {
    /// One of them means it.
    Named { breadth: Breadth, moved: bool },
    /// This one lacks an instance key.
    KeyMissing(&'r Pattern),
    /// This one names a stack, and nobody knows which stack this is.
    StackUnknown(&'r Pattern),
    /// None of them means it.
    Nothing,
}

/// The narrowest pattern decides; its address of today counts before the one from before a move.
fn names<'r>(record: &'r Record, names: &Names<'_>) -> Naming<'r> {
    let mut best: Option<(Breadth, bool)> = None;
    let mut near = Naming::Nothing;
    for pattern in &record.scope.resources {
        let moved = match pattern.matches(names) {
            PatternMatch::Yes => false,
            PatternMatch::Moved => true,
            PatternMatch::InstanceKeyMissing => {
                near = Naming::KeyMissing(&pattern.value);
                continue;
            }
            PatternMatch::StackUnknown => {
                near = Naming::StackUnknown(&pattern.value);
                continue;
            }
            PatternMatch::No => continue,
        };
        let this = (pattern.breadth(), moved);
        best = Some(best.map_or(this, |best| best.min(this)));
    }
    best.map_or(near, |(breadth, moved)| Naming::Named { breadth, moved })
}

fn zone_name(zone: UtcOffset) -> String {
    if zone == UtcOffset::UTC {
        "UTC".into()
    } else {
        zone.to_string()
    }
}

fn quoted(names: &[Arc<str>]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" and ")
}

/// Holds one dimension against a fact.
fn holds(fact: Fact<'_>, name: &str, hint: &str, covered: impl Fn(&str) -> bool) -> Result<(), String> {
    match fact {
        Fact::Known(value) if covered(value) => Ok(()),
        Fact::Known(value) => Err(format!("it does not cover {name} `{value}`")),
        Fact::Absent | Fact::Unknown => Err(format!("{name} unknown; {hint}")),
    }
}
