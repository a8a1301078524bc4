mod constructs;
mod mutations;
mod possibilities;
mod problems;

use super::*;
use crate::diagnostic::Level;
use crate::resource::{Lifecycle, ResourceId};
use crate::value::{AttributePath, Domain, UnknownReason};

fn read_files(files: &[(&str, &str)]) -> LoadedInput {
    let context = InputContext {
        account: Some("111122223333".into()),
        ..InputContext::default()
    };
    read(
        &MemoryFiles::new(files.iter().copied()),
        "",
        &SourceOptions::new(&context),
    )
}

fn read_one(text: &str) -> LoadedInput {
    read_files(&[("main.tf", text)])
}

fn clean(input: &LoadedInput) {
    assert_eq!(input.diagnostics, []);
}

fn resource<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    let ids: Vec<&str> = input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    input
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == id)
        .unwrap_or_else(|| panic!("{id} not in {ids:?}"))
}

fn at<'i>(input: &'i LoadedInput, id: &str, path: &str) -> Option<&'i Value> {
    resource(input, id)
        .values
        .at(&AttributePath::parse(path).unwrap())
}

fn unknown(input: &LoadedInput, id: &str, path: &str) -> (UnknownReason, Vec<String>) {
    let unknown = at(input, id, path)
        .and_then(Value::as_unknown)
        .unwrap_or_else(|| panic!("{path} is known"));
    (
        unknown.reason,
        unknown.refs.iter().map(ToString::to_string).collect(),
    )
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
    assert_eq!(
        unknown(&input, "aws_ebs_volume.a", "encrypted"),
        (UnknownReason::Variable, vec!["var.encrypted".into()])
    );
    assert_eq!(
        unknown(&input, "aws_ebs_volume.a", "availability_zone").1,
        ["var.size"]
    );
}

#[test]
fn an_unknown_condition_leaves_both_values_possible() {
    let input = read_one(
        "variable \"prod\" { type = bool }\nresource \"aws_db_instance\" \"a\" {\n  backup_retention_period = var.prod ? 35 : 1\n  multi_az = var.prod ? true : true\n  kms_key_id = var.prod ? \"k\" : null\n}\n",
    );
    clean(&input);
    let retention = at(&input, "aws_db_instance.a", "backup_retention_period")
        .and_then(Value::as_unknown)
        .unwrap();
    assert_eq!(
        retention.domain,
        Some(Domain::AnyOf(vec![Value::from(35), Value::from(1)]))
    );
    assert!(retention.non_null);
    // Whatever the condition says, the value is the same.
    assert_eq!(
        at(&input, "aws_db_instance.a", "multi_az"),
        Some(&Value::from(true))
    );
    let key = at(&input, "aws_db_instance.a", "kms_key_id")
        .and_then(Value::as_unknown)
        .unwrap();
    assert!(!key.non_null);
}

#[test]
fn a_text_around_an_unknown_is_there() {
    let input = read_one(
        "variable \"name\" { type = string }\nresource \"aws_cloudtrail\" \"a\" {\n  cloud_watch_logs_group_arn = \"${var.name}:*\"\n  kms_key_id = \"${var.name}${var.name}\"\n}\n",
    );
    clean(&input);
    let non_null = |name| {
        at(&input, "aws_cloudtrail.a", name)
            .and_then(Value::as_unknown)
            .unwrap()
            .non_null
    };
    assert!(non_null("cloud_watch_logs_group_arn"));
    // Both parts may be empty, which is how modules say that there is no key.
    assert!(!non_null("kms_key_id"));
}

