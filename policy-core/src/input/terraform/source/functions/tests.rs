//! What holds for all functions. What each one answers is tested in [`super::terraform_tests`].

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::{FunctionContext, FunctionError, NotRendered, Templates, call, names};
use crate::input::terraform::source::cty::{Data, Type, Val, convert};
use crate::input::terraform::source::files::MemoryFiles;
use crate::value::{Unknown, UnknownReason};

/// No template is rendered in these tests.
struct NoTemplates;

impl Templates for NoTemplates {
    fn render(&self, _: &str, _: &str, _: BTreeMap<Arc<str>, Val>) -> Result<Val, NotRendered> {
        Err(NotRendered {
            message: "no templates here".to_owned(),
            limit: false,
        })
    }
}

fn in_directory(directory: &str, name: &str, args: Vec<Val>) -> Result<Val, FunctionError> {
    let files = MemoryFiles::new([
        ("a.txt", "outer"),
        ("live/a.txt", "inner"),
        ("modules/b/c.json", "{}"),
    ]);
    let context = FunctionContext {
        files: &files,
        directory,
        working_directory: None,
        templates: &NoTemplates,
    };
    call(name, args, &context)
}

fn ask(name: &str, args: Vec<Val>) -> Result<Val, FunctionError> {
    in_directory("live", name, args)
}

fn s(text: &str) -> Val {
    Val::string(text)
}

fn unknown(ty: Type, reference: &str) -> Val {
    Val::unknown(
        ty,
        Arc::new(Unknown::new(UnknownReason::Variable).with_refs([reference.into()])),
    )
}

fn references(value: &Val) -> Vec<&str> {
    value
        .as_unknown()
        .unwrap()
        .refs
        .iter()
        .map(AsRef::as_ref)
        .collect()
}

#[test]
fn files_are_looked_for_from_the_root_module() {
    assert_eq!(ask("file", vec![s("a.txt")]), Ok(s("inner")));
    assert_eq!(ask("file", vec![s("./../a.txt")]), Ok(s("outer")));
    assert_eq!(ask("file", vec![s("../modules/b/c.json")]), Ok(s("{}")));
    let set = ask("fileset", vec![s("../modules"), s("**/*.json")]).unwrap();
    assert_eq!(format!("{set:?}"), r#"{"b/c.json"}"#);
}

#[test]
fn files_outside_of_the_tree_are_unknown_and_not_read() {
    for path in ["../../a.txt", "/etc/passwd", "~/a.txt", "../live/../../a.txt"] {
        let value = ask("file", vec![s(path)]).unwrap();
        assert!(!value.is_known(), "{path}");
        assert!(!ask("fileexists", vec![s(path)]).unwrap().is_known(), "{path}");
    }
    assert!(!ask("fileset", vec![s("../.."), s("*")]).unwrap().is_known());
    assert!(!ask("fileset", vec![s("."), s("../../*")]).unwrap().is_known());
}

#[test]
fn a_known_working_directory_gives_absolute_paths() {
    let files = MemoryFiles::new([("live/a.txt", "inner")]);
    let context = FunctionContext {
        files: &files,
        directory: "live",
        working_directory: Some("/repo/live"),
        templates: &NoTemplates,
    };
    assert_eq!(call("abspath", vec![s("../x")], &context), Ok(s("/repo/x")));
    assert_eq!(
        call("file", vec![s("/repo/live/a.txt")], &context),
        Ok(s("inner"))
    );
    assert!(!call("file", vec![s("/repo/a.txt")], &context).unwrap().is_known());
    assert!(!ask("abspath", vec![s("x")]).unwrap().is_known());
}

#[test]
fn what_depends_on_the_run_is_unknown() {
    for (name, args) in [
        ("timestamp", vec![]),
        ("plantimestamp", vec![]),
        ("uuid", vec![]),
        ("bcrypt", vec![s("a")]),
        ("base64gzip", vec![s("a")]),
        ("rsadecrypt", vec![s("a"), s("b")]),
        ("pathexpand", vec![s("~/x")]),
    ] {
        let value = ask(name, args).unwrap();
        assert_eq!(value.ty(), Type::String, "{name}");
        assert!(
            !value.is_known() && value.as_unknown().unwrap().non_null,
            "{name}"
        );
    }
}

#[test]
fn functions_of_providers_are_unknown_and_say_which() {
    let value = ask(
        "provider::aws::arn_parse",
        vec![unknown(Type::String, "var.arn").marked(true)],
    )
    .unwrap();
    assert!(value.sensitive);
    assert_eq!(references(&value), ["var.arn", "provider::aws::arn_parse"]);
}

#[test]
fn unknown_results_name_everything_they_depend_on() {
    let value = ask(
        "join",
        vec![
            s("-"),
            Val::tuple(vec![
                unknown(Type::String, "var.a"),
                s("x"),
                unknown(Type::String, "var.b"),
            ]),
        ],
    );
    assert_eq!(references(&value.unwrap()), ["var.a", "var.b"]);
}

#[test]
fn mistakes_are_located_and_explained() {
    let error = ask("uper", vec![]).unwrap_err();
    assert_eq!(error.to_string(), "there is no function named `uper`");
    assert_eq!(error.help().as_deref(), Some("did you mean `upper`?"));
    let error = ask("upper", vec![]).unwrap_err();
    assert_eq!(error.to_string(), "function `upper` takes 1 argument, not 0");
    let error = ask("join", vec![]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "function `join` takes at least 1 argument, not 0"
    );
    let error = ask("substr", vec![s("a"), Val::null(Type::Dynamic), s("1")]).unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.argument()),
        ("argument `offset` of `substr`: must not be null", Some(1))
    );
}

