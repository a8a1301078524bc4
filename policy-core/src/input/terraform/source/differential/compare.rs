//! Our evaluation of a case beside Terraform's.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value as Json;

use super::case::{Case, ROOT, call};
use super::terraform::{Answer, BLOCKS, Known};
use crate::diagnostic::{Diagnostic, Level};
use crate::input::InputContext;
use crate::input::terraform::source::cty::Val;
use crate::input::terraform::source::dependencies::Addresses;
use crate::input::terraform::source::evaluation::{Evaluation, Instance};
use crate::input::terraform::source::functions::terraform_tests::shown_type;
use crate::input::terraform::source::{MemoryFiles, STACK_SIZE, SourceOptions, collect};
use crate::source::{Source, Span};
use crate::value::{AttributePath, Value};

/// What the values of a case are read from.
const PROBE: &str = "terraform_data.probe";

/// What we make of a case.
#[derive(Debug, Default)]
pub(super) struct Ours {
    pub(super) errors: Vec<String>,
    pub(super) ty: String,
    /// `input` of every resource instance by its address inside the case, and whether it stands for an unknown number.
    pub(super) resources: BTreeMap<String, (Value, bool)>,
}

/// Evaluates each case on its own.
pub(super) fn evaluate(cases: &[Case]) -> Vec<Ours> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK_SIZE)
            .spawn_scoped(scope, || cases.iter().enumerate().map(evaluate_one).collect())
            .unwrap()
            .join()
            .unwrap()
    })
}

fn evaluate_one((number, case): (usize, &Case)) -> Ours {
    let name = format!("case_{number}");
    let mut files = vec![("main.tf".to_owned(), format!("{ROOT}{}", call(&name)))];
    files.extend(
        case.files
            .iter()
            .map(|(path, text)| (format!("{name}/{path}"), text.clone())),
    );
    let files = MemoryFiles::new(files);
    let context = InputContext::default();
    let options = SourceOptions::new(&context);
    let mut evaluation = Evaluation::new(&files, String::new(), &options);
    let module = evaluation.module("").unwrap();
    let given = evaluation.given(&module);
    evaluation.root_values = given.into();
    let instance = Rc::new(Instance::new(module));
    let mut found = Vec::new();
    collect(&evaluation, &instance, &mut found);
    let mut addresses = Addresses::default();
    found.iter().for_each(|resource| addresses.add(resource));
    let mut ours = Ours::default();
    for resource in &found {
        let built = evaluation.build(resource);
        evaluation.check_resource(resource);
        let Some(native) = evaluation.native(resource, built, &addresses) else {
            continue;
        };
        if let Some(inner) = native.id.as_str().strip_prefix(&format!("module.{name}.")) {
            let value = |name: &str| native.values.get(name).cloned().unwrap_or(Value::Null);
            let input = match &*native.native_type {
                "terraform_data" => value("input"),
                _ => Value::List(BLOCKS.iter().map(|block| value(block)).collect()),
            };
            ours.resources
                .insert(inner.to_owned(), (input, native.condition.is_some()));
        }
    }
    let at = Span::new(Source::new("", ""), 0, 0);
    if let Ok(calls) = evaluation.call_instances(&instance, &name.as_str().into(), &at)
        && let Some(child) = calls.instances().first()
        && child.module.outputs.contains_key("probe")
        && let Ok(probe) = evaluation.output(child, &"probe".into(), &at)
    {
        ours.ty = shown_type(&probe.ty());
        // The resource of the same name has no members that are null.
        let probe = Val {
            sensitive: false,
            ..probe
        };
        ours.resources.insert(PROBE.to_owned(), (probe.to_value(), false));
    }
    ours.errors = evaluation
        .into_diagnostics()
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .map(told)
        .collect();
    ours
}

fn told(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.location().map(|place| place.to_string());
    format!(
        "{} {} at {}",
        diagnostic.code.id,
        diagnostic.message,
        place.unwrap_or_default()
    )
}

/// True when Terraform does not know how many instances there are.
pub(super) fn wants_a_known_number(messages: &[String]) -> bool {
    messages.iter().any(|message| {
        message.contains("cannot be determined until apply")
            || message.contains("depends on resource attributes that")
            || message.contains("values derived from resource attributes that cannot be determined")
    })
}

