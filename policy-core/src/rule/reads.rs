//! What a rule reads of its input document, and how.
//!
//! The language behind a rule computes a [`ReadSet`] once. Everything that is decided about unknown values rests on it,
//! so it may claim more than the rule reads, never less.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::cursor::{ReadCursor, ReadTree};
use crate::value::{AttributePath, Step, Value};

/// Beyond this many constants a comparison is treated as a read of the value itself.
const MAX_CONSTANTS: usize = 64;

/// A step of a [`PathPattern`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternStep {
    /// The member of this name.
    Key(Arc<str>),
    /// Any member or element.
    Any,
}

impl PatternStep {
    fn matches(&self, step: &Step) -> bool {
        match (self, step) {
            (Self::Any, _) => true,
            (Self::Key(key), Step::Key(name)) => key == name,
            (Self::Key(_), Step::Index(_)) => false,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(left), Self::Key(right)) => left == right,
            _ => true,
        }
    }
}

/// A set of paths in the input document, such as `resource.ingress[*].cidr`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPattern(Vec<PatternStep>);

impl PathPattern {
    /// The pattern of the whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// A pattern of these keys.
    pub fn of_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self(keys.into_iter().map(|key| PatternStep::Key(key.into())).collect())
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[PatternStep] {
        &self.0
    }

    /// This pattern followed by a step.
    #[must_use]
    pub fn then(&self, step: PatternStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The path this pattern stands for, when it stands for exactly one.
    pub fn exact(&self) -> Option<AttributePath> {
        let step = |step: &PatternStep| match step {
            PatternStep::Key(key) => Some(Step::Key(key.clone())),
            PatternStep::Any => None,
        };
        self.0
            .iter()
            .map(step)
            .collect::<Option<Vec<_>>>()
            .map(AttributePath::new)
    }

    /// True when some path matches both patterns as far as the shorter one goes.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(left, right)| left.overlaps(right))
    }

    /// True when `path` and this pattern agree as far as the shorter one goes.
    fn meets(&self, path: &AttributePath) -> bool {
        self.0
            .iter()
            .zip(path.steps())
            .all(|(pattern, step)| pattern.matches(step))
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut exact = AttributePath::root();
        for step in &self.0 {
            exact = match step {
                PatternStep::Key(key) => exact.key(key),
                // No list is this long; the largest index stands for all of them.
                PatternStep::Any => exact.index(usize::MAX),
            };
        }
        f.write_str(&exact.to_string().replace(&format!("[{}]", usize::MAX), "[*]"))
    }
}

/// How a rule uses the value at a path. The uses of one path add up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// Whether it is there, is true, or is null.
    pub presence: bool,
    /// Which elements or members it has, not what they are.
    pub shape: bool,
    /// The whole value with everything in it.
    pub value: bool,
    /// It is shown in a violation, which does not decide the outcome.
    pub reported: bool,
    /// Scalars it is compared with by `==`, `!=` or `in`.
    pub equal: Vec<Value>,
    /// Scalars it is compared with by `<`, `<=`, `>` or `>=`.
    pub ordered: Vec<Value>,
    /// Scalars that are looked for among its elements by `in`.
    pub member: Vec<Value>,
}

impl Use {
    /// Adds what `other` uses.
    pub(crate) fn add(&mut self, other: &Self) {
        self.presence |= other.presence;
        self.shape |= other.shape;
        self.value |= other.value;
        self.reported |= other.reported;
        for (mine, theirs) in [
            (&mut self.equal, &other.equal),
            (&mut self.ordered, &other.ordered),
            (&mut self.member, &other.member),
        ] {
            for constant in theirs {
                if !mine.contains(constant) {
                    mine.push(constant.clone());
                }
            }
        }
        if self.equal.len() + self.ordered.len() + self.member.len() > MAX_CONSTANTS {
            self.value = true;
            self.equal.clear();
            self.ordered.clear();
            self.member.clear();
        }
    }

    /// True when the value is compared with constants.
    pub fn is_compared(&self) -> bool {
        !self.equal.is_empty() || !self.ordered.is_empty()
    }

