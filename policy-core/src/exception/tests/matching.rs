//! Findings against whole registries.

use super::*;
use crate::resource::{Cell, SourceKind};
use crate::value::{AttributePath, Unknown, UnknownReason, Value};

pub(super) const REPLICA: &str = "module.reporting.aws_db_instance.replica[0]";

/// The finding the example record is about; tests change one fact of it.
pub(super) struct Finding {
    pub(super) control: ControlId,
    pub(super) terms: ExceptionTerms,
    pub(super) id: &'static str,
    pub(super) previous: Option<&'static str>,
    pub(super) account: Fact<'static>,
    pub(super) region: Fact<'static>,
    pub(super) environment: Fact<'static>,
    pub(super) workload: Fact<'static>,
    pub(super) tags: Cell,
    pub(super) violations: Vec<(AttributePath, Option<Value>)>,
}

impl Finding {
    pub(super) fn new() -> Self {
        Self {
            control: ControlId::new("DP-ENC-001").expect("id"),
            terms: terms(30, &["security-risk-owner"]),
            id: REPLICA,
            previous: None,
            account: Fact::Known("111122223333"),
            region: Fact::Known("ap-southeast-1"),
            environment: Fact::Known("prod"),
            workload: Fact::Absent,
            tags: Cell::Absent,
            violations: vec![(
                AttributePath::root().key("storage_encrypted"),
                Some(Value::from(false)),
            )],
        }
    }

    pub(super) fn apply(&self, registry: &Registry, at: &str) -> Application {
        let names = Names {
            source: SourceKind::Terraform,
            id: self.id,
            previous_id: self.previous,
            arn: None,
            physical_id: None,
            stack: None,
        };
        let facts = FindingFacts {
            control: &self.control,
            terms: &self.terms,
            names,
            account: self.account,
            region: self.region,
            environment: self.environment,
            workload: self.workload,
            tags: &self.tags,
            violations: &self.violations,
        };
        registry.apply(&facts, as_of(at))
    }
}

pub(super) fn path(text: &str) -> AttributePath {
    AttributePath::parse(text).expect(text)
}

pub(super) fn clean(files: &[(&str, &str)]) -> Registry {
    let (registry, diagnostics) = load_with(files, options());
    assert_eq!(errors(&diagnostics), [""; 0], "{diagnostics:?}");
    registry
}

#[test]
fn a_record_in_force_suppresses_what_it_names() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let application = Finding::new().apply(&registry, "2026-03-10");
    assert!(application.suppressed);
    let primary = application.primary().expect("match");
    assert_eq!(
        (&*primary.id, primary.state, primary.suppresses, primary.primary),
        ("EXC-2026-0007", State::Active, true, true)
    );
    assert_eq!(
        (primary.expires_on.as_deref(), primary.days),
        (Some("2026-03-30"), Some(20))
    );
    assert_eq!(primary.covered_paths, [path("storage_encrypted")]);
    assert_eq!(primary.note, None);
    assert_eq!(application.not_applied, []);
}

#[test]
fn what_is_not_in_force_is_listed_and_says_why() {
    let suffix = |text: &str| format!("{EXAMPLE}{text}");
    let cases = [
        (
            EXAMPLE.to_owned(),
            "2026-04-11",
            State::Expired,
            "expired 12 days ago (2026-03-30, UTC)",
        ),
        (
            EXAMPLE.to_owned(),
            "2026-03-31",
            State::Expired,
            "expired 1 day ago (2026-03-30, UTC)",
        ),
        (
            example("expiresOn: 2026-03-30", "expiresOn: 2026-03-30T12:00:00Z"),
            "2026-03-30",
            State::Expired,
            "expired today at 2026-03-30T12:00:00Z",
        ),
        (
            EXAMPLE.to_owned(),
            "2026-02-28",
            State::Scheduled,
            "starts on 2026-03-01",
        ),
        (
            EXAMPLE.to_owned(),
            "2026-02-26",
            State::Requested,
            "is requested and not approved yet",
        ),
        (
            EXAMPLE.to_owned(),
            "2026-02-24",
            State::Draft,
            "is a draft: nobody requested it yet",
        ),
        (
            suffix("revocation: {on: 2026-03-05, by: rina@example.com, reason: incident}\n"),
            "2026-03-10",
            State::Revoked,
            "was revoked on 2026-03-05",
        ),
        (
            example("decision: approved", "decision: rejected"),
            "2026-03-10",
            State::Rejected,
            "was rejected",
        ),
        (
            example(
                "closure: {criteria",
                "closure: {closedOn: 2026-03-09, reason: remediated, criteria",
            ),
            "2026-03-10",
            State::Closed,
            "was closed on 2026-03-09",
        ),
        (
            example("role: security-risk-owner", "role: developer"),
            "2026-03-10",
            State::Requested,
            "is requested; an approval by `security-risk-owner` is missing",
        ),
        (
            example("expiresOn: 2026-03-30\n", ""),
            "2026-03-10",
            State::Invalid,
            "is invalid and suppresses nothing (EXC001: an exception without `expiresOn` never ends; if it cannot expire it is a policy change)",
        ),
        (
            suffix("state: closed\n"),
            "2026-03-10",
            State::Invalid,
            "is invalid and suppresses nothing (EXC029: the file says that it is closed, and it is active)",
        ),
    ];
    for (text, at, state, note) in cases {
        let (registry, _) = load(&text);
        let application = Finding::new().apply(&registry, at);
        assert!(!application.suppressed, "{note}");
        let primary = application.primary().expect(note);
        assert_eq!((primary.state, primary.suppresses), (state, false), "{note}");
        assert_eq!(primary.note.as_deref(), Some(note));
    }
}

