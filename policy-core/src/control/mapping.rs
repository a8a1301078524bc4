//! Mapping files: which control answers which requirement of a framework.
//!
//! Requirement texts of standards are copyrighted; a mapping holds ids and short titles in the words of its author.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Catalog, ControlId, codes};
use crate::diagnostic::Diagnostic;
use crate::document::{FieldCodes, Fields, Node, NodeKind, Shape, Text, yaml};
use crate::source::{Source, Span};

static CODES: FieldCodes = FieldCodes {
    unknown: &codes::MAP000,
    missing: &codes::MAP000,
    invalid: &codes::MAP000,
};
const REQUIREMENT_FIELDS: &[&str] = &[
    "id",
    "title",
    "controls",
    "relation",
    "notApplicable",
    "confirmed",
    "parameters",
];
pub(super) static MAPPING: Shape = Shape {
    what: "a mapping",
    fields: &["schemaVersion", "framework", "title", "version", "requirements"],
    elsewhere: &[("requirements", REQUIREMENT_FIELDS)],
    codes: &CODES,
};
pub(super) static REQUIREMENT: Shape = Shape {
    what: "a requirement",
    fields: REQUIREMENT_FIELDS,
    elsewhere: &[],
    codes: &CODES,
};

/// How what a control demands relates to what a requirement demands, in the words of NIST IR 8477.
pub(super) const RELATIONS: &[&str] = &["equal", "subset", "superset", "intersects"];

/// The requirements of one framework with the controls that answer them.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The key that controls use under `mappings`, for example `iso27001`.
    pub framework: Text,
    /// Its name.
    pub title: Option<Arc<str>>,
    /// Its edition.
    pub version: Option<Arc<str>>,
    /// Its requirements in the order written.
    pub requirements: Vec<Requirement>,
}

/// One requirement of a framework.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Its id in the framework, for example `A.8.24`.
    pub id: Text,
    /// A short title.
    pub title: Option<Arc<str>>,
    /// The controls that answer it, as written.
    pub controls: Vec<Text>,
    /// `equal`, `subset`, `superset` or `intersects`.
    pub relation: Option<Arc<str>>,
    /// Why no control is needed.
    pub not_applicable: Option<Arc<str>>,
    /// Those of the controls that somebody else maps to it, too: not only we say so.
    pub confirmed: Vec<Text>,
    /// Names of parameters in the framework and what the controls call them: the inputs of a managed rule.
    pub parameters: Vec<(Text, Text)>,
}

/// Reads mapping files. What is wrong is reported and left out.
///
/// ```
/// use policy_core::source::Source;
/// let file = Source::new("mappings/soc2.yaml", "framework: soc2\nversion: \"2017\"\nrequirements:\n  - {id: CC6.1, controls: [DP-ENC-001]}\n");
/// let (mappings, diagnostics) = policy_core::control::load_mappings(&[file]);
/// assert!(diagnostics.is_empty());
/// assert_eq!(&*mappings[0].requirements[0].id, "CC6.1");
/// ```
pub fn load_mappings(sources: &[Arc<Source>]) -> (Vec<Mapping>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut mappings: Vec<Mapping> = Vec::new();
    for source in sources {
        let mapping = match yaml::parse(source) {
            Ok(root) => mapping(&root, &mut diagnostics),
            Err(errors) => {
                diagnostics.extend(errors.into_iter().map(|error| Diagnostic {
                    code: &codes::MAP000,
                    ..error
                }));
                None
            }
        };
        let Some(mapping) = mapping else { continue };
        match mappings
            .iter()
            .find(|known| known.framework.text == mapping.framework.text)
        {
            None => mappings.push(mapping),
            Some(first) => diagnostics.push(
                Diagnostic::new(
                    &codes::MAP000,
                    format!("framework `{}` has two mapping files", mapping.framework),
                )
                .at(&mapping.framework.span)
                .label(&first.framework.span, "first here")
                .help("put all requirements of a framework into one file"),
            ),
        }
    }
    mappings.sort_by(|left, right| left.framework.text.cmp(&right.framework.text));
    (mappings, diagnostics)
}

