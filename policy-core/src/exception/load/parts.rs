//! The mappings nested in a record.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::super::accounts::account_id_fault;
use super::super::codes;
use super::super::pattern::Pattern;
use super::super::record::{
    ApprovalLog, Cadence, Closure, CompensatingControl, Decision, EvidenceLink, Expectation, Located,
    RecordScope, Review, Revocation, Risk,
};
use super::shapes::{
    APPROVAL, APPROVES, CLOSURE, COMPENSATING, DECISION, EVIDENCE, EXPECT, REVIEW, REVOCATION, RISK, SCOPE,
};
use super::{arc, date, is_null, located};
use crate::control::{Environment, Severity};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Fields, Node, NodeKind, Shape, Text};
use crate::source::Span;
use crate::value::AttributePath;

/// Opens the nested mapping `key`, unless it is absent or null.
fn open<'n, 'd>(
    record: &'n Node,
    key: &str,
    shape: &'static Shape,
    diagnostics: &'d mut Vec<Diagnostic>,
) -> Option<Fields<'n, 'd>> {
    let node = record.get(key).filter(|node| node.kind != NodeKind::Null)?;
    Fields::read(node, shape, diagnostics)
}

/// The elements of the nested list `key`.
fn items<'n>(
    record: &'n Node,
    key: &'static str,
    code: &'static Code,
    diagnostics: &mut Vec<Diagnostic>,
) -> &'n [Node] {
    let Some(node) = record.get(key).filter(|node| node.kind != NodeKind::Null) else {
        return &[];
    };
    if !matches!(node.kind, NodeKind::Sequence(_)) {
        let message = format!("`{key}` must be a list, and this is {}", node.describe());
        diagnostics.push(Diagnostic::new(code, message).at(&node.span));
    }
    node.items()
}

pub(super) fn scope(record: &Node, diagnostics: &mut Vec<Diagnostic>) -> RecordScope {
    let place = record.entry("scope").or_else(|| record.entries().first());
    let place = place.map_or_else(|| record.span.clone(), |entry| entry.key_span.clone());
    let Some(mut fields) = open(record, "scope", &SCOPE, diagnostics) else {
        diagnostics.push(no_resources(&place));
        return RecordScope::default();
    };
    let named = fields.has("resources");
    let written = fields.optional("resources").code(&codes::EXC010).strings();
    let mut resources = Vec::new();
    for text in written.iter().flatten() {
        match Pattern::parse(text) {
            Ok(value) => resources.push(Located {
                value,
                span: text.span.clone(),
            }),
            Err(error) => fields.report(
                Diagnostic::new(&codes::EXC010, error.to_string())
                    .at(&text.span)
                    .help(error.help()),
            ),
        }
    }
    if !named || written.is_some_and(|written| written.is_empty()) {
        fields.report(no_resources(&place));
    }
    let accounts = dimension(&mut fields, "accounts");
    for account in accounts.iter().flatten() {
        let text = Text {
            text: account.value.clone(),
            span: account.span.clone(),
        };
        // A text of digits is meant as an id; every other text is a name that the account registry resolves.
        if text.bytes().all(|byte| byte.is_ascii_digit())
            && let Some(fault) = account_id_fault(&text)
        {
            fields.report(fault);
        }
    }
    let regions = dimension(&mut fields, "regions");
    let environments = dimension(&mut fields, "environments")
        .map(|names| names.iter().map(|name| Environment::resolve(name)).collect());
    let workloads =
        dimension(&mut fields, "workloads").map(|names| names.into_iter().map(|name| name.value).collect());
    let tags = tags(&mut fields);
    let field_paths = dimension(&mut fields, "fields").map(|texts| {
        let mut paths = Vec::with_capacity(texts.len());
        for text in texts {
            paths.extend(path(&mut fields, &text.value, &text.span));
        }
        paths
    });
    let span = fields.node().span.clone();
    let expected = fields.optional("expect").list().unwrap_or_default();
    let expect = expected
        .iter()
        .filter_map(|item| expectation(item, diagnostics))
        .collect();
    RecordScope {
        resources,
        accounts,
        regions,
        environments,
        workloads,
        tags,
        fields: field_paths,
        expect,
        span: Some(span),
    }
}

fn no_resources(place: &Span) -> Diagnostic {
    Diagnostic::new(&codes::EXC010, "the exception names no resources")
        .at(place)
        .help("add `scope: {resources: [\"tf:module.a.aws_s3_bucket.logs\"]}`")
}

