//! The output of `terraform show -json`: a tree of modules.

use super::sensitive::{mark_by_mask, mark_tags_all};
use super::{Object, Reader, codes as code, names};
use crate::document::{Node, NodeKind};
use crate::resource::{ResourceAddress, ResourceId};

impl Reader<'_> {
    /// Reads the modules. A state without `values` is empty.
    pub(super) fn shown(&mut self, root: &Node) -> bool {
        let module = root
            .get("values")
            .map(|values| values.get("root_module").unwrap_or(values));
        // The stack keeps the order of the modules.
        let mut modules: Vec<&Node> = module.into_iter().collect();
        while let Some(module) = modules.pop() {
            if !matches!(module.kind, NodeKind::Mapping(_)) {
                let message = format!("a module of the state is {}, not an object", module.describe());
                self.report(&code::TST008, message, &module.span);
            }
            for resource in self.list(module, "resources") {
                if let Some(object) = self.shown_object(resource) {
                    self.keep(object);
                }
            }
            modules.extend(self.list(module, "child_modules").iter().rev());
        }
        true
    }

    fn shown_object(&mut self, node: &Node) -> Option<Object> {
        let span = &node.span;
        let Some(text) = node.get("address").and_then(Node::as_str) else {
            self.report(&code::TST003, "an object of the state has no address", span);
            return None;
        };
        if node
            .get("deposed_key")
            .is_some_and(|key| key.kind != NodeKind::Null)
        {
            self.deposed.push((text.to_owned(), span.clone()));
            return None;
        }
        let address = match ResourceAddress::parse(text) {
            Ok(address) => address,
            Err(error) => {
                self.report(&code::TST003, format!("`{text}` is {error}"), span);
                return None;
            }
        };
        let values = self.attributes_of(text, node, "values");
        let values = match node.get("sensitive_values") {
            Some(mask) => mark_tags_all(mark_by_mask(values, mask)),
            None => values,
        };
        Some(Object {
            id: ResourceId::new(text),
            address,
            values,
            dependencies: names(self.list(node, "depends_on")),
            span: span.clone(),
            attributes: "values",
        })
    }
}
