//! Exceptions from the request to the day they are over, as their users run the commands.

use std::path::Path;

use crate::support::{Run, Scratch, files_below, fixture, policy};
use serde_json::Value;

const TEMPLATE: &str = "\
Resources:
  DemoSite:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [{Key: Environment, Value: dev}]
";
const PEOPLE: &str = "\
roles:
  security-risk-owner: {members: [rina@example.com]}
teams:
  team-demo: {members: [dewi@example.com]}
";

/// The exercise of docs/exercises/exception-workflow.md, with the flags that name the scratch directory.
struct Demo {
    scratch: Scratch,
    template: String,
    exceptions: String,
}

impl Demo {
    fn new(name: &str) -> Self {
        let scratch = Scratch::new(name);
        let template = scratch.write("template.yaml", TEMPLATE);
        scratch.write("registry/people.yaml", PEOPLE);
        let exceptions = scratch.path("exceptions");
        Self {
            scratch,
            template,
            exceptions,
        }
    }

    fn exceptions(&self, arguments: &[&str]) -> Run {
        let mut line = vec!["exceptions"];
        line.extend(arguments);
        line.extend(["--exceptions", &self.exceptions]);
        policy(&line)
    }

    fn request(&self, more: &[&str]) -> Run {
        let mut line = vec![
            "new",
            "--control",
            "DP-PUB-002",
            "--resource",
            "cfn:*/DemoSite",
            "--environment",
            "dev",
            "--owner",
            "team-demo",
            "--reason",
            "The demo site is served from the bucket until the CDN is set up.",
            "--compensating",
            "Only the pipeline can write to the bucket",
            "--evidence",
            "https://tickets.example.com/RISK-301",
            "--requested-by",
            "dewi@example.com",
            "--as-of",
            "2026-11-20",
        ];
        line.extend(more);
        self.exceptions(&line)
    }

    fn check(&self, as_of: &str) -> Run {
        policy(&[
            "check",
            &self.template,
            "--control",
            "DP-PUB-002",
            "--exceptions",
            &self.exceptions,
            "--as-of",
            as_of,
            "--allow-historical",
        ])
    }

    /// What the risk owner does: adds the approval and moves the file.
    fn approve(&self, by: &str) {
        let requested = self.scratch.path("exceptions/requested/EXC-2026-0001.yaml");
        let text = std::fs::read_to_string(&requested).expect("the request");
        let approval = format!(
            "  approvals:\n    - {{by: {by}, role: security-risk-owner, on: 2026-11-20, decision: approved}}"
        );
        let line = text
            .lines()
            .find(|line| line.starts_with("  approvals:"))
            .expect("the place of approvals");
        self.scratch.write(
            "exceptions/approved/EXC-2026-0001.yaml",
            &text.replace(line, &approval),
        );
        std::fs::remove_file(requested).expect("removable");
    }
}

#[test]
fn a_request_suppresses_nothing_until_somebody_independent_approves() {
    let demo = Demo::new("workflow");
    assert_eq!(
        demo.check("2026-11-20").code,
        2,
        "the directory of exceptions is not there yet"
    );
    let new = demo.request(&["--expires", "2026-12-15"]);
    assert_eq!(new.code, 0, "{}", new.all());
    let check = demo.check("2026-11-20");
    assert_eq!(check.code, 1, "{}", check.all());
    assert!(
        check
            .stdout
            .contains("an approval by `security-risk-owner` is missing"),
        "{}",
        check.all()
    );

    demo.approve("rina@example.com");
    let check = demo.check("2026-11-21");
    assert_eq!(check.code, 0, "{}", check.all());
    assert_eq!(demo.check("2026-12-15").code, 0, "the last day is covered");
    let over = demo.check("2026-12-16");
    assert_eq!(over.code, 1, "{}", over.all());
    assert!(
        over.stdout.contains("EXC-2026-0001 expired 1 day ago"),
        "{}",
        over.all()
    );

    let forecast = demo.exceptions(&[
        "forecast",
        &demo.template,
        "--control",
        "DP-PUB-002",
        "--as-of",
        "2026-11-21",
    ]);
    assert_eq!(forecast.code, 1, "{}", forecast.all());
    assert!(
        forecast.stdout.contains("turns red on 2026-12-16"),
        "{}",
        forecast.all()
    );
    let calm = demo.exceptions(&[
        "forecast",
        &demo.template,
        "--control",
        "DP-PUB-002",
        "--as-of",
        "2026-11-21",
        "--days",
        "5",
    ]);
    assert_eq!(calm.code, 0, "{}", calm.all());

    let list = demo.exceptions(&["list", "-o", "json", "--as-of", "2026-11-21"]);
    let list: Value = serde_json::from_str(&list.stdout).expect("JSON");
    assert_eq!(list["records"][0]["state"], "active");
    assert_eq!(list["records"][0]["daysLeft"], 24);

    assert_eq!(demo.exceptions(&["tidy", "--as-of", "2026-11-21"]).code, 0);
    let pending = demo.exceptions(&["tidy", "--as-of", "2026-12-16"]);
    assert_eq!(pending.code, 1, "{}", pending.all());
    let moved = demo.exceptions(&["tidy", "--write", "--as-of", "2026-12-16"]);
    assert_eq!(moved.code, 0, "{}", moved.all());
    assert!(Path::new(&demo.scratch.path("exceptions/expired/EXC-2026-0001.yaml")).is_file());
    assert_eq!(demo.exceptions(&["tidy", "--as-of", "2026-12-16"]).code, 0);
}

