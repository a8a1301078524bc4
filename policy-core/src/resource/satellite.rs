//! Which satellite belongs to which parent.
//!
//! A reference in the configuration decides first, then the literal name. A satellite whose parent is not known stays a
//! resource of its own, and every parent it may belong to learns that it may.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::classify::Class;
use super::kind::{Join, SatelliteSpec, TypeMap};
use super::model::{Context, Lifecycle};
use super::path::is_computed;
use super::reference::{Directory, Group, Target, native_value, top};
use crate::value::Value;

/// The satellites of one parent.
#[derive(Clone, Debug, Default)]
pub(super) struct Attached {
    /// Position in the kind's satellites and the native, sorted by id.
    pub(super) certain: Vec<(usize, usize)>,
    /// Satellites that may belong to it, by position in the kind's satellites.
    pub(super) maybe: Vec<(usize, Arc<[usize]>)>,
    /// Satellites that it names and the input does not show, by position in the kind's satellites.
    pub(super) outside: Vec<usize>,
}

/// The outcome of joining: satellites by parent, and which satellites are part of one.
pub(super) struct Joined {
    pub(super) parents: Vec<Attached>,
    /// Satellites that have a parent and are no kind of their own.
    pub(super) folded: Vec<bool>,
}

impl Joined {
    /// The satellites by which others name their parents: satellite, parent, its kind and the naming attributes.
    pub(super) fn namesakes<'a>(
        &self,
        classes: &[Class],
        typemap: &'a TypeMap,
    ) -> Vec<(usize, usize, usize, &'a [Arc<str>])> {
        let mut found = Vec::new();
        for (parent, attached) in self.parents.iter().enumerate() {
            let Some(kind) = classes.get(parent).and_then(|class| class.kind) else {
                continue;
            };
            let spec = typemap.kinds.get(kind);
            for &(position, satellite) in &attached.certain {
                let names = spec
                    .and_then(|spec| spec.satellites.get(position))
                    .map_or(&[][..], |satellite| satellite.names.as_slice());
                if !names.is_empty() {
                    found.push((satellite, parent, kind, names));
                }
            }
        }
        found
    }
}

/// A kind and one of its satellite types.
type Slot = (usize, usize);

#[derive(Default)]
struct Loose {
    anywhere: Vec<usize>,
    in_scope: BTreeMap<Arc<str>, Vec<usize>>,
}

struct Joiner<'a> {
    directory: &'a Directory<'a>,
    typemap: &'a TypeMap,
    contexts: &'a [Context],
    joined: Joined,
    ambiguous: HashMap<(usize, usize), Vec<usize>>,
    loose: BTreeMap<Slot, Loose>,
    scopes: HashSet<(usize, Arc<str>)>,
    /// Parents of a kind by account and Region.
    singletons: HashMap<(usize, String, String), Vec<usize>>,
    /// Parents of a kind that something of their account is part of.
    by_account: HashMap<usize, Vec<usize>>,
    /// Parents by the identities of the attributes of a composite join.
    composites: HashMap<Slot, HashMap<Vec<String>, Vec<usize>>>,
}

/// Joins all satellites.
pub(super) fn join(directory: &Directory<'_>, typemap: &TypeMap, contexts: &[Context]) -> Joined {
    let count = directory.natives.len();
    let joined = Joined {
        parents: vec![Attached::default(); count],
        folded: vec![false; count],
    };
    let mut joiner = Joiner {
        directory,
        typemap,
        contexts,
        joined,
        ambiguous: HashMap::new(),
        loose: BTreeMap::new(),
        scopes: HashSet::new(),
        singletons: HashMap::new(),
        by_account: HashMap::new(),
        composites: HashMap::new(),
    };
    joiner.index_parents();
    for index in 0..count {
        joiner.satellite(index);
        joiner.named_by_parent(index);
    }
    joiner.finish()
}

