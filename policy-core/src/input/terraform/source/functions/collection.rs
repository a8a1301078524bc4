//! Functions on lists, sets and tuples.

use std::collections::BTreeMap;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::error::Failure;
use super::signature::{Call, Function, Kind, Parameter, any, number, returns};
use crate::input::terraform::source::cty::{Data, Num, Type, Val, convert, equality, merge_unknowns, unify};

const BOOLS: Parameter = Parameter::new("list", Kind::BoolList);
const LIST: Parameter = Parameter::new("list", Kind::List);
const STRINGS: Parameter = Parameter::new("list", Kind::StringList);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("alltrue", &[BOOLS], returns::bool, |call| {
        Ok(quantified(&call, false))
    }),
    Function::new("anytrue", &[BOOLS], returns::bool, |call| {
        Ok(quantified(&call, true))
    }),
    Function::new(
        "chunklist",
        &[LIST.marks(), number("size").marks()],
        list_of_first,
        chunks,
    ),
    Function::new("coalesce", &[], unified, coalesce).variadic(any("vals").null().unknown().untyped()),
    Function::new("coalescelist", &[], coalesced_list, coalesce_list)
        .variadic(any("vals").null().unknown().untyped()),
    Function::new("compact", &[STRINGS], returns::string_list, compact),
    Function::new("concat", &[], concatenated, concat).variadic(any("seqs").marks()),
    Function::new("contains", &[any("list"), any("value")], returns::bool, contains),
    Function::new("distinct", &[LIST], returns::first, distinct),
    Function::new(
        "element",
        &[any("list").marks(), number("index")],
        element_type,
        element,
    )
    .may_be_null(),
    Function::new("flatten", &[any("list").marks()], flattened_type, flatten),
    Function::new("index", &[any("list"), any("value")], returns::number, index_of),
    Function::new(
        "length",
        &[any("value").untyped().unknown().marks()],
        length_type,
        length,
    ),
    Function::new("one", &[any("list")], one_type, one).may_be_null(),
    Function::new("range", &[], |_| Ok(Type::list(Type::Number)), range).variadic(number("params")),
    Function::new("reverse", &[any("list").marks()], reversed_type, reverse),
    Function::new(
        "slice",
        &[any("list").marks(), number("start_index"), number("end_index")],
        sliced_type,
        slice,
    ),
    Function::new("sort", &[STRINGS.unknown()], returns::string_list, sort),
    Function::new(
        "matchkeys",
        &[
            Parameter::new("values", Kind::List),
            Parameter::new("keys", Kind::List),
            Parameter::new("searchset", Kind::List),
        ],
        matched_type,
        match_keys,
    ),
];

fn first(args: &[Val]) -> &Data {
    static NOTHING: Data = Data::Null(Type::Dynamic);
    args.first().map_or(&NOTHING, |argument| &argument.data)
}

/// `alltrue` stops at the first false or null, or unknown; `anytrue` looks for a true one.
fn quantified(call: &Call<'_>, wanted: bool) -> Val {
    let mut undetermined = false;
    for element in call.elements(0) {
        match &element.data {
            Data::Bool(value) if *value == wanted => {
                if wanted {
                    return Val::bool(true);
                }
                return Val::bool(false);
            }
            Data::Null(_) if !wanted => return Val::bool(false),
            Data::Unknown(..) if !wanted => return call.unknown(),
            Data::Unknown(..) => undetermined = true,
            _ => {}
        }
    }
    if undetermined {
        call.unknown()
    } else {
        Val::bool(!wanted)
    }
}

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

fn unified(args: &[Val]) -> Result<Type, Failure> {
    let types: Vec<Type> = args.iter().map(Val::ty).collect();
    unify(&types).ok_or_else(|| Failure::other("all arguments must have the same type"))
}

