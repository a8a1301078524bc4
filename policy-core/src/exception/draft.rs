//! New records as YAML. A draft asks; it never approves.

use std::fmt::Write as _;

use super::record::{Cadence, Category, Record};
use super::registry::Registry;
use crate::date::{AsOf, Date, ExpiryPoint};
use crate::value::Value;

/// What a person says about a deviation before anybody approves it.
///
/// ```
/// use policy_core::exception::Draft;
/// let draft = Draft {
///     id: "EXC-2026-0007".into(),
///     control: "DP-ENC-001".into(),
///     resources: vec!["tf:aws_s3_bucket.demo".into()],
///     ..Draft::default()
/// };
/// let yaml = draft.to_yaml();
/// assert!(yaml.starts_with("# yaml-language-server: $schema="));
/// assert!(yaml.contains("\n  approvals: []"), "a draft approves nothing");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The id.
    pub id: String,
    /// The control it deviates from.
    pub control: String,
    /// One line.
    pub title: Option<String>,
    /// What kind of deviation it is.
    pub category: Category,
    /// Patterns.
    pub resources: Vec<String>,
    /// Accounts; empty is any.
    pub accounts: Vec<String>,
    /// Regions; empty is any.
    pub regions: Vec<String>,
    /// Environments; empty is any.
    pub environments: Vec<String>,
    /// Workloads; empty is any.
    pub workloads: Vec<String>,
    /// Tags with the values that are covered.
    pub tags: Vec<(String, Vec<String>)>,
    /// The violations that are covered; empty is all.
    pub fields: Vec<String>,
    /// The values that are to be approved.
    pub expect: Vec<(String, Value)>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is needed.
    pub reason: String,
    /// How bad it is, and in words what is at stake.
    pub risk: (Option<String>, Option<String>),
    /// What protects in the meantime: description, control, evidence.
    pub compensating: Vec<(Option<String>, Option<String>, Option<String>)>,
    /// Who asks.
    pub requested_by: String,
    /// When.
    pub requested_on: String,
    /// The roles that have to approve, for a comment.
    pub approval_roles: Vec<String>,
    /// When it starts; with the approval when absent.
    pub effective_from: Option<String>,
    /// When it ends.
    pub expires_on: String,
    /// How often it is looked at.
    pub cadence: Option<String>,
    /// Links.
    pub evidence: Vec<String>,
    /// What monitoring does meanwhile, when it is not the default.
    pub detection: Option<String>,
    /// What has to be true before it is closed.
    pub closure: Option<String>,
    /// The record it renews.
    pub supersedes: Option<String>,
}

/// Lets editors complete and check a record in any folder below `exceptions/`.
const SCHEMA_HINT: &str = "\
# yaml-language-server: $schema=../exception.schema.json
# the schema for the editor: policy schema exception > exceptions/exception.schema.json";

