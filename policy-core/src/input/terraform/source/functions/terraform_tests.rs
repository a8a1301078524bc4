//! What a real `terraform console` answered (`fixtures/terraform-functions`), compared with what we answer.
//!
//! `scripts/terraform-console.py` freezes the answers; the second test asks a Terraform that is installed again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::{FunctionContext, FunctionError, Templates, call, can, names, try_each};
use crate::document::hcl::{BinaryOperator, Expr, ExprKind, Literal, TemplatePart, UnaryOperator, parse_expression, parse_template};
use crate::input::terraform::source::cty::{Data, Num, Type, Val, convert};
use crate::input::terraform::source::files::MemoryFiles;
use crate::source::{Source, Span};
use crate::value::{Unknown, UnknownReason};

/// Where ours is unknown and Terraform's is not. Each says why; nothing else may differ.
const OURS_UNKNOWN: &[(&str, &str)] = &[
    ("pow(1.5, 2.5)", "powers with a fractional exponent depend on the machine"),
    ("pow(1.7, 3.2)", "powers with a fractional exponent depend on the machine"),
    ("pow(2, 1023.5)", "powers with a fractional exponent depend on the machine"),
    ("regex(\"(?P<a>x)(?P<a>y)\", \"xy\")", "groups of one name"),
    ("yamlencode(\"a\\tb\\u0001\\u00a0\\ufeff😀\")", "characters beyond the basic plane"),
    ("yamlencode(\"😀\\nx\")", "characters beyond the basic plane"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/terraform-functions")
}

struct Case {
    function: String,
    expression: String,
    answer: Answer,
}

#[derive(Clone, Debug, PartialEq)]
enum Answer {
    /// JSON text and type.
    Known(String, String),
    /// Rendering and type.
    Unknown(String, String),
    Error,
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(fixtures().join("cases.jsonl")).unwrap();
    let read = |line: &str| {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let ty = text("type").unwrap_or_default();
        Case {
            function: text("function").unwrap(),
            expression: text("expression").unwrap(),
            answer: match (text("value"), text("unknown")) {
                (Some(value), _) => Answer::Known(value, ty),
                (None, Some(unknown)) => Answer::Unknown(unknown, ty),
                (None, None) => Answer::Error,
            },
        }
    };
    text.lines().map(read).collect()
}

fn module() -> MemoryFiles {
    fn collect(directory: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                collect(&entry.path(), &format!("{name}/"), files);
            } else {
                files.push((name, std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    let mut files = Vec::new();
    collect(&fixtures().join("module"), "", &mut files);
    MemoryFiles::new(files)
}

/// Evaluates the few kinds of expression that the cases are made of.
struct Evaluator<'e> {
    files: &'e MemoryFiles,
    variables: BTreeMap<Arc<str>, Val>,
}

impl Evaluator<'_> {
    fn evaluate_text(&self, text: &str) -> Result<Val, String> {
        let expr = parse_expression(&Source::new("case", text)).map_err(|error| error.message)?;
        self.evaluate(&expr)
    }

    fn evaluate(&self, expr: &Expr) -> Result<Val, String> {
        Ok(match &expr.kind {
            ExprKind::Literal(Literal::Null) => Val::null(Type::Dynamic),
            ExprKind::Literal(Literal::Bool(value)) => Val::bool(*value),
            ExprKind::Literal(Literal::Number(text)) => Val::number(Num::parse(text).unwrap()),
            ExprKind::Literal(Literal::String(text)) => Val::string(text),
            ExprKind::Parenthesis(inner) | ExprKind::Unwrapped(inner) => self.evaluate(inner)?,
            ExprKind::Tuple(items) => {
                Val::tuple(items.iter().map(|item| self.evaluate(item)).collect::<Result<_, _>>()?)
            }
            ExprKind::Object(items) => {
                let mut members = BTreeMap::new();
                for item in items {
                    let key = convert(self.evaluate(&item.key)?, &Type::String).unwrap();
                    members.insert(key.as_str().unwrap().into(), self.evaluate(&item.value)?);
                }
                Val::object(members)
            }
            ExprKind::Template(template) => {
                let mut text = String::new();
                for part in &template.parts {
                    match part {
                        TemplatePart::Literal(literal) => text.push_str(literal),
                        TemplatePart::Interpolation(inner) => {
                            let value = convert(self.evaluate(inner)?, &Type::String).map_err(|e| e.to_string())?;
                            match (&value.data, value.as_unknown()) {
                                (_, Some(unknown)) => return Ok(Val::unknown(Type::String, unknown.clone())),
                                (Data::String(part), _) => text.push_str(part),
                                _ => return Err("null in a template".to_owned()),
                            }
                        }
                        other => panic!("not in these tests: {other:?}"),
                    }
                }
                Val::string(&text)
            }
            ExprKind::Unary(UnaryOperator::Negate, operand) => {
                let operand = convert(self.evaluate(operand)?, &Type::Number).map_err(|e| e.to_string())?;
                Val::number(operand.as_number().unwrap().negated())
            }
            ExprKind::Binary(BinaryOperator::Divide, left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                Val::number(left.as_number().unwrap().divide(right.as_number().unwrap()).unwrap())
            }
            ExprKind::Variable(name) => match self.variables.get(name) {
                Some(value) => value.clone(),
                None => return Err(format!("no variable {name}")),
            },
            ExprKind::Traversal(base, _) => match &base.kind {
                ExprKind::Variable(root) if root.as_ref() == "var" => Val::string("s3cret").marked(true),
                ExprKind::Variable(root) if root.as_ref() == "terraform_data" => {
                    let unknown = Unknown::new(UnknownReason::Reference).with_refs(["terraform_data.u".into()]);
                    Val::unknown(Type::Dynamic, Arc::new(unknown))
                }
                other => panic!("not in these tests: {other:?}"),
            },
            ExprKind::Call(function) if function.name.as_ref() == "try" && !function.args.is_empty() => {
                let tried = try_each(function.args.iter().map(|argument| self.evaluate(argument)));
                return tried.ok_or_else(|| "nothing worked".to_owned());
            }
            ExprKind::Call(function) if function.name.as_ref() == "can" && function.args.len() == 1 => {
                can(self.evaluate(&function.args[0]))
            }
            ExprKind::Call(function) => {
                // Terraform wants to see where the template comes from: not a literal.
                let literal = |argument: &Expr| !matches!(argument.kind, ExprKind::Traversal(..) | ExprKind::Variable(_));
                if function.name.as_ref() == "templatestring" && function.args.first().is_none_or(literal) {
                    return Err("templatestring needs a reference".to_owned());
                }
                let mut args = Vec::new();
                for (index, argument) in function.args.iter().enumerate() {
                    let value = self.evaluate(argument)?;
                    if function.expand_final && index + 1 == function.args.len() {
                        args.extend(value.as_sequence().unwrap().iter().cloned());
                    } else {
                        args.push(value);
                    }
                }
                let context =
                    FunctionContext { files: self.files, directory: "", working_directory: None, templates: self };
                call(&function.name, args, &context).map_err(|error| error.to_string())?
            }
            other => panic!("not in these tests: {other:?}"),
        })
    }
}

impl Templates for Evaluator<'_> {
    fn render(&self, name: &str, text: &str, variables: BTreeMap<Arc<str>, Val>) -> Result<Val, String> {
        let source = Source::new(name, text);
        let expr = parse_template(text, &Span::new(source.clone(), 0, text.len())).map_err(|error| error.message)?;
        Evaluator { files: self.files, variables }.evaluate(&expr)
    }
}

fn ours(files: &MemoryFiles, expression: &str) -> Answer {
    match (Evaluator { files, variables: BTreeMap::new() }).evaluate_text(expression) {
        Err(_) => Answer::Error,
        Ok(value) => {
            let ty = shown_type(&value.ty());
            match (value.is_wholly_known() && !value.has_sensitive(), super::json::to_json(&value)) {
                (true, Ok(json)) => Answer::Known(json, ty),
                // The console shows values through `jsonencode`, which refuses infinite numbers.
                (true, Err(_)) => Answer::Error,
                (false, _) => {
                    let mut shown = String::new();
                    render(&value, 0, &mut shown);
                    Answer::Unknown(shown, ty)
                }
            }
        }
    }
}

/// A type as the console's `type` function prints it, without blanks.
fn shown_type(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "dynamic".to_owned(),
        Type::Bool | Type::Number | Type::String => ty.to_string(),
        Type::List(element) => collection_type("list", element),
        Type::Set(element) => collection_type("set", element),
        Type::Map(element) => collection_type("map", element),
        Type::Tuple(elements) => {
            let elements: String = elements.iter().map(|element| shown_type(element) + ",").collect();
            format!("tuple([{elements}])")
        }
        Type::Object(attributes) => {
            let attributes: String =
                attributes.iter().map(|(name, attribute)| format!("{name}:{},", shown_type(&attribute.ty))).collect();
            format!("object({{{attributes}}})").split_whitespace().collect()
        }
    }
}

