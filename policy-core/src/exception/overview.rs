//! What lists and forecasts say about records: flat, serialisable, computed at one point in time.

use serde::Serialize;

use super::record::{Folder, Record};
use super::registry::Registry;
use crate::date::AsOf;
use crate::value::Value;

/// A record with its state at a point in time. Serialises to the element of `policy exceptions list -o json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// The id.
    pub id: String,
    /// The control it deviates from; null when the record does not name one.
    pub control_id: Option<String>,
    /// One line.
    pub title: Option<String>,
    /// `waiver`, `mitigated`, `false-positive` or `break-glass`.
    pub category: &'static str,
    /// The state.
    pub state: &'static str,
    /// True when it suppresses findings.
    pub suppresses: bool,
    /// Civil days until its last day, while it is in force.
    pub days_left: Option<i64>,
    /// Civil days since its last day, when it has expired.
    pub expired_days_ago: Option<i64>,
    /// True when a review is overdue.
    pub review_overdue: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// Who approved it, whether or not the approval counts.
    pub approved_by: Vec<String>,
    /// The roles that must approve and have not.
    pub missing_roles: Vec<String>,
    /// What it covers.
    pub scope: ScopeOverview,
    /// Its first day, when declared.
    pub effective_from: Option<String>,
    /// Its last day or the instant of its end.
    pub expires_on: Option<String>,
    /// The record it renews.
    pub supersedes: Option<String>,
    /// 0 for a first record, 1 for its renewal, and so on.
    pub renewal: u32,
    /// How often the control lets a record be renewed.
    pub max_renewals: u32,
    /// SHA-256 of what an approver signs.
    pub digest: String,
    /// `approved`, `expired` or `other`.
    pub folder: &'static str,
    /// Why it is invalid: code and message.
    pub faults: Vec<FaultOverview>,
    /// The file it stands in.
    pub file: String,
    /// The line its id stands on.
    pub line: u32,
}

/// The scope of a record. `null` is any.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScopeOverview {
    /// The patterns.
    pub resources: Vec<String>,
    /// Account ids or names.
    pub accounts: Option<Vec<String>>,
    /// Regions.
    pub regions: Option<Vec<String>>,
    /// Environments.
    pub environments: Option<Vec<String>>,
    /// Workloads.
    pub workloads: Option<Vec<String>>,
    /// Tags with the values that are covered.
    pub tags: Option<std::collections::BTreeMap<String, Vec<String>>>,
    /// The violations that are covered.
    pub fields: Option<Vec<String>>,
    /// The values that were approved.
    pub expect: Vec<ExpectationOverview>,
}

/// An approved value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectationOverview {
    /// Where.
    pub path: String,
    /// What, as JSON text.
    pub equals: String,
}

/// Why a record is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultOverview {
    /// The code of the diagnostic.
    pub code: &'static str,
    /// Its message.
    pub message: String,
}

impl ScopeOverview {
    /// One line for a table: the first pattern, how many more there are, and the dimensions that narrow it down.
    pub fn line(&self) -> String {
        let mut line = self
            .resources
            .first()
            .cloned()
            .unwrap_or_else(|| "nothing".into());
        if self.resources.len() > 1 {
            line.push_str(&format!(" (+{})", self.resources.len() - 1));
        }
        let dimensions: Vec<String> = [&self.accounts, &self.regions, &self.environments]
            .into_iter()
            .flatten()
            .map(|names| names.join(","))
            .collect();
        if !dimensions.is_empty() {
            line.push_str(&format!(" in {}", dimensions.join(" ")));
        }
        line
    }
}

impl Registry {
    /// Every record with its state at `as_of`, in the order of their ids.
    ///
    /// ```
    /// use policy_core::control::Catalog;
    /// use policy_core::date::{AsOf, UtcOffset};
    /// use policy_core::exception::{Registry, RegistryOptions};
    /// use policy_core::source::Source;
    ///
    /// let file = Source::new("exceptions/approved/EXC-2026-0007.yaml", "id: EXC-2026-0007\n");
    /// let (registry, _) = Registry::load(&[file], &Catalog::default(), RegistryOptions::default());
    /// let overview = registry.overview(AsOf::parse("2026-03-30", UtcOffset::UTC)?);
    /// assert_eq!(overview[0].state, "invalid");
    /// # Ok::<(), policy_core::date::DateError>(())
    /// ```
    pub fn overview(&self, as_of: AsOf) -> Vec<Overview> {
        self.records()
            .iter()
            .map(|record| self.overview_of(record, as_of))
            .collect()
    }

    /// One record with its state at `as_of`.
    pub fn overview_of(&self, record: &Record, as_of: AsOf) -> Overview {
        let at = self.state(record, as_of);
        let text = |text: &std::sync::Arc<str>| text.to_string();
        let approved = record
            .approval
            .decisions
            .iter()
            .filter(|decision| decision.approved);
        let place = record.id.span.location();
        Overview {
            id: record.id.to_string(),
            control_id: record.control.as_ref().map(ToString::to_string),
            title: record.title.as_ref().map(text),
            category: record.category.as_str(),
            state: at.state.as_str(),
            suppresses: at.suppresses,
            days_left: at.days_left,
            expired_days_ago: at.days_expired,
            review_overdue: at.review_overdue,
            owner: record.owner.as_ref().map(ToString::to_string),
            requested_by: record.approval.requested_by.as_ref().map(ToString::to_string),
            approved_by: approved
                .filter_map(|decision| decision.by.as_ref().map(text))
                .collect(),
            missing_roles: record.missing_roles.iter().map(text).collect(),
            scope: scope(record),
            effective_from: record.effective_from.as_ref().map(ToString::to_string),
            expires_on: record.expires_on.as_ref().map(ToString::to_string),
            supersedes: record.supersedes.as_ref().map(ToString::to_string),
            renewal: record.renewal.number,
            max_renewals: record.renewal.max,
            digest: record.digest.to_string(),
            folder: match record.folder {
                Folder::Approved => "approved",
                Folder::Expired => "expired",
                Folder::Other => "other",
            },
            faults: record
                .faults
                .iter()
                .map(|fault| FaultOverview {
                    code: fault.code.id,
                    message: fault.message.clone(),
                })
                .collect(),
            file: record.span.source().name().to_owned(),
            line: place.line,
        }
    }
}

fn scope(record: &Record) -> ScopeOverview {
    let scope = &record.scope;
    let located = |names: &Option<Vec<super::record::Located<std::sync::Arc<str>>>>| {
        names
            .as_ref()
            .map(|names| names.iter().map(ToString::to_string).collect())
    };
    ScopeOverview {
        resources: scope.resources.iter().map(ToString::to_string).collect(),
        accounts: located(&scope.accounts),
        regions: located(&scope.regions),
        environments: scope
            .environments
            .as_ref()
            .map(|names| names.iter().map(|name| name.as_str().to_owned()).collect()),
        workloads: scope
            .workloads
            .as_ref()
            .map(|names| names.iter().map(ToString::to_string).collect()),
        tags: scope.tags.as_ref().map(|tags| {
            tags.iter()
                .map(|(key, values)| (key.to_string(), values.iter().map(ToString::to_string).collect()))
                .collect()
        }),
        fields: scope
            .fields
            .as_ref()
            .map(|paths| paths.iter().map(ToString::to_string).collect()),
        expect: scope
            .expect
            .iter()
            .map(|expected| ExpectationOverview {
                path: expected.path.to_string(),
                equals: json(&expected.equals),
            })
            .collect(),
    }
}

fn json(value: &Value) -> String {
    value.to_json().to_string()
}
