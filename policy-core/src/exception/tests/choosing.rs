//! Several records about the same finding.

use std::collections::BTreeSet;

use super::matching::{Finding, REPLICA, clean, path};
use super::*;
use crate::resource::SourceKind;

/// A second record; `edits` are applied to the example.
fn other(id: &str, edits: &[(&str, &str)]) -> (String, String) {
    let mut text = EXAMPLE.replace("EXC-2026-0007", id);
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    (format!("exceptions/approved/{id}.yaml"), text)
}

#[test]
fn partial_cover_does_not_suppress_until_it_adds_up() {
    let open = ("    - {path: storage_encrypted, equals: false}", "    []");
    let first = other(
        "EXC-2026-0007",
        &[("fields: [storage_encrypted]", "fields: [a, b]"), open],
    );
    let second = other(
        "EXC-2026-0008",
        &[("fields: [storage_encrypted]", "fields: [c]"), open],
    );
    let finding = Finding {
        violations: ["a", "b.x", "c"].map(|text| (path(text), None)).into(),
        ..Finding::new()
    };
    let registry = clean(&[(&first.0, &first.1)]);
    let application = finding.apply(&registry, "2026-03-10");
    assert!(!application.suppressed);
    let primary = application.primary().expect("listed");
    assert_eq!(
        (primary.suppresses, primary.note.as_deref()),
        (false, Some("2 of 3 violations excepted"))
    );
    assert_eq!(primary.covered_paths, [path("a"), path("b.x")]);

    let both = clean(&[(&first.0, &first.1), (&second.0, &second.1)]);
    let application = finding.apply(&both, "2026-03-10");
    assert!(application.suppressed);
    assert!(
        application
            .matches
            .iter()
            .all(|matched| matched.suppresses && !matched.covers_all)
    );
    assert_eq!(both.overlaps([&application]), [], "they complement each other");

    // Combined records must all be in force.
    let over = second.1.replace("expiresOn: 2026-03-30", "expiresOn: 2026-03-05");
    let (registry, _) = load_with(&[(&first.0, &first.1), (&second.0, &over)], options());
    let application = finding.apply(&registry, "2026-03-10");
    assert!(!application.suppressed);
    assert_eq!(application.matches.len(), 2);
    assert!(application.matches.iter().all(|matched| !matched.suppresses));
}

#[test]
fn the_primary_exception_is_chosen_in_order() {
    let narrow = ("  fields: [storage_encrypted]\n", "");
    let order = [
        // In force before expired.
        (
            other(
                "EXC-2026-0101",
                &[("expiresOn: 2026-03-30", "expiresOn: 2026-03-05")],
            ),
            other("EXC-2026-0102", &[("replica[0]", "*[*]")]),
        ),
        // Exact before `*`, `*` before `**`.
        (
            other(
                "EXC-2026-0201",
                &[("aws_db_instance.replica[0]", "aws_db_instance.*[0]")],
            ),
            other("EXC-2026-0202", &[]),
        ),
        (
            other("EXC-2026-0301", &[("aws_db_instance.replica[0]", "**")]),
            other("EXC-2026-0302", &[("replica[0]", "replica[*]")]),
        ),
        // More dimensions.
        (other("EXC-2026-0401", &[narrow]), other("EXC-2026-0402", &[])),
        // The earlier end.
        (
            other("EXC-2026-0501", &[]),
            other(
                "EXC-2026-0502",
                &[("expiresOn: 2026-03-30", "expiresOn: 2026-03-29")],
            ),
        ),
        // The smaller id.
        (other("EXC-2026-0602", &[]), other("EXC-2026-0601", &[])),
    ];
    for (loser, winner) in order {
        let (registry, _) = load_with(&[(&loser.0, &loser.1), (&winner.0, &winner.1)], options());
        let application = Finding::new().apply(&registry, "2026-03-10");
        assert!(application.suppressed);
        assert_eq!(application.matches.len(), 2, "all are listed");
        assert!(
            winner.0.contains(&*application.matches[0].id),
            "{} before {}",
            winner.0,
            loser.0
        );
        assert_eq!(
            application
                .matches
                .iter()
                .map(|matched| matched.primary)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }
}

#[test]
fn overlapping_records_are_reported_once() {
    let second = other("EXC-2026-0008", &[]);
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE), (&second.0, &second.1)]);
    let application = Finding::new().apply(&registry, "2026-03-10");
    let found = registry.overlaps([&application, &application]);
    assert_eq!(ids(&found), ["EXC024"]);
    assert_eq!(
        found[0].message,
        "`EXC-2026-0007` and `EXC-2026-0008` cover the same finding"
    );
    let alone = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    assert_eq!(alone.overlaps([&Finding::new().apply(&alone, "2026-03-10")]), []);
}

#[test]
fn unused_records_in_force_are_reported() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let used: BTreeSet<Arc<str>> = [Arc::from("EXC-2026-0007")].into();
    assert_eq!(registry.unused(&used, as_of("2026-03-10")), []);
    assert_eq!(
        ids(&registry.unused(&BTreeSet::new(), as_of("2026-03-10"))),
        ["EXC023"]
    );
    assert_eq!(
        registry.unused(&BTreeSet::new(), as_of("2026-04-10")),
        [],
        "it is over"
    );
}

#[test]
fn dead_scopes_are_reported() {
    let registry = clean(&[(EXAMPLE_FILE, EXAMPLE)]);
    let names = |id| Names {
        source: SourceKind::Terraform,
        id,
        previous_id: None,
        arn: None,
        physical_id: None,
        stack: None,
    };
    assert_eq!(
        registry.dead_scopes(&[names("aws_s3_bucket.a"), names(REPLICA)], as_of("2026-03-10")),
        []
    );
    assert_eq!(
        ids(&registry.dead_scopes(&[names("aws_s3_bucket.a")], as_of("2026-03-10"))),
        ["EXC026"]
    );
}
