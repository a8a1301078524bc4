//! Calls of functions and builtins, and the values of rules.

use super::abs::Abs;
use super::frame::Frame;
use super::{Analyser, MAX_CALLS, Memo};
use crate::rule::codes;
use crate::rule::rego::ast::{Comparison, Expr, ExprKind, Head, Range, Rule, constant_path};
use crate::rule::rego::program::{DataPath, Name};
use crate::value::Value;

impl Analyser<'_> {
    pub(super) fn call(
        &mut self,
        frame: &mut Frame,
        function: &Expr,
        arguments: &[Expr],
        range: Range,
    ) -> Abs {
        let Some(name) = constant_path(function) else {
            self.give_up();
            return Abs::computed();
        };
        let Some((root, rest)) = name.split_first() else {
            return Abs::computed();
        };
        let program = self.program;
        let Some(module) = program.modules.get(frame.module) else {
            return Abs::computed();
        };
        if let Name::Data(path) = program.resolve(module, root) {
            let path: DataPath = path.into_iter().chain(rest.iter().cloned()).collect();
            if let Some(arity) = program.arity(&path) {
                return self.user_call(frame, &path, arity, arguments, range);
            }
            if !program.definitions(&path).is_empty() {
                // Only a default: its value is the result whatever the arguments are.
                arguments.iter().for_each(|argument| {
                    self.expression(frame, argument);
                });
                return self.defaults(&path);
            }
        }
        self.builtin(frame, &name.join("."), arguments, range)
    }

    fn user_call(
        &mut self,
        frame: &mut Frame,
        path: &DataPath,
        arity: usize,
        arguments: &[Expr],
        range: Range,
    ) -> Abs {
        let (inputs, output) = arguments.split_at_checked(arity).unwrap_or((arguments, &[]));
        let inputs: Vec<Abs> = inputs
            .iter()
            .map(|argument| self.expression(frame, argument))
            .collect();
        let result = match self
            .calls
            .iter()
            .find(|memo| memo.path == *path && memo.arguments == inputs)
        {
            Some(memo) => memo.result.clone(),
            None => {
                if self.depth >= MAX_CALLS {
                    self.give_up();
                    return Abs::computed();
                }
                self.depth += 1;
                let result = self.function(path, &inputs, frame.negated);
                self.depth -= 1;
                self.calls.push(Memo {
                    path: path.clone(),
                    arguments: inputs,
                    result: result.clone(),
                });
                result
            }
        };
        match output {
            [] => result,
            [output, ..] => {
                // The old style: one argument more than parameters takes the result.
                if self.is_open(frame, output, range) {
                    self.bind(frame, output, &result, Some(range));
                } else {
                    let expected = self.expression(frame, output);
                    self.recorder.compare(Comparison::Equality, &expected, &result);
                }
                Abs::computed()
            }
        }
    }

    fn function(&mut self, path: &DataPath, arguments: &[Abs], negated: bool) -> Abs {
        let program = self.program;
        let mut result = self.defaults(path);
        let mut definitions = 0_usize;
        let mut several = false;
        for position in program.definitions(path) {
            let Some((_, rule)) = program.rule(*position) else {
                continue;
            };
            let Head::Function(parameters, value) = &rule.head else {
                continue;
            };
            definitions += 1;
            let mut frame = Frame::new(position.0, false);
            frame.negated = negated;
            for (parameter, argument) in parameters.iter().zip(arguments) {
                self.bind(&mut frame, parameter, argument, None);
            }
            let found = self.bodies(&frame, rule, value.as_ref());
            several |= found.several;
            result.join(found.abs);
        }
        if (several || definitions > 1) && result.refers_to_input() {
            // Different results are an error, so which they are decides.
            self.recorder.value(&result);
        }
        result
    }

    fn defaults(&mut self, path: &DataPath) -> Abs {
        let program = self.program;
        let mut result = Abs::default();
        for position in program.definitions(path) {
            if let Some((
                _,
                Rule {
                    head: Head::Default(value),
                    ..
                },
            )) = program.rule(*position)
            {
                result.join(self.expression(&mut Frame::new(position.0, false), value));
            }
        }
        result
    }

    /// The values of the bodies of a rule or function, each evaluated on its own copy of `frame`.
    fn bodies(&mut self, frame: &Frame, rule: &Rule, value: Option<&Expr>) -> Results {
        let truth = || Abs::constant(Value::Bool(true));
        let mut results = Results {
            several: rule.bodies.iter().filter(|body| !body.is_else).count() > 1,
            ..Results::default()
        };
        if rule.bodies.is_empty() {
            let mut frame = frame.clone();
            let abs = value.map_or_else(truth, |value| self.expression(&mut frame, value));
            results.add(
                abs,
                frame.iterations > 0,
                value.is_some_and(|value| self.may_be_undefined(&frame, value)),
            );
        }
        for body in &rule.bodies {
            let mut frame = frame.clone();
            self.query(&mut frame, &body.query);
            // An `else` without a value is true; the value in the head belongs to the first body.
            let value = body.value.as_ref().or(if body.is_else { None } else { value });
            let abs = value.map_or_else(truth, |value| self.expression(&mut frame, value));
            results.add(
                abs,
                frame.iterations > 0,
                value.is_some_and(|value| self.may_be_undefined(&frame, value)),
            );
        }
        results
    }

    /// True unless the expression has a value whenever the body holds.
    fn may_be_undefined(&self, frame: &Frame, expr: &Expr) -> bool {
        let any = |parts: &[Expr]| parts.iter().any(|part| self.may_be_undefined(frame, part));
        match &expr.kind {
            ExprKind::Literal(_)
            | ExprKind::Membership { .. }
            | ExprKind::ArrayComprehension(..)
            | ExprKind::SetComprehension(..)
            | ExprKind::ObjectComprehension(..) => false,
            ExprKind::Var(name) => {
                !frame.is_local(name) && matches!(self.resolve(frame, name), Name::Data(_))
            }
            ExprKind::Array(items) | ExprKind::Set(items) => any(items),
            ExprKind::Object(fields) => fields
                .iter()
                .any(|(key, value)| self.may_be_undefined(frame, key) || self.may_be_undefined(frame, value)),
            ExprKind::Call(function, arguments) => {
                let root = constant_path(function).and_then(|path| path.first().cloned());
                // With strict errors a builtin has a value or fails.
                any(arguments)
                    || root.is_none_or(|root| !matches!(self.resolve(frame, &root), Name::Variable))
            }
            ExprKind::Negative(inner) => self.may_be_undefined(frame, inner),
            ExprKind::Operator(left, right) | ExprKind::Compare(_, left, right) => {
                self.may_be_undefined(frame, left) || self.may_be_undefined(frame, right)
            }
            ExprKind::Index(..) | ExprKind::Declare(..) | ExprKind::Unify(..) => true,
        }
    }

    fn resolve(&self, frame: &Frame, name: &str) -> Name {
        match self.program.modules.get(frame.module) {
            Some(module) => self.program.resolve(module, name),
            None => Name::Variable,
        }
    }

    /// The value of the rule at exactly `path`.
    pub(super) fn rule_value(&mut self, path: &DataPath) -> Abs {
        let program = self.program;
        let mut result = self.defaults(path);
        let mut complete = 0_usize;
        let mut several = false;
        for position in program.definitions(path) {
            let Some((_, rule)) = program.rule(*position) else {
                continue;
            };
            let frame = Frame::new(position.0, false);
            let (found, is_set) = match &rule.head {
                Head::Default(_) | Head::Function(..) => continue,
                Head::Set(None) => {
                    result.join(Abs::constant(Value::Bool(true)));
                    continue;
                }
                Head::Set(Some(key)) => (self.bodies(&frame, rule, Some(key)), true),
                Head::Value(value) => (self.bodies(&frame, rule, value.as_ref()), false),
            };
            let mut fragile = found.fragile;
            for key in &rule.keys {
                let key = self.bodies(&frame, rule, Some(key));
                self.recorder.value(&key.abs);
                fragile |= key.fragile;
            }
            if fragile {
                let message = format!(
                    "`{}` may have no value for one element, and the engine would then lose those of the others",
                    rule.name.join(".")
                );
                self.notice(&codes::RGO011, (position.0, rule.head_range), message);
            }
            if is_set || !rule.keys.is_empty() {
                self.recorder.value(&found.abs);
            }
            if !is_set {
                complete += 1;
                several |= found.several;
            }
            let value = if is_set { Abs::set_of(found.abs) } else { found.abs };
            result.join(rule.keys.iter().fold(value, |abs, _| Abs::container(abs)));
        }
        if (several || complete > 1) && result.refers_to_input() {
            self.recorder.value(&result);
        }
        result
    }

    fn builtin(&mut self, frame: &mut Frame, name: &str, arguments: &[Expr], range: Range) -> Abs {
        if name == "sprintf"
            && let [
                format,
                Expr {
                    kind: ExprKind::Array(items),
                    ..
                },
            ] = arguments
        {
            return self.sprintf(frame, format, items);
        }
        if name == "walk" {
            self.notice(
                &codes::RGO106,
                (frame.module, range),
                "`walk` reads everything below its argument".to_owned(),
            );
        }
        let mut inputs = Vec::new();
        for argument in arguments {
            if self.is_open(frame, argument, range) {
                // The old style of taking the result.
                self.bind(frame, argument, &Abs::computed(), Some(range));
            } else {
                inputs.push(self.expression(frame, argument));
            }
        }
        match (name, &*inputs) {
            ("count", [collection]) if arguments.len() == 1 => {
                self.recorder.count(collection);
                Abs::computed()
            }
            ("is_null", [value]) if arguments.len() == 1 => {
                self.recorder.presence(value);
                self.recorder.keys(value);
                Abs::computed()
            }
            ("object.get", [object, key, default]) => self.object_get(object, key, default),
            ("object.keys", [object]) if arguments.len() == 1 => {
                self.recorder.count(object);
                let (keys, _) = self.elements(object, None);
                self.recorder.keys(&keys);
                Abs::container(keys)
            }
            ("array.concat", [left, right]) => {
                self.recorder.count(left);
                self.recorder.count(right);
                let elements = self.elements(left, None).1.joined(self.elements(right, None).1);
                Abs::container(elements)
            }
            ("print", _) => {
                inputs.iter().for_each(|input| self.recorder.report(input));
                Abs::constant(Value::Bool(true))
            }
            _ => {
                inputs.iter().for_each(|input| self.recorder.value(input));
                Abs::computed()
            }
        }
    }

    fn object_get(&mut self, object: &Abs, key: &Abs, default: &Abs) -> Abs {
        let steps = match key.only_constants() {
            Some([Value::String(key)]) => Some(vec![key.clone()]),
            Some([Value::List(keys)]) => keys.iter().map(|key| key.as_str().map(Into::into)).collect(),
            _ => None,
        };
        let Some(steps) = steps else {
            [object, key, default]
                .iter()
                .for_each(|part| self.recorder.value(part));
            return Abs::computed();
        };
        let found = steps
            .iter()
            .fold(object.clone(), |abs, step| self.member(&abs, step));
        // Its absence picks the default.
        self.recorder.presence(&found);
        self.established.extend(found.places.keys().cloned());
        found.joined(default.clone())
    }

    /// Text that is made without failing is as good as what it is made of, until something looks at it.
    fn sprintf(&mut self, frame: &mut Frame, format: &Expr, items: &[Expr]) -> Abs {
        let format = self.expression(frame, format);
        let items: Vec<Abs> = items.iter().map(|item| self.expression(frame, item)).collect();
        let total = match format.only_constants() {
            Some([Value::String(format)]) => total_verbs(format),
            _ => None,
        };
        let Some(total) = total else {
            self.recorder.value(&format);
            items.iter().for_each(|item| self.recorder.value(item));
            return Abs::computed();
        };
        let mut text = Abs::computed();
        for (position, item) in items.into_iter().enumerate() {
            if !total.get(position).is_none_or(|total| *total) {
                // Indexes are numbers whatever the input holds.
                self.recorder.value(&Abs {
                    keys: Default::default(),
                    ..item.clone()
                });
            }
            text.join(item);
        }
        Abs {
            text: Some(Box::new(text)),
            ..Abs::default()
        }
    }
}

/// What the bodies of a rule result in.
#[derive(Default)]
struct Results {
    abs: Abs,
    /// There may be more than one result.
    several: bool,
    /// There is an iteration, and the value in the head may be undefined for some of its elements.
    fragile: bool,
}

impl Results {
    fn add(&mut self, abs: Abs, iterates: bool, undefined: bool) {
        self.abs.join(abs);
        self.several |= iterates;
        self.fragile |= iterates && undefined;
    }
}

/// For each verb of a format whether it takes any value. `None` for formats that this does not read.
fn total_verbs(format: &str) -> Option<Vec<bool>> {
    let mut verbs = Vec::new();
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c == '%' {
            match rest.next()? {
                '%' => {}
                's' | 'v' => verbs.push(true),
                verb if verb.is_ascii_alphabetic() => verbs.push(false),
                _ => return None,
            }
        }
    }
    Some(verbs)
}
