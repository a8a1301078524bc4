//! From what was read to one value: what agrees, what is missing, what may be there or not.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::codes;
use super::coerce::{coerce, distinct, typed_unknown};
use super::defaults::element_default;
use super::extract::{Fold, Parent, Piece};
use super::kind::AttributeSpec;
use super::model::{Attribute, Cell, Evidence, Provenance, ResourceId};
use super::transform::Around;
use crate::diagnostic::Diagnostic;
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

/// Satellites of undecided membership are tried in all combinations up to this many.
const MOST_VARIANTS: usize = 3;
/// Reports name this many of them.
pub(super) const MOST_REFS: usize = 8;

impl<'a> Fold<'a> {
    fn provenance(&self, parent: &Parent<'a>, piece: &Piece) -> Provenance {
        let from = (piece.holder != parent.index)
            .then(|| self.id(piece.holder))
            .flatten();
        let elements = match self.id(piece.holder) {
            Some(id) => piece
                .given
                .elements
                .iter()
                .map(|path| (id.clone(), path.clone()))
                .collect(),
            None => Vec::new(),
        };
        Provenance {
            native_path: Some(piece.given.path.clone()),
            from,
            declared: true,
            maybe_declared: false,
            evidence: None,
            open: None,
            elements,
        }
    }

    fn id(&self, index: usize) -> Option<ResourceId> {
        self.native(index).map(|native| native.id.clone())
    }

    fn refs(&self, holders: impl IntoIterator<Item = usize>) -> Vec<Arc<str>> {
        let ids = holders.into_iter().filter_map(|index| self.native(index));
        ids.take(MOST_REFS)
            .map(|native| native.id.as_str().into())
            .collect()
    }

