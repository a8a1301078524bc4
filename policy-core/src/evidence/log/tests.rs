use proptest::prelude::*;

use super::*;
use crate::evidence::record::{Origin, SubjectDigest, lines};

fn record(control: &str, day: &str) -> Record {
    Record {
        schema_version: VERSION,
        id: format!("ev_{control}_{day}"),
        r#type: "evaluation".into(),
        control_id: control.into(),
        workload: Some("cases".into()),
        account: Some("111122223333".into()),
        region: Some("eu-west-1".into()),
        resource: Some("aws_db_instance.ledger".into()),
        owner: Some("team-payments".into()),
        status: "fail".into(),
        exception_id: Some("EXC-2026-0001".into()),
        observed_from: Some(day.into()),
        observed_to: None,
        collected_at: Some(day.into()),
        source: Origin {
            system: "policy".into(),
            class: "automated".into(),
            query: Some("policy check".into()),
            tool_version: None,
        },
        subject: Some(SubjectDigest {
            sha256: "5f".repeat(32),
        }),
        reviewed_by: None,
        seconds: None,
        seq: 0,
        prev: None,
    }
}

fn written(mut records: Vec<Record>) -> String {
    lines(&mut records, None).expect("serialisable")
}

fn read(text: &str) -> (Log, Vec<&'static str>) {
    let (log, found) = Log::read(&Source::new("evidence/log.jsonl", text));
    (log, found.iter().map(|found| found.code.id).collect())
}

fn month() -> String {
    written(
        (1..=5)
            .map(|day| record("A-001", &format!("2026-11-0{day}")))
            .collect(),
    )
}

#[test]
fn every_part_of_a_query_decides_alone_and_together_with_the_others() {
    let found = record("A-001", "2026-11-05");
    let text = |text: &str| Some(text.to_owned());
    let day = |text: &str| Some(Date::parse(text).expect("date"));
    let none = Query::default;
    let parts: Vec<(Query, Query)> = vec![
        (
            Query {
                account: text("111122223333"),
                ..none()
            },
            Query {
                account: text("444455556666"),
                ..none()
            },
        ),
        (
            Query {
                region: text("eu-west-1"),
                ..none()
            },
            Query {
                region: text("eu-west"),
                ..none()
            },
        ),
        (
            Query {
                workload: text("cases"),
                ..none()
            },
            Query {
                workload: text("case"),
                ..none()
            },
        ),
        (
            Query {
                control: text("A-001"),
                ..none()
            },
            Query {
                control: text("A-002"),
                ..none()
            },
        ),
        (
            Query {
                resource: text("aws_db_*.ledger"),
                ..none()
            },
            Query {
                resource: text("aws_db_instance"),
                ..none()
            },
        ),
        (
            Query {
                owner: text("team-payments"),
                ..none()
            },
            Query {
                owner: text("team"),
                ..none()
            },
        ),
        (
            Query {
                status: text("fail"),
                ..none()
            },
            Query {
                status: text("pass"),
                ..none()
            },
        ),
        (
            Query {
                exception: text("EXC-2026-0001"),
                ..none()
            },
            Query {
                exception: text("EXC-2026-0002"),
                ..none()
            },
        ),
        (
            Query {
                from: day("2026-11-05"),
                ..none()
            },
            Query {
                from: day("2026-11-06"),
                ..none()
            },
        ),
        (
            Query {
                to: day("2026-11-05"),
                ..none()
            },
            Query {
                to: day("2026-11-04"),
                ..none()
            },
        ),
    ];
    assert!(none().matches(&found));
    for (yes, no) in &parts {
        assert!(yes.matches(&found), "{yes:?}");
        assert!(!no.matches(&found), "{no:?}");
    }
    let all = Query {
        account: text("111122223333"),
        region: text("eu-west-1"),
        workload: text("cases"),
        control: text("A-001"),
        resource: text("*ledger"),
        owner: text("team-payments"),
        status: text("fail"),
        exception: text("EXC-2026-0001"),
        from: day("2026-11-01"),
        to: day("2026-11-30"),
    };
    assert!(all.matches(&found));
    assert!(
        !Query {
            status: text("pass"),
            ..all.clone()
        }
        .matches(&found)
    );
    // What is not said matches no part of a query, and what has no date is in no window.
    let silent = Record {
        account: None,
        observed_from: None,
        ..found
    };
    assert!(none().matches(&silent));
    assert!(!parts[0].0.matches(&silent) && !parts[8].0.matches(&silent));
}

