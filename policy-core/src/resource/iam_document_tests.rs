use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::value::Domain;

fn normal(json: serde_json::Value) -> serde_json::Value {
    normalize(Value::from(json)).expect("a document").to_json()
}

#[test]
fn one_form_for_every_spelling() {
    let expected = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "S", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"], "Principal": {"AWS": ["*"]}}]});
    for document in [
        json!({"Version": "2012-10-17", "Statement": {"Sid": "S", "Effect": "allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}}),
        json!({"version": "2012-10-17", "statement": [{"sid": "S", "effect": "Allow", "action": ["s3:*"], "resource": ["*"], "principal": {"AWS": "*"}}]}),
    ] {
        assert_eq!(normal(document.clone()), expected);
        assert_eq!(normal(json!(document.to_string())), expected);
    }
    let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    assert_eq!(
        normal(json!(encoded)),
        json!({"Version": "2012-10-17", "Statement": []})
    );
}

#[test]
fn a_percent_sign_inside_a_document_is_not_decoded() {
    let text = r#"{"Statement": {"Effect": "Deny", "NotAction": "a:%20b", "NotResource": ["x"]}}"#;
    assert_eq!(
        normal(json!(text))["Statement"][0]["NotAction"],
        json!(["a:%20b"])
    );
}

#[test]
fn account_ids_without_quotes_are_texts() {
    let document =
        json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": 111122223333_u64}, "Action": "*"}});
    assert_eq!(
        normal(document)["Statement"][0]["Principal"],
        json!({"AWS": ["111122223333"]})
    );
}

#[test]
fn unknown_parts_stay_at_their_place() {
    let hole: Value = Unknown::new(UnknownReason::Reference).into();
    let statement = Map::from([
        ("Effect".into(), "Allow".into()),
        ("Action".into(), hole.clone()),
        ("Resource".into(), Value::List(vec!["a".into(), hole.clone()])),
    ]);
    let document = Value::Map(Map::from([("Statement".into(), Value::Map(statement))]));
    let normal = normalize(document).expect("a document");
    let statement = normal
        .get("Statement")
        .and_then(Value::as_list)
        .and_then(<[Value]>::first)
        .cloned()
        .expect("one");
    assert_eq!(statement.get("Action"), Some(&Value::List(vec![hole.clone()])));
    assert_eq!(
        statement.get("Resource"),
        Some(&Value::List(vec!["a".into(), hole.clone()]))
    );
    assert_eq!(normalize(hole.clone()), Ok(hole));
}

#[test]
fn what_is_no_document_is_a_problem() {
    assert!(matches!(normalize("{".into()), Err(DocumentProblem::Json(_))));
    assert!(matches!(
        normalize("[1]".into()),
        Err(DocumentProblem::Shape("a list"))
    ));
    assert!(matches!(
        normalize(true.into()),
        Err(DocumentProblem::Shape("a boolean"))
    ));
    let statement = Value::from(json!({"Statement": ["x"]}));
    assert!(matches!(
        normalize(statement),
        Err(DocumentProblem::Element {
            element: "Statement",
            found: "a text"
        })
    ));
    assert_eq!(normalize(" ".into()), Ok(Value::Null));
}

#[test]
fn statements_override_by_sid() {
    let source = |effect: &str| {
        json!({"Statement": [{"Sid": "A", "Effect": effect, "Action": "a:*", "Resource": "*"}]}).to_string()
    };
    let values = Value::from(json!({
        "source_policy_documents": [source("Allow")],
        "statement": [{"sid": "B", "actions": ["b:*"], "resources": ["*"]}],
        "override_policy_documents": [source("Deny")]}));
    let document = from_data_source(&values).expect("a document").to_json();
    let sids: Vec<(&str, &str)> = document["Statement"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|statement| {
            (
                statement["Sid"].as_str().expect("a sid"),
                statement["Effect"].as_str().expect("an effect"),
            )
        })
        .collect();
    assert_eq!(sids, [("B", "Allow"), ("A", "Deny")]);
}

#[test]
fn an_unknown_base_document_is_an_unknown_statement() {
    let values = Map::from([
        (
            "statement".into(),
            Value::from(json!([{"actions": ["a:*"], "resources": ["*"]}])),
        ),
        (
            "source_policy_documents".into(),
            Unknown::new(UnknownReason::Reference).into(),
        ),
    ]);
    let document = from_data_source(&Value::Map(values)).expect("a document");
    let list = statements_of(&document)
        .as_list()
        .map(<[Value]>::to_vec)
        .expect("a list");
    assert_eq!(
        list.iter()
            .filter(|statement| statement.as_unknown().is_some())
            .count(),
        1
    );
    assert_eq!(list.len(), 2);
}

fn scalar_or_list() -> impl Strategy<Value = serde_json::Value> {
    let text = prop::sample::select(vec!["*", "s3:*", "iam:PassRole"]);
    prop_oneof![
        text.clone().prop_map(|text| json!(text)),
        prop::collection::vec(text, 0..3).prop_map(|texts| json!(texts)),
        Just(json!(null)),
    ]
}

fn any_statement() -> impl Strategy<Value = serde_json::Value> {
    let key = prop::sample::select(vec![
        "Action",
        "action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "Sid",
        "Effect",
        "Condition",
    ]);
    prop::collection::vec((key, scalar_or_list()), 0..6).prop_map(|members| {
        let members = members
            .into_iter()
            .filter(|(key, value)| *key != "Principal" || value.is_string());
        serde_json::Value::Object(members.map(|(key, value)| (key.to_owned(), value)).collect())
    })
}

proptest! {
    #[test]
    fn normalising_twice_is_normalising_once(statements in prop::collection::vec(any_statement(), 0..4), single in any::<bool>()) {
        let statement = match (single, statements.first()) {
            (true, Some(first)) => first.clone(),
            _ => json!(statements),
        };
        let once = normalize(Value::from(json!({"Statement": statement}))).expect("a document");
        prop_assert_eq!(normalize(once.clone()), Ok(once));
    }

    #[test]
    fn text_and_object_mean_the_same(statements in prop::collection::vec(any_statement(), 0..4)) {
        let document = json!({"Statement": statements});
        prop_assert_eq!(normalize(Value::from(document.to_string())), normalize(Value::from(document)));
    }
}

fn one_of(values: serde_json::Value) -> Value {
    let values = values
        .as_array()
        .expect("a list")
        .iter()
        .cloned()
        .map(Value::from)
        .collect();
    Unknown::new(UnknownReason::Condition)
        .with_domain(Domain::AnyOf(values))
        .into()
}

fn domain(value: Option<&Value>) -> Option<serde_json::Value> {
    match value
        .and_then(Value::as_unknown)
        .and_then(|unknown| unknown.domain.clone())
    {
        Some(Domain::AnyOf(values)) => Some(values.iter().map(Value::to_json).collect()),
        _ => None,
    }
}

/// A rule is run on what an unknown can be; a value in another form than the rule expects would pass it by accident.
#[test]
fn what_an_unknown_can_be_is_in_normal_form_too() {
    let statement = json!({"Effect": "allow", "Action": "*", "Resource": "*"});
    let normal = json!({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]});
    let document = normalize(one_of(json!([{"Statement": statement}, null]))).expect("a document");
    assert_eq!(
        domain(Some(&document)),
        Some(json!([{"Statement": [normal]}, null]))
    );

    let map = Map::from([(
        "Statement".into(),
        Value::List(vec![one_of(json!([statement, null]))]),
    )]);
    let document = normalize(Value::Map(map)).expect("a document");
    let element = document
        .get("Statement")
        .and_then(Value::as_list)
        .and_then(<[Value]>::first)
        .cloned();
    assert_eq!(domain(element.as_ref()), Some(json!([normal, null])));

    let parts = Map::from([
        ("Effect".into(), one_of(json!(["allow", "DENY"]))),
        ("Action".into(), one_of(json!(["*", ["s3:*"]]))),
        (
            "Principal".into(),
            one_of(json!(["*", {"Service": "ec2.amazonaws.com"}])),
        ),
    ]);
    let map = Map::from([("Statement".into(), Value::Map(parts))]);
    let document = normalize(Value::Map(map)).expect("a document");
    let element = document
        .get("Statement")
        .and_then(Value::as_list)
        .and_then(<[Value]>::first)
        .cloned()
        .expect("one");
    assert_eq!(domain(element.get("Effect")), Some(json!(["Allow", "Deny"])));
    assert_eq!(domain(element.get("Action")), Some(json!([["*"], ["s3:*"]])));
    assert_eq!(
        domain(element.get("Principal")),
        Some(json!([{"AWS": ["*"]}, {"Service": ["ec2.amazonaws.com"]}]))
    );
    // What cannot be read is anything.
    let odd = normalize(one_of(json!([[1], {"Statement": []}]))).expect("an unknown");
    assert_eq!(domain(Some(&odd)), None);
}

#[test]
fn a_principal_that_is_a_text_put_together_is_one_principal() {
    let arn = Unknown::new(UnknownReason::DataSource).with_text([
        crate::value::TextPart::Known("arn:aws:iam::".into()),
        crate::value::TextPart::Identity,
        crate::value::TextPart::Known(":root".into()),
    ]);
    let statement = |principal: Unknown| {
        let statement = Map::from([
            (Arc::from("Effect"), Value::from("Allow")),
            (Arc::from("Principal"), Value::from(principal)),
        ]);
        let document = Map::from([(Arc::from("Statement"), Value::Map(statement))]);
        let normal = normalize(Value::Map(document)).expect("a document");
        normal.get("Statement").and_then(Value::as_list).unwrap()[0]
            .get("Principal")
            .cloned()
            .unwrap()
    };
    let names = statement(arn);
    let names = names.get("AWS").and_then(Value::as_list).expect("a list");
    assert!(matches!(names, [name] if name.as_unknown().is_some()));
    // Of any other shape it may be an object.
    assert!(
        statement(Unknown::new(UnknownReason::Variable))
            .as_unknown()
            .is_some()
    );
}
