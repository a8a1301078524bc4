//! Expected digits and types are what `terraform console` 1.11.4 prints.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::value::{Unknown, UnknownReason, Value};

fn num(text: &str) -> Num {
    Num::parse(text).unwrap_or_else(|| panic!("{text} is no number"))
}

fn s(text: &str) -> Val {
    Val::string(text)
}

fn n(integer: i64) -> Val {
    Val::integer(integer)
}

fn unknown(ty: Type, reference: &str) -> Val {
    Val::unknown(
        ty,
        Arc::new(Unknown::new(UnknownReason::Variable).with_refs([reference.into()])),
    )
}

fn object<const N: usize>(attributes: [(&str, Val); N]) -> Val {
    Val::object(
        attributes
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
    )
}

#[test]
fn numbers_print_as_terraform_prints_them() {
    let third = num("1").divide(&num("3")).unwrap();
    assert_eq!(
        third.to_string(),
        "0.33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333335"
    );
    assert_eq!(third.multiply(&num("3")).unwrap().to_string(), "1");
    assert_eq!(num("0.1").add(&num("0.2")).unwrap().to_string(), "0.3");
    assert_eq!(
        num("10").remainder(&num("0.3")).unwrap().to_string(),
        "0.09999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999928"
    );
    let sevenths = Num::from_length(3).divide(&num("7")).unwrap();
    assert_eq!(
        sevenths.to_string(),
        "0.42857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142857142856"
    );
    // A product of counts keeps their 64 bits, and prints only the digits that these bits determine.
    let counts = Num::from_integer(5_228_495_496_629_768_896_i64)
        .multiply(&Num::from_integer(1_860_117_671_320_527_916_i64));
    assert_eq!(
        counts.unwrap().to_string(),
        "9725616867700832833445886063796500700"
    );
    let float = |float| Num::from_float(float).unwrap();
    assert_eq!(
        float(1.1).remainder(&float(0.3)).unwrap().to_string(),
        "0.20000000000000018"
    );
    assert_eq!(
        float(10.0).remainder(&num("0.3")).unwrap().to_string(),
        "0.09999999999999964"
    );
    assert_eq!(
        Num::from_length(10).remainder(&float(0.3)).unwrap().to_string(),
        "0.100000000000000366374"
    );
    assert_eq!(num("0").multiply(&num("-1")).unwrap().to_string(), "-0");
    assert_eq!(num("1e21").to_string(), "1000000000000000000000");
    assert_eq!(num("1.50").to_string(), "1.5");
    assert_eq!(num("+5.").to_string(), "5");
    assert_eq!(num("1p4").to_string(), "16");
    assert_eq!(num("inf").to_string(), "+Inf");
    assert_eq!(num("1").divide(&num("0")).unwrap().to_string(), "+Inf");
    assert_eq!(num("0").divide(&num("0")), Err(NumberError::NotANumber));
    assert_eq!(Num::from_float(0.1).unwrap().to_string(), "0.1");
    assert_eq!(
        Num::from_float(1e23).unwrap().to_string(),
        "100000000000000000000000"
    );
    for none in [
        "",
        ".",
        "0x10",
        "1_000",
        " 1",
        "1e",
        "--1",
        "1e999999999",
        "٣",
        "1.2.3",
    ] {
        assert_eq!(Num::parse(none), None, "{none}");
    }
}

#[test]
fn arithmetic_that_would_cost_too_much_is_an_error() {
    let big = num("1e16000");
    assert_eq!(big.multiply(&big), Err(NumberError::OutOfRange));
}

#[test]
fn tuples_become_lists_of_what_their_elements_have_in_common() {
    let list = Type::list(Type::Dynamic);
    let cases = [
        (Val::tuple(vec![Val::null(Type::Dynamic), s("a")]), "list(string)"),
        (Val::tuple(vec![n(1), s("1"), Val::bool(true)]), "list(string)"),
        (
            Val::tuple(vec![Val::tuple(vec![n(1)]), Val::tuple(vec![s("a")])]),
            "list(tuple([string]))",
        ),
        (
            Val::tuple(vec![Val::tuple(vec![n(1)]), Val::tuple(vec![s("a"), s("b")])]),
            "list(list(string))",
        ),
        (
            Val::tuple(vec![object([("a", n(1))]), object([("b", s("x"))])]),
            "list(map(string))",
        ),
        (
            Val::tuple(vec![
                object([("a", n(1))]),
                object([("a", Val::null(Type::Dynamic))]),
            ]),
            "list(object({a=number}))",
        ),
        (
            Val::tuple(vec![Val::null(Type::Dynamic), Val::null(Type::Dynamic)]),
            "list(any)",
        ),
        (Val::tuple(vec![]), "list(any)"),
        (
            Val::tuple(vec![unknown(Type::Dynamic, "var.x"), s("a")]),
            "list(string)",
        ),
    ];
    for (tuple, expected) in cases {
        let shown = format!("{tuple:?}");
        assert_eq!(
            convert(tuple, &list).unwrap().ty().to_string(),
            expected,
            "{shown}"
        );
    }
    for none in [
        Val::tuple(vec![Val::null(Type::Dynamic), Val::tuple(vec![n(1)])]),
        object([("a", n(1))]),
        s("a"),
    ] {
        convert(none, &list).unwrap_err();
    }
}

