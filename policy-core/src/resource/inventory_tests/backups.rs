//! Which resources backup selections cover.

use super::*;
use crate::resource::EdgeOrigin;

fn selected(inventory: &Inventory, id: &str) -> Cell {
    facet(find(inventory, id), "backup_selected").cell.clone()
}

fn excluded(inventory: &Inventory, id: &str) -> Cell {
    facet(find(inventory, id), "backup_excluded").cell.clone()
}

fn selection(values: serde_json::Value) -> N {
    tf("aws_backup_selection.s", values)
}

fn table(tags: serde_json::Value) -> N {
    tf("aws_dynamodb_table.t", json!({"name": "orders", "tags": tags}))
}

const YES: fn() -> Cell = || Cell::Known(true.into());

#[test]
fn nobody_selects_is_no_answer() {
    let inventory = inventory(vec![table(json!({}))]);
    let cell = selected(&inventory, "aws_dynamodb_table.t");
    assert_eq!(reason(&cell), Some(UnknownReason::PartialInput));
    assert_eq!(excluded(&inventory, "aws_dynamodb_table.t"), known(json!(false)));
}

#[test]
fn arns_are_alternatives_with_wildcards_and_exceptions() {
    let of = |resources: serde_json::Value, without: serde_json::Value| {
        let natives = vec![
            table(json!({})),
            selection(json!({"resources": resources, "not_resources": without})),
        ];
        let inventory = inventory(natives);
        (
            selected(&inventory, "aws_dynamodb_table.t"),
            excluded(&inventory, "aws_dynamodb_table.t"),
        )
    };
    let none = json!([]);
    for pattern in [
        "*",
        "arn:aws:dynamodb:*",
        "arn:aws:dynamodb:*:*:table/*",
        "arn:aws:dynamodb:*:*:table/ord*",
    ] {
        assert_eq!(
            of(json!(["arn:aws:s3:::x", pattern]), none.clone()).0,
            YES(),
            "{pattern}"
        );
        let (chosen, left_out) = of(json!(["*"]), json!([pattern]));
        assert_eq!(reason(&chosen), Some(UnknownReason::PartialInput), "{pattern}");
        assert_eq!(left_out, YES(), "{pattern}");
    }
    for pattern in [
        "arn:aws:rds:*",
        "arn:aws:dynamodb:*:*:table/invoices",
        "arn:aws:dynamodb:*:*:table",
    ] {
        let (chosen, _) = of(json!([pattern]), none.clone());
        assert_eq!(reason(&chosen), Some(UnknownReason::PartialInput), "{pattern}");
    }
    // The account of the table is not known, and the pattern looks at it.
    let (chosen, _) = of(json!(["arn:aws:dynamodb:*:111122223333:table/*"]), none.clone());
    assert_eq!(reason(&chosen), Some(UnknownReason::Reference));
    let (_, left_out) = of(json!(["*"]), json!(["arn:aws:dynamodb:*:111122223333:table/*"]));
    assert_eq!(reason(&left_out), Some(UnknownReason::Reference));
    // Everything the account has opted in to: the input does not show what that is.
    let (chosen, _) = of(none.clone(), none);
    assert_eq!(reason(&chosen), Some(UnknownReason::Expression));
}

#[test]
fn a_table_of_the_same_name_is_no_cluster() {
    let inventory = inventory(vec![
        tf("aws_db_instance.d", json!({"identifier": "orders"})),
        tf("aws_rds_cluster.c", json!({"cluster_identifier": "orders"})),
        selection(json!({"resources": ["arn:aws:rds:*:*:cluster:orders"]})),
    ]);
    assert_eq!(selected(&inventory, "aws_rds_cluster.c"), YES());
    let cell = selected(&inventory, "aws_db_instance.d");
    assert_eq!(reason(&cell), Some(UnknownReason::PartialInput));
}