    /// True when what lies below may be used too: the document must hold it.
    pub(super) fn needs_content(&self) -> bool {
        self.value || self.reported || self.is_compared() || !self.member.is_empty()
    }

    /// True when the use can change the outcome.
    pub fn decides(&self) -> bool {
        self.presence || self.shape || self.value || self.is_compared() || !self.member.is_empty()
    }
}

/// Everything a rule, or one clause of it, may read.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    reads: BTreeMap<PathPattern, Use>,
    slices: Vec<PathPattern>,
    /// The reads once more, for walking; made when it is first asked for, gone when something is added.
    tree: OnceLock<ReadTree>,
}

impl PartialEq for ReadSet {
    fn eq(&self, other: &Self) -> bool {
        (&self.reads, &self.slices) == (&other.reads, &other.slices)
    }
}

impl ReadSet {
    /// The set that claims the whole document: what is assumed when nothing better is known.
    pub fn everything() -> Self {
        let mut set = Self::default();
        set.insert(
            PathPattern::root(),
            &Use {
                value: true,
                ..Use::default()
            },
        );
        set
    }

    /// True when the whole document, or a whole resource, counts as read.
    pub fn is_everything(&self) -> bool {
        self.reads.iter().any(|(pattern, used)| {
            let whole_resource = match pattern.steps() {
                [] | [PatternStep::Any] | [PatternStep::Any, _] => true,
                [PatternStep::Key(root)] => matches!(&**root, "resource" | "resources"),
                [PatternStep::Key(root), PatternStep::Any] => matches!(&**root, "resource" | "resources"),
                _ => false,
            };
            used.value && whole_resource
        })
    }

    /// The reads in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&PathPattern, &Use)> {
        self.reads.iter()
    }

    /// How the value at exactly `pattern` is used.
    pub fn get(&self, pattern: &PathPattern) -> Option<&Use> {
        self.reads.get(pattern)
    }

    /// Lists whose elements the rule looks at one at a time: it is broken exactly when it is broken for one element by
    /// itself. Their unknowns can be decided element by element.
    pub fn slices(&self) -> &[PathPattern] {
        &self.slices
    }

    pub(crate) fn set_slices(&mut self, slices: Vec<PathPattern>) {
        self.slices = slices;
    }

    pub(crate) fn insert(&mut self, pattern: PathPattern, used: &Use) {
        self.tree.take();
        self.reads.entry(pattern).or_default().add(used);
    }

    /// The union; what can be decided element by element in one clause need not be so in all.
    pub(crate) fn extend(&mut self, other: &Self) {
        for (pattern, used) in &other.reads {
            self.insert(pattern.clone(), used);
        }
        self.slices.clear();
    }

    /// A view of the reads from the root of the document.
    pub fn cursor(&self) -> ReadCursor<'_> {
        self.tree.get_or_init(|| ReadTree::new(self.iter())).cursor()
    }

    /// How an unknown at `path` touches what is read. `removable` says that the element may not be there at all.
    pub fn touch(&self, path: &AttributePath, removable: bool) -> Touch {
        let length = path.steps().len();
        let mut touch = Touch::default();
        for (pattern, used) in &self.reads {
            if !pattern.meets(path) || !used.decides() {
                continue;
            }
            let reach = pattern.steps().len();
            if reach == length {
                touch.at.add(used);
            } else if reach > length {
                touch.below = true;
            } else {
                touch.within |= used.value;
                let parent = reach + 1 == length;
                touch.at.presence |= parent && used.shape && removable;
                if parent && !used.member.is_empty() {
                    touch.element.add(&Use {
                        equal: used.member.clone(),
                        ..Use::default()
                    });
                }
            }
        }
        touch
    }
}

/// How an unknown value touches what a rule reads; see [`ReadSet::touch`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touch {
    /// What is done with the unknown value itself.
    pub at: Use,
    /// Something below the unknown value is read.
    pub below: bool,
    /// The unknown value lies in a value that is used as a whole.
    pub within: bool,
    /// It is an element of a list in which constants are looked for (`equal`).
    pub element: Use,
}

