//! What a function accepts, and the rules that hold for every call.
//!
//! Terraform declares for each parameter whether it takes null, unknown and untyped values and whether it looks at
//! marks itself; everything else follows from that declaration: arguments are converted to the type of the parameter,
//! an unknown argument makes the result unknown, a sensitive argument makes it sensitive.

use super::FunctionContext;
use super::error::{Failure, FunctionError};
use crate::input::terraform::source::cty::{Data, Num, Type, Val, convert, merge_unknowns};

/// A parameter.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    name: &'static str,
    kind: Kind,
    null: bool,
    unknown: bool,
    untyped: bool,
    marks: bool,
}

/// The type that arguments are converted to.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Any,
    Number,
    String,
    List,
    BoolList,
    StringList,
    Set,
    StringListMap,
}

impl Kind {
    fn ty(self) -> Type {
        match self {
            Self::Any => Type::Dynamic,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::List => Type::list(Type::Dynamic),
            Self::BoolList => Type::list(Type::Bool),
            Self::StringList => Type::list(Type::String),
            Self::Set => Type::set(Type::Dynamic),
            Self::StringListMap => Type::map(Type::list(Type::String)),
        }
    }
}

impl Parameter {
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            null: false,
            unknown: false,
            untyped: false,
            marks: false,
        }
    }

    /// Name, type, and whether it takes null.
    #[cfg(test)]
    pub(super) fn declaration(&self) -> (&'static str, Type, bool) {
        (self.name, self.kind.ty(), self.null)
    }

    /// Takes null.
    pub(super) const fn null(self) -> Self {
        Self { null: true, ..self }
    }

    /// Takes unknown values; the function decides what they mean.
    pub(super) const fn unknown(self) -> Self {
        Self {
            unknown: true,
            ..self
        }
    }

    /// Takes values whose type is not known.
    pub(super) const fn untyped(self) -> Self {
        Self {
            untyped: true,
            ..self
        }
    }

    /// Takes marked values; the function marks its result itself.
    pub(super) const fn marks(self) -> Self {
        Self { marks: true, ..self }
    }
}

pub(super) const fn any(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::Any)
}

pub(super) const fn string(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::String)
}

pub(super) const fn number(name: &'static str) -> Parameter {
    Parameter::new(name, Kind::Number)
}

pub(super) type Body = fn(Call<'_>) -> Result<Val, Failure>;
pub(super) type Returns = fn(&[Val]) -> Result<Type, Failure>;

/// A built-in function.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) variadic: Option<Parameter>,
    /// The type of the result, also when arguments are unknown.
    pub(super) returns: Returns,
    /// The result is never null.
    pub(super) non_null: bool,
    pub(super) body: Body,
}

impl Function {
    pub(super) const fn new(
        name: &'static str,
        parameters: &'static [Parameter],
        returns: Returns,
        body: Body,
    ) -> Self {
        Self {
            name,
            parameters,
            variadic: None,
            returns,
            non_null: true,
            body,
        }
    }

    pub(super) const fn variadic(self, parameter: Parameter) -> Self {
        Self {
            variadic: Some(parameter),
            ..self
        }
    }

    pub(super) const fn may_be_null(self) -> Self {
        Self {
            non_null: false,
            ..self
        }
    }

    /// Checks and converts the arguments and computes the result.
    pub(super) fn call(
        &'static self,
        args: Vec<Val>,
        context: &FunctionContext<'_>,
    ) -> Result<Val, FunctionError> {
        self.check_count(args.len())?;
        let name = self.name;
        let in_argument = |index: usize, parameter: &Parameter, message: String| FunctionError::Argument {
            name,
            parameter: parameter.name,
            index,
            message,
        };
        let mut prepared = Vec::with_capacity(args.len());
        for (index, (argument, parameter)) in args.into_iter().zip(self.parameters_for_all()).enumerate() {
            let converted = convert(argument, &parameter.kind.ty())
                .map_err(|error| in_argument(index, parameter, error.to_string()))?;
            prepared.push(converted);
        }
        let mut sensitive = false;
        let mut undetermined = false;
        let mut waits = false;
        for (index, (argument, parameter)) in prepared.iter_mut().zip(self.parameters_for_all()).enumerate() {
            if !parameter.marks && argument.has_sensitive() {
                sensitive = true;
                let taken = std::mem::replace(argument, Val::null(Type::Dynamic));
                *argument = taken.unmarked_deep().0;
            }
            if argument.is_null() && !parameter.null {
                return Err(in_argument(index, parameter, "must not be null".to_owned()));
            }
            if !parameter.untyped
                && matches!(
                    argument.data,
                    Data::Null(Type::Dynamic) | Data::Unknown(Type::Dynamic, _)
                )
            {
                undetermined = true;
                break;
            }
            waits |= !argument.is_known() && !parameter.unknown;
        }
        let marks =
            sensitive || (undetermined || waits) && prepared.iter().any(|argument| argument.sensitive);
        if undetermined {
            return Ok(self.unknown(Type::Dynamic, &prepared).marked(marks));
        }
        let described = |failure: Failure| match failure {
            Failure::Argument(index, message) => match self.parameters_for_all().nth(index) {
                Some(parameter) => in_argument(index, parameter, message),
                None => FunctionError::Failed { name, message },
            },
            Failure::TooLarge(message) => FunctionError::TooLarge { name, message },
            Failure::Other(message) => FunctionError::Failed { name, message },
        };
        let returns = (self.returns)(&prepared).map_err(described)?;
        if waits {
            return Ok(self.unknown(returns, &prepared).marked(marks));
        }
        let call = Call {
            function: self,
            args: prepared,
            returns,
            context,
        };
        Ok((self.body)(call).map_err(described)?.marked(sensitive))
    }

