//! Canonical attributes of a resource: from its own values, its satellites, and the defaults.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::classify::folding;
use super::codes;
use super::coerce::typed_unknown;
use super::defaults::{SATELLITE_FOLDING, default_attribute, element_default};
use super::fragment;
use super::iam_document;
use super::identity;
use super::kind::{AttributeSpec, DefaultValue, Kind, TypeMap, ValueType};
use super::model::{Attribute, Cell, Context, Evidence, NativeResource, Provenance, SourceKind};
use super::path::is_unrecorded;
use super::reference::Directory;
use super::satellite::Attached;
use super::settle::MOST_REFS;
use super::transform::{Around, Given, Place, Transform, apply};
use crate::diagnostic::Diagnostic;
use crate::value::{AttributePath, Step, Unknown, UnknownReason, Value};

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
    /// The native is a satellite that stands for its parent, which this input does not show.
    pub(super) fragment: bool,
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

impl<'a> Fold<'a> {
    /// The canonical attributes of a resource.
    pub(super) fn attributes(
        &self,
        parent: &Parent<'a>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> BTreeMap<Arc<str>, Attribute> {
        let provided = |spec: &&AttributeSpec| !parent.fragment || fragment::writes(parent, spec);
        let specs = parent.kind.attributes.iter().filter(provided);
        specs
            .map(|spec| (spec.name.clone(), self.attribute(parent, spec, diagnostics)))
            .collect()
    }

