//! `AWS::Serverless::LayerVersion`, after the page `sam-resource-layerversion`. SAM appends a hash to the logical id;
//! here it keeps the id the template gives it, which is the one references use.

use super::properties::s3_location;
use super::{Macro, Output};
use crate::document::Entry;

const LAYER: &str = "AWS::Lambda::LayerVersion";

impl Output<'_> {
    pub(super) fn layer(&mut self, mut resource: Macro<'_>) {
        let Some(mut properties) = resource.properties.take() else {
            self.unreadable(&resource, LAYER);
            return;
        };
        let at = resource.at();
        if let Some(content) = properties.take("ContentUri") {
            properties.push(Entry {
                key: "Content".into(),
                value: s3_location(&content.value, ["S3Bucket", "S3Key", "S3ObjectVersion"]),
                ..content
            });
        }
        if properties.get("LayerName").is_none() {
            properties.push(at.entry("LayerName", at.text(resource.id.clone())));
        }
        properties.drop(&["PublishLambdaVersion", "RetentionPolicy"]);
        self.main(&resource, LAYER, properties);
    }
}
