//! Who is meant by a reference or by a literal name, id or ARN.
//!
//! INVARIANT (linear): every question is answered from a hash index that is built once; nothing loops over pairs.

use std::collections::HashMap;
use std::sync::Arc;

use super::address::ResourceAddress;
use super::classify::Class;
use super::kind::{Join, TypeMap};
use super::model::{EdgeOrigin, Lifecycle, NativeResource, Reference, SourceKind};
use super::path::{Folding, is_computed, member};
use crate::value::{AttributePath, Domain, Step, Unknown, Value};

/// A set of resources that can be meant: a kind, or a satellite type that its parent names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group(usize);

impl Group {
    pub(super) fn kind(index: usize) -> Self {
        Self(index)
    }
}

/// Who is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Exactly this one.
    One(usize, EdgeOrigin),
    /// One of these, or several.
    Several(Vec<usize>),
    /// A known name that nothing here has.
    Outside,
    /// Not known; it may be any. `referring` when an expression refers to something else.
    Open { referring: bool },
    /// Nobody is named.
    None,
}

/// The natives of one input with their indexes.
pub(super) struct Directory<'a> {
    pub(super) natives: &'a [NativeResource],
    pub(super) classes: &'a [Class],
    typemap: &'a TypeMap,
    by_id: HashMap<&'a str, usize>,
    by_key: HashMap<(Group, &'a str), Vec<usize>>,
    satellite_groups: HashMap<Arc<str>, Group>,
    /// Satellites that name their parent, as an alias names its key.
    stands_for: HashMap<usize, usize>,
    /// The kind whose names can carry a version or an alias.
    qualified: Option<Group>,
}

impl<'a> Directory<'a> {
    pub(super) fn new(natives: &'a [NativeResource], classes: &'a [Class], typemap: &'a TypeMap) -> Self {
        let mut by_id = HashMap::with_capacity(natives.len());
        for (index, native) in natives.iter().enumerate() {
            by_id.entry(native.id.as_str()).or_insert(index);
        }
        let mut satellite_groups: HashMap<Arc<str>, Group> = HashMap::new();
        let mut satellite_keys: HashMap<Group, Arc<str>> = HashMap::new();
        for satellite in typemap.kinds.iter().flat_map(|kind| &kind.satellites) {
            if let Join::Parent { key, .. } = &satellite.join {
                let next = Group(typemap.kinds.len() + satellite_groups.len());
                let group = *satellite_groups
                    .entry(satellite.native_type.clone())
                    .or_insert(next);
                satellite_keys.insert(group, key.clone());
            }
        }
        let mut directory = Self {
            natives,
            classes,
            typemap,
            by_id,
            by_key: HashMap::new(),
            satellite_groups,
            stands_for: HashMap::new(),
            qualified: typemap
                .kinds
                .iter()
                .position(|kind| &*kind.name == "lambda_function")
                .map(Group),
        };
        for (index, (native, class)) in natives.iter().zip(classes).enumerate() {
            if native.lifecycle != Lifecycle::Managed {
                continue;
            }
            if let Some(kind) = class
                .kind
                .and_then(|kind| typemap.kinds.get(kind).map(|spec| (Group(kind), spec)))
            {
                let (group, spec) = kind;
                let keys = match native.source {
                    SourceKind::Terraform => spec.terraform_keys.as_slice(),
                    SourceKind::CloudFormation => spec.cloudformation_keys.as_slice(),
                    SourceKind::AwsConfig => &[],
                };
                directory.add_keys(group, index, keys.iter().map(|key| &**key));
                if native.source == SourceKind::AwsConfig {
                    directory.add_keys(
                        group,
                        index,
                        ["resourceId", "resourceName", "arn", "ARN"].into_iter(),
                    );
                }
            }
            if let Some(&group) = directory.satellite_groups.get(&native.native_type)
                && let Some(key) = satellite_keys.get(&group)
            {
                directory.add_keys(group, index, [&**key, "id"].into_iter());
            }
        }
        directory
    }

