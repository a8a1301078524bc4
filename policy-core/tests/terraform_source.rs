//! Evaluation of source against the plans that Terraform itself made of it.
//!
//! Every directory with `.tf` files and a `plan.json` beside them is a case: all addresses are equal, every value that
//! the plan knows equals ours or is unknown in ours, and nothing is there that the plan does not have.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_core::input::InputContext;
use policy_core::input::terraform::source::{Assignment, MemoryFiles, SourceOptions, read};
use policy_core::resource::Lifecycle;
use policy_core::value::{AttributePath, Value};
use serde_json::Value as Json;

#[cfg(test)]
fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/inputs");
    let mut cases = Vec::new();
    for group in ["terraform-plan", "terraform-source"] {
        let Ok(entries) = std::fs::read_dir(root.join(group)) else {
            continue;
        };
        cases.extend(
            entries
                .map(|entry| entry.unwrap().path())
                .filter(|case| case.join("plan.json").exists()),
        );
    }
    cases.sort();
    cases
}

#[cfg(test)]
fn collect(directory: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}/{name}")
        };
        if entry.path().is_dir() {
            collect(&entry.path(), &path, files);
        } else if name != "plan.json" {
            files.insert(path, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// What a comparison found.
#[cfg(test)]
#[cfg(test)]
#[derive(Default, Debug)]
struct Tally {
    equal: usize,
    unknown: usize,
    wrong: Vec<String>,
}

#[cfg(test)]
struct Comparison<'t> {
    address: &'t str,
    tally: &'t mut Tally,
}

#[cfg(test)]
impl Comparison<'_> {
    fn wrong(&mut self, path: &AttributePath, want: &Json, have: Option<&Value>) {
        self.tally
            .wrong
            .push(format!("{} {path}: plan {want}, ours {have:?}", self.address));
    }

    /// `unknown` is the same part of `after_unknown`.
    fn value(
        &mut self,
        path: &AttributePath,
        want: Option<&Json>,
        unknown: Option<&Json>,
        have: Option<&Value>,
    ) {
        if unknown == Some(&Json::Bool(true)) {
            return;
        }
        if have.is_some_and(|have| have.as_unknown().is_some()) {
            self.tally.unknown += 1;
            return;
        }
        // A document with holes: the plan knows the text, and ours knows a part of it.
        if matches!(want, Some(Json::String(_))) && have.is_some_and(|have| have.as_str().is_none()) {
            let mut holes = 0;
            if let Some(have) = have {
                have.for_each_unknown(path, &mut |_, _| holes += 1);
            }
            if holes > 0 {
                self.tally.unknown += 1;
                return;
            }
        }
        match (want.unwrap_or(&Json::Null), have.map(Value::revealed)) {
            (Json::Object(members), Some(Value::Map(ours))) => {
                for (key, member) in members {
                    // The provider fills these in from its own configuration.
                    if path.is_root() && matches!(&**key, "region" | "tags_all" | "timeouts") {
                        continue;
                    }
                    let unknown = unknown.and_then(|unknown| unknown.get(key));
                    self.value(&path.key(key), Some(member), unknown, ours.get(key.as_str()));
                }
                for (key, member) in ours.iter().filter(|(key, _)| !members.contains_key(&***key)) {
                    let unknown = unknown.and_then(|unknown| unknown.get(&**key));
                    self.value(&path.key(key), None, unknown, Some(member));
                }
            }
            (Json::Array(items), Some(Value::List(ours))) => {
                if items.len() != ours.len() {
                    return self.wrong(path, &Json::Array(items.clone()), have);
                }
                for (index, (item, own)) in items.iter().zip(ours).enumerate() {
                    let unknown = unknown.and_then(|unknown| unknown.get(index));
                    self.value(&path.index(index), Some(item), unknown, Some(own));
                }
            }
            (want, have_value) => {
                let ours = have_value.map_or(Json::Null, shown);
                if same(want, &ours) || (empty(want) && empty(&ours)) {
                    self.tally.equal += 1;
                } else {
                    self.wrong(path, want, have);
                }
            }
        }
    }
}

