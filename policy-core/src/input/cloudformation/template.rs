//! Reading a whole template.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::codes;
use super::conditions::Conditions;
use super::evaluate::{Evaluator, Place, Template};
use super::expression::Expression;
use super::files::{Library, TemplateFiles};
use super::mappings::Mappings;
use super::parameters::{Argument, Arguments, Outside, Parameters};
use super::resource::{Existence, Reader, existence};
use super::rules::{self, Restrictions};
use super::stacks::{Existing, Frame, Run, Stack, read_nested};
use super::synthetic::Budget;
use super::transforms::Transforms;
use super::{include, loops, pseudo, serverless};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::source::Source;

/// Reads the resources of a CloudFormation template, YAML or JSON, from its parsed text.
///
/// Everything that can be evaluated is; what cannot be decided is an unknown with its reason. A resource under a false
/// condition is left out, one under an undecidable condition is kept and says so. What is wrong with one resource is
/// reported and does not keep the others from being read. Other files that the template names are not looked at; see
/// [`read_with_files`].
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
    load(source, root, context, None)
}

/// Reads a template like [`read`], together with the local files it names: the templates of nested stacks, and what
/// `AWS::Include` includes.
///
/// The resources of a nested stack follow the stack, with ids such as `Network/Vpc` and the scope `Network`. Circles
/// and chains of more than eight files are refused.
///
/// ```
/// use std::collections::HashMap;
/// use policy_core::input::{InputContext, cloudformation};
/// use policy_core::{document::yaml, source::Source};
///
/// let main = "Resources:\n  Network:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: ./network.yaml}\n";
/// let network = "Resources: {Vpc: {Type: AWS::EC2::VPC}}";
/// let files = HashMap::from([("stacks/network.yaml".to_owned(), Source::new("stacks/network.yaml", network))]);
///
/// let source = Source::new("stacks/main.yaml", main);
/// let root = yaml::parse(&source).map_err(|errors| format!("{errors:?}"))?;
/// let input = cloudformation::read_with_files(source, &root, &InputContext::default(), &files);
/// let ids: Vec<&str> = input.resources.iter().map(|resource| resource.id.as_str()).collect();
/// assert_eq!(ids, ["Network", "Network/Vpc"]);
/// # Ok::<(), String>(())
/// ```
pub fn read_with_files(
    source: Arc<Source>,
    root: &Node,
    context: &InputContext,
    files: &dyn TemplateFiles,
) -> LoadedInput {
    load(source, root, context, Some(files))
}

fn load(
    source: Arc<Source>,
    root: &Node,
    context: &InputContext,
    files: Option<&dyn TemplateFiles>,
) -> LoadedInput {
    let mut diagnostics = Vec::new();
    let run = Run::new(context, Library::new(files));
    let given = context.parameters.iter();
    let frame = Frame {
        scope: Default::default(),
        arguments: given
            .map(|(name, value)| (name.as_str().into(), value.clone().into()))
            .collect(),
        condition: None,
        chain: vec![source.name().to_owned()],
        calls: Vec::new(),
    };
    let stack = read_stack(&run, &frame, root, &mut diagnostics);
    LoadedInput {
        format: Some(InputFormat::CloudFormationTemplate),
        resources: stack.resources,
        diagnostics,
        source: Some(source),
        module_calls: crate::resource::ModuleCalls::default(),
    }
}

