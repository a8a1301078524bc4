//! What Terraform said about a sample, in `fixtures/terraform-differential/cases.jsonl`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::case::{Case, declarations};
use super::compare::wants_a_known_number;
use super::terraform::{Answer, Known, Planned};

/// How much of an error is kept: for people who read the file.
const WORDS: usize = 160;

pub(super) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/terraform-differential/cases.jsonl")
}

/// A case and its answer as one line.
pub(super) fn line(case: &Case, answer: &Answer) -> String {
    let inputs = declarations();
    let files: BTreeMap<&str, &str> = case
        .files
        .iter()
        .map(|(path, text)| (path.as_str(), text.strip_prefix(&inputs).unwrap_or(text)))
        .collect();
    match answer {
        Answer::Refused(messages) => {
            let known = !wants_a_known_number(messages);
            let words: String = messages[0].chars().take(WORDS).collect();
            json!({"files": files, "refused": words, "unknownNumber": !known})
        }
        Answer::Planned(planned) => {
            let resources: BTreeMap<&str, [&Json; 3]> = planned
                .resources
                .iter()
                .map(|(address, known)| (address.as_str(), [&known.after, &known.unknown, &known.sensitive]))
                .collect();
            json!({"files": files, "type": planned.ty, "resources": resources})
        }
    }
    .to_string()
}

/// Every case with its answer, in the order of the file.
pub(super) fn read() -> (Vec<Case>, Vec<Answer>) {
    let text = std::fs::read_to_string(path()).unwrap();
    let inputs = declarations();
    text.lines()
        .map(|line| {
            let line: Json = serde_json::from_str(line).unwrap();
            let files = line["files"].as_object().unwrap().iter();
            let files = files.map(|(path, text)| {
                let text = text.as_str().unwrap();
                match path.as_str() {
                    "main.tf" => (path.clone(), format!("{inputs}{text}")),
                    _ => (path.clone(), text.to_owned()),
                }
            });
            let case = Case {
                files: files.collect(),
            };
            let answer = match line["refused"].as_str() {
                Some(_) if line["unknownNumber"] == true => {
                    Answer::Refused(vec!["cannot be determined until apply".to_owned()])
                }
                Some(words) => Answer::Refused(vec![words.to_owned()]),
                None => Answer::Planned(Planned {
                    ty: line["type"].as_str().unwrap().to_owned(),
                    resources: line["resources"]
                        .as_object()
                        .unwrap()
                        .iter()
                        .map(|(address, parts)| {
                            let known = Known {
                                after: parts[0].clone(),
                                unknown: parts[1].clone(),
                                sensitive: parts[2].clone(),
                            };
                            (address.clone(), known)
                        })
                        .collect(),
                }),
            };
            (case, answer)
        })
        .unzip()
}
