//! What holds for every format: the same bytes, nothing lost, never a wrong pass; and the reviewed goldens.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::testdata;
use crate::evaluation::Finding;
use crate::gate::{self, OnUnknown, Verdict};
use crate::report::text::printable;
use crate::report::{RenderOptions, ReportFormat, Run};
use crate::rule::Outcome;

type Counted = BTreeMap<String, usize>;

fn count<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Counted {
    let mut counted = Counted::new();
    for value in values {
        *counted.entry(value.into()).or_default() += 1;
    }
    counted
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn strings<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a str> {
    values.filter_map(Value::as_str).collect()
}

/// The values of a property in a list of OSCAL objects.
fn oscal_props<'a>(objects: &'a Value, name: &'a str) -> Vec<&'a str> {
    let props = list(objects).flat_map(|object| list(&object["props"]));
    strings(
        props
            .filter(move |prop| prop["name"] == name)
            .map(|prop| &prop["value"]),
    )
}

fn after<'a>(text: &'a str, marker: &'a str) -> impl Iterator<Item = String> + 'a {
    text.split(marker)
        .skip(1)
        .map(|rest| rest.chars().take(32).collect())
}

/// The fingerprints that a rendered report names, in a way that does not use the code under test.
fn fingerprints(format: ReportFormat, run: &Run, text: &str) -> Counted {
    match format {
        ReportFormat::Text => Counted::new(),
        ReportFormat::Json => {
            let report = parsed(text);
            let lists = ["findings", "unknowns", "warnings"].map(|name| report[name].clone());
            count(
                lists
                    .iter()
                    .flat_map(list)
                    .map(|finding| finding["fingerprint"].as_str().unwrap()),
            )
        }
        ReportFormat::Sarif => {
            let log = parsed(text);
            let results = list(&log["runs"][0]["results"]);
            count(strings(
                results.map(|result| &result["partialFingerprints"]["policyFinding/v1"]),
            ))
        }
        ReportFormat::Junit => count(after(text, "\nfingerprint: ")),
        ReportFormat::Markdown => count(after(text, "\n- fingerprint `")),
        ReportFormat::Github => count(after(text, "%0Afingerprint ")),
        ReportFormat::Gitlab => {
            let issues = parsed(text);
            // Findings come first; errors, diagnostics and the verdict follow.
            let found =
                run.assessment.findings.len() + run.assessment.unknowns.len() + run.assessment.warnings.len();
            let all = strings(list(&issues).map(|issue| &issue["fingerprint"]));
            assert_eq!(
                all.iter().collect::<BTreeSet<_>>().len(),
                all.len(),
                "fingerprints must be unique"
            );
            count(
                all.iter()
                    .take(found)
                    .map(|fingerprint| fingerprint.chars().take(32).collect::<String>()),
            )
        }
        ReportFormat::OscalResults => {
            let result = &parsed(text)["assessment-results"]["results"][0];
            count(oscal_props(&result["observations"], "fingerprint"))
        }
        ReportFormat::OscalPoam => {
            let poam = &parsed(text)["plan-of-action-and-milestones"];
            count(oscal_props(&poam["poam-items"], "fingerprint"))
        }
        ReportFormat::Asff => {
            let findings = &parsed(text)["Findings"];
            count(strings(
                list(findings).map(|finding| &finding["ProductFields"]["policy/fingerprint"]),
            ))
        }
        ReportFormat::Ocsf => count(strings(
            list(&parsed(text)).map(|event| &event["unmapped"]["fingerprint"]),
        )),
    }
}

fn expected(format: ReportFormat, run: &Run) -> Counted {
    let assessment = &run.assessment;
    let remarks: &[Finding] = if format == ReportFormat::OscalPoam {
        &[]
    } else {
        &assessment.warnings
    };
    let all = assessment
        .findings
        .iter()
        .chain(&assessment.unknowns)
        .chain(remarks);
    count(all.map(|finding| finding.fingerprint.as_str()))
}

fn options(catalog: &crate::control::Catalog, full: bool) -> RenderOptions<'_> {
    RenderOptions {
        all_outcomes: full,
        controls: full.then_some(catalog),
        ..RenderOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn findings_in_are_findings_out(run in testdata::any_run(), full in any::<bool>()) {
        let catalog = testdata::catalog();
        for format in ReportFormat::ALL {
            let text = format.render(&run, &options(&catalog, full));
            if format == ReportFormat::Text {
                // The text has no fingerprints, and what is alike shares a block; each finding is told with its control,
                // its words and its resource.
                let counted = |unknown: &&Finding| gate::counts_unknown(unknown, &run.gate);
                let assessment = &run.assessment;
                let told = assessment.findings.iter().chain(assessment.unknowns.iter().filter(counted));
                for finding in told.chain(&assessment.warnings) {
                    let control = format!("[{}]", finding.control);
                    prop_assert!(text.contains(&control) && text.contains(&printable(&finding.message)), "{}", text);
                    let resource = finding.resource.iter().map(|resource| printable(resource.id.as_str()));
                    prop_assert!(resource.into_iter().all(|id| text.contains(&id)), "{}", text);
                }
                let listed = assessment.unknowns.iter().filter(|unknown| !counted(unknown)).count();
                prop_assert!(listed == 0 || run.gate.on_unknown == OnUnknown::Ignore || text.contains("not decided"));
                continue;
            }
            prop_assert_eq!(fingerprints(format, &run, &text), expected(format, &run), "{}: {}", format, text);
        }
    }

    #[test]
    fn the_same_run_gives_the_same_bytes(run in testdata::any_run(), full in any::<bool>()) {
        let catalog = testdata::catalog();
        let (again, catalog_again) = (run.clone(), testdata::catalog());
        for format in ReportFormat::ALL {
            let text = format.render(&run, &options(&catalog, full));
            prop_assert_eq!(&text, &format.render(&again, &options(&catalog_again, full)));
            prop_assert!(text.ends_with('\n'));
        }
    }

    #[test]
    fn what_failed_is_a_pass_nowhere(run in testdata::any_run()) {
        let catalog = testdata::catalog();
        let options = options(&catalog, true);
        let passed = run.assessment.count(Outcome::Pass);
        let render = |format: ReportFormat| format.render(&run, &options);

        let log = parsed(&render(ReportFormat::Sarif));
        for result in list(&log["runs"][0]["results"]) {
            let accepted = strings(list(&result["suppressions"]).map(|it| &it["status"])).contains(&"accepted");
            let standing = result["properties"]["standing"].as_str();
            prop_assert_eq!(accepted, standing == Some("excepted"));
            prop_assert_eq!(result["kind"] == "fail", matches!(standing, Some("open" | "excepted")));
            prop_assert_eq!(result["level"] == "none", result["kind"] != "fail");
        }
        let passes = list(&log["runs"][0]["results"]).filter(|result| result["kind"] == "pass").count();
        prop_assert_eq!(passes, passed);
        let successful = log["runs"][0]["invocations"][0]["executionSuccessful"] == true;
        prop_assert_eq!(successful, run.decision.verdict != Verdict::Undecided);

        let junit = render(ReportFormat::Junit);
        let cases = junit.matches("<testcase ").count();
        let verdicts: usize = ["<failure ", "<error ", "<skipped "].iter().map(|element| junit.matches(element).count()).sum();
        prop_assert_eq!(cases - verdicts, passed, "{}", junit);
        prop_assert!(run.decision.verdict != Verdict::Undecided || junit.contains("<error "));

        let findings = parsed(&render(ReportFormat::Asff));
        let statuses = list(&findings["Findings"]).filter(|it| it["Compliance"]["Status"] == "PASSED").count();
        prop_assert_eq!(statuses, passed);

        let events = parsed(&render(ReportFormat::Ocsf));
        prop_assert_eq!(list(&events).filter(|event| event["compliance"]["status_id"] == 1).count(), passed);
        for event in list(&events).filter(|event| event["status_id"] == 3) {
            prop_assert_eq!(&event["compliance"]["status_id"], 3);
        }

        let assessment = &run.assessment;
        let bad_evaluations = assessment.evaluations.iter().filter(|it| !matches!(it.outcome, Outcome::Pass | Outcome::NotApplicable));
        let bad = bad_evaluations.map(|it| &it.control).chain(assessment.findings.iter().chain(&assessment.unknowns).map(|it| &it.control));
        let bad: BTreeSet<String> = bad.map(|id| format!("{}_obj", id.as_str().to_lowercase())).collect();
        let results = parsed(&render(ReportFormat::OscalResults));
        for finding in list(&results["assessment-results"]["results"][0]["findings"]) {
            let target = &finding["target"];
            prop_assert!(target["status"]["state"] != "satisfied" || !bad.contains(target["target-id"].as_str().unwrap()));
        }
        if run.decision.verdict == Verdict::Undecided {
            prop_assert!(parsed(&render(ReportFormat::Gitlab)).as_array().is_some_and(|issues| !issues.is_empty()));
        }
    }

    #[test]
    fn no_line_is_a_command_to_a_runner(run in testdata::any_run(), full in any::<bool>()) {
        let catalog = testdata::catalog();
        for format in EXCHANGE.iter().filter(|format| **format != ReportFormat::Github) {
            let text = format.render(&run, &options(&catalog, full));
            for line in text.lines().map(str::trim_start) {
                prop_assert!(!line.starts_with("::") && !line.starts_with("##["), "{}: {}", format, line);
            }
        }
    }

    #[test]
    fn junit_is_well_formed(run in testdata::any_run(), full in any::<bool>()) {
        let catalog = testdata::catalog();
        let text = ReportFormat::Junit.render(&run, &options(&catalog, full));
        prop_assert_eq!(well_formed(&text), Ok(()), "{}", text);
    }

    #[test]
    fn oscal_references_resolve_and_ids_are_unique(run in testdata::any_run(), full in any::<bool>()) {
        let catalog = testdata::catalog();
        for format in [ReportFormat::OscalResults, ReportFormat::OscalPoam] {
            let document = parsed(&format.render(&run, &options(&catalog, full)));
            let (mut ids, mut references) = (Vec::new(), Vec::new());
            collect_ids(&document, &mut ids, &mut references);
            let unique: BTreeSet<&String> = ids.iter().collect();
            prop_assert_eq!(unique.len(), ids.len(), "{:?}", ids);
            for reference in &references {
                prop_assert!(unique.contains(reference), "{} of {}", reference, document);
            }
        }
    }
}

fn collect_ids(value: &Value, ids: &mut Vec<String>, references: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match value.as_str() {
                    Some(id) if name == "uuid" => ids.push(id.to_owned()),
                    Some(id) if name.ends_with("-uuid") => references.push(id.to_owned()),
                    Some(href) if name == "href" && href.starts_with('#') => {
                        references.push(href.trim_start_matches('#').to_owned());
                    }
                    _ => collect_ids(value, ids, references),
                }
            }
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect_ids(value, ids, references)),
        _ => {}
    }
}

