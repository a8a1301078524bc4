//! Which resource refers to which, and through which attributes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::evaluation::{ResourceInstance, Traced};
use crate::resource::{Reference, ResourceId};
use crate::source::Span;
use crate::value::{AttributePath, Step, Value};

/// More repeated resources than a block is taken to name in step with itself.
const MOST_NAMED: usize = 16;

/// Which addresses exist, for references.
#[derive(Default)]
pub(super) struct Addresses {
    /// The instances of each block, by block address.
    blocks: HashMap<Arc<str>, Vec<ResourceId>>,
    instances: HashMap<Arc<str>, ResourceId>,
    /// Those that stand for several, with their module and their name in it.
    many: HashMap<Arc<str>, (Arc<str>, Arc<str>)>,
}

impl Addresses {
    pub(super) fn add(&mut self, resource: &ResourceInstance) {
        let id = ResourceId::new(resource.address.clone());
        self.blocks
            .entry(resource.block_address.clone())
            .or_default()
            .push(id.clone());
        self.instances.insert(resource.address.clone(), id);
        if let Some(block) = resource.block().filter(|_| resource.many) {
            let name = (resource.module.address.clone(), block.local_address().into());
            self.many.insert(resource.address.clone(), name);
        }
    }

    /// True when a repeated resource names only its own counterpart among repeated ones: `aws_s3_bucket.b[each.key]`.
    /// Then what has the same repetition comes in pairs.
    pub(super) fn in_step(&self, resource: &ResourceInstance, references: &[Reference]) -> bool {
        let Some(block) = resource.block() else {
            return false;
        };
        let body = &block.block.body;
        let over = body
            .attribute("for_each")
            .map(|attribute| text(&attribute.expr.span));
        let own = |target: &ResourceId| {
            let Some((module, name)) = self.many.get(target.as_str()) else {
                return true;
            };
            let counts = named_by_own_key(text(&body.span), name, over);
            *module == resource.module.address
                && (over == Some(&**name) || counts > Some(0))
                && counts.is_some()
        };
        let targets: BTreeSet<&ResourceId> = references
            .iter()
            .flat_map(|reference| &reference.targets)
            .filter(|target| self.many.contains_key(target.as_str()))
            .collect();
        // Each is looked for in the text of the block.
        targets.len() <= MOST_NAMED && targets.into_iter().all(own)
    }

    fn targets(&self, reference: &str) -> Option<Vec<ResourceId>> {
        match self.instances.get(reference) {
            Some(id) => Some(vec![id.clone()]),
            None => self.blocks.get(reference).cloned(),
        }
    }
}

/// The references of a resource: those of the unknown values, which know where they come from, and those that the
/// expressions spell out.
///
/// One attribute may refer to thousands of instances, so everything is looked up by path and target.
pub(super) fn references(
    values: &Value,
    traces: &[(Vec<Step>, Traced)],
    addresses: &Addresses,
    missing: &HashSet<Arc<str>>,
) -> Vec<Reference> {
    let mut targets = Targets {
        addresses,
        missing,
        known: HashMap::new(),
        lists: Vec::new(),
        numbers: HashMap::new(),
    };
    let mut spelled: HashMap<(&str, &[Step]), &Arc<str>> = HashMap::new();
    for (steps, traced) in traces {
        spelled
            .entry((&traced.target, steps))
            .or_insert(&traced.attribute);
    }
    let mut found: Vec<Reference> = Vec::new();
    let mut places: HashMap<(usize, Vec<Step>), usize> = HashMap::new();
    let mut covered: HashSet<(usize, Vec<Step>)> = HashSet::new();
    values.for_each_unknown(&AttributePath::root(), &mut |path, unknown| {
        // What is in `tags_all` was written in `tags` or by the provider.
        if matches!(path.steps().first(), Some(Step::Key(name)) if &**name == "tags_all") {
            return;
        }
        for reference in &unknown.refs {
            let Some(target) = targets.number(reference) else {
                continue;
            };
            let attribute = prefixes(path.steps())
                .find_map(|steps| spelled.get(&(&**reference, steps)))
                .map(|attribute| Arc::clone(attribute));
            let same = prefixes(path.steps()).find_map(|steps| places.get(&(target, steps.to_vec())));
            match same.and_then(|&at| found.get_mut(at)) {
                // A reference that is spelled out says more than what an unknown remembers.
                Some(known) => known.attribute = known.attribute.take().or(attribute),
                None => {
                    places.insert((target, path.steps().to_vec()), found.len());
                    covered.extend(prefixes(path.steps()).map(|steps| (target, steps.to_vec())));
                    found.push(Reference {
                        path: path.clone(),
                        targets: targets.list(target),
                        attribute,
                    });
                }
            }
        }
    });
    let mut seen: HashSet<(usize, &[Step], &Arc<str>)> = HashSet::new();
    for (steps, traced) in traces {
        let Some(target) = targets.number(&traced.target) else {
            continue;
        };
        // Nothing to add when an unknown below this attribute tells the same, and more precisely.
        if covered.contains(&(target, steps.clone())) || !seen.insert((target, steps, &traced.attribute)) {
            continue;
        }
        found.push(Reference {
            path: AttributePath::new(steps.clone()),
            targets: targets.list(target),
            attribute: Some(traced.attribute.clone()),
        });
    }
    found
}

