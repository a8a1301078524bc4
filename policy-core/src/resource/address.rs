//! Terraform addresses: `module.a["x.y"].module.b[0].aws_s3_bucket.c["k[1]"]`.
//!
//! The grammar is Terraform's: module steps, an optional `data.`, type and name, each step with an optional instance
//! key. Keys are integers (`count`) or HCL-quoted texts (`for_each`) that may hold dots, brackets and quotes, so
//! addresses are never cut at a character; they are parsed here and nowhere else.

use std::fmt;
use std::fmt::Write as _;

/// Which instance of a `count` or `for_each`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    /// Position of a `count` instance.
    Int(u64),
    /// Key of a `for_each` instance, unescaped.
    Str(String),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(index) => write!(f, "[{index}]"),
            Self::Str(key) => {
                f.write_str("[")?;
                quote(key, f)?;
                f.write_str("]")
            }
        }
    }
}

/// One `module.<name>[<key>]` of an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The name of the module call.
    pub name: String,
    /// Its instance.
    pub key: Option<InstanceKey>,
}

impl fmt::Display for ModuleStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "module.{}", self.name)?;
        self.key.iter().try_for_each(|key| key.fmt(f))
    }
}

/// Managed resource or data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceMode {
    /// A `resource` block.
    Managed,
    /// A `data` block.
    Data,
}

/// The absolute address of a resource instance in a Terraform configuration.
///
/// `Display` writes what Terraform writes, and [`ResourceAddress::parse`] reads it back.
///
/// ```
/// use policy_core::resource::{InstanceKey, ResourceAddress};
/// let address = ResourceAddress::parse(r#"module.a["x.y"].aws_s3_bucket.c["k[1]"]"#)?;
/// assert_eq!(address.module_text(), r#"module.a["x.y"]"#);
/// assert_eq!(address.key, Some(InstanceKey::Str("k[1]".into())));
/// assert_eq!(address.without_keys().to_string(), "module.a.aws_s3_bucket.c");
/// # Ok::<(), policy_core::resource::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddress {
    /// The modules from the root; empty in the root module.
    pub module: Vec<ModuleStep>,
    /// Managed resource or data source.
    pub mode: ResourceMode,
    /// For example `aws_s3_bucket`.
    pub resource_type: String,
    /// The name part.
    pub name: String,
    /// The instance.
    pub key: Option<InstanceKey>,
}

impl ResourceAddress {
    /// Parses an absolute address.
    ///
    /// # Errors
    /// [`AddressError`] with the byte offset at which the text stops being an address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut steps = Steps { text, at: 0 };
        let mut module = Vec::new();
        let mut mode = ResourceMode::Managed;
        let mut word = steps.name()?;
        while word == "module" {
            steps.dot()?;
            let name = steps.name()?.to_owned();
            module.push(ModuleStep {
                name,
                key: steps.key()?,
            });
            steps.dot()?;
            word = steps.name()?;
        }
        if word == "data" {
            mode = ResourceMode::Data;
            steps.dot()?;
            word = steps.name()?;
        }
        let resource_type = word.to_owned();
        steps.dot()?;
        let name = steps.name()?.to_owned();
        let key = steps.key()?;
        match steps.rest().is_empty() {
            true => Ok(Self {
                module,
                mode,
                resource_type,
                name,
                key,
            }),
            false => Err(steps.error(Problem::Trailing)),
        }
    }

    /// The address of the configuration block that this is an instance of.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        let module = self
            .module
            .iter()
            .map(|step| ModuleStep {
                name: step.name.clone(),
                key: None,
            })
            .collect();
        Self {
            module,
            key: None,
            ..self.clone()
        }
    }

    /// The module part with its instance keys (`module.a["x"].module.b[0]`), empty in the root module.
    pub fn module_text(&self) -> String {
        module_text(&self.module)
    }

    /// Type and name as the configuration of its module spells them: `aws_s3_bucket.c`, `data.aws_region.current`.
    pub fn block_text(&self) -> String {
        let data = if self.mode == ResourceMode::Data {
            "data."
        } else {
            ""
        };
        format!("{data}{}.{}", self.resource_type, self.name)
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.module {
            write!(f, "{step}.")?;
        }
        if self.mode == ResourceMode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.resource_type, self.name)?;
        self.key.iter().try_for_each(|key| key.fmt(f))
    }
}

impl std::str::FromStr for ResourceAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Module steps as Terraform writes a module address.
pub(crate) fn module_text(steps: &[ModuleStep]) -> String {
    let mut text = String::new();
    for (position, step) in steps.iter().enumerate() {
        let dot = if position > 0 { "." } else { "" };
        // Writing to a `String` cannot fail.
        let _infallible = write!(text, "{dot}{step}");
    }
    text
}

/// A text that is not a resource address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a resource address: {problem} at byte {offset}")]
pub struct AddressError {
    offset: usize,
    problem: Problem,
}

