//! Resources as the AWS Cloud Control API gives them.
//!
//! `GetResource` answers with the type and a `ResourceDescription`: an identifier, and the properties as JSON in a text,
//! with CloudFormation's names (<https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html>).
//! What it does not give back are write-only properties; which these are, the resource model knows. `ListResources` may
//! leave out any property, so what is not in its answer is unknown.

use std::sync::Arc;

use super::codes as code;
use super::envelope::{Found, field, parse_text};
use super::item::not_recorded;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};
use crate::resource::{Lifecycle, NativeResource, Origin, ProviderContext, ResourceId, SourceKind};
use crate::source::{Locate, Source, Span};
use crate::value::{AttributePath, UNLISTED, Value};

/// Reads the resources of one answer.
pub(super) fn read(
    source: &Arc<Source>,
    found: &Found<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<NativeResource> {
    let node = &*found.node;
    let place = |inner: &Span| found.holder.clone().unwrap_or_else(|| inner.clone());
    let native_type = field(node, "TypeName")
        .and_then(|entry| entry.value.as_str())
        .filter(|name| !name.is_empty());
    let Some(native_type) = native_type else {
        diagnostics
            .push(Diagnostic::new(&code::AWC002, "the `TypeName` is not a text").at(&place(&node.span)));
        return Vec::new();
    };
    if let Some(token) = field(node, "NextToken").filter(|token| token.value.kind != NodeKind::Null) {
        let message = "the answer has a next token, so resources are missing";
        diagnostics.push(
            Diagnostic::new(&code::AWC007, message)
                .at(&place(&token.value.span))
                .help("ask for all pages"),
        );
    }
    let one = field(node, "ResourceDescription").map(|entry| (std::slice::from_ref(&entry.value), false));
    let several = || field(node, "ResourceDescriptions").map(|entry| (entry.value.items(), true));
    let (descriptions, partial) = one.or_else(several).unwrap_or_default();
    let mut resources = Vec::new();
    for description in descriptions {
        let span = place(&description.span);
        let mut unreadable = |message: String| {
            diagnostics.push(Diagnostic::new(&code::AWC002, message).at(&span));
        };
        let id = field(description, "Identifier")
            .and_then(|entry| entry.value.as_str())
            .filter(|id| !id.is_empty());
        let Some(id) = id else {
            unreadable(format!("a resource of type `{native_type}` has no `Identifier`"));
            continue;
        };
        let properties = field(description, "Properties").map(|entry| &entry.value);
        let mut values = match properties.and_then(properties_of) {
            Some(values) => values,
            None => {
                unreadable(format!(
                    "the `Properties` of `{id}` are no object, and no text that holds one as JSON"
                ));
                not_recorded()
            }
        };
        if let (true, Value::Map(members)) = (partial, &mut values) {
            members.insert(UNLISTED.into(), not_recorded());
        }
        let arn = values
            .get("Arn")
            .and_then(Value::as_str)
            .filter(|arn| arn.starts_with("arn:"));
        resources.push(NativeResource {
            id: ResourceId::new(arn.unwrap_or(id)),
            name: id.into(),
            native_type: native_type.into(),
            source: SourceKind::CloudFormation,
            lifecycle: Lifecycle::Managed,
            values,
            before: None,
            change: None,
            references: Vec::new(),
            provider: ProviderContext::default(),
            scope: "".into(),
            condition: None,
            many: false,
            origin: Origin {
                calls: Vec::new(),
                file: source.name().into(),
                locator: properties.map(|node| Arc::new(Held(place(&node.span))) as Arc<dyn Locate>),
                block: Some(span),
            },
        });
    }
    resources
}

/// The properties: a text that holds an object, or the object where a tool has opened the text.
fn properties_of(node: &Node) -> Option<Value> {
    let value = match node.as_str() {
        Some(text) => parse_text(text)?.to_value(),
        None => node.to_value(),
    };
    matches!(value, Value::Map(_)).then_some(value)
}

/// The properties stand in one text, which is as near as we get.
#[derive(Debug)]
struct Held(Span);

impl Locate for Held {
    fn locate(&self, _path: &AttributePath) -> Option<Span> {
        Some(self.0.clone())
    }
}