/// The beginnings of a path, the shortest first.
fn prefixes(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    (0..=steps.len()).filter_map(|length| steps.get(..length))
}

/// The targets of references, numbered: the same number means the same resources.
struct Targets<'a> {
    addresses: &'a Addresses,
    /// What is named and not declared: a reference to it means none of the resources that are.
    missing: &'a HashSet<Arc<str>>,
    known: HashMap<Arc<str>, Option<usize>>,
    lists: Vec<Vec<ResourceId>>,
    numbers: HashMap<Vec<ResourceId>, usize>,
}

impl Targets<'_> {
    fn number(&mut self, reference: &Arc<str>) -> Option<usize> {
        if let Some(known) = self.known.get(reference) {
            return *known;
        }
        let nobody = || {
            let missing = self.missing.contains(reference);
            missing.then(|| vec![ResourceId::new(reference.clone())])
        };
        let number = self.addresses.targets(reference).or_else(nobody).map(|targets| {
            *self.numbers.entry(targets).or_insert_with_key(|targets| {
                self.lists.push(targets.clone());
                self.lists.len() - 1
            })
        });
        self.known.insert(reference.clone(), number);
        number
    }

    fn list(&self, number: usize) -> Vec<ResourceId> {
        self.lists.get(number).cloned().unwrap_or_default()
    }
}

fn text(span: &Span) -> &str {
    span.source()
        .text()
        .get(span.start()..span.end())
        .unwrap_or_default()
}

/// How often a text names a repeated resource by the key of its own repetition `over` something; `None` when it names it
/// in another way as well. A `for_each` over all of it is not counted.
fn named_by_own_key(text: &str, name: &str, over: Option<&str>) -> Option<usize> {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut counted = 0;
    let mut over_all = usize::from(over == Some(name));
    let is_set = over.is_some_and(|over| over.starts_with("toset("));
    let own = |after: &str| {
        let keys = ["[each.key]", "[count.index]"].into_iter();
        let mut keys = keys.chain(is_set.then_some("[each.value]"));
        keys.any(|key| after.starts_with(key))
    };
    for (at, _) in text.match_indices(name) {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).unwrap_or_default();
        if before.is_some_and(in_name) || after.starts_with(|c: char| c != '.' && in_name(c)) {
            continue;
        }
        if own(after) {
            counted += 1;
        } else if over_all > 0 {
            over_all -= 1;
        } else {
            return None;
        }
    }
    Some(counted)
}

#[cfg(test)]
mod tests {
    use super::named_by_own_key;

    #[test]
    fn only_the_own_key_pairs_two_resources() {
        let name = "aws_s3_bucket.b";
        for (text, counted) in [
            ("bucket = aws_s3_bucket.b[each.key].id", Some(1)),
            ("bucket = aws_s3_bucket.b[count.index].id", Some(1)),
            ("bucket = aws_s3_bucket.b[\"x\"].id", None),
            (
                "bucket = aws_s3_bucket.b[each.key].id\nother = aws_s3_bucket.b[\"x\"].id",
                None,
            ),
            ("bucket = values(aws_s3_bucket.b)[0].id", None),
            ("bucket = aws_s3_bucket.bb[\"x\"].id", Some(0)),
            ("bucket = data.aws_s3_bucket.b.id", Some(0)),
        ] {
            assert_eq!(named_by_own_key(text, name, None), counted, "{text}");
        }
        let over_all = "for_each = aws_s3_bucket.b\nbucket = each.value.id";
        assert_eq!(named_by_own_key(over_all, name, Some(name)), Some(0));
        assert_eq!(named_by_own_key(over_all, name, None), None);
        let value = "bucket = aws_s3_bucket.b[each.value].id";
        assert_eq!(named_by_own_key(value, name, Some("toset(var.names)")), Some(1));
        assert_eq!(named_by_own_key(value, name, Some("var.names")), None);
    }
}
