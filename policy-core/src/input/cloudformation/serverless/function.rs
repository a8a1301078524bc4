//! `AWS::Serverless::Function`, after the pages `sam-resource-function` and
//! `sam-specification-generated-resources-function`.

use super::super::expression::Expression;
use super::super::synthetic::At;
use super::policies::{Grants, allowing};
use super::properties::{Properties, is_written_mapping, s3_location};
use super::role::Role;
use super::{Macro, NAME, Output};
use crate::document::{Entry, Node};

const FUNCTION: &str = "AWS::Lambda::Function";

/// What says how to publish the function, and leaves nothing to evaluate.
const PUBLISHING: [&str; 7] = [
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "DeploymentPreference",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "VersionDescription",
];

impl Output<'_> {
    /// The function itself, its role, its URL, and queues and topics for its results. Properties that SAM hands on
    /// under their own names stay as they are.
    pub(super) fn function(&mut self, mut resource: Macro<'_>) {
        let Some(mut properties) = resource.properties.take() else {
            self.unreadable(&resource, FUNCTION);
            return;
        };
        let at = resource.at();
        let mut grants = Grants::default();
        grants
            .managed
            .push(self.managed_arn("service-role/AWSLambdaBasicExecutionRole", at));
        self.tracing(&mut properties, &mut grants);
        if let Some(network) = properties.get("VpcConfig") {
            let path = "service-role/AWSLambdaVPCAccessExecutionRole";
            let arn = self.managed_arn(path, At(&network.span));
            grants.managed.push(arn);
        }
        if let Some(alias) = properties.entry("AutoPublishAlias") {
            self.left_out("versions, aliases and deployments of functions", &alias.key_span);
        }
        properties.drop(&PUBLISHING);
        dead_letters(&mut properties, &mut grants);
        if let Some(invoke) = properties.take("EventInvokeConfig") {
            self.destinations(&resource, &invoke.value, &mut grants);
        }
        if let Some(events) = properties.take("Events") {
            self.events(&resource, &events.value, &mut grants);
        }
        let policies = properties.take("Policies");
        self.grant(&resource, policies, &mut grants);
        code(&mut properties);
        let trust = properties.take("AssumeRolePolicyDocument");
        let role = Role {
            service: "lambda.amazonaws.com",
            trust: trust.map(|entry| entry.value),
            grants,
            path: properties.take("RolePath"),
            boundary: properties.take("PermissionsBoundary"),
            tags: properties.entry("Tags").cloned(),
            own_tag: "lambda:createdBy",
        };
        let given = properties.take("Role");
        let role = self.role(&resource, given, role);
        properties.push(role);
        properties.tags_as_list(Some("lambda:createdBy"), at);
        let url = properties.take("FunctionUrlConfig");
        self.main(&resource, FUNCTION, properties);
        if let Some(url) = url {
            self.url(&resource, &url);
        }
    }

    /// A resource whose properties cannot be taken apart.
    pub(super) fn unreadable(&mut self, resource: &Macro<'_>, native_type: &str) {
        let message = format!(
            "the properties of `{}` are no written mapping and stay unknown",
            resource.id
        );
        self.not_expanded(message, resource.place);
        self.unknown(resource, native_type);
    }

    /// `Tracing: Active` becomes `TracingConfig: {Mode: Active}`, and the role may write traces.
    fn tracing(&mut self, properties: &mut Properties, grants: &mut Grants) {
        let Some(tracing) = properties.take("Tracing") else {
            return;
        };
        let at = At(&tracing.value.span);
        if tracing.value.as_str() == Some("Disabled") {
            return;
        }
        grants.managed.push(self.tracing_arn(at));
        properties.push(Entry {
            key: "TracingConfig".into(),
            key_span: tracing.key_span.clone(),
            value: at.map([("Mode", tracing.value.clone())]),
        });
    }

    /// The managed policy that lets a role write traces.
    pub(super) fn tracing_arn(&self, at: At<'_>) -> Node {
        match self.partition {
            "aws" => self.managed_arn("AWSXrayWriteOnlyAccess", at),
            _ => self.managed_arn("AWSXRayDaemonWriteAccess", at),
        }
    }

    /// Where results go: the role may send there, and queues and topics are made where none is named.
    fn destinations(&mut self, resource: &Macro<'_>, invoke: &Node, grants: &mut Grants) {
        let config = invoke.get("DestinationConfig").map(Node::entries);
        for entry in config.unwrap_or_default() {
            let at = At(&entry.key_span);
            let (suffix, native_type, action) = match entry.value.get("Type").and_then(Node::as_str) {
                Some("SQS") => ("Queue", Some("AWS::SQS::Queue"), "sqs:SendMessage"),
                Some("SNS") => ("Topic", Some("AWS::SNS::Topic"), "sns:publish"),
                Some("EventBridge") => ("", None, "events:PutEvents"),
                Some("Lambda") => ("", None, "lambda:InvokeFunction"),
                _ => {
                    let message = format!(
                        "the destination `{}` of `{}` is not known",
                        entry.key, resource.id
                    );
                    self.not_expanded(message, &entry.key_span);
                    continue;
                }
            };
            let named = entry
                .value
                .get("Destination")
                .filter(|node| !Expression::new(node).is_no_value());
            let destination = match (named, native_type) {
                (Some(node), _) => node.clone(),
                (None, Some(native_type)) => {
                    let id = resource.generated(&format!("EventInvokeConfig{}{suffix}", entry.key));
                    let made = if suffix == "Queue" {
                        at.get_att(&id, "Arn")
                    } else {
                        at.reference(&id)
                    };
                    self.beside(resource, id, native_type, at.entries([]), None);
                    made
                }
                (None, None) => continue,
            };
            let name = format!("{}EventInvokeConfig{}Policy", resource.id, entry.key);
            grants.documents.push(allowing(at, &name, action, destination));
        }
    }

    /// A function URL, open to the world when nobody has to sign requests.
    fn url(&mut self, resource: &Macro<'_>, config: &Entry) {
        let at = At(&config.key_span);
        let id = resource.generated("Url");
        if !is_written_mapping(&config.value) {
            let properties = At(&config.value.span).unknown(NAME);
            self.beside(resource, id, "AWS::Lambda::Url", properties, None);
            return;
        }
        let mut properties = config.value.entries().to_vec();
        properties.push(at.entry("TargetFunctionArn", at.reference(resource.id)));
        self.beside(resource, id, "AWS::Lambda::Url", at.entries(properties), None);
        if config.value.get("AuthType").and_then(Node::as_str) == Some("NONE") {
            let permission = at.map([
                ("Action", at.text("lambda:InvokeFunctionUrl")),
                ("FunctionName", at.reference(resource.id)),
                ("Principal", at.text("*")),
                ("FunctionUrlAuthType", at.text("NONE")),
            ]);
            let id = resource.generated("UrlPublicPermissions");
            self.beside(resource, id, "AWS::Lambda::Permission", permission, None);
        }
    }
}

