//! What an exception record says, after reading.
//!
//! A record keeps facts and decisions only: dates, names, links. Its state is computed ([`super::lifecycle`]). A record with
//! errors is kept as far as it could be read, because the finding it fails to cover has to say why it is open.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::lifecycle::{State, Timeline};
use super::pattern::Pattern;
use crate::control::{ControlId, Environment, Severity};
use crate::date::{Date, ExpiryPoint};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::value::{AttributePath, Value};

/// A value with the place it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for Located<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// An exception record.
///
/// Fields are `None` when the file does not have them or has them wrong; in the latter case the record is
/// [invalid](Record::is_valid) and suppresses nothing.
#[derive(Clone, Debug)]
pub struct Record {
    /// `EXC-2026-0007`; the name of the file when the record has no id.
    pub id: Located<Arc<str>>,
    /// The control it deviates from.
    pub control: Option<Located<ControlId>>,
    /// One line.
    pub title: Option<Arc<str>>,
    /// What kind of deviation it is.
    pub category: Category,
    /// What it covers.
    pub scope: RecordScope,
    /// Who answers for the deviation.
    pub owner: Option<Located<Arc<str>>>,
    /// Why it is needed.
    pub reason: Option<Located<Arc<str>>>,
    /// What is at stake.
    pub risk: Option<Risk>,
    /// What protects in the meantime.
    pub compensating_controls: Vec<CompensatingControl>,
    /// Who asked and who decided.
    pub approval: ApprovalLog,
    /// When it starts; with the last needed approval when absent.
    pub effective_from: Option<Located<ExpiryPoint>>,
    /// When it ends.
    pub expires_on: Option<Located<ExpiryPoint>>,
    /// How often it is looked at.
    pub review: Review,
    /// What proves it.
    pub evidence: Vec<EvidenceLink>,
    /// What monitoring does meanwhile.
    pub detection: Detection,
    /// How it ends, or ended.
    pub closure: Option<Closure>,
    /// That it was taken back.
    pub revocation: Option<Revocation>,
    /// The record it renews.
    pub supersedes: Option<Located<Arc<str>>>,
    /// A state written into the file. An assertion, never the truth.
    pub asserted_state: Option<Located<State>>,
    /// `x-*` keys, kept for other tools.
    pub extensions: BTreeMap<Arc<str>, Value>,
    /// SHA-256 of the canonical content without approval, review, closure and revocation: what an approver signs.
    pub digest: Arc<str>,
    /// The folder it is filed in.
    pub folder: Folder,
    /// The record as a whole.
    pub span: Span,
    /// How many records its file holds.
    pub(super) siblings: usize,
    /// The roles that must approve and have not.
    pub(super) missing_roles: Vec<Arc<str>>,
    /// Why it is invalid.
    pub(super) faults: Vec<Fault>,
    /// The instants its state depends on.
    pub(super) timeline: Timeline,
    /// Its place in the chain of renewals.
    pub(super) renewal: Renewal,
}

impl Record {
    /// False when something about the record is wrong enough that it suppresses nothing.
    pub fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }

    /// Why the record is invalid.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Its place in the chain of renewals.
    pub fn renewal(&self) -> Renewal {
        self.renewal
    }
}

/// Why a record is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The code of the diagnostic.
    pub code: &'static Code,
    /// Its message.
    pub message: String,
}

/// What kind of deviation a record accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// The risk is accepted.
    #[default]
    Waiver,
    /// Something else reaches the aim of the control.
    Mitigated,
    /// The control is wrong about this resource.
    FalsePositive,
    /// An emergency.
    BreakGlass,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 4] = [
        Self::Waiver,
        Self::Mitigated,
        Self::FalsePositive,
        Self::BreakGlass,
    ];

    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiver => "waiver",
            Self::Mitigated => "mitigated",
            Self::FalsePositive => "false-positive",
            Self::BreakGlass => "break-glass",
        }
    }
}

/// What a record covers. `None` is any; every dimension that is present must match.
#[derive(Clone, Debug, Default)]
pub struct RecordScope {
    /// The resources, at least one.
    pub resources: Vec<Located<Pattern>>,
    /// Account ids or names.
    pub accounts: Option<Vec<Located<Arc<str>>>>,
    /// Regions.
    pub regions: Option<Vec<Located<Arc<str>>>>,
    /// Environments, aliases resolved.
    pub environments: Option<Vec<Environment>>,
    /// Workloads.
    pub workloads: Option<Vec<Arc<str>>>,
    /// Tags with the values that are covered.
    pub tags: Option<BTreeMap<Arc<str>, Vec<Arc<str>>>>,
    /// The only violations that are covered, by path and everything below it.
    pub fields: Option<Vec<AttributePath>>,
    /// The values that were approved; any other value is not covered.
    pub expect: Vec<Expectation>,
    /// Where the scope stands.
    pub span: Option<Span>,
}