/// Checks what a parser would: balanced elements, quoted attributes, escaped text, legal characters.
fn well_formed(text: &str) -> Result<(), String> {
    let legal = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    if let Some(illegal) = text.chars().find(|c| !legal(*c)) {
        return Err(format!("illegal character {illegal:?}"));
    }
    let body = text
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .ok_or("no declaration")?;
    let mut open: Vec<&str> = Vec::new();
    let mut rest = body;
    while let Some((before, element)) = rest.split_once('<') {
        escaped(before)?;
        let (element, after) = element.split_once('>').ok_or("an element does not end")?;
        rest = after;
        if let Some(name) = element.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (element, empty) = element
            .strip_suffix('/')
            .map_or((element, false), |element| (element, true));
        let (name, mut attributes) = element.split_once(' ').unwrap_or((element, ""));
        let mut seen = BTreeSet::new();
        while let Some((attribute, tail)) = attributes.split_once("=\"") {
            let (value, tail) = tail.split_once('"').ok_or("a value does not end")?;
            escaped(value)?;
            if value.contains(['\n', '\t']) || !seen.insert(attribute.trim()) {
                return Err(format!("bad attribute {attribute}"));
            }
            attributes = tail;
        }
        if !attributes.trim().is_empty() {
            return Err(format!("left over: {attributes}"));
        }
        if !empty {
            open.push(name);
        }
    }
    if open.is_empty() {
        escaped(rest)
    } else {
        Err(format!("not closed: {open:?}"))
    }
}

