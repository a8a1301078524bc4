//! Broken and unbounded code, and modules that are not there.

use super::*;

#[test]
fn broken_code_is_reported_and_the_rest_is_evaluated() {
    let input = read_files(&[
        (
            "bad.tf",
            "resource \"aws_s3_bucket\" \"broken\" {\n  bucket = \n}\n",
        ),
        (
            "main.tf",
            r#"locals {
  a = local.b
  b = local.a
  c = nope(1)
  d = [1][5]
  e = var.missing
}
resource "aws_s3_bucket" "ok" {
  bucket = "fine"
  force_destroy = local.c
}
resource "aws_s3_bucket" "wrong" {
  bucket = local.undeclared
  force_destroy = "maybe"
}
resource "aws_s3_bucket" "looped" {
  count = "x"
}
modul "typo" {}
"#,
        ),
    ]);
    let found: Vec<(String, u32)> = problems(&input)
        .into_iter()
        .map(|(code, line, _)| (code, line))
        .collect();
    let expected = [
        ("DOC016", 2),
        ("TFS005", 3),
        ("TFS007", 4),
        ("TFS006", 5),
        ("TFS004", 6),
        ("TFS004", 13),
        ("TFS014", 14),
        ("TFS010", 17),
        ("TFS003", 19),
    ];
    for (code, line) in expected {
        assert!(
            found.contains(&(code.to_owned(), line)),
            "{code} at {line} in {:#?}",
            problems(&input)
        );
    }
    assert_eq!(found.len(), expected.len(), "{:#?}", problems(&input));
    assert_eq!(
        at(&input, "aws_s3_bucket.ok", "bucket"),
        Some(&Value::from("fine"))
    );
    assert_eq!(
        unknown(&input, "aws_s3_bucket.ok", "force_destroy").0,
        UnknownReason::Expression
    );
    assert!(
        at(&input, "aws_s3_bucket.wrong", "force_destroy")
            .unwrap()
            .as_unknown()
            .is_some()
    );
}

#[test]
fn a_module_that_is_not_there_is_a_warning_and_its_outputs_are_unknown() {
    let input = read_one(
        "module \"vpc\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n  version = \"5.0.0\"\n}\nresource \"aws_subnet\" \"s\" {\n  vpc_id = module.vpc.vpc_id\n  cidr_block = \"10.0.0.0/24\"\n}\n",
    );
    assert_eq!(
        problems(&input)
            .iter()
            .map(|(code, line, _)| (code.as_str(), *line))
            .collect::<Vec<_>>(),
        [("TFS009", 2)]
    );
    assert_eq!(input.diagnostics[0].level, Level::Warning);
    assert_eq!(
        unknown(&input, "aws_subnet.s", "vpc_id"),
        (UnknownReason::PartialInput, vec!["module.vpc".into()])
    );
    assert_eq!(
        at(&input, "aws_subnet.s", "cidr_block"),
        Some(&Value::from("10.0.0.0/24"))
    );
}

#[test]
fn many_modules_that_are_not_there_are_one_warning() {
    let calls: String = (0..7)
        .map(|n| format!("module \"m{n}\" {{\n  source = \"org/m{n}/aws\"\n}}\n"))
        .collect();
    let input = read_one(&calls);
    let [(code, line, message)] = problems(&input).try_into().expect("one");
    assert_eq!((code.as_str(), line), ("TFS009", 2));
    assert_eq!(
        message,
        "7 modules are not initialised; their resources are not evaluated: `m0` (`org/m0/aws`), `m1` (`org/m1/aws`), `m2` (`org/m2/aws`), `m3` (`org/m3/aws`), `m4` (`org/m4/aws`), 2 more"
    );
}

#[test]
fn initialised_modules_are_read_from_the_manifest() {
    let input = read_files(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"org/a/aws\"\n  name = \"n\"\n}\n",
        ),
        (
            ".terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a","Source":"registry.terraform.io/org/a/aws","Version":"1.0.0","Dir":".terraform/modules/a"},{"Key":"a.b","Source":"git::https://example.com/b.git","Dir":".terraform/modules/a.b/sub"}]}"#,
        ),
        (
            ".terraform/modules/a/main.tf",
            "variable \"name\" {}\nmodule \"b\" {\n  source = \"git::https://example.com/b.git//sub\"\n  name = var.name\n}\n",
        ),
        (
            ".terraform/modules/a.b/sub/main.tf",
            "variable \"name\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = var.name\n}\n",
        ),
    ]);
    clean(&input);
    assert_eq!(
        at(&input, "module.a.module.b.aws_s3_bucket.b", "bucket"),
        Some(&Value::from("n"))
    );
}

