//! Bytes to text: UTF-8 and UTF-16, with or without a byte order mark.

use std::sync::Arc;

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// How many bytes decide about an encoding without a byte order mark.
const SAMPLE: usize = 512;

/// Decodes the bytes of one file and names the text `name`. A byte order mark is dropped.
///
/// UTF-16 is what Windows PowerShell writes for `terraform show -json plan > plan.json`; without a byte order mark it
/// is recognised when every second byte of the beginning is NUL.
///
/// # Errors
/// A [`Diagnostic`] when the bytes are binary or damaged, with the place of the first byte that is.
///
/// ```
/// use policy_core::document::decode;
/// let source = decode("template.yaml", b"\xEF\xBB\xBFResources: {}")?;
/// assert_eq!(source.text(), "Resources: {}");
/// # Ok::<(), policy_core::diagnostic::Diagnostic>(())
/// ```
pub fn decode(name: &str, bytes: &[u8]) -> Result<Arc<Source>, Diagnostic> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return utf8(name, rest, 3);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return utf16(name, rest, u16::from_le_bytes, 2);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return utf16(name, rest, u16::from_be_bytes, 2);
    }
    match nul_positions(bytes) {
        NulPositions::Odd => utf16(name, bytes, u16::from_le_bytes, 0),
        NulPositions::Even => utf16(name, bytes, u16::from_be_bytes, 0),
        NulPositions::Elsewhere => utf8(name, bytes, 0),
    }
}

fn utf8(name: &str, bytes: &[u8], skipped: usize) -> Result<Arc<Source>, Diagnostic> {
    match std::str::from_utf8(bytes) {
        Ok(text) => without_nul(name, text.to_owned()),
        Err(_) if bytes.contains(&0) => Err(binary(name)),
        Err(error) => {
            let at = error.valid_up_to();
            let found = bytes.get(at).copied().unwrap_or_default();
            // The text up to the error is intact, so the place of the error is the same in the repaired text.
            let source = Source::new(name, String::from_utf8_lossy(bytes));
            let (line, _) = source.line_column(at);
            let message = if error.error_len().is_none() {
                format!(
                    "`{name}` is cut off in the middle of a UTF-8 character at byte {}, line {line}",
                    at + skipped
                )
            } else {
                format!(
                    "`{name}` is not valid UTF-8: byte 0x{found:02X} at offset {}, line {line}",
                    at + skipped
                )
            };
            Err(Diagnostic::new(&codes::DOC002, message)
                .at(&Span::new(source, at, at + '\u{FFFD}'.len_utf8()))
                .help("save the file as UTF-8"))
        }
    }
}

fn utf16(
    name: &str,
    bytes: &[u8],
    unit: fn([u8; 2]) -> u16,
    skipped: usize,
) -> Result<Arc<Source>, Diagnostic> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut damaged = None;
    let mut units = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        match decoded {
            Ok(c) => {
                units += c.len_utf16();
                text.push(c);
            }
            Err(_) => {
                damaged = Some(units);
                break;
            }
        }
    }
    if damaged.is_none() && !rest.is_empty() {
        damaged = Some(units);
    }
    let Some(units) = damaged else {
        return without_nul(name, text);
    };
    if text.contains('\0') {
        return Err(binary(name));
    }
    let at = text.len();
    let source = Source::new(name, text);
    let (line, _) = source.line_column(at);
    let message = format!(
        "`{name}` is damaged UTF-16: no character at byte {}, line {line}",
        units * 2 + skipped
    );
    Err(Diagnostic::new(&codes::DOC003, message)
        .at(&Span::new(source, at, at))
        .help("write the file again, as UTF-8: in PowerShell `... | Out-File -Encoding utf8 FILE`"))
}

fn without_nul(name: &str, text: String) -> Result<Arc<Source>, Diagnostic> {
    // No text format allows NUL, and real binary data nearly always has one.
    if text.contains('\0') {
        Err(binary(name))
    } else {
        Ok(Source::new(name, text))
    }
}

fn binary(name: &str) -> Diagnostic {
    Diagnostic::new(&codes::DOC001, format!("`{name}` looks binary"))
        .in_file(name)
        .help("give the file in its text form (JSON or YAML); for a saved Terraform plan run `terraform show -json PLANFILE > plan.json`")
}

