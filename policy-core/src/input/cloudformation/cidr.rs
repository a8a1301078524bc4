//! `Fn::Cidr`: splitting an address block into equal subnets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The first `count` subnets of `block` that have `bits` host bits, as `Fn::Cidr` gives them.
///
/// # Errors
/// In words, what is wrong with the arguments.
pub(super) fn subnets(block: &str, count: u32, bits: u32) -> Result<Vec<String>, String> {
    let parsed = block.split_once('/').and_then(|(address, prefix)| {
        let address: IpAddr = address.trim().parse().ok()?;
        let prefix: u32 = prefix.trim().parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        (prefix <= width).then_some((address, prefix, width))
    });
    let Some((address, prefix, width)) = parsed else {
        return Err(format!("`{block}` is not a CIDR block"));
    };
    if !(1..=256).contains(&count) {
        return Err(format!(
            "the count must be between 1 and 256, and this is {count}"
        ));
    }
    let host_bits = width - prefix;
    if bits == 0 || bits > host_bits {
        return Err(format!("`{block}` has no subnets with {bits} subnet bits"));
    }
    let spare = host_bits - bits;
    if spare < 32 && u64::from(count) > 1_u64 << spare {
        return Err(format!(
            "`{block}` has only {} subnets with {bits} subnet bits, not {count}",
            1_u64 << spare
        ));
    }
    let base = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let network = base
        .checked_shr(host_bits)
        .unwrap_or(0)
        .checked_shl(host_bits)
        .unwrap_or(0);
    let step = 1_u128.checked_shl(bits).unwrap_or(0);
    let subnet = |index: u32| {
        let start = network | u128::from(index).wrapping_mul(step);
        let address = match u32::try_from(start) {
            Ok(v4) if width == 32 => IpAddr::V4(Ipv4Addr::from(v4)),
            _ => IpAddr::V6(Ipv6Addr::from(start)),
        };
        format!("{address}/{}", width - bits)
    };
    Ok((0..count).map(subnet).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documented_example() {
        let expected = [0, 32, 64, 96, 128, 160].map(|host| format!("192.168.0.{host}/27"));
        assert_eq!(subnets("192.168.0.0/24", 6, 5).unwrap(), expected);
    }

    #[test]
    fn host_bits_of_the_block_do_not_matter_and_ipv6_works() {
        assert_eq!(
            subnets("10.0.3.7/16", 2, 8).unwrap(),
            ["10.0.0.0/24", "10.0.1.0/24"]
        );
        assert_eq!(
            subnets("2001:db8::/56", 2, 64).unwrap(),
            ["2001:db8::/64", "2001:db8:0:1::/64"]
        );
        assert_eq!(subnets("0.0.0.0/0", 2, 31).unwrap(), ["0.0.0.0/1", "128.0.0.0/1"]);
        assert_eq!(subnets("::/0", 2, 127).unwrap(), ["::/1", "8000::/1"]);
        assert_eq!(subnets("::/0", 1, 128).unwrap(), ["::/0"]);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert!(subnets("10.0.0.0/24", 9, 5).unwrap_err().contains("only 8"));
        assert!(subnets("10.0.0.0/24", 1, 9).is_err());
        assert!(subnets("10.0.0.0/24", 0, 5).is_err());
        assert!(subnets("10.0.0.0/8", 257, 5).is_err());
        assert!(subnets("10.0.0.0", 1, 5).is_err());
        assert!(subnets("10.0.0.0/33", 1, 5).is_err());
        assert!(subnets("10.0.0.0/24", 1, 0).is_err());
    }

    proptest! {
        #[test]
        fn subnets_are_those_of_the_reference_implementation(
            base: u32,
            (prefix, bits, count) in (0_u32..=31).prop_flat_map(|prefix| {
                (Just(prefix), 1..=32 - prefix).prop_flat_map(|(prefix, bits)| {
                    (Just(prefix), Just(bits), 1..=1_u32 << (32 - prefix - bits).min(8))
                })
            }),
        ) {
            let block: ipnet::Ipv4Net = format!("{}/{prefix}", Ipv4Addr::from(base)).parse().unwrap();
            let expected: Vec<String> =
                block.trunc().subnets(u8::try_from(32 - bits).unwrap()).unwrap().take(count as usize).map(|net| net.to_string()).collect();
            prop_assert_eq!(subnets(&block.to_string(), count, bits).unwrap(), expected);
        }
    }
}
