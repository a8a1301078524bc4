//! Builds the inventory: natives in, resources in the canonical vocabulary out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::backup;
use super::classify::{Class, classify};
use super::context::{self, ContextOptions};
use super::extract::{Fold, Parent};
use super::facet::{FacetFeed, FacetRule, Predicate, combine, judge};
use super::fragment;
use super::iam;
use super::key_kind::kinds_of_keys;
use super::kind::{Kind, TypeMap, ValueType};
use super::model::{
    Attribute, Cell, Context, Inventory, Lifecycle, NativeResource, Provenance, Relation, Resource,
    ResourceId, SourceKind,
};
use super::path::{is_computed, unlisted};
use super::prefix_list;
use super::reference::{Directory, top};
use super::relation;
use super::satellite::{self, Joined};
use super::tags::effective_tags;
use super::world_rules;
use crate::diagnostic::Diagnostic;
use crate::value::{UNLISTED, Unknown, Value};

/// A resource while the inventory is being built.
pub(super) struct Draft {
    pub(super) kind: Option<usize>,
    /// Position in the inventory.
    pub(super) position: usize,
    pub(super) attributes: BTreeMap<Arc<str>, Attribute>,
    pub(super) related: BTreeMap<Arc<str>, Relation>,
    pub(super) facets: BTreeMap<Arc<str>, Attribute>,
    satellites: Vec<ResourceId>,
    unlisted: Option<Arc<Unknown>>,
    /// For a fragment: the attributes it writes.
    pub(super) fragment: Option<Vec<Arc<str>>>,
}

/// Everything but what is moved out of the natives.
struct Built {
    classes: Vec<Class>,
    contexts: Vec<Context>,
    tags: Vec<Attribute>,
    drafts: Vec<Option<Draft>>,
}

/// Builds the inventory of one input, in its order.
///
/// Satellites are folded into their parents; the resources that are left have canonical attributes, facets, tags,
/// context and relations. The work is linear in the number of resources.
///
/// ```
/// use policy_core::resource::{ContextOptions, TypeMap, build};
/// let (inventory, diagnostics) = build(Vec::new(), TypeMap::builtin(), &ContextOptions::default());
/// assert!(inventory.resources.is_empty() && diagnostics.is_empty());
/// ```
pub fn build(
    natives: Vec<NativeResource>,
    typemap: &TypeMap,
    options: &ContextOptions,
) -> (Inventory, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let built = fold(&natives, typemap, options, &mut diagnostics);
    let mut inventory = Inventory::default();
    let parts = natives
        .into_iter()
        .zip(built.classes)
        .zip(built.contexts)
        .zip(built.tags)
        .zip(built.drafts);
    for ((((native, class), context), tags), draft) in parts {
        match draft {
            Some(draft) => inventory
                .resources
                .push(resource(native, class, context, tags, draft, typemap)),
            None => {
                inventory
                    .satellite_origins
                    .insert(native.id.clone(), native.origin.clone());
                inventory.folded.push(native);
            }
        }
    }
    // A satellite that is a resource of its own as well has written attributes of its parent, too.
    let own: Vec<(ResourceId, super::model::Origin)> = {
        let folded: std::collections::HashSet<&ResourceId> = inventory
            .resources
            .iter()
            .flat_map(|resource| &resource.satellites)
            .collect();
        let both = inventory
            .resources
            .iter()
            .filter(|resource| folded.contains(&resource.id));
        both.map(|resource| (resource.id.clone(), resource.origin.clone()))
            .collect()
    };
    inventory.satellite_origins.extend(own);
    (inventory, diagnostics)
}

