//! Every code fires where it should and nowhere else.

use std::collections::BTreeSet;

use super::*;

/// Codes whose evidence lies outside of the registry: source comments and the history of the repository.
const ELSEWHERE: [&str; 7] = [
    "EXC030", "EXC031", "EXC032", "EXC033", "GOV001", "GOV002", "GOV003",
];

/// The texts of one registry, as file names and contents.
type Files = Vec<(String, String)>;

fn one(text: String) -> Files {
    vec![(EXAMPLE_FILE.into(), text)]
}

fn named(name: &str, text: String) -> Files {
    vec![(name.into(), text)]
}

/// One firing and one clean registry per code; the clean one is as near as can be.
fn table() -> Vec<(&'static str, Files, Files)> {
    let clean = || one(EXAMPLE.into());
    let edit = |from: &str, to: &str| one(example(from, to));
    let without = |key: &str| {
        let line = EXAMPLE.lines().find(|line| line.starts_with(key)).expect(key);
        one(EXAMPLE.replace(&format!("{line}\n"), ""))
    };
    let approver = "by: rina@example.com, role: security-risk-owner, on: 2026-02-27";
    vec![
        (
            "EXC000",
            edit("  regions:", "  region:"),
            edit("  regions:", "  x-region: 1\n  regions:"),
        ),
        ("EXC001", without("expiresOn"), clean()),
        ("EXC002", edit("id: EXC-2026-0007", "id: EXC-26-7"), clean()),
        (
            "EXC003",
            edit("controlId: DP-ENC-001", "controlId: DP-ENC-002"),
            clean(),
        ),
        ("EXC004", edit("by: rina@", "by: budi@"), clean()),
        (
            "EXC005",
            edit("role: security-risk-owner", "role: developer"),
            clean(),
        ),
        (
            "EXC006",
            edit("expiresOn: 2026-03-30", "expiresOn: 2026-03-31"),
            clean(),
        ),
        (
            "EXC007",
            edit("controlId: DP-ENC-001", "controlId: LOG-001"),
            clean(),
        ),
        (
            "EXC008",
            edit(
                "  - {link: https://tickets.example.com/RISK-118, sha256: null}",
                "  []",
            ),
            edit(
                "{link: https://tickets.example.com/RISK-118",
                "{link: docs/risk-118.md",
            ),
        ),
        (
            "EXC009",
            edit(
                "  - description: Replica is in an isolated subnet, no public route\n    controlId: NET-PRIV-002\n    evidence: https://tickets.example.com/CHG-991",
                "  []",
            ),
            edit("category: waiver", "category: false-positive"),
        ),
        (
            "EXC010",
            edit("\"tf:module.reporting.aws_db_instance.replica[0]\"", "\"tf:**\""),
            edit(
                "\"tf:module.reporting.aws_db_instance.replica[0]\"",
                "\"tf:module.reporting.**\"",
            ),
        ),
        (
            "EXC011",
            edit(
                "  accounts: [prod-data]\n  regions: [ap-southeast-1]\n  environments: [prod]\n",
                "",
            ),
            edit("  accounts: [prod-data]\n  regions: [ap-southeast-1]\n", ""),
        ),
        ("EXC012", without("owner"), clean()),
        (
            "EXC013",
            edit(
                "  Vendor snapshot cannot be re-encrypted in place; migration planned 2026-03-25.",
                "  TODO - TBD - TODO - TBD",
            ),
            edit(
                "  Vendor snapshot cannot be re-encrypted in place; migration planned 2026-03-25.",
                "  Twenty letters here.",
            ),
        ),
        (
            "EXC014",
            edit(approver, &approver.replace("2026-02-27", "2026-02-24")),
            edit(approver, &approver.replace("2026-02-27", "2026-02-25")),
        ),
        ("EXC015", edit("by: rina@", "by: tom@"), clean()),
        (
            "EXC016",
            edit(approver, &approver.replace("2026-02-27", "2026-03-02")),
            edit(approver, &approver.replace("2026-02-27", "2026-03-01")),
        ),
        (
            "EXC017",
            edit("expiresOn: 2026-03-30", "expiresOn: 2026-03-30T00:00:00"),
            edit("expiresOn: 2026-03-30", "expiresOn: 2026-03-30T00:00:00Z"),
        ),
        (
            "EXC018",
            edit("expiresOn: 2026-03-30", "expiresOn: 2026-02-28"),
            edit("expiresOn: 2026-03-30", "expiresOn: 2026-03-01"),
        ),
        (
            "EXC019",
            edit("cadence: weekly, ", ""),
            edit("cadence: weekly", "cadence: P7D"),
        ),
        (
            "EXC020",
            one(format!("{EXAMPLE}revocation: {{on: 2026-03-05}}\n")),
            clean(),
        ),
        (
            "EXC021",
            named("exceptions/expired/EXC-2026-0007.yaml", EXAMPLE.into()),
            named(
                "exceptions/expired/EXC-2026-0007.yaml",
                format!("{EXAMPLE}revocation: {{on: 2026-03-05}}\n"),
            ),
        ),
        (
            "EXC022",
            edit("lastReviewedOn: 2026-03-08", "lastReviewedOn: 2026-03-02"),
            edit("lastReviewedOn: 2026-03-08", "lastReviewedOn: 2026-03-03"),
        ),
        (
            "EXC025",
            edit("supersedes: null", "supersedes: EXC-2026-0001"),
            vec![
                (
                    EXAMPLE_FILE.into(),
                    example("supersedes: null", "supersedes: EXC-2026-0001"),
                ),
                (
                    "exceptions/expired/EXC-2026-0001.yaml".into(),
                    EXAMPLE
                        .replace("EXC-2026-0007", "EXC-2026-0001")
                        .replace("2026-03-30", "2026-03-02"),
                ),
            ],
        ),
        (
            "EXC026",
            edit("accounts: [prod-data]", "accounts: [prod-dta]"),
            edit("accounts: [prod-data]", "accounts: [\"111122223333\"]"),
        ),
        (
            "EXC027",
            named("exceptions/approved/replica.yaml", EXAMPLE.into()),
            named("exceptions/approved/EXC-2026-0007-replica.yaml", EXAMPLE.into()),
        ),
        (
            "EXC028",
            edit(
                "decision: approved,",
                &format!("decision: approved, approves: {{sha256: {}}},", "0".repeat(64)),
            ),
            clean(),
        ),
        (
            "EXC029",
            one(format!("{EXAMPLE}state: closed\n")),
            one(format!("{EXAMPLE}state: active\n")),
        ),
    ]
}

