//! Metrics of governance, governance format §2.9: numbers with the list behind each of them.
//!
//! A number is always counted from its list, so `--explain` shows what was counted and nothing else. A ratio whose
//! denominator is zero has no value: "no finding has an owner" and "there is no finding" are different statements. What
//! cannot be measured from reports and exceptions is listed without a value and with the reason.

mod logged;
mod metric;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use logged::last_drill;
pub use metric::{Measure, Metric};

use crate::control::{Catalog, Severity};
use crate::date::{AsOf, Date};
use crate::evaluation::Finding;
use crate::evidence::record::Record;
use crate::exception::{self, Registry, State};
use crate::report::Mode;
use crate::report::read::SavedReport;
use crate::rule::Outcome;

/// What to measure.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// Saved reports, in any order. Reports of the same inputs are one series over time.
    pub reports: &'a [SavedReport],
    /// The exceptions.
    pub registry: &'a Registry,
    /// The controls.
    pub catalog: &'a Catalog,
    /// The records of the evidence log; `None` without a log, which is not the same as an empty one.
    pub log: Option<&'a [Record]>,
    /// The day everything is measured at.
    pub as_of: AsOf,
}

/// Measures everything, in a fixed order.
pub fn measure(measured: &Measured<'_>) -> Vec<Metric> {
    let book = Book::of(measured);
    let mut metrics = book.coverage();
    metrics.extend(book.findings());
    metrics.extend(book.exceptions());
    metrics.extend(logged::measure(measured));
    metrics
}

/// The inputs, ordered.
struct Book<'a> {
    measured: &'a Measured<'a>,
    today: Date,
    /// Reports of the same inputs, oldest first.
    series: Vec<Vec<(Date, &'a SavedReport)>>,
}

impl<'a> Book<'a> {
    fn of(measured: &'a Measured<'a>) -> Self {
        let mut series: BTreeMap<Vec<&str>, Vec<(Date, &SavedReport)>> = BTreeMap::new();
        let today = measured.as_of.date(measured.registry.options().zone);
        for report in measured
            .reports
            .iter()
            .filter(|report| report.run.mode == Mode::Current)
        {
            let day = report.run.as_of.get(..10).and_then(|day| Date::parse(day).ok());
            // What was observed later was not known then.
            let Some(day) = day.filter(|day| *day <= today) else {
                continue;
            };
            let mut inputs: Vec<&str> = report
                .run
                .inputs
                .iter()
                .map(|input| input.path.as_str())
                .collect();
            inputs.sort_unstable();
            series.entry(inputs).or_default().push((day, report));
        }
        let mut series: Vec<_> = series.into_values().collect();
        for reports in &mut series {
            reports.sort_by_key(|(day, _)| *day);
        }
        Self {
            measured,
            today,
            series,
        }
    }

