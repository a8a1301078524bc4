//! The cases of a control: where they lie, how they are read, and what they have to come to.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::Value;
use policy_core::control::{Catalog, Control, DecidedOn};
use policy_core::date::{AsOf, UtcOffset};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::document::yaml;
use policy_core::evaluation::{Assessment, Evaluator, InputInventory};
use policy_core::rule::Outcome;
use policy_core::rule::rego::FileCoverage;
use policy_core::source::Source;

use crate::cli::{ContextArgs, InputArgs};
use crate::settings::Settings;
use crate::{UsageError, discover, governance};

/// A case with this file shows everything there is, as `--complete` declares: what is missing in it is missing. The file
/// says why.
const COMPLETE: &str = "complete.md";

/// A case with this file runs with these parameters, as `parameters` of policy.yaml would set them.
const PARAMETERS: &str = "parameters.yaml";

/// A case with this file is judged as of the day in it (UTC), not of today: what has an end would change its outcome one day.
const AS_OF: &str = "as-of.txt";

/// What a case must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expectation {
    Compliant,
    Noncompliant,
    /// Nobody can tell yet: neither a pass nor a failure. The cases that keep a rule from guessing.
    Undecided,
}

impl Expectation {
    pub(crate) const ALL: [Self; 3] = [Self::Compliant, Self::Noncompliant, Self::Undecided];
    /// What every control has cases of.
    pub(crate) const REQUIRED: [Self; 2] = [Self::Compliant, Self::Noncompliant];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Noncompliant => "noncompliant",
            Self::Undecided => "undecided",
        }
    }
}

/// One input of a case directory, read.
pub(super) struct Case {
    pub(super) expectation: Expectation,
    /// The file, or the directory of Terraform source.
    pub(super) name: String,
    /// The name of its format.
    pub(super) format: Cow<'static, str>,
    /// The source it comes from.
    pub(super) source: Option<DecidedOn>,
    /// How it is evaluated.
    variant: Variant,
    /// What it holds, or why it could not be read.
    inputs: Result<Vec<InputInventory>, String>,
}

/// How a case is evaluated.
#[derive(Clone, Default, PartialEq)]
struct Variant {
    /// It shows everything there is.
    complete: bool,
    /// Parameters that differ from those of the control.
    parameters: BTreeMap<Arc<str>, Value>,
    /// It is judged as of another instant than the run.
    as_of: Option<AsOf>,
}

impl Variant {
    /// What the files beside a case say, or what is wrong with them.
    fn of(control: &Control, directory: &Path) -> Result<Self, String> {
        let mut variant = Self {
            complete: directory.join(COMPLETE).is_file(),
            as_of: as_of(directory)?,
            ..Self::default()
        };
        let Some(text) = beside(directory, PARAMETERS)? else {
            return Ok(variant);
        };
        let root = yaml::parse(&Source::new(PARAMETERS, text)).map_err(|errors| {
            let messages: Vec<String> = errors.into_iter().map(|error| error.message).collect();
            format!("{PARAMETERS}: {}", messages.join("; "))
        })?;
        for entry in root.entries() {
            let value = entry.value.to_value();
            match control.parameters.get(&entry.key) {
                Some(default) if std::mem::discriminant(default) == std::mem::discriminant(&value) => {
                    variant.parameters.insert(entry.key.clone(), value);
                }
                Some(_) => return Err(format!("{PARAMETERS}: `{}` is of another type", entry.key)),
                None => {
                    return Err(format!(
                        "{PARAMETERS}: {} has no parameter `{}`",
                        control.id, entry.key
                    ));
                }
            }
        }
        Ok(variant)
    }
}

/// The instant that a case is judged as of, when it names one.
fn as_of(directory: &Path) -> Result<Option<AsOf>, String> {
    let Some(text) = beside(directory, AS_OF)? else {
        return Ok(None);
    };
    AsOf::parse(text.trim(), UtcOffset::default())
        .map(Some)
        .map_err(|error| format!("{AS_OF}: {error}"))
}

