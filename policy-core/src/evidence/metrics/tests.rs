//! Metrics are counted from their lists, and nothing is divided by zero.

use proptest::prelude::*;

use super::*;
use crate::control;
use crate::date::UtcOffset;
use crate::exception::RegistryOptions;
use crate::report::{Run, testdata};
use crate::source::Source;

const ACCEPTED: &str =
    include_str!("../../../../fixtures/inputs/terraform-plan/demo/exceptions/approved/EXC-2026-0001.yaml");
const BACKUPS: &str = include_str!("../../../../controls/BCK-001-rds-backup-retention/control.yaml");

fn at(day: &str) -> AsOf {
    AsOf::parse(day, UtcOffset::UTC).unwrap()
}

fn catalog() -> Catalog {
    let rule = "package controls.bck_001\ndeny contains \"x\" if false\n";
    control::load(&[Source::new("BCK-001.yaml", BACKUPS), Source::new("r.rego", rule)]).0
}

fn registry(texts: &[&str]) -> Registry {
    let sources: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| Source::new(format!("exceptions/approved/{at}.yaml"), *text))
        .collect();
    Registry::load(&sources, &catalog(), RegistryOptions::default()).0
}

fn saved(run: Run, day: &str) -> SavedReport {
    let run = Run {
        as_of: day.into(),
        ..run
    };
    SavedReport {
        run,
        lists_outcomes: true,
        lost: Vec::new(),
    }
}

fn metric(metrics: &[Metric], name: &str) -> Metric {
    metrics
        .iter()
        .find(|metric| metric.name == name)
        .unwrap_or_else(|| panic!("no metric {name}"))
        .clone()
}

fn measured(reports: &[SavedReport], registry: &Registry, day: &str) -> Vec<Metric> {
    measure(&Measured {
        reports,
        registry,
        catalog: &catalog(),
        log: None,
        as_of: at(day),
    })
}

#[test]
fn nothing_to_divide_by_is_no_value() {
    let metrics = measure(&Measured {
        reports: &[],
        registry: &Registry::default(),
        catalog: &Catalog::default(),
        log: None,
        as_of: at("2026-11-20"),
    });
    for metric in &metrics {
        assert_eq!(metric.measure.ratio(), None, "{}", metric.name);
        let value = &metric.to_json(true)["value"];
        if matches!(metric.measure, Measure::Ratio { .. }) {
            assert!(value["ratio"].is_null(), "{value}");
        }
    }
    assert_eq!(
        metric(&metrics, "exceptionAge").measure,
        Measure::Days {
            count: 0,
            p50: None,
            p90: None,
            max: None
        }
    );
    let coverage = measured(&[], &Registry::default(), "2026-11-20");
    assert_eq!(
        metric(&coverage, "controlCoverageDeclared").measure.ratio(),
        Some(1.0)
    );
    assert_eq!(metric(&coverage, "controlCoverage").measure.ratio(), Some(0.0));
}

/// In force since 2026-11-01 on a control of severity high: 19 days later, 19 × 4.
#[test]
fn debt_is_days_times_weight_and_a_renewal_does_not_reset_it() {
    let first = measured(&[], &registry(&[ACCEPTED]), "2026-11-20");
    assert_eq!(metric(&first, "exceptionDebt").measure, Measure::Amount(76));
    assert_eq!(
        metric(&first, "exceptionDebt").list,
        ["76 = 19 d × 4: EXC-2026-0001"]
    );
    let renewal = ACCEPTED
        .replace(
            "id: EXC-2026-0001",
            "id: EXC-2026-0002\nsupersedes: EXC-2026-0001",
        )
        .replace("effectiveFrom: 2026-11-01", "effectiveFrom: 2026-12-01")
        .replace("expiresOn: 2026-11-30", "expiresOn: 2026-12-20")
        .replace("lastReviewedOn: 2026-11-16", "lastReviewedOn: 2026-12-01");
    let renewed = measured(&[], &registry(&[ACCEPTED, &renewal]), "2026-12-02");
    assert_eq!(metric(&renewed, "exceptionAge").list, ["31 d: EXC-2026-0002"]);
    assert_eq!(metric(&renewed, "exceptionDebt").measure, Measure::Amount(124));
}

