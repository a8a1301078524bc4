//! Terraform states: what exists, as Terraform recorded it last.
//!
//! Two formats are read, both also written by OpenTofu: the output of `terraform show -json`
//! (<https://developer.hashicorp.com/terraform/internals/json-format#state-representation>) and the state file itself,
//! version 4 (<https://developer.hashicorp.com/terraform/language/state>). In a state every value is known; a
//! null says that the provider found nothing there.
//!
//! A state has no expressions. What it keeps under `depends_on` or `dependencies` names blocks without instance keys and
//! without attributes, and it names indirect dependencies too, so resources are joined by their literal values and such
//! a name becomes a [`Reference`] of the whole resource only where it can mean one object.
//!
//! Not read: outputs, check results, resource identities and deposed objects.

pub mod codes;
mod raw;
mod sensitive;
mod shown;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::codes as code;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind, json};
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::resource::{
    Lifecycle, NativeResource, Origin, ProviderContext, Reference, ResourceAddress, ResourceId, ResourceMode,
    SourceKind,
};
use crate::source::{Locate, Source, Span};
use crate::value::{AttributePath, Step, Unknown, UnknownReason, Value};

/// How many addresses a message lists.
const MOST_LISTED: usize = 10;

/// Reads a state, in either format.
///
/// Everything that can be read is: one bad object does not hide the others. What could not be read is an error
/// diagnostic, which makes the run undecided. Account and Region of the `context` are not applied here; the resource
/// model knows where they rank.
///
/// ```
/// use policy_core::{input::{InputContext, terraform::state}, source::Source};
/// let text = r#"{"version": 4, "serial": 1, "lineage": "x", "resources": [{
///     "mode": "managed", "type": "aws_ebs_volume", "name": "data",
///     "instances": [{"index_key": "a", "attributes": {"encrypted": true}}]
/// }]}"#;
/// let input = state::read(Source::new("terraform.tfstate", text), &InputContext::default());
/// let volume = &input.resources[0];
/// assert_eq!(volume.id.as_str(), r#"aws_ebs_volume.data["a"]"#);
/// assert_eq!(volume.values.get("encrypted").and_then(|value| value.as_bool()), Some(true));
/// ```
pub fn read(source: Arc<Source>, _context: &InputContext) -> LoadedInput {
    let mut reader = Reader {
        source: &source,
        diagnostics: Vec::new(),
        deposed: Vec::new(),
        objects: Vec::new(),
        known: HashSet::new(),
    };
    let format = reader.read().then_some(InputFormat::TerraformState);
    reader.report_deposed();
    let Reader {
        diagnostics, objects, ..
    } = reader;
    LoadedInput {
        format,
        resources: natives(&source, objects),
        diagnostics,
        source: Some(source),
        module_calls: crate::resource::ModuleCalls::default(),
    }
}

/// An object of a state.
struct Object {
    address: ResourceAddress,
    id: ResourceId,
    values: Value,
    /// Blocks that it depends on, as the state spells them.
    dependencies: Vec<Arc<str>>,
    span: Span,
    /// The key that holds the attributes inside the span.
    attributes: &'static str,
}

struct Reader<'s> {
    source: &'s Arc<Source>,
    diagnostics: Vec<Diagnostic>,
    /// Deposed objects with their addresses.
    deposed: Vec<(String, Span)>,
    objects: Vec<Object>,
    known: HashSet<ResourceId>,
}

