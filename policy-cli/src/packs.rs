//! Packs: those of the binary or of the control directories, and AWS Config conformance packs, which select controls
//! through the managed rules that they name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use policy_core::Value;
use policy_core::control::{self, Catalog, Mapping, Pack, PackParameter, Requirement, codes};
use policy_core::diagnostic::{Diagnostic, Level};
use policy_core::document::{Text, yaml};
use policy_core::input::{self, InputContext};
use policy_core::resource::NativeResource;
use policy_core::source::{Source, Span};

use crate::cli::Global;
use crate::settings::Settings;
use crate::{UsageError, discover, governance};

/// The mapping whose requirements are the managed rules of AWS Config.
pub(crate) const MANAGED_RULES: &str = "aws-config-rules";

/// Narrows a catalog to the packs of the command line or, without any, to those of the settings. Parameters of the settings
/// win over those of a pack.
pub(crate) fn narrow(
    given: &[String],
    global: &Global,
    settings: &Settings,
    catalog: &mut Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), UsageError> {
    let names = if given.is_empty() { &settings.packs } else { given };
    if names.is_empty() {
        return Ok(());
    }
    let packs = chosen(names, global, settings, diagnostics)?;
    diagnostics.extend(control::narrow(catalog, &packs));
    // What is wrong with them was said when the catalog was loaded.
    let _ = settings.apply_parameters(catalog);
    Ok(())
}

/// The packs that names and files mean.
pub(crate) fn chosen(
    names: &[String],
    global: &Global,
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Pack>, UsageError> {
    let mut known: Option<Vec<Pack>> = None;
    let mut packs = Vec::new();
    for name in names {
        let path = Path::new(name);
        if path.is_file() {
            packs.extend(from_file(path, global, settings, diagnostics)?);
            continue;
        }
        let known = known.get_or_insert_with(|| governance::packs(global, settings, diagnostics));
        match known.iter().find(|pack| *pack.id == **name) {
            Some(pack) => packs.push(pack.clone()),
            None => return Err(UsageError::Value(no_such(name, known))),
        }
    }
    Ok(packs)
}

fn no_such(name: &str, known: &[Pack]) -> String {
    if name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json") {
        return format!("there is no file `{name}`");
    }
    let ids: Vec<&str> = known.iter().map(|pack| &*pack.id.text).collect();
    match (control::closest_pack(known, name), ids.is_empty()) {
        (Some(close), _) => format!("there is no pack `{name}`; did you mean `{close}`?"),
        (None, false) => format!("there is no pack `{name}`; there are {}", ids.join(", ")),
        (None, true) => format!("there is no pack `{name}`, and the control directories hold none"),
    }
}

