//! Decimal digits of numbers.

use std::fmt;

use num_bigint::BigUint;

use super::number::{Num, bits, five_to};

/// Digits that are to be formatted: the value is `0.digits × 10^point`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// ASCII digits without leading and trailing zeros; empty for zero.
    pub(crate) digits: String,
    /// Where the decimal point stands, counted from before the first digit.
    pub(crate) point: i64,
}

impl Decimal {
    /// `magnitude × 2^exponent`, exactly.
    fn exact(magnitude: &BigUint, exponent: i64) -> Self {
        let (scaled, fraction_digits) = match u64::try_from(exponent) {
            Ok(left) => (magnitude << left, 0),
            Err(_) => (
                magnitude * five_to(exponent.unsigned_abs()),
                exponent.unsigned_abs(),
            ),
        };
        let all = if scaled == BigUint::ZERO {
            String::new()
        } else {
            scaled.to_string()
        };
        let length = i64::try_from(all.len()).unwrap_or_default();
        let point = length - i64::try_from(fraction_digits).unwrap_or_default();
        Self::trimmed(all, point)
    }

    fn trimmed(mut digits: String, point: i64) -> Self {
        digits.truncate(digits.trim_end_matches('0').len());
        let point = if digits.is_empty() { 0 } else { point };
        Self { digits, point }
    }

    /// The digit at `index`; beyond the end there are only zeros.
    fn at(&self, index: i64) -> u8 {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.digits.as_bytes().get(index))
            .copied()
            .unwrap_or(b'0')
    }

    /// The first `count` digits, rounded to nearest even.
    #[must_use]
    pub(crate) fn rounded(&self, count: i64) -> Self {
        if count >= self.length() {
            return self.clone();
        }
        if count < 0 {
            return Self {
                digits: String::new(),
                point: 0,
            };
        }
        let up = match self.at(count) {
            b'5' if self.length() == count + 1 => count > 0 && !self.at(count - 1).is_multiple_of(2),
            digit => digit >= b'5',
        };
        if up {
            self.rounded_up(count)
        } else {
            self.rounded_down(count)
        }
    }

    fn rounded_down(&self, count: i64) -> Self {
        let kept = self
            .digits
            .get(..usize::try_from(count).unwrap_or_default())
            .unwrap_or(&self.digits);
        Self::trimmed(kept.to_owned(), self.point)
    }

    fn rounded_up(&self, count: i64) -> Self {
        let mut kept = self.rounded_down_untrimmed(count);
        while kept.ends_with('9') {
            kept.pop();
        }
        match kept.pop() {
            None => Self {
                digits: "1".to_owned(),
                point: self.point + 1,
            },
            Some(last) => {
                kept.push(char::from_digit(last.to_digit(10).unwrap_or_default() + 1, 10).unwrap_or('9'));
                Self {
                    digits: kept,
                    point: self.point,
                }
            }
        }
    }

    fn rounded_down_untrimmed(&self, count: i64) -> String {
        self.digits
            .get(..usize::try_from(count).unwrap_or_default())
            .unwrap_or(&self.digits)
            .to_owned()
    }

    fn length(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX)
    }

    /// Without exponent; with `fraction` digits behind the point, or as many as there are.
    pub(crate) fn plain(&self, fraction: Option<i64>) -> String {
        let decimal = fraction.map_or_else(|| self.clone(), |fraction| self.rounded(self.point + fraction));
        let mut text = String::new();
        if decimal.point <= 0 {
            text.push('0');
        }
        text.extend((0..decimal.point).map(|index| char::from(decimal.at(index))));
        let fraction = fraction.unwrap_or((decimal.length() - decimal.point).max(0));
        if fraction > 0 {
            text.push('.');
            text.extend((0..fraction).map(|index| match decimal.point + index {
                before if before < 0 => '0',
                index => char::from(decimal.at(index)),
            }));
        }
        text
    }

    /// `d.ddde±dd`; with `fraction` digits behind the point, or as many as there are.
    pub(crate) fn scientific(&self, fraction: Option<i64>, letter: char) -> String {
        let decimal = fraction.map_or_else(|| self.clone(), |fraction| self.rounded(1 + fraction));
        let fraction = fraction.unwrap_or((decimal.length() - 1).max(0));
        let mut text = String::from(char::from(decimal.at(0)));
        if fraction > 0 {
            text.push('.');
            text.extend((1..=fraction).map(|index| char::from(decimal.at(index))));
        }
        let exponent = if decimal.digits.is_empty() {
            0
        } else {
            decimal.point - 1
        };
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("{letter}{sign}{:02}", exponent.abs()));
        text
    }
}

