//! Packs: the controls that an organisation runs under one name, with the thresholds it runs them with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Catalog, Control, ControlId, Severity, closest, codes};
use crate::diagnostic::Diagnostic;
use crate::document::{FieldCodes, Fields, Node, Shape, Text, yaml};
use crate::source::{Source, Span};
use crate::value::Value;

static CODES: FieldCodes = FieldCodes {
    unknown: &codes::PCK000,
    missing: &codes::PCK000,
    invalid: &codes::PCK000,
};
const SELECT_FIELDS: &[&str] = &["frameworks", "resourceTypes", "severity"];
pub(super) static PACK: Shape = Shape {
    what: "a pack",
    fields: &[
        "schemaVersion",
        "id",
        "title",
        "description",
        "controls",
        "select",
        "exclude",
        "parameters",
    ],
    elsewhere: &[("select", SELECT_FIELDS)],
    codes: &CODES,
};
pub(super) static SELECT: Shape = Shape {
    what: "the `select` of a pack",
    fields: SELECT_FIELDS,
    elsewhere: &[],
    codes: &CODES,
};

/// A named selection of controls.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Its name on the command line, for example `security-baseline`.
    pub id: Text,
    /// What it is.
    pub title: Arc<str>,
    /// Whom it is for and what it leaves to others.
    pub description: Option<Arc<str>>,
    /// Ids, or beginnings of ids followed by `*`.
    pub controls: Vec<Text>,
    /// Controls by what they say of themselves, besides the named ones.
    pub select: Option<Selector>,
    /// Ids, or beginnings of ids followed by `*`, that are left out.
    pub exclude: Vec<Text>,
    /// Thresholds that differ from those of the controls.
    pub parameters: Vec<PackParameter>,
}

/// What the selected controls have in common: all of it.
#[derive(Clone, Debug, Default)]
pub struct Selector {
    /// They answer a requirement of one of these frameworks.
    pub frameworks: Vec<Text>,
    /// They are about one of these resource types, as they name them.
    pub resource_types: Vec<Text>,
    /// They are at least this severe.
    pub severity: Option<Severity>,
    /// Where the selector is written.
    pub span: Option<Span>,
}

/// One threshold of a pack.
#[derive(Clone, Debug)]
pub struct PackParameter {
    /// The control.
    pub control: Text,
    /// The parameter of the control.
    pub name: Text,
    /// Its value in this pack.
    pub value: Value,
}

/// Reads pack files. What is wrong is reported and left out.
///
/// ```
/// use policy_core::source::Source;
/// let file = Source::new("packs/network.yaml", "id: network\ntitle: Network\ncontrols: [\"NET-*\"]\n");
/// let (packs, diagnostics) = policy_core::control::load_packs(&[file]);
/// assert!(diagnostics.is_empty());
/// assert_eq!(&*packs[0].id, "network");
/// ```
pub fn load_packs(sources: &[Arc<Source>]) -> (Vec<Pack>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut packs: Vec<Pack> = Vec::new();
    for source in sources {
        let pack = match yaml::parse(source) {
            Ok(root) => read(&root, &mut diagnostics),
            Err(errors) => {
                diagnostics.extend(errors.into_iter().map(|error| Diagnostic {
                    code: &codes::PCK000,
                    ..error
                }));
                None
            }
        };
        let Some(pack) = pack else { continue };
        match packs.iter().find(|known| known.id.text == pack.id.text) {
            None => packs.push(pack),
            Some(first) => diagnostics.push(
                Diagnostic::new(&codes::PCK000, format!("pack `{}` is defined twice", pack.id))
                    .at(&pack.id.span)
                    .label(&first.id.span, "first here")
                    .help("give one of them another id"),
            ),
        }
    }
    packs.sort_by(|left, right| left.id.text.cmp(&right.id.text));
    (packs, diagnostics)
}

