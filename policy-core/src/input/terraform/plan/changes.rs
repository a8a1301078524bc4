//! The elements of `resource_changes`, and the data sources that were read while planning.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::configuration::Configuration;
use super::format::{
    ChangeBody, ChangeRecord, Named, PlanFile, State, StateModule, StateResource, parse_change,
};
use super::instances::{Instances, ROOT_INSTANCE};
use super::overlay::mark;
use super::resources::{Planned, ValuePlace, mark_tags};
use super::values::{Mask, parse_mask, parse_value};
use super::{Reader, codes, counted, plain};
use crate::diagnostic::Diagnostic;
use crate::resource::{Change, Lifecycle, ResourceAddress, ResourceId};
use crate::source::Span;
use crate::value::Value;

impl<'s> Reader<'s> {
    /// The resources of `resource_changes`.
    pub(super) fn changes(
        &mut self,
        file: &PlanFile<'s>,
        configuration: &Configuration,
        instances: &mut Instances,
    ) -> Vec<Planned> {
        let mut planned: Vec<Planned> = Vec::new();
        let mut known = HashSet::new();
        let mut deposed = Vec::new();
        for &raw in file.resource_changes.iter().flatten() {
            match parse_change(raw.get(), &mut self.names) {
                Ok(record) if record.deposed.is_some() => deposed.push(raw),
                Ok(record) => {
                    let Some(mut one) = self.change(record, raw) else {
                        continue;
                    };
                    if !known.insert(one.id.clone()) {
                        let message = format!(
                            "`{}` has more than one change; only the first is evaluated",
                            one.id
                        );
                        self.report(Diagnostic::new(&codes::TFP007, message).at(&one.span));
                        continue;
                    }
                    one.module = instances.enter(configuration, &one.address.module);
                    if one.lifecycle != Lifecycle::Removed {
                        instances.add(one.module, &one.address, one.id.clone());
                    }
                    planned.push(one);
                }
                Err(error) => {
                    let named = serde_json::from_str::<Named>(raw.get())
                        .ok()
                        .and_then(|named| named.address);
                    let named = named.map_or_else(|| "a resource".into(), |address| format!("`{address}`"));
                    let message = format!("the change of {named} cannot be read: {}", plain(&error));
                    let span = self.error_span(raw.get(), &error);
                    self.report(
                        Diagnostic::new(&codes::TFP004, message)
                            .at(&span)
                            .label(&self.span(raw.get()), ""),
                    );
                }
            }
        }
        if !deposed.is_empty() {
            let name = |raw: &&RawValue| serde_json::from_str::<Named>(raw.get()).ok()?.address;
            let message = format!(
                "{} not evaluated",
                counted(deposed.len(), "deposed object is", "deposed objects are")
            );
            self.list(&codes::TFP012, &message, &deposed, name, |diagnostic| diagnostic);
        }
        planned
    }

    /// One change, or `None` with a diagnostic.
    fn change(&mut self, record: ChangeRecord, raw: &RawValue) -> Option<Planned> {
        let span = self.span(raw.get());
        let mode = record.mode.as_deref().unwrap_or("managed");
        let text = record.address.unwrap_or_default();
        if !matches!(mode, "managed" | "data") {
            let message = format!("`{text}` has the mode `{mode}`, which is not evaluated");
            self.report(Diagnostic::new(&codes::TFP015, message).at(&span));
            return None;
        }
        let address = match ResourceAddress::parse(&text) {
            Ok(address) => address,
            Err(error) => {
                self.report(Diagnostic::new(&codes::TFP005, format!("`{text}` is {error}")).at(&span));
                return None;
            }
        };
        let Some(body) = record.change else {
            self.report(Diagnostic::new(&codes::TFP004, format!("`{text}` has no `change`")).at(&span));
            return None;
        };
        let lifecycle = self.lifecycle(&text, mode == "data", &body, &span)?;
        let ChangeBody {
            actions,
            before,
            after,
            after_unknown,
            before_sensitive,
            after_sensitive,
        } = body;
        let before = before.map(|before| mark_tags(mark(before, &before_sensitive), &before_sensitive));
        let (values, unknown, sensitive, place) = match (lifecycle, after) {
            (Lifecycle::Removed, _) => (
                before.clone().unwrap_or(Value::Null),
                Mask::Nothing,
                Mask::Nothing,
                ValuePlace::Before,
            ),
            (_, Some(after)) => (after, after_unknown, after_sensitive, ValuePlace::After),
            // A data source may be unknown as a whole; a managed resource was refused before.
            (_, None) => (Value::Null, Mask::All, after_sensitive, ValuePlace::After),
        };
        let previous_id = record
            .previous_address
            .filter(|previous| *previous != text)
            .map(ResourceId::new);
        Some(Planned {
            id: ResourceId::new(text),
            address,
            module: ROOT_INSTANCE,
            lifecycle,
            change: Some(Change { actions, previous_id }),
            values,
            unknown: unknown.into(),
            sensitive,
            before,
            span,
            place,
        })
    }

