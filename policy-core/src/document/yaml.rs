//! YAML to located nodes.
//!
//! Syntax is YAML 1.1 as libyaml and CloudFormation read it. Plain scalars are numbers, booleans and null only where
//! JSON would agree; everything else stays the text that was written (see `yaml/scalar.rs`), so that no account id loses its
//! leading zero and no `no` becomes `false`.

mod build;
mod events;
mod scalar;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use self::build::Builder;
pub(crate) use self::events::{Collection, Event, EventKind, Events};
pub(crate) use self::write::{Item, write};
use super::{Node, codes};
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// Parses a text that is one YAML document.
///
/// Anchors, aliases and merge keys are resolved; the spans of what they repeat point at the anchor. Application tags
/// (`!Sub`) are kept in [`Node::tag`], the standard ones (`!!str`) are applied.
///
/// # Errors
/// The first syntax error, after everything else that was wrong before it (duplicate keys and the like). Never empty.
///
/// ```
/// use policy_core::{document::yaml, source::Source};
/// let source = Source::new("a.yaml", "name: !Sub 'x-${AWS::Region}'\naccount: 012345678901\n");
/// let root = yaml::parse(&source).map_err(|errors| format!("{errors:?}"))?;
/// assert_eq!(root.get("name").and_then(|name| name.tag.as_deref()), Some("Sub"));
/// assert_eq!(root.get("account").and_then(|account| account.as_str()), Some("012345678901"));
/// # Ok::<(), String>(())
/// ```
pub fn parse(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let mut documents = parse_all(source)?.into_iter();
    let Some(first) = documents.next() else {
        return Err(vec![super::empty(source)]);
    };
    match documents.next() {
        None => Ok(first),
        Some(second) => Err(vec![
            Diagnostic::new(
                &codes::DOC012,
                format!("`{}` holds more than one document", source.name()),
            )
            .label(&second.span, "the second document starts here")
            .help("split the file at the line `---`"),
        ]),
    }
}

/// Parses a text of any number of YAML documents separated by `---`. A text of blanks and comments has none.
///
/// # Errors
/// As [`parse`], except that an empty text and several documents are fine.
pub fn parse_all(source: &Arc<Source>) -> Result<Vec<Node>, Vec<Diagnostic>> {
    let mut builder = Builder::new(source);
    let outcome = Events::new(source).and_then(|mut events| {
        while let Some(event) = events.next()? {
            builder.accept(event)?;
        }
        Ok(())
    });
    let (documents, mut diagnostics) = builder.finish();
    diagnostics.extend(outcome.err());
    if diagnostics.is_empty() {
        Ok(documents)
    } else {
        Err(diagnostics)
    }
}
