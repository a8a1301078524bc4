//! Templates to strings.

use std::sync::Arc;

use super::codes;
use super::cty::{Data, Type, Val, convert, merge_unknowns};
use super::evaluation::{Binding, Evaluation, Fault, Scope, fault};
use super::expression::iterate;
use crate::document::hcl::{Template, TemplatePart};
use crate::source::Span;
use crate::value::{TextPart, Unknown};

/// How many parts of an unknown text are told. A text of texts has the parts of all of them, and a few lines of source
/// make a billion; nobody writes so many.
const MAX_PARTS: usize = 64;

/// A string that is being built.
#[derive(Default)]
struct Text {
    known: String,
    /// The parts before the last unknown one.
    parts: Vec<TextPart>,
    /// How much of `known` is in `parts`.
    told: usize,
    /// What made it unknown.
    hidden: Vec<Val>,
    sensitive: bool,
}

impl Text {
    /// An unknown part.
    fn hide(&mut self, value: Val) {
        self.tell();
        let parts = match value.as_unknown() {
            Some(unknown) if !value.sensitive => unknown.as_text_parts(),
            _ => vec![TextPart::Open],
        };
        // One more than are told says that there are too many.
        let room = (MAX_PARTS + 1).saturating_sub(self.parts.len());
        self.parts.extend(parts.into_iter().take(room));
        self.hidden.push(value);
    }

    /// The known text since the last unknown part.
    fn tell(&mut self) {
        if self.parts.len() <= MAX_PARTS
            && let Some(text) = self.known.get(self.told..).filter(|text| !text.is_empty())
        {
            self.parts.push(TextPart::Known(text.into()));
        }
        self.told = self.known.len();
    }
}

impl Evaluation<'_> {
    pub(super) fn template(&self, template: &Template, scope: &Scope<'_>, at: &Span) -> Result<Val, Fault> {
        let mut text = Text::default();
        self.append(template, scope, &mut text, at)?;
        let value = if text.hidden.is_empty() {
            Val::string(&text.known)
        } else {
            text.tell();
            let mut unknown = Unknown::clone(&merge_unknowns(&text.hidden));
            // A text that holds a secret is not told in parts.
            if !text.sensitive && text.parts.len() <= MAX_PARTS {
                unknown.text = text.parts;
            }
            let sensitive = text.hidden.iter().any(Val::has_sensitive);
            Val::unknown(Type::String, Arc::new(unknown)).marked(sensitive)
        };
        Ok(value.marked(text.sensitive))
    }

    fn append(
        &self,
        template: &Template,
        scope: &Scope<'_>,
        text: &mut Text,
        at: &Span,
    ) -> Result<(), Fault> {
        let _level = self.enter(at)?;
        for part in &template.parts {
            match part {
                TemplatePart::Literal(literal) => text.known.push_str(literal),
                TemplatePart::Interpolation(expr) => {
                    let value = self.eval(expr, scope)?;
                    if value.is_null() {
                        return Err(fault(&codes::TFS006, "null cannot stand in a text", &expr.span));
                    }
                    if !value.is_known() {
                        text.sensitive |= value.sensitive;
                        text.hide(value);
                        continue;
                    }
                    let ty = value.ty();
                    let value = convert(value, &Type::String).map_err(|_| {
                        let message = format!("{} cannot stand in a text", ty.friendly());
                        let mut wrong = fault(&codes::TFS006, message, &expr.span);
                        wrong.help = Some("`jsonencode` or `join` turn it into a string".to_owned());
                        wrong
                    })?;
                    text.sensitive |= value.sensitive;
                    match &value.data {
                        Data::String(piece) => text.known.push_str(piece),
                        _ => text.hide(value),
                    }
                }
                TemplatePart::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    let decision = self.eval(condition, scope)?;
                    if decision.is_null() {
                        return Err(fault(&codes::TFS006, "the condition is null", &condition.span));
                    }
                    text.sensitive |= decision.sensitive;
                    if !decision.is_known() {
                        text.hide(decision);
                        continue;
                    }
                    let decision = convert(decision, &Type::Bool).map_err(|error| {
                        fault(
                            &codes::TFS006,
                            format!("the condition is not a bool: {error}"),
                            &condition.span,
                        )
                    })?;
                    match decision.as_bool() {
                        Some(true) => self.append(then, scope, text, at)?,
                        Some(false) => self.append(otherwise, scope, text, at)?,
                        None => text.hide(decision),
                    }
                }
                TemplatePart::For {
                    key_name,
                    value_name,
                    collection,
                    body,
                } => {
                    let values = self.eval(collection, scope)?;
                    text.sensitive |= values.sensitive;
                    let Some(pairs) = iterate(&values, &collection.span)? else {
                        text.hide(values);
                        continue;
                    };
                    for (key, value) in pairs {
                        let outer = key_name.as_ref().map(|name| Binding {
                            name: name.clone(),
                            value: key,
                            outer: scope.bindings,
                        });
                        let binding = Binding {
                            name: value_name.clone(),
                            value,
                            outer: outer.as_ref().or(scope.bindings),
                        };
                        self.append(body, &scope.bind(&binding), text, at)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A text with something around its unknown part: whatever that is, the whole is there and is not empty.
pub(super) fn there(value: Val, template: &Template) -> Val {
    let written = |part: &TemplatePart| matches!(part, TemplatePart::Literal(text) if !text.is_empty());
    match &value.data {
        Data::Unknown(ty, unknown) if template.parts.iter().any(written) => {
            let unknown = crate::value::Unknown::clone(unknown).non_null();
            Val::unknown(ty.clone(), std::sync::Arc::new(unknown)).marked(value.sensitive)
        }
        _ => value,
    }
}
