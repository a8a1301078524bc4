//! `AWS::Serverless::HttpApi`, after the pages `sam-resource-httpapi` and
//! `sam-specification-generated-resources-httpapi`.

use std::sync::Arc;

use super::super::synthetic::At;
use super::api::{hashed, stage_id};
use super::properties::{Properties, is_written_mapping, s3_location};
use super::{Macro, NAME, Output};
use crate::document::{Entry, Node};

const API: &str = "AWS::ApiGatewayV2::Api";

const OF_THE_STAGE: [&str; 5] = [
    "AccessLogSettings",
    "DefaultRouteSettings",
    "RouteSettings",
    "StageName",
    "StageVariables",
];

impl Output<'_> {
    /// The API, its stage and its domain name.
    pub(super) fn http_api(&mut self, mut resource: Macro<'_>) {
        let Some(mut properties) = resource.properties.take() else {
            self.unreadable(&resource, API);
            return;
        };
        let at = resource.at();
        let tags = tags(properties.take("Tags"), at);
        let mut stage = properties.split(&OF_THE_STAGE);
        let name = stage
            .iter()
            .find(|entry| &*entry.key == "StageName")
            .map(|entry| entry.value.clone());
        let id: Arc<str> = match name.as_ref().map(Node::as_str) {
            None | Some(Some("$default")) => resource.generated("ApiGatewayDefaultStage"),
            _ => stage_id(resource.id, name.as_ref()),
        };
        if name.is_none() {
            stage.push(at.entry("StageName", at.text("$default")));
        }
        stage.push(at.entry("AutoDeploy", at.boolean(true)));
        stage.push(at.entry("ApiId", at.reference(resource.id)));
        stage.push(tags.clone());
        if let Some(body) = properties.take("DefinitionBody") {
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
        properties.drop(&["Auth", "PropagateTags"]);
        properties.push(tags);
        let domain = properties.take("Domain");
        self.main(&resource, API, properties);
        self.beside(&resource, id, "AWS::ApiGatewayV2::Stage", at.entries(stage), None);
        if let Some(domain) = domain {
            self.http_domain(&resource, &domain);
        }
    }

    fn http_domain(&mut self, resource: &Macro<'_>, domain: &Entry) {
        let at = At(&domain.key_span);
        self.left_out("base path mappings and DNS records of APIs", &domain.key_span);
        let id = hashed("ApiGatewayDomainNameV2", domain.value.get("DomainName"));
        let properties = match Properties::new(&domain.value) {
            None => At(&domain.value.span).unknown(NAME),
            Some(mut properties) => {
                properties.drop(&["BasePath", "Route53"]);
                properties.rename("EndpointConfiguration", "EndpointType");
                let of_the_configuration = [
                    "CertificateArn",
                    "EndpointType",
                    "SecurityPolicy",
                    "OwnershipVerificationCertificateArn",
                ];
                let configuration = at.entries(properties.split(&of_the_configuration));
                properties.push(at.entry("DomainNameConfigurations", at.list([configuration])));
                at.entries(properties.entries().to_vec())
            }
        };
        self.beside(resource, id, "AWS::ApiGatewayV2::DomainName", properties, None);
    }
}

/// The tags, a mapping here, with the one that SAM sets.
fn tags(tags: Option<Entry>, at: At<'_>) -> Entry {
    let own = at.entry("httpapi:createdBy", at.text("SAM"));
    match tags {
        None => at.entry("Tags", at.entries([own])),
        Some(entry) if is_written_mapping(&entry.value) => {
            let members = entry.value.entries().iter().cloned();
            Entry {
                value: At(&entry.value.span).entries([own].into_iter().chain(members)),
                ..entry
            }
        }
        Some(entry) => Entry {
            value: At(&entry.value.span).unknown(NAME),
            ..entry
        },
    }
}
