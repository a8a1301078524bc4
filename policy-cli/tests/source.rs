//! Terraform source as pre-commit and a hostile change request give it: bounded time and memory, the values of the
//! command line, modules that `terraform init` put aside.

#[cfg(test)]
#[expect(dead_code, reason = "every test binary uses a part of the shared helpers")]
mod support;

use support::{Scratch, policy};

/// A bucket that has to be evaluated whatever stands beside it.
const WITNESS: &str = "\nresource \"aws_s3_bucket\" \"witness\" {\n  bucket = \"fine\"\n}\n";

#[cfg(test)]
fn chain(first: &str, next: &str, length: usize) -> String {
    let mut text = format!("locals {{\n  l0 = {first}\n");
    for index in 1..length {
        let next = next.replace("PREVIOUS", &format!("local.l{}", index - 1));
        text.push_str(&format!("  l{index} = {next}\n"));
    }
    text + "}\n"
}

#[cfg(test)]
fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    format!(
        "locals {{\n  a = {}{middle}{}\n}}\n",
        open.repeat(depth),
        close.repeat(depth)
    )
}

/// Runs `policy inventory` with at most 4 GiB of address space and 120 seconds of processor time. A debug build does it
/// in a fraction of that.
#[cfg(test)]
fn bounded(scratch: &Scratch, root: &str) -> (Option<i32>, String, String) {
    let run = std::process::Command::new("sh")
        .arg("-c")
        .arg("ulimit -v 4194304; ulimit -t 120; exec \"$0\" inventory \"$1\"")
        .arg(env!("CARGO_BIN_EXE_policy"))
        .arg(root)
        .current_dir(scratch.path(""))
        .output()
        .expect("sh runs");
    (
        run.status.code(),
        String::from_utf8_lossy(&run.stdout).into_owned(),
        String::from_utf8_lossy(&run.stderr).into_owned(),
    )
}

#[test]
fn values_that_grow_are_bounded() {
    let scratch = Scratch::new("values_that_grow_are_bounded");
    run_all(&scratch, &[
        ("doubling-tuples", chain("[1]", "[PREVIOUS, PREVIOUS]", 60)),
        ("doubling-objects", chain("{ a = 1 }", "{ a = PREVIOUS, b = PREVIOUS }", 60)),
        ("doubling-texts", chain("\"aaaaaaaaaaaaaaaa\"", "\"${PREVIOUS}${PREVIOUS}\"", 60)),
        ("doubling-concat", chain("[1]", "concat(PREVIOUS, PREVIOUS)", 60)),
        ("doubling-join", chain("\"aaaaaaaa\"", "join(PREVIOUS, [PREVIOUS, PREVIOUS])", 60)),
        ("doubling-replace", chain("\"aaaaaaaa\"", "replace(PREVIOUS, \"a\", PREVIOUS)", 60)),
        ("doubling-json", chain("\"\\\"\"", "jsonencode([PREVIOUS, PREVIOUS])", 60)),
        ("deep-values", chain("[1]", "[PREVIOUS]", 5_000)),
        ("format", "locals {\n  a = format(\"%99999999d\", 1)\n  b = format(\"%s%s\", local.a, local.a)\n}\n".to_owned()),
        ("null-types", chain("{ a = 1 }", "{ a = PREVIOUS, b = PREVIOUS }", 16) + "locals {\n  n = tolist(concat([local.l15], [for i in range(1000): null]))\n  m = [for i in range(1000): local.n]\n}\n"),
        ("large-numbers", "locals {\n  a = pow(10, 1e9)\n  b = \"${1e1000000}\"\n  c = 1e1000000 % 3\n  d = format(\"%d\", 1e100000)\n  e = 1e1000000 + 1e-1000000\n}\n".to_owned()),
        ("regular-expressions", "locals {\n  s = join(\"\", [for i in range(1000): \"aaaaaaaaaaaaaaaaaaaaaaaaa\"])\n  a = regexall(\"(a*)*b\", local.s)\n  b = replace(local.s, \"/(a+)+$/\", \"b\")\n}\n".to_owned()),
    ]);
}

