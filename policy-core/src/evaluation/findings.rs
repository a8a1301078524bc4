//! From a decision about a resource to evaluations and findings.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::control::Control;
use crate::diagnostic::Diagnostic;
use crate::evaluation::assessment::{Finding, FindingResource, Reason};
use crate::evaluation::evaluator::{Group, Partial, evaluation};
use crate::evaluation::message::{self, Wording};
use crate::evaluation::unknown::{Decision, UnknownRead};
use crate::evaluation::{Fingerprint, alone, codes, locate};
use crate::resource::{Inventory, Resource, SourceKind};
use crate::rule::{Outcome, RuleError, Violation};
use crate::source::Span;
use crate::value::{AttributePath, Step, UnknownReason};

/// Makes the findings of one resource.
pub(crate) struct Findings<'a> {
    inventory: &'a Inventory,
    resource: &'a Resource,
    /// Computed when something is to be said: most resources pass in silence.
    sensitive: OnceCell<Vec<String>>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(inventory: &'a Inventory, resource: &'a Resource) -> Self {
        Self {
            inventory,
            resource,
            sensitive: OnceCell::new(),
        }
    }

    fn sensitive(&self) -> &[String] {
        self.sensitive
            .get_or_init(|| locate::sensitive_texts(self.resource))
    }

    /// Records a decision: the evaluation, and what it says to people.
    pub(crate) fn record(
        &self,
        partial: &mut Partial,
        control: &Control,
        mut decision: Decision,
        assumed: Vec<Reason>,
    ) {
        if self.resource.fragment && alone::asks_for_the_rest(&decision) {
            decision.outcome = Outcome::NotApplicable;
        }
        let subject = self.resource.id.as_str();
        let mut reasons = assumed;
        reasons.extend(self.condition());
        partial
            .warnings
            .extend(self.wording(control, &decision.warnings, &reasons));
        match decision.outcome {
            Outcome::Fail => {
                // A fragment fails for what it writes; what could take it back elsewhere is said.
                reasons.extend(unknown_reasons(&decision));
                partial
                    .findings
                    .extend(self.wording(control, &decision.violations, &reasons));
            }
            Outcome::Unknown => {
                reasons.extend(unknown_reasons(&decision));
                partial.unknowns.push(self.unknown(control, &decision, &reasons));
            }
            Outcome::Error => {
                let (diagnostic, reason) = rule_error(
                    control,
                    subject,
                    decision.error.as_ref(),
                    self.resource.origin.block.as_ref(),
                );
                partial.diagnostics.extend(diagnostic);
                reasons.push(reason);
            }
            Outcome::NotApplicable => reasons.extend(unknown_reasons(&decision)),
            Outcome::Pass => {}
        }
        partial
            .evaluations
            .push(evaluation(control, subject, decision.outcome, reasons));
    }

    /// An undecidable condition does not make a finding go away; it is said.
    fn condition(&self) -> Option<Reason> {
        self.resource.condition.as_ref().map(|condition| Reason {
            path: String::new(),
            kind: "condition",
            text: format!(
                "whether the resource exists cannot be decided here: {}",
                told(condition)
            ),
        })
    }

    pub(crate) fn wording(
        &self,
        control: &Control,
        violations: &[Violation],
        reasons: &[Reason],
    ) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        for violation in violations {
            let words = message::word(&control.title, Some(self.resource), violation, self.sensitive());
            let ordinal = findings
                .iter()
                .filter(|finding| stable(&finding.paths) == stable(&violation.paths))
                .count();
            findings.push(self.finding(
                control,
                Outcome::Fail,
                words,
                &violation.paths,
                ordinal,
                reasons.to_vec(),
            ));
        }
        findings
    }

    fn unknown(&self, control: &Control, decision: &Decision, reasons: &[Reason]) -> Finding {
        let first = decision.unknowns.first().map(UnknownRead::attribute);
        let path = first.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = match decision.unknowns.len() {
            0 => format!("{} cannot be decided", control.id),
            _ => format!("cannot be decided: {path} is not known"),
        };
        let paths: Vec<AttributePath> = first.iter().cloned().collect();
        let words = Wording {
            primary: first,
            path,
            message,
            expected: None,
            actual: None,
        };
        self.finding(control, Outcome::Unknown, words, &paths, 0, reasons.to_vec())
    }

    fn finding(
        &self,
        control: &Control,
        outcome: Outcome,
        words: Wording,
        paths: &[AttributePath],
        ordinal: usize,
        reasons: Vec<Reason>,
    ) -> Finding {
        let locations = match &words.primary {
            Some(path) => locate::locations(self.resource, self.inventory, path),
            None => locate::whole(self.resource),
        };
        let show_source = !locations
            .iter()
            .any(|span| locate::line_reveals(span, self.sensitive()));
        Finding {
            fingerprint: Fingerprint::new(&control.id, self.resource.id.as_str(), &stable(paths), ordinal),
            control: control.id.clone(),
            title: control.title.to_string(),
            severity: control.severity,
            advisory: control.is_advisory(),
            outcome,
            resource: Some(FindingResource::of(self.resource)),
            path: words.path,
            paths: paths.to_vec(),
            message: words.message,
            expected: words.expected,
            actual: words.actual,
            change: None,
            reasons,
            locations,
            show_source,
            remediation: remediation(control, self.resource),
            exceptions: Vec::new(),
            not_applied: Vec::new(),
        }
    }
}

