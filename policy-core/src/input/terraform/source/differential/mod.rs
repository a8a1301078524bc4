//! Generated configurations, evaluated by a real Terraform and by us: the same values, the same types, the same
//! instances, and the same decision whether it is an error.
//!
//! `cargo test -p policy-core --lib differential -- --ignored` asks an installed Terraform 1.11 about thousands of new
//! cases (`POLICY_DIFFERENTIAL_CASES`, `POLICY_DIFFERENTIAL_SEED`); everything that differs is made smaller and printed.
//! What it said about a sample is frozen in `fixtures/terraform-differential` and replayed in every run of the tests.

mod case;
mod compare;
mod frozen;
mod grammar;
mod terraform;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::case::Case;
use self::compare::{differences, evaluate};

#[expect(
    clippy::disallowed_methods,
    reason = "how many cases are made is said on the command line of the tests, which is the environment"
)]
fn setting_text(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn setting(name: &str, default: u64) -> u64 {
    setting_text(name)
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
    )
}

/// What is different in each of the cases.
fn compared(cases: &[Case]) -> Vec<Vec<String>> {
    let answers = terraform::ask(cases);
    let ours = evaluate(cases);
    cases
        .iter()
        .zip(answers.iter().zip(&ours))
        .map(|(case, (answer, ours))| differences(case, answer, ours))
        .collect()
}

/// How many steps are tried to make what differs smaller; each asks Terraform once about all of them.
const SHRINKING: usize = 60;

/// Of how many differing cases of one batch the smallest forms are looked for.
const SHRUNK: usize = 24;

#[test]
#[ignore = "asks an installed terraform about thousands of generated configurations"]
fn generated_configurations_evaluate_as_terraform_evaluates_them() {
    if !terraform::is_installed() {
        eprintln!("skipped: no terraform 1.11 on the PATH; the frozen answers are replayed all the same");
        return;
    }
    let count = setting("POLICY_DIFFERENTIAL_CASES", 2000);
    let seed = setting("POLICY_DIFFERENTIAL_SEED", 1);
    let mut wrong = String::new();
    let mut differing = 0;
    let batch = 400.min(count);
    for (number, start) in (0..count).step_by(usize::try_from(batch).unwrap()).enumerate() {
        let mut runner = runner(seed.wrapping_mul(1_000_003).wrapping_add(start));
        let strategy = case::case(1 + number % 3, terraform::has_providers());
        let mut trees: Vec<_> = (0..batch)
            .map(|_| strategy.new_tree(&mut runner).unwrap())
            .collect();
        let cases: Vec<Case> = trees.iter().map(ValueTree::current).collect();
        let found = compared(&cases);
        let mut failing: Vec<_> = trees
            .drain(..)
            .zip(found)
            .filter(|(_, found)| !found.is_empty())
            .collect();
        differing += failing.len();
        failing.truncate(SHRUNK);
        let mut smallest: Vec<(Case, Vec<String>)> = failing
            .iter()
            .map(|(tree, found)| (tree.current(), found.clone()))
            .collect();
        let mut open: Vec<usize> = (0..failing.len()).collect();
        for _ in 0..SHRINKING {
            open.retain(|&index| failing[index].0.simplify());
            if open.is_empty() {
                break;
            }
            let cases: Vec<Case> = open.iter().map(|&index| failing[index].0.current()).collect();
            let found = compared(&cases);
            let mut still = Vec::new();
            for ((&index, case), found) in open.iter().zip(cases).zip(found) {
                if found.is_empty() {
                    if failing[index].0.complicate() {
                        still.push(index);
                    }
                } else {
                    smallest[index] = (case, found);
                    still.push(index);
                }
            }
            open = still;
        }
        for (case, found) in smallest {
            wrong.push_str(&format!("{}\n{}\n\n", shown(&case), found.join("\n")));
        }
    }
    eprintln!("{count} cases, {differing} differ");
    assert!(differing == 0, "{differing} of {count} differ:\n{wrong}");
}

/// How many generated cases of each depth are frozen.
const FROZEN: usize = 140;

#[test]
#[ignore = "asks an installed terraform, and writes fixtures/terraform-differential/cases.jsonl"]
fn freeze_what_terraform_says_of_a_sample() {
    assert!(terraform::is_installed(), "no terraform 1.11 on the PATH");
    let mut runner = runner(2026);
    let mut cases = case::found();
    for depth in 1..=3 {
        let strategy = case::case(depth, terraform::has_providers());
        cases.extend((0..FROZEN).map(|_| strategy.new_tree(&mut runner).unwrap().current()));
    }
    let lines: Vec<String> = cases
        .iter()
        .zip(terraform::ask(&cases))
        .map(|(case, answer)| frozen::line(case, &answer))
        .collect();
    std::fs::create_dir_all(frozen::path().parent().unwrap()).unwrap();
    std::fs::write(frozen::path(), lines.join("\n") + "\n").unwrap();
}

#[test]
fn the_frozen_sample_evaluates_as_terraform_said() {
    let (cases, answers) = frozen::read();
    let ours = evaluate(&cases);
    let mut wrong = String::new();
    let mut refused = 0;
    for ((case, answer), ours) in cases.iter().zip(&answers).zip(&ours) {
        refused += usize::from(matches!(answer, terraform::Answer::Refused(_)));
        let found = differences(case, answer, ours);
        if !found.is_empty() {
            wrong.push_str(&format!("{}\n{}\n\n", shown(case), found.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // A sample in which everything is refused, or nothing, would show little.
    assert!(cases.len() > 3 * FROZEN && (50..cases.len() - 100).contains(&refused));
}

/// The case as a text, without what all cases have.
fn shown(case: &Case) -> String {
    case.files
        .iter()
        .map(|(path, text)| {
            let own = text.rsplit_once("variable \"sl\" {\n  type = list(string)\n}\n");
            let own = own.map_or(text.as_str(), |(_, own)| own);
            let own = own.split("output \"probe\"").next().unwrap_or_default();
            format!("--- {path}\n{own}\n")
        })
        .collect()
}
