//! Days, instants and the point in time a run looks at.
//!
//! The rest of the crate never asks what time it is: the caller passes an [`AsOf`] in. Parsing is deliberately narrower
//! than the calendar library below it, which would take `20260330`, a leap second or a time without an offset for what
//! they are not. A date that is not exactly one of the two accepted shapes is an error, because an expiry that is read
//! differently than it was meant is a finding that stays hidden.

use std::fmt;
use std::time::SystemTime;

use jiff::civil;
use jiff::tz;
use jiff::{SignedDuration, Timestamp, ToSpan};

#[cfg(test)]
mod tests;

/// The years a date may lie in. `9999-12-31` is a way to write "never", which no exception may.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2999;

/// The longest forecast that `+30d` may ask for.
const MAX_FORECAST_DAYS: u32 = 3660;

/// Why a text is not a date, an instant or an offset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {reason}; write {example}")]
pub struct DateError {
    text: String,
    reason: DateErrorReason,
    example: &'static str,
}

/// The reasons of a [`DateError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DateErrorReason {
    /// Neither of the accepted shapes.
    #[error("is not a date or an instant")]
    Shape,
    /// The shape of a date, but the calendar has no such day.
    #[error("is not a day of the calendar")]
    NoSuchDay,
    /// A day of the calendar that nobody means.
    #[error("lies outside the years 1970 to 2999")]
    Year,
    /// An hour, minute or second out of range; `24:00` and leap seconds among them.
    #[error("is not a time of day (00:00:00 to 23:59:59)")]
    NoSuchTime,
    /// An instant without an offset, which would mean a different instant on every machine.
    #[error("has a time but no offset from UTC")]
    NoOffset,
    /// `-00:00`, which RFC 3339 reserves for "offset unknown".
    #[error("has the offset -00:00, which means that the offset is unknown")]
    UnknownOffset,
    /// An offset that no place on earth has.
    #[error("has an offset out of range")]
    OffsetRange,
    /// A forecast such as `+30d` that is malformed or too far away.
    #[error("is not a forecast of 1 to 3660 days")]
    Forecast,
}

impl DateError {
    fn new(text: &str, reason: DateErrorReason, example: &'static str) -> Self {
        // What is quoted in a message must stay readable, whatever somebody put into the field.
        const SHOWN: usize = 40;
        let mut shown: String = text.chars().take(SHOWN).collect();
        if text.chars().nth(SHOWN).is_some() {
            shown.push('…');
        }
        Self {
            text: shown,
            reason,
            example,
        }
    }

    /// What is wrong with the text.
    pub fn reason(&self) -> DateErrorReason {
        self.reason
    }

    /// An accepted spelling.
    pub fn example(&self) -> &'static str {
        self.example
    }
}

const EXAMPLE_DATE: &str = "a day such as 2026-03-30";
const EXAMPLE_POINT: &str = "a day such as 2026-03-30 or an instant such as 2026-03-30T17:00:00Z";
const EXAMPLE_AS_OF: &str = "a day such as 2026-03-30, an instant such as 2026-03-30T17:00:00Z, or +30d";
const EXAMPLE_OFFSET: &str = "Z or an offset such as +07:00";

