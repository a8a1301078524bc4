//! The volumes that a launch makes beside its root volume: block devices of instances, launch templates and launch
//! configurations.
//!
//! Rests on "Block device mappings for volumes on Amazon EC2 instances" and "Amazon EBS encryption" (Amazon EC2 and EBS
//! User Guides): a mapping with EBS settings makes a volume, one with `NoDevice` or a virtual name makes none. A volume
//! that nobody asks to encrypt takes that from the snapshot that is named; without one, nobody asked for encryption,
//! whatever the image or the account do by default. AWS Config records the volumes of an instance that
//! runs by their ids, as items of their own.

use std::sync::Arc;

use super::coerce::coerce;
use super::kind::ValueType;
use super::path::{Folding, is_computed, member, read};
use super::transform::{Given, Place, block_of};
use crate::value::{AttributePath, Domain, Map, Unknown, UnknownReason, Value};

/// Whether each volume is encrypted, one boolean per mapping that makes a volume. The last step of the path is the
/// argument that says so.
pub(super) fn volumes(place: &Place<'_>) -> Option<Given> {
    let (argument, volume) = place.steps.split_last()?;
    let mappings = match volume.split_last() {
        Some((block, mappings)) if block.eq_ignore_ascii_case("ebs") => mappings,
        _ => volume,
    };
    let mut found = Found {
        argument,
        // Terraform has the volumes of an instance as blocks of their own, everything else inside of its mapping.
        inside: (mappings.len() < volume.len()).then(|| volume.last()).flatten(),
        folding: place.folding,
        elsewhere: None,
        values: Vec::new(),
        elements: Vec::new(),
    };
    for slot in read(place.root, mappings, place.folding).slots {
        match slot.value.as_ref().map(Value::revealed) {
            Some(Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    found.mapping(item.revealed(), slot.path.index(index));
                }
            }
            Some(mapping) => found.mapping(mapping, slot.path),
            None => {}
        }
    }
    let path = block_of(found.elements.first().or(found.elsewhere.as_ref())?);
    Some(Given {
        value: Value::List(found.values),
        path,
        elements: found.elements,
        silent: false,
    })
}

struct Found<'a> {
    argument: &'a str,
    inside: Option<&'a Arc<str>>,
    folding: Folding,
    /// Where a volume is named that is a resource of its own.
    elsewhere: Option<AttributePath>,
    values: Vec<Value>,
    elements: Vec<AttributePath>,
}

impl Found<'_> {
    fn mapping(&mut self, mapping: &Value, path: AttributePath) {
        let Value::Map(members) = mapping else {
            return self.open(mapping, path);
        };
        let Some(block) = self.inside else {
            return self.volume(members, path);
        };
        let Some((key, settings)) = member(members, block, self.folding) else {
            return;
        };
        let path = path.key(key);
        match settings.revealed() {
            Value::Null => {}
            Value::Map(volume) => self.volume(volume, path),
            Value::List(blocks) => {
                for (index, block) in blocks.iter().enumerate() {
                    match block.revealed() {
                        Value::Map(volume) => self.volume(volume, path.index(index)),
                        other => self.open(other, path.index(index)),
                    }
                }
            }
            other => self.open(other, path),
        }
    }

    fn volume(&mut self, volume: &Map, path: AttributePath) {
        let written = |name: &str| {
            let (key, value) = member(volume, name, self.folding)?;
            let computed = value.as_unknown().is_some_and(|unknown| is_computed(unknown));
            (*value != Value::Null && value.as_str() != Some("") && !computed)
                .then(|| (key.clone(), value.clone()))
        };
        if written("volume_id").is_some() {
            self.elsewhere.get_or_insert(path);
            return;
        }
        let (value, path) = match written(self.argument) {
            Some((key, value)) => (coerce(value, ValueType::Bool), path.key(&key)),
            None if written("snapshot_id").or_else(|| written("SnapshotId")).is_some() => (undecided(), path),
            None => (false.into(), path),
        };
        self.values.push(value);
        self.elements.push(path);
    }

    /// Blocks of which nobody knows how many there are. What nobody wrote is none.
    fn open(&mut self, value: &Value, path: AttributePath) {
        if value.as_unknown().is_some_and(|unknown| !is_computed(unknown)) {
            self.values.push(value.clone());
            self.elements.push(path);
        }
    }
}

