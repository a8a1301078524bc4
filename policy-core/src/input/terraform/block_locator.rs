//! From the path of an attribute to its place in a Terraform block.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::hcl::{Block, Body, Expr, ExprKind, Literal, ObjectItem};
use crate::source::{Locate, Span};
use crate::value::{AttributePath, Step, Value};

/// Which block of the source stands behind each element of a nested block list: positions in [`candidates`].
pub(crate) type Choices = BTreeMap<AttributePath, Vec<Option<usize>>>;

/// Finds attributes of one resource in the block it was written in.
#[derive(Debug)]
pub(crate) struct BlockLocator {
    body: Arc<Body>,
    choices: Choices,
    /// True when the elements of lists stand in the order of the source. A plan sorts sets.
    ordered: bool,
}

impl BlockLocator {
    /// For values that were evaluated from this block; `choices` is what the evaluation noted.
    pub(crate) fn evaluated(body: Arc<Body>, choices: Choices) -> Self {
        Self {
            body,
            choices,
            ordered: true,
        }
    }

    /// For values that something else made of this block: nested blocks are matched by what they say.
    pub(crate) fn matched(body: Arc<Body>, values: &Value) -> Self {
        let mut choices = Choices::new();
        match_blocks(&body, values, &AttributePath::root(), &mut choices);
        Self {
            body,
            choices,
            ordered: false,
        }
    }
}

impl Locate for BlockLocator {
    fn locate(&self, path: &AttributePath) -> Option<Span> {
        let mut body = &self.body;
        let mut deepest = None;
        let mut steps = path.steps();
        let mut prefix = AttributePath::root();
        while let Some((Step::Key(name), rest)) = steps.split_first() {
            if let Some(attribute) = attribute_for(body, name) {
                return Some(
                    self.within(&attribute.expr, rest)
                        .unwrap_or_else(|| attribute.span.clone()),
                );
            }
            let blocks = candidates(body, name);
            let Some(first) = blocks.first() else { break };
            prefix = prefix.key(name);
            let (index, rest) = match rest.split_first() {
                Some((Step::Index(index), rest)) => (*index, rest),
                _ => (0, rest),
            };
            let chosen = match self.choices.get(&prefix) {
                Some(choices) => choices
                    .get(index)
                    .copied()
                    .flatten()
                    .and_then(|position| blocks.get(position)),
                None if rest.is_empty() || blocks.len() == 1 => blocks.get(index).or(Some(first)),
                None => blocks.get(index),
            };
            let Some(block) = chosen else {
                return deepest.or_else(|| Some(first.header.clone()));
            };
            deepest = Some(block.header.clone());
            prefix = prefix.index(index);
            body = content(block);
            steps = rest;
        }
        deepest
    }
}

impl BlockLocator {
    /// The deepest literal member along `steps`, when the expression shows one.
    fn within(&self, expr: &Expr, steps: &[Step]) -> Option<Span> {
        let mut expr = expr;
        let mut found = None;
        for step in steps {
            match step {
                Step::Key(key) => {
                    let item = member(expr, key)?;
                    found = Some(Span::new(
                        item.key.span.source().clone(),
                        item.key.span.start(),
                        item.value.span.end(),
                    ));
                    expr = &item.value;
                }
                Step::Index(index) if self.ordered => {
                    let ExprKind::Tuple(items) = &bare(expr).kind else {
                        break;
                    };
                    let Some(item) = items.get(*index) else { break };
                    found = Some(item.span.clone());
                    expr = item;
                }
                Step::Index(_) => break,
            }
        }
        found
    }
}

/// `tags_all` is made of `tags`.
fn attribute_for<'b>(body: &'b Body, name: &str) -> Option<&'b crate::document::hcl::Attribute> {
    body.attribute(name).or_else(|| {
        if name == "tags_all" {
            body.attribute("tags")
        } else {
            None
        }
    })
}

/// The blocks of this name, and the dynamic blocks that make such blocks, in the order written.
pub(crate) fn candidates<'b>(body: &'b Body, name: &str) -> Vec<&'b Block> {
    body.blocks()
        .filter(|block| &*block.kind == name || (&*block.kind == "dynamic" && block.label(0) == Some(name)))
        .collect()
}

