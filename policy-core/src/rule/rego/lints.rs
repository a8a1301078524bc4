//! Checks on the syntax tree that keep a rule from failing, or from crashing the process, on the first resource that
//! reaches the wrong line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ast::{
    Body, Expr, ExprKind, Head, Literal, Module, Query, Range, Rule, constant_path, flatten, text_literal,
};
use super::builtins::{Standing, standing};
use super::program::{DataPath, Name, Program};
use crate::diagnostic::Diagnostic;
use crate::rule::codes;
use crate::source::Span;

/// Rules and functions that depend on each other in a longer chain are refused.
const MAX_CHAIN: usize = 200;

/// Checks every name that the modules from position `from` on use, and the dependencies of all modules.
pub(super) fn check(program: &Program, from: usize) -> Vec<Diagnostic> {
    let mut graph = Graph::default();
    let mut diagnostics = Vec::new();
    for (path, definitions) in program.paths() {
        for position in definitions {
            let Some((module, rule)) = program.rule(*position) else {
                continue;
            };
            let mut walk = Walk::new(program, module);
            walk.rule(rule);
            if position.0 >= from {
                diagnostics.append(&mut walk.problems);
            }
            graph.add(program, path, walk.uses);
        }
    }
    diagnostics.extend(graph.check(program));
    diagnostics
}

/// The modules that `module` needs to be evaluated, itself aside: those that hold what its rules name, directly.
pub(super) fn needs(program: &Program, module: usize) -> BTreeSet<usize> {
    let Some(found) = program.modules.get(module) else {
        return BTreeSet::new();
    };
    let mut needed = BTreeSet::new();
    for rule in &found.rules {
        let mut walk = Walk::new(program, found);
        walk.rule(rule);
        for path in walk.uses {
            needed.extend(program.holders(&path).map(|(module, _)| module));
        }
    }
    needed.remove(&module);
    needed
}

/// Which rules use which.
#[derive(Default)]
struct Graph {
    edges: BTreeMap<DataPath, BTreeSet<DataPath>>,
}

impl Graph {
    fn add(&mut self, program: &Program, path: &DataPath, uses: Vec<DataPath>) {
        let targets = self.edges.entry(path.clone()).or_default();
        for target in uses {
            // A rule reads the rules below the path it names, or the one that holds it.
            let holder = (0..=target.len()).rev().filter_map(|length| target.get(..length));
            targets.extend(
                holder
                    .filter(|prefix| !program.definitions(prefix).is_empty())
                    .map(<[Arc<str>]>::to_vec)
                    .take(1),
            );
            targets.extend(program.below(&target).cloned());
        }
    }

    /// Removes rules that depend on nothing left, round by round: what stays depends on itself.
    fn check(&self, program: &Program) -> Option<Diagnostic> {
        let mut waiting: BTreeMap<&DataPath, usize> =
            self.edges.iter().map(|(path, uses)| (path, uses.len())).collect();
        let mut users: BTreeMap<&DataPath, Vec<&DataPath>> = BTreeMap::new();
        for (path, uses) in &self.edges {
            for target in uses {
                users.entry(target).or_default().push(path);
            }
        }
        let mut ready: Vec<&DataPath> = waiting
            .iter()
            .filter(|(_, left)| **left == 0)
            .map(|(path, _)| *path)
            .collect();
        let mut chain: BTreeMap<&DataPath, usize> = BTreeMap::new();
        while let Some(path) = ready.pop() {
            waiting.remove(path);
            let length = chain.get(path).copied().unwrap_or(0) + 1;
            if length > MAX_CHAIN {
                let message = format!(
                    "`{}` depends on a chain of more than {MAX_CHAIN} rules",
                    show(path)
                );
                return Some(
                    at(Diagnostic::new(&codes::RGO008, message), program, path).help("shorten the chain"),
                );
            }
            for user in users.get(path).into_iter().flatten() {
                let longest = chain.entry(user).or_default();
                *longest = (*longest).max(length);
                if let Some(left) = waiting.get_mut(user) {
                    *left -= 1;
                    if *left == 0 {
                        ready.push(user);
                    }
                }
            }
        }
        let cycle = self.cycle(waiting.keys().copied().next()?, &waiting);
        let names: Vec<String> = cycle.iter().map(|path| show(path)).collect();
        let message = match &*names {
            [name] => format!("`{name}` calls itself"),
            _ => format!("`{}` depend on each other", names.join("`, `")),
        };
        let first = *cycle.first()?;
        Some(
            at(Diagnostic::new(&codes::RGO007, message), program, first)
                .help("express it by iteration, or with `walk` or `graph.reachable`"),
        )
    }