#[test]
fn tags_are_alternatives_and_conditions_must_all_hold() {
    let tag = |value: &str| json!({"type": "STRINGEQUALS", "key": "backup", "value": value});
    let condition =
        |operator: &str, key: &str, value: &str| json!({operator: [{"key": key, "value": value}]});
    let of = |tags: serde_json::Value, values: serde_json::Value| {
        selected(
            &inventory(vec![table(tags), selection(values)]),
            "aws_dynamodb_table.t",
        )
    };
    let partial = Some(UnknownReason::PartialInput);
    let gold = json!({"backup": "gold", "stage": "prod"});
    assert_eq!(
        of(
            gold.clone(),
            json!({"selection_tag": [tag("silver"), tag("gold")]})
        ),
        YES()
    );
    assert_eq!(
        reason(&of(gold.clone(), json!({"selection_tag": [tag("silver")]}))),
        partial
    );
    assert_eq!(
        reason(&of(json!({}), json!({"selection_tag": [tag("gold")]}))),
        partial
    );
    // Names and values are compared as they are written.
    assert_eq!(
        reason(&of(
            json!({"Backup": "gold"}),
            json!({"selection_tag": [tag("gold")]})
        )),
        partial
    );
    let with = |conditions: Vec<serde_json::Value>| json!({"resources": ["*"], "condition": conditions});
    let backup = "aws:ResourceTag/backup";
    let stage = "aws:ResourceTag/stage";
    for (conditions, expected) in [
        (vec![condition("string_equals", backup, "gold")], Some(true)),
        (
            vec![
                condition("string_equals", backup, "gold"),
                condition("string_like", stage, "p*d"),
            ],
            Some(true),
        ),
        (
            vec![
                condition("string_equals", backup, "gold"),
                condition("string_equals", stage, "dev"),
            ],
            Some(false),
        ),
        (vec![condition("string_not_equals", stage, "dev")], Some(true)),
        (vec![condition("string_not_equals", stage, "prod")], Some(false)),
        (vec![condition("string_not_like", stage, "pro*")], Some(false)),
        (vec![condition("string_like", stage, "*rod*")], Some(true)),
        // A negated condition on a tag that is not there, and an operator that there is not: not documented.
        (
            vec![condition("string_not_equals", "aws:ResourceTag/missing", "x")],
            None,
        ),
        (vec![condition("string_matches", stage, "prod")], None),
    ] {
        let cell = of(gold.clone(), with(conditions.clone()));
        match expected {
            Some(true) => assert_eq!(cell, YES(), "{conditions:?}"),
            Some(false) => assert_eq!(reason(&cell), partial, "{conditions:?}"),
            None => assert_eq!(reason(&cell), Some(UnknownReason::Expression), "{conditions:?}"),
        }
    }
    // Whether conditions restrict what `selection_tag` adds is not documented: only both readings decide.
    let both =
        json!({"selection_tag": [tag("gold")], "condition": [condition("string_equals", stage, "dev")]});
    assert_eq!(reason(&of(gold.clone(), both)), Some(UnknownReason::Expression));
    let both =
        json!({"selection_tag": [tag("gold")], "condition": [condition("string_equals", stage, "prod")]});
    assert_eq!(of(gold, both), YES());
}

#[test]
fn unknown_tags_decide_nothing() {
    let unknown = table(json!({})).unknown("tags", UnknownReason::Variable);
    let by_tag = json!({"selection_tag": [{"type": "STRINGEQUALS", "key": "backup", "value": "gold"}]});
    let inventory = inventory(vec![unknown, selection(by_tag)]);
    let cell = selected(&inventory, "aws_dynamodb_table.t");
    assert_eq!(reason(&cell), Some(UnknownReason::Variable));
}

