//! The blocks of one module directory, with override files merged in.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::codes;
use super::files::{SourceFiles, child, read_text};
use super::json_syntax;
use super::undeclared::did_you_mean;
use crate::diagnostic::Diagnostic;
use crate::document::hcl::{self, Block, Body, Expr, ExprKind, Literal, Structure};
use crate::document::json;
use crate::resource::ResourceMode;
use crate::source::Span;

/// The blocks of a module.
const BLOCKS: &[&str] = &[
    "check",
    "data",
    "ephemeral",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
];

/// What a directory declares.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) directory: String,
    pub(super) variables: BTreeMap<Arc<str>, Block>,
    pub(super) locals: BTreeMap<Arc<str>, Arc<Expr>>,
    pub(super) outputs: BTreeMap<Arc<str>, Block>,
    pub(super) calls: BTreeMap<Arc<str>, Block>,
    /// In the order of the files and of the text.
    pub(super) resources: Vec<ResourceBlock>,
    /// Positions in `resources` by mode, type and name.
    pub(super) by_name: HashMap<(ResourceMode, Arc<str>, Arc<str>), usize>,
    pub(super) providers: Vec<Block>,
}

/// A `resource` or `data` block.
#[derive(Debug)]
pub(super) struct ResourceBlock {
    pub(super) mode: ResourceMode,
    pub(super) resource_type: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) block: Block,
}

impl ResourceBlock {
    /// As references and addresses in its module spell it.
    pub(super) fn local_address(&self) -> String {
        let data = if self.mode == ResourceMode::Data {
            "data."
        } else {
            ""
        };
        format!("{data}{}.{}", self.resource_type, self.name)
    }
}

impl Module {
    pub(super) fn resource(&self, mode: ResourceMode, resource_type: &str, name: &str) -> Option<usize> {
        self.by_name
            .get(&(mode, resource_type.into(), name.into()))
            .copied()
    }
}

/// Reads every file of a directory; `None` when it holds no Terraform file at all.
pub(super) fn load(
    files: &dyn SourceFiles,
    directory: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Module> {
    let mut primary = Vec::new();
    let mut overriding = Vec::new();
    for name in files.list(directory) {
        let Some(stem) = name.strip_suffix(".tf").or_else(|| name.strip_suffix(".tf.json")) else {
            continue;
        };
        // Terraform skips what editors leave behind.
        if name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#')) {
            continue;
        }
        match stem == "override" || stem.ends_with("_override") {
            true => overriding.push(name),
            false => primary.push(name),
        }
    }
    if primary.is_empty() && overriding.is_empty() {
        return None;
    }
    let mut loader = Loader {
        module: Module {
            directory: directory.to_owned(),
            ..Module::default()
        },
        diagnostics,
    };
    for name in primary {
        if let Some(body) = read_body(files, &child(directory, &name), loader.diagnostics) {
            body.structures.iter().for_each(|structure| loader.add(structure));
        }
    }
    for name in overriding {
        if let Some(body) = read_body(files, &child(directory, &name), loader.diagnostics) {
            body.blocks().for_each(|block| loader.override_with(block));
        }
    }
    Some(loader.module)
}

/// Parses one `.tf` or `.tf.json` file.
fn read_body(files: &dyn SourceFiles, path: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Body> {
    let source = match read_text(files, path)? {
        Ok(source) => source,
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            return None;
        }
    };
    if path.ends_with(".json") {
        return match json::parse(&source) {
            Ok(root) => Some(json_syntax::body(&root, diagnostics)),
            Err(errors) => {
                diagnostics.extend(errors);
                None
            }
        };
    }
    let document = hcl::parse(&source);
    diagnostics.extend(document.diagnostics);
    Some(document.body)
}