#[test]
fn possible_values_have_the_type_of_the_argument() {
    let input = read_one(
        "variable \"x\" { type = bool }\nresource \"aws_db_instance\" \"a\" {\n  port = var.x ? \"22\" : \"443\"\n  multi_az = var.x ? \"true\" : \"false\"\n}\n",
    );
    clean(&input);
    let domain = |path: &str| {
        at(&input, "aws_db_instance.a", path)
            .and_then(Value::as_unknown)
            .unwrap()
            .domain
            .clone()
    };
    assert_eq!(
        domain("port"),
        Some(Domain::AnyOf(vec![Value::from(22), Value::from(443)]))
    );
    assert_eq!(
        domain("multi_az"),
        Some(Domain::AnyOf(vec![Value::from(true), Value::from(false)]))
    );
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
    assert_eq!(
        counted.condition.as_deref(),
        Some("`count = var.n` depends on `var.n`")
    );
    assert_eq!(
        at(&input, "aws_s3_bucket.counted[0]", "force_destroy"),
        Some(&Value::from(true))
    );
    assert_eq!(unknown(&input, "aws_s3_bucket.counted[0]", "bucket").1, ["var.n"]);
    let keyed = resource(&input, "aws_s3_bucket.keyed");
    assert_eq!(
        keyed.condition.as_deref(),
        Some("`for_each = var.m` depends on `var.m`")
    );
    // There is one versioning for each bucket.
    let versioning = resource(&input, "aws_s3_bucket_versioning.v");
    assert_eq!(versioning.condition, keyed.condition);
    assert!(counted.many && keyed.many && versioning.many);
    assert!(!resource(&input, "aws_s3_bucket_acl.one").many);
    assert_eq!(
        unknown(&input, "aws_s3_bucket_acl.one", "bucket"),
        (UnknownReason::Reference, vec!["aws_s3_bucket.counted[0]".into()])
    );
}

#[test]
fn the_known_parts_of_a_text_are_kept() {
    use crate::value::TextPart::{Identity, Known, Open};
    let input = read_one(
        r#"
variable "v" {}
variable "secret" { sensitive = true }
resource "aws_s3_bucket" "b" {}
resource "aws_kms_key" "k" {}
resource "aws_ssm_parameter" "p" {
  name        = "a${aws_s3_bucket.b.arn}/${var.v}b"
  value       = aws_kms_key.k.arn
  type        = aws_kms_key.k.key_usage
  description = "x${var.secret}y"
  key_id      = "${"${aws_kms_key.k.id}/1"}/2"
}
"#,
    );
    clean(&input);
    let text = |path: &str| {
        let value = at(&input, "aws_ssm_parameter.p", path).and_then(Value::as_unknown);
        value.map(|unknown| unknown.text.clone()).unwrap_or_default()
    };
    let known = |text: &str| Known(text.into());
    assert_eq!(text("name"), [known("a"), Identity, known("/"), Open, known("b")]);
    assert_eq!(text("value"), [Identity]);
    assert_eq!(text("type"), []);
    assert_eq!(text("description"), []);
    assert_eq!(text("key_id"), [Identity, known("/1"), known("/2")]);
}

#[test]
fn conditions_of_modules_reach_their_resources() {
    let input = read_files(&[
        (
            "main.tf",
            "variable \"on\" { type = bool }\nmodule \"m\" {\n  source = \"./m\"\n  count = var.on ? 1 : 0\n}\n",
        ),
        (
            "m/main.tf",
            "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"b\"\n}\n",
        ),
    ]);
    clean(&input);
    let bucket = resource(&input, "module.m[0].aws_s3_bucket.b");
    assert_eq!(
        bucket.condition.as_deref(),
        Some("`count` of `module.m` depends on `var.on`")
    );
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
    assert_eq!(
        unknown(&input, "aws_security_group.g", "ingress").1,
        ["var.ports"]
    );
    assert_eq!(
        at(&input, "aws_security_group.g", "name"),
        Some(&Value::from("g"))
    );
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
                format!(
                    "{} -> {} {:?}",
                    reference.path,
                    targets.join("|"),
                    reference.attribute.as_deref()
                )
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(
        found("aws_s3_bucket_versioning.v"),
        ["bucket -> aws_s3_bucket.b[\"x\"] Some(\"bucket\")"]
    );
    assert_eq!(
        found("aws_sns_topic.t"),
        [
            "kms_master_key_id -> aws_kms_key.k None",
            "tags.ref -> aws_s3_bucket.b[\"y\"] Some(\"arn\")",
        ]
    );
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
    assert_eq!(
        at(&input, "aws_s3_bucket_policy.p", "policy.Statement[0].Action"),
        Some(&Value::from("*"))
    );
    assert_eq!(
        unknown(&input, "aws_s3_bucket_policy.p", "policy.Statement[0].Resource").1,
        ["aws_s3_bucket.b"]
    );
    assert_eq!(
        at(&input, "aws_iam_policy.i", "policy.Statement[0].Action"),
        Some(&Value::from("s3:*"))
    );
    assert!(
        at(&input, "aws_iam_policy.i", "policy.Statement[0].Resource")
            .unwrap()
            .as_unknown()
            .is_some()
    );
}

