//! What names mean: variables, locals, resources, modules and the built-in objects.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::codes;
use super::cty::{Type, Val, convert, without_null};
use super::evaluation::{
    CallExpansion, Evaluation, Expansion, Fault, Instance, Open, ResourceInstance, Scope, Traced, fault,
};
use super::shape::Nesting;
use super::undeclared::{named, undeclared};
use crate::document::hcl::TraversalStep;
use crate::resource::ResourceMode;
use crate::source::Span;
use crate::value::{TextPart, Unknown, UnknownReason};

/// A value and the steps that are still to be applied to it.
type Resolved<'t> = (Val, &'t [TraversalStep]);

impl Evaluation<'_> {
    /// The value of the name `root`, which takes as many steps as its meaning needs.
    pub(super) fn reference<'t>(
        &self,
        root: &str,
        steps: &'t [TraversalStep],
        scope: &Scope<'_>,
        at: &Span,
    ) -> Result<Resolved<'t>, Fault> {
        match root {
            "var" => {
                let (name, span, rest) = name_step(root, steps, at)?;
                Ok((self.variable(scope.instance, name, span)?, rest))
            }
            "local" => {
                let (name, span, rest) = name_step(root, steps, at)?;
                Ok((self.local(scope.instance, name, span)?, rest))
            }
            "each" => {
                let (name, span, rest) = name_step(root, steps, at)?;
                let value = scope.each.and_then(|each| match &**name {
                    "key" => each.key.clone(),
                    "value" => each.value.clone(),
                    _ => None,
                });
                let value = value.ok_or_else(|| {
                    fault(
                        &codes::TFS004,
                        format!("`each.{name}` exists only in a block with `for_each`"),
                        span,
                    )
                })?;
                Ok((value, rest))
            }
            "count" => {
                let (_, span, rest) = name_step(root, steps, at)?;
                let value = scope.each.and_then(|each| each.index.clone()).ok_or_else(|| {
                    fault(
                        &codes::TFS004,
                        "`count.index` exists only in a block with `count`",
                        span,
                    )
                })?;
                Ok((value, rest))
            }
            "path" => {
                let (name, span, rest) = name_step(root, steps, at)?;
                let text = match &**name {
                    "module" => self.path_module(scope.instance),
                    "root" => ".".to_owned(),
                    // Where the command runs is not part of the code.
                    "cwd" => {
                        let unknown = Unknown::new(UnknownReason::Expression)
                            .with_refs(["path.cwd".into()])
                            .non_null();
                        return Ok((Val::unknown(Type::String, Arc::new(unknown)), rest));
                    }
                    _ => return Err(fault(&codes::TFS004, format!("there is no `path.{name}`"), span)),
                };
                Ok((Val::string(&text), rest))
            }
            "terraform" => {
                let (name, span, rest) = name_step(root, steps, at)?;
                match &**name {
                    "workspace" => {
                        let value = match &self.options.workspace {
                            Some(workspace) => Val::string(workspace),
                            None => {
                                let unknown = Unknown::new(UnknownReason::Variable)
                                    .with_refs(["terraform.workspace".into()])
                                    .non_null();
                                Val::unknown(Type::String, Arc::new(unknown))
                            }
                        };
                        Ok((value, rest))
                    }
                    "applying" => Ok((Val::bool(false), rest)),
                    _ => Err(fault(
                        &codes::TFS004,
                        format!("there is no `terraform.{name}`"),
                        span,
                    )),
                }
            }
            "self" => Err(fault(
                &codes::TFS004,
                "`self` exists only in provisioners and conditions",
                at,
            )),
            "module" => {
                let (name, span, rest) = name_step(root, steps, at)?;
                self.module_reference(scope, name, rest, span)
            }
            "data" => {
                let (resource_type, _, rest) = name_step(root, steps, at)?;
                self.resource_reference(scope, ResourceMode::Data, resource_type, rest, at)
            }
            "resource" => {
                let (resource_type, _, rest) = name_step(root, steps, at)?;
                self.resource_reference(scope, ResourceMode::Managed, resource_type, rest, at)
            }
            "ephemeral" => {
                let refs = steps.iter().take(2).filter_map(|step| match step {
                    TraversalStep::Attribute(name, _) => Some(&**name),
                    _ => None,
                });
                let text = std::iter::once("ephemeral")
                    .chain(refs)
                    .collect::<Vec<_>>()
                    .join(".");
                let unknown = Unknown::new(UnknownReason::DataSource).with_refs([text.into()]);
                Ok((
                    Val::unknown(Type::Dynamic, Arc::new(unknown)).marked(true),
                    steps.get(2..).unwrap_or_default(),
                ))
            }
            resource_type => {
                self.resource_reference(scope, ResourceMode::Managed, &resource_type.into(), steps, at)
            }
        }
    }

    fn path_module(&self, instance: &Instance) -> String {
        let directory = &instance.module.directory;
        if *directory == self.root {
            return ".".to_owned();
        }
        let prefix = if self.root.is_empty() {
            String::new()
        } else {
            format!("{}/", self.root)
        };
        match directory.strip_prefix(&prefix) {
            Some(inside) => inside.to_owned(),
            None => {
                let up = self.root.split('/').filter(|part| !part.is_empty());
                let shared = up
                    .clone()
                    .zip(directory.split('/'))
                    .take_while(|(a, b)| a == b)
                    .count();
                let ups = up.count() - shared;
                let down = directory.split('/').skip(shared);
                std::iter::repeat_n("..", ups)
                    .chain(down)
                    .collect::<Vec<_>>()
                    .join("/")
            }
        }
    }

    /// The value of a local.
    pub(super) fn local(&self, instance: &Rc<Instance>, name: &Arc<str>, at: &Span) -> Result<Val, Fault> {
        let Some(expr) = instance.module.locals.get(name) else {
            let what = format!("local.{name}");
            self.report(undeclared(&what, instance.module.locals.keys(), name, at));
            return Ok(named(UnknownReason::Expression, &instance.absolute(&what)));
        };
        self.once(
            &instance.locals,
            name,
            || cycle(&format!("local.{name}"), at),
            || self.settle(self.eval(expr, &Scope::of(instance))),
        )
    }

    /// The value of an output of an instance.
    pub(super) fn output(&self, instance: &Rc<Instance>, name: &Arc<str>, at: &Span) -> Result<Val, Fault> {
        let Some(block) = instance.module.outputs.get(name) else {
            let message = format!("`{}` has no output `{name}`", instance.address);
            // Terraform looks for outputs when it evaluates, so `try` helps.
            return Err(fault(&codes::TFS006, message, at));
        };
        self.once(
            &instance.outputs,
            name,
            || cycle(&instance.absolute(name), at),
            || {
                let Some(attribute) = block.body.attribute("value") else {
                    return super::evaluation::failed();
                };
                let value = self.settle(self.eval(&attribute.expr, &Scope::of(instance)));
                if self.flag(block, "ephemeral") {
                    let reference = instance.absolute(&format!("output.{name}"));
                    let unknown = Unknown::new(UnknownReason::Expression).with_refs([reference]);
                    return Val::unknown(value.ty(), Arc::new(unknown)).marked(true);
                }
                value.marked(self.flag(block, "sensitive"))
            },
        )
    }

    fn module_reference<'t>(
        &self,
        scope: &Scope<'_>,
        name: &Arc<str>,
        rest: &'t [TraversalStep],
        at: &Span,
    ) -> Result<Resolved<'t>, Fault> {
        let Some(_) = scope.instance.module.calls.get(name) else {
            let what = format!("module.{name}");
            self.report(undeclared(&what, scope.instance.module.calls.keys(), name, at));
            let value = named(UnknownReason::Expression, &scope.instance.absolute(&what));
            return Ok((value, &[]));
        };
        let expansion = self.call_instances(scope.instance, name, at)?;
        // Naming one output asks for that output only; everything else needs all of them.
        let (instance, rest) = match (&*expansion, rest.split_first()) {
            (CallExpansion::Unavailable(unknown), Some((TraversalStep::Attribute(..), rest))) => {
                return Ok((Val::unknown(Type::Dynamic, unknown.clone()), rest));
            }
            (CallExpansion::Unavailable(unknown), _) => {
                return Ok((Val::unknown(Type::Dynamic, unknown.clone()), &[]));
            }
            (CallExpansion::Single(instance), _) => (instance.clone(), rest),
            (CallExpansion::Unknown(instance), Some((TraversalStep::Index(_), rest))) => {
                (instance.clone(), rest)
            }
            (CallExpansion::Unknown(instance), _) => {
                let unknown = Unknown::new(UnknownReason::Expression).with_refs([instance.address.clone()]);
                return Ok((Val::unknown(Type::Dynamic, Arc::new(unknown)), &[]));
            }
            (
                CallExpansion::Count(_) | CallExpansion::Each(_),
                Some((TraversalStep::Index(index), after)),
            ) => {
                let key = self.eval(index, scope)?;
                match instance_at(&expansion, &key) {
                    Some(instance) => (instance, after),
                    None => return Ok((self.all_outputs(&expansion, at)?, rest)),
                }
            }
            _ => return Ok((self.all_outputs(&expansion, at)?, rest)),
        };
        match rest.split_first() {
            Some((TraversalStep::Attribute(output, span), rest)) => {
                Ok((self.output(&instance, output, span)?, rest))
            }
            _ => Ok((self.outputs(&instance, at)?, rest)),
        }
    }

    fn outputs(&self, instance: &Rc<Instance>, at: &Span) -> Result<Val, Fault> {
        let count = u64::try_from(instance.module.outputs.len()).unwrap_or(u64::MAX);
        self.spend(count, at)?;
        let outputs = instance
            .module
            .outputs
            .keys()
            .map(|name| Ok((name.clone(), self.output(instance, name, at)?)))
            .collect::<Result<BTreeMap<_, _>, Fault>>()?;
        Ok(Val::object(outputs))
    }

    fn all_outputs(&self, expansion: &CallExpansion, at: &Span) -> Result<Val, Fault> {
        match expansion {
            CallExpansion::Single(instance) | CallExpansion::Unknown(instance) => self.outputs(instance, at),
            CallExpansion::Count(instances) => Ok(Val::tuple(
                instances
                    .iter()
                    .map(|instance| self.outputs(instance, at))
                    .collect::<Result<_, _>>()?,
            )),
            CallExpansion::Each(instances) => Ok(Val::object(
                instances
                    .iter()
                    .map(|(key, instance)| Ok((key.clone(), self.outputs(instance, at)?)))
                    .collect::<Result<_, Fault>>()?,
            )),
            CallExpansion::Unavailable(unknown) => Ok(Val::unknown(Type::Dynamic, unknown.clone())),
        }
    }

    fn resource_reference<'t>(
        &self,
        scope: &Scope<'_>,
        mode: ResourceMode,
        resource_type: &Arc<str>,
        steps: &'t [TraversalStep],
        at: &Span,
    ) -> Result<Resolved<'t>, Fault> {
        let Some((TraversalStep::Attribute(name, span), rest)) = steps.split_first() else {
            let message = format!("`{resource_type}` is not a name that is known here");
            let mut wrong = fault(&codes::TFS004, message, at);
            // Other languages write it so. It can mean nothing else, and the argument is worth judging.
            if let Some(meant) = miswritten_bool(resource_type) {
                wrong.help = Some(format!("did you mean `{meant}`?"));
                self.report(*wrong);
                return Ok((Val::bool(meant), steps));
            }
            wrong.help = Some("a reference is `var.…`, `local.…`, `module.…`, `data.TYPE.NAME` or `TYPE.NAME`; a text is quoted".to_owned());
            return Err(wrong);
        };
        let module = &scope.instance.module;
        let Some(position) = module.resource(mode, resource_type, name) else {
            let data = if mode == ResourceMode::Data { "data." } else { "" };
            let names = module
                .resources
                .iter()
                .filter(|known| known.resource_type == *resource_type);
            let names: Vec<Arc<str>> = names.map(|known| known.name.clone()).collect();
            let what = format!("{data}{resource_type}.{name}");
            self.report(undeclared(&what, names.iter(), name, span));
            let address = scope.instance.absolute(&what);
            return Ok(self.missing_resource(mode, resource_type, &address, rest));
        };
        let expansion = self.resource_instances(scope.instance, position, span)?;
        if let Some(whole) = scope.instance.wholes.borrow().get(&position) {
            return Ok((whole.clone(), rest));
        }
        let whole = self.expansion_value(&expansion);
        scope.instance.wholes.borrow_mut().insert(position, whole.clone());
        Ok((whole, rest))
    }

    fn expansion_value(&self, expansion: &Expansion) -> Val {
        match expansion {
            Expansion::Single(instance) => self.resource_value(instance),
            Expansion::Count(instances) => Val::tuple(
                instances
                    .iter()
                    .map(|instance| self.resource_value(instance))
                    .collect(),
            ),
            Expansion::Each(instances) => Val::object(
                instances
                    .iter()
                    .map(|(key, instance)| (key.clone(), self.resource_value(instance)))
                    .collect(),
            ),
            Expansion::Unknown(instance) => {
                let unknown = Unknown::new(reason_of(instance))
                    .with_refs([instance.block_address.clone()])
                    .non_null();
                self.opened(unknown, Open::Instances(instance.clone()))
            }
        }
    }

    /// A resource as a value: unknown as a whole, its attributes can be asked for.
    pub(super) fn resource_value(&self, resource: &Rc<ResourceInstance>) -> Val {
        let Some(block) = resource.block() else {
            return super::evaluation::failed();
        };
        let open = || {
            let unknown = Unknown::new(reason_of(resource))
                .with_refs([resource.address.clone()])
                .non_null();
            let open = Open::Object {
                resource: resource.clone(),
                body: block.block.body.clone(),
                shape: resource.shape.clone(),
                whole: true,
            };
            self.opened(unknown, open)
        };
        resource.whole.get_or_init(open).clone()
    }

    /// An attribute of a resource or of one of its nested blocks: what was written, or unknown.
    pub(super) fn open_attribute(&self, open: &Open, name: &Arc<str>, at: &Span) -> Result<Val, Fault> {
        let (resource, body, shape, whole) = match open {
            Open::Object {
                resource,
                body,
                shape,
                whole,
            } => (resource, body, shape, *whole),
            Open::Instances(resource) => {
                let message = format!(
                    "`{}` has several instances; `{name}` is an attribute of one",
                    resource.block_address
                );
                return Err(fault(&codes::TFS006, message, at));
            }
        };
        if whole && let Some(traced) = self.trace.borrow_mut().as_mut() {
            traced.push(Traced {
                target: resource.address.clone(),
                attribute: name.clone(),
            });
        }
        if whole && let Some(value) = self.computed_attribute(resource, name, at)? {
            return Ok(value);
        }
        let attribute_shape = shape.as_ref().and_then(|shape| shape.attributes.get(name));
        let ty = match attribute_shape {
            Some(shape) => shape.ty.without_optional(),
            None if matches!(&**name, "id" | "arn") => Type::String,
            None => Type::Dynamic,
        };
        let unwritten = |ty: Type| {
            let mut unknown = Unknown::new(reason_of(resource)).with_refs([resource.address.clone()]);
            unknown.non_null = is_never_null(name);
            let names_it = resource
                .block()
                .is_some_and(|block| is_identity(block.mode, &block.resource_type, name));
            if whole && names_it {
                unknown.non_null = true;
                unknown.text.push(TextPart::Identity);
            }
            Val::unknown(ty, Arc::new(unknown))
        };
        let sensitive = attribute_shape.is_some_and(|shape| shape.sensitive);
        if let Some(attribute) = body.attribute(name)
            && !(whole && super::resources::META_ARGUMENTS.contains(&&**name))
        {
            let key = (Arc::as_ptr(body).addr(), name.clone());
            let value = self.once(
                &resource.attributes,
                &key,
                || cycle(&format!("{}.{name}", resource.address), at),
                || {
                    let scope = Scope::of(&resource.module).with_each(&resource.each);
                    let value = self.settle(self.eval(&attribute.expr, &scope));
                    // What does not fit is reported where the resource itself is evaluated.
                    convert(value, &ty).unwrap_or_else(|_| super::evaluation::failed())
                },
            )?;
            // Written as null means not written: the provider may still choose a value.
            let value = match attribute_shape {
                _ if value.is_null() => unwritten(ty),
                Some(shape) if shape.computed => without_null(value),
                _ => value,
            };
            return Ok(value.marked(sensitive));
        }
        let nested = shape.as_ref().and_then(|shape| shape.nested(name));
        let blocks = crate::input::terraform::block_locator::candidates(body, name);
        let plain = !blocks.is_empty() && blocks.iter().all(|block| &*block.kind != "dynamic");
        let listed = nested
            .as_ref()
            .is_none_or(|nested| nested.nesting == Nesting::List);
        if plain && listed {
            let open = || {
                let elements = blocks.iter().map(|block| {
                    let unknown = Unknown::new(reason_of(resource))
                        .with_refs([resource.address.clone()])
                        .non_null();
                    let open = Open::Object {
                        resource: resource.clone(),
                        body: block.body.clone(),
                        shape: nested.as_ref().map(|nested| nested.body.clone()),
                        whole: false,
                    };
                    self.opened(unknown, open)
                });
                Val::tuple(elements.collect())
            };
            let key = (Arc::as_ptr(body).addr(), name.clone());
            let again = || cycle(&format!("{}.{name}", resource.address), at);
            return self.once(&resource.attributes, &key, again, open);
        }
        Ok(unwritten(ty).marked(sensitive))
    }
}

