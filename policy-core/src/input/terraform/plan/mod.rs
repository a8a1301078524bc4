//! Terraform plans: `terraform show -json <plan file>`, and `tofu show -json`, which writes the same format.
//!
//! Existence and actions come from `resource_changes`, never from `planned_values`: the latter also lists resources
//! that are forgotten. `after` is completed with `after_unknown` before anything reads it (`overlay`), and each
//! unknown gets its reason from the `configuration` (`trace`). Data sources come from `prior_state` (known) and from
//! `resource_changes` (read during apply).
//!
//! Not read: checks, action invocations, output changes and the values inside `resource_drift`.

mod changes;
mod configuration;
mod format;
mod instances;
mod overlay;
mod provider;
mod reference;
mod resources;
mod targets;
#[cfg(test)]
mod tests;
mod trace;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;

use self::configuration::Configuration;
use self::format::{Deferred, Named, PlanFile};
use self::instances::Instances;
use self::provider::Providers;
use self::resources::{Builder, Masks, PlainUnknowns};
use self::trace::Tracer;
use self::values::{Interner, parse_value};
use super::codes;
use super::detect::{Recognition, recognise};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::resource::NativeResource;
use crate::source::{Source, Span};
use crate::value::Value;

/// How many addresses a message lists.
const MOST_LISTED: usize = 10;

/// Reads a plan.
///
/// Everything that can be read is: one bad change does not hide the others. What could not be read is an error
/// diagnostic, which makes the run undecided. Account and Region of the `context` are not applied here; the resource
/// model knows where they rank.
///
/// ```
/// use policy_core::{input::{InputContext, terraform::plan}, source::Source};
/// let text = r#"{"format_version": "1.2", "resource_changes": [{
///     "address": "aws_ebs_volume.data", "mode": "managed", "type": "aws_ebs_volume", "name": "data",
///     "change": {"actions": ["create"], "before": null, "after": {"encrypted": true}, "after_unknown": {"id": true}}
/// }]}"#;
/// let input = plan::read(Source::new("plan.json", text), &InputContext::default());
/// let volume = &input.resources[0];
/// assert_eq!(volume.id.as_str(), "aws_ebs_volume.data");
/// assert_eq!(volume.values.get("encrypted").and_then(|value| value.as_bool()), Some(true));
/// assert!(volume.values.get("id").is_some_and(|id| id.as_unknown().is_some()));
/// ```
pub fn read(source: Arc<Source>, _context: &InputContext) -> LoadedInput {
    let mut reader = Reader {
        source: &source,
        diagnostics: Vec::new(),
        names: Interner::default(),
    };
    let resources = reader.read();
    let format = resources.is_some().then_some(InputFormat::TerraformPlan);
    let diagnostics = std::mem::take(&mut reader.diagnostics);
    LoadedInput {
        format,
        resources: resources.unwrap_or_default(),
        diagnostics,
        source: Some(source),
        module_calls: crate::resource::ModuleCalls::default(),
    }
}

/// The values that the root variables had when the plan was made, sensitive ones in clear. Empty for what is not a plan.
pub fn root_variables(source: &Arc<Source>) -> BTreeMap<String, Value> {
    let mut reader = Reader {
        source,
        diagnostics: Vec::new(),
        names: Interner::default(),
    };
    match serde_json::from_str::<PlanFile<'_>>(source.text()) {
        Ok(file) => reader.variables(&file).into_iter().collect(),
        Err(_) => BTreeMap::new(),
    }
}

struct Reader<'s> {
    source: &'s Arc<Source>,
    diagnostics: Vec<Diagnostic>,
    names: Interner,
}