#[test]
fn work_and_instances_are_bounded() {
    let scratch = Scratch::new("work_and_instances_are_bounded");
    let range = "range(1000)";
    run_all(&scratch, &[
        ("range", "locals {\n  a = range(1e9)\n  b = range(0, 1e100, 1e-9)\n}\n".to_owned()),
        ("setproduct", format!("locals {{\n  a = setproduct({range}, {range}, {range}, {range})\n}}\n")),
        ("cidr", "locals {\n  a = [for i in range(1000): cidrsubnets(\"10.0.0.0/8\", [for j in range(1000): 16]...)]\n}\n".to_owned()),
        ("loops", format!("locals {{\n  a = [for i in {range}: [for j in {range}: [for k in {range}: i * j * k]]]\n}}\n")),
        ("template-loops", format!("locals {{\n  a = \"%{{for i in {range}}}%{{for j in {range}}}%{{for k in {range}}}${{k}}%{{endfor}}%{{endfor}}%{{endfor}}\"\n}}\n")),
        ("count", "resource \"aws_s3_bucket\" \"a\" {\n  count  = 100000000\n  bucket = \"x\"\n}\nresource \"aws_s3_bucket\" \"b\" {\n  for_each = toset([for p in setproduct(range(150), range(150)): \"${p[0]}-${p[1]}\"])\n  bucket   = each.key\n}\n".to_owned()),
        ("large-resources", format!("locals {{\n  r = [for i in {range}: \"policy ${{i}} aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]\n}}\nresource \"x_y\" \"a\" {{\n  count = 5000\n  a     = local.r\n  b     = jsonencode(local.r)\n}}\n")),
        ("dynamic", format!("resource \"x_y\" \"z\" {{\n  dynamic \"a\" {{\n    for_each = {range}\n    content {{\n      dynamic \"b\" {{\n        for_each = {range}\n        content {{\n          dynamic \"c\" {{\n            for_each = {range}\n            content {{}}\n          }}\n        }}\n      }}\n    }}\n  }}\n}}\n")),
        ("every-instance-refers-to-every-other", "resource \"aws_vpc\" \"v\" {\n  count = 3000\n}\nresource \"x_y\" \"a\" {\n  count = 20\n  a     = aws_vpc.v[*].id\n  b     = jsonencode(aws_vpc.v[*].arn)\n}\n".to_owned()),
    ]);
    scratch.write(
        "templates/t.tpl",
        "${templatefile(\"t.tpl\", {})}${templatefile(\"t.tpl\", {})}",
    );
    scratch.write(
        "templates/main.tf",
        &format!("locals {{\n  a = templatefile(\"t.tpl\", {{}})\n}}\n{WITNESS}"),
    );
    check(&scratch, "templates");
    let module = |source: &str, count: usize| {
        format!("module \"m\" {{\n  source = \"{source}\"\n  count  = {count}\n}}\n")
    };
    scratch.write("modules/main.tf", &(module("./m", 1_000) + WITNESS));
    scratch.write("modules/m/main.tf", &module("./m", 1_000));
    scratch.write(
        "modules/m/m/main.tf",
        "resource \"x_y\" \"a\" {\n  count = 1000\n}\n",
    );
    check(&scratch, "modules");
    scratch.write("own-module/main.tf", &(module("./.", 2) + WITNESS));
    check(&scratch, "own-module");
    let deep = format!(
        "{{\"locals\": {{\"a\": {}{}}}}}",
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    scratch.write("json/deep.tf.json", &deep);
    scratch.write("json/main.tf", WITNESS);
    check(&scratch, "json");
}

#[test]
fn nesting_is_bounded() {
    let scratch = Scratch::new("nesting_is_bounded");
    run_all(
        &scratch,
        &[
            ("deep-brackets", nested("[", "", "]", 50_000)),
            ("deep-parentheses", nested("(", "1", ")", 50_000)),
            ("deep-objects", nested("{a=", "1", "}", 50_000)),
            ("deep-calls", nested("abs(", "1", ")", 50_000)),
            ("deep-conditionals", nested("true?1:", "1", "", 50_000)),
            ("deep-templates", nested("\"${", "\"x\"", "}\"", 20_000)),
            ("deep-operators", nested("1+", "1", "", 50_000)),
            ("deep-signs", nested("!", "true", "", 50_000)),
            (
                "deep-blocks",
                format!(
                    "resource \"x_y\" \"d\" {{\n{}{}}}\n",
                    "a {\n".repeat(20_000),
                    "}\n".repeat(20_000)
                ),
            ),
            (
                "deep-types",
                format!(
                    "variable \"v\" {{\n  type = {}string{}\n}}\n",
                    "list(".repeat(20_000),
                    ")".repeat(20_000)
                ),
            ),
        ],
    );
}

#[cfg(test)]
fn run_all(scratch: &Scratch, cases: &[(&str, String)]) {
    for (name, text) in cases {
        scratch.write(&format!("{name}/main.tf"), &format!("{text}{WITNESS}"));
        check(scratch, name);
    }
}

#[cfg(test)]
fn check(scratch: &Scratch, name: &str) {
    let (code, stdout, stderr) = bounded(scratch, name);
    assert!(matches!(code, Some(0 | 2)), "{name}: {code:?}\n{stderr}");
    assert!(stdout.contains("aws_s3_bucket.witness"), "{name}: {stderr}");
    // Whatever is not computed has a place in the code.
    let located = stderr.lines().any(|line| line.trim_start().starts_with("--> "));
    assert!(code == Some(0) || located, "{name}: {stderr}");
}

#[test]
fn what_exceeds_a_limit_is_unknown_also_inside_try() {
    let scratch = Scratch::new("limit-in-try");
    let text = chain("[1]", "[PREVIOUS, PREVIOUS]", 40)
        + "resource \"aws_s3_bucket\" \"b\" {\n  bucket = try(tostring(length(flatten(local.l39))), \"other\")\n}\n";
    let root = scratch.write("main.tf", &text);
    let run = policy(&["inventory", &root]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stderr.contains("TFS011"), "{}", run.stderr);
    let inventory: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let native = &inventory["resources"][0]["native"];
    assert_eq!(
        native["values"].get("bucket").and_then(|bucket| bucket.as_str()),
        None,
        "{native}"
    );
}

#[test]
fn values_of_the_command_line_count_in_their_order_and_the_environment_only_when_asked() {
    let scratch = Scratch::new("tf-vars");
    let root = scratch.write(
        "main.tf",
        "variable \"name\" {\n  default = \"default\"\n}\nvariable \"list\" {\n  type    = list(string)\n  default = []\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"${var.name}-${length(var.list)}\"\n}\n",
    );
    let file = scratch.write("values/x.tfvars", "name = \"file\"\n");
    let name = |arguments: &[&str]| {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_policy"))
            .args(["inventory", &root])
            .args(arguments)
            .env("TF_VAR_name", "environment")
            .env("TF_VAR_list", "[\"a\", \"b\"]")
            .env("TF_VAR_other", "of another root module")
            .output()
            .expect("the binary runs");
        let inventory: serde_json::Value = serde_json::from_slice(&run.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&run.stderr)));
        inventory["resources"][0]["native"]["values"]["bucket"]
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(name(&[]).as_deref(), Some("default-0"));
    assert_eq!(name(&["--tf-var-env"]).as_deref(), Some("environment-2"));
    assert_eq!(
        name(&["--var", "name=value", "--var-file", &file]).as_deref(),
        Some("file-0")
    );
    assert_eq!(
        name(&["--var-file", &file, "--var", "name=value"]).as_deref(),
        Some("value-0")
    );
    assert_eq!(
        name(&["--tf-var-env", "--var", "name=value"]).as_deref(),
        Some("value-2")
    );
    scratch.write("terraform.tfvars", "name = \"tfvars\"\n");
    assert_eq!(name(&["--tf-var-env"]).as_deref(), Some("tfvars-2"));
    assert_eq!(policy(&["inventory", &root, "--var", "name"]).code, 3);
}