impl Reader<'_> {
    /// Reads the objects; false when the text is not a state that can be read at all.
    fn read(&mut self) -> bool {
        let root = match json::parse(self.source) {
            Ok(root) => root,
            Err(diagnostics) => {
                self.diagnostics = diagnostics;
                return false;
            }
        };
        if let Some(encrypted) = root.entry("encrypted_data") {
            let diagnostic = Diagnostic::new(&code::TST006, "the state is encrypted");
            let help =
                "run `tofu show -json > state.json` where the key is configured, and check `state.json`";
            self.diagnostics
                .push(diagnostic.at(&encrypted.key_span).help(help));
            return false;
        }
        let plan = ["planned_values", "resource_changes"]
            .iter()
            .find_map(|key| root.entry(key));
        match (plan, root.get("format_version"), root.get("version")) {
            (Some(plan), ..) => {
                let message = "not a Terraform state: this is a plan";
                self.diagnostics
                    .push(Diagnostic::new(&code::TST001, message).at(&plan.key_span));
                false
            }
            (None, Some(version), _) => self.supported(version, is_shown_version) && self.shown(&root),
            (None, None, Some(version)) => self.supported(version, is_raw_version) && self.raw(&root),
            (None, None, None) => {
                let diagnostic = Diagnostic::new(
                    &code::TST001,
                    "not a Terraform state: neither `format_version` nor `version` is there",
                );
                let help = "give the output of `terraform show -json`, or a `terraform.tfstate`";
                self.diagnostics.push(diagnostic.at(&root.span).help(help));
                false
            }
        }
    }

    fn supported(&mut self, version: &Node, check: fn(&str) -> bool) -> bool {
        let text = version.scalar_text().unwrap_or_default();
        if check(&text) {
            return true;
        }
        let shown = if text.is_empty() {
            version.describe()
        } else {
            &*text
        };
        let message = format!("state format version `{shown}` is not supported");
        self.diagnostics.push(
            Diagnostic::new(&code::TST002, message)
                .at(&version.span)
                .help("run `terraform show -json > state.json` with the Terraform that wrote it, and check `state.json`"),
        );
        false
    }

    fn report(&mut self, code: &'static Code, message: impl Into<String>, span: &Span) {
        self.diagnostics.push(Diagnostic::new(code, message).at(span));
    }

    /// The elements of a list member; nothing when it is missing, a diagnostic when it is something else.
    fn list<'n>(&mut self, node: &'n Node, key: &str) -> &'n [Node] {
        match node.get(key) {
            Some(list) => match &list.kind {
                NodeKind::Sequence(items) => items,
                NodeKind::Null => &[],
                _ => {
                    let message = format!("`{key}` is {}, not a list", list.describe());
                    self.report(&code::TST008, message, &list.span);
                    &[]
                }
            },
            None => &[],
        }
    }

    /// The attributes of an object. One that has none is unknown as a whole: as an empty object it would pass wherever
    /// a rule looks for something bad.
    fn attributes_of(&mut self, address: &str, node: &Node, key: &'static str) -> Value {
        match node.get(key) {
            Some(attributes) if matches!(attributes.kind, NodeKind::Mapping(_)) => {
                return attributes.to_value();
            }
            Some(attributes) => {
                let message = format!(
                    "the attributes of `{address}` are {}, not an object",
                    attributes.describe()
                );
                self.report(&code::TST003, message, &attributes.span);
            }
            None => self.report(
                &code::TST003,
                format!("`{address}` has no attributes"),
                &node.span,
            ),
        }
        Unknown::new(UnknownReason::NotRecorded).into()
    }

    /// Keeps an object, unless its address is taken.
    fn keep(&mut self, object: Object) {
        if self.known.insert(object.id.clone()) {
            self.objects.push(object);
        } else {
            let message = format!(
                "`{}` is in the state twice; only the first is evaluated",
                object.id
            );
            self.report(&code::TST004, message, &object.span);
        }
    }

    fn report_deposed(&mut self) {
        if self.deposed.is_empty() {
            return;
        }
        let listed = self.deposed.iter().take(MOST_LISTED);
        let mut names: Vec<String> = listed
            .clone()
            .map(|(address, _)| format!("`{address}`"))
            .collect();
        if self.deposed.len() > MOST_LISTED {
            names.push(format!("{} more", self.deposed.len() - MOST_LISTED));
        }
        let objects = if self.deposed.len() == 1 {
            "object is"
        } else {
            "objects are"
        };
        let message = format!(
            "{} deposed {objects} not evaluated: {}",
            self.deposed.len(),
            names.join(", ")
        );
        let mut diagnostic = Diagnostic::new(&code::TST005, message);
        for (_, span) in listed {
            diagnostic = diagnostic.at(span);
        }
        self.diagnostics.push(diagnostic);
    }
}

