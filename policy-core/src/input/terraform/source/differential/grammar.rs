//! What generated expressions are made of.
//!
//! A production is a text with holes: `@` and the letter of the kind of expression that goes there. Kinds keep most of
//! what is generated free of errors; a hole now and then takes an expression of any kind all the same, because an error
//! has to be an error on both sides, too.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::Union;

/// The productions, one a line: the letter of a kind, a blank, the text.
const GRAMMAR: &str = include_str!("grammar.txt");

/// Kind and text of the productions with holes, or of those without.
fn productions(with_holes: bool) -> BTreeMap<char, Vec<&'static str>> {
    let mut found: BTreeMap<char, Vec<&'static str>> = BTreeMap::new();
    for line in GRAMMAR.lines() {
        if let Some((kind, text)) = line.split_once(' ')
            && !line.starts_with('#')
            && text.contains('@') == with_holes
        {
            found.entry(kind.chars().next().unwrap()).or_default().push(text);
        }
    }
    found
}

/// An expression as a text, shared between the many productions that have a hole for it.
pub(super) type Expression = BoxedStrategy<String>;

/// Expressions of each kind up to some depth.
#[derive(Clone)]
pub(super) struct Level(BTreeMap<char, Expression>);

impl Level {
    /// Expressions of at most `depth` nested productions.
    pub(super) fn of(depth: usize) -> Self {
        let mut level = Self::leaves();
        for _ in 0..depth {
            level = level.deeper();
        }
        level
    }

    /// Expressions of the kind `letter`.
    pub(super) fn kind(&self, letter: char) -> Expression {
        self.0[&letter].clone()
    }

    /// The pattern with expressions in its holes.
    pub(super) fn fill(&self, pattern: &'static str) -> Expression {
        let mut pieces: Vec<&'static str> = Vec::new();
        let mut holes: Vec<Expression> = Vec::new();
        for (index, piece) in pattern.split('@').enumerate() {
            match index {
                0 => pieces.push(piece),
                _ => {
                    holes.push(self.hole(piece.chars().next().unwrap()));
                    pieces.push(piece.split_at(1).1);
                }
            }
        }
        if holes.is_empty() {
            return Just(pattern.to_owned()).boxed();
        }
        let pieces = Arc::new(pieces);
        holes
            .prop_map(move |parts| {
                let mut text = pieces[0].to_owned();
                for (part, piece) in parts.iter().zip(&pieces[1..]) {
                    text.push_str(part);
                    text.push_str(piece);
                }
                text
            })
            .boxed()
    }

    fn hole(&self, letter: char) -> Expression {
        match letter {
            'x' => self.kind('x'),
            letter => Union::new_weighted(vec![(40, self.kind(letter)), (1, self.kind('x'))]).boxed(),
        }
    }

    fn leaves() -> Self {
        let mut kinds: BTreeMap<char, Expression> = BTreeMap::new();
        for (letter, leaves) in productions(false) {
            let texts: Vec<String> = leaves.iter().map(|&leaf| leaf.to_owned()).collect();
            kinds.insert(letter, proptest::sample::select(texts).boxed());
        }
        Self::with_any(kinds)
    }

    fn deeper(&self) -> Self {
        let mut kinds = BTreeMap::new();
        for (letter, productions) in productions(true) {
            let made: Vec<Expression> = productions.iter().map(|pattern| self.fill(pattern)).collect();
            let flat = self.kind(letter);
            kinds.insert(
                letter,
                Union::new_weighted(vec![(1, flat), (3, Union::new(made).boxed())]).boxed(),
            );
        }
        Self::with_any(kinds)
    }

    /// Any kind is also each of the others.
    fn with_any(mut kinds: BTreeMap<char, Expression>) -> Self {
        let all: Vec<(u32, Expression)> = kinds
            .iter()
            .map(|(letter, kind)| (if *letter == 'x' { 6 } else { 2 }, kind.clone()))
            .collect();
        kinds.insert('x', Union::new_weighted(all).boxed());
        Self(kinds)
    }
}

/// Type constraints as they are written.
pub(super) fn constraint(depth: usize) -> Expression {
    let leaf = proptest::sample::select(vec!["string", "number", "bool", "any"])
        .prop_map(str::to_owned)
        .boxed();
    if depth == 0 {
        return leaf;
    }
    let inner = constraint(depth - 1);
    let level = Level::of(1);
    let of = |name: &'static str| inner.clone().prop_map(move |ty| format!("{name}({ty})")).boxed();
    Union::new(vec![
        leaf,
        of("list"),
        of("set"),
        of("map"),
        (inner.clone(), inner.clone())
            .prop_map(|(a, b)| format!("tuple([{a}, {b}])"))
            .boxed(),
        (inner.clone(), inner.clone())
            .prop_map(|(a, b)| format!("object({{ a = {a}, n = optional({b}) }})"))
            .boxed(),
        (inner.clone(), level.literal())
            .prop_map(|(a, value)| format!("object({{ a = optional({a}, {value}) }})"))
            .boxed(),
        (inner.clone(), inner, level.literal())
            .prop_map(|(a, b, value)| format!("object({{ a = optional({a}), b = optional({b}, {value}) }})"))
            .boxed(),
    ])
    .boxed()
}

impl Level {
    /// A value that may stand where nothing can be referred to.
    pub(super) fn literal(&self) -> Expression {
        proptest::sample::select(vec![
            "null",
            "\"a\"",
            "\"5\"",
            "\"true\"",
            "1",
            "false",
            "[]",
            "{}",
            "[\"a\"]",
            "[1, 2]",
            "{ a = \"x\" }",
            "{ a = 1, n = 2 }",
            "{ b = null }",
            "[{ a = \"x\" }, { a = 1, c = true }]",
            "{ k = { a = \"1\" } }",
            "[null]",
            "[[\"a\"], []]",
        ])
        .prop_map(str::to_owned)
        .boxed()
    }
}