#[test]
fn files_of_one_directory_are_one_root_module() {
    let scratch = Scratch::new("pre-commit");
    let main = scratch.write(
        "infra/main.tf",
        "resource \"aws_s3_bucket\" \"b\" {\n  bucket = local.name\n}\n",
    );
    let locals = scratch.write("infra/locals.tf", "locals {\n  name = var.name\n}\n");
    let variables = scratch.write("infra/variables.tf", "variable \"name\" {}\n");
    let values = scratch.write("infra/terraform.tfvars", "name = \"x\"\n");
    let other = main.replace("infra/main.tf", "./infra/../infra/main.tf");
    let run = policy(&[
        "check",
        &main,
        &locals,
        &variables,
        &values,
        &other,
        "-o",
        "json",
        "--exit-zero",
    ]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let inputs = report["inputs"].as_array().expect("inputs");
    assert_eq!(inputs.len(), 1, "{inputs:?}");
    assert_eq!(inputs[0]["resources"], 1);
    assert!(
        inputs[0]["path"]
            .as_str()
            .is_some_and(|path| path.ends_with("infra")),
        "{inputs:?}"
    );
}

#[test]
fn modules_of_a_root_outside_of_a_repository_are_read_and_nothing_beside_them() {
    // The build directory is part of a repository; this one is not.
    let outside = std::env::temp_dir().join(format!("policy-test-{}", std::process::id()));
    let write = |name: &str, text: &str| {
        let path = outside.join(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("writable");
        std::fs::write(&path, text).expect("writable");
        path.to_string_lossy().into_owned()
    };
    write(
        "vpc/main.tf",
        "variable \"cidr\" {}\nresource \"aws_vpc\" \"this\" {\n  cidr_block = var.cidr\n  tags       = { secret = try(file(\"${path.module}/../outside.txt\"), \"none\") }\n}\n",
    );
    write("outside.txt", "CANARY-0815");
    let root = write(
        "vpc/examples/simple/main.tf",
        "module \"vpc\" {\n  source = \"../../\"\n  cidr   = \"10.0.0.0/16\"\n}\n",
    );
    let run = policy(&["inventory", &root]);
    let _removed = std::fs::remove_dir_all(&outside);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.stdout.contains("module.vpc.aws_vpc.this") && run.stdout.contains("10.0.0.0/16"),
        "{}",
        run.stdout
    );
    assert!(!run.all().contains("CANARY-0815"), "{}", run.all());
}

#[test]
fn initialised_modules_are_evaluated_and_others_are_visible() {
    let scratch = Scratch::new("initialised");
    let root = scratch.write(
        "main.tf",
        "module \"vpc\" {\n  source  = \"example/vpc/aws\"\n  version = \"~> 5.1\"\n}\nmodule \"role\" {\n  source = \"git::https://git.example.com/iam.git//modules/role?ref=v1\"\n}\nmodule \"absent\" {\n  source = \"example/absent/aws\"\n}\nmodule \"stale\" {\n  source  = \"example/stale/aws\"\n  version = \"~> 2.0\"\n}\n",
    );
    let bucket =
        |name: &str| format!("resource \"aws_s3_bucket\" \"{name}\" {{\n  bucket = \"{name}\"\n}}\n");
    scratch.write(".terraform/modules/vpc/main.tf", &(bucket("vpc") + "module \"inner\" {\n  source = \"./modules/inner\"\n}\nmodule \"endpoints\" {\n  source = \"example/endpoints/aws\"\n}\n"));
    scratch.write(".terraform/modules/vpc/modules/inner/main.tf", &bucket("inner"));
    scratch.write(".terraform/modules/vpc.endpoints/main.tf", &bucket("endpoints"));
    scratch.write(".terraform/modules/role/modules/role/main.tf", &bucket("role"));
    scratch.write(".terraform/modules/stale/main.tf", &bucket("stale"));
    scratch.write(
        ".terraform/modules/modules.json",
        r#"{"Modules": [
            {"Key": "", "Source": "", "Dir": "."},
            {"Key": "vpc", "Source": "registry.terraform.io/example/vpc/aws", "Version": "5.4.0", "Dir": ".terraform/modules/vpc"},
            {"Key": "vpc.inner", "Source": "./modules/inner", "Dir": ".terraform/modules/vpc/modules/inner"},
            {"Key": "vpc.endpoints", "Source": "registry.terraform.io/example/endpoints/aws", "Version": "1.0.0", "Dir": ".terraform/modules/vpc.endpoints"},
            {"Key": "role", "Source": "git::https://git.example.com/iam.git//modules/role?ref=v1", "Dir": ".terraform/modules/role/modules/role"},
            {"Key": "stale", "Source": "registry.terraform.io/example/stale/aws", "Version": "1.9.0", "Dir": ".terraform/modules/stale"}
        ]}"#,
    );
    let directory = scratch.path("");
    let run = policy(&["check", &root, "-o", "json", "--exit-zero"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let inputs = report["inputs"].as_array().expect("inputs");
    assert_eq!(inputs.len(), 1, "modules are no root modules: {inputs:?}");
    // `absent` and `stale` are not seen, and every report says how much of the code was.
    assert_eq!(
        inputs[0]["moduleCalls"],
        serde_json::json!({"evaluated": 4, "total": 6})
    );
    let run = policy(&["check", &root, "-o", "text", "--exit-zero"]);
    assert!(
        run.stdout.contains("coverage: 4 of 6 module calls evaluated"),
        "{}",
        run.all()
    );
    let run = policy(&["inventory", &directory]);
    for address in [
        "module.vpc.aws_s3_bucket.vpc",
        "module.vpc.module.inner.aws_s3_bucket.inner",
        "module.vpc.module.endpoints.aws_s3_bucket.endpoints",
        "module.role.aws_s3_bucket.role",
    ] {
        assert!(run.stdout.contains(address), "{address}: {}", run.all());
    }
    assert!(!run.stdout.contains("aws_s3_bucket.stale"), "{}", run.stdout);
    for words in [
        "`absent` (`example/absent/aws`) is not initialised",
        "is initialised at version 1.9.0, which `~> 2.0` does not allow",
    ] {
        assert!(run.all().contains(words), "{words}: {}", run.all());
    }
}

#[test]
fn root_modules_below_a_root_module_are_said_not_to_be_read() {
    let scratch = Scratch::new("root_modules_below_a_root_module");
    scratch.write("main.tf", "module \"a\" {\n  source = \"./modules/a\"\n}\n");
    scratch.write("modules/a/main.tf", "");
    scratch.write(
        "examples/one/main.tf",
        "module \"x\" {\n  source = \"../..\"\n}\n",
    );
    scratch.write("environments/prod/main.tf.json", "{}");
    let said = |paths: &[&str]| {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_policy"))
            .args(["check", "--allow-empty"])
            .args(paths)
            .current_dir(scratch.path(""))
            .output()
            .expect("policy runs");
        let text = [run.stdout, run.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        text.lines()
            .find(|line| line.contains("INP005"))
            .map(str::to_owned)
    };
    assert_eq!(
        said(&["."]).as_deref(),
        Some(
            "warning[INP005]: `environments/prod`, `examples/one` below `.` are root modules of their own, which this run does not read"
        )
    );
    assert_eq!(
        said(&[".", "examples/one/"]).as_deref(),
        Some(
            "warning[INP005]: `environments/prod` below `.` is a root module of its own, which this run does not read"
        )
    );
    // A file stands for its directory, as pre-commit passes it, and says nothing about others.
    assert_eq!(said(&["main.tf"]), None);
    assert_eq!(said(&["examples/one"]), None);
}

/// The outcome of one control on one resource in a JSON report.
#[cfg(test)]
fn outcome(report: &serde_json::Value, control: &str, resource: &str) -> String {
    let outcomes = report["outcomes"].as_array().expect("--all-outcomes");
    let found = outcomes
        .iter()
        .find(|one| one["controlId"] == control && one["resource"] == resource);
    found.expect("evaluated")["outcome"]
        .as_str()
        .expect("a word")
        .into()
}

#[test]
fn the_source_of_a_plan_tells_what_the_plan_cannot() {
    let directory = support::root().join("fixtures/inputs/terraform-source/policy-of-new-resources");
    let fixture = directory.to_str().expect("a path is text here");
    let plan = format!("{fixture}/plan.json");
    let check = |more: &[&str]| {
        let run = policy(&[&["check", &plan, "-o", "json", "--all-outcomes"], more].concat());
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("a report");
        (run, report)
    };
    let queue = "aws_sqs_queue.q";
    let (_, alone) = check(&[]);
    assert_eq!(outcome(&alone, "DP-PUB-012", queue), "unknown");
    assert!(
        policy(&["check", &plan])
            .stdout
            .contains("help: `--source <directory>`")
    );

    let (_, opened) = check(&["--source", fixture]);
    assert_eq!(outcome(&opened, "DP-PUB-012", queue), "pass");
    let inputs = opened["inputs"].as_array().expect("inputs");
    assert_eq!(inputs.len(), 2, "what was read is named: {inputs:?}");

    // A policy that is open, and one that is not of this plan.
    let scratch = Scratch::new("source-of-a-plan");
    let text = std::fs::read_to_string(directory.join("main.tf")).expect("the fixture");
    scratch.write(
        "open/main.tf",
        &text.replace("{ AWS = \"arn:aws:iam::111122223333:root\" }", "\"*\""),
    );
    let (_, open) = check(&["--source", &scratch.path("open")]);
    assert_eq!(outcome(&open, "DP-PUB-012", queue), "fail");
    scratch.write("other/main.tf", &text.replace("\"q\"\n", "\"other\"\n"));
    let (run, other) = check(&["--source", &scratch.path("other")]);
    assert_eq!(outcome(&other, "DP-PUB-012", queue), "unknown", "{}", run.all());
    assert_eq!(other["diagnostics"][0]["code"], "TFP023", "{}", run.all());
    scratch.write(
        "broken/main.tf",
        &text.replace("aws_sqs_queue.q.arn", "nothing.here"),
    );
    let (run, broken) = check(&["--source", &scratch.path("broken")]);
    assert_eq!(outcome(&broken, "DP-PUB-012", queue), "unknown", "{}", run.all());
    assert_eq!(broken["diagnostics"][0]["code"], "TFP024", "{}", run.all());

    assert_eq!(policy(&["check", fixture, "--source", fixture]).code, 3);
    assert_eq!(check(&["--source", &scratch.path("nowhere")]).0.code, 2);
}
