//! `Transform: AWS::Serverless-2016-10-31`: serverless resources as the CloudFormation resources they become.
//!
//! After the AWS SAM developer guide, pages "Generated AWS CloudFormation resources" (`sam-specification-generated-resources*`)
//! and the page of each resource type (`sam-resource-*`). Expanded is what controls look at: functions with their role,
//! URL and destinations, APIs with their stage and domain name, tables, layers, state machines, local applications.
//! Everything keeps the place of what it was made from. What is left out of that is said: as a warning when the
//! properties of a resource are unknown, as a remark when resources are not in the inventory that no control looks at.

mod api;
mod application;
mod events;
mod function;
mod globals;
mod http_api;
mod layer;
mod policies;
mod policy_template_table;
mod policy_templates;
mod properties;
mod role;
mod state_machine;
mod table;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::codes;
use super::synthetic::{At, with_entries};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;
use api::Implicit;
use globals::Globals;
use properties::Properties;

const PREFIX: &str = "AWS::Serverless::";

/// The name of the transform in unknowns.
const NAME: &str = "AWS::Serverless";

/// A template without serverless resources, as far as they can be expanded.
pub(super) struct Expanded {
    pub(super) root: Node,
    /// What the logical ids begin with that the transform makes.
    pub(super) generated: Vec<Arc<str>>,
    /// The logical ids that were made, each with that of the resource it was made of.
    pub(super) made: Vec<(Arc<str>, Arc<str>)>,
}

/// Expands the serverless resources of a template; `None` when it has none. `declared` when the template names the
/// transform, and `partition` is the one its resources are deployed to.
pub(super) fn expand(
    root: &Node,
    declared: bool,
    partition: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Expanded> {
    let resources = root.get("Resources")?;
    let first = resources
        .entries()
        .iter()
        .find(|entry| serverless_type(entry).is_some())?;
    if !declared {
        let message = "serverless resources need the transform `AWS::Serverless-2016-10-31`";
        diagnostics.push(
            Diagnostic::new(&codes::CFN021, message)
                .at(&first.key_span)
                .help("add `Transform: AWS::Serverless-2016-10-31` at the top level of the template"),
        );
    }
    let globals = Globals::read(root.get("Globals"), diagnostics);
    let mut output = Output {
        taken: resources
            .entries()
            .iter()
            .map(|entry| entry.key.clone())
            .collect(),
        resources: Vec::with_capacity(resources.entries().len()),
        conditions: Vec::new(),
        partition,
        rest_api: Implicit::default(),
        http_api: Implicit::default(),
        left_out: BTreeMap::new(),
        made: Vec::new(),
        diagnostics,
    };
    let mut generated: Vec<Arc<str>> = vec!["Serverless".into()];
    for entry in resources.entries() {
        match serverless_type(entry) {
            Some(name) => {
                generated.push(entry.key.clone());
                let resource = Macro::new(entry, name, &globals);
                output.expand(name, resource);
            }
            None => output.resources.push(entry.clone()),
        }
    }
    output.implicit_apis(&globals);
    output.say_what_is_left_out();
    let Output {
        resources: expanded,
        conditions,
        made,
        ..
    } = output;
    Some(Expanded {
        made,
        root: replaced(root, resources, expanded, conditions),
        generated,
    })
}

/// The last part of the type of a serverless resource.
fn serverless_type(entry: &Entry) -> Option<&str> {
    let native_type = entry.value.get("Type")?;
    native_type
        .as_str()
        .filter(|_| native_type.tag.is_none())?
        .strip_prefix(PREFIX)
}

/// The template with these resources, and with these conditions beside its own.
fn replaced(root: &Node, section: &Node, resources: Vec<Entry>, conditions: Vec<Entry>) -> Node {
    let mut sections: Vec<Entry> = root
        .entries()
        .iter()
        .map(|entry| {
            let value = match &*entry.key {
                "Resources" => with_entries(section, resources.clone()),
                "Conditions" if matches!(entry.value.kind, NodeKind::Mapping(_)) => {
                    let both = entry.value.entries().iter().chain(&conditions);
                    with_entries(&entry.value, both.cloned().collect())
                }
                _ => entry.value.clone(),
            };
            Entry {
                value,
                ..entry.clone()
            }
        })
        .collect();
    if root.get("Conditions").is_none() && !conditions.is_empty() {
        let at = At(&section.span);
        sections.push(at.entry("Conditions", at.entries(conditions)));
    }
    with_entries(root, sections)
}

/// A serverless resource of the template.
struct Macro<'m> {
    id: &'m Arc<str>,
    entry: &'m Entry,
    /// The properties with those of `Globals`; `None` when they are no written mapping.
    properties: Option<Properties>,
    /// Where what it becomes stands when nothing more exact is known.
    place: &'m Span,
}

impl<'m> Macro<'m> {
    fn new(entry: &'m Entry, name: &str, globals: &Globals<'_>) -> Self {
        Self {
            id: &entry.key,
            entry,
            properties: globals.properties(name, &entry.value),
            place: &entry.key_span,
        }
    }

    fn at(&self) -> At<'m> {
        At(self.place)
    }

    /// The logical id of a resource it becomes.
    fn generated(&self, suffix: &str) -> Arc<str> {
        format!("{}{suffix}", self.id).into()
    }
}

