//! Reading a whole template.

use std::collections::HashMap;
use std::sync::Arc;

use super::codes;
use super::conditions::Conditions;
use super::evaluate::{Evaluator, Place, Template, undecidable};
use super::expression::Expression;
use super::locate::Locator;
use super::mappings::Mappings;
use super::parameters::Parameters;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::resource::{Lifecycle, NativeResource, Origin, ProviderContext, ResourceId, SourceKind};
use crate::source::{Locate, Source, Span};
use crate::value::{Map, Unknown, UnknownReason, Value};

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

/// Reads the resources of a CloudFormation template, YAML or JSON, from its parsed text.
///
/// Everything that can be evaluated is; what cannot be decided is an unknown with its reason. A resource under a false
/// condition is left out, one under an undecidable condition is kept and says so. What is wrong with one resource is
/// reported and does not keep the others from being read.
///
/// ```
/// use policy_core::input::{InputContext, cloudformation};
/// use policy_core::{document::yaml, source::Source};
///
/// let source = Source::new(
///     "template.yaml",
///     "Resources:\n  Logs:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Sub 'logs-${AWS::Region}'\n",
/// );
/// let root = yaml::parse(&source).map_err(|errors| format!("{errors:?}"))?;
/// let context = InputContext { region: Some("eu-west-1".to_owned()), ..InputContext::default() };
/// let input = cloudformation::read(source, &root, &context);
/// let bucket = &input.resources[0];
/// assert_eq!(bucket.values.get("BucketName").and_then(|name| name.as_str()), Some("logs-eu-west-1"));
/// # Ok::<(), String>(())
/// ```
pub fn read(source: Arc<Source>, root: &Node, context: &InputContext) -> LoadedInput {
    let mut diagnostics = Vec::new();
    let resources = resources(&source, root, context, &mut diagnostics);
    LoadedInput {
        format: Some(InputFormat::CloudFormationTemplate),
        resources,
        diagnostics,
        source: Some(source),
    }
}

