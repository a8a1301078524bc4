//! The statement that a gate ran: in-toto Statement v1 with the predicate *test result* v0.1.
//!
//! It is unsigned. To sign it, wrap it in a DSSE envelope with a tool of your own: what is signed is
//! [`pre_authentication_encoding`] of [`PAYLOAD_TYPE`] and the bytes of the statement, and the envelope is
//! `{"payloadType": …, "payload": base64(statement), "signatures": [{"keyid": …, "sig": …}]}`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::control::Catalog;
use crate::evidence::merkle::Sha256Digest;
use crate::exception::Registry;
use crate::gate::{self, Verdict};
use crate::report::Run;
use crate::rule::Outcome;

/// The payload type of a DSSE envelope around a statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The type of every statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The type of the predicate.
pub const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// Why there is no statement.
#[derive(Debug, thiserror::Error)]
pub enum AttestationError {
    /// Nothing was read, so there is nothing that the statement could be about.
    #[error("no input could be read: a statement needs a subject")]
    NoSubject,
    /// An input has no digest.
    #[error(
        "`{0}` has no digest, because it could not be read; a statement that leaves it out would speak of another run"
    )]
    Unread(String),
    /// JSON could not be written.
    #[error("the statement cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// The statement about a run, with a final line break.
///
/// Subjects are the inputs with their digests; the configuration is the controls, their rules and the exceptions. The
/// result is `PASSED`, `WARNED` (nothing blocks, but something was accepted, is unknown or is below the threshold) or
/// `FAILED`; a run that is undecided has `FAILED`, because nobody may take it for a pass.
///
/// # Errors
/// A run whose inputs were not all read.
pub fn statement(run: &Run, catalog: &Catalog, registry: &Registry) -> Result<String, AttestationError> {
    let mut subjects: BTreeMap<(&str, &str), ()> = BTreeMap::new();
    for input in &run.inputs {
        let sha256 = input
            .sha256
            .as_deref()
            .ok_or_else(|| AttestationError::Unread(input.path.clone()))?;
        subjects.insert((&input.path, sha256), ());
        // A directory is what was read of it, each file under its own name.
        subjects.extend(
            input
                .files
                .iter()
                .map(|(path, sha256)| ((path.as_str(), sha256.as_str()), ())),
        );
    }
    if subjects.is_empty() {
        return Err(AttestationError::NoSubject);
    }
    let subjects: Vec<Value> = subjects
        .into_keys()
        .map(|(name, sha256)| json!({"name": name, "digest": {"sha256": sha256}}))
        .collect();
    let tests = Tests::of(run);
    let result = match run.decision.verdict {
        Verdict::Pass if tests.warned.is_empty() => "PASSED",
        Verdict::Pass => "WARNED",
        Verdict::Fail | Verdict::Undecided => "FAILED",
    };
    let statement = json!({
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": result,
            "configuration": configuration(catalog, registry),
            "passedTests": tests.passed,
            "warnedTests": tests.warned,
            "failedTests": tests.failed,
        },
    });
    let mut text = serde_json::to_string_pretty(&statement)?;
    text.push('\n');
    Ok(text)
}

/// What a signature over a DSSE envelope signs: `DSSEv1`, and type and payload each after its length.
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The texts that decided, by name. The same text twice is listed once.
fn configuration(catalog: &Catalog, registry: &Registry) -> Vec<Value> {
    let controls = catalog
        .controls
        .values()
        .flat_map(|control| std::iter::once(control.span.source()).chain(&control.rego));
    let exceptions = registry.records().iter().map(|record| record.span.source());
    let digests: BTreeSet<(&str, String)> = controls
        .chain(&catalog.library)
        .chain(exceptions)
        .map(|source| {
            (
                source.name(),
                Sha256Digest::of(source.text().as_bytes()).to_string(),
            )
        })
        .collect();
    digests
        .into_iter()
        .map(|(name, sha256)| json!({"name": name, "digest": {"sha256": sha256}}))
        .collect()
}

