//! The reader as a whole, on small plans made here. Plans that Terraform wrote are fixtures of the inventory tests.

mod documents;
mod providers;
mod references;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::diagnostic::Level;
use crate::resource::{Lifecycle, Reference, ResourceAddress, ResourceId, ResourceMode};
use crate::value::{AttributePath, UnknownReason};

/// Reads a plan that has these members besides its version.
fn read_plan(members: Json) -> LoadedInput {
    let mut plan = json!({ "format_version": "1.2", "complete": true, "errored": false });
    for (key, value) in members.as_object().unwrap() {
        plan[key] = value.clone();
    }
    read(
        Source::new("plan.json", plan.to_string()),
        &InputContext::default(),
    )
}

fn change(address: &str, actions: &[&str], after: Json, unknown: Json) -> Json {
    let parsed = ResourceAddress::parse(address).unwrap();
    let mode = if parsed.mode == ResourceMode::Data {
        "data"
    } else {
        "managed"
    };
    json!({
        "address": address, "mode": mode, "type": parsed.resource_type, "name": parsed.name,
        "change": {
            "actions": actions, "before": null, "after": after, "after_unknown": unknown,
            "before_sensitive": false, "after_sensitive": {}
        }
    })
}

fn create(address: &str, after: Json, unknown: Json) -> Json {
    change(address, &["create"], after, unknown)
}

/// A resource block of the configuration.
fn block(address: &str, expressions: Json) -> Json {
    let parsed = ResourceAddress::parse(address).unwrap();
    let mode = if parsed.mode == ResourceMode::Data {
        "data"
    } else {
        "managed"
    };
    json!({
        "address": address, "mode": mode, "type": parsed.resource_type, "name": parsed.name,
        "provider_config_key": "aws", "expressions": expressions
    })
}

fn refs(references: &[&str]) -> Json {
    json!({ "references": references })
}

fn resource<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    let found = input.resources.iter().find(|resource| resource.id.as_str() == id);
    found.unwrap_or_else(|| panic!("no `{id}` in {:?}", input.diagnostics))
}

fn codes_of(input: &LoadedInput) -> Vec<&str> {
    input
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.id)
        .collect()
}

/// Reason, references and whether it is certainly there.
fn why(resource: &NativeResource, path: &str) -> (UnknownReason, Vec<String>, bool) {
    let path = AttributePath::parse(path).unwrap();
    let value = resource
        .values
        .at(&path)
        .unwrap_or_else(|| panic!("nothing at {path}"));
    let unknown = value
        .as_unknown()
        .unwrap_or_else(|| panic!("{path} is known: {value:?}"));
    (
        unknown.reason,
        unknown.refs.iter().map(ToString::to_string).collect(),
        unknown.non_null,
    )
}

fn targets(references: &[Reference], path: &str) -> Vec<(Vec<String>, Option<String>)> {
    let path = AttributePath::parse(path).unwrap();
    let at_path = references.iter().filter(|reference| reference.path == path);
    at_path
        .map(|reference| {
            let targets = reference.targets.iter().map(ToString::to_string).collect();
            (targets, reference.attribute.as_deref().map(String::from))
        })
        .collect()
}

fn one(target: &str, attribute: &str) -> Vec<(Vec<String>, Option<String>)> {
    vec![(vec![target.into()], Some(attribute.into()))]
}

