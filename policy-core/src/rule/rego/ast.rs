//! A typed view of the syntax tree: owned, without the parser's bookkeeping, with byte ranges instead of its spans.
//!
//! It is made from regorus' own tree. That module is not covered by regorus' stability promise, which the exact version
//! requirement makes up for; nothing outside this file sees it.

use std::fmt;
use std::sync::Arc;

use regorus::unstable as parsed;

use crate::source::{Source, Span};
use crate::value::{Number, Value};

/// Deeper expressions are refused, so that every walk over the tree may recurse.
const MAX_DEPTH: usize = 200;

/// A byte range of the module's text. The parser leaves out the closing quote of a text at the end of a range.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl fmt::Debug for Range {
    /// Without offsets, so that the trees of two texts can be compared by what they print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl Range {
    pub(super) fn span(self, source: &Arc<Source>) -> Span {
        Span::new(source.clone(), self.start, self.end)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) range: Range,
    pub(super) kind: ExprKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equality,
    Inequality,
    Order,
}

#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    /// A scalar.
    Literal(Value),
    Var(Arc<str>),
    Array(Vec<Expr>),
    Set(Vec<Expr>),
    Object(Vec<(Expr, Expr)>),
    ArrayComprehension(Box<Expr>, Query),
    SetComprehension(Box<Expr>, Query),
    ObjectComprehension(Box<Expr>, Box<Expr>, Query),
    Call(Box<Expr>, Vec<Expr>),
    Negative(Box<Expr>),
    /// `base[index]`; `base.name` has a text literal as index.
    Index(Box<Expr>, Box<Expr>),
    /// Arithmetic and set operators.
    Operator(Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `:=`
    Declare(Box<Expr>, Box<Expr>),
    /// `=`
    Unify(Box<Expr>, Box<Expr>),
    Membership {
        key: Option<Box<Expr>>,
        value: Box<Expr>,
        collection: Box<Expr>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) range: Range,
    pub(super) literal: Literal,
    /// The values of `with` modifiers.
    pub(super) with: Vec<Expr>,
}

#[derive(Clone, Debug)]
pub(super) enum Literal {
    Some(Vec<Arc<str>>),
    SomeIn {
        key: Option<Expr>,
        value: Expr,
        collection: Expr,
    },
    Expr(Expr),
    Not(Expr),
    Every {
        key: Option<Arc<str>>,
        value: Arc<str>,
        domain: Expr,
        query: Query,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) query: Query,
    /// The value of an `else` branch.
    pub(super) value: Option<Expr>,
    pub(super) is_else: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Head {
    /// `name := value if …`; without a value it is `true`.
    Value(Option<Expr>),
    /// `name contains key if …`
    Set(Option<Expr>),
    /// `name(arguments) := value if …`
    Function(Vec<Expr>, Option<Expr>),
    /// `default name := value`, `default name(_) := value`
    Default(Expr),
}

/// One definition of a rule or function.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) range: Range,
    /// The head, up to the value in it. A default has none.
    pub(super) head_range: Range,
    /// Where the name stands.
    pub(super) name_range: Range,
    /// The constant front of the head's reference: `deny`, or `a` and `b` for `a.b[x]`.
    pub(super) name: Vec<Arc<str>>,
    /// The rest of the head's reference, from the first step that is not constant.
    pub(super) keys: Vec<Expr>,
    pub(super) head: Head,
    pub(super) bodies: Vec<Body>,
}

#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) range: Range,
    pub(super) path: Vec<Arc<str>>,
    pub(super) alias: Arc<str>,
}

#[derive(Clone, Debug)]
pub(super) struct Module {
    pub(super) source: Arc<Source>,
    pub(super) package_range: Range,
    /// Without `data`.
    pub(super) package: Vec<Arc<str>>,
    pub(super) imports: Vec<Import>,
    pub(super) rules: Vec<Rule>,
    /// Written in Rego v0.
    pub(super) legacy: bool,
}

/// A construct nests deeper than the walks over the tree allow, or is none that this view knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unsupported(pub(super) Range);

type Made<T> = Result<T, Unsupported>;

pub(super) fn module(parsed: &parsed::Module, source: &Arc<Source>, legacy: bool) -> Made<Module> {
    let package = expr(&parsed.package.refr, MAX_DEPTH)?;
    let imports = parsed.imports.iter().map(import).collect::<Made<_>>()?;
    let rules = parsed
        .policy
        .iter()
        .map(|parsed| rule(parsed))
        .collect::<Made<_>>()?;
    Ok(Module {
        source: source.clone(),
        package_range: range(&parsed.package.span),
        package: constant_path(&package).ok_or(Unsupported(package.range))?,
        imports,
        rules,
        legacy,
    })
}

/// The path of a reference whose steps are all constant texts.
pub(super) fn constant_path(expr: &Expr) -> Option<Vec<Arc<str>>> {
    let (base, steps) = flatten(expr);
    let ExprKind::Var(root) = &base.kind else {
        return None;
    };
    let mut path = vec![root.clone()];
    for step in steps {
        path.push(text_literal(step)?);
    }
    Some(path)
}

