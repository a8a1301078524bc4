//! What a resource is: first as its input spelled it ([`NativeResource`]), then in the vocabulary that controls are
//! written in ([`Resource`]).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::source::{Locate, Span};
use crate::value::{AttributePath, Map, REDACTED, Unknown, UnknownReason, Value};

/// Identity of a resource inside its input: a Terraform address, a CloudFormation logical id or an ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(Arc<str>);

impl ResourceId {
    /// Wraps an identifier as the input spells it.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose names `native` values use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// Terraform plan, state or source.
    Terraform,
    /// CloudFormation template or change set.
    CloudFormation,
    /// AWS Config configuration item.
    AwsConfig,
}

/// What will be of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// It exists, or will after the change.
    Managed,
    /// A data source: read, never evaluated.
    Data,
    /// It will be gone (deleted), or no longer managed here (forgotten).
    Removed,
}

/// What a change does to a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// As the input spells them: `create`, `update`, `delete`, `no-op`, `read`, `forget`; two for a replacement, in order.
    pub actions: Vec<Arc<str>>,
    /// The address it had before a `moved` block.
    pub previous_id: Option<ResourceId>,
}

/// A reference written in the source of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Native path of the attribute that holds the expression.
    pub path: AttributePath,
    /// The resources it can mean, as instances of this input; one when the reader could tell, several when an
    /// `each.key` hides which. The address of a resource that the code names and does not declare is no instance: it
    /// means none of those that are.
    pub targets: Vec<ResourceId>,
    /// The attribute of the target that is read (`id`, `arn`, `Arn`), when the expression names one.
    pub attribute: Option<Arc<str>>,
}

/// What the provider or stack gives to all of its resources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderContext {
    /// Region, when the provider block, stack or item says one.
    pub region: Option<Value>,
    /// Account id, when something in the input says it.
    pub account: Option<Value>,
    /// `default_tags` of the provider, or the stack's tags: a map, or unknown.
    pub default_tags: Option<Value>,
}

/// Where a resource was written and how to find its attributes there.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The file, as named by the caller.
    pub file: Arc<str>,
    /// The block, object or item as a whole.
    pub block: Option<Span>,
    /// Finds attributes by native path.
    pub locator: Option<Arc<dyn Locate>>,
    /// The module calls that led here, innermost first; empty in the root module and where modules do not exist.
    pub calls: Vec<Span>,
}

impl Origin {
    /// The place of the native attribute `path`, or of the whole resource when the attribute was not written.
    pub fn locate(&self, path: &AttributePath) -> Option<Span> {
        self.locator
            .as_ref()
            .and_then(|locator| locator.locate(path))
            .or_else(|| self.block.clone())
    }
}

/// A resource in the words of its input, before anything is mapped or joined. Readers produce these.
#[derive(Clone, Debug)]
pub struct NativeResource {
    /// Identity; unique in its input.
    pub id: ResourceId,
    /// The name part of an address, or the logical id.
    pub name: Arc<str>,
    /// `aws_db_instance`, `AWS::RDS::DBInstance`.
    pub native_type: Arc<str>,
    /// Whose names `values` uses.
    pub source: SourceKind,
    /// What will be of it.
    pub lifecycle: Lifecycle,
    /// A map of attributes, with [`Value::Unknown`] and [`Value::Sensitive`] where they belong.
    pub values: Value,
    /// The attributes before the change, when the input tells.
    pub before: Option<Value>,
    /// What the change does.
    pub change: Option<Change>,
    /// References in its source.
    pub references: Vec<Reference>,
    /// What its provider or stack gives it.
    pub provider: ProviderContext,
    /// The module or stack it is in (`module.db[0]`), empty for the root.
    pub scope: Arc<str>,
    /// The undecidable condition under which it exists, in words.
    pub condition: Option<Arc<str>>,
    /// It stands for several resources, and nobody knows how many (`for_each` over something unknown). What names one of
    /// them does not name all.
    pub many: bool,
    /// Where it was written.
    pub origin: Origin,
}