/// What a block puts into its parent: a dynamic block, what its `content` says.
pub(crate) fn content(block: &Block) -> &Arc<Body> {
    if &*block.kind != "dynamic" {
        return &block.body;
    }
    block
        .body
        .blocks_of("content")
        .next()
        .map_or(&block.body, |content| &content.body)
}

fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let ExprKind::Parenthesis(inner) | ExprKind::Unwrapped(inner) = &expr.kind {
        expr = inner;
    }
    expr
}

/// The member of an object literal, also inside the arguments of `merge` and the like (the last one wins there).
fn member<'e>(expr: &'e Expr, key: &str) -> Option<&'e ObjectItem> {
    match &bare(expr).kind {
        ExprKind::Object(items) => items.iter().rev().find(
            |item| matches!(&item.key.kind, ExprKind::Literal(Literal::String(text)) if &**text == key),
        ),
        ExprKind::Call(call) if matches!(&*call.name, "merge" | "tomap" | "jsonencode") => {
            call.args.iter().rev().find_map(|arg| match &bare(arg).kind {
                ExprKind::Object(_) => member(arg, key),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Assigns the elements of every nested block list to the blocks that say the same. Recursion follows the nesting of
/// blocks, which the parser bounds.
fn match_blocks(body: &Body, values: &Value, path: &AttributePath, choices: &mut Choices) {
    let Some(members) = values.as_map() else { return };
    for (name, value) in members {
        let Some(elements) = value.as_list() else { continue };
        let blocks = candidates(body, name);
        if blocks.is_empty() || elements.is_empty() {
            continue;
        }
        let path = path.key(name);
        let mut free: Vec<bool> = blocks.iter().map(|block| &*block.kind != "dynamic").collect();
        let dynamic = blocks.iter().position(|block| &*block.kind == "dynamic");
        let mut chosen = Vec::with_capacity(elements.len());
        for element in elements {
            let best = blocks
                .iter()
                .enumerate()
                .filter(|(position, _)| free.get(*position) == Some(&true))
                .filter_map(|(position, block)| {
                    agreement(&block.body, element).map(|score| (score, position))
                })
                .max_by_key(|(score, position)| (*score, std::cmp::Reverse(*position)))
                .map(|(_, position)| position);
            if let Some(position) = best
                && let Some(free) = free.get_mut(position)
            {
                *free = false;
            }
            chosen.push(best.or(dynamic));
        }
        for (index, (element, position)) in elements.iter().zip(&chosen).enumerate() {
            if let Some(block) = position.and_then(|position| blocks.get(position)) {
                match_blocks(content(block), element, &path.index(index), choices);
            }
        }
        choices.insert(path, chosen);
    }
}

/// How many literal attributes of the block the element repeats; `None` when one differs.
fn agreement(body: &Body, element: &Value) -> Option<usize> {
    let mut score = 0;
    for attribute in body.attributes() {
        let Some(value) = element.get(&attribute.name) else {
            continue;
        };
        match same(&attribute.expr, value) {
            Some(true) => score += 1,
            Some(false) => return None,
            None => {}
        }
    }
    Some(score)
}

/// Whether a literal says this value; `None` when the expression is not a literal.
fn same(expr: &Expr, value: &Value) -> Option<bool> {
    match &bare(expr).kind {
        ExprKind::Literal(Literal::Null) => None,
        ExprKind::Literal(Literal::Bool(written)) => match value.revealed() {
            Value::Bool(value) => Some(value == written),
            Value::String(text) => Some(**text == *written.to_string()),
            _ => None,
        },
        ExprKind::Literal(Literal::String(written) | Literal::Number(written)) => match value.revealed() {
            Value::String(text) => Some(text == written),
            Value::Number(number) => Some(number.to_string() == **written),
            Value::Bool(value) => Some(value.to_string() == **written),
            _ => None,
        },
        ExprKind::Tuple(items) => {
            let elements = value.as_list()?;
            if items.len() != elements.len() {
                return items
                    .iter()
                    .all(|item| matches!(item.kind, ExprKind::Literal(_)))
                    .then_some(false);
            }
            let mut known = true;
            for item in items {
                match elements.iter().map(|element| same(item, element)).max() {
                    Some(Some(true)) => {}
                    Some(Some(false)) => return Some(false),
                    _ => known = false,
                }
            }
            known.then_some(true)
        }
        _ => None,
    }
}