fn found(files: &[(String, String)]) -> Vec<Diagnostic> {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let (registry, mut diagnostics) = load_with(&files, options());
    diagnostics.extend(registry.lint(as_of("2026-03-10")));
    diagnostics
}

#[test]
fn every_code_has_a_firing_and_a_clean_registry() {
    for (code, firing, clean) in table() {
        let fired = found(&firing);
        assert!(ids(&fired).contains(&code), "{code} does not fire: {fired:?}");
        assert!(
            !ids(&found(&clean)).contains(&code),
            "{code} fires on its clean registry"
        );
    }
    // What needs findings, or no people registry, has tests of its own below.
    let own = ["EXC023", "EXC024", "EXC040"];
    let covered: BTreeSet<_> = table()
        .iter()
        .map(|(code, ..)| *code)
        .chain(own)
        .chain(ELSEWHERE)
        .collect();
    let declared: BTreeSet<_> = codes::CODES.iter().map(|code| code.id).collect();
    assert_eq!(covered, declared);
}

#[test]
fn firing_alone_fires_nothing_else() {
    // A fault that drags others along is reported once and not by its consequences. These two do have consequences.
    let with_company = ["EXC003", "EXC021"];
    for (code, firing, _) in table()
        .into_iter()
        .filter(|(code, ..)| !with_company.contains(code))
    {
        let mut fired = ids(&found(&firing));
        fired.dedup();
        // The name of the file is checked against the id, and vice versa.
        fired.retain(|&id| id == code || !(code == "EXC002" && id == "EXC027"));
        assert_eq!(fired, [code], "{code}");
    }
}

