//! Input variables: values by Terraform's order of precedence, type constraints, optional attributes.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::codes;
use super::configuration::Module;
use super::cty::{Attribute as TypeAttribute, Data, Type, Val, convert, or_default, without_null};
use super::evaluation::{Evaluation, Fault, Instance, Scope, fault};
use super::files::{child, join, read_text};
use super::json_syntax;
use super::{Assignment, SourceOptions};
use crate::diagnostic::{Diagnostic, Level};
use crate::document::hcl::{self, Block, Body, Expr, ExprKind, Literal};
use crate::document::json;
use crate::source::{Source, Span};
use crate::value::{Unknown, UnknownReason};

/// Values given to the root module from outside.
pub(super) type Given = BTreeMap<Arc<str>, GivenValue>;

/// A value given from outside, before it is converted.
#[derive(Clone, Debug)]
pub(super) enum GivenValue {
    /// Evaluated already.
    Value(Val, Option<Span>),
    /// A text that is taken literally for a variable of a primitive type and as an expression otherwise.
    Text(Arc<Source>),
}

/// A type constraint with the defaults of its optional attributes.
#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) ty: Type,
    defaults: Option<Defaults>,
}

/// Defaults of optional attributes.
#[derive(Debug, Default)]
struct Defaults {
    attributes: BTreeMap<Arc<str>, Val>,
    children: BTreeMap<Arc<str>, Defaults>,
    element: Option<Box<Defaults>>,
}

