//! Controls × sources × cases, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use policy_core::control::{Control, DecidedOn};

use super::cases::{Case, Expectation};

/// The cases of one control, with what is wrong about each.
pub(super) struct Row {
    id: String,
    /// What the table says instead of counts.
    remark: Option<String>,
    /// Compliant and noncompliant cases by format; those that stay undecided are counted in the sum only.
    counts: BTreeMap<String, (usize, usize)>,
    /// How many inputs there are.
    cases: usize,
    /// Inputs that did not come to what they must.
    wrong: Vec<String>,
    /// Cases that should be there.
    missing: Vec<String>,
}

impl Row {
    pub(super) fn new(control: &Control, cases: &[Case], problems: Vec<Option<String>>) -> Self {
        let mut row = Self {
            id: control.id.to_string(),
            remark: None,
            counts: BTreeMap::new(),
            cases: cases.len(),
            wrong: Vec::new(),
            missing: Vec::new(),
        };
        let mut proven: BTreeSet<(DecidedOn, Expectation)> = BTreeSet::new();
        for (case, problem) in cases.iter().zip(problems) {
            let counts = row.counts.entry(case.format.to_string()).or_default();
            match case.expectation {
                Expectation::Compliant => counts.0 += 1,
                Expectation::Noncompliant => counts.1 += 1,
                Expectation::Undecided => {}
            }
            match problem {
                Some(problem) => row.wrong.push(format!(
                    "{} must be {} in {}: {problem}",
                    control.id,
                    case.expectation.word(),
                    case.name
                )),
                None => proven.extend(case.source.map(|source| (source, case.expectation))),
            }
        }
        row.missing = missing(control, cases, &proven);
        if !control.is_decided_on_configuration() {
            row.remark = Some(format!("decided on {}", control.decided_on()));
        }
        row
    }

    /// How many inputs came to what they must.
    fn passed(&self) -> usize {
        self.cases - self.wrong.len()
    }

    fn result(&self) -> String {
        match self.wrong.len() + self.missing.len() {
            0 => "ok".into(),
            count => format!("{count} FAILED"),
        }
    }
}

/// The cases that a control needs and does not have: of both kinds, on every source that it claims.
fn missing(control: &Control, cases: &[Case], proven: &BTreeSet<(DecidedOn, Expectation)>) -> Vec<String> {
    let id = &control.id;
    let mut missing = Vec::new();
    if !control.is_decided_on_configuration() {
        if !cases.is_empty() {
            let on = control.decided_on();
            missing.push(format!(
                "{id} has cases, and it is decided on {on}, which no case is"
            ));
        }
        return missing;
    }
    for expectation in Expectation::REQUIRED {
        let word = expectation.word();
        if !cases.iter().any(|case| case.expectation == expectation) {
            missing.push(format!("{id} has no {word} case"));
            continue;
        }
        let claimed = control
            .evaluable_on
            .iter()
            .filter(|on| control.claims_sources && on.is_configuration());
        for source in claimed.filter(|source| !proven.contains(&(**source, expectation))) {
            missing.push(format!(
                "{id} claims to be decided on {} and has no {word} case there",
                source.described()
            ));
        }
    }
    missing
}

/// Everything that `policy test` found out about cases.
#[derive(Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// How many inputs were evaluated.
    pub(super) fn cases(&self) -> usize {
        self.rows.iter().map(|row| row.cases).sum()
    }

    /// True when something did not come to what it must, or is missing.
    pub(super) fn failed(&self) -> bool {
        self.rows
            .iter()
            .any(|row| !row.wrong.is_empty() || !row.missing.is_empty())
    }

    pub(super) fn render(&self, quiet: bool) -> String {
        let mut out = String::new();
        if !quiet {
            self.counts(&mut out);
        }
        let mut failed = 0;
        for problem in self
            .rows
            .iter()
            .flat_map(|row| row.wrong.iter().chain(&row.missing))
        {
            failed += 1;
            let _ = writeln!(out, "FAILED {problem}");
        }
        let passed: usize = self.rows.iter().map(Row::passed).sum();
        let _ = writeln!(
            out,
            "{} controls: {passed} cases passed, {failed} failed",
            self.rows.len()
        );
        out
    }

    /// One line per control, one column per format: compliant + noncompliant cases.
    fn counts(&self, out: &mut String) {
        let formats: BTreeSet<&str> = self
            .rows
            .iter()
            .flat_map(|row| row.counts.keys().map(String::as_str))
            .collect();
        let width = self.rows.iter().map(|row| row.id.len()).max().unwrap_or(0).max(7);
        let _ = write!(out, "{:width$}", "control");
        for format in &formats {
            let _ = write!(out, "  {format}");
        }
        let _ = writeln!(out, "  (compliant + noncompliant)");
        for row in &self.rows {
            let _ = write!(out, "{:width$}", row.id);
            if let Some(remark) = &row.remark {
                let all: usize = formats.iter().map(|format| format.len() + 2).sum();
                let _ = write!(out, "  {:1$}", remark, all.saturating_sub(2));
            } else {
                for format in &formats {
                    let cell = match row.counts.get(*format) {
                        Some((compliant, noncompliant)) => format!("{compliant:2} + {noncompliant:2}"),
                        None => "-".into(),
                    };
                    let _ = write!(out, "  {cell:>0$}", format.len());
                }
            }
            let _ = writeln!(out, "  {}", row.result());
        }
    }
}
