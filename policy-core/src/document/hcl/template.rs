//! Templates: escapes, whitespace markers and heredoc indentation as HCL defines them.
//!
//! Terraform's scanner cuts the literal text of a heredoc at line ends, and a marker (`~`) trims only the piece beside
//! it; `<<-` then removes the smallest indentation of the pieces that begin a line. The parser's own treatment differs
//! in these details, so the literal text is taken from the source again.

use std::ops::Range;
use std::sync::Arc;

use hcl::edit::Span as _;
use hcl::edit::template::{
    Directive, Element, HeredocTemplate, StringTemplate, Strip, Template as ParsedTemplate,
};

use super::lower::Lower;
use super::tree::{Expr, ExprKind, Literal, Template, TemplatePart};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// How the literal text between sequences is spelled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Between quotes: backslash escapes.
    Quoted,
    /// In a heredoc or a file: only `$${` and `%%{` are escapes.
    Plain,
}

/// The flat sequence of a template, before whitespace is treated.
enum Piece {
    Literal(String),
    Interpolation {
        expr: Expr,
        trim: Trim,
    },
    If {
        condition: Expr,
        trim: Trim,
    },
    Else {
        trim: Trim,
    },
    EndIf {
        trim: Trim,
    },
    For {
        key_name: Option<Arc<str>>,
        value_name: Arc<str>,
        collection: Expr,
        trim: Trim,
    },
    EndFor {
        trim: Trim,
    },
}

#[derive(Clone, Copy)]
struct Trim {
    before: bool,
    after: bool,
}

impl From<Strip> for Trim {
    fn from(strip: Strip) -> Self {
        Self {
            before: strip.strip_start(),
            after: strip.strip_end(),
        }
    }
}

pub(super) fn quoted(lower: &Lower<'_>, template: &StringTemplate, span: Span) -> Expr {
    finish(pieces(lower, template, Spelling::Quoted), false, span)
}

pub(super) fn heredoc(lower: &Lower<'_>, heredoc: &HeredocTemplate, span: Span) -> Expr {
    let flush = heredoc
        .span()
        .is_some_and(|range| lower.slice(&range).trim_start().starts_with("<<-"));
    let pieces = pieces(lower, &heredoc.template, Spelling::Plain);
    let expr = finish(pieces, flush, span);
    match expr.kind {
        // A heredoc that is one interpolation still ends in a line break, so it is never unwrapped.
        ExprKind::Unwrapped(inner) => {
            let template = Template {
                parts: vec![TemplatePart::Interpolation(*inner)],
            };
            Expr {
                kind: ExprKind::Template(template),
                span: expr.span,
            }
        }
        kind => Expr {
            kind,
            span: expr.span,
        },
    }
}

/// A template that is a text of its own, such as a `.tf.json` string or a template file.
pub(super) fn parse_alone(text: &str, whole: &Span) -> Result<Expr, Diagnostic> {
    if !text.contains("${") && !text.contains("%{") {
        return Ok(Expr {
            kind: ExprKind::Literal(Literal::String(text.into())),
            span: whole.clone(),
        });
    }
    let template = hcl::edit::parser::parse_template(text).map_err(|error| {
        Diagnostic::new(
            &super::codes::DOC016,
            format!("not a valid template: {}", error.message().replace('`', "")),
        )
        .at(whole)
        .help("a literal `${` is written `$${`")
    })?;
    let lower = Lower::within(whole, text);
    let expr = finish(pieces(&lower, &template, Spelling::Plain), false, whole.clone());
    lower.problems().next().map_or(Ok(expr), Err)
}

fn pieces(lower: &Lower<'_>, template: &ParsedTemplate, spelling: Spelling) -> Vec<Piece> {
    let mut flat = Vec::new();
    flatten(lower, template, spelling, &mut flat);
    flat
}