fn escaped(text: &str) -> Result<(), String> {
    let entities = ["amp;", "lt;", "gt;", "quot;", "apos;", "#10;", "#9;"];
    let bare = text
        .split('&')
        .skip(1)
        .any(|rest| !entities.iter().any(|entity| rest.starts_with(entity)));
    if bare || text.contains('>') {
        Err(format!("not escaped: {text}"))
    } else {
        Ok(())
    }
}

#[test]
fn the_checker_of_xml_can_fail() {
    let header = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    for wrong in [
        "<a>",
        "<a></b>",
        "<a b=\"c>\"/>",
        "<a>&</a>",
        "<a b=\"1\" b=\"2\"/>",
        "\u{1}",
        "<a b/>",
        "<a b=\"\n\"/>",
    ] {
        assert!(well_formed(&format!("{header}{wrong}")).is_err(), "{wrong}");
    }
    assert_eq!(
        well_formed(&format!("{header}<a b=\"&lt;\"><c/>&amp;</a>\n")),
        Ok(())
    );
}

#[test]
fn names_round_trip() {
    for format in ReportFormat::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    let error = "sarif2".parse::<ReportFormat>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no output format `sarif2`; write text, json, sarif, junit, markdown, github, gitlab, oscal-results, \
         oscal-poam, asff or ocsf"
    );
}

/// The goldens that `scripts/conformance.py` checks with the validators of others.
fn golden(case: &str, run: &Run, formats: &[ReportFormat], options: &RenderOptions<'_>) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../../../fixtures/golden/reports/{case}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for format in formats {
            insta::assert_snapshot!(format.as_str(), format.render(run, options));
        }
    });
}

/// Text and our own JSON are tested beside their code and have no validator of others.
const EXCHANGE: &[ReportFormat] = {
    let [_, _, exchange @ ..] = &ReportFormat::ALL;
    exchange
};

#[test]
fn goldens_of_a_realistic_run() {
    let catalog = testdata::catalog();
    let options = RenderOptions {
        controls: Some(&catalog),
        ..RenderOptions::default()
    };
    golden("realistic", &testdata::realistic(), &ReportFormat::ALL, &options);
}

#[test]
fn goldens_of_a_clean_run() {
    let catalog = testdata::catalog();
    golden("clean", &testdata::clean(), EXCHANGE, &options(&catalog, true));
}

#[test]
fn goldens_of_an_empty_run() {
    golden("empty", &testdata::empty(), EXCHANGE, &RenderOptions::default());
}

#[test]
fn goldens_of_hostile_values() {
    golden(
        "hostile",
        &testdata::hostile(),
        EXCHANGE,
        &RenderOptions {
            all_outcomes: true,
            ..RenderOptions::default()
        },
    );
}
