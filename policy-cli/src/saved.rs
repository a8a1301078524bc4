//! Reading what was written down before: saved reports and packages.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use policy_core::report::read::{self, SavedReport};

use crate::UsageError;
use crate::discover::name_of;

/// The bytes of a file; `-` is standard input.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, UsageError> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| unreadable(path, error))
}

/// A saved report with its bytes.
pub(crate) fn report(path: &Path) -> Result<(Vec<u8>, SavedReport), UsageError> {
    let bytes = bytes(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| unreadable(path, error))?;
    let code = |id: &str| {
        policy_core::codes()
            .chain(crate::settings::codes())
            .chain(crate::command::test::codes())
            .find(|code| code.id == id)
    };
    let saved = read::read(text, code).map_err(|error| unreadable(path, error))?;
    Ok((bytes, saved))
}

/// Every file below a directory: path with `/` → bytes.
pub(crate) fn directory(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>, UsageError> {
    let mut files = BTreeMap::new();
    let mut pending = vec![(dir.to_path_buf(), String::new())];
    while let Some((path, prefix)) = pending.pop() {
        let entries = std::fs::read_dir(&path).map_err(|error| unreadable(&path, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&path, error))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(&entry.path(), error))?;
            if kind.is_dir() {
                pending.push((entry.path(), format!("{name}/")));
            } else if kind.is_symlink() {
                // Packages hold no links. What one points to is not in the package, so it cannot be what was listed.
                files.insert(name, Vec::new());
            } else {
                let bytes = std::fs::read(entry.path()).map_err(|error| unreadable(&entry.path(), error))?;
                files.insert(name, bytes);
            }
        }
    }
    Ok(files)
}

pub(crate) fn unreadable(path: &Path, why: impl std::fmt::Display) -> UsageError {
    UsageError::Read {
        path: name_of(path),
        why: why.to_string(),
    }
}
