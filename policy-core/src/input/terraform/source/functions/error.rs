//! Why a function call fails.

use super::super::cty::{ConversionError, NumberError};
use super::NotRendered;

/// Why a function call fails. Terraform fails in the same cases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FunctionError {
    /// There is no such function.
    #[error("there is no function named `{name}`")]
    NoSuchFunction {
        /// As written.
        name: String,
        /// A function with a similar name.
        similar: Option<&'static str>,
    },
    /// Too few or too many arguments.
    #[error("function `{name}` takes {expected}, not {given}")]
    ArgumentCount {
        /// The function.
        name: &'static str,
        /// For example `2 arguments` or `at least 1 argument`.
        expected: String,
        /// How many were given.
        given: usize,
    },
    /// An argument has the wrong type or a value that the function does not accept.
    #[error("argument `{parameter}` of `{name}`: {message}")]
    Argument {
        /// The function.
        name: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// Position of the argument, from 0.
        index: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The result would be larger than what is computed here. Terraform may well compute it.
    #[error("`{name}`: {message}")]
    TooLarge {
        /// The function.
        name: &'static str,
        /// What would be too large.
        message: String,
    },
    /// The call fails for another reason.
    #[error("`{name}`: {message}")]
    Failed {
        /// The function.
        name: &'static str,
        /// The reason.
        message: String,
    },
}

impl FunctionError {
    /// The position of the argument at fault, from 0, when it is one.
    pub(crate) fn argument(&self) -> Option<usize> {
        match self {
            Self::Argument { index, .. } => Some(*index),
            _ => None,
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::NoSuchFunction {
                similar: Some(similar),
                ..
            } => Some(format!("did you mean `{similar}`?")),
            _ => None,
        }
    }
}

/// A failure inside a function, before it is known which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Argument(usize, String),
    /// A limit of ours, not of Terraform.
    TooLarge(String),
    Other(String),
}

impl Failure {
    pub(super) fn argument(index: usize, message: impl Into<String>) -> Self {
        Self::Argument(index, message.into())
    }

    pub(super) fn other(message: impl Into<String>) -> Self {
        Self::Other(message.into())
    }
}

impl From<NotRendered> for Failure {
    fn from(NotRendered { message, limit }: NotRendered) -> Self {
        if limit {
            Self::TooLarge(message)
        } else {
            Self::Other(message)
        }
    }
}

impl From<NumberError> for Failure {
    fn from(error: NumberError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<ConversionError> for Failure {
    fn from(error: ConversionError) -> Self {
        Self::Other(error.to_string())
    }
}
