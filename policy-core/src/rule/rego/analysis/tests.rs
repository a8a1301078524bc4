use crate::rule::reads::{ReadSet, Use};
use crate::rule::rego::testing::{loaded, rules};

/// `path: uses` for each read, in path order, without the places that are only passed through.
fn describe(reads: &ReadSet) -> Vec<String> {
    let uses = |used: &Use| {
        let mut words = Vec::new();
        let flags = [
            (used.presence, "there"),
            (used.shape, "shape"),
            (used.value, "value"),
            (used.reported, "shown"),
        ];
        words.extend(
            flags
                .into_iter()
                .filter(|(set, _)| *set)
                .map(|(_, word)| word.to_owned()),
        );
        for (constants, word) in [(&used.equal, "eq"), (&used.ordered, "ord"), (&used.member, "has")] {
            if !constants.is_empty() {
                words.push(format!("{word}{constants:?}"));
            }
        }
        words.join(" ")
    };
    let relative = |path: String| path.strip_prefix("resource.").map_or(path.clone(), str::to_owned);
    reads
        .iter()
        .filter(|(path, _)| path.to_string() != "resource")
        .map(|(path, used)| format!("{}: {}", relative(path.to_string()), uses(used)))
        .collect()
}

const LIBRARY: &str = "package lib.net\n\n\
    is_open(entry) if entry.cidr == \"0.0.0.0/0\"\n\
    is_open(entry) if \"::/0\" in entry.ipv6\n\n\
    port(entry) := entry.from_port\n\n\
    either(a, b) := a.x if a.x\nelse := b.y\n\n\
    outer(r) if inner(r.a)\ninner(a) if a.b > 3\n\n\
    default level(_) := \"none\"\nlevel(r) := \"high\" if r.critical\n";

fn reads_with(body: &str, parameters: &str) -> Vec<String> {
    let (set, id) = loaded(body, parameters, &[LIBRARY]);
    describe(set.reads(&id).unwrap())
}

/// The reads of `deny contains {"path": "p"} if { body }`.
fn reads(body: &str) -> Vec<String> {
    reads_with(
        &format!(
            "import data.lib.net\nimport input.resource as res\n\ndeny contains {{\"path\": \"p\"}} if {{\n{body}\n}}"
        ),
        r#"{"ports": [22, 3389], "limit": 7, "names": {"owner": ["Owner", "owner"]}}"#,
    )
}

#[track_caller]
fn expect(body: &str, expected: &[&str]) {
    assert_eq!(reads(body), expected, "{body}");
}

#[test]
fn truth_and_presence() {
    expect("not input.resource.encrypted", &["encrypted: there"]);
    expect("input.resource.encrypted", &["encrypted: there"]);
    expect("is_null(input.resource.a)", &["a: there"]);
    expect("x := input.resource.a\nx", &["a: there"]);
    expect(
        "object.get(input.resource, \"a\", false) == false",
        &["a: there eq[false]"],
    );
    expect(
        "object.get(input.resource, [\"a\", \"b\"], 1) < 2",
        &["a.b: there ord[2]"],
    );
}

#[test]
fn comparisons_with_constants() {
    expect("input.resource.a == \"x\"", &["a: there eq[\"x\"]"]);
    expect("input.resource.a != null", &["a: there eq[null]"]);
    expect("7 > input.resource.a", &["a: there ord[7]"]);
    expect(
        "input.resource.a in {\"x\", \"y\"}",
        &["a: there eq[\"x\", \"y\"]"],
    );
    expect("input.resource.a = \"x\"", &["a: there eq[\"x\"]"]);
    expect("input.resource.a < input.params.limit", &["a: there ord[7]"]);
    expect(
        "input.resource.a in input.params.ports",
        &["a: there eq[22, 3389]"],
    );
    expect(
        "some port in input.params.ports\ninput.resource.a <= port",
        &["a: there ord[22, 3389]"],
    );
    expect(
        "allowed := {\"x\", \"y\"}\nallowed[input.resource.a]",
        &["a: there eq[\"x\", \"y\"]"],
    );
    expect(
        "levels := {\"low\": 1, \"high\": 3}\nlevels[input.resource.a] > 2",
        &["a: there eq[\"high\", \"low\"]"],
    );
    expect("input.resource.a == -1", &["a: there eq[-1]"]);
    expect("input.resource.l == []", &["l: there shape"]);
}

