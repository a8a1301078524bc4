//! How long a plan takes, stage by stage, beside the time `serde_json::Value` needs for the same text.
//!
//! The ratio is the result: absolute times depend on the machine. `cargo bench -p policy-core [-- RESOURCES…]`

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints its result and may stop"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use policy_core::control::{self, Catalog};
use policy_core::date::{AsOf, Instant as Moment};
use policy_core::evaluation::{Assessment, Evaluator, InputInventory};
use policy_core::gate::{self, GateOptions};
use policy_core::input::{self, InputContext};
use policy_core::report::{Mode, Run, json};
use policy_core::resource::{ContextOptions, Inventory, NativeResource, TypeMap, build};
use policy_core::rule::Outcome;
use policy_core::source::Source;

#[path = "../../fixtures/bench/generator.rs"]
mod generator;

/// The allocator of the command line, for the yardstick as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const ROUNDS: usize = 5;

fn main() {
    let asked: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let catalog = catalog();
    println!(
        "{} controls, one thread; every figure is the best of {ROUNDS} rounds",
        catalog.controls.len()
    );
    println!(
        "{:>9} {:>8}  {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}  {:>6}",
        "resources", "MB", "serde_json", "parse", "model", "evaluate", "report", "whole", "ratio"
    );
    for size in sizes {
        measure(size, &catalog);
    }
}

fn measure(size: usize, catalog: &Catalog) {
    let text = generator::plan(size);
    let (yardstick, _) =
        best(|| serde_json::from_str::<serde_json::Value>(&text).expect("the generator writes JSON"));
    let (parse, natives) = best(|| parse(&text));
    let (model, inventory) = best(|| model(natives.clone()));
    let (evaluator, _) = Evaluator::builder(catalog.clone(), as_of()).build();
    let inputs = [InputInventory::new("plan.json", inventory)];
    let (evaluate, assessment) = best(|| evaluator.evaluate(&inputs));
    expect_violations(size, &assessment);
    let (report, _) = best(|| render(assessment.clone()));
    let whole = parse + model + evaluate + report;
    let ratio = whole.as_secs_f64() / yardstick.as_secs_f64();
    println!(
        "{size:>9} {:>8.1}  {:>10.1?} {:>10.1?} {:>10.1?} {:>10.1?} {:>10.1?} {:>10.1?}  {ratio:>6.2}",
        text.len() as f64 / 1e6,
        yardstick,
        parse,
        model,
        evaluate,
        report,
        whole
    );
}

/// A benchmark that gets faster by finding less is not faster.
fn expect_violations(size: usize, assessment: &Assessment) {
    for (control, expected) in generator::violations(size) {
        let found = assessment
            .evaluations
            .iter()
            .filter(|evaluation| {
                evaluation.control.as_str() == control && evaluation.outcome == Outcome::Fail
            })
            .count();
        assert_eq!(found, expected, "{control} on {size} resources");
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn best<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut fastest = Duration::MAX;
    let mut result = None;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let done = work();
        fastest = fastest.min(start.elapsed());
        result = Some(done);
    }
    (fastest, result.expect("there is at least one round"))
}

fn parse(text: &str) -> Vec<NativeResource> {
    input::load("plan.json", text.as_bytes().to_vec(), &InputContext::default()).resources
}

fn model(natives: Vec<NativeResource>) -> Inventory {
    build(natives, TypeMap::builtin(), &ContextOptions::default()).0
}

fn as_of() -> AsOf {
    AsOf::at(Moment::parse("2026-11-20T12:00:00Z").expect("a valid instant"))
}

fn render(assessment: Assessment) -> String {
    let gate = GateOptions::default();
    let decision = gate::decide(&assessment, &[], &gate);
    let run = Run {
        tool_version: "bench".into(),
        as_of: "2026-11-20".into(),
        mode: Mode::Current,
        registry_revision: None,
        resources: Vec::new(),
        inputs: Vec::new(),
        assessment,
        diagnostics: Vec::new(),
        gate,
        decision,
    };
    json::render(&run, json::JsonOptions::default())
}

fn catalog() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../controls");
    let mut sources = Vec::new();
    collect(&root, &mut sources);
    sources.sort_by(|left: &Arc<Source>, right| left.name().cmp(right.name()));
    control::load(&sources).0
}

fn collect(dir: &Path, sources: &mut Vec<Arc<Source>>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .expect("controls/ exists")
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.ends_with("tests") {
            collect(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rego") || path.ends_with("control.yaml") {
            sources.push(Source::new(
                path.to_string_lossy(),
                fs::read_to_string(&path).expect("readable"),
            ));
        }
    }
}
