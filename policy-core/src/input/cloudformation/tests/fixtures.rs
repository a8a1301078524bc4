//! The fixtures that need more than one file or a transform: what is read of them, as reviewed.

use std::path::{Path, PathBuf};

use super::*;

/// Reads files below a fixture's directory.
struct Directory(PathBuf);

impl super::super::TemplateFiles for Directory {
    fn read(&self, path: &str) -> Option<Arc<Source>> {
        let text = std::fs::read_to_string(self.0.join(path)).ok()?;
        Some(Source::new(path, text))
    }
}

fn fixture(name: &str, file: &str, parameters: &[(&str, &str)]) -> LoadedInput {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/inputs/cloudformation");
    let directory = Directory(root.join(name));
    let source = super::super::TemplateFiles::read(&directory, file).expect("the fixture is there");
    let root = yaml::parse(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut context = InputContext::default();
    for (name, value) in parameters {
        context.parameters.insert((*name).to_owned(), (*value).into());
    }
    super::super::read_with_files(source, &root, &context, &directory)
}

/// Everything that was read, one line each: resources, references, and what is said about the template.
fn everything(input: &LoadedInput) -> String {
    let mut lines = Vec::new();
    for (resource, line) in input.resources.iter().zip(listing(input)) {
        let place = resource
            .origin
            .block
            .as_ref()
            .map(|block| block.location().to_string());
        lines.push(format!("{} {line}", place.unwrap_or_default()));
        for reference in &resource.references {
            let attribute = reference
                .attribute
                .as_deref()
                .map_or_else(String::new, |name| format!(".{name}"));
            lines.push(format!(
                "    {} -> {}{attribute}",
                reference.path, reference.targets[0]
            ));
        }
    }
    for (line, diagnostic) in diagnostics(input).into_iter().zip(&input.diagnostics) {
        let place = diagnostic.location().map(|place| place.to_string());
        lines.push(format!(
            "{} {} {line}",
            place.unwrap_or_default(),
            diagnostic.level.as_str()
        ));
    }
    lines.join("\n")
}

#[test]
fn for_each() {
    insta::assert_snapshot!("for_each", everything(&fixture("for-each", "template.yaml", &[])));
    insta::assert_snapshot!(
        "for_each_open",
        everything(&fixture("for-each", "open.yaml", &[]))
    );
}

#[test]
fn for_each_is_the_unrolled_template() {
    let looped = fixture("for-each", "template.yaml", &[]);
    let unrolled = fixture("for-each", "unrolled.yaml", &[]);
    assert_eq!(listing(&looped), listing(&unrolled));
    let references = |input: &LoadedInput| -> Vec<_> {
        input
            .resources
            .iter()
            .map(|resource| resource.references.clone())
            .collect()
    };
    assert_eq!(references(&looped), references(&unrolled));
    let prod = fixture(
        "for-each",
        "template.yaml",
        &[
            ("Buckets", "Ledger,Audit,Exports,Archive"),
            ("Environment", "prod"),
        ],
    );
    let ids: Vec<&str> = prod
        .resources
        .iter()
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "Key",
            "BucketLedger",
            "BucketAudit",
            "BucketExports",
            "BucketArchive",
            "Group"
        ]
    );
}

#[test]
fn serverless() {
    insta::assert_snapshot!(
        "serverless",
        everything(&fixture("serverless", "template.yaml", &[]))
    );
}

#[test]
fn nested_stacks() {
    insta::assert_snapshot!(
        "nested_stacks",
        everything(&fixture("nested-stacks", "main.yaml", &[]))
    );
}

#[test]
fn include() {
    insta::assert_snapshot!("include", everything(&fixture("include", "template.yaml", &[])));
}
