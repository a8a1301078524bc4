//! A package has all nine sections, is the same bytes each time, and shows every tampering.

use proptest::prelude::*;

use super::*;
use crate::exception::RegistryOptions;
use crate::report::json::{self, JsonOptions};
use crate::report::{read, testdata};
use crate::source::Source;

const CONTROL: &str = "\
id: DP-ENC-001
title: Production storage must use approved encryption
intent: Protect regulated data at rest
severity: high
scope: {environments: [prod], resourceTypes: [rds]}
evidenceSources: [aws-config]
implementation: [rds-storage-encryption]
exception: {allowed: true, maxDurationDays: 30, approvalRole: security-risk-owner}
mappings: {iso27001: [A.8.24]}
";
const RULE: &str =
    "package controls.dp_enc_001\ndeny contains \"x\" if not input.resource.storage_encrypted\n";

fn catalog(control: &str) -> Catalog {
    let sources = [
        Source::new("DP-ENC-001.yaml", control),
        Source::new("rule.rego", RULE),
    ];
    crate::control::load(&sources).0
}

fn evidence(all_outcomes: bool) -> Evidence {
    let text = json::render(&testdata::realistic(), JsonOptions { all_outcomes });
    let saved = read::read(&text, |_| None).unwrap();
    Evidence::new("report.json", text.into_bytes(), saved)
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn sign_off(on: &str) -> SignOff {
    SignOff {
        bytes: format!("reviewedBy: rina@example.com\nreviewedOn: {on}\n").into_bytes(),
        reviewed_by: "rina@example.com".into(),
        role: None,
        reviewed_on: date(on),
    }
}

/// The parts of a complete request; the report is of 2026-03-01.
struct Parts {
    catalog: Catalog,
    registry: Registry,
    reports: Vec<Evidence>,
    sign_off: SignOff,
}

fn parts() -> Parts {
    let catalog = catalog(CONTROL);
    let (registry, _) = Registry::load(&[], &catalog, RegistryOptions::default());
    Parts {
        catalog,
        registry,
        reports: vec![evidence(true)],
        sign_off: sign_off("2026-03-10"),
    }
}

impl Parts {
    fn request(&self) -> Request<'_> {
        Request {
            subject: Subject::Control(ControlId::new("DP-ENC-001").unwrap()),
            from: date("2026-02-01"),
            to: date("2026-03-31"),
            as_of: AsOf::parse("2026-04-01", UtcOffset::UTC).unwrap(),
            tool_version: "0.1.0",
            catalog: &self.catalog,
            registry: Some(&self.registry),
            reports: &self.reports,
            workloads: &[],
            sign_off: Some(&self.sign_off),
            previous: None,
        }
    }
}

fn missing(request: &Request<'_>) -> Vec<Section> {
    match build(request) {
        Err(PackageError::Missing(missing)) => missing.into_iter().map(|missing| missing.section).collect(),
        other => panic!("nothing is missing: {other:?}"),
    }
}

#[test]
fn a_complete_package_has_its_files_and_verifies() {
    let parts = parts();
    let package = build(&parts.request()).unwrap();
    for path in [
        "00-scope.json",
        "01-control.yaml",
        "02-mapping.json",
        "03-implementation.md",
        EVIDENCE_LOG,
        "05-exceptions.json",
        "06-remediation.json",
        "07-signoff.yaml",
        "narrative.md",
        "oscal/assessment-results.json",
        "sarif.json",
        MANIFEST,
    ] {
        assert!(
            package.files.contains_key(path),
            "{path} is missing in {:?}",
            package.files.keys()
        );
    }
    assert!(
        package.manifest.chain.iter().all(|link| link.present),
        "{:?}",
        package.manifest.chain
    );
    let log = String::from_utf8(package.files[EVIDENCE_LOG].clone()).unwrap();
    assert!(
        !log.is_empty()
            && log
                .lines()
                .all(|line| line.contains("\"controlId\":\"DP-ENC-001\"")),
        "{log}"
    );
    assert_eq!(package.manifest.tree_size, package.manifest.files.len() + 1);
    let witness = Witness {
        root: Some(package.manifest.merkle_root.clone()),
        previous: None,
    };
    let verification = verify(&package.files, &witness);
    assert_eq!(verification.validation_errors, Vec::<String>::new());
    assert!(verification.valid && verification.signature_valid.is_none());
    assert_eq!(
        build(&parts.request()).unwrap().files,
        package.files,
        "the same request, the same bytes"
    );
}