fn mapping(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Mapping> {
    let mut problems = Vec::new();
    let mut fields = Fields::read(root, &MAPPING, diagnostics)?;
    let _ = fields.optional("schemaVersion").integer(1..=1);
    let framework = fields.required("framework").non_blank();
    let title = fields.optional("title").non_blank().map(Into::into);
    let version = version(&mut fields);
    let nodes = fields.required("requirements").list().unwrap_or_default();
    let mut requirements: Vec<Requirement> = Vec::new();
    let read: Vec<Requirement> = nodes
        .iter()
        .filter_map(|node| requirement(node, &mut problems))
        .collect();
    for requirement in read {
        match requirements
            .iter()
            .find(|known| known.id.text == requirement.id.text)
        {
            None => requirements.push(requirement),
            Some(first) => problems.push(
                Diagnostic::new(
                    &codes::MAP000,
                    format!("requirement `{}` occurs twice", requirement.id),
                )
                .at(&requirement.id.span)
                .label(&first.id.span, "first here")
                .help("write one entry with all of its controls"),
            ),
        }
    }
    diagnostics.append(&mut problems);
    Some(Mapping {
        framework: framework?,
        title,
        version,
        requirements,
    })
}

/// `1.10` is the number 1.1 to YAML: an edition has to be quoted.
fn version(fields: &mut Fields<'_, '_>) -> Option<Arc<str>> {
    let node = fields.optional("version").value()?;
    match &node.kind {
        NodeKind::String(text) => Some(text.clone()),
        _ => {
            let written = node.scalar_text().unwrap_or_else(|| "2022".into());
            fields.report(
                Diagnostic::new(
                    &codes::MAP005,
                    format!("`version` is {}, not a string", node.describe()),
                )
                .at(&node.span)
                .help(format!("write it in quotes: version: \"{written}\"")),
            );
            None
        }
    }
}

fn requirement(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Requirement> {
    let mut fields = Fields::read(node, &REQUIREMENT, diagnostics)?;
    Some(Requirement {
        title: fields.optional("title").non_blank().map(Into::into),
        controls: fields.optional("controls").strings().unwrap_or_default(),
        relation: fields.optional("relation").word(RELATIONS).map(Into::into),
        not_applicable: fields.optional("notApplicable").non_blank().map(Into::into),
        confirmed: fields.optional("confirmed").strings().unwrap_or_default(),
        parameters: fields.optional("parameters").string_map().unwrap_or_default(),
        id: fields.required("id").non_blank()?,
    })
}

/// Holds mapping files and controls against each other: unknown controls, gaps, controls that no mapping names, and
/// places where the two sides disagree.
pub fn lint_mappings(mappings: &[Mapping], catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut mapped: BTreeSet<&str> = BTreeSet::new();
    for mapping in mappings {
        for requirement in &mapping.requirements {
            lint_requirement(mapping, requirement, catalog, &mut found);
            mapped.extend(requirement.controls.iter().map(|id| &**id));
        }
        claims(mapping, catalog, &mut found);
    }
    if !mappings.is_empty() {
        let missing = catalog
            .controls
            .values()
            .filter(|control| !mapped.contains(control.id.as_str()));
        found.extend(missing.map(|control| {
            Diagnostic::new(
                &codes::MAP003,
                format!("control `{}` answers no requirement of any mapping", control.id),
            )
            .at(&control.span)
            .help("name it under a requirement in `mappings/`, or ask what it is for")
        }));
    }
    found
}

fn lint_requirement(
    mapping: &Mapping,
    requirement: &Requirement,
    catalog: &Catalog,
    found: &mut Vec<Diagnostic>,
) {
    let id = &requirement.id;
    if requirement.controls.is_empty() && requirement.not_applicable.is_none() {
        found.push(
            Diagnostic::new(
                &codes::MAP002,
                format!("no control answers `{id}` of {}", mapping.framework),
            )
            .at(&id.span)
            .help("name the controls that answer it, or write `notApplicable: <why>`"),
        );
    }
    for confirmed in &requirement.confirmed {
        if !requirement.controls.iter().any(|named| **named == **confirmed) {
            let message = format!("`{confirmed}` is confirmed for `{id}` and is not one of its controls");
            found.push(
                Diagnostic::new(&codes::MAP000, message)
                    .at(&confirmed.span)
                    .help("name it under `controls`, too"),
            );
        }
    }
    for named in &requirement.controls {
        let control = ControlId::new(named).and_then(|id| catalog.controls.get(&id));
        let Some(control) = control else {
            let hint = super::closest(catalog, named).map(|close| format!("did you mean `{close}`?"));
            let mut diagnostic =
                Diagnostic::new(&codes::MAP001, format!("control `{named}` is not in the catalog"))
                    .at(&named.span);
            diagnostic.help = hint
                .or_else(|| Some("name a control of the catalog, or load the controls it belongs to".into()));
            found.push(diagnostic);
            continue;
        };
        // A control that says nothing about the framework leaves the mapping to the file.
        let claimed = control.mappings.get(&mapping.framework.text);
        if claimed.is_some_and(|claimed| !claimed.contains(&id.text)) {
            found.push(disagreement(
                format!(
                    "{} names `{}` under `{id}`, and the control does not name `{id}`",
                    mapping.framework, control.id
                ),
                &named.span,
                &control.span,
            ));
        }
    }
}

/// What controls claim to answer and the mapping file does not say.
fn claims(mapping: &Mapping, catalog: &Catalog, found: &mut Vec<Diagnostic>) {
    let by_id: BTreeMap<&str, &Requirement> = mapping
        .requirements
        .iter()
        .map(|requirement| (&*requirement.id.text, requirement))
        .collect();
    for control in catalog.controls.values() {
        for claimed in control
            .mappings
            .get(&mapping.framework.text)
            .into_iter()
            .flatten()
        {
            let requirement = by_id.get(&**claimed);
            let named = requirement.is_some_and(|requirement| {
                requirement.controls.iter().any(|id| **id == *control.id.as_str())
            });
            if !named {
                let place = requirement.map_or(&mapping.framework.span, |requirement| &requirement.id.span);
                let framework = &mapping.framework;
                found.push(disagreement(
                    format!(
                        "`{}` names `{claimed}` of {framework}, and {framework} does not name it there",
                        control.id
                    ),
                    place,
                    &control.span,
                ));
            }
        }
    }
}

fn disagreement(message: String, mapping: &Span, control: &Span) -> Diagnostic {
    Diagnostic::new(&codes::MAP004, message)
        .at(mapping)
        .label(control, "the control")
        .help("say the same in the mapping file and under `mappings` of the control")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> (Vec<Mapping>, Vec<Diagnostic>) {
        load_mappings(&[Source::new("mappings/a.yaml", text)])
    }

    fn control(id: &str, mappings: &str) -> Arc<Source> {
        let text = format!(
            "id: {id}\ntitle: t\nintent: i\nseverity: low\nscope: {{environments: [all], resourceTypes: [rds]}}\n{mappings}"
        );
        Source::new(format!("controls/{id}.yaml"), text)
    }

    fn ids(diagnostics: &[Diagnostic]) -> Vec<&str> {
        diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect()
    }

    #[test]
    fn an_unquoted_version_is_refused_with_its_spelling() {
        let (mappings, diagnostics) = load("framework: a\nversion: 1.10\nrequirements: []\n");
        assert_eq!(ids(&diagnostics), ["MAP005"]);
        assert_eq!(
            diagnostics[0].help.as_deref(),
            Some("write it in quotes: version: \"1.10\"")
        );
        assert_eq!(mappings[0].version, None);
    }

    #[test]
    fn wrong_shapes_are_reported_and_the_rest_is_kept() {
        let (mappings, diagnostics) = load(
            "framework: a\nrequirements:\n  - {id: R1, relation: same}\n  - {title: x}\n  - {id: R1}\n  - {id: R2, control: [A-001]}\n",
        );
        assert_eq!(ids(&diagnostics), ["MAP000"; 4]);
        assert_eq!(mappings[0].requirements.len(), 2);
    }

    #[test]
    fn both_sides_have_to_agree() {
        let controls = [
            control("A-001", "mappings: {f: [R1]}\n"),
            control("A-002", "mappings: {f: [R9]}\n"),
            control("A-003", ""),
            control("A-004", ""),
        ];
        let (catalog, problems) = crate::control::load(&controls);
        assert_eq!(problems, []);
        let (mappings, _) = load(
            "framework: f\nrequirements:\n  - {id: R1, controls: [A-001, A-003]}\n  - {id: R2, controls: [A-002, A-009]}\n\
             \x20 - {id: R3}\n  - {id: R4, notApplicable: Operated by AWS}\n",
        );
        let mut found = ids(&lint_mappings(&mappings, &catalog))
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>();
        found.sort();
        // A-002 disagrees in both directions, A-009 is unknown, R3 is a gap, A-004 is in no mapping.
        assert_eq!(found, ["MAP001", "MAP002", "MAP003", "MAP004", "MAP004"]);
        assert_eq!(
            lint_mappings(&[], &catalog),
            [],
            "without mappings there is nothing to hold controls against"
        );
    }
}
