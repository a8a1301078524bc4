//! What changes when: the days on which records begin and cease to suppress.

use std::sync::Arc;

use super::lifecycle::State;
use super::registry::Registry;
use crate::date::{AsOf, Date};

/// The longest forecast, in days.
pub const MAX_FORECAST_DAYS: u32 = 3660;

/// A record that changes its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The first day on which the new state holds at the close of business.
    pub on: Date,
    /// The record.
    pub id: Arc<str>,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// True when findings it covered come back.
    pub ends: bool,
    /// True when it begins to cover findings.
    pub begins: bool,
}

impl Registry {
    /// The changes of state in the `days` days after `as_of`, by day and id. An overdue review that reopens findings is
    /// an end, although the state stays.
    ///
    /// The state is looked at every day rather than computed from dates, so that a forecast can never disagree with what
    /// a run on that day will say. The facts are those of today: what will be approved or revoked until then is not known.
    pub fn forecast(&self, as_of: AsOf, days: u32) -> Vec<Change> {
        let zone = self.options().zone;
        let today = as_of.date(zone);
        let mut changes = Vec::new();
        for record in self.records() {
            let mut before = self.state(record, as_of);
            for day in 0..=days.min(MAX_FORECAST_DAYS) {
                let Some(date) = today.add_days(day.into()) else {
                    break;
                };
                let close = AsOf::close_of(date, zone);
                // Forecasts look forward: what was over earlier today is over.
                if close.instant() < as_of.instant() {
                    continue;
                }
                let after = self.state(record, close);
                if after.state != before.state || after.suppresses != before.suppresses {
                    changes.push(Change {
                        on: date,
                        id: record.id.value.clone(),
                        from: before.state,
                        to: after.state,
                        ends: before.suppresses && !after.suppresses,
                        begins: !before.suppresses && after.suppresses,
                    });
                }
                before = after;
            }
        }
        changes.sort_by(|left, right| (left.on, &left.id).cmp(&(right.on, &right.id)));
        changes
    }
}
