//! Registries as commits have them: `--registry-rev` and `policy lint --git`.

use serde_json::Value;

use crate::support::{Repository, Run, Scratch, fixture, policy};

const RECORD: &str = "exceptions/approved/EXC-2026-0001.yaml";

/// A repository with the demo's exception: absent at `before`, as approved at `approved`, and gone now.
fn registry(name: &str) -> (Scratch, Repository) {
    let scratch = Scratch::new(name);
    let repository = Repository::new(&scratch, "repository");
    scratch.write("repository/README.md", "");
    repository.commit("2026-10-01");
    repository.git(&["tag", "before"]);
    let demo = fixture("inputs/terraform-plan/demo/exceptions/approved/EXC-2026-0001.yaml");
    let record = std::fs::read_to_string(demo).expect("the demo has a record");
    scratch.write(&format!("repository/{RECORD}"), &record);
    repository.commit("2026-10-29");
    repository.git(&["tag", "approved"]);
    std::fs::remove_dir_all(scratch.path("repository/exceptions")).expect("there");
    repository.commit("2026-11-10");
    (scratch, repository)
}

fn check(scratch: &Scratch, more: &[&str]) -> Run {
    let demo = fixture("inputs/terraform-plan/demo/plan.json");
    let exceptions = scratch.path("repository/exceptions");
    let mut line = vec![
        "check",
        &demo,
        "--control",
        "BCK-001",
        "--exceptions",
        &exceptions,
        "--as-of",
        "2026-11-20",
        "-o",
        "json",
    ];
    line.extend(more);
    policy(&line)
}

fn report(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("the report is JSON")
}

#[test]
fn exceptions_are_those_of_the_commit() {
    let (scratch, _) = registry("registry-rev");
    for (revision, suppressed) in [("approved", true), ("before", false), ("HEAD", false)] {
        let run = check(&scratch, &["--registry-rev", revision, "--allow-historical"]);
        let report = report(&run);
        assert_eq!(
            report["findings"][0]["suppressed"],
            suppressed,
            "{revision}: {}",
            run.all()
        );
        assert_eq!(report["mode"], "historical");
        assert_eq!(report["registryRevision"]["name"], revision);
        let commit = report["registryRevision"]["commit"].as_str().expect("a commit");
        assert_eq!(commit.len(), 40, "{commit}");
        assert_eq!(run.code, i32::from(!suppressed), "{}", run.all());
    }
    // Written down and read again, it still says so.
    let run = check(&scratch, &["--registry-rev", "approved"]);
    let saved = scratch.write("report.json", &run.stdout);
    assert_eq!(policy(&["report", &saved, "-o", "json"]).stdout, run.stdout);
    assert!(
        policy(&["report", &saved])
            .stdout
            .contains("exceptions as registered at approved (")
    );
}

#[test]
fn an_earlier_registry_does_not_gate() {
    let (scratch, _) = registry("registry-rev-gate");
    let run = check(&scratch, &["--registry-rev", "approved"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(
        run.stdout
            .contains("with an earlier registry explains, it does not gate")
    );
    // Neither does it as of a day to come, whatever the findings are then.
    let demo = fixture("inputs/terraform-plan/demo/plan.json");
    let exceptions = scratch.path("repository/exceptions");
    let line = [
        "check",
        &demo,
        "--exceptions",
        &exceptions,
        "--exit-zero",
        "--as-of",
        "+1d",
    ];
    let run = policy(&[&line[..], &["--registry-rev", "approved"]].concat());
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stdout.contains("(forecast)"), "{}", run.stdout);
}

#[test]
fn what_git_does_not_give_is_an_error_with_its_place_and_covers_nothing() {
    let (scratch, repository) = registry("registry-rev-errors");
    for revision in ["aproved", "", "approved:exceptions", "HEAD^{tree}"] {
        let run = check(&scratch, &["--registry-rev", revision, "--allow-historical"]);
        assert_eq!(run.code, 2, "{revision}: {}", run.all());
        let report = report(&run);
        assert_eq!(report["diagnostics"][0]["code"], "GOV003", "{revision}");
        assert_eq!(
            report["diagnostics"][0]["file"],
            scratch.path("repository/exceptions")
        );
        assert_eq!(report["findings"][0]["suppressed"], false);
    }
    let outside = scratch.path("repository/exceptions");
    repository.git(&["replace", "approved", "before"]);
    let run = check(&scratch, &["--registry-rev", "approved", "--allow-historical"]);
    assert_eq!(
        report(&run)["findings"][0]["suppressed"],
        true,
        "replacements are not followed"
    );
    let run = policy(&[
        "exceptions",
        "tidy",
        "--exceptions",
        &outside,
        "--registry-rev",
        "approved",
    ]);
    assert_eq!(run.code, 3, "{}", run.all());
}

#[cfg(unix)]
#[test]
fn links_are_no_part_of_a_registry() {
    let (scratch, repository) = registry("registry-links");
    repository.git(&["checkout", "--quiet", "approved"]);
    let elsewhere = scratch.path("elsewhere.yaml");
    let record = scratch.path(&format!("repository/{RECORD}"));
    std::fs::rename(&record, &elsewhere).expect("writable");
    std::os::unix::fs::symlink(&elsewhere, &record).expect("links");
    let run = check(&scratch, &[]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stdout.contains("is a link"), "{}", run.stdout);
    assert_eq!(report(&run)["findings"][0]["suppressed"], false);
    // Committed, it is the same.
    repository.commit("2026-11-12");
    let run = check(&scratch, &["--registry-rev", "HEAD", "--allow-historical"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stdout.contains("is a link"), "{}", run.stdout);
}

#[test]
fn a_change_after_the_approval_is_found_in_the_history() {
    let scratch = Scratch::new("changed-since");
    let repository = Repository::copy(
        &scratch,
        "repository",
        &fixture("invalid/governance/EXC031/clean"),
    );
    let path = "repository/exceptions/approved/EXC-2026-0007.yaml";
    let record = std::fs::read_to_string(scratch.path(path)).expect("there");
    let approvals = record
        .lines()
        .position(|line| line.contains("approvals:"))
        .expect("approvals");
    let request: Vec<&str> = record
        .lines()
        .enumerate()
        .filter(|(at, _)| *at != approvals && *at != approvals + 1)
        .map(|(_, line)| line)
        .collect();
    let lint = || {
        policy(&[
            "lint",
            &scratch.path("repository"),
            "--as-of",
            "2026-11-20",
            "--git",
        ])
    };
    scratch.write(path, &request.join("\n"));
    repository.commit("2026-10-30");
    scratch.write(path, &record);
    repository.commit("2026-11-02");
    // Writing down a review changes nothing that was approved.
    scratch.write(path, &record.replace("2026-11-16", "2026-11-18"));
    repository.commit("2026-11-18");
    let run = lint();
    assert!(
        !run.all().contains("EXC028") && !run.all().contains("EXC031"),
        "{}",
        run.all()
    );
    scratch.write(
        path,
        &record.replace("aws_db_instance.replica", "aws_db_instance.*"),
    );
    let run = lint();
    assert!(
        run.all()
            .contains("error[EXC028]: `EXC-2026-0007` is not what `rina@example.com` approved"),
        "{}",
        run.all()
    );
    assert_eq!(run.code, 2);
}
