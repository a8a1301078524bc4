//! From the changes of a plan to native resources.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::configuration::{Configuration, Expression, ResourceBlock};
use super::overlay::{DefaultTags, Written, mark, overlay};
use super::provider::{Block, Providers, default_tags, is_region};
use super::targets::Targets;
use super::trace::{Each, End, Frame, Trace, Tracer};
use super::values::Mask;
use crate::document::json;
use crate::resource::{
    Change, Lifecycle, NativeResource, Origin, ProviderContext, ResourceAddress, ResourceId, SourceKind,
};
use crate::source::{Locate, Source, Span};
use crate::value::{AttributePath, Step, Unknown, UnknownReason, Value};

/// Attributes whose nested blocks Terraform treats as attributes. Of these a plan never hides a `dynamic` block behind
/// an unknown whole: one of unknown length shows as one element with unknown members.
const ATTRIBUTES_AS_BLOCKS: &[&str] = &["ingress", "egress", "route"];
/// How the AWS provider names lists of identifiers. No nested block has such a name.
const ENDINGS_OF_ATTRIBUTES: &[&str] = &[
    "_ids",
    "_arns",
    "_names",
    "_zones",
    "_addresses",
    "security_groups",
    "not_resources",
];

/// Expressions that one value may be traced through; a value inside many similar blocks needs no more to be unknown.
const MOST_EXPRESSIONS: usize = 64;

/// A resource as the plan has it, before its unknowns have reasons.
pub(super) struct Planned {
    pub(super) address: ResourceAddress,
    pub(super) id: ResourceId,
    /// Its module instance.
    pub(super) module: usize,
    pub(super) lifecycle: Lifecycle,
    pub(super) change: Option<Change>,
    /// `after`, or the last known values of what will be gone.
    pub(super) values: Value,
    pub(super) unknown: Arc<Mask>,
    pub(super) sensitive: Mask,
    pub(super) before: Option<Value>,
    pub(super) span: Span,
    /// Where the values stand inside the span.
    pub(super) place: ValuePlace,
}

/// Where the values of a resource stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValuePlace {
    /// `change.after` of an element of `resource_changes`.
    After,
    /// `change.before`, when there is no `after`.
    Before,
    /// `values` of a resource in the prior state.
    State,
}

/// Builds native resources.
pub(super) struct Builder<'p> {
    pub(super) configuration: &'p Configuration,
    pub(super) tracer: &'p Tracer<'p>,
    pub(super) providers: Providers<'p>,
    pub(super) source: &'p Arc<Source>,
    pub(super) plain: PlainUnknowns,
    /// What is unknown of each resource.
    pub(super) masks: Masks,
}

/// What is unknown, by resource.
pub(super) type Masks = HashMap<ResourceId, Arc<Mask>>;

/// Unknowns that are no more than their reason. Most of a first plan is computed by the provider; they share one.
pub(super) type PlainUnknowns = RefCell<HashMap<UnknownReason, Arc<Unknown>>>;