#[test]
fn a_renewal_is_counted_in_the_hint() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let application = Finding::new().apply(&registry, "2026-04-11");
    let renewal = application.primary().expect("match").renewal;
    assert_eq!(
        (renewal.number + 1, renewal.max),
        (1, 2),
        "the next one is renewal 1 of 2"
    );
}

#[test]
fn another_resource_or_control_is_not_meant() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let other = Finding {
        id: "module.reporting.aws_db_instance.replica[1]",
        ..Finding::new()
    };
    assert_eq!(other.apply(&registry, "2026-03-10"), Application::default());
    let other = Finding {
        control: ControlId::new("DP-YEAR-001").expect("id"),
        ..Finding::new()
    };
    assert_eq!(other.apply(&registry, "2026-03-10"), Application::default());
}

#[test]
fn what_is_not_known_never_matches() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let cases = [
        (
            Finding {
                account: Fact::Absent,
                ..Finding::new()
            },
            "account unknown; pass --account",
        ),
        (
            Finding {
                account: Fact::Unknown,
                ..Finding::new()
            },
            "account unknown; pass --account",
        ),
        (
            Finding {
                account: Fact::Known("444455556666"),
                ..Finding::new()
            },
            "it does not cover account `444455556666`",
        ),
        (
            Finding {
                region: Fact::Absent,
                ..Finding::new()
            },
            "region unknown; pass --region",
        ),
        (
            Finding {
                region: Fact::Known("eu-west-1"),
                ..Finding::new()
            },
            "it does not cover region `eu-west-1`",
        ),
        (
            Finding {
                environment: Fact::Absent,
                ..Finding::new()
            },
            "environment unknown; pass --environment",
        ),
        (
            Finding {
                environment: Fact::Known("dev"),
                ..Finding::new()
            },
            "it does not cover environment `dev`",
        ),
    ];
    for (finding, reason) in cases {
        let application = finding.apply(&registry, "2026-03-10");
        assert!(
            !application.suppressed && application.matches.is_empty(),
            "{reason}"
        );
        assert_eq!(
            application.not_applied,
            [("EXC-2026-0007".into(), reason.to_owned())]
        );
        assert_eq!(
            finding.apply(&registry, "2026-04-11").not_applied,
            [],
            "it would not have helped anyway"
        );
    }
    for environment in ["production", "PRD", "blue"] {
        let finding = Finding {
            environment: Fact::Known(environment),
            ..Finding::new()
        };
        assert!(finding.apply(&registry, "2026-03-10").suppressed, "{environment}");
    }
    assert!(
        Finding {
            account: Fact::Known("prod-data"),
            ..Finding::new()
        }
        .apply(&registry, "2026-03-10")
        .suppressed
    );
}

#[test]
fn an_account_name_needs_the_registry() {
    let (registry, _) = load_with(
        &[(EXAMPLE_FILE, EXAMPLE)],
        RegistryOptions {
            accounts: None,
            ..options()
        },
    );
    assert!(!Finding::new().apply(&registry, "2026-03-10").suppressed);
    assert!(
        Finding {
            account: Fact::Known("prod-data"),
            ..Finding::new()
        }
        .apply(&registry, "2026-03-10")
        .suppressed
    );
}