#[test]
fn modules_above_the_root_module_are_read_and_nothing_above_the_files() {
    let files = [
        (
            "live/prod/main.tf",
            "module \"m\" {\n  source = \"../../modules/m\"\n}\nmodule \"out\" {\n  source = \"../../../x\"\n}\n",
        ),
        (
            "modules/m/main.tf",
            "resource \"aws_s3_bucket\" \"b\" {\n  bucket = path.module\n}\n",
        ),
    ];
    let context = InputContext::default();
    let input = read(
        &MemoryFiles::new(files),
        "live/prod",
        &SourceOptions::new(&context),
    );
    assert_eq!(
        at(&input, "module.m.aws_s3_bucket.b", "bucket"),
        Some(&Value::from("../../modules/m"))
    );
    assert_eq!(
        problems(&input)
            .iter()
            .map(|(code, line, _)| (code.as_str(), *line))
            .collect::<Vec<_>>(),
        [("TFS001", 5)]
    );
}

#[test]
fn modules_that_call_each_other_end() {
    let input = read_files(&[
        ("main.tf", "module \"a\" {\n  source = \"./a\"\n}\n"),
        (
            "a/main.tf",
            "module \"again\" {\n  source = \"../a\"\n}\nresource \"aws_s3_bucket\" \"b\" {}\n",
        ),
    ]);
    assert_eq!(problems(&input)[0].0, "TFS005");
    assert!(!input.resources.is_empty());
}

#[test]
fn long_chains_of_locals_are_evaluated_and_endless_ones_reported() {
    let chain = |length: usize| {
        let mut text = "locals {\n  v0 = 1\n".to_owned();
        for index in 1..=length {
            text.push_str(&format!("  v{index} = local.v{} + 1\n", index - 1));
        }
        text.push_str(&format!(
            "}}\nresource \"terraform_data\" \"t\" {{\n  input = local.v{length}\n}}\n"
        ));
        text
    };
    let input = read_one(&chain(500));
    clean(&input);
    assert_eq!(at(&input, "terraform_data.t", "input"), Some(&Value::from(501)));
    let input = read_one(&chain(20_000));
    assert!(
        problems(&input).iter().all(|(code, ..)| code == "TFS011"),
        "{:?}",
        problems(&input).first()
    );
    assert!(!input.diagnostics.is_empty());
}

#[test]
fn an_undeclared_name_gets_a_suggestion() {
    let input = read_one("variable \"encrypted\" {}\nlocals {\n  x = var.encypted\n}\n");
    assert_eq!(
        input.diagnostics[0].help.as_deref(),
        Some("did you mean `encrypted`?")
    );
}

#[test]
fn an_empty_directory_is_an_error() {
    let input = read_files(&[("README.md", "nothing here")]);
    assert_eq!(problems(&input)[0].0, "TFS001");
    assert_eq!(input.format, Some(InputFormat::TerraformSource));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn any_text_is_evaluated_without_a_crash(
        expr in "[a-z0-9\"\\[\\]{}().?:,*+=!&| -]{0,40}",
    ) {
        let text = format!("locals {{\n  a = {expr}\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  bucket = local.a\n}}\n");
        let input = read_one(&text);
        for diagnostic in &input.diagnostics {
            proptest::prop_assert!(diagnostic.file().is_some());
        }
    }
}

