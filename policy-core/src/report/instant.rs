//! The as-of date of a run as the timestamps that machine formats want.
//!
//! No report reads the clock: every timestamp follows from the run, so two reports of one run are the same bytes.

/// An instant in seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i64);

const DAY: i64 = 86_400;

impl Instant {
    /// Midnight of a date, or an RFC 3339 instant. The day as a whole is meant by a date; its beginning is chosen
    /// because receivers refuse timestamps in the future.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let midnight = days_since_epoch(date)?.checked_mul(DAY)?;
        let within = time.map_or(Some(0), seconds_with_offset)?;
        midnight.checked_add(within).map(Self)
    }

    /// The as-of instant of a run. Runs carry dates that were parsed before; anything else becomes 1970 rather than
    /// today, so that it shows.
    pub(crate) fn of_run(as_of: &str) -> Self {
        Self::parse(as_of).unwrap_or(Self(0))
    }

    /// The last second at which something that ends with `expires_on` still holds: a date is meant to its end.
    pub(crate) fn last_second_of(expires_on: &str) -> Option<Self> {
        let start = Self::parse(expires_on)?;
        let end = if expires_on.contains(['T', 't']) {
            start.0
        } else {
            start.0.checked_add(DAY)?
        };
        end.checked_sub(1).map(Self)
    }

    /// Milliseconds since 1970 UTC.
    pub(crate) fn milliseconds(self) -> i64 {
        self.0.saturating_mul(1000)
    }

    /// `2026-03-01T00:00:00Z`.
    pub(crate) fn rfc3339(self) -> String {
        format!("{}Z", self.without_zone())
    }

    /// `2026-03-01T00:00:00`, for formats without time zones; UTC.
    pub(crate) fn without_zone(self) -> String {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        let second = self.0.rem_euclid(DAY);
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// Days from 1970-01-01 to a day written `YYYY-MM-DD`.
fn days_since_epoch(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
    let day = number(parts.next()?, 2).filter(|day| (1..=31).contains(day))?;
    if parts.next().is_some() {
        return None;
    }
    // Years that begin in March make the leap day the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = days_before_march_year(year) + (153 * month + 2) / 5 + day - 1;
    Some(days - DAYS_TO_1970)
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

fn days_before_march_year(year: i64) -> i64 {
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400)
}

/// The calendar day that lies `days` after 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    // 400 years have 146,097 days; the estimate is at most one year too late.
    let estimate = (days * 400).div_euclid(146_097);
    let year = if days_before_march_year(estimate) > days {
        estimate - 1
    } else {
        estimate
    };
    let year = if days_before_march_year(year + 1) <= days {
        year + 1
    } else {
        year
    };
    let of_year = days - days_before_march_year(year);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}

/// Seconds from midnight UTC for `HH:MM:SS[.fraction](Z|±HH:MM)`; negative or over a day where the offset says so.
fn seconds_with_offset(time: &str) -> Option<i64> {
    let clock = time.get(..8)?;
    let mut parts = clock.split(':');
    let mut part = |max| {
        parts
            .next()
            .and_then(|text| number(text, 2))
            .filter(|value| *value <= max)
    };
    let (hour, minute, second) = (part(23)?, part(59)?, part(59)?);
    let rest = time.get(8..)?;
    let fraction = rest
        .strip_prefix('.')
        .map(|digits| digits.trim_start_matches(|c: char| c.is_ascii_digit()));
    let offset = match fraction.unwrap_or(rest) {
        "Z" | "z" => 0,
        zone => {
            let (sign, zone) = match zone.strip_prefix('-') {
                Some(zone) => (-1, zone),
                None => (1, zone.strip_prefix('+')?),
            };
            let (hours, minutes) = zone.split_once(':')?;
            sign * (number(hours, 2)? * 3600 + number(minutes, 2)? * 60)
        }
    };
    Some(hour * 3600 + minute * 60 + second - offset)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_instants() {
        let of = |text| Instant::parse(text).map(|instant| (instant.milliseconds(), instant.rfc3339()));
        assert_eq!(of("1970-01-01"), Some((0, "1970-01-01T00:00:00Z".into())));
        assert_eq!(
            of("2026-03-01"),
            Some((1_772_323_200_000, "2026-03-01T00:00:00Z".into()))
        );
        assert_eq!(
            of("2026-03-30T17:00:00+07:00"),
            Some((1_774_864_800_000, "2026-03-30T10:00:00Z".into()))
        );
        assert_eq!(
            of("2028-02-29T23:59:59.999999Z"),
            Some((1_835_481_599_000, "2028-02-29T23:59:59Z".into()))
        );
        for wrong in [
            "",
            "2026-3-1",
            "2026-13-01",
            "2026-03-01T",
            "2026-03-01T10:00:00",
            "20260301",
            "2026-03-01-1",
        ] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_expiry_holds_to_its_last_second() {
        let last = |text| Instant::last_second_of(text).map(Instant::rfc3339);
        assert_eq!(last("2026-03-30").as_deref(), Some("2026-03-30T23:59:59Z"));
        assert_eq!(
            last("2026-03-30T17:00:00Z").as_deref(),
            Some("2026-03-30T16:59:59Z")
        );
    }

    proptest! {
        #[test]
        fn every_second_survives_the_round_trip(seconds in -62_000_000_000_i64..250_000_000_000) {
            let instant = Instant(seconds);
            prop_assert_eq!(Instant::parse(&instant.rfc3339()), Some(instant));
        }
    }
}