/// A file is a pack of ours or a conformance pack, by what it says.
fn from_file(
    path: &Path,
    global: &Global,
    settings: &Settings,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Pack>, UsageError> {
    let name = discover::name_of(path);
    let unreadable = |why: String| UsageError::Read {
        path: name.clone(),
        why,
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let source = policy_core::document::decode(&name, &bytes)
        .map_err(|diagnostic| unreadable(diagnostic.message.clone()))?;
    let is_template = yaml::parse(&source).is_ok_and(|root| root.get("Resources").is_some());
    if !is_template {
        let (packs, found) = control::load_packs(&[source]);
        diagnostics.extend(found);
        return Ok(packs);
    }
    let loaded = input::load(&name, bytes, &InputContext::default());
    diagnostics.extend(
        loaded
            .diagnostics
            .into_iter()
            .filter(|found| found.level == Level::Error),
    );
    let mappings = governance::mappings(global, settings, &mut Vec::new());
    let catalog = governance::catalog(global, settings, &mut Vec::new());
    let table = mappings
        .iter()
        .find(|mapping| *mapping.framework == *MANAGED_RULES);
    let conformance = Conformance {
        source: &source,
        table,
        catalog: &catalog,
    };
    Ok(vec![conformance.pack(&loaded.resources, diagnostics)])
}

/// A conformance pack on its way to a pack of ours.
struct Conformance<'c> {
    source: &'c Arc<Source>,
    table: Option<&'c Mapping>,
    catalog: &'c Catalog,
}

impl Conformance<'_> {
    fn pack(&self, resources: &[NativeResource], diagnostics: &mut Vec<Diagnostic>) -> Pack {
        let mut pack = Pack {
            id: self.text(self.source.name(), ""),
            title: format!("conformance pack {}", self.source.name()).into(),
            description: None,
            controls: Vec::new(),
            select: None,
            exclude: Vec::new(),
            parameters: Vec::new(),
        };
        let mut unmapped = Vec::new();
        let mut unused = Vec::new();
        let rules = resources
            .iter()
            .filter(|resource| &*resource.native_type == "AWS::Config::ConfigRule");
        let mut count = 0;
        for rule in rules {
            count += 1;
            let identifier = identifier(rule);
            let shown = identifier.unwrap_or("a rule of your own");
            let answered = identifier.and_then(|identifier| self.requirement(identifier));
            let controls: Vec<&Text> = answered
                .iter()
                .flat_map(|requirement| &requirement.controls)
                .filter(|id| self.catalog.controls.keys().any(|known| known.as_str() == &***id))
                .collect();
            if controls.is_empty() {
                unmapped.push(format!("{} ({shown})", rule.name));
            }
            let place = self.text(shown, shown);
            for control in controls {
                if !pack.controls.iter().any(|known| **known == **control) {
                    pack.controls.push(Text {
                        text: control.text.clone(),
                        span: place.span.clone(),
                    });
                }
            }
            if let Some(requirement) = answered {
                self.parameters(rule, requirement, &place, &mut pack.parameters, &mut unused);
            }
        }
        let mut say = |message: String, help: &str| {
            let diagnostic = Diagnostic::new(&codes::PCK004, message);
            diagnostics.push(diagnostic.at(&self.text("", "Resources").span).help(help));
        };
        if !unmapped.is_empty() {
            say(
                format!(
                    "{} of {count} rules have no control here and are not checked: {}",
                    unmapped.len(),
                    unmapped.join(", ")
                ),
                "AWS Config goes on to check them in the account; everything else selects controls",
            );
        }
        if !unused.is_empty() {
            say(
                format!(
                    "parameters without a counterpart, for which controls keep their own value: {}",
                    unused.join(", ")
                ),
                "set parameters of controls under `parameters` in policy.yaml",
            );
        }
        pack
    }

    fn requirement(&self, identifier: &str) -> Option<&Requirement> {
        let mut requirements = self.table?.requirements.iter();
        requirements.find(|requirement| requirement.id.eq_ignore_ascii_case(identifier))
    }

    /// A text that is written in the file where `needle` is first written.
    fn text(&self, text: &str, needle: &str) -> Text {
        let at = self.source.text().find(needle).unwrap_or(0);
        Text {
            text: text.into(),
            span: Span::new(Arc::clone(self.source), at, at + needle.len()),
        }
    }

    fn parameters(
        &self,
        rule: &NativeResource,
        requirement: &Requirement,
        place: &Text,
        parameters: &mut Vec<PackParameter>,
        unused: &mut Vec<String>,
    ) {
        for (theirs, value) in inputs(rule) {
            let ours = requirement
                .parameters
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&theirs))
                .map(|(_, ours)| ours);
            let mut carried = false;
            for id in &requirement.controls {
                let control = self
                    .catalog
                    .controls
                    .values()
                    .find(|known| known.id.as_str() == &**id);
                let default = ours.and_then(|ours| control?.parameters.get(&ours.text));
                let value = default.and_then(|default| like(default, value.as_deref()?));
                if let (Some(ours), Some(value)) = (ours, value) {
                    carried = true;
                    parameters.push(PackParameter {
                        control: Text {
                            text: id.text.clone(),
                            span: place.span.clone(),
                        },
                        name: Text {
                            text: ours.text.clone(),
                            span: place.span.clone(),
                        },
                        value,
                    });
                }
            }
            if !carried {
                unused.push(format!("{theirs} of {}", rule.name));
            }
        }
    }
}

/// The identifier of a managed rule; rules of one's own have none.
fn identifier(rule: &NativeResource) -> Option<&str> {
    let source = rule.values.get("Source")?;
    let managed = source.get("Owner")?.as_str()? == "AWS";
    source.get("SourceIdentifier")?.as_str().filter(|_| managed)
}

/// The inputs of a rule: a map, or JSON in a text. One without a value here, such as a parameter without a default, is
/// `None`.
fn inputs(rule: &NativeResource) -> BTreeMap<String, Option<String>> {
    let Some(given) = rule.values.get("InputParameters") else {
        return BTreeMap::new();
    };
    let parsed = given
        .as_str()
        .and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
        .map(Value::from);
    let given = parsed.as_ref().unwrap_or(given);
    let members = given.as_map().into_iter().flatten();
    let texts = members.map(|(name, value)| {
        let text = match value.to_json() {
            _ if value.as_unknown().is_some() => None,
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        (name.to_string(), text)
    });
    texts.filter(|(_, text)| text.as_deref() != Some("")).collect()
}

/// A text of a conformance pack as a value of the type of `default`.
fn like(default: &Value, text: &str) -> Option<Value> {
    let json = match default.to_json() {
        serde_json::Value::Number(_) => serde_json::Value::from(text.trim().parse::<i64>().ok()?),
        serde_json::Value::Bool(_) => serde_json::Value::from(text.trim().parse::<bool>().ok()?),
        serde_json::Value::String(_) => serde_json::Value::from(text),
        serde_json::Value::Array(items) => {
            let numbers = items.iter().all(serde_json::Value::is_number) && !items.is_empty();
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            let parts: Option<Vec<serde_json::Value>> = parts
                .map(|part| match numbers {
                    true => part.parse::<i64>().ok().map(Into::into),
                    false => Some(part.into()),
                })
                .collect();
            parts?.into()
        }
        _ => return None,
    };
    Some(Value::from(json))
}
