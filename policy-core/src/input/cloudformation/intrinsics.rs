//! The intrinsic functions, one function each, after the "Intrinsic function reference" of the CloudFormation
//! documentation. A call that CloudFormation would refuse is reported and gives an unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::branches;
use super::cidr;
use super::codes;
use super::evaluate::Evaluator;
use super::expression::Expression;
use super::text::{self, Part, assemble, depends_on, one_of, same_reason};
use crate::diagnostic::Diagnostic;
use crate::document::NodeKind;
use crate::value::{Number, Unknown, UnknownReason, Value};

/// How many names are compared to find the one that was meant. CloudFormation allows 500 resources and 200 parameters.
const MAX_SUGGESTIONS: usize = 700;

/// `Ref`
pub(super) fn reference(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Option<Value> {
    match name_of(evaluator, argument) {
        Some(Part::Known(name) | Part::Secret(name)) => match evaluator.named(&name) {
            Some(value) => value,
            None => Some(missing(evaluator, argument, "Ref", &name)),
        },
        Some(Part::Unknown(unknown)) => Some(one_of_names(evaluator, &unknown, |evaluator, name| {
            evaluator.named(name).flatten()
        })),
        None => {
            let message = format!(
                "`Ref` takes the name of a parameter or resource, not {}",
                argument.describe()
            );
            Some(evaluator.wrong(&codes::CFN005, argument, message))
        }
    }
}

/// A name in a call: a written text, or with `AWS::LanguageExtensions` anything that gives a text.
fn name_of(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Option<Part> {
    match argument.literal() {
        Some(name) => Some(Part::Known(name)),
        None if evaluator.template.extensions => evaluator.part(argument),
        None => None,
    }
}

/// What a call gives whose name is not known: one of what the possible names give, whose references all count.
fn one_of_names(
    evaluator: &mut Evaluator<'_, '_>,
    unknown: &Arc<Unknown>,
    mut look_up: impl FnMut(&mut Evaluator<'_, '_>, &str) -> Option<Value>,
) -> Value {
    let names = Part::Unknown(unknown.clone()).choices().unwrap_or_default();
    let values: Option<Vec<Value>> = names.iter().map(|name| look_up(evaluator, name)).collect();
    let plain = same_reason([&**unknown]);
    match values {
        Some(values) if !values.iter().any(|value| value.as_unknown().is_some()) => one_of(plain, values),
        _ => plain.into(),
    }
}

/// `Fn::GetAtt`: `A.Arn`, `[A, Arn]`, and dotted attributes such as `Nested.Outputs.Url`.
pub(super) fn get_att(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    let shape = "`Fn::GetAtt` takes a resource and an attribute, as `Name.Attribute` or `[Name, Attribute]`";
    let (name, attribute) = match argument.arguments() {
        Some([name, attribute]) => match (name_of(evaluator, name), evaluator.part(attribute)) {
            (Some(Part::Unknown(unknown)), Some(attribute)) => {
                let attribute = attribute.known().cloned();
                return one_of_names(evaluator, &unknown, |evaluator, name| {
                    evaluator.resource(name, attribute.as_deref())
                });
            }
            (
                Some(Part::Known(name) | Part::Secret(name)),
                Some(Part::Known(attribute) | Part::Secret(attribute)),
            ) => (name, Some(attribute)),
            (Some(Part::Known(name) | Part::Secret(name)), Some(Part::Unknown(_))) => (name, None),
            _ => return evaluator.wrong(&codes::CFN005, argument, shape),
        },
        None => match argument
            .literal()
            .as_deref()
            .and_then(|text| text.split_once('.'))
        {
            Some((name, attribute)) if !attribute.is_empty() => (name.into(), Some(attribute.into())),
            _ => return evaluator.wrong(&codes::CFN005, argument, shape),
        },
    };
    match evaluator.resource(&name, attribute.as_deref()) {
        Some(value) => value,
        None => missing(evaluator, argument, "Fn::GetAtt", &name),
    }
}

/// `Fn::Sub`: a text, or a text with variables of its own.
pub(super) fn sub(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    let (pattern, variables) = match argument.items() {
        None => (argument, None),
        Some([pattern]) => (Expression::new(pattern), None),
        Some([pattern, variables]) => (Expression::new(pattern), Some(Expression::new(variables))),
        Some(_) => {
            return evaluator.wrong(
                &codes::CFN005,
                argument,
                "`Fn::Sub` takes a text, or a list of a text and variables",
            );
        }
    };
    let Some(pattern_text) = pattern.literal() else {
        let message = format!("`Fn::Sub` takes a written text, not {}", pattern.describe());
        return evaluator.wrong(&codes::CFN005, pattern, message);
    };
    let variables = match variables {
        Some(variables) if !matches!(variables.kind(), NodeKind::Mapping(_)) => {
            let message = format!(
                "the variables of `Fn::Sub` are a mapping, not {}",
                variables.describe()
            );
            return evaluator.wrong(&codes::CFN005, variables, message);
        }
        Some(variables) => substitutes(evaluator, variables),
        None => BTreeMap::new(),
    };
    let mut parts = Vec::new();
    let mut rest: &str = &pattern_text;
    while let Some((before, after)) = rest.split_once("${") {
        parts.push(Part::Known(before.into()));
        let Some((name, tail)) = variable(after) else {
            parts.push(Part::Known("${".into()));
            rest = after;
            break;
        };
        rest = tail;
        match name.strip_prefix('!') {
            Some(written) => parts.push(Part::Known(format!("${{{written}}}").into())),
            None => parts.push(substitute(evaluator, pattern, name.trim(), &variables)),
        }
    }
    parts.push(Part::Known(rest.into()));
    assemble(&parts)
}

/// What stands before the brace that closes a variable, and what comes after it. The name of a resource that a loop
/// over an unknown list stands for has a variable in it: `${Topic${Name}.Arn}`.
fn variable(after: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, letter) in after.char_indices() {
        match letter {
            '{' if previous == '$' => depth += 1,
            '}' if depth == 0 => return after.get(..at).zip(after.get(at + 1..)),
            '}' => depth -= 1,
            _ => {}
        }
        previous = letter;
    }
    // An inner brace that nothing closes is text.
    if depth > 0 { after.split_once('}') } else { None }
}

fn substitutes<'n>(evaluator: &mut Evaluator<'_, '_>, variables: Expression<'n>) -> BTreeMap<&'n str, Part> {
    let mut parts = BTreeMap::new();
    for entry in variables.entries() {
        let expression = Expression::new(&entry.value);
        let part = evaluator.part(expression).unwrap_or_else(|| {
            let message = format!("variable `{}` of `Fn::Sub` is no text", entry.key);
            part_of(evaluator.wrong(&codes::CFN005, expression, message))
        });
        parts.insert(&*entry.key, part);
    }
    parts
}

