//! Compressed files: AWS Config delivers snapshots and histories to S3 as gzip.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::codes as code;
use crate::diagnostic::Diagnostic;

/// What a compressed file may expand to, so that a small file cannot exhaust memory.
const MOST_BYTES: u64 = 1 << 30;

/// Whether the bytes are gzip, by the magic number of RFC 1952.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1f\x8b")
}

/// Expands gzip. `name` is for messages.
///
/// # Errors
/// A [`Diagnostic`] when the bytes are damaged or cut off, or expand to more than 1 GiB.
///
/// ```
/// use policy_core::input::aws_config::{inflate, is_gzip};
/// let bytes = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0];
/// assert!(is_gzip(&bytes));
/// assert_eq!(inflate("snapshot.json.gz", &bytes)?, b"{}");
/// # Ok::<(), policy_core::diagnostic::Diagnostic>(())
/// ```
pub fn inflate(name: &str, bytes: &[u8]) -> Result<Vec<u8>, Diagnostic> {
    inflate_up_to(name, bytes, MOST_BYTES)
}

fn inflate_up_to(name: &str, bytes: &[u8], most: u64) -> Result<Vec<u8>, Diagnostic> {
    let mut expanded = Vec::new();
    let read = MultiGzDecoder::new(bytes)
        .take(most.saturating_add(1))
        .read_to_end(&mut expanded);
    if let Err(error) = read {
        let message = format!("`{name}` is damaged gzip: {error}");
        let help = "fetch the file again; `gzip -t` tests it";
        return Err(Diagnostic::new(&code::AWC009, message).in_file(name).help(help));
    }
    if u64::try_from(expanded.len()).map_or(true, |length| length > most) {
        let message = format!("`{name}` expands to more than {most} bytes");
        return Err(Diagnostic::new(&code::AWC010, message)
            .in_file(name)
            .help("split the file"));
    }
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let compressed = deflate(&bytes);
            prop_assert!(is_gzip(&compressed));
            prop_assert_eq!(inflate("x", &compressed).unwrap(), bytes);
        }

        #[test]
        fn a_cut_off_file_is_damaged(end in 2_usize..60) {
            let compressed = deflate(&[7; 4000]);
            if end < compressed.len() {
                let error = inflate("x.gz", &compressed[..end]).unwrap_err();
                prop_assert_eq!(error.code.id, "AWC009");
                prop_assert_eq!(error.file(), Some("x.gz"));
            }
        }
    }

    #[test]
    fn members_that_follow_each_other_are_one_text() {
        let both = [deflate(b"{\"a\""), deflate(b":1}")].concat();
        assert_eq!(inflate("x", &both).unwrap(), b"{\"a\":1}");
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = deflate(&[0; 10_000]);
        assert!(bomb.len() < 100);
        assert_eq!(inflate_up_to("x", &bomb, 9_999).unwrap_err().code.id, "AWC010");
        assert_eq!(inflate_up_to("x", &bomb, 10_000).unwrap().len(), 10_000);
    }
}
