//! Encodings of text and bytes.

use data_encoding::{BASE64, Encoding, Specification};

use super::csv;
use super::error::Failure;
use super::signature::{Call, Function, returns, string};
use crate::input::terraform::source::cty::Val;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("base64decode", &[string("str").marks()], returns::string, decode),
    Function::new("base64encode", &[string("str")], returns::string, |call| {
        Ok(Val::string(&to_base64(call.text(0).as_bytes())))
    }),
    // The bytes depend on the compressor. Those of Terraform's cannot be had from another one.
    Function::new("base64gzip", &[string("str")], returns::string, |call| {
        Ok(call.unknown())
    }),
    Function::new("csvdecode", &[string("str")], returns::any, |call| {
        csv::decode(call.text(0))
    }),
    Function::new(
        "textdecodebase64",
        &[string("source"), string("encoding")],
        returns::string,
        decode_text,
    ),
    Function::new(
        "textencodebase64",
        &[string("string"), string("encoding")],
        returns::string,
        encode_text,
    ),
    Function::new("urlencode", &[string("str")], returns::string, |call| {
        Ok(Val::string(&url_encoded(call.text(0))))
    }),
];

pub(super) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Reads base64 as leniently as Terraform: line breaks are skipped and unused bits may be set.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut specification: Specification = BASE64.specification();
    specification.check_trailing_bits = false;
    specification.ignore.push_str("\r\n");
    // Padding stands at the end only; the crate would also take several texts in a row.
    let digits = text.trim_end_matches(['=', '\r', '\n']);
    if digits.contains('=') {
        return None;
    }
    let encoding: Encoding = specification.encoding().ok()?;
    encoding.decode(text.as_bytes()).ok()
}

fn bytes_of(call: &Call<'_>) -> Result<Vec<u8>, Failure> {
    from_base64(call.text(0)).ok_or_else(|| Failure::argument(0, "not valid base64"))
}

fn decode(call: Call<'_>) -> Result<Val, Failure> {
    let sensitive = call.args.first().is_some_and(|argument| argument.sensitive);
    match String::from_utf8(bytes_of(&call)?) {
        Ok(text) => Ok(Val::string(&text).marked(sensitive)),
        Err(_) => Err(Failure::other("the decoded bytes are not UTF-8 text")),
    }
}

/// Percent-encodes everything but letters, digits, `-`, `_`, `.` and `~`; a blank becomes `+`.
fn url_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The encodings that are understood. Terraform knows more; with those the result is unknown.
enum TextEncoding {
    Utf8,
    Utf16 { big_endian: bool },
    Latin1,
}

fn text_encoding(name: &str) -> Option<TextEncoding> {
    match name.to_ascii_uppercase().as_str() {
        "UTF-8" => Some(TextEncoding::Utf8),
        "UTF-16LE" => Some(TextEncoding::Utf16 { big_endian: false }),
        "UTF-16BE" => Some(TextEncoding::Utf16 { big_endian: true }),
        "ISO-8859-1" | "ISO_8859-1" | "LATIN1" | "L1" => Some(TextEncoding::Latin1),
        _ => None,
    }
}

fn encode_text(call: Call<'_>) -> Result<Val, Failure> {
    let text = call.text(0);
    let bytes: Vec<u8> = match text_encoding(call.text(1)) {
        None => return Ok(call.unknown()),
        Some(TextEncoding::Utf8) => text.as_bytes().to_vec(),
        Some(TextEncoding::Utf16 { big_endian: true }) => {
            text.encode_utf16().flat_map(u16::to_be_bytes).collect()
        }
        Some(TextEncoding::Utf16 { big_endian: false }) => {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        Some(TextEncoding::Latin1) => {
            let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            bytes.ok_or_else(|| {
                Failure::argument(0, format!("not every character exists in {}", call.text(1)))
            })?
        }
    };
    Ok(Val::string(&to_base64(&bytes)))
}

fn decode_text(call: Call<'_>) -> Result<Val, Failure> {
    let Some(encoding) = text_encoding(call.text(1)) else {
        return Ok(call.unknown());
    };
    let bytes = bytes_of(&call)?;
    let undefined = || Failure::argument(0, format!("some bytes have no meaning in {}", call.text(1)));
    let text = match encoding {
        TextEncoding::Utf8 => String::from_utf8(bytes).map_err(|_| undefined())?,
        TextEncoding::Latin1 => bytes.into_iter().map(char::from).collect(),
        TextEncoding::Utf16 { big_endian } => {
            let units = bytes.chunks(2).map(|pair| match *pair {
                [first, second] if big_endian => Some(u16::from_be_bytes([first, second])),
                [first, second] => Some(u16::from_le_bytes([first, second])),
                _ => None,
            });
            let units: Vec<u16> = units.collect::<Option<_>>().ok_or_else(undefined)?;
            String::from_utf16(&units).map_err(|_| undefined())?
        }
    };
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(undefined());
    }
    Ok(Val::string(&text))
}
