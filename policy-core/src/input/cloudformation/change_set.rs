//! CloudFormation change sets: what `DescribeChangeSet` says will happen to a stack.
//!
//! Sources of the format: `DescribeChangeSet` and `ResourceChange` in the CloudFormation API reference, and "Example change
//! sets" in its user guide. With `IncludePropertyValues` each change has the resource before and after as JSON in a text,
//! `{"Properties": …}`, in which every scalar is a text. Where CloudFormation does not know a value before it changes the
//! stack, it writes `{{changeSet:KNOWN_AFTER_APPLY}}`, alone or inside a text, and it hides values of `NoEcho` parameters
//! behind `****`: both are unknown here, never a text.
//!
//! A change set lists what changes. With the template beside it all other resources of the stack are there as well, and
//! unknown values have the reasons and references that the template shows.

pub mod codes;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use self::codes as code;
use self::values::{Side, side};
use super::bind::Given;
use super::template;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::resource::{Change, Lifecycle, NativeResource, Origin, ProviderContext, ResourceId, SourceKind};
use crate::source::{Locate, Source, Span};
use crate::value::{AttributePath, Map, Unknown, UnknownReason, Value};

/// How many resources a message lists.
const MOST_LISTED: usize = 10;
/// What a change set shows in place of a value that must not be seen.
const HIDDEN: &str = "****";
/// What to do about missing properties.
const HOW_TO_DESCRIBE: &str =
    "describe it with `--include-property-values`, or give the template of the change set as well";

/// A template that belongs to a change set.
#[derive(Clone, Debug)]
pub struct ChangedTemplate<'n> {
    /// Its text.
    pub source: Arc<Source>,
    /// The parsed text.
    pub root: &'n Node,
}

/// Whether a parsed document is the description of a change set.
///
/// ```
/// use policy_core::{document::json, input::cloudformation::change_set::recognise_change_set, source::Source};
/// let root = json::parse(&Source::new("x.json", r#"{"ChangeSetName": "release-7", "Changes": []}"#));
/// assert!(root.is_ok_and(|root| recognise_change_set(&root)));
/// ```
pub fn recognise_change_set(root: &Node) -> bool {
    let any = |names: &[&str]| names.iter().any(|name| root.get(name).is_some());
    any(&["Changes", "Status"]) && any(&["ChangeSetId", "ChangeSetName"])
}

/// Reads a change set, joined to its template when that is given.
///
/// The parameters, the account and the Region that the change set names are used to evaluate the template; what the
/// `context` says fills the gaps. What is wrong with one change is reported and does not keep the others from being read.
///
/// ```
/// use policy_core::input::{InputContext, cloudformation::change_set};
/// use policy_core::{document::json, source::Source};
/// let source = Source::new("changes.json", r#"{"ChangeSetName": "release-7", "Changes": [{"Type": "Resource", "ResourceChange": {
///     "Action": "Add", "LogicalResourceId": "Logs", "ResourceType": "AWS::S3::Bucket",
///     "AfterContext": "{\"Properties\":{\"BucketName\":\"{{changeSet:KNOWN_AFTER_APPLY}}\"}}"}}]}"#);
/// let root = json::parse(&source).map_err(|errors| format!("{errors:?}"))?;
/// let input = change_set::read(source, &root, None, &InputContext::default());
/// let name = input.resources[0].values.get("BucketName");
/// assert!(name.is_some_and(|name| name.as_unknown().is_some()));
/// # Ok::<(), String>(())
/// ```
pub fn read(
    source: Arc<Source>,
    root: &Node,
    template: Option<ChangedTemplate<'_>>,
    context: &InputContext,
) -> LoadedInput {
    let mut diagnostics = Vec::new();
    let usable = is_usable(root, &mut diagnostics);
    let mut resources = Vec::new();
    if usable {
        let stack = Stack::read(root, context);
        let mut reader = Reader {
            source: &source,
            stack: &stack,
            with_template: template.is_some(),
            diagnostics: &mut diagnostics,
            opaque: Vec::new(),
        };
        let changes = reader.changes(root);
        let templated = template.map(|template| stack.template(template, context, reader.diagnostics));
        resources = reader.resources(changes, templated.unwrap_or_default());
        reader.report_opaque();
    }
    LoadedInput {
        format: Some(InputFormat::CloudFormationChangeSet),
        resources,
        diagnostics,
        source: Some(source),
        module_calls: crate::resource::ModuleCalls::default(),
    }
}

fn text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    node.get(name)
        .and_then(Node::as_str)
        .filter(|text| !text.is_empty())
}

