//! Arbitrary runs, with texts that are hostile more often than inputs are.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{CODES, HOSTILE, evaluation, finding, not_evaluated, reason, resource, run};
use crate::control::Severity;
use crate::diagnostic::Diagnostic;
use crate::evaluation::{Assessment, Finding, Suppression};
use crate::gate::{GateOptions, OnUnknown};
use crate::report::Run;
use crate::rule::Outcome;
use crate::source::{Source, Span};

/// Texts as they may stand in an input.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z_]{1,8}(\\[[0-9]\\])?(\\.[a-z]{1,5})?",
        2 => select(&HOSTILE[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn any_exception() -> impl Strategy<Value = Suppression> {
    let states = vec![
        "active",
        "expiring",
        "expired",
        "requested",
        "scheduled",
        "revoked",
        "invalid",
    ];
    (
        0_usize..1000,
        select(states),
        any_text(),
        proptest::option::of(any_text()),
        any::<bool>(),
    )
        .prop_map(|(number, state, text, note, primary)| Suppression {
            id: format!("EXC-2026-{number:04}"),
            state: state.into(),
            expires_on: Some("2026-03-30".into()),
            suppresses: matches!(state, "active" | "expiring") && note.is_none(),
            primary,
            approved_by: vec![text.clone()],
            reason: Some(text.clone()),
            compensating_controls: vec![text],
            note,
            ..Suppression::default()
        })
}

/// The list a finding is put into.
#[derive(Clone, Copy, Debug)]
enum List {
    Failure,
    Unknown,
    Remark,
}

fn any_finding() -> impl Strategy<Value = (List, Finding)> {
    let ids = vec!["DP-ENC-001", "NET-001", "TAG-001", "XXX-001"];
    let lists = vec![List::Failure, List::Failure, List::Unknown, List::Remark];
    let texts = (
        any_text(),
        any_text(),
        any_text(),
        proptest::option::of(any_text()),
    );
    let kinds = (
        select(ids),
        select(&Severity::ALL[..]),
        select(lists),
        any::<bool>(),
        0_usize..4,
    );
    (texts, kinds, vec(any_exception(), 0..3)).prop_map(
        |((name, path, message, optional), kinds, exceptions)| {
            let (id, severity, list, advisory, places) = kinds;
            let outcome = if matches!(list, List::Unknown) {
                Outcome::Unknown
            } else {
                Outcome::Fail
            };
            let source = Source::new(format!("{name}.tf"), format!("{message}\n{path}"));
            let length = source.text().len();
            let subject = (places != 3).then(|| resource(&format!("type.{name}"), "aws_db_instance"));
            let made = Finding {
                advisory,
                message,
                expected: optional.clone(),
                reasons: optional
                    .iter()
                    .map(|text| reason(text, "reference", text))
                    .collect(),
                remediation: optional,
                locations: std::iter::repeat_n(Span::new(source, length / 3, length), places % 3).collect(),
                // The same record may be filed twice.
                exceptions: if advisory {
                    [exceptions.clone(), exceptions].concat()
                } else {
                    exceptions
                },
                ..finding(id, severity, outcome, subject, &path)
            };
            (list, made)
        },
    )
}

/// Arbitrary runs; findings may share a fingerprint.
pub(crate) fn any_run() -> impl Strategy<Value = Run> {
    let outcomes = vec![
        Outcome::Pass,
        Outcome::Fail,
        Outcome::Unknown,
        Outcome::NotApplicable,
        Outcome::Error,
    ];
    let evaluations = vec(
        (
            select(&["DP-ENC-001", "NET-001", "ZZZ-001"][..]),
            any_text(),
            select(outcomes),
        ),
        0..6,
    );
    let diagnostics = vec((select(&CODES[..]), any_text(), any::<bool>()), 0..4);
    let modes = vec![
        OnUnknown::CriticalFails,
        OnUnknown::Fail,
        OnUnknown::Warn,
        OnUnknown::Ignore,
    ];
    let gate = (select(&Severity::ALL[..]), select(modes));
    // Now and then an input is given twice.
    let asleep = vec((select(&["IAM-001", "LOG-009"][..]), any_text()), 0..3);
    let inputs = (vec(any_text(), 0..3), any::<bool>()).prop_map(|(paths, twice)| {
        if twice {
            [paths.clone(), paths].concat()
        } else {
            paths
        }
    });
    (
        vec(any_finding(), 0..8),
        (evaluations, asleep),
        diagnostics,
        gate,
        inputs,
    )
        .prop_map(
            |(findings, (evaluations, asleep), diagnostics, (fail_on, on_unknown), inputs)| {
                let mut assessment = Assessment {
                    controls: 3,
                    resources: 9,
                    ..Assessment::default()
                };
                for (list, made) in findings {
                    match list {
                        List::Failure => assessment.findings.push(made),
                        List::Unknown => assessment.unknowns.push(made),
                        List::Remark => assessment.warnings.push(made),
                    }
                }
                let evaluations = evaluations.into_iter();
                assessment.evaluations = evaluations
                    .map(|(id, subject, outcome)| evaluation(id, &subject, outcome, Vec::new()))
                    .collect();
                let asleep = asleep.into_iter();
                assessment.not_evaluated = asleep.map(|(id, reason)| not_evaluated(id, reason)).collect();
                let diagnostics = diagnostics.into_iter().map(|(code, text, in_file)| {
                    let made = Diagnostic::new(code, text.clone());
                    if in_file {
                        made.in_file(&text).in_file(&text)
                    } else {
                        made.help(text)
                    }
                });
                let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
                run(
                    assessment,
                    diagnostics.collect(),
                    GateOptions {
                        fail_on,
                        on_unknown,
                        ..GateOptions::default()
                    },
                    &inputs,
                )
            },
        )
}
