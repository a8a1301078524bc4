use super::*;
use crate::diagnostic::Level;
use crate::resource::{Lifecycle, ResourceId};
use crate::value::{AttributePath, Domain, UnknownReason};

fn read_files(files: &[(&str, &str)]) -> LoadedInput {
    let context = InputContext { account: Some("111122223333".into()), ..InputContext::default() };
    read(&MemoryFiles::new(files.iter().copied()), "", &SourceOptions::new(&context))
}

fn read_one(text: &str) -> LoadedInput {
    read_files(&[("main.tf", text)])
}

fn clean(input: &LoadedInput) {
    assert_eq!(input.diagnostics, []);
}

fn resource<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    let ids: Vec<&str> = input.resources.iter().map(|resource| resource.id.as_str()).collect();
    input.resources.iter().find(|resource| resource.id.as_str() == id).unwrap_or_else(|| panic!("{id} not in {ids:?}"))
}

fn at<'i>(input: &'i LoadedInput, id: &str, path: &str) -> Option<&'i Value> {
    resource(input, id).values.at(&AttributePath::parse(path).unwrap())
}

fn unknown(input: &LoadedInput, id: &str, path: &str) -> (UnknownReason, Vec<String>) {
    let unknown = at(input, id, path).and_then(Value::as_unknown).unwrap_or_else(|| panic!("{path} is known"));
    (unknown.reason, unknown.refs.iter().map(ToString::to_string).collect())
}

/// Code, line and message of every diagnostic.
fn problems(input: &LoadedInput) -> Vec<(String, u32, String)> {
    input
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let line = diagnostic.location().map_or(0, |location| location.line);
            (diagnostic.code.id.to_owned(), line, diagnostic.message.clone())
        })
        .collect()
}

#[test]
fn a_variable_without_a_value_is_unknown_and_named() {
    let input = read_one(
        "variable \"encrypted\" { type = bool }\nvariable \"size\" {}\nresource \"aws_ebs_volume\" \"a\" {\n  encrypted = var.encrypted\n  size = var.size\n  availability_zone = \"${var.size}a\"\n}\n",
    );
    clean(&input);
    assert_eq!(unknown(&input, "aws_ebs_volume.a", "encrypted"), (UnknownReason::Variable, vec!["var.encrypted".into()]));
    assert_eq!(unknown(&input, "aws_ebs_volume.a", "availability_zone").1, ["var.size"]);
}

#[test]
fn an_unknown_condition_leaves_both_values_possible() {
    let input = read_one(
        "variable \"prod\" { type = bool }\nresource \"aws_db_instance\" \"a\" {\n  backup_retention_period = var.prod ? 35 : 1\n  multi_az = var.prod ? true : true\n  kms_key_id = var.prod ? \"k\" : null\n}\n",
    );
    clean(&input);
    let retention = at(&input, "aws_db_instance.a", "backup_retention_period").and_then(Value::as_unknown).unwrap();
    assert_eq!(retention.domain, Some(Domain::AnyOf(vec![Value::from(35), Value::from(1)])));
    assert!(retention.non_null);
    // Whatever the condition says, the value is the same.
    assert_eq!(at(&input, "aws_db_instance.a", "multi_az"), Some(&Value::from(true)));
    let key = at(&input, "aws_db_instance.a", "kms_key_id").and_then(Value::as_unknown).unwrap();
    assert!(!key.non_null);
}

#[test]
fn an_unknown_repetition_gives_one_conditional_instance() {
    let input = read_one(
        r#"
variable "n" { type = number }
variable "m" { type = map(string) }
resource "aws_s3_bucket" "counted" {
  count  = var.n
  bucket = "b-${count.index}"
  force_destroy = true
}
resource "aws_s3_bucket" "keyed" {
  for_each = var.m
  bucket   = each.value
}
resource "aws_s3_bucket_versioning" "v" {
  for_each = aws_s3_bucket.keyed
  bucket   = each.value.id
}
resource "aws_s3_bucket_acl" "one" {
  bucket = aws_s3_bucket.counted[0].id
  acl    = aws_s3_bucket.keyed["x"].bucket
}
module "m" {
  source = "./m"
  count  = var.n > 1 ? 1 : 0
}
"#,
    );
    let counted = resource(&input, "aws_s3_bucket.counted[0]");
    assert_eq!(counted.condition.as_deref(), Some("`count` of `aws_s3_bucket.counted` depends on `var.n`"));
    assert_eq!(at(&input, "aws_s3_bucket.counted[0]", "force_destroy"), Some(&Value::from(true)));
    assert_eq!(unknown(&input, "aws_s3_bucket.counted[0]", "bucket").1, ["var.n"]);
    let keyed = resource(&input, "aws_s3_bucket.keyed");
    assert_eq!(keyed.condition.as_deref(), Some("`for_each` of `aws_s3_bucket.keyed` depends on `var.m`"));
    assert!(resource(&input, "aws_s3_bucket_versioning.v").condition.is_some());
    assert_eq!(unknown(&input, "aws_s3_bucket_acl.one", "bucket"), (
        UnknownReason::Reference,
        vec!["aws_s3_bucket.counted[0]".into()]
    ));
}

