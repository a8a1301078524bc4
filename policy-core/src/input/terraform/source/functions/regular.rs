//! Regular expressions. Terraform's are RE2; [`translate`] writes them as this library's, which are close relatives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::error::Failure;
use super::signature::{Call, Function, returns, string};
use super::string::{MAX_TEXT, too_long};
use crate::input::terraform::source::cty::{Type, Val};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("regex", &[string("pattern"), string("string")], match_type, find),
    Function::new(
        "regexall",
        &[string("pattern"), string("string")],
        |args| match_type(args).map(Type::list),
        find_all,
    ),
    Function::new(
        "replace",
        &[string("str"), string("substr"), string("replace")],
        returns::string,
        replace,
    ),
];

/// A compiled pattern, or why there is none.
enum Compiled {
    Pattern(Regex),
    /// Valid, but not for this library: too large, or with group names that occur twice.
    Unsupported,
}

/// Longest pattern that is translated.
const LONGEST_PATTERN: usize = 10_000;

fn compile(pattern: &str) -> Result<Compiled, String> {
    if pattern.len() > LONGEST_PATTERN {
        return Ok(Compiled::Unsupported);
    }
    let Some(translated) = translate(pattern)? else {
        return Ok(Compiled::Unsupported);
    };
    let distinct = with_distinct_names(&translated);
    match RegexBuilder::new(distinct.as_deref().unwrap_or(&translated)).build() {
        Ok(_) if distinct.is_some() => Ok(Compiled::Unsupported),
        Ok(regex) => Ok(Compiled::Pattern(regex)),
        Err(regex::Error::CompiledTooBig(_)) => Ok(Compiled::Unsupported),
        Err(_) => Err(format!("`{pattern}` is not a regular expression")),
    }
}

fn compiled(index: usize, pattern: &str) -> Result<Option<Regex>, Failure> {
    match compile(pattern) {
        Ok(Compiled::Pattern(regex)) => Ok(Some(regex)),
        Ok(Compiled::Unsupported) => Ok(None),
        Err(message) => Err(Failure::argument(index, message)),
    }
}

/// A string without groups, an object of named groups, or a tuple of unnamed ones.
fn match_type(args: &[Val]) -> Result<Type, Failure> {
    let Some(pattern) = args.first().and_then(Val::as_str) else {
        return Ok(Type::Dynamic);
    };
    let regex = match compile(pattern) {
        Ok(Compiled::Pattern(regex)) => regex,
        Ok(Compiled::Unsupported) => return Ok(Type::Dynamic),
        Err(message) => return Err(Failure::argument(0, message)),
    };
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    let named = names.iter().flatten().count();
    if named > 0 && named < names.len() {
        return Err(Failure::argument(0, "named and unnamed groups cannot be mixed"));
    }
    Ok(match (names.is_empty(), named) {
        (true, _) => Type::String,
        (false, 0) => Type::tuple(vec![Type::String; names.len()]),
        _ => Type::object(names.iter().flatten().map(|name| (*name, Type::String))),
    })
}

fn text_of(matched: Option<&[u8]>) -> Val {
    matched.map_or_else(
        || Val::null(Type::String),
        |bytes| Val::string(&String::from_utf8_lossy(bytes)),
    )
}

fn result_of(regex: &Regex, captures: &Captures<'_>, ty: &Type) -> Val {
    let group = |index: usize| text_of(captures.get(index).map(|found| found.as_bytes()));
    match ty {
        Type::Tuple(_) => Val::tuple((1..captures.len()).map(group).collect()),
        Type::Object(_) => {
            let mut groups: BTreeMap<Arc<str>, Val> = BTreeMap::new();
            for (index, name) in regex.capture_names().enumerate().skip(1) {
                groups.insert(name.unwrap_or_default().into(), group(index));
            }
            Val::object(groups)
        }
        _ => group(0),
    }
}

/// All matches. An empty one inside of a character is none: patterns work on bytes here because of `\\B`.
fn matches<'t>(regex: &'t Regex, text: &'t str) -> impl Iterator<Item = Captures<'t>> {
    let on_border = |captures: &Captures<'t>| {
        captures
            .get(0)
            .is_some_and(|found| text.is_char_boundary(found.start()))
    };
    regex.captures_iter(text.as_bytes()).filter(on_border)
}

fn find(call: Call<'_>) -> Result<Val, Failure> {
    let Some(regex) = compiled(0, call.text(0))? else {
        return Ok(call.unknown());
    };
    match matches(&regex, call.text(1)).next() {
        Some(captures) => Ok(result_of(&regex, &captures, &call.returns)),
        None => Err(Failure::other("the pattern does not match the string")),
    }
}

