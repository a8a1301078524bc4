//! Address ranges: does a set of them hold every address?

use std::net::IpAddr;

use ipnet::IpNet;

/// A range of addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) ipv6: bool,
    first: u128,
    last: u128,
}

impl Block {
    /// Reads `10.0.0.0/8`, `::/0` or a single address. Host bits do not matter, as they do not to EC2.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let net = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .ok()?;
        let number = |address: IpAddr| match address {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address),
        };
        Some(Self {
            ipv6: matches!(net, IpNet::V6(_)),
            first: number(net.network()),
            last: number(net.broadcast()),
        })
    }

    /// True for every address of the family.
    pub(super) fn is_everything(self) -> bool {
        self.first == 0 && self.last == greatest(self.ipv6)
    }
}

fn greatest(ipv6: bool) -> u128 {
    if ipv6 { u128::MAX } else { u128::from(u32::MAX) }
}

/// True when the blocks of this family together hold every address of it.
pub(super) fn cover_everything(blocks: impl IntoIterator<Item = Block>, ipv6: bool) -> bool {
    let mut ranges: Vec<(u128, u128)> = blocks
        .into_iter()
        .filter(|block| block.ipv6 == ipv6)
        .map(|block| (block.first, block.last))
        .collect();
    ranges.sort_unstable();
    let mut next = 0;
    for (first, last) in ranges {
        if first > next {
            return false;
        }
        if last >= greatest(ipv6) {
            return true;
        }
        next = next.max(last + 1);
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks(texts: &[&str]) -> Vec<Block> {
        texts
            .iter()
            .map(|text| Block::parse(text).expect("a block"))
            .collect()
    }

    #[test]
    fn two_halves_are_everything() {
        assert!(cover_everything(blocks(&["128.0.0.0/1", "0.0.0.0/1"]), false));
        assert!(cover_everything(blocks(&["8000::/1", "::/1"]), true));
        assert!(!cover_everything(blocks(&["128.0.0.0/1", "0.0.0.0/2"]), false));
        assert!(!cover_everything(blocks(&["0.0.0.0/0"]), true));
        assert!(!cover_everything(Vec::new(), false));
    }

    #[test]
    fn spellings_of_the_same_block() {
        for text in ["0.0.0.0/0", "10.1.2.3/0", " ::/0 ", "0::0/0"] {
            assert!(Block::parse(text).is_some_and(Block::is_everything), "{text}");
        }
        assert_eq!(Block::parse("10.0.0.1"), Block::parse("10.0.0.1/32"));
        for text in ["", "10.0.0.0/33", "any", "sg-1"] {
            assert_eq!(Block::parse(text), None, "{text}");
        }
    }

    proptest! {
        /// Against a bitmap over the first four bits of the address.
        #[test]
        fn covering_agrees_with_a_bitmap(nets in prop::collection::vec((0u8..16, 0u8..=4), 0..12)) {
            let mut bitmap = [false; 16];
            let mut all = Vec::new();
            for (high, length) in nets {
                all.push(Block::parse(&format!("{}.0.0.0/{length}", u32::from(high) << 4)).expect("a block"));
                for (cell, held) in bitmap.iter_mut().enumerate() {
                    *held |= (cell as u32) >> (4 - length) == u32::from(high) >> (4 - length);
                }
            }
            prop_assert_eq!(cover_everything(all, false), bitmap.iter().all(|held| *held));
        }
    }
}
