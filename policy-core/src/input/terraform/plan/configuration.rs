//! The `configuration` of a plan: a tree of modules, flattened, with their expressions.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::reference::{Subject, subjects};
use super::values::{Interner, ValueSeed};
use crate::value::{AttributePath, Value};

/// Position of the root module in [`Configuration::modules`].
pub(super) const ROOT: usize = 0;

/// The configuration of a plan.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    /// Parents before their children; the root is first.
    pub(super) modules: Vec<Module>,
    /// By the key that `provider_config_key` names.
    pub(super) providers: HashMap<Arc<str>, ProviderBlock>,
}

/// A module with what its call gives it.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Arguments of the call.
    pub(super) arguments: HashMap<Arc<str>, Arc<Expression>>,
    /// `count` or `for_each` of the call.
    pub(super) repetition: Option<Arc<Expression>>,
    /// Called modules by name of the call.
    pub(super) children: HashMap<Arc<str>, usize>,
    /// By type and name: `aws_s3_bucket.b`, `data.aws_region.current`.
    pub(super) resources: HashMap<Arc<str>, ResourceBlock>,
    /// Output expressions by name.
    pub(super) outputs: HashMap<Arc<str>, Arc<Expression>>,
    /// Input variables by name.
    pub(super) variables: HashMap<Arc<str>, VariableBlock>,
}

/// A `resource` or `data` block.
#[derive(Debug)]
pub(super) struct ResourceBlock {
    /// Names the provider configuration.
    pub(super) provider_key: Arc<str>,
    /// The expressions of its body.
    pub(super) body: Expressions,
    /// `count` or `for_each`.
    pub(super) repetition: Option<Arc<Expression>>,
    /// Every expression of the body that names an object, with its path.
    pub(super) referring: Vec<(AttributePath, Arc<Expression>)>,
}

/// A `variable` block.
#[derive(Debug, Default)]
pub(super) struct VariableBlock {
    /// Its default; `None` also when the default is null.
    pub(super) default: Option<Value>,
    /// Whether its value is secret.
    pub(super) sensitive: bool,
}

/// A `provider` block.
#[derive(Debug, Default)]
pub(super) struct ProviderBlock {
    /// The local name, without alias.
    pub(super) name: String,
    /// Whether it is one of several configurations of its provider.
    pub(super) aliased: bool,
    /// The module it stands in, without instance keys.
    pub(super) module: String,
    /// The expressions of its body.
    pub(super) body: HashMap<Arc<str>, Expressions>,
}

/// What a plan tells of an expression.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Expression {
    /// Its value, when it refers to nothing; [`Value::Null`] is an explicit null.
    pub(super) constant: Option<Value>,
    /// What it refers to.
    pub(super) subjects: Vec<Subject>,
}

/// An expression, or the expressions inside nested blocks.
#[derive(Debug, PartialEq)]
pub(super) enum Expressions {
    /// The expression of an argument.
    Leaf(Arc<Expression>),
    /// One block: its arguments and nested blocks.
    Block(HashMap<Arc<str>, Expressions>),
    /// Blocks of one type in the order written. `dynamic` blocks are not among them: Terraform leaves them out.
    Blocks(Vec<Expressions>),
}

impl Expressions {
    /// The member `key` of a block.
    pub(super) fn get(&self, key: &str) -> Option<&Expressions> {
        match self {
            Self::Block(members) => members.get(key),
            _ => None,
        }
    }

    /// The expression, when this is one.
    pub(super) fn leaf(&self) -> Option<&Arc<Expression>> {
        match self {
            Self::Leaf(expression) => Some(expression),
            _ => None,
        }
    }

    /// Calls `visit` for every expression below with its path.
    pub(super) fn for_each_leaf(
        &self,
        path: &AttributePath,
        visit: &mut dyn FnMut(&AttributePath, &Arc<Expression>),
    ) {
        // The depth is the depth of the JSON text, which serde_json bounds.
        match self {
            Self::Leaf(expression) => visit(path, expression),
            Self::Block(members) => {
                for (key, member) in sorted(members) {
                    member.for_each_leaf(&path.key(key), visit);
                }
            }
            Self::Blocks(blocks) => {
                for (index, block) in blocks.iter().enumerate() {
                    block.for_each_leaf(&path.index(index), visit);
                }
            }
        }
    }
}