#[test]
fn tags_and_workloads_narrow_a_record() {
    let text = example(
        "  environments: [prod]\n",
        "  environments: [prod]\n  workloads: [reports]\n  tags: {Team: [payments, billing], Tier: 2}\n",
    );
    let registry = clean(&[(EXAMPLE_FILE, &text)]);
    let tags = |pairs: &[(&str, Value)]| {
        Cell::Known(Value::Map(
            pairs
                .iter()
                .map(|(key, value)| ((*key).into(), value.clone()))
                .collect(),
        ))
    };
    let right = || tags(&[("Team", "payments".into()), ("Tier", "2".into())]);
    let finding = || Finding {
        workload: Fact::Known("reports"),
        tags: right(),
        ..Finding::new()
    };
    assert!(finding().apply(&registry, "2026-03-10").suppressed);
    let unknown = Value::from(Unknown::new(UnknownReason::Variable));
    let wrong = [
        Finding {
            workload: Fact::Absent,
            ..finding()
        },
        Finding {
            workload: Fact::Known("payroll"),
            ..finding()
        },
        Finding {
            tags: Cell::Absent,
            ..finding()
        },
        Finding {
            tags: Cell::unknown(UnknownReason::Variable),
            ..finding()
        },
        Finding {
            tags: tags(&[("Team", "payments".into())]),
            ..finding()
        },
        Finding {
            tags: tags(&[("Team", unknown), ("Tier", "2".into())]),
            ..finding()
        },
        Finding {
            tags: tags(&[("Team", "Payments".into()), ("Tier", "2".into())]),
            ..finding()
        },
    ];
    for finding in wrong {
        let application = finding.apply(&registry, "2026-03-10");
        assert!(
            !application.suppressed && application.not_applied.len() == 1,
            "{:?}",
            finding.tags
        );
    }
}

#[test]
fn a_missing_instance_key_is_explained() {
    let registry = clean(&[(EXAMPLE_FILE, &example("replica[0]", "replica"))]);
    let application = Finding::new().apply(&registry, "2026-03-10");
    assert!(!application.suppressed);
    assert!(
        application.not_applied[0]
            .1
            .contains("write `[*]` for every instance"),
        "{:?}",
        application.not_applied
    );
}

#[test]
fn a_moved_resource_keeps_its_exception() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let finding = Finding {
        id: "module.db.aws_db_instance.replica",
        previous: Some(REPLICA),
        ..Finding::new()
    };
    let application = finding.apply(&registry, "2026-03-10");
    assert!(application.suppressed);
    assert!(
        application
            .primary()
            .and_then(|primary| primary.note.as_deref())
            .expect("note")
            .contains("moved")
    );
}

#[test]
fn a_drifted_value_reopens_the_finding() {
    let pinned = example("fields: [storage_encrypted]", "fields: [ingress]").replace(
        "{path: storage_encrypted, equals: false}",
        "{path: 'ingress[0].cidr', equals: 203.0.113.0/24}",
    );
    let registry = clean(&[(EXAMPLE_FILE, &pinned)]);
    let finding = |cidr: &str| Finding {
        violations: vec![(path("ingress[0].cidr"), Some(Value::from(cidr)))],
        ..Finding::new()
    };
    assert!(
        finding("203.0.113.0/24")
            .apply(&registry, "2026-03-10")
            .suppressed
    );
    let application = finding("0.0.0.0/0").apply(&registry, "2026-03-10");
    assert!(!application.suppressed);
    let primary = application.primary().expect("listed");
    assert_eq!((primary.state, primary.suppresses), (State::Active, false));
    assert_eq!(
        primary.note.as_deref(),
        Some("drifted: approved 203.0.113.0/24 at `ingress[0].cidr`, found 0.0.0.0/0")
    );
}

#[test]
fn fields_elsewhere_are_explained() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let finding = Finding {
        violations: vec![(path("kms_key_id"), None)],
        ..Finding::new()
    };
    let application = finding.apply(&registry, "2026-03-10");
    assert_eq!(
        application.not_applied,
        [(
            "EXC-2026-0007".into(),
            "it covers `storage_encrypted` only".to_owned()
        )]
    );
}

#[test]
fn a_control_that_allows_none_is_never_suppressed() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let finding = Finding {
        terms: ExceptionTerms {
            allowed: false,
            ..terms(30, &[])
        },
        ..Finding::new()
    };
    let application = finding.apply(&registry, "2026-03-10");
    assert!(!application.suppressed && application.matches.iter().all(|matched| !matched.suppresses));
    assert_eq!(
        application.matches[0].note.as_deref(),
        Some("DP-ENC-001 allows no exceptions")
    );
}
