//! Resource blocks to native resources, as a plan would show them.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::codes;
use super::cty::{Data, Type, Val, convert, merge_unknowns, set_order};
use super::dependencies::{Addresses, references};
use super::evaluation::{Binding, Evaluation, ResourceInstance, Scope, Traced, failed};
use super::expression::iterate;
use super::shape::{BlockShape, Nesting};
use crate::diagnostic::Diagnostic;
use crate::document::hcl::{Attribute, Block, Body, ExprKind, Literal};
use crate::input::terraform::block_locator::{BlockLocator, Choices, candidates, content};
use crate::resource::{Lifecycle, NativeResource, Origin, ResourceId, ResourceMode, SourceKind};
use crate::value::{AttributePath, Domain, Map, Step, Unknown, UnknownReason, Value};

/// Arguments of the language, not of the provider.
pub(super) const META_ARGUMENTS: &[&str] = &["count", "for_each", "provider", "depends_on"];
/// Blocks of the language, not of the provider.
const META_BLOCKS: &[&str] = &["lifecycle", "provisioner", "connection"];

/// The members of a block, with what was noted on the way. Paths are relative to the block.
#[derive(Default)]
pub(super) struct Built {
    pub(super) members: BTreeMap<Arc<str>, Val>,
    traces: Vec<(Vec<Step>, Traced)>,
    choices: Vec<(Vec<Step>, Vec<Option<usize>>)>,
}

