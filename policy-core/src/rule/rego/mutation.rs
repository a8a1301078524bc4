//! Rules that are wrong on purpose. A case that cannot tell the right rule from a wrong one proves less than it seems to:
//! every mutant has to make at least one case fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{ExprKind, Head, Literal, Range, Rule, Statement};
use super::{clauses, load, walk};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

/// What was done to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A condition is taken out: it always holds.
    Dropped,
    /// A condition is turned into its opposite.
    Negated,
    /// One of several definitions of a rule is taken out.
    Removed,
}

impl Change {
    /// Every change.
    pub const ALL: [Self; 3] = [Self::Dropped, Self::Negated, Self::Removed];

    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Negated => "negated",
            Self::Removed => "removed",
        }
    }
}

/// A rule file with one change.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The changed text, under the name of the original, line for line where the original is.
    pub source: Arc<Source>,
    /// What was changed, in the original.
    pub span: Span,
    /// The rule it belongs to.
    pub rule: String,
    /// The text that was changed, with single blanks between its words.
    pub condition: String,
    /// What was done to it.
    pub change: Change,
}

/// Every mutant of a rule file: each condition of a body, an `every` or a comprehension dropped and negated, and each of
/// several definitions of a rule removed. Declarations and iterations are no conditions. Whether a mutant still compiles
/// is for the caller to find out.
///
/// # Errors
/// The file does not parse.
pub fn mutants(source: &Arc<Source>) -> Result<Vec<Mutant>, Diagnostic> {
    let module = load::parse(source)?;
    let mut definitions: BTreeMap<&[Arc<str>], usize> = BTreeMap::new();
    for rule in module
        .rules
        .iter()
        .filter(|rule| !matches!(rule.head, Head::Default(_)))
    {
        *definitions.entry(&rule.name).or_default() += 1;
    }
    let mut found = Vec::new();
    for rule in &module.rules {
        walk::statements(rule, &mut |statement| {
            found.extend(of_statement(source, rule, statement));
        });
        let several = definitions.get(&*rule.name).is_some_and(|count| *count > 1);
        if several && !matches!(rule.head, Head::Default(_)) {
            found.extend(changed(source, rule, rule.range, Change::Removed, |_| {
                String::new()
            }));
        }
    }
    Ok(found)
}

fn of_statement(source: &Arc<Source>, rule: &Rule, statement: &Statement) -> Vec<Mutant> {
    let change =
        |change, replace: fn(&str) -> String| changed(source, rule, statement.range, change, replace);
    let drop = || change(Change::Dropped, |_| "true".to_owned());
    let negate = || match &statement.literal {
        Literal::Not(_) => change(Change::Negated, |text| {
            text.strip_prefix("not").unwrap_or(text).trim_start().to_owned()
        }),
        _ => change(Change::Negated, |text| format!("not {text}")),
    };
    match &statement.literal {
        Literal::Some(_) | Literal::SomeIn { .. } => Vec::new(),
        Literal::Expr(expr) if matches!(expr.kind, ExprKind::Declare(..) | ExprKind::Unify(..)) => Vec::new(),
        // There is no `not every`.
        Literal::Every { .. } => drop().into_iter().collect(),
        Literal::Expr(_) | Literal::Not(_) => drop().into_iter().chain(negate()).collect(),
    }
}

fn changed(
    source: &Arc<Source>,
    rule: &Rule,
    range: Range,
    change: Change,
    replace: impl Fn(&str) -> String,
) -> Option<Mutant> {
    let text = source.text();
    let end = clauses::past_quote(text, range.end);
    let original = text.get(range.start..end)?;
    let replaced = replace(original);
    let lines = |text: &str| text.matches('\n').count();
    let missing = lines(original).saturating_sub(lines(&replaced));
    let mutated = format!(
        "{}{replaced}{}{}",
        text.get(..range.start)?,
        "\n".repeat(missing),
        text.get(end..)?
    );
    Some(Mutant {
        source: Source::new(source.name(), mutated),
        span: Span::new(Arc::clone(source), range.start, end),
        rule: rule.name.join("."),
        condition: original.split_whitespace().collect::<Vec<_>>().join(" "),
        change,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let source = Source::new("rule.rego", format!("package controls.a_001\n\n{text}"));
        let told = mutants(&source).unwrap().into_iter().map(|mutant| {
            let changed: Vec<&str> = mutant
                .source
                .text()
                .lines()
                .zip(source.text().lines())
                .filter(|(new, old)| new != old)
                .map(|(new, _)| new.trim())
                .collect();
            let (line, rule) = (mutant.span.location().line, mutant.rule);
            format!(
                "{line} {rule} {} -> {}",
                mutant.change.as_str(),
                changed.join("/")
            )
        });
        told.collect()
    }

    #[test]
    fn every_condition_is_dropped_and_negated() {
        assert_eq!(
            told(
                "deny contains v if {\n\tsome x in input.a\n\tx.b == \"c\"\n\tnot x.d\n\tv := {\"path\": x.e}\n}\n"
            ),
            [
                "5 deny dropped -> true",
                "5 deny negated -> not x.b == \"c\"",
                "6 deny dropped -> true",
                "6 deny negated -> x.d",
            ]
        );
    }

    #[test]
    fn conditions_inside_of_conditions_are_found() {
        assert_eq!(
            told(
                "deny contains \"m\" if {\n\tevery x in input.a {\n\t\tx > 1\n\t}\n\tcount([y | some y in input.b; y < 2]) > 0\n}\n"
            ),
            [
                "4 deny dropped -> true//",
                "5 deny dropped -> true",
                "5 deny negated -> not x > 1",
                "7 deny dropped -> true",
                "7 deny negated -> not count([y | some y in input.b; y < 2]) > 0",
                "7 deny dropped -> count([y | some y in input.b; true]) > 0",
                "7 deny negated -> count([y | some y in input.b; not y < 2]) > 0",
            ]
        );
    }

    #[test]
    fn one_of_several_definitions_is_removed() {
        assert_eq!(
            told("ok if input.a\n\nok if input.b\n\ndeny contains \"m\" if not ok\n"),
            [
                "3 ok dropped -> ok if true",
                "3 ok negated -> ok if not input.a",
                "3 ok removed -> ",
                "5 ok dropped -> ok if true",
                "5 ok negated -> ok if not input.b",
                "5 ok removed -> ",
                "7 deny dropped -> deny contains \"m\" if true",
                "7 deny negated -> deny contains \"m\" if ok",
            ]
        );
    }
}
