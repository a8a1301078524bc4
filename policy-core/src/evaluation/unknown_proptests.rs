//! Decisions against brute force: no completion contradicts a decided outcome.
//!
//! Rules and documents are generated; unknowns are completed with values that the decision procedure knows nothing of.

use proptest::prelude::*;

use super::completion::Verdict;
use super::input_document::{InputDocument, read_part};
use super::unknown::{Decision, clause_outcomes, decide, decide_in_parts};
use crate::control::ControlId;
use crate::rule::Outcome;
use crate::rule::rego::testing::{document, loaded};
use crate::rule::rego::{RuleSet, Worker, run_on_big_stack};
use crate::value::{AttributePath, Domain, Step, Unknown, UnknownReason, Value};

const LIBRARY: &str = "package lib.t\n\n\
    is_x(v) if v == \"x\"\n\
    is_x(v) if v > 3\n\n\
    has(l, c) if c in l\n\n\
    level(e) := \"high\" if e.x\nelse := \"low\" if e.y\n";

/// A condition on the scalar `p`.
fn scalar_test(p: &'static str) -> impl Strategy<Value = String> {
    let constant = prop_oneof![
        Just("\"x\""),
        Just("1"),
        Just("3"),
        Just("true"),
        Just("false"),
        Just("\"y\"")
    ];
    let operator = prop_oneof![Just("=="), Just("!="), Just("<"), Just(">=")];
    prop_oneof![
        Just(p.to_owned()),
        Just(format!("not {p}")),
        Just(format!("is_null({p})")),
        Just(format!("t.is_x({p})")),
        Just(format!("not t.is_x({p})")),
        Just(format!("startswith(sprintf(\"%v\", [{p}]), \"x\")")),
        Just(format!("{p} == input.resource.b")),
        (operator, constant.clone())
            .prop_map(move |(operator, constant)| format!("{p} {operator} {constant}")),
        constant
            .clone()
            .prop_map(move |constant| format!("not {p} == {constant}")),
        constant
            .clone()
            .prop_map(move |constant| format!("{p} in {{{constant}, \"z\", 2}}")),
        constant
            .clone()
            .prop_map(move |constant| format!("not {p} in [{constant}]")),
        (constant.clone(), constant)
            .prop_map(move |(a, b)| format!("object.get({{\"k\": {p}}}, \"k\", {a}) == {b}")),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let element = || scalar_test("e§.x");
    prop_oneof![
        6 => detour(),
        3 => scalar_test("input.resource.a"),
        2 => scalar_test("input.resource.b"),
        1 => Just("\"x\" in input.resource.m".to_owned()),
        1 => Just("not \"x\" in input.resource.m".to_owned()),
        1 => Just("t.has(input.resource.m, \"y\")".to_owned()),
        1 => (0..3).prop_map(|n| format!("count(input.resource.m) > {n}")),
        1 => (0..3).prop_map(|n| format!("count(input.resource.t) == {n}")),
        1 => Just("count({v§ | some v§ in input.resource.m}) > 1".to_owned()),
        1 => Just("input.resource.m[0] == \"x\"".to_owned()),
        1 => Just("some v§ in input.resource.m\nv§ == \"x\"".to_owned()),
        1 => Just("input.resource.m[_] == \"y\"".to_owned()),
        1 => Just("some k§, v§ in input.resource.t\nk§ == \"k\"\nv§ == \"x\"".to_owned()),
        1 => Just("input.resource.t.k".to_owned()),
        1 => Just("some name§ in [\"k\", \"j\"]\nnot input.resource.t[name§]".to_owned()),
        2 => element().prop_map(|test| format!("some i§, e§ in input.resource.l\n{test}")),
        2 => (element(), scalar_test("e§.y")).prop_map(|(x, y)| format!("some e§ in input.resource.l\n{x}\n{y}")),
        1 => element().prop_map(|test| format!("every e§ in input.resource.l {{ {test} }}")),
        1 => (element(), 0..3).prop_map(|(test, n)| format!("count([1 | some e§ in input.resource.l; {test}]) > {n}")),
        1 => Just("input.resource.l[i§].x\nnot input.resource.l[i§].y".to_owned()),
        1 => Just("some e§ in input.resource.l\nt.level(e§) == \"low\"".to_owned()),
        1 => Just("not helper".to_owned()),
        1 => Just("helper".to_owned()),
        1 => Just("r§ := input.resource\nnames§ := {n§ | some n§ in r§.m}\ncount({\"x\", \"q\"} - names§) > 0".to_owned()),
    ]
}

/// Conditions that take detours: unification, comprehensions, partial rules, computed keys.
fn detour() -> impl Strategy<Value = String> {
    const DETOURS: &[&str] = &[
        "x§ = input.resource.a\nx§ == \"x\"",
        "\"x\" = y§\ny§ = input.resource.b",
        "{\"k\": v§} = input.resource.t\nv§ == \"x\"",
        "[p§, q§] = input.resource.m\np§ == \"x\"\nnot q§ == \"y\"",
        "o§ := {k§: v§ | some k§, v§ in input.resource.t}\no§.k == \"x\"",
        "picked.y",
        "not picked",
        "\"x\" in kinds",
        "count(kinds) > 1",
        "some kind§ in kinds\nkind§ > 1",
        "by.x",
        "all§ := array.concat(input.resource.m, [\"w\"])\ncount(all§) > 2\n\"x\" in all§",
        "object.get(input.resource, \"a\", \"x\") == \"x\"",
        "not object.get(input.resource.t, \"k\", false)",
        "object.get(input.resource, [\"t\", \"k\"], null) == null",
        "input.resource.m == []",
        "input.resource.t != {}",
        "input.resource.m == [\"x\"]",
        "some k§ in object.keys(input.resource.t)\nk§ == \"j\"",
        "input.resource.t[input.resource.a]",
        "some k§ in [\"k\", \"j\"]\ninput.resource.t[k§] == input.resource.a",
        "allowed§ := {\"x\": 1, \"y\": 2}\nallowed§[input.resource.a] > 1",
        "allowed§ := {\"x\", \"y\", 1}\nallowed§[input.resource.b]",
        "allowed§ := {\"x\", \"y\", 1}\nnot allowed§[input.resource.b]",
        "input.resource.m[count(input.resource.l)] == \"x\"",
        "max(input.resource.m) == \"x\"",
        "rest§ := [v§ | some v§ in input.resource.m; v§ != \"x\"]\nrest§[0] == \"y\"",
        "rest§ := [v§ | some v§ in input.resource.m; not v§ == \"x\"]\ncount(rest§) > 1",
        "names§ := {e§.x | some e§ in input.resource.l}\nnames§ == {\"x\"}",
        "names§ := {\"x\"} & {v§ | some v§ in input.resource.m}\ncount(names§) == 0",
        "every k§, v§ in input.resource.t { k§ == \"j\"; v§ }",
        "some i§\ninput.resource.m[i§] == \"x\"\ninput.resource.l[i§].x",
        "walk(input.resource.t, [_, v§])\nv§ == \"x\"",
        "json.marshal(input.resource.t) == \"{}\"",
        "size > 1",
        "input.resource.a in [v§ | some v§ in input.resource.m]",
        "x§ := [input.resource.a, input.resource.b]\n\"x\" in x§",
        "x§ := {\"p\": input.resource.a}\nsome v§ in x§\nv§ == \"y\"",
    ];
    proptest::sample::select(DETOURS).prop_map(str::to_owned)
}

/// The rules that detours use.
const HELPERS: &str = "picked := e if {\n\tsome e in input.resource.l\n\te.x == \"x\"\n}\n\n\
    kinds contains v if {\n\tsome e in input.resource.l\n\tv := e.x\n}\n\n\
    by[k] := v if {\n\tsome e in input.resource.l\n\tk := e.x\n\tv := e.y\n}\n\n\
    default size := 0\n\nsize := input.resource.a if input.resource.a > 0\n";

fn violation() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("\"m\"".to_owned()),
        1 => Just("{\"path\": \"a\", \"expected\": \"x\"}".to_owned()),
        1 => Just("{\"path\": \"a\", \"actual\": input.resource.a}".to_owned()),
        1 => Just("{\"message\": sprintf(\"%s and %v\", [input.resource.b, input.resource.a])}".to_owned()),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let clause =
        (violation(), proptest::collection::vec(condition(), 1..4)).prop_map(|(violation, conditions)| {
            // Every condition in a scope of its own and with variables of its own: the engine refuses to shadow some.
            let scoped: Vec<String> = conditions
                .iter()
                .enumerate()
                .map(|(index, text)| (index, text.replace('§', &index.to_string())))
                .map(|(index, text)| {
                    if index == 0 {
                        text
                    } else {
                        format!("count([1 | {}]) > 0", text.replace('\n', "; "))
                    }
                })
                .collect();
            format!("deny contains {violation} if {{\n{}\n}}\n", scoped.join("\n"))
        });
    let shown = scalar_test("e.y").prop_map(|test| {
        format!("deny contains {{\"path\": \"a\", \"actual\": e.x}} if {{\nsome e in input.resource.l\n{test}\n}}\n")
    });
    let clause = prop_oneof![4 => clause, 1 => shown];
    (proptest::collection::vec(clause, 1..4), scalar_test("e.x")).prop_map(|(clauses, test)| {
        format!(
            "import data.lib.t\n\n{}\n{HELPERS}\nhelper if {{\nsome e in input.resource.l\n{test}\n}}\n",
            clauses.join("\n")
        )
    })
}

