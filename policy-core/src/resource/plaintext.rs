//! Which written values look like secrets. Rules get names and forms, never the values.
//!
//! A form is told by its prefix and alphabet, as the services that issue such tokens document them ("IAM identifiers",
//! IAM User Guide; "About authentication to GitHub"; "PEM", RFC 7468). Values that only exist after apply are references
//! and are left out: what is judged is what somebody wrote down.

use std::sync::Arc;

use super::coerce::without_domain;
use super::path::{Folding, Reading, member};
use super::transform::Given;
use super::transform_list::decode_base64;
use crate::value::{AttributePath, Map, TextPart, Value};

/// Stands for the parts of a text that are not known.
const HOLE: char = '\u{FFFC}';
/// Entries that are reported of one resource. More say nothing new.
const MOST: usize = 64;
/// Longer texts are no user data: EC2 takes 16 kB.
const LONGEST: usize = 1 << 18;
/// Shorter values are not kept for hiding lines: they stand in every line.
const SHORTEST_HIDDEN: usize = 6;

/// Letters and digits that may follow a prefix.
#[derive(Clone, Copy)]
enum Alphabet {
    /// `A-Z0-9`
    Upper,
    /// `A-Za-z0-9_-`
    Word,
}

/// A token with a telling prefix: prefix, what follows, how many of it at least, the form's name.
const TOKENS: [(&str, Alphabet, usize, &str); 22] = [
    ("AKIA", Alphabet::Upper, 16, "aws-access-key-id"),
    ("ASIA", Alphabet::Upper, 16, "aws-access-key-id"),
    ("ghp_", Alphabet::Word, 30, "github-token"),
    ("gho_", Alphabet::Word, 30, "github-token"),
    ("ghu_", Alphabet::Word, 30, "github-token"),
    ("ghs_", Alphabet::Word, 30, "github-token"),
    ("ghr_", Alphabet::Word, 30, "github-token"),
    ("github_pat_", Alphabet::Word, 40, "github-token"),
    ("glpat-", Alphabet::Word, 20, "gitlab-token"),
    ("xoxb-", Alphabet::Word, 20, "slack-token"),
    ("xoxa-", Alphabet::Word, 20, "slack-token"),
    ("xoxp-", Alphabet::Word, 20, "slack-token"),
    ("xoxr-", Alphabet::Word, 20, "slack-token"),
    ("xapp-", Alphabet::Word, 20, "slack-token"),
    ("sk_live_", Alphabet::Word, 16, "stripe-key"),
    ("rk_live_", Alphabet::Word, 16, "stripe-key"),
    ("AIza", Alphabet::Word, 35, "google-api-key"),
    ("npm_", Alphabet::Word, 36, "npm-token"),
    ("pypi-AgE", Alphabet::Word, 40, "pypi-token"),
    ("dop_v1_", Alphabet::Word, 40, "digitalocean-token"),
    ("hvs.", Alphabet::Word, 20, "vault-token"),
    ("SG.", Alphabet::Word, 16, "sendgrid-key"),
];

/// A token found in a text: its form, and the part of the text that must not be shown.
type Found<'t> = (&'static str, &'t str);

/// The entries of everything written at one place: `{name, form}` each, and the value where lines have to be hidden.
pub(super) fn entries(reading: &Reading) -> Option<Given> {
    let mut found = Entries::default();
    for slot in &reading.slots {
        let Some(value) = &slot.value else { continue };
        found.place = true;
        found.read(value.revealed(), &slot.path);
    }
    if !found.place {
        return None;
    }
    let path = found.elements.first().cloned().or(found.open_at.clone())?;
    if let (Some(open), Some(at)) = (found.open, found.open_at) {
        if found.values.is_empty() {
            return Some(Given::scalar(open, at));
        }
        found.values.push(open);
        found.elements.push(at);
    }
    Some(Given {
        value: Value::List(found.values),
        path,
        elements: found.elements,
        silent: false,
    })
}

#[derive(Default)]
struct Entries {
    values: Vec<Value>,
    elements: Vec<AttributePath>,
    /// Something stands there.
    place: bool,
    /// A part of it is not known at all.
    open: Option<Value>,
    open_at: Option<AttributePath>,
}

