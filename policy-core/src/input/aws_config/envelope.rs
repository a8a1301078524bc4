//! What configuration items come wrapped in.
//!
//! The key names come from the AWS Config developer guide: "Example Configuration Snapshot from AWS Config" and
//! "Example Configuration History" for files, "Example Events for AWS Config Rules" for events, and the API reference of
//! `GetResourceConfigHistory`, `BatchGetResourceConfig` and `SelectResourceConfig` for answers.

use std::borrow::Cow;

use super::codes as code;
use crate::diagnostic::{Diagnostic, Level};
use crate::document::{Entry, Node, NodeKind, json};
use crate::source::{Source, Span};

/// How deep events may be wrapped: a notification that holds a rule event that holds an invoking event.
const MOST_WRAPPERS: usize = 4;

/// How much of a resource an item tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A configuration item: what it lists is all there is.
    Whole,
    /// The summary of an item that was too large for its notification.
    Summary,
    /// A row of an advanced query: the columns that somebody asked for.
    Row,
}

/// An item where it was found.
#[derive(Clone, Debug)]
pub(super) struct Found<'n> {
    pub(super) node: Cow<'n, Node>,
    /// The text that holds the item as JSON; places inside of it are not known.
    pub(super) holder: Option<Span>,
    pub(super) extent: Extent,
}

impl Found<'_> {
    /// The place of the item, or of the text that holds it.
    pub(super) fn span(&self) -> &Span {
        self.holder.as_ref().unwrap_or(&self.node.span)
    }
}

/// Everything found in one input.
#[derive(Debug, Default)]
pub(super) struct Collected<'n> {
    /// Configuration items, summaries and rows.
    pub(super) items: Vec<Found<'n>>,
    /// Answers of Cloud Control.
    pub(super) cloud_control: Vec<Found<'n>>,
    /// Set when older or newer items may be missing: the place that says so.
    pub(super) more: Option<Span>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A member by name: exactly, else ignoring case, because SDKs disagree on it.
pub(super) fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    node.entry(name).or_else(|| {
        node.entries()
            .iter()
            .find(|entry| entry.key.eq_ignore_ascii_case(name))
    })
}

/// Whether a parsed document is AWS Config's or Cloud Control's. It looks at the top, and at the first element of a list.
///
/// ```
/// use policy_core::{document::json, input::aws_config::recognise_config, source::Source};
/// let is_config = |text: &str| json::parse(&Source::new("x.json", text)).is_ok_and(|root| recognise_config(&root));
/// assert!(is_config(r#"{"fileVersion": "1.0", "configurationItems": []}"#));
/// assert!(is_config(r#"{"TypeName": "AWS::S3::Bucket", "ResourceDescription": {}}"#));
/// assert!(!is_config(r#"{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}"#));
/// ```
pub fn recognise_config(root: &Node) -> bool {
    match &root.kind {
        NodeKind::Mapping(_) => is_wrapper(root) || is_item(root),
        NodeKind::Sequence(items) => items.first().is_some_and(|first| match first.as_str() {
            Some(text) => text.trim_start().starts_with('{') && text.contains("\"resource"),
            None => is_wrapper(first) || is_item(first),
        }),
        _ => false,
    }
}

const LISTS: [&str; 2] = ["configurationItems", "baseConfigurationItems"];
const EVENTS: [&str; 2] = ["configurationItem", "configurationItemSummary"];

fn is_wrapper(node: &Node) -> bool {
    let has = |name: &str| field(node, name).is_some();
    LISTS.iter().chain(&EVENTS).any(|name| has(name))
        || has("invokingEvent")
        || (has("Results") && has("QueryInfo"))
        || is_cloud_control(node)
        || wrapped(node).is_some_and(|inner| EVENTS.iter().any(|name| field(&inner, name).is_some()))
}

fn is_cloud_control(node: &Node) -> bool {
    let described = ["ResourceDescription", "ResourceDescriptions"];
    field(node, "TypeName").is_some() && described.iter().any(|name| field(node, name).is_some())
}

fn is_item(node: &Node) -> bool {
    let has = |name: &str| field(node, name).is_some();
    // The type alone would also be a resource of some other tool.
    let is_aws = field(node, "resourceType")
        .and_then(|entry| entry.value.as_str())
        .is_some_and(|name| name.contains("::"));
    let known = ["resourceId", "arn", "configuration", "configurationItemStatus"];
    (is_aws && known.iter().any(|name| has(name)))
        || (has("resourceId") && (has("configuration") || node.entries().iter().any(is_dotted)))
}

