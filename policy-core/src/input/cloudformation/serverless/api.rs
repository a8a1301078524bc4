//! `AWS::Serverless::Api`, after the pages `sam-resource-api` and `sam-specification-generated-resources-api`; and the
//! implicit APIs, which events of functions ask for.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::super::expression::{Expression, Form};
use super::super::synthetic::{At, any_node};
use super::globals::Globals;
use super::properties::{Properties, is_written_mapping, s3_location, tag_list};
use super::{Macro, NAME, Output, PREFIX};
use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;

const API: &str = "AWS::ApiGateway::RestApi";

/// What belongs to the stage.
const OF_THE_STAGE: [&str; 9] = [
    "StageName",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "Variables",
    "MethodSettings",
    "AccessLogSetting",
    "CanarySetting",
    "TracingEnabled",
    "Tags",
];

/// What changes the definition of the API or what stands around it.
const OF_THE_DEFINITION: [&str; 9] = [
    "AlwaysDeploy",
    "Auth",
    "Cors",
    "GatewayResponses",
    "MergeDefinitions",
    "Models",
    "OpenApiVersion",
    "PropagateTags",
    "SecurityPolicy",
];

/// An API that SAM makes because events of functions name none.
#[derive(Default)]
pub(super) struct Implicit {
    place: Option<Span>,
    /// The conditions of the functions that ask for it; `None` when one of them has none.
    conditions: Option<Vec<Node>>,
    /// An event adds a resource policy.
    policy: bool,
}

impl Implicit {
    /// An event asks for the API.
    pub(super) fn ask(&mut self, place: &Span, condition: Option<Node>, policy: bool) {
        self.policy |= policy;
        if self.place.is_none() {
            self.place = Some(place.clone());
            self.conditions = Some(Vec::new());
        }
        match (&mut self.conditions, condition) {
            (Some(conditions), Some(condition)) if !conditions.contains(&condition) => {
                conditions.push(condition);
            }
            (_, Some(_)) => {}
            (conditions, None) => *conditions = None,
        }
    }
}

impl Output<'_> {
    /// The API, its stage and its domain name.
    pub(super) fn api(&mut self, mut resource: Macro<'_>) {
        let Some(mut properties) = resource.properties.take() else {
            self.unreadable(&resource, API);
            return;
        };
        let at = resource.at();
        let tags = properties.entry("Tags").cloned();
        let mut stage = properties.split(&OF_THE_STAGE);
        stage.retain(|entry| &*entry.key != "Tags");
        stage.extend(tag_list(tags.as_ref(), None, at));
        if let Some(policy) = policy(&properties) {
            properties.push(policy);
        }
        if let Some(body) = properties.take("DefinitionBody") {
            // SAM adds paths, authorizers and the like to it.
            properties.push(Entry {
                key: "Body".into(),
                value: At(&body.value.span).unknown(NAME),
                ..body
            });
        }
        if let Some(uri) = properties.take("DefinitionUri") {
            properties.push(Entry {
                key: "BodyS3Location".into(),
                value: s3_location(&uri.value, ["Bucket", "Key", "Version"]),
                ..uri
            });
        }
        if let Some(auth) = properties.entry("Auth") {
            self.left_out("authorizers, usage plans and API keys", &auth.key_span);
        }
        properties.drop(&OF_THE_DEFINITION);
        endpoint(&mut properties);
        let domain = properties.take("Domain");
        let name = stage
            .iter()
            .find(|entry| &*entry.key == "StageName")
            .map(|entry| entry.value.clone());
        let id = stage_id(resource.id, name.as_ref());
        stage.push(at.entry("RestApiId", at.reference(resource.id)));
        stage.push(at.entry("DeploymentId", at.unknown(NAME)));
        self.left_out("deployments of APIs", resource.place);
        self.main(&resource, API, properties);
        self.beside(&resource, id, "AWS::ApiGateway::Stage", at.entries(stage), None);
        if let Some(domain) = domain {
            self.domain(&resource, &domain);
        }
    }

    fn domain(&mut self, resource: &Macro<'_>, domain: &Entry) {
        let at = At(&domain.key_span);
        self.left_out("base path mappings and DNS records of APIs", &domain.key_span);
        let id = hashed("ApiGatewayDomainName", domain.value.get("DomainName"));
        let Some(mut properties) = Properties::new(&domain.value) else {
            let properties = At(&domain.value.span).unknown(NAME);
            self.beside(resource, id, "AWS::ApiGateway::DomainName", properties, None);
            return;
        };
        properties.drop(&[
            "BasePath",
            "NormalizeBasePath",
            "Route53",
            "AccessAssociation",
            "Policy",
        ]);
        let endpoint = properties.take("EndpointConfiguration");
        let kind = endpoint.map_or_else(|| at.text("REGIONAL"), |entry| entry.value);
        if kind.as_str() == Some("REGIONAL") {
            properties.rename("CertificateArn", "RegionalCertificateArn");
        }
        let types = at.map([("Types", at.list([kind]))]);
        properties.push(at.entry("EndpointConfiguration", types));
        let properties = at.entries(properties.entries().to_vec());
        self.beside(resource, id, "AWS::ApiGateway::DomainName", properties, None);
    }

    /// The APIs that events of functions ask for, with what `Globals` say about APIs.
    pub(super) fn implicit_apis(&mut self, globals: &Globals<'_>) {
        let rest = std::mem::take(&mut self.rest_api);
        let http = std::mem::take(&mut self.http_api);
        for (implicit, id, name) in [
            (rest, "ServerlessRestApi", "Api"),
            (http, "ServerlessHttpApi", "HttpApi"),
        ] {
            let Some(place) = implicit.place else { continue };
            if self.taken.contains(id) {
                continue;
            }
            let at = At(&place);
            let mut body = vec![at.entry("Type", at.text(format!("{PREFIX}{name}")))];
            if name == "Api" {
                let mut properties = vec![("StageName", at.text("Prod"))];
                if implicit.policy {
                    let policy = at.map([("ResourcePolicy", at.unknown(NAME))]);
                    properties.push(("Auth", policy));
                }
                body.push(at.entry("Properties", at.map(properties)));
            }
            match implicit.conditions.as_deref() {
                None | Some([]) => {}
                Some([only]) => body.push(at.entry("Condition", only.clone())),
                Some(several) => {
                    let any = several
                        .iter()
                        .map(|condition| at.call("Condition", condition.clone()));
                    let name: Arc<str> = format!("a function for {id}").into();
                    let any = at.call("Fn::Or", at.list(any));
                    self.conditions.push(at.entry(name.clone(), any));
                    body.push(at.entry("Condition", at.text(name)));
                }
            }
            let entry = at.entry(id, at.entries(body));
            self.expand(name, Macro::new(&entry, name, globals));
        }
    }
}

