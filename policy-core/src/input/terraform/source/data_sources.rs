//! Data sources that say nothing but what their arguments and the caller say.

use std::rc::Rc;
use std::sync::Arc;

use super::cty::{Data, Type, Val, without_null};
use super::evaluation::{Evaluation, Fault, ResourceInstance, Scope};
use super::policy_document;
use super::references::cycle;
use crate::resource::ResourceMode;
use crate::source::Span;

impl Evaluation<'_> {
    /// The computed attributes of a resource that are known without asking anybody.
    pub(super) fn computed_names(&self, resource: &ResourceInstance) -> &'static [&'static str] {
        let Some(block) = resource.block().filter(|block| block.mode == ResourceMode::Data) else {
            return &[];
        };
        match &*block.resource_type {
            "aws_iam_policy_document" => &["json"],
            "aws_partition" => &["id", "partition", "dns_suffix", "reverse_dns_prefix"],
            "aws_region" => &["id", "name", "region"],
            "aws_caller_identity" => &["id", "account_id"],
            _ => &[],
        }
    }

    /// An attribute that nobody wrote and that is known all the same.
    pub(super) fn computed_attribute(
        &self,
        resource: &Rc<ResourceInstance>,
        name: &Arc<str>,
        at: &Span,
    ) -> Result<Option<Val>, Fault> {
        let Some(block) = resource.block() else {
            return Ok(None);
        };
        if block.mode == ResourceMode::Managed {
            // The provider's page of the resource: the id is the name of the metric filter, and alarms are written so.
            if (&*block.resource_type, &**name) == ("aws_cloudwatch_log_metric_filter", "id") {
                let Some(written) = block.block.body.attribute("name") else {
                    return Ok(None);
                };
                let scope = Scope::of(&resource.module).with_each(&resource.each);
                return self.eval(&written.expr, &scope).map(Some);
            }
            if &**name != "tags_all" || block.block.body.attribute("tags_all").is_some() {
                return Ok(None);
            }
            let scope = Scope::of(&resource.module).with_each(&resource.each);
            let tags = block.block.body.attribute("tags");
            let tags = tags.map(|tags| self.settle(self.eval(&tags.expr, &scope)));
            return Ok(self.tags_all(resource, tags.as_ref()));
        }
        let text = |text: &str| Ok(Some(Val::string(text)));
        match (&*block.resource_type, &**name) {
            ("aws_iam_policy_document", "json" | "minified_json") => {
                self.policy_json(resource, name, at).map(Some)
            }
            ("aws_partition", "id" | "partition") => match self.partition(resource) {
                Some((partition, _)) => text(partition),
                None => Ok(None),
            },
            ("aws_partition", "dns_suffix") => match self.partition(resource) {
                Some((_, suffix)) => text(suffix),
                None => Ok(None),
            },
            ("aws_partition", "reverse_dns_prefix") => match self.partition(resource) {
                Some((_, suffix)) => text(&suffix.split('.').rev().collect::<Vec<_>>().join(".")),
                None => Ok(None),
            },
            ("aws_region", "id" | "name" | "region") => {
                let scope = Scope::of(&resource.module).with_each(&resource.each);
                for asked in ["name", "region"] {
                    let Some(asked) = block.block.body.attribute(asked) else {
                        continue;
                    };
                    // Modules write `region = var.region`, which is null where the provider's Region is meant.
                    let asked = self.eval(&asked.expr, &scope)?;
                    if !asked.is_null() {
                        return Ok(Some(without_null(asked)));
                    }
                }
                Ok(self.region_of(resource).map(|region| Val::string(&region)))
            }
            ("aws_caller_identity", "id" | "account_id") => {
                Ok(self.options.context.account.as_deref().map(Val::string))
            }
            _ => Ok(None),
        }
    }

    /// Partition and DNS suffix of the region of a resource.
    fn partition(&self, resource: &ResourceInstance) -> Option<(&'static str, &'static str)> {
        let region = self.region_of(resource)?;
        Some(match region.split('-').next() {
            Some("cn") => ("aws-cn", "amazonaws.com.cn"),
            _ if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
            // Isolated and sovereign partitions have suffixes of their own.
            _ if region.contains("-iso") || region.starts_with("eusc-") => return None,
            _ => ("aws", "amazonaws.com"),
        })
    }

    fn policy_json(&self, resource: &Rc<ResourceInstance>, name: &Arc<str>, at: &Span) -> Result<Val, Fault> {
        let key = (0, name.clone());
        self.once(
            &resource.attributes,
            &key,
            || cycle(&format!("{}.{name}", resource.address), at),
            || {
                let Some(block) = resource.block() else {
                    return super::evaluation::failed();
                };
                let scope = Scope::of(&resource.module).with_each(&resource.each);
                let built = self.block(&block.block.body, resource.shape.as_deref(), &scope, true);
                let documents = |value: &Val| match &value.data {
                    Data::Unknown(_, unknown) => self.document(unknown),
                    _ => None,
                };
                let rendered = policy_document::render(&built.members, &documents);
                let sensitive = built.members.values().any(Val::has_sensitive);
                let value = match rendered {
                    policy_document::Rendered::Known(document) => Val::string(&if &**name == "json" {
                        document.pretty()
                    } else {
                        document.minified()
                    }),
                    policy_document::Rendered::Holes(document, unknown) => {
                        let unknown = Arc::new(unknown);
                        self.remember_document(&unknown, document);
                        Val::unknown(Type::String, unknown)
                    }
                    policy_document::Rendered::Invalid(message) => {
                        self.report(
                            crate::diagnostic::Diagnostic::new(&super::codes::TFS006, message)
                                .at(&block.block.header),
                        );
                        super::evaluation::failed()
                    }
                };
                value.marked(sensitive)
            },
        )
    }
}
