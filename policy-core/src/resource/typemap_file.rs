//! The typemap as it is written: serde structs only, nothing is checked here but the shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRaw {
    pub(super) version: u32,
    #[serde(default, rename = "sources")]
    pub(super) _sources: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) aliases: BTreeMap<Arc<str>, Arc<str>>,
    #[serde(default)]
    pub(super) relations: Vec<RelationRaw>,
    #[serde(default)]
    pub(super) kinds: Vec<KindRaw>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RelationRaw {
    pub(super) name: Arc<str>,
    pub(super) from: Arc<str>,
    pub(super) to: Arc<str>,
    pub(super) via: Arc<str>,
    pub(super) inverse: Arc<str>,
    #[serde(default)]
    pub(super) only: BTreeMap<Arc<str>, Arc<str>>,
    #[serde(default)]
    pub(super) every: Vec<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindRaw {
    pub(super) kind: Arc<str>,
    /// Empty in a file that only adds to a kind.
    #[serde(default)]
    pub(super) family: Arc<str>,
    #[serde(default)]
    pub(super) terraform: Vec<Arc<str>>,
    #[serde(default)]
    pub(super) cloudformation: Vec<Arc<str>>,
    pub(super) config: Option<ConfigRaw>,
    #[serde(default)]
    pub(super) global: bool,
    #[serde(default)]
    pub(super) keys: KeysRaw,
    #[serde(default)]
    pub(super) variants: Vec<VariantRaw>,
    #[serde(default)]
    pub(super) satellites: Vec<SatelliteRaw>,
    #[serde(default)]
    pub(super) tags: TagsRaw,
    #[serde(default)]
    pub(super) facets: BTreeMap<Arc<str>, FacetRaw>,
    #[serde(default)]
    pub(super) attrs: Vec<AttributeRaw>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigRaw {
    #[serde(rename = "type")]
    pub(super) native_type: Arc<str>,
    pub(super) dialect: DialectRaw,
    #[serde(rename = "published")]
    pub(super) _published: bool,
    pub(super) when: Option<WhenRaw>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum DialectRaw {
    Cfn,
    Describe,
    Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenRaw {
    pub(super) path: String,
    #[serde(rename = "in")]
    pub(super) values: Vec<Arc<str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeysRaw {
    #[serde(default)]
    pub(super) terraform: Vec<Arc<str>>,
    #[serde(default)]
    pub(super) cloudformation: Vec<Arc<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VariantRaw {
    pub(super) cloudformation: Option<Arc<str>>,
    pub(super) config: Option<Arc<str>>,
    pub(super) when: Option<String>,
    #[serde(default)]
    pub(super) values: Vec<Arc<str>>,
    pub(super) terraform: Arc<str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SatelliteRaw {
    #[serde(rename = "type")]
    pub(super) native_type: Arc<str>,
    pub(super) join: Arc<str>,
    pub(super) parent: Option<Arc<str>>,
    #[serde(default)]
    pub(super) names: Vec<Arc<str>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagsRaw {
    pub(super) terraform: Option<Arc<str>>,
    pub(super) terraform_shape: Option<TagShapeRaw>,
    pub(super) terraform_all: Option<Arc<str>>,
    pub(super) cloudformation: Option<Arc<str>>,
    #[serde(rename = "cloudformation_shape")]
    pub(super) _cloudformation_shape: Option<TagShapeRaw>,
    #[serde(rename = "config")]
    pub(super) _config: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum TagShapeRaw {
    List,
    Map,
    Blocks,
}

/// Exactly one of `any`, `all`, `value` and `key` is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FacetRaw {
    pub(super) any: Option<Vec<String>>,
    pub(super) all: Option<Vec<String>>,
    pub(super) value: Option<serde_json::Value>,
    pub(super) key: Option<Arc<str>>,
    pub(super) when: Option<String>,
    pub(super) default: Option<FallbackRaw>,
    pub(super) otherwise: Option<FallbackRaw>,
    pub(super) backup: Option<Arc<str>>,
    pub(super) evidence: Option<EvidenceRaw>,
    pub(super) source: Option<String>,
}

/// The kind of key that the service takes by itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FallbackRaw {
    pub(super) value: Arc<str>,
    pub(super) evidence: EvidenceRaw,
    pub(super) source: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum EvidenceRaw {
    Doc,
    Trivial,
    Author,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributeRaw {
    pub(super) name: Arc<str>,
    #[serde(rename = "type")]
    pub(super) value_type: super::kind::ValueType,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) terraform: Vec<String>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) cloudformation: Vec<String>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) config: Vec<String>,
    pub(super) transform: Option<String>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<Arc<str>>,
    pub(super) inherit: Option<String>,
    #[serde(default)]
    pub(super) default: DefaultsRaw,
    #[serde(default)]
    pub(super) terraform_optional_computed: bool,
    #[serde(default)]
    pub(super) terraform_sensitive: bool,
    #[serde(default)]
    pub(super) facet: Vec<String>,
    #[serde(default, rename = "verified")]
    pub(super) _verified: BTreeMap<String, bool>,
    #[serde(rename = "note")]
    pub(super) _note: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultsRaw {
    pub(super) terraform: Option<DefaultRaw>,
    pub(super) cloudformation: Option<DefaultRaw>,
    pub(super) config: Option<DefaultRaw>,
}

/// `value` is wrapped so that an explicit `null` differs from a missing key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultRaw {
    #[serde(default, deserialize_with = "present")]
    pub(super) value: Option<serde_json::Value>,
    pub(super) evidence: Option<EvidenceRaw>,
    pub(super) state: Option<StateRaw>,
    pub(super) source: Option<String>,
    pub(super) without_block: Option<Box<DefaultRaw>>,
    #[serde(default)]
    pub(super) unless: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum StateRaw {
    Computed,
    Required,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

/// A path or a list of paths; spelled by hand because `untagged` would lose the place of an error.
fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Paths;

    impl<'de> serde::de::Visitor<'de> for Paths {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a path or a list of paths")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut paths = Vec::new();
            while let Some(path) = items.next_element()? {
                paths.push(path);
            }
            Ok(paths)
        }
    }

    deserializer.deserialize_any(Paths)
}
