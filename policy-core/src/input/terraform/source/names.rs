//! Names in code that is not evaluated.
//!
//! Terraform looks at every name before it evaluates anything: a typo in the branch of a condition that is not taken, or
//! in a block without instances, refuses the module as a whole. So all expressions of a module are gone through once.

use std::sync::Arc;

use super::configuration::Module;
use super::evaluation::Evaluation;
use super::undeclared::undeclared;
use crate::document::hcl::{Block, Body, Expr, ExprKind, Template, TemplatePart, TraversalStep};

/// Arguments whose words are no references, or name providers.
const NO_REFERENCES: &[&str] = &["provider", "providers", "ignore_changes", "replace_triggered_by"];

impl Evaluation<'_> {
    /// Reports the names in a module that nothing declares.
    pub(super) fn check_names(&self, module: &Module) {
        let walk = Walk {
            evaluation: self,
            module,
        };
        for resource in &module.resources {
            walk.body(&resource.block.body, None);
        }
        for block in module
            .calls
            .values()
            .chain(module.outputs.values())
            .chain(&module.providers)
        {
            walk.body(&block.body, None);
        }
        for variable in module.variables.values() {
            for validation in variable.body.blocks_of("validation") {
                walk.body(&validation.body, None);
            }
        }
        for expr in module.locals.values() {
            walk.expr(expr, None);
        }
    }
}

/// A name that the expression around binds.
#[derive(Clone, Copy)]
struct Bound<'b> {
    name: &'b str,
    outer: Option<&'b Bound<'b>>,
}

fn is_bound(mut bound: Option<&Bound<'_>>, name: &str) -> bool {
    while let Some(binding) = bound {
        if binding.name == name {
            return true;
        }
        bound = binding.outer;
    }
    false
}

/// Recursion follows the nesting of the text, which the parser bounds.
struct Walk<'w, 'e> {
    evaluation: &'w Evaluation<'e>,
    module: &'w Module,
}

impl Walk<'_, '_> {
    fn body(&self, body: &Body, bound: Option<&Bound<'_>>) {
        for attribute in body.attributes() {
            if !NO_REFERENCES.contains(&&*attribute.name) {
                self.expr(&attribute.expr, bound);
            }
        }
        for block in body.blocks() {
            match &*block.kind {
                "dynamic" => self.dynamic(block, bound),
                _ => self.body(&block.body, bound),
            }
        }
    }

    fn dynamic(&self, block: &Block, bound: Option<&Bound<'_>>) {
        let iterator = block
            .body
            .attribute("iterator")
            .and_then(|iterator| match &iterator.expr.kind {
                ExprKind::Variable(name) => Some(name.clone()),
                _ => super::configuration::literal_text(&iterator.expr).map(Arc::from),
            });
        let label = block.labels.first().map(|label| label.text.clone());
        let name = iterator.or(label).unwrap_or_else(|| "".into());
        let inner = Bound {
            name: &name,
            outer: bound,
        };
        for attribute in block
            .body
            .attributes()
            .filter(|attribute| &*attribute.name != "iterator")
        {
            // Labels see the iterator, the collection does not.
            let bound = if &*attribute.name == "for_each" {
                bound
            } else {
                Some(&inner)
            };
            self.expr(&attribute.expr, bound);
        }
        for content in block.body.blocks() {
            self.body(&content.body, Some(&inner));
        }
    }

    fn expr(&self, expr: &Expr, bound: Option<&Bound<'_>>) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Variable(_) => {}
            ExprKind::Template(template) => self.template(template, bound),
            ExprKind::Unwrapped(inner) | ExprKind::Parenthesis(inner) | ExprKind::Unary(_, inner) => {
                self.expr(inner, bound);
            }
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item, bound)),
            ExprKind::Object(items) => {
                for item in items {
                    self.expr(&item.key, bound);
                    self.expr(&item.value, bound);
                }
            }
            ExprKind::Traversal(base, steps) => {
                match &base.kind {
                    ExprKind::Variable(root) if !is_bound(bound, root) => self.reference(root, steps),
                    _ => self.expr(base, bound),
                }
                for step in steps {
                    if let TraversalStep::Index(index) = step {
                        self.expr(index, bound);
                    }
                }
            }
            ExprKind::Call(call) => call.args.iter().for_each(|argument| self.expr(argument, bound)),
            ExprKind::Conditional(condition, then, otherwise) => {
                for part in [condition, then, otherwise] {
                    self.expr(part, bound);
                }
            }
            ExprKind::Binary(_, left, right) => {
                self.expr(left, bound);
                self.expr(right, bound);
            }
            ExprKind::For(each) => {
                self.expr(&each.collection, bound);
                self.with_names(each.key_name.as_deref(), &each.value_name, bound, &|bound| {
                    let parts = [each.key.as_ref(), Some(&each.value), each.condition.as_ref()];
                    for part in parts.into_iter().flatten() {
                        self.expr(part, bound);
                    }
                });
            }
        }
    }

    fn with_names(
        &self,
        key: Option<&str>,
        value: &str,
        outer: Option<&Bound<'_>>,
        inside: &dyn Fn(Option<&Bound<'_>>),
    ) {
        let key = key.map(|name| Bound { name, outer });
        let value = Bound {
            name: value,
            outer: key.as_ref().or(outer),
        };
        inside(Some(&value));
    }

    fn template(&self, template: &Template, bound: Option<&Bound<'_>>) {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(_) => {}
                TemplatePart::Interpolation(expr) => self.expr(expr, bound),
                TemplatePart::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    self.expr(condition, bound);
                    self.template(then, bound);
                    self.template(otherwise, bound);
                }
                TemplatePart::For {
                    key_name,
                    value_name,
                    collection,
                    body,
                } => {
                    self.expr(collection, bound);
                    self.with_names(key_name.as_deref(), value_name, bound, &|bound| {
                        self.template(body, bound);
                    });
                }
            }
        }
    }

    fn reference(&self, root: &str, steps: &[TraversalStep]) {
        let Some(TraversalStep::Attribute(name, at)) = steps.first() else {
            return;
        };
        let module = self.module;
        let missing = match root {
            "var" if !module.variables.contains_key(name) => {
                undeclared(&format!("var.{name}"), module.variables.keys(), name, at)
            }
            "local" if !module.locals.contains_key(name) => {
                undeclared(&format!("local.{name}"), module.locals.keys(), name, at)
            }
            "module" if !module.calls.contains_key(name) => {
                undeclared(&format!("module.{name}"), module.calls.keys(), name, at)
            }
            _ => return,
        };
        self.evaluation.report(missing);
    }
}