/// The text of a file that a case may have. One that is there and cannot be read does not count as none: the case would be
/// judged as another.
fn beside(directory: &Path, name: &str) -> Result<Option<String>, String> {
    match std::fs::read_to_string(directory.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

/// Reads every case of a control.
pub(super) fn load(control: &Control, dirs: &[PathBuf]) -> Result<Vec<Case>, UsageError> {
    let mut cases = Vec::new();
    for expectation in Expectation::ALL {
        for directory in directories(control, dirs, expectation) {
            let variant = Variant::of(control, &directory);
            for name in names(&directory) {
                cases.push(read(expectation, name, &variant)?);
            }
        }
    }
    Ok(cases)
}

fn read(
    expectation: Expectation,
    name: String,
    variant: &Result<Variant, String>,
) -> Result<Case, UsageError> {
    let input = InputArgs::of(vec![PathBuf::from(&name)], ContextArgs::default());
    // What no input covers is uncovered only where the inputs show everything: `relate_inputs` has to know.
    let mut settings = Settings::default();
    settings.complete = variant.as_ref().is_ok_and(|variant| variant.complete);
    let inputs = governance::inputs(&input, &settings)?;
    let format = inputs
        .reported
        .first()
        .and_then(|input| input.format.clone())
        .unwrap_or("unreadable".into());
    let error = inputs
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.level == Level::Error);
    Ok(Case {
        expectation,
        source: source(&format),
        inputs: match (variant, error) {
            (Err(problem), _) => Err(problem.clone()),
            (_, Some(error)) => Err(error.message.clone()),
            (Ok(_), None) => Ok(inputs.inventories),
        },
        variant: variant.clone().unwrap_or_default(),
        format,
        name,
    })
}

/// The source of resources that a format is one of.
fn source(format: &str) -> Option<DecidedOn> {
    match format {
        format if format.starts_with("terraform") => Some(DecidedOn::Terraform),
        format if format.starts_with("cloudformation") => Some(DecidedOn::CloudFormation),
        "cloud-control" => Some(DecidedOn::CloudFormation),
        "aws-config" => Some(DecidedOn::AwsConfig),
        _ => None,
    }
}

/// Evaluates the cases of one control and nothing else.
pub(super) struct Judge {
    /// One for each way in which cases are evaluated.
    evaluators: Vec<(Variant, Evaluator)>,
    /// What is wrong with the rule.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Judge {
    pub(super) fn new(
        control: &Control,
        library: &[Arc<Source>],
        cases: &[Case],
        at: AsOf,
        coverage: bool,
    ) -> Self {
        let mut variants = vec![Variant::default()];
        for case in cases {
            if !variants.contains(&case.variant) {
                variants.push(case.variant.clone());
            }
        }
        let mut judge = Self {
            evaluators: Vec::new(),
            diagnostics: Vec::new(),
        };
        for variant in variants {
            let mut control = control.clone();
            control.parameters.extend(variant.parameters.clone());
            let alone = Catalog {
                library: library.to_vec(),
                controls: [(control.id.clone(), control)].into(),
            };
            let builder = Evaluator::builder(alone, variant.as_of.unwrap_or(at)).coverage(coverage);
            let (evaluator, diagnostics) = builder.complete(variant.complete).build();
            if judge.evaluators.is_empty() {
                judge.diagnostics = diagnostics;
            }
            judge.evaluators.push((variant, evaluator));
        }
        judge
    }

    /// What is wrong with the outcome of a case, if anything.
    pub(super) fn problem(&self, case: &Case) -> Option<String> {
        let known = self
            .evaluators
            .iter()
            .find(|(variant, _)| *variant == case.variant);
        match (&case.inputs, known) {
            (Err(error), _) => Some(error.clone()),
            (Ok(inputs), Some((_, evaluator))) => problem(&evaluator.evaluate(inputs), case.expectation),
            (Ok(_), None) => Some("the case was not there when the rule was loaded".into()),
        }
    }

    /// The lines that the cases came by so far.
    pub(super) fn coverage(&self) -> Vec<FileCoverage> {
        let mut files: Vec<FileCoverage> = Vec::new();
        for more in self
            .evaluators
            .iter()
            .flat_map(|(_, evaluator)| evaluator.coverage())
        {
            match files.iter_mut().find(|known| known.file == more.file) {
                Some(known) => known.merge(&more),
                None => files.push(more),
            }
        }
        files
    }
}

/// The case directories of a control: below its own directory, or, in the flat layout, below `tests/` of the root
/// under the control's id.
fn directories(control: &Control, dirs: &[PathBuf], expectation: Expectation) -> Vec<PathBuf> {
    let file = Path::new(control.span.source().name());
    let own = file
        .parent()
        .map(|dir| dir.join("tests").join(expectation.word()))
        .filter(|dir| dir.is_dir());
    if let Some(own) = own {
        return subdirectories(&own);
    }
    let id = control.id.as_str().to_ascii_lowercase();
    dirs.iter()
        .map(|dir| dir.join("tests").join(expectation.word()))
        .filter(|dir| dir.is_dir())
        .flat_map(|dir| subdirectories(&dir))
        .filter(|case| {
            case.file_name()
                .is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().starts_with(&id))
        })
        .collect()
}