fn coalesce(mut call: Call<'_>) -> Result<Val, Failure> {
    for index in 0..call.args.len() {
        let argument = convert(call.take(index), &call.returns)?;
        match &argument.data {
            Data::Unknown(_, unknown) => {
                let unknown = (**unknown).clone().non_null();
                return Ok(Val::unknown(call.returns.clone(), unknown.into()));
            }
            Data::Null(_) => {}
            Data::String(text) if text.is_empty() => {}
            _ => return Ok(argument),
        }
    }
    Err(Failure::other("every argument is null or an empty string"))
}

fn coalesced_list(args: &[Val]) -> Result<Type, Failure> {
    let Some(head) = args.first() else {
        return Err(Failure::other("at least one argument is required"));
    };
    for argument in args {
        if !argument.is_known() {
            return Ok(Type::Dynamic);
        }
        if !matches!(argument.ty(), Type::List(_) | Type::Tuple(_)) {
            return Err(Failure::other("all arguments must be lists or tuples"));
        }
    }
    let ty = head.ty();
    Ok(if args.iter().all(|argument| argument.ty() == ty) {
        ty
    } else {
        Type::Dynamic
    })
}

fn coalesce_list(mut call: Call<'_>) -> Result<Val, Failure> {
    for index in 0..call.args.len() {
        let argument = call.take(index);
        if let Data::Unknown(_, unknown) = &argument.data {
            let unknown = (**unknown).clone().non_null();
            return Ok(Val::unknown(call.returns.clone(), unknown.into()));
        }
        if argument
            .as_sequence()
            .is_some_and(|elements| !elements.is_empty())
        {
            return Ok(argument);
        }
    }
    Err(Failure::other("every argument is null or empty"))
}

fn compact(call: Call<'_>) -> Result<Val, Failure> {
    if !call.args.iter().all(Val::is_wholly_known) {
        return Ok(call.unknown());
    }
    let kept = call
        .elements(0)
        .iter()
        .filter(|element| element.as_str().is_some_and(|text| !text.is_empty()));
    Ok(Val::list(Type::String, kept.cloned().collect()))
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
            Type::Tuple(parts) => elements.extend(parts),
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
    Ok(Type::Tuple(elements))
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

fn contains(call: Call<'_>) -> Result<Val, Failure> {
    let [list, wanted] = call.args.as_slice() else {
        return Ok(call.unknown());
    };
    let Some(elements) = list.as_sequence() else {
        return Err(Failure::other("argument must be list, tuple, or set"));
    };
    let mut undetermined = false;
    for element in elements {
        match equality(wanted, element) {
            Some(true) => return Ok(Val::bool(true)),
            Some(false) => {}
            None => undetermined = true,
        }
    }
    Ok(if undetermined {
        call.unknown()
    } else {
        Val::bool(false)
    })
}

fn distinct(mut call: Call<'_>) -> Result<Val, Failure> {
    if !call.args.iter().all(Val::is_wholly_known) {
        return Ok(call.unknown());
    }
    let Data::List(element, values) = call.take(0).data else {
        return Ok(call.unknown());
    };
    // Equal values have the same text; only those are compared, so that long lists stay fast.
    let mut seen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut kept: Vec<Val> = Vec::new();
    for value in values {
        let same = seen.entry(format!("{value:?}")).or_default();
        let repeated = same.iter().any(|index| {
            kept.get(*index)
                .is_some_and(|other| equality(other, &value) == Some(true))
        });
        if !repeated {
            same.push(kept.len());
            kept.push(value);
        }
    }
    Ok(Val::list(element, kept))
}

/// Positions wrap around. Negative ones count from the end of a list; of a tuple, Terraform 1.11 accepts only those
/// that are a multiple of its length.
fn element_position(args: &[Val], length: usize, tuple: bool) -> Result<usize, Failure> {
    let index = args.get(1).and_then(Val::as_number).cloned().unwrap_or_else(|| Num::from_length(0));
    let index = super::signature::whole(&index).map_err(|message| Failure::argument(1, message))?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    if length == 0 {
        return Err(Failure::other("an empty list has no elements"));
    }
    if tuple && index % length < 0 {
        return Err(Failure::argument(1, "must not be negative for a tuple; convert it with `tolist`"));
    }
    Ok(usize::try_from(index.rem_euclid(length)).unwrap_or_default())
}

fn element_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(Type::List(element)) => Ok(*element),
        Some(Type::Tuple(elements)) => {
            if !args.get(1).is_some_and(Val::is_known) {
                return Ok(Type::Dynamic);
            }
            let position = element_position(args, elements.len(), true)?;
            Ok(elements.into_iter().nth(position).unwrap_or(Type::Dynamic))
        }
        Some(other) => Err(Failure::other(format!(
            "{} has no elements by position",
            other.friendly()
        ))),
        None => Ok(Type::Dynamic),
    }
}

