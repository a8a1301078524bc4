use serde_json::json;

use super::super::model::{Lifecycle, Origin, Provenance, ProviderContext, ResourceId};
use super::*;
use crate::value::UnknownReason;

fn native(values: serde_json::Value, provider: ProviderContext) -> NativeResource {
    NativeResource {
        id: ResourceId::new("x"),
        name: "x".into(),
        native_type: "aws_x".into(),
        source: SourceKind::Terraform,
        lifecycle: Lifecycle::Managed,
        values: Value::from(values),
        before: None,
        change: None,
        references: Vec::new(),
        provider,
        scope: "".into(),
        condition: None,
        many: false,
        origin: Origin {
            file: "f".into(),
            block: None,
            locator: None,
            calls: Vec::new(),
        },
    }
}

fn tags(cell: Cell) -> Attribute {
    Attribute {
        cell,
        provenance: Provenance::default(),
    }
}

fn derive(tag: serde_json::Value, options: &ContextOptions, account: &str) -> Context {
    let account = known(account, "test");
    context(
        account,
        Derived::absent(),
        &tags(Cell::Known(Value::from(tag))),
        options,
    )
}

#[test]
fn the_account_comes_from_the_nearest_source() {
    let provider = || ProviderContext {
        account: Some("444455556666".into()),
        ..ProviderContext::default()
    };
    let options = ContextOptions {
        account: Some("777788889999".into()),
        ..ContextOptions::default()
    };
    let arn = native(
        json!({"arn": "arn:aws:rds:eu-west-1:111122223333:db:x"}),
        provider(),
    );
    assert_eq!(account(&arn, &options).as_str(), Some("111122223333"));
    let bucket = native(json!({"arn": "arn:aws:s3:::x"}), provider());
    assert_eq!(account(&bucket, &options).as_str(), Some("777788889999"));
    assert_eq!(
        account(&bucket, &ContextOptions::default()).as_str(),
        Some("444455556666")
    );
    assert_eq!(
        account(
            &native(json!({}), ProviderContext::default()),
            &ContextOptions::default()
        )
        .cell,
        Cell::Absent
    );
}

#[test]
fn the_region_comes_from_the_nearest_source() {
    let provider = || ProviderContext {
        region: Some("eu-west-1".into()),
        ..ProviderContext::default()
    };
    let options = ContextOptions {
        region: Some("eu-north-1".into()),
        ..ContextOptions::default()
    };
    let of = |values, provider, global| {
        region(&native(values, provider), global, &options)
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(
        of(json!({"region": "eu-west-3"}), provider(), false).as_deref(),
        Some("eu-west-3")
    );
    assert_eq!(of(json!({}), provider(), false).as_deref(), Some("eu-west-1"));
    assert_eq!(of(json!({}), provider(), true).as_deref(), Some("aws-global"));
    assert_eq!(
        of(
            json!({"availability_zone": "us-west-2-lax-1a"}),
            ProviderContext::default(),
            false
        )
        .as_deref(),
        Some("us-west-2")
    );
    assert_eq!(
        of(
            json!({"availability_zone": "us-gov-west-1a"}),
            ProviderContext::default(),
            false
        )
        .as_deref(),
        Some("us-gov-west-1")
    );
    assert_eq!(
        of(
            json!({"availability_zone": "nowhere"}),
            ProviderContext::default(),
            false
        )
        .as_deref(),
        Some("eu-north-1")
    );
    assert_eq!(
        of(json!({}), ProviderContext::default(), false).as_deref(),
        Some("eu-north-1")
    );
}

#[test]
fn flags_outrank_accounts_and_accounts_outrank_tags() {
    let mut options = ContextOptions::default();
    options
        .environment_by_account
        .insert("111122223333".into(), "Production".into());
    let of = |options: &ContextOptions, account: &str| {
        let environment = derive(json!({"Env": "dev"}), options, account).environment;
        (
            environment.as_str().map(str::to_owned),
            environment.from.to_string(),
        )
    };
    assert_eq!(
        of(&options, "111122223333"),
        (Some("prod".into()), "account".into())
    );
    assert_eq!(
        of(&options, "444455556666"),
        (Some("dev".into()), "tag `Env`".into())
    );
    options.environment = Some("stg".into());
    assert_eq!(
        of(&options, "111122223333"),
        (Some("staging".into()), "--environment".into())
    );
}

#[test]
fn tags_are_found_under_their_usual_names() {
    let context = derive(
        json!({"ENVIRONMENT": "live", "team": "team-payments", "data-classification": "restricted",
               "ChangeId": "CHG-1", "app": "shop", "owner": " "}),
        &ContextOptions::default(),
        "",
    );
    assert_eq!(context.environment.as_str(), Some("prod"));
    assert_eq!(context.owner.as_str(), Some("team-payments"));
    assert_eq!(context.data_classification.as_str(), Some("restricted"));
    assert_eq!(context.change_id.as_str(), Some("CHG-1"));
    assert_eq!(context.workload.as_str(), Some("shop"));
    assert_eq!(
        derive(json!({}), &ContextOptions::default(), "").environment,
        Derived::absent()
    );
}

#[test]
fn unknown_tags_are_an_unknown_environment_and_sensitive_ones_are_not_shown() {
    let unknown = Cell::unknown(UnknownReason::Variable);
    let derived = context(
        Derived::absent(),
        Derived::absent(),
        &tags(unknown.clone()),
        &ContextOptions::default(),
    );
    assert_eq!(derived.environment.cell, unknown);
    let map = Value::Map([("Env".into(), Value::from("prod").into_sensitive())].into());
    let derived = context(
        Derived::absent(),
        Derived::absent(),
        &tags(Cell::Known(map)),
        &ContextOptions::default(),
    );
    assert_eq!(derived.environment.as_str(), Some("prod"));
    assert!(!format!("{derived:?}").contains("\"prod\""));
}