fn undecided() -> Value {
    Value::from(Unknown::new(UnknownReason::ComputedDefault).with_domain(Domain::Bool))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encrypted(steps: &str, root: serde_json::Value) -> Vec<Option<bool>> {
        let steps: Vec<Arc<str>> = steps.split('.').map(Arc::from).collect();
        let root = Value::from(root);
        let place = Place {
            root: &root,
            steps: &steps,
            folding: Folding::Exact,
            satellite: false,
            element_default: None,
        };
        let Some(given) = volumes(&place) else {
            return Vec::new();
        };
        let values = given.value.as_list().expect("a list");
        assert_eq!(values.len(), given.elements.len());
        values.iter().map(Value::as_bool).collect()
    }

    #[test]
    fn a_volume_that_nobody_encrypts_is_not_encrypted_unless_its_snapshot_is() {
        let of = |block: serde_json::Value| {
            encrypted(
                "ebs_block_device.encrypted",
                json!({ "ebs_block_device": [block] }),
            )
        };
        assert_eq!(of(json!({"device_name": "b", "encrypted": true})), [Some(true)]);
        assert_eq!(
            of(json!({"device_name": "b", "encrypted": "false"})),
            [Some(false)]
        );
        assert_eq!(of(json!({"device_name": "b", "volume_size": 4})), [Some(false)]);
        assert_eq!(of(json!({"device_name": "b", "snapshot_id": "snap-1"})), [None]);
        assert_eq!(of(json!({"device_name": "b", "snapshot_id": ""})), [Some(false)]);
    }

    #[test]
    fn a_mapping_without_a_volume_counts_for_nothing() {
        let blocks = json!({"block_device_mappings": [
            {"device_name": "/dev/sdb", "ebs": [{"encrypted": "true"}]},
            {"device_name": "/dev/sdc", "ebs": [{"volume_size": 4}]},
            {"device_name": "/dev/sdd", "no_device": "true"},
            {"device_name": "/dev/sde", "ebs": []},
            {"ebs": [{"volume_size": 4, "snapshot_id": "snap-1"}]},
        ]});
        assert_eq!(
            encrypted("block_device_mappings.ebs.encrypted", blocks),
            [Some(true), Some(false), None]
        );
        let template = json!({"LaunchTemplateData": {"BlockDeviceMappings": [
            {"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": false}},
            {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"},
        ]}});
        assert_eq!(
            encrypted("LaunchTemplateData.BlockDeviceMappings.Ebs.Encrypted", template),
            [Some(false)]
        );
        assert_eq!(encrypted("block_device_mappings.ebs.encrypted", json!({})), []);
        let recorded =
            json!({"blockDeviceMappings": [{"deviceName": "/dev/sdf", "ebs": {"volumeId": "vol-1"}}]});
        let root = Value::from(recorded);
        let steps = ["blockDeviceMappings", "ebs", "encrypted"].map(Arc::from);
        let place = Place {
            root: &root,
            steps: &steps,
            folding: Folding::Loose,
            satellite: false,
            element_default: None,
        };
        assert_eq!(
            volumes(&place).map(|given| given.value),
            Some(Value::List(Vec::new()))
        );
    }

    #[test]
    fn blocks_that_are_not_known_are_an_element_that_is_not_known() {
        let unknown = |reason| Value::from(Unknown::new(reason));
        let of = |value: Value| {
            let root = Value::Map(Map::from([(Arc::from("ebs_block_device"), value)]));
            let steps = ["ebs_block_device", "encrypted"].map(Arc::from);
            let place = Place {
                root: &root,
                steps: &steps,
                folding: Folding::Exact,
                satellite: false,
                element_default: None,
            };
            volumes(&place).map(|given| given.value)
        };
        assert_eq!(of(unknown(UnknownReason::ComputedDefault)), None);
        let blocks = of(unknown(UnknownReason::Variable)).expect("a list");
        assert!(
            blocks
                .as_list()
                .is_some_and(|items| items[0].as_unknown().is_some())
        );
    }
}
