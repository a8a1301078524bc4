//! Which instances the references of a plan mean.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::resource::InstanceKey;

#[test]
fn instances_refer_to_instances() {
    let expressions = |references: &[&str]| json!({ "bucket": refs(references) });
    let buckets = [
        "aws_b.one",
        "aws_b.many[\"a.b\"]",
        "aws_b.many[\"c\"]",
        "aws_b.counted[0]",
        "aws_b.counted[1]",
    ];
    let mut changes: Vec<Json> = buckets
        .iter()
        .map(|id| create(id, json!({}), json!({ "id": true })))
        .collect();
    let mut gone = change("aws_b.counted[2]", &["delete"], Json::Null, json!({}));
    gone["change"]["before"] = json!({});
    changes.push(gone);
    for id in [
        "aws_s.single",
        "aws_s.same[\"a.b\"]",
        "aws_s.other[\"z\"]",
        "aws_s.literal[\"c\"]",
        "aws_s.all",
        "aws_s.value[\"c\"]",
        "aws_s.count[1]",
    ] {
        changes.push(create(id, json!({}), json!({ "bucket": true })));
    }
    let mut value = block("aws_s.value", expressions(&["each.value.id", "each.value"]));
    value["for_each_expression"] = refs(&["aws_b.many"]);
    let input = read_plan(json!({
        "resource_changes": changes,
        "configuration": { "root_module": { "resources": [
            block("aws_b.one", json!({})), block("aws_b.many", json!({})), block("aws_b.counted", json!({})),
            block("aws_s.single", expressions(&["aws_b.one.id", "aws_b.one"])),
            block("aws_s.same", expressions(&["aws_b.many", "each.key"])),
            block("aws_s.other", expressions(&["aws_b.many", "each.key"])),
            block("aws_s.literal", expressions(&["aws_b.many[\"a.b\"].id", "aws_b.many[\"a.b\"]", "aws_b.many"])),
            block("aws_s.all", expressions(&["aws_b.counted"])),
            value,
            block("aws_s.count", expressions(&["aws_b.counted", "count.index"])),
        ] } }
    }));
    let of = |id: &str| targets(&resource(&input, id).references, "bucket");
    let several =
        |targets: &[&str]| vec![(targets.iter().map(ToString::to_string).collect::<Vec<_>>(), None)];
    assert_eq!(of("aws_s.single"), one("aws_b.one", "id"));
    assert_eq!(of("aws_s.same[\"a.b\"]"), several(&["aws_b.many[\"a.b\"]"]));
    assert_eq!(
        of("aws_s.other[\"z\"]"),
        several(&["aws_b.many[\"a.b\"]", "aws_b.many[\"c\"]"])
    );
    // The literal index wins over the key of the source.
    assert_eq!(of("aws_s.literal[\"c\"]"), one("aws_b.many[\"a.b\"]", "id"));
    // What is deleted is no target.
    assert_eq!(
        of("aws_s.all"),
        several(&["aws_b.counted[0]", "aws_b.counted[1]"])
    );
    assert_eq!(of("aws_s.value[\"c\"]"), one("aws_b.many[\"c\"]", "id"));
    assert_eq!(of("aws_s.count[1]"), several(&["aws_b.counted[1]"]));
    let never_null = why(resource(&input, "aws_s.literal[\"c\"]"), "bucket");
    assert_eq!(
        never_null,
        (UnknownReason::Reference, vec!["aws_b.many[\"a.b\"]".into()], true)
    );
    // `each.value` may have been computed, so nothing is said of what is read of it.
    assert!(!why(resource(&input, "aws_s.value[\"c\"]"), "bucket").2);
}

#[test]
fn scalars_have_candidates_and_lists_have_members() {
    let both = refs(&["aws_b.x.id", "aws_b.x", "aws_b.y.id", "aws_b.y"]);
    let input = read_plan(json!({
        "resource_changes": [
            create("aws_b.x", json!({}), json!({ "id": true })),
            create("aws_b.y", json!({}), json!({ "id": true })),
            create("aws_s.a", json!({ "list": [null, null] }), json!({ "scalar": true, "list": [true, true] })),
        ],
        "configuration": { "root_module": { "resources": [
            block("aws_b.x", json!({})), block("aws_b.y", json!({})),
            block("aws_s.a", json!({ "scalar": both, "list": both })),
        ] } }
    }));
    let references = &resource(&input, "aws_s.a").references;
    assert_eq!(
        targets(references, "scalar"),
        [(vec!["aws_b.x".into(), "aws_b.y".into()], Some("id".into()))]
    );
    assert_eq!(
        targets(references, "list"),
        [one("aws_b.x", "id"), one("aws_b.y", "id")].concat()
    );
}