impl Num {
    /// All digits of the magnitude (without sign): `0.digits × 10^point`.
    pub(super) fn exact_digits(&self) -> (String, i64) {
        let Decimal { digits, point } = self.exact_decimal();
        if digits.is_empty() {
            ("0".to_owned(), 0)
        } else {
            (digits, point)
        }
    }

    /// The magnitude, exactly. Infinity has no digits; ask [`Num::is_infinite`] first.
    pub(crate) fn exact_decimal(&self) -> Decimal {
        match self.finite_parts() {
            Some((mantissa, exponent, _)) => Decimal::exact(mantissa, exponent),
            None => Decimal {
                digits: String::new(),
                point: 0,
            },
        }
    }

    /// The fewest digits of the magnitude that read back as this number at its precision.
    pub(crate) fn shortest_decimal(&self) -> Decimal {
        let exact = self.exact_decimal();
        let Some((mantissa, exponent, precision)) = self.finite_parts() else {
            return exact;
        };
        let size = bits(mantissa);
        let whole_and_short = exponent >= 0 && i64::from(size) + exponent <= i64::from(precision);
        if whole_and_short || size == 0 {
            return exact;
        }
        // Everything between the two borders, which lie half a unit of the last bit away, rounds to this number; the
        // borders themselves do when the mantissa is even.
        let shift = (precision + 1).saturating_sub(size);
        let shifted = mantissa << shift;
        let exponent = exponent - i64::from(shift);
        let lower = Decimal::exact(&(&shifted - 1_u8), exponent);
        let upper = Decimal::exact(&(&shifted + 1_u8), exponent);
        let inclusive = !shifted.bit(1);
        // The upper border may have a digit more in front (9.99… and 10); align all to its point.
        let offset_of = |decimal: &Decimal| upper.point - decimal.point;
        for index in 0..exact.length() {
            let digit = exact.at(index);
            let position = index + offset_of(&exact);
            let low = lower.at(position - offset_of(&lower));
            let low = if position < offset_of(&lower) { b'0' } else { low };
            let high = upper.at(position);
            let down_stays = low != digit || inclusive && position - offset_of(&lower) + 1 == lower.length();
            let up_stays = digit != high && (inclusive || digit + 1 < high || position + 1 < upper.length());
            match (down_stays, up_stays) {
                (true, true) => return exact.rounded(index + 1),
                (true, false) => return exact.rounded_down(index + 1),
                (false, true) => return exact.rounded_up(index + 1),
                (false, false) => {}
            }
        }
        exact
    }

    /// The sign, as far as it is printed: `-0` keeps it.
    fn sign(&self) -> &'static str {
        if self.is_negative() { "-" } else { "" }
    }

    /// Ten significant digits at most, as the order of sets of objects depends on it.
    pub(super) fn ten_digits(&self) -> String {
        if self.is_infinite() {
            return self.to_string();
        }
        let decimal = self.exact_decimal().rounded(10);
        let exponent = if decimal.digits.is_empty() {
            0
        } else {
            decimal.point - 1
        };
        // `%.10g`: scientific below 1e-4 and from 1e10 on (or from the number of digits on, when it is larger).
        let text = if !(-4..10).contains(&exponent) {
            decimal.scientific(None, 'e')
        } else {
            decimal.plain(None)
        };
        format!("{}{text}", self.sign())
    }
}

impl fmt::Display for Num {
    /// As Terraform prints a number and converts it to a string: never with an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_infinite() {
            return f.write_str(if self.is_negative() { "-Inf" } else { "+Inf" });
        }
        write!(f, "{}{}", self.sign(), self.shortest_decimal().plain(None))
    }
}
