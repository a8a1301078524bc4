//! `.terraform/modules/modules.json`: where `terraform init` put the modules.
//!
//! The file tells for each call path (`vpc`, `vpc.endpoints`) the source and the version that were installed, and the
//! directory. What was installed for another source, or at a version that the call does not allow any more, is not what
//! Terraform would use: it asks for `terraform init`, and here the module counts as not initialised.

use std::collections::BTreeMap;

use super::files::{SourceFiles, child, join, read_text};
use crate::diagnostic::Diagnostic;
use crate::document::json;

/// Installed modules by call path.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    modules: BTreeMap<String, Installed>,
}

#[derive(Debug)]
struct Installed {
    source: String,
    version: Option<String>,
    directory: String,
}

impl Manifest {
    /// Reads the manifest of the root module in `root`; empty when there is none.
    pub(super) fn read(files: &dyn SourceFiles, root: &str, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let path = child(root, ".terraform/modules/modules.json");
        let tree = match read_text(files, &path) {
            None => return Self::default(),
            Some(read) => read
                .map_err(|error| vec![error])
                .and_then(|source| json::parse(&source)),
        };
        let tree = match tree {
            Ok(tree) => tree,
            Err(errors) => {
                diagnostics.extend(errors);
                return Self::default();
            }
        };
        let entries = tree.get("Modules").map(|modules| modules.items());
        let modules = entries.unwrap_or_default().iter().filter_map(|entry| {
            let text = |name: &str| Some(entry.get(name)?.as_str()?.to_owned());
            let installed = Installed {
                source: text("Source").unwrap_or_default(),
                version: text("Version").filter(|version| !version.is_empty()),
                directory: join(root, &text("Dir")?)?,
            };
            Some((text("Key")?, installed))
        });
        Self {
            modules: modules.collect(),
        }
    }

    /// The directory of the module that was installed for a call.
    ///
    /// # Errors
    /// In words, why there is none that Terraform would use.
    pub(super) fn directory(
        &self,
        call_path: &str,
        source: &str,
        wanted: Option<&str>,
    ) -> Result<&str, String> {
        let Some(installed) = self.modules.get(call_path) else {
            return Err("is not initialised".to_owned());
        };
        if !installed.source.is_empty() && registry_source(&installed.source) != registry_source(source) {
            return Err(format!(
                "is initialised from another source, `{}`",
                installed.source
            ));
        }
        if let (Some(version), Some(wanted)) = (&installed.version, wanted)
            && allows(wanted, version) == Some(false)
        {
            return Err(format!(
                "is initialised at version {version}, which `{wanted}` does not allow"
            ));
        }
        Ok(&installed.directory)
    }
}

/// A registry source with the host that may be left out; `None` for other sources, which Terraform writes into the file
/// in a form of its own.
fn registry_source(source: &str) -> Option<String> {
    let (module, below) = match source.split_once("//") {
        Some((module, below)) => (module, format!("//{below}")),
        None => (source, String::new()),
    };
    if module.contains([':', '@', '?', ' ']) || module.starts_with(['.', '/']) {
        return None;
    }
    let parts: Vec<&str> = module.split('/').collect();
    match parts.as_slice() {
        [_, _, _] if !module.contains('.') => Some(format!("registry.terraform.io/{module}{below}")),
        [host, _, _, _] if host.contains('.') && !host.ends_with("github.com") => Some(source.to_owned()),
        _ => None,
    }
}

/// Whether a version satisfies a constraint such as `~> 5.1, != 5.1.3`; `None` when either is not understood.
fn allows(constraint: &str, version: &str) -> Option<bool> {
    let version = parse(version)?.0;
    let mut all = true;
    for part in constraint.split(',').map(str::trim) {
        let (operator, rest) = ["~>", ">=", "<=", "!=", ">", "<", "="]
            .into_iter()
            .find_map(|operator| Some((operator, part.strip_prefix(operator)?)))
            .unwrap_or(("=", part));
        let (bound, written) = parse(rest.trim())?;
        all &= match operator {
            "~>" => {
                // The last number that is written may grow, the ones before it may not.
                let fixed = written.saturating_sub(1).max(1);
                version >= bound && version.get(..fixed) == bound.get(..fixed)
            }
            ">=" => version >= bound,
            "<=" => version <= bound,
            "!=" => version != bound,
            ">" => version > bound,
            "<" => version < bound,
            _ => version == bound,
        };
    }
    Some(all)
}

/// Three numbers, and how many of them are written. Versions with a suffix follow rules of their own and are not judged.
fn parse(text: &str) -> Option<([u64; 3], usize)> {
    let mut numbers = [0; 3];
    let mut written = 0;
    let text = text.strip_prefix('v').unwrap_or(text);
    for part in text.split('.') {
        *numbers.get_mut(written)? = part.parse().ok()?;
        written += 1;
    }
    Some((numbers, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints() {
        for (constraint, version, want) in [
            ("5.1.0", "5.1.0", Some(true)),
            ("= 5.1", "5.1.0", Some(true)),
            ("~> 5.1", "5.9.3", Some(true)),
            ("~> 5.1", "6.0.0", Some(false)),
            ("~> 5.1.2", "5.1.9", Some(true)),
            ("~> 5.1.2", "5.2.0", Some(false)),
            ("~> 5", "6.0.0", Some(false)),
            (">= 3.0, < 5.0, != 4.2.0", "4.1.9", Some(true)),
            (">= 3.0, < 5.0, != 4.2.0", "4.2.0", Some(false)),
            ("> 3", "3.0.0", Some(false)),
            ("~> 5.1", "5.2.0-beta1", None),
            ("latest", "5.2.0", None),
        ] {
            assert_eq!(allows(constraint, version), want, "{constraint} {version}");
        }
    }

    #[test]
    fn registry_sources_may_leave_out_the_host() {
        for (source, want) in [
            (
                "terraform-aws-modules/vpc/aws",
                Some("registry.terraform.io/terraform-aws-modules/vpc/aws"),
            ),
            ("a/b/c//modules/x", Some("registry.terraform.io/a/b/c//modules/x")),
            ("app.example.com/a/b/c", Some("app.example.com/a/b/c")),
            ("github.com/a/b", None),
            ("git::https://example.com/x.git//sub?ref=1", None),
            ("git@example.com:a/b.git", None),
            ("../a/b", None),
            ("s3::https://s3.amazonaws.com/b/x.zip", None),
        ] {
            assert_eq!(registry_source(source).as_deref(), want, "{source}");
        }
    }
}
