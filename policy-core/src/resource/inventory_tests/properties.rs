//! What must hold for every input.

use proptest::prelude::*;

use super::*;

/// A resource or satellite of a small world in which names collide and parents are missing.
fn native() -> impl Strategy<Value = (u8, u8, u8)> {
    (0u8..14, 0u8..4, 0u8..4)
}

fn realise(specs: &[(u8, u8, u8)]) -> Vec<N> {
    let bucket = |number: u8| format!("aws_s3_bucket.b{number}");
    let join = |native: N, way: u8, number: u8, name: &str, parent: String, attribute: &str| match way {
        0 => native.refer(name, &parent, attribute),
        1 => native.set(name, format!("name{number}").into()),
        2 => native.unknown(name, UnknownReason::Variable),
        _ => native.set(name, "elsewhere".into()),
    };
    let make = |(position, &(what, way, number)): (usize, &(u8, u8, u8))| {
        let id = |native_type: &str| format!("{native_type}.n{position}");
        match what {
            0 | 1 => tf(&bucket(number), json!({"bucket": format!("name{number}")})),
            2 => tf(
                &format!("aws_security_group.g{number}"),
                json!({"id": format!("name{number}")}),
            ),
            3 => tf(
                &format!("aws_iam_role.r{number}"),
                json!({"name": format!("name{number}")}),
            ),
            4 => {
                let status = if number % 2 == 0 { "Enabled" } else { "Suspended" };
                let values = json!({"versioning_configuration": [{"status": status}]});
                join(
                    tf(&id("aws_s3_bucket_versioning"), values),
                    way,
                    number,
                    "bucket",
                    bucket(number),
                    "id",
                )
            }
            5 => {
                let values = json!({"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]});
                let native = tf(&id("aws_s3_bucket_server_side_encryption_configuration"), values);
                join(native, way, number, "bucket", bucket(number), "id")
            }
            6 => {
                let values = json!({"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22,
                    "cidr_blocks": [if number % 2 == 0 { "0.0.0.0/1" } else { "128.0.0.0/1" }]});
                let parent = format!("aws_security_group.g{number}");
                join(
                    tf(&id("aws_security_group_rule"), values),
                    way,
                    number,
                    "security_group_id",
                    parent,
                    "id",
                )
            }
            7 => {
                let values = json!({"policy_arn": format!("arn:aws:iam::aws:policy/P{position}")});
                let parent = format!("aws_iam_role.r{number}");
                join(
                    tf(&id("aws_iam_role_policy_attachment"), values),
                    way,
                    number,
                    "role",
                    parent,
                    "name",
                )
            }
            9 => tf(
                &format!("aws_kms_key.k{number}"),
                json!({"key_id": format!("name{number}")}),
            ),
            10 => {
                let native = tf(
                    &id("aws_kms_alias"),
                    json!({"name": format!("alias/name{position}")}),
                );
                let parent = format!("aws_kms_key.k{number}");
                join(native, way, number, "target_key_id", parent, "key_id")
            }
            11 => {
                let native = tf(&id("aws_ebs_volume"), json!({"encrypted": true}));
                let key = format!("aws_kms_key.k{number}");
                join(native, way, number, "kms_key_id", key, "arn")
            }
            12 => tf(
                &format!("aws_dynamodb_table.t{number}"),
                json!({"name": format!("name{number}"), "tags": {"backup": format!("name{way}")}}),
            ),
            13 => {
                let tag =
                    json!([{"type": "STRINGEQUALS", "key": "backup", "value": format!("name{number}")}]);
                let arns = json!([
                    format!("arn:aws:dynamodb:*:*:table/name{number}"),
                    "arn:aws:ec2:*:*:volume/*"
                ]);
                let native = tf(&id("aws_backup_selection"), json!({"plan_id": "p"}));
                match way {
                    0 => native.set("resources", Value::from(arns)),
                    1 => native.set("selection_tag", Value::from(tag)),
                    2 => native.unknown("resources", UnknownReason::Variable),
                    _ => native
                        .set("resources", json!(["*"]).into())
                        .set("not_resources", Value::from(arns)),
                }
            }
            _ => {
                let values = json!({"policy": "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}}"});
                let parent = format!("aws_iam_role.r{number}");
                join(
                    tf(&id("aws_iam_role_policy"), values),
                    way,
                    number,
                    "role",
                    parent,
                    "id",
                )
            }
        }
    };
    let mut seen = std::collections::BTreeSet::new();
    specs
        .iter()
        .enumerate()
        .map(make)
        .filter(|native| seen.insert(native.0.id.clone()))
        .collect()
}

/// The natives that an inventory was made of, in its order.
fn unfolded(inventory: &Inventory, references: &BTreeMap<ResourceId, Vec<Reference>>) -> Vec<N> {
    let own = inventory.resources.iter().map(|resource| {
        let mut native = N::new(
            resource.source,
            &resource.native_type,
            resource.id.as_str(),
            json!({}),
        );
        native.0.values = Value::clone(&resource.native);
        native.0.references = references.get(&resource.id).cloned().unwrap_or_default();
        native
    });
    own.chain(inventory.folded.iter().cloned().map(N)).collect()
}

/// A native with a value for everything that is unknown for want of a variable.
fn complete(native: N, pick: prop::sample::Index, position: usize) -> N {
    let values = [
        "name0",
        "name1",
        "name3",
        "elsewhere",
        "alias/aws/ebs",
        "alias/name1",
        "*",
    ];
    let mut native = native;
    if let Value::Map(map) = &mut native.0.values {
        for value in map.values_mut() {
            let variable = value
                .as_unknown()
                .is_some_and(|unknown| unknown.reason == UnknownReason::Variable);
            if variable {
                let position = (pick.index(values.len()) + position) % values.len();
                *value = values[position].into();
            }
        }
    }
    native
}

/// Cells, relations and satellites.
type Facts = (BTreeMap<String, String>, Vec<String>, Vec<String>);

/// Everything about the resources that must not depend on their order.
fn snapshot(inventory: &Inventory) -> BTreeMap<String, Facts> {
    let related = |resource: &Resource| {
        let mut edges: Vec<String> = resource
            .related
            .iter()
            .flat_map(|(name, relation)| {
                let open = relation
                    .open
                    .as_ref()
                    .map(|open| format!("{name}: open {:?}", open.refs));
                let edges = relation.edges.iter();
                edges
                    .map(|edge| format!("{name}: {}", inventory.resources[edge.to].id))
                    .chain(open)
                    .collect::<Vec<_>>()
            })
            .collect();
        edges.sort();
        edges
    };
    let cells = |resource: &Resource| {
        let cells = resource
            .attributes
            .iter()
            .map(|(name, attribute)| (name.to_string(), format!("{:?}", attribute)));
        let facets = resource
            .facets
            .iter()
            .map(|(name, attribute)| (format!("facet {name}"), format!("{:?}", attribute)));
        cells.chain(facets).collect()
    };
    let satellites = |resource: &Resource| resource.satellites.iter().map(ToString::to_string).collect();
    let entry = |resource: &Resource| {
        (
            resource.id.to_string(),
            (cells(resource), related(resource), satellites(resource)),
        )
    };
    inventory.resources.iter().map(entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_input_does_not_matter(
        specs in prop::collection::vec(native(), 0..14),
        seed in any::<prop::sample::Index>(),
    ) {
        let forward = realise(&specs);
        let mut shuffled = realise(&specs);
        if !shuffled.is_empty() {
            let middle = seed.index(shuffled.len());
            shuffled.rotate_left(middle);
            shuffled.reverse();
        }
        let left = inventory_and_diagnostics(forward).0;
        let right = inventory_and_diagnostics(shuffled).0;
        prop_assert_eq!(snapshot(&left), snapshot(&right));
    }

    /// What folding left, the resources and the satellites in them, folds to the same once more.
    #[test]
    fn folding_is_idempotent(specs in prop::collection::vec(native(), 0..14)) {
        let once = inventory_and_diagnostics(realise(&specs)).0;
        let references: BTreeMap<ResourceId, Vec<Reference>> = realise(&specs)
            .into_iter()
            .rev()
            .map(|native| (native.0.id.clone(), native.0.references))
            .collect();
        let again = inventory_and_diagnostics(unfolded(&once, &references)).0;
        prop_assert_eq!(snapshot(&once), snapshot(&again));
        prop_assert_eq!(once.folded.len(), again.folded.len());
    }

    /// Learning a value never contradicts what was decided without it.
    #[test]
    fn completing_unknowns_never_contradicts_what_was_decided(
        specs in prop::collection::vec(native(), 0..14),
        pick in any::<prop::sample::Index>(),
    ) {
        let open = inventory_and_diagnostics(realise(&specs)).0;
        let completed = realise(&specs).into_iter().enumerate().map(|(position, native)| complete(native, pick, position));
        let closed = inventory_and_diagnostics(completed.collect()).0;
        for before in &open.resources {
            // What turns out to be part of another resource is judged there.
            let Some(after) = closed.resources.iter().find(|after| after.id == before.id) else { continue };
            let all = |resource: &Resource| {
                let attributes = resource.attributes.iter().map(|(name, one)| (format!("attributes.{name}"), one.clone()));
                let facets = resource.facets.iter().map(|(name, one)| (format!("facets.{name}"), one.clone()));
                attributes.chain(facets).collect::<BTreeMap<String, Attribute>>()
            };
            let after = all(after);
            for (name, one) in all(before) {
                let Cell::Known(value) = &one.cell else { continue };
                let mut whole = true;
                value.for_each_unknown(&AttributePath::root(), &mut |_, _| whole = false);
                // Two satellites that disagree are a conflict, which is no contradiction.
                match after.get(&name).map(|after| &after.cell) {
                    Some(Cell::Known(after)) if whole => prop_assert_eq!(value, after, "{} of {}", name, before.id),
                    Some(Cell::Absent) if whole => prop_assert!(false, "{} of {} is gone", name, before.id),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn no_resource_is_lost_or_invented(specs in prop::collection::vec(native(), 0..14)) {
        let natives = realise(&specs);
        let ids: std::collections::BTreeSet<ResourceId> = natives.iter().map(|native| native.0.id.clone()).collect();
        let inventory = inventory_and_diagnostics(natives).0;
        let own = inventory.resources.iter().map(|resource| resource.id.clone());
        let folded = inventory.satellite_origins.keys().cloned();
        let found: Vec<ResourceId> = own.chain(folded).collect();
        prop_assert_eq!(found.len(), ids.len());
        prop_assert_eq!(found.into_iter().collect::<std::collections::BTreeSet<_>>(), ids);
    }

    /// An unrelated resource changes nothing about the others.
    #[test]
    fn unrelated_resources_do_not_matter(specs in prop::collection::vec(native(), 0..12)) {
        let before = snapshot(&inventory_and_diagnostics(realise(&specs)).0);
        let mut natives = realise(&specs);
        natives.push(tf("aws_unheard_of.x", json!({"bucket": "name1"})));
        let mut after = snapshot(&inventory_and_diagnostics(natives).0);
        after.remove("aws_unheard_of.x");
        prop_assert_eq!(before, after);
    }

    /// Learning who a satellite belongs to never contradicts what was certain before: a value that is known while the
    /// satellite is open stays the same for every bucket it turns out not to be about.
    #[test]
    fn closing_an_open_join_never_changes_what_was_decided(
        specs in prop::collection::vec(native(), 0..10),
        number in 0u8..4,
    ) {
        let satellite = || tf("aws_s3_bucket_versioning.open", json!({"versioning_configuration": [{"status": "Enabled"}]}));
        let mut open = realise(&specs);
        open.push(satellite().unknown("bucket", UnknownReason::Variable));
        let mut closed = realise(&specs);
        closed.push(satellite().set("bucket", format!("name{number}").into()));
        let open = inventory_and_diagnostics(open).0;
        let closed = inventory_and_diagnostics(closed).0;
        for resource in open.resources.iter().filter(|resource| &*resource.resource_type == "aws_s3_bucket") {
            let before = &attribute(resource, "versioning_enabled").cell;
            let after = &attribute(find(&closed, resource.id.as_str()), "versioning_enabled").cell;
            // Two satellites that disagree are a conflict, which is no contradiction.
            let has_own = resource.satellites.iter().any(|id| id.as_str().starts_with("aws_s3_bucket_versioning"));
            if before.known().is_some() && !has_own {
                prop_assert_eq!(before, after);
            }
        }
    }
}

/// Not a benchmark, a tripwire: ten thousand resources with a satellite each are quick even unoptimised, and a nested
/// loop over them is not.
#[test]
fn ten_thousand_resources_fold_in_linear_time() {
    let mut natives = Vec::new();
    for number in 0..5_000 {
        let bucket = format!("aws_s3_bucket.b{number}");
        natives.push(tf(&bucket, json!({"bucket": format!("name{number}")})));
        let versioning = format!("aws_s3_bucket_versioning.v{number}");
        let values = json!({"versioning_configuration": [{"status": "Enabled"}]});
        natives.push(tf(&versioning, values).refer("bucket", &bucket, "id"));
    }
    // Satellites of nobody known, which concern every one of the buckets.
    for number in 0..1_000 {
        let values =
            json!({"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]});
        let id = format!("aws_s3_bucket_server_side_encryption_configuration.s{number}");
        natives.push(tf(&id, values).unknown("bucket", UnknownReason::Variable));
    }
    let inventory = inventory(natives);
    assert_eq!(inventory.resources.len(), 6_000);
    let bucket = find(&inventory, "aws_s3_bucket.b4999");
    assert_eq!(attribute(bucket, "versioning_enabled").cell, known(json!(true)));
    assert_eq!(
        reason(&attribute(bucket, "sse_algorithm").cell),
        Some(UnknownReason::MaybeSatellite)
    );
}
