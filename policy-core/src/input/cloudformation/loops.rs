//! `Fn::ForEach`: the template with every loop written out.
//!
//! After "Fn::ForEach" in the CloudFormation template reference: loops stand in `Resources`, `Conditions` and
//! `Outputs`, there among the members of the section or of any mapping inside, and in each other. Every `${Identifier}`
//! and `&{Identifier}` in keys and texts of the fragment is replaced, the latter without what is not alphanumeric.
//!
//! A loop over a list that is not known is written out once, for an element that is not known: in a section the member
//! keeps the placeholder in its name and stands for any number of members; the mapping around such a loop elsewhere
//! has members that nobody can name, so it is unknown as a whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::codes;
use super::conditions::Conditions;
use super::evaluate::{Evaluator, Place, Template};
use super::expression::{Expression, Form, Function};
use super::placeholders::{Binding, Element, Name, in_name, in_sub, in_text};
use super::synthetic::{At, Budget, retext, with_entries};
use super::text::{Part, same_reason, scalar_text};
use crate::diagnostic::Diagnostic;
use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;
use crate::value::{Unknown, UnknownReason, Value};

const PREFIX: &str = "Fn::ForEach";

/// CloudFormation takes five loops inside a loop.
const MAX_NESTING: usize = 6;

const SECTIONS: [&str; 3] = ["Resources", "Conditions", "Outputs"];

/// A template without loops.
pub(super) struct Unrolled {
    pub(super) root: Node,
    /// The members of `Resources` that stand for any number of resources, with the reason in words.
    pub(super) open: HashMap<Arc<str>, Arc<str>>,
    /// What loops over unknown lists run over, by the names that refer to them now.
    pub(super) variables: BTreeMap<Arc<str>, Value>,
}

/// Writes the loops of a template out; `None` when it has none.
pub(super) fn unroll(
    root: &Node,
    template: &Template<'_>,
    budget: &mut Budget,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Unrolled> {
    let first = SECTIONS
        .iter()
        .filter_map(|name| root.get(name))
        .find_map(find_loop)?;
    if !template.extensions {
        let message = "`Fn::ForEach` needs the transform `AWS::LanguageExtensions`";
        diagnostics.push(
            Diagnostic::new(&codes::CFN016, message)
                .at(&first.key_span)
                .help("add `Transform: AWS::LanguageExtensions` at the top level of the template"),
        );
    }
    let mut unroller = Unroller {
        template,
        budget,
        diagnostics,
        bindings: Vec::new(),
        open: HashMap::new(),
        variables: BTreeMap::new(),
        warned: HashSet::new(),
        names_only: false,
        in_conditions: false,
        turns: HashMap::new(),
    };
    let entries = root
        .entries()
        .iter()
        .map(|entry| {
            let value = if SECTIONS.contains(&&*entry.key) && find_loop(&entry.value).is_some() {
                unroller.section(&entry.key, &entry.value)
            } else {
                entry.value.clone()
            };
            Entry {
                value,
                ..entry.clone()
            }
        })
        .collect();
    if unroller.budget.is_spent() {
        let message = "the template is too large with its loops written out";
        let diagnostic = Diagnostic::new(&codes::CFN016, message).at(&first.key_span);
        unroller.diagnostics.push(diagnostic);
    }
    let Unroller { open, variables, .. } = unroller;
    Some(Unrolled {
        root: with_entries(root, entries),
        open,
        variables,
    })
}

fn is_loop(entry: &Entry) -> bool {
    entry.key.starts_with(PREFIX)
}

/// The first loop found in a tree. Iterative.
fn find_loop(root: &Node) -> Option<&Entry> {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if let Some(entry) = node.entries().iter().find(|entry| is_loop(entry)) {
            return Some(entry);
        }
        open.extend(node.items());
        open.extend(node.entries().iter().map(|entry| &entry.value));
    }
    None
}

/// A mapping one of whose members cannot be named: a loop over this variable made it.
struct Unnameable(Arc<str>);

