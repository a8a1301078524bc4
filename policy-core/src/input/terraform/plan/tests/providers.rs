//! What provider blocks say of their resources.

use serde_json::{Value as Json, json};

use super::*;

#[test]
fn tags_all_comes_from_tags_and_the_provider() {
    let input = read_plan(json!({
        "resource_changes": [
            create("random_pet.p", json!({}), json!({ "id": true })),
            create("aws_x.a", json!({ "tags": null, "tags_all": {} }), json!({ "tags_all": { "Build": true } })),
            create("aws_x.b", json!({ "tags": {} }), json!({ "tags": { "N": true }, "tags_all": true })),
        ],
        "configuration": {
            "provider_config": { "aws": { "name": "aws", "expressions": {
                "default_tags": [{ "tags": refs(&["random_pet.p.id", "random_pet.p"]) }]
            } } },
            "root_module": { "resources": [
                block("random_pet.p", json!({})),
                block("aws_x.a", json!({})),
                block("aws_x.b", json!({ "tags": refs(&["random_pet.p.id", "random_pet.p"]) })),
            ] }
        }
    }));
    assert_eq!(
        why(resource(&input, "aws_x.a"), "tags_all.Build").0,
        UnknownReason::Reference
    );
    assert_eq!(why(resource(&input, "aws_x.b"), "tags_all").1, ["random_pet.p"]);
    let tags = resource(&input, "aws_x.a").provider.default_tags.clone().unwrap();
    assert_eq!(tags.as_unknown().unwrap().reason, UnknownReason::Reference);
}

#[test]
fn provider_blocks_say_region_account_and_tags() {
    let provider = |name: &str, expressions: Json| json!({ "name": name, "expressions": expressions });
    let region = |name: &str| json!({ "constant_value": name });
    let at = |key: &str, name: &str| {
        let mut block = block(&format!("aws_x.{name}"), json!({}));
        block["provider_config_key"] = key.into();
        block
    };
    let mut legacy = provider("aws", json!({ "region": refs(&["var.r"]) }));
    legacy["module_address"] = "module.legacy".into();
    let input = read_plan(json!({
        "variables": { "region": { "value": "eu-west-1" }, "account": { "value": "111122223333" }, "secret": { "value": "eu-west-3" } },
        "resource_changes": [
            create("aws_x.main", json!({}), json!({})),
            create("aws_x.own", json!({ "region": "eu-north-1" }), json!({})),
            create("aws_x.role", json!({}), json!({})),
            create("aws_x.caller", json!({}), json!({})),
            create("aws_x.secret", json!({}), json!({})),
            create("module.legacy.aws_x.in", json!({}), json!({})),
            create("module.old.aws_x.old", json!({}), json!({})),
        ],
        "prior_state": { "values": { "root_module": { "resources": [{
            "address": "data.aws_caller_identity.me", "mode": "data", "values": { "account_id": "555566667777" }
        }] } } },
        "configuration": {
            "provider_config": {
                "aws": provider("aws", json!({
                    "region": refs(&["var.region"]), "allowed_account_ids": refs(&["var.account"]),
                    "default_tags": [{ "tags": { "constant_value": { "Owner": "team-payments" } } }],
                })),
                "aws.role": provider("aws", json!({
                    "region": region("us-east-1"),
                    "allowed_account_ids": { "constant_value": ["111122223333", "444455556666"] },
                    "assume_role": [{ "role_arn": { "constant_value": "arn:aws:iam::444455556666:role/deploy" } }],
                    "default_tags": [{ "tags": refs(&["var.account"]) }],
                })),
                "aws.caller": provider("aws", json!({ "allowed_account_ids": { "constant_value": ["111122223333", "444455556666"] } })),
                "aws.secret": provider("aws", json!({ "region": refs(&["var.secret"]) })),
                "module.legacy:aws": legacy,
            },
            "root_module": {
                "variables": { "region": {}, "account": {}, "secret": { "sensitive": true } },
                "resources": [
                    at("aws", "main"), at("aws", "own"), at("aws.role", "role"), at("aws.caller", "caller"), at("aws.secret", "secret"),
                    { "address": "data.aws_caller_identity.me", "mode": "data", "type": "aws_caller_identity", "name": "me", "provider_config_key": "aws.caller" },
                ],
                "module_calls": {
                    "legacy": {
                        "expressions": { "r": refs(&["var.region"]) },
                        "module": { "variables": { "r": {} }, "resources": [at("module.legacy:aws", "in")] }
                    },
                    "old": { "module": { "resources": [at("module.old:aws.mine", "old")] } },
                }
            }
        }
    }));
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(String::from);
    let of = |id: &str| {
        let provider = &resource(&input, id).provider;
        (
            text(&provider.region),
            text(&provider.account),
            provider.default_tags.clone(),
        )
    };
    let tags = Some(parse_value(r#"{"Owner":"team-payments"}"#, &mut Interner::default()).unwrap());
    let some = |text: &str| Some(text.to_string());
    assert_eq!(
        of("aws_x.main"),
        (some("eu-west-1"), some("111122223333"), tags.clone())
    );
    assert_eq!(of("aws_x.own"), (some("eu-north-1"), some("111122223333"), tags));
    let (region, account, tags) = of("aws_x.role");
    assert_eq!((region, account), (some("us-east-1"), some("444455556666")));
    assert!(tags.unwrap().as_unknown().is_some());
    assert_eq!(of("aws_x.caller"), (None, some("555566667777"), None));
    assert!(
        resource(&input, "aws_x.secret")
            .provider
            .region
            .as_ref()
            .unwrap()
            .as_unknown()
            .is_some()
    );
    assert_eq!(of("module.legacy.aws_x.in"), (some("eu-west-1"), None, None));
    // Which of the providers an older Terraform gave to the module is not in the plan.
    let old = &resource(&input, "module.old.aws_x.old").provider;
    assert!(
        [&old.region, &old.account, &old.default_tags]
            .iter()
            .all(|value| value.as_ref().unwrap().as_unknown().is_some())
    );
}

#[test]
fn a_provider_without_a_block_is_not_its_alias() {
    let input = read_plan(json!({
        "resource_changes": [create("aws_x.a", json!({}), json!({})), create("module.m.aws_x.b", json!({}), json!({}))],
        "configuration": {
            "provider_config": { "aws.eu": {
                "name": "aws", "alias": "eu", "expressions": { "region": { "constant_value": "eu-west-1" } }
            } },
            "root_module": {
                "resources": [block("aws_x.a", json!({}))],
                "module_calls": { "m": { "module": { "resources": [{
                    "mode": "managed", "type": "aws_x", "name": "b", "provider_config_key": "module.m:aws"
                }] } } }
            }
        }
    }));
    assert_eq!(resource(&input, "aws_x.a").provider.region, None);
    let given = &resource(&input, "module.m.aws_x.b").provider.region;
    assert!(given.as_ref().is_some_and(|region| region.as_unknown().is_some()));
}
