//! `policy.yaml`, found upwards from the working directory. Flags win over it, it wins over the defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::Value;
use policy_core::control::{Catalog, Environment, Severity, codes as control_codes};
use policy_core::date::UtcOffset;
use policy_core::diagnostic::{Code, Diagnostic, Level};
use policy_core::document::{Entry, FieldCodes, Fields, Shape, Text, yaml};
use policy_core::exception::RegistryOptions;
use policy_core::gate::OnUnknown;
use policy_core::source::{Source, Span};

use crate::cli::Global;
use crate::{UsageError, discover, terminal};

const FILE: &str = "policy.yaml";

static WRONG: Code = Code {
    id: "SET001",
    level: Level::Error,
    summary: "the settings file is wrong",
    explanation: "policy.yaml holds defaults for the command line. Unknown keys are refused: a misspelled key would silently change \
                  what is checked.",
};
static CODES: FieldCodes = FieldCodes {
    unknown: &WRONG,
    missing: &WRONG,
    invalid: &WRONG,
};
static SETTINGS: Shape = Shape {
    what: "policy.yaml",
    fields: &[
        "controls",
        "exceptions",
        "registry",
        "skipControls",
        "failOn",
        "onUnknown",
        "account",
        "region",
        "environment",
        "accounts",
        "packs",
        "parameters",
        "parametersByEnvironment",
        "typemap",
        "complete",
        "foreignSkips",
        "timezone",
        "jobs",
    ],
    elsewhere: &[],
    codes: &CODES,
};
static ACCOUNT: Shape = Shape {
    what: "an account of policy.yaml",
    fields: &["environment"],
    elsewhere: &[],
    codes: &CODES,
};

/// The settings of this codes table, for `policy explain`.
pub(crate) fn codes() -> [&'static Code; 1] {
    [&WRONG]
}

/// Resolved settings; empty when there is no file.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) control_dirs: Vec<PathBuf>,
    /// Typemap files laid over the builtin table.
    pub(crate) typemap_files: Vec<PathBuf>,
    pub(crate) exception_dirs: Vec<PathBuf>,
    /// Where people.yaml and accounts.yaml are, when the file says so.
    pub(crate) registry_dir: Option<PathBuf>,
    pub(crate) skip_controls: Vec<String>,
    /// Names of packs, or paths of pack files.
    pub(crate) packs: Vec<String>,
    pub(crate) fail_on: Option<Severity>,
    pub(crate) on_unknown: Option<OnUnknown>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) environment_by_account: BTreeMap<String, String>,
    pub(crate) complete: bool,
    /// Show skips for other tools.
    pub(crate) foreign_skips: bool,
    pub(crate) timezone: UtcOffset,
    pub(crate) jobs: Option<usize>,
    parameters: Vec<ParameterOverride>,
}

/// `parameters: {BCK-001: {minimumRetentionDays: 14}}`, one entry each.
#[derive(Debug)]
struct ParameterOverride {
    /// Where it holds; `None` is everywhere.
    environment: Option<Environment>,
    control: String,
    name: Arc<str>,
    value: Value,
    span: Span,
}

impl Settings {
    /// Finds and reads the settings. A file that is wrong stops the command: guessing would change what is checked.
    pub(crate) fn load(global: &Global) -> Result<Self, UsageError> {
        let Some(path) = global.settings.clone().or_else(find) else {
            return Ok(Self::default());
        };
        let name = discover::name_of(&path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| UsageError::Value(format!("cannot read the settings `{name}`: {error}")))?;
        let root = path.parent().map(Path::to_owned).unwrap_or_default();
        read(&Source::new(name, text), &root).map_err(|diagnostics| {
            terminal::err(policy_core::report::text::render_diagnostics(&diagnostics, false).trim_end());
            UsageError::Settings
        })
    }

    /// Overrides parameters of controls. A parameter that the control does not declare, or of another type, is an
    /// error: it would be a threshold that nobody enforces.
    pub(crate) fn apply_parameters(&self, catalog: &mut Catalog) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let mut own: Vec<(Environment, &ParameterOverride)> = Vec::new();
        for given in &self.parameters {
            let control = catalog
                .controls
                .values_mut()
                .find(|control| control.id.as_str() == given.control);
            let declared = control.and_then(|control| control.parameters.get_mut(&given.name));
            match declared {
                Some(value) if std::mem::discriminant(value) == std::mem::discriminant(&given.value) => {
                    match &given.environment {
                        None => *value = given.value.clone(),
                        Some(environment) => own.push((environment.clone(), given)),
                    }
                }
                declared => {
                    let name = &given.name;
                    let message = match declared {
                        Some(value) => format!(
                            "parameter `{name}` of `{}` is of another type than its default {}",
                            given.control,
                            value.to_json()
                        ),
                        None => format!("control `{}` has no parameter `{name}`", given.control),
                    };
                    let help = format!("`policy controls show {}` lists its parameters", given.control);
                    diagnostics.push(
                        Diagnostic::new(&control_codes::CTL025, message)
                            .at(&given.span)
                            .help(help),
                    );
                }
            }
        }
        for (environment, given) in own {
            let control = catalog
                .controls
                .values_mut()
                .find(|control| control.id.as_str() == given.control);
            if let Some(control) = control {
                let parameters = control.parameters_in.entry(environment).or_default();
                parameters.insert(given.name.clone(), given.value.clone());
            }
        }
        diagnostics
    }

    /// How the exception registry is read.
    pub(crate) fn registry_options(&self) -> RegistryOptions {
        RegistryOptions {
            zone: self.timezone,
            ..RegistryOptions::default()
        }
    }
}

