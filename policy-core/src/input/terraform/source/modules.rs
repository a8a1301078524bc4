//! Module calls: where their source lies, and their instances.

use std::rc::Rc;
use std::sync::Arc;

use super::codes;
use super::configuration::literal_text;
use super::cty::{Type, Val};
use super::evaluation::{
    CallExpansion, Each, Evaluation, Expansion, Fault, Instance, Parent, ResourceInstance,
};
use super::files::join;
use super::references::cycle;
use super::repetition::Repetition;
use super::shape::shape_of;
use super::undeclared::did_you_mean;
use crate::diagnostic::Diagnostic;
use crate::document::hcl::Block;
use crate::resource::ResourceMode;
use crate::source::Span;
use crate::value::{Unknown, UnknownReason};

/// The names of the calls that lead to a call, joined with dots.
fn call_path(instance: &Instance, name: &str) -> String {
    match instance.call_path.is_empty() {
        true => name.to_owned(),
        false => format!("{}.{name}", instance.call_path),
    }
}

/// How deep modules may call each other; a module that calls itself never ends.
const MAX_MODULE_DEPTH: usize = 50;

/// How many modules that are not there are named.
const NAMED: usize = 5;

/// Modules that are not there for one reason: their names with their sources, and where these stand.
pub(super) struct Missing {
    reason: String,
    calls: Vec<(String, Span)>,
}