/// Members in key order, so that nothing depends on the order of a hash table.
fn sorted<T>(members: &HashMap<Arc<str>, T>) -> Vec<(&Arc<str>, &T)> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by_key(|(key, _)| *key);
    members
}

impl Configuration {
    /// Parses the `configuration` of a plan.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let raw: RawConfiguration = serde_json::from_str(text)?;
        let mut configuration = Self::default();
        for (key, provider) in raw.provider_config.unwrap_or_default() {
            let block = ProviderBlock {
                name: provider.name.unwrap_or_default(),
                aliased: provider.alias.is_some(),
                module: provider.module_address.unwrap_or_default(),
                body: provider.expressions.unwrap_or_default(),
            };
            configuration.providers.insert(key.into(), block);
        }
        configuration.add(raw.root_module.unwrap_or_default(), Module::default());
        Ok(configuration)
    }

    /// Adds a module and all below it. The depth is bounded by the depth of the JSON text.
    fn add(&mut self, raw: RawModule, mut module: Module) -> usize {
        let id = self.modules.len();
        for resource in raw.resources.unwrap_or_default() {
            let (block, resource) = resource.into_block();
            module.resources.insert(block, resource);
        }
        for (name, output) in raw.outputs.unwrap_or_default() {
            module.outputs.insert(name, output.expression.unwrap_or_default());
        }
        for (name, variable) in raw.variables.unwrap_or_default() {
            let variable = variable.unwrap_or_default();
            let sensitive = variable.sensitive.unwrap_or(false);
            module.variables.insert(
                name,
                VariableBlock {
                    default: variable.default.map(|value| value.0),
                    sensitive,
                },
            );
        }
        self.modules.push(module);
        for (name, call) in raw.module_calls.unwrap_or_default() {
            let arguments = call.expressions.unwrap_or_default().into_iter();
            let child = Module {
                arguments: arguments
                    .filter_map(|(key, value)| Some((key, value.leaf()?.clone())))
                    .collect(),
                repetition: call.for_each_expression.or(call.count_expression),
                ..Module::default()
            };
            let child = self.add(call.module.unwrap_or_default(), child);
            if let Some(module) = self.modules.get_mut(id) {
                module.children.insert(name, child);
            }
        }
        id
    }

    /// The module at a path of call names.
    pub(super) fn module(&self, id: usize) -> Option<&Module> {
        self.modules.get(id)
    }
}

#[derive(Deserialize)]
struct RawConfiguration {
    provider_config: Option<HashMap<String, RawProvider>>,
    root_module: Option<RawModule>,
}

#[derive(Deserialize)]
struct RawProvider {
    name: Option<String>,
    alias: Option<String>,
    module_address: Option<String>,
    expressions: Option<HashMap<Arc<str>, Expressions>>,
}

#[derive(Default, Deserialize)]
struct RawModule {
    outputs: Option<HashMap<Arc<str>, RawOutput>>,
    resources: Option<Vec<RawResource>>,
    module_calls: Option<HashMap<Arc<str>, RawCall>>,
    variables: Option<HashMap<Arc<str>, Option<RawVariable>>>,
}

#[derive(Deserialize)]
struct RawOutput {
    expression: Option<Arc<Expression>>,
}

#[derive(Deserialize)]
struct RawCall {
    expressions: Option<HashMap<Arc<str>, Expressions>>,
    count_expression: Option<Arc<Expression>>,
    for_each_expression: Option<Arc<Expression>>,
    module: Option<RawModule>,
}

#[derive(Default, Deserialize)]
struct RawVariable {
    default: Option<Constant>,
    sensitive: Option<bool>,
}

#[derive(Deserialize)]
struct RawResource {
    mode: Option<String>,
    #[serde(rename = "type")]
    resource_type: String,
    name: String,
    provider_config_key: Option<Arc<str>>,
    expressions: Option<HashMap<Arc<str>, Expressions>>,
    count_expression: Option<Arc<Expression>>,
    for_each_expression: Option<Arc<Expression>>,
}