/// Whether all changes are there; what is wrong is reported.
fn is_usable(root: &Node, diagnostics: &mut Vec<Diagnostic>) -> bool {
    if let Some(token) = root
        .entry("NextToken")
        .filter(|token| token.value.kind != NodeKind::Null)
    {
        let diagnostic = Diagnostic::new(
            &code::CCS003,
            "the change set has a next token, so changes are missing",
        );
        diagnostics.push(
            diagnostic
                .at(&token.value.span)
                .help("describe it without `--max-items` and `--no-paginate`"),
        );
    }
    if let Some(status) = root
        .entry("Status")
        .filter(|status| status.value.as_str() != Some("CREATE_COMPLETE"))
    {
        let shown = status.value.as_str().unwrap_or_else(|| status.value.describe());
        let reason = text(root, "StatusReason").unwrap_or_default();
        let empty = ["didn't contain changes", "No updates are to be performed"];
        if shown == "FAILED" && empty.iter().any(|phrase| reason.contains(phrase)) {
            let diagnostic = Diagnostic::new(&code::CCS009, "the change set changes nothing");
            diagnostics.push(diagnostic.at(&status.value.span));
        } else {
            let because = if reason.is_empty() {
                String::new()
            } else {
                format!(": {reason}")
            };
            let message = format!("the change set has the status `{shown}`{because}");
            let help = "describe it again when it has the status `CREATE_COMPLETE`";
            diagnostics.push(
                Diagnostic::new(&code::CCS002, message)
                    .at(&status.value.span)
                    .help(help),
            );
        }
    }
    if let Some(status) = root
        .entry("ExecutionStatus")
        .filter(|status| status.value.as_str() == Some("OBSOLETE"))
    {
        let message = "the change set is obsolete: the stack was changed after it was made";
        diagnostics.push(
            Diagnostic::new(&code::CCS002, message)
                .at(&status.value.span)
                .help("make the change set again"),
        );
    }
    match root.get("Changes") {
        Some(Node {
            kind: NodeKind::Sequence(_),
            ..
        }) => true,
        Some(changes) => {
            let message = format!("`Changes` is {}, not a list", changes.describe());
            diagnostics.push(
                Diagnostic::new(&code::CCS001, message)
                    .at(&changes.span)
                    .help(HOW_TO_DESCRIBE),
            );
            false
        }
        None => {
            let diagnostic =
                Diagnostic::new(&code::CCS001, "the change set has no list `Changes`").at(&root.span);
            diagnostics.push(diagnostic.help(HOW_TO_DESCRIBE));
            false
        }
    }
}

/// What a change set says of its stack.
struct Stack {
    provider: ProviderContext,
    given: Given,
    account: Option<String>,
    region: Option<String>,
}

impl Stack {
    fn read(root: &Node, context: &InputContext) -> Self {
        let arn = ["StackId", "ChangeSetId"]
            .into_iter()
            .find_map(|name| text(root, name));
        let part = |index: usize| {
            let part = arn?.split(':').nth(index)?;
            (!part.is_empty()).then(|| part.to_owned())
        };
        let mut given = Given::default();
        for parameter in root.get("Parameters").map(Node::items).unwrap_or_default() {
            let Some(name) = text(parameter, "ParameterKey") else {
                continue;
            };
            match parameter.get("ParameterValue").and_then(Node::as_str) {
                Some(value) if !value.contains(HIDDEN) => {
                    given.known.insert(name.to_owned(), value.into());
                }
                // Hidden, or the value that the stack had before.
                _ => {
                    given.open.insert(name.to_owned());
                }
            }
        }
        let tag = |tag: &Node| Some((Arc::from(text(tag, "Key")?), tag.get("Value")?.as_str()?.into()));
        let tags = root.get("Tags").map(Node::items).unwrap_or_default();
        let tags: Map = tags.iter().filter_map(tag).collect();
        let (region, account) = (part(3), part(4));
        Self {
            provider: ProviderContext {
                region: region.as_deref().map(Value::from),
                account: account.as_deref().map(Value::from),
                default_tags: (!tags.is_empty()).then_some(Value::Map(tags)),
            },
            given,
            account: account.or_else(|| context.account.clone()),
            region: region.or_else(|| context.region.clone()),
        }
    }

    /// The resources of the template, evaluated as the change set will.
    fn template(
        &self,
        template: ChangedTemplate<'_>,
        context: &InputContext,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<NativeResource> {
        let (root, mut context) = self.given.bind(template.root, context);
        context.account = self.account.clone();
        context.region = self.region.clone();
        let mut input = template::read(template.source, &root, &context);
        diagnostics.append(&mut input.diagnostics);
        input.resources
    }
}

/// A change that has been read.
struct Changed {
    id: Arc<str>,
    native_type: Arc<str>,
    lifecycle: Lifecycle,
    actions: Vec<Arc<str>>,
    before: Option<Side>,
    after: Option<Side>,
    span: Span,
}

struct Reader<'r> {
    source: &'r Arc<Source>,
    stack: &'r Stack,
    with_template: bool,
    diagnostics: &'r mut Vec<Diagnostic>,
    /// Resources of which neither the change set nor a template tells the properties.
    opaque: Vec<(ResourceId, Span)>,
}