#[test]
fn what_is_broken_in_one_place_leaves_the_rest() {
    // The text, the line and the words of the first error.
    let broken = [
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  name = \"x\n}\n",
            2,
            "a quoted text is not closed in its line",
        ),
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  name = \"x\n  y\"\n}\n",
            2,
            "a quoted text is split over lines",
        ),
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  name = 'x'\n}\n",
            2,
            "a value is expected here, not `'`",
        ),
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  name = true ?\n  1 : 2\n}\n",
            2,
            "not the end of the line",
        ),
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  name = 1\n  name = 2\n}\n",
            3,
            "`name` is set twice in one block",
        ),
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  name = 1 name = 2\n}\n",
            2,
            "expected",
        ),
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  name = <<A\n x\n}\n",
            3,
            "never closed",
        ),
        (
            "<<<<<<< HEAD\n=======\n>>>>>>> other\n",
            1,
            "a merge conflict is not resolved",
        ),
        ("what is this\n", 1, "not valid Terraform syntax"),
        ("resorce \"a\" \"b\" {}\n", 1, "`resorce` is not a kind of block"),
        (
            "variable \"v\" {\n  type = set(string)\n  default = 1\n}\n",
            3,
            "set of string required",
        ),
        (
            "variable \"v\" {\n  default = null\n  nullable = false\n}\n",
            2,
            "null",
        ),
        (
            "resource \"aws_sqs_queue\" \"q\" {\n  lifecycle {\n    precondition {\n      condition = 1 > 2\n      error_message = \"No.\"\n    }\n  }\n}\n",
            4,
            "a precondition of `aws_sqs_queue.q` does not hold: No",
        ),
        (
            "output \"o\" {\n  value = 1\n  precondition {\n    condition = null\n    error_message = \"No.\"\n  }\n}\n",
            4,
            "neither true nor false",
        ),
    ];
    for (text, line, words) in broken {
        let good = "resource \"aws_s3_bucket\" \"ok\" {\n  bucket = \"fine\"\n}\n";
        let input = read_one(&format!("{text}{good}"));
        let found = problems(&input);
        assert!(
            found
                .first()
                .is_some_and(|(_, at, message)| *at == line && message.contains(words)),
            "{text}: {found:?}"
        );
        assert_eq!(
            at(&input, "aws_s3_bucket.ok", "bucket"),
            Some(&Value::from("fine")),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn a_condition_that_is_not_known_refuses_nothing() {
    clean(&read_one(
        "variable \"v\" {\n  type = bool\n}\nresource \"aws_sqs_queue\" \"q\" {\n  count = var.v ? 1 : 0\n  name = \"n\"\n  lifecycle {\n    precondition {\n      condition = count.index > 3\n      error_message = \"No.\"\n    }\n    postcondition {\n      condition = self.arn != \"\"\n      error_message = \"No.\"\n    }\n  }\n}\nresource \"aws_sqs_queue\" \"p\" {\n  lifecycle {\n    precondition {\n      condition = var.v\n      error_message = \"No.\"\n    }\n  }\n}\n",
    ));
}

#[test]
fn a_body_in_json_is_an_object() {
    let input = read_files(&[(
        "main.tf.json",
        "{\"resource\": {\"aws_s3_bucket\": {\"a\": \"x\", \"b\": {\"bucket\": \"y\"}}}}",
    )]);
    assert_eq!(
        problems(&input)[0].2,
        "the body of a `resource` block is an object"
    );
    assert_eq!(at(&input, "aws_s3_bucket.b", "bucket"), Some(&Value::from("y")));
}

#[test]
fn what_is_named_and_not_declared_hides_nothing_else() {
    let input = read_one(
        r#"resource "aws_sqs_queue_policy" "p" {
  queue_url = aws_sqs_queue.missing.id
  policy    = "{\"Resource\": \"${aws_sqs_queue.missing.arn}\", \"Principal\": \"*\"}"
}
resource "aws_s3_bucket_acl" "a" {
  bucket = data.aws_s3_bucket.missing.id
  access_control_policy {
    grant {
      permission = "READ"
      grantee {
        type = "CanonicalUser"
        id   = data.aws_canonical_user_id.missing.id
      }
    }
  }
}
resource "aws_instance" "i" {
  ami       = var.missing
  key_name  = local.missing
  subnet_id = module.missing.subnet[0]
}
"#,
    );
    let codes: Vec<String> = problems(&input).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, ["TFS004"; 7]);
    let policy = unknown(&input, "aws_sqs_queue_policy.p", "policy");
    assert_eq!(policy.0, UnknownReason::Reference);
    let text = at(&input, "aws_sqs_queue_policy.p", "policy")
        .unwrap()
        .as_unknown()
        .unwrap()
        .text
        .clone();
    assert_eq!(text.len(), 3, "{text:?}");
    assert_eq!(
        at(
            &input,
            "aws_s3_bucket_acl.a",
            "access_control_policy[0].grant[0].grantee[0].type"
        ),
        Some(&Value::from("CanonicalUser"))
    );
    for (attribute, reason) in [
        ("ami", UnknownReason::Variable),
        ("key_name", UnknownReason::Expression),
        ("subnet_id", UnknownReason::Expression),
    ] {
        assert_eq!(
            unknown(&input, "aws_instance.i", attribute).0,
            reason,
            "{attribute}"
        );
    }
    let queue = input
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == "aws_sqs_queue_policy.p");
    let targets: Vec<&str> = queue
        .unwrap()
        .references
        .iter()
        .flat_map(|reference| &reference.targets)
        .map(crate::resource::ResourceId::as_str)
        .collect();
    assert_eq!(targets, ["aws_sqs_queue.missing"; 2]);
}

