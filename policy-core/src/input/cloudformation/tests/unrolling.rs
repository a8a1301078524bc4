//! A template with loops is the template with the loops written out; the spellings of a serverless template agree.

use proptest::prelude::*;

use super::*;
use crate::document::json;

/// Things inside a fragment, with `@` where the element stands.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let text = proptest::sample::select(vec!["x", "@", "x-@", "@@", "${Given}", "$@", "${Given}-@"]);
    let leaf = prop_oneof![
        text.clone().prop_map(|text| serde_json::json!(text)),
        text.clone()
            .prop_map(|text| serde_json::json!({ "Fn::Sub": text })),
        text.prop_map(|text| serde_json::json!({ "Fn::Join": ["-", [text, { "Ref": "Given" }]] })),
        Just(serde_json::json!({ "Ref": "@" })),
        Just(serde_json::json!({ "Ref": "R@" })),
        Just(serde_json::json!({ "Ref": { "Fn::Sub": "R@" } })),
        Just(serde_json::json!({ "Fn::GetAtt": ["R@", "Arn"] })),
        Just(serde_json::json!({ "Fn::GetAtt": [{ "Fn::Sub": "R@" }, "Arn"] })),
        Just(serde_json::json!({ "Fn::Sub": "${R@.Arn}/*" })),
        Just(serde_json::json!({ "Fn::Sub": ["<${V}@>", { "V": { "Ref": "@" } }] })),
        Just(
            serde_json::json!({ "Fn::FindInMap": ["Sizes", { "Ref": "@" }, "Size", { "DefaultValue": 0 }] })
        ),
        (-2_i64..9).prop_map(|number| serde_json::json!(number)),
        any::<bool>().prop_map(|value| serde_json::json!(value)),
    ];
    leaf.prop_recursive(3, 20, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
            proptest::collection::btree_map("[a-c]", inner.clone(), 0..3).prop_map(|map| {
                serde_json::Value::Object(
                    map.into_iter()
                        .map(|(key, value)| (format!("K{key}@"), value))
                        .collect(),
                )
            }),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| serde_json::json!({ "Fn::If": ["C@", left, right] })),
            (inner.clone(), inner)
                .prop_map(|(left, right)| serde_json::json!({ "Fn::If": ["Is@", left, right] })),
        ]
    })
}

