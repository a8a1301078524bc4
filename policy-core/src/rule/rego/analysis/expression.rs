//! Expressions and references.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Analyser;
use super::abs::{Abs, MAX_NESTING};
use super::frame::Frame;
use crate::rule::codes;
use crate::rule::rego::ast::{Comparison, Expr, ExprKind, Query, flatten, text_literal};
use crate::rule::rego::program::{DataPath, Name};
use crate::value::Value;

impl Analyser<'_> {
    pub(super) fn expression(&mut self, frame: &mut Frame, expr: &Expr) -> Abs {
        if self.budget == 0 || self.gave_up {
            self.give_up();
            return Abs::computed();
        }
        self.budget -= 1;
        let showing = frame.showing;
        frame.showing |= frame.shown.contains(&expr.range);
        let mut abs = self.evaluate(frame, expr);
        frame.showing = showing;
        if abs.nesting() > MAX_NESTING {
            self.recorder.value(&abs);
            abs = Abs::computed();
        }
        abs
    }

    fn evaluate(&mut self, frame: &mut Frame, expr: &Expr) -> Abs {
        match &expr.kind {
            ExprKind::Literal(value) => Abs::constant(value.clone()),
            ExprKind::Var(_) | ExprKind::Index(..) => self.reference(frame, expr),
            ExprKind::Array(items) => {
                let items: Vec<Abs> = items.iter().map(|item| self.expression(frame, item)).collect();
                match items.iter().map(single_constant).collect::<Option<Vec<_>>>() {
                    Some(constants) => Abs::constant(Value::List(constants)),
                    None => Abs::container(items.into_iter().fold(Abs::default(), Abs::joined)),
                }
            }
            ExprKind::Set(items) => {
                let mut all = Abs::default();
                for item in items {
                    let item = self.expression(frame, item);
                    // Equal elements are one: which are equal matters for what is made of the set.
                    self.recorder.value(&item);
                    all.join(item);
                }
                Abs::set_of(all)
            }
            ExprKind::Object(fields) => self.object(frame, fields),
            ExprKind::ArrayComprehension(term, query) => {
                let term = self.comprehension(frame, query, &[term]);
                Abs::container(term.into_iter().fold(Abs::default(), Abs::joined))
            }
            ExprKind::SetComprehension(term, query) => {
                let term = self.comprehension(frame, query, &[term]);
                let term = term.into_iter().fold(Abs::default(), Abs::joined);
                self.recorder.value(&term);
                Abs::set_of(term)
            }
            ExprKind::ObjectComprehension(key, value, query) => {
                let parts = self.comprehension(frame, query, &[key, value]);
                // Two values under one key are an error, so both decide.
                parts.iter().for_each(|part| self.recorder.value(part));
                Abs::container(parts.into_iter().last().unwrap_or_default()).joined(Abs::computed())
            }
            ExprKind::Call(function, arguments) => self.call(frame, function, arguments, expr.range),
            ExprKind::Negative(inner) => {
                let inner = self.expression(frame, inner);
                self.recorder.value(&inner);
                Abs::computed()
            }
            ExprKind::Operator(left, right) => {
                let (left, right) = (self.expression(frame, left), self.expression(frame, right));
                self.recorder.value(&left);
                self.recorder.value(&right);
                let closed = left.only_scalar_elements().is_some() && right.only_scalar_elements().is_some();
                let elements = left.own_elements().1.joined(right.own_elements().1);
                // Arithmetic on numbers has no elements; what has some is a set.
                let container = Abs::set_of(elements);
                let only_numbers = |abs: &Abs| abs.only_scalars().is_some();
                if closed && !(only_numbers(&left) && only_numbers(&right)) {
                    container
                } else {
                    container.joined(Abs::computed())
                }
            }
            ExprKind::Compare(comparison, left, right) => {
                let (left, right) = (self.expression(frame, left), self.expression(frame, right));
                self.lint_inequality(frame, expr, *comparison, &left, &right);
                self.recorder.compare(*comparison, &left, &right);
                Abs::computed()
            }
            ExprKind::Declare(left, right) => {
                let abs = self.expression(frame, right);
                self.bind(frame, left, &abs, None);
                Abs::computed()
            }
            ExprKind::Unify(left, right) => {
                self.unify(frame, left, right, expr.range);
                Abs::computed()
            }
            ExprKind::Membership {
                key,
                value,
                collection,
            } => {
                let value = self.expression(frame, value);
                let collection = self.expression(frame, collection);
                match key {
                    None => self.recorder.membership(&value, &collection),
                    Some(key) => {
                        let key = self.expression(frame, key);
                        [key, value, collection]
                            .iter()
                            .for_each(|part| self.recorder.value(part));
                    }
                }
                Abs::computed()
            }
        }
    }

    fn object(&mut self, frame: &mut Frame, fields: &[(Expr, Expr)]) -> Abs {
        let mut named: BTreeMap<Arc<str>, Abs> = BTreeMap::new();
        let mut others = None;
        for (key, value) in fields {
            let value = self.expression(frame, value);
            if let Some(name) = text_literal(key) {
                named.entry(name).or_default().join(value);
            } else {
                let key = self.expression(frame, key);
                self.recorder.value(&key);
                self.recorder.value(&value);
                others = Some(others.unwrap_or(Abs::default()).joined(value));
            }
        }
        match others {
            None => Abs::object(named),
            Some(others) => Abs {
                fields: named,
                computed: true,
                ..Abs::container(others)
            },
        }
    }

    fn comprehension(&mut self, frame: &mut Frame, query: &Query, terms: &[&Expr]) -> Vec<Abs> {
        frame.nested(|frame| {
            // An undefined term of a comprehension is left out; it does not take the violation with it.
            frame.showing = false;
            self.query(frame, query);
            terms.iter().map(|term| self.expression(frame, term)).collect()
        })
    }

    /// True when `name` is neither a local variable nor anything global: something has to bind it.
    pub(super) fn is_free(&self, frame: &Frame, name: &str) -> bool {
        let Some(module) = self.program.modules.get(frame.module) else {
            return false;
        };
        !frame.is_local(name) && matches!(self.program.resolve(module, name), Name::Variable)
    }

    fn reference(&mut self, frame: &mut Frame, expr: &Expr) -> Abs {
        let (base, steps) = flatten(expr);
        let (mut abs, used) = match &base.kind {
            ExprKind::Var(name) => self.base(frame, name, &steps),
            _ => (self.expression(frame, base), 0),
        };
        for step in steps.iter().skip(used) {
            abs = self.index(frame, &abs, step);
        }
        if steps.is_empty() && frame.is_local(&variable_name(base)) {
            // The variable had to be defined where it was bound.
            return abs;
        }
        self.recorder.presence(&abs);
        for pattern in abs.places.keys() {
            if frame.showing {
                self.mentions
                    .entry(pattern.clone())
                    .or_insert((frame.module, expr.range));
            } else if !frame.negated {
                self.established.push(pattern.clone());
            }
        }
        abs
    }

    /// The value of the variable in front of a reference, and how many steps that took.
    fn base(&mut self, frame: &mut Frame, name: &Arc<str>, steps: &[&Expr]) -> (Abs, usize) {
        if let Some(local) = frame.lookup(name) {
            return (local.unwrap_or_else(Abs::computed), 0);
        }
        let program = self.program;
        let Some(module) = program.modules.get(frame.module) else {
            return (Abs::computed(), 0);
        };
        match program.resolve(module, name) {
            Name::Input(path) => (self.place(&path), 0),
            Name::Variable => {
                frame.miss(name);
                (Abs::computed(), 0)
            }
            Name::Data(mut path) => {
                let mut used = 0;
                for step in steps {
                    let Some(key) = text_literal(step) else { break };
                    if !program.definitions(&path).is_empty() {
                        break;
                    }
                    path.push(key);
                    used += 1;
                }
                (self.rule(&path), used)
            }
        }
    }

    /// `abs[step]`
    fn index(&mut self, frame: &mut Frame, abs: &Abs, step: &Expr) -> Abs {
        if let Some(key) = text_literal(step) {
            return self.member(abs, &key);
        }
        if let ExprKind::Var(name) = &step.kind {
            let unbound = !frame.is_bound(name) && (frame.is_local(name) || self.is_free(frame, name));
            if unbound || frame.is_bound_by(name, step.range) {
                let site = self.site(frame, step.range);
                let (keys, elements) = self.elements(abs, site);
                if &**name != "_" {
                    frame.bind(name, keys, Some(step.range));
                }
                return elements;
            }
        }
        let index = self.expression(frame, step);
        self.indexed(abs, &index)
    }

    /// `abs[index]` for an index with a value.
    pub(super) fn indexed(&mut self, abs: &Abs, index: &Abs) -> Abs {
        let mut result = Abs::default();
        if abs.places.is_empty()
            && let Some(known) = abs.own_elements().0.only_scalars().map(<[Value]>::to_vec)
        {
            // A container whose keys are known: the index is compared with them.
            self.recorder.constrain(Comparison::Equality, index, &known);
            return abs.own_elements().1;
        }
        for constant in &index.constants {
            match constant {
                Value::String(key) => result.join(self.member(abs, key)),
                Value::Number(_) => {
                    self.recorder.count(abs);
                    let (_, elements) = self.elements(abs, None);
                    result.join(elements);
                }
                // No list or map has such an index; a set may.
                _ => result.join(abs.own_elements().1),
            }
        }
        for (pattern, site) in &index.keys {
            let same = |other: &Abs| {
                other.places.keys().eq([pattern])
                    && *other
                        == Abs {
                            places: other.places.clone(),
                            ..Abs::default()
                        }
            };
            if same(abs) && site.is_some() {
                let (_, elements) = self.elements(abs, *site);
                result.join(elements);
            } else {
                self.recorder.key(pattern, *site);
                self.recorder.count(abs);
                let (_, elements) = self.elements(abs, None);
                result.join(elements);
            }
        }
        let computed = Abs {
            constants: Vec::new(),
            keys: Default::default(),
            ..index.clone()
        };
        if computed != Abs::default() {
            self.recorder.value(&computed);
            self.recorder.count(abs);
            let (_, elements) = self.elements(abs, None);
            result.join(elements);
        }
        result
    }

    /// The value of the rule at `path`, or of everything below it.
    pub(super) fn rule(&mut self, path: &DataPath) -> Abs {
        if let Some(known) = self.rules.get(path) {
            return known.clone();
        }
        if self.depth >= MAX_RULE_DEPTH {
            self.give_up();
            return Abs::computed();
        }
        // A rule that refers to itself is refused by the loader; here it must only not run forever.
        self.rules.insert(path.clone(), Abs::computed());
        self.depth += 1;
        let mut abs = self.rule_value(path);
        let below: Vec<DataPath> = self.program.below(path).cloned().collect();
        for inner in below {
            let part = self.rule(&inner);
            self.recorder.value(&part);
            abs.join(Abs::container(part).joined(Abs::computed()));
        }
        self.depth -= 1;
        self.rules.insert(path.clone(), abs.clone());
        abs
    }

    fn lint_inequality(
        &mut self,
        frame: &Frame,
        expr: &Expr,
        comparison: Comparison,
        left: &Abs,
        right: &Abs,
    ) {
        let is_boolean = |abs: &Abs| {
            abs.only_scalars()
                .is_some_and(|constants| matches!(constants, [Value::Bool(_)]))
        };
        let attribute = match (is_boolean(left), is_boolean(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return,
        };
        if comparison == Comparison::Inequality
            && let Some(pattern) = attribute.places.keys().next()
        {
            let message = format!("the comparison holds for no resource without `{pattern}`");
            self.notice(&codes::RGO103, (frame.module, expr.range), message);
        }
    }
}

const MAX_RULE_DEPTH: usize = super::MAX_CALLS;

fn single_constant(abs: &Abs) -> Option<Value> {
    match abs.only_constants() {
        Some([constant]) => Some(constant.clone()),
        _ => None,
    }
}

fn variable_name(expr: &Expr) -> Arc<str> {
    match &expr.kind {
        ExprKind::Var(name) => name.clone(),
        _ => "".into(),
    }
}
