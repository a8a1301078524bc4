//! `jsonencode` and `jsondecode`.

use std::collections::BTreeMap;

use super::error::Failure;
use super::signature::{Call, Function, any, returns, string};
use crate::input::terraform::source::cty::{Data, Num, Type, Val, normalized};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("jsondecode", &[string("str")], returns::any, |call| {
        from_json(call.text(0))
    }),
    Function::new(
        "jsonencode",
        &[any("val").null().unknown().untyped()],
        returns::string,
        encode,
    ),
];

fn encode(call: Call<'_>) -> Result<Val, Failure> {
    match call.args.first() {
        Some(value) if value.is_wholly_known() => to_json(value).map(|text| Val::string(&text)),
        _ => Ok(call.unknown()),
    }
}

/// The JSON text of a known value, as Terraform writes it: no blanks, members in key order, `<`, `>` and `&` escaped.
///
/// # Errors
/// For infinite numbers, which JSON does not have.
pub(super) fn to_json(value: &Val) -> Result<String, Failure> {
    let mut text = String::new();
    write(value, &mut text)?;
    Ok(text)
}

fn write(value: &Val, text: &mut String) -> Result<(), Failure> {
    match &value.data {
        Data::Null(_) => text.push_str("null"),
        Data::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) if number.is_infinite() => {
            return Err(Failure::other("an infinite number has no JSON form"));
        }
        Data::Number(number) => text.push_str(&number.to_string()),
        Data::String(string) => write_string(string, text),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            text.push('[');
            for (index, element) in value.children().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(element, text)?;
            }
            text.push(']');
        }
        Data::Map(_, elements) | Data::Object(elements) => {
            text.push('{');
            for (index, (key, element)) in elements.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(key, text);
                text.push(':');
                write(element, text)?;
            }
            text.push('}');
        }
        Data::Unknown(..) => return Err(Failure::other("an unknown value has no JSON form")),
    }
    Ok(())
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            // The last two end a line in JavaScript, the first three could open HTML.
            '<' | '>' | '&' | '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

/// How deep JSON may be nested. Terraform reads far deeper; nobody writes it.
const MAX_DEPTH: usize = 128;

/// The value of a JSON text: arrays are tuples, objects are objects, numbers are exact.
///
/// # Errors
/// When the text is not JSON.
pub(super) fn from_json(text: &str) -> Result<Val, Failure> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    // Terraform does not look behind a closing bracket too many.
    if !matches!(reader.peek(), None | Some(b']' | b'}')) {
        return Err(reader.error("nothing may follow the JSON value"));
    }
    Ok(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn error(&self, message: &str) -> Failure {
        Failure::argument(0, format!("not valid JSON at byte {}: {message}", self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Val, Failure> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(|text| Val::string(&text)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                for (word, value) in [
                    ("true", Val::bool(true)),
                    ("false", Val::bool(false)),
                    ("null", Val::null(Type::Dynamic)),
                ] {
                    if self
                        .text
                        .get(self.at..)
                        .is_some_and(|rest| rest.starts_with(word))
                    {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.error("a value is expected"))
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Val, Failure> {
        self.at += 1;
        let mut elements = Vec::new();
        self.blanks();
        if self.eat(b']') {
            return Ok(Val::tuple(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.blanks();
            if self.eat(b']') {
                return Ok(Val::tuple(elements));
            }
            if !self.eat(b',') {
                return Err(self.error("`,` or `]` is expected"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Val, Failure> {
        self.at += 1;
        let mut members = BTreeMap::new();
        self.blanks();
        if self.eat(b'}') {
            return Ok(Val::object(members));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in double quotes is expected"));
            }
            let key = normalized(&self.string()?);
            self.blanks();
            if !self.eat(b':') {
                return Err(self.error("`:` is expected"));
            }
            // Of repeated keys the last one counts.
            let value = self.value(depth + 1)?;
            members.insert(key, value);
            self.blanks();
            if self.eat(b'}') {
                return Ok(Val::object(members));
            }
            if !self.eat(b',') {
                return Err(self.error("`,` or `}` is expected"));
            }
        }
    }

    fn number(&mut self) -> Result<Val, Failure> {
        let start = self.at;
        self.eat(b'-');
        let whole = self.digits();
        let leading_zero = self.text.as_bytes().get(self.at - whole) == Some(&b'0') && whole > 1;
        if whole == 0 || leading_zero {
            return Err(self.error("a number is expected"));
        }
        if self.eat(b'.') && self.digits() == 0 {
            return Err(self.error("a digit is expected"));
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            if self.digits() == 0 {
                return Err(self.error("a digit is expected"));
            }
        }
        let number = self.text.get(start..self.at).and_then(Num::parse);
        number
            .map(Val::number)
            .ok_or_else(|| self.error("the number is out of range"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Reads a string with its quotes. Lone surrogates become U+FFFD, as in Terraform.
    fn string(&mut self) -> Result<String, Failure> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(c) = rest.chars().next() else {
                return Err(self.error("the string does not end"));
            };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(string),
                '\\' => string.push(self.escape()?),
                '\u{0}'..='\u{1f}' => return Err(self.error("control characters must be escaped")),
                c => string.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Failure> {
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.unit()?;
                let pair = (0xd800..0xdc00).contains(&first)
                    && self
                        .text
                        .get(self.at..)
                        .is_some_and(|rest| rest.starts_with("\\u"));
                if !pair {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let before = self.at;
                self.at += 2;
                let second = self.unit()?;
                if !(0xdc00..0xe000).contains(&second) {
                    self.at = before;
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                let combined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                char::from_u32(combined).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.error("there is no such escape")),
        })
    }

    fn unit(&mut self) -> Result<u32, Failure> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| self.error("four hexadecimal digits are expected"))
    }
}