#[test]
fn a_framework_is_packaged_with_its_controls() {
    let parts = parts();
    let request = |name: &str| Request {
        subject: Subject::Framework(name.into()),
        ..parts.request()
    };
    assert_eq!(build(&request("iso27001")).unwrap().manifest.subject, "iso27001");
    assert!(matches!(build(&request("soc2")), Err(PackageError::UnknownSubject(name)) if name == "soc2"));
}

#[test]
fn every_section_that_is_missing_is_named() {
    let parts = parts();
    let request = parts.request();
    assert_eq!(
        missing(&Request {
            registry: None,
            ..request.clone()
        }),
        [Section::KnownExceptions]
    );
    assert_eq!(
        missing(&Request {
            workloads: &[],
            sign_off: None,
            ..request.clone()
        }),
        [Section::SignOff]
    );
    assert_eq!(
        missing(&Request {
            reports: &[],
            ..request.clone()
        }),
        [Section::SampleEvidence]
    );
    let early = sign_off("2026-02-28");
    assert_eq!(
        missing(&Request {
            workloads: &[],
            sign_off: Some(&early),
            ..request.clone()
        }),
        [Section::SignOff]
    );
    let late = sign_off("2026-04-02");
    assert_eq!(
        missing(&Request {
            workloads: &[],
            sign_off: Some(&late),
            ..request.clone()
        }),
        [Section::SignOff]
    );
    assert_eq!(
        missing(&Request {
            to: date("2026-04-02"),
            ..request.clone()
        }),
        [Section::TimeWindow]
    );
    assert_eq!(
        missing(&Request {
            from: date("2026-03-02"),
            ..request.clone()
        }),
        [Section::SampleEvidence]
    );
    for (field, section) in [
        (
            "scope: {environments: [prod], resourceTypes: [rds]}\n",
            Section::Scope,
        ),
        ("evidenceSources: [aws-config]\n", Section::EvidenceSource),
    ] {
        let catalog = catalog(&CONTROL.replace(field, ""));
        assert_eq!(
            missing(&Request {
                catalog: &catalog,
                ..request.clone()
            }),
            [section]
        );
    }
    let none: &[Evidence] = &[];
    let error = build(&Request {
        registry: None,
        workloads: &[],
        sign_off: None,
        reports: none,
        ..request
    })
    .unwrap_err()
    .to_string();
    assert_eq!(
        error,
        "the package is not complete; 3 sections are missing: sample evidence, known exceptions, review sign-off"
    );
}

#[test]
fn without_an_implementation_there_is_none() {
    let parts = parts();
    let mut catalog = catalog(&CONTROL.replace("implementation: [rds-storage-encryption]\n", ""));
    assert!(
        build(&Request {
            catalog: &catalog,
            ..parts.request()
        })
        .is_ok(),
        "the rule says how it is checked"
    );
    for control in catalog.controls.values_mut() {
        control.rego.clear();
        control.rules.clear();
    }
    assert_eq!(
        missing(&Request {
            catalog: &catalog,
            ..parts.request()
        }),
        [Section::Implementation]
    );
}

#[test]
fn forecasts_and_historical_runs_are_no_evidence() {
    for mode in [Mode::Historical, Mode::Forecast] {
        let mut parts = parts();
        parts.reports[0].saved.run.mode = mode;
        assert_eq!(missing(&parts.request()), [Section::SampleEvidence]);
    }
}

#[test]
fn packages_follow_each_other_without_a_gap() {
    let parts = parts();
    let first = build(&Request {
        from: date("2026-01-01"),
        to: date("2026-03-01"),
        ..parts.request()
    })
    .unwrap();
    let bytes = &first.files[MANIFEST];
    let next = |from| Request {
        from: date(from),
        previous: Some(bytes),
        ..parts.request()
    };
    let second = build(&next("2026-02-20")).unwrap();
    assert_eq!((first.manifest.sequence, second.manifest.sequence), (1, 2));
    let witness = |previous: &[u8]| Witness {
        root: None,
        previous: Some(previous.to_vec()),
    };
    assert!(verify(&second.files, &witness(bytes)).valid);
    assert!(!verify(&second.files, &witness(b"{}")).valid, "another manifest");
    assert!(
        !verify(&first.files, &witness(bytes)).valid,
        "the first package follows none"
    );

    let earlier = build(&Request {
        from: date("2026-01-01"),
        to: date("2026-03-01"),
        ..parts.request()
    })
    .unwrap();
    let gap = Request {
        from: date("2026-03-03"),
        previous: Some(&earlier.files[MANIFEST]),
        reports: &[],
        ..parts.request()
    };
    let gap = Request {
        sign_off: gap.sign_off,
        reports: &parts.reports,
        ..gap
    };
    // The window has no evidence either; the gap is found on its own with a report inside.
    assert!(build(&gap).is_err());
    let mut later = parts.reports.clone();
    later[0].saved.run.as_of = "2026-03-05".into();
    let gap = Request {
        reports: &later,
        ..gap
    };
    assert!(matches!(build(&gap), Err(PackageError::Previous(why)) if why.contains("2026-03-03")));
}

