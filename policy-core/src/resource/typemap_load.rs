//! Checks a written typemap and builds the indexes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::facet::{FacetFeed, FacetRule};
use super::kind::{
    AttributeSpec, DefaultRule, DefaultValue, Join, Kind, NativePath, RelationSpec, SatelliteSpec, TagSpec,
    TypeMap, TypeMapError, ValueType, Variant, When,
};
use super::model::{Evidence, SourceKind};
use super::transform::Transform;
use super::typemap_file::{
    AttributeRaw, DefaultRaw, DialectRaw, EvidenceRaw, FileRaw, KindRaw, SatelliteRaw, StateRaw, TagShapeRaw,
    VariantRaw,
};
use crate::value::Value;

const DEFAULT_KEYS: [&str; 2] = ["id", "arn"];

pub(super) fn parse(text: &str) -> Result<TypeMap, Vec<TypeMapError>> {
    let file: FileRaw = serde_yaml::from_str(text).map_err(|error| {
        vec![TypeMapError::Syntax {
            message: error.to_string(),
        }]
    })?;
    if file.version != 1 {
        return Err(vec![TypeMapError::Version {
            version: file.version,
        }]);
    }
    check(file)
}

/// The table that comes with the library, as it is written.
pub(super) fn builtin_file() -> Option<FileRaw> {
    serde_yaml::from_str(include_str!("typemap.yaml")).ok()
}

/// Checks what was written and builds the indexes.
pub(super) fn check(file: FileRaw) -> Result<TypeMap, Vec<TypeMapError>> {
    let mut loader = Loader { errors: Vec::new() };
    let map = loader.map(file);
    if loader.errors.is_empty() {
        Ok(map)
    } else {
        Err(loader.errors)
    }
}

struct Loader {
    errors: Vec<TypeMapError>,
}

impl Loader {
    fn map(&mut self, file: FileRaw) -> TypeMap {
        let mut map = TypeMap {
            aliases: file.aliases,
            ..TypeMap::default()
        };
        for raw in file.kinds {
            if raw.family.is_empty() {
                self.dangling(format!("kind `{}`", raw.kind), "family");
            }
            let kind = self.kind(raw);
            self.index(&mut map, kind);
        }
        for raw in file.relations {
            let ends = (
                map.by_name.get(&raw.from).copied(),
                map.by_name.get(&raw.to).copied(),
            );
            let (Some(from), Some(to)) = ends else {
                let name = if ends.0.is_none() { &raw.from } else { &raw.to };
                self.dangling(format!("relation `{}`", raw.name), name);
                continue;
            };
            let known = map
                .kinds
                .get(from)
                .is_some_and(|kind| kind.attribute(&raw.via).is_some());
            if !known {
                self.dangling(format!("relation `{}` of `{}`", raw.name, raw.from), &raw.via);
            }
            map.relations.push(RelationSpec {
                name: raw.name,
                from,
                to,
                via: raw.via,
                inverse: raw.inverse,
                only: raw.only,
                every: raw.every,
            });
        }
        self.check_names(&map);
        map
    }

    fn index(&mut self, map: &mut TypeMap, kind: Kind) {
        let position = map.kinds.len();
        if map.by_name.insert(kind.name.clone(), position).is_some() {
            self.duplicate("kinds", &kind.name);
        }
        for name in &kind.terraform {
            if map.by_terraform.insert(name.clone(), position).is_some() {
                self.duplicate("Terraform types", name);
            }
        }
        for name in &kind.cloudformation {
            if map.by_cloudformation.insert(name.clone(), position).is_some() {
                self.duplicate("CloudFormation types", name);
            }
        }
        if let Some(name) = &kind.config {
            map.by_config.entry(name.clone()).or_default().push(position);
        }
        for (satellite, spec) in kind.satellites.iter().enumerate() {
            map.by_satellite
                .entry(spec.native_type.clone())
                .or_default()
                .push((position, satellite));
        }
        map.kinds.push(kind);
    }

    fn check_names(&mut self, map: &TypeMap) {
        for (alias, name) in &map.aliases {
            if !map
                .kinds
                .iter()
                .any(|kind| kind.name == *name || kind.family == *name)
            {
                self.dangling(format!("alias `{alias}`"), name);
            }
        }
        let mut relations: HashSet<(usize, &str)> = HashSet::new();
        for relation in &map.relations {
            relations.insert((relation.from, &relation.name));
            relations.insert((relation.to, &relation.inverse));
        }
        for (position, kind) in map.kinds.iter().enumerate() {
            for attribute in &kind.attributes {
                let place = || format!("`{}.{}`", kind.name, attribute.name);
                let named = [
                    attribute.inherit.as_ref().map(|(name, _)| name),
                    attribute.transform.relation(),
                ];
                for name in named.into_iter().flatten() {
                    if !relations.contains(&(position, &**name)) {
                        self.dangling(place(), name);
                    }
                }
                let paths = attribute.terraform.iter().chain(&attribute.cloudformation);
                for satellite in paths.filter_map(|path| path.satellite.as_ref()) {
                    let own = kind.terraform.contains(satellite) || kind.cloudformation.contains(satellite);
                    if !own && !kind.satellites.iter().any(|spec| spec.native_type == *satellite) {
                        self.dangling(place(), satellite);
                    }
                }
            }
        }
    }

