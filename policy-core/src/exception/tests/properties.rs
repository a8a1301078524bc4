//! Properties of whole registries. Those of a single timeline are tested with it.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::date::Date;
use crate::resource::{Cell, SourceKind};
use crate::value::{AttributePath, Value};

/// The facts of a generated record; days count from 2026-01-01.
#[derive(Clone, Debug)]
struct Facts {
    requested: i64,
    approvals: Vec<Approval>,
    from: Option<i64>,
    to: Option<i64>,
    revoked: Option<i64>,
    closed: Option<i64>,
    pattern: &'static str,
    folder: &'static str,
}

#[derive(Clone, Debug)]
struct Approval {
    by: &'static str,
    role: &'static str,
    on: i64,
    approved: bool,
}

fn day(number: i64) -> Date {
    Date::parse("2026-01-01")
        .expect("date")
        .add_days(number)
        .expect("date")
}

impl Facts {
    fn file(&self, number: usize) -> (String, String) {
        let id = format!("EXC-2026-{number:04}");
        let mut text = format!(
            "id: {id}\ncontrolId: DP-YEAR-001\nowner: team-payments\nscope: {{resources: ['{}'], environments: [prod]}}\n\
             reason: Migration of the replica is planned for the spring\nreview: {{cadence: monthly}}\n\
             compensatingControls: [{{description: Isolated subnet}}]\nevidence: [{{link: docs/risk.md}}]\n\
             approval:\n  requestedBy: budi@example.com\n  requestedOn: {}\n  approvals: [",
            self.pattern,
            day(self.requested),
        );
        for approval in &self.approvals {
            let decision = if approval.approved { "approved" } else { "rejected" };
            let _ = write!(
                text,
                "{{by: {}, role: {}, on: {}, decision: {decision}}}, ",
                approval.by,
                approval.role,
                day(approval.on)
            );
        }
        text.push_str("]\n");
        for (key, value) in [("effectiveFrom", self.from), ("expiresOn", self.to)] {
            if let Some(number) = value {
                let _ = writeln!(text, "{key}: {}", day(number));
            }
        }
        if let Some(number) = self.revoked {
            let _ = writeln!(text, "revocation: {{on: {}}}", day(number));
        }
        if let Some(number) = self.closed {
            let _ = writeln!(text, "closure: {{closedOn: {}}}", day(number));
        }
        (format!("exceptions/{}/{id}.yaml", self.folder), text)
    }

    /// Whether it suppresses at the close of a day, straight from the words of the specification.
    fn suppresses(&self, today: i64) -> bool {
        let Some(to) = self.to else { return false };
        let approved = self
            .approvals
            .iter()
            .filter(|approval| {
                approval.approved
                    && approval.by == "rina@example.com"
                    && approval.role == "security-risk-owner"
            })
            .map(|approval| approval.on)
            .filter(|&on| on >= self.requested)
            .min();
        let rejected = self
            .approvals
            .iter()
            .any(|approval| !approval.approved && approval.on <= today);
        let over = [self.revoked, self.closed]
            .into_iter()
            .flatten()
            .any(|on| on <= today);
        let Some(approved) = approved else { return false };
        let start = self.from.unwrap_or(approved);
        self.folder != "expired"
            && approved <= today
            && start <= today
            && today <= to
            && self.from.is_none_or(|from| from <= to)
            && to - start < 365
            && !rejected
            && !over
    }
}

fn approvals() -> impl Strategy<Value = Approval> {
    (
        prop_oneof![4 => Just("rina@example.com"), 1 => Just("budi@example.com"), 1 => Just("sari@example.com"), 1 => Just("team-payments")],
        prop_oneof![4 => Just("security-risk-owner"), 1 => Just("developer")],
        0_i64..80,
        prop::bool::weighted(0.9),
    )
        .prop_map(|(by, role, on, approved)| Approval { by, role, on, approved })
}

prop_compose! {
    fn facts()(
        requested in 0_i64..40,
        approvals in prop::collection::vec(approvals(), 0..4),
        from in prop::option::weighted(0.7, 0_i64..80),
        to in prop::option::weighted(0.9, 0_i64..120),
        revoked in prop::option::weighted(0.15, 0_i64..120),
        closed in prop::option::weighted(0.15, 0_i64..120),
        pattern in prop_oneof![
            Just("tf:aws_db_instance.a[0]"), Just("tf:aws_db_instance.*[*]"), Just("tf:**.aws_db_instance.a[0]"),
            Just("tf:aws_db_instance.b"),
        ],
        folder in prop_oneof![6 => Just("approved"), 2 => Just("requested"), 1 => Just("expired")],
    ) -> Facts {
        Facts { requested, approvals, from, to, revoked, closed, pattern, folder }
    }
}

fn registry(files: &[(String, String)]) -> (Registry, Vec<Diagnostic>) {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    load_with(&files, options())
}

fn files(records: &[Facts]) -> Vec<(String, String)> {
    records
        .iter()
        .enumerate()
        .map(|(number, facts)| facts.file(number + 1))
        .collect()
}