impl Evaluation<'_> {
    /// Reads everything that gives values to the root module, later ones replacing earlier ones as in Terraform:
    /// environment, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars(.json)`, then the command line in order.
    pub(super) fn given(&self, module: &Rc<Module>) -> Given {
        let mut given = Given::new();
        let options: &SourceOptions<'_> = self.options;
        for (name, text) in &options.environment {
            let source = Source::new(format!("TF_VAR_{name}"), text.as_str());
            // The environment may hold values for other root modules.
            if module.variables.contains_key(name.as_str()) {
                given.insert(name.as_str().into(), GivenValue::Text(source));
            }
        }
        let names = self.files.list(&self.root);
        for name in ["terraform.tfvars", "terraform.tfvars.json"] {
            if names.iter().any(|known| known == name) {
                self.value_file(&child(&self.root, name), module, &mut given);
            }
        }
        for name in names
            .iter()
            .filter(|name| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json"))
        {
            self.value_file(&child(&self.root, name), module, &mut given);
        }
        for assignment in &options.assignments {
            let name = match assignment {
                Assignment::File(path) => {
                    match join("", path) {
                        Some(path) => self.value_file(&path, module, &mut given),
                        None => self.report(
                            Diagnostic::new(
                                &codes::TFS015,
                                format!("`{path}` lies outside of the files that are read"),
                            )
                            .in_file(path),
                        ),
                    }
                    continue;
                }
                Assignment::Text(name, _) | Assignment::Value(name, _) => name,
            };
            let source = Source::new(
                format!("--var {name}"),
                match assignment {
                    Assignment::Text(_, text) => text.as_str(),
                    _ => "",
                },
            );
            if !module.variables.contains_key(name.as_str()) {
                self.report(
                    Diagnostic::new(
                        &codes::TFS013,
                        format!("the root module declares no variable `{name}`"),
                    )
                    .at(&Span::new(source.clone(), 0, source.text().len()))
                    .level(Level::Error),
                );
                continue;
            }
            let value = match assignment {
                Assignment::Value(_, value) => GivenValue::Value(Val::from_value(value), None),
                _ => GivenValue::Text(source),
            };
            given.insert(name.as_str().into(), value);
        }
        given
    }

    fn value_file(&self, path: &str, module: &Rc<Module>, given: &mut Given) {
        let Some(read) = read_text(self.files, path) else {
            self.report(
                Diagnostic::new(
                    &codes::TFS015,
                    format!("the file `{}` does not exist", self.files.name(path)),
                )
                .in_file(&self.files.name(path))
                .help("check the path of `--var-file`"),
            );
            return;
        };
        let body = match read {
            Err(diagnostic) => return self.report(diagnostic),
            Ok(source) if path.ends_with(".json") => match json::parse(&source) {
                Ok(root) => {
                    let mut diagnostics = Vec::new();
                    let body = json_syntax::values(&root, &mut diagnostics);
                    diagnostics
                        .into_iter()
                        .for_each(|diagnostic| self.report(diagnostic));
                    body
                }
                Err(errors) => return errors.into_iter().for_each(|error| self.report(error)),
            },
            Ok(source) => {
                let document = hcl::parse(&source);
                document
                    .diagnostics
                    .into_iter()
                    .for_each(|diagnostic| self.report(diagnostic));
                document.body
            }
        };
        self.file_values(&body, module, given);
    }

    fn file_values(&self, body: &Body, module: &Rc<Module>, given: &mut Given) {
        // A values file sees nothing of the module.
        let nothing = Rc::new(Instance::new(Rc::new(Module::default())));
        for attribute in body.attributes() {
            if !module.variables.contains_key(&attribute.name) {
                self.report(
                    Diagnostic::new(
                        &codes::TFS013,
                        format!("the root module declares no variable `{}`", attribute.name),
                    )
                    .at(&attribute.name_span),
                );
                continue;
            }
            let value = self.settle(self.eval(&attribute.expr, &Scope::of(&nothing)));
            given.insert(
                attribute.name.clone(),
                GivenValue::Value(value, Some(attribute.expr.span.clone())),
            );
        }
    }

    /// The value of a declared variable.
    pub(super) fn variable_value(&self, instance: &Rc<Instance>, name: &Arc<str>, block: &Block) -> Val {
        let constraint = self.constraint(block);
        let sensitive = self.flag(block, "sensitive");
        let nullable = block.body.attribute("nullable").is_none() || self.flag(block, "nullable");
        let (mut value, mut at) = match self.given_value(instance, name, block, &constraint) {
            Some((value, at)) => (Some(value), at),
            None => (None, None),
        };
        if value.as_ref().is_some_and(|value| value.is_null() && !nullable) {
            value = None;
        }
        if value.is_none()
            && let Some(default) = block.body.attribute("default")
        {
            value = Some(self.settle(self.eval(&default.expr, &Scope::of(instance))));
            at = Some(default.expr.span.clone());
        }
        let unknown = || {
            let unknown =
                Unknown::new(UnknownReason::Variable).with_refs([instance.absolute(&format!("var.{name}"))]);
            let unknown = if nullable { unknown } else { unknown.non_null() };
            Val::unknown(constraint.ty.without_optional(), Arc::new(unknown))
        };
        let Some(value) = value else {
            // Null was given where a value is needed; without any value it is not known what will be given.
            if let Some(at) = &at {
                let message = format!("`var.{name}` needs a value, and null is given");
                let diagnostic = Diagnostic::new(&codes::TFS008, message).at(at);
                self.report(diagnostic.label(&block.header, "declared with `nullable = false`"));
            }
            return unknown().marked(sensitive);
        };
        match constraint.convert(value) {
            // No plan and no state ever holds it, and neither does a report.
            Ok(_) if self.flag(block, "ephemeral") => unknown().marked(true),
            // A default that refers to nothing is evaluated where it is needed.
            Ok(value) if !nullable && !value.is_known() => match block.body.attribute("default") {
                Some(default) => {
                    let default = self.settle(self.eval(&default.expr, &Scope::of(instance)));
                    or_default(value, &default).marked(sensitive)
                }
                None => without_null(value).marked(sensitive),
            },
            Ok(value) => value.marked(sensitive),
            Err(message) => {
                let message = format!("the value of `var.{name}` does not fit its type: {message}");
                let diagnostic = Diagnostic::new(&codes::TFS008, message);
                let diagnostic = match &at {
                    Some(at) => diagnostic.at(at).label(&block.header, "declared here"),
                    None => diagnostic.at(&block.header),
                };
                self.report(diagnostic);
                unknown().marked(sensitive)
            }
        }
    }

    /// Reports a default that does not fit the type: Terraform refuses it, also where it is never used.
    pub(super) fn check_default(&self, instance: &Rc<Instance>, name: &str, block: &Block) {
        let Some(default) = block.body.attribute("default") else {
            return;
        };
        // What fails here was reported where the default is used.
        let Ok(value) = self.eval(&default.expr, &Scope::of(instance)) else {
            return;
        };
        let nullable = block.body.attribute("nullable").is_none() || self.flag(block, "nullable");
        let wrong = match self.constraint(block).convert(value) {
            Ok(value) if value.is_null() && !nullable => "null, and the variable is not nullable".to_owned(),
            Ok(_) => return,
            Err(message) => message,
        };
        let message = format!("the default of `var.{name}` does not fit its type: {wrong}");
        let used = format!("the value of `var.{name}` does not fit its type: {wrong}");
        // Once is enough where the default is also the value.
        if !self.has_reported(&codes::TFS008, &used) {
            self.report(Diagnostic::new(&codes::TFS008, message).at(&default.expr.span));
        }
    }

    /// Reports a value that the `validation` blocks of its variable refuse: Terraform makes no plan of it. What is not
    /// known is not refused.
    pub(super) fn validate(&self, instance: &Rc<Instance>, name: &str, block: &Block) {
        let scope = Scope::of(instance);
        for validation in block.body.blocks_of("validation") {
            let Some(condition) = validation.body.attribute("condition") else {
                continue;
            };
            let holds = match self.eval(&condition.expr, &scope) {
                Ok(holds) => holds,
                Err(fault) => {
                    self.report(*fault);
                    continue;
                }
            };
            let null = holds.is_null();
            let holds = match convert(holds, &Type::Bool) {
                Ok(holds) if !holds.is_null() => holds,
                _ => {
                    let message = format!(
                        "a validation of `var.{name}` is {}, neither true nor false",
                        if null { "null" } else { "not a bool" }
                    );
                    self.report(Diagnostic::new(&codes::TFS006, message).at(&condition.expr.span));
                    continue;
                }
            };
            if holds.as_bool() != Some(false) {
                continue;
            }
            let words = validation.body.attribute("error_message").and_then(|message| {
                let message = self.eval(&message.expr, &scope).ok()?;
                (!message.has_sensitive()).then(|| message.as_str().map(str::to_owned))?
            });
            let words = words.map_or_else(String::new, |words| format!(": {}", words.trim_end_matches('.')));
            let message = format!("the value of `var.{name}` is not valid{words}");
            let diagnostic = Diagnostic::new(&codes::TFS008, message)
                .label(&condition.expr.span, "this is false")
                .label(&block.header, "declared here");
            self.report(match instance.calls.first() {
                Some(call) => diagnostic.label(call, "called here"),
                None => diagnostic,
            });
        }
    }

    fn given_value(
        &self,
        instance: &Rc<Instance>,
        name: &Arc<str>,
        block: &Block,
        constraint: &Constraint,
    ) -> Option<(Val, Option<Span>)> {
        if let Some(parent) = &instance.parent {
            let call = parent.instance.module.calls.get(&parent.call)?;
            let attribute = call.body.attribute(name)?;
            let scope = Scope::of(&parent.instance).with_each(&parent.each);
            let value = self.settle(self.eval(&attribute.expr, &scope));
            return Some((value, Some(attribute.expr.span.clone())));
        }
        match self.root_values.get()?.get(name)? {
            GivenValue::Value(value, at) => Some((value.clone(), at.clone())),
            GivenValue::Text(source) => {
                let whole = Span::new(source.clone(), 0, source.text().len());
                // Without a declared type the text is taken literally.
                if block.body.attribute("type").is_none() || constraint.ty.is_primitive() {
                    return Some((Val::string(source.text()), Some(whole)));
                }
                let nothing = Rc::new(Instance::new(Rc::new(Module::default())));
                let value = hcl::parse_expression(source)
                    .map_err(Box::new)
                    .and_then(|expr| self.eval(&expr, &Scope::of(&nothing)));
                Some((self.settle(value), Some(whole)))
            }
        }
    }

    /// A literal boolean argument of a block.
    pub(super) fn flag(&self, block: &Block, name: &str) -> bool {
        match block.body.attribute(name).map(|attribute| &attribute.expr.kind) {
            Some(ExprKind::Literal(Literal::Bool(value))) => *value,
            Some(ExprKind::Literal(Literal::String(text))) => &**text == "true",
            _ => false,
        }
    }

    fn constraint(&self, block: &Block) -> Constraint {
        let any = Constraint {
            ty: Type::Dynamic,
            defaults: None,
        };
        let Some(attribute) = block.body.attribute("type") else {
            return any;
        };
        match self.type_constraint(&attribute.expr) {
            Ok((ty, defaults)) => Constraint { ty, defaults },
            Err(fault) => {
                self.report(*fault);
                any
            }
        }
    }

    /// Reads a type. Recursion follows the nesting of the expression, which the parser bounds.
    fn type_constraint(&self, expr: &Expr) -> Result<(Type, Option<Defaults>), Fault> {
        let word = match &expr.kind {
            ExprKind::Variable(word) => word,
            // The oldest spelling puts the word into quotes.
            ExprKind::Literal(Literal::String(word)) => word,
            ExprKind::Parenthesis(inner) => return self.type_constraint(inner),
            ExprKind::Call(call) => return self.type_call(call, expr),
            _ => return Err(fault(&codes::TFS012, "this is not a type", &expr.span)),
        };
        let ty = match &**word {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "any" => Type::Dynamic,
            "list" => Type::list(Type::Dynamic),
            "set" => Type::set(Type::Dynamic),
            "map" => Type::map(Type::Dynamic),
            other => {
                return Err(fault(
                    &codes::TFS012,
                    format!("`{other}` is not a type"),
                    &expr.span,
                ));
            }
        };
        Ok((ty, None))
    }

    fn type_call(&self, call: &hcl::Call, expr: &Expr) -> Result<(Type, Option<Defaults>), Fault> {
        let [arg] = call.args.as_slice() else {
            return Err(fault(
                &codes::TFS012,
                format!("`{}` takes one argument", call.name),
                &expr.span,
            ));
        };
        let collection = |make: fn(Type) -> Type| {
            let (element, defaults) = self.type_constraint(arg)?;
            let defaults = defaults.map(|defaults| Defaults {
                element: Some(Box::new(defaults)),
                ..Defaults::default()
            });
            Ok((make(element), defaults))
        };
        match (&*call.name, &arg.kind) {
            ("list", _) => collection(Type::list),
            ("set", _) => collection(Type::set),
            ("map", _) => collection(Type::map),
            ("tuple", ExprKind::Tuple(items)) => {
                let mut elements = Vec::new();
                let mut children = BTreeMap::new();
                for (index, item) in items.iter().enumerate() {
                    let (ty, defaults) = self.type_constraint(item)?;
                    elements.push(ty);
                    children.extend(defaults.map(|defaults| (index.to_string().into(), defaults)));
                }
                let defaults = (!children.is_empty()).then(|| Defaults {
                    children,
                    ..Defaults::default()
                });
                Ok((Type::tuple(elements), defaults))
            }
            ("object", ExprKind::Object(items)) => self.object_type(items),
            _ => Err(fault(
                &codes::TFS012,
                format!("`{}` is not a type", call.name),
                &expr.span,
            )),
        }
    }

    fn object_type(&self, items: &[hcl::ObjectItem]) -> Result<(Type, Option<Defaults>), Fault> {
        let mut attributes = BTreeMap::new();
        let mut defaults = Defaults::default();
        for item in items {
            let ExprKind::Literal(Literal::String(name)) = &item.key.kind else {
                return Err(fault(
                    &codes::TFS012,
                    "the name of an attribute is a plain word",
                    &item.key.span,
                ));
            };
            let (inner, default, optional) = match &item.value.kind {
                ExprKind::Call(call) if &*call.name == "optional" => match call.args.as_slice() {
                    [ty] => (ty, None, true),
                    [ty, default] => (ty, Some(default), true),
                    _ => {
                        return Err(fault(
                            &codes::TFS012,
                            "`optional` takes a type and a default",
                            &item.value.span,
                        ));
                    }
                },
                _ => (&item.value, None, false),
            };
            let (ty, nested) = self.type_constraint(inner)?;
            if let Some(default) = default {
                let nothing = Rc::new(Instance::new(Rc::new(Module::default())));
                let value = self.eval(default, &Scope::of(&nothing))?;
                let value = nested
                    .as_ref()
                    .map_or(value.clone(), |nested| nested.apply(value));
                let value = convert(value, &ty).map_err(|error| {
                    fault(
                        &codes::TFS012,
                        format!("the default does not fit its type: {error}"),
                        &default.span,
                    )
                })?;
                defaults.attributes.insert(name.clone(), value);
            }
            defaults
                .children
                .extend(nested.map(|nested| (name.clone(), nested)));
            attributes.insert(name.clone(), TypeAttribute { ty, optional });
        }
        let some = !defaults.attributes.is_empty() || !defaults.children.is_empty();
        Ok((Type::constraint(attributes), some.then_some(defaults)))
    }
}

