//! Packs: ours, those of users, and conformance packs in both directions.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Run, Scratch, fixture, policy, root};

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.all()))
}

fn ids(run: &Run) -> BTreeSet<String> {
    let list = json(run);
    let ids = list.as_array().expect("a list").iter();
    ids.map(|control| control["id"].as_str().expect("an id").to_owned())
        .collect()
}

fn controls_of(packs: &[&str]) -> BTreeSet<String> {
    let packs = packs.iter().flat_map(|pack| ["--pack", pack]);
    let arguments: Vec<&str> = ["controls", "list", "-o", "json"]
        .into_iter()
        .chain(packs)
        .collect();
    let run = policy(&arguments);
    assert_eq!(run.code, 0, "{}", run.all());
    ids(&run)
}

#[test]
fn every_shipped_pack_selects_controls_and_a_run_evaluates_them_only() {
    let packs = json(&policy(&["controls", "packs", "-o", "json"]));
    let packs: Vec<&str> = packs
        .as_array()
        .expect("a list")
        .iter()
        .map(|pack| pack["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(
        packs,
        [
            "data-protection",
            "mini-conformance-pack",
            "network",
            "regulated-workload",
            "security-baseline",
            "tagging"
        ]
    );
    let demo = fixture("inputs/terraform-plan/demo/plan.json");
    for pack in packs {
        let selected = controls_of(&[pack]);
        assert!(!selected.is_empty(), "{pack}");
        let report = json(&policy(&[
            "check",
            &demo,
            "--pack",
            pack,
            "-o",
            "json",
            "--all-outcomes",
        ]));
        let evaluated = report["outcomes"].as_array().expect("outcomes").iter();
        for outcome in evaluated {
            let id = outcome["controlId"].as_str().expect("an id");
            assert!(selected.contains(id), "{pack} evaluates {id}");
        }
        assert_eq!(report["summary"]["controls"], selected.len(), "{pack}");
    }
    let both = controls_of(&["tagging", "network"]);
    assert_eq!(both, &controls_of(&["tagging"]) | &controls_of(&["network"]));
    let mini = controls_of(&["mini-conformance-pack"]);
    for id in ["LOG-001", "DP-PUB-002", "TAG-001", "DP-ENC-004"] {
        assert!(mini.contains(id), "{id}");
    }
}

#[test]
fn a_pack_that_is_not_there_is_wrong_usage_with_a_hint() {
    let run = policy(&["check", "--pack", "security-baselin"]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(
        run.stderr.contains("did you mean `security-baseline`?"),
        "{}",
        run.stderr
    );
    assert_eq!(policy(&["check", "--pack", "no/such.yaml"]).code, 3);
}

/// A plan with one production database that keeps its backups for ten days.
fn ten_days(scratch: &Scratch) -> String {
    let database = crate::support::resource(
        "aws_db_instance.main",
        serde_json::json!({"backup_retention_period": 10, "tags": {"Environment": "prod"}}),
    );
    scratch.write("plan.json", &crate::support::plan(&[database]))
}

#[test]
fn thresholds_come_from_the_control_the_pack_and_the_settings_in_this_order() {
    let scratch = Scratch::new("pack-parameters");
    let plan = ten_days(&scratch);
    let pack = scratch.write(
        "packs/own.yaml",
        "id: own\ntitle: Own\ncontrols: [BCK-001]\nparameters: {BCK-001: {minimumRetentionDays: 14}}\n",
    );
    let settings = scratch.write(
        "policy.yaml",
        "parameters: {BCK-001: {minimumRetentionDays: 9}}\n",
    );
    let check = |more: &[&str]| policy(&[&["check", &plan, "--control", "BCK-001"], more].concat());
    assert_eq!(check(&[]).code, 0, "seven days by default");
    let packed = check(&["--pack", &pack]);
    assert_eq!(packed.code, 1, "{}", packed.all());
    assert!(packed.stdout.contains("expected >= 14"), "{}", packed.stdout);
    let set = check(&["--pack", &pack, "--settings", &settings]);
    assert_eq!(set.code, 0, "{}", set.all());
}

#[test]
fn thresholds_by_environment_and_the_strictest_for_who_does_not_tell() {
    let scratch = Scratch::new("pack-environments");
    let database = |name: &str, tags: Value| {
        crate::support::resource(
            name,
            serde_json::json!({"backup_retention_period": 10, "tags": tags}),
        )
    };
    let plan = scratch.write(
        "plan.json",
        &crate::support::plan(&[
            database(
                "aws_db_instance.prod",
                serde_json::json!({"Environment": "Production"}),
            ),
            database("aws_db_instance.untagged", serde_json::json!({})),
        ]),
    );
    let failing = |settings: &str| {
        let settings = scratch.write("policy.yaml", settings);
        let run = policy(&[
            "check",
            &plan,
            "--control",
            "BCK-001",
            "-o",
            "json",
            "--settings",
            &settings,
        ]);
        let report = json(&run);
        let findings = report["findings"].as_array().expect("findings").iter();
        findings
            .map(|finding| {
                let id = finding["resource"]["id"].as_str().expect("an id");
                format!("{id} {}", finding["expected"].as_str().expect("expected"))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(failing("failOn: low\n"), Vec::<String>::new());
    assert_eq!(
        failing("parametersByEnvironment: {prod: {BCK-001: {minimumRetentionDays: 35}}}\n"),
        ["aws_db_instance.prod >= 35", "aws_db_instance.untagged >= 35"]
    );
    assert_eq!(
        failing(
            "parametersByEnvironment: {prod: {BCK-001: {minimumRetentionDays: 9}}}\nparameters: {BCK-001: {minimumRetentionDays: 14}}\n"
        ),
        ["aws_db_instance.untagged >= 14"]
    );
    let wrong = scratch.write(
        "policy.yaml",
        "parametersByEnvironment: {prod: {BCK-001: {days: 9}}}\n",
    );
    let run = policy(&["check", &plan, "--settings", &wrong]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stdout.contains("CTL025"), "{}", run.stdout);
}

#[test]
fn the_settings_name_packs_too() {
    let scratch = Scratch::new("pack-settings");
    let plan = ten_days(&scratch);
    scratch.write("packs/own.yaml", "id: own\ntitle: Own\ncontrols: [BCK-001]\n");
    let settings = scratch.write("policy.yaml", "packs: [packs/own.yaml, tagging]\n");
    let run = policy(&[
        "check",
        &plan,
        "--settings",
        &settings,
        "-o",
        "json",
        "--all-outcomes",
    ]);
    let report = json(&run);
    let evaluated: BTreeSet<&str> = report["outcomes"]
        .as_array()
        .expect("outcomes")
        .iter()
        .filter_map(|outcome| outcome["controlId"].as_str())
        .collect();
    assert!(
        evaluated.contains("BCK-001") && evaluated.contains("TAG-001"),
        "{evaluated:?}"
    );
    assert!(!evaluated.contains("DP-ENC-001"), "{evaluated:?}");
}

#[test]
fn a_pack_that_is_wrong_leaves_the_run_undecided_at_its_place() {
    let scratch = Scratch::new("pack-wrong");
    let plan = ten_days(&scratch);
    let pack = scratch.write("own.yaml", "id: own\ntitle: Own\ncontrols: [BCK-001, BCK-0002]\n");
    let run = policy(&["check", &plan, "--pack", &pack]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(
        run.stdout.contains("PCK001") && run.stdout.contains("own.yaml:3:21"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_conformance_pack_selects_controls_and_what_it_leaves_open_is_named() {
    let scratch = Scratch::new("pack-conformance");
    let plan = ten_days(&scratch);
    let pack = fixture("conformance-packs/operations.yaml");
    let run = policy(&["check", &plan, "--pack", &pack, "-o", "json", "--all-outcomes"]);
    assert_eq!(run.code, 1, "{}", run.all());
    let report = json(&run);
    // The input of the managed rule, which a condition lets through, is the threshold of the control.
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["controlId"], &finding["expected"]),
        (&"BCK-001".into(), &">= 14".into())
    );
    let said: Vec<&str> = report["diagnostics"]
        .as_array()
        .expect("diagnostics")
        .iter()
        .filter(|found| found["code"] == "PCK004")
        .filter_map(|found| found["message"].as_str())
        .collect();
    assert!(said[0].contains("2 of 4 rules"), "{said:?}");
    for open in ["API_GW_XRAY_ENABLED", "ApprovedImages (a rule of your own)"] {
        assert!(said[0].contains(open), "{open}: {said:?}");
    }
    assert!(
        said[1].contains("checkReadReplicas of DbInstanceBackupEnabled"),
        "{said:?}"
    );
    assert!(
        !said[1].contains("preferredBackupWindow"),
        "it has no value: {said:?}"
    );
}

#[test]
fn an_exported_pack_is_a_conformance_pack_and_comes_back_as_the_same_controls() {
    let scratch = Scratch::new("pack-export");
    for pack in ["mini-conformance-pack", "regulated-workload"] {
        let run = policy(&[
            "controls",
            "export",
            "--pack",
            pack,
            "--format",
            "conformance-pack",
        ]);
        assert_eq!(run.code, 0, "{}", run.all());
        let file = scratch.write(&format!("{pack}.yaml"), &run.stdout);
        let source = policy_core::source::Source::new("pack.yaml", run.stdout.clone());
        let root = policy_core::document::yaml::parse(&source).expect("YAML");
        let sections: Vec<&str> = root.entries().iter().map(|entry| &*entry.key).collect();
        assert_eq!(sections, ["Resources"]);
        let rules = root.get("Resources").expect("Resources").entries();
        assert!(
            !rules.is_empty() && rules.len() <= 130,
            "AWS Config takes up to 130 rules"
        );
        let mut names = BTreeSet::new();
        for rule in rules {
            assert!(
                rule.key.chars().all(|c| c.is_ascii_alphanumeric()),
                "{}",
                rule.key
            );
            let text = |path: &[&str]| {
                let node = path.iter().try_fold(&rule.value, |node, key| node.get(key));
                node.and_then(|node| node.scalar_text())
                    .map(|text| text.to_string())
            };
            assert_eq!(text(&["Type"]).as_deref(), Some("AWS::Config::ConfigRule"));
            assert_eq!(text(&["Properties", "Source", "Owner"]).as_deref(), Some("AWS"));
            let identifier = text(&["Properties", "Source", "SourceIdentifier"]).expect("an identifier");
            assert!(
                identifier
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            );
            let name = text(&["Properties", "ConfigRuleName"]).expect("a name");
            assert!(name.len() <= 128 && names.insert(name.clone()), "{name}");
            assert!(
                text(&["Properties", "Description"]).is_some_and(|text| text.len() <= 256),
                "{name}"
            );
        }
        let exported = controls_of(&[pack]);
        let back = controls_of(&[&file]);
        for id in &exported {
            let named = run.stdout.contains(&format!("#   {id}  "));
            assert_ne!(
                back.contains(id),
                named,
                "{id} of {pack} is either exported or named"
            );
        }
    }
}

/// Every command of the page works; what fails a gate is a finding, not a mistake on the page.
#[test]
fn the_commands_of_the_page_work() {
    let page = std::fs::read_to_string(root().join("docs/packs.md")).expect("docs/packs.md");
    let scratch = Scratch::new("pack-docs");
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("    policy "))
        .collect();
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands {
        let fixtures = root().join("fixtures").to_string_lossy().into_owned();
        let arguments: Vec<String> = command
            .split_whitespace()
            .map(|word| word.replace("fixtures/", &format!("{fixtures}/")))
            .map(|word| word.replace("mini.json", &scratch.path("mini.json")))
            .collect();
        let run = policy(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!((0..=1).contains(&run.code), "{command}: {}", run.all());
    }
}
