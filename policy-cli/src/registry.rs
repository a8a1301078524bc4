//! The exception registry of a run: records and the registries of people and accounts, from the disk or from an earlier
//! commit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::control::Catalog;
use policy_core::diagnostic::Diagnostic;
use policy_core::exception::codes::{EXC000, GOV003};
use policy_core::exception::{Accounts, People, Registry, RegistryOptions};
use policy_core::report::RegistryRevision;
use policy_core::source::Source;

use crate::UsageError;
use crate::discover::{self, DiscoverError};
use crate::git::{GitError, Repository};
use crate::governance::unreadable;
use crate::settings::Settings;

/// Where files are read from.
enum Tree {
    Disk,
    Commit(Repository, RegistryRevision),
}

/// A registry and where it comes from.
pub(crate) struct Opened {
    pub(crate) registry: Registry,
    /// The commit, when it was not read from the disk.
    pub(crate) revision: Option<RegistryRevision>,
}

/// Loads the exception registry of the given directories, or that of the settings, as it is now or as a commit has it.
///
/// What a commit cannot give is an error among the diagnostics and an empty registry: nothing is suppressed by records
/// that were not asked for.
pub(crate) fn open(
    dirs: &[PathBuf],
    revision: Option<&str>,
    settings: &Settings,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Opened {
    let dirs = if dirs.is_empty() {
        &settings.exception_dirs
    } else {
        dirs
    };
    let tree = match revision.map(|name| commit(dirs, name)).transpose() {
        Ok(tree) => tree.unwrap_or(Tree::Disk),
        Err((at, error)) => {
            diagnostics.push(no_history(&at, &error));
            return Opened {
                registry: Registry::default(),
                revision: None,
            };
        }
    };
    let mut sources = Vec::new();
    for dir in dirs {
        sources.extend(tree.texts(dir, diagnostics));
    }
    let options = options(&tree, dirs, settings, diagnostics);
    let (registry, found) = Registry::load(&sources, catalog, options);
    diagnostics.extend(found);
    Opened {
        registry,
        revision: match tree {
            Tree::Disk => None,
            Tree::Commit(_, revision) => Some(revision),
        },
    }
}

/// Refuses an earlier registry where something is written: it would be written into the present one.
pub(crate) fn only_now(revision: Option<&str>) -> Result<(), UsageError> {
    match revision {
        None => Ok(()),
        Some(_) => Err(UsageError::Value(
            "--registry-rev shows an earlier registry; this command writes into the present one".into(),
        )),
    }
}

/// What the history of the records says about them.
pub(crate) fn history(dirs: &[PathBuf], registry: &Registry) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for dir in dirs {
        match Repository::around(dir).and_then(|repository| repository.versions(dir)) {
            Ok(versions) => found.extend(registry.lint_history(&versions)),
            Err(error) => found.push(no_history(dir, &error)),
        }
    }
    found
}

fn commit(dirs: &[PathBuf], name: &str) -> Result<Tree, (PathBuf, GitError)> {
    let mut tree: Option<Tree> = None;
    let here = [PathBuf::from(".")];
    for dir in if dirs.is_empty() { &here } else { dirs } {
        let at = |error| (dir.clone(), error);
        let repository = Repository::around(dir).map_err(at)?;
        let commit = repository.commit(name).map_err(at)?;
        let known = match &tree {
            Some(Tree::Commit(_, known)) => known.commit == commit,
            _ => true,
        };
        if !known {
            let message = format!("`{name}` is another commit here than in the repository before");
            return Err(at(GitError::Failed(message)));
        }
        let revision = RegistryRevision {
            name: name.to_owned(),
            commit,
        };
        tree.get_or_insert(Tree::Commit(repository, revision));
    }
    Ok(tree.unwrap_or(Tree::Disk))
}

fn no_history(at: &Path, error: &GitError) -> Diagnostic {
    Diagnostic::new(&GOV003, error.to_string())
        .in_file(&discover::name_of(at))
        .help(error.help())
}

