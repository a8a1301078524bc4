//! Functions that make lists and tuples.

use std::sync::Arc;

use super::error::Failure;
use super::signature::{Call, Function, Kind, Parameter, any, number, returns};
use crate::input::terraform::source::cty::{Data, Elements, Num, Type, Val, convert, merge_unknowns, unify};
use crate::value::Unknown;

const LIST: Parameter = Parameter::new("list", Kind::List);
const STRINGS: Parameter = Parameter::new("list", Kind::StringList);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "chunklist",
        &[LIST.marks(), number("size").marks()],
        list_of_first,
        chunks,
    ),
    Function::new("concat", &[], concatenated, concat).variadic(any("seqs").marks()),
    Function::new("flatten", &[any("list").marks()], flattened_type, flatten),
    Function::new("range", &[], |_| Ok(Type::list(Type::Number)), range).variadic(number("params")),
    Function::new("reverse", &[any("list").marks()], reversed_type, reverse),
    Function::new(
        "slice",
        &[
            any("list").marks().unknown(),
            number("start_index"),
            number("end_index"),
        ],
        sliced_type,
        slice,
    ),
    Function::new("sort", &[STRINGS.unknown()], returns::string_list, sort),
];

fn list_of_first(args: &[Val]) -> Result<Type, Failure> {
    returns::first(args).map(Type::list)
}

fn chunks(mut call: Call<'_>) -> Result<Val, Failure> {
    let size = usize::try_from(call.integer(1)?).map_err(|_| Failure::argument(1, "must not be negative"))?;
    let marks = call.args.iter().any(|argument| argument.sensitive);
    let (list, _) = call.take(0).unmarked();
    let ty = list.ty();
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let elements = list.as_sequence().unwrap_or_default();
    let chunks = match (elements.is_empty(), size) {
        (true, _) => Vec::new(),
        (false, 0) => vec![Val::list(element, elements.to_vec())],
        (false, size) => elements
            .chunks(size)
            .map(|chunk| Val::list(element.clone(), chunk.to_vec()))
            .collect(),
    };
    Ok(Val::list(ty, chunks).marked(marks))
}

