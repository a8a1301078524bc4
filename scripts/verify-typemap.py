#!/usr/bin/env python3
"""Re-verifies every native name of the typemap against the schemas of others. For developers; CI runs the Rust test
`typemap_names`, which holds the typemap against the list that this script writes.

    scripts/verify-typemap.py --terraform aws_schema.json.gz           # check, print what is wrong
    scripts/verify-typemap.py --terraform aws_schema.json.gz --write   # ... and store the verified names

Terraform: the AWS provider schema as `terraform providers schema -json` prints it, or the extract of the terraform-oracle.
CloudFormation: the resource schemas inside the PyPI package `cfn-lint` (pip install cfn-lint).
"""

import argparse
import gzip
import json
import pathlib
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
TYPEMAP = ROOT / "policy-core/src/resource/typemap.yaml"
STORED = ROOT / "policy-core/src/resource/typemap_names.txt"


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def names(typemap):
    """Every (source, type, path) that the typemap reads."""
    for kind in typemap["kinds"]:
        for source in ("terraform", "cloudformation"):
            for native in kind.get(source) or []:
                yield source, native, ""
        for satellite in kind.get("satellites") or []:
            # What an account has one of may be a type that only AWS Config knows; custom resources have no schema.
            recorded = satellite["join"] == "(account)" and "::" in satellite["type"]
            if recorded or satellite["type"].startswith("Custom::"):
                continue
            source = "cloudformation" if "::" in satellite["type"] else "terraform"
            yield source, satellite["type"], ""
        for attribute in kind["attrs"]:
            for source in ("terraform", "cloudformation"):
                for path in listed(attribute.get(source)):
                    native, at, rest = path.partition("@")
                    if native.startswith("Custom::"):
                        continue  # No schema: whoever writes the template says what its properties are.
                    if at:
                        yield source, native, rest
                    else:
                        # An attribute needs to exist in one type of the kind.
                        yield source, "|".join(kind.get(source) or []), path


class Terraform:
    def __init__(self, path):
        opened = gzip.open(path) if str(path).endswith(".gz") else open(path, "rb")
        data = json.load(opened)
        while "resource_schemas" not in data and "provider_schemas" in data:
            data = next(iter(data["provider_schemas"].values()))
        self.schemas = data.get("resource_schemas") or data.get("resources") or data

    def has(self, native, path):
        schema = self.schemas.get(native)
        if schema is None:
            return False
        block = schema.get("block", schema)
        return not path or self.below(block, path.split("."))

    def below(self, block, steps):
        head, rest = steps[0], steps[1:]
        attributes, blocks = block.get("attributes") or {}, block.get("block_types") or {}
        if head in attributes:
            nested = attributes[head].get("nested_type")
            # What lies in an object-typed attribute has no schema of its own.
            return not rest or nested is None or self.below({"attributes": nested["attributes"]}, rest)
        if head in blocks:
            return not rest or self.below(blocks[head]["block"], rest)
        return False


class CloudFormation:
    def __init__(self):
        import cfnlint.schema.manager as manager

        self.manager = manager.PROVIDER_SCHEMA_MANAGER

    def has(self, native, path):
        try:
            schema = self.manager.get_resource_schema("us-east-1", native).schema
        except Exception:
            return False
        return not path or self.below(schema, schema, path.split("."), 0)

    def below(self, root, node, steps, depth):
        if depth > 40 or not isinstance(node, dict):
            return False
        if not steps:
            return True
        if "$ref" in node:
            target = root
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target.get(part, {})
            if self.below(root, target, steps, depth + 1):
                return True
        if steps[0] in (node.get("properties") or {}):
            if self.below(root, node["properties"][steps[0]], steps[1:], depth + 1):
                return True
        types = listed(node.get("type"))
        open_object = "object" in types and not node.get("properties") and "$ref" not in node
        if open_object or node.get("patternProperties"):
            return True
        inner = listed(node.get("items")) + [s for key in ("oneOf", "anyOf", "allOf") for s in node.get(key) or []]
        return any(self.below(root, child, steps, depth + 1) for child in inner)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--terraform", required=True, type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    checkers = {"terraform": Terraform(arguments.terraform), "cloudformation": CloudFormation()}
    typemap = yaml.safe_load(TYPEMAP.read_text())
    good, bad = set(), set()
    for source, native, path in names(typemap):
        found = [one for one in native.split("|") if one and checkers[source].has(one, path)]
        (good if found else bad).add((source, native, path))
    for entry in sorted(bad):
        print("not found:", *entry)
    print(f"{len(good)} names verified, {len(bad)} not found")
    if arguments.write:
        lines = [f"{s}\t{n}\t{p}\t{'yes' if (s, n, p) in good else 'NO'}" for s, n, p in sorted(good | bad)]
        header = "# Written by scripts/verify-typemap.py; a Rust test holds the typemap against it. source, type, path, verified\n"
        STORED.write_text(header + "\n".join(lines) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