#[test]
fn a_truth_value_in_the_spelling_of_another_language_is_an_error_and_means_what_it_says() {
    let input = read_one("resource \"aws_ebs_volume\" \"v\" {\n  encrypted = False\n  size      = Frue\n}\n");
    let codes: Vec<String> = problems(&input).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, ["TFS004"; 2]);
    assert_eq!(
        at(&input, "aws_ebs_volume.v", "encrypted"),
        Some(&Value::from(false))
    );
    assert!(
        at(&input, "aws_ebs_volume.v", "size")
            .unwrap()
            .as_unknown()
            .is_some()
    );
}

#[test]
fn one_text_where_a_list_is_wanted_is_an_error_and_a_list_of_one() {
    let input = read_one(
        "resource \"aws_security_group_rule\" \"r\" {\n  type = \"ingress\"\n  cidr_blocks = \"0.0.0.0/0\"\n  prefix_list_ids = true\n}\n",
    );
    let codes: Vec<String> = problems(&input).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(codes, ["TFS014"; 2]);
    assert_eq!(
        at(&input, "aws_security_group_rule.r", "cidr_blocks[0]"),
        Some(&Value::from("0.0.0.0/0"))
    );
    let other = at(&input, "aws_security_group_rule.r", "prefix_list_ids").unwrap();
    assert!(other.as_unknown().is_some());
}

#[test]
fn the_id_of_a_metric_filter_is_its_name() {
    let input = read_one(
        "resource \"aws_cloudwatch_log_metric_filter\" \"f\" {\n  name = \"stopped\"\n}\nresource \"aws_cloudwatch_metric_alarm\" \"a\" {\n  metric_name = aws_cloudwatch_log_metric_filter.f.id\n}\n",
    );
    assert_eq!(
        at(&input, "aws_cloudwatch_metric_alarm.a", "metric_name"),
        Some(&Value::from("stopped"))
    );
}

#[test]
fn names_are_looked_at_where_nothing_is_evaluated() {
    let input = read_one(
        "variable \"name\" {\n  default = \"n\"\n}\nlocals {\n  v = true ? 1 : var.nmae\n  w = [for x in [] : local.x]\n  t = \"%{ if false }${module.m.x}%{ endif }\"\n  ok = [for k, var in { a = { b = 1 } } : var.b]\n}\nresource \"aws_security_group\" \"s\" {\n  count = 0\n  name = local.y\n  lifecycle {\n    ignore_changes = [tags]\n  }\n  dynamic \"ingress\" {\n    for_each = []\n    iterator = module\n    content {\n      from_port = module.value\n      to_port = local.z\n    }\n  }\n}\n",
    );
    let found: Vec<(String, u32)> = problems(&input)
        .into_iter()
        .map(|(_, line, message)| (message, line))
        .collect();
    let expected = ["var.nmae", "local.x", "module.m", "local.y", "local.z"]
        .map(|name| format!("`{name}` is not declared in this module"));
    assert_eq!(
        found,
        expected.into_iter().zip([5, 6, 7, 12, 21]).collect::<Vec<_>>()
    );
}
