//! From the texts of a catalog to rules that can run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regorus::{Engine, Value as Rego};

use super::ast::{self, Module};
use super::entries::Entries;
use super::failure::{Failure, read};
use super::pool::{parallel, run_on_big_stack};
use super::program::Program;
use super::worker::{CompiledRule, RuleSet};
use super::{lints, scan};
use crate::control::{Catalog, Control, ControlId};
use crate::diagnostic::{Diagnostic, Level};
use crate::rule::codes;
use crate::source::{Source, Span};

/// Compiles the rules of every control of the catalog on up to `jobs` threads, each by itself: one that cannot run takes
/// no other with it. The result does not depend on the number of threads.
///
/// A control whose rule cannot run is not in the set and has a diagnostic of level error.
pub fn compile(catalog: &Catalog, jobs: usize) -> (RuleSet, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut packages: BTreeMap<&str, &ControlId> = BTreeMap::new();
    let mut todo = Vec::new();
    for (id, control) in &catalog.controls {
        if control.rego.is_empty() && !control.rules.iter().any(|rule| &*rule.engine == "rego") {
            continue;
        }
        if let Some(other) = packages.insert(&control.package, id) {
            let message = format!(
                "the package `{}` of {id} is also the one of {other}",
                control.package
            );
            diagnostics.push(Diagnostic::new(&codes::RGO010, message).at(&control.span));
            continue;
        }
        todo.push(control);
    }
    // Parsing and checking recurse as evaluation does, so they too have large stacks.
    let (library, found) = run_on_big_stack(|| Library::load(&catalog.library));
    diagnostics.extend(found);
    let compiled = parallel(jobs, &todo, || (), |(), control| library.compile(control));
    let mut rules = BTreeMap::new();
    for (control, (rule, found)) in todo.iter().zip(compiled) {
        rules.extend(rule.map(|rule| (control.id.clone(), Arc::new(rule))));
        diagnostics.extend(found);
    }
    (
        RuleSet {
            rules: Arc::new(rules),
            library: library.sources().into(),
            ..RuleSet::default()
        },
        distinct(diagnostics),
    )
}

/// What is wrong in the library comes up again with every control that uses it.
fn distinct(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    let key = |diagnostic: &Diagnostic| {
        (
            diagnostic.code.id,
            diagnostic.file().map(str::to_owned),
            diagnostic.location(),
            diagnostic.message.clone(),
        )
    };
    diagnostics
        .into_iter()
        .filter(|diagnostic| seen.insert(key(diagnostic)))
        .collect()
}

/// What all controls share.
struct Library {
    /// The settings of every engine.
    engine: Engine,
    program: Program,
    /// Which other modules each module of the program names, by position.
    needs: Vec<BTreeSet<usize>>,
}

impl Library {
    fn load(sources: &[Arc<Source>]) -> (Self, Vec<Diagnostic>) {
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(true);
        engine.set_gather_prints(true);
        let mut library = Self {
            engine,
            program: Program::default(),
            needs: Vec::new(),
        };
        let mut diagnostics = Vec::new();
        for source in sources {
            match parse(source) {
                Ok(module) => library.program.add(Arc::new(module)),
                // Controls that use the file will miss its functions and say so.
                Err(problem) => diagnostics.push(problem),
            }
        }
        diagnostics.extend(lints::check(&library.program, 0));
        if diagnostics.iter().all(|problem| problem.level != Level::Error) {
            let mut engine = library.engine.clone();
            // What no control uses would be checked by nobody else.
            let checked = add_all(&mut engine, &library.program.modules, &library.sources())
                .and_then(|()| check(&mut engine, &library.sources()));
            diagnostics.extend(checked.err());
        }
        library.needs = (0..library.program.modules.len())
            .map(|position| lints::needs(&library.program, position))
            .collect();
        (library, diagnostics)
    }

    fn sources(&self) -> Vec<Arc<Source>> {
        let modules = self.program.modules.iter();
        modules.map(|module| module.source.clone()).collect()
    }

