//! What a run is made of: the controls, the exceptions, the inputs and the date. Everything is read here and handed
//! to the library as text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::control::{Catalog, Mapping, Pack, Workload};
use policy_core::date::{AsOf, Instant};
use policy_core::diagnostic::Diagnostic;
use policy_core::evaluation::{InputInventory, relate_inputs};
use policy_core::input::{self, Companions, InputContext, LoadedInput, NamedInput};
use policy_core::report::{Mode, ReportedInput};
use policy_core::resource::{ContextOptions, ModuleCalls, TypeMap, build, take_previous};
use policy_core::source::Source;

use crate::cli::{Global, InputArgs};
use crate::discover::{self, DiscoverError, Input, LocalFiles};
use crate::settings::Settings;
use crate::{UsageError, pack, terraform};

/// Directories below a control directory that hold no controls.
const NOT_CONTROLS: [&str; 7] = [
    "tests",
    "packs",
    "mappings",
    "exceptions",
    "registry",
    "workloads",
    "docs",
];

/// The table of kinds: the builtin one, with the files of the settings laid over it. Where they are wrong the builtin one
/// is used, and the diagnostics leave the run undecided.
pub(crate) fn typemap(settings: &Settings, diagnostics: &mut Vec<Diagnostic>) -> Option<Arc<TypeMap>> {
    let mut sources = Vec::new();
    for path in &settings.typemap_files {
        match std::fs::read(path) {
            Ok(bytes) => match policy_core::document::decode(&discover::name_of(path), &bytes) {
                Ok(source) => sources.push(source),
                Err(diagnostic) => diagnostics.push(diagnostic),
            },
            Err(source) => diagnostics.push(unreadable(&DiscoverError::Read {
                path: discover::name_of(path),
                source,
            })),
        }
    }
    if sources.is_empty() {
        return None;
    }
    match TypeMap::with_files(&sources) {
        Ok(typemap) => Some(Arc::new(typemap)),
        Err(found) => {
            diagnostics.extend(found);
            None
        }
    }
}

/// Loads the controls: the given directories, those of the settings, or the pack in the binary.
pub(crate) fn catalog(global: &Global, settings: &Settings, diagnostics: &mut Vec<Diagnostic>) -> Catalog {
    let dirs = if global.control_dirs.is_empty() {
        &settings.control_dirs
    } else {
        &global.control_dirs
    };
    let mut sources = Vec::new();
    if dirs.is_empty() {
        sources = pack::sources();
    }
    for dir in dirs {
        match control_texts(dir) {
            Ok(found) => sources.extend(found),
            Err(error) => diagnostics.push(unreadable(&error)),
        }
    }
    // What is wrong with the typemap is said where the inputs are read or the repository is linted.
    let typemap = typemap(settings, &mut Vec::new());
    let (mut catalog, found) =
        policy_core::control::load_with(&sources, typemap.as_deref().unwrap_or_else(|| TypeMap::builtin()));
    diagnostics.extend(found);
    diagnostics.extend(settings.apply_parameters(&mut catalog));
    catalog
}