#[test]
fn an_approval_by_the_requester_is_shown_and_does_not_count() {
    let demo = Demo::new("self-approval");
    assert_eq!(demo.request(&["--expires", "2026-12-15"]).code, 0);
    demo.approve("dewi@example.com");
    let check = demo.check("2026-11-21");
    assert_eq!(check.code, 1, "open, and not undecided: {}", check.all());
    let show = demo.exceptions(&["show", "EXC-2026-0001", "--as-of", "2026-11-21"]);
    assert!(
        show.stdout.contains("requested as of 2026-11-21"),
        "{}",
        show.all()
    );
    assert!(show.stdout.contains("[EXC004]"), "{}", show.all());
}

#[test]
fn a_renewal_is_a_new_request_that_supersedes() {
    let demo = Demo::new("renewal");
    assert_eq!(demo.request(&["--expires", "2026-12-15"]).code, 0);
    demo.approve("rina@example.com");
    let renew = [
        "renew",
        "EXC-2026-0001",
        "--requested-by",
        "dewi@example.com",
        "--as-of",
        "2026-12-10",
    ];
    let too_long = demo.exceptions(&[renew.as_slice(), &["--expires", "2027-01-20"]].concat());
    assert_eq!(too_long.code, 2, "{}", too_long.all());
    assert!(too_long.stderr.contains("EXC006"), "{}", too_long.all());
    let renewed = demo.exceptions(&[renew.as_slice(), &["--expires", "2027-01-10"]].concat());
    assert_eq!(renewed.code, 0, "{}", renewed.all());
    let text = std::fs::read_to_string(demo.scratch.path("exceptions/requested/EXC-2026-0002.yaml"))
        .expect("written");
    assert!(
        text.contains("supersedes: EXC-2026-0001") && text.contains("effectiveFrom: 2026-12-16"),
        "{text}"
    );
    assert!(text.contains("approvals: []"), "{text}");
    let again = demo.exceptions(&[renew.as_slice(), &["--expires", "2027-01-10"]].concat());
    assert_eq!(again.code, 3, "{}", again.all());
}

#[test]
fn without_a_terminal_every_missing_flag_is_named_at_once() {
    let demo = Demo::new("missing-flags");
    std::fs::create_dir_all(&demo.exceptions).expect("writable");
    let run = demo.exceptions(&["new", "--control", "DP-PUB-002"]);
    assert_eq!(run.code, 3, "{}", run.all());
    for flag in [
        "--resource",
        "--environment",
        "--owner",
        "--reason",
        "--compensating",
        "--evidence",
        "--requested-by",
        "--expires",
    ] {
        assert!(run.stderr.contains(flag), "{flag}: {}", run.all());
    }
    let unknown = demo.exceptions(&["show", "EXC-2026-0009"]);
    assert_eq!(unknown.code, 3, "{}", unknown.all());
}

