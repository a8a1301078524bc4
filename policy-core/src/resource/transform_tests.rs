use serde_json::json;

use super::super::kind::TypeMap;
use super::*;

/// Applies the transform of a written attribute to values under `a`.
fn outcome(transform: &str, value_type: &str, value: Value, path: &str) -> Outcome {
    let text = format!(
        "version: 1\nsources: {{}}\nkinds:\n- kind: k\n  family: f\n  terraform: [aws_k]\n  cloudformation: []\n  attrs:\n  - {{name: a, type: {value_type}, terraform: {path}, transform: '{transform}', terraform_optional_computed: true}}\n"
    );
    let map = TypeMap::parse(&text).expect("a typemap");
    let spec = map
        .kind("k")
        .and_then(|kind| kind.attribute("a"))
        .expect("the attribute");
    let steps: Vec<Arc<str>> = path.split('.').map(Arc::from).collect();
    let root = Value::Map([("a".into(), value)].into());
    let place = Place {
        root: &root,
        steps: &steps,
        folding: Folding::Exact,
        satellite: false,
        element_default: None,
    };
    apply(spec, &place)
}

fn given(
    transform: &str,
    value_type: &str,
    json: serde_json::Value,
    path: &str,
) -> Option<serde_json::Value> {
    outcome(transform, value_type, Value::from(json), path)
        .given
        .map(|given| given.value.to_json())
}

#[test]
fn scalars() {
    for (transform, value_type, value, expected) in [
        ("eq:Enabled", "bool", json!("Enabled"), json!(true)),
        ("eq:Enabled", "bool", json!("Suspended"), json!(false)),
        ("eq:Enabled", "bool", json!(true), json!(true)),
        ("eq:ENABLED", "bool", json!("true"), json!(true)),
        ("present", "bool", json!("x"), json!(true)),
        ("present", "bool", json!(false), json!(false)),
        ("present", "bool", json!([]), json!(false)),
        ("nonempty", "bool", json!(["s"]), json!(true)),
        ("nonempty", "bool", json!([]), json!(false)),
        ("bool-to-state", "string", json!(true), json!("Enabled")),
        (
            "bool-to-state",
            "string",
            json!("PendingDeletion"),
            json!("PendingDeletion"),
        ),
        ("lower", "string", json!("ALLOW"), json!("allow")),
        (
            "acl-case",
            "string",
            json!("PublicReadWrite"),
            json!("public-read-write"),
        ),
        ("acl-case", "string", json!("public-read"), json!("public-read")),
        ("string-bool", "bool", json!("true"), json!(true)),
        ("int", "int", json!("5432"), json!(5432)),
        ("base64", "string", json!("aGVsbG8="), json!("hello")),
        ("base64", "string", json!("#!/bin/sh"), json!("#!/bin/sh")),
        ("list-or-csv", "refs", json!("a, b"), json!(["a", "b"])),
        ("list-or-csv", "refs", json!(["a"]), json!(["a"])),
        ("json", "json", json!("{\"a\": 1}"), json!({"a": 1})),
        (
            "json-pascal",
            "list",
            json!([{"ReadonlyRootFilesystem": true}]),
            json!([{"readonlyRootFilesystem": true}]),
        ),
        (
            "json-pascal",
            "list",
            json!("[{\"name\": \"x\"}]"),
            json!([{"name": "x"}]),
        ),
        (
            "kvattr:on",
            "bool",
            json!([{"Key": "off", "Value": "false"}, {"Key": "on", "Value": "true"}]),
            json!(true),
        ),
        ("kvattr:on", "bool", json!(true), json!(true)),
        (
            "param:ssl",
            "bool",
            json!([{"name": "ssl", "value": "1"}]),
            json!(true),
        ),
        (
            "param:ssl",
            "bool",
            json!([{"ParameterName": "ssl", "ParameterValue": "false"}]),
            json!(false),
        ),
        (
            "log:AUDIT_LOGS",
            "string",
            json!([{"log_type": "AUDIT_LOGS", "cloudwatch_log_group_arn": "g"}]),
            json!("g"),
        ),
        (
            "log:AUDIT_LOGS",
            "string",
            json!({"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": "g", "Enabled": true}}),
            json!("g"),
        ),
    ] {
        let value_text = value.to_string();
        assert_eq!(
            given(transform, value_type, value, "a"),
            Some(expected),
            "{transform} of {value_text}"
        );
    }
}

