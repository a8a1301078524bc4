//! The `references` of an expression: which objects it names.
//!
//! Terraform lists every traversal of an expression from its longest form to the shortest that names an object:
//! `["aws_s3_bucket.b[0].id", "aws_s3_bucket.b[0]", "aws_s3_bucket.b"]`. Several traversals simply follow each other.
//! A dynamic index is left out: `aws_s3_bucket.b[each.key].id` is listed as `aws_s3_bucket.b` and `each.key`.

use std::sync::Arc;

use crate::resource::{InstanceKey, TraversalStep, traversal};
use crate::value::Step;

/// One traversal of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Subject {
    /// The object it names.
    pub(super) object: Object,
    /// What it reads of the object.
    pub(super) rest: Vec<Step>,
    /// As the plan spells it, longest form.
    pub(super) written: Arc<str>,
}

/// An object that an expression can name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Object {
    /// A resource or data source of the same module.
    Resource {
        /// `aws_s3_bucket.b`, `data.aws_region.current`.
        block: Arc<str>,
        /// Whether it is a data source.
        data: bool,
        /// The literal index.
        key: Option<InstanceKey>,
    },
    /// A module call of the same module, and the output that is read when the plan tells.
    Module {
        /// Name of the call.
        name: Arc<str>,
        /// The literal index.
        key: Option<InstanceKey>,
        /// Name of the output; `None` behind a dynamic index.
        output: Option<Arc<str>>,
    },
    /// An input variable of the module.
    Variable(Arc<str>),
    /// A local value, whose expression a plan does not show.
    Local,
    /// `each.key` and `count.index`: always known.
    InstanceKey,
    /// `each.value`.
    InstanceValue,
    /// Known constants of the run: `path.module`, `terraform.workspace`.
    Constant,
    /// Anything else.
    Other,
}

/// Groups the list of a plan into its traversals.
pub(super) fn subjects(references: &[String]) -> Vec<Subject> {
    let mut found = Vec::new();
    let mut previous: Option<&str> = None;
    for text in references {
        // A shorter form of the traversal before it adds nothing. An equal text is a second traversal.
        let shorter = previous.is_some_and(|longer| is_shortened(longer, text));
        if !shorter {
            found.push(subject(text));
        }
        previous = Some(text);
    }
    found
}