struct Loader<'d> {
    module: Module,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Loader<'_> {
    fn add(&mut self, structure: &Structure) {
        let block = match structure {
            Structure::Block(block) => block,
            Structure::Attribute(attribute) => {
                let message = format!("`{}` stands outside of every block", attribute.name);
                self.diagnostics.push(
                    Diagnostic::new(&codes::TFS003, message)
                        .at(&attribute.name_span)
                        .help("values of variables belong into `terraform.tfvars`, local values into `locals { … }`"),
                );
                return;
            }
        };
        let wanted = match &*block.kind {
            "resource" | "data" | "ephemeral" => 2,
            "module" | "variable" | "output" | "provider" | "check" => 1,
            "locals" | "terraform" | "moved" | "removed" | "import" => 0,
            other => {
                let mut unknown = Diagnostic::new(
                    &codes::TFS003,
                    format!("`{other}` is not a kind of block that Terraform knows"),
                )
                .at(&block.header);
                unknown.help = did_you_mean(other, BLOCKS.iter().copied());
                self.diagnostics.push(unknown);
                return;
            }
        };
        if block.labels.len() != wanted {
            let message = format!(
                "a `{}` block has {wanted} label{}, this one has {}",
                block.kind,
                if wanted == 1 { "" } else { "s" },
                block.labels.len()
            );
            self.diagnostics
                .push(Diagnostic::new(&codes::TFS003, message).at(&block.header));
            return;
        }
        let name: Arc<str> = block.label(wanted.saturating_sub(1)).unwrap_or_default().into();
        match &*block.kind {
            "resource" | "data" => {
                let mode = if &*block.kind == "data" {
                    ResourceMode::Data
                } else {
                    ResourceMode::Managed
                };
                self.resource(mode, block, name);
            }
            "module" => insert(&mut self.module.calls, name, block, "module", self.diagnostics),
            "variable" => insert(
                &mut self.module.variables,
                name,
                block,
                "variable",
                self.diagnostics,
            ),
            "output" => insert(&mut self.module.outputs, name, block, "output", self.diagnostics),
            "provider" => {
                let alias = alias_of(block);
                let same = |known: &&Block| known.label(0) == block.label(0) && alias_of(known) == alias;
                if let Some(first) = self.module.providers.iter().find(same) {
                    let diagnostic = duplicate(
                        "provider configuration",
                        &name,
                        &block.header,
                        Some(&first.header),
                    );
                    self.diagnostics
                        .push(diagnostic.help("give one of them an `alias`, or merge them"));
                } else {
                    self.module.providers.push(block.clone());
                }
            }
            "locals" => {
                for attribute in block.body.attributes() {
                    if self.module.locals.contains_key(&attribute.name) {
                        self.diagnostics.push(duplicate(
                            "local value",
                            &attribute.name,
                            &attribute.name_span,
                            None,
                        ));
                    } else {
                        self.module
                            .locals
                            .insert(attribute.name.clone(), attribute.expr.clone());
                    }
                }
            }
            "check" => {
                // A data source inside a check is read like any other and belongs to no resource.
                for data in block.body.blocks_of("data").filter(|data| data.labels.len() == 2) {
                    let name = data.label(1).unwrap_or_default().into();
                    self.resource(ResourceMode::Data, data, name);
                }
            }
            // Settings, and statements about state that no configuration depends on.
            _ => {}
        }
    }

    fn resource(&mut self, mode: ResourceMode, block: &Block, name: Arc<str>) {
        let resource_type: Arc<str> = block.label(0).unwrap_or_default().into();
        let key = (mode, resource_type.clone(), name.clone());
        if let Some(first) = self
            .module
            .by_name
            .get(&key)
            .and_then(|&at| self.module.resources.get(at))
        {
            let address = first.local_address();
            let diagnostic = duplicate(&block.kind, &address, &block.header, Some(&first.block.header));
            self.diagnostics.push(diagnostic);
            return;
        }
        self.module.by_name.insert(key, self.module.resources.len());
        self.module.resources.push(ResourceBlock {
            mode,
            resource_type,
            name,
            block: block.clone(),
        });
    }

    /// Merges a block of an override file into the block it names.
    fn override_with(&mut self, block: &Block) {
        let name = block
            .labels
            .last()
            .map(|label| label.text.clone())
            .unwrap_or_default();
        let target = match &*block.kind {
            "resource" | "data" => {
                let mode = if &*block.kind == "data" {
                    ResourceMode::Data
                } else {
                    ResourceMode::Managed
                };
                let position = self
                    .module
                    .resource(mode, block.label(0).unwrap_or_default(), &name);
                position
                    .and_then(|position| self.module.resources.get_mut(position))
                    .map(|resource| &mut resource.block)
            }
            "module" => self.module.calls.get_mut(&name),
            "variable" => self.module.variables.get_mut(&name),
            "output" => self.module.outputs.get_mut(&name),
            "provider" => {
                let alias = alias_of(block);
                self.module
                    .providers
                    .iter_mut()
                    .find(|known| known.label(0) == block.label(0) && alias_of(known) == alias)
            }
            "locals" => {
                for attribute in block.body.attributes() {
                    let name = &attribute.name;
                    if self.module.locals.contains_key(name) {
                        self.module.locals.insert(name.clone(), attribute.expr.clone());
                    } else {
                        let message =
                            format!("the override file changes `local.{name}`, which no other file declares");
                        self.diagnostics.push(
                            Diagnostic::new(&codes::TFS004, message)
                                .at(&attribute.name_span)
                                .help("an override file only changes values of other files; move this one into one of them"),
                        );
                    }
                }
                return;
            }
            _ => return,
        };
        match target {
            Some(target) => target.body = Arc::new(merge(&target.body, &block.body)),
            None if &*block.kind == "provider" => self.module.providers.push(block.clone()),
            None => {
                let message = format!("the override file changes `{name}`, which no other file declares");
                self.diagnostics
                    .push(Diagnostic::new(&codes::TFS004, message).at(&block.header).help(
                    "an override file only changes blocks of other files; move this block into one of them",
                ));
            }
        }
    }
}

