//! What a real Terraform says about many cases at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use regex::Regex;
use serde_json::Value as Json;

use super::case::{Case, ROOT, call};

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// Terraform refuses it, and what it says.
    Refused(Vec<String>),
    Planned(Planned),
}

/// The plan of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Planned {
    /// The type of the output `probe`, without blanks.
    pub(super) ty: String,
    /// `input` of every resource instance by its address inside the case.
    pub(super) resources: BTreeMap<String, Known>,
}

/// A value as a plan shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    pub(super) after: Json,
    pub(super) unknown: Json,
    pub(super) sensitive: Json,
}

/// True when a Terraform of the version that the answers are of is on the `PATH`.
pub(super) fn is_installed() -> bool {
    let version = Command::new("terraform")
        .args(["version", "-json"])
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    version.is_ok_and(|done| String::from_utf8_lossy(&done.stdout).contains("\"terraform_version\": \"1.11."))
}

/// A directory of the machine's temporary files that is gone afterwards.
struct Workplace(PathBuf);

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed is left to the machine.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Workplace {
    fn terraform(&self, arguments: &[&str], line: &str) -> Output {
        use std::io::Write as _;
        let mut child = Command::new("terraform")
            .args(arguments)
            .current_dir(&self.0)
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read it may be gone already.
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        child.wait_with_output().unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// What Terraform says about each of the cases. Asked for many at once, it takes milliseconds for each.
pub(super) fn ask(cases: &[Case]) -> Vec<Answer> {
    let numbers: Vec<usize> = (0..cases.len()).collect();
    let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
    ask_some(cases, &numbers, &mut answers);
    numbers.iter().map(|number| answers[number].clone()).collect()
}

fn ask_some(cases: &[Case], numbers: &[usize], answers: &mut BTreeMap<usize, Answer>) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    let place = Workplace(std::env::temp_dir().join(format!(
        "policy-differential-{}-{}",
        std::process::id(),
        TIMES.fetch_add(1, Ordering::Relaxed)
    )));
    place.write("main.tf", ROOT);
    if cases.iter().any(|case| case.files["main.tf"].contains("aws_")) {
        place.write("provider.tf", "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n");
    }
    for &number in numbers {
        let name = format!("case_{number}");
        place.write(&format!("call_{number}.tf"), &call(&name));
        for (path, text) in &cases[number].files {
            place.write(&format!("{name}/{path}"), text);
        }
    }
    let mut left: BTreeSet<usize> = numbers.iter().copied().collect();
    let in_text = Regex::new(r"\b(?:case|call)_(\d+)\b").unwrap();
    loop {
        if left.is_empty() {
            return;
        }
        let refused = match place.terraform(&["init", "-no-color"], "") {
            done if !done.status.success() => boxes(&String::from_utf8_lossy(&done.stderr)),
            _ => {
                let done = place.terraform(&["plan", "-json", "-input=false", "-out=plan.bin"], "");
                let lines = String::from_utf8_lossy(&done.stdout).into_owned();
                let errors = plan_errors(&lines);
                if errors.is_empty() && !done.status.success() {
                    vec![lines + &String::from_utf8_lossy(&done.stderr)]
                } else {
                    errors
                }
            }
        };
        if refused.is_empty() {
            break;
        }
        let mut blamed: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for message in refused {
            let named: BTreeSet<usize> = in_text
                .captures_iter(&message)
                .filter_map(|found| found[1].parse().ok())
                .filter(|number| left.contains(number))
                .collect();
            for number in named {
                blamed.entry(number).or_default().push(message.clone());
            }
        }
        if blamed.is_empty() {
            // Nothing says which case it is: each half on its own.
            let left: Vec<usize> = left.into_iter().collect();
            if let [number] = left.as_slice() {
                answers.insert(
                    *number,
                    Answer::Refused(vec!["for no case in particular".to_owned()]),
                );
                return;
            }
            let (first, second) = left.split_at(left.len() / 2);
            ask_some(cases, first, answers);
            return ask_some(cases, second, answers);
        }
        for (number, messages) in blamed {
            left.remove(&number);
            std::fs::remove_file(place.0.join(format!("call_{number}.tf"))).unwrap();
            std::fs::remove_dir_all(place.0.join(format!("case_{number}"))).unwrap();
            answers.insert(number, Answer::Refused(messages));
        }
    }
    let shown = place.terraform(&["show", "-json", "plan.bin"], "");
    let plan: Json = serde_json::from_slice(&shown.stdout).unwrap();
    let mut planned: BTreeMap<usize, Planned> =
        left.iter().map(|number| (*number, Planned::default())).collect();
    for change in plan["resource_changes"].as_array().into_iter().flatten() {
        let address = change["address"].as_str().unwrap();
        let Some(inner) = address.strip_prefix("module.case_") else {
            continue;
        };
        let (number, inner) = inner.split_once('.').unwrap();
        let part = |of: &str| compared(&change["change"][of]);
        planned
            .get_mut(&number.parse().unwrap())
            .unwrap()
            .resources
            .insert(
                inner.to_owned(),
                Known {
                    after: part("after"),
                    unknown: part("after_unknown"),
                    sensitive: part("after_sensitive"),
                },
            );
    }
    let left: Vec<usize> = left.into_iter().collect();
    for chunk in left.chunks(500) {
        let asked: Vec<String> = chunk
            .iter()
            .map(|number| format!("module.case_{number}.probe"))
            .collect();
        let done = place.terraform(&["console"], &format!("type([{}])", asked.join(", ")));
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let types = elements(&text);
        assert_eq!(
            types.len(),
            chunk.len(),
            "{text}{}",
            String::from_utf8_lossy(&done.stderr)
        );
        for (number, ty) in chunk.iter().zip(types) {
            planned.get_mut(number).unwrap().ty = ty;
        }
    }
    answers.extend(
        planned
            .into_iter()
            .map(|(number, planned)| (number, Answer::Planned(planned))),
    );
}

/// The blocks of the resource type that has some, as a list.
pub(super) const BLOCKS: [&str; 2] = ["partition_keys", "storage_descriptor"];

/// What is compared of a resource: `input`, or its blocks.
fn compared(resource: &Json) -> Json {
    if BLOCKS.iter().any(|block| resource.get(block).is_some()) {
        return BLOCKS.iter().map(|block| resource[block].clone()).collect();
    }
    resource["input"].clone()
}

/// True when there is a mirror of providers with that of AWS in it, as `terraform-oracle` makes one.
pub(super) fn has_providers() -> bool {
    super::setting_text("TF_CLI_CONFIG_FILE")
        .is_some_and(|path| path.ends_with("terraformrc") && Path::new(&path).is_file())
}

/// The element types of a tuple as the console prints it, without blanks.
fn elements(text: &str) -> Vec<String> {
    let compact: String = text.split_whitespace().collect();
    let inner = compact
        .strip_prefix("tuple([")
        .and_then(|rest| rest.strip_suffix("])"))
        .unwrap_or_default();
    let mut found = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, character) in inner.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(inner.get(start..at).unwrap().to_owned());
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// Errors as a plan reports them for machines: summary, detail and place.
fn plan_errors(lines: &str) -> Vec<String> {
    lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter(|line| line["diagnostic"]["severity"] == "error")
        .map(|line| {
            let diagnostic = &line["diagnostic"];
            format!(
                "{}: {} ({} line {})",
                diagnostic["summary"].as_str().unwrap_or_default(),
                diagnostic["detail"].as_str().unwrap_or_default(),
                diagnostic["range"]["filename"].as_str().unwrap_or_default(),
                diagnostic["range"]["start"]["line"],
            )
        })
        .collect()
}

/// Errors as they are printed for people.
fn boxes(text: &str) -> Vec<String> {
    text.split("Error: ")
        .skip(1)
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}