impl AddressError {
    /// Byte offset of the first character that does not belong to an address.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("a name is missing")]
    Name,
    #[error("`.` and the rest of the address are missing")]
    Dot,
    #[error("an instance key is a number or a quoted text")]
    Key,
    #[error("the quoted key does not end")]
    OpenQuote,
    #[error("this is not an escape sequence of HCL")]
    Escape,
    #[error("`]` is missing")]
    Bracket,
    #[error("unexpected text after the address")]
    Trailing,
}

/// A step of a reference such as `aws_subnet.a["x"].id`: the same words as an address, without its structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TraversalStep {
    /// The first word, or one after a dot.
    Name(String),
    /// An index.
    Key(InstanceKey),
}

/// Splits a reference into its steps.
pub(crate) fn traversal(text: &str) -> Result<Vec<TraversalStep>, AddressError> {
    let mut steps = Steps { text, at: 0 };
    let mut found = vec![TraversalStep::Name(steps.name()?.to_owned())];
    while !steps.rest().is_empty() {
        match steps.key()? {
            Some(key) => found.push(TraversalStep::Key(key)),
            None => {
                steps.dot()?;
                found.push(TraversalStep::Name(steps.name()?.to_owned()));
            }
        }
    }
    Ok(found)
}

/// A cursor over the text of an address.
struct Steps<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Steps<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn error(&self, problem: Problem) -> AddressError {
        AddressError {
            offset: self.at,
            problem,
        }
    }

    fn dot(&mut self) -> Result<(), AddressError> {
        match self.rest().starts_with('.') {
            true => {
                self.at += 1;
                Ok(())
            }
            false => Err(self.error(Problem::Dot)),
        }
    }

    /// An HCL identifier.
    fn name(&mut self) -> Result<&'t str, AddressError> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(self.error(Problem::Name));
        }
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .unwrap_or(rest.len());
        let (name, _) = rest.split_at(end);
        self.at += end;
        Ok(name)
    }

    /// `[0]`, `["key"]` or nothing.
    fn key(&mut self) -> Result<Option<InstanceKey>, AddressError> {
        let Some(inner) = self.rest().strip_prefix('[') else {
            return Ok(None);
        };
        self.at += 1;
        let key = match inner.starts_with('"') {
            true => InstanceKey::Str(self.quoted()?),
            false => InstanceKey::Int(self.index()?),
        };
        match self.rest().starts_with(']') {
            true => {
                self.at += 1;
                Ok(Some(key))
            }
            false => Err(self.error(Problem::Bracket)),
        }
    }

    fn index(&mut self) -> Result<u64, AddressError> {
        let rest = self.rest();
        let digits = rest
            .split_once(|c: char| !c.is_ascii_digit())
            .map_or(rest, |(digits, _)| digits);
        // Terraform writes no leading zeros; reading them would make two spellings of one instance.
        let canonical = digits == "0" || !digits.starts_with('0');
        let index = digits
            .parse()
            .ok()
            .filter(|_| canonical)
            .ok_or_else(|| self.error(Problem::Key))?;
        self.at += digits.len();
        Ok(index)
    }

    /// A quoted text; the cursor stands on its opening quote.
    fn quoted(&mut self) -> Result<String, AddressError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                return Err(self.error(Problem::OpenQuote));
            };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                // `$${` and `%%{` are how a quoted text spells `${` and `%{`.
                '$' | '%' if rest.starts_with("$${") || rest.starts_with("%%{") => {
                    text.push(c);
                    self.at += 2;
                }
                other => {
                    text.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, AddressError> {
        let error = self.error(Problem::Escape);
        let mut rest = self.rest().chars();
        let (c, length) = match (rest.next(), rest.next()) {
            (Some('\\'), Some('n')) => ('\n', 2),
            (Some('\\'), Some('r')) => ('\r', 2),
            (Some('\\'), Some('t')) => ('\t', 2),
            (Some('\\'), Some('"')) => ('"', 2),
            (Some('\\'), Some('\\')) => ('\\', 2),
            (Some('\\'), Some('u')) => (self.code_point(4).ok_or(error)?, 6),
            (Some('\\'), Some('U')) => (self.code_point(8).ok_or(error)?, 10),
            _ => return Err(error),
        };
        self.at += length;
        Ok(c)
    }

    /// The character that the digits after `\u` name.
    fn code_point(&self, digits: usize) -> Option<char> {
        let digits = self.text.get(self.at + 2..self.at + 2 + digits)?;
        let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?)
    }
}

/// Writes a text as Terraform quotes an instance key.
fn quote(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '$' | '%' if rest.peek() == Some(&'{') => write!(f, "{c}{c}")?,
            _ if is_printable(c) => f.write_char(c)?,
            _ => match u32::from(c) {
                code @ 0..=0xffff => write!(f, "\\u{code:04x}")?,
                code => write!(f, "\\U{code:08x}")?,
            },
        }
    }
    f.write_str("\"")
}

/// Whether Terraform writes a character of a key as it is. It escapes controls, spaces other than U+0020 and characters
/// that have no glyph; unassigned code points, which it escapes too, are left alone here.
fn is_printable(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{f0000}'..);
    c == ' ' || !(c.is_control() || c.is_whitespace() || invisible)
}

#[cfg(test)]
mod tests;
