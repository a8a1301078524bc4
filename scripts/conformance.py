#!/usr/bin/env python3
"""Checks the golden reports with the validators of others.

    .ci/conformance --install --strict    # installs the validators into target/conformance
    .ci/conformance                       # with what is installed

The goldens are fixtures/golden/reports/<case>/<format>.snap, written by the tests of policy-core. Every validator must
accept every golden and refuse every negative, which is a golden with one thing broken: a validator that accepts
everything proves nothing. A format whose validator is not installed is SKIPPED and named; with --strict, as CI runs
it, that is a failure. Nothing here reads the network.
"""

import argparse
import copy
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDENS = ROOT / "fixtures" / "golden" / "reports"
CASES = ["realistic", "clean", "empty", "hostile"]


class Refused(Exception):
    """The validator does not accept the document."""


class Skip(Exception):
    """There is nothing to validate with, or nothing to validate."""


def need(condition, message):
    if not condition:
        raise Refused(message)


def golden(case, name):
    text = (GOLDENS / case / f"{name}.snap").read_text(encoding="utf-8")
    # insta writes a header between two lines of dashes and leaves the last line break out.
    return text.split("---\n", 2)[2].rstrip("\n") + "\n"


def at(document, path):
    for step in path:
        document = document[step]
    return document


REMOVE = object()


def broken(document, path, value):
    """A copy of the document with the value at the path replaced or removed."""
    document = copy.deepcopy(document)
    parent = at(document, path[:-1])
    if value is REMOVE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return document


# --- one function per format: returns (validate, negatives of the realistic case); a negative is (name, document) ---


def sarif():
    try:
        import jsonschema
    except ImportError as error:
        raise Skip(f"jsonschema is not installed ({error})")
    schema = json.loads(sarif_schema().read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)

    def validate(text):
        document = json.loads(text) if isinstance(text, str) else text
        errors = [f"{list(e.absolute_path)}: {e.message[:160]}" for e in validator.iter_errors(document)]
        need(not errors, "; ".join(errors))
        run = document["runs"][0]
        for result in run["results"]:
            kind, level = result["kind"], result["level"]
            need((level == "none") == (kind != "fail"), f"kind {kind} with level {level}")
            need(not run["artifacts"] or "physicalLocation" in result["locations"][0], "GitHub wants a physical location")
            statuses = {s["status"] for s in result.get("suppressions", [])}
            need(len(statuses & {"accepted"}) == 0 or statuses == {"accepted"}, f"mixed suppressions {statuses}")
            excepted = result["properties"]["standing"] == "excepted"
            need(excepted == ("accepted" in statuses), "accepted is not what is excepted")
            need(not excepted or kind == "fail", "excepted is not a failure any more")

    document = json.loads(golden("realistic", "sarif"))
    excepted = next(i for i, r in enumerate(document["runs"][0]["results"]) if r.get("suppressions", [{}])[0].get("status") == "accepted")
    result = ["runs", 0, "results", excepted]
    negatives = [
        ("unknown level", broken(document, result + ["level"], "fatal")),
        ("unknown kind", broken(document, result + ["kind"], "excepted")),
        ("excepted as pass", broken(broken(document, result + ["kind"], "pass"), result + ["level"], "none")),
        ("result without message", broken(document, result + ["message"], REMOVE)),
        ("suppression without kind", broken(document, result + ["suppressions", 0, "kind"], REMOVE)),
        ("unknown suppression status", broken(document, result + ["suppressions", 0, "status"], "expired")),
        ("line 0", broken(document, result + ["locations", 0, "physicalLocation", "region", "startLine"], 0)),
        ("expiry as an own property", broken(document, result + ["suppressions", 0, "expiresOn"], "2026-03-30")),
        ("no tool", broken(document, ["runs", 0, "tool"], REMOVE)),
    ]
    return validate, negatives


def sarif_schema():
    """The schema of OASIS, shipped by the crate serde-sarif, a dev-dependency."""
    try:
        version = subprocess.run(["cargo", "-vV"], capture_output=True, text=True, check=True).stdout
        host = re.search(r"^host: (.*)$", version, re.M).group(1)
        command = ["cargo", "metadata", "--format-version", "1", "--offline", "--filter-platform", host]
        metadata = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skip(f"cargo does not tell where serde-sarif is ({error}); run `cargo fetch`")
    packages = json.loads(metadata)["packages"]
    manifest = next(p["manifest_path"] for p in packages if p["name"] == "serde-sarif")
    return pathlib.Path(manifest).parent / "src" / "schema.json"