#[test]
fn objects_take_constraints_with_optional_attributes() {
    let want = Type::constraint(BTreeMap::from([
        ("name".into(), Attribute::required(Type::String)),
        ("size".into(), Attribute::optional(Type::Number)),
    ]));
    let converted = convert(object([("name", n(7)), ("extra", n(1))]), &want).unwrap();
    assert_eq!(
        converted,
        object([("name", s("7")), ("size", Val::null(Type::Number))])
    );
    assert_eq!(converted.ty().to_string(), "object({name=string,size=number})");
    let error = convert(object([("size", n(1))]), &want).unwrap_err();
    assert_eq!(error.to_string(), "attribute `name` is required");
    let error = convert(object([("name", s("a")), ("size", s("big"))]), &want).unwrap_err();
    assert_eq!(error.to_string(), "at `size`: a number is required");
    let map = Val::map(
        Type::String,
        BTreeMap::from([("name".into(), s("a")), ("size".into(), s("2"))]),
    );
    assert_eq!(
        convert(map, &want).unwrap(),
        object([("name", s("a")), ("size", n(2))])
    );
    let map = Val::map(Type::String, BTreeMap::new());
    assert_eq!(
        convert(map, &want).unwrap_err().to_string(),
        "the map has no element `name`, which is required"
    );
}

#[test]
fn unknown_and_null_take_the_wanted_type_and_marks_stay() {
    let converted = convert(
        unknown(Type::Dynamic, "var.x").marked(true),
        &Type::list(Type::String),
    )
    .unwrap();
    assert_eq!(converted.ty().to_string(), "list(string)");
    assert!(converted.sensitive && !converted.is_known());
    assert_eq!(
        convert(Val::null(Type::Dynamic), &Type::Bool).unwrap(),
        Val::null(Type::Bool)
    );
    assert!(convert(s("1").marked(true), &Type::Number).unwrap().sensitive);
    let set = convert(Val::tuple(vec![s("a").marked(true)]), &Type::set(Type::Dynamic)).unwrap();
    assert!(set.sensitive);
}

#[test]
fn sets_are_sorted_and_unique() {
    let set = |elements| convert(Val::tuple(elements), &Type::set(Type::Dynamic)).unwrap();
    let shown = |value: Val| format!("{value:?}");
    assert_eq!(shown(set(vec![n(3), n(1), n(10), n(2), n(1)])), "{1, 2, 3, 10}");
    assert_eq!(
        shown(set(vec![Val::bool(true), Val::bool(false)])),
        "{false, true}"
    );
    assert_eq!(
        shown(set(vec![
            object([("a", n(1))]),
            object([("a", n(10))]),
            object([("a", n(2))])
        ])),
        r#"{{"a": 10}, {"a": 1}, {"a": 2}}"#
    );
    let with_unknown = set(vec![
        unknown(Type::String, "var.x"),
        s("b"),
        Val::null(Type::String),
        s("a"),
    ]);
    assert_eq!(
        shown(with_unknown),
        r#"{"a", "b", unknown(string, variable), null(string)}"#
    );
}