/// Every control that said anything, in exactly one list.
#[derive(Default)]
struct Tests<'a> {
    passed: BTreeSet<&'a str>,
    warned: BTreeSet<&'a str>,
    failed: BTreeSet<&'a str>,
}

impl<'a> Tests<'a> {
    fn of(run: &'a Run) -> Self {
        let assessment = &run.assessment;
        let mut tests = Self::default();
        for evaluation in &assessment.evaluations {
            let control = evaluation.control.as_str();
            match evaluation.outcome {
                Outcome::Pass => tests.passed.insert(control),
                Outcome::Error => tests.failed.insert(control),
                Outcome::Fail | Outcome::Unknown => tests.warned.insert(control),
                Outcome::NotApplicable => false,
            };
        }
        for finding in &assessment.findings {
            let counts =
                !finding.advisory && !finding.is_suppressed() && finding.severity >= run.gate.fail_on;
            let list = if counts {
                &mut tests.failed
            } else {
                &mut tests.warned
            };
            list.insert(finding.control.as_str());
        }
        for unknown in &assessment.unknowns {
            let list = if gate::counts_unknown(unknown, &run.gate) {
                &mut tests.failed
            } else {
                &mut tests.warned
            };
            list.insert(unknown.control.as_str());
        }
        // The worst that a control said stands.
        tests.warned.retain(|control| !tests.failed.contains(control));
        tests
            .passed
            .retain(|control| !tests.failed.contains(control) && !tests.warned.contains(control));
        tests
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::testdata;

    fn parsed(run: &Run) -> Value {
        let text = statement(run, &testdata::catalog(), &Registry::default()).unwrap();
        assert_eq!(
            text,
            statement(run, &testdata::catalog(), &Registry::default()).unwrap()
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn subjects_are_the_inputs_and_the_configuration_is_what_decided() {
        let statement = parsed(&testdata::realistic());
        assert_eq!(statement["_type"], STATEMENT_TYPE);
        assert_eq!(statement["subject"][0]["digest"]["sha256"], "5f".repeat(32));
        let names: Vec<&str> = statement["predicate"]["configuration"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["name"].as_str().unwrap())
            .collect();
        assert!(names.contains(&"controls/DP-ENC-001/control.yaml"), "{names:?}");
        // printf 'id: DP-ENC-001\n' | sha256sum
        let digest = Sha256Digest::of(b"id: DP-ENC-001\n").to_string();
        assert!(
            statement["predicate"]["configuration"]
                .to_string()
                .contains(&digest)
        );
    }

    #[test]
    fn a_run_without_a_subject_has_no_statement() {
        let statement = |run: &Run| statement(run, &Catalog::default(), &Registry::default());
        let mut run = testdata::realistic();
        run.inputs[0].sha256 = None;
        assert!(matches!(statement(&run), Err(AttestationError::Unread(_))));
        run.inputs.clear();
        assert!(matches!(statement(&run), Err(AttestationError::NoSubject)));
    }

    /// The example of the DSSE protocol.
    #[test]
    fn the_encoding_is_that_of_the_protocol() {
        let encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    proptest! {
        #[test]
        fn nothing_but_a_clean_pass_is_passed(run in testdata::any_run()) {
            prop_assume!(!run.inputs.is_empty());
            let predicate = parsed(&run)["predicate"].clone();
            let result = predicate["result"].as_str().unwrap();
            let list = |name: &str| predicate[name].as_array().unwrap().clone();
            let (passed, warned, failed) = (list("passedTests"), list("warnedTests"), list("failedTests"));
            prop_assert_eq!(result == "FAILED", run.decision.verdict != Verdict::Pass);
            prop_assert!(result != "PASSED" || (warned.is_empty() && failed.is_empty()));
            for control in &passed {
                prop_assert!(!warned.contains(control) && !failed.contains(control));
            }
            // Whatever the gate counts stands among the failed.
            prop_assert!(run.decision.blocking == 0 || !failed.is_empty());
            for finding in run.assessment.findings.iter().filter(|finding| finding.is_suppressed()) {
                prop_assert!(!passed.contains(&json!(finding.control.as_str())));
            }
        }
    }
}
