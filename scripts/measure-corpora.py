#!/usr/bin/env python3
"""Measures the controls on labelled cases that others wrote.

    scripts/measure-corpora.py CORPORA                        # with corpora-crosswalk.yaml beside it
    scripts/measure-corpora.py CORPORA --by-name              # a rule is the managed rule of AWS Config of the same name
    scripts/measure-corpora.py CORPORA --environment prod     # otherwise no environment is named

CORPORA is a directory with `cases.jsonl`, one labelled case a line: `corpus`, `case`, `kind`, `rule`, `expect` (pass, fail or
skip), `resource` and `scope` (resource or file), and `path` of the input, relative to the directory. The cases belong to others
and are no part of this repository; no test reads them.

A case of scope `resource` has the outcome of that resource; where the resource is judged on the one it belongs to (a policy on
its bucket), that one's. A case of scope `file`, and one of a single configuration item, has the worst outcome in the file.
`fail` must be `fail`; `pass` and `skip` must be `pass` or `not_applicable`; `unknown` and `error` are never right. Cases whose
own file suppresses the rule are left out.

Every disagreement is printed, then two lines per corpus: all cases, and those that `disputed` in the crosswalk does not
explain. The exit code is 1 when a disagreement is not explained there. With --by-name nothing is explained, and the exit code
is 0.
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
SAME, PART, WHOLE, DIFFERENT = "same", "part", "whole", "different"
KINDS = ["label", "refused", "undecided", "place", "title"]


def crosswalk(path):
    """{(corpus, rule): [(control, relation)]} of the written crosswalk, and {(corpus, path, rule, resource)} of what it disputes."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules, disputed = {}, set()
    for corpus, entries in document["corpora"].items():
        for rule, entry in entries.items():
            if entry["relation"] not in (SAME, PART, WHOLE, DIFFERENT):
                sys.exit(f"{path}: {corpus} {rule}: relation `{entry['relation']}`")
            if entry["relation"] != DIFFERENT:
                rules[(corpus, rule)] = [(entry["control"], entry["relation"])]
    for entry in document["disputed"]:
        if entry["is"] not in KINDS:
            sys.exit(f"{path}: {entry['rule']}: is `{entry['is']}`")
        for case in entry["cases"]:
            disputed.add((entry["rule"], str(case)))
    return rules, disputed


def by_name(cases, path):
    """The crosswalk that follows from the names alone: a foreign rule is the managed rule of AWS Config of that name."""
    mapped = {r["id"]: r["controls"] for r in yaml.safe_load(path.read_text(encoding="utf-8"))["requirements"]}
    return {(c["corpus"], c["rule"]): [(control, SAME) for control in mapped[c["rule"]]] for c in cases if c["rule"] in mapped}


def suppressed(text, rule):
    return (rule in text and "SuppressedRules" in text) or "rules_to_suppress" in text


class Run:
    def __init__(self, options):
        self.options = options
        self.corpora = pathlib.Path(options.corpora).resolve()

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
        if case["scope"] == "resource" and case["kind"] != "config-ci":
            own = [o for o in outcomes if o["resource"] == case["resource"]]
            if not own and case["expect"] == "fail":
                blamed = {f["resource"]["id"] for f in report["findings"] if f["controlId"] == control and case["resource"] in json.dumps(f.get("actual")) + f["message"]}
                own = [o for o in outcomes if o["resource"] in blamed]
            if not own and case["expect"] == "fail":
                owners = self.owners(case["path"], case["resource"])
                own = [o for o in outcomes if o["resource"] in owners]
            outcomes = own
        worst = min((o["outcome"] for o in outcomes), key=RANK.index, default="not_applicable")
        reasons = [f"{r['path']}: {r['kind']}" for o in outcomes if o["outcome"] == worst for r in o.get("reasons", [])]
        return worst, "; ".join(reasons)[:400]


def agrees(expect, outcome):
    return outcome == "fail" if expect == "fail" else outcome in ("pass", "not_applicable")


