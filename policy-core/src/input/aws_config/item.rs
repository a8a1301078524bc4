//! One configuration item, in the words of the resource model.
//!
//! The members of an item are listed under "Components of a Configuration Item" in the AWS Config developer guide and
//! under `ConfigurationItem` in its API reference.

use std::cmp::Ordering;
use std::sync::Arc;

use super::codes as code;
use super::envelope::{Extent, Found, field, parse_text};
use super::locate::ItemLocator;
use crate::date::Instant;
use crate::diagnostic::Diagnostic;
use crate::document::{Node, NodeKind};
use crate::resource::{Lifecycle, NativeResource, Origin, ProviderContext, ResourceId, SourceKind};
use crate::source::{Locate, Source, Span};
use crate::value::{Map, Number, UNLISTED, Unknown, UnknownReason, Value};

/// Members that every item has under one name here: both dialects of the envelope, and what other SDKs make of them.
const NAMES: [(&str, &[&str]); 11] = [
    ("accountId", &["awsAccountId"]),
    ("arn", &[]),
    ("awsRegion", &[]),
    ("availabilityZone", &[]),
    ("resourceType", &[]),
    ("resourceId", &[]),
    ("resourceName", &[]),
    ("configuration", &[]),
    ("supplementaryConfiguration", &[]),
    ("tags", &[]),
    ("relationships", &[]),
];

/// What AWS Config names the Region of services without Regions, and what the resource model does.
const GLOBAL: (&str, &str) = ("global", "aws-global");

/// An item that has been read, before items are compared with each other.
pub(super) struct Item {
    pub(super) native: NativeResource,
    /// Its id when its ARN or resource id is not unique in the input.
    pub(super) long_id: ResourceId,
    /// Account, Region, type and resource id: what makes two items the same resource.
    pub(super) identity: [Arc<str>; 4],
    pub(super) age: Age,
    pub(super) relationships: Vec<Relationship>,
    /// Why nothing is known of its values, in words.
    pub(super) unrecorded: Option<&'static str>,
}

impl Item {
    pub(super) fn span(&self) -> Option<&Span> {
        self.native.origin.block.as_ref()
    }
}

/// When an item was captured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Age {
    captured: Option<Captured>,
    state: Option<i128>,
}

#[derive(Clone, Copy, Debug)]
enum Captured {
    At(Instant),
    /// Seconds since 1970: how version 1 of the command line prints times.
    Epoch(f64),
}

impl Age {
    fn read(node: &Node) -> Self {
        let captured =
            field(node, "configurationItemCaptureTime").and_then(|entry| match &entry.value.kind {
                NodeKind::String(text) => Instant::parse(text).ok().map(Captured::At),
                NodeKind::Number(Number::Float(seconds)) => Some(Captured::Epoch(*seconds)),
                NodeKind::Number(Number::Integer(seconds)) => {
                    format!("{seconds}").parse().ok().map(Captured::Epoch)
                }
                _ => None,
            });
        let state = text(node, "configurationStateId").and_then(|text| text.parse().ok());
        Self { captured, state }
    }

    /// Which of two is newer; `None` when nothing tells.
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        let captured = match (self.captured, other.captured) {
            (Some(Captured::At(left)), Some(Captured::At(right))) => Some(left.cmp(&right)),
            (Some(Captured::Epoch(left)), Some(Captured::Epoch(right))) => left.partial_cmp(&right),
            _ => None,
        };
        match (captured, self.state.zip(other.state)) {
            (Some(Ordering::Equal) | None, Some((left, right))) => Some(left.cmp(&right)),
            (captured, _) => captured,
        }
    }
}

/// What an item says it is related to.
pub(super) struct Relationship {
    pub(super) resource_type: Arc<str>,
    pub(super) resource_id: Option<Arc<str>>,
    pub(super) resource_name: Option<Arc<str>>,
}

/// False for the ARN of another resource. The ARNs of Amazon EC2 end with the id of the resource; of a contradictory item the
/// id holds, under which AWS Config keeps it.
fn is_of(arn: &str, resource_id: &str) -> bool {
    let service = arn.split(':').nth(2);
    let last = arn.rsplit('/').next();
    service != Some("ec2") || last == Some(resource_id)
}

