//! Follows expressions through variables, module calls and outputs to what they depend on in the end.
//!
//! A plan shows of an expression only what it refers to. That is enough to say which resources a value can come from,
//! and not enough to evaluate it: `references: ["aws_kms_key.k.arn"]` may be the ARN itself or a condition on it.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::configuration::{Configuration, Expression, Module};
use super::instances::{Instances, ROOT_INSTANCE, Wanted};
use super::reference::{Object, Subject};
use crate::resource::{InstanceKey, ResourceId};
use crate::value::{Step, Unknown, UnknownReason, Value};

/// Expressions that one question may visit. Real chains have a handful; hostile ones can branch at every step.
const MOST_STEPS: usize = 512;
/// References that all questions of a plan may visit together, besides one per byte of the plan. A plan of 10,000
/// resources needs some hundred thousand; the bound keeps a made-up configuration linear in its size.
const LEAST_WORK: usize = 4_000_000;
/// Module calls on the way to an end; also the bound of the recursion.
const DEEPEST: usize = 48;
/// More resources than this are named by their block instead.
const MOST_REFS: usize = 16;

/// Attributes that every existing resource has. They identify it, so they are never null once it exists.
const NEVER_NULL: &[&str] = &[
    "id",
    "arn",
    "name",
    "bucket",
    "key_id",
    "target_key_arn",
    "target_key_id",
    "identifier",
    "function_name",
    "cluster_identifier",
    "qualified_arn",
    "invoke_arn",
];

/// What an expression depends on in the end.
#[derive(Debug, Default)]
pub(super) struct Trace<'p> {
    /// In the order of the references.
    pub(super) ends: Vec<End<'p>>,
    /// Whether more than one thing, or something that hides which, stands on the way.
    forked: bool,
    steps: usize,
}

/// Where a trace ends.
#[derive(Debug, PartialEq)]
pub(super) enum End<'p> {
    /// A resource or data source.
    Resource {
        /// Whether it is a data source.
        data: bool,
        /// The instances it can be; none when the plan has none of them.
        targets: Vec<ResourceId>,
        /// The attribute read, as far as the plan tells.
        attribute: Option<Arc<str>>,
        /// Whether the attribute is read as a whole.
        whole: bool,
        /// The block in words, when no instance can be named.
        block: Arc<str>,
    },
    /// A known null.
    Null,
    /// A known value; given when it is written in the plan and not secret.
    Known(Option<&'p Value>),
    /// A variable or local whose value is not in the plan.
    Variable(Arc<str>),
    /// Something that is not followed.
    Opaque,
}

/// The module instance that an expression stands in.
#[derive(Clone, Copy)]
pub(super) enum Frame<'f> {
    /// One that has resources in the plan.
    Instance(usize),
    /// One without resources of its own, such as a module that only computes names.
    Virtual {
        /// Its configuration.
        configuration: usize,
        /// The calling module.
        parent: &'f Frame<'f>,
    },
}

/// What `each` and `count` mean to an expression.
#[derive(Clone, Copy, Default)]
pub(super) struct Each<'e> {
    /// The instance key of the block.
    pub(super) key: Option<&'e InstanceKey>,
    /// Its `for_each` or `count`.
    pub(super) repetition: Option<&'e Expression>,
}

/// Follows expressions in one plan.
pub(super) struct Tracer<'p> {
    pub(super) configuration: &'p Configuration,
    pub(super) instances: &'p Instances,
    /// Values of the root variables.
    pub(super) variables: &'p HashMap<String, Value>,
    /// What is left of the work that is allowed.
    fuel: Cell<usize>,
}

/// One step of the way: where the expression stands and what is read of its value.
#[derive(Clone, Copy)]
struct Way<'w, 'p> {
    frame: Frame<'w>,
    each: Each<'p>,
    tail: &'w [Step],
    /// The first step of `tail` is the key of an instance and not written in the configuration.
    keyed: bool,
    depth: usize,
}

