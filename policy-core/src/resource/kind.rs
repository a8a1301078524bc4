//! Kinds of resources: which native types they have and which canonical attributes, read from `typemap.yaml`.
//!
//! Adding a kind or an attribute means adding lines to that file; no code knows single attributes except the few that
//! are built from several resources (security-group rules, IAM statements).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::facet::{FacetFeed, FacetRule};
use super::key_kind::KeyRule;
use super::model::{Evidence, Resource, SourceKind};
use super::transform::Transform;
use super::typemap_load;
use crate::value::Value;

/// The type of a canonical attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// A text.
    String,
    /// A boolean.
    Bool,
    /// An integer.
    Int,
    /// A number.
    Number,
    /// A list.
    List,
    /// An object.
    Map,
    /// A document that is written as JSON text or as an object.
    Json,
    /// An IAM document in normal form.
    Policy,
    /// A list of IAM documents in normal form.
    Policies,
    /// The name, id or ARN of another resource.
    Ref,
    /// A list of them.
    Refs,
    /// A text that is never printed.
    Secret,
    /// A point in time, as text.
    Time,
}

impl ValueType {
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::List | Self::Refs | Self::Policies)
    }
}

/// Where an attribute stands in the native values of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NativePath {
    /// The satellite type that carries it; `None` for the resource itself.
    pub(super) satellite: Option<Arc<str>>,
    /// Keys from the root; list levels are not marked.
    pub(super) steps: Vec<Arc<str>>,
}

/// What holds when nobody wrote the attribute.
#[derive(Clone, Debug)]
pub(super) enum DefaultValue {
    Value(Value, Evidence),
    Computed,
    Required,
}

/// The default of one source.
#[derive(Clone, Debug)]
pub(super) struct DefaultRule {
    pub(super) value: DefaultValue,
    /// When the block or satellite around the attribute is absent as well.
    pub(super) without_block: Option<DefaultValue>,
    /// Native paths whose presence leaves the decision to the service.
    pub(super) unless: Vec<Vec<Arc<str>>>,
}

/// A canonical attribute of a kind.
#[derive(Clone, Debug)]
pub struct AttributeSpec {
    pub(super) name: Arc<str>,
    pub(super) value_type: ValueType,
    /// By source; satellite paths first, because a satellite wins over an inline block.
    pub(super) terraform: Vec<NativePath>,
    pub(super) cloudformation: Vec<NativePath>,
    pub(super) config: Vec<NativePath>,
    pub(super) transform: Transform,
    /// All values it can take; empty when they are not finitely many.
    pub(super) values: Vec<Value>,
    /// Relation and attribute that members take the value from.
    pub(super) inherit: Option<(Arc<str>, Arc<str>)>,
    pub(super) terraform_default: Option<DefaultRule>,
    pub(super) cloudformation_default: Option<DefaultRule>,
    /// Only for what AWS Config records with other resources.
    pub(super) config_default: Option<DefaultRule>,
    pub(super) optional_computed: bool,
    pub(super) sensitive: bool,
    pub(super) facets: Vec<FacetFeed>,
}

impl AttributeSpec {
    /// The canonical name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The type of its values.
    pub fn value_type(&self) -> ValueType {
        self.value_type
    }

    /// All values it can take; empty when they are not finitely many.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The type of the whole: `each` makes a list of its type.
    pub(super) fn result_type(&self) -> ValueType {
        match self.transform {
            Transform::Each | Transform::EachLower => ValueType::List,
            _ => self.value_type,
        }
    }

    pub(super) fn paths(&self, source: SourceKind) -> &[NativePath] {
        match source {
            SourceKind::Terraform => &self.terraform,
            SourceKind::CloudFormation => &self.cloudformation,
            SourceKind::AwsConfig => &self.config,
        }
    }

    /// Configuration items record what is; what they leave out has no default.
    pub(super) fn default(&self, source: SourceKind) -> Option<&DefaultRule> {
        match source {
            SourceKind::Terraform => self.terraform_default.as_ref(),
            SourceKind::CloudFormation => self.cloudformation_default.as_ref(),
            SourceKind::AwsConfig => self.config_default.as_ref(),
        }
    }
}

