//! Attributes that are lists of rules: security groups and network ACLs, from inline blocks and rules of their own.

use std::sync::Arc;

use super::coerce::without_domain;
use super::extract::{Fold, Parent};
use super::kind::AttributeSpec;
use super::model::{Attribute, Cell, NativeResource, Provenance};
use super::network_acl;
use super::path::{Slot, closed, is_computed, read};
use super::security_group::{self, Direction, Entries, Written};
use super::settle::{Open, distinct_texts, vary};
use super::transform::{Around, Transform, block_of};
use crate::value::{AttributePath, Unknown, Value};

/// What stands in the resource itself.
pub(super) enum Inline {
    /// Nobody wrote it.
    Nothing,
    Rules(Vec<(Value, AttributePath)>),
    Unknown(Arc<Unknown>, AttributePath),
}

/// A rule of its own, or the inline rules as a whole.
enum Part<'a> {
    Inline(&'a [(Value, AttributePath)]),
    Own(&'a NativeResource),
}

impl<'a> Fold<'a> {
    /// All rules of one direction. Inline blocks and rules of their own add up: EC2 keeps both until Terraform removes one,
    /// so leaving either out could hide an open port.
    pub(super) fn rules(&self, parent: &Parent<'a>, spec: &AttributeSpec) -> Attribute {
        let direction = if &*spec.name == "egress" {
            Direction::Egress
        } else {
            Direction::Ingress
        };
        let inline = if parent.fragment {
            Inline::Rules(Vec::new())
        } else {
            inline(parent, spec)
        };
        let (mut certain, mut optional): (Vec<&NativeResource>, Vec<&NativeResource>) =
            (Vec::new(), Vec::new());
        for path in spec.paths(parent.native.source) {
            let Some(native_type) = &path.satellite else {
                continue;
            };
            for holder in self.certain(parent, native_type) {
                let Some(native) = self.native(holder).filter(|native| applies(native, direction)) else {
                    continue;
                };
                if self.is_conditional(parent, holder) {
                    optional.push(native)
                } else {
                    certain.push(native)
                }
            }
        }
        let maybe: Vec<&NativeResource> = self
            .maybe(parent, spec)
            .into_iter()
            .filter_map(|holder| self.native(holder))
            .filter(|native| applies(native, direction))
            .collect();
        let open = Open {
            conditions: distinct_texts(
                optional
                    .iter()
                    .filter_map(|native| native.doubt_beside(parent.native)),
            ),
            maybe: maybe.iter().map(|native| Arc::from(native.id.as_str())).collect(),
        };
        let blocks: &[(Value, AttributePath)] = match &inline {
            Inline::Rules(rules) => rules,
            Inline::Nothing | Inline::Unknown(..) => &[],
        };
        let parts: Vec<Part<'_>> = std::iter::once(Part::Inline(blocks))
            .chain(certain.into_iter().map(Part::Own))
            .collect();
        let extra: Vec<Part<'_>> = optional.into_iter().chain(maybe).map(Part::Own).collect();
        let parts: Vec<&Part<'_>> = parts.iter().collect();
        let extra: Vec<&Part<'_>> = extra.iter().collect();
        vary(&parts, &extra, open, |parts| {
            self.build(parent, spec, direction, &inline, parts)
        })
    }

    fn build(
        &self,
        parent: &Parent<'a>,
        spec: &AttributeSpec,
        direction: Direction,
        inline: &Inline,
        parts: &[&Part<'_>],
    ) -> Attribute {
        let mut written = Vec::new();
        for part in parts {
            match part {
                Part::Inline(blocks) => written.extend(blocks.iter().map(|(value, path)| Written {
                    value,
                    origin: parent.native.id.clone(),
                    path: path.clone(),
                })),
                Part::Own(native) => written.push(Written {
                    value: &native.values,
                    origin: native.id.clone(),
                    path: AttributePath::root(),
                }),
            }
        }
        let own_rules = parts.iter().any(|part| matches!(part, Part::Own(_)));
        let default = self.default(parent, spec, Around::default());
        match inline {
            Inline::Nothing if !own_rules => return default,
            Inline::Unknown(unknown, path) if !own_rules => {
                let provenance = Provenance {
                    native_path: Some(path.clone()),
                    declared: true,
                    ..Provenance::default()
                };
                return Attribute {
                    cell: Cell::Unknown(unknown.clone()),
                    provenance,
                };
            }
            _ => {}
        }
        let mut entries = match spec.transform {
            Transform::NetworkAclRules => network_acl::entries(direction == Direction::Ingress, &written),
            _ => security_group::entries(direction, &written),
        };
        let native_path = match inline {
            // The rules that the service makes by default stay beside rules of their own.
            Inline::Nothing => {
                prepend(&mut entries, &default, parent);
                None
            }
            Inline::Rules(rules) => rules.first().map(|(_, path)| block_of(path)),
            Inline::Unknown(unknown, path) => {
                entries.values.push(Value::Unknown(unknown.clone()));
                entries.places.push((parent.native.id.clone(), path.clone()));
                Some(path.clone())
            }
        };
        let first = entries.places.first().cloned();
        let (from, native_path) = match (native_path, first) {
            (None, Some((id, path))) => ((id != parent.native.id).then_some(id), Some(path)),
            (path, _) => (None, path),
        };
        Attribute {
            cell: Cell::Known(Value::List(entries.values)),
            provenance: Provenance {
                native_path,
                from,
                open: None,
                declared: true,
                maybe_declared: false,
                evidence: None,
                elements: entries.places,
            },
        }
    }
}

fn prepend(entries: &mut Entries, default: &Attribute, parent: &Parent<'_>) {
    let rules = default.cell.known().and_then(Value::as_list).unwrap_or_default();
    entries.values.splice(0..0, rules.iter().cloned());
    let places = rules
        .iter()
        .map(|_| (parent.native.id.clone(), AttributePath::root()));
    entries.places.splice(0..0, places);
}

/// The list that the resource itself writes.
pub(super) fn inline(parent: &Parent<'_>, spec: &AttributeSpec) -> Inline {
    let folding = super::classify::folding(parent.native.source, parent.kind);
    let own = spec
        .paths(parent.native.source)
        .iter()
        .find(|path| path.satellite.is_none());
    let Some(path) = own else { return Inline::Nothing };
    let slot = read(&parent.native.values, &path.steps, folding).slots.pop();
    let Some(Slot {
        value: Some(value),
        path,
    }) = slot
    else {
        return Inline::Nothing;
    };
    match value.revealed() {
        Value::Unknown(unknown) if is_computed(unknown) => Inline::Nothing,
        Value::Unknown(unknown) => Inline::Unknown(without_domain(unknown), path),
        Value::List(items) => {
            let items = items.iter().enumerate().filter(|(_, item)| **item != Value::Null);
            Inline::Rules(
                items
                    .map(|(index, item)| (closed(item.clone()), path.index(index)))
                    .collect(),
            )
        }
        _ => Inline::Rules(vec![(closed(value), path)]),
    }
}

/// `aws_security_group_rule` says its direction; the other rule types have it in their name.
pub(super) fn applies(native: &NativeResource, direction: Direction) -> bool {
    if &*native.native_type != "aws_security_group_rule" {
        return true;
    }
    match native.values.get("type").map(Value::revealed) {
        Some(Value::String(text)) => text.eq_ignore_ascii_case(direction.as_str()),
        // Of unknown direction: it may be this one.
        _ => true,
    }
}