#[test]
fn messages_do_not_show_sensitive_values() {
    let secret = || s("hunter2").marked(true);
    for (name, args) in [
        ("tonumber", vec![secret()]),
        ("file", vec![secret()]),
        ("lookup", vec![Val::object(BTreeMap::new()), secret()]),
        (
            "lookup",
            vec![
                convert(Val::object(BTreeMap::new()), &Type::map(Type::String)).unwrap(),
                secret(),
            ],
        ),
    ] {
        let error = ask(name, args).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn results_that_would_be_huge_are_errors() {
    let long = s(&"x".repeat(1 << 13));
    let broken = s(&"\n".repeat(1 << 13));
    ask("replace", vec![long.clone(), s("x"), long.clone()]).unwrap_err();
    ask("indent", vec![Val::integer(1 << 13), broken]).unwrap_err();
    ask("format", vec![s("%999999999d"), Val::integer(1)]).unwrap_err();
    let many = Val::tuple(vec![s("x"); 400]);
    ask("setproduct", vec![many.clone(), many.clone(), many]).unwrap_err();
}

fn any_value() -> impl Strategy<Value = Val> {
    let leaf = prop_oneof![
        proptest::bool::ANY.prop_map(Val::bool),
        (-3..20_i64).prop_map(Val::integer),
        prop_oneof![
            "[ab0-9%/.:é-]{0,4}",
            "2026-01-0[1-9]T00:00:00Z",
            "10.0.0.0/8",
            "[aé\n]{0,3}",
            "%[svdqf]",
            "[{}\\[\\]:,\"a1 ]{0,5}"
        ]
        .prop_map(|text| s(&text)),
        Just(Val::null(Type::Dynamic)),
        Just(Val::null(Type::String)),
        Just(unknown(Type::Dynamic, "var.any")),
        Just(unknown(Type::String, "var.text")),
        Just(unknown(Type::list(Type::String), "var.list")),
        Just(unknown(Type::map(Type::String), "var.map")),
    ];
    let nested = leaf.prop_recursive(3, 12, 3, |inner| {
        let sequence = proptest::collection::vec(inner.clone(), 0..4);
        let object =
            proptest::collection::btree_map("[abc]".prop_map(Arc::from), inner, 0..3).prop_map(Val::object);
        prop_oneof![
            sequence.clone().prop_map(Val::tuple),
            object.clone(),
            (sequence, 0..2_usize).prop_map(|(elements, kind)| {
                let want = [Type::list(Type::Dynamic), Type::set(Type::Dynamic)];
                let tuple = Val::tuple(elements);
                convert(tuple.clone(), &want[kind]).unwrap_or(tuple)
            }),
            object.prop_map(|object| convert(object.clone(), &Type::map(Type::Dynamic)).unwrap_or(object)),
        ]
    });
    (nested, proptest::bool::weighted(0.1)).prop_map(|(value, sensitive)| value.marked(sensitive))
}

fn any_call() -> impl Strategy<Value = (&'static str, Vec<Val>)> {
    let names: Vec<&'static str> = names().collect();
    (
        proptest::sample::select(names),
        proptest::collection::vec(any_value(), 0..4),
    )
}

/// Puts a value in the place of everything unknown: what the run may turn it into. `None` when the elements of a
/// collection would have nothing in common.
fn decided(value: &Val, choice: u8) -> Option<Val> {
    if value.is_wholly_known() {
        return Some(value.clone());
    }
    let each = |value: &Val| decided(value, choice.wrapping_mul(5).wrapping_add(3));
    let text = |index: u8| s(["a", "", "7", "true", "10.0.0.0/8"][usize::from(index % 5)]);
    let keyed = |elements: &BTreeMap<Arc<str>, Val>| -> Option<BTreeMap<Arc<str>, Val>> {
        elements
            .iter()
            .map(|(key, value)| Some((key.clone(), each(value)?)))
            .collect()
    };
    let decided = match &value.data {
        Data::Unknown(ty, _) => match (ty, choice % 4) {
            (_, 0) => Val::null(ty.clone()),
            (Type::List(element), 1) => Val::list((**element).clone(), vec![]),
            (Type::List(element), _) if **element == Type::String => {
                Val::list(Type::String, vec![text(choice), text(choice.wrapping_add(1))])
            }
            (Type::Map(element), 1) => Val::map((**element).clone(), BTreeMap::new()),
            (Type::Map(element), _) if **element == Type::String => {
                Val::map(Type::String, BTreeMap::from([("a".into(), text(choice))]))
            }
            (Type::Dynamic, 1) => Val::tuple(vec![text(choice)]),
            (Type::Dynamic, 2) => Val::integer(i64::from(choice)),
            (Type::Dynamic | Type::String, _) => text(choice),
            (Type::Bool, _) => Val::bool(choice > 100),
            (Type::Number, _) => Val::integer(i64::from(choice)),
            (other, _) => Val::null(other.clone()),
        },
        Data::List(ty, elements) => convert(
            Val::tuple(elements.iter().map(each).collect::<Option<_>>()?),
            &Type::list(ty.clone()),
        )
        .ok()?,
        Data::Set(ty, elements) => convert(
            Val::tuple(elements.iter().map(each).collect::<Option<_>>()?),
            &Type::set(ty.clone()),
        )
        .ok()?,
        Data::Map(ty, elements) => convert(Val::object(keyed(elements)?), &Type::map(ty.clone())).ok()?,
        Data::Tuple(elements) => Val::tuple(elements.iter().map(each).collect::<Option<_>>()?),
        Data::Object(elements) => Val::object(keyed(elements)?),
        other => other.clone().into(),
    };
    Some(decided.marked(value.sensitive))
}

/// True when `later` is what `early` may turn out to be: the same wherever `early` is known.
///
/// Types are not compared. `tolist([unknown, false])` is a list of bools to Terraform, which the unknown element may
/// turn into a list of strings; then `false` becomes `"false"`.
fn allows(early: &Val, later: &Val) -> bool {
    if let Data::Unknown(_, unknown) = &early.data {
        return !unknown.non_null || !later.is_null();
    }
    match (early.as_mapping(), later.as_mapping()) {
        (Some(early), Some(later)) => {
            return early.keys().eq(later.keys())
                && early.values().zip(later.values()).all(|(e, l)| allows(e, l));
        }
        (None, None) => {}
        _ => return false,
    }
    match (&early.data, &later.data) {
        // The elements that are unknown may be any of the others.
        (Data::Set(_, early), Data::Set(_, later)) => {
            let mut known = early.iter().filter(|value| value.is_wholly_known());
            known.all(|value| later.iter().any(|other| allows(value, other)))
        }
        (Data::Null(_), Data::Null(_)) => true,
        _ => match (early.as_sequence(), later.as_sequence()) {
            (Some(early), Some(later)) => {
                early.len() == later.len()
                    && early.iter().zip(later).all(|(early, later)| allows(early, later))
            }
            _ => {
                let text = |value: &Val| convert(value.clone().unmarked().0, &Type::String);
                text(early).is_ok_and(|early| text(later) == Ok(early))
            }
        },
    }
}

#[test]
fn an_argument_that_may_not_convert_is_not_the_result_of_coalesce() {
    let unknown = Val::unknown(Type::String, Unknown::new(UnknownReason::Variable).into());
    let args = vec![
        Val::tuple(vec![unknown, Val::null(Type::Dynamic)]),
        Val::set(Type::Bool, vec![Val::bool(false)]),
    ];
    assert!(!ask("coalesce", args).unwrap().is_known());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_call_panics_and_marks_never_vanish((name, args) in any_call()) {
        let marked = args.iter().any(|argument| argument.sensitive);
        if let Ok(value) = ask(name, args) {
            // Only these three look at marks, or at parts of their arguments that need not be the marked ones.
            let exempt = matches!(name, "issensitive" | "nonsensitive" | "try" | "can" | "coalesce" | "length" | "lookup" | "keys");
            prop_assert!(exempt || !marked || value.has_sensitive(), "{name}: {value:?}");
        }
    }

    #[test]
    fn what_is_known_early_stays_true((name, args) in any_call(), choice in proptest::num::u8::ANY) {
        let Ok(early) = ask(name, args.clone()) else { return Ok(()) };
        let later: Option<Vec<Val>> = args.iter().map(|argument| decided(argument, choice)).collect();
        let Some(later) = later else { return Ok(()) };
        // An error later is what Terraform shows as well; another known value would be a lie.
        if let Ok(later) = ask(name, later) {
            prop_assert!(allows(&early, &later), "{name}({args:?}): {early:?}, later {later:?}");
        }
    }
}
