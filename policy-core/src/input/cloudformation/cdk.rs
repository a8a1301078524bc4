//! CDK cloud assemblies: the output directory of `cdk synth`.
//!
//! `manifest.json` lists artifacts; those of type `aws:cloudformation:stack` are stacks, those of type `cdk:cloud-assembly`
//! are directories of a stage with a manifest of their own. The format is the cloud assembly schema of the CDK
//! (<https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema>). What lies in assets is not
//! read, except the templates of nested stacks.

pub mod codes;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use self::codes as code;
use super::files::{TemplateFiles, parse, resolve};
use super::template::read_with_files;
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind, json};
use crate::input::{InputContext, LoadedInput};
use crate::resource::ProviderContext;
use crate::value::{Map, Value};

/// Stages are nested once or twice.
const MOST_LEVELS: usize = 16;

/// A stack of an assembly.
#[derive(Clone, Debug)]
pub struct StackInput {
    /// As the CDK shows it (`Prod/Network`), unique in its assembly.
    pub name: String,
    /// The path of its template.
    pub template: String,
    /// Its resources, with those of nested stacks.
    pub input: LoadedInput,
}

/// What an assembly holds.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    /// The stacks in the order of the manifests.
    pub stacks: Vec<StackInput>,
    /// What is wrong with the manifests. An `Error` among them makes the run undecided.
    pub diagnostics: Vec<Diagnostic>,
}

/// Whether a parsed document is the manifest of a cloud assembly.
///
/// ```
/// use policy_core::{document::json, input::cloudformation::cdk::recognise_manifest, source::Source};
/// let root = json::parse(&Source::new("manifest.json", r#"{"version": "36.0.0", "artifacts": {}}"#));
/// assert!(root.is_ok_and(|root| recognise_manifest(&root)));
/// ```
pub fn recognise_manifest(root: &Node) -> bool {
    let artifacts = root
        .get("artifacts")
        .is_some_and(|artifacts| matches!(artifacts.kind, NodeKind::Mapping(_)));
    artifacts && root.get("version").and_then(Node::as_str).is_some()
}

/// Reads the stacks of the assembly whose manifest is at `manifest` among the files.
///
/// Account and Region of a stack are those of its environment, where it has one; parameters of the `context` outrank those
/// of the manifest, as they do on deployment.
///
/// ```
/// use policy_core::input::{InputContext, cloudformation::cdk};
/// use policy_core::source::Source;
/// let file = |path: &str, text: &str| (path.to_owned(), Source::new(path, text));
/// let files = std::collections::HashMap::from([
///     file("cdk.out/manifest.json", r#"{"version": "36.0.0", "artifacts": {"Data": {"type": "aws:cloudformation:stack",
///         "environment": "aws://111122223333/eu-west-1", "properties": {"templateFile": "Data.template.json"}}}}"#),
///     file("cdk.out/Data.template.json", r#"{"Resources": {"Logs": {"Type": "AWS::S3::Bucket"}}}"#),
/// ]);
/// let assembly = cdk::read(&files, "cdk.out/manifest.json", &InputContext::default());
/// assert_eq!(assembly.stacks[0].name, "Data");
/// assert_eq!(assembly.stacks[0].input.resources.len(), 1);
/// ```
pub fn read(files: &dyn TemplateFiles, manifest: &str, context: &InputContext) -> Assembly {
    let mut reader = Reader {
        files,
        context,
        assembly: Assembly::default(),
        names: HashSet::new(),
    };
    reader.manifest(manifest, None, MOST_LEVELS);
    let mut assembly = reader.assembly;
    if assembly.stacks.is_empty() && assembly.diagnostics.is_empty() {
        let message = format!("`{manifest}` lists no stacks");
        let help = "look at what `cdk list` prints";
        assembly.diagnostics.push(
            Diagnostic::new(&code::CDK002, message)
                .in_file(manifest)
                .help(help),
        );
    }
    assembly
}

struct Reader<'r> {
    files: &'r dyn TemplateFiles,
    context: &'r InputContext,
    assembly: Assembly,
    names: HashSet<String>,
}