fn element(call: Call<'_>) -> Result<Val, Failure> {
    let sensitive = call.args.first().is_some_and(|list| list.sensitive);
    let elements = call.elements(0);
    let tuple = matches!(first(&call.args), Data::Tuple(_));
    let position = element_position(&call.args, elements.len(), tuple)?;
    match elements.get(position) {
        Some(element) => Ok(element.clone().marked(sensitive)),
        None => Ok(call.unknown()),
    }
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
        let uncertain_length = matches!(sequence.data, Data::Set(..)) && {
            let length = sequence.as_sequence().map_or(0, <[Val]>::len);
            length > 1 && !sequence.is_wholly_known()
        };
        self.known &= !uncertain_length;
        let (Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements)) = sequence.data else {
            self.known = false;
            return;
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

fn index_of(call: Call<'_>) -> Result<Val, Failure> {
    let [list, wanted] = call.args.as_slice() else {
        return Ok(call.unknown());
    };
    let elements = match &list.data {
        Data::List(_, elements) | Data::Tuple(elements) => elements,
        _ => return Err(Failure::other("argument must be a list or tuple")),
    };
    for (position, element) in elements.iter().enumerate() {
        match equality(element, wanted) {
            Some(true) => return Ok(Val::length(position)),
            Some(false) => {}
            None => return Ok(call.unknown()),
        }
    }
    Err(Failure::other(if elements.is_empty() {
        "the list is empty"
    } else {
        "the list has no such element"
    }))
}

fn length_type(args: &[Val]) -> Result<Type, Failure> {
    match args.first().map(Val::ty) {
        Some(ty @ (Type::Bool | Type::Number)) => Err(Failure::argument(
            0,
            format!(
                "a string, collection or structure is required, not {}",
                ty.friendly()
            ),
        )),
        _ => Ok(Type::Number),
    }
}

fn length(call: Call<'_>) -> Result<Val, Failure> {
    let Some(argument) = call.args.first() else {
        return Ok(call.unknown());
    };
    let sensitive = argument.sensitive;
    let length = match &argument.data {
        Data::Unknown(Type::Tuple(elements), _) => Val::length(elements.len()),
        Data::Unknown(Type::Object(attributes), _) => Val::length(attributes.len()),
        // Unknown elements may turn out to be equal to others.
        Data::Set(_, elements) if elements.len() > 1 && !argument.is_wholly_known() => call.unknown(),
        Data::String(text) => Val::length(text.graphemes(true).count()),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
            Val::length(elements.len())
        }
        Data::Map(_, elements) | Data::Object(elements) => Val::length(elements.len()),
        _ => call.unknown(),
    };
    Ok(length.marked(sensitive))
}

fn one_type(args: &[Val]) -> Result<Type, Failure> {
    let wrong = || Failure::argument(0, "must be a list, set or tuple of no or one element");
    match args.first().map(Val::ty) {
        Some(Type::List(element) | Type::Set(element)) => Ok(*element),
        Some(Type::Tuple(mut elements)) if elements.len() < 2 => Ok(elements.pop().unwrap_or(Type::Dynamic)),
        _ => Err(wrong()),
    }
}

