//! `policy exceptions`: one file per verb.

mod forecast;
mod list;
mod new;
mod renew;
mod show;
mod tidy;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use policy_core::control::Catalog;
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::exception::{self, Registry};
use policy_core::report;

use crate::cli::{Exceptions, Global, RegistryArgs};
use crate::governance::{self, AsOfChoice};
use crate::settings::Settings;
use crate::{UsageError, exit_code, registry, terminal};

pub(crate) fn run(global: &Global, command: &Exceptions) -> Result<ExitCode, UsageError> {
    match command {
        Exceptions::List(args) => list::run(global, args),
        Exceptions::Show(args) => show::run(global, args),
        Exceptions::Forecast(args) => forecast::run(global, args),
        Exceptions::New(args) => new::run(global, args),
        Exceptions::Renew(args) => renew::run(global, args),
        Exceptions::Tidy(args) => tidy::run(global, args),
    }
}

/// Everything a verb works on.
struct Opened {
    settings: Settings,
    /// Where records are, the first one first.
    dirs: Vec<PathBuf>,
    catalog: Catalog,
    registry: Registry,
    diagnostics: Vec<Diagnostic>,
    as_of: AsOfChoice,
}

impl Opened {
    /// Opens the registry: the given directories, those of the settings, or `exceptions/`. Controls come from the
    /// flags, the settings, the repository the exceptions lie in, or the pack in the binary.
    fn new(global: &Global, args: &RegistryArgs) -> Result<Self, UsageError> {
        let mut settings = Settings::load(global)?;
        let as_of = governance::as_of(args.as_of.as_deref(), &settings)?;
        let dirs = match (args.exception_dirs.is_empty(), settings.exception_dirs.is_empty()) {
            (false, _) => args.exception_dirs.clone(),
            (true, false) => settings.exception_dirs.clone(),
            (true, true) => vec![PathBuf::from("exceptions")],
        };
        if settings.control_dirs.is_empty() {
            let beside = dirs.iter().filter_map(|dir| dir.parent());
            settings.control_dirs = beside
                .filter(|root| root.join("controls").is_dir())
                .map(root_name)
                .take(1)
                .collect();
        }
        let mut diagnostics = Vec::new();
        let catalog = governance::catalog(global, &settings, &mut diagnostics);
        // What is wrong with controls is for `policy lint`; here it matters where a record needs the control.
        diagnostics.retain(|diagnostic| diagnostic.level == Level::Error);
        let opened = registry::open(
            &dirs,
            args.registry_rev.as_deref(),
            &settings,
            &catalog,
            &mut diagnostics,
        );
        Ok(Self {
            settings,
            dirs,
            catalog,
            registry: opened.registry,
            diagnostics,
            as_of,
        })
    }

    /// What cannot be read or is invalid, on standard error, and the exit code that goes with it.
    fn finish(&self, otherwise: ExitCode) -> ExitCode {
        let unsound: Vec<Diagnostic> = self
            .diagnostics
            .iter()
            .filter(|diagnostic| leaves_open(diagnostic))
            .cloned()
            .collect();
        if unsound.is_empty() {
            return otherwise;
        }
        terminal::err(report::text::render_diagnostics(&unsound, false).trim_end());
        exit_code::undecided()
    }

    /// The record of this id.
    fn find(&self, id: &str) -> Result<&exception::Record, UsageError> {
        self.registry.get(id).ok_or_else(|| {
            let known: Vec<&str> = self
                .registry
                .records()
                .iter()
                .map(|record| &*record.id.value)
                .collect();
            let known = if known.is_empty() {
                "the registry is empty".to_owned()
            } else {
                format!("there are {}", known.join(", "))
            };
            UsageError::Value(format!("there is no exception `{id}`; {known}"))
        })
    }
}

/// True for an error that leaves a verdict open; the other errors about exceptions are for `policy lint`.
fn leaves_open(diagnostic: &Diagnostic) -> bool {
    let about_exceptions = exception::codes::CODES.contains(&diagnostic.code);
    diagnostic.level == Level::Error && (!about_exceptions || exception::undecides(diagnostic.code))
}

/// `.` for the directory that has no name.
fn root_name(root: &std::path::Path) -> PathBuf {
    if root.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        root.to_owned()
    }
}

/// JSON with a final line break.
fn json(value: &serde_json::Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
