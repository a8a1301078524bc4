//! What AWS Backup covers: the selections of backup plans, asked about each resource that can be backed up.
//!
//! A selection names resources by ARN, with wildcards, or by tags. As AWS documents it: ARNs are alternatives, tags of
//! `ListOfTags` are further alternatives, `Conditions` must all hold, and `NotResources` are left out again
//! (AWS Backup Developer Guide, "Assign resources with AWS CLI", and the API reference of `BackupSelection`). What a
//! selection without ARNs and tags covers depends on settings of the account, so it decides nothing.
//!
//! No selection in the input is no answer: another stack may have one. Only who knows all inputs can say that a resource
//! is not covered, see [`close`].

mod condition;
mod selection;

use std::collections::HashMap;
use std::sync::Arc;

use super::arn_pattern::Part;
use super::inventory::Draft;
use super::kind::{Kind, TypeMap};
use super::model::{
    Attribute, Cell, Context, Derived, Edge, EdgeOrigin, Inventory, Lifecycle, NativeResource, Provenance,
    Resource, ResourceId, SourceKind,
};
use super::path::is_computed;
use super::reference::{Directory, native_value};
use crate::value::{Domain, Unknown, UnknownReason, Value};
use selection::{Named, References, Selection};

/// The fact that a selection covers a resource.
pub(super) const SELECTED: &str = "backup_selected";
/// The fact that a selection leaves a resource out by its ARN, and none covers it.
pub(super) const EXCLUDED: &str = "backup_excluded";
const SELECTION_KIND: &str = "backup_selection";
const OF_RESOURCE: &str = "backup_selections";
const OF_SELECTION: &str = "selects";

/// More pairs of selections and resources are not looked at: nobody has so many, and every question would cost that much.
const MOST_PAIRS: usize = 2_000_000;

/// What is known of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Truth {
    Yes,
    No,
    Maybe(Arc<Unknown>),
}

impl Truth {
    fn of(decided: Option<bool>, unknown: impl FnOnce() -> Arc<Unknown>) -> Self {
        match decided {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Maybe(unknown()),
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Maybe(unknown), _) | (_, Self::Maybe(unknown)) => Self::Maybe(unknown),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Maybe(unknown), _) | (_, Self::Maybe(unknown)) => Self::Maybe(unknown),
            (Self::No, Self::No) => Self::No,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            maybe => maybe,
        }
    }
}

/// What a selection looks at.
struct Candidate<'a> {
    arn: Vec<Part>,
    tags: &'a Attribute,
    context: &'a Context,
}

/// A selection of another input.
#[derive(Clone, Debug)]
pub struct BackupSelection {
    id: ResourceId,
    context: Context,
    selection: Selection,
    condition: Option<Arc<str>>,
}

impl BackupSelection {
    /// The selection as a resource of its input.
    pub fn id(&self) -> &ResourceId {
        &self.id
    }
}

/// The selections of an inventory, to be asked about the resources of others.
pub fn backup_selections(inventory: &Inventory) -> Vec<BackupSelection> {
    let of = |resource: &Resource| BackupSelection {
        id: resource.id.clone(),
        context: resource.context.clone(),
        selection: Selection::read(&resource.attributes),
        condition: resource.condition.clone(),
    };
    inventory
        .resources
        .iter()
        .filter(|resource| {
            resource.kind.as_deref() == Some(SELECTION_KIND) && resource.lifecycle == Lifecycle::Managed
        })
        .map(of)
        .collect()
}

/// Asks the selections of other inputs about the resources that none of their own input covers. With `complete` inputs,
/// a resource that nobody covers is not covered.
pub fn close_backups(
    inventory: &mut Inventory,
    elsewhere: &[BackupSelection],
    complete: bool,
    typemap: &TypeMap,
) {
    let mut open: Vec<usize> = Vec::new();
    for (index, resource) in inventory.resources.iter().enumerate() {
        if resource.facets.get(SELECTED).is_some_and(is_partial) {
            open.push(index);
        }
    }
    if open.len().saturating_mul(elsewhere.len()) > MOST_PAIRS {
        return;
    }
    let of = |inventory: &Inventory, index: usize, member: bool| {
        let resource = inventory.resources.get(index)?;
        if is_member(resource) != member {
            return None;
        }
        if member {
            return member_fact(inventory, resource);
        }
        let kind = typemap.kind(resource.kind.as_deref()?)?;
        let candidate = Candidate {
            arn: arn(
                kind.backup_arn()?,
                kind,
                resource.source,
                &resource.native,
                &resource.context,
            ),
            tags: &resource.tags,
            context: &resource.context,
        };
        Some(covered_elsewhere(&candidate, elsewhere, complete))
    };
    // Clusters before their members, which have what their clusters have.
    for member in [false, true] {
        for &index in &open {
            let fact = of(inventory, index, member);
            if let (Some(fact), Some(resource)) = (fact, inventory.resources.get_mut(index)) {
                resource.facets.insert(SELECTED.into(), fact);
            }
        }
    }
}