#[test]
fn an_expired_record_is_counted_as_filed_and_owes_nothing() {
    let metrics = measured(&[], &registry(&[ACCEPTED]), "2026-12-05");
    assert_eq!(metric(&metrics, "expiredStillFiled").list, ["EXC-2026-0001"]);
    assert_eq!(metric(&metrics, "exceptionDebt").measure, Measure::Amount(0));
    assert_eq!(
        metric(&metrics, "expiryHygiene").measure,
        Measure::Ratio {
            numerator: 0,
            denominator: 1
        }
    );
}

#[test]
fn age_runs_from_the_first_report_of_the_unbroken_run() {
    let open = testdata::realistic();
    let mut mended = testdata::realistic();
    mended.assessment.findings.clear();
    mended.assessment.unknowns.clear();
    let reports = |days: [(&Run, &str); 3]| days.map(|(run, day)| saved(run.clone(), day));
    let none = Registry::default();
    let unbroken = reports([
        (&open, "2026-03-01"),
        (&open, "2026-03-05"),
        (&open, "2026-03-09"),
    ]);
    let Measure::Days { count, max, .. } =
        metric(&measured(&unbroken, &none, "2026-03-10"), "noncomplianceAge").measure
    else {
        panic!("days")
    };
    let failures = open
        .assessment
        .findings
        .iter()
        .filter(|finding| !finding.is_suppressed());
    assert_eq!((count, max), (failures.count(), Some(9)));
    let broken = reports([
        (&open, "2026-03-01"),
        (&mended, "2026-03-05"),
        (&open, "2026-03-09"),
    ]);
    let metrics = measured(&broken, &none, "2026-03-10");
    let Measure::Days { max, .. } = metric(&metrics, "noncomplianceAge").measure else {
        panic!("days")
    };
    assert_eq!(max, Some(1));
    let Measure::Days { max, .. } = metric(&metrics, "timeToRemediate").measure else {
        panic!("days")
    };
    assert_eq!(max, Some(4));
    let early = measured(&unbroken, &none, "2026-02-01");
    assert_eq!(
        metric(&early, "openFindings").list,
        Vec::<String>::new(),
        "reports of later days are not known yet"
    );
}

proptest! {
    #[test]
    fn numbers_are_what_their_lists_hold(runs in prop::collection::vec(testdata::any_run(), 0..4)) {
        let reports: Vec<SavedReport> = runs.into_iter().map(|run| saved(run, "2026-03-01")).collect();
        for metric in measured(&reports, &registry(&[ACCEPTED]), "2026-11-20") {
            match &metric.measure {
                Measure::Ratio { numerator, denominator } => {
                    prop_assert!(numerator <= denominator);
                    prop_assert_eq!(metric.list.len(), *denominator);
                    prop_assert_eq!(metric.list.iter().filter(|line| line.starts_with("yes: ")).count(), *numerator);
                    prop_assert_eq!(metric.measure.ratio().is_none(), *denominator == 0);
                    prop_assert!(metric.measure.ratio().is_none_or(|ratio| (0.0..=1.0).contains(&ratio)));
                }
                Measure::Count { total, by_severity } => {
                    prop_assert_eq!(metric.list.len(), *total);
                    prop_assert!(by_severity.iter().map(|(_, count)| count).sum::<usize>() <= *total);
                }
                Measure::Days { count, p50, p90, max } | Measure::Seconds { count, p50, p90, max } => {
                    prop_assert_eq!(metric.list.len(), *count);
                    prop_assert!(p50 <= p90 && p90 <= max);
                    prop_assert_eq!(max.is_none(), *count == 0);
                }
                Measure::Amount(amount) => prop_assert!(*amount >= 0),
                Measure::Unmeasured(why) => prop_assert!(!why.is_empty() && metric.list.is_empty()),
            }
        }
    }
}