/// Whether `text` is `longer` without its last steps.
fn is_shortened(longer: &str, text: &str) -> bool {
    longer
        .strip_prefix(text)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

fn subject(text: &str) -> Subject {
    let steps = traversal(text).unwrap_or_default();
    let (object, used) = object(&steps);
    let rest = steps.into_iter().skip(used).map(|step| match step {
        TraversalStep::Name(name) => Step::Key(name.into()),
        TraversalStep::Key(InstanceKey::Str(key)) => Step::Key(key.into()),
        TraversalStep::Key(InstanceKey::Int(index)) => {
            Step::Index(usize::try_from(index).unwrap_or(usize::MAX))
        }
    });
    Subject {
        object,
        rest: rest.collect(),
        written: text.into(),
    }
}

/// The object that a traversal starts with, and how many of its steps name it.
fn object(steps: &[TraversalStep]) -> (Object, usize) {
    let name = |at: usize| match steps.get(at) {
        Some(TraversalStep::Name(name)) => Some(name.as_str()),
        _ => None,
    };
    let key = |at: usize| match steps.get(at) {
        Some(TraversalStep::Key(key)) => Some(key.clone()),
        _ => None,
    };
    match (name(0), name(1)) {
        (Some("var"), Some(variable)) => (Object::Variable(variable.into()), 2),
        (Some("local"), _) => (Object::Local, steps.len()),
        (Some("each"), Some("value")) => (Object::InstanceValue, 2),
        (Some("each"), Some("key")) | (Some("count"), Some("index")) => (Object::InstanceKey, 2),
        (Some("path" | "terraform" | "tofu"), _) => (Object::Constant, steps.len()),
        (Some("self" | "ephemeral" | "action" | "template" | "list" | "provider"), _) => {
            (Object::Other, steps.len())
        }
        (Some("module"), Some(call)) => {
            let key = key(2);
            let at = 2 + usize::from(key.is_some());
            let output = name(at).map(Arc::from);
            let used = at + usize::from(output.is_some());
            (
                Object::Module {
                    name: call.into(),
                    key,
                    output,
                },
                used,
            )
        }
        (Some("data"), Some(resource_type)) => match name(2) {
            Some(name) => resource(&format!("data.{resource_type}.{name}"), true, key(3), 3),
            None => (Object::Other, steps.len()),
        },
        (Some(resource_type), Some(name)) => resource(&format!("{resource_type}.{name}"), false, key(2), 2),
        _ => (Object::Other, steps.len()),
    }
}

fn resource(block: &str, data: bool, key: Option<InstanceKey>, used: usize) -> (Object, usize) {
    let used = used + usize::from(key.is_some());
    (
        Object::Resource {
            block: block.into(),
            data,
            key,
        },
        used,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(references: &[&str]) -> Vec<Subject> {
        subjects(&references.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn resource(block: &str, key: Option<InstanceKey>) -> Object {
        Object::Resource {
            block: block.into(),
            data: block.starts_with("data."),
            key,
        }
    }

    #[test]
    fn the_longest_form_tells_index_and_attribute() {
        let found = read(&[
            "aws_s3_bucket.b[\"x.y\"].id",
            "aws_s3_bucket.b[\"x.y\"]",
            "aws_s3_bucket.b",
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].object,
            resource("aws_s3_bucket.b", Some(InstanceKey::Str("x.y".into())))
        );
        assert_eq!(found[0].rest, [Step::Key("id".into())]);
    }

    #[test]
    fn several_traversals_are_told_apart() {
        let found = read(&[
            "aws_a.x.id",
            "aws_a.x",
            "aws_a.x",
            "aws_a.xy.id",
            "aws_a.xy",
            "each.key",
            "var.n",
        ]);
        let objects: Vec<_> = found.iter().map(|subject| subject.object.clone()).collect();
        assert_eq!(
            objects,
            [
                resource("aws_a.x", None),
                resource("aws_a.x", None),
                resource("aws_a.xy", None),
                Object::InstanceKey,
                Object::Variable("n".into()),
            ]
        );
        assert!(found[1].rest.is_empty());
    }

    #[test]
    fn modules_with_and_without_index_and_output() {
        let module = |key, output: Option<&str>| Object::Module {
            name: "m".into(),
            key,
            output: output.map(Arc::from),
        };
        let found = read(&[
            "module.m[\"x\"].ids[0].arn",
            "module.m[\"x\"].ids[0]",
            "module.m[\"x\"].ids",
            "module.m[\"x\"]",
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].object,
            module(Some(InstanceKey::Str("x".into())), Some("ids"))
        );
        assert_eq!(found[0].rest, [Step::Index(0), Step::Key("arn".into())]);
        assert_eq!(read(&["module.m"])[0].object, module(None, None));
        assert_eq!(
            read(&["module.m.id", "module.m"])[0].object,
            module(None, Some("id"))
        );
    }

    #[test]
    fn data_sources_locals_and_what_is_not_a_resource() {
        assert_eq!(
            read(&[
                "data.aws_region.r[0].name",
                "data.aws_region.r[0]",
                "data.aws_region.r"
            ])[0]
                .rest
                .len(),
            1
        );
        for (text, object) in [
            ("local.x.y", Object::Local),
            ("each.value", Object::InstanceValue),
            ("count.index", Object::InstanceKey),
            ("path.module", Object::Constant),
            ("self.id", Object::Other),
            ("ephemeral.random_password.p.result", Object::Other),
            ("not a traversal", Object::Other),
            ("", Object::Other),
            ("aws_x", Object::Other),
        ] {
            assert_eq!(read(&[text])[0].object, object, "{text}");
        }
    }
}
