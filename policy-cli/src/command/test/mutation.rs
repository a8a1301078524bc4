//! `policy test --mutants`: rules that are wrong on purpose, each of which a case has to notice.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::control::{Catalog, Control};
use policy_core::date::AsOf;
use policy_core::diagnostic::{Code, Diagnostic, Level};
use policy_core::document::{FieldCodes, Fields, Node, Shape, Text, yaml};
use policy_core::rule::rego::{Change, Mutant, mutants, parallel};
use policy_core::source::Source;

use super::cases::Judge;
use super::{Suite, is_broken};
use crate::discover;

/// Where survivors are justified, below a directory of controls.
const FILE: &str = "tests/mutation-survivors.yaml";

static WRONG: Code = Code {
    id: "MUT001",
    level: Level::Error,
    summary: "the list of mutation survivors is wrong",
    explanation: "tests/mutation-survivors.yaml, beside the controls, lists the changes of rules that no case can notice, with the \
                  reason. An entry names the file below the control directory, the rule, the condition as it is written and the \
                  change (dropped, negated, removed).\n\n\
                  bad:\n  survivors:\n    - {file: NET-001-ssh/rule.rego, rule: deny}\n\n\
                  good:\n  survivors:\n    - file: NET-001-ssh/rule.rego\n      rule: deny\n      condition: count(open) > 0\n      \
                  change: dropped\n      why: world_ports gives an empty set only for entries that the line above leaves out",
};
static CODES: FieldCodes = FieldCodes {
    unknown: &WRONG,
    missing: &WRONG,
    invalid: &WRONG,
};
static LIST: Shape = Shape {
    what: "the list of mutation survivors",
    fields: &["survivors"],
    elsewhere: &[],
    codes: &CODES,
};
static ENTRY: Shape = Shape {
    what: "a mutation survivor",
    fields: &["file", "rule", "condition", "change", "why"],
    elsewhere: &[],
    codes: &CODES,
};

/// The codes of this table, for `policy explain`.
pub(crate) fn codes() -> [&'static Code; 1] {
    [&WRONG]
}

/// A change that no case notices, and why none can.
struct Justified {
    file: Text,
    rule: Text,
    condition: Text,
    change: Change,
    /// Whether such a mutant was met and survived.
    met: bool,
}

impl Justified {
    fn covers(&self, mutant: &Mutant) -> bool {
        let name = mutant.source.name();
        let named = name
            .strip_suffix(&*self.file)
            .is_some_and(|before| before.is_empty() || before.ends_with('/'));
        let condition = self.condition.split_whitespace().collect::<Vec<_>>().join(" ");
        named && mutant.rule == *self.rule && mutant.condition == condition && mutant.change == self.change
    }
}

/// What became of a mutant.
enum Fate {
    /// A case failed.
    Killed,
    /// It is no rule any more, so it proves nothing either way.
    Broken,
    /// Every case came to what it must.
    Survived,
}

/// What the check came to.
pub(super) struct Check {
    pub(super) diagnostics: Vec<Diagnostic>,
    killed: usize,
    broken: usize,
    justified: usize,
    /// Survivors that nobody justified.
    survivors: Vec<String>,
    /// Justifications of changes that a case notices, or that there are not.
    stale: Vec<String>,
}

/// A mutant with the controls whose cases could notice it.
struct Trial<'s> {
    mutant: Mutant,
    suites: Vec<&'s Suite<'s>>,
}

/// Tries every mutant of the rules of `suites`, and of the library when they are the whole catalog.
pub(super) fn check(
    catalog: &Catalog,
    suites: &[Suite<'_>],
    at: AsOf,
    jobs: usize,
    whole: bool,
    dirs: &[PathBuf],
) -> Check {
    let mut check = Check {
        diagnostics: Vec::new(),
        killed: 0,
        broken: 0,
        justified: 0,
        survivors: Vec::new(),
        stale: Vec::new(),
    };
    let mut justified = justifications(dirs, &mut check.diagnostics);
    let trials = trials(catalog, suites, whole, &mut check.diagnostics);
    let fates = parallel(jobs, &trials, || (), |(), trial| trial.run(catalog, at));
    for (trial, fate) in trials.iter().zip(fates) {
        match fate {
            Fate::Killed => check.killed += 1,
            Fate::Broken => check.broken += 1,
            Fate::Survived => {
                let known: Vec<&mut Justified> = justified
                    .iter_mut()
                    .filter(|entry| entry.covers(&trial.mutant))
                    .collect();
                if known.is_empty() {
                    check.survivors.push(told(&trial.mutant));
                } else {
                    check.justified += 1;
                }
                known.into_iter().for_each(|entry| entry.met = true);
            }
        }
    }
    let tried = |entry: &Justified| {
        trials
            .iter()
            .any(|trial| trial.mutant.source.name().ends_with(&*entry.file))
    };
    // When only some controls are tested, nothing is known about the others.
    let stale = justified
        .iter()
        .filter(|entry| !entry.met && (whole || tried(entry)));
    check.stale = stale
        .map(|entry| {
            let place = entry.condition.span.location();
            let change = entry.change.as_str();
            format!(
                "{place}: `{}` {change} does not survive, or is not there",
                entry.condition
            )
        })
        .collect();
    check
}

fn told(mutant: &Mutant) -> String {
    let place = mutant.span.location();
    let (rule, change) = (&mutant.rule, mutant.change.as_str());
    format!("{place}: {rule}: `{}` {change}", mutant.condition)
}

fn trials<'s>(
    catalog: &Catalog,
    suites: &'s [Suite<'s>],
    whole: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Trial<'s>> {
    let mut trials = Vec::new();
    let mut add = |source: &Arc<Source>, suites: Vec<&'s Suite<'s>>| match mutants(source) {
        Ok(found) => trials.extend(found.into_iter().map(|mutant| Trial {
            mutant,
            suites: suites.clone(),
        })),
        Err(problem) => diagnostics.push(problem),
    };
    for suite in suites {
        for source in &suite.control.rego {
            add(source, vec![suite]);
        }
    }
    for source in catalog.library.iter().filter(|_| whole) {
        let users = suites.iter().filter(|suite| uses(suite.control, catalog, source));
        add(source, users.collect());
    }
    trials
}

