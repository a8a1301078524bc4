//! The nine sections, and what it takes to fill them.

use std::fmt;

use super::{Draft, Subject};

/// A section that every package has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// What is required and why.
    ControlDescription,
    /// What it applies to.
    Scope,
    /// How it is implemented.
    Implementation,
    /// Which systems prove it.
    EvidenceSource,
    /// What they recorded.
    SampleEvidence,
    /// Which days it speaks of.
    TimeWindow,
    /// Which deviations are accepted.
    KnownExceptions,
    /// How the evidence relates to the requirement.
    Explanation,
    /// Who looked at it.
    SignOff,
}

impl Section {
    /// Every section.
    pub const ALL: [Self; 9] = [
        Self::ControlDescription,
        Self::Scope,
        Self::Implementation,
        Self::EvidenceSource,
        Self::SampleEvidence,
        Self::TimeWindow,
        Self::KnownExceptions,
        Self::Explanation,
        Self::SignOff,
    ];

    /// The name used in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ControlDescription => "control description",
            Self::Scope => "scope",
            Self::Implementation => "implementation",
            Self::EvidenceSource => "evidence source",
            Self::SampleEvidence => "sample evidence",
            Self::TimeWindow => "time window",
            Self::KnownExceptions => "known exceptions",
            Self::Explanation => "explanation",
            Self::SignOff => "review sign-off",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A section that cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The section.
    pub section: Section,
    /// Why.
    pub why: String,
    /// How to fill it.
    pub help: String,
}

pub(super) fn sentence(missing: &[Missing]) -> String {
    let names: Vec<&str> = missing.iter().map(|missing| missing.section.as_str()).collect();
    let plural = if names.len() == 1 { "section is" } else { "sections are" };
    format!("the package is not complete; {} {plural} missing: {}", names.len(), names.join(", "))
}

/// Every section that cannot be filled, in the order of the sections.
pub(super) fn missing(draft: &Draft<'_>) -> Vec<Missing> {
    let absent = |section| why(draft, section).map(|(why, help)| Missing { section, why, help });
    Section::ALL.into_iter().filter_map(absent).collect()
}

fn why(draft: &Draft<'_>, section: Section) -> Option<(String, String)> {
    let request = draft.request;
    match section {
        Section::ControlDescription => controls_without(draft, "a title", "`title`", |control| !control.title.trim().is_empty()),
        Section::Scope => controls_without(draft, "a scope", "`scope.resourceTypes` or `scope.environments`", |control| {
            !control.scope.resource_types.is_empty()
                || control.scope.environments.is_some()
                || control.scope.explicit_all_environments
        }),
        Section::Implementation => {
            controls_without(draft, "an implementation", "`implementation`, or a rule", |control| {
                !control.implementation.is_empty() || !control.rego.is_empty() || !control.rules.is_empty()
            })
        }
        Section::EvidenceSource => controls_without(draft, "an evidence source", "`evidenceSources`", |control| {
            !control.evidence_sources.is_empty()
        }),
        Section::Explanation => controls_without(draft, "an intent", "`intent`", |control| !control.intent.trim().is_empty()),
        Section::SampleEvidence => sample_evidence(draft),
        Section::TimeWindow => {
            if request.from > request.to {
                return Some((
                    format!("{} is after {}", request.from, request.to),
                    "write the first day as --from and the last one as --to".into(),
                ));
            }
            let today = request.as_of.date(draft.zone());
            (request.to > today).then(|| {
                let why = format!("the window ends on {}, and the package is made as of {today}", request.to);
                (why, "end the window in the past: nobody has evidence of the future".into())
            })
        }
        Section::KnownExceptions => request.registry.is_none().then(|| {
            let help = "give the directory of the exception records with --exceptions; it may be empty".into();
            ("no exception registry was looked at".into(), help)
        }),
        Section::SignOff => sign_off(draft),
    }
}

fn controls_without(
    draft: &Draft<'_>,
    what: &str,
    field: &str,
    has: impl Fn(&crate::control::Control) -> bool,
) -> Option<(String, String)> {
    let without: Vec<&str> =
        draft.controls.iter().filter(|control| !has(control)).map(|control| control.id.as_str()).collect();
    (!without.is_empty()).then(|| (format!("{} has no {}", without.join(", "), what.trim_start_matches("a ").trim_start_matches("an ")), format!("add {field} to the control")))
}

fn sample_evidence(draft: &Draft<'_>) -> Option<(String, String)> {
    let help = "save reports with `policy check -o json=FILE --all-outcomes` in the window, and give them with --report";
    let seen = |id: &str| draft.records.iter().any(|record| record.control_id == id && record.status != "not-applicable");
    let without: Vec<&str> = draft.controls.iter().map(|control| control.id.as_str()).filter(|id| !seen(id)).collect();
    let nothing = match &draft.request.subject {
        Subject::Control(_) => !without.is_empty(),
        // A framework is more than what one kind of input can show; the package lists what has no evidence.
        Subject::Framework(_) => without.len() == draft.controls.len(),
    };
    if !nothing {
        return None;
    }
    let unused: Vec<String> = draft.unused.iter().map(|(name, why)| format!("`{name}`: {why}")).collect();
    let why = match (draft.request.reports.is_empty(), unused.is_empty()) {
        (true, _) => "no report was given".to_owned(),
        (false, true) => "the reports of the window say nothing about it".to_owned(),
        (false, false) => format!("no report can be used ({})", unused.join("; ")),
    };
    Some((why, help.into()))
}

fn sign_off(draft: &Draft<'_>) -> Option<(String, String)> {
    let Some(sign_off) = draft.request.sign_off else {
        let help = "write a file with `reviewedBy`, `role` and `reviewedOn`, and give it with --sign-off".into();
        return Some(("nobody signed off the evidence".into(), help));
    };
    if sign_off.reviewed_by.trim().is_empty() {
        return Some(("`reviewedBy` names nobody".into(), "name the person who looked at the evidence".into()));
    }
    if sign_off.reviewed_on > draft.request.as_of.date(draft.zone()) {
        let why = format!("the sign-off is of {}, which is still to come", sign_off.reviewed_on);
        return Some((why, "write the day of the review".into()));
    }
    let latest = draft.evidence.iter().filter_map(|report| report.day()).max()?;
    (sign_off.reviewed_on < latest).then(|| {
        let why = format!("the sign-off is of {}, and there is evidence of {latest}", sign_off.reviewed_on);
        (why, "have all of the evidence reviewed".into())
    })
}
