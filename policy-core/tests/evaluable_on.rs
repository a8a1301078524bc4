//! A control is evaluated on the sources it names. What no input decides is said, and is never a pass.

#[cfg(test)]
mod support;

use policy_core::control::{self, Catalog};
use policy_core::evaluation::{Assessment, InputInventory};
use policy_core::gate::{self, GateOptions, Verdict};
use policy_core::rule::Outcome;
use policy_core::source::Source;

const TEMPLATE: &str =
    "Resources:\n  Data: {Type: AWS::EC2::Volume, Properties: {Size: 1, Encrypted: false}}\n";
const ITEM: &str = r#"{"fileVersion": "1.0", "configurationItems": [{
    "configurationItemVersion": "1.3", "configurationItemStatus": "OK", "configurationItemCaptureTime": "2026-11-01T00:00:00.000Z",
    "awsAccountId": "111122223333", "awsRegion": "eu-west-1", "resourceType": "AWS::EC2::Volume", "resourceId": "vol-1",
    "ARN": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", "tags": {}, "relatedEvents": [], "relationships": [],
    "configuration": {"volumeId": "vol-1", "encrypted": false, "size": 1}, "supplementaryConfiguration": {}}]}"#;

/// One control over volumes with these additional lines, and a rule that every volume breaks where it has one.
#[cfg(test)]
fn catalog(more: &str, rule: &str) -> (Catalog, Vec<&'static str>) {
    let text = format!(
        "id: VOL-001\ntitle: Volumes are encrypted\nintent: i\nseverity: high\n\
         scope: {{environments: [all], resourceTypes: [ebs_volume]{}}}\n{more}\n",
        if rule.contains("input.resources") {
            ", evaluate: inventory"
        } else {
            ""
        }
    );
    let mut sources = vec![Source::new("controls/VOL-001-volumes/control.yaml", text)];
    if !rule.is_empty() {
        let text = format!("package controls.vol_001\n\n{rule}\n");
        sources.push(Source::new("controls/VOL-001-volumes/rule.rego", text));
    }
    let (catalog, diagnostics) = control::load(&sources);
    (catalog, diagnostics.iter().map(|found| found.code.id).collect())
}

const EACH: &str = "deny contains {\"path\": \"encrypted\"} if not input.resource.encrypted";
const WHOLE: &str = "deny contains {\"resource\": volume.id, \"path\": \"encrypted\"} if {\n\tsome volume in input.resources\n\tnot volume.encrypted\n}";

#[cfg(test)]
fn input(name: &str) -> InputInventory {
    let text = if name == "item.json" { ITEM } else { TEMPLATE };
    let (input, diagnostics) = support::load(name, text.into());
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    input
}

#[cfg(test)]
fn assess(more: &str, rule: &str, inputs: &[&str]) -> Assessment {
    let (catalog, problems) = catalog(more, rule);
    assert!(problems.is_empty(), "{problems:?}");
    let inputs: Vec<InputInventory> = inputs.iter().map(|name| input(name)).collect();
    support::evaluate(catalog, &inputs)
}

/// Subject, outcome and reasons of every evaluation.
#[cfg(test)]
fn outcomes(assessment: &Assessment) -> Vec<String> {
    let told = assessment.evaluations.iter().map(|evaluation| {
        let reasons: Vec<&str> = evaluation.reasons.iter().map(|reason| &*reason.text).collect();
        let outcome = evaluation.outcome.as_str();
        format!("{} {outcome} {}", evaluation.subject, reasons.join("; "))
    });
    told.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn without_the_field_every_source_of_resources_decides() {
    let assessment = assess("", EACH, &["template.yaml", "item.json"]);
    assert_eq!(assessment.count(Outcome::Fail), 2, "{:?}", outcomes(&assessment));
    assert_eq!(assessment.not_evaluated, []);
}

#[test]
fn a_resource_from_another_source_is_not_applicable_and_says_so() {
    for rule in [EACH, WHOLE] {
        let assessment = assess(
            "evaluableOn: [cloudformation]",
            rule,
            &["template.yaml", "item.json"],
        );
        assert_eq!(
            outcomes(&assessment),
            [
                "Data fail",
                "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1 not_applicable \
                 decided on CloudFormation, and this resource comes from AWS Config items",
            ]
        );
        assert_eq!(assessment.not_evaluated, [], "it was evaluated on the template");
    }
}

#[test]
fn a_control_without_an_input_of_its_own_is_named_and_nothing_passes() {
    for rule in [EACH, WHOLE] {
        let assessment = assess("evaluableOn: [terraform]", rule, &["item.json"]);
        assert_eq!(
            assessment.count(Outcome::NotApplicable),
            1,
            "{:?}",
            outcomes(&assessment)
        );
        let told: Vec<&str> = assessment
            .not_evaluated
            .iter()
            .map(|control| &*control.reason)
            .collect();
        assert_eq!(told, ["decided on Terraform, which no input here is"]);
        let decision = gate::decide(&assessment, &[], &GateOptions::default());
        assert_eq!(decision.verdict, Verdict::Undecided);
        assert!(
            decision.undecided[0].contains("no input here is what the selected controls are decided on"),
            "{decision:?}"
        );
    }
}

#[test]
fn what_only_account_reports_tell_is_said_once_per_run() {
    for inputs in [&["template.yaml", "item.json"][..], &["item.json"], &[]] {
        let assessment = assess("evaluableOn: [events, account]\nrules: []", "", inputs);
        assert_eq!(
            outcomes(&assessment),
            ["the inputs not_applicable decided on events, account reports, which no input here is"]
        );
        assert_eq!(assessment.not_evaluated.len(), 1);
        assert_eq!(
            assessment.diagnostics,
            [],
            "a control without a rule is meant here"
        );
    }
}

#[test]
fn a_control_that_nothing_could_decide_is_refused() {
    for (more, rule, expected) in [
        (
            "evaluableOn: [terraform, accounts]",
            EACH,
            vec!["CTL026", "CTL024"],
        ),
        ("evaluableOn: []", EACH, vec!["CTL026", "CTL024"]),
        ("rules: []", "", vec!["CTL027"]),
        (
            "evaluableOn: [aws-config, account]\nrules: []",
            "",
            vec!["CTL027"],
        ),
        (
            "evaluableOn: [events]\nrules: [{engine: rego, package: controls.vol_001}]",
            "",
            vec!["CTL027"],
        ),
        ("evaluableOn: [events]", EACH, vec!["CTL027"]),
    ] {
        assert_eq!(catalog(more, rule).1, expected, "{more}");
    }
}
