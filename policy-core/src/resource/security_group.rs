//! Security-group rules of every spelling as one list with one entry per peer.
//!
//! Rests on "Security group rules" (Amazon VPC User Guide) and `IpPermission` (Amazon EC2 API Reference): a rule is a
//! protocol, a port range and a peer; protocol `-1` is everything on every port; for protocols other than TCP, UDP and
//! ICMP ports do not matter. Rules only ever allow, so what a group lets in is the union of its rules.

use std::sync::Arc;

use super::cidr::Block;
use super::coerce::{coerce, map_domain, typed_unknown, without_domain};
use super::kind::ValueType;
use super::model::ResourceId;
use super::path::{fold, is_computed};
use super::world::{Opening, Rule, openings};
use crate::value::{AttributePath, Domain, Map, Unknown, UnknownReason, Value};

/// Which way the traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// A rule as written: an inline block, or a resource of its own.
#[derive(Clone, Debug)]
pub(super) struct Written<'a> {
    pub(super) value: &'a Value,
    pub(super) origin: ResourceId,
    pub(super) path: AttributePath,
}

/// The entries of one direction with their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    pub(super) values: Vec<Value>,
    pub(super) places: Vec<(ResourceId, AttributePath)>,
}

const ALL_PORTS: (i64, i64) = (0, 65_535);

enum Peer {
    Cidr(Value),
    PrefixList(Value),
    Group(Value),
    Itself(Value),
    /// EC2 refuses a rule without a peer. It lets nobody in, and is there to be read.
    Nobody,
}

struct Entry {
    protocol: Value,
    ports: (Value, Value),
    peer: Peer,
    description: Option<Value>,
    origin: ResourceId,
    path: AttributePath,
}

enum Item {
    Entry(Box<Entry>),
    /// A block of which nothing is known.
    Unknown(Arc<Unknown>, ResourceId, AttributePath),
}

