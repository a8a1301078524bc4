//! Files to records: one or several YAML documents per file, every problem reported, nothing guessed.

mod parts;
mod shapes;

use std::sync::Arc;

use self::shapes::{RECORD, SHARED_KEYS};
use super::canonical::digest;
use super::codes;
use super::lifecycle::{State, Timeline};
use super::record::{Category, Detection, Folder, Located, Record, Renewal};
use crate::control::ControlId;
use crate::date::ExpiryPoint;
use crate::diagnostic::Diagnostic;
use crate::document::{Fields, Node, NodeKind, Text, yaml};
use crate::source::{Source, Span};

/// A record as read from its file, with what is wrong with it.
pub(super) struct Loaded {
    pub(super) record: Record,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The records of one file, and what is wrong with the file as a whole.
pub(super) fn file(source: &Arc<Source>, id_prefix: &str) -> (Vec<Loaded>, Vec<Diagnostic>) {
    // What could not be decoded was replaced: two contents that differ there would have one digest.
    if let Some(at) = source.text().find(char::REPLACEMENT_CHARACTER) {
        let message = format!("`{}` is not UTF-8 text", source.name());
        let end = at + char::REPLACEMENT_CHARACTER.len_utf8();
        let diagnostic = Diagnostic::new(&codes::EXC000, message)
            .at(&Span::new(source.clone(), at, end))
            .help("save the file as UTF-8");
        return (Vec::new(), vec![diagnostic]);
    }
    let documents = match yaml::parse_all(source) {
        Ok(documents) => documents,
        Err(errors) => return (Vec::new(), unreadable(errors)),
    };
    // `---` at the end of a file starts a document that nobody wrote.
    let documents: Vec<_> = documents
        .into_iter()
        .filter(|node| node.kind != NodeKind::Null)
        .collect();
    if documents.is_empty() {
        let start = Span::new(source.clone(), 0, 0);
        let message = format!("`{}` holds no exception", source.name());
        let diagnostic = Diagnostic::new(&codes::EXC000, message)
            .at(&start)
            .help("write a record or delete the file");
        return (Vec::new(), vec![diagnostic]);
    }
    let mut records = Vec::with_capacity(documents.len());
    let mut faults = Vec::new();
    for node in &documents {
        let mut diagnostics = Vec::new();
        match record(node, source, documents.len(), id_prefix, &mut diagnostics) {
            Some(record) => records.push(Loaded { record, diagnostics }),
            None => faults.append(&mut diagnostics),
        }
    }
    (records, faults)
}

/// Turns syntax errors into what they mean here: a file that the evaluation goes on without.
pub(super) fn unreadable(errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    errors
        .into_iter()
        .map(|error| Diagnostic {
            code: &codes::EXC000,
            ..error
        })
        .collect()
}

/// Checks the optional `schemaVersion`: absent is 1, and a version this tool does not know is never guessed at.
pub(super) fn schema_version(fields: &mut Fields<'_, '_>) {
    let _ = fields.optional("schemaVersion").integer(1..=1);
}

fn record(
    node: &Node,
    source: &Arc<Source>,
    siblings: usize,
    id_prefix: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Record> {
    if matches!(node.kind, NodeKind::Sequence(_)) {
        let message = "a list of exceptions is not a record";
        diagnostics.push(
            Diagnostic::new(&codes::EXC000, message)
                .at(&node.span)
                .help("write one document per exception, with a line `---` between them"),
        );
        return None;
    }
    let mut fields = Fields::read(node, &RECORD, diagnostics)?;
    schema_version(&mut fields);
    let id = id(&mut fields, source, id_prefix);
    let control = control(&mut fields);
    let title = arc(fields.optional("title").non_blank());
    let category = fields
        .optional("category")
        .word(&Category::ALL.map(Category::as_str));
    let owner = located(fields.required("owner").code(&codes::EXC012).non_blank());
    let reason = reason(&mut fields);
    let effective_from = date(&mut fields, "effectiveFrom");
    let expires_on = expiry(&mut fields);
    let detection = detection(&mut fields);
    let supersedes = if is_null(node, "supersedes") {
        None
    } else {
        fields.optional("supersedes").non_blank()
    };
    let asserted = fields.optional("state").word(&State::ALL.map(State::as_str));
    // `fields` ends here, so that the nested mappings can report into the same list. Null counts as absent for them.
    let scope = parts::scope(node, diagnostics);
    Some(Record {
        id,
        control,
        title,
        category: Category::ALL
            .into_iter()
            .find(|known| category.as_deref() == Some(known.as_str()))
            .unwrap_or_default(),
        scope,
        owner,
        reason,
        risk: parts::risk(node, diagnostics),
        compensating_controls: parts::compensating_controls(node, diagnostics),
        approval: parts::approval(node, diagnostics),
        effective_from,
        expires_on,
        review: parts::review(node, diagnostics),
        evidence: parts::evidence(node, diagnostics),
        detection,
        closure: parts::closure(node, diagnostics),
        revocation: parts::revocation(node, diagnostics),
        supersedes: located(supersedes),
        asserted_state: asserted.and_then(|text| {
            let state = State::ALL.into_iter().find(|state| state.as_str() == &*text)?;
            Some(Located {
                value: state,
                span: text.span,
            })
        }),
        extensions: node
            .entries()
            .iter()
            .filter(|entry| entry.key.starts_with("x-"))
            .map(|entry| (entry.key.clone(), entry.value.to_value()))
            .collect(),
        digest: digest(node, SHARED_KEYS).into(),
        folder: folder(source.name()),
        span: node
            .entries()
            .first()
            .map_or_else(|| node.span.clone(), |entry| entry.key_span.clone()),
        siblings,
        missing_roles: Vec::new(),
        faults: Vec::new(),
        timeline: Timeline::default(),
        renewal: Renewal::default(),
    })
}

fn id(fields: &mut Fields<'_, '_>, source: &Arc<Source>, prefix: &str) -> Located<Arc<str>> {
    let form = format!("{prefix}-2026-0007");
    let Some(text) = fields.required("id").code(&codes::EXC002).string() else {
        return Located {
            value: source.name().into(),
            span: fields.span("id"),
        };
    };
    if !is_exception_id(&text, prefix) {
        let message = format!("`{text}` is not the id of an exception");
        fields.report(
            Diagnostic::new(&codes::EXC002, message)
                .at(&text.span)
                .help(format!(
                    "write {prefix}-, the year and a number of at least four digits: {form}"
                )),
        );
    }
    Located {
        value: text.text,
        span: text.span,
    }
}

/// `EXC-` + four digits + `-` + four or more digits.
fn is_exception_id(text: &str, prefix: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| year.len() == 4 && digits(year) && number.len() >= 4 && digits(number))
}

fn control(fields: &mut Fields<'_, '_>) -> Option<Located<ControlId>> {
    let node = fields.required("controlId").code(&codes::EXC003).value()?;
    let text = node.as_str().map(str::to_owned);
    let fault = match (&node.kind, text.as_deref()) {
        (NodeKind::Sequence(_), _) => (
            "`controlId` is a list, and an approval is for exactly one control".to_owned(),
            "split the record: one per control",
        ),
        (_, Some(text)) if text.contains(['*', '?']) => (
            format!("`{text}` in `controlId` is a wildcard, and an approval is for exactly one control"),
            "name the control, for example DP-ENC-001",
        ),
        (_, Some(text)) => match ControlId::new(text) {
            Some(id) => {
                return Some(Located {
                    value: id,
                    span: node.span.clone(),
                });
            }
            None => (
                format!("`{text}` is not the id of a control"),
                "write for example DP-ENC-001",
            ),
        },
        _ => (
            format!(
                "`controlId` must be the id of a control, and this is {}",
                node.describe()
            ),
            "write for example DP-ENC-001",
        ),
    };
    fields.report(
        Diagnostic::new(&codes::EXC003, fault.0)
            .at(&node.span)
            .help(fault.1),
    );
    None
}

fn reason(fields: &mut Fields<'_, '_>) -> Option<Located<Arc<str>>> {
    const LEAST: usize = 20;
    let text = fields.required("reason").code(&codes::EXC013).non_blank()?;
    let message = if is_placeholder(&text) {
        "`reason` is a placeholder".to_owned()
    } else if text.chars().count() < LEAST {
        format!(
            "`reason` has {} characters, and {LEAST} are the least",
            text.chars().count()
        )
    } else {
        return Some(Located {
            value: text.text,
            span: text.span,
        });
    };
    fields.report(
        Diagnostic::new(&codes::EXC013, message)
            .at(&text.span)
            .help("say why the control cannot be met and what will change that"),
    );
    Some(Located {
        value: text.text,
        span: text.span,
    })
}

/// True when a text consists of words that stand for a text.
fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "todo",
        "tbd",
        "tba",
        "na",
        "n",
        "a",
        "none",
        "fixme",
        "later",
        "test",
        "reason",
        "placeholder",
    ];
    let lower = text.to_lowercase();
    let mut words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let repeated = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next();
        word.len() > 2 && chars.all(|c| Some(c) == first)
    };
    words.all(|word| WORDS.contains(&word) || repeated(word))
}