/// Reads one template, and those nested in it.
pub(super) fn read_stack(
    run: &Run<'_>,
    frame: &Frame,
    root: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Stack {
    if !matches!(root.kind, NodeKind::Mapping(_)) {
        let message = format!(
            "a CloudFormation template is a mapping, and this is {}",
            root.describe()
        );
        diagnostics.push(Diagnostic::new(&codes::CFN001, message).at(&root.span));
        return Stack::default();
    }
    let mut budget = Budget::default();
    let included = included(run, frame, root, &mut budget, diagnostics);
    let root = included.as_ref().unwrap_or(root);
    if !has_resources(root, diagnostics) {
        return Stack::default();
    }
    let transforms = Transforms::read(root, diagnostics);
    let outside = Outside {
        arguments: &frame.arguments,
        restrictions: &rules::restrictions(root.get("Rules")),
        scope: &frame.scope,
    };
    let mut template = Template {
        parameters: Parameters::read(mapping(root, "Parameters", diagnostics), &outside, diagnostics),
        mappings: Mappings::read(mapping(root, "Mappings", diagnostics), diagnostics),
        resources: HashMap::new(),
        context: run.context,
        open: transforms.open,
        generated: Vec::new(),
        extensions: transforms.extensions,
        scope: frame.scope.clone(),
        stacks: HashMap::new(),
    };
    let unrolled = loops::unroll(root, &template, &mut budget, diagnostics);
    let (root, variables, mut open) = match &unrolled {
        Some(unrolled) => (&unrolled.root, unrolled.variables.clone(), unrolled.open.clone()),
        None => (root, BTreeMap::new(), HashMap::new()),
    };
    // What a loop over an unknown list makes can be referred to by names that nobody knows here.
    template.open |= !variables.is_empty();
    template.parameters.add(variables);
    let partition = pseudo::assumed_partition(run.context);
    let expanded = serverless::expand(root, transforms.serverless, partition, diagnostics);
    let root = match &expanded {
        Some(expanded) => {
            template.generated.clone_from(&expanded.generated);
            // What a resource becomes is there as often as the resource is.
            for (made, by) in &expanded.made {
                if let Some(words) = open.get(by).cloned() {
                    open.insert(made.clone(), words);
                }
            }
            &expanded.root
        }
        None => root,
    };
    let entries = root.get("Resources").map(Node::entries).unwrap_or_default();
    template.resources = entries
        .iter()
        .filter(|entry| !entry.key.starts_with("Fn::"))
        .map(|entry| (&*entry.key, entry.value.get("Condition").and_then(Node::as_str)))
        .collect();
    let conditions = Conditions::read(mapping(root, "Conditions", diagnostics), &template, diagnostics);
    let existing = Existing {
        rewritten: transforms.unlimited.is_some(),
        open: &open,
    };
    let mut nested = read_nested(
        run,
        frame,
        entries,
        &mut template,
        &conditions,
        &existing,
        diagnostics,
    );
    let reader = Reader {
        template: &template,
        conditions: &conditions,
        transforms: &transforms,
        decisions: Arc::new(conditions.decisions()),
        open: &open,
        condition: frame.condition.as_ref(),
        calls: &frame.calls,
    };
    let mut resources = Vec::with_capacity(entries.len());
    for entry in entries {
        resources.extend(reader.resource(entry, diagnostics));
        resources.extend(nested.remove(&entry.key).unwrap_or_default());
    }
    // Nobody refers to the outputs of the outermost template.
    let outputs = match frame.chain.len() {
        1 => Arguments::new(),
        _ => outputs(root, &template, &conditions, diagnostics),
    };
    Stack { resources, outputs }
}

/// The template with what it includes. Parameters may say what that is, so they are looked at first; what is wrong
/// with them is said later.
fn included(
    run: &Run<'_>,
    frame: &Frame,
    root: &Node,
    budget: &mut Budget,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let outside = Outside {
        arguments: &frame.arguments,
        restrictions: &Restrictions::new(),
        scope: &frame.scope,
    };
    let parameters = Parameters::read(root.get("Parameters"), &outside, &mut Vec::new());
    include::expand(root, &run.library, &parameters, budget, diagnostics)
}

/// True when there is something to read; otherwise it is said.
fn has_resources(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let Some(section) = root.entry("Resources") else {
        diagnostics.push(no_resources(root));
        return false;
    };
    if !section.value.entries().is_empty() {
        return true;
    }
    let message = match section.value.kind {
        NodeKind::Mapping(_) | NodeKind::Null => "the section `Resources` is empty".to_owned(),
        _ => format!(
            "the section `Resources` is {}, not a mapping",
            section.value.describe()
        ),
    };
    diagnostics.push(Diagnostic::new(&codes::CFN001, message).at(&section.key_span));
    false
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

/// A section that is a mapping; null is as good as absent.
fn mapping<'n>(root: &'n Node, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'n Node> {
    let section = root.get(name)?;
    if !matches!(section.kind, NodeKind::Mapping(_) | NodeKind::Null) {
        let message = format!("the section `{name}` is {}, not a mapping", section.describe());
        diagnostics.push(Diagnostic::new(&codes::CFN002, message).at(&section.span));
    }
    Some(section)
}

/// The outputs of a nested template that may exist. Whoever reads one whose condition is undecided relies on it.
fn outputs(
    root: &Node,
    template: &Template<'_>,
    conditions: &Conditions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Arguments {
    let entries = mapping(root, "Outputs", diagnostics).map(Node::entries);
    let mut outputs = Arguments::new();
    for entry in entries.unwrap_or_default() {
        if matches!(
            existence(template, conditions, entry, false, diagnostics),
            Existence::No
        ) {
            continue;
        }
        outputs.extend(output(entry, template, conditions, diagnostics));
    }
    outputs
}

fn output(
    entry: &Entry,
    template: &Template<'_>,
    conditions: &Conditions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Arc<str>, Argument)> {
    let value = entry.value.get("Value")?;
    let mut evaluator = Evaluator::new(template, conditions, Place::Resource, diagnostics);
    let value = evaluator.value(Expression::new(value))?;
    let targets = evaluator.into_targets();
    Some((entry.key.clone(), Argument { value, targets }))
}
