//! How long `policy check` takes for one changed file of a repository of Terraform source: what pre-commit waits for.
//!
//! The whole process is measured, from its start to its end, beside the time `serde_json::Value` needs for a plan of 1 000
//! resources: the ratio is the result, absolute times depend on the machine. `cargo bench -p policy-cli --bench source`

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints its result and may stop"
)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[expect(dead_code, reason = "the yardstick takes a plan and asks nothing about it")]
#[path = "../../fixtures/bench/generator.rs"]
mod generator;
#[path = "../../fixtures/bench/source_generator.rs"]
mod source_generator;

const FILES: usize = 200;
const ROUNDS: usize = 10;

fn main() {
    let plan = generator::plan(1_000);
    let yardstick =
        best(|| drop(serde_json::from_str::<serde_json::Value>(&plan).expect("the generator writes JSON")));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("source-bench");
    let _absent = std::fs::remove_dir_all(&root);
    // The border of the repository.
    std::fs::create_dir_all(root.join(".git")).expect("the build directory is writable");
    let files = source_generator::repository(FILES);
    for (path, text) in &files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("writable");
        std::fs::write(path, text).expect("writable");
    }
    println!(
        "{} files; every figure is the best of {ROUNDS} rounds",
        files.len()
    );
    println!("{:<26} {:>10} {:>7}", "", "time", "ratio");
    for (what, path) in [
        ("one file", source_generator::changed_file()),
        ("everything", "."),
    ] {
        let time = best(|| check(&root, path));
        let ratio = time.as_secs_f64() / yardstick.as_secs_f64();
        println!("{what:<26} {time:>10.1?} {ratio:>7.2}");
    }
    println!(
        "{:<26} {yardstick:>10.1?} {:>7.2}",
        "serde_json, 1000 resources", 1.0
    );
}

fn check(root: &Path, path: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_policy"))
        .args(["check", path, "-o", "json", "--exit-zero"])
        .current_dir(root)
        .output()
        .expect("the binary runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    // A benchmark that gets faster by evaluating less is not faster.
    let inputs = report.get("inputs").and_then(serde_json::Value::as_array);
    let inputs = inputs.expect("the report names its inputs");
    let resources = |input: &serde_json::Value| input.get("resources").and_then(serde_json::Value::as_u64);
    let expected = u64::try_from(source_generator::RESOURCES).expect("few resources");
    assert!(
        !inputs.is_empty() && inputs.iter().all(|input| resources(input) == Some(expected)),
        "{inputs:?}"
    );
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn best(mut work: impl FnMut()) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        fastest = fastest.min(start.elapsed());
    }
    fastest
}
