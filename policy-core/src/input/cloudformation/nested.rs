//! Stacks with nested stacks whose templates are files beside them.
//!
//! A nested stack is a resource of type `AWS::CloudFormation::Stack`. Its template is a local file where the CDK says so in
//! the metadata `aws:asset:path`, or where `TemplateURL` is a relative path, which `aws cloudformation package` turns into
//! a URL (<https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html>). The resources of the nested
//! stack join those of the parent in one input, under the logical ids that lead to them: `Network/Vpc`. They are evaluated
//! with the parameters that the parent passes; one that refers to a resource of the parent becomes a reference to it.
//!
//! Not followed: `Fn::GetAtt` of an output of a nested stack, which stays unknown and refers to the stack.

pub mod codes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::codes as code;
use super::bind::Given;
use super::template;
use crate::diagnostic::Diagnostic;
use crate::document::{self, Node, json, yaml};
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::resource::{Lifecycle, NativeResource, Reference, ResourceId};
use crate::source::{Source, Span};
use crate::value::{AttributePath, UnknownReason, Value};

/// CloudFormation itself allows fewer levels.
const MOST_LEVELS: usize = 16;
/// Few stacks can name each other very often.
const MOST_STACKS: usize = 500;

const STACK: &str = "AWS::CloudFormation::Stack";
/// Where the CDK says which file an asset property stands for.
const ASSET_PATH: &str = "aws:asset:path";

/// Files by path. Paths have `/` between names and no `.` or `..` in them.
///
/// ```
/// use policy_core::input::{InputContext, cloudformation::nested::{Files, read}};
/// let files = std::collections::BTreeMap::from([
///     ("main.yaml".to_owned(), b"Resources: {Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./net.yaml}}}".to_vec()),
///     ("net.yaml".to_owned(), b"Resources: {Vpc: {Type: AWS::EC2::VPC}}".to_vec()),
/// ]);
/// let input = read(&files, "main.yaml", &InputContext::default());
/// assert_eq!(input.resources[1].id.as_str(), "Net/Vpc");
/// ```
pub trait Files {
    /// The bytes of a file; `None` when there is none of that path.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
}

impl Files for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.get(path).cloned()
    }
}

/// Reads the template at `path` with the nested stacks whose templates are among the files.
///
/// What cannot be read of one stack is reported and does not keep the others from being read.
pub fn read(files: &dyn Files, path: &str, context: &InputContext) -> LoadedInput {
    let mut reader = Reader {
        files,
        diagnostics: Vec::new(),
        stacks: 0,
    };
    let Some(bytes) = files.read(path) else {
        let diagnostic =
            Diagnostic::new(&code::NST001, format!("the template `{path}` is missing")).in_file(path);
        return LoadedInput {
            format: None,
            resources: Vec::new(),
            diagnostics: vec![diagnostic],
            source: None,
        };
    };
    let stack = reader.stack(path, &bytes, &Given::default(), context, &[path]);
    let (source, resources) = match stack {
        Some(stack) => (Some(stack.source), stack.resources),
        None => (None, Vec::new()),
    };
    LoadedInput {
        format: source.is_some().then_some(InputFormat::CloudFormationTemplate),
        resources,
        diagnostics: reader.diagnostics,
        source,
    }
}

/// A stack with what is nested in it.
struct Stack {
    source: Arc<Source>,
    resources: Vec<NativeResource>,
}

struct Reader<'f> {
    files: &'f dyn Files,
    diagnostics: Vec<Diagnostic>,
    stacks: usize,
}