impl Entries {
    fn read(&mut self, value: &Value, path: &AttributePath) {
        match value {
            Value::Unknown(unknown) if unknown.text.is_empty() => {
                self.open = Some(Value::Unknown(without_domain(unknown)));
                self.open_at.get_or_insert_with(|| path.clone());
            }
            Value::Unknown(unknown) => self.script(&with_holes(&unknown.text), path),
            Value::Map(map) => {
                for (name, value) in map {
                    self.variable(name, value, &path.key(name));
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.listed(item, &path.index(index));
                }
            }
            Value::String(text) => {
                let decoded = decode_base64(text);
                self.script(decoded.as_deref().unwrap_or(text), path);
            }
            _ => {}
        }
    }

    /// An item with a name and a value. CodeBuild says of each whether it is the value or names a parameter or secret.
    fn listed(&mut self, item: &Value, path: &AttributePath) {
        let Some(map) = item.as_map() else { return };
        let text = |key| member(map, key, Folding::Loose).map(|(_, value)| value);
        let plain = text("type")
            .and_then(Value::as_str)
            .is_none_or(|kind| kind == "PLAINTEXT");
        let name = text("name").and_then(Value::as_str).unwrap_or_default();
        if let Some(value) = text("value").filter(|_| plain) {
            self.variable(name, value, &path.key("value"));
        }
    }

    /// A variable of an environment.
    fn variable(&mut self, name: &str, value: &Value, path: &AttributePath) {
        match value.revealed() {
            Value::String(text) => {
                let (form, shown) = form_of(text);
                self.push(name, form, shown, path);
            }
            Value::Unknown(unknown) if !unknown.text.is_empty() => {
                if let Some((form, token)) = token(&with_holes(&unknown.text)) {
                    self.push(name, form, token, path);
                }
            }
            Value::Number(number) => {
                let text = number.to_string();
                let (form, shown) = form_of(&text);
                self.push(name, form, shown, path);
            }
            _ => {}
        }
    }

    /// A script or configuration file: tokens anywhere, and what is assigned to a name.
    fn script(&mut self, text: &str, path: &AttributePath) {
        for line in text.get(..LONGEST).unwrap_or(text).lines() {
            let assigned = assignments(line);
            if let Some((form, shown)) = token(line) {
                let name = assigned.first().map_or("", |(name, _)| name);
                self.push(name, form, shown, path);
                continue;
            }
            for (name, value) in assigned {
                self.push(name, form_of(value).0, value, path);
            }
        }
    }

    fn push(&mut self, name: &str, form: &'static str, shown: &str, path: &AttributePath) {
        if self.values.len() >= MOST {
            return;
        }
        let mut entry = Map::from([
            (Arc::from("name"), Value::from(name)),
            (Arc::from("form"), Value::from(form)),
        ]);
        if shown.len() >= SHORTEST_HIDDEN {
            entry.insert("value".into(), Value::from(shown).into_sensitive());
        }
        self.values.push(Value::Map(entry));
        self.elements.push(path.clone());
    }
}

fn with_holes(parts: &[TextPart]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            TextPart::Known(known) => text.push_str(known),
            TextPart::Identity | TextPart::Open => text.push(HOLE),
        }
    }
    text
}

/// What a value is by its looks, and the part of it that must not be shown.
fn form_of(value: &str) -> Found<'_> {
    let value = value.trim();
    if let Some(found) = token(value) {
        return found;
    }
    let form = if value.is_empty() {
        "empty"
    } else if matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "none"
    ) {
        "switch"
    } else if value.len() < SHORTEST_HIDDEN && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        "number"
    } else if is_reference(value) {
        "reference"
    } else {
        "text"
    };
    (form, value)
}

/// Names something else instead of being it: an ARN, a path, an address, a variable of the shell.
fn is_reference(value: &str) -> bool {
    const STARTS: [&str; 12] = [
        "arn:",
        "/",
        "./",
        "~/",
        "ssm:",
        "vault:",
        "secretsmanager:",
        "$",
        "`",
        "{{",
        "<",
        "%",
    ];
    value.contains(HOLE) || value.contains("://") || STARTS.iter().any(|start| value.starts_with(start))
}