fn covered_elsewhere(candidate: &Candidate<'_>, elsewhere: &[BackupSelection], complete: bool) -> Attribute {
    let mut maybe = None;
    for other in elsewhere {
        // What its references come to is in its own input.
        let truth = same_place(candidate.context, &other.context)
            .and(other.selection.covers(candidate, &Named::default(), None))
            .and(condition(other.condition.as_ref()));
        match truth {
            Truth::Yes => return fact(Cell::Known(true.into()), Some(other.id.clone())),
            Truth::Maybe(unknown) => {
                maybe.get_or_insert(unknown);
            }
            Truth::No => {}
        }
    }
    match maybe {
        Some(unknown) => fact(open(&unknown), None),
        None if complete => fact(Cell::Known(false.into()), None),
        None => fact(partial(), None),
    }
}

fn is_member(resource: &Resource) -> bool {
    resource
        .attributes
        .get("cluster_identifier")
        .is_some_and(|attribute| resource.related.contains_key("cluster") && attribute.cell != Cell::Absent)
}

fn member_fact(inventory: &Inventory, resource: &Resource) -> Option<Attribute> {
    let [edge] = resource.related.get("cluster")?.edges.as_slice() else {
        return None;
    };
    inventory.resources.get(edge.to)?.facets.get(SELECTED).cloned()
}

fn is_partial(fact: &Attribute) -> bool {
    matches!(&fact.cell, Cell::Unknown(unknown) if unknown.reason == UnknownReason::PartialInput)
}

fn partial() -> Cell {
    open(&Arc::new(Unknown::new(UnknownReason::PartialInput)))
}

fn open(unknown: &Arc<Unknown>) -> Cell {
    Cell::Unknown(Arc::new(Unknown {
        domain: Some(Domain::Bool),
        non_null: true,
        ..Unknown::clone(unknown)
    }))
}

fn fact(cell: Cell, from: Option<ResourceId>) -> Attribute {
    Attribute {
        cell,
        provenance: Provenance {
            declared: from.is_some(),
            from,
            ..Provenance::default()
        },
    }
}

fn condition(condition: Option<&Arc<str>>) -> Truth {
    match condition {
        None => Truth::Yes,
        Some(text) => Truth::Maybe(Arc::new(
            Unknown::new(UnknownReason::Condition).with_refs([text.clone()]),
        )),
    }
}

/// A selection covers resources of its own account and Region.
fn same_place(one: &Context, other: &Context) -> Truth {
    let same = |one: &Derived, other: &Derived| match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) if one == other => Truth::Yes,
        (Some(_), Some(_)) => Truth::No,
        // Neither input says where it is: they are of one stack, or of stacks that are checked together.
        (None, None) => Truth::Yes,
        _ => Truth::Maybe(Arc::new(Unknown::new(UnknownReason::PartialInput))),
    };
    same(&one.account, &other.account).and(same(&one.region, &other.region))
}

/// The ARN of a resource: as it is written, or as the service makes it, with holes where nobody knows.
fn arn(pattern: &str, kind: &Kind, source: SourceKind, values: &Value, context: &Context) -> Vec<Part> {
    let text = |name: &str| {
        values
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if let Some(own) = ["arn", "ARN", "Arn"].iter().find_map(|name| text(name)) {
        return vec![Part::Text(own.into())];
    }
    let keys = match source {
        SourceKind::Terraform => kind.terraform_keys.as_slice(),
        SourceKind::CloudFormation => kind.cloudformation_keys.as_slice(),
        SourceKind::AwsConfig => &[],
    };
    let name = match source {
        SourceKind::AwsConfig => ["resourceName", "resourceId"].iter().find_map(|key| text(key)),
        _ => keys.first().and_then(|key| text(key)),
    };
    let region = context.region.as_str();
    let part = |text: Option<&str>| text.map_or(Part::Hole, |text| Part::Text(text.into()));
    let partition = region.map(|region| match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    });
    let mut parts = vec![Part::Text("arn:".into()), part(partition), Part::Text(":".into())];
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        parts.push(Part::Text(before.into()));
        let (field, after) = after.split_once('}').unwrap_or((after, ""));
        parts.push(part(match field {
            "region" => region,
            "account" => context.account.as_str(),
            _ => name,
        }));
        rest = after;
    }
    parts.push(Part::Text(rest.into()));
    parts
}

