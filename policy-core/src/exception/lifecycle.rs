//! The state of an exception: a pure function of facts and a point in time.
//!
//! ```text
//! draft ─▶ requested ─▶ scheduled ─▶ active ─▶ expiring ─▶ expired
//!             └─▶ rejected      └───────┴──▶ revoked · closed · superseded
//! ```
//!
//! Only *active* and *expiring* suppress. Intervals are half-open; a day as the end is included whole; there is no grace.

use std::fmt;

use super::record::Cadence;
use crate::date::{AsOf, Date, Instant, UtcOffset};

/// The state of an exception at a point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Written down, not requested.
    Draft,
    /// Requested, not approved by every role that must.
    Requested,
    /// Approved, not started.
    Scheduled,
    /// In force.
    Active,
    /// In force, and its end is near.
    Expiring,
    /// Over.
    Expired,
    /// Somebody decided against it.
    Rejected,
    /// Taken back.
    Revoked,
    /// Closed: the deviation is gone, or handled otherwise.
    Closed,
    /// Replaced by a renewal.
    Superseded,
    /// The record is wrong; it counts as if it were not there.
    Invalid,
}

impl State {
    /// All states.
    pub const ALL: [Self; 11] = [
        Self::Draft,
        Self::Requested,
        Self::Scheduled,
        Self::Active,
        Self::Expiring,
        Self::Expired,
        Self::Rejected,
        Self::Revoked,
        Self::Closed,
        Self::Superseded,
        Self::Invalid,
    ];

    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Requested => "requested",
            Self::Scheduled => "scheduled",
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::Closed => "closed",
            Self::Superseded => "superseded",
            Self::Invalid => "invalid",
        }
    }

    /// True for the two states in which a record suppresses findings.
    pub fn suppresses(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The state of a record at a point in time, with what reports say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateAt {
    /// The state.
    pub state: State,
    /// Civil days until the last day, 0 on it. For active and expiring records.
    pub days_left: Option<i64>,
    /// Civil days since the last day: 1 on the first day after it, 0 on the day of an instant that has passed.
    pub days_expired: Option<i64>,
    /// True when a review is overdue. An attribute, not a state.
    pub review_overdue: bool,
    /// True when the record suppresses findings: its state does, and no overdue review reopens them.
    pub suppresses: bool,
}

/// The instants that the state of a record depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Timeline {
    /// False: the record has an error.
    pub(super) valid: bool,
    pub(super) zone: UtcOffset,
    pub(super) requested_from: Option<Instant>,
    /// From when on every role that must has approved, counting only approvals that count.
    pub(super) approved_from: Option<Instant>,
    pub(super) rejected_from: Option<Instant>,
    pub(super) revoked_from: Option<Instant>,
    pub(super) closed_from: Option<Instant>,
    pub(super) superseded_from: Option<Instant>,
    /// The declared start, or the approval when none is declared.
    pub(super) start: Option<Instant>,
    /// The first instant that is no longer covered.
    pub(super) end: Option<Instant>,
    /// The day that is shown as the last one.
    pub(super) last_day: Option<Date>,
    /// The configured warning before the end, in days.
    pub(super) warn_days: i64,
    pub(super) review: Option<ReviewPlan>,
    /// True when an overdue review stops the record from suppressing.
    pub(super) overdue_reopens: bool,
}

/// When a record has to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReviewPlan {
    pub(super) cadence: Cadence,
    pub(super) last: Option<Instant>,
}

impl Timeline {
    /// The state at `as_of`. The order of the questions is part of the definition: the first that is answered decides.
    pub(super) fn at(&self, as_of: AsOf) -> StateAt {
        let now = as_of.instant();
        let today = as_of.date(self.zone);
        let state = self.state(now, today);
        let days = self.last_day.map(|last| last.days_since(today));
        let review_overdue = state.suppresses() && self.review_overdue(now, today);
        StateAt {
            state,
            days_left: days.filter(|_| state.suppresses()),
            days_expired: days.filter(|_| state == State::Expired).map(|days| -days),
            review_overdue,
            suppresses: state.suppresses() && !(review_overdue && self.overdue_reopens),
        }
    }

    fn state(&self, now: Instant, today: Date) -> State {
        let since = |instant: Option<Instant>| instant.is_some_and(|instant| instant <= now);
        let Some((end, last_day)) = self.end.zip(self.last_day).filter(|_| self.valid) else {
            return State::Invalid;
        };
        if since(self.closed_from) {
            return State::Closed;
        }
        if since(self.revoked_from) {
            return State::Revoked;
        }
        if since(self.rejected_from) {
            return State::Rejected;
        }
        if since(self.superseded_from) {
            return State::Superseded;
        }
        if !since(self.approved_from) {
            return match self.requested_from {
                Some(requested) if requested <= now && end <= now => State::Expired,
                Some(requested) if requested <= now => State::Requested,
                _ => State::Draft,
            };
        }
        if end <= now {
            return State::Expired;
        }
        if !since(self.start) {
            return State::Scheduled;
        }
        let warn = self
            .duration_days()
            .map_or(self.warn_days, |days| self.warn_days.min(days / 2));
        if last_day.days_since(today) <= warn {
            State::Expiring
        } else {
            State::Active
        }
    }

