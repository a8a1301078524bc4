//! Everything a report is made from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::evaluation::{Assessment, FindingResource};
use crate::gate::{Decision, GateOptions};
use crate::resource::ModuleCalls;

/// One input as reports list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedInput {
    /// The name given by the caller.
    pub path: String,
    /// The recognised format; `None` when it was not recognised.
    pub format: Option<Cow<'static, str>>,
    /// How many resources it holds after satellites were folded in.
    pub resources: usize,
    /// SHA-256 of the bytes, in hexadecimal; `None` when they could not be read. For a directory the digest of the lines
    /// `<SHA-256>  <path>` of its [files](Self::files), which is what `sha256sum` prints.
    pub sha256: Option<String>,
    /// The files that were read for a directory, by path, each with its digest. Empty for a file.
    pub files: Vec<(String, String)>,
    /// The modules that Terraform source calls, and how many of them could be read.
    pub module_calls: ModuleCalls,
}

impl ReportedInput {
    /// A directory of which these files were read: path → SHA-256 in hexadecimal.
    pub fn directory(
        path: String,
        format: Option<Cow<'static, str>>,
        resources: usize,
        files: BTreeMap<String, String>,
    ) -> Self {
        let listing: String = files
            .iter()
            .map(|(path, sha256)| format!("{sha256}  {path}\n"))
            .collect();
        Self {
            path,
            format,
            resources,
            sha256: (!files.is_empty()).then(|| crate::source::sha256(listing.as_bytes())),
            files: files.into_iter().collect(),
            module_calls: ModuleCalls::default(),
        }
    }
}

/// Whether the run speaks of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Evaluated as of today.
    Current,
    /// Evaluated as of a past date; it cannot gate.
    Historical,
    /// Evaluated as of a future date.
    Forecast,
}

impl Mode {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Historical => "historical",
            Self::Forecast => "forecast",
        }
    }
}

/// The state of a repository that exceptions were read from, when it is not the one on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryRevision {
    /// As the caller named it: a branch, a tag, a commit.
    pub name: String,
    /// The commit it stood for.
    pub commit: String,
}

impl std::fmt::Display for RegistryRevision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "registered at {} ({:.12})", self.name, self.commit)
    }
}

/// A finished run. Reports borrow it and add nothing.
#[derive(Clone, Debug)]
pub struct Run {
    /// Version of the tool that evaluated.
    pub tool_version: Cow<'static, str>,
    /// The date the exceptions were judged at, `YYYY-MM-DD` or an RFC 3339 instant.
    pub as_of: String,
    /// Whether the run speaks of now.
    pub mode: Mode,
    /// Where the exceptions come from, when it is an earlier state of the registry.
    pub registry_revision: Option<RegistryRevision>,
    /// The inputs in the order given.
    pub inputs: Vec<ReportedInput>,
    /// Outcomes and findings.
    pub assessment: Assessment,
    /// The resources that were evaluated, when every outcome is to be listed: an outcome names its resource by id only.
    pub resources: Vec<FindingResource>,
    /// Every diagnostic of the run: inputs, controls, rules, exceptions, evaluation; in that order.
    pub diagnostics: Vec<Diagnostic>,
    /// How the gate was set.
    pub gate: GateOptions,
    /// What the gate said.
    pub decision: Decision,
}
