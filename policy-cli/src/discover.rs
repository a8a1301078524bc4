//! From the paths of the command line to named bytes. The only place that walks directories.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy_core::input::cloudformation::TemplateFiles;
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
    /// Found in a directory, not named: left out when another input contains it.
    pub(crate) found: bool,
}

/// Something to read.
pub(crate) enum Input {
    /// A file or standard input.
    Bytes(NamedBytes),
    /// A directory that is a Terraform root module.
    Module(PathBuf),
}

/// Reads the inputs in the order given. A path that cannot be read is an error beside the others, never instead of
/// them.
///
/// A directory with Terraform source is one root module, and so is a `.tf` file given by itself (as pre-commit does),
/// once for all files of a directory. Any other directory gives its plans, templates and root modules, in path order;
/// where a plan lies beside the source it was made of, the plan is read: it knows more.
pub(crate) fn inputs(paths: &[PathBuf], stdin_name: &str) -> Vec<Result<Input, DiscoverError>> {
    let mut modules = BTreeSet::new();
    let mut found = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            found.push(stdin(stdin_name));
        } else if (is_source(path) || is_values(path)) && !path.is_dir() {
            let directory = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            if modules.insert(resolved(directory)) {
                found.push(Ok(Input::Module(directory.to_owned())));
            }
        } else if !path.is_dir() {
            found.push(read(path).map(Input::Bytes));
        } else if holds_source(path) {
            if modules.insert(resolved(path)) {
                found.push(Ok(Input::Module(path.clone())));
            }
        } else {
            found.extend(directory(path));
        }
    }
    found
}

/// The root modules below directories that are root modules themselves: nobody calls them by path, and giving the directory
/// does not read them.
pub(crate) fn roots_below(paths: &[PathBuf]) -> Vec<(&Path, Vec<PathBuf>)> {
    let given: BTreeSet<PathBuf> = paths.iter().map(|path| resolved(path)).collect();
    let below = |path: &'_ Path| {
        let source = source_directories(path);
        let called: BTreeSet<PathBuf> = source.iter().flat_map(|module| local_calls(module)).collect();
        let other = |module: &PathBuf| {
            module != path && !called.contains(module) && !given.contains(&resolved(module))
        };
        source.into_iter().filter(other).collect::<Vec<_>>()
    };
    paths
        .iter()
        .filter(|path| path.is_dir() && holds_source(path))
        .map(|path| (path.as_path(), below(path)))
        .filter(|(_, roots)| !roots.is_empty())
        .collect()
}

/// The directories with Terraform source at or below a path.
fn source_directories(path: &Path) -> BTreeSet<PathBuf> {
    files(path, &["tf", "json"])
        .into_iter()
        .filter(|file| is_source(file))
        .filter_map(|file| file.parent().map(Path::to_owned))
        .collect()
}

/// Names of one directory are many (`a`, `./a`, `../repo/a`); it is evaluated once.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A file of values beside the source it is for: pre-commit passes it like the source. Terraform reads it by itself when
/// it has one of the names for that.
fn is_values(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    (name.ends_with(".tfvars") || name.ends_with(".tfvars.json"))
        && path.parent().is_some_and(|parent| {
            let parent = if parent.as_os_str().is_empty() {
                Path::new(".")
            } else {
                parent
            };
            holds_source(parent)
        })
}

fn stdin(name: &str) -> Result<Input, DiscoverError> {
    let mut bytes = Vec::new();
    match std::io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(Input::Bytes(NamedBytes {
            name: name.to_owned(),
            bytes,
            found: false,
        })),
        Err(source) => Err(DiscoverError::Read {
            path: name.to_owned(),
            source,
        }),
    }
}