def oscal(module, root, name):
    try:
        import importlib

        model = importlib.import_module(f"trestle.oscal.{module}").Model
        from trestle.oscal import OSCAL_VERSION
    except ImportError as error:
        raise Skip(f"compliance-trestle is not installed ({error})")

    def validate(text):
        document = json.loads(text) if isinstance(text, str) else text
        try:
            model.model_validate(document)
        except ValueError as error:
            raise Refused(str(error)[:300])
        need(document[root]["metadata"]["oscal-version"] == OSCAL_VERSION, f"not OSCAL {OSCAL_VERSION}")
        ids, references = [], []
        collect(document, ids, references)
        need(len(set(ids)) == len(ids), "an id is used twice")
        need(set(references) <= set(ids), f"unresolved {set(references) - set(ids)}")

    def collect(value, ids, references):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "uuid":
                    ids.append(inner)
                elif key.endswith("-uuid"):
                    references.append(inner)
                elif key == "href" and inner.startswith("#"):
                    references.append(inner[1:])
                else:
                    collect(inner, ids, references)
        elif isinstance(value, list):
            for inner in value:
                collect(inner, ids, references)

    document = json.loads(golden("realistic", name))
    body = [root, "results", 0] if root == "assessment-results" else [root]
    negatives = [
        ("unknown field", broken(document, body + ["observations", 0, "fingerprint"], "x")),
        ("naive timestamp", broken(document, [root, "metadata", "last-modified"], "2026-03-01T00:00:00")),
        ("uuid of version 1", broken(document, [root, "uuid"], "b4d53f08-f27a-1de1-ac35-fbf6c43b835d")),
        ("empty list", broken(document, body + ["observations"], [])),
        ("risk status with spaces", broken(document, body + ["risks", 0, "status"], "deviation approved")),
        ("risk without statement", broken(document, body + ["risks", 0, "statement"], REMOVE)),
        ("title of two lines", broken(document, body + ["risks", 0, "title"], "a\nb")),
        ("reference to nothing", broken(document, body + ["risks", 0, "related-observations", 0, "observation-uuid"], "00000000-0000-4000-8000-000000000000")),
    ]
    if root == "assessment-results":
        negatives += [
            ("unknown state", broken(document, body + ["findings", 0, "target", "status", "state"], "excepted")),
            ("no plan", broken(document, [root, "import-ap"], REMOVE)),
        ]
    else:
        negatives.append(("no items", broken(document, [root, "poam-items"], [])))
    return validate, negatives


def asff():
    try:
        import botocore.session
        import botocore.validate
    except ImportError as error:
        raise Skip(f"botocore is not installed ({error})")
    service = botocore.session.get_session().get_service_model("securityhub")
    shape = service.operation_model("BatchImportFindings").input_shape
    statuses = service.shape_for("ComplianceStatus").enum
    labels = service.shape_for("SeverityLabel").enum

    def validate(text):
        document = json.loads(text) if isinstance(text, str) else text
        if document == {"Findings": []}:
            return  # An import needs a finding; there is nothing to import.
        report = botocore.validate.ParamValidator().validate(document, shape)
        need(not report.has_errors(), report.generate_report()[:300])
        # What the service checks and the client library does not.
        for finding in document["Findings"]:
            need(finding["Title"].strip() and len(finding["Title"]) <= 256, "title")
            need(finding["Description"].strip() and len(finding["Description"]) <= 1024, "description")
            need(finding["Compliance"]["Status"] in statuses, "status")
            need(finding["Severity"]["Label"] in labels, "label")
            need(len(finding["ProductFields"]) <= 50, "too many fields")
            need(all(v.strip() and len(v) <= 2048 for v in finding["ProductFields"].values()), "field")
            need(all(r["Id"].strip() and len(r["Id"]) <= 512 for r in finding["Resources"]), "resource id")
            need(re.fullmatch(r"\d{12}", finding["AwsAccountId"]), "account")
            need(not {"Workflow", "Note", "UserDefinedFields", "VerificationState"} & set(finding), "workflow is not ours")
            excepted = finding["ProductFields"].get("policy/standing") == "excepted"
            need(not excepted or finding["Compliance"]["Status"] == "FAILED", "excepted is not failed any more")
            need(len(json.dumps(finding)) <= 240 * 1024, "too long")

    document = json.loads(golden("realistic", "asff"))
    first = ["Findings", 0]
    excepted = next(i for i, f in enumerate(document["Findings"]) if f["ProductFields"].get("policy/standing") == "excepted")
    negatives = [
        ("no resources", broken(document, first + ["Resources"], REMOVE)),
        ("account as a number", broken(document, first + ["AwsAccountId"], 111122223333)),
        ("no title", broken(document, first + ["Title"], REMOVE)),
        ("blank description", broken(document, first + ["Description"], " ")),
        ("unknown field", broken(document, first + ["Suppressed"], True)),
        ("unknown status", broken(document, first + ["Compliance", "Status"], "EXCEPTED")),
        ("suppressed workflow", broken(document, first + ["Workflow"], {"Status": "SUPPRESSED"})),
        ("excepted as passed", broken(document, ["Findings", excepted, "Compliance", "Status"], "PASSED")),
    ]
    return validate, negatives