fn read(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Pack> {
    let mut fields = Fields::read(root, &PACK, diagnostics)?;
    let _ = fields.optional("schemaVersion").integer(1..=1);
    let id = fields.required("id").non_blank();
    let title = fields.required("title").non_blank();
    let description = fields.optional("description").non_blank();
    let controls = fields.optional("controls").strings().unwrap_or_default();
    let select = select(&mut fields);
    let exclude = fields.optional("exclude").strings().unwrap_or_default();
    let parameters = parameters(&mut fields);
    if fields.has_errors() {
        return None;
    }
    Some(Pack {
        id: id?,
        title: title?.into(),
        description: description.map(Into::into),
        controls,
        select,
        exclude,
        parameters,
    })
}

fn select(fields: &mut Fields<'_, '_>) -> Option<Selector> {
    if !fields.has("select") {
        return None;
    }
    let span = fields.span("select");
    let mut fields = fields.optional("select").mapping(&SELECT)?;
    let words = Severity::ALL.map(Severity::as_str);
    Some(Selector {
        frameworks: fields.optional("frameworks").strings().unwrap_or_default(),
        resource_types: fields.optional("resourceTypes").strings().unwrap_or_default(),
        severity: fields
            .optional("severity")
            .word(&words)
            .and_then(|word| word.parse().ok()),
        span: Some(span),
    })
}

/// `parameters: {BCK-001: {minimumRetentionDays: 14}}`, one entry each.
fn parameters(fields: &mut Fields<'_, '_>) -> Vec<PackParameter> {
    let controls = fields.optional("parameters").map().unwrap_or_default();
    let mut found = Vec::new();
    for control in controls {
        let id = Text {
            text: control.key.clone(),
            span: control.key_span.clone(),
        };
        found.extend(control.value.entries().iter().map(|entry| PackParameter {
            control: id.clone(),
            name: Text {
                text: entry.key.clone(),
                span: entry.key_span.clone(),
            },
            value: entry.value.to_value(),
        }));
    }
    found
}

impl Pack {
    /// The controls of the catalog that the pack selects, and what is wrong with the selection: names that mean no
    /// control, and a pack that selects nothing.
    pub fn selected(&self, catalog: &Catalog) -> (BTreeSet<ControlId>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut selected: BTreeSet<ControlId> = BTreeSet::new();
        for named in &self.controls {
            selected.extend(self.meant(named, catalog, &mut diagnostics));
        }
        if let Some(selector) = &self.select {
            let by_selector: Vec<ControlId> = catalog
                .controls
                .values()
                .filter(|control| selector.selects(control))
                .map(|control| control.id.clone())
                .collect();
            if let (true, Some(span)) = (by_selector.is_empty(), &selector.span) {
                let message = format!("nothing in the catalog is what pack `{}` selects", self.id);
                diagnostics.push(
                    Diagnostic::new(&codes::PCK001, message).at(span).help(
                        "`policy controls show ID` tells the frameworks, types and severity of a control",
                    ),
                );
            }
            selected.extend(by_selector);
        }
        for named in &self.exclude {
            for left_out in self.meant(named, catalog, &mut diagnostics) {
                selected.remove(&left_out);
            }
        }
        if selected.is_empty() && diagnostics.is_empty() {
            let message = format!("pack `{}` selects no control", self.id);
            diagnostics.push(
                Diagnostic::new(&codes::PCK002, message)
                    .at(&self.id.span)
                    .help("name controls under `controls`, or what they have in common under `select`"),
            );
        }
        (selected, diagnostics)
    }

    /// The controls that a name or a beginning means.
    fn meant(&self, named: &Text, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Vec<ControlId> {
        let matches = |id: &str| match named.strip_suffix('*') {
            Some(beginning) => id.starts_with(beginning),
            None => id == &**named,
        };
        let found: Vec<ControlId> = catalog
            .controls
            .keys()
            .filter(|id| matches(id.as_str()))
            .cloned()
            .collect();
        if found.is_empty() {
            let message = format!("pack `{}` names `{named}`, which is not in the catalog", self.id);
            let diagnostic = Diagnostic::new(&codes::PCK001, message).at(&named.span);
            diagnostics.push(match closest(catalog, named) {
                Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
                None => diagnostic.help("`policy controls list` shows the ids"),
            });
        }
        found
    }
}

impl Selector {
    fn selects(&self, control: &Control) -> bool {
        let any = |wanted: &[Text], has: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| has(wanted))
        };
        let types = &control.scope.resource_types;
        any(&self.frameworks, &|key| control.mappings.contains_key(key))
            && any(&self.resource_types, &|name| {
                types.iter().any(|own| &**own == name)
            })
            && self.severity.is_none_or(|least| control.severity >= least)
    }
}

