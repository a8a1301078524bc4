//! One resource of a template.

use std::collections::HashMap;
use std::sync::Arc;

use super::codes;
use super::conditions::Conditions;
use super::evaluate::{Evaluator, Place, Template, undecidable};
use super::expression::Expression;
use super::locate::Locator;
use super::stacks::both;
use super::transforms::Transforms;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, NodeKind};
use crate::resource::{Lifecycle, NativeResource, Origin, ProviderContext, ResourceId, SourceKind};
use crate::source::{Locate, Span};
use crate::value::{Map, Value};

/// What a resource may have beside its properties, for the hint about lost indentation.
const RESOURCE_ATTRIBUTES: [&str; 11] = [
    "Type",
    "Properties",
    "Condition",
    "DependsOn",
    "Metadata",
    "CreationPolicy",
    "DeletionPolicy",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Connectors",
    "IgnoreGlobals",
];

/// Reads the resources of one template.
pub(super) struct Reader<'t, 'n> {
    pub(super) template: &'t Template<'n>,
    pub(super) conditions: &'t Conditions,
    pub(super) transforms: &'t Transforms,
    pub(super) decisions: Arc<HashMap<Arc<str>, bool>>,
    /// Resources that stand for any number of them, with the reason in words.
    pub(super) open: &'t HashMap<Arc<str>, Arc<str>>,
    /// The undecidable condition under which the whole stack exists.
    pub(super) condition: Option<&'t Arc<str>>,
    /// The nested stacks that led here, innermost first.
    pub(super) calls: &'t [Span],
}

impl Reader<'_, '_> {
    /// One resource; `None` when it is left out by its condition or cannot be read, which is reported.
    pub(super) fn resource(
        &self,
        entry: &Entry,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<NativeResource> {
        if entry.key.starts_with("Fn::") {
            return None;
        }
        let id = &entry.key;
        let body = &entry.value;
        let broken = |message: String| Diagnostic::new(&codes::CFN003, message).at(&entry.key_span);
        if !matches!(body.kind, NodeKind::Mapping(_)) || body.tag.is_some() {
            diagnostics.push(broken(format!(
                "resource `{id}` is {}, not a mapping",
                body.describe()
            )));
            return None;
        }
        let rewritten = self.transforms.unlimited.is_some();
        let condition = match existence(self.template, self.conditions, entry, rewritten, diagnostics) {
            Existence::No => return None,
            Existence::Yes => None,
            Existence::Maybe(name) => Some(name),
        };
        let condition = both(self.open.get(id), condition);
        let native_type: Arc<str> = match body.get("Type").map(|node| (node.as_str(), node)) {
            Some((Some(text), node)) if !text.is_empty() && node.tag.is_none() => text.into(),
            Some((_, node)) => {
                let message = format!("the `Type` of resource `{id}` is {}, not a text", node.describe());
                diagnostics.push(Diagnostic::new(&codes::CFN003, message).at(&node.span));
                return None;
            }
            None => {
                diagnostics.push(
                    broken(format!("resource `{id}` has no `Type`"))
                        .help("add its type, for example `Type: AWS::S3::Bucket`"),
                );
                return None;
            }
        };
        check_attributes(entry, diagnostics);
        let mut evaluator = Evaluator::new(self.template, self.conditions, Place::Resource, diagnostics);
        let mut values = Value::Map(Map::new());
        let mut locator: Option<Arc<dyn Locate>> = None;
        if let Some(properties) = body.entry("Properties") {
            values = match &properties.value.kind {
                NodeKind::Null => Value::Map(Map::new()),
                _ => evaluator
                    .value(Expression::new(&properties.value))
                    .unwrap_or_else(|| Value::Map(Map::new())),
            };
            if !matches!(values, Value::Map(_) | Value::Unknown(_)) {
                let message = format!(
                    "the `Properties` of resource `{id}` are {}, not a mapping",
                    properties.value.describe()
                );
                evaluator.report(Diagnostic::new(&codes::CFN003, message).at(&properties.key_span));
                values = undecidable();
            }
            locator = Some(Arc::new(Locator {
                properties: Arc::new(properties.value.clone()),
                decisions: self.decisions.clone(),
            }));
        }
        let references = evaluator.into_references();
        if let Some(unknown) = self.transforms.hides() {
            values = unknown.into();
        }
        Some(NativeResource {
            id: ResourceId::new(self.template.scope.name(id)),
            name: id.clone(),
            native_type,
            source: SourceKind::CloudFormation,
            lifecycle: Lifecycle::Managed,
            values,
            before: None,
            change: None,
            references,
            provider: ProviderContext::default(),
            scope: self.template.scope.path(),
            condition: both(self.condition, condition),
            many: false,
            origin: Origin {
                file: entry.key_span.source().name().into(),
                block: Some(block(entry)),
                locator,
                calls: self.calls.to_vec(),
            },
        })
    }
}

/// From the key to the end of the body, where both are in the same text.
pub(super) fn block(entry: &Entry) -> Span {
    let (key, body) = (&entry.key_span, &entry.value.span);
    let same = key.source().name() == body.source().name() && key.start() <= body.end();
    let end = if same { body.end() } else { key.end() };
    Span::new(key.source().clone(), key.start(), end)
}

/// A property beside `Properties` would silently count as absent.
fn check_attributes(entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    for attribute in entry.value.entries() {
        if RESOURCE_ATTRIBUTES.contains(&&*attribute.key) {
            continue;
        }
        diagnostics.push(
            Diagnostic::new(
                &codes::CFN015,
                format!("`{}` is no attribute of a resource", attribute.key),
            )
            .at(&attribute.key_span)
            .help("it belongs under `Properties` (did the template lose its indentation?)"),
        );
    }
}

/// Whether a resource, or an output, will exist.
pub(super) enum Existence {
    Yes,
    No,
    /// Under this condition, which cannot be decided.
    Maybe(Arc<str>),
}

/// What the `Condition` of a resource or output says. `rewritten` when a macro may change the condition too.
pub(super) fn existence(
    template: &Template<'_>,
    conditions: &Conditions,
    entry: &Entry,
    rewritten: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Existence {
    let Some(node) = entry.value.get("Condition") else {
        return Existence::Yes;
    };
    let mut name = Expression::new(node).literal();
    if name.is_none() && template.extensions {
        // With the language extensions the name may be computed, and `AWS::NoValue` is no condition.
        let mut evaluator = Evaluator::new(template, conditions, Place::Condition, diagnostics);
        name = match evaluator.value(Expression::new(node)) {
            None => return Existence::Yes,
            Some(Value::Unknown(_)) => return Existence::Maybe("a condition that is not known".into()),
            Some(value) => value.as_str().map(Arc::from),
        };
    }
    let Some(name) = name else {
        let message = format!(
            "the `Condition` of resource `{}` is {}, not the name of a condition",
            entry.key,
            node.describe()
        );
        diagnostics.push(Diagnostic::new(&codes::CFN008, message).at(&node.span));
        return Existence::Maybe("an unreadable condition".into());
    };
    if !conditions.contains(&name) && !template.open {
        diagnostics.push(conditions.missing(&name, &node.span));
    }
    match conditions.decided(&name) {
        Some(true) => Existence::Yes,
        Some(false) if !rewritten => Existence::No,
        _ => Existence::Maybe(name),
    }
}