impl<'p> Tracer<'p> {
    /// A tracer of one plan of `size` bytes.
    pub(super) fn new(
        configuration: &'p Configuration,
        instances: &'p Instances,
        variables: &'p HashMap<String, Value>,
        size: usize,
    ) -> Self {
        Self {
            configuration,
            instances,
            variables,
            fuel: Cell::new(LEAST_WORK.saturating_add(size)),
        }
    }

    /// Whether the configuration was too entangled to follow all of it.
    pub(super) fn is_exhausted(&self) -> bool {
        self.fuel.get() == 0
    }

    fn spend(&self, work: usize) -> bool {
        self.fuel.set(self.fuel.get().saturating_sub(work));
        !self.is_exhausted()
    }

    /// Follows one expression to its ends.
    pub(super) fn trace(&self, expression: &'p Expression, frame: Frame<'_>, each: Each<'p>) -> Trace<'p> {
        let mut trace = Trace::default();
        self.follow(
            expression,
            Way {
                frame,
                each,
                tail: &[],
                keyed: false,
                depth: 0,
            },
            &mut trace,
        );
        trace
    }

    /// Reads an expression as if it were no more than its one reference. A plan cannot tell `var.region` from
    /// `lower(var.region)`, so the caller has to check that the value is of the kind it looks for.
    pub(super) fn value(&self, expression: &'p Expression, frame: Frame<'_>) -> Option<&'p Value> {
        let trace = self.trace(expression, frame, Each::default());
        match trace.ends.as_slice() {
            [End::Known(value)] if !trace.forked => *value,
            _ => None,
        }
    }