impl Builder<'_> {
    /// The resource with its unknowns, references, provider context and origin.
    pub(super) fn build(&mut self, planned: Planned) -> NativeResource {
        let Planned {
            address,
            id,
            module,
            lifecycle,
            change,
            values,
            unknown,
            sensitive,
            before,
            span,
            place,
        } = planned;
        let instance = self.tracer.instances.module(module);
        let block = instance
            .and_then(|instance| instance.configuration)
            .and_then(|id| self.configuration.module(id))
            .and_then(|module| module.resources.get(address.block_text().as_str()));
        let each = Each {
            key: address.key.as_ref(),
            repetition: block.and_then(|block| block.repetition.as_deref()),
        };
        let frame = Frame::Instance(module);
        let context = block
            .map(|block| self.providers.context(&block.provider_key))
            .unwrap_or_default();
        let reasons = Reasons {
            tracer: self.tracer,
            frame,
            each,
            provider_frame: self.provider_frame(block),
            data: lifecycle == Lifecycle::Data,
            known: RefCell::default(),
            plain: &self.plain,
        };
        let written = Written {
            nodes: block.map(|block| vec![&block.body]).unwrap_or_default(),
            hidden: block.is_none(),
            tags: block.map(|block| self.default_tags(block)),
            ..Written::default()
        };
        let values = overlay(values, &unknown, &sensitive, &written, &mut |written, shape| {
            reasons.of(written, shape)
        });
        let values = mark_tags(values, &sensitive);
        let references = match (block, lifecycle) {
            (Some(block), Lifecycle::Managed | Lifecycle::Data) => Targets {
                tracer: self.tracer,
                masks: &self.masks,
                values: &values,
                sensitive: &sensitive,
                frame,
                each,
            }
            .references(block),
            _ => Vec::new(),
        };
        let provider = with_own_region(context, &values, block);
        let locator = PlanLocator {
            source: self.source.clone(),
            start: span.start(),
            place,
        };
        NativeResource {
            scope: instance
                .map(|instance| instance.text.as_str())
                .unwrap_or_default()
                .into(),
            id,
            name: address.name.into(),
            native_type: address.resource_type.into(),
            source: SourceKind::Terraform,
            lifecycle,
            values,
            before,
            change,
            references,
            provider,
            condition: None,
            many: false,
            origin: Origin {
                file: self.source.name().into(),
                block: Some(span),
                locator: Some(Arc::new(locator)),
                calls: Vec::new(),
            },
        }
    }

    fn provider_frame(&self, block: Option<&ResourceBlock>) -> Option<Frame<'static>> {
        match self.providers.block(&block?.provider_key) {
            Block::Known(provider) => self.providers.frame(provider),
            Block::Missing | Block::Ambiguous => None,
        }
    }

    /// The provider's part in `tags_all`.
    fn default_tags(&self, block: &ResourceBlock) -> DefaultTags<'_> {
        match self.providers.block(&block.provider_key) {
            Block::Known(provider) => DefaultTags {
                expression: default_tags(provider),
                ambiguous: false,
            },
            Block::Missing => DefaultTags::default(),
            Block::Ambiguous => DefaultTags {
                expression: None,
                ambiguous: true,
            },
        }
    }
}

/// Terraform marks sensitive `tags` and forgets that the provider copies them into `tags_all`.
pub(super) fn mark_tags(mut values: Value, sensitive: &Mask) -> Value {
    let tags = sensitive.key("tags");
    if let (true, Value::Map(members)) = (tags.any(), &mut values)
        && let Some(all) = members.remove("tags_all")
    {
        members.insert("tags_all".into(), mark(all, tags));
    }
    values
}

/// A known `region` of the resource itself outranks the provider's (AWS provider 6); so does one that is written and
/// not known yet.
fn with_own_region(
    mut context: ProviderContext,
    values: &Value,
    block: Option<&ResourceBlock>,
) -> ProviderContext {
    let own = values.get("region");
    let written = block.is_some_and(|block| block.body.get("region").is_some());
    match own.map(Value::revealed) {
        Some(Value::String(region)) if is_region(region) => context.region = own.cloned(),
        Some(Value::Unknown(_)) if written => context.region = own.cloned(),
        _ => {}
    }
    context
}

/// Finds out why values of one resource are not known.
struct Reasons<'p> {
    tracer: &'p Tracer<'p>,
    frame: Frame<'p>,
    each: Each<'p>,
    provider_frame: Option<Frame<'static>>,
    /// A data source that is read during apply: all its own attributes are unknown for that reason.
    data: bool,
    /// Answers for single expressions: the members of a map share one.
    known: RefCell<HashMap<*const Expression, Arc<Unknown>>>,
    plain: &'p PlainUnknowns,
}

