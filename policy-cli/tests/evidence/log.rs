//! The evidence log and what is computed from it, as its users run the commands.

use serde_json::Value;

use super::Drill;
use crate::support::{Scratch, policy};

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn valid(schema: &str, document: &Value) {
    let schema = json(&policy(&["schema", schema]).stdout);
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn reports_become_records_that_are_found_by_every_key() {
    let drill = Drill::new("evidence-search");
    let run = drill.run("policy evidence append drill/log.jsonl --report drill/report.json");
    assert_eq!(run.code, 0, "{}", run.all());
    let again = drill.run("policy evidence append drill/log.jsonl --report drill/report.json");
    assert!(again.stdout.starts_with("0 records appended"), "{}", again.all());
    let log = std::fs::read_to_string(drill.scratch.path("log.jsonl")).expect("written");
    for line in log.lines() {
        valid("evidence", &json(line));
    }
    let found = |filters: &str| {
        let run = drill.run(&format!(
            "policy evidence search drill/log.jsonl {filters} -o json"
        ));
        assert_eq!(
            run.code,
            i32::from(json(&run.stdout)["found"] == 0),
            "{}",
            run.all()
        );
        json(&run.stdout)
    };
    let all = found("--from 2026-11-20 --to 2026-11-20")["found"]
        .as_u64()
        .expect("a number");
    assert_eq!(usize::try_from(all).expect("small"), log.lines().count());
    for (filters, some) in [
        ("--account 111122223333", true),
        ("--account 444455556666", false),
        ("--region eu-west-1", true),
        ("--owner team-payments", true),
        ("--control BCK-001", true),
        ("--resource aws_db_instance.*", true),
        ("--status pass --account 111122223333", true),
        ("--status fail --control TAG-001", false),
        ("--workload cases", false),
        ("--exception EXC-2026-0099", false),
        ("--to 2020-01-01", false),
    ] {
        let found = found(filters)["found"].as_u64().expect("a number");
        assert_eq!(found > 0, some, "{filters}");
        assert!(
            found < all || filters.contains("account 111122223333"),
            "{filters}"
        );
    }
    // The same records from the report itself.
    let from_report = drill.run("policy evidence search drill/report.json -o json");
    assert_eq!(json(&from_report.stdout)["found"], all);
}

#[test]
fn a_log_that_was_cut_off_contradicts_its_checkpoint() {
    let drill = Drill::new("evidence-checkpoint");
    assert_eq!(
        drill
            .run("policy evidence append drill/log.jsonl --report drill/report.json")
            .code,
        0
    );
    let kept = drill
        .run("policy evidence checkpoint drill/log.jsonl --origin example.com/log")
        .stdout;
    assert!(kept.starts_with("example.com/log\n"), "{kept}");
    drill.scratch.write("checkpoint", &kept);
    let verify = || drill.run("policy evidence verify drill/log.jsonl --checkpoint drill/checkpoint");
    assert_eq!(verify().code, 0, "{}", verify().all());
    let log = std::fs::read_to_string(drill.scratch.path("log.jsonl")).expect("written");
    let cut: Vec<&str> = log.lines().collect();
    drill
        .scratch
        .write("log.jsonl", &(cut[..cut.len() - 1].join("\n") + "\n"));
    assert_eq!(
        drill.run("policy evidence verify drill/log.jsonl").code,
        0,
        "the chain alone does not tell"
    );
    assert_eq!(verify().code, 1);
    assert!(verify().stderr.contains("cut off"), "{}", verify().all());
    drill.scratch.write("log.jsonl", "");
    let empty = drill.run("policy evidence verify drill/log.jsonl");
    assert_eq!(empty.code, 2, "{}", empty.all());
    assert!(empty.stderr.contains("the log is empty"), "{}", empty.all());
    assert_eq!(verify().code, 1);
    drill
        .scratch
        .write("log.jsonl", &log.replacen("\"pass\"", "\"fail\"", 1));
    let run = drill.run("policy evidence verify drill/log.jsonl");
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("error[EVD001]") && run.stderr.contains("log.jsonl:"),
        "{}",
        run.all()
    );
    // Nothing goes on from there.
    let run = drill.run("policy evidence append drill/log.jsonl --report drill/report.json");
    assert_eq!(run.code, 2, "{}", run.all());
}

#[test]
fn a_drill_is_measured_and_maturity_is_not_self_asserted() {
    let drill = Drill::new("evidence-maturity");
    drill.sign();
    let package = format!("{} --drill drill/log.jsonl", super::COMPLETE);
    let run = drill.run(&package);
    assert_eq!(run.code, 0, "{}", run.all());
    valid("manifest", &drill.json("package/manifest.json"));
    let record = std::fs::read_to_string(drill.scratch.path("log.jsonl")).expect("written");
    valid("evidence", &json(record.trim_end()));
    assert!(
        json(&record)["seconds"]
            .as_u64()
            .is_some_and(|seconds| seconds >= 1)
    );

    let metrics = drill.run("policy metrics drill/report.json --evidence drill/log.jsonl --explain -o json");
    let metrics = json(&metrics.stdout);
    valid("metrics", &metrics);
    let metric = |name: &str| {
        let all = metrics["metrics"].as_array().expect("a list");
        all.iter()
            .find(|metric| metric["name"] == name)
            .expect("measured")["value"]
            .clone()
    };
    assert_eq!(metric("evidenceRetrievalTime")["n"], 1);
    assert_eq!(metric("manualEvidenceRatio")["ratio"], 0.0);
    assert!(metric("accountCoverage")["unmeasured"].is_string());

    let run = drill.run("policy maturity drill/report.json --evidence drill/log.jsonl -o json");
    let maturity = json(&run.stdout);
    valid("maturity", &maturity);
    assert_eq!(maturity["overall"], "traditional", "nobody looked at accounts");
    let run = drill.run("policy maturity drill/report.json --evidence drill/log.jsonl");
    assert!(
        run.stdout.contains("not known: some accounts have evidence"),
        "{}",
        run.stdout
    );
}