fn is_dotted(entry: &Entry) -> bool {
    ["configuration.", "supplementaryConfiguration.", "tags."]
        .iter()
        .any(|start| entry.key.starts_with(start))
}

/// What an event of EventBridge or a notification of SNS is about.
fn wrapped(node: &Node) -> Option<Cow<'_, Node>> {
    if let Some(detail) = field(node, "detail") {
        return Some(Cow::Borrowed(&detail.value));
    }
    parse_text(field(node, "Message")?.value.as_str()?).map(Cow::Owned)
}

/// Parses a text inside of the document. Its own depth is bounded like that of a document.
pub(super) fn parse_text(text: &str) -> Option<Node> {
    json::parse(&Source::new("", text)).ok()
}

impl<'n> Collected<'n> {
    pub(super) fn read(root: &'n Node) -> Self {
        let mut collected = Self::default();
        collected.value(Cow::Borrowed(root), None, MOST_WRAPPERS);
        if collected.items.is_empty()
            && collected.cloud_control.is_empty()
            && collected.diagnostics.is_empty()
        {
            let message = match message_type(root) {
                Some(kind) => format!("the event holds no configuration item: it is a `{kind}`"),
                None => "no configuration item in the input".to_owned(),
            };
            let help =
                "give a snapshot, a history, an answer of the API or an event for a configuration change";
            collected
                .diagnostics
                .push(Diagnostic::new(&code::AWC001, message).at(&root.span).help(help));
        }
        collected
    }

    /// One document, event or item. `wrappers` bounds the recursion.
    fn value(&mut self, node: Cow<'n, Node>, holder: Option<Span>, wrappers: usize) {
        if let NodeKind::Sequence(_) = node.kind {
            for item in elements(node) {
                self.element(item, &holder, None, wrappers);
            }
            return;
        }
        for name in LISTS {
            if let Some(list) = member(&node, name) {
                self.paging(&node, &holder, name);
                return self.list(list, &holder, Extent::Whole, name, wrappers);
            }
        }
        if let (Some(rows), Some(_)) = (member(&node, "Results"), field(&node, "QueryInfo")) {
            if let Some(token) = next_token(&node) {
                self.incomplete(
                    "the answer has a next token, so rows are missing",
                    &holder,
                    &token.value.span,
                );
            }
            return self.list(rows, &holder, Extent::Row, "Results", wrappers);
        }
        if is_cloud_control(&node) {
            let extent = Extent::Whole;
            self.cloud_control.push(Found { node, holder, extent });
            return;
        }
        for (name, extent) in EVENTS.into_iter().zip([Extent::Whole, Extent::Summary]) {
            if let Some(item) = member(&node, name).filter(|item| matches!(item.kind, NodeKind::Mapping(_))) {
                self.items.push(Found {
                    node: item,
                    holder,
                    extent,
                });
                return;
            }
        }
        if let Some(next) = wrappers.checked_sub(1) {
            for name in ["invokingEvent", "detail", "Message"] {
                let Some(inner) = member(&node, name) else {
                    continue;
                };
                return match inner.as_str() {
                    None => self.value(inner, holder, next),
                    Some(text) => {
                        let place = holder.unwrap_or_else(|| inner.span.clone());
                        match parse_text(text) {
                            Some(inner) => self.value(Cow::Owned(inner), Some(place), next),
                            None => {
                                let message = format!("the text of `{name}` is not valid JSON");
                                self.diagnostics
                                    .push(Diagnostic::new(&code::AWC002, message).at(&place));
                            }
                        }
                    }
                };
            }
        }
        if is_item(&node) {
            let extent = extent_of(&node);
            self.items.push(Found { node, holder, extent });
        }
    }

    fn list(
        &mut self,
        list: Cow<'n, Node>,
        holder: &Option<Span>,
        extent: Extent,
        name: &str,
        wrappers: usize,
    ) {
        if let NodeKind::Sequence(_) = list.kind {
            for item in elements(list) {
                self.element(item, holder, Some(extent), wrappers);
            }
            return;
        }
        let place = holder.as_ref().unwrap_or(&list.span);
        let message = format!("`{name}` is {}, not a list", list.describe());
        self.diagnostics
            .push(Diagnostic::new(&code::AWC002, message).at(place));
    }

