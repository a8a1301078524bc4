//! `yamlencode` and `yamldecode`.

use std::collections::{BTreeMap, HashMap};

use super::date_time::Moment;
use super::error::Failure;
use super::signature::{Call, Function, any, returns, string};
use crate::document::MAX_DEPTH;
use crate::document::yaml::{Collection, Event, EventKind, Events, Item, write};
use crate::input::terraform::source::cty::{Data, Num, Type, Val, convert, normalized};
use crate::source::Source;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("yamldecode", &[string("src")], returns::any, |call| {
        decode(call.text(0))
    })
    .may_be_null(),
    Function::new(
        "yamlencode",
        &[any("value").null().untyped()],
        returns::string,
        encode,
    ),
];

fn encode(call: Call<'_>) -> Result<Val, Failure> {
    let Some(value) = call.args.first().filter(|value| value.is_wholly_known()) else {
        return Ok(call.unknown());
    };
    let mut texts = Vec::new();
    collect(value, &mut texts);
    // Terraform escapes characters beyond the basic plane; the emitter does not, and cannot be told to.
    let beyond =
        |piece: &Piece<'_>| matches!(piece, Piece::Text(text) if text.chars().any(|c| c > '\u{ffff}'));
    if texts.iter().any(beyond) {
        return Ok(call.unknown());
    }
    let items = texts.iter().map(|piece| match piece {
        Piece::Plain(text) => Item::Plain(text),
        Piece::Text(text) if text.contains('\n') => Item::Block(text),
        Piece::Text(text) => Item::Quoted(text),
        Piece::Open(collection) => Item::Open(*collection),
        Piece::Close(collection) => Item::Close(*collection),
    });
    let mut text = write(items).ok_or_else(|| Failure::other("the value has no YAML form"))?;
    // A plain scalar alone is closed with a mark in Terraform's version of the emitter; ours closes some texts instead.
    if let [Piece::Plain(_)] = texts.as_slice() {
        text.push_str("...\n");
    } else if let Some(open) = text.strip_suffix("\n...\n") {
        text = format!("{open}\n");
    }
    Ok(Val::string(&text))
}

enum Piece<'v> {
    Plain(String),
    Text(&'v str),
    Open(Collection),
    Close(Collection),
}

fn collect<'v>(value: &'v Val, pieces: &mut Vec<Piece<'v>>) {
    match &value.data {
        Data::Null(_) | Data::Unknown(..) => pieces.push(Piece::Plain("null".to_owned())),
        Data::Bool(value) => pieces.push(Piece::Plain(value.to_string())),
        Data::Number(number) => pieces.push(Piece::Plain(number.to_string())),
        Data::String(text) => pieces.push(Piece::Text(text)),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
            pieces.push(Piece::Open(Collection::Sequence));
            for element in elements {
                collect(element, pieces);
            }
            pieces.push(Piece::Close(Collection::Sequence));
        }
        Data::Map(_, elements) | Data::Object(elements) => {
            pieces.push(Piece::Open(Collection::Mapping));
            for (key, element) in elements {
                pieces.push(Piece::Text(key));
                collect(element, pieces);
            }
            pieces.push(Piece::Close(Collection::Mapping));
        }
    }
}

/// How many values anchors and aliases may copy.
const MAX_COPIED: usize = 1_000_000;

/// The value of a YAML document as Terraform reads it: scalars by the YAML 1.2 core rules and YAML 1.1 booleans,
/// timestamps as RFC 3339 texts, sequences as tuples, mappings as objects.
fn decode(text: &str) -> Result<Val, Failure> {
    let source = Source::new("yamldecode", text);
    let events = Events::new(&source).map_err(|diagnostic| invalid(&diagnostic.message))?;
    let mut reader = Reader {
        source: &source,
        events,
        anchors: HashMap::new(),
        copied: 0,
    };
    let Some(first) = reader.next()? else {
        return Err(invalid("there is no document"));
    };
    let value = reader.value(first, 0)?;
    match (reader.next()?.map(|event| event.kind), reader.next()?) {
        (Some(EventKind::DocumentEnd), None) => Ok(value),
        _ => Err(invalid("there is more than one document")),
    }
}

