//! The files an evaluation may read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::document;
use crate::source::Source;

/// Read access to the tree of files that holds the root module and its local modules.
///
/// Paths are relative to the root of the tree, with `/`, without `.` and `..`. An implementation over a disk must not
/// follow links out of the tree; the evaluation itself never asks for a path above its root.
pub trait SourceFiles: Sync {
    /// The names of the files directly in `directory`, sorted; directories end with `/`. Empty when there is none.
    fn list(&self, directory: &str) -> Vec<String>;

    /// The bytes of a file, or `None` when it does not exist or cannot be read.
    fn read(&self, path: &str) -> Option<Vec<u8>>;

    /// The name shown to people; the path by default.
    fn name(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Files in memory, by path.
///
/// ```
/// use policy_core::input::terraform::source::{MemoryFiles, SourceFiles};
/// let files = MemoryFiles::new([("modules/a/main.tf", "locals {}")]);
/// assert_eq!(files.list("modules"), ["a/"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryFiles {
    /// Files of these paths and contents.
    pub fn new<P: Into<String>, T: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        Self {
            files: files
                .into_iter()
                .map(|(path, text)| (path.into(), text.into()))
                .collect(),
        }
    }
}

impl SourceFiles for MemoryFiles {
    fn list(&self, directory: &str) -> Vec<String> {
        let prefix = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        let mut names: Vec<String> = self
            .files
            .range(prefix.clone()..)
            .take_while(|(path, _)| path.starts_with(&prefix))
            .filter_map(|(path, _)| path.strip_prefix(&prefix))
            .map(|rest| match rest.split_once('/') {
                Some((directory, _)) => format!("{directory}/"),
                None => rest.to_owned(),
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).cloned()
    }
}

/// The text of a file.
pub(super) fn read_text(files: &dyn SourceFiles, path: &str) -> Option<Result<Arc<Source>, Diagnostic>> {
    files
        .read(path)
        .map(|bytes| document::decode(&files.name(path), &bytes))
}

/// `path` seen from `directory`, without `.` and `..`; `None` when it leads out of the tree or is absolute.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

pub(super) fn child(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}
