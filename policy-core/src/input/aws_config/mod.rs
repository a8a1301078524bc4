//! AWS Config configuration items: what runs, as AWS recorded it.
//!
//! Read are configuration snapshot and history files (also compressed: [`inflate`]), the answers of
//! `GetResourceConfigHistory`, `BatchGetResourceConfig` and `SelectResourceConfig` (advanced queries), rule events, events
//! of EventBridge and notifications, single items and lists of them, in both spellings of their envelope
//! (`accountId`/`awsAccountId`, `arn`/`ARN`). Beside them the answers of the Cloud Control API, which also say what runs,
//! with CloudFormation's names.
//!
//! The values of an item are the item itself: `configuration`, `supplementaryConfiguration`, `tags`, `relationships` and
//! the envelope, with the texts opened that hold JSON. Of a resource that is not recorded, of the summary of a large item
//! and of columns that no query asked for nothing is known, which is not the same as nothing being there: such values are
//! [`UnknownReason::NotRecorded`](crate::value::UnknownReason::NotRecorded), and an object of which only some members
//! are known says so under [`UNLISTED`](crate::value::UNLISTED).

mod cloud_control;
pub mod codes;
mod envelope;
mod gzip;
mod item;
mod locate;
mod query;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::codes as code;
use self::envelope::Collected;
use self::item::{Item, Items};
use crate::diagnostic::Diagnostic;
use crate::document::Node;
use crate::input::{InputContext, InputFormat, LoadedInput};
use crate::resource::{NativeResource, Reference, ResourceId};
use crate::source::Source;
use crate::value::AttributePath;

pub use self::envelope::recognise_config;
pub use self::gzip::{inflate, is_gzip};

/// How many resources a message lists.
const MOST_LISTED: usize = 10;

/// Reads the items of a parsed document that [`recognise_config`] knows.
///
/// Everything that can be read is: one bad item does not hide the others. Of several items of one resource the newest
/// counts. Account and Region come from each item; those of the `context` are not applied here.
///
/// ```
/// use policy_core::{document::json, input::{InputContext, aws_config}, source::Source};
/// let source = Source::new("volume.json", r#"{"configurationItems": [{
///     "configurationItemStatus": "OK", "resourceType": "AWS::EC2::Volume", "resourceId": "vol-1", "awsAccountId": "111122223333",
///     "configuration": "{\"encrypted\": false}", "supplementaryConfiguration": {}, "tags": {}}]}"#);
/// let root = json::parse(&source).map_err(|errors| format!("{errors:?}"))?;
/// let input = aws_config::read(source, &root, &InputContext::default());
/// let volume = &input.resources[0];
/// assert_eq!(&*volume.native_type, "AWS::EC2::Volume");
/// let encrypted = volume.values.get("configuration").and_then(|values| values.get("encrypted"));
/// assert_eq!(encrypted.and_then(|value| value.as_bool()), Some(false));
/// # Ok::<(), String>(())
/// ```
pub fn read(source: Arc<Source>, root: &Node, _context: &InputContext) -> LoadedInput {
    let mut collected = Collected::read(root);
    let mut items = Items {
        source: &source,
        diagnostics: std::mem::take(&mut collected.diagnostics),
    };
    let read: Vec<Item> = collected
        .items
        .iter()
        .filter_map(|found| items.read(found))
        .collect();
    let mut diagnostics = items.diagnostics;
    let format = match (collected.items.is_empty(), collected.cloud_control.is_empty()) {
        (true, false) => InputFormat::CloudControl,
        _ => InputFormat::AwsConfig,
    };
    let (newest, newest_first) = newest(read, &mut diagnostics);
    collected.report_more(newest_first);
    diagnostics.append(&mut collected.diagnostics);
    report_unrecorded(&newest, &mut diagnostics);
    let mut resources = natives(newest);
    for found in &collected.cloud_control {
        resources.extend(cloud_control::read(&source, found, &mut diagnostics));
    }
    LoadedInput {
        format: Some(format),
        resources,
        diagnostics,
        source: Some(source),
        module_calls: crate::resource::ModuleCalls::default(),
    }
}

/// The newest item of each resource, and whether items of one resource come newest first, where that shows.
fn newest(items: Vec<Item>, diagnostics: &mut Vec<Diagnostic>) -> (Vec<Item>, Option<bool>) {
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    let mut positions: HashMap<[Arc<str>; 4], usize> = HashMap::new();
    let mut older = 0_usize;
    let mut newest_first = None;
    for item in items {
        let position = *positions.entry(item.identity.clone()).or_insert(kept.len());
        let Some(known) = kept.get_mut(position) else {
            kept.push(item);
            continue;
        };
        match item.age.compare(known.age) {
            Some(Ordering::Less) => {
                newest_first = newest_first.or(Some(true));
                older += 1;
            }
            Some(Ordering::Greater) => {
                newest_first = Some(false);
                older += 1;
                *known = item;
            }
            // The same item twice says nothing new.
            Some(Ordering::Equal) | None if item.native.values == known.native.values => {}
            Some(Ordering::Equal) | None => {
                let message = format!(
                    "two items of `{}` differ, and nothing says which is newer",
                    item.native.id
                );
                let mut diagnostic = Diagnostic::new(&code::AWC004, message);
                for (span, text) in [
                    (item.span(), "this one is not evaluated"),
                    (known.span(), "this one is"),
                ] {
                    diagnostic = span
                        .into_iter()
                        .fold(diagnostic, |diagnostic, span| diagnostic.label(span, text));
                }
                diagnostics.push(diagnostic.help("give items with `configurationItemCaptureTime`"));
            }
        }
    }
    if older > 0 {
        let items = if older == 1 {
            "older item is"
        } else {
            "older items are"
        };
        let message = format!("{older} {items} not evaluated");
        let place = kept.iter().find_map(Item::span).cloned();
        let diagnostic = Diagnostic::new(&code::AWC006, message);
        diagnostics.push(place.iter().fold(diagnostic, Diagnostic::at));
    }
    (kept, newest_first)
}

