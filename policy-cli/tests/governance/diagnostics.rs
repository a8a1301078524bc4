//! The catalogue of diagnostics, its documentation and its fixtures agree.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Repository, Scratch, fixture, policy, root};

/// Areas whose codes lint a governance repository: each code has one firing and one clean fixture.
const LINTED: [&str; 7] = ["CTL", "EVD", "EXC", "GOV", "MAP", "PCK", "WKL"];

fn lints() -> impl Iterator<Item = &'static policy_core::diagnostic::Code> {
    policy_core::codes().filter(|code| LINTED.iter().any(|area| code.id.starts_with(area)))
}

/// The command line of a case.
fn arguments(code: &str, case: &str) -> Vec<String> {
    let dir = fixture(&format!("invalid/governance/{code}"));
    let line = std::fs::read_to_string(Path::new(&dir).join("arguments"))
        .unwrap_or_else(|_| "lint {root} --as-of 2026-11-20".into());
    let case = match std::fs::read_to_string(format!("{dir}/{case}/history")) {
        Ok(history) => replay(code, case, &dir, &history),
        Err(_) => format!("{dir}/{case}"),
    };
    line.split_whitespace()
        .map(|word| word.replace("{root}", &case))
        .collect()
}

/// A copy of the case under version control, with the commits and tags that its `history` names.
fn replay(code: &str, case: &str, dir: &str, history: &str) -> String {
    let scratch = Scratch::new(&format!("history-{code}-{case}"));
    let repository = Repository::copy(&scratch, case, &format!("{dir}/{case}"));
    for line in history.lines() {
        match line.split_once(' ').expect("a verb and its object") {
            ("commit", day) => repository.commit(day),
            ("tag", name) => repository.git(&["tag", name]),
            (verb, _) => panic!("{verb} is no verb of a history"),
        }
    }
    scratch.path(case)
}

fn run(code: &str, case: &str) -> crate::support::Run {
    let arguments = arguments(code, case);
    policy(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn every_lint_fires_on_its_fixture_and_not_on_the_clean_one() {
    let mut wrong = Vec::new();
    for code in lints() {
        let shown = |level: &str| format!("{level}[{}]", code.id);
        let mentions = |text: &str| {
            ["error", "warning", "info"]
                .iter()
                .any(|level| text.contains(&shown(level)))
        };
        let firing = run(code.id, "firing");
        if !mentions(&firing.all()) {
            wrong.push(format!(
                "{} does not fire: exit {}\n{}",
                code.id,
                firing.code,
                firing.all()
            ));
        }
        if !firing.all().contains("firing/") {
            wrong.push(format!("{} has no place\n{}", code.id, firing.all()));
        }
        let clean = run(code.id, "clean");
        if mentions(&clean.all()) || !(0..=1).contains(&clean.code) {
            wrong.push(format!(
                "{} is not clean: exit {}\n{}",
                code.id,
                clean.code,
                clean.all()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}

#[test]
fn every_fixture_belongs_to_a_code() {
    let known: BTreeSet<&str> = lints().map(|code| code.id).collect();
    for entry in std::fs::read_dir(fixture("invalid/governance")).expect("readable") {
        let entry = entry.expect("readable");
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(
            !entry.path().is_dir() || known.contains(&*name),
            "{name} is no code"
        );
    }
}

#[test]
fn every_code_is_explained() {
    for code in policy_core::codes() {
        let run = policy(&["explain", code.id]);
        assert_eq!(run.code, 0, "{}", code.id);
        assert!(
            run.stdout.starts_with(code.id) && run.stdout.contains(code.summary),
            "{}",
            code.id
        );
    }
    for code in lints() {
        assert!(
            code.explanation.contains("\n\nbad") && code.explanation.contains("\n\ngood"),
            "{}",
            code.id
        );
    }
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<&str> = policy_core::codes().map(|code| code.id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

/// The page is generated: `UPDATE_DOCS=1 cargo test -p policy-cli --test cli diagnostics`.
#[test]
fn the_page_of_diagnostics_is_up_to_date() {
    let path = root().join("docs/diagnostics.md");
    let expected = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).expect("writable");
    }
    let found = std::fs::read_to_string(&path).expect("docs/diagnostics.md");
    assert!(
        found == expected,
        "docs/diagnostics.md is stale: run UPDATE_DOCS=1 cargo test -p policy-cli --test cli diagnostics"
    );
}

fn page() -> String {
    let mut out = String::from(
        "# Diagnostics\n\nGenerated from the catalogue; `policy explain CODE` prints the same. An error leaves `policy check` undecided (exit code 2), except for\n\
         errors about exceptions that leave the record working or waiting: those are for `policy lint`.\n\n| code | level | meaning |\n|---|---|---|\n",
    );
    let mut codes: Vec<_> = policy_core::codes().collect();
    codes.sort_by_key(|code| code.id);
    for code in &codes {
        let id = code.id;
        let _ = writeln!(
            out,
            "| [{id}](#{}) | {} | {} |",
            id.to_lowercase(),
            code.level.as_str(),
            code.summary.replace('|', "\\|")
        );
    }
    for code in &codes {
        let _ = writeln!(
            out,
            "\n## {}\n\n*{}*: {}\n",
            code.id,
            code.level.as_str(),
            code.summary
        );
        let _ = writeln!(out, "{}", fenced(code.explanation));
    }
    out
}

/// Examples are indented; as code blocks they keep their shape.
fn fenced(explanation: &str) -> String {
    let mut out = Vec::new();
    let mut open = false;
    for line in explanation.lines() {
        let example = line.starts_with("  ");
        if example != open && (example || !line.is_empty()) {
            out.push(if example {
                "\n```yaml".to_owned()
            } else {
                "```\n".to_owned()
            });
            open = example;
        }
        out.push(if example {
            line.get(2..).unwrap_or_default().to_owned()
        } else {
            line.to_owned()
        });
    }
    if open {
        out.push("```".into());
    }
    out.join("\n")
}
