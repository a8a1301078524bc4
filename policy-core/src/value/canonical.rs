//! How RFC 8785 (canonical JSON) orders keys and writes strings and numbers. Everything that is digested uses it, so that
//! two spellings of the same content have one digest.
//!
//! Keys are sorted by UTF-16 code units, nothing is spaced, strings escape only what they must, and numbers print as
//! ECMAScript prints them. Integers beyond 2^53, which RFC 8785 has no exact form for, keep all of their digits.

use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::value::Number;

/// The order of the keys of an object.
pub(crate) fn by_key(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

/// Writes a quoted string.
pub(crate) fn write_string(text: &str, out: &mut String) {
    // serde_json escapes exactly what RFC 8785 asks for: quote, backslash and control characters, the short forms first.
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// Writes a number.
pub(crate) fn write_number(number: Number, out: &mut String) {
    match number {
        Number::Integer(integer) => {
            let _ = write!(out, "{integer}");
        }
        Number::Float(float) => out.push_str(&ecmascript(float)),
    }
}

/// ECMA-262 `Number::toString`: the shortest digits that read back, with an exponent only outside 1e-7 … 1e21.
fn ecmascript(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    let scientific = format!("{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        // Infinities and NaN do not come out of the parsers; their words keep this function total.
        return scientific;
    };
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let body = if (0..21).contains(&exponent) && count <= exponent + 1 {
        format!("{digits}{}", zeros(exponent + 1 - count))
    } else if (0..21).contains(&exponent) {
        let (whole, fraction) = digits.split_at(usize::try_from(exponent + 1).unwrap_or(0));
        format!("{whole}.{fraction}")
    } else if (-6..0).contains(&exponent) {
        format!("0.{}{digits}", zeros(-exponent - 1))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{first}{point}{rest}e{sign}{}", exponent.abs())
    };
    format!("{sign}{body}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_print_as_in_ecmascript() {
        let numbers = [
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (333_333_333.333_333_3, "333333333.3333333"),
            (4.5, "4.5"),
            (2e-3, "0.002"),
            (0.000_001, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-27, "1.5e-27"),
            (-0.0, "0"),
            (-1.25e30, "-1.25e+30"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
        ];
        for (number, expected) in numbers {
            assert_eq!(ecmascript(number), expected);
        }
    }

    proptest! {
        #[test]
        fn numbers_read_back(number in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            prop_assert_eq!(ecmascript(number).parse::<f64>().expect("number"), number);
        }
    }
}