#[test]
fn actions_decide_what_will_be_of_a_resource() {
    let gone = |address: &str, action: &str| {
        let mut change = change(address, &[action], Json::Null, json!({}));
        change["change"]["before"] = json!({ "size": 1 });
        change
    };
    let mut moved = change("aws_x.moved", &["no-op"], json!({}), json!({}));
    moved["previous_address"] = "aws_x.old".into();
    let mut deposed = change("aws_x.a", &["delete"], Json::Null, json!({}));
    deposed["deposed"] = "0badcafe".into();
    let input = read_plan(json!({
        "configuration": {},
        "resource_changes": [
            create("aws_x.a", json!({}), json!({})),
            deposed,
            change("aws_x.b", &["update"], json!({}), json!({})),
            change("aws_x.c", &["delete", "create"], json!({}), json!({})),
            change("aws_x.d", &["create", "delete"], json!({}), json!({})),
            change("aws_x.e", &["create", "forget"], json!({}), json!({})),
            gone("aws_x.f", "delete"),
            gone("aws_x.g", "forget"),
            moved,
            change("data.aws_x.h", &["read"], json!({}), json!({ "id": true })),
            change("aws_x.i", &["levitate"], json!({}), json!({})),
        ]
    }));
    let lifecycles: Vec<_> = input
        .resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource.lifecycle))
        .collect();
    let managed = |id| (id, Lifecycle::Managed);
    assert_eq!(
        lifecycles,
        [
            managed("aws_x.a"),
            managed("aws_x.b"),
            managed("aws_x.c"),
            managed("aws_x.d"),
            managed("aws_x.e"),
            ("aws_x.f", Lifecycle::Removed),
            ("aws_x.g", Lifecycle::Removed),
            managed("aws_x.moved"),
            ("data.aws_x.h", Lifecycle::Data),
            managed("aws_x.i"),
        ]
    );
    let change = |id| resource(&input, id).change.clone().unwrap();
    assert_eq!(
        change("aws_x.c").actions,
        [Arc::from("delete"), Arc::from("create")]
    );
    assert_eq!(
        change("aws_x.moved").previous_id,
        Some(ResourceId::new("aws_x.old"))
    );
    assert_eq!(
        resource(&input, "aws_x.f")
            .values
            .get("size")
            .and_then(Value::as_integer),
        Some(1)
    );
    assert_eq!(codes_of(&input), ["TFP015", "TFP012"]);
    assert_eq!(
        resource(&input, "data.aws_x.h")
            .values
            .get("id")
            .and_then(Value::as_unknown)
            .unwrap()
            .reason,
        UnknownReason::DataSource
    );
}

#[test]
fn one_bad_change_does_not_hide_the_others() {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let mut no_change = create("aws_x.nochange", json!({}), json!({}));
    no_change.as_object_mut().unwrap().remove("change");
    let mut no_address = create("aws_x.y", json!({}), json!({}));
    no_address["address"] = "aws_x.y[".into();
    let input = read_plan(json!({
        "configuration": {},
        "resource_changes": [
            create("aws_x.null", Json::Null, json!({})),
            create("aws_x.list", json!([1]), json!({})),
            create("aws_x.whole", json!({ "a": 1 }), json!(true)),
            create("aws_x.deep", json!({ "a": deep }), json!({})),
            create("aws_x.mask", json!({}), json!({ "a": "true" })),
            change("aws_x.actionless", &[], json!({}), json!({})),
            no_change,
            no_address,
            create("aws_x.twice", json!({ "a": 1 }), json!({})),
            create("aws_x.twice", json!({ "a": 2 }), json!({})),
            json!("text"),
            create("aws_x.good", json!({ "a": 1 }), json!({})),
        ]
    }));
    let kept: Vec<_> = input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(kept, ["aws_x.whole", "aws_x.twice", "aws_x.good"]);
    assert!(resource(&input, "aws_x.whole").values.as_unknown().is_some());
    assert_eq!(
        codes_of(&input),
        [
            "TFP006", "TFP006", "TFP006", "TFP004", "TFP004", "TFP004", "TFP004", "TFP005", "TFP007",
            "TFP004"
        ]
    );
    let named = [
        "null",
        "list",
        "whole",
        "deep",
        "mask",
        "actionless",
        "nochange",
        "y[",
        "twice",
    ];
    for (diagnostic, name) in input.diagnostics.iter().zip(named) {
        assert!(
            diagnostic.message.contains(&format!("`aws_x.{name}")),
            "{}",
            diagnostic.message
        );
    }
    assert!(input.diagnostics.iter().all(|diagnostic| {
        diagnostic.level == Level::Error
            && diagnostic.location().is_some()
            && !diagnostic.message.contains(" line ")
    }));
}

