use serde_json::Value;

use super::*;
use crate::evaluation::Finding;
use crate::report::testdata;

fn results(run: &Run) -> Value {
    let document: Value = serde_json::from_str(&render_results(run, OscalOptions::default())).unwrap();
    document["assessment-results"]["results"][0].clone()
}

fn state(result: &Value, control: &str) -> (String, String) {
    let findings = result["findings"].as_array().unwrap();
    let finding = findings
        .iter()
        .find(|it| it["target"]["target-id"] == format!("{control}_obj"))
        .unwrap();
    let status = &finding["target"]["status"];
    (
        status["state"].as_str().unwrap().to_owned(),
        status["reason"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn accepted_is_a_deviation_with_a_deadline_and_not_satisfied() {
    let mut run = testdata::realistic();
    run.assessment.findings.retain(Finding::is_suppressed);
    run.diagnostics.clear();
    let result = results(&run);
    assert_eq!(
        state(&result, "dp-enc-001"),
        ("not-satisfied".into(), "fail".into())
    );
    let risks = result["risks"].as_array().unwrap();
    let risk = risks
        .iter()
        .find(|risk| risk["status"] == "deviation-approved")
        .unwrap();
    assert_eq!(risk["deadline"], "2026-03-30T23:59:59Z");
    assert_eq!(
        risk["mitigating-factors"][0]["description"],
        "isolated subnet, no public route"
    );
    assert_eq!(
        risk["risk-log"]["entries"][0]["status-change"],
        "deviation-approved"
    );
    assert_eq!(risk["risk-log"]["entries"][1]["status-change"], "open");
}

#[test]
fn risks_tell_open_requested_and_unknown_apart() {
    let result = results(&testdata::realistic());
    let status = |title: &str| {
        let risks = result["risks"].as_array().unwrap();
        risks.iter().find(|risk| risk["title"] == title).unwrap()["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(status("NET-001 aws_security_group.web"), "open");
    assert_eq!(status("IAM-PRIV-001 aws_iam_policy.admin"), "deviation-requested");
    assert_eq!(status("DP-KMS-001 aws_kms_key.main"), "investigating");
}

#[test]
fn satisfied_needs_a_pass_and_a_run_that_used_everything() {
    let run = testdata::clean();
    let result = results(&run);
    assert_eq!(state(&result, "dp-enc-001"), ("satisfied".into(), "pass".into()));
    // What applies to nothing has no finding, and is named.
    assert_eq!(result["findings"].as_array().unwrap().len(), 1);
    assert_eq!(
        result["reviewed-controls"]["remarks"],
        "not applicable to any resource: NET-001"
    );

    let mut broken = run;
    broken.diagnostics = testdata::realistic().diagnostics;
    assert_eq!(
        state(&results(&broken), "dp-enc-001"),
        ("not-satisfied".into(), "other".into())
    );
}

#[test]
fn a_rule_error_is_not_satisfied_and_observed() {
    let result = results(&testdata::realistic());
    assert_eq!(
        state(&result, "ver-001"),
        ("not-satisfied".into(), "other".into())
    );
    let observations = result["observations"].as_array().unwrap();
    assert!(
        observations
            .iter()
            .any(|it| it["title"] == "VER-001 aws_s3_bucket.odd")
    );
}

#[test]
fn the_document_id_changes_with_the_content() {
    let id = |run: &Run| {
        let document: Value = serde_json::from_str(&render_results(run, OscalOptions::default())).unwrap();
        document["assessment-results"]["uuid"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let run = testdata::realistic();
    let mut later = run.clone();
    later.as_of = "2026-03-02".into();
    assert_eq!(id(&run), id(&run));
    assert_ne!(id(&run), id(&later));
}

#[test]
fn a_plan_always_has_an_item() {
    let items = |run: &Run| {
        let document: Value = serde_json::from_str(&render_poam(run, OscalOptions::default())).unwrap();
        document["plan-of-action-and-milestones"]["poam-items"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(items(&testdata::clean())[0]["title"], "No open item");
    assert_eq!(items(&testdata::empty())[0]["title"], "The run is undecided");
    // Seven failures and unknowns, and finding out why the run is undecided.
    assert_eq!(items(&testdata::realistic()).len(), 8);
}