/// The nearest `policy.yaml`, from the working directory upwards to the root of the repository.
fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    for (steps, dir) in here.ancestors().enumerate() {
        if dir.join(FILE).is_file() {
            // A relative name keeps reports the same on every machine.
            return Some((0..steps).map(|_| "..").collect::<PathBuf>().join(FILE));
        }
        if dir.join(".git").exists() {
            return None;
        }
    }
    None
}

fn read(source: &Arc<Source>, root: &Path) -> Result<Settings, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let node = yaml::parse(source)?;
    let settings = fields(&node, root, &mut diagnostics).unwrap_or_default();
    if diagnostics.is_empty() {
        Ok(settings)
    } else {
        Err(diagnostics)
    }
}

fn fields(
    node: &policy_core::document::Node,
    root: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Settings> {
    let mut fields = Fields::read(node, &SETTINGS, diagnostics)?;
    let dirs = |texts: Option<Vec<Text>>| {
        texts.map(|texts| texts.iter().map(|text| root.join(&**text)).collect::<Vec<_>>())
    };
    let control_dirs = dirs(fields.optional("controls").string_or_strings()).unwrap_or_default();
    let exception_dirs = dirs(fields.optional("exceptions").string_or_strings()).unwrap_or_else(|| {
        let beside = root.join("exceptions");
        if beside.is_dir() { vec![beside] } else { Vec::new() }
    });
    let typemap_files = dirs(fields.optional("typemap").string_or_strings()).unwrap_or_default();
    let string = |text: Option<Text>| text.map(|text| text.to_string());
    let timezone = fields.optional("timezone").non_blank();
    let timezone = match timezone {
        None => UtcOffset::UTC,
        Some(text) => match UtcOffset::parse(&text) {
            Ok(offset) => offset,
            Err(error) => {
                let message = format!("`timezone` is not a UTC offset: {error}");
                fields.report(
                    Diagnostic::new(&WRONG, message)
                        .at(&text.span)
                        .help("write a fixed offset such as \"+07:00\""),
                );
                UtcOffset::UTC
            }
        },
    };
    Some(Settings {
        control_dirs,
        exception_dirs,
        typemap_files,
        registry_dir: fields
            .optional("registry")
            .non_blank()
            .map(|dir| root.join(&*dir)),
        skip_controls: fields
            .optional("skipControls")
            .strings()
            .map(|ids| ids.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        packs: fields
            .optional("packs")
            .string_or_strings()
            .unwrap_or_default()
            .iter()
            .map(|name| {
                // A file is named from the settings file; everything else is the name of a pack.
                let file = root.join(&**name);
                if file.is_file() {
                    discover::name_of(&file)
                } else {
                    name.to_string()
                }
            })
            .collect(),
        fail_on: fields
            .optional("failOn")
            .word(&["critical", "high", "medium", "low", "info"])
            .and_then(|word| word.parse().ok()),
        on_unknown: fields
            .optional("onUnknown")
            .word(&["fail", "warn", "ignore"])
            .map(|word| match &*word {
                "fail" => OnUnknown::Fail,
                "ignore" => OnUnknown::Ignore,
                _ => OnUnknown::Warn,
            }),
        account: string(fields.optional("account").non_blank()),
        region: string(fields.optional("region").non_blank()),
        environment: string(fields.optional("environment").non_blank()),
        environment_by_account: accounts(&mut fields),
        foreign_skips: fields.optional("foreignSkips").boolean().unwrap_or(false),
        complete: fields.optional("complete").boolean().unwrap_or(false),
        timezone,
        jobs: fields
            .optional("jobs")
            .integer(1..=1024)
            .and_then(|jobs| usize::try_from(jobs).ok()),
        parameters: parameters(&mut fields),
    })
}

fn accounts(fields: &mut Fields<'_, '_>) -> BTreeMap<String, String> {
    let entries = fields.optional("accounts").map().unwrap_or_default();
    let mut accounts = BTreeMap::new();
    let mut problems = Vec::new();
    for entry in entries {
        if let Some(mut account) = Fields::read(&entry.value, &ACCOUNT, &mut problems)
            && let Some(environment) = account.required("environment").non_blank()
        {
            accounts.insert(entry.key.to_string(), environment.to_string());
        }
        if entry.key.len() != 12 || !entry.key.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("`{}` is not an account id", entry.key);
            problems.push(
                Diagnostic::new(&WRONG, message)
                    .at(&entry.key_span)
                    .help("write twelve digits in quotes: an unquoted id can lose its leading zero"),
            );
        }
    }
    for problem in problems {
        fields.report(problem);
    }
    accounts
}

fn parameters(fields: &mut Fields<'_, '_>) -> Vec<ParameterOverride> {
    let everywhere = fields.optional("parameters").map().unwrap_or_default();
    let mut found = overrides(everywhere, None);
    let by_environment = fields
        .optional("parametersByEnvironment")
        .map()
        .unwrap_or_default();
    for entry in by_environment {
        let environment = Environment::resolve(&entry.key);
        found.extend(overrides(entry.value.entries(), Some(&environment)));
    }
    found
}

/// `{BCK-001: {minimumRetentionDays: 14}}`.
fn overrides(controls: &[Entry], environment: Option<&Environment>) -> Vec<ParameterOverride> {
    controls
        .iter()
        .flat_map(|control| {
            control.value.entries().iter().map(|entry| ParameterOverride {
                environment: environment.cloned(),
                control: control.key.to_string(),
                name: entry.key.clone(),
                value: entry.value.to_value(),
                span: entry.key_span.clone(),
            })
        })
        .collect()
}