fn substitute(
    evaluator: &mut Evaluator<'_, '_>,
    pattern: Expression<'_>,
    name: &str,
    variables: &BTreeMap<&str, Part>,
) -> Part {
    if let Some(part) = variables.get(name) {
        return part.clone();
    }
    let value = match name.split_once('.') {
        Some((resource, attribute)) => evaluator.resource(resource, Some(attribute)).map(Some),
        None => evaluator.named(name),
    };
    match value {
        None => {
            let target = name.split_once('.').map_or(name, |(resource, _)| resource);
            part_of(missing(evaluator, pattern, "Fn::Sub", target))
        }
        Some(value) => value.as_ref().and_then(Part::from_value).unwrap_or_else(|| {
            let message = format!("`${{{name}}}` in `Fn::Sub` is no text");
            part_of(evaluator.wrong(&codes::CFN005, pattern, message))
        }),
    }
}

/// `Fn::Join`
pub(super) fn join(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    let shape = "`Fn::Join` takes a delimiter and a list: `[delimiter, [value, …]]`";
    let Some([delimiter, list]) = argument.arguments() else {
        return evaluator.wrong(&codes::CFN005, argument, shape);
    };
    let Some(delimiter) = delimiter.literal() else {
        return evaluator.wrong(&codes::CFN005, delimiter, shape);
    };
    let mut elements = Vec::new();
    match list.items() {
        Some(items) => {
            for item in items.iter().map(Expression::new) {
                if let Some(text) = item.literal() {
                    elements.push(Part::Known(text));
                    continue;
                }
                // `AWS::NoValue` leaves no gap: the element and its delimiter disappear.
                let Some(value) = evaluator.argument(item) else {
                    continue;
                };
                match Part::from_value(&value) {
                    Some(part) => elements.push(part),
                    None => {
                        return evaluator.wrong(&codes::CFN005, item, "an element of `Fn::Join` is no text");
                    }
                }
            }
        }
        None => match evaluator.argument(list) {
            Some(Value::List(values)) => match values.iter().map(Part::from_value).collect() {
                Some(parts) => elements = parts,
                None => return evaluator.wrong(&codes::CFN005, list, "an element of `Fn::Join` is no text"),
            },
            Some(Value::Unknown(unknown)) => return same_reason([&*unknown]).into(),
            _ => return evaluator.wrong(&codes::CFN005, list, shape),
        },
    }
    let mut parts = Vec::with_capacity(elements.len() * 2);
    for element in elements {
        if !parts.is_empty() {
            parts.push(Part::Known(delimiter.clone()));
        }
        parts.push(element);
    }
    assemble(&parts)
}

