//! From named bytes to native resources, by what the bytes are.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::document::{self, Node, NodeKind, json, yaml};
use crate::input::cloudformation::change_set::{ChangedTemplate, recognise_change_set};
use crate::input::cloudformation::{TemplateFiles, cdk, change_set};
use crate::input::terraform::detect::{Recognition, recognise};
use crate::input::{InputContext, LoadedInput, aws_config, cloudformation, codes, terraform};
use crate::resource::{Lifecycle, NativeResource};
use crate::source::{Source, Span};

/// What lies beside an input.
#[derive(Clone, Copy, Default)]
pub struct Companions<'f> {
    /// The files that templates and CDK assemblies name. Without them nested stacks are said to be unseen.
    pub files: Option<&'f dyn TemplateFiles>,
    /// The template that a change set without property values was made from.
    pub template: Option<&'f Arc<Source>>,
}

/// An input with the name that reports use.
#[derive(Clone, Debug)]
pub struct NamedInput {
    /// The name given, or the path of a stack's template in a CDK assembly.
    pub name: String,
    /// What was read.
    pub input: LoadedInput,
}

/// Reads one input by itself. Never fails as a whole: what is wrong is in the diagnostics, and an error among them makes
/// the run undecided.
///
/// ```
/// use policy_core::input::{InputContext, InputFormat, load};
/// let input = load("stack.yaml", b"Resources: {Data: {Type: AWS::S3::Bucket}}".to_vec(), &InputContext::default());
/// assert_eq!(input.format, Some(InputFormat::CloudFormationTemplate));
/// assert_eq!(input.resources.len(), 1);
/// ```
pub fn load(name: &str, bytes: Vec<u8>, context: &InputContext) -> LoadedInput {
    let mut inputs = load_with(name, bytes, context, Companions::default()).into_iter();
    inputs
        .next()
        .map_or_else(|| LoadedInput::failed(None, Vec::new()), |named| named.input)
}

/// Reads one input like [`load`], with what lies beside it. A CDK assembly gives one input for each stack; everything
/// else gives one.
pub fn load_with(
    name: &str,
    bytes: Vec<u8>,
    context: &InputContext,
    beside: Companions<'_>,
) -> Vec<NamedInput> {
    let mut inputs = read(name, bytes, context, beside);
    for NamedInput { name, input } in &mut inputs {
        let exists = |resource: &NativeResource| resource.lifecycle == Lifecycle::Managed;
        let failed = input
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.level == Level::Error);
        if input.format.is_some() && !failed && !input.resources.iter().any(exists) {
            let message = format!("`{name}` holds no resource that exists or will exist");
            input
                .diagnostics
                .push(Diagnostic::new(&codes::INP004, message).in_file(name));
        }
    }
    inputs
}

fn read(name: &str, mut bytes: Vec<u8>, context: &InputContext, beside: Companions<'_>) -> Vec<NamedInput> {
    let one = |input| {
        vec![NamedInput {
            name: name.to_owned(),
            input,
        }]
    };
    let failed = |diagnostic| one(LoadedInput::failed(None, vec![diagnostic]));
    if aws_config::is_gzip(&bytes) {
        match aws_config::inflate(name, &bytes) {
            Ok(inflated) => bytes = inflated,
            Err(diagnostic) => return failed(diagnostic),
        }
    }
    let recognised = recognise(&bytes);
    if recognised != Recognition::State
        && let Some(wrong) = recognised.diagnostic(Place::File(name.into()))
    {
        return failed(wrong);
    }
    let source = match document::decode(name, &bytes) {
        Ok(source) => source,
        Err(diagnostic) => return failed(diagnostic),
    };
    // The text may be twice as large as a UTF-16 file; the bytes are not needed any more.
    drop(bytes);
    match recognise(source.text().as_bytes()) {
        Recognition::Plan => one(terraform::plan::read(source, context)),
        Recognition::State => one(terraform::state::read(source, context)),
        Recognition::Other => read_document(source, context, beside),
        other => {
            let start = Span::new(Arc::clone(&source), 0, 0);
            let diagnostics = other.diagnostic(Place::Span(start)).into_iter().collect();
            one(LoadedInput::failed(Some(source), diagnostics))
        }
    }
}

