#!/usr/bin/env python3
"""`evenkeel preview` for continuous integration: -o sarif, github and junit. SARIF is checked against the standard's
JSON Schema where SARIF_SCHEMA names the file and Python has jsonschema; its form is checked here in any case."""

import json
import os
import re
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from preview import differs, finish, preview, result

SHOP = """apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: town}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
"""
CALM = "apiVersion: v1\nkind: Service\nmetadata: {name: calm}\nspec: {ports: [{port: 80}]}\n"
EVIL = SHOP.replace("name: shop,", 'name: "a<b>&%\\n::error::x\\u0001",').replace("name: app", 'name: "]]>\\"\'"')
SERVED = SHOP.replace("ports: [{containerPort: 8080}]", "image: x") + "---\n" + """apiVersion: v1
kind: Service
metadata: {name: shop, namespace: town}
spec: {selector: {app: shop}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: lost, namespace: town}
spec: {selector: {app: gone}, ports: [{port: 80}]}
"""
NAME = "50% odd,file:name <x>.yaml"


def run(form, folder, *files):
    status, output, errors = preview("-o", form, *files, folder=folder)
    return status, output.decode()


def sarif(folder):
    status, output = run("sarif", folder, "shop.yaml", "sub dir/" + NAME)
    log = json.loads(output)
    found = log["runs"][0]["results"]
    result("sarif: a result: status 0", differs((status, log["version"]), (0, "2.1.0")))
    result("sarif: one for each value", differs(sorted(item["ruleId"] for item in found)[:2], ["preStop", "preStop"]))
    first = [item for item in found if item["ruleId"] == "readinessProbe"][0]
    result("sarif: says what and where", differs(
        (first["message"]["text"], first["locations"][0]["physicalLocation"]),
        ("town/Deployment/shop: readinessProbe of container app would be injected: the user left it out",
         {"artifactLocation": {"uri": "shop.yaml"}, "region": {"startLine": 1}})))
    uris = {item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for item in found}
    result("sarif: names are URIs", differs(sorted(uris), ["shop.yaml", "sub%20dir/50%25%20odd,file%3Aname%20%3Cx%3E.yaml"]))
    _, output, _ = preview("-o", "sarif", str(folder / "shop.yaml"))
    uri = json.loads(output)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    result("sarif: an absolute path is a file's URI", differs(uri, "file://%s/shop.yaml" % folder))
    _, output = run("sarif", folder, "shop.yaml", "sub dir/" + NAME)
    result("sarif: it may stand in a page", "" if "<" not in output else output)
    result("sarif: nothing found is a log too", differs(json.loads(run("sarif", folder, "calm.yaml")[1])["runs"][0]["results"], []))
    if "SARIF_SCHEMA" in os.environ:
        import jsonschema
        schema = json.loads(Path(os.environ["SARIF_SCHEMA"]).read_text())
        checker = jsonschema.validators.validator_for(schema)(schema)
        result("sarif: the standard's schema", "\n".join(str(error.message)[:300] for error in checker.iter_errors(log)))
    else:
        print("# SARIF_SCHEMA is not set: not checked against the standard's schema")


def github(folder):
    status, output = run("github", folder, "shop.yaml", "sub dir/" + NAME)
    lines = output.splitlines()
    result("github: a command for each value", differs((status, len(lines) >= 6, [line for line in lines if not line.startswith("::notice file=")]), (0, True, [])))
    result("github: on the file's line", "" if lines[0].startswith("::notice file=shop.yaml,line=1,title=evenkeel ") else lines[0])
    result("github: names cannot end a command", "" if "file=sub dir/50%25 odd%2Cfile%3Aname <x>.yaml,line=1" in output and "%0A::error" in output else output)


def junit(folder):
    status, output = run("junit", folder, "shop.yaml", "calm.yaml", "sub dir/" + NAME)
    suite = xml.fromstring(output.encode()).find("testsuite")
    cases = suite.findall("testcase")
    result("junit: a case for each object", differs((status, suite.get("tests"), suite.get("failures"), len(cases)), (0, "3", "2", 3)))
    result("junit: named by the object", differs((cases[0].get("classname"), cases[0].get("name"), cases[0].get("file"), cases[0].get("line")),
                                                 ("town.Deployment", "shop", "shop.yaml", "1")))
    result("junit: what changes fails", differs([case.find("failure") is not None for case in cases], [True, False, True]))
    result("junit: hostile names are text", "" if "<b>" in cases[2].get("name") and "]]>" in cases[2].find("failure").text else output)


def whole_input(folder):
    """What only the whole input shows: a hint is a note, a warning a warning. Neither fails a case of JUnit's."""
    found = [item for item in json.loads(run("sarif", folder, "served.yaml")[1])["runs"][0]["results"] if item["ruleId"] in ("hint", "warning")]
    result("sarif: hints and warnings of the whole input", differs(
        [(item["level"], item["message"]["text"][:58], item["locations"][0]["physicalLocation"]["region"]["startLine"]) for item in found],
        [("note", "town/Deployment/shop: container app: Service shop sends re", 1),
         ("warning", "town/Service/lost and its workloads: Service lost selects ", 15)]))
    lines = [line.split("::")[1] for line in run("github", folder, "served.yaml")[1].splitlines()]
    result("github: the same", differs([line for line in lines if "title=evenkeel hint" in line or line.startswith("warning")],
                                       ["notice file=served.yaml,line=1,title=evenkeel hint", "warning file=served.yaml,line=15,title=evenkeel warning"]))
    cases = xml.fromstring(run("junit", folder, "served.yaml")[1].encode()).findall("testsuite/testcase")
    result("junit: the same, and no failures", differs(
        [(case.get("name"), case.find("failure") is not None, case.find("system-out") is not None) for case in cases],
        [("shop", True, True), ("shop", False, False), ("lost", False, False), ("lost and its workloads", False, True)]))


with tempfile.TemporaryDirectory() as made:
    FOLDER = Path(made)
    (FOLDER / "sub dir").mkdir()
    for name, text in (("shop.yaml", SHOP), ("calm.yaml", CALM), ("served.yaml", SERVED), ("sub dir/" + NAME, EVIL)):
        (FOLDER / name).write_text(text)
    for test in (sarif, github, junit, whole_input):
        test(FOLDER)
    for form in ("sarif", "github", "junit"):
        result("--exit-code: a gate, -o " + form, differs(preview("-o", form, "--exit-code", "shop.yaml", folder=FOLDER)[0], 1))
finish()
