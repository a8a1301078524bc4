//! The parser's tree to ours. Recursion is bounded by the parser: 64 levels, 128 chained operators.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use hcl::edit::Span as _;
use hcl::edit::expr::{
    BinaryOperator as ParsedBinary, Expression, ObjectKey, TraversalOperator, UnaryOperator as ParsedUnary,
};
use hcl::edit::structure::{self, BlockLabel};

use super::template;
use super::tree::{
    Attribute, BinaryOperator, Block, Body, Call, Expr, ExprKind, ForExpr, Label, Literal, ObjectItem,
    Structure, TraversalStep, UnaryOperator,
};
use crate::diagnostic::Diagnostic;
use crate::document::codes;
use crate::source::{Source, Span};

/// Which spans the lowered nodes get.
enum Places<'s> {
    /// The parser's, in this source.
    Own(&'s Arc<Source>),
    /// One for everything: the text was escaped inside another document.
    Whole(&'s Span),
}

pub(super) struct Lower<'s> {
    places: Places<'s>,
    text: &'s str,
    /// Quoted texts with a line break in them, which the parser lets pass and Terraform does not.
    split_texts: RefCell<Vec<Span>>,
}

impl<'s> Lower<'s> {
    /// `text` is the text before any pre-pass.
    pub(super) fn new(source: &'s Arc<Source>, text: &'s str) -> Self {
        Self {
            places: Places::Own(source),
            text,
            split_texts: RefCell::default(),
        }
    }

    /// Every node gets the span `whole`; `text` is what was parsed.
    pub(super) fn within(whole: &'s Span, text: &'s str) -> Self {
        Self {
            places: Places::Whole(whole),
            text,
            split_texts: RefCell::default(),
        }
    }

    pub(super) fn span(&self, range: Option<Range<usize>>) -> Span {
        match self.places {
            Places::Own(source) => {
                let range = range.unwrap_or(0..0);
                Span::new(source.clone(), range.start, range.end)
            }
            Places::Whole(span) => span.clone(),
        }
    }

    /// Notes a line break between quotes, outside of sequences.
    pub(super) fn check_quoted(&self, range: Option<Range<usize>>) {
        if let Some(range) = range
            && let Some(at) = self.slice(&range).find('\n')
        {
            let place = self.span(Some(range.start + at..range.start + at));
            self.split_texts.borrow_mut().push(place);
        }
    }

    /// One problem for each quoted text that goes over several lines.
    pub(super) fn problems(self) -> impl Iterator<Item = Diagnostic> {
        self.split_texts.into_inner().into_iter().map(|place| {
            Diagnostic::new(
                &codes::DOC016,
                "not valid Terraform syntax: a quoted text is split over lines",
            )
            .at(&place)
            .help("write `\\n` for a line break, or use a heredoc")
        })
    }

