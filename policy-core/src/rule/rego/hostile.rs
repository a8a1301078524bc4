//! Rules that would take the process down or never end.
//!
//! Everything here is refused at load or stopped at run time. Each case runs in a process of its own, so that one which is
//! not shows as a failure of its test and not as the end of all tests.

use std::process::Command;
use std::time::Duration;

use super::testing::{document, rules};
use super::{compile, run_on_big_stack};
use crate::rule::RuleError;

/// Names the case that the child process runs.
const CASE: &str = "POLICY_HOSTILE_CASE";

/// Every case with what has to come of it: the code of the diagnostic, `timeout`, `error` or `ok`.
fn cases() -> Vec<(&'static str, String, &'static str)> {
    let deny = |body: &str| format!("deny contains \"m\" if {{\n{body}\n}}\n");
    let nested = |open: &str, close: &str, depth: usize| {
        deny(&format!("x := {}1{}", open.repeat(depth), close.repeat(depth)))
    };
    let mut chain = deny("f0(1)");
    (0..3_000).for_each(|step| chain.push_str(&format!("f{step}(x) if f{}(x)\n", step + 1)));
    chain.push_str("f3000(x) if x == 1\n");
    let mut rule_chain = deny("r0");
    (0..3_000).for_each(|step| rule_chain.push_str(&format!("r{step} if r{}\n", step + 1)));
    rule_chain.push_str("r3000 if input.x\n");
    vec![
        (
            "function recursion",
            deny("f(1)") + "f(x) if f(x + 1)\n",
            "RGO007",
        ),
        (
            "mutual recursion of functions",
            deny("f(1)") + "f(x) if g(x)\ng(x) if f(x)\n",
            "RGO007",
        ),
        (
            "recursion through a rule",
            deny("f(1)") + "f(x) if { x; r }\nr if f(2)\n",
            "RGO007",
        ),
        (
            "recursion in a comprehension",
            deny("f(1)") + "f(x) if count([1 | f(x)]) > 0\n",
            "RGO007",
        ),
        ("recursion in a head", deny("f(1)") + "f(x) := f(x)\n", "RGO007"),
        (
            "recursion in an else",
            deny("f(1)") + "f(x) := 1 if { x == 3 } else := f(x)\n",
            "RGO007",
        ),
        (
            "recursion through data",
            deny("data.controls.t_001.f(1)") + "f(x) if data.controls.t_001.f(x)\n",
            "RGO007",
        ),
        ("rule recursion", deny("a") + "a if b\nb if a\n", "RGO007"),
        (
            "recursion through the package",
            deny("count(data.controls.t_001) > 0"),
            "RGO007",
        ),
        ("long function chain", chain, "RGO008"),
        ("long rule chain", rule_chain, "RGO008"),
        ("nested arrays", nested("[", "]", 31), "RGO001"),
        ("nested sets", nested("{", "}", 31), "RGO001"),
        ("nested objects", nested("{\"a\": ", "}", 31), "RGO001"),
        ("nested comprehensions", nested("[x | x := ", "]", 31), "RGO001"),
        ("nested parentheses", nested("(", ")", 5_000), "RGO001"),
        ("unclosed brackets", deny(&"[".repeat(900)), "RGO001"),
        (
            "long sum",
            deny(&format!("x := 1{}", "\n+ 1".repeat(9_000))),
            "RGO001",
        ),
        (
            "long union",
            deny(&format!("x := {{1}}{}", "\n| {1}".repeat(9_000))),
            "RGO001",
        ),
        (
            "sum at the limit",
            deny(&format!("x := 1{}\nx < 0", "\n+ 1".repeat(1_900))),
            "RGO001",
        ),
        ("long path", deny(&format!("input{}", ".a".repeat(450))), "RGO001"),
        (
            "long line",
            deny(&format!("x := \"{}\"", "a".repeat(100_000))),
            "RGO001",
        ),
        ("large file", "# comment\n".repeat(200_000), "RGO001"),
        ("huge exponent", deny("x := 1e1000000000"), "RGO001"),
        (
            "many digits",
            deny(&format!("x := {}\nx > 0", "9".repeat(400))),
            "RGO001",
        ),
        (
            "cidr expansion",
            deny("count(net.cidr_expand(\"10.0.0.0/6\")) > 0"),
            "RGO006",
        ),
        ("large shift", deny("bits.lsh(1, 1000000000) > 0"), "RGO006"),
        (
            "endless loop",
            deny("some a in numbers.range(1, 3000)\nsome b in numbers.range(1, 3000)\na + b < 0"),
            "timeout",
        ),
        (
            "endless every",
            deny(
                "every a in numbers.range(1, 3000) { every b in numbers.range(1, 3000) { a + b > 0 } }\ninput.x",
            ),
            "timeout",
        ),
        (
            "endless comprehension",
            deny(
                "count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); a < b]) < 0",
            ),
            "timeout",
        ),
        (
            "panicking builtin",
            deny("time.parse_ns(\"\u{e9}\u{e9}2006\", \"2020\") > 0"),
            "error",
        ),
        (
            "large regex",
            deny("regex.match(\"(a{1000}){1000}\", \"a\")"),
            "error",
        ),
        (
            "slow regex",
            deny(&format!("regex.match(\"(a+)+$\", \"{}b\")", "a".repeat(900))),
            "ok",
        ),
        ("zero byte", deny("x := \"\u{0}\""), "RGO001"),
        ("nothing", String::new(), "RGO004"),
    ]
}