    fn add_keys<'k>(&mut self, group: Group, index: usize, keys: impl Iterator<Item = &'k str>) {
        let natives = self.natives;
        let Some(values) = natives.get(index).and_then(|native| native.values.as_map()) else {
            return;
        };
        for key in keys {
            if let Some(text) = values
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
            {
                let named = self.by_key.entry((group, text)).or_default();
                if named.last() != Some(&index) {
                    named.push(index);
                }
            }
        }
    }

    /// Lets a satellite name its one parent, once the satellites are joined.
    pub(super) fn name_parent(&mut self, satellite: usize, parent: usize, kind: usize, names: &[Arc<str>]) {
        match self.stands_for.insert(satellite, parent) {
            Some(other) if other != parent => {
                self.stands_for.remove(&satellite);
            }
            _ => self.add_names(Group(kind), satellite, parent, names),
        }
    }

    fn add_names(&mut self, group: Group, satellite: usize, parent: usize, names: &[Arc<str>]) {
        let natives = self.natives;
        let values = natives.get(satellite).and_then(|native| native.values.as_map());
        for name in names {
            let text = values.and_then(|values| values.get(name)?.as_str());
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                let named = self.by_key.entry((group, text)).or_default();
                if !named.contains(&parent) {
                    named.push(parent);
                }
            }
        }
    }

    /// The position of a resource.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The group of a satellite type that parents name.
    pub(super) fn satellite_group(&self, native_type: &str) -> Option<Group> {
        self.satellite_groups.get(native_type).copied()
    }

    /// A managed resource of the group that will exist.
    fn belongs(&self, index: usize, group: Group) -> bool {
        let (Some(native), Some(class)) = (self.natives.get(index), self.classes.get(index)) else {
            return false;
        };
        native.lifecycle == Lifecycle::Managed
            && (class.kind.map(Group) == Some(group)
                || self.satellite_group(&native.native_type) == Some(group))
    }

    /// The references of `holder` that are written at `path`, above it or below it.
    pub(super) fn references_at<'s>(
        &'s self,
        holder: usize,
        path: &'s AttributePath,
    ) -> impl Iterator<Item = &'a Reference> + 's {
        let references = self
            .natives
            .get(holder)
            .map_or(&[][..], |native| native.references.as_slice());
        references.iter().filter(move |reference| {
            !reference.path.is_root()
                && (path.is_prefix_of(&reference.path) || reference.path.is_prefix_of(path))
        })
    }

    /// Who is meant by the value that `holder` has at `path`.
    pub(super) fn resolve(
        &self,
        holder: usize,
        path: &AttributePath,
        value: Option<&Value>,
        group: Group,
    ) -> Target {
        let Some(value) = value.map(Value::revealed) else {
            return Target::None;
        };
        match value {
            Value::Null => Target::None,
            Value::String(text) => self.resolve_text(holder, path, text, group),
            Value::Unknown(unknown) if is_computed(unknown) => Target::None,
            Value::Unknown(unknown) => {
                let (candidates, referring) = self.candidates(holder, path, group);
                match (candidates.as_slice(), &unknown.domain) {
                    ([], Some(Domain::AnyOf(values))) => {
                        let names = values.iter().filter_map(Value::as_str);
                        let named: Vec<usize> =
                            names.flat_map(|name| self.lookup(holder, name, group)).collect();
                        if named.is_empty() {
                            Target::Outside
                        } else {
                            Target::Several(named)
                        }
                    }
                    ([], _) if self.names_nobody(holder, path, unknown, group) => Target::Outside,
                    ([], _) => Target::Open { referring },
                    ([(one, false)], _) => Target::One(*one, EdgeOrigin::Reference),
                    (all, _) => Target::Several(all.iter().map(|(index, _)| *index).collect()),
                }
            }
            _ => Target::Open { referring: false },
        }
    }

    /// The same for a list, element by element.
    pub(super) fn resolve_list(
        &self,
        holder: usize,
        path: &AttributePath,
        value: Option<&Value>,
        group: Group,
    ) -> Vec<Target> {
        let Some(Value::List(items)) = value.map(Value::revealed) else {
            return vec![self.resolve(holder, path, value, group)];
        };
        let open = items.iter().filter(|item| item.as_unknown().is_some()).count();
        let (candidates, _) = self.candidates(holder, path, group);
        // Terraform tells which references an expression has, not where in its list they stand. As many targets as
        // unknown elements: each element is one of them.
        let paired = open == candidates.len() && candidates.iter().all(|(_, ambiguous)| !ambiguous);
        let mut next = candidates.iter();
        let element = |(index, item): (usize, &Value)| match item.as_unknown() {
            Some(_) if paired => next
                .next()
                .map_or(Target::None, |(one, _)| Target::One(*one, EdgeOrigin::Reference)),
            _ => self.resolve(holder, &path.index(index), Some(item), group),
        };
        items.iter().enumerate().map(element).collect()
    }

    /// Resources of the group that references at `path` can mean, whether each is one of several, and whether there are
    /// references at all.
    fn candidates(&self, holder: usize, path: &AttributePath, group: Group) -> (Vec<(usize, bool)>, bool) {
        let mut found: Vec<(usize, bool)> = Vec::new();
        let mut seen: HashMap<usize, usize> = HashMap::new();
        let mut referring = false;
        for reference in self.references_at(holder, path) {
            referring = true;
            let targets = reference.targets.iter().filter_map(|id| self.find(id.as_str()));
            let targets = targets.map(|index| match self.stands_for.get(&index) {
                Some(&parent) if self.belongs(parent, group) => parent,
                _ => index,
            });
            let targets: Vec<usize> = targets.filter(|&index| self.belongs(index, group)).collect();
            let ambiguous = targets.len() > 1;
            for index in targets {
                let position = *seen.entry(index).or_insert(found.len());
                match found.get_mut(position) {
                    Some((_, known)) => *known &= ambiguous,
                    None => found.push((index, ambiguous)),
                }
            }
        }
        (found, referring)
    }

    /// Everything that the value comes from is a resource of the group that the code names and does not declare, so it is
    /// none of those that are there. Two addresses are two resources: Terraform manages none under both. What is made
    /// of another resource (a random name) may be the name of any.
    fn names_nobody(&self, holder: usize, path: &AttributePath, unknown: &Unknown, group: Group) -> bool {
        let missing = |name: &Arc<str>| {
            let of_group = ResourceAddress::parse(name).is_ok_and(|address| {
                let kind = self.typemap.by_terraform.get(&*address.resource_type);
                kind.map(|kind| Group(*kind)) == Some(group)
                    || self.satellite_group(&address.resource_type) == Some(group)
            });
            of_group
                && self.find(name).is_none()
                && self
                    .references_at(holder, path)
                    .any(|reference| reference.targets.iter().any(|target| target.as_str() == &**name))
        };
        !unknown.refs.is_empty() && unknown.refs.iter().all(missing)
    }

    fn resolve_text(&self, holder: usize, path: &AttributePath, text: &str, group: Group) -> Target {
        let named = self.lookup(holder, text, group);
        let (candidates, _) = self.candidates(holder, path, group);
        if let [(one, false)] = candidates.as_slice() {
            // `"${aws_s3_bucket.a.id}-logs"` refers to a bucket and names another one.
            if named.contains(one) || (named.is_empty() && !self.contradicts(holder, path, *one, text)) {
                return Target::One(*one, EdgeOrigin::Reference);
            }
        }
        match named.as_slice() {
            [] => Target::Outside,
            [one] => Target::One(*one, EdgeOrigin::Literal),
            _ => Target::Several(named),
        }
    }

    /// The reference reads an attribute whose value is known and differs from the text.
    fn contradicts(&self, holder: usize, path: &AttributePath, target: usize, text: &str) -> bool {
        let Some(target) = self.natives.get(target) else {
            return false;
        };
        self.references_at(holder, path)
            .filter(|reference| reference.targets.first() == Some(&target.id))
            .filter_map(|reference| reference.attribute.as_ref())
            .filter_map(|attribute| target.values.get(attribute))
            .any(|value| value.as_str().is_some_and(|known| known != text))
    }

    /// Resources that a literal names: by one of their keys, or by the name in an ARN.
    fn lookup(&self, holder: usize, text: &str, group: Group) -> Vec<usize> {
        let exact = |name: &str| self.by_key.get(&(group, name)).cloned().unwrap_or_default();
        let names = match self.qualified == Some(group) {
            true => function_name(text).into_iter().collect(),
            false => arn_names(text),
        };
        let named = match exact(text) {
            found if !found.is_empty() => found,
            _ => names
                .into_iter()
                .map(exact)
                .find(|found| !found.is_empty())
                .unwrap_or_default(),
        };
        if named.len() <= 1 {
            return named;
        }
        // The same name in two accounts or Regions: the one of the holder is meant.
        let Some(here) = self.natives.get(holder) else {
            return named;
        };
        let local = |index: &usize| {
            self.natives.get(*index).is_some_and(|other| {
                other.provider.account == here.provider.account
                    && other.provider.region == here.provider.region
            })
        };
        let near: Vec<usize> = named.iter().copied().filter(local).collect();
        if near.is_empty() { named } else { near }
    }
}

