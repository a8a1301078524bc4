//! What to do about a finding. Decided here, carried out by nobody here: this program never changes an account.
//!
//! The order of the questions is part of the definition. An accepted deviation is left alone, what is not known is only
//! reported, an advisory control never blocks; before a change the choice is to block it or not, and afterwards a machine
//! may mend something only when every requirement is met. Deleting things and changing permissions are never automatic.

use std::collections::BTreeSet;
use std::fmt;

use crate::control::{Automation, Control, Environment, Guardrail, Severity};
use crate::evaluation::Finding;
use crate::exception::Detection;
use crate::rule::Outcome;

#[cfg(test)]
mod tests;

/// When the finding was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before the change: a plan or a template.
    Plan,
    /// In the account.
    Runtime,
}

/// What mending would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// Set something.
    #[default]
    Modify,
    /// Remove a resource.
    DeleteResource,
    /// Change who may do what.
    ChangePermissions,
}

impl Operation {
    /// The most careful reading of a finding: what is wrong with an IAM resource is mended by changing permissions.
    pub fn of(finding: &Finding) -> Self {
        let permissions = finding.resource.as_ref().is_some_and(|resource| {
            resource.resource_type.starts_with("aws_iam_") || resource.resource_type.starts_with("AWS::IAM::")
        });
        if permissions { Self::ChangePermissions } else { Self::Modify }
    }
}

/// What the decision depends on besides control and finding.
#[derive(Clone, Debug)]
pub struct Context {
    /// When the finding was made.
    pub stage: Stage,
    /// What mending would do.
    pub operation: Operation,
    /// Environments in which the runbook has worked.
    pub soaked: BTreeSet<Environment>,
    /// True when the role that the control names has approved this remediation.
    pub approved: bool,
    /// What monitoring does while the deviation is accepted.
    pub detection: Detection,
}

impl Context {
    /// Nothing is proven and nobody has approved.
    pub fn new(stage: Stage, finding: &Finding) -> Self {
        Self {
            stage,
            operation: Operation::of(finding),
            soaked: BTreeSet::new(),
            approved: false,
            detection: Detection::default(),
        }
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing: an exception in force accepts it.
    NoneExcepted,
    /// Stop the change.
    Block,
    /// Report it.
    Report,
    /// Wake somebody.
    Alert,
    /// Open a ticket for the owner.
    OpenTicket,
    /// Propose to isolate the resource until somebody decides.
    QuarantineProposal,
    /// Have the runbook mend it.
    AutoRemediate,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 7] = [
        Self::NoneExcepted,
        Self::Block,
        Self::Report,
        Self::Alert,
        Self::OpenTicket,
        Self::QuarantineProposal,
        Self::AutoRemediate,
    ];

    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoneExcepted => "none-excepted",
            Self::Block => "block",
            Self::Report => "report",
            Self::Alert => "alert",
            Self::OpenTicket => "open-ticket",
            Self::QuarantineProposal => "quarantine-proposal",
            Self::AutoRemediate => "auto-remediate",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What has to be there before a machine may mend something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// The control is mended by machines, for this type of resource.
    Automated,
    /// A runbook.
    Runbook,
    /// A way back.
    Rollback,
    /// One run reaches one resource.
    BlastRadius,
    /// Somebody is told.
    Notification,
    /// The resource has an owner.
    Owner,
    /// It has worked where nothing can break.
    Soak,
    /// The named role has approved.
    Approval,
    /// Nothing is deleted.
    NothingDeleted,
    /// Nobody's permissions change.
    PermissionsKept,
}

impl Requirement {
    /// The sentence that says what is missing.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automated => "`remediation.mode` must be automated for this type of resource",
            Self::Runbook => "`remediation.automation.runbook` must name a runbook",
            Self::Rollback => "`remediation.automation.rollback` must name a way back",
            Self::BlastRadius => "`remediation.automation.blastRadius` must be resource",
            Self::Notification => "`remediation.automation.notify` must name somebody",
            Self::Owner => "the resource must have an owner",
            Self::Soak => "the runbook must have worked in every environment of `remediation.automation.soakEnvironments`",
            Self::Approval => "the role of `remediation.requiresApprovalFrom` must approve",
            Self::NothingDeleted => "a resource is never deleted by a machine",
            Self::PermissionsKept => "permissions are never changed by a machine",
        }
    }
}

/// What to do about a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// How the control works: its guardrails, or prevent and detect when it names none.
    pub mode: Vec<Guardrail>,
    /// True unless the control says that the runbook may run for real.
    pub dry_run: bool,
    /// True when an accepted deviation still alerts.
    pub still_alerts: bool,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
    /// What is missing before a machine could mend it.
    pub requires: Vec<Requirement>,
}