/// Where the NUL bytes of a sample stand.
enum NulPositions {
    /// At every odd offset and nowhere else: little-endian UTF-16.
    Odd,
    /// At every even offset and nowhere else: big-endian UTF-16.
    Even,
    /// Nowhere, or anywhere: not unmistakably UTF-16.
    Elsewhere,
}

/// The formats we read begin with ASCII (`{`, `[`, a key, a comment), so the high bytes of UTF-16 are NUL at the start;
/// later text in other scripts may have fewer.
fn nul_positions(bytes: &[u8]) -> NulPositions {
    let (pairs, _) = bytes
        .get(..SAMPLE.min(bytes.len()))
        .unwrap_or_default()
        .as_chunks::<2>();
    let odd = pairs.iter().filter(|pair| pair[1] == 0).count();
    let even = pairs.iter().filter(|pair| pair[0] == 0).count();
    let mostly = |count: usize| !pairs.is_empty() && count * 4 >= pairs.len() * 3;
    match (mostly(odd) && even == 0, mostly(even) && odd == 0) {
        (true, _) => NulPositions::Odd,
        (_, true) => NulPositions::Even,
        _ => NulPositions::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16_bytes(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"name\": \"Überblick 🦀\"}\r\n";
        let mut le = b"\xFF\xFE".to_vec();
        le.extend(utf16_bytes(text, u16::to_le_bytes));
        let mut be = b"\xFE\xFF".to_vec();
        be.extend(utf16_bytes(text, u16::to_be_bytes));
        let mut bom = b"\xEF\xBB\xBF".to_vec();
        bom.extend(text.bytes());
        let plain_le = utf16_bytes(text, u16::to_le_bytes);
        let plain_be = utf16_bytes(text, u16::to_be_bytes);
        for bytes in [le, be, bom, plain_le, plain_be, text.as_bytes().to_vec()] {
            assert_eq!(decode("plan.json", &bytes).unwrap().text(), text, "{bytes:?}");
        }
    }

    #[test]
    fn an_invalid_byte_is_named_with_offset_and_line() {
        let error = decode("a.yaml", b"one: 1\ntwo: \xE4\n").unwrap_err();
        assert_eq!(error.code.id, "DOC002");
        assert_eq!(
            error.message,
            "`a.yaml` is not valid UTF-8: byte 0xE4 at offset 12, line 2"
        );
        assert_eq!(error.location().unwrap().to_string(), "a.yaml:2:6");
    }

    #[test]
    fn offsets_count_the_byte_order_mark() {
        let error = decode("a.yaml", b"\xEF\xBB\xBF\xE4!").unwrap_err();
        assert!(error.message.contains("offset 3"), "{}", error.message);
    }

    #[test]
    fn a_cut_off_character_is_said_to_be_cut_off() {
        let error = decode("a.yaml", "one: ü".as_bytes().split_last().unwrap().1).unwrap_err();
        assert!(error.message.contains("cut off"), "{}", error.message);
    }

    #[test]
    fn damaged_utf16_is_not_repaired_in_silence() {
        let mut bytes = b"\xFF\xFE".to_vec();
        bytes.extend(utf16_bytes("a: 1\n", u16::to_le_bytes));
        bytes.extend([0x00, 0xD8]);
        let error = decode("a.yaml", &bytes).unwrap_err();
        assert_eq!((error.code.id, error.location().unwrap().line), ("DOC003", 2));
        assert!(error.message.contains("byte 12"), "{}", error.message);
        let odd = decode("a.yaml", b"\xFF\xFEa\0b").unwrap_err();
        assert_eq!(odd.code.id, "DOC003");
    }

    #[test]
    fn binary_is_called_binary() {
        for bytes in [
            &b"PK\x03\x04\x00\x00\xFF"[..],
            b"a: b\0c",
            &[0; 64],
            b"\xFF\xFE\0\0a\0\0\0",
        ] {
            assert_eq!(
                decode("plan.out", bytes).unwrap_err().code.id,
                "DOC001",
                "{bytes:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_text_or_a_located_diagnostic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            match decode("x", &bytes) {
                Ok(source) => prop_assert!(!source.text().contains('\0')),
                Err(error) => prop_assert!(error.file() == Some("x")),
            }
        }
    }
}