fn directory(path: &Path) -> Vec<Result<Input, DiscoverError>> {
    let mut documents: Vec<PathBuf> = files(path, &["json", "yaml", "yml", "template", "gz"])
        .into_iter()
        .filter(|file| is_document(file))
        .collect();
    leave_to_assemblies(&mut documents);
    let planned: BTreeSet<&Path> = documents.iter().filter_map(|file| file.parent()).collect();
    let source = source_directories(path);
    let called: BTreeSet<PathBuf> = source.iter().flat_map(|module| local_calls(module)).collect();
    let roots = source
        .iter()
        .filter(|module| !called.contains(*module) && !planned.contains(module.as_path()));
    let mut found: Vec<(PathBuf, Option<PathBuf>)> = roots
        .map(|module| (module.clone(), Some(module.clone())))
        .collect();
    found.extend(documents.iter().map(|file| (file.clone(), None)));
    found.sort();
    if found.is_empty() {
        let what = "Terraform plan or source, CloudFormation template or change set, CDK assembly or AWS Config items";
        return vec![Err(DiscoverError::Empty {
            path: name_of(path),
            what,
        })];
    }
    found
        .into_iter()
        .map(|(file, module)| match module {
            Some(module) => Ok(Input::Module(module)),
            None => read(&file).map(|named| Input::Bytes(NamedBytes { found: true, ..named })),
        })
        .collect()
}

/// What lies below the manifest of a CDK assembly is read through it.
fn leave_to_assemblies(found: &mut Vec<PathBuf>) {
    let is_manifest = |file: &&PathBuf| {
        file.file_name().is_some_and(|name| name == "manifest.json")
            && std::fs::read(file).is_ok_and(|bytes| policy_core::input::looks_like_manifest(&bytes))
    };
    let manifests: Vec<PathBuf> = found.iter().filter(is_manifest).cloned().collect();
    let below = |file: &Path, manifest: &Path| {
        file != manifest
            && manifest
                .parent()
                .is_some_and(|directory| file.starts_with(directory))
    };
    found.retain(|file| !manifests.iter().any(|manifest| below(file, manifest)));
}

/// The files that templates name, by paths relative to the working directory. Remembers which were read.
///
/// A template in a change request may name any path; what lies outside of the working directory and of the directory of
/// the input is not read, so that nobody can have it printed.
pub(crate) struct LocalFiles {
    roots: Vec<PathBuf>,
    read: RefCell<BTreeSet<String>>,
}

impl LocalFiles {
    /// Files beside the input of this name.
    pub(crate) fn beside(input: &str) -> Self {
        let own = Path::new(input)
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let roots = [Some(Path::new(".")), own].into_iter().flatten();
        Self {
            roots: roots.filter_map(|root| root.canonicalize().ok()).collect(),
            read: RefCell::default(),
        }
    }

    /// The names of the files that were read.
    pub(crate) fn into_read(self) -> BTreeSet<String> {
        self.read.into_inner()
    }
}

impl TemplateFiles for LocalFiles {
    fn read(&self, path: &str) -> Option<Arc<Source>> {
        let file = Path::new(path).canonicalize().ok()?;
        if !self.roots.iter().any(|root| file.starts_with(root)) {
            return None;
        }
        let bytes = std::fs::read(&file).ok()?;
        let source = policy_core::document::decode(path, &bytes).ok()?;
        self.read.borrow_mut().insert(path.to_owned());
        Some(source)
    }
}

/// The directories that the module calls of a directory name with a relative path. A textual look is enough to tell
/// root modules from the modules they are made of.
pub(crate) fn local_calls(module: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(module) else {
        return Vec::new();
    };
    let texts = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| is_source(path));
    texts
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .flat_map(|text| {
            let quoted = text
                .split('"')
                .filter(|part| *part == ".." || part.starts_with("./") || part.starts_with("../"));
            quoted
                .filter_map(|part| normal(&module.join(part)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// `a/b/../c` as `a/c`, the form in which the walk gives paths.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut parts: Vec<std::path::Component<'_>> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                parts.pop()?;
            }
            std::path::Component::CurDir if !parts.is_empty() => {}
            part => parts.push(part),
        }
    }
    Some(parts.into_iter().collect())
}

fn is_source(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    name.ends_with(".tf") || name.ends_with(".tf.json")
}

pub(crate) fn holds_source(directory: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return false;
    };
    entries
        .filter_map(Result::ok)
        .any(|entry| is_source(&entry.path()))
}

/// In a directory only files that are plans or templates by their content are inputs: a `package.json` is not an
/// unreadable plan. A file named on the command line is always an input.
pub(crate) fn is_document(file: &Path) -> bool {
    if is_source(file) {
        return false;
    }
    let Ok(bytes) = std::fs::read(file) else {
        return true;
    };
    policy_core::input::looks_like_input(&bytes)
}

