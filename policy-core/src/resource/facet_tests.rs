use super::*;

fn attribute(cell: Cell) -> Attribute {
    Attribute {
        cell,
        provenance: Provenance::default(),
    }
}

fn fact(predicate: &str, cell: Cell) -> Cell {
    let feed = FacetFeed::parse(&format!("f({predicate})")).expect("a predicate");
    judge(&feed.predicate, &attribute(cell)).cell
}

fn known(json: serde_json::Value) -> Cell {
    Cell::Known(Value::from(json))
}

fn yes() -> Cell {
    Cell::Known(true.into())
}

fn no() -> Cell {
    Cell::Known(false.into())
}

fn is_open(cell: &Cell) -> bool {
    matches!(cell, Cell::Unknown(unknown) if unknown.domain == Some(Domain::Bool))
}

#[test]
fn predicates_on_known_and_absent_values() {
    use serde_json::json;
    for (predicate, value, expected) in [
        ("present", json!("x"), yes()),
        ("present", json!(""), no()),
        ("nonempty", json!([]), no()),
        ("nonempty", json!([1]), yes()),
        ("eq:KMS", json!("KMS"), yes()),
        ("eq:KMS", json!("kms"), no()),
        ("not:OFF", json!("ALL"), yes()),
        ("not:PRIVATE", json!(["PRIVATE"]), no()),
        ("in:HTTPS,TLS", json!("TLS"), yes()),
        ("in:HTTPS,TLS", json!("HTTP"), no()),
        ("contains:all", json!(["1", "all"]), yes()),
        ("contains:all", json!([]), no()),
        ("not-contains:FTP", json!(["SFTP"]), yes()),
        ("not-contains:FTP", json!(["SFTP", "FTP"]), no()),
        ("all", json!([true, true]), yes()),
        ("all", json!([true, null]), no()),
        ("all", json!(["awslogs", null]), no()),
        ("any", json!([false, true]), yes()),
        ("not", json!(true), no()),
        ("all-eq:ENABLED", json!(["ENABLED", "DISABLED"]), no()),
    ] {
        assert_eq!(
            fact(predicate, known(value.clone())),
            expected,
            "{predicate} of {value}"
        );
    }
    for predicate in [
        "present",
        "nonempty",
        "eq:x",
        "in:x,y",
        "not:x",
        "all",
        "contains:x",
    ] {
        assert_eq!(fact(predicate, Cell::Absent), no(), "{predicate}");
    }
    assert_eq!(fact("not", Cell::Absent), Cell::Absent);
}

#[test]
fn unknowns_are_decided_where_every_value_gives_the_same() {
    let unknown = Unknown::new(UnknownReason::Reference);
    assert_eq!(
        fact("present", Cell::Unknown(Arc::new(unknown.clone().non_null()))),
        yes()
    );
    assert!(is_open(&fact(
        "present",
        Cell::Unknown(Arc::new(unknown.clone()))
    )));
    let domain = |values: &[&str]| {
        let values = values.iter().map(|value| Value::from(*value)).collect();
        Cell::Unknown(Arc::new(
            unknown.clone().non_null().with_domain(Domain::AnyOf(values)),
        ))
    };
    assert_eq!(fact("in:a,b", domain(&["a", "b"])), yes());
    assert!(is_open(&fact("in:a,b", domain(&["a", "c"]))));
    // Absence is possible unless it is ruled out.
    let absent = Cell::Unknown(Arc::new(unknown.with_domain(Domain::AnyOf(vec!["a".into()]))));
    assert!(is_open(&fact("eq:a", absent)));
}

#[test]
fn one_unknown_element_leaves_all_open_unless_another_decides() {
    let hole: Value = Unknown::new(UnknownReason::Variable).into();
    let list = |values: Vec<Value>| Cell::Known(Value::List(values));
    assert!(is_open(&fact("all", list(vec![true.into(), hole.clone()]))));
    assert_eq!(fact("all", list(vec![false.into(), hole.clone()])), no());
    assert_eq!(fact("any", list(vec![true.into(), hole.clone()])), yes());
    assert!(is_open(&fact("not-contains:FTP", list(vec![hole]))));
}

#[test]
fn a_whole_is_as_trustworthy_as_its_least_part() {
    let said = |value: bool, evidence| Attribute {
        cell: Cell::Known(value.into()),
        provenance: Provenance {
            evidence,
            ..Provenance::default()
        },
    };
    let sure = Some(Evidence::Documented);
    let unsure = Some(Evidence::Unverified);
    let all = combine(vec![said(true, sure), said(true, unsure)], false);
    assert_eq!((all.cell, all.provenance.evidence), (yes(), unsure));
    // One sure false is enough.
    let all = combine(vec![said(true, unsure), said(false, sure)], false);
    assert_eq!((all.cell, all.provenance.evidence), (no(), sure));
    let any = combine(vec![said(false, unsure), attribute(Cell::Absent)], true);
    assert_eq!((any.cell, any.provenance.evidence), (no(), unsure));
}
