//! Provider blocks: which one serves a resource, and what it says about region, account and tags.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::configuration::alias_of;
use super::cty::{Data, Type, Val, convert};
use super::evaluation::{Evaluation, Instance, ResourceInstance, Scope};
use super::expression::unknown_of;
use crate::document::hcl::{Block, Expr, ExprKind, Literal, TraversalStep};
use crate::resource::ProviderContext;
use crate::value::Value;

/// A provider as a module names it: `aws` or `aws.west`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    name: String,
    alias: Option<String>,
}

impl Evaluation<'_> {
    /// What the provider of a resource gives it.
    pub(super) fn provider_context(&self, resource: &ResourceInstance, values: &Value) -> ProviderContext {
        let mut context = ProviderContext::default();
        if let Some((instance, block)) = self.provider(resource) {
            let scope = Scope::of(&instance);
            let argument = |name: &str| {
                let attribute = block.body.attribute(name)?;
                Some(self.settle(self.eval(&attribute.expr, &scope))).filter(|value| !value.is_null())
            };
            context.region = argument("region").map(|value| value.to_value());
            context.account = self.account(&block, &scope);
            context.default_tags = self.default_tags(resource).map(|tags| tags.to_value());
        }
        // From version 6 of the provider a resource can have a region of its own.
        if let Some(own) = values.get("region") {
            context.region = Some(own.clone());
        }
        context
    }

    fn account(&self, block: &Block, scope: &Scope<'_>) -> Option<Value> {
        if let Some(allowed) = block.body.attribute("allowed_account_ids") {
            let value = self.settle(self.eval(&allowed.expr, scope));
            if let Some([only]) = value.as_sequence() {
                return convert(only.clone(), &Type::String)
                    .ok()
                    .map(|only| only.to_value());
            }
        }
        let role = block
            .body
            .blocks_of("assume_role")
            .next()?
            .body
            .attribute("role_arn")?;
        let value = self.settle(self.eval(&role.expr, scope));
        match &value.data {
            // arn:partition:iam::account:role/name
            Data::String(arn) => arn.split(':').nth(4).filter(|id| !id.is_empty()).map(Value::from),
            Data::Unknown(_, unknown) => Some(Value::Unknown(unknown.clone())),
            _ => None,
        }
    }

    /// The `default_tags` of the provider of a resource.
    pub(super) fn default_tags(&self, resource: &ResourceInstance) -> Option<Val> {
        let (instance, block) = self.provider(resource)?;
        let tags = block
            .body
            .blocks_of("default_tags")
            .next()?
            .body
            .attribute("tags")?;
        let value = self.settle(self.eval(&tags.expr, &Scope::of(&instance)));
        let value = convert(value, &Type::map(Type::String)).ok()?;
        (!value.is_null()).then_some(value)
    }

    /// `tags_all`: the tags of the provider under the tags of the resource.
    pub(super) fn tags_all(&self, resource: &ResourceInstance, tags: Option<&Val>) -> Option<Val> {
        if resource
            .shape
            .as_ref()
            .is_some_and(|shape| !shape.attributes.contains_key("tags_all"))
        {
            return None;
        }
        let default = self.default_tags(resource);
        let tags = tags.filter(|tags| !tags.is_null());
        if resource.shape.is_none() && tags.is_none() {
            return None;
        }
        let empty = Val::map(Type::String, BTreeMap::new());
        let (default, own) = (default.as_ref().unwrap_or(&empty), tags.unwrap_or(&empty));
        let sensitive = default.has_sensitive() || own.has_sensitive();
        let (Some(first), Some(second)) = (default.as_mapping(), own.as_mapping()) else {
            return Some(unknown_of(Type::map(Type::String), [default, own]));
        };
        let mut merged = first.clone();
        merged.extend(second.iter().map(|(key, value)| (key.clone(), value.clone())));
        // A tag that is null is not set.
        merged.retain(|_, value| !value.is_null());
        (!merged.is_empty()).then(|| Val::map(Type::String, merged).marked(sensitive))
    }

    /// The provider block that serves a resource, in the module instance that declares it.
    fn provider(&self, resource: &ResourceInstance) -> Option<(Rc<Instance>, Block)> {
        let block = resource.block()?;
        let key = match block.block.body.attribute("provider") {
            Some(attribute) => provider_key(&attribute.expr)?,
            None => Key {
                name: block
                    .resource_type
                    .split('_')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                alias: None,
            },
        };
        find(&resource.module, &key)
    }
}

fn find(instance: &Rc<Instance>, key: &Key) -> Option<(Rc<Instance>, Block)> {
    let mut instance = instance.clone();
    let mut key = key.clone();
    // Each round goes one module up, so the depth of modules bounds the loop.
    loop {
        let own = instance
            .module
            .providers
            .iter()
            .find(|block| block.label(0) == Some(&key.name) && alias_of(block) == key.alias.as_deref());
        let Some(parent) = &instance.parent else {
            return own.map(|block| (instance.clone(), block.clone()));
        };
        let call = parent.instance.module.calls.get(&parent.call)?;
        let passed = call
            .body
            .attribute("providers")
            .and_then(|attribute| passed(&attribute.expr, &key));
        key = match (passed, own) {
            (Some(outer), _) => outer,
            (None, Some(block)) => return Some((instance.clone(), block.clone())),
            // Only the provider without an alias is handed down by itself.
            (None, None) if key.alias.is_none() => key,
            (None, None) => return None,
        };
        let next = parent.instance.clone();
        instance = next;
    }
}

/// What `providers = { aws.inner = aws.outer }` passes for a key.
fn passed(expr: &Expr, key: &Key) -> Option<Key> {
    let ExprKind::Object(items) = &expr.kind else {
        return None;
    };
    let wanted = match &key.alias {
        Some(alias) => format!("{}.{alias}", key.name),
        None => key.name.clone(),
    };
    let item = items.iter().find(|item| match &item.key.kind {
        ExprKind::Literal(Literal::String(text)) => **text == *wanted,
        _ => provider_key(&item.key).as_ref() == Some(key),
    })?;
    provider_key(&item.value)
}

/// `aws`, `aws.west`, also in quotes.
fn provider_key(expr: &Expr) -> Option<Key> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(Key {
            name: name.to_string(),
            alias: None,
        }),
        ExprKind::Literal(Literal::String(text)) => match text.split_once('.') {
            Some((name, alias)) => Some(Key {
                name: name.to_owned(),
                alias: Some(alias.to_owned()),
            }),
            None => Some(Key {
                name: text.to_string(),
                alias: None,
            }),
        },
        ExprKind::Traversal(base, steps) => match (&base.kind, steps.as_slice()) {
            (ExprKind::Variable(name), [TraversalStep::Attribute(alias, _)]) => Some(Key {
                name: name.to_string(),
                alias: Some(alias.to_string()),
            }),
            _ => None,
        },
        ExprKind::Unwrapped(inner) | ExprKind::Parenthesis(inner) => provider_key(inner),
        _ => None,
    }
}

/// The region a resource is in, when its provider or the caller says so.
impl Evaluation<'_> {
    pub(super) fn region_of(&self, resource: &ResourceInstance) -> Option<Arc<str>> {
        if let Some((instance, block)) = self.provider(resource)
            && let Some(attribute) = block.body.attribute("region")
        {
            let value = self.settle(self.eval(&attribute.expr, &Scope::of(&instance)));
            // What is not known here may be known to the caller.
            if let Some(region) = value.as_str() {
                return Some(region.into());
            }
        }
        self.options.context.region.as_deref().map(Arc::from)
    }
}
