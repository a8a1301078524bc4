//! A strict reader for the mappings of our own file formats: controls, exceptions, settings.
//!
//! It reports everything that is wrong in one pass instead of stopping at the first problem, always with a place.

use std::fmt;
use std::ops::{Deref, RangeInclusive};
use std::sync::Arc;

use super::{Entry, Node, NodeKind};
use crate::diagnostic::{Code, Diagnostic, Level};
use crate::source::Span;
use crate::value::Number;

/// The codes that [`Fields`] raises for one file format. [`Field::code`] overrides them for a single field.
#[derive(Debug)]
pub struct FieldCodes {
    /// A field that the format does not have.
    pub unknown: &'static Code,
    /// A required field is absent.
    pub missing: &'static Code,
    /// A field has a value of the wrong type, is blank, or is out of range.
    pub invalid: &'static Code,
}

/// What a mapping may hold.
#[derive(Debug)]
pub struct Shape {
    /// The mapping in words, with article: `a control`, ``the `scope` of a control``.
    pub what: &'static str,
    /// Its fields. `x-*` keys are always allowed and left alone.
    pub fields: &'static [&'static str],
    /// Fields of other mappings of the format by the parent they belong under, for the hint that a file lost its
    /// indentation: `("scope", &["environments", "resourceTypes"])`.
    pub elsewhere: &'static [(&'static str, &'static [&'static str])],
    /// What is raised.
    pub codes: &'static FieldCodes,
}

/// A text from a file with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Text> for Arc<str> {
    fn from(text: Text) -> Self {
        text.text
    }
}

/// Reads the fields of one mapping.
///
/// ```
/// use policy_core::diagnostic::{Code, Level};
/// use policy_core::document::{FieldCodes, Fields, Shape, yaml};
/// use policy_core::source::Source;
///
/// static BAD: Code = Code { id: "X001", level: Level::Error, summary: "", explanation: "" };
/// static CODES: FieldCodes = FieldCodes { unknown: &BAD, missing: &BAD, invalid: &BAD };
/// static TEAM: Shape = Shape { what: "a team", fields: &["name", "size"], elsewhere: &[], codes: &CODES };
///
/// let source = Source::new("team.yaml", "name: platform\nsizes: 4\n");
/// let root = yaml::parse(&source).map_err(|errors| format!("{errors:?}"))?;
/// let mut diagnostics = Vec::new();
/// if let Some(mut fields) = Fields::read(&root, &TEAM, &mut diagnostics) {
///     assert_eq!(fields.required("name").non_blank().as_deref(), Some("platform"));
///     assert_eq!(fields.optional("size").integer(1..=99), None);
/// }
/// assert_eq!(diagnostics[0].message, "unknown field `sizes` in a team");
/// assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `size`?"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug)]
pub struct Fields<'n, 'd> {
    node: &'n Node,
    /// `scope.` inside `scope`, empty at the root.
    prefix: String,
    shape: &'static Shape,
    diagnostics: &'d mut Vec<Diagnostic>,
    errors_before: usize,
}

impl<'n, 'd> Fields<'n, 'd> {
    /// Opens a mapping and reports its unknown fields. `None`, with a diagnostic, when it is no mapping.
    pub fn read(node: &'n Node, shape: &'static Shape, diagnostics: &'d mut Vec<Diagnostic>) -> Option<Self> {
        Self::nested(node, String::new(), shape, diagnostics)
    }