#[test]
fn what_only_looks_like_a_reference_joins_nothing() {
    let map = refs(&["local.names", "aws_b.logs.id", "aws_b.logs"]);
    let values = |block_name: &str, expressions: Json| {
        let mut block = block(&format!("aws_s.{block_name}"), expressions);
        block["for_each_expression"] = map.clone();
        block
    };
    let input = read_plan(json!({
        "resource_changes": [
            create("aws_b.logs", json!({ "bucket": "logs" }), json!({ "id": true })),
            create("aws_b.many[\"a\"]", json!({}), json!({ "id": true })),
            create("aws_b.many[\"b\"]", json!({}), json!({ "id": true })),
            create("aws_s.known[\"a\"]", json!({ "bucket": "other" }), json!({})),
            create("aws_s.maybe[\"a\"]", json!({}), json!({ "bucket": true })),
            create("aws_s.index[\"a\"]", json!({}), json!({ "bucket": true })),
            create("aws_s.mixed", json!({}), json!({ "bucket": true })),
            create("aws_s.list", json!({ "bucket": ["x", null] }), json!({ "bucket": [false, true] })),
            create("aws_s.name", json!({ "bucket": "logs" }), json!({})),
        ],
        "configuration": { "root_module": { "resources": [
            block("aws_b.logs", json!({})), block("aws_b.many", json!({})),
            values("known", json!({ "bucket": refs(&["each.value.name", "each.value"]) })),
            values("maybe", json!({ "bucket": refs(&["each.value.bucket", "each.value"]) })),
            values("index", json!({ "bucket": refs(&["aws_b.many", "each.value.target", "each.value"]) })),
            block("aws_s.mixed", json!({ "bucket": refs(&["local.other", "aws_b.logs.id", "aws_b.logs"]) })),
            block("aws_s.list", json!({ "bucket": refs(&["local.other", "aws_b.logs.id", "aws_b.logs"]) })),
            block("aws_s.name", json!({ "bucket": refs(&["aws_b.logs.bucket", "aws_b.logs"]) })),
        ] } }
    }));
    let of = |id: &str| targets(&resource(&input, id).references, "bucket");
    // Known, so it cannot be the id of the logs bucket, which is in the same map.
    assert_eq!(of("aws_s.known[\"a\"]"), []);
    // It may be what the local holds.
    assert_eq!(of("aws_s.maybe[\"a\"]"), []);
    assert_eq!(of("aws_s.mixed"), []);
    // The index is in the map, so it is not the key of the source.
    assert_eq!(
        of("aws_s.index[\"a\"]"),
        [(vec!["aws_b.many[\"a\"]".into(), "aws_b.many[\"b\"]".into()], None)]
    );
    // A list has the bucket in it, whatever else it has.
    assert_eq!(of("aws_s.list"), one("aws_b.logs", "id"));
    assert_eq!(of("aws_s.name"), one("aws_b.logs", "bucket"));
}

