//! Other files that a template names: nested templates and included snippets.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, json, yaml};
use crate::source::{Source, Span};

/// Gives the reader the local files a template names, so that the reader itself does no input or output.
///
/// A path is relative to the same place as the name of the source that was given to
/// [`read_with_files`](super::read_with_files): a template named `stacks/main.yaml` that says
/// `TemplateURL: ./network.yaml` asks for `stacks/network.yaml`.
///
/// ```
/// use std::sync::Arc;
/// use policy_core::input::cloudformation::TemplateFiles;
/// use policy_core::source::Source;
///
/// struct Embedded;
/// impl TemplateFiles for Embedded {
///     fn read(&self, path: &str) -> Option<Arc<Source>> {
///         (path == "stacks/network.yaml").then(|| Source::new(path, "Resources: {Vpc: {Type: AWS::EC2::VPC}}"))
///     }
/// }
/// assert!(Embedded.read("stacks/other.yaml").is_none());
/// ```
pub trait TemplateFiles {
    /// The text of the file at `path`, or `None` when there is none that can be read as text. The source carries the
    /// path as its name: what it names in turn is relative to that.
    fn read(&self, path: &str) -> Option<Arc<Source>>;
}

impl TemplateFiles for HashMap<String, Arc<Source>> {
    fn read(&self, path: &str) -> Option<Arc<Source>> {
        self.get(path).cloned()
    }
}

/// The files of one run, each read and parsed once.
pub(super) struct Library<'f> {
    files: Option<&'f dyn TemplateFiles>,
    read: RefCell<HashMap<String, Option<Arc<Node>>>>,
}

impl<'f> Library<'f> {
    /// Without files, everything a template names is said to be unseen, and nothing is said to be missing.
    pub(super) fn new(files: Option<&'f dyn TemplateFiles>) -> Self {
        Self {
            files,
            read: RefCell::default(),
        }
    }

    pub(super) fn has_files(&self) -> bool {
        self.files.is_some()
    }

    /// The file at `path`; what is wrong with it is reported once, at `place` when it is not there.
    pub(super) fn open(
        &self,
        path: &str,
        place: &Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Arc<Node>> {
        let files = self.files?;
        if let Some(known) = self.read.borrow().get(path) {
            if known.is_none() {
                diagnostics.push(unusable(path, place));
            }
            return known.clone();
        }
        let root = match files.read(path) {
            None => {
                diagnostics.push(
                    unusable(path, place)
                        .help("the path is relative to the template that names it; check its spelling"),
                );
                None
            }
            Some(source) => match parse(&source) {
                Ok(root) => Some(Arc::new(root)),
                Err(errors) => {
                    diagnostics.push(unusable(path, place));
                    diagnostics.extend(errors);
                    None
                }
            },
        };
        self.read.borrow_mut().insert(path.to_owned(), root.clone());
        root
    }
}

fn unusable(path: &str, place: &Span) -> Diagnostic {
    Diagnostic::new(&codes::CFN018, format!("the file `{path}` cannot be read")).at(place)
}

/// JSON when it looks like JSON, so that its errors are about JSON; a YAML flow mapping begins with a brace too.
pub(super) fn parse(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    if source.text().trim_start().starts_with(['{', '[']) {
        json::parse(source).or_else(|errors| yaml::parse(source).map_err(|_| errors))
    } else {
        yaml::parse(source)
    }
}

/// The path that `location`, written in the source `base`, leads to. `None` when it is no local file.
pub(super) fn resolve(base: &str, location: &str) -> Option<String> {
    let location = location.strip_prefix("file://").unwrap_or(location).trim();
    if location.is_empty() || location.contains("://") || location.starts_with("arn:") {
        return None;
    }
    let location = location.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    let base = base.replace('\\', "/");
    if !location.starts_with('/') {
        parts.extend(base.split('/'));
        parts.pop();
    }
    for part in location.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "" | ".")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_template_that_names_them() {
        let table = [
            ("main.yaml", "child.yaml", Some("child.yaml")),
            ("main.yaml", "./child.yaml", Some("child.yaml")),
            ("stacks/main.yaml", "./net/vpc.yaml", Some("stacks/net/vpc.yaml")),
            ("stacks/main.yaml", "../shared/vpc.yaml", Some("shared/vpc.yaml")),
            ("main.yaml", "../shared/vpc.yaml", Some("../shared/vpc.yaml")),
            ("../a/main.yaml", "../../vpc.yaml", Some("../../vpc.yaml")),
            ("/repo/main.yaml", "vpc.yaml", Some("/repo/vpc.yaml")),
            ("stacks/main.yaml", "/repo/vpc.yaml", Some("/repo/vpc.yaml")),
            ("stacks\\main.yaml", "net\\vpc.yaml", Some("stacks/net/vpc.yaml")),
            ("a/main.yaml", "file://vpc.yaml", Some("a/vpc.yaml")),
            ("main.yaml", "https://example.com/vpc.yaml", None),
            ("main.yaml", "s3://bucket/vpc.yaml", None),
            ("main.yaml", "", None),
        ];
        for (base, location, expected) in table {
            assert_eq!(
                resolve(base, location).as_deref(),
                expected,
                "{base} + {location}"
            );
        }
    }
}