#[test]
fn accounts_and_regions_count_when_their_evidence_is_complete() {
    let scratch = Scratch::new("evidence-coverage");
    let control = |id: &str| {
        scratch.write(
            &format!("controls/{id}.yaml"),
            &format!("id: {id}\ntitle: t\nintent: i\nseverity: low\nevidenceSources: [cloudtrail]\n"),
        );
    };
    control("LOG-001");
    control("CFG-001");
    scratch.write(
        "registry/accounts.yaml",
        "accounts:\n  - {name: a, id: \"111122223333\"}\n  - {name: b, id: \"444455556666\"}\nregionsInUse: [eu-west-1, eu-north-1]\n",
    );
    scratch.write("exceptions/README.md", "");
    let line = |control: &str, account: &str, region: &str, class: &str| {
        format!(
            "{{\"schemaVersion\":1,\"id\":\"{control}{account}\",\"type\":\"query-result\",\"controlId\":\"{control}\",\"account\":\"{account}\",\"region\":\"{region}\",\
             \"status\":\"pass\",\"source\":{{\"system\":\"x\",\"class\":\"{class}\"}}}}\n"
        )
    };
    let log = [
        line("LOG-001", "111122223333", "eu-west-1", "automated"),
        line("CFG-001", "111122223333", "eu-west-1", "manual"),
        line("LOG-001", "444455556666", "eu-south-1", "automated"),
    ];
    let log = scratch.write("log.jsonl", &log.concat());
    let (controls, exceptions) = (scratch.path("controls"), scratch.path("exceptions"));
    let run = policy(&[
        "metrics",
        "--controls",
        &controls,
        "--exceptions",
        &exceptions,
        "--evidence",
        &log,
        "--explain",
    ]);
    // The lines are not linked, which is said; what they tell is still shown.
    assert_eq!(run.code, 2);
    for expected in [
        "accountCoverage             50 % (1 of 2)",
        "no: b (444455556666) lacks CFG-001",
        "regionCoverage              33 % (1 of 3)",
        "no: eu-south-1 has evidence and is not in `regionsInUse`",
        "manualEvidenceRatio         33 % (1 of 3)",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {}", run.stdout);
    }
}

#[test]
fn every_file_of_a_module_is_attested() {
    let scratch = Scratch::new("attest-module");
    scratch.write("infra/main.tf", "module \"a\" {\n  source = \"./a\"\n}\n");
    scratch.write("infra/terraform.tfvars", "x = 1\n");
    scratch.write(
        "infra/a/bucket.tf",
        "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"a\"\n}\n",
    );
    let (module, statement) = (scratch.path("infra"), scratch.path("statement.json"));
    let run = policy(&[
        "check",
        &module,
        "--control",
        "DP-PUB-002",
        "--attest",
        &statement,
        "-o",
        "json",
    ]);
    assert_eq!(run.code, 1, "{}", run.all());
    let text = std::fs::read_to_string(&statement).expect("written");
    let subjects = json(&text)["subject"].clone();
    let names: Vec<&str> = subjects
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|subject| subject["name"].as_str())
        .collect();
    for file in ["infra/main.tf", "infra/a/bucket.tf", "infra/terraform.tfvars"] {
        assert!(names.contains(&&*scratch.path(file)), "{file}: {names:?}");
    }
    // The directory has the digest of the list, and the report says the same.
    let digest = json(&run.stdout)["inputs"][0]["sha256"].clone();
    assert!(digest.is_string());
    assert!(
        subjects
            .as_array()
            .expect("a list")
            .iter()
            .any(|subject| subject["digest"]["sha256"] == digest)
    );
    scratch.write(
        "infra/a/bucket.tf",
        "resource \"aws_s3_bucket\" \"a\" {\n  bucket = \"b\"\n}\n",
    );
    let run = policy(&["check", &module, "--control", "DP-PUB-002", "-o", "json"]);
    assert_ne!(
        json(&run.stdout)["inputs"][0]["sha256"],
        digest,
        "one byte of one file is another input"
    );
}

#[test]
fn a_finding_is_explained_by_five_answers() {
    let drill = Drill::new("explain-finding");
    let report = drill.json("report.json");
    let finding = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|finding| finding["controlId"] == "BCK-001")
        .expect("the demo has one");
    let fingerprint = finding["fingerprint"].as_str().expect("a text");
    let run = drill.run(&format!(
        "policy explain {} --report drill/report.json",
        fingerprint.get(..12).expect("long enough")
    ));
    assert_eq!(run.code, 0, "{}", run.all());
    for question in ["who ", "what ", "allowed ", "remediated ", "provable "] {
        assert_eq!(
            run.stdout
                .lines()
                .filter(|line| line.starts_with(question))
                .count(),
            1,
            "{}",
            run.stdout
        );
    }
    assert!(
        run.stdout.contains("EXC-2026-0001 is ") && run.stdout.contains("owner team-payments"),
        "{}",
        run.stdout
    );
    for wrong in [
        "policy explain ffffffffffffffff --report drill/report.json",
        "policy explain ffff",
    ] {
        assert_eq!(drill.run(wrong).code, 3);
    }
}
