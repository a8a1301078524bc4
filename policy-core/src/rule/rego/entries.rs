//! The definitions of a control that are evaluated: `deny`, `violation` and `warn`.

use std::sync::Arc;

use regorus::Engine;

use super::analysis::{Analysis, analyse};
use super::ast::{Head, Module, Rule};
use super::clauses;
use super::convert::{Secrets, to_rego};
use super::failure::COPY_SUFFIX;
use super::program::{DataPath, Program};
use super::worker::{Clause, CompiledRule};
use crate::control::Control;
use crate::diagnostic::Diagnostic;
use crate::rule::codes;
use crate::rule::reads::ReadSet;
use crate::source::Source;
use crate::value::Value;

/// The sets whose elements are violations. The second name is what rules written for other tools use.
const DENY: [&str; 2] = ["deny", "violation"];
const WARN: &str = "warn";

/// Where a definition stands: its module and its position in it.
type Position = (usize, usize);

pub(super) struct Entries {
    package: DataPath,
    deny: Vec<Position>,
    warn: Vec<Position>,
    /// What the names of the copies begin with; no rule of the control is called like that.
    prefix: String,
}

impl Entries {
    /// Finds the definitions of a control among the modules from position `own` on.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn find(program: &Program, own: usize, control: &Control) -> Result<Self, Vec<Diagnostic>> {
        let package: DataPath = control.package.split('.').map(Into::into).collect();
        let mut prefix = "policy__".to_owned();
        while program
            .paths()
            .any(|(path, _)| path.iter().any(|name| name.starts_with(&prefix)))
        {
            prefix.push('_');
        }
        let mut entries = Self {
            package,
            deny: Vec::new(),
            warn: Vec::new(),
            prefix,
        };
        let mut problems = Vec::new();
        for name in DENY.into_iter().chain([WARN]) {
            let path: DataPath = entries.package.iter().cloned().chain([name.into()]).collect();
            let below = program.below(&path).flat_map(|path| program.definitions(path));
            for position in program.definitions(&path).iter().chain(below) {
                let Some((_, rule)) = program.rule(*position).filter(|_| position.0 >= own) else {
                    continue;
                };
                if matches!(rule.head, Head::Set(Some(_))) && rule.keys.is_empty() && rule.name.len() == 1 {
                    let definitions = if name == WARN {
                        &mut entries.warn
                    } else {
                        &mut entries.deny
                    };
                    definitions.push(*position);
                } else {
                    let problem =
                        Diagnostic::new(&codes::RGO004, format!("`{name}` is not a set of violations"));
                    let problem = match program.span(*position) {
                        Some(span) => problem.at(&span),
                        None => problem,
                    };
                    problems.push(problem.help(format!("write `{name} contains violation if {{ … }}`")));
                }
            }
        }
        if entries.deny.is_empty() && problems.is_empty() {
            let message = format!("package `{}` has no rule `deny`", control.package);
            let place = program
                .modules
                .get(own)
                .map(|module| module.package_range.span(&module.source));
            let problem =
                Diagnostic::new(&codes::RGO004, message).at(place.as_ref().unwrap_or(&control.span));
            problems.push(problem.help("write `deny contains violation if { … }`"));
        }
        if problems.is_empty() {
            Ok(entries)
        } else {
            Err(problems)
        }
    }

    /// The texts to add to the engine for the module at `position`, with the check that each has to pass once parsed.
    pub(super) fn copies<'p>(&self, program: &'p Program, position: usize) -> Vec<Copy<'p>> {
        let Some(module) = program.modules.get(position) else {
            return Vec::new();
        };
        let together = self
            .deny
            .iter()
            .map(|definition| (*definition, self.together("deny")));
        let together = together.chain(
            self.warn
                .iter()
                .map(|definition| (*definition, self.together(WARN))),
        );
        let alone = self
            .deny
            .iter()
            .enumerate()
            .map(|(index, definition)| (*definition, self.alone(index)));
        let here = |named: Vec<(Position, String)>| -> Vec<(&'p Rule, String)> {
            let here = named
                .into_iter()
                .filter(|(definition, _)| definition.0 == position);
            here.filter_map(|(definition, name)| Some((program.rule(definition)?.1, name)))
                .collect()
        };
        let sets = [here(together.collect()), here(alone.collect())];
        let made = sets
            .into_iter()
            .filter(|rules| !rules.is_empty())
            .map(|rules| Copy { module, rules });
        made.collect()
    }

    /// The name under which the copies of all definitions of a set are added up.
    fn together(&self, set: &str) -> String {
        format!("{}{set}", self.prefix)
    }

    /// The name of the copy of one definition of `deny`.
    fn alone(&self, index: usize) -> String {
        format!("{}{index}", self.prefix)
    }

    /// Finds out what the definitions read.
    ///
    /// # Errors
    /// What the analysis cannot accept.
    pub(super) fn analyse(
        &self,
        program: &Program,
        control: &Control,
        engine: Engine,
        sources: Vec<Arc<Source>>,
        notices: &mut Vec<Diagnostic>,
    ) -> CompiledRule {
        let entry = |name: &str| rule_path(&self.package, name);
        let parameters = control.parameters.clone();
        let mut reads_of = |position: Position| {
            let Analysis {
                reads,
                notices: found,
            } = analyse(program, &parameters, position);
            notices.extend(found);
            if let (true, Some(span)) = (reads.is_everything(), program.span(position)) {
                let message = "the rule reads a whole resource, not attributes of it";
                notices.push(Diagnostic::new(&codes::RGO102, message).at(&span));
            }
            reads
        };
        let mut deciding = ReadSet::default();
        let mut clauses = Vec::new();
        for (index, position) in self.deny.iter().enumerate() {
            let reads = reads_of(*position);
            deciding.extend(&reads);
            clauses.push(Clause {
                entry: entry(&self.alone(index)),
                reads,
            });
        }
        let mut warning = ReadSet::default();
        for position in &self.warn {
            warning.extend(&reads_of(*position));
        }
        let mut reads = deciding.clone();
        reads.extend(&warning);
        CompiledRule {
            id: control.id.clone(),
            engine,
            deny: entry(&self.together("deny")),
            warn: (!self.warn.is_empty()).then(|| entry(&self.together(WARN))),
            clauses,
            deciding,
            warning,
            reads,
            parameters: to_rego(&Value::Map(parameters), &mut Secrets::default()),
            sources,
        }
    }
}

/// Rules of one module to be copied.
pub(super) struct Copy<'p> {
    module: &'p Module,
    rules: Vec<(&'p Rule, String)>,
}

impl Copy<'_> {
    /// The text of the copy, under the name that marks it as one.
    pub(super) fn source(&self) -> Option<Arc<Source>> {
        let text = clauses::text(self.module, &self.rules)?;
        Some(Source::new(
            format!("{}{COPY_SUFFIX}", self.module.source.name()),
            text,
        ))
    }

    /// True when the parsed copy says what the originals say.
    pub(super) fn is_faithful(&self, copy: &Module) -> bool {
        clauses::is_faithful(copy, &self.rules)
    }
}

/// The path of a rule as the engine takes it.
fn rule_path(package: &[Arc<str>], name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut path = "data".to_owned();
    for segment in package.iter().map(|segment| &**segment).chain([name]) {
        if segment.chars().all(plain) && !segment.starts_with(|c: char| c.is_ascii_digit()) {
            path.push('.');
            path.push_str(segment);
        } else {
            path.push_str(&format!("[{}]", serde_json::Value::from(segment)));
        }
    }
    path
}
