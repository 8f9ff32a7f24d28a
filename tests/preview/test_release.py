#!/usr/bin/env python3
"""What preview shows of releases in batches, and how --remove ends one that is held."""

import re

from preview import ROOT, differs, finish, preview, result

CASES = ROOT / "tests/golden/batches"
HEAD = "apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\n"
POLICY = HEAD + "workloads:\n  - batches: [1, 50%]\n"
MARKS = ("evenkeel.dev/held", "evenkeel.dev/stable", "evenkeel.dev/batch:", "evenkeel.dev/release", "2147483646", "2147483647")


def written(name, text):
    folder = ROOT / "build/preview-release"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def course(manifest, policy=POLICY):
    """The lines of the release's course."""
    status, out, error = preview("--explain", "--policy", written("policy.yaml", policy), manifest)
    lines = out.decode().splitlines()
    start = next((at for at, line in enumerate(lines) if "a release in batches" in line), len(lines))
    return [line[4:] for line in lines[start:] if line.startswith("#  ")] or [error.decode()]


def test_course():
    result("explain: pods, extra pods, requests and commands of each step", differs(
        course(ROOT / "docs/examples/batched-release/deployment.yaml"), [
            "a release in batches, of 6 pods:",
            "  step 1: held at 1 new and 6 old pods, 1 extra; 14% of requests to the new ones when spread evenly",
            "    to go on: kubectl -n shop annotate deployments/web evenkeel.dev/batch=2 --overwrite",
            "  step 2: held at 3 new and 5 old pods, 2 extra; 38% of requests to the new ones when spread evenly",
            "    to go on: kubectl -n shop annotate deployments/web evenkeel.dev/batch=3 --overwrite",
            "  then: all 6 pods are replaced with the object's own values",
            "  to go back at any time: kubectl -n shop rollout undo deployments/web (with the --to-revision of the warning)"]))
    lines = course(CASES / "stateful-set/object.yaml")
    result("explain: a partition has no extra pods", "" if "1 new and 5 old pods, 0 extra; 17% of" in lines[1] else lines)
    skipping = course(CASES / "clone-set/object.yaml", HEAD + "workloads:\n  - batches: [2, 20%, 99%]\n")
    result("explain: a step that adds nothing here is skipped", differs([line for line in skipping if "step" in line], [
        "  step 1: held at 2 new and 5 old pods, 0 extra; 29% of requests to the new ones when spread evenly"]))
    result("explain: kubectl cannot undo a CloneSet", "" if "undo" not in "".join(skipping) else skipping)
    observed = course(CASES / "started/object.yaml", HEAD + "workloads:\n  - batches: {steps: [1], mode: observe}\n")
    result("explain: what only observes says so", "" if "(observe mode: it would only be reported)" in observed[0] else observed)


def test_no_course():
    for case, reason in (("own-partition", "own-partition"), ("one-replica", "too-few-replicas"),
                         ("daemon-set", "kind-lacks-field"), ("stateful-set-on-delete", "on-delete"),
                         ("recreate-while-held", "recreate"), ("own-min-ready", "own-min-ready"),
                         ("one-step-for-all", "no-steps")):
        lines = course(CASES / case / "object.yaml")
        result("explain: why %s is not held" % case, differs(lines[0].split(": ")[1:2], ["not held, " + reason]) + (
            "" if len(lines) == 1 else "\n".join(lines)))
    status, out, _ = preview("--explain", "--policy", written("none.yaml", HEAD + "workloads:\n  - rollingUpdate: {}\n"),
                             CASES / "started/object.yaml")
    result("explain: nothing of batches where none are wanted", "" if b"in batches" not in out else out)
    hostile = written("hostile.yaml", (CASES / "started/object.yaml").read_text().replace("name: web\n", 'name: "w\\e[31m"\n', 1))
    _, out, _ = preview("--explain", "--policy", written("policy.yaml", POLICY), hostile)
    comments = [line for line in out.splitlines() if line.startswith(b"#")]
    result("explain: a name's control characters reach no terminal", "" if not any(b"\x1b" in line for line in comments) else comments)


def removed(text):
    status, out, error = preview("--remove", "--output=yaml", written("object.yaml", text))
    return out.decode() or error.decode()


def values(text):
    return dict(re.findall(r"^ *(minReadySeconds|progressDeadlineSeconds|maxSurge|maxUnavailable|partition): (.*)$", text, re.M))


def test_remove():
    held = (CASES / "approved/old.yaml").read_text()
    out = removed(held)
    result("remove: all marks of a hold go", [mark for mark in MARKS if mark in out])
    result("remove: the values that it replaced come back, ours as the API's default", differs(values(out), {
        "minReadySeconds": "0", "progressDeadlineSeconds": "600", "maxSurge": "25%", "maxUnavailable": "25%"}))
    result("remove: twice is as once", differs(removed(out), out))
    own = held.replace('"maxSurge":"25%","maxUnavailable":0', '"maxSurge":3,"maxUnavailable":"10%"')
    result("remove: the user's own come back", differs(values(removed(own)), {
        "minReadySeconds": "0", "progressDeadlineSeconds": "600", "maxSurge": "3", "maxUnavailable": '10%'}))
    lost = re.sub(r"    evenkeel.dev/release: .*\n", "", held).replace("maxSurge: 16%", "maxSurge: 2")
    result("remove: what is lost becomes the API's default, a number stays the user's", differs(values(removed(lost)), {
        "minReadySeconds": "0", "progressDeadlineSeconds": "600", "maxSurge": "2", "maxUnavailable": "25%"}))
    hostile = held.replace('"minReadySeconds":0', '"minReadySeconds":{"a":1}')
    result("remove: what the API would refuse is not put back", differs(values(removed(hostile))["minReadySeconds"], "0"))
    plain = (CASES / "started/object.yaml").read_text()
    result("remove: an object that is not held stays as it is", differs(removed(plain), plain))
    user = plain.replace("  replicas: 6\n", "  replicas: 6\n  minReadySeconds: 30\n")
    result("remove: and keeps its own minReadySeconds", differs(removed(user), user))


def test_remove_partition():
    text = (CASES / "stateful-set/object.yaml").read_text().replace("  namespace: shop\n", """  namespace: shop
  labels:
    evenkeel.dev/held: "1"
  annotations:
    evenkeel.dev/batch: "1"
    evenkeel.dev/release: '{"steps":"1,50%,100%","step":1,"template":"45cb2ebed2647b90","saved":{"partition":0},"stable":[]}'
""").replace("  replicas: 6\n", """  replicas: 6
  updateStrategy:
    rollingUpdate:
      partition: 5
""")
    out = removed(text)
    result("remove: a partition goes back", differs(values(out), {"partition": "0"}))
    result("remove: with its marks", [mark for mark in MARKS if mark in out])


for test in (test_course, test_no_course, test_remove, test_remove_partition):
    test()
finish()
