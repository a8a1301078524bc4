//! Whole inventories from natives written in code, the same situation once as Terraform and once as CloudFormation.

mod backups;
mod families;
mod fragments;
mod iam;
mod key_kinds;
mod properties;
mod recorded;
mod references;
mod security_groups;
mod services;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::resource::{Evidence, Origin, ProviderContext, Reference};
use crate::value::{AttributePath, Domain, Unknown, UnknownReason, Value};

/// A native resource under construction.
#[derive(Clone)]
pub(super) struct N(pub(super) NativeResource);

impl N {
    pub(super) fn new(source: SourceKind, native_type: &str, id: &str, values: serde_json::Value) -> Self {
        Self(NativeResource {
            id: ResourceId::new(id),
            name: id.rsplit('.').next().unwrap_or(id).into(),
            native_type: native_type.into(),
            source,
            lifecycle: Lifecycle::Managed,
            values: Value::from(values),
            before: None,
            change: None,
            references: Vec::new(),
            provider: ProviderContext::default(),
            scope: "".into(),
            condition: None,
            many: false,
            origin: Origin {
                file: "main.tf".into(),
                block: None,
                locator: None,
                calls: Vec::new(),
            },
        })
    }

    /// A value that refers to a resource: unknown, with the reference.
    pub(super) fn refer(mut self, path: &str, target: &str, attribute: &str) -> Self {
        let unknown = Unknown::new(UnknownReason::Reference)
            .with_refs([Arc::from(target)])
            .non_null();
        self = self.set(path, unknown.into());
        self.0.references.push(Reference {
            path: AttributePath::parse(path).expect("a path"),
            targets: vec![ResourceId::new(target)],
            attribute: Some(attribute.into()),
        });
        self
    }

    pub(super) fn unknown(self, path: &str, reason: UnknownReason) -> Self {
        self.set(path, Unknown::new(reason).into())
    }

    /// Sets a top-level value.
    pub(super) fn set(mut self, name: &str, value: Value) -> Self {
        if let Value::Map(map) = &mut self.0.values {
            map.insert(name.into(), value);
        }
        self
    }

    pub(super) fn scope(mut self, scope: &str) -> Self {
        self.0.scope = scope.into();
        self
    }

    pub(super) fn condition(mut self, condition: &str) -> Self {
        self.0.condition = Some(condition.into());
        self
    }

    pub(super) fn lifecycle(mut self, lifecycle: Lifecycle) -> Self {
        self.0.lifecycle = lifecycle;
        self
    }
}

/// `aws_x.name` in Terraform.
pub(super) fn tf(id: &str, values: serde_json::Value) -> N {
    let native_type = id.rsplit('.').nth(1).expect("type.name");
    N::new(SourceKind::Terraform, native_type, id, values)
}

/// A resource of a template.
pub(super) fn cfn(id: &str, native_type: &str, values: serde_json::Value) -> N {
    N::new(SourceKind::CloudFormation, native_type, id, values)
}

pub(super) fn inventory(natives: Vec<N>) -> Inventory {
    let (inventory, diagnostics) = inventory_and_diagnostics(natives);
    assert_eq!(diagnostics, []);
    inventory
}

pub(super) fn inventory_and_diagnostics(natives: Vec<N>) -> (Inventory, Vec<Diagnostic>) {
    let natives = natives.into_iter().map(|native| native.0).collect();
    build(natives, TypeMap::builtin(), &ContextOptions::default())
}

pub(super) fn find<'a>(inventory: &'a Inventory, id: &str) -> &'a Resource {
    inventory
        .resources
        .iter()
        .find(|resource| resource.id.as_str() == id)
        .expect("the resource")
}

pub(super) fn attribute<'a>(resource: &'a Resource, name: &str) -> &'a Attribute {
    resource
        .attributes
        .get(name)
        .unwrap_or_else(|| panic!("no attribute {name}"))
}