impl Constraint {
    fn convert(&self, value: Val) -> Result<Val, String> {
        let value = match &self.defaults {
            Some(defaults) => defaults.apply(value),
            None => value,
        };
        convert(value, &self.ty).map_err(|error| error.to_string())
    }
}

impl Defaults {
    /// Fills in what was left out. Recursion follows the nesting of the type.
    fn apply(&self, value: Val) -> Val {
        let sensitive = value.sensitive;
        let filled = match value.data {
            Data::Map(_, elements) | Data::Object(elements) if self.element.is_none() => {
                let mut elements = elements.into_inner();
                for (name, default) in &self.attributes {
                    let value = match elements.remove(name) {
                        Some(value) => or_default(value, default),
                        None => default.clone(),
                    };
                    elements.insert(name.clone(), value);
                }
                for (name, nested) in &self.children {
                    if let Some(element) = elements.remove(name) {
                        elements.insert(name.clone(), nested.apply(element));
                    }
                }
                Val::object(elements)
            }
            Data::Map(_, elements) | Data::Object(elements) => Val::object(
                elements
                    .into_iter()
                    .map(|(key, element)| (key, self.each(element)))
                    .collect(),
            ),
            Data::Tuple(elements) | Data::List(_, elements) | Data::Set(_, elements) => Val::tuple(
                elements
                    .into_iter()
                    .enumerate()
                    .map(
                        |(index, element)| match self.children.get(index.to_string().as_str()) {
                            Some(nested) => nested.apply(element),
                            None => self.each(element),
                        },
                    )
                    .collect(),
            ),
            other => other.into(),
        };
        filled.marked(sensitive)
    }

    fn each(&self, element: Val) -> Val {
        match &self.element {
            Some(defaults) => defaults.apply(element),
            None => element,
        }
    }
}
