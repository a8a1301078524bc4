//! Wildcards over segmented identifiers.
//!
//! `*` stays inside one segment, `**` crosses segments, and an instance key in brackets is one indivisible element that
//! only itself or `[*]` matches. The matcher walks the set of possible positions, so its time is bounded by pattern
//! length times text length for every pattern.

use std::sync::Arc;

/// How identifiers of one kind fall into segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// Terraform addresses: `.` outside of brackets separates, `[…]` is an instance key.
    Address,
    /// The resource part of an ARN: `/` and `:` separate.
    ArnResource,
    /// One of the first five fields of an ARN: nothing separates.
    Field,
    /// `/` separates.
    Path,
}

impl Grammar {
    fn is_separator(self, c: char) -> bool {
        match self {
            Self::Address => c == '.',
            Self::ArnResource => c == '/' || c == ':',
            Self::Field => false,
            Self::Path => c == '/',
        }
    }
}

/// How much more than one resource a pattern can mean. Orders from the narrowest to the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Breadth {
    /// No wildcard.
    Exact,
    /// A wildcard inside a segment, or `[*]`.
    Segment,
    /// `**`.
    Deep,
}

/// An element of a text under a [`Grammar`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element<'a> {
    Char(char),
    Separator(char),
    Instance(&'a str),
}

struct Elements<'a> {
    grammar: Grammar,
    rest: &'a str,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.grammar == Grammar::Address
            && let Some((key, rest)) = instance_key(self.rest)
        {
            self.rest = rest;
            return Some(Element::Instance(key));
        }
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(if self.grammar.is_separator(c) {
            Element::Separator(c)
        } else {
            Element::Char(c)
        })
    }
}

/// Splits `["a.b"].rest` or `[0].rest` into the text between the brackets and what follows. A quoted key may hold any
/// character, brackets and escaped quotes among them.
pub(super) fn instance_key(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?;
    let Some(quoted) = inner.strip_prefix('"') else {
        return inner.split_once(']');
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        if c == '"' && !escaped {
            let after = quoted.get(at + 1..)?.strip_prefix(']')?;
            let key = inner.get(..at + 2)?;
            return Some((key, after));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    Separator(char),
    Instance(Arc<str>),
    /// `[*]`: any instance key, or none.
    AnyInstance,
    /// `*`.
    Star,
    /// `**` that is not followed by a separator.
    Deep,
    /// The start of `**` with the separator after it, which together may also be nothing. Always before `DeepSegments`.
    DeepStart,
    /// The inside of such a `**`; it ends at a separator.
    DeepSegments,
}

impl Token {
    fn is_literal(&self) -> bool {
        matches!(self, Self::Char(_) | Self::Separator(_) | Self::Instance(_))
    }

    /// True for a literal token that is this element.
    fn is(&self, element: Element<'_>) -> bool {
        match (self, element) {
            (Self::Char(left), Element::Char(right)) | (Self::Separator(left), Element::Separator(right)) => {
                *left == right
            }
            (Self::Instance(left), Element::Instance(right)) => **left == *right,
            _ => false,
        }
    }
}

/// A compiled pattern over one [`Grammar`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    grammar: Grammar,
    text: Arc<str>,
    tokens: Vec<Token>,
    breadth: Breadth,
    /// How many tokens at the start are literal: the cheap test that rejects almost every text.
    literals: usize,
}

impl Glob {
    /// Compiles `text`; every text is a pattern.
    pub(super) fn new(grammar: Grammar, text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut breadth = Breadth::Exact;
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix("**") {
                breadth = Breadth::Deep;
                let opens_segment = matches!(
                    tokens.last(),
                    None | Some(Token::Separator(_) | Token::DeepSegments)
                );
                let separator = after.chars().next().filter(|&c| grammar.is_separator(c));
                rest = match separator {
                    Some(c) if opens_segment => {
                        tokens.extend([Token::DeepStart, Token::DeepSegments]);
                        after.get(c.len_utf8()..).unwrap_or_default()
                    }
                    _ => {
                        tokens.push(Token::Deep);
                        after
                    }
                };
            } else if let Some(after) = rest.strip_prefix('*') {
                breadth = breadth.max(Breadth::Segment);
                tokens.push(Token::Star);
                rest = after;
            } else {
                let mut elements = Elements { grammar, rest };
                let Some(element) = elements.next() else { break };
                rest = elements.rest;
                tokens.push(match element {
                    Element::Instance("*") => {
                        breadth = breadth.max(Breadth::Segment);
                        Token::AnyInstance
                    }
                    Element::Instance(key) => Token::Instance(key.into()),
                    Element::Separator(c) => Token::Separator(c),
                    Element::Char(c) => Token::Char(c),
                });
            }
        }
        let literals = tokens.iter().take_while(|token| token.is_literal()).count();
        Self {
            grammar,
            text: text.into(),
            tokens,
            breadth,
            literals,
        }
    }

    pub(super) fn breadth(&self) -> Breadth {
        self.breadth
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// True when the whole of `text` matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        if self.breadth == Breadth::Exact {
            return *self.text == *text;
        }
        self.run(Elements {
            grammar: self.grammar,
            rest: text,
        })
    }

    /// True when `text` would match if it had no instance keys.
    pub(super) fn matches_without_instances(&self, text: &str) -> bool {
        let elements = Elements {
            grammar: self.grammar,
            rest: text,
        };
        self.run(elements.filter(|element| !matches!(element, Element::Instance(_))))
    }

    fn run<'a>(&self, mut elements: impl Iterator<Item = Element<'a>>) -> bool {
        let (literals, rest) = self.tokens.split_at_checked(self.literals).unwrap_or_default();
        let starts = literals
            .iter()
            .all(|token| elements.next().is_some_and(|element| token.is(element)));
        starts && run_wild(rest, elements)
    }
}