impl<'s> Reader<'s> {
    /// The resources, or `None` when the text is not a plan that can be read at all.
    fn read(&mut self) -> Option<Vec<NativeResource>> {
        let text = self.source.text();
        let file = match serde_json::from_str::<PlanFile<'s>>(text) {
            Ok(file) => file,
            Err(error) => {
                self.syntax_error(&error);
                return None;
            }
        };
        if !self.check_version(&file) {
            return None;
        }
        self.report_state_of(&file);
        let configuration = self.configuration(&file);
        let variables = self.variables(&file);
        let mut instances = Instances::new(&configuration);
        let mut planned = self.changes(&file, &configuration, &mut instances);
        self.data_sources(&file, &configuration, &mut instances, &mut planned);
        let tracer = Tracer::new(&configuration, &instances, &variables, text.len());
        let mut providers = Providers::new(&tracer);
        for data in &planned {
            providers.learn_account(data);
        }
        let plain = PlainUnknowns::default();
        let masks: Masks = planned
            .iter()
            .map(|one| (one.id.clone(), one.unknown.clone()))
            .collect();
        let mut builder = Builder {
            configuration: &configuration,
            tracer: &tracer,
            providers,
            source: self.source,
            plain,
            masks,
        };
        let resources = planned
            .into_iter()
            .map(|planned| builder.build(planned))
            .collect();
        if tracer.is_exhausted() {
            let message = "the configuration of the plan is too entangled to follow all of its references";
            let span = file
                .configuration
                .map_or_else(|| self.start(), |raw| self.span(raw.get()));
            self.report(Diagnostic::new(&codes::TFP022, message).at(&span));
        }
        Some(resources)
    }

    /// The place of a slice of the text.
    fn span(&self, slice: &str) -> Span {
        let start = slice
            .as_ptr()
            .addr()
            .saturating_sub(self.source.text().as_ptr().addr());
        Span::new(self.source.clone(), start, start + slice.len())
    }

    fn start(&self) -> Span {
        Span::new(self.source.clone(), 0, 0)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn syntax_error(&mut self, error: &serde_json::Error) {
        let text = self.source.text();
        // A log or a binary plan is no JSON document either; then say what it is.
        let start = Place::Span(self.start());
        if let Some(diagnostic) = recognise(text.as_bytes()).diagnostic(start) {
            self.report(diagnostic);
            return;
        }
        let offset = offset_of(text, error.line(), error.column());
        let span = Span::new(self.source.clone(), offset, offset);
        let diagnostic = match error.classify() {
            serde_json::error::Category::Eof => Diagnostic::new(
                &codes::TFP003,
                "the plan ends before its JSON does",
            )
            .at(&span)
            .help(
                "write the file again: `terraform show -json tfplan > plan.json`, and check the free space",
            ),
            _ => Diagnostic::new(
                &codes::TFP003,
                format!("the plan cannot be read: {}", plain(error)),
            )
            .at(&span)
            .help("write the file again: `terraform show -json tfplan > plan.json`"),
        };
        self.report(diagnostic);
    }

    fn check_version(&mut self, file: &PlanFile<'s>) -> bool {
        let recognition = recognise(self.source.text().as_bytes());
        let Some(raw) = file.format_version else {
            let known = recognition.diagnostic(Place::Span(self.start()));
            let diagnostic = known.unwrap_or_else(|| {
                Diagnostic::new(
                    &codes::TFP001,
                    "not a Terraform plan: `format_version` is missing",
                )
                .at(&self.start())
                .help("a plan is what `terraform show -json <plan file>` prints")
            });
            self.report(diagnostic);
            return false;
        };
        let version: String = serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let mut numbers = version.split('.').map(str::parse::<u32>);
        let supported = match (numbers.next(), numbers.next()) {
            (Some(Ok(0)), Some(Ok(minor))) => minor >= 1,
            (Some(Ok(1)), Some(Ok(_)) | None) => true,
            _ => false,
        };
        if !supported {
            let message = format!("plan format version `{version}` is not supported; 0.1 to 1.x are");
            let help =
                "check for a newer version of this tool, or write the plan with a Terraform version it knows";
            self.report(
                Diagnostic::new(&codes::TFP002, message)
                    .at(&self.span(raw.get()))
                    .help(help),
            );
            return false;
        }
        // A plan without changes has no `resource_changes`, and a state has none either.
        if file.resource_changes.is_none() && recognition != Recognition::Plan {
            self.diagnostics
                .extend(recognition.diagnostic(Place::Span(self.start())));
            return false;
        }
        true
    }

    /// What the plan says about itself.
    fn report_state_of(&mut self, file: &PlanFile<'s>) {
        let start = self.start();
        if file.errored == Some(true) {
            self.report(
                Diagnostic::new(
                    &codes::TFP008,
                    "Terraform met an error and did not finish this plan",
                )
                .at(&start)
                .help("mend the error that `terraform plan` prints, then plan again"),
            );
        } else if file.complete == Some(false) {
            self.report(
                Diagnostic::new(
                    &codes::TFP009,
                    "the plan is incomplete: after applying it more changes are due",
                )
                .at(&start)
                .help("plan without `-target`; if changes were deferred, apply and plan again"),
            );
        }
        if let Some(deferred) = file
            .deferred_changes
            .as_deref()
            .filter(|deferred| !deferred.is_empty())
        {
            let name = |raw: &&RawValue| {
                let deferred = serde_json::from_str::<Deferred>(raw.get()).ok()?;
                let address = deferred.resource_change?.address?;
                Some(
                    deferred
                        .reason
                        .map_or_else(|| address.clone(), |reason| format!("{address} ({reason})")),
                )
            };
            let message = counted(deferred.len(), "change is", "changes are");
            self.list(
                &codes::TFP010,
                &format!("{message} deferred and not evaluated"),
                deferred,
                name,
                |diagnostic| diagnostic.help("apply this plan, then plan and check again"),
            );
        }
        if let Some(drift) = file.resource_drift.as_deref().filter(|drift| !drift.is_empty()) {
            let name = |raw: &&RawValue| serde_json::from_str::<Named>(raw.get()).ok()?.address;
            let message = counted(drift.len(), "resource was", "resources were");
            self.list(
                &codes::TFP011,
                &format!("{message} changed outside of Terraform"),
                drift,
                name,
                |it| it,
            );
        }
    }

    /// Reports several elements of the plan in one message.
    fn list(
        &mut self,
        code: &'static Code,
        message: &str,
        items: &[&'s RawValue],
        name: impl Fn(&&'s RawValue) -> Option<String>,
        finish: impl Fn(Diagnostic) -> Diagnostic,
    ) {
        let names = items
            .iter()
            .take(MOST_LISTED)
            .map(|item| name(item).unwrap_or_else(|| "?".into()));
        let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        if items.len() > MOST_LISTED {
            names.push(format!("{} more", items.len() - MOST_LISTED));
        }
        let mut diagnostic = Diagnostic::new(code, format!("{message}: {}", names.join(", ")));
        for item in items.iter().take(MOST_LISTED) {
            diagnostic = diagnostic.at(&self.span(item.get()));
        }
        self.report(finish(diagnostic));
    }

    fn configuration(&mut self, file: &PlanFile<'s>) -> Configuration {
        let Some(raw) = file.configuration else {
            let start = self.start();
            self.report(
                Diagnostic::new(
                    &codes::TFP013,
                    "the plan has no `configuration`; references cannot be followed",
                )
                .at(&start)
                .help("use the plan as `terraform show -json` writes it"),
            );
            return Configuration::default();
        };
        Configuration::parse(raw.get()).unwrap_or_else(|error| {
            let message = format!("the configuration of the plan cannot be read: {}", plain(&error));
            let span = self.error_span(raw.get(), &error);
            self.report(Diagnostic::new(&codes::TFP014, message).at(&span));
            Configuration::default()
        })
    }

    /// Values of the root variables. They serve to find Regions, accounts and nulls and are dropped with the reader.
    fn variables(&mut self, file: &PlanFile<'s>) -> HashMap<String, Value> {
        let given = file.variables.iter().flatten();
        let read = given.filter_map(|(name, variable)| {
            let value = match variable.value {
                // Terraform writes no value for a null.
                None => Value::Null,
                Some(raw) => parse_value(raw.get(), &mut self.names).ok()?,
            };
            Some((name.clone(), value))
        });
        read.collect()
    }

    /// The place of an error inside a slice of the text.
    fn error_span(&self, slice: &str, error: &serde_json::Error) -> Span {
        let whole = self.span(slice);
        let offset = whole.start() + offset_of(slice, error.line(), error.column());
        Span::new(self.source.clone(), offset, offset)
    }
}

/// The byte offset of serde_json's 1-based line and column (in bytes).
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut offset = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The message without serde_json's own position: the diagnostic has the place in the whole file.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ")
        .map_or(text.clone(), |(message, _)| message.to_owned())
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
