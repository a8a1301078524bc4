//! Generated configurations.
//!
//! A case is a module of its own, so that hundreds of them go to Terraform at once as modules of one root module, and an
//! error says by its file which case it belongs to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::strategy::Union;

use super::grammar::{Expression, Level, constraint};

/// A module as its files by path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    pub(super) files: BTreeMap<String, String>,
}

/// What every case may refer to: the declaration, and the argument of the call.
const INPUTS: &[(&str, &str, &str)] = &[
    ("u", "{}", "terraform_data.u.output"),
    ("us", "{\n  type = string\n}", "terraform_data.u.output"),
    ("un", "{\n  type = number\n}", "terraform_data.u.output"),
    ("ub", "{\n  type = bool\n}", "terraform_data.u.output"),
    ("ul", "{\n  type = list(string)\n}", "terraform_data.u.output"),
    ("ut", "{\n  type = set(string)\n}", "terraform_data.u.output"),
    ("um", "{\n  type = map(string)\n}", "terraform_data.u.output"),
    (
        "uo",
        "{\n  type = object({ a = string, n = number })\n}",
        "terraform_data.u.output",
    ),
    ("ss", "{\n  type = string\n}", "sensitive(\"s3cret\")"),
    ("sn", "{\n  type = number\n}", "sensitive(7)"),
    ("sl", "{\n  type = list(string)\n}", "sensitive([\"a\", \"b\"])"),
];

/// What stands beside the calls in the root module.
pub(super) const ROOT: &str = "resource \"terraform_data\" \"u\" {\n  input = jsondecode(timestamp())\n}\n";

/// The call of a case in the root module.
pub(super) fn call(name: &str) -> String {
    let mut text = format!("module \"{name}\" {{\n  source = \"./{name}\"\n");
    for (input, _, argument) in INPUTS {
        writeln!(text, "  {input} = {argument}").unwrap();
    }
    text + "}\n"
}

/// The declarations of what every case may refer to.
pub(super) fn declarations() -> String {
    let mut text = String::new();
    for (input, declaration, _) in INPUTS {
        writeln!(text, "variable \"{input}\" {declaration}").unwrap();
    }
    text
}

/// What the generator found and was mended, as the values `local.v` and `local.w`.
const FOUND: &[(&str, &str)] = &[
    ("{ for k, v in var.un : k => v }", "[for v in var.us : v]"),
    (
        "(false ? sensitive(\"x\") : \"y\")",
        "(true ? {} : sensitive({ a = 1 }))",
    ),
    ("merge(var.uo, { a = [1] })[*].a", "[var.um[*], var.uo[*].a]"),
    ("(var.um ? [\"a\"] : null)", "1"),
    ("values(var.uo)", "var.ub"),
    ("setintersection(var.ut, toset([\"a\"]))", "toset([])"),
    ("endswith(var.us, \"x\")", "var.uo"),
    ("\"x-${var.us}\"", "\"y\""),
    ("<<EOT\nEOT x\n  a EOT\nEOT", "<<-EOT\n    EOTx\n  EOT-\n  EOT"),
    ("\"a\n b\"", "1"),
    (
        "coalesce([\"x\", null], toset([false]))",
        "coalesce([\"true\", null], toset([false]))",
    ),
    ("[for v in var.ul : v if \"é\" + 1 > 2]", "(var.ub)[*].a"),
    ("\"x${var.ul}\"", "\"%{ if var.ul }a%{ endif }\""),
    (
        "(var.ub ? 2 : var.u)",
        "[(false ? \"a\" : var.u), (true ? 2 : var.u)]",
    ),
    ("var.ub[\"a\"]", "1"),
    (
        "{ for v in [\"a\", var.ss] : substr(v, 0, 1) => v... }",
        "{ for v in [\"a\", var.ss] : substr(v, 0, 1) => 1 }",
    ),
    ("var.ut[*].a[0]", "1"),
    ("range(var.un)[\"a\"]", "1"),
    ("(true ? \"x\" : toset([\"b\"])[*].a[0])", "1"),
];

