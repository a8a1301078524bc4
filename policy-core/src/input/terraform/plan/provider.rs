//! What the provider configuration says of all of its resources: Region, account, default tags.

use std::collections::HashMap;
use std::sync::Arc;

use super::configuration::{Expressions, ProviderBlock, ROOT};
use super::instances::ROOT_INSTANCE;
use super::resources::Planned;
use super::trace::{Each, Frame, Tracer};
use crate::resource::{InstanceKey, Lifecycle, ProviderContext, TraversalStep, traversal};
use crate::value::{Unknown, UnknownReason, Value};

/// The provider contexts of a plan, computed once per provider configuration.
pub(super) struct Providers<'p> {
    tracer: &'p Tracer<'p>,
    /// Accounts that `data.aws_caller_identity` answered, by the provider configuration that was asked.
    caller_accounts: HashMap<Arc<str>, Arc<str>>,
    cache: HashMap<Arc<str>, ProviderContext>,
}

/// The block that a provider key names.
pub(super) enum Block<'p> {
    /// This one.
    Known(&'p ProviderBlock),
    /// The plan has no configuration of this provider.
    Missing,
    /// One of several: older Terraform versions do not say which one a module was given.
    Ambiguous,
}

impl<'p> Providers<'p> {
    /// No context is computed yet.
    pub(super) fn new(tracer: &'p Tracer<'p>) -> Self {
        Self {
            tracer,
            caller_accounts: HashMap::new(),
            cache: HashMap::new(),
        }
    }

    /// Remembers the account that a `data.aws_caller_identity` answered.
    pub(super) fn learn_account(&mut self, data: &Planned) {
        if data.lifecycle != Lifecycle::Data || data.address.resource_type != "aws_caller_identity" {
            return;
        }
        let instance = self.tracer.instances.module(data.module);
        let module = instance.and_then(|instance| instance.configuration);
        let module = module.and_then(|id| self.tracer.configuration.module(id));
        let block = module.and_then(|module| module.resources.get(data.address.block_text().as_str()));
        let account = data
            .values
            .get("account_id")
            .and_then(Value::as_str)
            .and_then(account_of);
        if let (Some(block), Some(Value::String(account))) = (block, account) {
            self.caller_accounts.insert(block.provider_key.clone(), account);
        }
    }

    /// The context that the configuration `key` gives to its resources.
    pub(super) fn context(&mut self, key: &Arc<str>) -> ProviderContext {
        if let Some(known) = self.cache.get(key) {
            return known.clone();
        }
        let context = self.compute(key);
        self.cache.insert(key.clone(), context.clone());
        context
    }

