#!/usr/bin/env python3
"""`evenkeel check --test`: the example, every golden case as a policy test, what is printed of a failure and of a case
that cannot be run, and which policy a case is run under."""

import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = ROOT / "build/asan/evenkeel"
count = failed = 0
POLICY = """apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
workloads:
  - minReadySeconds: %d
"""
OBJECT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 2
  template: {spec: {containers: [{name: a, image: "a:1"}]}}
"""
PATCHED = OBJECT + "  minReadySeconds: 5\n"


def check(*arguments, folder=ROOT):
    ran = subprocess.run([str(BINARY), "check", *map(str, arguments)], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, universal_newlines=True, cwd=str(folder))
    return ran.returncode, ran.stdout, ran.stderr


def result(name, actual, expected):
    global count, failed
    count += 1
    failed += actual != expected
    print("%s %d - %s" % ("ok" if actual == expected else "not ok", count, name))
    if actual != expected:
        for line in ("%s\ninstead of\n%s" % (actual, expected)).splitlines():
            print("# " + line)


def cases(files, *arguments):
    """Runs a tree of files as tests; `.` is its top."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return check("--test", ".", *arguments, folder=folder)


def test_example():
    status, output, errors = check("--test", "docs/examples/policy-tests")
    shown = re.search(r"check --test docs/examples/policy-tests\n(.*?)```", (ROOT / "docs/POLICY.md").read_text(), re.S)
    result("the example holds, as docs/POLICY.md shows it", (status, output, errors), (0, shown.group(1), ""))


def test_golden():
    """What the engine's own tests expect is expected here too: another way to the same answers."""
    with tempfile.TemporaryDirectory() as folder:
        total = 0
        for about in sorted((ROOT / "tests/golden").glob("*/*/about")):
            case = about.parent
            if not (case / "object.yaml").exists() or (case / "evidence").exists():
                continue
            copy = Path(folder) / case.parent.name / case.name
            copy.mkdir(parents=True)
            total += 1
            for name in ("object.yaml", "old.yaml", "policy.yaml"):
                if (case / name).exists():
                    (copy / name).write_bytes((case / name).read_bytes())
            if (case.parent / "policy.yaml").exists():
                (copy.parent / "policy.yaml").write_bytes((case.parent / "policy.yaml").read_bytes())
            if (case / "injected.json").exists():
                (copy / "expected.yaml").write_bytes((case / "injected.json").read_bytes())
            else:
                (copy / "expected").write_text("unchanged\n")
        status, output, errors = check("--test", folder)
        wrong = [line for line in output.splitlines() if not line.startswith("ok    ")]
        other = [line for line in errors.splitlines() if "/object.yaml: warning: " not in line]
        result("%d golden cases hold as policy tests" % total, (status, wrong, other),
               (0, ["%d cases: %d ok, 0 failed" % (total, total)], []))
        result("what a user would be warned of is said, and is no failure",
               [line for line in errors.splitlines() if "stop-time/liveness-grace-" in line],
               ["evenkeel: %s/stop-time/liveness-grace-5/object.yaml: warning: livenessProbe: its "
                "terminationGracePeriodSeconds 5 ends before the preStop hook of 15 s; set it above" % folder])


def test_failures():
    status, output, errors = cases({"policy.yaml": POLICY % 7, "a/object.yaml": OBJECT, "a/expected.yaml": PATCHED})
    body = re.search(r"^@@ .*?(?=^1 case)", output, re.M | re.S)
    result("a failure: status and summary", (status, output.splitlines()[0], output.splitlines()[-1], errors),
           (1, "FAIL  ./a", "1 case: 0 ok, 1 failed", ""))
    result("a failure: names both sides", output.splitlines()[1:3],
           ["--- ./a/expected.yaml", "+++ ./a/object.yaml under ./policy.yaml"])
    result("a failure: what differs, with three lines around it", body and body.group(0),
           "@@ -4,7 +4,7 @@\n   name: a\n   namespace: default\n spec:\n-  minReadySeconds: 5\n+  minReadySeconds: 7\n"
           "   progressDeadlineSeconds: 600\n   replicas: 2\n   revisionHistoryLimit: 10\n")
    status, output, _ = cases({"policy.yaml": POLICY % 7, "a/object.yaml": OBJECT, "a/expected": "unchanged\n"})
    result("unchanged, and it changes: the bookkeeping counts too",
           (status, [line for line in output.splitlines() if re.match("[-+]", line)]),
           (1, ["--- ./a/object.yaml", "+++ ./a/object.yaml under ./policy.yaml",
                "+  annotations:", "+    evenkeel.dev/injected: '{\"spec.minReadySeconds\":7}'", "+  minReadySeconds: 7"]))