impl RecordScope {
    /// True when no dimension that both scopes name keeps them apart.
    pub(super) fn meets(&self, other: &Self) -> bool {
        fn shared<T: PartialEq>(left: &Option<Vec<T>>, right: &Option<Vec<T>>) -> bool {
            left.as_ref()
                .zip(right.as_ref())
                .is_none_or(|(left, right)| left.iter().any(|name| right.contains(name)))
        }
        let texts = |names: &Option<Vec<Located<Arc<str>>>>| -> Option<Vec<Arc<str>>> {
            names
                .as_ref()
                .map(|names| names.iter().map(|name| name.value.clone()).collect())
        };
        shared(&texts(&self.accounts), &texts(&other.accounts))
            && shared(&texts(&self.regions), &texts(&other.regions))
            && shared(&self.environments, &other.environments)
            && shared(&self.workloads, &other.workloads)
            && shared(&self.fields, &other.fields)
            && (self.tags == other.tags || self.tags.is_none() || other.tags.is_none())
    }

    /// How many dimensions narrow the record down.
    pub(super) fn dimensions(&self) -> usize {
        [
            self.accounts.is_some(),
            self.regions.is_some(),
            self.environments.is_some(),
            self.workloads.is_some(),
            self.tags.is_some(),
            self.fields.is_some(),
        ]
        .into_iter()
        .filter(|&present| present)
        .count()
    }
}

/// An approved value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Where it must be.
    pub path: AttributePath,
    /// What it must be; null is *absent*.
    pub equals: Value,
}

/// What is at stake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// How bad.
    pub severity: Option<Severity>,
    /// In words.
    pub statement: Option<Arc<str>>,
}

/// Something that protects in the meantime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompensatingControl {
    /// In words.
    pub description: Option<Arc<str>>,
    /// A control of the catalog.
    pub control: Option<Located<Arc<str>>>,
    /// Proof that it is there.
    pub evidence: Option<Arc<str>>,
}

/// Who asked and who decided.
#[derive(Clone, Debug, Default)]
pub struct ApprovalLog {
    /// Who asked.
    pub requested_by: Option<Located<Arc<str>>>,
    /// When.
    pub requested_on: Option<Located<ExpiryPoint>>,
    /// The decisions, in the order written.
    pub decisions: Vec<Decision>,
    /// Where the approval stands; `None` when the record has none.
    pub span: Option<Span>,
}

/// A decision of one person in one role.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Who.
    pub by: Option<Arc<str>>,
    /// In which role.
    pub role: Option<Arc<str>>,
    /// When.
    pub on: Option<Located<ExpiryPoint>>,
    /// True for an approval, false for a rejection.
    pub approved: bool,
    /// A link to the decision.
    pub reference: Option<Arc<str>>,
    /// The digest of the content that was approved.
    pub approves: Option<Arc<str>>,
    /// Where it stands.
    pub span: Span,
}

/// How often a record is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The cadence, when it is declared.
    pub cadence: Option<Cadence>,
    /// When it was last looked at.
    pub last_reviewed_on: Option<Located<ExpiryPoint>>,
    /// By whom.
    pub last_reviewed_by: Option<Arc<str>>,
}

/// The time between two reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    /// So many days.
    Days(u32),
    /// So many calendar months.
    Months(u32),
}

impl Cadence {
    /// Parses `daily`, `weekly`, `biweekly`, `monthly`, `quarterly` or `P<n>D`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "daily" => Self::Days(1),
            "weekly" => Self::Days(7),
            "biweekly" => Self::Days(14),
            "monthly" => Self::Months(1),
            "quarterly" => Self::Months(3),
            _ => {
                let digits = text.strip_prefix('P')?.strip_suffix('D')?;
                let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                let days = plain.then(|| digits.parse().ok()).flatten()?;
                (1..=366).contains(&days).then_some(Self::Days(days))?
            }
        })
    }

    /// The last day on which a review is still in time.
    pub(super) fn due(self, last: Date) -> Option<Date> {
        match self {
            Self::Days(days) => last.add_days(days.into()),
            Self::Months(months) => last.add_months(i32::try_from(months).ok()?),
        }
    }
}

/// Something that proves a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceLink {
    /// A URL or a path in the repository.
    pub link: Arc<str>,
    /// The digest of what is there.
    pub sha256: Option<Arc<str>>,
}

/// What monitoring does while the deviation is accepted. There is no "off".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detection {
    /// As without the exception.
    #[default]
    KeepAlerting,
    /// Collected.
    AlertDigest,
}

impl Detection {
    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeepAlerting => "keep-alerting",
            Self::AlertDigest => "alert-digest",
        }
    }
}

/// How a record ends, or ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closure {
    /// What has to be true before it is closed.
    pub criteria: Option<Arc<str>>,
    /// When it was closed.
    pub closed_on: Option<Located<ExpiryPoint>>,
    /// By whom.
    pub by: Option<Arc<str>>,
    /// `remediated`, `revoked`, `superseded` or `risk-transferred`.
    pub reason: Option<Arc<str>>,
}

/// That a record was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub on: Option<Located<ExpiryPoint>>,
    /// By whom.
    pub by: Option<Arc<str>>,
    /// Why.
    pub reason: Option<Arc<str>>,
}

/// The folder a record is filed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// `exceptions/approved/`.
    Approved,
    /// `exceptions/expired/`. What somebody moved here never suppresses.
    Expired,
    /// Anywhere else.
    Other,
}

/// A record's place in a chain of renewals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// 0 for a first record, 1 for the record that renews it, and so on.
    pub number: u32,
    /// How often the control lets a record be renewed.
    pub max: u32,
}
