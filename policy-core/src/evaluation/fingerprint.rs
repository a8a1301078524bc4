//! The identity of a finding across runs.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::control::ControlId;

/// A stable identity: control, logical identity of the resource and attribute path. No line, no file, no message, so
/// that moving code or rewording a rule does not make an old finding new.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of the `ordinal`-th finding (from 0) with this control, resource and path.
    pub fn new(control: &ControlId, resource: &str, path: &str, ordinal: usize) -> Self {
        let mut hash = Sha256::new();
        for part in [control.as_str(), resource, path, &ordinal.to_string()] {
            // The length keeps `ab` + `c` apart from `a` + `bc`.
            hash.update(part.len().to_string());
            hash.update(":");
            hash.update(part);
        }
        Self(
            hash.finalize()
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// A fingerprint as a report wrote it down.
    pub fn recorded(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let control = ControlId::new("DP-ENC-001").unwrap();
        let of = |resource, path, ordinal| Fingerprint::new(&control, resource, path, ordinal);
        assert_ne!(of("ab", "c", 0), of("a", "bc", 0));
        assert_ne!(of("a", "b", 0), of("a", "b", 1));
        assert_eq!(of("a", "b", 0), of("a", "b", 0));
        assert_eq!(of("a", "b", 0).as_str().len(), 32);
    }
}