/// Where the two differ; empty when they agree.
pub(super) fn differences(case: &Case, terraform: &Answer, ours: &Ours) -> Vec<String> {
    let planned = match terraform {
        Answer::Refused(messages) => {
            // Infinity is a value until it has to be written down.
            if messages
                .iter()
                .any(|message| message.contains("cannot serialize infinity"))
            {
                return Vec::new();
            }
            // How an unknown text begins, and names in parts of a text that are not chosen.
            let elsewhere = [
                "a JSON document cannot begin with",
                "A reference to a resource type must be followed",
            ];
            if messages
                .iter()
                .all(|message| elsewhere.iter().any(|words| message.contains(words)))
            {
                return Vec::new();
            }
            // What is chosen between two equal results is known to us.
            if wants_a_known_number(messages) && Listed::of(case).chooses && ours.errors.is_empty() {
                return Vec::new();
            }
            // Terraform wants to know how many there are; one of ours stands for all of them.
            if wants_a_known_number(messages) && ours.resources.values().any(|(_, conditional)| *conditional)
            {
                return Vec::new();
            }
            // Terraform looks for errors in every block, we only where there is an instance of it.
            let nowhere = !ours
                .resources
                .keys()
                .any(|address| address.contains("terraform_data.r[") || address.starts_with("module.m["));
            let repeated = case
                .files
                .values()
                .any(|text| text.contains("  count = ") || text.contains("  for_each = "));
            if nowhere && repeated {
                return Vec::new();
            }
            return match ours.errors.is_empty() {
                true => vec![format!("terraform refuses it: {messages:#?}")],
                false => Vec::new(),
            };
        }
        Answer::Planned(planned) => planned,
    };
    let mut found: Vec<String> = ours
        .errors
        .iter()
        .map(|error| format!("only we refuse it: {error}"))
        .collect();
    if !found.is_empty() {
        return found;
    }
    // In the console, which is asked for types, resources do not exist yet.
    let guess = case
        .files
        .values()
        .any(|text| text.contains("terraform_data.r") || text.contains("terraform_data.i"));
    // A set with unknown elements becomes a list of the type of the set, whatever was asked for.
    let unordered = case
        .files
        .values()
        .any(|text| text.contains("toset([\"a\", var.us])"));
    if !same_type(&planned.ty, &ours.ty) && !guess && !unordered {
        found.push(format!("type: terraform {}, ours {}", planned.ty, ours.ty));
    }
    for (address, known) in &planned.resources {
        match ours.resources.get(address) {
            Some((value, _)) => Comparison {
                listed: Listed::of(case),
                found: &mut found,
            }
            .part(Part::of(known), value, address),
            None => found.push(format!("{address} is missing")),
        }
    }
    for address in ours.resources.keys() {
        if !planned.resources.contains_key(address) {
            found.push(format!("{address} is not in the plan"));
        }
    }
    found
}

/// Where the two may differ, by what a case is made of.
#[derive(Clone, Copy)]
struct Listed {
    /// `try` forgets the mark of a value that is not known, and so does a condition of its results; we do not.
    forgets_marks: bool,
    /// A value may be known to us only: both results of a condition are equal, or a part of a list is taken.
    chooses: bool,
    /// Two values may be known to be different to us only.
    compares: bool,
    /// A comparison may be known to Terraform only, which knows how a JSON text begins that is not known as a whole.
    begins: bool,
}

impl Listed {
    fn of(case: &Case) -> Self {
        let has = |word: &str| case.files.values().any(|text| text.contains(word));
        Self {
            forgets_marks: has("try(") || has(" ? "),
            chooses: has(" ? ") || has("slice(") || has(" && ") || has(" || "),
            compares: has(" == ") || has(" != "),
            begins: has("jsonencode(") || has("${"),
        }
    }
}

/// The same part of what is known, of the mask of what is not, and of the mask of what is sensitive.
#[derive(Clone, Copy)]
struct Part<'k> {
    after: Option<&'k Json>,
    unknown: Option<&'k Json>,
    sensitive: Option<&'k Json>,
    /// True below a mark, where nothing is marked again.
    hidden: bool,
}

impl<'k> Part<'k> {
    fn of(known: &'k Known) -> Self {
        Self {
            after: Some(&known.after),
            unknown: Some(&known.unknown),
            sensitive: Some(&known.sensitive),
            hidden: false,
        }
    }

    fn key(self, key: &str) -> Self {
        let inner = |json: Option<&'k Json>| json.and_then(|json| json.get(key));
        Self {
            after: inner(self.after),
            unknown: inner(self.unknown),
            sensitive: inner(self.sensitive),
            hidden: self.hidden,
        }
    }

    fn index(self, index: usize) -> Self {
        let inner = |json: Option<&'k Json>| json.and_then(|json| json.get(index));
        Self {
            after: inner(self.after),
            unknown: inner(self.unknown),
            sensitive: inner(self.sensitive),
            hidden: self.hidden,
        }
    }

    fn is_unknown(self) -> bool {
        self.unknown == Some(&Json::Bool(true))
    }

    fn has_unknown(self) -> bool {
        fn any(json: &Json) -> bool {
            match json {
                Json::Bool(value) => *value,
                Json::Array(items) => items.iter().any(any),
                Json::Object(members) => members.values().any(any),
                _ => false,
            }
        }
        self.unknown.is_some_and(any)
    }
}

struct Comparison<'c> {
    listed: Listed,
    found: &'c mut Vec<String>,
}

