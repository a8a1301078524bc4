//! Loads the shipped controls and the fixtures for integration tests.

#![expect(dead_code, reason = "every test binary uses its own part of the harness")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use policy_core::control::{self, Catalog, ControlId};
use policy_core::date::{AsOf, Instant};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::evaluation::{Assessment, Evaluator, InputInventory};
use policy_core::input::{self, InputContext};
use policy_core::resource::{ContextOptions, TypeMap, build};
use policy_core::source::Source;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A path below the root, with `/`.
pub(crate) fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

/// Files below `dir` for which `wanted` holds, in path order.
pub(crate) fn files(dir: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut pending = vec![dir.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The shipped controls; they load without a diagnostic.
pub(crate) fn catalog() -> Catalog {
    let wanted = |path: &Path| {
        let case = path.components().any(|part| part.as_os_str() == "tests");
        !case && (path.ends_with("control.yaml") || path.extension().is_some_and(|ending| ending == "rego"))
    };
    let sources: Vec<_> = files(&root().join("controls"), &wanted)
        .iter()
        .map(|path| Source::new(relative(path), fs::read_to_string(path).unwrap()))
        .collect();
    let (catalog, diagnostics) = control::load(&sources);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    catalog
}

/// One control of the catalog with the library.
pub(crate) fn only(catalog: &Catalog, id: &ControlId) -> Catalog {
    let mut alone = Catalog {
        library: catalog.library.clone(),
        ..Catalog::default()
    };
    alone.controls.insert(id.clone(), catalog.controls[id].clone());
    alone
}

/// The catalog with the parameters that a case directory sets in `parameters.yaml`.
pub(crate) fn with_parameters_of(mut catalog: Catalog, case: &Path) -> Catalog {
    let Ok(text) = fs::read_to_string(case.join("parameters.yaml")) else {
        return catalog;
    };
    let root = policy_core::document::yaml::parse(&Source::new("parameters.yaml", text)).unwrap();
    for control in catalog.controls.values_mut() {
        for entry in root.entries() {
            control
                .parameters
                .insert(entry.key.clone(), entry.value.to_value());
        }
    }
    catalog
}

/// Reads and folds one file.
pub(crate) fn inventory(path: &Path) -> (InputInventory, Vec<Diagnostic>) {
    let name = relative(path);
    load(&name, fs::read(path).unwrap())
}

/// Reads and folds bytes under a name.
pub(crate) fn load(name: &str, bytes: Vec<u8>) -> (InputInventory, Vec<Diagnostic>) {
    let loaded = input::load(name, bytes, &InputContext::default());
    let (inventory, found) = build(loaded.resources, TypeMap::builtin(), &ContextOptions::default());
    let diagnostics = loaded.diagnostics.into_iter().chain(found).collect();
    (InputInventory::new(name, inventory), diagnostics)
}

/// Evaluates inputs against a catalog as of a fixed day.
pub(crate) fn evaluate(catalog: Catalog, inputs: &[InputInventory]) -> Assessment {
    let as_of = AsOf::at(Instant::parse("2026-11-20T12:00:00Z").unwrap());
    let (evaluator, diagnostics) = Evaluator::builder(catalog, as_of).build();
    let errors: Vec<_> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    evaluator.evaluate(inputs)
}

/// How often each outcome occurs.
pub(crate) fn counts(assessment: &Assessment) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for evaluation in &assessment.evaluations {
        *counts.entry(evaluation.outcome.as_str()).or_default() += 1;
    }
    counts
}
