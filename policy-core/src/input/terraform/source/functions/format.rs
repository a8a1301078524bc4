//! `format` and `formatlist`.

use num_bigint::BigInt;
use unicode_segmentation::UnicodeSegmentation;

use super::error::Failure;
use super::json::to_json;
use super::signature::{Call, Function, Parameter, any, returns, string};
use super::string::{MAX_TEXT, too_long};
use crate::input::terraform::source::cty::{Data, Decimal, Num, Type, Val, convert};

const VALUES: Parameter = any("args").null().unknown();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("format", &[string("format")], returns::string, format_text).variadic(VALUES),
    Function::new(
        "formatlist",
        &[string("format")],
        returns::string_list,
        format_list,
    )
    .variadic(VALUES),
];

fn format_text(call: Call<'_>) -> Result<Val, Failure> {
    let values = call.args.get(1..).unwrap_or_default();
    if !values.iter().all(Val::is_wholly_known) {
        return Ok(call.unknown());
    }
    let values: Vec<&Val> = values.iter().collect();
    formatted(call.text(0), &values).map(|text| Val::string(&text))
}

fn format_list(call: Call<'_>) -> Result<Val, Failure> {
    let values = call.args.get(1..).unwrap_or_default();
    let mut length = None;
    let mut undetermined = false;
    for (index, value) in values.iter().enumerate() {
        let this = match (&value.data, value.as_sequence()) {
            (Data::Set(..), Some(_)) if !value.is_wholly_known() => {
                undetermined = true;
                continue;
            }
            (_, Some(elements)) => elements.len(),
            (Data::Unknown(Type::Tuple(elements), _), None) => {
                undetermined = true;
                elements.len()
            }
            (Data::Unknown(Type::List(_) | Type::Set(_) | Type::Dynamic, _), None) => {
                undetermined = true;
                continue;
            }
            _ => continue,
        };
        match length {
            None => length = Some((this, index)),
            Some((other, _)) if other == this => {}
            Some((other, first)) => {
                let message = format!("has length {this}, but argument {} has length {other}", first + 2);
                return Err(Failure::argument(index + 1, message));
            }
        }
    }
    if undetermined {
        return Ok(call.unknown());
    }
    // Without any list there is one result.
    let count = length.map_or(1, |(length, _)| length);
    let mut results = Vec::with_capacity(count);
    let mut size = 0;
    for position in 0..count {
        let row: Vec<&Val> = values
            .iter()
            .map(|value| {
                value
                    .as_sequence()
                    .and_then(|elements| elements.get(position))
                    .unwrap_or(value)
            })
            .collect();
        if row.iter().all(|value| value.is_wholly_known()) {
            let text = formatted(call.text(0), &row)?;
            size += text.len();
            if size > MAX_TEXT {
                return Err(too_long());
            }
            results.push(Val::string(&text));
        } else {
            let unknown = (*crate::input::terraform::source::cty::merge_unknowns(row))
                .clone()
                .non_null();
            results.push(Val::unknown(Type::String, unknown.into()));
        }
    }
    Ok(Val::list(Type::String, results))
}

/// One `%…` sequence.
#[derive(Default)]
struct Verb {
    /// As written, for messages.
    raw: String,
    mode: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    /// Which value, from 1; the next one without it.
    index: Option<usize>,
}

fn formatted(format: &str, values: &[&Val]) -> Result<String, Failure> {
    let mut text = String::new();
    let mut rest = format;
    let mut next = 1;
    let mut highest = 0;
    while let Some((literal, after)) = rest.split_once('%') {
        text.push_str(literal);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (verb, after) = parse_verb(after).ok_or_else(|| {
            Failure::other(format!(
                "`{format}` has an invalid `%` at byte {}",
                format.len() - after.len() - 1
            ))
        })?;
        rest = after;
        let index = verb.index.unwrap_or(next);
        next = index.saturating_add(1);
        highest = highest.max(index);
        let Some(value) = index.checked_sub(1).and_then(|index| values.get(index)) else {
            let message = format!(
                "`{}` needs value {index}, but there are only {}",
                verb.raw,
                values.len()
            );
            return Err(Failure::other(message));
        };
        verb.write(value, &mut text)?;
        if text.len() > MAX_TEXT {
            return Err(too_long());
        }
    }
    text.push_str(rest);
    if highest < values.len() {
        return Err(Failure::argument(
            highest + 1,
            format!("too many values; the format uses only {highest}"),
        ));
    }
    Ok(text)
}

/// Reads what follows a `%`.
fn parse_verb(text: &str) -> Option<(Verb, &str)> {
    let mut verb = Verb::default();
    let flags = text.find(|c| !"0#-+ ".contains(c)).unwrap_or(text.len());
    let (flags, rest) = text.split_at_checked(flags)?;
    for flag in flags.chars() {
        match flag {
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            '-' => verb.minus = true,
            '+' => verb.plus = true,
            _ => verb.space = true,
        }
    }
    let (width, rest) = digits(rest)?;
    verb.width = width;
    let mut rest = rest;
    if let Some(after) = rest.strip_prefix('.') {
        // A point alone stands for no digits behind it.
        let (precision, after) = digits(after)?;
        verb.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (index, after) = digits(after)?;
        verb.index = Some(index.filter(|index| *index > 0)?);
        rest = after.strip_prefix(']')?;
    }
    verb.mode = rest.chars().next().filter(char::is_ascii_alphabetic)?;
    rest = rest.get(1..)?;
    verb.raw = format!("%{}", text.get(..text.len() - rest.len())?);
    Some((verb, rest))
}

/// A decimal number, when there is one; `None` when it is unreasonably large.
fn digits(text: &str) -> Option<(Option<usize>, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.is_empty() {
        return Some((None, rest));
    }
    let number: usize = digits.parse().ok()?;
    (number <= MAX_TEXT).then_some((Some(number), rest))
}