impl NativeResource {
    /// Why it is not certain that this belongs to `other`, which it names, in words; `None` when it is: whenever `other`
    /// exists, so does this, and for each of those that `other` stands for there is one of these.
    pub fn doubt_beside(&self, other: &Self) -> Option<Arc<str>> {
        if self.condition == other.condition {
            return None;
        }
        let one_of_many = || format!("`{}` belongs to one of several `{}`", self.id, other.id).into();
        match &self.condition {
            Some(condition) => Some(condition.clone()),
            None => other.many.then(one_of_many),
        }
    }
}

/// A canonical attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Known; lists and maps may still hold unknowns.
    Known(Value),
    /// Certainly not there.
    Absent,
    /// Not known.
    Unknown(Arc<Unknown>),
}

impl Cell {
    /// Turns a value into a cell: null is absent, unknown is unknown.
    pub fn from_value(value: Value) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::Unknown(unknown) => Self::Unknown(unknown),
            other => Self::Known(other),
        }
    }

    /// An unknown for this reason.
    pub fn unknown(reason: UnknownReason) -> Self {
        Self::Unknown(Arc::new(Unknown::new(reason)))
    }

    /// The known value.
    pub fn known(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// The cell as a value: absent is `None`.
    pub fn to_value(&self) -> Option<Value> {
        match self {
            Self::Known(value) => Some(value.clone()),
            Self::Absent => None,
            Self::Unknown(unknown) => Some(Value::Unknown(unknown.clone())),
        }
    }
}

/// How far a default can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Stated by AWS or provider documentation, or trivially absent.
    Documented,
    /// Nobody verified it: it may produce a fail, never a pass.
    Unverified,
}

/// Where an attribute's value comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// Native path at the resource that wrote it; `None` when nobody did.
    pub native_path: Option<AttributePath>,
    /// The satellite that wrote it, when it is not the resource itself.
    pub from: Option<ResourceId>,
    /// True when the author wrote it, false when it is a default.
    pub declared: bool,
    /// For an unknown: whether somebody wrote it is not known either, because what may write it is conditional, of
    /// unknown parent, or outside of the input.
    pub maybe_declared: bool,
    /// For a default: how far it can be trusted.
    pub evidence: Option<Evidence>,
    /// For a map (tags): set when it may hold more keys than the known ones.
    pub open: Option<Arc<Unknown>>,
    /// For elements of a merged list (security-group rules, policy statements): where each element was written.
    pub elements: Vec<(ResourceId, AttributePath)>,
}

/// An attribute with its provenance.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The value.
    pub cell: Cell,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A derived fact with the place it was derived from, for example `tag Environment` or `--environment`.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// The fact.
    pub cell: Cell,
    /// In words, what it was derived from.
    pub from: Arc<str>,
}

impl Derived {
    /// Nothing says it.
    pub fn absent() -> Self {
        Self {
            cell: Cell::Absent,
            from: "".into(),
        }
    }

    /// The text, when it is known.
    pub fn as_str(&self) -> Option<&str> {
        self.cell.known().and_then(Value::as_str)
    }

    /// The text as reports may show it.
    pub fn shown(&self) -> Option<&str> {
        let sensitive = self.cell.known().is_some_and(Value::has_sensitive);
        if sensitive { Some(REDACTED) } else { self.as_str() }
    }
}

/// Account, Region and the organisation's context of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// 12-digit account id.
    pub account: Derived,
    /// Region, `aws-global` for global services.
    pub region: Derived,
    /// Environment after alias resolution (`production` is `prod`).
    pub environment: Derived,
    /// Owner.
    pub owner: Derived,
    /// Workload.
    pub workload: Derived,
    /// Data classification.
    pub data_classification: Derived,
    /// Change id.
    pub change_id: Derived,
}

impl Default for Context {
    fn default() -> Self {
        let absent = Derived::absent;
        Self {
            account: absent(),
            region: absent(),
            environment: absent(),
            owner: absent(),
            workload: absent(),
            data_classification: absent(),
            change_id: absent(),
        }
    }
}

/// How an edge between two resources was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeOrigin {
    /// The source refers to it.
    Reference,
    /// A literal equals one of its keys.
    Literal,
    /// Same account, Region and name.
    Name,
    /// A wildcard or a condition on tags covers it.
    Pattern,
    /// The recording says so.
    Recorded,
}

impl EdgeOrigin {
    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Literal => "literal",
            Self::Name => "name",
            Self::Pattern => "pattern",
            Self::Recorded => "recorded",
        }
    }
}