    /// The block that `key` names, directly or through modules.
    pub(super) fn block(&self, key: &str) -> Block<'p> {
        let providers = &self.tracer.configuration.providers;
        if let Some(block) = providers.get(key) {
            return Block::Known(block);
        }
        // A root provider without a block is configured by its environment.
        let Some((_module, local)) = key.rsplit_once(':') else {
            return Block::Missing;
        };
        // A key such as `module.x:aws.alias` without an entry: the module was given a configuration of its caller,
        // under a name of its own choice.
        let name = local.split('.').next().unwrap_or(local);
        let mut candidates = providers.values().filter(|block| block.name == name);
        match (candidates.next(), candidates.next()) {
            (None, _) => Block::Missing,
            (Some(one), None) if !one.aliased => Block::Known(one),
            (Some(_), _) => Block::Ambiguous,
        }
    }

    /// Where the expressions of a provider block stand. A module with a provider block has no instance keys.
    pub(super) fn frame(&self, block: &ProviderBlock) -> Option<Frame<'static>> {
        let mut instance = ROOT_INSTANCE;
        if block.module.is_empty() {
            return self
                .tracer
                .configuration
                .module(ROOT)
                .map(|_| Frame::Instance(instance));
        }
        for step in traversal(&block.module).ok()? {
            match step {
                TraversalStep::Name(word) if word == "module" => {}
                TraversalStep::Name(call) => {
                    let wanted = super::instances::Wanted::Any { prefer: None };
                    instance = *self.tracer.instances.calls(instance, &call, &wanted).first()?;
                }
                TraversalStep::Key(InstanceKey::Int(_) | InstanceKey::Str(_)) => return None,
            }
        }
        Some(Frame::Instance(instance))
    }

    fn compute(&self, key: &Arc<str>) -> ProviderContext {
        let caller = self
            .caller_accounts
            .get(key)
            .map(|account| Value::String(account.clone()));
        match self.block(key) {
            Block::Missing => ProviderContext {
                account: caller,
                ..ProviderContext::default()
            },
            Block::Ambiguous => {
                let unknown = || Some(Unknown::new(UnknownReason::Expression).into());
                ProviderContext {
                    region: unknown(),
                    account: caller.or_else(unknown),
                    default_tags: unknown(),
                }
            }
            Block::Known(block) => {
                let account = self.account(block);
                let known = account
                    .as_ref()
                    .is_some_and(|account| account.as_unknown().is_none());
                ProviderContext {
                    region: self.region(block),
                    account: if known { account } else { caller.or(account) },
                    default_tags: self.default_tags(block),
                }
            }
        }
    }

    fn region(&self, block: &ProviderBlock) -> Option<Value> {
        let expression = block.body.get("region")?;
        self.checked(block, expression, |value| {
            value.as_str().filter(|text| is_region(text)).map(Value::from)
        })
    }

    /// The account of the last assumed role, or the only allowed account.
    fn account(&self, block: &ProviderBlock) -> Option<Value> {
        let role = match block.body.get("assume_role") {
            Some(Expressions::Blocks(roles)) => roles.last().and_then(|role| role.get("role_arn")),
            Some(role) => role.get("role_arn"),
            None => None,
        };
        let role =
            role.and_then(|role| self.checked(block, role, |value| value.as_str().and_then(account_of)));
        let allowed = || {
            let allowed = block.body.get("allowed_account_ids")?;
            let several = allowed
                .leaf()
                .and_then(|leaf| leaf.constant.as_ref())
                .and_then(Value::as_list);
            // Several allowed accounts are a fence, not a statement.
            if several.is_some_and(|accounts| accounts.len() != 1) {
                return None;
            }
            self.checked(block, allowed, |value| match value {
                Value::List(accounts) => match accounts.as_slice() {
                    [account] => account.as_str().and_then(account_of),
                    _ => None,
                },
                value => value.as_str().and_then(account_of),
            })
        };
        role.or_else(allowed)
    }

    fn default_tags(&self, block: &ProviderBlock) -> Option<Value> {
        let expression = default_tags(block)?;
        match expression.leaf() {
            Some(leaf) if leaf.subjects.is_empty() => match &leaf.constant {
                Some(Value::Null) => None,
                Some(tags @ Value::Map(_)) => Some(tags.clone()),
                _ => Some(Unknown::new(UnknownReason::Expression).into()),
            },
            // `var.tags` and `merge(var.tags, {…})` look the same, so a known variable says nothing here.
            _ => Some(self.unknown_tags(block, expression)),
        }
    }

    /// Default tags made only of what Terraform knew when it planned are [`UnknownReason::ComputedDefault`]: the plan does
    /// not print them, and `tags_all` of every resource has them.
    fn unknown_tags(&self, block: &ProviderBlock, expression: &Expressions) -> Value {
        let trace = expression.leaf().zip(self.frame(block));
        let unknown = trace.map(|(leaf, frame)| {
            let trace = self.tracer.trace(leaf, frame, Each::default());
            match trace.is_of_known_values() {
                true => Unknown::new(UnknownReason::ComputedDefault),
                false => trace.unknown(),
            }
        });
        unknown
            .unwrap_or_else(|| Unknown::new(UnknownReason::Expression))
            .into()
    }

    /// The value of an expression when it is of the kind that `check` accepts, else why it is not known.
    fn checked(
        &self,
        block: &ProviderBlock,
        expression: &Expressions,
        check: impl Fn(&Value) -> Option<Value>,
    ) -> Option<Value> {
        let leaf = expression.leaf()?;
        if leaf.subjects.is_empty() && leaf.constant == Some(Value::Null) {
            return None;
        }
        let value = match (leaf.subjects.is_empty(), self.frame(block)) {
            (true, _) => leaf.constant.as_ref(),
            (false, Some(frame)) => self.tracer.value(leaf, frame),
            (false, None) => None,
        };
        Some(
            value
                .and_then(check)
                .unwrap_or_else(|| self.unknown(block, expression)),
        )
    }

    fn unknown(&self, block: &ProviderBlock, expression: &Expressions) -> Value {
        let trace = expression.leaf().zip(self.frame(block));
        let unknown = trace.map(|(leaf, frame)| self.tracer.trace(leaf, frame, Each::default()).unknown());
        let unknown = unknown.unwrap_or_else(|| Unknown::new(UnknownReason::Expression));
        // An argument that is there is not a default of anything.
        match unknown.reason {
            UnknownReason::ComputedDefault => Unknown::new(UnknownReason::Expression).into(),
            _ => unknown.into(),
        }
    }
}

/// The expression of the default tags of a provider block.
pub(super) fn default_tags(block: &ProviderBlock) -> Option<&Expressions> {
    match block.body.get("default_tags")? {
        Expressions::Blocks(blocks) => blocks.first()?.get("tags"),
        block => block.get("tags"),
    }
}

/// Whether a text has the form of a Region, such as `eu-west-1` or `us-gov-east-1`.
pub(super) fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let partition = parts.next().is_some_and(|part| part.len() >= 2 && is_word(part));
    let number = parts
        .next_back()
        .is_some_and(|part| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_digit()));
    let rest: Vec<&str> = parts.collect();
    partition && number && !rest.is_empty() && rest.into_iter().all(is_word)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The account of an ARN, or an account id itself.
fn account_of(text: &str) -> Option<Value> {
    let account = match text.strip_prefix("arn:") {
        Some(arn) => arn.split(':').nth(3)?,
        None => text,
    };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then(|| account.into())
}