/// Walks the set of positions in `tokens` that the elements so far can have reached.
fn run_wild<'a>(tokens: &[Token], elements: impl Iterator<Item = Element<'a>>) -> bool {
    let mut reached = vec![false; tokens.len() + 1];
    let mut next = reached.clone();
    mark(&mut reached, 0);
    skip_optional(tokens, &mut reached);
    for element in elements {
        next.fill(false);
        for (at, token) in tokens.iter().enumerate() {
            if reached.get(at) == Some(&true) {
                step(token, element, at, &mut next);
            }
        }
        skip_optional(tokens, &mut next);
        std::mem::swap(&mut reached, &mut next);
        if !reached.contains(&true) {
            return false;
        }
    }
    reached.last() == Some(&true)
}

/// Follows the tokens that may stand for nothing. They only lead forward, so one pass is enough.
fn skip_optional(tokens: &[Token], reached: &mut [bool]) {
    for (at, token) in tokens.iter().enumerate() {
        if reached.get(at) != Some(&true) {
            continue;
        }
        match token {
            Token::Star | Token::Deep | Token::AnyInstance => mark(reached, at + 1),
            Token::DeepStart => {
                mark(reached, at + 1);
                mark(reached, at + 2);
            }
            _ => {}
        }
    }
}

fn step(token: &Token, element: Element<'_>, at: usize, next: &mut [bool]) {
    match (token, element) {
        (Token::Star, Element::Char(_)) | (Token::Deep, _) => mark(next, at),
        (Token::DeepSegments, Element::Separator(_)) => {
            mark(next, at);
            mark(next, at + 1);
        }
        (Token::DeepSegments, _) => mark(next, at),
        (Token::AnyInstance, Element::Instance(_)) => mark(next, at + 1),
        _ if token.is(element) => mark(next, at + 1),
        _ => {}
    }
}

