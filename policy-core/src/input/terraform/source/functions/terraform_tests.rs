//! What a real `terraform console` answered (`fixtures/terraform-functions`), compared with what we answer.
//!
//! `scripts/terraform-console.py` freezes the answers; the second test asks a Terraform that is installed again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::signature::Parameter;
use super::{FunctionContext, NotRendered, TABLE, Templates, call, can, names, try_each};
use crate::document::hcl::{
    BinaryOperator, Expr, ExprKind, Literal, TemplatePart, UnaryOperator, parse_expression, parse_template,
};
use crate::input::terraform::source::cty::{Data, Num, Type, Val, convert};
use crate::input::terraform::source::files::MemoryFiles;
use crate::source::{Source, Span};
use crate::value::{Unknown, UnknownReason};

/// Where ours is unknown and Terraform's is not. Each says why; nothing else may differ.
const OURS_UNKNOWN: &[(&str, &str)] = &[
    (
        "pow(1.5, 2.5)",
        "powers with a fractional exponent depend on the machine",
    ),
    (
        "pow(1.7, 3.2)",
        "powers with a fractional exponent depend on the machine",
    ),
    (
        "pow(2, 1023.5)",
        "powers with a fractional exponent depend on the machine",
    ),
    ("regex(\"(?P<a>x)(?P<a>y)\", \"xy\")", "groups of one name"),
    (
        "yamlencode(\"a\\tb\\u0001\\u00a0\\ufeff😀\")",
        "characters beyond the basic plane",
    ),
    (
        "reverse(toset([terraform_data.u.output, \"a\"]))",
        "how many elements such a set has is not known either",
    ),
    ("yamlencode(\"😀\\nx\")", "characters beyond the basic plane"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/terraform-functions")
}

pub(super) struct Case {
    pub(super) function: String,
    expression: String,
    pub(super) answer: Answer,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// JSON text and type.
    Known(String, String),
    /// Rendering and type.
    Unknown(String, String),
    Error,
}

pub(super) fn cases() -> Vec<Case> {
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

fn module_files() -> Vec<(String, Vec<u8>)> {
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
    files
}

fn module() -> MemoryFiles {
    MemoryFiles::new(module_files())
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
            ExprKind::Tuple(items) => Val::tuple(
                items
                    .iter()
                    .map(|item| self.evaluate(item))
                    .collect::<Result<_, _>>()?,
            ),
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
                            let value =
                                convert(self.evaluate(inner)?, &Type::String).map_err(|e| e.to_string())?;
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
                Val::number(
                    left.as_number()
                        .unwrap()
                        .divide(right.as_number().unwrap())
                        .unwrap(),
                )
            }
            ExprKind::Variable(name) => match self.variables.get(name) {
                Some(value) => value.clone(),
                None => return Err(format!("no variable {name}")),
            },
            ExprKind::Traversal(base, _) => match &base.kind {
                ExprKind::Variable(root) if root.as_ref() == "var" => Val::string("s3cret").marked(true),
                ExprKind::Variable(root) if root.as_ref() == "terraform_data" => {
                    let unknown =
                        Unknown::new(UnknownReason::Reference).with_refs(["terraform_data.u".into()]);
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
                let literal = |argument: &Expr| {
                    !matches!(argument.kind, ExprKind::Traversal(..) | ExprKind::Variable(_))
                };
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
                let context = FunctionContext {
                    files: self.files,
                    directory: "",
                    working_directory: None,
                    templates: self,
                };
                call(&function.name, args, &context).map_err(|error| error.to_string())?
            }
            other => panic!("not in these tests: {other:?}"),
        })
    }
}

impl Templates for Evaluator<'_> {
    fn render(&self, name: &str, text: &str, variables: BTreeMap<Arc<str>, Val>) -> Result<Val, NotRendered> {
        let failed = |message| NotRendered {
            message,
            limit: false,
        };
        let source = Source::new(name, text);
        let expr = parse_template(text, &Span::new(source.clone(), 0, text.len()))
            .map_err(|error| failed(error.message))?;
        Evaluator {
            files: self.files,
            variables,
        }
        .evaluate(&expr)
        .map_err(failed)
    }
}

