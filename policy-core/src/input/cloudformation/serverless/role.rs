//! The role that SAM makes for a function or state machine that has none, after "CloudFormation resources generated
//! when AWS::Serverless::Function is specified" (`sam-specification-generated-resources-function`) and the properties
//! `Policies`, `Role`, `RolePath`, `PermissionsBoundary` and `AssumeRolePolicyDocument` of the resource's own page.

use std::sync::Arc;

use super::policies::Grants;
use super::properties::{branches, tag_list};
use super::{Macro, Output};
use crate::document::{Entry, Node};

use super::super::expression::Expression;
use super::super::synthetic::At;

/// What a role is made of.
pub(super) struct Role<'r> {
    /// The service that may assume it.
    pub(super) service: &'r str,
    /// A trust policy of the resource's own, in place of that.
    pub(super) trust: Option<Node>,
    pub(super) grants: Grants,
    pub(super) path: Option<Entry>,
    pub(super) boundary: Option<Entry>,
    pub(super) tags: Option<Entry>,
    /// The tag that SAM sets.
    pub(super) own_tag: &'r str,
}

impl Output<'_> {
    /// The value of the property that names the role, and the role itself where it has to be made.
    pub(super) fn role(&mut self, resource: &Macro<'_>, given: Option<Entry>, role: Role<'_>) -> Entry {
        let at = resource.at();
        let id = resource.generated("Role");
        let made = at.get_att(&id, "Arn");
        let Some(given) = given else {
            self.make_role(resource, id, role, None);
            return at.entry("Role", made);
        };
        // `!If [Condition, role, !Ref AWS::NoValue]`: the role is made where none is given.
        let Some([condition, positive, negative]) = branches(&given.value) else {
            return given;
        };
        let absent = |node: &Node| Expression::new(node).is_no_value();
        let at = At(&given.value.span);
        let name = Expression::new(condition).literal();
        let (Some(name), true) = (name, absent(positive) != absent(negative)) else {
            return given;
        };
        let mut condition_of_role = at.call("Condition", at.text(name));
        let branches = if absent(positive) {
            [condition.clone(), made, negative.clone()]
        } else {
            condition_of_role = at.call("Fn::Not", at.list([condition_of_role]));
            [condition.clone(), positive.clone(), made]
        };
        if let Some(own) = resource.entry.value.get("Condition") {
            let own = at.call("Condition", own.clone());
            condition_of_role = at.call("Fn::And", at.list([own, condition_of_role]));
        }
        // Names of conditions have no blanks, so that this one is new.
        let name: Arc<str> = format!("no role for {}", resource.id).into();
        self.conditions.push(at.entry(name.clone(), condition_of_role));
        self.make_role(resource, id, role, Some(at.text(name)));
        Entry {
            value: at.call("Fn::If", at.list(branches)),
            ..given
        }
    }

    fn make_role(&mut self, resource: &Macro<'_>, id: Arc<str>, role: Role<'_>, condition: Option<Node>) {
        let at = resource.at();
        let trust = role.trust.unwrap_or_else(|| {
            let statement = at.map([
                ("Effect", at.text("Allow")),
                ("Action", at.texts(&["sts:AssumeRole"])),
                ("Principal", at.map([("Service", at.texts(&[role.service]))])),
            ]);
            at.map([
                ("Version", at.text("2012-10-17")),
                ("Statement", at.list([statement])),
            ])
        });
        let mut properties = vec![at.entry("AssumeRolePolicyDocument", trust)];
        let Grants {
            managed,
            documents,
            place,
        } = role.grants;
        let place = place.unwrap_or_else(|| resource.place.clone());
        let at_policies = At(&place);
        properties.push(at_policies.entry("ManagedPolicyArns", at_policies.list(managed)));
        if !documents.is_empty() {
            properties.push(at_policies.entry("Policies", at_policies.list(documents)));
        }
        let renamed = |entry: Entry, name: &str| Entry {
            key: name.into(),
            ..entry
        };
        properties.extend(role.path.map(|entry| renamed(entry, "Path")));
        properties.extend(role.boundary);
        properties.extend(tag_list(role.tags.as_ref(), Some(role.own_tag), at));
        let properties = at.entries(properties);
        self.beside(resource, id, "AWS::IAM::Role", properties, condition);
    }
}