impl Evaluation<'_> {
    /// The attributes of a resource as written.
    pub(super) fn build(&self, resource: &Rc<ResourceInstance>) -> Built {
        let Some(block) = resource.block() else {
            return Built::default();
        };
        let scope = Scope::of(&resource.module).with_each(&resource.each);
        let mut built = self.block(&block.block.body, resource.shape.as_deref(), &scope, true);
        let weight = built.members.values().map(|value| value.summary().weight).sum();
        if let Err(message) = self.affords_output(weight) {
            self.report(Diagnostic::new(&codes::TFS011, message).at(&block.block.header));
            built = Built {
                members: built.members.into_keys().map(|name| (name, failed())).collect(),
                ..Built::default()
            };
        }
        if let Some(tags) = self.tags_all(resource, built.members.get("tags")) {
            built.members.insert("tags_all".into(), tags);
        }
        for name in self.computed_names(resource) {
            let name: Arc<str> = (*name).into();
            if let Ok(Some(value)) = self.computed_attribute(resource, &name, &block.block.header) {
                built.members.insert(name, value);
            }
        }
        built
    }

    /// The finished resource.
    pub(super) fn native(
        &self,
        resource: &Rc<ResourceInstance>,
        built: Built,
        addresses: &Addresses,
    ) -> Option<NativeResource> {
        let block = resource.block()?;
        let values = Value::Map(self.members(&built.members));
        let references = references(&values, &built.traces, addresses, &self.missing.borrow());
        let choices: Choices = built
            .choices
            .into_iter()
            .map(|(steps, chosen)| (AttributePath::new(steps), chosen))
            .collect();
        let condition = match &resource.shared {
            Some(shared) if addresses.in_step(resource, &references) => Some(shared.clone()),
            _ => resource.condition.clone(),
        };
        Some(NativeResource {
            id: ResourceId::new(resource.address.clone()),
            name: block.name.clone(),
            native_type: block.resource_type.clone(),
            source: SourceKind::Terraform,
            lifecycle: match block.mode {
                ResourceMode::Managed => Lifecycle::Managed,
                ResourceMode::Data => Lifecycle::Data,
            },
            provider: self.provider_context(resource, &values),
            values,
            before: None,
            change: None,
            references,
            scope: resource.module.address.clone(),
            condition,
            many: resource.many,
            origin: Origin {
                file: block.block.header.source().name().into(),
                block: Some(block.block.header.clone()),
                locator: Some(Arc::new(BlockLocator::evaluated(
                    block.block.body.clone(),
                    choices,
                ))),
                calls: resource.module.calls.clone(),
            },
        })
    }

    /// Attributes for rules: null is left out, and an unknown document is shown with its holes.
    fn members(&self, members: &BTreeMap<Arc<str>, Val>) -> Map {
        members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), self.rule_value(value)))
            .collect()
    }

    fn rule_value(&self, value: &Val) -> Value {
        let shown = match &value.data {
            Data::Unknown(ty, unknown) => match self.document(unknown) {
                Some(document) => document,
                None => Value::Unknown(fitting(unknown, ty)),
            },
            Data::List(_, elements) | Data::Tuple(elements) | Data::Set(_, elements) => {
                Value::List(elements.iter().map(|element| self.rule_value(element)).collect())
            }
            Data::Object(members) => Value::Map(self.members(members)),
            Data::Map(_, members) => Value::Map(
                members
                    .iter()
                    .map(|(key, member)| (key.clone(), self.rule_value(member)))
                    .collect(),
            ),
            _ => value.clone().unmarked().0.to_value(),
        };
        if value.sensitive {
            shown.into_sensitive()
        } else {
            shown
        }
    }

    /// The members of a block. Recursion follows the nesting of the source, which the parser bounds.
    pub(super) fn block(
        &self,
        body: &Arc<Body>,
        shape: Option<&BlockShape>,
        scope: &Scope<'_>,
        whole: bool,
    ) -> Built {
        let mut built = Built::default();
        for attribute in body.attributes() {
            if whole && META_ARGUMENTS.contains(&&*attribute.name) {
                continue;
            }
            let value = self.argument(attribute, shape, scope, &mut built.traces);
            built.members.insert(attribute.name.clone(), value);
        }
        let mut names: Vec<&Arc<str>> = Vec::new();
        for block in body.blocks() {
            let name = match (&*block.kind, block.labels.first()) {
                ("dynamic", Some(label)) => &label.text,
                _ => &block.kind,
            };
            if !(names.contains(&name) || whole && META_BLOCKS.contains(&&**name)) {
                names.push(name);
            }
        }
        for name in names {
            self.nested(body, name, shape, scope, &mut built);
        }
        for (name, attribute) in shape.iter().flat_map(|shape| &shape.attributes) {
            let absent = built.members.get(name).is_none_or(Val::is_null);
            // Region and all tags follow from the provider block, which is looked at elsewhere.
            if attribute.computed && absent && !matches!(&**name, "tags_all" | "region") {
                let unknown = Arc::new(Unknown::new(UnknownReason::ComputedDefault));
                let value = Val::unknown(attribute.ty.without_optional(), unknown);
                built
                    .members
                    .insert(name.clone(), value.marked(attribute.sensitive));
            }
        }
        built
    }

    fn argument(
        &self,
        attribute: &Attribute,
        shape: Option<&BlockShape>,
        scope: &Scope<'_>,
        traces: &mut Vec<(Vec<Step>, Traced)>,
    ) -> Val {
        let outer = self.trace.borrow_mut().replace(Vec::new());
        let value = self.settle(self.eval(&attribute.expr, scope));
        let traced = self.trace.replace(outer).unwrap_or_default();
        let step = Step::Key(attribute.name.clone());
        traces.extend(traced.into_iter().map(|traced| (vec![step.clone()], traced)));
        let Some(shape) = shape.and_then(|shape| shape.attributes.get(&attribute.name)) else {
            return value;
        };
        // Terraform refuses one text where it wants a list. It can mean only one thing, which is worth judging.
        let single = match (&shape.ty, &value.data) {
            (Type::List(_) | Type::Set(_), Data::String(_)) => {
                convert(Val::tuple(vec![value.clone()]), &shape.ty).ok()
            }
            _ => None,
        };
        match convert(value, &shape.ty) {
            Ok(value) => value.marked(shape.sensitive),
            Err(error) => {
                let message = format!("`{}` does not fit: {error}", attribute.name);
                self.report(Diagnostic::new(&codes::TFS014, message).at(&attribute.expr.span));
                if let Some(single) = single {
                    return single.marked(shape.sensitive);
                }
                let Val { data, sensitive } = failed();
                match data {
                    Data::Unknown(_, unknown) => {
                        Val::unknown(shape.ty.without_optional(), unknown).marked(sensitive)
                    }
                    other => other.into(),
                }
            }
        }
    }

    /// All blocks of one name, dynamic ones expanded.
    fn nested(
        &self,
        body: &Body,
        name: &Arc<str>,
        shape: Option<&BlockShape>,
        scope: &Scope<'_>,
        built: &mut Built,
    ) {
        let nested = shape.and_then(|shape| shape.nested(name));
        let inner = nested.as_ref().map(|nested| &*nested.body);
        let mut elements: Vec<(Built, usize)> = Vec::new();
        let mut hidden: Vec<Val> = Vec::new();
        for (position, block) in candidates(body, name).into_iter().enumerate() {
            if &*block.kind == "dynamic" {
                self.dynamic(block, inner, scope, position, &mut elements, &mut hidden);
            } else {
                elements.push((self.block(&block.body, inner, scope, false), position));
            }
        }
        if !hidden.is_empty() {
            // How many blocks there will be is not known, so nothing about the list is.
            let mut values = hidden;
            values.extend(
                elements
                    .into_iter()
                    .flat_map(|(element, _)| element.members.into_values()),
            );
            let sensitive = values.iter().any(Val::has_sensitive);
            let unknown = merge_unknowns(&values);
            built.members.insert(
                name.clone(),
                Val::unknown(Type::Dynamic, unknown).marked(sensitive),
            );
            return;
        }
        match nested.as_ref().map_or(Nesting::List, |nested| nested.nesting) {
            Nesting::Single => {
                let Some((element, position)) = elements.into_iter().next() else {
                    return;
                };
                let prefix = vec![Step::Key(name.clone())];
                built.choices.push((prefix.clone(), vec![Some(position)]));
                let value = built.adopt(prefix, element);
                built.members.insert(name.clone(), value);
            }
            nesting => {
                if nesting == Nesting::Set
                    && let Some(inner) = inner
                {
                    elements = in_set_order(elements, inner);
                }
                let chosen = elements.iter().map(|(_, position)| Some(*position)).collect();
                built.choices.push((vec![Step::Key(name.clone())], chosen));
                let values = elements
                    .into_iter()
                    .enumerate()
                    .map(|(index, (element, _))| {
                        built.adopt(vec![Step::Key(name.clone()), Step::Index(index)], element)
                    })
                    .collect();
                built.members.insert(name.clone(), Val::tuple(values));
            }
        }
    }

    fn dynamic(
        &self,
        block: &Block,
        shape: Option<&BlockShape>,
        scope: &Scope<'_>,
        position: usize,
        elements: &mut Vec<(Built, usize)>,
        hidden: &mut Vec<Val>,
    ) {
        let wrong = |message: &str| {
            self.report(Diagnostic::new(&codes::TFS003, message).at(&block.header));
        };
        let Some(for_each) = block.body.attribute("for_each") else {
            return wrong("a dynamic block needs `for_each`");
        };
        if block.body.blocks_of("content").next().is_none() {
            return wrong("a dynamic block needs a `content` block");
        }
        let iterator = match block
            .body
            .attribute("iterator")
            .map(|attribute| &attribute.expr.kind)
        {
            Some(ExprKind::Variable(name) | ExprKind::Literal(Literal::String(name))) => name.clone(),
            _ => block.label(0).unwrap_or_default().into(),
        };
        let collection = self.settle(self.eval(&for_each.expr, scope));
        let pairs = match iterate(&collection, &for_each.expr.span) {
            Ok(pairs) => pairs,
            Err(fault) => {
                self.report(*fault);
                hidden.push(failed());
                return;
            }
        };
        let Some(pairs) = pairs else {
            hidden.push(collection);
            return;
        };
        for (key, value) in pairs {
            if let Err(fault) = self.spend(1, &block.header) {
                self.report(*fault);
                hidden.push(failed());
                return;
            }
            let each = Val::object(BTreeMap::from([("key".into(), key), ("value".into(), value)]));
            let binding = Binding {
                name: iterator.clone(),
                value: each,
                outer: scope.bindings,
            };
            let mut built = self.block(content(block), shape, &scope.bind(&binding), false);
            if collection.sensitive {
                // That there is such a block is part of the secret, and so is everything written in it.
                let members = std::mem::take(&mut built.members);
                built.members = members
                    .into_iter()
                    .map(|(name, value)| (name, value.marked(true)))
                    .collect();
            }
            elements.push((built, position));
        }
    }
}