/// A day of the calendar, without a time zone.
///
/// ```
/// use policy_core::date::Date;
/// let day = Date::parse("2026-03-30")?;
/// assert_eq!(day.add_days(2).map(|day| day.to_string()).as_deref(), Some("2026-04-01"));
/// assert!(Date::parse("2027-02-29").is_err());
/// # Ok::<(), policy_core::date::DateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// Parses exactly `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`DateError`] for every other shape, for days the calendar does not have and for years outside 1970 to 2999.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let mut scanner = Scanner::new(text);
        let found = scanner.date().filter(|_| scanner.at_end());
        found
            .ok_or(DateErrorReason::Shape)
            .and_then(Parts::to_date)
            .map_err(|reason| DateError::new(text, reason, EXAMPLE_DATE))
    }

    /// The civil days from `earlier` to this day; negative when this day is the earlier one.
    pub fn days_since(self, earlier: Date) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }

    /// The day `days` later (or earlier, when negative); `None` outside the calendar.
    #[must_use]
    pub fn add_days(self, days: i64) -> Option<Self> {
        let span = jiff::Span::new().try_days(days).ok()?;
        self.0.checked_add(span).ok().map(Self)
    }

    /// The same day `months` later, or the last day of that month when it is shorter; `None` outside the calendar.
    #[must_use]
    pub fn add_months(self, months: i32) -> Option<Self> {
        let span = jiff::Span::new().try_months(months).ok()?;
        self.0.checked_add(span).ok().map(Self)
    }

    /// The first instant of this day at `zone`.
    pub fn start(self, zone: UtcOffset) -> Instant {
        // Parsed years and the arithmetic on them stay far inside the range of timestamps; the fallback keeps this
        // function total and errs towards the past, where nothing is still valid.
        Instant(
            zone.0
                .to_timestamp(self.0.to_datetime(civil::Time::midnight()))
                .unwrap_or(Timestamp::MIN),
        )
    }

    /// The first instant after this day at `zone`.
    pub fn end(self, zone: UtcOffset) -> Instant {
        self.add_days(1)
            .map_or(Instant(Timestamp::MIN), |next| next.start(zone))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A fixed distance from UTC. There are no time zones with rules here, hence no ambiguous hours.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UtcOffset(tz::Offset);

impl UtcOffset {
    /// UTC itself.
    pub const UTC: Self = Self(tz::Offset::UTC);

    /// Parses `Z`, `+07:00` or `-03:30`.
    ///
    /// # Errors
    /// [`DateError`] for other shapes, for `-00:00`, and for offsets beyond 14 hours.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let mut scanner = Scanner::new(text);
        let found = scanner.offset().map(|offset| (offset, scanner.at_end()));
        let error = |reason| DateError::new(text, reason, EXAMPLE_OFFSET);
        match found {
            Ok((Some(offset), true)) if offset.0.seconds().abs() <= 14 * 3600 => Ok(offset),
            Ok((Some(_), true)) => Err(error(DateErrorReason::OffsetRange)),
            Ok(_) => Err(error(DateErrorReason::Shape)),
            Err(reason) => Err(error(reason)),
        }
    }
}

impl Default for UtcOffset {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.seconds() / 60;
        if minutes == 0 {
            return f.write_str("Z");
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

impl fmt::Debug for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A point in time, to the nanosecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Timestamp);

impl Instant {
    /// Parses RFC 3339 with `T` and an explicit offset: `2026-03-30T17:00:00Z`, `2026-03-30T17:00:00.5+07:00`.
    ///
    /// # Errors
    /// [`DateError`] for other shapes (no offset, `-00:00`, a space for the `T`, no seconds), for leap seconds, `24:00`,
    /// days the calendar does not have and years outside 1970 to 2999.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        scan_instant(text).map_err(|reason| DateError::new(text, reason, EXAMPLE_POINT))
    }

    /// The day it is at `zone`.
    pub fn date(self, zone: UtcOffset) -> Date {
        Date(zone.0.to_datetime(self.0).date())
    }

    /// The instant `days` times 24 hours later; `None` outside the calendar.
    #[must_use]
    pub fn add_days(self, days: u32) -> Option<Self> {
        self.0
            .checked_add(SignedDuration::from_hours(i64::from(days) * 24))
            .ok()
            .map(Self)
    }

    /// The instant one nanosecond earlier.
    #[must_use]
    pub fn just_before(self) -> Self {
        Self(self.0.checked_sub(1.nanosecond()).unwrap_or(self.0))
    }
}

impl TryFrom<SystemTime> for Instant {
    type Error = ClockOutOfRange;

    /// For the one place that reads the clock.
    fn try_from(time: SystemTime) -> Result<Self, Self::Error> {
        let stamp = Timestamp::try_from(time).map_err(|_| ClockOutOfRange)?;
        let year = tz::Offset::UTC.to_datetime(stamp).year();
        YEARS
            .contains(&year)
            .then_some(Self(stamp))
            .ok_or(ClockOutOfRange)
    }
}

/// The clock of the machine shows a year outside 1970 to 2999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock of this machine lies outside the years 1970 to 2999; set it, or pass the time with `--as-of`"
)]
pub struct ClockOutOfRange;

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, with as many fractional digits as needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A day or an instant, as records of people's decisions give them.
///
/// A day begins at its first instant and ends after its last one, both at the offset of the registry. An instant begins
/// and ends at itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpiryPoint {
    /// A whole day.
    Date(Date),
    /// A point in time.
    Instant(Instant),
}