    /// What will be of the resource, after checking that the plan says what it will be.
    fn lifecycle(&mut self, address: &str, data: bool, body: &ChangeBody, span: &Span) -> Option<Lifecycle> {
        let mut stays = false;
        let mut goes = false;
        for action in &body.actions {
            match &**action {
                "create" | "update" | "no-op" | "read" => stays = true,
                "delete" | "forget" => goes = true,
                other => {
                    let message = format!("`{address}` has the unknown action `{other}`");
                    self.report(Diagnostic::new(&codes::TFP015, message).at(span));
                    stays = true;
                }
            }
        }
        if body.actions.is_empty() {
            self.report(
                Diagnostic::new(
                    &codes::TFP004,
                    format!("the change of `{address}` names no action"),
                )
                .at(span),
            );
            return None;
        }
        if goes && !stays {
            return Some(Lifecycle::Removed);
        }
        if data {
            return Some(Lifecycle::Data);
        }
        // Terraform never writes such a mask. The resource is kept, as one of which nothing is known.
        let all_unknown = body.after_unknown == Mask::All;
        let problem = match &body.after {
            Some(Value::Map(_)) if !all_unknown => return Some(Lifecycle::Managed),
            _ if all_unknown => "has no known planned value at all",
            None => "has no planned values and is not evaluated",
            Some(_) => "has planned values that are not an object and is not evaluated",
        };
        let help = "use the plan as `terraform show -json` writes it";
        self.report(
            Diagnostic::new(&codes::TFP006, format!("`{address}` {problem}"))
                .at(span)
                .help(help),
        );
        all_unknown.then_some(Lifecycle::Managed)
    }

    /// Data sources that were read while planning.
    pub(super) fn data_sources(
        &mut self,
        file: &PlanFile<'s>,
        configuration: &Configuration,
        instances: &mut Instances,
        planned: &mut Vec<Planned>,
    ) {
        let Some(raw) = file.prior_state else { return };
        let root = match serde_json::from_str::<State<'s>>(raw.get()) {
            Ok(state) => state.values.and_then(|values| values.root_module),
            Err(error) => {
                let message = format!("the prior state of the plan cannot be read: {}", plain(&error));
                let span = self.error_span(raw.get(), &error);
                self.report(Diagnostic::new(&codes::TFP016, message).at(&span));
                None
            }
        };
        // What is read during apply is unknown, whatever it was before.
        let mut known: HashSet<ResourceId> = planned.iter().map(|planned| planned.id.clone()).collect();
        let mut modules: Vec<StateModule<'s>> = root.into_iter().collect();
        while let Some(module) = modules.pop() {
            for raw in module.resources.into_iter().flatten() {
                match self.data_source(raw) {
                    Ok(Some(mut data)) if known.insert(data.id.clone()) => {
                        data.module = instances.enter(configuration, &data.address.module);
                        instances.add(data.module, &data.address, data.id.clone());
                        planned.push(data);
                    }
                    Ok(_) => {}
                    Err(problem) => {
                        let message = format!("a data source of the prior state cannot be read: {problem}");
                        self.report(Diagnostic::new(&codes::TFP016, message).at(&self.span(raw.get())));
                    }
                }
            }
            modules.extend(module.child_modules.into_iter().flatten().rev());
        }
    }

    fn data_source(&mut self, raw: &RawValue) -> Result<Option<Planned>, String> {
        let resource: StateResource<'_> = serde_json::from_str(raw.get()).map_err(|error| plain(&error))?;
        if resource.mode.as_deref() != Some("data") {
            return Ok(None);
        }
        let text = resource.address.unwrap_or_default();
        let address = ResourceAddress::parse(&text).map_err(|error| format!("`{text}` is {error}"))?;
        let values = resource.values.map(|raw| parse_value(raw.get(), &mut self.names));
        let values = values
            .transpose()
            .map_err(|error| format!("`{text}`: {}", plain(&error)))?;
        let sensitive = resource
            .sensitive_values
            .map(|raw| parse_mask(raw.get(), &mut self.names));
        let sensitive = sensitive
            .transpose()
            .map_err(|error| format!("`{text}`: {}", plain(&error)))?;
        Ok(Some(Planned {
            id: ResourceId::new(text),
            address,
            module: ROOT_INSTANCE,
            lifecycle: Lifecycle::Data,
            change: None,
            values: values.unwrap_or(Value::Null),
            unknown: Mask::Nothing.into(),
            sensitive: sensitive.unwrap_or_default(),
            before: None,
            span: self.span(raw.get()),
            place: ValuePlace::State,
        }))
    }
}