    /// The latest report of each series.
    fn latest(&self) -> impl Iterator<Item = &'a SavedReport> {
        self.series
            .iter()
            .filter_map(|reports| reports.last().map(|(_, report)| *report))
    }

    fn failures(&self) -> impl Iterator<Item = &'a Finding> {
        self.latest()
            .flat_map(|report| &report.run.assessment.findings)
            .filter(|finding| finding.outcome == Outcome::Fail)
    }

    fn coverage(&self) -> Vec<Metric> {
        let mut evaluated: BTreeSet<&str> = BTreeSet::new();
        for (_, report) in self.series.iter().flatten() {
            let assessment = &report.run.assessment;
            let outcomes = assessment
                .evaluations
                .iter()
                .filter(|outcome| outcome.outcome != Outcome::NotApplicable);
            evaluated.extend(outcomes.map(|outcome| outcome.control.as_str()));
            evaluated.extend(
                assessment
                    .findings
                    .iter()
                    .chain(&assessment.unknowns)
                    .map(|finding| finding.control.as_str()),
            );
        }
        let active = || {
            self.measured
                .catalog
                .controls
                .values()
                .filter(|control| &*control.status == "active")
        };
        vec![
            Metric::ratio(
                "controlCoverageDeclared",
                "active controls that name an evidence source",
                active().map(|control| (control.id.to_string(), !control.evidence_sources.is_empty())),
            ),
            Metric::ratio(
                "controlCoverage",
                "active controls that name an evidence source and have evidence in the reports",
                active().map(|control| {
                    let has = !control.evidence_sources.is_empty() && evaluated.contains(control.id.as_str());
                    (control.id.to_string(), has)
                }),
            ),
        ]
    }

    fn findings(&self) -> Vec<Metric> {
        let open = || self.failures().filter(|finding| !finding.is_suppressed());
        let name = |finding: &Finding| {
            let resource = finding
                .resource
                .as_ref()
                .map_or("account", |resource| resource.id.as_str());
            format!("{} {resource} [{}]", finding.control, finding.fingerprint)
        };
        let mut by_control: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for finding in self.failures() {
            let counts = by_control.entry(finding.control.as_str()).or_default();
            counts.0 += usize::from(finding.is_suppressed());
            counts.1 += 1;
        }
        let noisy = by_control.iter().map(|(control, (excepted, all))| {
            (
                format!("{control}: {excepted} of {all} excepted"),
                excepted * 2 > *all,
            )
        });
        vec![
            Metric::count(
                "openFindings",
                "failures that nobody accepted",
                open()
                    .map(|finding| (name(finding), Some(finding.severity)))
                    .collect(),
            ),
            Metric::days(
                "noncomplianceAge",
                "days since the first report of the unbroken run of failures",
                self.ages(),
            ),
            Metric::days(
                "timeToRemediate",
                "days from the first report with a failure to the first without",
                self.mended(),
            ),
            Metric::ratio(
                "unownedRate",
                "open findings whose resource has no owner",
                open().map(|finding| {
                    (
                        name(finding),
                        finding
                            .resource
                            .as_ref()
                            .is_none_or(|resource| resource.owner.is_none()),
                    )
                }),
            ),
            Metric::ratio(
                "exceptionRate",
                "failures that an exception in force accepts",
                self.failures()
                    .map(|finding| (name(finding), finding.is_suppressed())),
            ),
            Metric::ratio(
                "noiseIndex",
                "controls most of whose failures are excepted: change the control instead",
                noisy,
            ),
        ]
    }

    /// Open failures with the days they have been open.
    fn ages(&self) -> Vec<(String, i64)> {
        let mut ages = Vec::new();
        for reports in &self.series {
            let mut since: BTreeMap<&str, Date> = BTreeMap::new();
            let mut open: Vec<&Finding> = Vec::new();
            for (day, report) in reports {
                open = report
                    .run
                    .assessment
                    .findings
                    .iter()
                    .filter(|finding| finding.outcome == Outcome::Fail)
                    .collect();
                let before = std::mem::take(&mut since);
                since = open
                    .iter()
                    .map(|finding| {
                        let print = finding.fingerprint.as_str();
                        (print, before.get(print).copied().unwrap_or(*day))
                    })
                    .collect();
            }
            for finding in open.into_iter().filter(|finding| !finding.is_suppressed()) {
                let print = finding.fingerprint.as_str();
                if let Some(first) = since.get(print) {
                    ages.push((
                        format!("{} {} [{print}]", finding.severity.as_str(), finding.control),
                        self.today.days_since(*first),
                    ));
                }
            }
        }
        ages
    }

    /// Failures that a later report of the same inputs no longer has, with the days they lasted.
    fn mended(&self) -> Vec<(String, i64)> {
        let mut mended = Vec::new();
        for reports in &self.series {
            let mut since: BTreeMap<&str, Date> = BTreeMap::new();
            for (day, report) in reports {
                let findings = report
                    .run
                    .assessment
                    .findings
                    .iter()
                    .chain(&report.run.assessment.unknowns);
                // An unknown outcome is no proof that something was mended.
                let seen: BTreeSet<&str> = findings.map(|finding| finding.fingerprint.as_str()).collect();
                since.retain(|print, first| {
                    let gone = !seen.contains(print);
                    if gone {
                        mended.push((format!("[{print}] since {first}"), day.days_since(*first)));
                    }
                    !gone
                });
                for finding in report
                    .run
                    .assessment
                    .findings
                    .iter()
                    .filter(|finding| finding.outcome == Outcome::Fail)
                {
                    since.entry(finding.fingerprint.as_str()).or_insert(*day);
                }
            }
        }
        mended
    }

    fn exceptions(&self) -> Vec<Metric> {
        let registry = self.measured.registry;
        let states: Vec<(&exception::Record, State, bool)> = registry
            .records()
            .iter()
            .map(|record| {
                let at = registry.state(record, self.measured.as_of);
                (record, at.state, at.review_overdue)
            })
            .collect();
        let in_force = || states.iter().filter(|(_, state, _)| state.suppresses());
        let of_state = |wanted: State| {
            states
                .iter()
                .filter(move |(_, state, _)| *state == wanted)
                .map(|(record, ..)| *record)
        };
        let ages: Vec<(&exception::Record, i64)> = in_force()
            .filter_map(|(record, ..)| {
                Some((*record, self.today.days_since(self.chain_start(record)?).max(0)))
            })
            .collect();
        let reopened: BTreeSet<&str> = self
            .failures()
            .filter(|finding| !finding.is_suppressed())
            .flat_map(|finding| &finding.exceptions)
            .filter(|exception| exception.state == State::Expired.as_str())
            .map(|exception| exception.id.as_str())
            .collect();
        let ended = of_state(State::Closed).map(|record| (record.id.to_string(), true));
        let ended = ended.chain(of_state(State::Expired).map(|record| (record.id.to_string(), false)));
        vec![
            Metric::count(
                "exceptionCount",
                "exceptions in force",
                in_force()
                    .map(|(record, state, _)| (format!("{} ({state})", record.id), self.severity(record)))
                    .collect(),
            ),
            Metric::count(
                "expiredStillFiled",
                "expired exceptions that nobody closed",
                of_state(State::Expired)
                    .map(|record| (record.id.to_string(), self.severity(record)))
                    .collect(),
            ),
            Metric::days(
                "exceptionAge",
                "days since the start of the first record of the chain of renewals",
                ages.iter()
                    .map(|(record, days)| (record.id.to_string(), *days))
                    .collect(),
            ),
            self.debt(&ages),
            Metric::ratio(
                "reviewTimeliness",
                "exceptions in force whose review is not overdue",
                in_force().map(|(record, _, overdue)| (record.id.to_string(), !overdue)),
            ),
            Metric::ratio(
                "expiryHygiene",
                "ended exceptions that were closed before they expired",
                ended,
            ),
            Metric::ratio(
                "reopenRate",
                "expired exceptions whose finding is open again",
                of_state(State::Expired)
                    .map(|record| (record.id.to_string(), reopened.contains(&*record.id.value))),
            ),
        ]
    }

    /// The sum over exceptions in force of days so far times the weight of the severity. What a control of unknown
    /// severity lets pass counts like the worst: it cannot be called small.
    fn debt(&self, ages: &[(&exception::Record, i64)]) -> Metric {
        let mut total: i64 = 0;
        let mut list = Vec::new();
        for (record, days) in ages {
            let weight = match self.severity(record) {
                Some(Severity::Critical) | None => 8,
                Some(Severity::High) => 4,
                Some(Severity::Medium) => 2,
                Some(Severity::Low | Severity::Info) => 1,
            };
            let debt = days.saturating_mul(weight);
            total = total.saturating_add(debt);
            list.push(format!("{debt} = {days} d × {weight}: {}", record.id));
        }
        Metric {
            name: "exceptionDebt",
            meaning: "days in force so far, times 8 critical, 4 high, 2 medium, 1 low",
            measure: Measure::Amount(total),
            list,
        }
    }

    fn severity(&self, record: &exception::Record) -> Option<Severity> {
        let control = record.control.as_ref()?;
        self.measured
            .catalog
            .controls
            .get(&control.value)
            .map(|control| control.severity)
    }

    /// The first day of the oldest record in the chain of renewals: a renewal does not make a deviation young.
    fn chain_start(&self, record: &exception::Record) -> Option<Date> {
        let registry = self.measured.registry;
        let zone = registry.options().zone;
        let mut seen = BTreeSet::new();
        let mut oldest = None;
        let mut next = Some(record);
        while let Some(record) = next.filter(|record| seen.insert(record.id.value.clone())) {
            let approved = record
                .approval
                .decisions
                .iter()
                .filter_map(|decision| decision.on.as_ref())
                .map(|on| on.day(zone))
                .max();
            let start = record
                .effective_from
                .as_ref()
                .map(|from| from.day(zone))
                .or(approved);
            oldest = [oldest, start].into_iter().flatten().min();
            next = record.supersedes.as_ref().and_then(|id| registry.get(&id.value));
        }
        oldest
    }
}