/// A type that is folded into a kind.
#[derive(Clone, Debug)]
pub(super) struct SatelliteSpec {
    pub(super) native_type: Arc<str>,
    pub(super) join: Join,
    /// Canonical attributes that it can provide.
    pub(super) provides: Vec<Arc<str>>,
    /// Its attributes that name the parent where others refer to it.
    pub(super) names: Vec<Arc<str>>,
}

/// How a satellite finds its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// The satellite's attribute names the parent.
    Attribute(Arc<str>),
    /// The parent's attribute names the satellite by one of the satellite's attributes.
    Parent { attribute: Arc<str>, key: Arc<str> },
    /// Satellite and parent agree in all of these attributes.
    Composite(Vec<Arc<str>>),
    /// There is one per account and Region.
    Singleton,
    /// There is one per account, for every Region of it.
    Account,
}

/// Which Terraform type a resource of another source has.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub(super) source: SourceKind,
    pub(super) native_type: Arc<str>,
    pub(super) when: Option<Vec<Arc<str>>>,
    /// What must stand at the path; empty when anything will do.
    pub(super) values: Vec<Arc<str>>,
    pub(super) terraform: Arc<str>,
}

/// The kind of a shared AWS Config type: the path has one of the values.
#[derive(Clone, Debug)]
pub(super) struct When {
    pub(super) path: Vec<Arc<str>>,
    pub(super) values: Vec<Arc<str>>,
}

/// Where the tags of a kind stand.
#[derive(Clone, Debug, Default)]
pub(super) struct TagSpec {
    pub(super) terraform: Option<Arc<str>>,
    /// `tag { key, value }` blocks, which do not receive the provider's default tags.
    pub(super) terraform_blocks: bool,
    pub(super) terraform_all: Option<Arc<str>>,
    pub(super) cloudformation: Option<Arc<str>>,
}

/// A canonical kind of resource.
#[derive(Clone, Debug)]
pub struct Kind {
    pub(super) name: Arc<str>,
    pub(super) family: Arc<str>,
    pub(super) terraform: Vec<Arc<str>>,
    pub(super) cloudformation: Vec<Arc<str>>,
    pub(super) config: Option<Arc<str>>,
    pub(super) config_when: Option<When>,
    /// Native names in odd case: match them loosely.
    pub(super) config_folded: bool,
    pub(super) global: bool,
    pub(super) terraform_keys: Vec<Arc<str>>,
    pub(super) cloudformation_keys: Vec<Arc<str>>,
    pub(super) variants: Vec<Variant>,
    pub(super) satellites: Vec<SatelliteSpec>,
    pub(super) tags: TagSpec,
    pub(super) facets: BTreeMap<Arc<str>, FacetRule>,
    pub(super) attributes: Vec<AttributeSpec>,
    pub(super) attribute_index: HashMap<Arc<str>, usize>,
}

impl Kind {
    /// The name of the kind, for example `rds_instance`.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The family it belongs to, for example `rds`.
    pub fn family(&self) -> &Arc<str> {
        &self.family
    }

    /// Its Terraform types.
    pub fn terraform_types(&self) -> &[Arc<str>] {
        &self.terraform
    }

    /// Its CloudFormation types.
    pub fn cloudformation_types(&self) -> &[Arc<str>] {
        &self.cloudformation
    }

    /// Its AWS Config type, when it has one.
    pub fn config_type(&self) -> Option<&Arc<str>> {
        self.config.as_ref()
    }

    /// Its canonical attributes in the order of the typemap.
    pub fn attributes(&self) -> &[AttributeSpec] {
        &self.attributes
    }

    /// The facets that tell which kind of KMS key there is.
    pub(super) fn key_rules(&self) -> impl Iterator<Item = (&Arc<str>, &KeyRule)> {
        self.facets.iter().filter_map(|(name, rule)| match rule {
            FacetRule::Key(rule) => Some((name, rule)),
            FacetRule::Any(_) | FacetRule::All(_) | FacetRule::Value(..) | FacetRule::Backup(_) => None,
        })
    }

