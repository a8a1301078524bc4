//! `policy test`.

use crate::support::{Run, Scratch, policy, root};

const CONTROL: &str = "id: VOL-001\ntitle: Volumes are encrypted\nintent: i\nseverity: high\n\
                       scope: {environments: [all], resourceTypes: [ebs_volume]}\n";
const RULE: &str = "package controls.vol_001\n\ndeny contains {\"path\": \"encrypted\"} if {\n\tnot input.resource.encrypted\n\
                    \tnot scratch\n}\n\nscratch if {\n\tinput.resource.tags.scratch == \"yes\"\n\tinput.resource.size < 10\n}\n";

fn volume(properties: &str) -> String {
    format!("Resources:\n  Data: {{Type: AWS::EC2::Volume, Properties: {{{properties}}}}}\n")
}

/// A control over volumes with a case of each kind, in CloudFormation only.
fn repository(name: &str, more: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.write(
        "controls/VOL-001-volumes/control.yaml",
        &format!("{CONTROL}{more}"),
    );
    scratch.write("controls/VOL-001-volumes/rule.rego", RULE);
    let tests = "controls/VOL-001-volumes/tests";
    scratch.write(
        &format!("{tests}/compliant/encrypted/template.yaml"),
        &volume("Size: 10, Encrypted: true"),
    );
    scratch.write(
        &format!("{tests}/noncompliant/plain/template.yaml"),
        &volume("Size: 10, Encrypted: false"),
    );
    scratch
}

fn test(scratch: &Scratch, more: &[&str]) -> Run {
    let controls = scratch.path("controls");
    policy(&[&["test", "--controls", &controls], more].concat())
}

#[test]
fn the_table_has_a_column_for_every_source() {
    let scratch = repository("test-table", "");
    let run = test(&scratch, &[]);
    assert_eq!(run.code, 0, "{}", run.all());
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(
        lines[0].starts_with("control  cloudformation-template"),
        "{}",
        run.stdout
    );
    assert!(
        lines[1].starts_with("VOL-001") && lines[1].contains(" 1 +  1  ok"),
        "{}",
        run.stdout
    );
    assert_eq!(lines[2], "1 controls: 2 cases passed, 0 failed");
}

#[test]
fn a_claimed_source_without_cases_fails() {
    let scratch = repository("test-claims", "evaluableOn: [cloudformation, aws-config]\n");
    let run = test(&scratch, &[]);
    assert_eq!(run.code, 1, "{}", run.all());
    for kind in ["compliant", "noncompliant"] {
        let expected =
            format!("FAILED VOL-001 claims to be decided on AWS Config items and has no {kind} case there");
        assert!(run.stdout.contains(&expected), "{}", run.stdout);
    }
}