/// Loads the mapping files of the given directories: below `mappings/` of a governance repository or of its controls.
pub(crate) fn mappings(
    global: &Global,
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Mapping> {
    let dirs = if global.control_dirs.is_empty() {
        &settings.control_dirs
    } else {
        &global.control_dirs
    };
    let mut sources = if dirs.is_empty() {
        pack::mappings()
    } else {
        Vec::new()
    };
    for dir in dirs {
        for below in ["mappings", "controls/mappings"] {
            sources.extend(yaml_texts(&dir.join(below), diagnostics));
        }
    }
    let (mappings, found) = policy_core::control::load_mappings(&sources);
    diagnostics.extend(found);
    mappings
}

/// Loads the packs of the given directories: below `packs/` of a governance repository or of its controls.
pub(crate) fn packs(global: &Global, settings: &Settings, diagnostics: &mut Vec<Diagnostic>) -> Vec<Pack> {
    let dirs = if global.control_dirs.is_empty() {
        &settings.control_dirs
    } else {
        &global.control_dirs
    };
    let mut sources = if dirs.is_empty() {
        pack::packs()
    } else {
        Vec::new()
    };
    for dir in dirs {
        for below in ["packs", "controls/packs"] {
            sources.extend(yaml_texts(&dir.join(below), diagnostics));
        }
    }
    let (packs, found) = policy_core::control::load_packs(&sources);
    diagnostics.extend(found);
    packs
}

/// Loads the workload evidence maps below `workloads/` of the given directories.
pub(crate) fn workloads(
    global: &Global,
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Workload> {
    let dirs = if global.control_dirs.is_empty() {
        &settings.control_dirs
    } else {
        &global.control_dirs
    };
    let mut sources = Vec::new();
    for dir in dirs {
        sources.extend(yaml_texts(&dir.join("workloads"), diagnostics));
    }
    let (workloads, found) = policy_core::control::load_workloads(&sources);
    diagnostics.extend(found);
    workloads
}

/// The YAML texts of a directory that need not exist.
fn yaml_texts(dir: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<Arc<Source>> {
    if !dir.is_dir() {
        return Vec::new();
    }
    discover::texts(dir, &["yaml", "yml"], &|part| part.starts_with('.')).unwrap_or_else(|error| {
        diagnostics.push(unreadable(&error));
        Vec::new()
    })
}

/// The YAML and Rego texts of a control directory. A governance repository keeps its rules beside its controls; a
/// plain control directory is read as it is.
pub(crate) fn control_texts(dir: &Path) -> Result<Vec<Arc<Source>>, DiscoverError> {
    let skip = |part: &str| NOT_CONTROLS.contains(&part) || part.starts_with('.');
    let mut sources = Vec::new();
    if dir.join("controls").is_dir() {
        sources.extend(discover::texts(
            &dir.join("controls"),
            &["yaml", "yml", "rego"],
            &skip,
        )?);
        if dir.join("rules").is_dir() {
            sources.extend(discover::texts(&dir.join("rules"), &["rego"], &skip)?);
        }
    } else {
        sources = discover::texts(dir, &["yaml", "yml", "rego"], &skip)?;
    }
    sources.retain(|source| !source.name().ends_with("_test.rego"));
    if sources.is_empty() {
        return Err(DiscoverError::Empty {
            path: discover::name_of(dir),
            what: "control",
        });
    }
    Ok(sources)
}

/// What the inputs of a command came to.
pub(crate) struct Inputs {
    pub(crate) reported: Vec<ReportedInput>,
    pub(crate) inventories: Vec<InputInventory>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Whether the inputs show everything: it was said, and none of them is known to lack a part. The resources of a module
/// that is not initialised may be what an inventory-wide control looks for.
pub(crate) fn shows_everything(said: bool, diagnostics: &[Diagnostic]) -> bool {
    let lacks_a_part =
        |diagnostic: &Diagnostic| diagnostic.code.id == input::terraform::source::codes::TFS009.id;
    said && !diagnostics.iter().any(lacks_a_part)
}

/// Reads and folds every input. One that cannot be read is a diagnostic; the others go on.
pub(crate) fn inputs(args: &InputArgs, settings: &Settings) -> Result<Inputs, UsageError> {
    let account = args.context.account.clone().or_else(|| settings.account.clone());
    let region = args.context.region.clone().or_else(|| settings.region.clone());
    let context = InputContext {
        parameters: match &args.params {
            Some(path) => parameters(path)?,
            None => Default::default(),
        },
        account: account.clone(),
        region: region.clone(),
    };
    let options = ContextOptions {
        account,
        region,
        environment: args
            .context
            .environment
            .clone()
            .or_else(|| settings.environment.clone()),
        environment_by_account: settings.environment_by_account.clone(),
    };
    let mut result = Inputs {
        reported: Vec::new(),
        inventories: Vec::new(),
        diagnostics: Vec::new(),
    };
    let typemap = typemap(settings, &mut result.diagnostics);
    let typemap = typemap.as_deref().unwrap_or_else(|| TypeMap::builtin());
    let template = args.template.as_deref().map(template).transpose()?;
    let mut contents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut read = Vec::new();
    let mut plans = 0_usize;
    for found in discover::inputs(&args.paths, &args.stdin_filename) {
        read.push(found.map(|found| match found {
            Input::Module(directory) => Read::Module(directory),
            Input::Bytes(named) => {
                let files = LocalFiles::beside(&named.name);
                let beside = Companions {
                    files: Some(&files),
                    template: template.as_ref(),
                };
                let sha256 = policy_core::source::sha256(&named.bytes);
                let loaded = input::load_with(&named.name, named.bytes, &context, beside);
                contents.insert(named.name.clone(), files.into_read());
                Read::File {
                    name: named.name,
                    found: named.found,
                    sha256,
                    loaded,
                }
            }
        }));
    }
    result.diagnostics.extend(
        discover::roots_below(&args.paths)
            .into_iter()
            .map(|(path, roots)| not_read(path, &roots)),
    );
    for found in read {
        match found {
            // The template of a nested stack is evaluated with what its parent passes, not once more by itself.
            Ok(Read::File {
                name, found: true, ..
            }) if is_part(&name, &contents) => {}
            Ok(Read::File {
                name, sha256, loaded, ..
            }) => {
                for mut named in loaded {
                    // A stack of a CDK assembly is a file of its own.
                    let sha256 = (named.name == name).then(|| sha256.clone()).or_else(|| {
                        std::fs::read(&named.name)
                            .ok()
                            .map(|bytes| policy_core::source::sha256(&bytes))
                    });
                    if let Some(directory) = &args.source
                        && named.input.format == Some(input::InputFormat::TerraformPlan)
                    {
                        plans += 1;
                        match terraform::open_plan(&mut named.input, directory, &context) {
                            Ok(source) => result.reported.push(source),
                            Err(error) => result.diagnostics.push(unreadable(&error)),
                        }
                    }
                    fold(
                        named,
                        sha256,
                        args.source.as_deref(),
                        typemap,
                        &options,
                        &mut result,
                    );
                }
            }
            Ok(Read::Module(directory)) => match terraform::read_module(&directory, args, &context) {
                Ok((loaded, files)) => {
                    let name = discover::name_of(&directory);
                    let read = Digests::Directory(files);
                    add(name, read, loaded, typemap, &options, &mut result);
                }
                Err(error) => result.diagnostics.push(unreadable(&error)),
            },
            Err(error) => {
                let path = error.path().to_owned();
                result.reported.push(ReportedInput {
                    path,
                    format: None,
                    resources: 0,
                    sha256: None,
                    files: Vec::new(),
                    module_calls: ModuleCalls::default(),
                });
                result.diagnostics.push(unreadable(&error));
            }
        }
    }
    if args.source.is_some() && plans != 1 {
        return Err(UsageError::Value(format!(
            "--source tells what one Terraform plan was made of, and there are {plans} among the inputs"
        )));
    }
    relate_inputs(&mut result.inventories, settings.complete, typemap);
    Ok(result)
}

/// What has been read, before it is folded.
enum Read {
    File {
        name: String,
        found: bool,
        sha256: String,
        loaded: Vec<NamedInput>,
    },
    Module(PathBuf),
}

/// Whether another input contains the file, which does not contain that input in turn.
fn is_part(name: &str, contents: &BTreeMap<String, BTreeSet<String>>) -> bool {
    contents.iter().any(|(other, files)| {
        other != name && files.contains(name) && !contents.get(name).is_some_and(|own| own.contains(other))
    })
}

/// The template of `--template`.
fn template(path: &Path) -> Result<Arc<Source>, UsageError> {
    let name = discover::name_of(path);
    let bytes =
        std::fs::read(path).map_err(|error| UsageError::Value(format!("cannot read `{name}`: {error}")))?;
    policy_core::document::decode(&name, &bytes).map_err(|diagnostic| {
        crate::terminal::err(&policy_core::report::text::render_diagnostics(
            &[diagnostic],
            false,
        ));
        UsageError::Value(format!("`{name}` is no text"))
    })
}

/// `made_of` is the directory that a plan was made of, when it is not the one that the plan lies in.
fn fold(
    named: NamedInput,
    sha256: Option<String>,
    made_of: Option<&Path>,
    typemap: &TypeMap,
    options: &ContextOptions,
    result: &mut Inputs,
) {
    let NamedInput {
        name,
        input: mut loaded,
    } = named;
    if loaded.format == Some(input::InputFormat::TerraformPlan) {
        let directory = made_of.or_else(|| Path::new(&name).parent());
        let files = directory.map(discover::terraform_source).unwrap_or_default();
        input::terraform::locate_in_source(&mut loaded, &files);
    }
    add(name, Digests::File(sha256), loaded, typemap, options, result);
}

/// What was read for an input.
enum Digests {
    File(Option<String>),
    /// Path → SHA-256.
    Directory(BTreeMap<String, String>),
}

fn add(
    name: String,
    read: Digests,
    mut loaded: LoadedInput,
    typemap: &TypeMap,
    options: &ContextOptions,
    result: &mut Inputs,
) {
    let unseen = loaded.unseen();
    result.diagnostics.extend(loaded.diagnostics);
    let before = take_previous(&mut loaded.resources);
    let (mut inventory, found) = build(loaded.resources, typemap, options);
    inventory.unseen = unseen;
    result.diagnostics.extend(found);
    // What is wrong with values that are about to go is nobody's concern any more.
    let previous = before.map(|before| build(before, typemap, options).0);
    let format = loaded.format.map(|format| format.as_str().into());
    let resources = inventory.resources.len();
    let path = name.clone();
    let mut reported = match read {
        Digests::File(sha256) => ReportedInput {
            path,
            format,
            resources,
            sha256,
            files: Vec::new(),
            module_calls: ModuleCalls::default(),
        },
        Digests::Directory(files) => ReportedInput::directory(path, format, resources, files),
    };
    reported.module_calls = loaded.module_calls;
    result.reported.push(reported);
    result.inventories.push(InputInventory {
        name,
        inventory,
        previous,
    });
}

fn parameters(path: &Path) -> Result<std::collections::BTreeMap<String, policy_core::Value>, UsageError> {
    let name = discover::name_of(path);
    let bytes =
        std::fs::read(path).map_err(|error| UsageError::Value(format!("cannot read `{name}`: {error}")))?;
    input::cloudformation::read_parameters(&name, &bytes).map_err(|diagnostics| {
        crate::terminal::err(&policy_core::report::text::render_diagnostics(
            &diagnostics,
            false,
        ));
        UsageError::Value(format!("`{name}` holds no parameter values"))
    })
}

pub(crate) fn unreadable(error: &DiscoverError) -> Diagnostic {
    Diagnostic::new(&input::codes::INP001, error.to_string())
        .in_file(error.path())
        .help("check the path; everything else was still evaluated")
}

/// How many directories a message names.
const NAMED: usize = 3;

/// Root modules below one that was given.
fn not_read(path: &Path, roots: &[PathBuf]) -> Diagnostic {
    let name = discover::name_of(path);
    let mut names: Vec<String> = roots
        .iter()
        .take(NAMED)
        .map(|root| format!("`{}`", discover::name_of(root)))
        .collect();
    if let Some(more) = roots.len().checked_sub(NAMED).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    let (are, them) = match roots.len() {
        1 => ("is a root module of its own", "it"),
        _ => ("are root modules of their own", "them"),
    };
    let message = format!(
        "{} below `{name}` {are}, which this run does not read",
        names.join(", ")
    );
    Diagnostic::new(&input::codes::INP005, message)
        .in_file(&name)
        .help(format!("name {them} as well to check {them}"))
}

/// The as-of instant with what the report says about it.
pub(crate) struct AsOfChoice {
    pub(crate) at: AsOf,
    pub(crate) text: String,
    pub(crate) mode: Mode,
}

/// Resolves `--as-of`. This is the only place that reads the clock.
pub(crate) fn as_of(given: Option<&str>, settings: &Settings) -> Result<AsOfChoice, UsageError> {
    let zone = settings.timezone;
    let now = now()?;
    let today = now.date(zone);
    let Some(text) = given else {
        return Ok(AsOfChoice {
            at: AsOf::at(now),
            text: today.to_string(),
            mode: Mode::Current,
        });
    };
    let at = AsOf::parse_with_now(text, now, zone)
        .map_err(|error| UsageError::Value(format!("--as-of: {error}")))?;
    let mode = match at.date(zone).cmp(&today) {
        std::cmp::Ordering::Less => Mode::Historical,
        std::cmp::Ordering::Equal => Mode::Current,
        std::cmp::Ordering::Greater => Mode::Forecast,
    };
    Ok(AsOfChoice {
        text: at.to_string(),
        at,
        mode,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the clock is read, once per run"
)]
fn now() -> Result<Instant, UsageError> {
    Instant::try_from(std::time::SystemTime::now())
        .map_err(|error| UsageError::Value(format!("the system clock cannot be used: {error}")))
}

/// One worker per core.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}
