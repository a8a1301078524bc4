//! Arithmetic on IP networks.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use num_bigint::BigInt;

use super::error::Failure;
use super::signature::{Call, Function, number, returns, string};
use crate::input::terraform::source::cty::{Type, Val};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "cidrhost",
        &[string("prefix"), number("hostnum")],
        returns::string,
        host,
    ),
    Function::new("cidrnetmask", &[string("prefix")], returns::string, netmask),
    Function::new(
        "cidrsubnet",
        &[string("prefix"), number("newbits"), number("netnum")],
        returns::string,
        subnet,
    ),
    Function::new("cidrsubnets", &[string("prefix")], returns::string_list, subnets)
        .variadic(number("newbits")),
];

/// A network: the address with the bits behind the prefix cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    /// The lowest 32 or 128 bits.
    address: u128,
    prefix: u32,
    /// 32 or 128.
    bits: u32,
}

impl Network {
    /// `a.b.c.d/n` (octets may have leading zeros) or the IPv6 form.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (address, bits) = match address.parse::<Ipv6Addr>() {
            Ok(address) => (address.to_bits(), 128),
            Err(_) => (u128::from(octets(address)?), 32),
        };
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= bits)?;
        Some(Self::containing(address, prefix, bits))
    }

    fn containing(address: u128, prefix: u32, bits: u32) -> Self {
        Self {
            address: address & !host_mask(bits - prefix),
            prefix,
            bits,
        }
    }

    fn last(self) -> u128 {
        self.address | host_mask(self.bits - self.prefix)
    }

    /// IPv4 addresses written as IPv6; Terraform's results for these depend on its internals.
    fn is_mapped(self) -> bool {
        self.bits == 128 && Ipv6Addr::from_bits(self.address).to_ipv4_mapped().is_some()
    }

    fn show(self, address: u128) -> String {
        let v4 =
            |address: u128| Ipv4Addr::from_bits(u32::try_from(address & 0xffff_ffff).unwrap_or_default());
        if self.bits == 32 {
            return v4(address).to_string();
        }
        Ipv6Addr::from_bits(address).to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.show(self.address), self.prefix)
    }
}

/// The lowest `bits` bits.
fn host_mask(bits: u32) -> u128 {
    1_u128.checked_shl(bits).map_or(u128::MAX, |bit| bit - 1)
}

fn octets(text: &str) -> Option<u32> {
    let mut address = 0;
    let mut count = 0;
    for octet in text.split('.') {
        let valid = !octet.is_empty() && octet.bytes().all(|byte| byte.is_ascii_digit());
        let octet: u8 = valid.then(|| octet.parse().ok()).flatten()?;
        address = address << 8 | u32::from(octet);
        count += 1;
        if count > 4 {
            return None;
        }
    }
    (count == 4).then_some(address)
}

fn network(call: &Call<'_>) -> Result<Network, Failure> {
    Network::parse(call.text(0)).ok_or_else(|| {
        Failure::argument(
            0,
            format!(
                "`{}` is not a network like `10.0.0.0/8` or `2001:db8::/32`",
                call.text(0)
            ),
        )
    })
}

fn big_integer(call: &Call<'_>, index: usize) -> Result<BigInt, Failure> {
    call.number(index)
        .as_big_integer()
        .ok_or_else(|| Failure::argument(index, "a whole number is required"))
}

/// The lowest 64 bits of the magnitude. Terraform compares only these with what fits into a network.
fn low_bits(number: &BigInt) -> u64 {
    number.iter_u64_digits().next().unwrap_or_default()
}

/// Writes a number into the address from bit `shift` on, as Terraform does: two's complement for negative ones.
fn insert(network: Network, number: &BigInt, shift: u32) -> Option<u128> {
    let combined = BigInt::from(network.address) | (number << shift);
    u128::try_from(combined.magnitude().clone())
        .ok()
        .filter(|address| *address <= host_mask(network.bits))
}