fn expiry(fields: &mut Fields<'_, '_>) -> Option<Located<ExpiryPoint>> {
    if fields.has("expiresOn") && !is_null(fields.node(), "expiresOn") {
        return date(fields, "expiresOn");
    }
    let place = match fields
        .node()
        .entry("expiresOn")
        .or_else(|| fields.node().entries().first())
    {
        Some(entry) => entry.key_span.clone(),
        None => fields.node().span.clone(),
    };
    fields.report(
        Diagnostic::new(
            &codes::EXC001,
            "an exception without `expiresOn` never ends; if it cannot expire it is a policy change",
        )
        .at(&place)
        .help("add `expiresOn: YYYY-MM-DD`, or change the control instead"),
    );
    None
}

fn detection(fields: &mut Fields<'_, '_>) -> Detection {
    let (keep, collect) = (Detection::KeepAlerting, Detection::AlertDigest);
    let word = fields
        .optional("detection")
        .word(&[keep.as_str(), collect.as_str()]);
    if word.is_some_and(|word| &*word == collect.as_str()) {
        collect
    } else {
        keep
    }
}

/// Reads an optional date. `None` when it is absent or, with a diagnostic, when it is not a date.
fn date(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Located<ExpiryPoint>> {
    let text = fields.optional(name).code(&codes::EXC017).string()?;
    match ExpiryPoint::parse(&text) {
        Ok(value) => Some(Located {
            value,
            span: text.span,
        }),
        Err(error) => {
            fields.report(
                Diagnostic::new(&codes::EXC017, format!("`{name}`: `{text}` {}", error.reason()))
                    .at(&text.span)
                    .help(format!("write {}", error.example())),
            );
            None
        }
    }
}

/// The folder a file lies in. What counts are the directories below `exceptions`, or the last one when there is no
/// `exceptions`, so that a working copy in a directory called `expired` vetoes nothing.
fn folder(name: &str) -> Folder {
    let mut directories: Vec<&str> = name.split(['/', '\\']).collect();
    directories.pop();
    let below = match directories
        .iter()
        .rposition(|directory| directory.eq_ignore_ascii_case("exceptions"))
    {
        Some(at) => directories.split_off(at + 1),
        None => directories.pop().into_iter().collect(),
    };
    // On some disks `Expired` is `expired`; a veto must not depend on the disk.
    let is_below = |folder: &str| {
        below
            .iter()
            .any(|directory| directory.eq_ignore_ascii_case(folder))
    };
    if is_below("expired") {
        Folder::Expired
    } else if is_below("approved") {
        Folder::Approved
    } else {
        Folder::Other
    }
}

fn is_null(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|value| value.kind == NodeKind::Null)
}

