//! Canonical attributes of a resource: from its own values, its satellites, and the defaults.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::classify::folding;
use super::codes;
use super::coerce::{coerce, distinct, typed_unknown};
use super::defaults::{SATELLITE_FOLDING, default_attribute, element_default};
use super::iam_document;
use super::kind::{AttributeSpec, Kind, TypeMap, ValueType};
use super::model::{Attribute, Cell, Context, Evidence, NativeResource, Provenance, ResourceId};
use super::reference::Directory;
use super::satellite::Attached;
use super::transform::{Given, Place, Transform, apply};
use crate::diagnostic::Diagnostic;
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

/// What the folding of one input works on.
pub(super) struct Fold<'a> {
    pub(super) typemap: &'a TypeMap,
    pub(super) directory: &'a Directory<'a>,
    pub(super) contexts: &'a [Context],
}

/// One resource being folded.
pub(super) struct Parent<'a> {
    pub(super) index: usize,
    pub(super) native: &'a NativeResource,
    pub(super) kind: &'a Kind,
    pub(super) attached: &'a Attached,
}

/// A part of an attribute with the native that wrote it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) holder: usize,
    pub(super) given: Given,
}

/// One place to read an attribute of `parent` from.
struct Source<'p, 'a> {
    parent: &'p Parent<'a>,
    holder: usize,
    steps: &'p [Arc<str>],
    satellite: bool,
}

/// Satellites of undecided membership are tried in all combinations up to this many.
pub(super) const MOST_VARIANTS: usize = 3;
/// Reports name this many of them.
const MOST_REFS: usize = 8;

impl<'a> Fold<'a> {
    /// The canonical attributes of a resource.
    pub(super) fn attributes(
        &self,
        parent: &Parent<'a>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> BTreeMap<Arc<str>, Attribute> {
        let specs = parent.kind.attributes.iter();
        specs.map(|spec| (spec.name.clone(), self.attribute(parent, spec, diagnostics))).collect()
    }

    fn attribute(&self, parent: &Parent<'a>, spec: &AttributeSpec, diagnostics: &mut Vec<Diagnostic>) -> Attribute {
        match &spec.transform {
            Transform::SecurityGroupRules | Transform::NetworkAclRules => self.rules(parent, spec),
            // Filled in once the relations are known.
            Transform::Relation(_) => self.default(parent, spec, false),
            _ => self.plain(parent, spec, diagnostics),
        }
    }

    fn plain(&self, parent: &Parent<'a>, spec: &AttributeSpec, diagnostics: &mut Vec<Diagnostic>) -> Attribute {
        let mut container = false;
        let (mut certain, mut optional) = (Vec::new(), Vec::new());
        for path in spec.paths(parent.native.source) {
            let own_type = path.satellite.as_ref() == Some(&parent.native.native_type);
            let satellite = path.satellite.as_deref().filter(|_| !own_type);
            let holders = match satellite {
                None => vec![parent.index],
                Some(native_type) => self.certain(parent, native_type),
            };
            for holder in holders {
                container |= satellite.is_some();
                let source = Source { parent, holder, steps: &path.steps, satellite: satellite.is_some() };
                let Some(piece) = self.read(spec, &source, &mut container, diagnostics) else { continue };
                let conditional = satellite.is_some() && self.is_conditional(parent, holder);
                if conditional { optional.push(piece) } else { certain.push(piece) }
            }
            if !certain.is_empty() && !spec.transform.merges() {
                break;
            }
        }
        let maybe = self.maybe_pieces(parent, spec);
        if spec.transform.merges() || spec.result_type().is_list() {
            return self.settle_list(parent, spec, certain, optional, maybe, container);
        }
        if certain.is_empty() && optional.is_empty() {
            return self.left_out(parent, spec, maybe, container);
        }
        self.settle(parent, spec, certain, optional, container, diagnostics)
    }