    /// The rule of a control, unless it cannot run, and what is wrong with it.
    fn compile(&self, control: &Control) -> (Option<CompiledRule>, Vec<Diagnostic>) {
        let mut notices = Vec::new();
        match self.compile_with(control, &mut notices) {
            Ok(rule) => (Some(rule), notices),
            Err(problems) => (None, notices.into_iter().chain(problems).collect()),
        }
    }

    fn compile_with(
        &self,
        control: &Control,
        notices: &mut Vec<Diagnostic>,
    ) -> Result<CompiledRule, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut modules = Vec::new();
        for source in &control.rego {
            match parse(source).and_then(|module| check_package(module, control)) {
                Ok(module) => {
                    if module.legacy {
                        let span = module.package_range.span(source);
                        notices.push(
                            Diagnostic::new(&codes::RGO104, "the rule is written in Rego v0").at(&span),
                        );
                    }
                    modules.push(Arc::new(module));
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let (program, own) = self.program_of(&modules);
        let entries = Entries::find(&program, own, control)?;
        problems.extend(lints::check(&program, own));
        if problems.iter().any(|problem| problem.level == Level::Error) {
            return Err(problems);
        }
        let sources: Vec<_> = program
            .modules
            .iter()
            .map(|module| module.source.clone())
            .collect();
        let engine = self
            .prepare(&program, own, &entries, &sources)
            .map_err(|problem| vec![problem])?;
        let mut found = Vec::new();
        let rule = entries.analyse(&program, control, engine, sources, &mut found);
        if found.iter().any(|problem| problem.level == Level::Error) {
            return Err(found);
        }
        notices.append(&mut found);
        Ok(rule)
    }

    /// The modules of a control after those of the library that they need, and how many those are. An engine prepares
    /// all it has been given, so what is never asked for would be most of the work.
    fn program_of(&self, modules: &[Arc<Module>]) -> (Program, usize) {
        let mut all = self.program.clone();
        modules.iter().for_each(|module| all.add(module.clone()));
        let shared = self.program.modules.len();
        let mut waiting: Vec<usize> = (shared..all.modules.len()).collect();
        let mut needed = BTreeSet::new();
        while let Some(position) = waiting.pop() {
            let named = match self.needs.get(position) {
                Some(named) => named,
                None => &lints::needs(&all, position),
            };
            waiting.extend(named.iter().filter(|position| needed.insert(**position)));
        }
        let mut program = Program::default();
        let (library, _) = all.modules.split_at(shared);
        for (position, module) in library.iter().enumerate() {
            if needed.contains(&position) {
                program.add(module.clone());
            }
        }
        let own = program.modules.len();
        modules.iter().for_each(|module| program.add(module.clone()));
        (program, own)
    }

    /// An engine that has seen every file, with the copies that are evaluated, and found nothing wrong.
    fn prepare(
        &self,
        program: &Program,
        own: usize,
        entries: &Entries,
        sources: &[Arc<Source>],
    ) -> Result<Engine, Diagnostic> {
        let mut engine = self.engine.clone();
        add_all(&mut engine, &program.modules, sources)?;
        for (position, module) in program.modules.iter().enumerate().skip(own) {
            for copy in entries.copies(program, position) {
                let text = copy
                    .source()
                    .filter(|text| parse_text(text).is_ok_and(|parsed| copy.is_faithful(&parsed)));
                let Some(text) = text else {
                    let message = "the engine would not evaluate a rule of this file as it is written";
                    let span = module.package_range.span(&module.source);
                    return Err(Diagnostic::new(&codes::RGO002, message)
                        .at(&span)
                        .help("write `deny contains violation if { … }`"));
                };
                add(&mut engine, text.name(), text.text(), module.legacy, sources)?;
            }
        }
        check(&mut engine, sources)?;
        Ok(engine)
    }
}

fn add_all(engine: &mut Engine, modules: &[Arc<Module>], sources: &[Arc<Source>]) -> Result<(), Diagnostic> {
    modules.iter().try_for_each(|module| {
        let source = &module.source;
        add(engine, source.name(), source.text(), module.legacy, sources)
    })
}

/// Unsafe variables and conflicts come up when the engine prepares itself, whichever rule is asked for. This one is asked
/// for because it is certain to have a value without running anything else.
fn check(engine: &mut Engine, sources: &[Arc<Source>]) -> Result<(), Diagnostic> {
    let probe = "package policy_probe\n\nloaded := true\n";
    add(engine, "probe.rego", probe, false, sources)?;
    engine.set_input(Rego::new_object());
    match engine.eval_rule("data.policy_probe.loaded".to_owned()) {
        Ok(_) => Ok(()),
        Err(error) => Err(diagnostic(
            &codes::RGO002,
            read(&error.to_string(), sources),
            sources,
        )),
    }
}

/// Parses a file as v1, and as v0 when it cannot be meant as v1.
pub(super) fn parse(source: &Arc<Source>) -> Result<Module, Diagnostic> {
    scan::scan(source)?;
    parse_text(source)
}

/// [`parse`] of a text that was looked at before.
fn parse_text(source: &Arc<Source>) -> Result<Module, Diagnostic> {
    let attempt = |legacy: bool| {
        let mut engine = Engine::new();
        engine.set_rego_v0(legacy);
        engine
            .add_policy(source.name().to_owned(), source.text().to_owned())
            .map(|_| engine)
    };
    let sources = [source.clone()];
    let refused = |text: &str| diagnostic(&codes::RGO001, read(text, &sources), &sources);
    let (mut engine, legacy) = match attempt(false) {
        Ok(engine) => (engine, false),
        // Only a text without the keywords of v1 is tried as v0: the parser would print warnings about the others.
        Err(error) if error.to_string().contains("keyword is required") => match attempt(true) {
            Ok(engine) => (engine, true),
            Err(_) => return Err(refused(&error.to_string())),
        },
        Err(error) => return Err(refused(&error.to_string())),
    };
    let Some(parsed) = engine.get_modules().first() else {
        return Err(refused("the file holds no module"));
    };
    ast::module(parsed, source, legacy).map_err(|unsupported| {
        let span = unsupported.0.span(source);
        Diagnostic::new(&codes::RGO001, "the expression is nested too deeply")
            .at(&span)
            .help("give its parts names")
    })
}

fn check_package(module: Module, control: &Control) -> Result<Module, Diagnostic> {
    let package = module.package.join(".");
    if *package == *control.package {
        return Ok(module);
    }
    let message = format!(
        "the file is package `{package}`, but {} names `{}`",
        control.id, control.package
    );
    let span = module.package_range.span(&module.source);
    Err(Diagnostic::new(&codes::RGO003, message)
        .at(&span)
        .help(format!("write `package {}`", control.package)))
}

fn add(
    engine: &mut Engine,
    name: &str,
    text: &str,
    legacy: bool,
    sources: &[Arc<Source>],
) -> Result<(), Diagnostic> {
    engine.set_rego_v0(legacy);
    match engine.add_policy(name.to_owned(), text.to_owned()) {
        Ok(_) => Ok(()),
        Err(error) => Err(diagnostic(
            &codes::RGO002,
            read(&error.to_string(), sources),
            sources,
        )),
    }
}

fn diagnostic(
    code: &'static crate::diagnostic::Code,
    failure: Failure,
    sources: &[Arc<Source>],
) -> Diagnostic {
    let diagnostic = Diagnostic::new(code, failure.message);
    match (failure.span, sources.last()) {
        (Some(span), _) => diagnostic.at(&span),
        // Better the top of the file than nowhere.
        (None, Some(source)) => diagnostic.at(&Span::new(source.clone(), 0, 0)),
        (None, None) => diagnostic,
    }
}
