//! From named bytes to native resources, by what the bytes are.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Diagnostic, Level, Place};
use crate::document::{self, Node, NodeKind, json, yaml};
use crate::input::terraform::detect::{Recognition, recognise};
use crate::input::{InputContext, LoadedInput, cloudformation, codes, terraform};
use crate::resource::{Lifecycle, NativeResource};
use crate::source::{Source, Span};

/// Reads one input. Never fails as a whole: what is wrong is in the diagnostics, and an error among them makes the run
/// undecided.
///
/// ```
/// use policy_core::input::{InputContext, InputFormat, load};
/// let input = load("stack.yaml", b"Resources: {Data: {Type: AWS::S3::Bucket}}".to_vec(), &InputContext::default());
/// assert_eq!(input.format, Some(InputFormat::CloudFormationTemplate));
/// assert_eq!(input.resources.len(), 1);
/// ```
pub fn load(name: &str, bytes: Vec<u8>, context: &InputContext) -> LoadedInput {
    let mut input = read(name, bytes, context);
    let exists = |resource: &NativeResource| resource.lifecycle == Lifecycle::Managed;
    let failed = input.diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error);
    if input.format.is_some() && !failed && !input.resources.iter().any(exists) {
        let message = format!("`{name}` holds no resource that exists or will exist");
        input.diagnostics.push(Diagnostic::new(&codes::INP004, message).in_file(name));
    }
    input
}

fn read(name: &str, bytes: Vec<u8>, context: &InputContext) -> LoadedInput {
    if let Some(wrong) = recognise(&bytes).diagnostic(Place::File(name.into())) {
        return LoadedInput::failed(None, vec![wrong]);
    }
    let source = match document::decode(name, &bytes) {
        Ok(source) => source,
        Err(diagnostic) => return LoadedInput::failed(None, vec![diagnostic]),
    };
    // The text may be twice as large as a UTF-16 file; the bytes are not needed any more.
    drop(bytes);
    match recognise(source.text().as_bytes()) {
        Recognition::Plan => terraform::plan::read(source, context),
        Recognition::Other => read_document(source, context),
        other => {
            let start = Span::new(Arc::clone(&source), 0, 0);
            let diagnostics = other.diagnostic(Place::Span(start)).into_iter().collect();
            LoadedInput::failed(Some(source), diagnostics)
        }
    }
}

fn read_document(source: Arc<Source>, context: &InputContext) -> LoadedInput {
    let root = match parse(&source) {
        Ok(root) => root,
        Err(diagnostics) => return LoadedInput::failed(Some(source), diagnostics),
    };
    if is_template(&root) {
        return cloudformation::read(source, &root, context);
    }
    let message = format!("`{}` is neither a Terraform plan nor a CloudFormation template", source.name());
    let found = match &root.kind {
        NodeKind::Mapping(entries) => {
            let keys: Vec<&str> = entries.iter().take(5).map(|entry| entry.key.as_ref()).collect();
            format!("its top-level keys are {}", if keys.is_empty() { "none".into() } else { keys.join(", ") })
        }
        _ => format!("it holds {}", root.describe()),
    };
    let diagnostic = Diagnostic::new(&codes::INP002, message).label(&root.span, found).help(
        "a plan is what `terraform show -json tfplan` prints; a template has `Resources` at the top level",
    );
    LoadedInput::failed(Some(source), vec![diagnostic])
}

/// JSON when it looks like JSON: its errors are then about JSON. A YAML flow mapping also begins with a brace.
fn parse(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let begins_like_json = source.text().trim_start().starts_with(['{', '[']);
    if !begins_like_json && !source.name().ends_with(".json") {
        return yaml::parse(source);
    }
    json::parse(source).or_else(|json_errors| {
        let is_yaml = [".yaml", ".yml", ".template"].iter().any(|ending| source.name().ends_with(ending));
        if is_yaml { yaml::parse(source) } else { Err(json_errors) }
    })
}

fn is_template(root: &Node) -> bool {
    ["Resources", "AWSTemplateFormatVersion", "Transform", "Fn::Transform"].iter().any(|key| root.get(key).is_some())
}

/// Whether a file found in a directory is meant for this tool, by a look at its content. A file that a person names is
/// always an input.
pub fn looks_like_input(bytes: &[u8]) -> bool {
    let Ok(source) = document::decode("", bytes) else { return false };
    let text = source.text();
    match recognise(text.as_bytes()) {
        Recognition::Plan => true,
        Recognition::Other => {
            text.contains("AWSTemplateFormatVersion")
                || (text.contains("Resources") && text.contains("AWS::") && text.contains("Type"))
        }
        // States, logs and the like may lie beside plans; they are only wrong when they are named.
        _ => false,
    }
}

/// The SHA-256 of an input's bytes, in hexadecimal: reports bind to it.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
