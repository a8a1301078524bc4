//! Relations: which resource names which, once for the whole inventory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::inventory::Draft;
use super::kind::{RelationSpec, TypeMap};
use super::model::{Attribute, Cell, Edge, EdgeOrigin, Provenance, Relation, SourceKind};
use super::reference::{Directory, Group, Target};
use super::settle::distinct_texts;
use super::transform::Transform;
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

/// Who is named by an attribute: one target per value.
pub(super) fn targets_of(
    directory: &Directory<'_>,
    holder: usize,
    attribute: &Attribute,
    group: Group,
) -> Vec<Target> {
    let provenance = &attribute.provenance;
    let value = match &attribute.cell {
        Cell::Absent => return Vec::new(),
        Cell::Known(value) => value.clone(),
        Cell::Unknown(unknown) => Value::Unknown(unknown.clone()),
    };
    if !provenance.declared {
        return Vec::new();
    }
    let writer = provenance
        .from
        .as_ref()
        .and_then(|id| directory.find(id.as_str()))
        .unwrap_or(holder);
    let base = provenance.native_path.clone().unwrap_or_default();
    let Value::List(items) = value.revealed() else {
        return vec![directory.resolve(writer, &base, Some(&value), group)];
    };
    let together =
        provenance.elements.iter().enumerate().all(|(index, (id, path))| {
            directory.find(id.as_str()) == Some(writer) && *path == base.index(index)
        });
    if together || provenance.elements.len() != items.len() {
        return directory.resolve_list(writer, &base, Some(&value), group);
    }
    let one = |(item, (id, path)): (&Value, &(_, AttributePath))| {
        let id: &super::model::ResourceId = id;
        let writer = directory.find(id.as_str()).unwrap_or(holder);
        // A policy that names its roles is itself what they have.
        if path.is_root()
            && directory
                .classes
                .get(writer)
                .and_then(|class| class.kind)
                .map(Group::kind)
                == Some(group)
        {
            return Target::One(writer, EdgeOrigin::Reference);
        }
        directory.resolve(writer, path, Some(item), group)
    };
    items.iter().zip(&provenance.elements).map(one).collect()
}

/// Builds all relations into the drafts.
pub(super) fn relate(directory: &Directory<'_>, typemap: &TypeMap, drafts: &mut [Option<Draft>]) {
    let mut by_kind: HashMap<usize, Vec<usize>> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let managed = directory
            .natives
            .get(index)
            .is_some_and(super::inventory::is_managed);
        if let Some(kind) = draft.as_ref().filter(|_| managed).and_then(|draft| draft.kind) {
            by_kind.entry(kind).or_default().push(index);
        }
    }
    let recorded = Recorded::new(directory, typemap);
    for spec in &typemap.relations {
        let from = by_kind.get(&spec.from).map_or(&[][..], Vec::as_slice);
        let to = by_kind.get(&spec.to).map_or(&[][..], Vec::as_slice);
        let mut builder = Builder {
            directory,
            spec,
            drafts,
            anywhere: Vec::new(),
            in_scope: HashMap::new(),
            to,
        };
        for &index in from {
            builder.edges(index);
        }
        if recorded.is_clear(spec) {
            for (from, to) in recorded.pairs(spec, from, to) {
                builder.recorded(from, to);
            }
        }
        builder.finish(from);
    }
    for draft in drafts.iter_mut().flatten() {
        for relation in draft.related.values_mut() {
            relation.edges.sort();
            relation.edges.dedup_by_key(|edge| edge.to);
        }
    }
}

/// What AWS Config says is related to what: `relationships[]` of both items.
///
/// A relationship names no attribute, so it stands for a relation only where two kinds have a single one.
struct Recorded<'a> {
    directory: &'a Directory<'a>,
    /// How many relations there are between two kinds.
    between: HashMap<(usize, usize), usize>,
    any: bool,
}

