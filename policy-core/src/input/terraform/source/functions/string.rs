//! String functions. Lengths and positions count grapheme clusters, as Terraform does.

use unicode_segmentation::UnicodeSegmentation;

use super::error::Failure;
use super::signature::{Call, Function, Kind, Parameter, number, returns, string};
use crate::input::terraform::source::cty::{Data, Type, Val, known_prefix};

const LISTS: Parameter = Parameter::new("lists", Kind::StringList);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("chomp", &[string("str")], returns::string, |call| {
        Ok(Val::string(call.text(0).trim_end_matches(['\r', '\n'])))
    }),
    Function::new(
        "endswith",
        &[string("str"), string("suffix")],
        returns::bool,
        |call| Ok(Val::bool(call.text(0).ends_with(call.text(1)))),
    ),
    Function::new(
        "indent",
        &[number("spaces"), string("str")],
        returns::string,
        indent,
    ),
    Function::new("join", &[string("separator")], returns::string, join).variadic(LISTS),
    Function::new("lower", &[string("str").untyped()], returns::string, |call| {
        Ok(Val::string(&call.text(0).chars().map(lower).collect::<String>()))
    }),
    Function::new(
        "split",
        &[string("separator"), string("str")],
        returns::string_list,
        split,
    ),
    Function::new(
        "startswith",
        &[string("str").unknown(), string("prefix")],
        returns::bool,
        |call| Ok(starts_with(&call)),
    ),
    Function::new(
        "strcontains",
        &[string("str"), string("substr")],
        returns::bool,
        |call| Ok(Val::bool(call.text(0).contains(call.text(1)))),
    ),
    Function::new("strrev", &[string("str").untyped()], returns::string, |call| {
        Ok(Val::string(
            &call.text(0).graphemes(true).rev().collect::<String>(),
        ))
    }),
    Function::new(
        "substr",
        &[
            string("str").untyped(),
            number("offset").untyped(),
            number("length").untyped(),
        ],
        returns::string,
        substring,
    ),
    Function::new("title", &[string("str")], returns::string, |call| {
        Ok(Val::string(&title(call.text(0))))
    }),
    Function::new(
        "trim",
        &[string("str"), string("cutset")],
        returns::string,
        |call| {
            let cut = call.text(1);
            Ok(Val::string(call.text(0).trim_matches(|c| cut.contains(c))))
        },
    ),
    Function::new(
        "trimprefix",
        &[string("str"), string("prefix")],
        returns::string,
        |call| {
            let text = call.text(0);
            Ok(Val::string(text.strip_prefix(call.text(1)).unwrap_or(text)))
        },
    ),
    Function::new("trimspace", &[string("str")], returns::string, |call| {
        Ok(Val::string(call.text(0).trim()))
    }),
    Function::new(
        "trimsuffix",
        &[string("str"), string("suffix")],
        returns::string,
        |call| {
            let text = call.text(0);
            Ok(Val::string(text.strip_suffix(call.text(1)).unwrap_or(text)))
        },
    ),
    Function::new("upper", &[string("str").untyped()], returns::string, |call| {
        Ok(Val::string(&call.text(0).chars().map(upper).collect::<String>()))
    }),
];

/// Longest result of a function that can multiply its input.
pub(super) const MAX_TEXT: usize = 16 << 20;

pub(super) fn too_long() -> Failure {
    Failure::TooLarge(format!("the result would be longer than {MAX_TEXT} bytes"))
}

/// An unknown text may have a known beginning, which decides when it is long enough.
fn starts_with(call: &Call<'_>) -> Val {
    let prefix = call.text(1);
    let begins = match call.args.first().map(|text| &text.data) {
        Some(Data::Unknown(_, unknown)) => known_prefix(unknown),
        _ => return Val::bool(call.text(0).starts_with(prefix)),
    };
    if begins.starts_with(prefix) {
        return Val::bool(true);
    }
    if prefix.starts_with(begins) {
        return call.unknown();
    }
    Val::bool(false)
}

fn indent(call: Call<'_>) -> Result<Val, Failure> {
    let spaces =
        usize::try_from(call.integer(0)?).map_err(|_| Failure::argument(0, "must not be negative"))?;
    let text = call.text(1);
    let breaks = text.matches('\n').count();
    if breaks.saturating_mul(spaces) > MAX_TEXT {
        return Err(too_long());
    }
    Ok(Val::string(&text.replace(
        '\n',
        &format!("\n{}", " ".repeat(if breaks == 0 { 0 } else { spaces })),
    )))
}

fn join(call: Call<'_>) -> Result<Val, Failure> {
    let lists = call.args.get(1..).unwrap_or_default();
    if lists.is_empty() {
        return Err(Failure::other("at least one list is required"));
    }
    if !lists.iter().all(Val::is_wholly_known) {
        return Ok(call.unknown());
    }
    let mut texts = Vec::new();
    for (index, list) in lists.iter().enumerate() {
        for (position, element) in list.as_sequence().unwrap_or_default().iter().enumerate() {
            let Some(text) = element.as_str() else {
                return Err(Failure::argument(
                    index + 1,
                    format!("element {position} is null"),
                ));
            };
            texts.push(text);
        }
    }
    if texts.len().saturating_mul(call.text(0).len()) > MAX_TEXT {
        return Err(too_long());
    }
    Ok(Val::string(&texts.join(call.text(0))))
}

fn split(call: Call<'_>) -> Result<Val, Failure> {
    let (separator, text) = (call.text(0), call.text(1));
    let parts = if separator.is_empty() {
        // Between all characters; unlike Rust's, without empty strings at both ends.
        text.chars()
            .map(|c| Val::string(c.encode_utf8(&mut [0; 4])))
            .collect()
    } else {
        text.split(separator).map(Val::string).collect()
    };
    Ok(Val::list(Type::String, parts))
}

fn substring(call: Call<'_>) -> Result<Val, Failure> {
    let text = call.text(0);
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    let skipped = if offset < 0 {
        // An offset before the start counts as the start.
        offset
            .saturating_add(i64::try_from(text.graphemes(true).count()).unwrap_or(i64::MAX))
            .max(0)
    } else if length == 0 {
        return Ok(Val::string(""));
    } else {
        offset
    };
    let rest = text
        .graphemes(true)
        .skip(usize::try_from(skipped).unwrap_or(usize::MAX));
    // Negative lengths mean the rest; so does zero behind a negative offset, in Terraform.
    let taken = usize::try_from(length)
        .ok()
        .filter(|length| *length > 0)
        .unwrap_or(usize::MAX);
    Ok(Val::string(&rest.take(taken).collect::<String>()))
}

/// The single character that is the lowercase form; Terraform maps character by character.
fn lower(c: char) -> char {
    if c == '\u{130}' {
        return 'i';
    }
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// The single character that is the uppercase form.
fn upper(c: char) -> char {
    // Greek letters with a iota below have a capital of one character besides the one of two.
    match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            return char::from_u32(u32::from(c) + 8).unwrap_or(c);
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => return char::from_u32(u32::from(c) + 9).unwrap_or(c),
        _ => {}
    }
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// Uppercases letters after a separator: a blank, or an ASCII character that is no letter, digit or underscore.
fn title(text: &str) -> String {
    let mut after_separator = true;
    let in_title_case = |c: char| match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        c => upper(c),
    };
    text.chars()
        .map(|c| {
            let mapped = if after_separator { in_title_case(c) } else { c };
            after_separator = if c.is_ascii() {
                !c.is_ascii_alphanumeric() && c != '_'
            } else {
                c.is_whitespace()
            };
            mapped
        })
        .collect()
}