def test_unified():
    """The hunks of a large object with changes near and far are those of difflib."""
    names = ["l%02d" % i for i in range(60)]
    other = [name for name in names if name not in ("l03", "l20")]
    other[10:10] = ["l07x", "l07y"]
    other[30] = "l30x"

    def text(labels):
        return OBJECT.replace("{name: a}", "{name: a, labels: {%s}}" % ", ".join(n + ": x" for n in labels), 1)

    _, output, _ = cases({"policy.yaml": POLICY % 5, "a/object.yaml": text(names),
                          "a/expected.yaml": text(other) + "  minReadySeconds: 5\n"})
    hunks = [line for line in output.splitlines() if not line.startswith(("FAIL", "---", "+++", "1 case"))]
    before, after = (["    %s: x" % name for name in sorted(part)] for part in (other, names))
    head = 4  # apiVersion, kind, metadata, labels
    wanted = list(difflib.unified_diff(["."] * head + before + ["."] * 9, ["."] * head + after + ["."] * 9, lineterm=""))[2:]
    marks = [line for line in hunks if line[0] in "-+@"]
    result("the hunks are those of a unified diff", marks, [line for line in wanted if line[0] in "-+@"])


def test_comparison():
    def status(expected, policy=POLICY % 5, **files):
        return cases({"policy.yaml": policy, "a/object.yaml": files.pop("text", OBJECT), "a/expected.yaml": expected,
                      **{"a/%s.yaml" % name: text for name, text in files.items()}})[0]

    record = "metadata: {name: a, annotations: {evenkeel.dev/injected: '%s'}}"
    right = PATCHED.replace("metadata: {name: a}", record % '{"spec.minReadySeconds":5}')
    result("bookkeeping that is not expected does not count", status(PATCHED), 0)
    result("bookkeeping that is expected counts", (status(right), status(right.replace(':5}', ':6}'))), (0, 1))
    result("order, style and the API's defaults do not count", status(
        '{"kind": "Deployment", "spec": {"minReadySeconds": 5, "progressDeadlineSeconds": 600, "replicas": 2, "template": '
        '{"spec": {"containers": [{"image": "a:1", "name": "a", "imagePullPolicy": "IfNotPresent"}]}}}, "metadata": '
        '{"namespace": "default", "name": "a"}, "apiVersion": "apps/v1"}'), 0)
    result("another value counts", status(PATCHED.replace("replicas: 2", "replicas: 3")), 1)
    result("several objects", status(PATCHED + "---\n" + PATCHED, text=OBJECT + "---\n" + OBJECT), 0)
    result("one object too few is expected", status(PATCHED, text=OBJECT + "---\n" + OBJECT), 1)
    result("one object too many is expected", status(PATCHED + "---\n" + PATCHED), 1)
    result("`expected: unchanged` in expected.yaml", status("expected: unchanged\n", text=PATCHED), 0)
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
    result("a kind that evenkeel does not know", (status(config, text=config), status(config + "data: {}\n", text=config)),
           (0, 1))
    slow = POLICY % 5 + "    preStop: 9\n    terminationGracePeriodSeconds: 60\n"
    scaled = PATCHED.replace("replicas: 2", "replicas: 3")
    result("old.yaml makes it an update: only what scaling may change", status(
        scaled, policy=slow, text=scaled, old=PATCHED), 0)


