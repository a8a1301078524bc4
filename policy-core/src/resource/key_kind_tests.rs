use super::*;

#[test]
fn aliases_tell_whose_key_it_is_and_nothing_else_does() {
    for (text, expected) in [
        ("alias/aws/rds", Some(AWS_MANAGED)),
        (
            "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3",
            Some(AWS_MANAGED),
        ),
        (
            "arn:aws-cn:kms:cn-north-1:111122223333:alias/aws/ebs",
            Some(AWS_MANAGED),
        ),
        ("alias/payments", Some(CUSTOMER_MANAGED)),
        ("alias/awsome/x", Some(CUSTOMER_MANAGED)),
        ("alias/team/aws/x", Some(CUSTOMER_MANAGED)),
        (
            "arn:aws:kms:eu-west-1:111122223333:alias/payments",
            Some(CUSTOMER_MANAGED),
        ),
        // Reserved or not: the documentation does not say.
        ("alias/AWS/rds", None),
        ("alias/", None),
        ("Alias/aws/rds", None),
        ("arn:aws:kms:eu-west-1:111122223333:key/aws/rds", None),
        ("arn:aws:kms:eu-west-1:111122223333:key/alias/x", None),
        ("arn:aws:s3:eu-west-1:111122223333:alias/x", None),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", None),
        ("mrk-1234abcd12ab34cd56ef1234567890ab", None),
        ("", None),
    ] {
        assert_eq!(alias_kind(text), expected, "{text}");
    }
}

#[test]
fn a_fact_that_rests_on_an_unverified_condition_is_unverified() {
    let fact = |value: bool, evidence| Attribute {
        cell: Cell::Known(value.into()),
        provenance: Provenance {
            evidence,
            ..Provenance::default()
        },
    };
    let chosen = |kind: &str| Attribute {
        cell: Cell::Known(kind.into()),
        provenance: Provenance {
            declared: true,
            ..Provenance::default()
        },
    };
    let of = |condition| under(condition, chosen(CUSTOMER_MANAGED), absent());
    assert_eq!(of(fact(true, None)), chosen(CUSTOMER_MANAGED));
    assert_eq!(of(fact(false, None)).cell, Cell::Absent);
    let doubtful = of(fact(true, Some(Evidence::Unverified)));
    assert_eq!(doubtful.provenance.evidence, Some(Evidence::Unverified));
    assert!(!doubtful.provenance.declared);
}

#[test]
fn under_an_open_condition_both_facts_are_possible() {
    let open = Attribute {
        cell: Cell::unknown(UnknownReason::Variable),
        provenance: Provenance::default(),
    };
    let managed = Attribute {
        cell: Cell::Known(AWS_MANAGED.into()),
        provenance: Provenance::default(),
    };
    let Cell::Unknown(unknown) = under(open, managed, absent()).cell else {
        panic!("the condition is open");
    };
    assert_eq!(
        unknown.domain,
        Some(Domain::AnyOf(vec![AWS_MANAGED.into(), Value::Null]))
    );
    assert!(!unknown.non_null);
}