/// An attribute that names one thing: the resource itself, or where Terraform works.
pub(super) fn is_identity(mode: ResourceMode, resource_type: &str, name: &str) -> bool {
    match (mode, resource_type) {
        (ResourceMode::Managed, "aws_s3_bucket") if name == "bucket" => true,
        (ResourceMode::Managed, _) => matches!(name, "id" | "arn"),
        (ResourceMode::Data, "aws_caller_identity") => matches!(name, "id" | "account_id" | "arn"),
        (ResourceMode::Data, "aws_partition") => matches!(name, "id" | "partition"),
        (ResourceMode::Data, "aws_region") => matches!(name, "id" | "name" | "region"),
        _ => false,
    }
}

/// An attribute that every resource of AWS that has it fills in: nobody makes a resource without a name.
pub(super) fn is_never_null(name: &str) -> bool {
    matches!(name, "id" | "arn" | "name") || name.ends_with("_arn") || name.ends_with("_id")
}

/// Data sources are read, resources are made.
fn reason_of(resource: &ResourceInstance) -> UnknownReason {
    match resource.block().map(|block| block.mode) {
        Some(ResourceMode::Data) => UnknownReason::DataSource,
        _ => UnknownReason::Reference,
    }
}

fn instance_at(expansion: &CallExpansion, key: &Val) -> Option<Rc<Instance>> {
    match expansion {
        CallExpansion::Count(instances) => {
            let number = convert(key.clone(), &Type::Number).ok()?;
            instances.get(number.as_number()?.as_integer::<usize>()?).cloned()
        }
        CallExpansion::Each(instances) => {
            let text = convert(key.clone(), &Type::String).ok()?;
            instances.get(text.as_str()?).cloned()
        }
        _ => None,
    }
}