#[test]
fn unknowns_have_the_reason_of_their_expression() {
    let all = json!({
        "omitted": true, "nothing": true, "null_variable": true, "reference": true, "flag": true, "template": true,
        "data": true, "local": true, "set": true, "function": true, "several": true, "whole": true, "missing": true,
        "list": true, "subnet_ids": true, "ingress": true
    });
    let mut resource_change = create("aws_x.a", json!({}), all);
    resource_change["change"]["after_sensitive"] =
        json!({ "list": [], "subnet_ids": [], "ingress": [], "set": {} });
    let input = read_plan(json!({
        "resource_changes": [resource_change, create("aws_kms_key.k", json!({}), json!({ "arn": true }))],
        "variables": { "null": { "value": null }, "known": { "value": "x" } },
        "configuration": { "root_module": {
            "variables": { "null": {}, "known": {}, "ephemeral": {} },
            "resources": [
                block("aws_kms_key.k", json!({})),
                block("aws_x.a", json!({
                    "nothing": { "constant_value": null },
                    "null_variable": refs(&["var.null"]),
                    "reference": refs(&["aws_kms_key.k.arn", "aws_kms_key.k"]),
                    "flag": refs(&["aws_kms_key.k.enabled", "aws_kms_key.k"]),
                    "template": refs(&["var.known", "aws_kms_key.k.arn", "aws_kms_key.k"]),
                    "data": refs(&["data.aws_kms_key.d.arn", "data.aws_kms_key.d"]),
                    "local": refs(&["local.key"]),
                    "set": refs(&["var.known"]),
                    "function": {},
                    "several": refs(&["var.ephemeral", "local.x"]),
                    "whole": refs(&["aws_kms_key.k"]),
                    "missing": refs(&["aws_kms_key.elsewhere.arn", "aws_kms_key.elsewhere"]),
                })),
            ]
        } }
    }));
    let resource = resource(&input, "aws_x.a");
    let plain = |reason| (reason, Vec::new(), false);
    let with =
        |reason, refs: &[&str], non_null| (reason, refs.iter().map(ToString::to_string).collect(), non_null);
    for (path, expected) in [
        ("omitted", plain(UnknownReason::ComputedDefault)),
        ("nothing", plain(UnknownReason::ComputedDefault)),
        ("null_variable", plain(UnknownReason::ComputedDefault)),
        ("list", plain(UnknownReason::MaybeDynamic)),
        ("subnet_ids", plain(UnknownReason::ComputedDefault)),
        ("ingress", plain(UnknownReason::ComputedDefault)),
        (
            "reference",
            with(UnknownReason::Reference, &["aws_kms_key.k"], true),
        ),
        ("flag", with(UnknownReason::Reference, &["aws_kms_key.k"], false)),
        (
            "template",
            with(UnknownReason::Reference, &["aws_kms_key.k"], false),
        ),
        ("whole", with(UnknownReason::Reference, &["aws_kms_key.k"], false)),
        (
            "missing",
            with(UnknownReason::Reference, &["aws_kms_key.elsewhere"], false),
        ),
        (
            "data",
            with(UnknownReason::DataSource, &["data.aws_kms_key.d"], false),
        ),
        ("local", with(UnknownReason::Variable, &["local.key"], false)),
        (
            "several",
            with(UnknownReason::Variable, &["var.ephemeral", "local.x"], false),
        ),
        ("set", plain(UnknownReason::Expression)),
        ("function", plain(UnknownReason::Expression)),
    ] {
        assert_eq!(why(resource, path), expected, "{path}");
    }
}

#[test]
fn without_configuration_no_unknown_looks_like_a_default() {
    let change = create("aws_x.a", json!({}), json!({ "encrypted": true }));
    let input = read_plan(json!({ "resource_changes": [change.clone()] }));
    assert_eq!(codes_of(&input), ["TFP013"]);
    assert_eq!(
        why(resource(&input, "aws_x.a"), "encrypted").0,
        UnknownReason::Expression
    );
    let input = read_plan(
        json!({ "resource_changes": [change], "configuration": { "root_module": { "resources": 1 } } }),
    );
    assert_eq!(codes_of(&input), ["TFP014"]);
    assert_eq!(
        why(resource(&input, "aws_x.a"), "encrypted").0,
        UnknownReason::Expression
    );
}

#[test]
fn sensitive_tags_do_not_come_back_through_tags_all() {
    let mut secret = create(
        "aws_x.a",
        json!({ "tags": { "T": "s3cret" }, "tags_all": { "T": "s3cret" } }),
        json!({}),
    );
    secret["change"]["after_sensitive"] = json!({ "tags": { "T": true }, "tags_all": {} });
    secret["change"]["before"] = json!({ "password": "s3cret" });
    secret["change"]["before_sensitive"] = json!({ "password": true });
    let mut removed = secret.clone();
    removed["address"] = "aws_x.gone".into();
    removed["change"]["actions"] = json!(["delete"]);
    let input = read_plan(json!({
        "configuration": { "root_module": { "variables": { "v": { "sensitive": true, "default": "s3cret" } } } },
        "variables": { "v": { "value": "s3cret" } },
        "resource_changes": [secret, removed],
        "prior_state": { "values": { "root_module": { "resources": [{
            "address": "data.aws_y.d", "mode": "data", "values": { "token": "s3cret" }, "sensitive_values": { "token": true }
        }] } } }
    }));
    assert_eq!(input.resources.len(), 3);
    assert!(!format!("{input:?}").contains("s3cret"));
    assert!(
        resource(&input, "data.aws_y.d")
            .values
            .get("token")
            .and_then(Value::as_str)
            == Some("s3cret")
    );
}