impl<'a> Recorded<'a> {
    fn new(directory: &'a Directory<'a>, typemap: &TypeMap) -> Self {
        let mut between = HashMap::new();
        for spec in &typemap.relations {
            *between.entry((spec.from, spec.to)).or_default() += 1;
            *between.entry((spec.to, spec.from)).or_default() += 1;
        }
        let any = directory
            .natives
            .iter()
            .any(|native| native.source == SourceKind::AwsConfig && !native.references.is_empty());
        Self {
            directory,
            between,
            any,
        }
    }

    fn is_clear(&self, spec: &RelationSpec) -> bool {
        self.any && self.between.get(&(spec.from, spec.to)) == Some(&1)
    }

    fn named_by(&self, index: usize, kind: usize) -> impl Iterator<Item = usize> + '_ {
        let native = self.directory.natives.get(index);
        let references = native
            .filter(|native| native.source == SourceKind::AwsConfig)
            .map_or(&[][..], |native| native.references.as_slice());
        references
            .iter()
            .filter(|reference| reference.path.is_root())
            .flat_map(|reference| &reference.targets)
            .filter_map(|target| self.directory.find(target.as_str()))
            .filter(move |&target| {
                let class = self.directory.classes.get(target);
                class.and_then(|class| class.kind) == Some(kind)
                    && self
                        .directory
                        .natives
                        .get(target)
                        .is_some_and(super::inventory::is_managed)
            })
    }

    fn pairs(&self, spec: &RelationSpec, from: &[usize], to: &[usize]) -> Vec<(usize, usize)> {
        let forward = from
            .iter()
            .flat_map(|&index| self.named_by(index, spec.to).map(move |other| (index, other)));
        let backward = to
            .iter()
            .flat_map(|&index| self.named_by(index, spec.from).map(move |other| (other, index)));
        forward.chain(backward).collect()
    }
}

struct Builder<'a, 'd> {
    directory: &'a Directory<'d>,
    spec: &'a RelationSpec,
    drafts: &'a mut [Option<Draft>],
    /// Resources that may name any target.
    anywhere: Vec<Arc<str>>,
    in_scope: HashMap<Arc<str>, Vec<Arc<str>>>,
    to: &'a [usize],
}

impl Builder<'_, '_> {
    fn is_excluded(&self, draft: &Draft) -> bool {
        self.spec.only.iter().any(|(name, wanted)| {
            let known = draft
                .attributes
                .get(name)
                .and_then(|attribute| attribute.cell.known());
            known
                .and_then(Value::as_str)
                .is_some_and(|value| *value != **wanted)
        })
    }

    /// An edge that the recording tells.
    fn recorded(&mut self, from: usize, to: usize) {
        let draft = self.drafts.get(from).and_then(Option::as_ref);
        if draft.is_some_and(|draft| !self.is_excluded(draft)) {
            self.join(from, to, EdgeOrigin::Recorded);
        }
    }

    fn edges(&mut self, index: usize) {
        let Some(draft) = self.drafts.get(index).and_then(Option::as_ref) else {
            return;
        };
        let excluded = self.is_excluded(draft);
        let Some(attribute) = draft.attributes.get(&self.spec.via).filter(|_| !excluded) else {
            return;
        };
        let values = attribute
            .cell
            .known()
            .and_then(Value::as_list)
            .unwrap_or_default();
        let is_every = |value: &Value| {
            let every = &self.spec.every;
            value
                .as_str()
                .is_some_and(|text| every.iter().any(|name| **name == *text))
        };
        if values.iter().any(is_every) {
            for &other in self.to {
                self.join(index, other, EdgeOrigin::Literal);
            }
            return;
        }
        let targets = targets_of(self.directory, index, attribute, Group::kind(self.spec.to));
        let unknown = match &attribute.cell {
            Cell::Unknown(unknown) => unknown.clone(),
            _ => Arc::new(Unknown::new(UnknownReason::Expression)),
        };
        for target in targets {
            match target {
                Target::One(other, by) => self.join(index, other, by),
                Target::Several(others) => {
                    self.open(index, &self.spec.name.clone(), unknown.clone());
                    let open = Arc::new(self.maybe([self.name(index)]));
                    for other in others {
                        self.open(other, &self.spec.inverse.clone(), open.clone());
                    }
                }
                Target::Open { referring } => {
                    self.open(index, &self.spec.name.clone(), unknown.clone());
                    let scope = self
                        .directory
                        .natives
                        .get(index)
                        .map(|native| native.scope.clone());
                    let name = self.name(index);
                    match scope.filter(|_| referring) {
                        Some(scope) => self.in_scope.entry(scope).or_default().push(name),
                        None => self.anywhere.push(name),
                    }
                }
                Target::Outside | Target::None => {}
            }
        }
    }