/// The errors after `tamper`, which must be some, against the package itself and nothing else.
fn errors(tamper: impl Fn(&mut BTreeMap<String, Vec<u8>>)) -> String {
    let parts = parts();
    let mut files = build(&parts.request()).unwrap().files;
    tamper(&mut files);
    let verification = verify(&files, &Witness::default());
    assert!(!verification.valid);
    verification.validation_errors.join("\n")
}

#[test]
fn every_tampering_is_named() {
    let flipped = errors(|files| files.get_mut("sarif.json").unwrap()[10] ^= 1);
    assert!(flipped.contains("`sarif.json` was changed"), "{flipped}");
    let dropped = errors(|files| drop(files.remove("05-exceptions.json")));
    assert!(dropped.contains("`05-exceptions.json` is missing"), "{dropped}");
    let added = errors(|files| drop(files.insert("04-evidence/more.json".into(), b"{}".to_vec())));
    assert!(added.contains("`04-evidence/more.json` was added"), "{added}");
    let truncated = errors(|files| files.get_mut(EVIDENCE_LOG).unwrap().truncate(20));
    assert!(
        truncated.contains("`04-evidence/evidence.jsonl` is truncated: 20 of"),
        "{truncated}"
    );
    let swapped = errors(|files| {
        let narrative = files.insert("narrative.md".into(), Vec::new()).unwrap();
        let control = files.insert("01-control.yaml".into(), narrative).unwrap();
        files.insert("narrative.md".into(), control);
    });
    assert!(
        swapped.contains("`01-control.yaml` holds what belongs in `narrative.md`"),
        "{swapped}"
    );
    assert!(
        swapped.contains("`narrative.md` holds what belongs in `01-control.yaml`"),
        "{swapped}"
    );
    let headless = errors(|files| drop(files.remove(MANIFEST)));
    assert!(headless.contains("`manifest.json` is missing"), "{headless}");
}

#[test]
fn a_line_of_the_log_cannot_go_or_move_even_when_the_manifest_is_made_to_agree() {
    let parts = parts();
    let log = String::from_utf8(build(&parts.request()).unwrap().files[EVIDENCE_LOG].clone()).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines.len() > 1, "the example has records");
    assert_eq!(record::broken_link(&log), None);
    assert_eq!(record::broken_link(&lines[1..].join("\n")), Some(1));
    let swapped = [lines[1], lines[0]].join("\n");
    assert_eq!(record::broken_link(&swapped), Some(1));
}

/// Who rewrites everything makes a sound package; a root kept elsewhere still tells.
#[test]
fn a_package_made_anew_differs_from_the_root_that_was_kept() {
    let parts = parts();
    let kept = build(&parts.request()).unwrap().manifest.merkle_root;
    let other = sign_off("2026-03-11");
    let forged = build(&Request {
        workloads: &[],
        sign_off: Some(&other),
        ..parts.request()
    })
    .unwrap();
    assert!(verify(&forged.files, &Witness::default()).valid);
    let verification = verify(
        &forged.files,
        &Witness {
            root: Some(kept),
            previous: None,
        },
    );
    assert!(
        verification.validation_errors[0].contains("another package"),
        "{verification:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any single byte, in any file, the manifest among them.
    #[test]
    fn no_byte_can_be_changed(file in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), with in 1_u8..) {
        let parts = parts();
        let mut files = build(&parts.request()).unwrap().files;
        let path = files.keys().nth(file.index(files.len())).unwrap().clone();
        let bytes = files.get_mut(&path).unwrap();
        let at = byte.index(bytes.len());
        bytes[at] ^= with;
        prop_assert!(!verify(&files, &Witness::default()).valid, "{} at {}", path, at);
    }
}
