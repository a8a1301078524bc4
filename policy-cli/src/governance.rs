//! What a run is made of: the controls, the exceptions, the inputs and the date. Everything is read here and handed
//! to the library as text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::control::Catalog;
use policy_core::date::{AsOf, Instant};
use policy_core::diagnostic::Diagnostic;
use policy_core::evaluation::InputInventory;
use policy_core::exception::Registry;
use policy_core::input::terraform::source::{Assignment, SourceOptions};
use policy_core::input::{self, InputContext, LoadedInput};
use policy_core::report::{Mode, ReportedInput};
use policy_core::resource::{ContextOptions, TypeMap, build};
use policy_core::source::Source;

use crate::UsageError;
use crate::cli::{Global, InputArgs};
use crate::discover::{self, DiscoverError, Input};
use crate::pack;
use crate::settings::Settings;
use crate::source_files::DiskFiles;

/// Directories below a control directory that hold no controls.
const NOT_CONTROLS: [&str; 6] = ["tests", "packs", "mappings", "exceptions", "registry", "docs"];

/// Loads the controls: the given directories, those of the settings, or the pack in the binary.
pub(crate) fn catalog(global: &Global, settings: &Settings, diagnostics: &mut Vec<Diagnostic>) -> Catalog {
    let dirs = if global.control_dirs.is_empty() { &settings.control_dirs } else { &global.control_dirs };
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
    let (mut catalog, found) = policy_core::control::load(&sources);
    diagnostics.extend(found);
    diagnostics.extend(settings.apply_parameters(&mut catalog));
    catalog
}

/// The YAML and Rego texts of a control directory. A governance repository keeps its rules beside its controls; a
/// plain control directory is read as it is.
pub(crate) fn control_texts(dir: &Path) -> Result<Vec<Arc<Source>>, DiscoverError> {
    let skip = |part: &str| NOT_CONTROLS.contains(&part) || part.starts_with('.');
    let mut sources = Vec::new();
    if dir.join("controls").is_dir() {
        sources.extend(discover::texts(&dir.join("controls"), &["yaml", "yml", "rego"], &skip)?);
        if dir.join("rules").is_dir() {
            sources.extend(discover::texts(&dir.join("rules"), &["rego"], &skip)?);
        }
    } else {
        sources = discover::texts(dir, &["yaml", "yml", "rego"], &skip)?;
    }
    sources.retain(|source| !source.name().ends_with("_test.rego"));
    if sources.is_empty() {
        return Err(DiscoverError::Empty { path: discover::name_of(dir), what: "control" });
    }
    Ok(sources)
}