def ocsf():
    try:
        from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
    except ImportError as error:
        raise Skip(f"py-ocsf-models is not installed ({error})")

    def validate(text):
        document = json.loads(text) if isinstance(text, str) else text
        need(isinstance(document, list), "not a list")
        for event in document:
            try:
                ComplianceFinding(**event)
            except (ValueError, TypeError) as error:
                raise Refused(str(error)[:300])
            need(event["class_uid"] == 2003 and event["type_uid"] == 200300 + event["activity_id"], "class")
            need(event["time"] > 10**12, "time is milliseconds")
            excepted = event["unmapped"]["standing"] == "excepted"
            need(excepted == (event["status_id"] == 3), "suppressed is not what is excepted")
            need(not excepted or event["compliance"]["status_id"] == 3, "excepted is not failed any more")

    document = json.loads(golden("realistic", "ocsf"))
    excepted = next(i for i, e in enumerate(document) if e["unmapped"]["standing"] == "excepted")
    negatives = [
        ("no finding_info", broken(document, [0, "finding_info"], REMOVE)),
        ("no compliance", broken(document, [0, "compliance"], REMOVE)),
        ("unknown severity", broken(document, [0, "severity_id"], 42)),
        ("unknown status", broken(document, [0, "status_id"], 42)),
        ("unknown compliance status", broken(document, [0, "compliance", "status_id"], 42)),
        ("wrong type", broken(document, [0, "type_uid"], 200399)),
        ("time in seconds", broken(document, [0, "time"], 1772323200)),
        ("excepted as pass", broken(document, [excepted, "compliance", "status_id"], 1)),
    ]
    return validate, negatives


def junit():
    try:
        from junitparser import Error, Failure, JUnitXml, JUnitXmlError, Skipped
    except ImportError as error:
        raise Skip(f"junitparser is not installed ({error})")

    def validate(text):
        try:
            report = JUnitXml.fromstring(text.encode("utf-8"))
        except (xml.etree.ElementTree.ParseError, JUnitXmlError, ValueError, SyntaxError) as error:
            raise Refused(str(error))
        stated = (report.tests, report.failures, report.errors, report.skipped)
        counted = [0, 0, 0, 0]
        for suite in report:
            own = [0, 0, 0, 0]
            for case in suite:
                kinds = [type(result) for result in case.result]
                need(len(kinds) <= 1, f"{case.name} has {kinds}")
                own[0] += 1
                for position, kind in enumerate((Failure, Error, Skipped), 1):
                    own[position] += kinds.count(kind)
            need((suite.tests, suite.failures, suite.errors, suite.skipped) == tuple(own), f"{suite.name}: counts")
            counted = [a + b for a, b in zip(counted, own)]
        need(stated == tuple(counted), f"states {stated}, has {counted}")

    text = golden("realistic", "junit")
    need("<skipped message=\"exception EXC-2026-0007" in text, "the excepted case is not skipped")
    negatives = [
        ("not closed", text.replace("</testsuites>", "")),
        ("not escaped", text.replace("&quot;a b&quot;", "\"a b\"", 1)),
        ("control character", text.replace("storage_encrypted", "\x1b[31m", 1)),
        ("wrong count", text.replace("failures=\"3\"", "failures=\"0\"", 1)),
        ("another root", text.replace("testsuites", "reports")),
    ]
    return validate, negatives


