//! States of whole records, from text to state.

use std::fmt::Write as _;

use super::*;

/// Spells a record of the vector table as a file.
fn yaml(record: &serde_json::Value) -> String {
    let text = |key: &str| record[key].as_str();
    let mut out = format!(
        "id: EXC-2026-0001\ncontrolId: DP-YEAR-001\nowner: {}\n\
         scope: {{resources: ['tf:aws_db_instance.a'], environments: [prod]}}\n\
         reason: Migration of the replica is planned for the spring\n\
         compensatingControls: [{{description: Isolated subnet}}]\nreview: {{cadence: P366D}}\n\
         evidence: [{{link: docs/risk.md}}]\napproval:\n  requestedBy: budi\n  requestedOn: {}\n  approvals:\n",
        text("owner").expect("owner"),
        text("requestedOn").expect("requestedOn"),
    );
    for approval in record["approvals"].as_array().expect("approvals") {
        let text = |key: &str| approval[key].as_str().expect("text");
        let _ = writeln!(
            out,
            "    - {{by: {}, role: {}, on: {}, decision: approved}}",
            text("by"),
            text("role"),
            text("on")
        );
    }
    if let Some(on) = text("rejectedOn") {
        let _ = writeln!(
            out,
            "    - {{by: rina, role: security-risk-owner, on: {on}, decision: rejected}}"
        );
    }
    if out.ends_with("approvals:\n") {
        out = out.replace("  approvals:\n", "");
    }
    for key in ["effectiveFrom", "expiresOn"] {
        if let Some(on) = text(key) {
            let _ = writeln!(out, "{key}: {on}");
        }
    }
    if let Some(on) = text("revokedOn") {
        let _ = writeln!(out, "revocation: {{on: {on}, by: rina, reason: incident}}");
    }
    if let Some(on) = text("closedOn") {
        let _ = writeln!(out, "closure: {{closedOn: {on}, by: rina, reason: remediated}}");
    }
    out
}

#[test]
fn every_vector_of_the_state_table_holds() {
    let table: serde_json::Value =
        serde_json::from_str(include_str!("../testdata/state_vectors.json")).expect("table");
    let vectors = table["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 285);
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().expect("text");
        let zone = UtcOffset::parse(text("timezone")).expect("zone");
        let warn_days = table["warnDays"]
            .as_u64()
            .and_then(|days| u32::try_from(days).ok())
            .expect("warnDays");
        let options = RegistryOptions {
            zone,
            warn_days,
            ..RegistryOptions::default()
        };
        let file = yaml(&table["records"][text("case")]);
        let (registry, _) = load_with(&[("exceptions/EXC-2026-0001.yaml", &file)], options);
        let as_of = AsOf::parse(text("asOf"), zone).expect("as of");
        let at = registry.state(&registry.records()[0], as_of);
        assert_eq!(at.state.as_str(), text("state"), "{vector}\n{file}");
        assert_eq!(Some(at.suppresses), vector["suppresses"].as_bool(), "{vector}");
        assert_eq!(
            at.days_left.or(at.days_expired),
            vector["days"].as_i64(),
            "{vector}"
        );
    }
}

#[test]
fn the_longest_duration_is_the_last_that_is_allowed() {
    let (registry, diagnostics) = load(EXAMPLE);
    assert_eq!(errors(&diagnostics), [""; 0]);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-30"), State::Expiring);
    let (registry, diagnostics) = load(&example("expiresOn: 2026-03-30", "expiresOn: 2026-03-31"));
    assert_eq!(errors(&diagnostics), ["EXC006"]);
    assert!(diagnostics[0].message.contains("31 days") && diagnostics[0].message.contains("allows 30"));
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Invalid);
}

#[test]
fn one_day_is_a_duration() {
    let (registry, diagnostics) = load(&example("expiresOn: 2026-03-30", "expiresOn: 2026-03-01"));
    assert_eq!(errors(&diagnostics), [""; 0]);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-02-28"), State::Scheduled);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-01"), State::Expiring);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-02"), State::Expired);
}