impl Reader<'_> {
    fn changes(&mut self, root: &Node) -> Vec<Changed> {
        let mut known: HashSet<Arc<str>> = HashSet::new();
        let mut changes = Vec::new();
        for node in root.get("Changes").map(Node::items).unwrap_or_default() {
            let Some(change) = self.change(node) else { continue };
            if !known.insert(change.id.clone()) {
                self.broken(
                    format!(
                        "`{}` has more than one change; only the first is evaluated",
                        change.id
                    ),
                    &change.span,
                );
                continue;
            }
            changes.push(change);
        }
        changes
    }

    fn broken(&mut self, message: String, span: &Span) {
        self.diagnostics
            .push(Diagnostic::new(&code::CCS005, message).at(span));
    }

    fn change(&mut self, node: &Node) -> Option<Changed> {
        let Some(body) = node.get("ResourceChange") else {
            let kind = text(node, "Type").unwrap_or("no type");
            self.broken(
                format!("a change of type `{kind}` changes no resource"),
                &node.span,
            );
            return None;
        };
        let Some(id) = text(body, "LogicalResourceId") else {
            self.broken("a change names no `LogicalResourceId`".to_owned(), &body.span);
            return None;
        };
        let Some(native_type) = text(body, "ResourceType") else {
            self.broken(
                format!("the change of `{id}` names no `ResourceType`"),
                &body.span,
            );
            return None;
        };
        let (lifecycle, actions) = self.actions(id, body)?;
        if native_type == "AWS::CloudFormation::Stack" && text(body, "ChangeSetId").is_some() {
            let message = format!("the nested change set of `{id}` is not read");
            let help = "describe it as well and check it beside this one";
            self.diagnostics
                .push(Diagnostic::new(&code::CCS008, message).at(&body.span).help(help));
        }
        let mut context = |name: &str| match side(body, name) {
            Ok(side) => side,
            Err(problem) => {
                self.broken(format!("the `{name}` of `{id}` {problem}"), &body.span);
                None
            }
        };
        Some(Changed {
            before: context("BeforeContext"),
            after: context("AfterContext"),
            id: id.into(),
            native_type: native_type.into(),
            lifecycle,
            actions,
            span: body.span.clone(),
        })
    }

    /// What happens to the resource, in the words of [`Change::actions`].
    fn actions(&mut self, id: &str, body: &Node) -> Option<(Lifecycle, Vec<Arc<str>>)> {
        let policy = text(body, "PolicyAction").unwrap_or_default();
        let stays = |actions: &[&str]| {
            Some((
                Lifecycle::Managed,
                actions.iter().map(|&action| action.into()).collect(),
            ))
        };
        // CloudFormation makes the new resource first.
        let replaced = [
            "create",
            if policy == "ReplaceAndRetain" {
                "forget"
            } else {
                "delete"
            },
        ];
        match text(body, "Action") {
            // An imported resource is new to the stack.
            Some("Add" | "Import") => stays(&["create"]),
            Some("Modify") => match text(body, "Replacement") {
                // Whether it is replaced shows only later; a rule against replacements must see that it may be.
                Some("True" | "Conditional") => stays(&replaced),
                _ => stays(&["update"]),
            },
            Some("Remove") => {
                let action = if policy == "Retain" { "forget" } else { "delete" };
                Some((Lifecycle::Removed, vec![action.into()]))
            }
            Some("SyncWithActual") => stays(&["no-op"]),
            Some("Dynamic") => {
                let message = format!("what happens to `{id}` is not determined; it is treated as replaced");
                self.diagnostics
                    .push(Diagnostic::new(&code::CCS007, message).at(&body.span));
                stays(&replaced)
            }
            other => {
                let message = format!(
                    "the change of `{id}` has the unknown action `{}`",
                    other.unwrap_or_default()
                );
                self.broken(message, &body.span);
                // It is kept: a resource that is left out could not fail.
                stays(&["update"])
            }
        }
    }

    /// The resources of the template in its order, then what only the change set has.
    fn resources(&mut self, changes: Vec<Changed>, templated: Vec<NativeResource>) -> Vec<NativeResource> {
        let order: Vec<Arc<str>> = changes.iter().map(|change| change.id.clone()).collect();
        let mut changes: BTreeMap<Arc<str>, Changed> = changes
            .into_iter()
            .map(|change| (change.id.clone(), change))
            .collect();
        let mut resources = Vec::with_capacity(templated.len() + order.len());
        for mut resource in templated {
            resource.provider = self.stack.provider.clone();
            match changes.remove(resource.id.as_str()) {
                Some(change) => resources.push(self.joined(change, resource)),
                None => {
                    resource.change = Some(Change {
                        actions: vec!["no-op".into()],
                        previous_id: None,
                    });
                    resources.push(resource);
                }
            }
        }
        for id in order {
            let Some(change) = changes.remove(&id) else {
                continue;
            };
            if self.with_template && change.lifecycle != Lifecycle::Removed {
                let help = "use the template of this change set, after its transforms";
                let diagnostic = Diagnostic::new(&code::CCS006, format!("`{id}` is not in the template"));
                self.diagnostics.push(diagnostic.at(&change.span).help(help));
            }
            resources.push(self.alone(change));
        }
        resources
    }

    /// A resource of the template with what the change set says of it.
    fn joined(&mut self, change: Changed, mut resource: NativeResource) -> NativeResource {
        let differs = change.native_type != resource.native_type;
        if differs || (change.lifecycle == Lifecycle::Removed && resource.condition.is_none()) {
            let message = match differs {
                true => format!(
                    "`{}` is of type `{}` in the template and `{}` in the change set",
                    change.id, resource.native_type, change.native_type
                ),
                false => format!(
                    "`{}` is in the template, and the change set removes it",
                    change.id
                ),
            };
            let diagnostic = Diagnostic::new(&code::CCS006, message).at(&change.span);
            let written = resource.origin.block.iter();
            self.diagnostics
                .push(written.fold(diagnostic, |diagnostic, span| {
                    diagnostic.label(span, "in the template")
                }));
            return self.alone(change);
        }
        // That it is changed decides the condition.
        resource.condition = None;
        resource.lifecycle = change.lifecycle;
        resource.before = change.before.map(|side| side.values);
        if change.lifecycle == Lifecycle::Removed {
            resource.values = resource.before.clone().unwrap_or(resource.values);
            resource.references.clear();
        } else if let Some(after) = change.after {
            resource.values = values::joined(after.values, &resource.values);
        }
        resource.change = Some(Change {
            actions: change.actions,
            previous_id: None,
        });
        resource
    }

    /// A resource of which only the change set tells.
    fn alone(&mut self, change: Changed) -> NativeResource {
        let id = ResourceId::new(change.id.clone());
        let removed = change.lifecycle == Lifecycle::Removed;
        let before = change.before.as_ref().map(|side| side.values.clone());
        let shown = if removed { change.before } else { change.after };
        if shown.is_none() && !removed {
            self.opaque.push((id.clone(), change.span.clone()));
        }
        let place = shown.as_ref().map(|side| side.span.clone());
        NativeResource {
            id,
            name: change.id,
            native_type: change.native_type,
            source: SourceKind::CloudFormation,
            lifecycle: change.lifecycle,
            values: shown.map_or_else(
                || Unknown::new(UnknownReason::NotRecorded).into(),
                |side| side.values,
            ),
            before,
            change: Some(Change {
                actions: change.actions,
                previous_id: None,
            }),
            references: Vec::new(),
            provider: self.stack.provider.clone(),
            scope: "".into(),
            condition: None,
            many: false,
            origin: Origin {
                calls: Vec::new(),
                file: self.source.name().into(),
                locator: place.map(|span| Arc::new(Held(span)) as Arc<dyn Locate>),
                block: Some(change.span),
            },
        }
    }

    fn report_opaque(&mut self) {
        if self.opaque.is_empty() {
            return;
        }
        let listed = self.opaque.iter().take(MOST_LISTED);
        let mut names: Vec<String> = listed.clone().map(|(id, _)| format!("`{id}`")).collect();
        if self.opaque.len() > MOST_LISTED {
            names.push(format!("{} more", self.opaque.len() - MOST_LISTED));
        }
        let message = format!(
            "the change set does not tell the properties of {}",
            names.join(", ")
        );
        let mut diagnostic = Diagnostic::new(&code::CCS004, message).help(HOW_TO_DESCRIBE);
        for (_, span) in listed {
            diagnostic = diagnostic.at(span);
        }
        self.diagnostics.push(diagnostic);
    }
}

/// The properties stand in one text, which is as near as we get.
#[derive(Debug)]
struct Held(Span);

impl Locate for Held {
    fn locate(&self, _path: &AttributePath) -> Option<Span> {
        Some(self.0.clone())
    }
}