pub(super) fn facet<'a>(resource: &'a Resource, name: &str) -> &'a Attribute {
    resource
        .facets
        .get(name)
        .unwrap_or_else(|| panic!("no facet {name}"))
}

pub(super) fn known(json: serde_json::Value) -> Cell {
    Cell::Known(Value::from(json))
}

pub(super) fn reason(cell: &Cell) -> Option<UnknownReason> {
    match cell {
        Cell::Unknown(unknown) => Some(unknown.reason),
        _ => None,
    }
}

/// The canonical table as text: known values as JSON, absent left out, unknown by reason.
pub(super) fn table(resource: &Resource) -> BTreeMap<String, String> {
    let cells = resource
        .attributes
        .iter()
        .map(|(name, attribute)| (name.to_string(), attribute));
    let facets = resource
        .facets
        .iter()
        .map(|(name, attribute)| (format!("facet {name}"), attribute));
    cells
        .chain(facets)
        .filter_map(|(name, attribute)| match &attribute.cell {
            Cell::Known(value) => Some((name, value.to_json().to_string())),
            Cell::Absent => None,
            Cell::Unknown(unknown) => Some((name, format!("unknown: {}", unknown.reason.as_str()))),
        })
        .collect()
}

/// Asserts that two spellings of one situation give the same table, apart from the named attributes.
pub(super) fn same_table(left: &Resource, right: &Resource, apart_from: &[&str]) {
    assert_eq!(left.resource_type, right.resource_type);
    let (mut left, mut right) = (table(left), table(right));
    for name in apart_from {
        assert!(
            left.remove(*name) != right.remove(*name),
            "`{name}` does not differ"
        );
    }
    assert_eq!(left, right);
}

#[test]
fn unmapped_types_keep_their_values_under_snake_case_names() {
    let inventory = inventory(vec![
        tf("aws_unheard_of.a", json!({"someThing": 1, "nothing": null})),
        cfn(
            "B",
            "AWS::Unheard::Of",
            json!({"KMSKeyId": "k", "DBInstanceClass": "c", "HTTPPort": 1}),
        ),
    ]);
    let a = find(&inventory, "aws_unheard_of.a");
    assert_eq!((&*a.resource_type, &a.kind), ("aws_unheard_of", &None));
    assert_eq!(attribute(a, "someThing").cell, known(json!(1)));
    assert!(!a.attributes.contains_key("nothing"));
    let b = find(&inventory, "B");
    assert_eq!(&*b.resource_type, "AWS::Unheard::Of");
    let names: Vec<&str> = b.attributes.keys().map(|name| &**name).collect();
    assert_eq!(names, ["db_instance_class", "http_port", "kms_key_id"]);
    assert!(
        b.attributes
            .values()
            .all(|attribute| attribute.provenance.declared)
    );
}

#[test]
fn the_native_values_are_always_kept() {
    let values = json!({"bucket": "b", "unmapped_argument": [1]});
    let inventory = inventory(vec![tf("aws_s3_bucket.b", values.clone())]);
    assert_eq!(*find(&inventory, "aws_s3_bucket.b").native, Value::from(values));
}

#[test]
fn resources_stand_in_input_order_without_folded_satellites() {
    let inventory = inventory(vec![
        tf("aws_s3_bucket_versioning.v", json!({})).refer("bucket", "aws_s3_bucket.b", "id"),
        tf("aws_sqs_queue.q", json!({})),
        tf("aws_s3_bucket.b", json!({})),
    ]);
    let ids: Vec<&str> = inventory
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(ids, ["aws_sqs_queue.q", "aws_s3_bucket.b"]);
    assert!(
        inventory
            .satellite_origins
            .contains_key(&ResourceId::new("aws_s3_bucket_versioning.v"))
    );
    assert_eq!(
        find(&inventory, "aws_s3_bucket.b").satellites,
        [ResourceId::new("aws_s3_bucket_versioning.v")]
    );
}
