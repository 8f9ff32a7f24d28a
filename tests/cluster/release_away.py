"""Cases in which evenkeel is gone while a version is held. Each has three parts: before, while it is gone, and after
it is back. All cases go through each part together.
"""

import json
import os
import subprocess

from images import BINARY
from release_course import held_at, hold
from releases import IMAGE

NEW_POLICY = """workloads:
  - preStop: {sleepSeconds: 1}
    batches: [1, 50%]
  - match: {namespaces: [away-policy]}
    batches: [3]
"""
LABELS = ("evenkeel.dev/held", "evenkeel.dev/stable")
ANNOTATIONS = ("evenkeel.dev/batch", "evenkeel.dev/release")


def hold_second(case):
    hold(case)
    case.approve(2)
    held_at(case, 2, 3, 2)


def stands_alone(case):
    case.annotate(note="nobody sees this")
    held_at(case, 1, 4, 1)
    case.do("scale", "deployment/web", "--replicas=8")
    held_at(case, 1, 8, 2)
    case.do("scale", "deployment/web", "--replicas=4")
    held_at(case, 1, 4, 1)


def stood(case):
    said = case.approve(2)
    case.check("approved once evenkeel is back", "step 2 of 3" in said, said)
    held_at(case, 2, 3, 2)
    case.approve("all")
    case.expect("all are new", {2: 4})
    case.expect_own()
    case.expect_lowest(4)


def newer_alone(case):
    case.do("set", "image", "deployment/web", "app=" + IMAGE % 3, label="set image v3")
    case.expect("a newer version starts at the held step's size (the limit)", {1: 3, 3: 2})


def newer(case):
    said = case.annotate(note="back")
    case.check("the next update holds it at its first step", case.held() == "1" and "step 1 of 3" in said, said)
    case.expect("its pods stay", {1: 3, 3: 2})
    case.do("rollout", "undo", "deployment/web", "--to-revision=1")
    case.expect("undo", {1: 4})
    case.expect_own()
    case.note("3 is the limit of a newer version while evenkeel is gone")
    case.expect_lowest(3)


def applied_alone(case):
    """A manifest that declares what the hold took the place of takes it back."""
    case.apply(3)
    case.expect("a manifest with values of its own ends the hold (the limit)", {3: 4})


def applied(case):
    case.annotate(note="back")
    case.expect_own("the next update takes the marks off:")
    case.note("a manifest that declares the values ended the hold while evenkeel was gone (limit)")
    case.apply(2)
    case.expect("the next release is held", {2: 1, 3: 4})
    case.expect_lowest(4)


def undone_alone(case):
    case.do("rollout", "undo", "deployment/web")
    case.wait("all old pods", lambda: case.state().get(1) == (4, 4) and case.is_settled())
    left = case.state().get(2, (0, 0))[0]
    case.note("%s held pod was left, and the Deployment not Available, until evenkeel was back (limit)" % (left or "no"))
    case.check("an undo leaves no more than the held pod", left <= 1, case.state())
    available = [condition["status"] for condition in case.stored()["status"]["conditions"]
                 if condition["type"] == "Available"]
    case.equal("and the Deployment not Available, though all old pods serve (the limit)", available, ["False"])


def undone(case):
    said = case.annotate(note="back")
    case.expect("the next update ends it", {1: 4})
    case.expect_own()
    available = [condition["status"] for condition in case.stored()["status"]["conditions"]
                 if condition["type"] == "Available"]
    case.equal("and the Deployment is Available", available, ["True"])
    case.equal("there are two revisions", len(case.sets()), 2)
    case.check("nothing is said to be held", "evenkeel holds" not in said, said)
    case.expect_lowest(4)


def first(case):
    case.apply(1)
    case.expect("the first version", {1: 4})


def unheld_alone(case):
    case.apply(2)
    case.expect("a release that starts without evenkeel is not held (the limit)", {2: 4})


def unheld(case):
    case.expect_own()
    case.apply(3)
    case.expect("the next one is held", {2: 4, 3: 1})
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {2: 4})
    case.expect_own("after it")
    case.note("a release that started without evenkeel was not held (limit)")
    case.expect_lowest(4)


def removed_alone(case):
    """As docs/BATCHED-RELEASE.md has it: uninstalled while something is held, by `kubectl evenkeel remove`."""
    cluster = case.bench.cluster
    case.mark("remove")
    done = subprocess.run([BINARY, "remove", "-n", case.name, "deployment/web", "--yes"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, check=False, env=dict(cluster.environment, PATH="%s:%s" % (
                              cluster.parts, os.environ["PATH"])))
    case.equal("it is all removed", done.returncode, 0)
    case.note(done.stdout.splitlines()[0])
    case.kubectl("annotate", "deployment", "web", "evenkeel.dev/inject-")  # evenkeel comes back, and is to hold the next one
    expect_ended(case, 3)  # the hook goes too: one more version


def patched_alone(case):
    """The same by hand."""
    saved = json.loads(case.stored()["metadata"]["annotations"]["evenkeel.dev/release"])["saved"]
    marks = {"labels": dict.fromkeys(LABELS), "annotations": dict.fromkeys(ANNOTATIONS)}
    spec = {"minReadySeconds": saved["minReadySeconds"], "progressDeadlineSeconds": saved["progressDeadlineSeconds"],
            "strategy": {"rollingUpdate": {key: saved[key] for key in ("maxSurge", "maxUnavailable")}}}
    case.mark("patch by hand")
    case.kubectl("patch", "deployment", "web", "--type", "merge", "-p", json.dumps({"spec": spec, "metadata": marks}))
    expect_ended(case, 2)


def expect_ended(case, version):
    case.expect("the new version goes to all pods", {version: 4})
    case.expect_own("and")
    metadata = case.stored()["metadata"]
    case.equal("no mark of the hold is left", [key for key in (*LABELS, *ANNOTATIONS) if key in {
        **metadata.get("labels", {}), **metadata["annotations"]}], [])
    case.expect_lowest(4)


def next_is_held(case):
    version = max(case.state())
    case.apply(3)
    case.expect("with evenkeel back, the next release is held", {version: 4, version + 1: 1})


def nothing(case):
    case.mark("the policy changes: other steps")


def policy_changed(case):
    case.approve(2)
    held_at(case, 2, 3, 2)
    case.check("a release keeps the steps that it started with", case.held() == "2")
    case.approve("all")
    case.expect("all are new", {2: 4})
    case.expect_own()
    said = case.apply(3)
    case.check("the next one has the new ones", "step 1 of 2, 3 of 4 pods" in said, said)
    case.expect("and three pods", {2: 4, 3: 3})
    case.do("rollout", "undo", "deployment/web")
    case.expect("undo", {2: 4})
    case.expect_own("after it")
    case.expect_lowest(4)


# By the name of its namespace: what is done before, while evenkeel is gone, and once it is back.
PARTS = {
    "away-stands": (hold, stands_alone, stood),
    "away-newer": (hold_second, newer_alone, newer),
    "away-applied": (hold_second, applied_alone, applied),
    "away-undone": (hold, undone_alone, undone),
    "away-unheld": (first, unheld_alone, unheld),
    "away-removed": (hold, removed_alone, next_is_held),
    "away-patched": (hold, patched_alone, next_is_held),
    "away-policy": (hold, nothing, policy_changed),
}