struct Unroller<'u, 'n> {
    template: &'u Template<'n>,
    budget: &'u mut Budget,
    diagnostics: &'u mut Vec<Diagnostic>,
    bindings: Vec<Binding>,
    open: HashMap<Arc<str>, Arc<str>>,
    variables: BTreeMap<Arc<str>, Value>,
    /// The loops that were said to run over an unknown list.
    warned: HashSet<Arc<str>>,
    /// True inside what names resources and conditions, where a placeholder that stays is part of the name.
    names_only: bool,
    /// True in the section `Conditions`, where `{Condition: Name}` is a call.
    in_conditions: bool,
    /// How many variables each loop has.
    turns: HashMap<Arc<str>, usize>,
}

impl Unroller<'_, '_> {
    fn section(&mut self, name: &str, section: &Node) -> Node {
        self.in_conditions = name == "Conditions";
        let mut members = Members::default();
        for entry in section.entries() {
            if is_loop(entry) {
                self.section_loop(name, entry, &mut members);
            } else if find_loop(&entry.value).is_none() {
                let value = entry.value.clone();
                self.add(&mut members, entry, entry.key.clone(), value);
            } else {
                let value = self.member(name, &entry.value);
                self.add(&mut members, entry, entry.key.clone(), value);
            }
        }
        with_entries(section, members.entries)
    }

    /// A loop among the members of a section.
    fn section_loop(&mut self, section: &str, entry: &Entry, members: &mut Members) {
        let Some((identifier, elements, fragment)) = self.parts(entry) else {
            return;
        };
        for element in elements {
            if self.budget.is_spent() {
                return;
            }
            self.bindings.push(Binding {
                identifier: identifier.clone(),
                element,
            });
            for inner in fragment.entries() {
                if is_loop(inner) {
                    self.section_loop(section, inner, members);
                    continue;
                }
                let Name { text, open } = in_name(&inner.key, &self.bindings);
                if open.is_some() && section == "Resources" {
                    let words = format!("{} over a list that is not known", entry.key);
                    self.open.insert(text.clone(), words.into());
                }
                let value = self.member(section, &inner.value);
                self.add(members, inner, text, value);
            }
            self.bindings.pop();
        }
    }

    fn add(&mut self, members: &mut Members, entry: &Entry, key: Arc<str>, value: Node) {
        let key_span = entry.key_span.clone();
        if !members.keys.insert(key.clone()) {
            let message = format!("`{key}` is defined twice");
            self.diagnostics
                .push(Diagnostic::new(&codes::CFN016, message).at(&key_span).help(
                    "a loop needs its identifier in the key, `${Identifier}`, and a list without repetitions",
                ));
            return;
        }
        members.entries.push(Entry { key, key_span, value });
    }

    /// A resource, condition or output.
    fn member(&mut self, section: &str, node: &Node) -> Node {
        match section {
            "Resources" | "Outputs" if node.tag.is_none() && matches!(node.kind, NodeKind::Mapping(_)) => {
                let mut attributes = Vec::with_capacity(node.entries().len());
                for entry in node.entries() {
                    let value = match &*entry.key {
                        // These are names, not texts.
                        "Condition" | "DependsOn" => self.name(&entry.value),
                        _ => self.body(&entry.value),
                    };
                    attributes.push(Entry {
                        value,
                        ..entry.clone()
                    });
                }
                with_entries(node, attributes)
            }
            _ => self.body(node),
        }
    }

    /// What names resources or conditions.
    fn name(&mut self, node: &Node) -> Node {
        let outer = std::mem::replace(&mut self.names_only, true);
        let named = self.body(node);
        self.names_only = outer;
        named
    }

    /// Anything inside a member, with the placeholders replaced. Recursion is as deep as the template.
    fn body(&mut self, node: &Node) -> Node {
        if !self.budget.spend(node.as_str().map_or(0, str::len)) {
            return At(&node.span).unknown(PREFIX);
        }
        match Expression::new(node).form() {
            Form::Call(Function::Ref, argument) => self.reference(node, argument),
            Form::Call(Function::Sub, argument) => self.sub(node, argument),
            Form::Call(Function::GetAtt | Function::Condition, _) => self.name_in_place(node),
            Form::Call(Function::If, argument) => self.if_(node, argument),
            _ if self.in_conditions && Expression::new(node).condition_argument().is_some() => {
                self.name_in_place(node)
            }
            _ => self.plain(node),
        }
    }

