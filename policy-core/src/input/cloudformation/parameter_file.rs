//! Parameter values as people keep them: a plain mapping, the AWS CLI's list, or CodePipeline's template configuration.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::document::{self, Node, NodeKind, json, yaml};
use crate::input::codes::INP003;
use crate::value::Value;

/// Reads parameter values by name.
///
/// # Errors
/// Every problem of the file, with its place; half a set of values is not used.
pub fn read_parameters(name: &str, bytes: &[u8]) -> Result<BTreeMap<String, Value>, Vec<Diagnostic>> {
    let source = document::decode(name, bytes).map_err(|diagnostic| vec![diagnostic])?;
    let root = if source.text().trim_start().starts_with(['{', '[']) {
        json::parse(&source)
    } else {
        yaml::parse(&source)
    }?;
    let mut problems = Vec::new();
    let mut values = BTreeMap::new();
    match &root.kind {
        NodeKind::Sequence(items) => {
            for item in items {
                match (
                    item.get("ParameterKey").and_then(Node::as_str),
                    item.get("ParameterValue"),
                ) {
                    (Some(key), Some(value)) => add(&mut values, key, value, &mut problems),
                    _ => problems.push(problem(
                        item,
                        "an element has `ParameterKey` and `ParameterValue`",
                    )),
                }
            }
        }
        NodeKind::Mapping(_) => {
            let map = root
                .get("Parameters")
                .filter(|node| matches!(node.kind, NodeKind::Mapping(_)))
                .unwrap_or(&root);
            for entry in map.entries() {
                add(&mut values, &entry.key, &entry.value, &mut problems);
            }
        }
        _ => problems.push(problem(&root, "parameter values are a mapping or a list")),
    }
    if problems.is_empty() {
        Ok(values)
    } else {
        Err(problems)
    }
}

/// Scalars are kept as texts, which is what CloudFormation gets; lists belong to list parameters.
fn add(values: &mut BTreeMap<String, Value>, key: &str, node: &Node, problems: &mut Vec<Diagnostic>) {
    let value = match (node.scalar_text(), &node.kind) {
        (Some(text), _) => Some(Value::String(text)),
        (None, NodeKind::Sequence(items)) => {
            let texts: Option<Vec<_>> = items.iter().map(Node::scalar_text).collect();
            texts.map(|texts| Value::from(texts.join(",")))
        }
        _ => None,
    };
    match value {
        Some(value) => {
            values.insert(key.to_owned(), value);
        }
        None => problems.push(problem(
            node,
            &format!("the value of `{key}` is a text, a number, a boolean or a list of these"),
        )),
    }
}

fn problem(node: &Node, rule: &str) -> Diagnostic {
    Diagnostic::new(&INP003, format!("{rule}, and this is {}", node.describe()))
        .at(&node.span)
        .help("write `{\"Name\": \"value\"}` or `[{\"ParameterKey\": \"Name\", \"ParameterValue\": \"value\"}]`")
}