#[test]
fn references_name_exactly_what_they_refer_to() {
    let refer = |native: N, target: &str| {
        let unknown = Unknown::new(UnknownReason::Reference)
            .with_refs([Arc::from(target)])
            .non_null();
        let mut native = native.set("resources", Value::List(vec![unknown.into()]));
        native.0.references.push(Reference {
            path: AttributePath::parse("resources").expect("a path"),
            targets: vec![ResourceId::new(target)],
            attribute: Some("arn".into()),
        });
        native
    };
    let other = || tf("aws_dynamodb_table.other", json!({"name": "other"}));
    let known_target = inventory(vec![
        table(json!({})),
        other(),
        refer(selection(json!({})), "aws_dynamodb_table.t"),
    ]);
    assert_eq!(selected(&known_target, "aws_dynamodb_table.t"), YES());
    let table_edges = &find(&known_target, "aws_dynamodb_table.t").related["backup_selections"].edges;
    assert_eq!(
        table_edges.iter().map(|edge| edge.by).collect::<Vec<_>>(),
        [EdgeOrigin::Reference]
    );
    let cell = selected(&known_target, "aws_dynamodb_table.other");
    assert_eq!(
        reason(&cell),
        Some(UnknownReason::PartialInput),
        "nothing is said of the other one"
    );
    // What is referred to is not shown: it may be any table.
    let open = inventory(vec![
        other(),
        refer(selection(json!({})), "module.x.aws_dynamodb_table.t"),
    ]);
    assert_eq!(
        reason(&selected(&open, "aws_dynamodb_table.other")),
        Some(UnknownReason::Reference)
    );
}

#[test]
fn a_selection_covers_its_own_account_and_region() {
    let there = |mut native: N, region: &str| {
        native.0.provider.region = Some(region.into());
        native
    };
    let all = || selection(json!({"resources": ["*"]}));
    for (table_region, expected) in [
        ("eu-west-1", YES()),
        ("us-east-1", Cell::unknown(UnknownReason::PartialInput)),
    ] {
        let inventory = inventory(vec![
            there(table(json!({})), table_region),
            there(all(), "eu-west-1"),
        ]);
        let cell = selected(&inventory, "aws_dynamodb_table.t");
        assert_eq!(reason(&cell), reason(&expected), "{table_region}");
    }
}

#[test]
fn a_selection_under_a_condition_may_cover() {
    let inventory = inventory(vec![
        table(json!({})),
        selection(json!({"resources": ["*"]})).condition("Backups"),
    ]);
    let cell = selected(&inventory, "aws_dynamodb_table.t");
    assert_eq!(reason(&cell), Some(UnknownReason::Condition));
}

#[test]
fn members_are_backed_up_with_their_cluster() {
    let inventory = inventory(vec![
        tf("aws_rds_cluster.c", json!({"cluster_identifier": "c"})),
        tf(
            "aws_rds_cluster_instance.i",
            json!({"cluster_identifier": "c", "identifier": "i"}),
        ),
        selection(json!({"resources": ["arn:aws:rds:*:*:cluster:c"]})),
    ]);
    assert_eq!(selected(&inventory, "aws_rds_cluster_instance.i"), YES());
}

#[test]
fn a_template_spells_the_same() {
    let inventory = inventory(vec![
        cfn(
            "T",
            "AWS::DynamoDB::Table",
            json!({"TableName": "orders", "Tags": [{"Key": "backup", "Value": "gold"}]}),
        ),
        cfn(
            "S",
            "AWS::Backup::BackupSelection",
            json!({"BackupSelection": {"Resources": ["arn:aws:dynamodb:*:*:table/*"],
                "Conditions": {"StringEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "gold"}]}}}),
        ),
    ]);
    assert_eq!(selected(&inventory, "T"), YES());
    let edges = &find(&inventory, "S").related["selects"].edges;
    assert_eq!(
        edges.iter().map(|edge| edge.by).collect::<Vec<_>>(),
        [EdgeOrigin::Pattern]
    );
}

#[test]
fn a_zone_tells_the_region_of_all_that_one_provider_makes() {
    let volume = || tf("aws_ebs_volume.v", json!({"availability_zone": "eu-west-1a"}));
    let everything = json!({"resources": ["*"]});
    let of = |selection: N| selected(&inventory(vec![volume(), selection]), "aws_ebs_volume.v");
    assert_eq!(of(selection(everything.clone())), YES());
    // A Region of its own is another Region.
    let own = json!({"resources": ["*"], "region": "us-east-1"});
    assert_ne!(of(selection(own)), YES());
    let unknown = selection(everything).unknown("region", UnknownReason::Variable);
    assert_ne!(of(unknown), YES());
}
