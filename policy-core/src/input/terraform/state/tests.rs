//! Both formats over the same real state, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::value::Number;

const SHOWN: &str = include_str!("../../../../../fixtures/inputs/terraform-state/modules/state.json");
const RAW: &str = include_str!("../../../../../fixtures/inputs/terraform-state/modules/terraform.tfstate");

fn load(text: &str) -> LoadedInput {
    read(Source::new("state.json", text), &InputContext::default())
}

fn find<'i>(input: &'i LoadedInput, id: &str) -> &'i NativeResource {
    let found = input.resources.iter().find(|resource| resource.id.as_str() == id);
    found.unwrap_or_else(|| panic!("{id} is not in {:?}", ids(input)))
}

fn ids(input: &LoadedInput) -> Vec<&str> {
    input
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect()
}

fn codes(input: &LoadedInput) -> Vec<String> {
    let shown = input.diagnostics.iter().map(|diagnostic| {
        assert!(diagnostic.location().is_some(), "without a place: {diagnostic:?}");
        format!("{} {}", diagnostic.code.id, diagnostic.message)
    });
    shown.collect()
}

#[test]
fn a_shown_state_gives_every_instance_with_its_address() {
    let input = load(SHOWN);
    assert_eq!(codes(&input), Vec::<String>::new());
    assert_eq!(input.format, Some(InputFormat::TerraformState));
    assert_eq!(
        ids(&input),
        [
            "data.aws_caller_identity.current",
            "aws_ebs_volume.scratch[0]",
            "aws_ebs_volume.scratch[1]",
            "aws_kms_key.data",
            "module.store[\"eu.clean\"].aws_s3_bucket.this",
            "module.store[\"eu.clean\"].aws_s3_bucket_versioning.this",
            "module.store[\"eu.raw\"].aws_s3_bucket.this",
            "module.store[\"eu.raw\"].aws_s3_bucket_versioning.this",
        ]
    );
    let bucket = find(&input, "module.store[\"eu.raw\"].aws_s3_bucket.this");
    assert_eq!(&*bucket.scope, "module.store[\"eu.raw\"]");
    assert_eq!((&*bucket.name, &*bucket.native_type), ("this", "aws_s3_bucket"));
    assert_eq!(
        (bucket.lifecycle, bucket.source),
        (Lifecycle::Managed, SourceKind::Terraform)
    );
    assert_eq!(bucket.values.get("bucket"), Some(&"eu.raw-123456789012".into()));
    let caller = find(&input, "data.aws_caller_identity.current");
    assert_eq!(caller.lifecycle, Lifecycle::Data);
    let second = find(&input, "aws_ebs_volume.scratch[1]");
    assert_eq!(second.values.get("encrypted"), Some(&false.into()));
    // A null is nothing to compare with: the provider found no such thing.
    assert_eq!(second.values.get("outpost_arn"), Some(&Value::Null));
}

#[test]
fn the_state_file_means_the_same_as_the_shown_state() {
    let (shown, raw) = (load(SHOWN), load(RAW));
    assert_eq!(codes(&raw), Vec::<String>::new());
    let mut compared = 0;
    for resource in &shown.resources {
        let other = find(&raw, resource.id.as_str());
        assert_eq!(resource.values, other.values, "{}", resource.id);
        assert_eq!(resource.references, other.references, "{}", resource.id);
        assert_eq!(
            (
                &resource.scope,
                &resource.name,
                &resource.native_type,
                resource.lifecycle
            ),
            (&other.scope, &other.name, &other.native_type, other.lifecycle)
        );
        compared += 1;
    }
    assert_eq!((compared, raw.resources.len()), (8, 8));
}

#[test]
fn nothing_in_a_state_is_unknown() {
    for text in [SHOWN, RAW] {
        for resource in load(text).resources {
            resource
                .values
                .for_each_unknown(&AttributePath::root(), &mut |path, _| {
                    panic!("{} {path}", resource.id)
                });
        }
    }
}

#[test]
fn what_the_author_hid_stays_hidden_also_in_tags_all() {
    for text in [SHOWN, RAW] {
        let input = load(text);
        let key = find(&input, "aws_kms_key.data");
        for path in ["tags.ChangeId", "tags_all.ChangeId"] {
            let tag = key.values.at(&AttributePath::parse(path).unwrap()).unwrap();
            assert!(matches!(tag, Value::Sensitive(_)), "{path}: {tag:?}");
            assert_eq!(tag.as_str(), Some("CHG-1001"));
        }
        let owner = key.values.at(&AttributePath::parse("tags_all.Owner").unwrap());
        assert_eq!(
            owner,
            Some(&"team-payments".into()),
            "the tags beside it stay visible"
        );
        assert!(!format!("{:?}", key.values).contains("CHG-1001"));
    }
}

