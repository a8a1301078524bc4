use serde_json::json;

use super::super::model::{Lifecycle, Origin, ProviderContext, ResourceId};
use super::*;

fn native(source: SourceKind, values: serde_json::Value) -> NativeResource {
    NativeResource {
        id: ResourceId::new("x"),
        name: "x".into(),
        native_type: "t".into(),
        source,
        lifecycle: Lifecycle::Managed,
        values: Value::from(values),
        before: None,
        change: None,
        references: Vec::new(),
        provider: ProviderContext::default(),
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

fn set(native: &mut NativeResource, key: &str, value: Value) {
    if let Value::Map(map) = &mut native.values {
        map.insert(key.into(), value);
    }
}

fn terraform(values: serde_json::Value, default_tags: Option<Value>) -> NativeResource {
    let mut native = native(SourceKind::Terraform, values);
    native.provider.default_tags = default_tags;
    native
}

fn taggable() -> TagSpec {
    TagSpec {
        terraform: Some("tags".into()),
        terraform_all: Some("tags_all".into()),
        cloudformation: Some("Tags".into()),
        ..TagSpec::default()
    }
}

fn text(native: &NativeResource) -> String {
    match effective_tags(native, Some(&taggable())).cell {
        Cell::Known(value) => format!("{value:?}"),
        Cell::Absent => "absent".to_owned(),
        Cell::Unknown(unknown) => format!("unknown {}", unknown.reason.as_str()),
    }
}

fn unknown(reason: UnknownReason) -> Value {
    Unknown::new(reason).into()
}

#[test]
fn own_tags_go_over_default_tags() {
    let defaults = Some(Value::from(json!({"Owner": "team-a", "Env": "dev"})));
    let native = terraform(json!({"tags": {"Env": "prod"}}), defaults.clone());
    assert_eq!(text(&native), r#"{"Env": "prod", "Owner": "team-a"}"#);
    assert_eq!(
        text(&terraform(json!({"tags": null}), defaults)),
        r#"{"Env": "dev", "Owner": "team-a"}"#
    );
    assert_eq!(text(&terraform(json!({}), None)), "{}");
}

#[test]
fn tags_all_counts_when_it_is_complete() {
    let native = terraform(json!({"tags": null, "tags_all": {"Owner": "team-a"}}), None);
    assert_eq!(text(&native), r#"{"Owner": "team-a"}"#);
    // The provider has been seen to leave default tags out of it.
    let defaults = Some(Value::from(json!({"Env": "dev"})));
    let native = terraform(
        json!({"tags": {"Owner": "team-a"}, "tags_all": {"Owner": "team-a"}}),
        defaults,
    );
    assert_eq!(text(&native), r#"{"Env": "dev", "Owner": "team-a"}"#);
}

#[test]
fn tags_all_tells_what_the_reader_of_the_provider_block_cannot() {
    let tagged = || json!({"tags": {"Owner": "team-a"}, "tags_all": {"Owner": "team-a", "Env": "prod"}});
    let of = |reason| text(&terraform(tagged(), Some(unknown(reason))));
    assert_eq!(
        of(UnknownReason::Expression),
        r#"{"Env": "prod", "Owner": "team-a"}"#
    );
    assert_eq!(
        of(UnknownReason::Variable),
        r#"{"Env": "prod", "Owner": "team-a"}"#
    );
    // A default tag that is known after apply only may be missing in it: the map is open.
    let native = terraform(tagged(), Some(unknown(UnknownReason::Reference)));
    assert_eq!(text(&native), r#"{"Env": "prod", "Owner": "team-a"}"#);
    let open = effective_tags(&native, Some(&taggable())).provenance.open;
    assert_eq!(open.map(|open| open.reason), Some(UnknownReason::Reference));
}

#[test]
fn an_unknown_tags_all_is_not_no_tags() {
    let mut native = terraform(json!({"tags": {"Owner": "team-a"}}), None);
    set(&mut native, "tags_all", unknown(UnknownReason::ComputedDefault));
    assert_eq!(text(&native), r#"{"Owner": "team-a"}"#);
}

#[test]
fn an_unknown_layer_makes_the_tags_unknown_and_an_unknown_value_does_not() {
    let native = terraform(
        json!({"tags": {"Owner": "team-a"}}),
        Some(unknown(UnknownReason::Variable)),
    );
    assert_eq!(text(&native), "unknown variable");
    let mut native = terraform(json!({}), None);
    set(&mut native, "tags", unknown(UnknownReason::Expression));
    assert_eq!(text(&native), "unknown expression");
    set(
        &mut native,
        "tags",
        Value::Map(Map::from([("Owner".into(), unknown(UnknownReason::Variable))])),
    );
    assert_eq!(text(&native), r#"{"Owner": unknown(variable)}"#);
}

#[test]
fn cloudformation_lists_become_a_map_over_the_stack_tags() {
    let mut native = native(
        SourceKind::CloudFormation,
        json!({"Tags": [{"Key": "Env", "Value": "prod"}, {"Key": "Cost", "Value": 7}]}),
    );
    native.provider.default_tags = Some(Value::from(json!({"Env": "dev", "Stack": "s"})));
    assert_eq!(text(&native), r#"{"Cost": "7", "Env": "prod", "Stack": "s"}"#);
    set(
        &mut native,
        "Tags",
        Value::List(vec![
            unknown(UnknownReason::Condition),
            Value::from(json!({"Key": "Owner", "Value": ""})),
        ]),
    );
    // What is there is there; there may be more.
    let tags = effective_tags(&native, None);
    assert_eq!(
        tags.cell,
        Cell::Known(Value::from(json!({"Env": "dev", "Owner": "", "Stack": "s"})))
    );
    assert_eq!(
        tags.provenance.open.map(|unknown| unknown.reason),
        Some(UnknownReason::Condition)
    );
}

#[test]
fn config_tags_come_in_both_shapes() {
    for tags in [
        json!({"tags": {"Env": "prod"}}),
        json!({"tags": [{"key": "Env", "value": "prod"}]}),
        json!({"tags": {}, "configuration": {"tagSet": 1, "tags": [{"key": "Env", "value": "prod"}]}}),
    ] {
        assert_eq!(text(&native(SourceKind::AwsConfig, tags)), r#"{"Env": "prod"}"#);
    }
}

#[test]
fn sensitive_tags_stay_sensitive() {
    let mut native = terraform(json!({}), None);
    set(
        &mut native,
        "tags",
        Value::from(json!({"Owner": "secret"})).into_sensitive(),
    );
    assert_eq!(text(&native), r#"{"Owner": (sensitive)}"#);
}

#[test]
fn blocks_do_not_receive_default_tags_and_untaggable_types_have_none() {
    let defaults = Some(Value::from(json!({"Env": "dev"})));
    let native = terraform(
        json!({"tag": [{"key": "Name", "value": "n", "propagate_at_launch": true}]}),
        defaults.clone(),
    );
    let blocks = TagSpec {
        terraform: Some("tag".into()),
        terraform_blocks: true,
        ..TagSpec::default()
    };
    assert_eq!(
        effective_tags(&native, Some(&blocks)).cell,
        Cell::Known(Value::from(json!({"Name": "n"})))
    );
    let none = effective_tags(&terraform(json!({}), defaults.clone()), Some(&TagSpec::default()));
    assert_eq!(none.cell, Cell::Known(Value::Map(Map::new())));
    // An unmapped type is taggable when it has the argument.
    let unmapped = |values| effective_tags(&terraform(values, defaults.clone()), None).cell;
    assert_eq!(
        unmapped(json!({"tags": null})),
        Cell::Known(Value::from(json!({"Env": "dev"})))
    );
    assert_eq!(unmapped(json!({})), Cell::Known(Value::Map(Map::new())));
}