impl<'a> Joiner<'a> {
    fn managed(&self, index: usize) -> bool {
        self.directory
            .natives
            .get(index)
            .is_some_and(|native| native.lifecycle == Lifecycle::Managed)
    }

    fn kind_of(&self, index: usize) -> Option<usize> {
        self.directory
            .classes
            .get(index)
            .and_then(|class| class.kind)
            .filter(|_| self.managed(index))
    }

    fn spec(&self, (kind, satellite): Slot) -> Option<&'a SatelliteSpec> {
        self.typemap
            .kinds
            .get(kind)
            .and_then(|kind| kind.satellites.get(satellite))
    }

    fn index_parents(&mut self) {
        for (index, native) in self.directory.natives.iter().enumerate() {
            let Some(kind) = self.kind_of(index) else { continue };
            self.scopes.insert((kind, native.scope.clone()));
            let Some(spec) = self.typemap.kinds.get(kind) else {
                continue;
            };
            for (position, satellite) in spec.satellites.iter().enumerate() {
                match &satellite.join {
                    Join::Singleton => {
                        let (account, region) = self.place(index);
                        let here = self.singletons.entry((kind, account, region)).or_default();
                        if here.last() != Some(&index) {
                            here.push(index);
                        }
                    }
                    Join::Composite(names) => {
                        if let Some(identity) = self.identity(index, names) {
                            let parents = self.composites.entry((kind, position)).or_default();
                            parents.entry(identity).or_default().push(index);
                        }
                    }
                    Join::Account => {
                        let parents = self.by_account.entry(kind).or_default();
                        if parents.last() != Some(&index) {
                            parents.push(index);
                        }
                    }
                    Join::Attribute(_) | Join::Parent { .. } => {}
                }
            }
        }
    }

    fn place(&self, index: usize) -> (String, String) {
        let text = |derived: Option<&super::model::Derived>| {
            derived
                .and_then(|derived| derived.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let context = self.contexts.get(index);
        (
            text(context.map(|context| &context.account)),
            text(context.map(|context| &context.region)),
        )
    }

    /// What the attributes say: a text, or the one resource that they refer to.
    fn identity(&self, index: usize, names: &[Arc<str>]) -> Option<Vec<String>> {
        let native = self.directory.natives.get(index)?;
        let part = |name: &Arc<str>| {
            if let Some(text) = native_value(native, name).and_then(Value::as_str) {
                return Some(format!("={text}"));
            }
            let path = top(name);
            let mut targets = self
                .directory
                .references_at(index, &path)
                .flat_map(|reference| &reference.targets);
            let first = targets.next()?;
            targets.all(|other| other == first).then(|| format!("@{first}"))
        };
        names.iter().map(part).collect()
    }

    fn satellite(&mut self, index: usize) {
        if !self.managed(index) {
            return;
        }
        let Some(class) = self.directory.classes.get(index) else {
            return;
        };
        // Joins by one attribute to several kinds: a web ACL is associated with a load balancer or a stage, not both.
        let mut settled: HashSet<&Arc<str>> = HashSet::new();
        let mut open: Vec<(Slot, &Arc<str>, bool)> = Vec::new();
        for &slot in &class.satellite_of {
            let Some(spec) = self.spec(slot) else { continue };
            match &spec.join {
                Join::Attribute(name) => {
                    for target in self.targets(index, name, slot.0) {
                        match target {
                            Target::One(parent, _) => {
                                self.attach(slot, parent, index);
                                settled.insert(name);
                            }
                            Target::Several(parents) => {
                                self.attach_maybe(slot, &parents, index);
                                settled.insert(name);
                            }
                            Target::Open { referring } => open.push((slot, name, referring)),
                            Target::Outside | Target::None => {}
                        }
                    }
                }
                Join::Singleton => {
                    let (account, region) = self.place(index);
                    let parents = self
                        .singletons
                        .get(&(slot.0, account, region))
                        .cloned()
                        .unwrap_or_default();
                    parents
                        .into_iter()
                        .for_each(|parent| self.attach(slot, parent, index));
                }
                Join::Composite(names) => self.composite(slot, names, index),
                Join::Account => self.everywhere_in_account(slot, index),
                Join::Parent { .. } => {}
            }
        }
        for (slot, name, referring) in open {
            if !settled.contains(name) {
                self.leave_open(slot, index, referring);
            }
        }
    }

    /// Where a satellite names its parent by another satellite that stands for it (a rotation names the attachment of the
    /// secret), that one, and how it names the parent.
    fn stand_in(&self, index: usize, name: &str, kind: usize) -> Option<(usize, &'a str)> {
        let path = top(name);
        let targets = self
            .directory
            .references_at(index, &path)
            .flat_map(|reference| &reference.targets);
        targets.into_iter().find_map(|id| {
            let other = self.directory.find(id.as_str()).filter(|other| *other != index)?;
            let class = self.directory.classes.get(other)?;
            class.satellite_of.iter().find_map(|&slot| match self.spec(slot) {
                Some(spec) if slot.0 == kind && !spec.names.is_empty() => match &spec.join {
                    Join::Attribute(name) => Some((other, &**name)),
                    _ => None,
                },
                _ => None,
            })
        })
    }

    /// Whether two resources are in one account is certain only where both say theirs: two providers without a word about
    /// their accounts may well be two accounts.
    fn everywhere_in_account(&mut self, slot: Slot, index: usize) {
        let (own, _) = self.place(index);
        let mut open = Vec::new();
        for parent in self.by_account.get(&slot.0).cloned().unwrap_or_default() {
            let (account, _) = self.place(parent);
            if account.is_empty() || own.is_empty() {
                open.push(parent);
            } else if account == own {
                self.attach(slot, parent, index);
            }
        }
        self.attach_maybe(slot, &open, index);
    }

    fn targets(&self, index: usize, name: &str, kind: usize) -> Vec<Target> {
        let (index, name) = self.stand_in(index, name, kind).unwrap_or((index, name));
        let value = self
            .directory
            .natives
            .get(index)
            .and_then(|native| native_value(native, name));
        // Nobody wrote it, so it names nobody.
        let computed = value
            .and_then(Value::as_unknown)
            .is_some_and(|unknown| is_computed(unknown));
        if computed && self.directory.references_at(index, &top(name)).next().is_none() {
            return Vec::new();
        }
        self.directory
            .resolve_list(index, &top(name), value, Group::kind(kind))
    }

    fn composite(&mut self, slot: Slot, names: &[Arc<str>], index: usize) {
        for name in names {
            if let [Target::One(parent, _)] = self.targets(index, name, slot.0).as_slice() {
                return self.attach(slot, *parent, index);
            }
        }
        let Some(identity) = self.identity(index, names) else {
            return self.leave_open(slot, index, true);
        };
        let parents = self
            .composites
            .get(&slot)
            .and_then(|parents| parents.get(&identity))
            .cloned();
        match parents.unwrap_or_default().as_slice() {
            [] => {}
            [one] => self.attach(slot, *one, index),
            several => self.attach_maybe(slot, several, index),
        }
    }

    /// Satellites that this resource names as its own.
    fn named_by_parent(&mut self, index: usize) {
        let Some(kind) = self.kind_of(index) else { return };
        let Some(spec) = self.typemap.kinds.get(kind) else {
            return;
        };
        for (position, satellite) in spec.satellites.iter().enumerate() {
            let Join::Parent { attribute, .. } = &satellite.join else {
                continue;
            };
            let Some(group) = self.directory.satellite_group(&satellite.native_type) else {
                continue;
            };
            let value = self
                .directory
                .natives
                .get(index)
                .and_then(|native| native_value(native, attribute));
            match self.directory.resolve(index, &top(attribute), value, group) {
                Target::One(named, _) => self.attach((kind, position), index, named),
                Target::Several(named) => {
                    self.ambiguous.entry((index, position)).or_default().extend(named);
                }
                Target::Outside | Target::Open { .. } => {
                    // The groups that a service keeps hold its defaults, and nobody can change them.
                    let kept = value
                        .and_then(Value::as_str)
                        .is_some_and(|name| name.starts_with("default."));
                    if let Some(attached) = self.joined.parents.get_mut(index).filter(|_| !kept) {
                        attached.outside.push(position);
                    }
                }
                Target::None => {}
            }
        }
    }

    fn attach(&mut self, slot: Slot, parent: usize, satellite: usize) {
        let own_kind = self
            .directory
            .classes
            .get(satellite)
            .is_some_and(|class| class.kind.is_some());
        if let Some(attached) = self.joined.parents.get_mut(parent) {
            attached.certain.push((slot.1, satellite));
        }
        if let Some(folded) = self.joined.folded.get_mut(satellite) {
            *folded = !own_kind;
        }
    }

    fn attach_maybe(&mut self, slot: Slot, parents: &[usize], satellite: usize) {
        for &parent in parents {
            self.ambiguous
                .entry((parent, slot.1))
                .or_default()
                .push(satellite);
        }
    }

    /// The parent is not known at all. An expression that refers to something is bound to its module; a bare unknown can
    /// come from anywhere.
    fn leave_open(&mut self, slot: Slot, satellite: usize, referring: bool) {
        let Some(native) = self.directory.natives.get(satellite) else {
            return;
        };
        let loose = self.loose.entry(slot).or_default();
        if referring && self.scopes.contains(&(slot.0, native.scope.clone())) {
            loose
                .in_scope
                .entry(native.scope.clone())
                .or_default()
                .push(satellite);
        } else {
            loose.anywhere.push(satellite);
        }
    }

    fn finish(mut self) -> Joined {
        let by_id = |all: &mut Vec<usize>| {
            all.sort_by_key(|&index| self.directory.natives.get(index).map(|native| &native.id));
            all.dedup();
        };
        let shared = |mut all: Vec<usize>| -> Arc<[usize]> {
            by_id(&mut all);
            all.into()
        };
        let mut anywhere: BTreeMap<Slot, Arc<[usize]>> = BTreeMap::new();
        let mut in_scope: BTreeMap<(Slot, Arc<str>), Arc<[usize]>> = BTreeMap::new();
        for (slot, loose) in std::mem::take(&mut self.loose) {
            anywhere.insert(slot, shared(loose.anywhere));
            in_scope.extend(
                loose
                    .in_scope
                    .into_iter()
                    .map(|(scope, all)| ((slot, scope), shared(all))),
            );
        }
        let mut ambiguous: BTreeMap<(usize, usize), Arc<[usize]>> = std::mem::take(&mut self.ambiguous)
            .into_iter()
            .map(|(key, all)| (key, shared(all)))
            .collect();
        let directory = self.directory;
        for (index, attached) in self.joined.parents.iter_mut().enumerate() {
            attached.certain.sort_by_key(|&(position, satellite)| {
                (
                    position,
                    directory.natives.get(satellite).map(|native| &native.id),
                )
            });
            attached.certain.dedup();
            let Some(class) = directory.classes.get(index) else {
                continue;
            };
            let Some((kind, spec)) = class
                .kind
                .and_then(|kind| self.typemap.kinds.get(kind).map(|spec| (kind, spec)))
            else {
                continue;
            };
            let Some(native) = directory
                .natives
                .get(index)
                .filter(|native| native.lifecycle == Lifecycle::Managed)
            else {
                continue;
            };
            for position in 0..spec.satellites.len() {
                let slot = (kind, position);
                let sets = [
                    ambiguous.remove(&(index, position)),
                    anywhere.get(&slot).cloned(),
                    in_scope.get(&(slot, native.scope.clone())).cloned(),
                ];
                attached.maybe.extend(
                    sets.into_iter()
                        .flatten()
                        .filter(|set| !set.is_empty())
                        .map(|set| (position, set)),
                );
            }
        }
        self.joined
    }
}
