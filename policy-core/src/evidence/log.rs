//! The evidence log: records that can be searched, checked and proved to be the same as before.
//!
//! A chain of hashes shows an edit, a removal or a swap inside of a log, and not that its tail was cut off or that all of
//! it was written anew. A [`Checkpoint`] that was kept where nobody can rewrite it (a commit, an object under lock) shows
//! those, too. This is tamper evidence, not tamper proof.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64;

use super::codes;
use super::merkle::{self, Sha256Digest, leaf_hash};
use super::record::{Record, VERSION};
use crate::control::{Catalog, ControlId};
use crate::date::{AsOf, Date, UtcOffset};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// A log as read.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The records in their order, each with its place.
    pub entries: Vec<(Record, Span)>,
}

impl Log {
    /// Reads a log, one record per line. A line that is no record is reported and left out; so is, once, the first line
    /// that does not follow the line before it.
    pub fn read(source: &Arc<Source>) -> (Self, Vec<Diagnostic>) {
        let mut entries = Vec::new();
        let mut found = Vec::new();
        let mut start = 0;
        let mut expected = (0_usize, None);
        let mut broken = false;
        for piece in source.text().split_inclusive('\n') {
            let line = piece.strip_suffix('\n').unwrap_or(piece);
            let span = Span::new(Arc::clone(source), start, start + line.len());
            start += piece.len();
            let record =
                match serde_json::from_str::<Record>(line) {
                    Ok(record) if record.schema_version == VERSION => record,
                    read => {
                        let why = match read {
                            Ok(record) => format!(
                                "it has schema version {}, and this program reads {VERSION}",
                                record.schema_version
                            ),
                            Err(error) => error.to_string(),
                        };
                        let message = format!("this line is no evidence record: {why}");
                        found.push(Diagnostic::new(&codes::EVD000, message).at(&span).help(
                            "write one JSON object per line; `policy schema evidence` has its members",
                        ));
                        expected = (expected.0 + 1, Some(leaf_hash(line.as_bytes()).to_string()));
                        continue;
                    }
                };
            if !broken && (record.seq, &record.prev) != (expected.0, &expected.1) {
                broken = true;
                found.push(
                    Diagnostic::new(&codes::EVD001, "this line does not follow the line before it")
                        .at(&span)
                        .help("compare the log with a copy; it is evidence only as far as it is unbroken"),
                );
            }
            expected = (expected.0 + 1, Some(leaf_hash(line.as_bytes()).to_string()));
            entries.push((record, span));
        }
        (Self { entries }, found)
    }

    /// What is not wrong about the records and still not good.
    pub fn lint(&self, catalog: &Catalog, as_of: AsOf) -> Vec<Diagnostic> {
        let today = as_of.date(UtcOffset::UTC);
        let mut found = Vec::new();
        let mut oldest: BTreeMap<&str, (Date, &Span)> = BTreeMap::new();
        for (record, span) in &self.entries {
            if record.is_manual() {
                manual(record, span, catalog, &mut found);
            }
            if let Some((from, _)) = record.days() {
                let first = oldest.entry(&record.control_id).or_insert((from, span));
                if from < first.0 {
                    *first = (from, span);
                }
            }
        }
        for (id, (first, span)) in oldest {
            let days = ControlId::new(id)
                .and_then(|id| catalog.controls.get(&id))
                .and_then(|control| control.retention_days);
            let Some(days) = days else { continue };
            let reached = today.days_since(first);
            if reached < i64::from(days) {
                let message =
                    format!("the evidence of `{id}` reaches back {reached} days, and {days} are required");
                found.push(
                    Diagnostic::new(&codes::EVD020, message)
                        .at(span)
                        .help("keep older logs beside this one, or say since when the control is in force"),
                );
            }
        }
        found
    }
}

fn manual(record: &Record, span: &Span, catalog: &Catalog, found: &mut Vec<Diagnostic>) {
    let id = &record.id;
    let mut say = |code, message: String, help: &str| {
        found.push(Diagnostic::new(code, message).at(span).help(help));
    };
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !record
        .subject
        .as_ref()
        .is_some_and(|subject| is_digest(&subject.sha256))
    {
        say(
            &codes::EVD010,
            format!("manual evidence `{id}` does not say which version it is"),
            "write the SHA-256 of the document under `subject`",
        );
    }
    let known = ControlId::new(&record.control_id).is_some_and(|id| catalog.controls.contains_key(&id));
    let linked = record
        .source
        .query
        .as_deref()
        .is_some_and(|query| !query.trim().is_empty());
    if !linked || !known {
        let what = if linked {
            format!(
                "leads to `{}`, which is no control of the catalog",
                record.control_id
            )
        } else {
            "does not say where it was taken from".to_owned()
        };
        say(
            &codes::EVD011,
            format!("manual evidence `{id}` {what}"),
            "write a link or a query under `source`, and the id of the control",
        );
    }
    if record
        .reviewed_by
        .as_deref()
        .is_none_or(|reviewer| reviewer.trim().is_empty())
    {
        say(
            &codes::EVD012,
            format!("nobody reviewed manual evidence `{id}`"),
            "have a second person look at it, and write them down under `reviewedBy`",
        );
    }
}

