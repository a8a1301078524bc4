//! What is said of a value that is not known must hold whatever it turns out to be.

use super::*;

/// The domain of an attribute of the only `aws_db_instance` in `module.m`.
fn domain_in_module(module: &str, argument: &str) -> Option<Domain> {
    let input = read_files(&[
        (
            "main.tf",
            &format!(
                "variable \"f\" {{ type = bool }}\nmodule \"m\" {{\n  source = \"./m\"\n  {argument}\n}}\n"
            ),
        ),
        ("m/main.tf", module),
    ]);
    clean(&input);
    at(&input, "module.m.aws_db_instance.a", "publicly_accessible")
        .and_then(Value::as_unknown)
        .expect("unknown")
        .domain
        .clone()
}

#[test]
fn the_default_of_a_variable_stands_for_null() {
    let module = "variable \"open\" {\n  type = bool\n  nullable = false\n  default = true\n}\nresource \"aws_db_instance\" \"a\" {\n  publicly_accessible = var.open\n}\n";
    let both = Some(Domain::AnyOf(vec![Value::from(true), Value::from(false)]));
    assert_eq!(domain_in_module(module, "open = var.f ? null : false"), both);
    // Without `nullable = false` null stays what it is.
    let absent = Some(Domain::AnyOf(vec![Value::Null, Value::from(false)]));
    let nullable = module.replace("nullable = false", "nullable = true");
    assert_eq!(domain_in_module(&nullable, "open = var.f ? null : false"), absent);
}

#[test]
fn the_default_of_an_optional_attribute_stands_for_null() {
    let module = "variable \"o\" {\n  type = object({ open = optional(bool, true) })\n}\nresource \"aws_db_instance\" \"a\" {\n  publicly_accessible = var.o.open\n}\n";
    let both = Some(Domain::AnyOf(vec![Value::from(true), Value::from(false)]));
    assert_eq!(
        domain_in_module(module, "o = { open = var.f ? null : false }"),
        both
    );
}

#[test]
fn coalesce_may_pass_over_what_is_unknown() {
    let of = |expression: &str| {
        let input = read_one(&format!(
            "variable \"f\" {{ type = bool }}\nresource \"aws_db_instance\" \"a\" {{\n  identifier = {expression}\n}}\n"
        ));
        clean(&input);
        at(&input, "aws_db_instance.a", "identifier")
            .and_then(Value::as_unknown)
            .expect("unknown")
            .clone()
    };
    for open in ["var.f ? null : \"a\"", "var.f ? \"\" : \"a\""] {
        let unknown = of(&format!("coalesce({open}, \"b\")"));
        assert_eq!((unknown.domain.clone(), unknown.non_null), (None, true), "{open}");
    }
    let certain = of("coalesce(var.f ? \"c\" : \"a\", \"b\")");
    assert_eq!(certain.domain, Some(Domain::AnyOf(vec!["c".into(), "a".into()])));
}

#[test]
fn what_the_provider_chooses_for_null_is_not_null() {
    // The provider chooses an identifier where none is written, and another resource that refers to it gets that.
    let input = read_one(
        "variable \"f\" { type = bool }\nresource \"aws_db_instance\" \"a\" {\n  identifier = var.f ? null : \"a\"\n}\nresource \"aws_db_instance\" \"b\" {\n  identifier = aws_db_instance.a.identifier\n}\n",
    );
    clean(&input);
    let domain = |id| {
        at(&input, id, "identifier")
            .and_then(Value::as_unknown)
            .expect("unknown")
            .domain
            .clone()
    };
    assert!(domain("aws_db_instance.a").is_some());
    assert_eq!(domain("aws_db_instance.b"), None);
}

#[test]
fn a_statement_without_an_effect_allows() {
    let input = read_one(
        "variable \"f\" { type = bool }\ndata \"aws_iam_policy_document\" \"p\" {\n  statement {\n    effect = var.f ? null : \"Deny\"\n    actions = [\"*\"]\n    resources = [\"*\"]\n  }\n}\nresource \"aws_iam_policy\" \"p\" {\n  policy = data.aws_iam_policy_document.p.json\n}\n",
    );
    clean(&input);
    let effect = at(&input, "aws_iam_policy.p", "policy.Statement[0].Effect")
        .and_then(Value::as_unknown)
        .expect("unknown");
    assert_eq!(
        effect.domain,
        Some(Domain::AnyOf(vec!["Allow".into(), "Deny".into()]))
    );
}

#[test]
fn comparing_uses_what_is_known() {
    let counted = |condition: &str| {
        let input = read_one(&format!(
            "variable \"f\" {{ type = bool }}\nvariable \"n\" {{\n  type = string\n  nullable = false\n}}\nresource \"aws_ebs_volume\" \"a\" {{\n  count = {condition} ? 1 : 2\n}}\n"
        ));
        clean(&input);
        match input.resources.as_slice() {
            [only] if only.condition.is_some() => None,
            all => Some(all.len()),
        }
    };
    for (condition, count) in [
        ("\"logs-${var.n}\" == \"\"", Some(2)),
        ("\"${var.n}-logs\" != \"\"", Some(1)),
        ("\"logs-${var.n}\" == \"data\"", Some(2)),
        ("\"logs-${var.n}\" == \"logs-1\"", None),
        ("\"${var.n}\" == \"\"", None),
        // The next character may combine with this one.
        ("\"cafe${var.n}\" == \"café\"", None),
        ("startswith(\"logs-${var.n}\", \"logs\")", Some(1)),
        ("startswith(\"logs-${var.n}\", \"data\")", Some(2)),
        ("startswith(\"logs-${var.n}\", \"logs-1\")", None),
        ("(var.f ? 1 : 2) > 0", Some(1)),
        ("(var.f ? 1 : 2) > 1", None),
        ("(var.f ? \"a\" : \"b\") == \"c\"", Some(2)),
        ("(var.f ? \"a\" : \"b\") == \"b\"", None),
        ("(var.f ? \"a\" : null) == \"b\"", Some(2)),
    ] {
        assert_eq!(counted(condition), count, "{condition}");
    }
}

