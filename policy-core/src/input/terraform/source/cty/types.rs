//! Types.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The type of a Terraform value, or a constraint that values are converted to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Type {
    /// Not known yet (`null` and unknown values), or as a constraint: `any`.
    Dynamic,
    Bool,
    Number,
    String,
    List(Arc<Type>),
    Set(Arc<Type>),
    Map(Arc<Type>),
    Tuple(Arc<Vec<Type>>),
    Object(Arc<BTreeMap<Arc<str>, Attribute>>),
}

/// An attribute of an object type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Attribute {
    pub(crate) ty: Type,
    /// Written `optional(…)`. Only constraints have it; the type of a value never does.
    pub(crate) optional: bool,
}

impl Attribute {
    pub(crate) fn required(ty: Type) -> Self {
        Self { ty, optional: false }
    }

    pub(crate) fn optional(ty: Type) -> Self {
        Self { ty, optional: true }
    }
}

impl Type {
    pub(crate) fn list(element: Type) -> Self {
        Self::List(Arc::new(element))
    }

    pub(crate) fn set(element: Type) -> Self {
        Self::Set(Arc::new(element))
    }

    pub(crate) fn map(element: Type) -> Self {
        Self::Map(Arc::new(element))
    }

    /// An object type of required attributes.
    pub(crate) fn object<K: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Self {
        Self::constraint(
            attributes
                .into_iter()
                .map(|(name, ty)| (name.into(), Attribute::required(ty)))
                .collect(),
        )
    }

    /// An object type whose attributes may be optional.
    pub(crate) fn constraint(attributes: BTreeMap<Arc<str>, Attribute>) -> Self {
        Self::Object(Arc::new(attributes))
    }

    pub(crate) fn tuple(elements: impl IntoIterator<Item = Type>) -> Self {
        Self::Tuple(Arc::new(elements.into_iter().collect()))
    }

    pub(crate) fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// True for lists, sets and maps, whose elements have one type.
    pub(crate) fn is_collection(&self) -> bool {
        self.element().is_some()
    }

    /// The element type of a list, set or map.
    pub(crate) fn element(&self) -> Option<&Type> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    /// True when [`Type::Dynamic`] is in it somewhere.
    pub(crate) fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(attributes) => attributes.values().any(|attribute| attribute.ty.has_dynamic()),
        }
    }

    /// The type that a value converted to this constraint has.
    #[must_use]
    pub(crate) fn without_optional(&self) -> Type {
        match self {
            Self::Dynamic | Self::Bool | Self::Number | Self::String => self.clone(),
            Self::List(element) => Self::list(element.without_optional()),
            Self::Set(element) => Self::set(element.without_optional()),
            Self::Map(element) => Self::map(element.without_optional()),
            Self::Tuple(elements) => Self::tuple(elements.iter().map(Self::without_optional)),
            Self::Object(attributes) => Self::object(
                attributes
                    .iter()
                    .map(|(name, attribute)| (name.clone(), attribute.ty.without_optional())),
            ),
        }
    }

    /// True when a value of this type may turn out to have the type `other` once its dynamic parts are known.
    pub(crate) fn could_become(&self, other: &Type) -> bool {
        match (self, other) {
            (Self::Dynamic, _) => true,
            (Self::List(left), Self::List(right))
            | (Self::Set(left), Self::Set(right))
            | (Self::Map(left), Self::Map(right)) => left.could_become(right),
            (Self::Tuple(left), Self::Tuple(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .zip(&**right)
                        .all(|(left, right)| left.could_become(right))
            }
            (Self::Object(left), Self::Object(right)) => {
                left.len() == right.len()
                    && left.iter().all(|(name, attribute)| {
                        right
                            .get(name)
                            .is_some_and(|other| attribute.ty.could_become(&other.ty))
                    })
            }
            _ => self == other,
        }
    }

    /// What the type is called in messages.
    pub(crate) fn friendly(&self) -> String {
        match self {
            Self::Dynamic => "any type".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Number => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::List(element) => format!("list of {}", element.friendly_element()),
            Self::Set(element) => format!("set of {}", element.friendly_element()),
            Self::Map(element) => format!("map of {}", element.friendly_element()),
            Self::Tuple(_) => "tuple".to_owned(),
            Self::Object(_) => "object".to_owned(),
        }
    }

    fn friendly_element(&self) -> String {
        if *self == Self::Dynamic {
            "any single type".to_owned()
        } else {
            self.friendly()
        }
    }
}

impl fmt::Display for Type {
    /// As a type constraint is written: `object({a=string,b=optional(number)})`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dynamic => f.write_str("any"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (index, element) in elements.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "," };
                    write!(f, "{separator}{element}")?;
                }
                f.write_str("])")
            }
            Self::Object(attributes) => {
                f.write_str("object({")?;
                for (index, (name, attribute)) in attributes.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "," };
                    match attribute.optional {
                        true => write!(f, "{separator}{name}=optional({})", attribute.ty)?,
                        false => write!(f, "{separator}{name}={}", attribute.ty)?,
                    }
                }
                f.write_str("})")
            }
        }
    }
}
