//! The layers of ARCHITECTURE.md hold: a module imports only what lies below it, and third-party types stay where
//! they belong. The test reads `crate::…` paths in the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Top-level module → the modules it may name.
#[cfg(test)]
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let ground: &[&str] = &["source", "value", "diagnostic", "date"];
    let mut table: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut layer = |modules: &[&'static str], below: &[&[&'static str]]| {
        for module in modules {
            let mut set: BTreeSet<&str> = below.iter().flat_map(|names| names.iter().copied()).collect();
            set.insert(module);
            table.insert(module, set);
        }
    };
    layer(&["source"], &[&["value"]]);
    layer(&["value", "date"], &[]);
    layer(&["diagnostic"], &[&["source"]]);
    layer(&["document", "resource"], &[ground]);
    layer(&["input", "control"], &[ground, &["document", "resource"]]);
    layer(
        &["rule", "exception"],
        &[ground, &["document", "resource", "control"]],
    );
    layer(
        &["evaluation"],
        &[ground, &["resource", "control", "rule", "exception"]],
    );
    layer(
        &["gate"],
        &[ground, &["control", "rule", "exception", "evaluation"]],
    );
    layer(
        &["report"],
        &[
            ground,
            &["resource", "control", "rule", "exception", "evaluation", "gate"],
        ],
    );
    // Evidence is made of reports that were written down.
    layer(
        &["evidence"],
        &[
            ground,
            &[
                "resource",
                "control",
                "rule",
                "exception",
                "evaluation",
                "gate",
                "report",
            ],
        ],
    );
    table
}

/// Third-party crate → the path prefixes of the files that may name it.
const CONTAINED: [(&str, &[&str]); 6] = [
    ("regorus", &["rule/rego/"]),
    ("hcl", &["document/hcl", "input/terraform/source"]),
    ("libyaml_safer", &["document/yaml"]),
    ("annotate_snippets", &["report/text"]),
    ("jiff", &["date", "input/terraform/source/functions/"]),
    (
        "serde_yaml",
        &["document/", "resource/", "input/terraform/source/functions/"],
    ),
];

#[cfg(test)]
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut pending: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// The text before the unit tests: tests may reach anywhere.
#[cfg(test)]
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[cfg(test)]
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    without_tests(text)
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

/// The top-level modules named as `crate::module` in a line, also in `use crate::{a, b}`.
#[cfg(test)]
fn named_modules(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let (before, after) = line.split_at(at);
        if before.ends_with('$') || before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = after.strip_prefix("crate::").unwrap();
        let name: String = rest
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if !name.is_empty() {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
fn is_test_file(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/") || name.contains("test_")
}

#[test]
fn modules_import_only_lower_layers() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for (file, text) in sources()
        .iter()
        .filter(|(file, _)| file != "lib.rs" && !is_test_file(file))
    {
        let module = file.split('/').next().unwrap().trim_end_matches(".rs");
        let Some(allowed) = allowed.get(module) else {
            wrong.push(format!("{file}: the module `{module}` is in no layer"));
            continue;
        };
        for line in code_lines(text) {
            for name in named_modules(line) {
                let is_module = name.starts_with(|c: char| c.is_ascii_lowercase());
                if is_module && !allowed.contains(name.as_str()) {
                    wrong.push(format!("{file}: `{module}` must not use `{name}`: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn third_party_crates_stay_in_their_place() {
    let mut wrong = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| !is_test_file(file)) {
        for line in code_lines(text) {
            for (name, places) in CONTAINED {
                let used = line.contains(&format!("{name}::")) && !line.contains(&format!("::{name}::"));
                let named = line
                    .split(&format!("{name}::"))
                    .next()
                    .is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
                if used && named && !places.iter().any(|place| file.starts_with(place)) {
                    wrong.push(format!("{file}: `{name}` belongs to {places:?}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_a_drawer() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter_map(|(file, text)| {
            let lines = without_tests(text).lines().count();
            let drawer = ["utils", "common", "helpers", "misc", "imp"]
                .iter()
                .any(|name| file.ends_with(&format!("{name}.rs")));
            (lines > 620 || drawer).then(|| format!("{file}: {lines} lines without tests"))
        })
        .collect();
    assert!(wrong.is_empty(), "split by meaning:\n{}", wrong.join("\n"));
}
