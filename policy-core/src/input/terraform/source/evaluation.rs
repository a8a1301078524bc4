//! The state of one evaluation: module instances, what is computed already, and what went wrong.
//!
//! Everything is computed when it is first asked for and kept. A value that is asked for while it is being computed is
//! a cycle.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

use super::SourceOptions;
use super::configuration::{Module, ResourceBlock, load};
use super::cty::{Type, Val};
use super::files::SourceFiles;
use super::limits::Budget;
use super::manifest::Manifest;
use super::modules::Missing;
use super::shape::BlockShape;
use super::variables::Given;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::hcl::Body;
use crate::resource::ModuleCalls;
use crate::source::Span;
use crate::value::{Unknown, UnknownReason, Value};

/// How many diagnostics of one code are kept. A limit that was hit, or a generated file, would repeat one endlessly.
const MAX_OF_A_CODE: usize = 200;

/// Why an expression has no value. It becomes a diagnostic, unless `try` or `can` catch it.
pub(super) type Fault = Box<Diagnostic>;

pub(super) fn fault(code: &'static Code, message: impl Into<String>, at: &Span) -> Fault {
    Box::new(Diagnostic::new(code, message).at(at))
}

/// The state of one evaluation.
pub(super) struct Evaluation<'a> {
    pub(super) files: &'a dyn SourceFiles,
    pub(super) options: &'a SourceOptions<'a>,
    /// The directory of the root module.
    pub(super) root: String,
    /// Values given to the root module; set once, before anything asks for them.
    pub(super) root_values: OnceCell<Given>,
    modules: RefCell<HashMap<String, Option<Rc<Module>>>>,
    /// Directories of initialised modules by their call path, from `.terraform/modules/modules.json`.
    pub(super) manifest: Manifest,
    /// Modules that are not there.
    pub(super) unavailable: RefCell<Vec<Missing>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// Code, place and message of what was reported.
    reported: RefCell<HashSet<(&'static str, String)>>,
    counts: RefCell<HashMap<&'static str, usize>>,
    /// The calls that were met, by their path: whether the module is there.
    pub(super) calls: RefCell<HashMap<String, bool>>,
    opens: RefCell<HashMap<usize, (Arc<Unknown>, Open)>>,
    documents: RefCell<HashMap<usize, (Arc<Unknown>, Value)>>,
    pub(super) budget: Budget,
    /// References to resources in the expression that is being evaluated, while somebody listens.
    pub(super) trace: RefCell<Option<Vec<Traced>>>,
    /// Addresses of resources that expressions name and no block declares.
    pub(super) missing: RefCell<HashSet<Arc<str>>>,
}

/// A reference met during evaluation.
#[derive(Clone, Debug)]
pub(super) struct Traced {
    /// The address of the target, or of its block when the instance is not known.
    pub(super) target: Arc<str>,
    pub(super) attribute: Arc<str>,
}

/// What stands behind an unknown value that can be looked into: Terraform knows the written attributes of a resource,
/// and no schema is needed to pass the resource around as a whole.
#[derive(Clone)]
pub(super) enum Open {
    /// A resource, or one of its nested blocks.
    Object {
        resource: Rc<ResourceInstance>,
        body: Arc<Body>,
        shape: Option<Arc<BlockShape>>,
        /// True for the resource itself.
        whole: bool,
    },
    /// All instances of a block whose `count` or `for_each` is not known.
    Instances(Rc<ResourceInstance>),
}

/// The value of `count` and `each` in a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Each {
    pub(super) key: Option<Val>,
    pub(super) value: Option<Val>,
    pub(super) index: Option<Val>,
}

/// One instance of a module.
pub(super) struct Instance {
    pub(super) module: Rc<Module>,
    /// `module.a["x"]`; empty for the root.
    pub(super) address: Arc<str>,
    /// The names of the calls that lead here, joined with dots.
    pub(super) call_path: String,
    pub(super) parent: Option<Parent>,
    pub(super) condition: Option<Arc<str>>,
    /// There may be more instances than this one, and nobody knows how many.
    pub(super) many: bool,
    /// The calls that lead here, innermost first.
    pub(super) calls: Vec<Span>,
    pub(super) variables: RefCell<HashMap<Arc<str>, State<Val>>>,
    pub(super) locals: RefCell<HashMap<Arc<str>, State<Val>>>,
    pub(super) outputs: RefCell<HashMap<Arc<str>, State<Val>>>,
    pub(super) resources: RefCell<HashMap<usize, State<Rc<Expansion>>>>,
    /// All instances of a resource block as a value, by the position of the block.
    pub(super) wholes: RefCell<HashMap<usize, Val>>,
    pub(super) children: RefCell<HashMap<Arc<str>, State<Rc<CallExpansion>>>>,
}

/// The call that made an instance.
pub(super) struct Parent {
    pub(super) instance: Rc<Instance>,
    pub(super) call: Arc<str>,
    pub(super) each: Each,
}