fn name_step<'t>(
    root: &str,
    steps: &'t [TraversalStep],
    at: &Span,
) -> Result<(&'t Arc<str>, &'t Span, &'t [TraversalStep]), Fault> {
    match steps.split_first() {
        Some((TraversalStep::Attribute(name, span), rest)) => Ok((name, span, rest)),
        _ => Err(fault(
            &codes::TFS004,
            format!("a name is missing after `{root}.`"),
            at,
        )),
    }
}

pub(super) fn cycle(what: &str, at: &Span) -> Fault {
    fault(&codes::TFS005, format!("`{what}` depends on itself"), at)
}

/// `True` and `FALSE`, which HCL takes for names.
fn miswritten_bool(name: &str) -> Option<bool> {
    let is = |word: &str| name.eq_ignore_ascii_case(word);
    match (is("true"), is("false")) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

impl Evaluation<'_> {
    /// The value of a variable of an instance.
    pub(super) fn variable(&self, instance: &Rc<Instance>, name: &Arc<str>, at: &Span) -> Result<Val, Fault> {
        let Some(block) = instance.module.variables.get(name) else {
            let what = format!("var.{name}");
            self.report(undeclared(&what, instance.module.variables.keys(), name, at));
            return Ok(named(UnknownReason::Variable, &instance.absolute(&what)));
        };
        self.once(
            &instance.variables,
            name,
            || cycle(&format!("var.{name}"), at),
            || self.variable_value(instance, name, block),
        )
    }
}