/// An edge to another resource of the same inventory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Position of the other resource in [`Inventory::resources`].
    pub to: usize,
    /// How it was found.
    pub by: EdgeOrigin,
}

/// The resources joined under one relation name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relation {
    /// The joined resources, in inventory order.
    pub edges: Vec<Edge>,
    /// Set when there may be more than the edges tell.
    pub open: Option<Arc<Unknown>>,
}

/// A resource in the canonical vocabulary.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Identity; unique in its input.
    pub id: ResourceId,
    /// The name part of the address, or the logical id.
    pub name: Arc<str>,
    /// Terraform type name on every source; the native type when the typemap does not know it.
    pub resource_type: Arc<str>,
    /// The types it can be, when what tells them apart was not recorded; empty when `resource_type` is certain.
    pub possible_types: Vec<Arc<str>>,
    /// What stands for native attributes that may exist and were not recorded; for types without a kind only.
    pub unlisted: Option<Arc<Unknown>>,
    /// Canonical kind, when the typemap knows the type.
    pub kind: Option<Arc<str>>,
    /// Family that `scope.resourceTypes` names.
    pub family: Option<Arc<str>>,
    /// The type as the input spells it.
    pub native_type: Arc<str>,
    /// Whose names `native` uses.
    pub source: SourceKind,
    /// The untouched attributes of the input.
    pub native: Arc<Value>,
    /// Account, Region, environment and the like.
    pub context: Context,
    /// Effective tags: a map (values may be unknown), or unknown as a whole.
    pub tags: Attribute,
    /// Canonical attributes by name: effective values.
    pub attributes: BTreeMap<Arc<str>, Attribute>,
    /// Cross-family facts by name.
    pub facets: BTreeMap<Arc<str>, Attribute>,
    /// Joined resources by relation name.
    pub related: BTreeMap<Arc<str>, Relation>,
    /// What the change does.
    pub change: Option<Change>,
    /// What will be of it.
    pub lifecycle: Lifecycle,
    /// The undecidable condition under which it exists, in words.
    pub condition: Option<Arc<str>>,
    /// The satellites folded into it.
    pub satellites: Vec<ResourceId>,
    /// True for a satellite whose parent this input does not show: it has the parent's kind, and of the parent's
    /// attributes those that it writes itself. All others are unknown for [`UnknownReason::PartialInput`].
    pub fragment: bool,
    /// Where it was written.
    pub origin: Origin,
}

impl Resource {
    /// The declared (written) attributes only, as rules see them under `declared`. What another resource may have
    /// written is unknown here, and may as well not have been written.
    pub fn declared(&self) -> Map {
        let declared = |attribute: &Attribute| match &attribute.cell {
            Cell::Unknown(unknown) if attribute.provenance.maybe_declared => {
                let maybe = Unknown {
                    non_null: false,
                    domain: None,
                    ..Unknown::clone(unknown)
                };
                Some(maybe.into())
            }
            cell if attribute.provenance.declared => cell.to_value(),
            _ => None,
        };
        self.attributes
            .iter()
            .filter_map(|(name, attribute)| declared(attribute).map(|value| (name.clone(), value)))
            .collect()
    }
}

/// How many of the modules that an input calls could be read: what the others make, nobody sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModuleCalls {
    /// The calls that were evaluated.
    pub evaluated: usize,
    /// All calls that were met, also in modules; what is called in a module that is not there is not among them.
    pub total: usize,
}

impl ModuleCalls {
    /// True when every module was there.
    pub fn is_complete(self) -> bool {
        self.evaluated == self.total
    }
}

/// All resources of one input.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// In the order of the input. Satellites are folded into their parents and stand here only when no parent was found.
    pub resources: Vec<Resource>,
    /// Where each folded satellite was written, so that findings can point at it.
    pub satellite_origins: BTreeMap<ResourceId, Origin>,
    /// The satellites that are only attributes of their parents, as the input spelled them.
    pub folded: Vec<NativeResource>,
    /// Parts of the input whose resources are not here (a nested stack, a module), in words. While there are any,
    /// nothing is missing for certain.
    pub unseen: Vec<Arc<str>>,
}