impl ExpiryPoint {
    /// Parses a [`Date`] or an [`Instant`].
    ///
    /// # Errors
    /// [`DateError`], as [`Date::parse`] and [`Instant::parse`].
    ///
    /// ```
    /// use policy_core::date::ExpiryPoint;
    /// assert!(ExpiryPoint::parse("2026-03-30").is_ok());
    /// let naive = ExpiryPoint::parse("2026-03-30T00:00:00").unwrap_err();
    /// assert!(naive.to_string().contains("no offset"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, DateError> {
        // Ten characters can only be a day: naming the day's own fault is more use than naming the other shape.
        let result = if text.len() == 10 {
            Date::parse(text).map(Self::Date).map_err(|error| error.reason)
        } else {
            scan_instant(text).map(Self::Instant)
        };
        result.map_err(|reason| DateError::new(text, reason, EXAMPLE_POINT))
    }

    /// The first instant it means.
    pub fn start(self, zone: UtcOffset) -> Instant {
        match self {
            Self::Date(date) => date.start(zone),
            Self::Instant(instant) => instant,
        }
    }

    /// The first instant after it, when it is the end of an interval: a day is included whole, an instant is not.
    pub fn end(self, zone: UtcOffset) -> Instant {
        match self {
            Self::Date(date) => date.end(zone),
            Self::Instant(instant) => instant,
        }
    }

    /// The day it names at `zone`.
    pub fn day(self, zone: UtcOffset) -> Date {
        match self {
            Self::Date(date) => date,
            Self::Instant(instant) => instant.date(zone),
        }
    }
}

impl fmt::Display for ExpiryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Instant(instant) => instant.fmt(f),
        }
    }
}

/// The point in time a run looks at. Everything that depends on time depends on this value and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AsOf {
    instant: Instant,
    day: Option<Date>,
}

impl AsOf {
    /// Looks at an instant.
    pub fn at(instant: Instant) -> Self {
        Self { instant, day: None }
    }

    /// Looks at the close of business: the last instant of `day` at `zone`.
    pub fn close_of(day: Date, zone: UtcOffset) -> Self {
        Self {
            instant: day.end(zone).just_before(),
            day: Some(day),
        }
    }

    /// Parses a day (its close of business at `zone`) or an instant.
    ///
    /// # Errors
    /// [`DateError`] for every other text.
    ///
    /// ```
    /// use policy_core::date::{AsOf, UtcOffset};
    /// let as_of = AsOf::parse("2026-03-30", UtcOffset::parse("+07:00")?)?;
    /// assert_eq!(as_of.to_rfc3339(), "2026-03-30T16:59:59.999999999Z");
    /// # Ok::<(), policy_core::date::DateError>(())
    /// ```
    pub fn parse(text: &str, zone: UtcOffset) -> Result<Self, DateError> {
        ExpiryPoint::parse(text).map(|point| Self::from_point(point, zone))
    }

    /// Parses a day, an instant, or a forecast such as `+30d` counted from `now`.
    ///
    /// # Errors
    /// [`DateError`] for every other text and for forecasts beyond ten years.
    pub fn parse_with_now(text: &str, now: Instant, zone: UtcOffset) -> Result<Self, DateError> {
        let error = |reason| DateError::new(text, reason, EXAMPLE_AS_OF);
        let Some(days) = text.strip_prefix('+') else {
            return ExpiryPoint::parse(text)
                .map(|point| Self::from_point(point, zone))
                .map_err(|inner| error(inner.reason));
        };
        let digits = days
            .strip_suffix('d')
            .filter(|days| days.bytes().all(|byte| byte.is_ascii_digit()));
        digits
            .and_then(|digits| digits.parse().ok())
            .filter(|days| (1..=MAX_FORECAST_DAYS).contains(days))
            .and_then(|days| now.add_days(days))
            .map(Self::at)
            .ok_or_else(|| error(DateErrorReason::Forecast))
    }

    fn from_point(point: ExpiryPoint, zone: UtcOffset) -> Self {
        match point {
            ExpiryPoint::Date(day) => Self::close_of(day, zone),
            ExpiryPoint::Instant(instant) => Self::at(instant),
        }
    }

    /// The instant.
    pub fn instant(self) -> Instant {
        self.instant
    }

    /// The day it is at `zone`.
    pub fn date(self, zone: UtcOffset) -> Date {
        self.instant.date(zone)
    }

    /// The day it is in UTC.
    pub fn utc_date(self) -> Date {
        self.instant.date(UtcOffset::UTC)
    }

