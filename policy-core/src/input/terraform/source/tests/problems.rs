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