#[test]
fn references_go_through_modules_both_ways() {
    let bucket = block("aws_b.this", json!({}));
    let satellite = block(
        "aws_s.this",
        json!({ "bucket": refs(&["var.bucket"]), "key": refs(&["var.kms.arn", "var.kms"]) }),
    );
    let call = |expressions: Json, module: Json| json!({ "source": "./m", "expressions": expressions, "module": module });
    let consumer = json!({ "resources": [satellite], "variables": { "bucket": {}, "kms": {} } });
    let producer = json!({
        "resources": [bucket],
        "outputs": { "id": { "expression": refs(&["aws_b.this.id", "aws_b.this"]) } }
    });
    // A module without resources, which only hands on.
    let label = json!({
        "variables": { "in": {} },
        "outputs": { "out": { "expression": refs(&["var.in"]) } }
    });
    let mut keyed = call(json!({}), producer);
    keyed["for_each_expression"] = refs(&["local.names"]);
    let mut same = call(
        json!({ "bucket": refs(&["module.p", "each.key"]) }),
        consumer.clone(),
    );
    same["for_each_expression"] = refs(&["local.names"]);
    let input = read_plan(json!({
        "resource_changes": [
            create("aws_k.key", json!({}), json!({ "arn": true })),
            create("module.p[\"x.y\"].aws_b.this", json!({}), json!({ "id": true })),
            create("module.p[\"z\"].aws_b.this", json!({}), json!({ "id": true })),
            create("module.direct.aws_s.this", json!({}), json!({ "bucket": true, "key": true })),
            create("module.labelled.aws_s.this", json!({}), json!({ "bucket": true })),
            create("module.same[\"z\"].aws_s.this", json!({}), json!({ "bucket": true })),
            create("module.lost.aws_s.this", json!({}), json!({ "bucket": true, "key": true })),
        ],
        "configuration": { "root_module": {
            "resources": [block("aws_k.key", json!({}))],
            "module_calls": {
                "p": keyed,
                "label": call(json!({ "in": refs(&["module.p[\"z\"].id", "module.p[\"z\"]", "module.p"]) }), label),
                "direct": call(json!({
                    "bucket": refs(&["module.p[\"x.y\"].id", "module.p[\"x.y\"]", "module.p"]),
                    "kms": refs(&["aws_k.key"]),
                }), consumer.clone()),
                "labelled": call(json!({ "bucket": refs(&["module.label.out", "module.label"]) }), consumer.clone()),
                "same": same,
                "lost": call(json!({ "bucket": refs(&["module.nowhere.id", "module.nowhere"]) }), consumer),
            }
        } }
    }));
    let direct = resource(&input, "module.direct.aws_s.this");
    assert_eq!(direct.scope.as_ref(), "module.direct");
    assert_eq!(
        targets(&direct.references, "bucket"),
        one("module.p[\"x.y\"].aws_b.this", "id")
    );
    assert_eq!(
        why(direct, "bucket"),
        (
            UnknownReason::Reference,
            vec!["module.p[\"x.y\"].aws_b.this".into()],
            true
        )
    );
    assert_eq!(targets(&direct.references, "key"), one("aws_k.key", "arn"));
    let labelled = resource(&input, "module.labelled.aws_s.this");
    assert_eq!(
        targets(&labelled.references, "bucket"),
        one("module.p[\"z\"].aws_b.this", "id")
    );
    let same = resource(&input, "module.same[\"z\"].aws_s.this");
    assert_eq!(
        targets(&same.references, "bucket"),
        one("module.p[\"z\"].aws_b.this", "id")
    );
    let lost = resource(&input, "module.lost.aws_s.this");
    assert_eq!(why(lost, "bucket").0, UnknownReason::Expression);
    // Not passed and without a default: null, so nobody wrote it.
    assert_eq!(why(lost, "key").0, UnknownReason::ComputedDefault);
}

/// Every output of a module reads every output of the next: the ways double at each step.
#[test]
fn an_entangled_configuration_is_reported_and_not_followed_for_ever() {
    let all: Vec<String> = (0..40)
        .flat_map(|n| [format!("module.m.o{n}"), "module.m".into()])
        .collect();
    let outputs: Json = (0..40)
        .map(|n| (format!("o{n}"), json!({ "expression": { "references": all } })))
        .collect();
    let module = (0..8).fold(
        json!({}),
        |inner, _| json!({ "outputs": outputs, "module_calls": { "m": { "module": inner } } }),
    );
    let changes: Vec<Json> = (0..4000)
        .map(|n| create(&format!("aws_x.a[{n}]"), json!({}), json!({ "v": true })))
        .collect();
    let input = read_plan(json!({
        "resource_changes": changes,
        "configuration": { "root_module": {
            "resources": [block("aws_x.a", json!({ "v": { "references": all } }))],
            "module_calls": { "m": { "module": module } }
        } }
    }));
    assert_eq!(codes_of(&input), ["TFP022"]);
    assert_eq!(input.resources.len(), 4000);
    assert_eq!(why(&input.resources[3999], "v").0, UnknownReason::Expression);
}

#[test]
fn circles_and_wide_configurations_end() {
    let wide: Vec<String> = (0..40)
        .flat_map(|n| [format!("module.m.o{n}"), "module.m".into()])
        .collect();
    let outputs: serde_json::Map<String, Json> = (0..40)
        .map(|n| {
            (
                format!("o{n}"),
                json!({ "expression": { "references": ["var.v"] } }),
            )
        })
        .collect();
    let input = read_plan(json!({
        "resource_changes": [create("aws_x.a", json!({}), json!({ "v": true }))],
        "configuration": { "root_module": {
            "resources": [block("aws_x.a", json!({ "v": { "references": wide } }))],
            "module_calls": { "m": {
                "expressions": { "v": { "references": wide } },
                "module": { "outputs": outputs, "variables": { "v": {} } }
            } }
        } }
    }));
    assert_eq!(why(resource(&input, "aws_x.a"), "v").0, UnknownReason::Expression);
}