/// The address with a number in the network; negative numbers count from the end.
fn host(call: Call<'_>) -> Result<Val, Failure> {
    let number = big_integer(&call, 1)?;
    let network = network(&call)?;
    if network.is_mapped() {
        return Ok(call.unknown());
    }
    let highest = BigInt::from(host_mask(network.bits - network.prefix));
    let (checked, inserted) = if number < BigInt::ZERO {
        let back: BigInt = -&number - 1_i32;
        (back.clone(), &highest - back)
    } else {
        (number.clone(), number.clone())
    };
    let fits = BigInt::from(low_bits(&checked).cast_signed()) <= highest;
    let Some(address) = fits.then(|| insert(network, &inserted, 0)).flatten() else {
        let message = format!(
            "a network with a prefix of {} bits has no host {number}",
            network.prefix
        );
        return Err(Failure::argument(1, message));
    };
    Ok(Val::string(&network.show(address)))
}

fn netmask(call: Call<'_>) -> Result<Val, Failure> {
    let network = network(&call)?;
    if network.is_mapped() {
        return Ok(call.unknown());
    }
    if network.bits != 32 {
        return Err(Failure::argument(0, "IPv6 networks have no netmask"));
    }
    Ok(Val::string(
        &network.show(!host_mask(network.bits - network.prefix)),
    ))
}

fn subnet(call: Call<'_>) -> Result<Val, Failure> {
    let new_bits = call.integer(1)?;
    let number = big_integer(&call, 2)?;
    let network = network(&call)?;
    if network.is_mapped() {
        return Ok(call.unknown());
    }
    let prefix = i64::from(network.prefix).saturating_add(new_bits);
    if prefix < 0 {
        // What Terraform prints for a network without a mask.
        return Ok(Val::string("<nil>"));
    }
    let prefix = u32::try_from(prefix).ok();
    let Some(prefix) = prefix.filter(|prefix| *prefix <= network.bits) else {
        let message = format!(
            "a prefix of {} bits cannot be extended by {new_bits}",
            network.prefix
        );
        return Err(Failure::argument(1, message));
    };
    let highest = u32::try_from(new_bits)
        .ok()
        .and_then(|bits| 1_u64.checked_shl(bits))
        .map_or(u64::MAX, |bit| bit - 1);
    let address = (low_bits(&number) <= highest)
        .then(|| insert(network, &number, network.bits - prefix))
        .flatten();
    let Some(address) = address else {
        let message = format!("{new_bits} bits cannot number a network {number}");
        return Err(Failure::argument(2, message));
    };
    Ok(Val::string(
        &Network {
            address,
            prefix,
            bits: network.bits,
        }
        .to_string(),
    ))
}

fn subnets(call: Call<'_>) -> Result<Val, Failure> {
    let network = network(&call)?;
    if network.is_mapped() {
        return Ok(call.unknown());
    }
    let mut allocated: Option<Network> = None;
    let mut results = Vec::new();
    for index in 1..call.args.len() {
        let extension = call.integer(index)?;
        let extension = match u32::try_from(extension) {
            Ok(extension @ 1..=32) => extension,
            _ => {
                return Err(Failure::argument(
                    index,
                    "a prefix can be extended by 1 to 32 bits",
                ));
            }
        };
        let prefix = network.prefix + extension;
        if prefix > network.bits {
            let message = format!(
                "a prefix of {} bits cannot be extended by {extension}",
                network.prefix
            );
            return Err(Failure::argument(index, message));
        }
        let exhausted = || {
            Failure::argument(
                index,
                format!("there is no room left for a network with a prefix of {prefix} bits"),
            )
        };
        let next = match allocated {
            // Terraform takes the network after the one before the first, which does not exist at the very start.
            None if network.address == 0 => return Err(exhausted()),
            None => Network::containing(network.address, prefix, network.bits),
            Some(previous) => {
                let end = Network::containing(previous.last(), prefix, network.bits).last();
                let start = end
                    .checked_add(1)
                    .filter(|start| *start <= network.last())
                    .ok_or_else(exhausted)?;
                Network::containing(start, prefix, network.bits)
            }
        };
        results.push(Val::string(&next.to_string()));
        allocated = Some(next);
    }
    Ok(Val::list(Type::String, results))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_cleared() {
        assert_eq!(
            Network::parse("010.1.2.3/8").map(|network| network.to_string()),
            Some("10.0.0.0/8".to_owned())
        );
        assert_eq!(
            Network::parse("fd00::1/64").map(|network| network.to_string()),
            Some("fd00::/64".to_owned())
        );
        for wrong in [
            "10.0.0.0",
            "10.0.0/8",
            "10.0.0.0/33",
            "10.0.0.256/8",
            "::/129",
            "10.0.0.0/+8",
            "1.2.3.4.5/8",
        ] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
