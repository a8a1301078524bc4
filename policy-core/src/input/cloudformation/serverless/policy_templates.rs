//! The policy templates of SAM: named statements with parameters, after the page "AWS SAM policy template list"
//! (`serverless-policy-template-list`).
//!
//! Templates that are not in the table are said to be unknown; so are calls without a parameter they need.

use super::super::synthetic::At;
use super::policy_template_table::TEMPLATES;
use crate::document::{Node, NodeKind};
use crate::source::Span;

/// A statement: what is allowed, and on what. A resource is `*`, or an ARN without its `arn:${AWS::Partition}:` in
/// which `~` stands for Region and account and `${Name}` for a parameter of the template, or a parameter alone.
pub(super) type Statement = (&'static [&'static str], &'static [&'static str]);

/// The document of a policy template with these parameters. `None` when there is no such template, or when it is not
/// given what it needs.
pub(super) fn document(name: &str, parameters: &Node, place: &Span) -> Option<Node> {
    let (_, statements) = TEMPLATES.iter().find(|(known, _)| *known == name)?;
    let at = At(place);
    if !matches!(parameters.kind, NodeKind::Mapping(_) | NodeKind::Null) || parameters.tag.is_some() {
        return None;
    }
    let statements: Option<Vec<Node>> = statements
        .iter()
        .map(|(actions, resources)| {
            let resources: Option<Vec<Node>> = resources
                .iter()
                .map(|resource| arn(resource, parameters, at))
                .collect();
            Some(at.map([
                ("Effect", at.text("Allow")),
                ("Action", at.texts(actions)),
                ("Resource", at.list(resources?)),
            ]))
        })
        .collect();
    Some(at.map([
        ("Version", at.text("2012-10-17")),
        ("Statement", at.list(statements?)),
    ]))
}

fn arn(pattern: &str, parameters: &Node, at: At<'_>) -> Option<Node> {
    if pattern == "*" {
        return Some(at.text("*"));
    }
    let mut variables = Vec::new();
    let mut rest = pattern;
    while let Some((_, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}')?;
        variables.push((name, parameters.get(name)?.clone()));
        rest = tail;
    }
    let text = if pattern.starts_with("${") {
        pattern.to_owned()
    } else {
        let of_account = pattern.replace('~', "${AWS::Region}:${AWS::AccountId}");
        format!("arn:${{AWS::Partition}}:{of_account}")
    };
    let text = at.text(text);
    Some(if variables.is_empty() {
        at.call("Fn::Sub", text)
    } else {
        at.call("Fn::Sub", at.list([text, at.map(variables)]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_well_formed() {
        let mut names: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TEMPLATES.len());
        for (name, statements) in TEMPLATES {
            assert!(name.ends_with("Policy"), "{name}");
            for (actions, resources) in *statements {
                assert!(actions.iter().all(|action| action.contains(':')), "{name}");
                assert!(!actions.is_empty() && !resources.is_empty(), "{name}");
                for resource in *resources {
                    let parts = resource.replace('~', "region:account").matches(':').count();
                    assert!(
                        *resource == "*" || resource.starts_with("${") || parts >= 3,
                        "{name} {resource}"
                    );
                }
            }
        }
    }
}
