//! The manifest of an audit package: what is in it, and the digest over all of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::evidence::canonical;
use crate::evidence::merkle::{self, Sha256Digest};

/// Name of the manifest inside a package.
pub const MANIFEST: &str = "manifest.json";

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// What a package holds. Its root covers every member but the root itself: the first entry of the tree is the manifest
/// without `files`, `merkleRoot` and `treeSize`, the others are its `files`, each in canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Version of the format, 1.
    pub schema_version: u32,
    /// Subject, window and the beginning of the digest over the files.
    pub package_id: String,
    /// 1 for a first package; each package that names a previous one counts on.
    pub sequence: u64,
    /// The control or framework.
    pub subject: String,
    /// The time the package speaks of.
    pub window: Window,
    /// When exceptions were judged.
    pub as_of: String,
    /// The as-of instant again: a package made twice is the same bytes.
    pub generated_at: String,
    /// What made it.
    pub tool: Tool,
    /// What it was made from.
    pub inputs: Vec<InputDigest>,
    /// Every file but the manifest, in path order.
    pub files: Vec<FileDigest>,
    /// The package before this one.
    pub previous_manifest: Option<Previous>,
    /// Root of the Merkle tree (RFC 6962), in hexadecimal.
    pub merkle_root: String,
    /// Entries of the tree.
    pub tree_size: usize,
    /// The links from the requirement to the sign-off.
    pub chain: Vec<Link>,
}

/// First and last day, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Something the package was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDigest {
    /// Its name as given.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// A file of the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigest {
    /// Path inside the package, with `/`.
    pub path: String,
    /// Bytes.
    pub size: usize,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The package before this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Previous {
    /// SHA-256 of its manifest.
    pub sha256: String,
    /// Its id.
    pub package_id: String,
}

/// A link of the evidence chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// `requirement`, `control`, `rule`, `resource-and-time`, `result`, `exception-or-remediation` or `sign-off`.
    pub link: String,
    /// Whether it is there. A chain with a missing link is weak.
    pub present: bool,
    /// Where it is.
    pub r#ref: Option<String>,
}

impl Manifest {
    /// The bytes of `manifest.json`.
    ///
    /// # Errors
    /// None in practice: every member is a text, a number or a list of them.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        layout(&serde_json::to_value(self)?)
    }
}

/// How a manifest is written. What is written otherwise was written by somebody else.
pub(super) fn layout(manifest: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(manifest)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The root over these files alone.
pub(super) fn files_root(files: &[FileDigest]) -> Result<Sha256Digest, serde_json::Error> {
    let lines: Vec<String> = files.iter().map(canonical::to_line).collect::<Result<_, _>>()?;
    Ok(merkle::root(lines))
}

/// The root over a manifest, and the number of entries. Takes the JSON, so that members of later versions are covered.
pub(super) fn root(manifest: &Value) -> Result<(Sha256Digest, usize), serde_json::Error> {
    let mut head = manifest.clone();
    let mut files = Vec::new();
    if let Value::Object(members) = &mut head {
        if let Some(Value::Array(listed)) = members.remove("files") {
            files = listed;
        }
        members.remove("merkleRoot");
        members.remove("treeSize");
    }
    let lines: Vec<String> =
        std::iter::once(&head).chain(&files).map(canonical::to_line).collect::<Result<_, _>>()?;
    Ok((merkle::root(&lines), lines.len()))
}