def test_policies():
    tree = {"policy.yaml": POLICY % 5, "a/object.yaml": OBJECT, "a/expected.yaml": PATCHED,
            "b/policy.yaml": POLICY % 6, "b/c/object.yaml": OBJECT, "b/c/expected.yaml": PATCHED.replace(": 5", ": 6"),
            "b/d/policy.yaml": POLICY % 8, "b/d/object.yaml": OBJECT, "b/d/expected.yaml": PATCHED.replace(": 5", ": 8")}
    status, output, errors = cases(tree)
    result("the nearest policy.yaml counts", (status, output, errors),
           (0, "ok    ./a\nok    ./b/c\nok    ./b/d\n3 cases: 3 ok, 0 failed\n", ""))
    status, output, _ = cases(tree, "--policy", "b/d/policy.yaml")
    result("--policy counts more", (status, output.splitlines()[-1]), (1, "3 cases: 1 ok, 2 failed"))
    status, output, _ = cases({"a/object.yaml": OBJECT, "a/expected": "unchanged"})
    result("without one, the default policy", (status, "under default policy" in output), (1, True))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in").mkdir()
        for name, text in {"policy.yaml": POLICY % 5, "in/object.yaml": PATCHED, "in/expected": "unchanged"}.items():
            (Path(folder) / name).write_text(text)
        result("no policy above the folder is looked for", "under default policy" in check(
            "--test", os.path.join(folder, "in"))[1], True)


def test_trouble():
    def trouble(name, files, words, *arguments):
        status, output, errors = cases(files, *arguments)
        result("trouble: " + name, (status, words in errors, errors if words not in errors else ""), (2, True, ""))
        return output

    good = {"policy.yaml": POLICY % 5, "z/object.yaml": OBJECT, "z/expected.yaml": PATCHED}
    output = trouble("an object that cannot be read", {**good, "a/object.yaml": "a: [\n", "a/expected": "unchanged"},
                     "evenkeel: ./a/object.yaml:2:1: did not find expected node content")
    result("the others are run", output,
           "FAIL  ./a (could not be run)\nok    ./z\n2 cases: 1 ok, 0 failed, 1 could not be run\n")
    trouble("nothing expected", {**good, "a/object.yaml": OBJECT}, "./a: there is neither expected.yaml nor a file")
    trouble("another word in `expected`", {**good, "a/object.yaml": OBJECT, "a/expected": "no"}, "./a: all that the file")
    trouble("no object", {**good, "a/expected.yaml": OBJECT}, "./a: there is no object.yaml")
    trouble("an empty object", {**good, "a/object.yaml": "# none\n", "a/expected": "unchanged"},
            "./a/object.yaml: there is no object in it")
    trouble("an expected object that cannot be read", {**good, "a/object.yaml": OBJECT, "a/expected.yaml": "a: }\n"},
            "./a/expected.yaml:1:4: ")
    trouble("fewer old objects", {**good, "a/object.yaml": OBJECT, "a/expected.yaml": OBJECT, "a/old.yaml": "# none\n"},
            "./a/old.yaml: there are fewer objects than in object.yaml")
    trouble("a policy with an error", {**good, "policy.yaml": POLICY % 5 + "    minReadySecond: 5\n"},
            "evenkeel: ./policy.yaml:5:5: ")
    trouble("a policy that is not there", good, "No such file", "--policy", "none.yaml")
    trouble("no case", {"policy.yaml": POLICY % 5}, ".: no case in it")
    trouble("another argument", good, "--test takes one folder", "policy.yaml")
    result("trouble: no such folder", check("--test", "no/such")[0], 2)
    result("trouble: --policy alone", check("--policy", "x")[0], 2)
    result("trouble: --test without a folder", check("--test")[0], 2)


if not BINARY.exists():
    print("1..0 # SKIP build/asan/evenkeel is not built")
    sys.exit(0)
test_example()
test_golden()
test_failures()
test_unified()
test_comparison()
test_policies()
test_trouble()
print("1..%d" % count)
sys.exit(1 if failed else 0)