/// `Fn::Split`
pub(super) fn split(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    let shape = "`Fn::Split` takes a delimiter that is not empty and a text: `[delimiter, text]`";
    let Some([delimiter, source]) = argument.arguments() else {
        return evaluator.wrong(&codes::CFN005, argument, shape);
    };
    let Some(delimiter) = delimiter.literal().filter(|text| !text.is_empty()) else {
        return evaluator.wrong(&codes::CFN005, delimiter, shape);
    };
    let pieces = |text: &str| text.split(&*delimiter).map(Value::from).collect::<Vec<_>>();
    match evaluator.part(source) {
        // A dynamic reference is one text here and another one at deployment.
        Some(Part::Known(text)) => match text::literal(&text) {
            Value::Unknown(unknown) => same_reason([&*unknown]).into(),
            _ => Value::List(pieces(&text)),
        },
        Some(Part::Secret(text)) => {
            Value::List(pieces(&text).into_iter().map(Value::into_sensitive).collect())
        }
        Some(Part::Unknown(unknown)) => same_reason([&*unknown]).into(),
        None => evaluator.wrong(&codes::CFN005, source, shape),
    }
}

/// `Fn::Select`
pub(super) fn select(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    let shape = "`Fn::Select` takes an index and a list: `[index, [value, …]]`";
    let Some([index, list]) = argument.arguments() else {
        return evaluator.wrong(&codes::CFN005, argument, shape);
    };
    let wanted = evaluator.part(index);
    let first = evaluator.reference_count();
    // Each element with the references recorded for it, of which only the selected one's count.
    let mut elements: Vec<(Value, usize)> = Vec::new();
    match list.items() {
        Some(items) => {
            for item in items {
                let value = evaluator.argument(Expression::new(item));
                elements.extend(value.map(|value| (value, evaluator.reference_count())));
            }
        }
        None => match evaluator.argument(list) {
            Some(Value::List(values)) => {
                let count = evaluator.reference_count();
                elements = values.into_iter().map(|value| (value, count)).collect();
            }
            Some(Value::Unknown(unknown)) => return same_reason([&*unknown]).into(),
            _ => return evaluator.wrong(&codes::CFN005, list, shape),
        },
    }
    let index_text = match wanted {
        Some(Part::Known(text) | Part::Secret(text)) => text,
        Some(Part::Unknown(unknown)) => {
            return one_of(
                same_reason([&*unknown]),
                elements.into_iter().map(|(value, _)| value).collect(),
            );
        }
        None => return evaluator.wrong(&codes::CFN005, index, shape),
    };
    let Ok(position) = index_text.trim().parse::<usize>() else {
        let message = format!("the index of `Fn::Select` is a whole number from 0, not `{index_text}`");
        return evaluator.wrong(&codes::CFN005, index, message);
    };
    let count = elements.len();
    let before = position
        .checked_sub(1)
        .and_then(|before| elements.get(before))
        .map_or(first, |(_, end)| *end);
    if position >= count {
        let message = format!("`Fn::Select` asks for element {position} of a list with {count} elements");
        return evaluator.wrong(&codes::CFN005, index, message);
    }
    // An element that may be absent moves the others, so that any of them can be the one.
    let perhaps_absent = elements
        .iter()
        .take(position + 1)
        .filter_map(|(value, _)| value.as_unknown());
    let moving: Vec<&Unknown> = perhaps_absent
        .map(|unknown| &**unknown)
        .filter(|unknown| !unknown.non_null)
        .collect();
    if !moving.is_empty() {
        return same_reason(moving).into();
    }
    let (value, end) = elements.swap_remove(position);
    if list.items().is_some() {
        evaluator.forget_references(end, usize::MAX);
        evaluator.forget_references(first, before);
    }
    value
}

