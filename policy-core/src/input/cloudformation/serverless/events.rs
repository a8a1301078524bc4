//! The property `Events` of a function, after the page `sam-property-function-eventsource` and those of each type.
//!
//! Events make permissions, mappings and rules, which no control looks at. What they do to other resources is
//! expanded: streams and queues give the role a managed policy, and API events ask for the implicit APIs.

use super::super::synthetic::At;
use super::policies::Grants;
use super::properties::is_written_mapping;
use super::{Macro, NAME, Output};
use crate::document::{Entry, Node};

const MADE_BY_EVENTS: &str = "permissions, mappings, rules and schedules for events";

impl Output<'_> {
    pub(super) fn events(&mut self, resource: &Macro<'_>, events: &Node, grants: &mut Grants) {
        if !is_written_mapping(events) {
            let message = format!("the events of `{}` are no written mapping", resource.id);
            self.not_expanded(message, &events.span);
            return;
        }
        for event in events.entries() {
            self.event(resource, event, grants);
        }
    }

    fn event(&mut self, resource: &Macro<'_>, event: &Entry, grants: &mut Grants) {
        let at = At(&event.key_span);
        let native_type = event.value.get("Type").and_then(Node::as_str).unwrap_or_default();
        let properties = event.value.get("Properties");
        let property = |name: &str| properties.and_then(|node| node.get(name));
        let condition = resource.entry.value.get("Condition").cloned();
        let managed = match native_type {
            "Api" => {
                let policy = property("Auth").is_some_and(|auth| auth.get("ResourcePolicy").is_some());
                if property("RestApiId").is_none() {
                    self.rest_api.ask(&event.key_span, condition, policy);
                } else if policy {
                    let message = format!(
                        "the resource policy that event `{}` of `{}` gives its API is not expanded",
                        event.key, resource.id
                    );
                    self.not_expanded(message, &event.key_span);
                }
                None
            }
            "HttpApi" => {
                if property("ApiId").is_none() {
                    self.http_api.ask(&event.key_span, condition, false);
                }
                None
            }
            "SQS" => Some("service-role/AWSLambdaSQSQueueExecutionRole"),
            "Kinesis" => Some("service-role/AWSLambdaKinesisExecutionRole"),
            "DynamoDB" => Some("service-role/AWSLambdaDynamoDBExecutionRole"),
            "MSK" => Some("service-role/AWSLambdaMSKExecutionRole"),
            "MQ" | "SelfManagedKafka" | "DocumentDB" => {
                let message = format!(
                    "what event `{}` of type `{native_type}` lets the role of `{}` do is not expanded",
                    event.key, resource.id
                );
                self.not_expanded(message, &event.key_span);
                grants.documents.push(at.unknown(NAME));
                None
            }
            "SNS" if property("SqsSubscription").is_some() => {
                let message = format!(
                    "the queue that event `{}` of `{}` makes is not expanded",
                    event.key, resource.id
                );
                self.not_expanded(message, &event.key_span);
                None
            }
            "AlexaSkill" | "CloudWatchEvent" | "CloudWatchLogs" | "Cognito" | "EventBridgeRule"
            | "IoTRule" | "S3" | "SNS" | "Schedule" | "ScheduleV2" => None,
            other => {
                let message = format!(
                    "event `{}` of `{}` has the type `{other}`, which is not known",
                    event.key, resource.id
                );
                self.not_expanded(message, &event.key_span);
                return;
            }
        };
        if let Some(path) = managed {
            let arn = self.managed_arn(path, at);
            if !grants.managed.contains(&arn) {
                grants.managed.push(arn);
            }
            if property("DestinationConfig").is_some() {
                // The role may send what fails to a queue, topic or bucket.
                grants.documents.push(at.unknown(NAME));
            }
        }
        self.left_out(MADE_BY_EVENTS, &event.key_span);
    }
}
