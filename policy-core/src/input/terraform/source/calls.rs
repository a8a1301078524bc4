//! Function calls that need more than the values of their arguments.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::codes;
use super::configuration::Module;
use super::cty::{Type, Val, merge_unknowns};
use super::evaluation::{Evaluation, Fault, Instance, Scope, fault};
use super::functions::{self, FunctionContext, FunctionError, NotRendered, Templates};
use crate::document::hcl::{self, Call};
use crate::source::{Source, Span};
use crate::value::Unknown;

impl Evaluation<'_> {
    /// Calls a function with evaluated arguments; `spans` are the places of the arguments.
    pub(super) fn call_function(
        &self,
        name: &str,
        args: Vec<Val>,
        spans: &[&Span],
        call: &Call,
    ) -> Result<Val, Fault> {
        let weight: u64 = args.iter().map(|arg| arg.summary().weight).sum();
        self.spend(weight / 8, &call.name_span)?;
        if name == "jsonencode"
            && let [value] = args.as_slice()
            && value.is_known()
            && !value.is_wholly_known()
        {
            return Ok(self.open_json(value));
        }
        let context = FunctionContext {
            files: self.files,
            directory: &self.root,
            working_directory: None,
            templates: self,
        };
        functions::call(name, args, &context).map_err(|error| {
            let at = error
                .argument()
                .and_then(|index| spans.get(index).copied())
                .unwrap_or(&call.name_span);
            let code = match error {
                FunctionError::TooLarge { .. } => &codes::TFS011,
                _ => &codes::TFS007,
            };
            let mut failed = fault(code, error.to_string(), at);
            failed.help = error.help();
            failed
        })
    }

    /// A JSON text with holes: unknown as a text, and its structure is remembered.
    fn open_json(&self, value: &Val) -> Val {
        let unknown = Arc::new(Unknown::clone(&merge_unknowns([value])).non_null());
        let sensitive = value.has_sensitive();
        self.remember_document(&unknown, value.clone().unmarked_deep().0.to_value());
        Val::unknown(Type::String, unknown).marked(sensitive)
    }
}

impl Templates for Evaluation<'_> {
    fn render(&self, name: &str, text: &str, variables: BTreeMap<Arc<str>, Val>) -> Result<Val, NotRendered> {
        let source = Source::new(name, text);
        let whole = Span::new(source, 0, text.len());
        let expr = hcl::parse_template(text, &whole).map_err(|diagnostic| NotRendered {
            message: diagnostic.message,
            limit: false,
        })?;
        // A template sees its variables and nothing of the module.
        let nothing = Rc::new(Instance::new(Rc::new(Module::default())));
        let scope = Scope {
            variables: Some(&variables),
            ..Scope::of(&nothing)
        };
        self.eval(&expr, &scope).map_err(|fault| NotRendered {
            limit: fault.code.id == codes::TFS011.id,
            message: fault.message,
        })
    }
}
