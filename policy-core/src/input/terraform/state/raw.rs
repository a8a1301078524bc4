//! The state file itself, version 4: a list of blocks with their instances.
//!
//! HashiCorp does not promise this format to anybody, but it has not changed in meaning since Terraform 0.12, and it is
//! what lies in buckets and working directories.

use super::sensitive::{mark_paths, mark_tags_all};
use super::{Object, Reader, codes as code, names};
use crate::document::{Node, NodeKind};
use crate::resource::{InstanceKey, ResourceAddress, ResourceId};
use crate::value::{Number, Unknown, UnknownReason};

impl Reader<'_> {
    pub(super) fn raw(&mut self, root: &Node) -> bool {
        for block in self.list(root, "resources") {
            let Some(address) = self.block_address(block) else {
                continue;
            };
            for instance in self.list(block, "instances") {
                if let Some(object) = self.instance(&address, instance) {
                    self.keep(object);
                }
            }
        }
        true
    }

    fn block_address(&mut self, block: &Node) -> Option<ResourceAddress> {
        let text = |key: &str| block.get(key).and_then(Node::as_str);
        let mode = match text("mode") {
            Some("managed") => "",
            Some("data") => "data.",
            other => {
                let message = format!(
                    "an object of the state has the mode `{}`",
                    other.unwrap_or_default()
                );
                self.report(&code::TST003, message, &block.span);
                return None;
            }
        };
        let (Some(resource_type), Some(name)) = (text("type"), text("name")) else {
            self.report(
                &code::TST003,
                "an object of the state has no type or no name",
                &block.span,
            );
            return None;
        };
        let module = text("module").filter(|module| !module.is_empty());
        let dot = if module.is_some() { "." } else { "" };
        let address = format!("{}{dot}{mode}{resource_type}.{name}", module.unwrap_or_default());
        match ResourceAddress::parse(&address) {
            // A key in the name would make this block an instance of another one.
            Ok(parsed) if parsed.key.is_none() => Some(parsed),
            Ok(_) => {
                self.report(
                    &code::TST003,
                    format!("`{address}` is not the address of a block"),
                    &block.span,
                );
                None
            }
            Err(error) => {
                self.report(&code::TST003, format!("`{address}` is {error}"), &block.span);
                None
            }
        }
    }

    fn instance(&mut self, block: &ResourceAddress, node: &Node) -> Option<Object> {
        let key = match node.get("index_key") {
            None => None,
            Some(key) => match &key.kind {
                NodeKind::Null => None,
                NodeKind::String(key) => Some(InstanceKey::Str(key.to_string())),
                NodeKind::Number(Number::Integer(index)) if u64::try_from(*index).is_ok() => {
                    u64::try_from(*index).ok().map(InstanceKey::Int)
                }
                _ => {
                    let message = format!("an instance of `{block}` has a key that is {}", key.describe());
                    self.report(&code::TST003, message, &key.span);
                    return None;
                }
            },
        };
        let address = ResourceAddress { key, ..block.clone() };
        let text = address.to_string();
        if node
            .get("deposed")
            .and_then(Node::as_str)
            .is_some_and(|key| !key.is_empty())
        {
            self.deposed.push((text, node.span.clone()));
            return None;
        }
        let values = match (node.get("attributes"), node.entry("attributes_flat")) {
            (
                None
                | Some(Node {
                    kind: NodeKind::Null, ..
                }),
                Some(flat),
            ) => {
                let message = format!("the attributes of `{text}` are in the form of Terraform 0.11");
                self.report(&code::TST007, message, &flat.key_span);
                Unknown::new(UnknownReason::NotRecorded).into()
            }
            _ => self.attributes_of(&text, node, "attributes"),
        };
        let values = match node.get("sensitive_attributes") {
            Some(paths) => mark_tags_all(mark_paths(values, paths)),
            None => values,
        };
        Some(Object {
            id: ResourceId::new(text),
            address,
            values,
            dependencies: names(self.list(node, "dependencies")),
            span: node.span.clone(),
            attributes: "attributes",
        })
    }
}
