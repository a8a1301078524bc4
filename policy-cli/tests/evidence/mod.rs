//! Saved reports, packages, metrics and decisions, as their users make them.

mod log;

use serde_json::Value;

use crate::support::{Run, Scratch, fixture, policy, root};

const PLAN: &str = "fixtures/inputs/terraform-plan/demo/plan.json";
const EXCEPTIONS: &str = "fixtures/inputs/terraform-plan/demo/exceptions";

/// A scratch directory with a saved report of the demo plan, and the day of the report.
struct Drill {
    scratch: Scratch,
    day: String,
}

impl Drill {
    fn new(name: &str) -> Self {
        let mut drill = Self {
            scratch: Scratch::new(name),
            day: String::new(),
        };
        let run = drill.run(&format!(
            "policy check {PLAN} --exceptions {EXCEPTIONS} -o json=drill/report.json --all-outcomes --attest drill/statement.json"
        ));
        assert!(run.code == 1 || run.code == 2, "{}", run.all());
        let report = drill.json("report.json");
        drill.day = report["asOf"]
            .as_str()
            .expect("a date")
            .get(..10)
            .expect("a date")
            .to_owned();
        drill
    }

    /// Runs a command of the exercise, with its paths and its day made those of the test.
    fn run(&self, command: &str) -> Run {
        let dir = self.scratch.path("");
        let fixtures = fixture("");
        let arguments: Vec<String> = command
            .strip_prefix("policy ")
            .expect("a command")
            .split(' ')
            .map(|word| {
                word.replace("drill/", &dir)
                    .replace("fixtures/", &fixtures)
                    .replace("2026-11-20", &self.day)
            })
            .collect();
        policy(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn json(&self, name: &str) -> Value {
        let text = std::fs::read_to_string(self.scratch.path(name)).expect("written");
        serde_json::from_str(&text).expect("JSON")
    }

    fn sign(&self) {
        self.scratch.write(
            "signoff.yaml",
            &format!(
                "reviewedBy: rina@example.com\nrole: security-risk-owner\nreviewedOn: {}\n",
                self.day
            ),
        );
    }
}

const INCOMPLETE: &str = "policy audit package --control BCK-001 --from 2026-11-01 --to 2026-11-20 --report drill/report.json --out drill/package";
const COMPLETE: &str = "policy audit package --control BCK-001 --from 2026-11-01 --to 2026-11-20 --report drill/report.json --exceptions fixtures/inputs/terraform-plan/demo/exceptions --sign-off drill/signoff.yaml --out drill/package";
const VERIFY: &str = "policy audit verify drill/package";

#[test]
fn the_audit_package_drill_works_as_the_docs_say() {
    let docs = std::fs::read_to_string(root().join("docs/audit-package-drill.md")).expect("the exercise");
    for command in [
        INCOMPLETE,
        COMPLETE,
        VERIFY,
        METRICS,
        REMEDIATION,
        LOG[0],
        LOG[1],
        LOG[2],
        LOG[3],
    ] {
        assert!(
            docs.contains(&format!("\n    {command}\n")),
            "the docs do not say `{command}`"
        );
    }
    let drill = Drill::new("drill");
    for command in LOG {
        let run = drill.run(command);
        assert_eq!(run.code, 0, "{command}: {}", run.all());
    }
    let refused = drill.run(INCOMPLETE);
    assert_eq!(refused.code, 1, "{}", refused.all());
    assert!(
        refused
            .stderr
            .contains("2 sections are missing: known exceptions, review sign-off"),
        "{}",
        refused.stderr
    );
    assert!(
        !std::path::Path::new(&drill.scratch.path("package")).exists(),
        "nothing is written"
    );

    drill.sign();
    let made = drill.run(COMPLETE);
    assert_eq!(made.code, 0, "{}", made.all());
    let kept = made
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("root "))
        .expect("a root")
        .to_owned();
    assert_eq!(drill.run(VERIFY).code, 0);
    assert_eq!(drill.run(&format!("{VERIFY} --root {kept}")).code, 0);
    assert_eq!(drill.run(&format!("{VERIFY} --root {}", "0".repeat(64))).code, 1);
    assert_eq!(
        drill.run(COMPLETE).code,
        3,
        "a package is not written over another"
    );

    let next = drill.run(&format!(
        "{} --previous drill/package",
        COMPLETE.replace("--out drill/package", "--out drill/next")
    ));
    assert_eq!(next.code, 0, "{}", next.all());
    assert_eq!(drill.json("next/manifest.json")["sequence"], 2);
    assert_eq!(
        drill
            .run("policy audit verify drill/next --previous drill/package")
            .code,
        0
    );
}

#[test]
fn tampering_with_files_on_disk_is_found_out() {
    let drill = Drill::new("tamper");
    drill.sign();
    assert_eq!(drill.run(COMPLETE).code, 0);
    let narrative = std::fs::read_to_string(drill.scratch.path("package/narrative.md")).expect("written");
    drill
        .scratch
        .write("package/narrative.md", &narrative.replace('e', "E"));
    drill.scratch.write("package/04-evidence/extra.json", "{}");
    std::fs::remove_file(drill.scratch.path("package/sarif.json")).expect("there");
    let found = drill.run(&format!("{VERIFY} -o json"));
    assert_eq!(found.code, 1);
    let found: Value = serde_json::from_str(&found.stdout).expect("JSON");
    assert_eq!(found["valid"], false);
    assert_eq!(found["signatureValid"], Value::Null);
    let errors = found["validationErrors"].to_string();
    for expected in [
        "`narrative.md` was changed",
        "`04-evidence/extra.json` was added",
        "`sarif.json` is missing",
    ] {
        assert!(errors.contains(expected), "{expected} is missing in {errors}");
    }
}

#[test]
fn a_saved_report_becomes_the_other_formats_as_if_written_at_once() {
    let drill = Drill::new("formats");
    let check = format!("policy check {PLAN} --exceptions {EXCEPTIONS} --all-outcomes");
    // Formats that show neither source lines nor what only the registry knows are the same bytes.
    for format in ["json", "gitlab"] {
        let saved = drill.run(&format!("policy report drill/report.json -o {format}"));
        assert_eq!(saved.code, 0, "{}", saved.all());
        assert_eq!(
            saved.stdout,
            drill.run(&format!("{check} -o {format}")).stdout,
            "{format}"
        );
    }
    for format in [
        "text",
        "sarif",
        "junit",
        "markdown",
        "github",
        "oscal-results",
        "oscal-poam",
        "asff",
        "ocsf",
    ] {
        let saved = drill.run(&format!("policy report drill/report.json -o {format}"));
        assert_eq!(saved.code, 0, "{format}: {}", saved.all());
        assert!(!saved.stdout.is_empty(), "{format}");
    }
    let lost = drill.run("policy report drill/report.json -o text").stderr;
    assert!(lost.contains("note: source lines are not in a report"), "{lost}");
    let file = drill.scratch.write("other.json", "{\"schemaVersion\": 9}");
    let refused = policy(&["report", &file]);
    assert_eq!(refused.code, 2, "{}", refused.all());
    assert!(refused.stderr.contains("schema version 9"), "{}", refused.stderr);
}

#[test]
fn the_statement_is_about_the_bytes_that_were_checked() {
    let drill = Drill::new("attest");
    let (statement, report) = (drill.json("statement.json"), drill.json("report.json"));
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(
        statement["subject"][0]["digest"]["sha256"],
        report["inputs"][0]["sha256"]
    );
    assert_eq!(statement["predicate"]["result"], "FAILED");
    let configuration = statement["predicate"]["configuration"].to_string();
    assert!(
        configuration.contains("EXC-2026-0001.yaml") && configuration.contains("BCK-001"),
        "{configuration}"
    );
    let path = drill.scratch.path("none.json");
    let unread = policy(&["check", "no/such/file.json", "--attest", &path]);
    assert_eq!(unread.code, 2);
    assert!(
        !std::path::Path::new(&path).exists(),
        "no statement about what was not read"
    );
}

const LOG: [&str; 4] = [
    "policy evidence append drill/log.jsonl --report drill/report.json",
    "policy evidence search drill/log.jsonl --control BCK-001 --account 111122223333 --from 2026-11-01",
    "policy evidence checkpoint drill/log.jsonl",
    "policy maturity drill/report.json --evidence drill/log.jsonl",
];
const METRICS: &str =
    "policy metrics drill/report.json --exceptions fixtures/inputs/terraform-plan/demo/exceptions --explain";
const REMEDIATION: &str = "policy remediation drill/report.json";

#[test]
fn numbers_and_decisions_come_with_their_reasons() {
    let drill = Drill::new("numbers");
    let text = drill.run(METRICS);
    assert!(
        text.stdout.contains("exceptionDebt") && text.stdout.contains("not measured"),
        "{}",
        text.all()
    );
    let metrics = drill.run(&format!("{METRICS} -o json"));
    let metrics: Value = serde_json::from_str(&metrics.stdout).expect("JSON");
    let open = metrics["metrics"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|metric| metric["name"] == "openFindings");
    let open = open.expect("a metric");
    assert_eq!(
        open["value"]["count"].as_u64(),
        open["list"].as_array().map(|list| list.len() as u64)
    );

    let decided = drill.run(REMEDIATION);
    assert_eq!(decided.code, 0, "{}", decided.all());
    assert!(
        decided.stdout.contains("block: ") && decided.stdout.contains("nothing was executed"),
        "{}",
        decided.stdout
    );
    let report = drill.json("report.json");
    let fingerprint = report["findings"][0]["fingerprint"]
        .as_str()
        .expect("a fingerprint");
    let one = drill.run(&format!("{REMEDIATION} --json --finding {fingerprint}"));
    let one: Value = serde_json::from_str(&one.stdout).expect("JSON");
    assert_eq!(one["decisions"].as_array().expect("a list").len(), 1);
    assert_eq!(one["executed"], false);
    assert_eq!(drill.run(&format!("{REMEDIATION} --finding 0000")).code, 3);
}
