//! Constructs that no plan of a stand-in provider shows, or that a plan cannot be made of.

use super::*;

#[test]
fn ephemeral_values_are_never_known() {
    let input = read_one(
        "variable \"token\" {\n  default = \"CANARY-0815\"\n  ephemeral = true\n}\nephemeral \"random_password\" \"p\" {\n  length = 9\n}\nresource \"aws_db_instance\" \"d\" {\n  password_wo = ephemeral.random_password.p.result\n  password_wo_version = 1\n  username = ephemeralasnull(var.token)\n  tags = { A = \"${var.token}\", B = \"b\" }\n}\n",
    );
    clean(&input);
    let shown = format!("{:?}", resource(&input, "aws_db_instance.d").values);
    assert!(!shown.contains("CANARY"), "{shown}");
    assert!(
        !resource(&input, "aws_db_instance.d")
            .values
            .to_json()
            .to_string()
            .contains("CANARY")
    );
    assert_eq!(
        unknown(&input, "aws_db_instance.d", "username").0,
        UnknownReason::Variable
    );
    assert!(
        at(&input, "aws_db_instance.d", "password_wo")
            .unwrap()
            .as_unknown()
            .is_some()
    );
    assert!(
        at(&input, "aws_db_instance.d", "password_wo")
            .unwrap()
            .has_sensitive()
    );
    assert_eq!(at(&input, "aws_db_instance.d", "tags.B"), Some(&Value::from("b")));
}

#[test]
fn what_is_grouped_by_a_secret_is_a_secret() {
    let input = read_one(
        "variable \"s\" {\n  default = \"CANARY-0815\"\n  sensitive = true\n}\nresource \"aws_sqs_queue\" \"q\" {\n  tags = { for v in [var.s] : v => \"x\"... }\n}\nresource \"aws_sqs_queue\" \"r\" {\n  name = jsonencode({ for v in [var.s] : v => \"x\"... })\n}\n",
    );
    for resource in &input.resources {
        let shown = format!("{:?} {}", resource.values, resource.values.to_json());
        assert!(!shown.contains("CANARY"), "{shown}");
    }
}

#[test]
fn imports_name_what_exists_and_make_nothing() {
    let input = read_one(
        "locals {\n  buckets = { logs = \"logs-111122223333\", data = \"data-111122223333\" }\n}\nimport {\n  for_each = local.buckets\n  to = aws_s3_bucket.known[each.key]\n  id = each.value\n}\nimport {\n  to = module.m[\"a\"].aws_sqs_queue.q\n  id = \"https://sqs.eu-west-1.amazonaws.com/111122223333/q\"\n}\nresource \"aws_s3_bucket\" \"known\" {\n  for_each = local.buckets\n  bucket = each.value\n}\n",
    );
    clean(&input);
    let ids: Vec<&str> = input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(
        ids,
        ["aws_s3_bucket.known[\"data\"]", "aws_s3_bucket.known[\"logs\"]"]
    );
}

#[test]
fn functions_of_providers_are_unknown_and_say_their_name() {
    let input = read_one(
        "resource \"aws_sqs_queue\" \"q\" {\n  name = provider::aws::arn_parse(\"arn:aws:sqs:eu-west-1:111122223333:q\").resource\n  tags = { Known = \"k\", Late = \"x-${provider::time::rfc3339_parse(\"x\").year}\" }\n}\n",
    );
    clean(&input);
    let (reason, refs) = unknown(&input, "aws_sqs_queue.q", "name");
    assert_eq!(reason, UnknownReason::Expression);
    assert_eq!(refs, ["provider::aws::arn_parse"]);
    assert_eq!(
        at(&input, "aws_sqs_queue.q", "tags.Known"),
        Some(&Value::from("k"))
    );
    assert_eq!(
        unknown(&input, "aws_sqs_queue.q", "tags.Late").1,
        ["provider::time::rfc3339_parse"]
    );
}

#[test]
fn a_number_of_instances_that_is_not_known_is_one_on_condition() {
    let input = read_files(&[
        (
            "main.tf",
            "variable \"n\" { type = number }\nresource \"aws_sqs_queue\" \"a\" {\n  count = var.n\n  name = \"q-${count.index}\"\n}\nmodule \"m\" {\n  source = \"./m\"\n  for_each = toset([for i in range(var.n) : tostring(i)])\n  name = each.key\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"name\" {}\nresource \"aws_sns_topic\" \"t\" {\n  for_each = { fixed = 1 }\n  name = \"${var.name}-${each.key}\"\n}\n",
        ),
    ]);
    clean(&input);
    let ids: Vec<&str> = input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(ids, ["aws_sqs_queue.a[0]", "module.m.aws_sns_topic.t[\"fixed\"]"]);
    assert!(
        input
            .resources
            .iter()
            .all(|resource| resource.condition.is_some())
    );
}

#[test]
fn a_cycle_through_modules_is_found() {
    let input = read_files(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./m\"\n  name = module.b.name\n}\nmodule \"b\" {\n  source = \"./m\"\n  name = local.through\n}\nlocals {\n  through = upper(module.a.name)\n}\nresource \"aws_sqs_queue\" \"ok\" {\n  name = \"ok\"\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"name\" {}\noutput \"name\" {\n  value = \"${var.name}-x\"\n}\n",
        ),
    ]);
    let found = problems(&input);
    assert!(found.iter().any(|(code, ..)| code == "TFS005"), "{found:?}");
    assert_eq!(at(&input, "aws_sqs_queue.ok", "name"), Some(&Value::from("ok")));
}

#[test]
fn module_calls_are_counted() {
    let input = read_files(&[
        (
            "main.tf",
            "module \"here\" {\n  source = \"./m\"\n  count = 2\n}\nmodule \"vpc\" {\n  source = \"org/vpc/aws\"\n}\n",
        ),
        (
            "m/main.tf",
            "module \"inner\" {\n  source = \"git::https://example.com/inner.git\"\n}\nmodule \"near\" {\n  source = \"./near\"\n}\n",
        ),
        ("m/near/main.tf", "resource \"aws_sqs_queue\" \"q\" {}\n"),
    ]);
    assert_eq!((input.module_calls.evaluated, input.module_calls.total), (2, 4));
    assert!(!input.module_calls.is_complete());
}