/// The configurations of [`FOUND`], and some that are about variables and conditions.
pub(super) fn found() -> Vec<Case> {
    let values = FOUND.iter().map(|(v, w)| {
        let main = format!("{}locals {{\n  v = {v}\n  w = {w}\n}}\n", preamble());
        Case::new(&main, &["local.v", "local.w", "local.v == local.w"])
    });
    let variables = [
        ("type = set(string)\n  default = \"a\"", "toset([\"b\"])"),
        ("type = string\n  nullable = false", "null"),
        ("type = string\n  nullable = false\n  default = \"d\"", "null"),
        ("type = string\n  nullable = false\n  default = null", "\"x\""),
        (
            "type = string\n  validation {\n    condition = null\n    error_message = \"no\"\n  }",
            "\"x\"",
        ),
    ];
    let variables = variables.iter().map(|(declared, given)| {
        let call = format!("module \"m\" {{\n  source = \"./m\"\n  c = {given}\n}}\n");
        let module = format!("variable \"c\" {{\n  {declared}\n}}\noutput \"c\" {{\n  value = var.c\n}}\n");
        Case::new(&call, &["module.m.c"]).with("m/main.tf", module)
    });
    let lifecycle = [
        "precondition {\n    condition = local.p[1] > 1\n    error_message = \"no\"\n  }",
        "precondition {\n    condition = local.p[1] == 1\n    error_message = \"no\"\n  }",
        "precondition {\n    condition = var.ub\n    error_message = \"no\"\n  }",
        "postcondition {\n    condition = self.input == 2\n    error_message = \"no\"\n  }",
        "postcondition {\n    condition = self.input == 1 || self.id == \"\"\n    error_message = \"no\"\n  }",
    ];
    let lifecycle = lifecycle.iter().map(|demand| {
        let resource = format!(
            "resource \"terraform_data\" \"r\" {{\n  input = 1\n  lifecycle {{\n  {demand}\n  }}\n}}\n"
        );
        Case::new(&format!("{}{resource}", preamble()), &["terraform_data.r.input"])
    });
    values.chain(variables).chain(lifecycle).collect()
}

impl Case {
    fn new(main: &str, probes: &[&str]) -> Self {
        let mut text = declarations() + main;
        if !probes.is_empty() {
            let probes = probes.join(", ");
            write!(
                text,
                "output \"probe\" {{\n  value = [{probes}]\n  sensitive = true\n}}\nresource \"terraform_data\" \"probe\" {{\n  input = [{probes}]\n}}\n"
            )
            .unwrap();
        }
        Self {
            files: BTreeMap::from([("main.tf".to_owned(), text)]),
        }
    }

    fn with(mut self, path: &str, text: String) -> Self {
        self.files.insert(path.to_owned(), text);
        self
    }
}

/// A configuration, its parts up to `depth` productions deep; with `blocks`, also of a resource type of AWS.
pub(super) fn case(depth: usize, blocks: bool) -> impl Strategy<Value = Case> + use<> {
    let level = Level::of(depth);
    let shallow = Level::of(depth.min(2).saturating_sub(1));
    let mut kinds = vec![
        (12, expressions(&level, &shallow)),
        (5, conversions(&shallow)),
        (4, repetition(&level, &shallow)),
        (3, modules(&level, &shallow)),
        (2, template_files(&shallow)),
        (2, heredocs(&shallow)),
        (2, json_syntax(&shallow)),
        (2, conditions(&shallow)),
    ];
    kinds.extend(blocks.then(|| (5, dynamic_blocks(&level, &shallow))));
    Union::new_weighted(kinds)
}

fn expressions(level: &Level, shallow: &Level) -> BoxedStrategy<Case> {
    (level.kind('x'), shallow.kind('x'), shallow.kind('x'))
        .prop_map(|(value, part, other)| {
            let main = format!(
                "locals {{\n  template = \"<$${{a}}>\"\n  p = {}\n  v = {value}\n  w = {other}\n}}\n",
                // The part may not refer to itself.
                part.replace("local.p", "null")
            );
            Case::new(&main, &["local.v", "local.w", "local.v == local.w"])
        })
        .boxed()
}

/// The declarations that expressions refer to.
fn preamble() -> &'static str {
    "locals {\n  template = \"<$${a}>\"\n  p = [\"p\", 1]\n}\n"
}

