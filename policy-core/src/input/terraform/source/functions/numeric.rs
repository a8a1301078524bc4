//! Numeric functions.

use num_bigint::BigInt;

use super::error::Failure;
use super::signature::{Call, Function, any, number, returns, whole};
use crate::input::terraform::source::cty::{Num, Type, Val, convert};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("abs", &[number("num")], returns::number, |call| {
        Ok(Val::number(call.number(0).absolute()))
    }),
    Function::new("ceil", &[number("num")], returns::number, |call| {
        Ok(Val::number(call.number(0).to_whole(true)))
    }),
    Function::new("floor", &[number("num")], returns::number, |call| {
        Ok(Val::number(call.number(0).to_whole(false)))
    }),
    Function::new("log", &[number("num"), number("base")], returns::number, |call| {
        float(logarithm(call.number(0).as_float()) / logarithm(call.number(1).as_float()))
    }),
    Function::new("max", &[], returns::number, |call| extreme(&call, Ord::max)).variadic(number("numbers")),
    Function::new("min", &[], returns::number, |call| extreme(&call, Ord::min)).variadic(number("numbers")),
    Function::new(
        "parseint",
        &[any("number"), number("base")],
        parsed_type,
        parse_integer,
    ),
    Function::new(
        "pow",
        &[number("num"), number("power")],
        returns::number,
        |call| match power(call.number(0).as_float(), call.number(1).as_float()) {
            Some(power) => float(power),
            None => Ok(call.unknown()),
        },
    ),
    Function::new("signum", &[number("num")], returns::number, |call| {
        let number = whole(&call.number(0)).map_err(Failure::other)?;
        Ok(Val::integer(number.signum()))
    }),
    Function::new("sum", &[any("list")], returns::number, sum),
];

/// A machine float; Terraform computes logarithms and powers with these.
fn float(result: f64) -> Result<Val, Failure> {
    Num::from_float(result)
        .map(Val::number)
        .ok_or_else(|| Failure::other("the result is not a number"))
}

/// The natural logarithm, by the series that Terraform's implementation language uses: a machine's own logarithm may
/// round the last digit differently.
fn logarithm(number: f64) -> f64 {
    const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    // Coefficients of the powers of `s²` from 2 on, where s = f / (2 + f) and the logarithm is that of 1 + f.
    const SERIES: [f64; 7] = [
        f64::from_bits(0x3fe5_5555_5555_5593),
        f64::from_bits(0x3fd9_9999_9997_fa04),
        f64::from_bits(0x3fd2_4924_9422_9359),
        f64::from_bits(0x3fcc_71c5_1d8e_78af),
        f64::from_bits(0x3fc7_4664_96cb_03de),
        f64::from_bits(0x3fc3_9a09_d078_c69f),
        f64::from_bits(0x3fc2_f112_df3e_5244),
    ];
    if !number.is_finite() || number <= 0.0 {
        return number.ln();
    }
    let (mut fraction, mut exponent) = split(number);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let reduced = fraction - 1.0;
    let exponent = f64::from(i32::try_from(exponent).unwrap_or_default());
    let s = reduced / (2.0 + reduced);
    let square = s * s;
    let fourth = square * square;
    let [l1, l2, l3, l4, l5, l6, l7] = SERIES;
    let odd = square * (l1 + fourth * (l3 + fourth * (l5 + fourth * l7)));
    let even = fourth * (l2 + fourth * (l4 + fourth * l6));
    let half_square = 0.5 * reduced * reduced;
    exponent * LN_2_HIGH
        - ((half_square - (s * (half_square + (odd + even)) + exponent * LN_2_LOW)) - reduced)
}

