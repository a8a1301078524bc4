//! Nested stacks: `AWS::CloudFormation::Stack` with a local template.
//!
//! The template is read with the parameters the outer one passes, known or unknown. Its resources are part of the same
//! inventory under `Stack/LogicalId`, references go through parameters and outputs to the resources themselves, and
//! `Fn::GetAtt Stack.Outputs.Name` is the value of the output. After "AWS::CloudFormation::Stack" in the CloudFormation
//! template reference; templates are local before `aws cloudformation package`, and in `cdk.out` by
//! `Metadata: {aws:asset:path: …}`.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::codes;
use super::conditions::Conditions;
use super::evaluate::{Evaluator, Place, Template};
use super::expression::{Expression, Form, Function};
use super::files::{self, Library};
use super::order::after_dependencies;
use super::parameters::{Argument, Arguments};
use super::resource::{Existence, block, existence};
use super::scope::Scope;
use super::template::read_stack;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::input::InputContext;
use crate::resource::NativeResource;
use crate::source::Span;
use crate::value::{Unknown, UnknownReason, Value};

pub(super) const TYPE: &str = "AWS::CloudFormation::Stack";

/// How deep stacks may be nested.
const MAX_CHAIN: usize = 8;

/// How many nested stacks are read in one run. Templates that nest each other twice at every level grow fast.
const MAX_STACKS: usize = 500;

/// What all templates of a run share.
pub(super) struct Run<'r> {
    pub(super) context: &'r InputContext,
    pub(super) library: Library<'r>,
    stacks: Cell<usize>,
}

impl<'r> Run<'r> {
    pub(super) fn new(context: &'r InputContext, library: Library<'r>) -> Self {
        Self {
            context,
            library,
            stacks: Cell::new(0),
        }
    }
}

/// How a template came to be read.
pub(super) struct Frame {
    pub(super) scope: Scope,
    pub(super) arguments: Arguments,
    /// The undecidable condition under which the stack exists.
    pub(super) condition: Option<Arc<str>>,
    /// The paths of the templates that led here, this one last.
    pub(super) chain: Vec<String>,
    /// The nested stacks that led here, innermost first.
    pub(super) calls: Vec<Span>,
}

/// What was read of a template.
#[derive(Default)]
pub(super) struct Stack {
    pub(super) resources: Vec<NativeResource>,
    pub(super) outputs: Arguments,
}

/// Both conditions in words.
pub(super) fn both(outer: Option<&Arc<str>>, inner: Option<Arc<str>>) -> Option<Arc<str>> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(format!("{outer} and {inner}").into()),
        (outer, inner) => inner.or_else(|| outer.cloned()),
    }
}

/// What beside conditions decides whether the resources of a template exist.
pub(super) struct Existing<'e> {
    /// A macro may change all of them.
    pub(super) rewritten: bool,
    /// Those that stand for any number of resources, with the reason in words.
    pub(super) open: &'e HashMap<Arc<str>, Arc<str>>,
}

/// A nested stack whose template can be read.
struct Nested<'n> {
    entry: &'n Entry,
    location: Location,
    condition: Option<Arc<str>>,
}

struct Location {
    path: String,
    place: Span,
}