fn find_all(call: Call<'_>) -> Result<Val, Failure> {
    let Some(regex) = compiled(0, call.text(0))? else {
        return Ok(call.unknown());
    };
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    let found = matches(&regex, call.text(1))
        .map(|captures| result_of(&regex, &captures, &element))
        .collect();
    Ok(Val::list(element, found))
}

fn replace(call: Call<'_>) -> Result<Val, Failure> {
    let (text, wanted, replacement) = (call.text(0), call.text(1), call.text(2));
    let pattern = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let Some(pattern) = pattern else {
        let places = if wanted.is_empty() {
            text.chars().count() + 1
        } else {
            text.matches(wanted).count()
        };
        if places.saturating_mul(replacement.len()) > MAX_TEXT {
            return Err(too_long());
        }
        return Ok(Val::string(&text.replace(wanted, replacement)));
    };
    let Some(regex) = compiled(1, pattern)? else {
        return Ok(call.unknown());
    };
    let mut replaced = Vec::new();
    let mut last = 0;
    for captures in matches(&regex, text) {
        let Some(found) = captures.get(0) else { continue };
        replaced.extend(text.as_bytes().get(last..found.start()).unwrap_or_default());
        captures.expand(replacement.as_bytes(), &mut replaced);
        last = found.end();
        if replaced.len() > MAX_TEXT {
            return Err(too_long());
        }
    }
    replaced.extend(text.as_bytes().get(last..).unwrap_or_default());
    Ok(Val::string(&String::from_utf8_lossy(&replaced)))
}

/// Writes an RE2 pattern in the syntax of the `regex` crate. They differ where the crate knows more:
/// `\d`, `\w`, `\s` and `\b` are ASCII in RE2, `[` `&` `~` are plain characters inside a class, `{` that starts no
/// repetition is a plain character, `\Q…\E` quotes, and the flags `x`, `u` and `R` do not exist. `None` for a valid pattern
/// that the crate has no form for.
fn translate(pattern: &str) -> Result<Option<String>, String> {
    let wrong = || format!("`{pattern}` is not a regular expression");
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = false;
    let mut class_start = false;
    let mut repeated = false;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let was_start = std::mem::take(&mut class_start);
        let was_repeated = std::mem::take(&mut repeated);
        if c == '\\' {
            rest = escape(after, in_class, &mut out).ok_or_else(wrong)?;
            continue;
        }
        rest = after;
        if in_class {
            match c {
                '[' if after.starts_with(':') && after.contains(":]") => {
                    let (name, tail) = after.split_once(":]").ok_or_else(wrong)?;
                    out.push('[');
                    out.push_str(name);
                    out.push_str(":]");
                    rest = tail;
                }
                ']' if !was_start => {
                    in_class = false;
                    out.push(']');
                }
                '^' if was_start && out.ends_with('[') => {
                    class_start = true;
                    out.push('^');
                }
                '[' | ']' | '&' | '~' => out.extend(['\\', c]),
                // `--` would be a difference of classes: here a range that begins or ends with a hyphen.
                '-' if after.starts_with('-') && was_start => out.push_str("\\-"),
                '-' if after.starts_with('-') => {
                    out.push_str("-\\-");
                    rest = after.get(1..).unwrap_or_default();
                }
                _ => out.push(c),
            }
            continue;
        }
        match c {
            '[' => {
                in_class = true;
                class_start = true;
                out.push('[');
            }
            '{' => match repetition(after) {
                Some(_) if was_repeated => return Err(wrong()),
                Some(length) => {
                    let (inside, tail) = after.split_at_checked(length).ok_or_else(wrong)?;
                    if inside
                        .split([',', '}'])
                        .any(|count| count.parse::<u32>().is_ok_and(|count| count > 1000))
                    {
                        return Err(wrong());
                    }
                    out.push('{');
                    out.push_str(inside);
                    rest = lazy(tail, &mut out);
                    repeated = true;
                }
                None => out.push_str("\\{"),
            },
            '}' => out.push_str("\\}"),
            '*' | '+' | '?' if was_repeated => return Err(wrong()),
            '*' | '+' | '?' => {
                out.push(c);
                rest = lazy(after, &mut out);
                repeated = true;
            }
            '(' if after.starts_with('?') && !after.starts_with("?P<") && !after.starts_with("?<") => {
                let flags = after.get(1..).unwrap_or_default();
                let flags = flags
                    .get(..flags.find([':', ')']).ok_or_else(wrong)?)
                    .unwrap_or_default();
                if !flags.chars().all(|flag| "imsU-".contains(flag)) {
                    return Err(wrong());
                }
                let end = 1 + flags.len();
                let then = after.get(end + 1..).unwrap_or_default();
                if after.get(end..).is_some_and(|rest| rest.starts_with(')'))
                    && (then.starts_with(['*', '+', '?'])
                        || then.strip_prefix('{').and_then(repetition).is_some())
                {
                    // RE2 repeats what stands before the flags.
                    return Ok(None);
                }
                out.push('(');
            }
            _ => out.push(c),
        }
    }
    Ok(Some(out))
}