/// The rules of one direction, one entry per peer, each with `open_to_world`.
pub(super) fn entries(direction: Direction, rules: &[Written<'_>]) -> Entries {
    let mut items = Vec::new();
    for rule in rules {
        read_rule(rule, &mut items);
    }
    let views: Vec<Rule> = items.iter().map(view).collect();
    let openings = with_candidates(&items, &views, openings(&views));
    let mut entries = Entries::default();
    for (item, opening) in items.into_iter().zip(openings) {
        match item {
            Item::Unknown(unknown, origin, path) => {
                entries.values.push(Value::Unknown(unknown));
                entries.places.push((origin, path));
            }
            Item::Entry(entry) => emit(direction, &entry, opening, &mut entries),
        }
    }
    entries
}

fn emit(direction: Direction, entry: &Entry, opening: Opening, out: &mut Entries) {
    let mut push = |ports: (Value, Value), open: Value| {
        let mut map = Map::from([
            ("direction".into(), direction.as_str().into()),
            ("protocol".into(), entry.protocol.clone()),
            ("from_port".into(), ports.0),
            ("to_port".into(), ports.1),
            ("open_to_world".into(), open),
            ("origin".into(), entry.origin.as_str().into()),
        ]);
        let peer = match &entry.peer {
            Peer::Cidr(value) => Some(("cidr", value)),
            Peer::PrefixList(value) => Some(("prefix_list", value)),
            Peer::Group(value) => Some(("source_group", value)),
            Peer::Itself(value) => Some(("self", value)),
            Peer::Nobody => None,
        };
        map.extend(peer.map(|(key, peer)| (key.into(), peer.clone())));
        if let Some(description) = &entry.description {
            map.insert("description".into(), description.clone());
        }
        out.values.push(Value::Map(map));
        out.places.push((entry.origin.clone(), entry.path.clone()));
    };
    match opening {
        Opening::Open => push(entry.ports.clone(), true.into()),
        Opening::Closed => push(entry.ports.clone(), false.into()),
        Opening::Unknown => push(entry.ports.clone(), unknown_opening(&entry.peer)),
        Opening::Partly(parts) => {
            for (from, to, open) in parts {
                push((from.into(), to.into()), open.into());
            }
        }
    }
}

/// What an open question is about: the address when that is unknown, else the entries of a prefix list.
fn unknown_opening(peer: &Peer) -> Value {
    let unknown = match peer {
        Peer::Cidr(Value::Unknown(unknown)) => Unknown {
            domain: None,
            ..Unknown::clone(unknown)
        },
        Peer::PrefixList(value) => {
            let list = value.as_str().map(Arc::from);
            Unknown::new(UnknownReason::PartialInput).with_refs(list)
        }
        _ => Unknown::new(UnknownReason::Expression),
    };
    Value::from(
        Unknown {
            non_null: true,
            ..unknown
        }
        .with_domain(Domain::Bool),
    )
}

/// Decides entries whose address is one of a few, as the allowed values of a parameter are: open when each of them is the
/// world, closed when none of them is open even beside all the others.
fn with_candidates(items: &[Item], views: &[Rule], mut openings: Vec<Opening>) -> Vec<Opening> {
    let candidates: Vec<Vec<Rule>> = items.iter().map(candidates).collect();
    if candidates.iter().all(Vec::is_empty) {
        return openings;
    }
    let all: Vec<Rule> = views.iter().chain(candidates.iter().flatten()).cloned().collect();
    let at_most = super::world::openings(&all);
    let mut rest = at_most.get(views.len()..).unwrap_or_default();
    for (opening, candidates) in openings.iter_mut().zip(&candidates) {
        let (mine, others) = rest.split_at(candidates.len().min(rest.len()));
        rest = others;
        let everything = |rule: &Rule| matches!(rule, Rule::Cidr { block, .. } if block.is_everything());
        if candidates.is_empty() {
            continue;
        }
        if candidates.iter().all(everything) {
            *opening = Opening::Open;
        } else if mine.iter().all(|one| *one == Opening::Closed) {
            *opening = Opening::Closed;
        }
    }
    openings
}

/// The entry once for each address that it may have; none when these are not known.
fn candidates(item: &Item) -> Vec<Rule> {
    let Item::Entry(entry) = item else {
        return Vec::new();
    };
    let Peer::Cidr(Value::Unknown(unknown)) = &entry.peer else {
        return Vec::new();
    };
    let Some(Domain::AnyOf(values)) = unknown.domain.as_ref().filter(|_| unknown.non_null) else {
        return Vec::new();
    };
    let block = |value: &Value| value.as_str().and_then(Block::parse);
    let blocks: Option<Vec<Block>> = values.iter().map(block).collect();
    let rules = blocks.into_iter().flatten();
    rules.map(|block| of_block(entry, block)).collect()
}

fn view(item: &Item) -> Rule {
    let Item::Entry(entry) = item else {
        return Rule::Nothing;
    };
    let block = match &entry.peer {
        Peer::Cidr(value) => match value.as_str().and_then(Block::parse) {
            Some(block) => block,
            None => return Rule::Undecided,
        },
        // What is in a prefix list, the input does not say.
        Peer::PrefixList(_) => return Rule::Undecided,
        Peer::Group(_) | Peer::Itself(_) | Peer::Nobody => return Rule::Nothing,
    };
    of_block(entry, block)
}

fn of_block(entry: &Entry, block: Block) -> Rule {
    let port = |value: &Value| value.as_integer().and_then(|port| i64::try_from(port).ok());
    let ports = port(&entry.ports.0).zip(port(&entry.ports.1));
    Rule::Cidr {
        block,
        protocol: entry.protocol.as_str().map(Arc::from),
        ports,
    }
}

/// The fields of a rule under whatever names its source gives them.
#[derive(Default)]
struct Fields<'a> {
    protocol: Option<&'a Value>,
    from: Option<&'a Value>,
    to: Option<&'a Value>,
    description: Option<&'a Value>,
    itself: Option<&'a Value>,
    cidrs: Vec<Named>,
    legacy_cidrs: Vec<Named>,
    prefix_lists: Vec<Named>,
    groups: Vec<Named>,
}