def says_something(relation, expect):
    """Whether the label of a rule with this relation says something about our control."""
    return {SAME: True, PART: expect == "fail", WHOLE: expect != "fail"}[relation]


def name(case):
    """How the crosswalk names a case: the resource, or the number of the file."""
    return case["resource"] if case["scope"] == "resource" and case["kind"] != "config-ci" else pathlib.Path(case["path"]).stem


def line(what, cells):
    count = lambda test: sum(number for (expect, outcome), number in cells.items() if test(expect, outcome))
    right = count(lambda expect, outcome: expect == "fail" == outcome)
    missed = count(lambda expect, outcome: expect == "fail" != outcome)
    alarms = count(lambda expect, outcome: expect != "fail" == outcome)
    wrong = count(lambda expect, outcome: expect == "fail" and outcome in ("pass", "not_applicable"))
    clean = count(lambda expect, outcome: expect != "fail" and agrees(expect, outcome))
    print(f"  {what}: {sum(cells.values())} cases, precision {right / max(1, right + alarms):.3f}, recall {right / max(1, right + missed):.3f}, "
          f"{wrong} fail here as pass, {missed - wrong} undecided, {alarms} false alarms, {clean} rightly clean")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("corpora", help="directory with cases.jsonl")
    arguments.add_argument("--by-name", action="store_true", help="the crosswalk of equal names instead of the written one")
    arguments.add_argument("--crosswalk", type=pathlib.Path, default=ROOT / "scripts" / "corpora-crosswalk.yaml")
    arguments.add_argument("--policy", type=lambda path: str(pathlib.Path(path).resolve()), default=str(ROOT / "target" / "debug" / "policy"), help="the binary")
    arguments.add_argument("--controls", type=lambda path: str(pathlib.Path(path).resolve()), default=str(ROOT / "controls"), help="directory of controls")
    arguments.add_argument("--environment", help="environment of what is checked; none when left out")
    arguments.add_argument("--rule", help="only the foreign rules whose name contains this")
    options = arguments.parse_args()

    run = Run(options)
    cases = [json.loads(line) for line in (run.corpora / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    if options.by_name:
        walk, disputed = by_name(cases, ROOT / "controls" / "mappings" / "aws-config-rules.yaml"), set()
    else:
        walk, disputed = crosswalk(options.crosswalk)
    todo, left_out = [], 0
    for case in cases:
        for control, relation in walk.get((case["corpus"], case["rule"]), []):
            if (options.rule and options.rule not in case["rule"]) or not says_something(relation, case["expect"]):
                continue
            if suppressed((run.corpora / case["path"]).read_text(encoding="utf-8"), case["rule"]):
                left_out += 1
                continue
            todo.append((case, control))

    wanted = collections.defaultdict(set)
    for case, control in todo:
        wanted[case["path"]].add(control)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reports = dict(zip(wanted, pool.map(lambda path: run.report(path, sorted(wanted[path])), wanted)))

    everything, rest = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    used, open_questions = set(), 0
    for case, control in todo:
        outcome, why = run.outcome(case, control, reports[case["path"]])
        everything[case["corpus"]][(case["expect"], outcome)] += 1
        key = (case["rule"], name(case))
        if agrees(case["expect"], outcome) or key not in disputed:
            rest[case["corpus"]][(case["expect"], outcome)] += 1
        if not agrees(case["expect"], outcome):
            explained = key in disputed
            used.add(key)
            open_questions += not explained
            print(f"{case['expect']} -> {outcome}  {control}  {case['rule']}  {name(case)}  {case['path']}  {'disputed' if explained else why}")

    totals = collections.Counter(case["corpus"] for case in cases)
    print(f"{left_out} cases suppress the rule in their own file and are left out")
    for corpus in sorted(everything):
        print(f"{corpus}, {totals[corpus]} cases")
        line("all", everything[corpus])
        if disputed:
            line("without the disputed", rest[corpus])
    if not options.rule:
        for rule, case in sorted(disputed - used):
            print(f"disputed and not in dispute: {rule} {case}")
    sys.exit(1 if open_questions and not options.by_name else 0)


if __name__ == "__main__":
    main()