fn ours(files: &MemoryFiles, expression: &str) -> Answer {
    match (Evaluator {
        files,
        variables: BTreeMap::new(),
    })
    .evaluate_text(expression)
    {
        Err(_) => Answer::Error,
        Ok(value) => {
            let ty = shown_type(&value.ty());
            match (
                value.is_wholly_known() && !value.has_sensitive(),
                super::json::to_json(&value),
            ) {
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
pub(in super::super) fn shown_type(ty: &Type) -> String {
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
            let attributes: String = attributes
                .iter()
                .map(|(name, attribute)| format!("{name}:{},", shown_type(&attribute.ty)))
                .collect();
            format!("object({{{attributes}}})").split_whitespace().collect()
        }
    }
}

fn collection_type(name: &str, element: &Type) -> String {
    let comma = if matches!(element, Type::Tuple(_) | Type::Object(_)) {
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
            let (open, close) = if matches!(value.data, Data::Map(..)) {
                ("tomap({", "})")
            } else {
                ("{", "}")
            };
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
        let listed = OURS_UNKNOWN
            .iter()
            .any(|(expression, _)| *expression == case.expression);
        let agrees = match (&found, &case.answer) {
            (Answer::Unknown(..), Answer::Known(..) | Answer::Unknown(..)) if listed => found != case.answer,
            (found, expected) => !listed && found == expected,
        };
        if !agrees {
            count += 1;
            writeln!(
                wrong,
                "{}\n    terraform: {:?}\n    ours:      {found:?}",
                case.expression, case.answer
            )
            .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{count} answers differ:\n{wrong}");
}

/// Every function of Terraform, with at least five inputs.
const LEAST_CASES: usize = 5;

#[test]
fn every_function_has_cases() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut errors: BTreeSet<String> = BTreeSet::new();
    for case in cases() {
        assert!(
            case.expression.contains(&format!("{}(", case.function)),
            "{} does not test {}",
            case.expression,
            case.function
        );
        if case.answer == Answer::Error {
            errors.insert(case.function.clone());
        }
        *counts.entry(case.function).or_default() += 1;
    }
    let known: BTreeSet<&str> = names().collect();
    let tested: BTreeSet<&str> = counts.keys().map(String::as_str).collect();
    assert_eq!(known, tested);
    for (function, count) in &counts {
        assert!(*count >= LEAST_CASES, "{function} has only {count} cases");
        assert!(errors.contains(function), "{function} has no case of an error");
    }
}

#[test]
fn differences_are_listed_only_while_they_exist() {
    let expressions: BTreeSet<String> = cases().into_iter().map(|case| case.expression).collect();
    for (expression, reason) in OURS_UNKNOWN {
        assert!(
            expressions.contains(*expression),
            "{expression} ({reason}) is no case"
        );
    }
}

fn declared() -> BTreeMap<String, serde_json::Value> {
    let text = std::fs::read_to_string(fixtures().join("signatures.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A type as Terraform's metadata writes it.
fn declared_type(ty: &Type) -> serde_json::Value {
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::List(element) => serde_json::json!(["list", declared_type(element)]),
        Type::Set(element) => serde_json::json!(["set", declared_type(element)]),
        Type::Map(element) => serde_json::json!(["map", declared_type(element)]),
        other => other.to_string().into(),
    }
}

#[test]
fn signatures_are_those_that_terraform_declares() {
    let declared = declared();
    assert_eq!(
        declared.keys().map(String::as_str).collect::<Vec<_>>(),
        names().collect::<Vec<_>>()
    );
    for (name, signature) in declared {
        let function = TABLE[name.as_str()];
        let shown = |parameter: &Parameter| {
            let (name, ty, nullable) = parameter.declaration();
            serde_json::json!({ "name": name, "type": declared_type(&ty), "null": nullable })
        };
        let parameters: Vec<_> = function.parameters.iter().map(shown).collect();
        // `can` and `try` are declared for expressions, not for values.
        if !matches!(name.as_str(), "can" | "try") {
            assert_eq!(
                serde_json::Value::from(parameters),
                signature["parameters"],
                "{name}"
            );
            let variadic = function.variadic.as_ref().map_or(serde_json::Value::Null, shown);
            assert_eq!(variadic, signature["variadic"], "{name}");
        }
        // With unknown arguments of the declared types, the result has the declared type.
        let unknown = |ty: Type| Val::unknown(ty, Arc::new(Unknown::new(UnknownReason::Variable)));
        let args: Vec<Val> = function
            .parameters
            .iter()
            .map(|parameter| unknown(parameter.declaration().1))
            .collect();
        if let Ok(returns) = (function.returns)(&args)
            && returns != Type::Dynamic
            && signature["returns"] != "dynamic"
        {
            assert_eq!(declared_type(&returns), signature["returns"], "{name}");
        }
    }
}

/// A string literal of the language.
fn literal(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace("${", "$${")
        .replace("%{", "%%{");
    format!("\"{escaped}\"")
}

/// What the console prints for a line, when it does not fail.
fn console(line: &str, directory: &Path) -> Option<String> {
    let mut console = Command::new("terraform")
        .arg("console")
        .current_dir(directory)
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(console.stdin.take().unwrap(), "{line}").unwrap();
    let done = console.wait_with_output().unwrap();
    done.status
        .success()
        .then(|| String::from_utf8(done.stdout).unwrap().trim().to_owned())
}

#[test]
fn the_frozen_answers_are_those_of_an_installed_terraform() {
    let version = Command::new("terraform")
        .args(["version", "-json"])
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    let version = version
        .map(|done| String::from_utf8_lossy(&done.stdout).into_owned())
        .unwrap_or_default();
    if !version.contains("\"terraform_version\": \"1.11.") {
        eprintln!("skipped: no terraform 1.11 on the PATH; the frozen answers were not asked again");
        return;
    }
    let directory = std::env::temp_dir().join(format!("policy-terraform-functions-{}", std::process::id()));
    for (name, bytes) in module_files() {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let asked = |case: &Case| {
        let expected = match &case.answer {
            Answer::Known(json, _) => json.clone(),
            _ => "!error".to_owned(),
        };
        format!(
            "try(jsonencode({}), \"!error\") == {}",
            case.expression,
            literal(&expected)
        )
    };
    let cases: Vec<Case> = cases()
        .into_iter()
        .filter(|case| !matches!(case.answer, Answer::Unknown(..)))
        .collect();
    let mut wrong = Vec::new();
    for chunk in cases.chunks(200) {
        let all: Vec<String> = chunk.iter().map(asked).collect();
        let agreed = console(&format!("jsonencode([{}])", all.join(", ")), &directory);
        let agreed =
            agreed.unwrap_or_else(|| panic!("a chunk from {} on cannot be asked", chunk[0].expression));
        let agreed: Vec<bool> = serde_json::from_str(agreed.trim_matches('"')).unwrap();
        assert_eq!(agreed.len(), chunk.len());
        wrong.extend(
            chunk
                .iter()
                .zip(agreed)
                .filter(|(_, agreed)| !agreed)
                .map(|(case, _)| &case.expression),
        );
    }
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(wrong.is_empty(), "terraform answers differently: {wrong:#?}");
}