/// Links are not followed: what one points to changes without a change to the registry that anybody reviews. A record that
/// is not read suppresses nothing, and a registry of people that is not read checks nobody, so it is an error either way.
fn is_elsewhere(name: &str) -> Diagnostic {
    Diagnostic::new(
        &EXC000,
        format!("`{name}` is a link, and its content is not part of the registry"),
    )
    .in_file(name)
    .help("put the file itself there")
}

impl Tree {
    fn texts(&self, dir: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<Arc<Source>> {
        const ENDINGS: [&str; 2] = ["yaml", "yml"];
        match self {
            Self::Disk => {
                let found = discover::texts(dir, &ENDINGS, &|part| part.starts_with('.'));
                diagnostics.extend(
                    discover::links(dir, &ENDINGS)
                        .iter()
                        .map(|name| is_elsewhere(name)),
                );
                found.unwrap_or_else(|error| {
                    diagnostics.push(unreadable(&error));
                    Vec::new()
                })
            }
            Self::Commit(repository, revision) => match repository.texts(&revision.commit, dir, &ENDINGS) {
                Ok(Some(texts)) => {
                    diagnostics.extend(texts.elsewhere.iter().map(|name| is_elsewhere(name)));
                    texts.sources
                }
                // There were no exceptions then.
                Ok(None) => Vec::new(),
                Err(error) => {
                    diagnostics.push(no_history(dir, &error));
                    Vec::new()
                }
            },
        }
    }

    fn text(&self, path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Option<Arc<Source>> {
        let name = discover::name_of(path);
        match self {
            Self::Disk if path.is_symlink() => {
                diagnostics.push(is_elsewhere(&name));
                None
            }
            Self::Disk if !path.is_file() => None,
            Self::Disk => match std::fs::read(path) {
                Ok(bytes) => Some(Source::new(name, String::from_utf8_lossy(&bytes).into_owned())),
                Err(source) => {
                    diagnostics.push(unreadable(&DiscoverError::Read { path: name, source }));
                    None
                }
            },
            Self::Commit(repository, revision) => {
                repository.text(&revision.commit, path).unwrap_or_else(|error| {
                    diagnostics.push(no_history(path, &error));
                    None
                })
            }
        }
    }
}

/// The registries of people and accounts: those of `registry/` beside the exceptions, or of the directory that the
/// settings name. Without them separation of duties is a comparison of texts.
fn options(
    tree: &Tree,
    dirs: &[PathBuf],
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) -> RegistryOptions {
    let mut options = settings.registry_options();
    let mut found: Vec<PathBuf> = match &settings.registry_dir {
        Some(dir) => vec![dir.clone()],
        None => dirs
            .iter()
            .map(|dir| dir.parent().unwrap_or(Path::new("")).join("registry"))
            .collect(),
    };
    found.dedup();
    if let Some(dir) = settings.registry_dir.as_ref().filter(|dir| !dir.is_dir())
        && matches!(tree, Tree::Disk)
    {
        diagnostics.push(unreadable(&DiscoverError::Empty {
            path: discover::name_of(dir),
            what: "registry",
        }));
    }
    for dir in found {
        if let Some(source) = registry_file(
            tree,
            &dir.join("people.yaml"),
            options.people.is_some(),
            diagnostics,
        ) {
            let (people, problems) = People::load(&source);
            diagnostics.extend(problems);
            options.people = Some(people);
        }
        if let Some(source) = registry_file(
            tree,
            &dir.join("accounts.yaml"),
            options.accounts.is_some(),
            diagnostics,
        ) {
            let (accounts, problems) = Accounts::load(&source);
            diagnostics.extend(problems);
            options.accounts = Some(accounts);
        }
    }
    options
}

/// Reads a registry file. A second one is not merged into the first: whose word would count?
fn registry_file(
    tree: &Tree,
    path: &Path,
    second: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Arc<Source>> {
    let source = tree.text(path, diagnostics)?;
    if !second {
        return Some(source);
    }
    let name = source.name();
    let message = format!("`{name}` is a second registry of its kind, and only the first one is used");
    diagnostics.push(
        Diagnostic::new(&EXC000, message)
            .in_file(name)
            .help("name one directory with `registry` in policy.yaml"),
    );
    None
}
