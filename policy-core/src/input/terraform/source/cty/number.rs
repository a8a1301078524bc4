//! Numbers as Terraform computes and prints them.
//!
//! Terraform holds every number as a binary floating point number with its own precision: 512 bits for literals and
//! parsed texts, 64 for counts such as `length(…)`, 53 for what went through a machine float (`pow`, `log`). Results
//! are rounded to nearest even at the larger precision of the operands, and printed with the fewest decimal digits
//! that read back as the same number at that precision. Only the same arithmetic gives the same digits: decimal
//! arithmetic would print `0.3` for `0.1 + 0.2`, but not Terraform's digits for `1 / 3`.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use num_bigint::{BigInt, BigUint, Sign};

/// The precision of literals and of parsed texts, in bits.
pub(crate) const LITERAL_PRECISION: u32 = 512;
const COUNT_PRECISION: u32 = 64;
const MACHINE_PRECISION: u32 = 53;
/// Largest magnitude of a binary exponent. Terraform goes to 2³¹, which prints as hundreds of millions of digits; no
/// configuration means that, and a text of a few bytes must not cost gigabytes.
const MAX_EXPONENT: i64 = 1 << 16;
/// Longest text that is read as a number.
const MAX_DIGITS: usize = 20_000;

/// Why a number cannot be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NumberError {
    /// `0 / 0`, or infinities of opposite signs.
    #[error("the result is not a number")]
    NotANumber,
    /// Beyond what is worth computing exactly.
    #[error("the result is out of range")]
    OutOfRange,
}

/// A Terraform number.
#[derive(Clone, Debug)]
pub(crate) struct Num {
    negative: bool,
    form: Form,
    precision: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// `mantissa × 2^exponent`; the mantissa is odd, or zero with exponent 0.
    Finite {
        mantissa: BigUint,
        exponent: i64,
    },
    Infinite,
}

impl Num {
    /// A count, index or other machine integer.
    pub(crate) fn from_integer(integer: impl Into<i128>) -> Self {
        let integer: i128 = integer.into();
        let mantissa = BigUint::from(integer.unsigned_abs());
        let precision = bits(&mantissa).max(COUNT_PRECISION);
        Self::exact(integer < 0, mantissa, 0, precision)
    }

    /// The length of something in memory.
    pub(crate) fn from_length(length: usize) -> Self {
        Self::exact(false, BigUint::from(length), 0, COUNT_PRECISION)
    }

    /// An integer of any size, exactly.
    pub(crate) fn from_big_integer(integer: &BigInt) -> Self {
        let mantissa = integer.magnitude().clone();
        let precision = bits(&mantissa).max(COUNT_PRECISION);
        Self::exact(integer.sign() == Sign::Minus, mantissa, 0, precision)
    }

    /// A machine float; `None` for NaN.
    pub(crate) fn from_float(float: f64) -> Option<Self> {
        if float.is_nan() {
            return None;
        }
        let negative = float.is_sign_negative();
        if float.is_infinite() {
            return Some(Self::infinite(negative));
        }
        let pattern = float.to_bits();
        let fraction = pattern & ((1 << 52) - 1);
        let biased = i64::try_from(pattern >> 52 & 0x7ff).unwrap_or_default();
        let (mantissa, exponent) = if biased == 0 {
            (fraction, -1074)
        } else {
            (fraction | 1 << 52, biased - 1075)
        };
        Some(Self::exact(
            negative,
            BigUint::from(mantissa),
            exponent,
            MACHINE_PRECISION,
        ))
    }

