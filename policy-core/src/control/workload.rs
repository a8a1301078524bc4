//! Workload evidence maps: which controls a workload answers to, how, and what proves it.

use std::sync::Arc;

use super::{Catalog, ControlId, Environment, codes};
use crate::date::{Date, ExpiryPoint, UtcOffset};
use crate::diagnostic::Diagnostic;
use crate::document::{FieldCodes, Fields, Node, Shape, Text, yaml};
use crate::source::Source;

static CODES: FieldCodes = FieldCodes {
    unknown: &codes::WKL000,
    missing: &codes::WKL000,
    invalid: &codes::WKL000,
};
const ROW_FIELDS: &[&str] = &[
    "id",
    "title",
    "implementation",
    "evidence",
    "reviewCadence",
    "lastReviewedOn",
    "reviewer",
    "resources",
];
pub(super) static WORKLOAD: Shape = Shape {
    what: "a workload evidence map",
    fields: &[
        "schemaVersion",
        "workload",
        "owner",
        "environment",
        "dataClassification",
        "accounts",
        "regions",
        "controls",
    ],
    elsewhere: &[("controls", ROW_FIELDS)],
    codes: &CODES,
};
pub(super) static ROW: Shape = Shape {
    what: "a control of a workload",
    fields: ROW_FIELDS,
    elsewhere: &[],
    codes: &CODES,
};

/// The words for how often something is reviewed, with the days they allow.
const CADENCES: [(&str, i64); 7] = [
    ("daily", 1),
    ("weekly", 7),
    ("biweekly", 14),
    ("monthly", 31),
    ("quarterly", 92),
    ("half-yearly", 184),
    ("annually", 366),
];

/// One workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its name.
    pub name: Text,
    /// Who answers for it.
    pub owner: Option<Arc<str>>,
    /// Where it runs, aliases resolved.
    pub environment: Option<Environment>,
    /// What kind of data it holds.
    pub data_classification: Vec<Arc<str>>,
    /// Its accounts, by name or id.
    pub accounts: Vec<Text>,
    /// Its Regions.
    pub regions: Vec<Arc<str>>,
    /// The controls it answers to.
    pub controls: Vec<WorkloadControl>,
}

/// A control in a workload evidence map.
#[derive(Clone, Debug)]
pub struct WorkloadControl {
    /// The control.
    pub id: Text,
    /// Its title, to be the same as in the catalog.
    pub title: Option<Text>,
    /// How the workload implements it.
    pub implementation: Vec<Arc<str>>,
    /// What proves it.
    pub evidence: Vec<Text>,
    /// How often the evidence is looked at.
    pub review_cadence: Option<Text>,
    /// When it was looked at last.
    pub last_reviewed_on: Option<Date>,
}

/// Reads workload evidence maps. What is wrong is reported and left out.
pub fn load_workloads(sources: &[Arc<Source>]) -> (Vec<Workload>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut workloads = Vec::new();
    for source in sources {
        match yaml::parse(source) {
            Ok(root) => workloads.extend(workload(&root, &mut diagnostics)),
            Err(errors) => {
                diagnostics.extend(errors.into_iter().map(|error| Diagnostic {
                    code: &codes::WKL000,
                    ..error
                }));
            }
        }
    }
    (workloads, diagnostics)
}

