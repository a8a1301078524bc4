//! Outcomes on documents with unknowns, case by case.

use super::input_document::InputDocument;
use super::unknown::{Decision, decide};
use crate::rule::Outcome;
use crate::rule::rego::run_on_big_stack;
use crate::rule::rego::testing::{document, loaded};
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

const LIBRARY: &str = "package lib.iam\n\n\
    admin(s) if {\n\ts.Effect == \"Allow\"\n\tsome a in s.Action\n\ta in {\"*\", \"*:*\"}\n\t\"*\" in s.Resource\n}\n";

fn decide_value(body: &str, value: Value, unverified: &[&str]) -> Decision {
    let (set, id) = loaded(body, r#"{"ports": [22]}"#, &[LIBRARY]);
    let unverified = unverified
        .iter()
        .map(|path| AttributePath::parse(path).unwrap())
        .collect();
    let document = InputDocument { value, unverified };
    run_on_big_stack(|| decide(&mut set.worker(), &id, &document))
}

/// Decides `body` on a resource of these attributes; see `document` for how unknowns are written.
fn on(body: &str, attributes: &str) -> Decision {
    decide_value(body, document(&format!(r#"{{"resource": {attributes}}}"#)), &[])
}

#[track_caller]
fn expect(body: &str, attributes: &str, outcome: Outcome) -> Decision {
    let decision = on(body, attributes);
    assert_eq!(decision.outcome, outcome, "{body}\n{attributes}\n{decision:?}");
    assert_eq!(
        decision.outcome == Outcome::Unknown,
        !decision.unknowns.is_empty()
    );
    assert_eq!(decision.outcome == Outcome::Fail, !decision.violations.is_empty());
    decision
}

const ENCRYPTED: &str =
    "deny contains {\"path\": \"encrypted\", \"expected\": \"true\"} if not input.resource.encrypted";

#[test]
fn what_is_not_read_does_not_matter() {
    expect(
        ENCRYPTED,
        r#"{"encrypted": true, "arn": "?", "tags": "?"}"#,
        Outcome::Pass,
    );
    expect(ENCRYPTED, r#"{"arn": "?"}"#, Outcome::Fail);
}

#[test]
fn a_read_boolean_is_unknown_until_it_cannot_matter() {
    let decision = expect(ENCRYPTED, r#"{"encrypted": "?bool"}"#, Outcome::Unknown);
    assert_eq!(decision.unknowns[0].attribute().to_string(), "encrypted");
    let prod =
        "deny contains \"m\" if { not input.resource.encrypted; input.resource.environment == \"prod\" }";
    expect(
        prod,
        r#"{"encrypted": "?bool", "environment": "dev"}"#,
        Outcome::Pass,
    );
    expect(
        prod,
        r#"{"encrypted": "?bool", "environment": "prod"}"#,
        Outcome::Unknown,
    );
    let either = "deny contains \"a\" if input.resource.x\n\ndeny contains \"b\" if not input.resource.x";
    expect(either, r#"{"x": "?bool"}"#, Outcome::Fail);
}

#[test]
fn a_reference_is_there() {
    let key = "deny contains \"m\" if not input.resource.kms_key_id";
    expect(key, r#"{"kms_key_id": "?id"}"#, Outcome::Pass);
    expect(key, r#"{"kms_key_id": "?"}"#, Outcome::Unknown);
    let managed = "deny contains \"m\" if input.resource.kms_key_id == \"alias/aws/s3\"";
    expect(managed, r#"{"kms_key_id": "?id"}"#, Outcome::Unknown);
    let null = "deny contains \"m\" if is_null(input.resource.kms_key_id)";
    expect(null, r#"{"kms_key_id": "?id"}"#, Outcome::Pass);
}

#[test]
fn false_is_a_value_where_a_name_is_not_certain() {
    let nested = "deny contains \"m\" if { some e in input.resource.l; not e.on }";
    let value = Unknown::new(UnknownReason::Variable).non_null();
    let list = Value::List(vec![Value::Map([("on".into(), value.into())].into())]);
    let resource = Value::Map([("l".into(), list)].into());
    let decision = decide_value(nested, Value::Map([("resource".into(), resource)].into()), &[]);
    assert_eq!(decision.outcome, Outcome::Unknown);
}

#[test]
fn numbers_are_tried_on_both_sides_of_a_constant() {
    let retention = "deny contains \"m\" if input.resource.days < 7";
    expect(retention, r#"{"days": "?"}"#, Outcome::Unknown);
    let both =
        "deny contains \"a\" if input.resource.days < 7\n\ndeny contains \"b\" if input.resource.days >= 7";
    expect(both, r#"{"days": "?id"}"#, Outcome::Fail);
    // An unknown that may be absent is neither.
    expect(both, r#"{"days": "?"}"#, Outcome::Unknown);
    let between =
        "deny contains \"m\" if { input.resource.days > 1; input.resource.days < 2; input.resource.never }";
    expect(between, r#"{"days": "?"}"#, Outcome::Pass);
}

#[test]
fn membership_in_a_list_with_unknown_elements() {
    let rule = "deny contains \"m\" if \"*\" in input.resource.l";
    expect(rule, r#"{"l": ["a", "?id"]}"#, Outcome::Unknown);
    expect(rule, r#"{"l": ["*", "?id"]}"#, Outcome::Fail);
    expect(rule, r#"{"l": ["a"]}"#, Outcome::Pass);
    let admin = "import data.lib.iam\n\ndeny contains {\"path\": sprintf(\"statements[%d]\", [i])} if {\n\
                 \tsome i, s in input.resource.statements\n\tiam.admin(s)\n}";
    // Which of many unknown elements is the star does not matter: two tries, not two to the tenth.
    let many = ["\"?id\""; 10].join(",");
    let statement = |action: &str, resources: &str| {
        format!(r#"{{"Effect": "Allow", "Action": ["{action}"], "Resource": [{resources}]}}"#)
    };
    let small = statement("s3:Get", &many);
    let large = statement("*", &many);
    expect(admin, &format!(r#"{{"statements": [{small}]}}"#), Outcome::Pass);
    expect(
        admin,
        &format!(r#"{{"statements": [{large}]}}"#),
        Outcome::Unknown,
    );
    // Twelve statements with unknowns are decided one by one.
    let statements = vec![small.clone(); 12].join(",");
    expect(
        admin,
        &format!(r#"{{"statements": [{statements}]}}"#),
        Outcome::Pass,
    );
    let star = statement("*", r#""*""#);
    let decision = expect(
        admin,
        &format!(r#"{{"statements": [{statements}, {large}, {star}]}}"#),
        Outcome::Fail,
    );
    let paths: Vec<String> = decision
        .violations
        .iter()
        .map(|found| found.paths[0].to_string())
        .collect();
    assert_eq!(
        paths,
        ["statements[13]"],
        "the position is the one in the whole list"
    );
    let decision = expect(
        admin,
        &format!(r#"{{"statements": [{statements}, {large}]}}"#),
        Outcome::Unknown,
    );
    assert!(
        decision
            .unknowns
            .iter()
            .any(|read| read.path.to_string() == "resource.statements[12].Resource[0]")
    );
}

#[test]
fn definitions_are_decided_one_by_one() {
    let rule = "deny contains {\"path\": \"a\"} if not input.resource.a\n\n\
                deny contains {\"path\": \"b\"} if startswith(input.resource.b, \"x\")";
    expect(rule, r#"{"a": false, "b": "?"}"#, Outcome::Fail);
    let decision = expect(rule, r#"{"a": true, "b": "?"}"#, Outcome::Unknown);
    assert_eq!(decision.unknowns.len(), 1);
    // Nine booleans are too many for all at once, not one at a time.
    let nine: String = (0..9)
        .map(|n| format!("deny contains \"{n}\" if {{ input.resource.x{n}; input.resource.never }}\n"))
        .collect();
    let unknowns: Vec<String> = (0..9).map(|n| format!(r#""x{n}": "?bool""#)).collect();
    expect(&nine, &format!("{{{}}}", unknowns.join(",")), Outcome::Pass);
}

#[test]
fn what_violations_say_does_not_depend_on_the_unknown() {
    let rule = "deny contains {\"path\": \"a\", \"actual\": input.resource.b, \"expected\": \"x\"} if {\n\
                \tnot input.resource.a\n\tinput.resource.b\n}";
    let decision = expect(rule, r#"{"b": "?id"}"#, Outcome::Fail);
    assert_eq!(decision.violations[0].actual, Some("(known after apply)".into()));
    let rule = "deny contains {\"path\": \"a\", \"actual\": input.resource.b} if not input.resource.b == \"q\"\n\n\
                deny contains {\"path\": \"a\"} if input.resource.b == \"q\"";
    let decision = expect(rule, r#"{"b": "?id"}"#, Outcome::Fail);
    assert_eq!(
        (
            decision.violations[0].paths[0].to_string().as_str(),
            &decision.violations[0].actual
        ),
        ("a", &None)
    );
}

#[test]
fn an_unknown_in_the_message_does_not_swallow_the_violation_silently() {
    let rule = "deny contains {\"message\": sprintf(\"%s\", [input.resource.name2])} if not input.resource.a";
    expect(rule, r#"{"name2": "?id"}"#, Outcome::Fail);
    expect(rule, r#"{"name2": "?"}"#, Outcome::Unknown);
}

#[test]
fn counting_a_list_with_unknown_elements() {
    let rule = "deny contains \"m\" if count(input.resource.l) > 1";
    expect(rule, r#"{"l": ["?id", "?"]}"#, Outcome::Fail);
    expect(rule, r#"{"l": "?"}"#, Outcome::Unknown);
    // A condition may take the element out.
    let maybe: Value = Unknown::new(UnknownReason::Condition).into();
    let resource = Value::Map([("l".into(), Value::List(vec![maybe, 1.into()]))].into());
    let decision = decide_value(rule, Value::Map([("resource".into(), resource)].into()), &[]);
    assert_eq!(decision.outcome, Outcome::Unknown);
    let tags = "deny contains \"m\" if count(input.resource.tags) == 0";
    expect(tags, r#"{"tags": {"Owner": "?id"}}"#, Outcome::Pass);
    expect(tags, r#"{"tags": {"Owner": "?"}}"#, Outcome::Unknown);
    expect(tags, r#"{"tags": {"Owner": "?", "Env": "prod"}}"#, Outcome::Pass);
}

#[test]
fn domains_are_tried_whatever_the_rule_does() {
    let of = |values: Vec<Value>| -> Value {
        let unknown = Unknown::new(UnknownReason::Parameter)
            .non_null()
            .with_domain(Domain::AnyOf(values));
        Value::Map(
            [(
                "resource".into(),
                Value::Map([("a".into(), unknown.into())].into()),
            )]
            .into(),
        )
    };
    let rule = "deny contains \"m\" if startswith(input.resource.a, \"db.t\")";
    let outcome = |values: Vec<Value>| decide_value(rule, of(values), &[]).outcome;
    assert_eq!(outcome(vec!["db.t3".into(), "db.t4".into()]), Outcome::Fail);
    assert_eq!(outcome(vec!["db.m5".into()]), Outcome::Pass);
    assert_eq!(outcome(vec!["db.m5".into(), "db.t3".into()]), Outcome::Unknown);
    assert_eq!(
        outcome(vec!["db.t3".into(), Value::Null]),
        Outcome::Unknown,
        "null is absence"
    );
    assert_eq!(
        outcome(vec!["db.t3".into(), 7.into()]),
        Outcome::Error,
        "an error in one completion is an error"
    );
    // Branches of a condition may hold unknowns themselves.
    let branch = Value::Map(
        [(
            "x".into(),
            Unknown::new(UnknownReason::Reference).non_null().into(),
        )]
        .into(),
    );
    let nested = "deny contains \"m\" if not input.resource.a.x";
    assert_eq!(
        decide_value(nested, of(vec![branch.clone()]), &[]).outcome,
        Outcome::Pass
    );
    assert_eq!(
        decide_value(nested, of(vec![branch, "none".into()]), &[]).outcome,
        Outcome::Unknown
    );
}

#[test]
fn too_many_unknowns_are_unknown() {
    let seven: Vec<String> = (0..7).map(|n| format!("input.resource.x{n}")).collect();
    let rule = format!(
        "deny contains \"m\" if {{ {}; input.resource.never }}",
        seven.join("; ")
    );
    let unknowns: Vec<String> = (0..7).map(|n| format!(r#""x{n}": "?bool""#)).collect();
    expect(&rule, &format!("{{{}}}", unknowns.join(",")), Outcome::Unknown);
}

#[test]
fn an_unverified_default_does_not_pass() {
    let value = || document(r#"{"resource": {"encrypted": true, "other": false}}"#);
    assert_eq!(decide_value(ENCRYPTED, value(), &[]).outcome, Outcome::Pass);
    let decision = decide_value(ENCRYPTED, value(), &["resource.encrypted"]);
    assert_eq!(decision.outcome, Outcome::Unknown);
    assert_eq!(
        decision.unknowns[0].unknown.reason,
        UnknownReason::UnverifiedDefault
    );
    assert_eq!(
        decide_value(ENCRYPTED, value(), &["resource.other"]).outcome,
        Outcome::Pass,
        "it is not read"
    );
    let fails = document(r#"{"resource": {"encrypted": false}}"#);
    assert_eq!(
        decide_value(ENCRYPTED, fails, &["resource.encrypted"]).outcome,
        Outcome::Fail
    );
    // Absence may be an unverified default too.
    let public = "deny contains \"m\" if input.resource.public";
    let decision = decide_value(public, document(r#"{"resource": {}}"#), &["resource.public"]);
    assert_eq!(decision.outcome, Outcome::Unknown);
}

#[test]
fn errors_stay_errors() {
    let rule = "deny contains \"m\" if to_number(input.resource.a) > 1";
    expect(rule, r#"{"a": "x"}"#, Outcome::Error);
    let wrong = on("deny contains 1 if not input.resource.a", r#"{"a": "?bool"}"#);
    assert_eq!(wrong.outcome, Outcome::Error);
    let (set, _) = loaded("deny contains \"m\"", "{}", &[]);
    let other = crate::control::ControlId::new("T-999").unwrap();
    let document = InputDocument {
        value: document("{}"),
        unverified: Vec::new(),
    };
    let missing = run_on_big_stack(|| decide(&mut set.worker(), &other, &document));
    assert_eq!(missing.outcome, Outcome::Error);
}

#[test]
fn warnings_do_not_change_the_outcome() {
    let rule = "deny contains \"m\" if not input.resource.a\n\nwarn contains \"w\" if input.resource.w";
    assert_eq!(
        expect(rule, r#"{"a": true, "w": true}"#, Outcome::Pass)
            .warnings
            .len(),
        1
    );
    assert!(
        expect(rule, r#"{"a": true, "w": "?bool"}"#, Outcome::Pass)
            .warnings
            .is_empty()
    );
    assert_eq!(
        expect(rule, r#"{"a": false, "w": "?id"}"#, Outcome::Fail)
            .warnings
            .len(),
        1
    );
}

#[test]
fn an_inventory_is_decided_like_a_resource() {
    let rule = "deny contains {\"resource\": t.id, \"path\": \"is_logging\"} if {\n\tsome t in input.resources\n\tnot t.is_logging\n}\n\n\
                deny contains {\"expected\": \"one\"} if not any_logs\n\n\
                any_logs if {\n\tsome t in input.resources\n\tt.is_logging\n}";
    let of = |json: &str| decide_value(rule, document(json), &[]);
    let failing =
        of(r#"{"resources": [{"id": "a", "is_logging": "?bool"}, {"id": "b", "is_logging": false}]}"#);
    assert_eq!(failing.outcome, Outcome::Fail);
    assert_eq!(failing.violations[0].resource.as_deref(), Some("b"));
    let open = of(r#"{"resources": [{"id": "a", "is_logging": "?bool"}]}"#);
    assert_eq!(open.outcome, Outcome::Unknown, "{open:?}");
    assert_eq!(of(r#"{"resources": []}"#).outcome, Outcome::Fail);
    assert_eq!(
        of(r#"{"resources": [{"id": "a", "is_logging": true}]}"#).outcome,
        Outcome::Pass
    );
}