#[test]
fn what_says_nothing_is_nothing() {
    for (transform, value_type, value) in [
        ("zero-is-never", "int", json!(0)),
        ("kvattr:on", "bool", json!([{"Key": "off", "Value": "false"}])),
        (
            "log:AUDIT_LOGS",
            "string",
            json!({"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": "g", "Enabled": false}}),
        ),
        (
            "log:AUDIT_LOGS",
            "string",
            json!([{"log_type": "ES_APPLICATION_LOGS", "cloudwatch_log_group_arn": "g"}]),
        ),
        ("same", "string", json!(null)),
        ("policy", "policy", json!("")),
        ("same", "string", json!("")),
        ("same", "ref", json!("")),
    ] {
        let value_text = value.to_string();
        assert_eq!(
            given(transform, value_type, value, "a"),
            None,
            "{transform} of {value_text}"
        );
    }
}

#[test]
fn lists() {
    let blocks = json!([{"x": true, "n": 7}, {"n": 3}]);
    assert_eq!(given("any", "bool", blocks.clone(), "a.x"), Some(json!(true)));
    assert_eq!(given("all", "bool", blocks.clone(), "a.x"), Some(json!(false)));
    assert_eq!(given("each-min", "int", blocks.clone(), "a.n"), Some(json!(3)));
    assert_eq!(given("each", "int", blocks.clone(), "a.n"), Some(json!([7, 3])));
    assert_eq!(
        given("each", "string", json!([{"x": "s"}, {}]), "a.x"),
        Some(json!(["s", null]))
    );
    assert_eq!(given("first", "bool", blocks, "a.x"), Some(json!(true)));
    assert_eq!(given("each", "string", json!([]), "a.x"), None);
    assert_eq!(
        given("flatten", "list", json!([{"x": ["p", "q"]}, {"x": ["r"]}]), "a.x"),
        Some(json!(["p", "q", "r"]))
    );
    assert_eq!(
        given(
            "kvlist:on",
            "string",
            json!([{"name": "on", "value": "v"}]),
            "a.value"
        ),
        Some(json!("v"))
    );
    assert_eq!(
        given("each-lower", "string", json!([{"x": "HTTP"}]), "a.x"),
        Some(json!(["http"]))
    );
}

#[test]
fn an_element_without_the_key_leaves_each_boolean_open() {
    let outcome = outcome("each", "bool", Value::from(json!([{"x": true}, {}])), "a.x");
    let given = outcome.given.expect("a list");
    assert!(given.silent);
    let items = given.value.as_list().expect("a list").to_vec();
    assert_eq!(items[0], Value::Bool(true));
    assert_eq!(
        items[1].as_unknown().and_then(|unknown| unknown.domain.clone()),
        Some(Domain::Bool)
    );
}

#[test]
fn places_that_disagree_are_unknown() {
    let outcome = outcome(
        "same",
        "string",
        Value::from(json!([{"x": "p"}, {"x": "q"}])),
        "a.x",
    );
    let reason = outcome
        .given
        .and_then(|given| given.value.as_unknown().map(|unknown| unknown.reason));
    assert_eq!(reason, Some(UnknownReason::Expression));
}

#[test]
fn domains_are_converted_with_the_value() {
    let statuses = ["Enabled", "Suspended"].map(Value::from).to_vec();
    let unknown = Unknown::new(UnknownReason::Parameter).with_domain(Domain::AnyOf(statuses));
    let read = outcome("eq:Enabled", "bool", unknown.into(), "a")
        .given
        .expect("an unknown");
    let domain = read.value.as_unknown().and_then(|unknown| unknown.domain.clone());
    assert_eq!(domain, Some(Domain::AnyOf(vec![true.into(), false.into()])));
}

#[test]
fn an_unknown_that_is_certainly_there_is_present() {
    let there = Unknown::new(UnknownReason::Reference).non_null();
    // A boolean attribute may be there and false.
    let read = outcome("present", "bool", there.into(), "a")
        .given
        .expect("an unknown");
    assert_eq!(
        read.value.as_unknown().and_then(|unknown| unknown.domain.clone()),
        Some(Domain::Bool)
    );
}