fn apply(registry: &Registry, today: i64) -> Application {
    let control = ControlId::new("DP-YEAR-001").expect("id");
    let terms = terms(365, &["security-risk-owner"]);
    let violations = [(
        AttributePath::root().key("storage_encrypted"),
        Some(Value::from(false)),
    )];
    let facts = FindingFacts {
        control: &control,
        terms: &terms,
        names: Names {
            source: SourceKind::Terraform,
            id: "aws_db_instance.a[0]",
            previous_id: None,
            arn: None,
            physical_id: None,
            stack: None,
        },
        account: Fact::Absent,
        region: Fact::Absent,
        environment: Fact::Known("prod"),
        workload: Fact::Absent,
        tags: &Cell::Absent,
        violations: &violations,
    };
    registry.apply(&facts, AsOf::close_of(day(today), UtcOffset::UTC))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// P6 on whole files: exactly the records suppress that should by the plain words.
    #[test]
    fn files_suppress_as_the_specification_says(facts in facts(), today in 0_i64..140) {
        let (registry, _) = registry(&files(std::slice::from_ref(&facts)));
        let at = registry.state(&registry.records()[0], AsOf::close_of(day(today), UtcOffset::UTC));
        prop_assert_eq!(at.suppresses, facts.suppresses(today), "{:?} {}", at, facts.file(1).1);
    }

    /// P2: fewer approvals never suppress more. Without a declared start the last needed approval is the start, so that
    /// dropping an approval moves the start; such records are compared while they stay within the longest duration.
    #[test]
    fn removing_an_approval_never_helps(facts in facts(), today in 0_i64..140, which in any::<prop::sample::Index>()) {
        let approved: Vec<_> = (0..facts.approvals.len()).filter(|&at| facts.approvals[at].approved).collect();
        if approved.is_empty() {
            return Ok(());
        }
        let mut fewer = facts.clone();
        fewer.approvals.remove(approved[which.index(approved.len())]);
        let suppresses = |facts: &Facts| {
            let (registry, _) = registry(&files(std::slice::from_ref(facts)));
            registry.state(&registry.records()[0], AsOf::close_of(day(today), UtcOffset::UTC)).suppresses
        };
        prop_assert!(suppresses(&facts) || !suppresses(&fewer));
    }

    /// P4: the order of the files changes neither diagnostics nor applications.
    #[test]
    fn shuffling_files_changes_nothing(
        records in prop::collection::vec(facts(), 1..6),
        today in 0_i64..140,
        seed in any::<u64>(),
    ) {
        let ordered = files(&records);
        let mut shuffled = ordered.clone();
        shuffled.sort_by_key(|(name, _)| {
            name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        });
        let (left, left_diagnostics) = registry(&ordered);
        let (right, right_diagnostics) = registry(&shuffled);
        prop_assert_eq!(left_diagnostics, right_diagnostics);
        prop_assert_eq!(apply(&left, today), apply(&right, today));
    }

    /// P5: a record that is invalid changes nothing about whether a finding is suppressed, and by which records.
    #[test]
    fn invalid_records_change_nothing(
        records in prop::collection::vec(facts(), 1..5),
        broken in facts(),
        today in 0_i64..140,
    ) {
        let mut with = records.clone();
        with.push(Facts { to: None, ..broken });
        let (without, with) = (apply(&registry(&files(&records)).0, today), apply(&registry(&files(&with)).0, today));
        let helping = |application: &Application| {
            application.matches.iter().filter(|one| one.suppresses).map(|one| one.id.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(without.suppressed, with.suppressed);
        prop_assert_eq!(helping(&without), helping(&with));
    }

    /// P7, this half of it: a suppressed finding names who suppresses it, and an open one nobody.
    #[test]
    fn nothing_is_suppressed_in_silence(records in prop::collection::vec(facts(), 0..6), today in 0_i64..140) {
        let (registry, _) = registry(&files(&records));
        let application = apply(&registry, today);
        prop_assert_eq!(application.suppressed, application.matches.iter().any(|matched| matched.suppresses));
        prop_assert_eq!(application.suppressed, application.primary().is_some_and(|primary| primary.suppresses));
        let expected = records.iter().any(|facts| facts.pattern != "tf:aws_db_instance.b" && facts.suppresses(today));
        prop_assert_eq!(application.suppressed, expected);
        for matched in &application.matches {
            prop_assert!(matched.suppresses || matched.note.is_some(), "{:?}", matched);
        }
    }

    /// No text makes the loader panic or lets a record suppress that it should not.
    #[test]
    fn damaged_texts_are_survived(cut in 0_usize..2000, insert in "\\PC{0,6}|[\\[\\]{}:,\"'\n -]{0,6}") {
        let mut at = cut.min(EXAMPLE.len());
        while !EXAMPLE.is_char_boundary(at) {
            at -= 1;
        }
        let (head, tail) = EXAMPLE.split_at(at);
        let _ = load(head);
        let _ = load(&format!("{}{insert}{}", head, tail));
    }
}
