//! The sentence of a finding, made by the engine: a rule that builds its own can lose a violation to an undefined value.

use crate::evaluation::locate;
use crate::resource::{Cell, Resource};
use crate::rule::Violation;
use crate::value::{AttributePath, REDACTED, Value};

/// The longest value shown; the rest of a document is in the source, not in a message.
const LONGEST_VALUE: usize = 120;

/// What a finding says, ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wording {
    /// The path the sentence is about.
    pub(crate) primary: Option<AttributePath>,
    /// Displayed primary path, empty for the whole resource.
    pub(crate) path: String,
    /// One sentence.
    pub(crate) message: String,
    /// What the rule expects.
    pub(crate) expected: Option<String>,
    /// What was found.
    pub(crate) actual: Option<String>,
}

/// Words a violation on `resource`. `sensitive` holds the texts that must not appear.
pub(crate) fn word(
    title: &str,
    resource: Option<&Resource>,
    violation: &Violation,
    sensitive: &[String],
) -> Wording {
    let clean = |text: &str| !sensitive.iter().any(|secret| text.contains(secret.as_str()));
    let path = primary(resource, violation).filter(|path| clean(&path.to_string()));
    let shown_path = path.map(ToString::to_string).unwrap_or_default();
    let expected = violation
        .expected
        .as_deref()
        .filter(|text| clean(text))
        .map(str::to_owned);
    // A rule may compare sensitive values but its words about such a resource are not repeated: they may hold one.
    let said = violation
        .actual
        .as_ref()
        .filter(|_| sensitive.is_empty())
        .map(told);
    let actual = said.or_else(|| found(resource?, path?));
    let own = violation
        .message
        .as_deref()
        .filter(|text| clean(text))
        .map(str::to_owned);
    let message = own.unwrap_or_else(|| match (shown_path.is_empty(), &actual, &expected) {
        (true, _, None) => title.to_owned(),
        (true, _, Some(expected)) => format!("expected {expected}"),
        (false, Some(actual), Some(expected)) => format!("{shown_path} is {actual}, expected {expected}"),
        (false, Some(actual), None) => format!("{shown_path} is {actual}"),
        (false, None, Some(expected)) => format!("{shown_path}: expected {expected}"),
        (false, None, None) => format!("{shown_path}: {title}"),
    });
    Wording {
        primary: path.cloned(),
        path: shown_path,
        message,
        expected,
        actual,
    }
}

/// Of several paths the first that is not as expected: a rule may name all switches of which only one is off.
fn primary<'v>(resource: Option<&Resource>, violation: &'v Violation) -> Option<&'v AttributePath> {
    let expected = violation.expected.as_deref();
    let wrong = |path: &&AttributePath| {
        let value = resource.and_then(|resource| locate::value(resource, path));
        value.map(|value| show(&value)).as_deref() != expected
    };
    violation.paths.iter().find(wrong).or(violation.paths.first())
}

/// What a rule says it found: its text as it is, without JSON's quotes.
fn told(value: &Value) -> String {
    value.as_str().map_or_else(|| show(value), str::to_owned)
}

/// What the resource holds at `path`, in words.
fn found(resource: &Resource, path: &AttributePath) -> Option<String> {
    let (attribute, rest) = locate::attribute(resource, path)?;
    let text = match &attribute.cell {
        Cell::Absent => "not set".to_owned(),
        Cell::Unknown(unknown) => format!("not known ({})", unknown.reason.as_str()),
        Cell::Known(value) => match value.at(&rest) {
            None | Some(Value::Null) => "not set".to_owned(),
            Some(value) => show(value),
        },
    };
    // Elements of a joined list are written by somebody, whatever the list as a whole falls back to.
    let provenance = &attribute.provenance;
    let default = !provenance.declared
        && provenance.evidence.is_some()
        && rest.is_root()
        && attribute.cell.known().is_some();
    Some(if default {
        format!("{text} (the default, nothing is written)")
    } else {
        text
    })
}

/// A value as compact JSON, without what is sensitive.
pub(crate) fn show(value: &Value) -> String {
    if let Some(unknown) = value.as_unknown() {
        return format!("not known ({})", unknown.reason.as_str());
    }
    if matches!(value, Value::Sensitive(_)) {
        return REDACTED.to_owned();
    }
    let text = value.to_json().to_string();
    if text.chars().count() <= LONGEST_VALUE {
        return text;
    }
    text.chars().take(LONGEST_VALUE).chain("…".chars()).collect()
}
