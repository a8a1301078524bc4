//! `AWS::Serverless::SimpleTable`, after the page `sam-resource-simpletable`.

use super::super::synthetic::At;
use super::{Macro, NAME, Output};
use crate::document::Node;

const TABLE: &str = "AWS::DynamoDB::Table";

impl Output<'_> {
    pub(super) fn table(&mut self, mut resource: Macro<'_>) {
        let Some(mut properties) = resource.properties.take() else {
            self.unreadable(&resource, TABLE);
            return;
        };
        let at = resource.at();
        let (name, kind) = match properties.take("PrimaryKey") {
            None => (at.text("id"), at.text("S")),
            Some(key) => {
                let at = At(&key.value.span);
                let member = |name: &str| key.value.get(name).cloned();
                let kind = match key.value.get("Type").and_then(Node::as_str) {
                    Some("String") => at.text("S"),
                    Some("Number") => at.text("N"),
                    Some("Binary") => at.text("B"),
                    _ => at.unknown(NAME),
                };
                (member("Name").unwrap_or_else(|| at.unknown(NAME)), kind)
            }
        };
        let attribute = at.map([("AttributeName", name.clone()), ("AttributeType", kind)]);
        let key = at.map([("AttributeName", name), ("KeyType", at.text("HASH"))]);
        properties.push(at.entry("AttributeDefinitions", at.list([attribute])));
        properties.push(at.entry("KeySchema", at.list([key])));
        if properties.get("ProvisionedThroughput").is_none() {
            properties.push(at.entry("BillingMode", at.text("PAY_PER_REQUEST")));
        }
        properties.tags_as_list(None, at);
        self.main(&resource, TABLE, properties);
    }
}