    /// Follows the uses from `start` among what is `left` until a rule comes up twice.
    fn cycle<'a>(&'a self, start: &'a DataPath, left: &BTreeMap<&'a DataPath, usize>) -> Vec<&'a DataPath> {
        let mut seen: Vec<&DataPath> = Vec::new();
        let mut current = start;
        loop {
            if let Some(from) = seen.iter().position(|path| *path == current) {
                return seen.split_off(from);
            }
            seen.push(current);
            match self
                .edges
                .get(current)
                .and_then(|uses| uses.iter().find(|path| left.contains_key(path)))
            {
                Some(next) => current = next,
                None => return seen,
            }
        }
    }
}

fn at(diagnostic: Diagnostic, program: &Program, path: &DataPath) -> Diagnostic {
    match program
        .definitions(path)
        .first()
        .and_then(|position| program.span(*position))
    {
        Some(span) => diagnostic.at(&span),
        None => diagnostic,
    }
}

fn show(path: &DataPath) -> String {
    path.join(".")
}

/// Collects what one definition uses.
struct Walk<'a> {
    program: &'a Program,
    module: &'a Module,
    /// Names of its local variables. They hide rules of the same name, never functions.
    locals: BTreeSet<Arc<str>>,
    uses: Vec<DataPath>,
    problems: Vec<Diagnostic>,
}

