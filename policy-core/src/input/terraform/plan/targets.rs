//! Which resource instances the expressions of a resource refer to.
//!
//! A join by reference outranks a join by name, so a reference that only looks like one does harm: it would credit a
//! satellite to the wrong resource. What a plan shows of an expression is coarse, and three rules keep it honest:
//! a known value does not come from an unknown attribute; a scalar comes from one of its references and the plan does
//! not tell from which; a scalar that may also come from something hidden refers to nothing that could be named.

use std::collections::HashSet;
use std::sync::Arc;

use super::configuration::{Expression, ResourceBlock};
use super::reference::{Object, Subject};
use super::resources::Masks;
use super::trace::{Each, End, Frame, Trace, Tracer};
use super::values::Mask;
use crate::resource::{Reference, ResourceId};
use crate::value::{AttributePath, Step, Value};

/// Resolves the references of one resource.
pub(super) struct Targets<'p> {
    pub(super) tracer: &'p Tracer<'p>,
    /// What is unknown of each resource.
    pub(super) masks: &'p Masks,
    /// The planned values of the resource.
    pub(super) values: &'p Value,
    /// Its sensitivity mask, which shows the types of unknown values.
    pub(super) sensitive: &'p Mask,
    pub(super) frame: Frame<'p>,
    pub(super) each: Each<'p>,
}

impl<'p> Targets<'p> {
    /// The references of the block, in its order.
    pub(super) fn references(&self, block: &'p ResourceBlock) -> Vec<Reference> {
        let referring = block.referring.iter();
        referring
            .flat_map(|(path, expression)| self.of_expression(path, expression))
            .collect()
    }

    fn of_expression(&self, path: &AttributePath, expression: &'p Expression) -> Vec<Reference> {
        let shape = self.shape(path);
        let mut found = Vec::new();
        let mut candidates = Candidates::default();
        let hidden = |subject: &Subject| matches!(subject.object, Object::Local | Object::Other);
        if !shape.collection && expression.subjects.iter().any(hidden) {
            return found;
        }
        for subject in &expression.subjects {
            if matches!(
                subject.object,
                Object::Local | Object::InstanceKey | Object::Constant | Object::Other
            ) {
                continue;
            }
            let trace = self
                .tracer
                .trace_subject(expression, subject, self.frame, self.each);
            // The members of a collection are there whatever else is; a scalar is one thing.
            if shape.collection || !trace.is_partly_hidden() {
                self.add(&mut candidates, trace, shape.known);
            }
            if shape.collection {
                found.extend(std::mem::take(&mut candidates).into_reference(path));
            }
        }
        found.extend(candidates.into_reference(path));
        found
    }

    fn add(&self, candidates: &mut Candidates, trace: Trace<'_>, known: bool) {
        for end in trace.ends {
            let End::Resource {
                targets, attribute, ..
            } = end
            else {
                continue;
            };
            let targets: Vec<ResourceId> = match &attribute {
                Some(name) if known => targets
                    .into_iter()
                    .filter(|target| !self.is_unknown(target, name))
                    .collect(),
                _ => targets,
            };
            if !targets.is_empty() {
                candidates.attributes.insert(attribute);
            }
            let new = targets
                .into_iter()
                .filter(|target| candidates.seen.insert(target.clone()));
            candidates.targets.extend(new);
        }
    }

    fn is_unknown(&self, target: &ResourceId, attribute: &str) -> bool {
        self.masks
            .get(target)
            .is_some_and(|mask| mask.key(attribute).any())
    }

    fn shape(&self, path: &AttributePath) -> ShapeOfValue {
        let value = self.values.at(path).map(Value::revealed);
        let collection = match value {
            Some(Value::List(_) | Value::Map(_)) => true,
            Some(Value::Unknown(_)) => {
                matches!(self.sensitive.at(path), Mask::List { .. } | Mask::Map { .. })
            }
            _ => false,
        };
        ShapeOfValue {
            collection,
            known: self.is_known(path),
        }
    }

    /// Whether the value that the expression at `path` gives is known. The order of a set is not the order of its
    /// blocks, so behind one of several blocks nothing is said.
    fn is_known(&self, path: &AttributePath) -> bool {
        let mut value = self.values.revealed();
        for step in path.steps() {
            let inner = match (step, value) {
                (Step::Key(key), Value::Map(members)) => members.get(key),
                (Step::Index(0), Value::List(items)) if items.len() == 1 => items.first(),
                _ => None,
            };
            match inner {
                Some(inner) => value = inner.revealed(),
                None => return false,
            }
        }
        let mut known = true;
        value.for_each_unknown(&AttributePath::root(), &mut |_, _| known = false);
        known
    }
}

/// What matters of the value that an expression gives.
struct ShapeOfValue {
    /// A list or an object.
    collection: bool,
    /// Nothing of it is unknown.
    known: bool,
}

/// The resources that one reference can mean.
#[derive(Default)]
struct Candidates {
    targets: Vec<ResourceId>,
    seen: HashSet<ResourceId>,
    /// The attributes read of them.
    attributes: HashSet<Option<Arc<str>>>,
}

impl Candidates {
    fn into_reference(self, path: &AttributePath) -> Option<Reference> {
        let mut attributes = self.attributes.into_iter();
        let attribute = match (attributes.next(), attributes.next()) {
            (Some(attribute), None) => attribute,
            _ => None,
        };
        (!self.targets.is_empty()).then(|| Reference {
            path: path.clone(),
            targets: self.targets,
            attribute,
        })
    }
}