/// The pattern with other names for groups whose name occurred before; `None` when there are none.
fn with_distinct_names(pattern: &str) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut renamed = String::new();
    let mut changed = false;
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("(?P<").or_else(|| rest.split_once("(?<")) {
        let Some((name, after)) = after.split_once('>') else {
            break;
        };
        renamed.push_str(before);
        let again = !seen.insert(name);
        changed |= again;
        let suffix = if again {
            format!("_{}", renamed.len())
        } else {
            String::new()
        };
        renamed.push_str(&format!("(?P<{name}{suffix}>"));
        rest = after;
    }
    renamed.push_str(rest);
    changed.then_some(renamed)
}

/// Takes the `?` that makes a repetition lazy.
fn lazy<'t>(text: &'t str, out: &mut String) -> &'t str {
    match text.strip_prefix('?') {
        Some(rest) => {
            out.push('?');
            rest
        }
        None => text,
    }
}

/// The length of `n}`, `n,}` or `n,m}`.
fn repetition(text: &str) -> Option<usize> {
    let end = text.find('}')?;
    let inside = text.get(..end)?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && number(least) && number(most)).then_some(end + 1)
}

/// Translates what follows a backslash and returns the rest of the pattern.
fn escape<'t>(text: &'t str, in_class: bool, out: &mut String) -> Option<&'t str> {
    let c = text.chars().next()?;
    let rest = text.get(c.len_utf8()..)?;
    let class = |inside: &str, negated: bool| match (in_class, negated) {
        (true, false) => inside.to_owned(),
        (true, true) | (false, true) => format!("[^{inside}]"),
        (false, false) => format!("[{inside}]"),
    };
    match c {
        'd' | 'D' => out.push_str(&class("0-9", c == 'D')),
        'w' | 'W' => out.push_str(&class("0-9A-Za-z_", c == 'W')),
        's' | 'S' => out.push_str(&class("\\t\\n\\x0c\\r ", c == 'S')),
        'b' | 'B' if !in_class => out.push_str(&format!("(?-u:\\{c})")),
        'A' | 'z' if !in_class => out.extend(['\\', c]),
        'a' | 'f' | 't' | 'n' | 'r' | 'v' => out.extend(['\\', c]),
        'x' | 'p' | 'P' if rest.starts_with('{') => {
            let (name, tail) = rest.strip_prefix('{')?.split_once('}')?;
            let (negated, plain) = name
                .strip_prefix('^')
                .map_or((false, name), |plain| (true, plain));
            // Only categories and scripts have names in RE2.
            let kind = match plain.len() {
                _ if c == 'x' || plain == "Any" => "",
                1 | 2 => "gc=",
                _ => "sc=",
            };
            let c = match (c, negated) {
                ('p', true) => 'P',
                ('P', true) => 'p',
                _ => c,
            };
            out.push_str(&format!("\\{c}{{{kind}{plain}}}"));
            return Some(tail);
        }
        'x' | 'p' | 'P' => out.extend(['\\', c]),
        'Q' if !in_class => {
            let (literal, tail) = rest.split_once("\\E").unwrap_or((rest, ""));
            out.push_str(&regex::escape(literal));
            return Some(tail);
        }
        // A single digit other than 0 would be a backreference.
        '0'..='7' => {
            let length = text
                .bytes()
                .take(3)
                .take_while(|byte| (b'0'..=b'7').contains(byte))
                .count();
            if c != '0' && length == 1 {
                return None;
            }
            let (digits, tail) = text.split_at_checked(length)?;
            out.push_str(&format!("\\x{{{:x}}}", u32::from_str_radix(digits, 8).ok()?));
            return Some(tail);
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => {
            out.push_str(&format!("\\x{{{:x}}}", u32::from(c)))
        }
        _ => return None,
    }
    Some(rest)
}