impl<'a> Walk<'a> {
    fn new(program: &'a Program, module: &'a Module) -> Self {
        Self {
            program,
            module,
            locals: BTreeSet::new(),
            uses: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn rule(&mut self, rule: &Rule) {
        if let Head::Function(parameters, _) = &rule.head {
            parameters.iter().for_each(|parameter| self.declare(parameter));
        }
        rule.bodies
            .iter()
            .for_each(|body| self.declare_query(&body.query));
        match &rule.head {
            Head::Value(value) | Head::Set(value) => value.iter().for_each(|value| self.expr(value)),
            Head::Function(parameters, value) => {
                parameters.iter().chain(value).for_each(|expr| self.expr(expr))
            }
            Head::Default(value) => self.expr(value),
        }
        rule.keys.iter().for_each(|key| self.expr(key));
        for Body { query, value, .. } in &rule.bodies {
            value.iter().for_each(|value| self.expr(value));
            self.query(query);
        }
    }

    fn declare(&mut self, pattern: &Expr) {
        match &pattern.kind {
            ExprKind::Var(name) => {
                self.locals.insert(name.clone());
            }
            ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| self.declare(item)),
            ExprKind::Object(fields) => fields.iter().for_each(|(_, value)| self.declare(value)),
            _ => {}
        }
    }

    fn declare_query(&mut self, query: &Query) {
        for statement in &query.statements {
            match &statement.literal {
                Literal::Some(names) => self.locals.extend(names.iter().cloned()),
                Literal::SomeIn { key, value, .. } => {
                    key.iter().for_each(|key| self.declare(key));
                    self.declare(value);
                }
                Literal::Expr(expr) | Literal::Not(expr) => {
                    if let ExprKind::Declare(left, _) = &expr.kind {
                        self.declare(left);
                    }
                }
                Literal::Every { key, value, .. } => self.locals.extend(key.iter().chain([value]).cloned()),
            }
        }
    }

    fn query(&mut self, query: &Query) {
        self.declare_query(query);
        for statement in &query.statements {
            statement.with.iter().for_each(|with| self.expr(with));
            match &statement.literal {
                Literal::Some(_) => {}
                Literal::SomeIn {
                    key,
                    value,
                    collection,
                } => {
                    key.iter()
                        .chain([value, collection])
                        .for_each(|expr| self.expr(expr));
                }
                Literal::Expr(expr) | Literal::Not(expr) => self.expr(expr),
                Literal::Every { domain, query, .. } => {
                    self.expr(domain);
                    self.query(query);
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(_) => {}
            ExprKind::Var(_) | ExprKind::Index(..) => self.reference(expr),
            ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(fields) => fields.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            ExprKind::ArrayComprehension(term, query) | ExprKind::SetComprehension(term, query) => {
                self.query(query);
                self.expr(term);
            }
            ExprKind::ObjectComprehension(key, value, query) => {
                self.query(query);
                self.expr(key);
                self.expr(value);
            }
            ExprKind::Call(function, arguments) => {
                self.call(function);
                arguments.iter().for_each(|argument| self.expr(argument));
            }
            ExprKind::Negative(inner) => self.expr(inner),
            ExprKind::Operator(left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::Declare(left, right)
            | ExprKind::Unify(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Membership {
                key,
                value,
                collection,
            } => {
                key.iter()
                    .chain([value, collection])
                    .for_each(|part| self.expr(part));
            }
        }
    }

    fn reference(&mut self, expr: &Expr) {
        let (base, steps) = flatten(expr);
        steps
            .iter()
            .filter(|step| text_literal(step).is_none())
            .for_each(|step| self.expr(step));
        let ExprKind::Var(name) = &base.kind else {
            return self.expr(base);
        };
        if self.locals.contains(name) {
            return;
        }
        if let Name::Data(mut path) = self.program.resolve(self.module, name) {
            path.extend(steps.iter().map_while(|step| text_literal(step)));
            let known = (0..=path.len()).filter_map(|length| path.get(..length));
            let exists = self.program.has(&path)
                || known
                    .into_iter()
                    .any(|prefix| !self.program.definitions(prefix).is_empty());
            if !exists {
                let message = format!("there is no rule `data.{}`", show(&path));
                self.problem(Diagnostic::new(&codes::RGO009, message), base.range);
            }
            self.uses.push(path);
        }
    }

    fn call(&mut self, function: &Expr) {
        let Some(name) = constant_path(function) else {
            let message = "a call needs the name of a function".to_owned();
            return self.problem(Diagnostic::new(&codes::RGO005, message), function.range);
        };
        let Some((root, rest)) = name.split_first() else {
            return;
        };
        if let Name::Data(path) = self.program.resolve(self.module, root) {
            let path: DataPath = path.into_iter().chain(rest.iter().cloned()).collect();
            if !self.program.definitions(&path).is_empty() {
                return self.uses.push(path);
            }
            if &**root == "data" || self.module.imports.iter().any(|import| import.alias == *root) {
                let message = format!("there is no function `data.{}`", show(&path));
                return self.problem(Diagnostic::new(&codes::RGO005, message), function.range);
            }
        }
        let name = name.join(".");
        let problem = match standing(&name) {
            Standing::Allowed => return,
            Standing::Refused(instead) => {
                Diagnostic::new(&codes::RGO006, format!("rules may not call `{name}`")).help(instead)
            }
            Standing::Unknown(hint) => {
                Diagnostic::new(&codes::RGO005, format!("there is no function `{name}`")).help(hint)
            }
        };
        self.problem(problem, function.range);
    }

    fn problem(&mut self, diagnostic: Diagnostic, range: Range) {
        let span: Span = range.span(&self.module.source);
        self.problems.push(diagnostic.at(&span));
    }
}