    /// Reads a decimal number as Terraform reads literals and converts strings: digits with an optional point, sign,
    /// `e` (decimal) or `p` (binary) exponent, or `inf`. `None` when it is none or absurdly large.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if matches!(unsigned, "inf" | "Inf") {
            return Some(Self::infinite(negative));
        }
        let digits_end = unsigned
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(unsigned.len());
        let (digits, suffix) = unsigned.split_at_checked(digits_end)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let count = whole.len() + fraction.len();
        if count == 0 || count > MAX_DIGITS || fraction.contains('.') {
            return None;
        }
        let mantissa = BigUint::parse_bytes([whole, fraction].concat().as_bytes(), 10)?;
        let mut power_of_ten = -i64::try_from(fraction.len()).ok()?;
        let mut power_of_two = 0;
        if let Some(exponent) = suffix.strip_prefix(['e', 'E']) {
            power_of_ten = power_of_ten.checked_add(exponent_of(exponent)?)?;
        } else if let Some(exponent) = suffix.strip_prefix(['p', 'P']) {
            power_of_two = exponent_of(exponent)?;
        } else if !suffix.is_empty() {
            return None;
        }
        if power_of_ten.abs() > MAX_EXPONENT / 4 || power_of_two.abs() > MAX_EXPONENT {
            return None;
        }
        let scale = five_to(power_of_ten.unsigned_abs());
        let exponent = power_of_ten + power_of_two;
        let rounded = if power_of_ten >= 0 {
            Self::rounded(negative, mantissa * scale, exponent, false, LITERAL_PRECISION)
        } else {
            Self::quotient(negative, &mantissa, &scale, exponent, LITERAL_PRECISION)
        };
        rounded.ok()
    }

    pub(crate) fn infinite(negative: bool) -> Self {
        Self {
            negative,
            form: Form::Infinite,
            precision: LITERAL_PRECISION,
        }
    }

    fn zero(negative: bool, precision: u32) -> Self {
        Self {
            negative,
            form: Form::Finite {
                mantissa: BigUint::ZERO,
                exponent: 0,
            },
            precision,
        }
    }

    /// `mantissa × 2^exponent`, which fits the precision.
    fn exact(negative: bool, mantissa: BigUint, exponent: i64, precision: u32) -> Self {
        let Some(zeros) = mantissa.trailing_zeros() else {
            return Self::zero(negative, precision);
        };
        let exponent = exponent + i64::try_from(zeros).unwrap_or_default();
        Self {
            negative,
            form: Form::Finite {
                mantissa: mantissa >> zeros,
                exponent,
            },
            precision,
        }
    }

    /// `mantissa × 2^exponent`, and a little more when `more`, rounded to nearest even.
    fn rounded(
        negative: bool,
        mantissa: BigUint,
        exponent: i64,
        more: bool,
        precision: u32,
    ) -> Result<Self, NumberError> {
        let excess = bits(&mantissa).saturating_sub(precision);
        let (mantissa, exponent) = if excess == 0 {
            (mantissa, exponent)
        } else {
            let half = mantissa.bit(u64::from(excess) - 1);
            let below_half = more
                || mantissa
                    .trailing_zeros()
                    .is_some_and(|zeros| zeros < u64::from(excess) - 1);
            let kept = mantissa >> excess;
            let up = half && (below_half || kept.bit(0));
            (kept + u32::from(up), exponent + i64::from(excess))
        };
        if (exponent + i64::from(bits(&mantissa))).abs() > MAX_EXPONENT {
            return Err(NumberError::OutOfRange);
        }
        Ok(Self::exact(negative, mantissa, exponent, precision))
    }

    /// `dividend / divisor × 2^exponent`, correctly rounded; the divisor is not zero.
    fn quotient(
        negative: bool,
        dividend: &BigUint,
        divisor: &BigUint,
        exponent: i64,
        precision: u32,
    ) -> Result<Self, NumberError> {
        // Two bits more than wanted, so that the remainder can only decide ties.
        let shift = (precision + 2 + bits(divisor)).saturating_sub(bits(dividend));
        let shifted = dividend << shift;
        let quotient = &shifted / divisor;
        let more = &quotient * divisor != shifted;
        Self::rounded(negative, quotient, exponent - i64::from(shift), more, precision)
    }

    pub(crate) fn is_zero(&self) -> bool {
        matches!(&self.form, Form::Finite { mantissa, .. } if *mantissa == BigUint::ZERO)
    }

    pub(crate) fn is_infinite(&self) -> bool {
        self.form == Form::Infinite
    }

    /// True for numbers below zero and for negative zero, which Terraform prints as `-0`.
    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(crate) fn is_integer(&self) -> bool {
        matches!(self.form, Form::Finite { exponent, .. } if exponent >= 0)
    }

    pub(super) fn finite_parts(&self) -> Option<(&BigUint, i64, u32)> {
        match &self.form {
            Form::Finite { mantissa, exponent } => Some((mantissa, *exponent, self.precision)),
            Form::Infinite => None,
        }
    }

    /// The number with the other sign; zero changes its sign too.
    #[must_use]
    pub(crate) fn negated(&self) -> Self {
        Self {
            negative: !self.negative,
            ..self.clone()
        }
    }

    #[must_use]
    pub(crate) fn absolute(&self) -> Self {
        Self {
            negative: false,
            ..self.clone()
        }
    }

    /// # Errors
    /// [`NumberError::NotANumber`] for infinities of opposite signs.
    pub(crate) fn add(&self, other: &Self) -> Result<Self, NumberError> {
        self.add_at(other, self.precision.max(other.precision))
    }

    /// # Errors
    /// [`NumberError::NotANumber`] for infinities of the same sign.
    pub(crate) fn subtract(&self, other: &Self) -> Result<Self, NumberError> {
        self.add(&other.negated())
    }

    fn add_at(&self, other: &Self, precision: u32) -> Result<Self, NumberError> {
        let (left, left_exponent, right, right_exponent) = match (&self.form, &other.form) {
            (Form::Infinite, Form::Infinite) if self.negative != other.negative => {
                return Err(NumberError::NotANumber);
            }
            (Form::Infinite, _) => return Ok(self.clone()),
            (_, Form::Infinite) => return Ok(other.clone()),
            (
                Form::Finite {
                    mantissa: left,
                    exponent: left_exponent,
                },
                Form::Finite {
                    mantissa: right,
                    exponent: right_exponent,
                },
            ) => (left, *left_exponent, right, *right_exponent),
        };
        let exponent = left_exponent.min(right_exponent);
        let aligned = |negative: bool, mantissa: &BigUint, from: i64| {
            let magnitude = mantissa << u64::try_from(from - exponent).unwrap_or_default();
            BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, magnitude)
        };
        let sum =
            aligned(self.negative, left, left_exponent) + aligned(other.negative, right, right_exponent);
        let negative = match sum.sign() {
            Sign::Minus => true,
            Sign::Plus => false,
            Sign::NoSign => self.negative && other.negative,
        };
        Self::rounded(negative, sum.into_parts().1, exponent, false, precision)
    }

    /// # Errors
    /// [`NumberError::NotANumber`] for zero times infinity.
    pub(crate) fn multiply(&self, other: &Self) -> Result<Self, NumberError> {
        let product = self.multiply_at(other, LITERAL_PRECISION)?;
        // The precision of a product is that of its operands unless the product needs more.
        let needed = product.finite_parts().map_or(0, |(mantissa, ..)| bits(mantissa));
        Ok(Self {
            precision: self.precision.max(other.precision).max(needed),
            ..product
        })
    }

    fn multiply_at(&self, other: &Self, precision: u32) -> Result<Self, NumberError> {
        let negative = self.negative != other.negative;
        match (&self.form, &other.form) {
            (
                Form::Finite {
                    mantissa: left,
                    exponent: left_exponent,
                },
                Form::Finite {
                    mantissa: right,
                    exponent: right_exponent,
                },
            ) => Self::rounded(
                negative,
                left * right,
                left_exponent + right_exponent,
                false,
                precision,
            ),
            _ if self.is_zero() || other.is_zero() => Err(NumberError::NotANumber),
            _ => Ok(Self::infinite(negative)),
        }
    }

    /// Division; a number other than zero divided by zero is infinite, as Terraform has it.
    ///
    /// # Errors
    /// [`NumberError::NotANumber`] for `0 / 0` and infinity by infinity.
    pub(crate) fn divide(&self, other: &Self) -> Result<Self, NumberError> {
        let negative = self.negative != other.negative;
        let precision = self.precision.max(other.precision);
        match (&self.form, &other.form) {
            (Form::Infinite, Form::Infinite) => Err(NumberError::NotANumber),
            (Form::Infinite, _) => Ok(Self::infinite(negative)),
            (_, Form::Infinite) => Ok(Self::zero(negative, precision)),
            (
                Form::Finite {
                    mantissa: left,
                    exponent: left_exponent,
                },
                Form::Finite {
                    mantissa: right,
                    exponent: right_exponent,
                },
            ) => match (self.is_zero(), other.is_zero()) {
                (true, true) => Err(NumberError::NotANumber),
                (true, false) => Ok(Self::zero(negative, precision)),
                (false, true) => Ok(Self::infinite(negative)),
                (false, false) => {
                    Self::quotient(negative, left, right, left_exponent - right_exponent, precision)
                }
            },
        }
    }

    /// The remainder of a division that rounds towards zero, computed at the precision of the dividend.
    ///
    /// # Errors
    /// [`NumberError::NotANumber`] for zero and an infinity.
    pub(crate) fn remainder(&self, other: &Self) -> Result<Self, NumberError> {
        if self.is_infinite() || other.is_infinite() {
            return self.multiply(other);
        }
        if other.is_zero() {
            return Ok(self.clone());
        }
        let whole = Self::from_big_integer(&self.divide(other)?.truncated().unwrap_or_default());
        let taken = other.multiply_at(&whole, self.precision)?;
        self.add_at(&taken.negated(), self.precision)
    }

    /// The integer part; `None` for infinities.
    pub(crate) fn truncated(&self) -> Option<BigInt> {
        let (mantissa, exponent, _) = self.finite_parts()?;
        let magnitude = match u64::try_from(exponent) {
            Ok(left) => mantissa << left,
            Err(_) => mantissa >> exponent.unsigned_abs(),
        };
        Some(BigInt::from_biguint(
            if self.negative { Sign::Minus } else { Sign::Plus },
            magnitude,
        ))
    }

    /// The nearest integer above (`up`) or below, at the same precision.
    #[must_use]
    pub(crate) fn to_whole(&self, up: bool) -> Self {
        let Some(truncated) = self.truncated() else {
            return self.clone();
        };
        let step: i32 = match (self.is_integer(), up, self.negative) {
            (false, true, false) => 1,
            (false, false, true) => -1,
            _ => 0,
        };
        let (sign, magnitude) = (truncated + step).into_parts();
        Self::rounded(sign == Sign::Minus, magnitude, 0, false, self.precision)
            .unwrap_or_else(|_| self.clone())
    }

    /// The integer, when it is one.
    pub(crate) fn as_big_integer(&self) -> Option<BigInt> {
        self.is_integer().then(|| self.truncated()).flatten()
    }

    /// The integer, when it is one and fits.
    pub(crate) fn as_integer<I: TryFrom<BigInt>>(&self) -> Option<I> {
        self.as_big_integer()?.try_into().ok()
    }

    /// The nearest machine float; infinite when out of range.
    pub(crate) fn as_float(&self) -> f64 {
        let magnitude = match &self.form {
            Form::Infinite => f64::INFINITY,
            // The digits are exact, and reading them back rounds correctly (also subnormal numbers).
            Form::Finite { .. } => {
                let (digits, point) = self.exact_digits();
                format!("0.{digits}e{point}").parse().unwrap_or_default()
            }
        };
        if self.negative { -magnitude } else { magnitude }
    }
}