impl Built {
    /// Takes over what an element noted, and makes the element a value.
    fn adopt(&mut self, prefix: Vec<Step>, element: Built) -> Val {
        let under = |steps: Vec<Step>| prefix.iter().cloned().chain(steps).collect::<Vec<_>>();
        self.traces.extend(
            element
                .traces
                .into_iter()
                .map(|(steps, traced)| (under(steps), traced)),
        );
        self.choices.extend(
            element
                .choices
                .into_iter()
                .map(|(steps, chosen)| (under(steps), chosen)),
        );
        Val::object(element.members)
    }
}

/// An unknown whose possible values have the type that the value was converted to.
fn fitting(unknown: &Arc<Unknown>, ty: &Type) -> Arc<Unknown> {
    let Some(Domain::AnyOf(values)) = &unknown.domain else {
        return unknown.clone();
    };
    let converted = values
        .iter()
        .map(|value| convert(Val::from_value(value), ty).map(|value| value.to_value()));
    let domain = converted
        .collect::<Result<Vec<Value>, _>>()
        .ok()
        .map(Domain::AnyOf);
    Arc::new(Unknown {
        domain,
        ..Unknown::clone(unknown)
    })
}

/// The blocks of a set in the order in which Terraform iterates over it, without repetitions.
fn in_set_order(elements: Vec<(Built, usize)>, shape: &BlockShape) -> Vec<(Built, usize)> {
    if elements.len() < 2 {
        return elements;
    }
    let full: Vec<Val> = elements
        .iter()
        .map(|(element, _)| completed(element, shape).unmarked_deep().0)
        .collect();
    let mut slots: Vec<Option<(Built, usize)>> = elements.into_iter().map(Some).collect();
    set_order(&shape.ty(), &full)
        .into_iter()
        .filter_map(|at| slots.get_mut(at).and_then(Option::take))
        .collect()
}