fn collection_type(name: &str, element: &Type) -> String {
    let comma = if matches!(element, Type::Tuple(parts) if !parts.is_empty())
        || matches!(element, Type::Object(parts) if !parts.is_empty())
    {
        ","
    } else {
        ""
    };
    format!("{name}({}{comma})", shown_type(element))
}

/// A value as the console prints it.
fn render(value: &Val, indent: usize, out: &mut String) {
    if value.sensitive {
        out.push_str("(sensitive value)");
        return;
    }
    let pad = "  ".repeat(indent + 1);
    let end = "  ".repeat(indent);
    match &value.data {
        Data::Unknown(..) => out.push_str("(known after apply)"),
        Data::Null(ty) => out.push_str(&match ty {
            Type::Dynamic => "null".to_owned(),
            Type::Bool | Type::Number | Type::String => format!("to{ty}(null)"),
            other => format!("null /* {} */", other.friendly()),
        }),
        Data::Bool(value) => write!(out, "{value}").unwrap(),
        Data::Number(number) => write!(out, "{number}").unwrap(),
        Data::String(text) => write!(out, "{text:?}").unwrap(),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            let (open, close) = match &value.data {
                Data::List(..) => ("tolist([", "])"),
                Data::Set(..) => ("toset([", "])"),
                _ => ("[", "]"),
            };
            out.push_str(open);
            let mut elements = value.children().peekable();
            if elements.peek().is_some() {
                out.push('\n');
                for element in elements {
                    out.push_str(&pad);
                    render(element, indent + 1, out);
                    out.push_str(",\n");
                }
                out.push_str(&end);
            }
            out.push_str(close);
        }
        Data::Map(_, elements) | Data::Object(elements) => {
            let (open, close) = if matches!(value.data, Data::Map(..)) { ("tomap({", "})") } else { ("{", "}") };
            out.push_str(open);
            if !elements.is_empty() {
                out.push('\n');
                for (key, element) in elements {
                    write!(out, "{pad}{key:?} = ").unwrap();
                    render(element, indent + 1, out);
                    out.push('\n');
                }
                out.push_str(&end);
            }
            out.push_str(close);
        }
    }
}

#[test]
fn every_function_answers_as_terraform() {
    let files = module();
    let mut wrong = String::new();
    let mut count = 0;
    for case in cases() {
        let found = ours(&files, &case.expression);
        let listed = OURS_UNKNOWN.iter().any(|(expression, _)| *expression == case.expression);
        let agrees = match (&found, &case.answer) {
            (Answer::Unknown(..), Answer::Known(..)) if listed => true,
            (found, expected) => !listed && found == expected,
        };
        if !agrees {
            count += 1;
            writeln!(wrong, "{}\n    terraform: {:?}\n    ours:      {found:?}", case.expression, case.answer).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{count} answers differ:\n{wrong}");
}
