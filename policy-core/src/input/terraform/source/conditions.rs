//! `precondition`, `postcondition` and the rest of what a configuration demands of itself.

use std::rc::Rc;

use super::codes;
use super::cty::{Type, convert};
use super::evaluation::{Binding, Evaluation, Instance, ResourceInstance, Scope};
use crate::diagnostic::Diagnostic;
use crate::document::hcl::{Block, Body};

impl Evaluation<'_> {
    /// Reports what the `lifecycle` block of a resource demands and is not so: Terraform makes no plan of it. What is not
    /// known is not reported.
    pub(super) fn check_resource(&self, resource: &Rc<ResourceInstance>) {
        // Whether there is such an instance at all is not known.
        let (Some(block), None) = (resource.block(), &resource.condition) else {
            return;
        };
        let scope = Scope::of(&resource.module).with_each(&resource.each);
        for lifecycle in block.block.body.blocks_of("lifecycle") {
            self.demands(&lifecycle.body, "precondition", &resource.address, &scope);
            if lifecycle.body.blocks_of("postcondition").next().is_some() {
                let binding = Binding {
                    name: "self".into(),
                    value: self.resource_value(resource),
                    outer: None,
                };
                self.demands(
                    &lifecycle.body,
                    "postcondition",
                    &resource.address,
                    &scope.bind(&binding),
                );
            }
        }
    }

    /// The same for the preconditions of an output.
    pub(super) fn check_output(&self, instance: &Rc<Instance>, name: &str, block: &Block) {
        if instance.condition.is_none() {
            let what = instance.absolute(&format!("output.{name}"));
            self.demands(&block.body, "precondition", &what, &Scope::of(instance));
        }
    }

    fn demands(&self, body: &Body, kind: &str, what: &str, scope: &Scope<'_>) {
        for demand in body.blocks_of(kind) {
            let Some(condition) = demand.body.attribute("condition") else {
                continue;
            };
            let holds = match self.eval(&condition.expr, scope) {
                Ok(holds) => holds,
                Err(fault) => {
                    self.report(*fault);
                    continue;
                }
            };
            match convert(holds, &Type::Bool) {
                Ok(holds) if !holds.is_null() && holds.as_bool() != Some(false) => {}
                Ok(holds) if holds.as_bool() == Some(false) => {
                    let words = demand.body.attribute("error_message").and_then(|message| {
                        let message = self.eval(&message.expr, scope).ok()?;
                        (!message.has_sensitive()).then(|| message.as_str().map(str::to_owned))?
                    });
                    let words =
                        words.map_or_else(String::new, |words| format!(": {}", words.trim_end_matches('.')));
                    let message = format!("a {kind} of `{what}` does not hold{words}");
                    self.report(
                        Diagnostic::new(&codes::TFS016, message).label(&condition.expr.span, "this is false"),
                    );
                }
                _ => {
                    let message = format!("a {kind} of `{what}` is neither true nor false");
                    self.report(Diagnostic::new(&codes::TFS006, message).at(&condition.expr.span));
                }
            }
        }
    }
}
