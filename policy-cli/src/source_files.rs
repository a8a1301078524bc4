//! Terraform source on the disk, inside one repository.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use policy_core::input::terraform::source::SourceFiles;

use crate::discover;

/// The tree that holds a root module: its repository. Outside of one it is the directory itself and those of the
/// modules that it calls by path (`source = "../.."`), and nothing beside them. Links that lead out are not followed.
pub(crate) struct DiskFiles {
    /// The tree, as a path from the working directory.
    base: PathBuf,
    /// The same without links, to compare with.
    resolved: PathBuf,
    /// What of it may be read.
    readable: Vec<PathBuf>,
    /// Files that were named on the command line and may be anywhere, by the path under which they are asked for.
    named: BTreeMap<String, PathBuf>,
    /// What was read: name → SHA-256.
    read: Mutex<BTreeMap<String, String>>,
}

impl DiskFiles {
    /// The tree around `directory`, and the path of `directory` in it.
    pub(crate) fn around(directory: &Path) -> std::io::Result<(Self, String)> {
        let resolved = directory.canonicalize()?;
        let repository = resolved
            .ancestors()
            .find(|ancestor| ancestor.join(".git").exists());
        let readable = match repository {
            Some(repository) => vec![repository.to_owned()],
            None => called_by(&resolved),
        };
        let tree = shared_parent(&resolved, &readable);
        let below = resolved.strip_prefix(tree).unwrap_or(Path::new(""));
        let up: PathBuf = below.components().map(|_| Component::ParentDir).collect();
        let base = lexical(&directory.join(up));
        Ok((
            Self {
                base,
                resolved: tree.to_owned(),
                readable,
                named: BTreeMap::new(),
                read: Mutex::default(),
            },
            below.to_string_lossy().replace('\\', "/"),
        ))
    }

    /// Makes a file that was named on the command line readable; under the path that this gives.
    pub(crate) fn named(&mut self, file: &Path) -> String {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // No path in a tree begins like this: `:` separates paths in lists of them.
        let path = format!(":{}/{name}", self.named.len());
        self.named.insert(path.clone(), file.to_owned());
        path
    }

    /// The files that were read, by name, each with its SHA-256.
    pub(crate) fn into_digests(self) -> BTreeMap<String, String> {
        self.read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file on the disk, when it is inside the tree.
    fn inside(&self, path: &str) -> Option<PathBuf> {
        if let Some(file) = self.named.get(path) {
            return Some(file.clone());
        }
        let file = self.resolved.join(path).canonicalize().ok()?;
        self.readable
            .iter()
            .any(|readable| file.starts_with(readable))
            .then_some(file)
    }
}

impl SourceFiles for DiskFiles {
    fn list(&self, directory: &str) -> Vec<String> {
        let Some(entries) = self.inside(directory).and_then(|dir| std::fs::read_dir(dir).ok()) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_dir = entry.path().is_dir();
                (!name.is_empty()).then(|| if is_dir { format!("{name}/") } else { name })
            })
            .collect();
        names.sort();
        names
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.inside(path)?).ok()?;
        self.read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(self.name(path), policy_core::source::sha256(&bytes));
        Some(bytes)
    }

    fn name(&self, path: &str) -> String {
        match self.named.get(path) {
            Some(file) => discover::name_of(file),
            None => discover::name_of(&lexical(&self.base.join(path))),
        }
    }
}

/// A root module outside of a repository and the directories of the modules that it calls by path, however indirectly.
fn called_by(root: &Path) -> Vec<PathBuf> {
    /// More local modules than any tree has.
    const MANY: usize = 1_000;
    let mut found = vec![root.to_owned()];
    let mut next = 0;
    while let Some(module) = found.get(next).cloned() {
        next += 1;
        for called in discover::local_calls(&module) {
            let Ok(called) = called.canonicalize() else {
                continue;
            };
            if found.len() < MANY && !found.contains(&called) && discover::holds_source(&called) {
                found.push(called);
            }
        }
    }
    found
}

/// The deepest directory that holds all of these and `directory`.
fn shared_parent<'d>(directory: &'d Path, others: &[PathBuf]) -> &'d Path {
    let holds_all = |ancestor: &&Path| others.iter().all(|other| other.starts_with(ancestor));
    directory.ancestors().find(holds_all).unwrap_or(directory)
}

/// Resolves `..` and `.` by text alone: `infra/prod/../../modules` is `modules`.
fn lexical(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.into_iter().collect()
}