fn fold(
    natives: &[NativeResource],
    typemap: &TypeMap,
    options: &ContextOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Built {
    let classes: Vec<Class> = natives.iter().map(|native| classify(native, typemap)).collect();
    let kind_of = |class: &Class| class.kind.and_then(|kind| typemap.kinds.get(kind));
    let tags: Vec<Attribute> = natives
        .iter()
        .zip(&classes)
        .map(|(native, class)| effective_tags(native, kind_of(class).map(|kind| &kind.tags)))
        .collect();
    let contexts: Vec<Context> = natives
        .iter()
        .zip(&classes)
        .zip(&tags)
        .map(|((native, class), tags)| {
            let global = kind_of(class).is_some_and(|kind| kind.global);
            let account = context::account(native, options);
            context::context(account, context::region(native, global, options), tags, options)
        })
        .collect();
    let mut directory = Directory::new(natives, &classes, typemap);
    let joined = satellite::join(&directory, typemap, &contexts);
    for (satellite, parent, kind, names) in joined.namesakes(&classes, typemap) {
        directory.name_parent(satellite, parent, kind, names);
    }
    let folding = Fold {
        typemap,
        directory: &directory,
        contexts: &contexts,
    };
    let mut drafts = draft(&folding, &joined, diagnostics);
    iam::name_policies(&directory, typemap, &contexts, &mut drafts);
    relation::relate(&directory, typemap, &mut drafts);
    relation::derive(&directory, typemap, &mut drafts);
    prefix_list::look_into(&directory, typemap, &mut drafts);
    for draft in drafts.iter_mut().flatten() {
        if let Some(written) = draft.fragment.clone() {
            fragment::close(draft, &written, typemap);
        }
    }
    facets(natives, typemap, &mut drafts);
    world_rules::tell(typemap, &mut drafts);
    for (index, facts) in kinds_of_keys(&directory, typemap, &drafts) {
        if let Some(draft) = drafts.get_mut(index).and_then(Option::as_mut) {
            draft.facets.extend(facts);
        }
    }
    backup::select(&directory, typemap, &contexts, &tags, &mut drafts);
    Built {
        classes,
        contexts,
        tags,
        drafts,
    }
}

fn draft(folding: &Fold<'_>, joined: &Joined, diagnostics: &mut Vec<Diagnostic>) -> Vec<Option<Draft>> {
    let directory = folding.directory;
    let mut position = 0;
    let mut drafts = Vec::with_capacity(directory.natives.len());
    for (index, (native, class)) in directory.natives.iter().zip(directory.classes).enumerate() {
        if joined.folded.get(index) == Some(&true) {
            drafts.push(None);
            continue;
        }
        let alone = fragment::kind_of(index, native, class, folding.typemap);
        let position_of_kind = class.kind.or(alone.as_ref().map(|(kind, _)| *kind));
        let kind = position_of_kind.and_then(|kind| folding.typemap.kinds.get(kind));
        let attached = alone
            .as_ref()
            .map(|(_, itself)| itself)
            .or(joined.parents.get(index));
        let (mut attributes, unlisted) = match kind.zip(attached) {
            Some((kind, attached)) => (
                folding.attributes(
                    &Parent {
                        index,
                        native,
                        kind,
                        attached,
                        fragment: alone.is_some(),
                    },
                    diagnostics,
                ),
                None,
            ),
            None => native_attributes(native),
        };
        let fragment: Option<Vec<Arc<str>>> = alone.is_some().then(|| attributes.keys().cloned().collect());
        if fragment.is_some() {
            // Controls may be written for its own type, too.
            for (name, own) in native_attributes(native).0 {
                attributes.entry(name).or_insert(own);
            }
        }
        let satellites = attached
            .filter(|_| alone.is_none())
            .map_or(&[][..], |attached| attached.certain.as_slice());
        let satellites = satellites
            .iter()
            .filter_map(|(_, satellite)| directory.natives.get(*satellite));
        drafts.push(Some(Draft {
            kind: position_of_kind,
            position,
            fragment,
            attributes,
            related: BTreeMap::new(),
            facets: BTreeMap::new(),
            satellites: satellites.map(|native| native.id.clone()).collect(),
            unlisted,
        }));
        position += 1;
    }
    drafts
}

/// The attributes of a type that the typemap does not know: as they are, with names in snake case; and what stands for
/// those that were not recorded, where some may not have been.
fn native_attributes(native: &NativeResource) -> (BTreeMap<Arc<str>, Attribute>, Option<Arc<Unknown>>) {
    let mut attributes = BTreeMap::new();
    let inner = match native.source {
        // The rest of a configuration item is its envelope.
        SourceKind::AwsConfig => native
            .values
            .get("configuration")
            .filter(|value| **value != Value::Null),
        _ => None,
    };
    let (values, base) = match inner {
        Some(inner) => (inner, top("configuration")),
        None => (&native.values, crate::value::AttributePath::root()),
    };
    let unlisted = match values.revealed() {
        Value::Map(map) => unlisted(map).and_then(|(_, rest)| rest.as_unknown()),
        values => values.as_unknown(),
    };
    for (key, value) in values.as_map().into_iter().flatten() {
        if *value == Value::Null || &**key == UNLISTED {
            continue;
        }
        let name = match native.source {
            SourceKind::Terraform => key.clone(),
            SourceKind::CloudFormation | SourceKind::AwsConfig => snake_case(key),
        };
        let declared = !value.as_unknown().is_some_and(|unknown| is_computed(unknown));
        let native_path = declared.then(|| base.key(key));
        let provenance = Provenance {
            native_path,
            declared,
            ..Provenance::default()
        };
        attributes.insert(
            name,
            Attribute {
                cell: Cell::from_value(value.clone()),
                provenance,
            },
        );
    }
    (attributes, unlisted.cloned())
}

/// `KMSKeyId` is `kms_key_id`, `DBInstanceClass` is `db_instance_class`: the naming of the awscc provider.
pub(super) fn snake_case(name: &str) -> Arc<str> {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (position, &letter) in letters.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(position + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || after.is_some_and(|after| after.is_lowercase())
            });
        if starts_word && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake.into()
}

