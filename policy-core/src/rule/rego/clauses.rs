//! Makes every `deny` rule of a file callable by itself.
//!
//! `deny` is the union of its definitions, so a control is broken when one definition finds something and fulfilled when
//! none does. Deciding them one by one keeps an unknown value that one of them reads from clouding the others.

use std::ops::Range;
use std::sync::Arc;

use super::ast::{Module, Rule};

/// The text of a module that holds only `rules`, the n-th of them renamed to `names[n]`.
///
/// Everything else becomes blanks, so that lines (and, but for the renamed heads, columns) stay what they are in the
/// original and an error in the copy points at the right place.
pub(super) fn text(module: &Module, rules: &[(&Rule, String)]) -> String {
    let original = module.source.text();
    let mut kept: Vec<(Range<usize>, Option<(Range<usize>, &str)>)> = Vec::new();
    kept.push((module.package_range.start..module.package_range.end, None));
    for import in &module.imports {
        kept.push((import.range.start..import.range.end, None));
    }
    for (rule, name) in rules {
        let head = rule.name_range.start..rule.name_range.end;
        let quote = original.get(rule.range.end..).is_some_and(|rest| rest.starts_with(['"', '`']));
        kept.push((rule.range.start..rule.range.end + usize::from(quote), Some((head, name))));
    }
    kept.sort_by_key(|(range, _)| range.start);

    let mut copy = String::with_capacity(original.len());
    let mut at = 0;
    for (range, renamed) in kept {
        blank(original.get(at..range.start).unwrap_or_default(), &mut copy);
        match renamed {
            None => copy.push_str(original.get(range.clone()).unwrap_or_default()),
            Some((head, name)) => {
                copy.push_str(original.get(range.start..head.start).unwrap_or_default());
                copy.push_str(name);
                copy.push_str(original.get(head.end..range.end).unwrap_or_default());
            }
        }
        at = range.end;
    }
    copy
}

/// True when `copy`, parsed from [`text`], says the same as the rules it was made from.
pub(super) fn is_faithful(copy: &Module, rules: &[(&Rule, String)]) -> bool {
    let same = |(copied, (rule, name)): (&Rule, &(&Rule, String))| {
        let says = |rule: &Rule| format!("{:?} {:?} {:?}", rule.head, rule.bodies, rule.keys);
        says(copied) == says(rule) && copied.name.iter().eq([&Arc::from(name.as_str())])
    };
    let mut by_place: Vec<_> = rules.to_vec();
    by_place.sort_by_key(|(rule, _)| rule.range.start);
    copy.rules.len() == rules.len() && copy.rules.iter().zip(&by_place).all(same)
}

fn blank(text: &str, into: &mut String) {
    into.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
}
