#!/usr/bin/env python3
"""Every golden case asked of a live server over TLS: the same uid, allowed, warnings and patch as the golden files.

The reviews are those that the unit test made of the cases: EVENKEEL_TESTS names the folder of the unit tests
(default build/asan/tests/unit). One server is started for each distinct policy, one result is printed for it.
"""

import base64
import http.client
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/server"))
from harness import BINARY, Client, Results, Server  # noqa: E402

GOLDEN = ROOT / "tests/golden"
WRITER = Path(os.environ.get("EVENKEEL_TESTS", str(ROOT / "build/asan/tests/unit"))) / "admit/test_golden"


def write_reviews(folder):
    """The reviews that the unit test writes, by the case's path below tests/golden. Whether it passes is its own affair."""
    subprocess.run([str(WRITER.resolve()), folder], cwd=str(ROOT), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=300)
    return {path.name[:-len(".review")].replace("+", "/"): path.read_bytes() for path in Path(folder).glob("*.review")}


def policy_of(case):
    """The case's policy file, as the unit test finds it; None for the embedded one."""
    for folder in (GOLDEN / case, (GOLDEN / case).parent):
        if (folder / "policy.yaml").exists():
            return folder / "policy.yaml"
    return None


def group_by_policy(cases):
    """[(policy file or None, its cases)], policies of the same bytes taken together."""
    groups = {}
    for case in sorted(cases):
        policy = policy_of(case)
        groups.setdefault(policy.read_bytes() if policy else None, (policy, []))[1].append(case)
    return list(groups.values())


def expected(case, body):
    """What the golden files say of the answer. Whoever sends a review that cannot be read is let through too."""
    report = (GOLDEN / case / "report").read_text().splitlines()
    patch = GOLDEN / case / "patch.json"
    return {
        "uid": json.loads(body.decode())["request"]["uid"],
        "allowed": True,
        "warnings": [line[len("warning: "):] for line in report if line.startswith("warning: ")],
        "patch": json.loads(patch.read_text()) if patch.exists() else None,
    }


def answered(server, body):
    try:
        with Client(server) as client:
            status, _, text = client.post(body)
    except (OSError, http.client.HTTPException) as error:
        return {"error": repr(error)}
    if status != 200:
        return {"status": status, "text": text[:200]}
    response = json.loads(text.decode())["response"]
    patch = response.get("patch")
    return {
        "uid": response["uid"],
        "allowed": response["allowed"],
        # The line that tells at a CREATE what was added is no warning of the case: tests/unit/admit/test_admit.c has it.
        "warnings": [line for line in response.get("warnings", []) if "leaves out what evenkeel added" not in line],
        "patch": json.loads(base64.b64decode(patch, validate=True).decode()) if patch is not None else None,
    }


def check_policy(results, policy, cases, reviews):
    """How many of the cases got the golden answer."""
    name = str(policy.relative_to(GOLDEN)) if policy else "the embedded policy"
    wrong, same = [], 0
    arguments = ["--policy=%s" % policy] if policy else []
    with Server("--threads=1", *arguments) as server:
        for case in cases:
            want, got = expected(case, reviews[case]), answered(server, reviews[case])
            same += got == want
            if got != want:
                wrong += ["%s: got %s" % (case, json.dumps(got)), "%s: not %s" % (case, json.dumps(want))]
        status = server.stop()
        if status != 0:
            wrong += ["the server ended with status %s" % status, *server.read_lines()[-40:]]
    results.check("%s: %d cases" % (name, len(cases)), not wrong, *wrong)
    return same


def test_cases(results):
    with tempfile.TemporaryDirectory() as folder:
        reviews = write_reviews(folder)
    known = {str(path.parent.relative_to(GOLDEN)) for path in GOLDEN.glob("**/about")}
    results.equal("each case gave a review", sorted(reviews), sorted(known))
    same = sum(check_policy(results, policy, cases, reviews) for policy, cases in group_by_policy(reviews))
    print("# %d cases answered identically by a live server" % same)


if __name__ == "__main__":
    for needed in (WRITER, Path(BINARY)):
        if not needed.exists():
            print("1..0 # SKIP %s is not built" % needed)
            sys.exit(0)
    Results().run(test_cases)