/// Computes the facets of all drafts.
fn facets(natives: &[NativeResource], typemap: &TypeMap, drafts: &mut [Option<Draft>]) {
    let mut at_position: Vec<usize> = Vec::with_capacity(drafts.len());
    at_position.extend(
        drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.is_some())
            .map(|(index, _)| index),
    );
    let mut all = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.iter().enumerate() {
        let kind = draft.as_ref().and_then(|draft| typemap.kinds.get(draft.kind?));
        all.push(match (draft, kind, natives.get(index)) {
            (Some(draft), Some(kind), Some(native)) => {
                let attached = attached_policies(draft, natives, drafts, &at_position);
                facets_of(kind, draft, native, &attached)
            }
            _ => BTreeMap::new(),
        });
    }
    for (draft, facets) in drafts.iter_mut().zip(all) {
        if let Some(draft) = draft {
            draft.facets = facets;
        }
    }
}

/// The documents of the customer managed policies that an identity has.
fn attached_policies<'a>(
    draft: &Draft,
    natives: &'a [NativeResource],
    drafts: &'a [Option<Draft>],
    at_position: &[usize],
) -> Vec<(&'a ResourceId, &'a Attribute)> {
    let edges = draft
        .related
        .get("policies")
        .map_or(&[][..], |relation| relation.edges.as_slice());
    let policy = |edge: &super::model::Edge| {
        let index = *at_position.get(edge.to)?;
        let policy = drafts.get(index)?.as_ref()?;
        Some((&natives.get(index)?.id, policy.attributes.get("policy")?))
    };
    edges.iter().filter_map(policy).collect()
}

fn facets_of(
    kind: &Kind,
    draft: &Draft,
    native: &NativeResource,
    attached: &[(&ResourceId, &Attribute)],
) -> BTreeMap<Arc<str>, Attribute> {
    let mut facets = BTreeMap::new();
    for spec in &kind.attributes {
        let Some(attribute) = draft.attributes.get(&spec.name) else {
            continue;
        };
        for feed in &spec.facets {
            let fact = match (spec.value_type, &feed.predicate) {
                (ValueType::Policy, Predicate::Same) => {
                    iam::statements(draft, &native.id, attribute, spec.value_type, &[])
                }
                (ValueType::Policies, Predicate::Same) => {
                    iam::statements(draft, &native.id, attribute, spec.value_type, attached)
                }
                (_, predicate) => judge(predicate, attribute),
            };
            facets.insert(feed.name.clone(), fact);
        }
    }
    for (name, rule) in &kind.facets {
        let fact = match rule {
            FacetRule::Any(feeds) => combine(facts(draft, feeds), true),
            FacetRule::All(feeds) => combine(facts(draft, feeds), false),
            // Asked once the relations of all resources are known.
            FacetRule::Key(_) | FacetRule::Backup(_) => continue,
            FacetRule::Value(value, evidence) => Attribute {
                cell: Cell::from_value(value.clone()),
                provenance: Provenance {
                    evidence: Some(*evidence),
                    ..Provenance::default()
                },
            },
        };
        facets.insert(name.clone(), fact);
    }
    facets
}

fn facts(draft: &Draft, feeds: &[FacetFeed]) -> Vec<Attribute> {
    let fact = |feed: &FacetFeed| {
        draft
            .attributes
            .get(&feed.name)
            .map(|attribute| judge(&feed.predicate, attribute))
    };
    feeds.iter().filter_map(fact).collect()
}

fn resource(
    native: NativeResource,
    class: Class,
    context: Context,
    tags: Attribute,
    draft: Draft,
    typemap: &TypeMap,
) -> Resource {
    let kind = draft.kind.and_then(|kind| typemap.kinds.get(kind));
    let fragment = draft.fragment.is_some();
    Resource {
        id: native.id,
        name: native.name,
        resource_type: class.resource_type,
        possible_types: class.possible_types,
        unlisted: draft.unlisted,
        kind: kind.map(|kind| kind.name.clone()),
        family: kind.map(|kind| kind.family.clone()),
        native_type: native.native_type,
        source: native.source,
        native: Arc::new(native.values),
        context,
        tags: if fragment { fragment::tags() } else { tags },
        attributes: draft.attributes,
        facets: draft.facets,
        related: draft.related,
        change: native.change,
        lifecycle: native.lifecycle,
        condition: native.condition,
        satellites: draft.satellites,
        fragment,
        origin: native.origin,
    }
}

/// True for a resource that will exist.
pub(super) fn is_managed(native: &NativeResource) -> bool {
    native.lifecycle == Lifecycle::Managed
}

#[cfg(test)]
#[path = "inventory_tests/mod.rs"]
mod tests;