impl Group<'_> {
    /// Records what an inventory rule decided: blamed resources fail, the others pass; what is missing altogether is
    /// a failure only when the inputs are complete.
    pub(crate) fn record(&self, control: &Control, decision: Decision, complete: bool) -> Partial {
        let mut partial = Partial::default();
        match decision.outcome {
            Outcome::Error => {
                let (diagnostic, reason) = rule_error(control, &self.name, decision.error.as_ref(), None);
                partial.diagnostics.extend(diagnostic);
                partial
                    .evaluations
                    .push(evaluation(control, &self.name, Outcome::Error, vec![reason]));
            }
            Outcome::Unknown => {
                let reasons: Vec<Reason> = self
                    .assumed
                    .iter()
                    .cloned()
                    .chain(unknown_reasons(&decision))
                    .collect();
                let message = format!("cannot be decided for {}", self.name);
                partial
                    .unknowns
                    .push(self.missing(control, Outcome::Unknown, message, reasons.clone()));
                partial
                    .evaluations
                    .push(evaluation(control, &self.name, Outcome::Unknown, reasons));
            }
            Outcome::Pass | Outcome::Fail | Outcome::NotApplicable => {
                self.record_decided(&mut partial, control, &decision, complete)
            }
        }
        partial
    }

    fn record_decided(&self, partial: &mut Partial, control: &Control, decision: &Decision, complete: bool) {
        let (blaming, missing): (Vec<&Violation>, Vec<&Violation>) = decision
            .violations
            .iter()
            .partition(|violation| violation.resource.is_some());
        for (inventory, resource) in &self.members {
            let own: Vec<Violation> = blaming
                .iter()
                .filter(|violation| violation.resource.as_deref() == Some(resource.id.as_str()))
                .map(|violation| (*violation).clone())
                .collect();
            let outcome = if own.is_empty() {
                Outcome::Pass
            } else {
                Outcome::Fail
            };
            let findings = Findings::new(inventory, resource);
            partial
                .findings
                .extend(findings.wording(control, &own, &self.assumed));
            partial.evaluations.push(evaluation(
                control,
                resource.id.as_str(),
                outcome,
                self.assumed.clone(),
            ));
        }
        let known = |id: &str| {
            self.members
                .iter()
                .any(|(_, resource)| resource.id.as_str() == id)
        };
        let stray = blaming
            .into_iter()
            .filter(|violation| !violation.resource.as_deref().is_some_and(known));
        let absent: Vec<&Violation> = missing.into_iter().chain(stray).collect();
        if let Some(first) = absent.first() {
            let words = message::word(&control.title, None, first, &[]);
            let (outcome, reasons) = match (complete, self.unseen.first()) {
                (true, None) => (Outcome::Fail, Vec::new()),
                (false, None) => (Outcome::Unknown, vec![partial_input(&self.name)]),
                (_, Some(part)) => (Outcome::Unknown, vec![unseen(&self.name, part, complete)]),
            };
            let complete = outcome == Outcome::Fail;
            let finding = self.missing(control, outcome, words.message, reasons.clone());
            if complete {
                partial.findings.push(finding)
            } else {
                partial.unknowns.push(finding)
            }
            partial
                .evaluations
                .push(evaluation(control, &self.name, outcome, reasons));
        }
    }

    /// Records that the rule is satisfied only by resources that may not exist. `without` is what it says without them.
    pub(crate) fn record_doubt(
        &self,
        partial: &mut Partial,
        control: &Control,
        without: &Decision,
        complete: bool,
    ) {
        let conditions = self
            .members
            .iter()
            .filter_map(|(_, resource)| resource.condition.clone());
        let reasons = vec![conditional(&self.name, conditions, complete)];
        let message = match without.violations.iter().find(|one| one.resource.is_none()) {
            Some(lacking) => message::word(&control.title, None, lacking, &[]).message,
            None => format!("cannot be decided for {}", self.name),
        };
        partial
            .unknowns
            .push(self.missing(control, Outcome::Unknown, message, reasons.clone()));
        partial
            .evaluations
            .push(evaluation(control, &self.name, Outcome::Unknown, reasons));
    }

    fn missing(&self, control: &Control, outcome: Outcome, message: String, reasons: Vec<Reason>) -> Finding {
        Finding {
            fingerprint: Fingerprint::new(&control.id, &self.name, "", 0),
            control: control.id.clone(),
            title: control.title.to_string(),
            severity: control.severity,
            advisory: control.is_advisory(),
            outcome,
            resource: None,
            path: String::new(),
            paths: Vec::new(),
            message,
            expected: None,
            actual: None,
            change: None,
            reasons,
            locations: Vec::new(),
            show_source: true,
            remediation: control.remediation.hint.as_deref().map(str::to_owned),
            exceptions: Vec::new(),
            not_applied: Vec::new(),
        }
    }
}