fn read_document(source: Arc<Source>, context: &InputContext, beside: Companions<'_>) -> Vec<NamedInput> {
    let name = source.name().to_owned();
    let one = |input| {
        vec![NamedInput {
            name: name.clone(),
            input,
        }]
    };
    let root = match parse(&source) {
        Ok(root) => root,
        Err(diagnostics) => return one(LoadedInput::failed(Some(source), diagnostics)),
    };
    if recognise_change_set(&root) {
        return one(read_change_set(source, &root, context, beside.template));
    }
    if aws_config::recognise_config(&root) {
        return one(aws_config::read(source, &root, context));
    }
    if cdk::recognise_manifest(&root)
        && let Some(files) = beside.files
    {
        return read_assembly(source, context, files);
    }
    if is_template(&root) {
        return one(match beside.files {
            Some(files) => cloudformation::read_with_files(source, &root, context, files),
            None => cloudformation::read(source, &root, context),
        });
    }
    let message = format!("`{}` is not an input that this tool knows", source.name());
    let found = match &root.kind {
        NodeKind::Mapping(entries) => {
            let keys: Vec<&str> = entries.iter().take(5).map(|entry| entry.key.as_ref()).collect();
            format!(
                "its top-level keys are {}",
                if keys.is_empty() {
                    "none".into()
                } else {
                    keys.join(", ")
                }
            )
        }
        _ => format!("it holds {}", root.describe()),
    };
    let diagnostic = Diagnostic::new(&codes::INP002, message).label(&root.span, found).help(
        "a plan or state is what `terraform show -json` prints; a template has `Resources` at the top level; AWS Config \
         items, change sets and `cdk.out` are read as the AWS CLI and the CDK write them",
    );
    one(LoadedInput::failed(Some(source), vec![diagnostic]))
}

fn read_change_set(
    source: Arc<Source>,
    root: &Node,
    context: &InputContext,
    template: Option<&Arc<Source>>,
) -> LoadedInput {
    let Some(template) = template else {
        return change_set::read(source, root, None, context);
    };
    match parse(template) {
        Ok(parsed) => {
            let joined = ChangedTemplate {
                source: Arc::clone(template),
                root: &parsed,
            };
            change_set::read(source, root, Some(joined), context)
        }
        Err(diagnostics) => LoadedInput::failed(Some(source), diagnostics),
    }
}

/// One input for each stack; what is wrong with the manifests is said with the first of them, or by itself.
fn read_assembly(source: Arc<Source>, context: &InputContext, files: &dyn TemplateFiles) -> Vec<NamedInput> {
    let assembly = cdk::read(files, source.name(), context);
    let mut inputs: Vec<NamedInput> = assembly
        .stacks
        .into_iter()
        .map(|stack| NamedInput {
            name: stack.template,
            input: stack.input,
        })
        .collect();
    match inputs.first_mut() {
        Some(first) => first.input.diagnostics.extend(assembly.diagnostics),
        None => inputs.push(NamedInput {
            name: source.name().to_owned(),
            input: LoadedInput::failed(Some(source), assembly.diagnostics),
        }),
    }
    inputs
}

/// JSON when it looks like JSON: its errors are then about JSON. A YAML flow mapping also begins with a brace.
fn parse(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let begins_like_json = source.text().trim_start().starts_with(['{', '[']);
    if !begins_like_json && !source.name().ends_with(".json") {
        return yaml::parse(source);
    }
    json::parse(source).or_else(|json_errors| {
        let is_yaml = [".yaml", ".yml", ".template"]
            .iter()
            .any(|ending| source.name().ends_with(ending));
        if is_yaml {
            yaml::parse(source)
        } else {
            Err(json_errors)
        }
    })
}

fn is_template(root: &Node) -> bool {
    [
        "Resources",
        "AWSTemplateFormatVersion",
        "Transform",
        "Fn::Transform",
    ]
    .iter()
    .any(|key| root.get(key).is_some())
}

/// Whether a file found in a directory is meant for this tool, by a look at its content. A file that a person names is
/// always an input.
pub fn looks_like_input(bytes: &[u8]) -> bool {
    if aws_config::is_gzip(bytes) {
        return aws_config::inflate("", bytes)
            .is_ok_and(|inner| !aws_config::is_gzip(&inner) && looks_like_input(&inner));
    }
    let Ok(source) = document::decode("", bytes) else {
        return false;
    };
    let text = source.text();
    match recognise(text.as_bytes()) {
        Recognition::Plan => true,
        Recognition::Other => {
            text.contains("AWSTemplateFormatVersion")
                || (text.contains("Resources") && text.contains("AWS::") && text.contains("Type"))
                || looks_like_aws_answer(&source)
        }
        // States, logs and the like may lie beside plans; they are only wrong when they are named.
        _ => false,
    }
}

/// Items of AWS Config, change sets and the manifests of CDK assemblies. Only what has their words is parsed.
fn looks_like_aws_answer(source: &Arc<Source>) -> bool {
    let text = source.text();
    let words = [
        "onfigurationItem",
        "esourceType",
        "ResourceDescription",
        "ChangeSetName",
        "ChangeSetId",
        "\"artifacts\"",
    ];
    if !text.trim_start().starts_with(['{', '[']) || !words.iter().any(|word| text.contains(word)) {
        return false;
    }
    json::parse(source).is_ok_and(|root| {
        recognise_change_set(&root) || aws_config::recognise_config(&root) || cdk::recognise_manifest(&root)
    })
}

/// Whether the text is the manifest of a CDK assembly: everything below its directory is read through it.
pub fn looks_like_manifest(bytes: &[u8]) -> bool {
    let Ok(source) = document::decode("", bytes) else {
        return false;
    };
    source.text().contains("\"artifacts\"")
        && json::parse(&source).is_ok_and(|root| cdk::recognise_manifest(&root))
}
