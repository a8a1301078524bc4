//! `docs/terraform-functions.md`: made from the frozen cases, and checked to be current.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::terraform_tests::{Answer, cases};

/// What a cell of the table says about functions that are never known, or not always when Terraform knows them.
const NOTES: &[(&str, &str)] = &[
    (
        "abspath",
        "unknown for relative paths: the working directory of the run is not part of the source",
    ),
    ("base64gzip", "unknown: the bytes depend on the compressor"),
    ("bcrypt", "unknown: salted at random"),
    ("cidrhost", "unknown for IPv4-mapped IPv6 networks"),
    ("cidrnetmask", "unknown for IPv4-mapped IPv6 networks"),
    ("cidrsubnet", "unknown for IPv4-mapped IPv6 networks"),
    ("cidrsubnets", "unknown for IPv4-mapped IPv6 networks"),
    ("jsondecode", "at most 128 levels deep"),
    (
        "pathexpand",
        "unknown for `~`: the home directory of the run is not part of the source",
    ),
    ("plantimestamp", "unknown: the time of the plan"),
    (
        "pow",
        "unknown for fractional exponents other than ½: the last digit depends on the machine",
    ),
    ("regex", "unknown for patterns with two groups of one name"),
    ("regexall", "unknown for patterns with two groups of one name"),
    ("replace", "unknown for patterns with two groups of one name"),
    (
        "reverse",
        "unknown for sets with several elements that are not all known",
    ),
    ("rsadecrypt", "unknown: keys are never used"),
    ("setproduct", "at most 100,000 combinations"),
    (
        "textdecodebase64",
        "unknown for encodings other than UTF-8, UTF-16LE, UTF-16BE and ISO-8859-1",
    ),
    (
        "textencodebase64",
        "unknown for encodings other than UTF-8, UTF-16LE, UTF-16BE and ISO-8859-1",
    ),
    ("timestamp", "unknown: the time of the apply"),
    ("uuid", "unknown: random"),
    ("yamldecode", "at most 128 levels deep"),
    ("yamlencode", "unknown for texts with characters beyond U+FFFF"),
];

const FILE_NOTE: &str = "unknown for files outside of the tree of sources";

fn note(function: &str) -> &'static str {
    let listed = NOTES
        .iter()
        .find(|(name, _)| *name == function)
        .map(|(_, note)| *note);
    listed.unwrap_or(if function.starts_with("file") || function == "templatefile" {
        FILE_NOTE
    } else {
        ""
    })
}

fn table() -> String {
    let mut text = String::from(
        "# Terraform functions\n\n\
         The built-in functions of Terraform 1.11 as `policy` evaluates them in Terraform source. Each is tested against\n\
         the frozen answers of a real `terraform console` (`fixtures/terraform-functions`): values, types, unknown results\n\
         and errors. `core::` names are the same functions; functions of providers (`provider::…`) are unknown.\n\n\
         This table is made by `cargo test -p policy-core --lib write_the_table_of_functions -- --ignored`.\n\n\
         | function | cases | known | unknown | errors | where ours is unknown or limited and Terraform is not |\n\
         |---|--:|--:|--:|--:|---|\n",
    );
    let mut rows: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for case in cases() {
        let row = rows.entry(case.function).or_default();
        row[match case.answer {
            Answer::Known(..) => 0,
            Answer::Unknown(..) => 1,
            Answer::Error => 2,
        }] += 1;
    }
    let total: usize = rows.values().flatten().sum();
    for (function, [known, unknown, errors]) in &rows {
        let count = known + unknown + errors;
        let note = note(function);
        let note = if note.is_empty() {
            String::new()
        } else {
            format!(" {note}")
        };
        writeln!(
            text,
            "| `{function}` | {count} | {known} | {unknown} | {errors} |{note} |"
        )
        .unwrap();
    }
    writeln!(text, "\n{} functions, {total} cases.", rows.len()).unwrap();
    text
}

fn table_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/terraform-functions.md")
}

#[test]
fn the_table_in_the_documentation_is_current() {
    let written = std::fs::read_to_string(table_path()).unwrap_or_default();
    assert!(
        written == table(),
        "run `cargo test -p policy-core --lib write_the_table_of_functions -- --ignored`"
    );
}

#[test]
#[ignore = "writes docs/terraform-functions.md"]
fn write_the_table_of_functions() {
    std::fs::create_dir_all(table_path().parent().unwrap()).unwrap();
    std::fs::write(table_path(), table()).unwrap();
}
