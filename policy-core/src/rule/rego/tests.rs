//! Loading and running.

use std::time::Duration;

use super::testing::{catalog, control, document, loaded, rules};
use super::{compile, parallel, run_on_big_stack};
use crate::diagnostic::Level;
use crate::rule::RuleError;

/// The codes of loading `body`, and whether the control can run.
fn codes(body: &str) -> (Vec<&'static str>, bool) {
    let (set, id, diagnostics) = rules(body, "{}", &[]);
    for diagnostic in &diagnostics {
        assert!(diagnostic.location().is_some(), "{diagnostic:?}");
        assert!(
            !diagnostic.message.ends_with('.') && diagnostic.message.starts_with(|c: char| !c.is_uppercase())
        );
    }
    let loaded = set.contains(&id);
    let refused = diagnostics
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error);
    assert_eq!(
        loaded, !refused,
        "a control runs exactly when nothing is wrong with it: {diagnostics:?}"
    );
    (
        diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect(),
        loaded,
    )
}

#[track_caller]
fn refused(body: &str, code: &str) {
    assert_eq!(codes(body), (vec![code], false), "{body}");
}

#[test]
fn broken_rules_are_refused_with_their_code() {
    refused("deny contains x if {", "RGO001");
    refused("deny contains \"m\" if { y == 1 }", "RGO002");
    refused("allow if input.resource.x", "RGO004");
    refused("deny := [\"m\"]", "RGO004");
    refused("deny[x] if { x := \"m\" }", "RGO004");
    refused("deny if true", "RGO004");
    refused("deny.x contains \"m\"", "RGO004");
    refused("deny contains \"m\"\n\nwarn := 1", "RGO004");
    refused(
        "deny contains \"m\" if startwith(input.resource.x, \"a\")",
        "RGO005",
    );
    refused(
        "import data.lib.nope\n\ndeny contains \"m\" if nope.f(1)",
        "RGO005",
    );
    refused(
        "deny contains \"m\" if http.send({\"method\": \"get\", \"url\": \"http://x\"}).body",
        "RGO006",
    );
    refused("deny contains \"m\" if time.now_ns() > 0", "RGO006");
    refused("deny contains \"m\" if f(1)\n\nf(x) if f(x + 1)", "RGO007");
    refused("deny contains \"m\" if a\n\na if b\n\nb if not a", "RGO007");
    refused("deny contains \"m\" if count(deny) > 0", "RGO007");
    refused("deny contains \"m\" if data.settings.strict", "RGO009");
    refused(
        &format!(
            "deny contains \"m\" if {{ x := {}1{} }}",
            "[".repeat(20),
            "]".repeat(20)
        ),
        "RGO001",
    );
}

#[test]
fn the_place_of_a_syntax_error_is_known() {
    let (_, _, diagnostics) = rules("deny contains x if {\n  x := \"ä\" +\n}", "{}", &[]);
    let location = diagnostics[0].location().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("T-001/rule.rego", 4));
    let (_, _, diagnostics) = rules("deny contains \"m\" if {\n  y == 1\n}", "{}", &[]);
    assert_eq!(
        diagnostics[0].location().unwrap().to_string(),
        "T-001/rule.rego:4:3"
    );
    assert!(diagnostics[0].message.contains("unsafe"), "{:?}", diagnostics[0]);
}

#[test]
fn doubtful_rules_run_with_a_warning() {
    assert_eq!(
        codes("deny contains \"m\" if input.resource.a != true"),
        (vec!["RGO103"], true)
    );
    assert_eq!(
        codes("deny contains \"m\" if input.resource.a != \"x\""),
        (vec![], true)
    );
    let swallowed =
        "deny contains {\"message\": sprintf(\"%s\", [input.resource.a])} if not input.resource.b";
    assert_eq!(codes(swallowed), (vec!["RGO101"], true));
    let same = "deny contains {\"actual\": input.resource.a} if not input.resource.a";
    assert_eq!(
        codes(same),
        (vec!["RGO101"], true),
        "a negated condition requires nothing"
    );
    let required = "deny contains msg if {\n\tx := input.resource.a\n\tx > 1\n\tmsg := sprintf(\"%v\", [input.resource.a])\n}";
    assert_eq!(codes(required), (vec![], true));
    assert_eq!(
        codes("deny contains {\"resource\": input.resource.id} if true"),
        (vec![], true)
    );
    assert_eq!(
        codes("deny contains \"m\" if count(json.marshal(input.resource)) > 1").0,
        ["RGO102"]
    );
    assert_eq!(
        codes("deny contains \"m\" if {\n\twalk(input.resource.native.values, [_, v])\n\tv == 1\n}").0,
        ["RGO106"]
    );
    assert_eq!(
        codes("deny[msg] {\n\tinput.resource.a == 1\n\tmsg := \"m\"\n}"),
        (vec!["RGO104"], true)
    );
}