    /// A node by its kind.
    fn plain(&mut self, node: &Node) -> Node {
        match &node.kind {
            NodeKind::String(text) => {
                if self.names_only {
                    return retext(node, in_name(text, &self.bindings).text);
                }
                let Name { text, open } = in_text(text, &self.bindings);
                match (&node.tag, open) {
                    (_, None) => retext(node, text),
                    // The text holds something unknown now, so it is a substitution.
                    (None, Some(_)) => Node {
                        tag: Some("Sub".into()),
                        ..retext(node, text)
                    },
                    (Some(tag), Some(_)) => {
                        let at = At(&node.span);
                        at.call(&long_name(tag), at.call("Fn::Sub", at.text(text)))
                    }
                }
            }
            NodeKind::Sequence(items) => Node {
                kind: NodeKind::Sequence(items.iter().map(|item| self.body(item)).collect()),
                span: node.span.clone(),
                tag: node.tag.clone(),
            },
            // `!Ref {Fn::Sub: …}`: the argument of a call in its tagged form is a call of its own.
            NodeKind::Mapping(_) if node.tag.is_some() => {
                let bare = Node {
                    tag: None,
                    ..node.clone()
                };
                let argument = self.body(&bare);
                match (&node.tag, &argument.tag) {
                    (Some(tag), Some(_)) => At(&node.span).call(&long_name(tag), argument),
                    (tag, _) => Node {
                        tag: tag.clone(),
                        ..argument
                    },
                }
            }
            NodeKind::Mapping(entries) => match self.mapping(entries) {
                Ok(entries) => with_entries(node, entries),
                Err(Unnameable(variable)) => At(&node.span).unknown(&variable),
            },
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => node.clone(),
        }
    }

    fn mapping(&mut self, entries: &[Entry]) -> Result<Vec<Entry>, Unnameable> {
        let mut members = Members::default();
        for entry in entries {
            if is_loop(entry) {
                self.mapping_loop(entry, &mut members)?;
                continue;
            }
            let Name { text, open } = in_name(&entry.key, &self.bindings);
            if let Some(variable) = open {
                return Err(Unnameable(variable));
            }
            let value = self.body(&entry.value);
            self.add(&mut members, entry, text, value);
        }
        Ok(members.entries)
    }

    /// A loop among the members of a mapping that is no section.
    fn mapping_loop(&mut self, entry: &Entry, members: &mut Members) -> Result<(), Unnameable> {
        let Some((identifier, elements, fragment)) = self.parts(entry) else {
            return Err(Unnameable(entry.key.clone()));
        };
        for element in elements {
            if self.budget.is_spent() {
                return Err(Unnameable(entry.key.clone()));
            }
            if let Element::Open(variable) = element {
                return Err(Unnameable(variable));
            }
            self.bindings.push(Binding {
                identifier: identifier.clone(),
                element,
            });
            let mut unnameable = None;
            for inner in fragment.entries() {
                let added = if is_loop(inner) {
                    self.mapping_loop(inner, members)
                } else {
                    let Name { text, open } = in_name(&inner.key, &self.bindings);
                    match open {
                        Some(variable) => Err(Unnameable(variable)),
                        None => {
                            let value = self.body(&inner.value);
                            self.add(members, inner, text, value);
                            Ok(())
                        }
                    }
                };
                if let Err(reason) = added {
                    unnameable = Some(reason);
                    break;
                }
            }
            self.bindings.pop();
            if let Some(reason) = unnameable {
                return Err(reason);
            }
        }
        Ok(())
    }

    fn reference(&mut self, node: &Node, argument: Expression<'_>) -> Node {
        let at = At(&node.span);
        match argument.literal() {
            Some(name) => match self.bound(&name) {
                Some(Element::Known(text)) => at.text(text.clone()),
                Some(Element::Open(variable)) => at.reference(&variable.clone()),
                None => self.name_in_place(node),
            },
            None => self.name_in_place(node),
        }
    }

