#!/usr/bin/env python3
"""Measures the controls on labelled cases that others wrote.

    scripts/measure-corpora.py CORPORA                        # with controls/crosswalk.yaml
    scripts/measure-corpora.py CORPORA --by-name              # a rule is the managed rule of AWS Config of the same name
    scripts/measure-corpora.py CORPORA --environment prod     # otherwise no environment is named

CORPORA is a directory with `cases.jsonl`, one labelled case a line: `corpus`, `case`, `kind`, `rule`, `expect` (pass, fail or
skip), `resource` and `scope` (resource or file), and `path` of the input, relative to the directory. The cases belong to others
and are no part of this repository; no test reads them.

A case of scope `resource` has the outcome of that resource; where the resource is judged on the one it belongs to (a policy on
its bucket), that one's. A case of scope `file` has the worst outcome in the file. `fail` must be `fail`; `pass` and `skip` must
be `pass` or `not_applicable`; `unknown` and `error` are never right. Cases whose own file suppresses the rule are left out.
Every disagreement is printed, then one table per corpus. The exit code is 1 when a case labelled `fail` passes.
"""

import argparse
import collections
import concurrent.futures
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
RANK = ["error", "fail", "unknown", "pass", "not_applicable"]
# A rule with one of these relations is not scored, or only where it fails.
SAME, PART, DIFFERENT = "same", "part", "different"


def crosswalk(path):
    """{(corpus, rule): [(control, relation)]} of the written crosswalk."""
    found = {}
    for corpus, rules in yaml.safe_load(path.read_text(encoding="utf-8"))["corpora"].items():
        for rule, entry in rules.items():
            if entry["relation"] not in (SAME, PART, DIFFERENT):
                sys.exit(f"{path}: {corpus} {rule}: relation is {SAME}, {PART} or {DIFFERENT}")
            if entry["relation"] != DIFFERENT:
                found[(corpus, rule)] = [(entry["control"], entry["relation"])]
    return found


def by_name(cases, path):
    """The crosswalk that follows from the names alone: a foreign rule is the managed rule of AWS Config of that name."""
    mapped = {r["id"]: r["controls"] for r in yaml.safe_load(path.read_text(encoding="utf-8"))["requirements"]}
    return {(c["corpus"], c["rule"]): [(control, SAME) for control in mapped[c["rule"]]] for c in cases if c["rule"] in mapped}


def suppressed(text, rule):
    return (rule in text and "SuppressedRules" in text) or "rules_to_suppress" in text


class Run:
    def __init__(self, options):
        self.options = options
        self.corpora = pathlib.Path(options.corpora)

    def report(self, path, controls):
        """The report of `policy check` on one file with these controls; what it printed instead, when there is none."""
        source = self.corpora / path
        with tempfile.TemporaryDirectory() as alone:
            if source.suffix == ".tf":
                # A .tf file stands for its directory: each of these is a configuration of its own.
                shutil.copy(source, os.path.join(alone, "main.tf"))
                source = alone
            command = [self.options.policy, "check", str(source), "-o", "json", "--all-outcomes", "--controls", self.options.controls]
            for control in controls:
                command += ["--control", control]
            if self.options.environment:
                command += ["--environment", self.options.environment]
            done = subprocess.run(command, capture_output=True, text=True, cwd=alone, check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"outcomes": [], "findings": [], "broken": done.stderr}

    @functools.lru_cache(None)
    def owners(self, path, satellite):
        """Resources whose attributes another resource of the file sets."""
        done = subprocess.run([self.options.policy, "inventory", str(self.corpora / path)], capture_output=True, text=True, check=False)
        ids = lambda resource: [s if isinstance(s, str) else s.get("id") for s in resource.get("satellites", [])]
        return {r["id"] for r in json.loads(done.stdout)["resources"] if satellite in ids(r)}

    def outcome(self, case, control, report):
        """The outcome of the control on the case, and why when it is undecided."""
        if "broken" in report:
            return "error", report["broken"][:300]
        outcomes = [o for o in report["outcomes"] if o["controlId"] == control]
        if case["scope"] == "resource":
            own = [o for o in outcomes if o["resource"] == case["resource"]]
            if not own:
                blamed = {f["resource"]["id"] for f in report["findings"] if f["controlId"] == control and case["resource"] in json.dumps(f.get("actual")) + f["message"]}
                own = [o for o in outcomes if o["resource"] in blamed]
            if not own:
                owners = self.owners(case["path"], case["resource"])
                own = [o for o in outcomes if o["resource"] in owners]
            outcomes = own
        worst = min((o["outcome"] for o in outcomes), key=RANK.index, default="not_applicable")
        reasons = [f"{r['path']}: {r['kind']}" for o in outcomes if o["outcome"] == worst for r in o.get("reasons", [])]
        return worst, "; ".join(reasons)[:400]