    /// Natives of a satellite type that belong to the parent.
    pub(super) fn certain(&self, parent: &Parent<'a>, native_type: &str) -> Vec<usize> {
        let of_type = |position: usize| {
            parent.kind.satellites.get(position).is_some_and(|spec| *spec.native_type == *native_type)
        };
        parent.attached.certain.iter().filter(|(position, _)| of_type(*position)).map(|(_, index)| *index).collect()
    }

    /// Natives that may belong to the parent and can provide the attribute, unless one of their type certainly does.
    /// A type whose satellites add up stays open also beside certain ones.
    pub(super) fn maybe(&self, parent: &Parent<'a>, spec: &AttributeSpec) -> Vec<usize> {
        let adds_up = spec.result_type().is_list() || spec.transform.merges();
        let mut found = Vec::new();
        for (position, set) in &parent.attached.maybe {
            let Some(satellite) = parent.kind.satellites.get(*position) else { continue };
            let taken = !adds_up && parent.attached.certain.iter().any(|(other, _)| other == position);
            if satellite.provides.contains(&spec.name) && !taken {
                found.extend(set.iter().copied().take(MOST_REFS.saturating_sub(found.len())));
            }
        }
        found
    }

    /// What each of these would provide. What is wrong with them is not said once per parent.
    fn maybe_pieces(&self, parent: &Parent<'a>, spec: &AttributeSpec) -> Vec<(usize, Option<Piece>)> {
        let mut unsaid = Vec::new();
        let mut pieces = Vec::new();
        for holder in self.maybe(parent, spec) {
            let native_type = self.native(holder).map(|native| &native.native_type);
            let paths = spec.paths(parent.native.source).iter();
            let mut of_type = paths.filter(|path| path.satellite.as_ref() == native_type);
            let source = |steps| Source { parent, holder, steps, satellite: true };
            let piece = of_type.find_map(|path| self.read(spec, &source(&path.steps), &mut false, &mut unsaid));
            pieces.push((holder, piece));
        }
        pieces
    }