/// A block with everything its type has: what was not written is null, or unknown where the provider decides.
fn completed(element: &Built, shape: &BlockShape) -> Val {
    let mut members = BTreeMap::new();
    for (name, attribute) in &shape.attributes {
        let ty = attribute.ty.without_optional();
        let value = match element.members.get(name) {
            Some(value) if !value.is_null() || !attribute.computed => value.clone(),
            _ if attribute.computed => match failed().data {
                Data::Unknown(_, unknown) => Val::unknown(ty.clone(), unknown),
                other => other.into(),
            },
            _ => Val::null(ty.clone()),
        };
        members.insert(name.clone(), value);
    }
    for (name, nested) in &shape.blocks {
        let body = nested.body.ty();
        let value = match (element.members.get(name), nested.nesting) {
            (Some(value), _) => {
                let want = match nested.nesting {
                    Nesting::Single => body,
                    Nesting::Set => Type::set(body),
                    Nesting::List => Type::list(body),
                    Nesting::Map => Type::map(body),
                };
                convert(filled(value, &nested.body), &want).unwrap_or_else(|_| failed())
            }
            (None, Nesting::Single) => Val::null(body),
            (None, Nesting::Set) => Val::set(body, Vec::new()),
            (None, Nesting::List) => Val::list(body, Vec::new()),
            (None, Nesting::Map) => Val::map(body, BTreeMap::new()),
        };
        members.insert(name.clone(), value);
    }
    Val::object(members)
}

/// [`completed`] for the elements of a nested list.
fn filled(value: &Val, shape: &BlockShape) -> Val {
    match &value.data {
        Data::Tuple(elements) => Val::tuple(elements.iter().map(|element| filled(element, shape)).collect()),
        Data::Object(members) => completed(
            &Built {
                members: BTreeMap::clone(members),
                ..Built::default()
            },
            shape,
        ),
        _ => value.clone(),
    }
}
