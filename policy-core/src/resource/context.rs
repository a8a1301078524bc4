//! Account, Region and the organisation's words about a resource, each with the place it was derived from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::coerce::map_domain;
use super::environment_alias;
use super::model::{Attribute, Cell, Context, Derived, NativeResource, SourceKind};
use super::path::fold;
use super::reference::native_value;
use crate::value::{Unknown, Value};

/// What the caller knows about where the resources live.
#[derive(Clone, Debug, Default)]
pub struct ContextOptions {
    /// Account id for resources whose input does not say one (`--account`).
    pub account: Option<String>,
    /// Region for resources whose input does not say one (`--region`).
    pub region: Option<String>,
    /// Environment of all resources, whatever their tags say (`--environment`).
    pub environment: Option<String>,
    /// Environment of every account; it outranks tags, because a tag can be forged to leave a scope.
    pub environment_by_account: BTreeMap<String, String>,
}

/// Services without Regions.
const GLOBAL: &str = "aws-global";

/// Tag names, without case and separators, in order of preference.
const ENVIRONMENT: [&str; 4] = ["environment", "env", "stage", "environmentname"];
const OWNER: [&str; 6] = [
    "owner",
    "team",
    "serviceowner",
    "ownerteam",
    "owneremail",
    "contact",
];
const WORKLOAD: [&str; 6] = ["workload", "application", "app", "service", "system", "project"];
const CLASSIFICATION: [&str; 4] = [
    "dataclassification",
    "classification",
    "dataclass",
    "datasensitivity",
];
const CHANGE: [&str; 6] = [
    "changeid",
    "change",
    "changerequest",
    "changeticket",
    "changenumber",
    "ticket",
];

/// The account of a resource: the item, its own ARN, the caller, the provider.
pub(super) fn account(native: &NativeResource, options: &ContextOptions) -> Derived {
    if native.source == SourceKind::AwsConfig {
        for key in ["accountId", "awsAccountId"] {
            if let Some(account) = native_value(native, key).and_then(Value::as_str) {
                return known(account, "configuration item");
            }
        }
    }
    if let Some(account) = own_arn(native).and_then(|arn| arn_part(arn, 4)) {
        return known(account, "own ARN");
    }
    if let Some(account) = &options.account {
        return known(account, "--account");
    }
    from_value(native.provider.account.as_ref(), "provider")
}

/// The Region of a resource: the item, its own `region` argument, the provider, its own ARN, its zone, the caller.
pub(super) fn region(native: &NativeResource, global: bool, options: &ContextOptions) -> Derived {
    if global {
        return known(GLOBAL, "service without Regions");
    }
    if native.source == SourceKind::AwsConfig
        && let Some(region) = native_value(native, "awsRegion").and_then(Value::as_str)
    {
        return known(
            if region == "global" { GLOBAL } else { region },
            "configuration item",
        );
    }
    if native.source == SourceKind::Terraform
        && let Some(region) = native_value(native, "region").and_then(Value::as_str)
    {
        return known(region, "argument `region`");
    }
    if let Some(region) = native.provider.region.as_ref().and_then(Value::as_str) {
        return known(region, "provider");
    }
    if let Some(region) = own_arn(native).and_then(|arn| arn_part(arn, 3)) {
        return known(region, "own ARN");
    }
    let zone = ["availability_zone", "AvailabilityZone"]
        .iter()
        .find_map(|key| native_value(native, key).and_then(Value::as_str));
    if let Some(region) = zone.and_then(zone_region) {
        return known(region, "availability zone");
    }
    if let Some(region) = &options.region {
        return known(region, "--region");
    }
    from_value(native.provider.region.as_ref(), "provider")
}

/// The whole context, once the tags are known.
pub(super) fn context(
    account: Derived,
    region: Derived,
    tags: &Attribute,
    options: &ContextOptions,
) -> Context {
    let tags = TagIndex::new(tags);
    Context {
        environment: environment(&account, &tags, options),
        owner: tags.find(&OWNER),
        workload: tags.find(&WORKLOAD),
        data_classification: tags.find(&CLASSIFICATION),
        change_id: tags.find(&CHANGE),
        account,
        region,
    }
}

