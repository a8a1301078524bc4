//! Names that the module does not declare.
//!
//! Terraform refuses such a module, and so the error stands in the report. What is written around the name says
//! something all the same: the other arguments of a block, the rest of a policy in which one ARN is missing. So the
//! name stands for something that is there and not known, as the attribute of a declared resource does.

use std::sync::Arc;

use super::codes;
use super::cty::{Type, Val};
use super::evaluation::{Evaluation, Traced, fault};
use super::references::{is_identity, is_never_null};
use crate::diagnostic::Diagnostic;
use crate::document::hcl::TraversalStep;
use crate::resource::ResourceMode;
use crate::source::Span;
use crate::value::{TextPart, Unknown, UnknownReason};

/// Says that `what` is not declared, and which of the known names may be meant.
pub(super) fn undeclared<'n>(
    what: &str,
    known: impl Iterator<Item = &'n Arc<str>>,
    name: &str,
    at: &Span,
) -> Diagnostic {
    let message = format!("`{what}` is not declared in this module");
    let mut wrong = *fault(&codes::TFS004, message, at);
    wrong.help = did_you_mean(name, known.map(|candidate| &**candidate));
    wrong
}

/// The help for a name that is not known, when a known one is near.
pub(super) fn did_you_mean<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(candidate, name), candidate))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// A value of which only the name is known.
pub(super) fn named(reason: UnknownReason, name: &Arc<str>) -> Val {
    let unknown = Unknown::new(reason).with_refs([name.clone()]);
    Val::unknown(Type::Dynamic, Arc::new(unknown))
}

impl Evaluation<'_> {
    /// The attribute of a resource that no block declares, with the steps that come after it. Which instance is asked for
    /// says nothing more.
    pub(super) fn missing_resource<'t>(
        &self,
        mode: ResourceMode,
        resource_type: &str,
        address: &Arc<str>,
        steps: &'t [TraversalStep],
    ) -> (Val, &'t [TraversalStep]) {
        let reason = match mode {
            ResourceMode::Data => UnknownReason::DataSource,
            ResourceMode::Managed => UnknownReason::Reference,
        };
        if mode == ResourceMode::Managed {
            self.missing.borrow_mut().insert(address.clone());
        }
        let mut rest = steps;
        if let Some((TraversalStep::Index(_) | TraversalStep::LegacyIndex(..), after)) = rest.split_first() {
            rest = after;
        }
        let Some((TraversalStep::Attribute(name, _), rest)) = rest.split_first() else {
            return (named(reason, address), &[]);
        };
        if let Some(traced) = self.trace.borrow_mut().as_mut() {
            traced.push(Traced {
                target: address.clone(),
                attribute: name.clone(),
            });
        }
        let mut unknown = Unknown::new(reason).with_refs([address.clone()]);
        unknown.non_null = is_never_null(name);
        let identity = is_identity(mode, resource_type, name);
        if identity {
            unknown.non_null = true;
            unknown.text.push(TextPart::Identity);
        }
        let ty = match &**name {
            "id" | "arn" => Type::String,
            _ if identity => Type::String,
            _ => Type::Dynamic,
        };
        (Val::unknown(ty, Arc::new(unknown)), rest)
    }
}