    /// What AWS Backup calls resources of this kind, when it can back them up: the ARN after `arn:partition:`.
    pub(super) fn backup_arn(&self) -> Option<&str> {
        self.facets.values().find_map(|rule| match rule {
            FacetRule::Backup(arn) => Some(&**arn),
            FacetRule::Any(_) | FacetRule::All(_) | FacetRule::Value(..) | FacetRule::Key(_) => None,
        })
    }

    /// A canonical attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeSpec> {
        self.attribute_index
            .get(name)
            .and_then(|&index| self.attributes.get(index))
    }
}

/// A relation between two kinds.
#[derive(Clone, Debug)]
pub(super) struct RelationSpec {
    pub(super) name: Arc<str>,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) via: Arc<str>,
    pub(super) inverse: Arc<str>,
    pub(super) only: BTreeMap<Arc<str>, Arc<str>>,
    /// Values of `via` that name every target there is.
    pub(super) every: Vec<Arc<str>>,
}

/// The table of kinds: `typemap.yaml`, checked and indexed.
///
/// ```
/// use policy_core::resource::TypeMap;
/// let kinds = TypeMap::builtin().kinds_of("rds")?;
/// assert!(kinds.iter().any(|kind| &**kind.name() == "rds_instance"));
/// # Ok::<(), policy_core::resource::UnknownSelector>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TypeMap {
    pub(super) kinds: Vec<Kind>,
    pub(super) relations: Vec<RelationSpec>,
    pub(super) aliases: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) by_name: HashMap<Arc<str>, usize>,
    pub(super) by_terraform: HashMap<Arc<str>, usize>,
    pub(super) by_cloudformation: HashMap<Arc<str>, usize>,
    pub(super) by_config: HashMap<Arc<str>, Vec<usize>>,
    /// Satellite type → (kind, position in its satellites).
    pub(super) by_satellite: HashMap<Arc<str>, Vec<(usize, usize)>>,
}

static BUILTIN: LazyLock<TypeMap> =
    // A test holds the embedded file to parsing without errors; an empty table here would be a defect of ours, and
    // still no reason to crash somebody's pipeline.
    LazyLock::new(|| TypeMap::parse(include_str!("typemap.yaml")).unwrap_or_default());

impl TypeMap {
    /// The table that comes with the library.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads a table.
    ///
    /// # Errors
    /// Everything that is wrong with it: one syntax error, or all entries that cannot be used.
    pub fn parse(text: &str) -> Result<Self, Vec<TypeMapError>> {
        typemap_load::parse(text)
    }

