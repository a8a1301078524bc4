//! The located syntax tree of HCL.

use std::sync::Arc;

use crate::source::Span;

/// What stands between the braces of a block, or in a whole file.
#[derive(Clone, Debug)]
pub struct Body {
    /// Attributes and blocks in the order written.
    pub structures: Vec<Structure>,
    /// The whole range.
    pub span: Span,
}

/// An attribute or a block.
#[derive(Clone, Debug)]
pub enum Structure {
    /// `name = expression`.
    Attribute(Attribute),
    /// `kind "label" { … }`.
    Block(Block),
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_span: Span,
    /// From the name to the end of the expression.
    pub span: Span,
    /// The expression.
    pub expr: Arc<Expr>,
}

/// A label of a block.
#[derive(Clone, Debug)]
pub struct Label {
    /// The text.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The first word.
    pub kind: Arc<str>,
    /// The labels.
    pub labels: Vec<Label>,
    /// What is inside.
    pub body: Arc<Body>,
    /// The first word and the labels.
    pub header: Span,
    /// The whole block.
    pub span: Span,
}

impl Body {
    /// A body without anything in it.
    pub fn empty(span: Span) -> Self {
        Self {
            structures: Vec::new(),
            span,
        }
    }

    /// The attributes in the order written.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.structures.iter().filter_map(|structure| match structure {
            Structure::Attribute(attribute) => Some(attribute),
            Structure::Block(_) => None,
        })
    }

    /// The blocks in the order written.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.structures.iter().filter_map(|structure| match structure {
            Structure::Block(block) => Some(block),
            Structure::Attribute(_) => None,
        })
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| &*attribute.name == name)
    }

    /// The blocks of this kind.
    pub fn blocks_of(&self, kind: &str) -> impl Iterator<Item = &Block> {
        self.blocks().filter(move |block| &*block.kind == kind)
    }
}

impl Block {
    /// The text of a label.
    pub fn label(&self, position: usize) -> Option<&str> {
        self.labels.get(position).map(|label| &*label.text)
    }
}

/// An expression with its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number as written.
    Number(Arc<str>),
    /// A text without template sequences, unescaped.
    String(Arc<str>),
}

/// The kinds of expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A template with at least one sequence.
    Template(Template),
    /// A template of exactly one interpolation and nothing else: the value itself, of whatever type.
    Unwrapped(Box<Expr>),
    /// `[a, b]`.
    Tuple(Vec<Expr>),
    /// `{ a = b }`. Later keys replace earlier ones.
    Object(Vec<ObjectItem>),
    /// `(a)`.
    Parenthesis(Box<Expr>),
    /// A root name: `var`, `local`, `aws_s3_bucket`, `each`, the variable of a `for`.
    Variable(Arc<str>),
    /// `base.a["b"].0[*]`.
    Traversal(Box<Expr>, Vec<TraversalStep>),
    /// `f(a, b...)`.
    Call(Box<Call>),
    /// `a ? b : c`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `!a`, `-a`.
    Unary(UnaryOperator, Box<Expr>),
    /// `a + b`.
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `[for …]`, `{for …}`.
    For(Box<ForExpr>),
}

/// A member of an object constructor.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key. A bare word is a [`Literal::String`].
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name with its namespaces: `upper`, `core::upper`, `provider::aws::arn_parse`.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_span: Span,
    /// The arguments.
    pub args: Vec<Expr>,
    /// True for `f(a...)`.
    pub expand_final: bool,
}

/// `[for k, v in c : e if p]` or `{for k, v in c : ke => ve... if p}`.
#[derive(Clone, Debug)]
pub struct ForExpr {
    /// The first name, when there are two.
    pub key_name: Option<Arc<str>>,
    /// The name of the element.
    pub value_name: Arc<str>,
    /// What is iterated over.
    pub collection: Expr,
    /// The key expression; only objects have one.
    pub key: Option<Expr>,
    /// The value expression.
    pub value: Expr,
    /// True for `=> v...`.
    pub grouping: bool,
    /// The condition after `if`.
    pub condition: Option<Expr>,
}

/// A step of a traversal.
#[derive(Clone, Debug)]
pub enum TraversalStep {
    /// `.name`.
    Attribute(Arc<str>, Span),
    /// `[expr]`.
    Index(Expr),
    /// `.0`.
    LegacyIndex(u64, Span),
    /// `[*]`: applies to every step after it.
    FullSplat(Span),
    /// `.*`: applies to the attribute steps after it.
    AttributeSplat(Span),
}

impl TraversalStep {
    /// Where it stands.
    pub fn span(&self) -> &Span {
        match self {
            Self::Attribute(_, span)
            | Self::LegacyIndex(_, span)
            | Self::FullSplat(span)
            | Self::AttributeSplat(span) => span,
            Self::Index(expr) => &expr.span,
        }
    }
}

/// `!` and `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`.
    Not,
    /// `-`.
    Negate,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<=`.
    LessOrEqual,
    /// `>=`.
    GreaterOrEqual,
    /// `<`.
    Less,
    /// `>`.
    Greater,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Modulo,
    /// `&&`.
    And,
    /// `||`.
    Or,
}

/// A template: the concatenation of its parts. Whitespace markers and indentation are already applied.
#[derive(Clone, Debug, Default)]
pub struct Template {
    /// In order.
    pub parts: Vec<TemplatePart>,
}

/// A part of a [`Template`].
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text.
    Literal(Arc<str>),
    /// `${…}`.
    Interpolation(Expr),
    /// `%{ if … }`.
    If {
        /// The condition.
        condition: Expr,
        /// When it is true.
        then: Template,
        /// When it is false.
        otherwise: Template,
    },
    /// `%{ for … }`.
    For {
        /// The first name, when there are two.
        key_name: Option<Arc<str>>,
        /// The name of the element.
        value_name: Arc<str>,
        /// What is iterated over.
        collection: Expr,
        /// What is repeated.
        body: Template,
    },
}