/// A list that narrows a record down. An empty one would narrow it to nothing, or to everything: nobody can tell.
fn dimension(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Vec<Located<Arc<str>>>> {
    let texts = fields.optional(name).strings()?;
    if texts.is_empty() {
        let message = format!("`scope.{name}` is empty or holds nothing that can be used");
        let span = fields.span(name);
        fields.report(
            Diagnostic::new(&codes::EXC000, message)
                .at(&span)
                .help("name at least one, or remove the field for any"),
        );
    }
    Some(
        texts
            .into_iter()
            .map(|text| Located {
                value: text.text,
                span: text.span,
            })
            .collect(),
    )
}

fn tags(fields: &mut Fields<'_, '_>) -> Option<BTreeMap<Arc<str>, Vec<Arc<str>>>> {
    let entries = fields.optional("tags").map()?;
    let mut tags = BTreeMap::new();
    let mut fault = |span: &Span, message: String| {
        fields.report(
            Diagnostic::new(&codes::EXC000, message)
                .at(span)
                .help("write `tags: {Team: payments}` or `tags: {Team: [a, b]}`"),
        );
    };
    for entry in entries {
        let values = match &entry.value.kind {
            NodeKind::Sequence(items) => items.iter().map(Node::scalar_text).collect::<Option<Vec<_>>>(),
            NodeKind::Null => None,
            _ => entry.value.scalar_text().map(|text| vec![text]),
        };
        match values.filter(|values| !values.is_empty()) {
            Some(values) => {
                tags.insert(entry.key.clone(), values);
            }
            None => fault(
                &entry.value.span,
                format!("tag `{}` in `scope.tags` has no value", entry.key),
            ),
        }
    }
    if entries.is_empty() {
        let span = fields.span("tags");
        fields.report(
            Diagnostic::new(&codes::EXC000, "`scope.tags` is empty")
                .at(&span)
                .help("name at least one tag, or remove the field for any"),
        );
    }
    Some(tags)
}

fn path(fields: &mut Fields<'_, '_>, text: &str, span: &Span) -> Option<AttributePath> {
    match AttributePath::parse(text) {
        Ok(path) => Some(path),
        Err(error) => {
            fields.report(
                Diagnostic::new(&codes::EXC000, format!("`{text}` is {error}"))
                    .at(span)
                    .help("write for example `ingress[0].cidr`"),
            );
            None
        }
    }
}

fn expectation(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Expectation> {
    let mut fields = Fields::read(node, &EXPECT, diagnostics)?;
    let text = fields.required("path").non_blank();
    // Null is a value here (the attribute is absent), so the field is required and may be empty.
    let equals = match node.get("equals") {
        Some(value) => Some(value.to_value()),
        None => fields.required("equals").value().map(Node::to_value),
    };
    let text = text?;
    Some(Expectation {
        path: path(&mut fields, &text, &text.span)?,
        equals: equals?,
    })
}

pub(super) fn risk(record: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Risk> {
    let mut fields = open(record, "risk", &RISK, diagnostics)?;
    let mut words = Severity::ALL.map(Severity::as_str).to_vec();
    words.push("informational");
    let severity = fields.optional("severity").word(&words);
    Some(Risk {
        severity: severity.and_then(|word| Severity::from_str(&word).ok()),
        statement: arc(fields.optional("statement").non_blank()),
    })
}

pub(super) fn compensating_controls(
    record: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<CompensatingControl> {
    let mut controls = Vec::new();
    for item in items(record, "compensatingControls", &codes::EXC009, diagnostics) {
        let Some(mut fields) = Fields::read(item, &COMPENSATING, diagnostics) else {
            continue;
        };
        let description = arc(fields.optional("description").non_blank());
        let control = if is_null(item, "controlId") {
            None
        } else {
            fields.optional("controlId").non_blank()
        };
        let evidence = if is_null(item, "evidence") {
            None
        } else {
            fields.optional("evidence").non_blank()
        };
        controls.push(CompensatingControl {
            description,
            control: located(control),
            evidence: arc(evidence),
        });
    }
    controls
}

pub(super) fn approval(record: &Node, diagnostics: &mut Vec<Diagnostic>) -> ApprovalLog {
    let Some(mut fields) = open(record, "approval", &APPROVAL, diagnostics) else {
        return ApprovalLog::default();
    };
    let requested_by = located(fields.optional("requestedBy").non_blank());
    let requested_on = date(&mut fields, "requestedOn");
    let written = fields.optional("approvals").list().unwrap_or_default();
    let decisions = written
        .iter()
        .filter_map(|item| decision(item, diagnostics))
        .collect();
    let span = record.entry("approval").map(|entry| entry.key_span.clone());
    ApprovalLog {
        requested_by,
        requested_on,
        decisions,
        span,
    }
}

fn decision(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Decision> {
    let mut fields = Fields::read(node, &DECISION, diagnostics)?;
    let by = arc(fields.required("by").non_blank());
    let role = arc(fields.required("role").non_blank());
    if !fields.has("on") {
        let _ = fields.required("on").value();
    }
    let on = date(&mut fields, "on");
    // The list is called `approvals`: an entry that does not say otherwise is one.
    let word = fields.optional("decision").word(&["approved", "rejected"]);
    let undecided = fields.has("decision") && word.is_none();
    let reference = arc(if is_null(node, "reference") {
        None
    } else {
        fields.optional("reference").non_blank()
    });
    let approves = if is_null(node, "approves") {
        None
    } else {
        fields.optional("approves").mapping(&APPROVES)
    };
    let approves = approves.and_then(|mut fields| fields.required("sha256").non_blank());
    let rejected = word.is_some_and(|word| &*word == "rejected");
    (!undecided).then(|| Decision {
        by,
        role,
        on,
        approved: !rejected,
        reference,
        approves: arc(approves),
        span: node.span.clone(),
    })
}

pub(super) fn review(record: &Node, diagnostics: &mut Vec<Diagnostic>) -> Review {
    let place = record.entry("review").or_else(|| record.entries().first());
    let place = place.map_or_else(|| record.span.clone(), |entry| entry.key_span.clone());
    let missing = Diagnostic::new(&codes::EXC019, "the exception has no review cadence")
        .at(&place)
        .help("add `review: {cadence: weekly}`");
    let Some(mut fields) = open(record, "review", &REVIEW, diagnostics) else {
        diagnostics.push(missing);
        return Review::default();
    };
    let last_reviewed_on = date(&mut fields, "lastReviewedOn");
    let last_reviewed_by = arc(fields.optional("lastReviewedBy").non_blank());
    let written = fields.optional("cadence").code(&codes::EXC019).non_blank();
    let cadence = written.as_ref().and_then(|text| Cadence::parse(text));
    match written {
        Some(text) if cadence.is_none() => fields.report(
            Diagnostic::new(&codes::EXC019, format!("`{text}` is not a review cadence"))
                .at(&text.span)
                .help("write daily, weekly, biweekly, monthly, quarterly, or days such as P10D"),
        ),
        None if !fields.has("cadence") => fields.report(missing),
        _ => {}
    }
    Review {
        cadence,
        last_reviewed_on,
        last_reviewed_by,
    }
}

pub(super) fn evidence(record: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<EvidenceLink> {
    let before = diagnostics.len();
    let mut links = Vec::new();
    for item in items(record, "evidence", &codes::EXC008, diagnostics) {
        let Some(mut fields) = Fields::read(item, &EVIDENCE, diagnostics) else {
            continue;
        };
        let link = fields.required("link").code(&codes::EXC008).non_blank();
        let sha256 = if is_null(item, "sha256") {
            None
        } else {
            fields.optional("sha256").non_blank()
        };
        let Some(link) = link else { continue };
        if !is_link(&link) {
            fields.report(
                Diagnostic::new(&codes::EXC008, format!("`{link}` is neither a URL nor a path"))
                    .at(&link.span)
                    .help("write for example https://tickets.example.com/RISK-118 or docs/risk-118.md"),
            );
            continue;
        }
        if let Some(text) = sha256.as_ref().filter(|text| !is_sha256(text)) {
            fields.report(
                Diagnostic::new(&codes::EXC000, format!("`{text}` is not a SHA-256"))
                    .at(&text.span)
                    .help("write its 64 hexadecimal digits"),
            );
        }
        links.push(EvidenceLink {
            link: link.text,
            sha256: arc(sha256),
        });
    }
    if links.is_empty() && diagnostics.len() == before {
        let place = record.entry("evidence").or_else(|| record.entries().first());
        let place = place.map_or_else(|| record.span.clone(), |entry| entry.key_span.clone());
        diagnostics.push(
            Diagnostic::new(&codes::EXC008, "the exception has no evidence")
                .at(&place)
                .help("add `evidence: [{link: \"https://tickets.example.com/RISK-118\"}]`"),
        );
    }
    links
}

/// A web address, or a path without blanks. Other schemes (`javascript:`, `data:`) prove nothing to a reader.
fn is_link(text: &str) -> bool {
    if text.chars().any(char::is_whitespace) {
        return false;
    }
    match text.split_once("://") {
        Some((scheme, rest)) => {
            matches!(scheme, "https" | "http" | "s3") && rest.chars().any(char::is_alphanumeric)
        }
        None => !text.contains(':') && text.chars().any(char::is_alphanumeric),
    }
}

pub(in super::super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn closure(record: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Closure> {
    let mut fields = open(record, "closure", &CLOSURE, diagnostics)?;
    let criteria = arc(fields.optional("criteria").non_blank());
    let closed_on = if is_null(fields.node(), "closedOn") {
        None
    } else {
        date(&mut fields, "closedOn")
    };
    let by = arc(fields.optional("by").non_blank());
    let reason =
        arc(fields
            .optional("reason")
            .word(&["remediated", "revoked", "superseded", "risk-transferred"]));
    let dated = fields.has("closedOn") && !is_null(fields.node(), "closedOn");
    if !dated && (by.is_some() || reason.is_some()) {
        // Somebody closed it and forgot the date: a record that reads as closed must not go on suppressing.
        let _ = fields.required("closedOn").value();
    }
    Some(Closure {
        criteria,
        closed_on,
        by,
        reason,
    })
}

pub(super) fn revocation(record: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Revocation> {
    let mut fields = open(record, "revocation", &REVOCATION, diagnostics)?;
    if !fields.has("on") {
        let _ = fields.required("on").value();
    }
    Some(Revocation {
        on: date(&mut fields, "on"),
        by: arc(fields.optional("by").non_blank()),
        reason: arc(fields.optional("reason").non_blank()),
    })
}