impl Reader<'_> {
    /// One template and what is nested in it; `chain` are the templates that lead to it, itself last.
    fn stack(
        &mut self,
        path: &str,
        bytes: &[u8],
        given: &Given,
        context: &InputContext,
        chain: &[&str],
    ) -> Option<Stack> {
        let source = document::decode(path, bytes)
            .map_err(|diagnostic| self.diagnostics.push(diagnostic))
            .ok()?;
        let root = parse(&source)
            .map_err(|diagnostics| self.diagnostics.extend(diagnostics))
            .ok()?;
        let (bound, own_context) = given.bind(&root, context);
        let mut input = template::read(source.clone(), &bound, &own_context);
        self.diagnostics.append(&mut input.diagnostics);
        let mut resources = Vec::with_capacity(input.resources.len());
        for resource in input.resources {
            let nested = self.nested(path, &root, &resource, context, chain);
            resources.push(resource);
            resources.extend(nested);
        }
        Some(Stack { source, resources })
    }

    /// The resources of a nested stack, under the id of its resource.
    fn nested(
        &mut self,
        path: &str,
        root: &Node,
        stack: &NativeResource,
        context: &InputContext,
        chain: &[&str],
    ) -> Vec<NativeResource> {
        if &*stack.native_type != STACK || stack.lifecycle != Lifecycle::Managed {
            return Vec::new();
        }
        let file = template_of(path, root, stack);
        let bytes = file.as_ref().and_then(|(file, _)| self.files.read(file));
        let (file, bytes) = match (file, bytes) {
            (Some((file, _)), Some(bytes)) => (file, bytes),
            (Some((file, by_cdk)), None) => {
                let message = format!(
                    "the template `{file}` of the nested stack `{}` is missing",
                    stack.id
                );
                let help = match by_cdk {
                    true => "give the whole output directory of `cdk synth`",
                    false => "put the file where `TemplateURL` says, beside the parent",
                };
                self.report(&code::NST001, message, stack, help);
                return Vec::new();
            }
            (None, _) => {
                let message = format!(
                    "the nested stack `{}` is not read: its template is no local file",
                    stack.id
                );
                self.report(
                    &code::NST002,
                    message,
                    stack,
                    "give its template as an input of its own",
                );
                return Vec::new();
            }
        };
        self.stacks += 1;
        let circle = chain.contains(&file.as_str());
        if circle || chain.len() >= MOST_LEVELS || self.stacks > MOST_STACKS {
            let what = if circle {
                "names itself as a nested stack"
            } else {
                "is nested too deeply or too often"
            };
            self.report(
                &code::NST003,
                format!("`{file}` {what}"),
                stack,
                "take the circle out",
            );
            return Vec::new();
        }
        let mut inner = chain.to_vec();
        inner.push(&file);
        // Parameters of the caller are those of the outermost stack.
        let context = InputContext {
            parameters: BTreeMap::new(),
            ..context.clone()
        };
        let Some(nested) = self.stack(&file, &bytes, &given(stack), &context, &inner) else {
            return Vec::new();
        };
        let passed = Passed::of(stack);
        nested
            .resources
            .into_iter()
            .map(|resource| adopt(resource, stack, &passed))
            .collect()
    }

    fn report(
        &mut self,
        code: &'static crate::diagnostic::Code,
        message: String,
        stack: &NativeResource,
        help: &str,
    ) {
        let diagnostic = Diagnostic::new(code, message).help(help);
        let place: Option<&Span> = stack.origin.block.as_ref();
        self.diagnostics
            .push(place.into_iter().fold(diagnostic, Diagnostic::at));
    }
}

fn parse(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    // JSON is also YAML, but its messages are about JSON.
    if source.text().trim_start().starts_with('{') {
        json::parse(source)
    } else {
        yaml::parse(source)
    }
}

/// The file of a nested stack and whether the CDK named it; `None` when it is not a file.
fn template_of(path: &str, root: &Node, stack: &NativeResource) -> Option<(String, bool)> {
    let resource = root
        .get("Resources")
        .and_then(|resources| resources.get(&stack.name));
    let metadata = resource.and_then(|resource| resource.get("Metadata"));
    if let Some(asset) = metadata
        .and_then(|metadata| metadata.get(ASSET_PATH))
        .and_then(Node::as_str)
    {
        return beside(path, asset).map(|file| (file, true));
    }
    let url = stack.values.get("TemplateURL").and_then(Value::as_str)?;
    if url.contains("://") || url.is_empty() {
        return None;
    }
    beside(path, url).map(|file| (file, false))
}

