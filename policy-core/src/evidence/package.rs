//! The audit package of a control or a framework: nine sections, or the names of those that are missing.
//!
//! A package is made from what was written down before: the catalog, the exception registry, saved reports and a sign-off.
//! Making it reads no clock and no file, and the same request gives the same bytes. A dashboard is not an audit package:
//! what lacks a scope, a time window, an evidence source, an explanation or a sign-off is refused, not shipped with a gap.

mod content;
mod manifest;
mod section;
#[cfg(test)]
mod tests;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

pub use manifest::{FileDigest, InputDigest, Link, MANIFEST, Manifest, Previous, Tool, Window};
pub use section::{Missing, Section};
pub use verify::{Verification, Witness, verify};

use crate::control::{Catalog, Control, ControlId, Workload};
use crate::date::{AsOf, Date, UtcOffset};
use crate::evidence::merkle::Sha256Digest;
use crate::evidence::record::{self, Record};
use crate::exception::Registry;
use crate::report::Mode;
use crate::report::read::SavedReport;

/// The log of evidence records inside a package.
pub const EVIDENCE_LOG: &str = "04-evidence/evidence.jsonl";

/// What a package is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One control.
    Control(ControlId),
    /// Every control that is mapped to a framework.
    Framework(String),
}

/// A saved report as evidence.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Its name as given.
    pub name: String,
    /// Its bytes, which the package holds as they are.
    pub bytes: Vec<u8>,
    /// What it says.
    pub saved: SavedReport,
    sha256: String,
}

impl Evidence {
    /// A report under its name.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>, saved: SavedReport) -> Self {
        let sha256 = Sha256Digest::of(&bytes).to_string();
        Self {
            name: name.into(),
            bytes,
            saved,
            sha256,
        }
    }

    /// The SHA-256 of its bytes, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The day its exceptions were judged at, which for a run of its own day is the day it was made.
    pub fn day(&self) -> Option<Date> {
        self.saved
            .run
            .as_of
            .get(..10)
            .and_then(|day| Date::parse(day).ok())
    }
}

/// Who looked at the evidence and says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOff {
    /// The file as written.
    pub bytes: Vec<u8>,
    /// Who.
    pub reviewed_by: String,
    /// In which role.
    pub role: Option<String>,
    /// When.
    pub reviewed_on: Date,
}

/// What to make a package from.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The control or framework.
    pub subject: Subject,
    /// First day of the window.
    pub from: Date,
    /// Last day of the window.
    pub to: Date,
    /// When exceptions are judged.
    pub as_of: AsOf,
    /// Version of the program that makes it.
    pub tool_version: &'a str,
    /// The controls.
    pub catalog: &'a Catalog,
    /// The exceptions; `None` when nobody looked, which is not the same as there being none.
    pub registry: Option<&'a Registry>,
    /// Saved reports, in any order.
    pub reports: &'a [Evidence],
    /// The workload evidence maps.
    pub workloads: &'a [Workload],
    /// The sign-off.
    pub sign_off: Option<&'a SignOff>,
    /// `manifest.json` of the package before this one.
    pub previous: Option<&'a [u8]>,
}

/// A package that is complete.
#[derive(Clone, Debug)]
pub struct Package {
    /// Path inside the package → bytes, the manifest among them.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The manifest.
    pub manifest: Manifest,
}

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The control or framework is not in the catalog.
    #[error("there is no control for `{0}` in the catalog")]
    UnknownSubject(String),
    /// Sections are missing.
    #[error("{}", section::sentence(.0))]
    Missing(Vec<Missing>),
    /// The previous manifest is not one that this package can follow.
    #[error("the previous package cannot be followed: {0}")]
    Previous(String),
    /// Something could not be written as JSON.
    #[error("the package cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// Makes a package.
///
/// # Errors
/// [`PackageError::Missing`] names every section that cannot be filled, and how to fill it.
pub fn build(request: &Request<'_>) -> Result<Package, PackageError> {
    let draft = Draft::new(request)?;
    let missing = section::missing(&draft);
    if !missing.is_empty() {
        return Err(PackageError::Missing(missing));
    }
    let previous = draft.previous()?;
    let (mut files, chain) = content::files(&draft)?;
    let digests: Vec<FileDigest> = files
        .iter()
        .map(|(path, bytes)| FileDigest {
            path: path.clone(),
            size: bytes.len(),
            sha256: Sha256Digest::of(bytes).to_string(),
        })
        .collect();
    let as_of = request.as_of.to_rfc3339();
    let name = draft.name();
    let digest = manifest::files_root(&digests)?.to_string();
    let mut manifest = Manifest {
        schema_version: manifest::VERSION,
        package_id: format!("{name}-{}-{}-{digest:.12}", request.from, request.to),
        sequence: previous.as_ref().map_or(1, |(sequence, _)| sequence + 1),
        subject: name,
        window: Window {
            from: request.from.to_string(),
            to: request.to.to_string(),
        },
        as_of: as_of.clone(),
        generated_at: as_of,
        tool: Tool {
            name: "policy".into(),
            version: request.tool_version.into(),
        },
        inputs: draft.inputs(),
        files: digests,
        previous_manifest: previous.map(|(_, previous)| previous),
        merkle_root: String::new(),
        tree_size: 0,
        chain,
    };
    let (root, size) = manifest::root(&serde_json::to_value(&manifest)?)?;
    manifest.merkle_root = root.to_string();
    manifest.tree_size = size;
    files.insert(MANIFEST.into(), manifest.to_bytes()?);
    Ok(Package { files, manifest })
}