/// Bits of the magnitude; zero has none.
pub(super) fn bits(magnitude: &BigUint) -> u32 {
    u32::try_from(magnitude.bits()).unwrap_or(u32::MAX)
}

/// `5^power`.
pub(super) fn five_to(power: u64) -> BigUint {
    BigUint::from(5_u8).pow(u32::try_from(power).unwrap_or(u32::MAX))
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok()).flatten()
}

impl PartialEq for Num {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Num {}

impl Hash for Num {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.form {
            Form::Infinite => self.negative.hash(state),
            Form::Finite { mantissa, exponent } => {
                (self.negative && !self.is_zero()).hash(state);
                mantissa.hash(state);
                exponent.hash(state);
            }
        }
    }
}

impl PartialOrd for Num {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Num {
    /// By value: precision does not count, and `-0` is `0`.
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let (left, right) = (sign(self), sign(other));
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let magnitude = match (&self.form, &other.form) {
            (Form::Infinite, Form::Infinite) => Ordering::Equal,
            (Form::Infinite, _) => Ordering::Greater,
            (_, Form::Infinite) => Ordering::Less,
            (
                Form::Finite {
                    mantissa: left,
                    exponent: left_exponent,
                },
                Form::Finite {
                    mantissa: right,
                    exponent: right_exponent,
                },
            ) => {
                let size = |mantissa: &BigUint, exponent: i64| exponent + i64::from(bits(mantissa));
                size(left, *left_exponent)
                    .cmp(&size(right, *right_exponent))
                    .then_with(|| {
                        let exponent = *left_exponent.min(right_exponent);
                        let aligned = |mantissa: &BigUint, from: i64| {
                            mantissa << u64::try_from(from - exponent).unwrap_or_default()
                        };
                        aligned(left, *left_exponent).cmp(&aligned(right, *right_exponent))
                    })
            }
        };
        if self.negative {
            magnitude.reverse()
        } else {
            magnitude
        }
    }
}
