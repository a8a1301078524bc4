//! Where in the tree of stacks a template stands, and the names things have because of it.

use std::sync::Arc;

/// The path of nested stacks that leads to a template: empty for the one the run was given, `Network/Vpc` below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope(Arc<str>);

impl Scope {
    /// The stack `logical_id` of this one.
    pub(super) fn nested(&self, logical_id: &str) -> Self {
        Self(self.name(logical_id))
    }

    /// The name by which the whole inventory knows something of this stack. Two stacks may use one name for two
    /// things, and what is unknown about one of them says nothing about the other.
    pub(super) fn name(&self, local: &str) -> Arc<str> {
        if self.0.is_empty() {
            local.into()
        } else {
            format!("{}/{local}", self.0).into()
        }
    }

    /// The path itself.
    pub(super) fn path(&self) -> Arc<str> {
        self.0.clone()
    }
}