#[test]
fn every_diagnostic_has_a_place_and_a_way_out() {
    for (code, firing, _) in table() {
        for diagnostic in found(&firing) {
            assert!(diagnostic.location().is_some(), "{code}: {diagnostic:?}");
            assert!(diagnostic.help.is_some(), "{code}: {diagnostic:?}");
            assert!(
                !diagnostic.message.ends_with('.'),
                "{code}: {}",
                diagnostic.message
            );
            assert!(
                !diagnostic.message.starts_with(char::is_uppercase),
                "{code}: {}",
                diagnostic.message
            );
        }
    }
}

#[test]
fn errors_void_the_record_or_its_approval() {
    for (code, firing, _) in table() {
        let files: Vec<_> = firing
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let (registry, diagnostics) = load_with(&files, options());
        let level = codes::CODES
            .iter()
            .find(|known| known.id == code)
            .expect(code)
            .level;
        // A late approval holds from its day on, and a file name is not part of what was approved.
        let harmless = ["EXC016", "EXC027"];
        let suppresses = registry
            .records()
            .iter()
            .any(|record| registry.state(record, as_of("2026-03-10")).suppresses);
        assert_eq!(
            suppresses,
            level != Level::Error || harmless.contains(&code),
            "{code}: {diagnostics:?}"
        );
    }
}

#[test]
fn a_missing_expiry_is_a_policy_change() {
    for text in [
        example("expiresOn: 2026-03-30\n", ""),
        example("expiresOn: 2026-03-30", "expiresOn:"),
    ] {
        let (registry, diagnostics) = load(&text);
        assert_eq!(errors(&diagnostics), ["EXC001"]);
        assert!(
            diagnostics[0]
                .message
                .contains("if it cannot expire it is a policy change")
        );
        assert!(
            diagnostics[0]
                .help
                .as_deref()
                .unwrap_or_default()
                .contains("change the control instead")
        );
        assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Invalid);
    }
}

#[test]
fn every_required_field_has_a_code_of_its_own() {
    let drop = |from: &str| example(from, "");
    let cases = [
        (drop("id: EXC-2026-0007\n"), "EXC002"),
        (drop("controlId: DP-ENC-001\n"), "EXC003"),
        (
            drop("  resources: [\"tf:module.reporting.aws_db_instance.replica[0]\"]\n"),
            "EXC010",
        ),
        (drop("owner: team-payments\n"), "EXC012"),
        (
            drop(
                "reason: >-\n  Vendor snapshot cannot be re-encrypted in place; migration planned 2026-03-25.\n",
            ),
            "EXC013",
        ),
        (
            drop(
                "compensatingControls:\n  - description: Replica is in an isolated subnet, no public route\n    controlId: NET-PRIV-002\n    evidence: https://tickets.example.com/CHG-991\n",
            ),
            "EXC009",
        ),
        (
            drop(
                "approval:\n  requestedBy: budi@example.com\n  requestedOn: 2026-02-25\n  approvals:\n    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved, reference: https://tickets.example.com/RISK-118}\n",
            ),
            "EXC004",
        ),
        (drop("expiresOn: 2026-03-30\n"), "EXC001"),
        (
            drop("review: {cadence: weekly, lastReviewedOn: 2026-03-08, lastReviewedBy: rina@example.com}\n"),
            "EXC019",
        ),
        (
            drop("evidence:\n  - {link: https://tickets.example.com/RISK-118, sha256: null}\n"),
            "EXC008",
        ),
    ];
    for (text, code) in cases {
        let (_, diagnostics) = load(&text);
        let mut fired = ids(&diagnostics);
        fired.retain(|&id| id != "EXC027");
        assert_eq!(fired, [code], "{diagnostics:?}");
    }
}

#[test]
fn a_list_or_wildcard_of_controls_is_refused() {
    let (_, diagnostics) = load(&example(
        "controlId: DP-ENC-001",
        "controlId: [DP-ENC-001, LOG-001]",
    ));
    assert_eq!(errors(&diagnostics), ["EXC003"]);
    assert!(
        diagnostics[0]
            .help
            .as_deref()
            .unwrap_or_default()
            .contains("split the record")
    );
    let (_, diagnostics) = load(&example("controlId: DP-ENC-001", "controlId: DP-*"));
    assert!(diagnostics[0].message.contains("wildcard"));
    let (_, diagnostics) = load(&example("controlId: DP-ENC-001", "controlId: DP-ENC-011"));
    assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `DP-ENC-001`?"));
    // A bare star is an alias in YAML: the laziest wildcard does not even parse.
    let (registry, diagnostics) = load(&example("controlId: DP-ENC-001", "controlId: *"));
    assert_eq!(
        (errors(&diagnostics), registry.records().len()),
        (vec!["EXC000"], 0)
    );
}

