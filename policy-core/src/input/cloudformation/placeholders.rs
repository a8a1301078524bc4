//! Replacing the placeholders of a loop, `${Identifier}` and `&{Identifier}`, in keys and texts.

use std::sync::Arc;

/// What an identifier stands for in one turn of a loop.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) identifier: Arc<str>,
    pub(super) element: Element,
}

/// An element of the list a loop runs over.
#[derive(Clone, Debug)]
pub(super) enum Element {
    Known(Arc<str>),
    /// It is not known; this is the name that refers to it. With `&` behind it, to its alphanumeric part.
    Open(Arc<str>),
}

/// A text after replacement.
pub(super) struct Name {
    pub(super) text: Arc<str>,
    /// The element that is not known, when a placeholder for one is in the text.
    pub(super) open: Option<Arc<str>>,
}

/// The pattern of an `Fn::Sub` after replacement.
pub(super) struct Pattern {
    pub(super) text: Arc<str>,
    /// True when variables other than placeholders are in it.
    pub(super) other: bool,
}

/// A name or key: placeholders of unknown elements stay as they are.
pub(super) fn in_name(text: &Arc<str>, bindings: &[Binding]) -> Name {
    let mut open = None;
    let text = replace(text, bindings, |piece| match piece {
        Piece::Element(Element::Known(value), bare) => Some(spelled(value, bare)),
        Piece::Element(Element::Open(variable), _) => {
            open = Some(variable.clone());
            None
        }
        Piece::Other | Piece::Inner => None,
    });
    Name { text, open }
}

/// A text that is no pattern. When an unknown element is in it the result is a pattern for `Fn::Sub`.
pub(super) fn in_text(text: &Arc<str>, bindings: &[Binding]) -> Name {
    let named = in_name(text, bindings);
    if named.open.is_none() {
        return named;
    }
    let mut inside = None;
    let text = replace_nested(text, bindings, |piece, depth| match piece {
        Piece::Element(Element::Known(value), bare) => Some(literal(&spelled(value, bare))),
        Piece::Element(Element::Open(variable), bare) => {
            if depth > 0 {
                inside = Some(variable.clone());
            }
            Some(variable_of(variable, bare))
        }
        // Whatever else looks like a variable is a text here.
        Piece::Other => Some("${!".to_owned()),
        Piece::Inner => None,
    });
    let text = match inside {
        // No pattern spells a text with `${` around a variable. Nothing is known about the whole.
        Some(variable) => variable_of(&variable, true).into(),
        None => text,
    };
    Name { text, ..named }
}

/// The pattern of an `Fn::Sub`. Inside another variable the placeholder of an unknown element is part of a name and
/// stays as it is.
pub(super) fn in_sub(text: &Arc<str>, bindings: &[Binding]) -> Pattern {
    let mut other = false;
    let text = replace_nested(text, bindings, |piece, depth| match piece {
        Piece::Element(Element::Known(value), bare) if depth == 0 => Some(literal(&spelled(value, bare))),
        Piece::Element(Element::Known(value), bare) => Some(spelled(value, bare)),
        Piece::Element(Element::Open(variable), bare) if depth == 0 => Some(variable_of(variable, bare)),
        Piece::Element(Element::Open(_), _) | Piece::Inner => None,
        Piece::Other => {
            other = true;
            None
        }
    });
    Pattern { text, other }
}

/// An element as a part of a text; `&{…}` drops what is not alphanumeric.
fn spelled(value: &str, bare: bool) -> String {
    if bare {
        value.chars().filter(char::is_ascii_alphanumeric).collect()
    } else {
        value.to_owned()
    }
}

/// A text as `Fn::Sub` leaves it alone.
fn literal(text: &str) -> String {
    text.replace("${", "${!")
}

fn variable_of(name: &str, bare: bool) -> String {
    format!("${{{name}{}}}", if bare { "&" } else { "" })
}

/// What stands at a place where a variable may begin.
enum Piece<'b> {
    /// A placeholder; true when it is spelled `&{…}`.
    Element(&'b Element, bool),
    /// `${` of something else.
    Other,
    /// `&{` of something else.
    Inner,
}