fn run(text: &str) -> String {
    let (set, id, diagnostics) = rules(text, "{}", &[]);
    if !set.contains(&id) {
        return diagnostics
            .first()
            .map_or("silent", |diagnostic| diagnostic.code.id)
            .to_owned();
    }
    let set = set.with_deadline(Duration::from_millis(100));
    match run_on_big_stack(|| set.worker().evaluate(&id, &document(r#"{"resource": {}}"#))) {
        Ok(_) => "ok".to_owned(),
        Err(RuleError::Timeout { .. }) => "timeout".to_owned(),
        Err(_) => "error".to_owned(),
    }
}

/// Run by [`every_case_ends_as_it_should`] in a child process.
#[test]
#[ignore = "runs one hostile case; started by every_case_ends_as_it_should"]
fn child() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the way a test talks to its own child process"
    )]
    let Ok(name) = std::env::var(CASE) else { return };
    let (_, text, _) = cases().into_iter().find(|(case, _, _)| *case == name).unwrap();
    println!("outcome={}", run(&text));
}

#[test]
fn every_case_ends_as_it_should() {
    let program = std::env::current_exe().unwrap();
    let mut wrong = Vec::new();
    for (name, _, expected) in cases() {
        let output = Command::new(&program)
            .args([
                "--exact",
                "rule::rego::hostile::child",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(CASE, name)
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let outcome = stdout
            .split_once("outcome=")
            .map(|(_, rest)| rest.lines().next().unwrap_or_default());
        if outcome != Some(expected) {
            wrong.push(format!(
                "{name}: expected {expected}, got {outcome:?} ({})",
                output.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn recursion_in_the_library_is_refused_for_those_who_could_run_it() {
    let library = "package lib.bad\n\nf(x) if g(x)\n\ng(x) if f(x)\n";
    let (set, id, diagnostics) = rules(
        "import data.lib.bad\n\ndeny contains \"m\" if bad.f(1)",
        "{}",
        &[library],
    );
    assert!(!set.contains(&id));
    let codes: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code.id).collect();
    assert_eq!(codes, ["RGO007"], "said once: {diagnostics:?}");
    assert_eq!(diagnostics[0].file(), Some("lib/0.rego"));
}

#[test]
fn an_empty_catalog_compiles() {
    let (set, diagnostics) = compile(&crate::control::Catalog::default(), 1);
    assert!(format!("{set:?}").starts_with('{') && diagnostics.is_empty());
}