#[test]
fn conditions_of_modules_reach_their_resources() {
    let input = read_files(&[
        ("main.tf", "variable \"on\" { type = bool }\nmodule \"m\" {\n  source = \"./m\"\n  count = var.on ? 1 : 0\n}\n"),
        ("m/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n"),
    ]);
    clean(&input);
    let bucket = resource(&input, "module.m[0].aws_s3_bucket.b");
    assert_eq!(bucket.condition.as_deref(), Some("`count` of `module.m` depends on `var.on`"));
    assert_eq!(&*bucket.scope, "module.m[0]");
    assert_eq!(bucket.origin.calls.len(), 1);
    assert_eq!(bucket.origin.calls[0].location().to_string(), "main.tf:2:1");
}

#[test]
fn an_unknown_dynamic_block_hides_the_list_and_nothing_else() {
    let input = read_one(
        r#"
variable "ports" { type = list(number) }
resource "aws_security_group" "g" {
  name = "g"
  ingress {
    from_port = 22
    to_port = 22
    protocol = "tcp"
  }
  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port = ingress.value
      to_port = ingress.value
      protocol = "tcp"
    }
  }
}
"#,
    );
    clean(&input);
    assert_eq!(unknown(&input, "aws_security_group.g", "ingress").1, ["var.ports"]);
    assert_eq!(at(&input, "aws_security_group.g", "name"), Some(&Value::from("g")));
}

#[test]
fn references_name_target_and_attribute() {
    let input = read_one(
        r#"
resource "aws_kms_key" "k" {}
resource "aws_s3_bucket" "b" {
  for_each = toset(["x", "y"])
  bucket   = "b-${each.key}"
}
locals { arn = aws_kms_key.k.arn }
resource "aws_s3_bucket_versioning" "v" {
  bucket = aws_s3_bucket.b["x"].bucket
}
resource "aws_sns_topic" "t" {
  kms_master_key_id = local.arn
  tags = { plain = "z", ref = aws_s3_bucket.b["y"].arn }
}
"#,
    );
    clean(&input);
    let found = |id: &str| {
        let mut all: Vec<String> = resource(&input, id)
            .references
            .iter()
            .map(|reference| {
                let targets: Vec<&str> = reference.targets.iter().map(ResourceId::as_str).collect();
                format!("{} -> {} {:?}", reference.path, targets.join("|"), reference.attribute.as_deref())
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(found("aws_s3_bucket_versioning.v"), ["bucket -> aws_s3_bucket.b[\"x\"] Some(\"bucket\")"]);
    assert_eq!(found("aws_sns_topic.t"), [
        "kms_master_key_id -> aws_kms_key.k None",
        "tags.ref -> aws_s3_bucket.b[\"y\"] Some(\"arn\")",
    ]);
}

#[test]
fn documents_keep_what_is_known() {
    let input = read_one(
        r#"
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "*", Resource = aws_s3_bucket.b.arn }] })
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.b.arn]
  }
}
resource "aws_iam_policy" "i" {
  policy = data.aws_iam_policy_document.d.json
}
"#,
    );
    clean(&input);
    assert_eq!(at(&input, "aws_s3_bucket_policy.p", "policy.Statement[0].Action"), Some(&Value::from("*")));
    assert_eq!(unknown(&input, "aws_s3_bucket_policy.p", "policy.Statement[0].Resource").1, ["aws_s3_bucket.b"]);
    assert_eq!(at(&input, "aws_iam_policy.i", "policy.Statement[0].Action"), Some(&Value::from("s3:*")));
    assert!(at(&input, "aws_iam_policy.i", "policy.Statement[0].Resource").unwrap().as_unknown().is_some());
}