fn read(path: &Path) -> Result<NamedBytes, DiscoverError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(NamedBytes {
            name: name_of(path),
            bytes,
            found: false,
        }),
        Err(source) => Err(DiscoverError::Read {
            path: name_of(path),
            source,
        }),
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
        return Err(DiscoverError::Read {
            path: name_of(dir),
            source,
        });
    }
    let mut sources = Vec::new();
    for file in files(dir, endings) {
        let below = file.strip_prefix(dir).unwrap_or(&file);
        let skipped = below.parent().is_some_and(|parent| {
            parent
                .components()
                .any(|part| skip(&part.as_os_str().to_string_lossy()))
        });
        if !skipped {
            let bytes = read(&file)?;
            // Invalid UTF-8 becomes replacement characters, which the strict loaders then reject with a location.
            sources.push(Source::new(
                bytes.name,
                String::from_utf8_lossy(&bytes.bytes).into_owned(),
            ));
        }
    }
    Ok(sources)
}

/// The links below `dir` whose name has one of these endings or that lead to a directory, by name. They are not followed.
pub(crate) fn links(dir: &Path, endings: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = ignore::WalkBuilder::new(dir)
        .standard_filters(false)
        .hidden(true)
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.path_is_symlink() && entry.depth() > 0)
        .map(ignore::DirEntry::into_path)
        .filter(|path| {
            let named = path
                .extension()
                .is_some_and(|found| endings.iter().any(|ending| found == *ending));
            named || path.is_dir()
        })
        .map(|path| name_of(&path))
        .collect();
    found.sort();
    found
}

/// The files with one of these endings below `dir`, in path order; hidden and git-ignored ones are left out.
pub(crate) fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = ignore::WalkBuilder::new(dir)
        // What one user ignores everywhere, or in one clone, must not decide what is checked.
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .filter(|path| {
            path.extension()
                .is_some_and(|found| endings.iter().any(|ending| found == *ending))
        })
        .collect();
    found.sort();
    found
}

/// The `.tf` files of a directory by path: findings of a plan point into them.
pub(crate) fn terraform_source(dir: &Path) -> BTreeMap<String, std::sync::Arc<Source>> {
    let dir = if dir.as_os_str().is_empty() {
        Path::new(".")
    } else {
        dir
    };
    files(dir, &["tf"])
        .into_iter()
        .filter_map(|file| {
            let text = std::fs::read_to_string(&file).ok()?;
            let below = file.strip_prefix(dir).unwrap_or(&file);
            Some((
                below.to_string_lossy().replace('\\', "/"),
                Source::new(name_of(&file), text),
            ))
        })
        .collect()
}

/// The Terraform and CloudFormation texts among the inputs, and the Terraform files beside a plan: where people write
/// comments. JSON has none; it is read for the metadata of templates, if `all` says so.
pub(crate) fn source_texts(paths: &[PathBuf], all: bool) -> Vec<std::sync::Arc<Source>> {
    const ENDINGS: [&str; 5] = ["tf", "yaml", "yml", "template", "json"];
    let mut found = std::collections::BTreeSet::new();
    for path in paths.iter().filter(|path| *path != Path::new("-")) {
        if path.is_dir() {
            found.extend(files(path, &ENDINGS));
            continue;
        }
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        if ENDINGS.contains(&ending) {
            found.insert(path.clone());
        }
        // What is no source of its own may be a plan, and its source lies beside it.
        let made_of_source = ending == "json" || !ENDINGS.contains(&ending);
        if let Some(dir) = path.parent().filter(|_| made_of_source) {
            let dir = if dir.as_os_str().is_empty() {
                Path::new(".")
            } else {
                dir
            };
            found.extend(files(dir, &["tf"]));
        }
    }
    let text = |file: &PathBuf| {
        let is_json = file.extension().is_some_and(|ending| ending == "json");
        // A plan can be very large, and it has neither comments nor metadata of templates.
        let bytes = (all || !is_json).then(|| std::fs::read(file).ok())??;
        let skipped = is_json && !bytes.windows(10).any(|word| word == b"\"Metadata\"");
        let text = String::from_utf8(bytes).ok().filter(|_| !skipped)?;
        Some(Source::new(name_of(file), text))
    };
    found
        .iter()
        .filter_map(text)
        .filter(|source| all || source.text().contains("policy:ignore"))
        .collect()
}

/// A path as reports show it: with `/`, and without a leading `./`.
pub(crate) fn name_of(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./")
        .filter(|rest| !rest.is_empty())
        .map_or(text.clone(), str::to_owned)
}