/// The fragment for one element. `Ref` of the identifier alone becomes the element as a text.
fn written_out(fragment: &serde_json::Value, element: &str) -> serde_json::Value {
    use serde_json::Value as Json;
    match fragment {
        Json::String(text) => text.replace('@', element).into(),
        Json::Array(items) => items.iter().map(|item| written_out(item, element)).collect(),
        Json::Object(members) => {
            if members.len() == 1 && members.get("Ref").and_then(Json::as_str) == Some("@") {
                return element.into();
            }
            let members = members
                .iter()
                .map(|(key, value)| (key.replace('@', element), written_out(value, element)));
            Json::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// The fragment as a loop has it.
fn as_fragment(fragment: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match fragment {
        Json::String(text) => text.replace('@', "${N}").into(),
        Json::Array(items) => items.iter().map(as_fragment).collect(),
        Json::Object(members) => {
            if members.len() == 1 && members.get("Ref").and_then(Json::as_str) == Some("@") {
                return serde_json::json!({ "Ref": "N" });
            }
            let members = members
                .iter()
                .map(|(key, value)| (key.replace('@', "${N}"), as_fragment(value)));
            Json::Object(members.collect())
        }
        other => other.clone(),
    }
}

fn template(resources: serde_json::Value, conditions: serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {
            "Given": { "Type": "String", "Default": "given" },
            "Env": { "Type": "String", "AllowedValues": ["a", "b"] },
            "List": { "Type": "CommaDelimitedList", "Default": "a,b" },
        },
        "Mappings": { "Sizes": { "a": { "Size": 1 } } },
        "Conditions": conditions,
        "Resources": resources,
    })
}

type Outcome = (Vec<String>, Vec<crate::resource::Reference>, Vec<String>);

fn outcome(template: &serde_json::Value) -> Outcome {
    let source = Source::new("template.json", serde_json::to_string_pretty(template).unwrap());
    let root = json::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    let input = super::super::read(source, &root, &InputContext::default());
    let references = input
        .resources
        .iter()
        .flat_map(|resource| resource.references.clone());
    (listing(&input), references.collect(), diagnostics(&input))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_loop_is_its_turns(
        body in value(),
        elements in proptest::sample::select(vec![vec!["a"], vec!["a", "b"], vec!["b", "c", "a"], vec![]]),
        listed: bool,
    ) {
        let fragment = serde_json::json!({ "Type": "X", "Condition": "Is@", "Properties": { "P": body } });
        let condition = serde_json::json!({ "Fn::Equals": [{ "Ref": "Env" }, { "Ref": "@" }] });
        let c = serde_json::json!({ "Fn::Equals": ["@", "a"] });
        let mut resources = serde_json::Map::new();
        let mut conditions = serde_json::Map::new();
        for element in &elements {
            resources.insert(format!("R{element}"), written_out(&fragment, element));
            conditions.insert(format!("Is{element}"), written_out(&condition, element));
            conditions.insert(format!("C{element}"), written_out(&c, element));
        }
        resources.insert("Z".to_owned(), serde_json::json!({ "Type": "Z" }));
        let collection = if listed && elements == ["a", "b"] {
            serde_json::json!({ "Ref": "List" })
        } else {
            serde_json::json!(elements)
        };
        let looped = |name: &str, members: serde_json::Value| {
            (format!("Fn::ForEach::{name}"), serde_json::json!(["N", collection, members]))
        };
        let (key, members) = looped("Conditions", serde_json::json!({ "Is${N}": as_fragment(&condition), "C${N}": as_fragment(&c) }));
        let conditions_loop = serde_json::Value::Object([(key, members)].into_iter().collect());
        let (key, members) = looped("Resources", serde_json::json!({ "R${N}": as_fragment(&fragment) }));
        let resources_loop = serde_json::Value::Object([(key, members), ("Z".to_owned(), serde_json::json!({ "Type": "Z" }))].into_iter().collect());

        let expected = outcome(&template(resources.into(), conditions.into()));
        let found = outcome(&template(resources_loop, conditions_loop));
        // The order of the two differs where `serde_json` sorts keys.
        let sorted = |mut outcome: Outcome| { outcome.0.sort(); outcome.2.sort(); outcome.1.sort_by_key(|reference| (reference.path.to_string(), reference.targets.clone())); outcome };
        prop_assert_eq!(sorted(found), sorted(expected));
    }

    /// Whatever the list turns out to be, the resource under it is one that the representative allows.
    #[test]
    fn an_open_loop_allows_every_turn(body in value()) {
        let fragment = serde_json::json!({ "Type": "X", "Properties": { "P": body } });
        let looped = |list: serde_json::Value| {
            let mut text = template(
                serde_json::json!({ "Fn::ForEach::L": ["N", { "Ref": "List" }, { "R${N}": as_fragment(&fragment) }] }),
                serde_json::json!({ "Fn::ForEach::C": ["N", { "Ref": "List" }, { "Is${N}": { "Fn::Equals": [{ "Ref": "Env" }, { "Ref": "N" }] }, "C${N}": { "Fn::Equals": [{ "Ref": "N" }, "a"] } }] }),
            );
            text["Parameters"]["List"] = list;
            let source = Source::new("template.json", text.to_string());
            super::super::read(source.clone(), &json::parse(&source).unwrap(), &InputContext::default())
        };
        let open = looped(serde_json::json!({ "Type": "CommaDelimitedList" }));
        let closed = looped(serde_json::json!({ "Type": "CommaDelimitedList", "Default": "a" }));
        prop_assert!(open.resources[0].condition.is_some());
        let broken = closed.diagnostics.iter().chain(&open.diagnostics).any(|diagnostic| diagnostic.code.id != "CFN017");
        prop_assert!(
            broken || super::metamorphic::allows(open.resources[0].values.get("P"), closed.resources[0].values.get("P")),
            "{:?} does not allow {:?}",
            open.resources[0].values.get("P").map(show),
            closed.resources[0].values.get("P").map(show)
        );
    }

    /// Nothing under the transforms, however broken, can crash the reader or pass in silence.
    #[test]
    fn broken_fragments_are_reported(
        name in proptest::sample::select(vec!["Function", "Api", "HttpApi", "SimpleTable", "LayerVersion", "StateMachine", "Application", "Other"]),
        property in proptest::sample::select(vec!["Policies", "Events", "Role", "Tags", "VpcConfig", "Tracing", "DeadLetterQueue", "EventInvokeConfig", "FunctionUrlConfig", "CodeUri", "DefinitionUri", "Domain", "Auth", "PrimaryKey", "EndpointConfiguration", "StageName", "Location", "Definition", "ContentUri"]),
        inner in value(),
        globals in value(),
        collection in value(),
    ) {
        let text = serde_json::json!({
            "Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
            "Globals": { "Function": globals, "Api": { property: globals } },
            "Parameters": { "Given": { "Type": "String", "Default": "x" } },
            "Resources": {
                "Fn::ForEach::L": ["N", collection, { "R${N}": { "Type": format!("AWS::Serverless::{name}"), "Properties": { property: as_fragment(&inner) } } }],
                "S": { "Type": format!("AWS::Serverless::{name}"), "Properties": { property: inner } },
            },
        });
        let source = Source::new("template.json", text.to_string());
        let input = super::super::read(source.clone(), &json::parse(&source).unwrap(), &InputContext::default());
        diagnostics(&input);
        let mut ids: Vec<&str> = input.resources.iter().map(|resource| resource.id.as_str()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), count, "ids are unique");
        prop_assert!(ids.contains(&"S"));
    }
}