    /// Follows one of the references of an expression to its ends.
    pub(super) fn trace_subject(
        &self,
        expression: &'p Expression,
        subject: &'p Subject,
        frame: Frame<'_>,
        each: Each<'p>,
    ) -> Trace<'p> {
        let mut trace = Trace::default();
        let way = Way {
            frame,
            each,
            tail: &[],
            keyed: false,
            depth: 0,
        };
        self.follow_subject(subject, mentions_instance(expression), way, &mut trace);
        trace
    }

    fn follow(&self, expression: &'p Expression, way: Way<'_, 'p>, trace: &mut Trace<'p>) {
        trace.steps += 1;
        if trace.steps > MOST_STEPS || way.depth > DEEPEST {
            trace.ends.push(End::Opaque);
            return;
        }
        match (expression.subjects.as_slice(), &expression.constant) {
            ([], Some(constant)) => trace.ends.push(look_up(constant, way.tail, way.keyed)),
            // A function of nothing, such as `timestamp()`.
            ([], None) => trace.ends.push(End::Opaque),
            ([subject], _) => self.follow_subject(subject, mentions_instance(expression), way, trace),
            (subjects, _) => {
                trace.forked = true;
                let same_instance = mentions_instance(expression);
                for subject in subjects {
                    // Which of the references the rest is read from is not known.
                    self.follow_subject(
                        subject,
                        same_instance,
                        Way {
                            tail: &[],
                            keyed: false,
                            ..way
                        },
                        trace,
                    );
                }
            }
        }
    }

    fn follow_subject(
        &self,
        subject: &'p Subject,
        same_instance: bool,
        way: Way<'_, 'p>,
        trace: &mut Trace<'p>,
    ) {
        if !self.spend(1) {
            trace.ends.push(End::Opaque);
            return;
        }
        let path: Vec<Step> = subject.rest.iter().chain(way.tail).cloned().collect();
        let keyed = way.keyed && subject.rest.is_empty();
        let same = way.each.key.filter(|_| same_instance);
        match &subject.object {
            Object::Resource { block, data, key } => {
                trace
                    .ends
                    .push(self.resource(block, *data, key.as_ref(), same, &path, way.frame));
            }
            Object::Module { name, key, output } => {
                let call = Call {
                    name,
                    key: key.as_ref(),
                    output: output.as_deref(),
                    same,
                };
                self.follow_module(&call, &path, way, trace);
            }
            Object::Variable(name) => {
                self.follow_variable(name, &subject.written, &path, Way { keyed, ..way }, trace)
            }
            Object::Local => trace.ends.push(End::Variable(subject.written.clone())),
            Object::InstanceKey | Object::Constant => trace.ends.push(End::Known(None)),
            Object::InstanceValue => match (way.each.repetition, way.each.key) {
                (Some(repetition), Some(InstanceKey::Str(key))) => {
                    // The repetition may compute its values, so nothing is said of what is read from them.
                    trace.forked = true;
                    let mut tail = vec![Step::Key(key.as_str().into())];
                    tail.extend(path);
                    let way = Way {
                        each: Each::default(),
                        tail: &tail,
                        keyed: true,
                        depth: way.depth + 1,
                        ..way
                    };
                    self.follow(repetition, way, trace);
                }
                _ => trace.ends.push(End::Opaque),
            },
            Object::Other => trace.ends.push(End::Opaque),
        }
    }

    fn resource(
        &self,
        block: &Arc<str>,
        data: bool,
        literal: Option<&InstanceKey>,
        same: Option<&InstanceKey>,
        path: &[Step],
        frame: Frame<'_>,
    ) -> End<'p> {
        let module = match frame {
            Frame::Instance(module) => self
                .instances
                .module(module)
                .map(|instance| (module, instance.text.as_str())),
            Frame::Virtual { .. } => None,
        };
        let select = |wanted: &Wanted<'_>| match module {
            Some((module, _)) => self.instances.resources(module, block, wanted),
            None => Vec::new(),
        };
        // A whole `for_each` resource is a map of its instances: the first step of the path chooses one of them.
        let indexed = path.first().filter(|_| literal.is_none()).and_then(index_of);
        let mut targets = indexed.map(|key| select(&Wanted::Key(&key))).unwrap_or_default();
        let chosen = !targets.is_empty();
        if !chosen {
            targets = select(&literal.map_or(Wanted::Any { prefer: same }, Wanted::Key));
        }
        self.spend(targets.len());
        let prefix = module.map(|(_, text)| text).unwrap_or_default();
        let mut read = path.iter().skip(usize::from(chosen));
        let attribute = match read.next() {
            Some(Step::Key(name)) => Some(name.clone()),
            _ => None,
        };
        let dot = if prefix.is_empty() { "" } else { "." };
        let whole = read.next().is_none();
        End::Resource {
            data,
            targets,
            attribute,
            whole,
            block: format!("{prefix}{dot}{block}").into(),
        }
    }

    fn follow_module(&self, call: &Call<'_>, path: &[Step], way: Way<'_, 'p>, trace: &mut Trace<'p>) {
        let frame = &way.frame;
        let select = |wanted: &Wanted<'_>| match *frame {
            Frame::Instance(module) => self.instances.calls(module, call.name, wanted),
            Frame::Virtual { .. } => Vec::new(),
        };
        // Behind a dynamic index the plan does not name the output; with `for_each = module.m` the path does.
        let hidden = call.output.is_none() && call.key.is_none();
        let indexed = path.first().filter(|_| hidden).and_then(index_of);
        let mut instances = indexed.map(|key| select(&Wanted::Key(&key))).unwrap_or_default();
        let chosen = !instances.is_empty();
        if !chosen {
            instances = select(&call.key.map_or(Wanted::Any { prefer: call.same }, Wanted::Key));
        }
        let child = self
            .configuration_of(*frame)
            .and_then(|module| module.children.get(call.name))
            .copied();
        let Some(child) = child else {
            trace.ends.push(End::Opaque);
            return;
        };
        trace.forked |= instances.len() > 1;
        let frames = match instances.is_empty() {
            true => vec![Frame::Virtual {
                configuration: child,
                parent: frame,
            }],
            false => instances.into_iter().map(Frame::Instance).collect(),
        };
        let (output, path) = match (call.output, path) {
            (Some(output), path) => (Some(output), path),
            (None, [_, Step::Key(output), rest @ ..]) if chosen => (Some(&**output), rest),
            (None, path) => (None, path),
        };
        trace.forked |= output.is_none();
        let Some(module) = self.configuration.module(child) else {
            return;
        };
        let mut outputs: Vec<_> = module
            .outputs
            .iter()
            .filter(|(name, _)| output.is_none_or(|one| one == &***name))
            .collect();
        outputs.sort_by_key(|(name, _)| *name);
        if outputs.is_empty() {
            trace.ends.push(End::Opaque);
        }
        for frame in frames {
            for (_, expression) in &outputs {
                let tail = if output.is_some() { path } else { &[] };
                let way = Way {
                    frame,
                    each: Each::default(),
                    tail,
                    keyed: false,
                    depth: way.depth + 1,
                };
                self.follow(expression, way, trace);
            }
        }
    }

    fn follow_variable(
        &self,
        name: &str,
        written: &Arc<str>,
        path: &[Step],
        way: Way<'_, 'p>,
        trace: &mut Trace<'p>,
    ) {
        let parent = match way.frame {
            Frame::Instance(ROOT_INSTANCE) => None,
            Frame::Instance(module) => self
                .instances
                .module(module)
                .and_then(|module| module.parent)
                .map(Frame::Instance),
            Frame::Virtual { parent, .. } => Some(*parent),
        };
        let module = self.configuration_of(way.frame);
        let declared = module.and_then(|module| module.variables.get(name));
        let Some(parent) = parent else {
            let value = self
                .variables
                .get(name)
                .or_else(|| declared.and_then(|block| block.default.as_ref()));
            trace.ends.push(match value {
                Some(value) => match (look_up(value, path, way.keyed), declared) {
                    (End::Known(_), Some(block)) if block.sensitive => End::Known(None),
                    (end, _) => end,
                },
                None => End::Variable(written.clone()),
            });
            return;
        };
        let argument = module.and_then(|module| module.arguments.get(name));
        match (argument, declared) {
            (Some(argument), _) => {
                let key = match way.frame {
                    Frame::Instance(module) => self
                        .instances
                        .module(module)
                        .and_then(|module| module.key.as_ref()),
                    Frame::Virtual { .. } => None,
                };
                let repetition = module.and_then(|module| module.repetition.as_deref());
                let each = Each { key, repetition };
                let way = Way {
                    frame: parent,
                    each,
                    tail: path,
                    keyed: way.keyed,
                    depth: way.depth + 1,
                };
                self.follow(argument, way, trace);
            }
            (None, Some(block)) => trace.ends.push(match &block.default {
                Some(default) => look_up(default, path, way.keyed),
                None => End::Null,
            }),
            (None, None) => trace.ends.push(End::Variable(written.clone())),
        }
    }

    fn configuration_of(&self, frame: Frame<'_>) -> Option<&'p Module> {
        let id = match frame {
            Frame::Instance(module) => self.instances.module(module)?.configuration?,
            Frame::Virtual { configuration, .. } => configuration,
        };
        self.configuration.module(id)
    }
}

