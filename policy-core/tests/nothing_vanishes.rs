//! P7: exceptions hide nothing. Whatever records there are, a run has the same outcomes and the same findings with them as
//! without; the open ones and the suppressed ones together are the open ones of the run without; and the gate counts less
//! by exactly what is suppressed.

#[cfg(test)]
mod support;

use std::collections::BTreeSet;

use policy_core::date::{AsOf, Instant};
use policy_core::evaluation::{Assessment, Evaluator, Finding, InputInventory};
use policy_core::exception::{Registry, RegistryOptions};
use policy_core::gate::{GateOptions, OnUnknown, decide};
use policy_core::source::Source;
use proptest::prelude::*;

#[cfg(test)]
fn record(number: usize, (control, pattern, from, to, approved): (&str, &str, u32, u32, bool)) -> String {
    let approvals = if approved {
        "[{by: rina@example.com, role: security-risk-owner, on: 2026-11-01, decision: approved}]"
    } else {
        "[]"
    };
    format!(
        "id: EXC-2026-{number:04}\ncontrolId: {control}\nscope: {{resources: ['{pattern}'], environments: [prod]}}\nowner: team-payments\n\
         reason: The migration of the ledger is planned for December\ncompensatingControls: [{{description: Nightly snapshots}}]\n\
         approval: {{requestedBy: budi@example.com, requestedOn: 2026-11-01, approvals: {approvals}}}\n\
         effectiveFrom: 2026-11-{from:02}\nexpiresOn: 2026-11-{to:02}\nreview: {{cadence: monthly}}\nevidence: [{{link: docs/risk.md}}]\n"
    )
}

#[cfg(test)]
fn assess(input: &InputInventory, records: &[String]) -> Assessment {
    let catalog = support::catalog();
    let sources: Vec<_> = records
        .iter()
        .enumerate()
        .map(|(at, text)| {
            Source::new(
                format!("exceptions/approved/EXC-2026-{:04}.yaml", at + 1),
                text.as_str(),
            )
        })
        .collect();
    let (registry, _) = Registry::load(&sources, &catalog, RegistryOptions::default());
    let as_of = AsOf::at(Instant::parse("2026-11-20T12:00:00Z").expect("an instant"));
    let (evaluator, _) = Evaluator::builder(catalog, as_of).exceptions(registry).build();
    evaluator.evaluate(std::slice::from_ref(input))
}

/// A finding without what exceptions say about it.
#[cfg(test)]
fn bare(finding: &Finding) -> Finding {
    Finding {
        exceptions: Vec::new(),
        not_applied: Vec::new(),
        ..finding.clone()
    }
}

#[cfg(test)]
fn bared(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().map(bare).collect()
}

#[cfg(test)]
fn open(assessment: &Assessment) -> BTreeSet<&str> {
    let open = assessment
        .findings
        .iter()
        .filter(|finding| !finding.is_suppressed());
    open.map(|finding| finding.fingerprint.as_str()).collect()
}

const CONTROLS: [&str; 5] = ["BCK-001", "DP-ENC-001", "DP-ENC-004", "DP-PUB-005", "NET-001"];
const PATTERNS: [&str; 7] = [
    "tf:aws_db_instance.ledger",
    "tf:aws_db_instance.*",
    "tf:aws_ebs_volume.batch[\"export\"]",
    "tf:aws_ebs_volume.batch[*]",
    "tf:**.admin",
    "tf:**",
    "cfn:*/Ledger",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_vanishes(chosen in prop::collection::vec(
        (prop::sample::select(&CONTROLS[..]), prop::sample::select(&PATTERNS[..]), 1_u32..25, 1_u32..30, prop::bool::weighted(0.8)),
        0..6,
    )) {
        let (input, _) = support::inventory(&support::root().join("fixtures/inputs/terraform-plan/demo/plan.json"));
        let records: Vec<String> = chosen.into_iter().enumerate().map(|(at, facts)| record(at + 1, facts)).collect();
        let (without, with) = (assess(&input, &[]), assess(&input, &records));

        prop_assert_eq!(bared(&with.findings), bared(&without.findings));
        prop_assert_eq!(bared(&with.unknowns), bared(&without.unknowns));
        prop_assert_eq!(bared(&with.warnings), bared(&without.warnings));
        prop_assert_eq!(&with.evaluations, &without.evaluations);
        prop_assert!(with.unknowns.iter().all(|unknown| !unknown.is_suppressed()), "what is unknown is nobody's to accept");

        let suppressed: BTreeSet<&str> = with
            .findings
            .iter()
            .filter(|finding| finding.is_suppressed())
            .map(|finding| finding.fingerprint.as_str())
            .collect();
        let together: BTreeSet<&str> = open(&with).union(&suppressed).copied().collect();
        prop_assert_eq!(&together, &open(&without));
        prop_assert!(open(&with).is_disjoint(&suppressed));

        let gate = GateOptions { on_unknown: OnUnknown::Ignore, ..GateOptions::default() };
        let counted = |assessment: &Assessment| decide(assessment, &[], &gate).blocking;
        let spared = with.findings.iter().filter(|finding| finding.is_suppressed() && !finding.advisory && finding.severity >= gate.fail_on).count();
        prop_assert_eq!(counted(&with) + spared, counted(&without));
    }
}

/// The property above says something only if records do suppress.
#[test]
fn a_record_in_force_suppresses() {
    let (input, _) =
        support::inventory(&support::root().join("fixtures/inputs/terraform-plan/demo/plan.json"));
    let records = [record(1, ("BCK-001", "tf:aws_db_instance.ledger", 1, 30, true))];
    let with = assess(&input, &records);
    assert_eq!(open(&with).len() + 1, open(&assess(&input, &[])).len());
}