/// Reads the nested stacks among `entries`, puts their outputs into the template, and gives their resources by the
/// logical id of the stack.
pub(super) fn read_nested(
    run: &Run<'_>,
    frame: &Frame,
    entries: &[Entry],
    template: &mut Template<'_>,
    conditions: &Conditions,
    existing: &Existing<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> HashMap<Arc<str>, Vec<NativeResource>> {
    let mut nested = Vec::new();
    for entry in entries {
        if entry.value.get("Type").and_then(Node::as_str) != Some(TYPE) {
            continue;
        }
        if existing.rewritten {
            let message = format!("the resources of nested stack `{}` are not seen", entry.key);
            diagnostics.push(
                Diagnostic::new(&codes::CFN019, message)
                    .label(&entry.key_span, "a macro may change it")
                    .help("evaluate its template too"),
            );
            continue;
        }
        // Whatever is wrong with the condition is said when the resource itself is read.
        let condition = match existence(template, conditions, entry, false, &mut Vec::new()) {
            Existence::No => continue,
            Existence::Yes => None,
            Existence::Maybe(name) => Some(name),
        };
        if let Some(location) = location(run, entry, template, conditions, diagnostics) {
            nested.push(Nested {
                entry,
                location,
                condition: both(existing.open.get(&entry.key), condition),
            });
        }
    }
    let mut resources = HashMap::new();
    for index in order(&nested, diagnostics) {
        let Some(stack) = nested.get(index) else { continue };
        let id = &stack.entry.key;
        if let Some(read) = read_one(run, frame, stack, template, conditions, diagnostics) {
            template.stacks.insert(id.clone(), read.outputs);
            resources.insert(id.clone(), read.resources);
        }
    }
    resources
}

fn read_one(
    run: &Run<'_>,
    frame: &Frame,
    stack: &Nested<'_>,
    template: &Template<'_>,
    conditions: &Conditions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Stack> {
    let Location { path, place } = &stack.location;
    let refusal = if frame.chain.contains(path) {
        Some(format!("`{path}` contains itself as a nested stack"))
    } else if frame.chain.len() > MAX_CHAIN {
        Some(format!("stacks are nested more than {MAX_CHAIN} levels deep"))
    } else if run.stacks.get() >= MAX_STACKS {
        Some(format!("there are more than {MAX_STACKS} nested stacks"))
    } else {
        None
    };
    if let Some(message) = refusal {
        diagnostics.push(Diagnostic::new(&codes::CFN018, message).at(place));
        return None;
    }
    run.stacks.set(run.stacks.get() + 1);
    let root = run.library.open(path, place, diagnostics)?;
    let id = &stack.entry.key;
    let parameters = stack
        .entry
        .value
        .get("Properties")
        .and_then(|node| node.get("Parameters"));
    let arguments = arguments(parameters, &root, template, conditions);
    check_arguments(stack.entry, parameters, &arguments, &root, diagnostics);
    let mut chain = frame.chain.clone();
    chain.push(path.clone());
    let inner = Frame {
        scope: frame.scope.nested(id),
        arguments,
        condition: both(frame.condition.as_ref(), stack.condition.clone()),
        chain,
        calls: [block(stack.entry)]
            .into_iter()
            .chain(frame.calls.iter().cloned())
            .collect(),
    };
    Some(read_stack(run, &inner, &root, diagnostics))
}

/// Where the template of a stack is. `None` when it is no local file or there are no files, which is said.
fn location(
    run: &Run<'_>,
    entry: &Entry,
    template: &Template<'_>,
    conditions: &Conditions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Location> {
    let asset = entry.value.get("Metadata").and_then(|metadata| {
        let property = metadata.get("aws:asset:property").and_then(Node::as_str);
        metadata
            .get("aws:asset:path")
            .filter(|_| matches!(property, Some("TemplateURL") | None))
    });
    let url = entry
        .value
        .get("Properties")
        .and_then(|properties| properties.get("TemplateURL"));
    let node = asset.or(url)?;
    let mut scratch = Vec::new();
    let mut evaluator = Evaluator::new(template, conditions, Place::Resource, &mut scratch);
    let text = evaluator.value(Expression::new(node));
    let text = text.as_ref().and_then(Value::as_str);
    let base = entry.key_span.source().name();
    let path = text
        .filter(|_| run.library.has_files())
        .and_then(|text| files::resolve(base, text));
    match path {
        Some(path) => Some(Location {
            path,
            place: node.span.clone(),
        }),
        None => {
            let message = format!("the resources of nested stack `{}` are not seen", entry.key);
            let shown = text.map_or_else(
                || "its template is not known".to_owned(),
                |text| format!("its template is `{text}`"),
            );
            diagnostics.push(
                Diagnostic::new(&codes::CFN019, message)
                    .label(&node.span, shown)
                    .help("evaluate its template too, or name a local file"),
            );
            None
        }
    }
}

/// Positions of the stacks such that each comes after those whose outputs it is given. Those in a circle come last.
fn order(nested: &[Nested<'_>], diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let positions: HashMap<&str, usize> = nested
        .iter()
        .enumerate()
        .map(|(index, stack)| (&*stack.entry.key, index))
        .collect();
    let pending = nested
        .iter()
        .map(|stack| {
            let names = stack.entry.value.get("Properties").map(named_resources);
            let names = names.unwrap_or_default();
            names
                .iter()
                .filter_map(|name| positions.get(&**name).copied())
                .collect()
        })
        .collect();
    let mut order = after_dependencies(pending, &mut |members| {
        let names: Vec<&str> = members
            .iter()
            .filter_map(|&index| nested.get(index))
            .map(|stack| &*stack.entry.key)
            .collect();
        let message = format!(
            "nested stacks depend on each other in a circle: `{}`",
            names.join("`, `")
        );
        let first = members.first().and_then(|&index| nested.get(index));
        let diagnostic = Diagnostic::new(&codes::CFN020, message);
        diagnostics.extend(first.map(|stack| diagnostic.at(&stack.entry.key_span)));
    });
    let ordered: HashSet<usize> = order.iter().copied().collect();
    order.extend((0..nested.len()).filter(|index| !ordered.contains(index)));
    order
}

/// The resources a definition names with an attribute. Iterative.
fn named_resources(definition: &Node) -> HashSet<Arc<str>> {
    let mut names = HashSet::new();
    let mut open = vec![definition];
    while let Some(node) = open.pop() {
        match Expression::new(node).form() {
            Form::Call(Function::GetAtt, argument) => {
                let first = argument.items().and_then(<[Node]>::first);
                let text = match first {
                    Some(first) => Expression::new(first).literal(),
                    None => argument.literal(),
                };
                let name = text.and_then(|text| text.split('.').next().map(Arc::from));
                names.extend(name);
            }
            Form::Call(Function::Sub, argument) => {
                let first = argument.items().and_then(<[Node]>::first);
                let pattern = match first {
                    Some(first) => Expression::new(first).literal(),
                    None => argument.literal(),
                };
                let pattern = pattern.unwrap_or_default();
                let variables = pattern.split("${").skip(1);
                names.extend(variables.filter_map(|text| Some(text.split_once('.')?.0.trim().into())));
            }
            _ => {}
        }
        open.extend(node.items());
        open.extend(node.entries().iter().map(|entry| &entry.value));
    }
    names
}

/// What a stack is given for its parameters. What is wrong with the expressions is said when the resource is read.
fn arguments(
    parameters: Option<&Node>,
    inner: &Node,
    template: &Template<'_>,
    conditions: &Conditions,
) -> Arguments {
    let Some(parameters) = parameters else {
        return Arguments::new();
    };
    let mut scratch = Vec::new();
    let expression = Expression::new(parameters);
    if let (Form::Data, NodeKind::Mapping(entries)) = (expression.form(), &parameters.kind) {
        return entries
            .iter()
            .filter_map(|entry| {
                let mut evaluator = Evaluator::new(template, conditions, Place::Resource, &mut scratch);
                // `AWS::NoValue` gives nothing, so that the default counts.
                let value = evaluator.value(Expression::new(&entry.value))?;
                let targets = evaluator.into_targets();
                Some((entry.key.clone(), Argument { value, targets }))
            })
            .collect();
    }
    let mut evaluator = Evaluator::new(template, conditions, Place::Resource, &mut scratch);
    let value = evaluator.value(expression);
    let targets = evaluator.into_targets();
    let with_targets = |value| Argument {
        value,
        targets: targets.clone(),
    };
    match value {
        None => Arguments::new(),
        Some(Value::Map(map)) => map
            .into_iter()
            .map(|(name, value)| (name, with_targets(value)))
            .collect(),
        Some(other) => {
            // Any parameter may have been given any value.
            let unknown = match other {
                Value::Unknown(unknown) => Value::from(Unknown {
                    domain: None,
                    ..(*unknown).clone()
                }),
                _ => Unknown::new(UnknownReason::Expression).into(),
            };
            let names = inner.get("Parameters").map(Node::entries).unwrap_or_default();
            names
                .iter()
                .map(|entry| (entry.key.clone(), with_targets(unknown.clone())))
                .collect()
        }
    }
}

/// CloudFormation refuses a stack that is given what it has no parameter for, or not given what it needs.
fn check_arguments(
    entry: &Entry,
    parameters: Option<&Node>,
    arguments: &Arguments,
    inner: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let section = inner.get("Parameters");
    let declared = section.map(Node::entries).unwrap_or_default();
    let names: HashSet<&str> = declared.iter().map(|parameter| &*parameter.key).collect();
    // A macro may add parameters.
    let open =
        inner.get("Transform").is_some() || section.is_some_and(|node| node.get("Fn::Transform").is_some());
    for given in parameters.map(Node::entries).unwrap_or_default() {
        if !open && arguments.contains_key(&given.key) && !names.contains(&*given.key) {
            let message = format!(
                "the template of nested stack `{}` has no parameter `{}`",
                entry.key, given.key
            );
            diagnostics.push(Diagnostic::new(&codes::CFN020, message).at(&given.key_span));
        }
    }
    for parameter in declared {
        let has_default = parameter.value.get("Default").is_some();
        let is_definition = parameter.value.get("Type").is_some();
        if is_definition && !has_default && !arguments.contains_key(&parameter.key) {
            let message = format!(
                "nested stack `{}` gets no value for its parameter `{}`, which has no default",
                entry.key, parameter.key
            );
            diagnostics.push(
                Diagnostic::new(&codes::CFN020, message)
                    .at(parameters.map_or(&entry.key_span, |node| &node.span))
                    .label(&parameter.key_span, "defined here"),
            );
        }
    }
}