#[test]
fn everything_else_reads_the_value() {
    expect("startswith(input.resource.a, \"arn:\")", &["a: there value"]);
    expect(
        "input.resource.a == input.resource.b",
        &["a: there value", "b: there value"],
    );
    expect("input.resource.a + 1 > 3", &["a: there value"]);
    expect("input.resource.a == [\"x\"]", &["a: there value"]);
    expect("input.resource.a == {\"x\": 1}", &["a: there value"]);
    expect("count({x | x := input.resource.a}) > 0", &["a: there value"]);
    expect(
        "input.resource.a in input.resource.b",
        &["a: there value", "b: there value"],
    );
    expect("x := lower(input.resource.a)\nx == \"b\"", &["a: there value"]);
    expect(
        "sprintf(\"%s\", [input.resource.a]) == \"x\"",
        &["a: there value"],
    );
}

#[test]
fn aliases_and_imports() {
    expect("r := input.resource\nr.a == 1", &["a: there eq[1]"]);
    expect("res.a == 1", &["a: there eq[1]"]);
    expect(
        "r = input.resource\ns = r.b\ns.c == 1",
        &["b: there", "b.c: there eq[1]"],
    );
    expect("x == 1\nx = input.resource.a", &["a: there eq[1]"]);
    expect(
        "{\"k\": v} = input.resource.a\nv == 1",
        &["a: there shape", "a.k: there eq[1]"],
    );
    expect(
        "input[\"resource\"][\"a.b\"] == 1",
        &["[\"a.b\"]: there eq[1]"
            .replace("[\"a.b\"]: ", "resource[\"a.b\"]: ")
            .as_str()],
    );
    expect(
        "some name in [\"a\", \"b\"]\nnot input.resource[name]",
        &["a: there", "b: there"],
    );
    expect(
        "some names in input.params.names\nsome n in names\ninput.resource.tags[n] == \"\"",
        &["tags.Owner: there eq[\"\"]", "tags.owner: there eq[\"\"]"],
    );
}

#[test]
fn iteration() {
    let open = &["l: there shape", "l[*].open: there"];
    expect("some e in input.resource.l\ne.open", open);
    expect("input.resource.l[_].open", &["l: shape", "l[*].open: there"]);
    expect(
        "some i\ninput.resource.l[i].open",
        &["l: shape", "l[*].open: there"],
    );
    expect(
        "e := input.resource.l[_]\ne.open",
        &["l: shape", "l[*]: there", "l[*].open: there"],
    );
    expect("every e in input.resource.l { e.open }", open);
    expect("count([1 | some e in input.resource.l; e.open]) > 0", open);
    expect(
        "entries := [e | some e in input.resource.l]\nsome x in entries\nx.open",
        open,
    );
    expect(
        "some k, v in input.resource.tags\nk == \"Env\"\nv == \"prod\"",
        &["tags: there shape", "tags[*]: eq[\"prod\"]"],
    );
    expect("count(input.resource.l) == 0", &["l: there shape"]);
    expect("input.resource.l[0].open", &["l: shape", "l[*].open: there"]);
    expect(
        "some [a, b] in input.resource.l\na == 1\nb == 2",
        &["l: there shape", "l[*]: there shape", "l[*][*]: eq[1, 2]"],
    );
    expect("\"*\" in input.resource.l", &["l: there has[\"*\"]"]);
    expect("not \"*\" in input.resource.l", &["l: there has[\"*\"]"]);
    expect(
        "\"*\" in [e.a | some e in input.resource.l]",
        &["l: there shape", "l[*].a: there eq[\"*\"]"],
    );
    expect(
        "some x in object.keys(input.resource.m)\nx == \"a\"",
        &["m: there shape"],
    );
    expect(
        "all := array.concat(input.resource.a, input.resource.b)\nsome x in all\nx.y",
        &[
            "a: there shape",
            "a[*].y: there",
            "b: there shape",
            "b[*].y: there",
        ],
    );
}