def agrees(expect, outcome):
    return outcome == "fail" if expect == "fail" else outcome in ("pass", "not_applicable")


def table(corpus, cells, total):
    n = lambda test: sum(count for (expect, outcome), count in cells.items() if test(expect, outcome))
    right = n(lambda e, o: e == "fail" and o == "fail")
    missed = n(lambda e, o: e == "fail" and o != "fail")
    alarms = n(lambda e, o: e != "fail" and o == "fail")
    wrong_passes = n(lambda e, o: e == "fail" and o in ("pass", "not_applicable"))
    print(f"{corpus}: {sum(cells.values())} scored of {total} cases; precision {right / max(1, right + alarms):.3f}, recall {right / max(1, right + missed):.3f}; "
          f"{wrong_passes} fail here as pass, {alarms} false alarms, {n(lambda e, o: e != 'fail' and agrees(e, o))} rightly clean")
    for (expect, outcome), count in sorted(cells.items()):
        print(f"    {expect:4} -> {outcome:14} {count}")
    return wrong_passes


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("corpora", help="directory with cases.jsonl")
    arguments.add_argument("--by-name", action="store_true", help="the crosswalk of equal names instead of the written one")
    arguments.add_argument("--crosswalk", type=pathlib.Path, default=ROOT / "controls" / "crosswalk.yaml")
    arguments.add_argument("--policy", default=str(ROOT / "target" / "debug" / "policy"), help="the binary")
    arguments.add_argument("--controls", default=str(ROOT / "controls"), help="directory of controls")
    arguments.add_argument("--environment", help="environment of what is checked; none when left out")
    arguments.add_argument("--rule", help="only the foreign rules whose name contains this")
    options = arguments.parse_args()

    run = Run(options)
    cases = [json.loads(line) for line in (run.corpora / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    walk = by_name(cases, ROOT / "controls" / "mappings" / "aws-config-rules.yaml") if options.by_name else crosswalk(options.crosswalk)
    todo, left_out = [], 0
    for case in cases:
        for control, relation in walk.get((case["corpus"], case["rule"]), []):
            if options.rule and options.rule not in case["rule"]:
                continue
            if relation == PART and case["expect"] != "fail":
                continue
            if suppressed((run.corpora / case["path"]).read_text(encoding="utf-8"), case["rule"]):
                left_out += 1
                continue
            todo.append((case, control, relation))

    wanted = collections.defaultdict(set)
    for case, control, _ in todo:
        wanted[case["path"]].add(control)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = dict(zip(wanted, pool.map(lambda path: run.report(path, sorted(wanted[path])), wanted)))

    cells, parts = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for case, control, relation in todo:
        outcome, why = run.outcome(case, control, reports[case["path"]])
        (parts if relation == PART else cells)[case["corpus"]][(case["expect"], outcome)] += 1
        if not agrees(case["expect"], outcome):
            note = " (a part of ours)" if relation == PART else ""
            print(f"{case['expect']} -> {outcome}  {control}  {case['rule']}{note}  {case['resource'] or ''}  {case['path']}  {why}")

    totals = collections.Counter(case["corpus"] for case in cases)
    print(f"{left_out} cases suppress the rule in their own file and are left out")
    wrong_passes = sum(table(corpus, cells[corpus], totals[corpus]) for corpus in sorted(cells))
    for corpus, found in sorted(parts.items()):
        right = found[("fail", "fail")]
        print(f"{corpus}: {right} of {sum(found.values())} failures of rules that are a part of ours are failures here")
    sys.exit(1 if wrong_passes else 0)


if __name__ == "__main__":
    main()