/// `Fn::If`
pub(super) fn if_(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Option<Value> {
    let shape =
        "`Fn::If` takes the name of a condition and two values: `[condition, value if true, value if false]`";
    let Some([condition, positive, negative]) = argument.arguments() else {
        return Some(evaluator.wrong(&codes::CFN005, argument, shape));
    };
    let Some(name) = condition.literal() else {
        return Some(evaluator.wrong(&codes::CFN005, condition, shape));
    };
    if !evaluator.conditions.contains(&name) {
        evaluator.missing_condition(&name, condition.span());
    }
    match evaluator.conditions.decided(&name) {
        Some(true) => evaluator.value(positive),
        Some(false) => evaluator.value(negative),
        None => {
            let positive = evaluator.value(positive);
            let negative = evaluator.value(negative);
            let name = evaluator.template.scope.name(&name);
            branches::either(&name, positive, negative)
        }
    }
}

/// `Fn::Base64`
pub(super) fn base64(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    match evaluator.part(argument) {
        Some(Part::Known(text)) => match text::literal(&text) {
            Value::Unknown(unknown) => same_reason([&*unknown]).into(),
            _ => text::base64(text.as_bytes()).into(),
        },
        Some(Part::Secret(text)) => Value::from(text::base64(text.as_bytes())).into_sensitive(),
        // The parts are those of the text behind the encoding: nobody reads encoded parts.
        Some(Part::Unknown(unknown)) => same_reason([&*unknown]).with_text(unknown.text.clone()).into(),
        None => evaluator.wrong(&codes::CFN005, argument, "`Fn::Base64` takes a text"),
    }
}

/// `Fn::Cidr`
pub(super) fn cidr(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    let shape = "`Fn::Cidr` takes a CIDR block, a count and the number of subnet bits";
    let (block, count, bits) = match argument.items() {
        Some([block, count, bits]) => (block, count, Some(bits)),
        Some([block, count]) => (block, count, None),
        _ => return evaluator.wrong(&codes::CFN005, argument, shape),
    };
    let block = evaluator.part(Expression::new(block));
    let count = evaluator.part(Expression::new(count));
    let bits = bits.map(|bits| evaluator.part(Expression::new(bits)));
    let (Some(block), Some(count), Some(bits)) = (block, count, bits.unwrap_or(Some(Part::Known("".into()))))
    else {
        return evaluator.wrong(&codes::CFN005, argument, shape);
    };
    let (Some(block_text), Some(count_text), Some(bits_text)) = (block.known(), count.known(), bits.known())
    else {
        return depends_on(&[&block, &count, &bits]).into();
    };
    if bits_text.is_empty() {
        // What CloudFormation takes without the third argument is not documented.
        return Unknown::new(UnknownReason::Expression).non_null().into();
    }
    let (Ok(count), Ok(bits)) = (count_text.trim().parse(), bits_text.trim().parse()) else {
        return evaluator.wrong(&codes::CFN005, argument, shape);
    };
    match cidr::subnets(block_text, count, bits) {
        Ok(subnets) => Value::List(subnets.into_iter().map(Value::from).collect()),
        Err(problem) => evaluator.wrong(&codes::CFN005, argument, format!("`Fn::Cidr`: {problem}")),
    }
}

/// `Fn::GetAZs`: a list that only the account can tell.
pub(super) fn get_azs(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    match (argument.kind(), argument.items()) {
        // `!GetAZs` with nothing behind it is the Region of the stack.
        (NodeKind::Null, _) => {}
        _ => {
            if evaluator.part(argument).is_none() {
                return evaluator.wrong(
                    &codes::CFN005,
                    argument,
                    "`Fn::GetAZs` takes a Region, or `\"\"` for the stack's own",
                );
            }
        }
    }
    Unknown::new(UnknownReason::Expression).non_null().into()
}

/// `Fn::ImportValue`: an output of another stack.
pub(super) fn import_value(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    let refs = match evaluator.part(argument) {
        Some(Part::Known(name) | Part::Secret(name)) => vec![name],
        Some(Part::Unknown(unknown)) => unknown.refs.clone(),
        None => {
            return evaluator.wrong(
                &codes::CFN005,
                argument,
                "`Fn::ImportValue` takes the name of an export",
            );
        }
    };
    Unknown::new(UnknownReason::Import)
        .with_refs(refs)
        .non_null()
        .into()
}

/// `Fn::Length`
pub(super) fn length(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Value {
    match evaluator.argument(argument) {
        // An element that may turn out to be absent makes the length unknown too.
        Some(Value::List(values)) => {
            let open: Vec<&Unknown> = values
                .iter()
                .filter_map(|value| value.as_unknown().map(|unknown| &**unknown))
                .filter(|unknown| !unknown.non_null)
                .collect();
            if open.is_empty() {
                Value::Number(Number::Integer(i128::try_from(values.len()).unwrap_or(i128::MAX)))
            } else {
                same_reason(open).into()
            }
        }
        Some(Value::Unknown(unknown)) => same_reason([&*unknown]).into(),
        _ => evaluator.wrong(&codes::CFN005, argument, "`Fn::Length` takes a list"),
    }
}

fn missing(evaluator: &mut Evaluator<'_, '_>, at: Expression<'_>, function: &str, name: &str) -> Value {
    let template = evaluator.template;
    if template.resources.contains_key(name) {
        let message = format!(
            "`{function}` names resource `{name}`, and conditions are evaluated before resources exist"
        );
        return evaluator.wrong(&codes::CFN010, at, message);
    }
    let message =
        format!("`{function}` names `{name}`, which is neither a parameter nor a resource of the template");
    let diagnostic = Diagnostic::new(&codes::CFN006, message).at(at.span());
    let names = template
        .resources
        .keys()
        .copied()
        .chain(template.parameters.names());
    let help = suggestion(name, names);
    evaluator.report(help.into_iter().fold(diagnostic, Diagnostic::help));
    // Whatever was meant, `Ref` and `Fn::GetAtt` always give something.
    Unknown::new(UnknownReason::Expression)
        .with_refs([Arc::from(name)])
        .non_null()
        .into()
}

pub(super) fn suggestion<'s>(name: &str, known: impl Iterator<Item = &'s str>) -> Option<String> {
    known
        .take(MAX_SUGGESTIONS)
        .map(|candidate| (strsim::damerau_levenshtein(candidate, name), candidate))
        .filter(|(distance, candidate)| distance * 3 <= name.len().max(candidate.len()))
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

fn part_of(value: Value) -> Part {
    Part::from_value(&value)
        .unwrap_or_else(|| Part::Unknown(Arc::new(Unknown::new(UnknownReason::Expression))))
}
