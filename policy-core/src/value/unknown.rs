//! What is known about a value that is not known.

use std::sync::Arc;

use super::Value;

/// Why a value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnknownReason {
    /// It refers to an attribute of another resource that is known after apply.
    Reference,
    /// Nobody wrote it; the service or the provider decides.
    ComputedDefault,
    /// The typemap has a default that no documentation confirms; it may not produce a pass.
    UnverifiedDefault,
    /// Nobody wrote it, or a `dynamic` block did whose number of blocks is not known: a Terraform plan does not tell.
    MaybeDynamic,
    /// A Terraform variable or local without a known value.
    Variable,
    /// A CloudFormation parameter without a value.
    Parameter,
    /// A CloudFormation condition that cannot be decided.
    Condition,
    /// A data source that is read during apply.
    DataSource,
    /// `Fn::ImportValue` or another stack's output.
    Import,
    /// `{{resolve:…}}`: read by the service at deployment.
    DynamicReference,
    /// An expression that is not evaluated.
    Expression,
    /// A satellite resource exists whose parent could not be determined; it may belong to this resource.
    MaybeSatellite,
    /// The recording left it out.
    NotRecorded,
    /// The input shows only a part of the account.
    PartialInput,
}

impl UnknownReason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Reference,
        Self::ComputedDefault,
        Self::UnverifiedDefault,
        Self::MaybeDynamic,
        Self::Variable,
        Self::Parameter,
        Self::Condition,
        Self::DataSource,
        Self::Import,
        Self::DynamicReference,
        Self::Expression,
        Self::MaybeSatellite,
        Self::NotRecorded,
        Self::PartialInput,
    ];

    /// The word used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::ComputedDefault => "computed_default",
            Self::UnverifiedDefault => "unverified_default",
            Self::MaybeDynamic => "maybe_dynamic",
            Self::Variable => "variable",
            Self::Parameter => "parameter",
            Self::Condition => "condition",
            Self::DataSource => "data_source",
            Self::Import => "import",
            Self::DynamicReference => "dynamic_reference",
            Self::Expression => "expression",
            Self::MaybeSatellite => "maybe_satellite",
            Self::NotRecorded => "not_recorded",
            Self::PartialInput => "partial_input",
        }
    }
}

/// What is known about an unknown value.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// Why it is unknown.
    pub reason: UnknownReason,
    /// What it depends on, as written in the input: addresses, variables, parameters, conditions.
    pub refs: Vec<Arc<str>>,
    /// True when the value is certainly there (an id, an ARN), only not known.
    pub non_null: bool,
    /// The values it can take, when they are finitely many.
    pub domain: Option<Domain>,
    /// What is known of it when it is a text put together from known and unknown parts; empty when nothing is.
    pub text: Vec<TextPart>,
}

/// A part of a text that is not known as a whole, such as the parts of `${aws_s3_bucket.logs.arn}/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    /// Written as it is.
    Known(Arc<str>),
    /// What names one thing that is not known before it exists or before somebody deploys: the name, id or ARN of a
    /// resource, an account, a Region. In the order of [`Unknown::refs`], where these are as many.
    Identity,
    /// Anything else.
    Open,
}

impl Unknown {
    /// An unknown of which nothing but the reason is known.
    pub fn new(reason: UnknownReason) -> Self {
        Self {
            reason,
            refs: Vec::new(),
            non_null: false,
            domain: None,
            text: Vec::new(),
        }
    }

    /// Names what the value depends on.
    #[must_use]
    pub fn with_refs(mut self, refs: impl IntoIterator<Item = Arc<str>>) -> Self {
        self.refs = refs.into_iter().collect();
        self
    }

    /// Says that the value will not be null.
    #[must_use]
    pub fn non_null(mut self) -> Self {
        self.non_null = true;
        self
    }

    /// Says which parts of the text are known.
    #[must_use]
    pub fn with_text(mut self, text: impl IntoIterator<Item = TextPart>) -> Self {
        self.text = text.into_iter().collect();
        self
    }

    /// Its parts when it becomes a part of a longer text.
    pub fn as_text_parts(&self) -> Vec<TextPart> {
        match self.text.as_slice() {
            [] => vec![TextPart::Open],
            parts => parts.to_vec(),
        }
    }

    /// Restricts the value to a finite set.
    #[must_use]
    pub fn with_domain(mut self, domain: Domain) -> Self {
        self.domain = Some(domain);
        self
    }
}

/// A finite set of values that an unknown can take. Absence is not in it: see [`Unknown::non_null`].
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// `true` or `false`.
    Bool,
    /// One of these; [`Value::Null`] among them means *absent*.
    AnyOf(Vec<Value>),
}