/// The text of a literal `alias`.
pub(super) fn alias_of(block: &Block) -> Option<&str> {
    literal_text(&block.body.attribute("alias")?.expr)
}

/// The text of a literal string expression.
pub(super) fn literal_text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// Arguments replace arguments; blocks of a kind replace all blocks of that kind.
fn merge(base: &Body, over: &Body) -> Body {
    let kind_of = |block: &Block| match (&*block.kind, block.label(0)) {
        ("dynamic", Some(label)) => label.to_owned(),
        (kind, _) => kind.to_owned(),
    };
    // `lifecycle` and `default_tags` are merged argument by argument; losing `count`-like settings here would be wrong.
    let replaced: Vec<String> = over
        .blocks()
        .map(kind_of)
        .filter(|kind| kind != "lifecycle")
        .collect();
    let mut structures: Vec<Structure> = base
        .structures
        .iter()
        .filter(|structure| match structure {
            Structure::Attribute(attribute) => over.attribute(&attribute.name).is_none(),
            Structure::Block(block) => !replaced.contains(&kind_of(block)),
        })
        .cloned()
        .collect();
    structures.extend(over.structures.iter().cloned());
    Body {
        structures,
        span: base.span.clone(),
    }
}

fn insert(
    blocks: &mut BTreeMap<Arc<str>, Block>,
    name: Arc<str>,
    block: &Block,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match blocks.get(&name) {
        Some(first) => diagnostics.push(duplicate(what, &name, &block.header, Some(&first.header))),
        None => {
            blocks.insert(name, block.clone());
        }
    }
}

fn duplicate(what: &str, name: &str, second: &Span, first: Option<&Span>) -> Diagnostic {
    let diagnostic = Diagnostic::new(&codes::TFS002, format!("the {what} `{name}` is declared twice"))
        .label(second, "second time here")
        .help("delete or rename one of them");
    match first {
        Some(first) => diagnostic.label(first, "first time here"),
        None => diagnostic,
    }
}