#[test]
fn stars_stand_for_any_text() {
    for (pattern, text, expected) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("a*", "ab", true),
        ("*b", "ab", true),
        ("a*b*c", "a.b.b.c", true),
        ("a*b", "a", false),
        ("ab*ba", "aba", false),
        ("*", "", true),
        ("", "", true),
        ("", "a", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn a_log_is_read_back_and_every_change_inside_is_found() {
    let log = month();
    let (read_back, found) = read(&log);
    assert_eq!((read_back.entries.len(), found.len()), (5, 0));
    let lines: Vec<&str> = log.lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let edited = log.replacen("\"status\":\"fail\"", "\"status\":\"pass\"", 1);
    let dropped = joined(&[lines[0], lines[1], lines[3], lines[4]]);
    let swapped = joined(&[lines[0], lines[2], lines[1], lines[3], lines[4]]);
    let twice = joined(&[lines[0], lines[0], lines[1]]);
    for (what, changed, line) in [
        ("edited", edited, 2),
        ("dropped", dropped, 3),
        ("swapped", swapped, 2),
        ("twice", twice, 2),
    ] {
        let (_, problems) = Log::read(&Source::new("evidence/log.jsonl", changed));
        assert_eq!(problems.len(), 1, "{what}: {problems:?}");
        assert_eq!(problems[0].code.id, "EVD001", "{what}");
        assert_eq!(problems[0].location().map(|at| at.line), Some(line), "{what}");
    }
    assert_eq!(read("{}\n").1, ["EVD000"]);
    assert_eq!(
        read(&log.replacen("\"schemaVersion\":1", "\"schemaVersion\":2", 1)).1,
        ["EVD000", "EVD001"]
    );
    assert_eq!(read("").1, [""; 0]);
}

/// What the chain cannot tell: the end was cut off, or all of it was written anew.
#[test]
fn a_checkpoint_finds_a_truncated_and_a_rewritten_log() {
    let log = month();
    let checkpoint = Checkpoint::of("example.com/evidence", &log);
    let text = checkpoint.to_string();
    assert_eq!(
        text.lines().take(2).collect::<Vec<_>>(),
        ["example.com/evidence", "5"]
    );
    assert_eq!(Checkpoint::parse(&text).expect("its own text"), checkpoint);
    assert_eq!(
        Checkpoint::parse(&format!("{text}\n— key abc=\n")).expect("signed"),
        checkpoint
    );
    assert_eq!(checkpoint.contradicts(&log), None);

    let truncated: String = log.split_inclusive('\n').take(4).collect();
    assert!(read(&truncated).1.is_empty(), "the chain is sound");
    assert!(
        checkpoint
            .contradicts(&truncated)
            .is_some_and(|why| why.contains("cut off"))
    );
    let rewritten = written(
        (1..=5)
            .map(|day| record("A-002", &format!("2026-11-0{day}")))
            .collect(),
    );
    assert!(read(&rewritten).1.is_empty(), "the chain is sound");
    assert!(checkpoint.contradicts(&rewritten).is_some());

    // Going on is no contradiction.
    let mut more = vec![record("A-001", "2026-11-06")];
    let longer = log.clone() + &lines(&mut more, last(&log)).expect("serialisable");
    assert!(read(&longer).1.is_empty());
    assert_eq!(checkpoint.contradicts(&longer), None);
    for text in [
        "",
        "a\n",
        "a\n5\n",
        "a\nx\nAAAA\n",
        "a\n05\nAAAA\n",
        "a\n5\nAAAA\n",
        "a\n+5\nAAAA\n",
    ] {
        assert!(Checkpoint::parse(text).is_err(), "{text}");
    }
}

#[test]
fn manual_evidence_is_versioned_linked_and_reviewed() {
    let (catalog, problems) = crate::control::load(&[Source::new(
        "controls/A-001.yaml",
        "id: A-001\ntitle: t\nintent: i\nseverity: low\nevidence: {retentionDays: 30}\n",
    )]);
    assert_eq!(problems, []);
    let as_of = AsOf::parse("2026-11-20", UtcOffset::UTC).expect("date");
    let lint = |record: Record| {
        let (log, _) = read(&written(vec![record]));
        let found = log.lint(&catalog, as_of);
        found.iter().map(|found| found.code.id).collect::<Vec<_>>()
    };
    let mut good = record("A-001", "2026-10-01");
    good.source.class = "manual".into();
    good.reviewed_by = Some("rina@example.com".into());
    assert_eq!(lint(good.clone()), [""; 0]);
    assert_eq!(
        lint(Record {
            subject: None,
            ..good.clone()
        }),
        ["EVD010"]
    );
    assert_eq!(
        lint(Record {
            reviewed_by: Some(" ".into()),
            ..good.clone()
        }),
        ["EVD012"]
    );
    assert_eq!(
        lint(Record {
            control_id: "A-009".into(),
            ..good.clone()
        }),
        ["EVD011"]
    );
    assert_eq!(
        lint(Record {
            observed_from: Some("2026-10-22".into()),
            ..good.clone()
        }),
        ["EVD020"]
    );
    assert_eq!(
        lint(Record {
            observed_from: Some("2026-10-21".into()),
            ..good.clone()
        }),
        [""; 0]
    );
    good.source.query = None;
    assert_eq!(lint(good.clone()), ["EVD011"]);
    good.source.class = "automated".into();
    assert_eq!(lint(good), [""; 0]);
}

proptest! {
    /// Any byte that changes is found, wherever it is, by the chain or by the checkpoint.
    #[test]
    fn no_changed_byte_goes_unnoticed(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let log = month();
        let checkpoint = Checkpoint::of("o", &log);
        let mut bytes = log.clone().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).expect("ASCII");
        // The line break at the very end belongs to no line.
        let same_lines = changed.lines().eq(log.lines());
        prop_assert!(same_lines || checkpoint.contradicts(&changed).is_some());
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,60}") {
        let _ = read(&text);
        let _ = Checkpoint::parse(&text);
    }
}