fn environment(account: &Derived, tags: &TagIndex<'_>, options: &ContextOptions) -> Derived {
    if let Some(name) = &options.environment {
        return known(&environment_alias(name), "--environment");
    }
    if let Some(name) = account
        .as_str()
        .and_then(|account| options.environment_by_account.get(account))
    {
        return known(&environment_alias(name), "account");
    }
    let tagged = tags.find(&ENVIRONMENT);
    match &tagged.cell {
        Cell::Known(value) => match value.as_str().map(environment_alias) {
            Some(name) => {
                let name = Value::String(name);
                let name = if value.has_sensitive() {
                    name.into_sensitive()
                } else {
                    name
                };
                Derived {
                    cell: Cell::Known(name),
                    from: tagged.from,
                }
            }
            None => Derived::absent(),
        },
        Cell::Absent => tagged,
        Cell::Unknown(unknown) => {
            let alias = |value: Value| value.as_str().map(|name| Value::String(environment_alias(name)));
            Derived {
                cell: Cell::Unknown(map_domain(unknown, alias)),
                from: tagged.from,
            }
        }
    }
}

fn known(text: &str, from: &str) -> Derived {
    Derived {
        cell: Cell::Known(text.into()),
        from: from.into(),
    }
}

fn from_value(value: Option<&Value>, from: &str) -> Derived {
    match value {
        None | Some(Value::Null) => Derived::absent(),
        Some(value) => Derived {
            cell: Cell::from_value(value.clone()),
            from: from.into(),
        },
    }
}

fn own_arn(native: &NativeResource) -> Option<&str> {
    ["arn", "ARN", "Arn"]
        .iter()
        .find_map(|key| native_value(native, key).and_then(Value::as_str))
}

/// A part of `arn:partition:service:region:account:resource`; empty parts (S3) say nothing.
fn arn_part(arn: &str, position: usize) -> Option<&str> {
    let part = arn
        .strip_prefix("arn:")
        .and_then(|_| arn.split(':').nth(position))?;
    Some(part).filter(|part| !part.is_empty() && *part != "aws")
}

/// `eu-west-1a` is in `eu-west-1`; local and wavelength zones (`us-west-2-lax-1a`) begin with their Region.
fn zone_region(zone: &str) -> Option<&str> {
    let number = zone.match_indices('-').find(|(at, _)| {
        zone.get(at + 1..)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })?;
    let digits = zone.get(number.0 + 1..)?;
    let length = digits.find(|c: char| !c.is_ascii_digit())?;
    zone.get(..number.0 + 1 + length)
}

/// Tags by their names without case and separators.
struct TagIndex<'a> {
    by_name: BTreeMap<String, (&'a str, &'a Value)>,
    unknown: Option<&'a Arc<Unknown>>,
}

impl<'a> TagIndex<'a> {
    fn new(tags: &'a Attribute) -> Self {
        let mut by_name = BTreeMap::new();
        if let Some(map) = tags.cell.known().and_then(Value::as_map) {
            for (key, value) in map {
                by_name.entry(fold(key)).or_insert((&**key, value));
            }
        }
        let unknown = match &tags.cell {
            Cell::Unknown(unknown) => Some(unknown),
            Cell::Known(_) | Cell::Absent => None,
        };
        Self { by_name, unknown }
    }

    /// The first of these tags that is there and not blank; unknown when the tags are.
    fn find(&self, names: &[&str]) -> Derived {
        if let Some(unknown) = self.unknown {
            return Derived {
                cell: Cell::Unknown(unknown.clone()),
                from: "tags".into(),
            };
        }
        let said = |name: &&str| {
            let (key, value) = self.by_name.get(*name)?;
            let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
            (!blank).then(|| Derived {
                cell: Cell::from_value((*value).clone()),
                from: format!("tag `{key}`").into(),
            })
        };
        names.iter().find_map(said).unwrap_or_else(Derived::absent)
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