/// The logical id of a stage: with the name of the stage when that is written.
pub(super) fn stage_id(api: &str, name: Option<&Node>) -> Arc<str> {
    match name.and_then(|name| Expression::new(name).literal()) {
        Some(name) if !name.is_empty() && name.chars().all(char::is_alphanumeric) => {
            format!("{api}{name}Stage").into()
        }
        Some(name) => hashed_text(&format!("{api}Stage"), &name),
        None => format!("{api}Stage").into(),
    }
}

/// A logical id with the hash that SAM appends of a written text.
pub(super) fn hashed(prefix: &str, of: Option<&Node>) -> Arc<str> {
    match of.and_then(|node| Expression::new(node).literal()) {
        Some(text) => hashed_text(prefix, &text),
        None => prefix.into(),
    }
}

fn hashed_text(prefix: &str, text: &str) -> Arc<str> {
    let digest = Sha256::digest(text.as_bytes());
    let hash: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}{hash}").into()
}

/// `EndpointConfiguration` is a type, or a mapping with `Type` and `VPCEndpointIds`.
fn endpoint(properties: &mut Properties) {
    let Some(written) = properties.take("EndpointConfiguration") else {
        return;
    };
    let at = At(&written.value.span);
    let value = if is_written_mapping(&written.value) {
        let members = written.value.entries().iter().map(|entry| match &*entry.key {
            "Type" => Entry {
                key: "Types".into(),
                value: At(&entry.value.span).list([entry.value.clone()]),
                ..entry.clone()
            },
            "VPCEndpointIds" => Entry {
                key: "VpcEndpointIds".into(),
                ..entry.clone()
            },
            _ => entry.clone(),
        });
        at.entries(members)
    } else {
        at.map([("Types", at.list([written.value.clone()]))])
    };
    properties.push(Entry { value, ..written });
}

/// The resource policy, which SAM writes into the definition: unknown when there may be one.
fn policy(properties: &Properties) -> Option<Entry> {
    let auth = properties.entry("Auth");
    let given = auth.filter(|entry| {
        let node = &entry.value;
        !matches!(Expression::new(node).form(), Form::Data) || node.get("ResourcePolicy").is_some()
    });
    let written = properties.entry("DefinitionBody").filter(|entry| {
        any_node(&entry.value, |node| {
            let policy = |entry: &Entry| &*entry.key == "x-amazon-apigateway-policy";
            // A macro may bring anything, and `AWS::Include` is how definitions are usually brought in.
            let macro_ = |entry: &Entry| &*entry.key == "Fn::Transform";
            matches!(node.kind, NodeKind::Mapping(_))
                && node.entries().iter().any(|entry| policy(entry) || macro_(entry))
        })
    });
    let fetched = properties.entry("DefinitionUri");
    let entry = given.or(written).or(fetched)?;
    Some(At(&entry.value.span).entry("Policy", At(&entry.value.span).unknown(NAME)))
}