/// A reference to a module call.
struct Call<'c> {
    name: &'c str,
    key: Option<&'c InstanceKey>,
    output: Option<&'c str>,
    same: Option<&'c InstanceKey>,
}

/// Whether an expression reads `each.key`, `count.index` or the `each.value` of a set. Only then does an index that the
/// plan hides mean "the same instance". Otherwise it is all of them (`aws_subnet.all[*].id`) or one that is written
/// elsewhere (`aws_subnet.all[each.value.subnet].id`).
fn mentions_instance(expression: &Expression) -> bool {
    expression.subjects.iter().any(|subject| match subject.object {
        Object::InstanceKey => true,
        Object::InstanceValue => subject.rest.is_empty(),
        _ => false,
    })
}

/// A step as an instance key.
fn index_of(step: &Step) -> Option<InstanceKey> {
    match step {
        Step::Key(key) => Some(InstanceKey::Str(key.to_string())),
        Step::Index(index) => u64::try_from(*index).ok().map(InstanceKey::Int),
    }
}

/// Whether the value at `path` of a known value is null. Where the path does not fit, the value was computed on the
/// way; it is known all the same, because everything it comes from is.
fn look_up<'p>(value: &'p Value, path: &[Step], keyed: bool) -> End<'p> {
    let mut value = value;
    for (position, step) in path.iter().enumerate() {
        value = match (step, value) {
            (_, Value::Null) => return End::Null,
            (Step::Key(key), Value::Map(members)) => match members.get(key) {
                Some(member) => member,
                // An optional attribute that was left out, but not an instance under a key that was computed.
                None if keyed && position == 0 => return End::Known(None),
                None => return End::Null,
            },
            (Step::Index(index), Value::List(items)) => match items.get(*index) {
                Some(item) => item,
                None => return End::Known(None),
            },
            _ => return End::Known(None),
        };
    }
    match value {
        Value::Null => End::Null,
        known => End::Known(Some(known)),
    }
}