fn workload(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Workload> {
    let mut problems = Vec::new();
    let mut fields = Fields::read(root, &WORKLOAD, diagnostics)?;
    let _ = fields.optional("schemaVersion").integer(1..=1);
    let name = fields.required("workload").non_blank();
    let texts = |texts: Option<Vec<Text>>| texts.unwrap_or_default().into_iter().map(Into::into).collect();
    let owner = fields.required("owner").non_blank().map(Into::into);
    let environment = fields
        .required("environment")
        .non_blank()
        .map(|name| Environment::resolve(&name));
    let data_classification = texts(fields.optional("dataClassification").string_or_strings());
    let accounts = fields.optional("accounts").strings().unwrap_or_default();
    let regions = texts(fields.optional("regions").strings());
    let rows = fields.required("controls").list().unwrap_or_default();
    let controls = rows.iter().filter_map(|node| row(node, &mut problems)).collect();
    diagnostics.append(&mut problems);
    Some(Workload {
        name: name?,
        owner,
        environment,
        data_classification,
        accounts,
        regions,
        controls,
    })
}

fn row(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<WorkloadControl> {
    let mut fields = Fields::read(node, &ROW, diagnostics)?;
    let id = fields.required("id").non_blank();
    let title = fields.optional("title").non_blank();
    let implementation = fields
        .optional("implementation")
        .string_or_strings()
        .unwrap_or_default();
    let evidence = fields
        .optional("evidence")
        .string_or_strings()
        .unwrap_or_default();
    let review_cadence = fields.optional("reviewCadence").non_blank();
    let _ = fields.optional("reviewer").non_blank();
    let _ = fields.optional("resources").strings();
    let last = fields.optional("lastReviewedOn").non_blank();
    let mut last_reviewed_on = None;
    if let Some(text) = last {
        match ExpiryPoint::parse(&text) {
            Ok(point) => last_reviewed_on = Some(point.day(UtcOffset::UTC)),
            Err(error) => fields.report(
                Diagnostic::new(
                    &codes::WKL000,
                    format!("`lastReviewedOn`: `{text}` {}", error.reason()),
                )
                .at(&text.span)
                .help(format!("write {}", error.example())),
            ),
        }
    }
    Some(WorkloadControl {
        id: id?,
        title,
        implementation: implementation.into_iter().map(Into::into).collect(),
        evidence,
        review_cadence,
        last_reviewed_on,
    })
}

/// Holds workload evidence maps against the catalog, on a day. `knows_account` says which accounts are registered;
/// `None` when there is no account registry.
pub fn lint_workloads(
    workloads: &[Workload],
    catalog: &Catalog,
    today: Date,
    knows_account: Option<&dyn Fn(&str) -> bool>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for workload in workloads {
        for row in &workload.controls {
            lint_row(row, catalog, today, &mut found);
        }
        missing(workload, catalog, &mut found);
        for account in workload
            .accounts
            .iter()
            .filter(|account| knows_account.is_some_and(|knows| !knows(account)))
        {
            found.push(
                Diagnostic::new(
                    &codes::WKL003,
                    format!("account `{account}` is not in the account registry"),
                )
                .at(&account.span)
                .help("add it to `registry/accounts.yaml` or correct the name"),
            );
        }
    }
    found
}

fn lint_row(row: &WorkloadControl, catalog: &Catalog, today: Date, found: &mut Vec<Diagnostic>) {
    let id = &row.id;
    let Some(control) = ControlId::new(id).and_then(|id| catalog.controls.get(&id)) else {
        let help = match super::closest(catalog, id) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "name a control of the catalog, or load the controls it belongs to".into(),
        };
        found.push(
            Diagnostic::new(&codes::WKL001, format!("control `{id}` is not in the catalog"))
                .at(&id.span)
                .help(help),
        );
        return;
    };
    if let Some(title) = row.title.as_ref().filter(|title| ***title != *control.title) {
        found.push(
            Diagnostic::new(
                &codes::WKL004,
                format!("`{id}` has another title here than in the catalog"),
            )
            .at(&title.span)
            .label(&control.span, "the control")
            .help(format!("write `{}`, or leave the title out", control.title)),
        );
    }
    for source in &row.evidence {
        if !control.evidence_sources.iter().any(|known| **known == **source) {
            let message = format!("`{source}` is not an evidence source of `{id}`");
            let known = control.evidence_sources.join(", ");
            found.push(
                Diagnostic::new(&codes::WKL003, message)
                    .at(&source.span)
                    .help(format!(
                        "the control names {}",
                        if known.is_empty() { "none" } else { &known }
                    )),
            );
        }
    }
    let Some(cadence) = &row.review_cadence else {
        let message = format!("nobody says how often the evidence of `{id}` is reviewed");
        found.push(
            Diagnostic::new(&codes::WKL003, message)
                .at(&id.span)
                .help("add `reviewCadence: monthly`"),
        );
        return;
    };
    let Some(days) = cadence_days(cadence) else {
        let words: Vec<&str> = CADENCES.iter().map(|(word, _)| *word).collect();
        let message = format!("`{cadence}` is not a cadence");
        found.push(
            Diagnostic::new(&codes::WKL003, message)
                .at(&cadence.span)
                .help(format!("write {} or P<n>D", words.join(", "))),
        );
        return;
    };
    if let Some(last) = row.last_reviewed_on.filter(|last| today.days_since(*last) > days) {
        found.push(
            Diagnostic::new(
                &codes::WKL003,
                format!("the review of the evidence of `{id}` is overdue since {last}"),
            )
            .at(&cadence.span)
            .help("review it and write down when under `lastReviewedOn`"),
        );
    }
}

fn cadence_days(text: &str) -> Option<i64> {
    let word = CADENCES
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, days)| *days);
    word.or_else(|| {
        let digits = text.strip_prefix('P')?.strip_suffix('D')?;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain
            .then(|| digits.parse().ok())
            .flatten()
            .filter(|days| (1..=3660).contains(days))
    })
}

