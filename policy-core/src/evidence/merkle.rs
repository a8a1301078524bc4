//! The Merkle tree hash of RFC 6962, §2.1: one digest for an ordered list.
//!
//! Leaves and inner nodes are hashed with different prefixes, so that no inner node can be passed off as a leaf. The digest
//! changes when an entry is changed, dropped, added or moved.

use std::fmt;

use sha2::{Digest as _, Sha256};

const LEAF: u8 = 0;
const NODE: u8 = 1;

/// A SHA-256 digest. Displays as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of one entry: SHA-256 of a zero byte and the entry.
pub fn leaf_hash(entry: &[u8]) -> Sha256Digest {
    let mut hash = Sha256::new();
    hash.update([LEAF]);
    hash.update(entry);
    Sha256Digest(hash.finalize().into())
}

fn node_hash(left: Sha256Digest, right: Sha256Digest) -> Sha256Digest {
    let mut hash = Sha256::new();
    hash.update([NODE]);
    hash.update(left.0);
    hash.update(right.0);
    Sha256Digest(hash.finalize().into())
}

/// The root of the tree over these entries; for no entries, the SHA-256 of nothing.
///
/// ```
/// use policy_core::evidence::merkle;
/// let root = merkle::root(["first", "second"]);
/// assert_ne!(root, merkle::root(["second", "first"]));
/// ```
pub fn root<T: AsRef<[u8]>>(entries: impl IntoIterator<Item = T>) -> Sha256Digest {
    // Complete subtrees, largest first, each with its height. Equal heights merge, as in a binary counter, so the list
    // is as long as the tree is high and nothing recurses.
    let mut complete: Vec<(u32, Sha256Digest)> = Vec::new();
    for entry in entries {
        let mut height = 0;
        let mut hash = leaf_hash(entry.as_ref());
        while let Some((_, left)) = complete.pop_if(|(other, _)| *other == height) {
            hash = node_hash(left, hash);
            height += 1;
        }
        complete.push((height, hash));
    }
    let subtrees = complete.into_iter().map(|(_, hash)| hash).rev();
    subtrees
        .reduce(|right, left| node_hash(left, right))
        .unwrap_or_else(|| Sha256Digest::of(&[]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The recursive definition of RFC 6962: split at the largest power of two below the length.
    fn by_definition(entries: &[Vec<u8>]) -> Sha256Digest {
        match entries {
            [] => Sha256Digest::of(&[]),
            [entry] => leaf_hash(entry),
            _ => {
                let half = entries.len().next_power_of_two() / 2;
                node_hash(by_definition(&entries[..half]), by_definition(&entries[half..]))
            }
        }
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let pairs = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    /// The roots over the first n of the eight entries that the tests of Certificate Transparency use.
    #[test]
    fn the_published_vectors_hold() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("testdata/merkle_vectors.json")).unwrap();
        let vectors = vectors.as_array().unwrap();
        assert_eq!(vectors.len(), 9, "no entry up to eight entries");
        for vector in vectors {
            let leaves: Vec<Vec<u8>> = vector["leavesHex"]
                .as_array()
                .unwrap()
                .iter()
                .map(|leaf| bytes(leaf.as_str().unwrap()))
                .collect();
            assert_eq!(
                root(&leaves).to_string(),
                vector["rootHex"].as_str().unwrap(),
                "{} leaves",
                leaves.len()
            );
        }
    }

    #[test]
    fn a_node_cannot_pass_as_a_leaf() {
        let (left, right) = (leaf_hash(b"a"), leaf_hash(b"b"));
        let forged = [left.as_bytes().as_slice(), right.as_bytes().as_slice()].concat();
        assert_ne!(root([b"a", b"b"]), root([forged]));
    }

    fn entries() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 1..40)
    }

    proptest! {
        #[test]
        fn the_stack_computes_what_the_definition_says(entries in entries()) {
            prop_assert_eq!(root(&entries), by_definition(&entries));
        }

        #[test]
        fn every_change_shows(entries in entries(), at in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
            let whole = root(&entries);
            let at = at.index(entries.len());
            let mut dropped = entries.clone();
            dropped.remove(at);
            prop_assert_ne!(root(&dropped), whole);
            let mut truncated = entries.clone();
            truncated.truncate(at);
            prop_assert_ne!(root(&truncated), whole);
            let mut flipped = entries.clone();
            flipped[at].push(1);
            prop_assert_ne!(root(&flipped), whole);
            let mut added = entries.clone();
            added.insert(at, vec![7; 9]);
            prop_assert_ne!(root(&added), whole);
            let mut swapped = entries.clone();
            swapped.swap(at, other.index(entries.len()));
            prop_assert_eq!(root(&swapped) == whole, swapped == entries);
        }
    }
}