#[test]
fn a_dependency_is_a_reference_only_where_it_can_mean_one_object() {
    let input = load(SHOWN);
    let targets = |id: &str| -> Vec<String> {
        let references = find(&input, id).references.iter();
        references
            .map(|reference| {
                assert!(reference.path.is_root() && reference.attribute.is_none());
                assert_eq!(reference.targets.len(), 1);
                reference.targets[0].to_string()
            })
            .collect()
    };
    assert_eq!(targets("aws_ebs_volume.scratch[0]"), ["aws_kms_key.data"]);
    // The block of the bucket has two instances; the name of the bucket tells which one is meant.
    let versioning = "module.store[\"eu.raw\"].aws_s3_bucket_versioning.this";
    assert_eq!(targets(versioning), ["data.aws_caller_identity.current"]);
}

#[test]
fn attributes_are_found_in_both_texts() {
    for (text, line) in [(SHOWN, 1), (RAW, 71)] {
        let source = Source::new("state.json", text);
        let input = read(source.clone(), &InputContext::default());
        let volume = find(&input, "aws_ebs_volume.scratch[1]");
        let span = volume
            .origin
            .locate(&AttributePath::parse("encrypted").unwrap())
            .unwrap();
        assert_eq!(source.text().get(span.start()..span.end()), Some("false"));
        assert_eq!(span.location().line, line);
        let block = volume.origin.block.clone().unwrap();
        assert!(
            source
                .text()
                .get(block.start()..block.end())
                .is_some_and(|text| text.starts_with('{'))
        );
    }
}

#[test]
fn deposed_objects_are_said_and_left_out() {
    let raw = r#"{"version":4,"resources":[{"mode":"managed","type":"aws_ebs_volume","name":"a","instances":[
        {"deposed":"0a1b2c3d","attributes":{"encrypted":false}},
        {"status":"tainted","attributes":{"encrypted":true}}]}]}"#;
    let shown = r#"{"format_version":"1.0","values":{"root_module":{"resources":[
        {"address":"aws_ebs_volume.a","deposed_key":"0a1b2c3d","values":{"encrypted":false}},
        {"address":"aws_ebs_volume.a","tainted":true,"values":{"encrypted":true}}]}}}"#;
    for text in [raw, shown] {
        let input = load(text);
        assert_eq!(ids(&input), ["aws_ebs_volume.a"]);
        assert_eq!(input.resources[0].values.get("encrypted"), Some(&true.into()));
        assert_eq!(
            codes(&input),
            ["TST005 1 deposed object is not evaluated: `aws_ebs_volume.a`"]
        );
    }
}