/// The errors of these cases leave the record at work or waiting: the lint says so, the gate goes on.
#[test]
fn lint_errors_that_leave_the_record_working_do_not_stop_the_gate() {
    for (code, open) in [
        ("EXC016", false),
        ("EXC020", true),
        ("EXC027", false),
        ("EXC004", true),
        ("EXC028", true),
    ] {
        let root = fixture(&format!("invalid/governance/{code}/firing"));
        let plan = fixture("invalid/governance/EXC023/clean/plan.json");
        let run = policy(&[
            "check",
            &plan,
            "--controls",
            &root,
            "--exceptions",
            &format!("{root}/exceptions"),
            "--as-of",
            "2026-11-20",
            "--allow-historical",
        ]);
        assert_eq!(run.code, i32::from(open), "{code}: {}", run.all());
        assert_eq!(
            policy(&["lint", &root, "--as-of", "2026-11-20"]).code,
            2,
            "{code}"
        );
    }
    let root = fixture("invalid/governance/EXC001/firing");
    let plan = fixture("invalid/governance/EXC023/clean/plan.json");
    let run = policy(&[
        "check",
        &plan,
        "--controls",
        &root,
        "--exceptions",
        &format!("{root}/exceptions"),
    ]);
    assert_eq!(run.code, 2, "an invalid record: {}", run.all());
}

#[test]
fn coverage_names_gaps() {
    let covered = policy(&["controls", "coverage", "--framework", "soc2"]);
    assert_eq!(covered.code, 0, "{}", covered.all());
    let root = fixture("invalid/governance/MAP002/firing");
    let gap = policy(&["controls", "coverage", "--controls", &root, "-o", "json"]);
    assert_eq!(gap.code, 1, "{}", gap.all());
    let gap: Value = serde_json::from_str(&gap.stdout).expect("JSON");
    assert_eq!(gap["frameworks"][0]["requirements"][0]["answer"], "gap");
}

fn as_json(file: &str) -> Value {
    let text = std::fs::read_to_string(file).expect("readable");
    let source = policy_core::source::Source::new(file, text);
    policy_core::document::yaml::parse(&source)
        .expect(file)
        .to_value()
        .to_json()
}

/// What the loader takes, the schema takes; what is wrong in form, both refuse.
#[test]
fn schemas_agree_with_the_loader() {
    let kinds = [
        ("control", "/controls/"),
        ("exception", "/exceptions/"),
        ("mapping", "/mappings/"),
        ("workload", "/workloads/"),
    ];
    for (schema, folder) in kinds {
        let document: Value =
            serde_json::from_str(&policy(&["schema", schema]).stdout).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&document).expect("the schema is a schema");
        let mut files: Vec<String> = ["invalid/governance", "governance"]
            .iter()
            .flat_map(|dir| files_below(&fixture(dir)))
            .collect();
        files.extend(files_below(
            &crate::support::root().join("controls").to_string_lossy(),
        ));
        let wanted = |file: &&String| {
            let place = match schema {
                "control" => {
                    file.ends_with("/control.yaml")
                        || (file.contains(folder) && file.contains("fixtures") && file.ends_with(".yaml"))
                }
                _ => file.contains(folder) && file.ends_with(".yaml"),
            };
            place && !file.contains("/firing/") && !file.contains("/tests/")
        };
        let mut seen = 0;
        for file in files.iter().filter(wanted) {
            let errors: Vec<String> = validator
                .iter_errors(&as_json(file))
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{file}: {errors:?}");
            seen += 1;
        }
        assert!(seen > 3, "{schema}: only {seen} files");
    }
    let refused = [
        ("control", "CTL001"),
        ("control", "CTL005"),
        ("control", "CTL006"),
        ("control", "CTL007"),
        ("control", "CTL008"),
        ("control", "CTL009"),
        ("control", "CTL022"),
        ("exception", "EXC000"),
        ("exception", "EXC001"),
        ("exception", "EXC002"),
        ("exception", "EXC003"),
        ("exception", "EXC008"),
        ("exception", "EXC010"),
        ("exception", "EXC012"),
        ("exception", "EXC013"),
        ("mapping", "MAP000"),
        ("mapping", "MAP005"),
        ("workload", "WKL000"),
    ];
    for (schema, code) in refused {
        let document: Value =
            serde_json::from_str(&policy(&["schema", schema]).stdout).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&document).expect("the schema is a schema");
        let folder = format!("/{schema}s/");
        let files = files_below(&fixture(&format!("invalid/governance/{code}/firing")));
        let file = files.iter().find(|file| file.contains(&folder)).expect(code);
        assert!(!validator.is_valid(&as_json(file)), "{file}");
    }
}
