//! Wildcards over ARNs of which parts are not known.
//!
//! `*` stands for any number of characters, also across colons: AWS documents `arn:aws:ec2:*` as every resource of the
//! service. An ARN that is not known to the end (the account of a plan, the id of a volume that is yet to be made) either
//! matches whatever the unknown parts are, or never, or it cannot be said.

use std::sync::Arc;

/// A part of an ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// These characters.
    Text(Arc<str>),
    /// A field or a name that nobody knows yet, without a colon or a slash.
    Hole,
}

/// `Some` where the answer does not depend on what is unknown.
pub(super) fn matches(pattern: &str, parts: &[Part]) -> Option<bool> {
    let pattern: Vec<char> = pattern.chars().collect();
    let mut possible = Positions::start(&pattern);
    let mut certain = Positions::start(&pattern);
    for part in parts {
        match part {
            Part::Text(text) => {
                for letter in text.chars() {
                    possible = possible.step(&pattern, letter);
                    certain = certain.step(&pattern, letter);
                }
            }
            Part::Hole => {
                possible = possible.anything(&pattern);
                certain = certain.stars(&pattern);
            }
        }
    }
    if certain.ends(&pattern) {
        Some(true)
    } else if possible.ends(&pattern) {
        None
    } else {
        Some(false)
    }
}

/// The places in a pattern that can come next. Sorted by the loop that fills it; one flag per place.
struct Positions(Vec<bool>);

impl Positions {
    fn start(pattern: &[char]) -> Self {
        let mut places = Self(vec![false; pattern.len() + 1]);
        places.set(0);
        places.close(pattern);
        places
    }

    fn set(&mut self, place: usize) {
        if let Some(slot) = self.0.get_mut(place) {
            *slot = true;
        }
    }

    fn is_set(&self, place: usize) -> bool {
        self.0.get(place) == Some(&true)
    }

    /// A star may stand for nothing.
    fn close(&mut self, pattern: &[char]) {
        for (place, letter) in pattern.iter().enumerate() {
            if *letter == '*' && self.is_set(place) {
                self.set(place + 1);
            }
        }
    }

    fn step(&self, pattern: &[char], read: char) -> Self {
        let mut next = Self(vec![false; pattern.len() + 1]);
        for (place, letter) in pattern.iter().enumerate() {
            if !self.is_set(place) {
                continue;
            }
            match letter {
                '*' => next.set(place),
                letter if *letter == read => next.set(place + 1),
                _ => {}
            }
        }
        next.close(pattern);
        next
    }

    /// After text that nobody knows: every later place may be reached, up to the next separator.
    fn anything(&self, pattern: &[char]) -> Self {
        let mut next = Self(self.0.clone());
        for (place, letter) in pattern.iter().enumerate() {
            if next.is_set(place) && !matches!(letter, ':' | '/') {
                next.set(place + 1);
            }
        }
        next
    }

    /// After the same: only a star takes it whatever it is.
    fn stars(&self, pattern: &[char]) -> Self {
        let mut next = Self(vec![false; pattern.len() + 1]);
        for (place, letter) in pattern.iter().enumerate() {
            if *letter == '*' && self.is_set(place) {
                next.set(place);
            }
        }
        next.close(pattern);
        next
    }

    fn ends(&self, pattern: &[char]) -> bool {
        self.is_set(pattern.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        for (position, piece) in text.split('?').enumerate() {
            if position > 0 {
                parts.push(Part::Hole);
            }
            parts.push(Part::Text(piece.into()));
        }
        parts
    }

    #[test]
    fn unknown_parts_matter_only_where_the_pattern_looks_at_them() {
        let arn = "arn:aws:ec2:eu-west-1:?:volume/?";
        for (pattern, expected) in [
            ("*", Some(true)),
            ("arn:aws:ec2:*", Some(true)),
            ("arn:aws:ec2:*:*:volume/*", Some(true)),
            ("arn:aws:ec2:us-east-1:*", Some(false)),
            ("arn:aws:rds:*", Some(false)),
            ("arn:aws:ec2:*:*:instance/*", Some(false)),
            ("arn:aws:ec2:eu-west-1:111122223333:volume/*", None),
            ("arn:aws:ec2:*:*:volume/vol-1", None),
            ("", Some(false)),
        ] {
            assert_eq!(matches(pattern, &parts(arn)), expected, "{pattern}");
        }
        assert_eq!(
            matches("arn:aws:s3:::logs", &parts("arn:aws:s3:::logs")),
            Some(true)
        );
        assert_eq!(
            matches("arn:aws:s3:::log", &parts("arn:aws:s3:::logs")),
            Some(false)
        );
        assert_eq!(
            matches("arn:aws:s3:::*-logs", &parts("arn:aws:s3:::a-logs-logs")),
            Some(true)
        );
        assert_eq!(matches("", &[]), Some(true));
    }

    fn plain(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                plain(rest, text) || text.split_first().is_some_and(|(_, text)| plain(pattern, text))
            }
            (Some((letter, rest)), Some((read, text))) => letter == read && plain(rest, text),
            _ => false,
        }
    }

    proptest! {
        /// What is decided with unknown parts holds for everything that they can be.
        #[test]
        fn a_decided_match_survives_completion(
            pattern in "[ab*:]{0,7}", text in "[ab:?]{0,7}", holes in proptest::collection::vec("[ab]{0,3}", 7)
        ) {
            let mut holes = holes.into_iter();
            let mut complete = String::new();
            for (position, piece) in text.split('?').enumerate() {
                if position > 0 {
                    complete.push_str(&holes.next().unwrap_or_default());
                }
                complete.push_str(piece);
            }
            let letters: Vec<char> = complete.chars().collect();
            let truth = plain(&pattern.chars().collect::<Vec<_>>(), &letters);
            if let Some(decided) = matches(&pattern, &parts(&text)) {
                prop_assert_eq!(decided, truth, "{} over {} as {}", pattern, text, complete);
            }
            prop_assert_eq!(matches(&pattern, &[Part::Text(complete.as_str().into())]), Some(truth));
        }
    }
}