    /// An element of a list. `extent` is known when the list says what is in it.
    fn element(
        &mut self,
        item: Cow<'n, Node>,
        holder: &Option<Span>,
        extent: Option<Extent>,
        wrappers: usize,
    ) {
        let place = holder.clone().unwrap_or_else(|| item.span.clone());
        let (item, holder) = match item.as_str().map(parse_text) {
            // A row comes as a text that holds it, in the answer of the API.
            Some(Some(row)) => (Cow::Owned(row), Some(place.clone())),
            _ => (item, holder.clone()),
        };
        if !matches!(item.kind, NodeKind::Mapping(_)) {
            let message = format!("a configuration item is {}, not an object", item.describe());
            self.diagnostics
                .push(Diagnostic::new(&code::AWC002, message).at(&place));
            return;
        }
        match (extent, wrappers.checked_sub(1)) {
            (Some(extent), _) => self.items.push(Found {
                node: item,
                holder,
                extent,
            }),
            (None, Some(next)) if is_wrapper(&item) => self.value(item, holder, next),
            (None, _) => {
                let extent = extent_of(&item);
                self.items.push(Found {
                    node: item,
                    holder,
                    extent,
                });
            }
        }
    }

    fn paging(&mut self, node: &Node, holder: &Option<Span>, list: &str) {
        if let Some(token) = next_token(node) {
            self.more = Some(holder.clone().unwrap_or_else(|| token.value.span.clone()));
        }
        for name in ["unprocessedResourceKeys", "UnprocessedResourceIdentifiers"] {
            let Some(keys) = field(node, name).filter(|keys| !keys.value.items().is_empty()) else {
                continue;
            };
            let message = format!(
                "{} of the resources asked for are not in `{list}`",
                keys.value.items().len()
            );
            self.incomplete(&message, holder, &keys.value.span);
        }
    }

    fn incomplete(&mut self, message: &str, holder: &Option<Span>, span: &Span) {
        let place = holder.as_ref().unwrap_or(span);
        self.diagnostics.push(
            Diagnostic::new(&code::AWC007, message)
                .at(place)
                .help("ask again for all pages and for every key"),
        );
    }

    /// Says that there are more pages, once it is known whether they hold older items only.
    pub(super) fn report_more(&mut self, newest_first: Option<bool>) {
        let Some(place) = self.more.take() else { return };
        let (level, message) = match newest_first {
            // Pages that follow hold what was before.
            Some(true) => return,
            Some(false) => (
                Level::Error,
                "the answer has a next token, so the newest items are missing",
            ),
            None => (
                Level::Warning,
                "the answer has a next token; this may not be the newest item",
            ),
        };
        self.diagnostics.push(
            Diagnostic::new(&code::AWC007, message)
                .level(level)
                .at(&place)
                .help("ask for all pages, or for the newest item first (`--chronological-order Reverse`)"),
        );
    }
}

/// An item that stands alone is whole when it has what no query can ask for: the names that only the envelopes of files
/// and events have, members that are no columns, or a configuration in a text, as the API gives it. Everything else may be
/// a row, however much it looks like an item.
fn extent_of(node: &Node) -> Extent {
    let never_columns = [
        "configurationItemVersion",
        "configurationItemMD5Hash",
        "configurationStateMd5Hash",
        "relatedEvents",
        "awsAccountId",
    ];
    let written = never_columns.iter().any(|name| field(node, name).is_some());
    let in_text = field(node, "configuration").is_some_and(|entry| entry.value.as_str().is_some());
    if (written || in_text) && !node.entries().iter().any(is_dotted) {
        Extent::Whole
    } else {
        Extent::Row
    }
}

fn next_token(node: &Node) -> Option<&Entry> {
    field(node, "nextToken").filter(|token| token.value.as_str().is_some_and(|token| !token.is_empty()))
}

fn message_type(root: &Node) -> Option<String> {
    let event = match field(root, "invokingEvent") {
        Some(event) => Cow::Owned(parse_text(event.value.as_str()?)?),
        None => wrapped(root).unwrap_or(Cow::Borrowed(root)),
    };
    Some(field(&event, "messageType")?.value.as_str()?.to_owned())
}

/// A member, borrowed as long as its parent is.
fn member<'n>(node: &Cow<'n, Node>, name: &str) -> Option<Cow<'n, Node>> {
    match node {
        Cow::Borrowed(node) => field(node, name).map(|entry| Cow::Borrowed(&entry.value)),
        Cow::Owned(node) => field(node, name).map(|entry| Cow::Owned(entry.value.clone())),
    }
}

/// The elements of a list, borrowed as long as it is.
fn elements<'n>(node: Cow<'n, Node>) -> Vec<Cow<'n, Node>> {
    match node {
        Cow::Borrowed(node) => node.items().iter().map(Cow::Borrowed).collect(),
        Cow::Owned(Node {
            kind: NodeKind::Sequence(items),
            ..
        }) => items.into_iter().map(Cow::Owned).collect(),
        Cow::Owned(_) => Vec::new(),
    }
}