/// Controls that name the environment of the workload and, when they name data, its data, and are not in the map.
fn missing(workload: &Workload, catalog: &Catalog, found: &mut Vec<Diagnostic>) {
    let applies = |control: &&super::Control| {
        let scope = &control.scope;
        let here = scope
            .environments
            .as_ref()
            .zip(workload.environment.as_ref())
            .is_some_and(|(environments, environment)| environments.contains(environment));
        let data = scope.data_classification.is_empty()
            || scope
                .data_classification
                .iter()
                .any(|class| workload.data_classification.contains(class));
        here && data && &*control.status == "active"
    };
    let listed = |id: &str| workload.controls.iter().any(|row| *row.id == *id);
    let missing: Vec<String> = catalog
        .controls
        .values()
        .filter(applies)
        .filter(|control| !listed(control.id.as_str()))
        .map(|control| format!("`{}`", control.id))
        .collect();
    if !missing.is_empty() {
        let environment = workload
            .environment
            .as_ref()
            .map_or("its environment", |environment| environment.as_str());
        found.push(
            Diagnostic::new(
                &codes::WKL002,
                format!(
                    "workload `{}` runs in {environment} and does not list {}",
                    workload.name,
                    missing.join(", ")
                ),
            )
            .at(&workload.name.span)
            .help("add the controls with their evidence"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_held_against_the_catalog() {
        let control = |id: &str, environment: &str| {
            let text = format!(
                "id: {id}\ntitle: Title of {id}\nintent: i\nseverity: low\nevidenceSources: [aws-config]\n\
                 scope: {{environments: [{environment}], resourceTypes: [rds]}}\n"
            );
            Source::new(format!("controls/{id}.yaml"), text)
        };
        let (catalog, problems) = crate::control::load(&[
            control("A-001", "prod"),
            control("A-002", "prod"),
            control("A-003", "dev"),
        ]);
        assert_eq!(problems, []);
        let text = "workload: cases\nowner: team-cases\nenvironment: production\naccounts: [prod-app]\ncontrols:\n\
                    \x20 - {id: A-001, title: Other, evidence: [screenshots], reviewCadence: monthly, lastReviewedOn: 2026-01-01}\n\
                    \x20 - {id: A-0001}\n";
        let (workloads, problems) = load_workloads(&[Source::new("workloads/cases.yaml", text)]);
        assert_eq!(problems, []);
        let today = Date::parse("2026-11-20").expect("date");
        let found = lint_workloads(&workloads, &catalog, today, Some(&|_: &str| false));
        let mut ids: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code.id).collect();
        ids.sort_unstable();
        // Two times WKL003 for the row (source, overdue), one for the account.
        assert_eq!(ids, ["WKL001", "WKL002", "WKL003", "WKL003", "WKL003", "WKL004"]);
        let message = found
            .iter()
            .find(|diagnostic| diagnostic.code.id == "WKL002")
            .map(|found| found.message.as_str());
        assert_eq!(
            message,
            Some("workload `cases` runs in prod and does not list `A-002`")
        );
        assert_eq!(cadence_days("P30D"), Some(30));
        assert_eq!(cadence_days("P-1D"), None);
    }
}