    fn nested(
        node: &'n Node,
        prefix: String,
        shape: &'static Shape,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let errors_before = errors(diagnostics);
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            let message = format!("{} is a mapping, and this is {}", shape.what, node.describe());
            diagnostics.push(Diagnostic::new(shape.codes.invalid, message).at(&node.span));
            return None;
        }
        for entry in node.entries() {
            if !shape.fields.contains(&&*entry.key) && !entry.key.starts_with("x-") {
                diagnostics.push(unknown_field(entry, node, shape));
            }
        }
        Some(Self {
            node,
            prefix,
            shape,
            diagnostics,
            errors_before,
        })
    }

    /// A field that may be absent.
    pub fn optional(&mut self, name: &'static str) -> Field<'n, '_> {
        self.field(name, false)
    }

    /// A field whose absence is reported when it is read.
    pub fn required(&mut self, name: &'static str) -> Field<'n, '_> {
        self.field(name, true)
    }

    fn field(&mut self, name: &'static str, required: bool) -> Field<'n, '_> {
        debug_assert!(
            self.shape.fields.contains(&name),
            "`{name}` is missing in the shape of {}",
            self.shape.what
        );
        Field {
            name,
            entry: self.node.entry(name),
            parent: self.node,
            prefix: &self.prefix,
            shape: self.shape,
            required,
            code: None,
            diagnostics: self.diagnostics,
        }
    }

    /// True when the mapping has the field, whatever its value.
    pub fn has(&self, name: &str) -> bool {
        self.node.entry(name).is_some()
    }

    /// The place of a field's value, or of the whole mapping when the field is absent.
    pub fn span(&self, name: &str) -> Span {
        self.node
            .get(name)
            .map_or_else(|| self.node.span.clone(), |value| value.span.clone())
    }

    /// The mapping itself.
    pub fn node(&self) -> &'n Node {
        self.node
    }

    /// The `x-*` entries, which tools other than this one use.
    pub fn extensions(&self) -> impl Iterator<Item = &'n Entry> {
        self.node
            .entries()
            .iter()
            .filter(|entry| entry.key.starts_with("x-"))
    }

    /// Adds a diagnostic of the caller's own.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// True when something of level error was reported since this mapping was opened.
    pub fn has_errors(&self) -> bool {
        errors(self.diagnostics) > self.errors_before
    }
}

/// One field of a mapping, read by exactly one of its methods.
///
/// Every method gives `None` when the field is absent or wrong; the latter, and the absence of a required field, are
/// reported. An empty value (`owner:`) counts as wrong: nobody can tell what was meant.
#[derive(Debug)]
#[must_use = "a field is checked when it is read"]
pub struct Field<'n, 'f> {
    name: &'static str,
    entry: Option<&'n Entry>,
    parent: &'n Node,
    prefix: &'f str,
    shape: &'static Shape,
    required: bool,
    code: Option<&'static Code>,
    diagnostics: &'f mut Vec<Diagnostic>,
}

impl<'n, 'f> Field<'n, 'f> {
    /// Raises this code instead of the format's general ones.
    pub fn code(mut self, code: &'static Code) -> Self {
        self.code = Some(code);
        self
    }