fn conversions(shallow: &Level) -> BoxedStrategy<Case> {
    let nullable = proptest::sample::select(vec!["", "  nullable = false\n"]);
    let default = proptest::option::of(shallow.literal());
    let given = proptest::option::weighted(0.85, Union::new(vec![shallow.kind('x'), shallow.literal()]));
    (constraint(2), nullable, default, given)
        .prop_map(|(ty, nullable, default, given)| {
            let default = default.map_or(String::new(), |value| format!("  default = {value}\n"));
            let given = given.map_or(String::new(), |value| format!("  c = {value}\n"));
            Case::new(
                &format!("{}module \"m\" {{\n  source = \"./m\"\n{given}}}\n", preamble()),
                &["module.m.c"],
            )
            .with(
                "m/main.tf",
                format!(
                    "variable \"c\" {{\n  type = {ty}\n{default}{nullable}}}\noutput \"c\" {{\n  value = var.c\n}}\n"
                ),
            )
        })
        .boxed()
}

/// `count` or `for_each`.
fn meta_argument(level: &Level) -> Expression {
    Union::new(vec![
        level
            .kind('n')
            .prop_map(|value| format!("count = {value}"))
            .boxed(),
        level.fill("count = @b ? 1 : 0"),
        level.fill("count = length(@l)"),
        level
            .kind('t')
            .prop_map(|value| format!("for_each = {value}"))
            .boxed(),
        level
            .kind('m')
            .prop_map(|value| format!("for_each = {value}"))
            .boxed(),
        level
            .kind('o')
            .prop_map(|value| format!("for_each = {value}"))
            .boxed(),
        level
            .kind('x')
            .prop_map(|value| format!("for_each = {value}"))
            .boxed(),
        level.fill("for_each = { for v in @l : v => { a = v } }"),
    ])
    .boxed()
}

fn own(meta: &str) -> &'static str {
    if meta.starts_with("count") {
        "count.index"
    } else {
        "[each.key, each.value]"
    }
}

fn repetition(level: &Level, shallow: &Level) -> BoxedStrategy<Case> {
    (meta_argument(level), shallow.kind('x'))
        .prop_map(|(meta, value)| {
            let input = own(&meta);
            let all = if meta.starts_with("count") {
                "terraform_data.r[*].input"
            } else {
                "{ for k, r in terraform_data.r : k => r.input }"
            };
            let main = format!(
                "{}resource \"terraform_data\" \"r\" {{\n  {meta}\n  input = [{input}, {value}]\n}}\n",
                preamble()
            );
            Case::new(
                &main,
                &[
                    all,
                    "length(terraform_data.r)",
                    "try(terraform_data.r[0].input, null)",
                ],
            )
        })
        .boxed()
}

fn modules(level: &Level, shallow: &Level) -> BoxedStrategy<Case> {
    (
        meta_argument(level),
        shallow.kind('x'),
        constraint(1),
        proptest::sample::select(vec!["var.c", "[var.c, path.module]", "terraform_data.i.input", "{ c = var.c }"]),
    )
        .prop_map(|(meta, value, ty, output)| {
            let own = own(&meta);
            let all = if meta.starts_with("count") {
                "module.m[*].c"
            } else {
                "{ for k, m in module.m : k => m.c }"
            };
            let main = format!(
                "{}module \"m\" {{\n  source = \"./m\"\n  {meta}\n  c = {value}\n  k = {own}\n}}\n",
                preamble()
            );
            Case::new(&main, &[all, "length(module.m)"]).with(
                "m/main.tf",
                format!(
                    "variable \"c\" {{\n  type = {ty}\n}}\nvariable \"k\" {{}}\nresource \"terraform_data\" \"i\" {{\n  input = [var.c, var.k]\n}}\noutput \"c\" {{\n  value = {output}\n}}\n"
                ),
            )
        })
        .boxed()
}