impl Comparison<'_> {
    fn part(&mut self, mut terraform: Part<'_>, ours: &Value, path: &str) {
        if !terraform.hidden {
            let marked = matches!(ours, Value::Sensitive(_));
            let theirs = terraform.sensitive == Some(&Json::Bool(true));
            // Of what is not known nothing is shown, marked or not.
            let open = ours.as_unknown().is_some() && terraform.is_unknown();
            let forgotten = open || marked && (self.listed.forgets_marks || terraform.has_unknown());
            if theirs != marked && !forgotten {
                let side = if marked { "us" } else { "terraform" };
                return self.found.push(format!("{path}: sensitive for {side} only"));
            }
            terraform.hidden = marked || theirs;
        }
        if terraform.is_unknown() {
            let mut holes = 0;
            ours.for_each_unknown(&AttributePath::root(), &mut |_, _| holes += 1);
            // That something is there, or a member that differs, is seen by us in cases where Terraform does not look.
            let different = ours.revealed() == &Value::Bool(false) && self.listed.compares;
            if holes == 0 && !self.listed.chooses && !different {
                let known = format!("{path}: known to us only: {:?}", ours.revealed());
                self.found.push(known);
            }
            return;
        }
        match (terraform.after.unwrap_or(&Json::Null), ours.revealed()) {
            (Json::Object(members), Value::Map(map)) => {
                let own: Vec<&str> = map.keys().map(|key| &**key).collect();
                let mut keys: Vec<&str> = members.keys().map(String::as_str).collect();
                if let Some(Json::Object(unknown)) = terraform.unknown {
                    keys.extend(unknown.keys().map(String::as_str));
                }
                // The resource model has no members that are null.
                let absent = |key: &str| {
                    let part = terraform.key(key);
                    let nothing = part.after.is_none_or(|after| {
                        after.is_null()
                            || after.as_array().is_some_and(Vec::is_empty) && path.contains("aws_")
                    });
                    nothing && !part.is_unknown() && !own.contains(&key)
                };
                if !path.starts_with(PROBE) {
                    keys.retain(|key| !absent(key));
                }
                keys.sort_unstable();
                keys.dedup();
                if keys != own {
                    let differ = format!("{path}: keys: terraform {keys:?}, ours {own:?}");
                    return self.found.push(differ);
                }
                for (key, value) in map {
                    self.part(terraform.key(key), value, &format!("{path}.{key}"));
                }
            }
            (Json::Array(items), Value::List(own)) => {
                if items.is_empty() && own.is_empty() {
                    return;
                }
                if items.len() != own.len() {
                    let (theirs, own) = (items.len(), own.len());
                    return self
                        .found
                        .push(format!("{path}: length: terraform {theirs}, ours {own}"));
                }
                for (index, value) in own.iter().enumerate() {
                    self.part(terraform.index(index), value, &format!("{path}[{index}]"));
                }
            }
            (Json::Bool(_), Value::Unknown(_)) if self.listed.begins => {}
            (_, Value::Unknown(_)) if self.listed.begins && self.listed.chooses => {}
            (after, Value::Unknown(unknown)) => self.found.push(format!(
                "{path}: unknown to us only ({}), terraform {after}",
                unknown.reason.as_str()
            )),
            (Json::Number(number), Value::Number(own)) => {
                if number.to_string().parse::<f64>() != own.to_string().parse::<f64>() {
                    self.found.push(format!("{path}: terraform {number}, ours {own}"));
                }
            }
            // A block that nobody wrote is an empty list.
            (Json::Array(items), Value::Null) if items.is_empty() && path.contains("aws_") => {}
            (after, own) => {
                let own = own.to_json();
                if *after != own {
                    self.found.push(format!("{path}: terraform {after}, ours {own}"));
                }
            }
        }
    }
}

/// True when the type is what Terraform says, or more exact where Terraform does not know it: of an unknown value of a
/// known type it forgets the type of the elements in `toset` and its like.
fn same_type(terraform: &str, ours: &str) -> bool {
    let (mut theirs, mut own) = (terraform, ours);
    while let Some(next) = theirs.chars().next() {
        if let (Some(after), false) = (theirs.strip_prefix("dynamic"), own.starts_with("dynamic")) {
            theirs = after;
            let word = own.find(|c: char| !c.is_alphanumeric()).unwrap_or(own.len());
            own = own.split_at(word).1;
            if own.starts_with('(') {
                let mut depth = 0;
                let end = own.find(|c| {
                    depth += match c {
                        '(' => 1,
                        ')' => -1,
                        _ => 0,
                    };
                    depth == 0
                });
                own = own.split_at(end.map_or(own.len(), |end| end + 1)).1;
            }
            // The console writes a comma after a type with brackets only.
            theirs = theirs.trim_start_matches(',');
            own = own.trim_start_matches(',');
        } else {
            let Some(rest) = own.strip_prefix(next) else {
                return false;
            };
            (theirs, own) = (theirs.split_at(next.len_utf8()).1, rest);
        }
    }
    own.is_empty()
}
