use serde_json::json;

use super::*;
use crate::resource::typemap_file::EvidenceRaw;

fn errors(attribute: &str) -> Vec<String> {
    let text = format!(
        "version: 1\nsources: {{}}\nkinds:\n- kind: k\n  family: f\n  terraform: [aws_k]\n  cloudformation: []\n  attrs:\n  - {attribute}\n"
    );
    match TypeMap::parse(&text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_embedded_table_has_no_errors() {
    match TypeMap::parse(include_str!("typemap.yaml")) {
        Ok(map) => assert!(map.kinds().len() >= 77),
        Err(errors) => panic!("{errors:#?}"),
    }
}

/// A default that a control can pass on is only worth its source; `doc` entries of the 20 first controls name theirs.
#[test]
fn attributes_that_controls_pass_on_by_default_are_documented() {
    let map = TypeMap::builtin();
    for (kind, name) in [
        ("s3_bucket", "sse_algorithm"),
        ("rds_instance", "publicly_accessible"),
        ("kms_key", "key_usage"),
        ("kms_key", "key_spec"),
        ("cloudtrail", "is_logging"),
        ("cloudtrail", "include_global_service_events"),
        ("config_recorder", "all_supported"),
        ("security_group", "ingress"),
        ("security_group", "egress"),
    ] {
        let spec = map
            .kind(kind)
            .and_then(|kind| kind.attribute(name))
            .expect("the attribute");
        let rule = spec.default(SourceKind::Terraform).expect("a default");
        assert!(
            matches!(rule.value, DefaultValue::Value(_, Evidence::Documented)),
            "{kind}.{name}"
        );
    }
}

#[test]
fn every_path_of_a_satellite_has_its_satellite() {
    let map = TypeMap::builtin();
    for kind in map.kinds() {
        for satellite in &kind.satellites {
            let both = map
                .by_satellite
                .get(&satellite.native_type)
                .is_some_and(|all| !all.is_empty());
            assert!(both, "{} of {}", satellite.native_type, kind.name);
        }
    }
}

#[test]
fn selectors_name_families_kinds_types_and_aliases() {
    let map = TypeMap::builtin();
    let kinds = |selector: &str| -> Vec<String> {
        map.kinds_of(selector)
            .expect(selector)
            .iter()
            .map(|kind| kind.name().to_string())
            .collect()
    };
    assert_eq!(
        kinds("rds"),
        [
            "rds_instance",
            "rds_cluster",
            "rds_snapshot",
            "rds_cluster_snapshot"
        ]
    );
    assert_eq!(kinds("rds_cluster"), ["rds_cluster"]);
    assert_eq!(kinds("aws_db_instance"), ["rds_instance"]);
    assert_eq!(kinds("AWS::RDS::DBInstance"), ["rds_instance"]);
    assert_eq!(kinds("AWS::RDS::DBCluster"), ["rds_cluster"]);
    assert_eq!(kinds("AWS::ACM::Certificate"), ["acm_certificate"]);
    assert_eq!(kinds("Security-Group"), ["security_group"]);
    assert_eq!(kinds("sg"), ["security_group"]);
    // Types that the table does not know are types all the same.
    assert!(kinds("aws_neverland_island").is_empty());
    assert!(kinds("AWS::Neverland::Island").is_empty());
    assert!(kinds("aws_s3_bucket_versioning").is_empty());
}

#[test]
fn a_misspelt_selector_gets_a_suggestion() {
    for (selector, suggestion) in [
        ("rsd", Some("rds")),
        ("s3_bukcet", Some("s3_bucket")),
        ("aws_db_instanc", Some("aws_db_instance")),
        ("AWS::S3::Buckt", Some("AWS::S3::Bucket")),
        ("something-else-entirely", None),
    ] {
        let error = TypeMap::builtin().kinds_of(selector).expect_err(selector);
        assert_eq!(error.suggestion.as_deref(), suggestion, "{selector}");
        assert!(error.to_string().contains(&format!("`{selector}`")));
    }
}

#[test]
fn the_loader_reports_all_that_is_wrong() {
    assert_eq!(errors("{name: a, type: bool}"), Vec::<String>::new());
    for (attribute, expected) in [
        (
            "{name: a, type: bool, transform: magic}",
            "unknown transform `magic` of `k.a`",
        ),
        (
            "{name: a, type: bool, transform: 'eq:'}",
            "unknown transform `eq:` of `k.a`",
        ),
        (
            "{name: a, type: bool, facet: [x(y)]}",
            "facet `x(y)` of `k`: there is no such predicate",
        ),
        (
            "{name: a, type: bool, terraform: aws_z@b}",
            "`k.a` refers to `aws_z`, which does not exist",
        ),
        (
            "{name: a, type: bool, inherit: x.y}",
            "`k.a` refers to `x`, which does not exist",
        ),
        (
            "{name: a, type: bool, transform: 'relation:x'}",
            "`k.a` refers to `x`, which does not exist",
        ),
    ] {
        assert_eq!(errors(attribute), [expected], "{attribute}");
    }
    for attribute in [
        "{name: a, type: bool, default: {terraform: {value: 1}}}",
        "{name: a, type: bool, default: {terraform: {evidence: doc}}}",
        "{name: a, type: bool, default: {terraform: {state: computed, value: 1, evidence: doc}}}",
    ] {
        assert_eq!(errors(attribute).len(), 1, "{attribute}");
    }
    for attribute in [
        "{name: a, type: bool, colour: red}",
        "{name: a, type: boolean}",
        "{name: a}",
    ] {
        let found = errors(attribute);
        assert!(
            found.len() == 1 && found[0].contains("line"),
            "{attribute}: {found:?}"
        );
    }
    assert_eq!(
        errors("{name: a, type: bool}\n  - {name: a, type: int}"),
        ["`a` is defined twice in k"]
    );
    let twice = "{name: a, type: bool, facet: [x]}\n  - {name: b, type: bool, facet: [x]}";
    assert!(errors(twice)[0].contains("it is fed twice"));
}

#[test]
fn another_version_is_refused() {
    let error = TypeMap::parse("version: 2\nsources: {}\nkinds: []\n").expect_err("refused");
    assert_eq!(error, [TypeMapError::Version { version: 2 }]);
}

#[test]
fn a_documented_default_names_the_page_and_a_trivial_one_is_nothing() {
    let file = super::typemap_load::builtin_file().expect("the table");
    let mut wrong = Vec::new();
    for kind in &file.kinds {
        for attribute in &kind.attrs {
            let sources = [&attribute.default.terraform, &attribute.default.cloudformation];
            for default in sources.into_iter().flatten() {
                for default in [Some(default), default.without_block.as_deref()]
                    .into_iter()
                    .flatten()
                {
                    let nothing = match &default.value {
                        None => true,
                        Some(value) => value.is_null() || value == &json!([]) || value == &json!({}),
                    };
                    let page = default.source.as_deref().is_some_and(|source| !source.is_empty());
                    let right = match default.evidence {
                        Some(EvidenceRaw::Doc) => page,
                        // Whether something else is there is false while nothing is.
                        Some(EvidenceRaw::Trivial) => {
                            let present = attribute.transform.as_deref() == Some("present");
                            nothing || (present && default.value == Some(json!(false)))
                        }
                        Some(EvidenceRaw::Author) | None => true,
                    };
                    if !right {
                        wrong.push(format!("{}.{}", kind.kind, attribute.name));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