    fn attribute(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Attribute {
        match &spec.transform {
            Transform::SecurityGroupRules | Transform::NetworkAclRules => self.rules(parent, spec),
            Transform::ClassicListeners => self.classic_listeners(parent, spec),
            // Filled in once the relations are known.
            Transform::Relation(_) => self.default(parent, spec, Around::default()),
            _ => self.plain(parent, spec, diagnostics),
        }
    }

    fn plain(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Attribute {
        let mut around = Around::default();
        let (mut certain, mut optional) = (Vec::new(), Vec::new());
        let mut unrecorded = None;
        for path in spec.paths(parent.native.source) {
            let own_type = path.satellite.as_ref() == Some(&parent.native.native_type) && !parent.fragment;
            let satellite = path.satellite.as_deref().filter(|_| !own_type);
            let holders = match satellite {
                // The attributes of the parent itself are written where nobody sees them.
                None if parent.fragment => Vec::new(),
                None => vec![parent.index],
                Some(native_type) => self.certain(parent, native_type),
            };
            for holder in holders {
                around.container |= satellite.is_some();
                let source = Source {
                    parent,
                    holder,
                    steps: &path.steps,
                    satellite: satellite.is_some(),
                };
                let Some(piece) = self.read(spec, &source, &mut around, diagnostics) else {
                    continue;
                };
                let conditional = satellite.is_some() && self.is_conditional(parent, holder);
                if satellite.is_none() && is_unrecorded(&piece.given.value) && !spec.transform.merges() {
                    // Another spelling of the same may have been recorded.
                    unrecorded.get_or_insert(piece);
                } else if conditional {
                    optional.push(piece)
                } else {
                    certain.push(piece)
                }
            }
            if !certain.is_empty() && !spec.transform.merges() {
                break;
            }
        }
        if certain.is_empty() {
            certain.extend(unrecorded);
        }
        if certain.is_empty() && optional.is_empty() && is_outside(parent, spec) {
            let unknown = Arc::new(Unknown::new(UnknownReason::PartialInput));
            return Attribute {
                cell: Cell::Unknown(typed_unknown(&unknown, spec.result_type(), &spec.values)),
                provenance: Provenance::default(),
            };
        }
        let maybe = self.maybe_pieces(parent, spec);
        if spec.transform.merges() || spec.result_type().is_list() {
            return self.settle_list(parent, spec, certain, optional, maybe, around);
        }
        if certain.is_empty() && optional.is_empty() {
            return self.left_out(parent, spec, maybe, around);
        }
        self.settle(parent, spec, certain, optional, around, diagnostics)
    }

    /// Natives of a satellite type that belong to the parent.
    pub(super) fn certain(&self, parent: &Parent<'a>, native_type: &str) -> Vec<usize> {
        let of_type = |position: usize| {
            parent
                .kind
                .satellites
                .get(position)
                .is_some_and(|spec| *spec.native_type == *native_type)
        };
        parent
            .attached
            .certain
            .iter()
            .filter(|(position, _)| of_type(*position))
            .map(|(_, index)| *index)
            .collect()
    }

    /// Natives that may belong to the parent and can provide the attribute, unless one of their type certainly does.
    /// A type whose satellites add up stays open also beside certain ones.
    pub(super) fn maybe(&self, parent: &Parent<'a>, spec: &AttributeSpec) -> Vec<usize> {
        let adds_up = spec.result_type().is_list() || spec.transform.merges();
        let mut found = Vec::new();
        for (position, set) in &parent.attached.maybe {
            let Some(satellite) = parent.kind.satellites.get(*position) else {
                continue;
            };
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
            let source = |steps| Source {
                parent,
                holder,
                steps,
                satellite: true,
            };
            let piece = of_type
                .find_map(|path| self.read(spec, &source(&path.steps), &mut Around::default(), &mut unsaid));
            pieces.push((holder, piece));
        }
        pieces
    }

    pub(super) fn native(&self, index: usize) -> Option<&'a NativeResource> {
        self.directory.natives.get(index)
    }

    /// Exists under a condition that cannot be decided and that the parent does not share, or belongs to one of those that
    /// the parent stands for.
    pub(super) fn is_conditional(&self, parent: &Parent<'a>, holder: usize) -> bool {
        self.doubt(parent, holder).is_some()
    }

    /// Why it is not certain that a native belongs to the parent, in words.
    pub(super) fn doubt(&self, parent: &Parent<'a>, holder: usize) -> Option<Arc<str>> {
        self.native(holder)?.doubt_beside(parent.native)
    }

    pub(super) fn default(&self, parent: &Parent<'a>, spec: &AttributeSpec, around: Around) -> Attribute {
        let account = self
            .contexts
            .get(parent.index)
            .and_then(|context| context.account.as_str());
        let mut attribute = default_attribute(spec, parent.kind, parent.native, around.container, account);
        let has_satellite = spec
            .paths(parent.native.source)
            .iter()
            .any(|path| path.satellite.is_some());
        if around.maybe_dynamic && !has_satellite && attribute.provenance.evidence.is_some() {
            // Very likely nobody wrote the block, and then the default holds: good enough to fail on, not to pass on.
            // Blocks that moved to satellites are not written any more.
            attribute.provenance.evidence = Some(Evidence::Unverified);
        }
        attribute
    }

    fn read(
        &self,
        spec: &AttributeSpec,
        source: &Source<'_, 'a>,
        around: &mut Around,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Piece> {
        let native = self.native(source.holder)?;
        if source.steps.is_empty() && matches!(spec.transform, Transform::Union | Transform::Policies) {
            // The satellite itself is what is listed.
            let itself = Unknown::new(UnknownReason::Reference)
                .with_refs([Arc::from(native.id.as_str())])
                .non_null();
            let given = Given::scalar(Value::List(vec![itself.into()]), AttributePath::root());
            return Some(Piece {
                holder: source.holder,
                given: Given {
                    elements: vec![AttributePath::root()],
                    ..given
                },
            });
        }
        if source.steps.is_empty() && spec.transform == Transform::Permissions {
            let mut documents = Value::List(vec![super::lambda_permission::document(&native.values)]);
            identity::name_identities(&mut documents, None);
            return Some(Piece {
                holder: source.holder,
                given: Given {
                    elements: vec![AttributePath::root()],
                    ..Given::scalar(documents, AttributePath::root())
                },
            });
        }
        let parent = source.parent;
        let place = Place {
            root: &native.values,
            steps: source.steps,
            folding: if source.satellite {
                SATELLITE_FOLDING
            } else {
                folding(parent.native.source, parent.kind)
            },
            satellite: source.satellite,
            element_default: element_default(spec, parent.native.source).map(|(value, _)| value),
        };
        let outcome = apply(spec, &place);
        around.add(outcome.around);
        for (path, problem) in outcome.problems {
            diagnostics.push(document_diagnostic(native, &path, &problem));
        }
        let mut given = outcome.given?;
        if let Value::Unknown(unknown) = &mut given.value
            && is_required(spec, native)
            && keys(&given.path) >= source.steps.len()
        {
            Arc::make_mut(unknown).non_null = true;
        }
        if source.satellite && spec.transform == Transform::Union && given.value.as_unknown().is_some() {
            // A satellite adds one element, known or not; only the resource's own attribute is the whole list.
            given = Given {
                elements: vec![given.path.clone()],
                value: Value::List(vec![given.value]),
                ..given
            };
        }
        if matches!(spec.value_type, ValueType::Policy | ValueType::Policies) {
            self.rebuild_documents(source.holder, &mut given);
            let bucket = identity::Bucket {
                id: parent.native.id.as_str(),
                values: &parent.native.values,
            };
            let own = &*parent.kind.name == "s3_bucket";
            identity::name_identities(&mut given.value, own.then_some(&bucket));
        }
        Some(Piece {
            holder: source.holder,
            given,
        })
    }

    /// A document that is unknown because its data source is read during apply is rebuilt from the data source's blocks.
    fn rebuild_documents(&self, holder: usize, given: &mut Given) {
        let rebuilt = |path: &AttributePath| {
            let mut sources = self
                .directory
                .references_at(holder, path)
                .flat_map(|reference| &reference.targets);
            let source = sources.next()?;
            if sources.any(|other| other != source) {
                return None;
            }
            let native = self
                .directory
                .find(source.as_str())
                .and_then(|index| self.native(index))?;
            let is_document = &*native.native_type == "aws_iam_policy_document";
            is_document
                .then(|| iam_document::from_data_source(&native.values))
                .flatten()
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
}

/// What holds the attribute is named, such as a parameter group, and the input does not show it.
fn is_outside(parent: &Parent<'_>, spec: &AttributeSpec) -> bool {
    let provides = |position: &usize| {
        let satellite = parent.kind.satellites.get(*position);
        satellite.is_some_and(|satellite| satellite.provides.contains(&spec.name))
    };
    parent.attached.outside.iter().any(provides)
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

/// The provider asks for the argument, so Terraform refuses a null: whatever a variable will hold, something is written.
/// Where an attribute is read from several arguments, none of them has to be there.
fn is_required(spec: &AttributeSpec, native: &NativeResource) -> bool {
    let rule = spec.default(SourceKind::Terraform);
    native.source == SourceKind::Terraform
        && spec.paths(SourceKind::Terraform).len() == 1
        && rule.is_some_and(|rule| matches!(rule.value, DefaultValue::Required))
}

/// How many keys a path has.
fn keys(path: &AttributePath) -> usize {
    let steps = path.steps().iter();
    steps.filter(|step| matches!(step, Step::Key(_))).count()
}