/// Relates the selections of an input to the resources that they cover, and tells of every resource that can be backed up
/// whether one does.
pub(super) fn select(
    directory: &Directory<'_>,
    typemap: &TypeMap,
    contexts: &[Context],
    tags: &[Attribute],
    drafts: &mut [Option<Draft>],
) {
    let kind_of = |draft: &Draft| draft.kind.and_then(|kind| typemap.kinds.get(kind));
    let mut selections = Vec::new();
    let mut candidates = Vec::new();
    for (index, (draft, native)) in drafts.iter().zip(directory.natives).enumerate() {
        let Some(draft) = draft.as_ref().filter(|_| super::inventory::is_managed(native)) else {
            continue;
        };
        let Some(kind) = kind_of(draft) else { continue };
        if *kind.name == *SELECTION_KIND {
            let selection = Selection::read(&draft.attributes);
            let named = References::new(directory, index, draft.attributes.get("resources"));
            let unnamed = References::new(directory, index, draft.attributes.get("not_resources"));
            selections.push((index, selection, named, unnamed));
        } else if let Some(pattern) = kind.backup_arn()
            && let Some(context) = contexts.get(index)
            && let Some(tags) = tags.get(index)
        {
            candidates.push((
                index,
                Candidate {
                    arn: arn(pattern, kind, native.source, &native.values, context),
                    tags,
                    context,
                },
            ));
        }
    }
    // What is said of a resource must not depend on the order of the selections.
    selections.sort_by_key(|(index, ..)| directory.natives.get(*index).map(|native| &native.id));
    let too_many = selections.len().saturating_mul(candidates.len()) > MOST_PAIRS;
    let mut found: Vec<(usize, Found)> = Vec::with_capacity(candidates.len());
    for (index, candidate) in &candidates {
        let mut answer = Found::default();
        if too_many {
            answer.maybe = Some(Arc::new(Unknown::new(UnknownReason::Expression)));
        }
        for (position, selection, named, unnamed) in selections.iter().filter(|_| !too_many) {
            let (Some(native), Some(holder)) =
                (directory.natives.get(*position), directory.natives.get(*index))
            else {
                continue;
            };
            let Some(context) = contexts.get(*position) else {
                continue;
            };
            let place = match same_provider(native, holder) {
                true => Truth::Yes,
                false => same_place(candidate.context, context),
            };
            let here = place.and(conditional(native, holder));
            let mut of_holder = named.of(*index);
            if let Some(doubt) = native.doubt_beside(holder) {
                of_holder.doubt(doubt);
            }
            answer.add(
                *position,
                here.clone()
                    .and(selection.covers(candidate, &of_holder, Some(&unnamed.of(*index)))),
                here.and(selection.excludes(candidate, &unnamed.of(*index))),
                of_holder.certain,
            );
        }
        found.push((*index, answer));
    }
    record(directory, drafts, found, &selections);
    members(drafts);
}

/// Both are of one provider that does not say where it works, and neither says it for itself: an availability zone then
/// tells the Region of both.
fn same_provider(selection: &NativeResource, resource: &NativeResource) -> bool {
    let silent = |native: &NativeResource| {
        let provider = &native.provider;
        let own = native_value(native, "region").is_some_and(|region| {
            *region != Value::Null && !region.as_unknown().is_some_and(|unknown| is_computed(unknown))
        });
        native.source == SourceKind::Terraform
            && provider.region.is_none()
            && provider.account.is_none()
            && !own
    };
    silent(selection) && silent(resource)
}

/// Exists under a condition that the resource does not share.
fn conditional(selection: &NativeResource, resource: &NativeResource) -> Truth {
    condition(
        selection
            .condition
            .as_ref()
            .filter(|condition| Some(*condition) != resource.condition.as_ref()),
    )
}

/// What the selections of the input say of one resource.
#[derive(Default)]
struct Found {
    by: Vec<(usize, EdgeOrigin)>,
    maybe: Option<Arc<Unknown>>,
    excluded: Option<usize>,
    maybe_excluded: Option<Arc<Unknown>>,
}

impl Found {
    fn add(&mut self, selection: usize, covers: Truth, excludes: Truth, referring: bool) {
        match covers {
            Truth::Yes if referring => self.by.push((selection, EdgeOrigin::Reference)),
            Truth::Yes => self.by.push((selection, EdgeOrigin::Pattern)),
            Truth::Maybe(unknown) => {
                self.maybe.get_or_insert(unknown);
            }
            Truth::No => {}
        }
        match excludes {
            Truth::Yes => self.excluded = self.excluded.or(Some(selection)),
            Truth::Maybe(unknown) => {
                self.maybe_excluded.get_or_insert(unknown);
            }
            Truth::No => {}
        }
    }