# GitLab publishes prose, no schema; this is its table of fields.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
    },
}


def gitlab():
    try:
        import jsonschema
    except ImportError as error:
        raise Skip(f"jsonschema is not installed ({error})")
    validator = jsonschema.Draft7Validator(GITLAB)

    def validate(text):
        document = json.loads(text) if isinstance(text, str) else text
        errors = [f"{list(e.absolute_path)}: {e.message[:160]}" for e in validator.iter_errors(document)]
        need(not errors, "; ".join(errors))
        fingerprints = [issue["fingerprint"] for issue in document]
        need(len(set(fingerprints)) == len(fingerprints), "a fingerprint is used twice")

    document = json.loads(golden("realistic", "gitlab"))
    negatives = [
        ("our severity", broken(document, [0, "severity"], "high")),
        ("no fingerprint", broken(document, [0, "fingerprint"], REMOVE)),
        ("no line", broken(document, [0, "location", "lines"], {})),
        ("same fingerprint", broken(document, [0, "fingerprint"], document[1]["fingerprint"])),
    ]
    return validate, negatives


COMMAND = re.compile(r"::(error|warning|notice)(?: ([^:]*))?::(.*)")


def github():
    """The runner has no validator; this reads a line as actions/runner does."""

    def validate(text):
        need(text.endswith("\n"), "the last line does not end")
        *commands, last = text[:-1].split("\n")
        need(not last.startswith("::") and not last.startswith("##["), "the last line is a command")
        for line in commands:
            match = COMMAND.fullmatch(line)
            need(match, f"not a command: {line[:120]}")
            properties, message = match.group(2) or "", match.group(3)
            for pair in filter(None, properties.split(",")):
                name, separator, value = pair.partition("=")
                need(separator and name in {"file", "line", "endLine", "col", "endColumn", "title"}, f"property {pair}")
                need(name in {"file", "title"} or re.fullmatch(r"[1-9]\d*", value), f"number {pair}")
                need(not re.search(r"%(?!25|0A|0D|3A|2C)", value), f"escape {pair}")
            need(not re.search(r"%(?!25|0A|0D)", message), f"escape {message[:120]}")
            need(not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line), "control character")

    text = golden("realistic", "github")
    negatives = [
        ("colon in a property", text.replace("%3A", ":", 1)),
        ("comma in a property", text.replace("%2C", ",", 1)),
        ("bare percent", text.replace("::error", "::error title=100%::x\n::error", 1)),
        ("injected line", text.replace("aws_security_group.web", "\ninjected", 1)),
        ("ends with a command", text + "::error::x\n"),
    ]
    return validate, negatives