/// The first token of a known form.
fn token(text: &str) -> Option<Found<'_>> {
    private_key(text)
        .or_else(|| TOKENS.iter().find_map(|pattern| prefixed(text, *pattern)))
        .or_else(|| web_token(text))
        .or_else(|| password_in_address(text))
}

fn prefixed<'t>(text: &'t str, pattern: (&str, Alphabet, usize, &'static str)) -> Option<Found<'t>> {
    let (prefix, alphabet, least, form) = pattern;
    let member = |letter: char| match alphabet {
        Alphabet::Upper => letter.is_ascii_uppercase() || letter.is_ascii_digit(),
        Alphabet::Word => letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'),
    };
    for (start, _) in text.match_indices(prefix) {
        // In the middle of a word it is no prefix.
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        if before.is_some_and(|letter| letter.is_ascii_alphanumeric()) {
            continue;
        }
        let rest = text.get(start + prefix.len()..).unwrap_or_default();
        let length = rest.chars().take_while(|letter| member(*letter)).count();
        // An access key id has one length; longer runs of capitals are something else.
        let exact = matches!(alphabet, Alphabet::Upper);
        if length == least || (!exact && length > least) {
            return Some((form, text.get(start..start + prefix.len() + length)?));
        }
    }
    None
}

/// The first line of a private key in PEM, of any algorithm.
fn private_key(text: &str) -> Option<Found<'_>> {
    const BEGIN: &str = "-----BEGIN ";
    const END: &str = "PRIVATE KEY-----";
    let start = text.find(BEGIN)?;
    let rest = text.get(start..)?;
    let end = rest.find(END)? + END.len();
    (end <= BEGIN.len() + END.len() + 16)
        .then(|| rest.get(..end))
        .flatten()
        .map(|header| ("private-key", header))
}

/// A JSON web token (RFC 7519): three parts in base64url, of which the first two are JSON objects.
fn web_token(text: &str) -> Option<Found<'_>> {
    let words =
        text.split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')));
    for word in words {
        let mut parts = word.split('.');
        let (Some(head), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if head.starts_with("eyJ") && claims.starts_with("eyJ") && signature.len() >= 16 {
            return Some(("web-token", word));
        }
    }
    None
}

/// A password in an address: `scheme://user:password@host` (RFC 3986).
fn password_in_address(text: &str) -> Option<Found<'_>> {
    for (at, _) in text.match_indices("://") {
        let rest = text.get(at + 3..).unwrap_or_default();
        let authority = rest
            .split(['/', '?', '#', ' ', '"', '\''])
            .next()
            .unwrap_or_default();
        let Some((login, _)) = authority.rsplit_once('@') else {
            continue;
        };
        let Some((_, password)) = login.split_once(':') else {
            continue;
        };
        let variable = password.starts_with(['$', '{', '<', '%']) || password.contains(HOLE);
        if !password.is_empty()
            && !variable
            && !password.chars().all(|letter| matches!(letter, '*' | 'x' | 'X'))
        {
            return Some(("password-in-address", password));
        }
    }
    None
}

/// What a line of a script or configuration file assigns: `NAME=value`, `name: value`, `"name": "value"`.
fn assignments(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (at, sign) in line.match_indices(['=', ':']) {
        let before = line.get(..at).unwrap_or_default();
        let before = before.trim_end().trim_end_matches(['"', '\'']);
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, letter)| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'))
            .last();
        let Some(name) = start.and_then(|(start, _)| before.get(start..)) else {
            continue;
        };
        let after = line.get(at + 1..).unwrap_or_default();
        // A colon separates only before a space or a quote: `host:port` and `https://` are no assignments.
        if sign == ":" && !after.starts_with([' ', '"', '\'']) {
            continue;
        }
        let value = match after.trim_start() {
            quoted if quoted.starts_with('"') => quoted.split('"').nth(1),
            quoted if quoted.starts_with('\'') => quoted.split('\'').nth(1),
            bare => bare.split([' ', ';', ',', '&', '|']).next(),
        };
        if let Some(value) = value {
            found.push((name, value));
        }
    }
    found
}

#[cfg(test)]
#[path = "plaintext_tests.rs"]
mod tests;