    fn selected(&self, id: impl Fn(usize) -> Option<ResourceId>) -> Attribute {
        match (self.by.first(), &self.maybe) {
            (Some((by, _)), _) => fact(Cell::Known(true.into()), id(*by)),
            (None, Some(unknown)) => fact(open(unknown), None),
            (None, None) => fact(partial(), None),
        }
    }

    fn excluded(&self, id: impl Fn(usize) -> Option<ResourceId>) -> Attribute {
        match (
            self.by.is_empty(),
            self.excluded,
            &self.maybe,
            &self.maybe_excluded,
        ) {
            (false, ..) => fact(Cell::Known(false.into()), None),
            (true, Some(by), None, _) => fact(Cell::Known(true.into()), id(by)),
            (true, Some(_), Some(unknown), _) | (true, None, _, Some(unknown)) => fact(open(unknown), None),
            (true, None, _, None) => fact(Cell::Known(false.into()), None),
        }
    }
}

fn record(
    directory: &Directory<'_>,
    drafts: &mut [Option<Draft>],
    found: Vec<(usize, Found)>,
    selections: &[(usize, Selection, References, References)],
) {
    let positions: HashMap<usize, usize> = drafts
        .iter()
        .enumerate()
        .filter_map(|(index, draft)| Some((index, draft.as_ref()?.position)))
        .collect();
    let id = |index: usize| directory.natives.get(index).map(|native| native.id.clone());
    for (index, answer) in found {
        let Some(here) = positions.get(&index).copied() else {
            continue;
        };
        for (selection, by) in &answer.by {
            let (Some(there), Some(Some(draft))) = (positions.get(selection), drafts.get_mut(*selection))
            else {
                continue;
            };
            let relation = draft.related.entry(OF_SELECTION.into()).or_default();
            relation.edges.push(Edge { to: here, by: *by });
            if let Some(Some(draft)) = drafts.get_mut(index) {
                let relation = draft.related.entry(OF_RESOURCE.into()).or_default();
                relation.edges.push(Edge { to: *there, by: *by });
            }
        }
        let (selected, excluded) = (answer.selected(id), answer.excluded(id));
        if let Some(Some(draft)) = drafts.get_mut(index) {
            let relation = draft.related.entry(OF_RESOURCE.into()).or_default();
            relation.edges.sort();
            relation.open = answer.maybe;
            draft.facets.insert(SELECTED.into(), selected);
            draft.facets.insert(EXCLUDED.into(), excluded);
        }
    }
    for (index, ..) in selections {
        if let Some(Some(draft)) = drafts.get_mut(*index) {
            let relation = draft.related.entry(OF_SELECTION.into()).or_default();
            relation.edges.sort();
        }
    }
}

/// A member is backed up with its cluster.
fn members(drafts: &mut [Option<Draft>]) {
    let at_position: HashMap<usize, usize> = drafts
        .iter()
        .enumerate()
        .filter_map(|(index, draft)| Some((draft.as_ref()?.position, index)))
        .collect();
    for index in 0..drafts.len() {
        let Some(Some(draft)) = drafts.get(index) else {
            continue;
        };
        let member = draft.facets.contains_key(SELECTED)
            && draft
                .attributes
                .get("cluster_identifier")
                .is_some_and(|attribute| attribute.cell != Cell::Absent);
        let Some(relation) = draft.related.get("cluster").filter(|_| member) else {
            continue;
        };
        let cluster = match relation.edges.as_slice() {
            [edge] => at_position
                .get(&edge.to)
                .and_then(|&index| drafts.get(index)?.as_ref()),
            _ => None,
        };
        let of_cluster = |name: &str| cluster.and_then(|cluster| cluster.facets.get(name)).cloned();
        let facts = [SELECTED, EXCLUDED].map(|name| (name, of_cluster(name)));
        let Some(Some(draft)) = drafts.get_mut(index) else {
            continue;
        };
        for (name, of_cluster) in facts {
            let fact = of_cluster.unwrap_or_else(|| fact(partial(), None));
            draft.facets.insert(name.into(), fact);
        }
    }
}

/// A value that is not known, in an object that may not list all of its members.
pub(super) fn field<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    let map = value.as_map()?;
    let found = map
        .iter()
        .find(|(key, _)| names.contains(&super::path::fold(key).as_str()));
    found
        .map(|(_, value)| value)
        .or_else(|| super::path::unlisted(map).map(|(_, rest)| rest))
}