    fn kind(&mut self, raw: KindRaw) -> Kind {
        let name = raw.kind;
        let mut attributes = Vec::new();
        let mut attribute_index = HashMap::new();
        for attribute in raw.attrs {
            let attribute = self.attribute(&name, attribute);
            if attribute_index
                .insert(attribute.name.clone(), attributes.len())
                .is_some()
            {
                self.duplicate(&name, &attribute.name);
            }
            attributes.push(attribute);
        }
        let mut facets = BTreeMap::new();
        for (facet, written) in raw.facets {
            match FacetRule::from_raw(&written, &attribute_index) {
                Ok(rule) => {
                    facets.insert(facet, rule);
                }
                Err(problem) => self.facet(&name, &facet, problem),
            }
        }
        self.check_facets(&name, &attributes, &facets);
        let satellites = raw
            .satellites
            .into_iter()
            .map(|raw| satellite(raw, &attributes))
            .collect();
        let variants = raw.variants.into_iter().flat_map(variants).collect();
        let (config, config_folded, config_when) = match raw.config {
            Some(config) => (
                Some(config.native_type),
                config.dialect != DialectRaw::Cfn,
                config.when.map(|when| When {
                    path: steps(&when.path),
                    values: when.values,
                }),
            ),
            None => (None, false, None),
        };
        let keys = raw.keys;
        Kind {
            terraform_keys: or_default_keys(keys.terraform),
            cloudformation_keys: keys.cloudformation,
            name,
            family: raw.family,
            terraform: raw.terraform,
            cloudformation: raw.cloudformation,
            config,
            config_when,
            config_folded,
            global: raw.global,
            variants,
            satellites,
            tags: TagSpec {
                terraform: raw.tags.terraform,
                terraform_blocks: raw.tags.terraform_shape == Some(TagShapeRaw::Blocks),
                terraform_all: raw.tags.terraform_all,
                cloudformation: raw.tags.cloudformation,
            },
            facets,
            attributes,
            attribute_index,
        }
    }

    /// Two attributes that feed one facet need a rule that says how they combine.
    fn check_facets(
        &mut self,
        kind: &str,
        attributes: &[AttributeSpec],
        facets: &BTreeMap<Arc<str>, FacetRule>,
    ) {
        let mut fed = HashSet::new();
        for feed in attributes.iter().flat_map(|attribute| &attribute.facets) {
            if facets.contains_key(&feed.name) || !fed.insert(feed.name.clone()) {
                self.facet(
                    kind,
                    &feed.name,
                    "it is fed twice; say under `facets` how the attributes combine",
                );
            }
        }
    }

    fn attribute(&mut self, kind: &str, raw: AttributeRaw) -> AttributeSpec {
        let place = format!("{kind}.{}", raw.name);
        let transform = match &raw.transform {
            None => Transform::Same,
            Some(text) => Transform::parse(text).unwrap_or_else(|| {
                self.errors.push(TypeMapError::Transform {
                    attribute: place.clone(),
                    transform: text.clone(),
                });
                Transform::Same
            }),
        };
        let mut facets = Vec::new();
        for text in &raw.facet {
            match FacetFeed::parse(text) {
                Ok(feed) => facets.push(feed),
                Err(problem) => self.facet(kind, text, problem),
            }
        }
        let inherit = raw
            .inherit
            .as_deref()
            .and_then(|text| match text.split_once('.') {
                Some((relation, attribute)) => Some((relation.into(), attribute.into())),
                None => {
                    self.dangling(format!("`{place}`"), text);
                    None
                }
            });
        AttributeSpec {
            terraform: paths(&raw.terraform),
            cloudformation: paths(&raw.cloudformation),
            config: paths(&raw.config),
            values: raw.values.iter().map(|value| Value::from(&**value)).collect(),
            terraform_default: raw.default.terraform.and_then(|raw| self.default(&place, raw)),
            cloudformation_default: raw
                .default
                .cloudformation
                .and_then(|raw| self.default(&place, raw)),
            config_default: raw.default.config.and_then(|raw| self.default(&place, raw)),
            name: raw.name,
            value_type: raw.value_type,
            transform,
            inherit,
            optional_computed: raw.terraform_optional_computed,
            sensitive: raw.terraform_sensitive || raw.value_type == ValueType::Secret,
            facets,
        }
    }