    pub(super) fn slice(&self, range: &Range<usize>) -> &'s str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    pub(super) fn body(&self, body: &structure::Body) -> Body {
        let structures = body
            .iter()
            .map(|item| match item {
                structure::Structure::Attribute(attribute) => Structure::Attribute(self.attribute(attribute)),
                structure::Structure::Block(block) => Structure::Block(self.block(block)),
            })
            .collect();
        Body {
            structures,
            span: self.span(body.span()),
        }
    }

    fn attribute(&self, attribute: &structure::Attribute) -> Attribute {
        let expr = self.expr(&attribute.value);
        let name = attribute.key.span().unwrap_or(0..0);
        let end = attribute.value.span().map_or(name.end, |range| range.end);
        Attribute {
            name: attribute.key.as_str().into(),
            span: self.span(Some(name.start..end)),
            name_span: self.span(Some(name)),
            expr: Arc::new(expr),
        }
    }

    fn block(&self, block: &structure::Block) -> Block {
        let start = block.ident.span().unwrap_or(0..0);
        let labels: Vec<Label> = block
            .labels
            .iter()
            .map(|label| {
                let range = match label {
                    BlockLabel::Ident(ident) => ident.span(),
                    BlockLabel::String(text) => text.span(),
                };
                Label {
                    text: label.as_str().into(),
                    span: self.span(range),
                }
            })
            .collect();
        let end = labels.last().map_or(start.end, |label| label.span.end());
        Block {
            kind: block.ident.as_str().into(),
            header: self.span(Some(start.start..end)),
            labels,
            body: Arc::new(self.body(&block.body)),
            span: self.span(block.span()),
        }
    }

    pub(super) fn expr(&self, expr: &Expression) -> Expr {
        let span = self.span(expr.span());
        let kind = match expr {
            Expression::Null(_) => ExprKind::Literal(Literal::Null),
            Expression::Bool(value) => ExprKind::Literal(Literal::Bool(*value.value())),
            Expression::Number(number) => {
                // The parser's number is a 64-bit float; Terraform's are far wider, so the text is kept.
                let written = expr.span().map(|range| self.slice(&range).trim());
                let text = match written {
                    Some(text) if !text.is_empty() => text.to_owned(),
                    _ => number.value().to_string(),
                };
                ExprKind::Literal(Literal::Number(text.into()))
            }
            Expression::String(text) => {
                self.check_quoted(expr.span());
                ExprKind::Literal(Literal::String(text.as_str().into()))
            }
            Expression::Array(items) => ExprKind::Tuple(items.iter().map(|item| self.expr(item)).collect()),
            Expression::Object(members) => ExprKind::Object(
                members
                    .iter()
                    .map(|(key, value)| ObjectItem {
                        key: self.object_key(key),
                        value: self.expr(value.expr()),
                    })
                    .collect(),
            ),
            Expression::StringTemplate(quoted) => return template::quoted(self, quoted, span),
            Expression::HeredocTemplate(heredoc) => return template::heredoc(self, heredoc, span),
            Expression::Parenthesis(inner) => ExprKind::Parenthesis(Box::new(self.expr(inner.inner()))),
            Expression::Variable(name) => ExprKind::Variable(name.as_str().into()),
            Expression::Conditional(choice) => ExprKind::Conditional(
                Box::new(self.expr(&choice.cond_expr)),
                Box::new(self.expr(&choice.true_expr)),
                Box::new(self.expr(&choice.false_expr)),
            ),
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => ExprKind::Traversal(
                Box::new(self.expr(&traversal.expr)),
                traversal
                    .operators
                    .iter()
                    .map(|operator| self.step(operator))
                    .collect(),
            ),
            Expression::UnaryOp(unary) => {
                let operator = match *unary.operator.value() {
                    ParsedUnary::Not => UnaryOperator::Not,
                    ParsedUnary::Neg => UnaryOperator::Negate,
                };
                ExprKind::Unary(operator, Box::new(self.expr(&unary.expr)))
            }
            Expression::BinaryOp(binary) => ExprKind::Binary(
                binary_operator(*binary.operator.value()),
                Box::new(self.expr(&binary.lhs_expr)),
                Box::new(self.expr(&binary.rhs_expr)),
            ),
            Expression::ForExpr(each) => ExprKind::For(Box::new(ForExpr {
                key_name: each.intro.key_var.as_ref().map(|name| name.as_str().into()),
                value_name: each.intro.value_var.as_str().into(),
                collection: self.expr(&each.intro.collection_expr),
                key: each.key_expr.as_ref().map(|key| self.expr(key)),
                value: self.expr(&each.value_expr),
                grouping: each.grouping,
                condition: each.cond.as_ref().map(|condition| self.expr(&condition.expr)),
            })),
        };
        Expr { kind, span }
    }

    fn object_key(&self, key: &ObjectKey) -> Expr {
        match key {
            ObjectKey::Ident(name) => Expr {
                kind: ExprKind::Literal(Literal::String(name.as_str().into())),
                span: self.span(name.span()),
            },
            // `null`, `true` and numbers are texts when they are keys, and so is a bare word that was parsed as a variable.
            ObjectKey::Expression(Expression::Variable(name)) => Expr {
                kind: ExprKind::Literal(Literal::String(name.as_str().into())),
                span: self.span(name.span()),
            },
            ObjectKey::Expression(expr @ (Expression::Null(_) | Expression::Bool(_))) => {
                let range = expr.span().unwrap_or(0..0);
                Expr {
                    kind: ExprKind::Literal(Literal::String(self.slice(&range).trim().into())),
                    span: self.span(Some(range)),
                }
            }
            ObjectKey::Expression(expr) => self.expr(expr),
        }
    }

    fn call(&self, call: &hcl::edit::expr::FuncCall) -> ExprKind {
        let mut name = String::new();
        for part in &call.name.namespace {
            name.push_str(part.as_str());
            name.push_str("::");
        }
        name.push_str(call.name.name.as_str());
        ExprKind::Call(Box::new(Call {
            name: name.into(),
            name_span: self.span(call.name.name.span()),
            args: call.args.iter().map(|arg| self.expr(arg)).collect(),
            expand_final: call.args.expand_final(),
        }))
    }

    fn step(&self, operator: &TraversalOperator) -> TraversalStep {
        match operator {
            TraversalOperator::GetAttr(name) => {
                TraversalStep::Attribute(name.as_str().into(), self.span(name.span()))
            }
            TraversalOperator::Index(index) => TraversalStep::Index(self.expr(index)),
            TraversalOperator::LegacyIndex(index) => {
                TraversalStep::LegacyIndex(*index.value(), self.span(index.span()))
            }
            TraversalOperator::FullSplat(splat) => TraversalStep::FullSplat(self.span(splat.span())),
            TraversalOperator::AttrSplat(splat) => TraversalStep::AttributeSplat(self.span(splat.span())),
        }
    }
}

fn binary_operator(operator: ParsedBinary) -> BinaryOperator {
    match operator {
        ParsedBinary::Eq => BinaryOperator::Equal,
        ParsedBinary::NotEq => BinaryOperator::NotEqual,
        ParsedBinary::LessEq => BinaryOperator::LessOrEqual,
        ParsedBinary::GreaterEq => BinaryOperator::GreaterOrEqual,
        ParsedBinary::Less => BinaryOperator::Less,
        ParsedBinary::Greater => BinaryOperator::Greater,
        ParsedBinary::Plus => BinaryOperator::Add,
        ParsedBinary::Minus => BinaryOperator::Subtract,
        ParsedBinary::Mul => BinaryOperator::Multiply,
        ParsedBinary::Div => BinaryOperator::Divide,
        ParsedBinary::Mod => BinaryOperator::Modulo,
        ParsedBinary::And => BinaryOperator::And,
        ParsedBinary::Or => BinaryOperator::Or,
    }
}