#[test]
fn equality_is_three_valued() {
    let x = unknown(Type::Dynamic, "var.x");
    assert_eq!(equality(&s("1"), &n(1)), Some(false));
    assert_eq!(
        equality(&Val::null(Type::String), &Val::null(Type::Bool)),
        Some(true)
    );
    assert_eq!(equality(&x, &s("a")), None);
    assert_eq!(equality(&x, &Val::null(Type::Dynamic)), None);
    assert_eq!(equality(&unknown(Type::String, "var.s"), &n(1)), Some(false));
    let tuple = |last: &str| Val::tuple(vec![x.clone(), s(last)]);
    assert_eq!(
        equality(&tuple("a"), &Val::tuple(vec![s("x"), s("a"), s("b")])),
        Some(false)
    );
    assert_eq!(equality(&tuple("a"), &Val::tuple(vec![s("x"), s("a")])), None);
    let list = Val::list(Type::Number, vec![n(1)]);
    assert_eq!(equality(&list, &Val::tuple(vec![n(1)])), Some(false));
    let left = Val::tuple(vec![unknown(Type::String, "var.s"), s("a")]);
    assert_eq!(equality(&left, &Val::tuple(vec![s("x"), s("b")])), Some(false));
    let result = equals(
        &unknown(Type::String, "var.a"),
        &unknown(Type::String, "var.b").marked(true),
    );
    assert!(result.sensitive);
    let refs: Vec<&str> = result
        .as_unknown()
        .unwrap()
        .refs
        .iter()
        .map(AsRef::as_ref)
        .collect();
    assert_eq!(refs, ["var.a", "var.b"]);
}

#[test]
fn values_for_rules_keep_unknowns_and_marks() {
    let value = object([
        ("set", Val::set(Type::String, vec![s("b"), s("a")])),
        ("secret", s("x").marked(true)),
        ("later", unknown(Type::String, "var.x")),
        ("half", Val::number(num("0.5"))),
    ])
    .to_value();
    assert_eq!(value.get("set"), Some(&Value::List(vec!["a".into(), "b".into()])));
    assert!(value.get("secret").unwrap().has_sensitive());
    assert!(value.get("later").unwrap().as_unknown().is_some());
    assert_eq!(Val::from_value(&value).to_value(), value);
}

#[test]
fn strings_are_normalised() {
    assert_eq!(s("e\u{301}"), s("\u{e9}"));
}

fn any_value() -> impl Strategy<Value = Val> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Val::bool),
        any::<i64>().prop_map(Val::integer),
        "[a-c]{0,2}".prop_map(|text| Val::string(&text)),
        Just(Val::null(Type::Dynamic)),
        Just(unknown(Type::Dynamic, "var.x")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Val::tuple),
            proptest::collection::btree_map("[a-c]".prop_map(Arc::from), inner, 0..4).prop_map(Val::object),
        ]
    })
}

proptest! {
    #[test]
    fn floats_survive_printing(float in any::<f64>().prop_filter("numbers", |float| float.is_finite())) {
        let printed = Num::from_float(float).unwrap().to_string();
        prop_assert_eq!(printed.parse::<f64>().unwrap(), float);
        prop_assert_eq!(Num::parse(&printed).unwrap().as_float(), float);
    }

    #[test]
    fn small_integers_compute_exactly(left in any::<i32>(), right in any::<i32>()) {
        let (a, b) = (Num::from_integer(left), Num::from_integer(right));
        prop_assert_eq!(a.cmp(&b), left.cmp(&right));
        prop_assert_eq!(a.multiply(&b).unwrap().to_string(), (i64::from(left) * i64::from(right)).to_string());
        if right != 0 {
            prop_assert_eq!(a.remainder(&b).unwrap(), Num::from_integer(i64::from(left) % i64::from(right)));
        }
    }

    #[test]
    fn conversion_makes_the_wanted_type_and_stays(value in any_value(), to in 0..4_usize) {
        let want = [Type::list(Type::Dynamic), Type::set(Type::String), Type::map(Type::Dynamic), Type::String];
        let want = &want[to];
        if let Ok(converted) = convert(value, want) {
            prop_assert!(want.could_become(&converted.ty()) || converted.ty().could_become(want), "{converted:?}");
            prop_assert_eq!(convert(converted.clone(), want).unwrap(), converted);
        }
    }

    #[test]
    fn every_known_value_equals_itself_only_when_known(value in any_value()) {
        let expected = value.is_wholly_known().then_some(true);
        prop_assert_eq!(equality(&value, &value), expected);
    }

    #[test]
    fn unification_accepts_what_it_unified(values in proptest::collection::vec(any_value(), 1..4)) {
        let types: Vec<Type> = values.iter().map(Val::ty).collect();
        if let Some(common) = unify(&types) {
            for ty in &types {
                prop_assert!(convertible(ty, &common), "{ty} to {common}");
            }
        }
    }
}