impl Verb {
    fn write(&self, value: &Val, text: &mut String) -> Result<(), Failure> {
        if self.mode != 'v' && value.is_null() {
            return Err(self.unsupported("null"));
        }
        match self.mode {
            'v' => {
                let shown = match &value.data {
                    Data::String(text) if !self.sharp => text.as_ref().to_owned(),
                    Data::Number(number) if !self.sharp => shortest_general(number),
                    _ => to_json(value)?,
                };
                text.push_str(&self.padded(&shown));
            }
            't' => {
                let converted = self.converted(value, &Type::Bool)?;
                text.push_str(if converted.as_bool() == Some(true) {
                    "true"
                } else {
                    "false"
                });
            }
            'b' | 'd' | 'o' | 'x' | 'X' => {
                let converted = self.converted(value, &Type::Number)?;
                let Some(integer) = converted.as_number().and_then(Num::as_big_integer) else {
                    return Err(self.unsupported("an integer is required"));
                };
                text.push_str(&self.integer(&integer));
            }
            'e' | 'E' | 'f' | 'g' | 'G' => {
                let converted = self.converted(value, &Type::Number)?;
                if let Some(number) = converted.as_number() {
                    text.push_str(&self.float(number));
                }
            }
            's' | 'q' => {
                let converted = self.converted(value, &Type::String)?;
                let string = converted.as_str().unwrap_or_default();
                let shown = match self.precision {
                    Some(precision) if precision > 0 => string.graphemes(true).take(precision).collect(),
                    _ => string.to_owned(),
                };
                let shown = if self.mode == 'q' {
                    to_json(&Val::string(&shown))?
                } else {
                    shown
                };
                text.push_str(&self.padded(&shown));
            }
            _ => return Err(Failure::other(format!("`{}` is not a format verb", self.raw))),
        }
        Ok(())
    }

    fn unsupported(&self, reason: &str) -> Failure {
        Failure::other(format!("`{}` does not fit its value: {reason}", self.raw))
    }

    fn converted(&self, value: &Val, ty: &Type) -> Result<Val, Failure> {
        convert(value.clone(), ty).map_err(|error| self.unsupported(&error.to_string()))
    }

    fn padded(&self, text: &str) -> String {
        let missing = self
            .width
            .unwrap_or(0)
            .saturating_sub(text.graphemes(true).count());
        let padding = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus {
            format!("{text}{padding}")
        } else {
            format!("{padding}{text}")
        }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        }
    }

    fn integer(&self, integer: &BigInt) -> String {
        let (base, prefix) = match self.mode {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let prefix = if self.sharp { prefix } else { "" };
        let mut digits = integer.magnitude().to_str_radix(base);
        if self.mode == 'X' {
            digits = digits.to_uppercase();
        }
        let mut zeros = 0;
        if let Some(precision) = self.precision {
            if precision == 0 && digits == "0" {
                return String::new();
            }
            zeros = precision.saturating_sub(digits.len());
        }
        let sign = self.sign(integer.sign() == num_bigint::Sign::Minus);
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        let (mut left, mut right) = (0, 0);
        if self.minus {
            right = missing;
        } else if self.zero && self.precision.is_none() {
            zeros += missing;
        } else {
            left = missing;
        }
        format!(
            "{}{sign}{prefix}{}{digits}{}",
            " ".repeat(left),
            "0".repeat(zeros),
            " ".repeat(right)
        )
    }

    fn float(&self, number: &Num) -> String {
        let precision = self
            .precision
            .map(|precision| i64::try_from(precision).unwrap_or(i64::MAX));
        let letter = if self.mode.is_ascii_uppercase() { 'E' } else { 'e' };
        let (digits, infinite) = if number.is_infinite() {
            ("Inf".to_owned(), true)
        } else {
            let digits = match self.mode {
                'e' | 'E' => number
                    .exact_decimal()
                    .scientific(Some(precision.unwrap_or(6)), letter),
                'f' => number.exact_decimal().plain(Some(precision.unwrap_or(6))),
                _ => match precision {
                    None => general(&number.shortest_decimal(), None, letter),
                    Some(precision) => general(&number.exact_decimal(), Some(precision.max(1)), letter),
                },
            };
            (digits, false)
        };
        let sign = match (infinite, self.sign(number.is_negative())) {
            (true, "") => "+",
            (_, sign) => sign,
        };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        // For these verbs zeros in front win over blanks behind.
        if self.zero && !infinite {
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else if self.minus {
            format!("{sign}{digits}{}", " ".repeat(missing))
        } else {
            format!("{}{sign}{digits}", " ".repeat(missing))
        }
    }
}

/// As `%g`: scientific for small and large exponents; `precision` counts significant digits.
fn general(decimal: &Decimal, precision: Option<i64>, letter: char) -> String {
    let decimal = precision.map_or_else(|| decimal.clone(), |precision| decimal.rounded(precision));
    let count = i64::try_from(decimal.digits.len()).unwrap_or(i64::MAX);
    let exponent = decimal.point - 1;
    let limit = match precision {
        // As printed everywhere: `format("%v", 1000000)` is `1e+06` in Terraform.
        None => 6,
        Some(precision) if precision > count && count >= decimal.point => count,
        Some(precision) => precision,
    };
    if exponent < -4 || exponent >= limit {
        decimal.scientific(None, letter)
    } else {
        decimal.plain(None)
    }
}

/// What `%v` makes of a number.
fn shortest_general(number: &Num) -> String {
    if number.is_infinite() {
        return number.to_string();
    }
    let sign = if number.is_negative() { "-" } else { "" };
    format!("{sign}{}", general(&number.shortest_decimal(), None, 'e'))
}
