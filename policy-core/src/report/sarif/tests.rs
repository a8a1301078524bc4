use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::report::testdata;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The schema of OASIS, which the crate `serde-sarif` ships. Cargo knows where it put the crate.
static SCHEMA_OF_OASIS: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let version = cargo(&["-vV"]);
    // Without the platform, Cargo asks for the crates of all others, which nobody downloaded.
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--filter-platform",
        host,
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let package = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "serde-sarif")
        .unwrap();
    let directory = Path::new(package["manifest_path"].as_str().unwrap())
        .parent()
        .unwrap();
    let schema = std::fs::read_to_string(directory.join("src/schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    // The pattern of a property that is never written here has a bracket too many, which strict engines refuse.
    for owner in ["run", "toolComponent"] {
        let language = schema
            .pointer_mut(&format!("/definitions/{owner}/properties/language"))
            .unwrap();
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    jsonschema::validator_for(&schema).unwrap()
});

fn log(run: &Run, options: SarifOptions<'_>) -> Value {
    serde_json::from_str(&render(run, options)).unwrap()
}

fn errors(log: &Value) -> Vec<String> {
    SCHEMA_OF_OASIS
        .iter_errors(log)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn full(catalog: &Catalog) -> SarifOptions<'_> {
    SarifOptions {
        controls: Some(catalog),
        all_outcomes: true,
        ..SarifOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_log_satisfies_the_schema(run in testdata::any_run(), all in any::<bool>()) {
        let catalog = testdata::catalog();
        let log = log(&run, if all { full(&catalog) } else { SarifOptions::default() });
        prop_assert_eq!(errors(&log), Vec::<String>::new());
    }

    #[test]
    fn indices_point_at_what_they_name(run in testdata::any_run()) {
        let catalog = testdata::catalog();
        let log = log(&run, full(&catalog));
        let run = &log["runs"][0];
        let at = |list: &Value, index: &Value| list[usize::try_from(index.as_u64().unwrap()).unwrap()].clone();
        let driver = &run["tool"]["driver"];
        for result in run["results"].as_array().unwrap() {
            prop_assert_eq!(&at(&driver["rules"], &result["ruleIndex"])["id"], &result["ruleId"]);
            for taxon in result["taxa"].as_array().into_iter().flatten() {
                let taxonomy = at(&run["taxonomies"], &taxon["toolComponent"]["index"]);
                prop_assert_eq!(&taxonomy["name"], &taxon["toolComponent"]["name"]);
                prop_assert_eq!(&at(&taxonomy["taxa"], &taxon["index"])["id"], &taxon["id"]);
            }
        }
        for notification in run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap() {
            let (descriptor, rule) = (&notification["descriptor"], &notification["associatedRule"]);
            if descriptor.is_object() {
                prop_assert_eq!(&at(&driver["notifications"], &descriptor["index"])["id"], &descriptor["id"]);
            }
            if rule.is_object() {
                prop_assert_eq!(&at(&driver["rules"], &rule["index"])["id"], &rule["id"]);
            }
        }
    }
}

#[test]
fn the_schema_rejects_what_is_wrong() {
    let catalog = testdata::catalog();
    let good = log(&testdata::realistic(), full(&catalog));
    assert_eq!(errors(&good), Vec::<String>::new());
    let typed: Result<serde_sarif::sarif::Sarif, _> = serde_json::from_value(good.clone());
    assert!(typed.is_ok(), "{typed:?}");
    let broken: [(&str, Value); 5] = [
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/kind", "excepted".into()),
        ("/runs/0/results/0/message", Value::Object(serde_json::Map::new())),
        ("/runs/0/results/0/ruleIndex", (-2).into()),
        ("/version", "2.2.0".into()),
    ];
    for (pointer, value) in broken {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!errors(&bad).is_empty(), "{pointer}");
    }
}

/// The result about a resource.
fn result<'a>(log: &'a Value, resource: &str, rule: &str) -> &'a Value {
    let results = log["runs"][0]["results"].as_array().unwrap();
    results
        .iter()
        .find(|it| it["properties"]["resource"]["id"] == resource && it["ruleId"] == rule)
        .unwrap()
}