class Tags(html.parser.HTMLParser):
    """Collects what a rendered comment consists of."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.outside = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in {"br", "hr", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        need(self.open and self.open.pop() == tag, f"</{tag}> closes nothing")

    def handle_data(self, data):
        if not {"code", "pre"} & set(self.open):
            self.outside.append(data)


def markdown():
    try:
        import cmarkgfm
        from cmarkgfm.cmark import Options
    except ImportError as error:
        raise Skip(f"cmarkgfm, the renderer of GitHub, is not installed ({error})")
    structure = {"h2", "h3", "p", "strong", "code", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "details", "summary", "b"}

    def validate(text):
        # Raw HTML is rendered, and the filter of bad tags is off, so that whatever slips through is seen.
        extensions = ["table", "strikethrough", "autolink"]
        rendered = cmarkgfm.markdown_to_html_with_extensions(text, Options.CMARK_OPT_UNSAFE, extensions)
        tags = Tags()
        tags.feed(rendered)
        tags.close()
        need(not tags.open, f"not closed: {tags.open}")
        need(set(tags.seen) <= structure, f"elements {set(tags.seen) - structure}")
        need(tags.seen.count("details") == text.count("\n<details>\n"), "a block slipped out")
        outside = "".join(tags.outside)
        # What GitHub looks for in the finished text: mentions and references.
        need(not re.search(r"(?<![\w`])@\w", outside), "a mention")
        need(not re.search(r"(?<!\w)#\d", outside), "a reference")
        need(not re.search(r"^\s*/(close|approve|merge)", text, re.M), "a quick action of GitLab")
        need(text.count("\n## ") == 1, "another heading")

    text = golden("realistic", "markdown")
    victim = "Keys must rotate"
    need(victim in text, "the victim of the negatives is gone")
    poison = lambda value: text.replace("\n" + victim, "\n" + value, 1)
    negatives = [
        ("element", poison("<script>alert(1)</script>")),
        ("end of the block", poison("</details>")),
        ("link", poison("[x](https://evil.example)")),
        ("bare link", poison("https://evil.example")),
        ("picture", poison("![x](https://evil.example/x.png)")),
        ("mention", poison("thanks @everyone")),
        ("reference", poison("fixes #1")),
        ("quick action", poison("/close")),
        ("heading", poison("## passed")),
        ("fence", poison("```\nx")),
    ]
    return validate, negatives


FORMATS = {
    "sarif": sarif,
    "junit": junit,
    "markdown": markdown,
    "github": github,
    "gitlab": gitlab,
    "oscal-results": lambda: oscal("assessment_results", "assessment-results", "oscal-results"),
    "oscal-poam": lambda: oscal("poam", "plan-of-action-and-milestones", "oscal-poam"),
    "asff": asff,
    "ocsf": ocsf,
}

# What no validator here covers; said in every run, so that nobody takes silence for proof.
UNCOVERED = [
    "github: no validator exists; checked against a re-reading of the runner's parser in this file",
    "gitlab: no schema is published; checked against the documented table of fields in this file",
    "junit: no standard exists; checked with junitparser, not with each CI system",
    "asff: the client's parameter validation and documented limits; the service itself is not called",
    "sarif: the schema and the rules of this file; GitHub's own ingestion is not called",
    "text, json: our own formats; tested in policy-core",
]


def fingerprints(case):
    """The fingerprints of a case by format: none may lose one."""
    props = lambda objects: [p["value"] for o in objects for p in o.get("props", []) if p["name"] == "fingerprint"]
    document = lambda name: json.loads(golden(case, name))
    sarif_results = document("sarif")["runs"][0]["results"]
    found = {
        "sarif": [r["partialFingerprints"]["policyFinding/v1"] for r in sarif_results if "partialFingerprints" in r],
        "junit": re.findall(r"^fingerprint: (\w+)", golden(case, "junit"), re.M),
        "markdown": re.findall(r"^- fingerprint `(\w+)`", golden(case, "markdown"), re.M),
        "github": re.findall(r"%0Afingerprint (\w+)$", golden(case, "github"), re.M),
        "oscal-results": props(document("oscal-results")["assessment-results"]["results"][0].get("observations", [])),
        "asff": [f["ProductFields"]["policy/fingerprint"] for f in document("asff")["Findings"] if "policy/fingerprint" in f["ProductFields"]],
        "ocsf": [e["unmapped"]["fingerprint"] for e in document("ocsf") if e["unmapped"]["fingerprint"]],
    }
    return {name: sorted(values) for name, values in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strict", action="store_true", help="a skipped format is a failure")
    strict = parser.parse_args().strict
    failures, skipped = [], []
    for name, make in FORMATS.items():
        try:
            validate, negatives = make()
        except Skip as reason:
            skipped.append(f"{name}: {reason}")
            print(f"SKIPPED  {name}: {reason}")
            continue
        before = len(failures)
        for case in CASES:
            try:
                validate(golden(case, name))
            except Refused as error:
                failures.append(f"{name}/{case}: {error}")
        for what, document in negatives:
            original = golden("realistic", name)
            if document == (original if isinstance(document, str) else json.loads(original)):
                failures.append(f"{name}: the negative changes nothing: {what}")
                continue
            try:
                validate(document)
                failures.append(f"{name}: accepted although broken: {what}")
            except Refused:
                pass
        verdict = "ok      " if len(failures) == before else "FAILED  "
        print(f"{verdict} {name}: {len(CASES)} goldens, {len(negatives)} negatives")
    for case in CASES:
        found = fingerprints(case)
        for name, values in found.items():
            if values != found["sarif"]:
                failures.append(f"{case}: {name} and sarif do not hold the same findings")
    for failure in failures:
        print(f"FAILED   {failure}")
    for line in UNCOVERED:
        print(f"note     {line}")
    print(f"{len(FORMATS) - len(skipped)} formats checked, {len(skipped)} skipped, {len(failures)} failures")
    if failures or (strict and skipped):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
