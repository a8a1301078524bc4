//! The property `Policies` of functions and state machines: names and ARNs of managed policies, policy documents, and
//! policy templates, one or a list of them (page `sam-resource-function`, property `Policies`).

use std::sync::Arc;

use super::super::expression::{Expression, Form};
use super::super::synthetic::At;
use super::policy_templates;
use super::properties::{branches, is_written_mapping};
use super::{Macro, NAME, Output};
use crate::document::{Entry, Node, NodeKind};
use crate::source::Span;

/// AWS managed policies that functions name and that live under a path of their own.
const SERVICE_ROLES: [&str; 22] = [
    "AWSCodeDeployRoleForLambda",
    "AWSCodeDeployRoleForLambdaLimited",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaManagedEC2ResourceOperator",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSBatchServiceRole",
    "AWSConfigRulesExecutionRole",
    "AWSGlueServiceRole",
    "AWSStepFunctionsFullAccess",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonEC2ContainerServiceRole",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonEC2RoleforSSM",
    "AmazonS3ObjectLambdaExecutionRolePolicy",
    "AmazonSNSRole",
    "CloudWatchAgentServerRole",
];

/// AWS managed policies for job functions.
const JOB_FUNCTIONS: [&str; 7] = [
    "Billing",
    "DataScientist",
    "DatabaseAdministrator",
    "NetworkAdministrator",
    "SupportUser",
    "SystemAdministrator",
    "ViewOnlyAccess",
];

/// What a role grants.
#[derive(Default)]
pub(super) struct Grants {
    /// ARNs of managed policies.
    pub(super) managed: Vec<Node>,
    /// Inline policies: mappings with `PolicyName` and `PolicyDocument`.
    pub(super) documents: Vec<Node>,
    /// Where the policies are written.
    pub(super) place: Option<Span>,
}

/// What an element of `Policies` becomes.
enum Granted {
    Managed(Node),
    Document(Node),
    Nothing,
}

impl Output<'_> {
    /// The ARN of an AWS managed policy. SAM looks the partition up where it deploys; without a Region it is taken to
    /// be the commercial one.
    pub(super) fn managed_arn(&self, path_and_name: &str, at: At<'_>) -> Node {
        at.text(format!("arn:{}:iam::aws:policy/{path_and_name}", self.partition))
    }

    /// Adds what the property `Policies` grants.
    pub(super) fn grant(&mut self, resource: &Macro<'_>, property: Option<Entry>, grants: &mut Grants) {
        let Some(Entry { value: policies, .. }) = property else {
            return;
        };
        grants.place = Some(policies.span.clone());
        let list = matches!(
            (&policies.kind, Expression::new(&policies).form()),
            (NodeKind::Sequence(_), Form::Data)
        );
        let elements = if list {
            policies.items()
        } else {
            std::slice::from_ref(&policies)
        };
        for (index, element) in elements.iter().enumerate() {
            let name: Arc<str> = format!("{}RolePolicy{index}", resource.id).into();
            self.grant_one(resource, element, &name, grants);
        }
    }

    fn grant_one(&mut self, resource: &Macro<'_>, element: &Node, name: &Arc<str>, grants: &mut Grants) {
        let at = At(&element.span);
        let Some([condition, positive, negative]) = branches(element) else {
            match self.granted(resource, element, name) {
                Granted::Managed(arn) if !grants.managed.contains(&arn) => grants.managed.push(arn),
                Granted::Document(policy) => grants.documents.push(policy),
                Granted::Managed(_) | Granted::Nothing => {}
            }
            return;
        };
        // Each kind of policy gets its own `Fn::If`; what the other branch is leaves no element.
        let branches = [positive, negative].map(|branch| self.granted(resource, branch, name));
        let [mut managed, mut documents] = [[None, None], [None, None]];
        for (index, granted) in branches.into_iter().enumerate() {
            let list = match granted {
                Granted::Managed(node) => managed.get_mut(index).map(|slot| (slot, node)),
                Granted::Document(node) => documents.get_mut(index).map(|slot| (slot, node)),
                Granted::Nothing => None,
            };
            if let Some((slot, node)) = list {
                *slot = Some(node);
            }
        }
        let either = |sides: [Option<Node>; 2]| {
            if sides.iter().all(Option::is_none) {
                return None;
            }
            let sides = sides.map(|side| side.unwrap_or_else(|| at.no_value()));
            let argument = at.list([condition.clone()].into_iter().chain(sides));
            Some(at.call("Fn::If", argument))
        };
        grants.managed.extend(either(managed));
        grants.documents.extend(either(documents));
    }

    fn granted(&mut self, resource: &Macro<'_>, element: &Node, name: &Arc<str>) -> Granted {
        let at = At(&element.span);
        let expression = Expression::new(element);
        if expression.is_no_value() {
            return Granted::Nothing;
        }
        let inline = |document: Node| {
            at.map([
                ("PolicyName", at.text(name.clone())),
                ("PolicyDocument", document),
            ])
        };
        if let Some(text) = expression.literal() {
            let arn = if text.starts_with("arn:") {
                element.clone()
            } else if SERVICE_ROLES.contains(&&*text) {
                self.managed_arn(&format!("service-role/{text}"), at)
            } else if JOB_FUNCTIONS.contains(&&*text) {
                self.managed_arn(&format!("job-function/{text}"), at)
            } else {
                self.managed_arn(&text, at)
            };
            return Granted::Managed(arn);
        }
        match expression.form() {
            // Functions give ARNs; the resolved policy is looked at when the role is.
            Form::Call(..) if branches(element).is_none() => Granted::Managed(element.clone()),
            Form::Data if element.get("Statement").is_some() => Granted::Document(inline(element.clone())),
            Form::Data if is_written_mapping(element) => {
                let document = match element.entries() {
                    [only] => policy_templates::document(&only.key, &only.value, &only.key_span),
                    _ => None,
                };
                let document = document.unwrap_or_else(|| {
                    let message = match element.entries() {
                        [only] => format!("policy template `{}` is not known", only.key),
                        _ => "this policy is neither a document nor a policy template".to_owned(),
                    };
                    let message = format!("{message}: what the role of `{}` grants is unknown", resource.id);
                    self.not_expanded(message, &element.span);
                    at.unknown(NAME)
                });
                Granted::Document(inline(document))
            }
            _ => {
                let message = format!(
                    "a policy of `{}` is not understood: what its role grants is unknown",
                    resource.id
                );
                self.not_expanded(message, &element.span);
                Granted::Document(inline(at.unknown(NAME)))
            }
        }
    }
}

/// An inline policy of one statement, as SAM adds it for a destination.
pub(super) fn allowing(at: At<'_>, name: &str, action: &str, resource: Node) -> Node {
    let statement = at.map([
        ("Effect", at.text("Allow")),
        ("Action", at.text(action)),
        ("Resource", resource),
    ]);
    let document = at.map([
        ("Version", at.text("2012-10-17")),
        ("Statement", at.list([statement])),
    ]);
    at.map([("PolicyName", at.text(name)), ("PolicyDocument", document)])
}
