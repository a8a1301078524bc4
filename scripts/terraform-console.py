#!/usr/bin/env python3
"""Freezes what a real `terraform console` answers to fixtures/terraform-functions/expressions.txt.

Writes fixtures/terraform-functions/cases.jsonl, one object per expression:
  {"function", "expression", "value": JSON text, "type": type}    known result
  {"function", "expression", "unknown": rendering, "type": type}  result with unknown parts
  {"function", "expression", "error": true}                       the call fails
Types are written without blanks. Also writes signatures.json, what `terraform metadata functions` declares. Needs terraform 1.11 on the PATH and nothing else: no provider, no network.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "terraform-functions"
VERSION = "1.11."
CHUNK = 40
ERROR = '"!error"'


def console(line, directory):
    """The output of one console line, or None when it fails."""
    environment = dict(os.environ, TF_CLI_CONFIG_FILE=os.devnull, CHECKPOINT_DISABLE="1", NO_COLOR="1")
    done = subprocess.run(
        ["terraform", "console"], input=line + "\n", capture_output=True, text=True, cwd=directory, env=environment
    )
    return done.stdout.rstrip("\n") if done.returncode == 0 else None


def elements(text, indent):
    """The elements of a rendered tuple: each ends at a line of its indentation that ends with a comma."""
    found, lines = [], []
    for line in text.split("\n")[1:-1]:
        lines.append(line[indent:])
        if not line[indent:].startswith((" ", "}", "]")) or lines[1:] and line[indent:].startswith(("}", "]")):
            if line.endswith(","):
                found.append("\n".join(lines)[:-1])
                lines = []
    return found


def unquote(text):
    """The string behind a quoted one of the console, whose escapes are those of Go."""
    escapes = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

    def plain(match):
        escape = match.group(1)
        return chr(int(escape[1:], 16)) if escape[0] in "xuU" and escape[1:] else escapes.get(escape, escape)

    return re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", plain, text[1:-1])


def compact(ty):
    return re.sub(r"\s+", "", ty)


def answer_one(expression, directory):
    value = console(f"jsonencode({expression})", directory)
    ty = console(f"type({expression})", directory)
    if value is None or ty is None:
        return ("error", None, None)
    if value.startswith('"'):
        return ("value", unquote(value), compact(ty))
    return ("unknown", console(expression, directory), compact(ty))


def answer(expressions, directory):
    """For each expression its kind ("value", "unknown", "error"), its JSON text or rendering, and its type."""
    asked = ", ".join(f"try(jsonencode({expression}), {ERROR})" for expression in expressions)
    values = console(f"[{asked}]", directory)
    types = console("type([" + ", ".join(f"try({e}, {ERROR})" for e in expressions) + "])", directory)
    values, types = (elements(found, indent) if found else [] for found, indent in ((values, 2), (types, 4)))
    if not len(values) == len(types) == len(expressions):
        # Something that `try` cannot catch, or attribute names that break the layout.
        return [answer_one(expression, directory) for expression in expressions]
    results = []
    for expression, value, ty in zip(expressions, values, types):
        if value == ERROR:
            results.append(("error", None, None))
        elif value.startswith('"'):
            results.append(("value", unquote(value), compact(ty)))
        else:
            # `try` hides the type of what is not wholly known.
            results.append(answer_one(expression, directory))
    return results


def read_expressions():
    function = None
    for line in (ROOT / "expressions.txt").read_text().splitlines():
        if line.startswith("## "):
            function = line[3:]
        elif line.strip() and not line.startswith("#"):
            yield function, line


def declared_signatures():
    asked = subprocess.run(["terraform", "metadata", "functions", "-json"], capture_output=True, check=True)
    declared = json.loads(asked.stdout)["function_signatures"]

    def parameter(found):
        return {"name": found["name"], "type": found["type"], "null": found.get("is_nullable", False)}

    def signature(found):
        variadic = found.get("variadic_parameter")
        return {
            "parameters": [parameter(each) for each in found.get("parameters", [])],
            "variadic": parameter(variadic) if variadic else None,
            "returns": found["return_type"],
        }

    return {name: signature(found) for name, found in sorted(declared.items()) if not name.startswith("core::")}


def main():
    version = json.loads(subprocess.run(["terraform", "version", "-json"], capture_output=True, check=True).stdout)
    if not version["terraform_version"].startswith(VERSION):
        sys.exit(f"terraform {VERSION}x is needed, not {version['terraform_version']}")
    cases = list(read_expressions())
    chunks = [cases[start : start + CHUNK] for start in range(0, len(cases), CHUNK)]

    def run(chunk):
        with tempfile.TemporaryDirectory() as directory:
            shutil.copytree(ROOT / "module", directory, dirs_exist_ok=True)
            return answer([expression for _, expression in chunk], directory)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = [result for found in pool.map(run, chunks) for result in found]
    with open(ROOT / "cases.jsonl", "w") as out:
        for (function, expression), (kind, result, ty) in zip(cases, results):
            case = {"function": function, "expression": expression}
            if kind == "error":
                case["error"] = True
            else:
                case |= {kind: result, "type": ty}
            out.write(json.dumps(case, ensure_ascii=False) + "\n")
    signatures = declared_signatures()
    (ROOT / "signatures.json").write_text(json.dumps(signatures, indent=1) + "\n")
    print(f"{len(cases)} cases, {len(signatures)} functions")


if __name__ == "__main__":
    main()
