//! Nodes to values.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::conditions::Conditions;
use super::expression::{Expression, Form, Function};
use super::find_in_map;
use super::intrinsics;
use super::mappings::Mappings;
use super::parameters::{Argument, Arguments, Parameters, Target};
use super::scope::Scope;
use super::text::{self, Part};
use super::to_json_string;
use super::{codes, pseudo};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{MAX_DEPTH, Node, NodeKind};
use crate::input::InputContext;
use crate::resource::{Reference, ResourceId};
use crate::source::Span;
use crate::value::{AttributePath, Map, Step, TextPart, Unknown, UnknownReason, Value};

/// What every expression of a template can refer to.
pub(super) struct Template<'n> {
    pub(super) parameters: Parameters,
    pub(super) mappings: Mappings<'n>,
    /// Logical ids with the condition each resource names.
    pub(super) resources: HashMap<&'n str, Option<&'n str>>,
    pub(super) context: &'n InputContext,
    /// Something that is not evaluated may add resources, parameters or mappings to the template.
    pub(super) open: bool,
    /// What the logical ids begin with that a transform is known to add beside those it is known to add in full.
    pub(super) generated: Vec<Arc<str>>,
    /// The template declares `AWS::LanguageExtensions`, which lets names be computed.
    pub(super) extensions: bool,
    /// Where the template stands.
    pub(super) scope: Scope,
    /// The outputs of the nested stacks that were read, by logical id.
    pub(super) stacks: HashMap<Arc<str>, Arguments>,
}

impl Template<'_> {
    /// True when a resource of this name may exist that is not seen here.
    fn may_have(&self, name: &str) -> bool {
        self.open || self.generated.iter().any(|prefix| name.starts_with(&**prefix))
    }
}

/// Where an expression stands, which decides what it may refer to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Condition,
    Resource,
}

/// Evaluates expressions, collecting references and diagnostics on the way. `None` as a value is `AWS::NoValue`.
pub(super) struct Evaluator<'t, 'n> {
    pub(super) template: &'t Template<'n>,
    pub(super) conditions: &'t Conditions,
    place: Place,
    diagnostics: &'t mut Vec<Diagnostic>,
    references: Vec<Reference>,
    recorded: HashSet<(AttributePath, ResourceId, Option<Arc<str>>)>,
    path: Vec<Step>,
    /// Above zero while arguments are evaluated: what is inside a call belongs to the property of the call.
    inside_call: usize,
    depth: usize,
    /// The place of the innermost call, for what is wrong with what it names.
    at: Option<Span>,
}