#[test]
fn duplicates_are_both_out() {
    let (registry, diagnostics) = load_with(
        &[
            (EXAMPLE_FILE, EXAMPLE),
            ("exceptions/EXC-2026-0007.yaml", EXAMPLE),
        ],
        options(),
    );
    assert_eq!(errors(&diagnostics), ["EXC002", "EXC002"]);
    assert!(diagnostics.iter().all(|diagnostic| diagnostic.labels.len() == 2));
    assert!(
        registry
            .records()
            .iter()
            .all(|record| !registry.state(record, as_of("2026-03-10")).suppresses)
    );
    let (_, diagnostics) = load(&format!("{EXAMPLE}---\n{EXAMPLE}"));
    assert_eq!(errors(&diagnostics), ["EXC002", "EXC002"]);
}

#[test]
fn several_documents_share_a_file() {
    let second = EXAMPLE
        .replace("EXC-2026-0007", "EXC-2026-0008")
        .replace("replica[0]", "replica[1]");
    let (registry, diagnostics) = load_with(
        &[("exceptions/2026.yaml", &format!("{EXAMPLE}---\n{second}---\n"))],
        options(),
    );
    assert_eq!(diagnostics, []);
    assert_eq!(registry.records().len(), 2);
}

#[test]
fn damaged_files_are_reported_and_the_others_are_used() {
    let files = [
        (EXAMPLE_FILE, EXAMPLE),
        ("exceptions/EXC-2026-0101.yaml", "id: [\n"),
        ("exceptions/EXC-2026-0102.yaml", "# nothing yet\n"),
        ("exceptions/EXC-2026-0103.yaml", "- id: EXC-2026-0103\n"),
        ("exceptions/EXC-2026-0104.yaml", "just a text\n"),
        ("exceptions/EXC-2026-0105.yaml", ""),
        (
            "exceptions/EXC-2026-0106.yaml",
            "id: EXC-2026-0106\nid: EXC-2026-0106\n",
        ),
    ];
    let (registry, diagnostics) = load_with(&files, options());
    assert_eq!(errors(&diagnostics), ["EXC000"; 6]);
    assert!(
        diagnostics
            .iter()
            .all(|diagnostic| diagnostic.location().is_some())
    );
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Active);
}

#[test]
fn a_file_without_indentation_is_recognised() {
    let flat = "id: EXC-2026-0007\ncontrolId: DP-ENC-001\nscope:\nresources: ['tf:aws_s3_bucket.a']\naccounts: [prod-data]\n";
    let (_, diagnostics) = load(flat);
    let hint = "it belongs under `scope` (did the file lose its indentation?)";
    assert!(
        diagnostics
            .iter()
            .any(|diagnostic| diagnostic.help.as_deref() == Some(hint)),
        "{diagnostics:?}"
    );
}

#[test]
fn structure_faults_are_named() {
    let cases = [
        (
            example("detection: keep-alerting", "detection: off"),
            "`detection` does not know `off`",
        ),
        (
            example("accounts: [prod-data]", "accounts: []"),
            "`scope.accounts` is empty",
        ),
        (
            example("accounts: [prod-data]", "accounts: [12345678901]"),
            "`12345678901` is not an account id",
        ),
        (
            example("fields: [storage_encrypted]", "fields: ['a..b']"),
            "`a..b` is not an attribute path",
        ),
        (
            example(
                "    - {path: storage_encrypted, equals: false}",
                "    - {path: storage_encrypted}",
            ),
            "has no `equals`",
        ),
        (
            example("title:", "schemaVersion: 2\ntitle:"),
            "`schemaVersion` must be between 1 and 1",
        ),
        (
            example("decision: approved", "decision: maybe"),
            "does not know `maybe`",
        ),
        (
            example(
                "by: rina@example.com, role: security-risk-owner, on: 2026-02-27, ",
                "by: rina@example.com, role: security-risk-owner, ",
            ),
            "has no `on`",
        ),
        (
            format!("{EXAMPLE}revocation: {{by: rina@example.com}}\n"),
            "has no `on`",
        ),
        (
            example("closure: {criteria", "closure: {by: rina@example.com, criteria"),
            "has no `closedOn`",
        ),
        (example("sha256: null", "sha256: abc"), "`abc` is not a SHA-256"),
    ];
    for (text, expected) in cases {
        let (registry, diagnostics) = load(&text);
        assert!(
            diagnostics
                .iter()
                .any(|diagnostic| diagnostic.message.contains(expected)),
            "{expected}: {diagnostics:?}"
        );
        assert!(!registry.records()[0].is_valid(), "{expected}");
    }
    let (registry, diagnostics) = load(&format!("{EXAMPLE}x-ticket: {{id: 7}}\n"));
    assert_eq!(diagnostics, []);
    assert!(registry.records()[0].extensions.contains_key("x-ticket"));
}