/// A request with everything that follows from it.
struct Draft<'a> {
    request: &'a Request<'a>,
    controls: Vec<&'a Control>,
    ids: BTreeSet<ControlId>,
    /// The reports of the window, oldest first.
    evidence: Vec<&'a Evidence>,
    /// The reports that are no evidence, with the reason.
    unused: Vec<(&'a str, String)>,
    records: Vec<Record>,
    log: String,
}

impl<'a> Draft<'a> {
    fn new(request: &'a Request<'a>) -> Result<Self, PackageError> {
        let controls: Vec<&Control> = match &request.subject {
            Subject::Control(id) => request.catalog.controls.get(id).into_iter().collect(),
            Subject::Framework(name) => request
                .catalog
                .controls
                .values()
                .filter(|control| control.mappings.contains_key(&**name))
                .collect(),
        };
        let ids: BTreeSet<ControlId> = controls.iter().map(|control| control.id.clone()).collect();
        let mut draft = Self {
            request,
            controls,
            ids,
            evidence: Vec::new(),
            unused: Vec::new(),
            records: Vec::new(),
            log: String::new(),
        };
        if draft.controls.is_empty() {
            return Err(PackageError::UnknownSubject(draft.name()));
        }
        for report in request.reports {
            match draft.why_no_evidence(report) {
                Some(why) => draft.unused.push((&report.name, why)),
                None => draft.evidence.push(report),
            }
        }
        // The same report given twice is one piece of evidence.
        draft
            .evidence
            .sort_by_key(|report| (report.day(), &report.sha256));
        draft.evidence.dedup_by_key(|report| &report.sha256);
        draft.unused.sort();
        draft.records = draft
            .evidence
            .iter()
            .flat_map(|report| record::records(report, Some(&draft.ids)))
            .collect();
        let accounts = request
            .registry
            .and_then(|registry| registry.options().accounts.as_ref());
        record::assign_workloads(&mut draft.records, request.workloads, accounts);
        draft.log = record::lines(&mut draft.records, None)?;
        Ok(draft)
    }

    fn why_no_evidence(&self, report: &Evidence) -> Option<String> {
        let Some(day) = report.day() else {
            return Some(format!("its date `{}` cannot be read", report.saved.run.as_of));
        };
        if report.saved.run.mode != Mode::Current {
            // Such a run judges what is there today by the exceptions of another day.
            return Some(format!(
                "a {} run says nothing about the state of that day",
                report.saved.run.mode.as_str()
            ));
        }
        let within = self.request.from <= day && day <= self.request.to;
        (!within).then(|| format!("{day} is outside the window"))
    }

    fn name(&self) -> String {
        match &self.request.subject {
            Subject::Control(id) => id.to_string(),
            Subject::Framework(name) => name.clone(),
        }
    }

    fn inputs(&self) -> Vec<InputDigest> {
        let digest = |path: &str, bytes: &[u8]| InputDigest {
            path: path.to_owned(),
            sha256: Sha256Digest::of(bytes).to_string(),
        };
        let reports = self.evidence.iter().map(|report| InputDigest {
            path: report.name.clone(),
            sha256: report.sha256.clone(),
        });
        let definitions = self.controls.iter().flat_map(|control| {
            std::iter::once(control.span.source())
                .chain(&control.rego)
                .map(|source| digest(source.name(), source.text().as_bytes()))
        });
        let exceptions = self.exceptions().map(|record| {
            let source = record.span.source();
            digest(source.name(), source.text().as_bytes())
        });
        let mut inputs: Vec<InputDigest> = reports.chain(definitions).chain(exceptions).collect();
        inputs.sort_by(|left, right| (&left.path, &left.sha256).cmp(&(&right.path, &right.sha256)));
        inputs.dedup();
        inputs
    }

    fn exceptions(&self) -> impl Iterator<Item = &'a crate::exception::Record> {
        let records = self.request.registry.map(Registry::records).unwrap_or_default();
        records.iter().filter(|record| {
            record
                .control
                .as_ref()
                .is_some_and(|control| self.ids.contains(&control.value))
        })
    }

    fn zone(&self) -> UtcOffset {
        self.request
            .registry
            .map_or(UtcOffset::UTC, |registry| registry.options().zone)
    }

    /// The number of the previous package and how it is named here.
    fn previous(&self) -> Result<Option<(u64, Previous)>, PackageError> {
        let Some(bytes) = self.request.previous else {
            return Ok(None);
        };
        let refuse = |why: String| PackageError::Previous(why);
        let previous: Manifest =
            serde_json::from_slice(bytes).map_err(|error| refuse(format!("it is no manifest: {error}")))?;
        if previous.subject != self.name() {
            return Err(refuse(format!("it is about `{}`", previous.subject)));
        }
        let end = Date::parse(&previous.window.to).map_err(|error| refuse(error.to_string()))?;
        if end.add_days(1).is_none_or(|next| next < self.request.from) {
            return Err(refuse(format!(
                "its window ends on {end}, and the days up to {} are in neither",
                self.request.from
            )));
        }
        let sha256 = Sha256Digest::of(bytes).to_string();
        Ok(Some((
            previous.sequence,
            Previous {
                sha256,
                package_id: previous.package_id,
            },
        )))
    }
}