impl<'p> Trace<'p> {
    /// Adds the ends of another expression that may have given the value.
    pub(super) fn join(&mut self, other: Self) {
        self.forked |= other.forked || !self.ends.is_empty();
        self.ends.extend(other.ends);
    }

    /// Whether something hidden stands beside the resources that it ends at.
    pub(super) fn is_partly_hidden(&self) -> bool {
        let hidden = |end: &End<'_>| matches!(end, End::Variable(_) | End::Opaque);
        self.ends.iter().any(hidden)
    }

    /// True when everything the expression depends on has a value in the plan: Terraform knew the result.
    pub(super) fn is_of_known_values(&self) -> bool {
        !self.ends.is_empty()
            && self
                .ends
                .iter()
                .all(|end| matches!(end, End::Known(_) | End::Null))
    }

    /// What is known of an unknown value that this expression gives.
    pub(super) fn unknown(&self) -> Unknown {
        let mut refs: Vec<Arc<str>> = Vec::new();
        let mut data = false;
        let mut resource = false;
        let mut names: Vec<Arc<str>> = Vec::new();
        for end in &self.ends {
            match end {
                End::Resource {
                    data: is_data,
                    targets,
                    block,
                    ..
                } => {
                    data |= *is_data;
                    resource |= !*is_data;
                    match targets.is_empty() || targets.len() > MOST_REFS {
                        true => refs.push(block.clone()),
                        false => refs.extend(targets.iter().map(|target| Arc::from(target.as_str()))),
                    }
                }
                End::Variable(name) => names.push(name.clone()),
                End::Null | End::Known(_) | End::Opaque => {}
            }
        }
        let reason = match (resource, data, self.ends.as_slice()) {
            (true, _, _) => UnknownReason::Reference,
            (false, true, _) => UnknownReason::DataSource,
            // An argument that is null was not written; the provider decides.
            (false, false, [End::Null]) => UnknownReason::ComputedDefault,
            (false, false, _) if !names.is_empty() => UnknownReason::Variable,
            _ => UnknownReason::Expression,
        };
        refs.append(&mut names);
        let mut seen = HashSet::new();
        refs.retain(|name| seen.insert(name.clone()));
        let unknown = Unknown::new(reason).with_refs(refs);
        match self.is_never_null() {
            true => unknown.non_null(),
            false => unknown,
        }
    }

    /// Whether the value is an attribute that identifies a resource of this plan, and nothing else.
    fn is_never_null(&self) -> bool {
        match self.ends.as_slice() {
            [
                End::Resource {
                    data: false,
                    attribute: Some(attribute),
                    whole: true,
                    targets,
                    ..
                },
            ] => !self.forked && !targets.is_empty() && NEVER_NULL.contains(&&**attribute),
            _ => false,
        }
    }
}