impl Draft {
    /// The record as a YAML document.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{SCHEMA_HINT}");
        let mut line = |text: String| {
            out.push_str(&text);
            out.push('\n');
        };
        line(format!("id: {}", scalar(&self.id)));
        line(format!("controlId: {}", scalar(&self.control)));
        if let Some(title) = &self.title {
            line(format!("title: {}", scalar(title)));
        }
        line(format!("category: {}", self.category.as_str()));
        for text in self.scope() {
            line(text);
        }
        line(format!("owner: {}", scalar(&self.owner)));
        line(format!("reason: {}", scalar(&self.reason)));
        if let (severity, Some(statement)) = &self.risk {
            let severity = severity
                .as_ref()
                .map(|severity| format!("severity: {severity}, "))
                .unwrap_or_default();
            line(format!("risk: {{{severity}statement: {}}}", quoted(statement)));
        }
        if !self.compensating.is_empty() {
            line("compensatingControls:".into());
        }
        for (description, control, evidence) in &self.compensating {
            let parts = [
                ("description", description),
                ("controlId", control),
                ("evidence", evidence),
            ];
            let parts: Vec<String> = parts
                .into_iter()
                .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}: {}", quoted(value))))
                .collect();
            line(format!("  - {{{}}}", parts.join(", ")));
        }
        line("approval:".into());
        line(format!("  requestedBy: {}", scalar(&self.requested_by)));
        line(format!("  requestedOn: {}", scalar(&self.requested_on)));
        let by = if self.approval_roles.is_empty() {
            "somebody independent".to_owned()
        } else {
            self.approval_roles.join(" and ")
        };
        line(format!(
            "  approvals: []   # to be approved by {by}, never by the owner or the requester"
        ));
        if let Some(from) = &self.effective_from {
            line(format!("effectiveFrom: {}", scalar(from)));
        }
        line(format!("expiresOn: {}", scalar(&self.expires_on)));
        if let Some(cadence) = &self.cadence {
            line(format!("review: {{cadence: {}}}", scalar(cadence)));
        }
        if !self.evidence.is_empty() {
            line("evidence:".into());
        }
        for link in &self.evidence {
            line(format!("  - {{link: {}}}", quoted(link)));
        }
        if let Some(detection) = &self.detection {
            line(format!("detection: {detection}"));
        }
        if let Some(criteria) = &self.closure {
            line(format!("closure: {{criteria: {}}}", quoted(criteria)));
        }
        if let Some(supersedes) = &self.supersedes {
            line(format!("supersedes: {}", scalar(supersedes)));
        }
        out
    }

    fn scope(&self) -> Vec<String> {
        let mut lines = vec!["scope:".to_owned()];
        let lists = [
            ("resources", &self.resources),
            ("accounts", &self.accounts),
            ("regions", &self.regions),
            ("environments", &self.environments),
            ("workloads", &self.workloads),
            ("fields", &self.fields),
        ];
        for (name, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
            lines.push(format!("  {name}: {}", list(values)));
        }
        if !self.tags.is_empty() {
            lines.push("  tags:".into());
        }
        for (key, values) in &self.tags {
            lines.push(format!("    {}: {}", quoted(key), list(values)));
        }
        if !self.expect.is_empty() {
            lines.push("  expect:".into());
        }
        for (path, value) in &self.expect {
            lines.push(format!(
                "    - {{path: {}, equals: {}}}",
                quoted(path),
                value.to_json()
            ));
        }
        lines
    }
}

/// `["a", "b"]`. JSON is YAML, and account ids keep their zeros in quotes.
fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", values.join(", "))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A plain scalar where no reader of YAML can take it for something else, otherwise a quoted one.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];
    let date = ExpiryPoint::parse(text).is_ok() && !text.contains(' ');
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " -_./@(),;'".contains(c))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain || date {
        text.to_owned()
    } else {
        quoted(text)
    }
}

impl Registry {
    /// The next free id of the year: `EXC-2026-0008` after `EXC-2026-0007`.
    pub fn next_id(&self, as_of: AsOf) -> String {
        let today = as_of.date(self.options().zone).to_string();
        let year = today.split('-').next().unwrap_or_default();
        let prefix = format!("{}-{year}-", self.options().id_prefix);
        let numbers = self
            .records()
            .iter()
            .filter_map(|record| record.id.strip_prefix(&prefix)?.parse::<u64>().ok());
        format!("{prefix}{:04}", numbers.max().unwrap_or(0).saturating_add(1))
    }

