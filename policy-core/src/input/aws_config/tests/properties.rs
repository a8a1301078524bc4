//! What holds for every document.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        "[a-z{\\[\"]{0,6}".prop_map(Json::from),
        any::<i32>().prop_map(Json::from)
    ];
    let key = prop_oneof![
        Just("configuration".to_owned()),
        Just("supplementaryConfiguration".to_owned()),
        Just("resourceType".to_owned()),
        Just("resourceId".to_owned()),
        Just("configurationItems".to_owned()),
        Just("invokingEvent".to_owned()),
        Just("relationships".to_owned()),
        Just("tags".to_owned()),
        Just("configuration.a.b".to_owned()),
        Just("configuration.a".to_owned()),
        Just("Results".to_owned()),
        Just("QueryInfo".to_owned()),
        "[a-z.]{0,4}",
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_document_is_left_without_a_word(json in any_json()) {
        let source = Source::new("x.json", json.to_string());
        let root = json_text::parse(&source).unwrap();
        if recognise_config(&root) {
            let input = read(source, &root, &InputContext::default());
            prop_assert!(!input.resources.is_empty() || !input.diagnostics.is_empty());
            for resource in &input.resources {
                prop_assert!(resource.values.as_map().is_some());
            }
        }
    }

    #[test]
    fn a_row_is_never_closed(columns in prop::collection::btree_map("configuration(\\.[ab]){1,3}", any::<bool>(), 0..4), asked in "[ab](\\.[ab]){0,3}\\.c") {
        let mut row = json!({"resourceId": "vol-1", "resourceType": "AWS::EC2::Volume"});
        row.as_object_mut().unwrap().extend(columns.into_iter().map(|(name, value)| (name, value.into())));
        let input = load_json(&json!([row]));
        let seen = at(&input.resources[0], &format!("configuration.{asked}"));
        // Below a scalar there is nothing; everywhere else nobody asked.
        prop_assert!(seen == "?not_recorded" || seen == "absent" && row_has_scalar(&input.resources[0].values, &asked), "{}", seen);
    }

    #[test]
    fn the_order_of_a_history_does_not_matter(order in Just(vec![1, 2, 3, 4, 5]).prop_shuffle()) {
        let items: Vec<Json> = order.iter().map(|state| item(json!({"configurationStateId": state, "configuration": {"size": state}}))).collect();
        let input = load_json(&snapshot(&items));
        prop_assert_eq!(at(&input.resources[0], "configuration.size"), "5");
        prop_assert_eq!(input.resources.len(), 1);
    }
}

fn row_has_scalar(values: &Value, asked: &str) -> bool {
    let mut value = values.get("configuration");
    for step in asked.split('.') {
        match value {
            Some(Value::Bool(_)) => return true,
            Some(other) => value = other.get(step),
            None => return false,
        }
    }
    false
}
