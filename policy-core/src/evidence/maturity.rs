//! Maturity, governance format §2.10: six areas, each as far as its signals show, never as somebody says.
//!
//! The stage of an area is the highest one whose signals and all lower ones hold. A signal that cannot be told blocks: what
//! nobody measured is not a strength. The whole is as mature as its weakest area, and no more than *initial* while nobody
//! knows how long it takes to retrieve evidence, or it takes more than a day.

use serde_json::{Value, json};

use super::metrics::{Measure, Measured, Metric, last_drill};
use crate::control::{Control, Environment, Guardrail, Severity};
use crate::exception::State;

/// A stage, in the words of the CISA Zero Trust Maturity Model 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing of the area is there.
    Traditional,
    /// It has begun.
    Initial,
    /// It covers most.
    Advanced,
    /// It covers everything, and that is tested.
    Optimal,
}

impl Stage {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traditional => "traditional",
            Self::Initial => "initial",
            Self::Advanced => "advanced",
            Self::Optimal => "optimal",
        }
    }
}

/// Something that has to be true for a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// The stage it is needed for.
    pub stage: Stage,
    /// What has to be true.
    pub what: &'static str,
    /// Whether it is; `None` when nothing tells it.
    pub holds: Option<bool>,
    /// What was seen.
    pub seen: String,
}

/// An area with its signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Its name.
    pub name: &'static str,
    /// How far it is.
    pub stage: Stage,
    /// Why.
    pub signals: Vec<Signal>,
}

/// All areas and the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Maturity {
    /// The areas.
    pub areas: Vec<Area>,
    /// The weakest of them, capped.
    pub overall: Stage,
    /// Why the whole is less than its weakest area.
    pub cap: Option<String>,
}

/// What measurements do not tell, from who looked at the repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observed {
    /// Every active control has compliant and noncompliant cases.
    pub cases: Option<bool>,
    /// An exception registry was looked at.
    pub registry: bool,
    /// Errors that the exceptions have.
    pub exception_errors: usize,
    /// The evidence log is unbroken; `None` without one.
    pub log_is_sound: Option<bool>,
}

/// Assesses the areas from the metrics, the controls and what was observed.
pub fn assess(measured: &Measured<'_>, metrics: &[Metric], observed: &Observed) -> Maturity {
    let facts = Facts {
        measured,
        metrics,
        observed,
    };
    let areas = vec![
        area("coverage", facts.coverage()),
        area("policy-as-code", facts.policy_as_code()),
        area("exceptions", facts.exceptions()),
        area("evidence", facts.evidence()),
        area("least-privilege", facts.least_privilege()),
        area("response", facts.response()),
    ];
    let weakest = areas
        .iter()
        .map(|area| area.stage)
        .min()
        .unwrap_or(Stage::Traditional);
    let cap = facts.cap().filter(|_| weakest > Stage::Initial);
    Maturity {
        overall: if cap.is_some() { Stage::Initial } else { weakest },
        cap,
        areas,
    }
}

fn area(name: &'static str, signals: Vec<Signal>) -> Area {
    let mut stage = Stage::Traditional;
    for next in [Stage::Initial, Stage::Advanced, Stage::Optimal] {
        let all = signals
            .iter()
            .filter(|signal| signal.stage == next)
            .all(|signal| signal.holds == Some(true));
        if !all {
            break;
        }
        stage = next;
    }
    Area { name, stage, signals }
}

fn signal(stage: Stage, what: &'static str, holds: Option<bool>, seen: impl Into<String>) -> Signal {
    Signal {
        stage,
        what,
        holds,
        seen: seen.into(),
    }
}

struct Facts<'a> {
    measured: &'a Measured<'a>,
    metrics: &'a [Metric],
    observed: &'a Observed,
}

