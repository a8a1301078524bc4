//! From the paths of the command line to named bytes. The only place that walks directories.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use policy_core::source::Source;

/// A file that could not be read, or a place where nothing was found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoverError {
    /// The file or directory cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// As given.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The directory holds nothing this command can read.
    #[error("`{path}` holds no {what}")]
    Empty {
        /// As given.
        path: String,
        /// What was looked for.
        what: &'static str,
    },
}

impl DiscoverError {
    /// The path it is about.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Read { path, .. } | Self::Empty { path, .. } => path,
        }
    }
}

/// A named input.
pub(crate) struct NamedBytes {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Reads the inputs in the order given. A directory gives its plans and templates, in path order; a path that cannot
/// be read is an error beside the others, never instead of them.
pub(crate) fn inputs(paths: &[PathBuf], stdin_name: &str) -> Vec<Result<NamedBytes, DiscoverError>> {
    paths.iter().flat_map(|path| input(path, stdin_name)).collect()
}

fn input(path: &Path, stdin_name: &str) -> Vec<Result<NamedBytes, DiscoverError>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        return vec![match read {
            Ok(_) => Ok(NamedBytes { name: stdin_name.to_owned(), bytes }),
            Err(source) => Err(DiscoverError::Read { path: stdin_name.to_owned(), source }),
        }];
    }
    if !path.is_dir() {
        return vec![read(path)];
    }
    let found: Vec<_> = files(path, &["json", "yaml", "yml", "template"]).into_iter().filter(|file| is_input(file)).collect();
    if found.is_empty() {
        return vec![Err(DiscoverError::Empty {
            path: name_of(path),
            what: "Terraform plan (JSON) or CloudFormation template",
        })];
    }
    found.iter().map(|file| read(file)).collect()
}

/// In a directory only files that are plans or templates by their content are inputs: a `package.json` is not an
/// unreadable plan. A file named on the command line is always an input.
fn is_input(file: &Path) -> bool {
    let Ok(bytes) = std::fs::read(file) else { return true };
    policy_core::input::looks_like_input(&bytes)
}

fn read(path: &Path) -> Result<NamedBytes, DiscoverError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(NamedBytes { name: name_of(path), bytes }),
        Err(source) => Err(DiscoverError::Read { path: name_of(path), source }),
    }
}

/// Reads the text of every file with one of these endings below `dir`, in path order, leaving out directories for
/// which `skip` says so.
pub(crate) fn texts(
    dir: &Path,
    endings: &[&str],
    skip: &dyn Fn(&str) -> bool,
) -> Result<Vec<std::sync::Arc<Source>>, DiscoverError> {
    if !dir.is_dir() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "no such directory");
        return Err(DiscoverError::Read { path: name_of(dir), source });
    }
    let mut sources = Vec::new();
    for file in files(dir, endings) {
        let below = file.strip_prefix(dir).unwrap_or(&file);
        let skipped = below.parent().is_some_and(|parent| {
            parent.components().any(|part| skip(&part.as_os_str().to_string_lossy()))
        });
        if !skipped {
            let bytes = read(&file)?;
            // Invalid UTF-8 becomes replacement characters, which the strict loaders then reject with a location.
            sources.push(Source::new(bytes.name, String::from_utf8_lossy(&bytes.bytes).into_owned()));
        }
    }
    Ok(sources)
}

/// The files with one of these endings below `dir`, in path order; hidden and git-ignored ones are left out.
pub(crate) fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ignore::WalkBuilder::new(dir)
        .require_git(false)
        .sort_by_file_path(Path::cmp)
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|found| endings.iter().any(|ending| found == *ending)))
        .collect();
    found.sort();
    found
}

/// The `.tf` files beside an input by path: findings of a plan point into them.
pub(crate) fn terraform_source(input: &Path) -> BTreeMap<String, std::sync::Arc<Source>> {
    let Some(dir) = input.parent() else { return BTreeMap::new() };
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    files(dir, &["tf"])
        .into_iter()
        .filter_map(|file| {
            let text = std::fs::read_to_string(&file).ok()?;
            let below = file.strip_prefix(dir).unwrap_or(&file);
            Some((below.to_string_lossy().replace('\\', "/"), Source::new(name_of(&file), text)))
        })
        .collect()
}

/// A path as reports show it: with `/`, and without a leading `./`.
pub(crate) fn name_of(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").filter(|rest| !rest.is_empty()).map_or(text.clone(), str::to_owned)
}
