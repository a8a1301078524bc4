//! A number with the list it was counted from.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::control::Severity;

/// One metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its stable name, for example `exceptionDebt`.
    pub name: &'static str,
    /// What it says, in one line.
    pub meaning: &'static str,
    /// The value.
    pub measure: Measure,
    /// What was counted, one line each.
    pub list: Vec<String>,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// A part of a whole.
    Ratio {
        /// The part.
        numerator: usize,
        /// The whole.
        denominator: usize,
    },
    /// A number of things, by severity of their control.
    Count {
        /// All of them.
        total: usize,
        /// Most severe first; things whose control is unknown are in the total only.
        by_severity: Vec<(Severity, usize)>,
    },
    /// How something is spread, in days.
    Days {
        /// How many values.
        count: usize,
        /// The middle one.
        p50: Option<i64>,
        /// The one that nine of ten do not exceed.
        p90: Option<i64>,
        /// The largest.
        max: Option<i64>,
    },
    /// How something is spread, in seconds.
    Seconds {
        /// How many values.
        count: usize,
        /// The middle one.
        p50: Option<i64>,
        /// The one that nine of ten do not exceed.
        p90: Option<i64>,
        /// The largest.
        max: Option<i64>,
    },
    /// A sum.
    Amount(i64),
    /// Neither reports nor exceptions tell it.
    Unmeasured(&'static str),
}

impl Measure {
    /// The value of a ratio; `None` when there is nothing to divide by, and for everything that is no ratio.
    pub fn ratio(&self) -> Option<f64> {
        match *self {
            Self::Ratio {
                numerator,
                denominator,
            } if denominator > 0 => {
                let exact = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
                Some(exact(numerator) / exact(denominator))
            }
            _ => None,
        }
    }
}

impl Metric {
    /// The metric as JSON. The list is there when `explain` asks for it.
    pub fn to_json(&self, explain: bool) -> Value {
        let value = match &self.measure {
            Measure::Ratio {
                numerator,
                denominator,
            } => {
                json!({"numerator": numerator, "denominator": denominator, "ratio": self.measure.ratio()})
            }
            Measure::Count { total, by_severity } => {
                let by: BTreeMap<&str, usize> = by_severity
                    .iter()
                    .map(|(severity, count)| (severity.as_str(), *count))
                    .collect();
                json!({"count": total, "bySeverity": by})
            }
            Measure::Days { count, p50, p90, max } => {
                json!({"n": count, "p50": p50, "p90": p90, "max": max, "unit": "days"})
            }
            Measure::Seconds { count, p50, p90, max } => {
                json!({"n": count, "p50": p50, "p90": p90, "max": max, "unit": "seconds"})
            }
            Measure::Amount(amount) => json!({"amount": amount}),
            Measure::Unmeasured(why) => json!({"unmeasured": why}),
        };
        let mut metric = json!({"name": self.name, "meaning": self.meaning, "value": value});
        if explain && let Some(members) = metric.as_object_mut() {
            members.insert("list".into(), json!(self.list));
        }
        metric
    }

    /// The value for people.
    pub fn value_text(&self) -> String {
        match &self.measure {
            Measure::Ratio {
                numerator,
                denominator,
            } => match self.measure.ratio() {
                Some(ratio) => format!("{:.0} % ({numerator} of {denominator})", ratio * 100.0),
                None => "- (0 of 0)".into(),
            },
            Measure::Count { total, by_severity } => {
                let by: Vec<String> = by_severity
                    .iter()
                    .map(|(severity, count)| format!("{count} {}", severity.as_str()))
                    .collect();
                if by.is_empty() {
                    total.to_string()
                } else {
                    format!("{total} ({})", by.join(", "))
                }
            }
            Measure::Days { count, p50, p90, max } => spread(*count, [p50, p90, max], "days"),
            Measure::Seconds { count, p50, p90, max } => spread(*count, [p50, p90, max], "seconds"),
            Measure::Amount(amount) => amount.to_string(),
            Measure::Unmeasured(why) => format!("not measured: {why}"),
        }
    }

    pub(super) fn ratio(
        name: &'static str,
        meaning: &'static str,
        members: impl IntoIterator<Item = (String, bool)>,
    ) -> Self {
        let members: Vec<(String, bool)> = members.into_iter().collect();
        let measure = Measure::Ratio {
            numerator: members.iter().filter(|(_, counts)| *counts).count(),
            denominator: members.len(),
        };
        let list = members
            .into_iter()
            .map(|(member, counts)| format!("{}: {member}", if counts { "yes" } else { "no" }))
            .collect();
        Self {
            name,
            meaning,
            measure,
            list,
        }
    }

    pub(super) fn count(
        name: &'static str,
        meaning: &'static str,
        members: Vec<(String, Option<Severity>)>,
    ) -> Self {
        let by = |severity| {
            members
                .iter()
                .filter(|(_, found)| *found == Some(severity))
                .count()
        };
        let by_severity = Severity::ALL
            .into_iter()
            .map(|severity| (severity, by(severity)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let measure = Measure::Count {
            total: members.len(),
            by_severity,
        };
        Self {
            name,
            meaning,
            measure,
            list: members.into_iter().map(|(member, _)| member).collect(),
        }
    }

    pub(super) fn days(name: &'static str, meaning: &'static str, members: Vec<(String, i64)>) -> Self {
        let (count, [p50, p90, max]) = ranks(&members);
        let measure = Measure::Days { count, p50, p90, max };
        let list = members
            .into_iter()
            .map(|(member, days)| format!("{days} d: {member}"))
            .collect();
        Self {
            name,
            meaning,
            measure,
            list,
        }
    }

    pub(super) fn seconds(name: &'static str, meaning: &'static str, members: Vec<(String, i64)>) -> Self {
        let (count, [p50, p90, max]) = ranks(&members);
        let measure = Measure::Seconds { count, p50, p90, max };
        let list = members
            .into_iter()
            .map(|(member, seconds)| format!("{seconds} s: {member}"))
            .collect();
        Self {
            name,
            meaning,
            measure,
            list,
        }
    }

    pub(super) fn unmeasured(name: &'static str, meaning: &'static str, why: &'static str) -> Self {
        Self {
            name,
            meaning,
            measure: Measure::Unmeasured(why),
            list: Vec::new(),
        }
    }
}

/// How many values there are, and the values at half, nine tenths and the end. Nearest rank: a value that occurred, never
/// one in between.
fn ranks(members: &[(String, i64)]) -> (usize, [Option<i64>; 3]) {
    let mut sorted: Vec<i64> = members.iter().map(|(_, value)| *value).collect();
    sorted.sort_unstable();
    let rank = |percent: usize| {
        (sorted.len() * percent)
            .div_ceil(100)
            .checked_sub(1)
            .and_then(|at| sorted.get(at).copied())
    };
    (sorted.len(), [rank(50), rank(90), sorted.last().copied()])
}

fn spread(count: usize, values: [&Option<i64>; 3], unit: &str) -> String {
    let [p50, p90, max] = values.map(|value| value.map_or_else(|| "-".to_owned(), |value| value.to_string()));
    format!("p50 {p50}, p90 {p90}, max {max} {unit} (n {count})")
}
