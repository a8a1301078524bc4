//! `AWS::Serverless::StateMachine`, after the pages `sam-resource-statemachine` and
//! `sam-specification-generated-resources-statemachine`.

use super::super::synthetic::At;
use super::policies::Grants;
use super::properties::s3_location;
use super::role::Role;
use super::{Macro, NAME, Output};
use crate::document::{Entry, Node, NodeKind};

const STATE_MACHINE: &str = "AWS::StepFunctions::StateMachine";

impl Output<'_> {
    /// The state machine and its role.
    pub(super) fn state_machine(&mut self, mut resource: Macro<'_>) {
        let Some(mut properties) = resource.properties.take() else {
            self.unreadable(&resource, STATE_MACHINE);
            return;
        };
        let at = resource.at();
        let mut grants = Grants::default();
        let policies = properties.take("Policies");
        self.grant(&resource, policies, &mut grants);
        if let Some(enabled) = properties
            .get("Tracing")
            .and_then(|tracing| tracing.get("Enabled"))
        {
            let place = At(&enabled.span);
            match &enabled.kind {
                NodeKind::Bool(true) => grants.managed.push(self.tracing_arn(place)),
                NodeKind::Bool(false) => {}
                // It may be on by a function.
                _ => grants.managed.push(place.unknown(NAME)),
            }
        }
        if let Some(events) = properties.take("Events") {
            self.left_out("what starts state machines", &events.key_span);
            self.state_machine_events(&events.value);
        }
        if let Some(definition) = properties.take("Definition") {
            properties.push(Entry {
                key: "DefinitionString".into(),
                value: At(&definition.value.span).unknown(NAME),
                ..definition
            });
        }
        if let Some(uri) = properties.take("DefinitionUri") {
            properties.push(Entry {
                key: "DefinitionS3Location".into(),
                value: s3_location(&uri.value, ["Bucket", "Key", "Version"]),
                ..uri
            });
        }
        for (from, to) in [
            ("Name", "StateMachineName"),
            ("Type", "StateMachineType"),
            ("Logging", "LoggingConfiguration"),
            ("Tracing", "TracingConfiguration"),
        ] {
            properties.rename(from, to);
        }
        if let Some(alias) = properties.entry("AutoPublishAlias") {
            self.left_out("versions and aliases of state machines", &alias.key_span);
        }
        properties.drop(&[
            "AutoPublishAlias",
            "DeploymentPreference",
            "PropagateTags",
            "UseAliasAsEventTarget",
        ]);
        let role = Role {
            service: "states.amazonaws.com",
            trust: None,
            grants,
            path: properties.take("RolePath"),
            boundary: properties.take("PermissionsBoundary"),
            tags: properties.entry("Tags").cloned(),
            own_tag: "stateMachine:createdBy",
        };
        let given = properties.take("Role");
        let role = self.role(&resource, given, role);
        properties.push(Entry {
            key: "RoleArn".into(),
            ..role
        });
        properties.tags_as_list(Some("stateMachine:createdBy"), at);
        self.main(&resource, STATE_MACHINE, properties);
    }

    /// Events of type `Api` ask for the implicit REST API.
    fn state_machine_events(&mut self, events: &Node) {
        for event in events.entries() {
            let is_api = event.value.get("Type").and_then(Node::as_str) == Some("Api");
            let named = event
                .value
                .get("Properties")
                .and_then(|node| node.get("RestApiId"));
            if is_api && named.is_none() {
                self.rest_api.ask(&event.key_span, None, false);
            }
        }
    }
}