/// Decides. Pure: the same arguments give the same decision.
pub fn decide(control: &Control, finding: &Finding, context: &Context) -> Decision {
    let mode = if control.guardrails.is_empty() {
        vec![Guardrail::Prevent, Guardrail::Detect]
    } else {
        control.guardrails.clone()
    };
    let mut decision = Decision {
        action: Action::Report,
        mode,
        dry_run: true,
        still_alerts: false,
        reasons: Vec::new(),
        requires: Vec::new(),
    };
    let reason = if finding.is_suppressed() {
        decision.action = Action::NoneExcepted;
        decision.still_alerts = context.stage == Stage::Runtime && context.detection == Detection::KeepAlerting;
        "an exception in force accepts it"
    } else if finding.outcome == Outcome::Unknown {
        "it is not known whether the control is broken"
    } else if finding.advisory || control.is_advisory() {
        "the control is advisory"
    } else {
        match context.stage {
            Stage::Plan => before_the_change(&mut decision),
            Stage::Runtime => in_the_account(&mut decision, control, finding, context),
        }
    };
    decision.reasons.insert(0, reason.to_owned());
    decision
}

fn before_the_change(decision: &mut Decision) -> &'static str {
    if decision.mode.contains(&Guardrail::Prevent) {
        decision.action = Action::Block;
        "the control prevents, and the change has not been made"
    } else {
        "the control does not prevent; it is judged again in the account"
    }
}

fn in_the_account(decision: &mut Decision, control: &Control, finding: &Finding, context: &Context) -> &'static str {
    let has = |guardrail| decision.mode.contains(&guardrail);
    if has(Guardrail::Correct) {
        decision.requires = missing(control, finding, context);
        if decision.requires.is_empty() {
            decision.action = Action::AutoRemediate;
            decision.dry_run = control.remediation.automation.as_ref().is_none_or(|automation| automation.dry_run);
            return "the control corrects, and everything that an automatic remediation needs is there";
        }
        decision.reasons = decision.requires.iter().map(|missing| missing.as_str().to_owned()).collect();
        if context.operation == Operation::DeleteResource || control.severity == Severity::Critical {
            decision.action = Action::QuarantineProposal;
            return "the control corrects, but not without a person; the resource can be isolated until then";
        }
        decision.action = Action::OpenTicket;
        return "the control corrects, but not without a person";
    }
    if has(Guardrail::OwnerWorkflow) {
        decision.action = Action::OpenTicket;
        return "the owner decides how it is mended";
    }
    if has(Guardrail::Alert) {
        decision.action = Action::Alert;
        return "somebody has to look at it";
    }
    if has(Guardrail::Prevent) && !control.guardrails.is_empty() && control.severity >= Severity::High {
        decision.action = Action::Alert;
        return "the control prevents it, and it happened anyway";
    }
    "the control detects"
}

/// What an automatic remediation lacks, in the order of [`Requirement`].
fn missing(control: &Control, finding: &Finding, context: &Context) -> Vec<Requirement> {
    let remediation = &control.remediation;
    let none = Automation::default();
    let automation = remediation.automation.as_ref().unwrap_or(&none);
    let met = [
        (Requirement::Automated, is_automated(control, finding)),
        (Requirement::Runbook, automation.runbook.is_some()),
        (Requirement::Rollback, automation.rollback.is_some()),
        (Requirement::BlastRadius, automation.blast_radius.as_deref() == Some("resource")),
        (Requirement::Notification, !automation.notify.is_empty()),
        (Requirement::Owner, finding.resource.as_ref().is_some_and(|resource| resource.owner.is_some())),
        (Requirement::Soak, has_soaked(automation, finding, context)),
        (Requirement::Approval, remediation.requires_approval_from.is_none() || context.approved),
        (Requirement::NothingDeleted, context.operation != Operation::DeleteResource),
        (Requirement::PermissionsKept, context.operation != Operation::ChangePermissions),
    ];
    met.into_iter().filter(|(_, met)| !met).map(|(requirement, _)| requirement).collect()
}

fn is_automated(control: &Control, finding: &Finding) -> bool {
    match &*control.remediation.mode {
        "automated" => true,
        "manual-or-automated-by-resource-type" => finding.resource.as_ref().is_some_and(|resource| {
            let by_type = &control.remediation.by_resource_type;
            let kind = resource.kind.as_deref().unwrap_or_default();
            let family = kind.split('_').next().unwrap_or_default();
            // The most specific name decides.
            let mode = [&*resource.resource_type, kind, family].into_iter().find_map(|name| by_type.get(name));
            mode.is_some_and(|mode| &**mode == "automated")
        }),
        _ => false,
    }
}

/// An environment in which the runbook soaks may be mended; any other only after all of them.
fn has_soaked(automation: &Automation, finding: &Finding, context: &Context) -> bool {
    let here = finding.resource.as_ref().and_then(|resource| resource.environment.as_deref()).map(Environment::resolve);
    let soaks_here = here.is_some_and(|here| automation.soak_environments.contains(&here));
    let soaked = automation.soak_environments.iter().all(|environment| context.soaked.contains(environment));
    soaks_here || (soaked && !automation.soak_environments.is_empty())
}