fn known() -> impl Strategy<Value = String> {
    const TEXTS: &[&str] = &["\"x\"", "\"y\"", "\"q\"", "1", "3", "4", "true", "false", "null"];
    proptest::sample::select(TEXTS).prop_map(str::to_owned)
}

/// A scalar, known or (with this weight) unknown.
fn scalar(unknown: u32) -> BoxedStrategy<String> {
    if unknown == 0 {
        return known().boxed();
    }
    const UNKNOWNS: &[&str] = &["\"?\"", "\"?id\"", "\"?bool\""];
    prop_oneof![4 => known(), unknown => proptest::sample::select(UNKNOWNS).prop_map(str::to_owned)].boxed()
}

fn resource(unknown: u32) -> impl Strategy<Value = String> {
    let s = move || proptest::option::weighted(0.8, scalar(unknown));
    let object = move |first: &'static str, second: &'static str| {
        (s(), s()).prop_map(move |(x, y)| {
            let members = [(first, x), (second, y)]
                .into_iter()
                .filter_map(|(key, value)| Some(format!("\"{key}\": {}", value?)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        })
    };
    let list =
        proptest::collection::vec(object("x", "y"), 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
    let names =
        proptest::collection::vec(scalar(unknown), 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
    (s(), s(), list, names, object("k", "j")).prop_map(|(a, b, l, m, t)| {
        let optional = |key: &str, value: Option<String>| {
            value.map_or(String::new(), |value| format!("\"{key}\": {value}, "))
        };
        format!(
            "{{{}{}\"l\": {l}, \"m\": {m}, \"t\": {t}}}",
            optional("a", a),
            optional("b", b)
        )
    })
}

/// Every value an unknown is tried with, `None` for absence. Wider than what the decision tries.
fn completions(unknown: &Unknown, in_list: bool) -> Vec<Option<Value>> {
    let mut all: Vec<Option<Value>> = match (&unknown.domain, unknown.reason, unknown.non_null) {
        (Some(Domain::Bool), _, _) => vec![Some(true.into()), Some(false.into())],
        (_, UnknownReason::Reference, true) => ["x", "y", "z", "q", "arn:x", ""]
            .iter()
            .map(|text| Some((*text).into()))
            .collect(),
        _ => [
            "\"x\"", "\"y\"", "\"z\"", "\"w\"", "\"\"", "0", "1", "2", "3", "3.5", "9", "-1", "true",
            "false", "[]", "{}", "[\"x\"]",
        ]
        .iter()
        .map(|json| Some(document(json)))
        .collect(),
    };
    if !unknown.non_null {
        all.push(if in_list { Some(Value::Null) } else { None });
    }
    all
}

fn complete(value: &Value, in_list: bool, pick: &mut dyn FnMut(usize) -> usize) -> Option<Value> {
    match value {
        Value::Unknown(unknown) => {
            let all = completions(unknown, in_list);
            let picked = pick(all.len());
            all.into_iter().nth(picked).flatten()
        }
        Value::List(items) => Some(Value::List(
            items
                .iter()
                .filter_map(|item| complete(item, true, pick))
                .collect(),
        )),
        Value::Map(map) => {
            let members = map
                .iter()
                .filter_map(|(key, item)| Some((key.clone(), complete(item, false, pick)?)));
            Some(Value::Map(members.collect()))
        }
        other => Some(other.clone()),
    }
}

fn plain(worker: &mut Worker, id: &ControlId, input: &Value) -> Outcome {
    match worker.evaluate(id, input) {
        Ok(result) if result.violations.is_empty() => Outcome::Pass,
        Ok(_) => Outcome::Fail,
        Err(_) => Outcome::Error,
    }
}

fn check(rule: &str, resource: &str, seed: u64) -> Result<(), TestCaseError> {
    let (set, id) = loaded(rule, "{}", &[LIBRARY]);
    let value = document(&format!("{{\"resource\": {resource}}}"));
    run_on_big_stack(|| compare(&set, &id, &value, seed))
}

fn compare(set: &RuleSet, id: &ControlId, value: &Value, seed: u64) -> Result<(), TestCaseError> {
    let mut worker = set.worker();
    let document = InputDocument {
        value: value.clone(),
        unverified: Vec::new(),
    };
    let decision: Decision = decide(&mut worker, id, &document);
    if matches!(decision.outcome, Outcome::Unknown | Outcome::Error) {
        return Ok(());
    }
    let mut state = seed | 1;
    for _ in 0..60 {
        let completed = complete(value, false, &mut |length| draw(&mut state, length)).unwrap();
        let outcome = plain(&mut worker, id, &completed);
        // A violation of one definition is certain whatever the others do; they may even fail to run.
        let agrees =
            outcome == decision.outcome || (decision.outcome == Outcome::Fail && outcome == Outcome::Error);
        prop_assert!(agrees, "{:?} on {:?}\n{:?}", outcome, completed, decision);
    }
    Ok(())
}

/// A plain multiplicative generator; what matters is that failures can be repeated.
fn draw(state: &mut u64, length: usize) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*state >> 33) % u64::try_from(length).unwrap()).unwrap()
}

/// Conditions directly in the body of a rule, most of them on the elements of one list.
fn sliceable() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => scalar_test("e§.x").prop_map(|test| format!("some e§ in input.resource.l\n{test}")),
        2 => scalar_test("e§.x").prop_map(|test| format!("some i§, e§ in input.resource.l\n{test}\ne§.y")),
        1 => scalar_test("e§.x").prop_map(|test| format!("some i§, e§ in input.resource.l\n{test}\ni§ > 0")),
        1 => Just("some i§, e§ in input.resource.l\ninput.resource.m[i§] == \"x\"".to_owned()),
        1 => Just("count(input.resource.l) > 1".to_owned()),
        1 => Just("input.resource.l[0].x".to_owned()),
        1 => Just("every e§ in input.resource.l { not e§.y }".to_owned()),
        1 => Just("some e§ in input.resource.m\ne§ == \"x\"".to_owned()),
        1 => scalar_test("input.resource.a"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_completion_contradicts_a_decision(rule in rule(), resource in resource(2), seed in any::<u64>()) {
        check(&rule, &resource, seed)?;
    }

    #[test]
    fn deciding_element_by_element_contradicts_no_completion(
        conditions in proptest::collection::vec(sliceable(), 1..3),
        resource in resource(3),
        seed in any::<u64>(),
    ) {
        let conditions: Vec<String> =
            conditions.iter().enumerate().map(|(index, text)| text.replace('§', &index.to_string())).collect();
        let rule = format!("import data.lib.t\n\ndeny contains \"m\" if {{\n{}\n}}\n", conditions.join("\n"));
        let (set, id) = loaded(&rule, "{}", &[LIBRARY]);
        let value = document(&format!("{{\"resource\": {resource}}}"));
        run_on_big_stack(|| {
            let mut worker = set.worker();
            let verdicts = decide_in_parts(&mut worker, &id, &value);
            let mut state = seed | 1;
            for _ in 0..60 {
                let completed = complete(&value, false, &mut |length| draw(&mut state, length)).unwrap();
                let outcomes = clause_outcomes(&mut worker, &id, &completed);
                for (verdict, passes) in verdicts.iter().zip(outcomes) {
                    match verdict {
                        Verdict::Pass => prop_assert_eq!(passes, Some(true), "{:?}", completed),
                        Verdict::Fail(_) => prop_assert_eq!(passes, Some(false), "{:?}", completed),
                        _ => {}
                    }
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_known_document_is_decided_as_the_rule_says_from_the_part_it_reads(rule in rule(), resource in resource(0)) {
        let (set, id) = loaded(&rule, "{}", &[LIBRARY]);
        let value = document(&format!("{{\"resource\": {resource}}}"));
        let part = read_part(&value, &set.reads(&id).unwrap().cursor());
        let (expected, found) = run_on_big_stack(|| {
            let mut worker = set.worker();
            let document = InputDocument { value: part.clone(), unverified: Vec::new() };
            (plain(&mut worker, &id, &value), decide(&mut worker, &id, &document).outcome)
        });
        prop_assert_eq!(expected, found, "{:?}", part);
    }

    #[test]
    fn an_unverified_default_passes_only_what_every_value_passes(
        rule in rule(),
        resource in resource(0),
        seed in any::<u64>(),
    ) {
        let (set, id) = loaded(&rule, "{}", &[LIBRARY]);
        let value = document(&format!("{{\"resource\": {resource}}}"));
        run_on_big_stack(|| {
            let document = InputDocument {
                value: value.clone(),
                unverified: vec![AttributePath::new(vec![Step::Key("resource".into()), Step::Key("a".into())])],
            };
            if decide(&mut set.worker(), &id, &document).outcome == Outcome::Pass {
                let unknown = match value.get("resource").and_then(|resource| resource.get("a")) {
                    Some(Value::Bool(_)) => Unknown::new(UnknownReason::Variable).with_domain(Domain::Bool),
                    _ => Unknown::new(UnknownReason::Variable),
                };
                let mut open = value.clone();
                if let Value::Map(map) = &mut open
                    && let Some(Value::Map(resource)) = map.get_mut("resource")
                {
                    resource.insert("a".into(), unknown.into());
                }
                return compare(&set, &id, &open, seed);
            }
            Ok(())
        })?;
    }
}