fn flatten(lower: &Lower<'_>, template: &ParsedTemplate, spelling: Spelling, flat: &mut Vec<Piece>) {
    for element in template.iter() {
        match element {
            Element::Literal(literal) => {
                let range = element.span().or_else(|| literal.span());
                push_literal(lower, range, literal.as_str(), spelling, flat);
            }
            Element::Interpolation(interpolation) => flat.push(Piece::Interpolation {
                expr: lower.expr(&interpolation.expr),
                trim: interpolation.strip.into(),
            }),
            Element::Directive(directive) => match directive.as_ref() {
                Directive::If(choice) => {
                    flat.push(Piece::If {
                        condition: lower.expr(&choice.if_expr.cond_expr),
                        trim: choice.if_expr.strip.into(),
                    });
                    flatten(lower, &choice.if_expr.template, spelling, flat);
                    if let Some(otherwise) = &choice.else_expr {
                        flat.push(Piece::Else {
                            trim: otherwise.strip.into(),
                        });
                        flatten(lower, &otherwise.template, spelling, flat);
                    }
                    flat.push(Piece::EndIf {
                        trim: choice.endif_expr.strip.into(),
                    });
                }
                Directive::For(each) => {
                    flat.push(Piece::For {
                        key_name: each.for_expr.key_var.as_ref().map(|name| name.as_str().into()),
                        value_name: each.for_expr.value_var.as_str().into(),
                        collection: lower.expr(&each.for_expr.collection_expr),
                        trim: each.for_expr.strip.into(),
                    });
                    flatten(lower, &each.for_expr.template, spelling, flat);
                    flat.push(Piece::EndFor {
                        trim: each.endfor_expr.strip.into(),
                    });
                }
            },
        }
    }
}

fn push_literal(
    lower: &Lower<'_>,
    range: Option<Range<usize>>,
    parsed: &str,
    spelling: Spelling,
    flat: &mut Vec<Piece>,
) {
    let written = range.as_ref().map_or(parsed, |range| lower.slice(range));
    match spelling {
        Spelling::Quoted => {
            lower.check_quoted(range);
            flat.push(Piece::Literal(unescape_quoted(written)));
        }
        Spelling::Plain => {
            flat.extend(
                written
                    .split_inclusive('\n')
                    .map(|line| Piece::Literal(unescape_plain(line))),
            );
        }
    }
}

fn unescape_plain(text: &str) -> String {
    text.replace("$${", "${").replace("%%{", "%{")
}

fn unescape_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("$${") {
            out.push_str("${");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("%%{") {
            out.push_str("%{");
            rest = after;
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some(escaped) = rest.chars().next() else { break };
        rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
        match escaped {
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'u' | 'U' => {
                let digits = if escaped == 'u' { 4 } else { 8 };
                let code = rest
                    .get(..digits)
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok());
                out.push(
                    code.and_then(char::from_u32)
                        .unwrap_or(char::REPLACEMENT_CHARACTER),
                );
                rest = rest.get(digits..).unwrap_or_default();
            }
            other => out.push(other),
        }
    }
    out
}

fn finish(mut pieces: Vec<Piece>, flush: bool, span: Span) -> Expr {
    trim(&mut pieces);
    if flush {
        unindent(&mut pieces);
    }
    let sequences = pieces
        .iter()
        .filter(|piece| !matches!(piece, Piece::Literal(_)))
        .count();
    if sequences == 0 {
        let text: String = pieces
            .iter()
            .map(|piece| {
                if let Piece::Literal(text) = piece {
                    text.as_str()
                } else {
                    ""
                }
            })
            .collect();
        return Expr {
            kind: ExprKind::Literal(Literal::String(text.into())),
            span,
        };
    }
    if pieces.len() == 1
        && let Some(Piece::Interpolation { .. }) = pieces.first()
        && let Some(Piece::Interpolation { expr, .. }) = pieces.pop()
    {
        return Expr {
            kind: ExprKind::Unwrapped(Box::new(expr)),
            span,
        };
    }
    let mut rest = pieces.into_iter();
    let (template, _) = collect(&mut rest);
    Expr {
        kind: ExprKind::Template(template),
        span,
    }
}

