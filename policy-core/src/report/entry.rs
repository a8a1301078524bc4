//! What every format lists: each finding, unknown and advisory remark of a run once, with its standing.
//!
//! Formats iterate over [`entries`] instead of the lists of the assessment, so none of them can forget one.

use std::collections::BTreeMap;

use crate::evaluation::{Evaluation, Finding, Fingerprint};
use crate::gate;
use crate::report::Run;
use crate::report::text;
use crate::rule::Outcome;

/// In which role a finding is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// A failure that nobody accepted.
    Open,
    /// A failure that an exception in force accepts. It is still a failure.
    Excepted,
    /// An unknown outcome.
    Undecided,
    /// A remark of a rule (`warn`).
    Advisory,
}

impl Standing {
    /// The word used in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Excepted => "excepted",
            Self::Undecided => "undecided",
            Self::Advisory => "advisory",
        }
    }
}

/// One finding as a format lists it.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    /// The finding.
    pub(crate) finding: &'a Finding,
    /// Its role.
    pub(crate) standing: Standing,
    /// Whether the gate counts it.
    pub(crate) counts: bool,
    /// The fingerprint, with a number where several entries of the run share one (the same file given twice, a remark
    /// about the path of a finding): formats with an id per entry would merge them otherwise.
    pub(crate) key: String,
}

impl Entry<'_> {
    /// The resource, or what stands for it when an inventory rule finds something missing.
    pub(crate) fn subject(&self) -> &str {
        self.finding
            .resource
            .as_ref()
            .map_or("account", |resource| &resource.id)
    }

    /// The message; for what is undecided, with the reasons.
    pub(crate) fn sentence(&self) -> String {
        let finding = self.finding;
        let message = if finding.message.trim().is_empty() {
            &finding.title
        } else {
            &finding.message
        };
        if self.standing != Standing::Undecided || finding.reasons.is_empty() {
            return message.clone();
        }
        let reasons: Vec<&str> = finding
            .reasons
            .iter()
            .map(|reason| reason.text.as_str())
            .collect();
        format!("{message} ({})", reasons.join("; "))
    }

    /// What the exceptions say about it, one sentence each.
    pub(crate) fn exception_lines(&self) -> Vec<String> {
        let accepted = self.standing == Standing::Excepted;
        self.finding
            .exceptions
            .iter()
            .map(|exception| text::exception_line(exception, accepted))
            .collect()
    }
}

/// Every finding, unknown and remark, in report order.
pub(crate) fn entries(run: &Run) -> Vec<Entry<'_>> {
    let assessment = &run.assessment;
    let failures = assessment.findings.iter().map(|finding| {
        let standing = match finding.outcome {
            Outcome::Unknown => Standing::Undecided,
            _ if finding.is_suppressed() => Standing::Excepted,
            _ => Standing::Open,
        };
        (finding, standing)
    });
    let unknowns = assessment
        .unknowns
        .iter()
        .map(|finding| (finding, Standing::Undecided));
    let remarks = assessment
        .warnings
        .iter()
        .map(|finding| (finding, Standing::Advisory));
    let mut listed: Vec<(&Finding, Standing)> = failures.chain(unknowns).chain(remarks).collect();
    listed.sort_by(|(left, as_left), (right, as_right)| {
        left.report_order()
            .cmp(&right.report_order())
            .then(as_left.cmp(as_right))
    });
    let mut unique = Unique::default();
    listed
        .into_iter()
        .map(|(finding, standing)| {
            let key = unique.key(finding.fingerprint.as_str());
            Entry {
                finding,
                standing,
                counts: counts(run, finding, standing),
                key,
            }
        })
        .collect()
}

/// Numbers the repeated ones of a sequence of keys.
#[derive(Default)]
pub(crate) struct Unique(BTreeMap<String, usize>);

impl Unique {
    /// The key, with a number from its second use on.
    pub(crate) fn key(&mut self, key: &str) -> String {
        let times = self.0.entry(key.to_owned()).or_default();
        *times += 1;
        if *times == 1 {
            key.to_owned()
        } else {
            format!("{key}-{times}")
        }
    }
}

fn counts(run: &Run, finding: &Finding, standing: Standing) -> bool {
    match standing {
        Standing::Open => gate::counts_failure(finding, &run.gate),
        Standing::Undecided => gate::counts_unknown(finding, &run.gate),
        Standing::Excepted | Standing::Advisory => false,
    }
}

/// The evaluations with this outcome, in report order.
pub(crate) fn evaluations(run: &Run, outcome: Outcome) -> impl Iterator<Item = &Evaluation> {
    run.assessment
        .evaluations
        .iter()
        .filter(move |evaluation| evaluation.outcome == outcome)
}

/// The evaluations with this outcome and a key for each. Findings have keys by path; what a control says of a resource
/// as a whole has one of its own.
pub(crate) fn keyed_evaluations(run: &Run, outcome: Outcome) -> impl Iterator<Item = (String, &Evaluation)> {
    let mut unique = Unique::default();
    evaluations(run, outcome).map(move |evaluation| {
        let identity = Fingerprint::new(&evaluation.control, &evaluation.subject, outcome.as_str(), 0);
        (unique.key(identity.as_str()), evaluation)
    })
}

/// The reasons of an evaluation as one text; empty when it has none.
pub(crate) fn reasons_text(evaluation: &Evaluation) -> String {
    let texts: Vec<&str> = evaluation
        .reasons
        .iter()
        .map(|reason| reason.text.as_str())
        .collect();
    texts.join("; ")
}