#[test]
fn a_local_variable_named_like_a_rule_is_no_cycle() {
    assert_eq!(
        codes("deny contains \"m\" if f(1)\n\nport := 22\n\nf(port) if port == 1"),
        (vec![], true)
    );
    assert_eq!(
        codes(
            "deny contains \"m\" if port\n\nport if { some n in [1]; f(n) }\n\nf(n) if { port := n; port == 1 }"
        ),
        (vec![], true)
    );
}

#[test]
fn a_long_chain_is_refused_and_a_shorter_one_runs() {
    let chain = |length: usize| {
        let mut text = String::from("deny contains \"m\" if f0(input.resource)\n");
        (0..length).for_each(|step| text.push_str(&format!("f{step}(x) if f{}(x)\n", step + 1)));
        text.push_str(&format!("f{length}(x) if x.y\n"));
        text
    };
    refused(&chain(200), "RGO008");
    let (set, id) = loaded(&chain(190), "{}", &[]);
    assert!(
        set.reads(&id)
            .unwrap()
            .iter()
            .any(|(path, _)| path.to_string() == "resource.y")
    );
    let found = run_on_big_stack(|| {
        set.worker()
            .evaluate(&id, &document(r#"{"resource": {"y": true}}"#))
    });
    assert_eq!(found.unwrap().violations.len(), 1);
}

#[test]
fn packages_belong_to_one_control() {
    let text = "package controls.other\n\ndeny contains \"m\"\n";
    let (set, diagnostics) = compile(&catalog([control("T-001", text, "{}")], &[]), 1);
    assert_eq!(diagnostics[0].code.id, "RGO003");
    assert!(!set.contains(&crate::control::ControlId::new("T-001").unwrap()));

    let text = "package rules[\"opa-1\"].x\n\ndeny contains \"m\"\n\ndeny contains \"n\"\n";
    let mut quoted = control("T-001", text, "{}");
    quoted.package = "rules.opa-1.x".into();
    let (set, diagnostics) = compile(&catalog([quoted.clone()], &[]), 1);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let found = run_on_big_stack(|| set.worker().evaluate(&quoted.id, &document("{}")));
    assert_eq!(found.unwrap().violations.len(), 2);

    let text = "package controls.t_001\n\ndeny contains \"m\"\n";
    let mut other = control("T-002", text, "{}");
    other.package = "controls.t_001".into();
    let (set, diagnostics) = compile(&catalog([control("T-001", text, "{}"), other.clone()], &[]), 1);
    assert_eq!(diagnostics[0].code.id, "RGO010");
    assert!(!set.contains(&other.id));
}

#[test]
fn a_control_is_given_the_library_that_it_names_however_it_names_it() {
    let library = [
        "package lib.deep\n\nlimit := 3\n",
        "package lib.shallow\n\nimport data.lib.deep\n\nover(x) if x > deep.limit\n",
        "package lib.unused\n\nnever := 1\n",
        "package lib.unsafe\n\nf(x) if x == y\n",
    ];
    let texts = [
        "package controls.t_001\n\nimport data.lib.shallow\n\ndeny contains \"m\" if shallow.over(input.resource.x)\n",
        "package controls.t_002\n\ndeny contains \"m\" if data.lib.shallow.over(input.resource.x)\n",
        "package controls.t_003\n\ndeny contains \"m\" if input.resource.x > data.lib[\"deep\"].limit\n",
        "package controls.t_004\n\nimport data.lib as all\n\ndeny contains \"m\" if input.resource.x > all.deep.limit\n",
        "package controls.t_005\n\nname := \"deep\"\n\ndeny contains \"m\" if input.resource.x > data.lib[name].limit\n",
    ];
    let controls: Vec<_> = texts
        .iter()
        .zip(1..)
        .map(|(text, number)| control(&format!("T-00{number}"), text, "{}"))
        .collect();
    let ids: Vec<_> = controls.iter().map(|control| control.id.clone()).collect();
    for jobs in [1, 3] {
        let (set, diagnostics) = compile(&catalog(controls.clone(), &library), jobs);
        // Nobody uses the file that cannot run, and it is found all the same, once; so is the control that may use it.
        assert_eq!(
            diagnostics
                .iter()
                .map(|diagnostic| (diagnostic.code.id, diagnostic.file().unwrap_or_default()))
                .collect::<Vec<_>>(),
            [("RGO002", "lib/3.rego")]
        );
        let violations = |id, x: i64| {
            let input = document(&format!(r#"{{"resource": {{"x": {x}}}}}"#));
            run_on_big_stack(|| set.worker().evaluate(id, &input)).map(|result| result.violations.len())
        };
        for id in ids.iter().take(4) {
            assert_eq!(
                (violations(id, 4).unwrap(), violations(id, 3).unwrap()),
                (1, 0),
                "{id}"
            );
        }
        assert!(
            violations(&ids[4], 4).is_err(),
            "it reads the whole library, and a part of that cannot run"
        );
    }
}

#[test]
fn one_broken_control_takes_no_other_with_it() {
    let good = control(
        "T-001",
        "package controls.t_001\n\ndeny contains \"m\" if not input.resource.x\n",
        "{}",
    );
    let bad = control(
        "T-002",
        "package controls.t_002\n\ndeny contains \"m\" if { y == 1 }\n",
        "{}",
    );
    let (good_id, bad_id) = (good.id.clone(), bad.id.clone());
    let (set, diagnostics) = compile(&catalog([bad, good], &["package lib.broken\n\nf(x) if {"]), 1);
    assert_eq!(
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.id)
            .collect::<Vec<_>>(),
        ["RGO001", "RGO002"]
    );
    let empty = document(r#"{"resource": {}}"#);
    run_on_big_stack(|| {
        let mut worker = set.worker();
        assert_eq!(worker.evaluate(&good_id, &empty).unwrap().violations.len(), 1);
        assert!(matches!(
            worker.evaluate(&bad_id, &empty),
            Err(RuleError::NotLoaded { .. })
        ));
    });
}

#[test]
fn violations_and_warnings_of_every_definition_are_returned_in_order() {
    let (set, id) = loaded(
        "deny contains \"b\"\n\ndeny contains {\"path\": \"x\"} if not input.resource.x\n\nviolation contains \"v\"\n\n\
         deny contains \"a\"\n\nwarn contains \"w\" if input.params.on",
        r#"{"on": true}"#,
        &[],
    );
    let result = run_on_big_stack(|| set.worker().evaluate(&id, &document(r#"{"resource": {}}"#))).unwrap();
    let messages: Vec<_> = result
        .violations
        .iter()
        .map(|violation| violation.message.as_deref())
        .collect();
    assert_eq!(messages, [Some("a"), Some("b"), Some("v"), None]);
    assert_eq!(result.warnings.len(), 1);
}

#[test]
fn parameters_are_those_the_control_was_compiled_with() {
    let (set, id) = loaded(
        "deny contains \"m\" if input.params.limit > 5",
        r#"{"limit": 7}"#,
        &[],
    );
    let forged = document(r#"{"resource": {}, "params": {"limit": 1}}"#);
    assert_eq!(
        run_on_big_stack(|| set.worker().evaluate(&id, &forged))
            .unwrap()
            .violations
            .len(),
        1
    );
}

#[test]
fn errors_say_where_and_never_pass() {
    let body = "deny contains \"n\" if not input.resource.a\n\ndeny contains \"m\" if {\n\tto_number(input.resource.a) > 1\n}";
    let (set, id) = loaded(body, "{}", &[]);
    run_on_big_stack(|| {
        let mut worker = set.worker();
        let error = worker
            .evaluate(&id, &document(r#"{"resource": {"a": "x"}}"#))
            .unwrap_err();
        let RuleError::Evaluation { span: Some(span), .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(span.location().line, 6);
        // The clause by itself errs at the same place.
        let rule = worker.rule(&id).unwrap();
        let alone = worker
            .clause(&rule, &rule.clauses[1], &document(r#"{"resource": {"a": "x"}}"#))
            .unwrap_err();
        let RuleError::Evaluation { span: Some(span), .. } = &alone else {
            panic!("{alone:?}")
        };
        assert_eq!(
            (span.location().line, span.source().name()),
            (6, "T-001/rule.rego")
        );
        // The worker is as good as new.
        assert!(
            worker
                .evaluate(&id, &document(r#"{"resource": {"a": "1"}}"#))
                .unwrap()
                .violations
                .is_empty()
        );
    });
}

#[test]
fn clauses_are_the_definitions_of_deny() {
    let body = "helper if input.resource.h\n\ndeny contains \"a\" if not input.resource.a\n\n# deny contains \"no\"\n\
                deny contains {\"path\": p} if {\n\thelper\n\tp := \"denyä\"\n}\n\ndeny contains \"deny\" if input.resource.c";
    let (set, id) = loaded(body, "{}", &[]);
    run_on_big_stack(|| {
        let mut worker = set.worker();
        let rule = worker.rule(&id).unwrap();
        assert_eq!(rule.clauses.len(), 3);
        let input = document(r#"{"resource": {"h": true, "c": false}}"#);
        let found: Vec<usize> = rule
            .clauses
            .iter()
            .map(|clause| worker.clause(&rule, clause, &input).unwrap().len())
            .collect();
        assert_eq!(found, [1, 1, 0]);
    });
}

#[test]
fn an_undefined_value_in_a_head_loses_no_other_violation() {
    for body in [
        "deny contains {\"path\": \"p\", \"actual\": e.x} if some e in input.resource.l",
        "deny contains e.x if some e in input.resource.l",
        "deny contains input.resource.l[_].x",
        "deny contains sprintf(\"%s\", [e.x]) if { some e in input.resource.l; e }\n\ndeny contains \"n\" if input.never",
        "deny[e.x] {\n\te := input.resource.l[_]\n}",
        "deny[{\"message\": m}] {\n\tm := input.resource.l[_].x\n}",
        "violation contains e.x if some e in input.resource.l",
    ] {
        let (set, id) = loaded(body, "{}", &[]);
        for list in [
            r#"[{"x": "y"}, {}]"#,
            r#"[{}, {"x": "y"}]"#,
            r#"[{}, {"x": "y"}, {}]"#,
        ] {
            let input = document(&format!(r#"{{"resource": {{"l": {list}}}}}"#));
            let result = run_on_big_stack(|| set.worker().evaluate(&id, &input)).unwrap();
            assert_eq!(result.violations.len(), 1, "{body} on {list}");
        }
    }
}

#[test]
fn helper_rules_that_can_lose_values_are_refused() {
    let with = |helper: &str| format!("deny contains \"m\" if helper\n\n{helper}");
    for helper in [
        "helper contains e.x if some e in input.resource.l",
        "helper contains {\"a\": e.x} if some e in input.resource.l",
        "helper contains input.resource.l[_].x",
        "helper[e.k] := 1 if some e in input.resource.l",
        "helper[k] := e.x if some k, e in input.resource.l",
        "helper := e.x if some e in input.resource.l",
        "helper contains f(e) if some e in input.resource.l\n\nf(e) := e.x",
        "helper contains sprintf(\"%s\", [e.x]) if some e in input.resource.l",
    ] {
        refused(&with(helper), "RGO011");
    }
    for helper in [
        "helper contains x if { some e in input.resource.l; x := e.x }",
        "helper contains {\"a\": x, \"b\": [e]} if { some e in input.resource.l; x := e.x }",
        "helper contains sprintf(\"%v\", [e]) if some e in input.resource.l",
        "helper := input.resource.x",
        "helper := input.resource.x if input.resource.y",
        "helper := 1 if some e in input.resource.l",
        "helper := [e.x | some e in input.resource.l]",
        "helper := f(input.resource.l)\n\nf(l) := e.x if some e in l",
        "helper if input.resource.l[_].x",
    ] {
        assert_eq!(codes(&with(helper)), (vec![], true), "{helper}");
    }
}

#[test]
fn wrong_shapes_are_errors() {
    for (body, said) in [
        ("deny contains 1", "a number"),
        ("deny contains {\"severity\": \"high\"}", "severity"),
        ("deny contains [\"a\"]", "a list"),
        ("deny contains null", "null"),
    ] {
        let (set, id) = loaded(body, "{}", &[]);
        let error = run_on_big_stack(|| set.worker().evaluate(&id, &document("{}"))).unwrap_err();
        let RuleError::Shape {
            found, set: "deny", ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert!(found.contains(said), "{found}");
    }
}

#[test]
fn a_rule_that_does_not_end_is_stopped() {
    let endless = "deny contains \"m\" if {\n\tsome i in numbers.range(1, 2000)\n\tsome j in numbers.range(1, 2000)\n\
                   \tsome k in numbers.range(1, 2000)\n\ti + j + k < 0\n}";
    for body in [
        endless.to_owned(),
        endless.replace("if {", "if f(1)\n\nf(_) if {"),
    ] {
        let (set, id) = loaded(&body, "{}", &[]);
        let set = set.with_deadline(Duration::from_millis(20));
        let error = run_on_big_stack(|| set.worker().evaluate(&id, &document("{}"))).unwrap_err();
        assert!(
            matches!(
                error,
                RuleError::Timeout {
                    milliseconds: 160,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[test]
fn secrets_do_not_leave_the_rule() {
    let (set, id) = loaded(
        "deny contains {\"message\": sprintf(\"it is %s\", [input.resource.p]), \"actual\": [input.resource.p]} if input.resource.p",
        "{}",
        &[],
    );
    let mut input = document(r#"{"resource": {}}"#);
    if let crate::Value::Map(map) = &mut input {
        let secret = crate::Value::from("hunter2").into_sensitive();
        map.insert(
            "resource".into(),
            crate::Value::Map([("p".into(), secret)].into()),
        );
    }
    let result = run_on_big_stack(|| set.worker().evaluate(&id, &input)).unwrap();
    assert_eq!(result.violations[0].message.as_deref(), Some("it is (sensitive)"));
    assert!(!format!("{result:?}").contains("hunter2"));
}

#[test]
fn coverage_tells_evaluated_lines_apart() {
    let (set, id) = loaded(
        "deny contains \"m\" if {\n\tinput.resource.a\n\tinput.resource.b == 1\n}",
        "{}",
        &[],
    );
    let set = set.with_coverage(true);
    let file = || {
        let files = set.coverage();
        files
            .into_iter()
            .find(|file| file.file == "T-001/rule.rego")
            .unwrap()
    };
    assert_eq!(file().not_covered, [3, 4, 5].into(), "before any run");
    let run = |input| {
        run_on_big_stack(|| {
            set.worker().evaluate(&id, &document(input)).unwrap();
        });
    };
    run(r#"{"resource": {}}"#);
    assert_eq!((file().covered, file().not_covered), ([4].into(), [3, 5].into()));
    run(r#"{"resource": {"a": true, "b": 1}}"#);
    assert_eq!(file().not_covered, [].into());
}

#[test]
fn workers_in_parallel_agree() {
    let (set, id) = loaded("deny contains \"m\" if input.resource.n > 50", "{}", &[]);
    let inputs: Vec<_> = (0..100)
        .map(|n| document(&format!(r#"{{"resource": {{"n": {n}}}}}"#)))
        .collect();
    let run = |jobs| {
        parallel(
            jobs,
            &inputs,
            || set.worker(),
            |worker, input| worker.evaluate(&id, input).unwrap().violations.len(),
        )
    };
    assert_eq!(run(1), run(3));
    assert_eq!(run(2).iter().sum::<usize>(), 49);
}