/// Blocks that are lists, in one another, with and without an iterator of their own.
fn dynamic_blocks(level: &Level, shallow: &Level) -> BoxedStrategy<Case> {
    let collection = Union::new(vec![
        level.kind('x'),
        level.kind('l'),
        level.kind('m'),
        level.kind('t'),
        level.fill("[@o, @o]"),
        level.fill("@b ? [1] : []"),
        level.fill("{ for v in @l : v => { n = v } }"),
    ]);
    let content = proptest::sample::select(vec![
        "each_one.key",
        "each_one.value",
        "try(each_one.value.a, each_one.key, \"none\")",
        "\"c-${each_one.key}\"",
        "jsonencode(each_one.value)",
        "each_one.value == null ? null : \"there\"",
    ]);
    let iterator = proptest::sample::select(vec!["", "    iterator = each_one\n"]);
    (
        (collection.clone(), content.clone(), iterator),
        (collection, content),
        (shallow.kind('s'), shallow.kind('m')),
    )
        .prop_map(|((first, name, iterator), (second, inner), (text, map))| {
            let label = |kind: &str, text: &str| match iterator.is_empty() {
                true => text.replace("each_one", kind),
                false => text.to_owned(),
            };
            let (outer_name, inner_name) = (label("partition_keys", name), label("columns", inner));
            let main = format!(
                "{}resource \"aws_glue_catalog_table\" \"r\" {{\n  name = \"t\"\n  database_name = \"d\"\n  dynamic \"partition_keys\" {{\n    for_each = {first}\n{iterator}    content {{\n      name = {outer_name}\n      comment = {text}\n    }}\n  }}\n  storage_descriptor {{\n    dynamic \"columns\" {{\n    for_each = {second}\n{iterator}      content {{\n        name = {inner_name}\n        parameters = {map}\n      }}\n    }}\n  }}\n}}\n",
                preamble()
            );
            Case::new(&main, &["1"])
        })
        .boxed()
}

/// Pieces of a template: literals, blanks and line breaks, interpolations and directives, with markers that strip blanks.
fn template_text() -> Expression {
    let piece = proptest::sample::select(vec![
        "a",
        " ",
        "\n",
        "  ",
        "\n\n",
        "\t",
        "b c",
        "${a}",
        "${~ a ~}",
        "${a ~}",
        "${upper(a)}",
        "${length(l)}",
        "$${a}",
        "%%{ if }",
        "$",
        "%",
        "\\n",
        "\"",
        "é",
        "${jsonencode(m)}",
        "${join(\",\", l)}",
        "${l[0]}",
        "${m.a}",
        "${m[\"a\"]}",
    ])
    .prop_map(str::to_owned);
    let flat = proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat());
    let with = |open: &'static str, middle: &'static str, close: &'static str| {
        (flat.clone(), flat.clone())
            .prop_map(move |(first, second)| {
                if middle.is_empty() {
                    format!("{open}{first}{close}{second}")
                } else {
                    format!("{open}{first}{middle}{second}{close}")
                }
            })
            .boxed()
    };
    let part = Union::new(vec![
        flat.clone().boxed(),
        with("%{ if b }", "%{ else }", "%{ endif }"),
        with("%{ if b ~}\n", "\n%{~ else ~}", "%{ endif ~}\n"),
        with("%{~ if length(l) > 1 ~}", "", "%{~ endif ~}"),
        with("%{ for v in l }", "", "${v},%{ endfor }"),
        with("%{ for v in l ~}\n", "", "  - ${v}\n%{ endfor ~}\n"),
        with("%{ for k, v in m ~}", "", "${k}=${v}\n%{ endfor }"),
        with("\n%{~ for i, v in l ~} ${i}", "", " %{~ endfor ~}\n"),
        with(
            "%{ for v in l }%{ if v == a }",
            "%{ else }",
            "%{ endif }%{ endfor }",
        ),
    ]);
    proptest::collection::vec(part, 1..4)
        .prop_map(|parts| parts.concat())
        .boxed()
}

fn template_files(shallow: &Level) -> BoxedStrategy<Case> {
    (
        template_text(),
        shallow.kind('s'),
        shallow.kind('l'),
        shallow.kind('m'),
        shallow.kind('b'),
    )
        .prop_map(|(text, a, l, m, b)| {
            let main = format!(
                "{}locals {{\n  v = templatefile(\"${{path.module}}/t.tftpl\", {{ a = {a}, l = {l}, m = {m}, b = {b} }})\n}}\n",
                preamble()
            );
            Case::new(&main, &["local.v"]).with("t.tftpl", text)
        })
        .boxed()
}

