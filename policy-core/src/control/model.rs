//! What a control is, after validation.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::resource::SourceKind;
use crate::source::{Source, Span};
use crate::value::Value;

/// A validated control id such as `DP-ENC-001`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlId(Arc<str>);

impl ControlId {
    /// Checks the form `[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-[0-9]{3,}`.
    pub fn new(id: &str) -> Option<Self> {
        let (head, number) = id.rsplit_once('-')?;
        let numbered = number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
        let upper = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        let named = head.starts_with(|c: char| c.is_ascii_uppercase()) && head.split('-').all(upper);
        (numbered && named).then(|| Self(id.into()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Rego package of the control by convention: `controls.dp_enc_001`.
    pub fn package(&self) -> String {
        format!("controls.{}", self.0.to_ascii_lowercase().replace('-', "_"))
    }
}

impl fmt::Display for ControlId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How bad a deviation is. Orders from `Info` to `Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For the record.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// All severities, most severe first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "informational" {
            return Ok(Self::Info);
        }
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| UnknownSeverity(text.into()))
    }
}

/// A word that is not a severity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown severity `{0}`; write critical, high, medium, low or info")]
pub struct UnknownSeverity(pub String);

/// An environment name after alias resolution.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Environment(Arc<str>);

impl Environment {
    /// Resolves the well-known aliases (`production`, `prd`, `live` are `prod`; `stg`, `uat` are `staging`), ignoring case.
    /// Names without an alias are kept in lower case.
    pub fn resolve(name: &str) -> Self {
        Self(crate::resource::environment_alias(name))
    }

    /// The resolved name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one run of the rule looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evaluate {
    /// One resource at a time.
    #[default]
    Resource,
    /// All resources in scope of one account and Region at once.
    Inventory,
    /// All resources in scope of one account at once, whatever their Region: for what is enough to have once.
    Account,
}

/// What a control applies to. An absent dimension does not restrict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Environments; `None` is all.
    pub environments: Option<Vec<Environment>>,
    /// The author wrote `[all]`: every environment is meant, not forgotten.
    pub explicit_all_environments: bool,
    /// Families, kinds, Terraform or CloudFormation types, as written; empty is all.
    pub resource_types: Vec<Arc<str>>,
    /// Account ids or names.
    pub accounts: Vec<Arc<str>>,
    /// Regions.
    pub regions: Vec<Arc<str>>,
    /// Tags that must be present with these values.
    pub tags: BTreeMap<Arc<str>, Arc<str>>,
    /// Data classifications.
    pub data_classification: Vec<Arc<str>>,
    /// What one run of the rule looks at.
    pub evaluate: Evaluate,
}

/// Whether and how a deviation from the control may be accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceptionTerms {
    /// False: no exception suppresses a finding of this control.
    pub allowed: bool,
    /// Longest duration of one record in calendar days, both ends included.
    pub max_duration_days: Option<u32>,
    /// How often a record may be renewed.
    pub max_renewals: u32,
    /// Roles that must approve, all of them.
    pub approval_roles: Vec<Arc<str>>,
    /// Whether a record must name a compensating control.
    pub require_compensating_control: bool,
}

impl Default for ExceptionTerms {
    /// Closed: a control that says nothing about exceptions allows none.
    fn default() -> Self {
        Self {
            allowed: false,
            max_duration_days: None,
            max_renewals: 2,
            approval_roles: Vec::new(),
            require_compensating_control: true,
        }
    }
}

/// What a control does when it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guardrail {
    /// Stops the change.
    Prevent,
    /// Reports the state.
    Detect,
    /// Mends the state.
    Correct,
    /// Says something and never blocks.
    Advisory,
    /// Alerts.
    Alert,
    /// Opens an owner's workflow.
    OwnerWorkflow,
}

/// How to get back to compliance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remediation {
    /// `manual`, `automated`, `manual-or-automated-by-resource-type` or `none`.
    pub mode: Arc<str>,
    /// One line for every source.
    pub hint: Option<Arc<str>>,
    /// The concrete argument, for a resource type (`aws_ebs_volume`, `AWS::EC2::Volume`) or for a whole source (`terraform`,
    /// `cloudformation`, `aws-config`). The type goes first.
    pub hints: BTreeMap<Arc<str>, Arc<str>>,
    /// For `manual-or-automated-by-resource-type`: which is which.
    pub by_resource_type: BTreeMap<Arc<str>, Arc<str>>,
    /// What a machine would do.
    pub automation: Option<Automation>,
    /// The role that must approve a remediation.
    pub requires_approval_from: Option<Arc<str>>,
}

/// How a control is mended by a machine. Nothing in this program runs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Automation {
    /// The document that mends.
    pub runbook: Option<Arc<str>>,
    /// True unless the control says otherwise: show what would be done.
    pub dry_run: bool,
    /// The document that takes it back.
    pub rollback: Option<Arc<str>>,
    /// What one run can reach: `resource`, `account` or `org`.
    pub blast_radius: Option<Arc<str>>,
    /// Who is told.
    pub notify: Vec<Arc<str>>,
    /// Environments in which it has to work first.
    pub soak_environments: Vec<Environment>,
}

impl Default for Automation {
    fn default() -> Self {
        Self {
            runbook: None,
            dry_run: true,
            rollback: None,
            blast_radius: None,
            notify: Vec::new(),
            soak_environments: Vec::new(),
        }
    }
}

/// A rule named by a control.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleReference {
    /// `rego`, or an engine that only documents where else the control is checked (`aws-config`, `cfn-guard`).
    pub engine: Arc<str>,
    /// Package (rego) or name.
    pub name: Arc<str>,
}

/// What a control is decided on: the sources of resources, and the reports that are no configuration at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecidedOn {
    /// Terraform source, plan or state.
    Terraform,
    /// CloudFormation template or change set, and what Cloud Control shows in its words.
    CloudFormation,
    /// Configuration items of AWS Config.
    AwsConfig,
    /// What happened: CloudTrail events.
    Events,
    /// What only a report of the account tells: the credential report, the account summary.
    Account,
}

impl DecidedOn {
    /// Every source, in the order in which lists show them.
    pub const ALL: [Self; 5] = [
        Self::Terraform,
        Self::CloudFormation,
        Self::AwsConfig,
        Self::Events,
        Self::Account,
    ];
    /// The sources whose resources a rule runs on.
    pub const CONFIGURATION: [Self; 3] = [Self::Terraform, Self::CloudFormation, Self::AwsConfig];

    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::CloudFormation => "cloudformation",
            Self::AwsConfig => "aws-config",
            Self::Events => "events",
            Self::Account => "account",
        }
    }

    /// The words used in sentences.
    pub fn described(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::CloudFormation => "CloudFormation",
            Self::AwsConfig => "AWS Config items",
            Self::Events => "events",
            Self::Account => "account reports",
        }
    }

    /// True when resources come from it, so that a rule can decide.
    pub fn is_configuration(self) -> bool {
        Self::CONFIGURATION.contains(&self)
    }
}

impl From<SourceKind> for DecidedOn {
    fn from(source: SourceKind) -> Self {
        match source {
            SourceKind::Terraform => Self::Terraform,
            SourceKind::CloudFormation => Self::CloudFormation,
            SourceKind::AwsConfig => Self::AwsConfig,
        }
    }
}

/// A validated control with its rule texts.
#[derive(Clone, Debug)]
pub struct Control {
    /// Identity.
    pub id: ControlId,
    /// One line.
    pub title: Arc<str>,
    /// Why it exists.
    pub intent: Arc<str>,
    /// How bad a deviation is.
    pub severity: Severity,
    /// What it applies to.
    pub scope: Scope,
    /// What can decide it; never empty.
    pub evaluable_on: Vec<DecidedOn>,
    /// True when the author wrote what can decide it: a claim that cases have to prove.
    pub claims_sources: bool,
    /// Systems that prove it operates.
    pub evidence_sources: Vec<Arc<str>>,
    /// Exception terms.
    pub exception: ExceptionTerms,
    /// Way back.
    pub remediation: Remediation,
    /// Who answers for the control.
    pub owner: Option<Arc<str>>,
    /// How often the control itself is reviewed.
    pub review_cadence: Option<Arc<str>>,
    /// How many days evidence of it is kept.
    pub retention_days: Option<u32>,
    /// `active`, `draft` or `deprecated`; only active controls are evaluated.
    pub status: Arc<str>,
    /// Where it is checked, from `pre-commit` to `remediation`; empty when the control does not say.
    pub stages: Vec<Arc<str>>,
    /// True when it says what AWS operates and what we configure.
    pub has_responsibility: bool,
    /// Empty means prevent and detect.
    pub guardrails: Vec<Guardrail>,
    /// The rules that implement it.
    pub rules: Vec<RuleReference>,
    /// Parameters with their defaults, seen by the rule as `input.params`.
    pub parameters: BTreeMap<Arc<str>, Value>,
    /// Parameters that differ in an environment. Resources of that environment are judged with them; rules about all
    /// resources of an account together are not.
    pub parameters_in: BTreeMap<Environment, BTreeMap<Arc<str>, Value>>,
    /// The services and settings that implement it, as the author names them.
    pub implementation: Vec<Arc<str>>,
    /// Framework key → requirement ids.
    pub mappings: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// Rego texts of this control.
    pub rego: Vec<Arc<Source>>,
    /// The Rego package that holds `deny`.
    pub package: Arc<str>,
    /// Where the control is defined.
    pub span: Span,
}

impl Control {
    /// True when a broken control never blocks a change.
    pub fn is_advisory(&self) -> bool {
        self.guardrails.contains(&Guardrail::Advisory)
    }

    /// True when a rule on resources can decide it, whatever source they come from.
    pub fn is_decided_on_configuration(&self) -> bool {
        self.evaluable_on.iter().any(|on| on.is_configuration())
    }

    /// What it is decided on, in words: `Terraform, CloudFormation`.
    pub fn decided_on(&self) -> String {
        let words: Vec<&str> = self.evaluable_on.iter().map(|on| on.described()).collect();
        words.join(", ")
    }
}

/// The validated controls of a run and the Rego library they share.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// By id, in id order.
    pub controls: BTreeMap<ControlId, Control>,
    /// Shared Rego texts (`controls/lib/*.rego`).
    pub library: Vec<Arc<Source>>,
}
