#!/usr/bin/env python3
"""`evenkeel preview` of objects in a cluster, against a stand-in for kubectl: which words are kubectl's, and that none is lost. TAP on
stdout.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "preview"))
from preview import BINARY, ROOT, differs, finish, preview, result  # noqa: E402

FOLDER = ROOT / "build/kubectl-preview"
STATE = FOLDER / "state.json"
POLICY = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nworkloads:\n  - minReadySeconds: 5\n"
MANY = 300


def workload(name):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default", "uid": "u", "generation": 1}, "spec": {
        "selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}}, "spec": {
            "containers": [{"name": "app", "image": "app:1"}]}}}}


def run(*arguments, names=("web",), forbidden=()):
    """(exit status, stdout, stderr, the command lines that kubectl got)"""
    STATE.write_text(json.dumps({"configurations": None, "forbidden": forbidden, "objects": {
        "deployments/default/" + name: workload(name) for name in names}}))
    status, out, errors = preview(*arguments, environment={"KUBECTL_STATE": str(STATE), "PATH": "%s:%s" % (HERE, os.environ["PATH"])})
    return status, out.decode(), errors.decode(), json.loads(STATE.read_text()).get("lines", [])


def check_words():
    """No word is one too many."""
    names = ["d%d" % i for i in range(MANY)]
    status, out, errors, _ = run("-p", FOLDER / "policy.yaml", "-o", "summary", *("deployment/" + name for name in names), names=names)
    shown = re.findall(r" default/Deployment/(\w+) ", out)
    result("%d names" % MANY, differs((status, shown, errors), (1, names, "")))
    status, out, errors, _ = run("-p", FOLDER / "policy.yaml", "-o", "summary", *["--explain"] * MANY, "-A")
    result("a word behind %d others" % MANY, differs((status, "default/Deployment/web" in out, "nothing to read" in errors), (1, True, False)))


def check_options():
    """Options of kubectl are read as all other commands read them."""
    for words, option in ((("--context=test",), "--context=test"), (("--context", "test"), "--context=test"),
                          (("-s", "https://a"), "--server=https://a"), (("-shttps://a",), "--server=https://a"),
                          (("--request-timeout", "5s"), "--request-timeout=5s"), (("--as-group", "a/b"), "--as-group=a/b")):
        status, _, errors, lines = run("-p", FOLDER / "policy.yaml", "-q", "deployment/web", *words)
        result("kubectl gets " + " ".join(words), differs((status, errors, {option in line for line in lines}), (1, "", {True})))
    for words in (("-l", "app=web"), ("-lapp=web",), ("--selector=app=web",), ("--selector", "app=web")):
        status, _, errors, lines = run("-p", FOLDER / "policy.yaml", "-q", "-A", *words)
        result("labels: " + " ".join(words), differs((status, errors, any("app=web" in line for line in lines)), (1, "", True)))
    for words in (("-A", "-l"), ("-A", "--context")):
        status, out, errors, lines = run(*words)
        result("no value: " + " ".join(words), differs((status, out, "needs a value" in errors, lines), (2, "", True, [])))


def check_left_out():
    """It says what it may not read, and shows the rest."""
    said = "evenkeel: warning: %s are left out: kubectl: Error from server (Forbidden): %s is forbidden\n"
    for forbidden in (["daemonsets"], ["namespaces", "services"]):
        status, out, errors, _ = run("-p", FOLDER / "policy.yaml", "-o", "summary", "-A", forbidden=forbidden)
        result("left out: " + ", ".join(forbidden), differs((status, "default/Deployment/web" in out, errors), (1, True, "".join(
            said % (resource, resource) for resource in forbidden))))
    status, out, errors, _ = run("-p", FOLDER / "policy.yaml", "-A", forbidden=["deployments"])
    result("Deployments may not be missing", differs((status, out, errors), (
        2, "", "evenkeel: kubectl: Error from server (Forbidden): deployments is forbidden\n")))


def check_help():
    """It lists what the other commands list, and asks no cluster."""
    status, text, errors, lines = run("--help")
    result("--help", differs((status, errors, lines, text.startswith("usage: ")), (0, "", [], True)))
    other = subprocess.run([str(BINARY), "remove", "--help"], stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
    listed = set(re.findall(r"--[\w-]+", other[other.index("--namespace"):other.index("--help")])) | {"--all-namespaces", "--selector"}
    result("--help lists kubectl's options", differs(sorted(listed - set(re.findall(r"--[\w-]+", text))), []))
    result("--help lists the rights", differs([word for word in (
        "namespaces", "deployments", "statefulsets", "daemonsets", "services", "clonesets", "rollouts", "mutatingwebhookconfigurations",
        "configmaps") if word not in text.partition("needs: ")[2]], []))
    for words in (("-A", "--help"), ("-h", "-n", "shop"), ("deployment/web", "--help")):
        result("--help beside others: " + " ".join(words), differs(run(*words), (0, text, "", [])))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "policy.yaml").write_text(POLICY)
    check_words()
    check_options()
    check_left_out()
    check_help()
    finish()


main()