/// Loads the exception registry of the given directories, or that of the settings.
pub(crate) fn exceptions(
    dirs: &[PathBuf],
    settings: &Settings,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Registry {
    let dirs = if dirs.is_empty() { &settings.exception_dirs } else { dirs };
    let mut sources = Vec::new();
    for dir in dirs {
        match discover::texts(dir, &["yaml", "yml"], &|part| part.starts_with('.')) {
            Ok(found) => sources.extend(found),
            Err(error) => diagnostics.push(unreadable(&error)),
        }
    }
    let (registry, found) = Registry::load(&sources, catalog, settings.registry_options());
    diagnostics.extend(found);
    registry
}

/// What the inputs of a command came to.
pub(crate) struct Inputs {
    pub(crate) reported: Vec<ReportedInput>,
    pub(crate) inventories: Vec<InputInventory>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads and folds every input. One that cannot be read is a diagnostic; the others go on.
pub(crate) fn inputs(args: &InputArgs, settings: &Settings) -> Result<Inputs, UsageError> {
    let account = args.account.clone().or_else(|| settings.account.clone());
    let region = args.region.clone().or_else(|| settings.region.clone());
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
        environment: args.environment.clone().or_else(|| settings.environment.clone()),
        environment_by_account: settings.environment_by_account.clone(),
    };
    let mut result = Inputs { reported: Vec::new(), inventories: Vec::new(), diagnostics: Vec::new() };
    for found in discover::inputs(&args.paths, &args.stdin_filename) {
        match found {
            Ok(Input::Bytes(named)) => read_input(named, &context, &options, &mut result),
            Ok(Input::Module(directory)) => read_module(&directory, args, &context, &options, &mut result),
            Err(error) => {
                let path = error.path().to_owned();
                result.reported.push(ReportedInput { path, format: None, resources: 0, sha256: None });
                result.diagnostics.push(unreadable(&error));
            }
        }
    }
    Ok(result)
}

fn read_input(named: discover::NamedBytes, context: &InputContext, options: &ContextOptions, result: &mut Inputs) {
    let sha256 = input::sha256(&named.bytes);
    let mut loaded = input::load(&named.name, named.bytes, context);
    if loaded.format == Some(input::InputFormat::TerraformPlan) {
        let files = discover::terraform_source(Path::new(&named.name));
        input::terraform::locate_in_source(&mut loaded, &files);
    }
    add(named.name, Some(sha256), loaded, options, result);
}

/// Evaluates a Terraform root module from its source.
fn read_module(
    directory: &Path,
    args: &InputArgs,
    context: &InputContext,
    options: &ContextOptions,
    result: &mut Inputs,
) {
    let name = discover::name_of(directory);
    let (files, root) = match DiskFiles::around(directory) {
        Ok(found) => found,
        Err(source) => {
            result.diagnostics.push(unreadable(&DiscoverError::Read { path: name, source }));
            return;
        }
    };
    let mut source_options = SourceOptions::new(context);
    source_options.assignments = assignments(args, directory, &root);
    let loaded = input::terraform::source::read(&files, &root, &source_options);
    add(name, None, loaded, options, result);
}

/// `--var-file` paths are meant from the working directory, and the evaluation asks for them from the root of the tree.
fn assignments(args: &InputArgs, directory: &Path, root: &str) -> Vec<Assignment> {
    let from_root = |path: &Path| match path.strip_prefix(directory) {
        Ok(below) => Path::new(root).join(below).to_string_lossy().replace('\\', "/"),
        Err(_) => path.to_string_lossy().replace('\\', "/"),
    };
    let files = args.var_files.iter().map(|path| Assignment::File(from_root(path)));
    let texts = args.vars.iter().filter_map(|text| {
        text.split_once('=').map(|(name, value)| Assignment::Text(name.to_owned(), value.to_owned()))
    });
    files.chain(texts).collect()
}

fn add(
    name: String,
    sha256: Option<String>,
    loaded: LoadedInput,
    options: &ContextOptions,
    result: &mut Inputs,
) {
    result.diagnostics.extend(loaded.diagnostics);
    let (inventory, found) = build(loaded.resources, TypeMap::builtin(), options);
    result.diagnostics.extend(found);
    result.reported.push(ReportedInput {
        path: name.clone(),
        format: loaded.format.map(input::InputFormat::as_str),
        resources: inventory.resources.len(),
        sha256,
    });
    result.inventories.push(InputInventory { name, inventory });
}

fn parameters(path: &Path) -> Result<std::collections::BTreeMap<String, policy_core::Value>, UsageError> {
    let name = discover::name_of(path);
    let bytes = std::fs::read(path).map_err(|error| UsageError::Value(format!("cannot read `{name}`: {error}")))?;
    input::cloudformation::read_parameters(&name, &bytes).map_err(|diagnostics| {
        crate::terminal::err(&policy_core::report::text::render_diagnostics(&diagnostics, false));
        UsageError::Value(format!("`{name}` holds no parameter values"))
    })
}

fn unreadable(error: &DiscoverError) -> Diagnostic {
    Diagnostic::new(&input::codes::INP001, error.to_string())
        .in_file(error.path())
        .help("check the path; everything else was still evaluated")
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
        return Ok(AsOfChoice { at: AsOf::at(now), text: today.to_string(), mode: Mode::Current });
    };
    let at = AsOf::parse_with_now(text, now, zone).map_err(|error| UsageError::Value(format!("--as-of: {error}")))?;
    let mode = match at.date(zone).cmp(&today) {
        std::cmp::Ordering::Less => Mode::Historical,
        std::cmp::Ordering::Equal => Mode::Current,
        std::cmp::Ordering::Greater => Mode::Forecast,
    };
    Ok(AsOfChoice { text: at.to_string(), at, mode })
}

#[expect(clippy::disallowed_methods, reason = "the command line is where the clock is read, once per run")]
fn now() -> Result<Instant, UsageError> {
    Instant::try_from(std::time::SystemTime::now())
        .map_err(|error| UsageError::Value(format!("the system clock cannot be used: {error}")))
}

/// One worker per core.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}