/// How many compliant and noncompliant cases a control has.
pub(crate) fn count(control: &Control, dirs: &[PathBuf]) -> (usize, usize) {
    let count = |expectation| directories(control, dirs, expectation).len();
    (count(Expectation::Compliant), count(Expectation::Noncompliant))
}

fn subdirectories(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// The inputs of a case: its documents, and its Terraform source.
fn names(case: &Path) -> Vec<String> {
    let documents = discover::files(case, &["json", "yaml", "yml", "template"]);
    let documents = documents
        .iter()
        .filter(|file| discover::is_document(file))
        .map(|file| discover::name_of(file));
    let source = discover::holds_source(case).then(|| discover::name_of(case));
    documents.chain(source).collect()
}

/// A compliant case has a pass and nothing else; a noncompliant one has a failure; an undecided one has an unknown and
/// neither failure nor error.
fn problem(assessment: &Assessment, expectation: Expectation) -> Option<String> {
    let count = |outcome| assessment.count(outcome);
    let broken = assessment.evaluations.iter().find(|evaluation| {
        matches!(
            evaluation.outcome,
            Outcome::Fail | Outcome::Unknown | Outcome::Error
        )
    });
    match expectation {
        Expectation::Noncompliant if count(Outcome::Fail) > 0 => None,
        Expectation::Noncompliant => Some(format!("no failure: {}", summary(assessment))),
        Expectation::Undecided
            if count(Outcome::Fail) + count(Outcome::Error) == 0 && count(Outcome::Unknown) > 0 =>
        {
            None
        }
        Expectation::Undecided => Some(format!("not undecided: {}", summary(assessment))),
        Expectation::Compliant if broken.is_none() && count(Outcome::Pass) > 0 => None,
        Expectation::Compliant => Some(match broken {
            Some(evaluation) => {
                let reasons: Vec<&str> = evaluation
                    .reasons
                    .iter()
                    .map(|reason| reason.text.as_str())
                    .collect();
                let reasons = if reasons.is_empty() {
                    String::new()
                } else {
                    format!(": {}", reasons.join("; "))
                };
                format!(
                    "{} is {}{reasons}",
                    evaluation.subject,
                    evaluation.outcome.as_str()
                )
            }
            None => format!("no pass: {}", summary(assessment)),
        }),
    }
}

fn summary(assessment: &Assessment) -> String {
    let parts: Vec<String> = assessment
        .evaluations
        .iter()
        .map(|evaluation| format!("{} {}", evaluation.subject, evaluation.outcome.as_str()))
        .collect();
    if parts.is_empty() {
        "the control applied to nothing".into()
    } else {
        parts.join(", ")
    }
}