/// A power, in the steps in which Terraform's implementation language computes it: a machine's own `pow` rounds better
/// and so differs in the last digit. `None` for fractional exponents other than a half, where the steps depend on the
/// machine that Terraform runs on.
fn power(base: f64, exponent: f64) -> Option<f64> {
    let special = base == 0.0
        || base == 1.0
        || exponent == 0.0
        || !base.is_finite()
        || !exponent.is_finite()
        || base < 0.0 && exponent.fract() != 0.0
        || exponent.abs() >= 9.2e18;
    if special {
        return Some(base.powf(exponent));
    }
    match exponent {
        0.5 => return Some(base.sqrt()),
        -0.5 => return Some(base.sqrt().recip()),
        _ if exponent.fract() != 0.0 => return None,
        _ => {}
    }
    let whole = exponent.abs();
    let mut result = 1.0;
    let mut result_exponent = 0_i64;
    let (mut factor, mut factor_exponent) = split(base);
    let mut remaining = Num::from_float(whole)
        .and_then(|whole| whole.as_integer::<i64>())
        .unwrap_or_default();
    while remaining != 0 {
        if factor_exponent.abs() > 1 << 12 {
            // Certain to overflow (or vanish).
            result_exponent += factor_exponent;
            break;
        }
        if remaining & 1 == 1 {
            result *= factor;
            result_exponent += factor_exponent;
        }
        factor *= factor;
        factor_exponent *= 2;
        if factor < 0.5 {
            factor += factor;
            factor_exponent -= 1;
        }
        remaining >>= 1;
    }
    if exponent < 0.0 {
        result = result.recip();
        result_exponent = -result_exponent;
    }
    Some(scale(result, result_exponent))
}

/// `number = fraction × 2^exponent` with a fraction from 0.5 up to 1; the number is finite and not zero.
fn split(number: f64) -> (f64, i64) {
    let (number, shift) = if number.is_subnormal() {
        (number * 2_f64.powi(54), -54)
    } else {
        (number, 0)
    };
    let biased = i64::try_from(number.to_bits() >> 52 & 0x7ff).unwrap_or_default();
    let fraction = f64::from_bits(number.to_bits() & !(0x7ff << 52) | 1022 << 52);
    (fraction, biased - 1022 + shift)
}

/// `number × 2^exponent`, in steps that a machine float can take.
fn scale(number: f64, exponent: i64) -> f64 {
    let mut number = number;
    let mut left = exponent.clamp(-5000, 5000);
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        number *= 2_f64.powi(i32::try_from(step).unwrap_or_default());
        left -= step;
    }
    number
}

fn extreme(call: &Call<'_>, better: fn(Num, Num) -> Num) -> Result<Val, Failure> {
    let numbers = (0..call.args.len()).map(|index| call.number(index));
    numbers
        .reduce(better)
        .map(Val::number)
        .ok_or_else(|| Failure::other("at least one number is required"))
}

fn parsed_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(Type::String) | None => Ok(Type::Number),
        Some(other) => Err(Failure::argument(
            0,
            format!("a string is required, not {}", other.friendly()),
        )),
    }
}

/// Longest text that is read; reading is quadratic in its length.
const MAX_DIGITS: usize = 20_000;

fn parse_integer(call: Call<'_>) -> Result<Val, Failure> {
    let base = call.integer(1)?;
    if !(2..=62).contains(&base) {
        return Err(Failure::argument(1, "the base must be between 2 and 62"));
    }
    let text = call.text(0);
    parse_in_base(text, base)
        .map(|integer| Val::number(Num::from_big_integer(&integer)))
        .ok_or_else(|| Failure::argument(0, format!("`{text}` is not an integer in base {base}")))
}

/// Up to base 36 letters of both cases are the same; above, lowercase letters come first.
fn parse_in_base(text: &str, base: i64) -> Option<BigInt> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let mut value = BigInt::ZERO;
    for digit in digits.bytes() {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => digit - b'A' + 10,
            b'A'..=b'Z' => digit - b'A' + 36,
            _ => return None,
        };
        if i64::from(digit) >= base {
            return None;
        }
        value = value * base + digit;
    }
    Some(if negative { -value } else { value })
}

fn sum(call: Call<'_>) -> Result<Val, Failure> {
    let Some(argument) = call.args.first() else {
        return Err(Failure::other("a list is required"));
    };
    let Some(elements) = argument.as_sequence() else {
        return Err(Failure::argument(
            0,
            format!(
                "a list, set or tuple is required, not {}",
                argument.ty().friendly()
            ),
        ));
    };
    if elements.is_empty() {
        return Err(Failure::argument(0, "an empty list has no sum"));
    }
    if !argument.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut total: Option<Num> = None;
    for element in elements {
        let number = convert(element.clone(), &Type::Number)
            .ok()
            .filter(|number| !number.is_null());
        let Some(number) = number.as_ref().and_then(Val::as_number) else {
            return Err(Failure::argument(0, "every element must be a number"));
        };
        total = Some(match total {
            None => number.clone(),
            Some(total) => total.add(number)?,
        });
    }
    total
        .map(Val::number)
        .ok_or_else(|| Failure::argument(0, "an empty list has no sum"))
}
