#!/usr/bin/env python3
"""Regenerates policy-core/src/input/terraform/source/aws_shapes.txt from the schema of the AWS provider.

    terraform providers schema -json > schema.json      # in an initialised directory that requires hashicorp/aws
    scripts/aws-shapes.py schema.json > policy-core/src/input/terraform/source/aws_shapes.txt
    scripts/aws-shapes.py --check schema.json           # says which lines would differ; exit 1 when some do

Origin of the data: the schemas that the AWS provider (registry.terraform.io/hashicorp/aws, MPL-2.0) itself reports; the
file in the repository is of version 6.47.0. It holds facts only: names, types, whether an attribute is computed or
sensitive, and how blocks nest. No text of the provider or its documentation is in it.

One line per resource type (`aws_vpc …`) and data source (`data.aws_vpc …`), sorted by name. The grammar stands at
`Cursor` in shape.rs: attributes first, then blocks, each sorted by name.
"""
import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "../policy-core/src/input/terraform/source/aws_shapes.txt")
PRIMITIVE = {"string": "s", "number": "n", "bool": "b", "dynamic": "d"}
COLLECTION = {"list": "l", "set": "t", "map": "m"}
NESTING = {"list": "L", "set": "T", "single": "S", "group": "S", "map": "M"}


def type_of(ty):
    if isinstance(ty, str):
        return PRIMITIVE[ty]
    kind, of = ty[0], ty[1]
    if kind in COLLECTION:
        return COLLECTION[kind] + type_of(of)
    if kind == "object":
        return "{" + ",".join(f"{name}:{type_of(of[name])}" for name in sorted(of)) + "}"
    return "d"  # a tuple has no letter: it is left as written


def nested_type(nested):
    """The type of an attribute that is declared with a structure of its own."""
    members = "{" + ",".join(f"{name}:{attribute_type(a)}" for name, a in sorted(nested["attributes"].items())) + "}"
    return COLLECTION.get(nested["nesting_mode"], "") + members


def attribute_type(attribute):
    if "nested_type" in attribute:
        return nested_type(attribute["nested_type"])
    return type_of(attribute["type"])


def block(body, data=False):
    """The shape of a block. What a data source answers is asked for, never chosen by default: nothing is `?` there."""
    parts = []
    for name, attribute in sorted(body.get("attributes", {}).items()):
        computed = "?" if attribute.get("computed") and not data else ""
        sensitive = "!" if attribute.get("sensitive") else ""
        parts.append(f"{name}:{attribute_type(attribute)}{computed}{sensitive}")
    for name, nested in sorted(body.get("block_types", {}).items()):
        parts.append(f"{name}:{NESTING[nested['nesting_mode']]}{{{block(nested.get('block', {}), data)}}}")
    return ",".join(parts)


def lines(schema):
    providers = [p for source, p in schema["provider_schemas"].items() if source.endswith("/hashicorp/aws")]
    if not providers:
        sys.exit("no schema of hashicorp/aws in this file")
    found = {}
    for name, resource in providers[0].get("resource_schemas", {}).items():
        found[name] = block(resource["block"])
    for name, source in providers[0].get("data_source_schemas", {}).items():
        found[f"data.{name}"] = block(source["block"], data=True)
    return [f"{name} {found[name]}" for name in sorted(found) if found[name]]


def main():
    cli = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    cli.add_argument("schema")
    cli.add_argument("--check", action="store_true")
    args = cli.parse_args()
    with open(args.schema, encoding="utf-8") as file:
        made = lines(json.load(file))
    if not args.check:
        sys.stdout.write("\n".join(made) + "\n")
        return
    with open(TARGET, encoding="utf-8") as file:
        have = file.read().splitlines()
    old, new = (dict(line.split(" ", 1) for line in side) for side in (have, made))
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    for name in changed:
        print("new" if name not in old else "gone" if name not in new else "changed", name)
    sys.exit(bool(changed))


if __name__ == "__main__":
    main()