fn concatenated(args: &[Val]) -> Result<Type, Failure> {
    if args.is_empty() {
        return Err(Failure::other("at least one argument is required"));
    }
    let types: Vec<Type> = args.iter().map(Val::ty).collect();
    if types.iter().all(|ty| matches!(ty, Type::List(_)))
        && let Some(common) = unify(&types)
    {
        return Ok(common);
    }
    let mut elements = Vec::new();
    for (index, (argument, ty)) in args.iter().zip(types).enumerate() {
        match ty {
            Type::Tuple(parts) => elements.extend(parts.iter().cloned()),
            Type::List(element) => match argument.as_sequence() {
                Some(values) => elements.extend(values.iter().map(|_| (*element).clone())),
                None => return Ok(Type::Dynamic),
            },
            other => {
                let message = format!("must be a list or tuple, not {}", other.friendly());
                return Err(Failure::argument(index, message));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(mut call: Call<'_>) -> Result<Val, Failure> {
    let as_list = matches!(call.returns, Type::List(_));
    let mut elements = Vec::new();
    let mut sensitive = false;
    for index in 0..call.args.len() {
        let mut argument = call.take(index);
        if as_list {
            argument = convert(argument, &call.returns)
                .map_err(|error| Failure::argument(index, error.to_string()))?;
        }
        sensitive |= argument.sensitive;
        match argument.data {
            Data::List(_, values) | Data::Tuple(values) => elements.extend(values),
            _ => {}
        }
    }
    let joined = match &call.returns {
        Type::List(element) => Val::list((**element).clone(), elements),
        _ => Val::tuple(elements),
    };
    Ok(joined.marked(sensitive))
}

fn flattened_type(args: &[Val]) -> Result<Type, Failure> {
    let Some(argument) = args.first() else {
        return Ok(Type::Dynamic);
    };
    if !argument.is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    match argument.ty() {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => Ok(Type::Dynamic),
        other => Err(Failure::argument(
            0,
            format!("a list, set or tuple is required, not {}", other.friendly()),
        )),
    }
}

struct Flattened {
    elements: Vec<Val>,
    sensitive: bool,
    known: bool,
}

fn flatten(mut call: Call<'_>) -> Result<Val, Failure> {
    let argument = call.take(0);
    let mut flattened = Flattened {
        elements: Vec::new(),
        sensitive: false,
        known: true,
    };
    let reason = merge_unknowns([&argument]);
    flattened.add_all(argument);
    let result = if flattened.known {
        Val::tuple(flattened.elements)
    } else {
        Val::unknown(Type::Dynamic, (*reason).clone().non_null().into())
    };
    Ok(result.marked(flattened.sensitive))
}

impl Flattened {
    fn add_all(&mut self, sequence: Val) {
        self.sensitive |= sequence.sensitive;
        let certain = sequence.has_certain_length();
        let elements = match sequence.data {
            Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) if certain => {
                elements.into_inner()
            }
            // Only as the argument itself: with something unknown inside, Terraform takes the values of a map.
            Data::Map(_, elements) | Data::Object(elements) => elements.into_inner().into_values().collect(),
            _ => {
                self.known = false;
                return;
            }
        };
        for element in elements {
            match &element.data {
                Data::List(..) | Data::Set(..) | Data::Tuple(_) => self.add_all(element),
                // What it turns out to be may have to be flattened as well.
                Data::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => {
                    self.known = false;
                    self.sensitive |= element.sensitive;
                }
                _ => self.elements.push(element),
            }
        }
    }
}

/// Terraform's own limit.
const LONGEST_RANGE: usize = 1024;

fn range(call: Call<'_>) -> Result<Val, Failure> {
    let zero = Num::from_length(0);
    let towards = |start: &Num, end: &Num| Num::from_integer(if end < start { -1 } else { 1 });
    let (start, end, step) = match call.args.len() {
        1 => (zero.clone(), call.number(0), towards(&zero, &call.number(0))),
        2 => (
            call.number(0),
            call.number(1),
            towards(&call.number(0), &call.number(1)),
        ),
        3 => (call.number(0), call.number(1), call.number(2)),
        _ => return Err(Failure::other("takes one, two or three arguments")),
    };
    let down = step < zero;
    if down && end > start {
        return Err(Failure::argument(
            1,
            "must be below the start when the step is negative",
        ));
    }
    if !down && end < start {
        return Err(Failure::argument(
            1,
            "must be above the start when the step is positive",
        ));
    }
    let mut numbers = Vec::new();
    let mut number = start;
    while if down { number > end } else { number < end } {
        if numbers.len() >= LONGEST_RANGE {
            return Err(Failure::other(format!("makes more than {LONGEST_RANGE} numbers")));
        }
        numbers.push(Val::number(number.clone()));
        number = number.add(&step)?;
    }
    Ok(Val::list(Type::Number, numbers))
}

fn reversed_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(Type::Tuple(elements)) => Ok(Type::tuple(elements.iter().rev().cloned())),
        Some(Type::List(element) | Type::Set(element)) => Ok(Type::List(element)),
        Some(other) => Err(Failure::argument(
            0,
            format!("must be a list or tuple, not {}", other.friendly()),
        )),
        None => Ok(Type::Dynamic),
    }
}

fn reverse(mut call: Call<'_>) -> Result<Val, Failure> {
    let sensitive = call.args.first().is_some_and(|list| list.sensitive);
    if !call.args.iter().all(Val::has_certain_length) {
        return Ok(call.unknown().marked(sensitive));
    }
    let data = call.take(0).data;
    let reversed = match data {
        Data::Tuple(elements) => Val::tuple(elements.into_iter().rev().collect()),
        Data::List(element, elements) | Data::Set(element, elements) => {
            Val::list(element, elements.into_iter().rev().collect())
        }
        _ => call.unknown(),
    };
    Ok(reversed.marked(sensitive))
}

/// The checked borders of a slice, as far as they are known.
fn slice_borders(args: &[Val]) -> Result<(Option<usize>, Option<usize>), Failure> {
    let length = match args.first().map(|list| &list.data) {
        Some(Data::Unknown(Type::Tuple(elements), _)) => Some(elements.len()),
        Some(Data::List(_, elements) | Data::Tuple(elements)) => Some(elements.len()),
        _ => None,
    };
    let border = |index: usize| -> Result<Option<usize>, Failure> {
        let Some(number) = args.get(index).and_then(Val::as_number) else {
            return Ok(None);
        };
        let border = super::signature::whole(number).map_err(|message| Failure::argument(index, message))?;
        let border = usize::try_from(border).map_err(|_| Failure::argument(index, "must not be negative"))?;
        if length.is_some_and(|length| border > length) {
            return Err(Failure::argument(
                index,
                "must not be above the length of the list",
            ));
        }
        Ok(Some(border))
    };
    let (start, end) = (border(1)?, border(2)?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(Failure::argument(1, "must not be above the end"));
    }
    Ok((start, end))
}

fn sliced_type(args: &[Val]) -> Result<Type, Failure> {
    let Some(list) = args.first() else {
        return Ok(Type::Dynamic);
    };
    let ty = list.ty();
    if !matches!(ty, Type::List(_) | Type::Tuple(_)) {
        let message = format!("must be a list or tuple, not {}", ty.friendly());
        return Err(Failure::argument(0, message));
    }
    let borders = slice_borders(args)?;
    Ok(match (ty, borders) {
        (Type::Tuple(elements), (Some(start), Some(end))) => {
            Type::tuple(elements.get(start..end).unwrap_or_default().to_vec())
        }
        (Type::Tuple(_), _) => Type::Dynamic,
        (list, _) => list,
    })
}

/// More elements than an unknown list is taken to have.
const LONGEST_GUESS: usize = 1_000;

fn slice(mut call: Call<'_>) -> Result<Val, Failure> {
    let (Some(start), Some(end)) = slice_borders(&call.args)? else {
        return Ok(call.unknown());
    };
    let Val { data, sensitive } = call.take(0);
    let between = |elements: Elements| elements.into_iter().take(end).skip(start).collect();
    let part = match data {
        Data::List(element, elements) => Val::list(element, between(elements)),
        Data::Tuple(elements) => Val::tuple(between(elements)),
        // Terraform knows no more than that it is unknown. But the call fails unless there are so many elements, and how
        // many subnets there are hangs on `slice(data.aws_availability_zones.x.names, 0, 3)` in half of all networks.
        Data::Unknown(Type::List(element), unknown) if end - start <= LONGEST_GUESS => {
            let mut one = Unknown::new(unknown.reason);
            one.refs.clone_from(&unknown.refs);
            let one = Val::unknown((*element).clone(), one.into());
            Val::list((*element).clone(), vec![one; end - start])
        }
        _ => call.unknown(),
    };
    Ok(part.marked(sensitive))
}

fn sort(call: Call<'_>) -> Result<Val, Failure> {
    let Some(list) = call.args.first().and_then(Val::as_sequence) else {
        return Ok(call.unknown());
    };
    if !list.iter().all(Val::is_known) {
        // Which string comes where is open, but not how many there are.
        let unknown = (*merge_unknowns(list)).clone().non_null();
        let unknown = Val::unknown(Type::String, unknown.into());
        return Ok(Val::list(Type::String, vec![unknown; list.len()]));
    }
    let mut texts: Vec<Arc<str>> = Vec::new();
    for (position, element) in call.elements(0).iter().enumerate() {
        match &element.data {
            Data::String(text) => texts.push(text.clone()),
            _ => return Err(Failure::other(format!("element {position} is null"))),
        }
    }
    texts.sort();
    Ok(Val::list(
        Type::String,
        texts.into_iter().map(|text| Data::String(text).into()).collect(),
    ))
}
