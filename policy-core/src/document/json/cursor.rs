//! The tokens of JSON, shared by the parser and the locator.

use std::borrow::Cow;

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Empty,
    TooDeep {
        at: usize,
    },
    OutOfRange {
        at: usize,
        end: usize,
    },
    TrailingComma {
        at: usize,
    },
    Expected {
        at: usize,
        wanted: &'static str,
    },
    BadString {
        at: usize,
        end: usize,
        what: &'static str,
    },
}

/// A position in a JSON text.
#[derive(Clone)]
pub(super) struct Cursor<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(text: &'s str, at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn skip_blanks(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    pub(super) fn expected(&self, wanted: &'static str) -> Fault {
        Fault::Expected { at: self.at, wanted }
    }

    /// Reads `true`, `false` or `null`.
    pub(super) fn word(&mut self, word: &'static str) -> Result<(), Fault> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        if rest.get(..length) != Some(word.as_bytes()) {
            return Err(self.expected("a value"));
        }
        self.at += length;
        Ok(())
    }

    /// Reads a number; true when it has neither fraction nor exponent.
    pub(super) fn number(&mut self) -> Result<(&'s str, bool), Fault> {
        let start = self.at;
        self.eat(b'-');
        if self.eat(b'0') {
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                let what = "a number must not start with 0; quote it if it is an identifier";
                return Err(Fault::BadString {
                    at: start,
                    end: self.at + 1,
                    what,
                });
            }
        } else {
            self.digits()?;
        }
        let mut whole = true;
        if self.eat(b'.') {
            whole = false;
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            whole = false;
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok((self.text.get(start..self.at).unwrap_or_default(), whole))
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.at == start {
            Err(self.expected("a digit"))
        } else {
            Ok(())
        }
    }

    /// Reads a string, opening quote included. Borrows when nothing is escaped.
    pub(super) fn string(&mut self) -> Result<Cow<'s, str>, Fault> {
        let open = self.at;
        self.at += 1;
        let mut decoded: Option<String> = None;
        loop {
            let start = self.at;
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1F));
            let plain = self.text.get(start..self.at).unwrap_or_default();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match decoded {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    let text = decoded.get_or_insert_default();
                    text.push_str(plain);
                    let escaped = self.escape()?;
                    text.push(escaped);
                }
                Some(_) => {
                    let what = "a line break or control character stands unescaped in a string; is the closing quote missing?";
                    return Err(Fault::BadString {
                        at: self.at,
                        end: self.at + 1,
                        what,
                    });
                }
                None => {
                    let what = "the string that starts here is not closed";
                    return Err(Fault::BadString {
                        at: open,
                        end: open + 1,
                        what,
                    });
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let at = self.at;
        self.at += 1;
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(at),
            _ => {
                let what = "unknown escape in a string; a backslash itself is written `\\\\`";
                return Err(Fault::BadString {
                    at,
                    end: at + 1,
                    what,
                });
            }
        })
    }

    /// Reads the digits after `\u`, and the second half of a surrogate pair.
    fn unicode_escape(&mut self, at: usize) -> Result<char, Fault> {
        let first = self.hex4(at)?;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let lone = Fault::BadString {
            at,
            end: self.at,
            what: "half of a surrogate pair stands alone in a string",
        };
        if !((0xD800..0xDC00).contains(&first) && self.eat(b'\\') && self.eat(b'u')) {
            return Err(lone);
        }
        let second = self.hex4(at)?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(lone);
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(lone)
    }

    fn hex4(&mut self, at: usize) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                let what = "`\\u` takes four hexadecimal digits";
                return Err(Fault::BadString {
                    at,
                    end: self.at,
                    what,
                });
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Moves behind the value that starts here without checking it. Iterative, so depth does not matter.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ if depth == 0 => {
                    let start = self.at;
                    self.skip_while(|byte| {
                        !matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
                    });
                    return (self.at > start).then_some(());
                }
                _ => self.skip_while(|byte| !matches!(byte, b'"' | b'{' | b'[' | b'}' | b']')),
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\'));
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 2,
            }
        }
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len());
    }
}