#[test]
fn functions_of_the_library_are_followed() {
    expect(
        "some e in input.resource.l\nnet.is_open(e)",
        &[
            "l: there shape",
            "l[*].cidr: there eq[\"0.0.0.0/0\"]",
            "l[*].ipv6: there has[\"::/0\"]",
        ],
    );
    expect(
        "net.port(input.resource.e) == 22",
        &["e: there", "e.from_port: there eq[22]"],
    );
    expect(
        "net.either(input.resource.a, input.resource.b) == 1",
        &["a: there", "a.x: there eq[1]", "b: there", "b.y: there eq[1]"],
    );
    expect(
        "data.lib.net.outer(input.resource)",
        &["a: there", "a.b: there ord[3]"],
    );
    expect("net.level(input.resource) == \"high\"", &["critical: there"]);
    expect(
        "not net.outer(input.resource)",
        &["a: there", "a.b: there ord[3]"],
    );
}

#[test]
fn helper_rules_are_followed() {
    let helper = |helper: &str, body: &str| {
        reads_with(&format!("{helper}\n\ndeny contains \"m\" if {{ {body} }}"), "{}")
    };
    assert_eq!(
        helper("bad if input.resource.a == 1\n\nbad if input.resource.b", "bad"),
        ["a: there eq[1]", "b: there"]
    );
    assert_eq!(
        helper("default size := 0\nsize := input.resource.n", "size > 3"),
        ["n: there ord[3]"]
    );
    assert_eq!(
        helper("first := e if some e in input.resource.l", "first.a"),
        ["l: there shape", "l[*]: value", "l[*].a: there"]
    );
    assert_eq!(
        helper(
            "kinds contains kind if { some e in input.resource.l; kind := e.kind }",
            "\"x\" in kinds"
        ),
        ["l: there shape", "l[*].kind: there value eq[\"x\"]"]
    );
    assert_eq!(
        helper(
            "by[k] := v if { some e in input.resource.l; k := e.k; v := e.v }",
            "by.a == 1"
        ),
        [
            "l: there shape",
            "l[*].k: there value",
            "l[*].v: there value eq[1]"
        ]
    );
    assert_eq!(
        helper("cfg.a.b := input.resource.x", "cfg.a.b == 1"),
        ["x: there eq[1]"]
    );
}

#[test]
fn what_is_shown_does_not_decide() {
    assert_eq!(
        reads_with(
            "deny contains v if {\nsome i, e in input.resource.l\ne.open\n\
             v := {\"path\": sprintf(\"l[%d]\", [i]), \"actual\": e.cidr, \"message\": sprintf(\"%s is %v\", [e.cidr, e])}\n}",
            "{}"
        ),
        [
            "l: there shape",
            "l[*]: shown",
            "l[*].cidr: there shown",
            "l[*].open: there"
        ]
    );
    let (set, id) = loaded(
        "deny contains {\"actual\": input.resource.a} if input.resource.b",
        "{}",
        &[],
    );
    let used = set.reads(&id).unwrap();
    let shown = used
        .iter()
        .find(|(path, _)| path.to_string() == "resource.a")
        .unwrap()
        .1;
    assert!(
        shown.presence && shown.reported && !shown.value,
        "an absent value would swallow the violation"
    );
}