#[test]
fn every_role_of_the_control_has_to_approve() {
    let one = example("DP-ENC-001", "DP-TWO-001");
    let (registry, diagnostics) = load(&one);
    assert_eq!(errors(&diagnostics), ["EXC005"]);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Requested);
    let line = "    - {by: rina@example.com, role: security-risk-owner, on: 2026-02-27,";
    let second = format!("    - {{by: adi@example.com, role: data-owner, on: 2026-02-28}}\n{line}");
    let (registry, diagnostics) = load(&one.replace(line, &second));
    assert_eq!(errors(&diagnostics), [""; 0]);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-02-28"), State::Scheduled);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Active);
    // Whoever comes last decides when it starts, in whichever order the control names the roles.
    for (data, security, start) in [
        ("2026-02-26", "2026-02-28", "2026-02-28"),
        ("2026-02-28", "2026-02-26", "2026-02-28"),
    ] {
        let text = one
            .replace(line, &second)
            .replace(
                "role: data-owner, on: 2026-02-28",
                &format!("role: data-owner, on: {data}"),
            )
            .replace(
                "role: security-risk-owner, on: 2026-02-27",
                &format!("role: security-risk-owner, on: {security}"),
            )
            .replace("effectiveFrom: 2026-03-01\n", "")
            .replace("expiresOn: 2026-03-30", "expiresOn: 2026-03-20");
        let (registry, diagnostics) = load(&text);
        assert_eq!(errors(&diagnostics), [""; 0]);
        assert_eq!(state(&registry, "EXC-2026-0007", "2026-02-27"), State::Requested);
        assert_eq!(state(&registry, "EXC-2026-0007", start), State::Active);
    }
    // The requester cannot fill the second role, though the people registry gives it to him.
    let own = second.replace("adi@", "budi@");
    let (registry, diagnostics) = load(&one.replace(line, &own));
    assert_eq!(errors(&diagnostics), ["EXC004"]);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Requested);
}

#[test]
fn approvals_by_the_interested_do_not_count() {
    let cases = [
        (
            "by: rina@example.com, role",
            "by: team-payments, role",
            "the owner",
        ),
        (
            "by: rina@example.com, role",
            "by: Budi@Example.com, role",
            "the requester",
        ),
        (
            "by: rina@example.com, role",
            "by: sari@example.com, role",
            "the owning team",
        ),
    ];
    for (from, to, who) in cases {
        let text = example(from, to);
        // The requester is on the team as well; without the registry only the name tells.
        let people = if who == "the requester" {
            None
        } else {
            options().people
        };
        let (registry, diagnostics) =
            load_with(&[(EXAMPLE_FILE, &text)], RegistryOptions { people, ..options() });
        let fault = diagnostics
            .iter()
            .find(|diagnostic| diagnostic.code.id == "EXC004")
            .expect(to);
        assert!(fault.message.contains(who), "{}", fault.message);
        assert_eq!(
            state(&registry, "EXC-2026-0007", "2026-03-10"),
            State::Requested,
            "{to}"
        );
        assert!(
            registry.get("EXC-2026-0007").expect("record").is_valid(),
            "the record itself is fine"
        );
    }
}

#[test]
fn an_approval_signs_the_content() {
    let (registry, _) = load(EXAMPLE);
    let digest = registry.records()[0].digest.clone();
    let sign = |text: &str| {
        text.replace(
            "decision: approved,",
            &format!("decision: approved, approves: {{sha256: {digest}}},"),
        )
    };
    let (registry, diagnostics) = load(&sign(EXAMPLE));
    assert_eq!(diagnostics, []);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Active);
    let edits = [
        ("expiresOn: 2026-03-30", "expiresOn: 2026-03-29"),
        ("replica[0]", "replica[1]"),
        (
            "fields: [storage_encrypted]",
            "fields: [storage_encrypted, kms_key_id]",
        ),
    ];
    for (from, to) in edits {
        let (registry, diagnostics) = load(&sign(&example(from, to)));
        assert_eq!(errors(&diagnostics)[0], "EXC028", "{to}");
        assert_eq!(
            state(&registry, "EXC-2026-0007", "2026-03-10"),
            State::Requested,
            "{to}"
        );
    }
    let reviewed = example("lastReviewedOn: 2026-03-08", "lastReviewedOn: 2026-03-09");
    let (_, diagnostics) = load(&sign(&reviewed));
    assert_eq!(diagnostics, [], "a review is not an edit");
    // Neither spelling nor order nor comments are content.
    let respelled = sign(&example(
        "effectiveFrom: 2026-03-01\nexpiresOn: 2026-03-30",
        "# dates\nexpiresOn: '2026-03-30'\neffectiveFrom: \"2026-03-01\"",
    ));
    assert_eq!(load(&respelled).1, []);
}

