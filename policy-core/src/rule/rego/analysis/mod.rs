//! Which parts of the input decide a rule: abstract interpretation of its syntax tree.
//!
//! Expressions become [`Abs`]: the places of the input they may stand for, or constants, or containers of those. Uses of
//! places are recorded, never their values, so one pass over the rules answers for every input. Aliases, imports,
//! iteration variables and function parameters are followed because an alias *is* its place. Where Rego can do
//! something this does not follow (`with`, references that are computed), everything counts as read.

mod abs;
mod call;
mod expression;
mod frame;
mod record;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use abs::Abs;
use frame::Frame;
use record::Recorder;

use super::ast::{Head, Range};
use super::program::{DataPath, Program};
use crate::diagnostic::{Code, Diagnostic};
use crate::rule::codes;
use crate::rule::reads::{PathPattern, PatternStep, ReadSet};
use crate::value::{Map, Value};

/// Expressions visited per analysed rule before everything counts as read.
const BUDGET: usize = 200_000;
/// Depth of rules and functions calling each other; the loader refuses deeper ones.
const MAX_CALLS: usize = 250;

/// What the analysis of a rule says.
pub(super) struct Analysis {
    pub(super) reads: ReadSet,
    pub(super) notices: Vec<Diagnostic>,
}

/// Analyses one definition of `deny`, `violation` or `warn` for the control with these parameters.
pub(super) fn analyse(program: &Program, parameters: &Map, position: (usize, usize)) -> Analysis {
    let mut analyser = Analyser {
        program,
        parameters,
        recorder: Recorder::default(),
        rules: BTreeMap::new(),
        calls: Vec::new(),
        depth: 0,
        budget: BUDGET,
        sites: BTreeMap::new(),
        gave_up: false,
        notices: BTreeMap::new(),
        mentions: BTreeMap::new(),
        established: Vec::new(),
    };
    analyser.definition(position);
    analyser.finish()
}

/// A finished function call, for calls with the same arguments.
struct Memo {
    path: DataPath,
    arguments: Vec<Abs>,
    result: Abs,
}

struct Analyser<'a> {
    program: &'a Program,
    parameters: &'a Map,
    recorder: Recorder,
    /// Values of rules that were looked at.
    rules: BTreeMap<DataPath, Abs>,
    calls: Vec<Memo>,
    depth: usize,
    budget: usize,
    /// Numbers of the iterations, by module and place in it.
    sites: BTreeMap<(usize, Range), usize>,
    /// Everything counts as read.
    gave_up: bool,
    notices: BTreeMap<(&'static str, usize, Range), Diagnostic>,
    /// Places that a violation shows, with the first expression that does.
    mentions: BTreeMap<PathPattern, (usize, Range)>,
    /// Places that a condition needs to be there.
    established: Vec<PathPattern>,
}

impl Analyser<'_> {
    fn definition(&mut self, position: (usize, usize)) {
        let program = self.program;
        let Some((_, rule)) = program.rule(position) else {
            return self.give_up();
        };
        let Head::Set(Some(key)) = &rule.head else {
            return self.give_up();
        };
        let queries = rule.bodies.iter().map(|body| Some(&body.query));
        for query in queries.chain(rule.bodies.is_empty().then_some(None)) {
            let mut frame = Frame::new(position.0, true);
            frame.shown = shown(key, query);
            if let Some(query) = query {
                self.query(&mut frame, query);
            }
            let violation = self.expression(&mut frame, key);
            self.recorder.report(&violation);
        }
    }

    fn finish(mut self) -> Analysis {
        for (pattern, (at_module, range)) in std::mem::take(&mut self.mentions) {
            if !self.established.contains(&pattern) && !is_always_there(&pattern) {
                let message = format!(
                    "the violation shows `{pattern}`, which no condition of the rule requires to be there"
                );
                self.notice(&codes::RGO101, (at_module, range), message);
            }
        }
        let reads = if self.gave_up {
            ReadSet::everything()
        } else {
            self.recorder.finish()
        };
        Analysis {
            reads,
            notices: self.notices.into_values().collect(),
        }
    }

    fn give_up(&mut self) {
        self.gave_up = true;
    }

    fn notice(&mut self, code: &'static Code, (module, range): (usize, Range), message: String) {
        let Some(parsed) = self.program.modules.get(module) else {
            return;
        };
        let span = range.span(&parsed.source);
        let help = help(code);
        let make = || {
            let diagnostic = Diagnostic::new(code, message).at(&span);
            if help.is_empty() {
                diagnostic
            } else {
                diagnostic.help(help)
            }
        };
        self.notices.entry((code.id, module, range)).or_insert_with(make);
    }

    /// The member `key` of a value; the parameters of the control are known constants.
    fn member(&self, abs: &Abs, key: &str) -> Abs {
        let mut member = abs.member(key);
        if key == "params" && member.places.remove(&PathPattern::of_keys(["params"])).is_some() {
            member.join(Abs::constant(Value::Map(self.parameters.clone())));
        }
        member
    }

    /// Keys and elements of a value that is iterated at `site`.
    fn elements(&mut self, abs: &Abs, site: abs::Site) -> (Abs, Abs) {
        let (mut keys, mut elements) = abs.own_elements();
        for (pattern, outer) in &abs.places {
            self.recorder.iterate(pattern, outer, site);
            let inherited = outer.iter().map(|outer| outer.or(site)).collect();
            elements.places.insert(pattern.then(PatternStep::Any), inherited);
            keys.keys.insert((pattern.clone(), site));
        }
        (keys, elements)
    }

    fn place(&self, path: &[Arc<str>]) -> Abs {
        path.iter()
            .fold(Abs::place(PathPattern::root(), None), |abs, key| {
                self.member(&abs, key)
            })
    }
}