    /// An attribute with one value.
    pub(super) fn settle(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        certain: Vec<Piece>,
        optional: Vec<Piece>,
        around: Around,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Attribute {
        let Some(first) = certain.first().or(optional.first()) else {
            return self.default(parent, spec, around);
        };
        let mut provenance = self.provenance(parent, first);
        let every = || certain.iter().chain(&optional);
        let agreed = every().all(|piece| piece.given.value == first.given.value);
        if agreed && optional.is_empty() {
            if first.given.silent {
                provenance.evidence =
                    element_default(spec, parent.native.source).map(|(_, evidence)| evidence);
            }
            return Attribute {
                cell: Cell::from_value(first.given.value.clone()),
                provenance,
            };
        }
        if optional.is_empty() {
            let refs = self.refs(certain.iter().map(|piece| piece.holder));
            diagnostics.push(self.conflict(parent, spec, &certain));
            let unknown = Unknown::new(UnknownReason::Expression).with_refs(refs);
            let unknown = typed_unknown(&Arc::new(unknown), spec.result_type(), &spec.values);
            return Attribute {
                cell: Cell::Unknown(unknown),
                provenance,
            };
        }
        // Some of them exist under conditions that nobody can decide: any of the values, or what holds without them.
        let conditions = optional
            .iter()
            .filter_map(|piece| self.doubt(parent, piece.holder));
        let unknown = Unknown::new(UnknownReason::Condition).with_refs(distinct_texts(conditions));
        let mut values: Vec<Value> = every().map(|piece| piece.given.value.clone()).collect();
        let mut trusted = true;
        if certain.is_empty() {
            let default = self.default(parent, spec, around);
            trusted = default.provenance.evidence != Some(Evidence::Unverified);
            values.push(default.cell.to_value().unwrap_or(Value::Null));
            provenance.maybe_declared = true;
        }
        Attribute {
            cell: Cell::Unknown(one_of(unknown, values, trusted, spec)),
            provenance,
        }
    }

    /// Nobody wrote the attribute, as far as is known.
    pub(super) fn left_out(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        maybe: Vec<(usize, Option<Piece>)>,
        around: Around,
    ) -> Attribute {
        let default = self.default(parent, spec, around);
        if maybe.is_empty() {
            return default;
        }
        let refs = self.refs(maybe.iter().map(|(holder, _)| *holder));
        let trusted = default.provenance.evidence != Some(Evidence::Unverified);
        let mut values = vec![default.cell.to_value().unwrap_or(Value::Null)];
        values.extend(
            maybe
                .into_iter()
                .filter_map(|(_, piece)| piece)
                .map(|piece| piece.given.value),
        );
        let unknown = Unknown::new(UnknownReason::MaybeSatellite).with_refs(refs);
        let cell = Cell::Unknown(one_of(unknown, values, trusted, spec));
        Attribute {
            cell,
            provenance: Provenance {
                maybe_declared: true,
                ..Provenance::default()
            },
        }
    }

    /// An attribute that several natives add to.
    pub(super) fn settle_list(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        certain: Vec<Piece>,
        optional: Vec<Piece>,
        maybe: Vec<(usize, Option<Piece>)>,
        around: Around,
    ) -> Attribute {
        let build = |pieces: &[&Piece]| {
            if pieces.is_empty() {
                return self.default(parent, spec, around);
            }
            self.concatenate(parent, pieces)
        };
        let certain: Vec<&Piece> = certain.iter().collect();
        let open = Open {
            conditions: distinct_texts(
                optional
                    .iter()
                    .filter_map(|piece| self.doubt(parent, piece.holder)),
            ),
            maybe: self.refs(
                maybe
                    .iter()
                    .filter(|(_, piece)| piece.is_some())
                    .map(|(holder, _)| *holder),
            ),
        };
        // Those that say nothing about this attribute do not matter to it.
        let optional: Vec<&Piece> = optional
            .iter()
            .chain(maybe.iter().filter_map(|(_, piece)| piece.as_ref()))
            .collect();
        vary(&certain, &optional, open, build)
    }

    fn concatenate(&self, parent: &Parent<'a>, pieces: &[&Piece]) -> Attribute {
        let Some(first) = pieces.first() else {
            return Attribute {
                cell: Cell::Absent,
                provenance: Provenance::default(),
            };
        };
        let mut provenance = self.provenance(parent, first);
        if let ([_], Value::Unknown(unknown)) = (pieces, &first.given.value) {
            return Attribute {
                cell: Cell::Unknown(unknown.clone()),
                provenance,
            };
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
        let sensitive = pieces
            .iter()
            .any(|piece| matches!(piece.given.value, Value::Sensitive(_)));
        let value = Value::List(values);
        let value = if sensitive { value.into_sensitive() } else { value };
        Attribute {
            cell: Cell::Known(value),
            provenance,
        }
    }

    fn conflict(&self, parent: &Parent<'a>, spec: &AttributeSpec, pieces: &[Piece]) -> Diagnostic {
        let ids: Vec<String> = pieces
            .iter()
            .filter_map(|piece| self.id(piece.holder))
            .map(|id| format!("`{id}`"))
            .collect();
        let message = format!(
            "`{}` of `{}` is set differently by {}",
            spec.name,
            parent.native.id,
            ids.join(" and ")
        );
        let mut diagnostic = Diagnostic::new(&codes::RES002, message).help("keep one of them");
        for piece in pieces {
            let Some(native) = self.native(piece.holder) else {
                continue;
            };
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
        let reason = if self.maybe.is_empty() {
            UnknownReason::Condition
        } else {
            UnknownReason::MaybeSatellite
        };
        let refs = self.maybe.into_iter().chain(self.conditions);
        Unknown::new(reason).with_refs(refs)
    }
}

/// A list of certain pieces and of pieces that may be there or not: all combinations where they are few and known, else
/// unknown without a domain. `build` makes the attribute of one combination.
pub(super) fn vary<P>(
    certain: &[&P],
    optional: &[&P],
    open: Open,
    build: impl Fn(&[&P]) -> Attribute,
) -> Attribute {
    if optional.is_empty() {
        return build(certain);
    }
    let all: Vec<&P> = certain.iter().chain(optional).copied().collect();
    let provenance = build(&all).provenance;
    let provenance = Provenance {
        elements: Vec::new(),
        maybe_declared: certain.is_empty(),
        ..provenance
    };
    let mut values = Vec::new();
    if optional.len() <= MOST_VARIANTS {
        for chosen in 0..1_usize << optional.len() {
            let taken = optional
                .iter()
                .enumerate()
                .filter(|(bit, _)| (chosen >> bit) & 1 == 1)
                .map(|(_, piece)| *piece);
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
    Attribute {
        cell: Cell::Unknown(Arc::new(unknown)),
        provenance,
    }
}

/// One of these values, where all of them are known and none rests on an unverified default.
fn one_of(unknown: Unknown, values: Vec<Value>, trusted: bool, spec: &AttributeSpec) -> Arc<Unknown> {
    let values: Vec<Value> = values
        .into_iter()
        .map(|value| coerce(value, spec.result_type()))
        .collect();
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
    let set: BTreeSet<Arc<str>> = texts.into_iter().take(MOST_REFS).collect();
    set.into_iter().collect()
}