impl Reasons<'_> {
    fn of(&self, written: &Written<'_>, shape: &Mask) -> Arc<Unknown> {
        let own = Written::expressions(&written.nodes);
        let provider = Written::expressions(&written.provider);
        if own.is_empty() && provider.is_empty() {
            let reason = self.unwritten(written, shape);
            let mut plain = self.plain.borrow_mut();
            return plain
                .entry(reason)
                .or_insert_with(|| Arc::new(Unknown::new(reason)))
                .clone();
        }
        let single = match (own.as_slice(), provider.as_slice()) {
            ([one], []) if !written.hidden && !written.optional => Some(Arc::as_ptr(one)),
            _ => None,
        };
        if let Some(known) = single.and_then(|key| self.known.borrow().get(&key).cloned()) {
            return known;
        }
        let mut trace = Trace::default();
        for expression in own.iter().take(MOST_EXPRESSIONS) {
            trace.join(self.tracer.trace(expression, self.frame, self.each));
        }
        for expression in provider.iter().take(MOST_EXPRESSIONS) {
            match self.provider_frame {
                Some(frame) => trace.join(self.tracer.trace(expression, frame, Each::default())),
                None => trace.ends.push(End::Opaque),
            }
        }
        let mut unknown = trace.unknown();
        unknown.non_null &= !written.hidden && !written.optional;
        if unknown.reason == UnknownReason::ComputedDefault && (written.hidden || self.data) {
            unknown.reason = self.unwritten(written, shape);
        }
        let unknown = Arc::new(unknown);
        if let Some(key) = single {
            self.known.borrow_mut().insert(key, unknown.clone());
        }
        unknown
    }

    /// Why a value is unknown that no visible expression gives.
    fn unwritten(&self, written: &Written<'_>, shape: &Mask) -> UnknownReason {
        // The sensitivity mask shows the type of an unknown value (unless all of it is sensitive): only a list can
        // be made of `dynamic` blocks. Terraform before 0.15 writes no such mask.
        let attribute = |name: &str| {
            ATTRIBUTES_AS_BLOCKS.contains(&name)
                || ENDINGS_OF_ATTRIBUTES.iter().any(|ending| name.ends_with(ending))
        };
        let blocks = matches!(shape, Mask::List { .. } | Mask::All) && !written.name.is_some_and(attribute);
        match (self.data, written.hidden, blocks) {
            (true, _, _) => UnknownReason::DataSource,
            (false, true, _) => UnknownReason::Expression,
            (false, false, true) => UnknownReason::MaybeDynamic,
            (false, false, false) => UnknownReason::ComputedDefault,
        }
    }
}

/// Finds attributes in the text of the plan, late and only for what is reported.
struct PlanLocator {
    source: Arc<Source>,
    start: usize,
    place: ValuePlace,
}

impl PlanLocator {
    /// The span at the path, when the value itself is there.
    fn exactly(&self, prefix: &[&str], path: &AttributePath) -> Option<Span> {
        let prefix = prefix.iter().map(|key| Step::Key((*key).into()));
        let mut steps: Vec<Step> = prefix.chain(path.steps().iter().cloned()).collect();
        let found = self.nearest(&steps)?;
        steps.pop();
        // What is found for a missing value is its parent.
        (self.nearest(&steps)? != found).then_some(found)
    }

    fn nearest(&self, steps: &[Step]) -> Option<Span> {
        json::locate(&self.source, self.start, &AttributePath::new(steps.to_vec()))
    }
}

impl Locate for PlanLocator {
    fn locate(&self, path: &AttributePath) -> Option<Span> {
        let prefix: &[&str] = match self.place {
            ValuePlace::After => &["change", "after"],
            ValuePlace::Before => &["change", "before"],
            ValuePlace::State => &["values"],
        };
        let unknown = || match self.place {
            ValuePlace::After => self.exactly(&["change", "after_unknown"], path),
            ValuePlace::Before | ValuePlace::State => None,
        };
        let steps = prefix
            .iter()
            .map(|key| Step::Key((*key).into()))
            .chain(path.steps().iter().cloned());
        self.exactly(prefix, path)
            .or_else(unknown)
            .or_else(|| self.nearest(&steps.collect::<Vec<_>>()))
    }
}

impl std::fmt::Debug for PlanLocator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlanLocator({}:{})", self.source.name(), self.start)
    }
}