    /// All kinds in the order of the file.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// A kind by name.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.by_name.get(name).and_then(|&index| self.kinds.get(index))
    }

    /// The kinds that a word of `scope.resourceTypes` names: a family, a kind, an alias, a Terraform type or a
    /// CloudFormation or AWS Config type. A well-formed type that the table does not know selects no kind.
    ///
    /// # Errors
    /// [`UnknownSelector`] when the word is none of these, with the nearest word that is.
    pub fn kinds_of(&self, selector: &str) -> Result<Vec<&Kind>, UnknownSelector> {
        let by_type = |index: Option<&usize>| index.and_then(|&index| self.kinds.get(index));
        if let Some(kind) =
            by_type(self.by_terraform.get(selector)).or_else(|| by_type(self.by_cloudformation.get(selector)))
        {
            return Ok(vec![kind]);
        }
        if let Some(indexes) = self.by_config.get(selector) {
            return Ok(indexes
                .iter()
                .filter_map(|&index| self.kinds.get(index))
                .collect());
        }
        let word = self.resolve_word(selector);
        let kinds: Vec<&Kind> = self
            .kinds
            .iter()
            .filter(|kind| *kind.name == *word || *kind.family == *word)
            .collect();
        if !kinds.is_empty() || self.by_satellite.contains_key(selector) {
            return Ok(kinds);
        }
        let suggestion = self.nearest(selector);
        let is_type = selector.contains("::")
            || selector
                .split_once('_')
                .is_some_and(|(provider, _)| provider == "aws");
        match suggestion {
            None if is_type => Ok(Vec::new()),
            suggestion => Err(UnknownSelector {
                selector: selector.to_owned(),
                suggestion,
            }),
        }
    }

    /// True when a word of `scope.resourceTypes` picks this resource.
    pub fn selects(&self, selector: &str, resource: &Resource) -> bool {
        if selector == &*resource.resource_type || selector == &*resource.native_type {
            return true;
        }
        let (Some(kind), Some(family)) = (&resource.kind, &resource.family) else {
            return false;
        };
        if let Some(index) = self.by_terraform.get(selector) {
            // A Terraform type is narrower than its kind, and every resource of a mapped kind has one.
            let alias_of_own_type = |kind: &Kind| {
                kind.name == *resource.kind.as_ref().unwrap_or(&kind.name)
                    && is_type_alias(&kind.terraform, selector, &resource.resource_type)
            };
            return self.kinds.get(*index).is_some_and(alias_of_own_type);
        }
        if selector.contains("::") {
            let named = |named: &Kind| named.name == *kind;
            return self
                .by_cloudformation
                .get(selector)
                .and_then(|&index| self.kinds.get(index))
                .is_some_and(named)
                || self
                    .by_config
                    .get(selector)
                    .is_some_and(|all| all.iter().filter_map(|&index| self.kinds.get(index)).any(named));
        }
        let word = self.resolve_word(selector);
        *word == **kind || *word == **family
    }

    fn resolve_word(&self, selector: &str) -> Arc<str> {
        let folded = selector.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        self.aliases
            .get(folded.as_str())
            .cloned()
            .unwrap_or_else(|| folded.into())
    }

    fn nearest(&self, selector: &str) -> Option<String> {
        let word = selector.to_ascii_lowercase();
        let names = self.kinds.iter().flat_map(|kind| {
            [&kind.name, &kind.family]
                .into_iter()
                .chain(&kind.terraform)
                .chain(&kind.cloudformation)
        });
        names
            .map(|name| (strsim::osa_distance(&word, &name.to_ascii_lowercase()), name))
            .filter(|(distance, name)| *distance <= 1 + name.len() / 6)
            .min()
            .map(|(_, name)| name.to_string())
    }
}

/// `aws_alb` is the old name of `aws_lb`: the same resource type under two names, unlike `aws_db_instance` and
/// `aws_rds_cluster_instance`.
fn is_type_alias(types: &[Arc<str>], selector: &str, resource_type: &str) -> bool {
    let plain = |name: &str| name.replacen("aws_alb", "aws_lb", 1);
    types.iter().any(|name| **name == *resource_type) && plain(selector) == plain(resource_type)
}

/// A word of `scope.resourceTypes` that names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown resource type `{selector}`{}", suggestion.as_ref().map(|word| format!("; did you mean `{word}`?")).unwrap_or_default())]
pub struct UnknownSelector {
    /// The word.
    pub selector: String,
    /// The nearest word that names something.
    pub suggestion: Option<String>,
}

/// What is wrong with a typemap.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeMapError {
    /// It is not YAML of the right shape.
    #[error("the typemap cannot be read: {message}")]
    Syntax {
        /// What the parser said, with line and column.
        message: String,
    },
    /// The version is not one we know.
    #[error("the typemap has version {version}; this build reads version 1")]
    Version {
        /// The version written.
        version: u32,
    },
    /// A name stands twice.
    #[error("`{name}` is defined twice in {place}")]
    Duplicate {
        /// Where.
        place: String,
        /// The name.
        name: String,
    },
    /// An attribute has a transform that does not exist.
    #[error("unknown transform `{transform}` of `{attribute}`")]
    Transform {
        /// Kind and attribute.
        attribute: String,
        /// The transform written.
        transform: String,
    },
    /// A facet cannot be read or has no clear meaning.
    #[error("facet `{facet}` of `{kind}`: {problem}")]
    Facet {
        /// Kind.
        kind: String,
        /// The facet as written.
        facet: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A default says nothing, or two things.
    #[error("the default of `{attribute}` needs either a value with its evidence or a state")]
    Default {
        /// Kind and attribute.
        attribute: String,
    },
    /// A name refers to something that does not exist.
    #[error("{place} refers to `{name}`, which does not exist")]
    Dangling {
        /// Where.
        place: String,
        /// The name.
        name: String,
    },
}

#[cfg(test)]
#[path = "kind_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "typemap_names_tests.rs"]
mod typemap_names;
