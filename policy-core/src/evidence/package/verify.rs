//! Is a package what it was when it was made?
//!
//! The result has the members of Audit Manager's `ValidateAssessmentReportIntegrity`. What this shows is tamper *evidence*:
//! who rewrites every file and the manifest gets a package that is sound in itself, and only a root that was kept elsewhere
//! (a commit, an object under lock) tells the difference.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::manifest::{self, FileDigest, MANIFEST, Manifest};
use crate::evidence::merkle::Sha256Digest;
use crate::evidence::record::broken_link;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// True when nothing is wrong.
    pub valid: bool,
    /// Always absent: packages are not signed by this program. Sign the manifest with a tool of your own.
    pub signature_valid: Option<bool>,
    /// Absent like the signature.
    pub signature_algorithm: Option<String>,
    /// Absent like the signature.
    pub signature_date_time: Option<String>,
    /// Absent like the signature.
    pub signature_key_id: Option<String>,
    /// What is wrong, one sentence each.
    pub validation_errors: Vec<String>,
    /// The package, when its manifest can be read.
    pub package_id: Option<String>,
    /// The root as computed from what is there.
    pub merkle_root: Option<String>,
    /// How many files were compared.
    pub files_checked: usize,
}

/// What is known about a package from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// The root as it was printed when the package was made.
    pub root: Option<String>,
    /// The manifest of the package before.
    pub previous: Option<Vec<u8>>,
}

/// Compares the files of a package (path inside the package → bytes) with its manifest, and with what is known from
/// elsewhere.
pub fn verify(files: &BTreeMap<String, Vec<u8>>, witness: &Witness) -> Verification {
    let mut check = Check {
        files,
        errors: Vec::new(),
    };
    let manifest = check.manifest();
    let mut root = None;
    let mut checked = 0;
    if let Some((manifest, json)) = &manifest {
        check.files(&manifest.files);
        root = check.root(manifest, json, witness);
        check.previous(manifest, witness);
        check.evidence();
        checked = manifest.files.len();
    }
    Verification {
        valid: check.errors.is_empty(),
        signature_valid: None,
        signature_algorithm: None,
        signature_date_time: None,
        signature_key_id: None,
        validation_errors: check.errors,
        package_id: manifest.map(|(manifest, _)| manifest.package_id),
        merkle_root: root.map(|root| root.to_string()),
        files_checked: checked,
    }
}

struct Check<'a> {
    files: &'a BTreeMap<String, Vec<u8>>,
    errors: Vec<String>,
}

impl Check<'_> {
    fn wrong(&mut self, error: impl Into<String>) {
        self.errors.push(error.into());
    }

    fn manifest(&mut self) -> Option<(Manifest, Value)> {
        let Some(bytes) = self.files.get(MANIFEST) else {
            self.wrong(format!("`{MANIFEST}` is missing"));
            return None;
        };
        let json: Value = match serde_json::from_slice(bytes) {
            Ok(json) => json,
            Err(error) => {
                self.wrong(format!("`{MANIFEST}` cannot be read: {error}"));
                return None;
            }
        };
        let version = json.get("schemaVersion").and_then(Value::as_u64);
        if version.is_some_and(|version| version > manifest::VERSION.into()) {
            self.wrong(format!(
                "`{MANIFEST}` has a later schema version than this program reads"
            ));
            return None;
        }
        if manifest::layout(&json).is_ok_and(|written| written != *bytes) {
            self.wrong(format!(
                "`{MANIFEST}` is not written as it was when the package was made"
            ));
        }
        match serde_json::from_value(json.clone()) {
            Ok(manifest) => Some((manifest, json)),
            Err(error) => {
                self.wrong(format!("`{MANIFEST}` is not a manifest: {error}"));
                None
            }
        }
    }

    fn files(&mut self, listed: &[FileDigest]) {
        let mut expected = BTreeMap::new();
        for file in listed {
            if expected.insert(file.path.as_str(), file).is_some() {
                self.wrong(format!("`{MANIFEST}` lists `{}` twice", file.path));
            }
        }
        if !listed.is_sorted_by(|left, right| left.path < right.path) {
            self.wrong(format!("`{MANIFEST}` does not list its files in order"));
        }
        let files = self.files;
        for file in listed {
            let Some(bytes) = files.get(&file.path) else {
                self.wrong(format!("`{}` is missing", file.path));
                continue;
            };
            let digest = Sha256Digest::of(bytes).to_string();
            if digest == file.sha256 && bytes.len() == file.size {
                continue;
            }
            let other = listed.iter().find(|other| other.sha256 == digest);
            self.wrong(match other {
                Some(other) => format!("`{}` holds what belongs in `{}`", file.path, other.path),
                None if bytes.len() < file.size => {
                    format!(
                        "`{}` is truncated: {} of {} bytes",
                        file.path,
                        bytes.len(),
                        file.size
                    )
                }
                None => format!(
                    "`{}` was changed: its SHA-256 is {digest}, not {}",
                    file.path, file.sha256
                ),
            });
        }
        for path in files
            .keys()
            .filter(|path| *path != MANIFEST && !expected.contains_key(path.as_str()))
        {
            self.wrong(format!("`{path}` was added: the manifest does not list it"));
        }
    }

    fn root(&mut self, manifest: &Manifest, json: &Value, witness: &Witness) -> Option<Sha256Digest> {
        let (root, size) = match manifest::root(json) {
            Ok(root) => root,
            Err(error) => {
                self.wrong(format!("the root cannot be computed: {error}"));
                return None;
            }
        };
        let text = root.to_string();
        if text != manifest.merkle_root || size != manifest.tree_size {
            self.wrong(format!(
                "`{MANIFEST}` was changed: its root over {size} entries is {text}, and it says {} over {}",
                manifest.merkle_root, manifest.tree_size
            ));
        }
        if let Some(kept) = witness
            .root
            .as_ref()
            .filter(|kept| !kept.eq_ignore_ascii_case(&text))
        {
            self.wrong(format!(
                "the root is {text}, and the one kept elsewhere is {kept}: this is another package"
            ));
        }
        Some(root)
    }

    fn previous(&mut self, manifest: &Manifest, witness: &Witness) {
        let Some(bytes) = &witness.previous else { return };
        let digest = Sha256Digest::of(bytes).to_string();
        match &manifest.previous_manifest {
            Some(previous) if previous.sha256 == digest => {}
            Some(previous) => self.wrong(format!(
                "the manifest before this one has SHA-256 {digest}, and this package follows {} ({})",
                previous.package_id, previous.sha256
            )),
            None => self.wrong("the package follows no other package"),
        }
    }

    fn evidence(&mut self) {
        let log = self
            .files
            .get(super::EVIDENCE_LOG)
            .map(|bytes| String::from_utf8_lossy(bytes));
        if let Some(line) = log.and_then(|log| broken_link(&log)) {
            self.wrong(format!(
                "line {line} of `{}` does not follow the line before it",
                super::EVIDENCE_LOG
            ));
        }
    }
}