impl<'t, 'n> Evaluator<'t, 'n> {
    pub(super) fn new(
        template: &'t Template<'n>,
        conditions: &'t Conditions,
        place: Place,
        diagnostics: &'t mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            template,
            conditions,
            place,
            diagnostics,
            references: Vec::new(),
            recorded: HashSet::new(),
            path: Vec::new(),
            inside_call: 0,
            depth: 0,
            at: None,
        }
    }

    /// The references met so far, each once per property.
    pub(super) fn into_references(self) -> Vec<Reference> {
        self.references
    }

    /// The resources referred to so far, each once.
    pub(super) fn into_targets(self) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for reference in self.references {
            for id in reference.targets {
                let target = Target {
                    id,
                    attribute: reference.attribute.clone(),
                };
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        targets
    }

    /// Evaluates an expression that is the value of the current property.
    pub(super) fn value(&mut self, expression: Expression<'_>) -> Option<Value> {
        if self.depth > MAX_DEPTH {
            return Some(self.wrong(
                &codes::CFN005,
                expression,
                "this is nested too deeply to be evaluated",
            ));
        }
        self.depth += 1;
        let value = self.evaluate(expression);
        self.depth -= 1;
        value
    }

    /// Evaluates an argument of a call.
    pub(super) fn argument(&mut self, expression: Expression<'_>) -> Option<Value> {
        self.inside_call += 1;
        let value = self.value(expression);
        self.inside_call -= 1;
        value
    }

    /// Evaluates an argument as a part of a text. `None` when it is a list, a mapping or nothing.
    pub(super) fn part(&mut self, expression: Expression<'_>) -> Option<Part> {
        if let Some(text) = expression.literal() {
            return Some(Part::Known(text));
        }
        self.argument(expression).as_ref().and_then(Part::from_value)
    }

    fn evaluate(&mut self, expression: Expression<'_>) -> Option<Value> {
        match expression.form() {
            Form::Data => Some(self.data(expression)),
            Form::Call(function, argument) => self.call(function, argument),
            Form::UnknownFunction(name) => {
                let diagnostic =
                    Diagnostic::new(&codes::CFN004, format!("`{name}` is no intrinsic function"))
                        .at(expression.span());
                self.diagnostics.push(match Function::nearest(&name) {
                    Some(known) => diagnostic.help(format!("did you mean `{known}`?")),
                    None => diagnostic,
                });
                Some(undecidable())
            }
            Form::ForEach(entry) => {
                let message = format!("`{}` stands where CloudFormation does not take a loop", entry.key);
                self.diagnostics.push(
                    Diagnostic::new(&codes::CFN016, message)
                        .at(&entry.key_span)
                        .help("loops are allowed in `Resources`, `Conditions` and `Outputs` only"),
                );
                Some(undecidable())
            }
            Form::Included => Some(undecidable()),
            Form::Mixed(entry) => {
                self.diagnostics.push(
                    Diagnostic::new(
                        &codes::CFN005,
                        format!("`{}` must be the only key of its mapping", entry.key),
                    )
                    .at(&entry.key_span),
                );
                Some(undecidable())
            }
        }
    }

    fn data(&mut self, expression: Expression<'_>) -> Value {
        match expression.kind() {
            NodeKind::Null => {
                self.diagnostics.push(
                    Diagnostic::new(&codes::CFN014, "CloudFormation refuses null values")
                        .at(expression.span())
                        .help("remove the key, or use `!Ref AWS::NoValue`"),
                );
                Value::Null
            }
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Number(number) => Value::Number(*number),
            NodeKind::String(text) => text::literal(text),
            NodeKind::Sequence(items) => Value::List(self.list(items)),
            NodeKind::Mapping(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    let value = self.below(Step::Key(entry.key.clone()), &entry.value);
                    map.extend(value.map(|value| (entry.key.clone(), value)));
                }
                Value::Map(map)
            }
        }
    }

    /// The elements that are there, at the positions they will have.
    fn list(&mut self, items: &[Node]) -> Vec<Value> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            let value = self.below(Step::Index(values.len()), item);
            values.extend(value);
        }
        values
    }

    fn below(&mut self, step: Step, node: &Node) -> Option<Value> {
        let counts = self.inside_call == 0;
        if counts {
            self.path.push(step);
        }
        let value = self.value(Expression::new(node));
        if counts {
            self.path.pop();
        }
        value
    }

    fn call(&mut self, function: Function, argument: Expression<'_>) -> Option<Value> {
        let outer = self.at.replace(argument.span().clone());
        let value = self.called(function, argument);
        self.at = outer;
        value
    }

    fn called(&mut self, function: Function, argument: Expression<'_>) -> Option<Value> {
        match function {
            Function::Ref => intrinsics::reference(self, argument),
            Function::If => intrinsics::if_(self, argument),
            Function::Base64 => Some(intrinsics::base64(self, argument)),
            Function::Cidr => Some(intrinsics::cidr(self, argument)),
            Function::FindInMap => find_in_map::find_in_map(self, argument),
            Function::GetAtt => Some(intrinsics::get_att(self, argument)),
            Function::GetAzs => Some(intrinsics::get_azs(self, argument)),
            Function::ImportValue => Some(intrinsics::import_value(self, argument)),
            Function::Join => Some(intrinsics::join(self, argument)),
            Function::Length => Some(intrinsics::length(self, argument)),
            Function::Select => Some(intrinsics::select(self, argument)),
            Function::Split => Some(intrinsics::split(self, argument)),
            Function::Sub => Some(intrinsics::sub(self, argument)),
            Function::ToJsonString => Some(to_json_string::to_json_string(self, argument)),
            Function::Transform => {
                let name = argument
                    .entries()
                    .iter()
                    .find(|entry| &*entry.key == "Name")
                    .and_then(|entry| Expression::new(&entry.value).literal());
                Some(Unknown::new(UnknownReason::Expression).with_refs(name).into())
            }
            Function::And | Function::Condition | Function::Equals | Function::Not | Function::Or => {
                let message = format!("`{}` belongs in the section `Conditions`", function.name());
                let diagnostic = Diagnostic::new(&codes::CFN004, message)
                    .at(argument.span())
                    .help("give the condition a name there and use `Fn::If` with the name");
                self.diagnostics.push(diagnostic);
                Some(undecidable())
            }
        }
    }

    /// The value of a parameter, pseudo parameter or resource by its name; `None` when there is none of that name.
    #[expect(
        clippy::option_option,
        reason = "the inner `None` is `AWS::NoValue`, as everywhere here"
    )]
    pub(super) fn named(&mut self, name: &str) -> Option<Option<Value>> {
        let template = self.template;
        if let Some(Argument { value, targets }) = template.parameters.get(name) {
            for target in targets {
                self.record(target.clone());
            }
            return Some(Some(value.clone()));
        }
        if let Some(value) = pseudo::lookup(name, template.context, &template.scope) {
            return Some(value);
        }
        self.resource(name, None).map(Some)
    }

    /// What `Ref` or `Fn::GetAtt` of a resource gives: something that is there and not known before deployment, or the
    /// output of a nested stack.
    pub(super) fn resource(&mut self, logical_id: &str, attribute: Option<&str>) -> Option<Value> {
        let template = self.template;
        let id = template.scope.name(logical_id);
        // `Ref` gives the name or the id.
        let identity = attribute.is_none_or(|attribute| attribute == "Arn");
        let unknown = || {
            Unknown::new(UnknownReason::Reference)
                .with_refs([id.clone()])
                .with_text(identity.then_some(TextPart::Identity))
                .non_null()
                .into()
        };
        if self.place == Place::Condition {
            return None;
        }
        let Some(condition) = template.resources.get(logical_id) else {
            // A macro may bring the resource.
            return template.may_have(logical_id).then(unknown);
        };
        let left_out = condition.is_some_and(|name| self.conditions.decided(name) == Some(false));
        if left_out {
            return Some(unknown());
        }
        let output = attribute.and_then(|attribute| attribute.strip_prefix("Outputs."));
        if let Some((output, outputs)) = output.zip(template.stacks.get(logical_id)) {
            return Some(match outputs.get(output) {
                Some(Argument { value, targets }) => {
                    for target in targets {
                        self.record(target.clone());
                    }
                    value.clone()
                }
                None => {
                    self.diagnostics
                        .push(missing_output(logical_id, output, outputs, self.at.as_ref()));
                    unknown()
                }
            });
        }
        self.record(Target {
            id: ResourceId::new(id.clone()),
            attribute: attribute.map(Arc::from),
        });
        Some(unknown())
    }

    /// Records that the current property refers to a resource.
    fn record(&mut self, target: Target) {
        let path = AttributePath::new(self.path.clone());
        let Target { id, attribute } = target;
        if self
            .recorded
            .insert((path.clone(), id.clone(), attribute.clone()))
        {
            self.references.push(Reference {
                path,
                targets: vec![id],
                attribute,
            });
        }
    }

    /// How many references are recorded, to take back with [`Self::forget_references`].
    pub(super) fn reference_count(&self) -> usize {
        self.references.len()
    }

    /// Forgets the references recorded from position `from` up to `to`: what they stand in is not used.
    pub(super) fn forget_references(&mut self, from: usize, to: usize) {
        let to = to.min(self.references.len());
        for reference in self.references.drain(from.min(to)..to) {
            for target in reference.targets {
                self.recorded
                    .remove(&(reference.path.clone(), target, reference.attribute.clone()));
            }
        }
    }

    /// Reports that the template has no condition of this name, unless a macro may bring it.
    pub(super) fn missing_condition(&mut self, name: &str, at: &Span) {
        if !self.template.open {
            self.diagnostics.push(self.conditions.missing(name, at));
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports that a call cannot be evaluated and gives the value it has then.
    pub(super) fn wrong(
        &mut self,
        code: &'static Code,
        at: Expression<'_>,
        message: impl Into<String>,
    ) -> Value {
        self.diagnostics
            .push(Diagnostic::new(code, message).at(at.span()));
        undecidable()
    }
}

fn missing_output(stack: &str, output: &str, outputs: &Arguments, at: Option<&Span>) -> Diagnostic {
    let message = format!("the template of nested stack `{stack}` has no output `{output}`");
    let diagnostic = Diagnostic::new(&codes::CFN020, message);
    let diagnostic = at.into_iter().fold(diagnostic, Diagnostic::at);
    let mut names: Vec<&str> = outputs.keys().map(|name| &**name).collect();
    names.sort_unstable();
    match intrinsics::suggestion(output, names.into_iter()) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("add the output to the nested template"),
    }
}

/// The value of what cannot be evaluated.
pub(super) fn undecidable() -> Value {
    Unknown::new(UnknownReason::Expression).into()
}