fn help(code: &Code) -> &'static str {
    match code.id {
        "RGO011" => "bind the value to a variable in the body, and put the variable into the head",
        "RGO101" => "leave it out and give `path`, or test that it is there",
        "RGO103" => "write `not` in front of the attribute instead",
        _ => "",
    }
}

/// The expressions that end up in the violation: the head's key, and the values of the variables in it.
fn shown(key: &super::ast::Expr, query: Option<&super::ast::Query>) -> Vec<Range> {
    use super::ast::{ExprKind, Literal};
    let mut shown = vec![key.range];
    let mut variables = Vec::new();
    collect_variables(key, &mut variables);
    let statements = query.map_or(&[][..], |query| &query.statements);
    // The variables of a violation are rarely chained; three rounds follow `v := {"message": m}`, `m := sprintf(…)`.
    for _ in 0..3 {
        for statement in statements {
            let Literal::Expr(expr) = &statement.literal else {
                continue;
            };
            let (ExprKind::Declare(left, right) | ExprKind::Unify(left, right)) = &expr.kind else {
                continue;
            };
            let ExprKind::Var(name) = &left.kind else { continue };
            let builds = matches!(
                right.kind,
                ExprKind::Object(_) | ExprKind::Call(..) | ExprKind::Array(_)
            );
            if builds && variables.contains(name) && !shown.contains(&right.range) {
                shown.push(right.range);
                collect_variables(right, &mut variables);
            }
        }
    }
    shown
}

fn collect_variables(expr: &super::ast::Expr, into: &mut Vec<Arc<str>>) {
    use super::ast::ExprKind;
    match &expr.kind {
        ExprKind::Var(name) => into.push(name.clone()),
        ExprKind::Array(items) | ExprKind::Set(items) => {
            items.iter().for_each(|item| collect_variables(item, into))
        }
        ExprKind::Object(fields) => fields
            .iter()
            .for_each(|(_, value)| collect_variables(value, into)),
        ExprKind::Call(_, arguments) => arguments.iter().for_each(|item| collect_variables(item, into)),
        _ => {}
    }
}

/// The parts of the envelope that every resource has.
fn is_always_there(pattern: &PathPattern) -> bool {
    let is_key =
        |step: &PatternStep, names: &[&str]| matches!(step, PatternStep::Key(key) if names.contains(&&**key));
    let of_resource = match pattern.steps() {
        [root, name] => is_key(root, &["resource"]).then_some(name),
        [root, PatternStep::Any, name] => is_key(root, &["resources"]).then_some(name),
        [root, related, _, PatternStep::Any, name] => {
            (is_key(root, &["resource"]) && is_key(related, &["related"])).then_some(name)
        }
        _ => None,
    };
    of_resource.is_some_and(|name| {
        is_key(
            name,
            &["id", "type", "name", "tags", "native", "attributes", "facets"],
        )
    })
}
