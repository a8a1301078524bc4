//! What must not change an outcome: the order of resources, YAML or JSON, resources that have nothing to do with it, a
//! module around everything, `count` or `for_each` of one.

#[cfg(test)]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use policy_core::document::yaml;
use policy_core::evaluation::InputInventory;
use policy_core::source::Source;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Outcome by control and subject, with subjects as `rename` has them. What is said of the account as a whole is left out.
#[cfg(test)]
fn outcomes(
    name: &str,
    bytes: Vec<u8>,
    rename: &dyn Fn(&str) -> String,
) -> BTreeMap<(String, String), &'static str> {
    let (input, _) = support::load(name, bytes);
    let known: Vec<String> = input
        .inventory
        .resources
        .iter()
        .map(|resource| resource.id.to_string())
        .collect();
    let assessment = support::evaluate(support::catalog(), &[input] as &[InputInventory]);
    assessment
        .evaluations
        .iter()
        .filter(|evaluation| known.contains(&evaluation.subject))
        .map(|evaluation| {
            (
                (evaluation.control.to_string(), rename(&evaluation.subject)),
                evaluation.outcome.as_str(),
            )
        })
        .collect()
}

#[cfg(test)]
fn as_they_are(id: &str) -> String {
    id.to_owned()
}

#[cfg(test)]
fn fixtures(format: &str, name: &str) -> Vec<PathBuf> {
    let wanted = |path: &Path| path.file_name().is_some_and(|file| file == name);
    let found = support::files(&support::root().join("fixtures/inputs").join(format), &wanted);
    assert!(found.len() >= 3, "{format}: {found:?}");
    found
}

#[cfg(test)]
fn plan(path: &Path) -> Json {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[cfg(test)]
fn bytes(json: &Json) -> Vec<u8> {
    serde_json::to_vec(json).unwrap()
}

#[test]
fn the_order_of_a_plan_does_not_matter() {
    for path in fixtures("terraform-plan", "plan.json") {
        let mut reversed = plan(&path);
        let before = outcomes("plan.json", bytes(&reversed), &as_they_are);
        reverse_lists(&mut reversed, &["resource_changes", "resources", "child_modules"]);
        assert_eq!(
            outcomes("plan.json", bytes(&reversed), &as_they_are),
            before,
            "{}",
            path.display()
        );
    }
}

/// Only lists that Terraform fills in the order of addresses.
#[cfg(test)]
fn reverse_lists(value: &mut Json, names: &[&str]) {
    match value {
        Json::Object(members) => {
            for (key, value) in members {
                if let Json::Array(items) = value
                    && names.contains(&key.as_str())
                {
                    items.reverse();
                }
                reverse_lists(value, names);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| reverse_lists(item, names)),
        _ => {}
    }
}

#[test]
fn unrelated_resources_do_not_matter() {
    for path in fixtures("terraform-plan", "plan.json") {
        let mut more = plan(&path);
        let before = outcomes("plan.json", bytes(&more), &as_they_are);
        let Some(changes) = more["resource_changes"].as_array_mut() else {
            continue;
        };
        changes.push(json!({
            "address": "null_resource.unrelated", "mode": "managed", "type": "null_resource", "name": "unrelated",
            "provider_name": "registry.terraform.io/hashicorp/null",
            "change": {"actions": ["create"], "before": null, "after": {"triggers": null}, "after_unknown": {"id": true},
                       "before_sensitive": false, "after_sensitive": {}}
        }));
        let mut after = outcomes("plan.json", bytes(&more), &as_they_are);
        after.retain(|(_, subject), _| subject != "null_resource.unrelated");
        assert_eq!(after, before, "{}", path.display());
    }
}

#[test]
fn a_template_in_json_is_the_template_in_yaml() {
    let mut compared = 0;
    for path in fixtures("cloudformation", "template.yaml") {
        let text = fs::read_to_string(&path).unwrap();
        // Short forms such as `!Ref` are tags, which a plain value does not have.
        if text.contains('!') {
            continue;
        }
        let root = yaml::parse(&Source::new("template.yaml", text.clone())).unwrap();
        let as_json = root.to_value().to_json();
        let left = outcomes("template.yaml", text.into_bytes(), &as_they_are);
        let right = outcomes("template.json", bytes(&as_json), &as_they_are);
        assert_eq!(left, right, "{}", path.display());
        compared += 1;
    }
    assert!(compared > 0);
}

const BLOCKS: [&str; 4] = [
    "aws_db_instance|engine = \"postgres\"\n  storage_encrypted = STATE\n  backup_retention_period = 14",
    "aws_ebs_volume|availability_zone = \"eu-west-1a\"\n  size = 10\n  encrypted = STATE",
    "aws_sqs_queue|name = \"q\"\n  sqs_managed_sse_enabled = STATE",
    "aws_kms_key|description = \"k\"\n  enable_key_rotation = STATE",
];

/// A template of generated resources, in an order.
#[cfg(test)]
fn template(states: &[bool], order: &[usize]) -> Vec<u8> {
    let resource = |index: usize| {
        let on = states[index];
        match index % 4 {
            0 => {
                json!({"Type": "AWS::RDS::DBInstance", "Properties": {"Engine": "postgres", "StorageEncrypted": on, "BackupRetentionPeriod": 14}})
            }
            1 => {
                json!({"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": "eu-west-1a", "Size": 10, "Encrypted": on}})
            }
            2 => json!({"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": on}}),
            _ => {
                json!({"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": if on { "Enabled" } else { "Suspended" }}}})
            }
        }
    };
    let entries: Vec<String> = order
        .iter()
        .map(|&index| format!("\"R{index}\": {}", resource(index)))
        .collect();
    format!("{{\"Resources\": {{{}}}}}", entries.join(", ")).into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn permuting_the_resources_of_a_template_changes_nothing(
        states in prop::collection::vec(any::<bool>(), 6),
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let sorted: Vec<usize> = (0..6).collect();
        prop_assert_eq!(
            outcomes("a.json", template(&states, &order), &as_they_are),
            outcomes("a.json", template(&states, &sorted), &as_they_are)
        );
    }
}

