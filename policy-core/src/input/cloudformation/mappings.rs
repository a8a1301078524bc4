//! The section `Mappings`, indexed for `Fn::FindInMap`.

use std::collections::BTreeMap;

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};

type SecondLevel<'n> = BTreeMap<&'n str, &'n Node>;
/// The entries of one map by top-level and second-level key.
pub(super) type TopLevel<'n> = BTreeMap<&'n str, SecondLevel<'n>>;

/// The maps by name.
#[derive(Debug, Default)]
pub(super) struct Mappings<'n> {
    maps: BTreeMap<&'n str, TopLevel<'n>>,
    /// Maps that a macro fills.
    included: bool,
}

impl<'n> Mappings<'n> {
    pub(super) fn read(section: Option<&'n Node>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut mappings = Self::default();
        for map in section.map(Node::entries).unwrap_or_default() {
            if &*map.key == "Fn::Transform" {
                mappings.included = true;
                continue;
            }
            let mut top_level = TopLevel::new();
            for top in entries(&map.value, &format!("map `{}`", map.key), diagnostics) {
                if &*top.key == "Fn::Transform" {
                    mappings.included = true;
                    continue;
                }
                let what = format!("`{}` of map `{}`", top.key, map.key);
                let second = entries(&top.value, &what, diagnostics);
                top_level.insert(
                    &top.key,
                    second.iter().map(|entry| (&*entry.key, &entry.value)).collect(),
                );
            }
            mappings.maps.insert(&map.key, top_level);
        }
        mappings
    }

    pub(super) fn map(&self, name: &str) -> Option<&TopLevel<'n>> {
        self.maps.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'n str> {
        self.maps.keys().copied()
    }

    /// True when a macro adds maps or entries that are not seen here.
    pub(super) fn included(&self) -> bool {
        self.included
    }
}

fn entries<'n>(
    node: &'n Node,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> &'n [crate::document::Entry] {
    if !matches!(node.kind, NodeKind::Mapping(_)) {
        let message = format!("{what} is {}, not a mapping", node.describe());
        diagnostics.push(Diagnostic::new(&codes::CFN002, message).at(&node.span));
    }
    node.entries()
}
