//! Functions on points in time. None of them reads the clock: what depends on it is unknown.

use std::cmp::Ordering;
use std::fmt;

use super::error::Failure;
use super::signature::{Call, Function, returns, string};
use crate::input::terraform::source::cty::Val;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "formatdate",
        &[string("format"), string("time")],
        returns::string,
        format_date,
    ),
    Function::new("plantimestamp", &[], returns::string, |call| Ok(call.unknown())),
    Function::new(
        "timeadd",
        &[string("timestamp"), string("duration")],
        returns::string,
        add,
    ),
    Function::new(
        "timecmp",
        &[string("timestamp_a"), string("timestamp_b")],
        returns::number,
        compare,
    ),
    Function::new("timestamp", &[], returns::string, |call| Ok(call.unknown())),
];

const NANOS: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A point in time in the offset that it was written with. Displays as RFC 3339 without fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    nanoseconds: i128,
    /// Seconds east of UTC.
    offset: i64,
}

/// What a clock in the offset shows.
struct Clock {
    year: i64,
    month: usize,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// From Sunday, 0.
    weekday: usize,
}

/// Days since 1970-01-01 of a date in the Gregorian calendar.
fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day comes last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads fields of a timestamp from the front.
struct Fields<'t>(&'t str);

impl Fields<'_> {
    /// A number of `least` to `most` digits, inside a range.
    fn number(&mut self, least: usize, most: usize, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let length = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        if length < least {
            return None;
        }
        self.0 = rest;
        digits.parse().ok().filter(|number| range.contains(number))
    }

    fn eat(&mut self, separator: char) -> bool {
        match self.0.strip_prefix(separator) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// A fraction of a second in nanoseconds; more digits than nine are cut.
    fn fraction(&mut self, comma: bool) -> Option<i64> {
        let found = self.eat('.') || comma && self.eat(',');
        if !found {
            return Some(0);
        }
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        if digits.is_empty() {
            return None;
        }
        format!("{digits:0<9}").get(..9)?.parse().ok()
    }

    /// `Z` or `±hh:mm`, in seconds.
    fn offset(&mut self) -> Option<i64> {
        if self.eat('Z') {
            return Some(0);
        }
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') {
            -1
        } else {
            return None;
        };
        let hours = self.number(2, 2, 0..=23)?;
        if !self.eat(':') {
            return None;
        }
        Some(sign * (hours * 3600 + self.number(2, 2, 0..=59)? * 60))
    }
}

impl Moment {
    fn new(date: (i64, i64, i64), time: (i64, i64, i64), fraction: i64, offset: i64) -> Option<Self> {
        let (year, month, day) = date;
        if day > days_in_month(year, month) {
            return None;
        }
        let seconds = days_from_date(year, month, day) * DAY + time.0 * 3600 + time.1 * 60 + time.2 - offset;
        Some(Self {
            nanoseconds: i128::from(seconds) * NANOS + i128::from(fraction),
            offset,
        })
    }

    /// RFC 3339, strictly.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = Fields(text);
        let year = fields.number(4, 4, 0..=9999)?;
        let month = fields.eat('-').then(|| fields.number(2, 2, 1..=12)).flatten()?;
        let day = fields.eat('-').then(|| fields.number(2, 2, 1..=31)).flatten()?;
        let hour = fields.eat('T').then(|| fields.number(2, 2, 0..=23)).flatten()?;
        let minute = fields.eat(':').then(|| fields.number(2, 2, 0..=59)).flatten()?;
        let second = fields.eat(':').then(|| fields.number(2, 2, 0..=59)).flatten()?;
        let fraction = fields.fraction(false)?;
        let offset = fields.offset()?;
        fields
            .0
            .is_empty()
            .then(|| Self::new((year, month, day), (hour, minute, second), fraction, offset))
            .flatten()
    }

    /// The timestamps of YAML that Terraform knows: a date, a date and time with `T` and offset, or with a blank and
    /// without offset. All but the year may have one digit.
    pub(super) fn parse_yaml(text: &str) -> Option<Self> {
        let mut fields = Fields(text);
        let year = fields.number(4, 4, 0..=9999)?;
        let month = fields.eat('-').then(|| fields.number(1, 2, 1..=12)).flatten()?;
        let day = fields.eat('-').then(|| fields.number(1, 2, 1..=31)).flatten()?;
        let date = (year, month, day);
        if fields.0.is_empty() {
            return Self::new(date, (0, 0, 0), 0, 0);
        }
        let with_offset = fields.eat('T') || fields.eat('t');
        if !with_offset && !fields.eat(' ') {
            return None;
        }
        let hour = fields.number(1, 2, 0..=23)?;
        let minute = fields.eat(':').then(|| fields.number(1, 2, 0..=59)).flatten()?;
        let second = fields.eat(':').then(|| fields.number(1, 2, 0..=59)).flatten()?;
        let fraction = fields.fraction(true)?;
        let offset = if with_offset { fields.offset()? } else { 0 };
        fields
            .0
            .is_empty()
            .then(|| Self::new(date, (hour, minute, second), fraction, offset))
            .flatten()
    }

    fn clock(self) -> Clock {
        let seconds = i64::try_from(self.nanoseconds.div_euclid(NANOS)).unwrap_or_default() + self.offset;
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date_from_days(days);
        Clock {
            year,
            month: usize::try_from(month).unwrap_or(1),
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            weekday: usize::try_from((days + 4).rem_euclid(7)).unwrap_or_default(),
        }
    }

    /// `+hh:mm` with a separator of choice.
    fn offset_text(self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    fn short_offset(self) -> String {
        if self.offset == 0 {
            "Z".to_owned()
        } else {
            self.offset_text(":")
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Clock {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ..
        } = self.clock();
        let sign = if year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}",
            year.abs(),
            self.short_offset()
        )
    }
}