fn renewal(number: u32, from: &str, to: &str, supersedes: &str) -> (String, String) {
    let id = format!("EXC-2026-{number:04}");
    let text = EXAMPLE
        .replace("EXC-2026-0007", &id)
        .replace("effectiveFrom: 2026-03-01", &format!("effectiveFrom: {from}"))
        .replace("expiresOn: 2026-03-30", &format!("expiresOn: {to}"))
        .replace("supersedes: null", &format!("supersedes: {supersedes}"));
    (format!("exceptions/{id}.yaml"), text)
}

fn load_all(files: &[(String, String)]) -> (Registry, Vec<Diagnostic>) {
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    load_with(&files, options())
}

#[test]
fn a_renewal_ends_what_it_renews_for_good() {
    let first = renewal(1, "2026-03-01", "2026-03-30", "null");
    let mut second = renewal(2, "2026-03-20", "2026-04-10", "EXC-2026-0001");
    let (registry, diagnostics) = load_all(&[first.clone(), second.clone()]);
    assert_eq!(diagnostics, []);
    assert_eq!(state(&registry, "EXC-2026-0001", "2026-03-19"), State::Expiring);
    assert_eq!(state(&registry, "EXC-2026-0002", "2026-03-19"), State::Scheduled);
    assert_eq!(state(&registry, "EXC-2026-0001", "2026-03-20"), State::Superseded);
    assert_eq!(
        registry.get("EXC-2026-0002").expect("second").renewal(),
        Renewal { number: 1, max: 2 }
    );
    // Revoking the renewal does not revive the original.
    second
        .1
        .push_str("revocation: {on: 2026-03-22, by: rina@example.com, reason: incident}\n");
    let (registry, _) = load_all(&[first.clone(), second.clone()]);
    assert_eq!(state(&registry, "EXC-2026-0001", "2026-03-25"), State::Superseded);
    assert_eq!(state(&registry, "EXC-2026-0002", "2026-03-25"), State::Revoked);
    // A renewal that never was in force supersedes nothing.
    second.1 = second
        .1
        .replace("revocation: {on: 2026-03-22", "revocation: {on: 2026-03-19");
    let (registry, _) = load_all(&[first, second]);
    assert_eq!(state(&registry, "EXC-2026-0001", "2026-03-25"), State::Expiring);
}

#[test]
fn the_first_of_two_renewals_ends_a_record() {
    let first = renewal(1, "2026-03-01", "2026-03-30", "null");
    for (second, third) in [("2026-03-20", "2026-03-25"), ("2026-03-25", "2026-03-20")] {
        let second = renewal(2, second, "2026-04-10", "EXC-2026-0001");
        let third = renewal(3, third, "2026-04-10", "EXC-2026-0001");
        let (registry, _) = load_all(&[first.clone(), second, third]);
        assert_eq!(state(&registry, "EXC-2026-0001", "2026-03-19"), State::Expiring);
        assert_eq!(state(&registry, "EXC-2026-0001", "2026-03-20"), State::Superseded);
    }
}