/// Applies the `~` markers: each trims the literal piece right beside it.
fn trim(pieces: &mut [Piece]) {
    let mut after_trim = false;
    for position in 0..pieces.len() {
        let (done, rest) = pieces.split_at_mut(position);
        let Some(piece) = rest.first_mut() else { break };
        let marks = match piece {
            Piece::Literal(text) => {
                if after_trim {
                    *text = text.trim_start().to_owned();
                }
                after_trim = false;
                continue;
            }
            Piece::Interpolation { trim, .. }
            | Piece::If { trim, .. }
            | Piece::Else { trim }
            | Piece::EndIf { trim }
            | Piece::For { trim, .. }
            | Piece::EndFor { trim } => *trim,
        };
        if marks.before
            && let Some(Piece::Literal(text)) = done.last_mut()
        {
            text.truncate(text.trim_end().len());
        }
        after_trim = marks.after;
    }
}

/// `<<-`: removes the smallest indentation of all lines from each of them.
fn unindent(pieces: &mut [Piece]) {
    let mut smallest: Option<usize> = None;
    let mut starts = Vec::new();
    let mut line_start = true;
    for (position, piece) in pieces.iter().enumerate() {
        let spaces = match piece {
            Piece::Literal(text) if line_start => {
                let indentation = text.chars().take_while(|c| c.is_whitespace()).count();
                // A blank line says nothing about the indentation.
                let blank = text.trim_start().is_empty() && text.ends_with('\n');
                (!blank).then(|| {
                    starts.push(position);
                    indentation
                })
            }
            _ if line_start => Some(0),
            _ => None,
        };
        if let Some(spaces) = spaces {
            smallest = Some(smallest.map_or(spaces, |known| known.min(spaces)));
        }
        line_start = matches!(piece, Piece::Literal(text) if text.ends_with('\n'));
    }
    let smallest = smallest.unwrap_or(0);
    for position in starts {
        if let Some(Piece::Literal(text)) = pieces.get_mut(position) {
            *text = text.chars().skip(smallest).collect();
        }
    }
}

/// What ended a run of parts.
#[derive(PartialEq, Eq)]
enum Stop {
    TextOver,
    Else,
    EndOfIf,
    EndOfFor,
}

fn collect(rest: &mut std::vec::IntoIter<Piece>) -> (Template, Stop) {
    let mut parts: Vec<TemplatePart> = Vec::new();
    while let Some(piece) = rest.next() {
        match piece {
            Piece::Literal(text) if text.is_empty() => {}
            Piece::Literal(text) => match parts.last_mut() {
                Some(TemplatePart::Literal(before)) => *before = format!("{before}{text}").into(),
                _ => parts.push(TemplatePart::Literal(text.into())),
            },
            Piece::Interpolation { expr, .. } => parts.push(TemplatePart::Interpolation(expr)),
            Piece::If { condition, .. } => {
                let (then, end) = collect(rest);
                let otherwise = if end == Stop::Else {
                    collect(rest).0
                } else {
                    Template::default()
                };
                parts.push(TemplatePart::If {
                    condition,
                    then,
                    otherwise,
                });
            }
            Piece::For {
                key_name,
                value_name,
                collection,
                ..
            } => {
                let (body, _) = collect(rest);
                parts.push(TemplatePart::For {
                    key_name,
                    value_name,
                    collection,
                    body,
                });
            }
            Piece::Else { .. } => return (Template { parts }, Stop::Else),
            Piece::EndIf { .. } => return (Template { parts }, Stop::EndOfIf),
            Piece::EndFor { .. } => return (Template { parts }, Stop::EndOfFor),
        }
    }
    (Template { parts }, Stop::TextOver)
}
