//! The variables of one rule body.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Range;
use super::abs::Abs;

/// A declared variable.
#[derive(Clone, Debug, Default, PartialEq)]
struct Binding {
    /// What it may be; `None` until something binds it.
    abs: Option<Abs>,
    /// The `=` that binds it, which is no comparison.
    by: Option<Range>,
}

/// The state of one rule or function body.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub(super) module: usize,
    /// Directly in the body of a `deny` rule: iterations are followed.
    pub(super) top: bool,
    /// Iterations directly in this body: it may have several results.
    pub(super) iterations: usize,
    /// Under `not`: what is read there need not be there.
    pub(super) negated: bool,
    /// Expressions whose value ends up in the violation.
    pub(super) shown: Vec<Range>,
    /// Inside such an expression.
    pub(super) showing: bool,
    /// Variables that were used before anything bound them.
    missed: BTreeSet<Arc<str>>,
    scopes: Vec<BTreeMap<Arc<str>, Binding>>,
}

impl Frame {
    pub(super) fn new(module: usize, top: bool) -> Self {
        Self {
            module,
            top,
            scopes: vec![BTreeMap::new()],
            ..Self::default()
        }
    }

    /// What `name` is bound to. `None` for what is no local variable, `Some(None)` for one that is not bound yet.
    pub(super) fn lookup(&mut self, name: &str) -> Option<Option<Abs>> {
        let found = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        let found = found.map(|binding| binding.abs.clone());
        if found == Some(None) {
            self.miss(name);
        }
        found
    }

    /// Notes a use of `name` before anything binds it.
    pub(super) fn miss(&mut self, name: &str) {
        self.missed.insert(name.into());
    }

    /// True when `name` is a local variable with a value.
    pub(super) fn is_bound(&self, name: &str) -> bool {
        self.scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(name))
            .is_some_and(|binding| binding.abs.is_some())
    }

    pub(super) fn is_local(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.contains_key(name))
    }

    /// True when the `=` at `range` gives `name` its value.
    pub(super) fn is_bound_by(&self, name: &str, range: Range) -> bool {
        let binding = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        binding.is_some_and(|binding| binding.by == Some(range))
    }

    /// Declares `name` in the innermost scope.
    pub(super) fn declare(&mut self, name: &Arc<str>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.entry(name.clone()).or_default();
        }
    }

    /// Adds `abs` to what `name` may be, in the innermost scope.
    pub(super) fn bind(&mut self, name: &Arc<str>, abs: Abs, by: Option<Range>) {
        if let Some(scope) = self.scopes.last_mut() {
            let binding = scope.entry(name.clone()).or_default();
            binding.by = binding.by.or(by);
            binding.abs.get_or_insert_default().join(abs);
        }
    }

    /// Runs `visit` with a scope of its own, as in a comprehension.
    pub(super) fn nested<T>(&mut self, visit: impl FnOnce(&mut Self) -> T) -> T {
        let (top, iterations, showing) = (
            std::mem::replace(&mut self.top, false),
            self.iterations,
            self.showing,
        );
        self.scopes.push(BTreeMap::new());
        let result = visit(self);
        self.scopes.pop();
        self.top = top;
        self.iterations = iterations;
        self.showing = showing;
        result
    }

    /// Starts a pass over a body: what was missed so far is set aside.
    pub(super) fn take_missed(&mut self) -> BTreeSet<Arc<str>> {
        std::mem::take(&mut self.missed)
    }

    /// Ends the passes over a body with what was missed before it. What this scope does not bind may be bound outside.
    pub(super) fn restore_missed(&mut self, before: BTreeSet<Arc<str>>) {
        self.missed.extend(before);
    }

    /// True when something that was used too early has a value by now.
    pub(super) fn resolves_missed(&self) -> bool {
        self.missed.iter().any(|name| self.is_bound(name))
    }

    /// The state that further passes build on.
    pub(super) fn snapshot(&self) -> impl PartialEq + use<> {
        self.scopes.clone()
    }
}