    fn default(&mut self, place: &str, raw: DefaultRaw) -> Option<DefaultRule> {
        let unless = raw.unless.iter().map(|path| steps(path)).collect();
        let without_block = match raw.without_block.as_deref() {
            Some(inner) => Some(self.default_value(place, inner)?),
            None => None,
        };
        let value = self.default_value(place, &raw)?;
        Some(DefaultRule {
            value,
            without_block,
            unless,
        })
    }

    fn default_value(&mut self, place: &str, raw: &DefaultRaw) -> Option<DefaultValue> {
        let value = match (&raw.value, raw.evidence, raw.state) {
            (Some(value), Some(evidence), None) => Some(DefaultValue::Value(
                Value::from(value.clone()),
                evidence_of(evidence, raw.source.as_deref()),
            )),
            (None, None, Some(StateRaw::Computed)) => Some(DefaultValue::Computed),
            (None, None, Some(StateRaw::Required)) => Some(DefaultValue::Required),
            _ => None,
        };
        if value.is_none() {
            self.errors.push(TypeMapError::Default {
                attribute: place.to_owned(),
            });
        }
        value
    }

    fn duplicate(&mut self, place: &str, name: &str) {
        self.errors.push(TypeMapError::Duplicate {
            place: place.to_owned(),
            name: name.to_owned(),
        });
    }

    fn dangling(&mut self, place: String, name: &str) {
        self.errors.push(TypeMapError::Dangling {
            place,
            name: name.to_owned(),
        });
    }

    fn facet(&mut self, kind: &str, facet: &str, problem: &'static str) {
        self.errors.push(TypeMapError::Facet {
            kind: kind.to_owned(),
            facet: facet.to_owned(),
            problem,
        });
    }
}

/// How far a default can be trusted: documentation that nobody names is nobody's to check, so it is none.
pub(super) fn evidence_of(raw: EvidenceRaw, source: Option<&str>) -> Evidence {
    match (raw, source.map(str::trim)) {
        (EvidenceRaw::Trivial, _) => Evidence::Documented,
        (EvidenceRaw::Doc, Some(source)) if !source.is_empty() => Evidence::Documented,
        (EvidenceRaw::Doc | EvidenceRaw::Author, _) => Evidence::Unverified,
    }
}

fn or_default_keys(keys: Vec<Arc<str>>) -> Vec<Arc<str>> {
    if keys.is_empty() {
        DEFAULT_KEYS.map(Arc::from).to_vec()
    } else {
        keys
    }
}

fn steps(path: &str) -> Vec<Arc<str>> {
    path.split('.')
        .filter(|step| !step.is_empty())
        .map(Arc::from)
        .collect()
}

fn paths(written: &[String]) -> Vec<NativePath> {
    let mut paths: Vec<NativePath> = written
        .iter()
        .map(|text| match text.split_once('@') {
            Some((satellite, path)) => NativePath {
                satellite: Some(satellite.into()),
                steps: steps(path),
            },
            None => NativePath {
                satellite: None,
                steps: steps(text),
            },
        })
        .collect();
    paths.sort_by_key(|path| path.satellite.is_none());
    paths
}

fn satellite(raw: SatelliteRaw, attributes: &[AttributeSpec]) -> SatelliteSpec {
    let join = match &raw.parent {
        Some(parent) => Join::Parent {
            attribute: parent.clone(),
            key: raw.join,
        },
        None if &*raw.join == "(account)" => Join::Account,
        None if raw.join.starts_with('(') => Join::Singleton,
        None if raw.join.contains('+') => Join::Composite(raw.join.split('+').map(Arc::from).collect()),
        None => Join::Attribute(raw.join),
    };
    let from_it = |path: &NativePath| path.satellite.as_ref() == Some(&raw.native_type);
    let provides = attributes
        .iter()
        .filter(|attribute| {
            attribute
                .terraform
                .iter()
                .chain(&attribute.cloudformation)
                .chain(&attribute.config)
                .any(from_it)
        })
        .map(|attribute| attribute.name.clone())
        .collect();
    SatelliteSpec {
        native_type: raw.native_type,
        join,
        provides,
        names: raw.names,
    }
}

fn variants(raw: VariantRaw) -> Vec<Variant> {
    let when = raw.when.as_deref().map(steps);
    let of = |source, native_type: Option<Arc<str>>| {
        native_type.map(|native_type| Variant {
            source,
            native_type,
            when: when.clone(),
            values: raw.values.clone(),
            terraform: raw.terraform.clone(),
        })
    };
    [
        of(SourceKind::CloudFormation, raw.cloudformation),
        of(SourceKind::AwsConfig, raw.config),
    ]
    .into_iter()
    .flatten()
    .collect()
}