fn invalid(message: &str) -> Failure {
    let message = message.strip_prefix("not valid YAML: ").unwrap_or(message);
    Failure::argument(0, format!("not valid YAML: {message}"))
}

struct Reader<'s> {
    source: &'s Source,
    events: Events<'s>,
    /// `None` while the anchored value is still being read.
    anchors: HashMap<String, Option<Val>>,
    copied: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Result<Option<Event>, Failure> {
        self.events
            .next()
            .map_err(|diagnostic| invalid(&diagnostic.message))
    }

    /// True for a text that is not written in quotes.
    fn is_block(&self, start: usize, end: usize) -> bool {
        let written = self.source.text().get(start..end).unwrap_or_default();
        !written.ends_with(['"', '\''])
    }

    fn value(&mut self, event: Event, depth: usize) -> Result<Val, Failure> {
        let Event { kind, start, end } = event;
        match kind {
            // A block without any text is null in Terraform, though of type string.
            EventKind::Scalar {
                tag: None,
                text,
                plain: false,
                anchor,
            } if text.is_empty() && self.is_block(start, end) => {
                let value = Val::null(Type::String);
                self.keep(anchor, &value);
                Ok(value)
            }
            EventKind::Scalar {
                anchor,
                tag,
                text,
                plain,
            } => {
                let value = scalar(tag.as_deref(), &text, plain)?;
                self.keep(anchor, &value);
                Ok(value)
            }
            EventKind::Alias { anchor } => match self.anchors.get(&anchor) {
                None => Err(invalid(&format!("there is no anchor `{anchor}`"))),
                Some(None) => Err(invalid(&format!("anchor `{anchor}` is used inside of itself"))),
                Some(Some(value)) => {
                    self.copied += size(value);
                    if self.copied > MAX_COPIED {
                        return Err(invalid("aliases copy too much"));
                    }
                    Ok(value.clone())
                }
            },
            EventKind::Open {
                anchor,
                tag,
                collection,
                ..
            } => {
                if depth >= MAX_DEPTH {
                    return Err(invalid("nested too deeply"));
                }
                if let Some(anchor) = &anchor {
                    self.anchors.insert(anchor.clone(), None);
                }
                let own_tag = match collection {
                    Collection::Sequence => "tag:yaml.org,2002:seq",
                    Collection::Mapping => "tag:yaml.org,2002:map",
                };
                if tag.as_deref().is_some_and(|tag| tag != own_tag) {
                    return Err(invalid(&format!(
                        "tag `{}` is not supported here",
                        tag.unwrap_or_default()
                    )));
                }
                let value = match collection {
                    Collection::Sequence => self.sequence(depth)?,
                    Collection::Mapping => self.mapping(depth)?,
                };
                self.keep(anchor, &value);
                Ok(value)
            }
            EventKind::Close | EventKind::DocumentEnd => Err(invalid("a value is missing")),
        }
    }

    fn keep(&mut self, anchor: Option<String>, value: &Val) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(value.clone()));
        }
    }

    fn sequence(&mut self, depth: usize) -> Result<Val, Failure> {
        let mut elements = Vec::new();
        loop {
            match self.next()? {
                Some(Event {
                    kind: EventKind::Close,
                    ..
                }) => return Ok(Val::tuple(elements)),
                Some(event) => elements.push(self.value(event, depth + 1)?),
                None => return Err(invalid("a sequence does not end")),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Val, Failure> {
        let mut members = BTreeMap::new();
        loop {
            let key = match self.next()?.map(|event| event.kind) {
                Some(EventKind::Close) => return Ok(Val::object(members)),
                Some(EventKind::Scalar {
                    anchor,
                    tag,
                    text,
                    plain,
                }) => {
                    let key = scalar(tag.as_deref(), &text, plain)?;
                    self.keep(anchor, &key);
                    convert(key, &Type::String).map_err(|_| invalid("keys must be strings"))?
                }
                _ => return Err(invalid("keys must be strings")),
            };
            let Some(key) = key.as_str().map(normalized) else {
                return Err(invalid("a key is null"));
            };
            let Some(event) = self.next()? else {
                return Err(invalid("a mapping does not end"));
            };
            let value = self.value(event, depth + 1)?;
            if key.as_ref() != "<<" {
                // The last of repeated keys counts.
                members.insert(key, value);
                continue;
            }
            match value.data {
                Data::Object(merged) => members.extend(merged),
                _ => return Err(invalid("`<<` can only merge a mapping")),
            }
        }
    }
}

fn size(value: &Val) -> usize {
    1 + value.children().map(size).sum::<usize>()
}

fn scalar(tag: Option<&str>, text: &str, plain: bool) -> Result<Val, Failure> {
    let short = tag.map(|tag| tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(tag));
    let misfit = |tag: &str| invalid(&format!("`{text}` is no {tag}"));
    match short {
        None | Some("str" | "bool" | "int" | "float" | "null" | "timestamp") if !plain => {
            Ok(Val::string(text))
        }
        Some("binary") => match data_encoding::BASE64.decode(text.as_bytes()) {
            Ok(_) => Ok(Val::string(text)),
            Err(_) => Err(misfit("base64")),
        },
        Some("str") => Ok(Val::string(text)),
        Some("null") => Ok(Val::null(Type::Dynamic)),
        None => resolve(text).map(|resolved| resolved.unwrap_or_else(|| Val::string(text))),
        Some(tag @ "bool") => resolve(text)?
            .filter(|value| value.as_bool().is_some())
            .ok_or_else(|| misfit(tag)),
        Some(tag @ ("int" | "float")) => {
            let value = resolve(text)?.filter(|value| value.as_number().is_some());
            value.or_else(|| tagged_number(text)).ok_or_else(|| misfit(tag))
        }
        Some(tag @ "timestamp") => timestamp(text).ok_or_else(|| misfit(tag)),
        Some(tag) => Err(invalid(&format!("tag `{tag}` is not supported"))),
    }
}

/// With an explicit tag underscores and binary numbers are read as well.
fn tagged_number(text: &str) -> Option<Val> {
    let digits = text.replace('_', "");
    if let Some(bits) = digits.strip_prefix("0b") {
        return u64::from_str_radix(bits, 2).ok().map(Val::integer);
    }
    digits
        .starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        .then(|| Num::parse(&digits))
        .flatten()
        .map(Val::number)
}

/// The meaning of a plain scalar, when it is not a string.
fn resolve(text: &str) -> Result<Option<Val>, Failure> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Val::null(Type::Dynamic),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Val::bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Val::bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Val::number(Num::infinite(false)),
        "-.inf" | "-.Inf" | "-.INF" => Val::number(Num::infinite(true)),
        ".nan" | ".NaN" | ".NAN" => return Err(invalid("Terraform has no NaN")),
        _ => {
            for (prefix, base) in [("0o", 8), ("0x", 16)] {
                if let Some(digits) = text.strip_prefix(prefix)
                    && !digits.is_empty()
                    && digits.chars().all(|c| c.is_digit(base))
                {
                    let number = u64::from_str_radix(digits, base)
                        .map_err(|_| invalid(&format!("`{text}` is out of range")))?;
                    return Ok(Some(Val::integer(number)));
                }
            }
            // Only what starts like a number, and has no `p` exponent, is one.
            let like_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                && text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
            let number = like_number.then(|| Num::parse(text)).flatten();
            return Ok(timestamp(text).or_else(|| number.map(Val::number)));
        }
    };
    Ok(Some(value))
}

/// `2001-12-14T21:59:43Z` and shorter forms, as RFC 3339.
fn timestamp(text: &str) -> Option<Val> {
    Moment::parse_yaml(text).map(|moment| Val::string(&moment.to_string()))
}
