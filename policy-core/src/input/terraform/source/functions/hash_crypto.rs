//! Hashes, UUIDs and cryptography.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::encoding::to_base64;
use super::error::Failure;
use super::signature::{Call, Function, number, returns, string};
use crate::input::terraform::source::cty::Val;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("base64sha256", &[string("str")], returns::string, |call| {
        Ok(Val::string(&to_base64(&Sha256::digest(call.text(0)))))
    }),
    Function::new("base64sha512", &[string("str")], returns::string, |call| {
        Ok(Val::string(&to_base64(&Sha512::digest(call.text(0)))))
    }),
    Function::new("bcrypt", &[string("str")], returns::string, bcrypt).variadic(number("cost")),
    Function::new("md5", &[string("str")], returns::string, |call| {
        Ok(Val::string(&md5_hex(call.text(0).as_bytes())))
    }),
    // Keys do not belong into code, and nothing that a rule asks for is encrypted.
    Function::new(
        "rsadecrypt",
        &[string("ciphertext"), string("privatekey")],
        returns::string,
        |call| Ok(call.unknown()),
    ),
    Function::new("sha1", &[string("str")], returns::string, |call| {
        Ok(Val::string(&sha1_hex(call.text(0).as_bytes())))
    }),
    Function::new("sha256", &[string("str")], returns::string, |call| {
        Ok(Val::string(&sha256_hex(call.text(0).as_bytes())))
    }),
    Function::new("sha512", &[string("str")], returns::string, |call| {
        Ok(Val::string(&sha512_hex(call.text(0).as_bytes())))
    }),
    Function::new("uuid", &[], returns::string, |call| Ok(call.unknown())),
    Function::new(
        "uuidv5",
        &[string("namespace"), string("name")],
        returns::string,
        uuid_of_name,
    ),
];

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

pub(super) fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

pub(super) fn sha1_hex(bytes: &[u8]) -> String {
    hex(&Sha1::digest(bytes))
}

pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn sha512_hex(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

pub(super) fn sha256_base64(bytes: &[u8]) -> String {
    to_base64(&Sha256::digest(bytes))
}

pub(super) fn sha512_base64(bytes: &[u8]) -> String {
    to_base64(&Sha512::digest(bytes))
}

/// The salt is random, so the result is never known; wrong arguments are errors all the same.
fn bcrypt(call: Call<'_>) -> Result<Val, Failure> {
    if call.args.len() > 2 {
        return Err(Failure::other("takes at most two arguments"));
    }
    if call.args.len() == 2 && call.integer(1)? > 31 {
        return Err(Failure::argument(1, "the cost must not be above 31"));
    }
    if call.text(0).len() > 72 {
        return Err(Failure::argument(0, "must not be longer than 72 bytes"));
    }
    Ok(call.unknown())
}

/// RFC 4122, version 5.
fn uuid_of_name(call: Call<'_>) -> Result<Val, Failure> {
    let well_known = |last: u8| {
        let [mut first, rest] = [0x6ba7_b810_9dad_11d1_u64, 0x80b4_00c0_4fd4_30c8];
        first += u64::from(last) << 32;
        [first.to_be_bytes(), rest.to_be_bytes()].concat()
    };
    let namespace = match call.text(0) {
        "dns" => well_known(0),
        "url" => well_known(1),
        "oid" => well_known(2),
        "x500" => well_known(4),
        other => parse_uuid(other)
            .ok_or_else(|| Failure::argument(0, "must be `dns`, `url`, `oid`, `x500` or a UUID"))?,
    };
    let digest = Sha1::new()
        .chain_update(namespace)
        .chain_update(call.text(1))
        .finalize();
    let mut uuid: Vec<u8> = digest.into_iter().take(16).collect();
    if let Some(version) = uuid.get_mut(6) {
        *version = *version & 0x0f | 0x50;
    }
    if let Some(variant) = uuid.get_mut(8) {
        *variant = *variant & 0x3f | 0x80;
    }
    let digits = hex(&uuid);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or_default());
    Ok(Val::string(&parts.join("-")))
}

/// A UUID with hyphens; also without, in braces, or as a URN.
fn parse_uuid(text: &str) -> Option<Vec<u8>> {
    let braced = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let inner = braced.or_else(|| {
        let (prefix, uuid) = text.split_at_checked("urn:uuid:".len())?;
        prefix.eq_ignore_ascii_case("urn:uuid:").then_some(uuid)
    });
    let inner = inner.unwrap_or(text);
    let hyphens: Vec<usize> = inner.match_indices('-').map(|(at, _)| at).collect();
    let digits = match (hyphens.as_slice(), inner.len()) {
        ([8, 13, 18, 23], 36) => inner.replace('-', ""),
        ([], 32) if inner.len() == text.len() => inner.to_owned(),
        _ => return None,
    };
    data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()
}