/// The value with its sensitive parts: a plan shows them.
#[cfg(test)]
fn shown(value: &Value) -> Json {
    match value.revealed() {
        Value::List(items) => items.iter().map(shown).collect(),
        Value::Map(members) => Json::Object(
            members
                .iter()
                .map(|(key, member)| (key.to_string(), shown(member)))
                .collect(),
        ),
        other => other.to_json(),
    }
}

#[cfg(test)]
fn empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        // A nested block of which nothing was written.
        Json::Object(members) => members.values().all(empty),
        _ => false,
    }
}

#[cfg(test)]
fn same(want: &Json, have: &Json) -> bool {
    match (want, have) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        // Documents are compared as documents: whitespace and the order of members mean nothing.
        (Json::String(a), Json::String(b)) => {
            a == b
                || matches!(
                    (serde_json::from_str::<Json>(a), serde_json::from_str::<Json>(b)),
                    (Ok(a), Ok(b)) if a == b && !a.is_string()
                )
        }
        _ => want == have,
    }
}

#[cfg(test)]
fn compare(case: &Path) -> (Tally, Vec<String>) {
    let mut files = BTreeMap::new();
    collect(case, "", &mut files);
    let context = InputContext {
        account: Some("123456789012".into()),
        region: Some("eu-west-1".into()),
        ..InputContext::default()
    };
    let mut options = SourceOptions::new(&context);
    options.workspace = Some("default".into());
    // What the oracle was told is written down beside the case.
    if let Some(arguments) = files.get("arguments.txt") {
        for line in String::from_utf8(arguments.clone()).unwrap().lines() {
            match line.split_once('=') {
                Some(("file", path)) => options.assignments.push(Assignment::File(path.to_owned())),
                Some((name, value)) => options
                    .assignments
                    .push(Assignment::Text(name.into(), value.into())),
                None => {}
            }
        }
    }
    let input = read(&MemoryFiles::new(files), "", &options);
    let mut problems: Vec<String> = input
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == policy_core::diagnostic::Level::Error)
        .map(|diagnostic| {
            let place = diagnostic.location().map(|place| place.to_string());
            format!(
                "{} {} at {}",
                diagnostic.code.id,
                diagnostic.message,
                place.unwrap_or_default()
            )
        })
        .collect();
    let plan: Json = serde_json::from_slice(&std::fs::read(case.join("plan.json")).unwrap()).unwrap();
    let mut expected: BTreeMap<&str, &Json> = BTreeMap::new();
    for change in plan["resource_changes"].as_array().into_iter().flatten() {
        if change["mode"] == "managed" && !change["change"]["after"].is_null() {
            expected.insert(change["address"].as_str().unwrap(), &change["change"]);
        }
    }
    let mut tally = Tally::default();
    for resource in input
        .resources
        .iter()
        .filter(|resource| resource.lifecycle == Lifecycle::Managed)
    {
        let address = resource.id.as_str();
        match expected.remove(address) {
            Some(change) => Comparison {
                address,
                tally: &mut tally,
            }
            .value(
                &AttributePath::root(),
                Some(&change["after"]),
                Some(&change["after_unknown"]),
                Some(&resource.values),
            ),
            None if resource.condition.is_some() => tally.unknown += 1,
            None => problems.push(format!("{address} is not in the plan")),
        }
    }
    for address in expected.keys() {
        problems.push(format!("{address} is missing"));
    }
    (tally, problems)
}

/// Cases whose plan is not the plan of their source alone.
#[cfg(test)]
fn is_plan_of_source(case: &Path) -> bool {
    let name = case.file_name().unwrap().to_str().unwrap();
    !matches!(name, "destroy" | "state" | "errored")
}

#[test]
fn source_says_what_the_plan_says() {
    let mut failed = Vec::new();
    let mut compared = 0;
    for case in fixtures().iter().filter(|case| is_plan_of_source(case)) {
        let (tally, problems) = compare(case);
        println!(
            "{}: {} equal, {} unknown, {} wrong",
            case.file_name().unwrap().to_str().unwrap(),
            tally.equal,
            tally.unknown,
            tally.wrong.len()
        );
        compared += tally.equal;
        let name = case.display();
        failed.extend(
            problems
                .iter()
                .chain(&tally.wrong)
                .map(|problem| format!("{name}: {problem}")),
        );
    }
    assert!(
        failed.is_empty(),
        "{} differences\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(compared > 0 || fixtures().is_empty(), "nothing was compared");
}