fn replace(
    text: &Arc<str>,
    bindings: &[Binding],
    mut with: impl FnMut(Piece<'_>) -> Option<String>,
) -> Arc<str> {
    replace_nested(text, bindings, |piece, _| with(piece))
}

/// Walks over the text once; `with` gives what stands in place of a piece, or `None` to leave it.
fn replace_nested(
    text: &Arc<str>,
    bindings: &[Binding],
    mut with: impl FnMut(Piece<'_>, usize) -> Option<String>,
) -> Arc<str> {
    if bindings.is_empty() || !text.contains('{') {
        return text.clone();
    }
    let mut result = String::with_capacity(text.len());
    let mut rest: &str = text;
    let mut depth = 0_usize;
    while let Some(at) = rest.find(['$', '&', '}']) {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        result.push_str(before);
        let (sign, inner) = tail.split_at_checked(1).unwrap_or((tail, ""));
        if sign == "}" {
            depth = depth.saturating_sub(1);
        }
        let Some(inner) = inner.strip_prefix('{').filter(|_| sign != "}") else {
            result.push_str(sign);
            rest = inner;
            continue;
        };
        let element = inner.split_once('}').and_then(|(name, behind)| {
            let name = name.trim();
            let innermost = bindings.iter().rev();
            let mut named = innermost.filter(|binding| &*binding.identifier == name);
            named.next().map(|binding| (&binding.element, behind))
        });
        let bare = sign == "&";
        match element {
            Some((element, behind)) => {
                match with(Piece::Element(element, bare), depth) {
                    Some(text) => result.push_str(&text),
                    None => {
                        let written = tail.len() - behind.len();
                        result.push_str(
                            tail.split_at_checked(written)
                                .map_or(tail, |(written, _)| written),
                        );
                    }
                }
                rest = behind;
            }
            None => {
                let piece = if bare { Piece::Inner } else { Piece::Other };
                if !bare {
                    // `${!Name}` and names of other variables: what is inside is looked at too.
                    let text = with(piece, depth).unwrap_or_else(|| "${".to_owned());
                    result.push_str(&text);
                    depth += 1;
                } else {
                    result.push_str("&{");
                }
                rest = inner;
            }
        }
    }
    result.push_str(rest);
    result.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bindings() -> Vec<Binding> {
        let known = |identifier: &str, value: &str| Binding {
            identifier: identifier.into(),
            element: Element::Known(value.into()),
        };
        vec![
            known("A", "10.0/8"),
            known("B", "x"),
            known("D", "${B}"),
            Binding {
                identifier: "O".into(),
                element: Element::Open("Fn::ForEach::L".into()),
            },
        ]
    }

    #[test]
    fn placeholders() {
        let table = [
            // written, as a name, as a text, as a pattern
            ("plain", "plain", "plain", "plain"),
            ("Net${A}", "Net10.0/8", "Net10.0/8", "Net10.0/8"),
            ("Net&{A}", "Net1008", "Net1008", "Net1008"),
            ("${A}${B}", "10.0/8x", "10.0/8x", "10.0/8x"),
            ("${ B }", "x", "x", "x"),
            ("${C}-${B}", "${C}-x", "${C}-x", "${C}-x"),
            ("${!B}", "${!B}", "${!B}", "${!B}"),
            ("$B &B {B} ${B", "$B &B {B} ${B", "$B &B {B} ${B", "$B &B {B} ${B"),
            ("${D}", "${B}", "${B}", "${!B}"),
            ("T${O}", "T${O}", "T${Fn::ForEach::L}", "T${Fn::ForEach::L}"),
            ("T&{O}", "T&{O}", "T${Fn::ForEach::L&}", "T${Fn::ForEach::L&}"),
            (
                "${C}${O}",
                "${C}${O}",
                "${!C}${Fn::ForEach::L}",
                "${C}${Fn::ForEach::L}",
            ),
            (
                "${T${O}.Arn}",
                "${T${O}.Arn}",
                "${Fn::ForEach::L&}",
                "${T${O}.Arn}",
            ),
            ("${T${B}.Arn}", "${Tx.Arn}", "${Tx.Arn}", "${Tx.Arn}"),
            (
                "${O}${B}${D}",
                "${O}x${B}",
                "${Fn::ForEach::L}x${!B}",
                "${Fn::ForEach::L}x${!B}",
            ),
        ];
        let bindings = bindings();
        for (written, name, text, pattern) in table {
            let written: Arc<str> = written.into();
            assert_eq!(&*in_name(&written, &bindings).text, name, "name {written}");
            assert_eq!(&*in_text(&written, &bindings).text, text, "text {written}");
            assert_eq!(&*in_sub(&written, &bindings).text, pattern, "pattern {written}");
        }
    }

    #[test]
    fn the_innermost_loop_counts() {
        let mut bindings = bindings();
        bindings.push(Binding {
            identifier: "B".into(),
            element: Element::Known("inner".into()),
        });
        assert_eq!(&*in_name(&"${B}".into(), &bindings).text, "inner");
    }
}