    /// A renewal of `record`: the same deviation under a new id, requested anew, from the day after the end of the old
    /// record, or from its approval when the old one is over. Approvals and reviews are not taken over.
    pub fn renewal_of(
        &self,
        record: &Record,
        as_of: AsOf,
        expires_on: ExpiryPoint,
        requested_by: &str,
    ) -> Draft {
        let zone = self.options().zone;
        let today = as_of.date(zone);
        let after = record.expires_on.as_ref().and_then(|on| on.day(zone).add_days(1));
        let names = |names: &Option<Vec<super::record::Located<std::sync::Arc<str>>>>| -> Vec<String> {
            names.iter().flatten().map(ToString::to_string).collect()
        };
        let scope = &record.scope;
        Draft {
            id: self.next_id(as_of),
            control: record
                .control
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            title: record.title.as_ref().map(ToString::to_string),
            category: record.category,
            resources: scope.resources.iter().map(ToString::to_string).collect(),
            accounts: names(&scope.accounts),
            regions: names(&scope.regions),
            environments: scope
                .environments
                .iter()
                .flatten()
                .map(|name| name.as_str().to_owned())
                .collect(),
            workloads: scope
                .workloads
                .iter()
                .flatten()
                .map(ToString::to_string)
                .collect(),
            tags: scope
                .tags
                .iter()
                .flatten()
                .map(|(key, values)| (key.to_string(), values.iter().map(ToString::to_string).collect()))
                .collect(),
            fields: scope.fields.iter().flatten().map(ToString::to_string).collect(),
            expect: scope
                .expect
                .iter()
                .map(|expected| (expected.path.to_string(), expected.equals.clone()))
                .collect(),
            owner: record.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
            reason: record
                .reason
                .as_ref()
                .map(|reason| reason.trim().to_owned())
                .unwrap_or_default(),
            risk: record.risk.as_ref().map_or((None, None), |risk| {
                (
                    risk.severity.map(|severity| severity.as_str().to_owned()),
                    risk.statement.as_ref().map(ToString::to_string),
                )
            }),
            compensating: record
                .compensating_controls
                .iter()
                .map(|control| {
                    let text = |text: &Option<std::sync::Arc<str>>| text.as_ref().map(ToString::to_string);
                    (
                        text(&control.description),
                        control.control.as_ref().map(ToString::to_string),
                        text(&control.evidence),
                    )
                })
                .collect(),
            requested_by: requested_by.to_owned(),
            requested_on: today.to_string(),
            approval_roles: Vec::new(),
            // Once the old record is over, the renewal starts with its approval: an exception does not reach back.
            effective_from: after
                .filter(|after: &Date| *after > today)
                .map(|after| after.to_string()),
            expires_on: expires_on.to_string(),
            cadence: record.review.cadence.map(cadence),
            evidence: record
                .evidence
                .iter()
                .map(|evidence| evidence.link.to_string())
                .collect(),
            detection: Some(record.detection.as_str().to_owned()),
            closure: record
                .closure
                .as_ref()
                .and_then(|closure| closure.criteria.as_ref())
                .map(ToString::to_string),
            supersedes: Some(record.id.to_string()),
        }
    }
}

/// The word for a cadence, or its count of days.
fn cadence(cadence: Cadence) -> String {
    match cadence {
        Cadence::Days(1) => "daily".into(),
        Cadence::Days(7) => "weekly".into(),
        Cadence::Days(14) => "biweekly".into(),
        Cadence::Days(days) => format!("P{days}D"),
        Cadence::Months(3) => "quarterly".into(),
        Cadence::Months(_) => "monthly".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::yaml;
    use crate::source::Source;

    proptest! {
        /// Whatever a person types comes back as typed, and adds no other field.
        #[test]
        fn texts_survive(text in "\\PC{1,40}", statement in "[ -~]{1,30}") {
            let draft = Draft {
                id: "EXC-2026-0001".into(),
                reason: text.clone(),
                owner: text.clone(),
                resources: vec![text.clone()],
                risk: (None, Some(statement.clone())),
                compensating: vec![(Some(text.clone()), None, Some(statement.clone()))],
                ..Draft::default()
            };
            let node = yaml::parse(&Source::new("a.yaml", draft.to_yaml())).expect("yaml");
            prop_assert_eq!(node.get("reason").and_then(|node| node.as_str()), Some(&*text));
            prop_assert_eq!(node.get("owner").and_then(|node| node.as_str()), Some(&*text));
            let listed = node.get("scope").and_then(|scope| scope.get("resources")).map(|list| list.items().len());
            prop_assert_eq!(listed, Some(1));
            let stated = node.get("risk").and_then(|risk| risk.get("statement")).and_then(|node| node.as_str());
            prop_assert_eq!(stated, Some(&*statement));
        }
    }
}