#[test]
fn sensitive_values_stay_marked() {
    let input = read_one(
        "variable \"p\" {\n  default = \"hunter2\"\n  sensitive = true\n}\nresource \"aws_ssm_parameter\" \"s\" {\n  name = \"n-${var.p}\"\n  type = \"String\"\n  value = \"plain\"\n}\n",
    );
    clean(&input);
    assert!(at(&input, "aws_ssm_parameter.s", "name").unwrap().has_sensitive());
    assert!(at(&input, "aws_ssm_parameter.s", "value").unwrap().has_sensitive(), "sensitive in the schema");
    assert!(!format!("{:?}", resource(&input, "aws_ssm_parameter.s").values).contains("hunter2"));
}

#[test]
fn places_of_attributes_blocks_and_dynamic_content() {
    let text = r#"resource "aws_security_group" "g" {
  name = "g"
  dynamic "ingress" {
    for_each = [443, 80]
    content {
      from_port = ingress.value
      to_port   = ingress.value
      protocol  = "tcp"
    }
  }
  ingress {
    from_port = 22
    to_port   = 22
    protocol  = "tcp"
  }
  tags = {
    Owner = "team-payments"
  }
}
"#;
    let input = read_one(text);
    clean(&input);
    let group = resource(&input, "aws_security_group.g");
    let line = |path: &str| group.origin.locate(&AttributePath::parse(path).unwrap()).unwrap().location().line;
    let port = |index: usize| {
        at(&input, "aws_security_group.g", &format!("ingress[{index}].from_port")).and_then(Value::as_integer).unwrap()
    };
    for index in 0..3 {
        let expected = if port(index) == 22 { 12 } else { 6 };
        assert_eq!(line(&format!("ingress[{index}].from_port")), expected);
    }
    assert_eq!((line("name"), line("tags.Owner"), line("tags_all.Owner"), line("arn")), (2, 17, 17, 1));
}

