//! Function calls that need more than the values of their arguments.

use std::sync::Arc;

use super::codes;
use super::cty::{Type, Val, merge_unknowns};
use super::evaluation::{Evaluation, Fault, Scope, fault};
use super::expression::unknown_of;
use crate::document::hcl::{Call, Expr};
use crate::source::Span;
use crate::value::Unknown;

impl Evaluation<'_> {
    pub(super) fn call_function(
        &self,
        name: &str,
        args: Vec<Val>,
        spans: &[&Span],
        call: &Call,
        whole: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Val, Fault> {
        let _ = (spans, scope, whole);
        if name.starts_with("provider::") {
            return Ok(unknown_of(Type::Dynamic, &args));
        }
        if name == "jsonencode" && let [value] = args.as_slice() && !value.is_wholly_known() {
            return Ok(self.open_json(value));
        }
        if name == "toset" && let [value] = args.as_slice() {
            return super::cty::convert(value.clone(), &Type::set(Type::Dynamic))
                .map_err(|error| fault(&codes::TFS007, error.to_string(), &call.name_span));
        }
        Ok(unknown_of(Type::Dynamic, &args))
    }

    /// A JSON text with holes: unknown as a text, and its structure is remembered.
    fn open_json(&self, value: &Val) -> Val {
        let unknown = Arc::new(Unknown::clone(&merge_unknowns([value])).non_null());
        self.remember_document(&unknown, value.clone().unmarked_deep().0.to_value());
        Val::unknown(Type::String, unknown).marked(value.has_sensitive())
    }
}