impl Touch {
    /// True when the unknown can change the outcome.
    pub fn is_relevant(&self) -> bool {
        self.below || self.within || self.at.decides() || self.element.decides()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(pattern: PathPattern) -> PathPattern {
        pattern.then(PatternStep::Any)
    }

    fn path(text: &str) -> AttributePath {
        AttributePath::parse(text).unwrap()
    }

    #[test]
    fn a_pattern_displays_any_element_as_a_star() {
        let pattern = any(PathPattern::of_keys(["resource", "ingress"])).then(PatternStep::Key("a.b".into()));
        assert_eq!(pattern.to_string(), r#"resource.ingress[*]["a.b"]"#);
        assert_eq!(pattern.exact(), None);
        assert_eq!(
            PathPattern::of_keys(["resource", "x"]).exact(),
            Some(path("resource.x"))
        );
    }

    #[test]
    fn touching_looks_both_ways_along_the_path() {
        let mut set = ReadSet::default();
        set.insert(
            PathPattern::of_keys(["resource", "a", "b"]),
            &Use {
                presence: true,
                ..Use::default()
            },
        );
        set.insert(
            PathPattern::of_keys(["resource", "v"]),
            &Use {
                value: true,
                ..Use::default()
            },
        );
        set.insert(
            PathPattern::of_keys(["resource", "l"]),
            &Use {
                shape: true,
                ..Use::default()
            },
        );
        set.insert(
            PathPattern::of_keys(["resource", "m"]),
            &Use {
                member: vec!["*".into()],
                ..Use::default()
            },
        );

        assert!(set.touch(&path("resource.a"), false).below);
        assert!(set.touch(&path("resource.a.b"), false).at.presence);
        assert!(
            !set.touch(&path("resource.a.b.c"), false).is_relevant(),
            "presence does not look inside"
        );
        assert!(set.touch(&path("resource.v.x[3].y"), false).within);
        assert!(
            !set.touch(&path("resource.l[0]"), false).is_relevant(),
            "the element stays an element"
        );
        assert!(set.touch(&path("resource.l[0]"), true).at.presence);
        assert!(!set.touch(&path("resource.l[0].x"), true).is_relevant());
        assert_eq!(
            set.touch(&path("resource.m[1]"), false).element.equal,
            [Value::from("*")]
        );
        assert!(!set.touch(&path("resource.other"), true).is_relevant());
    }

    #[test]
    fn a_cursor_enters_only_what_is_read() {
        let mut set = ReadSet::default();
        set.insert(
            PathPattern::of_keys(["resource"]),
            &Use {
                presence: true,
                ..Use::default()
            },
        );
        set.insert(
            any(PathPattern::of_keys(["resource", "l"])).then(PatternStep::Key("x".into())),
            &Use {
                presence: true,
                ..Use::default()
            },
        );
        let resource = set.cursor().enter("resource").unwrap();
        assert!(resource.enter("other").is_none());
        let element = resource.enter("l").and_then(|list| list.elements()).unwrap();
        assert!(element.enter("x").is_some() && element.enter("y").is_none());
        let mut counted = ReadSet::default();
        counted.insert(
            PathPattern::of_keys(["resources"]),
            &Use {
                shape: true,
                ..Use::default()
            },
        );
        let element = counted
            .cursor()
            .enter("resources")
            .and_then(|list| list.elements())
            .unwrap();
        assert!(
            element.enter("x").is_none(),
            "counting needs the elements, not what is in them"
        );
        assert!(
            ReadSet::everything()
                .cursor()
                .enter("resource")
                .and_then(|r| r.enter("anything"))
                .is_some()
        );
    }

    #[test]
    fn too_many_constants_become_a_read_of_the_value() {
        let mut used = Use::default();
        for number in 0..70 {
            used.add(&Use {
                equal: vec![Value::from(number)],
                ..Use::default()
            });
        }
        assert!(used.value);
    }
}