#[test]
fn a_list_may_be_unknown_while_its_length_is_not() {
    let input = read_one(
        "variable \"f\" { type = bool }\nlocals {\n  same = var.f ? [\"a\", \"b\"] : [\"c\", \"b\"]\n  more = var.f ? [\"a\"] : [\"b\", \"c\"]\n}\nresource \"aws_ebs_volume\" \"same\" {\n  count = length(local.same)\n  kms_key_id = local.same[count.index]\n}\nresource \"aws_ebs_volume\" \"more\" {\n  count = length(local.more)\n}\n",
    );
    clean(&input);
    let key = at(&input, "aws_ebs_volume.same[0]", "kms_key_id").and_then(Value::as_unknown);
    assert_eq!(
        key.and_then(|key| key.domain.clone()),
        Some(Domain::AnyOf(vec!["a".into(), "c".into()]))
    );
    assert!(resource(&input, "aws_ebs_volume.more[0]").condition.is_some());
    assert_eq!(input.resources.len(), 3);
}

/// The conditions under which two resources exist.
fn conditions(text: &str, ids: [&str; 2]) -> [Option<String>; 2] {
    let input = read_one(text);
    clean(&input);
    ids.map(|id| resource(&input, id).condition.as_deref().map(str::to_owned))
}

#[test]
fn repetitions_of_the_same_are_in_step_only_by_their_own_key() {
    let pair = |key: &str, over: &str| {
        let text = format!(
            "variable \"m\" {{ type = map(string) }}\nvariable \"o\" {{ type = map(string) }}\nresource \"aws_s3_bucket\" \"b\" {{\n  for_each = var.m\n}}\nresource \"aws_s3_bucket_versioning\" \"b\" {{\n  for_each = {over}\n  bucket = {key}.id\n}}\n"
        );
        let [bucket, versioning] = conditions(&text, ["aws_s3_bucket.b", "aws_s3_bucket_versioning.b"]);
        assert!(bucket.is_some() && versioning.is_some());
        bucket == versioning
    };
    assert!(pair("aws_s3_bucket.b[each.key]", "var.m"));
    assert!(pair("each.value", "aws_s3_bucket.b"));
    assert!(!pair("aws_s3_bucket.b[\"x\"]", "var.m"));
    assert!(!pair("values(aws_s3_bucket.b)[0]", "var.m"));
    assert!(!pair("aws_s3_bucket.b[each.key]", "var.o"));
}

#[test]
fn what_a_local_stands_for_is_not_in_step() {
    let pair = |over: &str, bucket: &str, more: &str| {
        let text = format!(
            "variable \"m\" {{ type = map(string) }}\nlocals {{\n  first = aws_s3_bucket.b[\"x\"].id\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  for_each = var.m\n}}\nresource \"aws_s3_bucket_versioning\" \"b\" {{\n  for_each = {over}\n  bucket = {bucket}\n  {more}\n}}\n"
        );
        let [bucket, versioning] = conditions(&text, ["aws_s3_bucket.b", "aws_s3_bucket_versioning.b"]);
        bucket == versioning
    };
    let decoy = "mfa = aws_s3_bucket.b[each.key].arn";
    assert!(pair("var.m", "aws_s3_bucket.b[each.key].id", decoy));
    assert!(!pair("var.m", "local.first", decoy));
    assert!(!pair(
        "var.m",
        "coalesce(local.first, aws_s3_bucket.b[each.key].id)",
        ""
    ));
    assert!(!pair("aws_s3_bucket.b", "local.first", "mfa = each.value.arn"));
    assert!(pair("aws_s3_bucket.b", "each.value.id", "mfa = each.value.arn"));
}

#[test]
fn the_same_words_in_two_modules_are_two_conditions() {
    let module =
        "variable \"on\" { type = bool }\nresource \"aws_s3_bucket\" \"b\" {\n  count = var.on ? 1 : 0\n}\n";
    let input = read_files(&[
        (
            "main.tf",
            "variable \"x\" { type = bool }\nmodule \"a\" {\n  source = \"./m\"\n  on = var.x\n}\nmodule \"b\" {\n  source = \"./m\"\n  on = !var.x\n}\n",
        ),
        ("m/main.tf", module),
    ]);
    clean(&input);
    let one = resource(&input, "module.a.aws_s3_bucket.b[0]");
    let other = resource(&input, "module.b.aws_s3_bucket.b[0]");
    assert!(one.condition.is_some() && !one.many);
    assert_ne!(one.condition, other.condition);
}