#[test]
fn data_sources_of_the_prior_state_are_known_unless_read_again() {
    let state = |address: &str| json!({ "address": address, "mode": "data", "values": { "json": "{}" } });
    let input = read_plan(json!({
        "configuration": {},
        "resource_changes": [change("data.aws_d.again", &["read"], json!({}), json!({ "json": true }))],
        "prior_state": { "values": { "root_module": {
            "resources": [state("data.aws_d.again"), { "address": "aws_x.a", "mode": "managed", "values": {} }, state("data.aws_d.bad[")],
            "child_modules": [{ "resources": [state("module.m.data.aws_d.known")] }],
        } } }
    }));
    let ids: Vec<_> = input
        .resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource.lifecycle))
        .collect();
    assert_eq!(
        ids,
        [
            ("data.aws_d.again", Lifecycle::Data),
            ("module.m.data.aws_d.known", Lifecycle::Data)
        ]
    );
    assert!(
        resource(&input, "data.aws_d.again")
            .values
            .get("json")
            .unwrap()
            .as_unknown()
            .is_some()
    );
    assert_eq!(
        resource(&input, "module.m.data.aws_d.known")
            .values
            .get("json")
            .and_then(Value::as_str),
        Some("{}")
    );
    assert_eq!(codes_of(&input), ["TFP016"]);
}

#[test]
fn findings_point_into_the_plan() {
    let text = r#"{"format_version":"1.2","configuration":{},"resource_changes":[
  {"address":"aws_x.a","mode":"managed","change":{"actions":["create"],
     "after":{"encrypted":false,"rule":[{"port":22}]},
     "after_unknown":{"arn":true}}}]}"#;
    let source = Source::new("plan.json", text);
    let input = read(source.clone(), &InputContext::default());
    let origin = &resource(&input, "aws_x.a").origin;
    let shown = |path: &str| {
        let span = origin.locate(&AttributePath::parse(path).unwrap()).unwrap();
        text.get(span.start()..span.end()).unwrap().to_string()
    };
    assert_eq!(shown("encrypted"), "false");
    assert_eq!(shown("rule[0].port"), "22");
    // An unknown value stands in `after_unknown` only.
    assert_eq!(shown("arn"), "true");
    assert_eq!(shown("rule[0].cidr"), r#"{"port":22}"#);
    assert!(shown("nothing").starts_with(r#"{"encrypted""#));
    let block = origin.block.as_ref().unwrap();
    assert!(
        text.get(block.start()..block.end())
            .unwrap()
            .starts_with(r#"{"address":"aws_x.a""#)
    );
    assert_eq!(origin.file.as_ref(), "plan.json");
}

proptest! {
    /// Whatever stands in the text, reading it ends with resources or a reason.
    #[test]
    fn cut_plans_never_panic_and_never_pass_in_silence(at in 0_usize..600) {
        let plan = json!({
            "format_version": "1.2", "errored": false,
            "resource_changes": [create("module.m[\"é\"].aws_x.a", json!({ "tags": { "N": "é" }, "l": [null] }), json!({ "l": [true] }))],
            "configuration": { "root_module": { "module_calls": { "m": { "module": { "resources": [block("aws_x.a", json!({}))] } } } } },
        }).to_string();
        let Some(cut) = plan.get(..at.min(plan.len())) else { return Ok(()) };
        let input = read(Source::new("plan.json", cut), &InputContext::default());
        let whole = cut.len() == plan.len();
        prop_assert_eq!(input.resources.len(), usize::from(whole));
        prop_assert_eq!(input.diagnostics.is_empty(), whole);
    }
}

#[test]
fn depth_and_double_members_are_refused_without_harm() {
    let nested = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let text = format!(
        r#"{{"format_version":"1.2","planned_values":{nested},"configuration":{nested},"resource_changes":[
        {{"address":"aws_x.deep","change":{{"actions":["create"],"after":{nested}}}}},
        {{"address":"aws_x.twice","change":{{"actions":["create"],"after":{{"e":true}},"after":{{"e":false}}}}}},
        {{"address":"aws_x.key","change":{{"actions":["create"],"after":{{"e":true,"e":false}}}}}},
        {{"address":"aws_x.good","change":{{"actions":["create"],"after":{{}}}}}}]}}"#
    );
    let input = read(Source::new("plan.json", text), &InputContext::default());
    assert_eq!(codes_of(&input), ["TFP014", "TFP004", "TFP004", "TFP004"]);
    assert_eq!(input.resources.len(), 1);
    assert!(
        input
            .diagnostics
            .iter()
            .skip(2)
            .all(|diagnostic| diagnostic.location().is_some())
    );
}