fn resources(
    source: &Arc<Source>,
    root: &Node,
    context: &InputContext,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<NativeResource> {
    if !matches!(root.kind, NodeKind::Mapping(_)) {
        let message = format!(
            "a CloudFormation template is a mapping, and this is {}",
            root.describe()
        );
        diagnostics.push(Diagnostic::new(&codes::CFN001, message).at(&root.span));
        return Vec::new();
    }
    let Some(section) = root.entry("Resources") else {
        diagnostics.push(no_resources(root));
        return Vec::new();
    };
    if section.value.entries().is_empty() {
        let message = match section.value.kind {
            NodeKind::Mapping(_) | NodeKind::Null => "the section `Resources` is empty".to_owned(),
            _ => format!(
                "the section `Resources` is {}, not a mapping",
                section.value.describe()
            ),
        };
        diagnostics.push(Diagnostic::new(&codes::CFN001, message).at(&section.key_span));
        return Vec::new();
    }
    let transforms = Transforms::read(root, section.value.entries(), diagnostics);
    let template = Template {
        parameters: Parameters::read(mapping(root, "Parameters", diagnostics), context, diagnostics),
        mappings: Mappings::read(mapping(root, "Mappings", diagnostics), diagnostics),
        resources: section
            .value
            .entries()
            .iter()
            .filter(|entry| !entry.key.starts_with("Fn::"))
            .map(|entry| (&*entry.key, entry.value.get("Condition").and_then(Node::as_str)))
            .collect(),
        context,
        open: transforms.open,
    };
    let conditions = Conditions::read(mapping(root, "Conditions", diagnostics), &template, diagnostics);
    let reader = Reader {
        source,
        template: &template,
        conditions: &conditions,
        transforms: &transforms,
        decisions: Arc::new(conditions.decisions()),
        file: source.name().into(),
    };
    section
        .value
        .entries()
        .iter()
        .filter_map(|entry| reader.resource(entry, diagnostics))
        .collect()
}

/// A section that is a mapping; null is as good as absent.
fn mapping<'n>(root: &'n Node, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n Node> {
    let section = root.get(name)?;
    if !matches!(section.kind, NodeKind::Mapping(_) | NodeKind::Null) {
        let message = format!("the section `{name}` is {}, not a mapping", section.describe());
        diagnostics.push(Diagnostic::new(&codes::CFN002, message).at(&section.span));
    }
    Some(section)
}

fn no_resources(root: &Node) -> Diagnostic {
    let place = root.entries().first().map_or(&root.span, |entry| &entry.key_span);
    let diagnostic = Diagnostic::new(&codes::CFN001, "the template has no section `Resources`").at(place);
    let similar = root
        .entries()
        .iter()
        .find(|entry| strsim::damerau_levenshtein(&entry.key, "Resources") <= 2);
    match similar {
        Some(entry) => diagnostic.help(format!("`{}` is probably meant to be `Resources`", entry.key)),
        None => diagnostic.help("give a CloudFormation template, or the text of one"),
    }
}

/// Macros that run over the template before it is deployed.
#[derive(Default)]
struct Transforms {
    /// Something unseen may be referred to.
    open: bool,
    /// SAM: resources of type `AWS::Serverless::*` become others.
    serverless: bool,
    /// A macro that may change anything.
    unlimited: Option<Arc<str>>,
}

impl Transforms {
    fn read(root: &Node, resources: &[Entry], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut transforms = Self::default();
        if let Some(section) = root.entry("Transform") {
            let listed = match &section.value.kind {
                NodeKind::Sequence(items) => items.as_slice(),
                _ => std::slice::from_ref(&section.value),
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
        for entry in resources.iter().filter(|entry| entry.key.starts_with("Fn::")) {
            transforms.open = true;
            diagnostics.push(
                Diagnostic::new(&codes::CFN013, format!("the resources of `{}` are not evaluated", entry.key))
                    .at(&entry.key_span)
                    .help("evaluate the processed template: `aws cloudformation get-template --template-stage Processed`"),
            );
        }
        transforms
    }

    fn declared(&mut self, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
        self.open = true;
        let name = node
            .as_str()
            .or_else(|| node.get("Name").and_then(Node::as_str))
            .unwrap_or_default();
        let effect = match name {
            // Adds functions and loops; both are reported where they are used.
            "AWS::LanguageExtensions" => "only what CloudFormation knows without it is evaluated",
            _ if name.starts_with("AWS::Serverless-") => {
                self.serverless = true;
                "the properties of `AWS::Serverless::*` resources are unknown, and what they expand to is not seen"
            }
            "AWS::Include" | "AWS::CodeDeployBlueGreen" => "what it adds is not seen",
            _ if name.starts_with("AWS::SecretsManager-") => "what it adds is not seen",
            _ => {
                self.unlimited = Some(name.into());
                "the properties of all resources are unknown"
            }
        };
        let shown = if name.is_empty() {
            "the transform".to_owned()
        } else {
            format!("transform `{name}`")
        };
        diagnostics.push(
            Diagnostic::new(&codes::CFN012, format!("{shown} is not evaluated: {effect}"))
                .at(&node.span)
                .help("for exact results evaluate the processed template: `aws cloudformation get-template --template-stage Processed`"),
        );
    }

    /// Why the properties of a resource of this type cannot be told, if they cannot.
    fn hides(&self, native_type: &str) -> Option<Unknown> {
        let by = match &self.unlimited {
            Some(name) => name.clone(),
            None if self.serverless && native_type.starts_with("AWS::Serverless::") => {
                "AWS::Serverless".into()
            }
            None => return None,
        };
        Some(Unknown::new(UnknownReason::Expression).with_refs([by]))
    }
}

struct Reader<'t, 'n> {
    source: &'t Arc<Source>,
    template: &'t Template<'n>,
    conditions: &'t Conditions,
    transforms: &'t Transforms,
    decisions: Arc<HashMap<Arc<str>, bool>>,
    file: Arc<str>,
}

impl Reader<'_, '_> {
    /// One resource; `None` when it is left out by its condition or cannot be read, which is reported.
    fn resource(&self, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) -> Option<NativeResource> {
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
        let condition = match self.condition(entry, diagnostics) {
            Existence::No => return None,
            Existence::Yes => None,
            Existence::Maybe(name) => Some(name),
        };
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
        self.check_attributes(entry, diagnostics);
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
        if let Some(unknown) = self.transforms.hides(&native_type) {
            values = unknown.into();
        }
        Some(NativeResource {
            id: ResourceId::new(id.clone()),
            name: id.clone(),
            native_type,
            source: SourceKind::CloudFormation,
            lifecycle: Lifecycle::Managed,
            values,
            before: None,
            change: None,
            references,
            provider: ProviderContext::default(),
            scope: "".into(),
            condition,
            origin: Origin {
                file: self.file.clone(),
                block: Some(Span::new(
                    self.source.clone(),
                    entry.key_span.start(),
                    body.span.end(),
                )),
                locator,
                calls: Vec::new(),
            },
        })
    }

    fn condition(&self, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) -> Existence {
        let Some(node) = entry.value.get("Condition") else {
            return Existence::Yes;
        };
        let Some(name) = Expression::new(node).literal() else {
            let message = format!(
                "the `Condition` of resource `{}` is {}, not the name of a condition",
                entry.key,
                node.describe()
            );
            diagnostics.push(Diagnostic::new(&codes::CFN008, message).at(&node.span));
            return Existence::Maybe("an unreadable condition".into());
        };
        if !self.conditions.contains(&name) && !self.template.open {
            diagnostics.push(self.conditions.missing(&name, &node.span));
        }
        match self.conditions.decided(&name) {
            Some(true) => Existence::Yes,
            // A macro may change the condition too.
            Some(false) if self.transforms.unlimited.is_none() => Existence::No,
            _ => Existence::Maybe(name),
        }
    }

    /// A property beside `Properties` would silently count as absent.
    fn check_attributes(&self, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
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
}

/// Whether a resource will exist.
enum Existence {
    Yes,
    No,
    /// Under this condition, which cannot be decided.
    Maybe(Arc<str>),
}