/// Says of which resources nothing is known, in one message for each reason.
fn report_unrecorded(items: &[Item], diagnostics: &mut Vec<Diagnostic>) {
    let mut reasons: Vec<(&'static str, Vec<&Item>)> = Vec::new();
    for item in items {
        let Some(reason) = item.unrecorded else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, items)) => items.push(item),
            None => reasons.push((reason, vec![item])),
        }
    }
    for (reason, items) in reasons {
        let listed = items.iter().take(MOST_LISTED);
        let mut names: Vec<String> = listed
            .clone()
            .map(|item| format!("`{}`", item.native.id))
            .collect();
        if items.len() > MOST_LISTED {
            names.push(format!("{} more", items.len() - MOST_LISTED));
        }
        let message = format!("nothing is known of the values of {}: {reason}", names.join(", "));
        let mut diagnostic = Diagnostic::new(&code::AWC008, message);
        for span in listed.filter_map(|item| item.span()) {
            diagnostic = diagnostic.at(span);
        }
        let help = "record the type, or fetch the item with `aws configservice get-resource-config-history`";
        diagnostics.push(diagnostic.help(help));
    }
}

/// Gives unique ids and joins what the items say they are related to.
fn natives(mut items: Vec<Item>) -> Vec<NativeResource> {
    let mut uses: HashMap<ResourceId, usize> = HashMap::new();
    for item in &items {
        *uses.entry(item.native.id.clone()).or_default() += 1;
    }
    for item in &mut items {
        if uses.get(&item.native.id).is_some_and(|&uses| uses > 1) {
            item.native.id = item.long_id.clone();
        }
    }
    let relations = Relations::new(&items);
    let references: Vec<Vec<Reference>> = items
        .iter()
        .map(|item| relations.references(item, &items))
        .collect();
    let native = |(item, references): (Item, Vec<Reference>)| NativeResource {
        references,
        ..item.native
    };
    items.into_iter().zip(references).map(native).collect()
}

/// Who an item can mean by a type and an id or a name: near it, in its own account and Region, and anywhere.
#[derive(Default)]
struct Index {
    near: HashMap<[Arc<str>; 4], Option<usize>>,
    anywhere: HashMap<[Arc<str>; 2], Option<usize>>,
}

impl Index {
    fn add(&mut self, identity: &[Arc<str>; 4], name: &Arc<str>, position: usize) {
        let [account, region, resource_type, _] = identity.clone();
        let near = [account, region, resource_type.clone(), name.clone()];
        let only = |only: &mut Option<usize>| *only = only.filter(|&known| known == position);
        self.near.entry(near).and_modify(only).or_insert(Some(position));
        let anywhere = [resource_type, name.clone()];
        self.anywhere
            .entry(anywhere)
            .and_modify(only)
            .or_insert(Some(position));
    }

    /// The only one that is meant; the one in the item's own account and Region where there are several.
    fn find(&self, from: &[Arc<str>; 4], resource_type: &Arc<str>, name: &Arc<str>) -> Option<usize> {
        let [account, region, ..] = from.clone();
        match self
            .near
            .get(&[account, region, resource_type.clone(), name.clone()])
        {
            Some(near) => *near,
            None => *self.anywhere.get(&[resource_type.clone(), name.clone()])?,
        }
    }
}

/// The related items that are in the input.
struct Relations {
    by_id: Index,
    by_name: Index,
}

impl Relations {
    fn new(items: &[Item]) -> Self {
        let mut relations = Self {
            by_id: Index::default(),
            by_name: Index::default(),
        };
        for (position, item) in items.iter().enumerate() {
            let [.., resource_id] = &item.identity;
            relations.by_id.add(&item.identity, resource_id, position);
            relations
                .by_id
                .add(&item.identity, &item.native.id.as_str().into(), position);
            relations.by_name.add(&item.identity, &item.native.name, position);
        }
        relations
    }

    fn references(&self, item: &Item, items: &[Item]) -> Vec<Reference> {
        let mut seen = HashSet::new();
        let mut references = Vec::new();
        for relationship in &item.relationships {
            let find = |index: &Index, name: &Option<Arc<str>>| {
                index.find(&item.identity, &relationship.resource_type, name.as_ref()?)
            };
            let found = find(&self.by_id, &relationship.resource_id)
                .or_else(|| find(&self.by_name, &relationship.resource_name));
            let Some(target) = found.and_then(|position| items.get(position)) else {
                continue;
            };
            let target = &target.native.id;
            if *target != item.native.id && seen.insert(target) {
                references.push(Reference {
                    path: AttributePath::root(),
                    targets: vec![target.clone()],
                    attribute: None,
                });
            }
        }
        references
    }
}