/// Splits `a.b[c]` into `a` and its steps, outermost last.
pub(super) fn flatten(expr: &Expr) -> (&Expr, Vec<&Expr>) {
    let mut base = expr;
    let mut steps = Vec::new();
    while let ExprKind::Index(inner, index) = &base.kind {
        steps.push(&**index);
        base = inner;
    }
    steps.reverse();
    (base, steps)
}

pub(super) fn text_literal(expr: &Expr) -> Option<Arc<str>> {
    match &expr.kind {
        ExprKind::Literal(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}

fn range(span: &parsed::Span) -> Range {
    let offset = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
    Range {
        start: offset(span.start),
        end: offset(span.end),
    }
}

fn name(span: &parsed::Span) -> Arc<str> {
    span.text().into()
}

fn import(import: &parsed::Import) -> Made<Import> {
    let target = expr(&import.refr, MAX_DEPTH)?;
    let path = constant_path(&target).ok_or(Unsupported(target.range))?;
    let last = path.last().cloned().unwrap_or_default();
    Ok(Import {
        range: range(&import.span),
        alias: import.r#as.as_ref().map_or(last, name),
        path,
    })
}

fn rule(rule: &parsed::Rule) -> Made<Rule> {
    match rule {
        parsed::Rule::Default {
            span, refr, value, ..
        } => {
            let (name, keys, name_range) = head_reference(refr)?;
            let head = Head::Default(expr(value, MAX_DEPTH)?);
            Ok(Rule {
                range: range(span),
                head_range: range(span),
                name_range,
                name,
                keys,
                head,
                bodies: Vec::new(),
            })
        }
        parsed::Rule::Spec { span, head, bodies } => {
            let head_range = range(match head {
                parsed::RuleHead::Compr { span, .. }
                | parsed::RuleHead::Set { span, .. }
                | parsed::RuleHead::Func { span, .. } => span,
            });
            let (refr, head) = match head {
                parsed::RuleHead::Compr { refr, assign, .. } => {
                    (refr, Head::Value(assigned(assign.as_ref())?))
                }
                parsed::RuleHead::Set { refr, key, .. } => (
                    refr,
                    Head::Set(key.as_ref().map(|key| expr(key, MAX_DEPTH)).transpose()?),
                ),
                parsed::RuleHead::Func {
                    refr, args, assign, ..
                } => (
                    refr,
                    Head::Function(exprs(args, MAX_DEPTH)?, assigned(assign.as_ref())?),
                ),
            };
            let (name, keys, name_range) = head_reference(refr)?;
            let body = |body: &parsed::RuleBody| {
                Ok(Body {
                    query: query(&body.query, MAX_DEPTH)?,
                    value: assigned(body.assign.as_ref())?,
                    is_else: body.is_else,
                })
            };
            let bodies = bodies.iter().map(body).collect::<Made<_>>()?;
            Ok(Rule {
                range: range(span),
                head_range,
                name_range,
                name,
                keys,
                head,
                bodies,
            })
        }
    }
}

fn assigned(assign: Option<&parsed::RuleAssign>) -> Made<Option<Expr>> {
    assign.map(|assign| expr(&assign.value, MAX_DEPTH)).transpose()
}

fn head_reference(refr: &parsed::Expr) -> Made<(Vec<Arc<str>>, Vec<Expr>, Range)> {
    let refr = expr(refr, MAX_DEPTH)?;
    let (base, steps) = flatten(&refr);
    let ExprKind::Var(root) = &base.kind else {
        return Err(Unsupported(refr.range));
    };
    let mut name = vec![root.clone()];
    let mut keys = Vec::new();
    for step in steps {
        match text_literal(step) {
            Some(text) if keys.is_empty() => name.push(text),
            _ => keys.push(step.clone()),
        }
    }
    Ok((name, keys, base.range))
}

fn query(query: &parsed::Query, depth: usize) -> Made<Query> {
    let statement = |statement: &parsed::LiteralStmt| {
        Ok(Statement {
            range: range(&statement.span),
            literal: literal(&statement.literal, depth)?,
            with: statement
                .with_mods
                .iter()
                .map(|with| expr(&with.r#as, depth))
                .collect::<Made<_>>()?,
        })
    };
    Ok(Query {
        statements: query.stmts.iter().map(statement).collect::<Made<_>>()?,
    })
}

fn literal(literal: &parsed::Literal, depth: usize) -> Made<Literal> {
    Ok(match literal {
        parsed::Literal::SomeVars { vars, .. } => Literal::Some(vars.iter().map(name).collect()),
        parsed::Literal::SomeIn {
            key,
            value,
            collection,
            ..
        } => Literal::SomeIn {
            key: key.as_ref().map(|key| expr(key, depth)).transpose()?,
            value: expr(value, depth)?,
            collection: expr(collection, depth)?,
        },
        parsed::Literal::Expr { expr: inner, .. } => Literal::Expr(expr(inner, depth)?),
        parsed::Literal::NotExpr { expr: inner, .. } => Literal::Not(expr(inner, depth)?),
        parsed::Literal::Every {
            key,
            value,
            domain,
            query: inner,
            ..
        } => Literal::Every {
            key: key.as_ref().map(name),
            value: name(value),
            domain: expr(domain, depth)?,
            query: nested_query(inner, depth, range(domain.span()))?,
        },
    })
}

fn nested_query(inner: &parsed::Query, depth: usize, at: Range) -> Made<Query> {
    query(inner, depth.checked_sub(1).ok_or(Unsupported(at))?)
}

fn exprs(items: &[parsed::Ref<parsed::Expr>], depth: usize) -> Made<Vec<Expr>> {
    items.iter().map(|item| expr(item, depth)).collect()
}

fn expr(parsed: &parsed::Expr, depth: usize) -> Made<Expr> {
    let at = range(parsed.span());
    let depth = depth.checked_sub(1).ok_or(Unsupported(at))?;
    let boxed = |inner: &parsed::Expr| expr(inner, depth).map(Box::new);
    let nested = |inner: &parsed::Query| query(inner, depth);
    let kind = match parsed {
        parsed::Expr::String { value, .. }
        | parsed::Expr::RawString { value, .. }
        | parsed::Expr::Number { value, .. }
        | parsed::Expr::Bool { value, .. }
        | parsed::Expr::Null { value, .. } => ExprKind::Literal(scalar(value).ok_or(Unsupported(at))?),
        parsed::Expr::Var { span, .. } => ExprKind::Var(name(span)),
        parsed::Expr::Array { items, .. } => ExprKind::Array(exprs(items, depth)?),
        parsed::Expr::Set { items, .. } => ExprKind::Set(exprs(items, depth)?),
        parsed::Expr::Object { fields, .. } => ExprKind::Object(
            fields
                .iter()
                .map(|(_, key, value)| Ok((expr(key, depth)?, expr(value, depth)?)))
                .collect::<Made<_>>()?,
        ),
        parsed::Expr::ArrayCompr { term, query, .. } => {
            ExprKind::ArrayComprehension(boxed(term)?, nested(query)?)
        }
        parsed::Expr::SetCompr { term, query, .. } => {
            ExprKind::SetComprehension(boxed(term)?, nested(query)?)
        }
        parsed::Expr::ObjectCompr {
            key, value, query, ..
        } => ExprKind::ObjectComprehension(boxed(key)?, boxed(value)?, nested(query)?),
        parsed::Expr::Call { fcn, params, .. } => ExprKind::Call(boxed(fcn)?, exprs(params, depth)?),
        parsed::Expr::UnaryExpr { expr, .. } => ExprKind::Negative(boxed(expr)?),
        parsed::Expr::RefDot { refr, field, .. } => {
            let key = Expr {
                range: range(&field.0),
                kind: ExprKind::Literal(field.0.text().into()),
            };
            ExprKind::Index(boxed(refr)?, Box::new(key))
        }
        parsed::Expr::RefBrack { refr, index, .. } => ExprKind::Index(boxed(refr)?, boxed(index)?),
        parsed::Expr::BinExpr { lhs, rhs, .. } | parsed::Expr::ArithExpr { lhs, rhs, .. } => {
            ExprKind::Operator(boxed(lhs)?, boxed(rhs)?)
        }
        parsed::Expr::BoolExpr { op, lhs, rhs, .. } => {
            let comparison = match op {
                parsed::BoolOp::Eq => Comparison::Equality,
                parsed::BoolOp::Ne => Comparison::Inequality,
                parsed::BoolOp::Lt | parsed::BoolOp::Le | parsed::BoolOp::Ge | parsed::BoolOp::Gt => {
                    Comparison::Order
                }
            };
            ExprKind::Compare(comparison, boxed(lhs)?, boxed(rhs)?)
        }
        parsed::Expr::AssignExpr {
            op: parsed::AssignOp::ColEq,
            lhs,
            rhs,
            ..
        } => ExprKind::Declare(boxed(lhs)?, boxed(rhs)?),
        parsed::Expr::AssignExpr {
            op: parsed::AssignOp::Eq,
            lhs,
            rhs,
            ..
        } => ExprKind::Unify(boxed(lhs)?, boxed(rhs)?),
        parsed::Expr::Membership {
            key,
            value,
            collection,
            ..
        } => ExprKind::Membership {
            key: key.as_ref().map(|key| boxed(key)).transpose()?,
            value: boxed(value)?,
            collection: boxed(collection)?,
        },
    };
    Ok(Expr { range: at, kind })
}

fn scalar(value: &regorus::Value) -> Option<Value> {
    Some(match value {
        regorus::Value::Null => Value::Null,
        regorus::Value::Bool(value) => Value::Bool(*value),
        regorus::Value::String(text) => Value::from(&**text),
        regorus::Value::Number(_) => Value::Number(number(value)?),
        _ => return None,
    })
}

/// The number, when the value is one that we can hold.
pub(super) fn number(value: &regorus::Value) -> Option<Number> {
    let regorus::Value::Number(number) = value else {
        return None;
    };
    match number.as_i128() {
        Some(integer) if number.is_integer() => Some(Number::Integer(integer)),
        _ => number.as_f64().map(Number::Float),
    }
}