/// Reads items; what cannot be read is in the diagnostics.
pub(super) struct Items<'s> {
    pub(super) source: &'s Arc<Source>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Items<'_> {
    pub(super) fn read(&mut self, found: &Found<'_>) -> Option<Item> {
        let node = &*found.node;
        let span = found.span().clone();
        let Some(resource_type) = text(node, "resourceType") else {
            return self.unreadable("an item has no `resourceType`", &span);
        };
        let arn = text(node, "arn");
        let Some(resource_id) = text(node, "resourceId").or_else(|| arn.clone()) else {
            return self.unreadable("an item has neither a `resourceId` nor an ARN", &span);
        };
        let account = text(node, "accountId").or_else(|| text(node, "awsAccountId"));
        let region = text(node, "awsRegion");
        let (lifecycle, unrecorded) = self.status(node, found);
        let mut values = self.values(node, found, &resource_id);
        if unrecorded.is_some() {
            forget(&mut values);
        }
        let in_account = account.clone().unwrap_or_default();
        let in_region = region.clone().unwrap_or_default();
        let long_id = format!("{in_account}/{in_region}/{resource_type}/{resource_id}");
        let native = NativeResource {
            id: ResourceId::new(
                arn.filter(|arn| is_of(arn, &resource_id))
                    .unwrap_or_else(|| resource_id.clone()),
            ),
            name: text(node, "resourceName").unwrap_or_else(|| resource_id.clone()),
            native_type: resource_type.clone(),
            source: SourceKind::AwsConfig,
            lifecycle,
            values: Value::Map(values),
            before: None,
            change: None,
            references: Vec::new(),
            provider: ProviderContext {
                region: region.map(|region| match &*region {
                    name if name == GLOBAL.0 => GLOBAL.1.into(),
                    _ => Value::String(region),
                }),
                account: account.map(Value::String),
                default_tags: None,
            },
            scope: "".into(),
            condition: None,
            many: false,
            origin: Origin {
                calls: Vec::new(),
                file: self.source.name().into(),
                locator: Some(ItemLocator::of(found) as Arc<dyn Locate>),
                block: Some(span),
            },
        };
        Some(Item {
            native,
            long_id: ResourceId::new(long_id),
            identity: [in_account, in_region, resource_type, resource_id],
            age: Age::read(node),
            relationships: relationships(node),
            unrecorded,
        })
    }

    fn unreadable(&mut self, message: &str, span: &Span) -> Option<Item> {
        let help = "give whole items; in a query select `resourceId`, `resourceType`, `accountId` and `awsRegion` too";
        self.diagnostics
            .push(Diagnostic::new(&code::AWC002, message).at(span).help(help));
        None
    }

    /// Whether the resource exists, and why its values are not known when they are not.
    ///
    /// The names are the values of `ConfigurationItemStatus` in the API reference.
    fn status(&mut self, node: &Node, found: &Found<'_>) -> (Lifecycle, Option<&'static str>) {
        let oversized =
            (found.extent == Extent::Summary).then_some("only the summary of a large item is here");
        let status = text(node, "configurationItemStatus").unwrap_or_else(|| "OK".into());
        let deleted = field(node, "changeType").and_then(|entry| entry.value.as_str()) == Some("DELETE");
        match status.to_ascii_lowercase().as_str() {
            "resourcedeleted" | "resourcedeletednotrecorded" => (Lifecycle::Removed, None),
            _ if deleted && found.extent == Extent::Summary => (Lifecycle::Removed, None),
            "ok" | "resourcediscovered" => (Lifecycle::Managed, oversized),
            "resourcenotrecorded" => (Lifecycle::Managed, Some("AWS Config does not record it")),
            _ => {
                let message = format!("the status `{status}` is not known");
                self.diagnostics
                    .push(Diagnostic::new(&code::AWC005, message).at(found.span()));
                (Lifecycle::Managed, Some("its status is not known"))
            }
        }
    }

    /// Everything that the item says, under one name for each member, with the texts that hold JSON opened.
    fn values(&mut self, node: &Node, found: &Found<'_>, resource_id: &str) -> Map {
        let mut values = match node.to_value() {
            Value::Map(values) => values,
            _ => Map::new(),
        };
        for (name, others) in NAMES {
            let written = field(node, name).or_else(|| others.iter().find_map(|other| field(node, other)));
            let Some(written) = written.filter(|written| *written.key != *name) else {
                continue;
            };
            if let Some(value) = values.remove(&written.key) {
                values.insert(name.into(), value);
            }
        }
        for name in ["accountId", "awsRegion", "resourceId"] {
            // An account id without quotes is a number in YAML.
            if let Some(Value::Number(number)) = values.get(name) {
                let text = number.to_string();
                values.insert(name.into(), text.into());
            }
        }
        if found.extent == Extent::Row {
            let spread = super::query::spread(values);
            values = spread;
        }
        let texts = matches!(values.get("configuration"), Some(Value::String(_)));
        for name in ["configuration", "supplementaryConfiguration"] {
            if let Some(Value::String(text)) = values.get(name) {
                let opened = self.opened(text, name, resource_id, found.span());
                values.insert(name.into(), opened);
            }
            if let Some(other @ (Value::List(_) | Value::Bool(_) | Value::Number(_))) = values.get(name) {
                let kind = if matches!(other, Value::List(_)) {
                    "a list"
                } else {
                    "a scalar"
                };
                self.misshapen(
                    &format!("the `{name}` of `{resource_id}` is {kind}, not an object"),
                    found.span(),
                );
                values.insert(name.into(), not_recorded());
            }
        }
        if let Some(Value::Map(members)) = values.get_mut("supplementaryConfiguration") {
            for member in members.values_mut() {
                open_member(member, texts);
            }
        }
        match found.extent {
            Extent::Row => super::query::leave_open(&mut values),
            Extent::Whole | Extent::Summary => fill_in(&mut values),
        }
        values
    }

    /// A text that holds an object as JSON, which is how the API answers.
    fn opened(&mut self, text: &str, name: &str, resource_id: &str, span: &Span) -> Value {
        if text.trim().is_empty() {
            return Value::Null;
        }
        match parse_text(text).map(|node| node.to_value()) {
            Some(value @ (Value::Map(_) | Value::Null)) => value,
            Some(_) => {
                self.misshapen(&format!("the `{name}` of `{resource_id}` holds no object"), span);
                not_recorded()
            }
            None => {
                self.misshapen(
                    &format!("the `{name}` of `{resource_id}` is not valid JSON"),
                    span,
                );
                not_recorded()
            }
        }
    }

    fn misshapen(&mut self, message: &str, span: &Span) {
        self.diagnostics
            .push(Diagnostic::new(&code::AWC003, message).at(span));
    }
}

