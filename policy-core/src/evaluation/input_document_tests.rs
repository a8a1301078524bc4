//! The document of the rule contract.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::input_document::{InputDocument, inventory_document, resource_document};
use crate::resource::{
    Attribute, Cell, Change, Context, Derived, Edge, EdgeOrigin, Evidence, Inventory, Lifecycle, Origin,
    Provenance, Relation, Resource, ResourceId, SourceKind,
};
use crate::rule::ReadSet;
use crate::rule::rego::testing::{control, loaded};
use crate::value::{Unknown, UnknownReason, Value};

fn attribute(value: Option<Value>, declared: bool) -> Attribute {
    let cell = value.map_or(Cell::Absent, Cell::from_value);
    Attribute {
        cell,
        provenance: Provenance {
            declared,
            ..Provenance::default()
        },
    }
}

fn resource(id: &str) -> Resource {
    let known = |text: &str| Derived {
        cell: Cell::Known(text.into()),
        from: "test".into(),
    };
    let mut unverified = attribute(Some(true.into()), false);
    unverified.provenance.evidence = Some(Evidence::Unverified);
    let attributes = [
        ("storage_encrypted", attribute(Some(true.into()), true)),
        (
            "kms_key_id",
            attribute(
                Some(Unknown::new(UnknownReason::Reference).non_null().into()),
                true,
            ),
        ),
        ("type", attribute(Some("gp3".into()), true)),
        ("port", attribute(None, false)),
        ("multi_az", unverified),
    ];
    let native = Value::Map([("engine".into(), "mysql".into()), ("size".into(), 20.into())].into());
    Resource {
        id: ResourceId::new(id),
        name: "main".into(),
        resource_type: "aws_db_instance".into(),
        possible_types: Vec::new(),
        unlisted: None,
        kind: Some("rds_instance".into()),
        family: Some("rds".into()),
        native_type: "AWS::RDS::DBInstance".into(),
        source: SourceKind::CloudFormation,
        native: Arc::new(native),
        context: Context {
            region: known("eu-west-1"),
            environment: known("prod"),
            ..Context::default()
        },
        tags: attribute(None, false),
        attributes: attributes
            .into_iter()
            .map(|(name, attribute)| (name.into(), attribute))
            .collect(),
        facets: [("encrypted_at_rest".into(), attribute(Some(true.into()), false))].into(),
        related: BTreeMap::new(),
        change: Some(Change {
            actions: vec!["create".into()],
            previous_id: None,
        }),
        lifecycle: Lifecycle::Managed,
        condition: None,
        satellites: Vec::new(),
        fragment: false,
        origin: Origin {
            file: "t.yaml".into(),
            block: None,
            locator: None,
            calls: Vec::new(),
        },
    }
}

fn inventory() -> Inventory {
    let mut first = resource("a");
    let edge = Edge {
        to: 1,
        by: EdgeOrigin::Reference,
    };
    first.related.insert(
        "kms_key".into(),
        Relation {
            edges: vec![edge],
            open: None,
        },
    );
    let open = Some(Arc::new(Unknown::new(UnknownReason::PartialInput)));
    first.related.insert(
        "flow_logs".into(),
        Relation {
            edges: Vec::new(),
            open,
        },
    );
    let mut second = resource("b");
    second.related.insert(
        "back".into(),
        Relation {
            edges: vec![Edge {
                to: 0,
                by: EdgeOrigin::Literal,
            }],
            open: None,
        },
    );
    Inventory {
        resources: vec![first, second],
        ..Inventory::default()
    }
}

const NOW: &str = "2026-03-01T00:00:00Z";