impl Instance {
    pub(super) fn new(module: Rc<Module>) -> Self {
        Self {
            module,
            address: "".into(),
            call_path: String::new(),
            parent: None,
            condition: None,
            many: false,
            calls: Vec::new(),
            variables: RefCell::default(),
            locals: RefCell::default(),
            outputs: RefCell::default(),
            resources: RefCell::default(),
            wholes: RefCell::default(),
            children: RefCell::default(),
        }
    }

    /// A name of this module as the whole input knows it.
    pub(super) fn absolute(&self, name: &str) -> Arc<str> {
        if self.address.is_empty() {
            name.into()
        } else {
            format!("{}.{name}", self.address).into()
        }
    }
}

/// The address of a body in memory and the name of an attribute.
type AttributeKey = (usize, Arc<str>);

/// One instance of a resource.
pub(super) struct ResourceInstance {
    pub(super) address: Arc<str>,
    /// The address without the instance key.
    pub(super) block_address: Arc<str>,
    pub(super) module: Rc<Instance>,
    /// Position in [`Module::resources`].
    pub(super) position: usize,
    pub(super) each: Each,
    pub(super) shape: Option<Arc<BlockShape>>,
    /// In words, what its existence depends on.
    pub(super) condition: Option<Arc<str>>,
    /// The same in words that every block with the same repetition has.
    pub(super) shared: Option<Arc<str>>,
    /// It stands for several, and nobody knows how many.
    pub(super) many: bool,
    /// Attribute values by body and name.
    pub(super) attributes: RefCell<HashMap<AttributeKey, State<Val>>>,
    /// The resource as a value.
    pub(super) whole: OnceCell<Val>,
}

impl ResourceInstance {
    pub(super) fn block(&self) -> Option<&ResourceBlock> {
        self.module.module.resources.get(self.position)
    }
}

/// The instances of a resource block.
pub(super) enum Expansion {
    Single(Rc<ResourceInstance>),
    Count(Vec<Rc<ResourceInstance>>),
    Each(BTreeMap<Arc<str>, Rc<ResourceInstance>>),
    /// One instance that stands for an unknown number of them.
    Unknown(Rc<ResourceInstance>),
}

impl Expansion {
    pub(super) fn instances(&self) -> Vec<Rc<ResourceInstance>> {
        match self {
            Self::Single(instance) | Self::Unknown(instance) => vec![instance.clone()],
            Self::Count(instances) => instances.clone(),
            Self::Each(instances) => instances.values().cloned().collect(),
        }
    }
}

/// The instances of a module call.
pub(super) enum CallExpansion {
    Single(Rc<Instance>),
    Count(Vec<Rc<Instance>>),
    Each(BTreeMap<Arc<str>, Rc<Instance>>),
    Unknown(Rc<Instance>),
    /// The module cannot be read.
    Unavailable(Arc<Unknown>),
}

impl CallExpansion {
    pub(super) fn instances(&self) -> Vec<Rc<Instance>> {
        match self {
            Self::Single(instance) | Self::Unknown(instance) => vec![instance.clone()],
            Self::Count(instances) => instances.clone(),
            Self::Each(instances) => instances.values().cloned().collect(),
            Self::Unavailable(_) => Vec::new(),
        }
    }
}

/// Progress of something that is computed once.
#[derive(Clone)]
pub(super) enum State<T> {
    Busy,
    Done(T),
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) instance: &'s Rc<Instance>,
    pub(super) each: Option<&'s Each>,
    pub(super) bindings: Option<&'s Binding<'s>>,
    /// What a template file is given.
    pub(super) variables: Option<&'s BTreeMap<Arc<str>, Val>>,
}

impl<'s> Scope<'s> {
    pub(super) fn of(instance: &'s Rc<Instance>) -> Self {
        Self {
            instance,
            each: None,
            bindings: None,
            variables: None,
        }
    }

    pub(super) fn with_each(self, each: &'s Each) -> Self {
        Self {
            each: Some(each),
            ..self
        }
    }

    pub(super) fn bind(self, binding: &'s Binding<'s>) -> Self {
        Self {
            bindings: Some(binding),
            ..self
        }
    }

    /// The value of a name bound by `for`, `dynamic` or a template file.
    pub(super) fn bound(&self, name: &str) -> Option<&'s Val> {
        let mut next = self.bindings;
        while let Some(binding) = next {
            if &*binding.name == name {
                return Some(&binding.value);
            }
            next = binding.outer;
        }
        self.variables.and_then(|variables| variables.get(name))
    }
}