/// Narrows a catalog to what the packs select together, with the parameters that they give.
pub fn narrow(catalog: &mut Catalog, packs: &[Pack]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut selected = BTreeSet::new();
    let mut given: BTreeMap<(ControlId, Arc<str>), &PackParameter> = BTreeMap::new();
    for pack in packs {
        let (own, problems) = pack.selected(catalog);
        diagnostics.extend(problems);
        for parameter in &pack.parameters {
            let target = ControlId::new(&parameter.control).filter(|id| own.contains(id));
            let declared = target
                .as_ref()
                .and_then(|id| catalog.controls.get(id))
                .and_then(|control| control.parameters.get(&parameter.name.text));
            let problem = match (&target, declared) {
                (None, _) => Some(format!(
                    "pack `{}` gives a parameter of `{}`, which it does not select",
                    pack.id, parameter.control
                )),
                (_, None) => Some(format!(
                    "control `{}` has no parameter `{}`",
                    parameter.control, parameter.name
                )),
                (_, Some(default))
                    if std::mem::discriminant(default) != std::mem::discriminant(&parameter.value) =>
                {
                    Some(format!(
                        "parameter `{}` of `{}` is of another type than its default {}",
                        parameter.name,
                        parameter.control,
                        default.to_json()
                    ))
                }
                _ => None,
            };
            if let Some(message) = problem {
                let help = format!(
                    "`policy controls show {}` lists its parameters",
                    parameter.control
                );
                diagnostics.push(
                    Diagnostic::new(&codes::PCK003, message)
                        .at(&parameter.name.span)
                        .help(help),
                );
                continue;
            }
            let Some(id) = target else { continue };
            let key = (id, parameter.name.text.clone());
            match given.get(&key) {
                Some(first) if first.value != parameter.value => diagnostics.push(
                    Diagnostic::new(
                        &codes::PCK003,
                        format!(
                            "two packs give parameter `{}` of `{}` different values",
                            parameter.name, parameter.control
                        ),
                    )
                    .at(&parameter.name.span)
                    .label(&first.name.span, "the other value")
                    .help("say in policy.yaml under `parameters` which one holds, and in one pack only"),
                ),
                _ => {
                    given.insert(key, parameter);
                }
            }
        }
        selected.extend(own);
    }
    let values: Vec<_> = given
        .into_iter()
        .map(|((id, name), parameter)| (id, name, parameter.value.clone()))
        .collect();
    for (id, name, value) in values {
        if let Some(control) = catalog.controls.get_mut(&id) {
            control.parameters.insert(name, value);
        }
    }
    catalog.controls.retain(|id, _| selected.contains(id));
    diagnostics
}

/// The id of the known pack most like `name`, for a hint.
pub fn closest_pack<'p>(packs: &'p [Pack], name: &str) -> Option<&'p str> {
    packs
        .iter()
        .map(|pack| (strsim::jaro_winkler(&pack.id, name), &*pack.id.text))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, id)| id)
}