    fn check_count(&self, given: usize) -> Result<(), FunctionError> {
        let wanted = self.parameters.len();
        let fits = if self.variadic.is_some() {
            given >= wanted
        } else {
            given == wanted
        };
        if fits {
            return Ok(());
        }
        let at_least = if self.variadic.is_some() { "at least " } else { "" };
        let plural = if wanted == 1 { "argument" } else { "arguments" };
        Err(FunctionError::ArgumentCount {
            name: self.name,
            expected: format!("{at_least}{wanted} {plural}"),
            given,
        })
    }

    /// The parameters, the variadic one without end.
    fn parameters_for_all(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().chain(self.variadic.iter().cycle())
    }

    fn unknown(&self, ty: Type, because_of: &[Val]) -> Val {
        let mut unknown = merge_unknowns(because_of);
        if self.non_null {
            unknown = std::sync::Arc::new((*unknown).clone().non_null());
        }
        Val::unknown(ty, unknown)
    }
}

/// A call whose arguments fit the parameters.
pub(super) struct Call<'c> {
    function: &'static Function,
    pub(super) args: Vec<Val>,
    /// The type of the result.
    pub(super) returns: Type,
    pub(super) context: &'c FunctionContext<'c>,
}

impl Call<'_> {
    /// The text of an argument that is a known string.
    pub(super) fn text(&self, index: usize) -> &str {
        self.args.get(index).and_then(Val::as_str).unwrap_or_default()
    }

    /// The value of an argument that is a known number.
    pub(super) fn number(&self, index: usize) -> Num {
        self.args
            .get(index)
            .and_then(Val::as_number)
            .cloned()
            .unwrap_or_else(|| Num::from_length(0))
    }

    /// An argument that must be a whole number.
    pub(super) fn integer(&self, index: usize) -> Result<i64, Failure> {
        whole(&self.number(index)).map_err(|message| Failure::argument(index, message))
    }

    /// The argument, taken out of the call.
    pub(super) fn take(&mut self, index: usize) -> Val {
        match self.args.get_mut(index) {
            Some(argument) => std::mem::replace(argument, Val::null(Type::Dynamic)),
            None => Val::null(Type::Dynamic),
        }
    }

    /// The elements of an argument that is a known list, set or tuple.
    pub(super) fn elements(&self, index: usize) -> &[Val] {
        self.args
            .get(index)
            .and_then(Val::as_sequence)
            .unwrap_or_default()
    }

    /// An unknown result, because of what is unknown in the arguments.
    pub(super) fn unknown(&self) -> Val {
        self.function.unknown(self.returns.clone(), &self.args)
    }
}

/// The number as a machine integer.
pub(super) fn whole(number: &Num) -> Result<i64, String> {
    number
        .as_integer()
        .ok_or_else(|| format!("a whole number between {} and {} is required", i64::MIN, i64::MAX))
}

/// Return types that do not depend on the arguments.
pub(super) mod returns {
    use super::{Failure, Type, Val};

    pub(in super::super) fn any(_: &[Val]) -> Result<Type, Failure> {
        Ok(Type::Dynamic)
    }

    pub(in super::super) fn bool(_: &[Val]) -> Result<Type, Failure> {
        Ok(Type::Bool)
    }

    pub(in super::super) fn number(_: &[Val]) -> Result<Type, Failure> {
        Ok(Type::Number)
    }

    pub(in super::super) fn string(_: &[Val]) -> Result<Type, Failure> {
        Ok(Type::String)
    }

    pub(in super::super) fn string_list(_: &[Val]) -> Result<Type, Failure> {
        Ok(Type::list(Type::String))
    }

    /// The type of the first argument.
    pub(in super::super) fn first(args: &[Val]) -> Result<Type, Failure> {
        Ok(args.first().map_or(Type::Dynamic, Val::ty))
    }
}
