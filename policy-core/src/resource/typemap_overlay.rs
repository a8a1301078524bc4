//! Typemap files of users, laid over the builtin table.

use std::sync::Arc;

use super::codes;
use super::kind::{TypeMap, TypeMapError};
use super::typemap_file::{FileRaw, KindRaw};
use super::typemap_load;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

impl TypeMap {
    /// The builtin table with these files laid over it, in their order.
    ///
    /// A kind that is there already gains the types, satellites, variants and attributes of the file; an attribute or
    /// facet of the same name is replaced. Everything else is added. The file is responsible for its evidence: `doc` on
    /// a default lets controls pass on it.
    ///
    /// # Errors
    /// Diagnostics with the code `RES003` for every entry that cannot be used.
    ///
    /// ```
    /// use policy_core::{resource::TypeMap, source::Source};
    /// let own = Source::new("typemap.yaml", "version: 1\nkinds:\n- kind: widget\n  family: widgets\n  terraform: [acme_widget]\n  attrs:\n  - {name: sealed, type: bool, terraform: sealed}\n");
    /// let map = TypeMap::with_files(&[own]).map_err(|errors| format!("{errors:?}"))?;
    /// assert!(map.kind("widget").is_some() && map.kind("s3_bucket").is_some());
    /// # Ok::<(), String>(())
    /// ```
    pub fn with_files(files: &[Arc<Source>]) -> Result<Self, Vec<Diagnostic>> {
        let mut merged = typemap_load::builtin_file().unwrap_or_default();
        let mut diagnostics = Vec::new();
        for source in files {
            match serde_yaml::from_str::<FileRaw>(source.text()) {
                Ok(file) if file.version != 1 => diagnostics.push(invalid(
                    source,
                    &TypeMapError::Version {
                        version: file.version,
                    },
                )),
                Ok(file) => lay(&mut merged, file),
                Err(error) => {
                    let at = error.location().map_or(0, |location| location.index());
                    let message = format!("`{}` is no typemap: {error}", source.name());
                    let place = Span::new(Arc::clone(source), at, at);
                    diagnostics.push(Diagnostic::new(&codes::RES003, message).at(&place));
                }
            }
        }
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        typemap_load::check(merged).map_err(|errors| {
            let of = |error: &TypeMapError| {
                let named = files
                    .iter()
                    .find(|source| place(source, error).is_some())
                    .or(files.first());
                named.map(|source| invalid(source, error))
            };
            errors.iter().filter_map(of).collect()
        })
    }
}

/// The problem at the entry that has it, as near as the text tells.
fn invalid(source: &Arc<Source>, error: &TypeMapError) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::RES003, error.to_string());
    match place(source, error) {
        Some(at) => diagnostic.at(&Span::new(Arc::clone(source), at.0, at.1)),
        None => diagnostic.in_file(source.name()),
    }
}

/// Where the name that an error is about is written.
fn place(source: &Source, error: &TypeMapError) -> Option<(usize, usize)> {
    let message = error.to_string();
    let names = message.split('`').skip(1).step_by(2).collect::<Vec<_>>();
    names.iter().rev().find_map(|name| {
        let name = name.rsplit('.').next().filter(|name| name.len() > 1)?;
        source.text().find(name).map(|at| (at, at + name.len()))
    })
}

fn lay(base: &mut FileRaw, file: FileRaw) {
    base.aliases.extend(file.aliases);
    base.relations.extend(file.relations);
    for kind in file.kinds {
        match base.kinds.iter_mut().find(|known| known.kind == kind.kind) {
            Some(known) => extend(known, kind),
            None => base.kinds.push(kind),
        }
    }
}

fn extend(known: &mut KindRaw, more: KindRaw) {
    if !more.family.is_empty() {
        known.family = more.family;
    }
    let missing = |types: &mut Vec<Arc<str>>, more: Vec<Arc<str>>| {
        for name in more {
            if !types.contains(&name) {
                types.push(name);
            }
        }
    };
    missing(&mut known.terraform, more.terraform);
    missing(&mut known.cloudformation, more.cloudformation);
    missing(&mut known.keys.terraform, more.keys.terraform);
    missing(&mut known.keys.cloudformation, more.keys.cloudformation);
    known.global |= more.global;
    if more.config.is_some() {
        known.config = more.config;
    }
    known.variants.extend(more.variants);
    for satellite in more.satellites {
        known
            .satellites
            .retain(|other| other.native_type != satellite.native_type);
        known.satellites.push(satellite);
    }
    let tags = more.tags;
    known.tags.terraform = tags.terraform.or(known.tags.terraform.take());
    known.tags.terraform_all = tags.terraform_all.or(known.tags.terraform_all.take());
    known.tags.terraform_shape = tags.terraform_shape.or(known.tags.terraform_shape);
    known.tags.cloudformation = tags.cloudformation.or(known.tags.cloudformation.take());
    known.facets.extend(more.facets);
    for attribute in more.attrs {
        match known.attrs.iter_mut().find(|other| other.name == attribute.name) {
            Some(other) => *other = attribute,
            None => known.attrs.push(attribute),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Arc<Source> {
        Source::new("own.yaml", text)
    }

    #[test]
    fn a_kind_gains_attributes_and_replaces_those_of_the_same_name() {
        let text = "version: 1\nkinds:\n- kind: s3_bucket\n  attrs:\n  - {name: own_flag, type: bool, terraform: own_flag}\n  - {name: bucket_name, type: string, terraform: other}\n";
        let map = TypeMap::with_files(&[file(text)]).unwrap();
        let builtin = TypeMap::builtin();
        let (kind, known) = (map.kind("s3_bucket").unwrap(), builtin.kind("s3_bucket").unwrap());
        assert!(known.attribute("own_flag").is_none() && kind.attribute("own_flag").is_some());
        let added = if known.attribute("bucket_name").is_some() {
            1
        } else {
            2
        };
        assert_eq!(kind.attributes().len(), known.attributes().len() + added);
        assert_eq!(map.kinds().len(), builtin.kinds().len());
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        for (text, word) in [
            ("version: 1\nkinds: 3\n", "invalid type"),
            ("version: 2\nkinds: []\n", "version 2"),
            (
                "version: 1\nkinds:\n- kind: w\n  family: w\n  attrs:\n  - {name: a, type: bool, transform: twirl}\n",
                "twirl",
            ),
            (
                "version: 1\nkinds:\n- {kind: w, family: w, terraform: [aws_s3_bucket]}\n",
                "aws_s3_bucket",
            ),
            ("version: 1\nkinds: []\nnonsense: 1\n", "nonsense"),
            ("version: 1\nkinds: []\naliases: {x: nowhere}\n", "nowhere"),
        ] {
            let errors = TypeMap::with_files(&[file(text)]).unwrap_err();
            assert!(
                errors.iter().any(|error| error.message.contains(word)),
                "{text}: {errors:?}"
            );
            assert!(
                errors
                    .iter()
                    .all(|error| error.code.id == "RES003" && error.file() == Some("own.yaml")),
                "{errors:?}"
            );
        }
    }

    #[test]
    fn no_files_are_the_builtin_table() {
        let map = TypeMap::with_files(&[]).unwrap();
        assert_eq!(map.kinds().len(), TypeMap::builtin().kinds().len());
    }
}