/// Whether a control reaches a library file, by itself or through another library. A mention is enough: a control too many
/// costs time and nothing else.
fn uses(control: &Control, catalog: &Catalog, library: &Source) -> bool {
    let mut mentioned: Vec<&str> = control.rego.iter().map(|source| source.text()).collect();
    let mut known: Vec<&str> = Vec::new();
    while let Some(text) = mentioned.pop() {
        for file in &catalog.library {
            let mentions =
                package(file.text()).is_some_and(|package| text.contains(&format!("data.{package}")));
            if mentions && !known.contains(&file.name()) {
                known.push(file.name());
                mentioned.push(file.text());
            }
        }
    }
    known.contains(&library.name())
}

fn package(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.strip_prefix("package "))?;
    line.split_whitespace().next()
}

impl Trial<'_> {
    fn run(&self, catalog: &Catalog, at: AsOf) -> Fate {
        let mut fate = Fate::Broken;
        for suite in &self.suites {
            let (control, library) = self.mutated(suite.control, catalog);
            let judge = Judge::new(&control, &library, &suite.cases, at, false);
            if is_broken(&judge.diagnostics) {
                continue;
            }
            fate = Fate::Survived;
            if suite.cases.iter().any(|case| judge.problem(case).is_some()) {
                return Fate::Killed;
            }
        }
        fate
    }

    /// The control and the library, with the mutant in the place of its original.
    fn mutated(&self, control: &Control, catalog: &Catalog) -> (Control, Vec<Arc<Source>>) {
        let replaced = |sources: &[Arc<Source>]| -> Vec<Arc<Source>> {
            let mutant = &self.mutant.source;
            let swap = |source: &Arc<Source>| {
                let original = source.name() == mutant.name();
                Arc::clone(if original { mutant } else { source })
            };
            sources.iter().map(swap).collect()
        };
        let mut control = control.clone();
        control.rego = replaced(&control.rego);
        (control, replaced(&catalog.library))
    }
}

impl Check {
    /// True when a survivor is not justified, or a justification is not needed.
    pub(super) fn failed(&self) -> bool {
        !self.survivors.is_empty() || !self.stale.is_empty()
    }

    pub(super) fn render(&self, quiet: bool) -> String {
        let mut out = String::new();
        for survivor in &self.survivors {
            let _ = writeln!(out, "SURVIVED {survivor}");
        }
        for stale in &self.stale {
            let _ = writeln!(out, "STALE {stale}");
        }
        if !quiet && !self.survivors.is_empty() {
            let _ = writeln!(
                out,
                "write a case that notices the change, simplify the rule, or say in {FILE} why no case can"
            );
        }
        let _ = writeln!(
            out,
            "mutants: {} killed, {} survived, {} survive with a reason, {} are no rules; {} reasons are stale",
            self.killed,
            self.survivors.len(),
            self.justified,
            self.broken,
            self.stale.len()
        );
        out
    }
}

fn justifications(dirs: &[PathBuf], diagnostics: &mut Vec<Diagnostic>) -> Vec<Justified> {
    let mut found = Vec::new();
    for file in dirs
        .iter()
        .map(|dir| dir.join(FILE))
        .filter(|file| file.is_file())
    {
        found.extend(read(&file, diagnostics));
    }
    found
}

fn read(file: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<Justified> {
    let name = discover::name_of(file);
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("cannot read `{name}`: {error}");
            diagnostics.push(Diagnostic::new(&WRONG, message).in_file(&name));
            return Vec::new();
        }
    };
    let root = match yaml::parse(&Source::new(name, text)) {
        Ok(root) => root,
        Err(errors) => {
            diagnostics.extend(errors);
            return Vec::new();
        }
    };
    let Some(mut fields) = Fields::read(&root, &LIST, diagnostics) else {
        return Vec::new();
    };
    let entries = fields.required("survivors").list().unwrap_or_default();
    let mut problems = Vec::new();
    let found = entries
        .iter()
        .filter_map(|node| entry(node, &mut problems))
        .collect();
    diagnostics.extend(problems);
    found
}

fn entry(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Justified> {
    let mut fields = Fields::read(node, &ENTRY, diagnostics)?;
    let words = Change::ALL.map(Change::as_str);
    let file = fields.required("file").non_blank();
    let rule = fields.required("rule").non_blank();
    let condition = fields.required("condition").non_blank();
    let change = fields.required("change").word(&words);
    // Not read again, but nobody may be silent about it.
    let why = fields.required("why").non_blank();
    why?;
    let change = Change::ALL
        .into_iter()
        .find(|known| change.as_deref() == Some(known.as_str()))?;
    Some(Justified {
        file: file?,
        rule: rule?,
        condition: condition?,
        change,
        met: false,
    })
}