fn moment(call: &Call<'_>, index: usize) -> Result<Moment, Failure> {
    Moment::parse(call.text(index)).ok_or_else(|| {
        let message = format!(
            "`{}` is not an RFC 3339 timestamp like `2026-03-01T12:00:00Z`",
            call.text(index)
        );
        Failure::argument(index, message)
    })
}

fn compare(call: Call<'_>) -> Result<Val, Failure> {
    let order = moment(&call, 0)?.nanoseconds.cmp(&moment(&call, 1)?.nanoseconds);
    Ok(Val::integer(match order {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
}

fn add(call: Call<'_>) -> Result<Val, Failure> {
    let moment = moment(&call, 0)?;
    let duration = duration(call.text(1))
        .ok_or_else(|| Failure::argument(1, format!("`{}` is not a duration like `1h30m`", call.text(1))))?;
    let later = Moment {
        nanoseconds: moment.nanoseconds + i128::from(duration),
        ..moment
    };
    Ok(Val::string(&later.to_string()))
}

/// Nanoseconds of `1h30m`, `-1.5h`, `0`; `None` also beyond 64 bits.
fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let split = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at_checked(split(rest))?;
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at_checked(split(after))?,
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let end = after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => NANOS,
            "m" => 60 * NANOS,
            "h" => 3600 * NANOS,
            _ => return None,
        };
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok().filter(|whole| *whole < 1 << 63)?
        };
        let fraction_digits: String = fraction.chars().take(18).collect();
        let mut parts = 0;
        if !fraction_digits.is_empty() {
            let scale = 10_i128.pow(u32::try_from(fraction_digits.len()).ok()?);
            parts = fraction_digits.parse::<i128>().ok()? * unit / scale;
        }
        total = total.checked_add(whole.checked_mul(unit)?)?.checked_add(parts)?;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

fn format_date(call: Call<'_>) -> Result<Val, Failure> {
    let moment = moment(&call, 1)?;
    let clock = moment.clock();
    let mut text = String::new();
    let mut rest = call.text(0);
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut text)
                .ok_or_else(|| Failure::argument(0, "a literal in `'` does not end"))?;
        } else if first.is_ascii_alphabetic() {
            let length = rest.bytes().take_while(|byte| char::from(*byte) == first).count();
            let (verb, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            let part = date_part(verb, moment, &clock).ok_or_else(|| {
                Failure::argument(0, format!("there is no date verb `{verb}`; put text in `'`"))
            })?;
            text.push_str(&part);
            rest = after;
        } else {
            text.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(Val::string(&text))
}

/// Appends a literal in quotes (`''` is a quote) and returns what follows it.
fn quoted<'t>(text: &'t str, out: &mut String) -> Option<&'t str> {
    if let Some(rest) = text.strip_prefix("''") {
        out.push('\'');
        return Some(rest);
    }
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        out.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Some(after),
        }
    }
}

fn date_part(verb: &str, moment: Moment, clock: &Clock) -> Option<String> {
    let month = MONTHS.get(clock.month.checked_sub(1)?)?;
    let weekday = WEEKDAYS.get(clock.weekday)?;
    let twelve = match clock.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let short = |name: &str| name.chars().take(3).collect();
    Some(match verb {
        "YYYY" => format!("{:04}", clock.year),
        "YY" => format!("{:02}", clock.year % 100),
        "M" => clock.month.to_string(),
        "MM" => format!("{:02}", clock.month),
        "MMM" => short(month),
        "MMMM" => (*month).to_owned(),
        "D" => clock.day.to_string(),
        "DD" => format!("{:02}", clock.day),
        "EEE" => short(weekday),
        "EEEE" => (*weekday).to_owned(),
        "h" => clock.hour.to_string(),
        "hh" => format!("{:02}", clock.hour),
        "H" => twelve.to_string(),
        "HH" => format!("{twelve:02}"),
        "AA" => if clock.hour < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if clock.hour < 12 { "am" } else { "pm" }.to_owned(),
        "m" => clock.minute.to_string(),
        "mm" => format!("{:02}", clock.minute),
        "s" => clock.second.to_string(),
        "ss" => format!("{:02}", clock.second),
        "Z" => moment.short_offset(),
        "ZZZ" if moment.offset == 0 => "UTC".to_owned(),
        "ZZZ" | "ZZZZ" => moment.offset_text(""),
        "ZZZZZ" => moment.offset_text(":"),
        _ => return None,
    })
}
