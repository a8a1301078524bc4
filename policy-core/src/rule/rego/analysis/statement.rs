//! Statements: conditions, bindings, iterations.

use super::Analyser;
use super::abs::{Abs, Site};
use super::frame::Frame;
use crate::rule::codes;
use crate::rule::rego::ast::{Comparison, Expr, ExprKind, Literal, Query, Range, Statement};

/// Statements may stand in any order, so variables may be used above the statement that binds them. A body is looked at
/// again until nothing new is bound; this many times are far more than any rule needs.
const MAX_PASSES: usize = 8;

impl Analyser<'_> {
    pub(super) fn query(&mut self, frame: &mut Frame, query: &Query) {
        let before = frame.take_missed();
        let mut missed = before;
        let mut last = None;
        for _ in 0..MAX_PASSES {
            missed.extend(frame.take_missed());
            for statement in &query.statements {
                self.statement(frame, statement);
            }
            if !frame.resolves_missed() {
                return frame.restore_missed(missed);
            }
            // Used early and bound later: once more, until the bindings stand still.
            let now = frame.snapshot();
            if last.as_ref() == Some(&now) {
                return frame.restore_missed(missed);
            }
            last = Some(now);
        }
        self.give_up();
    }

    fn statement(&mut self, frame: &mut Frame, statement: &Statement) {
        if !statement.with.is_empty() {
            let message = "`with` replaces a part of what the rule reads".to_owned();
            self.notice(&codes::RGO105, (frame.module, statement.range), message);
            self.give_up();
        }
        match &statement.literal {
            Literal::Some(names) => names.iter().for_each(|name| frame.declare(name)),
            Literal::SomeIn {
                key,
                value,
                collection,
            } => {
                let collection = self.expression(frame, collection);
                let site = self.site(frame, statement.range);
                let (keys, elements) = self.elements(&collection, site);
                if let Some(key) = key {
                    self.bind(frame, key, &keys, None);
                }
                self.bind(frame, value, &elements, None);
            }
            Literal::Expr(expr) => self.condition(frame, expr),
            Literal::Not(expr) => {
                let negated = std::mem::replace(&mut frame.negated, true);
                frame.nested(|frame| self.condition(frame, expr));
                frame.negated = negated;
            }
            Literal::Every {
                key,
                value,
                domain,
                query,
            } => {
                let domain = self.expression(frame, domain);
                let (keys, elements) = self.elements(&domain, None);
                frame.nested(|frame| {
                    if let Some(key) = key {
                        frame.bind(key, keys, None);
                    }
                    frame.bind(value, elements, None);
                    self.query(frame, query);
                });
            }
        }
    }

    fn condition(&mut self, frame: &mut Frame, expr: &Expr) {
        match &expr.kind {
            ExprKind::Declare(left, right) => {
                let abs = self.expression(frame, right);
                self.bind(frame, left, &abs, None);
            }
            ExprKind::Unify(left, right) => self.unify(frame, left, right, expr.range),
            _ => {
                let abs = self.expression(frame, expr);
                self.recorder.presence(&abs);
            }
        }
    }

    /// `left = right`: binds what is unbound, compares what is not.
    pub(super) fn unify(&mut self, frame: &mut Frame, left: &Expr, right: &Expr, range: Range) {
        match (
            self.is_open(frame, left, range),
            self.is_open(frame, right, range),
        ) {
            (true, true) => match (&left.kind, &right.kind) {
                (ExprKind::Array(lefts), ExprKind::Array(rights)) => {
                    for (left, right) in lefts.iter().zip(rights) {
                        self.unify(frame, left, right, range);
                    }
                }
                _ => {
                    // Which side binds which cannot be told yet; the next pass can, when one side is bound elsewhere.
                    let abs = self.expression(frame, right);
                    self.bind(frame, left, &abs, Some(range));
                }
            },
            (true, false) => {
                let abs = self.expression(frame, right);
                self.bind(frame, left, &abs, Some(range));
            }
            (false, true) => {
                let abs = self.expression(frame, left);
                self.bind(frame, right, &abs, Some(range));
            }
            (false, false) => {
                let (left, right) = (self.expression(frame, left), self.expression(frame, right));
                self.recorder.compare(Comparison::Equality, &left, &right);
            }
        }
    }

    /// True when `expr` is a variable without a value, or a literal with one in it.
    pub(super) fn is_open(&self, frame: &Frame, expr: &Expr, range: Range) -> bool {
        match &expr.kind {
            ExprKind::Var(name) if &**name == "_" => true,
            ExprKind::Var(name) => {
                frame.is_bound_by(name, range)
                    || (!frame.is_bound(name) && (frame.is_local(name) || self.is_free(frame, name)))
            }
            ExprKind::Array(items) => items.iter().any(|item| self.is_open(frame, item, range)),
            ExprKind::Object(fields) => fields.iter().any(|(_, value)| self.is_open(frame, value, range)),
            _ => false,
        }
    }

    /// Binds the variables of `pattern` to `abs` and its parts; what is no variable is compared. `by` is the `=` that
    /// does it; without one, the variables are new.
    pub(super) fn bind(&mut self, frame: &mut Frame, pattern: &Expr, abs: &Abs, by: Option<Range>) {
        match &pattern.kind {
            ExprKind::Var(name) if &**name == "_" => {}
            ExprKind::Var(name) => {
                if by.is_some_and(|by| !self.is_open(frame, pattern, by)) {
                    let bound = self.expression(frame, pattern);
                    self.recorder.compare(Comparison::Equality, &bound, abs);
                } else {
                    frame.bind(name, abs.clone(), by);
                }
            }
            ExprKind::Array(items) => {
                // The length has to match, and positions matter.
                self.recorder.presence(abs);
                self.recorder.count(abs);
                let (_, elements) = self.elements(abs, None);
                for item in items {
                    self.bind(frame, item, &elements, by);
                }
            }
            ExprKind::Object(fields) => {
                self.recorder.presence(abs);
                self.recorder.count(abs);
                for (key, value) in fields {
                    let key = self.expression(frame, key);
                    let part = self.indexed(abs, &key);
                    self.recorder.presence(&part);
                    self.bind(frame, value, &part, by);
                }
            }
            _ => {
                let expected = self.expression(frame, pattern);
                self.recorder.compare(Comparison::Equality, &expected, abs);
            }
        }
    }

    /// The number of the iteration at `range`, when it is directly in the body of the analysed rule.
    pub(super) fn site(&mut self, frame: &mut Frame, range: Range) -> Site {
        frame.iterations += 1;
        if !frame.top {
            return None;
        }
        let next = self.sites.len();
        Some(*self.sites.entry((frame.module, range)).or_insert(next))
    }
}