#[test]
fn broken_code_is_reported_and_the_rest_is_evaluated() {
    let input = read_files(&[
        ("bad.tf", "resource \"aws_s3_bucket\" \"broken\" {\n  bucket = \n}\n"),
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
    let found: Vec<(String, u32)> = problems(&input).into_iter().map(|(code, line, _)| (code, line)).collect();
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
        assert!(found.contains(&(code.to_owned(), line)), "{code} at {line} in {:#?}", problems(&input));
    }
    assert_eq!(found.len(), expected.len(), "{:#?}", problems(&input));
    assert_eq!(at(&input, "aws_s3_bucket.ok", "bucket"), Some(&Value::from("fine")));
    assert_eq!(unknown(&input, "aws_s3_bucket.ok", "force_destroy").0, UnknownReason::Expression);
    assert!(at(&input, "aws_s3_bucket.wrong", "force_destroy").unwrap().as_unknown().is_some());
}

#[test]
fn a_module_that_is_not_there_is_a_warning_and_its_outputs_are_unknown() {
    let input = read_one(
        "module \"vpc\" {\n  source = \"terraform-aws-modules/vpc/aws\"\n  version = \"5.0.0\"\n}\nresource \"aws_subnet\" \"s\" {\n  vpc_id = module.vpc.vpc_id\n  cidr_block = \"10.0.0.0/24\"\n}\n",
    );
    assert_eq!(problems(&input).iter().map(|(code, line, _)| (code.as_str(), *line)).collect::<Vec<_>>(), [("TFS009", 2)]);
    assert_eq!(input.diagnostics[0].level, Level::Warning);
    assert_eq!(unknown(&input, "aws_subnet.s", "vpc_id"), (UnknownReason::PartialInput, vec!["module.vpc".into()]));
    assert_eq!(at(&input, "aws_subnet.s", "cidr_block"), Some(&Value::from("10.0.0.0/24")));
}

#[test]
fn initialised_modules_are_read_from_the_manifest() {
    let input = read_files(&[
        ("main.tf", "module \"a\" {\n  source = \"org/a/aws\"\n  name = \"n\"\n}\n"),
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
    assert_eq!(at(&input, "module.a.module.b.aws_s3_bucket.b", "bucket"), Some(&Value::from("n")));
}

#[test]
fn modules_above_the_root_module_are_read_and_nothing_above_the_files() {
    let files = [
        ("live/prod/main.tf", "module \"m\" {\n  source = \"../../modules/m\"\n}\nmodule \"out\" {\n  source = \"../../../x\"\n}\n"),
        ("modules/m/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  bucket = path.module\n}\n"),
    ];
    let context = InputContext::default();
    let input = read(&MemoryFiles::new(files), "live/prod", &SourceOptions::new(&context));
    assert_eq!(at(&input, "module.m.aws_s3_bucket.b", "bucket"), Some(&Value::from("../../modules/m")));
    assert_eq!(problems(&input).iter().map(|(code, line, _)| (code.as_str(), *line)).collect::<Vec<_>>(), [("TFS001", 5)]);
}

#[test]
fn modules_that_call_each_other_end() {
    let input = read_files(&[
        ("main.tf", "module \"a\" {\n  source = \"./a\"\n}\n"),
        ("a/main.tf", "module \"again\" {\n  source = \"../a\"\n}\nresource \"aws_s3_bucket\" \"b\" {}\n"),
    ]);
    assert_eq!(problems(&input)[0].0, "TFS011");
    assert!(!input.resources.is_empty());
}

#[test]
fn long_chains_of_locals_are_evaluated_and_endless_ones_reported() {
    let chain = |length: usize| {
        let mut text = "locals {\n  v0 = 1\n".to_owned();
        for index in 1..=length {
            text.push_str(&format!("  v{index} = local.v{} + 1\n", index - 1));
        }
        text.push_str(&format!("}}\nresource \"terraform_data\" \"t\" {{\n  input = local.v{length}\n}}\n"));
        text
    };
    let input = read_one(&chain(500));
    clean(&input);
    assert_eq!(at(&input, "terraform_data.t", "input"), Some(&Value::from(501)));
    let input = read_one(&chain(20_000));
    assert!(problems(&input).iter().all(|(code, ..)| code == "TFS011"), "{:?}", problems(&input).first());
    assert!(!input.diagnostics.is_empty());
}

#[test]
fn provider_context_goes_through_modules() {
    let input = read_files(&[
        (
            "main.tf",
            r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/deploy"
  }
  default_tags {
    tags = { Owner = "team-payments" }
  }
}
module "m" {
  source    = "./m"
  providers = { aws.edge = aws.us }
}
resource "aws_s3_bucket" "own" {
  region = "ap-south-1"
}
"#,
        ),
        (
            "m/main.tf",
            "resource \"aws_s3_bucket\" \"default\" {}\nresource \"aws_s3_bucket\" \"edge\" {\n  provider = aws.edge\n}\n",
        ),
    ]);
    clean(&input);
    let of = |id: &str| {
        let provider = &resource(&input, id).provider;
        (provider.region.clone(), provider.account.clone(), provider.default_tags.is_some())
    };
    assert_eq!(of("module.m.aws_s3_bucket.default"), (Some("eu-west-1".into()), Some("111122223333".into()), false));
    assert_eq!(of("module.m.aws_s3_bucket.edge"), (Some("us-east-1".into()), Some("444455556666".into()), true));
    assert_eq!(of("aws_s3_bucket.own").0, Some("ap-south-1".into()));
    assert_eq!(at(&input, "module.m.aws_s3_bucket.edge", "tags_all.Owner"), Some(&Value::from("team-payments")));
}

#[test]
fn data_sources_are_data_and_unknown() {
    let input = read_one(
        "data \"aws_ami\" \"a\" {\n  owners = [\"amazon\"]\n}\nresource \"aws_instance\" \"i\" {\n  ami = data.aws_ami.a.id\n}\n",
    );
    clean(&input);
    assert_eq!(resource(&input, "data.aws_ami.a").lifecycle, Lifecycle::Data);
    assert_eq!(unknown(&input, "aws_instance.i", "ami"), (UnknownReason::DataSource, vec!["data.aws_ami.a".into()]));
}

#[test]
fn what_nobody_wrote_is_decided_by_the_provider_or_absent() {
    let input = read_one("resource \"aws_db_instance\" \"d\" {\n  instance_class = \"x\"\n  kms_key_id = null\n}\n");
    clean(&input);
    assert_eq!(unknown(&input, "aws_db_instance.d", "kms_key_id").0, UnknownReason::ComputedDefault);
    assert_eq!(at(&input, "aws_db_instance.d", "storage_encrypted").is_none(), at(&input, "aws_db_instance.d", "publicly_accessible").is_none());
    assert!(at(&input, "aws_db_instance.d", "deletion_protection").is_none());
}

#[test]
fn an_undeclared_name_gets_a_suggestion() {
    let input = read_one("variable \"encrypted\" {}\nlocals {\n  x = var.encypted\n}\n");
    assert_eq!(input.diagnostics[0].help.as_deref(), Some("did you mean `encrypted`?"));
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