impl Evaluation<'_> {
    /// The instances of a module call.
    pub(super) fn call_instances(
        &self,
        instance: &Rc<Instance>,
        name: &Arc<str>,
        at: &Span,
    ) -> Result<Rc<CallExpansion>, Fault> {
        self.once(
            &instance.children,
            name,
            || cycle(&format!("module.{name}"), at),
            || {
                let expansion = self.expand_call(instance, name);
                let there = !matches!(expansion, CallExpansion::Unavailable(_));
                let path = call_path(instance, name);
                self.calls.borrow_mut().insert(path, there);
                Rc::new(expansion)
            },
        )
    }

    fn expand_call(&self, instance: &Rc<Instance>, name: &Arc<str>) -> CallExpansion {
        let unavailable = || {
            let reference = instance.absolute(&format!("module.{name}"));
            CallExpansion::Unavailable(Arc::new(
                Unknown::new(UnknownReason::PartialInput).with_refs([reference]),
            ))
        };
        let Some(block) = instance.module.calls.get(name) else {
            return unavailable();
        };
        let call_path = call_path(instance, name);
        if call_path.matches('.').count() >= MAX_MODULE_DEPTH {
            self.report(
                Diagnostic::new(
                    &codes::TFS011,
                    format!("modules call each other more than {MAX_MODULE_DEPTH} levels deep"),
                )
                .at(&block.header),
            );
            return unavailable();
        }
        let Some(directory) = self.module_directory(instance, block, &call_path) else {
            return unavailable();
        };
        let Some(module) = self.module(&directory) else {
            self.report(
                Diagnostic::new(
                    &codes::TFS001,
                    format!("module `{name}`: no Terraform files in `{directory}`"),
                )
                .at(block
                    .body
                    .attribute("source")
                    .map_or(&block.header, |source| &source.span)),
            );
            return unavailable();
        };
        let mut ancestor = Some(instance);
        while let Some(caller) = ancestor {
            if caller.module.directory == directory {
                self.report(
                    Diagnostic::new(
                        &codes::TFS005,
                        format!("module `{name}` calls itself, directly or through others"),
                    )
                    .at(&block.header)
                    .help("the source of a module is never a directory that the call stands in or below"),
                );
                return unavailable();
            }
            ancestor = caller.parent.as_ref().map(|parent| &parent.instance);
        }
        self.check_arguments(block, name, &module);
        let make = |key: &str, each: Each, condition: Option<Arc<str>>, many: bool| {
            let mut calls = vec![block.header.clone()];
            calls.extend(instance.calls.iter().cloned());
            Rc::new(Instance {
                address: instance.absolute(&format!("module.{name}{key}")),
                call_path: call_path.clone(),
                parent: Some(Parent {
                    instance: instance.clone(),
                    call: name.clone(),
                    each,
                }),
                condition: both(instance.condition.as_ref(), condition),
                many: many || instance.many,
                calls,
                ..Instance::new(module.clone())
            })
        };
        let what = instance.absolute(&format!("module.{name}"));
        match self.repetition(&block.body, instance, &what) {
            Repetition::Single => CallExpansion::Single(make("", Each::default(), None, false)),
            Repetition::Count(count) => CallExpansion::Count(
                (0..count)
                    .map(|index| make(&format!("[{index}]"), Each::counted(index), None, false))
                    .collect(),
            ),
            Repetition::Each(pairs) => CallExpansion::Each(
                pairs
                    .into_iter()
                    .map(|(key, value)| {
                        let each = Each::keyed(&key, value);
                        let instance = make(&key_text(&key), each, None, false);
                        (key, instance)
                    })
                    .collect(),
            ),
            Repetition::Unknown {
                key,
                each,
                condition,
                many,
                ..
            } => CallExpansion::Unknown(make(key, *each, Some(condition), many)),
        }
    }

    /// The directory that a call's source names, when its files are at hand.
    fn module_directory(&self, instance: &Rc<Instance>, block: &Block, call_path: &str) -> Option<String> {
        let Some(source) = block.body.attribute("source") else {
            self.report(Diagnostic::new(&codes::TFS003, "a module call needs `source`").at(&block.header));
            return None;
        };
        let Some(text) = literal_text(&source.expr) else {
            self.report(
                Diagnostic::new(&codes::TFS003, "the source of a module is a plain text")
                    .at(&source.expr.span),
            );
            return None;
        };
        if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
            let directory = join(&instance.module.directory, text);
            if directory.is_none() {
                self.report(
                    Diagnostic::new(
                        &codes::TFS001,
                        format!("module source `{text}` lies outside of the files that are read"),
                    )
                    .at(&source.expr.span)
                    .help("give the directory that holds both the root module and its modules"),
                );
            }
            return directory;
        }
        let version = block.body.attribute("version");
        let version = version.and_then(|version| literal_text(&version.expr));
        let reason = match self.manifest.directory(call_path, text, version) {
            Ok(directory) => return Some(directory.to_owned()),
            Err(reason) => reason,
        };
        let name = block.label(0).unwrap_or_default();
        let mut missing = self.unavailable.borrow_mut();
        // Every instance of a module meets the calls in it.
        let known = |other: &&mut Missing| other.reason == reason;
        match missing.iter_mut().find(known) {
            Some(other) if other.calls.iter().any(|(_, place)| *place == source.expr.span) => {}
            Some(other) => other
                .calls
                .push((format!("`{name}` (`{text}`)"), source.expr.span.clone())),
            None => missing.push(Missing {
                reason,
                calls: vec![(format!("`{name}` (`{text}`)"), source.expr.span.clone())],
            }),
        }
        None
    }

    /// Says which modules are not there, once for all that lack the same: a configuration of thirty modules that nobody
    /// has initialised is one thing to mend.
    pub(super) fn report_missing(&self) {
        for Missing { reason, mut calls } in self.unavailable.take() {
            calls.sort_by_key(|(_, place)| (place.source().name().to_owned(), place.start()));
            let Some((_, first)) = calls.first() else {
                continue;
            };
            let mut names: Vec<&str> = calls.iter().take(NAMED).map(|(name, _)| &**name).collect();
            let more = format!("{} more", calls.len().saturating_sub(NAMED));
            if calls.len() > NAMED {
                names.push(&more);
            }
            let names = names.join(", ");
            let message = match calls.len() {
                1 => format!("module {names} {reason}; its resources are not evaluated"),
                count => format!(
                    "{count} modules {}; their resources are not evaluated: {names}",
                    reason.replacen("is ", "are ", 1)
                ),
            };
            let diagnostic = Diagnostic::new(&codes::TFS009, message).at(first);
            self.report(diagnostic.help("run `terraform init` first, or evaluate a plan"));
        }
    }

    /// Reports arguments that the module does not take and values that it needs.
    fn check_arguments(&self, block: &Block, name: &str, module: &super::configuration::Module) {
        const META: &[&str] = &[
            "source",
            "version",
            "count",
            "for_each",
            "providers",
            "depends_on",
        ];
        for attribute in block.body.attributes() {
            if !META.contains(&&*attribute.name) && !module.variables.contains_key(&attribute.name) {
                let message = format!("module `{name}` has no variable `{}`", attribute.name);
                let mut wrong = Diagnostic::new(&codes::TFS004, message).at(&attribute.name_span);
                wrong.help = did_you_mean(&attribute.name, module.variables.keys().map(|known| &**known));
                self.report(wrong);
            }
        }
        for (variable, declaration) in &module.variables {
            if declaration.body.attribute("default").is_none() && block.body.attribute(variable).is_none() {
                self.report(
                    Diagnostic::new(
                        &codes::TFS008,
                        format!("module `{name}` needs a value for `{variable}`"),
                    )
                    .label(&block.header, "")
                    .label(&declaration.header, "declared here without a default"),
                );
            }
        }
    }

    /// The instances of a resource block.
    pub(super) fn resource_instances(
        &self,
        instance: &Rc<Instance>,
        position: usize,
        at: &Span,
    ) -> Result<Rc<Expansion>, Fault> {
        let describe = || {
            let block = instance.module.resources.get(position);
            cycle(
                &block
                    .map(super::configuration::ResourceBlock::local_address)
                    .unwrap_or_default(),
                at,
            )
        };
        self.once(&instance.resources, &position, describe, || {
            Rc::new(self.expand_resource(instance, position))
        })
    }

    fn expand_resource(&self, instance: &Rc<Instance>, position: usize) -> Expansion {
        let Some(block) = instance.module.resources.get(position) else {
            return Expansion::Count(Vec::new());
        };
        let kind = if block.mode == ResourceMode::Data {
            "data"
        } else {
            "resource"
        };
        let block_address = instance.absolute(&block.local_address());
        let shape = shape_of(kind, &block.resource_type);
        let make =
            |key: &str, each: Each, condition: Option<Arc<str>>, shared: Option<Arc<str>>, many: bool| {
                Rc::new(ResourceInstance {
                    address: format!("{block_address}{key}").into(),
                    block_address: block_address.clone(),
                    module: instance.clone(),
                    position,
                    each,
                    shape: shape.clone(),
                    shared: both(instance.condition.as_ref(), shared.or_else(|| condition.clone())),
                    condition: both(instance.condition.as_ref(), condition),
                    many: many || instance.many,
                    attributes: std::cell::RefCell::default(),
                    whole: std::cell::OnceCell::new(),
                })
            };
        match self.repetition(&block.block.body, instance, &block_address) {
            Repetition::Single => Expansion::Single(make("", Each::default(), None, None, false)),
            Repetition::Count(count) => Expansion::Count(
                (0..count)
                    .map(|index| make(&format!("[{index}]"), Each::counted(index), None, None, false))
                    .collect(),
            ),
            Repetition::Each(pairs) => Expansion::Each(
                pairs
                    .into_iter()
                    .map(|(key, value)| {
                        let instance = make(&key_text(&key), Each::keyed(&key, value), None, None, false);
                        (key, instance)
                    })
                    .collect(),
            ),
            Repetition::Unknown {
                key,
                each,
                condition,
                shared,
                many,
            } => Expansion::Unknown(make(key, *each, Some(condition), shared, many)),
        }
    }
}

impl Each {
    fn counted(index: usize) -> Self {
        Self {
            index: Some(Val::length(index)),
            ..Self::default()
        }
    }

    fn keyed(key: &str, value: Val) -> Self {
        Self {
            key: Some(Val::string(key)),
            value: Some(value),
            index: None,
        }
    }

    pub(super) fn unknown(unknown: &Arc<Unknown>, counted: bool) -> Self {
        if counted {
            return Self {
                index: Some(Val::unknown(Type::Number, unknown.clone())),
                ..Self::default()
            };
        }
        Self {
            key: Some(Val::unknown(Type::String, unknown.clone())),
            value: Some(Val::unknown(Type::Dynamic, unknown.clone())),
            index: None,
        }
    }
}

/// `["key"]` as an address spells it.
fn key_text(key: &str) -> String {
    crate::resource::InstanceKey::Str(key.to_owned()).to_string()
}

fn both(outer: Option<&Arc<str>>, inner: Option<Arc<str>>) -> Option<Arc<str>> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(format!("{outer}; {inner}").into()),
        (Some(outer), None) => Some(outer.clone()),
        (None, inner) => inner,
    }
}
