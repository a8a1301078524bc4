//! `AWS::Serverless::Application`, after the page `sam-resource-application`: a nested stack, whose template is a
//! local file or an application of the Serverless Application Repository.

use super::super::expression::Expression;
use super::super::stacks;
use super::{Macro, Output};
use crate::document::{Entry, Node};

impl Output<'_> {
    pub(super) fn application(&mut self, mut resource: Macro<'_>) {
        let Some(mut properties) = resource.properties.take() else {
            self.unreadable(&resource, stacks::TYPE);
            return;
        };
        let location = properties.take("Location");
        let written = |entry: &Entry| Expression::new(&entry.value).literal().is_some();
        let Some(location) = location.filter(written) else {
            let message = format!("the resources of application `{}` are not seen", resource.id);
            let place = resource.entry.value.get("Properties");
            let place = place
                .and_then(|node| node.get("Location"))
                .map_or(resource.place, |node: &Node| &node.span);
            self.not_expanded(message, place);
            self.unknown(&resource, stacks::TYPE);
            return;
        };
        properties.push(Entry {
            key: "TemplateURL".into(),
            ..location
        });
        properties.tags_as_list(None, resource.at());
        self.main(&resource, stacks::TYPE, properties);
    }
}