#[test]
fn years_are_days() {
    assert_eq!(
        given("years-to-days", "int", json!([{"years": 2}]), "a.days"),
        Some(json!(730))
    );
    assert_eq!(
        given(
            "years-to-days",
            "int",
            json!([{"days": 10, "years": null}]),
            "a.days"
        ),
        Some(json!(10))
    );
    assert_eq!(
        given("years-to-days", "int", json!({"Years": "1"}), "a.Days"),
        Some(json!(365))
    );
}

#[test]
fn only_the_usual_root_device_names_are_recognised() {
    let devices = |name: &str| json!([{"DeviceName": "/dev/sdz", "Ebs": {"Encrypted": false}}, {"DeviceName": name, "Ebs": {"Encrypted": "true"}}]);
    let root = |json: serde_json::Value| {
        let map = TypeMap::builtin();
        let spec = map
            .kind("ec2_instance")
            .and_then(|kind| kind.attribute("root_volume_encrypted"))
            .expect("it");
        let root = Value::from(json!({"BlockDeviceMappings": json}));
        let steps: Vec<Arc<str>> = "BlockDeviceMappings.Ebs.Encrypted"
            .split('.')
            .map(Arc::from)
            .collect();
        let place = Place {
            root: &root,
            steps: &steps,
            folding: Folding::Exact,
            satellite: false,
            element_default: None,
        };
        apply(spec, &place).given.map(|given| given.value)
    };
    assert_eq!(root(devices("/dev/xvda")), Some(Value::Bool(true)));
    assert_eq!(root(devices("/dev/sdb")), None);
}

#[test]
fn secrets_are_marked() {
    let read = outcome("redact", "map", Value::from(json!({"TOKEN": "s"})), "a")
        .given
        .expect("a map");
    assert!(read.value.has_sensitive());
}

#[test]
fn a_plain_argument_is_never_taken_for_computed() {
    // `a` is optional and computed in these tests; a reader that is wrong about it costs an unknown, no pass.
    let computed: Value = Unknown::new(UnknownReason::ComputedDefault).into();
    assert!(outcome("same", "bool", computed, "a").given.is_none());
}

#[test]
fn the_list_of_transforms_is_closed() {
    for text in ["", "magic", "eq", "eq:", "first:x", "relation", "kvattr:"] {
        assert_eq!(Transform::parse(text), None, "{text}");
    }
}

#[test]
fn parameters_are_found_in_lists_and_objects() {
    let found = |value: serde_json::Value| given("param:rds.force_ssl", "bool", value, "a");
    assert_eq!(
        found(json!([{"name": "rds.force_ssl", "value": "1"}])),
        Some(json!(true))
    );
    assert_eq!(
        found(json!([{"ParameterName": "rds.force_ssl", "ParameterValue": "0"}])),
        Some(json!(false))
    );
    assert_eq!(found(json!({"rds.force_ssl": "ON"})), Some(json!(true)));
    assert_eq!(found(json!({"log_connections": "1"})), None);
    let open = Value::Map(
        [(
            "rds.force_ssl".into(),
            Unknown::new(UnknownReason::Parameter).into(),
        )]
        .into(),
    );
    let outcome = outcome("param:rds.force_ssl", "bool", open, "a");
    assert!(
        outcome
            .given
            .is_some_and(|given| given.value.as_unknown().is_some())
    );
}

#[test]
fn methods_of_an_api_have_one_form() {
    let paths = |json| given("method-paths", "list", json, "a");
    assert_eq!(paths(json!("*/*")), Some(json!(["*/*"])));
    assert_eq!(
        paths(json!([
            {"ResourcePath": "/*", "HttpMethod": "*"},
            {"ResourcePath": "/*", "HttpMethod": "GET"},
            {"ResourcePath": "/~1orders~1open", "HttpMethod": "PUT"},
            {"ResourcePath": "/*"},
        ])),
        Some(json!(["*/*", "*/GET", "orders/open/PUT", ""]))
    );
    assert_eq!(paths(json!("orders/open/PUT")), Some(json!(["orders/open/PUT"])));
}
