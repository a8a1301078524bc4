//! `Fn::FindInMap`, with or without a `DefaultValue`.

use std::sync::Arc;

use super::codes;
use super::evaluate::{Evaluator, undecidable};
use super::expression::Expression;
use super::intrinsics::suggestion;
use super::mappings::TopLevel;
use super::text::{MAX_DOMAIN, Part, depends_on, one_of, scalar_text};
use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::value::{Domain, Unknown, Value};

/// How many entries of a map are considered when a key is unknown.
const MAX_CANDIDATES: usize = 256;

/// Looks a value up. With an unknown key the result is one of the entries that the key can lead to: a key that leads
/// nowhere would stop the deployment, unless there is a `DefaultValue`, which may be `AWS::NoValue`.
pub(super) fn find_in_map(evaluator: &mut Evaluator<'_, '_>, argument: Expression<'_>) -> Option<Value> {
    let shape =
        "`Fn::FindInMap` takes a map, a top-level key, a second-level key and perhaps a `DefaultValue`";
    let (name, top, second, default) = match argument.items() {
        Some([name, top, second]) => (name, top, second, None),
        Some([name, top, second, last]) if last.get("DefaultValue").is_some() => {
            (name, top, second, last.get("DefaultValue"))
        }
        _ => return Some(evaluator.wrong(&codes::CFN005, argument, shape)),
    };
    let [name, top, second] = [name, top, second].map(|node| evaluator.part(Expression::new(node)));
    let (Some(name), Some(top), Some(second)) = (name, top, second) else {
        return Some(evaluator.wrong(&codes::CFN005, argument, shape));
    };
    let template = evaluator.template;
    let Some(map_name) = name.known() else {
        return Some(depends_on(&[&name, &top, &second]).into());
    };
    let Some(map) = template.mappings.map(map_name) else {
        return without_map(evaluator, argument, map_name, default);
    };
    let found = candidates(map, &top, &second);
    if template.mappings.included() && !found.exact || found.nodes.len() > MAX_CANDIDATES {
        return Some(depends_on(&[&top, &second]).into());
    }
    let default = default.filter(|_| found.may_miss);
    if found.nodes.is_empty() && default.is_none() {
        let [top, second] = [&top, &second].map(|part| {
            part.known()
                .map_or_else(|| "…".to_owned(), |text| format!("`{text}`"))
        });
        let message = format!("map `{map_name}` has no {top}, {second}");
        return Some(evaluator.wrong(&codes::CFN007, argument, message));
    }
    let nodes = found.nodes.into_iter().chain(default);
    let values: Vec<Option<Value>> = nodes
        .map(|node| evaluator.argument(Expression::new(node)))
        .collect();
    let count = values.len();
    let present: Vec<Value> = values.into_iter().flatten().collect();
    let unknown = depends_on(&[&top, &second]);
    if present.is_empty() {
        None
    } else if present.len() == count {
        Some(one_of(unknown, present))
    } else {
        Some(perhaps_one_of(unknown, present).into())
    }
}

/// One of these values, or nothing at all.
fn perhaps_one_of(mut unknown: Unknown, values: Vec<Value>) -> Unknown {
    unknown.non_null = false;
    let mut distinct = vec![Value::Null];
    for value in values {
        if scalar_text(value.revealed()).is_none() {
            return unknown;
        }
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    if distinct.len() <= MAX_DOMAIN {
        unknown.domain = Some(Domain::AnyOf(distinct));
    }
    unknown
}

fn without_map(
    evaluator: &mut Evaluator<'_, '_>,
    argument: Expression<'_>,
    name: &str,
    default: Option<&Node>,
) -> Option<Value> {
    let template = evaluator.template;
    if template.mappings.included() || template.open {
        return Some(undecidable());
    }
    if let Some(default) = default {
        return evaluator.argument(Expression::new(default));
    }
    let diagnostic =
        Diagnostic::new(&codes::CFN007, format!("the template has no map `{name}`")).at(argument.span());
    let help = suggestion(name, template.mappings.names());
    evaluator.report(help.into_iter().fold(diagnostic, Diagnostic::help));
    Some(undecidable())
}

/// What two keys can lead to.
struct Candidates<'n> {
    nodes: Vec<&'n Node>,
    /// Both keys are known and lead to an entry.
    exact: bool,
    /// There are keys among the possible ones that lead nowhere.
    may_miss: bool,
}

fn candidates<'n>(map: &TopLevel<'n>, top: &Part, second: &Part) -> Candidates<'n> {
    let every_key = |keys: &mut dyn Iterator<Item = &&'n str>| keys.map(|key| Arc::from(*key)).collect();
    let mut nodes = Vec::new();
    let mut may_miss = top.choices().is_none() || second.choices().is_none();
    for top in top.choices().unwrap_or_else(|| every_key(&mut map.keys())) {
        let Some(entries) = map.get(&*top) else {
            may_miss = true;
            continue;
        };
        for second in second.choices().unwrap_or_else(|| every_key(&mut entries.keys())) {
            match entries.get(&*second) {
                Some(node) => nodes.push(*node),
                None => may_miss = true,
            }
        }
        if nodes.len() > MAX_CANDIDATES {
            break;
        }
    }
    let exact = !may_miss && top.known().is_some() && second.known().is_some();
    Candidates {
        nodes,
        exact,
        may_miss,
    }
}