/// A plan with one resource of each block at `address(type)`, inside the modules and instances that it says.
#[cfg(test)]
fn plan_of(on: bool, module: &str, key: Option<Json>) -> Vec<u8> {
    let changes: Vec<Json> = BLOCKS
        .iter()
        .map(|block| {
            let (kind, body) = block.split_once('|').unwrap();
            let mut after = serde_json::Map::new();
            for line in body.lines() {
                let (name, value) = line.trim().split_once(" = ").unwrap();
                let value = value.replace("STATE", if on { "true" } else { "false" });
                after.insert(name.to_owned(), serde_json::from_str(&value).unwrap());
            }
            let index = key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
            let prefix = if module.is_empty() { String::new() } else { format!("{module}.") };
            let mut change = json!({
                "address": format!("{prefix}{kind}.main{index}"), "mode": "managed", "type": kind, "name": "main",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {"id": true, "arn": true},
                           "before_sensitive": false, "after_sensitive": {}}
            });
            if !module.is_empty() {
                change["module_address"] = json!(module);
            }
            if let Some(key) = &key {
                change["index"] = key.clone();
            }
            change
        })
        .collect();
    bytes(
        &json!({"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {}},
                  "resource_changes": changes, "configuration": {"root_module": {}}}),
    )
}

#[test]
fn modules_count_and_for_each_of_one_change_nothing() {
    // The last name of an address without its instance.
    let plain = |id: &str| {
        let of = BLOCKS.iter().map(|block| block.split('|').next().unwrap());
        of.filter(|kind| id.contains(*kind)).collect::<String>()
    };
    for on in [true, false] {
        let alone = outcomes("plan.json", plan_of(on, "", None), &plain);
        assert!(alone.len() >= 4, "{alone:?}");
        for (module, key) in [
            ("module.data", None),
            ("module.data[0].module.inner[\"a\"]", None),
            ("", Some(json!(0))),
            ("", Some(json!("only"))),
            ("module.data", Some(json!("only"))),
        ] {
            let wrapped = outcomes("plan.json", plan_of(on, module, key.clone()), &plain);
            assert_eq!(wrapped, alone, "{module} {key:?}");
        }
    }
}