#[test]
fn chains_of_renewals_end() {
    let chain = |last: u32| {
        (1..=last)
            .map(|number| {
                let before = if number == 1 {
                    "null".into()
                } else {
                    format!("EXC-2026-{:04}", number - 1)
                };
                renewal(
                    number,
                    &format!("2026-{:02}-01", number + 2),
                    &format!("2026-{:02}-20", number + 2),
                    &before,
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(load_all(&chain(3)).1, [], "two renewals are allowed");
    let (registry, diagnostics) = load_all(&chain(4));
    assert_eq!(errors(&diagnostics), ["EXC025"]);
    assert!(
        diagnostics[0].message.contains("renewal 3"),
        "{}",
        diagnostics[0].message
    );
    assert_eq!(state(&registry, "EXC-2026-0004", "2026-06-10"), State::Invalid);
    assert_eq!(
        state(&registry, "EXC-2026-0003", "2026-05-10"),
        State::Expiring,
        "the ones before are untouched"
    );
}

#[test]
fn broken_chains_are_told_apart() {
    let message = |files: &[(String, String)]| {
        let (_, diagnostics) = load_all(files);
        let faults: Vec<_> = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.code.id == "EXC025")
            .collect();
        faults
            .iter()
            .map(|fault| fault.message.clone())
            .collect::<Vec<_>>()
            .join("; ")
    };
    let first = renewal(1, "2026-03-01", "2026-03-30", "null");
    let second = |supersedes: &str| renewal(2, "2026-04-01", "2026-04-30", supersedes);
    assert!(message(&[second("EXC-2026-0009")]).contains("not in the registry"));
    assert!(message(&[second("EXC-2026-0002")]).contains("renews itself"));
    let circle = [
        renewal(1, "2026-03-01", "2026-03-30", "EXC-2026-0002"),
        second("EXC-2026-0001"),
    ];
    assert_eq!(message(&circle).matches("renews itself").count(), 2);
    let mut other = first.clone();
    other.1 = other.1.replace("controlId: DP-ENC-001", "controlId: DP-YEAR-001");
    assert!(message(&[other, second("EXC-2026-0001")]).contains("exception from DP-YEAR-001"));
    assert_eq!(message(&[first, second("EXC-2026-0001")]), "");
}

#[test]
fn a_chain_lasts_three_times_the_maximum() {
    // One renewal too many days: the first record overruns its own maximum, which makes it invalid, and still counts.
    let first = renewal(1, "2026-01-01", "2026-03-15", "null");
    let second = renewal(2, "2026-04-01", "2026-04-30", "EXC-2026-0001");
    let (_, diagnostics) = load_all(&[first, second]);
    let found = diagnostics
        .iter()
        .find(|diagnostic| diagnostic.code.id == "EXC025")
        .expect("too long");
    assert!(
        found.message.contains("lasts 104 days") && found.message.contains("90"),
        "{}",
        found.message
    );
}

#[test]
fn a_long_chain_is_walked_once() {
    let files: Vec<_> = (1..=3000)
        .map(|number| {
            let before = if number == 1 {
                "null".into()
            } else {
                format!("EXC-2026-{:04}", number - 1)
            };
            let text = format!("id: EXC-2026-{number:04}\ncontrolId: DP-ENC-001\nsupersedes: {before}\n");
            (format!("exceptions/EXC-2026-{number:04}.yaml"), text)
        })
        .collect();
    let (registry, _) = load_all(&files);
    assert_eq!(
        registry.get("EXC-2026-3000").expect("last").renewal().number,
        2999
    );
}

#[test]
fn the_expired_folder_has_a_veto() {
    let (registry, diagnostics) = load_with(&[("exceptions/expired/EXC-2026-0007.yaml", EXAMPLE)], options());
    assert_eq!(diagnostics, []);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Invalid);
    assert_eq!(ids(&registry.lint(as_of("2026-03-10"))), ["EXC021"]);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-04-10"), State::Expired);
    assert_eq!(ids(&registry.lint(as_of("2026-04-10"))), [""; 0]);
}

#[test]
fn a_written_state_is_an_assertion() {
    let (registry, diagnostics) = load(&format!("{EXAMPLE}state: active\n"));
    assert_eq!(diagnostics, []);
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Active);
    assert_eq!(
        state(&registry, "EXC-2026-0007", "2026-03-20"),
        State::Expiring,
        "expiring records are active"
    );
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-04-20"), State::Expired);
    assert!(ids(&registry.lint(as_of("2026-04-20"))).contains(&"EXC029"));
    let (registry, _) = load(&format!("{EXAMPLE}state: revoked\n"));
    assert_eq!(state(&registry, "EXC-2026-0007", "2026-03-10"), State::Invalid);
}

#[test]
fn overdue_reviews_reopen_when_asked_to() {
    let (registry, _) = load_with(
        &[(EXAMPLE_FILE, EXAMPLE)],
        RegistryOptions {
            overdue_reopens: true,
            ..options()
        },
    );
    let at = |day| registry.state(&registry.records()[0], as_of(day));
    assert!(at("2026-03-15").suppresses);
    assert!(at("2026-03-16").review_overdue && !at("2026-03-16").suppresses);
}