#[test]
fn what_is_no_readable_state_is_said_with_its_place() {
    let cases = [
        ("{", "DOC005"),
        (r#"{"version":4,"version":4}"#, "DOC007"),
        ("[]", "TST001"),
        (r#"{"resources":[]}"#, "TST001"),
        (r#"{"format_version":"1.2","planned_values":{}}"#, "TST001"),
        (r#"{"format_version":"2.0","values":{}}"#, "TST002"),
        (r#"{"format_version":null,"values":{}}"#, "TST002"),
        (r#"{"version":3,"modules":[]}"#, "TST002"),
        (r#"{"version":5,"resources":[]}"#, "TST002"),
        (
            r#"{"serial":1,"lineage":"l","meta":{},"encrypted_data":"x","encryption_version":"v0"}"#,
            "TST006",
        ),
    ];
    for (text, code) in cases {
        let input = load(text);
        assert_eq!(input.format, None, "{text}");
        assert!(input.resources.is_empty());
        let found: Vec<&str> = input
            .diagnostics
            .iter()
            .map(|diagnostic| diagnostic.code.id)
            .collect();
        assert_eq!(found, [code], "{text}");
        assert!(input.diagnostics[0].location().is_some());
    }
}

#[test]
fn a_bad_object_does_not_hide_the_others() {
    let instance = r#""instances":[{"attributes":{"a":1}}]"#;
    let objects = [
        format!(r#"{{"mode":"managed","type":"t","name":"good",{instance}}}"#),
        format!(r#"{{"mode":"ephemeral","type":"t","name":"x",{instance}}}"#),
        format!(r#"{{"mode":"managed","name":"x",{instance}}}"#),
        format!(r#"{{"mode":"managed","type":"t","name":"x[0]",{instance}}}"#),
        format!(r#"{{"mode":"managed","module":"modul.x","type":"t","name":"x",{instance}}}"#),
        r#"{"mode":"managed","type":"t","name":"key","instances":[{"index_key":1.5,"attributes":{}}]}"#
            .to_owned(),
        r#"{"mode":"managed","type":"t","name":"list","instances":[{"attributes":[]}]}"#.to_owned(),
        r#"{"mode":"managed","type":"t","name":"none","instances":[{}]}"#.to_owned(),
        r#"{"mode":"managed","type":"t","name":"flat","instances":[{"attributes_flat":{"a.#":"1"}}]}"#
            .to_owned(),
        r#"{"mode":"managed","type":"t","name":"shape","instances":{}}"#.to_owned(),
        format!(r#"{{"mode":"managed","type":"t","name":"good",{instance}}}"#),
    ];
    let input = load(&format!(
        r#"{{"version":4,"resources":[{}]}}"#,
        objects.join(",\n")
    ));
    assert_eq!(ids(&input), ["t.good", "t.list", "t.none", "t.flat"]);
    for id in ["t.list", "t.none", "t.flat"] {
        let unknown = find(&input, id).values.as_unknown().expect("nothing is known");
        assert_eq!(unknown.reason, UnknownReason::NotRecorded);
    }
    assert_eq!(
        codes(&input),
        [
            "TST003 an object of the state has the mode `ephemeral`",
            "TST003 an object of the state has no type or no name",
            "TST003 `t.x[0]` is not the address of a block",
            "TST003 `modul.x.t.x` is not a resource address: unexpected text after the address at byte 7",
            "TST003 an instance of `t.key` has a key that is a number",
            "TST003 the attributes of `t.list` are a list, not an object",
            "TST003 `t.none` has no attributes",
            "TST007 the attributes of `t.flat` are in the form of Terraform 0.11",
            "TST008 `instances` is a mapping, not a list",
            "TST004 `t.good` is in the state twice; only the first is evaluated",
        ]
    );
}

#[test]
fn a_bad_shown_object_does_not_hide_the_others() {
    let input = load(
        r#"{"format_version":"1.0","values":{"root_module":{"resources":[
            {"address":"t.good","values":{}}, {"values":{}}, {"address":"t","values":{}}, {"address":"t.none"}],
            "child_modules":["x", {"address":"module.m","resources":[{"address":"module.m.t.inner","values":{}}]}]}}}"#,
    );
    assert_eq!(ids(&input), ["t.good", "t.none", "module.m.t.inner"]);
    assert!(find(&input, "t.none").values.as_unknown().is_some());
    let ids: Vec<&str> = input
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.id)
        .collect();
    assert_eq!(ids, ["TST003", "TST003", "TST003", "TST008"]);
}

#[test]
fn marks_that_do_not_fit_hide_too_much() {
    let raw = |paths: &str| {
        let text = format!(
            r#"{{"version":4,"resources":[{{"mode":"managed","type":"t","name":"n","instances":[{{
                "attributes":{{"a":{{"b":1}},"l":[{{"s":2}}],"n":null}},"sensitive_attributes":{paths}}}]}}]}}"#
        );
        format!("{:?}", load(&text).resources[0].values)
    };
    let get = |name: &str| format!(r#"{{"type":"get_attr","value":"{name}"}}"#);
    let all = r#"{"a": {"b": 1}, "l": [{"s": 2}], "n": null}"#;
    assert_eq!(raw("[]"), all);
    assert_eq!(
        raw(&format!("[[{}]]", get("n"))),
        all,
        "a null has nothing to hide"
    );
    assert_eq!(
        raw(&format!("[[{},{}]]", get("a"), get("b"))),
        all.replace("{\"b\": 1}", "{\"b\": (sensitive)}")
    );
    assert_eq!(
        raw(&format!("[{}]", get("a"))),
        all.replace("{\"b\": 1}", "(sensitive)")
    );
    assert_eq!(
        raw(&format!("[[{},{{\"type\":\"index\"}}]]", get("l"))),
        all.replace("[{\"s\": 2}]", "(sensitive)")
    );
    let index = r#"{"type":"index","value":{"type":"number","value":0}}"#;
    let element = raw(&format!("[[{},{index},{}]]", get("l"), get("s")));
    assert_eq!(element, all.replace("{\"s\": 2}", "{\"s\": (sensitive)}"));
}

#[test]
fn numbers_keep_their_digits() {
    let input = load(
        r#"{"version":4,"resources":[{"mode":"managed","type":"t","name":"n","instances":[{"attributes":{"id":18446744073709551615}}]}]}"#,
    );
    let id = input.resources[0].values.get("id").unwrap();
    assert_eq!(*id, Value::Number(Number::Integer(18_446_744_073_709_551_615)));
}

proptest! {
    #[test]
    fn any_key_makes_a_readable_unique_address(keys in prop::collection::btree_set(".{0,6}", 1..5)) {
        let instances: Vec<String> = keys
            .iter()
            .map(|key| format!(r#"{{"index_key":{},"attributes":{{}}}}"#, serde_json::Value::from(key.as_str())))
            .collect();
        let text = format!(
            r#"{{"version":4,"resources":[{{"mode":"managed","type":"t","name":"n","instances":[{}]}}]}}"#,
            instances.join(",")
        );
        let input = load(&text);
        prop_assert_eq!(codes(&input), Vec::<String>::new());
        let read: Vec<InstanceKeyText> = input.resources.iter().map(|resource| key_of(resource.id.as_str())).collect();
        prop_assert_eq!(read, keys.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn cut_off_states_are_diagnosed_and_never_panic(end in 0..RAW.trim_end().len()) {
        let input = load(RAW.get(..end).unwrap_or_default());
        prop_assert!(input.format.is_none() && !input.diagnostics.is_empty());
    }
}

type InstanceKeyText = String;

fn key_of(id: &str) -> InstanceKeyText {
    match ResourceAddress::parse(id).unwrap().key {
        Some(crate::resource::InstanceKey::Str(key)) => key,
        other => panic!("{other:?}"),
    }
}
