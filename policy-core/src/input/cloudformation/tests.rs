//! Every intrinsic function over a literate table, and the properties that hold for all templates.

mod condition_tables;
mod extension_tables;
mod fixtures;
mod for_each;
mod include;
mod intrinsic_tables;
mod metamorphic;
mod nested_stacks;
mod rules;
mod serverless;
mod serverless_events;
mod serverless_policies;
mod unrolling;
mod whole_templates;

use std::collections::HashMap;
use std::sync::Arc;

use crate::document::yaml;
use crate::input::{InputContext, LoadedInput};
use crate::source::Source;
use crate::value::{Domain, Unknown, Value};

/// The parts of a template that the tables share.
const PREAMBLE: &str = "
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod]}
  Open: {Type: String}
  Size: {Type: Number, Default: 7}
  Version: {Type: String, Default: 5.10}
  Account: {Type: String, Default: 012345678901}
  Flag: {Type: String, Default: true}
  Given: {Type: String, Default: unused}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  OpenList: {Type: List<AWS::EC2::Subnet::Id>}
  Secret: {Type: String, NoEcho: true, Default: hunter2}
  OpenSecret: {Type: String, NoEcho: 'true', AllowedValues: [x]}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /name/of/it}
  Resolved: {Type: String, Default: '{{resolve:ssm:/p}}'}
Mappings:
  Sizes:
    dev: {Type: t3.micro, Count: 1, Same: x, Zones: [a, b]}
    prod: {Type: m5.large, Count: 3, Same: x, Zones: [c]}
  Regions:
    eu-west-1: {Ami: ami-1}
    us-east-1: {Ami: ami-2}
Conditions:
  Yes: !Equals [a, a]
  No: !Equals [a, b]
  IsProd: !Equals [!Ref Env, prod]
  IsOpen: !Equals [!Ref Open, x]
";

const TARGETS: &str = "
  Other: {Type: AWS::KMS::Key}
  Gone: {Type: AWS::KMS::Key, Condition: No}
  Nested: {Type: AWS::CloudFormation::Stack}
";

fn context() -> InputContext {
    InputContext {
        parameters: [("Given".to_owned(), Value::from("given"))].into(),
        account: Some("111122223333".to_owned()),
        region: None,
    }
}

fn load(text: &str, context: &InputContext) -> LoadedInput {
    let source = Source::new("template.yaml", text);
    let root = yaml::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    super::read(source, &root, context)
}

/// Reads `main.yaml` of these files, by name and text, with the others at hand.
fn load_files(files: &[(&str, &str)], context: &InputContext) -> LoadedInput {
    let files: HashMap<String, Arc<Source>> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Source::new(*name, *text)))
        .collect();
    let source = files["main.yaml"].clone();
    let root = yaml::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    super::read_with_files(source, &root, context, &files)
}

/// One line per resource: id, type, condition, values.
fn listing(input: &LoadedInput) -> Vec<String> {
    let lines = input.resources.iter().map(|resource| {
        let condition = resource.condition.as_deref();
        let condition = condition.map_or_else(String::new, |words| format!(" if {words}"));
        let kind = resource.native_type.trim_start_matches("AWS::");
        format!("{} {kind}{condition} {}", resource.id, show(&resource.values))
    });
    lines.collect()
}

/// The value of property `P` of a resource, the diagnostics as `CODE line:column message | help`, and the references.
fn property(expression: &str) -> (String, Vec<String>, Vec<String>) {
    let indented = expression.trim_start_matches('\n').replace('\n', "\n      ");
    property_in(
        &format!(
            "{PREAMBLE}\nResources:{TARGETS}\n  R:\n    Type: X\n    Properties:\n      P: {indented}\n"
        ),
        &context(),
    )
}

fn property_in(template: &str, context: &InputContext) -> (String, Vec<String>, Vec<String>) {
    let input = load(template, context);
    let resource = input
        .resources
        .iter()
        .find(|resource| &*resource.name == "R")
        .expect("resource R");
    let references = resource.references.iter().map(|reference| {
        let attribute = reference
            .attribute
            .as_deref()
            .map_or_else(String::new, |name| format!(".{name}"));
        format!("{} -> {}{attribute}", reference.path, reference.targets[0])
    });
    let value = resource.values.get("P").map_or_else(|| "absent".to_owned(), show);
    (value, diagnostics(&input), references.collect())
}

fn diagnostics(input: &LoadedInput) -> Vec<String> {
    let shown = input.diagnostics.iter().map(|diagnostic| {
        assert!(diagnostic.location().is_some(), "without a place: {diagnostic:?}");
        format!("{} {}", diagnostic.code.id, diagnostic.message)
    });
    shown.collect()
}

/// JSON for what is known; `?reason(refs)` for what is not, with `!` for "certainly there" and the domain in braces.
fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("\"{text}\""),
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let members: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", show(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Unknown(unknown) => show_unknown(unknown),
        Value::Sensitive(inner) => format!("secret {}", show(inner)),
    }
}

fn show_unknown(unknown: &Arc<Unknown>) -> String {
    let domain = match &unknown.domain {
        None => String::new(),
        Some(Domain::Bool) => " {bool}".to_owned(),
        Some(Domain::AnyOf(values)) => {
            format!(" {{{}}}", values.iter().map(show).collect::<Vec<_>>().join(" | "))
        }
    };
    let present = if unknown.non_null { "!" } else { "" };
    format!(
        "?{}({}){present}{domain}",
        unknown.reason.as_str(),
        unknown.refs.join(", ")
    )
}