/// The path that identifies a finding: the first one of the rule, without list positions, which shift when elements
/// are reordered.
pub(crate) fn stable(paths: &[AttributePath]) -> String {
    let steps = paths.first().map(AttributePath::steps).unwrap_or_default();
    let keys = steps
        .iter()
        .filter(|step| matches!(step, Step::Key(_)))
        .cloned()
        .collect();
    AttributePath::new(keys).to_string()
}

fn partial_input(group: &str) -> Reason {
    Reason {
        path: String::new(),
        kind: "partial_input",
        text: format!(
            "{group}: nothing here satisfies it, and another stack may; pass --complete when the inputs show everything"
        ),
    }
}

/// A part of the input that is not read may have it. Who says that the inputs are complete can give that part, so the
/// gate counts it then; else another stack may have it as well.
fn unseen(group: &str, part: &str, complete: bool) -> Reason {
    let kind = match complete {
        true => UnknownReason::NotRecorded.as_str(),
        false => "partial_input",
    };
    Reason {
        path: String::new(),
        kind,
        text: format!("{group}: nothing here satisfies it, and not everything is seen: {part}"),
    }
}

/// What there is may not exist. Who says that the inputs are complete can say whether it does, so the gate counts it
/// then; else another stack may have it as well.
fn conditional(group: &str, conditions: impl Iterator<Item = Arc<str>>, complete: bool) -> Reason {
    let kind = match complete {
        true => UnknownReason::Condition.as_str(),
        false => "partial_input",
    };
    let conditions = distinct(conditions);
    Reason {
        path: String::new(),
        kind,
        text: format!("{group}: only what may not exist satisfies it: {conditions}"),
    }
}