#[test]
fn broad_scopes_are_errors_only_where_it_hurts() {
    let wide = "  accounts: [prod-data]\n  regions: [ap-southeast-1]\n  environments: [prod]\n";
    let (_, diagnostics) = load(&example(wide, ""));
    assert_eq!(
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic.level)
            .collect::<Vec<_>>(),
        [Level::Error]
    );
    let (registry, diagnostics) = load(&example(wide, "").replace("DP-ENC-001", "DP-LOW-001"));
    assert_eq!(ids(&diagnostics), ["EXC011"]);
    assert_eq!(diagnostics[0].level, Level::Warning);
    assert!(registry.records()[0].is_valid());
    let arn = |arn: &str| example(wide, "").replace("tf:module.reporting.aws_db_instance.replica[0]", arn);
    let (_, diagnostics) = load(&arn("arn:aws:rds:ap-southeast-1:111122223333:db:replica"));
    assert_eq!(diagnostics, [], "the ARN says where");
    let (_, diagnostics) = load(&arn("arn:aws:rds:*:111122223333:db:replica"));
    assert_eq!(errors(&diagnostics), ["EXC011"]);
}

#[test]
fn an_unknown_compensating_control_leaves_its_description() {
    let (registry, diagnostics) = load(&example("controlId: NET-PRIV-002", "controlId: NET-PRIV-009"));
    assert_eq!(ids(&diagnostics), ["EXC009"]);
    assert!(registry.records()[0].is_valid());
    let bare = example(
        "description: Replica is in an isolated subnet, no public route\n    controlId: NET-PRIV-002",
        "controlId: NET-PRIV-009",
    );
    let (registry, diagnostics) = load(&bare);
    assert!(!diagnostics.is_empty());
    assert!(!registry.records()[0].is_valid());
}

#[test]
fn requests_wait_without_a_fault() {
    let approval = "  approvals:\n    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27, decision: approved, reference: https://tickets.example.com/RISK-118}\n";
    let text = example(approval, "");
    let (registry, diagnostics) = load_with(&[("exceptions/requested/EXC-2026-0007.yaml", &text)], options());
    assert_eq!(diagnostics, []);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Requested);
    let (_, diagnostics) = load(&text);
    assert_eq!(errors(&diagnostics), ["EXC004"], "filed as approved");
}

#[test]
fn what_nobody_can_verify_is_said_once() {
    let second = EXAMPLE
        .replace("EXC-2026-0007", "EXC-2026-0008")
        .replace("replica[0]", "replica[1]");
    let files = [
        (EXAMPLE_FILE, EXAMPLE),
        ("exceptions/approved/EXC-2026-0008.yaml", second.as_str()),
    ];
    let (_, diagnostics) = load_with(
        &files,
        RegistryOptions {
            people: None,
            ..options()
        },
    );
    assert_eq!(ids(&diagnostics), ["EXC040"]);
    assert_eq!(diagnostics[0].level, Level::Info);
    let anonymous = example("  requestedBy: budi@example.com\n", "");
    let (registry, diagnostics) = load(&anonymous);
    assert_eq!(ids(&diagnostics), ["EXC040"]);
    assert_eq!(diagnostics[0].level, Level::Warning);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Active);
}