/// Holds every pack against the catalog.
pub fn lint_packs(packs: &[Pack], catalog: &Catalog) -> Vec<Diagnostic> {
    let each = packs.iter().map(std::slice::from_ref);
    each.flat_map(|pack| narrow(&mut catalog.clone(), pack)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let control = |id: &str, severity: &str, more: &str| {
            let text = format!(
                "id: {id}\ntitle: t\nintent: i\nseverity: {severity}\nscope: {{environments: [all], resourceTypes: [rds]}}\n{more}\n"
            );
            Source::new(format!("controls/{id}.yaml"), text)
        };
        let (catalog, diagnostics) = crate::control::load(&[
            control("NET-001", "critical", "mappings: {soc2: [CC6.6]}"),
            control("NET-002", "high", ""),
            control(
                "BCK-001",
                "high",
                "parameters: {days: 7, engines: [a]}\nmappings: {soc2: [A1.2]}",
            ),
            control("TAG-001", "low", ""),
        ]);
        assert_eq!(diagnostics, []);
        catalog
    }

    fn pack(text: &str) -> Pack {
        let (mut packs, diagnostics) =
            load_packs(&[Source::new("packs/p.yaml", format!("id: p\ntitle: t\n{text}\n"))]);
        assert_eq!(diagnostics, []);
        packs.remove(0)
    }

    fn narrowed(texts: &[&str]) -> (Vec<String>, Vec<String>, Catalog) {
        let mut catalog = catalog();
        let packs: Vec<Pack> = texts.iter().map(|text| pack(text)).collect();
        let problems = narrow(&mut catalog, &packs)
            .into_iter()
            .map(|found| {
                format!(
                    "{} {} {}",
                    found.code.id,
                    found.message,
                    found.help.unwrap_or_default()
                )
            })
            .collect();
        let ids = catalog.controls.keys().map(ToString::to_string).collect();
        (ids, problems, catalog)
    }

    #[test]
    fn ids_beginnings_and_selectors_select_and_exclusions_leave_out() {
        for (text, expected) in [
            ("controls: [TAG-001]", vec!["TAG-001"]),
            ("controls: [\"NET-*\"]", vec!["NET-001", "NET-002"]),
            (
                "controls: [\"*\"]\nexclude: [\"NET-*\"]",
                vec!["BCK-001", "TAG-001"],
            ),
            ("select: {severity: high}", vec!["BCK-001", "NET-001", "NET-002"]),
            (
                "select: {frameworks: [soc2], severity: critical}",
                vec!["NET-001"],
            ),
            (
                "controls: [TAG-001]\nselect: {frameworks: [soc2]}",
                vec!["BCK-001", "NET-001", "TAG-001"],
            ),
        ] {
            let (ids, problems, _) = narrowed(&[text]);
            assert_eq!(
                (ids, problems),
                (expected.into_iter().map(str::to_owned).collect(), vec![]),
                "{text}"
            );
        }
    }

    #[test]
    fn what_selects_nothing_is_named_with_what_was_meant() {
        for (text, expected) in [
            (
                "controls: [NET-0001]",
                "PCK001 pack `p` names `NET-0001`, which is not in the catalog did you mean `NET-001`?",
            ),
            (
                "controls: [\"XYZ-*\"]",
                "PCK001 pack `p` names `XYZ-*`, which is not in the catalog `policy controls list` shows the ids",
            ),
            (
                "controls: []",
                "PCK002 pack `p` selects no control name controls under `controls`, or what they have in common under `select`",
            ),
        ] {
            assert_eq!(narrowed(&[text]).1, [expected], "{text}");
        }
        assert_eq!(narrowed(&["select: {frameworks: [soc3]}"]).1.len(), 1);
    }

    #[test]
    fn a_pack_sets_the_parameters_of_its_controls() {
        let (_, problems, catalog) = narrowed(&["controls: [BCK-001]\nparameters: {BCK-001: {days: 35}}"]);
        assert_eq!(problems, Vec::<String>::new());
        let control = catalog.controls.values().next().unwrap();
        assert_eq!(control.parameters["days"].to_json(), serde_json::json!(35));
        for (text, expected) in [
            (
                "controls: [TAG-001]\nparameters: {BCK-001: {days: 35}}",
                "does not select",
            ),
            (
                "controls: [BCK-001]\nparameters: {BCK-001: {weeks: 5}}",
                "has no parameter `weeks`",
            ),
            (
                "controls: [BCK-001]\nparameters: {BCK-001: {days: \"35\"}}",
                "of another type than its default 7",
            ),
        ] {
            let (_, problems, _) = narrowed(&[text]);
            assert!(
                problems.len() == 1 && problems[0].contains(expected),
                "{text}: {problems:?}"
            );
        }
    }

    #[test]
    fn two_packs_add_up_and_must_not_disagree() {
        let first = "controls: [BCK-001]\nparameters: {BCK-001: {days: 35}}";
        let (ids, problems, _) = narrowed(&[first, "controls: [TAG-001]"]);
        assert_eq!((ids.len(), problems.len()), (2, 0));
        let (_, problems, _) = narrowed(&[first, "controls: [BCK-001]\nparameters: {BCK-001: {days: 14}}"]);
        assert!(
            problems[0].starts_with("PCK003 two packs give parameter `days`"),
            "{problems:?}"
        );
    }
}