    /// The value of any type but null.
    pub fn value(mut self) -> Option<&'n Node> {
        self.present()
    }

    /// A text. Numbers count as written, so that an unquoted account id keeps its digits.
    pub fn string(mut self) -> Option<Text> {
        let node = self.present()?;
        self.text(node, "a string")
    }

    /// A text that is not blank, without the blanks around it.
    pub fn non_blank(mut self) -> Option<Text> {
        let node = self.present()?;
        let text = self.text(node, "a string")?;
        self.not_blank(text)
    }

    /// One of a few words.
    pub fn word(mut self, words: &[&str]) -> Option<Text> {
        let node = self.present()?;
        let text = self.text(node, "a string")?;
        if words.contains(&&*text) {
            return Some(text);
        }
        let message = format!("`{}{}` does not know `{}`", self.prefix, self.name, text.text);
        let help = match nearest(&text, words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write one of {}", listed(words)),
        };
        self.invalid(message, node, Some(help))
    }

    /// `true` or `false`.
    pub fn boolean(mut self) -> Option<bool> {
        let node = self.present()?;
        match &node.kind {
            NodeKind::Bool(value) => Some(*value),
            _ => self.wrong_type(node, "`true` or `false`"),
        }
    }

    /// A whole number in this range.
    pub fn integer(mut self, range: RangeInclusive<i64>) -> Option<i64> {
        let node = self.present()?;
        let number = match &node.kind {
            NodeKind::Number(Number::Integer(number)) => *number,
            _ => return self.wrong_type(node, "a whole number"),
        };
        if let Ok(number) = i64::try_from(number)
            && range.contains(&number)
        {
            return Some(number);
        }
        let message = format!(
            "`{}{}` must be between {} and {}, and this is {number}",
            self.prefix,
            self.name,
            range.start(),
            range.end()
        );
        self.invalid(message, node, None)
    }

    /// A list of texts, none of them blank. Wrong elements are reported and left out.
    pub fn strings(mut self) -> Option<Vec<Text>> {
        let node = self.present()?;
        match &node.kind {
            NodeKind::Sequence(items) => Some(self.texts(items)),
            NodeKind::String(_) => {
                let message = format!(
                    "`{}{}` must be a list of strings, and this is a string",
                    self.prefix, self.name
                );
                let help = node
                    .scalar_text()
                    .map(|text| format!("write `{}: [{text}]`", self.name));
                self.invalid(message, node, help)
            }
            _ => self.wrong_type(node, "a list of strings"),
        }
    }

    /// A list of texts, or one text that stands for a list of one.
    pub fn string_or_strings(mut self) -> Option<Vec<Text>> {
        let node = self.present()?;
        match &node.kind {
            NodeKind::Sequence(items) => Some(self.texts(items)),
            _ => {
                let text = self.text(node, "a string or a list of strings")?;
                self.not_blank(text).map(|text| vec![text])
            }
        }
    }

    /// A list of anything.
    pub fn list(mut self) -> Option<&'n [Node]> {
        let node = self.present()?;
        match &node.kind {
            NodeKind::Sequence(items) => Some(items),
            _ => self.wrong_type(node, "a list"),
        }
    }

    /// A mapping with free keys.
    pub fn map(mut self) -> Option<&'n [Entry]> {
        let node = self.present()?;
        match &node.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => self.wrong_type(node, "a mapping"),
        }
    }

    /// A mapping with free keys and texts as values.
    pub fn string_map(mut self) -> Option<Vec<(Text, Text)>> {
        let node = self.present()?;
        let NodeKind::Mapping(entries) = &node.kind else {
            return self.wrong_type(node, "a mapping of strings");
        };
        let mut pairs = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some(value) = self.text(&entry.value, "a mapping of strings") {
                pairs.push((
                    Text {
                        text: entry.key.clone(),
                        span: entry.key_span.clone(),
                    },
                    value,
                ));
            }
        }
        Some(pairs)
    }

    /// A mapping with a shape of its own.
    pub fn mapping(mut self, shape: &'static Shape) -> Option<Fields<'n, 'f>> {
        let node = self.present()?;
        if !matches!(node.kind, NodeKind::Mapping(_)) {
            return self.wrong_type(node, "a mapping");
        }
        Fields::nested(
            node,
            format!("{}{}.", self.prefix, self.name),
            shape,
            self.diagnostics,
        )
    }

    /// The value unless it is absent or null.
    fn present(&mut self) -> Option<&'n Node> {
        match self.entry {
            Some(entry) if entry.value.kind == NodeKind::Null => {
                let code = self.code.unwrap_or(if self.required {
                    self.shape.codes.missing
                } else {
                    self.shape.codes.invalid
                });
                let message = format!("`{}{}` has no value", self.prefix, self.name);
                let help = if self.required {
                    "give it a value"
                } else {
                    "give it a value or remove it"
                };
                self.diagnostics
                    .push(Diagnostic::new(code, message).at(&entry.key_span).help(help));
                None
            }
            Some(entry) => Some(&entry.value),
            None if self.required => {
                let code = self.code.unwrap_or(self.shape.codes.missing);
                let message = format!("{} has no `{}{}`", self.shape.what, self.prefix, self.name);
                self.diagnostics.push(
                    Diagnostic::new(code, message)
                        .at(&first_line(self.parent))
                        .help(format!("add `{}: …`", self.name)),
                );
                None
            }
            None => None,
        }
    }

    fn text(&mut self, node: &Node, expected: &str) -> Option<Text> {
        match &node.kind {
            NodeKind::String(_) | NodeKind::Number(_) => node.scalar_text().map(|text| Text {
                text,
                span: node.span.clone(),
            }),
            NodeKind::Bool(_) => {
                let message = format!(
                    "`{}{}` must be {expected}, and this is a boolean",
                    self.prefix, self.name
                );
                self.invalid(message, node, Some("quote it if the word is meant".to_owned()))
            }
            _ => self.wrong_type(node, expected),
        }
    }

    fn texts(&mut self, items: &[Node]) -> Vec<Text> {
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let text = self
                .text(item, "a list of strings")
                .and_then(|text| self.not_blank(text));
            texts.extend(text);
        }
        texts
    }

    fn not_blank(&mut self, text: Text) -> Option<Text> {
        let trimmed = text.text.trim();
        if trimmed.is_empty() {
            let code = self.code.unwrap_or(self.shape.codes.invalid);
            let message = format!("`{}{}` is blank", self.prefix, self.name);
            self.diagnostics
                .push(Diagnostic::new(code, message).at(&text.span));
            return None;
        }
        if trimmed.len() < text.text.len() {
            return Some(Text {
                text: trimmed.into(),
                span: text.span,
            });
        }
        Some(text)
    }

    fn wrong_type<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        let message = format!(
            "`{}{}` must be {expected}, and this is {}",
            self.prefix,
            self.name,
            node.describe()
        );
        self.invalid(message, node, None)
    }

    fn invalid<T>(&mut self, message: String, node: &Node, help: Option<String>) -> Option<T> {
        let code = self.code.unwrap_or(self.shape.codes.invalid);
        let mut diagnostic = Diagnostic::new(code, message).at(&node.span);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
        None
    }
}

fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .count()
}

fn unknown_field(entry: &Entry, parent: &Node, shape: &Shape) -> Diagnostic {
    let key = &*entry.key;
    let diagnostic = Diagnostic::new(
        shape.codes.unknown,
        format!("unknown field `{key}` in {}", shape.what),
    )
    .at(&entry.key_span);
    if let Some((owner, _)) = shape.elsewhere.iter().find(|(_, fields)| fields.contains(&key)) {
        return diagnostic.help(format!(
            "it belongs under `{owner}` (did the file lose its indentation?)"
        ));
    }
    let absent = shape
        .fields
        .iter()
        .copied()
        .filter(|field| parent.entry(field).is_none());
    if let Some(field) = nearest(key, absent) {
        return diagnostic.help(format!("did you mean `{field}`?"));
    }
    let nested = shape
        .elsewhere
        .iter()
        .flat_map(|(owner, fields)| fields.iter().map(move |field| (*owner, *field)));
    match nested
        .filter(|(_, field)| similar(key, field))
        .min_by_key(|(_, field)| distance(key, field))
    {
        Some((owner, field)) => diagnostic.help(format!("did you mean `{field}` under `{owner}`?")),
        None => diagnostic.help(format!(
            "remove it or name it `x-{key}`; known fields are {}",
            listed(shape.fields)
        )),
    }
}

/// The candidate that `word` is most likely a slip of.
fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    candidates
        .filter(|candidate| similar(word, candidate))
        .min_by_key(|candidate| distance(word, candidate))
}

fn similar(word: &str, candidate: &str) -> bool {
    let longest = word.chars().count().max(candidate.chars().count());
    // A third of the letters may differ: `severty` is `severity`, `owner` is not `scope`.
    distance(word, candidate) * 3 <= longest
}

/// Ignores case and the difference between `max_duration_days`, `max-duration-days` and `maxDurationDays`.
fn distance(word: &str, candidate: &str) -> usize {
    let fold = |text: &str| {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase()
    };
    strsim::damerau_levenshtein(&fold(word), &fold(candidate))
}

fn listed(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The place for "something is missing here": the first key of the mapping, which is one line and not the whole file.
fn first_line(node: &Node) -> Span {
    node.entries()
        .first()
        .map_or_else(|| node.span.clone(), |entry| entry.key_span.clone())
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
