//! What an evaluation yields. Plain data: gate and reports read it, nobody re-derives it.

use std::sync::Arc;

use crate::control::{ControlId, Severity};
use crate::diagnostic::Diagnostic;
use crate::evaluation::Fingerprint;
use crate::resource::Resource;
use crate::rule::Outcome;
use crate::source::Span;
use crate::value::AttributePath;

/// Why an outcome is what it is: an unknown that mattered, an assumption, a scope that excluded the resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The canonical path concerned, empty for the whole resource.
    pub path: String,
    /// A stable word: an unknown reason (`reference`, `computed_default`, …), `scope`, `scope_assumed`, `source`,
    /// `partial_input`, `condition`, `rule_error`.
    pub kind: &'static str,
    /// One sentence for people.
    pub text: String,
}

/// The outcome of one control on one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The control.
    pub control: ControlId,
    /// Severity of the control.
    pub severity: Severity,
    /// Resource id, or `account/region` for an inventory rule.
    pub subject: String,
    /// The outcome. A suppressed failure stays `Fail`.
    pub outcome: Outcome,
    /// Why, for everything but a plain pass or fail.
    pub reasons: Vec<Reason>,
}

/// The resource of a finding as reports show it.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingResource {
    /// Address, logical id or ARN.
    pub id: String,
    /// Terraform type name, or the native type where the typemap knows none.
    pub resource_type: String,
    /// Canonical kind.
    pub kind: Option<String>,
    /// Account id.
    pub account: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Environment after alias resolution.
    pub environment: Option<String>,
    /// Owner.
    pub owner: Option<String>,
}

impl FindingResource {
    /// A resource as reports show it.
    pub fn of(resource: &Resource) -> Self {
        let text = |derived: &crate::resource::Derived| derived.shown().map(str::to_owned);
        let context = &resource.context;
        Self {
            id: resource.id.to_string(),
            resource_type: resource.resource_type.to_string(),
            kind: resource.kind.as_deref().map(str::to_owned),
            account: text(&context.account),
            region: text(&context.region),
            environment: text(&context.environment),
            owner: text(&context.owner),
        }
    }
}

/// How an exception relates to a finding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suppression {
    /// Exception id.
    pub id: String,
    /// Lifecycle state at the evaluation's as-of instant.
    pub state: String,
    /// Last day (or instant) of the exception, as written.
    pub expires_on: Option<String>,
    /// Days left, for records that still run.
    pub days_left: Option<i64>,
    /// Days since the end, for expired records.
    pub expired_days_ago: Option<i64>,
    /// Whether it takes the finding out of the gate's count.
    pub suppresses: bool,
    /// The one that decided, when several match.
    pub primary: bool,
    /// Who approved it.
    pub approved_by: Vec<String>,
    /// Why it was not applied, or what drifted.
    pub note: Option<String>,
    /// The reason given in the record.
    pub reason: Option<String>,
    /// What protects in the meantime, one sentence each.
    pub compensating_controls: Vec<String>,
    /// Where the record is written.
    pub definition: Option<Span>,
}

/// How a finding stands to the change that the input describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The change brings it, or nobody knows whether it was there before.
    Introduced,
    /// It was there before the change.
    Existing,
    /// It was there before the change and will not be after it.
    Fixed,
}

impl ChangeKind {
    /// The kind that a report names so.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Introduced, Self::Existing, Self::Fixed]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Introduced => "introduced",
            Self::Existing => "existing",
            Self::Fixed => "fixed",
        }
    }
}

/// A broken control on a resource, or an unknown that the gate counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Stable identity across runs.
    pub fingerprint: Fingerprint,
    /// The control.
    pub control: ControlId,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// True when the control never blocks.
    pub advisory: bool,
    /// `Fail`, or `Unknown`.
    pub outcome: Outcome,
    /// The resource; `None` when an inventory rule finds something missing.
    pub resource: Option<FindingResource>,
    /// Canonical attribute path as shown; empty when the resource as a whole is meant.
    pub path: String,
    /// Every canonical path that is violated; an exception limited to fields must cover all of them.
    pub paths: Vec<AttributePath>,
    /// One sentence.
    pub message: String,
    /// What the rule expects.
    pub expected: Option<String>,
    /// What was found.
    pub actual: Option<String>,
    /// How it stands to the change; `None` when the input describes none.
    pub change: Option<ChangeKind>,
    /// For unknown outcomes: what is not known and why.
    pub reasons: Vec<Reason>,
    /// Most specific place first.
    pub locations: Vec<Span>,
    /// False when the lines of `locations` hold a sensitive value and must not be shown.
    pub show_source: bool,
    /// The hint for this source.
    pub remediation: Option<String>,
    /// Matching exceptions, primary first.
    pub exceptions: Vec<Suppression>,
    /// Exceptions that nearly apply, with the reason why they do not.
    pub not_applied: Vec<String>,
}

impl Finding {
    /// True when an active exception takes it out of the gate's count.
    pub fn is_suppressed(&self) -> bool {
        self.exceptions.iter().any(|exception| exception.suppresses)
    }

    /// The order of findings in every report: severity, control, resource, path.
    pub fn report_order(&self) -> impl Ord + '_ {
        (
            std::cmp::Reverse(self.severity),
            &self.control,
            self.resource.as_ref().map(|resource| resource.id.as_str()),
            self.path.as_str(),
            self.message.as_str(),
        )
    }
}

/// A control that nothing among the inputs can decide: it is neither a pass nor forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEvaluated {
    /// The control.
    pub control: ControlId,
    /// What decides it, and that no input is one.
    pub reason: String,
}

/// Everything one evaluation yields, in report order.
#[derive(Clone, Debug, Default)]
pub struct Assessment {
    /// One per control and subject in the control's types.
    pub evaluations: Vec<Evaluation>,
    /// Failures: severity, control, resource, path.
    pub findings: Vec<Finding>,
    /// Unknown outcomes in the shape of findings, same order. The gate decides whether they count.
    pub unknowns: Vec<Finding>,
    /// Advisory messages of rules (`warn`), same shape and order; they never count.
    pub warnings: Vec<Finding>,
    /// Failures of before the change that it fixes, same shape and order; they never count.
    pub fixed: Vec<Finding>,
    /// Controls that are decided on sources of which no input is one, in id order.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Rule errors and the like.
    pub diagnostics: Vec<Diagnostic>,
    /// Ids of the exceptions that matched a finding.
    pub used_exceptions: Vec<Arc<str>>,
    /// How many controls were evaluated or could not be.
    pub controls: usize,
    /// How many resources were looked at.
    pub resources: usize,
    /// What was counted, for a report read back that lists no outcomes: `evaluations` is empty then.
    pub recorded: Option<OutcomeCounts>,
}

/// How many evaluations have which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// Compliant.
    pub pass: usize,
    /// Not compliant.
    pub fail: usize,
    /// Undecided.
    pub unknown: usize,
    /// Not in scope.
    pub not_applicable: usize,
    /// Not evaluated because of an error.
    pub error: usize,
}

impl Assessment {
    /// How many evaluations have this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        if let Some(recorded) = &self.recorded {
            return match outcome {
                Outcome::Pass => recorded.pass,
                Outcome::Fail => recorded.fail,
                Outcome::Unknown => recorded.unknown,
                Outcome::NotApplicable => recorded.not_applicable,
                Outcome::Error => recorded.error,
            };
        }
        self.evaluations
            .iter()
            .filter(|evaluation| evaluation.outcome == outcome)
            .count()
    }
}