fn mark(positions: &mut [bool], at: usize) {
    if let Some(position) = positions.get_mut(at) {
        *position = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(pattern: &str, text: &str) -> bool {
        Glob::new(Grammar::Address, pattern).matches(text)
    }

    #[test]
    fn instance_keys_are_indivisible() {
        assert_eq!(instance_key(r#"["a.b"].c"#), Some((r#""a.b""#, ".c")));
        assert_eq!(instance_key(r#"["k[1]"]"#), Some((r#""k[1]""#, "")));
        assert_eq!(instance_key(r#"["q\"]"].d"#), Some((r#""q\"]""#, ".d")));
        assert_eq!(instance_key("[0][1]"), Some(("0", "[1]")));
        assert_eq!(instance_key("[0"), None);
        assert_eq!(instance_key(r#"["a]"#), None);
    }

    #[test]
    fn a_star_stays_in_its_segment() {
        assert!(address(
            "module.*.aws_db_instance.x",
            "module.reporting.aws_db_instance.x"
        ));
        assert!(!address(
            "module.*.aws_db_instance.x",
            "module.a.module.b.aws_db_instance.x"
        ));
        assert!(
            !address("aws_db_instance.*", "aws_db_instance.x[0]"),
            "a star is not an instance key"
        );
        assert!(!address("aws_db_instance.*", r#"aws_db_instance.x["a"]"#));
        assert!(address("aws_db_instance.rep*a", "aws_db_instance.replica"));
        assert!(!address("aws_db_instance.rep*a", "aws_db_instance.replicas"));
    }

    #[test]
    fn two_stars_cross_segments() {
        assert!(address(
            "module.payments.**",
            r#"module.payments.module.db["a.b"].aws_db_instance.x[0]"#
        ));
        assert!(!address(
            "module.payments.**",
            "module.payments[0].aws_db_instance.x"
        ));
        assert!(!address(
            "module.payments.**",
            "module.payments2.aws_db_instance.x"
        ));
        assert!(
            address("**.aws_s3_bucket.logs", "aws_s3_bucket.logs"),
            "no module at all"
        );
        assert!(address(
            "**.aws_s3_bucket.logs",
            "module.a.module.b[1].aws_s3_bucket.logs"
        ));
        assert!(!address("**.aws_s3_bucket.logs", "my_aws_s3_bucket.logs"));
        assert!(address("module.a.**.aws_s3_bucket.x", "module.a.aws_s3_bucket.x"));
        assert!(address(
            "module.a.**.aws_s3_bucket.x",
            "module.a.module.b.aws_s3_bucket.x"
        ));
        assert!(!address("module.a.**.aws_s3_bucket.x", "module.aaws_s3_bucket.x"));
    }

    #[test]
    fn keys_are_literal_and_any_instance_is_written_out() {
        assert!(address(r#"aws_s3_bucket.b["a.b"]"#, r#"aws_s3_bucket.b["a.b"]"#));
        assert!(
            !address(r#"aws_s3_bucket.b["a.*"]"#, r#"aws_s3_bucket.b["a.b"]"#),
            "no wildcard inside a key"
        );
        assert!(!address(r#"aws_s3_bucket.b["0"]"#, "aws_s3_bucket.b[0]"));
        assert!(!address("aws_s3_bucket.b", "aws_s3_bucket.b[0]"));
        assert!(!address("aws_s3_bucket.b[0]", "aws_s3_bucket.b[01]"));
        assert!(!address("aws_s3_bucket.b[0]", "aws_s3_bucket.b"));
        for text in [
            "aws_s3_bucket.b[0]",
            r#"aws_s3_bucket.b["k[1].x"]"#,
            "aws_s3_bucket.b",
        ] {
            assert!(address("aws_s3_bucket.b[*]", text), "{text}");
        }
        assert!(!address("aws_s3_bucket.b[*]", "aws_s3_bucket.b[0].x"));
    }

    #[test]
    fn a_missing_instance_key_can_be_told_apart() {
        let glob = Glob::new(Grammar::Address, "module.a.aws_s3_bucket.b");
        assert!(!glob.matches("module.a.aws_s3_bucket.b[0]"));
        assert!(glob.matches_without_instances("module.a.aws_s3_bucket.b[0]"));
        assert!(!glob.matches_without_instances("module.a.aws_s3_bucket.c[0]"));
        let keyed = Glob::new(Grammar::Address, "module.a.aws_s3_bucket.b[1]");
        assert!(!keyed.matches_without_instances("module.a.aws_s3_bucket.b[0]"));
    }

    #[test]
    fn long_hostile_patterns_stay_fast() {
        let pattern = "**.a*".repeat(200);
        let text = "a.".repeat(2000);
        let _ = Glob::new(Grammar::Address, &pattern).matches(&text);
    }

    /// The plainest definition of the language, by recursion.
    fn oracle(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', '*', '.', rest @ ..] => {
                oracle(rest, text)
                    || (0..text.len()).any(|at| text[at] == '.' && oracle(rest, &text[at + 1..]))
            }
            ['*', '*', rest @ ..] => (0..=text.len()).any(|at| oracle(rest, &text[at..])),
            ['*', rest @ ..] => {
                let end = text.iter().position(|&c| c == '.').unwrap_or(text.len());
                (0..=end).any(|at| oracle(rest, &text[at..]))
            }
            [c, rest @ ..] => text.first() == Some(c) && oracle(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn every_text_matches_itself(text in "[a-z]{1,4}(\\.[a-z]{1,4}|\\[[0-9]\\]|\\[\"[a-z.\\]\\[]{0,4}\"\\]){0,6}") {
            prop_assert!(address(&text, &text));
            prop_assert!(address("**", &text));
        }

        #[test]
        fn agrees_with_the_plain_definition(
            segments in prop::collection::vec("[ab*]{0,2}|\\*\\*", 1..4),
            text in "[ab.]{0,8}",
        ) {
            let pattern = segments.join(".");
            // Three stars in a row, or two inside a segment, read differently by construction; they are not generated
            // by people and the parser of patterns rejects them.
            prop_assume!(segments.iter().all(|segment| segment == "**" || !segment.contains("**")));
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(address(&pattern, &text), oracle(&chars(&pattern), &chars(&text)), "{} {}", pattern, text);
        }
    }
}
