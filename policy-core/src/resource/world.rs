//! Which security-group entries open a port to every address, alone or together with others.
//!
//! Two entries for the two halves of the address space are as open as one for all of it. Ports are looked at in the
//! segments between all range borders, so entries whose port ranges only overlap are found as well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cidr::{Block, cover_everything};

/// What matters of an entry.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// Addresses over a protocol and ports; what is `None` is unknown.
    Cidr {
        block: Block,
        protocol: Option<Arc<str>>,
        ports: Option<(i64, i64)>,
    },
    /// Addresses that are not known.
    Undecided,
    /// No addresses.
    Nothing,
}

/// Whether an entry is open to the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    Open,
    Closed,
    Unknown,
    /// Parts of its port range differ: first and last port, and whether they are open.
    Partly(Vec<(i64, i64, bool)>),
}

/// Unions over more entries than this stay unknown. EC2 allows 1,000 rules in all; this many that are no `/0` and still
/// hold every address together are nobody's intention.
const MOST: usize = 256;

const EVERY_PROTOCOL: &str = "-1";

/// A port range that is part of an entry.
type Ports = (i64, i64);

/// For each rule, in order, whether it is open to the world.
pub(super) fn openings(rules: &[Rule]) -> Vec<Opening> {
    let mut openings: Vec<Opening> = rules
        .iter()
        .map(|rule| match rule {
            Rule::Cidr { block, .. } if block.is_everything() => Opening::Open,
            Rule::Undecided => Opening::Unknown,
            Rule::Cidr { .. } | Rule::Nothing => Opening::Closed,
        })
        .collect();
    for ipv6 in [false, true] {
        unite(rules, ipv6, &mut openings);
    }
    openings
}

fn unite(rules: &[Rule], ipv6: bool, openings: &mut [Opening]) {
    let mut members = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if let Rule::Cidr {
            block,
            protocol,
            ports,
        } = rule
            && block.ipv6 == ipv6
            && !block.is_everything()
        {
            members.push((index, *block, protocol.clone().zip(*ports)));
        }
    }
    if !cover_everything(members.iter().map(|(_, block, _)| *block), ipv6) {
        return;
    }
    let mut set = |index: usize, opening: Opening| {
        if let Some(slot) = openings.get_mut(index) {
            *slot = opening;
        }
    };
    if members.len() > MOST {
        members
            .iter()
            .for_each(|(index, ..)| set(*index, Opening::Unknown));
        return;
    }
    let known: Vec<(Block, &str, Ports)> = members
        .iter()
        .filter_map(|(_, block, known)| {
            known
                .as_ref()
                .map(|(protocol, ports)| (*block, &**protocol, widen(protocol, *ports)))
        })
        .collect();
    let protocols: BTreeSet<&str> = known.iter().map(|(_, protocol, _)| *protocol).collect();
    let open: BTreeMap<&str, Vec<Ports>> = protocols
        .into_iter()
        .map(|protocol| (protocol, open_ports(&known, protocol, ipv6)))
        .collect();
    for (index, _, spec) in &members {
        let opening = match spec {
            // With unknown ports it may complete the world for any of them.
            None => Opening::Unknown,
            Some((protocol, ports)) => {
                let open = open.get(&**protocol).map(Vec::as_slice).unwrap_or_default();
                divide(widen(protocol, *ports), open, protocol)
            }
        };
        set(*index, opening);
    }
}

/// ICMP has types where others have ports; for the union every type counts as the same.
fn widen(protocol: &str, ports: Ports) -> Ports {
    if protocol.starts_with("icmp") {
        (0, 65_535)
    } else {
        ports
    }
}

/// The port ranges on which the entries of this protocol hold every address together.
fn open_ports(known: &[(Block, &str, Ports)], protocol: &str, ipv6: bool) -> Vec<Ports> {
    let over: Vec<&(Block, &str, Ports)> = known
        .iter()
        .filter(|(_, other, _)| *other == protocol || *other == EVERY_PROTOCOL)
        .collect();
    let starts: BTreeSet<i64> = over
        .iter()
        .flat_map(|(_, _, (from, to))| [*from, to.saturating_add(1)])
        .collect();
    let mut open: Vec<Ports> = Vec::new();
    for (from, next) in starts.iter().zip(starts.iter().skip(1)) {
        let to = next - 1;
        let here = over
            .iter()
            .filter(|(_, _, (first, last))| first <= from && *last >= to)
            .map(|(block, ..)| *block);
        if !cover_everything(here, ipv6) {
            continue;
        }
        match open.last_mut() {
            Some((_, last)) if *last + 1 == *from => *last = to,
            _ => open.push((*from, to)),
        }
    }
    open
}

/// Divides a port range by the open ranges, which are sorted and do not touch.
fn divide(ports: Ports, open: &[Ports], protocol: &str) -> Opening {
    let (from, to) = ports;
    let mut parts = Vec::new();
    let mut next = from;
    for &(first, last) in open {
        let (first, last) = (first.max(from), last.min(to));
        if first > last {
            continue;
        }
        if next < first {
            parts.push((next, first - 1, false));
        }
        parts.push((first, last, true));
        next = last + 1;
    }
    match parts.as_slice() {
        [] => return Opening::Closed,
        [(first, last, true)] if (*first, *last) == ports => return Opening::Open,
        // Nothing to divide where ports have no meaning.
        _ if protocol.starts_with("icmp") => return Opening::Open,
        _ => {}
    }
    if next <= to {
        parts.push((next, to, false));
    }
    Opening::Partly(parts)
}