/// The keys of a module path, from the root.
fn key() -> impl Strategy<Value = Option<InstanceKey>> {
    prop_oneof![
        Just(None),
        (0_u64..3).prop_map(|index| Some(InstanceKey::Int(index))),
        r#"[a."\]\[\\]{1,3}"#.prop_map(|key| Some(InstanceKey::Str(key))),
    ]
}

proptest! {
    /// A bucket any number of modules down, its id handed up by outputs and down again by arguments to a satellite:
    /// every step names its instance, so exactly that bucket is found.
    #[test]
    fn a_reference_finds_its_instance_through_any_modules(
        down in prop::collection::vec(key(), 0..5),
        up in prop::collection::vec(key(), 0..5),
        bucket in key(),
        decoys in prop::collection::vec(key(), 0..3),
    ) {
        let shown = |key: &Option<InstanceKey>| key.iter().map(ToString::to_string).collect::<String>();
        let path = |prefix: &str, keys: &[Option<InstanceKey>]| -> String {
            keys.iter().enumerate().map(|(depth, key)| format!("module.{prefix}{depth}{}.", shown(key))).collect()
        };
        let target = format!("{}aws_b.this{}", path("p", &down), shown(&bucket));
        let source = format!("{}aws_s.this", path("c", &up));
        let mut changes = vec![create(&target, json!({}), json!({ "id": true })), create(&source, json!({}), json!({ "bucket": true }))];
        for decoy in &decoys {
            let id = format!("{}aws_b.this{}", path("p", &down), shown(decoy));
            // `count`, `for_each` and neither exclude each other in one block.
            let alike = matches!((decoy, &bucket), (Some(_), Some(_)));
            if alike && changes.iter().all(|change| change["address"] != id.as_str()) {
                changes.push(create(&id, json!({}), json!({ "id": true })));
            }
        }
        // As Terraform lists a traversal: longest form first, the block without its key last.
        let listed = |instance: &str, bare: &str| {
            let mut forms = vec![format!("{instance}.id"), instance.to_string(), bare.to_string()];
            forms.dedup();
            json!({ "references": forms })
        };
        let literal = format!("aws_b.this{}", shown(&bucket));
        let mut producer = json!({
            "resources": [block("aws_b.this", json!({}))],
            "outputs": { "id": { "expression": listed(&literal, "aws_b.this") } }
        });
        for (depth, key) in down.iter().enumerate().rev() {
            let call = format!("module.p{depth}{}", shown(key));
            producer = json!({
                "module_calls": { format!("p{depth}"): { "module": producer } },
                "outputs": { "id": { "expression": listed(&call, &format!("module.p{depth}")) } }
            });
        }
        let mut consumer = json!({
            "resources": [block("aws_s.this", json!({ "bucket": refs(&["var.bucket"]) }))],
            "variables": { "bucket": {} }
        });
        for depth in (1..up.len()).rev() {
            consumer = json!({
                "module_calls": { format!("c{depth}"): { "module": consumer, "expressions": { "bucket": refs(&["var.bucket"]) } } },
                "variables": { "bucket": {} }
            });
        }
        // The root has the outputs of the producer as expressions of its own.
        let own = producer["outputs"]["id"]["expression"].clone();
        let mut root = producer;
        if up.is_empty() {
            let mut satellite = block("aws_s.this", json!({}));
            satellite["expressions"] = json!({ "bucket": own });
            let mut resources = root["resources"].as_array().cloned().unwrap_or_default();
            resources.push(satellite);
            root["resources"] = resources.into();
        } else {
            root["module_calls"]["c0"] = json!({ "module": consumer, "expressions": { "bucket": own } });
        }
        let input = read_plan(json!({ "resource_changes": changes, "configuration": { "root_module": root } }));
        let satellite = resource(&input, &source);
        prop_assert_eq!(targets(&satellite.references, "bucket"), one(&target, "id"));
        prop_assert_eq!(why(satellite, "bucket"), (UnknownReason::Reference, vec![target], true));
    }
}
