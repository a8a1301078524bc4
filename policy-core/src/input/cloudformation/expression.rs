//! What a node of a template is: data, or a call of an intrinsic function in one of its spellings.

use std::sync::Arc;

use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;

/// A node, seen with or without its tag. `!Base64 {…}` is a call whose argument is the same node without the tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expression<'n> {
    node: &'n Node,
    bare: bool,
}

/// The functions that are evaluated, or knowingly not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Ref,
    Condition,
    And,
    Base64,
    Cidr,
    Equals,
    FindInMap,
    GetAtt,
    GetAzs,
    If,
    ImportValue,
    Join,
    Length,
    Not,
    Or,
    Select,
    Split,
    Sub,
    ToJsonString,
    Transform,
}

impl Function {
    const ALL: [(&'static str, Self); 20] = [
        ("Ref", Self::Ref),
        ("Condition", Self::Condition),
        ("Fn::And", Self::And),
        ("Fn::Base64", Self::Base64),
        ("Fn::Cidr", Self::Cidr),
        ("Fn::Equals", Self::Equals),
        ("Fn::FindInMap", Self::FindInMap),
        ("Fn::GetAtt", Self::GetAtt),
        ("Fn::GetAZs", Self::GetAzs),
        ("Fn::If", Self::If),
        ("Fn::ImportValue", Self::ImportValue),
        ("Fn::Join", Self::Join),
        ("Fn::Length", Self::Length),
        ("Fn::Not", Self::Not),
        ("Fn::Or", Self::Or),
        ("Fn::Select", Self::Select),
        ("Fn::Split", Self::Split),
        ("Fn::Sub", Self::Sub),
        ("Fn::ToJsonString", Self::ToJsonString),
        ("Fn::Transform", Self::Transform),
    ];

    /// The name of the long form.
    pub(super) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, function)| *function == self)
            .map_or("", |(name, _)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, function)| *function)
    }

    /// The long-form name that `name` is most likely a slip of.
    pub(super) fn nearest(name: &str) -> Option<&'static str> {
        let wanted = name.to_ascii_lowercase();
        Self::ALL
            .iter()
            .map(|(known, _)| {
                (
                    strsim::damerau_levenshtein(&known.to_ascii_lowercase(), &wanted),
                    *known,
                )
            })
            .filter(|(distance, _)| *distance <= 2)
            .min()
            .map(|(_, known)| known)
    }
}

/// What an [`Expression`] turns out to be.
pub(super) enum Form<'n> {
    /// A scalar, list or mapping.
    Data,
    /// A call.
    Call(Function, Expression<'n>),
    /// A call of something else; the name in its long form.
    UnknownFunction(String),
    /// A loop of the `AWS::LanguageExtensions` transform among the keys.
    ForEach(&'n Entry),
    /// `Fn::Transform` among other keys: a macro adds to this mapping.
    Included,
    /// A function that is not the only key of its mapping.
    Mixed(&'n Entry),
}

impl<'n> Expression<'n> {
    pub(super) fn new(node: &'n Node) -> Self {
        Self { node, bare: false }
    }

    /// Tells data from calls.
    pub(super) fn form(self) -> Form<'n> {
        if let Some(tag) = self.tag() {
            let name = if matches!(tag, "Ref" | "Condition") {
                tag.to_owned()
            } else {
                format!("Fn::{tag}")
            };
            let argument = Self {
                node: self.node,
                bare: true,
            };
            return match Function::from_name(&name) {
                Some(function) => Form::Call(function, argument),
                None => Form::UnknownFunction(name),
            };
        }
        match self.entries() {
            [only] if only.key.starts_with("Fn::ForEach::") => Form::ForEach(only),
            [only] if &*only.key == "Ref" => Form::Call(Function::Ref, Self::new(&only.value)),
            [only] if only.key.starts_with("Fn::") => match Function::from_name(&only.key) {
                Some(function) => Form::Call(function, Self::new(&only.value)),
                None => Form::UnknownFunction(only.key.to_string()),
            },
            [_] => Form::Data,
            entries => {
                entries
                    .iter()
                    .find(|entry| entry.key.starts_with("Fn::"))
                    .map_or(Form::Data, |entry| match Function::from_name(&entry.key) {
                        Some(Function::Transform) => Form::Included,
                        _ if entry.key.starts_with("Fn::ForEach::") => Form::ForEach(entry),
                        _ => Form::Mixed(entry),
                    })
            }
        }
    }

    /// `{Condition: Name}`, which is a call inside conditions and data (in IAM statements) everywhere else.
    pub(super) fn condition_argument(self) -> Option<Expression<'n>> {
        match (self.tag(), self.entries()) {
            (Some("Condition"), _) => Some(Self {
                node: self.node,
                bare: true,
            }),
            (None, [only]) if &*only.key == "Condition" => Some(Self::new(&only.value)),
            _ => None,
        }
    }

    /// True for `!Ref AWS::NoValue`.
    pub(super) fn is_no_value(self) -> bool {
        match self.form() {
            Form::Call(Function::Ref, argument) => argument.literal().as_deref() == Some("AWS::NoValue"),
            _ => false,
        }
    }

    fn tag(self) -> Option<&'n str> {
        if self.bare { None } else { self.node.tag.as_deref() }
    }

    pub(super) fn kind(self) -> &'n NodeKind {
        &self.node.kind
    }

    pub(super) fn span(self) -> &'n Span {
        &self.node.span
    }

    pub(super) fn describe(self) -> &'static str {
        self.node.describe()
    }

    pub(super) fn entries(self) -> &'n [Entry] {
        self.node.entries()
    }

    /// The elements when this is a written list, not a call that gives one.
    pub(super) fn items(self) -> Option<&'n [Node]> {
        match (self.tag(), &self.node.kind) {
            (None, NodeKind::Sequence(items)) => Some(items),
            _ => None,
        }
    }

    /// The elements as arguments, when there are as many as `N`.
    pub(super) fn arguments<const N: usize>(self) -> Option<[Expression<'n>; N]> {
        let items: &[Node; N] = self.items()?.try_into().ok()?;
        Some(items.each_ref().map(Self::new))
    }

    /// The text of a written scalar as CloudFormation takes it: booleans in lower case, numbers as spelled.
    pub(super) fn literal(self) -> Option<Arc<str>> {
        match (self.tag(), &self.node.kind) {
            (None, NodeKind::Bool(value)) => Some(if *value { "true" } else { "false" }.into()),
            (None, NodeKind::String(_) | NodeKind::Number(_)) => self.node.scalar_text(),
            _ => None,
        }
    }
}
