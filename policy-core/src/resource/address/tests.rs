use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> ResourceAddress {
    ResourceAddress::parse(text).unwrap()
}

#[test]
fn a_full_address_has_all_its_parts() {
    let address = parse(r#"module.a["x.y"].module.b[0].aws_s3_bucket.c["k[1]"]"#);
    assert_eq!(
        address.module,
        [
            ModuleStep {
                name: "a".into(),
                key: Some(InstanceKey::Str("x.y".into()))
            },
            ModuleStep {
                name: "b".into(),
                key: Some(InstanceKey::Int(0))
            },
        ]
    );
    assert_eq!(
        (address.mode, &*address.resource_type),
        (ResourceMode::Managed, "aws_s3_bucket")
    );
    assert_eq!(
        (&*address.name, address.key.clone()),
        ("c", Some(InstanceKey::Str("k[1]".into())))
    );
    assert_eq!(address.module_text(), r#"module.a["x.y"].module.b[0]"#);
    assert_eq!(
        address.without_keys().to_string(),
        "module.a.module.b.aws_s3_bucket.c"
    );
}

#[test]
fn data_sources_and_names_that_look_like_keywords() {
    let data = parse("module.m.data.aws_region.current");
    assert_eq!(
        (data.mode, data.block_text()),
        (ResourceMode::Data, "data.aws_region.current".into())
    );
    let odd = parse("aws_x.module");
    assert_eq!((&*odd.resource_type, &*odd.name), ("aws_x", "module"));
    assert_eq!(
        parse("module.data.aws_x.data").to_string(),
        "module.data.aws_x.data"
    );
    assert_eq!(parse("aws_x._private-1").name, "_private-1");
}

#[test]
fn keys_are_unescaped_and_escaped_as_terraform_does() {
    for (quoted, plain) in [
        (r#"say\"hi"#, "say\"hi"),
        (r"a\\b", "a\\b"),
        (r"line\nbreak\tand\r", "line\nbreak\tand\r"),
        ("$${x}", "${x}"),
        ("%%{if}", "%{if}"),
        ("$$$${", "$$${"),
        ("$$$", "$$$"),
        ("a]b.c[0]", "a]b.c[0]"),
        (r"\u0000\u00a0", "\0\u{a0}"),
        ("é日", "é日"),
        ("", ""),
    ] {
        let text = format!("aws_x.y[\"{quoted}\"]");
        let address = parse(&text);
        assert_eq!(address.key, Some(InstanceKey::Str(plain.into())), "{text}");
        assert_eq!(address.to_string(), text);
    }
    assert_eq!(
        parse(r#"aws_x.y["\u00e9\U0001F600"]"#).key,
        Some(InstanceKey::Str("é😀".into()))
    );
}

#[test]
fn errors_say_where() {
    for (text, offset) in [
        ("", 0),
        ("aws_x", 5),
        ("aws_x.", 6),
        ("aws_x.y.z", 7),
        ("aws_x.y[", 8),
        ("aws_x.y[01]", 8),
        ("aws_x.y[-1]", 8),
        ("aws_x.y[18446744073709551616]", 8),
        ("aws_x.y[1", 9),
        ("aws_x.y[\"a", 10),
        ("aws_x.y[\"a\"", 11),
        ("aws_x.y[\"\\q\"]", 9),
        ("aws_x.y[\"\\u12\"]", 9),
        ("aws_x.y[\"\\ud800\"]", 9),
        ("aws_x.y[\"\\u+123\"]", 9),
        ("module.a", 8),
        ("module.a.", 9),
        ("data.aws_x", 10),
        ("aws_x.y[0][1]", 10),
        ("1x.y", 0),
        ("aws x.y", 3),
    ] {
        assert_eq!(
            ResourceAddress::parse(text).unwrap_err().offset(),
            offset,
            "{text}"
        );
    }
}

#[test]
fn traversals_keep_names_and_indices() {
    let name = |text: &str| TraversalStep::Name(text.into());
    let key = |key: InstanceKey| TraversalStep::Key(key);
    assert_eq!(
        traversal(r#"module.m["x.y"].ids[0].arn"#).unwrap(),
        [
            name("module"),
            name("m"),
            key(InstanceKey::Str("x.y".into())),
            name("ids"),
            key(InstanceKey::Int(0)),
            name("arn")
        ]
    );
    assert!(traversal("aws_x.y.*.id").is_err());
    assert!(traversal("").is_err());
}

fn keys() -> impl Strategy<Value = Option<InstanceKey>> {
    let quoted = prop_oneof![
        any::<String>(),
        r#"[\[\]."\\${%}a\n]{0,8}"#.prop_map(String::from)
    ];
    prop_oneof![
        Just(None),
        any::<u64>().prop_map(|index| Some(InstanceKey::Int(index))),
        quoted.prop_map(|key| Some(InstanceKey::Str(key))),
    ]
}

fn addresses() -> impl Strategy<Value = ResourceAddress> {
    let step = ("[a-zé_][a-z0-9_-]{0,5}", keys()).prop_map(|(name, key)| ModuleStep { name, key });
    let mode = prop_oneof![Just(ResourceMode::Managed), Just(ResourceMode::Data)];
    (
        prop::collection::vec(step, 0..4),
        mode,
        "aws_[a-z]{1,4}",
        "[a-z_][a-z0-9_-]{0,5}",
        keys(),
    )
        .prop_map(|(module, mode, resource_type, name, key)| ResourceAddress {
            module,
            mode,
            resource_type,
            name,
            key,
        })
}

proptest! {
    #[test]
    fn every_address_survives_the_round_trip(address in addresses()) {
        let text = address.to_string();
        prop_assert_eq!(ResourceAddress::parse(&text), Ok(address.clone()));
        let module = address.module_text();
        prop_assert!(text.starts_with(&module));
        let steps = traversal(&text).unwrap();
        let keys = address.module.iter().filter(|step| step.key.is_some()).count();
        let indices = steps.iter().filter(|step| matches!(step, TraversalStep::Key(_))).count();
        prop_assert_eq!(indices, keys + usize::from(address.key.is_some()));
    }

    #[test]
    fn hostile_texts_are_read_stably_or_refused_inside_the_text(text in "[a-z._\\[\\]\"\\\\0-9$%{ué😀\n]{0,40}") {
        match ResourceAddress::parse(&text) {
            Ok(address) => prop_assert_eq!(ResourceAddress::parse(&address.to_string()), Ok(address)),
            Err(error) => prop_assert!(error.offset() <= text.len() && text.is_char_boundary(error.offset())),
        }
        let _either = traversal(&text);
    }

    #[test]
    fn cutting_an_address_never_gives_the_same_address(address in addresses(), at in any::<prop::sample::Index>()) {
        let text = address.to_string();
        let cut = at.index(text.len());
        if let Some(shorter) = text.get(..cut) {
            prop_assert_ne!(ResourceAddress::parse(shorter).ok(), Some(address));
        }
    }
}