    /// Calendar days from the first to the last day that is covered, both included.
    pub(super) fn duration_days(&self) -> Option<i64> {
        let (start, end) = self.start.zip(self.end)?;
        Some(
            end.just_before()
                .date(self.zone)
                .days_since(start.date(self.zone))
                + 1,
        )
    }

    /// From when on the record was in force, if it ever was.
    pub(super) fn in_force_from(&self) -> Option<Instant> {
        let from = self.approved_from?.max(self.start?);
        let stops = [self.end, self.closed_from, self.revoked_from, self.rejected_from];
        let in_time = stops.into_iter().flatten().all(|stop| from < stop);
        (self.valid && in_time).then_some(from)
    }

    fn review_overdue(&self, now: Instant, today: Date) -> bool {
        let Some(plan) = self.review else { return false };
        // A review after the point in time that is looked at had not happened yet.
        let last = plan
            .last
            .filter(|&last| last <= now)
            .or_else(|| self.in_force_from());
        let due = last.and_then(|last| plan.cadence.due(last.date(self.zone)));
        due.is_some_and(|due| today > due)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::date::ExpiryPoint;

    fn instant(text: &str) -> Instant {
        ExpiryPoint::parse(text).expect(text).start(UtcOffset::UTC)
    }

    fn timeline(from: &str, to: &str) -> Timeline {
        let end = ExpiryPoint::parse(to).expect(to);
        Timeline {
            valid: true,
            requested_from: Some(instant("2026-01-01")),
            approved_from: Some(instant("2026-01-02")),
            start: Some(instant(from)),
            end: Some(end.end(UtcOffset::UTC)),
            last_day: Some(end.day(UtcOffset::UTC)),
            warn_days: 14,
            ..Timeline::default()
        }
    }

    fn state(timeline: &Timeline, as_of: &str) -> StateAt {
        timeline.at(AsOf::parse(as_of, timeline.zone).expect(as_of))
    }

    #[test]
    fn the_warning_takes_at_most_half_of_the_time() {
        let week = timeline("2026-03-01", "2026-03-07");
        assert_eq!(week.duration_days(), Some(7));
        assert_eq!(state(&week, "2026-03-03").state, State::Active);
        assert_eq!(state(&week, "2026-03-04").state, State::Expiring);
        assert_eq!(state(&week, "2026-03-04").days_left, Some(3));
        let day = timeline("2026-03-01", "2026-03-01");
        assert_eq!(day.duration_days(), Some(1));
        assert_eq!(state(&day, "2026-03-01").state, State::Expiring);
        assert_eq!(state(&day, "2026-02-28").state, State::Scheduled);
        assert_eq!(state(&day, "2026-03-02").state, State::Expired);
    }

    #[test]
    fn an_instant_ends_exactly_there() {
        let noon = timeline("2026-03-01", "2026-03-30T12:00:00Z");
        assert_eq!(
            state(&noon, "2026-03-30T11:59:59.999999999Z").state,
            State::Expiring
        );
        let over = state(&noon, "2026-03-30T12:00:00Z");
        assert_eq!((over.state, over.days_expired), (State::Expired, Some(0)));
        assert_eq!(state(&noon, "2026-03-31T00:00:00Z").days_expired, Some(1));
        let midnight = timeline("2026-03-01", "2026-03-31T00:00:00Z");
        assert_eq!(
            midnight.duration_days(),
            Some(30),
            "nothing of the 31st is covered"
        );
    }

    #[test]
    fn reviews_are_due_on_the_last_day_of_their_cadence() {
        let mut record = timeline("2026-03-01", "2026-03-30");
        record.review = Some(ReviewPlan {
            cadence: Cadence::Days(7),
            last: None,
        });
        assert!(!state(&record, "2026-03-08").review_overdue);
        assert!(state(&record, "2026-03-09").review_overdue);
        assert!(state(&record, "2026-03-09").suppresses, "a warning by default");
        assert!(
            !state(&record, "2026-04-30").review_overdue,
            "nobody reviews what is over"
        );
        record.review = Some(ReviewPlan {
            cadence: Cadence::Days(7),
            last: Some(instant("2026-03-08")),
        });
        assert!(!state(&record, "2026-03-15").review_overdue);
        assert!(state(&record, "2026-03-16").review_overdue);
        record.review = Some(ReviewPlan {
            cadence: Cadence::Days(7),
            last: Some(instant("2026-03-20")),
        });
        assert!(
            state(&record, "2026-03-16").review_overdue,
            "the review was still to come"
        );
        record.overdue_reopens = true;
        assert!(!state(&record, "2026-03-16").suppresses);
        assert_eq!(state(&record, "2026-03-16").state, State::Expiring);
    }

    #[test]
    fn cadences_have_words_and_a_count_of_days() {
        assert_eq!(Cadence::parse("biweekly"), Some(Cadence::Days(14)));
        assert_eq!(Cadence::parse("quarterly"), Some(Cadence::Months(3)));
        assert_eq!(Cadence::parse("P30D"), Some(Cadence::Days(30)));
        for text in ["", "P0D", "PD", "P-1D", "P+1D", "P1M", "P367D", "Weekly", "never"] {
            assert_eq!(Cadence::parse(text), None, "{text}");
        }
        let last = Date::parse("2026-01-31").expect("date");
        assert_eq!(
            Cadence::Months(1).due(last).map(|due| due.to_string()).as_deref(),
            Some("2026-02-28")
        );
    }

    fn hours() -> impl Strategy<Value = Instant> {
        (0_i64..24 * 200).prop_map(|hours| {
            let day = Date::parse("2026-01-01")
                .expect("date")
                .add_days(hours / 24)
                .expect("date");
            Instant::parse(&format!("{day}T{:02}:00:00Z", hours % 24)).expect("instant")
        })
    }

    prop_compose! {
        fn timelines()(
            requested_from in prop::option::of(hours()),
            approved_from in prop::option::weighted(0.8, hours()),
            rejected_from in prop::option::weighted(0.1, hours()),
            revoked_from in prop::option::weighted(0.2, hours()),
            closed_from in prop::option::weighted(0.2, hours()),
            superseded_from in prop::option::weighted(0.2, hours()),
            start in prop::option::of(hours()),
            end in hours(),
            valid in prop::bool::weighted(0.9),
            warn_days in 0_i64..40,
        ) -> Timeline {
            Timeline {
                valid, requested_from, approved_from, rejected_from, revoked_from, closed_from, superseded_from,
                start: start.or(approved_from),
                end: Some(end),
                last_day: Some(end.date(UtcOffset::UTC)),
                warn_days,
                ..Timeline::default()
            }
        }
    }

    /// The definition of "suppresses", written down a second time and without an order of questions.
    fn suppresses(timeline: &Timeline, now: Instant) -> bool {
        let happened = |instant: Option<Instant>| instant.is_some_and(|instant| instant <= now);
        let stopped = [
            timeline.closed_from,
            timeline.revoked_from,
            timeline.rejected_from,
            timeline.superseded_from,
        ]
        .into_iter()
        .any(happened);
        timeline.valid
            && happened(timeline.approved_from)
            && happened(timeline.start)
            && !happened(timeline.end)
            && !stopped
    }

    proptest! {
        /// P1: what is over stays over.
        #[test]
        fn nothing_comes_back(timeline in timelines(), first in hours(), second in hours()) {
            let (first, second) = (first.min(second), first.max(second));
            let before = timeline.at(AsOf::at(first)).state;
            let over = [State::Expired, State::Closed, State::Revoked, State::Rejected, State::Superseded, State::Invalid];
            if over.contains(&before) {
                prop_assert!(!timeline.at(AsOf::at(second)).suppresses, "{before}");
            }
        }

        /// P3: between two facts nothing changes, so a day is as good as any hour in it.
        #[test]
        fn days_do_not_depend_on_the_hour(timeline in timelines(), now in hours()) {
            let later = AsOf::at(now);
            let day = now.date(UtcOffset::UTC);
            let facts = [
                timeline.requested_from, timeline.approved_from, timeline.rejected_from, timeline.revoked_from,
                timeline.closed_from, timeline.superseded_from, timeline.start, timeline.end,
            ];
            let morning = day.start(UtcOffset::UTC);
            if !facts.into_iter().flatten().any(|fact| morning < fact && fact <= now) {
                prop_assert_eq!(timeline.at(AsOf::at(morning)), timeline.at(later));
            }
        }

        /// P5: an invalid record does nothing at any time.
        #[test]
        fn invalid_records_do_nothing(mut timeline in timelines(), now in hours()) {
            timeline.valid = false;
            let at = timeline.at(AsOf::at(now));
            prop_assert_eq!((at.state, at.suppresses), (State::Invalid, false));
        }

        /// P6: the state machine suppresses exactly when the definition says so.
        #[test]
        fn suppresses_as_defined(timeline in timelines(), now in hours()) {
            let at = timeline.at(AsOf::at(now));
            prop_assert_eq!(at.suppresses, suppresses(&timeline, now));
            prop_assert_eq!(at.days_left.is_some(), at.state.suppresses());
            prop_assert!(at.days_left.is_none_or(|days| days >= 0));
            prop_assert!(at.days_expired.is_none_or(|days| days >= 0));
        }

        #[test]
        fn in_force_is_the_first_suppressing_instant(mut timeline in timelines()) {
            timeline.superseded_from = None;
            match timeline.in_force_from() {
                Some(from) => {
                    prop_assert!(timeline.at(AsOf::at(from)).suppresses);
                    prop_assert!(!timeline.at(AsOf::at(from.just_before())).suppresses);
                }
                None => prop_assert!(!timeline.start.is_some_and(|start| timeline.at(AsOf::at(start)).suppresses)),
            }
        }
    }
}
