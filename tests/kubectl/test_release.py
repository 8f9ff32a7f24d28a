#!/usr/bin/env python3
"""`evenkeel release run` and its checks, against a stand-in for kubectl: a step is held and ready, and --dry-run writes nothing. TAP on
stdout.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "preview"))
from preview import BINARY, ROOT, differs, finish, result  # noqa: E402

FOLDER = ROOT / "build/kubectl-release"
STATE = FOLDER / "state.json"
LIMIT = 30  # seconds of --timeout
SOON = 15  # well below it


def owned(kind, name, owner, **more):
    return dict({"kind": kind, "metadata": {"name": name, "namespace": "shop", "uid": name, "labels": {
        "pod-template-hash": name.split("-")[0]}, "ownerReferences": [{"uid": owner, "controller": True}]}}, **more)


def held():
    """A Deployment of three pods of which one has the new version."""
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
        "name": "web", "namespace": "shop", "uid": "u", "generation": 1, "resourceVersion": "1", "labels": {"evenkeel.dev/held": "1-of-2"},
        "annotations": {"deployment.kubernetes.io/revision": "2", "evenkeel.dev/release": json.dumps({
            "template": "abc", "revision": "1", "step": 1, "from": 0, "steps": "1,100%"})}},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {}},
        "status": {"observedGeneration": 1, "replicas": 3, "readyReplicas": 3, "updatedReplicas": 1}}
    objects = {"deployments/shop/web": web}
    for revision, name in (("1", "old"), ("2", "new")):
        one = owned("ReplicaSet", name, "u", spec={"replicas": 1})
        one["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": revision}
        objects["replicasets/shop/" + name] = one
    for name in ("old-1", "old-2", "new-1"):
        objects["pods/shop/" + name] = owned("Pod", name, name.split("-")[0], status={
            "podIP": "10.0.0.1", "conditions": [{"type": "Ready", "status": "True"}]})
    return {"objects": objects}


def start(*arguments):
    STATE.write_text(json.dumps(held()))
    return subprocess.Popen(
        [str(BINARY), "release", "run", "web", "-n", "shop", "--dry-run", "--interval=0.1s", "--timeout=%ds" % LIMIT, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
        env=dict(os.environ, KUBECTL_STATE=str(STATE), PATH="%s:%s" % (HERE, os.environ["PATH"])))


def run(*arguments):
    """(exit status, the events, all text, whether it ended soon)"""
    begun = time.monotonic()
    process = start("-o", "json", *arguments)
    out, errors = process.communicate(timeout=120)
    lines = [json.loads(line) if line else {} for line in out.splitlines()]
    return process.returncode, [line.get("event") for line in lines], out + errors, time.monotonic() - begun < SOON


def check_verify():
    for name, command, status, last, words in (
            ("passes", 'test "$EVENKEEL_PODS" = new-1', 0, "dry-run", "step 1 passed"),
            ("fails", "echo no; exit 3", 1, "left", "the check ended with 3"),
            ("leaves something in the background", "sleep 60 & echo checked", 0, "dry-run", "checked"),
            ("fails, and leaves something", "sleep 60 & exit 4", 1, "left", "the check ended with 4")):
        found, events, text, soon = run("--verify", command)
        result("a check that " + name, differs((found, events[-1:], words in text, soon), (status, [last], True, True)) and text)
    found, events, text, _ = run("--verify", "exit 5 # x" + "\u4e0d" * 100)
    result("a check whose text is cut", differs((found, events[-2:], "\u4e0d" in text), (1, ["failed", "left"], True)) and text)


def check_interrupts():
    """The check has not failed: what is held stays held."""
    for name, number in (("Ctrl-C", signal.SIGINT), ("a cancelled job", signal.SIGTERM)):
        marker = FOLDER / "begun"
        if marker.exists():
            marker.unlink()
        begun = time.monotonic()
        process = start("--verify", "touch %s; sleep 60" % marker)
        while not marker.exists() and time.monotonic() - begun < LIMIT:
            time.sleep(0.05)
        time.sleep(0.2)  # until it waits
        process.send_signal(number)
        out, errors = process.communicate(timeout=120)
        result("%s during a check" % name, differs((process.returncode, " interrupted " in out, " failed " in out, time.monotonic() - begun < SOON), (
            130, True, False, True)) and out + errors)


def check_words():
    for words in (("--fail-above=nan",), ("--fail-above", "inf"), ("--fail-below=-inf",)):
        found, _, text, _ = run("--query=x", "--prometheus=a/b:1", *words)
        result("no number: " + " ".join(words), differs((found, "expected a number" in text), (2, True)) and text)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    check_verify()
    check_interrupts()
    check_words()
    finish()


main()