/// `DeadLetterQueue: {Type: SQS, TargetArn: …}`: the target, and the permission to send there.
fn dead_letters(properties: &mut Properties, grants: &mut Grants) {
    let Some(queue) = properties.take("DeadLetterQueue") else {
        return;
    };
    let at = At(&queue.value.span);
    let target = queue.value.get("TargetArn");
    let action = match queue.value.get("Type").and_then(Node::as_str) {
        Some("SQS") => Some("sqs:SendMessage"),
        Some("SNS") => Some("sns:Publish"),
        _ => None,
    };
    let config = match target {
        Some(target) => at.map([("TargetArn", target.clone())]),
        None => at.unknown(NAME),
    };
    grants.documents.push(match (action, target) {
        (Some(action), Some(target)) => allowing(at, "DeadLetterQueuePolicy", action, target.clone()),
        _ => at.unknown(NAME),
    });
    properties.push(Entry {
        key: "DeadLetterConfig".into(),
        key_span: queue.key_span.clone(),
        value: config,
    });
}

/// The three ways to give code become the property `Code`.
fn code(properties: &mut Properties) {
    let written = properties.split(&["InlineCode", "CodeUri", "ImageUri"]);
    let Some(first) = written.first() else {
        return;
    };
    let at = At(&first.value.span);
    let value = match &*first.key {
        "InlineCode" => at.map([("ZipFile", first.value.clone())]),
        "ImageUri" => at.map([("ImageUri", first.value.clone())]),
        _ => s3_location(&first.value, ["S3Bucket", "S3Key", "S3ObjectVersion"]),
    };
    properties.push(Entry {
        key: "Code".into(),
        value,
        ..first.clone()
    });
}
