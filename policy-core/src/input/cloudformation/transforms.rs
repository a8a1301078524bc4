//! The section `Transform`: macros that run over the template before it is deployed.

use std::sync::Arc;

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};
use crate::value::{Unknown, UnknownReason};

const PROCESSED: &str = "for exact results evaluate the processed template: `aws cloudformation get-template --template-stage Processed`";

/// The macros of a template, and what is known of their work.
#[derive(Debug, Default)]
pub(super) struct Transforms {
    /// Something unseen may be referred to.
    pub(super) open: bool,
    /// `AWS::LanguageExtensions`: loops, and functions in more places.
    pub(super) extensions: bool,
    /// `AWS::Serverless-2016-10-31`: resources of type `AWS::Serverless::*` become others.
    pub(super) serverless: bool,
    /// A macro that may change anything.
    pub(super) unlimited: Option<Arc<str>>,
}

impl Transforms {
    /// What a template declares, after files were included.
    pub(super) fn read(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut transforms = Self::default();
        if let Some(section) = root.get("Transform") {
            let listed = match &section.kind {
                NodeKind::Sequence(items) => items.as_slice(),
                _ => std::slice::from_ref(section),
            };
            for node in listed {
                transforms.declared(node, diagnostics);
            }
        }
        let sections = ["Parameters", "Mappings", "Conditions"]
            .into_iter()
            .filter_map(|name| root.get(name));
        for include in sections
            .chain([root])
            .filter_map(|node| node.get("Fn::Transform"))
        {
            transforms.declared(include, diagnostics);
        }
        let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
        for entry in resources.iter().filter(|entry| &*entry.key == "Fn::Transform") {
            transforms.open = true;
            diagnostics.push(
                Diagnostic::new(&codes::CFN013, format!("the resources of `{}` are not evaluated", entry.key))
                    .at(&entry.key_span)
                    .help("evaluate the processed template: `aws cloudformation get-template --template-stage Processed`"),
            );
        }
        for entry in resources {
            let native_type = entry.value.get("Type").and_then(Node::as_str);
            if native_type.is_some_and(|name| name.ends_with("::MODULE")) {
                transforms.open = true;
                let message = format!(
                    "module `{}` is not expanded: the resources it makes are not seen",
                    entry.key
                );
                diagnostics.push(
                    Diagnostic::new(&codes::CFN012, message)
                        .at(&entry.key_span)
                        .help(PROCESSED),
                );
            }
        }
        transforms
    }

    fn declared(&mut self, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let name = node
            .as_str()
            .or_else(|| node.get("Name").and_then(Node::as_str))
            .unwrap_or_default();
        let effect = match name {
            "AWS::LanguageExtensions" => {
                self.extensions = true;
                return;
            }
            "AWS::Serverless-2016-10-31" => {
                self.serverless = true;
                return;
            }
            "AWS::Include" | "AWS::CodeDeployBlueGreen" => "what it adds is not seen",
            _ if name.starts_with("AWS::SecretsManager-") => "what it adds is not seen",
            _ => {
                self.unlimited = Some(name.into());
                "the properties of all resources are unknown"
            }
        };
        self.open = true;
        let shown = if name.is_empty() {
            "the transform".to_owned()
        } else {
            format!("transform `{name}`")
        };
        diagnostics.push(
            Diagnostic::new(&codes::CFN012, format!("{shown} is not evaluated: {effect}"))
                .at(&node.span)
                .help(PROCESSED),
        );
    }

    /// Why no property of any resource can be told, if none can.
    pub(super) fn hides(&self) -> Option<Unknown> {
        let by = self.unlimited.clone()?;
        Some(Unknown::new(UnknownReason::Expression).with_refs([by]))
    }
}
