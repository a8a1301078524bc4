//! The commands of the docs do what the docs say.
//!
//! In a `console` block `$` is a command; the first line after it is its exit code and a text that its output must hold, and
//! every further line is another such text.

use crate::support::{fixture, policy, root};

/// A command of a page with what the page says about it.
struct Documented {
    command: String,
    code: i32,
    texts: Vec<String>,
}

fn commands(page: &str) -> Vec<Documented> {
    let text = std::fs::read_to_string(root().join(page)).expect("the page is there");
    let mut found: Vec<Documented> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ policy ").filter(|_| inside) {
            found.push(Documented {
                command: command.to_owned(),
                code: -1,
                texts: Vec::new(),
            });
        } else if inside {
            let last = found.last_mut().expect("a command comes first");
            let mut text = line;
            if last.code == -1 {
                let (code, rest) = line.split_once(' ').expect("an exit code and a text");
                last.code = code.parse().expect("an exit code");
                text = rest;
            }
            last.texts.push(text.to_owned());
        }
    }
    assert!(
        found.iter().all(|one| one.code >= 0),
        "{page}: a command without a result"
    );
    found
}

fn hold(page: &str, least: usize) {
    let commands = commands(page);
    assert!(commands.len() >= least, "{page} has {} commands", commands.len());
    let controls = root().join("controls").to_string_lossy().into_owned();
    let fixtures = fixture("");
    let mut wrong = Vec::new();
    for documented in commands {
        let arguments: Vec<String> = documented
            .command
            .split(' ')
            .map(|word| match word.split_once('/') {
                Some(("fixtures", below)) => format!("{fixtures}{below}"),
                Some(("controls", below)) => format!("{controls}/{below}"),
                _ => word.to_owned(),
            })
            .collect();
        let run = policy(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let missing: Vec<&String> = documented
            .texts
            .iter()
            .filter(|text| !run.all().contains(text.as_str()))
            .collect();
        if run.code != documented.code || !missing.is_empty() {
            wrong.push(format!(
                "$ policy {}\nexit {}, documented {}; missing {missing:?}\n{}",
                documented.command,
                run.code,
                documented.code,
                run.all()
            ));
        }
    }
    assert!(wrong.is_empty(), "{page}\n{}", wrong.join("\n----\n"));
}

#[test]
fn dates_are_handled_as_the_comparison_says() {
    hold("docs/dates.md", 12);
}

#[test]
fn every_anti_pattern_is_caught_by_name() {
    hold("docs/anti-patterns.md", 20);
}

/// The `sh` blocks of the exercise, run as they stand in an empty directory. A command of `policy` is expected to exit with
/// the code that a comment `# exit N` beside it says, or with 0.
#[cfg(unix)]
#[test]
fn the_exception_workflow_works_as_it_stands() {
    let text =
        std::fs::read_to_string(root().join("docs/exercises/exception-workflow.md")).expect("the exercise");
    let mut script =
        String::from("policy() { code=0; \"$BIN\" \"$@\" || code=$?; echo \"@exit $code\"; }\nset -eu\n");
    let mut expected = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside {
            if line.starts_with("policy ") {
                let code = line.split_once("# exit ").map(|(_, rest)| rest.chars().next());
                expected.push(code.flatten().unwrap_or('0').to_string());
            }
            script.push_str(line);
            script.push('\n');
        }
    }
    assert!(expected.len() >= 10, "{expected:?}");
    let scratch = crate::support::Scratch::new("exception-workflow-as-it-stands");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(scratch.path(""))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("NO_COLOR", "1")
        .env("BIN", env!("CARGO_BIN_EXE_policy"))
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    let all = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{all}");
    let codes: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("@exit "))
        .collect();
    assert_eq!(codes, expected, "{all}");
}