/// Opens a member of `supplementaryConfiguration` that is JSON in a text, one level.
///
/// In files and events only documents are texts. The answers of the API (`texts`) wrap every member once more, also a
/// boolean, so that a document comes as a text in a text.
fn open_member(member: &mut Value, texts: bool) {
    if texts {
        open_text(member, |_| true);
    }
    open_text(member, |text| text.trim_start().starts_with(['{', '[']));
}

fn open_text(member: &mut Value, holds_json: fn(&str) -> bool) {
    let Value::String(text) = member else { return };
    if let Some(node) = Some(text)
        .filter(|text| holds_json(text))
        .and_then(|text| parse_text(text))
    {
        *member = node.to_value();
    }
}

/// What a whole item leaves out was not recorded: AWS Config writes these members also when they are empty.
fn fill_in(values: &mut Map) {
    let tagged = values
        .get("configuration")
        .and_then(Value::as_map)
        .is_some_and(|configuration| {
            let names = ["tags", "tagList", "tagSet"];
            configuration
                .keys()
                .any(|key| names.iter().any(|name| key.eq_ignore_ascii_case(name)))
        });
    for name in [
        "configuration",
        "supplementaryConfiguration",
        "tags",
        "relationships",
    ] {
        // The answer of `BatchGetResourceConfig` has no tags; some types repeat them in their configuration.
        let elsewhere = name == "tags" && tagged;
        if matches!(values.get(name), None | Some(Value::Null)) {
            if elsewhere {
                values.remove(name);
            } else {
                values.insert(name.into(), not_recorded());
            }
        }
    }
}

/// Nothing is known but the name of the resource.
fn forget(values: &mut Map) {
    for name in [
        "configuration",
        "supplementaryConfiguration",
        "tags",
        "relationships",
    ] {
        values.insert(name.into(), not_recorded());
    }
    values.insert(UNLISTED.into(), not_recorded());
}

pub(super) fn not_recorded() -> Value {
    Unknown::new(UnknownReason::NotRecorded).into()
}

fn relationships(node: &Node) -> Vec<Relationship> {
    let list = field(node, "relationships")
        .map(|entry| entry.value.items())
        .unwrap_or_default();
    let relationship = |node| {
        Some(Relationship {
            resource_type: text(node, "resourceType")?,
            resource_id: text(node, "resourceId"),
            resource_name: text(node, "resourceName"),
        })
    };
    list.iter().filter_map(relationship).collect()
}

/// The text of a member that is a scalar, `None` for an empty one.
fn text(node: &Node, name: &str) -> Option<Arc<str>> {
    let value = &field(node, name)?.value;
    match value.kind {
        NodeKind::String(_) | NodeKind::Number(_) => {
            value.scalar_text().filter(|text| !text.trim().is_empty())
        }
        _ => None,
    }
}