    /// A call that names something.
    fn name_in_place(&mut self, node: &Node) -> Node {
        let outer = std::mem::replace(&mut self.names_only, true);
        let named = self.plain(node);
        self.names_only = outer;
        named
    }

    fn bound(&self, identifier: &str) -> Option<&Element> {
        let innermost = self.bindings.iter().rev();
        innermost
            .filter(|binding| &*binding.identifier == identifier)
            .map(|binding| &binding.element)
            .next()
    }

    /// `Fn::Sub`, whose own variables come before identifiers of the same name.
    fn sub(&mut self, node: &Node, argument: Expression<'_>) -> Node {
        let at = At(&node.span);
        let (pattern, variables) = match argument.items() {
            Some([pattern, variables]) => (Expression::new(pattern), Some(variables)),
            Some([pattern]) => (Expression::new(pattern), None),
            Some(_) => return self.plain(node),
            None => (argument, None),
        };
        let Some(text) = pattern.literal() else {
            return self.plain(node);
        };
        let shadowed: HashSet<&str> = variables
            .into_iter()
            .flat_map(Node::entries)
            .map(|entry| &*entry.key)
            .collect();
        let visible: Vec<Binding> = self
            .bindings
            .iter()
            .filter(|binding| !shadowed.contains(&*binding.identifier))
            .cloned()
            .collect();
        if self.names_only && variables.is_none() {
            // `!Ref {Fn::Sub: 'Topic${Name}'}` names what the loop makes, also where the list is not known.
            let Name { text: named, .. } = in_name(&text, &visible);
            if !in_sub(&text, &visible).other {
                return At(pattern.span()).text(named);
            }
        }
        let pattern = At(pattern.span()).text(in_sub(&text, &visible).text);
        let outer = std::mem::take(&mut self.names_only);
        let argument = match variables {
            Some(variables) => at.list([pattern, self.body(variables)]),
            None => pattern,
        };
        self.names_only = outer;
        at.call("Fn::Sub", argument)
    }

    fn if_(&mut self, node: &Node, argument: Expression<'_>) -> Node {
        match argument.items() {
            Some([condition, positive, negative]) => {
                let condition = self.name(condition);
                let items = [condition, self.body(positive), self.body(negative)];
                // The list keeps its own place, whichever way the call is spelled.
                let argument = At(argument.span()).list(items);
                if node.tag.is_some() {
                    Node {
                        tag: node.tag.clone(),
                        ..argument
                    }
                } else {
                    Node {
                        span: node.span.clone(),
                        ..At(&node.span).call("Fn::If", argument)
                    }
                }
            }
            _ => self.plain(node),
        }
    }