fn one(call: Call<'_>) -> Result<Val, Failure> {
    match call.elements(0) {
        [] => Ok(Val::null(call.returns.clone())),
        [only] => Ok(only.clone()),
        _ if matches!(first(&call.args), Data::Set(..)) && !call.args.iter().all(Val::is_wholly_known) => {
            Ok(call.unknown())
        }
        _ => Err(Failure::argument(
            0,
            "must be a list, set or tuple of no or one element",
        )),
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
    if step.is_zero() {
        return Err(Failure::argument(2, "must not be zero"));
    }
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
        Some(Type::Tuple(elements)) => Ok(Type::Tuple(elements.into_iter().rev().collect())),
        Some(Type::List(element) | Type::Set(element)) => Ok(Type::List(element)),
        Some(other) => Err(Failure::argument(
            0,
            format!("must be a list or tuple, not {}", other.friendly()),
        )),
        None => Ok(Type::Dynamic),
    }
}

fn reverse(mut call: Call<'_>) -> Result<Val, Failure> {
    let Val { data, sensitive } = call.take(0);
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
            Type::Tuple(elements.get(start..end).unwrap_or_default().to_vec())
        }
        (Type::Tuple(_), _) => Type::Dynamic,
        (list, _) => list,
    })
}

fn slice(mut call: Call<'_>) -> Result<Val, Failure> {
    let (Some(start), Some(end)) = slice_borders(&call.args)? else {
        return Ok(call.unknown());
    };
    let Val { data, sensitive } = call.take(0);
    let between = |elements: Vec<Val>| elements.into_iter().take(end).skip(start).collect();
    let part = match data {
        Data::List(element, elements) => Val::list(element, between(elements)),
        Data::Tuple(elements) => Val::tuple(between(elements)),
        _ => call.unknown(),
    };
    Ok(part.marked(sensitive))
}

fn sort(call: Call<'_>) -> Result<Val, Failure> {
    let Some(list) = call.args.first().and_then(Val::as_sequence) else { return Ok(call.unknown()) };
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

fn matched_type(args: &[Val]) -> Result<Type, Failure> {
    let types: Vec<Type> = args.iter().skip(1).map(Val::ty).collect();
    if unify(&types).is_none() {
        return Err(Failure::other(
            "the keys and the searched set must have the same type",
        ));
    }
    returns::first(args)
}

fn match_keys(mut call: Call<'_>) -> Result<Val, Failure> {
    let types: Vec<Type> = call.args.iter().skip(1).map(Val::ty).collect();
    let common = unify(&types).unwrap_or(Type::Dynamic);
    if call.elements(0).len() != call.elements(1).len() {
        return Err(Failure::other("there must be as many keys as values"));
    }
    let element = call.returns.element().cloned().unwrap_or(Type::Dynamic);
    if call.elements(2).is_empty() {
        return Ok(Val::list(element, Vec::new()));
    }
    let decided = call.args.iter().take(2).all(Val::is_wholly_known);
    if !decided {
        return Ok(call.unknown());
    }
    let searched = convert(call.take(2), &common)?;
    let keys = convert(call.take(1), &common)?;
    let values = call.elements(0);
    let mut matched = Vec::new();
    for (key, value) in keys.as_sequence().unwrap_or_default().iter().zip(values) {
        for wanted in searched.as_sequence().unwrap_or_default() {
            match equality(key, wanted) {
                Some(true) => {
                    matched.push(value.clone());
                    break;
                }
                Some(false) => {}
                // Terraform answers with an empty list here and a plan then shows that; later it may be another.
                None => return Ok(Val::unknown(call.returns.clone(), merge_unknowns([&searched]))),
            }
        }
    }
    Ok(Val::list(element, matched))
}