/// The resources the template will have.
struct Output<'o> {
    /// The logical ids the template writes itself, which stay as they are.
    taken: HashSet<Arc<str>>,
    resources: Vec<Entry>,
    conditions: Vec<Entry>,
    partition: &'o str,
    /// The APIs that events ask for without naming one.
    rest_api: Implicit,
    http_api: Implicit,
    /// What is left out, with the first place of each.
    left_out: BTreeMap<&'static str, Span>,
    made: Vec<(Arc<str>, Arc<str>)>,
    diagnostics: &'o mut Vec<Diagnostic>,
}

impl Output<'_> {
    fn expand(&mut self, name: &str, resource: Macro<'_>) {
        if let Some(connectors) = resource.entry.value.entry("Connectors") {
            let message = format!("the connectors of `{}` are not expanded", resource.id);
            self.not_expanded(message, &connectors.key_span);
        }
        match name {
            "Function" => self.function(resource),
            "Api" => self.api(resource),
            "HttpApi" => self.http_api(resource),
            "SimpleTable" => self.table(resource),
            "LayerVersion" => self.layer(resource),
            "StateMachine" => self.state_machine(resource),
            "Application" => self.application(resource),
            _ => {
                let message = format!(
                    "what `{}` of type `{PREFIX}{name}` becomes is not known",
                    resource.id
                );
                self.not_expanded(message, resource.place);
                let native_type = format!("{PREFIX}{name}");
                self.unknown(&resource, &native_type);
            }
        }
    }

    fn not_expanded(&mut self, message: String, place: &Span) {
        self.diagnostics
            .push(Diagnostic::new(&codes::CFN021, message).at(place));
    }

    /// Remembers that something is left out that no control looks at.
    fn left_out(&mut self, what: &'static str, place: &Span) {
        self.left_out.entry(what).or_insert_with(|| place.clone());
    }

    fn say_what_is_left_out(&mut self) {
        for (what, place) in std::mem::take(&mut self.left_out) {
            let message = format!("{what} are not in the inventory");
            self.diagnostics
                .push(Diagnostic::new(&codes::CFN022, message).at(&place));
        }
    }

    /// A resource with the id of the macro, its condition and its attributes.
    fn main(&mut self, resource: &Macro<'_>, native_type: &str, properties: Properties) {
        let at = resource.at();
        let mut body = Vec::new();
        for entry in resource.entry.value.entries() {
            match &*entry.key {
                "Type" => body.push(Entry {
                    value: At(&entry.value.span).text(native_type),
                    ..entry.clone()
                }),
                "Properties" => body.push(Entry {
                    value: with_entries(&untagged(&entry.value), properties.entries().to_vec()),
                    ..entry.clone()
                }),
                "Connectors" | "IgnoreGlobals" => {}
                _ => body.push(entry.clone()),
            }
        }
        if resource.entry.value.get("Properties").is_none() {
            body.push(at.entry("Properties", at.entries(properties.entries().to_vec())));
        }
        self.resources.push(Entry {
            key: resource.id.clone(),
            key_span: resource.entry.key_span.clone(),
            value: with_entries(&resource.entry.value, body),
        });
    }

    /// A resource of which the type is known and nothing else.
    fn unknown(&mut self, resource: &Macro<'_>, native_type: &str) {
        let properties = resource.entry.value.entry("Properties");
        let place = properties.map_or(resource.place, |entry| &entry.value.span);
        let mut body = vec![
            At(resource.place).entry("Type", At(resource.place).text(native_type)),
            At(place).entry("Properties", At(place).unknown(NAME)),
        ];
        body.extend(passed_on(resource));
        self.resources.push(Entry {
            value: with_entries(&resource.entry.value, body),
            ..resource.entry.clone()
        });
    }

    /// A resource that the macro makes beside its main one, under the same condition unless another is given. A
    /// resource that the template writes under this id itself is the one that counts.
    fn beside(
        &mut self,
        resource: &Macro<'_>,
        id: Arc<str>,
        native_type: &str,
        properties: Node,
        condition: Option<Node>,
    ) {
        if !self.taken.insert(id.clone()) {
            return;
        }
        self.made.push((id.clone(), resource.id.clone()));
        let at = resource.at();
        let mut body = vec![
            at.entry("Type", at.text(native_type)),
            at.entry("Properties", properties),
        ];
        match condition {
            Some(condition) => body.push(at.entry("Condition", condition)),
            None => body.extend(passed_on(resource).filter(|entry| &*entry.key == "Condition")),
        }
        let value = with_entries(&resource.entry.value, body);
        self.resources.push(Entry {
            key: id,
            key_span: resource.entry.key_span.clone(),
            value,
        });
    }
}

/// The attributes of a resource that what it becomes has too.
fn passed_on<'m>(resource: &Macro<'m>) -> impl Iterator<Item = Entry> + use<'m> {
    let attributes = resource.entry.value.entries().iter();
    attributes
        .filter(|entry| {
            matches!(
                &*entry.key,
                "Condition" | "DependsOn" | "DeletionPolicy" | "UpdateReplacePolicy" | "Metadata"
            )
        })
        .cloned()
}

fn untagged(node: &Node) -> Node {
    Node {
        kind: NodeKind::Null,
        span: node.span.clone(),
        tag: None,
    }
}