    fn name(&self, index: usize) -> Arc<str> {
        self.directory
            .natives
            .get(index)
            .map_or_else(|| "".into(), |native| native.id.as_str().into())
    }

    fn maybe(&self, ids: impl IntoIterator<Item = Arc<str>>) -> Unknown {
        Unknown::new(UnknownReason::MaybeSatellite).with_refs(distinct_texts(ids))
    }

    fn join(&mut self, from: usize, to: usize, by: EdgeOrigin) {
        let natives = self.directory.natives;
        let doubt = match (natives.get(from), natives.get(to)) {
            (Some(from), Some(to)) => from.doubt_beside(to),
            _ => None,
        };
        let (Some(from_position), Some(to_position)) = (self.position(from), self.position(to)) else {
            return;
        };
        self.edge(from, &self.spec.name.clone(), Edge { to: to_position, by });
        match doubt {
            None => self.edge(
                to,
                &self.spec.inverse.clone(),
                Edge {
                    to: from_position,
                    by,
                },
            ),
            Some(doubt) => {
                let unknown = Unknown::new(UnknownReason::Condition).with_refs([doubt, self.name(from)]);
                self.open(to, &self.spec.inverse.clone(), Arc::new(unknown));
            }
        }
    }

    fn position(&self, index: usize) -> Option<usize> {
        self.drafts
            .get(index)
            .and_then(Option::as_ref)
            .map(|draft| draft.position)
    }

    fn relation(&mut self, index: usize, name: &Arc<str>) -> Option<&mut Relation> {
        let draft = self.drafts.get_mut(index).and_then(Option::as_mut)?;
        Some(draft.related.entry(name.clone()).or_default())
    }

    fn edge(&mut self, index: usize, name: &Arc<str>, edge: Edge) {
        if let Some(relation) = self.relation(index, name) {
            relation.edges.push(edge);
        }
    }

    fn open(&mut self, index: usize, name: &Arc<str>, unknown: Arc<Unknown>) {
        if let Some(relation) = self.relation(index, name) {
            relation.open.get_or_insert(unknown);
        }
    }

    fn finish(mut self, from: &[usize]) {
        let scopes: HashSet<Arc<str>> = self
            .to
            .iter()
            .filter_map(|&index| self.directory.natives.get(index))
            .map(|native| native.scope.clone())
            .collect();
        let mut by_scope: BTreeMap<Arc<str>, Arc<Unknown>> = BTreeMap::new();
        for (scope, names) in std::mem::take(&mut self.in_scope) {
            if scopes.contains(&scope) {
                by_scope.insert(scope, Arc::new(self.maybe(names)));
            } else {
                self.anywhere.extend(names);
            }
        }
        let anywhere = (!self.anywhere.is_empty()).then(|| Arc::new(self.maybe(self.anywhere.clone())));
        for &index in from {
            self.relation(index, &self.spec.name.clone());
        }
        for &index in self.to {
            let scope = self
                .directory
                .natives
                .get(index)
                .map(|native| native.scope.clone());
            let inverse = self.spec.inverse.clone();
            self.relation(index, &inverse);
            if let Some(unknown) = scope.and_then(|scope| by_scope.get(&scope)).or(anywhere.as_ref()) {
                self.open(index, &inverse, unknown.clone());
            }
        }
    }
}