#[test]
fn what_cannot_be_followed_reads_everything() {
    for body in [
        "input.resource.a with input.resource as {}",
        "walk(input, [p, v])\nv == 1\np == []",
        "json.marshal(input.resource) == \"\"",
        "x := input\nx == {}\ncount(object.union(x, {})) > 0",
    ] {
        let text = format!("deny contains \"m\" if {{\n{body}\n}}");
        let (set, id, diagnostics) = rules(&text, "{}", &[]);
        assert!(set.reads(&id).unwrap().is_everything(), "{body}");
        assert!(
            diagnostics
                .iter()
                .any(|diagnostic| diagnostic.code.id == "RGO102"),
            "{body}"
        );
    }
    expect(
        "some k\ninput.resource[k] == 1",
        &["[*]: there eq[1]".replace("[*]", "resource[*]").as_str()],
    );
}

#[test]
fn lists_are_sliced_when_elements_decide_alone() {
    let slices = |body: &str| {
        let (set, id) = loaded(
            &format!("import data.lib.net\n\ndeny contains \"m\" if {{\n{body}\n}}"),
            "{}",
            &[LIBRARY],
        );
        let rule = set.worker().rule(&id).unwrap();
        rule.clauses[0]
            .reads
            .slices()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let sliced = ["resource.l"];
    assert_eq!(slices("some e in input.resource.l\ne.open"), sliced);
    assert_eq!(
        slices("some i, e in input.resource.l\nnet.is_open(e)\ninput.resource.b"),
        sliced
    );
    assert_eq!(
        slices("some e in input.resource.l\nnot e.open\nsome x in e.inner\nx.y"),
        sliced
    );
    assert_eq!(slices("input.resource.l[i].open\ninput.resource.l[i].b"), sliced);
    assert_eq!(
        slices("e := input.resource.l[_]\ncount([1 | some x in e.inner]) > 1"),
        sliced
    );

    for together in [
        "some a in input.resource.l\nsome b in input.resource.l\na.open\nb.open",
        "some e in input.resource.l\ne.open\ncount(input.resource.l) > 1",
        "some i, e in input.resource.l\ni > 0\ne.open",
        "some i, e in input.resource.l\ninput.resource.m[i] == 1\ne.open",
        "every e in input.resource.l { e.open }",
        "count([1 | some e in input.resource.l; e.open]) > 1",
        "some e in input.resource.l\nnot other\n}\n\nother if {\nsome e in input.resource.l\ne.open",
        "some e in input.resource.l\ne.open\ninput.resource.l[0].open",
        "some e in input.resource.l\ne.open\nnot \"x\" in input.resource.l",
        "some e in input.resource.l\ne.open\ncount(input.resource) == json.marshal(input.resource)",
    ] {
        assert!(slices(together).is_empty(), "{together}");
    }
}

#[test]
fn statements_may_stand_in_any_order() {
    expect(
        "e.open\ne = input.resource.l[_]",
        &["l: shape", "l[*]: there", "l[*].open: there"],
    );
    expect("not x.a\nx = input.resource.b", &["b: there", "b.a: there"]);
}

#[test]
fn old_style_results_are_followed() {
    let (set, id) = loaded(
        "deny contains \"m\" if {\n\tf(input.resource.a, out)\n\tout == 1\n}\n\nf(a) := a.b",
        "{}",
        &[],
    );
    assert_eq!(
        describe(set.reads(&id).unwrap()),
        ["a: there", "a.b: there eq[1]"]
    );
}

#[test]
fn a_large_rule_gives_up_instead_of_running_long() {
    let mut text = String::from("deny contains \"m\" if f0(input.resource)\n");
    for level in 0..40 {
        // Every call has other arguments, so that nothing is remembered.
        text.push_str(&format!(
            "f{level}(x) if {{ f{0}({{\"a\": x}}); f{0}({{\"b\": x}}) }}\n",
            level + 1
        ));
    }
    text.push_str("f40(x) if x.y\n");
    let (set, id, _) = rules(&text, "{}", &[]);
    assert!(set.reads(&id).is_some());
}