#[test]
fn a_result_has_suppressions_of_one_kind() {
    let log = log(&testdata::realistic(), SarifOptions::default());
    let accepted = result(
        &log,
        "module.reporting.aws_db_instance.replica[\"a b\"]",
        "DP-ENC-001",
    );
    assert_eq!(accepted["kind"], "fail");
    assert_eq!(accepted["level"], "error");
    let suppressions = accepted["suppressions"].as_array().unwrap();
    assert_eq!(suppressions.len(), 1);
    assert_eq!(suppressions[0]["kind"], "external");
    assert_eq!(suppressions[0]["status"], "accepted");
    assert_eq!(
        suppressions[0]["justification"],
        "EXC-2026-0007: vendor snapshot cannot be re-encrypted in place"
    );
    assert_eq!(suppressions[0]["properties"]["expiresOn"], "2026-03-30");
    // The expired record is not lost, it only must not count against the one in force.
    assert_eq!(
        accepted["properties"]["otherExceptions"][0]["exceptionId"],
        "EXC-2026-0003"
    );
    let statuses = |resource, rule| result(&log, resource, rule)["suppressions"][0]["status"].clone();
    assert_eq!(statuses("aws_security_group.web", "NET-001"), "rejected");
    assert_eq!(statuses("aws_iam_policy.admin", "IAM-PRIV-001"), "underReview");
}

#[test]
fn an_exception_that_is_active_and_not_applied_is_not_accepted() {
    let mut run = testdata::realistic();
    for exception in run
        .assessment
        .findings
        .iter_mut()
        .flat_map(|finding| &mut finding.exceptions)
    {
        exception.state = "active".into();
        exception.suppresses = false;
    }
    let text = render(&run, SarifOptions::default());
    assert!(!text.contains("\"accepted\""), "{text}");
}

#[test]
fn unknown_is_open_and_a_remark_is_for_review() {
    let log = log(&testdata::realistic(), SarifOptions::default());
    let unknown = result(&log, "aws_kms_key.main", "DP-KMS-001");
    assert_eq!(
        (&unknown["kind"], &unknown["level"]),
        (&"open".into(), &"none".into())
    );
    assert_eq!(unknown["properties"]["counted"], true);
    let remark = result(&log, "aws_s3_bucket.logs", "VER-001");
    assert_eq!(
        (&remark["kind"], &remark["level"]),
        (&"review".into(), &"none".into())
    );
    // An advisory control fails without an error.
    assert_eq!(result(&log, "aws_s3_bucket.logs", "TAG-001")["level"], "note");
}

#[test]
fn an_undecided_run_was_not_successful_and_says_why() {
    let log = log(&testdata::empty(), SarifOptions::default());
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 2);
    let message = invocation["toolExecutionNotifications"][0]["message"]["text"]
        .as_str()
        .unwrap();
    assert!(
        message.starts_with("undecided: nothing was evaluated"),
        "{message}"
    );
}

#[test]
fn regions_are_spans() {
    let log = log(&testdata::realistic(), SarifOptions::default());
    let found = result(&log, "module.db.aws_db_instance.main[0]", "DP-ENC-001");
    let place = &found["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "modules/db/main.tf");
    let region = serde_json::json!({"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 28});
    assert_eq!(place["region"], region);
    assert_eq!(
        found["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "main.tf"
    );
}

#[test]
fn every_result_has_a_physical_location_where_there_is_an_input() {
    let log = log(
        &testdata::realistic(),
        SarifOptions {
            all_outcomes: true,
            ..SarifOptions::default()
        },
    );
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert!(result["locations"][0]["physicalLocation"].is_object(), "{result}");
    }
}

#[test]
fn what_is_left_out_is_counted_and_the_most_severe_stay() {
    let run = testdata::realistic();
    let text = render(
        &run,
        SarifOptions {
            omit_suppressed: true,
            ..SarifOptions::default()
        },
    );
    assert!(!text.contains("EXC-2026-0007"), "{text}");
    assert!(
        text.contains("accepted findings left out on request: 1"),
        "{text}"
    );
    let log = log(
        &run,
        SarifOptions {
            max_results: Some(2),
            ..SarifOptions::default()
        },
    );
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert!(
        results
            .iter()
            .all(|result| result["properties"]["severity"] == "critical")
    );
    assert_eq!(log["runs"][0]["properties"]["omitted"], 6);
}

#[test]
fn a_value_is_not_a_link() {
    assert_eq!(without_links("ingress[0] is open"), "ingress[0] is open");
    assert_eq!(without_links("[a](b)"), "\\[a\\](b)");
}