/// 0.1 to 1.x, as HashiCorp's compatibility promise for its JSON formats says.
fn is_shown_version(text: &str) -> bool {
    let mut numbers = text.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(0)), Some(Ok(minor))) => minor >= 1,
        (Some(Ok(1)), Some(Ok(_)) | None) => true,
        _ => false,
    }
}

fn is_raw_version(text: &str) -> bool {
    text == "4"
}

fn natives(source: &Arc<Source>, objects: Vec<Object>) -> Vec<NativeResource> {
    let file: Arc<str> = source.name().into();
    let blocks = Blocks::new(&objects);
    let references: Vec<Vec<Reference>> = objects.iter().map(|object| blocks.references(object)).collect();
    let native = |(object, references): (Object, Vec<Reference>)| NativeResource {
        scope: object.address.module_text().into(),
        id: object.id,
        name: object.address.name.into(),
        native_type: object.address.resource_type.into(),
        source: SourceKind::Terraform,
        lifecycle: match object.address.mode {
            ResourceMode::Managed => Lifecycle::Managed,
            ResourceMode::Data => Lifecycle::Data,
        },
        values: object.values,
        before: None,
        change: None,
        references,
        // The Region and the account of an object are among its own attributes, where the resource model looks.
        provider: ProviderContext::default(),
        condition: None,
        many: false,
        origin: Origin {
            calls: Vec::new(),
            file: file.clone(),
            locator: Some(Arc::new(StateLocator {
                object: object.span.clone(),
                attributes: object.attributes,
            })),
            block: Some(object.span),
        },
    };
    objects.into_iter().zip(references).map(native).collect()
}

/// The only object of each block; `None` for blocks with several.
struct Blocks(HashMap<String, Option<ResourceId>>);

impl Blocks {
    fn new(objects: &[Object]) -> Self {
        let mut blocks: HashMap<String, Option<ResourceId>> = HashMap::new();
        for object in objects {
            blocks
                .entry(object.address.without_keys().to_string())
                .and_modify(|only| *only = None)
                .or_insert_with(|| Some(object.id.clone()));
        }
        Self(blocks)
    }

    fn references(&self, object: &Object) -> Vec<Reference> {
        let mut seen = HashSet::new();
        let target = |dependency: &Arc<str>| {
            let block = ResourceAddress::parse(dependency)
                .ok()?
                .without_keys()
                .to_string();
            let target = self.0.get(&block)?.clone()?;
            (target != object.id && seen.insert(target.clone())).then_some(target)
        };
        let targets: Vec<ResourceId> = object.dependencies.iter().filter_map(target).collect();
        let reference = |target| Reference {
            path: AttributePath::root(),
            targets: vec![target],
            attribute: None,
        };
        targets.into_iter().map(reference).collect()
    }
}

/// The names in a list of dependencies.
fn names(list: &[Node]) -> Vec<Arc<str>> {
    list.iter()
        .filter_map(|name| name.as_str().map(Arc::from))
        .collect()
}

/// Finds attributes in the text of the state, late and only for what is reported.
#[derive(Debug)]
struct StateLocator {
    object: Span,
    attributes: &'static str,
}

impl Locate for StateLocator {
    fn locate(&self, path: &AttributePath) -> Option<Span> {
        let prefix = std::iter::once(Step::Key(self.attributes.into()));
        let path = AttributePath::new(prefix.chain(path.steps().iter().cloned()).collect());
        json::locate(self.object.source(), self.object.start(), &path)
    }
}
