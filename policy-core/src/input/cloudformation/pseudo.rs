//! Pseudo parameters: what CloudFormation fills in by itself.

use std::sync::Arc;

use super::scope::Scope;
use crate::input::InputContext;
use crate::value::{Domain, TextPart, Unknown, UnknownReason, Value};

/// Name prefix of Regions, partition and domain suffix, as AWS documents them under "ARN partitions" and in the
/// endpoint tables of its SDKs. Regions without such a prefix are in the commercial partition.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
];

/// The value of a pseudo parameter. `None` when there is none of that name; `Some(None)` for `AWS::NoValue`.
pub(super) fn lookup(name: &str, context: &InputContext, scope: &Scope) -> Option<Option<Value>> {
    let known = |value: Option<&String>| {
        value.map_or_else(|| unknown(name).into(), |text| Value::from(text.as_str()))
    };
    Some(Some(match name {
        "AWS::NoValue" => return Some(None),
        "AWS::AccountId" => known(context.account.as_ref()),
        "AWS::Region" => known(context.region.as_ref()),
        "AWS::Partition" => derived(name, context, |&(_, partition, _)| partition, "aws"),
        "AWS::URLSuffix" => derived(name, context, |&(_, _, suffix)| suffix, "amazonaws.com"),
        // Each stack has its own.
        "AWS::StackName" | "AWS::StackId" | "AWS::NotificationARNs" => unknown(&scope.name(name)).into(),
        _ => return None,
    }))
}

/// The partition as far as the Region tells, the commercial one without a Region.
pub(super) fn assumed_partition(context: &InputContext) -> &'static str {
    let region = context.region.as_deref().unwrap_or_default();
    PARTITIONS
        .iter()
        .find(|(prefix, _, _)| region.starts_with(prefix))
        .map_or("aws", |&(_, partition, _)| partition)
}

/// What follows from the Region; without one, what it can be at all.
fn derived(
    name: &str,
    context: &InputContext,
    pick: fn(&(&'static str, &'static str, &'static str)) -> &'static str,
    commercial: &'static str,
) -> Value {
    match &context.region {
        Some(region) => PARTITIONS
            .iter()
            .find(|(prefix, _, _)| region.starts_with(prefix))
            .map_or(commercial, pick)
            .into(),
        None => {
            let mut all = vec![commercial];
            for partition in &PARTITIONS {
                if !all.contains(&pick(partition)) {
                    all.push(pick(partition));
                }
            }
            unknown(name)
                .with_domain(Domain::AnyOf(all.into_iter().map(Value::from).collect()))
                .into()
        }
    }
}

/// An account, a Region, a stack: something that is one and never a wildcard.
fn unknown(name: &str) -> Unknown {
    Unknown::new(UnknownReason::Parameter)
        .with_refs([Arc::from(name)])
        .with_text([TextPart::Identity])
        .non_null()
}