/// A peer, and the description that only some spellings have for each of them.
struct Named {
    peer: Value,
    description: Option<Value>,
}

impl Named {
    fn bare(peer: Value) -> Self {
        Self {
            peer,
            description: None,
        }
    }
}

fn fields(map: &Map) -> Fields<'_> {
    let mut fields = Fields::default();
    for (key, value) in map {
        match fold(key).as_str() {
            "protocol" | "ipprotocol" => fields.protocol = written(value),
            "fromport" => fields.from = written(value),
            "toport" => fields.to = written(value),
            "description" => fields.description = said(value),
            "self" => fields.itself = written(value),
            "cidrblocks" | "cidripv4" | "cidrip" | "ipv4ranges" => {
                peers(value, &["cidrip"], &mut fields.cidrs)
            }
            "ipv6cidrblocks" | "cidripv6" | "ipv6ranges" => peers(value, &["cidripv6"], &mut fields.cidrs),
            "ipranges" => peers(value, &["cidrip"], &mut fields.legacy_cidrs),
            "prefixlistids" | "prefixlistid" | "sourceprefixlistid" | "destinationprefixlistid" => {
                peers(value, &["prefixlistid"], &mut fields.prefix_lists);
            }
            "securitygroups"
            | "sourcesecuritygroupid"
            | "referencedsecuritygroupid"
            | "sourcesecuritygroupname"
            | "destinationsecuritygroupid"
            | "useridgrouppairs" => {
                peers(value, &["groupid", "groupname"], &mut fields.groups);
            }
            _ => {}
        }
    }
    // AWS Config repeats the IPv4 ranges as plain texts; an item that has only these must not lose them.
    for legacy in std::mem::take(&mut fields.legacy_cidrs) {
        if !fields.cidrs.iter().any(|known| known.peer == legacy.peer) {
            fields.cidrs.push(legacy);
        }
    }
    fields
}

/// The names that a peer can be written under, folded.
fn is_peer(key: &str) -> bool {
    matches!(
        key,
        "cidrblocks"
            | "cidripv4"
            | "cidrip"
            | "ipv4ranges"
            | "ipv6cidrblocks"
            | "cidripv6"
            | "ipv6ranges"
            | "ipranges"
            | "prefixlistids"
            | "prefixlistid"
            | "sourceprefixlistid"
            | "destinationprefixlistid"
            | "securitygroups"
            | "sourcesecuritygroupid"
            | "referencedsecuritygroupid"
            | "sourcesecuritygroupname"
            | "destinationsecuritygroupid"
            | "useridgrouppairs"
            | "self"
    )
}

/// What somebody wrote: not null, not filled in by the provider.
fn written(value: &Value) -> Option<&Value> {
    match value.revealed() {
        Value::Null => None,
        Value::Unknown(unknown) if is_computed(unknown) => None,
        _ => Some(value),
    }
}

/// A description; an empty one is none.
fn said(value: &Value) -> Option<&Value> {
    written(value).filter(|text| text.as_str() != Some(""))
}

fn peers(value: &Value, names: &[&str], out: &mut Vec<Named>) {
    let Some(value) = written(value) else { return };
    match value.revealed() {
        Value::List(items) => {
            for item in items {
                match item.revealed() {
                    Value::Null => {}
                    Value::Map(map) => {
                        let field = |names: &[&str]| {
                            let mut fields = map.iter();
                            fields
                                .find(|(key, _)| names.contains(&fold(key).as_str()))
                                .map(|(_, value)| value)
                        };
                        out.extend(field(names).map(|peer| Named {
                            peer: peer.clone(),
                            description: field(&["description"]).and_then(said).cloned(),
                        }));
                    }
                    _ => out.push(Named::bare(item.clone())),
                }
            }
        }
        // One peer for as many as there will be; only texts can stand for one.
        Value::Unknown(unknown) => {
            let text = |value: Value| value.as_str().is_some().then_some(value);
            out.push(Named::bare(Value::Unknown(map_domain(unknown, text))));
        }
        _ => out.push(Named::bare(value.clone())),
    }
}

