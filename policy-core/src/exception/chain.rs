//! Chains of renewals. A renewal is a new record that supersedes the old one, so the time a deviation has lasted is the
//! time of the whole chain, however often it was renewed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::record::{Record, Renewal};
use crate::control::Catalog;
use crate::diagnostic::Diagnostic;

/// A record's place in its chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Link {
    /// How many records came before.
    number: u32,
    /// The days of all records up to this one.
    days: i64,
    /// True when following `supersedes` leads in a circle.
    circular: bool,
}

/// Numbers the renewals, and reports chains that are broken or too long. One list of diagnostics per record.
pub(super) fn number(records: &mut [Record], catalog: &Catalog) -> Vec<Vec<Diagnostic>> {
    let by_id: BTreeMap<Arc<str>, usize> = records
        .iter()
        .enumerate()
        .rev()
        .map(|(at, record)| (record.id.value.clone(), at))
        .collect();
    let before: Vec<Option<usize>> = records
        .iter()
        .map(|record| {
            record
                .supersedes
                .as_ref()
                .and_then(|id| by_id.get(&**id).copied())
        })
        .collect();
    let links = links(records, &before);
    let faults = records.iter().zip(&links).zip(&before);
    let faults: Vec<_> = faults
        .map(|((record, link), before)| {
            let before = before.and_then(|before| records.get(before));
            fault(record, *link, before, catalog).into_iter().collect()
        })
        .collect();
    for (record, link) in records.iter_mut().zip(&links) {
        record.renewal = Renewal {
            number: link.number,
            max: max_renewals(record, catalog),
        };
    }
    faults
}

/// Follows every record to the start of its chain, each step once: what was found is shared by all records above it.
fn links(records: &[Record], before: &[Option<usize>]) -> Vec<Link> {
    let mut links: Vec<Option<Link>> = vec![None; records.len()];
    let mut on_path = vec![false; records.len()];
    for start in 0..records.len() {
        let mut path = Vec::new();
        let mut at = Some(start);
        let mut below = Link::default();
        let mut at_root = true;
        while let Some(current) = at {
            if let Some(known) = links.get(current).copied().flatten() {
                (below, at_root) = (known, false);
                break;
            }
            if on_path.get(current) == Some(&true) {
                (below, at_root) = (
                    Link {
                        circular: true,
                        ..Link::default()
                    },
                    false,
                );
                break;
            }
            path.push(current);
            if let Some(flag) = on_path.get_mut(current) {
                *flag = true;
            }
            at = before.get(current).copied().flatten();
        }
        for current in path.into_iter().rev() {
            let record = records.get(current);
            // A predecessor that is missing still makes this a renewal.
            let renews = record.is_some_and(|record| record.supersedes.is_some());
            let days = record
                .and_then(|record| record.timeline.duration_days())
                .unwrap_or(0)
                .max(0);
            below = Link {
                number: if at_root {
                    u32::from(renews)
                } else {
                    below.number.saturating_add(1)
                },
                days: below.days.saturating_add(days),
                circular: below.circular,
            };
            at_root = false;
            if let Some(link) = links.get_mut(current) {
                *link = Some(below);
            }
            if let Some(flag) = on_path.get_mut(current) {
                *flag = false;
            }
        }
    }
    links.into_iter().map(Option::unwrap_or_default).collect()
}

fn max_renewals(record: &Record, catalog: &Catalog) -> u32 {
    let control = record.control.as_ref().and_then(|id| catalog.controls.get(&**id));
    control.map_or(0, |control| control.exception.max_renewals)
}

fn fault(record: &Record, link: Link, before: Option<&Record>, catalog: &Catalog) -> Option<Diagnostic> {
    let supersedes = record.supersedes.as_ref()?;
    let error = |message: String| Diagnostic::new(&codes::EXC025, message).at(&supersedes.span);
    if link.circular {
        return Some(
            error(format!("`{}` renews itself through `{supersedes}`", record.id))
                .help("a renewal supersedes an older record"),
        );
    }
    let Some(before) = before else {
        return Some(
            error(format!(
                "`{supersedes}`, which this record renews, is not in the registry"
            ))
            .help("keep records that are over in `exceptions/expired/`, so that renewals can be counted"),
        );
    };
    if let (Some(own), Some(other)) = (&record.control, &before.control)
        && own.value != other.value
    {
        return Some(
            error(format!(
                "`{supersedes}` is an exception from {other}, and this record is one from {own}"
            ))
            .label(&other.span, "the other control")
            .help("a renewal is for the same control; write a record of its own"),
        );
    }
    let terms = &catalog.controls.get(&**record.control.as_ref()?)?.exception;
    if link.number > terms.max_renewals {
        return Some(
            error(format!(
                "this is renewal {} and {} allows {}",
                link.number,
                record.control.as_ref()?,
                terms.max_renewals
            ))
            .help("mend the resource or change the control: this is a permanent bypass by instalments"),
        );
    }
    let cap = i64::from(terms.max_duration_days.unwrap_or(super::lint::LONGEST_DURATION)) * 3;
    (link.days > cap).then(|| {
        error(format!(
            "the chain of renewals lasts {} days, and three times the maximum duration is {cap}",
            link.days
        ))
        .help("mend the resource or change the control: this is a permanent bypass by instalments")
    })
}
