#!/usr/bin/env python3
"""What the chart repeats or is generated from elsewhere: schema, README, default policy, kinds, names of metrics.
Needs no Helm."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from helm import CHART, EVENKEEL, ROOT, run, run_tests  # noqa: E402


def schema_is_up_to_date():
    schema = run(EVENKEEL, "check", "--schema")
    assert schema.returncode == 0, schema.stderr
    made = run(ROOT / "charts/tools/schema", "-", input=schema.stdout)
    assert made.returncode == 0, made.stderr
    assert made.stdout == (CHART / "values.schema.json").read_text(encoding="utf-8"), "run make chart"


def readme_is_up_to_date():
    made = run(ROOT / "charts/tools/readme")
    assert made.returncode == 0, made.stderr
    assert made.stdout == (CHART / "README.md").read_text(encoding="utf-8"), "run make chart"


def schema_is_closed():
    def walk(schema, place):
        if schema.get("properties"):
            assert schema.get("additionalProperties") is False, "%s takes any key" % place
        for key, value in schema.get("properties", {}).items():
            walk(value, place + "." + key)
        for alternative in schema.get("anyOf", []):
            walk(alternative, place)
        if isinstance(schema.get("items"), dict):
            walk(schema["items"], place + "[]")

    walk(json.loads((CHART / "values.schema.json").read_text(encoding="utf-8")), "values")


def policy_is_the_default_one():
    """Line by line, comments aside; the chart fills in apiVersion, kind and kubernetesVersion."""
    def settings(lines):
        code = (re.sub(r"\s+#.*$|^\s*#.*$", "", line).rstrip() for line in lines)
        left_out = ("apiVersion:", "kind:", "metadata:", "  name: default", "  kubernetesVersion:")
        return [line for line in code if line and not line.startswith(left_out)]

    values = (CHART / "values.yaml").read_text(encoding="utf-8").split("\npolicy:\n")[1]
    own = [line[2:] for line in values.splitlines() if line.startswith("  ")]
    own = own[:next(i for i, line in enumerate(own) if line.startswith("services:"))]
    default = (ROOT / "webhook/loader/default.yaml").read_text(encoding="utf-8").splitlines()
    assert settings(own) == settings(default), "%s\n%s" % (settings(own), settings(default))


def resources_are_the_engines():
    table = (ROOT / "webhook/object/kinds.c").read_text(encoding="utf-8")
    rows = re.findall(r'\.name = "(\w+)",\s*\.group = "([\w.]*)",\s*\.resource = "(\w+)",\s*\.version = "(\w+)"', table)
    helper = (CHART / "templates/_policy.tpl").read_text(encoding="utf-8")
    own = re.findall(r'^(\w+): \{group: "?([\w.]*)"?, version: (\w+), resource: (\w+)\}', helper, re.M)
    assert len(rows) >= 6
    assert [(kind, group, resource, version) for kind, group, version, resource in own] == rows


def monitoring_knows_the_metrics():
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "webhook/server").glob("*.c"))
    reasons = (ROOT / "webhook/policy/reason.h").read_text(encoding="utf-8")
    rule = (CHART / "templates/_alerts.tpl").read_text(encoding="utf-8")
    text = rule + (CHART / "dashboards/evenkeel.json").read_text(encoding="utf-8")
    names = set(re.findall(r"\bevenkeel_[a-z_]+", text))
    assert len(names) > 8
    for name in names:
        assert '"%s"' % re.sub("_(bucket|count)$", "", name) in source, name
    for reason in re.search(r"\$reasons := list ((?:\"[a-z-]+\"\s*)+)", rule).group(1).split():
        assert reason in reasons, reason


def one_object_in_each_file():
    for path in sorted((CHART / "templates").rglob("*.yaml")):
        if path.name == "extraobjects.yaml":
            continue  # those are the user's
        assert len(re.findall(r"^kind:", path.read_text(encoding="utf-8"), re.M)) == 1, path.name


run_tests([schema_is_up_to_date, readme_is_up_to_date, schema_is_closed, policy_is_the_default_one,
           resources_are_the_engines, monitoring_knows_the_metrics, one_object_in_each_file])
