//! What is generated from the controls, and the mappings beside them.

use crate::support::{policy, root};

/// The page is generated: `UPDATE_DOCS=1 cargo test -p policy-cli --test cli catalogue`.
#[test]
fn the_catalogue_is_up_to_date() {
    let controls = root().join("controls").to_string_lossy().into_owned();
    let run = policy(&["controls", "docs", "--controls", &controls]);
    assert_eq!(run.code, 0, "{}", run.all());
    let path = root().join("controls/CATALOG.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &run.stdout).expect("writable");
    }
    let found = std::fs::read_to_string(&path).expect("controls/CATALOG.md");
    assert!(
        found == run.stdout,
        "controls/CATALOG.md is stale: run UPDATE_DOCS=1 cargo test -p policy-cli --test cli catalogue"
    );
}

#[test]
fn the_catalogue_says_what_a_reader_looks_for() {
    let run = policy(&["controls", "docs"]);
    for expected in [
        "| [NET-001](#net-001) | critical | Security groups do not open SSH to the internet | T C A |",
        "\n### BCK-001\n",
        "- parameters: `minimumRetentionDays` = `7`",
        "- to mend it, terraform: Set backup_retention_period = 7",
        "## Evidence map",
    ] {
        assert!(run.stdout.contains(expected), "{expected} is missing");
    }
    assert_eq!(
        run.stdout,
        policy(&["controls", "docs"]).stdout,
        "the same bytes every time"
    );
}

/// Every link of the tables leads to a section.
#[test]
fn the_links_of_the_catalogue_lead_somewhere() {
    let page = policy(&["controls", "docs"]).stdout;
    let links: Vec<&str> = page
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    assert!(!links.is_empty());
    for link in links {
        let heading = format!("\n### {}\n", link.to_ascii_uppercase());
        assert!(page.contains(&heading), "{link} leads nowhere");
    }
}

#[test]
fn requirements_say_what_confirms_them_and_what_no_input_decides() {
    let run = policy(&["controls", "coverage", "--framework", "cis-aws-3.0"]);
    assert!(run.code <= 1, "{}", run.all());
    assert!(
        run.stdout
            .lines()
            .any(|line| line.starts_with("1.5 ") && line.contains("not evaluated")),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("IAM-MFA-001: not evaluated: decided on account reports"),
        "{}",
        run.stdout
    );
    let confirmed = policy(&["controls", "coverage", "--framework", "aws-fsbp"]);
    assert!(
        confirmed.stdout.contains("NET-001 (confirmed): has a rule"),
        "{}",
        confirmed.stdout
    );
}