fn heredocs(shallow: &Level) -> BoxedStrategy<Case> {
    let line = (
        proptest::sample::select(vec!["", " ", "  ", "    ", "\t"]),
        proptest::sample::select(vec![
            "",
            "a",
            "${local.a}",
            "b ${local.a} c",
            "%{ if local.b }",
            "%{ endif }",
            "%{ if local.b ~}",
            "%{~ endif ~}",
            "%{ for v in local.l ~}",
            "${v}",
            "%{ endfor ~}",
            "%{ endfor }",
            "EOT x",
            "\\n",
            "${~ local.a ~}",
            "# no comment",
            "$${x}",
            "\"q\"",
        ]),
    )
        .prop_map(|(indent, text)| format!("{indent}{text}\n"));
    (
        proptest::collection::vec(line, 0..6),
        proptest::sample::select(vec!["<<EOT", "<<-EOT"]),
        proptest::sample::select(vec!["", "  ", "      "]),
        shallow.kind('s'),
        shallow.kind('l'),
        shallow.kind('b'),
    )
        .prop_map(|(lines, marker, end, a, l, b)| {
            let main = format!(
                "{}locals {{\n  a = {a}\n  l = {l}\n  b = {b}\n  v = {marker}\n{}{end}EOT\n  w = [{marker}\n{}{end}EOT\n  , 1]\n}}\n",
                preamble(),
                lines.concat(),
                lines.concat(),
            );
            Case::new(&main, &["local.v", "local.w"])
        })
        .boxed()
}

fn json_syntax(shallow: &Level) -> BoxedStrategy<Case> {
    let text = Union::new(vec![
        shallow
            .kind('x')
            .prop_map(|value| format!("${{{value}}}"))
            .boxed(),
        shallow
            .kind('s')
            .prop_map(|value| format!("a ${{{value}}} b"))
            .boxed(),
        shallow
            .kind('b')
            .prop_map(|value| format!("%{{ if {value} }}x%{{ endif }}"))
            .boxed(),
        shallow.kind('s'),
    ]);
    (text.clone(), text, shallow.literal())
        .prop_map(|(first, second, key)| {
            let json = serde_json::json!({
                "locals": [{ "v": [first.clone(), 1, null, true, { "k": second }], "w": { (key): first } }],
                "resource": { "terraform_data": { "j": { "input": { "a": "${local.v}" } } } },
            });
            Case::new(preamble(), &["local.v", "local.w"]).with("more.tf.json", json.to_string())
        })
        .boxed()
}

/// Validations, preconditions and checks: an error when they do not hold, and nothing when that is not known.
fn conditions(shallow: &Level) -> BoxedStrategy<Case> {
    (
        shallow.kind('x'),
        proptest::sample::select(vec![
            "length(var.c) > 1",
            "var.c != null",
            "can(regex(\"^[a-z]+$\", var.c))",
            "contains([\"a\", \"b\"], var.c)",
            "var.c == null || try(length(var.c) > 0, false)",
            "alltrue([for v in var.c : v != \"a\"])",
        ]),
        constraint(1),
        shallow.kind('b'),
    )
        .prop_map(|(value, condition, ty, other)| {
            Case::new(
                &format!(
                    "{}module \"m\" {{\n  source = \"./m\"\n  c = {value}\n}}\nresource \"terraform_data\" \"r\" {{\n  input = 1\n  lifecycle {{\n    precondition {{\n      condition = can([local.p, {other}])\n      error_message = \"no\"\n    }}\n  }}\n}}\n",
                    preamble()
                ),
                &["module.m.c"],
            )
            .with(
                "m/main.tf",
                format!(
                    "variable \"c\" {{\n  type = {ty}\n  validation {{\n    condition = {condition}\n    error_message = \"wrong\"\n  }}\n}}\noutput \"c\" {{\n  value = var.c\n}}\n"
                ),
            )
        })
        .boxed()
}