impl Facts<'_> {
    fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    fn seen(&self, name: &str) -> String {
        self.metric(name)
            .map_or_else(|| "not measured".to_owned(), Metric::value_text)
    }

    /// A signal about a ratio; a ratio without a value tells nothing.
    fn ratio(&self, stage: Stage, what: &'static str, name: &str, holds: impl Fn(f64) -> bool) -> Signal {
        let ratio = self.metric(name).and_then(|metric| metric.measure.ratio());
        signal(stage, what, ratio.map(holds), self.seen(name))
    }

    fn active(&self) -> impl Iterator<Item = &Control> {
        let controls = self.measured.catalog.controls.values();
        controls.filter(|control| &*control.status == "active")
    }

    fn coverage(&self) -> Vec<Signal> {
        let unknown = "neither the log nor the registries tell it";
        vec![
            self.ratio(
                Stage::Initial,
                "some accounts have evidence",
                "accountCoverage",
                |ratio| ratio > 0.0,
            ),
            self.ratio(
                Stage::Advanced,
                "nine of ten accounts have evidence",
                "accountCoverage",
                |ratio| ratio >= 0.9,
            ),
            signal(Stage::Advanced, "logs go to a central account", None, unknown),
            self.ratio(
                Stage::Optimal,
                "every account has evidence",
                "accountCoverage",
                |ratio| ratio >= 1.0,
            ),
            signal(
                Stage::Optimal,
                "classified stores have data events",
                None,
                unknown,
            ),
        ]
    }

    fn policy_as_code(&self) -> Vec<Signal> {
        let production: Vec<&Control> = self
            .active()
            .filter(|control| {
                let environments = control.scope.environments.as_ref();
                environments
                    .is_none_or(|names| names.iter().any(|name: &Environment| name.as_str() == "prod"))
            })
            .collect();
        let both = production
            .iter()
            .filter(|control| {
                let at = |wanted: &[&str]| control.stages.iter().any(|stage| wanted.contains(&&**stage));
                at(&["ci-static", "iac-plan", "ci-plan", "deploy-gate"]) && at(&["aws-runtime"])
            })
            .count();
        let serious: Vec<&Control> = self
            .active()
            .filter(|control| control.severity >= Severity::High)
            .collect();
        let guarded = serious
            .iter()
            .filter(|control| {
                // Without a word about it a control prevents and detects.
                control.guardrails.is_empty()
                    || control
                        .guardrails
                        .iter()
                        .any(|mode| matches!(mode, Guardrail::Prevent | Guardrail::Correct))
            })
            .count();
        vec![
            signal(
                Stage::Initial,
                "every active control has cases",
                self.observed
                    .cases
                    .map(|cases| cases && self.active().next().is_some()),
                format!("{} active controls", self.active().count()),
            ),
            signal(
                Stage::Advanced,
                "eight of ten production controls run before the change and in the account",
                (!production.is_empty()).then_some(both * 10 >= production.len() * 8),
                format!("{both} of {}", production.len()),
            ),
            signal(
                Stage::Optimal,
                "every control of severity high or critical prevents or corrects",
                (!serious.is_empty()).then_some(guarded == serious.len()),
                format!("{guarded} of {}", serious.len()),
            ),
        ]
    }

    fn exceptions(&self) -> Vec<Signal> {
        let registry = self.measured.registry;
        let at = self.measured.as_of;
        let count = registry.records().len();
        let invalid = registry
            .records()
            .iter()
            .filter(|record| registry.state(record, at).state == State::Invalid)
            .count();
        let errors = self.observed.exception_errors;
        let longest = registry
            .records()
            .iter()
            .filter_map(|record| {
                self.measured
                    .catalog
                    .controls
                    .get(&record.control.as_ref()?.value)
            })
            .filter_map(|control| control.exception.max_duration_days)
            .max();
        let age = match self.metric("exceptionAge").map(|metric| &metric.measure) {
            Some(Measure::Days { p90, .. }) => Some(*p90),
            _ => None,
        };
        let young =
            age.map(|p90| p90.is_none_or(|p90| longest.is_some_and(|longest| p90 <= i64::from(longest))));
        let timely = match self.metric("reviewTimeliness").map(|metric| &metric.measure) {
            Some(Measure::Ratio {
                numerator,
                denominator,
            }) => Some(numerator == denominator),
            _ => None,
        };
        let seen = format!("{count} records, {invalid} invalid, {errors} errors");
        vec![
            signal(
                Stage::Initial,
                "there is a registry",
                Some(self.observed.registry),
                seen.clone(),
            ),
            signal(
                Stage::Advanced,
                "no record has an error, and all expire",
                Some(invalid == 0 && errors == 0),
                seen,
            ),
            signal(
                Stage::Optimal,
                "no review is overdue",
                timely,
                self.seen("reviewTimeliness"),
            ),
            signal(
                Stage::Optimal,
                "nine of ten chains of renewals are no older than one exception may be",
                young,
                self.seen("exceptionAge"),
            ),
        ]
    }

    fn evidence(&self) -> Vec<Signal> {
        let sound = self.observed.log_is_sound;
        let log = match sound {
            None => "no log",
            Some(true) => "unbroken",
            Some(false) => "broken",
        };
        let drill = last_drill(self.measured.log);
        let today = self.measured.as_of.utc_date();
        let recent = drill.map(|day| (0..=90).contains(&today.days_since(day)));
        vec![
            self.ratio(
                Stage::Initial,
                "every active control names its evidence",
                "controlCoverageDeclared",
                |ratio| ratio >= 1.0,
            ),
            signal(Stage::Advanced, "the evidence log is unbroken", sound, log),
            self.ratio(
                Stage::Advanced,
                "at most three of ten records are manual",
                "manualEvidenceRatio",
                |ratio| ratio <= 0.3,
            ),
            self.ratio(
                Stage::Optimal,
                "at most one of ten records is manual",
                "manualEvidenceRatio",
                |ratio| ratio <= 0.1,
            ),
            signal(
                Stage::Optimal,
                "nine of ten packages take at most five minutes",
                self.retrieval().map(|seconds| seconds <= 300),
                self.seen("evidenceRetrievalTime"),
            ),
            signal(
                Stage::Optimal,
                "the last drill is at most 90 days old",
                recent,
                drill.map_or_else(|| "no drill".into(), |day| day.to_string()),
            ),
        ]
    }

    fn least_privilege(&self) -> Vec<Signal> {
        let iam = self
            .active()
            .filter(|control| control.id.as_str().starts_with("IAM"))
            .count();
        let unknown = "reports and the log do not join events with changes";
        vec![
            signal(
                Stage::Initial,
                "there are controls of IAM",
                Some(iam > 0),
                format!("{iam} controls"),
            ),
            signal(
                Stage::Advanced,
                "eight of ten events lead to a change",
                None,
                unknown,
            ),
            signal(
                Stage::Optimal,
                "nineteen of twenty events lead to a change",
                None,
                unknown,
            ),
        ]
    }

    fn response(&self) -> Vec<Signal> {
        let queries = self.measured.log.map(|log| {
            log.iter()
                .filter(|record| matches!(record.r#type.as_str(), "query-result" | "remediation"))
                .count()
        });
        let runbooks = self
            .active()
            .filter(|control| {
                let automation = control.remediation.automation.as_ref();
                automation.is_some_and(|automation| automation.runbook.is_some())
            })
            .count();
        vec![
            signal(
                Stage::Initial,
                "queries or remediations are on record",
                queries.map(|count| count > 0),
                queries.map_or_else(|| "no log".into(), |count| format!("{count} records")),
            ),
            signal(
                Stage::Advanced,
                "there are runbooks",
                Some(runbooks > 0),
                format!("{runbooks} controls"),
            ),
            self.ratio(
                Stage::Optimal,
                "nineteen of twenty remediations worked",
                "autoRemediationSuccessRate",
                |ratio| ratio >= 0.95,
            ),
            signal(Stage::Optimal, "taking back was tested", None, "nothing tells it"),
        ]
    }

    /// Seconds that nine of ten packages do not exceed.
    fn retrieval(&self) -> Option<i64> {
        match self.metric("evidenceRetrievalTime")?.measure {
            Measure::Seconds { p90, .. } => p90,
            _ => None,
        }
    }

    /// Green, and slow to prove: that is not mature.
    fn cap(&self) -> Option<String> {
        match self.retrieval() {
            None => Some("nobody measured how long it takes to retrieve evidence".into()),
            Some(seconds) if seconds > 86_400 => Some(format!(
                "it takes {seconds} seconds to retrieve evidence, more than a day"
            )),
            Some(_) => None,
        }
    }
}

impl Maturity {
    /// As JSON, with every signal.
    pub fn to_json(&self) -> Value {
        let areas: Vec<Value> = self
            .areas
            .iter()
            .map(|area| {
                let signals: Vec<Value> = area
                    .signals
                    .iter()
                    .map(|signal| {
                        json!({"stage": signal.stage.as_str(), "signal": signal.what, "holds": signal.holds, "seen": signal.seen})
                    })
                    .collect();
                json!({"name": area.name, "stage": area.stage.as_str(), "signals": signals})
            })
            .collect();
        json!({"overall": self.overall.as_str(), "cap": self.cap, "areas": areas})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Catalog;
    use crate::date::{AsOf, UtcOffset};
    use crate::exception::Registry;

    #[test]
    fn a_stage_needs_its_signals_and_all_lower_ones() {
        let of = |holds: [Option<bool>; 3]| {
            let stages = [Stage::Initial, Stage::Advanced, Stage::Optimal];
            let signals = stages
                .into_iter()
                .zip(holds)
                .map(|(stage, holds)| signal(stage, "", holds, ""));
            area("area", signals.collect()).stage
        };
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(of([yes, yes, yes]), Stage::Optimal);
        assert_eq!(of([yes, yes, no]), Stage::Advanced);
        assert_eq!(of([yes, no, yes]), Stage::Initial);
        assert_eq!(of([no, yes, yes]), Stage::Traditional);
        assert_eq!(of([yes, None, yes]), Stage::Initial, "what nobody knows blocks");
    }

    #[test]
    fn nothing_is_traditional_and_slow_evidence_caps() {
        let registry = Registry::default();
        let measured = Measured {
            reports: &[],
            registry: &registry,
            catalog: &Catalog::default(),
            log: None,
            as_of: AsOf::parse("2026-11-20", UtcOffset::UTC).unwrap(),
        };
        let metrics = super::super::metrics::measure(&measured);
        let found = assess(&measured, &metrics, &Observed::default());
        assert_eq!(found.overall, Stage::Traditional);
        assert_eq!(found.areas.len(), 6);
        let facts = |seconds: Option<i64>| {
            let metric = Metric {
                name: "evidenceRetrievalTime",
                meaning: "",
                measure: Measure::Seconds {
                    count: 1,
                    p50: seconds,
                    p90: seconds,
                    max: seconds,
                },
                list: Vec::new(),
            };
            let facts = Facts {
                measured: &measured,
                metrics: &[metric],
                observed: &Observed::default(),
            };
            facts.cap().is_some()
        };
        assert!(facts(None) && facts(Some(86_401)));
        assert!(!facts(Some(86_400)));
    }
}