/// Names that an ARN (or the URL of a queue) can stand for: the resource part, and its last segment.
fn arn_names(text: &str) -> Vec<&str> {
    if let Some(rest) = text.strip_prefix("https://sqs.") {
        return rest.rsplit('/').next().into_iter().collect();
    }
    let Some(rest) = text.strip_prefix("arn:") else {
        return Vec::new();
    };
    // partition : service : region : account : resource
    let mut parts = rest.splitn(5, ':');
    let account = parts.nth(3);
    // What AWS itself provides is nothing of ours, also under the same name.
    if account == Some("aws") {
        return Vec::new();
    }
    let Some(resource) = parts.next() else {
        return Vec::new();
    };
    let resource = resource.strip_suffix(":*").unwrap_or(resource);
    // All objects of a bucket.
    let resource = resource.strip_suffix('/').unwrap_or(resource);
    let after_type = resource.split_once([':', '/']).map_or(resource, |(_, name)| name);
    let last = resource.rsplit(['/', ':']).next().unwrap_or(resource);
    vec![resource, after_type, last]
}

/// The name in what names a Lambda function: a name, a partial ARN (`account:function:name`) or an ARN, each with or without a
/// version or alias (AWS Lambda API Reference, `AddPermission`). An alias with the name of another function means none.
fn function_name(text: &str) -> Option<&str> {
    let after_type = match text.split_once(":function:") {
        Some((_, rest)) => rest,
        None if text.starts_with("arn:") => return None,
        None => text.strip_prefix("function:").unwrap_or(text),
    };
    after_type.split(':').next()
}

/// The value of an attribute by its native name; loosely where AWS Config has odd case. Unknown where the object does not
/// list all of its members, or is unknown as a whole.
pub(super) fn native_value<'v>(native: &'v NativeResource, name: &str) -> Option<&'v Value> {
    let folding = match native.source {
        SourceKind::AwsConfig => Folding::Loose,
        _ => Folding::Exact,
    };
    match native.values.revealed() {
        Value::Map(values) => member(values, name, folding).map(|(_, value)| value),
        // An object of which nothing is known.
        values => values.as_unknown().map(|_| values),
    }
}

/// The path of a top-level attribute.
pub(super) fn top(name: &str) -> AttributePath {
    AttributePath::new(vec![Step::Key(name.into())])
}