impl RawResource {
    fn into_block(self) -> (Arc<str>, ResourceBlock) {
        let data = if self.mode.as_deref() == Some("data") {
            "data."
        } else {
            ""
        };
        let body = Expressions::Block(self.expressions.unwrap_or_default());
        let mut referring = Vec::new();
        body.for_each_leaf(&AttributePath::root(), &mut |path, expression| {
            if !expression.subjects.is_empty() {
                referring.push((path.clone(), expression.clone()));
            }
        });
        let block = ResourceBlock {
            provider_key: self.provider_config_key.unwrap_or_default(),
            body,
            repetition: self.for_each_expression.or(self.count_expression),
            referring,
        };
        (
            format!("{data}{}.{}", self.resource_type, self.name).into(),
            block,
        )
    }
}

/// A JSON value read as [`Value`].
struct Constant(Value);

impl<'de> Deserialize<'de> for Constant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ValueSeed(&mut Interner::default())
            .deserialize(deserializer)
            .map(Self)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Expressions::deserialize(deserializer)? {
            Expressions::Leaf(expression) => Ok(Arc::unwrap_or_clone(expression)),
            _ => Err(D::Error::custom("expected an expression, found nested blocks")),
        }
    }
}

impl<'de> Deserialize<'de> for Expressions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExpressionsVisitor)
    }
}

/// Tells an expression (`constant_value`, `references`) from a nested block by its members.
struct ExpressionsVisitor;

impl<'de> Visitor<'de> for ExpressionsVisitor {
    type Value = Expressions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an expression or nested blocks")
    }

    fn visit_unit<E>(self) -> Result<Expressions, E> {
        Ok(Expressions::Block(HashMap::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Expressions, A::Error> {
        let mut blocks = Vec::new();
        while let Some(block) = items.next_element::<Expressions>()? {
            // Inside a list every object is a block; `{}` is one without arguments.
            let empty = matches!(&block, Expressions::Leaf(leaf) if **leaf == Expression::default());
            blocks.push(if empty {
                Expressions::Block(HashMap::new())
            } else {
                block
            });
        }
        Ok(Expressions::Blocks(blocks))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Expressions, A::Error> {
        let mut block: HashMap<Arc<str>, Expressions> = HashMap::new();
        let mut expression = Expression::default();
        let mut is_expression = false;
        while let Some(key) = members.next_key::<String>()? {
            match key.as_str() {
                "constant_value" => {
                    expression.constant = Some(members.next_value::<Constant>()?.0);
                    is_expression = true;
                }
                // A block may have an argument of this name; then it is an object.
                "references" => match members.next_value::<References>()? {
                    References::Texts(texts) => {
                        expression.subjects = subjects(&texts);
                        is_expression = true;
                    }
                    References::Nested(nested) => {
                        block.insert(key.into(), nested);
                    }
                },
                _ => {
                    block.insert(key.into(), members.next_value()?);
                }
            }
        }
        // An object without members is the expression of a function call without references, such as `uuid()`.
        match block.is_empty() || is_expression {
            true => Ok(Expressions::Leaf(Arc::new(expression))),
            false => Ok(Expressions::Block(block)),
        }
    }
}

enum References {
    Texts(Vec<String>),
    Nested(Expressions),
}

impl<'de> Deserialize<'de> for References {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferencesVisitor)
    }
}

struct ReferencesVisitor;

impl<'de> Visitor<'de> for ReferencesVisitor {
    type Value = References;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of references")
    }

    fn visit_unit<E>(self) -> Result<References, E> {
        Ok(References::Texts(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<References, A::Error> {
        let mut texts = Vec::new();
        let mut blocks = Vec::new();
        while let Some(item) = items.next_element::<TextOrNested>()? {
            match item {
                TextOrNested::Text(text) => texts.push(text),
                TextOrNested::Nested(block) => blocks.push(block),
            }
        }
        match blocks.is_empty() {
            true => Ok(References::Texts(texts)),
            false => Ok(References::Nested(Expressions::Blocks(blocks))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<References, A::Error> {
        ExpressionsVisitor.visit_map(members).map(References::Nested)
    }
}

enum TextOrNested {
    Text(String),
    Nested(Expressions),
}

impl<'de> Deserialize<'de> for TextOrNested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrNestedVisitor)
    }
}

struct TextOrNestedVisitor;

impl<'de> Visitor<'de> for TextOrNestedVisitor {
    type Value = TextOrNested;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference or a nested block")
    }

    fn visit_str<E>(self, text: &str) -> Result<TextOrNested, E> {
        Ok(TextOrNested::Text(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<TextOrNested, A::Error> {
        ExpressionsVisitor.visit_map(members).map(TextOrNested::Nested)
    }
}