/// Attributes that ask whether a relation has members, and attributes that members take from what they belong to.
pub(super) fn derive(directory: &Directory<'_>, typemap: &TypeMap, drafts: &mut [Option<Draft>]) {
    let natives_at: HashMap<usize, usize> = drafts
        .iter()
        .enumerate()
        .filter_map(|(index, draft)| Some((draft.as_ref()?.position, index)))
        .collect();
    for index in 0..drafts.len() {
        let Some(kind) = drafts
            .get(index)
            .and_then(Option::as_ref)
            .and_then(|draft| typemap.kinds.get(draft.kind?))
        else {
            continue;
        };
        let recorded = directory
            .natives
            .get(index)
            .is_some_and(|native| native.source == super::model::SourceKind::AwsConfig);
        for spec in &kind.attributes {
            let derived = match (&spec.transform, &spec.inherit) {
                (Transform::Relation(name), _) => related(drafts, index, name, &natives_at, directory),
                (_, Some((relation, name))) if !recorded => inherited(
                    drafts,
                    index,
                    relation,
                    name,
                    spec,
                    typemap,
                    &natives_at,
                    directory,
                ),
                _ => None,
            };
            if let (Some(attribute), Some(Some(draft))) = (derived, drafts.get_mut(index)) {
                draft.attributes.insert(spec.name.clone(), attribute);
            }
        }
    }
}

/// True when somebody is there, unknown when somebody may be; `None` leaves the default.
fn related(
    drafts: &[Option<Draft>],
    index: usize,
    name: &Arc<str>,
    natives_at: &HashMap<usize, usize>,
    directory: &Directory<'_>,
) -> Option<Attribute> {
    let relation = drafts.get(index)?.as_ref()?.related.get(name)?;
    if let Some(edge) = relation.edges.first() {
        let other = natives_at
            .get(&edge.to)
            .and_then(|&other| directory.natives.get(other));
        let provenance = Provenance {
            native_path: Some(AttributePath::root()),
            from: other.map(|native| native.id.clone()),
            declared: true,
            ..Provenance::default()
        };
        return Some(Attribute {
            cell: Cell::Known(true.into()),
            provenance,
        });
    }
    let open = relation.open.as_ref()?;
    let unknown = Unknown {
        domain: Some(Domain::Bool),
        non_null: true,
        ..Unknown::clone(open)
    };
    Some(Attribute {
        cell: Cell::Unknown(Arc::new(unknown)),
        provenance: Provenance::default(),
    })
}

#[expect(
    clippy::too_many_arguments,
    reason = "the arguments are the tables that one pass over the drafts shares"
)]
fn inherited(
    drafts: &[Option<Draft>],
    index: usize,
    relation: &Arc<str>,
    name: &Arc<str>,
    spec: &super::kind::AttributeSpec,
    typemap: &TypeMap,
    natives_at: &HashMap<usize, usize>,
    directory: &Directory<'_>,
) -> Option<Attribute> {
    let draft = drafts.get(index)?.as_ref()?;
    let kind = draft.kind?;
    let rule = typemap
        .relations
        .iter()
        .find(|rule| rule.from == kind && rule.name == *relation)?;
    if draft
        .attributes
        .get(&rule.via)
        .is_none_or(|via| via.cell == Cell::Absent)
    {
        return None;
    }
    let related = draft.related.get(relation)?;
    if let [edge] = related.edges.as_slice() {
        let other = *natives_at.get(&edge.to)?;
        let mut attribute = drafts.get(other)?.as_ref()?.attributes.get(name)?.clone();
        if attribute.provenance.from.is_none() {
            attribute.provenance.from = directory.natives.get(other).map(|native| native.id.clone());
        }
        return Some(attribute);
    }
    // A name that nobody knows yet is one thing, a known one that is not in this input another.
    let outside = || Arc::new(Unknown::new(UnknownReason::PartialInput));
    let unknown = related.open.clone().unwrap_or_else(outside);
    let unknown = super::coerce::typed_unknown(&unknown, spec.result_type(), &spec.values);
    Some(Attribute {
        cell: Cell::Unknown(unknown),
        provenance: Provenance::default(),
    })
}