fn read_rule(rule: &Written<'_>, out: &mut Vec<Item>) {
    let map = match rule.value.revealed() {
        Value::Map(map) => map,
        Value::Unknown(unknown) => {
            out.push(Item::Unknown(
                without_domain(unknown),
                rule.origin.clone(),
                rule.path.clone(),
            ));
            return;
        }
        _ => {
            let unknown = Arc::new(Unknown::new(UnknownReason::Expression));
            out.push(Item::Unknown(unknown, rule.origin.clone(), rule.path.clone()));
            return;
        }
    };
    let fields = fields(map);
    let protocol = protocol(fields.protocol);
    let ports = ports(&protocol, fields.from, fields.to);
    let itself = match fields.itself.map(|value| coerce(value.clone(), ValueType::Bool)) {
        None | Some(Value::Bool(false) | Value::Null) => None,
        Some(value) => Some(value),
    };
    let of = |named: Vec<Named>, kind: fn(Value) -> Peer| {
        let peers = named.into_iter();
        peers.map(move |named| (kind(named.peer), named.description))
    };
    let mut peers: Vec<(Peer, Option<Value>)> = of(fields.cidrs, Peer::Cidr)
        .chain(of(fields.prefix_lists, Peer::PrefixList))
        .chain(of(fields.groups, Peer::Group))
        .chain(itself.map(|itself| (Peer::Itself(itself), None)))
        .collect();
    // Lists that are empty let nobody in; a rule that names no kind of peer at all is one that somebody forgot to finish.
    if peers.is_empty() && !map.keys().any(|key| is_peer(&fold(key))) {
        peers.push((Peer::Nobody, None));
    }
    for (peer, description) in peers {
        out.push(Item::Entry(Box::new(Entry {
            protocol: protocol.clone(),
            ports: ports.clone(),
            peer,
            description: description.or_else(|| fields.description.cloned()),
            origin: rule.origin.clone(),
            path: rule.path.clone(),
        })));
    }
}

/// `tcp`, `udp`, `icmp`, `icmpv6`, `-1`, or another IANA number as text.
pub(super) fn protocol(value: Option<&Value>) -> Value {
    let text = match value.map(Value::revealed) {
        Some(Value::String(text)) => text.trim().to_ascii_lowercase(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Unknown(unknown)) => {
            return Value::Unknown(Arc::new(Unknown {
                domain: None,
                non_null: true,
                ..Unknown::clone(unknown)
            }));
        }
        _ => return Value::from(Unknown::new(UnknownReason::Expression).non_null()),
    };
    Value::from(match text.as_str() {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        "all" => "-1",
        other => other,
    })
}

fn port(value: &Value) -> Value {
    match coerce(value.clone(), ValueType::Int) {
        Value::Unknown(unknown) => Value::Unknown(typed_unknown(&unknown, ValueType::Int, &[])),
        known => known,
    }
}

fn ports(protocol: &Value, from: Option<&Value>, to: Option<&Value>) -> (Value, Value) {
    let all = || (Value::from(ALL_PORTS.0), Value::from(ALL_PORTS.1));
    let any = |value: Option<&Value>| value.is_none_or(|value| value.as_integer() == Some(-1));
    let from = from.map(port);
    let to = to.map(port);
    match protocol.as_str() {
        Some("tcp" | "udp") if any(from.as_ref()) || any(to.as_ref()) => all(),
        Some("tcp" | "udp") => (from.unwrap_or(Value::Null), to.unwrap_or(Value::Null)),
        // Type and code of ICMP stand where ports do; -1 is any.
        Some("icmp" | "icmpv6") => {
            let minus_one = || Value::from(-1);
            (from.unwrap_or_else(minus_one), to.unwrap_or_else(minus_one))
        }
        Some(_) => all(),
        // An unknown protocol may be -1, and then it is every port whatever is written.
        None => {
            let open = protocol.clone();
            (open.clone(), open)
        }
    }
}

#[cfg(test)]
#[path = "security_group_tests.rs"]
mod tests;
