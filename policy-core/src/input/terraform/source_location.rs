//! Places in `.tf` files for the resources of a plan: a plan says no file and no line, the source beside it does.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::block_locator::BlockLocator;
use crate::document::hcl::{self, Block, ExprKind, Literal};
use crate::input::LoadedInput;
use crate::resource::{Origin, ResourceAddress, ResourceMode};
use crate::source::{Source, Span};

/// Points the resources of a plan into the source that the plan was made of.
///
/// `files` holds the `.tf` files by their path relative to the root module (`main.tf`, `modules/db/main.tf`), with `/`.
/// Module calls with a local source (`./…`, `../…`) are followed. A resource whose block is not found keeps the place
/// it has; nothing is reported about it, because a plan is complete without its source.
///
/// ```
/// use std::collections::BTreeMap;
/// use policy_core::{input::{LoadedInput, terraform::locate_in_source}, source::Source};
/// let mut input = LoadedInput { format: None, resources: Vec::new(), diagnostics: Vec::new(), source: None, module_calls: Default::default() };
/// let files = BTreeMap::from([("main.tf".to_owned(), Source::new("infra/main.tf", "locals {}"))]);
/// locate_in_source(&mut input, &files);
/// ```
pub fn locate_in_source(input: &mut LoadedInput, files: &BTreeMap<String, Arc<Source>>) {
    let modules = index(files);
    for resource in &mut input.resources {
        let Ok(address) = ResourceAddress::parse(resource.id.as_str()) else {
            continue;
        };
        let Some((block, calls)) = find(&modules, &address) else {
            continue;
        };
        resource.origin = Origin {
            file: block.header.source().name().into(),
            block: Some(block.header.clone()),
            locator: Some(Arc::new(BlockLocator::matched(
                block.body.clone(),
                &resource.values,
            ))),
            calls,
        };
    }
}

/// The blocks of one directory.
#[derive(Default)]
struct Module {
    /// By `aws_s3_bucket.logs` or `data.aws_region.here`.
    resources: HashMap<String, Block>,
    calls: HashMap<String, Call>,
}

struct Call {
    header: Span,
    /// The directory of the called module, when its source is local.
    directory: Option<String>,
}

fn index(files: &BTreeMap<String, Arc<Source>>) -> HashMap<String, Module> {
    let mut modules: HashMap<String, Module> = HashMap::new();
    for (path, source) in files.iter().filter(|(path, _)| path.ends_with(".tf")) {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let module = modules.entry(directory.to_owned()).or_default();
        for block in hcl::parse(source).body.blocks() {
            match (&*block.kind, block.label(0), block.label(1)) {
                ("resource", Some(kind), Some(name)) => {
                    module
                        .resources
                        .entry(format!("{kind}.{name}"))
                        .or_insert_with(|| block.clone());
                }
                ("data", Some(kind), Some(name)) => {
                    module
                        .resources
                        .entry(format!("data.{kind}.{name}"))
                        .or_insert_with(|| block.clone());
                }
                ("module", Some(name), None) => {
                    let call = Call {
                        header: block.header.clone(),
                        directory: local_source(block, directory),
                    };
                    module.calls.entry(name.to_owned()).or_insert(call);
                }
                _ => {}
            }
        }
    }
    modules
}

fn local_source(block: &Block, directory: &str) -> Option<String> {
    match &block.body.attribute("source")?.expr.kind {
        ExprKind::Literal(Literal::String(text)) if text.starts_with("./") || text.starts_with("../") => {
            join(directory, text)
        }
        _ => None,
    }
}