impl Reader<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.assembly.diagnostics.push(diagnostic);
    }

    /// One manifest; `from` is the artifact that names it. `levels` bounds the recursion.
    fn manifest(&mut self, path: &str, from: Option<&Node>, levels: usize) {
        let missing = |message: String| {
            let diagnostic = Diagnostic::new(&code::CDK001, message).help("run `cdk synth` again");
            match from {
                Some(artifact) => diagnostic.at(&artifact.span),
                None => diagnostic.in_file(path),
            }
        };
        let Some(source) = self.files.read(path) else {
            return self.report(missing(format!("the manifest `{path}` is missing")));
        };
        let root = match json::parse(&source) {
            Ok(root) => root,
            Err(diagnostics) => return self.assembly.diagnostics.extend(diagnostics),
        };
        if !recognise_manifest(&root) {
            let message = format!("`{path}` is not the manifest of a cloud assembly");
            return self.report(
                Diagnostic::new(&code::CDK001, message)
                    .at(&root.span)
                    .help("run `cdk synth` again"),
            );
        }
        for entry in root.get("artifacts").map(Node::entries).unwrap_or_default() {
            let artifact = &entry.value;
            match artifact.get("type").and_then(Node::as_str) {
                Some("aws:cloudformation:stack") => self.stack(path, &entry.key, artifact),
                Some("cdk:cloud-assembly") => {
                    let directory = property(artifact, "directoryName").and_then(Node::as_str);
                    let inner =
                        directory.and_then(|directory| beside(path, &format!("{directory}/manifest.json")));
                    match (inner, levels.checked_sub(1)) {
                        (Some(inner), Some(levels)) if inner != path => {
                            self.manifest(&inner, Some(artifact), levels)
                        }
                        _ => {
                            let message =
                                format!("the assembly `{}` names no directory of its own", entry.key);
                            self.report(Diagnostic::new(&code::CDK001, message).at(&artifact.span));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn stack(&mut self, manifest: &str, id: &str, artifact: &Node) {
        let name = artifact.get("displayName").and_then(Node::as_str).unwrap_or(id);
        let file = property(artifact, "templateFile")
            .and_then(Node::as_str)
            .and_then(|file| beside(manifest, file));
        let Some(template) = file else {
            let message = format!("the stack `{name}` names no template");
            return self.report(Diagnostic::new(&code::CDK004, message).at(&artifact.span));
        };
        if !self.names.insert(name.to_owned()) {
            let message = format!("two stacks are named `{name}`");
            return self.report(Diagnostic::new(&code::CDK004, message).at(&artifact.span));
        }
        self.reported_errors(name, artifact);
        let environment = Environment::of(artifact);
        let mut context = self.context.clone();
        for entry in property(artifact, "parameters")
            .map(Node::entries)
            .unwrap_or_default()
        {
            let value = entry.value.to_value();
            if value != Value::Null {
                context.parameters.entry(entry.key.to_string()).or_insert(value);
            }
        }
        context.account = environment.account.clone().or(context.account);
        context.region = environment.region.clone().or(context.region);
        let Some(mut input) = self.template(name, &template, artifact, &context) else {
            return;
        };
        let provider = environment.provider(artifact);
        for resource in &mut input.resources {
            resource.provider = provider.clone();
        }
        self.assembly.stacks.push(StackInput {
            name: name.to_owned(),
            template,
            input,
        });
    }

    /// The template of a stack with what is nested in it.
    fn template(
        &mut self,
        name: &str,
        path: &str,
        artifact: &Node,
        context: &InputContext,
    ) -> Option<LoadedInput> {
        let Some(source) = self.files.read(path) else {
            let message = format!("the template `{path}` of the stack `{name}` is missing");
            let diagnostic = Diagnostic::new(&code::CDK004, message).at(&artifact.span);
            self.report(diagnostic.help("run `cdk synth` again"));
            return None;
        };
        match parse(&source) {
            Ok(root) => Some(read_with_files(source, &root, context, self.files)),
            Err(diagnostics) => {
                self.assembly.diagnostics.extend(diagnostics);
                None
            }
        }
    }

    /// Constructs that the application marked with an error: the CDK refuses to deploy them.
    fn reported_errors(&mut self, name: &str, artifact: &Node) {
        for construct in artifact.get("metadata").map(Node::entries).unwrap_or_default() {
            for entry in construct.value.items() {
                if entry.get("type").and_then(Node::as_str) == Some("aws:cdk:error") {
                    let said = entry.get("data").and_then(Node::as_str).unwrap_or_default();
                    let message = format!(
                        "the CDK reports an error for `{}` of stack `{name}`: {said}",
                        construct.key
                    );
                    self.report(Diagnostic::new(&code::CDK003, message).at(&entry.span));
                }
            }
        }
    }
}

fn property<'n>(artifact: &'n Node, name: &str) -> Option<&'n Node> {
    artifact.get("properties")?.get(name)
}

/// Account and Region that a stack is made for, where it is made for some.
#[derive(Debug, Default)]
struct Environment {
    account: Option<String>,
    region: Option<String>,
}

impl Environment {
    /// Reads `aws://111122223333/eu-west-1`; `unknown-account` and `unknown-region` stand for any.
    fn of(artifact: &Node) -> Self {
        let environment = artifact.get("environment").and_then(Node::as_str);
        let Some(rest) = environment.and_then(|text| text.strip_prefix("aws://")) else {
            return Self::default();
        };
        let (account, region) = rest.split_once('/').unwrap_or((rest, ""));
        let known = |text: &str| (!text.is_empty() && !text.starts_with("unknown-")).then(|| text.to_owned());
        Self {
            account: known(account),
            region: known(region),
        }
    }

    fn provider(&self, artifact: &Node) -> ProviderContext {
        let tags = property(artifact, "tags").map(Node::entries).unwrap_or_default();
        let tag = |entry: &Entry| Some((entry.key.clone(), Value::from(entry.value.as_str()?)));
        let tags: Map = tags
            .iter()
            .filter_map(tag)
            .collect::<Vec<(Arc<str>, Value)>>()
            .into_iter()
            .collect();
        ProviderContext {
            region: self.region.as_deref().map(Value::from),
            account: self.account.as_deref().map(Value::from),
            default_tags: (!tags.is_empty()).then_some(Value::Map(tags)),
        }
    }
}

/// A path below the directory of `manifest`: an assembly does not reach out of itself.
fn beside(manifest: &str, file: &str) -> Option<String> {
    let directory = manifest.rsplit_once('/').map_or("", |(directory, _)| directory);
    let path = resolve(manifest, file)?;
    let below = directory.is_empty()
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.starts_with('/'));
    (below
        && path.starts_with('/') == directory.starts_with('/')
        && !path.split('/').any(|part| part == ".."))
    .then_some(path)
}