/// The path of a file that `path` names relative to itself; `None` when it leads out of the files.
pub(super) fn beside(path: &str, relative: &str) -> Option<String> {
    let relative = relative.replace('\\', "/");
    if relative.starts_with('/') || relative.contains(':') {
        return None;
    }
    let mut names: Vec<&str> = path.split('/').collect();
    names.pop();
    for name in relative.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    (!names.is_empty()).then(|| names.join("/"))
}

/// The values of the parameters that a stack passes to its nested stack.
fn given(stack: &NativeResource) -> Given {
    let mut given = Given::default();
    let parameters = match &stack.values {
        Value::Map(values) => values.get("Parameters").map(Value::revealed),
        // Nothing is known of the stack.
        unknown => Some(unknown),
    };
    match parameters {
        None | Some(Value::Null) => {}
        Some(Value::Map(parameters)) => {
            for (name, value) in parameters {
                if is_known(value) {
                    given.known.insert(name.to_string(), value.clone());
                } else {
                    given.open.insert(name.to_string());
                }
            }
        }
        Some(_) => given.rest_open = true,
    }
    given
}

fn is_known(value: &Value) -> bool {
    match value.revealed() {
        Value::Unknown(_) | Value::Null | Value::Map(_) => false,
        Value::List(items) => items.iter().all(is_known),
        _ => true,
    }
}

/// The resources that parameters stand for, by the name of the parameter.
struct Passed(HashMap<Arc<str>, Vec<Reference>>);

impl Passed {
    fn of(stack: &NativeResource) -> Self {
        let mut passed: HashMap<Arc<str>, Vec<Reference>> = HashMap::new();
        for reference in &stack.references {
            let mut steps = reference.path.steps().iter();
            let section = steps.next();
            if let (Some(crate::value::Step::Key(section)), Some(crate::value::Step::Key(name)), None) =
                (section, steps.next(), steps.next())
                && &**section == "Parameters"
            {
                passed.entry(name.clone()).or_default().push(reference.clone());
            }
        }
        Self(passed)
    }

    /// References to resources of the parent, where the whole value is one parameter.
    fn references(&self, resource: &NativeResource) -> Vec<Reference> {
        let mut found = Vec::new();
        if self.0.is_empty() {
            return found;
        }
        resource
            .values
            .for_each_unknown(&AttributePath::root(), &mut |path, unknown| {
                let ([name], UnknownReason::Parameter) = (unknown.refs.as_slice(), unknown.reason) else {
                    return;
                };
                for reference in self.0.get(name).into_iter().flatten() {
                    found.push(Reference {
                        path: path.clone(),
                        ..reference.clone()
                    });
                }
            });
        found
    }
}

/// A resource of a nested stack as one of its parent.
fn adopt(mut resource: NativeResource, stack: &NativeResource, passed: &Passed) -> NativeResource {
    let under = |id: &str| ResourceId::new(format!("{}/{id}", stack.id));
    for target in resource
        .references
        .iter_mut()
        .flat_map(|reference| &mut reference.targets)
    {
        *target = under(target.as_str());
    }
    // Those to the parent's resources have the parent's ids already.
    if resource.scope.is_empty() {
        resource.references.extend(passed.references(&resource));
    }
    resource.id = under(resource.id.as_str());
    resource.scope = match &*resource.scope {
        "" => stack.id.as_str().into(),
        inner => format!("{}/{inner}", stack.id).into(),
    };
    resource.condition = match (&stack.condition, resource.condition.take()) {
        (Some(outer), Some(inner)) => Some(format!("{outer} and {inner}").into()),
        (outer, inner) => inner.or_else(|| outer.clone()),
    };
    resource
}