    /// Identifier, elements and fragment of a loop; what is wrong with it is reported.
    fn parts<'e>(&mut self, entry: &'e Entry) -> Option<(Arc<str>, Vec<Element>, &'e Node)> {
        let refuse = |unroller: &mut Self, message: String, place: &Span| {
            unroller
                .diagnostics
                .push(Diagnostic::new(&codes::CFN016, message).at(place));
        };
        if self.bindings.len() >= MAX_NESTING {
            let message = format!(
                "`{}` is a loop in more than {} others",
                entry.key,
                MAX_NESTING - 1
            );
            refuse(self, message, &entry.key_span);
            return None;
        }
        let shape = "takes an identifier, a list and a mapping: `[Identifier, [value, …], {key: value}]`";
        let [identifier, collection, fragment] = entry.value.items() else {
            refuse(self, format!("`{}` {shape}", entry.key), &entry.value.span);
            return None;
        };
        let name = Expression::new(identifier)
            .literal()
            .filter(|name| !name.is_empty());
        let Some(name) = name else {
            refuse(self, format!("`{}` {shape}", entry.key), &identifier.span);
            return None;
        };
        if !matches!(fragment.kind, NodeKind::Mapping(_)) || fragment.tag.is_some() {
            refuse(self, format!("`{}` {shape}", entry.key), &fragment.span);
            return None;
        }
        let elements = self.elements(entry, collection)?;
        Some((name, elements, fragment))
    }

    /// What a loop runs over. Elements that are not known are one open element together.
    fn elements(&mut self, entry: &Entry, collection: &Node) -> Option<Vec<Element>> {
        let collection = self.body(collection);
        let expression = Expression::new(&collection);
        let conditions = Conditions::default();
        let mut evaluator = Evaluator::new(self.template, &conditions, Place::Condition, self.diagnostics);
        let mut elements = Vec::new();
        let mut open: Vec<Arc<Unknown>> = Vec::new();
        let mut refused = false;
        match expression.items() {
            Some(items) => {
                for item in items.iter().map(Expression::new) {
                    match evaluator.part(item) {
                        Some(Part::Known(text)) => elements.push(Element::Known(text)),
                        Some(Part::Unknown(unknown)) => open.push(unknown),
                        // What nobody may print cannot be in a name.
                        Some(Part::Secret(_)) => open.push(Arc::new(Unknown::new(UnknownReason::Parameter))),
                        None => refused = true,
                    }
                }
            }
            None => match evaluator.argument(expression) {
                Some(Value::List(values)) => {
                    for value in values {
                        match (&value, scalar_text(&value)) {
                            (_, Some(text)) => elements.push(Element::Known(text)),
                            (Value::Unknown(unknown), None) => open.push(unknown.clone()),
                            (Value::Sensitive(_), None) => {
                                open.push(Arc::new(Unknown::new(UnknownReason::Parameter)));
                            }
                            _ => refused = true,
                        }
                    }
                }
                Some(Value::Unknown(unknown)) => {
                    // Nothing is known about an element of a list that is not known itself.
                    open.push(Arc::new(same_reason([&*unknown])));
                }
                Some(Value::Sensitive(_)) => open.push(Arc::new(Unknown::new(UnknownReason::Parameter))),
                _ => refused = true,
            },
        }
        if refused {
            let message = format!("the collection of `{}` is no list of texts", entry.key);
            self.diagnostics
                .push(Diagnostic::new(&codes::CFN016, message).at(&collection.span));
            return None;
        }
        if !open.is_empty() {
            let unknown = match open.as_slice() {
                [only] => (**only).clone().non_null(),
                several => same_reason(several.iter().map(|unknown| &**unknown)),
            };
            elements.push(Element::Open(self.variable(&entry.key, unknown)));
            if self.warned.insert(entry.key.clone()) {
                let message = format!("`{}` runs over a list that is not known", entry.key);
                self.diagnostics.push(
                    Diagnostic::new(&codes::CFN017, message)
                        .at(&collection.span)
                        .help("give the parameter values with `--params` to see every resource"),
                );
            }
        }
        Some(elements)
    }

    /// The name that stands for an unknown element: the loop's own, which is unique in the template. A loop inside
    /// another one may run over several unknowns, and two elements must not look like one.
    fn variable(&mut self, loop_key: &Arc<str>, unknown: Unknown) -> Arc<str> {
        let value = Value::from(unknown);
        let turn = self.turns.entry(loop_key.clone()).or_default();
        *turn += 1;
        let name: Arc<str> = match *turn {
            1 => loop_key.clone(),
            turn => format!("{loop_key}#{turn}").into(),
        };
        let bare = format!("{name}&").into();
        self.variables.insert(name.clone(), value.clone());
        self.variables.insert(bare, stripped(&value));
        name
    }
}

fn long_name(tag: &str) -> String {
    match tag {
        "Ref" | "Condition" => tag.to_owned(),
        _ => format!("Fn::{tag}"),
    }
}

/// The members of a mapping that is being written out.
#[derive(Default)]
struct Members {
    entries: Vec<Entry>,
    keys: HashSet<Arc<str>>,
}

/// An unknown element without what is not alphanumeric: unknown too, and nothing more is known about it.
fn stripped(value: &Value) -> Value {
    match value.as_unknown() {
        Some(unknown) => same_reason([&**unknown]).into(),
        None => value.clone(),
    }
}
