//! Which approvals count, and from when on a record is approved.
//!
//! An approval by the owner, the requester or a member of the owning team is kept and never counts. Every role that the
//! control names must approve. A rejection stands: after it, a new record is needed.

use std::sync::Arc;

use super::people::{People, is_deceptive, same};
use super::record::{Decision, Record};
use crate::control::ExceptionTerms;
use crate::date::{ExpiryPoint, Instant, UtcOffset};

/// What an approval is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It counts.
    Counts,
    /// Given by the owner.
    Owner,
    /// Given by the requester.
    Requester,
    /// Given by a member of the owning team.
    OwnerTeam,
    /// Given by, or requested by, a name that can look like another one.
    Deceptive,
    /// Given before the request.
    BeforeRequest,
    /// Given by somebody who does not hold the role.
    NotInRole,
    /// Given for another content.
    OtherContent,
    /// Without a person, role or day.
    Incomplete,
    /// Not an approval but a rejection.
    Rejection,
}

impl Weight {
    /// True when it fails to count because of who gave it.
    pub(super) fn is_conflict(self) -> bool {
        matches!(self, Self::Owner | Self::Requester | Self::OwnerTeam)
    }
}

/// What the decisions of a record come to.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// One for every decision, in order.
    pub(super) weights: Vec<Weight>,
    /// From when on every role that must has approved.
    pub(super) approved_from: Option<Instant>,
    /// When somebody rejected it.
    pub(super) rejected_from: Option<Instant>,
    /// The roles that must approve and have not.
    pub(super) missing_roles: Vec<Arc<str>>,
}

pub(super) fn weigh(
    record: &Record,
    terms: Option<&ExceptionTerms>,
    people: Option<&People>,
    zone: UtcOffset,
) -> Standing {
    let decisions = &record.approval.decisions;
    let weights: Vec<_> = decisions
        .iter()
        .map(|decision| weight(record, decision, people, zone))
        .collect();
    let counting = || {
        decisions
            .iter()
            .zip(&weights)
            .filter(|(_, weight)| **weight == Weight::Counts)
            .filter_map(|(decision, _)| {
                let role = decision.role.as_deref()?;
                Some((role, decision.on.as_ref()?.start(zone)))
            })
    };
    let roles = terms
        .map(|terms| terms.approval_roles.as_slice())
        .unwrap_or_default();
    let mut missing_roles = Vec::new();
    let mut approved_from = None;
    for role in roles {
        match counting()
            .filter(|(given, _)| *given == role.trim())
            .map(|(_, on)| on)
            .min()
        {
            Some(on) => approved_from = approved_from.max(Some(on)),
            None => missing_roles.push(role.clone()),
        }
    }
    if roles.is_empty() {
        // A control that names no role still needs a decision by somebody independent.
        approved_from = counting().map(|(_, on)| on).min();
    } else if !missing_roles.is_empty() {
        approved_from = None;
    }
    let rejected_from = decisions
        .iter()
        .filter(|decision| !decision.approved)
        .filter_map(|decision| decision.on.as_ref().map(|on| on.start(zone)))
        .min();
    Standing {
        weights,
        approved_from,
        rejected_from,
        missing_roles,
    }
}

fn weight(record: &Record, decision: &Decision, people: Option<&People>, zone: UtcOffset) -> Weight {
    if !decision.approved {
        return Weight::Rejection;
    }
    let (Some(by), Some(role), Some(on)) = (&decision.by, &decision.role, &decision.on) else {
        return Weight::Incomplete;
    };
    let names = [
        Some(by),
        record.approval.requested_by.as_ref().map(|name| &name.value),
    ];
    if names.into_iter().flatten().any(|name| is_deceptive(name)) {
        return Weight::Deceptive;
    }
    if let Some(owner) = &record.owner {
        if same(by, owner) {
            return Weight::Owner;
        }
        if people.is_some_and(|people| people.on_team(by, owner)) {
            return Weight::OwnerTeam;
        }
    }
    if record
        .approval
        .requested_by
        .as_ref()
        .is_some_and(|requester| same(by, requester))
    {
        return Weight::Requester;
    }
    if record
        .approval
        .requested_on
        .as_ref()
        .is_some_and(|requested| is_before(on.value, requested.value, zone))
    {
        return Weight::BeforeRequest;
    }
    if people.is_some_and(|people| !people.holds(by, role)) {
        return Weight::NotInRole;
    }
    match &decision.approves {
        Some(digest) if !digest.eq_ignore_ascii_case(&record.digest) => Weight::OtherContent,
        _ => Weight::Counts,
    }
}

/// A day and an instant compare by day: an approval dated on the day of the request is not older than the request.
fn is_before(left: ExpiryPoint, right: ExpiryPoint, zone: UtcOffset) -> bool {
    match (left, right) {
        (ExpiryPoint::Instant(left), ExpiryPoint::Instant(right)) => left < right,
        _ => left.day(zone) < right.day(zone),
    }
}