#[test]
fn sensitive_values_stay_marked() {
    let input = read_one(
        "variable \"p\" {\n  default = \"hunter2\"\n  sensitive = true\n}\nresource \"aws_ssm_parameter\" \"s\" {\n  name = \"n-${var.p}\"\n  type = \"String\"\n  value = \"plain\"\n}\n",
    );
    clean(&input);
    assert!(at(&input, "aws_ssm_parameter.s", "name").unwrap().has_sensitive());
    assert!(
        at(&input, "aws_ssm_parameter.s", "value")
            .unwrap()
            .has_sensitive(),
        "sensitive in the schema"
    );
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
    let line = |path: &str| {
        group
            .origin
            .locate(&AttributePath::parse(path).unwrap())
            .unwrap()
            .location()
            .line
    };
    let port = |index: usize| {
        at(
            &input,
            "aws_security_group.g",
            &format!("ingress[{index}].from_port"),
        )
        .and_then(Value::as_integer)
        .unwrap()
    };
    for index in 0..3 {
        let expected = if port(index) == 22 { 12 } else { 6 };
        assert_eq!(line(&format!("ingress[{index}].from_port")), expected);
    }
    assert_eq!(
        (
            line("name"),
            line("tags.Owner"),
            line("tags_all.Owner"),
            line("arn")
        ),
        (2, 17, 17, 1)
    );
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
        (
            provider.region.clone(),
            provider.account.clone(),
            provider.default_tags.is_some(),
        )
    };
    assert_eq!(
        of("module.m.aws_s3_bucket.default"),
        (Some("eu-west-1".into()), Some("111122223333".into()), false)
    );
    assert_eq!(
        of("module.m.aws_s3_bucket.edge"),
        (Some("us-east-1".into()), Some("444455556666".into()), true)
    );
    assert_eq!(of("aws_s3_bucket.own").0, Some("ap-south-1".into()));
    assert_eq!(
        at(&input, "module.m.aws_s3_bucket.edge", "tags_all.Owner"),
        Some(&Value::from("team-payments"))
    );
}

#[test]
fn data_sources_are_data_and_unknown() {
    let input = read_one(
        "data \"aws_ami\" \"a\" {\n  owners = [\"amazon\"]\n}\nresource \"aws_instance\" \"i\" {\n  ami = data.aws_ami.a.id\n}\n",
    );
    clean(&input);
    assert_eq!(resource(&input, "data.aws_ami.a").lifecycle, Lifecycle::Data);
    assert_eq!(
        unknown(&input, "aws_instance.i", "ami"),
        (UnknownReason::DataSource, vec!["data.aws_ami.a".into()])
    );
}

#[test]
fn what_nobody_wrote_is_decided_by_the_provider_or_absent() {
    let input =
        read_one("resource \"aws_db_instance\" \"d\" {\n  instance_class = \"x\"\n  kms_key_id = null\n}\n");
    clean(&input);
    assert_eq!(
        unknown(&input, "aws_db_instance.d", "kms_key_id").0,
        UnknownReason::ComputedDefault
    );
    assert_eq!(
        at(&input, "aws_db_instance.d", "storage_encrypted").is_none(),
        at(&input, "aws_db_instance.d", "publicly_accessible").is_none()
    );
    assert!(at(&input, "aws_db_instance.d", "deletion_protection").is_none());
}
