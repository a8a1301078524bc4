//! The binary as its users run it: exit codes, messages, determinism, schemas.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod governance;
#[cfg(test)]
mod pack;
#[cfg(test)]
mod support;

use serde_json::Value;
use support::{Scratch, plan, policy, resource};

#[cfg(test)]
fn bad_database() -> Value {
    resource(
        "aws_db_instance.main",
        serde_json::json!({
            "storage_encrypted": false, "backup_retention_period": 0, "publicly_accessible": true,
            "tags": {"Environment": "prod"},
        }),
    )
}

#[test]
fn a_violating_plan_fails_and_names_resource_place_and_fix() {
    let scratch = Scratch::new("violating");
    let file = scratch.write("plan.json", &plan(&[bad_database()]));
    let run = policy(&["check", &file]);
    assert_eq!(run.code, 1, "{}", run.all());
    for expected in [
        "fail[DP-ENC-001]: high",
        "aws_db_instance.main",
        "storage_encrypted is false, expected true",
        "help: ",
        "exit code 1",
    ] {
        assert!(
            run.stdout.contains(expected),
            "{expected} is missing in {}",
            run.stdout
        );
    }
}

#[test]
fn the_json_report_and_the_inventory_validate_against_the_published_schemas() {
    let scratch = Scratch::new("schemas");
    let file = scratch.write("plan.json", &plan(&[bad_database()]));
    let demo = support::fixture("inputs/terraform-plan/demo/plan.json");
    let exceptions = support::fixture("inputs/terraform-plan/demo/exceptions");
    let network = support::fixture("inputs/cloudformation/network/template.yaml");
    for (schema, arguments) in [
        ("report", vec!["check", &file, "-o", "json", "--all-outcomes"]),
        (
            "report",
            vec!["check", &demo, "-o", "json", "--exceptions", &exceptions],
        ),
        ("report", vec!["check", "no/such/file.json", "-o", "json"]),
        ("inventory", vec!["inventory", &file]),
        ("inventory", vec!["inventory", &network]),
    ] {
        let schema: Value =
            serde_json::from_str(&policy(&["schema", schema]).stdout).expect("a schema is JSON");
        let document: Value = serde_json::from_str(&policy(&arguments).stdout).expect("the output is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
    }
}

#[test]
fn the_schema_refuses_a_report_without_a_verdict() {
    let schema: Value =
        serde_json::from_str(&policy(&["schema", "report"]).stdout).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    assert!(!validator.is_valid(&serde_json::json!({"schemaVersion": 1})));
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let first_apply = support::fixture("inputs/terraform-plan/first-apply/plan.json");
    let outputs: Vec<String> = ["1", "2", "7", "1"]
        .iter()
        .map(|jobs| {
            policy(&[
                "check",
                &first_apply,
                "-o",
                "json",
                "--all-outcomes",
                "--jobs",
                jobs,
            ])
            .stdout
        })
        .collect();
    assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(outputs[0].contains("\"findings\""));
}

#[test]
fn unknown_after_apply_is_neither_pass_nor_fail() {
    let scratch = Scratch::new("unknown");
    let mut database = resource(
        "aws_db_instance.u",
        serde_json::json!({"tags": {"Environment": "prod"}}),
    );
    database["change"]["after_unknown"] =
        serde_json::json!({"storage_encrypted": true, "id": true, "arn": true});
    let mut document: Value = serde_json::from_str(&plan(&[database])).expect("a plan is JSON");
    // The expression exists: the value was written and is not a default.
    document["configuration"]["root_module"]["resources"] = serde_json::json!([{
        "address": "aws_db_instance.u", "mode": "managed", "type": "aws_db_instance", "name": "u",
        "expressions": {"storage_encrypted": {"references": ["random_id.x.hex"]}},
    }]);
    let file = scratch.write("plan.json", &document.to_string());
    let run = policy(&[
        "check",
        &file,
        "-o",
        "json",
        "--all-outcomes",
        "--control",
        "DP-ENC-001",
    ]);
    let report: Value = serde_json::from_str(&run.stdout).expect("the report is JSON");
    assert_eq!(report["outcomes"][0]["outcome"], "unknown", "{}", run.stdout);
    // The same value does not matter outside of production, where the control does not apply.
    let dev = document.to_string().replace("prod", "dev");
    let file = scratch.write("dev.json", &dev);
    let run = policy(&[
        "check",
        &file,
        "-o",
        "json",
        "--all-outcomes",
        "--control",
        "DP-ENC-001",
        "--allow-empty",
    ]);
    assert!(run.stdout.contains("not_applicable"), "{}", run.stdout);
}

#[test]
fn nothing_is_lost_beside_a_bad_input() {
    let scratch = Scratch::new("beside");
    let good = scratch.write("good.json", &plan(&[bad_database()]));
    let truncated = plan(&[bad_database()]);
    let bad = scratch.write(
        "bad.json",
        truncated
            .strip_suffix("\"complete\":true,")
            .unwrap_or(&truncated)
            .trim_end_matches('}'),
    );
    let run = policy(&["check", &good, &bad, "no/such.json", "-o", "json"]);
    assert_eq!(run.code, 2);
    for expected in ["aws_db_instance.main", "bad.json", "no/such.json"] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
}

#[test]
fn an_exception_without_end_or_past_its_end_suppresses_nothing() {
    let scratch = Scratch::new("exceptions");
    let demo = support::fixture("inputs/terraform-plan/demo/plan.json");
    let record = std::fs::read_to_string(support::fixture(
        "inputs/terraform-plan/demo/exceptions/approved/EXC-2026-0001.yaml",
    ))
    .expect("the demo has a record");
    let check = |name: &str, text: &str| {
        scratch.write(&format!("{name}/approved/EXC-2026-0001.yaml"), text);
        let dir = scratch.path(name);
        let fixed = ["--as-of", "2026-11-20", "--allow-historical"];
        policy(
            &[
                &["check", &demo, "--control", "BCK-001", "--exceptions", &dir],
                &fixed[..],
            ]
            .concat(),
        )
    };
    let active = check("active", &record);
    assert_eq!(active.code, 0, "{}", active.all());
    assert!(
        active
            .stdout
            .contains("accepts it until 2026-11-30 (10 days left), approved by"),
        "{}",
        active.stdout
    );

    let over = check(
        "over",
        &record.replace("expiresOn: 2026-11-30", "expiresOn: 2026-11-19"),
    );
    assert_eq!(over.code, 1, "{}", over.all());
    assert!(over.stdout.contains("expired 1 day ago"), "{}", over.stdout);

    let endless: Vec<&str> = record
        .lines()
        .filter(|line| !line.starts_with("expiresOn"))
        .collect();
    let endless = check("endless", &endless.join("\n"));
    assert_eq!(endless.code, 2, "{}", endless.all());
    assert!(endless.stdout.contains("EXC001"), "{}", endless.stdout);
}

#[test]
fn a_past_date_explains_and_does_not_gate() {
    let demo = support::fixture("inputs/terraform-plan/demo/plan.json");
    let run = policy(&["check", &demo, "--as-of", "2020-01-01"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("historical"), "{}", run.stdout);
    assert_eq!(
        policy(&["check", &demo, "--as-of", "2020-01-01", "--allow-historical"]).code,
        1
    );
    assert_eq!(policy(&["check", &demo, "--as-of", "2026-02-30"]).code, 3);
}

#[test]
fn secrets_do_not_leave_the_process() {
    let sensitive = support::fixture("inputs/terraform-plan/sensitive/plan.json");
    for arguments in [
        vec!["check", &sensitive],
        vec!["check", &sensitive, "-o", "json", "--all-outcomes"],
        vec!["inventory", &sensitive],
        vec!["inventory", &sensitive, "--as-input"],
    ] {
        let run = policy(&arguments);
        assert!(
            !run.all().contains("CANARY-0815"),
            "{arguments:?} shows the canary"
        );
        assert!(run.code <= 2, "{}", run.all());
    }
}

#[test]
fn wrong_usage_is_exit_code_3() {
    let demo = support::fixture("inputs/terraform-plan/demo/plan.json");
    for arguments in [
        vec!["check", "--no-such-flag"],
        vec!["check", &demo, "--control", "DP-ENC-0001"],
        vec!["check", &demo, "-o", "yaml"],
        vec!["check", &demo, "--fail-on", "terrible"],
        vec!["explain", "NOPE"],
    ] {
        assert_eq!(policy(&arguments).code, 3, "{arguments:?}");
    }
}

#[test]
fn every_malformed_input_is_undecided_and_named() {
    let dir = support::fixture("invalid/inputs");
    let mut seen = 0;
    let mut wrong = Vec::new();
    for file in support::files_below(&dir) {
        let name = file.rsplit('/').next().unwrap_or(&file).to_owned();
        let valid = [
            "utf8-plan",
            "bom-plan",
            "utf16-plan",
            "utf16be-plan",
            "far-future-format-version",
        ];
        // Read and evaluated all the same: what is odd about them lies where nothing is read, or is said elsewhere in
        // the file; wrong types become unknown. The source beside a plan is an input of its own.
        let harmless = [
            "deep-nesting/plan.json",
            "missing-type/plan.json",
            "number-format-version/plan.json",
            "wrong-attribute-types/plan.json",
        ];
        let evaluated = valid.iter().chain(&harmless).any(|case| file.contains(case));
        if name == "README.md" || name == "params.json" || name.ends_with(".tf") || evaluated {
            continue;
        }
        let parameters = file.replace("template.yaml", "params.json");
        let run = match std::path::Path::new(&parameters).exists() && parameters != file {
            true => policy(&["check", &file, "--params", &parameters]),
            false => policy(&["check", &file]),
        };
        let warned = run.stdout.contains("warning[");
        let decided = run.code != 2 && !(warned && run.code < 2);
        if decided || !run.all().contains(&name) || run.stderr.contains("panicked") {
            wrong.push(format!("{file}: exit {}\n{}", run.code, run.all()));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
    assert!(seen > 60, "only {seen} malformed inputs were found");
}

#[test]
fn valid_encodings_of_a_plan_are_read() {
    let dir = support::fixture("invalid/inputs");
    for case in ["utf8-plan", "bom-plan", "utf16-plan", "utf16be-plan"] {
        let file = support::files_below(&dir)
            .into_iter()
            .find(|file| file.contains(case) && file.ends_with(".json"))
            .expect("a plan");
        let run = policy(&["check", &file]);
        assert!((0..=1).contains(&run.code), "{case}: {}", run.all());
    }
}

#[test]
fn every_shipped_case_holds() {
    let controls = support::root().join("controls").to_string_lossy().into_owned();
    let run = policy(&["test", "--controls", &controls]);
    assert_eq!(run.code, 0, "{}", run.all());
}

#[test]
fn the_shipped_pack_lints_without_a_warning() {
    let root = support::root().join("controls").to_string_lossy().into_owned();
    let run = policy(&["lint", &root, "--strict"]);
    assert_eq!(run.code, 0, "{}", run.all());
}
