//! From texts to a catalog, in either layout: a directory per control, or the flat governance repository.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::sync::Arc;

use crate::control::lint::unknown_types;
use crate::control::{Catalog, Control, codes, record};
use crate::diagnostic::Diagnostic;
use crate::document::{NodeKind, yaml};
use crate::resource::TypeMap;
use crate::source::Source;

/// Loads controls and their Rego from named texts.
///
/// A YAML text is one control. A Rego text belongs to the control whose package it has (`controls.dp_enc_001` for
/// DP-ENC-001 unless the control names another), or to the shared library when its package is `lib.*`; where the files
/// lie is convention, never meaning.
///
/// Everything that is wrong is reported, and everything else is loaded: a control that is not in the catalog is named
/// by a diagnostic of level error, so that it can never be missing in silence.
///
/// ```
/// use policy_core::source::Source;
/// let control = Source::new("controls/DP-ENC-001-storage.yaml", "\
/// id: DP-ENC-001
/// title: Production storage must use approved encryption
/// intent: Protect regulated data at rest
/// severity: high
/// scope: {environments: [prod], resourceTypes: [rds]}
/// ");
/// let rule = Source::new("rules/opa/dp_enc_001.rego", "\
/// package controls.dp_enc_001
/// deny contains {\"path\": \"storage_encrypted\", \"expected\": \"true\"} if not input.resource.storage_encrypted
/// ");
/// let (catalog, diagnostics) = policy_core::control::load(&[control, rule]);
/// assert!(diagnostics.is_empty());
/// assert_eq!(catalog.controls.len(), 1);
/// ```
pub fn load(sources: &[Arc<Source>]) -> (Catalog, Vec<Diagnostic>) {
    load_with(sources, TypeMap::builtin())
}

/// Loads controls like [`load`], with the kinds of another table in their `scope.resourceTypes`.
pub fn load_with(sources: &[Arc<Source>], typemap: &TypeMap) -> (Catalog, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut catalog = Catalog::default();
    let (rego, yaml): (Vec<_>, Vec<_>) = sources
        .iter()
        .partition(|source| source.name().ends_with(".rego"));
    for source in yaml {
        if let Some(control) = load_control(source, &mut diagnostics) {
            add(&mut catalog, control, &mut diagnostics);
        }
    }
    attach(&mut catalog, &rego, &mut diagnostics);
    diagnostics.extend(
        catalog
            .controls
            .values()
            .flat_map(|control| unknown_types(control, typemap)),
    );
    (catalog, diagnostics)
}

fn load_control(source: &Arc<Source>, diagnostics: &mut Vec<Diagnostic>) -> Option<Control> {
    let root = match yaml::parse(source) {
        Ok(root) => root,
        Err(errors) => {
            diagnostics.extend(errors);
            return None;
        }
    };
    if !matches!(root.kind, NodeKind::Mapping(_)) {
        let message = format!(
            "a control file holds one control, and this is {}",
            root.describe()
        );
        diagnostics.push(
            Diagnostic::new(&codes::CTL000, message)
                .at(&root.span)
                .help("write id, title, intent, severity and scope at the top level"),
        );
        return None;
    }
    let control = record::read(&root, diagnostics)?;
    let named = source
        .name()
        .rsplit('/')
        .take(2)
        .any(|part| named_after(part, control.id.as_str()));
    if !named && source.name().contains('/') {
        let message = format!("control `{}` is in `{}`", control.id, source.name());
        let help = format!(
            "name the file `{}-<what>.yaml`, or its directory `{}-<what>`",
            control.id, control.id
        );
        diagnostics.push(
            Diagnostic::new(&codes::CTL003, message)
                .at(&control.span)
                .help(help),
        );
    }
    Some(control)
}

/// `DP-ENC-001`, `DP-ENC-001.yaml` and `DP-ENC-001-storage.yaml` are; `DP-ENC-0011.yaml` is not.
fn named_after(part: &str, id: &str) -> bool {
    part.strip_prefix(id)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.']))
}

fn add(catalog: &mut Catalog, control: Control, diagnostics: &mut Vec<Diagnostic>) {
    match catalog.controls.entry(control.id.clone()) {
        btree_map::Entry::Vacant(entry) => {
            entry.insert(control);
        }
        btree_map::Entry::Occupied(entry) => {
            let message = format!("control `{}` is defined twice", control.id);
            diagnostics.push(
                Diagnostic::new(&codes::CTL002, message)
                    .at(&control.span)
                    .label(&entry.get().span, "first here")
                    .help("give one of them a new id"),
            );
        }
    }
}

fn attach(catalog: &mut Catalog, rego: &[&Arc<Source>], diagnostics: &mut Vec<Diagnostic>) {
    let owners: BTreeMap<Arc<str>, _> = catalog
        .controls
        .values()
        .map(|control| (control.package.clone(), control.id.clone()))
        .collect();
    for source in rego {
        let package = package(source.text());
        let owner = package.and_then(|package| owners.get(package));
        match (owner.and_then(|id| catalog.controls.get_mut(id)), package) {
            (Some(control), _) if !control.is_decided_on_configuration() => {
                let message = format!("this rule of `{}` would never run", control.id);
                let start = crate::source::Span::new(Arc::clone(source), 0, 0);
                diagnostics.push(
                    Diagnostic::new(&codes::CTL027, message)
                        .at(&start)
                        .label(&control.span, "decided on events or account reports only")
                        .help("name the sources of its resources under `evaluableOn`, or remove the file"),
                );
            }
            (Some(control), _) => control.rego.push(Arc::clone(source)),
            (None, Some(package)) if package == "lib" || package.starts_with("lib.") => {
                catalog.library.push(Arc::clone(source));
            }
            (None, package) => diagnostics.push(stray(source, package)),
        }
    }
}

fn stray(source: &Arc<Source>, package: Option<&str>) -> Diagnostic {
    let (message, help) = match package {
        Some(package) => (
            format!("package `{package}` belongs to no control"),
            "use `controls.<id in lower case, with _ for ->`, name the package under `rules` of a control, or make it a library `lib.*`",
        ),
        None => (
            "this file has no package".to_owned(),
            "begin with `package controls.<id in lower case, with _ for ->`",
        ),
    };
    let at = package
        .and_then(|package| source.text().find(package))
        .unwrap_or(0);
    let span = crate::source::Span::new(Arc::clone(source), at, at + package.map_or(0, str::len));
    Diagnostic::new(&codes::CTL024, message).at(&span).help(help)
}

/// The package of a Rego text: the first statement, after comments.
fn package(text: &str) -> Option<&str> {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let name = line.strip_prefix("package")?.trim_start();
    let end = name
        .find(|c: char| c.is_whitespace() || c == '#')
        .unwrap_or(name.len());
    name.get(..end).filter(|name| !name.is_empty())
}

/// The known control id most like `id`, for a hint.
pub fn closest<'a>(catalog: &'a Catalog, id: &str) -> Option<&'a str> {
    catalog
        .controls
        .keys()
        .map(|known| (strsim::jaro_winkler(known.as_str(), id), known.as_str()))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, known)| known)
}