#[test]
fn cases_of_a_control_that_no_case_decides_are_a_mistake() {
    let scratch = repository("test-account", "");
    let account = format!("{CONTROL}evaluableOn: [account]\nrules: []\n");
    scratch.write("controls/VOL-001-volumes/control.yaml", &account);
    std::fs::remove_file(scratch.path("controls/VOL-001-volumes/rule.rego")).expect("written before");
    let run = test(&scratch, &[]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(
        run.stdout
            .contains("VOL-001 has cases, and it is decided on account reports"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_line_that_no_case_comes_by_is_named() {
    let scratch = repository("test-coverage", "");
    let run = test(&scratch, &["--coverage"]);
    assert_eq!(run.code, 1, "{}", run.all());
    let not_covered: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("NOT COVERED"))
        .collect();
    assert_eq!(not_covered.len(), 1, "{}", run.stdout);
    assert!(
        not_covered[0].ends_with("VOL-001-volumes/rule.rego:10"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("4 of 5 (80 %)"), "{}", run.stdout);
}

#[test]
fn a_case_is_judged_as_of_the_day_that_it_names() {
    let scratch = repository("test-as-of", "");
    let rule = "package controls.vol_001\n\ndeny contains \"late\" if {\n\tnot input.resource.encrypted\n\
                \tinput.context.now < \"2001\"\n}\n";
    scratch.write("controls/VOL-001-volumes/rule.rego", rule);
    let run = test(&scratch, &[]);
    assert!(
        run.code == 1 && run.stdout.contains("no failure"),
        "{}",
        run.all()
    );
    let as_of = "controls/VOL-001-volumes/tests/noncompliant/plain/as-of.txt";
    scratch.write(as_of, "2000-12-31\n");
    assert_eq!(test(&scratch, &[]).code, 0);
    scratch.write(as_of, "soon\n");
    let run = test(&scratch, &[]);
    assert!(
        run.code == 1 && run.stdout.contains("as-of.txt: `soon` is not a date"),
        "{}",
        run.all()
    );
}

#[test]
fn what_stands_beside_a_case_and_cannot_be_read_fails_it() {
    let scratch = repository("test-unreadable", "");
    assert_eq!(test(&scratch, &[]).code, 0);
    for name in ["parameters.yaml", "as-of.txt"] {
        let path = scratch.path(&format!(
            "controls/VOL-001-volumes/tests/noncompliant/plain/{name}"
        ));
        std::fs::write(&path, [0xff, 0xfe, 0x00]).expect("writable");
        let run = test(&scratch, &[]);
        assert!(
            run.code == 1 && run.stdout.contains(&format!("template.yaml: {name}: ")),
            "{}",
            run.all()
        );
        std::fs::remove_file(&path).expect("written before");
    }
}

#[test]
fn changes_that_no_case_notices_are_named_and_have_to_be_justified() {
    let scratch = repository("test-mutants", "");
    let run = test(&scratch, &["--mutants"]);
    assert_eq!(run.code, 1, "{}", run.all());
    let condition = "`input.resource.tags.scratch == \"yes\"` negated";
    for survivor in ["`not scratch` dropped", condition] {
        assert!(
            run.stdout
                .lines()
                .any(|line| line.starts_with("SURVIVED") && line.ends_with(survivor)),
            "{survivor}: {}",
            run.stdout
        );
    }
    // A case that needs the conditions kills the mutants.
    let tests = "controls/VOL-001-volumes/tests";
    scratch.write(
        &format!("{tests}/compliant/scratch/template.yaml"),
        &volume("Size: 1, Encrypted: false, Tags: [{Key: scratch, Value: \"yes\"}]"),
    );
    scratch.write(
        &format!("{tests}/noncompliant/large/template.yaml"),
        &volume("Size: 10, Encrypted: false, Tags: [{Key: scratch, Value: \"yes\"}]"),
    );
    let run = test(&scratch, &["--mutants", "--coverage"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert_eq!(run.stdout.matches("SURVIVED").count(), 1, "{}", run.stdout);
    let entry = |why: &str| {
        format!(
            "survivors:\n  - file: VOL-001-volumes/rule.rego\n    rule: scratch\n    \
             condition: input.resource.tags.scratch == \"yes\"\n    change: dropped\n    {why}\n"
        )
    };
    let list = "controls/tests/mutation-survivors.yaml";
    scratch.write(list, &entry("why: Only scratch volumes are small."));
    let run = test(&scratch, &["--mutants"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.stdout.contains("1 survive with a reason"), "{}", run.stdout);
    // Nobody is silent about the reason, and nobody keeps one that is not needed.
    scratch.write(list, &entry("change: negated"));
    assert_eq!(test(&scratch, &["--mutants"]).code, 2);
    scratch.write(
        list,
        &entry("why: Only scratch volumes are small.").replace("dropped", "negated"),
    );
    let run = test(&scratch, &["--mutants"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(
        run.stdout.contains("STALE") && run.stdout.contains("SURVIVED"),
        "{}",
        run.stdout
    );
}

/// The whole pack is tried by `.ci/run`.
#[test]
fn shipped_rules_are_covered_and_their_conditions_needed() {
    let controls = root().join("controls").to_string_lossy().into_owned();
    let run = policy(&[
        "test",
        "NET-001",
        "DP-KMS-001",
        "TAG-001",
        "--controls",
        &controls,
        "--coverage",
        "--mutants",
    ]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.stdout.contains("(100 %)"), "{}", run.stdout);
    assert_eq!(policy(&["test", "NET-0001", "--controls", &controls]).code, 3);
}