/// A condition in a sentence: CloudFormation gives its name, Terraform source says what it is.
fn told(condition: &str) -> String {
    match condition.contains('`') {
        true => condition.to_owned(),
        false => format!("condition `{condition}`"),
    }
}

/// The first few conditions, each once.
fn distinct(texts: impl Iterator<Item = Arc<str>>) -> String {
    const MOST: usize = 3;
    let all: std::collections::BTreeSet<Arc<str>> = texts.collect();
    let mut shown: Vec<String> = all.iter().take(MOST).map(|text| told(text)).collect();
    if all.len() > MOST {
        shown.push("and others".to_owned());
    }
    shown.join("; ")
}

fn unknown_reasons(decision: &Decision) -> Vec<Reason> {
    decision
        .unknowns
        .iter()
        .map(|read| {
            let unknown = &read.unknown;
            let refs = if unknown.refs.is_empty() {
                String::new()
            } else {
                format!(" ({})", unknown.refs.join(", "))
            };
            let path = read.attribute().to_string();
            let text = format!("{path} {}{refs}", explain(unknown.reason));
            Reason {
                path,
                kind: unknown.reason.as_str(),
                text,
            }
        })
        .collect()
}

/// What a reason means, after the name of the attribute.
fn explain(reason: crate::value::UnknownReason) -> &'static str {
    use crate::value::UnknownReason as Why;
    match reason {
        Why::Reference => "is known only after apply: it refers to another resource",
        Why::ComputedDefault => "is not written and is decided by the provider or the service",
        Why::UnverifiedDefault => "is not written, and no documentation confirms its default",
        Why::MaybeDynamic => "is either not written or made by a dynamic block of unknown length",
        Why::Variable => "depends on a variable or local value that is not known",
        Why::Parameter => "depends on a parameter without a value",
        Why::Condition => "depends on a condition that cannot be decided",
        Why::DataSource => "is read from a data source during apply",
        Why::Import => "is imported from another stack",
        Why::DynamicReference => "is a dynamic reference that the service resolves",
        Why::Expression => "is an expression that is not evaluated",
        Why::MaybeSatellite => "may be set by another resource whose target is not known",
        Why::NotRecorded => "was not recorded",
        Why::PartialInput => "is outside of what this input shows",
    }
}

fn rule_error(
    control: &Control,
    subject: &str,
    error: Option<&RuleError>,
    block: Option<&Span>,
) -> (Option<Diagnostic>, Reason) {
    let text = match error {
        Some(error) => format!("{error} (on {subject})"),
        // The load diagnostic already says what is wrong with the rule.
        None => format!("the rule of {} did not load", control.id),
    };
    let reason = Reason {
        path: String::new(),
        kind: "rule_error",
        text: text.clone(),
    };
    let diagnostic = error.map(|error| {
        let mut diagnostic = Diagnostic::new(&codes::EVL001, text);
        if let RuleError::Evaluation { span: Some(span), .. } = error {
            diagnostic = diagnostic.at(span);
        } else {
            diagnostic = diagnostic.at(control.rego.first().map_or(&control.span, |_| &control.span));
        }
        match block {
            Some(block) => diagnostic.label(block, "on this resource"),
            None => diagnostic,
        }
        .help("a rule that fails decides nothing: the outcome is `error` and the run is undecided")
    });
    (diagnostic, reason)
}

/// The hint for the type of the resource, for its source, or for all.
fn remediation(control: &Control, resource: &Resource) -> Option<String> {
    let source = match resource.source {
        SourceKind::Terraform => "terraform",
        SourceKind::CloudFormation => "cloudformation",
        SourceKind::AwsConfig => "aws-config",
    };
    let hints = &control.remediation.hints;
    // AWS Config calls its types as CloudFormation does, and nothing is written there that could be changed.
    let by_type = (resource.source != SourceKind::AwsConfig).then(|| hints.get(&resource.native_type));
    by_type
        .flatten()
        .or_else(|| hints.get(source))
        .or(control.remediation.hint.as_ref())
        .map(|hint| hint.to_string())
}