    pub(super) fn native(&self, index: usize) -> Option<&'a NativeResource> {
        self.directory.natives.get(index)
    }

    /// Exists under a condition that cannot be decided and that the parent does not share.
    pub(super) fn is_conditional(&self, parent: &Parent<'a>, holder: usize) -> bool {
        self.native(holder).is_some_and(|native| {
            native.condition.is_some() && native.condition != parent.native.condition
        })
    }

    pub(super) fn default(&self, parent: &Parent<'a>, spec: &AttributeSpec, container: bool) -> Attribute {
        let account = self.contexts.get(parent.index).and_then(|context| context.account.as_str());
        default_attribute(spec, parent.kind, parent.native, container, account)
    }

    fn read(
        &self,
        spec: &AttributeSpec,
        source: &Source<'_, 'a>,
        container: &mut bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Piece> {
        let native = self.native(source.holder)?;
        if source.steps.is_empty() && spec.transform.merges() {
            // The satellite itself is what is listed.
            let itself = Unknown::new(UnknownReason::Reference).with_refs([Arc::from(native.id.as_str())]).non_null();
            let given = Given::scalar(Value::List(vec![itself.into()]), AttributePath::root());
            return Some(Piece { holder: source.holder, given: Given { elements: vec![AttributePath::root()], ..given } });
        }
        let parent = source.parent;
        let place = Place {
            root: &native.values,
            steps: source.steps,
            folding: if source.satellite { SATELLITE_FOLDING } else { folding(parent.native.source, parent.kind) },
            satellite: source.satellite,
            element_default: element_default(spec, parent.native.source).map(|(value, _)| value),
        };
        let outcome = apply(spec, &place);
        *container |= outcome.container;
        for (path, problem) in outcome.problems {
            diagnostics.push(document_diagnostic(native, &path, &problem));
        }
        let mut given = outcome.given?;
        if matches!(spec.value_type, ValueType::Policy | ValueType::Policies) {
            self.rebuild_documents(source.holder, &mut given);
        }
        Some(Piece { holder: source.holder, given })
    }

    /// A document that is unknown because its data source is read during apply is rebuilt from the data source's blocks.
    fn rebuild_documents(&self, holder: usize, given: &mut Given) {
        let rebuilt = |path: &AttributePath| {
            let mut sources = self.directory.references_at(holder, path).flat_map(|reference| &reference.targets);
            let source = sources.next()?;
            if sources.any(|other| other != source) {
                return None;
            }
            let native = self.directory.find(source.as_str()).and_then(|index| self.native(index))?;
            let is_document = &*native.native_type == "aws_iam_policy_document";
            is_document.then(|| iam_document::from_data_source(&native.values)).flatten()
        };
        match &mut given.value {
            Value::Unknown(_) => {
                if let Some(document) = rebuilt(&given.path) {
                    given.value = document;
                }
            }
            Value::List(items) => {
                for (item, path) in items.iter_mut().zip(&given.elements) {
                    if item.as_unknown().is_some()
                        && let Some(document) = rebuilt(path)
                    {
                        *item = document;
                    }
                }
            }
            _ => {}
        }
    }

    fn provenance(&self, parent: &Parent<'a>, piece: &Piece) -> Provenance {
        let from = (piece.holder != parent.index).then(|| self.id(piece.holder)).flatten();
        let elements = match self.id(piece.holder) {
            Some(id) => piece.given.elements.iter().map(|path| (id.clone(), path.clone())).collect(),
            None => Vec::new(),
        };
        Provenance { native_path: Some(piece.given.path.clone()), from, declared: true, evidence: None, elements }
    }

    fn id(&self, index: usize) -> Option<ResourceId> {
        self.native(index).map(|native| native.id.clone())
    }

    fn refs(&self, holders: impl IntoIterator<Item = usize>) -> Vec<Arc<str>> {
        let ids = holders.into_iter().filter_map(|index| self.native(index));
        ids.take(MOST_REFS).map(|native| native.id.as_str().into()).collect()
    }

    /// An attribute with one value.
    fn settle(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        certain: Vec<Piece>,
        optional: Vec<Piece>,
        container: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Attribute {
        let Some(first) = certain.first().or(optional.first()) else {
            return self.default(parent, spec, container);
        };
        let mut provenance = self.provenance(parent, first);
        let every = || certain.iter().chain(&optional);
        let agreed = every().all(|piece| piece.given.value == first.given.value);
        if agreed && optional.is_empty() {
            if first.given.silent {
                provenance.evidence = element_default(spec, parent.native.source).map(|(_, evidence)| evidence);
            }
            return Attribute { cell: Cell::from_value(first.given.value.clone()), provenance };
        }
        if optional.is_empty() {
            let refs = self.refs(certain.iter().map(|piece| piece.holder));
            diagnostics.push(self.conflict(parent, spec, &certain));
            let unknown = Unknown::new(UnknownReason::Expression).with_refs(refs);
            let unknown = typed_unknown(&Arc::new(unknown), spec.result_type(), &spec.values);
            return Attribute { cell: Cell::Unknown(unknown), provenance };
        }
        // Some of them exist under conditions that nobody can decide: any of the values, or what holds without them.
        let conditions = optional.iter().filter_map(|piece| self.native(piece.holder)?.condition.clone());
        let unknown = Unknown::new(UnknownReason::Condition).with_refs(distinct_texts(conditions));
        let mut values: Vec<Value> = every().map(|piece| piece.given.value.clone()).collect();
        let mut trusted = true;
        if certain.is_empty() {
            let default = self.default(parent, spec, container);
            trusted = default.provenance.evidence != Some(Evidence::Unverified);
            values.push(default.cell.to_value().unwrap_or(Value::Null));
        }
        Attribute { cell: Cell::Unknown(one_of(unknown, values, trusted, spec)), provenance }
    }

    /// Nobody wrote the attribute, as far as is known.
    fn left_out(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        maybe: Vec<(usize, Option<Piece>)>,
        container: bool,
    ) -> Attribute {
        let default = self.default(parent, spec, container);
        if maybe.is_empty() {
            return default;
        }
        let refs = self.refs(maybe.iter().map(|(holder, _)| *holder));
        let trusted = default.provenance.evidence != Some(Evidence::Unverified);
        let mut values = vec![default.cell.to_value().unwrap_or(Value::Null)];
        values.extend(maybe.into_iter().filter_map(|(_, piece)| piece).map(|piece| piece.given.value));
        let unknown = Unknown::new(UnknownReason::MaybeSatellite).with_refs(refs);
        let cell = Cell::Unknown(one_of(unknown, values, trusted, spec));
        Attribute { cell, provenance: Provenance::default() }
    }

    /// An attribute that several natives add to.
    fn settle_list(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        certain: Vec<Piece>,
        optional: Vec<Piece>,
        maybe: Vec<(usize, Option<Piece>)>,
        container: bool,
    ) -> Attribute {
        let build = |pieces: &[&Piece]| {
            if pieces.is_empty() {
                return self.default(parent, spec, container);
            }
            self.concatenate(parent, pieces)
        };
        let certain: Vec<&Piece> = certain.iter().collect();
        let open = Open {
            conditions: distinct_texts(
                optional.iter().filter_map(|piece| self.native(piece.holder)?.condition.clone()),
            ),
            maybe: self.refs(maybe.iter().filter(|(_, piece)| piece.is_some()).map(|(holder, _)| *holder)),
        };
        // Those that say nothing about this attribute do not matter to it.
        let optional: Vec<&Piece> =
            optional.iter().chain(maybe.iter().filter_map(|(_, piece)| piece.as_ref())).collect();
        vary(&certain, &optional, open, build)
    }

    fn concatenate(&self, parent: &Parent<'a>, pieces: &[&Piece]) -> Attribute {
        let Some(first) = pieces.first() else {
            return Attribute { cell: Cell::Absent, provenance: Provenance::default() };
        };
        let mut provenance = self.provenance(parent, first);
        if let ([_], Value::Unknown(unknown)) = (pieces, &first.given.value) {
            return Attribute { cell: Cell::Unknown(unknown.clone()), provenance };
        }
        provenance.elements.clear();
        let mut values = Vec::new();
        for piece in pieces {
            let Some(id) = self.id(piece.holder) else { continue };
            match &piece.given.value {
                Value::List(items) => {
                    for (position, item) in items.iter().enumerate() {
                        let place = piece.given.elements.get(position).unwrap_or(&piece.given.path);
                        values.push(item.clone());
                        provenance.elements.push((id.clone(), place.clone()));
                    }
                }
                other => {
                    values.push(other.clone());
                    provenance.elements.push((id.clone(), piece.given.path.clone()));
                }
            }
        }
        let sensitive = pieces.iter().any(|piece| matches!(piece.given.value, Value::Sensitive(_)));
        let value = Value::List(values);
        let value = if sensitive { value.into_sensitive() } else { value };
        Attribute { cell: Cell::Known(value), provenance }
    }

    fn conflict(&self, parent: &Parent<'a>, spec: &AttributeSpec, pieces: &[Piece]) -> Diagnostic {
        let ids: Vec<String> =
            pieces.iter().filter_map(|piece| self.id(piece.holder)).map(|id| format!("`{id}`")).collect();
        let message = format!("`{}` of `{}` is set differently by {}", spec.name, parent.native.id, ids.join(" and "));
        let mut diagnostic = Diagnostic::new(&codes::RES002, message).help("keep one of them");
        for piece in pieces {
            let Some(native) = self.native(piece.holder) else { continue };
            if let Some(span) = native.origin.locate(&piece.given.path) {
                diagnostic = diagnostic.label(&span, "set here");
            }
        }
        if diagnostic.labels.is_empty() {
            diagnostic = diagnostic.in_file(&parent.native.origin.file);
        }
        diagnostic
    }
}

/// Why a list may have more elements than are certain.
pub(super) struct Open {
    pub(super) conditions: Vec<Arc<str>>,
    pub(super) maybe: Vec<Arc<str>>,
}

impl Open {
    fn unknown(self) -> Unknown {
        let reason =
            if self.maybe.is_empty() { UnknownReason::Condition } else { UnknownReason::MaybeSatellite };
        let refs = self.maybe.into_iter().chain(self.conditions);
        Unknown::new(reason).with_refs(refs)
    }
}

/// A list of certain pieces and of pieces that may be there or not: all combinations where they are few and known, else
/// unknown without a domain. `build` makes the attribute of one combination.
pub(super) fn vary<P>(certain: &[&P], optional: &[&P], open: Open, build: impl Fn(&[&P]) -> Attribute) -> Attribute {
    if optional.is_empty() {
        return build(certain);
    }
    let all: Vec<&P> = certain.iter().chain(optional).copied().collect();
    let provenance = build(&all).provenance;
    let provenance = Provenance { elements: Vec::new(), ..provenance };
    let mut values = Vec::new();
    if optional.len() <= MOST_VARIANTS {
        for chosen in 0..1_usize << optional.len() {
            let taken = optional.iter().enumerate().filter(|(bit, _)| (chosen >> bit) & 1 == 1).map(|(_, piece)| *piece);
            let pieces: Vec<&P> = certain.iter().copied().chain(taken).collect();
            let attribute = build(&pieces);
            let trusted = attribute.provenance.evidence != Some(Evidence::Unverified);
            match attribute.cell.to_value() {
                value if trusted => values.push(value.unwrap_or(Value::Null)),
                _ => {
                    values.clear();
                    break;
                }
            }
        }
    }
    let known = !values.is_empty() && values.iter().all(is_fully_known);
    let mut unknown = open.unknown();
    if known {
        unknown.non_null = values.iter().all(|value| *value != Value::Null);
        unknown = unknown.with_domain(Domain::AnyOf(distinct(values)));
    }
    Attribute { cell: Cell::Unknown(Arc::new(unknown)), provenance }
}

/// One of these values, where all of them are known and none rests on an unverified default.
fn one_of(unknown: Unknown, values: Vec<Value>, trusted: bool, spec: &AttributeSpec) -> Arc<Unknown> {
    let values: Vec<Value> = values.into_iter().map(|value| coerce(value, spec.result_type())).collect();
    if !trusted || !values.iter().all(is_fully_known) {
        return typed_unknown(&Arc::new(unknown), spec.result_type(), &spec.values);
    }
    let non_null = values.iter().all(|value| *value != Value::Null);
    let unknown = unknown.with_domain(Domain::AnyOf(distinct(values)));
    Arc::new(Unknown { non_null, ..unknown })
}

pub(super) fn is_fully_known(value: &Value) -> bool {
    let mut known = true;
    value.for_each_unknown(&AttributePath::root(), &mut |_, _| known = false);
    known
}

pub(super) fn distinct_texts(texts: impl IntoIterator<Item = Arc<str>>) -> Vec<Arc<str>> {
    let set: std::collections::BTreeSet<Arc<str>> = texts.into_iter().take(MOST_REFS).collect();
    set.into_iter().collect()
}

fn document_diagnostic(
    native: &NativeResource,
    path: &AttributePath,
    problem: &iam_document::DocumentProblem,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::RES001, format!("`{path}` of `{}`: {problem}", native.id))
        .help("write a JSON object; `jsonencode` or `aws_iam_policy_document` cannot get it wrong");
    match native.origin.locate(path) {
        Some(span) => diagnostic.at(&span),
        None => diagnostic.in_file(&native.origin.file),
    }
}