/// What to look for; what is absent matches everything.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The account id.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// The workload.
    pub workload: Option<String>,
    /// The control.
    pub control: Option<String>,
    /// The resource; `*` stands for any text.
    pub resource: Option<String>,
    /// The owner.
    pub owner: Option<String>,
    /// The status.
    pub status: Option<String>,
    /// The exception.
    pub exception: Option<String>,
    /// The first day that counts.
    pub from: Option<Date>,
    /// The last day that counts.
    pub to: Option<Date>,
}

impl Query {
    /// True when every part of the query holds. What a record does not say matches no part; what has no date is in no
    /// time window.
    pub fn matches(&self, record: &Record) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let resource = self.resource.as_deref().is_none_or(|pattern| {
            record
                .resource
                .as_deref()
                .is_some_and(|resource| matches(pattern, resource))
        });
        let window = (self.from.is_none() && self.to.is_none())
            || record.days().is_some_and(|(first, last)| {
                self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| first <= to)
            });
        resource
            && window
            && is(&self.account, record.account.as_deref())
            && is(&self.region, record.region.as_deref())
            && is(&self.workload, record.workload.as_deref())
            && is(&self.control, Some(&record.control_id))
            && is(&self.owner, record.owner.as_deref())
            && is(&self.status, Some(&record.status))
            && is(&self.exception, record.exception_id.as_deref())
    }
}

/// Whether a text is the pattern, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// What a log was at a moment: so many lines with this root. In the text form of C2SP tlog-checkpoint, without signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many lines.
    pub size: usize,
    root: [u8; 32],
}

/// Why a text is no checkpoint.
#[derive(Debug, thiserror::Error)]
#[error(
    "it is no checkpoint: it has to begin with three lines: an origin, a size, and a root of 32 bytes in base64"
)]
pub struct CheckpointError;

impl Checkpoint {
    /// The checkpoint of a log.
    pub fn of(origin: impl Into<String>, log: &str) -> Self {
        Self {
            origin: origin.into(),
            size: log.lines().count(),
            root: *merkle::root(log.lines()).as_bytes(),
        }
    }

    /// Reads a checkpoint. Signatures below it are left to tools that know the keys.
    ///
    /// # Errors
    /// A text that does not begin with the three lines.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.lines();
        let mut line = || {
            lines
                .next()
                .filter(|line| !line.is_empty())
                .ok_or(CheckpointError)
        };
        let (origin, size, root) = (line()?, line()?, line()?);
        let plain = size.bytes().all(|byte| byte.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size = size.parse().ok().filter(|_| plain).ok_or(CheckpointError)?;
        let root = BASE64.decode(root.as_bytes()).map_err(|_| CheckpointError)?;
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root: root.try_into().map_err(|_| CheckpointError)?,
        })
    }

    /// Why a log does not continue this checkpoint; `None` when it does: it has at least as many lines, and the first of
    /// them are the ones that the checkpoint was made from.
    pub fn contradicts(&self, log: &str) -> Option<String> {
        let size = log.lines().count();
        if size < self.size {
            return Some(format!(
                "the log was cut off: it has {size} lines, and it had {}",
                self.size
            ));
        }
        let now = merkle::root(log.lines().take(self.size));
        (now.as_bytes() != &self.root).then(|| {
            format!(
                "the first {} lines are not those of the checkpoint: their root is {}, and it was {}",
                self.size,
                BASE64.encode(now.as_bytes()),
                BASE64.encode(&self.root)
            )
        })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, BASE64.encode(&self.root))
    }
}

/// The number and the hash of the last line of a log, for the next one.
pub fn last(log: &str) -> Option<(usize, String)> {
    let line = log.lines().last()?;
    Some((
        log.lines().count() - 1,
        Sha256Digest::to_string(&leaf_hash(line.as_bytes())),
    ))
}

#[cfg(test)]
mod tests;