/// `path` seen from `directory`, without `.` and `..`; `None` when it leads out of the root.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                // The caller may have named files above the root module with `..`.
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The block behind an address and the module calls on the way, innermost first.
fn find<'m>(
    modules: &'m HashMap<String, Module>,
    address: &ResourceAddress,
) -> Option<(&'m Block, Vec<Span>)> {
    let mut directory = "";
    let mut calls = Vec::new();
    for step in &address.module {
        let call = modules.get(directory)?.calls.get(&step.name)?;
        calls.push(call.header.clone());
        directory = call.directory.as_deref()?;
    }
    calls.reverse();
    let data = if address.mode == ResourceMode::Data {
        "data."
    } else {
        ""
    };
    let block = modules
        .get(directory)?
        .resources
        .get(&format!("{data}{}.{}", address.resource_type, address.name))?;
    Some((block, calls))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Lifecycle, NativeResource, ProviderContext, ResourceId, SourceKind};
    use crate::value::{AttributePath, Value};

    fn resource(id: &str, values: serde_json::Value) -> NativeResource {
        NativeResource {
            id: ResourceId::new(id),
            name: "x".into(),
            native_type: "x".into(),
            source: SourceKind::Terraform,
            lifecycle: Lifecycle::Managed,
            values: Value::from(values),
            before: None,
            change: None,
            references: Vec::new(),
            provider: ProviderContext::default(),
            scope: "".into(),
            condition: None,
            many: false,
            origin: Origin {
                file: "plan.json".into(),
                block: None,
                locator: None,
                calls: Vec::new(),
            },
        }
    }

    fn located(files: &[(&str, &str)], id: &str, values: serde_json::Value) -> Origin {
        let mut input = LoadedInput {
            format: None,
            resources: vec![resource(id, values)],
            diagnostics: Vec::new(),
            source: None,
            module_calls: crate::resource::ModuleCalls::default(),
        };
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Source::new(format!("infra/{path}"), *text)))
            .collect();
        locate_in_source(&mut input, &files);
        input.resources.remove(0).origin
    }

    fn place(origin: &Origin, path: &str) -> String {
        let span = origin.locate(&AttributePath::parse(path).unwrap()).unwrap();
        let text = span.source().text().get(span.start()..span.end()).unwrap();
        format!("{} {text}", span.location())
    }

    #[test]
    fn attributes_nested_blocks_and_members_are_found() {
        let main = r#"
resource "aws_x" "a" {
  name = "n"
  tags = merge(local.t, {
    Owner = "team-payments"
  })
  rule {
    id = 1
    inner {
      z = true
    }
  }
  rule {
    id = 2
  }
}
"#;
        let origin = located(
            &[("main.tf", main)],
            "aws_x.a",
            // The plan lists the rules in another order.
            serde_json::json!({"name": "n", "rule": [{"id": 2}, {"id": 1, "inner": [{"z": true}]}]}),
        );
        assert_eq!(&*origin.file, "infra/main.tf");
        assert_eq!(place(&origin, "name"), "infra/main.tf:3:3 name = \"n\"");
        assert_eq!(
            place(&origin, "tags_all.Owner"),
            "infra/main.tf:5:5 Owner = \"team-payments\""
        );
        assert!(place(&origin, "tags.Missing").starts_with("infra/main.tf:4:3 tags"));
        assert_eq!(place(&origin, "rule[0].id"), "infra/main.tf:14:5 id = 2");
        assert_eq!(
            place(&origin, "rule[1].inner[0].z"),
            "infra/main.tf:10:7 z = true"
        );
        assert_eq!(
            place(&origin, "rule[1].inner[0].missing"),
            "infra/main.tf:9:5 inner"
        );
        assert_eq!(
            place(&origin, "arn"),
            "infra/main.tf:2:1 resource \"aws_x\" \"a\""
        );
    }

    #[test]
    fn dynamic_blocks_take_what_the_written_ones_leave() {
        let main = r#"resource "aws_x" "a" {
  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port = ingress.value
    }
  }
  ingress {
    from_port = 22
  }
}
"#;
        let origin = located(
            &[("main.tf", main)],
            "aws_x.a",
            serde_json::json!({"ingress": [{"from_port": 22}, {"from_port": 443}, {"from_port": 80}]}),
        );
        assert_eq!(
            place(&origin, "ingress[0].from_port"),
            "infra/main.tf:9:5 from_port = 22"
        );
        assert_eq!(
            place(&origin, "ingress[2].from_port"),
            "infra/main.tf:5:7 from_port = ingress.value"
        );
        assert_eq!(
            place(&origin, "ingress[2].to_port"),
            "infra/main.tf:2:3 dynamic \"ingress\""
        );
    }

    #[test]
    fn module_calls_are_followed_and_kept() {
        let files = [
            ("main.tf", "module \"a\" {\n  source = \"./modules/a\"\n}\n"),
            ("modules/a/main.tf", "module \"b\" {\n  source = \"../b\"\n}\n"),
            ("modules/b/x.tf", "resource \"aws_x\" \"y\" {\n  n = 1\n}\n"),
        ];
        let origin = located(
            &files,
            "module.a[\"k.1\"].module.b[0].aws_x.y[\"z\"]",
            serde_json::json!({"n": 1}),
        );
        assert_eq!(place(&origin, "n"), "infra/modules/b/x.tf:2:3 n = 1");
        let calls: Vec<String> = origin
            .calls
            .iter()
            .map(|call| call.location().to_string())
            .collect();
        assert_eq!(calls, ["infra/modules/a/main.tf:1:1", "infra/main.tf:1:1"]);
    }

    #[test]
    fn a_block_that_is_not_there_leaves_the_origin_alone() {
        let files = [(
            "main.tf",
            "module \"a\" {\n  source = \"hashicorp/x/aws\"\n}\nresource \"aws_x\" {\n",
        )];
        for id in [
            "aws_x.gone",
            "module.a.aws_x.y",
            "module.b.aws_x.y",
            "not an address",
        ] {
            assert_eq!(
                &*located(&files, id, serde_json::json!({})).file,
                "plan.json",
                "{id}"
            );
        }
    }

    #[test]
    fn paths_are_normalised() {
        for (directory, path, expected) in [
            ("", "./a/b", "a/b"),
            ("a/b", "../c", "a/c"),
            ("a", "../../x", "../x"),
            ("a/b", "./", "a/b"),
        ] {
            assert_eq!(join(directory, path).as_deref(), Some(expected));
        }
    }
}