fn located(text: Option<Text>) -> Option<Located<Arc<str>>> {
    text.map(|text| Located {
        value: text.text,
        span: text.span,
    })
}

fn arc(text: Option<Text>) -> Option<Arc<str>> {
    text.map(Arc::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Shape;

    /// The schema lists exactly the fields that the loader knows.
    #[test]
    fn the_schema_has_the_fields_of_the_loader() {
        let schema: serde_json::Value = serde_json::from_str(crate::exception::SCHEMA).expect("JSON");
        let cases: [(&str, &Shape); 9] = [
            ("", &RECORD),
            ("/properties/scope", &shapes::SCOPE),
            ("/properties/risk", &shapes::RISK),
            ("/properties/compensatingControls/items", &shapes::COMPENSATING),
            ("/properties/approval", &shapes::APPROVAL),
            (
                "/properties/approval/properties/approvals/items",
                &shapes::DECISION,
            ),
            ("/properties/review", &shapes::REVIEW),
            ("/properties/evidence/items", &shapes::EVIDENCE),
            ("/properties/closure", &shapes::CLOSURE),
        ];
        for (path, shape) in cases {
            let properties = schema
                .pointer(path)
                .and_then(|node| node.get("properties"))
                .and_then(|node| node.as_object());
            let mut listed: Vec<&str> = properties.expect(path).keys().map(String::as_str).collect();
            let mut known = shape.fields.to_vec();
            listed.sort_unstable();
            known.sort_unstable();
            assert_eq!(listed, known, "{}", shape.what);
        }
    }

    #[test]
    fn folders_are_told_by_the_directories_below_exceptions() {
        let cases = [
            ("exceptions/approved/EXC-2026-0007.yaml", Folder::Approved),
            ("exceptions/expired/EXC-2026-0007.yaml", Folder::Expired),
            ("exceptions/expired/2026/EXC-2026-0007.yaml", Folder::Expired),
            ("exceptions\\expired\\EXC-2026-0007.yaml", Folder::Expired),
            ("expired/EXC-2026-0007.yaml", Folder::Expired),
            ("exceptions/EXC-2026-0007.yaml", Folder::Other),
            (
                "/home/rina/expired/exceptions/approved/EXC-2026-0007.yaml",
                Folder::Approved,
            ),
            ("/home/rina/expired/registry/EXC-2026-0007.yaml", Folder::Other),
            ("expired.yaml", Folder::Other),
            ("", Folder::Other),
        ];
        for (name, expected) in cases {
            assert_eq!(folder(name), expected, "{name}");
        }
    }

    #[test]
    fn placeholders_are_known() {
        for text in [
            "TODO",
            "n/a",
            "tbd tbd TBD - todo",
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "....................",
            "N-A",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("Test database is rebuilt every night"));
    }

    #[test]
    fn ids_have_one_form() {
        for id in ["EXC-2026-0007", "EXC-2026-12345"] {
            assert!(is_exception_id(id, "EXC"), "{id}");
        }
        for id in [
            "",
            "EXC-26-0007",
            "EXC-2026-007",
            "exc-2026-0007",
            "EXC-2026-0007 ",
            "EXC-2026-00a7",
            "XEXC-2026-0007",
        ] {
            assert!(!is_exception_id(id, "EXC"), "{id}");
        }
        assert!(is_exception_id("ACME-2026-0007", "ACME"));
    }
}