/// A name that an expression binds.
pub(super) struct Binding<'s> {
    pub(super) name: Arc<str>,
    pub(super) value: Val,
    pub(super) outer: Option<&'s Binding<'s>>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(files: &'a dyn SourceFiles, root: String, options: &'a SourceOptions<'a>) -> Self {
        let mut diagnostics = Vec::new();
        let manifest = Manifest::read(files, &root, &mut diagnostics);
        Self {
            files,
            options,
            root,
            root_values: OnceCell::new(),
            modules: RefCell::default(),
            manifest,
            unavailable: RefCell::default(),
            diagnostics: RefCell::new(diagnostics),
            reported: RefCell::default(),
            counts: RefCell::default(),
            calls: RefCell::default(),
            opens: RefCell::default(),
            documents: RefCell::default(),
            budget: Budget::default(),
            trace: RefCell::default(),
            missing: RefCell::default(),
        }
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }

    pub(super) fn module_calls(&self) -> ModuleCalls {
        let calls = self.calls.borrow();
        ModuleCalls {
            evaluated: calls.values().filter(|evaluated| **evaluated).count(),
            total: calls.len(),
        }
    }

    /// Reports a problem once, however many instances meet it.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        if self.said_before(diagnostic.code, &diagnostic.message) {
            return;
        }
        let place = diagnostic
            .labels
            .first()
            .map_or_else(String::new, |label| format!("{:?}", label.place));
        let key = (diagnostic.code.id, format!("{place} {}", diagnostic.message));
        if !self.reported.borrow_mut().insert(key) {
            return;
        }
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(diagnostic.code.id).or_default();
        *count += 1;
        if *count <= MAX_OF_A_CODE {
            self.diagnostics.borrow_mut().push(diagnostic);
        }
    }

    /// True when a problem of this code was reported in these words, wherever.
    pub(super) fn has_reported(&self, code: &Code, message: &str) -> bool {
        let diagnostics = self.diagnostics.borrow();
        diagnostics
            .iter()
            .any(|known| known.code.id == code.id && known.message == message)
    }

    /// The declarations of a directory, read once.
    pub(super) fn module(&self, directory: &str) -> Option<Rc<Module>> {
        if let Some(known) = self.modules.borrow().get(directory) {
            return known.clone();
        }
        let mut diagnostics = Vec::new();
        let module = load(self.files, directory, &mut diagnostics).map(Rc::new);
        diagnostics
            .into_iter()
            .for_each(|diagnostic| self.report(diagnostic));
        if let Some(module) = &module {
            self.check_names(module);
        }
        self.modules
            .borrow_mut()
            .insert(directory.to_owned(), module.clone());
        module
    }

    /// The value of `key`, computed on first use. References inside do not count as references of the caller.
    pub(super) fn once<K: Eq + Hash + Clone, T: Clone>(
        &self,
        table: &RefCell<HashMap<K, State<T>>>,
        key: &K,
        cycle: impl FnOnce() -> Fault,
        compute: impl FnOnce() -> T,
    ) -> Result<T, Fault> {
        match table.borrow().get(key) {
            Some(State::Done(value)) => return Ok(value.clone()),
            Some(State::Busy) => return Err(cycle()),
            None => {}
        }
        table.borrow_mut().insert(key.clone(), State::Busy);
        let listening = self.trace.borrow_mut().take();
        let value = compute();
        *self.trace.borrow_mut() = listening;
        table.borrow_mut().insert(key.clone(), State::Done(value.clone()));
        Ok(value)
    }

    /// The value, or unknown after reporting the fault.
    pub(super) fn settle(&self, result: Result<Val, Fault>) -> Val {
        result.unwrap_or_else(|fault| {
            self.report(*fault);
            failed()
        })
    }

    /// An unknown value behind which `open` stands.
    pub(super) fn opened(&self, unknown: Unknown, open: Open) -> Val {
        let unknown = Arc::new(unknown);
        self.opens
            .borrow_mut()
            .insert(identity(&unknown), (unknown.clone(), open));
        Val::unknown(Type::Dynamic, unknown)
    }

    /// What stands behind an unknown.
    pub(super) fn open(&self, unknown: &Arc<Unknown>) -> Option<Open> {
        self.opens
            .borrow()
            .get(&identity(unknown))
            .map(|(_, open)| open.clone())
    }

    /// Remembers what an unknown text would say, with the unknown parts as holes.
    pub(super) fn remember_document(&self, unknown: &Arc<Unknown>, document: Value) {
        self.documents
            .borrow_mut()
            .insert(identity(unknown), (unknown.clone(), document));
    }

    pub(super) fn document(&self, unknown: &Arc<Unknown>) -> Option<Value> {
        self.documents
            .borrow()
            .get(&identity(unknown))
            .map(|(_, document)| document.clone())
    }
}

/// The tables keep the `Arc` alive, so its address stays its own.
fn identity(unknown: &Arc<Unknown>) -> usize {
    Arc::as_ptr(unknown).addr()
}

/// The value of what could not be evaluated.
pub(super) fn failed() -> Val {
    Val::unknown(Type::Dynamic, Arc::new(Unknown::new(UnknownReason::Expression)))
}