fn build(reads: &ReadSet) -> InputDocument {
    let inventory = inventory();
    let control = control("T-001", "", r#"{"limit": 7}"#);
    resource_document(&inventory.resources[0], &inventory, &control, &NOW.into(), reads)
}

#[test]
fn the_complete_document_follows_the_contract() {
    let document = build(&ReadSet::everything());
    let json = document.value.to_json();
    let resource = &json["resource"];
    assert_eq!(
        resource["type"], "aws_db_instance",
        "the envelope wins over the attribute of the same name"
    );
    assert_eq!(resource["attributes"]["type"], "gp3");
    assert_eq!(resource["storage_encrypted"], true);
    assert_eq!(resource["attributes"]["storage_encrypted"], true);
    assert_eq!(
        resource["declared"],
        serde_json::json!({"storage_encrypted": true, "type": "gp3"})
    );
    assert_eq!(resource["facets"]["encrypted_at_rest"], true);
    assert_eq!(resource["tags"], serde_json::json!({}), "tags are always there");
    assert_eq!(resource["native"]["type"], "AWS::RDS::DBInstance");
    assert_eq!(resource["native"]["values"]["engine"], "mysql");
    assert_eq!(resource["change"]["actions"][0], "create");
    assert_eq!(
        (&resource["environment"], &resource["region"]),
        (&"prod".into(), &"eu-west-1".into())
    );
    assert!(
        resource.get("owner").is_none() && resource.get("port").is_none(),
        "absent things are missing keys"
    );
    assert_eq!(json["context"]["now"], NOW);

    let related = &resource["related"]["kms_key"][0];
    assert_eq!(related["id"], "b");
    assert!(
        related.get("related").is_none(),
        "related resources have no related resources"
    );
    let whole = document.value.get("resource").unwrap();
    assert!(whole.get("kms_key_id").unwrap().as_unknown().is_some());
    assert!(
        whole
            .get("related")
            .unwrap()
            .get("flow_logs")
            .unwrap()
            .as_unknown()
            .is_some(),
        "an open list is unknown"
    );

    let unverified: Vec<String> = document.unverified.iter().map(ToString::to_string).collect();
    assert_eq!(
        unverified,
        [
            "resource.multi_az",
            "resource.attributes.multi_az",
            "resource.related.kms_key[0].multi_az",
            "resource.related.kms_key[0].attributes.multi_az",
        ]
    );
}

#[test]
fn only_what_is_read_is_built() {
    let body = "deny contains \"m\" if {\n\tr := input.resource\n\tnot r.storage_encrypted\n\tr.native.values.size > 3\n\
                \tsome key in r.related.kms_key\n\tkey.attributes.multi_az\n}";
    let (set, id) = loaded(body, "{}", &[]);
    let document = build(set.reads(&id).unwrap());
    let expected = serde_json::json!({
        "storage_encrypted": true,
        "native": {"values": {"size": 20}},
        "related": {"kms_key": [{"attributes": {"multi_az": true}}]},
    });
    assert_eq!(document.value.to_json()["resource"], expected);
    assert_eq!(document.unverified.len(), 1);
    let (set, id) = loaded("deny contains \"m\"", "{}", &[]);
    assert_eq!(
        build(set.reads(&id).unwrap()).value.to_json()["resource"],
        serde_json::json!({})
    );
}

#[test]
fn counting_related_resources_needs_no_content() {
    let (set, id) = loaded(
        "deny contains \"m\" if count(input.resource.related.kms_key) == 0",
        "{}",
        &[],
    );
    let document = build(set.reads(&id).unwrap());
    assert_eq!(
        document.value.to_json()["resource"]["related"],
        serde_json::json!({"kms_key": [{}]})
    );
}

#[test]
fn an_inventory_document_lists_the_resources_asked_for() {
    let inventory = inventory();
    let control = control("T-001", "", "{}");
    let body = "deny contains {\"resource\": r.id} if { some r in input.resources; r.multi_az }";
    let (set, id) = loaded(body, "{}", &[]);
    let document = inventory_document(
        &[
            (&inventory, &inventory.resources[1]),
            (&inventory, &inventory.resources[0]),
        ],
        &control,
        &NOW.into(),
        set.reads(&id).unwrap(),
    );
    let expected = serde_json::json!([{"id": "b", "multi_az": true}, {"id": "a", "multi_az": true}]);
    assert_eq!(document.value.to_json()["resources"], expected);
    assert_eq!(document.unverified[1].to_string(), "resources[1].multi_az");
}