    /// The instant as RFC 3339 in UTC; reports and rules (`input.context.now`) get this.
    pub fn to_rfc3339(self) -> String {
        self.instant.to_string()
    }
}

impl fmt::Display for AsOf {
    /// The day when a day was asked for, the instant otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            Some(day) => day.fmt(f),
            None => self.instant.fmt(f),
        }
    }
}

/// The digits of a date, not yet held against the calendar.
#[derive(Clone, Copy)]
struct Parts {
    year: i16,
    month: i8,
    day: i8,
}

impl Parts {
    fn to_date(self) -> Result<Date, DateErrorReason> {
        if !YEARS.contains(&self.year) {
            return Err(DateErrorReason::Year);
        }
        civil::Date::new(self.year, self.month, self.day)
            .map(Date)
            .map_err(|_| DateErrorReason::NoSuchDay)
    }
}

fn scan_instant(text: &str) -> Result<Instant, DateErrorReason> {
    use DateErrorReason::{NoOffset, NoSuchTime, OffsetRange, Shape};
    let mut scanner = Scanner::new(text);
    let parts = scanner.date().ok_or(Shape)?;
    scanner.expect(b'T').ok_or(Shape)?;
    let hour = scanner.digits(2).ok_or(Shape)?;
    scanner.expect(b':').ok_or(Shape)?;
    let minute = scanner.digits(2).ok_or(Shape)?;
    scanner.expect(b':').ok_or(Shape)?;
    let second = scanner.digits(2).ok_or(Shape)?;
    let nanosecond = scanner.fraction().ok_or(Shape)?;
    let offset = scanner.offset()?;
    let offset = match offset {
        Some(offset) => offset,
        None if scanner.at_end() => return Err(NoOffset),
        None => return Err(Shape),
    };
    if !scanner.at_end() {
        return Err(Shape);
    }
    let date = parts.to_date()?;
    let small = |number: i32| i8::try_from(number).map_err(|_| NoSuchTime);
    let time =
        civil::Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).map_err(|_| NoSuchTime)?;
    offset
        .0
        .to_timestamp(date.0.to_datetime(time))
        .map(Instant)
        .map_err(|_| OffsetRange)
}

/// Reads fixed shapes from the front of a text.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let (&first, rest) = self.rest.split_first()?;
        (first == byte).then(|| self.rest = rest)
    }

    /// Exactly `count` ASCII digits.
    fn digits(&mut self, count: usize) -> Option<i32> {
        let (head, rest) = self.rest.split_at_checked(count)?;
        let number = head.iter().try_fold(0_i32, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + i32::from(byte - b'0'))
        })?;
        self.rest = rest;
        Some(number)
    }

    fn date(&mut self) -> Option<Parts> {
        let year = i16::try_from(self.digits(4)?).ok()?;
        self.expect(b'-')?;
        let month = i8::try_from(self.digits(2)?).ok()?;
        self.expect(b'-')?;
        let day = i8::try_from(self.digits(2)?).ok()?;
        Some(Parts { year, month, day })
    }

    /// `.` and one to nine digits, or nothing: nanoseconds.
    fn fraction(&mut self) -> Option<i32> {
        if self.expect(b'.').is_none() {
            return Some(0);
        }
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&count) {
            return None;
        }
        let missing = u32::try_from(9 - count).ok()?;
        self.digits(count).map(|number| number * 10_i32.pow(missing))
    }

    /// `Z`, `±hh:mm`, or nothing.
    fn offset(&mut self) -> Result<Option<UtcOffset>, DateErrorReason> {
        if self.expect(b'Z').is_some() {
            return Ok(Some(UtcOffset::UTC));
        }
        let sign = if self.expect(b'+').is_some() {
            1
        } else if self.expect(b'-').is_some() {
            -1
        } else {
            return Ok(None);
        };
        let hours = self.digits(2).ok_or(DateErrorReason::Shape)?;
        self.expect(b':').ok_or(DateErrorReason::Shape)?;
        let minutes = self.digits(2).ok_or(DateErrorReason::Shape)?;
        if hours > 23 || minutes > 59 {
            return Err(DateErrorReason::OffsetRange);
        }
        if sign < 0 && hours == 0 && minutes == 0 {
            return Err(DateErrorReason::UnknownOffset);
        }
        tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
            .map(|offset| Some(UtcOffset(offset)))
            .map_err(|_| DateErrorReason::OffsetRange)
    }
}
